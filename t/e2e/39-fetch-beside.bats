#!/usr/bin/env bats
# What belongs beside a record: sc-fetch finds it, or does without.

load ../lib/deepinstinct

setup() { di_setup; }
teardown() { mock_stop; }

# hosts: the devices that came along, by event
hosts() { jq -r 'select(.type == "RECORD") | "\(.key)=\(.ctx.device.hostname)"' out | paste -sd ' '; }
warnings() { grep -c '^\[WARN\]' log; }

@test "a device that the store knows is not asked for" {
	device 7
	device 8 '.os = "LINUX" | .tag = "a\u00e9\"\\b"'
	serve
	run_stream devices
	event 1 10 '.device_id = 8'
	mock_reload
	run_stream
	[ "$(hosts)" = "1=host-8" ]
	[ "$(asked /devices/)" -eq 0 ]
	# The very bytes, all of it.
	[ "$(jq -c 'select(.type == "RECORD").ctx.device' out)" = "$(sed -n 2p devices | jq -c .)" ]
	sed 's/.*"ctx":{"device"://' out | grep -qF -- "$(sed -n 2p devices)"
	# It is stored, and a map can see it.
	[ "$(sql "select ctx from artifact where stream = 'di.events'" | jq -r .device.hostname)" = host-8 ]
	[ "$(sql "select artifact from artifact where stream = 'di.events'" | jq -r .clientHostname)" = host-8 ]
	# The latest state counts.
	edit devices '.hostname += "-new"'
	run_stream devices
	event 2 9 '.device_id = 8'
	mock_reload
	run_stream
	[ "$(hosts)" = "2=host-8-new" ]
	# What has been pruned is asked for.
	sql "delete from artifact where stream = 'di.devices'"
	event 3 8 '.device_id = 8'
	mock_reload
	run_stream
	[ "$(hosts)" = "3=host-8-new" ]
	[ "$(asked '/devices/8$')" -eq 1 ]
}

@test "another integration's device of the same number is another one" {
	device 7 '.hostname = "theirs"'
	serve
	sed 's/key$/key\nrealm: other/' "$SC_CONFIG/integrations.d/di.yaml" >"$SC_CONFIG/integrations.d/di2.yaml"
	sc-fetch di2.devices 2>log | sc-normalize | sc-ship >/dev/null
	[ "$(sql "select count(*) from object where stream = 'di2.devices'")" -eq 1 ]
	: >devices
	device 7 '.hostname = "ours"'
	event 1 10
	mock_reload
	run_stream
	[ "$(hosts)" = "1=ours" ]
}

@test "each device is asked for once, also those that are not there" {
	device 7
	event 1 10
	event 2 10 '.device_id = 8'
	event 3 10
	event 4 10 '.device_id = 8'
	event 5 10 '.device_id = 9'
	serve
	run_stream
	[ "$status" -eq 0 ]
	[ "$(hosts)" = "1=host-7 2=null 3=host-7 4=null 5=null" ]
	[ "$(asked /devices/)" -eq 3 ]
	[ "$(jq -c 'select(.key == "2") | has("ctx")' out)" = false ]
	[ "$(warnings)" -eq 1 ]
	grep -q '^\[WARN\] deep-instinct: di.events: no device 8 (deep-instinct answers 404: Not Found); ' log
	# What is known is not joined again: nothing is asked.
	run_stream
	[ "$(asked /devices/)" -eq 0 ]
}

@test "an event of which only the id is sure" {
	event 1 10 'del(.device_id)'
	event 2 10 '.device_id = null'
	event 3 10 '.device_id = ""'
	event 4 10 '.device_id = {"id": 7}'
	event 5 10 '.device_id = [7]'
	event 6 10 '.device_id = true'
	serve
	run_stream
	[ "$status" -eq 0 ]
	[ "$(ids)" = "1 2 3 4 5 6" ]
	[ "$(asked /devices/)" -eq 0 ]
	[ "$(grep -c '"ctx"' out)" -eq 0 ]
	[ "$(warnings)" -eq 0 ]
}

