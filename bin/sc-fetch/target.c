#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "sc/http.h"
#include "sc/mem.h"
#include "sc/timefmt.h"

#include "target.h"

#define VALUE_MAX ((size_t)16 << 10)

/* The parameters of a request, in the order in which they will stand there. */
struct params {
	struct sc_pair *v;
	size_t n;
};

static void
add(struct params *p, const char *name, const char *value, size_t n)
{
	if (name == NULL || n == 0)
		return;
	p->v[p->n++] = (struct sc_pair){ .name = sc_xstrdup(name),
		.value = sc_xstrndup(value, n) };
}

static void
add_time(
    struct params *p, const struct sc_stream *s, const char *name, int64_t us)
{
	char text[SC_TIME_BUF];

	if (s->times == SC_TIMES_MS)
		(void)snprintf(text, sizeof(text), "%" PRId64, us / 1000);
	else
		(void)sc_time_format(us, 6, text);
	add(p, name, text, strlen(text));
}

static int
add_query(struct params *p, const struct sc_integration *in,
    const struct sc_pair *query, size_t n, struct sc_err *e)
{
	const char *const *values = (const char *const *)in->values;
	struct sc_buf b;
	int rc = 0;

	sc_buf_init(&b, VALUE_MAX);
	for (size_t i = 0; i < n && rc == 0; i++) {
		const struct sc_pair *q = &query[i];

		if (!sc_vendor_can_expand(in->vendor, q->value, values))
			continue;
		sc_buf_reset(&b);
		rc =
		    sc_vendor_expand(in->vendor, q->value, values, NULL, &b, e);
		add(p, q->name, b.p, b.len);
	}
	sc_buf_fini(&b);
	return rc;
}

static int
by_name(const void *a, const void *b)
{
	const struct sc_pair *x = a, *y = b;

	return strcmp(x->name, y->name);
}

static void
put(const struct params *p, struct sc_buf *b)
{
	for (size_t i = 0; i < p->n; i++) {
		const struct sc_pair *q = &p->v[i];

		(void)sc_buf_addc(b, i == 0 ? '?' : '&');
		(void)sc_url_encode(b, q->name, strlen(q->name));
		(void)sc_buf_addc(b, '=');
		(void)sc_url_encode(b, q->value, strlen(q->value));
	}
}

static void
release(struct params *p)
{
	for (size_t i = 0; i < p->n; i++) {
		free(p->v[i].name);
		free(p->v[i].value);
	}
	free(p->v);
}

int
target_build(const struct sc_integration *in, const struct sc_stream *s,
    const struct window *w, struct sc_slice token, struct sc_buf *b,
    struct sc_err *e)
{
	struct params p = { 0 };
	int rc;

	p.v = sc_xcalloc(s->nquery + 3, sizeof(*p.v));
	rc = add_query(&p, in, s->query, s->nquery, e);
	add_time(&p, s, s->since, w->since_us);
	if (w->until_us != 0)
		add_time(&p, s, s->until, w->until_us);
	add(&p, s->after != NULL ? s->after : s->token, token.p, token.n);
	/* What signs the request may demand an order. */
	if (s->paging == SC_PAGING_WINDOW)
		qsort(p.v, p.n, sizeof(*p.v), by_name);
	(void)sc_buf_addf(b, "%s%s", in->vendor->base, s->path);
	put(&p, b);
	release(&p);
	if (rc == 0 && b->full)
		rc = sc_fail(e, EX_PROTOCOL, "the request is too long");
	return rc;
}

/* One parameter of the stream, unless the question has another for it. */
static int
add_own(struct params *p, const struct sc_integration *in,
    const struct question *q, struct sc_err *e)
{
	for (size_t i = 0; i < q->def->nquery; i++) {
		const struct sc_pair *own = &q->def->query[i];
		size_t j = 0;

		while (
		    j < q->nquery && strcmp(q->query[j].name, own->name) != 0)
			j++;
		if (j == q->nquery && add_query(p, in, own, 1, e) == -1)
			return -1;
	}
	return add_query(p, in, q->query, q->nquery, e);
}

static void
add_number(struct params *p, const char *name, int64_t number)
{
	char text[24];
	int n = snprintf(text, sizeof(text), "%" PRId64, number);

	add(p, name, text, (size_t)n);
}

/* The body's {since} and {until}; its other braces are JSON's. */
static void
add_body(const struct sc_stream *s, const struct window *w, struct sc_buf *body)
{
	char since[SC_TIME_BUF], until[SC_TIME_BUF];
	const struct {
		const char *name;
		const char *text;
	} words[] = {
		{ "{since}", sc_time_format(w->since_us, 6, since) },
		{ "{until}", sc_time_format(w->until_us, 6, until) },
	};

	for (const char *t = s->body; *t != '\0';) {
		size_t i = 0;

		while (i < 2 &&
		    strncmp(t, words[i].name, strlen(words[i].name)) != 0)
			i++;
		if (i < 2) {
			(void)sc_buf_adds(body, words[i].text);
			t += strlen(words[i].name);
		} else {
			(void)sc_buf_addc(body, *t++);
		}
	}
}

int
target_build_page(const struct sc_integration *in, const struct question *q,
    struct sc_buf *b, struct sc_buf *body, struct sc_err *e)
{
	const struct sc_stream *s = q->def;
	struct params p = { 0 };
	int rc;

	p.v = sc_xcalloc(s->nquery + q->nquery + 4, sizeof(*p.v));
	rc = add_own(&p, in, q, e);
	if (q->window != NULL && s->body == NULL) {
		add_time(&p, s, s->since, q->window->since_us);
		add_time(&p, s, s->until, q->window->until_us);
	} else if (q->window != NULL) {
		add_body(s, q->window, body);
	}
	add_number(&p, s->limit, s->size);
	add_number(&p, s->page, q->index);
	(void)sc_buf_addf(b, "%s%s", in->vendor->base, q->path);
	put(&p, b);
	release(&p);
	if (rc == 0 && (b->full || body->full))
		rc = sc_fail(e, EX_PROTOCOL, "the request is too long");
	return rc;
}

void
target_add_path(struct sc_buf *b, const char *path, struct sc_slice key)
{
	static const char id[] = "{id}";
	const char *at = strstr(path, id);

	(void)sc_buf_add(
	    b, path, at != NULL ? (size_t)(at - path) : strlen(path));
	if (at == NULL)
		return;
	(void)sc_url_encode(b, key.p, key.n);
	(void)sc_buf_adds(b, at + sizeof(id) - 1);
}
