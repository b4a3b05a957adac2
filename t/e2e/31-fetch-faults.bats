#!/usr/bin/env bats
# sc-fetch and a vendor in trouble: exit codes, remedies, no loss, no secrets.

load ../lib/fetch

setup() { fetch_setup; }
teardown() { mock_stop; }

T='GET /web/api/v2.1/threats'

# expect CODE CLASS REQUESTS: how the last run ended, after how many attempts
expect() {
	[ "$status" -eq "$1" ]
	[ "$(outcome '"\(.code) \(.class)"')" = "$1 $2" ]
	[ "$(requests)" -eq "$3" ]
	[ "$(grep -c '^\[ERROR\] sc-fetch: acme-s1.threats: ' log)" -eq 1 ]
}

@test "401 is final and tells what to do" {
	ready 1 "$T status=401"
	fetch
	expect 77 AUTH 1
	grep -q 'sentinelone answers 401: Authentication Failed; Verify that the API Token is correct' log
	[ "$(outcome .remedy)" != null ]
}

@test "403 is a permission that is missing" {
	ready 1 "$T status=403"
	fetch
	expect 77 PERMISSION 1
	grep -q 'at least the Viewer role' log
}

# row WANT WORDS RULE: how a run ends when every request gets that answer, and
# what stands in the message and in the outcome's remedy
row() {
	sed -i "1s,.*,$T $3," vendor.scenario
	mock_reload
	fetch
	[ "$(outcome '"\(.code) \(.class)"')" = "$1" ] &&
		[ "$status" -eq "${1% *}" ] &&
		[ "$(grep -c '^\[ERROR\] sc-fetch: acme-s1.threats: ' log)" -eq 1 ] &&
		grep -qF -- "$2" log && [[ $(outcome .remedy) == *"$2"* ]] &&
		[ "$(outcome '[.streams[].class] | join(" ")')" = "${1#* }" ] &&
		return
	echo "$3: exit $status"
	cat log report
	return 1
}

@test "each refusal: class, exit code, outcome, and the guide's advice in words" {
	cp "$SC_ROOT/fixtures/scenarios/invalid-cursor.json" .
	ready 5 '#'
	for as in json html empty; do
		row '77 AUTH' 'the API Token is correct and has not expired; re-generate it' "status=401 as=$as"
		row '77 PERMISSION' 'at least the Viewer role' "status=403 as=$as"
		row '75 QUOTA' 'increase the interval to 15 minutes' "status=429 as=$as"
		row '75 QUOTA' 'increase the interval to 15 minutes' "status=429 as=$as retry-after=600"
		for code in 500 502 503 504; do
			row '69 VENDOR' 'collection goes on by itself' "status=$code as=$as"
		done
	done
	row '77 PERMISSION' 'the feature is not licensed' 'status=404'
	row '76 PROTOCOL' 'Verify that the Host is the address of the management console' 'status=404 as=html'
	row '76 PROTOCOL' 'Verify that the Host is the address of the management console' \
		'status=302 location=https://login.example.com/'
	row '76 PROTOCOL' 'The console does not accept the question' 'status=400'
	row '76 PROTOCOL' 'without the cursor' 'status=400 body=invalid-cursor.json'
}

@test "each answer that is broken: class, exit code, outcome, and where to look" {
	ready 5 '#'
	for rule in cut-after=0 cut-after=3000 reset-after=60 reset-after=3000 \
		cut-head=yes bad-chunk=yes frame=close 'frame=chunked cut-after=3000'; do
		row '69 NETWORK' 'check what stands in between: a proxy or a firewall' "$rule"
	done
	row '76 PROTOCOL' 'a proxy or a firewall' header=Content-Encoding:gzip
	row '76 PROTOCOL' 'a proxy or a firewall' header=Content-Length:5
	row '76 PROTOCOL' "lead to the vendor's API" garbage-status=yes
	row '69 NETWORK' 'check what stands in between: a proxy or a firewall' truncate-json=yes
	row '76 PROTOCOL' "check that host leads to the vendor's API" 'status=200 as=html'
	row '76 PROTOCOL' "check that host leads to the vendor's API" 'status=200 as=empty'
	echo '{"data":null,"pagination":{"nextCursor":null}}' >null.json
	row '76 PROTOCOL' "check that host leads to the vendor's API" 'status=200 body=null.json'
}

