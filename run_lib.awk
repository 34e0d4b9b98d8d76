# SPDX-License-Identifier: GPL-2.0-only
#
# What several of the suite's awk programs need: shell patterns, and what a case said
# when it failed.

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

# complaint(LINE): whether this diagnostic of a failed case tells what was seen, and
# not what was promised, or where
function complaint(line) {
	return line ~ /^# ./ &&
		line !~ /^# (ERROR|note|reason|known issue|not known): / &&
		line !~ /^# (profile [a-z ]+:|this kernel may lack )/ &&
		line !~ / brought this promise, and this kernel has lost it$/
}

# told(LINE): what a complaint says, without the place in the program where it was made
function told(line) {
	sub(/^# ([a-z0-9_]+[.]c:[0-9]+: )?/, "", line)
	return line
}

# tap_failure(LINE): of TAP that is given to it line by line. Returns the id of a case
# if the line ends one that failed, known or not. Then tap_said[1..tap_lines] are the
# patterns of its complaints, and tap_why is the promise.
function tap_failure(line) {
	if (line ~ /^#/ && !tap_ended) {
		if (complaint(line))
			tap_said[++tap_lines] = literal(told(line))
		else if (line ~ /^# reason: / && tap_why == "")
			tap_why = substr(line, 11)
		return ""
	}
	if (tap_ended) {
		tap_ended = tap_lines = 0
		tap_why = ""
		if (line ~ /^#/)
			return tap_failure(line)
	}
	tap_ended = 1
	if (line !~ /^not ok [0-9]+ / && line !~ /^ok .* # XFAIL / || line ~ / # (ERROR|MISSING) /)
		return ""
	sub(/^(not )?ok [0-9]+ +/, "", line)
	sub(/ .*/, "", line)
	# The rounds of --repeat
	if (line ~ /[.].*[.].*[.]r[0-9]+$/)
		sub(/[.]r[0-9]+$/, "", line)
	return line
}

# literal(TEXT): a pattern for it, and for what is another number at every boot
function literal(text) {
	gsub(/\[/, "?", text)
	gsub(/pfn 0x[0-9a-f]+/, "pfn *", text)
	if (text ~ /^afterwards: kernel log: /)
		gsub(/0x[0-9a-f]+|[0-9]+/, "*", text)
	return text
}
