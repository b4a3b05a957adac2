#include <string.h>
#include <sysexits.h>

#include "mocksrv/command.h"
#include "sc/clock.h"
#include "sc/conf.h"
#include "sc/jsonw.h"
#include "sc/timefmt.h"

struct call {
	struct mock_server *srv;
	const char *argument; /* NULL: none */
	struct sc_buf *out;
};

static int
show_status(const struct call *c, struct sc_err *e)
{
	const struct mock_server *srv = c->srv;
	const struct mock_listener *l;
	char time[SC_TIME_BUF];
	struct sc_jw w;

	(void)e;
	sc_jw_init(&w, c->out);
	sc_jw_obj(&w);
	sc_jw_kv(&w, "scenario", mock_server_scenario(srv));
	sc_jw_kv(&w, "time", sc_time_format(sc_clock_ms() * 1000, 3, time));
	sc_jw_kvi(&w, "requests", (int64_t)srv->nrequests);
	sc_jw_kvi(&w, "unmatched", (int64_t)srv->unmatched);
	sc_jw_kvi(&w, "connections", (int64_t)srv->open);
	sc_jw_key(&w, "ports");
	sc_jw_obj(&w);
	for (l = STAILQ_FIRST(&srv->listeners.list); l != NULL;
	     l = STAILQ_NEXT(l, link))
		sc_jw_kvi(&w, l->name, l->port);
	sc_jw_end(&w, '}');
	sc_jw_end(&w, '}');
	(void)sc_buf_addc(c->out, '\n');
	return 0;
}

/* Those that nobody wanted, by their place in the dataset. */
static void
put_unwanted(struct sc_jw *w, const struct mock_table *t)
{
	sc_jw_key(w, "unwanted");
	sc_jw_arr(w);
	for (size_t i = 0; i < t->data->nrecords; i++) {
		if (!t->wanted[i])
			sc_jw_int(w, (int64_t)i);
	}
	sc_jw_end(w, ']');
}

/* A line for each version of a stream's records, in their order. */
static void
show_versions(const struct mock_serve *serve, const struct mock_setting *s,
    struct sc_buf *out)
{
	const struct mock_feed *f = mock_setting_feed(s, serve->state);

	for (size_t i = 0; i < f->n; i++) {
		struct sc_jw w;

		sc_jw_init(&w, out);
		sc_jw_obj(&w);
		sc_jw_kv(&w, "account", serve->name);
		sc_jw_kv(&w, "stream", s->word);
		sc_jw_kvi(&w, "version", (int64_t)i);
		sc_jw_kvi(&w, "records",
		    (int64_t)f->versions[i].table->data->nrecords);
		sc_jw_kvi(&w, "asked", f->versions[i].asked);
		if (f->versions[i].table->wanted != NULL)
			put_unwanted(&w, f->versions[i].table);
		sc_jw_end(&w, '}');
		(void)sc_buf_addc(out, '\n');
	}
}

/* How often a replay line was asked. */
static void
show_replay(const struct mock_rule *r, struct sc_buf *out)
{
	struct sc_jw w;

	sc_jw_init(&w, out);
	sc_jw_obj(&w);
	sc_jw_kvi(&w, "line", r->line);
	sc_jw_kvi(&w, "answers", (int64_t)r->files.n);
	sc_jw_kvi(&w, "asked", r->applied);
	sc_jw_end(&w, '}');
	(void)sc_buf_addc(out, '\n');
}

static int
show_records(const struct call *c, struct sc_err *e)
{
	const struct mock_scenario *sc = c->srv->scenario;
	const struct mock_rule *r;

	(void)e;
	for (r = STAILQ_FIRST(&sc->rules); r != NULL;
	     r = STAILQ_NEXT(r, link)) {
		if (r->request != NULL)
			show_replay(r, c->out);
	}
	for (size_t i = 0; i < sc->nserves; i++) {
		const struct mock_serve *serve = &sc->serves[i];
		const struct mock_setting *s = serve->vendor->settings;

		for (; s->word != NULL; s++) {
			if (s->kind == MOCK_SET_FEED)
				show_versions(serve, s, c->out);
		}
	}
	return 0;
}

static int
show_journal(const struct call *c, struct sc_err *e)
{
	const struct mock_journal *j = &c->srv->journal;

	(void)e;
	(void)sc_buf_add(c->out, j->ring, j->used);
	return 0;
}

static int
forget(const struct call *c, struct sc_err *e)
{
	if (mock_server_load(c->srv, NULL, e) == -1)
		return -1;
	mock_journal_clear(&c->srv->journal);
	c->srv->nrequests = c->srv->unmatched = 0;
	return 0;
}

static int
calm(const struct call *c, struct sc_err *e)
{
	(void)e;
	mock_scenario_calm(c->srv->scenario);
	mock_listeners_refresh(c->srv);
	return 0;
}

static int
change_scenario(const struct call *c, struct sc_err *e)
{
	return mock_server_load(c->srv, c->argument, e);
}

static int
advance(const struct call *c, struct sc_err *e)
{
	int64_t ms;

	if (sc_duration_parse(c->argument, strlen(c->argument), &ms) == -1)
		return sc_fail(e, EX_USAGE,
		    "advance %s: expected a duration such as 10m", c->argument);
	if (sc_clock_move(ms, e) == -1)
		return -1;
	/* What the new time changes has changed when the command returns. */
	mock_listeners_refresh(c->srv);
	return 0;
}

static const struct {
	const char *name;
	const char *argument; /* what it needs; NULL: nothing */
	int (*run)(const struct call *, struct sc_err *);
} commands[] = {
	{ "status", NULL, show_status },
	{ "journal", NULL, show_journal },
	{ "records", NULL, show_records },
	{ "reset", NULL, forget },
	{ "calm", NULL, calm },
	{ "advance", "a duration", advance },
	{ "scenario", "a file", change_scenario },
};

#define NCOMMANDS (sizeof(commands) / sizeof(commands[0]))

static int
fail_unknown(const char *name, size_t n, struct sc_err *e)
{
	const char *known[NCOMMANDS];
	const char *near;
	char word[64];

	(void)snprintf(word, sizeof(word), "%.*s", (int)n, name);
	for (size_t i = 0; i < NCOMMANDS; i++)
		known[i] = commands[i].name;
	if ((near = sc_nearest(word, known, NCOMMANDS)) == NULL)
		near = "status";
	return sc_fail(e, EX_USAGE,
	    "unknown command \"%s\"; did you mean \"%s\"?", word, near);
}

int
mock_command_run(struct mock_server *srv, const char *command,
    struct sc_buf *out, struct sc_err *e)
{
	size_t n = strcspn(command, " ");
	const char *rest = command + n + strspn(command + n, " ");
	struct call c = { srv, *rest != '\0' ? rest : NULL, out };

	for (size_t i = 0; i < NCOMMANDS; i++) {
		if (strlen(commands[i].name) != n ||
		    memcmp(commands[i].name, command, n) != 0)
			continue;
		if ((commands[i].argument == NULL) == (c.argument == NULL))
			return commands[i].run(&c, e);
		return sc_fail(e, EX_USAGE, "%s takes %s", commands[i].name,
		    commands[i].argument != NULL ? commands[i].argument
						 : "no argument");
	}
	return fail_unknown(command, n, e);
}
