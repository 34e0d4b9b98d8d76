# SPDX-License-Identifier: GPL-2.0-only
#
# The choice of cases for run_tests.sh: what the options say about which case.
#
# Input: all cases, lines PROGRAM:ID. Environment, because awk variables would
# interpret backslashes:
#	GUP_PIN_CASE	patterns of cases to run, separated by spaces
#	GUP_PIN_SKIP	patterns of cases not to run
#	GUP_PIN_REQUIRE	names, separated by commas
#	GUP_PIN_KNOWN	files of known issues, one a line
# Output, tab separated:
#	chosen PROGRAM:ID	in the order of the input
#	table LINE		for the tables that run_tests.awk describes
#	wrong MESSAGE		and nothing else after it

BEGIN { FS = ":" }

{
	entry[++count] = $0
	id[count] = $2
	place[$2] = count
}

END {
	choose()
	require()
	known()
}

function wrong(message) {
	print "wrong\t" message
	exit
}

# A shell pattern on an id, which has no other characters than a-z, 0-9, _ and .
function regex(glob) {
	gsub(/[.]/, "[.]", glob)
	gsub(/[*]/, ".*", glob)
	gsub(/[?]/, ".", glob)
	gsub(/\[!/, "[^", glob)
	return "^" glob "$"
}

# Mark in set[] the cases that match one of some patterns, each of which must
# match a case.
function mark(globs, set,	glob, n, i, g, found, re) {
	n = split(globs, glob, " ")
	for (g = 1; g <= n; g++) {
		found = 0
		re = regex(glob[g])
		for (i = 1; i <= count; i++)
			if (id[i] ~ re)
				found = set[i] = 1
		if (!found)
			wrong("no case matches '" glob[g] "', see --list")
	}
	return n
}

function choose(	some, run, skip, i, any) {
	some = mark(ENVIRON["GUP_PIN_CASE"], run)
	mark(ENVIRON["GUP_PIN_SKIP"], skip)
	for (i = 1; i <= count; i++) {
		if ((some && !(i in run)) || (i in skip))
			continue
		chosen[i] = any = 1
		print "chosen\t" entry[i]
	}
	if (!any)
		wrong("--skip leaves no case to run")
}

# A door is what an id ends with, a backing its middle, a fixture its start.
function require(	name, n, k, i, found, last, door, backing) {
	n = split(ENVIRON["GUP_PIN_REQUIRE"], name, ",")
	for (k = 1; k <= n; k++) {
		if (name[k] == "")
			continue
		found = last = 0
		door = "[.]" name[k] "(_ro|_rw)?$"
		backing = "[.]" name[k] "(_shared|_private)?[.]"
		for (i = 1; i <= count; i++) {
			if (!(i in chosen))
				continue
			if (index(id[i], name[k] ".") == 1)
				found = last = i
			else if (id[i] ~ door)
				found = table("door\t" id[i])
			else if (id[i] ~ backing)
				found = table("backing\t" id[i])
		}
		if (last)
			table("fixture\t" id[last])
		if (!found)
			wrong("--require: no chosen case has a door, backing or fixture '" name[k] "'")
	}
}

function table(line) {
	print "table\t" line
	return 1
}

function known(	file, n, f) {
	n = split(ENVIRON["GUP_PIN_KNOWN"], file, "\n")
	for (f = 1; f <= n; f++)
		if (file[f] != "")
			known_file(file[f])
}

function known_file(file,	line, text, glob, why) {
	while ((getline text < file) > 0) {
		line++
		sub(/^[ \t]+/, "", text)
		sub(/[ \t]+$/, "", text)
		if (text == "" || text ~ /^#/)
			continue
		glob = why = text
		sub(/[ \t].*/, "", glob)
		sub(/^[^ \t]+[ \t]*/, "", why)
		if (why == "")
			wrong("--known: " file ":" line ": say after '" glob "' why it is known")
		known_glob(glob, why, file ":" line)
	}
	close(file)
}

function known_glob(glob, why, where,	i, found, re) {
	if (glob !~ /[*?[]/) {
		found = glob in place
		if (found)
			table("known\t" glob "\t" why)
	} else {
		re = regex(glob)
		for (i = 1; i <= count; i++)
			if (id[i] ~ re)
				found = table("known\t" id[i] "\t" why)
	}
	if (!found)
		table("unmatched\t" glob "\t" where)
}
