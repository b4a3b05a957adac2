#!/usr/bin/env bats
# sc-mock plays Darktrace: what a client sees of it.
load ../lib/mock

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	DATA=$SC_ROOT/fixtures/darktrace
	PUBLIC=0011223344556677889900112233445566778899
	PRIVATE=ffeeddccbbaa99887766554433221100ffeeddcc
	TOKENS="public-token=$PUBLIC private-token=$PRIVATE"
	FEEDS="model-breaches=$DATA/model-breaches.ndjson ai-analyst=$DATA/ai-analyst.ndjson groups=$DATA/groups.ndjson devices=$DATA/devices.ndjson"
	# Later than every record.
	NOW=2026-11-22T12:00:00Z
	DATE=20261122T120000
	# The second that five breaches share.
	T=1795241000000
}

teardown() {
	mock_stop || true
}

# serve [WORD...]: an appliance with the fixtures, on a clock that stands
serve() {
	echo "serve darktrace $TOKENS $FEEDS $*" >s
	mock_start s --clock "@$NOW"
}

sign() {
	printf '%s\n%s\n%s' "$1" "$PUBLIC" "$DATE" |
		openssl dgst -sha1 -hmac "$PRIVATE" | sed 's/.* //'
}

# get TARGET [CURL OPTION...]: signs the target as it stands there
get() {
	curl -sS --path-as-is -g -H "DTAPI-Token: $PUBLIC" \
		-H "DTAPI-Date: $DATE" -H "DTAPI-Signature: $(sign "$1")" \
		"${@:2}" "$MOCK_URL$1"
}

# code TARGET [CURL OPTION...]: the status alone
code() {
	get "$1" -o /dev/null -w '%{http_code}' "${@:2}"
}

# send TARGET DATE SIGNATURE [CURL OPTION...]
send() {
	curl -sS -g -H "DTAPI-Token: $PUBLIC" -H "DTAPI-Date: $2" \
		-H "DTAPI-Signature: $3" "${@:4}" "$MOCK_URL$1"
}

breaches() {
	get "/modelbreaches?includeacknowledged=true$1"
}

events() {
	get "/aianalyst/incidentevents?includeacknowledged=true$1"
}

groups() {
	get "/aianalyst/groups?includeacknowledged=true$1"
}

# byte_for_byte FILE DATASET: each record stands in the answer as it is
byte_for_byte() {
	local line
	while IFS= read -r line; do
		grep -qF -- "$line" "$1" || return 1
	done <"$2"
	[ "$(jq length "$1")" -eq "$(wc -l <"$2")" ]
}

# canonical FILE...: the records with sorted keys, in a sorted order
canonical() {
	jq -cS . "$@" | sort
}

# fails COMMAND...
fails() {
	if "$@"; then return 1; fi
}

@test "each stream comes whole and byte for byte" {
	serve
	breaches '&includebreachurl=true' >a
	byte_for_byte a "$DATA/model-breaches.ndjson"
	events '&includeincidenteventurl=true' >a
	byte_for_byte a "$DATA/ai-analyst.ndjson"
	groups '&includegroupurl=true' >a
	byte_for_byte a "$DATA/groups.ndjson"
	get '/devices?includetags=true' >a
	byte_for_byte a "$DATA/devices.ndjson"
}

@test "order: newest first, oldest first, or any" {
	serve
	jq -s 'sort_by(.time, .pbid) | map(.pbid)' \
		"$DATA/model-breaches.ndjson" >oldest
	diff <(jq reverse oldest) <(breaches '' | jq 'map(.pbid)')
	events '' | jq -e 'map(.createdAt) | . == (sort | reverse)'
	groups '' | jq -e 'map(.start) | . == (sort | reverse)'
	serve order=oldest
	diff oldest <(breaches '' | jq 'map(.pbid)')
	events '' | jq -e 'map(.createdAt) | . == sort'
	serve order=stored
	diff <(jq -s 'map(.pbid)' "$DATA/model-breaches.ndjson") \
		<(breaches '' | jq 'map(.pbid)')
	fails cmp -s oldest <(breaches '' | jq 'map(.pbid)')
	diff <(jq -s 'map(.id)' "$DATA/ai-analyst.ndjson") \
		<(events '' | jq 'map(.id)')
}

