#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# usage: uapi_test.sh [COMMIT]
#
# Tests include/kvm_map_memory.h: it is what the series has (up to COMMIT of
# build/linux), compiles beside this machine's <linux/kvm.h> and the series', and
# means the same as the latter; so does test/rust. One line per check, PASS, FAIL
# or SKIP, on stdout.
#
# HEADERS=  headers of the kernel with the series  (build/headers/usr/include,
#           which is made)
. "${BASH_SOURCE[0]%/*}/../scripts/lib.sh"

failed=0

# check NAME COMMAND...: its last line of output is the reason of a failure.
check()
{
	local name=$1

	shift
	if "$@" >"$work/out" 2>&1 </dev/null; then
		echo "PASS uapi $name"
	else
		failed=1
		echo "FAIL uapi $name $(grep -E 'error|^[-+][^-+]' "$work/out" | head -n 1 || tail -n 1 "$work/out")"
	fi
}

# A program that prints what the header means.
write_layout()
{
	cat <<-'END_C'
	#include <stddef.h>
	#include <stdio.h>

	#define VALUE(name) printf("%s %lu\n", #name, (unsigned long)(name))
	#define OFFSET(name) printf("%s %lu\n", #name, (unsigned long)offsetof(struct kvm_memory_mapping, name))

	int main(void)
	{
		VALUE(KVM_CAP_MAP_MEMORY);
		VALUE(KVM_MAP_MEMORY);
		VALUE(KVM_MEMORY_MAPPING_FLAG_WRITE);
		VALUE(KVM_MEMORY_MAPPING_FLAG_RESIDENT);
		VALUE(KVM_MAP_MEMORY_CAP_VM);
		printf("size %lu\n", (unsigned long)sizeof(struct kvm_memory_mapping));
		OFFSET(base_address);
		OFFSET(size);
		OFFSET(flags);
		OFFSET(padding);
		return 0;
	}
	END_C
}

# compile LANGUAGE ISYSTEM OUTPUT HEADER...: the layout program, with these headers
# included in this order. An empty ISYSTEM means the machine's own headers.
compile()
{
	local language=$1 isystem=$2 output=$3 include

	shift 3
	{
		for include; do
			echo "#include <$include>"
		done
		cat "$work/layout"
	} >"$output.src"
	case $language in
	c)	set -- gcc -x c -std=c99 ;;
	c++)	set -- g++ -x c++ -std=c++17 ;;
	esac
	"$@" -Wall -Wextra -Werror -pedantic ${isystem:+-isystem "$isystem"} -I "$top/include" \
		-o "$output" "$output.src"
}

# All orders of the header and <linux/kvm.h>: compile_all LANGUAGE NAME ISYSTEM
compile_all()
{
	local language=$1 name=$2 isystem=$3

	check "$language,$name" compile "$language" "$isystem" "$work/alone.$language.$name" \
		kvm_map_memory.h
	check "$language,$name,before" compile "$language" "$isystem" "$work/x" \
		kvm_map_memory.h linux/kvm.h
	check "$language,$name,after" compile "$language" "$isystem" "$work/x" \
		linux/kvm.h kvm_map_memory.h kvm_map_memory.h
}

# The values that a program prints must be those of the kernel's header alone.
same_values()
{
	"$1" >"$work/have" && diff "$work/have" "$work/want"
}

kernel_values()
{
	compile c "$headers" "$work/kernel" linux/kvm.h && "$work/kernel" >"$work/want"
}

# As a reader builds it, with the headers that he has.
build_example()
{
	gcc -O2 -Wall -Wextra -Werror -o "$work/example" "$top/test/example/map_memory_example.c"
}

check_rust()
{
	if ! command -v rustc >/dev/null; then
		echo "SKIP uapi rust there is no rustc"
		return
	fi
	check rust rustc --edition 2021 -D warnings -o "$work/rust" "$top/test/rust/kvm_map_memory.rs"
	[ ! -x "$work/rust" ] || check "rust,values" same_values "$work/rust"
}

[ $# -le 1 ] || usage 2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
headers=${HEADERS:-$build/headers/usr/include}

[ -d "$linux/.git" ] || die "there is no build/linux: make linux"
[ -n "${HEADERS:-}" ] || make -s -C "$linux" O="$build/headers" headers >"$work/out" 2>&1 </dev/null ||
	log_failure 'make headers' "$work/out"

write_layout >"$work/layout"
check series "$top/scripts/uapi-header.sh" --check "${1:-series}"
check kernel-header kernel_values
for language in c c++; do
	if [ $language = c++ ] && ! command -v g++ >/dev/null; then
		echo "SKIP uapi c++ there is no g++"
		continue
	fi
	compile_all $language system ''
	compile_all $language kernel "$headers"
	for name in system kernel; do
		check "$language,$name,values" same_values "$work/alone.$language.$name"
	done
done
check example build_example
check_rust
[ $failed -eq 0 ]
