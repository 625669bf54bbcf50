#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317 # npt.sh, ept.sh and native.sh call back
# usage: HOST=npt|ept|native RUN='command' [NAME=value ...] host/boot.sh
#
# Boots a kernel on an emulated host, runs a command in a shell inside, prints
# its output and exits with its status.
#
# HOST=npt       AMD with nested paging (QEMU)
# HOST=ept       Intel with EPT (Bochs, slower)
# HOST=native    this computer's own /dev/kvm, where KVM nests with EPT or NPT
# RUN=           the command line
# FILES=         files and directories to put at the root of the file system
# KERNEL=        bzImage to boot          (build/kernel/arch/x86/boot/bzImage)
# CMDLINE=       more kernel parameters
# ICOUNT=1       the clock counts instructions, 1 ns each (npt only)
# MODEL=1        with the model of the TDX module and two processors (ept only)
# PLUGIN=        a TCG plugin of QEMU, FILE,NAME=VALUE,... (with ICOUNT=1)
# TIMEOUT=       seconds from power-on    (120; ept 300)
# MEM= SMP=      MiB, processors          (3072, 2; ept 1536, 1; ICOUNT=1: SMP=1)
# BAR=           MiB of RAM in the BAR of a PCI device, a power of two (none; npt only)
# EXPECT=        extended expression: warnings that the command makes on purpose,
#                and judges itself (none)
# LOG=           copy the console log to this file
# KEEP=1         keep the directory of a run that went well, too
#
# Exit status, where it is not that of the command:
#   2    wrong use, or something that is needed is missing
#   3    HOST=native is not possible here
#   98   the guest ended without a report
#   99   the kernel warned or crashed (host/dmesg.bad, but host/dmesg.known),
#        whether or not there was an end
#   124  TIMEOUT
set -eu

host_dir=$(cd "$(dirname "$0")" && pwd)
top=$(dirname "$host_dir")
. "$top/host/lib.sh"
. "$host_dir/initramfs.sh"
. "$host_dir/log.sh"

need_file()
{
	[ -e "$1" ] || fail 2 "$1 is missing: install the package $2"
}

absolute()
{
	case $1 in
	/*) echo "$1" ;;
	*) echo "$PWD/$1" ;;
	esac
}

# Sets $files and checks that no two of them get the same name.
check_files()
{
	names=' boot.run init bin dev proc sys tmp '
	for file in ${FILES-}; do
		[ -r "$file" ] || fail 2 "FILES: $file is not there"
		name=${file%/}
		name=${name##*/}
		case $names in
		*" $name "*) fail 2 "FILES: the name $name is taken" ;;
		esac
		names="$names$name "
		files="$files ${file%/}"
	done
}

settings()
{
	host=${HOST-}
	case $host in
	npt | ept | native) ;;
	*) fail 2 "HOST='$host' is unknown: npt, ept or native" ;;
	esac
	[ -n "${RUN-}" ] || fail 2 'RUN= is missing: the command to run inside'
	run=$RUN files='' icount=${ICOUNT:-0} plugin=${PLUGIN-}
	mem=${MEM-} smp=${SMP-} timeout=${TIMEOUT-}
	case $host$icount in
	*0 | npt1) ;;
	*) fail 2 'ICOUNT=1 works with HOST=npt only' ;;
	esac
	[ -z "$plugin" ] || [ "$icount" = 1 ] || fail 2 'PLUGIN= needs ICOUNT=1'
	[ -z "${BAR-}" ] || [ "$host" = npt ] || fail 2 'BAR= works with HOST=npt only'
	case $host${MODEL:-0} in
	*0) model='' ;;
	ept1) model='tdx_model kvm_intel.tdx=1' smp=${smp:-2} ;;
	*) fail 2 'MODEL=1 works with HOST=ept only' ;;
	esac
	kernel=$(absolute "${KERNEL:-$build/kernel/arch/x86/boot/bzImage}")
	[ -r "$kernel" ] || fail 2 "no kernel at $kernel: make kernel, or KERNEL=path"
	check_files
	need_program busybox busybox-static
	need_program cpio cpio
	busybox=$(command -v busybox)
}

ended()
{
	! kill -0 "$emulator" 2> /dev/null ||
		grep -q -a "^$token end" "$dir/report" 2> /dev/null ||
		grep -q -a -e '---\[ end Kernel panic' "$dir/console" 2> /dev/null
}

# Waits until the guest is done; false if that takes too long.  An emulator that
# lives on after the report or a panic is not waited for.
wait_for_guest()
{
	deadline=$(($(date +%s) + timeout))
	until ended; do
		[ "$(date +%s)" -lt "$deadline" ] || return 1
		sleep 0.2
	done
}

stop_emulator()
{
	[ -n "$emulator" ] || return 0
	kill -9 "$emulator" 2> /dev/null || :
	wait "$emulator" 2> /dev/null || :
	emulator=
}

# Leaves the small files of a run that failed, nothing of one that went well.
clean_up()
{
	stop_emulator
	[ -d "${dir-}" ] || return 0
	if [ -n "${LOG-}" ] && [ -e "$dir/console" ]; then
		cp "$dir/console" "$LOG" || :
	fi
	rm -rf "$dir/base" "$dir/base.cpio" "$dir/root" "$dir/cd" "$dir/initramfs" \
		"$dir/boot.iso" "$dir/boot.iso.lock"
	[ "${KEEP:-0}" = 1 ] || [ -n "$keep" ] || rm -rf "$dir"
}

# What failed is there to be looked at, but not for ever.
forget_old_boots()
{
	find "$boots" -mindepth 1 -maxdepth 1 -type d -mtime +1 -exec rm -rf {} +
}

boot()
{
	mkdir -p "$boots"
	forget_old_boots
	dir=$(mktemp -d "$boots/$host.XXXXXX")
	token=boot-$(od -An -N 8 -t x8 /dev/urandom | tr -d ' ')
	cmdline="console=ttyS0,115200 ignore_loglevel panic=-1 boot.token=$token"
	host_defaults
	need_number MEM "$mem"
	need_number SMP "$smp"
	need_number TIMEOUT "$timeout"
	[ -z "${BAR-}" ] || need_number BAR "$BAR"
	cmdline="$cmdline $model ${CMDLINE-}"
	host_check
	host_prepare
	(host_start) < /dev/null > "$dir/emulator.out" 2>&1 &
	emulator=$!
	in_time=1
	wait_for_guest || in_time=0
	stop_emulator
}

verdict()
{
	split_report
	cat "$dir/output"
	keep=1
	no_end=
	[ "$in_time" = 1 ] || no_end="no end after $timeout s, stopped; "
	! bad_lines >&2 || fail 99 "${no_end}the kernel complained; its log: $dir/console"
	[ -z "$no_end" ] || fail 124 "${no_end}the console: $dir/console"
	[ -n "$status" ] ||
		fail 98 "the guest ended without a report; see $dir/console and $dir/emulator.out"
	[ "$status" != 0 ] || keep=
	exit "$status"
}

case ${1-} in
'') ;;
--help | -h) usage 0 ;;
*) usage 2 >&2 ;;
esac

boots=$build/boot
emulator='' keep='' dir=''
settings
# shellcheck disable=SC1090 # one of three
. "$host_dir/$host.sh"
at_end clean_up
boot
verdict
