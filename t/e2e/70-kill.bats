#!/usr/bin/env bats
# SIGKILL of each stage at many system calls, then a clean run: the store must
# be the one that an undisturbed run makes.

load ../lib/pipeline

POINTS=${KILL_POINTS:-50}

setup() {
	pipeline_setup
	# Leak detection does not work under ptrace.
	export ASAN_OPTIONS=detect_leaks=0
	dataset 120
	start_vendor
	integration acme-s1
	# Small pages make many commits to interrupt.
	mkdir -p "$SC_CONFIG/vendors/sentinelone"
	sed 's/limit: 1000/limit: 20/' "$SC_ROOT/vendors/sentinelone/vendor.yaml" \
		>"$SC_CONFIG/vendors/sentinelone/vendor.yaml"
	cp "$SC_ROOT/vendors/sentinelone/threats.map" "$SC_CONFIG/vendors/sentinelone/"
	cp "$SC_STATE/store.db" empty.db
	run_once
	contents >want
	[ "$(stored)" -eq 120 ]
}
teardown() { mock_stop; }

# All that a store says, but for times of arrival and internal counters.
contents() {
	sql "select id, key, rev, artifact from artifact order by id"
	sql "select stream, key, rev, n, id from object order by stream, key"
	sql "select stream, value from bookmark order by stream"
}

fresh_store() {
	rm -f "$SC_STATE"/store.db*
	cp empty.db "$SC_STATE/store.db"
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
		if ! contents | cmp -s - want; then
			echo "the store differs after $stage died at $call number $nth"
			contents | diff want - | cut -c 1-200 | head
			return 1
		fi
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
