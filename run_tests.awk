# SPDX-License-Identifier: GPL-2.0-only
#
# The stream half of run_tests.sh, in two modes.
#
# Merging (default): standard input is what one start of a test program prints
# (kselftest_harness.h), closed by the line "\001ended HOW STATUS-TEXT" that
# the runner adds, with HOW being "normally" or "badly". Output is the runner's
# one TAP stream, live. Variables:
#	program	its name, for messages
#	suffix	what is appended to every id of this repetition (".r2"), or ""
#	tables	file with what the options say about cases, tab separated:
#		"known ID TEXT", "door ID", "backing ID", "unmatched GLOB PLACE",
#		"fixture ID": the last case of one of which some case must run
#	rest	file with the ids that this start was asked for; rewritten at
#		the end with those that another start has to run
#	results	file that gets "VERDICT ID SUFFIX REASON HINT" for every case
#
# Summing up: input is the tables (summing=tables) and then the results
# (summing=results). Further variables: planned (number of cases), kernel, seconds,
# root (1 or 0). The exit status is the verdict.
#
# Of what a case comes to, the worst counts: FAIL over ERROR over SKIP over PASS.
#
# The environment variable GUP_PIN_PROMISED names a file of the symbols that this
# kernel was built to have (vm/build-kernel).

BEGIN {
	FS = "\t"
	directive_of["error"] = "ERROR "
	directive_of["skip"] = "SKIP "
	directive_of["xfail"] = "XFAIL "
	if (!summing)
		load()
}

summing == "tables" {
	if ($1 == "unmatched")
		add("unmatched", $2 " (" $3 ")")
	next
}
summing == "results" { tally(); next }

index($0, "\001ended ") == 1 { ended(substr($0, 8)); exit }

