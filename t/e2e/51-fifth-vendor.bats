#!/usr/bin/env bats
# docs/adding-a-vendor.md, from its first block to its last, as it stands.

bats_require_minimum_version 1.5.0
load ../lib/page

SC_ROOT=${SC_ROOT:-$(cd "$BATS_TEST_DIRNAME/../.." && pwd)}
SC_BIN=${SC_BIN:-$SC_ROOT/build/release}
PAGE=$SC_ROOT/docs/adding-a-vendor.md

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	PATH=$SC_BIN:$PATH
	export SC_VENDORS=$SC_ROOT/vendors
	unset SC_CONFIG SC_STATE SC_CLOCK
}

teardown() {
	local job
	for job in $(jobs -p); do kill "$job" 2>/dev/null || true; done
}

@test "the page: a vendor of data alone, from an empty folder to the store" {
	page_run "$PAGE"
	# It has led where it says: two files are the vendor.
	[ "$(find etc/vendors -type f | sort | xargs)" = \
		'etc/vendors/acme-beacon/alerts.map etc/vendors/acme-beacon/vendor.yaml' ]
	[ "$(sqlite3 state/store.db 'select group_concat(key) from (select key from artifact order by pos)')" = \
		'b-17,b-18,b-20,b-19' ]
}

@test "no program knows this vendor, or any other, by its name" {
	run ! grep -rilE 'acme.?beacon' "$SC_ROOT"/bin "$SC_ROOT"/libcommon "$SC_ROOT"/mocksrv
}

# page LINE...: a file, and commands with what they print
page() {
	printf '%s\n' '```text a/b' one two three '```' '```sh' 'exit 1' '```' \
		'```console' "$@" '```' >page.md
}

@test "a page whose commands print something else is noticed" {
	page '$ cat a/b' one two three '$ x=1; false' '$ echo "x=$x [y] * z"' 'x=...[y] * ...' '$ ls a >&2' b
	page_run page.md
	page '$ cat a/b' ... three '$ echo 1' ...
	page_run page.md
	for bad in one 'one|two' 'one|two|three|four' 'one|three' 'two|...' '...|two' 'one|two|thre.' '' \
		'one|...|four' 'one|t[w]o|three' 'one|tw|three'; do
		mapfile -t lines < <(tr '|' '\n' <<<"$bad")
		page '$ cat a/b' "${lines[@]}"
		run page_run page.md
		[ "$status" -ne 0 ] || { echo "not noticed: $bad"; false; }
	done
}