@test "what was acknowledged is hidden unless asked for" {
	serve
	all=$(wc -l <"$DATA/model-breaches.ndjson")
	hidden=$(jq -s 'map(select(.acknowledged | . != null and . != false))
		| length' "$DATA/model-breaches.ndjson")
	[ "$hidden" -gt 4 ]
	[ "$(breaches '' | jq length)" -eq "$all" ]
	get /modelbreaches >a
	[ "$(jq length a)" -eq $((all - hidden)) ]
	[ "$(jq 'map(select(.acknowledged == false)) | length' a)" -gt 0 ]
	for path in /aianalyst/incidentevents:ai-analyst \
		/aianalyst/groups:groups; do
		get "${path%:*}" >a
		jq -s '[.[] | select(.acknowledged | not) | .id] | sort' \
			"$DATA/${path#*:}.ndjson" >want
		diff want <(jq 'map(.id) | sort' a)
		[ "$(jq length a)" -lt "$(wc -l <"$DATA/${path#*:}.ndjson")" ]
	done
	# Also for the one that is asked for by its number.
	acked=$(jq -s 'map(select(.acknowledged == true))[0].pbid' \
		"$DATA/model-breaches.ndjson")
	[ "$(code "/modelbreaches?pbid=$acked")" = 404 ]
	[ "$(code "/modelbreaches/$acked")" = 404 ]
	[ "$(get "/modelbreaches/$acked?includeacknowledged=true" |
		jq .pbid)" = "$acked" ]
}

@test "windows: both ends belong to them; five siblings in one second" {
	serve
	n() { breaches "$1" | jq length; }
	[ "$(n "&endtime=$T&starttime=$T")" -eq 5 ]
	[ "$(n "&endtime=$((T - 1))&starttime=$((T - 1000))")" -eq 0 ]
	[ "$(n "&endtime=$((T + 999))&starttime=$((T + 1))")" -eq 0 ]
	all=$(n '')
	[ $(($(n "&starttime=$T") + $(n "&endtime=$((T - 1))"))) -eq "$all" ]
	# The same as text, encoded in two ways, and as a date alone.
	from='2026-11-21%2006%3A03%3A20'
	[ "$(n "&from=$from&to=$from")" -eq 5 ]
	[ "$(n '&from=2026-11-21+06:03:20&to=2026-11-21T06:03:20Z')" -eq 5 ]
	[ "$(n '&from=2026-11-21&to=2026-11-22')" -eq "$all" ]
	[ "$(n '&from=2026-11-22')" -eq 0 ]
	# Seconds are no milliseconds: they are in 1970.
	[ "$(n "&endtime=${T%000}&starttime=${T%000}")" -eq 0 ]
	# By the time of creation instead.
	created=$(jq -s --argjson t "$((T + 4000))" \
		'map(select(.creationTime == $t)) | length' \
		"$DATA/model-breaches.ndjson")
	[ "$created" -gt 0 ]
	[ "$(n "&creationtime=true&endtime=$((T + 4000))&starttime=$((T + 4000))")" \
		-eq "$created" ]
}

@test "a window without an end ends now" {
	NOW=2026-11-21T06:03:20Z DATE=20261121T060320
	serve
	breaches '' >a
	jq -e --argjson t "$T" 'map(.time) | max == $t' a
	jq -s --argjson t "$T" 'map(select(.time <= $t)) | length' \
		"$DATA/model-breaches.ndjson" >want
	[ "$(jq length a)" -eq "$(cat want)" ]
	[ "$(breaches "&endtime=$((T + 100000000))" | jq length)" -gt \
		"$(cat want)" ]
}

@test "the shape of a breach: flat model, url, device, members" {
	serve
	pbid=$(jq -s 'map(select(.model.then and .model.then != .model.now
		and (.triggeredComponents | length) > 0))[0].pbid' \
		"$DATA/model-breaches.ndjson")
	jq -S "select(.pbid == $pbid)" "$DATA/model-breaches.ndjson" >one
	want() { diff <(jq -S "$2" one) <(breaches "&pbid=$pbid$1" | jq -S .); }
	want '' 'del(.breachUrl)'
	want '&includebreachurl=true' .
	want '&historicmodelonly=true' 'del(.breachUrl) | .model = .model.then'
	want '&historicmodelonly=False&includebreachurl=True' .
	want '&minimal=true' 'del(.breachUrl, .triggeredComponents)'
	want '&responsedata=pbid,score,device' '{pbid, score, device}'
	want '&responsedata=device' '{device}'
	want '&responsedata=nothing' '{}'
	want '&deviceattop=false&includebreachurl=true' \
		'.device as $d | del(.device) | .triggeredComponents[].device = $d'
	want '&deviceattop=true&fulldevicedetails=true&includesuppressed=true' \
		'del(.breachUrl)'
	# All at once, over every record: nothing but JSON comes out.
	breaches '&deviceattop=false&expandenums=true&historicmodelonly=true' >a
	jq -e 'all(.[]; .model.then == null and .device == null
		and all(.triggeredComponents[]; .device.did != null))' a
	diff <(jq -cS 'del(.breachUrl) | .model = (.model.then // .model)' \
		"$DATA/model-breaches.ndjson" | sort) \
		<(breaches '&historicmodelonly=true' | jq -cS '.[]' | sort)
}

@test "expandenums turns numbers into words" {
	serve
	words() {
		jq -r "$1"' | .triggeredComponents[].triggeredFilters[]?
			| select(.filterType | IN("Protocol", "Application protocol",
				"Internal source device type"))
			| "\(.filterType) \(.arguments.value) \(.trigger.value)"' |
			sort -u
	}
	words . <"$DATA/model-breaches.ndjson" >numbers
	breaches '&expandenums=true' | words '.[]' >words
	grep -qx 'Protocol null 6' numbers
	grep -qx 'Protocol 6 out' numbers
	grep -qx 'Protocol null TCP' words
	grep -qx 'Protocol TCP out' words
	grep -qx 'Application protocol null HTTPS' words
	fails grep -q ' 6$' words
	# One that has no word stays a number.
	grep -q 'Application protocol .*9999' words
	get /enums | jq -e '.Protocol | any(.code == 6 and .name == "TCP")'
}

@test "filters of breaches" {
	serve
	same() {
		diff <(jq -s "[.[] | select($2) | .pbid] | sort" \
			"$DATA/model-breaches.ndjson") \
			<(breaches "&$1" | jq 'map(.pbid) | sort')
	}
	same minscore=0.75 '.score >= 0.75'
	same minscore=1 '.score >= 1'
	# A percentage is none that a score can have.
	[ "$(breaches '&minscore=50')" = '[]' ]
	same did=83 '.device.did == 83'
	same did=83,84,-1 '.device.did | IN(83, 84, -1)'
	same pid=631 '(.model.then // .model).pid == 631'
	uuid=c4d20f11-53ae-0000-0777-5e0000000631
	same "uuid=$uuid" "(.model.then // .model).uuid == \"$uuid\""
	same saasonly=true '.device.sid == -9'
	same 'saasfilter=office365*' \
		'.device.hostname // "" | startswith("SaaS::Office365")'
	same 'saasfilter=slack&saasfilter=OFFICE*' \
		'.device.hostname // "" | test("^SaaS::(Office|Slack:)")'
	same 'group=device' true
}

@test "one thing comes as an object, its absence as 404" {
	serve
	get "/modelbreaches?pbid=21001" | jq -e '.pbid == 21001'
	get /modelbreaches/21001 | jq -e '.pbid == 21001'
	get '/devices?did=3' | jq -e '.did == 3'
	get '/devices?did=3,' | jq -e '.[0].did == 3 and length == 1'
	get '/devices?did=3,4' | jq -e 'map(.did) == [3, 4]'
	uuid=11111111-2222-4333-8444-000000000001
	events "&uuid=$uuid" | jq -e "length == 1 and .[0].id == \"$uuid\""
	# A list of one is a list.
	breaches '&responsedata=pbid&from=2026-11-21+06:03:30&to=2026-11-21+06:03:30' |
		jq -e 'length == 1 and type == "array"'
	[ "$(get '/modelbreaches?pbid=1')" = '{"error":"Not found"}' ]
	[ "$(code '/modelbreaches?pbid=1')" = 404 ]
	[ "$(code '/devices?did=999')" = 404 ]
	serve missing=empty lone=yes
	[ "$(get '/modelbreaches?pbid=1' -w '%{http_code} %{content_type}')" = '404 ' ]
	events "&uuid=$uuid" | jq -e "type == \"object\" and .id == \"$uuid\""
	breaches '' | jq -e 'type == "array"'
	serve missing=text
	[ "$(get '/devices?did=999')" = 'Not Found' ]
}

@test "incident events: pinned ones come in any window unless told otherwise" {
	serve
	window="&endtime=$((T + 5000))&starttime=$T"
	pinned=$(jq -s '[.[] | select(.pinned) | .id] | sort' \
		"$DATA/ai-analyst.ndjson")
	inside=$(jq -s --argjson t "$T" '[.[] | select(.createdAt >= $t
		and .createdAt <= $t + 5000) | .id] | sort' "$DATA/ai-analyst.ndjson")
	[ "$(jq length <<<"$pinned")" -ge 3 ]
	[ "$(jq length <<<"$inside")" -ge 2 ]
	is() { diff <(jq . <<<"$2") <(events "$1" | jq 'map(.id) | sort'); }
	is "$window&includeallpinned=false" "$inside"
	is "$window" "$(jq -s 'add | unique' <<<"$inside $pinned")"
	is "$window&includeonlypinned=true" "$pinned"
	groups "$window" | jq -e 'any(.pinned and .start < 1795000000000)'
	groups "$window&includeallpinned=false" | jq -e 'all(.pinned | not)'
}

