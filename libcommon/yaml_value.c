#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "sc/conf.h"
#include "sc/mem.h"
#include "sc/timefmt.h"
#include "sc/yaml.h"

/* Values go into messages cut, with control bytes replaced. */
#define SHOWN 48

static const char *
shown(const char *text, char out[SHOWN])
{
	size_t n = strlcpy(out, text, SHOWN);

	if (n >= SHOWN)
		(void)strlcpy(out + SHOWN - 4, "...", 4);
	for (char *p = out; *p != '\0'; p++) {
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			*p = '?';
	}
	return out;
}

static const char *
bad_byte(const char *p, size_t n, unsigned flags)
{
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)p[i];

		if ((flags & SC_YAML_LINES) && (c == '\n' || c == '\t'))
			continue;
		if (c == '\n')
			return "must be a single line";
		if (c < 0x20 || c == 0x7f)
			return "holds a control byte";
	}
	return NULL;
}

/* The text itself is never shown: it may be a secret. */
static int
set_text(
    const struct sc_yaml_field *f, const char *text, void *to, struct sc_err *e)
{
	const char *why = f->check != NULL ? f->check(text) : NULL;

	if (f->max > 0 && strlen(text) > (size_t)f->max)
		return sc_fail(e, EX_CONFIG, "\"%s\" is longer than %lld bytes",
		    f->key, (long long)f->max);
	if (why != NULL)
		return sc_fail(e, EX_CONFIG, "\"%s\" %s", f->key, why);
	*(char **)to = sc_xstrdup(text);
	return 0;
}

static int
not_a_word(
    const struct sc_yaml_field *f, const char *text, size_t n, struct sc_err *e)
{
	const char *near = sc_nearest(text, f->words, n);
	char show[SHOWN];
	struct sc_buf all;

	if (near != NULL)
		return sc_fail(e, EX_CONFIG,
		    "\"%s\" cannot be \"%s\"; did you mean \"%s\"?", f->key,
		    shown(text, show), near);
	sc_buf_init(&all, sizeof(e->msg) / 2);
	for (size_t i = 0; i < n; i++)
		(void)sc_buf_addf(&all, "%s%s", i > 0 ? ", " : "", f->words[i]);
	(void)sc_fail(e, EX_CONFIG, "\"%s\" cannot be \"%s\"; it is one of %s",
	    f->key, shown(text, show), sc_buf_str(&all));
	sc_buf_fini(&all);
	return -1;
}

/* Index of the text in the field's words, -1 with a message. */
static int
find_word(const struct sc_yaml_field *f, const char *text, struct sc_err *e)
{
	int i = 0;

	for (; f->words[i] != NULL; i++) {
		if (strcmp(f->words[i], text) == 0)
			return i;
	}
	return not_a_word(f, text, (size_t)i, e);
}

static int
set_word(
    const struct sc_yaml_field *f, const char *text, void *to, struct sc_err *e)
{
	int i = find_word(f, text, e);

	if (i == -1)
		return -1;
	if (f->kind == SC_YAML_ENUM)
		memcpy(to, &i, sizeof(i));
	else
		*(char **)to = sc_xstrdup(text);
	return 0;
}

static int
set_bool(
    const struct sc_yaml_field *f, const char *text, void *to, struct sc_err *e)
{
	static const char *const words[] = { "no", "yes", "false", "true",
		NULL };
	const struct sc_yaml_field word = { .key = f->key, .words = words };
	int i = find_word(&word, text, e);

	if (i == -1)
		return -1;
	*(bool *)to = i % 2 == 1;
	return 0;
}

static int
set_int(
    const struct sc_yaml_field *f, const char *text, void *to, struct sc_err *e)
{
	const char *why;
	long long v = strtonum(text, f->min, f->max, &why);
	char show[SHOWN];

	if (why != NULL)
		return sc_fail(e, EX_CONFIG,
		    "\"%s\" must be a whole number from %lld to %lld, "
		    "not \"%s\"",
		    f->key, (long long)f->min, (long long)f->max,
		    shown(text, show));
	*(int64_t *)to = v;
	return 0;
}

