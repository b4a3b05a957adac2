#!/usr/bin/env bats
# sc-conf: the settings form as a command.

load ../lib/tty

bats_require_minimum_version 1.5.0

SECRET=s3cr3t-t0ken-0123456789

setup() {
	local root
	root=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
	PATH=$(cd "${SC_BIN:-$root/build/release}" && pwd):$PATH
	export SC_VENDORS=$root/vendors
	cd "$BATS_TEST_TMPDIR" || return
	export SC_CONFIG=$PWD/etc SC_STATE=$PWD/state
	files=$SC_CONFIG/integrations.d
	printf '%s\n' "$SECRET" >token
	umask 022
}

add() {
	sc-conf add sentinelone "$1" --host acme.sentinelone.net \
		--api-key-file token "${@:2}"
}

# Nothing that was created holds the secret, but the credential files.
no_secret_but_in_credentials() {
	! grep -rq "$SECRET" "$files" "$SC_STATE"
}

@test "vendors lists what there is and what it needs" {
	run sc-conf vendors
	[ "$status" -eq 0 ]
	[[ ${lines[0]} == VENDOR* ]]
	[[ $(tr -s ' ' <<<"$output") == *"sentinelone SentinelOne threats, activities, agents host, api_key (secret), site_ids (optional)"* ]]
}

@test "a vendor that is wrong is named, and the others are listed" {
	mkdir -p "$SC_CONFIG/vendors/aaa"
	echo 'title: 1' >"$SC_CONFIG/vendors/aaa/vendor.yaml"
	run -78 sc-conf vendors
	[[ $output == *"aaa/vendor.yaml:"*"sentinelone "*"SentinelOne "*"1 of "*" vendors are wrong"* ]]
}

@test "add writes the file, the credential and the store" {
	run sc-conf add sentinelone acme-s1 --host https://Acme.SentinelOne.net/ \
		--api-key-file token --interval 10m --tenant "it's # a: tenant"
	[ "$status" -eq 0 ]
	[[ $output == *"next: sc-sched run acme-s1" ]]
	[[ $output != *"$SECRET"* ]]
	[ "$(stat -c %a "$files/acme-s1.yaml")" = 644 ]
	[ "$(cat "$SC_CONFIG/credentials/acme-s1.api_key")" = "$SECRET" ]
	[ -f "$SC_STATE/store.db" ]
	no_secret_but_in_credentials
	run sc-conf show acme-s1
	[ "$status" -eq 0 ]
	[[ $output == *"host "*" acme.sentinelone.net "*" line "* ]]
	[[ $output == *"realm "*" acme.sentinelone.net "*" line "* ]]
	[[ $output == *"tenant "*" it's # a: tenant "*" line "* ]]
	[[ $output == *"streams.threats.interval "*" 10m "*" line "* ]]
	# Inventories keep their own.
	[[ $output == *"streams.agents.interval "*" 1h "* ]]
}

@test "how a vendor is reached: added, shown, never with a password" {
	local pin=sha256//47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=
	add pinned --tls-pin $pin --tls-name box.example --proxy http://u@p:3128 \
		--proxy-password-ref "file:$PWD/pw" --proxy-ca-file /etc/ca.pem \
		--no-proxy 'a.example, 10.0.0.0/8'
	run sc-conf show pinned
	[ "$status" -eq 0 ]
	[[ $output == *"tls_pin "*" $pin "*" line "* ]]
	[[ $output == *"tls_name "*" box.example "*" line "* ]]
	[[ $output == *"proxy "*" http://u@p:3128 "*" line "* ]]
	[[ $output == *"proxy_password "*" file:$PWD/pw "*" line "* ]]
	[[ $output == *"proxy_ca_file "*" /etc/ca.pem "*" line "* ]]
	[[ $output == *"no_proxy "*" a.example, 10.0.0.0/8 "*" line "* ]]
	run -78 sc-conf check pinned
	[[ $output == *"\"proxy_password\" (file:$PWD/pw): No such file"* ]]
	printf '%s\n' "$SECRET" >pw
	chmod 644 pw
	run sc-conf check pinned
	[ "$status" -eq 0 ]
	[[ $output == *"$PWD/pw can be used by others"* ]]
	[ "$(printf 'PROXY password\n' | sc-auth -s pinned)" = "password $SECRET" ]
	# No password in arguments, nor where everybody can read it.
	run -64 add other --proxy "http://u:$SECRET@p:3128"
	[[ $output == *"seen by every user"* ]]
	[[ $output != *"$SECRET"* ]]
	run -64 add other --proxy http://u@p:3128 --proxy-password-ref "$SECRET"
	[[ $output != *"$SECRET"* ]]
	run -78 add other --tls-pin abc
	[[ $output == *'"tls_pin" is neither'* ]]
	[ ! -e "$files/other.yaml" ]
}

