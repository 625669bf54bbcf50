# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2154
#
# Sourced after lib.sh, with $apt_dir set: the archives that this machine's apt knows,
# used with a list, lists and a cache in $apt_dir, so that nothing on the machine changes.

is_sha256()
{
	[ -f "$1" ] && [ "$(digest "$1")" = "$2" ]
}

# No security archive.
archives()
{
	# shellcheck disable=SC2016
	apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 2>/dev/null |
		sed 's,/*$,,' | grep '/debian$' | sort -u
}

# private_list deb|deb-src ARCHIVE SUITE: a line of $apt_dir/sources.list.
private_list()
{
	local keyring=/usr/share/keyrings/debian-archive-keyring.gpg option=

	[ ! -e "$keyring" ] || option="[signed-by=$keyring] "
	echo "$1 $option$2 $3 main"
}

private_apt()
{
	local tool=$1

	shift
	mkdir -p "$apt_dir/lists/partial" "$apt_dir/cache/archives/partial"
	"$tool" -q -o Dir::Etc::sourcelist="$apt_dir/sources.list" -o Dir::Etc::sourceparts=/dev/null \
		-o Dir::State::Lists="$apt_dir/lists" -o Dir::Cache="$apt_dir/cache" \
		-o APT::Sandbox::User=root -o Acquire::Retries=1 -o Acquire::Languages=none "$@"
}
