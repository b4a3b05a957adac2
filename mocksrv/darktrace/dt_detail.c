#include <string.h>

#include "mocksrv/darktrace/dt_generate.h"

/*
 * What the analyst writes: as plain text with lists of facts, or, on newer
 * appliances that are not told a language, as text with holes and what to
 * fill them with, and facts in blocks.
 */
struct sentence {
	const char *device, *place;
};

static struct sentence
words_of(const struct dt_event *e)
{
	const struct dt_breach *b = &e->related[0];
	struct sentence s = { "10.20.0.99", "203.0.113.77" };

	if (e->nrelated == 0)
		return s;
	if (b->device.hostname[0] != '\0')
		s.device = b->device.hostname;
	else if (b->device.ip[0] != '\0')
		s.device = b->device.ip;
	if (b->model->host != NULL && *b->model->host != '\0')
		s.place = b->model->host;
	else if (b->model->ip != NULL)
		s.place = b->model->ip;
	return s;
}

static const char advice[] =
    "\n\nIf this is not expected the security team may wish to look closer.";

static void
put_replacement(const char *type, const char *value, struct sc_jw *w)
{
	sc_jw_obj(w);
	sc_jw_kv(w, "valueType", type);
	sc_jw_kv(w, "value", value);
	sc_jw_end(w, '}');
}

static void
put_structured_summary(
    const struct dt_event *e, const struct sentence *s, struct sc_jw *w)
{
	dt_open(w, "summary", '{');
	sc_jw_kv(w, "valueType", "formatString");
	sc_jw_kv(w, "value", "{}\n\nThis was unusual for it.");
	dt_open(w, "replacements", '[');
	sc_jw_obj(w);
	sc_jw_kv(w, "valueType", "formatString");
	sc_jw_kv(w, "value", e->story->text);
	dt_open(w, "replacements", '[');
	put_replacement("string", s->device, w);
	put_replacement("string", s->place, w);
	sc_jw_end(w, ']');
	sc_jw_end(w, '}');
	sc_jw_end(w, ']');
	sc_jw_end(w, '}');
}

void
dt_put_summary(const struct dt_event *e, struct sc_jw *w)
{
	struct sentence s = words_of(e);
	const char *fill[] = { s.device, s.place };
	const char *p = e->story->text;
	struct sc_buf b;
	size_t n = 0;

	if (e->structured) {
		put_structured_summary(e, &s, w);
		return;
	}
	sc_buf_init(&b, 1024);
	for (; *p != '\0'; p++) {
		if (p[0] == '{' && p[1] == '}' && n < 2) {
			(void)sc_buf_adds(&b, fill[n++]);
			p++;
		} else {
			(void)sc_buf_addc(&b, *p);
		}
	}
	(void)sc_buf_adds(&b, advice);
	sc_jw_kvn(w, "summary", (struct sc_slice){ b.p, b.len });
	sc_buf_fini(&b);
}

/* {"key":KEY,"type":TYPE,"values":[ and the ends of it. */
static void
open_fact(struct sc_jw *w, const char *key, const char *type)
{
	sc_jw_obj(w);
	sc_jw_key(w, "key");
	sc_jw_str(w, key);
	sc_jw_kv(w, "type", type);
	dt_open(w, "values", '[');
}

static void
close_fact(struct sc_jw *w)
{
	sc_jw_end(w, ']');
	sc_jw_end(w, '}');
}

static void
put_text_fact(struct sc_jw *w, const char *key, const char *value)
{
	if (value == NULL || *value == '\0')
		return;
	open_fact(w, key, "string");
	sc_jw_str(w, value);
	close_fact(w);
}

static void
put_number_fact(struct sc_jw *w, const char *key, const char *type, int64_t n)
{
	open_fact(w, key, type);
	sc_jw_int(w, n);
	close_fact(w);
}

static void
put_range(struct sc_jw *w, int64_t start, int64_t end)
{
	sc_jw_obj(w);
	sc_jw_kvi(w, "start", start);
	sc_jw_kvi(w, "end", end);
	sc_jw_end(w, '}');
}

static void
open_section(struct sc_jw *w, const char *header)
{
	sc_jw_arr(w);
	sc_jw_obj(w);
	sc_jw_kv(w, "header", header);
	dt_open(w, "contents", '[');
}

static void
close_section(struct sc_jw *w)
{
	sc_jw_end(w, ']');
	sc_jw_end(w, '}');
	sc_jw_end(w, ']');
}

