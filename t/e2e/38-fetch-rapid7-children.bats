#!/usr/bin/env bats
# shellcheck disable=SC2034
# sc-fetch and Rapid7 InsightIDR: alerts of investigations, and the newer API
# with its evidence.

load ../lib/insightidr

setup() { idr_setup; }
teardown() { mock_stop; }

# memory ID [STREAM]: what is remembered of a parent
memory() { aux "$1" "${2-alerts}"; }
# parents: of which investigations the alerts were asked for
parents() { asked "/alerts" | sed 's/.*investigation:\([^/]*\).*/\1/' | sort | paste -sd ' '; }

@test "the alerts of new investigations, each with its investigation beside it" {
	inv A 60
	inv B 50
	inv NONE 40
	alert a1 A 55
	alert a2 A 50 '.detection_rule_rrn = "rrn:x"'
	alert b1 B 45
	serve
	run_stream alerts
	[ "$status" -eq 0 ]
	[ "$(ids alerts)" = "a1 a2 b1" ]
	grep -qE '^\[INFO\] rapid7-insightidr: fetched 3 alerts integration=r7 new=3 changed=0 seen=0 pages=[0-9]+ ms=[0-9]+$' log
	[ "$(jq -r 'select(.key == "b1").ctx.investigation.rrn' out)" = "${RRN}B" ]
	[ "$(jq -c 'select(.key == "b1").ctx' out | head -n 1)" = "$(jq -c "select(.rrn == \"${RRN}B\") | {investigation: .}" inv)" ]
	# The id is one part of the path.
	mock_requests | grep -q 'GET /idr/v2/investigations/rrn%3Ainvestigation%3Aus%3A5f1c2d3e-0a1b-4c2d-8e3f-001122334455%3Ainvestigation%3AA/alerts?size=100&index=0'
	[ "$(memory A)" = "read $(ago 50)" ]
	[ "$(high alerts)" = 2026-11-22T11:59:55.000000Z ]
	# One that has none, and does not say to have some, is done with.
	[ "$(memory NONE)" = "read null" ]
	# What is known is not asked for.
	later 5
	run_stream alerts
	[ "$(parents)" = "" ]
	[ "$(stored)" -eq 3 ]
}

@test "an alert that joins an old investigation is found by its latest_alert_time" {
	inv OLD 60000
	alert o1 OLD 50000
	serve
	run_stream alerts
	[ "$(ids alerts)" = o1 ]
	alert o2 OLD -3
	later 5
	run_stream alerts
	[ "$status" -eq 0 ]
	[ "$(ids alerts)" = "o1 o2" ]
	grep -q 'fetched 1 alerts integration=r7 new=1 changed=0 seen=1 ' log
}

@test "all pages of an investigation's alerts" {
	small 2
	inv A 60
	for i in 1 2 3 4 5; do alert "a$i" A $((50 - i)); done
	serve
	run_stream alerts
	[ "$(ids alerts)" = "a1 a2 a3 a4 a5" ]
	[ "$(parents)" = "A A A" ]
}

@test "an empty list for one that has alerts is not yet: asked for again, for a day" {
	inv A 60 '.latest_alert_time = "2026-11-22T11:01:00Z"'
	serve
	run_stream alerts
	[ "$status" -eq 0 ]
	[[ "$(memory A)" == "wait 2026-11-22T12:00:00"* ]]
	later 30
	run_stream alerts
	[ "$(parents)" = A ]
	# Closed meanwhile, and in no list any more.
	edit_one A '.status = "CLOSED"'
	alert a1 A 59
	later 60
	run_stream alerts
	[ "$(ids alerts)" = a1 ]
	[ "$(memory A)" = "read 2026-11-22T11:01:00Z" ]
	# One that never gets any.
	inv B -60 '.latest_alert_time = "2026-11-22T13:00:00Z"'
	mock_reload
	later 65
	run_stream alerts
	[[ "$(memory B)" == "wait 2026-11-22T13:05:00"* ]]
	later 1600
	run_stream alerts
	[ "$(memory B)" = "read 2026-11-22T13:00:00Z" ]
	grep -q 'no longer waiting for those of .*B: the list stays empty' log
}

@test "an alert that its investigation speaks of before the list has it is not lost" {
	inv A 60
	alert a1 A 50
	serve
	run_stream alerts
	edit_one A '.latest_alert_time = "2026-11-22T12:04:00Z"'
	later 5
	run_stream alerts
	[[ "$(memory A)" == "wait 2026-11-22T12:05:00"* ]]
	# Closed meanwhile, and in no list any more.
	edit_one A '.status = "CLOSED"'
	alert a2 A -4
	later 10
	run_stream alerts
	[ "$(ids alerts)" = "a1 a2" ]
	[ "$(memory A)" = "read 2026-11-22T12:04:00Z" ]
	later 15
	run_stream alerts
	[ "$(parents)" = "" ]
	[ "$(stored)" -eq 2 ]
}

@test "what goes wrong with one investigation concerns no other, and is made good" {
	for i in A B C D E; do
		inv $i 60
		alert "${i,,}1" $i 50
	done
	RULES='GET *BB/alerts status=403
GET *B/alerts status=403
GET *C/alerts status=404
GET *D/alerts cut-after=10
'
	serve
	SC_CLOCK=@$NOON run_stream alerts
	[ "$status" -eq 0 ]
	[ "$(outcome .partial)" = true ]
	[ "$(ids alerts)" = "a1 e1" ]
	grep -q '3 of 5 investigations could not be read; the next run tries again' log
	[[ "$(memory B)" == "wait "* ]]
	# The position has moved on; they are remembered, and also when no list
	# has them.
	edit inv '.status = "CLOSED"'
	RULES=''
	serve
	later 600
	run_stream alerts
	[ "$status" -eq 0 ]
	[ "$(outcome .partial)" = null ]
	[ "$(ids alerts)" = "a1 b1 c1 d1 e1" ]
	[ "$(windows)" = "-5 600" ]
}

@test "an investigation that is gone is not waited for" {
	inv A 60
	alert a1 A 50
	RULES='GET *A/alerts status=404
'
	serve
	run_stream alerts
	# While that cannot be found out it is.
	RULES='GET *A status=403
'
	serve
	later 10
	edit inv '.status = "CLOSED"'
	run_stream alerts
	[ "$status" -eq 0 ]
	[ "$(outcome .partial)" = true ]
	[[ "$(memory A)" == "wait 2026-11-22T12:00:00"* ]]
	[ "$(high alerts)" = 2026-11-22T12:09:55.000000Z ]
	RULES=''
	serve
	drop_one A
	later 300
	run_stream alerts
	[ "$status" -eq 0 ]
	[ "$(memory A)" = gone ]
	later 600
	run_stream alerts
	[ "$(asked investigations/rrn | wc -l)" -eq 0 ]
}

@test "three in a row: it is the vendor who is in trouble" {
	for i in A B C D E; do
		inv $i 60
		alert "${i,,}1" $i 50
	done
	RULES='GET */alerts status=503
'
	serve
	SC_CLOCK=@$NOON run_stream alerts
	[ "$status" -eq 69 ]
	[ "$(outcome .class)" = VENDOR ]
	[ "$(parents | wc -w)" -eq 9 ]
	RULES=''
	serve
	run_stream alerts
	[ "$(ids alerts)" = "a1 b1 c1 d1 e1" ]
}

@test "a quota that ends in the middle loses nothing that was read" {
	for i in A B C D E; do
		inv $i 60
		alert "${i,,}1" $i 50
	done
	serve rate-limit=3/40s rate-headers=none
	SC_CLOCK=@$NOON run_stream alerts
	[ "$status" -eq 75 ]
	[ "$(ids alerts)" = "a1 b1" ]
	later 1
	serve
	run_stream alerts
	[ "$(parents)" = "B C D E" ] || [ "$(parents)" = "C D E" ]
	[ "$(ids alerts)" = "a1 b1 c1 d1 e1" ]
}

@test "killed in the middle, nothing is lost and nothing comes twice" {
	for i in A B C; do
		inv $i 60
		alert "${i,,}1" $i 50
	done
	RULES='GET *B/alerts delay=60s
'
	serve
	sc-fetch r7.alerts >messages 2>/dev/null &
	pid=$!
	until grep -q '"key":"a1"' messages; do :; done
	kill -9 "$pid"
	wait "$pid" || true
	sc-normalize <messages 2>/dev/null | sc-ship >/dev/null
	[ "$(ids alerts)" = a1 ]
	RULES=''
	serve
	run_stream alerts
	[ "$(ids alerts)" = "a1 b1 c1" ]
	[ "$(stored)" -eq 3 ]
}

@test "one that says nothing of alerts is asked with each look to the end" {
	inv A 60
	serve
	run_stream alerts
	[ "$(parents)" = A ]
	alert a1 A 1
	edit inv '.latest_alert_time = null'
	later 5
	run_stream alerts
	[ "$(parents)" = "" ]
	sqlite3 "$SC_STATE/store.db" "update bookmark set value = json_set(value, '\$.looks', 11)"
	run_stream alerts
	[ "$(ids alerts)" = a1 ]
}

@test "a preview, a back-fill and a file of states" {
	inv A 60
	inv OLD 3000
	alert a1 A 50
	alert old1 OLD 2900
	serve
	sc-fetch --preview r7.alerts >shown 2>/dev/null
	grep -q '"key":"a1"' shown
	[ "$(grep -c '"type":"NOTE"' shown)" -eq 0 ]
	SC_REPORT=9 sc-fetch --state states r7.alerts 2>log 9>report >out
	[ "$(jq -r 'select(.type == "RECORD").key' out | sort | paste -sd ' ')" = "a1 old1" ]
	run_stream alerts --since 3d --until 2026-11-21T12:00:00Z
	[ "$status" -eq 0 ]
	[ "$(ids alerts)" = old1 ]
	[ "$(sql 'select count(*) from bookmark')" -eq 0 ]
}

# at VERSION ID AGE [JQ]: an alert of the newer API
at() {
	head -n 1 "$SC_ROOT/fixtures/rapid7-insightidr/at-alerts.ndjson" |
		jq -c --argjson v "$1" --arg rrn "rrn:alerts:us1:o:alert:1:$2" --arg t "$(ago "$3")" \
			".rrn = \$rrn | .version = \$v | .created_at = \$t | .updated_at = \$t | ${4-.}" >>triage
}
evidence() {
	jq -nc --arg a "rrn:alerts:us1:o:alert:1:$2" --arg rrn "rrn:alerts:us1:o:evidence:1:$1" --arg t "$(ago 9)" '{alert: $a,
		evidence: {rrn: $rrn, version: 1, created_at: $t, updated_at: $t,
		evented_at: $t, external_source: "X", event_type: "ingress_auth",
		data: "{\"user\":\"u\"}"}}' >>evidence
}
want() { STREAMS=$'streams:\n  at-alerts: { enabled: yes }\n  evidence: { enabled: yes }\n'; }