@test "429 that names no time: five seconds, some tries, then it is left for later" {
	ready 5 "$T times=2 status=429"
	fetch -v
	[ "$status" -eq 0 ]
	[ "$(requests)" -eq 3 ]
	[ "$(grep -c 'failed, next in 5000 ms' log)" -eq 2 ]
	[ "$(records | wc -l)" -eq 5 ]
	echo "$T status=429" >vendor.scenario
	mock_reload
	: >"$MOCK_JOURNAL"
	fetch
	expect 75 QUOTA 3
	# Five seconds from the last answer.
	[ "$(outcome .not_before)" = 2026-11-22T12:00:15.000Z ]
}

@test "a refusal in the wrapper of the console's own pages is understood" {
	echo '{"error":{"errors":[{"code":4010010,"title":"Authentication Failed","detail":"expired"}]}}' >wrapped.json
	ready 1 "$T status=401 body=wrapped.json"
	fetch
	expect 77 AUTH 1
	grep -q 'answers 401: Authentication Failed: expired; ' log
}

@test "404 of the console and 404 of something else differ" {
	ready 1 "$T status=404"
	fetch
	expect 77 PERMISSION 1
	echo '<html>nothing here</html>' >nothing.html
	echo "$T status=404 body=nothing.html" >vendor.scenario
	mock_reload
	: >"$MOCK_JOURNAL"
	fetch
	expect 76 PROTOCOL 1
	absent 'nothing here' log
}

@test "a short quota is sat out, a long one is told" {
	ready 5 "$T times=2 status=429 retry-after=3"
	fetch
	[ "$status" -eq 0 ]
	[ "$(requests)" -eq 3 ]
	[ "$(records | wc -l)" -eq 5 ]
	echo "$T status=429 retry-after=60" >vendor.scenario
	mock_reload
	: >"$MOCK_JOURNAL"
	fetch
	expect 75 QUOTA 1
	[ "$(outcome .not_before)" = 2026-11-22T12:01:00.000Z ]
	[ ! -s <(states) ]
}

@test "trouble that heals is not seen, trouble that stays is 69" {
	ready 5 "$T times=2 status=503"
	fetch
	[ "$status" -eq 0 ]
	[ "$(requests)" -eq 3 ]
	for status in 500 502 504; do
		echo "$T status=$status" >vendor.scenario
		mock_reload
		: >"$MOCK_JOURNAL"
		fetch
		expect 69 VENDOR 3
	done
}

@test "a login page is not data" {
	echo '<!doctype html><title>Log in</title>' >login.html
	ready 1 "$T status=200 body=login.html"
	fetch
	expect 76 PROTOCOL 1
	grep -q 'answers 200 with an HTML page; check that host' log
}

@test "an answer without data is none, and moves nothing" {
	echo '{"pagination":{"nextCursor":null}}' >empty.json
	ready 1 "$T status=200 body=empty.json"
	fetch
	expect 76 PROTOCOL 1
	grep -q 'answers 200 with no list "data"' log
	[ ! -s out ]
}

@test "half a surrogate pair spoils its record, not its page" {
	printf '{"id":"half","s":"\\ud83d","threatInfo":{"updatedAt":"2026-11-22T09:00:00Z"}}' >half
	page p1 null "$(threat 1 2026-11-22T08:00:00Z)" "$(cat half)" \
		'{"id":"\udc00","x":1}' '{"id":"\ud800","x":1}' "$(threat 2 2026-11-22T10:00:00Z)"
	ready 1 "$T times=1 status=200 body=p1"
	fetch
	[ "$status" -eq 0 ]
	grep -q 'fetched 5 threats integration=acme-s1 new=5 changed=0 seen=0 bad=3 ' log
	jq -se --arg raw "$(base64 -w0 half)" 'map(select(.key == "half"))
	    | .[0].bad.reason == "utf8" and .[0].bad.raw_base64 == $raw
	      and .[0].rev == "2026-11-22T09:00:00Z"' out
	# Names that look alike once they are decoded are no names.
	[ "$(keys | sort -u | wc -l)" -eq 5 ]
	sc-normalize <out >artifacts
	[ "$(grep -c '"type":"RECORD"' artifacts)" -eq 5 ]
	sc-ship <artifacts >/dev/null
	[ "$(stored)" -eq 5 ]
}

