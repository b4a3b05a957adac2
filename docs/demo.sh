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

cat >"$demo/day.scenario" <<'EOF'
# A SentinelOne console with 2,500 threats of the last 20 hours, its log of
# activities and the agents that it manages.
serve sentinelone token=demo-token-1234 threats=generate:2500,seed=7,span=20h activities=generate:600,seed=7,span=20h agents=generate:40,seed=7
EOF
say "A simulated SentinelOne console starts"
mkfifo "$demo/ready"
sc-mock --tls "$demo/tls" --journal "$demo/journal.ndjson" \
	"$demo/day.scenario" >"$demo/ready" &
mock=$!
trap 'kill $mock 2>/dev/null || true' EXIT INT TERM
while read -r line; do
	echo "$line"
	case $line in tls_port=*) port=${line#tls_port=}; break ;; esac
done <"$demo/ready"

say "An integration is added: the fields of the guide's settings form"
printf 'demo-token-1234\n' >"$demo/token"
show "sc-conf add sentinelone acme-s1 --host acme.sentinelone.net \\
    --url https://localhost:$port --ca-file $demo/tls/ca.pem \\
    --api-key-file $demo/token"

say "The scheduler runs it: fetch | normalize | ship"
show "sc-sched run acme-s1"
say "A second run finds nothing new"
show "sc-sched run acme-s1"
say "The same by hand, as a pipeline in a shell"
show "sc-fetch acme-s1 | sc-normalize | sc-ship >/dev/null"

say "How does it fare?"
show "sc-status"
say "What is in the store?"
show "sc-store search --count"
show "sc-store search --limit 1 | jq 'del(.message)'"
say "The requests that the console saw"
show "jq -r '\"\\(.status) \\(.method) \\(.target[:100])\"' $demo/journal.ndjson"
echo
echo "Everything is in build/demo: etc (configuration), state (the store)."
