#!/usr/bin/env bats
# sc-mock as the other end: OpenSearch, Splunk, WitFoo Analytics, a webhook.
load ../lib/mock

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	CHANNEL=3f8a5d4e-0000-4000-8000-000000000001
}

# It also ends well: with sanitizers, nothing has leaked.
teardown() {
	mock_stop
}

# sink LINE...: a scenario of these lines
sink() {
	printf '%s\n' "$@" >s
	mock_start s
}

# post PATH [CURL OPTION...] <BODY: the answer; its status is in "code"
post() {
	curl -s -o answer -w '%{http_code}' --data-binary @- "${@:2}" \
		"$MOCK_URL$1" >code
	cat answer
}
code() { cat code; }
kept() { jq -r "$1" kept; }

# --- OpenSearch ----------------------------------------------------------

# bulk [PATH [CURL OPTION...]] <NDJSON
bulk() {
	post "${1-/_bulk}" -H 'Content-Type: application/x-ndjson' "${@:2}"
}

# items ACTION FROM TO: that many documents
items() {
	local i
	for ((i = $2; i <= $3; i++)); do
		printf '{"%s":{"_index":"events","_id":"id-%d"}}\n{"n":%d}\n' \
			"$1" "$i" "$i"
	done
}

@test "opensearch: create keeps once, a second time is a conflict" {
	sink 'serve opensearch keep=kept'
	[ "$(items create 1 3 | bulk | jq -c '[.errors, .items[].create.status]')" = \
		'[false,201,201,201]' ]
	[ "$(kept '"\(._index) \(._id) \(._version) \(._source.n)"')" = \
		$'events id-1 1 1\nevents id-2 1 2\nevents id-3 1 3' ]
	[ "$(items create 3 4 | bulk |
		jq -c '[.errors, (.items[].create | [._id, .status, .error.type])]')" = \
		'[true,["id-3",409,"version_conflict_engine_exception"],["id-4",201,null]]' ]
	[ "$(code)" -eq 200 ]
	[ "$(wc -l <kept)" -eq 4 ]
}

@test "opensearch: documents are kept byte for byte" {
	sink 'serve opensearch keep=kept'
	local doc='{"n":1778148227837931640,"f":1.50,"s":"\u00e9é\/"}'
	printf '{"create":{"_id":"a"}}\n%s\n' "$doc" | bulk /events/_bulk
	[ "$(cat kept)" = \
		"{\"_index\":\"events\",\"_id\":\"a\",\"_version\":1,\"_source\":$doc}" ]
}

@test "opensearch: index replaces, an older external version does not" {
	sink 'serve opensearch keep=kept'
	versions() { jq -c '[.items[].index | [.status, ._version, .result]]'; }
	[ "$(items index 1 1 | bulk | versions)" = '[[201,1,"created"]]' ]
	[ "$(items index 1 1 | bulk | versions)" = '[[200,2,"updated"]]' ]
	[ "$(kept ._version)" = $'1\n2' ]
	external() {
		printf '{"index":{"_index":"e","_id":"x","version":%d,"version_type":"%s"}}\n{}\n' \
			"$1" "$2" | bulk | jq -c '[.items[].index | .status, ._version]'
	}
	[ "$(external 7 external)" = '[201,7]' ]
	[ "$(external 7 external)" = '[409,null]' ]
	[ "$(external 6 external_gte)" = '[409,null]' ]
	[ "$(external 7 external_gte)" = '[200,7]' ]
	[ "$(external 9 external)" = '[200,9]' ]
}

