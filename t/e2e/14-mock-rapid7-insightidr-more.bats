#!/usr/bin/env bats
# sc-mock as Rapid7 InsightIDR: keys, regions, limits, at-alerts, changes.
load ../lib/mock
load ../lib/clock
load ../lib/rapid7

setup() {
	r7_setup
}

teardown() {
	mock_stop || true
}

@test "keys: who gets in; validate; the key stays out of journal and log" {
	serve
	denied='{"message":"Unauthorized"}'
	[ "$(get /validate)" = '{"message":"Authorized"}' ]
	for p in /validate $V2 /idr/v1/investigations $V2/_search /idr/at/alerts/ops/search; do
		[ "$(curl -s "$MOCK_URL$p")" = "$denied" ]
		[ "$(curl -s -H 'X-Api-Key: r7-test-kez' "$MOCK_URL$p")" = "$denied" ]
		[ "$(curl -s -H "Authorization: Bearer $R7_KEY" "$MOCK_URL$p")" = "$denied" ]
	done
	[ "$(curl -s -o /dev/null -w '%{http_code}' "$MOCK_URL/validate")" = 401 ]
	[ "$(curl -s -H "x-api-key: $R7_KEY" "$MOCK_URL/validate")" = '{"message":"Authorized"}' ]
	[ "$(code "$V2" -X DELETE)" = 405 ]
	run grep "$R7_KEY" "$MOCK_JOURNAL" "$MOCK_LOG"
	[ "$status" -eq 1 ]
}

@test "the preview is asked for by name only if the scenario says so" {
	serve
	[ "$(code "$V2")" = 200 ]
	mock_stop
	serve needs-version=yes
	[ "$(code "$V2")" = 400 ]
	[ "$(code "$V2" -H 'Accept-version: latest')" = 400 ]
	[ "$(code "$V2" -H 'accept-version: investigations-preview')" = 200 ]
	[ "$(code /idr/at/alerts/x -H 'Accept-version: strong-force-preview ')" = 404 ]
	[ "$(code /validate)" = 200 ]
}

@test "regions: a wrong one answers in one of three ways, and validate tells" {
	serve region=eu
	host() { code "$1" -H "Host: $2"; }
	[ "$(host "$V2" eu.api.insight.rapid7.com)" = 200 ]
	[ "$(host "$V2" us.api.insight.rapid7.com)" = 500 ]
	jq -e '.message == "An unexpected error occurred. Please contact Rapid7 support."' body
	[ "$(host /validate us.api.insight.rapid7.com)" = 200 ]
	[ "$(code "$V2")" = 200 ]
	mock_stop
	for status in 401 404 500; do
		serve wrong-region=$status
		for p in "$V2" /idr/v1/investigations "$V2/rrn:x/alerts" /idr/at/alerts/x; do
			[ "$(code "$p")" = $status ]
			jq -e .message body
		done
		[ "$(code /validate)" = 200 ]
		[ "$(curl -s -o /dev/null -w '%{http_code}' "$MOCK_URL/validate")" = 401 ]
		[ "$(host "$V2" us.api.insight.rapid7.com:443)" = 200 ]
		[ "$(host "$V2" us2.api.insight.rapid7.com)" = $status ]
		mock_stop
	done
}

@test "several customers: a user key that asks sees all" {
	own=5f1c2d3e-0a1b-4c2d-8e3f-001122334455
	serve organization=$own
	want=$(grep -c "\"organization_id\" *: *\"$own\"" "$INV")
	[ "$want" -lt 65 ]
	[ "$(total "$WIDE")" -eq "$want" ]
	[ "$(total "$WIDE&multi-customer=false")" -eq "$want" ]
	[ "$(total "$WIDE&multi-customer=True")" -eq 65 ]
	rrn() { grep "$1" "$INV" | jq -r .rrn; }
	for p in '' /alerts /actors /rapid7-product-alerts; do
		[ "$(code "$V2/$(rrn CUST000AAAA0)$p")" = 404 ]
		for c in CUST000AAAA0 CUST000AAAA1; do # "us" and "us1"
			[ "$(code "$V2/$(rrn $c)$p?multi-customer=true")" = 200 ]
		done
		# An RRN of this region it must be.
		for id in "$(rrn CUST000AAAA2)" "$(rrn CUST000AAAA3)" 00000000-0000-4000-8000-000000000000; do
			[ "$(code "$V2/$id$p?multi-customer=true")" = 400 ]
		done
	done
	mock_stop
	serve key=organization
	[ "$(code "$V2?multi-customer=true")" = 403 ]
	[ "$(jq -r .message body)" = 'Insufficient Permissions' ]
	[ "$(code "$V2?multi-customer=false")" = 200 ]
}

