#!/usr/bin/env bats
# sc-fetch against a vendor in good health: what it asks, what it writes.

load ../lib/fetch

setup() { fetch_setup; }
teardown() { mock_stop; }

# give PAGE...: the vendor answers with these files, one after the other
give() {
	local rules=()
	for page; do
		rules+=("GET /web/api/v2.1/threats times=1 status=200 body=$page")
	done
	ready 1 "${rules[@]}"
}

@test "a first run reads all pages of a day, byte for byte" {
	ready 25
	fetch
	[ "$status" -eq 0 ]
	cmp <(records | sort) <(sort data.ndjson)
	[ "$(requests)" -eq 3 ]
	[ "$(head -n 1 out)" = '{"type":"SCHEMA","stream":"acme-s1.threats","key_properties":["id"],"schema":{"type":"object"},"source":{"vendor":"sentinelone","integration":"acme-s1","stream":"threats","realm":"acme.sentinelone.net"}}' ]
	# Each page is followed by its commit point.
	[ "$(jq -r .type out | uniq -c | awk '{ printf "%s%s ", $2, $1 }')" = \
		"SCHEMA1 RECORD10 STATE1 RECORD10 STATE1 RECORD5 STATE1 " ]
	[ "$(cat log)" = "$(grep -E '^\[INFO\] sentinelone: fetched 25 threats integration=acme-s1 new=25 changed=0 seen=0 pages=3 ms=[0-9]+$' log)" ]
}

@test "a record says who it is, at which revision" {
	ready 3
	fetch
	jq -se 'map(select(.type == "RECORD")) | length == 3 and all(
	    .key == .record.id and .rev == .record.threatInfo.updatedAt
	    and .time_extracted == "2026-11-22T12:00:00Z"
	    and (.id | test("^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab]")))' out
	[ "$(jq -r 'select(.id != null) | .id' out | sort -u | wc -l)" -eq 3 ]
	jq -r 'select(.id != null) | .id' out >ids
	# The integration's name and the clock have no part in it.
	mv "$SC_CONFIG/integrations.d/acme-s1.yaml" "$SC_CONFIG/integrations.d/x.yaml"
	SC_CLOCK=@2026-11-22T12:30:00Z sc-fetch x | jq -r 'select(.id != null) | .id' | cmp - ids
}

@test "every page repeats the question and sends the token encoded once" {
	ready 25
	fetch
	mock_requests >asked
	[ "$(grep -c 'limit=10&skipCount=true&sortBy=updatedAt&sortOrder=asc&updatedAt__gte=2026-11-21T12%3A00%3A00.000000Z' asked)" -eq 3 ]
	[ "$(grep -c '&cursor=' asked)" -eq 2 ]
	[ "$(grep -c '%25' asked)" -eq 0 ]
	grep -q '%3D$' asked
	[ "$(mock_journal '.headers[]' | grep -cx 'Accept: application/json')" -eq 3 ]
	# Tokens that come without percent-encoding lead to the same requests.
	sed -i '/^serve/s/$/ cursor=decoded/' vendor.scenario
	mock_reload
	: >"$MOCK_JOURNAL"
	fetch
	mock_requests | cmp - asked
}

@test "an empty first run keeps its beginning" {
	ready 1
	: >data.ndjson
	mock_reload
	fetch
	[ "$status" -eq 0 ]
	grep -q '^\[INFO\] sentinelone: fetched 0 threats integration=acme-s1 new=0 ' log
	[ "$(sed 1d out)" = '{"type":"STATE","for":"store","value":{"bookmarks":{"acme-s1.threats":{"v":1,"gen":0,"high":"2026-11-21T12:00:00.000000Z"}}}}' ]
	jq -c 'select(.type == "STATE")' out | sc-ship >/dev/null
	SC_CLOCK=@2026-11-22T18:00:00Z fetch
	# The overlap is read again; the clock moved nothing.
	mock_requests | tail -n 1 | grep -q 'updatedAt__gte=2026-11-21T11%3A58%3A00.000000Z'
	[ "$(highs)" = 2026-11-21T12:00:00.000000Z ]
}

