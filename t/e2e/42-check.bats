#!/usr/bin/env bats
# sc-fetch --check: each step, well and not, and what it tells to do.

load ../lib/check
bats_require_minimum_version 1.5.0

@test "a wrong key is a failed step, and nothing behind it is asked" {
	serve_sentinelone
	echo not-this-key-0123456789 >token
	check
	[ "$status" -eq 77 ]
	[ "$(at credentials class)" = AUTH ]
	[ "$(at permission threats text)" = 'needs "credentials"' ]
	[ "$(at newest threats text)" = 'needs "permission threats"' ]
	mock_requests | absent threats
	absent not-this-key out out.json log
}

@test "a right that is not there still proves the signature" {
	serve_darktrace 'GET /status status=302 location=/403'
	check
	[ "$status" -eq 0 ]
	[[ $(at credentials text) == *"may not read /status"* ]]
	[ "$(at account result)" = skipped ]
}

@test "configuration: what is wrong is said, all else is skipped" {
	serve_sentinelone
	echo 'intervall: 5m' >>"$SC_CONFIG/integrations.d/it.yaml"
	check
	[ "$status" -eq 78 ]
	[[ $(at configuration text) == *'did you mean "interval"?'* ]]
	[ "$(json '[.steps[1:][] | .result] | unique | join(",")')" = skipped ]
	rm "$SC_CONFIG/integrations.d/it.yaml"
	check
	[ "$status" -eq 78 ]
	[ "$(mock_requests | wc -l)" -eq 0 ]
}

@test "configuration: disabled things are told, and not asked for" {
	serve_sentinelone
	printf '%s\n' 'enabled: no' 'streams: { agents: { enabled: no } }' \
		>>"$SC_CONFIG/integrations.d/it.yaml"
	check
	[ "$status" -eq 0 ]
	[ "$(at configuration result)" = warning ]
	[[ $(at configuration remedy) == *"sc-conf enable it"* ]]
	mock_requests | absent agents
	status=0
	sc-fetch --check --json it.activities >out.json
	[ "$(json '[.steps[] | select(.step == "permission") | .object] | join(",")')" = activities ]
}

@test "secret: what is no key is found before anything is sent" {
	local row
	serve_sentinelone
	for row in 'one\ntwo\n' '' '"quoted-key-1234"' 'Bearer abcdefgh12345'; do
		# shellcheck disable=SC2059
		printf "$row" >token
		check
		[ "$status" -eq 78 ]
		[ "$(at secret class)" = SECRET ]
		[ -n "$(at secret remedy)" ]
		[ "$(at service result)" = ok ]
		[ "$(at credentials text)" = 'needs "secret"' ]
	done
	mock_requests | absent -v system/status
	echo "$TOKEN" >token
	chmod 644 token
	check
	[ "$status" -eq 0 ]
	[ "$(at secret result)" = warning ]
	[[ $(at secret remedy) == *"chmod 0640 $PWD/token"* ]]
	[ "$(at secret text)" = "api_key from file:$PWD/token, ${#TOKEN} bytes" ]
	chmod 600 token
	echo 'half-a-key and-the-rest' >token
	check
	[ "$(at secret result)" = warning ]
	[[ $(at secret remedy) == 'api_key has blanks inside: '* ]]
}

@test "name and tcp: a host without an address, a port that refuses" {
	serve_sentinelone 'listen shut as=refused'
	URL=https://$(printf 'a%.0s' {1..70}).example integration_of sentinelone \
		"api_key: file:$PWD/token"
	check
	[ "$status" -eq 68 ]
	[ "$(at name class)" = NETWORK ]
	[ "$(at tcp result)" = skipped ]
	URL=http://127.0.0.1:${MOCK_PORTS[shut]} integration_of sentinelone \
		"api_key: file:$PWD/token"
	check
	[ "$status" -eq 69 ]
	[[ $(at tcp text) == *"port ${MOCK_PORTS[shut]}: Connection refused" ]]
	[[ $(at tcp remedy) == *firewalls* ]]
	[ "$(at tls result)" = skipped ]
	grep -q '^failed   tcp ' out
}

