#!/usr/bin/env bats
# sc-ship: messages in, artifacts to the store, a file or standard output.

bats_require_minimum_version 1.5.0

setup() {
	local root
	root=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
	PATH=$(cd "${SC_BIN:-$root/build/release}" && pwd):$PATH
	cd "$BATS_TEST_TMPDIR" || return
	export SC_STATE=$PWD/state SC_CLOCK=@2026-11-22T13:00:00Z
	sc-store init >/dev/null
	exec 8>&-
}

# schema [STREAM]
schema() {
	printf '{"type":"SCHEMA","stream":"%s","key_properties":["id"],"schema":{},"source":{"vendor":"sentinelone","integration":"acme","stream":"threats","realm":"acme.net","tenant":"t1"}}\n' \
		"${1:-acme.threats}"
}

# records FROM TO [STREAM]: their ids are as the numbers
records() {
	local i
	for ((i = $1; i <= $2; i++)); do
		printf '{"type":"RECORD","stream":"%s","id":"00000000-0000-5000-8000-%012d","key":"k%d","rev":"r","rendition":"m1","record":{"startTimeUTC":"2026-11-22T12:00:00Z","n":%d}}\n' \
			"${3:-acme.threats}" "$i" "$i" "$i"
	done
}

# state GEN REST [STREAM]
state() {
	printf '{"type":"STATE","for":"store","value":{"bookmarks":{"%s":{"v":1,"gen":%d,%s}}}}\n' \
		"${3:-acme.threats}" "$1" "$2"
}

# stored: the numbers of the artifacts in the store, in order of position
stored() {
	sqlite3 state/store.db "SELECT group_concat(json_extract(artifact, '\$.n'), ' ') FROM artifact ORDER BY pos"
}

bookmark() {
	sqlite3 state/store.db "SELECT gen || ' ' || value FROM bookmark WHERE stream = '${1:-acme.threats}'"
}

# log WORD...: a line of standard error has them all
log() {
	local want line
	while read -r line; do
		for want; do [[ $line == *"$want"* ]] || continue 2; done
		return 0
	done <<<"$stderr"
	echo "no line with $* in: $stderr" >&2
	return 1
}

@test "a batch is stored with its bookmark and its STATE printed" {
	{ schema; records 1 3; state 0 '"high":"2026-11-22T12:00:00Z"'; } >in
	run --separate-stderr sc-ship <in
	[ "$status" -eq 0 ]
	[ "$output" = "$(tail -n 1 in)" ]
	[[ $stderr == "[INFO] sc-ship: stored 3 artifacts known=0 batches=1 ms="* ]]
	[ "$(stored)" = "1 2 3" ]
	[ "$(bookmark)" = '1 {"v":1,"high":"2026-11-22T12:00:00Z"}' ]
	run sqlite3 -json state/store.db 'SELECT * FROM artifact LIMIT 1'
	[ "$(jq -c '.[0]|del(.id)' <<<"$output")" = '{"pos":1,"key":"k1","rev":"r","rendition":"m1","vendor":"sentinelone","integration":"acme","stream":"acme.threats","realm":"acme.net","tenant":"t1","event_ms":1795348800000,"arrival_ms":1795352400000,"time_ms":1795348800000,"ctx":null,"artifact":"{\"startTimeUTC\":\"2026-11-22T12:00:00Z\",\"n\":1}"}' ]
	run sqlite3 state/store.db 'SELECT artifacts, known, last_commit_ms, newest_ms FROM health'
	[ "$output" = "3|0|1795352400000|1795348800000" ]
}

@test "the same records again are known, not stored" {
	{ schema; records 1 3; } | sc-ship
	{ schema; records 2 4; } >in
	run --separate-stderr sc-ship <in
	[ "$status" -eq 0 ]
	log 'stored 1 artifacts known=2'
	[ "$(stored)" = "1 2 3 4" ]
}

@test "a missing store is an error with its remedy" {
	run sc-ship -S "$PWD/none" </dev/null
	[ "$status" -eq 66 ]
	[[ $output == *"there is no store in $PWD/none; create it once with: sc-store -S $PWD/none init"* ]]
	[ ! -e none ]
}

