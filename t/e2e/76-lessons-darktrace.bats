#!/usr/bin/env bats
# What other collectors of Darktrace got wrong, each as a test.

load ../lib/darktrace

setup() { darktrace_setup; }
teardown() { mock_stop; }

# asked NAME: the values of this parameter, a request a line
asked() { mock_requests | sed -n "s/.*[?&]$1=\([^&]*\).*/\1/p"; }
# sent HEADER: its values
sent() { mock_journal '.headers[]' | sed -n "s/^$1: //Ip"; }

@test "newest first, more of them than any page: none is passed over" {
	local id
	for id in $(seq 1 120); do
		printf '{"pbid":%d,"time":%d,"model":{"then":{},"now":{}}}\n' \
			"$id" $((NOW - 3600000 + id * 1000))
	done >breaches
	serve order=newest
	run_stream
	[ "$(stored)" -eq 120 ]
	[ "$(sql 'select count(distinct key) from object')" -eq 120 ]
}

@test "a sibling of the same second that is seen later is no duplicate" {
	breach 1 10
	serve
	run_stream
	breach 2 10
	mock_reload
	later 5
	run_stream
	[ "$(ids)" = "1 2" ]
	# Two that are the same but for the number stand side by side.
	[ "$(stored)" -eq 2 ]
}

@test "a smaller number that comes later is new" {
	breach 500 10
	serve
	run_stream
	breach 7 3
	mock_reload
	later 5
	run_stream
	[ "$(ids)" = "500 7" ]
}

@test "what somebody acknowledges before the first poll is collected" {
	breach 1 10 '.acknowledged = {username: "ana", time: 1}'
	event a 10 '.acknowledged = true'
	serve
	run_stream
	run_stream ai-analyst
	[ "$(ids)" = 1 ]
	[ "$(ids ai-analyst)" = a ]
	[ "$(asked includeacknowledged)" = "$(asked starttime | sed 's/.*/true/')" ]
}

@test "pinned incidents do not come with every window" {
	event old 20000 '.pinned = true'
	event new 10 '.pinned = true'
	serve
	run_stream ai-analyst
	[ "$(ids ai-analyst)" = new ]
}

@test "the first run does not begin now" {
	breach 1 1400
	serve
	run_stream
	[ "$(ids)" = 1 ]
}

@test "hours in which nobody polled leave no gap" {
	breach 1 5
	serve
	run_stream
	breach 2 -100
	breach 3 -400
	breach 4 -1500
	mock_reload
	later 2000
	run_stream
	[ "$(ids)" = "1 2 3 4" ]
	# Nor do polls that fail.
	RULES='GET /modelbreaches times=9 status=503
'
	breach 5 -2010
	serve
	later 2020
	SC_CLOCK=@2026-11-23T21:40:00Z run_stream
	[ "$status" -eq 69 ]
	# shellcheck disable=SC2034 # for serve
	RULES=''
	breach 6 -2300
	serve
	later 2400
	run_stream
	[ "$(ids)" = "1 2 3 4 5 6" ]
}

@test "a breach that is gone for some polls and comes back is stored once" {
	breach 1 30
	serve
	run_stream
	mv breaches away
	: >breaches
	mock_reload
	later 5
	run_stream
	later 10
	run_stream
	mv away breaches
	mock_reload
	later 15
	run_stream
	[ "$(stored)" -eq 1 ]
	[ "$(outcome .counts.seen)" -eq 1 ]
}

@test "the same ones next to each other are one" {
	breach 1 10
	cat breaches breaches >two
	mv two breaches
	breach 2 10
	serve order=stored
	run_stream
	[ "$(ids)" = "1 2" ]
	[ "$(stored)" -eq 2 ]
}

@test "windows are in milliseconds, always" {
	breach 1 10
	serve
	run_stream
	run_stream
	run_stream model-breaches --since 2026-11-20 --until 2026-11-20T18:00
	run_stream ai-analyst
	[ "$({ asked starttime; asked endtime; } | grep -cvx '1[0-9]\{12\}')" -eq 0 ]
}

@test "the date is read once, however fast time passes" {
	# A second is a millisecond, so two readings would differ; and programs that
	# start one after the other have different times.
	serve skew=720h
	SC_CLOCK=x1000 run_stream model-breaches --since 90d
	[ "$status" -eq 0 ]
	[ "$(mock_requests | wc -l)" -gt 100 ]
	[ "$(mock_journal .status | sort -u)" = 200 ]
}

@test "each attempt has a date and a signature of its own" {
	RULES='GET /modelbreaches times=2 status=429 retry-after=9
'
	serve
	export SC_CLOCK=step:$PWD/clock
	run_stream
	[ "$status" -eq 0 ]
	[ "$(sent DTAPI-Date | sort -u | head -n 3 | paste -sd ' ')" = \
		"20261122T120000 20261122T120009 20261122T120018" ]
	[ "$(mock_journal .status | sed -n 3p)" = 200 ]
}

@test "what is signed is what is sent, with or without escapes" {
	local form
	breach 1 10
	for form in raw decoded; do
		rm -rf "$SC_STATE"
		serve signed=$form
		run_stream
		[ "$(ids)" = 1 ]
		[ "$(mock_requests | grep -c '[%+ ].*[%+ ]')" -eq 0 ]
	done
}

@test "the time zone of the host does not matter" {
	breach 1 10
	serve
	run_stream
	asked starttime >utc
	rm -rf "$SC_STATE"
	sc-store init 2>/dev/null
	TZ=America/New_York run_stream
	[ "$status" -eq 0 ]
	asked starttime | cmp - utc
	[ "$(sent DTAPI-Date | sort -u)" = 20261122T120000 ]
}

@test "one refused date is asked for again, not the end of it" {
	breach 1 10
	echo '{"error":"API DATE ERROR"}' >bad.json
	# shellcheck disable=SC2034 # for serve
	RULES='GET /modelbreaches times=1 status=400 body=bad.json
'
	serve
	run_stream
	[ "$status" -eq 0 ]
	[ "$(ids)" = 1 ]
}

@test "a flat model, as older appliances have it, is no error" {
	breach 1 10 '.model = .model.then'
	serve
	run_stream
	[ "$status" -eq 0 ]
	[ "$(ids)" = 1 ]
}
