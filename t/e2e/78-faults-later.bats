#!/usr/bin/env bats
# System calls that fail, are interrupted or do half of their work in sc-auth,
# the scheduler, the delivery to a file and in what makes the store; then a
# clean run.

# shellcheck disable=SC2034,SC2154 # shared with t/lib/faults.bash
load ../lib/faults
load ../lib/delivery

setup() { faults_setup; }
teardown() {
	mock_stop
	forget_state
}

# fetched: what a run of the pipeline stores, with sc-auth as we like it
fetched() {
	dataset 40
	start_vendor
	integration acme-s1
	own_pages 20
	short_map
	keep_empty
	sc-sched run acme-s1 2>/dev/null
	contents >want
	[ "$(stored)" -eq 40 ]
	mkdir bin
	ln -s "$SC_BIN/sc-auth" bin/real-auth
	cp "$SC_BIN/sc-fetch" bin/
	# shellcheck disable=SC2016 # expanded when it is run
	printf '%s\n' '#!/bin/sh' "exec \$UNDER $PWD/bin/real-auth \"\$@\"" >bin/sc-auth
	chmod +x bin/sc-auth
}

disturb() {
	fresh_store
	with_fault "$2"
	{
		case $1 in
		sc-fetch*)
			UNDER=${faulty[*]} bin/sc-fetch acme-s1 2>sc-fetch.log |
				sc-normalize 2>sc-normalize.log | sc-ship 2>sc-ship.log >states
			;;
		sc-sched) "${faulty[@]}" sc-sched run acme-s1 2>sc-sched.log ;;
		sc-ship*)
			rm -f out
			[[ $1 != *torn* ]] || { head -n 3 want && printf '{"n":4'; } >out
			"${faulty[@]}" sc-ship --to file:out <messages 2>sc-ship.log >acknowledged
			;;
		*commit) "${faulty[@]}" sc-store commit -c siem <acknowledged 2>sc-store.log ;;
		*init)
			rm -f "$SC_STATE"/store.db*
			"${faulty[@]}" sc-store init 2>sc-store.log >/dev/null
			;;
		esac
		codes=("${PIPESTATUS[@]}")
	} || true
	code=${codes[0]}
}

achieved() {
	case $1 in
	sc-fetch* | sc-sched) same_contents "$2" ;;
	sc-ship*) [ "$(sort -u out | wc -l)" -eq 300 ] && sort -u out | cmp - sorted ;;
	*commit) [ "$(position)" -eq 300 ] ;;
	*init) made | cmp - made ;;
	esac
}

recover() {
	case $1 in
	sc-fetch*)
		run_once
		same_contents "$2"
		;;
	sc-sched)
		sc-sched run acme-s1
		same_contents "$2"
		jq -e '[.streams[].state] | unique == ["ok"]' "$SC_STATE/status.json" >/dev/null
		[ ! -e "$SC_STATE/status.json.new" ]
		;;
	*init) made_whole "$2" ;;
	*)
		sc-store commit -c siem <acknowledged
		deliver_rest "$2"
		;;
	esac
}

@test "sc-auth cannot answer, or not at once" {
	fetched
	faults "sc-fetch with sc-auth" write pipe: "69 70 71 74 78" eio eintr short
}

@test "sc-auth cannot read, or not at once" {
	fetched
	faults "sc-fetch with sc-auth" read '' "0 66 69 70 71 74 78" eio eintr short
}

@test "the scheduler cannot write or sync the store, or not at once" {
	fetched
	FAULT_POINTS=6
	faults sc-sched pwrite store.db "0 74" enospc eio eintr short torn
	faults sc-sched fdatasync store.db "0 74" eio
}

@test "the scheduler cannot write its status, or not at once" {
	fetched
	faults sc-sched write status.json "74" enospc eio eintr short torn
	faults sc-sched fsync status.json "74" eio
	faults sc-sched rename status.json "73" enospc eio
}

@test "the scheduler cannot hear its stages, or not at once" {
	fetched
	faults sc-sched read pipe: "0" eio eintr short
}

@test "the file cannot be written or synced, or not at once" {
	delivery
	faults sc-ship write /out "74" enospc eio eintr short torn
	faults sc-ship fdatasync /out "74" enospc eio
}

@test "a torn file cannot be mended, or not at once" {
	delivery
	faults "sc-ship on a torn file" pread /out "74" eio eintr short
	faults "sc-ship on a torn file" ftruncate /out "74" enospc eio
}

@test "a position cannot be read or committed, or not at once" {
	delivery
	grep '"type":"STATE"' messages >acknowledged
	cp want out
	faults "sc-store commit" read acknowledged "74" eio eintr short
	faults "sc-store commit" pwrite store.db "0 74" enospc eio eintr short torn
	faults "sc-store commit" fdatasync store.db "0 74" eio
}

@test "the store cannot be made, or not at once" {
	delivery
	made >made
	faults "sc-store init" pwrite store.db "0 74" enospc eio eintr short torn
	faults "sc-store init" fdatasync store.db "0 74" eio
	faults "sc-store init" fsync '' "73 74" eio
	faults "sc-store init" ftruncate store.db "0 74" enospc eio
}
