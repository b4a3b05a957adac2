# Helpers for tests that carry artifacts from the store to a file.

# delivery: 300 artifacts in the store; as messages with a STATE after each 5
# in "messages", as sc-ship prints them in "want"
delivery() {
	seq 300 | awk '
	    BEGIN { print "{\"type\":\"SCHEMA\",\"stream\":\"acme.threats\",\"key_properties\":[\"id\"],\"schema\":{},\"source\":{\"vendor\":\"v\",\"integration\":\"acme\",\"stream\":\"threats\",\"realm\":\"r\"}}" }
	    { printf "{\"type\":\"RECORD\",\"stream\":\"acme.threats\",\"id\":\"00000000-0000-5000-8000-%012d\",\"key\":\"k%d\",\"rev\":\"r\",\"record\":{\"n\":%d,\"pad\":\"%0900d\"}}\n", $1, $1, $1, 0 }' >records
	sc-store init >/dev/null
	sc-ship <records >/dev/null 2>&1
	[ "$(stored)" -eq 300 ]
	sc-store read -c siem 2>/dev/null | awk '
	    /"type":"STATE"/ { next }
	    { print }
	    /"type":"RECORD"/ && ++n % 5 == 0 {
	        printf "{\"type\":\"STATE\",\"for\":\"siem\",\"value\":{\"bookmarks\":{\"store\":{\"v\":1,\"gen\":0,\"pos\":%d}}}}\n", n }' >messages
	sc-store search >want
	[ "$(wc -l <want)" -eq 300 ]
	sort want >sorted
	keep_empty
	most=0
}

position() { sql "select coalesce(max(pos), 0) from position"; }

# acknowledged_is_there: what the position says is in the file
acknowledged_is_there() {
	local n
	n=$(position)
	[ "$n" -eq 0 ] || awk '!seen[$0]++' out | head -n "$n" | cmp -s - <(head -n "$n" want)
}

# deliver_rest WHAT: afterwards each artifact is there, as it is, and nothing
# else; most: how many were delivered twice at most
deliver_rest() {
	local lines
	acknowledged_is_there || {
		echo "acknowledged but not there after $1"
		return 1
	}
	sc-store read -c siem | sc-ship --to file:out | sc-store commit -c siem
	lines=$(wc -l <out)
	[ $((lines - 300)) -le "$most" ] || most=$((lines - 300))
	sort -u out | cmp -s - sorted && [ "$(position)" -eq 300 ] && return
	echo "after $1: $lines lines, position $(position)"
	sort -u out | diff - sorted | cut -c 1-100 | head
	return 1
} 2>/dev/null

# made: what sc-store init decides
made() {
	local what
	for what in page_size auto_vacuum journal_mode application_id user_version; do
		sql "pragma $what"
	done
	sql .schema
}

# made_whole WHAT: half a store is refused, and sc-store init completes it to
# the one that is described in the file "made"
made_whole() {
	if sc-ship <records >/dev/null; then
		[ "$(stored)" -eq 300 ]
	fi
	sc-store init >/dev/null
	sc-ship <records >/dev/null
	[ "$(stored)" -eq 300 ]
	made | cmp -s - made && return
	echo "another store after $1"
	made | diff made -
	return 1
} 2>/dev/null
