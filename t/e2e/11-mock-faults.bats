#!/usr/bin/env bats
# sc-mock: what goes wrong on purpose, as curl sees it, plain and over TLS.
load ../lib/mock

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	DATA=$SC_ROOT/fixtures/sentinelone
	AUTH='Authorization: ApiToken s1-test-token'
	API=/web/api/v2.1
	THREATS=$API/threats
}

teardown() {
	mock_stop || true
}

# serve LINE...: starts a mock with these lines and a console behind them
serve() {
	printf '%s\n' "$@" >s
	echo "serve sentinelone token=s1-test-token threats=$DATA/threats.ndjson ${SERVE-}" >>s
	mock_start s --tls tls ${CLOCK:+--clock "$CLOCK"}
}

# get QUERY [CURL OPTION...]
get() {
	curl -sS --cacert tls/ca.pem -H "$AUTH" "${@:2}" "${BASE:-$MOCK_URL}$THREATS$1"
}

# both FUNCTION [ARG...]: runs it plain and over TLS
both() {
	for BASE in "$MOCK_URL" "https://localhost:$MOCK_TLS_PORT"; do
		"$@" || return
	done
	BASE=''
}

# fails WANT [CURL OPTION...]: curl's exit code; headers and body are kept
fails() {
	rm -f headers body
	run get '' -D headers -o body --max-time 5 "${@:2}"
	[ "$status" -eq "$1" ] || { echo "$BASE: $status: $output"; return 1; }
}

# fault RULE WANT [CURL OPTION...]
fault() {
	serve "GET $THREATS $1"
	both fails "${@:2}"
	[ "$(mock_journal .fault | tail -2 | sort -u)" = "${FAULT-$1}" ]
}

header() {
	tr -d '\r' <headers | sed -n "s/^$1: //p"
}

@test "reset: before, inside and behind the headers" {
	fault reset-after=0 56
	fault reset-after=60 56
	fault reset-after=600 56
	[ "$(head -c 12 headers)" = 'HTTP/1.1 200' ]
}

@test "the connection ends: before the answer, inside the head, inside the body" {
	fault cut-after=0 52
	FAULT=cut-head fault cut-head=yes 0
	[ "$(head -c 12 headers)" = 'HTTP/1.1 200' ]
	[ ! -s body ]
	[ "$(header X-Mock-Fault)" = cut-head ]
	[ -z "$(header Content-Length)" ]
	fault cut-after=600 18
	[ -s body ]
	FAULT=cut-after=600 fault 'frame=chunked cut-after=600' 18
	# Without any length curl is content with what came.
	FAULT=cut-after=600 fault 'frame=close cut-after=600' 0
	[ -s body ]
	run jq . body
	[ "$status" -ne 0 ]
}

@test "only the last chunk is missing" {
	# All of it first, under a fault of the same length in the head.
	serve "GET $THREATS frame=chunked cut-after=99999"
	get '' -D headers -o whole
	size=$(wc -c <whole)
	size=$(($(wc -c <headers) + $(printf '%x\r\n' "$size" | wc -c) + size + 2))
	[ "$size" -gt 10000 ]
	serve "GET $THREATS frame=chunked cut-after=$size"
	both fails 18
	cmp body whole
}

@test "not HTTP: the status line, the chunk's size" {
	FAULT=garbage-status fault garbage-status=yes 1
	FAULT=bad-chunk fault bad-chunk=yes 56
}

@test "half of the JSON under a length that is right" {
	FAULT=truncate-json fault truncate-json=yes 0
	[ "$(wc -c <body)" -eq "$(header Content-Length)" ]
	run jq . body
	[ "$status" -ne 0 ]
	[ "$(head -c 9 body)" = '{"data":[' ]
}

@test "the head is whole, then: reset, end, silence" {
	fault reset-after=head 56
	[ "$(head -c 12 headers)" = 'HTTP/1.1 200' ]
	[ -n "$(header Content-Length)" ]
	[ ! -s body ]
	fault reset-after=head+7 56
	[ "$(cat body)" = '{"data"' ]
	fault cut-after=head+7 18
	[ "$(cat body)" = '{"data"' ]
	FAULT=cut-after=head+7 fault 'frame=close cut-after=head+7' 0
	[ "$(cat body)" = '{"data"' ]
	fault stall-after=head 28 --max-time 0.3
	[ -n "$(header Content-Length)" ]
	[ ! -s body ]
}