@test "an id cannot lead to another path" {
	event 1 10 '.device_id = "../groups?x=1#y %\u00e9"'
	event 2 10 '.device_id = 7.5'
	serve
	run_stream
	[ "$status" -eq 0 ]
	[ "$(mock_requests | grep /devices)" = 'GET /api/v1/devices/..%2Fgroups%3Fx%3D1%23y%20%25%C3%A9
GET /api/v1/devices/7.5' ]
}

@test "devices that are refused, fail or are none: the events come all the same" {
	events 1 5 10
	edit_devices() { jq -c '.device_id = .id' events >e && mv e events; }
	edit_devices
	for id in 1 2 3 4 5; do device $id; done
	try() { # REQUESTS RULE
		rm -rf "$SC_STATE"
		RULES="GET /api/v1/devices/* $2
"
		serve
		run_stream
		[ "$status" -eq 0 ] || { cat log; return 1; }
		[ "$(ids)" = "1 2 3 4 5" ]
		[ "$(asked /devices/)" -eq "$1" ] || { echo "$2: $(asked /devices/)"; return 1; }
		[ "$(grep -c '"ctx"' out)" -eq 0 ]
		[ "$(warnings)" -eq 1 ] || { cat log; return 1; }
	}
	# One may be another tenant's; a server in trouble is left alone.
	try 5 status=403
	try 5 status=404
	for rule in status=503 status=429 status=500 status=401 cut-after=400; do
		try 1 "$rule"
	done
	for answer in '' '[]' '7' 'null' '{"id":1' "{\"id\":1,\"x\":\"$(printf '\377')\"}" \
		"{\"x\":$(printf '%0100d' 0 | tr 0 '[')$(printf '%0100d' 0 | tr 0 ']')}" \
		"{\"x\":\"$(printf '%070000d' 0)\"}"; do
		printf '%s' "$answer" >answer
		try 5 'status=200 body=answer'
	done
	# Once more, and the next run asks anew.
	printf ' { "hostname" : "a b" } ' >answer
	rm -rf "$SC_STATE"
	# shellcheck disable=SC2034 # of serve
	RULES='GET /api/v1/devices/* status=200 body=answer
'
	serve
	run_stream
	grep -q '"ctx":{"device":{"hostname":"a b"}}' out
	[ "$(warnings)" -eq 0 ]
}

@test "what is secret in the other stream is secret here" {
	sed -i 's/^    interval: 1h.*/    redact: [logged_in_users]\n&/' vendors/deep-instinct/vendor.yaml
	device 7 '.logged_in_users = "TOP\\secret"'
	event 1 10
	serve
	run_stream
	[ "$(jq -r 'select(.type == "RECORD").ctx.device.logged_in_users' out)" = REDACTED ]
	run_stream devices
	event 2 9
	mock_reload
	run_stream
	[ "$(jq -r 'select(.type == "RECORD").ctx.device.logged_in_users' out)" = REDACTED ]
	[ "$(grep -c secret out)" -eq 0 ]
}

@test "what is found does not change what a record is" {
	event 1 10
	serve
	run_stream
	first=$(jq -r 'select(.type == "RECORD").id' out)
	rm -rf "$SC_STATE"
	device 7
	serve
	run_stream
	[ "$(hosts)" = "1=host-7" ]
	[ "$(jq -r 'select(.type == "RECORD").id' out)" = "$first" ]
	# Nor does another device later make it another event.
	edit devices '.hostname = "x"'
	run_stream
	grep -q 'new=0 changed=0 seen=1 ' log
}

@test "more devices than are remembered" {
	events 1 1100 10
	jq -c '.device_id = 1 + (.id - 1) % 1050' events >e
	mv e events
	for id in $(seq 1 1050); do echo "{\"id\":$id,\"hostname\":\"host-$id\"}"; done >devices
	serve
	run_stream
	[ "$status" -eq 0 ]
	[ "$(jq -r 'select(.type == "RECORD") | select(.ctx.device.hostname == "host-\(.record.device_id)") | .key' out | wc -l)" -eq 1100 ]
	# The 50 at the end had made room for others.
	[ "$(asked /devices/)" -eq 1100 ]
}