@test "tcp: the proxy is the peer, and one that is not used is told" {
	local proxy
	serve_sentinelone 'listen proxy as=proxy' 'listen shut as=refused'
	proxy=http://127.0.0.1:${MOCK_PORTS[proxy]}
	HTTPS_PROXY=$proxy check
	[ "$status" -eq 0 ]
	[[ $(at name text) == *'HTTPS_PROXY is set here and has no effect'* ]]
	[ "$(mock_journal 'select(.on == "proxy") | .on' | wc -l)" -eq 0 ]
	URL=http://127.0.0.1:${MOCK_PORTS[shut]} integration_of sentinelone \
		"api_key: file:$PWD/token"
	HTTPS_PROXY=$proxy check
	[ "$status" -eq 69 ]
	[ "$(at tcp paste)" = 'proxy: env' ]
	serve_sentinelone 'listen proxy as=proxy' 'listen shut as=refused'
	proxy=http://127.0.0.1:${MOCK_PORTS[proxy]}
	echo "proxy: $proxy" >>"$SC_CONFIG/integrations.d/it.yaml"
	check
	[ "$status" -eq 0 ]
	[[ $(at tcp text) == "the proxy 127.0.0.1 port ${MOCK_PORTS[proxy]} answers" ]]
	[ "$(mock_journal 'select(.on == "proxy") | .on' | sort -u)" = proxy ]
	sed -i "s/^proxy: .*/proxy: http:\/\/127.0.0.1:${MOCK_PORTS[shut]}/" \
		"$SC_CONFIG/integrations.d/it.yaml"
	check
	[ "$status" -eq 69 ]
	[ "$(at tcp class)" = PROXY ]
	[[ $(at tcp remedy) == *'address in "proxy" in '* ]]
}

@test "tls: a certificate that is not trusted comes with the line that does" {
	local kind
	serve_sentinelone 'listen self-signed tls=self-signed' \
		'listen expired tls=expired' 'listen wrong-host tls=wrong-host' \
		'listen unknown-ca tls=unknown-ca'
	for kind in self-signed expired wrong-host unknown-ca; do
		URL=https://localhost:${MOCK_PORTS[$kind]} integration_of \
			sentinelone "api_key: file:$PWD/token"
		check
		[ "$status" -eq 78 ]
		[ "$(at tls class)" = TLS ]
		[ "$(at service result)" = skipped ]
		[ "$(at credentials result)" = skipped ]
		[[ $(at tls paste) == 'tls_pin: sha256//'*= ]]
		[ "$(at tls paste)" = "tls_pin: $(at tls data.pin)" ]
		# What people see is the same line, and it parses where it is put.
		grep '^tls_pin:' out >>"$SC_CONFIG/integrations.d/it.yaml"
		check
		[ "$status" -eq 0 ]
		[[ $(at tls text) == *"recognized by tls_pin"* ]]
	done
	# Another key than the pinned one: the line is there already.
	sed -i "s/^url: .*/url: https:\/\/localhost:${MOCK_PORTS[expired]}/" \
		"$SC_CONFIG/integrations.d/it.yaml"
	check
	[ "$status" -eq 78 ]
	[[ $(at tls remedy) == *'in the place of the line "tls_pin"' ]]
	[ "$(mock_journal 'select(.headers[]? | test("^Authorization")) | .on' | sort -u | wc -l)" -eq 4 ]
}

@test "tls: ca_file is enough, and a certificate that soon expires is told" {
	mkdir -p tls
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
		-days 10 -subj /CN=localhost -addext subjectAltName=DNS:localhost \
		-keyout tls/key.pem -out tls/cert.pem 2>/dev/null
	cp tls/cert.pem tls/ca.pem
	serve_sentinelone
	URL=https://localhost:$MOCK_TLS_PORT integration_of sentinelone \
		"api_key: file:$PWD/token" "ca_file: $PWD/tls/cert.pem"
	check
	[ "$status" -eq 0 ]
	[ "$(at tls result)" = warning ]
	[[ $(at tls text) == *'expires in '?(10|9)' days' ]]
	[ "$(at tls data.subject)" = CN=localhost ]
}

# clock VENDOR OFF RESULT: with a clock that is so much behind
clock() {
	SC_CLOCK=@$(date -u -d "$NOON - $2" +%FT%TZ) check
	[ "$(at clock result)" = "$3" ]
	[ "$(at clock data.offset_ms)" -gt 0 ]
}

@test "clock: what the vendor's date says, up to what the vendor allows" {
	serve_sentinelone
	clock sentinelone '20 seconds' ok
	clock sentinelone '2 minutes' warning
	[ "$status" -eq 0 ]
	clock sentinelone '6 minutes' failed
	[ "$status" -eq 76 ]
	[ "$(at clock class)" = CLOCK ]
	[[ $(at clock remedy) == *NTP* ]]
	# All else can still be looked at.
	[ "$(at permission threats result)" = ok ]
	serve_darktrace
	clock darktrace '6 minutes' warning
	clock darktrace '31 minutes' failed
	[ "$(at credentials result)" = ok ]
}

