#!/usr/bin/env bats
# sc-normalize: SentinelOne's activities and agents, field by field, as
# 35-normalize.bats has it for threats.
#
# SC_UPDATE=1 bats t/e2e/36-normalize-streams.bats   writes the golden artifacts
# anew

bats_require_minimum_version 1.5.0
load ../lib/normalize

setup() {
	normalize_setup
}

# Each record of a table once.
records() {
	table_records "$1" "$2" | awk '!seen[$0]++'
}

# Records with less in them than one expects.
odd() {
	printf '%s\n' '{}' '{"id":7}' '{"data":[],"networkInterfaces":{"a":[1]},"id":"a\u0000\u007f\"é"}' \
		'{"activityType":true,"data":{"ruleId":[],"agentipv4":",,"}}'
}

@test "activities: each line of the table gives what it should" {
	table_holds activities activity
}

@test "agents: each line of the table gives what it should" {
	table_holds agents agent
}

@test "activities: every line of the map yields values, none of a wrong type" {
	every_line_yields activities 20 <"$DATA/activities.ndjson"
	records activities activity >all
	every_line_yields activities 20 <all
}

@test "agents: every line of the map yields values, none of a wrong type" {
	every_line_yields agents 15 <"$DATA/agents.ndjson"
	records agents agent >all
	every_line_yields agents 15 <all
}

@test "a line that never yields a value does not go unnoticed" {
	mkdir -p etc/vendors/sentinelone
	echo 'clientHostname = .nowhere' >etc/vendors/sentinelone/agents.local.map
	run every_line_yields agents 15 <"$DATA/agents.ndjson"
	[ "$status" -ne 0 ]
	grep '^clientHostname  *0 ' table
}

@test "activities: only words that the receiver knows" {
	records activities activity | cat - "$DATA/activities.ndjson" >all
	known_words activities <all
}

@test "agents: only words that the receiver knows" {
	records agents agent | cat - "$DATA/agents.ndjson" >all
	known_words agents <all
}

@test "activities: golden artifacts" {
	golden activities <"$DATA/activities.ndjson"
}

@test "agents: golden artifacts" {
	golden agents <"$DATA/agents.ndjson"
}

@test "activities: jq with the printed program gives the same" {
	{ cat "$DATA/activities.ndjson"; records activities activity; odd; } >all
	same_as_jq activities <all
}

@test "agents: jq with the printed program gives the same" {
	{ cat "$DATA/agents.ndjson"; records agents agent; odd; } >all
	same_as_jq agents <all
}

@test "activities: numbers of 19 digits keep all of them" {
	jq -c . "$DATA/activity-base.json" |
		sed 's/"ruleId":"[0-9]*"/"ruleId":1290568698312097725/
			s/"alertId":"[0-9]*"/"alertId":2412903347112584301/' >all
	grep -q '"ruleId":1290568698312097725' all
	messages activities <all | sc-normalize | jq -r 'select(.record) | .record.tags[]' >tags
	grep -qx 'ruleId:1290568698312097725' tags
	grep -qx 'alertId:2412903347112584301' tags
	messages activities <all | sc-normalize | jq -r 'select(.record) | .record.message' | cmp - all
}

# One detection: what the console logs about it within a quarter of a second.
@test "a threat's activities do not count it a second time" {
	for code in 19 20 4003 4008 2001 2004 2006 4106 4108 4113 2028; do
		jq -c --argjson code "$code" '.activityType = $code | .threatId = "2412903347112584213"' \
			"$DATA/activity-base.json"
	done >all
	messages activities <all | sc-normalize | jq -c 'select(.record) | .record' >out
	[ "$(wc -l <out)" -eq 11 ]
	run jq -c 'select(.messageType != "endpoint_protection" or .severityCode != 5 or
		(.action | test("block|drop|reset|deny"; "i")))' out
	[ -z "$output" ]
	# The receiver drops what is equal in these: nothing is.
	[ "$(jq -c '[.senderHost, .clientIP, .userName, .fileName, .streamName, .messageType,
		.action, .severityLabel]' out | sort -u | wc -l)" -eq 11 ]
}

@test "agents: the license key is in no field that a map makes" {
	grep -q '"licenseKey":"' "$DATA/agents.ndjson"
	messages agents <"$DATA/agents.ndjson" | sc-normalize |
		jq -c 'select(.record) | .record | del(.message)' >out
	[ -s out ]
	run ! grep -i license out
}
