# Runs a page of documentation as it stands.
#
#	page_run PAGE
#
# What is in its code blocks happens in their order, in the current folder:
#
#	```LANGUAGE PATH   the block becomes the file PATH
#	```console         "$ COMMAND" is run in this very shell, and what stands
#	                   below is what it must print, on stdout and stderr; "..."
#	                   is any text, a line of its own any lines
#
# All other blocks are for the reader.

# page_split PAGE DIR: DIR/NNN.file and .path, or .command and .output
page_split() {
	awk -v dir="$2" '
		function item() { return sprintf("%s/%03d", dir, n) }
		/^```/ && inside { inside = ""; next }
		/^```console$/ { inside = "console"; next }
		/^```[a-z]+ [^ ]+$/ { inside = "file"; n++; print $2 >(item() ".path"); next }
		/^```/ { inside = "other"; next }
		inside == "file" { print >(item() ".file") }
		inside == "console" && /^\$ / {
			n++
			print substr($0, 3) >(item() ".command")
			printf "" >(item() ".output")
			next
		}
		inside == "console" { print >(item() ".output") }
	' "$1"
}

# page_matches WANT GOT
page_matches() {
	local -a want got
	local i=0 skip='' line pattern
	mapfile -t want <"$1"
	mapfile -t got <"$2"
	for line in "${want[@]}"; do
		if [ "$line" = ... ]; then
			skip=yes
			continue
		fi
		pattern=$(sed 's/[][*?\\]/\\&/g; s/ *\.\.\. */*/g' <<<"$line")
		# shellcheck disable=SC2053 # it is a pattern
		while [ -n "$skip" ] && [ $i -lt ${#got[@]} ] && [[ ${got[i]} != $pattern ]]; do
			i=$((i + 1))
		done
		# shellcheck disable=SC2053
		[ $i -lt ${#got[@]} ] && [[ ${got[i]} == $pattern ]] || return 1
		i=$((i + 1)) skip=''
	done
	[ -n "$skip" ] || [ $i -eq ${#got[@]} ]
}

page_run() {
	local parts=$BATS_TEST_TMPDIR/page item
	mkdir -p "$parts"
	page_split "$1" "$parts"
	for item in "$parts"/???.path "$parts"/???.command; do
		echo "${item%.*}"
	done | sort >"$parts/order"
	# Descriptor 4, as the commands may read stdin.
	while read -r item <&4; do
		if [ -e "$item.path" ]; then
			mkdir -p "$(dirname "$(<"$item.path")")"
			cp "$item.file" "$(<"$item.path")"
			continue
		fi
		# A command may fail; then its output says so.
		eval "$(<"$item.command")" >"$item.got" 2>&1 3>&- 4>&- </dev/null || :
		page_matches "$item.output" "$item.got" && continue
		echo "\$ $(<"$item.command")"
		diff "$item.output" "$item.got"
		return 1
	done 4<"$parts/order"
}
