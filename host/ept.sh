# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh disable=SC2154
# The Intel host: Bochs, VMX with EPT (with accessed and dirty bits).
# Sourced by boot.sh, which sets $dir, $kernel, $cmdline, $icount and $mem, $smp.

isolinux=/usr/lib/ISOLINUX/isolinux.bin
ldlinux=/usr/lib/syslinux/modules/bios/ldlinux.c32
bios=/usr/share/bochs/BIOS-bochs-latest
vgabios=/usr/share/bochs/VGABIOS-lgpl-latest

host_defaults()
{
	[ "$icount" != 1 ] ||
		fail 2 'ICOUNT=1 works with HOST=npt only'
	: "${mem:=1536}" "${timeout:=300}" "${smp:=1}"
	# A processor of Bochs that falls asleep by MWAIT was seen to miss an interrupt by
	# another one, which then waited for ever (the debug kernel, after CPU hotplug).
	[ "$smp" = 1 ] || cmdline="$cmdline idle=halt"
}

host_check()
{
	need_program bochs bochs
	need_program xorriso xorriso
	need_file "$isolinux" isolinux
	need_file "$ldlinux" syslinux-common
	need_file "$bios" bochsbios
	need_file "$vgabios" bochs
}

# Compressed: a CD is read word by word, which costs more than unpacking.
host_prepare()
{
	mkdir "$dir/cd"
	cp "$isolinux" "$ldlinux" "$dir/cd"
	cp "$kernel" "$dir/cd/bzimage"
	initramfs | gzip -1 > "$dir/cd/initrd"
	cat > "$dir/cd/isolinux.cfg" <<-END
		default linux
		prompt 0
		timeout 0
		label linux
		kernel bzimage
		append initrd=initrd $cmdline
	END
	xorriso -as mkisofs -quiet -o "$dir/boot.iso" -b isolinux.bin -c boot.cat \
		-no-emul-boot -boot-load-size 4 -boot-info-table "$dir/cd" \
		> "$dir/emulator" 2>&1 ||
		fail 2 "xorriso could not write the CD image: $(tail -n 1 "$dir/emulator")"
	rm -r "$dir/cd"
	write_bochsrc > "$dir/bochsrc"
	echo c > "$dir/debugger"
}

write_bochsrc()
{
	cat <<-END
		display_library: rfb, options="timeout=0"
		cpu: model=corei7_haswell_4770, count=$smp, ips=100000000, reset_on_triple_fault=0
		memory: guest=$mem, host=$mem
		romimage: file=$bios
		vgaromimage: file=$vgabios
		ata0-master: type=cdrom, path=boot.iso, status=inserted
		boot: cdrom
		com1: enabled=1, mode=file, dev=console
		com2: enabled=1, mode=file, dev=report
		panic: action=fatal
		error: action=ignore
		info: action=ignore
		log: emulator
		sound: waveoutdrv=dummy, waveindrv=dummy, midioutdrv=dummy
		clock: sync=none, time0=local
	END
}

# Replaces the calling process by the emulator.  Debian's build starts in its
# debugger: "c" lets it go, and an endless input keeps it from asking.
host_start()
{
	cd "$dir" || exit
	exec bochs -q -f bochsrc -rc debugger < /dev/zero
}
