#!/usr/bin/env bats
# sc-fetch and Darktrace: signed requests, windows of time without pages.

load ../lib/darktrace

setup() { darktrace_setup; }
teardown() { mock_stop; }

@test "a first run reads a day in slices, the next one what may be late" {
	breach 1 1439
	breach 2 600
	breach 3 1
	serve
	run_stream
	[ "$status" -eq 0 ]
	[ "$(ids)" = "1 2 3" ]
	[ "$(windows | paste -sd ,)" = "-1440 -1080,-1080 -720,-720 -360,-360 0" ]
	[ "$(high)" = 2026-11-22T12:00:00.000000Z ]
	grep -qE '^\[INFO\] darktrace: fetched 3 model breaches integration=dt new=3 changed=0 seen=0 pages=4 ms=[0-9]+$' log
	[ "$(jq -r .type out | paste -sd ' ')" = \
		"SCHEMA RECORD STATE STATE RECORD STATE RECORD STATE" ]
	# The raw record, as the appliance sent it.
	[ "$(jq -c 'select(.key == "2").record | [.pbid, .model.name != null]' out)" = '[2,true]' ]
	run_stream
	[ "$status" -eq 0 ]
	[ "$(windows)" = "-360 0" ]
	[ "$(stored)" -eq 3 ]
	grep -q 'fetched 0 model breaches integration=dt new=0 changed=0 seen=1 pages=1' log
}

@test "parameters come sorted, and nothing in them needs an escape" {
	breach 1 5
	breach 2 5 '.score = 0.2'
	event a 5
	serve signed=raw
	echo 'min_score: 40' >>"$SC_CONFIG/integrations.d/dt.yaml"
	edit breaches 'if .pbid == 1 then .score = 0.5 else . end'
	run_stream
	[ "$(ids)" = 1 ]
	mock_requests | head -n 1 | grep -qx 'GET /modelbreaches?endtime=[0-9]*&historicmodelonly=true&includeacknowledged=true&includebreachurl=true&minscore=0.40&starttime=[0-9]*'
	run_stream ai-analyst
	[ "$(ids ai-analyst)" = a ]
	mock_requests | head -n 1 | grep -qx 'GET /aianalyst/incidentevents?endtime=[0-9]*&includeacknowledged=true&includeallpinned=false&includeincidenteventurl=true&minscore=40&starttime=[0-9]*'
	grep -q '^\[INFO\] darktrace: fetched 1 AI Analyst incidents ' log
	for bad in 101 -1 0.5 x 1000; do
		sed -i "s/^min_score: .*/min_score: $bad/" "$SC_CONFIG/integrations.d/dt.yaml"
		run_stream
		[ "$status" -eq 78 ]
		grep -q 'min_score" must be a whole number from 0 to 100' log
	done
}

@test "breaches that come late, hours inside what was asked for, are found" {
	breach 1 400
	breach 2 10
	serve
	run_stream
	breach 3 355
	breach 4 10
	mock_reload
	later 5
	run_stream
	[ "$(ids)" = "1 2 3 4" ]
	event a 30
	mock_reload
	run_stream ai-analyst
	event b 1400
	mock_reload
	later 30
	run_stream ai-analyst
	[ "$(windows)" = "-1435 30" ]
	[ "$(ids ai-analyst)" = "a b" ]
}

@test "five in one second, at the border of two windows, each once" {
	for id in 1 2 3 4 5; do breach $id 720; done
	serve
	run_stream
	[ "$(ids)" = "1 2 3 4 5" ]
	[ "$(grep -c '"type":"RECORD"' out)" -eq 5 ]
	grep -q 'fetched 5 model breaches integration=dt new=5 changed=0 seen=5 ' log
}

