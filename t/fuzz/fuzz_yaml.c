/*
 * Configuration files: whatever the bytes, the reader ends, releases all that
 * it took, says where a fault is, and finds values inside the text only.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "sc/vendor.h"
#include "sc/yaml.h"

struct item {
	char *name;
	char *text;
	int64_t number;
	struct item *items;
	size_t nitems;
};

struct thing {
	struct item in;
	char *word;
	int colour;
	bool enabled;
	int64_t interval;
	struct item *seq;
	size_t nseq;
	struct item *dict;
	size_t ndict;
	struct sc_pair *pairs;
	size_t npairs;
	char **list;
	size_t nlist;
};

static const char *const colours[] = { "red", "green", NULL };

static const struct sc_yaml_schema item_schema;

static const struct sc_yaml_field item_fields[] = {
	{ .key = "text",
	    .kind = SC_YAML_TEXT,
	    .flags = SC_YAML_LINES,
	    .at = offsetof(struct item, text) },
	{ .key = "number",
	    .kind = SC_YAML_INT,
	    .at = offsetof(struct item, number),
	    .min = -10,
	    .max = 10 },
	{ .key = "items",
	    .kind = SC_YAML_DICT,
	    .at = offsetof(struct item, items),
	    .count = offsetof(struct item, nitems),
	    .sub = &item_schema },
};
static const struct sc_yaml_schema item_schema = { .fields = item_fields,
	.nfields = 3,
	.size = sizeof(struct item),
	.name = offsetof(struct item, name) };

#define AT(m) .at = offsetof(struct thing, m)
static const struct sc_yaml_field thing_fields[] = {
	{ .key = "in", .kind = SC_YAML_MAP, AT(in), .sub = &item_schema },
	{ .key = "word", .kind = SC_YAML_WORD, AT(word), .words = colours },
	{ .key = "colour", .kind = SC_YAML_ENUM, AT(colour), .words = colours },
	{ .key = "enabled", .kind = SC_YAML_BOOL, AT(enabled) },
	{ .key = "interval",
	    .kind = SC_YAML_DURATION,
	    AT(interval),
	    .max = 86400000 },
	{ .key = "seq",
	    .kind = SC_YAML_SEQ,
	    AT(seq),
	    .count = offsetof(struct thing, nseq),
	    .sub = &item_schema },
	{ .key = "dict",
	    .kind = SC_YAML_DICT,
	    AT(dict),
	    .count = offsetof(struct thing, ndict),
	    .sub = &item_schema },
	{ .key = "pairs",
	    .kind = SC_YAML_PAIRS,
	    AT(pairs),
	    .count = offsetof(struct thing, npairs) },
	{ .key = "list",
	    .kind = SC_YAML_LIST,
	    AT(list),
	    .count = offsetof(struct thing, nlist) },
};
static const struct sc_yaml_schema strict = { .fields = thing_fields,
	.nfields = sizeof(thing_fields) / sizeof(thing_fields[0]) };
static const struct sc_yaml_schema open = { .fields = thing_fields,
	.nfields = 4,
	.open = true };

static void
try_parse(const struct sc_yaml_schema *s, struct sc_slice text)
{
	struct thing t = { 0 };
	struct sc_err e = { 0 };

	if (sc_yaml_parse("f", text, s, &t, &e) == 0)
		sc_yaml_release(s, &t);
	else if (e.code == 0 || e.msg[0] != 'f')
		abort();
	if (t.in.text != NULL || t.seq != NULL || t.dict != NULL ||
	    t.pairs != NULL || t.list != NULL || t.word != NULL)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static const char *const keys[] = { "enabled", "in.items.a.text", "seq",
		"" };
	struct sc_slice text = { .p = (const char *)p, .n = n };

	try_parse(&strict, text);
	try_parse(&open, text);
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		struct sc_yaml_span at;

		if (sc_yaml_find(text, keys[i], &at) &&
		    (at.from > at.to || at.to > n || at.line == 0))
			abort();
	}
	return 0;
}
