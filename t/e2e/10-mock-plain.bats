#!/usr/bin/env bats
# sc-mock: an API that the scenario describes by itself.

bats_require_minimum_version 1.5.0
load ../lib/mock

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	printf '%s\n' '{"id":1,"at":{"seen":"2026-11-22T10:00:00Z"}, "n":12345678901234567890}' \
		'{"id":3,"at":{"seen":"2026-11-22T12:00:00Z"}}' '' \
		'{"id":2,"at":{"seen":"2026-11-22T13:00:00+02:00"}}' >all.ndjson
	printf '%s\n' '{"id":7,"t":1000}' '{"id":8,"t":"2000"}' >ms.ndjson
	alerts='path=/v1/alerts key-header=X-Beacon-Key key=test-key items=alerts'
	window='time=at.seen after=after before=before'
}

teardown() {
	mock_stop
}

# serve LINE...: a mock with these lines
serve() {
	printf '%s\n' "$@" >plain.scenario
	mock_start plain.scenario
}

# get TARGET [ARG...]: the answer's body, the status in the file "status"
get() {
	curl -s -o body -w '%{http_code}' -H "X-Beacon-Key: ${KEY-test-key}" "${@:2}" "$MOCK_URL$1" >status
	cat body
}

# ids QUERY: of the alerts that come, in their order
ids() {
	get "/v1/alerts$1" | jq -r '[.alerts[].id] | join(" ")'
}

@test "plain: a list of records, byte for byte, in the order of the file" {
	serve "serve plain $alerts records=all.ndjson"
	[ "$(get /v1/alerts)" = "{\"alerts\":[$(grep . all.ndjson | paste -sd,)]}" ]
	serve "serve plain path=/v1/alerts key-header=X-Beacon-Key key=test-key records=all.ndjson"
	[ "$(get /v1/alerts)" = "[$(grep . all.ndjson | paste -sd,)]" ]
	: >empty.ndjson
	serve "serve plain $alerts $window records=empty.ndjson"
	[ "$(get '/v1/alerts?after=2026-11-22')" = '{"alerts":[]}' ]
}

@test "plain: after belongs to the window, before does not" {
	serve "serve plain $alerts $window records=all.ndjson"
	[ "$(ids '')" = '1 3 2' ]
	[ "$(ids '?after=2026-11-22T11:00:00Z')" = '3 2' ]
	[ "$(ids '?after=2026-11-22T11:00:00.001Z')" = 3 ]
	[ "$(ids '?before=2026-11-22T11:00:00Z')" = 1 ]
	[ "$(ids '?after=2026-11-22T10:00:00Z&before=2026-11-22T12%3A00%3A00Z')" = '1 2' ]
	[ "$(ids '?after=2026-11-23')" = '' ]
}

@test "plain: times in milliseconds" {
	serve "serve plain $alerts time=t times=ms after=from before=to records=ms.ndjson"
	[ "$(ids '?from=1000&to=2000')" = 7 ]
	[ "$(ids '?from=1001')" = 8 ]
	get '/v1/alerts?from=2026-11-22T10:00:00Z' | grep -q '"from: not a time"'
}

@test "plain: wrong keys, methods and parameters are refused" {
	serve "serve plain $alerts $window records=all.ndjson"
	for KEY in wrong '' test-key2 test-ke; do
		[ "$(get /v1/alerts)" = '{"error":"invalid key"}' ]
		[ "$(cat status)" = 401 ]
	done
	KEY=test-key
	get /v1/alerts -X POST
	[ "$(cat status)" = 405 ]
	for query in 'limit=1:limit: unknown parameter' 'after=yesterday:after: not a time' \
		'after=:after: not a time' 'after=2026-11-22&after=2026-11-22:after: given more than once' \
		'time=2026-11-22:time: unknown parameter' 'after=%zz:malformed query'; do
		[ "$(get "/v1/alerts?${query%%:*}")" = "{\"error\":\"${query#*:}\"}" ]
		[ "$(cat status)" = 400 ]
	done
	serve "serve plain $alerts time=at.seen after=after records=all.ndjson"
	get '/v1/alerts?before=2026-11-22' | grep -q 'before: unknown parameter'
	get /v1/alert | grep -q 'no rule answers this request'
	[ "$(cat status)" = 404 ]
}

@test "plain: several paths, faults on top, records that come late" {
	serve 'GET /v1/devices status=503' "GET /v1/alerts from=2 times=1 status=429 retry-after=3" \
		"serve plain $alerts $window records=all.ndjson" \
		'serve plain name=more path=/v1/more key-header=X-Beacon-Key key=other-test-key records=ms.ndjson' \
		'at request=2 more records=all.ndjson'
	[ "$(ids '')" = '1 3 2' ]
	get /v1/alerts
	[ "$(cat status)" = 429 ]
	get /v1/more
	[ "$(cat status)" = 401 ]
	KEY=other-test-key
	[ "$(get /v1/more | jq length)" = 2 ]
	[ "$(get /v1/more | jq length)" = 3 ]
	get /v1/alerts
	[ "$(cat status)" = 401 ]
	get /v1/devices
	[ "$(cat status)" = 503 ]
	# The key is in no journal.
	run ! grep -r test-key "$MOCK_JOURNAL" "$MOCK_LOG"
}

# refused TEXT LINE: the scenario does not load
refused() {
	echo "$2" >bad.scenario
	run -78 "$SC_BIN/sc-mock" bad.scenario
	[[ $output == *"bad.scenario:1: $1"* ]]
}

@test "plain: scenarios that make no sense" {
	all='serve plain needs path=, key-header=, key= and records='
	refused "${all#serve }" "serve plain $alerts"
	refused "${all#serve }" 'serve plain path=/a key=test-key records=all.ndjson'
	refused 'path=v1: expected /...' 'serve plain path=v1 key-header=K key=test-key records=all.ndjson'
	refused 'after= and before= need time=' "serve plain $alerts after=a records=all.ndjson"
	refused 'time=at..seen: not a path' "serve plain $alerts time=at..seen records=all.ndjson"
	refused 'all.ndjson:1: no time at when' "serve plain $alerts time=when records=all.ndjson"
	refused 'there is nothing to generate for this' "serve plain $alerts records=generate:5"
}
