#!/usr/bin/env bats
# sc-fetch by a proxy: which one, its credentials, its refusals and faults.
load ../lib/fetch

PASSWORD=proxy-s3cret-0123

setup() {
	fetch_setup
	dataset 5
	file=$SC_CONFIG/integrations.d/acme-s1.yaml
	site=$SC_CONFIG/signal-client.yaml
	PX='listen px as=proxy'
}
teardown() { mock_stop; }

# behind [LINE...]: a vendor with TLS, rules, the proxy $PX; an integration
# that has no proxy yet
behind() {
	{
		printf '%s\n' "$@" "$PX"
		echo "serve sentinelone token=$TOKEN threats=data.ndjson"
	} >vendor.scenario
	mock_start vendor.scenario --tls tls --journal journal.ndjson
	integration acme-s1
	sed -i "s|^url: .*|url: https://localhost:$MOCK_TLS_PORT|" "$file"
	echo "ca_file: $PWD/tls/ca.pem" >>"$file"
	cp "$file" plain.yaml
	px=127.0.0.1:${MOCK_PORTS[px]}
}
# with LINE...: the integration with these lines
with() {
	cp plain.yaml "$file"
	printf '%s\n' "$@" >>"$file"
}
# went WAY: all is fetched, directly or by the proxy
went() {
	: >"$MOCK_JOURNAL"
	fetch
	[ "$status" -eq 0 ]
	[ "$(records | wc -l)" -eq 5 ]
	case $1 in
	direct) [ "$(connects)" -eq 0 ] ;;
	proxied) [ "$(connects)" -eq 1 ] ;;
	*) false ;;
	esac
}
connects() { mock_requests | grep -c "^CONNECT localhost:$MOCK_TLS_PORT"; }
# fails STATUS CLASS TEXT
fails() {
	: >"$MOCK_JOURNAL"
	fetch
	[ "$status" -eq "$1" ]
	[ "$(outcome .class)" = "$2" ]
	grep -qF -- "$3" log
	[ "$(requests)" -eq 0 ]
}

@test "a proxy for all, one of an integration, none, the environment's" {
	behind
	# The environment alone has no effect.
	HTTPS_PROXY=http://127.0.0.1:1 went direct
	echo "proxy: http://$px" >"$site"
	went proxied
	with 'proxy: none'
	went direct
	with 'proxy: env'
	went direct
	HTTPS_PROXY=http://$px went proxied
	https_proxy=$px went proxied
	HTTPS_PROXY=http://$px NO_PROXY=.example,localhost went direct
	echo 'proxy: http://127.0.0.1:1' >"$site"
	with "proxy: http://$px"
	went proxied
	with
	fails 69 PROXY "by proxy http://127.0.0.1:1: "
	grep -qF "\"proxy\" in $site" log
	echo 'proxy: env' >"$site"
	HTTPS_PROXY=http://$px went proxied
	HTTPS_PROXY=$px/path fails 78 CONFIG 'HTTPS_PROXY must end after the port'
}

@test "hosts that are reached without the proxy" {
	behind
	printf '%s\n' "proxy: http://$px" 'no_proxy: [example.net, localhost]' >"$site"
	went direct
	with 'no_proxy: example.net'
	went proxied
	with 'no_proxy: "example.net, localhost"'
	went direct
	sed -i 's|localhost:|127.0.0.1:|' plain.yaml
	with 'no_proxy: 127.0.0.0/8'
	went direct
	with 'no_proxy: [10.0.0.0/8, 127.0.0.1]'
	went direct
}

@test "the proxy's password is nowhere but with the proxy" {
	PX="listen px as=proxy user=somebody password=$PASSWORD"
	behind
	echo "$PASSWORD" >pw
	chmod 600 pw
	with "proxy: http://$px"
	fails 69 PROXY 'the proxy wants a user and a password (407)'
	grep -qF "check the user in \"proxy\" in $file, and proxy_password" log
	with "proxy: http://somebody@$px"
	fails 69 PROXY 'the proxy refuses its user or password (407)'
	with "proxy: http://somebody@$px" "proxy_password: file:$PWD/pw"
	went proxied
	# The same for all, and in the address itself, in private files.
	with
	printf '%s\n' "proxy: http://somebody@$px" "proxy_password: file:$PWD/pw" >"$site"
	went proxied
	rm "$site"
	with "proxy: http://somebody:$PASSWORD@$px"
	fails 78 SECRET 'holds the secret itself'
	absent "$PASSWORD" log report
	chmod 600 "$file"
	went proxied
	with 'proxy: env'
	HTTPS_PROXY=http://somebody:$PASSWORD@$px went proxied
	with "proxy: http://somebody:$PASSWORD@127.0.0.1:1"
	fails 69 PROXY 'by proxy http://127.0.0.1:1: '
	absent "$PASSWORD" log report out "$MOCK_JOURNAL" "$MOCK_LOG"
	sc-conf show acme-s1 >shown
	grep -q 'proxy .*http://somebody:\*\*\*\*@127.0.0.1:1 ' shown
	absent "$PASSWORD" shown
	# A wrong one, and one that cannot be read.
	echo another >pw
	with "proxy: http://somebody@$px" "proxy_password: file:$PWD/pw"
	fails 69 PROXY 'refuses its user or password (407)'
	rm pw
	fails 78 SECRET '"proxy_password"'
	[ ! -s "$MOCK_JOURNAL" ]
}

