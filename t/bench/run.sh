#!/bin/sh
# Speed as ratios in one run: our programs beside jq and curl | jq, on data
# that sc-mock generates.  CPU time (user + system) of whole processes, the
# best of three interleaved rounds.  What goes in and comes out is compared
# before it is timed.
set -eu
cd "${SC_ROOT:-.}"
PATH=${SC_BIN:-$PWD/build/release}:$PATH
work=build/bench
rm -rf "$work"
mkdir -p "$work/etc/integrations.d" "$work/state"
export SC_CONFIG="$PWD/$work/etc" SC_STATE="$PWD/$work/state" SC_VENDORS="$PWD/vendors"
export LC_ALL=C

# cpu COMMAND: CPU seconds of a shell command
cpu() {
	/usr/bin/time -f '%U %S' -o "$work/time" sh -c "$1" >/dev/null 2>"$work/err" ||
		{ cat "$work/err" >&2; exit 1; }
	awk '{ print $1 + $2 }' "$work/time"
}
least() { printf '%s\n%s\n' "$1" "$2" | sort -g | head -n 1; }
# versus NAME OURS THEIRS MB BUDGET [RUNS]: the best of three of each, in turn.
# The ratio is what counts, THEIRS / OURS: other work on the machine slows both.
# OURS is so many RUNS of something too short for the clock.
versus() {
	a=999999 b=999999
	for _ in 1 2 3; do
		a=$(least "$a" "$(cpu "$2")")
		b=$(least "$b" "$(cpu "$3")")
	done
	awk -v n="$1" -v a="$a" -v b="$b" -v mb="$4" -v budget="$5" -v runs="${6:-1}" 'BEGIN {
	    a = a > 0 ? a : 0.01
	    rate = mb > 0 ? sprintf("%.1f", mb / a) : "-"
	    printf "%-40s %8.0f ms %8.0f ms %7s %7.2f  %s\n",
	        n, a * 1000 / runs, b * 1000 / runs, rate, b / a, budget }'
}

echo "generating data ..."
sc-mock generate sentinelone.threats -n 40000 --seed 1 >"$work/scan.ndjson"
head -n 4000 "$work/scan.ndjson" >"$work/map.ndjson"
scan_mb=$(du -m "$work/scan.ndjson" | cut -f 1)
map_mb=$(du -m "$work/map.ndjson" | cut -f 1)
sc-normalize --print-jq sentinelone.threats >"$work/map.jq"
{ echo '. as $raw |'; cat "$work/map.jq"; echo '| .message = ($raw | tojson)'; } \
	>"$work/full.jq"
{
	echo '{"type":"SCHEMA","stream":"b.threats","key_properties":["id"],"schema":{},"source":{"vendor":"sentinelone","integration":"b","stream":"threats","realm":"bench"}}'
	sed 's/^/{"type":"RECORD","stream":"b.threats","id":"i","key":"k","rev":"r","record":/; s/$/}/' \
		"$work/map.ndjson"
} >"$work/messages.ndjson"

# Both make the same of it, but for what sc-normalize adds and jq would round.
same() { jq -c 'del(.id, .message, .senderHost, .sourceInfo)'; }
sc-normalize "$work/messages.ndjson" 2>/dev/null |
	jq -c 'select(.record) | .record | .tags |= .[:-1]' | same >"$work/ours"
jq -c -f "$work/full.jq" "$work/map.ndjson" | same >"$work/theirs"
cmp "$work/ours" "$work/theirs"

printf '%-40s %11s %11s %7s %7s  %s\n' '' 'CPU: OURS' THEIRS 'MB/s' RATIO BUDGET
versus "scanner | jq's parser" "build/release/bench_json $work/scan.ndjson" \
	"jq -n 'reduce inputs as \$x (0; .+1)' $work/scan.ndjson" "$scan_mb" -
versus "sc-normalize | jq -c, same output" "sc-normalize $work/messages.ndjson" \
	"jq -c -f $work/full.jq $work/map.ndjson" "$map_mb" '>= 1.5'

# One process of the mock serves both sides of the chain.
token=bench-token-0123456789
echo "$token" >"$work/token"
chmod 600 "$work/token"
cp "$work/map.ndjson" "$work/chain.ndjson"
echo "serve sentinelone token=$token threats=chain.ndjson" >"$work/bench.scenario"
mkfifo "$work/ready"
sc-mock --tls "$work/tls" "$work/bench.scenario" >"$work/ready" &
mock=$!
trap 'kill $mock' EXIT
while read -r line; do
	case $line in tls_port=*) port=${line#tls_port=}; break ;; esac
done <"$work/ready"
cat >"$SC_CONFIG/integrations.d/b.yaml" <<EOF
vendor: sentinelone
host: bench.example
url: https://localhost:$port
ca_file: $PWD/$work/tls/ca.pem
api_key: file:$PWD/$work/token
EOF
cat >"$work/curl.sh" <<EOF
#!/bin/sh
# What people use today: pages with curl, mapped by jq, appended to a file.
next=
base="https://localhost:$port/web/api/v2.1/threats?limit=1000&sortBy=updatedAt"
while :; do
	curl -s --cacert $work/tls/ca.pem -H "Authorization: ApiToken $token" \\
		"\$base&cursor=\$next" >$work/page.json
	jq -c ".data[] | \$(cat $work/full.jq)" $work/page.json >>$work/out.ndjson
	next=\$(jq -r '.pagination.nextCursor // empty' $work/page.json)
	[ -n "\$next" ] || break
done
EOF
sc-store init >/dev/null 2>&1
cp "$work/state/store.db" "$work/empty.db"
fresh="rm -f $work/state/store.db*; cp $work/empty.db $work/state/store.db"
versus "chain HTTPS -> store | curl, jq >>file" \
	"$fresh; sc-fetch --since 2000d b.threats | sc-normalize | sc-ship" \
	"rm -f $work/out.ndjson; sh $work/curl.sh" "$map_mb" '>= 4 once maps are compiled'
stored=$(sc-store search --count)
mapped=$(wc -l <"$work/out.ndjson")
[ "$stored" -eq 4000 ] && [ "$mapped" -eq 4000 ] ||
	{ echo "stored $stored, mapped by curl | jq $mapped" >&2; exit 1; }

# Ten times over, so that the clock can see it; the figures are for one.
head -n 1 "$work/map.ndjson" >"$work/chain.ndjson"
kill -HUP "$mock"
ten='for i in 1 2 3 4 5 6 7 8 9 10; do'
versus "one poll of one event | curl, jq" \
	"$ten $fresh; sc-fetch --since 2000d b.threats | sc-normalize | sc-ship; done" \
	"$ten sh $work/curl.sh; done" 0 '<= 45 ms' 10

# Artifacts of 6 KB; beside it what it takes to write them into a file.
build/release/bench_store messages 5000 >"$work/artifacts.ndjson"
ship_mb=$(du -m "$work/artifacts.ndjson" | cut -f 1)
versus "sc-ship -> store | jq >>file" \
	"$fresh; sc-ship <$work/artifacts.ndjson" \
	"jq -c 'select(.record) | .record' $work/artifacts.ndjson >>$work/out.ndjson" \
	"$ship_mb" '>= 60 MB/s'

echo
echo 'store, real time; budget: no search over 100 ms at 1,000,000 artifacts'
build/release/bench_store put "$work/many" 20000 0
build/release/bench_store find "$work/many"

echo
echo 'sc-mock, real time'
sh t/bench/mock.sh "$work/mock"
