#!/usr/bin/env bats
# shellcheck disable=SC2034
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

@test "the next run reads what may be late again, and nothing twice" {
	inv A 10
	inv B 3
	serve
	run_stream
	inv LATE 4
	mock_reload
	later 5
	run_stream
	[ "$(windows)" = "-5 5" ]
	[ "$(ids)" = "A B LATE" ]
	[ "$(stored)" -eq 3 ]
	grep -q 'fetched 1 investigations integration=r7 new=1 changed=0 seen=' log
	[ "$(mark looks)" = 1 ]
}

@test "pages are numbers, and all of them are read" {
	small 2
	for i in 1 2 3 4 5; do inv "N$i" $((100 - i)); done
	serve gzip=yes needs-version=yes
	run_stream
	[ "$status" -eq 0 ]
	[ "$(ids)" = "N1 N2 N3 N4 N5" ]
	[ "$(asked created_time,ASC | sed 's/.*index=//' | paste -sd ' ')" = "0 1 2" ]
	[ "$(jq -r 'select(.type == "RECORD") | .key' out | sed 's/.*://' | paste -sd ' ')" = "N1 N2 N3 N4 N5" ]
	# Whole answers with a length are the same to us.
	rm -rf "$SC_STATE"
	serve chunked=no
	run_stream
	[ "$(ids)" = "N1 N2 N3 N4 N5" ]
}

@test "an answer without totals ends with a page that is not full" {
	small 2
	record='{"rrn":"rrn:x:%s","status":"CLOSED","created_time":"2026-11-22T11:00:00Z"}'
	# shellcheck disable=SC2059
	{
		printf "{\"data\":[$record,$record]}" 1 2 >p0.json
		printf "{\"data\":[$record]}" 3 >p1.json
	}
	echo '{"data":[]}' >none.json
	RULES='GET /idr/v2/investigations if-query=statuses:OPEN,INVESTIGATING,WAITING body=none.json status=200
GET /idr/v2/investigations if-query=index:0 body=p0.json status=200
GET /idr/v2/investigations body=p1.json status=200
'
	serve
	run_stream
	[ "$status" -eq 0 ]
	[ "$(ids)" = "1 2 3" ]
	[ "$(asked created_time,ASC | wc -l)" -eq 2 ]
}

@test "a vendor that knows no page numbers is found out" {
	small 1
	printf '{"data":[{"rrn":"rrn:x:1","status":"OPEN","created_time":"2026-11-22T11:00:00Z"}]}' >p.json
	RULES='GET /idr/v2/investigations body=p.json status=200
'
	serve
	run_stream
	[ "$status" -eq 76 ]
	[ "$(outcome .class)" = PROTOCOL ]
	[ "$(mock_requests | wc -l)" -eq 2 ]
	grep -q 'answers page 1 with the page before it' log
	[ "$(ids)" = 1 ]
}

@test "what changes later is a revision: status, assignee, an alert; a look at it is none" {
	small 1
	inv A 30
	inv B 100000 '.latest_alert_time = .created_time'
	serve
	run_stream
	[ "$(ids)" = "A B" ]
	edit inv '.last_accessed = "2026-11-22T12:03:00Z"'
	later 5
	run_stream
	grep -q 'fetched 0 investigations integration=r7 new=0 changed=0 ' log
	# An alert joins one that no window shows any more.
	edit_one B '.latest_alert_time = "2026-11-22T12:08:00Z"'
	later 10
	run_stream
	[ "$(revisions B)" -eq 2 ]
	grep -q 'new=0 changed=1 ' log
	later 15
	run_stream
	# Nothing tells of this; the look to the end does, an hour after the first.
	edit_one A '.assignee = {name: "Z", email: "z@example.com"}'
	for i in $(seq 4 11); do
		later $((i * 5))
		run_stream
	done
	[ "$(revisions A)" -eq 1 ]
	[ "$(mark looks)" = 11 ]
	later 60
	run_stream
	[ "$(revisions A)" -eq 2 ]
	[ "$(mark looks)" = 0 ]
}

