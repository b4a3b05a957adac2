#!/usr/bin/env bats
# sc-fetch and Deep Instinct: lists that go by id.

load ../lib/deepinstinct

setup() { di_setup; }
teardown() { mock_stop; }

@test "a first run begins where the search for the time says" {
	device 7
	event 10 3000
	event 11 1441
	event 20 1439
	event 35 600
	serve
	run_stream
	[ "$status" -eq 0 ]
	[ "$(ids)" = "20 35" ]
	[ "$(cursors)" = "19 35" ]
	grep -qE '^\[INFO\] deep-instinct: fetched 2 events integration=di new=2 changed=0 seen=0 pages=4 ms=[0-9]+$' log
	[ "$(mark)" = '{"v":1,"since":"2026-11-21T12:00:00.000000Z","after":35,"looked":"2026-11-22T12:00:00.000000Z"}' ]
	[ "$(outcome .newest)" = "$(time_at 600 | sed 's/000Z$/Z/')" ]
	# The record as the server sent it, and what the guide promises.
	[ "$(jq -c 'select(.key == "35").record' out)" = "$(sed -n 4p events)" ]
	run_stream
	grep -q 'fetched 0 events integration=di new=0 changed=0 seen=2 ' log
	[ "$(stored)" -eq 2 ]
	suspicious=yes event 40 5 . suspicious
	mock_reload
	run_stream suspicious-events
	grep -q 'deep-instinct: fetched 1 suspicious events integration=di ' log
	[ "$(cursors suspicious-events)" = "39 40" ]
}

@test "pages, gaps between the ids, and a position that moves page by page" {
	events 100 170 60
	events 1000 1030 50
	events 5000 5000 40
	serve
	run_stream events --max-pages 1
	[ "$status" -eq 0 ]
	[ "$(outcome .partial)" = true ]
	[ "$(after)" -eq 149 ]
	grep -q 'stopped at the limit after 1 pages; the next run goes on from id 149' log
	# What is read again does not count, or this would be all there is.
	run_stream events --max-pages 1
	[ "$(cursors)" = "0 149" ]
	[ "$(after)" -eq 1028 ]
	run_stream
	[ "$(stored)" -eq 103 ]
	[ "$(after)" -eq 5000 ]
	[ "$(jq -c 'select(.type == "STATE").value.bookmarks["di.events"].after' out | uniq | paste -sd ' ')" = 5000 ]
}

@test "a quiet server has no id yet: the next run looks from the same time" {
	serve
	run_stream
	[ "$status" -eq 0 ]
	[ "$(mark)" = '{"v":1,"since":"2026-11-21T12:00:00.000000Z","looked":"2026-11-22T12:00:00.000000Z"}' ]
	[ -z "$(cursors)" ]
	# Two days of silence; then one that was there all the time appears.
	later 2880
	event 9 1400
	event 12 -2800
	event 5 1500
	mock_reload
	run_stream
	[ "$(ids)" = "9 12" ]
	[ "$(mark | jq -r '[.since, .after] | join(" ")')" = "2026-11-21T12:00:00.000000Z 12" ]
}

@test "events that come late with smaller ids are found, older ones are not fetched" {
	event 50 1500
	event 90 1450
	event 100 20
	event 120 10
	serve
	run_stream
	[ "$(ids)" = "100 120" ]
	event 110 15
	event 99 21
	event 130 5
	mock_reload
	run_stream
	[ "$status" -eq 0 ]
	[ "$(ids)" = "99 100 110 120 130" ]
	[ "$(after)" -eq 130 ]
	# 200 ids are asked for again, not more.
	event 400 -1
	mock_reload
	run_stream
	event 199 12
	event 201 12
	mock_reload
	run_stream
	[ "$(cursors)" = "200 400" ]
	[ "$(ids)" = "99 100 110 120 130 201 400" ]
}

@test "a position never goes back, also when the last events vanish" {
	event 100 20
	event 900 10
	serve
	run_stream
	[ "$(after)" -eq 900 ]
	edit events 'select(.id == 100)'
	run_stream
	[ "$status" -eq 0 ]
	[ "$(after)" -eq 900 ]
	event 901 1
	mock_reload
	run_stream
	[ "$(ids)" = "100 900 901" ]
	# Nor does the store let it.
	printf '%s\n' '{"type":"SCHEMA","stream":"di.events","key_properties":["id"],"schema":{},"source":{"vendor":"v","integration":"di","stream":"events"}}' \
		"{\"type\":\"STATE\",\"for\":\"store\",\"value\":{\"bookmarks\":{\"di.events\":{\"v\":1,\"gen\":$(sql "select gen from bookmark where stream = 'di.events'"),\"since\":\"2026-11-21T12:00:00.000000Z\",\"after\":900}}}}" >back
	run sc-ship <back
	[ "$status" -eq 65 ]
	[ "$(after)" -eq 901 ]
}

