#!/usr/bin/env bats
# What is wrong is shown whole: each stream that it concerns, what to do, and
# when it is tried again.

load ../lib/pipeline

setup() { pipeline_setup; }
teardown() { mock_stop; }

all_streams() {
	cp "$SC_ROOT/vendors/sentinelone/vendor.yaml" vendors/sentinelone/
}
# at OFFSET COMMAND...: with the clock that much further on
at() {
	SC_CLOCK=@$(date -u -d "$1" +%Y-%m-%dT%H:%M:%SZ) "${@:2}"
}
asked() { mock_requests | wc -l; }
state() { sc-status --json | jq -r '.streams[0].state'; }

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

@test "a refused key is probed rarely, and at once when it changes" {
	dataset 3
	start_vendor
	integration acme-s1
	echo wrong-token-1234567 >token
	run sc-sched --once
	[ "$status" -eq 77 ]
	[ "$(asked)" -eq 1 ]
	run sc-status
	[[ $output == *" in 14m"* || $output == *" in 15m"* ]]
	at '+6 min' run sc-sched --once
	[[ $output == *"nothing is due"* ]]
	# Then one request, and twice the time until the next one.
	at '+16 min' run sc-sched --once
	[ "$status" -eq 77 ]
	at '+40 min' run sc-sched --once
	[[ $output == *"nothing is due"* ]]
	[ "$(asked)" -eq 2 ]
	at '+47 min' run sc-sched --once
	[ "$status" -eq 77 ]
	[ "$(asked)" -eq 3 ]
	# A hand does not wait.
	at '+48 min' run sc-sched run acme-s1
	[ "$status" -eq 77 ]
	[ "$(asked)" -eq 4 ]
	# Neither does a new key, whatever the clocks say.
	at '+49 min' run sc-sched --once
	[[ $output == *"nothing is due"* ]]
	echo "$TOKEN" >token.new
	mv token.new token
	run sc-status
	[[ $output == *" now"$'\n'* ]]
	at '+49 min' run sc-sched --once
	[ "$status" -eq 0 ]
	[ "$(stored)" -eq 3 ]
}

@test "a missing right is probed rarely, and at once when the file changes" {
	dataset 3
	start_vendor 'GET /web/api/v2.1/threats times=1 status=403'
	integration acme-s1
	run sc-sched --once
	[ "$status" -eq 77 ]
	at '+6 min' run sc-sched --once
	[[ $output == *"nothing is due"* ]]
	echo 'label: other' >>"$SC_CONFIG/integrations.d/acme-s1.yaml"
	at '+6 min' run sc-sched --once
	[ "$status" -eq 0 ]
	[ "$(stored)" -eq 3 ]
}

@test "a run that ended early is partial until a whole one succeeds" {
	dataset 4
	jq -cs '{data: ., pagination: {nextCursor: "c2FtZQ=="}}' data.ndjson >page
	start_vendor 'GET /web/api/v2.1/threats times=2 status=200 body=page'
	integration acme-s1
	at '-2 hours' run sc-sched run acme-s1
	[ "$status" -eq 0 ]
	[ "$(state)" = partial ]
	run sc-status
	[ "$status" -eq 0 ]
	[[ $output == *"partial: "*$'\n'"  acme-s1.threats (no whole run yet)"* ]]
	at '-1 hour' run sc-sched run acme-s1
	[ "$(state)" = ok ]
	# From then on it says since when.
	jq -c '.pagination.nextCursor = "b3RoZXI="' page >page.new
	mv page.new page
	mock_stop
	start_vendor 'GET /web/api/v2.1/threats times=2 status=200 body=page'
	sed -i "s,^url:.*,url: http://127.0.0.1:$MOCK_PORT," "$SC_CONFIG/integrations.d/acme-s1.yaml"
	run sc-sched run acme-s1
	[ "$(state)" = partial ]
	run sc-status
	[[ $output == *$'\n'"  acme-s1.threats (last whole run 1h ago)"* || $output == *"(last whole run 60m ago)"* ]]
	run sc-sched run acme-s1
	[ "$status" -eq 0 ]
	run sc-status
	[[ $output != *partial* ]]
}

@test "records without a usable time: kept, with a warning, and partial" {
	dataset 1
	echo '{"data":[{"id":"1"},{"id":"2"}],"pagination":{"nextCursor":null}}' >answer
	start_vendor 'GET /web/api/v2.1/threats status=200 body=answer'
	integration acme-s1
	run sc-sched run acme-s1
	[ "$status" -eq 0 ]
	[ "$(grep -c WARN <<<"$output")" -eq 1 ]
	[[ $output == *"[WARN] sentinelone: acme-s1.threats: no usable time (threatInfo.updatedAt) in 2 of 2 records; they are kept, but the mark stands still"* ]]
	[ "$(stored)" -eq 2 ]
	[ "$(state)" = partial ]
}

@test "sc-status without a configuration folder is an error that says so" {
	sc-store init
	run sc-status
	[ "$status" -eq 0 ]
	run sc-status -C "$PWD/typo"
	[ "$status" -eq 78 ]
	[[ $output == *"no configuration: $PWD/typo: No such file or directory; choose the folder with -C"* ]]
	run sc-status -C "$PWD/typo" --json
	[ "$status" -eq 78 ]
}

@test "what a vendor answers moves no cursor and forges no line of the status" {
	dataset 1
	printf '{"errors":[{"title":"no\\u001b[2J\\u009b2J\\nacme-s1.threats  ok"}]}' \
		>evil.json
	start_vendor 'GET */threats status=401 body=evil.json'
	integration acme-s1
	run sc-sched run acme-s1
	[ "$status" -eq 77 ]
	sc-status >out || [ $? -eq 69 ]
	grep -q 'sentinelone answers 401: no' out
	[ "$(grep -c $'\033\\|\xc2\x9b\\|^acme-s1.threats  ok' out)" -eq 0 ]
}
