#!/usr/bin/env bats
# sc-mock drill: vendors whose credential has two halves, settings that make
# the vendor leave things out, and days that were captured.

load ../lib/drill

setup() { drill_setup; }
teardown() { mock_stop; }

LIB=$BATS_TEST_DIRNAME/../../fixtures/scenarios

# appliance [LINE...]: the only integration is a Darktrace as a user has it
appliance() {
	rm -f etc/integrations.d/*
	{
		printf '%s\n' 'vendor: darktrace' 'host: dt.acme.example' \
			'public_token: "0011223344556677889900112233445566778899"' \
			"private_token: \"exec:touch $PWD/asked; echo the-real-one\""
		[ $# -eq 0 ] || printf '%s\n' "$@"
	} >etc/integrations.d/acme-dt.yaml
}

# problems: class and the beginning of the advice of each, in their order
problems() { sed -n '/  problem /{ N; s/.*: \([A-Z]*\): .*\n *-> \(.\{30\}\).*/\1 \2/p }' out; }

@test "darktrace-clock-skew: CLOCK, and it goes on by itself" {
	appliance
	drill "$LIB/darktrace-clock-skew.scenario"
	[ "$status" -eq 0 ]
	[ "$(problems)" = 'CLOCK Clock skew between this machin' ]
	grep -q '^2026-11-22 00:30  problem .* its clock is .* ahead of' out
	grep -q '^2026-11-22 01:[0-9]*  recovered  acme-dt.model-breaches' out
	[ "$(row acme-dt.model-breaches)" = '240 240 0 0 0' ]
	[ ! -e asked ]
}

@test "darktrace-signature: AUTH, both tokens to look at, asked rarely" {
	appliance
	drill --keep "$LIB/darktrace-signature.scenario"
	[ "$status" -eq 0 ]
	[ "$(problems)" = 'AUTH Verify the Public Token and Pr' ]
	[ "$(row acme-dt.model-breaches)" = '240 240 0 0 0' ]
	grep -q ' not yet$' out
	dir=$(sed -n 's/^kept: //p' out)
	[ "$(grep -c '"status":400' "$dir/journal.ndjson")" -le 4 ]
	# The other half of the credential is the scenario's too.
	grep -qx 'public_token: "dt-public-token"' "$dir/etc/integrations.d/acme-dt.yaml"
	[ "$(cat "$dir/acme-dt.private_token")" = dt-private-token ]
	[ "$(grep -rc 'the-real-one\|00112233' "$dir" | grep -vc ':0$')" -eq 0 ]
}

@test "dt-late: nothing that comes late is lost inside the look-back" {
	appliance
	drill "$LIB/dt-late.scenario"
	[ "$status" -eq 0 ]
	[ -z "$(problems)" ]
	awk '$1 ~ /^acme-dt/ { n++; if ($2 < 50 || $2 != $3) exit 1 } END { exit n != 2 }' out
}

