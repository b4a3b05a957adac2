#!/bin/sh
# How big, how fast and how quick to start sc-mock is; beside nginx with one
# process, if that and wrk are there.  Real time, so other work on the machine
# counts; the ratio is what matters.
#
# usage: t/bench/mock.sh DIR    sc-mock is found by PATH
set -eu
mkdir -p "$1"
cd "$1"
head -c 1024 /dev/zero | tr '\0' x >body.txt
echo 'GET /body.txt status=200 body=body.txt' >scenario
trap 'kill $mock $nginx 2>/dev/null || true' EXIT
mock='' nginx=''

now() { date +%s%N; }
# start [ARG...]: the best of 20 starts and ends, in 0.1 ms; there are no clients
start() {
	best=999999999
	for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
		t=$(now)
		: | sc-mock --until-eof "$@" scenario >/dev/null
		t=$(($(now) - t))
		[ "$t" -ge "$best" ] || best=$t
	done
	echo $((best / 100000))
}
rss() { awk '/^VmRSS/ { print $2 }' "/proc/$mock/status"; }
say() { printf '%-40s %20s   %s\n' "$1" "$2" "$3"; }
# rate URL: requests a second over 16 connections
rate() { wrk -t1 -c16 -d3 "$1" | awk '/^Requests\/sec/ { print int($2) } /Non-2xx/ { exit 1 }'; }

start --tls tls >/dev/null # makes the certificates
say 'sc-mock: start and end' "$(start | sed 's/.$/.& ms/')" '<= 10 ms'
say 'sc-mock: start and end, with TLS' "$(start --tls tls | sed 's/.$/.& ms/')" '<= 10 ms on an idle machine'

mkfifo ready
sc-mock --tls tls scenario >ready &
mock=$!
while IFS='=' read -r name value; do
	case $name in
	port) port=$value ;;
	tls_port) tls_port=$value ;;
	seed) break ;;
	esac
done <ready
say 'sc-mock: RSS at the start' "$(rss) kB" -
if ! command -v wrk >/dev/null || ! command -v nginx >/dev/null; then
	say 'sc-mock: load' 'no wrk or no nginx' -
	exit 0
fi

cat >nginx.conf <<END
daemon off;
worker_processes 1;
pid nginx.pid;
error_log /dev/null;
events { }
http {
	access_log off;
	sendfile on;
	keepalive_requests 100000000;
	server {
		listen 127.0.0.1:$((port + 1));
		listen 127.0.0.1:$((port + 2)) ssl;
		ssl_certificate tls/cert.pem;
		ssl_certificate_key tls/key.pem;
		root $PWD;
	}
}
END
nginx -p "$PWD" -c nginx.conf 2>/dev/null &
nginx=$!
for _ in 1 2 3 4 5 6 7 8 9 10; do
	curl -s -o /dev/null "http://127.0.0.1:$((port + 1))/body.txt" && break
	sleep 0.1
done
# compare NAME OURS THEIRS
compare() {
	ours=$(rate "$2") theirs=$(rate "$3")
	say "$1" "$ours / $theirs = $(echo "$ours $theirs" | awk '{ printf "%.2f", $1 / $2 }')" '>= 1'
}
compare 'sc-mock | nginx, 1 KB, requests a second' \
	"http://127.0.0.1:$port/body.txt" "http://127.0.0.1:$((port + 1))/body.txt"
compare 'the same over TLS' \
	"https://127.0.0.1:$tls_port/body.txt" "https://127.0.0.1:$((port + 2))/body.txt"
say 'sc-mock: RSS after that' "$(rss) kB" '<= 8192 kB'