@test "account: what the key sees is shown, too little is a warning" {
	echo '{"data":{"email":"svc@example.com","scope":"account","lowestRole":"Viewer"}}' >user.json
	serve_sentinelone 'GET */user status=200 body=user.json'
	check
	[ "$(at account text)" = 'user svc@example.com, role Viewer, scope account' ]
	[ "$(at account data.scope)" = account ]
	[ "$(results)" = '' ]
	sed -i 's/account/site/' user.json
	mock_reload
	check
	[ "$status" -eq 0 ]
	[ "$(results)" = account=warning ]
	[[ $(at account remedy) == *'use account scope'* ]]
	# What the vendor says is shown without its control bytes, and no key is.
	printf '{"data":{"email":"\\u001b[31m\\u009b2J%s","scope":7}}' "$TOKEN" \
		>user.json
	mock_reload
	check
	[[ $(at account text) == *'[REDACTED], scope 7' ]]
	absent $'\033' out out.json
	absent $'\xc2\x9b' out out.json
}

@test "expiry: when the credential ends, also soon" {
	serve_sentinelone
	check
	[[ $(at expiry text) == 'the credential expires in 90 days'* ]]
	[ "$(at expiry data.expires)" = 2027-02-20T12:00:00.000Z ]
	EXPIRES=5d serve_sentinelone
	check
	[ "$status" -eq 0 ]
	[ "$(at expiry result)" = warning ]
}

@test "newest: nothing there is no fault" {
	: >data.ndjson
	serve_sentinelone
	check
	[ "$(at newest threats result)" = ok ]
	[ "$(at newest threats text)" = 'no threats in the last 30d' ]
}

# A vendor whose host depends on a region and whose key has two forms.
toy() {
	mkdir -p vendors/toy
	cat >vendors/toy/vendor.yaml <<-END
		title: Toy
		origin: https://{region}.toy.example
		base: ''
		auth:
		  header: Authorization
		  value: "{api_key}"
		  chosen_by: auth_scheme
		  alternatives:
		    bearer: Bearer {api_key}
		settings:
		  api_key: { label: Key, help: the key, kind: secret, required: yes }
		  auth_scheme:
		    label: Form
		    help: of the key
		    kind: choice
		    values: { raw: the key alone, bearer: behind the word Bearer }
		  region:
		    label: Region
		    help: where the account is
		    kind: word
		    required: yes
		    values: { $1 }
		streams:
		  events:
		    noun: events
		    path: /events
		    paging: walk
		    token: page
		    items: data
		    next: next
		    id: id
		    interval: 5m
		    retention: 30d
		check:
		  credential: { path: /validate, body: Authorized }
		  find: region
	END
	echo toy-key-0123456789 >token
	echo '{"message":"Authorized"}' >yes.json
	echo '{"data":[{"id":1}]}' >events.json
}

toy_integration() {
	printf '%s\n' 'vendor: toy' 'url: http://127.0.0.1:{region}' \
		"api_key: file:$PWD/token" "$@" >"$SC_CONFIG/integrations.d/it.yaml"
}

# toy_serve HEADER [REGION]: takes this header there, or everywhere
toy_serve() {
	{
		printf 'listen %s\n' us eu ap
		echo "GET /validate${2:+ on=$2} if-header=Authorization:$1 status=200 body=yes.json"
		echo "GET /events if-header=Authorization:$1 status=200 body=events.json"
		echo '* * status=401'
	} >s
	mock_start s --journal journal.ndjson
}

# toy_regions: the ports of the listeners are the names of the regions
toy_regions() {
	toy "${MOCK_PORTS[us]}: America, ${MOCK_PORTS[eu]}: Europe, ${MOCK_PORTS[ap]}: Japan"
}

@test "credentials: another form of the key is tried once, and is a line to add" {
	toy ''
	toy_serve 'Bearer*toy-key-0123456789'
	toy_regions
	toy_integration "region: '${MOCK_PORTS[us]}'"
	sc-fetch --check it >out 2>log || status=$?
	[ "$status" -eq 77 ]
	[ "$(mock_requests | grep -c validate)" -eq 2 ]
	grep -qx 'auth_scheme: bearer' out
	check
	[ "$(at credentials result)" = failed ]
	[ "$(at credentials paste)" = 'auth_scheme: bearer' ]
	[[ $(at credentials remedy) == *'another form (behind the word Bearer)'* ]]
	grep '^auth_scheme' out >>"$SC_CONFIG/integrations.d/it.yaml"
	check
	[ "$status" -eq 0 ]
	[ "$(at permission events result)" = ok ]
	[ "$(sc-auth it GET /)" = 'Authorization: Bearer toy-key-0123456789' ]
	[ "$(sc-auth --as raw it GET /)" = 'Authorization: toy-key-0123456789' ]
	# The same the other way round.
	mock_stop || true
	toy_serve toy-key-0123456789
	toy_regions
	toy_integration "region: '${MOCK_PORTS[us]}'" 'auth_scheme: bearer'
	check
	[ "$(at credentials paste)" = 'auth_scheme: raw' ]
	# No form is taken: nothing to add, but perhaps another region.
	echo another-key-0123456789 >token
	check
	[ "$status" -eq 77 ]
	[ "$(at credentials paste)" = null ]
	[[ $(at credentials remedy) == *'no other form'*'--find-region it' ]]
}

