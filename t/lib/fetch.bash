# Helpers for tests of sc-fetch alone: small pages, a clock that stands still
# (so that no retry takes time), the outcome line in a file.
load ../lib/pipeline

fetch_setup() {
	pipeline_setup
	export SC_CLOCK=@2026-11-22T12:00:00Z
	small_pages 10
}

# small_pages N: the vendor's file, with N records a page
small_pages() {
	sed -i "s/limit: [0-9]*/limit: $1/" vendors/sentinelone/vendor.yaml
	grep -q "limit: $1" vendors/sentinelone/vendor.yaml
}

# ready N [LINE...]: a vendor with N threats, rules in front; an integration
ready() {
	dataset "$1"
	start_vendor "${@:2}"
	integration acme-s1
}

# fetch [ARG...]: runs it; sets status; leaves out, log and report
# shellcheck disable=SC2034
fetch() {
	status=0
	SC_REPORT=9 sc-fetch "$@" acme-s1 >out 2>log 9>report || status=$?
}

# the raw records that came out, without what is around them
records() { sed -n 's/^{"type":"RECORD",[^{]*"record":\(.*\)}$/\1/p' out; }
keys() { jq -r 'select(.type == "RECORD") | .key' out | sort; }
states() { grep '^{"type":"STATE"' out; }
highs() { states | jq -r '.value.bookmarks["acme-s1.threats"].high'; }
outcome() { jq -r "$1" report; }
requests() { mock_requests | grep -c '^GET /web/api/v2.1/threats'; }
# threat N TIME: one small record
threat() { printf '{"id":"%s","threatInfo":{"updatedAt":"%s"}}' "$1" "$2"; }
# page FILE NEXT RECORD...: an answer; NEXT is JSON
page() {
	local IFS=,
	printf '{"data":[%s],"pagination":{"nextCursor":%s}}' "${*:3}" "$2" >"$1"
}
# absent TEXT FILE...: these files exist, and the text is in none of them
absent() {
	local rc=0
	grep -F -- "$@" || rc=$?
	[ "$rc" -eq 1 ]
}
