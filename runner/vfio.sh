# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2034,SC2154
#
# The PCI device that VFIO may have: sourced by run_tests.sh.

# A device is taken only if nobody will miss it, nor the others of its group.
check_vfio_device() {
	hex='[0-9a-f]'
	# shellcheck disable=SC2254
	case $vfio_device in
	$hex$hex$hex$hex:$hex$hex:$hex$hex.[0-7]) ;;
	*) die "--vfio-device needs an address like 0000:00:02.0, not '$vfio_device'" ;;
	esac
	[ "$uid" = 0 ] || die "--vfio-device needs root"
	device=$root/sys/bus/pci/devices/$vfio_device
	[ -d "$device" ] || die "--vfio-device: there is no PCI device $vfio_device, see lspci -D"
	user=$(user_of "$device")
	[ -z "$user" ] || die "--vfio-device: $vfio_device is in use: ${user%%"$newline"*}"
	set +f
	for other in "$device"/iommu_group/devices/*; do
		driver=$(driver_of "$other")
		case ${other##*/}:$driver in
		"$vfio_device":* | *: | *:vfio-pci | *:pci-stub | *:pcieport) ;;
		*) die "--vfio-device: the group of $vfio_device is not viable: $driver has ${other##*/}" ;;
		esac
	done
	set -f
}

# driver_of DEVICE: its driver's name, if it has one
driver_of() {
	basename "$(readlink "$1/driver")"
}

# user_of DEVICE: an interface that is up, or a disk that is mounted, swapped on or
# below another
user_of() {
	find "$1/" -path '*/net/*/flags' | while read -r flags; do
		read -r value <"$flags"
		[ $((value & 1)) = 0 ] || echo "interface $(basename "${flags%/flags}") is up"
	done
	find "$1/" -type d -name holders | while read -r holders; do
		disk=${holders%/holders}
		read -r number <"$disk/dev"
		disk=${disk##*/}
		if [ -n "$(ls "$holders")" ] ||
			grep -qs -e " $number " -e "/dev/$disk " "$root/proc/self/mountinfo" "$root/proc/swaps"; then
			echo "disk $disk"
		fi
	done
}

take_vfio_device() {
	device=$root/sys/bus/pci/devices/$vfio_device
	[ -n "$vfio_device" ] && [ -e "$device/iommu_group" ] || return 0
	modprobe -a vfio_iommu_type1 vfio-pci 2>/dev/null || :
	driver=$(driver_of "$device")
	[ "$driver" != vfio-pci ] || return 0
	to_undo vfio "$vfio_device" "$driver"
	{
		[ -z "$driver" ] || echo "$vfio_device" >"$device/driver/unbind"
		echo vfio-pci >"$device/driver_override"
		echo "$vfio_device" >"$root/sys/bus/pci/drivers_probe"
	} 2>/dev/null || note "cannot bind $vfio_device to vfio-pci"
}

# return_vfio BDF DRIVER: to the driver that had it, if any
return_vfio() {
	device=$root/sys/bus/pci/devices/$1
	echo >"$device/driver_override"
	[ "$(driver_of "$device")" != vfio-pci ] || echo "$1" >"$device/driver/unbind"
	[ -z "$2" ] || [ -e "$device/driver" ] ||
		echo "$1" >"$root/sys/bus/pci/drivers/$2/bind"
}