@test "headers as recorded; gzip only for those who ask" {
	serve
	get "$V2" -D head -H 'Accept-Encoding: gzip' | jq -e .data
	grep -qi '^transfer-encoding: chunked' head
	grep -qi '^cache-control: no-cache, no-store, max-age=0, must-revalidate' head
	grep -qi '^vary: Origin' head
	run grep -ciE '^(content-length|content-encoding|ratelimit-|r7-correlation-id)' head
	[ "$output" -eq 0 ]
	get /idr/at/alerts/x -D head
	grep -qi '^server: istio-envoy' head
	grep -qiE '^r7-correlation-id: [0-9a-f-]{36}' head
	id=01234567-89ab-4cde-8f01-23456789abcd
	get /idr/at/alerts/x -D head -H "R7-Correlation-Id: $id" >body
	grep -qi "^r7-correlation-id: $id" head
	[ "$(jq -r .correlation_id body)" = $id ]
	get /idr/at/alerts/x -H 'R7-Correlation-Id: {"a":1}' | jq -e '.correlation_id | length == 36'
	mock_stop
	serve gzip=yes
	for accept in gzip 'deflate, gzip;q=0.5' 'GZIP'; do
		get "$V2?size=100" -H "Accept-Encoding: $accept" -D head >zipped
		grep -qi '^content-encoding: gzip' head
		grep -qi '^vary: accept-encoding' head
		gzip -dc zipped >unzipped
		jq -e '.data | length > 0' unzipped
	done
	[ "$(wc -c <zipped)" -lt "$(($(wc -c <unzipped) / 3))" ]
	get "$V2?size=100" >page
	cmp page unzipped
	for accept in identity deflate 'gzip;q=0' 'gzip; q=0.00, br' x-gzip; do
		get "$V2?size=100" -H "Accept-Encoding: $accept" | cmp - page
	done
	[ "$(code "$V2?size=0" --compressed)" = 400 ]
	jq -e .message body
}

@test "gzip comes last: a rule may have changed the body, or ask for it" {
	{
		echo 'GET /validate gzip=yes'
		echo "GET $V2/* gzip=broken"
		echo "GET $V2 times=1 truncate-json=yes"
		echo "GET $V2 mutate=big-numbers"
		echo "serve rapid7-insightidr api-key=$R7_KEY gzip=yes $STREAMS"
	} >s
	mock_start s --clock "@$NOON"
	[ "$(get /validate | gzip -dc)" = '{"message":"Authorized"}' ]
	get "$V2?size=5" --compressed >half
	run jq . half
	[ "$status" -ne 0 ]
	[[ $(head -c 9 half) == '{"data":[' ]]
	get "$V2?size=5" --compressed | grep -qE ':[0-9]{19}[,}]'
	run get "$V2/x" --compressed
	[ "$status" -eq 61 ]
	[ "$(get "$V2/x" -D - -o /dev/null -H 'Accept-Encoding: gzip' | grep -ci '^content-encoding')" -eq 1 ]
}

