#!/usr/bin/env bats
# sc-normalize --test: records against the artifacts that are expected of them.

bats_require_minimum_version 1.5.0
load ../lib/normalize

setup() {
	normalize_setup
	mkdir -p v/vv etc/vendors/vv tests
	export SC_VENDORS=$PWD/v
	printf '%s\n' 'streamName = "s"' 'severityCode = .level' 'x_list = .list' 'userName = .user' \
		'x_more = .more' 'x_ctx = $ctx.case' >v/vv/s.map
	printf '%s\n' '{"level":1,"user":"ann","list":[1,2]}' '' '{"level":5,"more":{"a":1,"b":[]}}' >tests/vv.s.ndjson
	printf '%s\n' '{"streamName":"s","severityCode":1,"x_list":[1,2],"userName":"ann","sourceInfo":"signal-client.vv"}' \
		'{"streamName":"s","severityCode":5,"x_more":{"a":1,"b":[]},"sourceInfo":"signal-client.vv"}' \
		>tests/vv.s.artifacts.ndjson
}

schema='{"type":"SCHEMA","stream":"i.s","key_properties":["id"],"schema":{"type":"object"},"source":{"vendor":"vv","integration":"i","stream":"s","realm":"r.example"}}'

# passes, fails STATUS: the test, whose output prove understands
passes() {
	run -0 --separate-stderr sc-normalize --test tests
	[ -z "$stderr" ]
	prove -Q -e cat <(echo "$output")
}
fails() {
	run "-$1" --separate-stderr sc-normalize --test tests
	echo "$output"
	echo "$stderr"
}

@test "as expected: TAP, a line for each record with its file and line" {
	passes
	diff - <<-'EOF' <(echo "$output")
		ok 1 - tests/vv.s.ndjson:1
		ok 2 - tests/vv.s.ndjson:3
		1..2
	EOF
}

@test "the order of members, escapes and the message do not count" {
	printf '%s\n' $' \t''{ "userName": "\u0061nn", "x_list": [1, 2], "severityCode": 1, "sourceInfo": "signal-client.vv", "streamName": "s", "message": "whatever" }' \
		'{"streamName":"s","severityCode":5,"x_more":{"b":[],"\u0061":1},"sourceInfo":"signal-client.vv"}' \
		>tests/vv.s.artifacts.ndjson
	passes
}

@test "a case that differs: its fields, what was expected, what came, and the map's line; 65" {
	sed -i 's/^userName = .*/userName = .user | ascii_upcase/; s/^severityCode = .*/severityCode = .level + 1/' v/vv/s.map
	sed -i '1s/"x_list":\[1,2\],/"clientIP":"192.0.2.1",/' tests/vv.s.artifacts.ndjson
	fails 65
	diff - <<-EOF <(echo "$output")
		not ok 1 - tests/vv.s.ndjson:1
		#   severityCode  ($PWD/v/vv/s.map:2)
		#     expected  1
		#     got       2
		#   clientIP
		#     expected  "192.0.2.1"
		#     got       nothing
		#   userName  ($PWD/v/vv/s.map:4)
		#     expected  "ann"
		#     got       "ANN"
		#   x_list  ($PWD/v/vv/s.map:3)
		#     expected  nothing
		#     got       [1,2]
		not ok 2 - tests/vv.s.ndjson:3
		#   severityCode  ($PWD/v/vv/s.map:2)
		#     expected  5
		#     got       6
		1..2
	EOF
	[ "$stderr" = '[ERROR] sc-normalize: 2 of 2 cases differ' ]
	run -1 prove -Q -e cat <(echo "$output")
}

@test "numbers count as they are written, types count, of long values the difference is shown" {
	echo '{"list":["1",1.5,10,true,null]}' >tests/vv.s.ndjson
	for list in '["1",1.50,10,true,null]' '[1,1.5,10,true,null]' '["1",1.5,1e1,true,null]' \
		'["1",1.5,10,true]' '["1",1.5,10,true,null,null]' '["1",1.5,10,"true",null]'; do
		echo "{\"streamName\":\"s\",\"x_list\":$list,\"sourceInfo\":\"signal-client.vv\"}" >tests/vv.s.artifacts.ndjson
		fails 65
		[[ $output == *'#   x_list'*"expected  $list"*'got       ["1",1.5,10,true,null]'* ]]
	done
	long=$(printf 'é%.0s' {1..300})
	echo "{\"user\":\"${long}A$long\"}" >tests/vv.s.ndjson
	echo "{\"streamName\":\"s\",\"userName\":\"${long}B$long\",\"sourceInfo\":\"signal-client.vv\"}" >tests/vv.s.artifacts.ndjson
	fails 65
	grep -E '^#     expected  \.\.\. é{30}Bé{60,80} \.\.\.$' <<<"$output"
	grep -E '^#     got       \.\.\. é{30}Aé{60,80} \.\.\.$' <<<"$output"
}