@test "the last chunk never comes" {
	serve
	get '' -o whole
	FAULT=no-last-chunk fault last-chunk=no 18
	cmp body whole
	FAULT='no-last-chunk no-close-notify' fault 'last-chunk=no close-notify=no' 18
	FAULT=no-last-chunk fault 'status=200 as=empty last-chunk=no' 18
}

# goodbye: what a strict TLS client says about the end of the stream
goodbye() {
	python3 - "$MOCK_TLS_PORT" "$AUTH" "$THREATS" <<-'END'
		import socket, ssl, sys
		port, auth, path = sys.argv[1:]
		context = ssl.create_default_context(cafile="tls/ca.pem")
		plain = socket.create_connection(("127.0.0.1", int(port)))
		s = context.wrap_socket(plain, server_hostname="localhost",
		    suppress_ragged_eofs=False)
		s.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\n{auth}\r\n\r\n".encode())
		try:
		    while s.recv(65536):
		        pass
		    print("notified")
		except ssl.SSLEOFError:
		    print("not notified")
	END
}

@test "TLS ends without a close_notify, which curl does not mind" {
	FAULT=no-close-notify fault 'frame=close close-notify=no' 0
	jq -e .data body >/dev/null
	[ "$(goodbye)" = 'not notified' ]
	FAULT='cut-after=600 no-close-notify' \
		fault 'frame=close cut-after=600 close-notify=no' 0
	[ "$(goodbye)" = 'not notified' ]
	serve "GET $THREATS frame=close"
	[ "$(goodbye)" = notified ]
	# With a length the answer is whole, and the connection ends behind it.
	FAULT=no-close-notify fault close-notify=no 0
	[ "$(goodbye)" = 'not notified' ]
}

@test "gzip that cannot be unpacked" {
	fault gzip=broken 61 --compressed
	fault gzip=broken 0
	[ "$(header Content-Encoding)" = gzip ]
	[ "$(head -c 3 body | od -An -tx1)" = ' 1f 8b 08' ]
}

@test "records with something odd in them, under a length that is right" {
	FAULT=duplicate-keys fault mutate=duplicate-keys 0
	[ "$(wc -c <body)" -eq "$(header Content-Length)" ]
	[ "$(jq --stream -c 'select(length == 2 and .[0][0] == "data" and
		.[0][2] == "agentDetectionInfo" and .[0][3] == "agentUuid") | .[0][1]' body |
		uniq -c | awk '$1 != 2' | wc -l)" -eq 0 ]
	jq -e '.data | length == 10' body
	FAULT=bad-utf8 fault mutate=bad-utf8 0
	run iconv -f utf-8 -t utf-8 body
	[ "$status" -ne 0 ]
	[ "$(LC_ALL=C grep -aoP '\xff' body | wc -l)" -eq 10 ]
	FAULT='big-numbers deep=200 long=70000' fault mutate=big-numbers,deep:200,long:70000 0
	[ "$(grep -o '"mock_big":9007199254740993001,' body | wc -l)" -eq 10 ]
	[ "$(jq -r '.data[].mock_long // empty' body | wc -c)" -eq 70001 ]
	[ "$(grep -o '"mock_deep":\[*' body)" = "\"mock_deep\":$(printf '[%.0s' {1..200})" ]
	# What is no JSON, and lists without records, stay as they are.
	echo '{"data":[],"pagination":{}}' >empty.json
	serve "GET $THREATS times=2 status=200 body=empty.json mutate=bad-utf8" \
		"GET $THREATS status=503 as=html mutate=bad-utf8,deep:3"
	both fails 0
	cmp body empty.json
	both fails 0
	grep -q '^</html>' body
}

@test "gzip is announced, plain text comes" {
	serve "GET $THREATS header=Content-Encoding:gzip"
	both fails 61 --compressed
}

@test "two lengths" {
	serve "GET $THREATS status=200 header=Content-Length:5"
	both fails 0
	[ "$(tr -d '\r' <headers | grep -c '^Content-Length: ')" -eq 2 ]
}

sockets() { find "/proc/$MOCK_PID/fd" -lname 'socket:*' | wc -l; }

