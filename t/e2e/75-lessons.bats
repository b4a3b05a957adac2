#!/usr/bin/env bats
# What users of other collectors complained about, each as a test.

load ../lib/lessons

setup() { lessons_setup; }
teardown() { mock_stop; }

@test "a restart does not collect everything again" {
	ready 45
	collect
	ids=$(sql 'select id from artifact order by id')
	collect
	fetch
	[ "$(records | wc -l)" -eq 0 ]
	[ "$(sql 'select id from artifact order by id')" = "$ids" ]
}

@test "the position is not empty after the first records and moves with each new one" {
	serve "$(threat 1 2026-11-22T08:00:00Z)"
	collect
	[ "$(high)" = 2026-11-22T08:00:00Z ]
	serve "$(threat 2 2026-11-22T09:00:00Z)"
	collect
	[ "$(high)" = 2026-11-22T09:00:00Z ]
	serve "$(threat 3 2026-11-22T10:00:00Z)"
	collect
	[ "$(high)" = 2026-11-22T10:00:00Z ]
	[ "$(ids)" = "1 2 3 " ]
}

@test "a run reads the overlap again and not the whole history" {
	ready 45
	collect
	: >"$MOCK_JOURNAL"
	fetch
	[ "$(requests)" -eq 1 ]
	[ "$(outcome .counts.seen)" -lt 5 ]
	[ "$(asked)" != 2026-11-21T12%3A00%3A00.000000Z ]
}

@test "the first look-back is applied once, also when it found nothing" {
	serve
	collect
	SC_CLOCK=@2026-11-25T12:00:00Z collect
	# Not 24 hours back from the 25th: what came on the 23rd would be lost.
	[ "$(asked | tail -n 1)" = 2026-11-21T11%3A58%3A00.000000Z ]
	serve "$(threat 1 2026-11-23T00:00:00Z)"
	SC_CLOCK=@2026-11-25T12:00:00Z collect
	[ "$(ids)" = "1 " ]
}

@test "a page that comes twice is stored once" {
	page p1 '"A"' "$(threat 1 2026-11-22T08:00:00Z)" "$(threat 2 2026-11-22T09:00:00Z)"
	page p2 null "$(threat 2 2026-11-22T09:00:00Z)" "$(threat 1 2026-11-22T08:00:00Z)"
	ready 1 "$T times=1 status=200 body=p1" "$T times=1 status=200 body=p2"
	collect
	[ "$(ids)" = "1 2 " ]
}

@test "a last page without a cursor, with null or an empty one is no error" {
	local end
	for end in '{"data":[%s]}' '{"data":[%s],"pagination":{}}' \
		'{"data":[%s],"pagination":null}' \
		'{"data":[%s],"pagination":{"nextCursor":null}}' \
		'{"data":[%s],"pagination":{"nextCursor":""}}'; do
		# shellcheck disable=SC2059
		printf "$end" "$(threat 1 2026-11-22T08:00:00Z)" >last
		if [ -n "${MOCK_PID-}" ]; then
			rules "$T status=200 body=last"
		else
			ready 1 "$T status=200 body=last"
		fi
		fetch
		[ "$status" -eq 0 ]
		[ "$(outcome .class)" = OK ]
		[ "$(requests)" -eq 1 ]
		[ "$(highs)" = 2026-11-22T08:00:00Z ]
	done
}

@test "health does not flap between runs with and without records" {
	ready 15
	for _ in 1 2 3; do
		sc-sched run acme-s1 2>>log
		[ "$(health state)" = ok ]
		[ "$(health failures)" -eq 0 ]
	done
}

@test "an empty page behind the last one changes nothing" {
	ready 20
	sed -i '/^serve/s/$/ extra-empty-page=yes/' vendor.scenario
	mock_reload
	collect
	[ "$(requests)" -eq 3 ]
	[ "$(stored)" -eq 20 ]
	before=$(high)
	collect
	[ "$(high)" = "$before" ]
	[ "$(stored)" -eq 20 ]
	absent ERROR log
}

