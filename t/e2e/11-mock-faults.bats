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

@test "gzip is announced, plain text comes" {
	serve "GET $THREATS header=Content-Encoding:gzip"
	both fails 61 --compressed
}

@test "two lengths" {
	serve "GET $THREATS status=200 header=Content-Length:5"
	both fails 0
	[ "$(tr -d '\r' <headers | grep -c '^Content-Length: ')" -eq 2 ]
}

@test "no answer, and an answer that stops" {
	fault stall-after=0 28 --max-time 0.3
	fault stall-after=600 28 --max-time 0.3
	[ -s body ]
	# The mock serves others, and has let go of those who gave up: there are
	# its two listeners, and perhaps this last client.
	[ "$(curl -s "$MOCK_URL$API/system/status")" = '{"data":{"health":"ok"}}' ]
	[ "$(find "/proc/$MOCK_PID/fd" -lname 'socket:*' | wc -l)" -le 3 ]
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
	try 'expected "at WHEN NAME STREAM=DATASET"' 'at +10m sentinelone'
	try 'at soon: expected +10m' 'at soon sentinelone threats=generate:2'
	try 'darktrace is not served above' 'at +1m darktrace threats=generate:2'
	try 'agents= must be in the serve line' 'at +1m sentinelone agents=generate:2'
	try 'unknown word "threat"; did you mean "threats"' 'at +1m sentinelone threat=x'
}