@test "what the store holds is left out, a new revision is not" {
	ready 25
	run_once
	fetch
	[ "$status" -eq 0 ]
	[ "$(records | wc -l)" -eq 0 ]
	grep -q 'fetched 0 threats integration=acme-s1 new=0 changed=0 seen=[1-9]' log
	jq -c "if .id == \"$(nth_id 25)\" then .threatInfo.updatedAt = \"2026-11-22T11:59:59.000001Z\" else . end" data.ndjson >new
	mv new data.ndjson
	mock_reload
	fetch
	[ "$(keys)" = "$(nth_id 25)" ]
	grep -q 'fetched 1 threats integration=acme-s1 new=0 changed=1 seen=' log
	[ "$(highs)" = 2026-11-22T11:59:59.000001Z ]
	# The generation is the one that was read, until the store moves it.
	[ "$(states | jq '.value.bookmarks["acme-s1.threats"].gen')" -eq "$(sql 'select gen from bookmark')" ]
}

@test "a bookmark that cannot be read is no first run" {
	ready 25
	run_once
	for value in '' '{' '{"v":1}' '{"v":2,"high":"2026-11-22"}'; do
		sql "update bookmark set value = '$value'"
		fetch
		[ "$status" -eq 66 ]
		[ ! -s out ]
		grep -q '^\[ERROR\] sc-fetch: acme-s1.threats: the bookmark of acme-s1.threats ' log
		[ "$(outcome '.streams[0].code')" -eq 66 ]
	done
	[ "$(requests)" -eq 3 ]
}

@test "the mark moves inside a run only while times come in order" {
	page p1 '"A"' "$(threat 1 2026-11-22T08:00:00Z)" "$(threat 2 2026-11-22T09:00:00Z)"
	page p2 '"B"' "$(threat 3 2026-11-22T11:00:00Z)" "$(threat 4 2026-11-22T10:00:00Z)"
	page p3 null "$(threat 5 2026-11-22T10:30:00Z)"
	give p1 p2 p3
	fetch
	[ "$(highs | tr '\n' ' ')" = \
		"2026-11-22T09:00:00Z 2026-11-22T09:00:00Z 2026-11-22T11:00:00Z " ]
}

@test "a record from the future stops nothing" {
	page p1 null "$(threat 1 2026-11-22T11:00:00Z)" "$(threat 2 2099-01-01T00:00:00Z)"
	give p1
	fetch
	[ "$(highs)" = 2026-11-22T12:00:00.000000Z ]
	[ "$(outcome .newest)" = 2026-11-22T12:00:00.000Z ]
}

@test "an empty page ends a run, whatever token it carries" {
	page p1 '"A"' "$(threat 1 2026-11-22T08:00:00Z)"
	page p2 '"B"'
	give p1 p2
	fetch
	[ "$status" -eq 0 ]
	[ "$(requests)" -eq 2 ]
	[ "$(states | wc -l)" -eq 2 ]
}

@test "bad elements travel beside good ones" {
	{
		printf '{"data":['
		threat good 2026-11-22T08:00:00Z
		printf ',{"id":"latin","s":"\xe4"},{"x":1},{"id":"huge","s":"'
		head -c 5000000 /dev/zero | tr '\0' a
		printf '"}]}'
	} >p1
	give p1
	fetch
	[ "$status" -eq 0 ]
	grep -q 'fetched 4 threats integration=acme-s1 new=4 changed=0 seen=0 bad=3 ' log
	jq -se 'map(select(.key == "latin") | .bad)
	    | .[0].reason == "utf8" and .[0].raw_base64 == "eyJpZCI6ImxhdGluIiwicyI6IuQifQ=="' out
	jq -se 'map(select(.key == "huge") | .bad)
	    | .[0].reason == "oversize" and .[0].bytes == 5000020
	      and (.[0].text | length) == 65536' out
	jq -se --arg sha "$(printf '{"x":1}' | sha256sum | cut -d' ' -f1)" \
		'map(select(.key == $sha)) | .[0].record == {"x": 1}' out
}

# nested N: a record with so many containers in each other
nested() {
	printf '{"id":"deep%d","threatInfo":{"updatedAt":"2026-11-22T09:00:00Z"},"x":' "$1"
	head -c $(($1 - 1)) /dev/zero | tr '\0' '['
	head -c $(($1 - 1)) /dev/zero | tr '\0' ']'
	printf '}'
}