@test "a comma-separated list of addresses gives one address" {
	cp real.map vendors/sentinelone/threats.map
	serve '{"id":"1","threatInfo":{"updatedAt":"2026-11-22T08:00:00Z"},"agentDetectionInfo":{"agentIpV4":"10.1.2.3,192.168.7.8"}}'
	collect
	[ "$(sql "select artifact ->> '\$.clientIP' from artifact")" = 10.1.2.3 ]
}

@test "empty strings are no values and no errors" {
	cp real.map vendors/sentinelone/threats.map
	dataset 1
	jq -c '(.. | strings) |= ""
	    | .id = "1" | .threatInfo.updatedAt = "2026-11-22T08:00:00Z"' \
		data.ndjson >blank
	mv blank data.ndjson
	start_vendor
	integration acme-s1
	collect
	[ "$(ids)" = "1 " ]
	sql 'select artifact from artifact' | jq -e 'all(.. | strings; . != "")'
}

@test "null in place of objects, lists and values costs nothing" {
	cp real.map vendors/sentinelone/threats.map
	dataset 3
	jq -c '{id, threatInfo: {updatedAt: .threatInfo.updatedAt}}
	    + (del(.id, .threatInfo) | map_values(null))' data.ndjson >nulls
	jq -c '.id |= "3" + .[1:] | .threatInfo.threatId = .id | .threatInfo |= with_entries(
	    if .key == "updatedAt" or .key == "threatId" then . else .value = null end)
	    | .agentRealtimeInfo |= map_values(null)' data.ndjson >>nulls
	mv nulls data.ndjson
	start_vendor
	integration acme-s1
	collect
	[ "$(stored)" -eq 6 ]
	cmp <(sql "select artifact ->> '\$.message' from artifact" | sort) <(sort data.ndjson)
}

@test "fractions of any length are times" {
	local t n=0
	for t in 08:00:00Z 08:00:01.5Z 08:00:02.12Z 08:00:03.123Z \
		08:00:04.123456Z 08:00:05.123456789Z 08:00:06.12+00:00; do
		n=$((n + 1))
		page "p$n" null "$(threat "$n" "2026-11-22T$t")"
		if [ -n "${MOCK_PID-}" ]; then
			rules "$T status=200 body=p$n"
		else
			ready 1 "$T status=200 body=p$n"
		fi
		collect
		[ "$(high)" = "2026-11-22T$t" ]
	done
	[ "$(stored)" -eq 7 ]
}

@test "a host with scheme, port, path and blanks is the same console" {
	ready 5
	sed -i '/^realm:/d' "$SC_CONFIG/integrations.d/acme-s1.yaml"
	for host in acme.sentinelone.net https://acme.sentinelone.net \
		https://acme.sentinelone.net/ ACME.sentinelone.net \
		https://acme.sentinelone.net/dashboard acme.sentinelone.net:443 \
		'  acme.sentinelone.net ' 'https://acme.sentinelone.net:443/?tab=1#top '; do
		sed -i "s|^host: .*|host: \"$host\"|" "$SC_CONFIG/integrations.d/acme-s1.yaml"
		fetch
		[ "$status" -eq 0 ]
		jq -r 'select(.type == "RECORD") | .id' out >>ids
	done
	[ "$(sort ids | uniq -c | awk '{ print $1 }' | sort -u)" = 8 ]
}

@test "all threats and not the first ten" {
	ready 137
	collect
	[ "$(stored)" -eq 137 ]
	[ "$(requests)" -eq 14 ]
	[ "$(mock_requests | grep -c 'limit=10&')" -eq 14 ]
}

@test "more than 1,000 threats are reached, and never by skip" {
	small_pages 100
	ready 1250
	collect
	[ "$(stored)" -eq 1250 ]
	absent skip= <(mock_requests)
}