@test "a look ends at the changes that the one before has seen" {
	small 2
	for i in $(seq 1 9); do inv "N$i" $((5000 + i)) ".latest_alert_time = \"$(ago $((600 + i)))\""; done
	serve
	run_stream
	[ "$(asked statuses= | wc -l)" -eq 5 ]
	edit_one N9 '.latest_alert_time = "2026-11-22T12:02:00Z"'
	later 5
	run_stream
	[ "$(asked statuses= | wc -l)" -eq 1 ]
	[ "$(revisions N9)" -eq 2 ]
}

@test "one that is closed leaves the list, and is asked for" {
	inv A 2000
	inv B 2000
	serve
	run_stream
	[ "$(aux A)" = OPEN ]
	edit_one A '.status = "CLOSED"'
	drop_one B
	later 65
	sqlite3 "$SC_STATE/store.db" "update bookmark set value = json_set(value, '\$.looks', 11)"
	run_stream
	[ "$status" -eq 0 ]
	[ "$(revisions A)" -eq 2 ]
	[ "$(aux A)" = CLOSED ]
	[ "$(aux B)" = gone ]
	grep -q 'B is gone at the vendor' log
	# The id is one part of the path.
	mock_requests | grep -qx 'GET /idr/v2/investigations/rrn%3Ainvestigation%3Aus%3A5f1c2d3e-0a1b-4c2d-8e3f-001122334455%3Ainvestigation%3AA'
	# Neither is asked for again.
	sqlite3 "$SC_STATE/store.db" "update bookmark set value = json_set(value, '\$.looks', 11)"
	later 130
	run_stream
	[ "$(asked 'investigations/rrn' | wc -l)" -eq 0 ]
}

@test "one that cannot be asked for keeps no other from being found closed" {
	inv A 2000
	inv B 2000
	serve
	run_stream
	edit inv '.status = "CLOSED"'
	sqlite3 "$SC_STATE/store.db" "update bookmark set value = json_set(value, '\$.looks', 11)"
	RULES='GET *:A status=403
'
	serve
	later 65
	run_stream
	[ "$status" -eq 0 ]
	[ "$(outcome .partial)" = true ]
	grep -q ':A cannot be asked for: rapid7-insightidr answers 403' log
	[ "$(aux A)" = OPEN ]
	[ "$(aux B)" = CLOSED ]
	[ "$(mark looks)" = 0 ]
	# Three in a row: it is the vendor who is in trouble.
	: >inv
	for i in C D E F; do inv $i 30; done
	RULES=''
	serve
	later 70
	run_stream
	: >inv
	mock_reload
	sqlite3 "$SC_STATE/store.db" "update bookmark set value = json_set(value, '\$.looks', 11)"
	RULES='GET /idr/v2/investigations/* status=503
'
	serve
	SC_CLOCK=@2026-11-22T13:15:00Z run_stream
	[ "$status" -eq 69 ]
	[ "$(mark looks)" = 11 ]
}

@test "the search for what is gone is bounded, and goes on in the next run" {
	for i in $(seq 10 69); do inv "N$i" 2000; done
	serve
	run_stream
	[ "$(ids | wc -w)" -eq 60 ]
	: >inv
	mock_reload
	sqlite3 "$SC_STATE/store.db" "update bookmark set value = json_set(value, '\$.looks', 11)"
	later 5
	run_stream
	[ "$(asked 'investigations/rrn' | wc -l)" -eq 50 ]
	later 10
	run_stream
	[ "$(asked 'investigations/rrn' | wc -l)" -eq 10 ]
	later 15
	run_stream
	[ "$(asked 'investigations/rrn' | wc -l)" -eq 0 ]
	[ "$(mark looks)" = 1 ]
}

@test "many that stay open for longer than the list goes back are asked for in turn" {
	for i in $(seq 10 64); do inv "N$i" 129000; done
	serve
	run_stream
	[ "$(ids | wc -w)" -eq 55 ]
	for i in 700 705 760; do
		[ "$i" -eq 705 ] || sqlite3 "$SC_STATE/store.db" "update bookmark set value = json_set(value, '\$.looks', 11)"
		later "$i"
		run_stream
		asked 'investigations/rrn' >"asked.$i" || true
	done
	[ "$(cat asked.* | wc -l)" -eq 100 ]
	[ ! -s asked.705 ]
	[ "$(sort -u asked.* | wc -l)" -eq 55 ]
}

