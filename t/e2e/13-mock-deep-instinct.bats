#!/usr/bin/env bats
# sc-mock as a Deep Instinct server.
load ../lib/mock

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	DIR=$SC_ROOT/fixtures/deep-instinct
	AUTH='Authorization: di-test-key'
	ALL="events=$DIR/events.ndjson suspicious-events=$DIR/suspicious-events.ndjson devices=$DIR/devices.ndjson audit-logs=$DIR/audit-logs.ndjson"
}

teardown() {
	mock_stop || true
}

# serve [WORDS [RULE...]]: starts a server with all the streams
serve() {
	printf '%s\n' "${@:2}" "serve deep-instinct key=di-test-key $ALL ${1-}" >s
	mock_start s --tls tls
}

# api PATH [CURL OPTION...]
api() {
	curl -sS -H "$AUTH" "${@:2}" "$MOCK_URL/api/v1/$1"
}

# code PATH [CURL OPTION...]: the status alone
code() {
	api "$1" "${@:2}" -o /dev/null -w '%{http_code}'
}

# search PATH FILTER [CURL OPTION...]
search() {
	api "$1" -H 'Content-Type: application/json' -d "$2" "${@:3}"
}

# walk PATH PARAMETER MEMBER [FILTER]: the ids of all pages, in order
walk() {
	local cursor=0

	while :; do
		if [ $# -gt 3 ]; then
			search "$1?$2=$cursor" "$4"
		else
			api "$1?$2=$cursor"
		fi >page
		jq -r ".${3}[]?.id" page
		cursor=$(jq '.last_id // empty' page)
		[ -n "$cursor" ] || break
	done
}

# canonical FILE: its records by id, each number as it is; jq would round
canonical() {
	python3 -c 'import json, sys
for r in sorted(map(json.loads, open(sys.argv[1])), key=lambda r: r["id"]):
    print(json.dumps(r))' "$1"
}

# client URL STREAM [CA]: what a client of another hand prints
client() {
	DI_KEY=${KEY-di-test-key} python3 "$SC_ROOT/t/clients/deep-instinct.py" "$@"
}

# ids FILE [JQ CONDITION]: what should come
ids() {
	jq -r "select(${2-true}) | .id" "$DIR/$1" | sort -n
}

@test "deep-instinct: every stream comes whole, in pages of 50, ids ascending" {
	serve
	for path in events events/; do
		walk $path after_event_id events >got
		diff <(ids events.ndjson) got
	done
	[ "$(wc -l <got)" -eq 130 ]
	walk suspicious-events after_event_id events >got
	diff <(ids suspicious-events.ndjson) got
	walk devices after_device_id devices >got
	diff <(ids devices.ndjson) got
	# 130 records are three pages and one that tells the end.
	[ "$(mock_requests | grep -c '/events?after')" -eq 4 ]
	api 'events?after_event_id=0' | jq -e '(.events | length) == 50 and
		.last_id == .events[-1].id' >/dev/null
	[ "$(api 'events?after_event_id=4294967301')" = '{"last_id":null,"events":[]}' ]
	[ "$(api 'devices?after_device_id=4294967299')" = '{"last_id":null,"devices":[]}' ]
	# Without a cursor it is the first page, each time.
	[ "$(api events)" = "$(api 'events?after_event_id=0')" ]
}

@test "deep-instinct: records arrive byte for byte" {
	serve
	for c in 0 "$(ids events.ndjson | sed -n 50p)" "$(ids events.ndjson | sed -n 100p)"; do
		api "events/?after_event_id=$c"
	done >pages
	while IFS= read -r line; do
		grep -qF -- "$line" pages
	done <"$DIR/events.ndjson"
	# 2609 stands before 2608 in the file; pages go by id, not by time.
	api 'events?after_event_id=2607' | jq -e '[.events[:2][] | .id] == [2608, 2609]
		and .events[0].insertion_timestamp > .events[1].insertion_timestamp' >/dev/null
}

@test "deep-instinct: a client written against the API alone sees the same" {
	serve
	for url in "$MOCK_URL" "https://localhost:$MOCK_TLS_PORT"; do
		for stream in events suspicious-events devices audit-logs; do
			client "$url" $stream tls/ca.pem >got
			diff <(canonical "$DIR/$stream.ndjson") got
		done
	done
	grep -q '"file_size": 9007199254740993,' <(client "$MOCK_URL" events)
	KEY=wrong run client "$MOCK_URL" events
	[ "$status" -eq 1 ]
	[ "$output" = '401 Unauthorized Unauthorized' ]
}

@test "deep-instinct: the ends of a list" {
	last='events?after_event_id=2607' none='events?after_event_id=4294967301'
	serve end=missing
	api "$last" | jq -e '.last_id == 4294967301' >/dev/null
	[ "$(api "$none")" = '{"events":[]}' ]
	serve end=empty
	api "$last" | jq -e '.last_id == 4294967301' >/dev/null
	[ "$(api "$none")" = '{}' ]
	serve end=early
	api "$last" | jq -e '(has("last_id") | not) and (.events | length) == 18' >/dev/null
	api 'events?after_event_id=0' | jq -e .last_id >/dev/null
	for end in null missing empty early; do
		serve end=$end
		for stream in events suspicious-events devices audit-logs; do
			client "$MOCK_URL" $stream >got
			diff <(canonical "$DIR/$stream.ndjson") got
		done
	done
	# Pages that are full to the last record.
	"$SC_BIN/sc-mock" generate deep-instinct.events -n 100 >hundred
	ALL=events=hundred
	rm "$MOCK_JOURNAL" # it is appended to
	serve
	walk events after_event_id events | wc -l | grep -qx 100
	[ "$(mock_requests | grep -c event_id)" -eq 3 ]
	serve end=early
	walk events after_event_id events | wc -l | grep -qx 100
	[ "$(mock_requests | grep -c event_id)" -eq 5 ]
}

@test "deep-instinct: a last_id that does not get on" {
	serve last-id=repeat
	first=$(api 'events?after_event_id=0' | jq .last_id)
	[ "$(api "events?after_event_id=$first" | jq .last_id)" -eq "$first" ]
	[ "$(api "events?after_event_id=$first" | jq '.events | length')" -eq 50 ]
	for words in last-id=repeat last-id=cycle; do
		serve $words
		run client "$MOCK_URL" events
		[ "$status" -eq 1 ]
		[[ $output == *'does not get on'* ]]
	done
	[ "$(api 'events?after_event_id=2607' | jq .last_id)" -eq 0 ]
	api 'events?after_event_id=0' | jq -e '.last_id == .events[-1].id' >/dev/null
}

@test "deep-instinct: the key stands alone, or behind Bearer if asked for" {
	# try WANT HEADER...
	try() {
		local got
		got=$(curl -sS -o body -w '%{http_code}' "${@:2}" \
			"$MOCK_URL/api/v1/events/?after_event_id=0")
		[ "$got" = "$1" ] || { echo "$got: ${*:2}"; return 1; }
	}
	bare='Authorization: di-test-key' bearer='Authorization: Bearer di-test-key'
	serve
	try 200 -H "$bare"
	try 401 -H "$bearer"
	[ "$(cat body)" = '{"statusText":"Unauthorized"}' ]
	try 401
	try 401 -H 'Authorization: di-test-ke'
	try 401 -H 'Authorization: ApiToken di-test-key'
	try 401 -H 'X-Api-Key: di-test-key'
	try 401 -u di-test-key:
	serve auth=bearer
	try 401 -H "$bare"
	try 200 -H "$bearer"
	serve auth=both
	try 200 -H "$bare"
	try 200 -H "$bearer"
	try 401 -H 'Authorization: Bearer other'
	serve version=2.3
	try 422
	[ "$(cat body)" = '{"statusText":"Authentication parameters are invalid"}' ]
	run grep di-test-key "$MOCK_JOURNAL" "$MOCK_LOG"
	[ "$status" -eq 1 ]
}

@test "deep-instinct: only the cursor can be asked for" {
	serve
	for q in limit=1000 size=10 page=2 after_id=0 after_event_id=x \
		after_event_id=-1 after_event_id= after_event_id=1.5 offset=50 \
		'after_event_id=1&after_event_id=2' after_device_id=0 \
		after_event_id=%zz after_event_id=99999999999999999999; do
		[ "$(code "events?$q")" = 400 ] || { echo "$q"; return 1; }
	done
	[ "$(api 'events?limit=5')" = '{"statusText":"limit: Unknown parameter."}' ]
	[ "$(code 'devices?after_event_id=0')" = 400 ]
	[ "$(code 'suspicious-events?after_device_id=0')" = 400 ]
	[ "$(code 'groups/?after_id=0')" = 400 ]
	# The cursor is an id, not an offset and not a page.
	api 'events?after_event_id=50' | jq -e '.events[0].id > 1000' >/dev/null
	[ "$(code events -X DELETE)" = 405 ]
	[ "$(code 'events/search?after_event_id=0')" = 405 ]
}

@test "deep-instinct: one record by its id" {
	serve
	jq -c 'select(.id == 2605) | {event: .}' "$DIR/events.ndjson" >want
	for path in events/2605 events/2605/; do
		diff want <(api $path | jq -c .)
	done
	diff <(jq -c 'select(.id == 3002) | {event: .}' "$DIR/suspicious-events.ndjson") \
		<(api suspicious-events/3002 | jq -c .)
	diff <(jq -c 'select(.id == 209)' "$DIR/devices.ndjson") <(api devices/209 | jq -c .)
	# A gap; the other kind's; out of any range.
	for path in events/2599 events/3002 suspicious-events/2605 devices/10 \
		devices/0 events/999999999999999999; do
		[ "$(api $path)" = '{"statusText":"Not Found"}' ]
		[ "$(code $path)" = 404 ]
	done
	[ "$(AUTH='Authorization: x' code events/2605)" = 401 ]
}

@test "deep-instinct: searches" {
	s() { walk events/search after_event_id events "$1"; }
	same() { diff <(ids events.ndjson "$2") <(s "$1") && [ -n "$(s "$1")" ]; }
	serve
	same '{}' true
	same '{"status":"CLOSED"}' '.status == "CLOSED"'
	same '{"threat_severity":["HIGH","VERY_HIGH"],"action":"DETECTED"}' \
		'(.threat_severity | IN("HIGH", "VERY_HIGH")) and .action == "DETECTED"'
	same '{"insertion_timestamp":{"from":"2026-11-21T20:00:00.000Z","to":"2026-11-22T01:00:00.750Z"}}' \
		'.insertion_timestamp >= "2026-11-21T20" and .insertion_timestamp <= "2026-11-22T01:00:00.750000Z"'
	same '{"close_timestamp":{"from":"2026-11-21T12:00:00.000Z"}}' \
		'(.close_timestamp // "") >= "2026-11-21T12"'
	same '{"timestamp":{"to":"2026-11-21T00:00:00.000Z"}}' \
		'(.timestamp // "9") < "2026-11-21"'
	# Two spellings: the filter's and the record's.
	same '{"last_reoccurence":{"from":"2026-11-21T15:00:00.000Z"}}' \
		'(.last_reoccurrence // "") >= "2026-11-21T15"'
	same '{"reoccurence_count":[0]}' '.reoccurrence_count == 0'
	same '{"msp_id":4,"tenant_id":[5,9]}' '.msp_id == 4 and (.tenant_id | IN(5, 9))'
	same '{"tenant_name":"\u6771京営業所"}' '.tenant_name == "東京営業所"'
	same '{"path":"C:\\temp\\😀 é/x.exe"}' '.id == 2616'
	same '{"comment":"Fehlalarm? – JB\nsiehe Ticket 4711"}' '(.comment // "") | startswith("Fehl")'
	same '{"file_size":9007199254740993}' '.id == 2616'
	same '{"file_type":"DOC","trigger":"DDE_USAGE","type":"STATIC_ANALYSIS"}' \
		'.trigger == "DDE_USAGE"'
	[ -z "$(s '{"status":"closed"}')" ]
	[ -z "$(s '{"threat_severity":"null"}')" ]
	[ -z "$(s '{"path":"17"}')" ]
	diff <(ids suspicious-events.ndjson '.action == "PREVENTED"') \
		<(walk suspicious-events/search/ after_event_id events '{"action":"PREVENTED"}')
	# A page of matches is full although most records do not match.
	search 'events/search?after_event_id=0' '{"type":"STATIC_ANALYSIS"}' |
		jq -e '.events | length == 50' >/dev/null
}

@test "deep-instinct: searches that are refused" {
	try() { [ "$(search events/search "$2" -o body -w '%{http_code}')" = "$1" ] ||
		{ echo "$2"; cat body; return 1; }; }
	serve
	for f in '' x '[]' '"a"' '{"status":"OPEN"' '{"status":"OPEN","status":"OPEN"}'; do
		try 400 "$f"
	done
	for f in '{"statsu":"OPEN"}' '{"last_reoccurrence":{"from":"2026-11-21T00:00:00.000Z"}}' \
		'{"reoccurrence_count":0}' '{"id":1}' '{"status":1}' '{"status":null}' \
		'{"status":[]}' '{"status":["OPEN",1]}' '{"msp_id":"1"}' '{"msp_id":1.5}' \
		'{"timestamp":"2026-11-21T00:00:00.000Z"}' '{"timestamp":{}}' \
		'{"timestamp":{"form":"2026-11-21T00:00:00.000Z"}}' \
		'{"timestamp":{"from":"yesterday"}}' '{"timestamp":{"from":1795219200}}'; do
		try 422 "$f"
	done
	try 422 '{"reoccurrence_count":0}'
	[ "$(cat body)" = '{"statusText":"reoccurrence_count: Unknown field."}' ]
	# As curl sends it, and as a form.
	[ "$(code events/search -d '{}')" = 400 ]
	[ "$(code events/search -d '{}' -H 'Content-Type: application/json; charset=utf-8')" = 200 ]
	[ "$(code 'events/search?limit=5' -d '{}' -H 'Content-Type: application/json')" = 400 ]
}

@test "deep-instinct: the spellings of older versions" {
	json='Content-Type: application/json'
	serve version=2.5
	walk events/ after_id events >got
	diff <(ids events.ndjson) got
	[ "$(code 'events?after_event_id=0')" = 400 ]
	[ "$(search events/search/2607 '{}' | jq .last_id)" = 4294967301 ]
	[ "$(code 'events/search?after_event_id=0' -d '{}' -H "$json")" = 404 ]
	walk devices after_device_id devices >got
	diff <(ids devices.ndjson) got
	# Suspicious events have no path, but an id among the others.
	[ "$(code suspicious-events)" = 404 ]
	[ "$(api events/3002 | jq .event.id)" = 3002 ]
	[ "$(code events/2599)" = 404 ]
	[ "$(code audit_logs)" = 404 ]
	serve version=2.3
	walk events after_id events >got
	diff <(ids events.ndjson) got
	for path in devices events/search/0 suspicious-events multitenancy/msp/; do
		[ "$(code $path -d '{}' -H "$json")" = 404 ]
	done
	[ "$(api devices/209 | jq .id)" = 209 ]
	[ "$(code health_check)" = 200 ]
	serve
	[ "$(code 'events/search/0' -d '{}' -H "$json")" = 404 ]
}

@test "deep-instinct: groups, policies, tenants, health" {
	serve
	api groups/ | jq -e 'length == 16 and ([.[].id] | unique | length) == 16 and
		all(.[]; has("policy_id") and has("msp_name"))' >/dev/null
	# What the devices belong to is among them.
	jq -r 'select(.group_id) | [.group_id, .group_name, .policy_id, .msp_id] | @csv' \
		"$DIR/devices.ndjson" | grep -v ',$' | sort -u >used
	api groups | jq -r '.[] | [.id, .name, .policy_id, .msp_id] | @csv' | sort >known
	[ -z "$(comm -23 used known)" ]
	api policies/ | jq -e 'length == 16 and ([.[].os] | unique | length) == 7' >/dev/null
	api policies/3/data | jq -e '.data | type == "object"' >/dev/null
	[ "$(code policies/17/data)" = 404 ]
	[ "$(code health_check/)" = 200 ]
	[ "$(AUTH='Authorization: x' code health_check)" = 401 ]
	[ "$(api multitenancy/msp/ | jq -c '[.msps[].id]')" = '[1,4]' ]
	[ "$(api multitenancy/tenant/ | jq -c '[.tenants[].id]')" = '[1,2,5,9]' ]
	[ "$(AUTH=Authorization: code multitenancy/msp/)" = 401 ]
	serve tenancy=single
	[ "$(AUTH=Authorization: code multitenancy/msp/)" = 404 ]
	[ "$(code multitenancy/tenant)" = 404 ]
	api groups | jq -e 'length == 8 and all(.[]; has("msp_id") | not)' >/dev/null
}

@test "deep-instinct: the audit log goes by offset" {
	serve
	api 'audit_logs/?size=100&offset=0' >page
	[ "$(jq length page)" -eq 100 ]
	api 'audit_logs/?size=100&offset=100' >>page
	diff <(jq -c '.[]' page) "$DIR/audit-logs.ndjson"
	[ "$(api 'audit_logs?size=100&offset=105')" = '[]' ]
	[ "$(api 'audit_logs?size=2&offset=1' | jq -c '[.[].id]')" = '[2,3]' ]
	for q in size=101 offset=-1 page=1 size=x; do
		[ "$(code "audit_logs/?$q")" = 400 ]
	done
}

@test "deep-instinct: a key of one provider sees that provider only" {
	serve msp=4
	walk events after_event_id events >got
	diff <(ids events.ndjson '.msp_id == 4') got
	walk devices after_device_id devices >got
	diff <(ids devices.ndjson '.msp_id == 4') got
	walk events/search after_event_id events '{"msp_id":1}' >got
	[ ! -s got ]
	mine=$(ids events.ndjson '.msp_id == 4' | head -1)
	theirs=$(ids events.ndjson '.msp_id == 1' | head -1)
	[ "$(code "events/$mine")" = 200 ]
	[ "$(api "events/$theirs")" = '{"statusText":"Forbidden"}' ]
	[ "$(code "events/$theirs")" = 403 ]
	[ "$(code devices/200)" = 403 ]
	[ "$(code policies/3/data)" = 403 ]
	api groups | jq -e 'length == 8 and all(.[]; .msp_id == 4)' >/dev/null
	[ "$(code multitenancy/msp)" = 403 ]
	[ "$(api multitenancy/tenant | jq -c '[.tenants[].id]')" = '[5,9]' ]
}

@test "deep-instinct: two accounts; a key that may only read" {
	head -3 "$DIR/events.ndjson" >three
	cat >s <<-EOF
	serve deep-instinct name=one key=first-key events=three
	serve deep-instinct name=two key=di-test-key events=$DIR/events.ndjson
	EOF
	mock_start s
	[ "$(AUTH='Authorization: first-key' api events | jq '.events | length')" -eq 3 ]
	[ "$(api events | jq '.events | length')" -eq 50 ]
	[ "$(AUTH='Authorization: third' code events)" = 401 ]
	serve
	for action in close open archive unarchive; do
		for kind in events suspicious-events; do
			[ "$(search $kind/actions/$action '{"ids":[2605]}' -o body -w '%{http_code}')" = 403 ]
		done
	done
	[ "$(cat body)" = '{"statusText":"Forbidden"}' ]
	[ "$(search api-connectors/msp-connector '{"name":"x"}' -o body -w '%{http_code}')" = 403 ]
	[ "$(api events/actions/close | jq -r .statusText)" = 'Method Not Allowed' ]
	[ "$(search events/actions '{}' | jq -r '."sc-mock"')" != null ]
}

@test "deep-instinct: archived ones vanish, others come late or change" {
	jq -c 'select(.id < 1600)' "$DIR/events.ndjson" >before
	gone=$(jq .id before | sed -n 60p) late=$(jq .id before | sed -n 10p)
	changed=$(jq 'select(.status == "OPEN") | .id' before | head -1)
	n=$(wc -l <before)
	jq -c "select(.id != $late)" before >first
	jq -c "select(.id != $gone) | if .id == $changed then .status = \"CLOSED\" |
		.close_timestamp = \"2026-11-22T09:00:00.000000Z\" else . end" before >second
	printf '%s\n' "serve deep-instinct key=di-test-key events=first devices=$DIR/devices.ndjson" \
		'at request=2 deep-instinct events=second' >s
	mock_start s
	# The cursor is past the late one and has not reached the archived one.
	walk events after_event_id events >got
	diff <(jq .id before | grep -vx -e "$late" -e "$gone") got
	[ "$(wc -l <got)" -eq $((n - 2)) ]
	[ "$(code "events/$gone")" = 404 ]
	# Only a look back and a search show what the cursor does not.
	api "events?after_event_id=$((late - 1))" | jq -e ".events[0].id == $late" >/dev/null
	[ "$(search events/search '{"close_timestamp":{"from":"2026-11-22T08:59:59.999Z"}}' |
		jq -c '[.events[] | [.id, .status]]')" = "[[$changed,\"CLOSED\"]]" ]
	# New ones arrive behind the end.
	printf '%s\n' 'serve deep-instinct key=di-test-key events=first' \
		"at 2026-11-22T08:00Z deep-instinct events=$DIR/events.ndjson" >s
	mock_start s --clock @2026-11-22T07:59:59Z
	[ "$(api 'events?after_event_id=2607')" = '{"last_id":null,"events":[]}' ]
	mock_start s --clock @2026-11-22T08:00:00Z
	[ "$(api 'events?after_event_id=2607' | jq .last_id)" = 4294967301 ]
}

@test "deep-instinct: rules speak the vendor's language on its paths" {
	serve '' 'GET /api/v1/events times=1 status=429 retry-after=15' \
		'GET /api/v1/events times=1 status=503' \
		'GET /api/v1/events times=1 status=401 as=html' \
		'GET /api/v1/events times=1 truncate-json=yes'
	[ "$(api events -D head)" = '{"statusText":"Too Many Requests"}' ]
	grep -q '^Retry-After: 15' head
	[ "$(api events)" = '{"statusText":"Service Unavailable"}' ]
	[[ $(api events) == '<'* ]]
	run jq . <(api events)
	[ "$status" -ne 0 ]
	[ "$(code events)" = 200 ]
	# What nobody asked the vendor for fails loudly.
	[ "$(api evnts | jq -r .closest)" = 'GET /api/v1/events (line 1)' ]
}

@test "deep-instinct: mistakes in a scenario" {
	try() {
		printf '# first\n%s\n' "$2" >s
		run "$SC_BIN/sc-mock" s
		[ "$status" -eq 78 ]
		[[ $output == *"$1"* ]] || { echo "$output"; return 1; }
	}
	try 's:2: deep-instinct needs key=' 'serve deep-instinct auth=raw'
	try 'msp= does not go with tenancy=single' 'serve deep-instinct key=k msp=1 tenancy=single'
	try 'version' 'serve deep-instinct key=k version=7'
	echo '{"id":"12"}' >bad.ndjson
	try 'bad.ndjson:1: id is not an integer' 'serve deep-instinct key=k events=bad.ndjson'
	echo '{"di":12}' >bad.ndjson
	try 'bad.ndjson:1: id is not an integer' 'serve deep-instinct key=k devices=bad.ndjson'
	# A stream without a dataset is not there.
	echo 'serve deep-instinct key=di-test-key' >s
	mock_start s
	api events | jq -e '."sc-mock"' >/dev/null
	[ "$(code groups/)" = 200 ]
}

@test "deep-instinct: the streams of a seed tell one story" {
	g() { "$SC_BIN/sc-mock" generate "deep-instinct.$1" -n "$2" --seed "${3-5}"; }
	g events 400 >e
	g suspicious-events 400 >s
	g devices 97 >d
	cmp e <(g events 400)
	run cmp -s e <(g events 400 6)
	[ "$status" -eq 1 ]
	# Every event happened on a device of that name.
	jq -r '[.device_id, .recorded_device_info.hostname, .recorded_device_info.mac_address,
		.recorded_device_info.group_name, .tenant_id] | @json' e s | sort -u >told
	jq -r '[.id, .hostname, .mac_address, .group_name, .tenant_id] | @json' d | sort >known
	[ -z "$(comm -23 told known)" ]
	[ "$(wc -l <told)" -gt 40 ]
	# One series of ids, with gaps in both kinds.
	[ "$(cat e s | jq .id | sort | uniq -d | wc -l)" -eq 0 ]
	jq -se '(map(.id) | . == sort) and (.[-1].id - .[0].id > 4000)' e >/dev/null
	for f in events:104 suspicious-events:56 devices:97 audit-logs:105; do
		n=${f#*:} f=${f%:*}
		cmp <(head -"$n" "$DIR/$f.ndjson") <(g $f "$n" 60)
	done
	ALL='events=generate:120,seed=5,start=2026-11-21'
	serve
	walk events after_event_id events >got
	diff got <(g events 120 | jq .id)
}
