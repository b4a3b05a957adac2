#!/usr/bin/env bats
# What other collectors of Deep Instinct get wrong, each as a test.

load ../lib/deepinstinct

setup() { di_setup; }
teardown() { mock_stop; }

collect() { sc-fetch di 2>>log | sc-normalize 2>>log | sc-ship >/dev/null 2>>log; }
count_of() { sql "select count(*) from artifact where stream = 'di.$1'"; }

@test "each event comes once, not twice" {
	events 1 120 60
	serve
	collect
	collect
	[ "$(count_of events)" -eq 120 ]
}

@test "a refused key is asked once, not for ever" {
	event 1 5
	serve
	echo revoked >key
	run sc-sched run di
	[ "$status" -ne 0 ]
	[ "$(mock_requests | wc -l)" -eq 1 ]
	[ "$(sc-status --json | jq -r '[.streams[].class] | unique | join(" ")')" = AUTH ]
}

@test "an error is asked again after a pause, three times in all" {
	events 1 10 60
	RULES='GET /api/v1/events status=500
'
	serve
	clock_set steps "$NOON"
	SC_CLOCK=step:$PWD/steps run_stream
	[ "$status" -eq 69 ]
	[ "$(asked /events?)" -eq 3 ]
}

@test "a 429 without a word about time is a pause, not a failure of the key" {
	event 1 5
	RULES='GET /api/v1/events status=429
'
	serve
	SC_CLOCK=@$NOON run_stream
	[ "$status" -eq 75 ]
	[ "$(outcome .class)" = QUOTA ]
	[ "$(outcome .not_before)" != null ]
	[ -z "$(mark)" ]
}

@test "what could not be stored does not move the position" {
	events 1 60 60
	serve
	# The next stage dies with the first record.
	sc-fetch di.events 2>>log | sc-normalize 2>>log | head -c 500 >/dev/null || true
	[ -z "$(mark)" ]
	collect
	[ "$(count_of events)" -eq 60 ]
}

@test "a limit of pages loses nothing of the page, nor of those behind it" {
	events 1 130 60
	serve
	for _ in 1 2 3 4; do
		sc-fetch --max-pages 1 di.events 2>>log | sc-normalize 2>>log | sc-ship >/dev/null
	done
	[ "$(ids | wc -w)" -eq 130 ]
}

@test "a run that dies between two pages has its pages behind it" {
	events 1 130 60
	# shellcheck disable=SC2034 # of serve
	RULES='GET /api/v1/events from=3 times=1 truncate-json=yes
GET /api/v1/events from=4 times=3 status=500
'
	serve
	SC_CLOCK=@$NOON run_stream
	[ "$status" -eq 69 ]
	[ "$(count_of events) $(after)" = "100 100" ]
	run_stream
	[ "$(count_of events)" -eq 130 ]
	grep -q 'new=30 ' log
}

@test "a first run does not read the history of years" {
	events 1 1000 90000
	event 1001 60
	serve
	run_stream
	[ "$(ids)" = 1001 ]
	[ "$(asked /events?)" -eq 2 ]
}

@test "an agent that was offline reports late: its events are not left out" {
	event 10 30
	serve
	run_stream
	# It happened three days ago, and arrives now.
	later 10
	event 11 -5 '.timestamp = "2026-11-19T12:00:00.000000Z"'
	event 12 -6 '.timestamp = "2031-01-01T00:00:00.000000Z"'
	event 13 -7
	mock_reload
	run_stream
	[ "$(ids)" = "10 11 12 13" ]
}

@test "two kinds of events, one series of ids, two positions" {
	for id in 1 3 5; do event $id 10; done
	for id in 2 4 600; do event $id 10 . suspicious; done
	serve
	collect
	[ "$(ids) / $(ids suspicious-events)" = "1 3 5 / 2 4 600" ]
	event 7 5
	event 8 5 . suspicious
	event 601 5
	mock_reload
	collect
	[ "$(ids)" = "1 3 5 7 601" ]
	[ "$(after) $(after suspicious-events)" = "601 600" ]
}

@test "archived events leave gaps, and nothing stops there" {
	events 1 200 60
	serve
	run_stream events --max-pages 1
	edit events 'select(.id < 20 or .id > 170)'
	run_stream
	[ "$status" -eq 0 ]
	[ "$(after)" -eq 200 ]
	[ "$(count_of events)" -eq 80 ]
}

@test "an event that is closed later is collected closed" {
	events 1 300 1000
	serve
	run_stream
	later 60
	close_event 2 55
	run_stream
	[ "$(revisions 2) $(revisions 3)" = "2 1" ]
	later 120
	run_stream
	[ "$(revisions 2)" -eq 2 ]
}

@test "a version that leaves out the last id of the last page loses no device" {
	for id in $(seq 1 75); do device "$id"; done
	serve end=early
	run_stream devices
	[ "$(ids devices | wc -w)" -eq 75 ]
	[ "$(asked /devices)" -eq 2 ]
	# Nor does a server whose empty page is {}.
	serve end=empty
	run_stream devices
	[ "$status" -eq 0 ]
	grep -q 'seen=75 ' log
}

@test "pages that never end are an error, not an endless run" {
	events 1 75 60
	serve last-id=cycle
	run_stream
	[ "$status" -eq 76 ]
	[ "$(asked /events?)" -eq 2 ]
	[ "$(count_of events)" -eq 75 ]
}

@test "the key stands alone, or behind Bearer for a server that wants that" {
	event 1 5
	serve auth=bearer
	run_stream
	[ "$(outcome .class)" = AUTH ]
	echo 'auth_scheme: bearer' >>"$SC_CONFIG/integrations.d/di.yaml"
	run_stream
	[ "$status" -eq 0 ]
	[ "$(ids)" = 1 ]
	serve auth=raw
	run_stream
	[ "$status" -eq 0 ]
	[ "$(cat log out journal.ndjson | grep -c di-test-key)" -eq 0 ]
}

@test "a device that left is no reason to lose its events" {
	event 1 5
	serve
	collect
	[ "$(ids)" = 1 ]
	[ "$(sql "select coalesce(ctx, 'none') from artifact where stream = 'di.events'")" = none ]
}
