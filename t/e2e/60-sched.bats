#!/usr/bin/env bats
# The scheduler, its exit codes and what it leaves for sc-status.

load ../lib/pipeline

setup() { pipeline_setup; }
teardown() { mock_stop; }

@test "run fetches, stores and records health" {
	dataset 25
	start_vendor
	integration acme-s1
	run sc-sched run acme-s1
	[ "$status" -eq 0 ]
	[[ $output == *"[INFO] sentinelone: fetched 25 threats integration=acme-s1"* ]]
	[ "$(stored)" -eq 25 ]
	sc-status --json >status
	[ "$(jq -r '.streams[0] | "\(.stream) \(.state) \(.artifacts)"' status)" = \
		"acme-s1.threats ok 25" ]
	[ "$(jq -r '.streams[0].last_ok' status)" != null ]
	# Monitors that may not open the store read the same from a file.
	[ "$(jq -r '.streams[0].state' "$SC_STATE/status.json")" = ok ]
}

@test "a refused key: 77, class AUTH and the guide's advice in the status" {
	dataset 5
	start_vendor
	integration acme-s1
	echo wrong-token-1234567 >token
	run sc-sched run acme-s1
	[ "$status" -eq 77 ]
	run sc-status
	[ "$status" -eq 69 ]
	[[ $output == *failing* ]]
	[[ $output == *AUTH* ]]
	[[ $output == *"has not expired"* ]]
	[ "$(stored)" -eq 0 ]
	echo "$TOKEN" >token
	run sc-sched run acme-s1
	[ "$status" -eq 0 ]
	run sc-status
	[ "$status" -eq 0 ]
	[[ $output != *AUTH* ]]
}

@test "a failing last stage is the whole run's failure" {
	dataset 5
	start_vendor
	integration acme-s1
	# Only sc-ship stumbles over this: it alone writes.
	sql "create trigger no before insert on artifact
	    begin select raise(abort, 'no'); end"
	run sc-sched run acme-s1
	[ "$status" -ne 0 ]
	[ "$status" -ne 141 ]
	[ "$(stored)" -eq 0 ]
	[ -z "$(bookmark)" ]
	[ "$(sc-status --json | jq -r '.streams[0].state')" = failing ]
}

@test "--once runs what is due, once, then nothing until the interval is over" {
	dataset 12
	start_vendor
	integration acme-s1
	integration other-s1
	run sc-sched --once
	[ "$status" -eq 0 ]
	[ "$(stored)" -eq 24 ]
	asked=$(mock_requests | wc -l)
	run sc-sched --once
	[ "$status" -eq 0 ]
	[[ $output == *"nothing is due"* ]]
	[ "$(mock_requests | wc -l)" -eq "$asked" ]
	# Five minutes later both are due again.
	SC_CLOCK=@$(date -u -d '+5 min 1 sec' +%Y-%m-%dT%H:%M:%SZ) \
		run sc-sched --once
	[ "$status" -eq 0 ]
	[ "$(mock_requests | wc -l)" -gt "$asked" ]
	[ "$(stored)" -eq 24 ]
}

@test "--once: one broken integration does not stop the others" {
	dataset 12
	start_vendor
	integration acme-s1
	integration bad
	sed -i 's/^api_key:.*/api_key: file:nowhere/' "$SC_CONFIG/integrations.d/bad.yaml"
	integration worse
	echo 'intervall: 5m' >>"$SC_CONFIG/integrations.d/worse.yaml"
	run sc-sched --once
	[ "$status" -eq 78 ]
	[ "$(stored)" -eq 12 ]
	[[ $output == *worse.yaml:6:1* ]]
	[[ $output == *interval* ]]
}

@test "a disabled integration is never due" {
	dataset 3
	start_vendor
	integration acme-s1
	echo 'enabled: no' >>"$SC_CONFIG/integrations.d/acme-s1.yaml"
	run sc-sched --once
	[ "$status" -eq 0 ]
	[ "$(stored)" -eq 0 ]
	[ "$(mock_requests | wc -l)" -eq 0 ]
}

@test "a long Retry-After is kept: not before that time, then it goes on" {
	dataset 3
	start_vendor 'GET /web/api/v2.1/threats times=1 status=429 retry-after=900'
	integration acme-s1
	run sc-sched --once
	[ "$status" -eq 75 ]
	[ "$(sc-status --json | jq -r '.streams[0].state')" = waiting ]
	SC_CLOCK=@$(date -u -d '+10 min' +%Y-%m-%dT%H:%M:%SZ) run sc-sched --once
	[[ $output == *"nothing is due"* ]]
	SC_CLOCK=@$(date -u -d '+16 min' +%Y-%m-%dT%H:%M:%SZ) run sc-sched --once
	[ "$status" -eq 0 ]
	[ "$(stored)" -eq 3 ]
}

@test "a killed stage is reported as such" {
	dataset 3
	start_vendor
	integration acme-s1
	mkdir bin
	for p in sc-sched sc-fetch sc-auth sc-ship; do ln "$SC_BIN/$p" bin/ 2>/dev/null || cp "$SC_BIN/$p" bin/; done
	printf '#!/bin/sh\nkill -9 $$\n' >bin/sc-normalize
	chmod +x bin/sc-normalize
	run bin/sc-sched run acme-s1
	[ "$status" -eq 137 ]
	run sc-status
	[[ $output == *"sc-normalize was ended by signal 9"* ]]
	[ "$(stored)" -eq 0 ]
}