@test "an answer that is cut off is asked for again" {
	ready 5 "$T times=1 cut-after=3000" "$T times=1 reset-after=60" \
		"$T times=1 truncate-json=yes"
	fetch
	[ "$status" -eq 0 ]
	[ "$(requests)" -eq 4 ]
	cmp <(records | sort) <(sort data.ndjson)
}

@test "cut-off answers are never data, wherever the cut is" {
	for rule in "cut-after=0" "cut-after=40" "cut-after=3000" \
		"reset-after=0" "reset-after=3000" "frame=close" \
		"frame=chunked cut-after=3000" "truncate-json=yes"; do
		ready 5 "$T $rule"
		fetch
		expect 69 NETWORK 3
		[ ! -s out ]
		rm "$MOCK_JOURNAL"
	done
	ready 5 "$T frame=chunked"
	fetch
	[ "$status" -eq 0 ]
	[ "$(records | wc -l)" -eq 5 ]
}

@test "a page that fails keeps the pages before it" {
	ready 25 "$T from=2 status=500"
	fetch
	[ "$status" -eq 69 ]
	[ "$(records | wc -l)" -eq 10 ]
	[ "$(tail -n 1 out | jq -r .type)" = STATE ]
	[ "$(outcome .counts.records)" -eq 10 ]
}

@test "a token that the vendor refuses costs nothing" {
	echo '{"errors":[{"code":4000010,"detail":"Invalid cursor value received","title":"Validation Error"}]}' >bad.json
	ready 35 "$T from=3 times=1 status=400 body=bad.json"
	fetch
	[ "$status" -eq 0 ]
	cmp <(keys | uniq) <(jq -r .id data.ndjson | sort)
	grep -q 'WARN.*refuses its own page token' log
	# From the mark on, not from the beginning.
	[ "$(keys | wc -l)" -lt 50 ]
	[ "$(mock_requests | sed -n 4p | grep -c cursor=)" -eq 0 ]
	# Twice is too often; a rule counts what the ones before it let pass.
	: >"$MOCK_JOURNAL"
	ready 35 "$T from=3 times=1 status=400 body=bad.json" "$T from=4 status=400 body=bad.json"
	fetch
	[ "$status" -eq 76 ]
	[ "$(requests)" -eq 5 ]
	grep -q 'Validation Error: Invalid cursor value received' log
}

@test "a window that is read again may meet the same tokens and times" {
	page p1 '"A"' "$(threat 1 2026-11-22T08:00:00Z)" "$(threat 2 2026-11-22T09:00:00Z)"
	page p2 '"B"' "$(threat 3 2026-11-22T10:00:00Z)"
	page p3 null "$(threat 4 2026-11-22T11:00:00Z)"
	ready 1 "$T times=1 status=200 body=p1" "$T times=1 status=400" \
		"$T times=1 status=200 body=p1" "$T times=1 status=200 body=p2" \
		"$T times=1 status=200 body=p3"
	fetch
	[ "$status" -eq 0 ]
	[ "$(highs | cut -c12-13 | tr '\n' ' ')" = "09 09 10 11 " ]
}

@test "400 to a question without a token is final" {
	ready 1 "$T status=400"
	fetch
	expect 76 PROTOCOL 1
}

@test "tokens that go in a circle end the run and keep its records" {
	page p1 '"A"' "$(threat 1 2026-11-22T08:00:00Z)"
	page p2 '"B"' "$(threat 2 2026-11-22T09:00:00Z)"
	page p3 '"A"' "$(threat 3 2026-11-22T10:00:00Z)"
	ready 1 "$T times=1 status=200 body=p1" "$T times=1 status=200 body=p2" \
		"$T times=1 status=200 body=p3"
	fetch
	expect 76 PROTOCOL 3
	grep -q 'its pages go in a circle' log
	[ "$(keys | tr '\n' ' ')" = "1 2 3 " ]
	[ "$(highs | tail -n 1)" = 2026-11-22T10:00:00Z ]
}

