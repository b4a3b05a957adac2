# Helpers for tests in which days pass (t/days/days.py).
#
#	days [ARG...]        lets them pass; a line of JSON a stream in "report"
#	passed STREAM        all is well with it, and something happened to it
#	figures              the report, as diagnostics
#
# SOAK_DAYS is how many, 2 by default.  Maps are short then, because what is
# tested does not depend on them; for more days they are those of the vendors.
load ../lib/pipeline

SOAK_DAYS=${SOAK_DAYS:-2}

# have VENDOR: its files are there
have() { [ -e "$SC_ROOT/vendors/$1/vendor.yaml" ]; }

days_setup() {
	local map
	# Also called by setup_file.
	: "${BATS_TEST_TMPDIR:=$BATS_FILE_TMPDIR}"
	pipeline_setup
	state_in_memory
	rm -r vendors
	cp -r "$SC_ROOT/vendors" .
	[ "$SOAK_DAYS" -gt 2 ] || for map in vendors/*/*.map; do
		echo '# empty' >"$map"
	done
	sc-store init >/dev/null 2>&1
}

days() {
	python3 "$SC_ROOT/t/days/days.py" "$@" >report 2>figures || {
		tail -n 5 figures log
		return 1
	}
}

# of STREAM JQ: of its line
of() { jq -r "select(\"\(.vendor).\(.stream)\" == \"$1\") | $2" report; }

passed() {
	of "$1" '.wrong[], .over[]' >bad
	head -n 20 bad
	[ ! -s bad ]
	# Or nothing would have been shown by that.
	[ "$(of "$1" '.polls > 20 and .keys > 20 and .appeared > 0')" = true ]
}

figures() {
	jq -r '"# \(.vendor).\(.stream): \(.polls) polls, \(.keys) records (\(.late) late, \(.tied) at one time, \(.vanished) went), \(.changed) changes, \(.states) states, \(.flips) there and back, \(.noise) times only noise"' report
	sed 's/^/# /' figures
}
