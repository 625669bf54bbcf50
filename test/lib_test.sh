#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317 # at_end calls back
# usage: test/lib_test.sh
#
# Tests the two libraries, host/lib.sh and scripts/lib.sh, with packages.sh: usage,
# errors, background jobs, results, what is said of missing packages.  Prints what is
# wrong, and exits with 1.
set -eu

top=$(cd "$(dirname "$0")/.." && pwd)
. "$top/host/lib.sh"
case ${1-} in
'') ;;
--help | -h) usage 0 ;;
*) usage 2 >&2 ;;
esac
work=$(mktemp -d)
wrong=0

# Not by what is tested.
wrong()
{
	echo "lib_test.sh: $*"
	wrong=1
}

clean_up()
{
	rm -rf "$work"
}

# script SHELL: write $work/scripts/script from stdin, beside copies of the libraries.
script()
{
	{
		printf '#!%s\n# SPDX-License-Identifier: GPL-2.0\n' "$1"
		printf '# shellcheck disable=SC1\n# usage: script WORD\n#\n# Says a word.\n'
		cat
	} > "$work/scripts/script"
	chmod 755 "$work/scripts/script"
}

# expect NAME STATUS TEXT COMMAND...: what it prints, on both outputs, and its status.
expect()
{
	name=$1 want=$2 text=$3 status=0
	shift 3
	"$@" > "$work/out" 2>&1 < /dev/null || status=$?
	[ "$status" -eq "$want" ] || wrong "$name: status $status, not $want"
	[ "$(cat "$work/out")" = "$text" ] || wrong "$name: said: $(cat "$work/out")"
}

test_common()
{
	shell=$1 lib=$2
	script "$shell" <<-END
		set -eu
		top=$top
		. "$lib"
		case \$1 in
		word) say word "\$1" ;;
		die) die one two ;;
		*) usage 2 ;;
		esac
	END
	expect "$lib: say" 0 'word     word' "$work/scripts/script" word
	expect "$lib: die" 1 'error: one two' "$work/scripts/script" die
	expect "$lib: usage" 2 'usage: script WORD

Says a word.' "$work/scripts/script" -x
}

# A job that is left goes with the script that is told to go, and what it should clean
# up is cleaned up.
test_jobs()
{
	script /bin/sh <<-END
		set -eu
		top=$top
		. "$top/host/lib.sh"
		clean_up() { echo clean; }
		at_end clean_up
		start sh -c 'exit 3'
		first=\$job
		start sh -c 'exit 0'
		finish "\$first"
		[ "\$jobs_left" = " \$job" ] && echo "\$status, one is left"
		start sleep 1000
		echo "\$job" > "$work/pid"
		[ "\$1" = go ] || finish "\$job"
		exit 4
	END
	expect 'end with a job' 4 '3, one is left
clean' "$work/scripts/script" go
	! kill -0 "$(cat "$work/pid")" 2> /dev/null || wrong 'a job is left after the end'
	rm "$work/pid"
	start "$work/scripts/script" stay > "$work/out"
	until [ -s "$work/pid" ] || ! kill -0 "$job"; do sleep 0.1; done
	kill "$job"
	finish "$job"
	[ "$status" -eq 143 ] || wrong "told to end: status $status, not 143"
	grep -q -x clean "$work/out" || wrong 'told to end: not cleaned up'
	! kill -0 "$(cat "$work/pid")" 2> /dev/null || wrong 'told to end: a job is left'
}

test_results()
{
	script /bin/sh <<-END
		top=$top
		. "$top/host/lib.sh"
		report 0 'npt good' reason
		report 1 'npt bad' a reason
		echo "\$failed"
		complain so
	END
	expect report 0 'PASS npt good
FAIL npt bad a reason
1
error: so' "$work/scripts/script"
}

# stub NAME TEXT: a program for a PATH on which nothing else is.
stub()
{
	printf '#!/bin/sh\n%s\n' "$2" > "$work/bin/$1"
	chmod 755 "$work/bin/$1"
}

test_need()
{
	mkdir "$work/bin"
	for program in bash sh dirname nproc sed cat mkdir tail gcc; do
		ln -s "$(command -v "$program")" "$work/bin/$program"
	done
	expect 'no apt, nothing missing' 0 '' env PATH="$work/bin" "$work/scripts/need.sh" probe
	expect 'no apt' 1 'error: programs or headers are missing, and there is no apt-get here to install them: gnuplot python3' \
		env PATH="$work/bin" "$work/scripts/need.sh" probe report
	rm "$work/bin/gcc"
	stub gcc 'exit 1'
	expect 'no header' 1 'error: programs or headers are missing, and there is no apt-get here to install them: <stdio.h>' \
		env PATH="$work/bin" "$work/scripts/need.sh" probe
	ln -s "$(command -v grep)" "$work/bin/grep"
	ln -s "$(command -v env)" "$work/bin/env"
	stub dpkg-query 'case $* in *python3) echo installed ;; *) exit 1 ;; esac'
	stub apt-get "echo \"\$*\" >> '$work/apt'"
	stub id 'echo 0'
	expect 'apt, said before' 0 'install  gnuplot-nox' env PATH="$work/bin" "$work/scripts/need.sh" report
	grep -q 'install -y .* gnuplot-nox$' "$work/apt" || wrong 'apt: not installed'
	stub id 'echo 1000'
	stub sudo 'exit 1'
	expect 'no root' 1 'error: packages are missing: sudo apt-get install --no-install-recommends gnuplot-nox' \
		env PATH="$work/bin" "$work/scripts/need.sh" report
}

# What scripts/pipes.awk has to find, and what it may not.
test_pipes()
{
	while read -r line; do
		! echo "$line" | awk -f "$top/scripts/pipes.awk" > /dev/null || wrong "pipes.awk: not found: $line"
	done << 'END'
a | head -n 1
a |& head
a | LC_ALL=C head
a | grep -q b
a | grep -e b -q
a | grep --quiet b
a | grep -A 3 -m 1 b
a | sed 1q
a | sed '/b/{p;q}'
a | awk '{ print; exit }'
END
	printf 'a |\n\tgrep -q b\n' | awk -f "$top/scripts/pipes.awk" > /dev/null && wrong 'pipes.awk: not found in two lines'
	while read -r line; do
		echo "$line" | awk -f "$top/scripts/pipes.awk" > /dev/null || wrong "pipes.awk: found: $line"
	done << 'END'
a || grep -q b file
a | grep b | sed -n 1p
a | sed 's/q/r/'
a | sed -n 's/^quick //p'
grep -q b <<<"$(a)"
END
}

at_end clean_up
mkdir "$work/scripts" "$work/bases"
cp "$top/bases/default" "$work/bases/"
cp "$top"/scripts/lib.sh "$top"/scripts/packages.sh "$top"/scripts/need.sh "$work/scripts/"
test_common /bin/sh "$top/host/lib.sh"
test_common /bin/bash "$work/scripts/lib.sh"
test_jobs
test_results
test_need
test_pipes
exit "$wrong"
