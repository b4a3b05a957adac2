#!/usr/bin/env bats
# sc-fetch and Rapid7 InsightIDR: numbered pages in a window of time, and a
# second look at what is open.

load ../lib/insightidr

setup() { idr_setup; }
teardown() { mock_stop; }

@test "a first run reads a day, and what is open of three months" {
	inv A 1430
	inv B 5 '.status = "CLOSED"'
	inv OLD 80000
	inv OLDCLOSED 80000 '.status = "CLOSED"'
	serve
	run_stream
	[ "$status" -eq 0 ]
	[ "$(ids)" = "A B OLD" ]
	[ "$(windows)" = "-1440 0" ]
	[ "$(high)" = 2026-11-22T11:59:55.000000Z ]
	[ "$(mark revisited)" = 2026-11-22T11:59:55.000000Z ]
	[ "$(mark looks)" = 0 ]
	grep -qE '^\[INFO\] rapid7-insightidr: fetched 3 investigations integration=r7 new=3 changed=0 seen=1 pages=2 ms=[0-9]+$' log
	# All that is said, in the vendor's words.
	asked | head -n 1 | grep -qx 'GET /idr/v2/investigations?sort=created_time,ASC&start_time=2026-11-21T11:59:59.999000Z&end_time=2026-11-22T11:59:55.000000Z&size=100&index=0'
	asked | sed -n 2p | grep -qx 'GET /idr/v2/investigations?statuses=OPEN,INVESTIGATING,WAITING&sort=alerts_most_recent_created_time,DESC&start_time=2026-08-24T11:59:55.000000Z&end_time=2026-11-22T11:59:55.000000Z&size=100&index=0'
	# The raw record, byte for byte.
	jq -c 'select(.type == "RECORD") | .record' out | diff <(sort inv | grep -v OLDCLOSED) <(sort -u)
}
