#!/usr/bin/env bats
# sc-mock as Rapid7 InsightIDR: what a client sees of it.
load ../lib/mock
load ../lib/clock

NOON=2026-11-22T12:00:00Z

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	D=$SC_ROOT/fixtures/rapid7-insightidr
	INV=$D/investigations.ndjson ALERTS=$D/alerts.ndjson AT=$D/at-alerts.ndjson
	V2=/idr/v2/investigations
	export R7_KEY=r7-test-key
	STREAMS="investigations=$INV alerts=$ALERTS product-alerts=$D/product-alerts.ndjson at-alerts=$AT evidences=$D/evidences.ndjson actors=$D/actors.ndjson"
}

teardown() {
	mock_stop || true
}

# serve [WORD...]: all streams, at noon
serve() {
	echo "serve rapid7-insightidr api-key=$R7_KEY $STREAMS $*" >s
	mock_start s --clock "@$NOON"
}

# get PATH [CURL OPTION...]
get() {
	curl -sS -g -H "X-Api-Key: $R7_KEY" "${@:2}" "$MOCK_URL$1"
}

# post PATH BODY [CURL OPTION...]
post() {
	get "$1" -d "$2" "${@:3}"
}

# code PATH [CURL OPTION...]: the status alone, the body in the file body
code() {
	get "$1" "${@:2}" -o body -w '%{http_code}'
}

# all QUERY: the last parts of the RRNs of all pages, in order
all() {
	local index=0 pages=1
	while [ $index -lt "$pages" ]; do
		get "$V2?size=13&index=$index&$1" >page
		jq -r '.data[].rrn | split(":")[-1]' page
		pages=$(jq .metadata.total_pages page)
		index=$((index + 1))
	done
}

total() {
	get "$V2?$1" | jq .metadata.total_data
}

found() {
	post "$V2/_search${2-}" "$1" | jq .metadata.total_data
}

# client STREAM [URL CA]
client() {
	python3 "$SC_ROOT/t/clients/rapid7.py" "${2:-$MOCK_URL}" "$1" ${3+"$3"}
}

# plain FILE [JQ]: records as the client prints them
plain() {
	python3 -c 'import json, sys
for line in sys.stdin: print(json.dumps(json.loads(line), sort_keys=True))' <"$1"
}

WIDE='start_time=2025-10-01T00:00:00Z&end_time=2026-12-01T00:00:00Z'

@test "a client that knows the contract gets every record of every stream" {
	serve gzip=yes needs-version=yes
	plain "$INV" >want
	client investigations >got
	diff <(sort want) <(sort got)
	client search >again
	diff got again
	# One alert's investigation is not there, so nobody finds the way to it.
	diff <(plain "$ALERTS" | grep -v GONE000 | sort) <(client alerts | sort)
	diff <(plain "$D/product-alerts.ndjson" | sort) <(client product-alerts | sort)
	diff <(plain "$AT" | sort) <(client at-alerts | sort)
	diff <(plain "$AT" | sort) <(client at-hydrated | sort)
	diff <(plain "$D/evidences.ndjson" | sort) <(client evidences | sort)
	jq -c 'del(.investigation)' "$D/actors.ndjson" >actors
	diff <(plain actors | sort) <(client actors | sort)
	jq -c 'select(.investigation) | del(.alert)' "$D/actors.ndjson" >actors
	diff <(plain actors | sort) <(client investigation-actors | sort)
	client v1 | jq -r .rrn | sort >got
	diff <(jq -r .rrn "$INV" | sort) got
}

@test "the same over TLS, of whole answers with a length" {
	echo "serve rapid7-insightidr api-key=$R7_KEY $STREAMS chunked=no" >s
	mock_start s --clock "@$NOON" --tls tls
	url=https://127.0.0.1:$MOCK_TLS_PORT
	diff <(plain "$INV" | sort) <(client investigations "$url" tls/ca.pem | sort)
	diff <(plain "$D/evidences.ndjson" | sort) <(client evidences "$url" tls/ca.pem | sort)
	get "$V2" -D head >/dev/null
	grep -qi '^content-length: ' head
	run grep -qi '^transfer-encoding' head
	[ "$status" -eq 1 ]
}

