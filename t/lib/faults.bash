# Helpers for tests in which system calls of one program fail, are interrupted
# or do half of their work (t/lib/faulty.c).  The test defines
#
#	disturb STAGE FAULT    a run with the fault; sets codes (of all stages)
#	                       and code (of that one), leaves sc-*.log
#	achieved STAGE WHAT    what must be true when all of them say success
#	recover STAGE WHAT     a clean run, and what must be true after it
# shellcheck disable=SC2034 # used by the tests
faulty=() codes=() code=0

load ../lib/pipeline

POINTS=${FAULT_POINTS:-8}

faults_setup() {
	[[ $SC_BIN != *asan* ]] || skip "the sanitizer must be loaded first"
	SHIM=$SC_BIN/faulty.so
	[ -e "$SHIM" ]
	pipeline_setup
	state_in_memory
}

# with_fault FAULT: the command line in front of the disturbed program
with_fault() {
	rm -f faulty.log sc-*.log
	faulty=(env "LD_PRELOAD=$SHIM" "FAULTY=$1" "FAULTY_LOG=$PWD/faulty.log")
}

seen() { cut -d ' ' -f 1 faulty.log; }
injected() { [ -e faulty.log ] && [ "$(cut -d ' ' -f 2 faulty.log)" -gt 0 ]; }

# spread TOTAL: POINTS numbers from 1 to TOTAL
spread() {
	seq 1 "$1" | awk -v total="$1" -v want="$POINTS" '
	    int($1 * want / total) > int(($1 - 1) * want / total)'
}

# told STAGE CODE...: it ended with one of these and a clear error
told() {
	[[ " ${*:2} " == *" $code "* ]] || {
		echo "$1 ended with $code"
		return 1
	}
	[ "$code" -eq 0 ] || [ "$code" -eq 137 ] ||
		grep -q "^\[ERROR\] $1: .*[a-z]" "$1.log"
}

# judged STAGE KIND CODE...: what it says is right for this kind of fault
judged() {
	case $2 in
	eintr | short) told "$1" 0 ;;
	torn) ! injected || told "$1" 137 ;;
	*) ! injected || told "$1" "${@:3}" ;;
	esac
}

# faults STAGE CALL FILE CODES KIND...: all kinds at all points
faults() {
	local stage=$1 call=$2 file=$3 kind nth onward='' total hits=0 runs=0 what
	local -a allowed
	read -ra allowed <<<"$4"
	disturb "$stage" "$call:count:1:$file"
	[ "$code" -eq 0 ]
	total=$(seen)
	for kind in "${@:5}"; do
		for nth in $(spread "$total"); do
			what="$call:$kind:$nth$onward in $stage"
			disturb "$stage" "$call:$kind:$nth$onward:$file"
			runs=$((runs + 1))
			! injected || hits=$((hits + 1))
			judged "${stage%% *}" "$kind" "${allowed[@]}" || fails "$what"
			# Success is said only of what is there.
			[[ ${codes[*]} == *[1-9]* ]] || achieved "$stage" "$what"
			recover "$stage" "$what" 2>run.log || fails "the run after $what"
			[ -n "$onward" ] && onward='' || onward=+
		done
		sc-store check >check.log || fails "$kind"
	done
	echo "# $stage, $call $file: $hits of $runs runs disturbed" >&3
	[ $((hits * 100)) -ge $((runs * 80)) ]
}

fails() {
	echo "failed: $1"
	tail -n 3 ./*.log
	return 1
}
