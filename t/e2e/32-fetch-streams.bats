#!/usr/bin/env bats
# All streams of one vendor: a log that only grows, and an inventory that is
# walked.

load ../lib/fetch

setup() {
	fetch_setup
	cp "$SC_ROOT/vendors/sentinelone/vendor.yaml" vendors/sentinelone/
	small_pages 10
}
teardown() { mock_stop; }

# console THREATS ACTIVITIES AGENTS [LINE...]: a vendor with so many of each
console() {
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

# agent NUMBER JQ: edits one of them
agent() {
	jq -c "if input_line_number == $1 then $2 else . end" agents.ndjson >new
	mv new agents.ndjson
	mock_reload
}

asked() { mock_requests | sed -n "s|^GET /web/api/v2.1/$1?||p"; }
walk() { SC_REPORT=9 sc-fetch "$@" acme-s1.agents >out 2>log 9>report; }
collect() { sc-fetch acme-s1.agents 2>log | sc-normalize | sc-ship >/dev/null; }
walked() { states | jq -r '.value.bookmarks["acme-s1.agents"].walked // "-"'; }
mark() { sql "select value from bookmark where stream = 'acme-s1.agents'"; }
revs() { sql "select rev from artifact where stream = 'acme-s1.agents' and key = '$1' order by pos"; }
nth_agent() { sed -n "$1p" agents.ndjson | jq -r .id; }

@test "one run reads all streams, the next one finds nothing new" {
	console 12 25 15
	run_once 2>log
	for line in '12 threats' '25 activities' '15 agents'; do
		grep -q "^\[INFO\] sentinelone: fetched $line integration=acme-s1 new=${line% *} changed=0 seen=0 " log
	done
	[ "$(sql 'select stream, count(*) from artifact group by stream' | tr '\n' ' ')" = \
		"acme-s1.activities|25 acme-s1.agents|15 acme-s1.threats|12 " ]
	[ "$(sql 'select count(*) from bookmark')" -eq 3 ]
	[ "$(sql "select count(*) from artifact where artifact like '%normalize_error%'")" -eq 0 ]
	run_once 2>log
	for noun in threats activities agents; do
		grep -q "^\[INFO\] sentinelone: fetched 0 $noun integration=acme-s1 new=0 changed=0 seen=[1-9]" log
	done
	[ "$(stored)" -eq 52 ]
}

@test "an activity never changes" {
	console 1 25 1
	sc-fetch acme-s1.activities >out 2>log
	cmp <(records | sort) <(sort activities.ndjson)
	[ "$(asked activities | grep -c '^limit=10&skipCount=true&sortBy=createdAt&sortOrder=asc&createdAt__gte=2026-11-21T12%3A00%3A00.000000Z')" -eq 3 ]
	[ "$(jq -r 'select(.type == "RECORD") | .rev' out | sort -u)" = "" ]
	[ "$(states | tail -n 1 | jq -r '.value.bookmarks["acme-s1.activities"].high')" = \
		"$(jq -r .createdAt activities.ndjson | sort | tail -n 1)" ]
	sc-normalize <out | sc-ship >/dev/null
	# The last one once more, with other words: its id is known.
	sed -i '$s/"comments":null/"comments":"edited"/' activities.ndjson
	mock_reload
	sc-fetch acme-s1.activities 2>log | sc-normalize | sc-ship >/dev/null
	grep -q 'fetched 0 activities integration=acme-s1 new=0 changed=0 seen=[1-9]' log
	[ "$(stored)" -eq 25 ]
}

@test "a walk lists everything and moves its mark at the end" {
	console 1 1 25
	walk
	[ "$(keys | wc -l)" -eq 25 ]
	[ "$(asked agents | sed 's/&cursor=.*//' | sort -u)" = \
		'limit=10&skipCount=true&sortBy=id&sortOrder=asc' ]
	[ "$(walked | tr '\n' ' ')" = "- - 2026-11-22T12:00:00.000000Z " ]
	sc-normalize <out | sc-ship >/dev/null
	[ "$(mark)" = '{"v":1,"walked":"2026-11-22T12:00:00.000000Z"}' ]
	[ "$(outcome .counts.new)" -eq 25 ]
	# The vendor's clock counts, not ours.
	mock_stop || true
	SC_CLOCK=@2026-11-22T13:00:00Z mock_start vendor.scenario
	integration acme-s1
	walk
	[ "$(keys | wc -l)" -eq 0 ]
	[ "$(outcome .counts.seen)" -eq 25 ]
	[ "$(walked | cut -c 12-16 | tr '\n' ' ')" = "12:00 12:00 13:00 " ]
}

@test "what moves all the time is no change, what changes is one" {
	console 1 1 5
	collect
	agent 2 '.lastActiveDate = "2026-11-22T11:59:00Z" | .updatedAt = .lastActiveDate
	    | .scanStartedAt = .updatedAt | .containerizedWorkloadCounts = {x: 7}'
	# Nor is another order of members, or white space.
	agent 3 'to_entries | reverse | from_entries'
	walk
	grep -q 'fetched 0 agents integration=acme-s1 new=0 changed=0 seen=5' log
	agent 2 '.networkStatus = "disconnected"'
	walk
	grep -q 'fetched 1 agents integration=acme-s1 new=0 changed=1 seen=4' log
	[ "$(keys)" = "$(nth_agent 2)" ]
}

@test "there, away and back again are three states" {
	console 1 1 3
	id=$(nth_agent 2)
	for state in '"connected"' '"disconnected"' '"connected"' '"connected"'; do
		agent 2 ".networkStatus = $state"
		collect
	done
	mapfile -t rev < <(revs "$id")
	[ "${#rev[@]}" -eq 3 ]
	[[ ${rev[0]} =~ ^[0-9a-f]{32}:0$ ]]
	[ "${rev[2]}" = "${rev[0]%:0}:2" ]
	[[ ${rev[1]} =~ ^[0-9a-f]{32}:1$ ]]
	[ "${rev[1]%:1}" != "${rev[0]%:0}" ]
	[ "$(sql "select n, rev from object where key = '$id'")" = "3|${rev[2]}" ]
	[ "$(stored)" -eq 5 ]
}

@test "a key that comes twice in a walk counts once, as it came first" {
	console 1 1 12
	collect
	# The last one again as it is, and the first one with other words.
	sed -n 12p agents.ndjson >same
	sed -n 1p agents.ndjson | jq -c '.computerName = "other"' >other
	jq -s '{data: (.[0:10] + [.[0]]), pagination: {nextCursor: "A"}}' agents.ndjson >p1
	jq -s '{data: ., pagination: {nextCursor: null}}' <(sed -n 11,12p agents.ndjson) same other >p2
	for _ in 1 2 3; do
		sed -i '/^GET/d' vendor.scenario
		sed -i '1i GET /web/api/v2.1/agents times=1 status=200 body=p1\nGET /web/api/v2.1/agents times=1 status=200 body=p2' vendor.scenario
		mock_reload
		walk
		[ "$(outcome '.counts | [.new, .changed, .seen, .bad] | @json')" = '[null,null,14,1]' ]
		[ "$(grep -c "WARN.*acme-s1.agents: one list has $(nth_agent 1) twice" log)" -eq 1 ]
		sc-normalize <out | sc-ship >/dev/null
		[ "$(stored)" -eq 12 ]
	done
	[ "$(revs "$(nth_agent 1)" | wc -l)" -eq 1 ]
}

@test "a walk is as new as its end" {
	console 1 1 25
	newest() { sc-status --json | jq -r '.streams[] | select(.stream == "acme-s1.agents") | .newest'; }
	walk --max-pages 2
	[ "$(outcome '.newest')" = null ]
	walk
	[ "$(outcome '.newest')" = 2026-11-22T12:00:00.000Z ]
	sc-normalize <out | sc-ship >/dev/null
	[ "$(newest)" = 2026-11-22T12:00:00.000Z ]
	# Also when it finds nothing new; it is the vendor's clock that counts.
	mock_stop || true
	SC_CLOCK=@2026-11-22T13:00:00Z mock_start vendor.scenario
	integration acme-s1
	collect
	[ "$(newest)" = 2026-11-22T13:00:00.000Z ]
	SC_CLOCK=@2026-11-22T15:00:00Z sc-status | grep -q '^acme-s1.agents .* 2h ago '
	# One that is not complete is not.
	mock_stop || true
	SC_CLOCK=@2026-11-22T14:00:00Z mock_start vendor.scenario
	integration acme-s1
	walk --max-pages 2
	sc-normalize <out | sc-ship >/dev/null
	[ "$(newest)" = 2026-11-22T13:00:00.000Z ]
}

@test "a walk that is given the same token again is not complete" {
	console 1 1 25
	sed -i '/^serve/s/$/ cursor=repeat/' vendor.scenario
	mock_reload
	walk
	[ "$(outcome '[.class, .partial, .newest] | @json')" = '["OK",true,null]' ]
	grep -q 'WARN.*taken for the end of the list, but not as a complete walk$' log
	[ "$(walked | sort -u)" = - ]
}

@test "a secret in a record leaves neither sc-fetch nor a trace" {
	console 1 1 3
	agent 1 '.licenseKey = "sesame-1"'
	walk -v
	absent sesame out log report
	[ "$(records | jq -r .licenseKey | sort -u)" = REDACTED ]
	# Around it, all bytes are the vendor's.
	cmp <(records | sort) <(sed 's/"licenseKey":"[^"]*"/"licenseKey":"REDACTED"/' agents.ndjson | sort)
	# Another key is no other state.
	sc-normalize <out | sc-ship >/dev/null
	agent 1 '.licenseKey = "sesame-2"'
	walk
	[ "$(keys | wc -l)" -eq 0 ]
	# Elements that cannot travel as they are show no secret either.
	printf '{"data":[{"id":"latin","s":"\xe4","licenseKey":"sesame-3"},{"id":"huge","licenseKey":"sesame-4","s":"%s"}]}' \
		"$(head -c 5000000 /dev/zero | tr '\0' a)" >bad.json
	sed -i '1i GET /web/api/v2.1/agents status=200 body=bad.json' vendor.scenario
	mock_reload
	walk
	[ "$(outcome .counts.bad)" -eq 2 ]
	jq -r 'select(.key == "latin") | .bad.raw_base64' out | base64 -d >raw
	grep -qa '"licenseKey":"REDACTED"' raw
	absent sesame out raw log
}

@test "a walk that is not complete leaves its mark where it was" {
	console 1 1 25
	walk --max-pages 2
	[ "$(outcome .partial)" = true ]
	grep -q 'stopped at the limit after 2 pages; the next run begins anew$' log
	[ "$(keys | wc -l)" -eq 20 ]
	sc-normalize <out | sc-ship >/dev/null
	[ -z "$(mark)" ]
	# What came is known, what did not come yet is new.
	sed -i '1i GET /web/api/v2.1/agents from=3 times=3 status=500' vendor.scenario
	mock_reload
	walk || [ "$?" -eq 69 ]
	[ "$(outcome '[.class, .counts.seen] | join(" ")')" = "VENDOR 20" ]
	[ "$(walked | sort -u)" = - ]
	sed -i 1d vendor.scenario
	mock_reload
	walk
	[ "$(keys | wc -l)" -eq 5 ]
	[ "$(walked | tail -n 1)" = 2026-11-22T12:00:00.000000Z ]
}

@test "a walk whose token is refused begins again" {
	console 1 1 25
	sed -i '1i GET /web/api/v2.1/agents from=3 times=1 status=400' vendor.scenario
	mock_reload
	walk
	grep -q 'WARN.*refuses its own page token; reading the whole list again' log
	[ "$(keys | uniq | wc -l)" -eq 25 ]
	[ "$(asked agents | sed -n 4p)" = 'limit=10&skipCount=true&sortBy=id&sortOrder=asc' ]
}

@test "a mark of a walk that cannot be read is no first run" {
	console 1 1 5
	collect
	for value in '{"v":1}' '{"v":1,"high":"2026-11-22T12:00:00Z"}' '{"v":1,"walked":"soon"}'; do
		sql "update bookmark set value = '$value' where stream = 'acme-s1.agents'"
		walk || [ "$?" -eq 66 ]
		[ "$(outcome .code)" -eq 66 ]
		[ ! -s out ]
	done
	grep -q 'the bookmark of acme-s1.agents has no time "walked"' log
}

@test "a back-fill is about times: it leaves the walks out" {
	console 5 5 5
	fetch --since 1d
	[ "$status" -eq 0 ]
	[ "$(jq -r 'select(.type == "SCHEMA") | .stream' out | tr '\n' ' ')" = \
		"acme-s1.threats acme-s1.activities " ]
	status=0
	walk --since 1d || status=$?
	[ "$status" -eq 64 ]
	grep -q 'acme-s1.agents has no streams that --since can be about' log
}

@test "--preview shows some records of every stream" {
	console 25 25 25
	fetch --preview=2
	[ "$status" -eq 0 ]
	[ "$(jq -r .type out | uniq -c | awk '{ printf "%s%s ", $2, $1 }')" = \
		"SCHEMA1 RECORD2 SCHEMA1 RECORD2 SCHEMA1 RECORD2 " ]
}

@test "--state keeps marks of both kinds in one file" {
	console 5 5 5
	fetch --state pos
	states | tail -n 1 >pos
	[ "$(jq -c '.value.bookmarks | map_values(del(.gen, .v) | keys)' pos)" = \
		'{"acme-s1.threats":["high"],"acme-s1.activities":["high"],"acme-s1.agents":["walked"]}' ]
	fetch --state pos
	[ "$status" -eq 0 ]
}

# token_ends WHEN: what the console says of the token from now on
token_ends() {
	sed -i "s/ expires=.*//; /^serve/s/\$/ expires=$1/" vendor.scenario
	mock_reload
}
token_asked() { mock_requests | grep -c '^POST /web/api/v2.1/users/api-token-details$'; }
at() { SC_CLOCK=@$1 sc-fetch -v acme-s1 >out 2>log; }

@test "once a day the vendor is asked when the token expires" {
	console 1 1 1
	token_ends 2026-12-31T00:00:00Z
	fetch
	[ "$status" -eq 0 ]
	[ "$(token_asked)" -eq 1 ]
	[ "$(outcome .expires)" = 2026-12-31T00:00:00.000Z ]
	fetch
	[ "$(token_asked)" -eq 1 ]
	[ "$(outcome .expires)" = 2026-12-31T00:00:00.000Z ]
	absent WARN log
	sc-status >table
	absent expires table
	[ "$(sc-status --json | jq -r '.streams[0].token_expires')" = 2026-12-31T00:00:00.000Z ]
	at 2026-11-23T11:00:00Z
	[ "$(token_asked)" -eq 1 ]
	at 2026-11-23T12:00:00Z
	[ "$(token_asked)" -eq 2 ]
	# Looking asks nothing.
	SC_CLOCK=@2026-11-28T12:00:00Z sc-fetch --preview acme-s1 >out
	SC_CLOCK=@2026-11-28T12:00:00Z sc-fetch --since 1h acme-s1 >out
	[ "$(token_asked)" -eq 2 ]
}

@test "a token that expires soon is a warning, until there is a new one" {
	console 1 1 1
	token_ends 2026-12-06T11:00:00Z
	fetch
	[ "$status" -eq 0 ]
	grep -q '^\[WARN\] sentinelone: acme-s1: token expires in 13 days$' log
	run sc-status
	[ "$status" -eq 0 ]
	[[ $output == *"acme-s1: token expires in 13 days"* ]]
	[ "$(grep -c 'token expires' <<<"$output")" -eq 1 ]
	SC_CLOCK=@2026-12-07T00:00:00Z run sc-status
	[[ $output == *"acme-s1: token has expired"* ]]
	token_ends 2027-12-06T11:00:00Z
	at 2026-11-22T13:00:00Z
	[ "$(token_asked)" -eq 2 ]
	run sc-status
	[[ $output != *expires* ]]
}

@test "that nobody tells when the token expires is no trouble" {
	console 1 1 1 'POST /web/api/v2.1/users/api-token-details status=404'
	fetch -v
	[ "$status" -eq 0 ]
	[ "$(outcome '[.class, .expires] | @json')" = '["OK",null]' ]
	grep -q '^\[DEBUG\] sentinelone: acme-s1: cannot find out when the token expires: ' log
	[ "$(grep -c 'WARN\|ERROR' log)" -eq 0 ]
	# It is not asked again with each run.
	fetch
	[ "$(token_asked)" -eq 1 ]
	for body in '{"data":{}}' '{"data":{"expiresAt":7}}' 'oops'; do
		rm -r "$SC_STATE/expiry"
		printf '%s' "$body" >details.json
		sed -i '/^POST/d' vendor.scenario
		sed -i '1i POST /web/api/v2.1/users/api-token-details status=200 body=details.json' vendor.scenario
		mock_reload
		fetch
		[ "$status" -eq 0 ]
		[ "$(outcome .expires)" = null ]
	done
}

@test "the question about the token shows it to nobody but the vendor" {
	console 1 1 1
	token_ends 2026-12-06T11:00:00Z
	fetch -v
	[ "$(token_asked)" -eq 1 ]
	absent "$TOKEN" out log report
	run grep -rF "$TOKEN" "$SC_STATE"
	[ "$status" -eq 1 ]
}

@test "site and account filters go with every page of every stream" {
	local sites
	console 60 60 60
	sites=$(jq -r '.agentRealtimeInfo.siteId' data.ndjson | sort -u | head -2 | paste -sd,)
	printf 'site_ids: %s\n' "$sites" >>"$SC_CONFIG/integrations.d/acme-s1.yaml"
	sc-fetch acme-s1 >out
	jq -c 'select(.type == "RECORD") | .record' out >records
	jq -r '.siteId // .agentRealtimeInfo.siteId' records | sort -u | paste -sd, >seen
	[ "$(cat seen)" = "$sites" ]
	[ "$(wc -l <records)" -eq "$(cat data.ndjson activities.ndjson agents.ndjson |
		jq --arg s "$sites" '(.siteId // .agentRealtimeInfo.siteId) as $i
			| select($s | split(",") | index($i)) | 1' | wc -l)" ]
	mock_requests | grep -c "siteIds=${sites/,/%2C}" >with
	# But for the question about the token's last day.
	[ "$(cat with)" -eq "$(mock_requests | grep -c '^GET ')" ]
	printf 'account_ids: "1"\n' >>"$SC_CONFIG/integrations.d/acme-s1.yaml"
	sc-fetch acme-s1 >out
	[ "$(grep -c '"type":"RECORD"' out)" -eq 0 ]
}