@test "an element that is nested too deep is bad alone" {
	nested 10000 >deep
	page p1 null "$(threat 1 2026-11-22T08:00:00Z)" "$(nested 127)" \
		"$(nested 128)" "$(cat deep)" "$(threat 2 2026-11-22T10:00:00Z)"
	give p1
	fetch
	[ "$status" -eq 0 ]
	grep -q 'fetched 5 threats integration=acme-s1 new=5 changed=0 seen=0 bad=2 ' log
	records | grep -qxF "$(nested 127)"
	jq -se --arg sha "$(sha256sum <deep | cut -d' ' -f1)" --rawfile text deep \
		'map(select(.key == "deep10000"))[0]
	    | .rev == "2026-11-22T09:00:00Z" and .bad == {reason: "deep",
	      bytes: ($text | length), sha256: $sha, text: $text}' out
	[ "$(highs)" = 2026-11-22T10:00:00Z ]
	sc-normalize <out >artifacts
	sc-ship <artifacts >/dev/null
	[ "$(stored)" -eq 5 ]
	[ "$(sql "select count(*) from artifact where artifact like '%normalize_error%'")" -eq 0 ]
	[ "$(sql "select group_concat(key) from artifact where artifact like '%\"too_deep\"%'")" = deep128,deep10000 ]
	# Brackets that do not fit make the page no JSON, however deep they are.
	sed 's/\]\]\]/]}]/' p1 >p2
	give p2
	fetch
	[ "$status" -eq 76 ]
}

@test "a record without its revision has its content as revision, and a number" {
	state() { printf '{"id":"7","s":"%s","threatInfo":{}}' "$1"; }
	page a null "$(state a)"
	page b null "$(state b)"
	for page in a b a a; do
		give "$page"
		run_once 2>/dev/null
	done
	mapfile -t rev < <(sql 'select rev from artifact order by pos')
	[ "${#rev[@]}" -eq 3 ]
	[[ ${rev[0]} =~ ^[0-9a-f]{32}:0$ ]]
	[[ ${rev[1]} =~ ^[0-9a-f]{32}:1$ ]]
	[ "${rev[2]}" = "${rev[0]%:0}:2" ]
	# One that has it again is newer.
	page c null "$(threat 7 2026-11-22T08:00:00Z)"
	give c
	run_once 2>/dev/null
	[ "$(sql 'select n, rev from object')" = '4|2026-11-22T08:00:00Z' ]
}

@test "keys with line feeds are not taken for others" {
	page p1 null '{"id":"a\nb","threatInfo":{"updatedAt":"c"}}' \
		'{"id":"a","threatInfo":{"updatedAt":"b\nc"}}'
	give p1
	fetch
	[ "$(jq -r 'select(.type == "RECORD") | .id' out | sort -u | wc -l)" -eq 2 ]
}

@test "the token that led to a page ends the run, which may be incomplete" {
	page p1 '"A"' "$(threat 1 2026-11-22T08:00:00Z)"
	page p2 '"A"' "$(threat 2 2026-11-22T09:00:00Z)"
	give p1 p2
	fetch
	[ "$status" -eq 0 ]
	[ "$(requests)" -eq 2 ]
	[ "$(keys | tr '\n' ' ')" = "1 2 " ]
	[ "$(outcome '[.class, .partial] | @json')" = '["OK",true]' ]
	[ "$(grep -c 'WARN.*acme-s1.threats: page 2 hands out the token that led to it' log)" -eq 1 ]
	[ "$(highs | tail -n 1)" = 2026-11-22T09:00:00Z ]
	# What is out of order may have older ones behind it.
	page p2 '"A"' "$(threat 2 2026-11-22T09:00:00Z)" "$(threat 3 2026-11-22T07:00:00Z)"
	give p1 p2
	fetch
	[ "$status" -eq 0 ]
	[ "$(highs | tail -n 1)" = 2026-11-22T08:00:00Z ]
}

@test "with a vendor that repeats its tokens, runs get on and lose nothing" {
	ready 35
	sed -i '/^serve/s/$/ cursor=repeat/' vendor.scenario
	mock_reload
	for _ in 1 2 3 4 5 6; do
		run_once 2>/dev/null
	done
	[ "$(stored)" -eq 35 ]
}

# sc_auth_is SCRIPT: another program in its place
sc_auth_is() {
	mkdir -p bin
	cp "$SC_BIN/sc-fetch" bin/
	printf '#!/bin/sh\n%s\n' "$1" >bin/sc-auth
	chmod +x bin/sc-auth
	status=0
	SC_REPORT=9 bin/sc-fetch acme-s1 >out 2>log 9>report || status=$?
}

@test "how sc-auth ended is told as it was" {
	ready 1
	sc_auth_is 'exit 78'
	[ "$status" -eq 78 ]
	grep -q 'acme-s1.threats: sc-auth gave up$' log
	sc_auth_is 'echo "!77 AUTH no key left; get one"; echo; exit 77'
	[ "$status" -eq 77 ]
	[ "$(outcome '"\(.class) \(.text)"')" = 'AUTH acme-s1.threats: no key left; get one' ]
	sc_auth_is 'exit 0'
	[ "$status" -eq 70 ]
	grep -q 'acme-s1.threats: sc-auth ended with no answer$' log
	# The real one tells before it goes.
	sc_auth_is "rm $SC_CONFIG/integrations.d/acme-s1.yaml
exec $SC_BIN/sc-auth \"\$@\""
	[ "$status" -eq 78 ]
	outcome .text | grep -q '^acme-s1.threats: no integration "acme-s1" in '
}

