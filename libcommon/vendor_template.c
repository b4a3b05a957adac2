#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "vendor_impl.h"

#define NAME_BYTES "abcdefghijklmnopqrstuvwxyz0123456789_"
#define HUNDREDTH  "/100"

static const char *const words_known[SC_NWORDS] = {
	[SC_WORD_METHOD] = "method",
	[SC_WORD_TARGET] = "target",
	[SC_WORD_DATE] = "date",
	[SC_WORD_SIGNATURE] = "signature",
};

/* What a template begins with: a text, then a name in braces. */
struct piece {
	struct sc_slice text;
	struct sc_slice name; /* n = 0: the end */
	bool hundredth;
};

/* Cuts a piece off the template; returns what is left. */
static const char *
cut(const char *t, struct piece *p)
{
	const char *open = t, *end = t;
	size_t n = 0;

	*p = (struct piece){ 0 };
	for (;; open++) {
		open += strcspn(open, "{");
		if (*open == '\0')
			break;
		n = strspn(open + 1, NAME_BYTES);
		end = open + 1 + n;
		p->hundredth =
		    strncmp(end, HUNDREDTH, sizeof(HUNDREDTH) - 1) == 0;
		if (p->hundredth)
			end += sizeof(HUNDREDTH) - 1;
		if (n > 0 && *end == '}')
			break;
	}
	p->text = (struct sc_slice){ .p = t, .n = (size_t)(open - t) };
	if (*open == '\0')
		return open;
	p->name = (struct sc_slice){ .p = open + 1, .n = n };
	return end + 1;
}

static const struct sc_setting *
find_setting(const struct sc_vendor *v, struct sc_slice name)
{
	for (size_t i = 0; i < v->nsettings; i++) {
		if (sc_slice_is(name, v->settings[i].name))
			return &v->settings[i];
	}
	return NULL;
}

/* SC_NWORDS when it is none. */
static size_t
find_word(struct sc_slice name)
{
	size_t i = 0;

	while (i < SC_NWORDS && !sc_slice_is(name, words_known[i]))
		i++;
	return i;
}

bool
vendor_is_word(const char *name)
{
	return find_word(sc_slice_of(name)) < SC_NWORDS;
}

bool
sc_template_uses(const char *template, const char *setting)
{
	struct piece p;

	while (*template != '\0') {
		template = cut(template, &p);
		if (sc_slice_is(p.name, setting))
			return true;
	}
	return false;
}

bool
sc_vendor_can_expand(
    const struct sc_vendor *v, const char *template, const char *const *values)
{
	struct piece p;

	while (*template != '\0') {
		const struct sc_setting *set;

		template = cut(template, &p);
		set = find_setting(v, p.name);
		if (set != NULL && values[set - v->settings] == NULL)
			return false;
	}
	return true;
}

/* The value of a name, NULL when it has none. */
static const char *
look_up(const struct sc_vendor *v, struct sc_slice name,
    const char *const *values, const char *const *words)
{
	const struct sc_setting *set = find_setting(v, name);
	size_t word = find_word(name);

	if (set != NULL)
		return values[set - v->settings];
	return words != NULL && word < SC_NWORDS ? words[word] : NULL;
}

static void
add_hundredth(struct sc_buf *b, const char *percent)
{
	long n = strtol(percent, NULL, 10);

	(void)sc_buf_addf(b, "%ld.%02ld", n / 100, n % 100);
}

int
sc_vendor_expand(const struct sc_vendor *v, const char *template,
    const char *const *values, const char *const *words, struct sc_buf *b,
    struct sc_err *e)
{
	struct piece p;

	while (*template != '\0') {
		const char *value;

		template = cut(template, &p);
		(void)sc_buf_add(b, p.text.p, p.text.n);
		if (p.name.n == 0)
			continue;
		value = look_up(v, p.name, values, words);
		if (value == NULL)
			return sc_fail(e, EX_CONFIG, "\"%.*s\" is not set",
			    (int)p.name.n, p.name.p);
		if (p.hundredth)
			add_hundredth(b, value);
		else
			(void)sc_buf_adds(b, value);
	}
	if (b->full)
		return sc_fail(e, EX_CONFIG, "a setting is too long");
	return 0;
}

static int
check_piece(const struct sc_vendor *v, const struct piece *p, unsigned allowed,
    struct sc_err *e)
{
	const struct sc_setting *set = find_setting(v, p->name);

	if (set == NULL && find_word(p->name) < SC_NWORDS &&
	    (allowed & VENDOR_WORDS) != 0 && !p->hundredth)
		return 0;
	if (set == NULL)
		return sc_fail(e, EX_CONFIG,
		    "{%.*s} is not one of the settings", (int)p->name.n,
		    p->name.p);
	if (set->kind == SC_SETTING_SECRET && (allowed & VENDOR_SECRETS) == 0)
		return sc_fail(e, EX_CONFIG,
		    "{%s} is a secret and has no place in an address",
		    set->name);
	if (p->hundredth && set->kind != SC_SETTING_PERCENT)
		return sc_fail(
		    e, EX_CONFIG, "{%s" HUNDREDTH "} is no percent", set->name);
	return 0;
}

int
vendor_check_template(const struct sc_vendor *v, const char *template,
    unsigned allowed, struct sc_err *e)
{
	struct piece p;

	while (*template != '\0') {
		template = cut(template, &p);
		if (p.name.n > 0 && check_piece(v, &p, allowed, e) == -1)
			return -1;
	}
	return 0;
}

const char *
sc_percent_check(const char *text)
{
	size_t n = strspn(text, "0123456789");

	return n == 0 || n > 3 || text[n] != '\0' ||
		strtol(text, NULL, 10) > 100
	    ? "must be a whole number from 0 to 100"
	    : NULL;
}
