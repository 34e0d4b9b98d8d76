# SPDX-License-Identifier: GPL-2.0-only
#
# The judge: records in (lib.awk), TAP out, live, and at the end the summary; the exit
# status is the verdict, or 5 if the records do not end. Needs lib.awk and summary.awk.
# Variables:
#	tables	file with what the options say about cases, tab separated: "plan ID", in
#		their order; "door ID", "backing ID": it is required; "fixture NAME": some
#		case of it must run; "known ID N", "issue N PLACE WHY",
#		"symptom N PLACE PATTERN", "unmatched GLOB PLACE"
#	rounds	of --repeat
#	judged	file that gets the records, with the verdicts
#	kernel, root	where the cases ran, and whether root ran them (1 or 0)
#
# The environment variable GUP_PIN_PROMISED names a file of the symbols that this
# kernel was built to have (vm/build-kernel).

BEGIN {
	directive_of["error"] = "ERROR "
	directive_of["missing"] = "MISSING "
	directive_of["skip"] = "SKIP "
	directive_of["xfail"] = "XFAIL "
	load()
}

/^$/ { next }
!is_record() { diagnostic("not a record: " plain($0)); next }
$1 == "case" { result() }
NF { print >> judged }
$1 == "note" { emit("# " $2) }
$1 == "said" { begin(); said($2) }
$1 == "stray" { stray() }
$1 == "end" { seconds = $2; ended = 1; exit }

END {
	if (!ended)
		exit 5
	begin()
	owed()
	exit summary()
}

function load(	i, line) {
	while ((getline < tables) > 0) {
		if ($1 == "plan")
			plan[++planned] = $2
		else if ($1 == "known")
			known[$2] = known[$2] " " $3
		else if ($1 == "issue") {
			place_of_issue[$2] = $3
			why[$2] = substr($0, length($1 $2 $3) + 4)
		} else if ($1 == "symptom") {
			pattern[$2, ++patterns[$2]] = $4
			place[$2, patterns[$2]] = $3
		} else if ($1 == "unmatched")
			add("unmatched", $2 " (" $3 ")")
		else if ($1 == "fixture")
			fixtures[++nr_fixtures] = $2
		else
			required[$1, $2] = 1
	}
	for (i = 1; i <= planned; i++)
		for (line = 1; line <= rounds; line++)
			pending[plan[i], line] = 1
	while (ENVIRON["GUP_PIN_PROMISED"] != "" && (getline line < ENVIRON["GUP_PIN_PROMISED"]) > 0) {
		sub(/=.*/, "", line)
		promised[line] = 1
	}
}

function emit(line) {
	print line
	fflush()
}

function begin() {
	if (!begun++)
		emit("1.." planned * rounds)
}

# said(TEXT): a diagnostic, which may be a complaint
function said(line) {
	line = diagnostic(line)
	if (line ~ /^ERROR: /)
		fault = substr(line, 8)
	if (complaint(line))
		complaints[++nr_complaints] = told(line)
}

# diagnostic(TEXT): prints it. Parsers that strip "# " and look again must not find a
# result in there.
function diagnostic(line) {
	if (line ~ /^(not )?ok / || line ~ /^Bail out!/)
		line = "the program says: " line
	emit("# " line)
	return line
}

# result(): of the record at hand, if its case was to run and has none yet
function result() {
	begin()
	if (!(($ID, $ROUND) in pending)) {
		diagnostic("not asked for, or told before: " $ID " " $ROUND " " $OUTCOME)
		$0 = ""
	} else if ($OUTCOME == "fail")
		failed()
	else if ($OUTCOME == "skip")
		skip($REASON)
	else if ($OUTCOME == "pass") {
		tell_issues()
		report($ID in known ? "xpass" : "pass", "")
	} else
		report("error", $REASON)
	fault = ""
	nr_complaints = 0
}

# What is known is as if it had not been seen: what is left is the verdict.
function failed(	i, beyond, matched) {
	for (i = 1; i <= nr_complaints; i++)
		if (is_known(complaints[i]))
			matched = 1
		else if (!beyond)
			beyond = i
	tell_issues()
	if (matched && !beyond && fault != "")
		report("error", fault)
	else if (matched && !beyond)
		report("xfail", "known issue")
	else {
		if (matched)
			emit("# not known: " complaints[beyond])
		report("fail", $REASON != "" ? $REASON : matched ? "more than a known issue" : "")
	}
}

# is_known(TEXT): whether an issue of this case has the text as a symptom; notes all
# that have. What a case leaves behind is known only where a pattern says so.
function is_known(text,	issue, n, i, k, found) {
	n = issues_of($ID, issue)
	for (i = 1; i <= n; i++)
		for (k = 1; k <= patterns[issue[i]]; k++)
			if (text ~ regex_of(pattern[issue[i], k]) &&
			    (text !~ /^afterwards: / || pattern[issue[i], k] ~ /^afterwards: /))
				found = sees[issue[i]] = shown[place[issue[i], k]] = 1
	return found
}

function issues_of(id, issue) {
	return split(id in known ? known[id] : "", issue, " ")
}

function regex_of(glob) {
	if (!(glob in regexes))
		regexes[glob] = regex(glob)
	return regexes[glob]
}

# tell_issues(): those of a case that has passed or failed
function tell_issues(	issue, n, i, places) {
	n = issues_of($ID, issue)
	for (i = 1; i <= n; i++) {
		verdicts[issue[i]]++
		if (!(issue[i] in sees))
			continue
		emit("# known issue: " why[issue[i]])
		shows[issue[i]]++
		places = places (places == "" ? "" : ", ") place_of_issue[issue[i]]
	}
	$KNOWN = places
	split("", sees)
}

function skip(reason,	missing) {
	missing = reason
	sub(/: .*/, "", missing)
	if (was_promised($HINT))
		report("fail", "the kernel was built for it: " reason)
	else if ((missing, $ID) in required)
		report("missing", reason)
	else
		report("skip", reason)
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

function report(verdict, reason,	label) {
	label = $ID ($ROUND > 1 ? ".r" $ROUND : "")
	results++
	emit((verdict ~ /^(fail|error|missing)$/ ? "not ok " : "ok ") results " " label \
	     (reason != "" ? " # " directive_of[verdict] reason : ""))
	delete pending[$ID, $ROUND]
	$VERDICT = verdict
	tally(verdict, label, reason)
}

function stray() {
	begin()
	emit("# ERROR between cases: " $2 " " $3)
	add("error", $2 " " $3)
}

# owed(): every case has a result
function owed(	round, i) {
	for (round = 1; round <= rounds; round++)
		for (i = 1; i <= planned; i++)
			if ((plan[i], round) in pending) {
				$0 = "case" OFS plan[i] OFS round OFS "error" OFS "no result" OFS OFS OFS OFS OFS OFS OFS OFS "."
				result()
				print >> judged
			}
}