@test "incident events: windows by creation or by the activity" {
	serve
	# Created 23 hours after the activity.
	late=$(jq -s 'max_by(.createdAt)' "$DATA/ai-analyst.ndjson")
	id=$(jq -r .id <<<"$late")
	at=$(jq .createdAt <<<"$late")
	end=$(jq '.periods[-1].end' <<<"$late")
	[ $((at - end)) -gt 80000000 ]
	has() {
		events "&includeallpinned=false&endtime=$1&starttime=$1" |
			jq --arg id "$id" 'any(.id == $id)'
	}
	[ "$(has "$at") $(has "$end")" = 'true false' ]
	serve window=periods
	[ "$(has "$at") $(has "$end")" = 'false true' ]
}

@test "filters of incident events and groups" {
	serve
	same() {
		diff <(jq -s "[.[] | select($2) | .id] | sort" \
			"$DATA/ai-analyst.ndjson") \
			<(events "&$1" | jq 'map(.id) | sort')
	}
	same minscore=90 '.aiaScore >= 90'
	same 'maxscore=90&minscore=50' '.aiaScore >= 50 and .aiaScore <= 90'
	same mingroupscore=72 '.groupScore | tonumber >= 72'
	same maxgroupscore=72.9 '.groupScore | tonumber <= 72.9'
	same groupcritical=true '.groupCategory == "critical"'
	same 'groupcompliance=true&groupsuspicious=true' \
		'.groupCategory | IN("compliance", "suspicious")'
	same groupcritical=false '.groupCategory != "critical"'
	same did=83 'any(.breachDevices[]; .did == 83)'
	same sid=-11 'any(.breachDevices[]; .sid == -11)'
	same saasonly=true 'any(.breachDevices[]; .sid == -9)'
	same excludedid=81,83 'all(.breachDevices[]; .did != 81 and .did != 83)'
	same excludesid=-9 'all(.breachDevices[]; .sid != -9)'
	g=g11111111-2222-4333-8444-000000000001
	same "groupid=$g,${g%1}2" ".currentGroup | IN(\"$g\", \"${g%1}2\")"
	same 'locale=de_DE' true
	[ "$(code '/aianalyst/incidentevents?locale=de')" = 400 ]
	same() {
		diff <(jq -s "[.[] | select($2) | .id] | sort" \
			"$DATA/groups.ndjson") <(groups "&$1" | jq 'map(.id) | sort')
	}
	same "groupid=$g,${g%1}2" ".id | IN(\"$g\", \"${g%1}2\")"
	same "uuid=${g#g}" "any(.incidentEvents[]; .uuid == \"${g#g}\")"
	same groupsuspicious=true '.category == "suspicious"'
	same mingroupscore=72 '.groupScore | tonumber >= 72'
	same did=82,83 'any(.devices[]; . == 82 or . == 83)'
	# A group is in each window that it touches.
	long=$(jq -s 'max_by(.end)' "$DATA/groups.ndjson")
	end=$(jq .end <<<"$long")
	groups "&includeallpinned=false&endtime=$end&starttime=$end" |
		jq -e --argjson long "$long" '.[0].id == $long.id'
}

