#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# usage: fetch.sh
#
# Find the source of the base version (BASE), and print the path of the
# package or tarball that holds it, verified, in the cache. In this order: what
# the cache has; Debian's package from the archive that this machine's apt uses,
# whichever suite carries it; the release tarball.
. "${BASH_SOURCE[0]%/*}/lib.sh"

version=$(base_key VERSION)
package=linux-source-${version%.*}
apt_dir=$cache/apt
. "${BASH_SOURCE[0]%/*}/apt.sh"

note()
{
	say "$@" >&2
}

# ---- Debian ----

# Add a suite to the private list if the archive has it.
add_suite()
{
	cp "$apt_dir/sources.list" "$apt_dir/sources.before"
	private_list deb "$1" "$2" >>"$apt_dir/sources.list"
	private_apt apt-get update --error-on=any >>"$build/log/fetch.log" 2>&1 ||
		mv "$apt_dir/sources.before" "$apt_dir/sources.list"
}

offered()
{
	private_apt apt-cache madison "$package" 2>/dev/null | awk '{ print $3 }' | sort -uV
}

# Whether the suites so far have what is wanted: what is pinned, or the version.
satisfied()
{
	local pin found

	pin=$(base_key DEB_VERSION)
	found=$(choose)
	[[ ( -n $pin && $found = "$pin" ) || ( -z $pin && $found = "$version-"* ) ]]
}

# The pinned version; else another of the same release; else a later one.
choose()
{
	offered | awk -v pin="$(base_key DEB_VERSION)" -v release="$version" '
		$0 == pin { found = 1 }
		index($0, release "-") == 1 { same = $0 }
		{ last = $0 }
		END { print found ? pin : same ? same : last }'
}

look_in_suites()
{
	local archive suite

	mkdir -p "$apt_dir" "$build/log"
	: >"$apt_dir/sources.list"
	for archive in $(archives); do
		for suite in $(base_key DEB_SUITES) stable-backports testing unstable; do
			add_suite "$archive" "$suite"
			! satisfied || return 0
		done
	done
}

deb_file()
{
	echo "${package}_${1/:/%3a}_all.deb"
}

fetch_deb()
{
	local found want file

	command -v apt-get >/dev/null || return 1
	note fetch "looking for $package $version in the archive that apt uses here"
	look_in_suites
	found=$(choose)
	[ -n "$found" ] || return 1
	file=$(deb_file "$found")
	want=$(private_apt apt-cache show "$package=$found" | sed -n 's/^SHA256: //p' | sed -n 1p)
	[ "$found" != "$(base_key DEB_VERSION)" ] || want=$(base_key DEB_SHA256)
	[ "$found" = "$(base_key DEB_VERSION)" ] || note fetch "$found is not the pinned version; apt's signature vouches for it"
	is_sha256 "$cache/$file" "$want" || download_deb "$found" "$file" "$want"
	echo "$cache/$file"
}

# A file has its final name only when it is whole; until then it is resumed.
download_deb()
{
	note fetch "$2"
	mkdir -p "$cache/partial"
	(cd "$cache/partial" && private_apt apt-get download "$package=$1") >>"$build/log/fetch.log" 2>&1 ||
		die "the download of $2 broke off: $(grep '^[EW]:' "$build/log/fetch.log" | tail -n 1); run again to resume it (build/log/fetch.log)"
	verify_partial "$2" "$3"
}

verify_partial()
{
	is_sha256 "$cache/partial/$1" "$2" || {
		rm -f "$cache/partial/$1"
		die "$1 is not what $queue/BASE says (SHA-256): it was removed, run again"
	}
	mv "$cache/partial/$1" "$cache/$1"
}

# ---- kernel.org ----

fetch_release()
{
	local url file want

	url=$(base_key RELEASE_URL)
	file=${url##*/}
	[ ! -f "$cache/$file" ] || { echo "$cache/$file"; return; }
	note fetch "no suite carries $package: trying the release tarball"
	need curl >&2
	mkdir -p "$cache/partial"
	want=$(curl -fsL --retry 1 "$(base_key RELEASE_SUMS_URL)" | sed -n "s/ *$file\$//p") || want=
	[ -n "$want" ] ||
		die "no source of Linux $version could be reached: check the network, or give one with LINUX_SRC=directory or tarball"
	curl -fL --retry 2 -C - -o "$cache/partial/$file" "$url" >&2 ||
		die "the download of $file broke off: run again to resume it, or give a source with LINUX_SRC="
	verify_partial "$file" "$want"
	note fetch "$file: SHA-256 as published beside it; $queue/BASE has no pin for it"
	echo "$cache/$file"
}

case ${1:-} in
'') ;;
*) usage 2 ;;
esac

mkdir -p "$cache"
need_space 1 "$cache"
pinned=$cache/$(deb_file "$(base_key DEB_VERSION)")
if is_sha256 "$pinned" "$(base_key DEB_SHA256)"; then
	echo "$pinned"
else
	fetch_deb || fetch_release
fi
