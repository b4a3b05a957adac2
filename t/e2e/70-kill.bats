#!/usr/bin/env bats
# SIGKILL of each stage at many system calls, then a clean run: the store must
# be the one that an undisturbed run makes.

load ../lib/kill

setup() {
	pipeline_setup
	state_in_memory
	# Leak detection does not work under ptrace.
	export ASAN_OPTIONS=detect_leaks=0
	dataset 120
	start_vendor
	integration acme-s1
	# Small pages make many commits to interrupt.
	own_pages 20
	short_map
	keep_empty
	sc-fetch acme-s1 >raw
	sc-normalize <raw >mapped
	sc-ship <mapped >/dev/null
	contents >want
	[ "$(stored)" -eq 120 ]
	# Programs start their neighbour: this one is started as we like it.
	mkdir bin
	ln -s "$SC_BIN/sc-auth" bin/real-auth
	cp "$SC_BIN/sc-fetch" bin/
	# shellcheck disable=SC2016 # expanded when it is run
	printf '%s\n' '#!/bin/sh' "exec \$UNDER $PWD/bin/real-auth \"\$@\"" >bin/sc-auth
	chmod +x bin/sc-auth
}
teardown() {
	mock_stop
	forget_state
}

# The stages before the disturbed one come from files, as in any other run.
disturb() {
	fresh_store
	{
		case $1 in
		sc-auth) UNDER=${*:2} bin/sc-fetch acme-s1 | sc-normalize | sc-ship ;;
		sc-fetch) "${@:2}" sc-fetch acme-s1 | sc-normalize | sc-ship ;;
		sc-normalize) "${@:2}" sc-normalize <raw | sc-ship ;;
		sc-ship) "${@:2}" sc-ship <mapped ;;
		esac
	} >/dev/null 2>&1
}

recover() {
	run_once
	same_contents "$2"
}

@test "sc-auth killed anywhere loses and doubles nothing" {
	survives sc-auth read,write,openat,close,mmap,brk
}

@test "sc-fetch killed anywhere loses and doubles nothing" {
	survives sc-fetch write,sendto,read,recvfrom,poll
}

@test "sc-normalize killed anywhere loses and doubles nothing" {
	survives sc-normalize read,write,brk,mmap,munmap
}

@test "sc-ship killed anywhere loses and doubles nothing" {
	survives sc-ship pwrite64,write,fsync,fdatasync,ftruncate,unlink,read,fcntl
}
