# Helpers for tests that play a scenario of the library to each vendor.
#
#	play NAME VENDOR            a drill of it, as it would be of that vendor;
#	                            leaves out, log and codes, sets status; HOLD
#	                            are options, ENDLESS says that it never ends
#	every NAME CLASSES CODES [REMEDY]
#	                            of every vendor there is: nothing lost or
#	                            doubled; these classes of problems, these exit
#	                            codes of sc-sched, the advice, and an end of it
#	only VENDOR NAME CLASSES CODES [REMEDY]
#	                            the same of this one
load ../lib/drill
load ../lib/vendors

LIB=$BATS_TEST_DIRNAME/../../fixtures/scenarios

# scenarios_setup: programs of which sc-sched leaves its exit status
scenarios_setup() {
	local p map
	drill_setup
	cp -r "$SC_ROOT/vendors" .
	export SC_VENDORS=$PWD/vendors
	# What the maps do is not what is tested, and without them runs are quick.
	for map in vendors/*/*.map; do echo '# nothing' >"$map"; done
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
	awk -v vendor="$1" -v words="$(serve_words "$1" "$1")" -v paths="$(api_paths "$1")" \
		-v list="$(collected "$1" | sed 's/investigations alerts/investigations/')" '
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
	# Ids of generated events begin anew in each dataset: no later ones.
	$1 == "at" && vendor == "deep-instinct" { next }
	# Later ones are not stamped earlier than they may be indexed.
	$1 == "at" && vendor == "rapid7-insightidr" {
		minutes = $2 ~ /h/ ? 60 * substr($2, 2) : 0 + substr($2, 2)
		sub(/start=.*/, sprintf("start=2026-11-22T%02d:%02d,span=3m",
		    int((minutes - 3) / 60), (minutes - 3) % 60))
	}
	$3 == "sentinelone" && $1 == "at" { print $1, $2, vendor streams(first()); next }
	$2 ~ /^\/web\/api/ { $2 = paths }
	{ print }'
}

play() {
	local name=$1 vendor=$2
	[ -e "etc/integrations.d/$vendor.yaml" ] ||
		settings "$vendor" "$vendor" >"etc/integrations.d/$vendor.yaml"
	cp "$LIB"/*.json "$LIB"/*.html .
	if grep -q "^serve $vendor " "$LIB/$name.scenario"; then
		sed "s|=\.\./|=$LIB/../|g" "$LIB/$name.scenario" >played.scenario
	else
		as_of "$vendor" <"$LIB/$name.scenario" >played.scenario
	fi
	rm -f codes
	# shellcheck disable=SC2086 # options
	drill ${HOLD-} played.scenario "$vendor"
}

# classes: of the problems, each once
classes() {
	sed -n 's/^20.*  problem    [^:]*: \([A-Z]*\):.*/\1/p' out | sort -u | paste -sd' '
}
codes() { sort -nu codes | paste -sd' '; }

# whole: each stream was shown something, and nothing is lost or doubled
whole() {
	awk '/^STREAM/ { table = 1; next }
	    table && $1 ~ /[.]/ { n++; if ($2 == 0 || $5 > 0 || $6 > 0) bad++ }
	    END { exit !(n > 0 && !bad) }' out && absent 'never showed so' out
}

# shellcheck disable=SC2154 # status is drill's
only() {
	local what="$2 of $1"
	play "$2" "$1" || return
	if [ "$status" -eq 0 ] && whole && [[ $(classes) =~ ^($3)$ ]] &&
		[[ $(codes) =~ ^($4)$ ]]; then
		# No problem, no advice; else the advice, and in the end it is over.
		[ -z "$(classes)" ] && return
		grep -q -e "^  *-> .*${5-}" out && over && return
	fi
	echo "$what: status $status, classes $(classes), codes $(codes)"
	tail -n 20 out log
	return 1
}

# over: the last run was a good one, unless somebody has to bring another key
over() {
	[ "$(tail -n 1 codes)" -eq 0 ] || [ -n "${ENDLESS-}" ] ||
		[[ $(classes) =~ AUTH|PERMISSION ]]
}

every() {
	local vendor
	for vendor in "${VENDORS[@]}"; do
		! have "$vendor" || only "$vendor" "$@" || return
	done
}
