# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
#
# One guest from start to end: sourced by vm/run.

kvm_probe_seconds=5
qemu_pid=
readers=()

# boot ACCEL SECONDS INITRAMFS: run one guest and set
#   guest_started  "yes" once the suite ran
#   guest_end      exit (then guest_status is the suite's), timeout,
#                  stop (the guest or QEMU ended), or refused (QEMU did not start)
boot()
{
	start_guest "$1" "$3"
	watch_guest "$2"
	stop_guest
}

# start_guest ACCEL INITRAMFS: the guest speaks through four serial ports, see
# vm/init. QEMU's stdout is the last of them, and ends with QEMU.
#
# no_timer_check: on a busy host, timer ticks come too late under TCG for the
# kernel's test of them, and it panics. KVM guests skip that test by themselves.
# thread=single: with a thread for each CPU, one may still run an int3 that another
# has patched away (static keys), and the kernel panics: seen once in 20 runs, and
# the suite is no faster that way.
# erms=off: TCG does "rep movsb" byte by byte; without it the kernel moves words.
# fsrm=off: with it but without erms, which no CPU has, Linux 6.1 hangs (QEMU 10).
# cryptomgr.notests: the self-tests of the crypto API are a fifth of a boot under
# TCG and have no bearing on pins.
# intel-iommu: for VFIO; its interrupt remapping needs KVM's split irqchip. The
# edu device, which does nothing by itself, is the one that VFIO may have.
start_guest()
{
	local cpu=max accelerator=kvm,kernel-irqchip=split

	if [ "$1" = tcg ]; then
		cpu=max,la57=off,erms=off,fsrm=off
		accelerator=tcg,thread=single
	fi

	# The suite's output goes through pipes, because stdout and stderr may
	# be sockets, or files at some offset, which QEMU cannot open by name.
	rm -f "$work/stdout" "$work/stderr"
	mkfifo "$work/stdout" "$work/stderr"
	exec {out}<>"$work/stdout" {err}<>"$work/stderr"
	# Its output is kept, too. When nobody reads that any more, it still is: the guest
	# would else wait for ever, and its verdict counts all the same.
	tee -p "$work/said" <"$work/stdout" 2>/dev/null {out}>&- {err}>&- &
	readers=($!)
	copy <"$work/stderr" >&2 {out}>&- {err}>&- &
	readers+=($!)

	# QEMU must die with this shell even if the shell is killed.
	exec {word}< <(exec setpriv --pdeathsig KILL \
		qemu-system-x86_64 -nodefaults -no-user-config -display none -no-reboot \
		-machine q35 -accel "$accelerator" -cpu "$cpu" -smp "$cpus" -m "${guest_mem}M,slots=2,maxmem=512G" \
		-device intel-iommu,intremap=on -device edu \
		-object memory-backend-memfd,id=pmem,size=128M \
		-device virtio-pmem-pci,memdev=pmem \
		-kernel "$kernel_image" -initrd "$2" \
		-append "console=ttyS0 panic=-1 no_timer_check cryptomgr.notests intel_iommu=on $guest_append" \
		-serial "file:$work/console.log" -serial "file:$work/stdout" \
		-serial "file:$work/stderr" -serial stdio \
		"${guest_qemu[@]}" </dev/null 2>"$work/qemu.log" {out}>&- {err}>&-)
	qemu_pid=$!
}

# copy: stdin to stdout, and when nobody reads that any more, to nowhere.
copy()
{
	cat 2>/dev/null || cat >/dev/null
}

# watch_guest SECONDS: only a line with this run's nonce counts, so that nothing
# that a dying kernel may utter is taken for an exit status.
watch_guest()
{
	local deadline=$((SECONDS + $1)) line rc

	guest_started='' guest_end='' guest_status=''
	while [ -z "$guest_end" ]; do
		if [ $SECONDS -ge $deadline ]; then
			guest_end=timeout
			return
		fi
		rc=0
		read -r -t $((deadline - SECONDS)) line <&"$word" || rc=$?
		if [ $rc = 1 ]; then
			guest_end=stop
		elif [ $rc = 0 ] && [ "$line" = "$nonce started" ]; then
			guest_started=yes
		elif [ $rc = 0 ] && [ "${line% *}" = "$nonce exit" ]; then
			guest_end='exit'
			guest_status=${line##* }
		fi
	done
	if [ "$guest_end" = stop ] && ! wait "$qemu_pid" && [ -z "$guest_started" ]; then
		guest_end=refused
	fi
}

# stop_guest: end QEMU, then wait until the last of the suite's output is out.
stop_guest()
{
	kill_guest
	exec {out}>&- {err}>&- {word}<&-
	wait "${readers[@]}"
	readers=()
}

kill_guest()
{
	[ -n "$qemu_pid" ] || return 0
	kill -KILL "$qemu_pid" 2>/dev/null || true
	wait "$qemu_pid" || true
	qemu_pid=
}

# choose_accel: turn "auto" into kvm or tcg. That /dev/kvm can be opened does not
# mean that guests run: with nested virtualisation they may hang at once. So boot
# this very kernel with it, to the end. The answer holds until the next reboot.
choose_accel()
{
	local known

	kvm_failed=
	[ "$accel" = auto ] || return 0
	accel=tcg
	[ -w /dev/kvm ] || return 0

	if known=$(grep -s "^$(machine_id) " "$cache/accel"); then
		accel=${known##* }
		return
	fi

	mkdir "$work/nothing"
	printf '#!/bin/sh\n' >"$work/nothing/run_tests.sh"
	chmod +x "$work/nothing/run_tests.sh"
	make_userspace "$work/nothing"
	make_initramfs "$work"
	boot kvm $kvm_probe_seconds "$work/initramfs"
	if [ "$guest_end" = exit ]; then
		accel=kvm
		remember_accel kvm
	else
		note "KVM does not work here (no boot in $kvm_probe_seconds s): using TCG"
		kvm_failed=yes
	fi
}

# remember_accel ACCEL. That KVM does not work is to be remembered only when the
# same kernel has booted without it: else it may be the kernel that is broken.
remember_accel()
{
	printf '%s %s\n' "$(machine_id)" "$1" >"$work/accel"
	mv "$work/accel" "$cache/accel"
}

machine_id()
{
	printf '%s:%s' "$(cat /proc/sys/kernel/random/boot_id)" \
		"$(stat -L -c %Y "$(command -v qemu-system-x86_64)")"
}
