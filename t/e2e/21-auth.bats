#!/usr/bin/env bats
# sc-auth: the only program that reads a vendor's secrets.

load ../lib/tty

bats_require_minimum_version 1.5.0

SECRET=s3cr3t-t0ken-0123456789

setup() {
	local root
	root=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
	bin=$(cd "${SC_BIN:-$root/build/release}" && pwd)
	PATH=$bin:$PATH
	export SC_VENDORS=$root/vendors
	cd "$BATS_TEST_TMPDIR" || return
	export SC_CONFIG=$PWD/etc
	mkdir -p "$SC_CONFIG/integrations.d"
	printf '%s\n' "$SECRET" >token
	chmod 600 token
	reference "file:$PWD/token"
}

teardown() { rm -rf "${open:-}"; }

# reference REF: the integration takes its key from there
reference() {
	cat >"$SC_CONFIG/integrations.d/acme-s1.yaml" <<-EOF2
		vendor: sentinelone
		host: acme.sentinelone.net
		api_key: '$1'
	EOF2
}

# Starts sc-auth -s; ask REQUEST puts its answer into $answer.
serve() { coproc AUTH { exec sc-auth -s acme-s1; }; }
ask() {
	local line
	answer=
	printf '%s\n' "$1" >&"${AUTH[1]}"
	while read -r -t 10 -u "${AUTH[0]}" line && [ -n "$line" ]; do
		answer+=${answer:+$'\n'}$line
	done
}

@test "prints the header for a pipe" {
	run sc-auth acme-s1 GET '/web/api/v2.1/threats?limit=1'
	[ "$status" -eq 0 ]
	[ "$output" = "Authorization: ApiToken $SECRET" ]
}

@test "masks on a terminal and says how to get it" {
	need_tty
	run script -qec "sc-auth -v acme-s1 GET /threats" /dev/null
	[ "$status" -eq 0 ]
	[[ $output == *"Authorization: ApiToken ********"* ]]
	[[ $output == *"pipe it into what needs it"* ]]
	[[ $output != *"$SECRET"* ]]
	run script -qec "echo GET / | sc-auth -s acme-s1" /dev/null
	[[ $output == *"ApiToken ********"* ]]
	[[ $output != *"$SECRET"* ]]
}

@test "answers requests until its input ends" {
	printf 'GET /a\nGET /b?c=d\n' >requests
	printf 'Authorization: ApiToken %s\n\n' "$SECRET" "$SECRET" >expected
	sc-auth -s acme-s1 <requests | cmp - expected
}

@test "a bad request is refused in one line, the next one is answered" {
	printf 'GET\nget /a\nGET a\nGET /a b\nGET /a\n' >requests
	sc-auth -s acme-s1 <requests >answers
	[ "$(grep -c '^!64 CONFIG [A-Za-z]' answers)" -eq 4 ]
	[ "$(grep -c '^$' answers)" -eq 5 ]
	[ "$(tail -n 2 answers | head -n 1)" = "Authorization: ApiToken $SECRET" ]
	printf 'GET /a' >requests # the asker died
	run sc-auth -s acme-s1 <requests
	[ "$status" -eq 69 ]
	[[ $output != *"$SECRET"* ]]
}

@test "the body that asks for the expiry is one line of JSON" {
	printf 'BODY expiry\nBODY other\nGET /a\n' >requests
	sc-auth -s acme-s1 <requests >answers
	[ "$(head -n 1 answers)" = "{\"data\":{\"apiToken\":\"$SECRET\"}}" ]
	[ -z "$(sed -n 2p answers)" ]
	[ "$(sed -n 3p answers)" = '!64 CONFIG there is no body "other"' ]
	[ "$(sed -n 5p answers)" = "Authorization: ApiToken $SECRET" ]
	run script -qec "echo BODY expiry | sc-auth -s acme-s1" /dev/null
	[[ $output != *"$SECRET"* ]]
	# A key that would end the text it stands in is not put there.
	printf '%s","x":"y' "$SECRET" >token
	sc-auth -s acme-s1 <requests >answers
	[ "$(head -n 1 answers)" = '!78 CONFIG "api_key" holds a byte that cannot stand in a body' ]
}

@test "a changed key works at once, a missing one is an answer" {
	serve
	ask 'GET /a'
	[ "$answer" = "Authorization: ApiToken $SECRET" ]
	echo rotated-key-1 >new
	mv new token
	ask 'GET /a'
	[ "$answer" = "Authorization: ApiToken rotated-key-1" ]
	rm token
	ask 'GET /a'
	[[ $answer == "!78 SECRET \"api_key\" (file:$PWD/token): cannot be read: "* ]]
	[[ $answer == *"No such file or directory"$'\n'"check that the file is there"* ]]
	echo rotated-key-2 >token
	ask 'GET /a'
	[ "$answer" = "Authorization: ApiToken rotated-key-2" ]
}

@test "the first signal lets the asker finish" {
	serve
	ask 'GET /a'
	kill -TERM "$AUTH_PID"
	ask 'GET /a'
	[ "$answer" = "Authorization: ApiToken $SECRET" ]
}