@test "any order of a list, and a record that comes alone" {
	for order in newest oldest stored; do
		rm -rf "$SC_STATE"
		: >breaches
		breach 2 10
		breach 1 20
		breach 3 5
		serve "order=$order"
		run_stream
		[ "$(ids)" = "1 2 3" ]
		[ "$(outcome .newest)" = 2026-11-22T11:55:00.000Z ]
	done
	rm -rf "$SC_STATE"
	: >breaches
	breach 7 10
	serve lone=yes
	run_stream
	[ "$status" -eq 0 ]
	[ "$(ids)" = 7 ]
}

@test "an acknowledgement is one more revision, what moves by itself is none" {
	breach 1 10
	event a 10
	serve
	run_stream
	run_stream ai-analyst
	edit breaches '.acknowledged = {username: "ana", time: 1} | .commentCount += 1'
	edit events '.acknowledged = true'
	later 5
	run_stream
	grep -q 'fetched 1 model breaches integration=dt new=0 changed=1 seen=0 ' log
	run_stream ai-analyst
	[ "$(revisions 1)" -eq 2 ]
	[ "$(revisions a ai-analyst)" -eq 2 ]
	edit breaches '.device.lastSeen = 1 | .devicescore = 9 | .pbscore = 8 | .aianalystData = [{uuid: "u"}] | .model.now.description = "x"'
	edit events '.groupScore = 99.9 | .groupPreviousGroups = ["g"]'
	later 10
	run_stream
	grep -q 'fetched 0 model breaches integration=dt new=0 changed=0 seen=1 ' log
	run_stream ai-analyst
	grep -q 'changed=0 seen=1 ' log
}

@test "a clock 45 minutes off is made up for by the vendor's Date" {
	breach 1 10
	serve
	for off in '- 45' '+ 45'; do
		rm -rf "$SC_STATE"
		sc-store init 2>/dev/null
		SC_CLOCK=@$(date -u -d "$NOON $off min" +%Y-%m-%dT%H:%M:%SZ) run_stream
		[ "$status" -eq 0 ]
		[ "$(ids)" = 1 ]
		[ "$(mock_journal .status | head -n 1)" = 400 ]
		[ "$(mock_journal .status | sed 1d | sort -u)" = 200 ]
		[ "$(high)" = 2026-11-22T12:00:00.000000Z ]
		grep -q "\[WARN\] darktrace: the vendor's clock is 45m " log
	done
}

@test "a clock that cannot be made up for is a clock error, with its size" {
	echo '{"error":"API DATE ERROR"}' >bad.json
	RULES='GET /modelbreaches status=400 body=bad.json
'
	serve
	SC_CLOCK=@2026-11-22T11:15:00Z run_stream
	[ "$status" -eq 76 ]
	[ "$(outcome .class)" = CLOCK ]
	[ "$(mock_requests | wc -l)" -eq 2 ]
	grep -q 'darktrace answers 400: API DATE ERROR; its clock is 45m ahead of this machine.s' log
	grep -q 'ensure both systems use NTP' log
}

@test "a wrong private token is refused for good" {
	breach 1 10
	serve
	echo 0123456789012345678901234567890123456789 >token
	run_stream
	[ "$status" -eq 77 ]
	[ "$(outcome .class)" = AUTH ]
	[ "$(mock_requests | wc -l)" -eq 1 ]
	grep -q 'darktrace answers 400: API SIGNATURE ERROR; Verify the Public Token and Private Token are correct' log
	# Whatever the member is called.
	serve error-key=response
	run_stream
	[ "$(outcome .class)" = AUTH ]
	serve errors=plain
	run_stream
	[ "$(outcome .class)" = AUTH ]
	# A new one works at once.
	echo "$PRIVATE" >token
	run_stream
	[ "$status" -eq 0 ]
}

