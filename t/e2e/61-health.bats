#!/usr/bin/env bats
# What is wrong is shown whole: each stream that it concerns, what to do, and
# when it is tried again.

load ../lib/pipeline

setup() { pipeline_setup; }
teardown() { mock_stop; }

all_streams() {
	cp "$SC_ROOT/vendors/sentinelone/vendor.yaml" vendors/sentinelone/
}
asked() { mock_requests | wc -l; }

@test "a refused key is every stream's problem, told once and asked once" {
	all_streams
	dataset 3
	start_vendor
	integration acme-s1
	echo wrong-token-1234567 >token
	run sc-sched run acme-s1
	[ "$status" -eq 77 ]
	[ "$(asked)" -eq 1 ]
	run sc-status
	[ "$status" -eq 69 ]
	[ "$(grep -c ' failing ' <<<"$output")" -eq 3 ]
	[ "$(grep -c '^AUTH: sentinelone answers 401' <<<"$output")" -eq 1 ]
	[[ $output == *"  acme-s1.threats acme-s1.activities acme-s1.agents"* ]]
	sc-status --json >status || true
	[ "$(jq -r '[.streams[].class] | unique | join(" ")' status)" = AUTH ]
	[[ $(jq -r '.streams[1].text' status) == "acme-s1.activities: sentinelone answers 401"* ]]
}

@test "a secret that cannot be read: its remedy stands by itself" {
	all_streams
	dataset 3
	start_vendor
	integration acme-s1
	rm token
	run sc-sched run acme-s1
	[ "$status" -eq 78 ]
	[[ $output == *"No such file or directory; check that the file is there"* ]]
	sc-status --json >status || true
	[[ $(jq -r '.streams[0].remedy' status) == "check that the file is there and that this user may"* ]]
	[[ $(jq -r '.streams[0].text' status) == *"cannot be read: No such file or directory" ]]
	run sc-status
	[[ $output == *$'\n'"  acme-s1.threats acme-s1.activities acme-s1.agents"$'\n'"  -> check that the file is there"* ]]
}
