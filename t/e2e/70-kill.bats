#!/usr/bin/env bats
# SIGKILL of each stage at many system calls, then a clean run: the store must
# be the one that an undisturbed run makes.

load ../lib/pipeline

POINTS=${KILL_POINTS:-50}

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
	keep_empty
	run_once
	contents >want
	[ "$(stored)" -eq 120 ]
}
teardown() {
	mock_stop
	forget_state
}

# traced STAGE STRACE-OPTIONS...: a run with one stage under strace; its exit
# status is the stage's
traced() {
	local stage=$1 fetch=sc-fetch normalize=sc-normalize ship=sc-ship
	local -a codes
	shift
	case $stage in
	sc-fetch) fetch="strace -qq -o trace $* sc-fetch" ;;
	sc-normalize) normalize="strace -qq -o trace $* sc-normalize" ;;
	sc-ship) ship="strace -qq -o trace $* sc-ship" ;;
	esac
	{ $fetch acme-s1 | $normalize | $ship >/dev/null; } 2>/dev/null
	codes=("${PIPESTATUS[@]}")
	case $stage in
	sc-fetch) return "${codes[0]}" ;;
	sc-normalize) return "${codes[1]}" ;;
	sc-ship) return "${codes[2]}" ;;
	esac
}

# points STAGE CALLS: "CALL N" for POINTS places spread over all its calls
points() {
	fresh_store
	traced "$1" -e "trace=$2" || true
	sed -n 's/^\([a-z0-9_]*\)(.*/\1/p' trace | awk -v want="$POINTS" '
	    { call[NR] = $1; nth[NR] = ++seen[$1] }
	    END {
	        step = NR / want
	        if (step < 1) step = 1
	        for (i = 1; i <= NR; i += step)
	            print call[int(i)], nth[int(i)]
	    }'
}

# survives STAGE CALLS
survives() {
	local stage=$1 call nth killed=0 total=0 status
	points "$stage" "$2" >points
	[ -s points ]
	while read -r call nth; do
		fresh_store
		status=0
		traced "$stage" -e "trace=$call" \
			-e "inject=$call:signal=KILL:when=$nth" || status=$?
		total=$((total + 1))
		[ "$status" -ne 137 ] || killed=$((killed + 1))
		run_once
		same_contents "$stage died at $call number $nth"
	done <points
	echo "# $stage: $killed of $total runs really killed" >&3
	# Most runs must really have been disturbed, or this proves nothing.
	[ $((killed * 100)) -ge $((total * 80)) ]
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
