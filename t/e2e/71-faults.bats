#!/usr/bin/env bats
# System calls that fail, are interrupted or do half of their work, in each
# stage and at many places; then a clean run.  The store must be the one that
# an undisturbed run makes.

# shellcheck disable=SC2034,SC2154 # shared with t/lib/faults.bash
load ../lib/faults

setup() {
	faults_setup
	dataset 60
	start_vendor
	integration acme-s1
	own_pages 20
	short_map
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

# The stages before the disturbed one come from files, so that it reads the
# same each time.
disturb() {
	fresh_store
	with_fault "$2"
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

achieved() { same_contents "$2"; }

recover() {
	run_once
	same_contents "$2"
}

@test "sc-fetch cannot write, or not at once" {
	faults sc-fetch write pipe: "71 74" enospc eio eintr short
}

@test "sc-fetch cannot read, or not at once" {
	faults sc-fetch read '' "66 71 74 78" eio eintr short
}

@test "sc-fetch cannot send, or not at once" {
	faults sc-fetch send "" "0 69" eio eintr short
}

@test "sc-fetch cannot receive, or not at once" {
	faults sc-fetch recv "" "0 69" eio eintr short
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
	faults sc-ship pwrite store.db "0 74" enospc eio eintr short torn
}

@test "the store cannot be read, or not at once" {
	faults sc-ship pread store.db "0 66 74" eio eintr short
}

@test "the store cannot be synced" {
	faults sc-ship fdatasync store.db "0 74" eio
}