@test "no answer, and an answer that stops" {
	fault stall-after=0 28 --max-time 0.3
	fault stall-after=600 28 --max-time 0.3
	[ -s body ]
	# The mock serves others, and has let go of those who gave up: there are
	# its two listeners, and perhaps this last client.
	for _ in {1..100}; do
		[ "$(curl -s "$MOCK_URL$API/system/status")" = '{"data":{"health":"ok"}}' ]
		[ "$(sockets)" -gt 3 ] || break
	done
	[ "$(sockets)" -le 3 ]
	mock_stop
}

@test "a body that drips" {
	fault drip=2000 28 --max-time 0.4
	[ "$(($(wc -c <headers) + $(wc -c <body)))" -lt 1500 ]
	serve "GET $THREATS drip=100000"
	slow() {
		took=$(get '?limit=4' -o body -w '%{time_starttransfer} %{time_total}')
		jq -e '.data | length == 4' body
		# 16 to 30 kB at 100 kB/s
		awk '{ exit !($2 - $1 >= 0.1 && $2 < 2) }' <<<"$took"
	}
	both slow
}

@test "the wait comes first" {
	serve "GET $THREATS delay=150ms"
	wait_first() {
		get '?limit=1' -o body -w '%{time_starttransfer}' |
			awk '{ exit !($1 >= 0.15) }'
	}
	both wait_first
}

@test "certificates, and plain speech on the TLS port" {
	serve
	run curl -s "https://localhost:$MOCK_TLS_PORT/"
	[ "$status" -eq 60 ]
	run curl -s --cacert tls/ca.pem --connect-to "::localhost:" \
		"https://other.example.com:$MOCK_TLS_PORT/"
	[ "$status" -eq 60 ]
	run curl -s "https://127.0.0.1:$MOCK_PORT/"
	[ "$status" -eq 35 ]
}

@test "every error status: JSON in the vendor's words, HTML, nothing" {
	for as in json html empty; do
		rules=()
		for code in 401 403 404 429 500 502 503 504; do
			rules+=("GET $THREATS times=2 status=$code as=$as")
		done
		serve "${rules[@]}"
		for code in 401 403 404 429 500 502 503 504; do
			both fails 0
			[ "$(head -1 headers | cut -d' ' -f2)" = "$code" ]
			[ -z "$(header Retry-After)" ]
			case $as in
			json) [ "$(jq .errors[0].code body)" = "${code}0010" ] ;;
			html)
				[ "$(header Content-Type)" = 'text/html; charset=utf-8' ]
				grep -q "<h1>$code " body
				;;
			empty)
				[ "$(header Content-Length)" = 0 ]
				[ -z "$(header Content-Type)" ]
				;;
			esac
		done
	done
	serve 'GET /x status=503 as=json'
	[ "$(curl -s "$MOCK_URL/x")" = '{"status":503,"error":"Service Unavailable"}' ]
}

@test "Retry-After: seconds, negative, huge, nonsense, dates" {
	CLOCK=@2026-11-21T23:59:00Z
	for v in 5 -1 0 99999999999999999999 soon; do
		serve "GET $THREATS status=429 retry-after=$v"
		both fails 0
		[ "$(header Retry-After)" = "$v" ]
	done
	serve "GET $THREATS status=503 retry-after-date=+90s"
	both fails 0
	[ "$(header Retry-After)" = 'Sun, 22 Nov 2026 00:00:30 GMT' ]
	serve "GET $THREATS status=503 retry-after-date=-1h"
	both fails 0
	[ "$(header Retry-After)" = 'Sat, 21 Nov 2026 22:59:00 GMT' ]
}