@test "opensearch: some items fail once with 429, some always with 400" {
	sink 'serve opensearch keep=kept fail-items=429:every=7 fail-items=400:match=*"n":5}'
	items create 1 20 | bulk >first
	[ "$(jq -c '[.items[].create | select(.status != 201) | [._id, .status]]' first)" = \
		'[["id-5",400],["id-7",429],["id-14",429]]' ]
	[ "$(wc -l <kept)" -eq 17 ]
	# Sent again, what was too much comes good, what is wrong stays wrong.
	{ items create 5 5; items create 7 7; items create 14 14; } | bulk >second
	[ "$(jq -c '[.items[].create.status]' second)" = '[400,201,201]' ]
	[ "$(jq -r '.items[0].create.error.type' second)" = mapper_parsing_exception ]
	[ "$(wc -l <kept)" -eq 19 ]
	[ "$(kept ._id | sort -u | wc -l)" -eq 19 ]
}

@test "opensearch: chances are drawn from the seed and the item" {
	draw() {
		rm -f kept
		mock_start s --seed "$1"
		items create 1 400 | bulk >/dev/null
		kept ._id
	}
	echo 'serve opensearch keep=kept fail-items=400:p=10' >s
	draw 1 >one
	draw 1 >again
	draw 2 >two
	cmp one again
	run cmp -s one two
	[ "$status" -eq 1 ]
	[ "$(wc -l <one)" -gt 330 ]
	[ "$(wc -l <one)" -lt 385 ]
}

@test "opensearch: what was kept is known after a reload and a restart" {
	sink 'serve opensearch keep=kept'
	items create 1 2 | bulk
	mock_reload
	[ "$(items create 2 2 | bulk | jq '.items[0].create.status')" -eq 409 ]
	mock_start s
	[ "$(items create 1 1 | bulk | jq '.items[0].create.status')" -eq 409 ]
	[ "$(wc -l <kept)" -eq 2 ]
}

@test "opensearch: a request that is wrong is refused as a whole" {
	sink 'serve opensearch keep=kept max-body=4000'
	refused() {
		printf "$2" | bulk "${@:3}" >/dev/null
		[ "$(code)" -eq 400 ]
		[[ $(jq -r .error.reason answer) == *"$1"* ]]
	}
	refused 'terminated by a newline' '{"create":{"_index":"e"}}\n{}'
	refused 'request body is required' ''
	refused 'no requests added' '\n'
	refused 'Malformed action/metadata line [3]' \
		'{"create":{"_index":"e"}}\n{}\nnonsense\n{}\n'
	refused 'expected one of [create, delete, index, update]' '{"put":{}}\n{}\n'
	refused 'unknown parameter [_type]' \
		'{"create":{"_index":"e","_type":"t"}}\n{}\n'
	refused 'index is missing' '{"create":{"_id":"a"}}\n{}\n'
	refused 'no document behind' '{"create":{"_index":"e"}}\n'
	refused 'must be no longer than 512 bytes but was: 513' \
		"{\"create\":{\"_index\":\"e\",\"_id\":\"$(printf 'x%.0s' {1..513})\"}}\n{}\n"
	[ ! -s kept ]
	printf '{"create":{"_index":"e","_id":"%s"}}\n{}\n' \
		"$(printf 'x%.0s' {1..512})" | bulk
	[ "$(wc -l <kept)" -eq 1 ]
	items create 1 100 | bulk
	[ "$(code)" -eq 413 ]
	items create 1 1 | post /_bulk
	[ "$(code)" -eq 406 ]
}

@test "opensearch: items that are wrong by themselves" {
	sink 'serve opensearch keep=kept'
	printf '%s\n' '{"create":{"_index":"e","_id":"a"}}' 'no json' \
		'{"delete":{"_index":"e","_id":"a"}}' \
		'{"create":{"_index":"e"}}' '{"ok":1}' | bulk |
		jq -c '[.items[] | .[] | [._id, .status]]' >out
	[ "$(cat out)" = '[["a",400],["a",400],["sc-mock-000001",201]]' ]
	[ "$(wc -l <kept)" -eq 1 ]
}

