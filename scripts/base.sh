# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034,SC2154
#
# Sourced after series.sh: the source of a Linux, unpacked and committed as the base of a
# series, in $new.

new=$linux.new

unpack()
{
	case $1 in
	*.deb)	dpkg-deb --fsys-tarfile "$1" | tar -xO --wildcards './usr/src/linux-source-*.tar.xz' |
			tar -xJ --strip-components=1 -C "$new" ;;
	*)	tar -xf "$1" --strip-components=1 -C "$new" ;;
	esac 2>/dev/null || die "$1 could not be unpacked: is it a whole tarball of the kernel's source?"
}

copy_directory()
{
	if git -C "$1" rev-parse -q --verify HEAD >/dev/null 2>&1 && [ -e "$1/.git" ]; then
		[ -z "$(git -C "$1" status --porcelain -uno)" ] ||
			say linux "$1 has uncommitted edits: what is committed is taken"
		git -C "$1" archive HEAD | tar -x -C "$new"
	else
		(cd "$1" && tar -c --exclude=./.git .) | tar -x -C "$new"
		if [ -e "$new/.config" ] || [ -e "$new/include/config" ]; then
			make -s -C "$new" mrproper
		fi
	fi
}

source_version()
{
	[ ! -f "$1/Makefile" ] || [ ! -d "$1/virt/kvm" ] || makefile_version <"$1/Makefile"
}

makefile_version()
{
	awk -F' *= *' 'past { next }
		/^(VERSION|PATCHLEVEL|SUBLEVEL) *=/ { v = v sep $2; sep = "." }
		/^EXTRAVERSION *= *[^ ]/ { v = v $2 }
		/^NAME/ { print v; past = 1 }'
}

# The base version or a later release of the same series, nothing else.
check_version()
{
	local have=$1 from=$2 want

	want=$(base_key VERSION)
	[ -n "$have" ] || die "$from does not hold the source of Linux: give LINUX_SRC= that of $want"
	case $have in
	"$want")	return ;;
	"${want%.*}".*[!0-9.]*) ;;
	"${want%.*}".*)
		if [ "${have##*.}" -gt "${want##*.}" ]; then
			say linux "$have is later than the base $want: taken if every patch applies with no fuzz"
			return
		fi ;;
	esac
	die "$from is Linux $have: the series needs $want or a later ${want%.*}.y"
}

obtain()
{
	local src

	src=${LINUX_SRC:-}
	if [ -z "$src" ]; then
		src=$("$top/scripts/fetch.sh")
	fi
	say linux "unpack $(basename "$src")"
	if [ -d "$src" ]; then
		copy_directory "$(cd "$src" && pwd)"
	else
		unpack "$src"
	fi
	check_version "$(source_version "$new")" "$(basename "$src")"
}

commit_base()
{
	local tree commit

	say linux "commit it as base"
	# Debian's packaging ignores every new file; a developer adds some.
	[ ! -e "$new/.gitignore" ] || sed -i '/^[/][*]$/d' "$new/.gitignore"
	git -C "$new" init -q -b series
	git -C "$new" config gc.auto 0
	git -C "$new" config core.untrackedCache true
	git -C "$new" -c core.looseCompression=1 add -fA
	tree=$(git -C "$new" write-tree)
	commit=$(echo "Linux $(source_version "$new")" |
		as_committer "$base_date" env GIT_AUTHOR_NAME=base GIT_AUTHOR_EMAIL=base@localhost \
			GIT_AUTHOR_DATE="$base_date" git -C "$new" commit-tree "$tree")
	git -C "$new" update-ref refs/heads/series "$commit"
	git -C "$new" tag base "$commit"
	[ "$tree" = "$(base_key TREE)" ] ||
		say linux "this is not byte for byte the base that the series was made on ($queue/BASE)"
}
