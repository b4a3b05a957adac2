#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "mocksrv/auth.h"
#include "sc/mem.h"

bool
mock_auth_scheme(
    struct sc_slice value, const char *scheme, struct sc_slice *rest)
{
	size_t n = strlen(scheme);

	if (value.n <= n || strncasecmp(value.p, scheme, n) != 0 ||
	    value.p[n] != ' ')
		return false;
	while (n < value.n && value.p[n] == ' ')
		n++;
	*rest = (struct sc_slice){ value.p + n, value.n - n };
	return true;
}

bool
mock_auth_basic(struct sc_slice value, const char *user, const char *password)
{
	struct sc_slice sent;
	char *plain, *code;
	size_t n;
	bool same;

	if (!mock_auth_scheme(value, "Basic", &sent))
		return false;
	plain = sc_xasprintf("%s:%s", user, password);
	n = strlen(plain);
	code = sc_xmalloc(4 * ((n + 2) / 3) + 1);
	(void)EVP_EncodeBlock(
	    (unsigned char *)code, (const unsigned char *)plain, (int)n);
	same = sc_slice_is(sent, code);
	explicit_bzero(plain, n);
	explicit_bzero(code, strlen(code));
	free(plain);
	free(code);
	return same;
}