@test "429 and 503 are retried in one layer only" {
	ready 5
	for code in 429 503; do
		rules "$T status=$code retry-after=1"
		sc-sched run acme-s1 2>>log || true
		[ "$(requests)" -eq 3 ]
	done
	rules "$T status=503"
	sc-sched run acme-s1 2>>log || true
	[ "$(requests)" -eq 3 ]
	rules
	collect
	[ "$(stored)" -eq 5 ]
}

@test "a Retry-After without sense makes no hot loop and no endless wait" {
	ready 5
	for after in 0 -5 99999999999999999999 soon 2.5 'Sun, 22 Nov 2026 11:00:00 GMT' \
		'Sun, 22 Nov 2099 11:00:00 GMT' ''; do
		printf 'HTTP/1.1 429 Too Many Requests\r\nRetry-After: %s\r\nContent-Type: application/json\r\n\r\n{}' \
			"$after" >busy.http
		rules "$T file=busy.http"
		fetch
		[ "$status" -eq 75 ]
		[ "$(outcome .class)" = QUOTA ]
		[ "$(requests)" -le 3 ]
		[[ $(outcome .not_before) < 2026-11-24 || $(outcome .not_before) = null ]]
	done
}

@test "resolved threats are collected like others: only time is filtered" {
	ready 10
	collect
	mock_requests | sed 's/.*?//' | tr '&' '\n' | cut -d= -f1 | sort -u >parameters
	[ "$(tr '\n' ' ' <parameters)" = "limit skipCount sortBy sortOrder updatedAt__gte " ]
}

@test "an old threat that changes is collected again" {
	ready 10
	collect
	jq -c 'if .id == "'"$(nth_id 1)"'" then .threatInfo.updatedAt = "2026-11-22T11:59:00Z" else . end' data.ndjson >new
	mv new data.ndjson
	mock_reload
	collect
	[ "$(sql "select count(*) from artifact where key = '$(nth_id 10)'")" -eq 1 ]
	[ "$(stored)" -eq 11 ]
}

@test "the oldest change comes first, so that a break leaves no gap" {
	ready 35
	mock_requests >/dev/null
	sc-fetch --max-pages 1 acme-s1 2>>log | sc-normalize 2>>log | sc-ship >/dev/null 2>>log
	[ "$(stored)" -eq 10 ]
	# More comes in before the next run.
	threat 777 2026-11-22T11:59:30Z >>data.ndjson
	mock_reload
	collect
	[ "$(stored)" -eq 36 ]
	[ "$(mock_requests | grep -vc 'sortBy=updatedAt&sortOrder=asc')" -eq 0 ]
}

@test "a limit that is reached is said and the next run goes on" {
	ready 35
	fetch --max-pages 2
	[ "$(outcome .partial)" = true ]
	grep -q 'stopped at the limit after 2 pages; the next run goes on' log
	sc-normalize <out 2>>log | sc-ship >/dev/null 2>>log
	collect
	[ "$(stored)" -eq 35 ]
}

@test "the position is not saved before the records are" {
	ready 35 "$T from=2 status=500"
	collect
	[ "$(stored)" -eq 10 ]
	at=$(high)
	rules "$T status=500"
	collect
	[ "$(high)" = "$at" ]
	# Nor on the way: records that were fetched and not stored come again.
	rules
	sc-fetch acme-s1 >lost 2>>log
	sc-fetch acme-s1 2>>log | sc-normalize >lost 2>>log
	[ "$(high)" = "$at" ]
	collect
	[ "$(stored)" -eq 35 ]
}

@test "a page token never outlives its run" {
	ready 35 "$T from=2 status=500"
	collect
	absent cursor <(sql 'select value from bookmark')
	rules
	collect
	[ "$(mock_requests | head -n 1 | grep -c cursor=)" -eq 0 ]
	[ "$(stored)" -eq 35 ]
}