@test "a header is plain text or nothing" {
	printf 'caf\303\251-0123456789' >token
	run sc-auth acme-s1 GET /a
	[ "$status" -eq 78 ]
	[[ $output == *"a byte that cannot stand in a header"* ]]
	[[ $output != *caf* ]]
}

@test "keys come from the environment, from systemd and from commands" {
	reference env:SC_TEST_KEY
	SC_TEST_KEY=from-env run sc-auth acme-s1 GET /a
	[ "$output" = "Authorization: ApiToken from-env" ]
	reference cred:acme
	mkdir creds
	echo from-systemd >creds/acme
	CREDENTIALS_DIRECTORY=$PWD/creds run sc-auth acme-s1 GET /a
	[ "$output" = "Authorization: ApiToken from-systemd" ]
	reference 'exec:echo from-command; echo noise >&2'
	run sc-auth acme-s1 GET /a
	[ "$output" = "Authorization: ApiToken from-command" ]
	reference "exec:echo $SECRET | rev; false"
	run sc-auth acme-s1 GET /a
	[ "$status" -eq 78 ]
	[[ $output == *"the command ended with status 1; run the command by hand"* ]]
	[[ $output != *"$(echo $SECRET | rev)"* ]]
}

@test "check shows where a secret is, never what it is" {
	chmod 640 token
	run --separate-stderr sc-auth --check acme-s1
	[ "$status" -eq 0 ]
	read -r name mode owner bytes ref <<<"${lines[1]}"
	[ "$name $mode $owner $bytes $ref" = \
		"api_key 0640 $(id -un):$(id -gn) ${#SECRET} file:$PWD/token" ]
	# shellcheck disable=SC2154 # set by run
	[ -z "$stderr" ]
	chmod 644 token
	run sc-auth --check acme-s1
	[ "$status" -eq 0 ]
	[[ $output == *"[WARN]"*"chmod 0640 $PWD/token"* ]]
	[[ $output != *"$SECRET"* ]]
	rm token
	run sc-auth --check acme-s1
	[ "$status" -eq 78 ]
	[[ $output == *"cannot be read"* ]]
}

@test "no error and no log line holds the secret" {
	for content in "Bearer $SECRET" "'$SECRET'" "$SECRET"$'\n'"$SECRET"; do
		printf '%s' "$content" >token
		for how in 'acme-s1 GET /a' '--check acme-s1'; do
			# shellcheck disable=SC2086 # words are wanted
			run sc-auth -v --log json $how
			[ "$status" -eq 78 ]
			[[ $output != *"$SECRET"* ]]
		done
	done
	printf 'vendor: sentinelone\nhost: h\napi_key: %s\n' "$SECRET" \
		>"$SC_CONFIG/integrations.d/acme-s1.yaml"
	run sc-auth acme-s1 GET /a
	[ "$status" -eq 78 ]
	[[ $output == *"holds the secret itself"* ]]
	[[ $output != *"$SECRET"* ]]
}

@test "other programs of its user cannot look into it" {
	# What /proc shows of such a process belongs to root.
	as=()
	if [ "$(id -u)" = 0 ]; then
		as=(setpriv --reuid 65534 --clear-groups)
		open=$(mktemp -d)
		cp -r etc token "$open"
		chmod -R go+rX "$open"
		export SC_CONFIG=$open/etc
		sed -i "s,$PWD,$open," "$SC_CONFIG/integrations.d/acme-s1.yaml"
		"${as[@]}" "$bin/sc-auth" acme-s1 GET / >/dev/null 2>&1 ||
			skip "not readable for others"
	fi
	coproc AUTH { exec "${as[@]}" "$bin/sc-auth" -s acme-s1; }
	ask 'GET /a'
	[ "$answer" = "Authorization: ApiToken $SECRET" ]
	[ "$(stat -c %u "/proc/$AUTH_PID/environ")" = 0 ]
}

@test "it is no network client and leaves no core file" {
	run ldd "$bin/sc-auth"
	[[ $output != *libcurl* && $output != *libjq* && $output != *libsqlite* ]]
	serve
	ask 'GET /a'
	grep -q '^Max core file size *0 *0' "/proc/$AUTH_PID/limits"
	[[ $(tr '\0' ' ' <"/proc/$AUTH_PID/cmdline") != *"$SECRET"* ]]
}

@test "usage and help" {
	for args in '' 'acme-s1' 'acme-s1 GET' '-s' '-x'; do
		# shellcheck disable=SC2086 # words are wanted
		run sc-auth $args
		[ "$status" -eq 64 ]
		[[ $output == *"usage: sc-auth"* ]]
	done
	run sc-auth acme-s1 GET threats
	[ "$status" -eq 64 ]
	run sc-auth acme-s2 GET /a
	[ "$status" -eq 78 ]
	[[ $output == *'did you mean "acme-s1"?'* ]]
	run sc-auth -h
	[ "$status" -eq 0 ]
}
