# Helpers for tests of sc-mock drill: a configuration of a real console whose
# secret must never be asked for.
load ../lib/mock

drill_setup() {
	PATH=$SC_BIN:$PATH
	cd "$BATS_TEST_TMPDIR" || return
	export SC_VENDORS=$SC_ROOT/vendors SC_CONFIG=$PWD/etc TMPDIR=$PWD/tmp
	unset SC_STATE SC_CLOCK
	mkdir -p etc/integrations.d tmp
	real acme-s1
}

# real NAME [LINE...]: an integration as a user has it
real() {
	{
		printf '%s\n' 'vendor: sentinelone' 'host: acme.sentinelone.net' \
			'realm: acme.sentinelone.net' \
			"api_key: \"exec:touch $PWD/asked; echo the-real-token-1234\""
		[ $# -lt 2 ] || printf '%s\n' "${@:2}"
	} >"etc/integrations.d/$1.yaml"
}

# scenario LINE...
scenario() { printf '%s\n' "$@" >s.scenario; }

# drill [ARG...]: holds one; sets status; leaves out and log
# shellcheck disable=SC2034
drill() {
	status=0
	sc-mock drill "${@:-s.scenario}" >out 2>log || status=$?
}

# kinds: what happened, an event a line, without times
kinds() { sed -n 's/^20[0-9-]* [0-9:]*  \([a-z]* *[^:]*\):.*/\1/p' out | tr -s ' '; }
# row STREAM: SHOWN STORED OWED LOST DOUBLED
row() { awk -v s="$1" '$1 == s { print $2, $3, $4, $5, $6 }' out; }
# result JQ: of --json, the last object
result() { tail -n 1 out | jq -r "$1"; }
# absent PATTERN FILE: the file is there, and nothing in it is like that
absent() {
	local rc=0
	grep "$@" || rc=$?
	[ "$rc" -eq 1 ]
}
