#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# usage: mail.sh TOPIC [quick]
#
# Write what bases/ has in a topic as mails for git send-email, into
# build/mail/TOPIC, and who should get which of them into
# build/mail/TOPIC.recipients; check them, one line per check, PASS or FAIL.
# Nothing is sent.
#
# quick         for check.sh, which runs checkpatch on the same patches: leave it out,
#               and what is left to the sender
# RFC=1, V=2    [RFC PATCH v2 n/m]
# BASE_COMMIT=  an id that others have and on which the series applies
# SIGN=         "NAME <ADDRESS>": who sends and signs off the patches
# CHECK=1       write nothing, check the mails that are there, after an edit
# FORCE=1       overwrite mails that were edited
# OUT=          another directory than build/mail
. "${BASH_SOURCE[0]%/*}/lib.sh"
. "${BASH_SOURCE[0]%/*}/series.sh"
. "${BASH_SOURCE[0]%/*}/mails.sh"
. "${BASH_SOURCE[0]%/*}/mailcheck.sh"
. "${BASH_SOURCE[0]%/*}/results.sh"

results=/dev/null
logs=$build/log/mail

check_variables()
{
	[[ ${V:-1} =~ ^[1-9][0-9]*$ ]] || die "V=$V is no version: give a number from 1"
	[[ ${BASE_COMMIT:-} =~ ^([0-9a-f]{40})?$ ]] || die "BASE_COMMIT=$BASE_COMMIT is no id of 40 digits: see git rev-parse"
	[[ ${SIGN:-} =~ ^([^\<\>]+\ \<[^\<\>\ ]+@[^\<\>\ ]+\>)?$ ]] || die "SIGN=$SIGN is not \"NAME <ADDRESS>\""
}

check_topic()
{
	local topics

	topics=$(mailed_topics | xargs | sed 's/ /, /g')
	case $1 in
	'')	die "TOPIC= is missing: one of $topics" ;;
	9*)	[ ! -d "$patches/$1" ] || die "topic $1 is for tests here and never mailed: TOPIC= one of $topics" ;;
	esac
	grep -qxF -e "$1" <<<"$(mailed_topics)" || die "there is no topic $1: TOPIC= one of $topics"
}

# Set $tip to the commits that bases/ makes.
take_series()
{
	[ -d "$linux/.git" ] || die "there is no $tree to make mails of: make linux"
	read_sync
	tip=$series
	[ "$series_moved$patches_moved" = nono ] || import_series "$patches"
}

mails_digest()
{
	find "$mails" -type f -print0 | sort -z | xargs -0r sha256sum | digest -
}

# What was written is remembered, so that an edit is not overwritten.
write_anew()
{
	[ ! -d "$mails" ] || [ -n "${FORCE:-}" ] ||
		[ "$(mails_digest)" = "$(cat "$mails.written" 2>/dev/null)" ] ||
		die "${mails#"$top"/} was edited: CHECK=1 checks what is there, FORCE=1 overwrites it"
	rm -rf "$mails"
	write_mails "$mails"
	mails_digest >"$mails.written"
}

check_mails()
{
	check "mail $topic complete" mail_complete
	[ "$status" -eq 0 ] || return 0
	check "mail $topic is one thread" mail_threaded
	check "mail $topic subjects" mail_subjects
	check "mail $topic whitespace" mail_whitespace
	check "mail $topic tags" mail_tags
	check "mail $topic Fixes" mail_fixes
	check "mail $topic base" mail_base
	check "mail $topic applies" mail_applies
	check "mail $topic recipients" mail_recipients
	[ -n "$quick" ] || check "mail $topic checkpatch" mail_checkpatch
}

# How many patches have a line in their message that begins so.
count_with()
{
	local mail

	for mail in $(patches_in_order); do
		message_of "$mail" | { grep "^$1: " || :; } | sed -n 1p
	done | wc -l
}

# What a script cannot know. Say it in one place, before anybody sends.
left_to_sender()
{
	local patches

	patches=$(patches_in_order | wc -l)
	say mail "$((patches + 1)) mails in ${mails#"$top"/}, who should get them in ${mails#"$top"/}.recipients; nothing was sent"
	[ "$(count_with Signed-off-by)" -gt 0 ] ||
		say "to add" "your Signed-off-by, which no patch has: SIGN=\"NAME <ADDRESS>\""
	say "to add" "Fixes: where a patch fixes a bug, which $(count_with Fixes) of $patches have; the base has no history to look for the commits"
	grep -q '^base-commit:' "$mails/$(cover_of "$mails")" ||
		say "to add" "base-commit:, of a public tree on which you applied the mails: BASE_COMMIT="
	say "to check" "the author: $(lgit log --format='%an <%ae>' "$cover..$last" | sort -u | xargs -d '\n' | sed 's/> /> and /g')"
	say "to check" "that the mails apply to a public tree: $(lgit log -1 --format=%s base) here is Debian's, and KVM x86 takes patches on kvm-x86/next"
}

case $#,${2:-} in
0, | 1, | 2, | 2,quick) ;;
*) usage 2 ;;
esac

topic=${1:-}
quick=${2:-}
mails=${OUT:-$build/mail}/$topic
check_variables
check_topic "$topic"
[ -n "$quick" ] || need mail
take_series
find_topic "$tip" "$topic"
mkdir -p "$logs" "${mails%/*}"
if [ -z "${CHECK:-}" ]; then
	write_anew
elif [ ! -d "$mails" ]; then
	die "there is no ${mails#"$top"/} to check: make mail TOPIC=$topic"
fi
recipients "$mails" >"$mails.recipients"
check_mails
[ -n "$quick" ] || left_to_sender
[ $failed -eq 0 ]
