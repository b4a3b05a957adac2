#!/usr/bin/env bats
# shellcheck disable=SC2034
# What other collectors of Rapid7 InsightIDR lost or sent twice, and how.

load ../lib/insightidr

setup() { idr_setup; }
teardown() { mock_stop; }

# many N AGE [JQ]: N investigations, a second apart, the first one AGE minutes
# before noon
many() {
	jq -nc --argjson n "$1" --argjson t $((NOW - $2 * 60)) --arg rrn "$RRN" \
		"range(\$n) as \$i | {rrn: \"\\(\$rrn)M\\(\$i + 1000)\", title: \"T\",
		source: \"ALERT\", status: \"CLOSED\", priority: \"LOW\",
		created_time: (\$t + \$i | todate), latest_alert_time: null} | ${3-.}" >>inv
}
# first_page FILE TOTAL RECORD...: an answer from before the vendor's list changed
first_page() {
	local IFS=,
	printf '{"data":[%s],"metadata":{"index":0,"size":2,"total_pages":2,"total_data":%s}}' \
		"${*:3}" "$2" >"$1"
}
one() { grep ":$1\"" inv; }

@test "windows that touch each other lose what is indexed late" {
	serve index-delay=4m
	for t in 0 5 10 15 20; do
		later $t
		inv "X$t" $((1 - t)) '.status = "CLOSED"'
		inv "Y$t" $((3 - t)) '.status = "CLOSED"'
		mock_reload
		run_stream
	done
	later 30
	run_stream
	[ "$(ids | wc -w)" -eq 10 ]
	[ "$(stored)" -eq 10 ]
}

@test "what two windows show is sent once, also after a restart" {
	inv A 2 '.status = "CLOSED"'
	serve
	for t in 0 1 2 3; do
		later $t
		run_stream
		[ "$(outcome '.counts | .new // 0')" -eq $((t == 0)) ]
	done
	[ "$(stored)" -eq 1 ]
}

@test "index is the number of a page: 250 in one poll are 250, and the poll ends" {
	many 250 100
	serve
	run_stream
	[ "$status" -eq 0 ]
	[ "$(ids | wc -w)" -eq 250 ]
	[ "$(asked created_time,ASC | sed 's/.*index=//' | paste -sd ' ')" = "0 1 2" ]
}

@test "the first page is 0, is asked for as 0, and is not the only one" {
	small 20
	many 21 100
	serve
	run_stream
	asked | head -n 1 | grep -q '&index=0$'
	[ "$(ids | wc -w)" -eq 21 ]
}

@test "several in the millisecond of the position: none is skipped" {
	small 2
	inv A 1 '.created_time = "2026-11-22T11:59:54.999Z"'
	serve
	run_stream
	[ "$(ids)" = A ]
	for i in B C D E; do
		inv $i 1 '.created_time = "2026-11-22T11:59:54.999Z" | .status = "CLOSED"'
	done
	inv F 1 '.created_time = "2026-11-22T11:59:55Z" | .status = "CLOSED"'
	mock_reload
	later 5
	run_stream
	[ "$(ids)" = "A B C D E F" ]
}

@test "times have no, one, two or three digits behind the dot, and are no texts" {
	small 1
	inv A 5000 '.latest_alert_time = "2026-11-22T11:50:00.9Z"'
	inv B 5000 '.latest_alert_time = "2026-11-22T11:50:00.82Z"'
	inv C 5000 '.latest_alert_time = "2026-11-22T11:50:00Z"'
	inv D 30 '.created_time = "2026-11-22T11:40:26.82Z" | .latest_alert_time = "2026-11-22T11:50:00.123Z"'
	serve
	run_stream
	[ "$status" -eq 0 ]
	[ "$(ids)" = "A B C D" ]
	[ "$(outcome .newest)" = 2026-11-22T11:40:26.820Z ]
	# The look before has seen all of them, whatever the texts compare to.
	later 20
	run_stream
	[ "$(asked statuses= | wc -l)" -eq 1 ]
}

@test "someone looks at an investigation: that is no change, and an alert moves no last_accessed" {
	inv A 60
	serve
	run_stream
	edit_one A '.last_accessed = "2026-11-22T12:01:00.5Z"'
	later 5
	run_stream
	[ "$(revisions A)" -eq 1 ]
	edit_one A '.latest_alert_time = "2026-11-22T12:06:00Z"'
	later 10
	run_stream
	[ "$(revisions A)" -eq 2 ]
}

