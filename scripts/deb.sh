#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# usage: deb.sh
#
# Build Debian packages of the kernel with the series, from build/linux as it
# stands, for this computer: with the configuration of the kernel that runs, and of
# its modules those that are loaded (localmodconfig) and KVM's. The packages are in
# build/deb, the objects in build/deb/obj. Broken off, it goes on where it was.
# How to install them, and how to go back: docs/hardware.md.
#
# CONFIG=       another configuration, with all of its modules; e.g. that of the
#               kernel that runs on another computer
# LSMOD=        what lsmod printed on that computer: only these modules
# DEBUG_INFO=1  debug information as in the configuration, and a package -dbg
. "${BASH_SOURCE[0]%/*}/lib.sh"
. "${BASH_SOURCE[0]%/*}/kbuild.sh"

obj=$build/deb/obj
running=/boot/config-$(uname -r)

source_config()
{
	if [ -n "${CONFIG:-}" ]; then
		cat "$CONFIG"
	elif [ -r "$running" ]; then
		cat "$running"
	else
		zcat /proc/config.gz
	fi
}

check_input()
{
	[ -z "${CONFIG:-}" ] || [ -f "$CONFIG" ] || die "CONFIG=$CONFIG is not there: give a kernel's .config"
	[ -z "${LSMOD:-}" ] || [ -f "$LSMOD" ] || die "LSMOD=$LSMOD is not there: give what lsmod prints, in a file"
	[ -n "${CONFIG:-}" ] || [ -r "$running" ] || [ -r /proc/config.gz ] ||
		die "the running kernel's configuration is neither $running nor /proc/config.gz: try modprobe configs, or give CONFIG=file, that of a kernel which boots on the computer (/boot/config-* of a Debian system)"
	source_config | grep '^CONFIG_X86_64=y' >/dev/null ||
		die "${CONFIG:-what the running kernel has} is not the configuration of a kernel for x86-64"
}

# What has to be different from any distribution's configuration: its keys are not
# here, and its name is its own.
write_fragment()
{
	local name

	cat <<-'END_FRAGMENT'
	CONFIG_LOCALVERSION="-map-memory"
	# CONFIG_LOCALVERSION_AUTO is not set
	CONFIG_SYSTEM_TRUSTED_KEYS=""
	CONFIG_SYSTEM_REVOCATION_KEYS=""
	CONFIG_VIRTUALIZATION=y
	END_FRAGMENT
	for name in KVM KVM_INTEL KVM_AMD; do
		grep "^CONFIG_$name=y" "$1" || echo "CONFIG_$name=m"
	done
	[ -n "${DEBUG_INFO:-}" ] || echo CONFIG_DEBUG_INFO_NONE=y
}

verify()
{
	local line

	for line in '^CONFIG_LOCALVERSION="-map-memory"' '^CONFIG_KVM=[my]' '^CONFIG_KVM_(INTEL|AMD)=[my]'; do
		grep -qE "$line" "$obj/.config" ||
			die "the configuration lacks $line: a dependency is missing (build/deb/obj/.config)"
	done
	! grep -E '^CONFIG_SYSTEM_(TRUSTED|REVOCATION)_KEYS="[^"]' "$obj/.config" ||
		die "the keys did not go from the configuration"
	[ -n "${DEBUG_INFO:-}" ] || ! grep '^CONFIG_DEBUG_INFO=y' "$obj/.config" ||
		die "something selects debug information: give DEBUG_INFO=1"
}

# make, with the answer to each question of Kconfig's that is the default.
make_config()
{
	make -s -C "$linux" O="$obj" "$1" < <(yes '')
}

make_configuration()
{
	make_config olddefconfig
	if [ -n "${LSMOD:-}" ] || [ -z "${CONFIG:-}" ]; then
		make_config localmodconfig
	fi
	# A choice is what is left of it.
	[ -n "${DEBUG_INFO:-}" ] || sed -i '/CONFIG_DEBUG_INFO/d' "$obj/.config"
	(cd "$linux" && KCONFIG_CONFIG=$obj/.config scripts/kconfig/merge_config.sh -m -O "$obj" \
		"$obj/.config" "$obj/fragment")
	make_config olddefconfig
}

# Kept as long as what it is made from is the same; the modules that are loaded by
# then do not count.
configure_deb()
{
	local key

	key=$({ source_config; cat "${LSMOD:-/dev/null}" "$0"; echo "${CONFIG:+given} ${DEBUG_INFO:-}"; } | digest -)
	[ "$key" != "$(cat "$obj/config.key" 2>/dev/null)" ] || return 0
	rm -f "$obj/config.key"
	say config "from ${CONFIG:-the running kernel}"
	source_config >"$obj/.config"
	write_fragment "$obj/.config" >"$obj/fragment"
	make_configuration >"$build/log/deb-config.log" 2>&1 ||
		log_failure 'the configuration' "$build/log/deb-config.log"
	verify
	echo "$key" >"$obj/config.key"
}

# dpkg-buildpackage leaves the packages beside the directory that it runs in. Those of
# an earlier build go, and linux-libc-dev: nobody wants to replace the system's headers
# by those of a kernel that is tried.
build_packages()
{
	run_logged deb "$build/log/deb.log" env KDEB_SOURCENAME=linux-map-memory KDEB_CHANGELOG_DIST=unstable \
		make -C "$linux" O="$obj" -j"$jobs" bindeb-pkg
	sed -n '/^linux-libc-dev_/d; s/[.]deb .*/.deb/p' "$obj/debian/files" >"$obj/packages"
	(cd "$build/deb" && find . -maxdepth 1 -name '*.deb' -printf '%P\n' |
		{ grep -vxFf "$obj/packages" || :; } | xargs -r rm)
}

case ${1:-} in
'') ;;
*) usage 2 ;;
esac

[ -d "$linux/.git" ] || die "there is no $tree: make linux"
check_input
need kernel deb
[ -z "${DEBUG_INFO:-}" ] || need deb-debug
mkdir -p "$obj" "$build/log"
need_space "${DEBUG_INFO:+2}6" "$obj"
configure_deb
say build "the packages, with $(grep -c '=m$' "$obj/.config") modules (log: build/log/deb.log)"
build_packages
(cd "$build/deb" && xargs du -h --apparent-size <"$obj/packages")
say next "sudo dpkg -i build/deb/$(grep '^linux-image.*memory_' "$obj/packages"), but first see docs/hardware.md"
