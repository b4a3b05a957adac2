#!/usr/bin/env bats
# What users of other collectors complained about, continued: streams that are
# walked, rights and keys, and what they were told.

load ../lib/lessons

setup() { lessons_setup; }
teardown() { mock_stop; }

# console THREATS ACTIVITIES AGENTS [LINE...]: a vendor with all three streams
console() {
	cp "$SC_ROOT/vendors/sentinelone/vendor.yaml" vendors/sentinelone/
	small_pages 10
	dataset "$1"
	sc-mock generate sentinelone.activities -n "$2" --start "20h ago" \
		--span 19h >activities.ndjson
	sc-mock generate sentinelone.agents -n "$3" >agents.ndjson
	{
		printf '%s\n' "${@:4}"
		printf 'serve sentinelone token=%s threats=data.ndjson' "$TOKEN"
		echo ' activities=activities.ndjson agents=agents.ndjson'
	} >vendor.scenario
	mock_start vendor.scenario --journal journal.ndjson
	integration acme-s1
}

count_of() { sql "select count(*) from artifact where stream = 'acme-s1.$1'"; }

@test "walking the inventory again makes no duplicates" {
	console 1 1 25
	collect
	collect
	[ "$(count_of agents)" -eq 25 ]
	[ "$(mock_requests | grep -c /agents)" -eq 6 ]
}

@test "an agent that changes is collected again, not only new agents" {
	console 1 1 5
	collect
	sed -i '2s/"computerName":"[^"]*"/"computerName":"renamed"/' agents.ndjson
	mock_reload
	collect
	[ "$(count_of agents)" -eq 6 ]
}

@test "an error in the inventory is a failure, not an empty inventory" {
	console 1 1 5 'GET /web/api/v2.1/agents status=500'
	fetch
	[ "$status" -eq 69 ]
	[ "$(outcome '.streams[] | select(.stream == "acme-s1.agents") | .class')" = VENDOR ]
	absent '0 agents' log
}

@test "a right that one stream lacks does not stop the others" {
	console 5 5 5 'GET /web/api/v2.1/activities status=403'
	failing sc-sched run acme-s1 2>>log
	[ "$(count_of threats) $(count_of activities) $(count_of agents)" = "5 0 5" ]
	[ "$(sc-status --json | jq -r '[.streams[].state] | join(" ")')" = "ok failing ok" ]
}

@test "a refused key is told once and asked for no other stream" {
	console 5 5 5
	sed -i "s/token=[^ ]*/token=another-token/" vendor.scenario
	mock_reload
	fetch
	[ "$status" -eq 77 ]
	[ "$(mock_requests | wc -l)" -eq 1 ]
	[ "$(grep -c ERROR log)" -eq 1 ]
}

@test "a key that will expire is announced before data stops" {
	console 1 1 1
	sed -i 's/^serve.*/& expires=5d/' vendor.scenario
	mock_reload
	collect
	grep -q 'WARN.*acme-s1: token expires in [45] days' log
	sc-status | grep 'token expires in [45] days'
}

@test "the key does not follow a redirect" {
	ready 1
	rules "$T status=302 location=http://127.0.0.1:$MOCK_PORT/elsewhere"
	fetch
	[ "$status" -eq 76 ]
	[ "$(mock_requests | wc -l)" -eq 1 ]
	grep -q 'Verify that the Host is the address of the management console' log
}

@test "records without a usable time come once and block nobody" {
	page p1 null '{"id":"1"}' '{"id":"2","threatInfo":null}' \
		"$(threat 3 soon)" "$(threat 4 2026-11-22T08:00:00Z)"
	ready 1 "$T status=200 body=p1"
	for _ in 1 2 3; do
		collect
	done
	[ "$(ids)" = "1 2 3 4 " ]
	[ "$(high)" = 2026-11-22T08:00:00Z ]
}

@test "what is gone from the store's artifacts does not come again" {
	ready 15
	collect
	sql 'delete from artifact'
	sql "update bookmark set value = '{\"v\":1,\"high\":\"2026-11-21T12:00:00Z\"}'"
	collect
	[ "$(stored)" -eq 0 ]
}

@test "one answer that is refused does not stop the stream for good" {
	ready 5 "$T times=1 status=400"
	fetch
	[ "$status" -eq 76 ]
	fetch
	[ "$status" -eq 0 ]
	[ "$(keys | wc -l)" -eq 5 ]
}

@test "a burst larger than a run is worked off by the next runs" {
	ready 95
	for _ in 1 2 3 4 5 6; do
		sc-fetch --max-pages 2 acme-s1 2>>log | sc-normalize 2>>log |
			sc-ship >/dev/null 2>>log
	done
	[ "$(stored)" -eq 95 ]
}

@test "health shows how old the last data is, not only that runs succeed" {
	serve "$(threat 1 2026-11-22T08:00:00Z)"
	sc-sched run acme-s1 2>>log
	export SC_CLOCK=@2026-11-23T08:00:00Z
	sc-sched run acme-s1 2>>log
	[ "$(health state)" = ok ]
	[ "$(health newest)" = 2026-11-22T08:00:00.000Z ]
	sc-status | grep '1d ago'
}

@test "a problem says what to do and until when nothing is lost" {
	ready 5
	sc-sched run acme-s1 2>>log
	rules "$T status=503"
	failing sc-sched run acme-s1 2>>log
	failing sc-status >table
	grep -q '^VENDOR: sentinelone answers 503: Service Unavailable' table
	grep -q '^  acme-s1.threats$' table
	grep -q '^  -> SentinelOne is in trouble; collection goes on by itself' table
	# What the vendor keeps for a year, from the last good run on.
	grep -q '^  nothing is lost before 2027-11-22$' table
	[ "$(health kept_until)" = 2027-11-22T12:00:00.000Z ]
}

@test "an outage of a vendor is one problem, however many streams it hits" {
	console 1 1 1
	sc-sched run acme-s1 2>>log
	rules 'GET * status=503'
	failing sc-sched run acme-s1 2>>log
	failing sc-status >table
	[ "$(grep -c '^VENDOR: ' table)" -eq 1 ]
	grep -q '^  acme-s1.threats acme-s1.activities acme-s1.agents$' table
	[ "$(grep -c 'nothing is lost before' table)" -eq 1 ]
}
