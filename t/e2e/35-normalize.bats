#!/usr/bin/env bats
# sc-normalize: the SentinelOne maps field by field, equality with jq itself,
# what it adds, how it treats other messages and broken maps.
#
# SC_UPDATE=1 bats t/e2e/35-normalize.bats   writes the golden artifacts anew

bats_require_minimum_version 1.5.0
load ../lib/normalize

setup() {
	normalize_setup
}

# own_map LINE...: a vendor "vv" with the stream "s"
own_map() {
	mkdir -p v/vv
	printf '%s\n' "$@" >v/vv/s.map
	export SC_VENDORS=$PWD/v
}

local_map() {
	mkdir -p etc/vendors/vv
	printf '%s\n' "$@" >etc/vendors/vv/s.local.map
}

# vv RECORD [MEMBERS]: one record of the stream "s" of "vv"; its artifact
vv() {
	{
		echo '{"type":"SCHEMA","stream":"i.s","key_properties":[],"schema":{},"source":{"vendor":"vv","stream":"s"}}'
		echo "{\"type\":\"RECORD\",\"stream\":\"i.s\"${2:+,$2},\"record\":$1}"
	} | sc-normalize 2>err | jq -c 'select(.type == "RECORD") | .record'
}

@test "threats: each line of the table gives what it should" {
	table_holds threats threat
}

@test "threats: every line of the map yields values, none of a wrong type, over the fixtures" {
	every_line_yields threats 20 <"$DATA/threats.ndjson"
}

@test "threats: messageType, severity and label only have words that the receiver knows" {
	known_words threats <"$DATA/threats.ndjson"
}

@test "golden artifacts" {
	golden threats <"$DATA/threats.ndjson"
}

@test "jq with the printed program gives the same" {
	{
		cat "$DATA/threats.ndjson"
		jq -c . "$DATA/threat-base.json"
		printf '%s\n' '{}' '{"id":7}' '{"threatInfo":null,"id":"a\u0000\u007f\"é"}'
	} >records
	[ "$(wc -l <records)" -gt 60 ]
	same_as_jq threats <records
}

@test "jq's own reading of odd values is ours" {
	own_map 'x_all = .' 'x_empty = [.. | select(. == "")]' 'x_null = [null]' 'x_object = {}'
	# No numbers that jq 1.7 prints otherwise than 1.6.
	printf '%s\n' '{"a":-0,"b":0.1,"c":-2.5,"d":9007199254740992,"e":-9007199254740992,"f":1000000}' \
		'{"a":"\\\"\/\b\f\n\r\t\u0001\u007f\u2028\ud83d\ude00é","":1,"\u00e9\"":[[],{},[{}],""]}' \
		'{"a":{"a":{"a":[true,false,null]}},"b":1,"b":[2],"a":3}' >records
	sc-normalize --print-jq vv.s >prog
	while IFS= read -r r; do
		vv "$r" | jq -c 'del(.message, .sourceInfo)'
	done <records >got
	jq -c -f prog records >want
	cmp want got
}

@test "the message is the record, byte for byte" {
	messages threats <"$DATA/threats.ndjson" | sc-normalize | jq -r 'select(.record) | .record.message' |
		cmp - "$DATA/threats.ndjson"
	own_map 'streamName = "s"'
	r='{"n":12345678901234567890,"f":1.50,"e":1E+2,"s":"\/\u00e9\\","d":{"a":1,"a":2},"x":"é"}'
	[ "$(vv "$r" | jq -r .message)" = "$r" ]
}

@test "integers beyond 2^53 reach a map as strings of their digits" {
	own_map 'x_a = .a' 'x_b = .b' 'x_c = .c'
	run vv '{"a":1290568698312097725,"b":-9007199254740993,"c":9007199254740991}'
	jq -e '.x_a == "1290568698312097725" and .x_b == "-9007199254740993" and
		.x_c == 9007199254740991' <<<"$output"
}

