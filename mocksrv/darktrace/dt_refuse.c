#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "mocksrv/darktrace/dt_refuse.h"
#include "sc/jsonw.h"

void
dt_refuse(struct mock_reply *r, int status, const char *key, const char *text)
{
	struct sc_jw w;

	sc_jw_init(&w, &r->text);
	sc_jw_obj(&w);
	sc_jw_kv(&w, key, text);
	sc_jw_end(&w, '}');
	mock_reply_text(r, status, DT_JSON);
}

/* Cuts s at c; what was before it, without blanks around. */
static struct sc_slice
next_part(struct sc_slice *s, char c)
{
	const char *at = memchr(s->p, c, s->n);
	struct sc_slice part = { s->p,
		at != NULL ? (size_t)(at - s->p) : s->n };

	s->p += part.n + (at != NULL);
	s->n -= part.n + (at != NULL);
	while (part.n > 0 && part.p[0] == ' ') {
		part.p++;
		part.n--;
	}
	while (part.n > 0 && part.p[part.n - 1] == ' ')
		part.n--;
	return part;
}

/* q= of the rest of a media range, in thousandths. */
static int
quality(struct sc_slice params)
{
	while (params.n > 0) {
		struct sc_slice p = next_part(&params, ';');
		char text[8] = "";

		if (p.n < 3 || strncasecmp(p.p, "q=", 2) != 0)
			continue;
		memcpy(text, p.p + 2, p.n - 2 < 7 ? p.n - 2 : 7);
		return (int)(strtod(text, NULL) * 1000);
	}
	return 1000;
}

/* How much the client wants text/SUBTYPE; the closest range counts. */
static int
wanted(struct sc_slice accept, const char *subtype)
{
	int best = 0, closeness = 0;

	while (accept.n > 0) {
		struct sc_slice range = next_part(&accept, ',');
		struct sc_slice type = next_part(&range, ';');
		int close = 0;

		if (sc_slice_is(type, "*/*"))
			close = 1;
		else if (sc_slice_is(type, "text/*"))
			close = 2;
		else if (type.n == 5 + strlen(subtype) &&
		    strncasecmp(type.p, "text/", 5) == 0 &&
		    strncasecmp(type.p + 5, subtype, type.n - 5) == 0)
			close = 3;
		if (close > closeness) {
			closeness = close;
			best = quality(range);
		}
	}
	return best;
}

void
dt_redirect(
    struct mock_reply *r, const struct mock_http *h, const char *location)
{
	struct sc_slice accept = mock_http_header(h, "Accept");
	int text, html;

	if (accept.p == NULL || accept.n == 0)
		accept = sc_slice_of("*/*");
	text = wanted(accept, "plain");
	html = wanted(accept, "html");
	mock_reply_header(r, "Location", location);
	mock_reply_header(r, "Vary", "Accept");
	r->status = 302;
	if (text == 0 && html == 0)
		return;
	(void)sc_buf_addf(&r->text,
	    html > text ? "<p>Found. Redirecting to %s</p>"
			: "Found. Redirecting to %s",
	    location);
	mock_reply_text(r, 302,
	    html > text ? "text/html; charset=utf-8"
			: "text/plain; charset=utf-8");
}

void
dt_login_page(struct mock_reply *r)
{
	static const char page[] =
	    "<!DOCTYPE html>\n<html>\n<head>\n"
	    "<title>Log In | Darktrace</title>\n</head>\n<body>\n"
	    "<form method=\"post\" action=\"/login\">\n"
	    "<input name=\"username\">\n"
	    "<input name=\"password\" type=\"password\">\n"
	    "</form>\n</body>\n</html>\n";

	mock_reply_part(r, page, sizeof(page) - 1);
	r->status = 200;
	r->type = "text/html; charset=utf-8";
}
