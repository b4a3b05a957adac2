#!/usr/bin/env bats
# Whatever is wrong is named, with its place and what to do, and costs nothing
# that was stored before.

load ../lib/fetch

setup() { pipeline_setup; }
teardown() {
	[ ! -d full ] || umount full
	mock_stop
}

FILE=integrations.d/acme-s1.yaml

# setting LINE: the integration with this line more, and that text is said
setting() {
	printf '%s\n' 'vendor: sentinelone' 'host: acme.sentinelone.net' \
		"api_key: file:$PWD/token" "$1" >"$SC_CONFIG/$FILE"
	run sc-fetch acme-s1
	echo "$1: $status $output"
	[ "$status" -eq 78 ]
	[[ $output == *"$SC_CONFIG/$FILE:$2"* ]]
	[ "$(wc -l <<<"$output")" -eq 1 ]
}

# something_stored: 30 artifacts by a good run, whose messages are kept
something_stored() {
	dataset 30
	start_vendor
	integration acme-s1
	sc-fetch acme-s1 >raw 2>/dev/null
	sc-normalize <raw >mapped 2>/dev/null
	sc-ship <mapped >/dev/null
	contents >want
	[ "$(stored)" -eq 30 ]
}

# refuses CODE TEXT COMMAND...: ends like that, with one line of error
refuses() {
	run "${@:3}"
	echo "${*:3}: $status $output"
	[ "$status" -eq "$1" ]
	[[ $output == *'[ERROR] '*"$2"* ]]
}

# everyone CODE TEXT [PROGRAM...]: all that open the store (or these) refuse
everyone() {
	local command
	local -a commands=("${@:3}")
	[ $# -gt 2 ] || commands=(sc-ship "sc-store search" "sc-store init"
		"sc-store read -c x" "sc-store commit -c x" "sc-store bookmark"
		"sc-sched run acme-s1" "sc-sched --once" sc-status "sc-fetch acme-s1")
	for command in "${commands[@]}"; do
		# shellcheck disable=SC2086 # its arguments
		refuses "$1" "$2" $command </dev/null
	done
}

# small_disk SIZE: a tmpfs in the folder full, and the state in it
small_disk() {
	mkdir full
	mount -t tmpfs -o "size=$1" tmpfs full 2>/dev/null || {
		rmdir full
		skip "no right to mount a small disk; 71-faults.bats injects ENOSPC"
	}
	SC_STATE=$PWD/full
}

@test "settings: the file, the line and the nearest word are named" {
	sc-store init
	setting 'hots: x' '4:1: unknown key "hots"; did you mean "host"?'
	setting 'interval: 5x' '4:11: "interval" must be a duration such as'
	setting 'interval: 5 minuts' '4:11: "interval" must be a duration such as'
	setting 'interval: 5d 3' '4:11: "interval" must be a duration such as'
	setting $'streams:\n  threat:\n    interval: 5m' \
		'5:3: unknown key "threat"; did you mean "threats"?'
	setting $'streams:\n  threats:\n    intervall: 5m' \
		'6:5: unknown key "intervall"; did you mean "interval"?'
	setting 'host: twice.example.net' '4:1: '
	setting 'enabled: perhaps' '4:10: '
	setting 'url: http://acme.sentinelone.net' '4:6: '
	setting "$(printf '\tx: 1')" '4:'
	sed -i '1s/.*/vendor: sentinel1/; 4d' "$SC_CONFIG/$FILE"
	refuses 78 "$FILE:1:9: unknown vendor \"sentinel1\"; did you mean \"sentinelone\"?" \
		sc-fetch acme-s1
}

@test "arguments: what is unknown is named beside what there is" {
	sc-store init
	setting 'interval: 5x' 4:
	sed -i 4d "$SC_CONFIG/$FILE"
	refuses 78 'did you mean "threats"?' sc-fetch acme-s1.threat
	refuses 78 'there are: acme-s1' sc-fetch other
	refuses 78 'did you mean "acme-s1"?' sc-fetch acme-s2
	for time in 2026-13-01 2026-02-30 '5 dys' yesterday 1h30x ''; do
		refuses 64 "--since" sc-fetch --since "$time" acme-s1
		refuses 64 "" sc-store search --since "$time"
	done
}

