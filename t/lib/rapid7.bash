# Helpers for tests of sc-mock as Rapid7 InsightIDR; needs mock.bash.
#
#	serve [WORD...]     all streams, at noon
#	get PATH, post PATH BODY, code PATH   with the key; curl options behind
#	total QUERY         how many records a list has
#	client STREAM [URL CA]                the client in t/clients

NOON=2026-11-22T12:00:00Z

r7_setup() {
	cd "$BATS_TEST_TMPDIR" || return
	D=$SC_ROOT/fixtures/rapid7-insightidr
	INV=$D/investigations.ndjson ALERTS=$D/alerts.ndjson AT=$D/at-alerts.ndjson
	V2=/idr/v2/investigations
	export R7_KEY=r7-test-key
	export WIDE='start_time=2025-10-01T00:00:00Z&end_time=2026-12-01T00:00:00Z'
	STREAMS="investigations=$INV alerts=$ALERTS product-alerts=$D/product-alerts.ndjson at-alerts=$AT evidences=$D/evidences.ndjson actors=$D/actors.ndjson"
}

# serve [WORD...]: all streams, at noon
serve() {
	echo "serve rapid7-insightidr api-key=$R7_KEY $STREAMS $*" >s
	mock_start s --clock "@$NOON"
}

# get PATH [CURL OPTION...]
get() {
	curl -sS -g -H "X-Api-Key: $R7_KEY" "${@:2}" "$MOCK_URL$1"
}

# post PATH BODY [CURL OPTION...]
post() {
	get "$1" -d "$2" "${@:3}"
}

# code PATH [CURL OPTION...]: the status alone, the body in the file body
code() {
	get "$1" "${@:2}" -o body -w '%{http_code}'
}

# all QUERY: the last parts of the RRNs of all pages, in order
all() {
	local index=0 pages=1
	while [ $index -lt "$pages" ]; do
		get "$V2?size=13&index=$index&$1" >page
		jq -r '.data[].rrn | split(":")[-1]' page
		pages=$(jq .metadata.total_pages page)
		index=$((index + 1))
	done
}

total() {
	get "$V2?$1" | jq .metadata.total_data
}

found() {
	post "$V2/_search${2-}" "$1" | jq .metadata.total_data
}

# client STREAM [URL CA]
client() {
	python3 "$SC_ROOT/t/clients/rapid7-insightidr.py" "${2:-$MOCK_URL}" "$1" ${3+"$3"}
}

# plain FILE [JQ]: records as the client prints them
plain() {
	python3 -c 'import json, sys
for line in sys.stdin: print(json.dumps(json.loads(line), sort_keys=True))' <"$1"
}
