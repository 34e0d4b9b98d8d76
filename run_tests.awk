# SPDX-License-Identifier: GPL-2.0-only
#
# The stream half of run_tests.sh, in two modes. Needs run_lib.awk.
#
# Merging (default): standard input is what one start of a test program prints
# (kselftest_harness.h), closed by the line "\001ended HOW STATUS-TEXT" that
# the runner adds, with HOW being "normally" or "badly". Output is the runner's
# one TAP stream, live. Variables:
#	program	its name, for messages
#	suffix	what is appended to every id of this repetition (".r2"), or ""
#	tables	file with what the options say about cases, tab separated:
#		"door ID", "backing ID": it is required; "fixture NAME": some case of it
#		must run; "known ID N", "issue N PLACE WHY", "symptom N
#		PLACE PATTERN", "unmatched GLOB PLACE"
#	rest	file with the ids that this start was asked for; rewritten at
#		the end with those that another start has to run
#	results	file that gets "VERDICT ID SUFFIX REASON HINT" for every case, "issue N
#		1" or 0 for every verdict on a case in which the issue may be seen, and
#		"symptom PLACE" for every one seen
#	copy	file that gets what is printed as well, or ""
#
# Summing up: input is the tables (summing=tables) and then the results
# (summing=results). Further variables: planned (number of cases), kernel, seconds,
# root (1 or 0). The exit status is the verdict.
#
# Of what a case comes to, the worst counts: FAIL over ERROR over
# MISSING over SKIP over PASS.
#
# The environment variable GUP_PIN_PROMISED names a file of the symbols that this
# kernel was built to have (vm/build-kernel).

BEGIN {
	FS = "\t"
	directive_of["error"] = "ERROR "
	directive_of["missing"] = "MISSING "
	directive_of["skip"] = "SKIP "
	directive_of["xfail"] = "XFAIL "
	if (!summing)
		load()
}

summing == "tables" {
	if ($1 == "unmatched")
		add("unmatched", $2 " (" $3 ")")
	else if ($1 == "fixture")
		fixtures[++nr_fixtures] = $2
	else if ($1 == "issue")
		why[$2] = rest_of_line(3) " (" $3 ")"
	else if ($1 == "symptom") {
		symptom[++symptoms] = $4 " (" $3 ")"
		issue_of[symptoms] = $2
		place_of[symptoms] = $3
	}
	next
}
summing == "results" && $1 == "issue" { verdicts[$2]++; shows[$2] += $3; next }
summing == "results" && $1 == "symptom" { shown[$2] = 1; next }
summing == "results" { tally(); next }

index($0, "\001ended ") == 1 { ended(substr($0, 8)); exit }