@test "each STATE is printed once what stands before it is stored" {
	mkfifo in out
	sc-ship <in >out 2>log &
	exec 8>in 7<out
	{ schema; records 1 2; state 0 '"n":1'; } >&8
	read -t 10 -r line <&7
	[ "$line" = "$(state 0 '"n":1')" ]
	[ "$(stored)" = "1 2" ]
	# The run goes on to name the generation that it began with.
	{ records 3 3; state 0 '"n":2'; } >&8
	read -t 10 -r line <&7
	[ "$line" = "$(state 0 '"n":2')" ]
	[ "$(stored)" = "1 2 3" ]
	[ "$(bookmark)" = '2 {"v":1,"n":2}' ]
	exec 8>&-
	wait $!
	grep -q 'stored 3 artifacts known=0 batches=2' log
}

@test "a kill between batches keeps the batches that were acknowledged" {
	mkfifo in out
	sc-ship <in >out 2>log &
	exec 8>in 7<out
	{ schema; records 1 2; state 0 '"n":1'; records 3 4; } >&8
	read -t 10 -r line <&7
	kill -KILL $!
	wait $! || true
	exec 8>&-
	[ "$(stored)" = "1 2" ]
	{ schema; records 1 4; state 1 '"n":2'; } | sc-ship >/dev/null
	[ "$(stored)" = "1 2 3 4" ]
	run sc-store check
	[ "$status" -eq 0 ]
}

@test "a bookmark that somebody else moved stays, the records are kept" {
	{ schema; records 1 1; state 0 '"n":1'; } | sc-ship
	{ schema; records 2 2; state 0 '"n":2'; records 3 3; state 0 '"n":3'; } >in
	run --separate-stderr sc-ship <in
	[ "$status" -eq 75 ]
	[ -z "$output" ]
	[ "$(grep -c WARN <<<"$stderr")" -eq 1 ]
	log '[WARN]' acme.threats
	log '[ERROR]' 'run it again'
	[ "$(stored)" = "1 2 3" ]
	[ "$(bookmark)" = '1 {"v":1,"n":1}' ]
}

@test "of two streams the stale one stays and the other one moves" {
	{ schema a.x; state 0 '"n":1' a.x; } | sc-ship
	printf '%s\n' '{"type":"STATE","for":"store","value":{"bookmarks":{"a.x":{"v":1,"gen":0,"n":2},"b.x":{"v":1,"gen":0,"n":2}}}}' >in
	run --separate-stderr sc-ship <in
	[ "$status" -eq 75 ]
	[ -z "$output" ]
	[ "$(bookmark a.x)" = '1 {"v":1,"n":1}' ]
	[ "$(bookmark b.x)" = '1 {"v":1,"n":2}' ]
}

@test "an unchanged bookmark and none at all are commit points" {
	{ schema; records 1 1; state 0 '"n":1'; records 2 2; state 0 '"n":1'
	records 3 3; echo '{"type":"STATE","for":"store","value":{"bookmarks":{}}}'; } >in
	run --separate-stderr sc-ship <in
	[ "$status" -eq 0 ]
	[ "${#lines[@]}" -eq 3 ]
	[ "$(bookmark)" = '1 {"v":1,"n":1}' ]
	[ "$(stored)" = "1 2 3" ]
}

@test "a bookmark never goes back" {
	{ schema; state 0 '"high":"2026-11-22T12:00:00Z"'; } | sc-ship
	{ schema; records 1 1; state 1 '"high":"2026-11-22T11:59:59Z"'; } >in
	run --separate-stderr sc-ship <in
	[ "$status" -eq 65 ]
	log 'stdin line 3' backwards
	[ -z "$(stored)" ]
}

@test "what follows the last STATE is stored at a clean end" {
	{ schema; records 1 1; state 0 '"n":1'; records 2 3; } >in
	run --separate-stderr sc-ship <in
	[ "$status" -eq 0 ]
	[ "${#lines[@]}" -eq 1 ]
	[ "$(stored)" = "1 2 3" ]
	[ "$(bookmark)" = '1 {"v":1,"n":1}' ]
}

