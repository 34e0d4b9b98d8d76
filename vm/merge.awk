# SPDX-License-Identifier: GPL-2.0-only
#
# The records of several guests into one result of each case. Needs the suite's
# lib.awk. Variables: seconds, rounds (of --repeat), and kernel, what it is called if no
# guest says. Input: the ids that were
# asked for, one a line (kind=asked), then the records of each guest, best first
# (kind=records profile=NAME).
#
# A case that several guests ran has the first of these outcomes:
#	fail	the kernel broke its promise, in whichever shape of the machine
#	error	else, one guest could not judge it; a pass elsewhere says nothing
#		about the shape that this guest has
#	pass	else, the promise was seen to be kept
#	skip	else, no guest could run it
#	error	else, there is no result at all
# What is known is compared with what comes out, so that an issue of one shape alone is
# known, and not passed.

BEGIN { split("fail error pass skip", order, " ") }

kind == "asked" { asked[++count] = $1; next }
FNR == 1 {
	profiles[++guests] = profile
	said = ""
}
/^$/ { next }
!is_record() { note[++notes] = "profile " profile ": not a record: " plain($0); next }
$1 == "run" { kernel = $2 }
$1 == "note" { note[++notes] = "profile " profile ": " $2 }
$1 == "said" { said = said $0 "\n" }
$1 == "stray" { strays = strays $1 OFS "profile " profile ": " $2 OFS $3 OFS ".\n" }
$1 == "case" {
	if (!((profile, $ID, $ROUND) in outcome)) {
		outcome[profile, $ID, $ROUND] = $OUTCOME
		reason[profile, $ID, $ROUND] = $REASON
		diagnostics[profile, $ID, $ROUND] = said
		$PROFILE = ""
		record[profile, $ID, $ROUND] = $0
	}
	said = ""
}

END {
	put("run" OFS kernel OFS 0)
	for (i = 1; i <= notes; i++)
		put("note" OFS note[i])
	for (round = 1; round <= rounds; round++) {
		for (i = 1; i <= count; i++)
			merge(asked[i], round)
		if (round == 1)
			printf "%s", strays
	}
	put("end" OFS seconds)
}

function merge(id, round,	v, i, best, who) {
	for (v = 1; v <= 4 && best == ""; v++)
		for (i = guests; i >= 1; i--)
			if (outcome[profiles[i], id, round] == order[v]) {
				best = profiles[i]
				who = profiles[i] (who == "" ? "" : " " who)
			}
	if (best == "") {
		put("case" OFS id OFS round OFS "error" OFS "no result" OFS OFS OFS OFS OFS OFS OFS)
		return
	}
	if (diagnostics[best, id, round] != "") {
		put("said" OFS "profile " who ":")
		printf "%s", diagnostics[best, id, round]
	}
	for (i = 1; i <= guests && outcome[best, id, round] == "fail"; i++)
		if (outcome[profiles[i], id, round] == "error")
			put("said" OFS "profile " profiles[i] ": ERROR: " reason[profiles[i], id, round])
	$0 = record[best, id, round]
	$PROFILE = who
	print
}