@test "a pipe to sc-auth that fails is told as it is" {
	[[ $SC_BIN != *asan* ]] || skip "the sanitizer must be loaded first"
	ready 1
	for call in write:eio read:eio; do
		status=0
		LD_PRELOAD=$SC_BIN/faulty.so FAULTY=$call:1:pipe: SC_REPORT=9 \
			sc-fetch acme-s1 >out 2>log 9>report || status=$?
		[ "$status" -eq 71 ]
		grep -qE 'acme-s1.threats: (write to|read from) sc-auth: Input/output error$' log
	done
}

@test "--preview shows some records and moves nothing" {
	dataset 25
	start_vendor
	integration acme-s1
	rm -r "$SC_STATE"
	fetch --preview=3
	[ "$status" -eq 0 ]
	[ "$(jq -r .type out | uniq -c | awk '{ printf "%s%s ", $2, $1 }')" = "SCHEMA1 RECORD3 " ]
	[ "$(requests)" -eq 1 ]
	fetch --preview
	[ "$(records | wc -l)" -eq 5 ]
	fetch --preview=15
	[ "$(records | wc -l)" -eq 15 ]
	[ ! -e "$SC_STATE" ]
}

@test "--since and --until fetch again and leave the position alone" {
	ready 25
	fetch --since 6h --until "2h ago"
	[ "$status" -eq 0 ]
	mock_requests | grep -q 'updatedAt__gte=2026-11-22T06%3A00%3A00.000000Z&updatedAt__lt=2026-11-22T10%3A00%3A00.000000Z'
	cmp <(keys) <(jq -r 'select(.threatInfo.updatedAt >= "2026-11-22T06" and .threatInfo.updatedAt < "2026-11-22T10") | .id' data.ndjson | sort)
	[ "$(keys | wc -l)" -gt 0 ]
	[ "$(states | sort -u)" = '{"type":"STATE","for":"store","value":{"bookmarks":{}}}' ]
}

@test "--state keeps the position in a file" {
	ready 25
	rm -r "$SC_STATE"
	fetch --state pos
	[ "$status" -eq 0 ]
	[ "$(records | wc -l)" -eq 25 ]
	[ "$(states | tail -n 1 | jq -r .for)" = pos ]
	states | tail -n 1 >pos
	fetch --state pos
	[ "$(records | wc -l)" -lt 5 ]
	# Its bare value, as other Singer programs keep it, does as well.
	states | tail -n 1 | jq -c .value >pos
	fetch --state pos
	[ "$status" -eq 0 ]
	[ "$(records | wc -l)" -lt 5 ]
	: >pos
	fetch --state pos
	[ "$status" -eq 66 ]
	[ ! -s out ]
	grep -q '^\[ERROR\] sc-fetch: pos ' log
	[ ! -e "$SC_STATE" ]
}

@test "--max-pages ends a run early and says so; the next one goes on" {
	ready 25
	fetch --state pos --max-pages 1
	[ "$status" -eq 0 ]
	[ "$(outcome .partial)" = true ]
	grep -q 'stopped at the limit after 1 pages; the next run goes on' log
	keys >seen
	while [ "$(outcome .partial)" = true ]; do
		states | tail -n 1 >pos
		fetch --state pos --max-pages 2
		keys >>seen
	done
	cmp <(sort -u seen) <(jq -r .id data.ndjson | sort)
}

@test "one stream's failure does not stop the next" {
	cat >>extra <<-END
	  alerts:
	    noun: alerts
	    path: /alerts
	    paging: token
	    since: createdAt__gte
	    until: createdAt__lt
	    token: cursor
	    items: data
	    next: pagination.nextCursor
	    id: id
	    time: createdAt
	    interval: 5m
	    start: 24h
	    overlap: 120s
	    retention: 365d
	END
	sed -i '/^streams:/r extra' vendors/sentinelone/vendor.yaml
	ready 5 'GET /web/api/v2.1/alerts times=1 status=410'
	fetch
	[ "$status" -eq 76 ]
	[ "$(records | wc -l)" -eq 5 ]
	[ "$(outcome '.class + " " + (.streams | map(.stream + "=" + .class) | join(" "))')" = \
		"PROTOCOL acme-s1.alerts=PROTOCOL acme-s1.threats=OK" ]
	[ "$(grep -c ERROR log)" -eq 1 ]
	# What was not reached has no position yet.
	[ "$(states | tail -n 1 | jq -c '.value.bookmarks | keys')" = '["acme-s1.alerts","acme-s1.threats"]' ]
	# A refused credential would only be refused again.
	printf 'GET * status=401\n' >vendor.scenario
	mock_reload
	: >"$MOCK_JOURNAL"
	fetch
	[ "$status" -eq 77 ]
	[ "$(mock_requests | wc -l)" -eq 1 ]
}