@test "devices, and the search for them in pages" {
	serve
	same() {
		diff <(jq -s "[.[] | select($2) | .did]" "$DATA/devices.ndjson") \
			<(get "/devices?$1" | jq 'map(.did)')
	}
	get /devices | jq -e 'all(.tags == null)'
	same ip=192.168.16.86 '.ip == "192.168.16.86"'
	same mac=00:00:5E:00:53:AA '.macaddress == "00:00:5E:00:53:AA"'
	same sid=-9 '.sid == -9'
	same count=5 '.did <= 5'
	same seensince=1day '(.lastSeen // 0) >= 1795262400000'
	same seensince=86400 '(.lastSeen // 0) >= 1795262400000'
	[ "$(get '/devices?seensince=10min')" = '[]' ]
	same responsedata=did true
	get '/devices?responsedata=did,sid' | jq -e 'all(keys - ["did", "sid"] == [])'
	total=$(wc -l <"$DATA/devices.ndjson")
	for offset in 0 10 20 30 40; do
		get "/devicesearch?count=10&offset=$offset&order=asc&orderBy=did"
	done >pages
	jq -es --argjson n "$total" 'all(.totalCount == $n)' pages
	diff <(canonical "$DATA/devices.ndjson") \
		<(jq -c '.devices[]' pages | canonical)
	jq -es 'map(.devices[].did) | . == sort' pages
	get '/devicesearch?query=quarantined' |
		jq -e '.totalCount == 1 and .devices[0].did == 91'
	get /devicesearch | jq -e '.devices | map(.lastSeen // -1)
		| . == (sort | reverse)'
	[ "$(code '/devicesearch?orderBy=colour')" = 400 ]
}

@test "status, summary statistics and time" {
	serve
	get '/status?fast=true&includechildren=false' |
		jq -e '.time == "2026-11-22 12:00" and .probes == null
			and .type == "master"'
	get /status | jq -e '.probes["1"].type == "vSensor"'
	get '/summarystatistics?responsedata=subnets' |
		jq -e '. == {"subnets": 14}'
	get /summarystatistics | jq -e '.devices == 36'
	get /time | jq -e '.time == "2026-11-22 12:00:00"'
}

