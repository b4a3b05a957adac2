#!/usr/bin/env bats
# sc-mock: listeners that refuse, keep silent or show bad certificates, and the
# control socket.
load ../lib/mock

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	SERVE='serve sentinelone token=s1-test-token threats=generate:20'
	STATUS=/web/api/v2.1/system/status
}

teardown() {
	mock_stop || true
}

scenario() {
	printf '%s\n' "$@" "$SERVE" >s
}

# ask NAME [SCHEME] [CURL OPTION...]: "EXIT-STATUS HTTP-STATUS" of a request
ask() {
	local code port=${MOCK_PORTS[$1]} rc=0
	code=$(curl -s -o /dev/null -w '%{http_code}' --max-time 1 \
		--cacert tls/ca.pem "${@:3}" "${2:-http}://127.0.0.1:$port$STATUS") ||
		rc=$?
	echo "$rc $code"
}

@test "listen: refused, silent and reset, plain and over TLS" {
	scenario 'listen plain-refused as=refused' \
		'listen plain-silent as=silent' 'listen plain-reset as=reset' \
		'listen tls-refused tls=good as=refused' \
		'listen tls-silent tls=good as=silent' \
		'listen tls-reset tls=good as=reset' 'listen fine tls=good'
	mock_start s --tls tls
	[ "$(ask plain-refused)" = '7 000' ]
	[ "$(ask plain-silent)" = '28 000' ]
	[ "$(ask plain-reset)" = '56 000' ]
	[ "$(ask tls-refused https)" = '7 000' ]
	[ "$(ask tls-silent https)" = '28 000' ]
	[ "$(ask tls-reset https)" = '35 000' ]
	[ "$(ask fine https)" = '0 200' ]
	[ "$(mock_journal 'select(.outcome != "sent") |
		"\(.on) \(.rule) \(.outcome)"')" = "$(printf '%s\n' \
		'plain-silent line 2 silent' 'plain-reset line 3 reset' \
		'tls-silent line 5 silent' 'tls-reset line 6 reset')" ]
}

@test "listen: each bad certificate is found by a client that looks" {
	local kind
	local -A code=([expired]=60 [not-yet-valid]=60 [wrong-host]=60
		[self-signed]=60 [renewed]=60 [unknown-ca]=60
		[old-protocol]=35 [good]=0)
	local -A why=([expired]='certificate has expired'
		[not-yet-valid]='not yet valid' [self-signed]='self-signed'
		[renewed]='self-signed' [wrong-host]='does not match\|no alternative'
		[unknown-ca]='unable to get local issuer')

	SERVE=''
	scenario
	for kind in "${!code[@]}"; do
		echo "listen $kind tls=$kind" >>s
	done
	echo 'serve sentinelone token=s1-test-token' >>s
	mock_start s --tls tls
	for kind in "${!code[@]}"; do
		run ask "$kind" https
		[ "${output% *}" -eq "${code[$kind]}" ]
		run curl -sS --cacert tls/ca.pem \
			"https://127.0.0.1:${MOCK_PORTS[$kind]}$STATUS"
		[[ -z ${why[$kind]-} ]] || grep -q "${why[$kind]}" <<<"$output"
	done
	# What is behind a bad certificate is the vendor all the same.
	[ "$(ask expired https --insecure)" = '0 200' ]
	# A renewed certificate has another key.
	[ "$(openssl x509 -in tls/self-signed.pem -noout -pubkey)" != \
		"$(openssl x509 -in tls/renewed.pem -noout -pubkey)" ]
}

@test "listen: an outage that comes, repeats and goes on the mock's clock" {
	scenario 'listen flap as=refused after=+10m until=+1h every=10m for=2m'
	mock_start s --clock @2026-11-22T10:00Z
	[ "$(ask flap)" = '0 200' ]
	mock_control advance 10m
	[ "$(ask flap)" = '7 000' ]
	mock_control advance 2m
	[ "$(ask flap)" = '0 200' ]
	mock_control advance 9m
	[ "$(ask flap)" = '7 000' ]
	mock_control advance 40m
	[ "$(ask flap)" = '0 200' ]
}

@test "listen: who is connected when the service goes away is cut off" {
	scenario 'listen away as=refused after=+10m'
	mock_start s --clock @2026-11-22T10:00Z
	run python3 - "${MOCK_PORTS[away]}" "$STATUS" \
		"$SC_BIN/sc-mock" "$MOCK_CONTROL" <<-'END'
		import http.client, subprocess, sys
		port, path, mock, control = sys.argv[1:]
		http1 = http.client.HTTPConnection("127.0.0.1", int(port))
		http1.request("GET", path)
		print(http1.getresponse().read().decode())
		subprocess.run([mock, "control", control, "advance", "10m"])
		try:
		    http1.request("GET", path)
		    print(http1.getresponse().status)
		except OSError as e:
		    print(type(e).__name__)
	END
	[[ ${lines[0]} == *'"health":"ok"'* ]]
	[[ ${lines[1]} == ConnectionResetError || ${lines[1]} == BrokenPipeError ]]
	[ "$(mock_journal .n | wc -l)" -eq 1 ]
}

@test "listen: an appliance renews its certificate" {
	local pin
	scenario 'listen box tls=self-signed' 'listen box tls=renewed after=+1h'
	mock_start s --tls tls --clock @2026-11-22T10:00Z
	pin=$(openssl x509 -in tls/self-signed.pem -noout -pubkey |
		openssl pkey -pubin -outform der | openssl dgst -sha256 -binary |
		base64)
	[ "$(ask box https -k --pinnedpubkey "sha256//$pin")" = '0 200' ]
	mock_control advance 1h
	[ "$(ask box https -k --pinnedpubkey "sha256//$pin")" = '90 000' ]
	[ "$(ask box https -k)" = '0 200' ]
}

@test "listen: a new scenario adds and takes away listeners" {
	scenario 'listen one'
	mock_start s
	[ "$(ask one)" = '0 200' ]
	printf '%s\n' 'listen two' "$SERVE" >other
	mock_control scenario other
	[ "$(ask one)" = '7 000' ]
	MOCK_PORTS["two"]=$(mock_control status | jq .ports.two)
	[ "$(ask two)" = '0 200' ]
	# The port stays, so it can come back.
	mock_control scenario s
	[ "$(ask one)" = '0 200' ]
	[ "$(ask two)" = '7 000' ]
}

@test "serve on=: each appliance has a port of its own" {
	printf '%s\n' 'listen north' 'listen south' \
		'serve sentinelone name=n on=north token=one threats=generate:3' \
		'serve sentinelone name=s on=south token=one threats=generate:5' >s
	count() {
		curl -s -H 'Authorization: ApiToken one' \
			"http://127.0.0.1:$1/web/api/v2.1/threats" |
			jq '.data | length'
	}
	mock_start s
	[ "$(count "${MOCK_PORTS[north]}")" -eq 3 ]
	[ "$(count "${MOCK_PORTS[south]}")" -eq 5 ]
	[ "$(curl -s -o /dev/null -w '%{http_code}' \
		"$MOCK_URL/web/api/v2.1/threats")" -eq 404 ]
}

@test "on=: a rule for one listener" {
	scenario "GET $STATUS on=bad status=503" 'listen bad'
	mock_start s
	MOCK_PORTS["plain"]=$MOCK_PORT
	[ "$(ask bad)" = '0 503' ]
	[ "$(ask plain)" = '0 200' ]
}

@test "listen: mistakes are found by line" {
	try() {
		printf '%s\n' '# comment' "$2" >bad
		run "$SC_BIN/sc-mock" "${@:3}" bad
		[ "$status" -ne 0 ]
		[[ $output == *"$1"* ]]
	}
	try 'bad:2: expected the listener'\''s name' 'listen'
	try 'bad:2: expected the listener'\''s name' 'listen Upper'
	try 'bad:2: unknown word "ass"; did you mean "as"?' 'listen x ass=silent'
	try 'bad:2: unknown as "silence"; did you mean "silent"?' \
		'listen x as=silence'
	try 'bad:2: unknown tls "expire"; did you mean "expired"?' \
		'listen x tls=expire'
	try 'bad:2: every= and for= go together' 'listen x every=5m'
	try 'bad:2: for= is longer than every=' 'listen x every=5m for=6m'
	try 'bad:2: until= is not behind after=' 'listen x after=+5m until=+5m'
	try 'bad:2: after=soon: expected +10m or a time' 'listen x after=soon'
	try 'bad:2: on=nowhere: there is no such listener; add a line "listen nowhere"' \
		'GET / on=nowhere status=500'
	try 'bad:2: on=nowhere: there is no such listener' \
		'serve sentinelone on=nowhere token=x'
	try 'bad:2: plain never speaks TLS' 'listen plain tls=good'
	try 'a listener with tls= needs --tls DIR' 'listen x tls=good'
	mkdir own
	touch own/ca.pem own/cert.pem own/key.pem
	try 'certificate own/cert.pem' 'listen x tls=good' --tls own
}

@test "control: status, journal, reset" {
	scenario
	mock_start s
	curl -s -H 'Authorization: ApiToken s1-test-token' -d '{"a":"secret-body"}' \
		"$MOCK_URL/nowhere" >/dev/null
	[ "$(mock_control status | jq -c '[.requests, .unmatched, .ports.plain]')" = \
		"[1,1,$MOCK_PORT]" ]
	diff <(mock_control journal) "$MOCK_JOURNAL"
	[ "$(mock_control journal | grep -c 's1-test-token\|secret-body')" -eq 0 ]
	[ "$(mock_control journal | jq -r .body_sha256)" = \
		"$(printf '{"a":"secret-body"}' | sha256sum | cut -d' ' -f1)" ]
	mock_control reset
	[ "$(mock_control status | jq .requests)" -eq 0 ]
	[ -z "$(mock_control journal)" ]
	# The file keeps everything.
	[ "$(wc -l <"$MOCK_JOURNAL")" -eq 1 ]
}

@test "control: the ring is bounded and keeps the latest" {
	scenario
	mock_start s
	seq 3000 | sed "s|.*|url = $MOCK_URL/$(printf 'x%.0s' {1..80})/&\noutput = /dev/null|" |
		curl -s -K -
	[ "$(mock_control journal | wc -c)" -le $((512 * 1024)) ]
	[ "$(mock_control journal | wc -l)" -lt 3000 ]
	mock_control journal | jq -es 'map(.n) as $n |
		$n == [range($n[0]; 3001)]'
}

@test "control: counters of rules start again with reset" {
	scenario "GET $STATUS times=1 status=503"
	mock_start s
	MOCK_PORTS["plain"]=$MOCK_PORT
	[ "$(ask plain)" = '0 503' ]
	[ "$(ask plain)" = '0 200' ]
	mock_control reset
	[ "$(ask plain)" = '0 503' ]
}

@test "control: errors name the remedy, and a broken scenario changes nothing" {
	scenario
	mock_start s
	run mock_control reste
	[ "$status" -eq 64 ]
	[[ $output == *'unknown command "reste"; did you mean "reset"?'* ]]
	run mock_control advance
	[ "$status" -eq 64 ]
	[[ $output == *'advance takes a duration'* ]]
	run mock_control advance 5m
	[ "$status" -eq 64 ]
	[[ $output == *'the real clock cannot be moved'* ]]
	echo nonsense >broken
	run mock_control scenario broken
	[ "$status" -eq 78 ]
	[[ $output == *'broken:1: unknown word "nonsense"'* ]]
	MOCK_PORTS["plain"]=$MOCK_PORT
	[ "$(ask plain)" = '0 200' ]
	# A second server does not take the socket away from the first.
	run "$SC_BIN/sc-mock" --control "$MOCK_CONTROL" s
	[ "$status" -eq 69 ]
	[[ $output == *'another sc-mock listens there'* ]]
	[ "$(stat -c %a "$MOCK_CONTROL")" -eq 600 ] ||
		[ "$(stat -c %a "$MOCK_CONTROL")" -eq 700 ]
	mock_stop
	[ ! -e "$MOCK_CONTROL" ]
	run mock_control status
	[ "$status" -eq 69 ]
}
