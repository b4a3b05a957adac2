#!/usr/bin/env bats
# sc-normalize: Deep Instinct's events, suspicious events and devices, field by
# field, as 35-normalize.bats has it for SentinelOne's threats.
#
# SC_UPDATE=1 bats t/e2e/37-normalize-deep-instinct.bats   writes the golden
# artifacts anew

bats_require_minimum_version 1.5.0
load ../lib/normalize

setup() {
	normalize_setup deep-instinct
}

# records STREAM BASE: the fixtures and each record of the table once
records() {
	cat "$DATA/$1.ndjson"
	table_records "$1" "$2" | awk '!seen[$0]++'
}

# Records with less in them than one expects.
odd() {
	printf '%s\n' '{}' '{"id":7}' '{"id":"a\u0000\u007f\"é","device_id":[],"recorded_device_info":[]}' \
		'{"$ctx":7}' '{"$ctx":{"device":[{}]},"path":{},"type":{},"trigger":[],"remediation":7}' \
		'{"ip_address":",, ,","logged_in_users":"\\,\\\\","mac_address":"-:0","hostname":{}}'
}

@test "events: each line of the table gives what it should" {
	table_holds events event
}

@test "suspicious events: each line of the table gives what it should" {
	table_holds suspicious-events suspicious-event
}

@test "devices: each line of the table gives what it should" {
	table_holds devices device
}

@test "only words that the receiver knows" {
	for pair in events:event suspicious-events:suspicious-event devices:device; do
		records "${pair%:*}" "${pair#*:}" >all
		known_words "${pair%:*}" <all
	done
}

@test "golden artifacts" {
	for pair in events:event suspicious-events:suspicious-event devices:device; do
		records "${pair%:*}" "${pair#*:}" >all
		golden "${pair%:*}" <all
	done
}

@test "jq with the printed program gives the same" {
	for pair in events:event suspicious-events:suspicious-event devices:device; do
		{ records "${pair%:*}" "${pair#*:}"; odd; } >all
		same_as_jq "${pair%:*}" <all
	done
}

@test "jq with the printed program as it is, and the device of one event" {
	sc-normalize --print-jq deep-instinct.events >prog
	for id in 2601 2612 2624; do
		jq -c --argjson id "$id" 'select(.id == $id)' "$DATA/events.ndjson" >one
		jq -c --argjson ctx "$(contexts events <one)" -f prog one
	done >want
	grep -q '"clientIP"' want
	jq -c 'select(.id | IN(2601, 2612, 2624))' "$DATA/events.ndjson" >three
	# shellcheck disable=SC2154 # t/lib/normalize.bash has it
	messages events <three | sc-normalize | jq -c "select(.record) | .record | $additions" | diff want -
}

# What the receiver compares has no member for the vendor's id.
@test "an event that was closed or put away is another artifact than before" {
	jq -c 'del(."$ctx") | ., (.status = "CLOSED" | .close_trigger = "CLOSED_BY_ADMIN"),
		(.reoccurrence_count = 2), (.last_action = "QUARANTINE_SUCCESS"),
		(.file_status = "UPLOADED"), (.sandbox_status = "READY_TO_GENERATE")' \
		"$DATA/event-base.json" >all
	messages events <all | sc-normalize | jq -c 'select(.record) | .record | del(.id, .message)' >out
	[ "$(sort -u out | wc -l)" -eq 6 ]
}

# Lead rule 205 of the receiver.
@test "each event, and no suspicion without a grade, is one for the receiver's rule" {
	messages events <"$DATA/events.ndjson" | sc-normalize | jq -c 'select(.record) | .record' >out
	run jq -c 'select(.streamName != "deep instinct_d-appliance" or .severityCode >= 5)' out
	[ -s out ] && [ -z "$output" ]
	jq -c 'select(.threat_severity == null)' "$DATA/suspicious-events.ndjson" >all
	messages suspicious-events <all | sc-normalize | jq -c 'select(.record) | .record' >out
	run jq -c 'select(.streamName == "deep instinct_d-appliance" or .severityCode < 5)' out
	[ -s out ] && [ -z "$output" ]
}
