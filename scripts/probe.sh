#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# usage: probe.sh [OPTION...]
#
# Measure this computer's own KVM: build build/probe, a static binary that needs
# nothing of this checkout, and run it with the options (build/probe -h) into
# build/report/probe.txt and probe.tsv. It can be copied to another computer.
. "${BASH_SOURCE[0]%/*}/lib.sh"

case ${1:-} in
-h | --help) usage 0 ;;
esac

need probe
mkdir -p "$build/report"
gcc -std=gnu11 -O2 -Wall -Wextra -Werror -static -o "$build/probe.new" "$top"/bench/probe/*.c
mv "$build/probe.new" "$build/probe"

# 4: something is missing here, and was named.
status=0
"$build/probe" -o "$build/report/probe.tsv" "$@" >"$build/report/probe.txt" || status=$?
cat "$build/report/probe.txt"
[ "$status" -eq 0 ] || [ "$status" -eq 4 ] || die "build/probe failed"
echo
say report "build/report/probe.txt, probe.tsv"
say binary "build/probe, for any computer with the kernel that is to be measured: ./probe -o probe.tsv"