@test "a list that grows while it is read is read again" {
	small 1
	inv A 30 '.status = "CLOSED"'
	inv B 20 '.status = "CLOSED"'
	printf '{"data":[{"rrn":"rrn:x:1","status":"CLOSED","created_time":"2026-11-22T11:00:00Z"}],"metadata":{"index":0,"size":1,"total_pages":1,"total_data":3}}' >odd.json
	RULES='GET /idr/v2/investigations times=1 body=odd.json status=200
'
	serve
	run_stream
	[ "$status" -eq 0 ]
	[ "$(asked created_time,ASC | wc -l)" -eq 4 ]
	[ "$(ids)" = "A B 1" ]
	[ "$(outcome .partial)" = null ]
	[ "$(high)" = 2026-11-22T11:59:55.000000Z ]
}

@test "a list that never stays moves no position" {
	small 1
	inv A 30
	inv B 20
	serve
	run_stream
	before=$(high)
	printf '{"data":[{"rrn":"rrn:x:1","status":"CLOSED","created_time":"2026-11-22T12:01:00Z"}],"metadata":{"index":0,"size":1,"total_pages":1,"total_data":9}}' >odd.json
	RULES='GET /idr/v2/investigations if-query=index:0 body=odd.json status=200
'
	serve
	later 5
	run_stream
	[ "$status" -eq 0 ]
	[ "$(outcome .partial)" = true ]
	[ "$(high)" = "$before" ]
	[ "$(mark revisited)" = "$before" ]
	grep -q 'the list changes while it is read (9 records, then 0), 3 times' log
}

@test "whose clock is wrong: the end is the vendor's, and no position is in its future" {
	inv A 10
	serve
	for off in '- 45 min' '+ 45 min' '+ 5 years'; do
		rm -rf "$SC_STATE"
		sc-store init 2>/dev/null
		SC_CLOCK=@$(date -u -d "$NOON $off" +%Y-%m-%dT%H:%M:%SZ) run_stream
		[ "$status" -eq 0 ]
		[ "$(ids)" = A ]
		[ "$(high)" = 2026-11-22T11:59:55.000000Z ]
	done
	SC_CLOCK=@2019-01-01T00:00:00Z run_stream
	[ "$status" -eq 0 ]
	[ "$(high)" = 2026-11-22T11:59:55.000000Z ]
	SC_CLOCK=@2031-01-01T00:00:00Z run_stream
	[ "$(high)" = 2026-11-22T11:59:55.000000Z ]
}

@test "a run that ends between two pages moves nothing, and reads them again" {
	small 1
	for i in 1 2 3; do inv "N$i" $((100 - i)); done
	serve
	run_stream investigations --max-pages 2
	[ "$status" -eq 0 ]
	[ "$(outcome .partial)" = true ]
	[ "$(ids)" = "N1 N2" ]
	[ "$(high)" = 2026-11-21T12:00:00.000000Z ]
	later 5
	run_stream
	[ "$(ids)" = "N1 N2 N3" ]
	[ "$(stored)" -eq 3 ]
}

@test "a failure on a page keeps those before it" {
	small 1
	for i in 1 2 3; do inv "N$i" $((100 - i)); done
	RULES='GET /idr/v2/investigations from=3 times=1 cut-after=100
GET /idr/v2/investigations from=4 times=2 status=503
'
	serve
	SC_CLOCK=@$NOON run_stream
	[ "$status" -eq 69 ]
	[ "$(outcome .class)" = VENDOR ]
	[ "$(ids)" = "N1 N2" ]
	run_stream
	[ "$status" -eq 0 ]
	[ "$(ids)" = "N1 N2 N3" ]
}

