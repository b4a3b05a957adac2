#!/usr/bin/env bats
# sc-mock as Rapid7 InsightIDR: investigations and what belongs to them.
load ../lib/mock
load ../lib/rapid7

setup() {
	r7_setup
}

teardown() {
	mock_stop || true
}

# complete [URL CA]: every record of every stream
complete() {
	diff <(plain "$INV" | sort) <(client investigations "$@" | sort)
	diff <(client investigations "$@") <(client search "$@")
	# One alert's investigation is not there, so nobody finds the way to it.
	diff <(plain "$ALERTS" | grep -v GONE000 | sort) <(client alerts "$@" | sort)
	diff <(plain "$D/product-alerts.ndjson" | sort) <(client product-alerts "$@" | sort)
	diff <(plain "$AT" | sort) <(client at-alerts "$@" | sort)
	diff <(plain "$AT" | sort) <(client at-hydrated "$@" | sort)
	diff <(plain "$D/evidences.ndjson" | sort) <(client evidences "$@" | sort)
	jq -c 'del(.investigation)' "$D/actors.ndjson" >actors
	diff <(plain actors | sort) <(client actors "$@" | sort)
	jq -c 'select(.investigation) | del(.alert)' "$D/actors.ndjson" >actors
	diff <(plain actors | sort) <(client investigation-actors "$@" | sort)
	client v1 "$@" | jq -r .rrn | sort >got
	diff <(jq -r .rrn "$INV" | sort) got
}

@test "a client that knows the contract gets every record of every stream" {
	serve gzip=yes needs-version=yes
	complete
}

@test "the same over TLS, of whole answers with a length" {
	echo "serve rapid7-insightidr api-key=$R7_KEY $STREAMS chunked=no" >s
	mock_start s --clock "@$NOON" --tls tls
	complete "https://127.0.0.1:$MOCK_TLS_PORT" tls/ca.pem
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
	run grep -c '"investigation":' page
	[ "$output" -eq 0 ]
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
