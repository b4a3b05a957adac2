#!/usr/bin/env bats
# sc-normalize: Rapid7 InsightIDR's investigations, alerts, alerts of the newer
# API and evidence, field by field.
#
# SC_UPDATE=1 bats t/e2e/37-normalize-rapid7-insightidr.bats   writes the golden
# artifacts anew

bats_require_minimum_version 1.5.0
load ../lib/normalize

setup() {
	normalize_setup rapid7-insightidr
	streams="investigations:investigation alerts:alert at-alerts:at-alert evidence:evidence"
}

# records STREAM BASE: the fixtures and each record of the table once
records() {
	fixtures "$1"
	table_records "$1" "$2" | awk '!seen[$0]++'
}

# Records with less in them than one expects.
odd() {
	printf '%s\n' '{}' '{"id":7}' '{"id":"a\u0000\u007f\"é:","rrn":":"}' '{"$ctx":7}' \
		'{"$ctx":{"alert":[],"investigation":[]},"data":{},"rule":[],"detection_rule_rrn":[]}' \
		'{"data":"{\"source_ip\":{},\"process\":{\"pid\":1e999,\"exe_path\":\"/\"},\"r7_context\":[]}"}' \
		'{"data":"\u0000","rule_keys_of_interest":[[]],"tags":{"a":1},"assignee":[]}' \
		'{"data":"[[[[{}]]]]","created_time":"Z","rrn":"::","status":"\u0000"}'
}

# artifacts STREAM <RECORDS: without the record
artifacts() {
	messages "$1" | sc-normalize | jq -c 'select(.record) | .record | del(.message)'
}

@test "investigations: each line of the table gives what it should" {
	table_holds investigations investigation
}

@test "alerts: each line of the table gives what it should" {
	table_holds alerts alert
}

@test "alerts of the newer API: each line of the table gives what it should" {
	table_holds at-alerts at-alert
}

@test "evidence: each line of the table gives what it should" {
	table_holds evidence evidence
}

@test "only words that the receiver knows, in each case of the tables, too" {
	for pair in $streams; do
		records "${pair%:*}" "${pair#*:}" >all
		known_words "${pair%:*}" <all
	done
}

@test "golden artifacts" {
	for pair in $streams; do
		records "${pair%:*}" "${pair#*:}" >all
		golden "${pair%:*}" <all
	done
}

@test "jq with the printed program gives the same" {
	for pair in $streams; do
		{ records "${pair%:*}" "${pair#*:}"; odd; } >all
		same_as_jq "${pair%:*}" <all
	done
}

# What a receiver compares to drop what it has had; a host is not among it.
@test "no two records are taken for one, nor a changed one for what it was" {
	compared='[.clientIP, .serverIP, .serverPort, .protocol, .userName, .fileName, .streamName,
		.messageType, .action, .severityLabel]'
	for pair in $streams; do
		fixtures "${pair%:*}" >all
		artifacts "${pair%:*}" <all | jq -c "$compared" | sort | uniq -d >twice
		[ ! -s twice ]
	done
	for pair in investigations:investigation at-alerts:at-alert; do
		jq -c '., (.status = "CLOSED"), (.disposition = "MALICIOUS"), (.priority = "LOW")' \
			"$DATA/${pair#*:}-base.json" >all
		artifacts "${pair%:*}" <all | jq -c "$compared" >out
		[ "$(sort -u out | wc -l)" -eq 4 ]
	done
}

@test "a change that the receiver does not compare is in the artifact" {
	jq -c '., (.disposition = "NOT_APPLICABLE"), (.assignee = null), (.tags = []), (.title = "x"),
		(.latest_alert_time = "2026-11-20T09:30:00.001Z")' "$DATA/investigation-base.json" >all
	artifacts investigations <all | jq -c 'del(.id)' | sort -u >out
	[ "$(wc -l <out)" -eq 6 ]
	jq -c '., (.disposition = "NOT_APPLICABLE"), (.assignee = null), (.tags = []), (.version = 4),
		(.investigation_rrn = null)' "$DATA/at-alert-base.json" >all
	artifacts at-alerts <all | jq -c 'del(.id)' | sort -u >out
	[ "$(wc -l <out)" -eq 6 ]
}

# An investigation changes its last_accessed when somebody looks at it.
@test "looking at an investigation leaves its artifact as it was" {
	jq -c '., (.last_accessed = "2026-11-21T00:00:00Z")' "$DATA/investigation-base.json" >all
	[ "$(artifacts investigations <all | jq -c 'del(.id)' | sort -u | wc -l)" -eq 1 ]
}

# Numbers in a document inside a string are beyond what is kept exact.
@test "no large number of an evidence's document gets into its artifact" {
	grep '9007199254740993' "$DATA/evidences.ndjson"
	fixtures evidence >all
	artifacts evidence <all >out
	run ! grep -E '900719925474099' out
}

@test "an organization's product token is in no artifact but its record" {
	grep -o 'EXAMPLE0TOKEN[^"]*' "$DATA/at-alerts.ndjson"
	for stream in at-alerts evidence; do
		fixtures $stream >all
		artifacts $stream <all >out
		[ -s out ]
		run ! grep EXAMPLE0TOKEN out
	done
}
