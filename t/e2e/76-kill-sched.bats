#!/usr/bin/env bats
# SIGKILL of the scheduler at many system calls: the stages that it leaves
# behind end by themselves, and the next run is clean.

load ../lib/kill

setup() {
	pipeline_setup
	state_in_memory
	# Leak detection does not work under ptrace.
	export ASAN_OPTIONS=detect_leaks=0
}
teardown() {
	mock_stop
	forget_state
}

# scheduled NAME...: integrations, and what one run of each stores
scheduled() {
	local name
	dataset 60
	start_vendor
	for name; do integration "$name"; done
	own_pages 20
	short_map
	keep_empty
	sc-sched --once 2>/dev/null
	contents >want
	[ "$(stored)" -eq $((60 * $#)) ]
}

disturb() {
	fresh_store
	# shellcheck disable=SC2086 # its arguments
	"${@:2}" sc-sched ${1#* } 2>/dev/null
}

# The lock is held as long as a stage is alive: nobody is left behind.
recover() {
	local lock
	for lock in "$SC_STATE"/lock/*; do
		flock -w 30 "$lock" true || {
			echo "stages have outlived their scheduler after $2"
			return 1
		}
	done
	# shellcheck disable=SC2086 # its arguments
	sc-sched ${1#* } 2>run.log || {
		echo "the run after $2:"
		cat run.log
		return 1
	}
	same_contents "$2"
	jq -e '[.streams[].state] | unique == ["ok"]' "$SC_STATE/status.json" >/dev/null
	[ "$(echo "$SC_STATE"/status.json*)" = "$SC_STATE/status.json" ]
}

CALLS=pwrite64,write,fsync,fdatasync,rename,unlink,poll,clone3,clone,vfork
CALLS+=,pipe2,wait4,close,openat,fcntl,flock,read

@test "sc-sched run killed anywhere: its stages end, the next run is clean" {
	scheduled acme-s1
	survives "sc-sched run acme-s1" "$CALLS"
}

@test "sc-sched --once killed anywhere: its stages end, the next run is clean" {
	scheduled acme-s1 other-s1
	survives "sc-sched --once" "$CALLS"
}
