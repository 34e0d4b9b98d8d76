# SPDX-License-Identifier: GPL-2.0-only
#
# A list of known issues, from the TAP of a run: all that failed, as it failed. Cases
# that said the same are one issue. Needs run_lib.awk. Variable: kernel.

(id = tap_failure($0)) != "" {
	said = ""
	for (i = 1; i <= tap_lines; i++)
		said = said "\tseen " tap_said[i] "\n"
	why = tap_why == "" ? "unexplained" : tap_why
	if (said == "")
		mute = mute "# said nothing by which to know it: " id "\n"
	else if (!((why, id, said) in listed)) {
		listed[why, id, said] = 1
		if (!((why, said) in cases)) {
			whys[++count] = why
			symptoms[count] = said
		}
		cases[why, said] = cases[why, said] "\tcase " id "\n"
	}
}

END {
	print "# Known issues, as seen on Linux " kernel
	for (i = 1; i <= count; i++)
		printf "\n%s\n%s%s", whys[i], cases[whys[i], symptoms[i]], symptoms[i]
	printf "%s", mute
}