@test "worked signatures are accepted, and the reading is told" {
	NOW=2023-11-14T22:18:20Z
	serve
	DATE=20231114T221820
	# check TARGET SIGNATURE NOTE [DATE]
	check() {
		send "$1" "${4-$DATE}" "$2" -D head >body
		head -1 head | grep -q ' 200 '
		grep -q "^X-Mock-Note: signed=$3" head
		[ "$(mock_journal .note | tail -1)" = "signed=$3" ]
		# The last digit is another one.
		bad=${2%?}$(tr 0-9a-f 1-9a-f0 <<<"${2: -1}")
		[ "$(send "$1" "${4-$DATE}" "$bad")" = \
			'{"error":"API SIGNATURE ERROR"}' ]
		[ "$(mock_journal .note | tail -1)" = signed=none ]
	}
	check /status f5b29ea60664f39fc28e27779932e1e1dafc2faf both
	check '/modelbreaches?endtime=1700000300000&expandenums=true&historicmodelonly=true&includeacknowledged=true&includebreachurl=true&starttime=1700000000000' \
		4ebbff7f3daf33ef14d12be867f49e0a9cdc978d both
	check '/aianalyst/incidentevents?endtime=1700000300000&includeacknowledged=true&includeincidenteventurl=true&starttime=1699913900000' \
		473913d62914f4c6bbb100c8ad765a48be3589cb both
	coded='/modelbreaches?from=2023-11-14%2022%3A13%3A20&to=2023-11-14%2022%3A18%3A20'
	check "$coded" 1a5fab58d1c49fdfaa709248d47e6080c644d633 raw
	check "$coded" 5ab5e1bb534d4a6d984908f635df79eb64548fb0 decoded
	check '/modelbreaches?from=2023-11-14+22:13:20&to=2023-11-14+22:18:20' \
		5ab5e1bb534d4a6d984908f635df79eb64548fb0 decoded
	check /status a56473d82bf45015f9f0bad5972050f4ed88108c both \
		'2023-11-14 22:18:20'
	check /status 2bf28212853c0264eecc81a7ee0b555e446637d4 both \
		2023-11-14T22:18:20
	check /status c623b0ef59eafcbe935b8176ad88dec208447587 both \
		2023-11-14T22:18:20.000000+00:00
	DATE=2023-11-14T22:18:20.123456
	check /status "$(sign /status)" both "$DATE"
}

@test "only one reading of escapes, if the scenario says so" {
	NOW=2023-11-14T22:18:20Z
	coded='/modelbreaches?from=2023-11-14%2022%3A13%3A20&to=2023-11-14%2022%3A18%3A20'
	both() {
		for s in 1a5fab58d1c49fdfaa709248d47e6080c644d633 \
			5ab5e1bb534d4a6d984908f635df79eb64548fb0; do
			send "$coded" 20231114T221820 $s -o /dev/null \
				-w '%{http_code} '
		done
	}
	serve
	[ "$(both)" = '200 200 ' ]
	serve signed=raw
	[ "$(both)" = '200 400 ' ]
	serve signed=decoded
	[ "$(both)" = '400 200 ' ]
	# Where nothing is escaped there is one reading.
	[ "$(send /status 20231114T221820 \
		f5b29ea60664f39fc28e27779932e1e1dafc2faf -o /dev/null \
		-w '%{http_code}')" = 200 ]
}

@test "dates: half an hour either way, in UTC, in known forms" {
	serve
	try() { DATE=$1 && get /status -o body -w '%{http_code}'; }
	for d in 20261122T113000 20261122T123000 '2026-11-22 12:30:00'; do
		[ "$(try "$d")" = 200 ]
	done
	for d in 20261122T112959 20261122T123001 '2026-11-22 11:29:59' \
		1795348800 1795348800000 2026-11-22 20261122T120000Z nonsense; do
		[ "$(try "$d")" = 400 ]
		[ "$(cat body)" = '{"error":"API DATE ERROR"}' ]
	done
	serve skew=1m
	[ "$(try 20261122T120100)" = 200 ]
	[ "$(try 20261122T120101)" = 400 ]
}

@test "tokens: 400 and the reason, as the value of some member" {
	serve
	refused() {
		[ "$(curl -sS -w ' %{http_code}' "$@")" = \
			'{"error":"API SIGNATURE ERROR"} 400' ]
	}
	good=$(sign /status)
	t="DTAPI-Token: $PUBLIC" d="DTAPI-Date: $DATE" s="DTAPI-Signature: $good"
	[ "$(curl -sS -o /dev/null -w '%{http_code}' -H "$t" -H "$d" -H "$s" \
		"$MOCK_URL/status")" = 200 ]
	refused -H "$d" -H "$s" "$MOCK_URL/status"
	refused -H "$t" -H "$d" "$MOCK_URL/status"
	refused -H 'DTAPI-Token: somebody' -H "$d" -H "$s" "$MOCK_URL/status"
	refused -H "$t" -H "$d" -H "DTAPI-Signature: ${good^^}" "$MOCK_URL/status"
	refused -H "$t" -H "$d" -H "$s" "$MOCK_URL/status?fast=true"
	refused -H "$t" -H "$d" -H "$s" "$MOCK_URL/nowhere"
	PRIVATE=wrong
	[ "$(get /status)" = '{"error":"API SIGNATURE ERROR"}' ]
	[ "$(curl -sS -H "$t" -H "$s" "$MOCK_URL/status")" = \
		'{"error":"API DATE ERROR"}' ]
	serve error-key=response
	[ "$(get /status)" = '{"response":"API SIGNATURE ERROR"}' ]
	serve errors=plain
	[ "$(get /status -w ' %{http_code}')" = '{"error":"Unauthorized"} 401' ]
}

