# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# Sourced by kvm-host.sh and mm-host.sh in the emulated host: what the exit status of a
# selftest, or of timeout, means.
verdict()
{
	case $1 in
	0) echo PASS ;;
	4) echo SKIP ;;
	124 | 137 | 143) echo TIMEOUT ;;
	*) echo "FAIL($1)" ;;
	esac
}
