# SPDX-License-Identifier: GPL-2.0-only
#
# The choice of cases for run_tests.sh: what the options say about which case. Needs
# lib.awk.
#
# Input: all cases, lines PROGRAM:ID. Environment, because awk variables would
# interpret backslashes:
#	GUP_PIN_CASE	patterns of cases to run, separated by spaces
#	GUP_PIN_SKIP	patterns of cases not to run
#	GUP_PIN_REQUIRE	names, separated by commas
#	GUP_PIN_KNOWN	files of known issues, one a line; each a list as README tells,
#			or the TAP of a former run
# Output, tab separated:
#	chosen PROGRAM:ID	in the order of the input
#	table LINE		for the tables that judge.awk describes
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
		table("plan\t" id[i])
	}
	if (!any)
		wrong("--skip leaves no case to run")
}

# A door is what an id ends with, a backing its middle, a fixture its start.
function require(	name, n, k, i, found, fixture, door, backing) {
	n = split(ENVIRON["GUP_PIN_REQUIRE"], name, ",")
	for (k = 1; k <= n; k++) {
		if (name[k] == "")
			continue
		found = fixture = 0
		door = "[.]" name[k] "(_ro|_rw)?$"
		backing = "[.]" name[k] "(_shared|_private)?[.]"
		for (i = 1; i <= count; i++) {
			if (!(i in chosen))
				continue
			if (index(id[i], name[k] ".") == 1)
				found = fixture = 1
			else if (id[i] ~ door)
				found = table("door\t" id[i])
			else if (id[i] ~ backing)
				found = table("backing\t" id[i])
		}
		if (fixture)
			table("fixture\t" name[k])
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

# The where of an issue is for the summary, that of a mistake is for whoever made it.
function known_file(file,	text, name) {
	name = file
	sub(/.*\//, "", name)
	line = 0
	while ((getline text < file) > 0) {
		if (++line == 1)
			is_tap = text ~ /^TAP version /
		if (is_tap)
			tap_line(text, name)
		else
			list_line(text, name, file)
	}
	close(file)
	end_of_issue(file)
}

# A former run: each case that failed there is an issue.
function tap_line(text, name,	id, i) {
	if (sub(/^# /, "", text)) {
		if (complaint(text))
			tap_said[++tap_lines] = literal(told(text))
		return
	}
	id = text
	sub(/^(not )?ok [0-9]+ +/, "", id)
	sub(/ .*/, "", id)
	# The rounds of --repeat
	if (id ~ /[.].*[.].*[.]r[0-9]+$/)
		sub(/[.]r[0-9]+$/, "", id)
	if (tap_lines && (text ~ /^not ok [0-9]+ / && text !~ / # (ERROR|MISSING) / ||
			  text ~ /^ok .* # XFAIL /)) {
		issue("failed in " name, name)
		known_case(id, name)
		for (i = 1; i <= tap_lines; i++)
			symptom(tap_said[i], name)
	}
	tap_lines = 0
}

function list_line(text, name, file,	word, rest, glob, n, i) {
	sub(/[ \t]+$/, "", text)
	if (text ~ /^[ \t]*(#|$)/)
		return
	if (text !~ /^[ \t]/) {
		end_of_issue(file)
		issue(text, name)
		return
	}
	sub(/^[ \t]+/, "", text)
	word = rest = text
	sub(/[ \t].*/, "", word)
	sub(/^[^ \t]+[ \t]*/, "", rest)
	if (!issues || (word != "case" && word != "seen") || rest == "")
		wrong("--known: " file ":" line ": expected an issue, or indented below it 'case GLOB' or 'seen PATTERN', not '" text "'")
	if (word == "seen")
		symptom(rest, name)
	n = word == "case" ? split(rest, glob, " ") : 0
	for (i = 1; i <= n; i++)
		known_case(glob[i], name)
}

function issue(why, name) {
	began = line
	title = why
	cases = symptoms = 0
	table("issue\t" ++issues "\t" name ":" line "\t" why)
}

function end_of_issue(file) {
	if (title != "" && !(cases && symptoms))
		wrong("--known: " file ":" began ": say below '" title "', indented, in which cases it shows ('case GLOB') and what they say ('seen PATTERN')")
	title = ""
}

function symptom(pattern, name) {
	gsub(/\t/, "?", pattern)
	symptoms++
	table("symptom\t" issues "\t" name ":" line "\t" pattern)
}

function known_case(glob, name,	i, found, re) {
	cases++
	if (glob !~ /[*?[]/) {
		found = glob in place
		if (found)
			table("known\t" glob "\t" issues)
	} else {
		re = regex(glob)
		for (i = 1; i <= count; i++)
			if (id[i] ~ re)
				found = table("known\t" id[i] "\t" issues)
	}
	if (!found)
		table("unmatched\t" glob "\t" name ":" line)
}