@test "redirections are not followed: what they mean is told" {
	serve forbid=/modelbreaches
	run_stream
	[ "$status" -eq 77 ]
	[ "$(outcome .class)" = PERMISSION ]
	[ "$(mock_requests | wc -l)" -eq 1 ]
	grep -q 'darktrace answers 302; The API token may have restricted access scope: create a new token' log
	sed -i 's|path: /modelbreaches|path: /modelbreachez|' vendors/darktrace/vendor.yaml
	run_stream
	[ "$status" -eq 77 ]
	grep -q 'does not know this request for this token' log
	sed -i 's|path: /modelbreachez|path: /login|' vendors/darktrace/vendor.yaml
	RULES='GET /login status=200 body=login.html
'
	printf '<html><title>Log In | Darktrace</title></html>' >login.html
	serve
	run_stream
	[ "$status" -eq 77 ]
	[ "$(outcome .class)" = PERMISSION ]
	grep -q 'This is the login page' log
	# The words alone are no page.
	printf '[{"pbid":5,"x":"<title>Log In | Darktrace</title>"}]' >login.json
	RULES='GET /login status=200 body=login.json
'
	serve
	run_stream
	[ "$status" -eq 0 ]
	[ "$(ids)" = 5 ]
}

@test "an object that is no record is an error" {
	RULES='GET /modelbreaches status=200 body=answer
'
	for answer in '{"response":"ERROR"}' '{}' 'null' '"x"'; do
		printf '%s' "$answer" >answer
		serve
		run_stream
		[ "$status" -eq 76 ]
		[ "$(outcome .class)" = PROTOCOL ]
	done
}

@test "a window that is too large is halved, for the rest of the run" {
	breach 1 1400
	breach 2 700
	breach 3 3
	{
		printf 'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n'
		printf 'Content-Encoding: gzip\r\n\r\n'
		head -c 70000000 /dev/zero | tr '\0' ' ' | gzip -1c
	} >large.http
	RULES='GET /modelbreaches from=2 times=2 file=large.http
'
	serve
	run_stream
	[ "$status" -eq 0 ]
	[ "$(ids)" = "1 2 3" ]
	[ "$(windows | head -n 5 | paste -sd ,)" = \
		"-1440 -1080,-1080 -720,-1080 -900,-1080 -990,-990 -900" ]
	[ "$(mock_requests | wc -l)" -eq $((3 + 12)) ]
	grep -q 'an answer is larger than 67108864 bytes; asking for 3h at a time' log
	grep -q 'asking for 1h at a time' log
	# The next run begins with whole ones.
	run_stream
	[ "$(windows)" = "-360 0" ]
}

@test "a second that is too large ends the run" {
	{
		printf 'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n'
		printf 'Content-Encoding: gzip\r\n\r\n'
		head -c 70000000 /dev/zero | tr '\0' ' ' | gzip -1c
	} >large.http
	RULES='GET /modelbreaches file=large.http
'
	serve
	run_stream
	[ "$status" -eq 76 ]
	[ "$(mock_requests | wc -l)" -eq 15 ]
	grep -q 'the answer is larger than 67108864 bytes' log
}

@test "back-fill: from a time, up to a time, and the position stays" {
	breach 1 2880
	breach 2 2000
	breach 3 1500
	breach 4 5
	serve
	run_stream
	[ "$(ids)" = 4 ]
	before=$(high)
	run_stream model-breaches --since 2026-11-20T12:00:00Z --until 2026-11-21T11:00:00Z
	[ "$status" -eq 0 ]
	# Up to, but not at: breach 3 is of 11:00 o'clock.
	[ "$(ids)" = "1 2 4" ]
	[ "$(windows | head -n 1)" = "-2880 -2520" ]
	[ "$(windows | wc -l)" -eq 4 ]
	[ "$(high)" = "$before" ]
	run_stream model-breaches --since 2d
	[ "$(ids)" = "1 2 3 4" ]
	run_stream model-breaches --since 2d --max-pages 2
	[ "$(mock_requests | wc -l)" -eq 2 ]
	grep -q 'after 2 pages; to go on, use --since 2026-11-21T00:00:00.000Z' log
}

@test "a run that ends between two windows goes on behind the last one" {
	breach 1 1400
	breach 2 700
	breach 3 3
	serve
	run_stream model-breaches --max-pages 1
	[ "$status" -eq 0 ]
	[ "$(outcome .partial)" = true ]
	[ "$(high)" = 2026-11-21T18:00:00.000000Z ]
	run_stream
	# The overlap, and a slice in the same request.
	[ "$(windows | head -n 2 | paste -sd ,)" = "-1440 -720,-720 -360" ]
	[ "$(ids)" = "1 2 3" ]
}

