# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034,SC2154
#
# Sourced by qemu.sh, after apt.sh: the source of QEMU, and the meson that builds it.

not_here()
{
	printf 'error: %s\n' "$*" >&2
	exit 3
}

# look_in deb|deb-src SUITE...: the first of the suites that an archive has.
look_in()
{
	local type=$1 archive suite

	shift
	mkdir -p "$apt_dir" "$build/log"
	for archive in $(archives); do
		for suite; do
			private_list "$type" "$archive" "$suite" >"$apt_dir/sources.list"
			! private_apt apt-get update --error-on=any >>"$fetch_log" 2>&1 || return 0
		done
	done
	not_here "no archive of this machine's apt has ${*: -1}: check the network (build/log/qemu-fetch.log)"
}

# download FILE SHA256 APT-ARGUMENT...: resumed if it broke off, named when whole.
download()
{
	local file=$1 sha256=$2

	shift 2
	say fetch "$file"
	mkdir -p "$cache/partial"
	need_space 1 "$cache"
	(cd "$cache/partial" && private_apt apt-get "$@") >>"$fetch_log" 2>&1 ||
		not_here "the download of $file broke off: $(grep '^[EW]:' "$fetch_log" | tail -n 1); run again to resume it"
	is_sha256 "$cache/partial/$file" "$sha256" || {
		rm -f "$cache/partial/$file"
		die "$file is not what patches/qemu/BASE says (SHA-256): it was removed, run again, or give a tarball of QEMU $(base_key VERSION) with QEMU_SRC="
	}
	mv "$cache/partial/$file" "$cache/$file"
}

fetch_source()
{
	local file version

	file=$(base_key TAR) version=$(base_key DEB_VERSION)
	is_sha256 "$cache/$file" "$(base_key TAR_SHA256)" && return
	# shellcheck disable=SC2046
	look_in deb-src $(base_key DEB_SUITES)
	grep -qx "Version: $version" <<<"$(private_apt apt-cache showsrc qemu)" ||
		not_here "the archive has QEMU $version no more: give a tarball of QEMU $(base_key VERSION) with QEMU_SRC="
	download "$file" "$(base_key TAR_SHA256)" source --download-only "qemu=$version"
}

fetch_meson()
{
	local version file

	version=$(base_key MESON_VERSION)
	file=meson_${version}_all.deb meson=$cache/meson-$version
	[ ! -d "$meson" ] || return 0
	# shellcheck disable=SC2046
	is_sha256 "$cache/$file" "$(base_key MESON_SHA256)" || {
		look_in deb $(base_key MESON_SUITES)
		download "$file" "$(base_key MESON_SHA256)" download "meson=$version"
	}
	rm -rf "$meson.new"
	dpkg-deb -x "$cache/$file" "$meson.new"
	mv "$meson.new" "$meson"
}
