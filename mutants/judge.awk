# SPDX-License-Identifier: GPL-2.0-only
#
# How a mutant was caught, from the records of vm/run. Needs the suite's
# lib.awk. Variable: STATUS, of the environment, vm/run's exit status. Prints, separated
# by a tab: none, or error and why, or the ways in which cases failed, the plainest first;
# and these cases.
#
#	fail	a promise was seen broken
#	log	only the kernel log or the taint mask said so
#	hang	the case did not end, or the guest did not
#	crash	the kernel died

$1 == "said" {
	text = told($2)
	if (text ~ /^the kernel died here, /)
		died = text ~ / hang$/ ? "hang" : "crash"
	else if (sub(/^the guest ended: /, "", text))
		died = death(text)
	else if (text ~ /^afterwards: (kernel log|new taint)/)
		logged = 1
	else if (complaint(text))
		other = 1
}

$1 == "case" {
	if (died && $VERDICT ~ /^(fail|error)$/)
		caught($ID, died)
	else if ($VERDICT == "fail")
		caught($ID, $REASON == "TIMEOUT" ? "hang" : logged && !other ? "log" : "fail")
	faults += ($VERDICT == "error")
	logged = other = 0
	died = ""
}

$1 == "stray" && sub(/^ended: /, "", $3) { caught("", death($3)) }

END {
	status = ENVIRON["STATUS"]
	if (status == 125 && !NR)
		caught("", "crash at boot")
	n = split("fail,log,hang,crash,crash at boot", order, ",")
	for (i = 1; i <= n; i++)
		if (order[i] in ways)
			how = how (how == "" ? "" : ", ") order[i]
	if (how == "" && (faults || status == 2 || status == 4))
		how = "error: " (faults ? faults " cases" : "status " status)
	printf "%s\t%s\n", how == "" ? "none" : how, ids
}

function death(text) {
	return text ~ /^hang:/ ? "hang" : text ~ /^boot failure:/ ? "crash at boot" : "crash"
}

function caught(id, way) {
	ways[way] = 1
	ids = ids (ids == "" || id == "" ? "" : " ") id
}