@test "a secret that is missing or shut is named, its value never" {
	sc-store init
	cp "$BATS_TEST_TMPDIR/token" kept
	setting 'interval: 5x' 4:
	sed -i 4d "$SC_CONFIG/$FILE"
	rm token
	refuses 78 "\"api_key\" (file:$PWD/token): cannot be read: No such file" \
		sc-fetch acme-s1
	for line in 'env:NO_SUCH_KEY' 'cred:nothing' "file:$PWD"; do
		sed -i "s|^api_key: .*|api_key: $line|" "$SC_CONFIG/$FILE"
		refuses 78 "\"api_key\" ($line)" sc-fetch acme-s1
	done
	# Pasted where a reference belongs.
	sed -i "s|^api_key: .*|api_key: $(cat kept)|" "$SC_CONFIG/$FILE"
	refuses 78 "$FILE:3:10: " sc-fetch acme-s1
	[[ $output != *"$(cat kept)"* ]]
}

@test "a secret that is not one line of text is not used" {
	dataset 1
	start_vendor
	integration acme-s1
	printf '%s\nsecond-line\n' "$TOKEN" >token
	run sc-fetch acme-s1
	[ "$status" -eq 78 ]
	printf 'a\0b\n' >token
	run sc-fetch acme-s1
	[ "$status" -eq 78 ]
	: >token
	refuses 78 "\"api_key\" (file:$PWD/token)" sc-fetch acme-s1
	[ ! -s "$MOCK_JOURNAL" ]
}

@test "garbage in the pipe: line and reason are named, nothing is committed" {
	something_stored
	for garbage in 'no JSON' '{"type":' '{}' '[1]' '{"type":"RECORD"}' \
		'{"type":"RECORD","stream":"acme-s1.threats","record":{"a":01}}' \
		"$(printf '{"type":"RECORD","stream":"acme-s1.threats","record":{"a":"\xff"}}')"; do
		# In place of the fifth line, so before the first STATE.
		{ head -n 4 raw; printf '%s\n' "$garbage"; tail -n +6 raw; } >in
		refuses 65 'line 5' sc-normalize in
		SC_STATE=$PWD/other
		rm -rf other
		sc-store init 2>/dev/null
		{ head -n 4 mapped; printf '%s\n' "$garbage"; tail -n +6 mapped; } >in
		refuses 65 'line 5' bash -c 'sc-ship <in'
		[ "$(stored)" -eq 0 ]
		[ -z "$(bookmark)" ]
		SC_STATE=$PWD/state
		sed 's/"for":"store"/"for":"x"/' in >in.x
		refuses 65 'line 5' bash -c 'sc-ship --to file:out <in.x 2>&1 >states'
		[ ! -s states ]
		{ printf '%s\n' '{"type":"STATE","for":"x","value":{"bookmarks":{"store":{"v":1,"gen":0,"pos":'{1..4}'}}}}'; printf '%s\n' "$garbage"; } >in
		refuses 65 'line 5' sc-store commit -c x <in
	done
	same_contents "garbage"
}

@test "a pipe that breaks off in the middle of a line commits nothing of it" {
	something_stored
	SC_STATE=$PWD/other
	sc-store init 2>/dev/null
	head -c 20000 mapped >in
	refuses 69 '' bash -c 'sc-ship <in'
	[ "$(stored)" -eq 0 ]
}

@test "a full disk: 74, what was there stays, with room it goes on" {
	small_disk 400k
	sc-mock generate sentinelone.threats -n 5 --start "20h ago" --span 1h >data.ndjson
	start_vendor
	integration acme-s1
	run_once
	before=$(bookmark)
	sc-mock generate sentinelone.threats -n 400 --seed 2 --start "10h ago" \
		--span 9h >>data.ndjson
	mock_reload
	sc-fetch acme-s1 2>/dev/null | sc-normalize 2>/dev/null >mapped
	refuses 74 'full' bash -c 'sc-ship <mapped'
	[ "$(stored)" -eq 5 ]
	[ "$(bookmark)" = "$before" ]
	mount -o remount,size=20m full
	run_once
	[ "$(stored)" -eq 405 ]
	sc-store check
}

@test "a disk without one free byte: every program says so" {
	small_disk 2m
	something_stored
	sc-store read -c x 2>/dev/null | sc-ship --to file:x 2>/dev/null >states
	cat /dev/zero >full/rest 2>/dev/null || true
	everyone 74 "the disk is full; free some space" sc-ship "sc-store search" \
		"sc-store init" "sc-store -S $PWD/full/new init" "sc-store read -c x" \
		"sc-sched run acme-s1" "sc-sched --once" sc-status "sc-fetch acme-s1"
	refuses 74 "the disk is full" sc-store commit -c x <states
	refuses 74 "write $PWD/full/out: No space left on device; free some space" \
		sc-ship --to "file:$PWD/full/out" <mapped
	rm full/rest
	same_contents "a full disk"
	sc-store check
	# Half of it came; all of it is there afterwards.
	sc-ship --to "file:$PWD/full/out" <mapped
	[ "$(sort -u full/out | wc -l)" -eq 30 ]
	sc-store commit -c x <states
}

