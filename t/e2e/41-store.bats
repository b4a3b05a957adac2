#!/usr/bin/env bats
# sc-store: what the store holds, and reading it like a stream.

load ../lib/tty

bats_require_minimum_version 1.5.0

setup() {
	local root
	root=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
	PATH=$(cd "${SC_BIN:-$root/build/release}" && pwd):$PATH
	cd "$BATS_TEST_TMPDIR" || return
	export SC_STATE=$PWD/state SC_CLOCK=@2026-11-22T13:00:00Z
	sc-store init >/dev/null
	# Another umask than the usual one must not matter.
	umask 027
}

# put STREAM FROM TO MINUTE [MEMBERS]: artifacts with numbers and event times
put() {
	local i
	{
		printf '{"type":"SCHEMA","stream":"%s","source":{"vendor":"%s","integration":"%s","stream":"%s","realm":"r"}}\n' \
			"$1" "${vendor:-sentinelone}" "${1%%.*}" "${1#*.}"
		for ((i = $2; i <= $3; i++)); do
			printf '{"type":"RECORD","stream":"%s","id":"%08x-0000-5000-8000-000000000000","key":"k%d","rev":"r","ctx":{"c":%d},"record":{"startTimeUTC":"2026-11-22T12:%02d:00Z"%s,"n":%d}}\n' \
				"$1" "$((i * 16777216 % 4294967296 + i))" "$i" "$i" "$4" "${5:-}" "$i"
		done
	} | sc-ship 2>/dev/null
}

# n: the numbers of the artifacts on standard input
n() { jq -c .n | xargs; }

found() { sc-store search "$@" | n; }

@test "a link that leads nowhere is no store, and no place for one" {
	mkdir linked
	ln -s "$PWD/gone/store.db" linked/store.db
	for command in init check; do
		run sc-store -S "$PWD/linked" "$command"
		[ "$status" -eq 66 ]
		[[ $output == *"linked/store.db is a link to something that is not there; see where it leads with: ls -l $PWD/linked/store.db; mount that, or remove the link" ]]
	done
	[ -h linked/store.db ]
}

@test "a table that somebody dropped: 66 and what helps" {
	sqlite3 "$SC_STATE/store.db" 'drop table artifact'
	run sc-store search
	[ "$status" -eq 66 ]
	[[ $output == *"store.db is damaged: no such table: artifact; restore a backup; what sqlite3 can save: .recover" ]]
	run sc-store check
	[ "$status" -eq 74 ]
	[[ $output == *"problem: "*"no such table"* ]]
}

@test "init creates the store once" {
	run sc-store -S "$PWD/new/deep" init
	[ "$status" -eq 0 ]
	[ "$output" = "created $PWD/new/deep/store.db" ]
	run sc-store init -S "$PWD/new/deep"
	[ "$status" -eq 0 ]
	[ "$output" = "there is already $PWD/new/deep/store.db" ]
	[ "$(stat -c %A new/deep/store.db | cut -c8-)" = "---" ]
}

@test "many inits at once make one store" {
	local i pids=()
	for i in 1 2 3 4 5 6 7 8; do
		sc-store -S "$PWD/busy" init >"out$i" 2>&1 &
		pids+=($!)
	done
	for i in "${pids[@]}"; do wait "$i"; done
	[ "$(cat out? | grep -c created)" -eq 1 ]
	sc-store -S "$PWD/busy" check
}

@test "search prints artifacts in order of time, as they were shipped" {
	put acme.threats 1 2 30
	put acme.threats 3 4 10
	[ "$(found)" = "3 4 1 2" ]
	[ "$(found --limit 3)" = "4 1 2" ]
	run sc-store search --limit 1
	[ "$output" = '{"startTimeUTC":"2026-11-22T12:30:00Z","n":2}' ]
	run sc-store search --count
	[ "$output" = 4 ]
	run sc-store search --count --limit 3
	[ "$output" = 3 ]
}

