#include <string.h>
#include <strings.h>

#include "mocksrv/inflate.h"
#include "mocksrv/sinks/sink.h"

const struct mock_generator sink_generators[] = { { 0 } };

void
sink_fini(struct sink *s)
{
	sink_keep_fini(&s->keep);
}

static bool
is_coding(struct sc_slice coding, const char *name)
{
	return coding.n == strlen(name) &&
	    strncasecmp(coding.p, name, coding.n) == 0;
}

int
sink_body(const struct sink *s, const struct mock_http *h, struct sc_buf *tmp,
    struct sc_slice *body)
{
	struct sc_slice coding = mock_http_header(h, "Content-Encoding");
	size_t max = s->max_body > 0 ? (size_t)s->max_body : MOCK_BODY_MAX;

	*body = (struct sc_slice){ h->body.p, h->body.len };
	sc_buf_init(tmp, max + 1);
	if (is_coding(coding, "gzip")) {
		if (mock_inflate(*body, tmp) == -1)
			return tmp->full ? 413 : 400;
		*body = (struct sc_slice){ tmp->p, tmp->len };
	} else if (coding.n > 0 && !is_coding(coding, "identity")) {
		return 415;
	}
	return body->n > max ? 413 : 0;
}

struct sc_json_val
sink_json(struct sc_slice text)
{
	static const char *const whole[] = { "" };
	struct sc_json_val v = { 0 };
	struct sc_err e = { 0 };
	struct sc_json_plan *plan = sc_json_plan_new(whole, 1, &e);

	(void)sc_json_scan(
	    text.n > 0 ? text.p : "", text.n, plan, SC_JSON_UTF8, &v, &e);
	sc_json_plan_free(plan);
	return v;
}

struct sc_json_val
sink_member(struct sc_json_val object, const char *name)
{
	struct sc_json_iter it = sc_json_iter(object);
	struct sc_json_val key, v, found = { 0 };

	while (object.type == SC_JSON_OBJECT && sc_json_next(&it, &key, &v)) {
		if (sc_json_is(key, name))
			found = v;
	}
	return found;
}

bool
sink_is_text(struct sc_json_val v)
{
	return v.type == SC_JSON_STRING && v.raw.n > 2;
}

bool
sink_method(const struct mock_http *h, const char *method)
{
	return sc_slice_is(h->method, method);
}

bool
sink_line(struct sc_slice *text, struct sc_slice *line)
{
	const char *lf;

	if (text->n == 0)
		return false;
	lf = memchr(text->p, '\n', text->n);
	line->p = text->p;
	line->n = lf != NULL ? (size_t)(lf - text->p) : text->n;
	text->p += line->n + (lf != NULL);
	text->n -= line->n + (lf != NULL);
	if (line->n > 0 && line->p[line->n - 1] == '\r')
		line->n--;
	return true;
}