@test "all the ends that lists have" {
	events 1 60 60
	for id in 1 2 3; do device $id; done
	for end in null missing empty early; do
		rm -rf "$SC_STATE"
		serve "end=$end"
		run_stream
		[ "$status" -eq 0 ]
		[ "$(stored)" -eq 60 ]
		[ "$(after)" -eq 60 ]
		run_stream devices
		[ "$status" -eq 0 ]
		[ "$(outcome .partial)" != true ]
		[ "$(mark devices)" = '{"v":1,"walked":"2026-11-22T12:00:00.000000Z"}' ]
	done
	for answer in '{"last_id":null}' '{"events":null}' ' { } ' '{"last_id":null,"events":null}' \
		'{"events":[],"last_id":7}'; do
		printf '%s' "$answer" >answer
		rules 'GET /api/v1/events status=200 body=answer'
		run_stream
		[ "$status" -eq 0 ] || { echo "$answer"; return 1; }
		[ "$(asked /events?)" -eq 1 ]
	done
}

@test "an answer that is no end is an error" {
	serve
	event 1 5
	mock_reload
	run_stream
	for answer in '{"statusText":"ERROR"}' '[]' 'null' '"x"' '{"events":{}}' \
		'{"events":[{"id":2}],"last_id":"2"}' '{"last_id":5}' ''; do
		printf '%s' "$answer" >answer
		rules 'GET /api/v1/events status=200 body=answer'
		run_stream
		[ "$status" -eq 76 ] || { echo "$answer: $status"; return 1; }
		[ "$(outcome .class)" = PROTOCOL ]
		[ "$(after)" -eq 1 ]
	done
}

@test "a last id that does not get on ends the run; what came before is kept" {
	events 1 120 60
	serve last-id=repeat
	run_stream
	[ "$status" -eq 76 ]
	[ "$(outcome .class)" = PROTOCOL ]
	grep -q 'deep-instinct says that what lies behind id 50 ends with id 50: its pages do not get on; what came before is kept' log
	[ "$(after)" -eq 100 ]
	[ "$(asked /events?)" -eq 2 ]
	rm -rf "$SC_STATE"
	serve last-id=cycle
	run_stream
	[ "$status" -eq 76 ]
	[ "$(stored)" -eq 120 ]
	[ "$(asked /events?)" -eq 3 ]
	# A server that does not look at the cursor at all.
	head -n 1 events | jq -c '{events: [.], last_id: 1000}' >same
	rules 'GET /api/v1/events status=200 body=same'
	run_stream
	[ "$status" -eq 76 ]
	[ "$(cursors)" = "0 1" ]
	serve last-id=cycle
	for id in 1 2 3; do device $id; done
	mock_reload
	run_stream devices
	[ "$status" -eq 76 ]
	[ -z "$(mark devices)" ]
	[ "$(ids devices)" = "1 2 3" ]
}

@test "the ids of the records count, not the last id alone" {
	# It names a larger one than it shows.
	event 5 10
	head -n 1 events | jq -c '{events: [.], last_id: 9}' >first
	event 7 9
	serve
	rules 'GET /api/v1/events times=1 status=200 body=first'
	run_stream
	[ "$status" -eq 0 ]
	[ "$(cursors)" = "4 5 7" ]
	[ "$(ids)" = "5 7" ]
	# Records without an id are kept, and do not end the list.
	echo '{"events":[{"path":"a"},{"id":null}],"last_id":8}' >first
	event 9 8
	mock_reload
	rules 'GET /api/v1/events times=1 status=200 body=first'
	run_stream
	[ "$status" -eq 0 ]
	[ "$(stored)" -eq 5 ]
	[ "$(after)" -eq 9 ]
	grep -q ' bad=2 ' log
}

