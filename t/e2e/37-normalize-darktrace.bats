#!/usr/bin/env bats
# sc-normalize: Darktrace's model breaches and incident events of its AI Analyst,
# field by field.
#
# SC_UPDATE=1 bats t/e2e/37-normalize-darktrace.bats   writes the golden artifacts
# anew

bats_require_minimum_version 1.5.0
load ../lib/normalize

setup() {
	normalize_setup darktrace
}

# records STREAM BASE: the fixtures and each record of the table once
records() {
	cat "$DATA/$1.ndjson"
	table_records "$1" "$2" | awk '!seen[$0]++'
}

# The other forms of the same breaches: historicmodelonly=true,
# deviceattop=false.
flat() {
	jq -c 'if .model.then then .model = .model.then else . end' "$DATA/model-breaches.ndjson"
}
deep() {
	jq -c '.device as $device | .triggeredComponents[0].device = $device | del(.device)' \
		"$DATA/model-breaches.ndjson"
}

# artifacts <RECORDS: of breaches, without the record
artifacts() {
	messages model-breaches | sc-normalize | jq -c 'select(.record) | .record | del(.message)'
}

# Records with less in them than one expects.
odd() {
	printf '%s\n' '{}' '{"pbid":7}' '{"id":"a\u0000\u007f\"é"}' \
		'{"model":[],"device":[1],"triggeredComponents":{"a":[1]},"time":"x"}' \
		'{"details":{"a":1},"breachDevices":"x","periods":[1,{}],"summary":{"value":1}}' \
		'{"details":[[7,{"contents":7}],{"blocks":[{"bulletBlocks":[7,[8]]}]},"x"]}'
}

@test "model breaches: each line of the table gives what it should" {
	table_holds model-breaches model-breach
}

@test "incident events: each line of the table gives what it should" {
	table_holds ai-analyst incident-event
}

@test "only words that the receiver knows, in each case of the tables, too" {
	for stream in model-breaches:model-breach ai-analyst:incident-event; do
		table_records "${stream%:*}" "${stream#*:}" >all
		known_words "${stream%:*}" <all
	done
}

@test "model breaches: golden artifacts" {
	records model-breaches model-breach >all
	golden model-breaches <all
}

@test "incident events: golden artifacts" {
	records ai-analyst incident-event >all
	golden ai-analyst <all
}

@test "model breaches: jq with the printed program gives the same" {
	{ records model-breaches model-breach; odd; } >all
	same_as_jq model-breaches <all
}

@test "incident events: jq with the printed program gives the same" {
	{ records ai-analyst incident-event; odd; } >all
	same_as_jq ai-analyst <all
}

@test "a breach gives the same artifact in each form that the API has" {
	artifacts <"$DATA/model-breaches.ndjson" >want
	[ "$(wc -l <want)" -gt 100 ]
	flat >all
	run ! cmp -s all "$DATA/model-breaches.ndjson"
	artifacts <all >got
	cmp want got
	deep >all
	run ! grep '^{[^[]*"device"' all
	artifacts <all >got
	cmp want got
}

# What a receiver compares to drop what it has had.
@test "an acknowledged record is not taken for the one before" {
	compared='[.clientIP, .serverIP, .serverPort, .protocol, .userName, .fileName, .streamName,
		.messageType, .action, .severityLabel]'
	for stream in model-breaches:model-breach ai-analyst:incident-event; do
		jq -c '., (.acknowledged = true)' "$DATA/${stream#*:}-base.json" >all
		messages "${stream%:*}" <all | sc-normalize | jq -c "select(.record) | .record | $compared" >out
		[ "$(sort -u out | wc -l)" -eq 2 ]
	done
}
