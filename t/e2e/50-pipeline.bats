#!/usr/bin/env bats
# The whole chain: nothing lost, nothing twice, nothing rewound.

load ../lib/pipeline

setup() { pipeline_setup; }
teardown() { mock_stop; }

@test "a plain shell pipeline stores every record once, page by page" {
	dataset 2300
	start_vendor
	integration acme-s1
	sc-fetch acme-s1 | sc-normalize | sc-ship >states
	[ "$(stored)" -eq 2300 ]
	[ "$(sql 'select count(distinct key) from artifact')" -eq 2300 ]
	# Three pages of at most 1,000, a STATE after each.
	[ "$(grep -c '"type":"STATE"' states)" -ge 3 ]
	[ "$(mock_requests | grep -c '^GET /web/api/v2.1/threats')" -eq 3 ]
}

@test "message holds the vendor's bytes" {
	dataset 50
	start_vendor
	integration acme-s1
	run_once
	sql 'select artifact from artifact' | jq -r .message | sort >have
	sort data.ndjson >want
	cmp have want
}

@test "a second run adds nothing and moves nothing" {
	dataset 300
	start_vendor
	integration acme-s1
	run_once
	before=$(bookmark)
	run sc-fetch acme-s1
	[ "$status" -eq 0 ]
	run_once
	[ "$(stored)" -eq 300 ]
	[ "$(bookmark)" = "$before" ]
}

@test "after changes at the vendor exactly the new revisions are added" {
	dataset 100
	start_vendor
	integration acme-s1
	run_once
	change "$(nth_id 7)" '.threatInfo.incidentStatus = "resolved"'
	change "$(nth_id 50)" '.threatInfo.analystVerdict = "true_positive"'
	run_once
	[ "$(stored)" -eq 102 ]
	[ "$(sql "select count(*) from artifact where key='$(nth_id 7)'")" -eq 2 ]
	[ "$(sql "select count(*) from artifact where key='$(nth_id 50)'")" -eq 2 ]
	run_once
	[ "$(stored)" -eq 102 ]
}

@test "A -> B -> A is three states" {
	dataset 20
	start_vendor
	integration acme-s1
	key=$(nth_id 5)
	change "$key" '.threatInfo.incidentStatus = "unresolved"'
	run_once
	change "$key" '.threatInfo.incidentStatus = "resolved"'
	run_once
	change "$key" '.threatInfo.incidentStatus = "unresolved"'
	run_once
	sql "select artifact from artifact where key='$key' order by pos" |
		jq -r '.message | fromjson | .threatInfo.incidentStatus' >states
	[ "$(tr '\n' ' ' <states)" = "unresolved resolved unresolved " ]
	[ "$(sql "select n from object where key='$key'")" -eq 3 ]
	[ "$(sql 'select count(distinct id) from artifact')" -eq 22 ]
}

@test "two runs at once: the slower one keeps its records but not its bookmark" {
	dataset 60
	start_vendor
	integration acme-s1
	sc-fetch acme-s1 | sc-normalize >slow
	change "$(nth_id 3)" '.threatInfo.incidentStatus = "resolved"'
	sc-fetch acme-s1 | sc-normalize | sc-ship >/dev/null
	moved=$(bookmark)
	run sc-ship <slow
	[ "$status" -eq 75 ]
	# Its view of record 3 is a state that the vendor showed: it is kept ...
	[ "$(stored)" -eq 61 ]
	# ... but the position stays where the faster run put it.
	[ "$(bookmark)" = "$moved" ]
	run_once
	[ "$(stored)" -eq 61 ]
}

@test "a run that is under way keeps a second one out" {
	dataset 5
	start_vendor
	integration acme-s1
	mkdir -p "$SC_STATE/lock"
	exec 8>>"$SC_STATE/lock/acme-s1"
	flock 8
	run sc-fetch acme-s1
	[ "$status" -eq 75 ]
	[[ $output == *"another run of acme-s1 is under way"* ]]
	run sc-sched run acme-s1
	[ "$status" -eq 75 ]
	exec 8>&-
	run_once
	[ "$(stored)" -eq 5 ]
}

@test "a back-fill beside a live run adds its records and moves nothing" {
	dataset 80
	start_vendor
	integration acme-s1
	# The live position stands at the end; the store lacks the older half.
	run_once
	sql "delete from artifact where pos <= 40; delete from object
	    where key not in (select key from artifact)"
	before=$(bookmark)
	sc-fetch --since 30h acme-s1 >filled
	change "$(nth_id 80)" '.threatInfo.incidentStatus = "resolved"'
	run_once
	live=$(bookmark)
	[ "$live" != "$before" ]
	sc-normalize <filled | sc-ship >/dev/null
	[ "$(bookmark)" = "$live" ]
	[ "$(stored)" -eq 81 ]
}

@test "a run into stdout or a file leaves the bookmark alone" {
	dataset 30
	start_vendor
	integration acme-s1
	sc-fetch acme-s1 | sc-normalize | sc-ship --to stdout >out
	[ "$(wc -l <out)" -eq 30 ]
	jq -e .message out >/dev/null
	[ -z "$(bookmark)" ]
	sc-fetch acme-s1 | sc-normalize | sc-ship --to "file:$PWD/out.ndjson" >states
	[ "$(wc -l <out.ndjson)" -eq 30 ]
	[ ! -s states ]
	[ -z "$(bookmark)" ]
	run_once
	[ "$(stored)" -eq 30 ]
}

@test "artifacts are what jq makes of --print-jq" {
	dataset 120
	start_vendor
	integration acme-s1
	run_once
	sc-normalize --print-jq sentinelone.threats >program.jq
	jq -cS -f program.jq data.ndjson | sort >want
	sql 'select artifact from artifact' | jq -cS '
	    del(.id, .message, .senderHost, .sourceInfo, .org_id)
	    | .tags |= map(select(startswith("native:") | not))
	    | if .tags == [] then del(.tags) else . end' | sort >have
	cmp have want
}

@test "over TLS with the integration's own ca_file; without it nothing is sent" {
	dataset 40
	{ echo "serve sentinelone token=$TOKEN threats=data.ndjson"; } >vendor.scenario
	mock_start vendor.scenario --journal journal.ndjson --tls "$PWD/tls"
	integration acme-s1
	sed -i "s,^url:.*,url: https://localhost:$MOCK_TLS_PORT," \
		"$SC_CONFIG/integrations.d/acme-s1.yaml"
	run sc-fetch acme-s1
	[ "$status" -eq 78 ]
	[[ $output == *ca_file* ]]
	[ ! -s journal.ndjson ]
	echo "ca_file: $PWD/tls/ca.pem" >>"$SC_CONFIG/integrations.d/acme-s1.yaml"
	run_once
	[ "$(stored)" -eq 40 ]
}

@test "nothing new is known by the store's own check" {
	dataset 100
	start_vendor
	integration acme-s1
	run_once
	run sc-store check
	[ "$status" -eq 0 ]
}

@test "no program shows the secret: argv, environment, output" {
	dataset 10
	start_vendor 'GET /web/api/v2.1/threats status=403'
	integration acme-s1
	run bash -c 'sc-fetch -v acme-s1 2>&1 | sc-normalize -v 2>&1'
	[[ $output != *"$TOKEN"* ]]
	! grep -q "$TOKEN" journal.ndjson
}