/^#  RUN / {
	sub(/^#  RUN +/, "")
	sub(/ [.][.][.]$/, "")
	running = $0
	hint = fault = broken = timeout = ""
	nr_said = 0
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
# broken (case.h), or how the case died.
/^# [a-z0-9_]+[.]c:[0-9]+: / || /^# [a-z0-9_]+: Test terminated / { broken = 1 }

{ diagnostic($0) }

END {
	if (summing)
		status = summary()
	exit status
}

# The files are closed because busybox would write to them as it reads them.
function load(	line) {
	while ((getline < tables) > 0) {
		if ($1 == "known")
			known[$2] = known[$2] " " $3
		else if ($1 == "issue")
			why[$2] = rest_of_line(3)
		else if ($1 == "symptom") {
			pattern[$2, ++patterns[$2]] = $4
			place[$2, patterns[$2]] = $3
		} else
			required[$1, $2] = 1
	}
	while ((getline < results) > 0) {
		if ($1 == "issue" || $1 == "symptom")
			continue
		number += ($1 != "stray")
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

# rest_of_line(N): what follows the first N fields
function rest_of_line(n,	text) {
	text = $0
	while (n-- > 0)
		sub(/^[^\t]*\t/, "", text)
	return text
}

function emit(line) {
	print line
	fflush()
	if (copy != "")
		print line >> copy
}

# Parsers that strip "# " and look again must not find a result in there.
function diagnostic(line) {
	sub(/^# ?/, "", line)
	if (line ~ /^(not )?ok / || line ~ /^Bail out!/)
		line = "the program says: " line
	line = "# " line
	emit(line)
	if (complaint(line))
		said[++nr_said] = told(line)
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
	else {
		count_issues(id)
		report(id in known ? "xpass" : "pass", id)
	}
}

# What is known is as if it had not been seen: what is left is the verdict.
function failed(id,	i, beyond, matched) {
	for (i = 1; i <= nr_said; i++)
		if (is_known(id, said[i]))
			matched = 1
		else if (!beyond)
			beyond = i
	count_issues(id)
	if (matched && !beyond && fault != "")
		report("error", id, fault)
	else if (matched && !beyond)
		report("xfail", id, "known issue")
	else {
		if (matched)
			emit("# not known: " said[beyond])
		report("fail", id, timeout ? "TIMEOUT" : matched ? "more than a known issue" : "")
	}
}

# is_known(ID, TEXT): whether an issue of this case has the text as a symptom; notes all
# that have. What a case leaves behind is known only where a pattern says so.
function is_known(id, text,	issue, n, i, k, found) {
	n = split(id in known ? known[id] : "", issue, " ")
	for (i = 1; i <= n; i++)
		for (k = 1; k <= patterns[issue[i]]; k++)
			if (text ~ regex_of(pattern[issue[i], k]) &&
			    (text !~ /^afterwards: / || pattern[issue[i], k] ~ /^afterwards: /)) {
				found = sees[issue[i]] = 1
				print "symptom\t" place[issue[i], k] >> results
			}
	return found
}

function regex_of(glob) {
	if (!(glob in regexes))
		regexes[glob] = regex(glob)
	return regexes[glob]
}

# count_issues(ID): those of a case that has passed or failed
function count_issues(id,	issue, n, i) {
	n = split(id in known ? known[id] : "", issue, " ")
	for (i = 1; i <= n; i++) {
		if (issue[i] in sees)
			emit("# known issue: " why[issue[i]])
		print "issue\t" issue[i] "\t" (issue[i] in sees) + 0 >> results
	}
	split("", sees)
}

function skip(id, reason,	missing) {
	missing = reason
	sub(/: .*/, "", missing)
	if (was_promised(hint))
		report("fail", id, "the kernel was built for it: " reason)
	else if ((missing, id) in required)
		report("missing", id, reason)
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

function report(verdict, id, reason,	line) {
	number++
	line = (verdict ~ /^(fail|error|missing)$/ ? "not ok " : "ok ") number " " id suffix
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
	if ($1 == "skip" || $1 == "missing") {
		add($1, $4)
		not_run[fixture($2)]++
		if ($5 != "" && !(($4, $5) in hint_seen)) {
			hint_seen[$4, $5] = 1
			hints[$4] = hints[$4] "\n#       " $5
		}
	} else if ($1 == "stray") {
		add("error", label " " $4)
		return
	} else {
		ran[fixture($2)] = 1
		add($1, label ($1 == "fail" && $4 != "" ? " (" $4 ")" : ""))
	}

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

# Of an issue that shows in some cases, or by some of its symptoms, the rest is as
# dangerous as what is never seen at all.
function list_unseen(	i) {
	for (i = 1; i in why; i++)
		if (verdicts[i] > shows[i])
			add("unseen", why[i] ": in " shows[i] + 0 " of " verdicts[i])
	for (i = 1; i <= symptoms; i++)
		if (shows[issue_of[i]] && !(place_of[i] in shown))
			add("unseen", "seen " symptom[i] ": in none")
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

# A file without the last line printed here is not the whole run.
function summary() {
	emit("#")
	if (cases != planned)
		emit("# results are missing, the runner is broken: planned were " planned)
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
		     total["xpass"], total["skip"], total["missing"], cases, seconds, kernel))
	if (total["fail"])
		return 1
	if (total["error"] || cases != planned)
		return 2
	if (total["missing"] || idle != "")
		return 3
	return total["skip"] == cases ? 4 : 0
}
