#!/usr/bin/env bats
# sc-fetch and certificates: pins, names, private CAs, refusals.
# No request leaves for a server that was refused: the mock's journal is empty.
load ../lib/fetch

setup() {
	fetch_setup
	dataset 5
	file=$SC_CONFIG/integrations.d/acme-s1.yaml
}
teardown() { mock_stop; }

# appliance CERTIFICATE [HOST]: a vendor that shows it, an integration
appliance() {
	{
		echo "listen tls tls=$1"
		echo "serve sentinelone token=$TOKEN threats=data.ndjson"
	} >vendor.scenario
	mock_start vendor.scenario --tls tls --journal journal.ndjson
	integration acme-s1
	sed -i "s|^url: .*|url: https://${2:-127.0.0.1}:$MOCK_TLS_PORT|" "$file"
	cp "$file" plain.yaml
}
# with LINE...: the integration with these lines
with() {
	cp plain.yaml "$file"
	printf '%s\n' "$@" >>"$file"
}
fetched() {
	fetch
	[ "$status" -eq 0 ]
	[ "$(records | wc -l)" -eq 5 ]
}
# refused TEXT: as a fault of configuration, and nothing was asked
refused() {
	: >"$MOCK_JOURNAL"
	fetch
	[ "$status" -eq 78 ]
	[ "$(outcome .class)" = TLS ]
	grep -qF -- "$1" log
	[ ! -s "$MOCK_JOURNAL" ]
	[ "$(grep -c attempt log)" -eq 0 ]
}
key_pin() {
	openssl x509 -in "tls/$1.pem" -pubkey -noout |
		openssl pkey -pubin -outform der | openssl dgst -sha256 -binary |
		base64 | sed 's|^|sha256//|'
}
# "SHA256 Fingerprint=AA:BB..." or with other capitals, as openssl is inclined
fingerprint() { openssl x509 -in "tls/$1.pem" -noout -fingerprint -sha256; }

OTHER=sha256//47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=

