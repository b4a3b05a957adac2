#!/usr/bin/env bats
# What other collectors of Deep Instinct got wrong, each as a test.

load ../lib/deepinstinct

setup() { di_setup; }
teardown() { mock_stop; }

@test "every event once, not once a list that it was put into" {
	events 1 120 60
	serve
	run_stream
	[ "$status" -eq 0 ]
	[ "$(stored)" -eq 120 ]
	[ "$(grep -c '"type":"RECORD"' out)" -eq 120 ]
}

@test "an answer that is no page is asked for again, not without end" {
	events 1 3 60
	# shellcheck disable=SC2034 # for serve
	RULES='* /api/v1/events* status=500
'
	serve
	export SC_CLOCK=step:$PWD/clock
	run_stream
	[ "$status" -eq 69 ]
	[ "$(mock_requests | wc -l)" -le 3 ]
}

@test "a refused key is no reason to ask again" {
	events 1 3 60
	serve
	echo wrong-key >key
	run_stream
	[ "$status" -eq 77 ]
	[ "$(outcome .class)" = AUTH ]
	[ "$(mock_requests | wc -l)" -eq 1 ]
}

@test "a limit that cuts the list short loses nothing behind it" {
	events 1 170 60
	serve
	run_stream events --max-pages 1
	[ "$(stored)" -lt 170 ]
	run_stream events --max-pages 1
	run_stream
	[ "$(stored)" -eq 170 ]
}

@test "what could not be stored is asked for again" {
	events 1 20 60
	serve
	run_stream
	events 21 40 10
	mock_reload
	later 5
	sc-fetch di.events >lost 2>log
	[ "$(grep -c '"type":"RECORD"' lost)" -eq 20 ]
	sc-fetch di.events 2>log | head -n 3 >lost || true
	[ "$(stored)" -eq 20 ]
	run_stream
	[ "$(stored)" -eq 40 ]
}

@test "each page has its position: a crash between two repeats little" {
	events 1 170 60
	serve
	sc-fetch di.events >messages 2>log
	[ "$(grep -c '"type":"STATE"' messages)" -ge 4 ]
	# Killed behind the second page.
	awk '{ print } /"type":"STATE"/ && ++n == 2 { exit }' messages |
		sc-normalize 2>log | sc-ship >/dev/null
	some=$(stored)
	[ "$some" -gt 0 ]
	[ "$some" -lt 170 ]
	run_stream
	[ "$(stored)" -eq 170 ]
	[ "$(sql 'select count(distinct key) from artifact')" -eq 170 ]
}

@test "an agent that was offline reports old events: they are new" {
	event 1 30
	serve
	run_stream
	event 2 -3 '.timestamp = "2026-09-01T00:00:00.000000Z"'
	mock_reload
	later 5
	run_stream
	[ "$(ids)" = "1 2" ]
}

@test "an id that was given out before it could be seen is found" {
	event 10 30
	event 12 29
	serve
	run_stream
	event 11 29
	mock_reload
	later 5
	run_stream
	[ "$(ids)" = "10 11 12" ]
}

@test "both lists have a position of their own" {
	event 50 30
	event 7 20 . suspicious
	serve
	run_stream
	run_stream suspicious-events
	event 8 -3 . suspicious
	mock_reload
	later 5
	run_stream suspicious-events
	[ "$(ids)" = 50 ]
	[ "$(ids suspicious-events)" = "7 8" ]
}