@test "opensearch: credentials, information, documents" {
	sink 'serve opensearch user=shipper password=a-test-password apikey=a-test-key'
	get() { curl -s -o answer -w '%{http_code}' "$@"; }
	[ "$(get "$MOCK_URL/")" -eq 401 ]
	[ "$(get -u shipper:wrong-password "$MOCK_URL/")" -eq 401 ]
	[ "$(get -u shipper:a-test-password "$MOCK_URL/")" -eq 200 ]
	[ "$(jq -r .version.distribution answer)" = opensearch ]
	[ "$(get -H 'Authorization: ApiKey a-test-key' "$MOCK_URL/")" -eq 200 ]
	items create 1 1 | bulk /_bulk -u shipper:a-test-password
	[ "$(code)" -eq 200 ]
	items create 2 2 | bulk
	[ "$(code)" -eq 401 ]
	[ "$(get -u shipper:a-test-password "$MOCK_URL/events/_doc/id-1")" -eq 200 ]
	[ "$(get -u shipper:a-test-password "$MOCK_URL/events/_doc/id-2")" -eq 404 ]
	[ "$(get -I -u shipper:a-test-password "$MOCK_URL/events/_doc/id-1")" -eq 200 ]
	[ "$(grep -c 'a-test-password\|a-test-key' "$MOCK_JOURNAL")" -eq 0 ]
}

@test "opensearch: gzip, chunks, a whole request that is too much" {
	sink 'POST /_bulk times=1 status=429 retry-after=1' \
		'serve opensearch keep=kept max-body=100000'
	items create 1 1 | bulk
	[ "$(code)" -eq 429 ]
	[ ! -s kept ]
	items create 1 50 | gzip | bulk /_bulk -H 'Content-Encoding: gzip'
	[ "$(code)" -eq 200 ]
	items create 51 99 | bulk /_bulk -H 'Transfer-Encoding: chunked'
	[ "$(wc -l <kept)" -eq 99 ]
	echo nonsense | bulk /_bulk -H 'Content-Encoding: gzip'
	[ "$(code)" -eq 400 ]
	items create 1 1 | gzip | head -c 20 | bulk /_bulk -H 'Content-Encoding: gzip'
	[ "$(code)" -eq 400 ]
	head -c 1000000 /dev/zero | gzip | bulk /_bulk -H 'Content-Encoding: gzip'
	[ "$(code)" -eq 413 ]
	items create 1 1 | bulk /_bulk -H 'Content-Encoding: br'
	[ "$(code)" -eq 415 ]
	[ "$(wc -l <kept)" -eq 99 ]
}

@test "opensearch: an answer that is lost was taken in all the same" {
	sink 'POST /_bulk times=1 reset-after=0' 'serve opensearch keep=kept'
	items create 1 2 | bulk || true
	[ "$(code)" = 000 ]
	[ "$(wc -l <kept)" -eq 2 ]
	[ "$(items create 1 3 | bulk | jq -c '[.items[].create.status]')" = \
		'[409,409,201]' ]
}

@test "expect=ignore: a client waits in vain for 100 Continue" {
	printf '%s\n' 'listen deaf expect=ignore' 'serve webhook' >s
	mock_start s
	took() {
		curl -s -o /dev/null --expect100-timeout 0.3 \
			-H 'Expect: 100-continue' -d x -w '%{time_total}' \
			"http://127.0.0.1:$1/"
	}
	[ "$(took "$MOCK_PORT" | tr -d .)" -lt 200000 ]
	[ "$(took "${MOCK_PORTS[deaf]}" | tr -d .)" -ge 250000 ]
}

# --- Splunk --------------------------------------------------------------

# hec PATH [CURL OPTION...] <BODY
hec() {
	post "/services/collector$1" -H 'Authorization: Splunk hec-token' "${@:2}"
}

