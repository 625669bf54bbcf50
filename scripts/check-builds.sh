# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2154
#
# Sourced by check.sh: each commit of the series is built, in one working tree that
# moves from commit to commit, and so is the documentation.

step=$build/step
fragments=("$top/kernel/host.config" "$top/kernel/check.config")
# What the kernel is made of, for git.
kernel_paths=(. ':!Documentation' ':!tools' ':!MAINTAINERS')
plain=("$top/kernel/host.config" "$top/kernel/plain.config")

key_of()
{
	{ printf '%s\n' "$@"; cat "$top/scripts/kbuild.sh" "${fragments[@]}" "$top/kernel/model.config"; tools_id; } | digest -
}

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

	if touches "$commit" "${kernel_paths[@]}"; then
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

# KVM as it is at the end of a topic that changes it, without what it has for private
# memory.
check_plain()
{
	open_step "$1"
	configure "$step" "$build/step-plain" "${plain[@]}"
	make -C "$step" O="$build/step-plain" -j"$jobs" arch/x86/kvm/ virt/ >"$2" 2>&1 ||
		{ grep -E 'error: ' "$2" || tail -n 5 "$2"; return 1; }
}

build_plain()
{
	local commit=$1 topic=$2 first=$3

	if [ -z "$topic" ] || lgit diff --quiet "$first" "$commit" -- "${kernel_paths[@]}"; then
		return 0
	fi
	check_once "build plain $topic" \
		"$(key_of plain "$(lgit rev-parse "$commit^{tree}")" "$(digest "$top/kernel/plain.config")")" \
		check_plain "$commit" "$logs/$topic.plain"
}

build_all()
{
	local commit subject topic='' first=base number=0

	base_warnings=$cache/check/warnings-$(key_of base "$(lgit rev-parse 'base^{tree}')")
	for commit in $(lgit rev-list --reverse "base..$tip"); do
		subject=$(lgit log -1 --format=%s "$commit")
		if ! touches "$commit" .; then
			build_plain "$commit" "$topic" "$first"
			first=$commit
			topic=${subject#topic }
			topic=${topic%%:*}
			number=0
			continue
		fi
		number=$((number + 1))
		build_commit "$commit" "$topic/$(printf %04d $number)"
	done
	build_plain "$tip" "$topic" "$first"
}

check_builds()
{
	open_step base
	check_once "sphinx" "$(key_of docs "$(lgit rev-parse "$tip:Documentation")")" check_docs
	build_all
}
