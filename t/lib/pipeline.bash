# Helpers for tests of whole pipelines: a folder of its own with
# configuration, state and one SentinelOne integration against sc-mock.
load ../lib/mock

TOKEN=test-token-0123456789

pipeline_setup() {
	PATH=$SC_BIN:$PATH
	export SC_CONFIG=$BATS_TEST_TMPDIR/etc SC_STATE=$BATS_TEST_TMPDIR/state
	export SC_VENDORS=$SC_ROOT/vendors
	mkdir -p "$SC_CONFIG/integrations.d"
	cd "$BATS_TEST_TMPDIR" || return
	printf '%s\n' "$TOKEN" >token
	chmod 600 token
}

# dataset N [SEED]: N threats of the last 20 hours in data.ndjson
dataset() {
	sc-mock generate sentinelone.threats -n "$1" --seed "${2:-1}" \
		--start "20h ago" --span 19h >data.ndjson
}

# start_vendor [LINE...]: a mock that serves data.ndjson, rules in front
start_vendor() {
	{
		printf '%s\n' "$@"
		echo "serve sentinelone token=$TOKEN threats=data.ndjson"
	} >vendor.scenario
	mock_start vendor.scenario --journal journal.ndjson
}

# integration NAME: points at the running mock
integration() {
	cat >"$SC_CONFIG/integrations.d/$1.yaml" <<EOF
vendor: sentinelone
host: acme.sentinelone.net
realm: acme.sentinelone.net
url: http://127.0.0.1:$MOCK_PORT
api_key: file:$PWD/token
EOF
	sc-store init 2>/dev/null
}

# change KEY JQ: edits one record of the dataset and stamps it as updated now
change() {
	local now
	now=$(date -u +%Y-%m-%dT%H:%M:%S.%6NZ)
	jq -c --arg id "$1" --arg now "$now" \
		"if .id == \$id then ($2) | .threatInfo.updatedAt = \$now else . end" \
		data.ndjson >data.new
	mv data.new data.ndjson
	mock_reload
}

run_once() { sc-fetch acme-s1 | sc-normalize | sc-ship >/dev/null; }
sql() { sqlite3 -batch "$SC_STATE/store.db" "$1"; }
stored() { sql 'select count(*) from artifact'; }
bookmark() { sql "select gen, value from bookmark where stream='acme-s1.threats'"; }
nth_id() { sed -n "$1p" data.ndjson | jq -r .id; }
