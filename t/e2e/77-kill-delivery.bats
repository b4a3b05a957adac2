#!/usr/bin/env bats
# SIGKILL of what carries artifacts from the store to a file, and of what
# makes the store, at many system calls; then a clean run: the file holds each
# artifact at least once and nothing else, the store is as it should be.

load ../lib/kill
load ../lib/delivery

setup() {
	pipeline_setup
	state_in_memory
	# Leak detection does not work under ptrace.
	export ASAN_OPTIONS=detect_leaks=0
	delivery
}
teardown() { forget_state; }

disturb() {
	fresh_store
	rm -f out
	case $1 in
	sc-ship) "${@:2}" sc-ship --to file:out <messages | sc-store commit -c siem ;;
	*read) "${@:2}" sc-store read -c siem | sc-ship --to file:out | sc-store commit -c siem ;;
	*commit) sc-ship --to file:out <messages | "${@:2}" sc-store commit -c siem ;;
	*init)
		rm -f "$SC_STATE"/store.db*
		"${@:2}" sc-store init >/dev/null
		;;
	esac
} 2>/dev/null

recover() {
	case $1 in
	*init) made_whole "$2" ;;
	*) deliver_rest "$2" ;;
	esac
}

# shellcheck disable=SC2154 # set by deliver_rest
say_most() { echo "# at most $most of 300 artifacts delivered twice" >&3; }

@test "sc-ship --to file killed anywhere: each artifact at least once, whole" {
	survives sc-ship write,fdatasync,fsync,read,openat,flock
	say_most
}

@test "sc-store read killed anywhere: each artifact at least once, whole" {
	survives "sc-store read" write,pread64,fcntl,read,openat,close,mmap,brk
	say_most
}

@test "sc-store commit killed anywhere: each artifact at least once, whole" {
	survives "sc-store commit" pwrite64,fdatasync,fsync,fcntl,read,unlink
	say_most
}

@test "sc-store init killed anywhere: the next one makes the same store" {
	made >made
	survives "sc-store init" \
		pwrite64,fdatasync,fsync,fcntl,read,openat,fchmod,flock,unlink,pread64,close
}
