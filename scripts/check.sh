#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# usage: check.sh
#
# What can be tested without an emulator, fast part first. Tests what patches/
# says, not what build/linux holds. One line per check, PASS or FAIL, on stdout
# and in build/test/results.txt; what a check had to say is in build/log/check.
# A commit that passed is not built again (the cache keeps its tree's hash).
. "${BASH_SOURCE[0]%/*}/lib.sh"
. "${BASH_SOURCE[0]%/*}/series.sh"
. "${BASH_SOURCE[0]%/*}/mails.sh"
. "${BASH_SOURCE[0]%/*}/kbuild.sh"
. "${BASH_SOURCE[0]%/*}/results.sh"

# Debian's python3 has the modules that sphinx wants.
PATH=/usr/bin:$PATH

results=$build/test/results.txt
logs=$build/log/check
step=$build/step
fragments=("$top/kernel/host.config" "$top/kernel/check.config")
plain=("$top/kernel/host.config" "$top/kernel/plain.config")

key_of()
{
	{ printf '%s\n' "$@"; cat "$top/scripts/kbuild.sh" "${fragments[@]}" "$top/kernel/model.config"; tools_id; } | digest -
}

# ---- the repository ----

shell_scripts()
{
	local file

	find "$top" \( -path "$build" -o -path "$top/.git" -o -path "$top/patches" \) -prune -o -type f -print |
		sort | while read -r file; do
		case $file,$(head -c 80 "$file" | tr -d '\0' | head -n 1) in
		*.sh,* | *,'#!/bin/sh'* | *,'#!/bin/bash'* | *,'#!/bin/busybox sh'*) echo "$file" ;;
		esac
	done
}

check_shell()
{
	shell_scripts | xargs -d '\n' shellcheck
}

# ---- the series as it is in patches/ ----

check_applies()
{
	import_series "$top/patches"
	echo "$tip" >"$logs/tip"
}

