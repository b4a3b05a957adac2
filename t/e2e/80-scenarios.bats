#!/usr/bin/env bats
# Each scenario of the library, for each vendor that it may happen to: the right
# class, the right advice, the right exit code, nothing lost, and an end of it
# without help.

load ../lib/scenarios

setup() { scenarios_setup; }

# Of every vendor: what SentinelOne's name stands on could happen to all.
@test "vendor-down-2h" {
	every vendor-down-2h 'NETWORK VENDOR' '0 69' 'is in trouble; collection goes on by itself'
}
@test "flapping" { every flapping NETWORK '0 69' 'check what stands in between'; }
@test "proxy-407" { every proxy-407 PROXY '0 69' 'check the user in "proxy"'; }
@test "appliance-cert-renewed" { every appliance-cert-renewed TLS '0 78' 'set ca_file if a private CA signed it'; }
@test "s1-good-day, s1-429-once, s1-slow-drip, s1-big-numbers, s1-three-streams" {
	export HOLD='--for 15m'
	every s1-good-day '' 0
	every s1-429-once '' 0
	every s1-slow-drip '' 0
	every s1-three-streams '' 0
	# Elsewhere the number of a record is another one in each answer.
	only sentinelone s1-big-numbers '' 0
	only darktrace s1-big-numbers '' 0
}
@test "s1-429-storm" { every s1-429-storm QUOTA '0 75' 'ncrease the'; }
@test "s1-phantom-limit" { ENDLESS=yes HOLD='--for 45m' every s1-phantom-limit '|QUOTA' '0|0 75' 'ncrease the'; }
@test "s1-html-login" {
	every s1-html-login PROTOCOL '0 76' "check that host leads to the vendor's API and not to a login"
}
@test "s1-broken-answers" { every s1-broken-answers 'NETWORK PROTOCOL|PROTOCOL' '0 69 76|0 76'; }
@test "s1-cut-bodies" { every s1-cut-bodies 'NETWORK( PROTOCOL)?' '0 69( 76)?' 'check what stands in between'; }
@test "s1-down" { every s1-down VENDOR '0 69' 'is in trouble; collection goes on by itself'; }
@test "s1-rough-week" {
	ENDLESS=yes HOLD='--for 1h24m' every s1-rough-week 'NETWORK( QUOTA)?( VENDOR)?' '0 69( 75)?' 'check what stands in between'
}
@test "s1-revoked-token" { HOLD='--for 30m' every s1-revoked-token AUTH '(0 )?77' 'Verify'; }

# Of one vendor.
@test "token-expires-tonight" {
	only sentinelone token-expires-tonight AUTH '0 77' 'Verify that the API Token is correct and has not expired'
}
@test "s1-endless-cursor, s1-clock-skew, s1-late-index" {
	only sentinelone s1-endless-cursor '' 0
	only sentinelone s1-clock-skew '' 0
	only sentinelone s1-late-index '' 0
}
@test "s1-late" {
	# Nobody promises what is later than the overlap.
	play s1-late sentinelone
	[ "$status" -eq 65 ]
	[ "$(row sentinelone.threats)" = '66 60 0 6 0' ]
	[ -z "$(classes)" ]
}
@test "dt-good-day, dt-late, dt-refusals" {
	only darktrace dt-good-day '' 0
	only darktrace dt-late '' 0
	# The other stream is never seen, and nothing can be done about that here.
	play dt-refusals darktrace
	[ "$(row darktrace.model-breaches)" = '119 119 0 0 0' ]
	[ "$(classes)" = 'PERMISSION PROTOCOL' ]
	[ "$(codes)" = '0 77' ]
	grep -q 'The API token may have restricted access scope: create a new token' out
}
@test "darktrace-clock-skew" { only darktrace darktrace-clock-skew CLOCK '0 76' 'ensure both systems use NTP'; }
@test "darktrace-signature" {
	only darktrace darktrace-signature AUTH '0 77' 'Verify the Public Token and Private Token are correct'
}

@test "deep-instinct-down, deep-instinct-endless-ids" {
	have deep-instinct || skip "there is no such vendor"
	only deep-instinct deep-instinct-down 'NETWORK VENDOR' '0 69' 'is in trouble; collection goes on by itself'
	ENDLESS=yes only deep-instinct deep-instinct-endless-ids PROTOCOL 76 'what came before is kept'
}
@test "rapid7-rate-limit, rapid7-wrong-region" {
	have rapid7-insightidr || skip "there is no such vendor"
	only rapid7-insightidr rapid7-rate-limit '|QUOTA' '0|0 75' 'aiting'
	play rapid7-wrong-region rapid7-insightidr
	[ "$(classes)" = AUTH ]
	grep -q 'Check the Region too' out
}

@test "no scenario is forgotten" {
	local file name
	for file in "$LIB"/*.scenario; do
		name=$(basename "$file" .scenario)
		[[ $name != siem-* ]] || continue # no vendor's
		grep -q "\(every\|only [a-z0-9-]*\|play\) $name " "$BATS_TEST_FILENAME"
	done
}
