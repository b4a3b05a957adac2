#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "sc/json.h"
#include "sc/mem.h"

#include "bad.h"

#define SAMPLE_MAX ((size_t)64 << 10) /* shown of what cannot travel whole */

static void
put_base64(struct sc_jw *w, const char *key, struct sc_slice bytes)
{
	char *text = sc_xmalloc((bytes.n + 2) / 3 * 4 + 1);

	(void)EVP_EncodeBlock((unsigned char *)text,
	    (const unsigned char *)bytes.p, (int)bytes.n);
	sc_jw_kv(w, key, text);
	free(text);
}

void
bad_put(struct sc_jw *w, const char *reason, struct sc_slice raw,
    struct sc_slice sha256)
{
	size_t most = raw.n < SAMPLE_MAX ? raw.n : SAMPLE_MAX;
	size_t valid = sc_utf8_valid(raw.p, most);

	sc_jw_key(w, "bad");
	sc_jw_obj(w);
	sc_jw_kv(w, "reason", reason);
	sc_jw_kvi(w, "bytes", (int64_t)raw.n);
	sc_jw_kvn(w, "sha256", sha256);
	/* The end may be in the middle of a character. */
	if (strcmp(reason, "utf8") != 0 && valid + 4 > most)
		sc_jw_kvn(w, "text", (struct sc_slice){ raw.p, valid });
	else
		put_base64(w, "raw_base64", (struct sc_slice){ raw.p, most });
	sc_jw_end(w, '}');
}
