# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2034,SC2154
#
# The run: sourced by run_tests.sh. Programs are parsed to records, and records go, with
# what else there is to tell, to the judge, which prints.

# tell KIND [FIELD]...: a record
tell() {
	IFS=$tab
	set -- "$*"
	unset IFS
	{ printf '%s\t.\n' "$1" >&5; } 2>/dev/null || die "cannot write the output"
}

note() {
	tell note "$(printf %s "$*" | tr '[:cntrl:]' ' ')"
}

# start_judge: of what comes through file descriptor 3
start_judge() {
	{ echo "TAP version 13"; } 2>/dev/null || die "cannot write the output"
	printf 'run\t%s\t%s\t.\n' "$release" "$uid" >"$work/judged"
	{
		# A signal ends us first, and it with us.
		trap '' HUP INT TERM
		exec $awk -f "$dir/runner/lib.awk" -f "$dir/runner/summary.awk" \
			-f "$dir/runner/judge.awk" \
			-v tables="$work/tables" -v judged="$work/judged" -v rounds="$repeat" \
			-v kernel="$release" -v root=$((uid == 0))
	} <&3 3<&- 5>&- &
	judging=$!
	exec 3<&-
}

# await_judge: for its verdict
await_judge() {
	exec 5>&-
	[ -n "$judging" ] || { verdict=0; return; }
	said=0
	wait "$judging" || said=$?
	judging=
	case $said in
	[0-4]) verdict=$said ;;
	141) stop PIPE 141 ;;
	5) die "the records end early: $judge is not the whole run" ;;
	*) die "runner/judge.awk failed" ;;
	esac
}

# judge_records: of another run, or of several merged
judge_records() {
	if [ "$judge" = - ]; then
		exec 3<&0
	else
		exec 3<"$judge"
	fi
	IFS=$tab read -r kind release uid end <&3 || :
	[ "$kind ${end-}" = 'run .' ] || die "--judge: $judge does not begin as records do"
	start_judge
}

run_and_judge() {
	if [ "$records" = - ]; then
		exec 5>&1
		tell run "$release" "$uid"
	else
		mkfifo "$work/records"
		# Opened for both, a pipe does not wait for the other end.
		# shellcheck disable=SC2094
		exec 5<>"$work/records" 3<"$work/records"
		start_judge
		exec 5>"$work/records"
	fi
	recover
	prepare
	run_programs
	restore || :
	tell end $(($(date +%s) - started))
}

run_programs() {
	mkfifo "$work/pipe"
	round=1
	while [ "$round" -le "$repeat" ]; do
		for program in $PROGRAMS; do
			printf '%s\n' "$chosen" | sed -n "s/^$program://p" >"$work/rest"
			while [ -s "$work/rest" ]; do
				start_program
			done
		done
		round=$((round + 1))
	done
}

# One start of $program for the cases in the file rest; parse.awk leaves there what is
# still to be done after a crash, always less than before.
start_program() {
	$awk -f "$dir/runner/lib.awk" -f "$dir/runner/parse.awk" -v program="$program" \
		-v round="$round" -v rest="$work/rest" <"$work/pipe" >&5 &
	parser=$!
	exec 3>"$work/pipe"
	# With no choice to make, the harness need not compare all cases with all.
	if [ "$("$dir/$program" --list)" = "$(cat "$work/rest")" ]; then
		set --
	else
		# shellcheck disable=SC2046
		set -- $(sed 's/^/-r /' "$work/rest")
	fi
	# A session of its own, by which kill_session() finds the cases: they
	# run in process groups of their own. In the background, because a trap
	# does not interrupt what runs in the foreground.
	setsid "$dir/$program" "$@" >&3 2>&1 3>&- 5>&- &
	running=$!
	identify "$running"
	printf '%s\n' "$identity" >"$work/session"

	status=0
	wait "$running" 2>/dev/null || status=$?
	# What a crash leaves behind must not disturb the next start.
	kill_session "$running"
	running=
	{ printf '\n\001ended %s\n' "$(how_it_ended "$status")" >&3; } 2>/dev/null || :
	exec 3>&-
	status=0
	wait "$parser" || status=$?
	parser=
	[ "$status" != 141 ] || stop PIPE 141
	[ "$status" = 0 ] || die "runner/parse.awk failed"
}

how_it_ended() {
	case $1 in
	0 | 1 | 4) echo "normally exited with status $1" ;;
	129 | 1[3-9]?) echo "badly was killed by signal $(($1 - 128))" ;;
	*) echo "badly exited with status $1" ;;
	esac
}

# kill_session PID: the processes of the session that PID leads
kill_session() {
	tries=50
	while pids=$(session_members "$1") && [ -n "$pids" ]; do
		if [ "$tries" = 0 ]; then
			# shellcheck disable=SC2086
			note "cannot be killed, a kernel bug: processes" $pids
			return
		fi
		# shellcheck disable=SC2086
		kill -KILL $pids 2>/dev/null || :
		tries=$((tries - 1))
		sleep 0.1 2>/dev/null || sleep 1
	done
}

# The name of a process, in parentheses, may hold anything. Zombies are dead.
session_members() {
	set +f
	cat /proc/[0-9]*/stat 2>/dev/null | awk -v session="$1" '{
		pid = $1
		sub(/.*[)] /, "")
		if ($1 != "Z" && (pid == session || $4 == session))
			print pid
	}'
}

# write_results: what the options want besides TAP
write_results() {
	[ -z "$write_known" ] || awk -f "$dir/runner/lib.awk" -f "$dir/runner/known.awk" \
		-v kernel="$release" "$work/judged" >"$write_known" ||
		die "--write-known: cannot write to '$write_known'"
	[ -z "${records#-}" ] || cat "$work/judged" >"$records" ||
		die "--records: cannot write to '$records'"
}
