#!/usr/bin/env bats
# sc-fetch on the wire: connections, headers, compression, slow vendors.

load ../lib/fetch

setup() { fetch_setup; }
teardown() { mock_stop; }

T='GET /web/api/v2.1/threats'
connections() { mock_journal .conn | sort -u | wc -l; }

@test "one connection for a whole run: pages, streams, the question about the key" {
	cp "$SC_ROOT/vendors/sentinelone/vendor.yaml" vendors/sentinelone/
	small_pages 10
	dataset 25
	sc-mock generate sentinelone.activities -n 25 --start "20h ago" \
		--span 19h >activities.ndjson
	sc-mock generate sentinelone.agents -n 25 >agents.ndjson
	echo "serve sentinelone token=$TOKEN threats=data.ndjson activities=activities.ndjson agents=agents.ndjson" >vendor.scenario
	mock_start vendor.scenario --tls tls --journal journal.ndjson
	integration acme-s1
	fetch
	[ "$status" -eq 0 ]
	[ "$(mock_requests | wc -l)" -eq 10 ]
	[ "$(mock_requests | grep -c ^POST)" -eq 1 ]
	[ "$(connections)" -eq 1 ]
	# Over TLS, where a connection costs most, as well.
	file=$SC_CONFIG/integrations.d/acme-s1.yaml
	sed -i "s|^url: .*|url: https://localhost:$MOCK_TLS_PORT|" "$file"
	echo "ca_file: $PWD/tls/ca.pem" >>"$file"
	: >"$MOCK_JOURNAL"
	fetch
	[ "$status" -eq 0 ]
	[ "$(mock_requests | wc -l)" -eq 9 ]
	[ "$(connections)" -eq 1 ]
}

@test "an error answer keeps the connection, a broken one needs another" {
	ready 5 "$T times=2 status=503"
	fetch
	[ "$(requests)" -eq 3 ]
	[ "$(connections)" -eq 1 ]
	ready 5 "$T times=1 cut-after=3000"
	: >"$MOCK_JOURNAL"
	fetch
	[ "$status" -eq 0 ]
	[ "$(requests)" -eq 2 ]
	[ "$(connections)" -eq 2 ]
}

@test "a connection that the vendor has closed meanwhile costs no attempt" {
	ready 25 "$T from=2 times=1 cut-after=0"
	fetch -v
	[ "$status" -eq 0 ]
	[ "$(keys | wc -l)" -eq 25 ]
	[ "$(grep -c 'attempt' log)" -eq 0 ]
	# Once only: three attempts, and the one that was none.
	ready 25 "$T from=2 cut-after=0"
	: >"$MOCK_JOURNAL"
	fetch
	[ "$status" -eq 69 ]
	[ "$(requests)" -eq 5 ]
}

@test "what is sent with a request, and nothing else" {
	ready 1
	fetch
	[ "$(mock_journal '.headers[]' | sed 's/\(client.\|1:\)[0-9.]*$/\1N/' | sort | paste -sd '|')" = \
		'Accept-Encoding: gzip|Accept: application/json|Authorization: ApiToken ***|Host: 127.0.0.1:N|User-Agent: signal-client/N' ]
	absent "$TOKEN" "$MOCK_JOURNAL"
}

@test "a compressed answer is read, and measured unpacked" {
	threat 1 2026-11-22T08:00:00Z >record
	page plain null "$(cat record)"
	{
		printf 'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n'
		printf 'Content-Encoding: gzip\r\n\r\n'
		gzip -c plain
	} >packed.http
	ready 1 "$T file=packed.http"
	fetch
	[ "$status" -eq 0 ]
	[ "$(records)" = "$(cat record)" ]
	# 70 MB of blanks in 70 kB.
	{
		printf 'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n'
		printf 'Content-Encoding: gzip\r\n\r\n'
		head -c 70000000 /dev/zero | tr '\0' ' ' | gzip -1c
	} >packed.http
	mock_reload
	fetch
	[ "$status" -eq 76 ]
	[ "$(outcome .class)" = PROTOCOL ]
	grep -q 'the answer is larger than 67108864 bytes; ask for smaller pages' log
}

@test "a slow vendor is waited for, also one that drips" {
	ready 3 "$T delay=200ms drip=60000"
	fetch
	[ "$status" -eq 0 ]
	[ "$(records | wc -l)" -eq 3 ]
	[ "$(requests)" -eq 1 ]
}

@test "the environment's proxy is not used" {
	ready 1
	local none=http://127.0.0.1:1
	http_proxy=$none HTTP_PROXY=$none ALL_PROXY=$none fetch
	[ "$status" -eq 0 ]
	[ "$(records | wc -l)" -eq 1 ]
}
