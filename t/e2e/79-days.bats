#!/usr/bin/env bats
# Days of polling at the guides' intervals, while records appear, come late,
# share an instant, change, change back, go and come again.  Whatever there was
# to see at a poll is in the store, once.

load ../lib/days

VENDORS=(sentinelone darktrace deep-instinct rapid7-insightidr)

# One run for all: sc-normalize and sc-ship start once a poll.
setup_file() {
	local vendor some=()
	days_setup
	for vendor in "${VENDORS[@]}"; do
		! have "$vendor" || some+=("$vendor")
	done
	days "$SOAK_DAYS" "${some[@]}"
	figures >&3
	forget_state
}

setup() { cd "$BATS_FILE_TMPDIR" || return; }

# each WHAT VENDOR: it holds for each of its streams
each() {
	local stream n=0
	have "$2" || skip "there is no such vendor"
	for stream in $(jq -r "select(.vendor == \"$2\") | \"\(.vendor).\(.stream)\"" report); do
		"$1" "$stream"
		n=$((n + 1))
	done
	[ "$n" -gt 0 ]
}

@test "sentinelone: every state of every poll, once, within the limits" { each passed sentinelone; }
@test "darktrace: every state of every poll, once, within the limits" { each passed darktrace; }
@test "deep-instinct: every state of every poll, once, within the limits" { each passed deep-instinct; }
@test "rapid7-insightidr: every state of every poll, once, within the limits" { each passed rapid7-insightidr; }

# A state is told by what is in it, so the first one again is a third.
@test "there and back are three states" {
	local stream
	for stream in sentinelone.threats sentinelone.agents darktrace.model-breaches \
		deep-instinct.events deep-instinct.devices \
		rapid7-insightidr.investigations; do
		[ "$(of "$stream" .flips)" -ge 3 ]
	done
}

@test "what moves by itself adds nothing" {
	local stream
	for stream in sentinelone.agents darktrace.model-breaches darktrace.ai-analyst \
		deep-instinct.devices rapid7-insightidr.investigations; do
		[ "$(of "$stream" '.noise > 20 and .states < .keys * 2')" = true ]
	done
}

# As many as it takes to be sure in a minute; 10,000 in make soak.
@test "a large inventory in which everything moves adds only what changed" {
	local agents=500
	[ "$SOAK_DAYS" -le 2 ] || agents=10000
	mkdir "$BATS_TEST_TMPDIR/large"
	BATS_TEST_TMPDIR+=/large
	days_setup
	days --inventory "$agents" 1 sentinelone.agents
	figures >&3
	passed sentinelone.agents
	[ "$(of sentinelone.agents '.noise > .keys * 20')" = true ]
	echo "# $agents agents, 24 walks: $(of sentinelone.agents '.states - .keys') changes, $(stored) artifacts" >&3
	[ "$(stored)" -eq "$(of sentinelone.agents .states)" ]
	forget_state
}