@test "without artifacts, or with too few or too many: failing cases, and the remedy" {
	sed -i '2d' tests/vv.s.artifacts.ndjson
	fails 65
	[[ $output == *'ok 1 - '*'not ok 2 - '*'tests/vv.s.artifacts.ndjson has no line for it; --update writes it'* ]]
	rm tests/vv.s.artifacts.ndjson
	fails 65
	[ "$(grep -c '^not ok' <<<"$output")" -eq 2 ]
	[[ $output == *'tests/vv.s.artifacts.ndjson is missing; --update writes it'* ]]
	sc-normalize --test tests --update
	echo '{}' >>tests/vv.s.artifacts.ndjson
	fails 65
	[[ $output == *'not ok 3 - tests/vv.s.artifacts.ndjson:3'*'no record is left for it; --update removes it'* ]]
}

@test "--update writes the files that differ, only those, and says which" {
	cp tests/vv.s.ndjson tests/vv.s.again.ndjson
	sed -i 's/:/: /' tests/vv.s.artifacts.ndjson
	cp tests/vv.s.artifacts.ndjson before
	# A line that is right stays as somebody wrote it.
	{ sed -n 1p before; echo '{ "streamName": "old" }'; echo '{}'; } >tests/vv.s.again.artifacts.ndjson
	echo '{"level":3}' >tests/vv.s.new.ndjson
	touch -d '2 days ago' tests/vv.s.artifacts.ndjson
	run -0 --separate-stderr sc-normalize --test tests --update
	echo "$output"
	[ "$(grep '^# wrote' <<<"$output" | xargs)" = \
		'# wrote tests/vv.s.again.artifacts.ndjson # wrote tests/vv.s.new.artifacts.ndjson' ]
	[[ $output == *'ok 4 - tests/vv.s.again.ndjson:3'*'expected  "old"'*'got       "s"'* ]]
	prove -Q -e cat <(echo "$output")
	cmp before tests/vv.s.artifacts.ndjson
	[ "$(find tests -mtime +0)" = tests/vv.s.artifacts.ndjson ]
	diff <(sed '2s/: /:/' before) tests/vv.s.again.artifacts.ndjson
	[ "$(cat tests/vv.s.new.artifacts.ndjson)" = '{"streamName":"s","severityCode":3,"sourceInfo":"signal-client.vv"}' ]
	passes
}