@test "a signed body counts; another does not" {
	serve
	body='{"message":"Test","n":1}'
	post() {
		send /modelbreaches/21001/comments "$DATE" "$1" -X POST \
			--data-binary "$2" -o /dev/null -w '%{http_code}'
	}
	s=$(sign "/modelbreaches/21001/comments?$body")
	# There is nothing to post to; but the signature is looked at first.
	[ "$(post "$s" "$body")" = 302 ]
	[ "$(post "$s" "${body/1/2}")" = 400 ]
	[ "$(post "$(sign /modelbreaches/21001/comments)" "$body")" = 400 ]
}

@test "what is not there or not allowed is a redirect to a page" {
	serve forbid=/aianalyst,/devices
	where() {
		get "$1" -o body -w '%{http_code} %header{location}' "${@:2}"
	}
	[ "$(where /aianalyst/groups)" = '302 /403' ]
	[ "$(cat body)" = 'Found. Redirecting to /403' ]
	[ "$(where '/devices?did=1')" = '302 /403' ]
	[ "$(where /modelbreach)" = '302 /login' ]
	[ "$(cat body)" = 'Found. Redirecting to /login' ]
	[ "$(where /modelbreaches -X POST)" = '302 /login' ]
	[ "$(where /modelbreaches/)" = '302 /login' ]
	[ "$(where /v1/modelbreaches)" = '302 /login' ]
	# The body is what the client takes, if anything.
	rm body
	[ "$(where /modelbreach -H 'Accept: application/json')" = '302 /login' ]
	[ ! -s body ]
	where /modelbreach -H 'Accept: text/html,application/xhtml+xml,*/*;q=0.8'
	[ "$(cat body)" = '<p>Found. Redirecting to /login</p>' ]
	where /modelbreach -H 'Accept: application/json, text/plain, */*'
	[ "$(cat body)" = 'Found. Redirecting to /login' ]
	# A browser without a session; and where a client ends that follows.
	[ "$(curl -sS -o /dev/null -w '%{http_code} %header{location}' \
		"$MOCK_URL/modelbreaches")" = '302 /login' ]
	get /aianalyst/groups -L -w '%{http_code} %{content_type}' >page
	grep -q '<title>Log In | Darktrace</title>' page
	tail -1 page | grep -q '200 text/html'
	serve forbid=/aianalyst errors=plain
	[ "$(where /aianalyst/groups)" = '403 ' ]
	[ "$(where /modelbreach)" = '404 ' ]
}

@test "a stream without a dataset is not there" {
	echo "serve darktrace $TOKENS devices=$DATA/devices.ndjson" >s
	mock_start s --clock "@$NOW"
	[ "$(code /devices)" = 200 ]
	[ "$(code /modelbreaches)" = 302 ]
	[ "$(code /status)" = 200 ]
}

@test "wrong parameters are refused by name" {
	serve
	why() { get "$1" -w ' %{http_code}' | sed 's/{"error":"\(.*\)"} 400/\1/'; }
	[ "$(why '/modelbreaches?startTime=1')" = 'startTime: unknown parameter' ]
	[ "$(why '/modelbreaches?starttime=2026-11-21')" = \
		'starttime: expected a whole number' ]
	[ "$(why '/modelbreaches?from=yesterday')" = \
		'from: expected YYYY-MM-DD HH:MM:SS' ]
	[ "$(why '/modelbreaches?includeacknowledged=1')" = \
		'includeacknowledged: expected true or false' ]
	[ "$(why '/modelbreaches?minscore=much')" = 'minscore: expected a number' ]
	[ "$(why '/modelbreaches?did=1,x')" = 'did: expected whole numbers' ]
	[ "$(why '/modelbreaches?did=1&did=2')" = 'did: given more than once' ]
	[ "$(why '/modelbreaches?offset=1')" = 'offset: unknown parameter' ]
	[ "$(why '/aianalyst/incidentevents?limit=1')" = \
		'limit: unknown parameter' ]
	[ "$(why '/devices?seensince=soon')" = \
		'seensince: expected seconds or 10min' ]
	serve invalid=response
	[ "$(get '/modelbreaches?limit=1' -w ' %{http_code}')" = \
		'{"response":"ERROR"} 200' ]
}

