#include <stdio.h>
#include <string.h>

#include "mocksrv/darktrace/dt_generate.h"

/* The shown facts of a component: "d1", "d2" ... in the order of the table. */
struct facts {
	struct sc_jw *w;
	int64_t cfid;
	size_t shown;
};

static void
put_fact(struct facts *f, const char *type, const char *value)
{
	static const char *const ids[] = { "d1", "d2", "d3", "d4", "d5", "d6",
		"d7", "d8", "d9", "d10", "d11", "d12", "d13" };

	if (value == NULL)
		return;
	sc_jw_obj(f->w);
	sc_jw_kvi(f->w, "cfid", f->cfid++);
	sc_jw_kv(f->w, "id", ids[f->shown++]);
	sc_jw_kv(f->w, "filterType", type);
	dt_open(f->w, "arguments", '{');
	sc_jw_end(f->w, '}');
	sc_jw_kv(f->w, "comparatorType", "display");
	dt_open(f->w, "trigger", '{');
	sc_jw_kv(f->w, "value", value);
	sc_jw_end(f->w, '}');
	sc_jw_end(f->w, '}');
}

/* A filter that the model asks about: "A", "B" ... */
static void
put_filter(struct facts *f, const char *id, const char *type,
    const char *comparator, const char *value)
{
	if (value == NULL)
		return;
	sc_jw_obj(f->w);
	sc_jw_kvi(f->w, "cfid", f->cfid++);
	sc_jw_kv(f->w, "id", id);
	sc_jw_kv(f->w, "filterType", type);
	dt_open(f->w, "arguments", '{');
	sc_jw_kv(f->w, "value", value);
	sc_jw_end(f->w, '}');
	sc_jw_kv(f->w, "comparatorType", comparator);
	dt_open(f->w, "trigger", '{');
	sc_jw_kv(f->w, "value", value);
	if (strcmp(type, "Tagged internal source") == 0) {
		dt_open(f->w, "tag", '{');
		sc_jw_kvi(f->w, "tid", 54);
		sc_jw_kv(f->w, "name", value);
		sc_jw_end(f->w, '}');
	}
	sc_jw_end(f->w, '}');
	sc_jw_end(f->w, '}');
}

/* {"left":"A","operator":"AND","right":"B"}; a lone filter has only left. */
static void
put_logic(const struct dt_model *m, struct sc_jw *w)
{
	dt_open(w, "logic", '{');
	dt_open(w, "data", '{');
	sc_jw_kv(w, "left", "A");
	if (m->port != 0) {
		sc_jw_kv(w, "operator", "AND");
		sc_jw_kv(w, "right", "B");
	}
	sc_jw_end(w, '}');
	sc_jw_kv(w, "version", "v0.1");
	sc_jw_end(w, '}');
}

static void
put_filters(struct dt_breach *b, struct sc_jw *w)
{
	const struct dt_model *m = b->model;
	struct facts f = { .w = w, .cfid = b->pbid * 16 };
	char port[8], up[16];

	(void)snprintf(port, sizeof(port), "%d", m->port);
	(void)snprintf(
	    up, sizeof(up), "%d", (int)mock_rng_below(&b->rng, 2000000000));
	dt_open(w, "triggeredFilters", '[');
	if (m->system) {
		put_filter(&f, "A", "System message", "contains", m->text);
	} else if (m->saas) {
		put_filter(&f, "A", "Event details", "contains", m->text);
		put_fact(&f, "Message", m->text);
	} else {
		put_filter(
		    &f, "A", "Direction", "is", m->inbound ? "in" : "out");
		put_filter(&f, "B", "Destination port", "=", port);
		if (m->compliance)
			put_filter(&f, "C", "Tagged internal source", "has tag",
			    "Internet Facing System");
		put_fact(&f, "Message", m->text);
	}
	put_fact(&f, "Connection hostname", m->host);
	put_fact(&f, "DNS host lookup", m->port == 53 ? m->host : NULL);
	put_fact(&f, "Destination IP", m->ip);
	put_fact(&f, "Protocol", m->protocol);
	put_fact(&f, "Application protocol", m->application);
	put_fact(&f, "URI", m->uri);
	put_fact(&f, "User agent", m->agent);
	if (m->port != 0 && !m->inbound) {
		put_fact(&f, "ASN", "AS64500 Example Hosting");
		put_fact(&f, "Country", "Österreich");
		put_fact(&f, "Individual size up", up);
		put_fact(&f, "Internal source device type", "6");
	}
	sc_jw_end(w, ']');
}

static void
put_component(struct dt_breach *b, int64_t time_ms, struct sc_jw *w)
{
	const struct dt_model *m = b->model;
	char ip[32];

	sc_jw_obj(w);
	sc_jw_kvi(w, "time", time_ms);
	sc_jw_kvi(w, "cbid", b->pbid + 77);
	sc_jw_kvi(w, "cid", m->pid * INT64_C(20));
	sc_jw_kvi(w, "chid", m->pid * INT64_C(31));
	sc_jw_kvi(w, "size", 1 + (int64_t)mock_rng_below(&b->rng, 40));
	sc_jw_kvi(w, "threshold", 0);
	sc_jw_kvi(w, "interval", 3600);
	put_logic(m, w);
	if (m->ip != NULL) {
		(void)snprintf(ip, sizeof(ip), "%s/32", m->ip);
		sc_jw_kv(w, "ip", ip);
	}
	if (m->port != 0)
		sc_jw_kvi(w, "port", m->port);
	dt_open(w, "metric", '{');
	sc_jw_kvi(w, "mlid", m->mlid);
	sc_jw_kv(w, "name", m->metric);
	sc_jw_kv(w, "label", m->label);
	sc_jw_end(w, '}');
	put_filters(b, w);
	sc_jw_end(w, '}');
}

void
dt_put_components(struct dt_breach *b, struct sc_jw *w)
{
	dt_open(w, "triggeredComponents", '[');
	if (mock_rng_percent(&b->rng, 2)) {
		/* What is left of one that somebody has deleted. */
		sc_jw_obj(w);
		sc_jw_end(w, '}');
	} else {
		if (mock_rng_percent(&b->rng, 25))
			put_component(b, b->time_ms - 61000, w);
		put_component(b, b->time_ms - 1000, w);
	}
	sc_jw_end(w, ']');
}
