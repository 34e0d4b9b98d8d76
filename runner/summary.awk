# SPDX-License-Identifier: GPL-2.0-only
#
# The summary of judge.awk.

# tally(VERDICT, LABEL, REASON): the result at hand
function tally(verdict, label, reason,	hint) {
	if (verdict == "skip" || verdict == "missing") {
		add(verdict, reason)
		not_run[fixture($ID)]++
		hint = $HINT
		if (hint != "" && !((reason, hint) in hint_seen)) {
			hint_seen[reason, hint] = 1
			hints[reason] = hints[reason] "\n#       " hint
		}
	} else {
		ran[fixture($ID)] = 1
		add(verdict, label (verdict == "fail" && reason != "" ? " (" reason ")" : ""))
	}

	if (!(($ID, verdict) in times))
		kinds[$ID]++
	times[$ID, verdict]++
	if (kinds[$ID] == 2)
		add("flaky", $ID)
}

function fixture(id) {
	sub(/[.].*/, "", id)
	return id
}

# One more of a kind, and its line in the list of that kind.
function add(kind, text) {
	total[kind]++
	if (!((kind, text) in amount))
		lines[kind, ++distinct[kind]] = text
	amount[kind, text]++
}

function list(kind, title,	i) {
	if (!total[kind])
		return
	emit("# " title)
	for (i = 1; i <= distinct[kind]; i++)
		emit("#   " lines[kind, i])
}

# Of an issue that shows in some cases, or by some of its symptoms, the rest is as
# dangerous as what is never seen at all.
function list_unseen(	i, k) {
	for (i = 1; i in why; i++)
		if (verdicts[i] > shows[i])
			add("unseen", why[i] " (" place_of_issue[i] "): in " shows[i] + 0 " of " verdicts[i])
	for (i = 1; i in why; i++)
		for (k = 1; shows[i] && k <= patterns[i]; k++)
			if (!(place[i, k] in shown))
				add("unseen", "seen " pattern[i, k] " (" place[i, k] "): in none")
	list("unseen", "known issues that were not seen, or in part, in the cases that ran:")
}

# list_reasons(KIND): each with a count, and with what would make the cases run
function list_reasons(kind,	i, reason) {
	for (i = 1; i <= distinct[kind]; i++) {
		reason = lines[kind, i]
		emit("#   " amount[kind, reason] " x " reason hints[reason])
	}
}

# A required fixture has no case to blame: all that it has were skipped.
function list_missing(	i) {
	for (i = 1; i <= nr_fixtures; i++)
		if (!(fixtures[i] in ran))
			idle = idle "\n#   " not_run[fixtures[i]] " cases of " fixtures[i] ", all skipped"
	if (total["missing"] || idle != "")
		emit("# required, and missing (no verdict on the kernel):" idle)
	list_reasons("missing")
}

function list_skips() {
	if (!total["skip"])
		return
	emit("# skipped, by reason, and what would make them run:")
	list_reasons("skip")
	if (!root)
		emit("#   (not run as root: root can do more of this)")
}

function list_flaky(	n, verdicts, i, v, line) {
	n = split("pass fail error xfail xpass missing skip", verdicts, " ")
	for (i = 1; i <= distinct["flaky"]; i++) {
		line = lines["flaky", i] ":"
		for (v = 1; v <= n; v++)
			if ((lines["flaky", i], verdicts[v]) in times)
				line = line " " times[lines["flaky", i], verdicts[v]] " " verdicts[v]
		lines["flaky", i] = line
	}
	list("flaky", "not the same verdict every time (flaky):")
}

# summary(): printed, and the verdict. What ends without its last line is not the whole run.
function summary() {
	emit("#")
	list("fail", "failed:")
	list("error", "errors (set-up faults and crashes, no verdict on the kernel):")
	list("xpass", "known issues that pass now (XPASS), take them off the list:")
	list_unseen()
	list("unmatched", "known issues that match no case of this suite:")
	list_flaky()
	list_missing()
	list_skips()
	emit(sprintf("# result: %d pass, %d fail, %d error, %d xfail, %d xpass, %d skip, %d missing, %d total, %d s, Linux %s",
		     total["pass"], total["fail"], total["error"], total["xfail"],
		     total["xpass"], total["skip"], total["missing"], results, seconds, kernel))
	if (total["fail"])
		return 1
	if (total["error"])
		return 2
	if (total["missing"] || idle != "")
		return 3
	return total["skip"] == results ? 4 : 0
}
