# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2154
#
# The guest's userspace: sourced by vm/run.
#
# The kernel unpacks any number of cpio archives one after the other, so that
# what seldom changes is packed once: the tools, and the modules of each kernel.
# Nothing is compressed, because unpacking would cost the guest more than
# copying costs the host.

dracut_install=/usr/lib/dracut/dracut-install
filesystems=$top/testbed/filesystems

# make_userspace SUITE: set userspace, the archives of what all guests share.
make_userspace()
{
	pack_tools
	pack_modules
	pack_suite "$1"
	scenario_cpio=
	[ -z "$scenario" ] || pack_scenario
	userspace=("$tools_cpio" ${modules_cpio:+"$modules_cpio"}
		${scenario_cpio:+"$scenario_cpio"} "$work/suite.cpio")
}

# make_initramfs FOLDER ARG...: FOLDER/initramfs, which runs the suite with ARGs
make_initramfs()
{
	local folder=$1
	shift

	mkdir -p "$folder/orders/etc"
	printf '%s\n' "nonce=$nonce" "set -- ${*@Q}" >"$folder/orders/etc/vm-run"
	attempt "pack the orders" pack "$folder/orders" "$folder/orders.cpio"
	attempt "write the initramfs" concatenate "$folder/initramfs" \
		"${userspace[@]}" "$folder/orders.cpio"
}

concatenate()
{
	local to=$1
	shift
	cat "$@" >"$to"
}

# pack FOLDER CPIO: appears under its name only when it is whole.
pack()
{
	(cd "$1" && find . -mindepth 1 | sort | cpio -o -H newc -R 0:0 --quiet) >"$2.new" &&
		mv "$2.new" "$2"
}

# pack_tools: set tools_cpio; packed again when one of the tools changes. busybox
# is modprobe, too: kmod's takes ten times as long to start, and the kernel calls
# modprobe many times while it boots.
pack_tools()
{
	local root=$work/tools tools paths applet

	mapfile -t tools < <(echo busybox && "$filesystems" mkfs)
	mapfile -t paths < <(command -v "${tools[@]}")
	[ ${#paths[@]} = ${#tools[@]} ] ||
		die "one of ${tools[*]} is missing: install busybox-static $("$filesystems" package | xargs)"
	tools_cpio=$cache/tools-$(stat -L -c '%n %s %y' "${paths[@]}" | sha256sum | cut -c 1-16).cpio
	[ ! -e "$tools_cpio" ] || return 0
	rm -f "$cache"/tools-*.cpio

	mkdir -p "$root"/usr/{bin,sbin,lib,lib64}
	ln -s usr/{bin,sbin,lib,lib64} "$root"
	attempt "gather the guest's tools" "$dracut_install" -D "$root" --ldd --all "${paths[@]}"
	for applet in $(busybox --list-full); do
		[ -e "$root/$applet" ] || [ -L "$root/$applet" ] || ln -s /bin/busybox "$root/$applet"
	done
	attempt "pack the guest's tools" pack "$root" "$tools_cpio"
}

# pack_modules: set modules_cpio, or leave it empty. The modules that the kernel
# may ask for, unpacked because that is slow in a guest without KVM.
pack_modules()
{
	local root=$work/modules names index

	modules_cpio=
	[ -n "$kernel_modules" ] || return 0
	modules_cpio=$kernel_dir/modules.cpio
	[ "$kernel_modules/modules.dep" -nt "$modules_cpio" ] ||
		[ "$vm/modules" -nt "$modules_cpio" ] ||
		[ "$top/common/base/filesystems.h" -nt "$modules_cpio" ] || return 0

	mapfile -t names < <({ sed 's/#.*//' "$vm/modules" && "$filesystems" modules; } | tr -s ' ' '\n' | grep .)
	mkdir "$root"
	attempt "gather the modules" "$dracut_install" -D "$root" --kerneldir "$kernel_modules" \
		--optional --module "${names[@]}"
	find "$root" -name '*.ko.xz' -exec xz -d {} +
	find "$root" -name '*.ko.zst' -exec zstd -dq --rm {} +
	find "$root" -name '*.ko.gz' -exec gzip -d {} +
	index=$root/usr/lib/modules/$kernel_release
	mkdir -p "$index"
	cp "$kernel_modules"/modules.{order,builtin,builtin.modinfo} "$index/"
	attempt "index the modules" depmod -b "$root/usr" "$kernel_release"
	attempt "pack the modules" pack "$root" "$modules_cpio"
}

# pack_suite SUITE: what differs from run to run: /init, and the suite with its
# libraries and its module.
pack_suite()
{
	local root=$work/suite suite=$1 binaries

	rm -rf "$root"
	mkdir -p "$root"
	cp "$vm/init" "$root/init"
	attempt "copy the suite" cp -RL "$suite" "$root/suite"
	mapfile -t binaries < <(find "$root/suite" -type f -perm -u+x \
		-exec sh -c 'head -c 4 "$1" | grep -q ELF' - {} \; -print)
	[ ${#binaries[@]} = 0 ] ||
		attempt "gather the libraries of the suite" gather_libraries "$root" "${binaries[@]}"
	if [ -n "$kernel_build" ] && build_pin_probe; then
		mkdir -p "$root/suite/module/$kernel_release"
		cp "$kernel_dir/pin_probe/pin_probe.ko" "$root/suite/module/$kernel_release/"
	fi
	attempt "pack the suite" pack "$root" "$work/suite.cpio"
}

# gather_libraries FOLDER BINARY...: only the libraries, for binaries that lie in
# FOLDER already.
gather_libraries()
{
	local libraries

	mapfile -t libraries < <(ldd "${@:2}" 2>/dev/null | grep -o '/[^ :]*/[^ :]*\.so[^ :]*' | sort -u)
	[ ${#libraries[@]} = 0 ] || "$dracut_install" -D "$1" --ldd --all "${libraries[@]}"
}

# build_pin_probe: $kernel_dir/pin_probe/pin_probe.ko, built again when its
# sources are newer. The suite can do without it.
build_pin_probe()
{
	local out=$kernel_dir/pin_probe

	[ -e "$top/module/Makefile" ] || return 1
	[ ! -e "$out/pin_probe.ko" ] ||
		[ -n "$(find "$top/module" -type f -newer "$out/pin_probe.ko")" ] ||
		return 0
	rm -rf "$out"
	find_compiler || {
		note "$compiler_lack: the suite runs without pin_probe"
		return 1
	}
	PATH=$compiler_path$PATH make -C "$top/module" KDIR="$kernel_build" OUT="$out" >"$kernel_dir/pin_probe.log" 2>&1 || {
		note "cannot build pin_probe for $kernel_release (see $kernel_dir/pin_probe.log): the suite runs without it"
		return 1
	}
}