@test "what is added: id, senderHost, sourceInfo, org_id, native tag" {
	own_map 'tags = ["a", "b"]'
	{
		echo '{"type":"SCHEMA","stream":"i.s","key_properties":[],"schema":{},"source":{"vendor":"vv","stream":"s","integration":"i","realm":"r.example","org_id":"o-1"}}'
		echo '{"type":"RECORD","stream":"i.s","id":"I","key":"k\"\u00e9","rev":"7","ctx":{"c":1},"time_extracted":"2026-01-01T00:00:00Z","record":{"a":1}}'
	} >in
	sc-normalize in >out
	tail -1 out | jq -e '.id == "I" and .key == "k\"é" and .rev == "7" and .ctx == {"c":1} and
		.time_extracted == "2026-01-01T00:00:00Z" and .stream == "i.s" and
		(.rendition | test("^vv/s@[0-9a-f]{12}$")) and
		.record == {"id":"I","tags":["a","b","native:k\"é"],"senderHost":"r.example",
			"sourceInfo":"signal-client.vv:i","org_id":"o-1","message":"{\"a\":1}"}'
	own_map 'x_a = .a'
	sc-normalize in | tail -1 | jq -e '.record.tags == ["native:k\"é"]'
	own_map 'tags = .nothing'
	sc-normalize in | tail -1 | jq -e '.record.tags == ["native:k\"é"]'
}

@test "SCHEMA names the id, STATE and foreign messages pass in order" {
	own_map 'x_a = .a'
	{
		echo '{"type":"SCHEMA","stream":"i.s","key_properties":["nid", "x"],"x":[ 1 ],"schema":{},"source":{"vendor":"vv","stream":"s"}}'
		echo '{"type":"SCHEMA","stream":"other","key_properties":["k"],"schema":{}}'
		echo '{"type":"RECORD","stream":"other","record":{"k": 1}}'
		echo '{"type":"RECORD","stream":"i.s","id":"1","record":{"a":1}}'
		echo '{"type":"STATE","value": {"x":1}}'
		echo '{"type":"ACTIVATE_VERSION","stream":"other","version": 3}'
		echo '{"type":"RECORD","stream":"i.s","id":"2","record":{"a":2}}'
		echo '{"type":"STATE","value": {"x":2}}'
	} >in
	sc-normalize <in >out 2>err
	[ "$(sed -n 1p out)" = '{"type":"SCHEMA","stream":"i.s","key_properties":["id"],"x":[ 1 ],"schema":{},"source":{"vendor":"vv","stream":"s"}}' ]
	diff <(sed -n '2,3p;5,6p;8p' in) <(sed -n '2,3p;5,6p;8p' out)
	[ "$(jq -r 'select(.record.x_a) | .record.x_a' out | xargs)" = '1 2' ]
	grep -qx '\[INFO\] sc-normalize: normalized 2 records bad=0 ms=[0-9]*' err
}

@test "an artifact is not mapped twice" {
	own_map 'x_a = .a'
	vv '{"a":1}' '"id":"1","rendition":"vv/s@0"' >out
	[ "$(cat out)" = '{"a":1}' ]
}

@test "saved files are read one after the other" {
	head -5 "$DATA/threats.ndjson" | messages threats >a
	tail -4 "$DATA/threats.ndjson" | messages threats >b
	run -0 sc-normalize a b
	[ "$(grep -c '"rendition"' <<<"$output")" -eq 9 ]
	run sc-normalize a nowhere
	[ "$status" -eq 66 ]
	[[ $output == *nowhere* ]]
}

@test "ctx reaches the map, and jq by --argjson" {
	own_map 'def parent: $ctx.parent;' 'x_p = parent.name' 'x_a = .a' 'x_none = $ctx.nothing'
	run vv '{"a":1}' '"ctx":{"parent":{"name":"P"}}'
	jq -e '.x_p == "P" and .x_a == 1 and (has("x_none") | not)' <<<"$output"
	run vv '{"a":1}'
	jq -e 'has("x_p") | not' <<<"$output"
	sc-normalize --print-jq vv.s >prog
	[ "$(head -1 prog)" = '$ARGS.named.ctx as $ctx |' ]
	[ "$(jq -c -f prog --argjson ctx '{"parent":{"name":"P"}}' <<<'{"a":1}')" = '{"x_p":"P","x_a":1}' ]
}

