#!/usr/bin/env bats
# sc-mock: what a client sees of it.
load ../lib/mock

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	DATA=$SC_ROOT/fixtures/sentinelone/threats.ndjson
	AUTH='Authorization: ApiToken s1-test-token'
	THREATS=/web/api/v2.1/threats
}

teardown() {
	mock_stop || true
}

# scenario LINE...: writes the file s
scenario() {
	printf '%s\n' "$@" >s
}

serve() {
	scenario "$@" "serve sentinelone token=s1-test-token threats=$DATA"
}

# api QUERY [CURL OPTION...]
api() {
	curl -sS -H "$AUTH" "${@:2}" "$MOCK_URL$THREATS$1"
}

# code CURL-ARGUMENT...: the status alone
code() {
	curl -sS -o /dev/null -w '%{http_code}' "$@"
}

# raw TEXT: sends the bytes as they are, prints what comes back
raw() {
	exec 5<>"/dev/tcp/127.0.0.1/$MOCK_PORT"
	printf '%b' "$1" >&5
	cat <&5
	exec 5<&-
}

# walk QUERY CURSOR-SPELLING: the ids of all pages, in order
walk() {
	local query=$1 spelling=$2 cursor='' ids
	while :; do
		ids=$(api "?limit=20&$query${cursor:+&cursor=$cursor}" |
			jq -r '.pagination.nextCursor // "", .data[].id')
		tail -n +2 <<<"$ids"
		cursor=$(head -1 <<<"$ids")
		[ -n "$cursor" ] || break
		case $spelling in
		decoded) cursor=$(printf '%b' "${cursor//%/\\x}") ;;
		twice) cursor=${cursor//%/%25} ;;
		esac
	done
}

sorted_by() {
	jq -rs --arg f "$1" 'sort_by(.threatInfo[$f] // "", (.id|tonumber))
		| .[].id' "$DATA"
}

@test "every record comes once, whatever way the cursor is spelled" {
	serve
	mock_start s
	jq -r .id "$DATA" | sort -n >want
	[ "$(wc -l <want)" -eq 66 ]
	for spelling in raw decoded twice; do
		walk '' $spelling >got
		diff want got
	done
	grep -q 'cursor=eyJ[A-Za-z0-9]*%3D' <(mock_requests)
	grep -q 'cursor=eyJ[A-Za-z0-9]*=' <(mock_requests)
	grep -q 'cursor=eyJ[A-Za-z0-9]*%253D' <(mock_requests)
}

# canonical FILE: its records by id, each number as it is; jq would round
canonical() {
	python3 -c 'import json, sys
for r in sorted(map(json.loads, open(sys.argv[1])), key=lambda r: int(r["id"])):
    print(json.dumps(r))' "$1"
}

