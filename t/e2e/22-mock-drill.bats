#!/usr/bin/env bats
# sc-mock drill: a scenario against a copy of a user's configuration; nothing
# real is touched, and what is lost or doubled is found.

load ../lib/drill

setup() { drill_setup; }
teardown() { mock_stop; }

DAY='threats=generate:40,seed=5,span=20h'

# suite: programs of which one can be replaced, in bin
suite() {
	mkdir -p bin
	for p in sc-mock sc-sched sc-fetch sc-auth sc-normalize sc-ship sc-store sc-status; do
		ln -sf "$SC_BIN/$p" "bin/$p"
	done
	# A program finds its siblings where it is itself.
	rm bin/sc-mock bin/sc-sched
	cp "$SC_BIN/sc-mock" "$SC_BIN/sc-sched" bin/
	PATH=$PWD/bin:$PATH
}

# normalize_with COMMAND: sc-normalize, with the command behind it
normalize_with() {
	suite
	rm bin/sc-normalize
	printf '#!/bin/sh\n%s/sc-normalize "$@" | %s\n' "$SC_BIN" "$1" >bin/sc-normalize
	chmod +x bin/sc-normalize
}

@test "an outage is told as it comes and goes, and nothing is lost" {
	scenario "serve sentinelone token=test-token-1 $DAY" \
		'at +30m sentinelone threats=generate:10,seed=6,start=2026-11-22,span=20m' \
		'* /web/api/* after=+10m until=+40m status=503  # down'
	drill
	[ "$status" -eq 0 ]
	[ "$(kinds)" = 'good acme-s1.threats
begins line 3
fault line 3
problem acme-s1.threats
records acme-s1.threats
ends line 3
recovered acme-s1.threats' ]
	grep -q '^2026-11-22 00:10  begins     line 3: \* /web/api/\* after=+10m until=+40m status=503$' out
	grep -q '^2026-11-22 00:10  problem    acme-s1.threats: VENDOR: sentinelone answers 503' out
	grep -q '^  *-> SentinelOne is in trouble' out
	grep -q '^2026-11-22 00:[4-5][0-9]  recovered  acme-s1.threats: 50 artifacts$' out
	[ "$(row acme-s1.threats)" = '50 50 0 0 0' ]
}

@test "a fault that a retry heals is no problem, and costs no time" {
	scenario "serve sentinelone token=test-token-1 $DAY" \
		'GET /web/api/* times=2 status=429 retry-after=9'
	SECONDS=0
	drill --for 10m s.scenario
	[ "$status" -eq 0 ]
	[ "$SECONDS" -lt 15 ]
	[ "$(kinds)" = 'fault line 2
good acme-s1.threats' ]
}

@test "no secret is asked for, no file of the user is touched, nothing is left" {
	real acme-s1 'proxy: http://127.0.0.1:9' 'ca_file: /nowhere/ca.pem' \
		'label: "a \"b\""' 'drop: .severityCode >= 4'
	tar -cf before.tar etc
	scenario "serve sentinelone token=test-token-1 $DAY"
	HTTPS_PROXY=http://127.0.0.1:9 ALL_PROXY=http://127.0.0.1:9 \
		drill --for 5m s.scenario
	[ "$status" -eq 0 ]
	[ "$(row acme-s1.threats)" = '40 40 0 0 0' ]
	[ ! -e asked ]
	tar -cf after.tar etc
	cmp before.tar after.tar
	[ -z "$(ls tmp)" ]
}

@test "--keep leaves a copy in which nothing leads to the real host" {
	scenario "serve sentinelone token=test-token-1 $DAY"
	drill --keep --for 1m s.scenario
	[ "$status" -eq 0 ]
	dir=$(sed -n 's/^kept: //p' out)
	file=$dir/etc/integrations.d/acme-s1.yaml
	grep -q '^url: "https://localhost:[0-9]*"$' "$file"
	absent '^host\|^proxy\|exec:' "$file"
	[ "$(cat "$dir/acme-s1.api_key")" = test-token-1 ]
	[ "$(stat -c %a "$dir")" = 700 ]
	# The realm stays: ids are those of the real account.
	grep -q '^realm: "acme.sentinelone.net"$' "$file"
	[ "$(SC_STATE=$dir/state sc-store search --count)" -eq 40 ]
}

@test "no program connects to anything but loopback" {
	[[ $SC_BIN != *asan* ]] || skip "no leak can be looked for under strace"
	scenario "serve sentinelone token=test-token-1 $DAY" \
		'* /web/api/* after=+5m until=+10m reset-after=0'
	strace -f -qq -e trace=connect -o trace \
		sc-mock drill --for 15m s.scenario >out
	[ "$(row acme-s1.threats)" = '40 40 0 0 0' ]
	grep -q 'sin_addr=inet_addr("127.0.0.1")' trace
	# Sockets of families that stay on this machine may be there as well.
	grep 'AF_INET' trace >sockets
	absent -v 'inet_addr("127.0.0.1")\|"::1"' sockets
}

@test "a configuration that would reach a real host is refused" {
	mkdir -p etc/vendors/other
	sed 's/^title:.*/title: Other/' "$SC_VENDORS/sentinelone/vendor.yaml" \
		>etc/vendors/other/vendor.yaml
	real acme-other
	sed -i 's/^vendor:.*/vendor: other/' etc/integrations.d/acme-other.yaml
	scenario "serve sentinelone token=test-token-1 $DAY"
	drill
	[ "$status" -eq 78 ]
	grep -q 'acme-other would reach a real host: s.scenario does not play other' log
	grep -q 'name the integrations to drill' log
	[ ! -s out ]
	drill s.scenario acme-other
	[ "$status" -eq 78 ]
	grep -q 'leave it out' log
	# Named integrations only, and those that are switched off not at all.
	drill --for 1m s.scenario acme-s1
	[ "$status" -eq 0 ]
	echo 'enabled: no' >>etc/integrations.d/acme-other.yaml
	drill --for 1m s.scenario
	[ "$status" -eq 0 ]
	[ ! -e asked ]
	[ -z "$(ls tmp)" ]
}

@test "what cannot be drilled is said before anything is started" {
	scenario "serve sentinelone token=test-token-1"
	drill
	[ "$status" -eq 78 ]
	grep -q 'acme-s1: no stream that is enabled has records in s.scenario' log
	scenario 'serve sentinelone token=x thraets=generate:5'
	drill
	[ "$status" -eq 78 ]
	grep -q 's.scenario:1:.*thraets' log
	scenario "serve sentinelone token=test-token-1 $DAY"
	drill s.scenario nobody
	[ "$status" -eq 78 ]
	grep -q 'no integration "nobody"' log
	drill missing.scenario
	[ "$status" -eq 66 ]
	rm etc/integrations.d/*
	drill
	[ "$status" -eq 78 ]
	grep -q 'no integration is enabled' log
	for args in 'drill s.scenario --port 1' 'drill s.scenario -n 5' \
		's.scenario --for 1h' 's.scenario --start 2026-11-01' \
		'drill s.scenario --for 0s' 'drill s.scenario --step x'; do
		# shellcheck disable=SC2086 # separate words
		run sc-mock $args
		[ "$status" -eq 64 ]
	done
}

@test "a record that a stage drops is lost, also when all programs say success" {
	scenario "serve sentinelone token=test-token-1 $DAY"
	key=$(sc-mock generate sentinelone.threats -n 40 --seed 5 --start 2026-11-21T04:00:00Z --span 20h |
		sed -n 7p | jq -r .id)
	normalize_with "grep -v '\"key\":\"$key\"'"
	drill --for 5m s.scenario
	[ "$status" -eq 65 ]
	[ "$(row acme-s1.threats)" = '40 39 0 1 0' ]
	grep -q '1 lost and 0 doubled of 40 records' log
}

@test "a record that is stored under two ids is doubled" {
	scenario "serve sentinelone token=test-token-1 $DAY"
	normalize_with "awk '{ print } /\"type\":\"RECORD\"/ && !done++ { sub(/\"id\":\"[0-9a-f]*/, \"\\\"id\\\":\\\"00000000\"); print }'"
	drill --for 5m s.scenario
	[ "$status" -eq 65 ]
	[ "$(row acme-s1.threats)" = '40 40 0 0 1' ]
	grep -q '0 lost and 1 doubled of 40 records' log
}

@test "a record that is stored with other bytes is lost, and a strange one there" {
	scenario "serve sentinelone token=test-token-1 $DAY"
	normalize_with "sed '/RECORD/s/analystVerdict/analystverdict/g'"
	drill --json --for 5m s.scenario
	[ "$status" -eq 65 ]
	[ "$(result '"\(.shown) \(.stored) \(.lost) \(.strange)"')" = '40 0 40 40' ]
}

@test "what comes later than the overlap is lost; what no run could see is not" {
	scenario "serve sentinelone token=test-token-1 $DAY" \
		'at +7m sentinelone threats=generate:3,seed=8,start=2026-11-22,span=5m' \
		'at +9m sentinelone threats=generate:5,seed=9,start=2026-11-21T23:00:00Z,span=5m'
	drill --for 20m s.scenario
	[ "$status" -eq 65 ]
	[ "$(row acme-s1.threats)" = '45 40 0 5 0' ]
	grep -q '^3 that no run could see: not counted$' out
}

@test "records in front of a first run's reach do not count" {
	scenario 'serve sentinelone token=test-token-1 threats=generate:30,seed=5,span=48h'
	drill --json --for 5m s.scenario
	[ "$status" -eq 0 ]
	[ "$(result '.early > 5 and .shown + .early == 30 and .lost == 0')" = true ]
}

@test "states of an inventory: A, B, A are three, volatile members are none" {
	sc-mock generate sentinelone.agents -n 3 --seed 5 >a.ndjson
	jq -c '.computerName = "other"' a.ndjson >b.ndjson
	jq -c '.lastActiveDate = "2026-11-22T01:00:00Z"' a.ndjson >c.ndjson
	scenario 'serve sentinelone token=test-token-1 agents=a.ndjson' \
		'at +30m sentinelone agents=b.ndjson' \
		'at +90m sentinelone agents=a.ndjson' \
		'at +150m sentinelone agents=c.ndjson'
	drill
	[ "$status" -eq 0 ]
	[ "$(row acme-s1.agents)" = '9 9 0 0 0' ]
}

@test "what comes only when the faults are over is owed, not lost" {
	scenario "serve sentinelone token=test-token-1 $DAY" \
		'at +30m sentinelone threats=generate:10,seed=6,start=2026-11-22,span=20m' \
		'GET /web/api/* after=+10m status=401'
	drill
	[ "$status" -eq 0 ]
	[ "$(row acme-s1.threats)" = '40 40 0 0 0' ]
	grep -q ' not yet$' out
	scenario 'serve sentinelone token=test-token-1 threats=generate:1200,seed=6,span=20h' \
		'GET /web/api/v2.1/* from=2 status=401'
	drill --for 10m s.scenario
	[ "$status" -eq 0 ]
	[ "$(row acme-s1.threats)" = '1200 1200 200 0 0' ]
	grep -q '^200 came only when all faults were over$' out
}

@test "--json: an object a line, with class, advice and durations" {
	scenario "serve sentinelone token=test-token-1 $DAY" \
		'GET /web/api/* after=+7m until=+22m status=403'
	drill --json s.scenario
	[ "$status" -eq 0 ]
	jq -es 'map(.event) == ["good", "begins", "fault", "problem", "ends",
		"recovered", "stream", "end"]' out
	jq -es '.[3] | .time == "2026-11-22T00:10:00.000Z" and
		.subject == "acme-s1.threats" and .class == "PERMISSION" and
		(.remedy | contains("Viewer"))' out
	jq -es '.[6] | .stream == "acme-s1.threats" and .shown == 40 and
		.first_failure == "2026-11-22T00:10:00.000Z" and
		.detected_after_ms == 180000 and .recovered_after_ms == 180000 and
		.failures == 1 and .state == "ok"' out
}

@test "two integrations, one of them with an interval of its own; --start" {
	real other-s1 'interval: 10m'
	scenario "serve sentinelone name=acme-s1 token=test-token-1 $DAY" \
		'serve sentinelone name=other-s1 token=test-token-2 threats=generate:7,seed=9,span=1h' \
		'* /web/api/* after=2026-11-25T10:05:00Z until=2026-11-25T10:06:00Z status=500'
	drill --start 2026-11-25T10:00Z --for 15m s.scenario
	[ "$status" -eq 0 ]
	[ "$(row acme-s1.threats)" = '40 40 0 0 0' ]
	[ "$(row other-s1.threats)" = '7 7 0 0 0' ]
	grep -q '^2026-11-25 10:05  problem    acme-s1.threats: VENDOR' out
	absent 'problem    .*other-s1' out
}

@test "an interrupted drill ends at once and leaves nothing" {
	scenario "serve sentinelone token=test-token-1 $DAY"
	mkfifo events
	sc-mock drill --for 31d --json s.scenario >events 2>log &
	pid=$!
	read -r _ <events
	kill -TERM "$pid"
	status=0
	wait "$pid" || status=$?
	[ "$status" -eq 75 ]
	grep -q 'broken off' log
	[ -z "$(ls tmp)" ]
}

@test "control: which records were asked for, and an end to all faults" {
	scenario "serve sentinelone token=test-token-1 $DAY agents=generate:5" \
		'at +1h sentinelone threats=generate:3' \
		'* /* status=500' 'listen plain as=reset after=2099-01-01'
	mock_start s.scenario
	ask() {
		curl -s -o answer -w '%{http_code}' -H 'Authorization: ApiToken test-token-1' \
			"$MOCK_URL/web/api/v2.1/$1"
	}
	[ "$(ask threats)" = 500 ]
	[ -z "$(mock_control calm)" ]
	[ "$(ask threats)" = 200 ]
	[ "$(ask 'threats?limit=5')" = 200 ]
	[ "$(mock_control records)" = '{"account":"sentinelone","stream":"threats","version":0,"records":40,"asked":2}
{"account":"sentinelone","stream":"threats","version":1,"records":3,"asked":0}
{"account":"sentinelone","stream":"agents","version":0,"records":5,"asked":0}' ]
	mock_stop
}