@test "an error, no output, null and an empty string leave a field out; the first output counts" {
	own_map 'x_a = .a.b.c' 'x_b = empty' 'x_c = null' 'x_d = ""' 'x_e = error("x")' \
		'x_f = 1, error("x")' 'x_g = false' 'x_h = 1, 2' 'x_i = []' 'x_j = {a: null}'
	run vv '{"a":"text"}'
	jq -e 'del(.message, .sourceInfo, .tags) ==
		{"x_f":1,"x_g":false,"x_h":1,"x_i":[],"x_j":{"a":null}}' <<<"$output"
}

@test "a record that is no object becomes an artifact with the reason" {
	own_map 'streamName = "my_stream"' 'x_a = 1'
	for r in '[1]' '"x"' 7 null true; do
		run vv "$r" '"id":"I","key":"K"'
		jq -e --arg r "$r" '.id == "I" and .message == $r and .streamName == "my_stream" and
			.tags == ["normalize_error", "native:K"] and (.x_error | length > 5) and
			.sourceInfo == "signal-client.vv"' <<<"$output"
		grep -q 'normalized 1 records bad=1' err
	done
}

@test "a value that is too deep costs its record only" {
	own_map 'x_a = if .deep then reduce range(300) as $i (0; [.]) else .a end'
	{
		echo '{"type":"SCHEMA","stream":"i.s","key_properties":[],"schema":{},"source":{"vendor":"vv","stream":"s"}}'
		echo '{"type":"RECORD","stream":"i.s","record":{"a":1}}'
		echo '{"type":"RECORD","stream":"i.s","record":{"deep":true}}'
		echo '{"type":"RECORD","stream":"i.s","record":{"a":2}}'
	} | sc-normalize >out
	[ "$(jq -c 'select(.record) | .record | [.x_a, .tags]' out | xargs)" = \
		'[1,null] [null,[normalize_error]] [2,null]' ]
}

@test "records that could not travel as JSON" {
	own_map 'streamName = "s"' 'x_a = 1'
	{
		echo '{"type":"SCHEMA","stream":"i.s","key_properties":[],"schema":{},"source":{"vendor":"vv","stream":"s","realm":"r"}}'
		echo '{"type":"RECORD","stream":"i.s","id":"1","key":"k","bad":{"reason":"oversize","bytes":5000000,"sha256":"ab","text":"{\"a\":"}}'
		echo '{"type":"RECORD","stream":"i.s","id":"2","bad":{"reason":"utf8","bytes":3,"sha256":"cd","raw_base64":"//79"}}'
	} | sc-normalize 2>err >out
	sed -n 2p out | jq -e '.bad == null and .record == {"id":"1","streamName":"s","tags":["oversize","native:k"],
		"senderHost":"r","sourceInfo":"signal-client.vv","x_bytes":5000000,"x_sha256":"ab","message":"{\"a\":"}'
	sed -n 3p out | jq -e '.record == {"id":"2","streamName":"s","tags":["not_utf8"],"senderHost":"r",
		"sourceInfo":"signal-client.vv","x_bytes":3,"x_sha256":"cd","x_raw_base64":"//79"}'
	grep -q 'normalized 2 records bad=2' err
}

@test "an artifact that would not fit into a line is cut, tagged and measured" {
	own_map 'x_a = .b'
	{
		echo '{"type":"SCHEMA","stream":"i.s","key_properties":[],"schema":{},"source":{"vendor":"vv","stream":"s"}}'
		printf '{"type":"RECORD","stream":"i.s","key":"k","record":{"b":"'
		head -c 9000000 /dev/zero | tr '\0' a
		printf '"}}\n'
		echo '{"type":"RECORD","stream":"i.s","key":"l","record":{"b":"x"}}'
	} >in
	sc-normalize in >out 2>err
	sed -n 2p out | jq -e '.record | .tags == ["oversize", "native:k"] and .x_bytes == 9000008 and
		(.message | length) == 65536 and (.x_sha256 | length) == 64'
	sed -n 3p out | jq -e '.record.x_a == "x"'
	grep -q 'normalized 2 records bad=1' err
}