static void
put_transfer(struct dt_event *e, struct sc_jw *w)
{
	open_section(w, "Transfer Details");
	open_fact(w, "Time", "timestampRange");
	put_range(w, e->start_ms, e->end_ms);
	close_fact(w);
	put_number_fact(w, "First seen", "timestamp", e->start_ms);
	if (e->nrelated > 0) {
		open_fact(w, "Source device", "device");
		dt_put_named_device(&e->related[0], w);
		close_fact(w);
		put_text_fact(w, "Username observed prior to activity",
		    e->related[0].device.kind == DT_SERVER ? "svc_backup"
							   : "jane.doe");
	}
	put_number_fact(w, "Uploaded", "dataVolume",
	    (int64_t)mock_rng_below(&e->rng, 2000000000));
	put_number_fact(w, "Downloaded", "dataVolume", 0);
	put_text_fact(w, NULL, "The device does not usually do this");
	close_section(w);
}

static void
put_endpoint(struct dt_event *e, struct sc_jw *w)
{
	const struct dt_model *m = e->related[0].model;

	open_section(w, "Endpoint Details");
	put_text_fact(w, "Endpoint", m->host);
	open_fact(w, "Endpoint rarity", "percentageRange");
	put_range(w, 95, 100);
	close_fact(w);
	put_number_fact(w, "Hostname rarity", "percentage", 100);
	if (m->ip != NULL) {
		open_fact(w, "Most recent destination IP", "externalHost");
		sc_jw_obj(w);
		sc_jw_kv(w, "hostname", m->ip);
		sc_jw_kv(w, "ip", m->ip);
		sc_jw_end(w, '}');
		close_fact(w);
	}
	put_text_fact(w, "URI", m->uri);
	put_text_fact(w, "User agent", m->agent);
	put_text_fact(w, "Filename", m->text);
	if (m->port != 0) {
		put_text_fact(
		    w, "Transport protocol", m->port == 53 ? "UDP" : "TCP");
		put_number_fact(w, "Destination port", "integer", m->port);
		open_fact(w, "Destination ports", "integerRange");
		put_range(w, m->port, m->port + 2);
		close_fact(w);
	}
	close_section(w);
}

/* {"detailKey":..,"valueType":..,"detailValues":[TEXT]} */
static void
put_bullet(struct sc_jw *w, const char *key, const char *value)
{
	if (value == NULL)
		return;
	sc_jw_obj(w);
	sc_jw_kv(w, "detailKey", key);
	sc_jw_kv(w, "valueType", "string");
	dt_open(w, "detailValues", '[');
	sc_jw_str(w, value);
	sc_jw_end(w, ']');
	sc_jw_end(w, '}');
}

static void
put_blocks(struct dt_event *e, struct sc_jw *w)
{
	struct sentence s = words_of(e);

	sc_jw_obj(w);
	sc_jw_kv(w, "blockType", e->nrelated > 1 ? "grouped" : "single");
	dt_open(w, "blocks", '[');
	sc_jw_obj(w);
	sc_jw_kv(w, "blockHeader", "Activity Details");
	dt_open(w, "bulletBlocks", '[');
	sc_jw_arr(w);
	sc_jw_obj(w);
	sc_jw_kv(w, "detailKey", "Time");
	sc_jw_kv(w, "valueType", "timeRange");
	dt_open(w, "detailValues", '[');
	put_range(w, e->start_ms, e->end_ms);
	sc_jw_end(w, ']');
	sc_jw_end(w, '}');
	put_bullet(w, "Source device", s.device);
	put_bullet(w, "Source IP", s.place);
	sc_jw_end(w, ']');
	sc_jw_end(w, ']');
	sc_jw_end(w, '}');
	sc_jw_end(w, ']');
	sc_jw_end(w, '}');
}

void
dt_put_details(struct dt_event *e, struct sc_jw *w)
{
	dt_open(w, "details", '[');
	if (e->structured) {
		put_blocks(e, w);
	} else {
		put_transfer(e, w);
		if (e->nrelated > 0)
			put_endpoint(e, w);
	}
	sc_jw_end(w, ']');
	if (!e->structured)
		return;
	dt_open(w, "explanations", '[');
	sc_jw_end(w, ']');
	dt_open(w, "figures", '[');
	sc_jw_end(w, ']');
}