check_quilt()
{
	local files=()

	diff <(list_series "$top/patches") "$top/patches/series"
	mapfile -t files < <(sed "s,^,$top/patches/," "$top/patches/series")
	[ ${#files[@]} -gt 0 ] || return 0
	export GIT_INDEX_FILE=$scratch/quilt
	lgit read-tree base
	lgit apply --cached --whitespace=nowarn "${files[@]}"
}

check_stable()
{
	mkdir "$scratch/stable"
	export_series "$tip" "$scratch/stable"
	(cd "$top/patches" && find . -path './[0-9][0-9]-*/*.patch' -o -path ./series) | sort >"$scratch/have"
	(cd "$scratch/stable" && find . -type f) | sort | diff "$scratch/have" -
	while read -r file; do
		diff "$top/patches/$file" "$scratch/stable/$file"
	done <"$scratch/have"
}

# Code that a later patch throws away is code that nobody should have to review. What
# there is of it is in the log; a dozen lines are a function that was rewritten.
check_rewrites()
{
	"$top/scripts/rewrites.sh" "$tip" | tee "$scratch/rewrites"
	awk '$1 > 12 { found = 1 } END { exit found }' "$scratch/rewrites"
}

# The kernel that the hosts boot is built from build/linux.
check_same()
{
	[ "$(lgit rev-parse 'HEAD^{tree}')" = "$(lgit rev-parse "$tip^{tree}")" ] ||
		die "what build/linux has checked out is not what patches/ says: make patches, or make linux"
	[ -z "$(lgit status --porcelain -uno)" ] || die "build/linux has uncommitted edits"
}

# What was said of the patch $1, and whether that was nothing.
check_style()
{
	cat "$scratch/style/$1.out"
	[ -e "$scratch/style/$1.good" ]
}

# With all processors at first; what was said of each is judged one by one.
style_of_all()
{
	local patch

	(cd "$top/patches" && find . -path './[0-9][0-9]-*/*.patch' ! -name 0000-cover-letter.patch) |
		sed 's,^\./,,' | sort >"$scratch/all"
	sed 's,/.*,,' "$scratch/all" | sort -u | (cd "$scratch" && sed 's,^,style/,' | xargs mkdir -p)
	# shellcheck disable=SC2016
	xargs -P "$jobs" -I '{}' sh -c '"$1/scripts/checkpatch.sh" "$1/patches/$3" >"$2/style/$3.out" 2>&1 &&
		touch "$2/style/$3.good"; :' - "$top" "$scratch" '{}' <"$scratch/all"
	while read -r patch; do
		check "checkpatch ${patch%.patch}" check_style "$patch"
	done <"$scratch/all"
}

check_mails()
{
	env -u RFC -u V -u BASE_COMMIT -u SIGN -u CHECK OUT="$scratch/mail" \
		"$top/scripts/mail.sh" "$1" quick >"$scratch/mail.out" ||
		{ grep -v '^PASS' "$scratch/mail.out"; return 1; }
}

# The mails depend on the topic's commits, which those before are part of.
mails_of_all()
{
	local topic cover last scripts

	scripts=$({ cat "$top"/scripts/{lib,series,results,mail,mails,mailcheck}.sh; git --version; } | digest -)
	for topic in $(mailed_topics); do
		find_topic "$tip" "$topic"
		check_once "mail $topic" "$(printf '%s\n' mail "$topic" "$last" "$scripts" | digest -)" \
			check_mails "$topic"
	done
}

# ---- builds, in one working tree that moves from commit to commit ----

open_step()
{
	if [ "$(git -C "$step" rev-parse --path-format=absolute --git-common-dir 2>/dev/null)" != "$linux/.git" ]; then
		rm -rf "$step"
		lgit worktree prune
		lgit worktree add -q --detach "$step" base
	fi
	git -C "$step" checkout -q -f --detach "$1"
	git -C "$step" clean -fdq
}

# Warnings without the line numbers, which every patch moves.
warnings()
{
	{ grep -hE 'warning:|WARNING:|ERROR:' "$@" || :; } | sed "s,$step/,,g; s/:[0-9]*:[0-9]*:/:/; s/:[0-9]*:/:/" | sort -u
}

no_new_warnings()
{
	warnings "$1" >"$1.warnings"
	! comm -13 "$2" "$1.warnings" | grep .
}

build_docs()
{
	open_step "$1"
	make -C "$step" O="$build/step-docs" SPHINXDIRS=virt/kvm htmldocs >"$2" 2>&1 ||
		{ tail -n 5 "$2"; return 1; }
}

check_docs()
{
	rm -rf "$build/step-docs"
	mkdir -p "$build/step-docs"
	build_docs base "$logs/docs.base"
	warnings "$logs/docs.base" >"$logs/docs.base.warnings"
	build_docs "$tip" "$logs/docs.tip"
	no_new_warnings "$logs/docs.tip" "$logs/docs.base.warnings"
}

# The objects of KVM and of TDX, with the warnings of W=1.
build_objects()
{
	open_step "$1"
	# A tree before topic 90-model has no such symbol, and drops the line.
	cat "$top/kernel/model.config" >>"$build/step-obj/.config"
	make -s -C "$step" O="$build/step-obj" olddefconfig </dev/null
	make -C "$step" O="$build/step-obj" W=1 -j"$jobs" arch/x86/kvm/ arch/x86/virt/ virt/ >"$2" 2>&1 ||
		{ grep -E 'error: ' "$2" || tail -n 5 "$2"; return 1; }
}

# A symbol that a vendor module takes from kvm.ko must be exported there.
check_exports()
{
	local kvm=$build/step-obj/arch/x86/kvm

	nm "$kvm/kvm.o" | sed -n 's/.* __export_symbol_//p' | sort >"$scratch/exported"
	nm "$kvm/kvm.o" | awk 'NF == 3 && $2 ~ /[A-Z]/ { print $3 }' | sort >"$scratch/defined"
	nm -u "$kvm/kvm-intel.o" "$kvm/kvm-amd.o" | awk '{ print $2 }' | sort -u |
		comm -12 - "$scratch/defined" | comm -23 - "$scratch/exported" >"$scratch/missing"
	[ ! -s "$scratch/missing" ] || die "not exported to the vendor modules: $(xargs <"$scratch/missing")"
}

# The base's own warnings; building it first also makes the objects that the
# series does not touch.
base_objects()
{
	configure "$step" "$build/step-obj" "${fragments[@]}"
	build_objects base "$logs/objects.base"
	mkdir -p "$cache/check"
	warnings "$logs/objects.base" >"$1.new"
	mv "$1.new" "$1"
}

check_objects()
{
	build_objects "$1" "$2"
	no_new_warnings "$2" "$base_warnings"
	check_exports
}

check_selftests()
{
	open_step "$1"
	mkdir -p "$build/step-selftests"
	make -s -C "$step" O="$build/step-headers" headers
	make -s -C "$step/tools/testing/selftests/kvm" -j"$jobs" OUTPUT="$build/step-selftests" \
		KHDR_INCLUDES="-isystem $build/step-headers/usr/include" >"$2" 2>&1 ||
		{ grep -E 'error: ' "$2" || tail -n 5 "$2"; return 1; }
	! grep 'warning:' "$2"
}

touches()
{
	local commit=$1

	shift
	! lgit diff --quiet "$commit^" "$commit" -- "$@"
}

# The kernel is built where kernel code changes, the selftests where they or
# what they include change. build_commit COMMIT NAME
build_commit()
{
	local commit=$1 name=$2 log=$logs/${2/\//-} key

	if touches "$commit" . ':!Documentation' ':!tools' ':!MAINTAINERS'; then
		key=$(key_of objects "$(lgit ls-tree "$commit" | grep -vE '(Documentation|MAINTAINERS|tools)$')")
		if [ ! -e "$base_warnings" ] || { [ ! -e "$cache/check/$key" ] && [ ! -e "$build/step-obj/.config" ]; }; then
			check "build base" base_objects "$base_warnings"
			[ "$status" -eq 0 ] || return 0
		fi
		check_once "build $name" "$key" check_objects "$commit" "$log.objects"
	fi
	if touches "$commit" tools/testing/selftests/kvm include/uapi arch/x86/include/uapi; then
		key=$(key_of selftests "$(lgit rev-parse "$commit^{tree}")")
		check_once "build selftests $name" "$key" check_selftests "$commit" "$log.selftests"
	fi
}

# KVM as it is at the end of a topic, without what it has for private memory.
check_plain()
{
	open_step "$1"
	configure "$step" "$build/step-plain" "${plain[@]}"
	make -C "$step" O="$build/step-plain" -j"$jobs" arch/x86/kvm/ virt/ >"$2" 2>&1 ||
		{ grep -E 'error: ' "$2" || tail -n 5 "$2"; return 1; }
}

build_plain()
{
	local commit=$1 topic=$2

	[ -n "$topic" ] || return 0
	check_once "build plain $topic" \
		"$(key_of plain "$(lgit rev-parse "$commit^{tree}")" "$(digest "$top/kernel/plain.config")")" \
		check_plain "$commit" "$logs/$topic.plain"
}

build_all()
{
	local commit subject topic='' number=0

	base_warnings=$cache/check/warnings-$(key_of base "$(lgit rev-parse 'base^{tree}')")
	for commit in $(lgit rev-list --reverse "base..$tip"); do
		subject=$(lgit log -1 --format=%s "$commit")
		if ! touches "$commit" .; then
			build_plain "$commit" "$topic"
			topic=${subject#topic }
			topic=${topic%%:*}
			number=0
			continue
		fi
		number=$((number + 1))
		build_commit "$commit" "$topic/$(printf %04d $number)"
	done
	build_plain "$tip" "$topic"
}

case ${1:-} in
'') ;;
*) usage 2 ;;
esac

need linux kernel check
need_space 4 "$build"
mkdir -p "$build/test" "$logs"
[ -n "${APPEND:-}" ] || : >"$results"

check "shellcheck" check_shell
[ ! -e "$top/README.md" ] || check "README" "$top/test/readme_test.sh"
check "figures" "$top/scripts/figures.py"
check "figures, what they would miss" "$top/test/figures_test.py"
check "lists of tests" "$top/test/lists_test.sh"
check "judging of tests" "$top/test/judge_test.py"
check "series applies" check_applies
[ "$status" -eq 0 ] || exit 1
tip=$(cat "$logs/tip")
check "series for quilt" check_quilt
check "linux patches is stable" check_stable
check "build/linux is patches" check_same
"$top/test/uapi_test.sh" "$tip" | tee -a "$results" || failed=1
check "series rewrites nothing of its own" check_rewrites
style_of_all
mails_of_all
open_step base
check_once "sphinx" "$(key_of docs "$(lgit rev-parse "$tip:Documentation")")" check_docs
build_all
[ $failed -eq 0 ]