@test "bad input: 65 with line and reason; what was finished is passed on" {
	own_map 'x_a = .a'
	schema='{"type":"SCHEMA","stream":"i.s","key_properties":[],"schema":{},"source":{"vendor":"vv","stream":"s"}}'
	record='{"type":"RECORD","stream":"i.s","record":{"a":1}}'
	for bad in 'garbage' '{"type":"RECORD","stream":"i.s","record":{"a":01}}' '{"a":1}' \
		'{"type":"RECORD","stream":"unannounced","record":{}}' \
		'{"type":"SCHEMA","stream":"x","key_properties":[],"schema":{},"source":{"vendor":"../etc","stream":"s"}}' \
		'{"type":"SCHEMA","stream":"x","key_properties":[],"schema":{},"source":{"vendor":"vv"}}'; do
		printf '%s\n' "$schema" "$record" "$bad" "$record" >in
		run -65 --separate-stderr sc-normalize in
		[ "$(wc -l <<<"$output")" -eq 2 ]
		[[ $stderr == *"line 3"* ]]
	done
}

@test "input that ends in the middle of a line: 69, no STATE is made up" {
	own_map 'x_a = .a'
	{
		echo '{"type":"SCHEMA","stream":"i.s","key_properties":[],"schema":{},"source":{"vendor":"vv","stream":"s"}}'
		echo '{"type":"RECORD","stream":"i.s","record":{"a":1}}'
		printf '{"type":"STATE","value":{"x"'
	} >in
	run -69 --separate-stderr sc-normalize in
	[ "$(wc -l <<<"$output")" -eq 2 ]
	[[ $output != *STATE* ]]
}

@test "one TERM does not stop it before the end of its input" {
	own_map 'x_a = .a'
	mkfifo pipe
	sc-normalize <pipe >out 2>err &
	pid=$!
	exec 7>pipe
	echo '{"type":"SCHEMA","stream":"i.s","key_properties":[],"schema":{},"source":{"vendor":"vv","stream":"s"}}' >&7
	until [ -s out ]; do :; done
	kill -TERM "$pid"
	echo '{"type":"RECORD","stream":"i.s","record":{"a":1}}' >&7
	exec 7>&-
	wait "$pid"
	[ "$(jq -c 'select(.record) | .record.x_a' out)" = 1 ]
}

@test "the outcome line" {
	own_map 'x_a = .a'
	{
		echo '{"type":"SCHEMA","stream":"i.s","key_properties":[],"schema":{},"source":{"vendor":"vv","stream":"s","integration":"i"}}'
		echo '{"type":"RECORD","stream":"i.s","record":{"a":1}}'
		echo '{"type":"RECORD","stream":"i.s","record":[1]}'
	} | SC_REPORT=7 sc-normalize 7>report >out 2>err
	jq -e '.stage == "sc-normalize" and .stream == "i" and .class == "OK" and
		.counts == {"records":2,"bad":1} and (.streams | length) == 1 and
		.streams[0].stream == "i.s" and .streams[0].counts == {"records":2,"bad":1}' report
	echo garbage | SC_REPORT=7 sc-normalize 7>report 2>err || true
	jq -e '.class == "INPUT" and .code == 65' report
}

# refused TEXT LINE...: the map does not load, the message has the text
refused() {
	own_map "${@:2}"
	run -78 sc-normalize --print-jq vv.s
	[[ $output == *"$1"* ]] || {
		echo "$output"
		return 1
	}
}

@test "maps: words that reach beyond the record are refused, names are not" {
	refused 's.map:2: input is refused' 'x_a = 1' 'x_b = .a | input'
	refused 's.map:1: now is refused' 'x_b = "a \(1 | [now]) b"'
	refused 's.map:1: $ENV is refused' 'def f: $ENV.PATH;' 'x_b = f'
	refused 's.map:3: env is refused' 'x_c = 1' '# x' 'x_b = .a |' '  env'
	own_map 'x_a = {input: .env, now, debug} | .halt, "input $ENV \(.now) env"  # now' \
		'x_b = .now as {env: $input} | $input | error?'
	run -0 sc-normalize --print-jq vv.s
	[[ $output == *'.halt, "input $ENV \(.now) env")?][0]'* ]]
}

