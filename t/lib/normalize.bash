# Helpers for tests of sc-normalize.
#
#	fixtures STREAM                its dataset, the records as the API gives them
#	messages STREAM <RECORDS       the messages that sc-fetch would make of them
#	contexts STREAM <RECORDS       what it would find beside each of them, or null
#	table_holds STREAM BASE        each case of the stream's table
#	table_records STREAM BASE      its records
#	every_line_yields STREAM N <RECORDS
#	known_words STREAM <RECORDS
#	golden STREAM <RECORDS
#	same_as_jq STREAM <RECORDS
#
# STREAM is one of the vendor's that normalize_setup was called with, BASE the
# record that its cases change: fixtures/VENDOR/BASE-base.json.  Its table is
# t/e2e/VENDOR-STREAM-map.tsv, of SentinelOne t/e2e/STREAM-map.tsv; there data(f)
# changes the document that is in the string .data.  All work in the current
# folder.

SC_ROOT=${SC_ROOT:-$(cd "$BATS_TEST_DIRNAME/../.." && pwd)}
SC_BIN=${SC_BIN:-$SC_ROOT/build/release}

# What sc-normalize adds to what the map makes.
additions='del(.id, .message, .senderHost, .sourceInfo) | .tags |= .[:-1]'

# normalize_vendor VENDOR: which one the functions below are about
normalize_vendor() {
	VENDOR=$1
	DATA=$SC_ROOT/fixtures/$1
	TABLES=$SC_ROOT/t/e2e/$1-
	case $1 in
	sentinelone)
		TABLES=$SC_ROOT/t/e2e/
		ACCOUNT=acme-s1 REALM=acme.sentinelone.net
		;;
	deep-instinct) ACCOUNT=acme-di REALM=acme.customers.deepinstinctweb.com ;;
	darktrace) ACCOUNT=acme-dt REALM=darktrace.example.com ;;
	rapid7-insightidr) ACCOUNT=acme-r7 REALM=us.api.insight.rapid7.com ;;
	*) ACCOUNT=acme REALM=acme.example.com ;;
	esac
}

# normalize_setup [VENDOR]
normalize_setup() {
	normalize_vendor "${1:-sentinelone}"
	cd "$BATS_TEST_TMPDIR" || return
	PATH=$SC_BIN:$PATH
	export SC_VENDORS=$SC_ROOT/vendors SC_CONFIG=$PWD/etc
	mkdir etc
}

# In a dataset, a child stands within a record that also names its parent.
fixtures() {
	case $VENDOR.$1 in
	rapid7-insightidr.alerts) jq -c .alert "$DATA/alerts.ndjson" ;;
	rapid7-insightidr.evidence) jq -c .evidence "$DATA/evidences.ndjson" ;;
	*) cat "$DATA/$1.ndjson" ;;
	esac
}

# In a table, the context is the record's member "$ctx".
contexts() {
	case $VENDOR.$1 in
	rapid7-insightidr.alerts)
		jq -c --slurpfile rows "$DATA/alerts.ndjson" \
			--slurpfile parents "$DATA/investigations.ndjson" \
			'."$ctx" // (.id as $id | [$rows[] | select(.alert.id == $id)][0].investigation as $rrn
			| [$parents[] | select(.rrn == $rrn)][0] | values | {investigation: .}) // null'
		;;
	rapid7-insightidr.evidence)
		jq -c --slurpfile rows "$DATA/evidences.ndjson" --slurpfile parents "$DATA/at-alerts.ndjson" \
			'."$ctx" // (.rrn as $id | [$rows[] | select(.evidence.rrn == $id)][0].alert as $rrn
			| [$parents[] | select(.rrn == $rrn)][0] | values | {alert: .}) // null'
		;;
	deep-instinct.*events)
		jq -c --slurpfile devices "$DATA/devices.ndjson" '."$ctx" // (.device_id as $id
			| [$devices[] | select(.id == $id)][0] | values | {device: .}) // null'
		;;
	*) sed 's/.*/null/' ;;
	esac
}

messages() {
	local stream=$ACCOUNT.$1
	echo "{\"type\":\"SCHEMA\",\"stream\":\"$stream\",\"key_properties\":[\"id\"],\"schema\":{\"type\":\"object\"},\"source\":{\"vendor\":\"$VENDOR\",\"integration\":\"$ACCOUNT\",\"stream\":\"$1\",\"realm\":\"$REALM\",\"tenant\":\"acme\"}}"
	cat >records.in
	contexts "$1" <records.in | sed 's/^null$//; s/..*/"ctx":&,/' >ctx.in
	# Neither jq nor awk may touch the records themselves.
	jq -c '.id // .pbid // .rrn | ((numbers | tostring), strings) // ""' records.in | sed 's/.*/"key":&,"rev":"r",/' |
		paste -d '\0' - ctx.in | sed 's/$/"record":/' | paste -d '\0' - records.in |
		awk -v stream="$stream" '{ printf "{\"type\":\"RECORD\",\"stream\":\"%s\",\"id\":\"%08d-0000-5000-8000-000000000000\",%s}\n", stream, NR, $0 }'
	echo "{\"type\":\"STATE\",\"for\":\"store\",\"value\":{\"bookmarks\":{\"$stream\":{\"v\":1,\"gen\":4}}}}"
}

