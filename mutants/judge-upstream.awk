# SPDX-License-Identifier: GPL-2.0-only
#
# Which of the kernel's own tests (vm/build-upstream) caught a mutant, from what they
# printed without one and with it. Prints, like judge.awk, none or the ways, a tab, and
# the tests. Variables: STATUS and GUEST, of the environment: vm/run's exit status and
# its stderr.

FNR == 1 { split("", runs) }
/^TEST: kernel log: / {
	if (NR == FNR)
		usual[$0] = 1
	else if (!($0 in usual))
		caught("", "log")
	next
}
/^TEST: [a-z0-9_]+: exit status / {
	verdict($2 " exits", $NF != 0 && $NF != 4, $NF == 124)
	next
}
/^TEST: / { test = $2; sub(/^[.]\//, "", test); runs[test]++; next }
/^(not )?ok [0-9]+/ { verdict(test " " runs[test] " " $(/^not/ ? 3 : 2), /^not/ && !/# (SKIP|XFAIL|TODO)/) }

function verdict(key, failed, hangs)
{
	if (NR == FNR)
		failed_before[key] = failed
	else if (failed && !failed_before[key])
		caught(test, hangs ? "hang" : "fail")
}

function caught(id, way)
{
	ways[way] = 1
	if (id != "" && !count[id]++)
		ids = ids (ids == "" ? "" : " ") id
}

END {
	if (ENVIRON["STATUS"] == 125)
		caught(test, ENVIRON["GUEST"] ~ /hang:/ ? "hang" : "crash")
	n = split("fail,log,hang,crash", order, ",")
	for (i = 1; i <= n; i++)
		if (order[i] in ways)
			how = how (how == "" ? "" : ", ") order[i]
	if (how == "" && ENVIRON["STATUS"] == 2)
		how = "error: status 2"
	printf "%s\t%s\n", how == "" ? "none" : how, ids
}
