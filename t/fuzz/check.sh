#!/bin/sh
# Every fuzz target over its corpus and RUNS inputs in all, drawn from a fixed
# seed; `make fuzz` goes on searching where this ends.  Prints TAP.
#
# usage: t/fuzz/check.sh     SC_ROOT is the repository; the targets are built
set -u
cd "$SC_ROOT" || exit 1
runs=${RUNS:-3000}
work=build/fuzz/check
rm -rf "$work"

n=0
for target in t/fuzz/fuzz_*.c; do
	name=$(basename "$target" .c)
	name=${name#fuzz_}
	n=$((n + 1))
	mkdir -p "$work/$name"
	# What is found to be new goes to the first folder.
	if "build/fuzz/fuzz_$name" -runs="$runs" -seed=1 -timeout=20 \
	    -artifact_prefix="$work/" "$work/$name" "t/fuzz/corpus/$name" \
	    >"$work/$name.log" 2>&1; then
		echo "ok $n - fuzz $name"
	else
		echo "not ok $n - fuzz $name"
		tail -n 30 "$work/$name.log" | sed 's/^/# /'
	fi
done
echo "1..$n"
