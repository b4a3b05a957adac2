#!/bin/sh
# The whole chain against a simulated vendor, over HTTPS, in build/demo.
# Run by `make demo`; SC_BIN is the folder with the programs.
set -eu
cd "$(dirname "$0")/.."
PATH=${SC_BIN:-$PWD/build/release}:$PATH
demo=$PWD/build/demo
rm -rf "$demo"
mkdir -p "$demo/etc" "$demo/state"
export SC_CONFIG="$demo/etc" SC_STATE="$demo/state" SC_VENDORS="$PWD/vendors"

say() { printf '\n\033[1m# %s\033[0m\n' "$*"; }
show() {
	printf '$ %s\n' "$*"
	eval "$*"
}

# NAME VENDOR OPTION...: the fields of the vendor's settings form
add() {
	name=$1 vendor=$2
	shift 2
	show "sc-conf add $vendor $name --url https://localhost:$port \\
    --ca-file $demo/tls/ca.pem $*"
}

cat >"$demo/day.scenario" <<'EOF'
# A day at four vendors: what came in the last 20 hours, and inventories.
serve sentinelone token=demo-s1-token threats=generate:2500,seed=7,span=20h activities=generate:600,seed=7,span=20h agents=generate:40,seed=7
serve darktrace public-token=demo-dt-public private-token=demo-dt-private model-breaches=generate:300,seed=7,span=20h ai-analyst=generate:60,seed=7,span=20h
serve deep-instinct key=demo-di-key events=generate:300,seed=7,span=20h suspicious-events=generate:60,seed=7,span=20h devices=generate:120,seed=7
serve rapid7-insightidr api-key=demo-r7-key investigations=generate:60,seed=7,span=20h alerts=generate:180,seed=7,span=20h
EOF
say "Four simulated vendors start"
mkfifo "$demo/ready"
sc-mock --tls "$demo/tls" --journal "$demo/journal.ndjson" \
	"$demo/day.scenario" >"$demo/ready" &
mock=$!
trap 'kill $mock 2>/dev/null || true' EXIT INT TERM
while read -r line; do
	echo "$line"
	case $line in tls_port=*) port=${line#tls_port=}; break ;; esac
done <"$demo/ready"

say "Integrations are added: the fields of the guides' settings forms"
for secret in s1-token dt-private di-key r7-key; do
	printf 'demo-%s\n' "$secret" >"$demo/$secret"
done
add acme-s1 sentinelone --host acme.sentinelone.net \
	--api-key-file build/demo/s1-token
add acme-dt darktrace --host darktrace.acme.example \
	--public-token demo-dt-public --private-token-file build/demo/dt-private
add acme-di deep-instinct --host acme.customers.deepinstinctweb.com \
	--api-key-file build/demo/di-key
add acme-r7 rapid7-insightidr --region us --api-key-file build/demo/r7-key

say "Is everything as it should be?"
show "sc-fetch --check acme-di"
say "The scheduler runs what is due: fetch | normalize | ship"
show "sc-sched --once"
say "A second run of one of them finds nothing new"
show "sc-sched run acme-s1"
say "The same by hand, as a pipeline in a shell"
show "sc-fetch acme-di | sc-normalize | sc-ship >/dev/null"

say "How does it fare?"
show "sc-status"
say "What is in the store?"
show "sc-store search --count"
show "sc-store search --integration acme-di --limit 1 | jq 'del(.message)'"
say "The requests that the vendors saw"
show "jq -r '\"\\(.status) \\(.method) \\(.target | sub(\"[?].*\"; \"\")
    | gsub(\"/([0-9]+|rrn%[^/]*)\"; \"/ID\"))\"' build/demo/journal.ndjson |
    sort | uniq -c"
echo
echo "Everything is in build/demo: etc (configuration), state (the store)."