@test "one stream alone can be named" {
	ready 5
	sc-fetch acme-s1.threats >out
	[ "$(records | wc -l)" -eq 5 ]
	run sc-fetch acme-s1.threat
	[ "$status" -eq 78 ]
	[[ $output == *threats* ]]
}

@test "TERM ends a run after its page" {
	local n
	ready 35 'GET /web/api/v2.1/threats from=2 delay=500ms'
	mkfifo pipe
	SC_REPORT=9 sc-fetch acme-s1 >pipe 2>log 9>report 3>&- &
	pid=$!
	while read -r line; do
		printf '%s\n' "$line" >>out
		case $line in '{"type":"STATE"'*) [ -s asked ] || kill "$pid"; echo TERM >asked ;; esac
	done <pipe
	wait "$pid"
	# The second page was under way, or on a busy machine the third; no other
	# was asked for after it.
	n=$(requests)
	[ "$n" -eq 2 ] || [ "$n" -eq 3 ]
	[ "$(records | wc -l)" -eq $((n * 10)) ]
	[ "$(tail -n 1 out | jq -r .type)" = STATE ]
	[ "$(outcome .partial)" = true ]
	grep -q "stopped as asked after $n pages" log
}

@test "nobody reads: a silent 141" {
	ready 60
	run bash -c 'sc-fetch acme-s1 2>log | head -n 1 >/dev/null; echo "${PIPESTATUS[0]}"'
	[ "$output" = 141 ]
	[ ! -s log ]
}

@test "the outcome tells the counts and the vendor's clock" {
	dataset 25
	SC_CLOCK=@2026-11-22T12:07:00Z start_vendor
	integration acme-s1
	fetch
	[ "$(outcome '[.stage, .stream, .class, .counts.pages, .counts.records, .counts.new, .clock_offset_ms] | join(" ")')" = \
		"sc-fetch acme-s1 OK 3 25 25 420000" ]
	[ "$(outcome '.streams[0].stream')" = acme-s1.threats ]
	[ "$(grep -c "WARN.*clock is 7m ahead of this machine's" log)" -eq 1 ]
	# A refusal shows the clock as well.
	echo 'GET * status=401' >vendor.scenario
	mock_reload
	fetch
	[ "$(outcome .clock_offset_ms)" -eq 420000 ]
}

@test "options that make no sense are refused" {
	ready 1
	for args in "--until 1h" "--since soon" "--since 1h --until 2h" \
		"--preview=0" "--preview=x" "--max-pages 0" "--preview --since 1h" \
		"--state x --since 1h" "--since 2030-01-01" "--nonsense"; do
		# shellcheck disable=SC2086
		fetch $args
		[ "$status" -eq 64 ]
		[ ! -s out ]
	done
	run sc-fetch
	[ "$status" -eq 64 ]
	run sc-fetch a b
	[ "$status" -eq 64 ]
	[ ! -e "$MOCK_JOURNAL" ] || [ "$(requests)" -eq 0 ]
}

@test "without a store there is no run" {
	ready 1
	rm -r "$SC_STATE"
	fetch
	[ "$status" -eq 66 ]
	grep -q 'sc-store .*init' log
	[ "$(outcome .code)" -eq 66 ]
}

@test "a second run at the same time is refused, or waits" {
	ready 1
	mkdir -p "$SC_STATE/lock"
	exec 8>"$SC_STATE/lock/acme-s1"
	flock 8
	fetch
	[ "$status" -eq 75 ]
	[ "$(outcome .class)" = LOCKED ]
	[ ! -s out ]
	# Looking and back-fills move no bookmark: they need no lock.
	fetch --preview
	[ "$status" -eq 0 ]
	fetch --since 1h
	[ "$status" -eq 0 ]
	sc-fetch --wait acme-s1 >out 2>log 8>&- 3>&- &
	flock -u 8
	wait "$!"
	[ "$(records | wc -l)" -eq 1 ]
	exec 8>&-
}