@test "a client written against the API alone gets every stream, plain and over TLS" {
	local feeds=() dir=${DATA%/*}
	for stream in threats activities agents; do
		feeds+=("$stream=$dir/$stream.ndjson")
	done
	for words in '' cursor=decoded extra-empty-page=yes; do
		scenario "serve sentinelone token=s1-test-token ${feeds[*]} $words"
		mock_start s --tls tls
		for stream in threats activities agents; do
			canonical "$dir/$stream.ndjson" >want
			for url in "$MOCK_URL" "https://localhost:$MOCK_TLS_PORT"; do
				S1_TOKEN=s1-test-token python3 "$SC_ROOT/t/clients/sentinelone.py" \
					"$url" $stream tls/ca.pem >got
				diff want <(canonical got)
			done
		done
	done
	grep -q '[^0-9][0-9]\{19\}[,}]' <(canonical "$dir/activities.ndjson")
	S1_TOKEN=wrong run python3 "$SC_ROOT/t/clients/sentinelone.py" "$MOCK_URL" agents
	[ "$status" -eq 1 ]
	[ "$output" = '4010010 Authentication Failed' ]
}

@test "records arrive byte for byte" {
	serve
	mock_start s
	api '?limit=1000' >page
	while IFS= read -r line; do
		grep -qF -- "$line" page
	done <"$DATA"
	[ "$(jq 'has("errors")' page)" = false ]
}

@test "order: by time, both ways, ties by id" {
	serve
	mock_start s
	walk 'sortBy=createdAt' raw >asc
	jq -rs '[.[] | {id, t: (.threatInfo.createdAt
		| if test("\\.") then . else sub("Z"; ".Z") end
		| sub("Z"; "") | .[0:26] + "000000"[0:(26 - length)])}]
		| sort_by(.t, (.id|tonumber)) | .[].id' "$DATA" >want
	diff want asc
	walk 'sortBy=createdAt&sortOrder=desc' twice >desc
	diff <(tac want) desc
	walk 'sortBy=updatedAt&sortOrder=asc' decoded | sort >got
	diff <(jq -r .id "$DATA" | sort) got
}

@test "the cursor carries no filter and belongs to its order" {
	serve
	mock_start s
	filter='mitigationStatuses=mitigated'
	cursor=$(api "?limit=3&$filter" | jq -r .pagination.nextCursor)
	[ "$(api "?limit=1000&$filter&cursor=$cursor" |
		jq '[.data[].threatInfo.mitigationStatus] | unique | length')" -eq 1 ]
	[ "$(api "?limit=1000&cursor=$cursor" |
		jq '[.data[].threatInfo.mitigationStatus] | unique | length')" -gt 1 ]
	invalid='{"errors":[{"code":4000010,"detail":"Invalid cursor value received","title":"Validation Error"}]}'
	[ "$(api "?sortBy=createdAt&cursor=$cursor")" = "$invalid" ]
	[ "$(api "?sortOrder=desc&cursor=$cursor")" = "$invalid" ]
	[ "$(api '?cursor=garbage')" = "$invalid" ]
	[ "$(api "?cursor=${cursor:0:40}")" = "$invalid" ]
	[ "$(api '?limit=1&cursor=' | jq '.data | length')" -eq 1 ]
}

@test "the last page ends with null, or an empty page if asked for" {
	serve
	mock_start s
	[ "$(api '?limit=66' | jq .pagination.nextCursor)" = null ]
	mock_stop
	scenario "serve sentinelone token=s1-test-token threats=$DATA extra-empty-page=yes cursor=decoded"
	mock_start s
	cursor=$(api '?limit=66' | jq -r .pagination.nextCursor)
	[[ $cursor == *= ]]
	[ "$(api "?limit=66&cursor=$cursor" | jq -c .)" = \
		'{"data":[],"pagination":{"nextCursor":null,"totalItems":66}}' ]
}

@test "filters: times to the microsecond, in every spelling, and lists" {
	serve
	mock_start s
	t=$(jq -r .threatInfo.updatedAt "$DATA" | sed -n 20p)
	n() { api "?limit=1&$1" | jq .pagination.totalItems; }
	gt=$(n "updatedAt__gt=$t") gte=$(n "updatedAt__gte=$t")
	lt=$(n "updatedAt__lt=$t") lte=$(n "updatedAt__lte=$t")
	[ "$gte" -gt "$gt" ]
	[ $((lt + gte)) -eq 66 ]
	[ $((lte + gt)) -eq 66 ]
	[ "$(n "updatedAt__gte=${t/Z/%2B00:00}")" -eq "$gte" ]
	[ "$(n "updatedAt__gte=$(tr T+ '+' <<<"${t%Z}")")" -eq "$gte" ]
	noon=$(n 'createdAt__gte=2026-11-21T12:00:00.000000Z')
	[ "$(n 'createdAt__gte=2026-11-21T12:00:00.000Z')" -eq "$noon" ]
	[ "$(n 'createdAt__gte=2026-11-21T12:00:00Z')" -eq "$noon" ]
	[ "$(n 'createdAt__gte=2026-11-21T14:00:00%2B02:00')" -eq "$noon" ]
	# 11:45:10.123456 is inside its own millisecond, and nothing else is.
	[ "$(n 'createdAt__between=1795261510123-1795261510123')" -eq 1 ]
	site=1290568698312097120
	want=$(jq -r .agentRealtimeInfo.siteId "$DATA" | grep -c "^$site$")
	[ "$want" -gt 0 ]
	[ "$(n "siteIds=$site")" -eq "$want" ]
	[ "$(n "siteIds=0,$site,1")" -eq "$want" ]
	ids=$(jq -r .id "$DATA" | head -3 | paste -sd,)
	[ "$(n "ids=$ids")" -eq 3 ]
	[ "$(n 'incidentStatuses=resolved,in_progress,unresolved')" -eq 66 ]
	[ "$(n 'accountIds=7&groupIds=8')" -eq 0 ]
}

@test "countOnly, skipCount, skip" {
	serve
	mock_start s
	[ "$(api '?countOnly=true' | jq -c .)" = \
		'{"data":[],"pagination":{"nextCursor":null,"totalItems":66}}' ]
	[ "$(api '?skipCount=True' | jq -c '[(.data|length), .pagination.totalItems]')" = '[10,0]' ]
	[ "$(api '?limit=1&skip=5' | jq -r '.data[0].id')" = \
		"$(jq -r .id "$DATA" | sort -n | sed -n 6p)" ]
}

@test "wrong parameters are refused by name" {
	serve
	mock_start s
	for q in limit=0 limit=1001 limit=ten skip=1001 sortBy=nonsense \
		sortOrder=up updatedAt__gte=yesterday updatedAt_gte=2026-11-21 \
		createdAt__between=5 countOnly=maybe siteIds= includeMessage=true \
		'limit=5&limit=5' limit=%zz; do
		[ "$(api "?$q" -o body -w '%{http_code}')" = 400 ]
		jq -e '.errors[0].code == 4000010' body
	done
	[ "$(api '?limit=0' | jq -r '.errors[0].detail')" = \
		'limit: Must be between 1 and 1000.' ]
	[ "$(api '?updatedAt_gte=x' | jq -r '.errors[0].detail')" = \
		'updatedAt_gte: Unknown field.' ]
}

# ask PATH [CURL OPTION...]
ask() {
	curl -sS -H "$AUTH" "${@:2}" "$MOCK_URL/web/api/v2.1/$1"
}

all_streams() {
	local dir=$SC_ROOT/fixtures/sentinelone

	scenario "serve sentinelone token=s1-test-token threats=$DATA activities=$dir/activities.ndjson agents=$dir/agents.ndjson ${1-}"
	ACTIVITIES=$dir/activities.ndjson AGENTS=$dir/agents.ndjson
}

total() {
	ask "$1" | jq .pagination.totalItems
}

@test "activities: sorted by what the vendor can sort, never asked by updatedAt" {
	all_streams
	mock_start s
	for q in updatedAt__gte=2026-11-21 updatedAt__between=1-2 sortBy=updatedAt \
		sortBy=siteId activityType__gt=5 includeHidden=perhaps; do
		[ "$(ask "activities?$q" -o body -w '%{http_code}')" = 400 ]
		jq -e '.errors[0].code == 4000010' body
	done
	ask 'activities?limit=1000&sortBy=createdAt&sortOrder=desc' |
		jq -r '.data[].id' >desc
	ask 'activities?limit=1000&sortBy=createdAt' | jq -r '.data[].id' >asc
	diff <(tac desc) asc
	[ "$(wc -l <asc)" -eq 131 ]
	cursor=$(ask 'activities?limit=80&sortBy=activityType&includeHidden=true' |
		tee page | jq -r .pagination.nextCursor)
	ask "activities?limit=80&sortBy=activityType&cursor=$cursor" >>page
	jq -r '.data[].activityType' page >got
	diff got <(jq -r .activityType "$ACTIVITIES" | sort -n)
	base64 -d <<<"${cursor//%3D/=}" >plain
	[ "$(jq -r .sort_by_column plain)" = Activity.activityType ]
}

@test "activities: filters, and numbers that no double holds" {
	all_streams
	mock_start s
	[ "$(total 'activities?activityTypes=19,4003')" -eq \
		"$(jq .activityType "$ACTIVITIES" | grep -cxE '19|4003')" ]
	id=$(jq -r .threatId "$ACTIVITIES" | head -1)
	[ "$(total "activities?threatIds=$id")" -eq 4 ]
	ask "threats?ids=$id" | jq -e '.data[0].threatInfo.threatId == "'"$id"'"'
	noon=$(total 'activities?createdAt__gte=2026-11-21T03:00:00Z')
	before=$(total 'activities?createdAt__lt=2026-11-21T03:00:00Z')
	[ "$before" -gt 0 ]
	[ $((noon + before)) -eq 131 ]
	[ "$(total 'activities?createdAt__between=1795305482000-1795305482000')" -eq 1 ]
	[ "$(total 'activities?ruleIds=1290568698312097725')" -eq 1 ]
	# A number here, a text there; asked for in the same way.
	[ "$(total 'activities?alertIds=1290568698312097726')" -eq 1 ]
	grep -q '"ruleId":-1[,}]' "$ACTIVITIES"
	grep -q '"ruleId":"-1"' "$ACTIVITIES"
	ask 'activities?ids=2617900000000000003' | grep -qF \
		'"ruleId":1290568698312097725,'
	ask activities/types | jq -r '.data[].id' | sort -n >known
	jq -r 'select(.id < "26179") | .activityType' "$ACTIVITIES" |
		sort -n -u | comm -23 <(sort - ) <(sort known) >unknown
	[ ! -s unknown ]
}

@test "agents: walk, count, yes and no" {
	all_streams
	mock_start s
	cursor=$(ask 'agents?limit=60' | tee page | jq -r .pagination.nextCursor)
	ask "agents?limit=60&cursor=$cursor" >>page
	diff <(jq -r '.data[].id' page) <(jq -r .id "$AGENTS" | sort -n)
	count() { ask "agents/count?$1" | jq .data.total; }
	[ "$(ask agents/count)" = '{"data":{"total":99}}' ]
	yes=$(jq .isActive "$AGENTS" | grep -c true)
	for q in isActive=true isActive=True; do
		[ "$(count "$q")" -eq "$yes" ]
		[ "$(total "agents?$q")" -eq "$yes" ]
	done
	[ "$(count isActive=true,false)" -eq 98 ] # one record does not say
	[ "$(count isDecommissioned=true)" -gt 0 ]
	[ "$(count 'osTypes=linux,macos')" -eq \
		"$(jq -r .osType "$AGENTS" | grep -cE 'linux|macos')" ]
	[ "$(count 'updatedAt__gte=2026-11-21T23:58:04.5Z')" -eq 1 ]
	[ "$(ask 'agents?limit=1&sortBy=updatedAt' | jq -c '.data[0].updatedAt')" = null ]
	[ "$(ask agents/count?isActive=x -o /dev/null -w '%{http_code}')" = 200 ]
	[ "$(ask agents/count?active=true -o /dev/null -w '%{http_code}')" = 400 ]
}

@test "a stream without a dataset is not there" {
	serve
	mock_start s --strict
	for p in activities agents agents/count; do
		[ "$(ask $p -o /dev/null -w '%{http_code}')" = 404 ]
	done
	[ "$(ask activities/types -o /dev/null -w '%{http_code}')" = 200 ]
	mock_stop || true
}

@test "api-token-details tell when the token ends" {
	details() { ask users/api-token-details -d "{\"data\":{\"apiToken\":\"$1\"}}"; }
	all_streams expires=2026-12-01T00:00:00Z
	mock_start s --clock @2026-11-22T12:00:00Z
	[ "$(details s1-test-token)" = '{"data":{"createdAt":"2026-10-23T12:00:00.000000Z","expiresAt":"2026-12-01T00:00:00.000000Z"}}' ]
	[ "$(details s1-test-tokem | jq .errors[0].code)" = 4010010 ]
	[ "$(ask users/api-token-details -d '{}' | jq .errors[0].code)" = 4000010 ]
	[ "$(ask users/api-token-details -d 'x' | jq .errors[0].code)" = 4000010 ]
	[ "$(ask users/api-token-details | jq .errors[0].code)" = 4050010 ]
	[ "$(code -d '{}' "$MOCK_URL/web/api/v2.1/users/api-token-details")" = 401 ]
	run grep s1-test-token "$MOCK_JOURNAL" "$MOCK_LOG"
	[ "$status" -eq 1 ]
}

@test "tokens: who gets in and who does not" {
	serve
	mock_start s
	denied='{"errors":[{"code":4010010,"detail":null,"title":"Authentication Failed"}]}'
	u=$MOCK_URL$THREATS
	[ "$(curl -s "$u")" = "$denied" ]
	[ "$(curl -s -H 'Authorization: ApiToken other' "$u")" = "$denied" ]
	[ "$(curl -s -H 'Authorization: Bearer s1-test-token' "$u")" = "$denied" ]
	[ "$(code "$u")" = 401 ]
	for scheme in ApiToken APIToken apitoken Token; do
		[ "$(code -H "Authorization: $scheme s1-test-token" "$u")" = 200 ]
	done
	[ "$(curl -s "$MOCK_URL/web/api/v2.1/system/status")" = \
		'{"data":{"health":"ok"}}' ]
	[ "$(code "$MOCK_URL/web/api/v2.1/system/info")" = 401 ]
	[ "$(code -H "$AUTH" "$MOCK_URL/web/api/v2.1/system/info")" = 200 ]
	[ "$(code -H "$AUTH" -X DELETE "$u")" = 405 ]
	[ "$(curl -s -H "$AUTH" "$MOCK_URL/web/api/v2.0/threats")" = \
		'{"errors":[{"code":4040010,"detail":null,"title":"Requested resource was not found"}]}' ]
}

@test "several accounts of a vendor: the token tells which is meant" {
	head -3 "$DATA" >three
	scenario 'serve sentinelone name=one token=first-token threats=three' \
		"serve sentinelone name=two token=s1-test-token threats=$DATA" \
		"at request=2 one threats=$DATA"
	mock_start s
	[ "$(AUTH='Authorization: ApiToken first-token' api '?limit=1000' |
		jq '.data | length')" -eq 3 ]
	[ "$(AUTH='Authorization: ApiToken first-token' api '?limit=1000' |
		jq '.data | length')" -eq "$(wc -l <"$DATA")" ]
	[ "$(api '?limit=1000' | jq '.data | length')" -eq "$(wc -l <"$DATA")" ]
	[ "$(code -H 'Authorization: ApiToken third' "$MOCK_URL$THREATS")" -eq 401 ]
	mock_stop
	scenario 'serve sentinelone token=a' 'serve sentinelone token=b'
	run "$SC_BIN/sc-mock" s
	[ "$status" -eq 78 ]
	[[ $output == *'s:2: sentinelone is served already by line 1; several need name='* ]]
}

@test "the mock's clock rules Date and the token's end" {
	scenario "serve sentinelone token=s1-test-token threats=$DATA expires=2026-11-22"
	mock_start s --clock @2026-11-21T23:59:59Z
	api '?limit=1' -D head -o /dev/null
	grep -q '^Date: Sat, 21 Nov 2026 23:59:59 GMT' head
	mock_stop
	mock_start s --clock @2026-11-22T00:00:00Z
	[ "$(api '' | jq -c '.errors[0] | [.code, .detail]')" = \
		'[4010011,"Token has expired"]' ]
}

@test "status rules speak the vendor's language on its paths" {
	serve "GET $THREATS from=2 times=1 status=429 retry-after=5" \
		"GET $THREATS from=3 times=1 status=403" \
		'GET /elsewhere status=503'
	mock_start s
	[ "$(api '?limit=1' -o /dev/null -w '%{http_code}')" = 200 ]
	[ "$(api '' -D head)" = '{"errors":[{"code":4290010,"detail":"Rate limit exceeded","title":"Too Many Requests"}]}' ]
	grep -q '^Retry-After: 5' head
	grep -q '^X-Mock-Rule: line 1' head
	grep -q '^X-Mock-Fault: status=429' head
	# The second rule has not been asked about the request that met 429.
	[ "$(api '' -o /dev/null -w '%{http_code}')" = 200 ]
	[ "$(api '')" = '{"errors":[{"code":4030010,"detail":null,"title":"Insufficient permissions"}]}' ]
	[ "$(api '?limit=1' -o /dev/null -w '%{http_code}')" = 200 ]
	[ "$(curl -s "$MOCK_URL/elsewhere")" = '503 Service Unavailable' ]
}

@test "faults, as curl sees them, plain and over TLS" {
	serve "GET $THREATS times=1 reset-after=0" \
		"GET $THREATS times=1 reset-after=600" \
		"GET $THREATS times=1 cut-after=600" \
		"GET $THREATS times=1 cut-after=0" \
		"GET $THREATS times=1 cut-after=40" \
		"GET $THREATS times=1 frame=chunked cut-after=600" \
		"GET $THREATS times=1 frame=close cut-after=600" \
		"GET $THREATS times=1 delay=150ms" \
		"GET $THREATS frame=chunked"
	mock_start s --tls tls
	for url in "$MOCK_URL" "https://localhost:$MOCK_TLS_PORT"; do
		mock_reload # counters start again
		for want in 56 56 18 52 0 18 0; do
			run curl -sS -o body --cacert tls/ca.pem -H "$AUTH" "$url$THREATS"
			[ "$status" -eq $want ]
		done
		took=$(curl -s -o body -w '%{time_total}' --cacert tls/ca.pem \
			-H "$AUTH" "$url$THREATS")
		awk -v t="$took" 'BEGIN { exit !(t >= 0.15) }'
		jq -e '.data | length == 10' body
		curl -s --cacert tls/ca.pem -H "$AUTH" "$url$THREATS" |
			jq -e '.data | length == 10'
	done
}

@test "the next request waits its turn behind a delay" {
	serve 'GET /slow status=200 delay=100ms' 'GET /quick status=204'
	mock_start s
	raw 'GET /slow HTTP/1.1\r\nHost: x\r\n\r\nGET /quick HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n' >out
	[ "$(grep -ao 'HTTP/1.1 20[04]' out | paste -sd' ')" = \
		'HTTP/1.1 200 HTTP/1.1 204' ]
}

@test "SIGHUP: the next connection sees the new data" {
	scenario 'serve sentinelone token=s1-test-token threats=data.ndjson'
	"$SC_BIN/sc-mock" generate sentinelone.threats -n 5 >data.ndjson
	mock_start s
	for n in 7 3 12 1; do
		"$SC_BIN/sc-mock" generate sentinelone.threats -n $n >data.ndjson
		mock_reload
		[ "$(api '?limit=100' | jq '.data | length')" -eq $n ]
	done
	echo 'GET /new status=200' >>s
	mock_reload
	[ "$(code "$MOCK_URL/new")" = 200 ]
}

@test "SIGHUP with a broken scenario: the old one stays, the end says so" {
	serve
	mock_start s
	echo 'GRT /x status=200' >>s
	mock_reload
	[ "$(api '?limit=1' -o /dev/null -w '%{http_code}')" = 200 ]
	status=0
	mock_stop || status=$?
	[ "$status" -eq 78 ]
	grep -q 's:2: unknown word "GRT"; did you mean "GET"?' "$MOCK_LOG"
}

@test "TLS: the made certificate is valid for the client that has the CA" {
	serve
	mock_start s --tls tls
	[ "$(stat -c %a tls/key.pem)" = 600 ]
	for host in localhost 127.0.0.1; do
		[ "$(code --cacert tls/ca.pem -H "$AUTH" \
			"https://$host:$MOCK_TLS_PORT$THREATS")" = 200 ]
	done
	run curl -s --cacert tls/ca.pem --connect-to "::localhost:" \
		"https://other.example.com:$MOCK_TLS_PORT/"
	[ "$status" -eq 60 ]
	run curl -s "https://localhost:$MOCK_TLS_PORT/"
	[ "$status" -eq 60 ]
	before=$(cat tls/*.pem)
	mock_stop
	mock_start s --tls tls
	[ "$(cat tls/*.pem)" = "$before" ]
	curl -sS --cacert tls/ca.pem -H "$AUTH" \
		"https://localhost:$MOCK_TLS_PORT$THREATS?limit=1000" |
		jq -e '.data | length == 66'
	mock_stop
	rm tls/key.pem
	run mock_start s --tls tls
	[ "$status" -eq 78 ]
}

@test "TLS: what a crowd of connections needed is given back" {
	[[ $SC_BIN != *asan* ]] || skip "the sanitizer keeps memory"
	serve
	mock_start s --tls tls
	run python3 - "$MOCK_PID" "$MOCK_TLS_PORT" <<-'END'
		import socket, ssl, sys, time
		pid, port = sys.argv[1:]
		context = ssl.create_default_context(cafile="tls/ca.pem")
		def rss():
		    with open(f"/proc/{pid}/status") as f:
		        return int([l for l in f if l.startswith("VmRSS")][0].split()[1])
		def crowd(n):
		    all = []
		    for _ in range(n):
		        s = socket.create_connection(("127.0.0.1", int(port)))
		        s = context.wrap_socket(s, server_hostname="localhost")
		        s.sendall(b"GET /web/api/v2.1/system/status HTTP/1.1\r\nHost: x\r\n\r\n")
		        assert s.recv(4096).startswith(b"HTTP/1.1 200 ")
		        all.append(s)
		    most = rss()
		    for s in all:
		        s.close()
		    return most
		crowd(1)
		before = rss()
		most = crowd(64)
		end = time.monotonic() + 9
		while rss() - before > (most - before) / 2 and time.monotonic() < end:
		    time.sleep(0.01)
		print(before, most, rss())
		assert rss() - before <= (most - before) / 2 and most - before > 500
	END
	echo "$output"
	[ "$status" -eq 0 ]
}

@test "one connection serves many requests, pipelined ones in order" {
	serve 'GET /a status=200' 'GET /b status=404'
	mock_start s
	curl -s "$MOCK_URL/a" "$MOCK_URL/b" "$MOCK_URL/a" >/dev/null
	[ "$(mock_journal .conn | sort -u)" = 1 ]
	raw 'GET /a HTTP/1.1\r\nHost: x\r\n\r\nGET /b HTTP/1.1\r\nHost: x\r\n\r\nGET /a HTTP/1.0\r\n\r\n' >out
	[ "$(grep -ao 'HTTP/1.1 ...' out | paste -sd' ')" = \
		'HTTP/1.1 200 HTTP/1.1 404 HTTP/1.1 200' ]
	# HEAD: the length, no body; the next answer begins right behind.
	raw 'HEAD /c HTTP/1.1\r\nHost: x\r\n\r\nGET /a HTTP/1.0\r\n\r\n' >out
	[ "$(tr -d '\r' <out | grep -c '^HTTP/1.1')" -eq 2 ]
}

@test "request bodies: length, chunks, and 100-continue" {
	serve 'POST /in status=202'
	mock_start s
	head -c 3000000 /dev/zero >big
	[ "$(code --data-binary @big "$MOCK_URL/in")" = 202 ]
	[ "$(code --data-binary @big -H 'Transfer-Encoding: chunked' "$MOCK_URL/in")" = 202 ]
	curl -sv -o /dev/null -H 'Expect: 100-continue' -d x "$MOCK_URL/in" 2>&1 |
		grep -q '< HTTP/1.1 100 Continue'
	raw 'POST /in HTTP/1.1\r\nHost: x\r\nContent-Length: 999999999\r\n\r\n' >out
	grep -q '^HTTP/1.1 413 ' out
}

@test "what is not HTTP is refused, and the connection closed" {
	serve
	mock_start s
	for bad in 'nonsense\r\n\r\n' \
		'GET / HTTP/1.1\nHost: x\n\n' \
		'GET / HTTP/1.1\r\n\r\n' \
		'GET / HTTP/1.1\r\nHost: x\r\n folded\r\n\r\n' \
		'GET / HTTP/1.1\r\nHost : x\r\n\r\n' \
		'GET /%zz HTTP/1.1\r\nHost: x\r\n\r\n' \
		'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n'; do
		raw "$bad" >out
		grep -q '^HTTP/1.1 400 ' out
	done
	raw 'GET / HTTP/2.0\r\nHost: x\r\n\r\n' | grep -q '^HTTP/1.1 505 '
	{
		printf 'GET / HTTP/1.1\r\nHost: x\r\nX-Long: '
		head -c 40000 /dev/zero | tr '\0' a
	} >long
	exec 5<>"/dev/tcp/127.0.0.1/$MOCK_PORT"
	cat long >&5
	grep -q '^HTTP/1.1 431 ' <&5
	exec 5<&-
	[ "$(mock_journal 'select(.status == 400) | .error' | wc -l)" -eq 7 ]
	[ "$(code "$MOCK_URL/web/api/v2.1/system/status")" = 200 ]
}

@test "an unknown request is told what was meant; --strict remembers" {
	serve 'GET /login status=200'
	mock_start s --strict
	[ "$(curl -s "$MOCK_URL/web/api/v2.1/treats" | jq -r .closest)" = \
		"GET $THREATS (line 2)" ]
	[ "$(curl -s "$MOCK_URL/logon" | jq -r .closest)" = 'GET /login (line 1)' ]
	[ "$(code "$MOCK_URL/nothing")" = 404 ]
	curl -s -D - -o /dev/null "$MOCK_URL/x" | grep -q '^X-Mock-Rule: none'
	status=0
	mock_stop || status=$?
	[ "$status" -eq 65 ]
	grep -q '4 of 4 requests matched no rule' "$MOCK_LOG"
	mock_start s --strict
	curl -s "$MOCK_URL/login"
	mock_stop
}

@test "the journal has every exchange, and no secret" {
	serve
	mock_start s
	api '?limit=1' -o /dev/null -H 'X-Api-Key: abc' -H 'Cookie: sid=123'
	curl -s -o /dev/null -H 'Authorization: barekey' "$MOCK_URL$THREATS?t=s1-test-token"
	[ "$(mock_requests | head -1)" = "GET $THREATS?limit=1" ]
	[ "$(mock_journal '[.n, .conn, .rule, .status] | @csv' | head -1)" = \
		'1,1,"line 1",200' ]
	mock_journal '.headers[]' >headers
	grep -qx 'Authorization: ApiToken \*\*\*' headers
	grep -qx 'Authorization: \*\*\*' headers
	grep -qx 'X-Api-Key: \*\*\*' headers
	run grep -E 's1-test-token|barekey|abc|sid=123' "$MOCK_JOURNAL" "$MOCK_LOG"
	[ "$status" -eq 1 ]
	[ "$(stat -c %a "$MOCK_JOURNAL")" = 600 ]
}

@test ".http files are served as the loader rules say" {
	printf 'HTTP/1.1 100 Continue\r\n\r\nHTTP/2 207 \r\nContent-Type: text/x\r\nX-Odd: 1\r\nDate: Thu, 01 Jan 1970 00:00:00 GMT\r\nTransfer-Encoding: chunked\r\nContent-Encoding: gzip\r\n\r\nbody\r\n' >a.http
	printf 'HTTP/1.1 503 Gone Fishing\nRetry-After: 9\n\nlf only' >b.http
	printf '#raw\nHTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort' >c.http
	scenario 'GET /a file=a.http' 'GET /b file=b.http' 'GET /c file=c.http'
	mock_start s
	curl -s -D headers -o body "$MOCK_URL/a"
	[ "$(cat body)" = $'body\r' ]
	tr -d '\r' <headers >h
	head -1 h | grep -qx 'HTTP/1.1 207 Multi-Status'
	grep -qx 'X-Odd: 1' h
	grep -qx 'Content-Length: 6' h
	run grep -iE '1970|chunked|gzip' h
	[ "$status" -eq 1 ]
	curl -si "$MOCK_URL/b" | tr -d '\r' >out
	grep -qx 'HTTP/1.1 503 Gone Fishing' out
	grep -qx 'Retry-After: 9' out
	grep -qx 'lf only' out
	run curl -s "$MOCK_URL/c"
	[ "$status" -eq 18 ]
	[ "$output" = short ]
}

@test "mistakes in a scenario are found by line" {
	try() {
		scenario '# first line' "$2"
		run "$SC_BIN/sc-mock" s
		[ "$status" -eq 78 ]
		[[ $output == *"s:2: $1"* ]] || { echo "$output"; return 1; }
	}
	try 'unknown word "stauts"; did you mean "status"?' 'GET /x stauts=200'
	try 'unknown vendor "sentinalone"; did you mean "sentinelone"?' 'serve sentinalone'
	try 'unknown word "tokn"; did you mean "token"?' 'serve sentinelone tokn=x'
	try 'sentinelone needs token=' 'serve sentinelone'
	try 'status=999' 'GET /x status=999'
	try 'the rule does nothing' 'GET /x from=2'
	try 'expected a path' 'GET x status=200'
	try 'delay=5' 'GET /x delay=5'
	try 'open nothere.http' 'GET /x file=nothere.http'
	try 'nothere' 'serve sentinelone token=t threats=nothere'
	try 'the span is too short' 'serve sentinelone token=t threats=generate:99999,span=1ms'
	echo '{"id":12}' >bad.ndjson
	scenario 'serve sentinelone token=t threats=bad.ndjson'
	run "$SC_BIN/sc-mock" s
	[ "$status" -eq 78 ]
	[[ $output == *"bad.ndjson:1: id is not a string"* ]]
	run "$SC_BIN/sc-mock" no-such-scenario
	[ "$status" -eq 66 ]
}

@test "options: help on stdout, usage errors, the end of stdin" {
	run "$SC_BIN/sc-mock" -h
	[ "$status" -eq 0 ]
	[[ $output == *'--until-eof'* ]]
	run "$SC_BIN/sc-mock" -V
	[[ $output == sc-mock\ * ]]
	for args in '' '--port 70000 s' 'generate sentinelone.threats' 'a b c'; do
		# shellcheck disable=SC2086
		run "$SC_BIN/sc-mock" $args
		[ "$status" -eq 64 ]
	done
	run "$SC_BIN/sc-mock" generate sentinelone.cats -n 1
	[ "$status" -eq 64 ]
	[[ $output == *'there are: '*'sentinelone.threats, .'* ]]
	scenario 'GET / status=200'
	run "$SC_BIN/sc-mock" --until-eof s < <(:)
	[ "$status" -eq 0 ]
	[[ ${lines[0]} == port=* ]]
	[ "${lines[1]}" = seed=1 ]
	run "$SC_BIN/sc-mock" --until-eof s </dev/null
	[ "$status" -eq 64 ]
}

@test "generate: the same seed gives the same bytes" {
	g() { "$SC_BIN/sc-mock" generate sentinelone.threats -n 300 "$@"; }
	g --seed 5 >a
	g --seed 5 >b
	g --seed 6 >c
	cmp a b
	run cmp -s a c
	[ "$status" -eq 1 ]
	# A scenario generates the very same records.
	scenario 'serve sentinelone token=s1-test-token threats=generate:300,seed=5,start=2026-11-21,span=24h'
	mock_start s
	api '?limit=1000' >page
	[ "$(jq '.data | length' page)" -eq 300 ]
	grep -qF -- "$(sed -n 177p a)" page
	cmp <(head -60 "$DATA") <("$SC_BIN/sc-mock" generate \
		sentinelone.threats -n 60 --seed 60)
}

@test "generate: the streams of a seed tell one story" {
	g() { "$SC_BIN/sc-mock" generate "sentinelone.$1" -n "$2" --seed 5; }
	g threats 40 | jq -r '.id, .agentRealtimeInfo.agentId' | paste - - | sort >t
	g activities 320 >a
	g agents 97 >g
	jq -r 'select(.threatId) | [.threatId, .agentId] | @tsv' a | sort -u >told
	diff t told
	comm -23 <(jq -r '.agentId // empty' a | sort -u) <(jq -r .id g | sort) >strangers
	[ ! -s strangers ]
	[ "$(jq -r .id a | sort -u | wc -l)" -eq 320 ]
	jq -e '.licenseKey | startswith("example-license-")' g >/dev/null
	cmp a <(g activities 320)
	dir=$SC_ROOT/fixtures/sentinelone
	cmp <(head -97 "$dir/agents.ndjson") <("$SC_BIN/sc-mock" generate \
		sentinelone.agents -n 97 --seed 60)
	"$SC_BIN/sc-mock" generate sentinelone.activities -n 480 --seed 60 >a
	cmp <(head -128 "$dir/activities.ndjson") <(head -128 a)
}

@test "the shipped scenarios load and do what their comments say" {
	dir=$SC_ROOT/fixtures/scenarios
	for s in "$dir"/s1-*.scenario; do
		mock_start "$s"
		mock_stop
	done
	mock_start "$dir/s1-down.scenario"
	got=$(for _ in 1 2 3 4 5; do api '?limit=1' -o /dev/null -w '%{http_code} %{content_type}\n'; done)
	[ "$(paste -sd, <<<"$got")" = '502 text/html; charset=utf-8,502 text/html; charset=utf-8,503 application/json,503 application/json,200 application/json' ]
	mock_stop
	mock_start "$dir/s1-revoked-token.scenario"
	[ "$(for _ in 1 2 3 4; do api '?limit=1' -o /dev/null -w '%{http_code} '; done)" = '200 200 401 401 ' ]
	mock_stop
	mock_start "$dir/s1-three-streams.scenario"
	[ "$(total 'threats?countOnly=true')" -eq 400 ]
	[ "$(total 'activities?countOnly=true')" -eq 3200 ]
	[ "$(ask agents/count)" = '{"data":{"total":97}}' ]
	mock_stop
	mock_start "$dir/s1-broken-answers.scenario"
	got=$(for _ in 1 2 3 4 5 6 7 8 9 10 11 12; do
		api '' --compressed -o /dev/null 2>/dev/null
		echo $?
	done | paste -sd' ')
	[ "$got" = '56 56 52 0 18 18 0 1 56 0 61 0' ]
	mock_stop
	mock_start "$dir/s1-late.scenario"
	[ "$(total 'threats?countOnly=true')" -eq 60 ]
}