@test "a failure in a window keeps those before it" {
	breach 1 1400
	breach 2 1000
	breach 3 3
	RULES='GET /modelbreaches from=3 times=1 cut-after=100
GET /modelbreaches from=4 times=2 status=503
'
	serve
	# No waiting between attempts.
	SC_CLOCK=@$NOON run_stream
	[ "$status" -eq 69 ]
	[ "$(ids)" = "1 2" ]
	[ "$(high)" = 2026-11-22T00:00:00.000000Z ]
	run_stream
	[ "$status" -eq 0 ]
	[ "$(ids)" = "1 2 3" ]
}

@test "killed in a window, nothing is lost" {
	breach 1 1400
	breach 2 1000
	breach 3 3
	RULES='GET /modelbreaches from=3 times=1 delay=60s
'
	serve
	sc-fetch dt.model-breaches >messages 2>/dev/null &
	pid=$!
	until [ "$(grep -c '"type":"STATE"' messages)" -eq 2 ]; do :; done
	kill -9 "$pid"
	wait "$pid" || true
	sc-normalize <messages 2>/dev/null | sc-ship >/dev/null
	[ "$(ids)" = "1 2" ]
	[ "$(high)" = 2026-11-22T00:00:00.000000Z ]
	# shellcheck disable=SC2034 # for serve
	RULES=''
	serve
	run_stream
	[ "$(ids)" = "1 2 3" ]
	[ "$(stored)" -eq 3 ]
}

@test "a clock years behind, or ahead, moves no position" {
	breach 1 10
	serve
	run_stream
	SC_CLOCK=@2019-01-01T00:00:00Z run_stream
	[ "$status" -eq 0 ]
	[ "$(high)" = 2026-11-22T12:00:00.000000Z ]
	SC_CLOCK=@2031-01-01T00:00:00Z run_stream
	[ "$status" -eq 0 ]
	[ "$(high)" = 2026-11-22T12:00:00.000000Z ]
	rm -rf "$SC_STATE"
	sc-store init 2>/dev/null
	SC_CLOCK=@2031-01-01T00:00:00Z run_stream
	[ "$(ids)" = 1 ]
	[ "$(high)" = 2026-11-22T12:00:00.000000Z ]
}

@test "sc-auth prints what a request needs; no secret is anywhere else" {
	breach 1 10
	serve
	target='/modelbreaches?endtime=1&starttime=0'
	SC_CLOCK=@2023-11-14T22:18:20Z sc-auth dt GET "$target" >lines
	[ "$(cut -d ' ' -f 1 lines | paste -sd ' ')" = "DTAPI-Token: DTAPI-Date: DTAPI-Signature:" ]
	[ "$(sed -n 2p lines)" = "DTAPI-Date: 20231114T221820" ]
	want=$(printf '%s\n%s\n%s' "$target" "$PUBLIC" 20231114T221820 |
		openssl dgst -sha1 -hmac "$PRIVATE" | sed 's/.* //')
	[ "$(sed -n 3p lines)" = "DTAPI-Signature: $want" ]
	# By the vendor's clock, as sc-fetch asks for it; nonsense is refused.
	printf 'GET /status 2700000\nGET /status x\nGET /status\n' |
		SC_CLOCK=@2023-11-14T22:18:20Z sc-auth -s dt >answers
	grep -qx 'DTAPI-Date: 20231114T230320' answers
	[ "$(grep -c '^!64 ' answers)" -eq 1 ]
	[ "$(grep -c '^DTAPI-Date: 20231114T221820$' answers)" -eq 1 ]
	run_stream model-breaches -v
	[ "$(cat log out normalize.log ship.log lines journal.ndjson | grep -c "$PRIVATE")" -eq 0 ]
}
