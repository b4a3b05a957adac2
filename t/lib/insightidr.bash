# Helpers for tests of sc-fetch and Rapid7 InsightIDR: records that the test
# makes, a clock that stands still unless it is moved.
load ../lib/pipeline
load ../lib/clock

NOON=2026-11-22T12:00:00Z
RRN=rrn:investigation:us:5f1c2d3e-0a1b-4c2d-8e3f-001122334455:investigation:

idr_setup() {
	pipeline_setup
	cp "$SC_ROOT/vendors/rapid7-insightidr/vendor.yaml" vendors/rapid7-insightidr/
	# What is tested does not depend on the maps.
	for stream in investigations alerts at-alerts evidence; do
		printf '%s\n' 'ruleName = .title' 'startTimeUTC = .created_time' \
			>"vendors/rapid7-insightidr/$stream.map"
	done
	KEY=r7-test-key-0123456789
	echo "$KEY" >key
	clock_set clock "$NOON"
	export SC_CLOCK=file:$PWD/clock
	NOW=$(date -u -d "$NOON" +%s)
	: >inv
	: >alerts
	: >triage
	: >evidence
}

# serve [WORD...]: an account over TLS with these records; RULES in front, and
# STREAMS behind the integration
RULES='' STREAMS=''
serve() {
	{
		printf '%s' "$RULES"
		echo "serve rapid7-insightidr api-key=$KEY investigations=inv alerts=alerts at-alerts=triage evidences=evidence $*"
	} >vendor.scenario
	mock_start vendor.scenario --tls tls --journal journal.ndjson
	cat >"$SC_CONFIG/integrations.d/r7.yaml" <<-END
		vendor: rapid7-insightidr
		region: us
		url: https://localhost:$MOCK_TLS_PORT
		ca_file: $PWD/tls/ca.pem
		api_key: file:$PWD/key
		$STREAMS
	END
	sc-store init 2>/dev/null
}

# small N: so many records a page
small() {
	sed -i "s/size: 100 .*/size: $1/; s/size: 100$/size: $1/" \
		vendors/rapid7-insightidr/vendor.yaml
}

# ago MINUTES: before noon, as the vendor writes times
ago() { date -u -d "@$((NOW - $1 * 60))" +%Y-%m-%dT%H:%M:%SZ; }

# inv ID AGE [JQ]: an investigation, AGE in minutes before noon
inv() {
	jq -nc --arg rrn "$RRN$1" --arg t "$(ago "$2")" '{rrn: $rrn,
		organization_id: "5f1c2d3e-0a1b-4c2d-8e3f-001122334455",
		title: "T", source: "ALERT", status: "OPEN", priority: "LOW",
		last_accessed: $t, created_time: $t, disposition: "UNDECIDED",
		assignee: null, first_alert_time: null, latest_alert_time: null,
		responsibility: null} | '"${3-.}" >>inv
}

# alert ID INVESTIGATION AGE [JQ]: and the investigation's latest_alert_time
alert() {
	jq -nc --arg rrn "$RRN$2" --arg id "$1" --arg t "$(ago "$3")" '{investigation: $rrn,
		alert: ({id: $id, title: "A", alert_type: "Type",
		alert_type_description: "D", created_time: $t, first_event_time: null,
		latest_event_time: null, alert_source: "User Behavior Analytics",
		detection_rule_rrn: null} | '"${4-.}"')}' >>alerts
	edit inv "if .rrn == \"$RRN$2\" and (.latest_alert_time // \"\") < \"$(ago "$3")\"
		then .latest_alert_time = \"$(ago "$3")\" else . end"
}

# edit FILE JQ: changes all records
edit() {
	jq -c "$2" "$1" >edited
	mv edited "$1"
	[ -z "${MOCK_PID-}" ] || mock_reload
}
# edit_one ID JQ: changes an investigation
edit_one() { edit inv "if .rrn == \"$RRN$1\" then $2 else . end"; }
drop_one() { edit inv "select(.rrn != \"$RRN$1\")"; }

# later MINUTES: so long after noon
later() { clock_set clock "$NOON + $1 min"; }

# run_stream [STREAM [OPTION...]]: through the pipeline; sets status, leaves log and report
# shellcheck disable=SC2034
run_stream() {
	status=0
	: >"$MOCK_JOURNAL"
	{
		SC_REPORT=9 sc-fetch "${@:2}" "r7.${1-investigations}" 2>log 9>report ||
			echo $? >code
	} | tee out | sc-normalize 2>normalize.log | sc-ship >/dev/null 2>ship.log
	[ ! -e code ] || status=$(cat code)
	rm -f code
}
outcome() { jq -r "$1" report; }
# ids [STREAM]: the last parts of the keys that have artifacts
ids() {
	sql "select key from artifact where stream = 'r7.${1-investigations}' group by key order by key" |
		sed 's/.*://' | paste -sd ' '
}
revisions() { sql "select n from object where stream = 'r7.investigations' and key like '%:$1'"; }
aux() { sql "select aux from object where stream = 'r7.${2-investigations}' and key like '%:$1'"; }
mark() { sql "select value from bookmark where stream = 'r7.${2-investigations}'" | jq -r ".$1"; }
high() { mark high "${1-investigations}"; }
# asked [PATTERN]: targets so far, decoded
asked() {
	mock_requests | python3 -c 'import sys, urllib.parse
for line in sys.stdin: print(urllib.parse.unquote(line.strip()))' | grep -- "${1-}"
}
# windows: of each first page of the list of new ones, in minutes from noon
windows() {
	asked 'sort=created_time,ASC' | grep 'index=0' |
		sed -n 's/.*start_time=\([^&]*\)&end_time=\([^&]*\).*/\1 \2/p' |
		while read -r from to; do
			echo "$(minutes "$from") $(minutes "$to")"
		done
}
minutes() { echo $((($(date -u -d "$1" +%s) + 30 - NOW + 60000000) / 60 - 1000000)); }
