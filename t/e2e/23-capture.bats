#!/usr/bin/env bats
# sc-fetch --capture writes fixtures without secrets, sc-mock replays them.

load ../lib/fetch

setup() { fetch_setup; }
teardown() { mock_stop; }

T='GET /web/api/v2.1/threats'
SECRET='s3cr3t/+"\&=%2<~Zz0'

# without TEXT FILE...: the same as absent, in any case of letters
without() {
	local rc=0
	grep -iF -- "$@" || rc=$?
	[ "$rc" -eq 1 ]
}

# forms TEXT: how it may be spelled inside of a JSON string, one a line
forms() {
	python3 - "$1" <<-'END'
		import base64, json, re, sys, urllib.parse
		raw = sys.argv[1]
		b = raw.encode()
		escaped = json.dumps(raw)[1:-1]
		percent = urllib.parse.quote(raw, safe="")
		print(escaped)
		print(escaped.replace("/", "\\/"))
		print("".join("\\u%04x" % c for c in b))
		print(percent)
		print(re.sub("%..", lambda m: m.group().lower(), percent))
		print(urllib.parse.quote_plus(raw))
		print("".join("%%%02X" % c for c in b))
		for front in (b"", b"x", b"xy"):
		    print(base64.b64encode(front + b + b"!").decode())
		    print(base64.urlsafe_b64encode(front + b + b"!").decode())
	END
}

# replay FOLDER: sc-mock plays it for the integration; the store is new
replay() {
	rm -rf "$SC_STATE"
	SC_CLOCK='' mock_start "$1" --strict
	integration acme-s1
}

# timeless FILE: its records, without the time: waits before retries are random
timeless() {
	grep '^{"type":"RECORD"' "$1" | sed 's/"time_extracted":"[^"]*"//'
}

# same_records FILE: what came out is what the file has
same_records() {
	timeless out >new
	timeless "$1" | cmp - new
	[ -s new ]
}

@test "a capture replays: the same records, and the same bookmark" {
	ready 25
	fetch --capture cap
	[ "$status" -eq 0 ]
	grep -q '^\[INFO\] sentinelone: captured 3 answers into cap' log
	cp out live
	[ "$(stat -c %a cap)" = 700 ]
	[ "$(stat -c %a cap/* | sort -u)" = 600 ]
	[ "$(cd cap && echo *)" = "0001-GET-threats.http 0002-GET-threats.http 0003-GET-threats.http capture.scenario" ]
	absent "$TOKEN" cap/*
	absent updatedAt__gte cap/*
	[ "$(grep -c '^replay GET /web/api/v2.1/threats .*if-query=cursor:' cap/capture.scenario)" -eq 2 ]
	[ "$(grep -c '^replay GET .* unless-query=cursor:\* file=0001-GET-threats.http$' cap/capture.scenario)" -eq 1 ]
	replay cap
	fetch
	[ "$status" -eq 0 ]
	same_records live
	cmp <(states) <(grep '^{"type":"STATE"' live)
	# Hours later: the windows move, the answers are the same.
	SC_CLOCK=@2026-11-22T15:00:00Z fetch
	[ "$status" -eq 0 ]
	same_records live
	mock_stop
	sc-mock lint cap
}

@test "the scenario has the clock of the capture unless another one is given" {
	ready 3
	fetch --capture cap
	grep -qx 'clock 2026-11-22T12:00:00.000Z' cap/capture.scenario
	replay cap/capture.scenario
	curl -si "$MOCK_URL/" | grep -q '^Date: Sun, 22 Nov 2026 12:00:00 GMT'
	mock_stop || [ $? -eq 65 ]
	SC_CLOCK='' mock_start cap --clock @2026-12-01
	curl -si "$MOCK_URL/" | grep -q '^Date: Tue, 01 Dec 2026 00:00:00 GMT'
}

@test "no form of the credential is written; the live run is not touched" {
	local form n=0 records=()
	printf '%s\n' "$SECRET" >token
	forms "$SECRET" >spelled
	while IFS= read -r form; do
		records+=("{\"id\":\"id$((n += 1))\",\"threatInfo\":{\"updatedAt\":\"2026-11-22T09:00:00Z\"},\"say\":\"<$form>\"}")
	done <spelled
	page p.json null "${records[@]}"
	printf '<p>No: %s</p>\n' "$SECRET" >no.html
	ready 1 "$T times=1 status=503 body=no.html retry-after=0" \
		"$T status=200 body=p.json header=X-Echo:${SECRET// /} header=Set-Cookie:sid=1"
	fetch --capture cap
	[ "$status" -eq 0 ]
	records >got
	printf '%s\n' "${records[@]}" | cmp - got
	[ "$(wc -l <got)" -eq 13 ]
	cat cap/* >all
	absent s3cr3t all
	while IFS= read -r form; do
		absent "${form:4:12}" all
	done <spelled
	without cookie all
	without x-echo all
	[ "$(grep -o REDACTED all | wc -l)" -eq 14 ]
	jq -e '.data | length == 13' <(sed '1,/^$/d' cap/0002-GET-threats.http)
	sc-mock lint cap
}

@test "a credential in the query and in a page token" {
	sed -i '/sortOrder: asc/a\      api_token: test-token-0123456789' vendors/sentinelone/vendor.yaml
	page p.json "\"c-$TOKEN%2F1\"" "$(threat 1 2026-11-22T09:00:00Z)"
	page q.json "\"c-$TOKEN%2F2\"" "$(threat 2 2026-11-22T09:00:00Z)"
	page r.json null "$(threat 3 2026-11-22T09:00:00Z)"
	ready 1 "$T if-query=cursor:*1 status=200 body=q.json" \
		"$T if-query=cursor:*2 status=200 body=r.json" "$T status=200 body=p.json"
	fetch --capture cap
	[ "$status" -eq 0 ]
	cp out live
	absent "$TOKEN" cap/*
	[ "$(grep -c 'if-query=api_token:\* ' cap/capture.scenario)" -eq 3 ]
	grep -q 'if-query=cursor:c-\*/1 ' cap/capture.scenario
	replay cap
	fetch
	[ "$status" -eq 0 ]
	same_records live
}

