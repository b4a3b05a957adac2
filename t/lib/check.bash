# Helpers for tests of sc-fetch --check.  A vendor is a serve_VENDOR and a
# refusals_VENDOR below.
load ../lib/pipeline
load ../lib/tty

NOON=2026-11-22T12:00:00Z
PUBLIC=0011223344556677889900112233445566778899
PRIVATE=ffeeddccbbaa99887766554433221100ffeeddcc
NETWORK_STEPS='configuration secret name tcp tls'

setup() {
	pipeline_setup
	rm -rf vendors
	cp -r "$SC_ROOT/vendors" .
	export SC_CLOCK=@$NOON
	status=0
}
teardown() {
	mock_stop || true
	# No step and no message may have had one of the keys in it.
	[ ! -e out ] || absent -e "$TOKEN" -e "$PRIVATE" -e toy-key out* log*
}

# absent PATTERN FILE...: they are there, and nothing in them is like that
absent() {
	local rc=0
	grep "$@" || rc=$?
	[ "$rc" -eq 1 ]
}

# integration_of VENDOR LINE...: as NAME.yaml; URL is the running mock's
integration_of() {
	{
		printf '%s\n' "vendor: $1" "url: ${URL:-http://127.0.0.1:$MOCK_PORT}"
		printf '%s\n' "${@:2}"
	} >"$SC_CONFIG/integrations.d/it.yaml"
}

# serve_VENDOR [RULE...]: one in good health, with rules in front; its records
# are at least an hour old
serve_sentinelone() {
	[ -e data.ndjson ] || dataset 5
	[ -e more.ndjson ] || for s in activities agents; do
		sc-mock generate "sentinelone.$s" -n 5 --start '20h ago' \
			--span 19h >"$s.ndjson"
	done
	printf '%s\n' "$@" "serve sentinelone token=$TOKEN threats=data.ndjson activities=activities.ndjson agents=agents.ndjson expires=${EXPIRES:-90d}" >s
	mock_start s --journal journal.ndjson --tls tls
	integration_of sentinelone 'host: acme.sentinelone.net' \
		"api_key: file:$PWD/token"
}
serve_darktrace() {
	local stream
	for stream in model-breaches ai-analyst; do
		[ -e "$stream.nd" ] || sc-mock generate "darktrace.$stream" -n 5 \
			--start '5h ago' --span 4h >"$stream.nd"
	done
	echo "$PRIVATE" >token
	printf '%s\n' "$@" "serve darktrace public-token=$PUBLIC private-token=$PRIVATE model-breaches=model-breaches.nd ai-analyst=ai-analyst.nd" >s
	mock_start s --journal journal.ndjson --tls tls
	integration_of darktrace 'host: dt.example.com' \
		"public_token: '$PUBLIC'" "private_token: file:$PWD/token"
}

# refusals_VENDOR: RULE | STEP [OBJECT] | EXIT | part of the remedy
refusals_sentinelone() {
	cat <<-'END'
		GET */system/status status=200 body=page.html|service|76|login or error page
		GET */system/status status=404 as=html|service|76|address of the management console
		GET */viewer-auth-check status=401|credentials|77|copy it completely
		GET */viewer-auth-check status=200 body=page.html|credentials|76|login or error page
		GET */viewer-auth-check status=503|credentials|69|collection goes on by itself
		GET */threats status=403|permission threats|77|at least the Viewer role
		GET */agents status=404|permission agents|77|not licensed
		GET */activities status=200 body=page.html|permission activities|76|login or error page
	END
}
refusals_darktrace() {
	cat <<-'END'
		GET /status status=401|credentials|77|Public Token and Private Token are correct
		GET /modelbreaches status=302 location=/403|permission model-breaches|77|broader permissions
		GET /aianalyst/* status=302 location=/login|permission ai-analyst|77|lacks the feature
		GET /aianalyst/* status=500|permission ai-analyst|69|
	END
}
refusals_deep-instinct() {
	cat <<-'END'
		GET */groups/ status=401|credentials|77|correct and has not been revoked
		GET */groups/ status=422|credentials|77|correct and has not been revoked
		GET */events status=403|permission events|77|read permissions
		GET */suspicious-events status=404|permission suspicious-events|76|
		GET */devices status=503|permission devices|69|
	END
}
refusals_rapid7-insightidr() {
	cat <<-'END'
		GET /validate status=401|credentials|77|API Key is correct
		GET /validate status=200 body=page.html|credentials|76|
		GET */alerts status=403|permission alerts|77|read access to InsightIDR
		GET */alerts status=503|permission alerts|69|
	END
}

