#!/usr/bin/env bats
# sc-fetch --check at each vendor: in good health, and refused.

load ../lib/check
bats_require_minimum_version 1.5.0

@test "sentinelone: all is well" {
	healthy sentinelone 7 3
	[ "$(at newest threats data.newest)" = \
		"$(jq -rs 'map(.threatInfo.updatedAt[:23] + "Z") | max' data.ndjson)" ]
	[ "$(at newest threats data.age_ms)" -ge 3600000 ]
	# Whoever answers does not get the key before it is known to be the vendor.
	[ "$(mock_journal 'select([.headers[] | startswith("Authorization")] | any | not) | .target' | sort -u)" = \
		/web/api/v2.1/system/status ]
	# One record a list, the newest.
	mock_requests | grep 'threats?' | grep -q 'limit=1&.*sortOrder=desc'
	grep -Eq '^ok +newest agents +there are agents; they have no time$' out
}

@test "sentinelone: each refusal has its remedy" { refused sentinelone; }

@test "darktrace: all is well" {
	healthy darktrace 3 2
	[[ $(at account text) == *version* ]]
}

@test "darktrace: each refusal has its remedy" { refused darktrace; }

@test "deep-instinct: all is well" {
	healthy deep-instinct 9 3
	[ "$(at newest events data.newest)" = \
		"$(jq -rs 'map(.insertion_timestamp[:23] + "Z") | max' events.nd)" ]
	grep -Eq '^ok +newest devices +there are devices; they have no time$' out
}

@test "deep-instinct: each refusal has its remedy" { refused deep-instinct; }

@test "deep-instinct: a server that wants Bearer is found out, and the line is printed" {
	serve_deep-instinct
	sed 's/^serve deep-instinct/& auth=bearer/' s >bearer
	mock_stop
	mock_start bearer --journal journal.ndjson --tls tls
	integration_of deep-instinct 'host: di.example.com' \
		"api_key: file:$PWD/token"
	check
	[ "$status" -eq 77 ]
	[ "$(at credentials result)" = failed ]
	grep -qx 'auth_scheme: bearer' out
	grep -x 'auth_scheme: bearer' out >>"$SC_CONFIG/integrations.d/it.yaml"
	check
	[ "$status" -eq 0 ]
}

@test "rapid7-insightidr: all is well" { healthy rapid7-insightidr 5 2; }

@test "rapid7-insightidr: each refusal has its remedy" {
	refused rapid7-insightidr
}

@test "rapid7-insightidr: a key that passes and a list that is not there: the region" {
	serve_rapid7-insightidr 'GET */investigations status=404'
	check
	[ "$status" -eq 76 ]
	[ "$(at credentials result)" = ok ]
	# Alerts are found by way of the same list.
	for stream in investigations alerts; do
		[ "$(at permission $stream result)" = failed ]
		[[ $(at permission $stream remedy) == *"Verify the Region"* ]]
	done
}

@test "rapid7-insightidr: the account's region is found among the guide's" {
	R7='region=eu wrong-region=401' serve_rapid7-insightidr
	# The regions of the guide, at this machine's address.
	sed -i 's/^url: .*/url: http:\/\/127.0.0.1:{region}/; s/^region: .*/region: 1/' \
		"$SC_CONFIG/integrations.d/it.yaml"
	sed -i "s/^      us: US 1/      '1': nobody/; s/^      eu: EU/      '$MOCK_PORT': EU/; /^      \(us2\|us3\|ca\|au\|ap\): /d" \
		vendors/rapid7-insightidr/vendor.yaml
	status=0
	sc-fetch --check --find-region --yes it >out 2>log || status=$?
	[ "$status" -eq 0 ]
	grep -qx "region: $MOCK_PORT" out
}