@test "a disk that is mounted read-only: every program says so" {
	small_disk 2m
	something_stored
	mount -o remount,ro full
	everyone 66 "Read-only file system; even looking needs a writable disk" \
		sc-ship "sc-store search" "sc-store init" "sc-store commit -c x" \
		"sc-sched run acme-s1" "sc-sched --once" sc-status
	everyone 73 "Read-only file system" "sc-store -S $PWD/full/new init" \
		"sc-ship --to file:$PWD/full/out" "sc-fetch acme-s1"
	mount -o remount,rw full
	same_contents "a read-only disk"
}

@test "a file that cannot promise anything is refused" {
	something_stored
	mkfifo pipe
	for to in /dev/null /dev/full pipe; do
		refuses 73 "$to: it is no regular file" sc-ship --to "file:$to" <mapped
	done
	refuses 73 'Is a directory' sc-ship --to file:. <mapped
}

@test "a closed standard descriptor is an error, not the next file's number" {
	something_stored
	refuses 74 'read stdin: Bad file descriptor' \
		bash -c 'sc-ship --to file:out <&-'
	refuses 74 'read stdin: Bad file descriptor' bash -c 'sc-ship <&-'
	sed 's/"for":"store"/"for":"x"/' mapped >in
	# shellcheck disable=SC2016 # expanded by the inner shell
	refuses 74 'write to stdout: Bad file descriptor' \
		bash -c 'exec >&-; sc-ship --to file:out <in'
	[ "$(wc -l <out)" -eq 30 ]
	run grep -c '"type":"STATE"' out
	[ "$output" = 0 ]
	same_contents "closed descriptors"
}

@test "folders that may not be written are named" {
	[ "$(id -u)" -eq 0 ] || skip "needs root to become somebody else"
	something_stored
	chmod 755 "$BATS_RUN_TMPDIR" "$BATS_TEST_TMPDIR/.." "$BATS_TEST_TMPDIR"
	chmod 755 "$SC_STATE"
	chmod 644 "$SC_STATE"/store.db*
	local nobody=(setpriv --reuid 65534 --regid 65534 --clear-groups)
	"${nobody[@]}" test -r "$SC_STATE/store.db" || skip "the folder is out of reach"
	refuses 66 "no access to the store in $SC_STATE" "${nobody[@]}" \
		"$SC_BIN/sc-ship" <mapped
	refuses 73 "$SC_STATE" "${nobody[@]}" "$SC_BIN/sc-fetch" acme-s1
	mkdir shut
	refuses 73 "$PWD/shut" "${nobody[@]}" "$SC_BIN/sc-store" -S "$PWD/shut/state" init
	refuses 73 "$PWD/shut" "${nobody[@]}" "$SC_BIN/sc-ship" --to "file:$PWD/shut/x" <mapped
	same_contents "refused writers"
}

@test "a store that is missing is no first run" {
	something_stored
	mv "$SC_STATE" elsewhere
	before=$(mock_requests | wc -l)
	everyone 66 "sc-store -S $SC_STATE init" sc-ship "sc-store search" \
		"sc-store read -c x" "sc-store commit -c x" "sc-store bookmark" \
		"sc-store check" "sc-sched run acme-s1" "sc-sched --once" sc-status \
		"sc-fetch acme-s1"
	[ "$(mock_requests | wc -l)" -eq "$before" ]
	[ ! -e "$SC_STATE/store.db" ]
}