@test "maps: faults are named with file and line" {
	refused 's.map:2: no field clientIp, did you mean clientIP' 'action = 1' 'clientIp = 1'
	refused 's.map:1: message is set by sc-normalize itself' 'message = 1'
	refused 's.map:3: action is already on line 1' 'action = 1' '' 'action = 2'
	refused 's.map:1: a ) that closes nothing' 'x_a = 1) | (2'
	refused 's.map:2: x_b: nosuch/0 is not defined' 'x_a = 1' 'x_b = nosuch' 'x_c = f'
	refused 's.map:2: g/1: $y is not defined' 'def f: 1;' 'def g(h): h | $y;' 'x_a = g(1)'
	refused 's.map:2: x_b: ' 'x_a = 1' 'x_b = if 1 then 2' 'x_c = 3'
	run -78 sc-normalize --print-jq vv.nosuch
	[[ $output == *'there is no vendor or integration "vv"' ]]
}

@test "maps: a fault ends the filter with 78 and the line, too" {
	own_map 'x_a = nosuch'
	vv '{}' || true
	grep -q 's.map:1: x_a: nosuch/0 is not defined' err
	rm v/vv/s.map
	vv '{}' || true
	grep -q 'vv has no s.map' err
}

@test "maps: comments, continuations, defs with defs and parameters" {
	own_map '# a comment' '' 'def add(a; $b): def one: a;' '  # inside' '  one + $b;' \
		$'x_a = add(.a; 2)   # "not a string' $'\t| . * 2 ' '' $'   | "\\(.) # no comment"' 'x_b=1'
	run vv '{"a":1}'
	jq -e '.x_a == "6 # no comment" and .x_b == 1' <<<"$output"
}

@test "local maps replace, add and remove single lines" {
	own_map 'def name: "shipped";' 'action = name' 'x_gone = 1' 'x_stays = name'
	before=$(sc-normalize --print-jq vv.s | grep -v '^#' | md5sum)
	rendition=$(vv '{}' >/dev/null; sc-normalize --explain <(
		echo '{"type":"SCHEMA","stream":"i.s","key_properties":[],"schema":{},"source":{"vendor":"vv","stream":"s"}}') |
		awk 'NR == 1 { print $1 }')
	local_map 'action = "local"' 'x_gone =' 'x_more = name' 'def name: "own";' 'x_unknown ='
	run vv '{}'
	jq -e 'del(.message, .sourceInfo, .tags) == {"action":"local","x_stays":"own","x_more":"own"}' <<<"$output"
	run -0 sc-normalize --print-jq vv.s
	[[ $output == *"# $PWD/etc/vendors/vv/s.local.map:1"$'\n''action: [("local")?][0]'* ]]
	[[ $output == *"# $PWD/v/vv/s.map:4"$'\n''x_stays: [(name)?][0]'* ]]
	[ "$before" != "$(grep -v '^#' <<<"$output" | md5sum)" ]
	sc-normalize --explain <(
		echo '{"type":"SCHEMA","stream":"i.s","key_properties":[],"schema":{},"source":{"vendor":"vv","stream":"s"}}') >table
	run ! grep -F "$rendition" table
	local_map 'clientIp = 1'
	run -78 sc-normalize --print-jq vv.s
	[[ $output == *"s.local.map:1: no field clientIp"* ]]
}

@test "the rendition is the program's, not the place's" {
	own_map 'x_a = .a'
	echo '{"type":"SCHEMA","stream":"i.s","key_properties":[],"schema":{},"source":{"vendor":"vv","stream":"s"}}' >in
	a=$(sc-normalize --explain in | awk 'NR == 1 { print $1 }')
	mkdir w
	mv v/vv w/vv
	sed -i '1i # moved' w/vv/s.map
	b=$(SC_VENDORS=$PWD/w sc-normalize --explain in | awk 'NR == 1 { print $1 }')
	[[ $a == vv/s@* ]]
	[ "$a" = "$b" ]
}

