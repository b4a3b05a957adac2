#include <string.h>

#include "mocksrv/query.h"

static int
hex(char c)
{
	static const char digits[] = "0123456789abcdef0123456789ABCDEF";
	const char *at = c != '\0' ? strchr(digits, c) : NULL;

	return at == NULL ? -1 : (int)((at - digits) & 15);
}

int
mock_percent_decode(struct sc_slice s, bool plus, struct sc_buf *b)
{
	char *to = sc_buf_room(b, s.n);

	if (to == NULL)
		return -1;
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if (c == '%') {
			int hi = i + 2 < s.n ? hex(s.p[i + 1]) : -1;
			int lo = i + 2 < s.n ? hex(s.p[i + 2]) : -1;

			if (hi == -1 || lo == -1)
				return -1;
			c = (char)(hi * 16 + lo);
			i += 2;
		} else if (c == '+' && plus) {
			c = ' ';
		}
		*to++ = c;
	}
	b->len = (size_t)(to - b->p);
	return 0;
}

/* Decodes one half of a parameter; the text never moves, see the reserve. */
static int
decode(struct mock_query *q, struct sc_slice raw, struct sc_slice *out)
{
	size_t at = q->text.len;

	if (mock_percent_decode(raw, true, &q->text) == -1)
		return -1;
	*out = (struct sc_slice){ q->text.p + at, q->text.len - at };
	return 0;
}

int
mock_query_parse(struct mock_query *q, struct sc_slice query)
{
	const char *p = query.p, *end;

	q->nparams = 0;
	sc_buf_init(&q->text, query.n + 1);
	if (query.n == 0)
		return 0;
	end = p + query.n;
	(void)sc_buf_room(&q->text, query.n);
	while (p < end) {
		const char *amp = memchr(p, '&', (size_t)(end - p));
		const char *stop = amp != NULL ? amp : end;
		const char *eq = memchr(p, '=', (size_t)(stop - p));
		struct sc_slice name = { p, (size_t)((eq ? eq : stop) - p) };
		struct sc_slice value = { eq ? eq + 1 : stop, 0 };
		struct mock_param *param = &q->params[q->nparams];

		value.n = (size_t)(stop - value.p);
		p = stop + 1;
		if (name.n + value.n == 0)
			continue;
		if (q->nparams == MOCK_PARAMS_MAX ||
		    decode(q, name, &param->name) == -1 ||
		    decode(q, value, &param->value) == -1)
			return -1;
		q->nparams++;
	}
	return 0;
}

void
mock_query_fini(struct mock_query *q)
{
	sc_buf_fini(&q->text);
}

bool
mock_next_value(struct sc_slice *rest, struct sc_slice *value)
{
	const char *comma;
	size_t used;

	if (rest->n == 0)
		return false;
	comma = memchr(rest->p, ',', rest->n);
	*value = *rest;
	if (comma != NULL)
		value->n = (size_t)(comma - rest->p);
	used = value->n + (comma != NULL);
	rest->p += used;
	rest->n -= used;
	return true;
}

int
mock_parse_digits(struct sc_slice s, int64_t max, int64_t *out)
{
	int64_t v = 0;

	if (s.n == 0)
		return -1;
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] < '0' || s.p[i] > '9' ||
		    __builtin_mul_overflow(v, 10, &v) ||
		    __builtin_add_overflow(v, s.p[i] - '0', &v) || v > max)
			return -1;
	}
	*out = v;
	return 0;
}
