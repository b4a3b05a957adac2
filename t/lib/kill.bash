# Helpers for tests that kill one program at many of its system calls.  The
# test defines
#
#	disturb STAGE [COMMAND...]  a run in which COMMAND starts that stage
#	recover STAGE WHAT          a clean run, and what must be true after it
load ../lib/pipeline

POINTS=${KILL_POINTS:-50}

# points STAGE CALLS: "CALL N" for POINTS places spread over all its calls
points() {
	disturb "$1" strace -q -o trace -e "trace=$2" || true
	sed -n 's/^\([a-z0-9_]*\)(.*/\1/p' trace | awk -v want="$POINTS" '
	    { call[NR] = $1; nth[NR] = ++seen[$1] }
	    END {
	        step = NR / want
	        if (step < 1) step = 1
	        for (i = 1; i <= NR; i += step)
	            print call[int(i)], nth[int(i)]
	    }'
}

# survives STAGE CALLS
survives() {
	local call nth killed=0 total=0
	points "$1" "$2" >points
	while read -r call nth; do
		rm -f trace
		disturb "$1" strace -q -o trace -e "trace=$call" \
			-e "inject=$call:signal=KILL:when=$nth" || true
		total=$((total + 1))
		! grep -q 'killed by SIGKILL' trace || killed=$((killed + 1))
		recover "$1" "$1 died at $call number $nth" </dev/null
	done <points
	echo "# $1: $killed of $total runs really killed" >&3
	# Most runs must really have been disturbed, or this proves nothing.
	[ "$total" -ge "$POINTS" ]
	[ $((killed * 100)) -ge $((total * 80)) ]
}
