#!/bin/sh
# Runs tests, JOBS at a time, each into DIR/NAME.tap, lets prove judge them and
# prints the totals.
#
# usage: t/run.sh DIR TEST...     a TEST is a program or a .bats file
set -u
dir=$1
shift
rm -rf "$dir"
mkdir -p "$dir"

cat >"$dir/one" <<'EOF'
#!/bin/sh
# Runs one test; an exit status that its TAP does not explain is a failure, and
# so is a test that hangs: no file takes half as long as it may.
out=$1/$(basename "$2").tap
began=$(date +%s)
case $2 in
*.bats) timeout -k 10 1200 bats --tap "$2" >"$out" 2>"$out.err" ;;
*) CMOCKA_MESSAGE_OUTPUT=TAP timeout -k 10 1200 "$2" >"$out" 2>"$out.err" ;;
esac
status=$?
if [ $status -ne 0 ] && ! grep -q '^not ok' "$out"; then
	echo "not ok - $2 ended with status $status"
	sed 's/^/# /' "$out.err"
fi >>"$out"
echo "$(($(date +%s) - began)) s $2" >>"$1/times"
EOF
printf '%s\n' "$@" | xargs -P "${JOBS:-2}" -n 1 sh "$dir/one" "$dir"

prove -e cat "$dir"/*.tap
status=$?
if [ $status -ne 0 ]; then
	for f in "$dir"/*.tap; do
		grep -q '^not ok' "$f" || continue
		echo "--- $f"
		grep -A 25 '^not ok' "$f"
		[ ! -s "$f.err" ] || tail -n 20 "$f.err"
	done
fi
echo 'slowest:'
sort -rn "$dir/times" | head -n 8
awk '/^ok/ { if (/# [Ss][Kk][Ii][Pp]/) s++; else p++ } /^not ok/ { f++ }
    END { printf "%d passed, %d failed, %d skipped\n", p, f, s }' "$dir"/*.tap
exit $status