@test "records arrive byte for byte, children without their wrapper" {
	serve
	for i in 0 1; do
		get "$V2?size=100&index=$i&$WIDE" >>page
		post "/idr/at/alerts/ops/search?size=50&index=$i" \
			'{"search":{"start_time":"2025-10-01T00:00:00Z"}}' >>page
	done
	while IFS= read -r line; do
		grep -qF -- "$line" page
	done < <(cat "$INV" "$AT")
	rrn=$(jq -r 'select(.rrn | endswith("MANYAL0AAAA1")).rrn' "$INV")
	get "$V2/$rrn/alerts?size=100" >page
	grep -F "\"$rrn\"" "$ALERTS" | sed 's/^{"investigation": *"[^"]*", *"alert": *//; s/}$//' >inner
	[ "$(wc -l <inner)" -eq 25 ]
	while IFS= read -r line; do
		grep -qF -- "$line" page
	done <inner
	# One investigation is the record and nothing else.
	grep ODD0000AAAA2 "$INV" >want
	get "$V2/$(jq -r .rrn want)" | diff - <(tr -d '\n' <want)
	alert=$(sed -n 9p "$AT" | jq -r .rrn)
	get "/idr/at/alerts/$alert" | diff - <(sed -n 9p "$AT" | tr -d '\n')
}

@test "the list's defaults: 20, 28 days by creation, both ends outside, most urgent first" {
	serve
	get "$V2" >page
	jq -e '.metadata | .index == 0 and .size == 20 and (keys == ["index", "size", "total_data", "total_pages"])' page
	[ "$(jq '.data | length' page)" -eq 20 ]
	python3 - "$INV" page <<'END'
import datetime, json, sys
def us(t):
    return datetime.datetime.fromisoformat(t.replace("Z", "+00:00")[:19] + "+00:00").timestamp() * 1000 + \
        int((t[20:-1] if "." in t else "").ljust(3, "0"))
noon = us("2026-11-22T12:00:00Z")
rows = [json.loads(line) for line in open(sys.argv[1])]
rank = ["UNSPECIFIED", "INFORMATIONAL", "LOW", "MEDIUM", "HIGH", "CRITICAL"]
rank = {p: i for i, p in enumerate(rank)}
seen = [r for r in rows if noon - 28 * 86400000 < us(r["created_time"]) < noon]
assert len(seen) < len(rows)
seen.sort(key=lambda r: -rank.get(r["priority"], 0))
page = json.load(open(sys.argv[2]))
assert page["metadata"]["total_data"] == len(seen), (page["metadata"], len(seen))
assert page["metadata"]["total_pages"] == (len(seen) + 19) // 20
assert page["data"] == seen[:20]
END
	all sort=priority,DESC >list
	run grep -cE 'OLD0000|EDGE000AAAA[13]' list
	[ "$output" -eq 0 ]
	[ "$(grep -cE 'EDGE000AAAA[24]' list)" -eq 2 ]
	# Asked for, the bounds are outside as well.
	[ "$(total 'start_time=2026-10-25T12:00:00Z&end_time=2026-10-25T12:00:00.001Z')" -eq 0 ]
	[ "$(total 'start_time=2026-10-25T11:59:59.999Z&end_time=2026-10-25T12:00:00.001Z')" -eq 1 ]
	[ "$(total 'start_time=2026-10-25T12:00:00.000000Z&end_time=2026-10-25T12:00:00.002000%2B00:00')" -eq 1 ]
	[ "$(total 'start_time=2026-10-25T13:00:00.000%2B01:00&end_time=2026-10-25T12:00:00.002Z')" -eq 1 ]
	# Six in one millisecond: whoever asks "since the last one" loses them.
	[ "$(total 'start_time=2026-11-15T09:30:00Z&end_time=2026-11-15T09:30:00.001Z')" -eq 0 ]
	[ "$(total 'start_time=2026-11-15T09:29:59.999Z&end_time=2026-11-15T09:30:00.001Z')" -eq 6 ]
}

@test "index is a page, whatever clients think" {
	serve
	get "$V2?size=10&index=1&sort=created_time,ASC&$WIDE" | jq -c '.data' >one
	get "$V2?size=20&sort=created_time,ASC&$WIDE" | jq -c '.data[10:]' >two
	diff one two
	# An offset in its place: an answer without records, not an error.
	[ "$(get "$V2?size=10&index=10&$WIDE" | jq -c .)" = \
		'{"data":[],"metadata":{"index":10,"size":10,"total_pages":7,"total_data":65}}' ]
	[ "$(get "$V2?size=100&index=2147483647" | jq '.data | length')" -eq 0 ]
	[ "$(get "$V2?start_time=2026-11-22T11:59:59.999Z" | jq -c .)" = \
		'{"data":[],"metadata":{"index":0,"size":20,"total_pages":0,"total_data":0}}' ]
}

