# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh disable=SC2154
# What an emulated host has for a file system. Sourced by boot.sh, which sets $host_dir,
# $boots, $dir, $busybox, $files and $run.

# Prints the tree $1 as an archive that is the same for the same files.
archive()
{
	(cd "$1" && find . | LC_ALL=C sort | cpio -o -H newc -R 0:0 --quiet)
}

# What never changes is archived once per content: busybox and init.
base_archive()
{
	id=$(cat "$busybox" "$host_dir/init" | sha256sum | cut -c 1-16)
	base=$boots/base-$id.cpio
	if [ ! -e "$base" ]; then
		mkdir -p "$dir/base/bin"
		cp "$busybox" "$dir/base/bin/busybox"
		cp "$host_dir/init" "$dir/base/init"
		chmod 755 "$dir/base/init" "$dir/base/bin/busybox"
		archive "$dir/base" > "$dir/base.cpio"
		mv "$dir/base.cpio" "$base"
		rm -r "$dir/base"
	fi
	cat "$base"
}

# Prints the initramfs: two archives, which the kernel unpacks one after another.
initramfs()
{
	base_archive
	mkdir "$dir/root"
	for file in $files; do
		cp -RL "$file" "$dir/root/"
	done
	printf '%s\n' "$run" > "$dir/root/boot.run"
	archive "$dir/root"
	rm -r "$dir/root"
}
