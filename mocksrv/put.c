#include "mocksrv/put.h"
#include "sc/timefmt.h"

void
mock_put_null(struct sc_jw *w, const char *key)
{
	sc_jw_key(w, key);
	sc_jw_null(w);
}

void
mock_put_bool(struct sc_jw *w, const char *key, bool yes)
{
	sc_jw_key(w, key);
	sc_jw_bool(w, yes);
}

void
mock_put_text(struct sc_jw *w, const char *key, const char *text)
{
	sc_jw_key(w, key);
	sc_jw_str(w, text);
}

void
mock_put_time(struct sc_jw *w, const char *key, int64_t us)
{
	char text[SC_TIME_BUF];

	sc_jw_kv(w, key, sc_time_format(us, 6, text));
}

void
mock_put_strings(struct sc_jw *w, const char *key, const char *a, const char *b)
{
	sc_jw_key(w, key);
	sc_jw_arr(w);
	if (a != NULL)
		sc_jw_str(w, a);
	if (b != NULL)
		sc_jw_str(w, b);
	sc_jw_end(w, ']');
}

void
mock_put_nulls(struct sc_jw *w, const char *key, const char *const *names)
{
	sc_jw_key(w, key);
	sc_jw_obj(w);
	for (; *names != NULL; names++)
		mock_put_null(w, *names);
	sc_jw_end(w, '}');
}

void
mock_random_hex(struct mock_rng *r, char *out, unsigned count)
{
	uint64_t bits = 0;

	for (unsigned i = 0; i < count; i++) {
		if (i % 16 == 0)
			bits = mock_rng_next(r);
		out[i] = "0123456789abcdef"[bits & 15];
		bits >>= 4;
	}
	out[count] = '\0';
}

void
mock_random_uuid(struct mock_rng *r, char out[MOCK_UUID_BUF])
{
	mock_random_hex(r, out, MOCK_UUID_BUF - 1);
	out[8] = out[13] = out[18] = out[23] = '-';
}
