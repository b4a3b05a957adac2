# Helpers for tests of Deep Instinct: small lists of events and devices, a
# server that plays them, a clock that stands at noon until it is moved.
load ../lib/pipeline
load ../lib/clock

NOON=2026-11-22T12:00:00Z

di_setup() {
	pipeline_setup
	# What is tested does not depend on the maps.
	printf '%s\n' 'ruleName = .type' 'clientHostname = $ctx | .device.hostname' \
		>vendors/deep-instinct/events.map
	cp vendors/deep-instinct/events.map vendors/deep-instinct/suspicious-events.map
	echo 'clientHostname = .hostname' >vendors/deep-instinct/devices.map
	echo di-test-key >key
	clock_set clock "$NOON"
	export SC_CLOCK=file:$PWD/clock
	for list in events suspicious devices; do : >"$list"; done
}

# time_at MINUTES: so many before noon, as the server writes it
time_at() { date -u -d "@$(($(date -u -d "$NOON" +%s) - $1 * 60))" +%Y-%m-%dT%H:%M:%S.%6NZ; }

# event ID AGE [JQ [FILE]]: inserted AGE minutes before noon
event() {
	head -n 1 "$SC_ROOT/fixtures/deep-instinct/events.ndjson" |
		jq -c --argjson id "$1" --arg t "$(time_at "$2")" \
			".id = \$id | .device_id = 7 | .timestamp = \$t |
			.insertion_timestamp = \$t | .status = \"OPEN\" |
			.close_timestamp = null | ${3-.}" >>"${4-events}"
}

# events FROM TO AGE: one for each id
events() {
	head -n 1 "$SC_ROOT/fixtures/deep-instinct/events.ndjson" |
		jq -c --argjson from "$1" --argjson to "$2" --arg t "$(time_at "$3")" \
			'range($from; $to + 1) as $id | .id = $id | .device_id = 7 |
			.insertion_timestamp = $t | .close_timestamp = null' >>events
}

# device ID [JQ]
device() {
	head -n 1 "$SC_ROOT/fixtures/deep-instinct/devices.ndjson" |
		jq -c --argjson id "$1" ".id = \$id | .hostname = \"host-$1\" | ${2-.}" \
			>>devices
}

# edit FILE JQ: changes all records
edit() {
	jq -c "$2" "$1" >edited
	mv edited "$1"
	mock_reload
}

# close_event ID [MINUTES]: so long after noon
close_event() {
	edit events "if .id == $1 then .status = \"CLOSED\" |
		.close_timestamp = \"$(time_at "-${2-0}")\" else . end"
}

# serve [WORD...]: a server with these lists; RULES in front, LATER behind
serve() {
	{
		printf '%s' "${RULES-}"
		echo "serve deep-instinct key=di-test-key events=events suspicious-events=suspicious devices=devices $*"
		printf '%s' "${LATER-}"
	} >vendor.scenario
	mock_start vendor.scenario --journal journal.ndjson
	cat >"$SC_CONFIG/integrations.d/di.yaml" <<-END
		vendor: deep-instinct
		host: acme.customers.deepinstinctweb.com
		url: http://127.0.0.1:$MOCK_PORT
		api_key: file:$PWD/key
	END
	sc-store init 2>/dev/null
}

# rules [LINE...]: these in front from now on; the journal begins anew
rules() {
	{ [ $# -eq 0 ] || printf '%s\n' "$@"; tail -n 1 vendor.scenario; } >new
	mv new vendor.scenario
	: >"$MOCK_JOURNAL"
	mock_reload
}

# later MINUTES: so long after noon
later() { clock_set clock "$NOON + $1 min"; }

# run_stream [STREAM [OPTION...]]: through the pipeline; sets status, leaves out, log and report
# shellcheck disable=SC2034
run_stream() {
	status=0
	: >"$MOCK_JOURNAL"
	{
		SC_REPORT=9 sc-fetch "${@:2}" "di.${1-events}" 2>log 9>report ||
			echo $? >code
	} | tee out | sc-normalize 2>normalize.log | sc-ship >/dev/null 2>ship.log
	[ ! -e code ] || status=$(cat code)
	rm -f code
}

outcome() { jq -r "$1" report; }
ids() { sql "select key from object where stream = 'di.${1-events}' order by 0 + key" | paste -sd ' '; }
revisions() { sql "select n from object where stream = 'di.${2-events}' and key = '$1'"; }
mark() { sql "select value from bookmark where stream = 'di.${1-events}'"; }
after() { mark "$@" | jq '.after // 0'; }
# cursors [PATH]: behind which ids was asked
cursors() { mock_requests | sed -n "s|^GET /api/v1/${1-events}?after_[a-z]*_id=||p" | paste -sd ' '; }
# searches: the bodies that were POSTed
searches() { mock_journal 'select(.method == "POST") | .body // .request_body // empty'; }
asked() { mock_requests | grep -c "$1"; }