@test "the newer API is off until it is wanted" {
	at 1 x 10
	serve
	run_stream investigations
	SC_REPORT=9 sc-fetch r7 2>log 9>report >out
	[ "$(outcome '[.streams[].stream] | join(" ")')" = "r7.investigations r7.alerts" ]
	[ "$(mock_requests | grep -c /idr/at/)" -eq 0 ]
}

@test "triage alerts: each version once, no token of the customer" {
	at 1 x 10
	at 1 y 9
	want
	serve needs-version=yes
	run_stream at-alerts
	[ "$status" -eq 0 ]
	[ "$(ids at-alerts)" = "x y" ]
	grep -q '^\[INFO\] rapid7-insightidr: fetched 2 alerts (triage) integration=r7 ' log
	asked | grep -qx 'POST /idr/at/alerts/ops/search?size=100&index=0'
	[ "$(high at-alerts)" = 2026-11-22T11:59:55.000000Z ]
	grep -q '"product_token":"REDACTED"' out
	[ "$(grep -c EXAMPLE0TOKEN out)" -eq 0 ]
	edit triage 'if .rrn | endswith("x") then .version = 2 | .status = "CLOSED" else . end'
	later 5
	run_stream at-alerts
	grep -q 'new=0 changed=1 seen=1 ' log
	[ "$(sql "select group_concat(rev, ' ') from artifact where key like '%:x'")" = "1 2" ]
}

