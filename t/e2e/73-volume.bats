#!/usr/bin/env bats
# Many records: each once, unchanged, in memory that does not grow with them.
# VOLUME=100000 bats t/e2e/73-volume.bats  takes a minute or two.

load ../lib/pipeline

VOLUME=${VOLUME:-20000}

setup() { pipeline_setup; }
teardown() { mock_stop; }

# peak FILE COMMAND...: runs it, its peak memory in KiB to FILE.  A small
# parent, because a child's peak is never less than what it was forked from.
peak() { command time -o "$1" -f %M "${@:2}"; }

# collect N: a new vendor with N records, read into a new store; leaves the
# peak of each stage in STAGE.N
collect() {
	rm -rf "$SC_STATE"
	dataset "$1"
	start_vendor
	integration acme-s1
	set -o pipefail
	peak "sc-fetch.$1" sc-fetch acme-s1 |
		peak "sc-normalize.$1" sc-normalize |
		peak "sc-ship.$1" sc-ship >/dev/null
	set +o pipefail
}

@test "$VOLUME records arrive once, byte for byte, in memory that stays flat" {
	local few=$((VOLUME / 10)) stage small large began=$SECONDS
	collect "$few"
	[ "$(stored)" -eq "$few" ]
	collect "$VOLUME"
	echo "# $VOLUME and $few records in $((SECONDS - began)) s" >&3
	[ "$(stored)" -eq "$VOLUME" ]
	[ "$(sql 'select count(distinct key) from artifact')" -eq "$VOLUME" ]
	sql "select artifact ->> '\$.message' from artifact" | LC_ALL=C sort >have
	LC_ALL=C sort data.ndjson >want
	cmp have want
	for stage in sc-fetch sc-normalize sc-ship; do
		small=$(cat "$stage.$few") large=$(cat "$stage.$VOLUME")
		echo "# $stage: $small KiB for $few, $large KiB for $VOLUME" >&3
		# The sanitizers keep what was freed.
		[[ $SC_BIN == *asan* ]] || [ $((large * 10)) -lt $((small * 13)) ]
	done
	run_once
	[ "$(stored)" -eq "$VOLUME" ]
}