@test "what signal-client.yaml says is shown with every integration" {
	local site=$SC_CONFIG/signal-client.yaml
	add acme
	run sc-conf show acme
	[[ $output != *proxy* ]]
	printf '%s\n' 'proxy: http://u@p:3128' "proxy_password: env:PW" \
		'no_proxy: .example' >"$site"
	run sc-conf show acme
	[[ $output == *"proxy "*" http://u@p:3128 "*" signal-client.yaml"* ]]
	[[ $output == *"proxy_password "*" env:PW "*" signal-client.yaml"* ]]
	echo 'proxy: none' >>"$files/acme.yaml"
	run sc-conf show acme
	[[ $output == *"proxy "*" none "*" line "* ]]
	[[ $output != *env:PW* ]]
	sed -i '/^proxy/d' "$files/acme.yaml"
	echo 'no_proxy: .sentinelone.net' >>"$files/acme.yaml"
	run sc-conf show acme
	[[ $output == *"proxy "*" not for this host (no_proxy) "* ]]
	echo 'prxy: none' >>"$site"
	run -78 sc-conf check
	[[ $output == *"$site:4:1: unknown key \"prxy\"; did you mean \"proxy\"?"* ]]
}

@test "add as root gives the credential to the service, else 0600" {
	add acme-s1
	mode=$(stat -c '%a %U:%G' "$SC_CONFIG/credentials/acme-s1.api_key")
	if [ "$(id -u)" = 0 ] && id _sc >/dev/null 2>&1; then
		[ "$mode" = "640 root:$(id -gn _sc)" ]
	else
		[ "$mode" = "600 $(id -un):$(id -gn)" ]
	fi
}

@test "add says which options the next command needs" {
	unset SC_CONFIG SC_STATE
	run sc-conf -C etc -S state add sentinelone acme-s1 --host h \
		--api-key-ref env:KEY
	[ "$status" -eq 0 ]
	[[ $output == *"next: sc-sched -C etc -S state run acme-s1" ]]
}

@test "add reads a secret from stdin, and cuts what was pasted with it" {
	printf ' %s \r\n' "$SECRET" |
		sc-conf add sentinelone acme-s1 --host h --api-key-file -
	[ "$(cat "$SC_CONFIG/credentials/acme-s1.api_key")" = "$SECRET" ]
}

@test "add asks on a terminal and does not show what is typed" {
	need_tty
	coproc TTY { script -qec \
		"sc-conf add sentinelone acme-s1 --host h" /dev/null; }
	IFS= read -r -d : -u "${TTY[0]}" prompt
	[[ $prompt == *"API Key" ]]
	echo "$SECRET" >&"${TTY[1]}"
	shown=$(cat <&"${TTY[0]}")
	[[ $shown == *"next: sc-sched run acme-s1"* ]]
	[[ $shown != *"$SECRET"* ]]
	[ "$(cat "$SC_CONFIG/credentials/acme-s1.api_key")" = "$SECRET" ]
}

@test "add takes references as they are" {
	sc-conf add sentinelone acme-s1 --host h \
		--api-key-ref 'exec:pass show s1'
	grep -qx "api_key: 'exec:pass show s1'" "$files/acme-s1.yaml"
	[ ! -e "$SC_CONFIG/credentials" ]
	run sc-conf add sentinelone other --host h --api-key-ref "$SECRET"
	[ "$status" -eq 64 ]
	[[ $output == *"starts with file:, cred:, env: or exec:"* ]]
	[[ $output != *"$SECRET"* ]]
}