@test "a redirect to another host, which the token must not follow" {
	serve "GET $THREATS status=302 location=http://other.example.com/steal"
	both fails 0
	[ "$(header Location)" = http://other.example.com/steal ]
	[ "$(head -1 headers | cut -d' ' -f2)" = 302 ]
}

@test "redirects that lead back: at once, and over three stations" {
	serve "GET $THREATS status=302 location=$THREATS" \
		"GET $API/activities status=307 location=/two" \
		'GET /two status=302 location=/three' \
		"GET /three status=301 location=$API/activities"
	both fails 47 -L --max-redirs 10
	[ "$(mock_requests | sort | uniq -c | tr -s ' ')" = " 22 GET $THREATS" ]
	THREATS=$API/activities
	both fails 47 -L --max-redirs 10
	[ "$(mock_requests | grep -c 'GET /three')" -eq 6 ]
}

@test "200 with a page to sign in, or with an error inside; 403 for a rate limit" {
	serve "GET $THREATS times=2 status=200 as=login" \
		"GET $THREATS times=2 status=200 error=500" \
		"GET $THREATS status=403 error=429"
	both fails 0
	[ "$(header Content-Type)" = 'text/html; charset=utf-8' ]
	grep -q 'type="password"' body
	[ "$(head -1 headers | cut -d' ' -f2)" = 200 ]
	both fails 0
	[ "$(head -1 headers | cut -d' ' -f2)" = 200 ]
	[ "$(jq -c '[.errors[0].code, has("data")]' body)" = '[5000010,false]' ]
	both fails 0
	[ "$(head -1 headers | cut -d' ' -f2)" = 403 ]
	[ "$(jq .errors[0].code body)" = 4290010 ]
	[ "$(header X-Mock-Fault)" = 'status=403 error=429' ]
}

@test "answers from files, one after the other; the last one stays" {
	for i in 1 2 3; do
		printf 'HTTP/1.1 20%s X\r\n\r\n%s' "$i" "$i" >$i.http
	done
	serve "GET $THREATS from=2 file=1.http,2.http*2,3.http" "GET $THREATS status=204"
	got=$(for _ in 1 2 3 4 5 6; do
		get '' -o /dev/null -w '%{http_code} '
	done)
	[ "$got" = '204 201 202 202 203 203 ' ]
}

@test "200 without data, and with data null" {
	echo '{"pagination":{"nextCursor":null,"totalItems":0}}' >none.json
	echo '{"data":null,"pagination":{"nextCursor":null,"totalItems":0}}' >null.json
	serve "GET $THREATS times=2 status=200 body=none.json" \
		"GET $THREATS status=200 body=null.json"
	both fails 0
	[ "$(jq 'has("data")' body)" = false ]
	both fails 0
	[ "$(jq -c 'has("data"), .data' body | paste -sd,)" = true,null ]
}

# next QUERY: prints the ids of one page, sets CURSOR
next() {
	get "?limit=30$1" -o page
	CURSOR=$(jq -r '.pagination.nextCursor // empty' page)
	jq -r '.data[].id' page
}

@test "cursors: one that repeats, one that goes round" {
	SERVE=cursor=repeat serve
	next '' >p1
	first=$CURSOR
	next "&cursor=$CURSOR" >p2
	[ "$CURSOR" = "$first" ]
	run cmp -s p1 p2
	[ "$status" -eq 1 ]
	SERVE=cursor=cycle serve
	next '' >p1
	for _ in 1 2 3; do
		next "&cursor=$CURSOR" >p
	done
	[ -n "$CURSOR" ]
	# The fourth page is the first one again, from its second record.
	[ "$(head -1 p)" = "$(sed -n 2p p1)" ]
}

@test "cursors: refused for the third page, an empty page at the end" {
	cp "$SC_ROOT/fixtures/scenarios/invalid-cursor.json" .
	SERVE=extra-empty-page=yes serve \
		"GET $THREATS from=3 times=1 status=400 body=invalid-cursor.json"
	next '' >p
	next "&cursor=$CURSOR" >p
	kept=$CURSOR
	next "&cursor=$CURSOR" >p || true
	[ "$(jq -r '.errors[0].detail' page)" = 'Invalid cursor value received' ]
	next "&cursor=$kept" >p
	[ "$(wc -l <p)" -eq 6 ]
	next "&cursor=$CURSOR" >p
	[ ! -s p ]
	[ -z "$CURSOR" ]
}

@test "the last record of a page comes again on the next" {
	SERVE=overlap=yes serve
	next '' >p1
	next "&cursor=$CURSOR" >p2
	next "&cursor=$CURSOR" >p3
	[ -z "$CURSOR" ]
	[ "$(tail -1 p1)" = "$(head -1 p2)" ]
	[ "$(tail -1 p2)" = "$(head -1 p3)" ]
	[ "$(cat p1 p2 p3 | wc -l)" -eq 68 ]
	diff <(sort -u p1 p2 p3) <(jq -r .id "$DATA/threats.ndjson" | sort)
}

@test "a record is updated between two pages" {
	jq -c 'if .threatInfo.updatedAt < "2026-11-21T03" then
		.threatInfo.updatedAt = "2026-11-22T12:00:00.000000Z" else . end' \
		"$DATA/threats.ndjson" >later.ndjson
	printf '%s\n' "serve sentinelone token=s1-test-token threats=$DATA/threats.ndjson" \
		'at request=2 sentinelone threats=later.ndjson' >s
	mock_start s
	BASE=$MOCK_URL
	next '&sortBy=updatedAt' >p1
	cp page page1
	next "&sortBy=updatedAt&cursor=$CURSOR" >p2
	next "&sortBy=updatedAt&cursor=$CURSOR" >p3
	[ -z "$CURSOR" ]
	# Whoever moved is there twice, with another time; nobody is missing.
	sort p1 p2 p3 | uniq -d >twice
	[ -s twice ]
	diff <(sort -u p1 p2 p3) <(jq -r .id "$DATA/threats.ndjson" | sort)
	id=$(head -1 twice)
	old=$(jq -r ".data[] | select(.id == \"$id\") | .threatInfo.updatedAt" page1)
	[[ $old < 2026-11-21T03 ]]
	[ "$(jq -r ".data[] | select(.id == \"$id\") | .threatInfo.updatedAt" page)" \
		= 2026-11-22T12:00:00.000000Z ]
}

# clock TIME: sets the shared clock (the struct in libcommon/clock.c)
clock() {
	perl -e 'print pack("qLL", $ARGV[0] * 1000, 0, 0x73636c6b)' \
		"$(date -ud "$1" +%s)" | dd of=clock conv=notrunc status=none
}

@test "records that come late, on the mock's clock" {
	head -20 "$DATA/threats.ndjson" >early.ndjson
	printf '%s\n' "serve sentinelone token=s1-test-token threats=early.ndjson" \
		"at +10m sentinelone threats=$DATA/threats.ndjson" \
		'at 2026-11-22T13:00:00Z sentinelone threats=early.ndjson' >s
	clock 2026-11-22T12:00:00Z
	mock_start s --clock file:clock
	total() { get '?countOnly=true' | jq .pagination.totalItems; }
	[ "$(total)" -eq 20 ]
	clock 2026-11-22T12:09:59Z
	[ "$(total)" -eq 20 ]
	clock 2026-11-22T12:10:00Z
	[ "$(total)" -eq 66 ]
	mock_reload # counts from the start of the server, not from now
	[ "$(total)" -eq 66 ]
	clock 2026-11-22T13:00:00Z
	[ "$(total)" -eq 20 ]
}

# codes N [CURL OPTION...]: the statuses of so many requests
codes() {
	for ((i = 0; i < $1; i++)); do
		get '?limit=1' -o /dev/null -w '%{http_code} ' "${@:2}"
	done
}

@test "rules that hold for a time, and ones that come back" {
	clock 2026-11-22T12:00:00Z
	CLOCK=file:clock serve \
		"GET $THREATS after=2026-11-22T13:00:00Z until=+90m status=500" \
		"GET $THREATS every=10m for=1m until=2026-11-22T12:30:00Z status=503"
	at() {
		clock "2026-11-22T$1:00Z"
		codes 1
	}
	[ "$(at 12:00)$(at 12:01)$(at 12:09)$(at 12:10)$(at 12:20)$(at 12:30)" = \
		'503 200 200 503 503 200 ' ]
	[ "$(at 12:59)$(at 13:00)$(at 13:29)$(at 13:30)" = '200 500 500 200 ' ]
}

@test "a rate limit: tokens come back on the mock's clock, and the headers tell" {
	clock 2026-11-22T12:00:00Z
	CLOCK=file:clock serve \
		"GET $API/* limit=6/1m burst=3 limit-headers=yes status=429 retry-after=auto"
	get '' -D headers -o /dev/null
	[ "$(header RateLimit-Limit)/$(header RateLimit-Remaining)/$(header RateLimit-Reset)" = 3/2/10 ]
	# Plain and TLS share the bucket, and what was refused has taken nothing.
	[ "$(codes 1)$(BASE=https://localhost:$MOCK_TLS_PORT codes 1)$(codes 2)" = \
		'200 200 429 429 ' ]
	clock 2026-11-22T12:00:08Z
	both fails 0
	[ "$(header Retry-After)" = 2 ]
	[ "$(header RateLimit-Remaining)" = 0 ]
	[ "$(header X-Mock-Fault)" = 'status=429 limit' ]
	[ "$(jq .errors[0].code body)" = 4290010 ]
	clock 2026-11-22T12:00:10Z
	[ "$(codes 2)" = '200 429 ' ]
	clock 2026-11-22T12:30:00Z
	[ "$(codes 4)" = '200 200 200 429 ' ]
}

@test "a rate limit that others use up as well, and one for each key" {
	clock 2026-11-22T12:00:00Z
	CLOCK=file:clock serve \
		"GET $THREATS limit=6/1m phantom=5/1m burst=1 status=429 retry-after=auto"
	got=$(for t in 00 10 20 30 40 50; do
		clock "2026-11-22T12:00:${t}Z"
		codes 1
	done)
	[ "$got" = '200 200 429 429 429 429 ' ]
	serve "GET $THREATS limit=2/1h limit-per=key status=429"
	[ "$(codes 3)" = '200 200 429 ' ]
	[ "$(AUTH='X-Api-Key: another' codes 3)" = '401 401 429 ' ]
}

@test "conditions on the query, the headers and the body" {
	serve "GET $THREATS if-query=cursor:*A%* status=501" \
		"GET $THREATS if-query=cursor:* status=502" \
		"GET $THREATS unless-query=limit:* if-header=User-Agent:tester* status=503" \
		'POST /in if-body=*"size":1* status=504' 'POST /in status=204'
	[ "$(codes 1)" = '200 ' ]
	get '?limit=1&cursor=xA%25x' -o /dev/null -w '%{http_code}' | grep -qx 501
	get '?cursor=' -o /dev/null -w '%{http_code}' | grep -qx 502
	get '' -A tester/1.0 -o /dev/null -w '%{http_code}' | grep -qx 503
	get '' -o /dev/null -w '%{http_code}' | grep -qx 200
	for body in '{"size":10}' '{"size":20}'; do
		curl -s -d "$body" -o /dev/null -w '%{http_code} ' "$MOCK_URL/in"
	done >got
	[ "$(cat got)" = '504 204 ' ]
}

@test "the same seed, the same accidents; another seed, others" {
	play() {
		rm -f "$BATS_TEST_TMPDIR/mock.ndjson"
		printf '%s\n' "GET $THREATS p=30 status=503" \
			"GET $THREATS p=20% reset-after=head" \
			"GET $THREATS limit=20/1h status=429 retry-after=auto" \
			"GET $THREATS p=50 delay=lognormal:2ms,0.7" \
			"GET $THREATS delay=uniform:0ms-9ms mutate=long:9" \
			"serve sentinelone token=s1-test-token threats=$DATA/threats.ndjson" >s
		mock_start s --clock @2026-11-22T12:00:00Z --seed "$1"
		for ((i = 0; i < 40; i++)); do
			curl -s -H "$AUTH" -H 'Host: x' -o /dev/null \
				"$MOCK_URL$THREATS?limit=$((i % 5 + 1))" || true
		done
		mock_stop
		mv "$BATS_TEST_TMPDIR/mock.ndjson" "$2"
	}
	play 7 a
	play 7 b
	play 8 c
	[ "$(wc -l <a)" -eq 40 ]
	cmp a b
	run cmp -s a c
	[ "$status" -eq 1 ]
	for word in status=503 reset-after=head limit delay=; do
		grep -q "\"fault\":\"[^\"]*$word" a
	done
	[ "$(jq -r 'select(.fault) | .fault | select(test("delay="))' a | sort -u | wc -l)" -gt 4 ]
}

@test "the shipped rough week has something of everything" {
	cp "$SC_ROOT/fixtures/scenarios/s1-rough-week.scenario" s
	sed -i "s|\.\./sentinelone|$DATA|; s/120ms/1ms/" s
	clock 2026-11-22T12:00:00Z
	mock_start s --clock file:clock --seed 2
	for ((i = 0; i < 60; i++)); do
		clock "2026-11-22T12:0$((i / 10)):$((i % 10 * 6))Z"
		get '' -o /dev/null -w '%{http_code} %{exitcode}\n' 2>/dev/null || true
	done | sort | uniq -c | sort -rn >got
	for want in '200 0' '200 18' '429 0' '502 0' '000 56'; do
		grep -q " $want$" got || { cat got; return 1; }
	done
}

@test "answers can keep quiet about being made up" {
	printf '%s\n' "GET $THREATS times=1 status=503 delay=1ms" \
		"serve sentinelone token=s1-test-token threats=$DATA/threats.ndjson" >s
	mock_start s --quiet-headers
	for path in $THREATS $THREATS /nothing; do
		curl -s -D - -o /dev/null -H "$AUTH" "$MOCK_URL$path" >>headers
	done
	curl -s -D - -o /dev/null -H Host: "$MOCK_URL/" >>headers
	[ "$(grep -c '^HTTP/1.1' headers)" -eq 4 ]
	run grep -i x-mock headers
	[ "$status" -eq 1 ]
	[ "$(mock_journal '[.rule, .fault] | @csv' | head -1)" = '"line 1","status=503 delay=1ms"' ]
}

@test "mistakes in the words of this file" {
	try() {
		printf '%s\n' "serve sentinelone token=t threats=generate:1" "$2" >s
		run "$SC_BIN/sc-mock" s
		[ "$status" -eq 78 ]
		[[ $output == *"s:2: $1"* ]] || { echo "$output"; return 1; }
	}
	try 'cut-after=, reset-after=, stall-after= and cut-head= exclude' \
		'GET /x cut-head=yes stall-after=4'
	try 'unknown as "xml"' 'GET /x status=500 as=xml'
	try 'body=, as= and error= need status=' 'GET /x as=html'
	try 'unknown bad-chunk "no"' 'GET /x bad-chunk=no'
	try 'bad-chunk= is frame=chunked' 'GET /x bad-chunk=yes frame=close'
	try 'header=X: expected NAME:VALUE' 'GET /x header=X'
	try 'retry-after-date=90s: expected' 'GET /x status=429 retry-after-date=90s'
	try 'drip=0: number is too small' 'GET /x drip=0'
	try 'unknown word "untill"; did you mean "until"?' 'GET /x untill=+1m status=503'
	try 'unknown word "limits"; did you mean "limit"?' 'GET /x limits=5/1m status=503'
	try 'after=10m: expected +10m or a time' 'GET /x after=10m status=503'
	try 'p=120: expected a number from 0 to 100' 'GET /x p=120 status=503'
	try 'limit=60: expected 1 to 10000 in a time' 'GET /x limit=60 status=429'
	try 'retry-after=auto needs limit=' 'GET /x status=429 retry-after=auto'
	try 'burst=, phantom=, limit-per= and limit-headers= need' 'GET /x burst=5 status=429'
	try 'if-query=cursor: expected NAME:PATTERN' 'GET /x if-query=cursor status=503'
	try 'unknown delay "lognormall"; did you mean "lognormal"?' 'GET /x delay=lognormall:1s,1'
	try 'delay=uniform:2s-1s: the shorter time' 'GET /x delay=uniform:2s-1s'
	try 'unknown mutate "bad-utf"; did you mean "bad-utf8"?' 'GET /x mutate=bad-utf'
	try 'deep=: number is missing' 'GET /x mutate=deep:'
	try 'cut-after=head+x: expected a number of bytes' 'GET /x cut-after=head+x'
	try 'unknown last-chunk "yes"; there are: no' 'GET /x last-chunk=yes'
	try 'last-chunk= is frame=chunked' 'GET /x last-chunk=no frame=close'
	try 'file=: expected files with commas' 'GET /x file=/dev/null*x'
	try 'unknown gzip' 'GET /x gzip=sometimes'
	try 'expected "at WHEN NAME STREAM=DATASET"' 'at +10m sentinelone'
	try 'at soon: expected +10m' 'at soon sentinelone threats=generate:2'
	try 'darktrace is not served above' 'at +1m darktrace threats=generate:2'
	try 'agents= must be in the serve line' 'at +1m sentinelone agents=generate:2'
	try 'unknown word "threat"; did you mean "threats"' 'at +1m sentinelone threat=x'
}