@test "a proxy's password that looks like a refusal is a password" {
	PASSWORD='!78 TLS s3cret-0123'
	PX='listen px as=proxy user=somebody password=!s3cret-0123'
	behind
	with "proxy: http://somebody@$px" "proxy_password: file:$PWD/pw"
	echo '!s3cret-0123' >pw
	chmod 600 pw
	went proxied
	echo "$PASSWORD" >pw
	fails 69 PROXY 'refuses its user or password (407)'
	absent s3cret log report
}

@test "no program sees the proxy's password among its arguments" {
	PX="listen px as=proxy user=somebody password=$PASSWORD"
	behind
	echo "$PASSWORD" >pw
	with "proxy: http://somebody@$px" "proxy_password: file:$PWD/pw"
	ASAN_OPTIONS=detect_leaks=0 strace -f -e trace=execve -s 4096 -o calls sc-fetch acme-s1 >out 2>log
	[ "$(records | wc -l)" -eq 5 ]
	grep -q sc-auth calls
	absent "$PASSWORD" calls log
}

@test "a proxy that refuses, cannot, or breaks off" {
	behind 'CONNECT * times=1 status=403 as=html' \
		'CONNECT * times=1 status=503' 'CONNECT * times=1 cut-after=0'
	with "proxy: http://$px"
	fails 69 PROXY 'the proxy does not let us through (403)'
	grep -q 'ask those who run the proxy to allow this host' log
	[ "$(connects)" -eq 1 ]
	fails 69 PROXY 'the proxy does not let us through (503)'
	fails 69 PROXY "by proxy http://$px: "
	went proxied
}

@test "plain http by a proxy: its 407 is not the vendor's" {
	PX="listen px as=proxy user=somebody password=$PASSWORD"
	behind
	echo "$PASSWORD" >pw
	sed -i "s|^url: .*|url: http://localhost:$MOCK_PORT|" plain.yaml
	with "proxy: http://$px"
	fails 69 PROXY 'the proxy wants a user and a password (407)'
	with "proxy: http://somebody@$px" "proxy_password: file:$PWD/pw"
	fetch
	[ "$status" -eq 0 ]
	[ "$(records | wc -l)" -eq 5 ]
}

@test "plain http to this machine is sent to no proxy elsewhere" {
	behind
	sed -i "s|^url: .*|url: http://localhost:$MOCK_PORT|" plain.yaml
	echo 'proxy: http://192.0.2.1:3128' >"$site"
	with
	went direct
	sc-conf show acme-s1 | grep -q 'proxy .*, or plain http to this machine'
	with 'proxy: https://proxy.example.net'
	went direct
	# Here it stays on this machine.
	with 'proxy: http://127.0.0.1:1'
	fails 69 PROXY 'by proxy http://127.0.0.1:1: '
	# Who allows it everywhere allows it there.
	with 'allow_http: yes'
	sc-conf show acme-s1 | grep -q 'proxy .*http://192.0.2.1:3128'
}

@test "a proxy that speaks TLS is checked, and pins are the vendor's" {
	PX='listen px as=proxy tls=good'
	behind 'listen tls tls=self-signed'
	local pin
	pin=$(openssl x509 -in tls/self-signed.pem -noout -fingerprint -sha256)
	sed -i '/^ca_file/d' plain.yaml
	with "proxy: https://$px" "tls_pin: $pin"
	fails 78 TLS "the proxy's certificate: "
	grep -q 'set proxy_ca_file beside "proxy" in ' log
	with "proxy: https://$px" "tls_pin: $pin" "proxy_ca_file: $PWD/tls/ca.pem"
	went proxied
	# Neither is the proxy's certificate one that a pin is for ...
	pin=$(openssl x509 -in tls/cert.pem -noout -fingerprint -sha256)
	with "proxy: https://$px" "tls_pin: $pin" "proxy_ca_file: $PWD/tls/ca.pem"
	fails 78 TLS 'matches no tls_pin'
	[ "$(connects)" -eq 1 ]
	# ... nor does a CA for the proxy count for the vendor.
	with "proxy: https://$px" "proxy_ca_file: $PWD/tls/ca.pem"
	fails 78 TLS 'self-signed certificate'
	with "proxy: https://$px" "tls_pin: $pin" 'proxy_ca_file: /nowhere.pem'
	fails 78 TLS 'proxy_ca_file /nowhere.pem: No such file'
}
