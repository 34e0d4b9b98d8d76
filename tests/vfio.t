#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The device that VFIO was given comes back to its driver: at the end, on Ctrl-C,
# and by the next run after a SIGKILL. In a guest with a device that a driver has.
# KSRC: the kernel parts.

set -u

here=$(dirname "$(readlink -f "$0")")
. "$here/lib.sh"
top=$(readlink -f "$here/..")

if [ "${GUP_PIN_NO_VM:-0}" = 1 ]; then
	echo '1..0 # SKIP GUP_PIN_NO_VM=1'
	exit
fi

make_tmp

# Runs in the guest, as the suite's run_tests.sh. It prints "NAME: VALUE" lines.
install_suite "$tmp/suite/real"
cat >"$tmp/suite/run_tests.sh" <<'END'
#!/bin/sh
cd /suite/real || exit 2
cp -r /suite/module/* module/
modprobe virtio-pci
# The generator is a legacy device where QEMU likes it so.
for device in /sys/bus/pci/devices/*; do
	case $(cat "$device/modalias") in
	pci:v00001AF4d00001005* | pci:v00001AF4d00001044*) break ;;
	esac
done
bdf=${device##*/}

driver() {
	echo "$1: $(basename "$(readlink "$device/driver")") $(cat "$device/driver_override")"
}

# run ARGUMENT...: on the device, in a process group of its own
run() {
	setsid ./run_tests.sh --vfio-device "$bdf" "$@" >/tmp/out 2>&1 &
	runner=$!
}

# The whole matrix takes seconds: time to interrupt it.
start_long_run() {
	run --case 'longterm.*.vfio_type1_*'
	until grep -q '^ok 2 ' /tmp/out || ! kill -0 "$runner"; do sleep 0.1; done
}

driver before
run --case 'longterm.anon.vfio_type1_*' --case 'vfio_dma.anon.vfio_type1_rw'
wait "$runner"
echo "status: $?"
echo "results: $(grep -E '^(not )?ok ' /tmp/out | xargs)"
driver 'at the end'

start_long_run
driver 'in the middle'
kill -INT -"$runner"
wait "$runner"
driver 'on Ctrl-C'

start_long_run
kill -KILL -"$runner"
wait "$runner"
driver 'after SIGKILL'
./run_tests.sh --case 'longterm.anon.io_uring' >/tmp/out 2>&1
echo "next: $?"
driver 'after the next run'
echo 1 >/proc/sys/vm/stat_refresh
echo "pins: $(awk '/nr_foll_pin_acquired/ { n = $2 } /nr_foll_pin_released/ { n -= $2 } END { print n }' /proc/vmstat)"
END
chmod +x "$tmp/suite/run_tests.sh"

# A random number generator, which nothing in the guest needs.
"$top/vm/run" --kernel debian:6.12 --suite "$tmp/suite" --qemu-arg -device --qemu-arg virtio-rng-pci \
	>"$tmp/out" 2>"$tmp/err" </dev/null
is 'the guest runs' $? 0 || sed 's/^/#   /' "$tmp/err"

says() {
	is "$1" "$(sed -n "s/^$1: //p" "$tmp/out")" "$2"
}

says before 'virtio-pci (null)'
says status 0
says results 'ok 1 longterm.anon.vfio_type1_rw ok 2 longterm.anon.vfio_type1_ro ok 3 vfio_dma.anon.vfio_type1_rw # SKIP machine: no edu device'
says 'at the end' 'virtio-pci (null)'
says 'in the middle' 'vfio-pci vfio-pci'
says 'on Ctrl-C' 'virtio-pci (null)'
says 'after SIGKILL' 'vfio-pci vfio-pci'
says next 0
says 'after the next run' 'virtio-pci (null)'
says pins 0

done_testing
