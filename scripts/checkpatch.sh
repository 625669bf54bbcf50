#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# usage: checkpatch.sh FILE
#
# What checkpatch.pl --strict says of a patch or a mail TOPIC/[vN-]NNNN-name.patch,
# but for the exceptions: lines "TYPE patch reason" of kernel/checkpatch.exceptions,
# where the patch is a shell pattern of TOPIC/NNNN-name.patch.
. "${BASH_SOURCE[0]%/*}/lib.sh"

# Debian's python3 has the modules that spdxcheck.py wants.
PATH=/usr/bin:$PATH

[ $# -eq 1 ] || usage 2
file=$(realpath "$1")
topic=$(basename "${file%/*}")
name=${file##*/}
[[ ! $name =~ ^v[0-9]+-(.*) ]] || name=${BASH_REMATCH[1]}

ignore=NONE
while read -r type pattern _; do
	# shellcheck disable=SC2254
	case $topic/$name in $pattern) ignore=$ignore,$type ;; esac
done < <(grep '^[A-Z]' "$top/kernel/checkpatch.exceptions")
exec perl "$linux/scripts/checkpatch.pl" --root="$linux" --strict --terse --show-types \
	--no-summary --ignore "$ignore" "$file"