@test "an expired page token is no gap, no duplicate and no silence" {
	echo '{"errors":[{"code":4000010,"detail":"Invalid cursor value received","title":"Validation Error"}]}' >bad.json
	ready 35 "$T from=3 times=1 status=400 body=bad.json"
	collect
	[ "$(stored)" -eq 35 ]
	grep -q 'WARN.*refuses its own page token' log
}

@test "page tokens that go in a circle end, and end with an error" {
	page p1 '"A"' "$(threat 1 2026-11-22T08:00:00Z)"
	page p2 '"B"' "$(threat 2 2026-11-22T09:00:00Z)"
	ready 1 "$T times=1 status=200 body=p1" "$T times=1 status=200 body=p2" \
		"$T status=200 body=p1"
	fetch
	[ "$status" -eq 76 ]
	[ "$(requests)" -eq 3 ]
}

@test "the next page is never taken from an error" {
	page p1 '"A"' "$(threat 1 2026-11-22T08:00:00Z)"
	ready 1 "$T status=500 body=p1"
	fetch
	[ "$status" -eq 69 ]
	[ "$(mock_requests | grep -c cursor=)" -eq 0 ]
	[ "$(records | wc -l)" -eq 0 ]
}

@test "records of the last instant are neither lost nor doubled by an empty run" {
	serve "$(threat 1 2026-11-22T08:00:00.5Z)"
	collect
	serve
	collect
	serve "$(threat 1 2026-11-22T08:00:00.5Z)" "$(threat 2 2026-11-22T08:00:00.5Z)"
	collect
	[ "$(ids)" = "1 2 " ]
}

@test "a bookmark that is damaged is not a first run" {
	local value
	ready 5
	collect
	: >"$MOCK_JOURNAL"
	for value in '' '{}' '{"v":1}' '{"v":1,"high":""}' '{"v":1,"high":"soon"}' \
		'{"v":1,"high":null}' '{"v":1,"high"' '[]' "$(printf '%064d' 0)" \
		'{"v":2,"high":"2026-11-22T08:00:00Z"}'; do
		sql "update bookmark set value = '$value'"
		fetch
		[ "$status" -eq 66 ]
		[ "$(records | wc -l)" -eq 0 ]
		grep -q 'ERROR.*the bookmark of acme-s1.threats' log
	done
	[ "$(requests)" -eq 0 ]
}

@test "an empty state is never a commit" {
	ready 5
	collect
	before=$(bookmark)
	[ "${before%%|*}" -eq 1 ]
	for state in '{"type":"STATE","value":{}}' '{"type":"STATE","for":"store","value":{}}' \
		'{"type":"STATE","for":"store","value":{"bookmarks":{"acme-s1.threats":{}}}}' \
		'{"type":"STATE","for":"store","value":{"bookmarks":{"acme-s1.threats":{"gen":1}}}}' \
		'{"type":"STATE","for":"store","value":{"bookmarks":{"acme-s1.threats":{"gen":1,"v":1}}}}'; do
		echo "$state" | sc-ship >/dev/null 2>>log || true
		[ "$(bookmark)" = "$before" ]
	done
	echo '{"type":"STATE","for":"store","value":{"bookmarks":{}}}' | sc-ship 2>>log
	[ "$(bookmark)" = "$before" ]
}

@test "a back-fill leaves no gap before the live run, whichever is first" {
	ready 40
	sc-fetch --since 2026-11-22T06:00Z acme-s1 2>>log | sc-normalize 2>>log |
		sc-ship >/dev/null 2>>log
	[ -z "$(bookmark)" ]
	[ "$(stored)" -lt 40 ]
	collect
	[ "$(stored)" -eq 40 ]
}

