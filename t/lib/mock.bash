# Helpers for tests that talk to sc-mock.
#
#	mock_start FILE [ARG...]  starts it, returns once it accepts connections
#	mock_reload               new scenario and datasets, in force at once
#	mock_stop                 ends it and returns its exit status
#	mock_requests             "METHOD TARGET" of each request so far
#	mock_journal JQ           the journal through jq -r
#
#	mock_verify FILE          compares the requests so far with expected ones
#	mock_control COMMAND...   a command to the running one
#
# mock_start sets MOCK_PORT, MOCK_TLS_PORT (with --tls), MOCK_PORTS[NAME] (of
# its listen lines), MOCK_URL, MOCK_PID, MOCK_JOURNAL, MOCK_CONTROL and
# MOCK_LOG (its stderr).  One mock at a time.

SC_ROOT=${SC_ROOT:-$(cd "$BATS_TEST_DIRNAME/../.." && pwd)}
SC_BIN=${SC_BIN:-$SC_ROOT/build/release}
export SC_ROOT SC_BIN

mock_start() {
	local scenario=$1 ready=$BATS_TEST_TMPDIR/mock.ready name value
	local -a args=("${@:2}")

	mock_stop || true
	MOCK_PORT='' MOCK_TLS_PORT='' MOCK_URL=''
	declare -gA MOCK_PORTS=()
	# A socket's path is short, a test's folder need not be.
	MOCK_CONTROL=$(mktemp -u "${TMPDIR:-/tmp}/sc-mock.XXXXXX")
	MOCK_LOG=$BATS_TEST_TMPDIR/mock.log
	MOCK_JOURNAL=$BATS_TEST_TMPDIR/mock.ndjson
	for ((i = 0; i < ${#args[@]}; i++)); do
		[ "${args[i]}" = --journal ] && MOCK_JOURNAL=${args[i + 1]}
	done
	rm -f "$ready"
	mkfifo "$ready"
	# bats waits for whoever holds its descriptor 3.
	"$SC_BIN/sc-mock" --journal "$MOCK_JOURNAL" \
		--control "$MOCK_CONTROL" --ready-fd 3 "${args[@]}" "$scenario" \
		</dev/null >>"$MOCK_LOG" 2>&1 3>"$ready" &
	MOCK_PID=$!
	# The loop ends when sc-mock closes the pipe: it is ready, or gone.
	# shellcheck disable=SC2034 # MOCK_PORTS is for the tests
	while IFS='=' read -r name value; do
		case $name in
		port) MOCK_PORT=$value MOCK_URL=http://127.0.0.1:$value ;;
		tls_port) MOCK_TLS_PORT=$value ;;
		port.*) MOCK_PORTS[${name#port.}]=$value ;;
		esac
	done <"$ready"
	export MOCK_PORT MOCK_TLS_PORT MOCK_URL MOCK_PID MOCK_JOURNAL MOCK_LOG \
		MOCK_CONTROL
	[ -n "$MOCK_PORT" ] && return 0
	cat "$MOCK_LOG" >&2
	mock_stop
}

mock_reload() {
	kill -HUP "$MOCK_PID"
}

mock_stop() {
	local pid=${MOCK_PID-}

	[ -n "$pid" ] || return 0
	MOCK_PID=''
	kill "$pid" 2>/dev/null
	wait "$pid"
}

mock_control() {
	"$SC_BIN/sc-mock" control "$MOCK_CONTROL" "$@"
}

mock_verify() {
	"$SC_BIN/sc-mock" verify "$MOCK_JOURNAL" "$1"
}

mock_journal() {
	jq -r "$1" "$MOCK_JOURNAL"
}

mock_requests() {
	mock_journal '"\(.method) \(.target)"'
}
