# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2154
#
# Sourced by check.sh: each commit of the series, or each topic as a whole, is built, in
# one working tree that moves from commit to commit, and so is the documentation.

step=$build/step
fragments=("$top/kernel/host.config" "$top/kernel/check.config")
# What the kernel is made of, for git.
kernel_paths=(. ':!Documentation' ':!tools' ':!MAINTAINERS')
plain=("$top/kernel/host.config" "$top/kernel/plain.config")

key_of()
{
	{ printf '%s\n' "$@"; cat "$top/scripts/kbuild.sh" "${BASH_SOURCE[0]}" "${fragments[@]}" "$top/kernel/model.config"; tools_id; } | digest -
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

# A tree before topic 90-model has no such symbol, and drops the line.
configure_objects()
{
	cat "$top/kernel/model.config" >>"$build/step-obj/.config"
	make -s -C "$step" O="$build/step-obj" olddefconfig </dev/null
}

# unless_same FILE TEXT COMMAND: run it, but not where it was run last with the same text.
unless_same()
{
	local file=$1 text

	text=$(echo "$2" | digest -)
	shift 2
	[ "$text" != "$(cat "$file" 2>/dev/null)" ] || return 0
	rm -f "$file"
	"$@"
	echo "$text" >"$file"
}

# What else the series changes, beside the objects of KVM and of TDX.
other_objects()
{
	lgit diff --name-only --diff-filter=M base "$tip" -- '*.c' ':!arch/x86/kvm' ':!arch/x86/virt' ':!virt' ':!tools' |
		sed 's/c$/o/'
}

# The objects, with the warnings of W=1.
build_objects()
{
	open_step "$1"
	unless_same "$build/step-obj/configured" "$(lgit ls-tree -r "$1" | grep Kconfig)" configure_objects
	# shellcheck disable=SC2046
	make -C "$step" O="$build/step-obj" W=1 -j"$jobs" arch/x86/kvm/ arch/x86/virt/ virt/ $(other_objects) >"$2" 2>&1 ||
		{ grep -E 'error: ' "$2" || tail -n 5 "$2"; return 1; }
}

# not_exported USERS DEFINERS: what the objects of the former, of a module, take from those
# of the latter, which are of the kernel or of another module, and don't export.
not_exported()
{
	local users definers

	read -ra users <<<"$1"
	read -ra definers <<<"$2"
	nm "${definers[@]}" | sed -n 's/.* __export_symbol_//p' | sort >"$scratch/exported"
	nm "${definers[@]}" | awk 'NF == 3 && $2 ~ /[A-Z]/ { print $3 }' | sort >"$scratch/defined"
	nm -u "${users[@]}" | awk 'NF == 2 { print $2 }' | sort -u |
		comm -12 - "$scratch/defined" | comm -23 - "$scratch/exported" >"$scratch/missing"
	[ ! -s "$scratch/missing" ] || die "not exported to modules: $(xargs <"$scratch/missing")"
}

# KVM may be a module, and takes what the series adds elsewhere; the vendors' are others.
check_exports()
{
	local obj=$build/step-obj kvm=$build/step-obj/arch/x86/kvm

	not_exported "$kvm/kvm-intel.o $kvm/kvm-amd.o" "$kvm/kvm.o"
	not_exported "$kvm/kvm.o $kvm/kvm-intel.o $kvm/kvm-amd.o" \
		"$(other_objects | sed "s,^,$obj/," | xargs) $(find "$obj/arch/x86/virt" -name '*.o' -printf '%p ')"
}

# The base's own warnings; building it first also makes the objects that the
# series does not touch.
base_objects()
{
	rm -f "$build/step-obj/configured" "$build/step-obj/base"
	configure "$step" "$build/step-obj" "${fragments[@]}"
	build_objects base "$logs/objects.base"
	mkdir -p "$cache/check"
	warnings "$logs/objects.base" >"$1.new"
	mv "$1.new" "$1"
	echo "${1##*/}" >"$build/step-obj/base"
}

# Whether the objects of the base are there, made with the configuration of now.
has_base()
{
	[ -e "$base_warnings" ] && [ "$(cat "$build/step-obj/base" 2>/dev/null)" = "${base_warnings##*/}" ]
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
	mkdir -p "$build/step-selftests" "$build/step-headers"
	unless_same "$build/step-headers/of" "$(lgit ls-tree "$1" include/uapi arch/x86/include/uapi)" \
		make -s -C "$step" O="$build/step-headers" headers
	make -s -C "$step/tools/testing/selftests/kvm" -j"$jobs" OUTPUT="$build/step-selftests" \
		KHDR_INCLUDES="-isystem $build/step-headers/usr/include" >"$2" 2>&1 ||
		{ grep -E 'error: ' "$2" || tail -n 5 "$2"; return 1; }
	! grep 'warning:' "$2"
}

touches()
{
	local from=$1 to=$2

	shift 2
	! lgit diff --quiet "$from" "$to" -- "$@"
}

# The kernel is built where kernel code changes, the selftests where they or what they
# include change: build_change FROM TO NAME
build_change()
{
	local from=$1 commit=$2 name=$3 log=$logs/${3/\//-} key

	if touches "$from" "$commit" "${kernel_paths[@]}"; then
		key=$(key_of objects "$(lgit ls-tree "$commit" | grep -vE '(Documentation|MAINTAINERS|tools)$')" "$(other_objects)")
		if [ ! -e "$cache/check/$key" ] && ! has_base; then
			check "build base" base_objects "$base_warnings"
			[ "$status" -eq 0 ] || return 0
		fi
		check_once "build $name" "$key" check_objects "$commit" "$log.objects"
	fi
	if touches "$from" "$commit" tools/testing/selftests/kvm include/uapi arch/x86/include/uapi; then
		key=$(key_of selftests "$(lgit rev-parse "$commit^{tree}")")
		check_once "build selftests $name" "$key" check_selftests "$commit" "$log.selftests"
	fi
}

# KVM as it is at the end of the series, without what it has for private memory.
check_plain()
{
	open_step "$1"
	configure "$step" "$build/step-plain" "${plain[@]}"
	make -C "$step" O="$build/step-plain" -j"$jobs" arch/x86/kvm/ virt/ >"$2" 2>&1 ||
		{ grep -E 'error: ' "$2" || tail -n 5 "$2"; return 1; }
}

# Each commit, or the whole of each topic: build_all commits | topics
build_all()
{
	local commit subject topic='' cover='' last=base number=0

	base_warnings=$cache/check/warnings-$(key_of base "$(lgit rev-parse 'base^{tree}')" "$(other_objects)")
	for commit in $(lgit rev-list --reverse "base..$tip"); do
		if ! touches "$last" "$commit" .; then
			[ "$1" = commits ] || [ -z "$topic" ] || build_change "$cover" "$last" "$topic"
			subject=$(lgit log -1 --format=%s "$commit")
			topic=${subject#topic }
			topic=${topic%%:*}
			cover=$commit
			number=0
		else
			number=$((number + 1))
			[ "$1" = topics ] || build_change "$last" "$commit" "$topic/$(printf %04d $number)"
		fi
		last=$commit
	done
	[ "$1" = commits ] || build_change "$cover" "$last" "$topic"
	check_once "build plain" \
		"$(key_of plain "$(lgit rev-parse "$tip^{tree}")" "$(digest "$top/kernel/plain.config")")" \
		check_plain "$tip" "$logs/plain"
}

check_documentation()
{
	open_step base
	check_once "sphinx" "$(key_of docs "$(lgit rev-parse "$tip:Documentation")")" check_docs
}

check_builds()
{
	check_documentation
	build_all commits
}

check_topics()
{
	check_documentation
	build_all topics
}
