/* Streams with numbered pages, and their children: what vendor.yaml may say. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sysexits.h>

#include <cmocka.h>

#include "sc/mem.h"
#include "sc/vendor.h"

#include "t/unit/tmpdir.h"

static const char head[] =
    "title: Small\n"
    "origin: https://{region}.example.com\n"
    "base: ''\n"
    "auth: { header: X-Api-Key, value: '{key}' }\n"
    "settings:\n"
    "  region: { label: Region, help: Where }\n"
    "  key: { label: Key, help: What, kind: secret, required: yes }\n"
    "streams:\n";

static const char cases[] =
    "  cases: { noun: cases, path: /cases, paging: page, since: from,\n"
    "    until: to, page: index, limit: size, size: 50, total: meta.total,\n"
    "    items: data, id: id, time: at, one: '/cases/{id}',\n"
    "    revision: content, remember: state, settle: 5s, overlap: 5m,\n"
    "    revisit: { back: 90d, changed: touched, every: 12, open: [NEW],\n"
    "      query: { sort: x } },\n"
    "    interval: 5m, start: 24h, retention: 90d }\n";

static const char notes[] =
    "  notes: { noun: notes, path: '/cases/{id}/notes', paging: children,\n"
    "    of: cases, as: case, changed: [touched, n], page: index,\n"
    "    limit: size, size: 20, items: data, id: id, time: at,\n"
    "    optional: yes, degrade: [403, 404], headers: { X-Preview: a b },\n"
    "    interval: 5m, retention: 90d }\n";

/* Loads the streams with `to` in the place of `from`; NULL: as they are. */
static struct sc_vendor *
load(const char *from, const char *to, struct sc_err *e)
{
	char *text = sc_xasprintf("%s%s%s", head, cases, notes), *edited;
	const char *at = from != NULL ? strstr(text, from) : text;
	struct sc_vendor *v;

	assert_non_null(at);
	edited = sc_xasprintf("%.*s%s%s", (int)(at - text), text,
	    to != NULL ? to : "", at + (from != NULL ? strlen(from) : 0));
	(void)tmpdir_write("v/small/vendor.yaml", edited, 0644);
	free(edited);
	free(text);
	*e = (struct sc_err){ 0 };
	v = sc_vendor_load("/nonexistent", "small", e);
	return v;
}

static int
setup(void **state)
{
	if (tmpdir_make(state) == -1)
		return -1;
	return setenv("SC_VENDORS", tmpdir_path("v"), 1);
}

static void
all_keys_are_read(void **state)
{
	const struct sc_stream *s;
	struct sc_err e;
	struct sc_vendor *v = load(NULL, NULL, &e);

	(void)state;
	assert_string_equal(e.msg, "");
	s = sc_vendor_stream(v, "cases");
	assert_int_equal(s->paging, SC_PAGING_PAGE);
	assert_string_equal(s->page, "index");
	assert_string_equal(s->limit, "size");
	assert_int_equal(s->size, 50);
	assert_string_equal(s->total, "meta.total");
	assert_int_equal(s->settle_ms, 5000);
	assert_string_equal(s->remember, "state");
	assert_int_equal(s->revisit.back_ms, INT64_C(90) * 86400000);
	assert_int_equal(s->revisit.every, 12);
	assert_int_equal(s->revisit.nopen, 1);
	assert_int_equal(s->revisit.nquery, 1);
	assert_false(s->optional);
	sc_vendor_free(v);
}

static void
children_have_their_parents_window(void **state)
{
	const struct sc_stream *s;
	struct sc_err e;
	struct sc_vendor *v = load(NULL, NULL, &e);

	(void)state;
	s = sc_vendor_stream(v, "notes");
	assert_ptr_equal(s->parent, sc_vendor_stream(v, "cases"));
	assert_int_equal(s->start_ms, 86400000);
	assert_int_equal(s->overlap_ms, 300000);
	assert_int_equal(s->settle_ms, 5000);
	assert_int_equal(s->nchanged, 2);
	assert_true(s->optional);
	assert_int_equal(s->ndegrade, 2);
	assert_string_equal(s->headers[0].value, "a b");
	sc_vendor_free(v);
}

static const struct {
	const char *from, *to, *message;
} errors[] = {
	{ "since: from,", "", "\"since\" is missing" },
	{ "until: to,", "", "\"until\" is missing" },
	{ "page: index, limit: size, size: 50,", "limit: size, size: 50,",
	    "\"page\" is missing" },
	{ "size: 50", "size: 0",
	    "\"size\" must be a whole number from 1 to 100000, not \"0\"" },
	{ "remember: state, ", "", "\"remember\" is missing" },
	{ "one: '/cases/{id}',", "", "\"one\" is missing" },
	{ "settle: 5s", "slice: 1h", "\"slice\" has no place in paging: page" },
	{ "sort: x", "sort: '{key}'",
	    "{key} is a secret and has no place in an address" },
	{ "back: 90d, ", "", "\"back\" is missing" },
	{ "every: 12", "every: 0",
	    "\"every\" must be a whole number from 1 to 10000, not \"0\"" },
	{ "of: cases", "of: case", "\"case\" is no stream with paging: page" },
	{ "of: cases, ", "", "\"of\" is missing" },
	{ "changed: [touched, n], ", "", "\"changed\" is missing" },
	{ "changed: [touched, n]", "changed: [a..b]",
	    "JSON path \"a..b\": empty name" },
	{ "as: case,", "as: case, since: x,",
	    "\"since\" has no place in paging: children" },
	{ "[403, 404]", "[200]", "\"200\" is no status of a refusal" },
	{ "[403, 404]", "[4O3]", "\"4O3\" is no status of a refusal" },
	{ "X-Preview: a b", "'X:': b",
	    "the name of a header must be the name of a header" },
};

static void
bad_files_are_refused(void **state)
{
	struct sc_err e;

	(void)state;
	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		assert_null(load(errors[i].from, errors[i].to, &e));
		if (strstr(e.msg, errors[i].message) == NULL)
			assert_string_equal(e.msg, errors[i].message);
		assert_non_null(strstr(e.msg, "vendor.yaml:"));
		assert_int_equal(e.code, EX_CONFIG);
	}
}

static void
a_question_with_a_body_needs_no_parameters_for_times(void **state)
{
	struct sc_err e;
	struct sc_vendor *v = load(
	    "since: from,\n    until: to,", "body: '{\"a\":\"{since}\"}',", &e);

	(void)state;
	assert_string_equal(e.msg, "");
	assert_string_equal(
	    sc_vendor_stream(v, "cases")->body, "{\"a\":\"{since}\"}");
	sc_vendor_free(v);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_keys_are_read),
		cmocka_unit_test(children_have_their_parents_window),
		cmocka_unit_test(bad_files_are_refused),
		cmocka_unit_test(
		    a_question_with_a_body_needs_no_parameters_for_times),
	};

	return cmocka_run_group_tests(tests, setup, tmpdir_remove);
}
