# What tests have to know of each vendor to play it and to collect from it.
#
#	have VENDOR                  its files are there
#	collected VENDOR             the streams that are on by default
#	serve_words VENDOR ACCOUNT   how sc-mock plays an account of it
#	settings VENDOR ACCOUNT      the account in an integration file
#	api_paths VENDOR             below which its streams are, as a pattern
#
# An account has secrets of its own, and is a host of its own.

# shellcheck disable=SC2034 # used by the tests
VENDORS=(sentinelone darktrace deep-instinct rapid7-insightidr)

have() { [ -e "$SC_ROOT/vendors/$1/vendor.yaml" ]; }

collected() {
	case $1 in
	sentinelone) echo threats activities agents ;;
	darktrace) echo model-breaches ai-analyst ;;
	deep-instinct) echo events suspicious-events devices ;;
	rapid7-insightidr) echo investigations alerts ;;
	esac
}

serve_words() {
	case $1 in
	sentinelone) echo "token=test-secret-$2" ;;
	darktrace) echo "public-token=test-public-$2 private-token=test-secret-$2" ;;
	deep-instinct) echo "key=test-secret-$2" ;;
	rapid7-insightidr) echo "api-key=test-secret-$2" ;;
	esac
}

# secret ACCOUNT: a file with it
secret() {
	(umask 077 && echo "test-secret-$1" >"$1.secret")
	echo "file:$PWD/$1.secret"
}

settings() {
	echo "vendor: $1"
	case $1 in
	sentinelone | deep-instinct)
		printf '%s\n' "host: $2.example.com" "api_key: $(secret "$2")"
		;;
	darktrace)
		printf '%s\n' "host: $2.example.com" "public_token: test-public-$2" \
			"private_token: $(secret "$2")"
		;;
	rapid7-insightidr)
		printf '%s\n' 'region: us' "realm: $2.example.com" "api_key: $(secret "$2")"
		;;
	esac
}

api_paths() {
	case $1 in
	sentinelone) echo '/web/api/*' ;;
	deep-instinct) echo '/api/v1/*' ;;
	rapid7-insightidr) echo '/idr/*' ;;
	*) echo '/*' ;;
	esac
}