/^#  RUN / {
	sub(/^#  RUN +/, "")
	sub(/ [.][.][.]$/, "")
	running = $0
	hint = fault = broken = timeout = ""
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
# broken (case.h), an assertion, or how the case died.
/^# reason: / || /^# [a-z0-9_]+[.][ch]:[0-9]+:/ || /^# [a-z0-9_]+: Test terminated / { broken = 1 }

{ diagnostic($0) }

END {
	if (summing)
		status = summary()
	exit status
}

# The files are closed because busybox would write to them as it reads them.
function load(	line) {
	while ((getline < tables) > 0) {
		if ($1 != "known")
			required[$1, $2] = 1
		else if (!($2 in known))
			known[$2] = substr($0, length("known\t\t" $2) + 1)
	}
	while ((getline < results) > 0) {
		number += ($1 != "stray")
		ran_if($1, $2, $4)
	}
	close(results)
	while (ENVIRON["GUP_PIN_PROMISED"] != "" && (getline line < ENVIRON["GUP_PIN_PROMISED"]) > 0) {
		sub(/=.*/, "", line)
		promised[line] = 1
	}
	while ((getline < rest) > 0) {
		asked[++count] = $1
		pending[$1] = 1
	}
	close(rest)
}

function emit(line) {
	print line
	fflush()
}

# Parsers that strip "# " and look again must not find a result in there.
function diagnostic(line) {
	sub(/^# ?/, "", line)
	if (line ~ /^(not )?ok / || line ~ /^Bail out!/)
		line = "the program says: " line
	emit("# " line)
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
		diagnostic(line)
	else if (line ~ /^not/ && (broken || fault == ""))
		failed(id)
	else if (fault != "")
		report("error", id, fault)
	else if (directive ~ /^SKIP/)
		skip(id, substr(directive, 6))
	else
		report(id in known ? "xpass" : "pass", id)
}

function failed(id) {
	if (id in known) {
		emit("# known issue: " known[id])
		report("xfail", id, "known issue")
	} else
		report("fail", id, timeout ? "TIMEOUT" : "")
}

function skip(id, reason,	missing) {
	missing = reason
	sub(/: .*/, "", missing)
	if ((missing, id) in required)
		report("fail", id, "required: " reason)
	else if (("fixture", id) in required && !(fixture(id) in ran))
		report("fail", id, "required: nothing of " fixture(id) " ran")
	else if (was_promised(hint))
		report("fail", id, "the kernel was built for it: " reason)
	else
		report("skip", id, reason)
}

# A hint that is nothing but symbols, and all of them were promised: then neither the
# machine nor its user can be what is wrong.
function was_promised(hint,	word, n, i) {
	gsub(/ *[(][^)]*[)]|=y/, "", hint)
	n = split(hint, word, / and /)
	for (i = 1; i <= n; i++)
		if (!(word[i] in promised))
			return 0
	return n > 0
}

function fixture(id) {
	sub(/[.].*/, "", id)
	return id
}

function ran_if(verdict, id, reason) {
	if (verdict != "skip" && reason !~ /^required: /)
		ran[fixture(id)] = 1
}

function report(verdict, id, reason,	line) {
	number++
	ran_if(verdict, id, reason)
	line = (verdict ~ /^(fail|error)$/ ? "not ok " : "ok ") number " " id suffix
	if (reason != "")
		line = line " # " directive_of[verdict] reason
	emit(line)
	print verdict "\t" id "\t" suffix "\t" reason "\t" hint >> results

	delete pending[id]
	progress = 1
	running = ""
}

function ended(text,	how, i) {
	how = text
	sub(/ .*/, "", how)
	sub(/^[a-z]+ /, "", text)
	if (running in pending) {
		emit("# " program " " text)
		report("error", running, "no result")
	} else if (!progress) {
		# It would be no better the next time.
		emit("# " program " " text " without running a case")
		for (i = 1; i <= count; i++)
			report("error", asked[i], "no result")
	} else if (how == "badly") {
		emit("# ERROR between cases: " program " " text)
		print "stray\t" program "\t" suffix "\t" text "\t" >> results
	}

	printf "" > rest
	for (i = 1; i <= count; i++)
		if (asked[i] in pending)
			print asked[i] > rest
}

function tally(	label) {
	label = $2 $3
	cases += ($1 != "stray")
	if ($1 == "skip") {
		add("skip", $4)
		if ($5 != "" && !(($4, $5) in hint_seen)) {
			hint_seen[$4, $5] = 1
			hints[$4] = hints[$4] "\n#       " $5
		}
	} else if ($1 == "stray")
		add("error", label " " $4)
	else
		add($1, label ($1 == "fail" && $4 != "" ? " (" $4 ")" : ""))

	if (!(($2, $1) in times))
		kinds[$2]++
	times[$2, $1]++
	if (kinds[$2] == 2)
		add("flaky", $2)
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

function list_skips(	i, reason) {
	if (!total["skip"])
		return
	emit("# skipped, by reason, and what would make them run:")
	for (i = 1; i <= distinct["skip"]; i++) {
		reason = lines["skip", i]
		emit("#   " amount["skip", reason] " x " reason hints[reason])
	}
	if (!root)
		emit("#   (not run as root: root can do more of this)")
}

function list_flaky(	n, verdicts, i, v, line) {
	n = split("pass fail error xfail xpass skip", verdicts, " ")
	for (i = 1; i <= distinct["flaky"]; i++) {
		line = lines["flaky", i] ":"
		for (v = 1; v <= n; v++)
			if ((lines["flaky", i], verdicts[v]) in times)
				line = line " " times[lines["flaky", i], verdicts[v]] " " verdicts[v]
		lines["flaky", i] = line
	}
	list("flaky", "not the same verdict every time (flaky):")
}

# A file without the last line printed here is not the whole run.
function summary() {
	emit("#")
	if (cases != planned)
		emit("# results are missing, the runner is broken: planned were " planned)
	list("fail", "failed:")
	list("error", "errors (set-up faults and crashes, no verdict on the kernel):")
	list("xpass", "known issues that pass now (XPASS), take them off the list:")
	list("unmatched", "known issues that match no case of this suite:")
	list_flaky()
	list_skips()
	emit(sprintf("# result: %d pass, %d fail, %d error, %d xfail, %d xpass, %d skip, %d total, %d s, Linux %s",
		     total["pass"], total["fail"], total["error"], total["xfail"],
		     total["xpass"], total["skip"], cases, seconds, kernel))
	if (total["fail"])
		return 1
	if (total["error"] || cases != planned)
		return 2
	return total["skip"] == cases ? 4 : 0
}