@test "splunk: events in one body, with or without blanks between" {
	sink 'serve splunk-hec token=hec-token keep=kept'
	[ "$(printf '{"event":"}{"}{"event":{"a":1}}\n\n {"event":"x","fields":{"id":"7","tags":["a","b"]}}' |
		hec /event)" = '{"text":"Success","code":0}' ]
	[ "$(cat kept)" = '{"event":"}{"}
{"event":{"a":1}}
{"event":"x","fields":{"id":"7","tags":["a","b"]}}' ]
	printf 'first line\r\n\nsecond "line"' | hec /raw
	[ "$(tail -n 2 kept | jq -r .event)" = $'first line\nsecond "line"' ]
	printf '{"event":1}' | hec '' >/dev/null
	printf '{"event":2}' | gzip | hec /event/1.0 -H 'Content-Encoding: gzip' >/dev/null
	[ "$(tail -n 2 kept | jq -c .event)" = $'1\n2' ]
	[ "$(curl -s "$MOCK_URL/services/collector/health")" = \
		'{"text":"HEC is healthy","code":17}' ]
}

@test "splunk: each error has its number" {
	sink 'POST /services/collector* if-body=*overload* status=503' \
		'serve splunk-hec token=hec-token index=witfoo keep=kept'
	is() {
		[ "$(code) $(cat answer)" = "$1" ]
	}
	refused() {
		printf '%s' "$1" | hec /event >/dev/null
		is "$2"
	}
	echo '{"event":1}' | post /services/collector
	is '401 {"text":"Token is required","code":2}'
	echo '{"event":1}' | post /services/collector -H 'Authorization: Bearer x'
	is '401 {"text":"Invalid authorization","code":3}'
	echo '{"event":1}' | post /services/collector -H 'Authorization: Splunk x'
	is '403 {"text":"Invalid token","code":4}'
	echo '{"event":1}' | post '/services/collector?token=hec-token'
	is '400 {"text":"Query string authorization is not enabled","code":16}'
	refused '' '400 {"text":"No data","code":5}'
	refused ' ' '400 {"text":"No data","code":5}'
	refused 'no json' '400 {"text":"Invalid data format","code":6,"invalid-event-number":0}'
	refused '{"event":"overload"}' '503 {"text":"Server is busy","code":9}'
	[ ! -s kept ]
	refused '{"event":1}{"event":' \
		'400 {"text":"Invalid data format","code":6,"invalid-event-number":1}'
	refused '{"event":1,"index":"main"}' \
		'400 {"text":"Incorrect index","code":7,"invalid-event-number":0}'
	refused '{"fields":{}}' \
		'400 {"text":"Event field is required","code":12,"invalid-event-number":0}'
	refused '{"event":""}' \
		'400 {"text":"Event field cannot be blank","code":13,"invalid-event-number":0}'
	refused '{"event":2,"index":"witfoo"}{"event":3,"fields":{"a":{}}}' \
		'400 {"text":"Error in handling indexed fields","code":15,"invalid-event-number":1}'
	echo '{"acks":[0]}' | hec /ack
	is '400 {"text":"ACK is disabled","code":14}'
	# What stood before an event that was refused has been taken in.
	[ "$(kept .event)" = $'1\n2' ]
}

@test "splunk: acknowledged after some polls and some time, once" {
	echo 'serve splunk-hec token=hec-token ack=yes ack-polls=2 ack-after=1m' >s
	mock_start s --clock @2026-11-22T10:00Z
	channel=(-H "X-Splunk-Request-Channel: $CHANNEL")
	ask() { echo '{"acks":[0,1]}' | hec /ack "${channel[@]}" | jq -c .acks; }
	echo '{"event":1}' | hec /event
	[ "$(cat answer)" = '{"text":"Data channel is missing","code":10}' ]
	echo '{"event":1}' | hec /event -H 'X-Splunk-Request-Channel: x'
	[ "$(cat answer)" = '{"text":"Invalid data channel","code":11}' ]
	[ "$(echo '{"event":1}' | hec /event "${channel[@]}")" = \
		'{"text":"Success","code":0,"ackId":0}' ]
	[ "$(ask)" = '{"0":false,"1":false}' ]
	mock_control advance 1m
	[ "$(ask)" = '{"0":false,"1":false}' ]
	[ "$(echo '{"event":2}' | hec "/event?channel=$CHANNEL" | jq .ackId)" -eq 1 ]
	[ "$(ask)" = '{"0":true,"1":false}' ]
	[ "$(ask)" = '{"0":false,"1":false}' ]
	[ "$(ask)" = '{"0":false,"1":false}' ]
	mock_control advance 1m
	[ "$(ask)" = '{"0":false,"1":true}' ]
	# Another channel counts for itself.
	[ "$(echo '{"event":3}' | hec "/event?channel=${CHANNEL/1/2}" |
		jq .ackId)" -eq 0 ]
}

@test "who only looks at a scenario writes nothing" {
	mkdir f
	echo 'serve splunk-hec token=test-hec-token keep=kept' >f/a.scenario
	"$SC_BIN/sc-mock" lint f
	[ "$(ls f)" = a.scenario ]
	# Playing it does.
	mock_start f/a.scenario
	[ -e f/kept ]
}

@test "splunk: never acknowledged" {
	sink 'serve splunk-hec token=hec-token ack=never keep=kept'
	echo '{"event":1}' | hec "/event?channel=$CHANNEL"
	for _ in 1 2 3; do
		[ "$(echo '{"acks":[0]}' | hec "/ack?channel=$CHANNEL")" = \
			'{"acks":{"0":false}}' ]
	done
	[ "$(kept .event)" -eq 1 ]
}

# --- WitFoo Analytics ----------------------------------------------------

login() {
	echo '{"email":"a@example.org","password":"a-test-password"}' |
		post "${1-/api/v1/auth/login}" | jq -r .data.token
}

@test "analytics: a token for a day, then 401" {
	echo 'serve witfoo-analytics email=a@example.org password=a-test-password keep=kept' >s
	mock_start s --clock @2026-11-22T10:00Z
	send() {
		echo "{\"artifacts\":[{\"source\":\"s1\",\"raw\":\"$1\"}]}" |
			post "${2-/api/v1/artifacts}" -H "Authorization: Bearer $token"
	}
	token=$(login)
	[ "$(cut -d. -f1 <<<"$token" | base64 -d 2>/dev/null)" = \
		'{"alg":"HS256","typ":"JWT"}' ]
	[ "$(send one)" = '{"success":true,"message":"Artifacts accepted for processing","data":{"accepted":1,"rejected":0}}' ]
	send two /v1/artifacts
	mock_reload
	mock_control advance 23h
	send three
	mock_control advance 1h
	[ "$(send four)" = '{"success":false,"message":"Token has expired"}' ]
	[ "$(code)" -eq 401 ]
	token=$(login /v1/auth/login)
	send five
	token=${token%??}xx
	[ "$(send six)" = '{"success":false,"message":"Invalid token"}' ]
	echo '{"artifacts":[]}' | post /v1/artifacts
	[ "$(code)" -eq 401 ]
	[ "$(kept .raw)" = $'one\ntwo\nthree\nfive' ]
}

@test "analytics: rejected comes with success" {
	sink 'serve witfoo-analytics email=a@example.org password=a-test-password keep=kept reject-items=every=3'
	token=$(login)
	seq 10 | jq -c '{source: "s", raw: "r\(.)", timestamp: "2026-11-22T10:00:00Z", metadata: {n: .}}' |
		jq -sc '{artifacts: .}' |
		post /v1/artifacts -H "Authorization: Bearer $token" >out
	[ "$(jq -c '[.success, .data]' out)" = '[true,{"accepted":7,"rejected":3}]' ]
	[ "$(kept .metadata.n | tr '\n' ' ')" = '1 2 4 5 7 8 10 ' ]
}

@test "analytics: what is wrong is told" {
	sink 'serve witfoo-analytics email=a@example.org password=a-test-password keep=kept'
	token=$(login)
	refused() {
		echo "$2" | post /v1/artifacts -H "Authorization: Bearer $token" >/dev/null
		[ "$(code) $(jq -c . answer)" = \
			"400 {\"success\":false,\"message\":\"$1\"}" ]
	}
	refused 'artifacts are required' 'no json'
	refused 'artifacts are required' '{"artifacts":[]}'
	refused 'artifacts[0]: source is required' '{"artifacts":[{"raw":"r"}]}'
	refused 'artifacts[1]: raw is required' \
		'{"artifacts":[{"source":"s","raw":"r"},{"source":"s","raw":""}]}'
	refused 'artifacts[0]: timestamp is not ISO 8601' \
		'{"artifacts":[{"source":"s","raw":"r","timestamp":"today"}]}'
	refused 'artifacts[0]: metadata is not an object' \
		'{"artifacts":[{"source":"s","raw":"r","metadata":1}]}'
	[ ! -s kept ]
	echo '{"email":"a@example.org","password":"wrong"}' | post /v1/auth/login
	[ "$(code)" -eq 401 ]
	echo '{}' | post /v1/auth/login
	[ "$(code)" -eq 400 ]
	curl -s -o answer "$MOCK_URL/v1/artifacts"
	[ "$(jq -r .message answer)" = 'Method Not Allowed' ]
}

# --- webhook -------------------------------------------------------------

@test "webhook: keeps lines as they are, one JSON text as one line" {
	sink 'serve webhook path=/in/* status=202 keep=kept'
	printf '{"a": 1}\nno json\n' | post /in/x
	[ "$(code)" -eq 202 ]
	printf '{\n  "a": 2,\n  "b": "x y"\n}\n' | post /in/y -X PUT
	[ "$(cat kept)" = $'{"a": 1}\nno json\n{"a":2,"b":"x y"}' ]
	echo 1 | post /out
	[ "$(code)" -eq 404 ]
	[ "$(curl -s -o answer -w '%{http_code}' "$MOCK_URL/in/x")" -eq 404 ]
}

@test "webhook: a bearer and a signature" {
	local mac
	sink 'serve webhook bearer=a-test-bearer hmac=a-test-secret keep=kept'
	mac=$(printf '{"a":1}' | openssl dgst -sha256 -hmac a-test-secret -r |
		cut -d' ' -f1)
	try() {
		printf '%s' "$1" | post / -H "Authorization: Bearer $2" \
			-H "X-Signature: sha256=$3" >/dev/null
		code
	}
	[ "$(try '{"a":1}' a-test-bearer "$mac")" -eq 200 ]
	[ "$(try '{"a":2}' a-test-bearer "$mac")" -eq 401 ]
	[ "$(try '{"a":1}' another-bearer "$mac")" -eq 401 ]
	[ "$(cat kept)" = '{"a":1}' ]
}

@test "sinks: mistakes are found by line" {
	try() {
		printf '%s\n' '# comment' "$2" >bad
		run "$SC_BIN/sc-mock" bad
		[ "$status" -eq 78 ]
		[[ $output == *"$1"* ]]
	}
	try 'bad:2: splunk-hec needs token=' 'serve splunk-hec'
	try 'bad:2: witfoo-analytics needs email= and password=' \
		'serve witfoo-analytics email=x'
	try 'bad:2: opensearch: user= and password= go together' \
		'serve opensearch user=x'
	try 'fail-items=429:often: expected STATUS:every=N' \
		'serve opensearch fail-items=429:often'
	try 'fail-items=200:every=2: expected STATUS:every=N' \
		'serve opensearch fail-items=200:every=2'
	try 'reject-items=p=0: expected every=N' \
		'serve witfoo-analytics reject-items=p=0'
	try 'keep=no/such/file: No such file' 'serve webhook keep=no/such/file'
	try 'keep= is given twice' 'serve webhook keep=a keep=b'
	try 'unknown ack "maybe"' 'serve splunk-hec token=x ack=maybe'
	try 'expect=answer: expected ignore' 'listen x expect=answer'
}