@test "add never takes a secret from the command line" {
	for form in "--api-key $SECRET" "--api-key=$SECRET" "--api-kei=$SECRET"; do
		# shellcheck disable=SC2086 # two words are wanted
		run sc-conf add sentinelone acme-s1 --host h $form
		[ "$status" -eq 64 ]
		[[ $output == *"--api-key-file"* ]]
		[[ $output != *"$SECRET"* ]]
	done
	run sc-conf add sentinelone acme-s1 "$SECRET" --host h
	[ "$status" -eq 64 ]
	[[ $output != *"$SECRET"* ]]
	[ ! -e "$files" ]
}

@test "add refuses what is no key, and shows nothing of it" {
	for key in "ApiToken $SECRET" "\"$SECRET\"" "" "$SECRET"$'\n'"$SECRET"; do
		printf '%s' "$key" >token
		run add acme-s1
		[ "$status" -eq 78 ]
		[[ $output == *"(file:$PWD/token): the secret "* ]]
		[[ $output != *"$SECRET"* ]]
	done
	[ ! -e "$files/acme-s1.yaml" ]
	[ ! -e "$SC_CONFIG/credentials/acme-s1.api_key" ]
}

@test "add twice refuses and changes nothing" {
	add acme-s1
	before=$(cat "$files/acme-s1.yaml")
	echo another-token >token
	run add acme-s1 --tenant x
	[ "$status" -eq 73 ]
	[[ $output == *"acme-s1.yaml exists and is never overwritten"* ]]
	[ "$(cat "$files/acme-s1.yaml")" = "$before" ]
	# The same for a credential that is left over.
	rm "$files/acme-s1.yaml"
	run add acme-s1
	[ "$status" -eq 73 ]
	[[ $output == *"never overwritten"* ]]
	[ "$(cat "$SC_CONFIG/credentials/acme-s1.api_key")" = "$SECRET" ]
	[ ! -e "$files/acme-s1.yaml" ]
}

@test "add leaves nothing behind when a value is wrong" {
	run add acme-s1 --interval 5x
	[ "$status" -eq 78 ]
	[[ $output == *"nothing is kept"*"\"interval\" must be a duration"* ]]
	run add acme-s1 --url http://acme.sentinelone.net
	[ "$status" -eq 78 ]
	[[ $output == *"without encryption"* ]]
	[ -z "$(find "$SC_CONFIG" -type f)" ]
	add acme-s1 --url http://127.0.0.1:8080
}

@test "add names what is missing or misspelt" {
	run sc-conf add sentinel1 acme-s1
	[ "$status" -eq 78 ]
	[[ $output == *'unknown vendor "sentinel1"; did you mean "sentinelone"?'* ]]
	run add acme-s1 --intervall 5m
	[ "$status" -eq 64 ]
	[[ $output == *'"--intervall"; did you mean "--interval"?'* ]]
	run sc-conf add sentinelone acme-s1 --api-key-file token
	[ "$status" -eq 64 ]
	[[ $output == *"--host VALUE is needed (Host: Management console URL); for example acme.sentinelone.net"* ]]
	run sc-conf add sentinelone acme-s1 --host h </dev/null
	[ "$status" -eq 64 ]
	[[ $output == *"--api-key-file FILE is needed"* ]]
	run add Acme
	[ "$status" -eq 64 ]
	run sc-conf add sentinelone --host h
	[ "$status" -eq 64 ]
	[ ! -e "$files" ]
}

@test "list shows all, also beside a broken file" {
	add acme-s1
	add other --disabled
	printf 'vendor: sentinelone\nhost: a\nhost: b\n' >"$files/bad.yaml"
	run --separate-stderr sc-conf list
	[ "$status" -eq 78 ]
	[ "${#lines[@]}" -eq 3 ]
	[ "${lines[1]}" = "acme-s1  sentinelone  yes      https://acme.sentinelone.net  threats,activities,agents  5m,10m,1h" ]
	[ "${lines[2]}" = "other    sentinelone  no       https://acme.sentinelone.net  threats,activities,agents  5m,10m,1h" ]
	# shellcheck disable=SC2154 # set by run
	[[ $stderr == *"bad.yaml:3:1: duplicate key \"host\", first in line 2"* ]]
}