@test "an event that is closed, or comes again, is one more revision" {
	event 10 1300
	event 500 1000
	event 900 10
	serve
	run_stream
	[ "$(ids)" = "10 500 900" ]
	later 60
	close_event 10 58
	edit events 'if .id == 500 then .reoccurrence_count = 3 | .last_reoccurrence = "2026-11-22T12:40:00.000000Z" else . end'
	run_stream
	grep -q 'fetched 2 events integration=di new=0 changed=2 ' log
	[ "$(revisions 10) $(revisions 500) $(revisions 900)" = "2 2 1" ]
	[ "$(sql "select artifact from artifact where key = '10' order by pos" |
		jq -r '.message | fromjson | .status' | paste -sd ' ')" = "OPEN CLOSED" ]
	[ "$(mark | jq -r .looked)" = 2026-11-22T13:00:00.000000Z ]
	later 65
	run_stream
	grep -q 'fetched 0 events integration=di new=0 changed=0 ' log
	# What the searches find moves no position.
	[ "$(after)" -eq 900 ]
}

@test "a change that shows late is found, hours behind the last look" {
	event 10 1300
	event 900 10
	serve
	run_stream
	later 600
	run_stream
	close_event 10 300
	run_stream
	[ "$(revisions 10)" -eq 2 ]
	[ "$(mark | jq -r .looked)" = 2026-11-22T22:00:00.000000Z ]
}

@test "an event from before the first run comes when it changes" {
	event 10 5000
	event 11 5000
	event 500 10
	serve
	run_stream
	[ "$(ids)" = 500 ]
	later 60
	close_event 10 55
	run_stream
	[ "$(ids)" = "10 500" ]
	[ "$(after)" -eq 500 ]
	# One that is closed while the list is read is no new state twice.
	event 600 -58 '.status = "CLOSED" | .close_timestamp = "2026-11-22T13:01:00.000000Z"'
	mock_reload
	later 65
	run_stream
	[ "$(jq -r 'select(.type == "RECORD").key' out)" = 600 ]
}

@test "what comes between the list and the searches moves no position" {
	event 100 60
	serve
	run_stream
	cp events second
	event 500 -1 . second
	event 900 -1 '.close_timestamp = "2026-11-22T12:01:00.000000Z"' second
	# shellcheck disable=SC2034 # of serve
	LATER='at request=3 deep-instinct events=second
'
	later 2
	serve
	run_stream
	[ "$(ids)" = "100 900" ]
	[ "$(after)" -eq 100 ]
	run_stream
	[ "$(ids)" = "100 500 900" ]
	[ "$(after)" -eq 900 ]
}

@test "changes that were not looked for are found by the next run" {
	events 1 120 1000
	serve
	run_stream
	later 600
	edit events ".close_timestamp = \"$(time_at -590)\" | .status = \"CLOSED\""
	rules 'POST /api/v1/events/search from=2 times=3 status=503'
	SC_CLOCK=@2026-11-22T22:00:00Z run_stream
	[ "$status" -eq 69 ]
	[ "$(mark | jq -r .looked)" = 2026-11-22T12:00:00.000000Z ]
	rules
	later 1200
	run_stream
	[ "$status" -eq 0 ]
	[ "$(sql 'select count(*) from object where n = 2')" -eq 120 ]
	[ "$(mark | jq -r .looked)" = 2026-11-23T08:00:00.000000Z ]
}

@test "a server without searches: all is read, and nothing older handed on" {
	events 1 60 3000
	event 61 1000
	for code in 400 404 405 422 501; do
		rm -rf "$SC_STATE"
		RULES="POST /api/v1/events/search status=$code
"
		serve
		SC_CLOCK=@$NOON run_stream
		[ "$status" -eq 0 ]
		[ "$(ids)" = 61 ]
		[ "$(cursors)" = "0 50 61" ]
		[ "$(after)" -eq 61 ]
		grep -q "WARN.*di.events: this server has no search for a time (it answers $code); reading all there is" log
		grep -q "WARN.*this server does not know the search {\"close_timestamp\"" log
	done
	# Refusals of other kinds are what they are.
	rm -rf "$SC_STATE"
	RULES='POST /api/v1/events/search status=403
'
	serve
	run_stream
	[ "$status" -eq 77 ]
	[ -z "$(mark)" ]
}

@test "this machine's clock ahead, or behind: the vendor's Date counts" {
	event 10 1500
	event 11 1000
	serve
	SC_CLOCK=@2026-11-25T12:00:00Z run_stream
	[ "$(ids)" = 11 ]
	[ "$(mark | jq -r .since)" = 2026-11-21T12:00:00.000000Z ]
	[ "$(mark | jq -r .looked)" = 2026-11-22T12:00:00.000000Z ]
	# The same where there is no search.
	rm -rf "$SC_STATE"
	RULES='POST /api/v1/events/search status=404
'
	serve
	SC_CLOCK=@2026-11-25T12:00:00Z run_stream
	[ "$(ids)" = 11 ]
	SC_CLOCK=@2019-01-01T00:00:00Z run_stream
	[ "$status" -eq 0 ]
	[ "$(after)" -eq 11 ]
	[ "$(mark | jq -r .since)" = 2026-11-21T12:00:00.000000Z ]
}