@test "triage alerts: a region that fails makes the answer a part, and the position stays" {
	at 1 x 10
	at 1 y 9 '.organization.region = "eu1"'
	want
	serve region-failures=eu1 region-failure-times=3
	run_stream at-alerts
	[ "$status" -eq 0 ]
	[ "$(outcome .partial)" = true ]
	[ "$(ids at-alerts)" = x ]
	[ "$(high at-alerts)" = 2026-11-21T12:00:00.000000Z ]
	grep -q 'the vendor says that its answer lacks some, 3 times' log
	later 5
	run_stream at-alerts
	[ "$(ids at-alerts)" = "x y" ]
	[ "$(outcome .partial)" = null ]
	[ "$(high at-alerts)" = 2026-11-22T12:04:55.000000Z ]
}

@test "triage alerts: pages that lose records are seen by the total" {
	small 2
	for i in 1 2 3 4 5; do at 1 "x$i" $((10 + i)); done
	want
	serve deep-pages-lose=yes
	run_stream at-alerts
	[ "$(outcome .partial)" = true ]
	[ "$(high at-alerts)" = 2026-11-21T12:00:00.000000Z ]
	grep -qE 'the pages have [0-9] of 5 records, 3 times' log
}

@test "an account without the newer API: told once, and all is well" {
	inv A 10
	want
	for code in 403 404; do
		rm -rf "$SC_STATE"
		RULES="* /idr/at/* status=$code
"
		serve
		SC_REPORT=9 sc-fetch r7 2>log 9>report | sc-normalize 2>/dev/null | sc-ship >/dev/null
		[ "$(outcome .code)" = 0 ]
		[ "$(outcome '.streams[2] | .code, .partial')" = $'0\ntrue' ]
		[ "$(grep -c 'taken for something that this account does not have' log)" -eq 2 ]
		[ "$(ids)" = A ]
		run_stream at-alerts
		[ "$status" -eq 0 ]
		[ "$(grep -c WARN log)" -eq 0 ]
	done
	# It is there one day; what was before is not lost.
	at 1 x 10
	RULES=''
	serve
	later 600
	run_stream at-alerts
	[ "$(ids at-alerts)" = x ]
	[ "$(mark limited at-alerts)" = null ]
}