static int
set_duration(
    const struct sc_yaml_field *f, const char *text, void *to, struct sc_err *e)
{
	char least[SC_TIME_BUF], most[SC_TIME_BUF], show[SHOWN];
	const char *why;
	int64_t ms = strtonum(text, 0, INT_MAX, &why) * INT64_C(60000);

	if (why != NULL && sc_duration_parse(text, strlen(text), &ms) == -1)
		return sc_fail(e, EX_CONFIG,
		    "\"%s\" must be a duration such as 90s, 5m or 1h30m, "
		    "not \"%s\"",
		    f->key, shown(text, show));
	if (ms < f->min || ms > f->max)
		return sc_fail(e, EX_CONFIG,
		    "\"%s\" must be from %s to %s, not \"%s\"", f->key,
		    sc_duration_format(f->min, least),
		    sc_duration_format(f->max, most), shown(text, show));
	*(int64_t *)to = ms;
	return 0;
}

int
sc_yaml_scalar(const struct sc_yaml_field *f, struct sc_slice text, void *to,
    struct sc_err *e)
{
	const char *why = bad_byte(text.p, text.n, f->flags);
	char *copy;
	int rc;

	if (why != NULL)
		return sc_fail(e, EX_CONFIG, "\"%s\" %s", f->key, why);
	if (text.n == 0 && (f->flags & SC_YAML_EMPTY) == 0)
		return sc_fail(e, EX_CONFIG, "\"%s\" has no value", f->key);
	copy = sc_xstrndup(text.p, text.n);
	switch ((int)f->kind) {
	case SC_YAML_WORD:
	case SC_YAML_ENUM:
		rc = set_word(f, copy, to, e);
		break;
	case SC_YAML_INT:
		rc = set_int(f, copy, to, e);
		break;
	case SC_YAML_BOOL:
		rc = set_bool(f, copy, to, e);
		break;
	case SC_YAML_DURATION:
		rc = set_duration(f, copy, to, e);
		break;
	default:
		rc = set_text(f, copy, to, e);
		break;
	}
	freezero(copy, text.n);
	return rc;
}

/* A literal secret may be among the texts. */
static void
release_text(char **text)
{
	freezero(*text, *text != NULL ? strlen(*text) : 0);
	*text = NULL;
}

static void
release_items(const struct sc_yaml_field *f, void *out)
{
	char **items = (char **)((char *)out + f->at);
	size_t *n = (size_t *)((char *)out + f->count);

	for (size_t i = 0; i < *n; i++) {
		if (f->kind == SC_YAML_LIST) {
			release_text((char **)*items + i);
		} else if (f->kind == SC_YAML_PAIRS) {
			struct sc_pair *pair = (struct sc_pair *)*items + i;

			release_text(&pair->name);
			release_text(&pair->value);
		} else {
			char *item = *items + i * f->sub->size;

			if (f->kind == SC_YAML_DICT)
				release_text((char **)(item + f->sub->name));
			sc_yaml_release(f->sub, item);
		}
	}
	free(*items);
	*items = NULL;
	*n = 0;
}

void
sc_yaml_release(const struct sc_yaml_schema *s, void *out)
{
	for (size_t i = 0; i < s->nfields; i++) {
		const struct sc_yaml_field *f = &s->fields[i];
		char *to = (char *)out + f->at;

		switch (f->kind) {
		case SC_YAML_TEXT:
		case SC_YAML_WORD:
			release_text((char **)to);
			break;
		case SC_YAML_MAP:
			sc_yaml_release(f->sub, to);
			break;
		case SC_YAML_SEQ:
		case SC_YAML_DICT:
		case SC_YAML_PAIRS:
		case SC_YAML_LIST:
			release_items(f, out);
			break;
		case SC_YAML_ENUM:
		case SC_YAML_INT:
		case SC_YAML_BOOL:
		case SC_YAML_DURATION:
		default:
			break;
		}
	}
}
