# SPDX-License-Identifier: GPL-2.0-only
#
# What one start of a test program prints (kselftest_harness.h), as records, live. Needs
# lib.awk. Standard input is closed by the line "\001ended HOW STATUS-TEXT" that the
# runner adds, with HOW being "normally" or "badly". Variables:
#	program	its name
#	round	of --repeat
#	rest	file with the ids that this start was asked for; rewritten at the end with
#		those that another start has to run

BEGIN {
	while ((getline id < rest) > 0) {
		asked[++count] = id
		pending[id] = 1
	}
	# busybox would write to it as it reads it.
	close(rest)
}

index($0, "\001ended ") == 1 { ended(substr($0, 8)); exit }

/^#  RUN / {
	sub(/^#  RUN +/, "")
	sub(/ [.][.][.]$/, "")
	running = $0
	began = uptime()
	hint = fault = broken = timeout = place = ""
	next
}

/^(not )?ok [0-9]+ / { result($0); next }
/^# to run it: / { hint = substr($0, 14); next }

# What the runner says itself, or says better. The harness's own totals must
# go: parsers take the verdict of the whole run from such a line.
/^$/ || /^TAP version / || /^1[.][.][0-9]+/ { next }
/^# +(OK|FAIL)  [a-z0-9_.]+$/ || /^#      SKIP      / { next }
/^# (Starting [0-9]+ tests|PASSED: |FAILED: |Totals: |Planned tests )/ { next }
/^# [a-z0-9_]+: Test failed$/ { next }

/^# ERROR: / { fault = substr($0, 10) }
/^# .*: Test terminated by timeout$/ { timeout = 1 }

# What makes a case a failure, whatever else could not be set up: a promise that was
# broken (case.h, or the harness), or how the case died.
match($0, /^# [a-z0-9_]+[.]c:[0-9]+:/) {
	broken = 1
	if (place == "")
		place = substr($0, 3, RLENGTH - 3)
}
/^# [a-z0-9_]+: Test terminated / { broken = 1 }

{ said($0) }

function said(line) {
	sub(/^# ?/, "", line)
	put("said" OFS plain(line))
}

# uptime(): in hundredths of a second, without a process; empty if it cannot be had
function uptime(	line) {
	if ((getline line < "/proc/uptime") > 0)
		sub(/ .*/, "", line)
	close("/proc/uptime")
	return line
}

function result(line,	id, at, directive) {
	id = line
	sub(/^(not )?ok [0-9]+ +/, "", id)
	at = index(id, " # ")
	if (at) {
		directive = substr(id, at + 3)
		id = substr(id, 1, at - 1)
	}
	if (!(id in pending))
		said(line)
	else if (line ~ /^not/ && (broken || fault == ""))
		report(id, "fail", timeout ? "TIMEOUT" : "")
	else if (fault != "")
		report(id, "error", fault)
	else if (directive ~ /^SKIP/)
		report(id, "skip", substr(directive, 6))
	else
		report(id, "pass", "")
}

function report(id, outcome, reason,	now) {
	now = uptime()
	put("case" OFS id OFS round OFS outcome OFS plain(reason) OFS plain(hint) OFS \
	    (id == running && began != "" ? sprintf("%.2f", now - began) : "") OFS \
	    place OFS program OFS OFS OFS)
	delete pending[id]
	progress = 1
	running = ""
}

function ended(text,	how, i) {
	how = text
	sub(/ .*/, "", how)
	sub(/^[a-z]+ /, "", text)
	if (running in pending) {
		said(program " " text)
		report(running, "error", "no result")
	} else if (!progress) {
		# It would be no better the next time.
		said(program " " text " without running a case")
		for (i = 1; i <= count; i++)
			report(asked[i], "error", "no result")
	} else if (how == "badly")
		put("stray" OFS program OFS text)

	printf "" > rest
	for (i = 1; i <= count; i++)
		if (asked[i] in pending)
			print asked[i] > rest
}
