# Helpers for tests of whole pipelines: a folder of its own with
# configuration, state and one SentinelOne integration against sc-mock.
load ../lib/mock

TOKEN=test-token-0123456789

pipeline_setup() {
	PATH=$SC_BIN:$PATH
	export SC_CONFIG=$BATS_TEST_TMPDIR/etc SC_STATE=$BATS_TEST_TMPDIR/state
	mkdir -p "$SC_CONFIG/integrations.d"
	cd "$BATS_TEST_TMPDIR" || return
	cp -r "$SC_ROOT/vendors" .
	export SC_VENDORS=$PWD/vendors
	only_stream threats
	printf '%s\n' "$TOKEN" >token
	chmod 600 token
}

# only_stream NAME: the vendor has no other, and is not asked about the token;
# tests of the machinery count requests
only_stream() {
	awk -v only="$1:" '
		/^[^ #]/ { inside = $1 == "streams:"; skip = 0 }
		inside && /^  [^ #]/ { skip = $1 != only }
		$1 == "expiry:" { skip = 1 }
		!skip' "$SC_ROOT/vendors/sentinelone/vendor.yaml" \
		>vendors/sentinelone/vendor.yaml
}

# state_in_memory, forget_state: for tests of many runs, which would mostly
# wait for the disk; what is synced and when does not change
state_in_memory() {
	[ ! -w /dev/shm ] || SC_STATE=$(mktemp -d /dev/shm/sc-XXXXXX)
}
forget_state() {
	case ${SC_STATE-} in /dev/shm/sc-*) rm -rf "$SC_STATE" ;; esac
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

# own_pages N: the vendor's files in the configuration, with N records a page
own_pages() {
	local dir=$SC_CONFIG/vendors/sentinelone
	mkdir -p "$SC_CONFIG/vendors"
	cp -r "$SC_VENDORS/sentinelone" "$SC_CONFIG/vendors/"
	sed -i "s/limit: 1000/limit: $1/" "$dir/vendor.yaml"
	grep -q "limit: $1" "$dir/vendor.yaml"
}

# short_map: what is tested does not depend on the map, and this one is quick
short_map() {
	printf '%s\n' 'ruleName = .threatInfo.threatName' \
		'startTimeUTC = .threatInfo.identifiedAt' \
		>"$SC_CONFIG/vendors/sentinelone/threats.map"
}

# All that a store says, but for times of arrival and internal counters.
contents() {
	sql "select id, key, rev, artifact from artifact order by id, stream;
	    select stream, key, rev, n, id from object order by stream, key;
	    select stream, value from bookmark order by stream"
}

# keep_empty, fresh_store: the store as it was when it was kept
keep_empty() { cp "$SC_STATE/store.db" empty.db; }
fresh_store() {
	rm -f "$SC_STATE"/store.db*
	cp empty.db "$SC_STATE/store.db"
}

# same_contents WHAT: the store is as in the file "want"
same_contents() {
	contents >have
	cmp -s have want && return
	echo "the store differs after $1"
	diff want have | cut -c 1-200 | head
	return 1
}

run_once() { sc-fetch acme-s1 | sc-normalize | sc-ship >/dev/null; }
sql() { sqlite3 -batch "$SC_STATE/store.db" "$1"; }
stored() { sql 'select count(*) from artifact'; }
bookmark() { sql "select gen, value from bookmark where stream='acme-s1.threats'"; }
nth_id() { sed -n "$1p" data.ndjson | jq -r .id; }