@test "search filters" {
	put acme.threats 1 1 10
	put acme.agents 2 2 20
	put acme-2.threats 3 3 30 ',"fileName":"Invoice_1.exe"'
	vendor=darktrace put dt.breaches 4 4 40
	[ "$(found --integration acme)" = "1 2" ]
	[ "$(found --stream acme.threats)" = "1" ]
	[ "$(found --stream threats)" = "1 3" ]
	[ "$(found --stream threats --integration acme-2)" = "3" ]
	[ "$(found --vendor darktrace)" = "4" ]
	[ "$(found --since 2026-11-22T12:20Z)" = "2 3 4" ]
	[ "$(found --since 35m)" = "3 4" ]
	[ "$(found --until 2026-11-22T12:20Z)" = "1" ]
	[ "$(found --since 12h --until 30m)" = "1 2" ]
	[ "$(found --text invoice_1)" = "3" ]
	[ "$(found --text invoiceX1)" = "" ]
	[ "$(found --id 03000003-0)" = "3" ]
	[ "$(found --id 0)" = "1 2 3 4" ]
	[ "$(found --vendor nobody)" = "" ]
}

@test "a search in vain doubts the names in it" {
	put acme.threats 1 1 10
	run sc-store search --integration acne
	[ "$status" -eq 0 ]
	[[ $output == *'[WARN] '*'--integration acne: the store has nothing of that name; did you mean "acme"?' ]]
	run --separate-stderr sc-store search --count --stream threat
	[ "$output" = 0 ]
	# shellcheck disable=SC2154 # run sets it
	[[ $stderr == *'--stream threat: '*'did you mean "threats"?' ]]
	run sc-store search --stream acme.threat
	[[ $output == *'did you mean "acme.threats"?' ]]
	run sc-store search --vendor sentinel1
	[[ $output == *'--vendor sentinel1: '*'did you mean "sentinelone"?' ]]
	run sc-store search --vendor xyz --stream threats
	[[ $output == *'--vendor xyz: the store has nothing of that name' ]]
	# Right names, nothing found.
	run sc-store search --vendor sentinelone --stream threats --since 1m
	[ -z "$output" ]
}

@test "search --full has everything else" {
	put acme.threats 1 1 10
	run sc-store search --full
	[ "$(jq -c . <<<"$output")" = '{"pos":1,"id":"01000001-0000-5000-8000-000000000000","key":"k1","rev":"r","vendor":"sentinelone","integration":"acme","stream":"acme.threats","realm":"r","event":"2026-11-22T12:10:00.000Z","arrival":"2026-11-22T13:00:00.000Z","ctx":{"c":1},"artifact":{"startTimeUTC":"2026-11-22T12:10:00Z","n":1}}' ]
}

@test "search prints a table on a terminal, without control characters" {
	need_tty
	put acme.threats 1 1 10 ',"severityLabel":"high","clientHostname":"ws-1","userName":"j\u001b[31m\u009b","fileName":"a\tb.exe","ruleName":"Ransomware"'
	command -v script >/dev/null || skip
	run script -qec "stty cols 100; sc-store search" /dev/null
	[ "$status" -eq 0 ]
	[[ ${lines[0]} == TIME*STREAM*SEVERITY*HOST/USER*RULE/FILE*ID* ]]
	[[ ${lines[1]} == "2026-11-22 12:10:00  acme.threats      high      ws-1/j?[31m?      Ransomware/a?b.exe       01000001"* ]]
	[[ $output != *$'\033'* ]]
	[ "$(tr -d '\r' <<<"${lines[1]}" | wc -m)" -eq 101 ]
}

@test "search refuses what it does not understand" {
	local args
	for args in "--since soon" "--until x" "--limit 0" "--limit many" "--nothing" "word"; do
		# shellcheck disable=SC2086
		run sc-store search $args
		[ "$status" -eq 64 ]
	done
}