@test "a store that is damaged stops the run before the vendor is asked" {
	something_stored
	before=$(mock_requests | wc -l)
	cp "$SC_STATE/store.db" whole
	for damage in 'head -c 100 /dev/urandom' 'head -c 4096 /dev/zero' 'echo text'; do
		rm -f "$SC_STATE"/store.db-*
		$damage | dd of="$SC_STATE/store.db" conv=notrunc 2>/dev/null
		everyone 66 "damaged"
		cp whole "$SC_STATE/store.db"
	done
	# The first page is sound, what it tells of is not.
	dd if=/dev/urandom of="$SC_STATE/store.db" bs=8192 seek=2 count=100 \
		conv=notrunc 2>/dev/null
	everyone 66 "damaged" "sc-store search" "sc-store read -c x" \
		"sc-sched run acme-s1" "sc-sched --once" sc-status "sc-fetch acme-s1"
	refuses 74 "restore a backup" sc-store check
	: >"$SC_STATE/store.db"
	everyone 66 "finish creating it with: sc-store init" sc-ship \
		"sc-store search" "sc-sched run acme-s1" sc-status "sc-fetch acme-s1"
	[ "$(mock_requests | wc -l)" -eq "$before" ]
	cp whole "$SC_STATE/store.db"
	same_contents "damage"
}

@test "a store of a newer version is left alone" {
	something_stored
	was=$(sql 'pragma user_version')
	sql "pragma user_version = $((was + 1))" >/dev/null
	everyone 66 "newer"
	sql "pragma user_version = $was" >/dev/null
	same_contents "a newer version"
}

@test "a store that is busy: patience, then 75; nothing is half done" {
	something_stored
	change "$(nth_id 7)" '.threatInfo.incidentStatus = "resolved"'
	sc-fetch acme-s1 2>/dev/null | sc-normalize 2>/dev/null >mapped
	coproc HOLD { sqlite3 -batch "$SC_STATE/store.db" 3>&-; }
	# shellcheck disable=SC2154 # HOLD_PID is set by coproc
	holder=$HOLD_PID
	echo "begin exclusive; select 'held';" >&"${HOLD[1]}"
	read -r held <&"${HOLD[0]}"
	[ "$held" = held ]
	# All of them wait at once, as long as a busy store is waited for.
	sc-store commit -c x <<<'{"type":"STATE","for":"x","value":{"bookmarks":{"store":{"v":1,"gen":0,"pos":3}}}}' \
		2>commit.log 3>&- &
	commit=$!
	sc-store -S "$SC_STATE" init >init.log 2>&1 3>&- &
	init=$!
	refuses 75 "in use by another program" sc-ship <mapped
	rc=0
	wait "$commit" || rc=$?
	[ "$rc" -eq 75 ]
	wait "$init"
	# Looking needs no lock.
	[ "$(sc-store search --count)" -eq 30 ]
	sc-status
	same_contents "a busy store"
	# One that is released in time costs only patience.
	sc-ship <mapped >states 2>ship.log 3>&- &
	ship=$!
	printf '%s\n' 'rollback;' '.quit' >&"${HOLD[1]}"
	wait "$ship"
	wait "$holder" || true
	[ "$(stored)" -eq 31 ]
}

@test "a record that is too large or not UTF-8 is an artifact that says so" {
	{
		printf '{"data":['
		threat good 2026-11-22T08:00:00Z
		printf ',{"id":"latin","s":"\xe4\xf6","threatInfo":{"updatedAt":"2026-11-22T08:00:01Z"}}'
		printf ',{"id":"huge","s":"'
		head -c 5000000 /dev/zero | tr '\0' a
		printf '","threatInfo":{"updatedAt":"2026-11-22T08:00:02Z"}}'
		printf ',%s' "$(threat last 2026-11-22T08:00:03Z)"
		printf '],"pagination":{"nextCursor":null}}'
	} >page
	dataset 1
	export SC_CLOCK=@2026-11-22T12:00:00Z
	start_vendor 'GET /web/api/v2.1/threats status=200 body=page'
	integration acme-s1
	run_once
	[ "$(sql 'select key from artifact order by key' | tr '\n' ' ')" = "good huge last latin " ]
	artifact() { sql "select artifact from artifact where key = '$1'"; }
	python3 - >sums <<-'END'
		import hashlib
		page = open("page", "rb").read()
		def element(start):
		    at = page.index(start)
		    return page[at:page.index(b"}}", at) + 2]
		for start in b'{"id":"latin"', b'{"id":"huge"':
		    e = element(start)
		    print(len(e), hashlib.sha256(e).hexdigest())
	END
	for key in latin huge; do
		read -r bytes sha
		artifact "$key" >one
		jq -e --arg n "$bytes" --arg sha "$sha" \
			'.x_sha256 == $sha and .x_bytes == ($n | tonumber)' one
	done <sums
	jq -e '.tags | any(. == "oversize")' <<<"$(artifact huge)"
	jq -e '.tags | any(. == "not_utf8")' <<<"$(artifact latin)"
	run_once
	[ "$(stored)" -eq 4 ]
}