@test "count and order do nothing unless the scenario says so" {
	serve
	all=$(breaches '' | jq length)
	[ "$(breaches '&count=3&order=ASC' | jq length)" -eq "$all" ]
	breaches '&count=3&order=ASC' | jq -e 'map(.time) | . == (sort | reverse)'
	serve count=yes
	breaches '&count=3&order=ASC' >a
	diff <(jq -s 'sort_by(.time, .pbid) | .[:3] | map(.pbid)' \
		"$DATA/model-breaches.ndjson") <(jq 'map(.pbid)' a)
	[ "$(breaches '&count=0')" = '[]' ]
}

@test "records come late, change, and go" {
	head -20 "$DATA/model-breaches.ndjson" >early
	{
		sed 1,2d early | jq -c '.commentCount = 99'
		sed -n 21,30p "$DATA/model-breaches.ndjson"
	} >late
	{
		echo "serve darktrace $TOKENS model-breaches=early ai-analyst=$DATA/ai-analyst.ndjson"
		echo 'at request=2 darktrace model-breaches=late'
	} >s
	mock_start s --clock "@$NOW"
	window="&endtime=1795348800000&includebreachurl=true&starttime=1795219200000"
	breaches "$window" >one
	# One record alone is no request for the list.
	get /modelbreaches/21001 >/dev/null
	breaches "$window" >two
	byte_for_byte one early
	byte_for_byte two late
	jq -e 'all(.pbid) and (map(select(.commentCount == 99)) | length == 18)' two
}

@test "births=yes: nothing is seen before it was created" {
	echo "serve darktrace $TOKENS $FEEDS births=yes" >s
	NOW=2026-11-21T07:03:25Z DATE=20261121T070325
	mock_start s --clock "@$NOW"
	now=$((T + 3605000))
	breaches "&endtime=$now" >a
	diff <(jq -s --argjson now $now '[.[] | select(.time <= $now
		and .creationTime <= $now) | .pbid] | sort' \
		"$DATA/model-breaches.ndjson") <(jq 'map(.pbid) | sort' a)
	# One that took an hour, and one that takes six.
	late() { jq -s "map(select(.creationTime - .time == $1))[0].pbid" \
		"$DATA/model-breaches.ndjson"; }
	[ "$(jq "any(.pbid == $(late 3600000))" a)" = false ]
	[ "$(jq "any(.pbid == $(late 21600000))" a)" = false ]
	NOW=2026-11-21T07:04:30Z DATE=20261121T070430
	mock_start s --clock "@$NOW"
	breaches "&endtime=$now" >a
	[ "$(jq "any(.pbid == $(late 3600000))" a)" = true ]
	[ "$(jq "any(.pbid == $(late 21600000))" a)" = false ]
}

@test "several appliances: the public token tells which is meant" {
	head -3 "$DATA/model-breaches.ndjson" >few
	{
		echo "serve darktrace name=one $TOKENS $FEEDS"
		echo "serve darktrace name=two public-token=other private-token=key model-breaches=few"
	} >s
	mock_start s --clock "@$NOW"
	[ "$(breaches '' | jq length)" -gt 50 ]
	PUBLIC=other PRIVATE=key
	[ "$(breaches '' | jq length)" -eq 3 ]
	PRIVATE=ffeeddccbbaa99887766554433221100ffeeddcc
	[ "$(code /status)" = 400 ]
}

@test "status rules speak the vendor's language on its paths" {
	{
		echo 'GET /status status=503 retry-after=5'
		echo 'GET /modelbreaches times=1 status=429'
		echo 'GET /modelbreaches times=1 status=400'
		echo 'GET /modelbreaches truncate-json=yes'
		echo "serve darktrace $TOKENS $FEEDS"
	} >s
	mock_start s --clock "@$NOW"
	[ "$(get /status -w ' %{http_code}')" = \
		'{"error":"Service Unavailable"} 503' ]
	[ "$(get /modelbreaches)" = '{"error":"Too Many Requests"}' ]
	[ "$(get /modelbreaches)" = '{"error":"API SIGNATURE ERROR"}' ]
	get /modelbreaches >half
	fails jq . half 2>/dev/null
}

@test "no token in journal or log" {
	serve
	get /status >/dev/null
	fails grep -q -e "$PRIVATE" -e "$PUBLIC" -e "$(sign /status)" \
		"$MOCK_JOURNAL" "$MOCK_LOG"
	[ "$(mock_journal '.headers[]' | grep -c '^DTAPI-.*: \*\*\*$')" -eq 2 ]
}

@test "mistakes in a scenario" {
	wrong() {
		echo "$1" >s
		run "$SC_BIN/sc-mock" s
		[ "$status" -eq 78 ]
		[[ $output == *"$2"* ]]
	}
	wrong 'serve darktrace public-token=x' \
		'darktrace needs public-token= and private-token='
	wrong "serve darktrace $TOKENS order=random" 'order'
	wrong "serve darktrace $TOKENS skew=much" 'skew=much'
	echo '{"pbid":' >broken
	wrong "serve darktrace $TOKENS model-breaches=broken" 'broken:1'
}