@test "search leaves by 141 when nobody reads" {
	put acme.threats 1 200 10 ",\"p\":\"$(printf '%01000d' 0)\""
	run bash -c 'sc-store search | head -n 1 >/dev/null; echo "${PIPESTATUS[0]}"'
	[ "$output" = 141 ]
}

@test "show prints all about one artifact, by the beginning of its id" {
	put acme.threats 1 2 10
	run sc-store show 010000
	[ "$status" -eq 0 ]
	[ "${lines[0]}" = "{" ]
	[ "${lines[2]}" = '  "id": "01000001-0000-5000-8000-000000000000",' ]
	[ "$(jq -c . <<<"$output")" = "$(sc-store search --full --id 010000)" ]
	run sc-store show 01000001-0000-5000-8000-000000000000
	[ "$status" -eq 0 ]
	run sc-store show 01000
	[ "$status" -eq 64 ]
	run sc-store show 0f0000
	[ "$status" -eq 66 ]
	[[ $output == *"no artifact whose id begins with 0f0000"* ]]
}

@test "show does not choose between two artifacts" {
	put acme.threats 1 1 10
	put acme.agents 1 1 10
	run sc-store show 01000001
	[ "$status" -eq 65 ]
	[[ $output == *"of acme.threats"*"of acme.agents"*"--stream"* ]]
	run sc-store show --stream agents 01000001
	[ "$status" -eq 0 ]
	[ "$(jq -r .stream <<<"$output")" = acme.agents ]
}

@test "read gives SCHEMA, RECORDs and a STATE" {
	put acme.threats 1 2 10
	run --separate-stderr sc-store read -c siem
	[ "$status" -eq 0 ]
	[ "${#lines[@]}" -eq 4 ]
	[ "${lines[0]}" = '{"type":"SCHEMA","stream":"acme.threats","key_properties":["id"],"schema":{"type":"object"},"source":{"vendor":"sentinelone","integration":"acme","stream":"threats","realm":"r"}}' ]
	[ "${lines[1]}" = '{"type":"RECORD","stream":"acme.threats","time_extracted":"2026-11-22T13:00:00.000Z","id":"01000001-0000-5000-8000-000000000000","key":"k1","rev":"r","ctx":{"c":1},"record":{"startTimeUTC":"2026-11-22T12:10:00Z","n":1}}' ]
	[ "${lines[3]}" = '{"type":"STATE","for":"siem","value":{"bookmarks":{"store":{"v":1,"gen":0,"pos":2}}}}' ]
}

@test "read announces a stream again when its source is another one" {
	put acme.threats 1 1 10
	put acme.agents 2 2 10
	vendor=other put acme.threats 3 4 10
	run bash -c 'sc-store read -c siem 2>/dev/null | jq -c "[.type, .source.vendor]"'
	[ "$(xargs <<<"$output")" = '[SCHEMA,sentinelone] [RECORD,null] [SCHEMA,sentinelone] [RECORD,null] [SCHEMA,other] [RECORD,null] [RECORD,null] [STATE,null]' ]
}

@test "read, ship, commit deliver each artifact once" {
	put acme.threats 1 3 10
	sc-store read -c siem | sc-ship --to file:out | sc-store commit -c siem
	put acme.threats 4 5 10
	sc-store read -c siem | sc-ship --to file:out | sc-store commit -c siem
	sc-store read -c siem | sc-ship --to file:out | sc-store commit -c siem
	[ "$(n <out)" = "1 2 3 4 5" ]
	# Another destination has a position of its own.
	sc-store read -c other --max 2 | sc-ship --to file:out2 | sc-store commit -c other
	[ "$(n <out2)" = "1 2" ]
	run sqlite3 state/store.db 'SELECT consumer, gen, pos FROM position'
	[ "$(xargs <<<"$output")" = "other|0|2 siem|0|5" ]
}

@test "a copy into another store is exact" {
	put acme.threats 1 3 10
	vendor=darktrace put dt.breaches 4 4 40
	sc-store -S "$PWD/copy" init >/dev/null
	sc-store read -c copy | sed 's/"for":"copy"/"for":"store"/' | sc-ship -S "$PWD/copy" >/dev/null
	cmp <(sc-store search --full) <(sc-store search --full -S "$PWD/copy")
}