@test "show never shows a secret" {
	mkdir -p "$files"
	printf 'vendor: sentinelone\nhost: h\napi_key: %s\n' "$SECRET" \
		>"$files/acme-s1.yaml"
	chmod 600 "$files/acme-s1.yaml"
	run sc-conf -v show acme-s1
	[ "$status" -eq 0 ]
	[[ $output == *"(in this file, not shown)"* ]]
	[[ $output != *"$SECRET"* ]]
	chmod 644 "$files/acme-s1.yaml"
	for cmd in "show acme-s1" list check; do
		# shellcheck disable=SC2086 # two words are wanted
		run sc-conf $cmd
		[ "$status" -eq 78 ]
		[[ $output == *"acme-s1.yaml:3:10: \"api_key\" holds the secret itself"* ]]
		[[ $output != *"$SECRET"* ]]
	done
}

@test "check says ok or what is wrong, and warns" {
	add acme-s1
	add other
	run sc-conf check
	[ "$status" -eq 0 ]
	[ "$output" = $'ok acme-s1\nok other' ]
	chmod 644 "$SC_CONFIG/credentials/acme-s1.api_key"
	touch "$files/acme-s1.yaml.bak"
	rm "$SC_CONFIG/credentials/other.api_key"
	run --separate-stderr sc-conf check
	[ "$status" -eq 78 ]
	[ "$output" = "ok acme-s1" ]
	[[ $stderr == *"[WARN]"*"acme-s1.yaml.bak is not read"* ]]
	[[ $stderr == *"[WARN]"*"acme-s1.api_key can be used by others"*"chmod 0640"* ]]
	[[ $stderr == *"other.yaml: \"api_key\" (file:"*"No such file"* ]]
	[[ $stderr == *"1 of 2 files are wrong"* ]]
	run sc-conf check acme-s1
	[ "$status" -eq 0 ]
	run sc-conf check acme-s2
	[ "$status" -eq 78 ]
	[[ $output == *'did you mean "acme-s1"?'* ]]
}

@test "disable and enable change one word and nothing else" {
	mkdir -p "$files"
	printf '%s\n' '# 50 € a month' 'vendor:   sentinelone  # ours' \
		"api_key: 'env:KEY'" 'enabled: "yes"   # since May' \
		'host: h' '' '# the end' >"$files/acme-s1.yaml"
	chmod 640 "$files/acme-s1.yaml"
	cp "$files/acme-s1.yaml" before
	run sc-conf disable acme-s1
	[ "$output" = "acme-s1 is disabled" ]
	sed 's/"yes"/no/' before | cmp - "$files/acme-s1.yaml"
	[ "$(stat -c %a "$files/acme-s1.yaml")" = 640 ]
	run sc-conf disable acme-s1
	[ "$output" = "acme-s1 is already disabled" ]
	sc-conf enable acme-s1
	sed 's/"yes"/yes/' before | cmp - "$files/acme-s1.yaml"
}

@test "disable adds the line where there is none" {
	mkdir -p "$files"
	printf 'vendor: sentinelone\nhost: h # x\napi_key: env:K' \
		>"$files/acme-s1.yaml"
	cp "$files/acme-s1.yaml" before
	sc-conf disable acme-s1
	{ cat before; printf '\nenabled: no\n'; } | cmp - "$files/acme-s1.yaml"
	run sc-conf list
	[[ ${lines[1]} == "acme-s1 "*" no "* ]]
}

@test "disable follows a link and leaves odd files alone" {
	mkdir -p "$files"
	printf 'vendor: sentinelone\nhost: h\napi_key: env:K\n' >real.yaml
	ln -s "$PWD/real.yaml" "$files/acme-s1.yaml"
	sc-conf disable acme-s1
	[ -L "$files/acme-s1.yaml" ]
	grep -qx 'enabled: no' real.yaml
	printf '{ vendor: sentinelone, host: h, api_key: env:K }\n' \
		>"$files/flow.yaml"
	cp "$files/flow.yaml" before
	run sc-conf disable flow
	[ "$status" -eq 78 ]
	[[ $output == *"cannot be changed here; edit the file"* ]]
	cmp before "$files/flow.yaml"
}

@test "an unknown command gets a suggestion" {
	run sc-conf lsit
	[ "$status" -eq 64 ]
	[[ $output == *'unknown command "lsit"; did you mean "list"?'* ]]
	run sc-conf
	[ "$status" -eq 64 ]
	run sc-conf show
	[ "$status" -eq 64 ]
	run sc-conf -h
	[ "$status" -eq 0 ]
	[[ $output == *"add VENDOR NAME"* ]]
}