# An independent client, on the real clock, over both kinds of connection.
@test "a client of its own gets exactly the dataset" {
	echo "serve darktrace $TOKENS $FEEDS" >s
	export DT_PUBLIC_TOKEN=$PUBLIC DT_PRIVATE_TOKEN=$PRIVATE
	mock_start s --tls tls
	client() { python3 "$SC_ROOT/t/clients/darktrace.py" "$@"; }
	from=1791500000000 to=1795400000000
	for stream in model-breaches ai-analyst groups devices; do
		canonical "$DATA/$stream.ndjson" >want
		client "$MOCK_URL" $stream $from $to >got
		diff want <(canonical got)
		client --ca tls/ca.pem --slice 7 \
			"https://localhost:$MOCK_TLS_PORT" $stream $from $to >got
		diff want <(canonical got)
	done
	client "$MOCK_URL" model-breaches $from $to |
		jq -es 'map([.time, .pbid]) | . == sort'
	DT_PRIVATE_TOKEN=wrong run client "$MOCK_URL" devices 0 1
	[ "$status" -eq 1 ]
	[ "$output" = 'darktrace: 400 API SIGNATURE ERROR' ]
}

@test "a client of its own copes with every variant" {
	export DT_PUBLIC_TOKEN=$PUBLIC DT_PRIVATE_TOKEN=$PRIVATE
	canonical "$DATA/model-breaches.ndjson" >want
	for words in 'order=stored signed=raw' 'order=oldest signed=decoded' \
		'lone=yes'; do
		echo "serve darktrace $TOKENS $FEEDS $words" >s
		mock_start s
		python3 "$SC_ROOT/t/clients/darktrace.py" --slice 1 "$MOCK_URL" \
			model-breaches 1795230000000 1795300000000 >got
		diff want <(canonical got)
	done
	echo "serve darktrace $TOKENS $FEEDS forbid=/aianalyst" >s
	mock_start s
	run python3 "$SC_ROOT/t/clients/darktrace.py" "$MOCK_URL" groups 0 1
	[ "$output" = 'darktrace: redirected to /403' ]
}

@test "generate: the same seed gives the same bytes, and can be served" {
	gen() { "$SC_BIN/sc-mock" generate "darktrace.$1" -n 300 --seed "$2"; }
	for stream in model-breaches ai-analyst groups devices; do
		gen $stream 7 >a
		gen $stream 7 >b
		cmp a b
		gen $stream 8 >b
		fails cmp -s a b
		[ "$(wc -l <a)" -eq 300 ]
		[ "$(jq -r '.pbid // .id // .did' a | sort -u | wc -l)" -eq 300 ]
	done
	echo "serve darktrace $TOKENS model-breaches=generate:2000,seed=7,start=2026-11-21T00:00:00Z" >s
	mock_start s --clock "@$NOW"
	[ "$(breaches '' | jq length)" -eq 2000 ]
}

@test "the shipped scenarios load and do what their comments say" {
	dir=$SC_ROOT/fixtures/scenarios
	PUBLIC=dt-public-token PRIVATE=dt-private-token
	NOW=2026-11-22T00:30:00Z DATE=20261122T003000
	mock_start "$dir/dt-good-day.scenario" --clock "@$NOW"
	breaches '' >a
	events '' >b
	groups '' >c
	get /devices >d
	[ "$(jq length a b c d | paste -sd' ')" = '2400 300 100 61' ]
	# Each event is known to its group, and its breaches are there.
	jq -es '.[1] as $e | [.[2][].incidentEvents[].uuid] | sort
		== ($e | map(.id) | sort)' a b c
	jq -es '(.[0] | map({key: "\(.pbid)", value: .time}) | from_entries)
		as $t | [.[1][].relatedBreaches // [] | .[]]
		| length > 100 and all($t["\(.pbid)"] == .timestamp)' a b
	jq -es '[.[3][].did] as $d | .[0] | all(.device.did as $x
		| $x == -1 or ($d | index($x)))' a b c d
	mock_start "$dir/dt-late.scenario" --clock "@$NOW"
	all=$(breaches '' | jq length)
	NOW=2026-11-21T06:30:00Z DATE=20261121T063000
	mock_start "$dir/dt-late.scenario" --clock "@$NOW"
	breaches "&endtime=1795242600000" >a
	jq -e 'all(.creationTime <= 1795242600000)' a
	[ "$(jq length a)" -lt "$all" ]
	mock_start "$dir/dt-refusals.scenario" --clock "@$NOW"
	got=$(for _ in 1 2 3; do
		get /modelbreaches -o /dev/null \
			-w '%{http_code} %{content_type};'
	done)
	[ "$got" = '429 application/json; charset=utf-8;200 text/html; charset=utf-8;200 application/json; charset=utf-8;' ]
	[ "$(code /aianalyst/incidentevents)" = 302 ]
}
