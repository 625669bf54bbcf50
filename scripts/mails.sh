# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034,SC2154
#
# Sourced after series.sh: the mails of $topic, and who should get them.

# A topic 9x is for tests.
mailed_topics()
{
	topics_in "$patches" | grep -v '^9'
}

# Set $cover and $last to the first commit of a topic, which is its cover letter, and
# to the last, in the series that ends at a commit: find_topic COMMIT TOPIC
find_topic()
{
	local commit subject

	cover='' last=''
	while read -r commit subject; do
		case $subject in
		"topic $2: "*)	cover=$commit ;;
		topic\ [0-9][0-9]-*:\ *) [ -z "$cover" ] || return 0 ;;
		esac
		[ -z "$cover" ] || last=$commit
	done < <(lgit log --reverse --format='%H %s' "base..$1")
}

# ---- the mails ----

# A repository $1 that borrows the objects of build/linux, leaves no trace there, and
# whose working tree has only the files that the topic changes.
borrow_objects()
{
	git init -q "$1"
	echo "$linux/.git/objects" >"$1/.git/objects/info/alternates"
	git -C "$1" config core.sparseCheckout true
	lgit diff --name-only --no-renames "$cover" "$last" | sed 's,^,/,' >"$1/.git/info/sparse-checkout"
}

# Set who writes the cover letter and, with SIGN=, signs off the patches. Their author
# stays; where that is not the sender, git send-email says so in the mail.
become_sender()
{
	if [ -n "${SIGN:-}" ]; then
		export GIT_COMMITTER_NAME=${SIGN% <*} GIT_COMMITTER_EMAIL=${SIGN##*<}
		GIT_COMMITTER_EMAIL=${GIT_COMMITTER_EMAIL%>}
	else
		GIT_COMMITTER_NAME=$(lgit log -1 --format=%an "$cover")
		GIT_COMMITTER_EMAIL=$(lgit log -1 --format=%ae "$cover")
		export GIT_COMMITTER_NAME GIT_COMMITTER_EMAIL
	fi
}

# The ids of the patches of earlier topics as they are mailed: by these, b4 finds them
# on the lists. (git format-patch --base has others where the diff's heuristics matter.)
prerequisites()
{
	local before

	for before in $(mailed_topics); do
		[[ $before < $topic ]] || break
		cat "$patches/$before"/*.patch
	done | git patch-id --stable | sed 's/^\([0-9a-f]*\) .*/prerequisite-patch-id: \1/'
}

# The end of the cover letter. The commit "base" is known nowhere else; tools take any
# word after "base-commit:" for an id, so only an id that the sender gives goes there.
base_info()
{
	local what=Applies after

	[ -n "${BASE_COMMIT:-}" ] || what="Applies to $(lgit log -1 --format=%s base | sed 's/^Linux /v/')"
	after=$(lgit log --reverse --format=%s "base..$cover^" | sed -n 's/^topic [0-9][0-9]-[^:]*: /  /p')
	echo
	if [ -n "$after" ]; then
		printf '%s after:\n%s\n\n' "$what" "$after"
	elif [ -z "${BASE_COMMIT:-}" ]; then
		echo "$what"
	fi
	[ -z "${BASE_COMMIT:-}" ] || echo "base-commit: $BASE_COMMIT"
	prerequisites
}

# write_mails DIR: those of the commits $cover..$last.
write_mails()
{
	local repo=$scratch/write options=(--cover-letter --cover-from-description=subject --thread=shallow --numbered)

	[ -z "${RFC:-}" ] || options+=(--rfc)
	# "vN-" must not make names shorter, which kernel/checkpatch.exceptions has.
	[ "${V:-1}" = 1 ] || options+=(-v "$V" --filename-max-length=$((64 + ${#V} + 2)))
	[ -z "${SIGN:-}" ] || options+=(--signoff)
	mkdir -p "$1"
	borrow_objects "$repo"
	git -C "$repo" update-ref refs/heads/mail "$last"
	git -C "$repo" config branch.mail.description \
		"$(lgit log -1 --format=%B "$cover" | sed '1s/^topic [^:]*: //')"
	(
		become_sender
		linux=$repo format_patch "${options[@]}" -o "$1" "$cover..mail"
	)
	{ git stripspace <"$1/$(cover_of "$1")"; base_info; } >"$scratch/cover"
	cp "$scratch/cover" "$1/$(cover_of "$1")"
}

cover_of()
{
	(cd "$1" && find . -maxdepth 1 -name '*0000-cover-letter.patch' | sed 's,^\./,,')
}

# ---- who should get them ----

# recipients DIR: lines "MAIL: NAME <ADDRESS> (ROLE)", as MAINTAINERS has them at the
# end of the topic. The base has no history to ask. The cover letter goes to all.
recipients()
{
	local to=$scratch/to

	rm -rf "$to"
	mkdir "$to"
	lgit show "$last:MAINTAINERS" >"$scratch/MAINTAINERS"
	# shellcheck disable=SC2016
	find "$1" -name '*.patch' ! -name '*0000-cover-letter.patch' -print0 |
		(cd "$linux" && xargs -0 -P "$jobs" -I '{}' sh -c 'exec perl scripts/get_maintainer.pl --no-git \
			--no-git-fallback --no-fixes --mpath="$0" "$1" >"$2/${1##*/}"' "$scratch/MAINTAINERS" '{}' "$to") ||
		die "get_maintainer.pl failed"
	cat "$to"/*.patch | awk -F ' [(]' '!seen[$1]++' | sed "s/^/$(cover_of "$1"): /"
	(cd "$to" && grep -H . ./*.patch) | sed 's,^\./,,; s/:/: /'
}
