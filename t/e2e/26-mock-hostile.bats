#!/usr/bin/env bats
# sc-mock: clients that mean no good, or just do not care, hold up nobody else.
load ../lib/mock

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	STATUS=/web/api/v2.1/system/status
	echo 'serve sentinelone token=t threats=generate:3' >s
}

teardown() {
	[ -z "${PEER-}" ] || kill "$PEER" 2>/dev/null || true
	mock_stop || true
}

# well: somebody else is answered all the same
well() {
	[ "$(curl -s --max-time 9 -o /dev/null -w '%{http_code}' "$MOCK_URL$STATUS")" = 200 ]
}

# peer: runs the Python text from stdin in the background, until it says so
peer() {
	mkfifo told
	cat >peer.py
	python3 peer.py "$@" >told 3>&- &
	PEER=$!
	read -r _ <told
}

@test "a command that comes byte by byte" {
	mock_start s
	peer "$MOCK_CONTROL" <<-'END'
		import socket, sys, time
		s = socket.socket(socket.AF_UNIX)
		s.connect(sys.argv[1])
		s.send(b"x")
		print("begun", flush=True)
		for _ in range(100):
		    time.sleep(0.3)
		    s.send(b"x")
	END
	well
	[ "$(mock_control status | jq .requests)" -eq 1 ]
}

@test "a client that has its answer and never stops sending" {
	echo "GET /end status=200 frame=close" >>s
	mock_start s
	peer "$MOCK_PORT" <<-'END'
		import socket, sys
		s = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
		s.sendall(b"GET /end HTTP/1.1\r\nHost: x\r\n\r\n")
		s.recv(9999)
		print("begun", flush=True)
		flood = b"x" * 1048576
		while True:
		    s.sendall(flood)
	END
	well
	# It is cut off in the end, by a timer.
	wait "$PEER" || true
	well
}

@test "a large body is forgotten, also while its connection lasts" {
	[[ $SC_BIN != *asan* ]] || skip "the sanitizer keeps memory"
	mock_start s
	run python3 - "$MOCK_PID" "$MOCK_PORT" <<-'END'
		import http.client, sys
		pid, port = sys.argv[1:]
		def rss():
		    with open(f"/proc/{pid}/status") as f:
		        return int([l for l in f if l.startswith("VmRSS")][0].split()[1])
		c = http.client.HTTPConnection("127.0.0.1", int(port))
		before = rss()
		c.request("POST", "/nowhere", b"x" * (30 << 20))
		assert c.getresponse().read()
		c.request("GET", "/nowhere")
		assert c.getresponse().read()
		print(before, rss())
		assert rss() - before < 4096
	END
	echo "$output"
	[ "$status" -eq 0 ]
}

@test "an answer that does not fit is an error, not a part of it" {
	{
		printf 'HTTP/1.1 200 OK\n'
		for i in 1 2 3 4 5 6; do
			printf 'X-Long-%d: %s\n' $i "$(printf 'y%.0s' {1..10000})"
		done
		printf '\n{}'
	} >long.http
	echo "GET /long file=long.http header=X-More:$(printf 'z%.0s' {1..9000})" >>s
	echo 'GET /fits file=long.http' >>s
	mock_start s
	[ "$(curl -s -o body -w '%{http_code}' "$MOCK_URL/fits")" = 200 ]
	[ "$(curl -s -o body -w '%{http_code}' "$MOCK_URL/long")" = 500 ]
	jq -e '."sc-mock" | contains("longer than")' body
	well
}

@test "no descriptors are left: new clients wait, and nothing spins" {
	[[ $SC_BIN != *asan* ]] || skip "the sanitizer needs descriptors"
	echo 'listen proxy as=proxy' >>s
	ulimit -S -n 80
	mock_start s
	peer "${MOCK_PORTS[proxy]}" "$MOCK_PORT" <<-'END'
		import socket, sys, time
		proxy, port = map(int, sys.argv[1:])
		all = []
		for _ in range(45):
		    s = socket.create_connection(("127.0.0.1", proxy))
		    s.settimeout(0.3)
		    s.sendall(b"CONNECT localhost:%d HTTP/1.1\r\nHost: x\r\n\r\n" % port)
		    all.append(s)
		    try:
		        s.recv(99)
		    except OSError:
		        break
		print("begun", flush=True)
		time.sleep(99)
	END
	used() { awk '{ print $14 + $15 }' "/proc/$MOCK_PID/stat"; }
	# A hundred looks take more than a few hundredths of a second: whoever
	# spins meanwhile is seen.
	before=$(used)
	for _ in {1..100}; do used >/dev/null; awk 'BEGIN { }'; done
	[ $(($(used) - before)) -le 3 ]
	# The descriptors come back with the connections.
	kill "$PEER"
	wait "$PEER" || true
	well
}
