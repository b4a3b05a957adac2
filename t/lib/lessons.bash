# Helpers for tests of what users of other collectors complained about.
load ../lib/fetch

# The vendor's map is real.map; most tests do not depend on it, and a short one
# is quick.
lessons_setup() {
	fetch_setup
	cp vendors/sentinelone/threats.map real.map
	printf '%s\n' 'ruleName = .threatInfo.threatName' \
		'startTimeUTC = .threatInfo.updatedAt' >vendors/sentinelone/threats.map
}

# shellcheck disable=SC2034
T='GET /web/api/v2.1/threats'

# serve RECORD...: the vendor has these records and nothing else
serve() {
	printf '%s\n' "$@" >data.ndjson
	if [ -n "${MOCK_PID-}" ]; then
		mock_reload
	else
		start_vendor
		integration acme-s1
	fi
}

# rules [LINE...]: these rules in front from now on; the journal begins anew
rules() {
	{ [ $# -eq 0 ] || printf '%s\n' "$@"; tail -n 1 vendor.scenario; } >new
	mv new vendor.scenario
	: >"$MOCK_JOURNAL"
	mock_reload
}

collect() { run_once 2>>log; }
ids() { sql 'select key from artifact order by key' | tr '\n' ' '; }
high() { bookmark | sed 's/.*"high":"\([^"]*\)".*/\1/'; }
asked() { mock_requests | sed -n 's/.*updatedAt__gte=\([^&]*\).*/\1/p'; }
# failing COMMAND...: it fails
failing() {
	local rc=0
	"$@" || rc=$?
	[ "$rc" -ne 0 ]
}
health() { sc-status --json | jq -r ".streams[0].$1"; }