table_records() {
	awk -F '\t' '
		BEGIN { print "def data(f): .data |= (fromjson | f | tojson); . as $b |" }
		/^[^#]/ { if (NF != 4) { print "bad line " NR >"/dev/stderr"; exit 1 }
			printf "%s($b | %s)", n++ ? ",\n" : "", $2 }
	' "$TABLES$1-map.tsv" >cases.jq
	jq -c -f cases.jq "$DATA/$2-base.json"
}

table_holds() {
	local key
	key=$(jq '.id // .pbid // .rrn | tostring' "$DATA/$2-base.json")
	table_records "$1" "$2" >records
	messages "$1" <records | sed "s/\"key\":\"[^\"]*\"/\"key\":$key/" >in
	sc-normalize in >out
	jq -r -n --rawfile tsv "$TABLES$1-map.tsv" --slurpfile out out '
		[$out[] | select(.type == "RECORD") | .record] as $got
		| [$tsv | split("\n")[] | select(test("^[^#]")) | split("\t")]
		| if length != ($got | length) then "\(length) cases, \($got | length) artifacts" else empty end,
		  (to_entries[] | .key as $i | .value as [$case, $_, $field, $want]
		  | (if $want == "-" then null else $want | fromjson end) as $want
		  | select($got[$i][$field] != $want or ($got[$i] | has($field)) != ($want != null))
		  | "\($case): \($field) is \($got[$i][$field]), not \($want)")
	' >wrong
	cat wrong
	[ ! -s wrong ]
}

# every_line_yields STREAM N <RECORDS: each of the map's N fields or more has a
# value somewhere, of a type that an artifact may have
every_line_yields() {
	messages "$1" >in
	sc-normalize --explain in >table
	cat table
	run awk -v least="$2" 'NR > 2 && $5 ~ /:[0-9]+$/ { n++; if ($2 == 0) print $1 }
		/wrong type/ { print } END { if (n < least) print n + 0 " fields" }' table
	[ -z "$output" ]
}

# The receiver's own words.
known_words() {
	messages "$1" | sc-normalize | jq -c 'select(.record) | .record' >out
	[ -s out ]
	run jq -r 'select(.messageType | IN("auth_failure", "blocked", "botnet_connection",
		"credential_access", "data_destruction", "data_exfiltration", "data_staging",
		"defense_evasion", "exploit_attempt", "malicious_behavior", "malicious_session",
		"phishing_click", "phishing_email", "policy_violation", "privilege_escalation",
		"service_discovery", "service_disruption", "anomalous_behavior",
		"degraded_hardware", "degraded_service", "financial_anomaly", "ids_event",
		"ids_action", "content_filter", "ioc_match", "iom_match", "blacklisted_process",
		"threat_event", "endpoint_protection", "infrastructure_exploit",
		"malicious_software", "ransomware_download", "ransomware_encryption",
		"config_change") | not) | .messageType' out
	[ -z "$output" ]
	run jq -r 'select(["critical", "high", "medium", "low", "informational"][.severityCode - 1]
		!= .severityLabel) | .id' out
	[ -z "$output" ]
}

# SC_UPDATE=1 writes them anew.
golden() {
	local file=$DATA/golden/$1.ndjson artifacts=golden/$1.artifacts.ndjson
	rm -rf golden
	mkdir golden
	messages "$1" >"golden/$1.ndjson"
	[ ! -e "$file" ] || cp "$file" "$artifacts"
	if [ -n "${SC_UPDATE:-}" ]; then
		sc-normalize --test golden --update
		mkdir -p "$DATA/golden"
		cp "$artifacts" "$file"
	fi
	sc-normalize --test golden
}

# jq 1.6 would round the large numbers, which reach a map as strings.
same_as_jq() {
	{
		echo '.ctx as $ctx | .record |'
		sc-normalize --print-jq "$VENDOR.$1" | sed '/^\$ARGS\.named\.ctx as/d'
	} >prog
	cat >same.in
	messages "$1" <same.in | sc-normalize | jq -c "select(.record) | .record | $additions" >got
	contexts "$1" <same.in | sed 's/.*/{"ctx":&,"record":/' | paste -d '\0' - same.in |
		sed -E 's/([^\\]":)([0-9]{16,})([,}])/\1"\2"\3/g; s/$/}/' | jq -c -f prog >want
	[ -s want ]
	cmp want got
}
