#!/usr/bin/env bats
# System calls that fail, are interrupted or do half of their work, in each
# stage and at many places; then a clean run.  The store must be the one that
# an undisturbed run makes.

load ../lib/pipeline

POINTS=${FAULT_POINTS:-8}

setup() {
	[[ $SC_BIN != *asan* ]] || skip "the sanitizer must be loaded first"
	SHIM=$SC_BIN/faulty.so
	[ -e "$SHIM" ]
	pipeline_setup
	state_in_memory
	dataset 60
	start_vendor
	integration acme-s1
	own_pages 20
	# What is tested here does not depend on the map; a short one is quick.
	printf '%s\n' 'ruleName = .threatInfo.threatName' \
		'startTimeUTC = .threatInfo.identifiedAt' \
		>"$SC_CONFIG/vendors/sentinelone/threats.map"
	keep_empty
	sc-fetch acme-s1 >raw
	sc-normalize <raw >mapped
	sc-ship <mapped >/dev/null
	contents >want
	[ "$(stored)" -eq 60 ]
}
teardown() {
	mock_stop
	forget_state
}

# disturbed STAGE FAULT: a run with a fault in one stage; sets codes (of all
# stages) and code (of that one), leaves faulty.log and a log for each stage.
# The stages before it come from files, so that it reads the same each time.
disturbed() {
	local -a faulty=(env "LD_PRELOAD=$SHIM" "FAULTY=$2" "FAULTY_LOG=$PWD/faulty.log")
	rm -f faulty.log sc-*.log
	{
		case $1 in
		sc-fetch)
			"${faulty[@]}" sc-fetch acme-s1 2>sc-fetch.log |
				sc-normalize 2>sc-normalize.log | sc-ship >states 2>sc-ship.log
			;;
		sc-normalize)
			"${faulty[@]}" sc-normalize <raw 2>sc-normalize.log |
				sc-ship >states 2>sc-ship.log
			;;
		sc-ship) "${faulty[@]}" sc-ship <mapped >states 2>sc-ship.log ;;
		esac
		codes=("${PIPESTATUS[@]}")
	} || true
	code=${codes[0]}
}

seen() { cut -d ' ' -f 1 faulty.log; }
injected() { [ "$(cut -d ' ' -f 2 faulty.log)" -gt 0 ]; }

# spread TOTAL: POINTS numbers from 1 to TOTAL
spread() {
	seq 1 "$1" | awk -v total="$1" -v want="$POINTS" '
	    int($1 * want / total) > int(($1 - 1) * want / total)'
}

# told STAGE CODE...: it ended with one of these and a clear error
told() {
	[[ " ${*:2} " == *" $code "* ]] || {
		echo "$1 ended with $code"
		cat "$1.log"
		return 1
	}
	[ "$code" -eq 0 ] || grep -q "^\[ERROR\] $1: .*[a-z]" "$1.log"
}

# faults STAGE CALL FILE CODES KIND...: all kinds at all points
faults() {
	local stage=$1 call=$2 file=$3 kind nth onward='' total hits=0 runs=0 what
	local -a allowed
	read -ra allowed <<<"$4"
	fresh_store
	disturbed "$stage" "$call:count:1:$file"
	[ "$code" -eq 0 ]
	total=$(seen)
	for kind in "${@:5}"; do
		for nth in $(spread "$total"); do
			what="$call:$kind:$nth$onward in $stage"
			fresh_store
			disturbed "$stage" "$call:$kind:$nth$onward:$file"
			runs=$((runs + 1))
			! injected || hits=$((hits + 1))
			case $kind in
			eintr | short) told "$stage" 0 || fails "$what" ;;
			*) ! injected || told "$stage" "${allowed[@]}" ||
				fails "$what" ;;
			esac
			# Success is said only of what is there.
			[[ ${codes[*]} == *[1-9]* ]] || same_contents "$what"
			run_once 2>run.log || fails "the run after $what"
			same_contents "$what"
			[ -n "$onward" ] && onward='' || onward=+
		done
		sc-store check
	done
	echo "# $stage, $call: $hits of $runs runs disturbed" >&3
	[ $((hits * 100)) -ge $((runs * 80)) ]
}

fails() {
	echo "failed: $1"
	tail -n 3 ./*.log
	return 1
}

@test "sc-fetch cannot write, or not at once" {
	faults sc-fetch write pipe: "71 74" enospc eio eintr short
}

@test "sc-fetch cannot read, or not at once" {
	faults sc-fetch read '' "66 71 74 78" eio eintr short
}

@test "sc-normalize cannot write, or not at once" {
	faults sc-normalize write pipe: "74" enospc eio eintr short
}

@test "sc-normalize cannot read, or not at once" {
	faults sc-normalize read '' "66 74 78" eio eintr short
}

@test "sc-ship cannot read, or not at once" {
	faults sc-ship read mapped "74" eio eintr short
}

@test "sc-ship cannot print its STATEs, or not at once" {
	faults sc-ship write states "74" enospc eio eintr short
}

@test "the store cannot be written, or not at once" {
	faults sc-ship pwrite store.db "0 74" enospc eio eintr short
}

@test "the store cannot be read, or not at once" {
	faults sc-ship pread store.db "0 66 74" eio eintr short
}

@test "the store cannot be synced" {
	faults sc-ship fdatasync store.db "0 74" eio
}
