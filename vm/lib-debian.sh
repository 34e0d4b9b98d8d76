# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2016,SC2034,SC2154
#
# Debian's archive: sourced by vm/run and vm/build-kernel, after lib-cache.sh.
#
# Which kernels there are in any suite is looked up in package lists of our own, in
# the cache. They come from this machine's mirror; its apt is asked for that, and
# nothing else, and is not changed. Once a day they are fetched anew; a machine that
# is offline goes on with what it has.

# By codename, because some mirrors' aliases (stable, testing) lag behind or are not
# there. Not each of these exists at any time.
debian_suites=({bookworm,trixie,forky}{,-updates,-backports,-security} sid)
debian_keyring=/usr/share/keyrings/debian-archive-keyring.gpg
list_minutes=1440

# own_apt COMMAND ARG...: apt-get with our lists
own_apt()
{
	LC_ALL=C apt-get -q -y -c "$cache/debian/apt.conf" "$@"
}

# update_lists: have $cache/debian/packages, the packages that make kernels, one a
# line: name, version, suite, dependencies, between tabs. False, and lists_lack is
# the reason, if there is no such list at all.
update_lists()
{
	local table=$cache/debian/packages failure

	[ -z "$(find "$table" -mmin -"$list_minutes" 2>/dev/null)" ] || return 0
	lists_lack=
	if ! command -v apt-get >/dev/null; then
		lists_lack='apt-get is missing here'
	elif [ ! -r "$debian_keyring" ]; then
		lists_lack='the package debian-archive-keyring is missing here'
	elif ! write_apt_config; then
		lists_lack='apt has no mirror of Debian here'
	else
		note "fetching Debian's package lists"
		own_apt update >"$work/update" 2>&1 || true
		tabulate_packages >"$work/packages"
		failure=$(grep '^[EW]: ' "$work/update" | grep -vm 1 'does not have a Release file') || true
		if [ -s "$work/packages" ]; then
			mv "$work/packages" "$table"
			[ -z "$failure" ] || note "of the package lists, not all are fresh: ${failure#?: }"
		else
			lists_lack="cannot fetch package lists: ${failure#?: }"
		fi
	fi
	[ -e "$table" ] || return 1
	[ -z "$lists_lack" ] || note "going on with old package lists: $lists_lack"
}

# write_apt_config: false without a mirror. What apt does after an update on this
# machine is none of our business, its proxy is.
write_apt_config()
{
	local own=$cache/debian mirror security suite from

	mkdir -p "$own"/{lists,archives}/partial
	read -r mirror security < <(find_mirrors)
	[ "$mirror" != - ] || return 1
	for suite in "${debian_suites[@]}"; do
		from=$mirror
		[[ $suite != *-security ]] || from=$security
		[ "$from" = - ] ||
			echo "deb [signed-by=$debian_keyring arch=amd64 target=Packages lang=none] $from $suite main"
	done >"$own/sources.list"
	cat >"$own/apt.conf" <<END
#clear APT::Update;
#clear APT::Architectures;
#clear APT::Default-Release;
APT::Architecture "amd64";
APT::Architectures { "amd64"; };
APT::Install-Recommends "false";
APT::Sandbox::User "root";
Acquire::AllowReleaseInfoChange "true";
Acquire::http::Timeout "30";
Debug::NoLocking "true";
Dir::Cache "$own";
Dir::Cache::pkgcache "pkgcache.bin";
Dir::Cache::srcpkgcache "srcpkgcache.bin";
Dir::Etc::preferences "/dev/null";
Dir::Etc::preferencesparts "/dev/null";
Dir::Etc::sourcelist "$own/sources.list";
Dir::Etc::sourceparts "/dev/null";
Dir::State "$own";
Dir::State::status "/dev/null";
END
}

# find_mirrors: print that of Debian and that of its security suites, as this machine's
# apt has them; "-" for one that it does not have. Others have a "main", too, but a
# mirror's address nearly always says what it mirrors.
find_mirrors()
{
	local own

	own=$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release 2>/dev/null) || true
	{ apt-get indextargets --format '$(RELEASE) $(COMPONENT) $(REPO_URI)' 'Created-By: Packages' || true; } |
		awk -v own="$own" '
		$2 != "main" || $3 ~ /^cdrom:/ { next }
		$1 ~ /-security$/ { if (!security) security = $3; next }
		$3 ~ /\/debian\/$/ { if (!named) named = $3 }
		$1 == own || $1 ~ /^(oldstable|stable|testing|unstable|sid)$/ { if (!other) other = $3 }
		END {
			print named ? named : other ? other : "-", security ? security : "-"
		}'
}