@test "what the vendor's file calls secret, hosts and tokens of others go; people stay" {
	sed -i 's/^\( *\)id: id.*/&\n\1redact: [agent.licenseKey]/' vendors/sentinelone/vendor.yaml
	page p.json null '{"id":"1","threatInfo":{"updatedAt":"2026-11-22T09:00:00Z"},"agent":{"licenseKey" : "lk-0123456789","host":"pc-17","user":"jane"},"link":"https://ACME.sentinelone.net/t/1","apiToken":"live0123456789"}'
	ready 1 "$T status=200 body=p.json"
	fetch --capture cap
	[ "$status" -eq 0 ]
	absent lk-0123456789 cap/*
	without acme.sentinelone.net cap/*
	absent live0123456789 cap/*
	grep -q '"licenseKey" : "REDACTED","host":"pc-17","user":"jane"' cap/0001*
	sc-mock lint cap
}

@test "a secret that cannot be taken out: nothing of the answer is written, the run ends" {
	local hex
	hex=$(printf '%s' "$TOKEN" | od -An -tx1 | tr -d ' \n')
	page p.json null "$(threat "$hex" 2026-11-22T09:00:00Z)"
	ready 1 "$T times=1 status=503 retry-after=0" "$T status=200 body=p.json"
	fetch --capture cap
	[ "$status" -eq 70 ]
	[ "$(outcome '"\(.code) \(.class)"')" = "70 CONFIG" ]
	grep -q 'capture: a secret is still in what was answered to GET /web/api/v2.1/threats; it was not written' log
	[ "$(cd cap && echo *)" = "0001-GET-threats.http capture.scenario" ]
	[ "$(grep -c ^replay cap/capture.scenario)" -eq 1 ]
	absent "$hex" cap/* log
	[ "$(records | wc -l)" -eq 0 ]
}

@test "repeats come in order and the last one stays; refusals are captured" {
	ready 5 "$T times=1 status=503 retry-after=0 as=html" "$T times=1 status=429 retry-after=1"
	fetch --capture cap
	[ "$status" -eq 0 ]
	cp out live
	[ "$(cd cap && head -qn 1 0*)" = "HTTP/1.1 503 Service Unavailable
HTTP/1.1 429 Too Many Requests
HTTP/1.1 200 OK" ]
	grep -qx 'Retry-After: 1' cap/0002*
	sc-mock lint cap
	replay cap
	fetch
	[ "$status" -eq 0 ]
	same_records live
	[ "$(mock_journal .status | xargs)" = '503 429 200' ]
	rm -rf "$SC_STATE" && sc-store init 2>/dev/null
	fetch
	[ "$(mock_journal .status | xargs)" = '503 429 200 200' ]
}

@test "broken answers are captured as they are, silence as a comment" {
	local what
	for what in cut-after=head+700 cut-head=yes last-chunk=no reset-after=head+700; do
		ready 5 "$T times=1 $what"
		rm -rf cap
		fetch --capture cap
		[ "$status" -eq 0 ]
		[ -e cap/0001-GET-threats.raw ]
		# A head that does not end has no empty line behind it.
		[ "$(grep -c '^$' cap/0001-GET-threats.raw)" -eq "$([ $what = cut-head=yes ]; echo $?)" ]
		cp out live
		replay cap
		fetch -v
		[ "$status" -eq 0 ]
		same_records live
		grep -q 'attempt 1 of 3 failed.*\(cut off\|transfer closed\|reset\|bytes remaining\)' log
		absent "$TOKEN" cap/*
		sc-mock lint cap
	done
	for what in reset-after=0 garbage-status=yes; do
		ready 5 "$T $what"
		rm -rf cap
		fetch --capture cap
		[ "$status" -ne 0 ]
		[ "$(grep -c '^# no answer to GET /web/api/v2.1/threats: ' cap/capture.scenario)" -gt 0 ]
		absent ^replay cap/capture.scenario
	done
}

@test "gzip: the body is kept unpacked" {
	page p.json null "$(threat 1 2026-11-22T09:00:00Z)"
	printf 'HTTP/1.1 200 OK\nContent-Encoding: gzip\nContent-Type: application/json\n\n' >p.http
	gzip -c p.json >>p.http
	ready 1 "$T file=p.http"
	fetch --capture cap
	[ "$status" -eq 0 ]
	without encoding cap/0001*
	cmp p.json <(sed '1,/^$/d' cap/0001-GET-threats.http)
}

@test "the folder: new or empty; looking moves nothing; a killed run leaves what it had" {
	ready 25
	mkdir full empty
	echo x >full/x
	chmod 755 empty
	fetch --capture full
	[ "$status" -eq 73 ]
	grep -q 'full is not empty; give --capture a new or an empty folder' log
	[ "$(requests)" -eq 0 ]
	rm -rf "$SC_STATE"
	fetch --preview --capture empty
	[ "$status" -eq 0 ]
	[ "$(stat -c %a empty)" = 700 ]
	[ ! -e "$SC_STATE/store.db" ]
	[ "$(grep -c ^replay empty/capture.scenario)" -eq 1 ]
	# Each exchange is there when the next one begins.
	sed -i "1i $T from=2 stall-after=head" vendor.scenario
	mock_reload
	sc-store init 2>/dev/null
	mkfifo pipe
	sc-fetch --capture killed acme-s1 >pipe 2>log &
	local pid=$! line
	while read -r line; do
		[[ $line != *'"type":"STATE"'* ]] || kill -9 "$pid"
	done <pipe
	wait "$pid" || true
	[ "$(grep -c ^replay killed/capture.scenario)" -eq 1 ]
	sc-mock lint killed
	replay killed
}

@test "lint: each kind of secret is found, by file and line" {
	local want
	mkdir f
	row() {
		printf '%b' "$2" >"f/$1"
		run -65 sc-mock lint f
		[ "${lines[0]}" = "f/$1:$3: ${4-}" ] || [[ -z ${4-} && ${lines[0]} == "f/$1:$3: looks like a secret: "* ]] || {
			echo "$1: $output"
			return 1
		}
		# The secret itself is not shown.
		[[ $output != *0123456789* ]]
		rm "f/$1"
	}
	bats_require_minimum_version 1.5.0
	want='a header that holds a credential'
	for name in Authorization authorization Cookie Set-Cookie X-Api-Key DTAPI-Signature X-Auth-Token; do
		row a.http "HTTP/1.1 200 OK\nDate: x\n$name: a\n\n{}" 3 "$want"
		row a.raw "HTTP/1.1 200 OK\r\n$name: a\r\n\r\n{" 2 "$want"
	done
	row a.http 'HTTP/1.1 200 OK\nX-Id: 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b\n\n{}' 2 'a header with a long random value'
	row a.http 'HTTP/1.1 200 OK\nX-Id: q7Xk2PzR9vLmN4tYw8BcE1aSdF6gHjK0\n\n{}' 2 'a header with a long random value'
	for name in apiKey api_key password clientSecret access_token licenseKey; do
		row d.ndjson "{}\n{\"a\":{\"$name\": \"live-0123456789\"}}\n" 2
		row d.ndjson "{}\n{\"m\":\"{\\\\\"$name\\\\\":\\\\\"live-0123456789\\\\\"}\"}\n" 2
		row d.ndjson "{}\n{\"u\":\"https://x/?$name=live0123456789\"}\n" 2
	done
	row d.ndjson '{"j":"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dozjgNryP4J3jVmNHl0w5N"}\n' 1
	row d.ndjson '{"j":"AKIAIOSFODNN7ABCDEFG"}\n' 1
	row d.ndjson '{"j":"Bearer abcdef0123456789"}\n' 1
	row d.ndjson '{"j":"ApiToken abcdef0123456789"}\n' 1
	row x.json '{"j":"-----BEGIN PRIVATE KEY-----\\\\nMIIEvQ"}' 1
	row s.scenario 'serve sentinelone token=live0123456789\n' 1
	row s.scenario '#\nserve deep-instinct key=live0123456789\n' 2
	# The same, said to be none; page tokens; hashes.
	printf '{"apiKey":"example-0123456789","token":"test-0123456789ab","password":"REDACTED","nextPageToken":"live-0123456789","sha1":"9f86d081884c7d659a2feaa0c55ad015a3bf4f1b"}\n' >f/d.ndjson
	printf 'serve sentinelone token=test-0123456789\n' >f/s.scenario
	run -0 sc-mock lint f f/d.ndjson
	[ -z "$output" ]
}

@test "lint: form of answers, scenarios, datasets" {
	bats_require_minimum_version 1.5.0
	mkdir f
	printf 'HTTP/1.1 100 Continue\r\n\r\nHTTP/2 200 \r\nDate: x\r\nServer:  nginx \r\ncontent-length: 2\r\nContent-Encoding: gzip\r\n\r\n{}' >f/a.http
	chmod 640 f/a.http
	run -65 sc-mock lint f
	[ "${lines[0]}" = "f/a.http:1: not in canonical form; sc-mock lint -w writes it" ]
	run -0 sc-mock lint -w f
	[ "$(cat f/a.http)" = "HTTP/1.1 200
Date: x
Server: nginx

{}" ]
	[ "$(stat -c %a f/a.http)" = 640 ]
	run -0 sc-mock lint f
	printf 'HTTP/1.1 200 OK\nDate: x\nConnection: close\n\n{}' >f/a.http
	run -65 sc-mock lint f
	[ "${lines[0]}" = "f/a.http:3: not in canonical form; sc-mock lint -w writes it" ]
	printf 'HTTP/1.1 200 OK\nDate: x\n' >f/a.http
	run -65 sc-mock lint f/a.http
	[[ ${lines[0]} == f/a.http:* ]]
	rm f/a.http
	printf '{}\n{"a":\n' >f/d.ndjson
	run -65 sc-mock lint f
	[[ ${lines[0]} == f/d.ndjson:2:\ * ]]
	rm f/d.ndjson
	printf '\nGET /a\n' >f/s.scenario
	run -65 sc-mock lint f
	[[ ${lines[0]} == f/s.scenario:2:\ * ]]
	run -66 sc-mock lint missing
	run -64 sc-mock lint -p 1 f
	run -64 sc-mock -w f
	run -0 sc-mock lint "$SC_ROOT/fixtures"
}

@test "replay lines that ask for the same are one rule" {
	for i in 1 2 3; do
		printf 'HTTP/1.1 200 OK\n\n%s' "$i" >"$i.http"
	done
	printf '%s\n' 'replay GET /a file=1.http' 'replay GET /b file=2.http' \
		'replay GET /a file=3.http' 'replay GET /a if-query=x:1 file=2.http' >r.scenario
	mock_start r.scenario
	for path in /a /b /a /a /b; do curl -s "$MOCK_URL$path"; done >got
	[ "$(cat got)" = 12332 ]
	mock_stop
	bats_require_minimum_version 1.5.0
	for line in 'replay GET /a' 'replay GET' replay 'replay GET /a file=none' 'replay GET /a x=1 file=1.http' clock 'clock 5'; do
		echo "$line" >r.scenario
		run -78 sc-mock r.scenario
		[[ $output == *r.scenario:1:* ]]
	done
}
