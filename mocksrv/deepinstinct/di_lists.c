#include "mocksrv/deepinstinct/di_fleet.h"
#include "mocksrv/deepinstinct/di_server.h"
#include "sc/jsonw.h"

static void
put_msp(const struct di_call *c, const struct di_msp *m, struct sc_jw *w)
{
	if (c->server->tenancy == DI_TENANCY_SINGLE)
		return;
	sc_jw_kv(w, "msp_name", m->name);
	sc_jw_kvi(w, "msp_id", m->id);
}

static void
put_group(const struct di_call *c, const struct di_group *g, struct sc_jw *w)
{
	sc_jw_obj(w);
	sc_jw_kv(w, "name", g->name);
	sc_jw_kv(w, "os", di_os_name(g->os));
	sc_jw_kvi(w, "policy_id", g->policy_id);
	sc_jw_kvi(w, "id", g->id);
	sc_jw_key(w, "is_default_group");
	sc_jw_bool(w, g->is_default);
	put_msp(c, g->msp, w);
	sc_jw_end(w, '}');
}

static void
put_policy(const struct di_call *c, const struct di_group *g, struct sc_jw *w)
{
	sc_jw_obj(w);
	sc_jw_kvi(w, "id", g->policy_id);
	sc_jw_kv(w, "os", di_os_name(g->os));
	sc_jw_kv(w, "name", g->policy);
	sc_jw_key(w, "is_default_policy");
	sc_jw_bool(w, g->is_default);
	put_msp(c, g->msp, w);
	sc_jw_end(w, '}');
}

/* Single-tenant servers have what here belongs to the first one. */
static bool
is_visible(const struct di_call *c, const struct di_msp *m)
{
	const struct di_server *s = c->server;

	if (s->tenancy == DI_TENANCY_SINGLE)
		return m == &di_msps[0];
	return s->msp == 0 || m->id == s->msp;
}

static void
answer_each(const struct di_call *c,
    void (*put)(
	const struct di_call *, const struct di_group *, struct sc_jw *))
{
	const struct di_number none = { 0 };
	struct di_group g;
	struct sc_jw w;

	if (di_read_numbers(c, &none) == -1)
		return;
	sc_jw_init(&w, &c->reply->text);
	sc_jw_arr(&w);
	for (unsigned i = 0; i < DI_GROUPS; i++) {
		di_group_make(&g, i);
		if (is_visible(c, g.msp))
			put(c, &g, &w);
	}
	sc_jw_end(&w, ']');
	mock_reply_text(c->reply, 200, "application/json");
}

void
di_answer_groups(const struct di_call *c)
{
	answer_each(c, put_group);
}

void
di_answer_policies(const struct di_call *c)
{
	answer_each(c, put_policy);
}

void
di_answer_policy_data(const struct di_call *c)
{
	static const char data[] =
	    "{\"data\":{\"prevention_level\":\"MODERATE\","
	    "\"detection_level\":\"HIGH\",\"upload_files\":false}}";
	struct di_group g;

	for (unsigned i = 0; i < DI_GROUPS; i++) {
		di_group_make(&g, i);
		if (g.policy_id != c->id)
			continue;
		if (!is_visible(c, g.msp)) {
			di_server_error(c->reply, 403);
			return;
		}
		(void)sc_buf_adds(&c->reply->text, data);
		mock_reply_text(c->reply, 200, "application/json");
		return;
	}
	di_server_error(c->reply, 404);
}

void
di_answer_msps(const struct di_call *c)
{
	struct sc_jw w;

	/* The others are nobody's business. */
	if (c->server->msp != 0) {
		di_server_error(c->reply, 403);
		return;
	}
	sc_jw_init(&w, &c->reply->text);
	sc_jw_obj(&w);
	sc_jw_key(&w, "msps");
	sc_jw_arr(&w);
	for (unsigned i = 0; i < DI_MSPS; i++) {
		sc_jw_obj(&w);
		sc_jw_kvi(&w, "id", di_msps[i].id);
		sc_jw_kv(&w, "name", di_msps[i].name);
		sc_jw_end(&w, '}');
	}
	sc_jw_end(&w, ']');
	sc_jw_end(&w, '}');
	mock_reply_text(c->reply, 200, "application/json");
}

void
di_answer_tenants(const struct di_call *c)
{
	struct sc_jw w;

	sc_jw_init(&w, &c->reply->text);
	sc_jw_obj(&w);
	sc_jw_key(&w, "tenants");
	sc_jw_arr(&w);
	for (unsigned i = 0; i < DI_TENANTS; i++) {
		const struct di_tenant *t = &di_tenants[i];

		if (!is_visible(c, t->msp))
			continue;
		sc_jw_obj(&w);
		sc_jw_kvi(&w, "id", t->id);
		sc_jw_kv(&w, "name", t->name);
		put_msp(c, t->msp, &w);
		sc_jw_end(&w, '}');
	}
	sc_jw_end(&w, ']');
	sc_jw_end(&w, '}');
	mock_reply_text(c->reply, 200, "application/json");
}
