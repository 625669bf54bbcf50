# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034,SC2154
#
# Sourced by check.sh: include/kvm_map_memory.h is what the series has, compiles beside
# this machine's <linux/kvm.h> and the series', and means the same as the latter; so
# does test/rust.
#
# HEADERS=  headers of the kernel with the series  (build/headers/usr/include,
#           which is made)

headers=${HEADERS:-$build/headers/usr/include}

skip()
{
	echo "SKIP $*" | tee -a "$results"
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
		cat "$scratch/header/layout"
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

	check "uapi $language,$name" compile "$language" "$isystem" "$scratch/header/alone.$language.$name" \
		kvm_map_memory.h
	check "uapi $language,$name,before" compile "$language" "$isystem" "$scratch/header/x" \
		kvm_map_memory.h linux/kvm.h
	check "uapi $language,$name,after" compile "$language" "$isystem" "$scratch/header/x" \
		linux/kvm.h kvm_map_memory.h kvm_map_memory.h
}

# The values that a program prints must be those of the kernel's header alone.
same_values()
{
	"$1" >"$scratch/header/have" && diff "$scratch/header/have" "$scratch/header/want"
}

kernel_values()
{
	compile c "$headers" "$scratch/header/kernel" linux/kvm.h && "$scratch/header/kernel" >"$scratch/header/want"
}

# As a reader builds it, with the headers that he has.
build_example()
{
	gcc -O2 -Wall -Wextra -Werror -o "$scratch/header/example" "$top/test/example/map_memory_example.c"
}

check_rust()
{
	if ! command -v rustc >/dev/null; then
		skip "uapi rust there is no rustc"
		return
	fi
	check "uapi rust" rustc --edition 2021 -D warnings -o "$scratch/header/rust" "$top/test/rust/kvm_map_memory.rs"
	[ ! -x "$scratch/header/rust" ] || check "uapi rust,values" same_values "$scratch/header/rust"
}

make_headers()
{
	[ -n "${HEADERS:-}" ] || make -s -C "$linux" O="$build/headers" headers
}

check_language()
{
	local language=$1 name

	compile_all "$language" system ''
	compile_all "$language" kernel "$headers"
	for name in system kernel; do
		check "uapi $language,$name,values" same_values "$scratch/header/alone.$language.$name"
	done
}

check_header()
{
	mkdir "$scratch/header"
	write_layout >"$scratch/header/layout"
	check "uapi headers" make_headers
	check "uapi series" "$top/scripts/uapi-header.sh" --check "$tip"
	check "uapi kernel-header" kernel_values
	check_language c
	if command -v g++ >/dev/null; then
		check_language c++
	else
		skip "uapi c++ there is no g++"
	fi
	check "uapi example" build_example
	check_rust
}