@test "back-fill: a window of its own, no second look, no position" {
	inv A 3000 '.status = "CLOSED"'
	inv B 2000
	inv C 5
	serve
	run_stream
	[ "$(ids)" = "B C" ]
	before=$(high)
	run_stream investigations --since 3d --until 2026-11-21T12:00:00Z
	[ "$status" -eq 0 ]
	[ "$(ids)" = "A B C" ]
	[ "$(windows)" = "-4320 -1440" ]
	[ "$(asked statuses= | wc -l)" -eq 0 ]
	[ "$(high)" = "$before" ]
}

@test "refused: the key, the right, the region, the quota, in the guide's words" {
	inv A 10
	serve
	echo wrong-key-0123456789 >key
	run_stream
	[ "$status" -eq 77 ]
	[ "$(outcome .class)" = AUTH ]
	grep -q 'rapid7-insightidr answers 401: Unauthorized; Verify the API Key is correct, was copied completely' log
	echo "$KEY" >key
	for code in 404 500; do
		serve wrong-region=$code
		run_stream
		[ "$status" -eq 76 ]
		[ "$(outcome .class)" = REGION ]
		[ "$(mock_requests | wc -l)" -eq 1 ]
		grep -q 'Verify the Region matches your Insight Platform account region' log
	done
	RULES='GET /idr/v2/investigations status=403
'
	serve
	run_stream
	[ "$(outcome .class)" = PERMISSION ]
	grep -q 'may not have InsightIDR access' log
	RULES=''
	serve
	run_stream
	[ "$status" -eq 0 ]
	# It has worked: 500 is the vendor's trouble now.
	serve wrong-region=500
	SC_CLOCK=@$NOON run_stream
	[ "$status" -eq 69 ]
	[ "$(outcome .class)" = VENDOR ]
}

@test "429: nothing before RateLimit-Reset, or Retry-After; the last one of a quota waits" {
	inv A 10
	# Too long to wait for.
	serve rate-limit=1/70s rate-headers=all
	SC_CLOCK=@$NOON run_stream
	[ "$status" -eq 75 ]
	[ "$(outcome .class)" = QUOTA ]
	[ "$(outcome .not_before)" = 2026-11-22T12:01:10.000Z ]
	[ "$(ids)" = A ]
	serve rate-limit=1/70s rate-headers=none retry-after=yes
	SC_CLOCK=@$NOON run_stream
	[ "$(outcome .not_before)" = 2026-11-22T12:01:10.000Z ]
	# Who heeds what is left is not refused.
	serve rate-limit=1/40s rate-headers=all
	SC_CLOCK=step:$PWD/clock run_stream
	[ "$status" -eq 0 ]
	[ "$(mock_journal .status | sort -u)" = 200 ]
}

@test "a foreign target ignores what is to be remembered" {
	inv A 10
	serve
	run_stream
	edit_one A '.status = "CLOSED"'
	grep '"type":"RECORD"' out | jq -e '.aux == "OPEN"'
	printf '%s\n' '{"type":"NOTE","stream":"r7.investigations","key":"k","aux":"x"}' '{"type":"NOTE"}' >notes
	head -n 1 out | cat - notes | sc-normalize | sc-ship --to stdout >lines
	[ ! -s lines ]
	head -n 1 out | cat - notes | sc-normalize | sc-ship >/dev/null
	[ "$(sql "select n || aux from object where key = 'k'")" = 0x ]
	sc-store check
	# Without a schema in front, nobody knows whose key it is.
	run sc-ship <notes
	[ "$status" -eq 65 ]
}

@test "tags and sources: only these, in both looks, and their alerts" {
	inv A 10 '.tags = ["prod", "eu"]'
	inv B 20 '.tags = ["eu"]'
	inv C 30 '.tags = ["prod"] | .source = "USER"'
	inv OLD 5000 '.tags = ["prod"]'
	inv OLDOTHER 5000 '.tags = []'
	alert a A 9
	alert b B 9
	STREAMS=$'tags: prod\nsources: ALERT' serve
	run_stream
	[ "$status" -eq 0 ]
	[ "$(ids)" = "A OLD" ]
	run_stream alerts
	[ "$(ids alerts)" = a ]
	# One that loses its tag leaves the list, and is read as it is now.
	edit_one A '.tags = []'
	later 60
	for _ in {1..12}; do run_stream; done
	[ "$(revisions A)" -eq 2 ]
}