@test "sort: every field that the vendor has, both ways, and no other" {
	serve
	for f in created_time priority rrn alerts_most_recent_created_time \
		alerts_most_recent_detection_created_time; do
		all "sort=$f,ASC&$WIDE" >asc
		all "sort=$f%2CDESC&$WIDE" >desc
		[ "$(sort -u asc | wc -l)" -eq 65 ]
		diff <(sort asc) <(sort desc)
		run cmp -s asc desc
		[ "$status" -eq 1 ]
	done
	all "sort=rrn,ASC&$WIDE" >got
	diff got <(jq -r .rrn "$INV" | LC_ALL=C sort | sed 's/.*://')
	# The one that got an alert months later leads.
	[ "$(all "sort=alerts_most_recent_created_time,DESC&$WIDE" | sed -n 3p)" = OLD0000AAAA1 ]
	for s in created_time created_time,asc created_time,UP title,ASC last_accessed,ASC \
		,ASC responsibility,ASC 'created_time, ASC'; do
		[ "$(code "$V2?sort=${s// /%20}")" = 400 ]
	done
}

@test "filters: lists of values, one assignee, all tags" {
	serve
	n() { jq -s "map(select($1)) | length" "$INV"; }
	[ "$(total "$WIDE&statuses=OPEN")" -eq "$(n '.status == "OPEN"')" ]
	[ "$(total "$WIDE&statuses=CLOSED%2CWAITING")" -eq "$(n '.status == "CLOSED" or .status == "WAITING"')" ]
	[ "$(total "$WIDE&sources=ALERT,USER")" -eq "$(n '.source == "ALERT" or .source == "USER"')" ]
	[ "$(total "$WIDE&sources=MANUAL,HUNT,AUTOMATION")" -eq "$(n '.source | IN("MANUAL", "HUNT", "AUTOMATION")')" ]
	[ "$(total "$WIDE&priorities=LOW,HIGH")" -eq "$(n '.priority | IN("LOW", "HIGH")')" ]
	# "None" has two names in answers and one in questions.
	[ "$(total "$WIDE&priorities=UNSPECIFIED")" -eq "$(n '.priority | IN("UNSPECIFIED", "UNMAPPED")')" ]
	[ "$(total "$WIDE&assignee.email=ellen@soc.example.com")" -eq "$(n '.assignee.email == "ellen@soc.example.com"')" ]
	[ "$(total "$WIDE&assignee.email=ellen")" -eq 0 ]
	[ "$(total "$WIDE&assignee.email=j%C3%BCrgen%40soc.example.com")" -eq 1 ]
	[ "$(total "$WIDE&tags=Incident")" -eq "$(n '(.tags // []) | index("Incident")')" ]
	[ "$(total "$WIDE&tags=Security+Test,Incident")" -eq "$(n '(.tags // []) | index("Incident") and index("Security Test")')" ]
	[ "$(total "$WIDE&tags=%C3%9Cberpr%C3%BCft")" -eq 1 ]
	[ "$(total "$WIDE&statuses=OPEN&sources=USER&tags=Incident")" -eq 0 ]
	[ "$(total "$WIDE&statuses=&tags=")" -eq 65 ]
}

@test "unknown parameters are ignored without a word" {
	serve
	want=$(total "$WIDE")
	for q in status=OPEN source=USER assignee=unassigned 'filter=created_time%3E2026-11-20' \
		limit=5 offset=3 since=now priority=LOW multi_customer=x Size=0 rrns_only=perhaps; do
		[ "$(total "$WIDE&$q")" -eq "$want" ]
	done
	[ "$(get "/idr/v1/investigations?sort=nonsense&sources=NOBODY&size=1000" | jq .metadata.total_data)" -eq 65 ]
}

@test "wrong values are refused with 400" {
	serve
	for q in size=0 size=101 size=-1 size=ten size= index=-1 index=1.5 index= \
		sources=INVALID_SOURCE sources=ALERT,NOBODY statuses=open statuses=Open \
		priorities=URGENT priorities=UNMAPPED start_time=yesterday \
		start_time=2026-11-20 start_time=2026-11-20T10:00:00 \
		start_time=1763600000000 end_time=2026-11-20T10:00:00+00:00 \
		'end_time=2026-11-20%2010:00:00Z' multi-customer=maybe index=%zz; do
		[ "$(code "$V2?$q")" = 400 ]
		jq -e '(.message | length > 0) and (.correlation_id | test("^[0-9a-f-]{36}$"))' body
	done
	[ "$(jq -r .message <(get "$V2?size=101"))" = 'size must be between 1 and 100' ]
	for b in multi-customer=True multi-customer=False multi-customer=true; do
		[ "$(code "$V2?$b")" = 200 ]
	done
	[ "$(code "/idr/v1/investigations?size=1000")" = 200 ]
	[ "$(code "/idr/v1/investigations?size=1001")" = 400 ]
}

@test "_search: criteria, operators, order, and what is no body" {
	serve
	wide='"start_time":"2025-10-01T00:00:00Z","end_time":"2026-12-01T00:00:00.000+00:00"'
	criteria() { echo "{$wide,\"search\":[$1]}"; }
	one() { found "$(criteria "{\"field\":\"$1\",\"operator\":\"$2\",\"value\":$3}")"; }
	n() { jq -s "map(select($1)) | length" "$INV"; }
	[ "$(found '{}')" -eq "$(total '')" ]
	[ "$(found "{$wide}")" -eq 65 ]
	[ "$(one title CONTAINS '"rAnSoMwArE"')" -eq 2 ]
	[ "$(one status EQUALS '"open"')" -eq "$(n '.status == "OPEN"')" ]
	[ "$(one status IN '["OPEN","closed"]')" -eq "$(n '.status | IN("OPEN", "CLOSED")')" ]
	[ "$(one source EQUALS '"HUNT"')" -eq 1 ]
	[ "$(one priority IN '["LOW"]')" -eq "$(n '.priority == "LOW"')" ]
	[ "$(one rrn EQUALS "$(sed -n 3p "$INV" | jq .rrn)")" -eq 1 ]
	[ "$(one organization_id EQUALS '"5f1c2d3e-0a1b-4c2d-8e3f-001122334488"')" -eq 1 ]
	[ "$(one assignee_id EQUALS '"5f1c2d3e-0a1b-4c2d-8e3f-001122334488"')" -eq 0 ]
	[ "$(one actor_asset_hostname CONTAINS '"LAPTOP-\"1"')" -gt 0 ]
	[ "$(one actor_user_name CONTAINS '"zoe.mueller"')" -eq "$(jq -s 'map(select(.investigation
		and .actor.type == "ACCOUNT" and (.actor.display_name | contains("zoe"))).investigation)
		| unique | length' "$D/actors.ndjson")" ]
	[ "$(one alert_rule_rrn EQUALS '"rrn:cba:::detection-rule:EX0MPLE00001"')" -eq "$(jq -s 'map(select(
		(.alert.detection_rule_rrn | if type == "object" then .rule_rrn else . end)
		== "rrn:cba:::detection-rule:EX0MPLE00001").investigation) | unique | length' "$ALERTS")" ]
	[ "$(one alert_mitre_t_codes EQUALS '"t1486"')" -eq "$(jq -s 'map(select(.investigation_rrn
		and (.rule.mitre_tcodes | index("T1486"))).investigation_rrn) | unique | length' "$AT")" ]
	both='{"field":"status","operator":"EQUALS","value":"OPEN"},{"field":"priority","operator":"EQUALS","value":"LOW"}'
	[ "$(found "$(criteria "$both")")" -eq "$(n '.status == "OPEN" and .priority == "LOW"')" ]
	post "$V2/_search?size=100&index=0" "{$wide,\"sort\":[{\"field\":\"priority\",\"order\":\"ASC\"},{\"field\":\"created_time\",\"order\":\"DESC\"}]}" |
		jq -r '.data[].priority' | uniq >got
	[ "$(tail -4 got | paste -sd,)" = LOW,MEDIUM,HIGH,CRITICAL ]
	# A page in the body is no page.
	[ "$(post "$V2/_search?size=5" "{$wide,\"index\":1,\"size\":50}" | jq -c '[.metadata.index, (.data | length)]')" = '[0,5]' ]
	for b in '' '[]' 'x' '{' '{"search":{}}' '{"search":[{}]}' '{"search":["a"]}' \
		'{"search":[{"field":"title","operator":"EQUALS","value":"x"}]}' \
		'{"search":[{"field":"status","operator":"CONTAINS","value":"x"}]}' \
		'{"search":[{"field":"status","operator":"IN","value":"OPEN"}]}' \
		'{"search":[{"field":"status","operator":"EQUALS","value":["OPEN"]}]}' \
		'{"search":[{"field":"last_accessed","operator":"EQUALS","value":"x"}]}' \
		'{"sort":[{"field":"title","order":"ASC"}]}' '{"sort":[{"field":"rrn"}]}' \
		'{"start_time":"2026-11-20"}' '{"end_time":5}'; do
		[ "$(code "$V2/_search" -d "$b")" = 400 ]
	done
	[ "$(code "$V2/_search?size=0" -d '{}')" = 400 ]
	[ "$(code "$V2/_search")" = 405 ]
	[ "$(code "$V2" -d '{}')" = 405 ]
}

@test "one investigation: by RRN, raw or escaped, or by its old id" {
	serve
	rrn=$(sed -n 9p "$INV" | jq -r .rrn)
	for id in "$rrn" "${rrn//:/%3A}" "${rrn//:/%3a}"; do
		[ "$(get "$V2/$id" | jq -r .rrn)" = "$rrn" ]
	done
	id=$(get '/idr/v1/investigations?size=1000' | jq -r --arg r "$rrn" '.data[] | select(.rrn == $r).id')
	[[ $id =~ ^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$ ]]
	[ "$(get "$V2/$id" | jq -r .rrn)" = "$rrn" ]
	get "$V2/$id/alerts" | jq -e .metadata.total_data
	for id in rrn:example "${rrn%?}" "${rrn}X" 00000000-0000-4000-8000-000000000000; do
		for rest in '' /alerts /rapid7-product-alerts /actors; do
			[ "$(code "$V2/$id$rest")" = 404 ]
			jq -e '.message == "The requested resource does not exist." and .correlation_id' body
		done
	done
}

@test "alerts of an investigation: newest first, three forms of rule, pages" {
	serve
	rrn=$(grep MANYAL "$INV" | jq -r .rrn)
	get "$V2/$rrn/alerts" >page
	[ "$(jq -c '[.metadata[]]' page)" = '[0,20,2,25]' ]
	get "$V2/$rrn/alerts?index=1" >>page
	jq -r '.data[].created_time' page >got
	sort -r got | diff - got
	jq -r '.data[].id' page >ids
	[ "$(sort -u ids | wc -l)" -eq 25 ]
	[ "$(jq -r '.data[].detection_rule_rrn | type' page | sort -u | paste -sd,)" = null,object,string ]
	fresh=$(grep NOALRT "$INV" | jq -r .rrn)
	[ "$(get "$V2/$fresh/alerts" | jq -c .)" = \
		'{"data":[],"metadata":{"index":0,"size":20,"total_pages":0,"total_data":0}}' ]
	[ "$(get "$V2/$fresh/rapid7-product-alerts")" = '[]' ]
	[ "$(get "$V2/$rrn/rapid7-product-alerts" | jq -c 'map(.type)')" = \
		'["THREAT_COMMAND","INSIGHT AGENT","THREAT_COMMAND"]' ]
	for q in size=0 size=101 index=-1; do
		[ "$(code "$V2/$rrn/alerts?$q")" = 400 ]
	done
}

@test "the old list: newest first, no window, its own shape" {
	serve
	get '/idr/v1/investigations?size=1000' >page
	[ "$(jq -c '[.metadata[]]' page)" = '[0,1000,1,65]' ]
	jq -r '.data[].created_time' page >got
	sort -r got | diff - got
	[[ $(head -1 got) =~ \.[0-9]{3}Z$ ]]
	[ "$(get /idr/v1/investigations | jq -c '[.metadata[]]')" = '[0,20,4,65]' ]
	jq -e '.data | all(has("id") and has("rrn") and has("alerts") and (has("priority") | not)
		and (.assignee != null or (has("assignee") | not)))' page
	jq -e '.data | any(has("assignee"))' page
	jq -r '.data[] | select(.rrn | endswith("MANYAL0AAAA1")).alerts | length' page | grep -qx 25
	diff <(jq -r '.data[].title' page | sort) <(jq -r .title "$INV" | sort)
	[ "$(get '/idr/v1/investigations?statuses=WAITING' | jq .metadata.total_data)" -eq \
		"$(jq -r .status "$INV" | grep -c WAITING)" ]
	[ "$(get '/idr/v1/investigations?start_time=2026-11-15T09:29:59Z&end_time=2026-11-15T09:30:00.001Z' |
		jq .metadata.total_data)" -eq 6 ]
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
