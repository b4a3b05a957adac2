#!/usr/bin/env bats
# SIGKILL of the scheduler, of what makes the store and of what carries its
# artifacts to a file, at many system calls; then a clean run.

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

# disturb STAGE [COMMAND...], recover STAGE WHAT: by the kind of stage
disturb() { "${1%% *}"_disturb "$@" >/dev/null 2>&1; }
recover() { "${1%% *}"_recover "$@"; }

# --- the scheduler ------------------------------------------------------

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

sc-sched_disturb() {
	fresh_store
	# shellcheck disable=SC2086 # its arguments
	"${@:2}" sc-sched ${1#* }
}

# The lock is held as long as a stage is alive: nobody is left behind.
sc-sched_recover() {
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

SCHED_CALLS=pwrite64,write,fsync,fdatasync,rename,unlink,poll,clone3,clone,vfork
SCHED_CALLS+=,pipe2,wait4,close,openat,fcntl,flock,read

@test "sc-sched run killed anywhere: its stages end, the next run is clean" {
	scheduled acme-s1
	survives "sc-sched run acme-s1" "$SCHED_CALLS"
}

@test "sc-sched --once killed anywhere: its stages end, the next run is clean" {
	scheduled acme-s1 other-s1
	survives "sc-sched --once" "$SCHED_CALLS"
}

# --- to a file ----------------------------------------------------------

# delivery: 300 artifacts in the store, as messages with a STATE after each 5
delivery() {
	seq 300 | awk '
	    BEGIN { print "{\"type\":\"SCHEMA\",\"stream\":\"acme.threats\",\"key_properties\":[\"id\"],\"schema\":{},\"source\":{\"vendor\":\"v\",\"integration\":\"acme\",\"stream\":\"threats\",\"realm\":\"r\"}}" }
	    { printf "{\"type\":\"RECORD\",\"stream\":\"acme.threats\",\"id\":\"00000000-0000-5000-8000-%012d\",\"key\":\"k%d\",\"rev\":\"r\",\"record\":{\"n\":%d,\"pad\":\"%0900d\"}}\n", $1, $1, $1, 0 }' >records
	sc-store init >/dev/null
	sc-ship <records >/dev/null 2>&1
	[ "$(stored)" -eq 300 ]
	sc-store read -c siem 2>/dev/null | awk '
	    /"type":"STATE"/ { next }
	    { print }
	    /"type":"RECORD"/ && ++n % 5 == 0 {
	        printf "{\"type\":\"STATE\",\"for\":\"siem\",\"value\":{\"bookmarks\":{\"store\":{\"v\":1,\"gen\":0,\"pos\":%d}}}}\n", n }' >messages
	sc-store search >want
	[ "$(wc -l <want)" -eq 300 ]
	keep_empty
	most=0
}

position() { sql "select coalesce(max(pos), 0) from position"; }

# all_delivered WHAT: each artifact is there, as it is and nothing else;
# remembers how many were delivered more than once at most
all_delivered() {
	local lines
	lines=$(wc -l <out)
	[ $((lines - 300)) -le "$most" ] || most=$((lines - 300))
	sort -u out | cmp -s - <(sort want) && [ "$(position)" -eq 300 ] && return
	echo "after $1: $lines lines, position $(position)"
	sort -u out | diff - <(sort want) | cut -c 1-100 | head
	return 1
}

sc-ship_disturb() {
	fresh_store
	rm -f out
	"${@:2}" sc-ship --to file:out <messages | sc-store commit -c siem
}

sc-ship_recover() {
	# What was acknowledged is there already.
	[ "$(position)" -eq 0 ] || head -n "$(position)" out |
		cmp -s - <(head -n "$(position)" want)
	sc-store read -c siem | sc-ship --to file:out | sc-store commit -c siem
	all_delivered "$2"
} 2>/dev/null

@test "sc-ship --to file killed anywhere: each artifact at least once, whole" {
	delivery
	survives sc-ship write,fdatasync,fsync,read,openat,flock
	echo "# at most $most of 300 artifacts delivered twice" >&3
}

# --- reading, committing and making the store -----------------------------

sc-store_disturb() {
	fresh_store
	rm -f out
	case $1 in
	*read) "${@:2}" sc-store read -c siem | sc-ship --to file:out | sc-store commit -c siem ;;
	*commit) sc-ship --to file:out <messages | "${@:2}" sc-store commit -c siem ;;
	*init)
		rm -rf "$SC_STATE"
		"${@:2}" sc-store init
		;;
	esac
}

sc-store_recover() {
	[ "$1" != "sc-store init" ] || {
		# Half a store is refused, a whole one is empty.
		sc-ship <records >/dev/null || [ ! -s "$SC_STATE/store.db" ] ||
			[ "$(sql 'select count(*) from sqlite_schema')" -eq 0 ]
		sc-store init >/dev/null
		sc-ship <records >/dev/null
		made | cmp -s - made || {
			echo "another store after $2"
			made | diff made -
			return 1
		}
	}
	sc-ship_recover "$@"
} 2>/dev/null

# made: what sc-store init decides
made() {
	local what
	for what in page_size auto_vacuum journal_mode application_id user_version; do
		sql "pragma $what"
	done
	sql .schema
}

@test "sc-store read killed anywhere: each artifact at least once, whole" {
	delivery
	survives "sc-store read" write,pread64,fcntl,read,openat,close,mmap,brk
	echo "# at most $most of 300 artifacts delivered twice" >&3
}

@test "sc-store commit killed anywhere: each artifact at least once, whole" {
	delivery
	survives "sc-store commit" pwrite64,fdatasync,fsync,fcntl,read,unlink
	echo "# at most $most of 300 artifacts delivered twice" >&3
}

@test "sc-store init killed anywhere: the next one makes the same store" {
	delivery
	made >made
	survives "sc-store init" pwrite64,fdatasync,fsync,fcntl,read,openat,fchmod,flock,unlink,pread64,close
}
