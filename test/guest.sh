#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# usage: guest.sh LIST
#
# Runs inside an emulated host, called by run.sh: every line of LIST,
# "name <tab> seconds <tab> program and arguments", one after another.  Prints
# "@@ begin NAME", what the program prints, "@@ end STATUS SECONDS", and in the same
# way as "gcov" what a kernel that counts its lines has counted, for coverage.sh.
set -u

cd "$(dirname "$0")" || exit 2

seconds()
{
	cut -d . -f 1 /proc/uptime
}

# As any distribution has them: a limit of memory for who wants one.
mount_cgroups()
{
	mount -t cgroup2 cgroup2 /sys/fs/cgroup &&
		echo +memory > /sys/fs/cgroup/cgroup.subtree_control
} 2> /dev/null

# The program gets a session, and so a process group, of its own: what it leaves
# behind is ended with it.  Its output goes straight to the serial port: a terminal, so
# that no line is lost when the program is killed or the kernel dies.
run_one()
{
	echo "test: $1" > /dev/kmsg
	echo "@@ begin $1"
	from=$(seconds)
	# shellcheck disable=SC2086 # the arguments are words
	setsid timeout -s KILL "$2" ./$3 < /dev/null 2>&1 &
	session=$!
	wait "$session"
	status=$?
	kill -KILL -- "-$session" 2> /dev/null
	printf '\n@@ end %s %s\n' "$status" "$(($(seconds) - from))"
}

# Files of debugfs have no size until they are copied.
print_counters()
{
	[ -d /sys/kernel/debug/gcov ] || return 0
	cp -r /sys/kernel/debug/gcov /tmp/
	echo "@@ begin gcov"
	tar -C /tmp -cf - gcov | gzip | base64
	echo "@@ end 0 0"
}

# What a kernel with kmemleak=on has lost fails the boot, by what the log says.  It does
# not report what is younger than five seconds, nor the last dozens of a kind of object.
report_leaks()
{
	leaks=/sys/kernel/debug/kmemleak
	grep -q kmemleak=on /proc/cmdline || return 0
	# The same boots are for kernels without it, too.
	[ -e "$leaks" ] || return 0
	if ! echo scan 2> /dev/null > "$leaks"; then
		echo "BUG: kmemleak has given up" > /dev/kmsg
		return
	fi
	sleep 6
	echo scan > "$leaks"
	while read -r line; do
		echo "BUG: kmemleak: $line" > /dev/kmsg
	done < "$leaks"
}

mount_cgroups
while IFS="$(printf '\t')" read -r name limit_s program; do
	run_one "$name" "$limit_s" "$program"
done < "$1"
report_leaks
print_counters