@test "credentials: a key with blanks is kept out of what the vendor says" {
	toy ''
	toy_serve toy-key-0123456789
	sed -i 's/^. . status=401/& body=echo.json/' s
	echo '{"errors":[{"title":"who is half-a-key and-the-rest"}]}' >echo.json
	mock_reload
	toy_regions
	toy_integration "region: '${MOCK_PORTS[us]}'"
	echo 'half-a-key and-the-rest' >token
	check
	[[ $(at credentials text) == *'who is [REDACTED]' ]]
	absent half-a-key out out.json log
}

@test "credentials: a form that the vendor does not have is refused" {
	toy 'us: America'
	toy_integration "region: '1'" 'auth_scheme: beerer'
	check
	[ "$status" -eq 78 ]
	[[ $(at configuration text) == *'"auth_scheme" must be one of: raw, bearer' ]]
	toy_integration "region: '1'"
	run ! sc-auth --as beerer it GET /
	[[ $output == *'"beerer" is not a value of "auth_scheme"'* ]]
	run ! sc-auth --as raw nobody GET /
}

@test "find-region: asks all of them, and prints the line" {
	toy ''
	toy_serve toy-key-0123456789 eu
	toy_regions
	toy_integration "region: '${MOCK_PORTS[us]}'"
	check --find-region --yes
	[ "$status" -eq 0 ]
	[ "$(mock_journal .on | sort | uniq -c | awk '{ printf "%s%s ", $1, $2 }')" = '2ap 2eu 2us ' ]
	[ "$(at found paste)" = "region: ${MOCK_PORTS[eu]}" ]
	[ "$(at region "${MOCK_PORTS[us]}" result)" = skipped ]
	[[ $(at region "${MOCK_PORTS[eu]}" text) == 'Europe: '*'takes the key' ]]
	grep -qx "region: ${MOCK_PORTS[eu]}" out
	# The line in the place of the old one, and it is found to be right.
	toy_integration "$(grep '^region' out)"
	check
	[ "$status" -eq 0 ]
	check --find-region --yes
	[ "$(at found paste)" = null ]
	[[ $(at found text) == *'as it is in the file' ]]
	echo another-key-0123456789 >token
	check --find-region --yes
	[ "$status" -eq 77 ]
	[ "$(at found class)" = AUTH ]
}

@test "find-region: nothing is sent before somebody says yes" {
	local answer
	toy ''
	toy_serve toy-key-0123456789 eu
	toy_regions
	toy_integration "region: '${MOCK_PORTS[us]}'"
	status=0
	setsid -w sc-fetch --check --find-region it </dev/null >out 2>log ||
		status=$?
	[ "$status" -eq 64 ]
	grep -q 'needs a terminal or --yes' out
	[ "$(mock_requests | wc -l)" -eq 0 ]
	need_tty
	for answer in no yes; do
		[ "$(mock_requests | wc -l)" -eq 0 ]
		coproc TTY { script -qec 'sc-fetch --check --find-region it' /dev/null; }
		IFS= read -r -d '?' -u "${TTY[0]}" prompt
		[[ $prompt == *"sends the key of it to each of these hosts of Toy"* ]]
		[[ $prompt == *"http://127.0.0.1:${MOCK_PORTS[ap]} (Japan)"* ]]
		echo "$answer" >&"${TTY[1]}"
		cat <&"${TTY[0]}" >out
		wait "$TTY_PID" || true
	done
	grep -q "^region: ${MOCK_PORTS[eu]}" out
	[ "$(mock_requests | wc -l)" -eq 3 ]
	serve_sentinelone
	check --find-region --yes
	[ "$status" -eq 64 ]
	[[ $(at found text) == 'SentinelOne has no regions' ]]
	# One address for all regions: there is nothing to find out there.
	toy ''
	toy_serve toy-key-0123456789 eu
	toy_regions
	toy_integration 'region: nowhere'
	local sent
	sent=$(mock_requests | wc -l)
	sed -i "s/{region}/${MOCK_PORTS[us]}/" "$SC_CONFIG/integrations.d/it.yaml"
	check --find-region --yes
	[ "$status" -eq 64 ]
	[[ $(at found text) == '"url" leads to one host'* ]]
	[ "$(mock_requests | wc -l)" -eq "$sent" ]
}

@test "usage: what goes with --check" {
	local words
	for words in '--json' '--find-region' '--check --yes' '--check --preview' 		'--check --since 1d' '--check --wait' '--check --max-pages 2'; do
		# shellcheck disable=SC2086
		run sc-fetch $words it
		[ "$status" -eq 64 ]
	done
}
