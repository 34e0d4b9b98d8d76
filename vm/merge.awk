# SPDX-License-Identifier: GPL-2.0-only
#
# The verdicts of several guests into one each, see vm/guests. Variables: round
# (of --repeat), and for each input file its kind (asked, plan, tap) and profile.
#
# A case that several guests ran has the first of these verdicts:
#	fail	the kernel broke its promise, in whichever shape of the machine
#	error	else, one guest could not judge it; a pass elsewhere says nothing
#		about the shape that this guest has
#	pass	else, the promise was seen to be kept
#	skip	else, no guest could run it
#	error	else, there is no result at all
# Expected failures do not occur here: what is known is compared with the verdict
# that comes out, so that an issue of one shape alone is known, and not passed.
#
# Of a guest that died, only the first case that it owes is an error: the one that
# it was running. The others it owes are as if it had not been asked for them.

BEGIN {
	split("fail error pass skip", order, " ")
	suffix = round > 1 ? ".r" round : ""
}

FNR == 1 { end_of_block() }

kind == "asked" { asked[++count] = $0; next }
kind == "plan" {
	if (!planned[profile]++)
		profiles[++guests] = profile
	plan[profile, planned[profile]] = $0
	next
}

# The line that stands before it is not whole.
index($0, "\001ended ") {
	why[profile] = substr($0, index($0, "\001ended ") + 7)
	next
}

# What stands before the plan is about the machine.
/^1[.][.][0-9]+$/ {
	total[profile] = substr($0, 4)
	for (i = 1; i <= lines; i++)
		note[++notes] = "# profile " profile ": " substr(block[i], 3)
	lines = 0
	next
}

# The summary
/^#$/ { lines = 0; summary = 1; next }
summary && /^# result: / { whole[profile] = 1 }
summary && /^#   [0-9]+ x / { reason = $0; sub(/^#   [0-9]+ x /, "", reason) }
summary && /^#       / { hint[reason] = substr($0, 9) }
summary { next }

/^(not )?ok [0-9]+ / { result($0); next }
/^#/ { block[++lines] = $0 }

END {
	end_of_block()
	for (i = 1; i <= guests; i++)
		if (!(profiles[i] in whole))
			blame(profiles[i])
	for (i = 1; i <= notes && round == 1; i++)
		print note[i]
	for (i = 1; i <= count; i++)
		say(asked[i], asked[i] suffix)
	if (round == 1)
		for (i = 1; i <= strays; i++)
			print stray[i]
	exit (round == 1 && strays ? 3 : 0)
}

# What a guest said of the case in which it died
function end_of_block(	i) {
	for (i = 1; i <= lines; i++)
		rest[last] = rest[last] block[i] "\n"
	lines = summary = 0
	last = profile
}

function result(line,	id, at, verdict, reason, i) {
	verdict = line ~ /^ok/ ? "pass" : "fail"
	id = line
	sub(/^(not )?ok [0-9]+ +/, "", id)
	at = index(id, " # ")
	if (at) {
		reason = substr(id, at + 3)
		id = substr(id, 1, at - 1)
		if (reason ~ /^(SKIP|ERROR) /) {
			verdict = tolower(substr(reason, 1, index(reason, " ") - 1))
			reason = substr(reason, index(reason, " ") + 1)
		}
	}
	verdicts[profile, id] = verdict
	reasons[profile, id] = reason
	results[profile]++

	for (i = 1; i <= lines; i++)
		if (sub(/^# ERROR between cases: /, "", block[i]))
			add_stray(profile, block[i])
		else
			diagnostics[profile, id] = diagnostics[profile, id] block[i] "\n"
	lines = 0
}

function add_stray(profile, text) {
	stray[++strays] = "# profile " profile ": " text
}

# blame PROFILE: for its end, the first case in the order of running that it owes
function blame(profile,	text, k, i, id) {
	text = profile in why ? why[profile] : "its output is not whole"
	for (k = 1; k <= round; k++)
		for (i = 1; i <= planned[profile]; i++) {
			id = plan[profile, i] (k > 1 ? ".r" k : "")
			if ((profile, id) in verdicts)
				continue
			verdicts[profile, id] = "error"
			reasons[profile, id] = "no result"
			diagnostics[profile, id] = rest[profile] "# the guest ended: " text "\n"
			return
		}
	if (results[profile] >= total[profile])
		add_stray(profile, text)
}

function say(id, label,	v, i, best, who) {
	for (v = 1; v <= 4 && best == ""; v++)
		for (i = guests; i >= 1; i--)
			if (verdicts[profiles[i], label] == order[v]) {
				best = profiles[i]
				who = profiles[i] (who == "" ? "" : " " who)
			}
	print "#  RUN           " id " ..."
	if (diagnostics[best, label] != "")
		printf "# profile %s:\n%s", who, diagnostics[best, label]
	for (i = 1; i <= guests && verdicts[best, label] == "fail"; i++)
		if (verdicts[profiles[i], label] == "error")
			print "# profile " profiles[i] ": ERROR: " reasons[profiles[i], label]
	tell(id, best == "" ? "error" : verdicts[best, label],
	     best == "" ? "no result" : reasons[best, label], diagnostics[best, label])
}

function tell(id, verdict, reason, said) {
	if (verdict == "skip" && reason in hint)
		print "# to run it: " hint[reason]
	if (verdict == "error" && !index(said, "# ERROR: " reason "\n"))
		print "# ERROR: " reason
	number++
	if (verdict == "pass")
		print "ok " number " " id
	else if (verdict == "skip")
		print "ok " number " " id " # SKIP " reason
	else
		print "not ok " number " " id
}
