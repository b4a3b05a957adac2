#!/usr/bin/env bats
# Times that lie: records from the future, wrong local clocks, equal times,
# late indexing.  Positions come from the vendor and never go back.

load ../lib/pipeline
load ../lib/clock

NOON=2026-11-22T12:00:00Z

setup() {
	pipeline_setup
	clock_set clock "$NOON"
	export SC_CLOCK=file:$PWD/clock
	own_pages 2
	echo 'ruleName = .threatInfo.threatName' \
		>"$SC_CONFIG/vendors/sentinelone/threats.map"
}
teardown() { mock_stop; }

# vendor_has ID TIME [ID TIME...]: these records, in addition to what it had
vendor_has() {
	while [ $# -gt 0 ]; do
		printf '{"id":"%s","threatInfo":{"threatId":"%s","updatedAt":"%s"}}\n' \
			"$1" "$1" "$2" >>data.ndjson
		shift 2
	done
	if [ -n "${MOCK_PID-}" ]; then
		mock_reload
	else
		start_vendor
		integration acme-s1
	fi
}

ids() { sql 'select key from artifact order by key' | tr '\n' ' '; }
high() { bookmark | sed 's/.*"high":"\([^"]*\)".*/\1/'; }
asked_since() { mock_requests | sed -n 's/.*updatedAt__gte=\([^&]*\).*/\1/p' | tail -n 1; }

@test "a record stamped 2099 is stored and does not stop the stream" {
	vendor_has 1 2026-11-22T11:00:00Z 2 2099-01-01T00:00:00Z
	run_once
	[ "$(ids)" = "1 2 " ]
	[ "$(high)" = 2026-11-22T12:00:00.000000Z ]
	clock_set clock "$NOON + 10 min"
	vendor_has 3 2026-11-22T12:08:00Z
	run_once
	[ "$(ids)" = "1 2 3 " ]
	clock_set clock "$NOON + 20 min"
	vendor_has 4 2026-11-22T12:18:00Z
	run_once
	[ "$(ids)" = "1 2 3 4 " ]
}

@test "a local clock years ahead loses nothing and moves nothing ahead" {
	vendor_has 1 2026-11-22T11:00:00Z
	run_once
	vendor_has 2 2026-11-22T11:30:00Z
	SC_CLOCK=@2031-01-01T00:00:00Z run_once
	[ "$(ids)" = "1 2 " ]
	[ "$(high)" = 2026-11-22T11:30:00Z ]
	vendor_has 3 2026-11-22T11:40:00Z
	run_once
	[ "$(ids)" = "1 2 3 " ]
}

@test "a local clock years behind loses nothing and rewinds nothing" {
	vendor_has 1 2026-11-22T11:00:00Z
	run_once
	vendor_has 2 2026-11-22T11:30:00Z
	SC_CLOCK=@2019-01-01T00:00:00Z run_once
	[ "$(ids)" = "1 2 " ]
	[ "$(asked_since)" = 2026-11-22T10%3A58%3A00.000000Z ]
	[ "$(high)" = 2026-11-22T11:30:00Z ]
}

@test "a clock that steps back, here and at the vendor, keeps the window" {
	vendor_has 1 2026-11-22T11:50:00Z
	run_once
	clock_set clock "$NOON - 3 hours"
	run_once
	[ "$(asked_since)" = 2026-11-22T11%3A48%3A00.000000Z ]
	[ "$(high)" = 2026-11-22T11:50:00Z ]
	# Neither does a record of the time after the step take it back.
	vendor_has 2 2026-11-22T11:55:00Z
	run_once
	[ "$(ids)" = "1 2 " ]
	[[ ! $(high) < 2026-11-22T11:50:00Z ]]
}

@test "records of the same microsecond on both sides of a page border" {
	local t=2026-11-22T11:00:00.123456Z
	vendor_has 1 $t 2 $t 3 $t
	run_once
	[ "$(mock_requests | wc -l)" -eq 2 ]
	[ "$(ids)" = "1 2 3 " ]
	# One of that instant that was not visible before.
	vendor_has 4 $t
	run_once
	[ "$(ids)" = "1 2 3 4 " ]
	run_once
	[ "$(stored)" -eq 4 ]
}

@test "microseconds are neither cut off nor rounded" {
	vendor_has 1 2026-11-22T11:00:00.123456Z
	run_once
	[ "$(high)" = 2026-11-22T11:00:00.123456Z ]
	run_once
	[ "$(asked_since)" = 2026-11-22T10%3A58%3A00.123456Z ]
}

@test "a record that becomes visible 90 seconds late is stored" {
	vendor_has 1 2026-11-22T11:00:00Z
	run_once
	run_once
	vendor_has 2 2026-11-22T10:58:30Z
	run_once
	[ "$(ids)" = "1 2 " ]
	[ "$(high)" = 2026-11-22T11:00:00Z ]
}

@test "an overlap that is set wider finds what is later still" {
	vendor_has 1 2026-11-22T11:00:00Z
	sed -i 's/overlap: 120s/overlap: 10m/' \
		"$SC_CONFIG/vendors/sentinelone/vendor.yaml"
	run_once
	vendor_has 2 2026-11-22T10:51:00Z
	run_once
	[ "$(ids)" = "1 2 " ]
}

@test "a month of days off and on: each record once" {
	local day want=''
	vendor_has 100 2026-11-22T11:59:00Z
	run_once
	for day in $(seq 1 30); do
		clock_set clock "$NOON + $day days"
		vendor_has $((100 + day)) \
			"$(date -u -d "$NOON + $day days - 1 min" +%Y-%m-%dT%H:%M:%SZ)"
		# Every third day nobody collects.
		[ $((day % 3)) -eq 0 ] || run_once 2>/dev/null
	done
	run_once
	for day in $(seq 0 30); do want+="$((100 + day)) "; done
	[ "$(ids)" = "$want" ]
}

@test "what lies between the vendor's now and a record from the future is fetched" {
	vendor_has 1 2026-11-22T11:00:00Z 2 2099-01-01T00:00:00Z
	run_once
	clock_set clock "$NOON + 10 min"
	vendor_has 3 2026-11-22T12:02:00Z
	run_once
	[ "$(ids)" = "1 2 3 " ]
}

@test "a first run with the local clock years ahead begins by the vendor's clock" {
	vendor_has 1 2026-11-22T11:00:00Z
	SC_CLOCK=@2031-01-01T00:00:00Z run_once
	SC_CLOCK=@2026-11-22T12:00:00Z run_once
	[ "$(ids)" = "1 " ]
}

@test "a first run with the local clock two days ahead loses nothing" {
	vendor_has 1 2026-11-22T11:00:00Z
	SC_CLOCK=@2026-11-24T12:00:00Z run_once
	SC_CLOCK=@2026-11-22T12:00:00Z run_once
	[ "$(ids)" = "1 " ]
}
