#include "sc/json.h"
#include "sc/jsonw.h"

#include "format.h"

static void
put_text(struct sc_jw *w, const char *key, struct sc_slice text)
{
	if (text.n > 0)
		sc_jw_kvn(w, key, text);
}

void
format_full(struct sc_buf *b, const struct sc_store_row *row)
{
	const struct sc_artifact *a = &row->a;
	struct sc_jw w;

	sc_jw_init(&w, b);
	sc_jw_obj(&w);
	sc_jw_kvi(&w, "pos", row->pos);
	put_text(&w, "id", a->id);
	put_text(&w, "key", a->key);
	put_text(&w, "rev", a->rev);
	put_text(&w, "rendition", a->rendition);
	put_text(&w, "vendor", a->vendor);
	put_text(&w, "integration", a->integration);
	put_text(&w, "stream", a->stream);
	put_text(&w, "realm", a->realm);
	put_text(&w, "tenant", a->tenant);
	if (a->event_ms != 0)
		sc_jw_kvms(&w, "event", a->event_ms);
	sc_jw_kvms(&w, "arrival", row->arrival_ms);
	if (a->ctx.n > 0)
		sc_jw_kvraw(&w, "ctx", a->ctx);
	sc_jw_kvraw(&w, "artifact", a->artifact);
	sc_jw_end(&w, '}');
}

static void
new_line(struct sc_buf *b, size_t depth)
{
	(void)sc_buf_addc(b, '\n');
	for (size_t i = 0; i < depth; i++)
		(void)sc_buf_adds(b, "  ");
}

void
format_pretty(struct sc_buf *b, struct sc_slice json)
{
	struct sc_json_lex lex = { json.p, json.p + json.n };
	struct sc_json_val v = { 0 };
	size_t depth = 0;
	int t, before = 'k'; /* the first value needs no line of its own */

	for (; (t = sc_json_token(&lex, &v)) != 0; before = t) {
		bool closes = t == '}' || t == ']';
		bool opened = before == '{' || before == '[';

		depth -= closes;
		if (!closes && !opened && before != 'k')
			(void)sc_buf_addc(b, ',');
		/* Empty brackets stay together. */
		if (before != 'k' && !(closes && opened))
			new_line(b, depth);
		if (t == 'k' || t == 'v')
			(void)sc_buf_add(b, v.raw.p, v.raw.n);
		else
			(void)sc_buf_addc(b, (char)t);
		if (t == 'k')
			(void)sc_buf_adds(b, ": ");
		depth += t == '{' || t == '[';
	}
	(void)sc_buf_addc(b, '\n');
}