@test "a producer that died: what followed the last STATE is dropped" {
	{ schema; records 1 1; state 0 '"n":1'; records 2 3; printf '{"type":"REC'; } >in
	run --separate-stderr sc-ship <in
	[ "$status" -eq 69 ]
	[ "${#lines[@]}" -eq 1 ]
	log '[ERROR]' 'stdin line 6' 'in the middle of a line'
	[ "$(stored)" = "1" ]
}

@test "garbage ends it with its line number; earlier batches stay" {
	local garbage
	for garbage in 'hello' '{"type":"RECORD"}' '[]' '{"type":"STATE"}' \
		'{"type":"RECORD","stream":"acme.threats","record":[]}' \
		'{"type":"RECORD","stream":"other.threats","record":{}}' \
		'{"type":"STATE","for":"siem","value":{"bookmarks":{}}}' \
		'{"type":"STATE","for":"store","value":{}}' \
		'{"type":"STATE","for":"store","value":{"bookmarks":{"a.b":7}}}' \
		'{"type":"STATE","for":"store","value":{"bookmarks":{"a.b":{"v":1}}}}' \
		'{"type":"STATE","for":"store","value":{"bookmarks":{"a.b":{"gen":0}}}}' \
		'{"type":"STATE","for":"store","value":{"bookmarks":{"a.b":{"v":2,"gen":0}}}}' \
		'{"type":"STATE","for":"store","value":{"bookmarks":{"a.b":{"v":1,"gen":"0"}}}}'; do
		rm -rf state
		sc-store init >/dev/null
		{ schema; records 1 1; state 0 '"n":1'; records 2 3; echo "$garbage"; records 4 4; } >in
		run --separate-stderr sc-ship <in
		echo "$garbage: $status $stderr"
		[ "$status" -eq 65 ]
		[ "${#lines[@]}" -eq 1 ]
		log '[ERROR]' 'stdin line 6'
		[ "$(stored)" = "1" ]
		[ "$(bookmark)" = '1 {"v":1,"n":1}' ]
		[ -z "$(bookmark a.b)" ]
	done
}

@test "a stream that only a STATE has named has no SCHEMA yet" {
	{ state 0 '"n":1' b.x; records 1 1 b.x; } >in
	run --separate-stderr sc-ship <in
	[ "$status" -eq 65 ]
	log 'stdin line 2' 'a RECORD of "b.x" before its SCHEMA'
	[ "$(bookmark b.x)" = '1 {"v":1,"n":1}' ]
}

@test "a batch larger than memory goes through a file" {
	{
		schema
		awk 'BEGIN { for (i = 0; i < 4000; i++) pad = pad "0123456789"
			for (i = 0; i < 1000; i++)
				printf "{\"type\":\"RECORD\",\"stream\":\"acme.threats\",\"id\":\"00000000-0000-5000-8000-%012d\",\"record\":{\"n\":%d,\"p\":\"%s\"}}\n", i, i, pad }'
		state 0 '"n":1'
	} >in
	[ "$(stat -c %s in)" -gt 40000000 ]
	# The sanitizers reserve more than there is.
	[[ ${SC_BIN:-} == *asan* ]] || ulimit -v 60000
	run --separate-stderr sc-ship <in
	[ "$status" -eq 0 ]
	log 'stored 1000 artifacts known=0 batches=1'
	[ "$(ls -A state)" = "store.db" ]
	[ "$(sqlite3 state/store.db 'SELECT count(*) FROM artifact WHERE length(artifact) > 40000')" -eq 1000 ]
}