@test "many artifacts: a STATE after each 500, all of them once" {
	put acme.threats 1 1203 10
	run bash -c 'sc-store read -c siem 2>/dev/null | grep -n STATE | cut -d: -f1 | xargs'
	[ "$output" = "502 1003 1207" ]
	sc-store read -c siem | sc-ship --to file:out | sc-store commit -c siem
	[ "$(n <out)" = "$(seq 1203 | xargs)" ]
	sc-store read -c part --max 500 | sc-ship --to file:out2 | sc-store commit -c part
	[ "$(wc -l <out2)" -eq 500 ]
}

@test "what the destination did not acknowledge is delivered again" {
	put acme.threats 1 1203 10
	# The destination dies within the third batch.
	sc-store read -c siem | head -n 1100 | head -c -10 >torn
	run bash -c 'sc-ship --to file:out <torn | sc-store commit -c siem; echo "${PIPESTATUS[*]}"'
	[ "${lines[-1]}" = "69 0" ]
	run sqlite3 state/store.db 'SELECT pos FROM position'
	[ "$output" = 1000 ]
	sc-store read -c siem | sc-ship --to file:out | sc-store commit -c siem
	[ "$(jq -c .n out | sort -n | uniq | wc -l)" -eq 1203 ]
}

@test "commit moves forward only, within the store, for its own name" {
	put acme.threats 1 3 10
	state() { printf '{"type":"STATE","for":"%s","value":{"bookmarks":{"store":{"v":%s,"gen":%s,"pos":%s}}}}\n' "$@"; }
	pos() { sqlite3 state/store.db 'SELECT pos FROM position'; }
	state siem 1 0 2 | sc-store commit -c siem
	state siem 1 0 1 | sc-store commit -c siem
	[ "$(pos)" = 2 ]
	local bad
	for bad in "$(state siem 1 0 4)" "$(state siem 1 0 -1)" "$(state other 1 0 3)" \
		"$(state siem 2 0 3)" "$(state siem 1 0 '"3"')" \
		'{"type":"STATE","for":"siem","value":{}}' nonsense \
		'{"type":"RECORD","stream":"a.b","record":{}}'; do
		{ state siem 1 0 2; echo "$bad"; } >in
		run sc-store commit -c siem <in
		[ "$status" -eq 65 ]
		[[ $output == *"stdin line 2"* ]]
	done
	state siem 1 0 3 | head -c -1 >in
	run sc-store commit -c siem <in
	[ "$status" -eq 69 ]
	# Somebody has set it back while the pipeline ran.
	sqlite3 state/store.db 'UPDATE position SET gen = 1, pos = 0'
	state siem 1 0 3 >in
	run sc-store commit -c siem <in
	[ "$status" -eq 75 ]
	[ "$(pos)" = 0 ]
}

@test "without sc-ship between them read and commit commit nothing" {
	put acme.threats 1 1 10
	run bash -c 'sc-store read -c siem | sc-store commit -c siem'
	[ "$status" -eq 65 ]
	[[ $output == *"put sc-ship --to ... between"* ]]
	[ -z "$(sqlite3 state/store.db 'SELECT * FROM position')" ]
}

@test "a name that is none is refused" {
	local name
	for name in '' Siem -x a.b "$(printf '%064d' 0)"; do
		run sc-store read "-c$name"
		[ "$status" -eq 64 ]
	done
	run sc-store read
	[ "$status" -eq 64 ]
}