@test "a pin in any of its forms replaces the check of chain and name" {
	appliance self-signed
	local print hex
	print=$(fingerprint self-signed)
	hex=${print#*=}
	refused 'self-signed certificate'
	for pin in "$(key_pin self-signed)" "$print" "$hex" "${hex,,}" \
		"${hex//:/}"; do
		with "tls_pin: $pin"
		fetched
	done
	# Several, in a list: one of them has to match.
	with 'tls_pin:' "  - $OTHER" "  - ${hex//:/}"
	fetched
	with "tls_pin: [$OTHER, '$(key_pin renewed)']"
	refused 'matches no tls_pin'
}

@test "what matches no pin is refused before a byte of a request is sent" {
	appliance good localhost
	# Neither a good chain nor a good name make up for it.
	with "tls_pin: $OTHER"
	refused 'matches no tls_pin'
	# The pin of an authority is not the server's.
	with "tls_pin: $(key_pin ca)"
	refused 'matches no tls_pin'
	with "tls_pin: $(fingerprint ca)"
	refused 'matches no tls_pin'
	# What is kept of a run says nothing about the next one.
	with "tls_pin: $(key_pin cert)"
	fetched
}

@test "a refusal shows the certificate, and the line that would accept it" {
	appliance self-signed
	local line
	with "tls_pin: $OTHER"
	refused "$(fingerprint self-signed | cut -d= -f2)"
	grep -q 'expires 2036-[0-9T:-]*Z, subject CN=localhost, issuer CN=localhost' log
	grep -q 'somebody may stand in between.*the server itself, not this network' log
	line=$(grep -o 'tls_pin: sha256//[^ ]*' log)
	with "$line"
	fetched
	# The same without any pin yet.
	with
	refused 'set ca_file if a private CA signed it'
	[ "$(grep -o 'tls_pin: sha256//[^ ]*' log)" = "$line" ]
	[ "$(outcome .remedy | grep -o 'tls_pin: .*')" = "$line" ]
}

@test "the key's pin survives another certificate, the certificate's does not" {
	appliance self-signed
	with "tls_pin: $(key_pin self-signed)"
	fetched
	cp tls/self-signed.pem old.pem
	openssl req -x509 -key old.pem -subj /CN=new -days 30 -out new.pem
	{
		cat new.pem
		openssl pkey -in old.pem
	} >tls/self-signed.pem
	with "tls_pin: $(openssl x509 -in old.pem -noout -fingerprint -sha256)"
	mock_stop
	mock_start vendor.scenario --tls tls --journal journal.ndjson
	sed -i "s|^url: .*|url: https://127.0.0.1:$MOCK_TLS_PORT|" plain.yaml "$file"
	refused 'subject CN=new'
	with "tls_pin: $(key_pin self-signed)"
	fetched
}

@test "a pinned certificate that has expired is used, with a warning" {
	appliance expired
	with "ca_file: $PWD/tls/ca.pem"
	refused 'certificate has expired'
	grep -q "check this machine's clock" log
	with "tls_pin: $(key_pin expired)"
	fetched
	grep -q 'WARN.*certificate has expired.*tls_pin' log
	appliance not-yet-valid
	with "ca_file: $PWD/tls/ca.pem"
	refused 'not yet valid'
	with "tls_pin: $(key_pin not-yet-valid)"
	fetched
	grep -q 'WARN.*not yet valid' log
	appliance good
	with "tls_pin: $(key_pin cert)"
	fetched
	[ "$(grep -c WARN log)" -eq 0 ]
}

@test "a private CA, for names and addresses; files that cannot be used" {
	appliance good
	refused 'unable to get local issuer certificate'
	with "ca_file: $PWD/tls/ca.pem"
	fetched
	sed -i 's|127\.0\.0\.1|localhost|' plain.yaml
	with "ca_file: $PWD/tls/ca.pem"
	fetched
	# Another CA, no file, a file without certificates, a folder.
	with "ca_file: $PWD/tls/unknown-ca.pem"
	refused 'unable to get local issuer certificate'
	with "ca_file: $PWD/tls/ca.pm"
	refused "ca_file $PWD/tls/ca.pm: No such file or directory"
	grep -q 'put the CA.s certificate there' log
	with "ca_file: $PWD/token"
	refused "ca_file $PWD/token holds no certificates in PEM form"
	with "ca_file: $PWD/tls"
	refused "ca_file $PWD/tls holds no certificates in PEM form"
}

@test "the name in the certificate may be another than the host" {
	appliance wrong-host localhost
	local ca="ca_file: $PWD/tls/ca.pem"
	with "$ca"
	refused 'hostname mismatch'
	grep -q 'names elsewhere.example; check the host, or set tls_name' log
	with "$ca" 'tls_name: elsewhere.example'
	fetched
	with "$ca" 'tls_name: else.example'
	refused 'hostname mismatch'
	# It replaces no chain, and no date.
	with 'tls_name: elsewhere.example'
	refused 'unable to get local issuer certificate'
	appliance expired 127.0.0.1
	with "$ca" 'tls_name: localhost'
	refused 'certificate has expired'
	# An address is looked for among the addresses.
	appliance good localhost
	with "$ca" 'tls_name: 127.0.0.1'
	fetched
	with "$ca" 'tls_name: 127.0.0.2'
	refused 'IP address mismatch'
}

@test "tls_name is what the server is asked for" {
	appliance good
	cat >server.py <<-'END'
		import socket, ssl, sys
		ctx = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
		ctx.load_cert_chain("tls/cert.pem", "tls/key.pem")
		names = []
		ctx.sni_callback = lambda s, name, c: names.append(name)
		listener = socket.create_server(("127.0.0.1", 0))
		print(listener.getsockname()[1], flush=True)
		for _ in range(2):
		    s = ctx.wrap_socket(listener.accept()[0], server_side=True)
		    s.recv(65536)
		    s.sendall(b"HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n")
		    s.close()
		print(*names, flush=True)
	END
	mkfifo ready
	timeout 60 python3 server.py >ready 3>&- &
	exec 7<ready
	read -r port <&7
	sed -i "s|^url: .*|url: https://127.0.0.1:$port|" plain.yaml
	with "ca_file: $PWD/tls/ca.pem" 'tls_name: localhost'
	fetch
	with "tls_pin: $(key_pin cert)" 'tls_name: elsewhere.example'
	fetch
	read -r names <&7
	exec 7<&-
	[ "$names" = 'localhost elsewhere.example' ]
}
