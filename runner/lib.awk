# SPDX-License-Identifier: GPL-2.0-only
#
# What the awk programs share: records, what is said in them, and shell patterns.
#
# Records are results as data: what parse.awk writes, judge.awk reads, guests hand over,
# and run_tests.sh --records keeps. A record is a line of fields, separated by tabs, the
# last one a dot: without it the line was cut short. In a text, a tab or another control
# character has become a space. Records are
#	run KERNEL UID		first: where
#	note TEXT		about the machine, or the run
#	said TEXT		a diagnostic of the case whose result is the next
#	case ...		a result
#	stray WHO TEXT		how a program ended badly between two cases
#	end SECONDS		last: the run has ended; what has no result is owed
# The fields of a result are
#	ID
#	ROUND	of --repeat, from 1 on
#	OUTCOME	pass, fail, error or skip, as seen: FAIL goes before ERROR
#	REASON	of an error or a skip; TIMEOUT
#	HINT	what would make a skipped case run
#	SECONDS	that it took, empty if that is not known
#	PLACE	file:line of the first complaint
#	PROGRAM
#	PROFILE	of several guests (vm/run) those that came to this outcome
#	VERDICT	of judge.awk: the outcome, or xfail, xpass or missing; empty before
#	KNOWN	where the known issues are that it shows, file:line, by commas

BEGIN {
	FS = OFS = "\t"
	ID = 2; ROUND = 3; OUTCOME = 4; REASON = 5; HINT = 6; SECONDS = 7
	PLACE = 8; PROGRAM = 9; PROFILE = 10; VERDICT = 11; KNOWN = 12
	fields_of["run"] = fields_of["stray"] = 4
	fields_of["note"] = fields_of["said"] = fields_of["end"] = 3
	fields_of["case"] = 13
}

# is_record(): whether the line is one, and whole
function is_record() {
	return $NF == "." && $1 in fields_of && NF == fields_of[$1] &&
		($1 != "case" || $OUTCOME ~ /^(pass|fail|error|skip)$/ && $ROUND ~ /^[1-9][0-9]*$/)
}

# put(RECORD): at once
function put(record) {
	print record, "."
	fflush()
}

# plain(TEXT): as a field
function plain(text) {
	gsub(/[\001-\037\177]/, " ", text)
	return text
}

# complaint(TEXT): whether this diagnostic of a failed case tells what was seen, and
# not what was promised, or where
function complaint(text) {
	return text != "" &&
		text !~ /^(ERROR|note|reason|known issue|not known): / &&
		text !~ /^(profile [a-z ]+:|this kernel may lack )/ &&
		text !~ / brought this promise, and this kernel has lost it$/
}

# told(TEXT): what a complaint says, without the place in the program where it was made
function told(text) {
	sub(/^[a-z0-9_]+[.]c:[0-9]+: /, "", text)
	return text
}

# literal(TEXT): a pattern for it, and for what is another number at every boot
function literal(text) {
	gsub(/\[/, "?", text)
	gsub(/pfn 0x[0-9a-f]+/, "pfn *", text)
	if (text ~ /^afterwards: kernel log: /)
		gsub(/0x[0-9a-f]+|[0-9]+/, "*", text)
	return text
}

# regex(GLOB): of a shell pattern for a whole text
function regex(glob,	re, i, c, set, len) {
	for (i = 1; i <= length(glob); i++) {
		c = substr(glob, i, 1)
		len = index(substr(glob, i + 2), "]")
		if (c == "[" && len) {
			set = substr(glob, i + 1, len)
			sub(/^!/, "^", set)
			re = re "[" set "]"
			i += len + 1
		} else if (c == "*")
			re = re ".*"
		else if (c == "?")
			re = re "."
		else if (index("{}", c))
			re = re "[" c "]"
		else if (index(".+()[]|^$\\", c))
			re = re "\\" c
		else
			re = re c
	}
	return "^" re "$"
}