tabulate_packages()
{
	local suite file

	own_apt indextargets --format '$(CODENAME) $(FILENAME)' 'Created-By: Packages' |
		while read -r suite file; do
			/usr/lib/apt/apt-helper cat-file "$file" | awk -v suite="$suite" -v OFS='\t' '
			/^Package: / {
				name = $2
				version = depends = ""
				wanted = name ~ /^linux-(image|binary|modules|base|headers)-[0-9.]+.*-cloud-amd64(-unsigned)?$/ ||
					name ~ /^linux-(headers-[0-9.]+.*-common|(kbuild|source)-[0-9.]+.*)$/
			}
			wanted && /^Version: / { version = $2 }
			wanted && /^Depends: / { depends = substr($0, 10) }
			wanted && /^$/ { print name, version, suite, depends }'
		done
}

# archive_kernels: the cloud kernels of the archive, the oldest first, one a line:
# release, version, suite, "yes" if modules can be built for it or else "no", and the
# names of the packages that are not there, though they are parts of it.
archive_kernels()
{
	[ -e "$cache/debian/packages" ] || return 0
	awk -F '\t' '
	# lacks(WHO, PARTS): of the packages that WHO depends on and that are PARTS of
	# a kernel, those that are not in the archive
	function lacks(who, parts,    dep, n, i, word, absent) {
		n = split(depends[who], dep, /, */)
		for (i = 1; i <= n; i++) {
			split(dep[i], word, " ")
			if (word[1] ~ parts && !((word[1], version) in suites))
				absent = absent " " word[1]
		}
		return absent
	}
	{
		# The machine may see one package in several suites.
		if (!(($1, $2) in suites))
			suites[$1, $2] = $3
		depends[$1, $2] = $4
	}
	END {
		for (key in suites) {
			split(key, of, SUBSEP)
			release = of[1]
			if (release !~ /^linux-image-[0-9]+\.[0-9]+\.[0-9].*-amd64$/)
				continue
			sub(/^linux-image-/, "", release)
			version = of[2]
			headers = "linux-headers-" release SUBSEP version
			whole = (headers in suites) && lacks(headers, "^linux-(base-[0-9]|headers-.*-common|kbuild-)") == ""
			print release, version, suites[key], whole ? "yes" : "no",
			      lacks(key, "^linux-(binary|modules|base)-[0-9]")
		}
	}' "$cache/debian/packages" | sort -V
}

# cached_kernels: those that the cache can do with alone, in the same form
cached_kernels()
{
	local dir name headers

	for dir in "$cache"/kernel/linux-image-*-cloud-amd64_*; do
		[ -d "$dir" ] || continue
		name=${dir##*/linux-image-}
		headers=no
		[ ! -e "$dir/usr/src/linux-headers-${name%_*}" ] || headers=yes
		printf '%s %s - %s\n' "${name%_*}" "${name##*_}" "$headers"
	done | sort -V
}

# choose_kernel SERIES|newest: from such lines, the last whole one, or else the last
# of which there are parts; nothing if there is none. The newest of all must have
# headers, too: what is just coming into the archive comes in parts.
choose_kernel()
{
	awk -v series="$1" '
	series == "newest" ? $4 == "yes" : index($1, series ".") == 1 {
		if (NF == 4)
			whole = $0
		else
			part = $0
	}
	END { print whole ? whole : part }'
}

# list_kernels: for --list-kernels, the kernel that debian:SERIES is, for each series
list_kernels()
{
	local format='%-7s %-28s %-22s %-20s %-8s %s\n' series release version suite headers lack cached

	update_lists || note "$lists_lack"
	{ archive_kernels && cached_kernels; } >"$work/kernels"
	# shellcheck disable=SC2059 # once for all lines
	printf "$format" series release version suite headers cached
	sed -E 's/^([0-9]+\.[0-9]+)\..*/\1/' "$work/kernels" | sort -Vu |
		while read -r series; do
			read -r release version suite headers lack < <(
				archive_kernels | choose_kernel "$series" | grep . ||
					choose_kernel "$series" <"$work/kernels")
			cached=no
			[ ! -d "$cache/kernel/linux-image-${release}_$version" ] || cached=yes
			# shellcheck disable=SC2059
			printf "$format" "$series" "$release" "$version" "$suite" "$headers" \
				"${lack:+cannot be had, the archive lacks }${lack:-$cached}"
		done
}

# fetch_debs PACKAGE=VERSION...: have them in the cache, print their files' names
fetch_debs()
{
	local names name

	names=$(own_apt download --print-uris "$@" 2>"$work/fetch.log" | cut -d ' ' -f 2) &&
		[ -n "$names" ] || return 1
	for name in $names; do
		[ -e "$cache/$name" ] || {
			(cd "$work" && own_apt download "$@") >"$work/fetch.log" 2>&1 || return 1
			mv "$work"/*.deb "$cache/"
			break
		}
	done
	printf '%s\n' "$names"
}
