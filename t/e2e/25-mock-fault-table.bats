#!/usr/bin/env bats
# sc-mock: every fault as a line of a table: what curl says of it and what it
# has got, plain and over TLS.  Listeners and certificates are in 15-mock-listen.
load ../lib/mock

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	API=/web/api/v2.1
	BASE_DATA=$SC_ROOT/fixtures/sentinelone
}

teardown() {
	mock_stop || true
}

FEEDS="threats=$BATS_TEST_DIRNAME/../../fixtures/sentinelone/threats.ndjson activities=generate:9"

# row NAME CURL-CODE HTTP-STATUS WORDS CHECK [CURL-OPTION...]: a request with
# the header X-Row: NAME meets a rule of these words
row() {
	local i=${#names[@]}
	names[i]=$1 exits[i]=$2 statuses[i]=$3 words[i]=$4 checks[i]=$5
	options[i]=${*:6}
}

header() { tr -d '\r' <headers | sed -n "s/^$1: //Ip"; }
whole() { cmp whole body; }
part() { [ -s body ] && ! jq . body >/dev/null 2>&1; }
nothing() { [ ! -s body ]; }
code() { [ "$(jq '.errors[0].code' body)" = "$1" ]; }
page() { grep -q "<h1>$1 " body; }
retry() { [ "$(header Retry-After)" = "$1" ]; }
total() { jq -e ".pagination.totalItems $1" body >/dev/null; }
ten() { [ "$(grep -o "$1" body | wc -l)" -eq 10 ]; }

# The table.  How long something took is not asked: machines are slow.
table() {
	names=() exits=() statuses=() words=() checks=() options=()
	# --- answers that are refusals
	row unauthorized 0 401 'status=401' 'code 4010010'
	row forbidden 0 403 'status=403' 'code 4030010'
	row forbidden-limit 0 403 'status=403 error=429' 'code 4290010'
	row not-found 0 404 'status=404' 'code 4040010'
	row limit-seconds 0 429 'status=429 retry-after=7' 'code 4290010 && retry 7'
	row limit-date 0 429 'status=429 retry-after-date=+90s' "retry 'Sun, 22 Nov 2026 00:01:30 GMT'"
	row limit-past 0 429 'status=429 retry-after-date=-1h' "retry 'Sat, 21 Nov 2026 23:00:00 GMT'"
	row limit-negative 0 429 'status=429 retry-after=-1' 'retry -1'
	row limit-huge 0 429 'status=429 retry-after=99999999999999999999' 'retry 99999999999999999999'
	row limit-nonsense 0 429 'status=429 retry-after=soon' 'retry soon'
	row limit-absent 0 429 'status=429' "retry ''"
	row bucket 0 429 'limit=1/1h burst=1 phantom=100/1s limit-headers=yes status=429 retry-after=auto' \
		'[ "$(header RateLimit-Remaining)" = 0 ]'
	for s in 500 502 503 504; do
		row "$s-json" 0 $s "status=$s as=json" "code ${s}0010"
		row "$s-html" 0 $s "status=$s as=html" "page $s"
		row "$s-empty" 0 $s "status=$s as=empty" nothing
	done
	row login-page 0 200 'status=200 as=login' 'grep -q type=.password body'
	row error-inside 0 200 'status=200 error=500' 'code 5000010'
	row redirect-loop 47 302 "status=302 location=$API/threats" true -L --max-redirs 4
	# --- time
	row delay 0 200 'delay=5ms' whole
	row delay-uniform 0 200 'delay=uniform:1ms-9ms' whole
	row delay-lognormal 0 200 'delay=lognormal:2ms,0.5' whole
	row drip 28 200 'drip=2000' part --max-time 0.9
	row stall-at-once 28 000 'stall-after=0' true --max-time 0.3
	row stall-head 28 200 'stall-after=head' nothing --max-time 0.3
	row stall-body 28 200 'stall-after=head+900' part --max-time 0.3
	# --- the connection
	row reset-before 56 000 'reset-after=0' true
	row reset-in-head 56 200 'reset-after=60' true
	row reset-after-head 56 200 'reset-after=head' nothing
	row reset-in-body 56 200 'reset-after=head+900' part
	row cut-before 52 000 'cut-after=0' true
	row cut-length 18 200 'cut-after=head+900' part
	row cut-chunked 18 200 'frame=chunked cut-after=head+900' part
	row cut-close 0 200 'frame=close cut-after=head+900' part
	row cut-close-abrupt 0 200 'frame=close cut-after=head+900 close-notify=no' part
	row cut-length-abrupt 18 200 'cut-after=head+900 close-notify=no' part
	row cut-head 0 200 'cut-head=yes' nothing
	row abrupt 0 200 'close-notify=no' whole
	# --- framing
	row chunked 0 200 'frame=chunked' whole
	row closed 0 200 'frame=close' whole
	row bad-chunk 56 200 'bad-chunk=yes' true
	row last-chunk 18 200 'last-chunk=no' whole
	row garbage-status 1 000 'garbage-status=yes' true
	row two-lengths 0 200 'status=200 header=Content-Length:5' '[ "$(tr -d "\r" <headers | grep -c ^Content-Length)" -eq 2 ]'
	# --- bodies
	row gzip 0 200 'gzip=yes' whole --compressed
	row gzip-broken 61 200 'gzip=broken' true --compressed
	row gzip-absent 61 200 'header=Content-Encoding:gzip' true --compressed
	row truncated 0 200 'truncate-json=yes' 'part && [ "$(wc -c <body)" = "$(header Content-Length)" ]'
	row duplicate-keys 0 200 'mutate=duplicate-keys' '[ "$(wc -c <body)" -gt "$(wc -c <whole)" ]'
	row bad-utf8 0 200 'mutate=bad-utf8' '! iconv -f utf-8 -t utf-8 body >/dev/null 2>&1'
	row big-numbers 0 200 'mutate=big-numbers' 'ten 9007199254740993001'
	row deep 0 200 'mutate=deep:5000' "grep -q '\\[\\{5000\\}' body"
	row long 0 200 'mutate=long:300000' '[ "$(wc -c <body)" -gt 300000 ]'
	row shrinking-total 0 200 'mutate=shrink:pagination.totalItems' 'total "< 66" && total "> 60"'
}

# as_row N: makes that request of $URL; fails when it does not end as it should
as_row() {
	local got rc=0
	rm -f headers body
	touch headers body
	# shellcheck disable=SC2086 # separate options
	got=$(curl -s --cacert tls/ca.pem -H "X-Row: ${names[$1]}" \
		-H 'Authorization: ApiToken s1-test-token' --max-time 9 ${options[$1]} \
		-D headers -o body -w '%{http_code}' "$URL$API/threats") || rc=$?
	[ "$rc $got" = "${exits[$1]} ${statuses[$1]}" ] && eval "${checks[$1]}" && return
	echo "${names[$1]}, $URL: curl $rc, HTTP $got, want ${exits[$1]} ${statuses[$1]} and ${checks[$1]}"
	return 1
}

# play: all rows, plain and over TLS
play() {
	table
	for i in "${!names[@]}"; do
		echo "GET $API/threats if-header=X-Row:${names[i]} ${words[i]}"
	done >s
	echo "serve sentinelone token=s1-test-token $FEEDS" >>s
	mock_start s --tls tls --clock @2026-11-22T00:00:00Z --seed 3
	curl -s -H 'Authorization: ApiToken s1-test-token' "$MOCK_URL$API/threats" >whole
	# The only token of the bucket.
	curl -s -o body -H 'X-Row: bucket' "$MOCK_URL$API/threats"
	bad=0
	for i in "${!names[@]}"; do
		for URL in "$MOCK_URL" "https://localhost:$MOCK_TLS_PORT"; do
			as_row "$i" || bad=$((bad + 1))
		done
	done
	# Who is not there any more has left nothing behind.
	curl -s "$MOCK_URL$API/system/status" | grep -q ok
	mock_stop
	[ "$bad" -eq 0 ]
}

# journal OUT: of the last run, without what depends on ports and on how much a
# client that gave up on a drip had got by then
journal() {
	jq -c '.headers -= [.headers[] | select(startswith("Host:"))] |
		if .fault == "drip=2000" then del(.bytes) else . end' \
		"$MOCK_JOURNAL" >"$1"
	rm "$MOCK_JOURNAL"
}

@test "each fault: curl's code, the status, and what came; twice the same journal" {
	rm -f "$BATS_TEST_TMPDIR/mock.ndjson"
	play
	journal one
	play
	journal two
	cmp one two
	[ "$(wc -l <one)" -ge $((2 * ${#names[@]})) ]
	# What was done is told of each line that does more than answer.
	[ "$(jq -r 'select(.fault == null and .status == 200).rule' one | sort -u | wc -l)" -le 9 ]
}

@test "the table has every fault that the manual knows" {
	table
	printf '%s\n' "${words[@]}" >used
	sed -n '/^\.Ss Answers/,/^\.Sh ANSWER FILES/p' "$SC_ROOT/docs/man/sc-scenario.5" >manual
	sed -n 's/^\.It Cm \([a-z0-9-]*\)=.*/\1=/p' manual | sort -u >known
	# From files, and with bodies of one's own: in 11-mock-faults.
	sed -i '/^file=$/d; /^body=$/d' known
	sed -n '/^\.It Cm mutate=/,$s/^\.It Cm \([a-z0-9-]*\)\( :.*\)\{0,1\}$/\1/p' manual >>known
	[ "$(wc -l <known)" -ge 25 ]
	while read -r word; do
		grep -qF -- "$word" used || { echo "not in the table: $word"; return 1; }
	done <known
}

# ask TARGET [TOKEN] [CURL-OPTION...]: the status of a request to $URL
ask() {
	curl -s --cacert tls/ca.pem -o body -w '%{http_code}' \
		-H "Authorization: ApiToken ${2-s1-test-token}" "${@:3}" "$URL$API/$1"
}

@test "faults that come with time: revoked, expired, a clock that jumps, a path" {
	printf '%s\n' "GET $API/threats if-header=X-Row:revoked from=3 status=401" \
		"GET $API/activities status=403" \
		"serve sentinelone token=s1-test-token threats=generate:9 activities=generate:9" \
		'serve sentinelone name=short token=short expires=1h threats=generate:9' >s
	for scheme in http https; do
		mock_start s --tls tls --clock @2026-11-22T00:00:00Z
		URL=$MOCK_URL
		[ $scheme = http ] || URL=https://localhost:$MOCK_TLS_PORT
		for _ in 1 2 3 4; do
			ask threats s1-test-token -H 'X-Row: revoked'
		done >got
		[ "$(cat got)" = 200200401401 ]
		[ "$(ask threats)$(ask activities)" = 200403 ]
		[ "$(ask threats short)" = 200 ]
		# Forward, which ends the token, and dates go with it.
		mock_control advance 61m
		[ "$(ask threats short)" = 401 ]
		[ "$(ask threats)" = 200 ]
		curl -sI --cacert tls/ca.pem "$URL/" | tr -d '\r' |
			grep -qx 'Date: Sun, 22 Nov 2026 01:01:00 GMT'
		mock_stop || [ $? -eq 65 ]
	done
}

# tokens N: as many pages of 30 as there are, at most N: "IDS IDS-ONCE PAGES"
tokens() {
	local cursor='' n=0
	: >ids
	while [ "$n" -lt "$1" ]; do
		n=$((n + 1))
		ask "threats?limit=30${cursor:+&cursor=$cursor}" "$2" >/dev/null
		jq -r '.data[].id' body >>ids
		cursor=$(jq -r '.pagination.nextCursor // empty' body)
		[ -n "$cursor" ] || break
	done
	echo "$(wc -l <ids) $(sort -u ids | wc -l) $n"
}

@test "faults of page tokens: repeated, cyclic, an extra page, overlaps" {
	for kind in cursor=repeat cursor=cycle extra-empty-page=yes overlap=yes; do
		echo "serve sentinelone name=${kind%=*}-${kind#*=} token=$kind $kind threats=$BASE_DATA/threats.ndjson"
	done >s
	mock_start s --tls tls
	for URL in "$MOCK_URL" "https://localhost:$MOCK_TLS_PORT"; do
		[ "$(tokens 7 cursor=repeat)" = '210 60 7' ]
		[ "$(tokens 7 cursor=cycle | cut -d' ' -f2-)" = '66 7' ]
		[ "$(tokens 7 extra-empty-page=yes)" = '66 66 4' ]
		[ "$(tokens 7 overlap=yes)" = '68 66 3' ]
	done
}