@test "what sc-fetch has written is a test as it is: key, context, several streams" {
	rm tests/*
	cp v/vv/s.map v/vv/t.map
	{
		echo "$schema"
		echo '{"type":"RECORD","stream":"i.s","id":"I","key":"k","rev":"","ctx":{"case":"C"},"record":{"level":1}}'
		echo '{"type":"STATE","value":{}}'
		sed 's/i\.s/i.t/; s/"stream":"s"/"stream":"t"/' <<<"$schema"
		echo '{"type":"RECORD","stream":"i.t","id":"J","key":"l","bad":{"reason":"oversize","bytes":7,"sha256":"ab","text":"x"}}'
	} >tests/saved.ndjson
	run -0 sc-normalize --test tests --update
	diff - tests/saved.artifacts.ndjson <<-'EOF'
		{"id":"I","streamName":"s","severityCode":1,"x_ctx":"C","tags":["native:k"],"senderHost":"r.example","sourceInfo":"signal-client.vv:i"}
		{"id":"J","streamName":"s","tags":["oversize","native:l"],"senderHost":"r.example","sourceInfo":"signal-client.vv:i","x_bytes":7,"x_sha256":"ab"}
	EOF
	passes
	# The same artifacts as a pipe yields.
	diff <(sc-normalize tests/saved.ndjson 2>/dev/null | jq -c '.record // empty | del(.message)') tests/saved.artifacts.ndjson
}

@test "a record that the map cannot handle is seen as such" {
	echo 'x_deep = reduce range(300) as $i (0; [.])' >>v/vv/s.map
	fails 65
	[[ $output == *'#   x_error'*'expected  nothing'* ]]
}

@test "local lines count, and are named" {
	echo 'severityCode = 4' >etc/vendors/vv/s.local.map
	fails 65
	[[ $output == *"#   severityCode  ($PWD/etc/vendors/vv/s.local.map:1)"$'\n#     expected  1\n#     got       4'* ]]
	mkdir other
	run -0 sc-normalize -C other --test tests
}

@test "an upgrade of the shipped map keeps the local lines, and a test of them" {
	printf '%s\n' 'userName = .user | ascii_upcase' 'x_own = "mine"' 'x_list =' >etc/vendors/vv/s.local.map
	sc-normalize --test tests --update
	printf '%s\n' '# 2.0' 'x_new = 2' 'userName = .name' 'streamName = "s"' 'severityCode = .level' 'x_more = .more' \
		'x_list = [.list]' >v/vv/s.map
	fails 65
	[ "$(grep -c '^#   [a-z]' <<<"$output")" -eq 2 ]
	[[ $output == *"#   x_new  ($PWD/v/vv/s.map:2)"* ]]
	sc-normalize --print-jq vv.s >prog
	grep -A1 -F "# $PWD/etc/vendors/vv/s.local.map:1" prog | grep -F 'userName: [(.user | ascii_upcase)?][0]'
	grep -A1 -F "# $PWD/etc/vendors/vv/s.local.map:2" prog | grep -F 'x_own: [("mine")?][0]'
	grep -A1 -F "# $PWD/v/vv/s.map:2" prog | grep -F 'x_new: [(2)?][0]'
	run ! grep x_list prog
}

# error CODE TEXT: the test cannot be held, and the message has the text
error() {
	fails "$1"
	[[ $stderr == *"$2"* ]]
	run ! grep -q '^1\.\.' <<<"$output"
}

@test "what is wrong with a file is told with its name and line" {
	sed -i '3s/.*/{"level":01}/' tests/vv.s.ndjson
	error 65 'tests/vv.s.ndjson:3: byte 9: number with a leading zero'
	echo '[1]' >tests/vv.s.ndjson
	error 65 'tests/vv.s.ndjson:1: not an object'
	printf '{"user":"\xff"}\n' >tests/vv.s.ndjson
	error 65 'tests/vv.s.ndjson:1: byte 9'
	: >tests/vv.s.ndjson
	error 65 'tests/vv.s.ndjson: no records'
	echo '{}' >tests/vv.s.ndjson
	echo '<<<<<<< HEAD' >tests/vv.s.artifacts.ndjson
	error 65 'tests/vv.s.artifacts.ndjson:1: byte 0'
	echo '{"x_a":1,"x_a":2}' >tests/vv.s.artifacts.ndjson
	error 65 'tests/vv.s.artifacts.ndjson:1: byte 9'
	rm tests/vv.s.ndjson
	error 65 'tests/vv.s.artifacts.ndjson: there is no vv.s.ndjson'
}

@test "what is wrong with messages is told with name and line" {
	rm tests/*
	printf '%s\n' "$schema" '{"type":"RECORD","stream":"i.s","record":{"a":1}}' 'garbage' >tests/x.ndjson
	error 65 'tests/x.ndjson line 3: '
	printf '%s\n' "$schema" '{"type":"RECORD","stream":"i.t","record":{"a":1}}' >tests/x.ndjson
	error 65 'tests/x.ndjson: line 2: a RECORD without a SCHEMA'
	printf '%s\n' "$schema" '{"type":"RECORD","stream":"i.s","rendition":"vv/s@0","record":{"a":1}}' >tests/x.ndjson
	error 65 'tests/x.ndjson: line 2: an artifact already'
	jq -c 'del(.source)' <<<"$schema" >tests/x.ndjson
	echo '{"type":"RECORD","stream":"i.s","record":{"a":1}}' >>tests/x.ndjson
	error 65 'tests/x.ndjson: line 2: its SCHEMA names no source'
	echo "$schema" >tests/x.ndjson
	error 65 'tests/x.ndjson: no records'
}

@test "names, folders and maps" {
	mv tests/vv.s.ndjson tests/records.ndjson
	rm tests/vv.s.artifacts.ndjson
	error 65 'tests/records.ndjson: its name is not VENDOR.STREAM[.NAME].ndjson'
	mv tests/records.ndjson tests/vv.u.ndjson
	error 78 'tests/vv.u.ndjson: vv has no u.map'
	echo 'x_a = nosuch' >v/vv/u.map
	error 78 'u.map:1: x_a: nosuch/0 is not defined'
	rm tests/*
	touch tests/README tests/.hidden.ndjson
	error 66 'tests: no file NAME.ndjson'
	rmdir v/none || true
	run -66 sc-normalize --test nowhere
	[[ $output == *nowhere* ]]
	run -64 sc-normalize --test
	run -64 sc-normalize --test tests more
	run -64 sc-normalize --update
	run -64 sc-normalize --update tests/x
}

@test "artifacts that cannot be written are an error" {
	sed -i 1d tests/vv.s.artifacts.ndjson
	mkdir -p tests/vv.s.artifacts.ndjson.new/in-the-way
	run -73 sc-normalize --test tests --update
	[[ $output == *tests/vv.s.artifacts.ndjson* ]]
}
