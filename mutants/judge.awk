# SPDX-License-Identifier: GPL-2.0-only
#
# How a mutant was caught, from two files: the ids of the cases that were asked for,
# and what vm/run printed. Variables: its exit status, and guest, its stderr. Prints,
# separated by a tab: none, or error and why, or the ways in which cases failed, the
# plainest first; and these cases.
#
#	fail	a promise was seen broken
#	log	only the kernel log or the taint mask said so
#	hang	the case did not end, or the guest did not
#	crash	the kernel died

BEGIN {
	status = ENVIRON["STATUS"]
	guest = ENVIRON["GUEST"]
}

NR == FNR { asked[++count] = $1; next }

/^# ERROR: / { next }
/^# the kernel died here, / { died = / hang$/ ? "hang" : "crash"; next }
/^# afterwards: (kernel log|new taint)/ { logged = 1; next }
/^# (profile|reason|known issue|not known|this kernel may lack)/ || /, and this kernel has lost it$/ { next }
/^# / { other = 1 }

/^not ok / {
	if (/ # ERROR/)
		faults++
	else
		caught($4, died ? died : / # TIMEOUT/ ? "hang" : logged && !other ? "log" : "fail")
}
/^(not )?ok / {
	told[$(/^not/ ? 4 : 3)] = 1
	logged = other = 0
	died = ""
}

END {
	if (status == 125)
		caught(running(), guest ~ /boot failure/ ? "crash at boot" : \
		       guest ~ /hang:/ ? "hang" : "crash")
	n = split("fail,log,hang,crash,crash at boot", order, ",")
	for (i = 1; i <= n; i++)
		if (order[i] in ways)
			how = how (how == "" ? "" : ", ") order[i]
	if (how == "" && (faults || status == 2 || status == 4))
		how = "error: " (faults ? faults " cases" : "status " status)
	printf "%s\t%s\n", how == "" ? "none" : how, ids
}

function caught(id, way)
{
	ways[way] = 1
	ids = ids (ids == "" || id == "" ? "" : " ") id
}

# running(): the case that was running when the guest died
function running(	i)
{
	for (i = 1; i <= count; i++)
		if (!(asked[i] in told))
			return asked[i]
}
