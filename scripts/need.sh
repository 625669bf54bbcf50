#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# usage: need.sh GROUP...
#
# Install the Debian packages of these groups that are missing: linux, kernel,
# host, report, check, mail. Without the right to do so, print the command.
. "${BASH_SOURCE[0]%/*}/lib.sh"

[ $# -gt 0 ] || usage 2
need "$@"