@test "bookmark lists streams, also an unreadable value" {
	printf '%s\n' '{"type":"STATE","for":"store","value":{"bookmarks":{"acme.threats":{"v":1,"gen":0,"high":"2026-11-22T12:00:00Z"},"a.b":{"v":1,"gen":0}}}}' |
		sc-ship >/dev/null
	sqlite3 state/store.db "UPDATE bookmark SET value = '{\"v' WHERE stream = 'a.b'"
	run sc-store bookmark
	[ "$status" -eq 0 ]
	[ "${lines[0]}" = '{"stream":"a.b","gen":1,"moved":"2026-11-22T13:00:00.000Z","value":"{\"v"}' ]
	[ "${lines[1]}" = '{"stream":"acme.threats","gen":1,"moved":"2026-11-22T13:00:00.000Z","value":{"v":1,"high":"2026-11-22T12:00:00Z"}}' ]
	run sc-store check
	[ "$status" -eq 74 ]
	[[ $output == *"problem: the bookmark of a.b is not a JSON object"* ]]
}

@test "check counts what is there and is content" {
	put acme.threats 1 3 10
	run sc-store check
	[ "$status" -eq 0 ]
	[ "$output" = "ok: 3 artifacts, 3 objects, 0 bookmarks, 0 consumers" ]
}

@test "check finds damage" {
	put acme.threats 1 300 10 ",\"p\":\"$(printf '%01000d' 0)\""
	# Overwrite pages in the middle; the first one stays as it is.
	dd if=/dev/urandom of=state/store.db bs=8192 seek=20 count=8 conv=notrunc 2>/dev/null
	run sc-store check
	[ "$status" -eq 74 ]
	[[ $output == *"problem: "* ]]
	[[ $output == *"restore a backup"* ]]
}

@test "what is no store says so" {
	echo 'this is only some text, long enough to be looked at as a database' >state/store.db
	run sc-store search
	[ "$status" -eq 66 ]
	[[ $output == *"store.db is damaged"* ]]
	rm -r state
	run sc-store search
	[ "$status" -eq 66 ]
	[[ $output == *"there is no store in $SC_STATE; create it once with: sc-store -S $SC_STATE init"* ]]
}

@test "a member of the folder's group can look while nothing else runs" {
	[ "$(id -u)" -eq 0 ] || skip
	put acme.threats 1 1 10
	chmod 755 "$BATS_TEST_TMPDIR" "$(dirname "$BATS_TEST_TMPDIR")" "$(dirname "$(dirname "$BATS_TEST_TMPDIR")")"
	cp "$(command -v sc-store)" prog
	chmod 755 prog
	rm -r state
	mkdir state
	chgrp 60000 state
	chmod 2770 state
	sc-store init >/dev/null
	put acme.threats 1 1 10
	[ "$(stat -c '%a %g' state/store.db)" = "660 60000" ]
	run setpriv --reuid 65534 --regid 65534 --groups 60000 ./prog search --count
	[ "$status" -eq 0 ]
	[ "$output" = 1 ]
	run setpriv --reuid 65534 --regid 65534 --clear-groups ./prog search --count
	[ "$status" -eq 66 ]
	[[ $output == *"no access to the store in $SC_STATE: Permission denied; join the group of that folder with: sudo usermod -aG "* ]]
}

@test "an unknown command names the nearest one" {
	run sc-store serch
	[ "$status" -eq 64 ]
	[[ ${lines[0]} == *"there is no command serch; did you mean search?"* ]]
	run sc-store
	[ "$status" -eq 64 ]
	run sc-store xyzzy
	[ "$status" -eq 64 ]
	[[ ${lines[0]} == *"there is no command xyzzy" ]]
}

@test "every command and option is in the manual and in the help" {
	local page
	page=$BATS_TEST_DIRNAME/../../bin/sc-store/sc-store.1
	for c in init search show read commit bookmark check; do
		grep -q "^\.It Cm $c\b" "$page"
		run sc-store -h
		[[ $output == *"  $c"* ]]
		run sc-store "$c" -h
		[ "$status" -eq 0 ]
		[[ $output == "usage: sc-store $c"* ]]
	done
	for o in integration stream vendor since until id text limit count full; do
		grep -q "^\.It Fl Fl $o\b" "$page"
		run sc-store search -h
		[[ $output == *"--$o "* ]]
	done
}