@test "evidence of triage alerts, with the alert beside it; again when it has a new version" {
	at 1 x 10
	at 1 y 9
	evidence e1 x
	evidence e2 y
	want
	serve
	run_stream evidence
	[ "$status" -eq 0 ]
	[ "$(ids evidence)" = "e1 e2" ]
	[ "$(jq -r 'select(.key // "" | endswith("e1")).ctx.alert.rrn' out)" = rrn:alerts:us1:o:alert:1:x ]
	[ "$(grep -c EXAMPLE0TOKEN out)" -eq 0 ]
	evidence e3 x
	edit triage 'if .rrn | endswith("x") then .version = 2 else . end'
	later 5
	run_stream evidence
	[ "$(ids evidence)" = "e1 e2 e3" ]
	[ "$(asked /evidences | wc -l)" -eq 1 ]
}

@test "a check asks for each stream as a run does, children of the first parent" {
	inv A 60
	alert a1 A 50
	at 1 x 10
	evidence e1 x
	want
	serve needs-version=yes
	run sc-fetch --check r7
	[ "$status" -eq 0 ]
	for s in investigations alerts at-alerts evidence; do
		grep -qE "^ok +permission $s +(GET|POST) /idr/.* answers" <<<"$output"
	done
	grep -qE "^ok +newest alerts +50m old" <<<"$output"
	[ "$(asked | grep -c '/alerts?size=100&index=0')" -eq 1 ]
	# No parents to ask for, and no such thing in this account.
	: >inv
	RULES='* /idr/at/* status=403
'
	serve
	run sc-fetch --check r7
	[ "$status" -eq 0 ]
	grep -qE "^ok +newest alerts +no alerts" <<<"$output"
	grep -qE "^warning +permission at-alerts" <<<"$output"
	[[ $output == *"this account does not have alerts (triage)"* ]]
}