@test "a Singer tap's records and STATEs are taken" {
	cat >in <<-'EOF2'
		{"type":"SCHEMA","stream":"users","schema":{},"key_properties":["uid"]}
		{"type":"RECORD","stream":"users","record":{"uid":"u1","name":"x"}}
		{"type":"ACTIVATE_VERSION","stream":"users","version":1}
		{"type":"RECORD","stream":"users","record":{"uid":"u1","name":"y"}}
		{"type":"RECORD","stream":"users","record":{"uid":"u1","name":"y"}}
		{"type":"STATE","value":{"bookmarks":{"users":{"updated":"2026"}}}}
	EOF2
	run --separate-stderr sc-ship <in
	[ "$status" -eq 0 ]
	[ "$output" = "$(tail -n 1 in)" ]
	log 'stored 2 artifacts known=1'
	[ "$(sqlite3 state/store.db 'SELECT DISTINCT vendor, integration, stream, key FROM artifact')" = 'singer|users|users|u1' ]
	[ -z "$(bookmark users)" ]
}

@test "a full disk: 74, earlier batches stay, the next run goes on" {
	{ schema; records 1 1; state 0 '"n":1'; } | sc-ship
	{
		schema
		awk 'BEGIN { for (i = 0; i < 10000; i++) pad = pad "0123456789"
			for (i = 2; i < 40; i++)
				printf "{\"type\":\"RECORD\",\"stream\":\"acme.threats\",\"id\":\"00000000-0000-5000-8000-%012d\",\"record\":{\"n\":%d,\"p\":\"%s\"}}\n", i, i, pad }'
		state 1 '"n":2'
	} >in
	# The kernel says "file too large" where a disk says "no space".
	run --separate-stderr bash -c "trap '' XFSZ; ulimit -f 2000; sc-ship <in"
	[ "$status" -eq 74 ]
	[ -z "$output" ]
	[ "$(stored)" = "1" ]
	[ "$(bookmark)" = '1 {"v":1,"n":1}' ]
	sc-ship <in
	[ "$(sqlite3 state/store.db 'SELECT count(*) FROM artifact')" -eq 39 ]
	[ "$(bookmark)" = '2 {"v":1,"n":2}' ]
}

@test "TERM lets it run to the end of its input" {
	mkfifo in out
	sc-ship <in >out 2>log &
	exec 8>in 7<out
	{ schema; records 1 1; state 0 '"n":1'; } >&8
	read -t 10 -r line <&7
	kill -TERM $!
	{ records 2 2; state 0 '"n":2'; } >&8
	read -t 10 -r line <&7
	exec 8>&-
	wait $!
	[ "$(stored)" = "1 2" ]
}

@test "a reader that went away is a silent 141" {
	{ schema; records 1 1; state 0 '"n":1'; } >in
	run --separate-stderr bash -c 'mkfifo gone; exec 3<>gone 4>gone 3<&-; sc-ship <in >&4'
	[ "$status" -eq 141 ]
	[ -z "$stderr" ]
	# What the STATE says is true all the same.
	[ "$(stored)" = "1" ]
}

@test "the outcome line tells what was done" {
	{ schema; records 1 3; state 0 '"n":1'; } | SC_REPORT=9 sc-ship 9>report
	run jq -c '[.stage,.stream,.class,.code,.counts,.newest,.streams[0].stream,.streams[0].counts]' report
	[ "$output" = '["sc-ship","acme","OK",0,{"stored":3},"2026-11-22T12:00:00.000Z","acme.threats",{"stored":3}]' ]
	{ schema; state 0 '"n":2'; } | SC_REPORT=9 sc-ship 9>report || true
	run jq -c '[.class,.code,.remedy]' report
	[ "$output" = '["LOCKED",75,"run it again; no record is lost"]' ]
}

@test "--to stdout prints artifacts only and needs no store" {
	{ schema; records 1 3; state 0 '"n":1'; } >in
	run --separate-stderr sc-ship -S "$PWD/none" --to stdout <in
	[ "$status" -eq 0 ]
	[ "${#lines[@]}" -eq 3 ]
	[ "${lines[2]}" = '{"startTimeUTC":"2026-11-22T12:00:00Z","n":3}' ]
	log 'wrote 3 artifacts'
	[ ! -e none ]
	[ -z "$(stored)" ]
}

