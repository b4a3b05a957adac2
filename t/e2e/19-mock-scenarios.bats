#!/usr/bin/env bats
# The library of scenarios: each loads, says what is good, and a collector that
# is good shows just that.

load ../lib/drill

LIB=$BATS_TEST_DIRNAME/../../fixtures/scenarios

setup() { drill_setup; }
teardown() { mock_stop; }

# held NAME [STATUS [ARG...]]: drills the library's scenario
held() {
	drill "${@:3}" "$LIB/$1.scenario"
	[ "$status" -eq "${2:-0}" ] && return
	echo "$1 ended with $status"
	tail -n 20 out log
	return 1
}

# classes: of the problems, each once
classes() {
	sed -n 's/^20.*  problem    [^:]*: \([A-Z]*\):.*/\1/p' out | sort -u | paste -sd' '
}

# whole: nothing lost, doubled or strange in any stream, and something shown
whole() {
	absent 'never showed so' out || return
	awk '/^STREAM/ { table = 1; next }
	    table && $1 ~ /[.]/ { n++; if ($2 == 0 || $5 > 0 || $6 > 0) bad++ }
	    END { exit !(n > 0 && !bad) }' out
}

first_failure() { awk -v s="$1" '$1 == s { print $7, $8 }' out; }

@test "each scenario loads and has one line on what is good" {
	n=0
	for s in "$LIB"/*.scenario; do
		[ "$(grep -c '^# good: [a-z].' "$s")" -eq 1 ]
		head -n 1 "$s" | grep -q '^# [A-Z0-9]'
		# What happens, then what is good, then the scenario.
		sed '/^# good:/q' "$s" >top
		absent -v '^#' top
		mock_start "$s" --tls tls --clock @2026-11-22
		mock_stop
		n=$((n + 1))
	done
	[ "$n" -ge 25 ]
}

@test "s1-good-day, s1-429-once, s1-endless-cursor, s1-slow-drip: no problem" {
	for s in s1-good-day s1-429-once s1-endless-cursor s1-slow-drip; do
		held $s
		whole
		[ -z "$(classes)" ]
		grep -q 'good  *acme-s1.threats: [63][60] artifacts' out
	done
}

@test "s1-three-streams: every record, and no licence key anywhere" {
	held s1-three-streams 0 --keep --for 1m
	whole
	[ -z "$(classes)" ]
	dir=$(sed -n 's/^kept: //p' out)
	SC_STATE=$dir/state sc-store search >artifacts
	[ "$(wc -l <artifacts)" -eq 3697 ]
	grep -q 'licenseKey' artifacts
	grep 'licenseKey' artifacts >some
	absent -v 'licenseKey\\":\\"REDACTED' some
}

@test "s1-broken-answers, s1-down: not one page half taken" {
	held s1-broken-answers
	whole
	[ "$(classes)" = 'NETWORK PROTOCOL' ]
	held s1-down
	whole
	[ "$(classes)" = VENDOR ]
	[ "$(grep -c recovered out)" -eq 1 ]
}

@test "s1-429-storm: waiting, not failing, and everything after it" {
	held s1-429-storm 0 --json
	jq -es '[.[] | select(.event == "problem").class] | unique == ["QUOTA"]' out
	jq -es 'last | .lost == 0 and .doubled == 0 and .owed == 0 and .shown == 960' out
	held s1-phantom-limit
	whole
	[ -z "$(classes)" ]
	# The limit was met, and sat out.
	grep -q 'fault .*: status=429 limit' out
}

@test "s1-revoked-token, token-expires-tonight: AUTH and what to do" {
	held s1-revoked-token
	[ "$(classes)" = AUTH ]
	[ "$(row acme-s1.threats)" = '2500 2500 500 0 0' ]
	held token-expires-tonight
	whole
	[ "$(classes)" = AUTH ]
	grep -q '^2026-11-22 00:00  warning .*expires at 2026-11-22T03:00:00Z' out
	[ "$(first_failure acme-s1.threats)" = '2026-11-22 03:00' ]
	[ "$(grep -c -- '-> Verify that the API Token' out)" -eq 1 ]
}

@test "vendor-down-2h, flapping: one problem each time, all of the rest" {
	held vendor-down-2h
	whole
	[ "$(classes)" = 'NETWORK VENDOR' ]
	[ "$(row acme-s1.threats)" = '360 360 0 0 0' ]
	grep -q '^2026-11-22 0[23]:[0-9]*  recovered .*acme-s1.threats' out
	held flapping
	whole
	[ "$(classes)" = NETWORK ]
	[ "$(grep -c '  recovered ' out)" -ge 2 ]
}

@test "appliance-cert-renewed: TLS, and the key is sent to nobody" {
	held appliance-cert-renewed 0 --keep
	whole
	[ "$(classes)" = TLS ]
	dir=$(sed -n 's/^kept: //p' out)
	jq -es 'map(select(.time > "2026-11-22T00:30" and .time < "2026-11-22T01:30")
		| select(.target != null)) == []' "$dir/journal.ndjson"
}

@test "proxy-407: PROXY, and the key is sent to no proxy" {
	held proxy-407 0 --keep
	whole
	[ "$(classes)" = PROXY ]
	[ "$(row acme-s1.threats)" = '150 150 0 0 0' ]
	[ "$(grep -c ' fault ' out)" -eq 1 ]
	dir=$(sed -n 's/^kept: //p' out)
	grep '"on":"proxy"' "$dir/journal.ndjson" >seen
	grep -q '"status":407' seen
	absent -i '"authorization' seen
}

@test "s1-html-login: a page is no data" {
	held s1-html-login
	whole
	[ "$(classes)" = PROTOCOL ]
}

@test "s1-cut-bodies, s1-rough-week: each record once, whatever breaks" {
	for s in s1-cut-bodies s1-rough-week; do
		held $s
		whole
		[ -n "$(classes)" ]
		grep -q 'fault .*: .*cut-after=head' out
	done
}

@test "s1-clock-skew, s1-late-index: what is stamped oddly is not missed" {
	for s in s1-clock-skew s1-late-index; do
		held $s
		whole
		[ -z "$(classes)" ]
	done
	[ "$(row acme-s1.threats)" = '80 80 0 0 0' ]
	# Nobody promises what is late by hours.
	held s1-late 65
	[ "$(row acme-s1.threats)" = '66 60 0 6 0' ]
}

@test "s1-big-numbers: all digits" {
	held s1-big-numbers 0 --keep --for 1m
	whole
	dir=$(sed -n 's/^kept: //p' out)
	[ "$(SC_STATE=$dir/state sc-store search |
		grep -c '"message":"[^ ]*[^0-9]9007199254740993[0-9]*[,}]\|"message":".*[^0-9][0-9]\{19\}[,}]')" -eq 66 ]
}

@test "darktrace, deep-instinct, rapid7, a siem: what is said on the bad days" {
	get() { curl -s -o answer -w '%{http_code}' -H "$1" "$MOCK_URL$2"; }
	mock_start "$LIB/darktrace-clock-skew.scenario" --clock "@2026-11-22"
	[ "$(get X:y /status)" != 200 ]
	mock_control advance 40m
	[ "$(get X:y /modelbreaches)" = 400 ]
	grep -q 'API DATE ERROR' answer
	mock_start "$LIB/darktrace-signature.scenario" --clock "@2026-11-22"
	mock_control advance 40m
	[ "$(get X:y /modelbreaches)" = 400 ]
	grep -q 'API SIGNATURE ERROR' answer
	mock_start "$LIB/deep-instinct-down.scenario" --clock "@2026-11-22"
	[ "$(get 'Authorization: di-test-key' /api/v1/events/)" = 200 ]
	mock_control advance 55m
	[ "$(get 'Authorization: di-test-key' /api/v1/events/)" = 502 ]
	mock_start "$LIB/siem-down-weekend.scenario" --clock "@2026-11-20T12:00Z"
	printf '%s\n' '{"create":{"_index":"a","_id":"1"}}' '{"n":1}' >bulk
	send() {
		curl -s -o answer -w '%{http_code}' -H 'Content-Type: application/x-ndjson' \
			--data-binary @bulk "$MOCK_URL/_bulk"
	}
	[ "$(send)" = 200 ]
	mock_control advance 30h
	[ "$(send)" = 503 ]
	mock_control advance 48h
	[ "$(send)" = 200 ]
	mock_start "$LIB/rapid7-wrong-region.scenario"
	[ "$(get 'X-Api-Key: r7-test-key' /idr/v2/investigations)" = 401 ]
	mock_start "$LIB/rapid7-rate-limit.scenario" --clock "@2026-11-22"
	for _ in {1..20}; do
		[ "$(get 'X-Api-Key: r7-test-key' /idr/v2/investigations)" = 200 ]
	done
	[ "$(get 'X-Api-Key: r7-test-key' /idr/v2/investigations)" = 429 ]
}

# request URL [CURL-OPTION...]: one more in the file that curl reads
request() {
	printf 'url = "%s"\nsilent\nmax-time = 9\ncacert = tls/ca.pem\noutput = answer\n' "$1"
	shift
	[ $# -eq 0 ] || printf '%s\n' "$@"
	echo next
}

# signed TARGET URL: to Darktrace; good for half an hour around a quarter past
signed() {
	local date=20261122T001500 hash
	hash=$(printf '%s\ndt-public-token\n%s' "$1" $date |
		openssl dgst -sha1 -hmac dt-private-token | sed 's/.* //')
	request "$2$1" 'header = "DTAPI-Token: dt-public-token"' \
		"header = \"DTAPI-Date: $date\"" "header = \"DTAPI-Signature: $hash\""
}

# requests VENDORS URL: to all streams of these vendors
requests() {
	case $1 in *sentinelone*)
		for list in threats activities agents; do
			request "$2/web/api/v2.1/$list?limit=9" \
				'header = "Authorization: ApiToken s1-test-token"'
		done ;;
	esac
	case $1 in *darktrace*)
		for list in /modelbreaches /aianalyst/incidentevents /aianalyst/groups; do
			signed "$list?starttime=1795219200000" "$2"
		done
		signed /devices "$2" ;;
	esac
	case $1 in *deep-instinct*)
		for list in events suspicious-events devices; do
			request "$2/api/v1/$list" 'header = "Authorization: di-test-key"'
		done ;;
	esac
	case $1 in *rapid7*)
		for list in v2/investigations v1/investigations; do
			request "$2/idr/$list" 'header = "X-Api-Key: r7-test-key"'
		done ;;
	esac
	case $1 in *opensearch*)
		request "$2/_bulk" 'header = "Content-Type: application/x-ndjson"' \
			'data-binary = "@bulk"' ;;
	esac
}

# journal OUT SCENARIO: what it does to a client that asks the same each time,
# on both ports and through its proxies
journal() {
	local vendors name url
	rm -f journal
	vendors=$(sed -n 's/^serve \([^ ]*\).*/\1/p' "$2" | xargs)
	mock_start "$2" --seed 7 --clock @2026-11-22 --journal journal --tls tls
	{
		for url in "$MOCK_URL" "https://localhost:$MOCK_TLS_PORT"; do
			requests "$vendors" "$url"
		done
		for name in "${!MOCK_PORTS[@]}"; do
			requests "$vendors" "$MOCK_URL" |
				sed "s|^silent|proxy = \"http://127.0.0.1:${MOCK_PORTS[$name]}\"\n&|"
		done
		# The last "next" needs something behind it.
		request "$MOCK_URL/nowhere" | sed '$d'
	} >asks
	for _ in 1 2 3 4 5; do
		curl -K asks || true
		mock_control advance 8m
	done
	mock_stop
	# Ports are others each time.
	sed 's/\(127\.0\.0\.1\|localhost\):[0-9]*/\1/g' journal >"$1"
}

@test "the same seed and clock: the same answers and faults, line by line" {
	printf '%s\n' '{"create":{"_index":"a","_id":"1"}}' '{"n":1}' >bulk
	for s in "$LIB"/*.scenario; do
		journal one "$s"
		journal two "$s"
		[ "$(wc -l <one)" -ge 15 ]
		cmp one two || {
			echo "$s"
			diff one two | head -n 4
			return 1
		}
		cat one >>all
	done
	# Most of it is about what is there: in each vendor something was found.
	[ "$(grep -c '"status":200' all)" -ge 300 ]
	for path in threats modelbreaches 'v1/events' v2/investigations _bulk; do
		grep "$path" all | grep -q '"status":200'
	done
	grep -q '"on":"proxy".*"status":407' all || grep -q '"status":407.*"on":"proxy"' all
}
