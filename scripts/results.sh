# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034,SC2154
#
# Sourced after lib.sh: checks, one line PASS or FAIL for each, on stdout and in
# $results. What a check had to say is in $logs.

failed=0

# check NAME FUNCTION...: run it by itself, stopping at its first error; set
# $status. Never call this as a condition: bash would not stop at errors.
check()
{
	local name=$1 log

	log=$logs/${name//[ \/]/-}.log
	shift
	set +e
	(
		set -e
		"$@"
	) >"$log" 2>&1 </dev/null
	status=$?
	set -e
	if [ $status -eq 0 ]; then
		echo "PASS $name" | tee -a "$results"
	else
		failed=$((failed + 1))
		echo "FAIL $name" | tee -a "$results"
		tail -n 6 "$log" | sed 's/^/     /'
	fi
}

# As check, but not again for the same content: check_once NAME KEY FUNCTION...
check_once()
{
	local name=$1 key=$cache/check/$2

	shift 2
	if [ -e "$key" ]; then
		echo "PASS $name" | tee -a "$results"
		return
	fi
	check "$name" "$@"
	[ "$status" -eq 0 ] || return 0
	mkdir -p "${key%/*}"
	touch "$key"
}
