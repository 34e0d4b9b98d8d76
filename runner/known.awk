# SPDX-License-Identifier: GPL-2.0-only
#
# A list of known issues, from the records of a run that has been judged: all that failed,
# as it failed. Cases that said the same are one issue. Needs lib.awk.
# Variable: kernel.

$1 == "said" && complaint($2) { said = said "\tseen " literal(told($2)) "\n" }
$1 == "said" && why == "" && $2 ~ /^reason: / { why = substr($2, 9) }
$1 == "case" {
	if ($VERDICT ~ /^x?fail$/)
		failed(why == "" ? "unexplained" : why)
	said = why = ""
}

function failed(why) {
	if (said == "")
		mute = mute "# said nothing by which to know it: " $ID "\n"
	else if (!((why, $ID, said) in listed)) {
		listed[why, $ID, said] = 1
		if (!((why, said) in cases)) {
			whys[++count] = why
			symptoms[count] = said
		}
		cases[why, said] = cases[why, said] "\tcase " $ID "\n"
	}
}

END {
	print "# Known issues, as seen on Linux " kernel
	for (i = 1; i <= count; i++)
		printf "\n%s\n%s%s", whys[i], cases[whys[i], symptoms[i]], symptoms[i]
	printf "%s", mute
}
