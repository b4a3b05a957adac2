#include <assert.h>
#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "sc/jsonw.h"
#include "sc/timefmt.h"

void
sc_jw_init(struct sc_jw *w, struct sc_buf *b)
{
	*w = (struct sc_jw){ .b = b };
}

/* What has to stand before the next value or key: nothing or a comma. */
static void
separate(struct sc_jw *w)
{
	uint32_t bit = (uint32_t)1 << w->depth;

	if (w->keyed) {
		w->keyed = false;
		return;
	}
	if (w->filled & bit)
		(void)sc_buf_addc(w->b, ',');
	w->filled |= bit;
}

static void
open_level(struct sc_jw *w, char c)
{
	separate(w);
	(void)sc_buf_addc(w->b, c);
	assert(w->depth < 31);
	w->depth++;
	w->filled &= ~((uint32_t)1 << w->depth);
}

void
sc_jw_obj(struct sc_jw *w)
{
	open_level(w, '{');
}

void
sc_jw_arr(struct sc_jw *w)
{
	open_level(w, '[');
}

void
sc_jw_end(struct sc_jw *w, char close)
{
	assert(w->depth > 0);
	w->depth--;
	(void)sc_buf_addc(w->b, close);
}

void
sc_jw_key(struct sc_jw *w, const char *key)
{
	separate(w);
	sc_jsonw_escape(w->b, key, strlen(key));
	(void)sc_buf_addc(w->b, ':');
	w->keyed = true;
}

void
sc_jw_strn(struct sc_jw *w, const char *s, size_t n)
{
	separate(w);
	sc_jsonw_escape(w->b, s, n);
}

void
sc_jw_str(struct sc_jw *w, const char *s)
{
	if (s == NULL)
		sc_jw_null(w);
	else
		sc_jw_strn(w, s, strlen(s));
}

void
sc_jw_int(struct sc_jw *w, int64_t i)
{
	char text[20], *p = text + sizeof(text);
	uint64_t n = i < 0 ? 0 - (uint64_t)i : (uint64_t)i;

	separate(w);
	do {
		*--p = (char)('0' + n % 10);
		n /= 10;
	} while (n > 0);
	if (i < 0)
		*--p = '-';
	(void)sc_buf_add(w->b, p, (size_t)(text + sizeof(text) - p));
}

void
sc_jw_bool(struct sc_jw *w, bool yes)
{
	separate(w);
	(void)sc_buf_adds(w->b, yes ? "true" : "false");
}

void
sc_jw_null(struct sc_jw *w)
{
	separate(w);
	(void)sc_buf_adds(w->b, "null");
}

void
sc_jw_raw(struct sc_jw *w, struct sc_slice json)
{
	separate(w);
	(void)sc_buf_add(w->b, json.p, json.n);
}

void
sc_jw_kv(struct sc_jw *w, const char *key, const char *text)
{
	if (text == NULL)
		return;
	sc_jw_key(w, key);
	sc_jw_str(w, text);
}

void
sc_jw_kvn(struct sc_jw *w, const char *key, struct sc_slice text)
{
	if (text.p == NULL)
		return;
	sc_jw_key(w, key);
	sc_jw_strn(w, text.p, text.n);
}

void
sc_jw_kvi(struct sc_jw *w, const char *key, int64_t i)
{
	sc_jw_key(w, key);
	sc_jw_int(w, i);
}

void
sc_jw_kvms(struct sc_jw *w, const char *key, int64_t ms)
{
	char text[SC_TIME_BUF];

	sc_jw_key(w, key);
	sc_jw_str(w, ms != 0 ? sc_time_format(ms * 1000, 3, text) : NULL);
}

void
sc_jw_kvraw(struct sc_jw *w, const char *key, struct sc_slice json)
{
	sc_jw_key(w, key);
	sc_jw_raw(w, json);
}

static int
is_special(unsigned char c)
{
	return c < 0x20 || c == '"' || c == '\\' || c == 0x7f;
}

/* Length of the run at p that can be copied as it stands. */
static size_t
plain_run(const char *p, size_t n)
{
	size_t i = 0;

#ifdef __SSE2__
	const __m128i quote = _mm_set1_epi8('"');
	const __m128i slash = _mm_set1_epi8('\\');
	const __m128i del = _mm_set1_epi8(0x7f);
	const __m128i ctl = _mm_set1_epi8(0x1f);

	for (; i + 16 <= n; i += 16) {
		__m128i v = _mm_loadu_si128((const __m128i *)(p + i));
		__m128i hit =
		    _mm_or_si128(_mm_or_si128(_mm_cmpeq_epi8(v, quote),
				     _mm_cmpeq_epi8(v, slash)),
			_mm_or_si128(_mm_cmpeq_epi8(v, del),
			    _mm_cmpeq_epi8(_mm_min_epu8(v, ctl), v)));
		int mask = _mm_movemask_epi8(hit);

		if (mask != 0)
			return i + (size_t)__builtin_ctz((unsigned)mask);
	}
#endif
	while (i < n && !is_special((unsigned char)p[i]))
		i++;
	return i;
}

static char *
escape_one(char *to, unsigned char c)
{
	static const char hex[] = "0123456789abcdef";
	static const char shorts[] = {
		['\b'] = 'b',
		['\t'] = 't',
		['\n'] = 'n',
		['\f'] = 'f',
		['\r'] = 'r',
		['"'] = '"',
		['\\'] = '\\',
	};

	*to++ = '\\';
	if (c < sizeof(shorts) && shorts[c] != 0) {
		*to++ = shorts[c];
		return to;
	}
	to[0] = 'u';
	to[1] = to[2] = '0';
	to[3] = hex[c >> 4];
	to[4] = hex[c & 15];
	return to + 5;
}

void
sc_jsonw_escape(struct sc_buf *b, const char *p, size_t n)
{
	size_t run;

	(void)sc_buf_addc(b, '"');
	while (n > 0) {
		char *start, *to;

		run = plain_run(p, n);
		/* One reservation a run: its bytes and one escape. */
		if ((start = to = sc_buf_room(b, run + 6)) == NULL)
			return;
		memcpy(to, p, run);
		to += run;
		p += run;
		n -= run;
		if (n > 0) {
			to = escape_one(to, (unsigned char)*p++);
			n--;
		}
		b->len += (size_t)(to - start);
	}
	(void)sc_buf_addc(b, '"');
}