@test "usage errors are 64 and say how" {
	for args in "" "run" "--once run acme-s1" "--once --wait" "--nonsense"; do
		# shellcheck disable=SC2086 # separate words
		run sc-sched $args
		[ "$status" -eq 64 ]
		[[ $output == *"usage: sc-sched"* ]]
	done
	run sc-sched rnu acme-s1
	[ "$status" -eq 64 ]
	[[ $output == *"there is no command rnu; did you mean run?" ]]
	run sc-sched --once extra
	[ "$status" -eq 64 ]
	[[ $output == *"there is no command extra; there is: run INTEGRATION[.STREAM]" ]]
	for jobs in 0 65 x; do
		run sc-sched -j "$jobs" --once
		[ "$status" -eq 64 ]
		[[ $output == *"-j $jobs: expected a number from 1 to 64" ]]
	done
	run sc-sched -h
	[ "$status" -eq 0 ]
}

@test "--once says when there is no integration, and fails without a folder" {
	sc-store init
	run sc-sched --once
	[ "$status" -eq 0 ]
	[[ $output == *"no integration in $SC_CONFIG: sc-conf add VENDOR NAME makes one" ]]
	run sc-sched -C "$PWD/typo" --once
	[ "$status" -eq 78 ]
	[[ $output == *"no configuration: $PWD/typo: No such file or directory; choose the folder with -C"* ]]
}

@test "a missing store is an error with its remedy, never a first run" {
	dataset 3
	start_vendor
	integration acme-s1
	rm "$SC_STATE"/store.db*
	run sc-sched run acme-s1
	[ "$status" -eq 66 ]
	[[ $output == *"sc-store -S $SC_STATE init"* ]]
	run sc-status
	[ "$status" -eq 66 ]
	[ "$(mock_requests | wc -l)" -eq 0 ]
}

@test "started as root, a run becomes the owner of the state folder" {
	[ "$(id -u)" -eq 0 ] || skip "needs root"
	dataset 4
	start_vendor
	integration acme-s1
	# Others than root must get at the test's files.
	open=$(mktemp -d /tmp/sc-owner.XXXXXX)
	cp -R "$SC_CONFIG" "$SC_STATE" vendors "$open/"
	echo "$TOKEN" >"$open/token"
	sed -i "s,^api_key:.*,api_key: file:$open/token," "$open"/etc/integrations.d/*
	chmod 755 "$open"
	chown -R nobody "$open/state" "$open/token"
	chmod 600 "$open/token"
	SC_CONFIG=$open/etc SC_STATE=$open/state SC_VENDORS=$open/vendors run sc-sched run acme-s1
	owners=$(find "$open/state" -type f -printf '%u\n' | sort -u)
	rm -rf "$open"
	[ "$status" -eq 0 ]
	[ "$owners" = nobody ]
}

@test "a fetch that dies without a word is each stream's failure" {
	dataset 3
	start_vendor
	integration acme-s1
	run sc-sched run acme-s1
	[ "$status" -eq 0 ]
	mkdir bin
	for p in sc-sched sc-auth sc-normalize sc-ship; do cp "$SC_BIN/$p" bin/; done
	printf '#!/bin/sh\nkill -9 $$\n' >bin/sc-fetch
	chmod +x bin/sc-fetch
	run bin/sc-sched run acme-s1
	[ "$status" -eq 137 ]
	run sc-status
	[ "$status" -eq 69 ]
	[[ $output == *failing* ]]
	[[ $output == *"sc-fetch was ended by signal 9"* ]]
}

# DIR: where a stage says that all went well and then fails, or says nothing.
spoil() {
	mkdir "$1"
	for p in sc-sched sc-auth sc-fetch sc-normalize sc-ship; do
		ln "$SC_BIN/$p" "$1/" 2>/dev/null || cp "$SC_BIN/$p" "$1/"
	done
	rm "$1/$2"
	printf '#!/bin/sh\n%s\n' "$3" >"$1/$2"
	chmod +x "$1/$2"
}

@test "a stage that fails after a good outcome line is not taken for good" {
	dataset 3
	start_vendor
	integration acme-s1
	spoil late sc-normalize "$SC_BIN/sc-normalize \"\$@\"; exit 70"
	echo wrong-token-1234567 >token
	run late/sc-sched run acme-s1
	[ "$status" -eq 70 ]
	[ "$(sc-status --json | jq -r '.streams[0] | "\(.state) \(.artifacts)"')" = \
		"failing 0" ]
	run sc-status
	[[ $output == *"sc-normalize ended with exit code 70"* ]]
	echo "$TOKEN" >token
	spoil early sc-fetch "$SC_BIN/sc-fetch \"\$@\"; exit 70"
	run early/sc-sched run acme-s1
	[ "$status" -eq 70 ]
	[ "$(stored)" -eq 3 ]
	run sc-status
	[[ $output == *"sc-fetch ended with exit code 70"* ]]
}

@test "a fetch that ends well without an outcome line is no success" {
	dataset 3
	start_vendor
	integration acme-s1
	spoil mute sc-fetch 'exit 0'
	run mute/sc-sched run acme-s1
	[ "$(sc-status --json | jq -r '.streams[0].state')" = failing ]
	run sc-status
	[[ $output == *"sc-fetch left no outcome"* ]]
}

@test "what a secret's command leaves running does not hold the lock" {
	dataset 3
	start_vendor
	integration acme-s1
	mkfifo hold
	sed -i "s,^api_key:.*,api_key: \"exec:cat $PWD/hold >/dev/null 2>\&1 3>\&- \& cat $PWD/token\"," \
		"$SC_CONFIG/integrations.d/acme-s1.yaml"
	run sc-sched run acme-s1
	[ "$status" -eq 0 ]
	run sc-sched run acme-s1
	[ "$status" -eq 0 ]
	# Ends what was left running: both wait for a writer.
	: >hold
}