@test "the vendor's own cursors that repeat or go round end the run visibly" {
	for cursor in repeat cycle; do
		ready 35
		sed -i "s/^serve.*/& cursor=$cursor/" vendor.scenario
		mock_reload
		: >"$MOCK_JOURNAL"
		fetch
		if [ $cursor = repeat ]; then
			# The token just sent: the vendor has no more to say.
			[ "$status" -eq 0 ]
			[ "$(outcome .partial)" = true ]
		else
			[ "$status" -eq 76 ]
			[ "$(outcome '"\(.class) \(.remedy)"')" = \
				"PROTOCOL what came before is kept; tell the vendor if it stays" ]
		fi
		[ "$(requests)" -le 9 ]
		[ "$(outcome .counts.records)" -ge 20 ]
		[ "$(tail -n 1 out | jq -r .type)" = STATE ]
	done
	# The circle went once through all of them.
	cmp <(keys | uniq) <(jq -r .id data.ndjson | sort)
}

@test "nobody listens" {
	ready 1
	mock_stop || true
	fetch
	[ "$status" -eq 69 ]
	[ "$(outcome .class)" = NETWORK ]
	grep -qF "acme-s1.threats: $MOCK_URL/web/api/v2.1/threats: " log
	absent updatedAt log
}

@test "a certificate is checked, with the CA that was given" {
	dataset 5
	start_vendor
	mkdir tls
	mock_start vendor.scenario --tls tls
	integration acme-s1
	file=$SC_CONFIG/integrations.d/acme-s1.yaml
	sed -i "s|^url: .*|url: https://127.0.0.1:$MOCK_TLS_PORT|" "$file"
	fetch
	[ "$status" -eq 78 ]
	[ "$(outcome .class)" = TLS ]
	grep -q 'ca_file' log
	echo "ca_file: $PWD/tls/ca.pem" >>"$file"
	fetch
	[ "$status" -eq 0 ]
	[ "$(records | wc -l)" -eq 5 ]
	# Another name than the one in the certificate.
	sed -i 's|127\.0\.0\.1|127.0.0.2|' "$file"
	fetch
	[ "$status" -ne 0 ]
	# TLS spoken to a port that does not.
	sed -i "s|^url: .*|url: https://127.0.0.1:$MOCK_PORT|" "$file"
	fetch
	[ "$status" -eq 78 ]
	[ "$(outcome .class)" = TLS ]
}

@test "a secret that cannot be read asks nobody" {
	ready 1
	rm token
	fetch
	[ "$status" -eq 78 ]
	[ "$(outcome .class)" = SECRET ]
	[ ! -s "$MOCK_JOURNAL" ]
}

@test "sc-auth is killed in the middle of a run" {
	ready 25 "$T from=2 delay=300ms" "$T from=2 status=503"
	mkfifo pipe
	SC_REPORT=9 sc-fetch acme-s1 >pipe 2>log 9>report 3>&- &
	pid=$!
	{
		read -r
		kill -KILL "$(cat /proc/$pid/task/$pid/children)"
		cat >out
	} <pipe
	status=0
	wait "$pid" || status=$?
	[ "$status" -eq 70 ]
	grep -q 'acme-s1.threats: sc-auth ended with 137 and no answer' log
	[ "$(tail -n 1 out | jq -r .type)" = STATE ]
}

@test "the credential shows nowhere, also when the vendor repeats it" {
	printf '{"errors":[{"title":"Bad token %s","detail":"%s"}]}' \
		"$TOKEN" "$(printf %s "$TOKEN" | base64)" >echo.json
	ready 15 "$T times=1 status=401 body=echo.json" "$T from=2 delay=300ms"
	fetch -v
	[ "$status" -eq 77 ]
	grep -qF '[REDACTED]' log
	absent "$TOKEN" log report out
	absent "$(printf %s "$TOKEN" | base64 | cut -c1-20)" log report out
	# Nor in arguments or environments while a run is under way.
	mkfifo pipe
	sc-fetch -v acme-s1 >pipe 2>>log 3>&- &
	pid=$!
	{
		read -r schema
		for p in $pid $(cat /proc/$pid/task/*/children); do
			tr '\0' '\n' <"/proc/$p/cmdline"
			tr '\0' '\n' <"/proc/$p/environ"
		done >seen
		cat >out
	} <pipe
	wait "$pid"
	[ -n "$schema" ]
	grep -q sc-auth seen
	absent "$TOKEN" seen log out "$MOCK_JOURNAL"
}