@test "dt-refusals: a page and a redirect are no data, the rest goes on" {
	appliance
	drill "$LIB/dt-refusals.scenario"
	[ "$status" -eq 0 ]
	[ "$(problems)" = 'PROTOCOL check that host leads to the v
PERMISSION The API token may have restric' ]
	grep -q 'fault .*: status=429' out
	grep -q '  recovered  acme-dt.model-breaches' out
	awk '$1 == "acme-dt.model-breaches" { exit !($2 > 50 && $2 == $3) }' out
	[ "$(row acme-dt.ai-analyst)" = '0 0 0 0 0' ]
}

@test "what the user does not want of the vendor is not lost, what he wants is" {
	DAY=generate:240,seed=41,span=20h
	scenario "serve darktrace public-token=p private-token=q model-breaches=$DAY"
	sc-mock generate darktrace.model-breaches -n 240 --seed 41 --span 20h |
		jq 'select(.score >= 0.4).pbid' >high
	n=$(wc -l <high)
	[ "$n" -gt 20 ] && [ "$n" -lt 220 ]
	appliance 'min_score: 40'
	drill --for 10m s.scenario
	[ "$status" -eq 0 ]
	[ "$(row acme-dt.model-breaches)" = "$n $n 0 0 0" ]
	# The same with a stage that loses one of them.
	drop_key "$(sed -n 5p high)"
	drill --for 10m s.scenario
	[ "$status" -eq 65 ]
	[ "$(row acme-dt.model-breaches)" = "$n $((n - 1)) 0 1 0" ]
}

@test "every setting of a vendor's file is in the copy, but for what leads out" {
	mkdir -p etc/vendors/darktrace
	sed '/^settings:/a\  zone:\n    label: Zone\n    help: A text of the vendor'\''s own\n  share:\n    label: Share\n    kind: percent\n    help: A percentage\n  backup:\n    label: Backup\n    kind: secret\n    help: Another secret' \
		"$SC_VENDORS/darktrace/vendor.yaml" >etc/vendors/darktrace/vendor.yaml
	appliance 'zone: "north \"2\" ü"' 'share: 7' 'min_score: 40' \
		'tenant: t1' 'org_id: o1' 'label: "a: b"' 'interval: 7m' \
		'streams: { ai-analyst: { interval: 9m }, model-breaches: { enabled: yes } }'
	scenario 'serve darktrace public-token=p private-token=q model-breaches=generate:24 ai-analyst=generate:3'
	drill --keep --for 1m s.scenario
	[ "$status" -eq 0 ]
	dir=$(sed -n 's/^kept: //p' out)
	SC_CONFIG=$dir/etc sc-conf check acme-dt
	sed '/^url:\|^ca_file:/d' "$dir/etc/integrations.d/acme-dt.yaml" >copy
	diff copy - <<-END
		vendor: "darktrace"
		realm: "dt.acme.example"
		tenant: "t1"
		org_id: "o1"
		label: "a: b"
		zone: "north \"2\" ü"
		share: "7"
		public_token: "p"
		private_token: "file:$dir/acme-dt.private_token"
		min_score: "40"
		streams:
		  model-breaches: { interval: 420000ms, enabled: yes }
		  ai-analyst: { interval: 540000ms, enabled: yes }
	END
}

# drop_key KEY: from now on sc-normalize loses that record
drop_key() {
	mkdir -p bin
	for p in sc-fetch sc-auth sc-ship sc-store sc-status; do
		ln -sf "$SC_BIN/$p" "bin/$p"
	done
	cp "$SC_BIN/sc-mock" "$SC_BIN/sc-sched" bin/
	printf '#!/bin/sh\n%s/sc-normalize "$@" | { grep -v "\\"key\\":\\"%s\\"" || true; }\n' \
		"$SC_BIN" "$1" >bin/sc-normalize
	chmod +x bin/sc-normalize
	PATH=$PWD/bin:$PATH
}

# capture_day VENDOR-LINE [LINE...]: a run of acme-s1 against this vendor, on
# its day, is captured into cap
capture_day() {
	mkdir -p live/integrations.d live/vendors
	cp -r "$SC_VENDORS"/* live/vendors/
	sed -i 's/limit: [0-9]*/limit: 10/' live/vendors/sentinelone/vendor.yaml
	(umask 77 && echo the-real-token-1234 >token)
	printf '%s\n' "$@" >vendor.scenario
	mock_start vendor.scenario --tls tls --clock @2026-11-13T15:00:00Z
	cat >live/integrations.d/acme-s1.yaml <<-END
		vendor: sentinelone
		host: acme.sentinelone.net
		url: https://localhost:$MOCK_TLS_PORT
		ca_file: $PWD/tls/ca.pem
		api_key: file:$PWD/token
	END
	sc-store -S live/state init
	captured=0
	SC_CONFIG=$PWD/live SC_VENDORS=$PWD/live/vendors SC_STATE=$PWD/live/state \
		SC_CLOCK=@2026-11-13T15:00:00Z sc-fetch --capture cap acme-s1.threats \
		>captured 2>captured.log || captured=$?
	cat captured.log
	mock_stop
	SC_VENDORS=$PWD/live/vendors
}

BAD_DAY=(
	'serve sentinelone token=the-real-token-1234 threats=generate:25,seed=5,start=2026-11-13T10:00:00Z,span=4h'
	'GET /web/api/v2.1/threats from=1 times=1 status=429 retry-after=1'
	'GET /web/api/v2.1/threats if-query=cursor:* times=1 cut-after=head+900'
	'GET /web/api/v2.1/threats if-query=cursor:* from=2 times=1 status=502 as=html'
)

@test "a day that was captured is drilled with, as a folder and as a file" {
	capture_day "${BAD_DAY[@]}"
	[ "$captured" -eq 0 ]
	for scenario in cap cap/capture.scenario; do
		drill "$scenario"
		[ "$status" -eq 0 ]
		[ "$(row acme-s1.threats)" = '25 25 0 0 0' ]
		# It is that day's time, and what went wrong is told.
		grep -q '^2026-11-13 15:00  fault .*: status=429' out
		absent 'fault .*status=200\|fault .*: replay' out
		[ ! -e asked ]
		[ -z "$(ls tmp)" ]
	done
	drill --start 2026-11-13T18:00:00Z --for 5m cap
	[ "$status" -eq 0 ]
	[ "$(row acme-s1.threats)" = '25 25 0 0 0' ]
}

@test "a day that was captured finds what is lost, and what is not there" {
	capture_day "${BAD_DAY[@]}"
	drop_key "$(jq -r 'select(.type == "RECORD").key' captured | sed -n 17p)"
	drill cap
	[ "$status" -eq 65 ]
	[ "$(row acme-s1.threats)" = '25 24 0 1 0' ]
	grep -q '1 lost and 0 doubled of 25 records' log
	# Whoever asks otherwise than on that day gets nothing, which is no success.
	sed -i 's/limit: 10/limit: 20/' live/vendors/sentinelone/vendor.yaml
	drill --for 10m cap
	[ "$status" -eq 65 ]
	grep -q 'problem .*acme-s1.threats: PROTOCOL' out
	grep -q 'acme-s1.threats: nothing that was captured was asked for' log
}

@test "a bad day that ended badly is told as that" {
	capture_day "${BAD_DAY[0]}" 'GET /web/api/* status=503'
	[ "$captured" -eq 69 ]
	drill --for 30m cap
	[ "$status" -eq 0 ]
	grep -q 'problem .*acme-s1.threats: VENDOR: sentinelone answers 503' out
	[ "$(row acme-s1.threats)" = '0 0 0 0 0' ]
}

@test "a capture that cannot be drilled with is refused" {
	capture_day "${BAD_DAY[0]}"
	rm etc/integrations.d/*
	appliance
	drill cap
	[ "$status" -eq 78 ]
	grep -q 'acme-dt would reach a real host: cap does not play darktrace' log
	real acme-s1
	rm etc/integrations.d/acme-dt.yaml
	sed -i '/^replay/d' cap/capture.scenario
	drill cap
	[ "$status" -eq 78 ]
	grep -q 'acme-s1 would reach a real host: cap does not play sentinelone' log
	mkdir empty
	drill empty
	[ "$status" -eq 66 ]
	grep -q 'empty/capture.scenario' log
	[ ! -s out ]
	[ ! -e asked ]
	[ -z "$(ls tmp)" ]
}
