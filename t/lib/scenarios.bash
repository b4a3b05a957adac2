# Helpers for tests that play a scenario of the library to each vendor.
#
#	play NAME VENDOR [ARG...]   a drill of it, as it would be of that vendor;
#	                            leaves out, log and codes
load ../lib/drill
load ../lib/vendors

LIB=$BATS_TEST_DIRNAME/../../fixtures/scenarios

# scenarios_setup: programs of which sc-sched leaves its exit status
scenarios_setup() {
	local p
	drill_setup
	rm etc/integrations.d/*
	mkdir bin
	for p in "$SC_BIN"/sc-*; do ln -s "$p" bin/; done
	rm bin/sc-mock bin/sc-sched
	# A program finds its siblings beside itself.
	cp "$SC_BIN/sc-mock" bin/
	printf '#!/bin/sh\n%q/sc-sched "$@"\ns=$?\necho $s >>%q\nexit $s\n' \
		"$SC_BIN" "$PWD/codes" >bin/sc-sched
	chmod +x bin/sc-sched
	PATH=$PWD/bin:$PATH
}

# as_of VENDOR <SCENARIO: the same things happen to that vendor's account
as_of() {
	awk -v vendor="$1" -v words="$(serve_words "$1" a)" -v paths="$(api_paths "$1")" \
		-v list="$(collected "$1")" '
	# The records that SentinelOne has of its first streams.
	function streams(i,    n, own, text, spec) {
		n = split(list, own, " ")
		for (j = 1; j <= n; j++)
			if (split($(i + j - 1), spec, "=generate:") == 2)
				text = text " " own[j] "=generate:" spec[2]
			else if (j == 1)
				text = text " " own[j] "=generate:66,seed=1,span=20h"
		return text
	}
	function first(    i) {
		for (i = 1; i <= NF; i++)
			if ($i ~ /^(threats|activities|agents)=/)
				return i
	}
	$2 == "sentinelone" && $1 == "serve" { print "serve", vendor, words streams(first()); next }
	$3 == "sentinelone" && $1 == "at" { print $1, $2, vendor streams(first()); next }
	$2 ~ /^\/web\/api/ { $2 = paths }
	{ print }'
}

play() {
	local name=$1 vendor=$2
	[ -e "etc/integrations.d/$vendor.yaml" ] ||
		settings "$vendor" "$vendor" >"etc/integrations.d/$vendor.yaml"
	cp "$LIB"/*.json "$LIB"/*.html .
	if [ "$vendor" = sentinelone ]; then
		sed "s|=\.\./|=$LIB/../|" "$LIB/$name.scenario" >played.scenario
	else
		as_of "$vendor" <"$LIB/$name.scenario" >played.scenario
	fi
	rm -f codes
	drill "${@:3}" played.scenario "$vendor"
}