serve_deep-instinct() {
	[ -e events.nd ] || for s in events suspicious-events devices; do
		sc-mock generate "deep-instinct.$s" -n 5 --start '5h ago' \
			--span 4h >"$s.nd"
	done
	printf '%s\n' "$@" "serve deep-instinct key=$TOKEN events=events.nd suspicious-events=suspicious-events.nd devices=devices.nd" >s
	mock_start s --journal journal.ndjson --tls tls
	integration_of deep-instinct 'host: di.example.com' \
		"api_key: file:$PWD/token"
}
serve_rapid7-insightidr() {
	[ -e investigations.nd ] || for s in investigations alerts; do
		sc-mock generate "rapid7-insightidr.$s" -n 5 --start '5h ago' \
			--span 4h >"$s.nd"
	done
	printf '%s\n' "$@" "serve rapid7-insightidr api-key=$TOKEN investigations=investigations.nd alerts=alerts.nd ${R7:-}" >s
	mock_start s --journal journal.ndjson --tls tls
	integration_of rapid7-insightidr 'region: us' "api_key: file:$PWD/token"
}

# check [ARG...]: leaves out, out.json and log; sets status
# shellcheck disable=SC2120
check() {
	status=0
	sc-fetch --check "$@" it >out 2>log || status=$?
	sc-fetch --check --json "$@" it >out.json 2>>log || [ "$?" -eq "$status" ]
	[ "$(wc -l <out.json)" -eq 1 ]
	[ "$(json .code)" -eq "$status" ]
	[ "$(json .result)" != failed ] || [ "$status" -ne 0 ]
}
json() { jq -r "$1" out.json; }
# at STEP [OBJECT] MEMBER
at() {
	jq -r --arg s "$1" --arg o "${3:+$2}" \
		".steps[] | select(.step == \$s and (.object // \"\") == \$o) | .${3:-$2}" \
		out.json
}
# results: "step object=result" of all that are not ok, in one line
results() {
	json '[.steps[] | select(.result != "ok") | "\(.step)\(if .object then " " + .object else "" end)=\(.result)"] | join(",")'
}
names() { json '[.steps[] | .step] | join(" ")'; }

# healthy VENDOR REQUESTS STREAMS: all is well, nothing moves, few requests
healthy() {
	"serve_$1"
	sc-fetch --check it >out 2>log
	[ ! -s log ]
	[ "$(mock_requests | wc -l)" -le "$2" ]
	check
	[ "$status" -eq 0 ]
	[ "$(json '[.steps[] | select(.result == "failed")] | length')" -eq 0 ]
	[[ $(names) == "$NETWORK_STEPS "*' clock credentials '*permission\ newest* ]] ||
		[[ $(names) == "$NETWORK_STEPS clock credentials "* ]]
	[ "$(json '[.steps[] | select(.step == "newest")] | length')" -eq "$3" ]
	grep -q '^ok       credentials ' out
	grep -Eq '^it: (ok|warning) \([0-9]+ ok, [0-9]+ warning, 0 failed, [0-9]+ skipped\)$' out
	[ ! -e "$SC_STATE" ]
}

# refused VENDOR: each row of its table, and what depends on it is skipped
refused() {
	local rule step code remedy
	echo '<html><title>Sign in</title></html>' >page.html
	while IFS='|' read -r rule step code remedy; do
		"serve_$1" "$rule"
		check
		echo "$rule: $(results)"
		[ "$status" -eq "$code" ]
		# shellcheck disable=SC2086
		[ "$(at $step result)" = failed ]
		# shellcheck disable=SC2086
		[[ $(at $step remedy) == *"$remedy"* ]]
		[ "$(json '[.steps[] | select(.result == "failed")] | length')" -eq 1 ]
		case $step in
		permission*) [ "$(at newest "${step#* }" result)" = skipped ] ;;
		*) [ "$(json '[.steps[] | select(.step == "permission") | .result] | unique | join(",")')" = skipped ] ;;
		esac
	done < <("refusals_$1")
}

