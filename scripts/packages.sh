# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2154
#
# Sourced by lib.sh: what a step needs that is not in this repository. need GROUP...
# installs Debian's packages of it; where there is no apt, it looks for the programs and
# headers instead, and names what is missing.

packages_of()
{
	case $1 in
	linux)	echo git xz-utils patch perl ;;
	kernel)	echo gcc make flex bison bc libelf-dev libssl-dev cpio rsync kmod xz-utils perl git ;;
	host)	echo qemu-system-x86 bochs bochsbios vgabios isolinux syslinux-common xorriso busybox-static cpio gcc python3 ;;
	report)	echo gnuplot-nox python3 ;;
	check)	echo shellcheck gnuplot-nox python3-sphinx python3-yaml python3-ply python3-git perl ;;
	mail)	echo git perl python3-ply python3-git ;;
	qemu)	echo git gcc perl xz-utils ninja-build python3 python3-venv pkgconf libglib2.0-dev libfdt-dev zlib1g-dev ;;
	probe)	echo gcc libc6-dev ;;
	mm)	echo gcc make libcap-dev libnuma-dev ;;
	deb)	echo dpkg-dev debhelper libdw-dev python3 zstd openssl ;;
	deb-debug) echo dwarves ;;
	variants) echo clang-19 lld-19 llvm-19 gcc-aarch64-linux-gnu gcc-s390x-linux-gnu ;;
	static)	echo sparse coccinelle clang-19 clang-tidy-19 lld-19 llvm-19 ;;
	curl)	echo curl ca-certificates ;;
	*)	die "no package group $1" ;;
	esac
}

# The same as programs, and as headers "<...>", where there is no apt.
programs_of()
{
	case $1 in
	linux)	echo git tar xz patch perl ;;
	kernel)	echo gcc ld make flex bison bc cpio rsync xz perl git "<gelf.h>" "<openssl/evp.h>" ;;
	host)	echo qemu-system-x86_64 bochs xorriso busybox cpio gcc python3 ;;
	report)	echo gnuplot python3 ;;
	check)	echo shellcheck gnuplot sphinx-build python3 perl ;;
	mail)	echo git perl python3 ;;
	qemu)	echo git gcc perl xz ninja python3 pkg-config "<libfdt.h>" "<zlib.h>" ;;
	probe)	echo gcc "<stdio.h>" ;;
	mm)	echo gcc make "<sys/capability.h>" "<numa.h>" ;;
	deb)	echo dpkg-buildpackage dh python3 zstd openssl ;;
	deb-debug) echo pahole ;;
	variants) echo clang-19 ld.lld-19 aarch64-linux-gnu-gcc s390x-linux-gnu-gcc ;;
	static)	echo sparse spatch clang-19 clang-tidy-19 ld.lld-19 ;;
	curl)	echo curl ;;
	*)	die "no package group $1" ;;
	esac
}

has()
{
	case $1 in
	'<'*)	echo "#include $1" | gcc -E -x c - >/dev/null 2>&1 ;;
	*)	command -v "$1" >/dev/null ;;
	esac
}

# There is no apt to install anything.
need_programs()
{
	local group programs what missing=()

	for group; do
		programs=$(programs_of "$group")
		for what in $programs; do
			has "$what" || missing+=("$what")
		done
	done
	[ ${#missing[@]} -eq 0 ] ||
		die "programs or headers are missing, and there is no apt-get here to install them: ${missing[*]}"
}

# Install the Debian packages of these groups that are not there yet, and say so before.
need()
{
	local group pkg packages as_root='' missing=()

	if ! command -v apt-get >/dev/null || ! command -v dpkg-query >/dev/null; then
		need_programs "$@"
		return
	fi
	for group; do
		packages=$(packages_of "$group")
		for pkg in $packages; do
			[ "$(dpkg-query -W -f '${db:Status-Status}' "$pkg" 2>/dev/null)" = installed ] ||
				missing+=("$pkg")
		done
	done
	[ ${#missing[@]} -gt 0 ] || return 0

	if [ "$(id -u)" -ne 0 ]; then
		sudo -n true 2>/dev/null ||
			die "packages are missing: sudo apt-get install --no-install-recommends ${missing[*]}"
		as_root=sudo
	fi
	mkdir -p "$build/log"
	say install "${missing[*]}"
	install_packages "$as_root" "${missing[@]}" >"$build/log/apt.log" 2>&1 ||
		die "apt-get could not install ${missing[*]}: $(tail -n 1 "$build/log/apt.log") (build/log/apt.log)"
}

install_packages()
{
	local as_root=$1 apt

	shift
	apt="$as_root env DEBIAN_FRONTEND=noninteractive apt-get"
	# shellcheck disable=SC2086
	$apt install -y --no-install-recommends "$@" ||
		{ $apt update && $apt install -y --no-install-recommends "$@"; }
}