@test "--to stdout shows a record as soon as it came" {
	mkfifo in out
	sc-ship --to stdout <in >out 2>log &
	exec 8>in 7<out
	{ schema; records 1 1; } >&8
	read -t 10 -r line <&7
	[ "$line" = '{"startTimeUTC":"2026-11-22T12:00:00Z","n":1}' ]
	exec 8>&-
	wait $!
}

@test "--to file appends; STATEs for the store are not printed" {
	{ schema; records 1 2; state 0 '"n":1'; } >in
	run --separate-stderr sc-ship -S "$PWD/none" --to file:out.ndjson <in
	[ "$status" -eq 0 ]
	[ -z "$output" ]
	{ schema; records 3 3; echo '{"type":"STATE","for":"siem","value":{"bookmarks":{"store":{"v":1,"gen":0,"pos":3}}}}'; } >in
	run --separate-stderr sc-ship -S "$PWD/none" --to file:out.ndjson <in
	[ "$status" -eq 0 ]
	[ "$output" = "$(tail -n 1 in)" ]
	[ "$(jq -c .n out.ndjson | xargs)" = "1 2 3" ]
	[ ! -e none ]
}

@test "--to file cuts the torn last line of a died run" {
	{ schema; records 3 3; } >in
	printf '{"n":1}\n{"n":2,"x":"to' >out.ndjson
	run --separate-stderr sc-ship --to file:out.ndjson <in
	[ "$status" -eq 0 ]
	log '[WARN]' out.ndjson '14 bytes'
	[ "$(jq -c .n out.ndjson | xargs)" = "1 3" ]
	# A first line that never was finished.
	printf '{"n":2,"x":"to' >out.ndjson
	sc-ship --to file:out.ndjson <in
	[ "$(jq -c .n out.ndjson | xargs)" = "3" ]
	# One that lacks but its newline is whole.
	printf '{"n":1}\n{"n":2}' >out.ndjson
	run --separate-stderr sc-ship --to file:out.ndjson <in
	[[ $stderr != *WARN* ]]
	[ "$(jq -c .n out.ndjson | xargs)" = "1 2 3" ]
}

@test "--to file leaves a file alone that cannot be ours" {
	head -c 17000000 /dev/zero >big
	run --separate-stderr sc-ship --to file:big </dev/null
	[ "$status" -eq 65 ]
	[ "$(stat -c %s big)" -eq 17000000 ]
	run sc-ship --to "file:$PWD/no/such/folder" </dev/null
	[ "$status" -eq 73 ]
	run sc-ship --to file:state </dev/null
	[ "$status" -eq 73 ]
}

@test "--to file is one run's at a time" {
	mkfifo in out
	sc-ship --to file:out.ndjson <in >out 2>log &
	exec 8>in 7<out
	{ schema; records 1 1; echo '{"type":"STATE","for":"x","value":{}}'; } >&8
	read -t 10 -r line <&7
	[ "$(jq .n out.ndjson)" = 1 ]
	run sc-ship --to file:out.ndjson </dev/null
	[ "$status" -eq 75 ]
	exec 8>&-
	wait $!
}

@test "a destination that is none is a usage error" {
	local to
	for to in siem file: FILE:x ''; do
		run sc-ship --to "$to" </dev/null
		[ "$status" -eq 64 ]
		[[ $output == *"--to $to: expected stdout or file:PATH" ]]
	done
	run sc-ship --to stdotu </dev/null
	[ "$status" -eq 64 ]
	[[ $output == *'--to stdotu: did you mean "stdout"?' ]]
	run sc-ship extra </dev/null
	[ "$status" -eq 64 ]
}

@test "every option is in the manual and in the help" {
	local page
	page=$BATS_TEST_DIRNAME/../../bin/sc-ship/sc-ship.1
	run sc-ship -h
	[ "$status" -eq 0 ]
	[[ $output == *"sc-fetch acme-s1 | sc-normalize | sc-ship"* ]]
	for o in C S v h V; do grep -q "^\.It Fl $o\b" "$page"; done
	for o in to log; do grep -q "^\.It Fl Fl $o\b" "$page"; done
}