@test "--print-jq knows integrations" {
	mkdir -p etc/integrations.d
	cat >etc/integrations.d/acme-s1.yaml <<-EOF
		vendor: sentinelone
		host: acme.sentinelone.net
		api_key: env:NOTHING
	EOF
	sc-normalize --print-jq acme-s1.threats >a
	sc-normalize --print-jq sentinelone.threats >b
	cmp a b
	run -64 sc-normalize --print-jq sentinelone
	run -64 sc-normalize --print-jq
	run -64 sc-normalize --print-jq a.b c.d
	run -78 sc-normalize --print-jq nobody.threats
	[[ $output == *'there is no vendor or integration "nobody"' ]]
	run -78 sc-normalize --print-jq sentinel.threats
	[[ $output == *'there is no vendor or integration "sentinel"; did you mean "sentinelone"?' ]]
	run -78 sc-normalize --print-jq acme-s2.threats
	[[ $output == *'; did you mean "acme-s1"?' ]]
	run -78 sc-normalize --print-jq sentinelone.threat
	[[ $output == *'sentinelone has no threat.map; did you mean "threats"?' ]]
}

@test "--explain counts failures and wrong types and shows the first" {
	own_map 'x_a = .a.b' 'action = .a' 'severityCode = .n' 'x_c = $ctx.z'
	{
		echo '{"type":"SCHEMA","stream":"i.s","key_properties":[],"schema":{},"source":{"vendor":"vv","stream":"s"}}'
		echo '{"type":"RECORD","stream":"i.s","record":{"a":"t","n":1}}'
		echo '{"type":"RECORD","stream":"i.s","record":{"a":{"b":1},"n":"1"},"ctx":{"z":1}}'
		echo '{"type":"RECORD","stream":"i.s","record":{"a":null}}'
	} >in
	sc-normalize --explain in >table
	cat table
	[ "$(awk '/^x_a/ { print $2, $3, $4 }' table)" = '1 2 1' ]
	[ "$(awk '/^action/ { print $2, $3, $4 }' table)" = '2 1 0' ]
	[ "$(awk '/^severityCode/ { print $2, $3, $4 }' table)" = '2 1 0' ]
	[ "$(awk '/^x_c/ { print $2, $3, $4 }' table)" = '1 2 0' ]
	grep -A1 '^x_a' table | grep -q 'failed first in line 2: Cannot index string'
	grep -A1 '^action' table | grep -q '1 values have the wrong type, such as object'
	grep -A1 '^severityCode' table | grep -q '1 values have the wrong type, such as string'
}

@test "a reader that goes away is no error message" {
	own_map 'x_a = .a'
	{
		echo '{"type":"SCHEMA","stream":"i.s","key_properties":[],"schema":{},"source":{"vendor":"vv","stream":"s"}}'
		yes '{"type":"RECORD","stream":"i.s","record":{"a":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}}' |
			head -3000
	} >in
	run --separate-stderr bash -c 'sc-normalize in | head -1 >/dev/null; echo "${PIPESTATUS[0]}"'
	[ "$output" = 141 ]
	[ -z "$stderr" ]
}

@test "memory stays small whatever the volume" {
	for _ in 1 2 3 4 5 6; do cat "$DATA/threats.ndjson"; done | messages threats >in
	export ASAN_OPTIONS=quarantine_size_mb=0:thread_local_quarantine_size_kb=0
	peak() {
		command time -o rss -f %M sc-normalize "$@" >out 2>err
		cat rss
	}
	# What a sanitizer or libjq keeps for good, it has by the end of the first.
	a=$(peak in in in)
	b=$(peak in in in in in in in in in)
	[ "$(grep -c '"native:' out)" -eq 3564 ]
	echo "$a $b"
	[ $((b - a)) -lt 1500 ]
}