@test "alerts join investigations that are older than the vendor's 28 days" {
	inv OLD 80000
	alert o1 OLD 79000
	serve
	run_stream alerts
	alert o2 OLD -4
	later 5
	run_stream alerts
	[ "$(ids alerts)" = "o1 o2" ]
}

@test "unknown parameters are ignored without a word: ours are known" {
	inv OPEN 70000
	inv CLOSED 70000 '.status = "CLOSED"'
	inv NEW 10
	inv FUTURE 0 '.created_time = "2026-11-22T11:59:58Z" | .status = "CLOSED"'
	serve
	run_stream
	# Each of status, window, size and order is seen in what comes.
	[ "$(ids)" = "NEW OPEN" ]
	small 1
	rm -rf "$SC_STATE"
	serve
	run_stream
	[ "$(jq -r 'select(.type == "RECORD").key' out | sed 's/.*://' | paste -sd ' ')" = "NEW OPEN" ]
	[ "$(mock_requests | wc -l)" -eq 3 ]
}

@test "a rule is a text, an object or null: each alert is an artifact" {
	cp "$SC_ROOT"/vendors/rapid7-insightidr/*.map vendors/rapid7-insightidr/ 2>/dev/null || true
	inv A 60
	alert a1 A 50 '.detection_rule_rrn = "rrn:cba:::detection-rule:X"'
	alert a2 A 50 '.detection_rule_rrn = {rule_name: "R", rule_rrn: "rrn:x"}'
	alert a3 A 50 '.detection_rule_rrn = null'
	alert a4 A 50 'del(.alert_source)'
	serve
	run_stream alerts
	[ "$status" -eq 0 ]
	[ "$(ids alerts)" = "a1 a2 a3 a4" ]
	[ "$(sql "select count(*) from artifact where artifact like '%normalize_error%'")" -eq 0 ]
}

@test "a fresh investigation's alerts are not there yet: they come with a later poll" {
	inv A 10 '.latest_alert_time = "2026-11-22T11:50:00Z"'
	serve
	run_stream alerts
	[ "$(ids alerts)" = "" ]
	alert a1 A 10
	later 5
	run_stream alerts
	[ "$(ids alerts)" = a1 ]
}

@test "one appears in the middle of the list while its pages are read" {
	small 2
	inv A 40 '.status = "CLOSED"'
	inv C 20 '.status = "CLOSED"'
	inv D 10 '.status = "CLOSED"'
	first_page before.json 3 "$(one A)" "$(one C)"
	inv B 30 '.status = "CLOSED"'
	RULES='GET /idr/v2/investigations times=1 body=before.json status=200
'
	serve
	run_stream
	[ "$status" -eq 0 ]
	[ "$(ids)" = "A B C D" ]
	[ "$(stored)" -eq 4 ]
}

@test "one disappears from an earlier page while they are read" {
	small 2
	inv A 40 '.status = "CLOSED"'
	a=$(one A)
	: >inv
	for i in B C D; do inv $i 30 '.status = "CLOSED"'; done
	first_page before.json 4 "$a" "$(one B)"
	RULES='GET /idr/v2/investigations times=1 body=before.json status=200
'
	serve
	run_stream
	[ "$(ids)" = "A B C D" ]
}

@test "alerts come newest first: one more moves all pages" {
	small 2
	inv A 60
	for i in 1 2 3; do alert "a$i" A $((50 - i)); done
	jq -c 'select(.alert.id | IN("a2", "a3")).alert' alerts | tac | paste -sd , >two
	printf '{"data":[%s],"metadata":{"index":0,"size":2,"total_pages":2,"total_data":3}}' "$(cat two)" >before.json
	alert a4 A 1
	RULES='GET *A/alerts times=1 body=before.json status=200
'
	serve
	run_stream alerts
	[ "$(ids alerts)" = "a1 a2 a3 a4" ]
	[ "$(stored)" -eq 4 ]
}

@test "more new ones than a page holds: the oldest are not lost" {
	inv A 10
	serve
	run_stream
	many 230 -4
	mock_reload
	later 10
	run_stream
	[ "$(ids | wc -w)" -eq 231 ]
}

@test "now is what the vendor says, less five seconds" {
	inv A 1
	inv SOON 0 '.created_time = "2026-11-22T11:59:57Z" | .status = "CLOSED"'
	serve
	SC_CLOCK=@2026-11-22T13:00:00Z run_stream
	[ "$(ids)" = A ]
	[ "$(high)" = 2026-11-22T11:59:55.000000Z ]
	later 1
	run_stream
	[ "$(ids)" = "A SOON" ]
}
