# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2154
#
# Sourced after mails.sh: what is checked of the mails in $mails, which are those of
# the commits $cover..$last.

mails_in_order()
{
	find "$mails" -maxdepth 1 -name '*.patch' | sort
}

patches_in_order()
{
	mails_in_order | grep -v '0000-cover-letter\.patch$'
}

# A header of a mail, unfolded: header NAME MAIL
header()
{
	awk -v want="$1:" '
	/^$/ { exit }
	/^[ \t]/ { if (found) { sub(/^[ \t]+/, ""); value = value " " $0 } next }
	{ found = tolower($1) == tolower(want) }
	found { sub(/^[^:]*:[ \t]*/, ""); value = $0 }
	END { print value }' "$2"
}

# Lines that must not be, as "MAIL:LINE: why"; complaints MAIL... <PROGRAM of awk
complaints()
{
	awk -f /dev/stdin "$@" >"$scratch/complaints"
	sed "s,^$mails/,," "$scratch/complaints"
	[ ! -s "$scratch/complaints" ]
}

# The commits of the topic's patches, oldest first.
commits()
{
	lgit rev-list --reverse "$cover..$last"
}

# One cover letter and each patch, numbered as one series of one version.
mail_complete()
{
	local want count mail number=0 prefix subject

	[ -n "$(cover_of "$mails")" ] || die "there is no cover letter 0000-cover-letter.patch"
	subject=$(header Subject "$mails/$(cover_of "$mails")")
	[[ $subject =~ ^\[((RFC )?PATCH( v[0-9]+)?)\ 0+/([0-9]+)\]\ . ]] ||
		die "the cover letter is no [PATCH 0/n]: $subject"
	prefix=${BASH_REMATCH[1]} count=${BASH_REMATCH[4]}
	want=$(commits | wc -l)
	[ "$count" -eq "$want" ] || die "the cover letter announces $count patches, the topic has $want"
	[ "$(mails_in_order | wc -l)" -eq $((want + 1)) ] ||
		die "$(patches_in_order | wc -l) patches are there, the topic has $want"
	for mail in $(mails_in_order); do
		subject=$(header Subject "$mail")
		want="[$prefix $(printf "%0${#count}d" $number)/$count] "
		[[ $subject == "$want"?* ]] || die "${mail##*/}: wanted ${want}in the subject: $subject"
		number=$((number + 1))
	done
	! grep -nE '\*\*\* (SUBJECT|BLURB) HERE' "$mails/$(cover_of "$mails")"
}

# All reply to the cover letter, which replies to nothing: KVM x86 wants links to
# earlier versions, no threads of them.
mail_threaded()
{
	local mail first id

	first=$(header Message-Id "$mails/$(cover_of "$mails")")
	[[ $first == \<*@*\> ]] || die "the cover letter has no Message-Id"
	[ -z "$(header In-Reply-To "$mails/$(cover_of "$mails")")" ] || die "the cover letter is a reply"
	for mail in $(patches_in_order); do
		id=$(header Message-Id "$mail")
		[[ $id == \<*@*\> ]] || die "${mail##*/} has no Message-Id"
		[[ "$(header In-Reply-To "$mail") $(header References "$mail")" == "$first "*"$first"* ]] ||
			die "${mail##*/} is no reply to the cover letter"
	done
	for mail in $(mails_in_order); do
		header Message-Id "$mail"
	done | sort | uniq -d | { ! grep .; }
}

# Without "[PATCH n/m] ", as git am and git log have it.
mail_subjects()
{
	local mail tmp=$scratch/subject subject bad=0

	mkdir -p "$tmp"
	for mail in $(mails_in_order); do
		read_mail "$mail"
		[[ ${#subject} -le 75 && $subject != *. && $subject == ?*:\ ?* ]] && continue
		echo "${mail##*/}: not \"prefix: summary\" of at most 75 characters without a full stop: $subject"
		bad=1
	done
	return $bad
}

# git send-email refuses what SMTP does: lines over 998 bytes. In a diff, only added
# lines are looked at.
mail_whitespace()
{
	# shellcheck disable=SC2046
	complaints $(mails_in_order) <<-'END'
		FNR == 1 { diff = 0 }
		/^diff --git / { diff = 1 }
		length > 998 { print FILENAME ":" FNR ": longer than 998 bytes" }
		/\r/ { print FILENAME ":" FNR ": carriage return" }
		/[ \t]$/ && $0 != "-- " && (!diff || /^\+/) { print FILENAME ":" FNR ": trailing whitespace" }
	END
}

# The tags of a message on stdin that name people, but for Signed-off-by.
people()
{
	grep -iE '^[a-z]+(-[a-z]+)*-by: ' | grep -v '^Signed-off-by: ' || :
}

# A message on stdin without what its sender may add.
text()
{
	sed -E '/^(Signed-off-by|Fixes|Link|Closes|Cc): /d' | git stripspace
}

message_of()
{
	git mailinfo -b --no-scissors "$scratch/msg" /dev/null <"$1" >/dev/null
	cat "$scratch/msg"
}

# The people named are those that the series names, which invents none; all patches are
# signed off by the same people, or none is.
mail_tags()
{
	local mail commit

	: >"$scratch/signed"
	exec 3< <(commits)
	for mail in $(patches_in_order); do
		read -r commit <&3
		message_of "$mail" >"$scratch/message"
		diff <(lgit log -1 --format=%b "$commit" | people) <(people <"$scratch/message") ||
			die "${mail##*/} does not name the people that the patch of the series names"
		sed -n '/^Signed-off-by: /p' "$scratch/message" | sort | digest - >>"$scratch/signed"
	done
	[ "$(sort -u "$scratch/signed" | wc -l)" -eq 1 ] || die "not all patches have the same Signed-off-by"
}

mail_fixes()
{
	local mail bad=0

	for mail in $(patches_in_order); do
		message_of "$mail" | sed -nE '/^Fixes: [0-9a-f]{12} \("[^"].*"\)$/d; /^ *fixes:/Ip' >"$scratch/fixes"
		[ -s "$scratch/fixes" ] || continue
		echo "${mail##*/}: not Fixes: <12 digits> (\"subject\"): $(cat "$scratch/fixes")"
		bad=1
	done
	return $bad
}

# An id, if any, is one that others have; each patch of earlier topics is named.
mail_base()
{
	local letter

	letter=$mails/$(cover_of "$mails")
	sed -n '/^prerequisite-patch-id: /p' "$letter" | diff <(prerequisites) - ||
		die "the prerequisites in the cover letter are not the patches of the topics before"
	if grep -q '^base-commit:' "$letter"; then
		grep -qE '^base-commit: [0-9a-f]{40}$' "$letter" || die "base-commit: wants a whole id"
		! grep "^base-commit: $(lgit rev-parse base)" "$letter" ||
			die "base-commit: is the commit \"base\", which is in $tree and nowhere else"
	else
		grep -qE '^Applies to v[0-9]' "$letter" || die "the cover letter does not say what it applies to"
	fi
}

# What git am makes of the mails is what the series has: author, message and tree.
mail_applies()
{
	local repo=$scratch/am mail commit format='%T%n%an <%ae> %aD%n%B'

	borrow_objects "$repo"
	git -C "$repo" update-ref --no-deref HEAD "$cover"
	git -C "$repo" read-tree -m -u HEAD
	exec 3< <(commits)
	for mail in $(patches_in_order); do
		read -r commit <&3
		# git am takes a hunk that moved, and says nothing of it.
		git -C "$repo" apply --cached --check --verbose "$mail" 2>"$scratch/apply" || {
			grep '^error: ' "$scratch/apply"
			die "${mail##*/} does not apply"
		}
		! grep -E '^(Hunk #|Context reduced)' "$scratch/apply" || die "${mail##*/} applies with an offset"
		as_committer "$base_date" git -C "$repo" am --quiet --no-3way "$mail"
		diff <(lgit log -1 --format="$format" "$commit" | text) \
			<(git -C "$repo" log -1 --format="$format" | text) ||
			die "${mail##*/} does not make the commit that the series has"
	done
}

mail_checkpatch()
{
	patches_in_order | xargs -P "$jobs" -I '{}' "$top/scripts/checkpatch.sh" '{}'
}

# Each patch goes to somebody who maintains what it changes, and to that one's list.
# MAINTAINERS itself has no maintainer.
mail_recipients()
{
	local mail to

	for mail in $(patches_in_order); do
		to=$(sed -n "s,^${mail##*/}: ,,p" "$mails.recipients")
		grep -qE '\(open list:' <<<"$to" || die "${mail##*/} has no list but linux-kernel"
		[ "$(grep '^diff --git ' "$mail")" != 'diff --git a/MAINTAINERS b/MAINTAINERS' ] || continue
		grep -qE '\((maintainer|supporter):' <<<"$to" || die "${mail##*/} has no maintainer"
	done
}