@test "rate limit: counts, 429, and a new window" {
	clock_set clock "$NOON"
	echo "serve rapid7-insightidr api-key=$R7_KEY $STREAMS rate-limit=3/60s" >s
	mock_start s --clock file:clock
	headers() { get "$1" -o /dev/null -D - | tr -d '\r' | grep -iE '^(HTTP|RateLimit|Retry)' | sed 's/HTTP.1.1 //; s/ [A-Z].*//' | paste -sd' '; }
	at=/idr/at/alerts/x
	[ "$(headers $at)" = '404 RateLimit-Limit: 3 RateLimit-Remaining: 2 RateLimit-Reset: 60' ]
	clock_set clock 2026-11-22T12:00:41Z
	[ "$(headers $V2)" = 200 ]
	[ "$(headers $at)" = '404 RateLimit-Limit: 3 RateLimit-Remaining: 0 RateLimit-Reset: 19' ]
	[ "$(headers $at)" = '429 RateLimit-Limit: 3 RateLimit-Remaining: 0 RateLimit-Reset: 19' ]
	[ "$(headers $V2)" = 429 ]
	[ "$(get $V2)" = '{"message":"Too Many Requests"}' ]
	[ "$(headers /validate)" = 429 ]
	# Whoever has no key uses up nothing.
	[ "$(curl -s "$MOCK_URL$V2")" = '{"message":"Unauthorized"}' ]
	clock_set clock 2026-11-22T12:01:00Z
	[ "$(headers $at)" = '404 RateLimit-Limit: 3 RateLimit-Remaining: 2 RateLimit-Reset: 60' ]
	mock_stop
	sed -i 's/$/ rate-headers=all retry-after=yes/' s
	mock_start s --clock file:clock
	[ "$(headers $V2)" = '200 RateLimit-Limit: 3 RateLimit-Remaining: 2 RateLimit-Reset: 60' ]
	get $V2 -o /dev/null && get $V2 -o /dev/null
	headers $V2 | grep -q 'Retry-After: 60'
	mock_stop
	sed -i 's/rate-headers=all/rate-headers=none/' s
	mock_start s --clock file:clock
	[ "$(headers $at)" = 404 ]
}

@test "errors that rules ask for look like the vendor's" {
	{
		echo "GET $V2 status=503"
		echo '* /idr/at/* status=403'
		echo 'GET /validate status=429 retry-after=3'
		echo "serve rapid7-insightidr api-key=$R7_KEY $STREAMS"
	} >s
	mock_start s
	[ "$(code "$V2")" = 503 ]
	jq -e '.message == "Service Unavailable" and .correlation_id' body
	[ "$(code /idr/at/alerts/ops/search -d '{}')" = 403 ]
	jq -e '.message == "Insufficient Permissions"' body
	[ "$(code /validate)" = 429 ]
	[ "$(cat body)" = '{"message":"Too Many Requests"}' ]
}

AT_SEARCH=/idr/at/alerts/ops/search
SINCE='"start_time":"2025-10-01T00:00:00Z"'

