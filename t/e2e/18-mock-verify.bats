#!/usr/bin/env bats
# sc-mock verify: a journal against the requests that were expected.
load ../lib/mock

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	cat >journal <<-'END'
		{"n":1,"conn":1,"on":"plain","method":"GET","target":"/a?limit=1&x=%31","status":200,"outcome":"sent","headers":["Host: x","Accept: text/plain","Content-Length: 5"]}
		{"n":2,"conn":1,"on":"plain","method":"GET","target":"/a?limit=2","status":200,"outcome":"sent","headers":["Host: x"]}
		{"n":0,"conn":2,"on":"tls","status":0,"outcome":"silent","headers":[]}
		{"n":3,"conn":3,"on":"tls","method":"POST","target":"/b%20c","status":503,"outcome":"reset","fault":"reset-after=9","headers":["Host: x"]}
	END
}

teardown() {
	mock_stop || true
}

# expect LINE...: writes them and runs verify
expect() {
	printf '%s\n' "$@" >wanted
	run "$SC_BIN/sc-mock" verify journal wanted
}

met() {
	expect "$@"
	[ "$status" -eq 0 ]
}

# unmet REASON LINE...
unmet() {
	expect "${@:2}"
	[ "$status" -eq 65 ]
	[[ $output == *"$1"* ]]
}

@test "expectations that are met, one TAP line each" {
	met '# a comment' 'GET /a' 'POST /b*' 'never GET /b*' '' 'only'
	[ "${lines[0]}" = 1..4 ]
	[ "${lines[1]}" = 'ok 1 - line 2: GET /a' ]
	[ "${lines[4]}" = 'ok 4 - only these' ]
}

@test "how often: exactly, at least, at most, between" {
	met 'GET /a times=2'
	met 'GET /a times=1..'
	met 'GET /a times=..2'
	met 'GET /a times=2..3'
	met 'GET /nowhere times=0'
	unmet 'seen 2 times' 'GET /a times=1'
	unmet 'seen 2 times' 'GET /a times=3..'
	unmet 'seen 2 times' 'GET /a times=..1'
	unmet 'seen 0 times' 'GET /nowhere'
	unmet 'seen 1 times' 'never POST *' 'POST /b*'
}

@test "conditions: query, headers, status, outcome, listener, fault, method" {
	met 'GET /a if-query=limit:1 times=1' 'GET /a if-query=x:1 times=1' \
		'GET /a if-header=accept:text/* times=1' \
		'GET /a unless-query=limit:1 times=1' \
		'* /* status=503 outcome=reset on=tls fault=reset* times=1'
	unmet 'seen 0 times' 'GET /a status=404'
	unmet 'seen 0 times' 'GET /a if-header=accept:application/json'
	unmet 'seen 0 times' 'POST /b* on=plain'
	# The path is decoded, as for rules.
	met 'POST /b*c'
}

@test "in-order: behind one another, whatever is between" {
	met in-order 'GET /a if-query=limit:1' 'POST /b*'
	unmet 'line 3: GET /a if-query=limit:1 # not behind the line before' \
		in-order 'POST /b*' 'GET /a if-query=limit:1'
	# Lines above it stand where they like.
	met 'POST /b*' in-order 'GET /a'
}

@test "only: whoever else asked is named" {
	unmet 'not expected: POST /b%20c' 'GET /a' only
	unmet 'not ok 2 - only these' 'GET /a' only
}

@test "mistakes are told with their place" {
	bad() {
		expect "${@:2}"
		[ "$status" -eq 78 ]
		[[ $output == *"$1"* ]]
	}
	bad 'wanted:2: expected METHOD /PATH' 'GET /a' 'GET'
	bad 'wanted:1: the path goes without its query' 'GET /a?x=1'
	bad 'wanted:1: unknown word "tims"; did you mean "times"?' 'GET /a tims=1'
	bad 'wanted:1: times=5: number is too small' 'GET /a times=6..5'
	bad 'wanted:1: never takes no times=' 'never GET /a times=2'
	echo '{"method":' >>journal
	expect 'GET /a'
	[ "$status" -eq 65 ]
	[[ $output == *'journal:5:'* ]]
	run "$SC_BIN/sc-mock" verify nowhere wanted
	[ "$status" -eq 66 ]
	run "$SC_BIN/sc-mock" verify journal
	[ "$status" -eq 64 ]
}

@test "a journal of sc-mock's own, bodies and masked credentials included" {
	echo 'serve sentinelone token=s1-test-token threats=generate:3' >s
	mock_start s
	curl -s -H 'Authorization: ApiToken s1-test-token' -d '{"data":{}}' \
		"$MOCK_URL/web/api/v2.1/users/api-token-details" >/dev/null
	curl -s -H 'Authorization: ApiToken s1-test-token' \
		"$MOCK_URL/web/api/v2.1/threats?limit=3" >/dev/null
	printf '%s\n' in-order \
		'POST /web/api/v2.1/users/api-token-details status=400' \
		'GET /web/api/v2.1/threats if-query=limit:3 if-header=authorization:ApiToken*' \
		only >wanted
	run mock_verify wanted
	[ "$status" -eq 0 ]
}
