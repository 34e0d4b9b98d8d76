#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# pin_probe.ko under a hostile user (probe_stress.c), in QEMU: on a kernel that
# keeps today's promises, on an old one, and on one that checks itself if
# GUP_PIN_DEBUG_KERNEL names its built tree (KASAN, PROVE_LOCKING, DEBUG_VM).
# Without QEMU or the kernels this fails, unless GUP_PIN_NO_VM=1 asks to leave it
# out. GUP_PIN_STRESS_SECONDS and GUP_PIN_STRESS_SEED: for longer and other runs.

set -u

here=$(dirname "$(readlink -f "$0")")
. "$here/lib.sh"

if [ "${GUP_PIN_NO_VM:-0}" = 1 ]; then
	echo '1..0 # SKIP GUP_PIN_NO_VM=1'
	exit
fi

make_tmp

cat >"$tmp/run_tests.sh" <<'END'
#!/bin/sh
if [ -e /sys/kernel/debug/kprobes/enabled ]; then
	echo 0 >/sys/kernel/debug/kprobes/enabled
	insmod "module/$(uname -r)/pin_probe.ko" && ./probe_stress uncounted || exit 3
	rmmod pin_probe
	echo 1 >/sys/kernel/debug/kprobes/enabled
fi
insmod "module/$(uname -r)/pin_probe.ko" || exit 2
echo 8 >/proc/sys/vm/nr_hugepages
modprobe -a vfio_iommu_type1 vfio-pci
echo vfio-pci >"/sys/bus/pci/devices/$GUP_PIN_VFIO_DEVICE/driver_override"
echo "$GUP_PIN_VFIO_DEVICE" >/sys/bus/pci/drivers_probe
# On a disk, if that of a loop device.
truncate -s 16M /tmp/disk
mkfs.ext4 -q -F /tmp/disk && mount -o loop /tmp/disk /mnt && cp probe_stress /mnt/file || exit 2
export PROBE_STRESS_FILE=/mnt/file
exec ./probe_stress "$@"
END
chmod +x "$tmp/run_tests.sh"
ok 'probe_stress builds' cc -std=gnu11 -g -O1 -Wall -Wextra -Werror -D_GNU_SOURCE -static \
	-pthread -o "$tmp/probe_stress" "$here/probe_stress.c"

seconds=${GUP_PIN_STRESS_SECONDS:-8}
for kernel in debian:6.12 debian:6.1 ${GUP_PIN_DEBUG_KERNEL:+"$GUP_PIN_DEBUG_KERNEL"}; do
	status=0
	"$here/../vm/run" --kernel "$kernel" --suite "$tmp" --timeout $((2 * seconds + 120)) -- "$seconds" \
		"${GUP_PIN_STRESS_SEED:-1}" >"$tmp/out" 2>"$tmp/err" </dev/null || status=$?
	is "$kernel: pin_probe stands it" "$status" 0 ||
		grep -hv '^ok' "$tmp/out" "$tmp/err" | sed 's/^/#   /'
	is "$kernel: the stress came to its end" \
		"$(grep -cE '^(not )?ok ' "$tmp/out")" "$(sed -n 's/^1\.\.//p' "$tmp/out")"
	grep '^# ' "$tmp/out"
done

done_testing
