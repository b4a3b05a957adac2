# Helpers for tests of sc-fetch and Darktrace: an appliance over TLS whose
# records a test writes, at noon.
load ../lib/pipeline
load ../lib/clock

NOON=2026-11-22T12:00:00Z

darktrace_setup() {
	pipeline_setup
	cp "$SC_ROOT/vendors/darktrace/vendor.yaml" vendors/darktrace/
	# What is tested does not depend on the maps.
	for stream in model-breaches ai-analyst; do
		echo 'ruleName = .title // .model.name' \
			>"vendors/darktrace/$stream.map"
	done
	PUBLIC=0011223344556677889900112233445566778899
	PRIVATE=ffeeddccbbaa99887766554433221100ffeeddcc
	echo "$PRIVATE" >token
	clock_set clock "$NOON"
	export SC_CLOCK=file:$PWD/clock
	NOW=$(ms "$NOON")
	: >breaches
	: >events
}

ms() { date -u -d "$1" +%s%3N; }

# serve [WORD...]: an appliance over TLS with these records; RULES in front
serve() {
	{
		printf '%s' "${RULES-}"
		echo "serve darktrace public-token=$PUBLIC private-token=$PRIVATE model-breaches=breaches ai-analyst=events $*"
	} >vendor.scenario
	mock_start vendor.scenario --tls tls --journal journal.ndjson
	cat >"$SC_CONFIG/integrations.d/dt.yaml" <<-END
		vendor: darktrace
		host: darktrace.example.com
		url: https://localhost:$MOCK_TLS_PORT
		ca_file: $PWD/tls/ca.pem
		public_token: "$PUBLIC"
		private_token: file:$PWD/token
	END
	sc-store init 2>/dev/null
}

# breach PBID AGE [JQ]: AGE in minutes before noon
breach() {
	head -n 1 "$SC_ROOT/fixtures/darktrace/model-breaches.ndjson" |
		jq -c --argjson id "$1" --argjson t $((NOW - $2 * 60000)) \
			".pbid = \$id | .time = \$t | .creationTime = \$t + 4000 | ${3-.}" \
			>>breaches
}

# event ID AGE [JQ]
event() {
	head -n 1 "$SC_ROOT/fixtures/darktrace/ai-analyst.ndjson" |
		jq -c --arg id "$1" --argjson t $((NOW - $2 * 60000)) \
			".id = \$id | .createdAt = \$t | .periods = [{start: (\$t - 60000), end: \$t}] | ${3-.}" \
			>>events
}

# edit FILE JQ: changes all records
edit() {
	jq -c "$2" "$1" >edited
	mv edited "$1"
	mock_reload
}

# later MINUTES: so long after noon
later() { clock_set clock "$NOON + $1 min"; }

# run_stream [STREAM [OPTION...]]: through the pipeline; sets status, leaves log and report
# shellcheck disable=SC2034
run_stream() {
	status=0
	: >"$MOCK_JOURNAL"
	{
		SC_REPORT=9 sc-fetch "${@:2}" "dt.${1-model-breaches}" 2>log 9>report ||
			echo $? >code
	} | tee out | sc-normalize 2>normalize.log | sc-ship >/dev/null 2>ship.log
	[ ! -e code ] || status=$(cat code)
	rm -f code
}
outcome() { jq -r "$1" report; }
ids() { sql "select key from object where stream = 'dt.${1-model-breaches}' order by key" | paste -sd ' '; }
revisions() { sql "select n from object where stream = 'dt.${2-model-breaches}' and key = '$1'"; }
high() { sql "select value from bookmark where stream = 'dt.model-breaches'" | sed 's/.*"high":"\([^"]*\)".*/\1/'; }
# windows: what was asked for, in minutes from noon
windows() {
	mock_requests | sed -n 's/.*[?&]endtime=\([0-9]*\).*[?&]starttime=\([0-9]*\).*/\2 \1/p' |
		while read -r from to; do
			echo "$(((from - NOW) / 60000)) $(((to - NOW) / 60000))"
		done
}