@test "back-fill: from a time, up to a time, and the position stays" {
	event 1 4000
	event 2 2880
	event 3 2000
	event 4 1500
	event 5 30
	serve
	run_stream
	[ "$(ids)" = 5 ]
	before=$(mark)
	run_stream events --since "$(time_at 2880)" --until "$(time_at 1500)"
	[ "$status" -eq 0 ]
	[ "$(ids)" = "2 3 5" ]
	[ "$(mark)" = "$before" ]
	[ "$(cursors)" = "1 5" ]
	run_stream events --since 30d
	[ "$(ids)" = "1 2 3 4 5" ]
	[ "$(mark)" = "$before" ]
	run_stream devices --since 30d
	[ "$status" -eq 64 ]
	# It ends early where all that follows is later than was asked for.
	events 100 400 10
	mock_reload
	run_stream events --since 30d --until "$(time_at 1400)"
	[ "$(cursors)" = "0 144" ]
	run_stream events --since 30d --max-pages 1
	grep -q 'after 1 pages; to go on, use --since 2026-11-22T11:50:00.000000Z' log
	# Without a search, too.
	forget=$(stored)
	rules 'POST /api/v1/events/search status=404'
	run_stream events --since "$(time_at 1500)" --until "$(time_at 20)"
	[ "$(stored)" -eq "$forget" ]
	[ "$(jq -r 'select(.type == "RECORD").key' out | wc -l)" -eq 0 ]
	grep -q 'seen=2 ' log
}

@test "a preview shows some of the last day and moves nothing" {
	device 7
	event 1 3000
	events 10 20 100
	serve
	run_stream events --preview=3
	[ "$status" -eq 0 ]
	[ "$(jq -r 'select(.type == "RECORD").key' out | paste -sd ' ')" = "10 11 12" ]
	[ "$(jq -r 'select(.key == "10").ctx.device.hostname' out)" = host-7 ]
	[ "$(grep -c '"type":"STATE"' out)" -eq 0 ]
	[ -z "$(mark)" ]
	run_stream devices --preview
	[ "$(jq -r 'select(.type == "RECORD").key' out)" = 7 ]
}

@test "a state file holds the position as the store does" {
	events 1 60 100
	serve
	sc-fetch --state state.json di.events >out 2>log
	tail -n 1 out >state.json
	[ "$(jq -c '.value.bookmarks["di.events"] | del(.gen)' state.json)" = \
		'{"v":1,"since":"2026-11-21T12:00:00.000000Z","after":60,"looked":"2026-11-22T12:00:00.000000Z"}' ]
	event 61 1
	mock_reload
	: >"$MOCK_JOURNAL"
	sc-fetch --state state.json di.events >out 2>log
	[ "$(cursors)" = "0 50 61" ]
	tail -n 1 out | jq -e '.value.bookmarks["di.events"].after == 61' >/dev/null
	for bad in '{"v":1,"high":"2026-11-21T12:00:00Z"}' '{"v":1,"since":"2026-11-21T12:00:00Z","after":"7"}' \
		'{"v":1,"since":"2026-11-21T12:00:00Z","after":0}' '{"v":1,"since":"soon","after":7}' \
		'{"v":1,"since":"2026-11-21T12:00:00Z","looked":7}'; do
		printf '{"bookmarks":{"di.events":%s}}' "$bad" >state.json
		run sc-fetch --state state.json di.events
		[ "$status" -eq 66 ] || { echo "$bad"; return 1; }
	done
}

@test "killed between two pages, nothing is lost and nothing comes twice" {
	events 1 130 100
	RULES='GET /api/v1/events from=3 times=1 delay=60s
'
	serve
	sc-fetch di.events >messages 2>/dev/null &
	pid=$!
	until [ "$(grep -c '"type":"STATE"' messages)" -eq 2 ]; do :; done
	kill -9 "$pid"
	wait "$pid" || true
	sc-normalize <messages 2>/dev/null | sc-ship >/dev/null
	[ "$(stored) $(after)" = "100 100" ]
	RULES=''
	serve
	run_stream
	[ "$(stored) $(after)" = "130 130" ]
	[ "$(sql 'select max(n) from object')" -eq 1 ]
}

