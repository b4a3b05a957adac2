#!/bin/sh
# Speed as ratios in one run: our programs beside jq and curl | jq, on data
# that sc-mock generates.  CPU seconds (user + system) of whole processes, the
# best of three interleaved rounds.
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
# versus NAME OURS THEIRS SIZE_MB: the best of three of each, in turn
versus() {
	a=999999 b=999999
	for _ in 1 2 3; do
		a=$(least "$a" "$(cpu "$2")")
		b=$(least "$b" "$(cpu "$3")")
	done
	awk -v n="$1" -v a="$a" -v b="$b" -v mb="$4" 'BEGIN {
	    printf "%-34s %7.2f s %7.1f MB/s   beside %7.2f s   ratio %5.2f\n",
	        n, a, mb / (a > 0 ? a : 0.01), b, b / (a > 0 ? a : 0.01) }'
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

echo "JSON scanner: $(bench_json "$work/scan.ndjson" 2>/dev/null || build/release/bench_json "$work/scan.ndjson")"
versus "scanner vs jq's parser" "build/release/bench_json $work/scan.ndjson" \
	"jq -n 'reduce inputs as \$x (0; .+1)' $work/scan.ndjson" "$scan_mb"
versus "sc-normalize vs jq -c" "sc-normalize $work/messages.ndjson" \
	"jq -c -f $work/full.jq $work/map.ndjson" "$map_mb"

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
fresh="rm -rf $work/state; mkdir -p $work/state; sc-store init"
versus "chain HTTPS -> store vs curl | jq" \
	"$fresh; sc-fetch --since 2000d b.threats | sc-normalize | sc-ship" \
	"rm -f $work/out.ndjson; sh $work/curl.sh" "$map_mb"
stored=$(sc-store search --count)
mapped=$(wc -l <"$work/out.ndjson")
echo "stored $stored, mapped by curl | jq $mapped"
[ "$stored" -eq 4000 ] && [ "$mapped" -eq 4000 ]

# One poll of one event, ten times over, so that the clock can see it.
head -n 1 "$work/map.ndjson" >"$work/chain.ndjson"
kill -HUP "$mock"
versus "10 polls of one event" \
	"for i in 1 2 3 4 5 6 7 8 9 10; do $fresh; sc-fetch --since 2000d b.threats | sc-normalize | sc-ship; done" \
	"for i in 1 2 3 4 5 6 7 8 9 10; do sh $work/curl.sh; done" 0
