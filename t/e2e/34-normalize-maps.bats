#!/usr/bin/env bats
# sc-normalize: what holds for the shipped maps of all vendors.

bats_require_minimum_version 1.5.0
load ../lib/normalize

setup() {
	normalize_setup
}

# every_map FUNCTION [ARG...]: FUNCTION STREAM [ARG...] <FIXTURES for each map
every_map() {
	local map
	for map in "$SC_ROOT"/vendors/*/*.map; do
		normalize_vendor "$(basename "$(dirname "$map")")"
		fixtures "$(basename "$map" .map)" >all
		"$1" "$(basename "$map" .map)" "${@:2}" <all
	done
}

# Each line of the map, whatever their number.
yields() {
	every_line_yields "$1" "$(grep -cE '^[A-Za-z_]+ *=' "$SC_ROOT/vendors/$VENDOR/$1.map")"
}

@test "every line of every map yields values over its fixtures, none of a wrong type" {
	every_map yields
}

@test "a line that never yields a value does not go unnoticed, in any map" {
	for map in "$SC_ROOT"/vendors/*/*.map; do
		normalize_vendor "$(basename "$(dirname "$map")")"
		stream=$(basename "$map" .map)
		mkdir -p "etc/vendors/$VENDOR"
		echo 'clientHostname = .nowhere' >"etc/vendors/$VENDOR/$stream.local.map"
		fixtures "$stream" >all
		run yields "$stream" <all
		[ "$status" -ne 0 ]
		grep '^clientHostname  *0 ' table
	done
}

@test "every map has only words that the receiver knows" {
	every_map known_words
}