@test "a page that is cut off is asked for again, a failure keeps those before it" {
	events 1 130 100
	# shellcheck disable=SC2034 # of serve
	RULES='GET /api/v1/events from=2 times=1 truncate-json=yes
GET /api/v1/events from=4 times=3 status=503
'
	serve
	# No waiting between attempts.
	SC_CLOCK=@$NOON run_stream
	[ "$status" -eq 69 ]
	[ "$(after)" -eq 100 ]
	run_stream
	[ "$status" -eq 0 ]
	[ "$(stored)" -eq 130 ]
}

@test "devices: all are read each time, what has changed is handed on" {
	for id in $(seq 1 60); do device "$id"; done
	serve
	run_stream devices
	grep -q 'deep-instinct: fetched 60 devices integration=di new=60 ' log
	[ "$(cursors devices)" = "0 50 60" ]
	edit devices '.last_contact = "2026-11-22T11:59:00Z" | .connectivity_status = "OFFLINE" |
		.scanned_files += 1000 | .deployment_status_last_update = "2026-11-22T11:00:00Z"'
	later 60
	run_stream devices
	grep -q 'fetched 0 devices integration=di new=0 changed=0 seen=60 ' log
	[ "$(mark devices)" = '{"v":1,"walked":"2026-11-22T13:00:00.000000Z"}' ]
	edit devices 'if .id == 3 then .license_status = "DEACTIVATED" elif .id == 4 then .ip_address = "192.0.2.99"
		elif .id == 5 then .logged_in_users = "new" else . end'
	run_stream devices
	grep -q 'fetched 3 devices integration=di new=0 changed=3 seen=57 ' log
	run_stream devices --max-pages 1
	[ "$(outcome .partial)" = true ]
	grep -q 'the next run begins anew' log
}

@test "a check looks for the newest by a search, near before far" {
	events 1 60 90000
	events 100 160 2000
	serve
	newest() { sc-fetch --check di.events 2>&1 | sed -n 's/.* newest events *//p'; }
	[ "$(newest)" = "1d old ($(time_at 2000 | sed 's/[.]0*Z/Z/'))" ]
	[ "$(mock_requests | tail -n 4 | cut -d ' ' -f 1 | paste -sd ' ')" = "GET POST POST POST" ]
	event 700 30
	mock_reload
	[ "$(newest)" = "30m old ($(time_at 30 | sed 's/[.]0*Z/Z/'))" ]
	edit events 'select(.id <= 60)'
	[ "$(newest)" = "no events in the last 30d" ]
	# A server without searches: the list has to do.
	rules 'POST /api/v1/events/search status=404'
	[[ $(newest) == "62d old"* ]]
	# And it is the key that is checked, not what the key may search.
	[ "$(sc-fetch --check di.events | grep -c '^ok *permission events *GET /api/v1/events answers')" -eq 1 ]
}

@test "refusals, in the words of the guide" {
	event 1 5
	serve
	run_stream
	try() { # STATUS EXIT CLASS WORDS
		rules "GET /api/v1/events status=$1"
		SC_CLOCK=@$NOON run_stream
		[ "$status $(outcome .class)" = "$2 $3" ] || { echo "$1: $status $(outcome .class)"; return 1; }
		grep -qF "deep-instinct answers $1" log
		grep -qF "$4" log || { cat log; return 1; }
	}
	try 401 77 AUTH 'Verify that the API Key is correct and has not been revoked, and that it has not expired'
	try 422 77 AUTH 'Verify that the API Key is correct and has not been revoked'
	try 403 77 PERMISSION 'The API key may lack read permissions, or belong to another tenant: generate a new key with appropriate permissions.'
	try 404 76 PROTOCOL 'Verify that the Host is the management server'
	try 400 76 PROTOCOL 'The server does not accept the question'
	try 302 76 PROTOCOL 'this one sends you elsewhere'
	try 429 75 QUOTA 'increase the Polling Interval to 10 minutes'
	for code in 500 502 503 504; do
		try $code 69 VENDOR 'collection goes on by itself'
	done
	# The key, really wrong: no Bearer, asked once.
	rules
	echo other >key
	run_stream
	[ "$status $(outcome .class)" = "77 AUTH" ]
	[ "$(mock_requests | wc -l)" -eq 1 ]
}
