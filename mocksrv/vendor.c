#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "mocksrv/darktrace/dt_appliance.h"
#include "mocksrv/deepinstinct/di_server.h"
#include "mocksrv/plain/pl_api.h"
#include "mocksrv/rapid7/r7_console.h"
#include "mocksrv/sentinelone/s1_console.h"
#include "mocksrv/sinks/sink.h"
#include "mocksrv/vendor.h"
#include "sc/mem.h"

/* The webhook may own any path, so it comes last. */
const struct mock_vendor *const mock_vendors[] = {
	&mock_darktrace,
	&mock_deep_instinct,
	&mock_rapid7,
	&mock_sentinelone,
	&mock_plain,
	&mock_opensearch,
	&mock_splunk_hec,
	&mock_witfoo_analytics,
	&mock_webhook,
	NULL,
};

const struct mock_vendor *
mock_vendor_find(const char *name)
{
	for (size_t i = 0; mock_vendors[i] != NULL; i++) {
		if (strcmp(mock_vendors[i]->name, name) == 0)
			return mock_vendors[i];
	}
	return NULL;
}

/* "sentinelone.threats, .agents; deep-instinct.events, .devices" */
static void
list_generators(struct sc_buf *b)
{
	for (size_t i = 0; mock_vendors[i] != NULL; i++) {
		const struct mock_generator *g = mock_vendors[i]->generators;
		const char *between = b->len > 0 ? "; " : "";
		const char *vendor = mock_vendors[i]->name;

		for (; g->name != NULL; g++) {
			(void)sc_buf_addf(
			    b, "%s%s.%s", between, vendor, g->name);
			between = ", ";
			vendor = "";
		}
	}
}

static int
fail_generator(const char *name, struct sc_err *e)
{
	struct sc_buf all;
	int rc;

	sc_buf_init(&all, sizeof(e->msg));
	list_generators(&all);
	rc = sc_fail(e, EX_USAGE,
	    "nothing is known to generate for \"%s\"; there are: %s", name,
	    sc_buf_str(&all));
	sc_buf_fini(&all);
	return rc;
}

const struct mock_generator *
mock_generator_find(const char *name, struct sc_err *e)
{
	for (size_t i = 0; mock_vendors[i] != NULL; i++) {
		const struct mock_generator *g = mock_vendors[i]->generators;
		size_t n = strlen(mock_vendors[i]->name);

		if (strncmp(mock_vendors[i]->name, name, n) != 0 ||
		    name[n] != '.')
			continue;
		for (; g->name != NULL; g++) {
			if (strcmp(g->name, name + n + 1) == 0)
				return g;
		}
	}
	(void)fail_generator(name, e);
	return NULL;
}

static int
read_words(const struct mock_vendor *v, void *state,
    const struct mock_when *when, const struct mock_line *l,
    const struct mock_source *src, struct sc_err *e)
{
	const struct mock_setting_source from = { v->settings, v->generators,
		src, when };

	/* Behind "serve VENDOR" or "at WHEN NAME". */
	for (size_t i = when == NULL ? 2 : 3; i < l->n; i++) {
		if (mock_setting_read(&from, state, l, &l->words[i], e) == -1)
			return -1;
	}
	return 0;
}

void *
mock_vendor_open(const struct mock_vendor *v, const struct mock_line *l,
    const struct mock_source *src, struct sc_err *e)
{
	void *state = sc_xcalloc(1, v->size);

	if (v->init != NULL)
		v->init(state, src);
	if (read_words(v, state, NULL, l, src, e) == 0 &&
	    (v->ready == NULL || v->ready(state, l, src, e) == 0))
		return state;
	mock_vendor_close(v, state);
	return NULL;
}

int
mock_vendor_change(const struct mock_vendor *v, void *state,
    const struct mock_when *when, const struct mock_line *l,
    const struct mock_source *src, struct sc_err *e)
{
	return read_words(v, state, when, l, src, e);
}

void
mock_vendor_close(const struct mock_vendor *v, void *state)
{
	if (v->fini != NULL)
		v->fini(state);
	mock_setting_fini(v->settings, state);
	free(state);
}
