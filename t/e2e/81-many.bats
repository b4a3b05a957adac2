#!/usr/bin/env bats
# Many integrations at once, and accounts that look like one another.

load ../lib/pipeline
load ../lib/vendors

setup() {
	pipeline_setup
	rm -r vendors
	cp -r "$SC_ROOT/vendors" .
	export SC_CLOCK=@2026-11-22T12:00:00Z
	: >s.scenario
}
teardown() {
	mock_stop
	forget_state
}

# account VENDOR NAME N SEED: played, with N records in each stream
account() {
	local stream words=()
	for stream in $(collected "$1"); do
		words+=("$stream=generate:$3,seed=$4,start=2026-11-21T13:00Z,span=20h")
	done
	echo "serve $1 name=$2 $(serve_words "$1" "$2") ${words[*]}" >>s.scenario
}

# integrations VENDOR NAME...: of these accounts, at the running mock
integrations() {
	local name
	for name in "${@:2}"; do
		{
			settings "$1" "$name"
			echo "url: http://127.0.0.1:$MOCK_PORT"
		} >"$SC_CONFIG/integrations.d/$name.yaml"
	done
}

# suite: the programs, of which sc-fetch tells when it begins and ends
suite() {
	local p
	mkdir bin
	for p in "$SC_BIN"/sc-*; do cp "$p" bin/; done
	mv bin/sc-fetch bin/fetch
	# A program finds its siblings beside itself.
	printf '#!/bin/sh\necho 1 >>%q\n%q/sc-fetch "$@"\ns=$?\necho -1 >>%q\nexit $s\n' \
		"$PWD/running" "$SC_BIN" "$PWD/running" >bin/sc-fetch
	chmod +x bin/sc-fetch
	PATH=$PWD/bin:$PATH
}

# once [ARG...]: sc-sched --once; its time and memory in "used"
once() {
	python3 - "$@" 2>log <<-'END'
		import resource, subprocess, sys, time
		t = time.monotonic()
		rc = subprocess.call(["sc-sched", "--once"] + sys.argv[1:])
		u = resource.getrusage(resource.RUSAGE_CHILDREN)
		print("%.1f s, %.1f s of CPU, no program over %.0f MB" % (
		    time.monotonic() - t, u.ru_utime + u.ru_stime, u.ru_maxrss / 1024),
		    file=open("used", "w"))
		sys.exit(rc)
	END
}

@test "fifty integrations of each vendor in one sc-sched --once" {
	local vendor map i n=0 streams=0
	suite
	state_in_memory
	# What the maps do is not what is tested.
	for map in vendors/*/*.map; do echo '# nothing' >"$map"; done
	for vendor in "${VENDORS[@]}"; do
		have "$vendor" || continue
		for i in {1..50}; do account "$vendor" "$vendor-$i" 5 "$i"; done
	done
	mock_start s.scenario
	for vendor in "${VENDORS[@]}"; do
		have "$vendor" || continue
		for i in {1..50}; do integrations "$vendor" "$vendor-$i"; done
		n=$((n + 50))
		streams=$((streams + 50 * $(collected "$vendor" | wc -w)))
	done
	sc-store init 2>/dev/null
	once -j 6
	echo "# $n integrations, $streams streams: $(cat used)" >&3
	[ "$(sql 'select count(distinct integration) from artifact')" -eq "$n" ]
	# Each stream of each integration has all of its five records.
	[ "$(sql 'select count(*) from (select 1 from artifact group by stream having count(distinct key) = 5 and count(*) = 5)')" -eq "$streams" ]
	[ "$(sc-status --json | jq '[.streams[] | select(.state == "ok")] | length')" -eq "$streams" ]
	# Each integration once, several at a time, never more than six.
	[ "$(grep -cx 1 running)" -eq "$n" ]
	most=$(awk '{ n += $1; if (n > most) most = n } END { print most }' running)
	[ "$most" -gt 1 ]
	[ "$most" -le 6 ]
	# Nothing is due now.
	once
	grep -q 'nothing is due' log
}

@test "two appliances with one address and the same numbers, under two realms" {
	local name
	account darktrace east 40 1
	account darktrace west 40 2
	mock_start s.scenario
	integrations darktrace east west
	for name in east west; do
		sed -i "s/^host:.*/host: 10.0.0.5/" "$SC_CONFIG/integrations.d/$name.yaml"
		echo "realm: $name" >>"$SC_CONFIG/integrations.d/$name.yaml"
	done
	sc-store init 2>/dev/null
	sc-sched --once 2>log
	[ "$(sql "select count(*) from artifact where stream = 'east.model-breaches'")" -eq 40 ]
	[ "$(sql "select count(*) from artifact where stream = 'west.model-breaches'")" -eq 40 ]
	[ "$(sql "select count(distinct key) from artifact where stream like '%.model-breaches'")" -eq 40 ]
	# Not one id is another's.
	[ "$(sql 'select count(distinct id) from artifact')" -eq "$(stored)" ]
	# What one appliance says is not a change of what the other one said.
	sc-sched run east 2>log
	sc-sched run west 2>log
	[ "$(sql 'select max(n) from object')" -eq 1 ]
}

@test "one console under two integrations: both are complete, with the same ids" {
	local name
	account sentinelone acme 30 1
	mock_start s.scenario
	for name in first second; do
		settings sentinelone acme >"$SC_CONFIG/integrations.d/$name.yaml"
		echo "url: http://127.0.0.1:$MOCK_PORT" >>"$SC_CONFIG/integrations.d/$name.yaml"
	done
	sc-store init 2>/dev/null
	sc-sched --once 2>log
	[ "$(stored)" -eq 180 ]
	for name in first second; do
		[ "$(sc-store search --integration $name --count)" -eq 90 ]
		[ "$(sql "select count(*) from bookmark where stream like '$name.%'")" -eq 3 ]
	done
	# One state is one id, wherever it was fetched from.
	[ "$(sql 'select count(distinct id) from artifact')" -eq 90 ]
	[ "$(sql 'select count(*) from artifact a join artifact b using (id) where a.integration < b.integration')" -eq 90 ]
	# One of them alone goes on from its own position.
	sc-sched run first 2>log
	[ "$(stored)" -eq 180 ]
}
