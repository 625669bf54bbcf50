#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317 # called by name
# usage: static.sh [sparse | coccinelle | analyzer] ...
#
# Does the series bring new reports of sparse, of the kernel's coccinelle scripts, or of
# clang's analyser? Looks at the files that it changes or adds, as they are without the
# series, and with it; reports are the same if they differ by line numbers only. Prints
# "PASS static:NAME", or FAIL with the first new report that kernel/static.exceptions
# doesn't have; all are in build/log/static/.
# Exits with 1 if there is one. With arguments, runs these only.
. "${BASH_SOURCE[0]%/*}/lib.sh"
. "${BASH_SOURCE[0]%/*}/kbuild.sh"

logs=$build/log/static
src=$build/static/tree
obj=$build/static/obj
# Those that Kbuild can make one by one, and the directories of the others.
targets=(arch/x86/kvm/ arch/x86/virt/ mm/mmu_notifier.o mm/huge_memory.o mm/secretmem.o)

open_tree()
{
	if [ ! -e "$src/.git" ]; then
		mkdir -p "${src%/*}"
		lgit worktree prune
		lgit worktree add -q --detach "$src" "$1"
	fi
	git -C "$src" checkout -q -f --detach "$1"
}

changed_files()
{
	lgit diff --name-only --diff-filter=AM base series -- 'arch/*.[ch]' 'include/*.h' 'mm/*.[ch]' 'virt/*.[ch]'
}

# The C files of them that $src has.
changed_sources()
{
	local file

	changed_files | grep '\.c$' | while read -r file; do
		[ ! -e "$src/$file" ] || echo "$file"
	done
}

# The model is configured where it is there.
configure_tree()
{
	local fragments=("$top/kernel/host.config")

	[ ! -e "$src/arch/x86/virt/vmx/tdx/model.c" ] || fragments+=("$top/kernel/model.config")
	configure "$src" "$obj" "${fragments[@]}"
}

objects()
{
	make -C "$src" O="$obj" -k -j"$jobs" "$@" "${targets[@]}"
}

# Debian 12's sparse doesn't know this keyword.
sparse_reports()
{
	configure_tree
	objects W=1 C=2 CHECK='sparse -D__typeof_unqual__=__typeof__' 2>&1
}

# A script that takes more than two minutes for a file is not run to its end on that.
coccinelle_reports()
{
	local file script

	while read -r file; do
		for script in $(cd "$src" && grep -rl '^virtual report' scripts/coccinelle); do
			(cd "$src" && timeout 120 spatch -D report --very-quiet --no-show-diff -I include \
				-I arch/x86/include --cocci-file "$script" "$file" 2>/dev/null) || :
		done
	done < <(changed_sources)
}

analyzer_reports()
{
	local file

	configure_tree
	make -s -C "$src" O="$obj" LLVM=-19 olddefconfig
	objects LLVM=-19 2>&1
	# Of what was compiled; the make target of that name compiles all of the kernel.
	"$src/scripts/clang-tools/gen_compile_commands.py" -d "$obj" -o "$obj/compile_commands.json" 2>&1
	while read -r file; do
		clang-tidy-19 -p "$obj" --quiet --checks='-*,clang-analyzer-*,-clang-analyzer-security.insecureAPI.DeprecatedOrUnsafeBufferHandling' \
			"$src/$file" 2>/dev/null || :
	done < <(changed_sources)
}

# Reports in the files of the series, without the line numbers, which every patch moves.
reports_of()
{
	sed "s,$src/,,g; s,[a-z0-9/]*/\.\./\.\./\.\./virt/,virt/,g" "$1" | grep -F -f <(changed_files) |
		grep -E '^[a-z0-9_/.-]*:[0-9]+:' | grep -v ': note: ' | sed -E 's/:[0-9]+:[0-9-]+:/:/; s/line [0-9]+/line/g' | sort
}

# run NAME
run()
{
	local name=$1 rev

	for rev in base series; do
		say static "$name, $rev" >&2
		open_tree "$rev" || die "$src could not be made"
		rm -rf "$obj"
		mkdir -p "$obj"
		"${name}_reports" >"$logs/$name.$rev.log" </dev/null || :
		reports_of "$logs/$name.$rev.log" >"$logs/$name.$rev" || :
		# There are some on 7.3.4 already: who has none didn't look.
		[ -s "$logs/$name.$rev" ] || {
			echo "FAIL static:$name no reports at all, see build/log/static/$name.$rev.log"
			return 1
		}
	done
	comm -13 "$logs/$name.base" "$logs/$name.series" |
		{ grep -vxF -f "$top/kernel/static.exceptions" || :; } >"$logs/$name.new"
	if [ -s "$logs/$name.new" ]; then
		echo "FAIL static:$name $(sed -n 1p "$logs/$name.new")"
		return 1
	fi
	echo "PASS static:$name ($(wc -l <"$logs/$name.series") reports, none new)"
}

for name; do
	case $name in
	sparse | coccinelle | analyzer) ;;
	*) usage 2 ;;
	esac
done
[ $# -gt 0 ] || set -- sparse coccinelle analyzer
[ -d "$linux/.git" ] || die "there is no $tree: make linux"
need kernel static
mkdir -p "$logs"
status=0
for name; do
	run "$name" || status=1
done
exit "$status"