@test "two integrations do not share a position" {
	ready 15
	integration other
	collect
	sc-fetch other 2>>log | sc-normalize 2>>log | sc-ship >/dev/null 2>>log
	[ "$(sql "select count(*) from artifact where integration = 'other'")" -eq 15 ]
	[ "$(sql 'select count(*) from bookmark')" -eq 2 ]
}

@test "fetched twice by different hosts a record has one id and its own time" {
	ready 10
	collect
	sql 'select id, event_ms, artifact from artifact order by id' >here
	SC_STATE=$PWD/there
	sc-store init 2>/dev/null
	SC_CLOCK=@2026-11-22T12:30:00Z collect
	sql 'select id, event_ms, artifact from artifact order by id' >there.txt
	cmp here there.txt
}

@test "the time zone of the host does not matter" {
	ready 20
	fetch
	requested=$(asked)
	keys >want
	: >"$MOCK_JOURNAL"
	TZ=America/New_York fetch
	[ "$(asked)" = "$requested" ]
	keys | cmp - want
	TZ=Asia/Kolkata fetch --since 2026-11-22T06:00
	asked | tail -n 1 | grep -qx '2026-11-22T06%3A00%3A00.000000Z'
}

@test "one bad record is stored as such and stops nobody" {
	{
		printf '{"data":[%s,' "$(threat 1 2026-11-22T08:00:00Z)"
		printf '{"id":"2","x":"\xff","threatInfo":{"updatedAt":"2026-11-22T08:30:00Z"}},7,'
		printf '%s]}' "$(threat 3 2026-11-22T09:00:00Z)"
	} >mixed
	ready 1 "$T status=200 body=mixed"
	collect
	[ "$(stored)" -eq 4 ]
	collect
	[ "$(stored)" -eq 4 ]
	[ "$(high)" = 2026-11-22T09:00:00Z ]
}

@test "a refused key is not health, nor is collecting nothing" {
	ready 5
	sc-sched run acme-s1 2>>log
	rules "$T status=401"
	failing sc-sched run acme-s1 2>>log
	[ "$(health state)" = failing ]
	failing sc-status >table
	grep -q AUTH table
	# One good run is enough to be well again.
	rules
	sc-sched run acme-s1 2>>log
	[ "$(health state)" = ok ]
	sc-status >table
}

@test "waiting for a quota is healthy" {
	ready 5 "$T times=1 status=429 retry-after=900"
	failing sc-sched run acme-s1 2>>log
	[ "$(health state)" = waiting ]
	sc-status >table
}

@test "what counts as a rate limit is the vendor's file, not the program" {
	# Some vendors say 403 when they mean 429.
	sed -i '/- status: 403/{n;s/PERMISSION/QUOTA/}' vendors/sentinelone/vendor.yaml
	ready 1 "$T status=403 retry-after=60"
	fetch
	[ "$status" -eq 75 ]
	[ "$(outcome .class)" = QUOTA ]
}

@test "a setting that is wrong costs nothing that was collected" {
	ready 15
	collect
	before=$(contents)
	echo 'intervall: 5m' >>"$SC_CONFIG/integrations.d/acme-s1.yaml"
	failing sc-fetch acme-s1 2>>log
	failing sc-sched run acme-s1 2>>log
	[ "$(contents)" = "$before" ]
	sed -i '$d' "$SC_CONFIG/integrations.d/acme-s1.yaml"
	collect
	[ "$(contents)" = "$before" ]
}

@test "keys, questions and answers do not show in logs and errors" {
	printf '{"errors":[{"title":"Bad %s"}],"private":"content"}' "$TOKEN" >echo.json
	ready 5 "$T times=1 status=500 body=echo.json" "$T status=403 body=echo.json"
	fetch -v
	[ "$status" -eq 77 ]
	sc-sched run acme-s1 2>>log || true
	sc-status >table || true
	absent "$TOKEN" log report table "$MOCK_JOURNAL" "$SC_STATE/store.db"
	absent content log report table
	absent updatedAt__gte <(grep ERROR log)
}