@test "at-alerts: search, pages in the query alone, RRNs alone" {
	serve
	post "$AT_SEARCH?size=25" "{\"search\":{$SINCE}}" >page
	[ "$(jq -c 'keys' page)" = '["aggregates","alerts","metadata","region_failures","rrns"]' ]
	[ "$(jq -c .metadata page)" = '{"index":0,"size":25,"items_in_index":25,"total_items":60,"is_last_index":false}' ]
	[ "$(post "$AT_SEARCH?size=25&index=2" "{\"search\":{$SINCE}}" | jq -c .metadata)" = \
		'{"index":2,"size":25,"items_in_index":10,"total_items":60,"is_last_index":true}' ]
	[ "$(post "$AT_SEARCH?size=25&index=9" "{\"search\":{$SINCE}}" | jq -c '.metadata | [.items_in_index, .is_last_index]')" = '[0,true]' ]
	# An index in the body: the first page again.
	post "$AT_SEARCH?size=25" "{\"search\":{$SINCE,\"index\":25,\"size\":5}}" | cmp - page
	post "$AT_SEARCH?size=25&rrns_only=true" "{\"search\":{$SINCE}}" >rrns
	[ "$(jq -c .alerts rrns)" = '[]' ]
	diff <(jq -r '.rrns[]' rrns) <(jq -r '.alerts[].rrn' page)
	for b in '' '{}' '{"search":{}}' '{"search":{"start_time":"2026-11-15"}}' \
		'{"search":{"end_time":"2026-11-15T00:00:00Z"}}' "{\"search\":{$SINCE,\"leql\":\"where(x)\"}}" \
		"{\"search\":{$SINCE},\"sorts\":[{\"field_id\":\"title\",\"order\":\"ASC\"}]}"; do
		[ "$(code "$AT_SEARCH" -d "$b")" = 400 ]
	done
	for q in size=0 size=101 index=x rrns_only=2; do
		[ "$(code "$AT_SEARCH?$q" -d "{\"search\":{$SINCE}}")" = 400 ]
	done
	[ "$(code $AT_SEARCH)" = 405 ]
}

@test "at-alerts: terms, sorts, the window by creation or by update" {
	serve
	n() { post "$AT_SEARCH?rrns_only=true" "{\"search\":{$SINCE,\"leql\":\"\",\"terms\":[$1]}}" | jq .metadata.total_items; }
	is() { jq -s "map(select($1)) | length" "$AT"; }
	[ "$(n '{"field_ids":["status"],"operator":"EQUALS","terms":["OPEN","WAITING"]}')" -eq "$(is '.status | IN("OPEN", "WAITING")')" ]
	[ "$(n '{"field_ids":["rule.mitre_tcodes"],"operator":"EQUALS","terms":["T1110"]}')" -eq "$(is '.rule.mitre_tcodes | index("T1110")')" ]
	[ "$(n '{"field_ids":["title","external_source"],"operator":"CONTAINS","terms":["SS","ß"]}')" -gt 0 ]
	[ "$(n '{"field_ids":["priority"],"operator":"EQUALS","terms":["LOW"]},{"field_ids":["status"],"operator":"EQUALS","terms":["OPEN"]}')" -eq \
		"$(is '.priority == "LOW" and .status == "OPEN"')" ]
	[ "$(n '{"field_ids":["nonsense"],"operator":"EQUALS","terms":["LOW"]}')" = null ]
	[ "$(n '{"field_ids":["status"],"operator":"LIKE","terms":["LOW"]}')" = null ]
	post "$AT_SEARCH?size=100" "{\"search\":{$SINCE},\"sorts\":[{\"field_id\":\"priority\",\"order\":\"DESC\"}]}" |
		jq -r '.alerts[].priority' | uniq | paste -sd, | grep -qx CRITICAL,HIGH,MEDIUM,LOW,INFO,UNMAPPED
	# Neither end is inside; four were created in one microsecond.
	w() { post "$AT_SEARCH" "{\"search\":{\"start_time\":\"$1\",\"end_time\":\"$2\"}}" | jq .metadata.total_items; }
	[ "$(w 2026-11-18T04:30:00.499999Z 2026-11-18T04:30:00.500001Z)" -eq 4 ]
	[ "$(w 2026-11-18T04:30:00.5Z 2026-11-18T04:30:00.500001Z)" -eq 0 ]
	[ "$(w 2026-11-18T04:30:00.499999Z 2026-11-18T04:30:00.500Z)" -eq 0 ]
	evening=$(w 2026-11-15T23:59:58Z 2026-11-16T00:00:00Z)
	[ "$evening" -eq 0 ]
	mock_stop
	serve at-time=updated_at
	[ "$(w 2026-11-15T23:59:58Z 2026-11-16T00:00:00Z)" -gt 0 ]
}

@test "at-alerts: hydrate, one, evidences, actors" {
	serve
	rrns=$(jq -s -c 'map(.rrn)[0:3] + ["rrn:alerts:us1:x:alert:1:0"]' "$AT")
	post /idr/at/alerts/ops/rrns "{\"rrns\":$rrns}" >page
	diff <(jq -c '.alerts[]' page) <(head -3 "$AT" | jq -c .)
	[ "$(post /idr/at/alerts/ops/rrns '{"rrns":["x"]}' | jq -c '[.alerts, .metadata.total_items]')" = '[[],0]' ]
	[ "$(code '/idr/at/alerts/ops/rrns?strict=true' -d '{"rrns":["x"]}')" = 404 ]
	[ "$(code '/idr/at/alerts/ops/rrns?strict=true' -d "{\"rrns\":$rrns}")" = 200 ]
	many=$(seq 101 | jq -s -c 'map(tostring)')
	for b in '' '{}' '{"rrns":"x"}' '{"rrns":[1]}' "{\"rrns\":$many}"; do
		[ "$(code /idr/at/alerts/ops/rrns -d "$b")" = 400 ]
	done
	rrn=$(sed -n 4p "$AT" | jq -r .rrn)
	get "/idr/at/alerts/$rrn/evidences" >page
	[ "$(jq -c .metadata page)" = '{"index":0,"size":20,"items_in_index":20,"total_items":23,"is_last_index":false}' ]
	[ "$(get "/idr/at/alerts/${rrn//:/%3A}/evidences?index=1" | jq -c '[(.evidences | length), .metadata.is_last_index]')" = '[3,true]' ]
	jq -e '.evidences | all(.data | type == "string")' page
	none=$(sed -n 7p "$AT" | jq -r .rrn)
	[ "$(get "/idr/at/alerts/$none/evidences" | jq -c .)" = \
		'{"evidences":[],"metadata":{"index":0,"size":20,"items_in_index":0,"total_items":0,"is_last_index":true}}' ]
	for p in '' /evidences /actors; do
		[ "$(code "/idr/at/alerts/rrn:alerts:x$p")" = 404 ]
	done
	[ "$(code "/idr/at/alerts/$rrn/evidences?size=101")" = 400 ]
}

@test "partial answers under 200, and pages that lose records" {
	serve region-failures=us2 region-failure-times=2
	for i in 1 2; do
		post "$AT_SEARCH?size=100" "{\"search\":{$SINCE}}" >page
		jq -e '.region_failures == [{"region":"us2","message":"Failed to retrieve alerts"}]' page
		jq -e '.alerts | length < 60 and all(.organization.region != "us2")' page
	done
	[ "$(post "$AT_SEARCH?size=100" "{\"search\":{$SINCE}}" | jq -c '[.metadata.total_items, .region_failures]')" = '[60,[]]' ]
	mock_stop
	serve deep-pages-lose=yes
	for i in 0 1 2; do
		post "$AT_SEARCH?size=20&index=$i" "{\"search\":{$SINCE}}" | jq -r '.alerts[].rrn' >>whole
		post "$AT_SEARCH?size=20&index=$i&rrns_only=true" "{\"search\":{$SINCE}}" | jq -r '.rrns[]' >>names
	done
	[ "$(sort -u names | wc -l)" -eq 60 ]
	[ "$(sort -u whole | wc -l)" -lt 60 ]
}

@test "over time: late, changed, gone between two pages" {
	grep -v STAT000AAAA1 "$INV" >early
	sed 's/\("rrn":"[^"]*STAT000AAAA2".*\)"status":"WAITING"/\1"status":"CLOSED"/' "$INV" >later
	run cmp -s "$INV" later
	[ "$status" -eq 1 ]
	grep -v TITLE00AAAA0 later >gone
	{
		echo "serve rapid7-insightidr api-key=$R7_KEY investigations=early alerts=$ALERTS"
		echo "at +10m rapid7-insightidr investigations=$INV"
		echo 'at +20m rapid7-insightidr investigations=later'
		echo 'at request=8 rapid7-insightidr investigations=gone'
	} >s
	clock_set clock "$NOON"
	mock_start s --clock file:clock
	[ "$(total "$WIDE")" -eq 64 ]
	rrn=$(grep STAT000AAAA1 "$INV" | jq -r .rrn)
	[ "$(code "$V2/$rrn")" = 404 ]
	clock_set clock 2026-11-22T12:10:00Z
	[ "$(total "$WIDE")" -eq 65 ]
	[ "$(code "$V2/$rrn")" = 200 ]
	[ "$(total "$WIDE&statuses=WAITING")" -eq 2 ]
	clock_set clock 2026-11-22T12:20:00Z
	[ "$(total "$WIDE&statuses=WAITING")" -eq 1 ]
	# Pages of three sizes: the last is of what is left, one record is skipped.
	for i in 0 1 2 3; do
		get "$V2?size=20&index=$i&sort=created_time,DESC&$WIDE" >>pages
	done
	[ "$(jq -r .metadata.total_data pages | paste -sd,)" = 65,65,65,64 ]
	[ "$(jq -r '.data[].rrn' pages | sort -u | wc -l)" -eq 64 ]
}

@test "indexed late: each at a time of its own, lists know it later than its RRN does" {
	clock_set clock 2026-11-16T00:00:00Z
	echo "serve rapid7-insightidr api-key=$R7_KEY $STREAMS index-delay=2d" >s
	mock_start s --clock file:clock
	list() { all 'sort=created_time,ASC&start_time=2025-10-01T00:00:00Z' | sort; }
	list >first
	tie=$(grep -c TIE0000 first) || true
	[ "$tie" -lt 6 ]
	for i in 0 1 2 3 4 5; do
		[ "$(code "$V2/$(grep "TIE0000AAAA$i" "$INV" | jq -r .rrn)")" = 200 ]
	done
	[ "$(post $V2/_search '{"start_time":"2026-11-15T09:00:00Z","end_time":"2026-11-15T10:00:00Z"}' |
		jq .metadata.total_data)" -eq "$tie" ]
	clock_set clock 2026-11-16T12:00:00Z
	list >second
	[ -z "$(comm -23 first second)" ]
	[ "$(grep -c TIE0000 second)" -gt "$tie" ]
	clock_set clock 2026-11-25T00:00:00Z
	[ "$(list | wc -l)" -eq 65 ]
}

@test "a stream that is not served is not there" {
	echo "serve rapid7-insightidr api-key=$R7_KEY investigations=$INV" >s
	mock_start s
	rrn=$(head -1 "$INV" | jq -r .rrn)
	for p in "$V2/$rrn/alerts" "$V2/$rrn/actors" "$V2/$rrn/rapid7-product-alerts" /idr/at/alerts/x \
		"$V2/$rrn/status/CLOSED" "$V2/"; do
		[ "$(code "$p")" = 404 ]
		jq -e '."sc-mock"' body
	done
	[ "$(code "$V2/$rrn")" = 200 ]
	[ "$(get '/idr/v1/investigations?size=1' | jq -c '.data[0].alerts')" = '[]' ]
}

@test "several accounts: the key tells which is meant" {
	head -5 "$INV" >five
	{
		echo "serve rapid7-insightidr name=one api-key=other-key investigations=five"
		echo "serve rapid7-insightidr name=two api-key=$R7_KEY investigations=$INV"
	} >s
	mock_start s
	[ "$(total "$WIDE")" -eq 65 ]
	[ "$(R7_KEY=other-key total "$WIDE")" -eq 5 ]
	[ "$(R7_KEY=third-key code "$V2")" = 401 ]
}

@test "scenarios that are wrong say where" {
	try() {
		echo "serve rapid7-insightidr ${*:2}" >s
		run "$SC_BIN/sc-mock" s
		[ "$status" -eq 78 ]
		[[ $output == *"s:1: "*"$1"* ]]
	}
	try 'needs api-key=' "investigations=$INV"
	for r in 250 250/ /60s 0/60s 250/0s x/60s 250/soon; do
		try "rate-limit=$r" api-key=k "rate-limit=$r"
	done
	try 'region-failure-times= needs region-failures=' api-key=k region-failure-times=2
	try 'wrong-region' api-key=k wrong-region=403
	echo '{"rrn":"x","created_time":"01-01-2020T00:00:00"}' >bad
	echo 'serve rapid7-insightidr api-key=k investigations=bad' >s
	run "$SC_BIN/sc-mock" s
	[ "$status" -eq 78 ]
	[[ $output == *"bad:1: bad time"* ]]
}

@test "generated streams belong together" {
	echo "serve rapid7-insightidr api-key=$R7_KEY investigations=generate:60,span=20d alerts=generate:180,span=20d product-alerts=generate:60,span=20d at-alerts=generate:60,span=20d evidences=generate:120,span=20d actors=generate:120,span=20d" >s
	mock_start s --clock "@$NOON"
	[ "$(client alerts | wc -l)" -eq 180 ]
	[ "$(client product-alerts | wc -l)" -eq 60 ]
	[ "$(client evidences | wc -l)" -eq 120 ]
	[ "$(client actors | wc -l)" -eq 120 ]
	[ "$(client investigation-actors | wc -l)" -eq 120 ]
	[ "$(client at-hydrated | wc -l)" -eq 60 ]
	client alerts >got
	client investigations | jq -r 'select(.latest_alert_time) | .rrn' | sort >with
	jq -r .investigation got | sort -u >of
	[ -z "$(comm -23 with of)" ]
}
