#!/usr/bin/env bats
# sc-mock as a forward proxy: tunnels, credentials, refusals, faults.
load ../lib/mock

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	SERVE='serve sentinelone token=s1-test-token threats=generate:1000'
	STATUS=/web/api/v2.1/system/status
	THREATS='/web/api/v2.1/threats?limit=1000'
	PROXY='listen px as=proxy'
}

# It also ends well: with sanitizers, nothing has leaked.
teardown() {
	mock_stop
}

# scenario [LINE...]: these, the proxy, a vendor; started with TLS
scenario() {
	printf '%s\n' "$@" "$PROXY" "$SERVE" >s
	mock_start s --tls tls
}

# through URL [CURL OPTION...]: "EXIT CONNECT-STATUS STATUS"; the body in "out"
through() {
	local codes rc=0
	codes=$(curl -s -o out -w '%{http_connect} %{http_code}' --max-time 2 \
		--cacert tls/ca.pem -H 'Authorization: ApiToken s1-test-token' \
		-x "${VIA-http}://127.0.0.1:${MOCK_PORTS[px]}" "${@:2}" "$1") ||
		rc=$?
	echo "$rc $codes"
}

@test "proxy: TLS through a tunnel, the same bytes as without" {
	scenario
	local url=https://localhost:$MOCK_TLS_PORT$THREATS
	curl -s --cacert tls/ca.pem -H 'Authorization: ApiToken s1-test-token' \
		"$url" >direct
	[ "$(through "$url")" = '0 200 200' ]
	cmp out direct
	[ "$(wc -c <out)" -gt 1000000 ]
	# A client that is slow keeps the other side waiting, and loses nothing.
	[ "$(through "$url" --limit-rate 20M)" = '0 200 200' ]
	cmp out direct
	[ "$(mock_journal 'select(.on == "px") |
		"\(.method) \(.target) \(.status) \(.outcome)"' | sort -u)" = \
		"CONNECT localhost:$MOCK_TLS_PORT 200 tunnelled" ]
}

@test "proxy: large bodies go the other way as well" {
	printf '%s\n' "$PROXY" 'serve webhook keep=kept' >s
	mock_start s --tls tls
	head -c 8000000 /dev/urandom | base64 -w 100 >body
	[ "$(through "https://localhost:$MOCK_TLS_PORT/" --data-binary @body)" = \
		'0 200 200' ]
	cmp kept body
	rm kept
	mock_reload
	[ "$(through "http://localhost:$MOCK_PORT/" --data-binary @body)" = \
		'0 000 200' ]
	cmp kept body
}

@test "proxy: whatever the host's name, it is this machine" {
	scenario
	local port=$MOCK_TLS_PORT host
	for host in acme.sentinelone.net 127.9.9.9 '[::1]'; do
		[ "$(through "https://$host:$port$STATUS" -k)" = '0 200 200' ]
	done
	for host in 192.0.2.1 10.0.0.1 0.0.0.0 '[2001:db8::1]' \
		'[::ffff:192.0.2.1]' '[::]'; do
		[ "$(through "https://$host:$port$STATUS" -k)" = '56 403 000' ]
		[ "$(through "http://$host:$MOCK_PORT$STATUS")" = '0 000 403' ]
	done
	[ "$(mock_journal 'select(.on == "tls") | .n' | wc -l)" -eq 3 ]
}

@test "proxy: plain http, without what is between client and proxy" {
	scenario
	[ "$(through "http://acme.example:$MOCK_PORT$THREATS")" = '0 000 200' ]
	jq -e '.data | length == 1000' out
	through "http://acme.example:$MOCK_PORT$STATUS?x=%20y" \
		-U somebody:a-test-password -H 'Proxy-Authorization: x' >/dev/null
	[ "$(mock_journal 'select(.on == "plain") | .target' | tail -n 1)" = \
		"$STATUS?x=%20y" ]
	[ "$(mock_journal 'select(.on == "plain") | .headers[]' |
		grep -ci '^proxy-')" -eq 0 ]
}

@test "proxy: nobody there, and requests that are none for a proxy" {
	scenario 'listen off as=refused'
	local off=${MOCK_PORTS[off]} px=${MOCK_PORTS[px]}
	[ "$(through "https://localhost:$off/")" = '56 502 000' ]
	[ "$(through "http://localhost:$off/")" = '0 000 502' ]
	[ "$(curl -s -o /dev/null -w '%{http_code}' "http://127.0.0.1:$px$STATUS")" -eq 400 ]
	raw() {
		printf '%s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n' "$1" |
			timeout 2 bash -c "exec 3<>/dev/tcp/127.0.0.1/$2; cat >&3; cat <&3" |
			head -n 1 | cut -d' ' -f2
	}
	[ "$(raw 'CONNECT localhost' "$px")" -eq 400 ]
	[ "$(raw 'CONNECT localhost:0' "$px")" -eq 400 ]
	[ "$(raw 'CONNECT localhost:70000' "$px")" -eq 400 ]
	[ "$(raw 'CONNECT [::1' "$px")" -eq 400 ]
	[ "$(raw 'CONNECT :80' "$px")" -eq 400 ]
	[ "$(raw 'GET https://localhost/' "$px")" -eq 400 ]
	# What is no proxy knows nothing of it.
	[ "$(raw "CONNECT localhost:$MOCK_PORT" "$MOCK_PORT")" -eq 404 ]
}

@test "proxy: credentials" {
	PROXY='listen px as=proxy user=somebody password=a-test-password'
	scenario
	local url=https://localhost:$MOCK_TLS_PORT$STATUS
	[ "$(through "$url")" = '56 407 000' ]
	[ "$(through "$url" -U somebody:wrong)" = '56 407 000' ]
	[ "$(through "$url" -U somebody:a-test-password)" = '0 200 200' ]
	[ "$(through "http://x:$MOCK_PORT$STATUS")" = '0 000 407' ]
	[ "$(through "http://x:$MOCK_PORT$STATUS" -U somebody:a-test-password)" = \
		'0 000 200' ]
	# A client may find out by itself what is asked for.
	[ "$(through "$url" --proxy-anyauth -U somebody:a-test-password)" = \
		'0 200 200' ]
	curl -s -D head -o page -x "http://127.0.0.1:${MOCK_PORTS[px]}" \
		"http://x:$MOCK_PORT$STATUS"
	grep -qi '^Proxy-Authenticate: Basic realm=' head
	[ "$(grep -c 'a-test-password' "$MOCK_JOURNAL")" -eq 0 ]
}

@test "proxy: rules see the target: a policy page, an outage" {
	scenario 'CONNECT blocked.example:* status=403 as=html' \
		'* http://blocked.example:* status=403 as=html' \
		'CONNECT down.example:* times=1 status=503' \
		"GET $STATUS times=1 status=500"
	local tls=$MOCK_TLS_PORT
	[ "$(through "https://blocked.example:$tls$STATUS" -k)" = '56 403 000' ]
	[ "$(through "http://blocked.example:$MOCK_PORT$STATUS")" = '0 000 403' ]
	grep -q '<html>' out
	[ "$(through "https://down.example:$tls$STATUS" -k)" = '56 503 000' ]
	[ "$(through "https://down.example:$tls$STATUS" -k)" = '0 200 500' ]
	[ "$(through "https://down.example:$tls$STATUS" -k)" = '0 200 200' ]
}

@test "proxy: slow, silent, cut off" {
	scenario 'CONNECT slow:* delay=300ms' 'CONNECT dead:* stall-after=0' \
		'CONNECT still:* stall-after=head' \
		'CONNECT cut:* cut-after=head+40000' \
		'CONNECT reset:* reset-after=head+40000' \
		'CONNECT stop:* stall-after=head+40000' \
		'GET http://cut:* cut-after=5000'
	local tls=$MOCK_TLS_PORT
	[ "$(through "https://slow:$tls$STATUS" -k)" = '0 200 200' ]
	[ "$(through "https://dead:$tls$STATUS" -k --max-time 0.3)" = '28 000 000' ]
	[ "$(through "https://still:$tls$STATUS" -k --max-time 0.3)" = '28 200 000' ]
	[[ $(through "https://cut:$tls$THREATS" -k) == @(18|56)' 200 200' ]]
	[[ $(through "https://reset:$tls$THREATS" -k) == @(18|56)' 200 200' ]]
	[ "$(through "https://stop:$tls$THREATS" -k --max-time 0.3)" = \
		'28 200 200' ]
	[ "$(through "http://cut:$MOCK_PORT$THREATS")" = '18 000 200' ]
	[ "$(wc -c <out)" -gt 4500 ]
	[ "$(wc -c <out)" -lt 5000 ]
	[ "$(mock_journal 'select(.fault | strings | contains("head")) | .outcome')" = \
		$'stalled\ntunnelled\ntunnelled\ntunnelled' ]
}

@test "proxy: over TLS itself" {
	PROXY='listen px as=proxy tls=good'
	scenario
	VIA=https
	local url=https://localhost:$MOCK_TLS_PORT$THREATS
	[ "$(through "$url" --proxy-cacert tls/ca.pem)" = '0 200 200' ]
	jq -e '.data | length == 1000' out
	[ "$(through "http://localhost:$MOCK_PORT$THREATS" \
		--proxy-cacert tls/ca.pem)" = '0 000 200' ]
	jq -e '.data | length == 1000' out
}

@test "proxy: many at once, ends passed on, what is sent at once arrives" {
	scenario
	run python3 - "${MOCK_PORTS[px]}" "$MOCK_PORT" "$STATUS" <<-'END'
		import socket, sys
		px, port, path = int(sys.argv[1]), sys.argv[2], sys.argv[3]
		def tunnel(more=b""):
		    s = socket.create_connection(("127.0.0.1", px), 5)
		    s.sendall(b"CONNECT x:%s HTTP/1.1\r\nHost: x\r\n\r\n"
		              % port.encode() + more)
		    return s
		get = (b"GET %s HTTP/1.1\r\nHost: x\r\n\r\n" % path.encode())
		# The request behind CONNECT in one piece, then the end.
		many = [tunnel(get) for _ in range(200)]
		for s in many:
		    s.shutdown(socket.SHUT_WR)
		ok = 0
		for s in many:
		    all = b""
		    while True:
		        b = s.recv(65536)
		        if not b:
		            break
		        all += b
		    ok += all.count(b"HTTP/1.1 200") == 2
		    s.close()
		print(ok)
		# Left in the middle.
		for s in [tunnel(get) for _ in range(50)]:
		    s.close()
		s = tunnel()
		s.recv(65536)
		s.sendall(get)
		print(s.recv(12))
	END
	[ "${lines[0]}" -eq 200 ]
	[ "${lines[1]}" = "b'HTTP/1.1 200'" ]
}

@test "proxy: tunnels break when the proxy or the target goes away" {
	printf '%s\n' "$PROXY" 'listen px as=refused after=+10m until=+20m' \
		'listen box' 'listen box as=refused after=+30m' "$SERVE" >s
	mock_start s --clock @2026-11-22T10:00Z
	run python3 - "${MOCK_PORTS[px]}" "${MOCK_PORTS[box]}" "$STATUS" \
		"$SC_BIN/sc-mock" "$MOCK_CONTROL" <<-'END'
		import socket, subprocess, sys
		px, box, path, mock, control = sys.argv[1:]
		get = b"GET %s HTTP/1.1\r\nHost: x\r\n\r\n" % path.encode()
		def tunnel():
		    s = socket.create_connection(("127.0.0.1", int(px)), 5)
		    s.sendall(b"CONNECT x:%s HTTP/1.1\r\nHost: x\r\n\r\n"
		              % box.encode())
		    assert s.recv(65536).startswith(b"HTTP/1.1 200")
		    s.sendall(get)
		    assert s.recv(65536).startswith(b"HTTP/1.1 200")
		    return s
		def broken(s):
		    try:
		        s.sendall(get)
		        return s.recv(1) == b""
		    except OSError as e:
		        return not isinstance(e, TimeoutError)
		def advance(t):
		    subprocess.run([mock, "control", control, "advance", t],
		                   check=True)
		many = [tunnel() for _ in range(50)]
		advance("10m")
		print(sum(broken(s) for s in many))
		advance("10m")
		many = [tunnel() for _ in range(50)]
		advance("10m")
		print(sum(broken(s) for s in many))
	END
	[ "$output" = $'50\n50' ]
}

@test "proxy: mistakes are found by line" {
	try() {
		printf '%s\n' '# comment' "$2" >bad
		run "$SC_BIN/sc-mock" bad
		[ "$status" -eq 78 ]
		[[ $output == *"$1"* ]]
	}
	try 'bad:2: user= and password= go together, with as=proxy' \
		'listen x as=proxy user=somebody'
	try 'bad:2: user= and password= go together, with as=proxy' \
		'listen x user=somebody password=a-test-password'
}
