#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "vendor_impl.h"

#define WORD_BYTES "abcdefghijklmnopqrstuvwxyz0123456789"
#define WORD_MAX   ((size_t)32)

const char *
sc_word_check(const char *text)
{
	size_t n = strspn(text, WORD_BYTES);

	return n == 0 || n > WORD_MAX || text[n] != '\0'
	    ? "must be small letters and digits"
	    : NULL;
}

bool
sc_setting_knows(const struct sc_setting *set, const char *value)
{
	for (size_t i = 0; i < set->nvalues; i++) {
		if (strcmp(set->values[i].name, value) == 0)
			return true;
	}
	return false;
}

static int
check_values(const struct sc_setting *set, struct sc_err *e)
{
	if (set->kind == SC_SETTING_CHOICE && set->nvalues < 2)
		return sc_fail(
		    e, EX_CONFIG, "a choice needs two values or more");
	if (set->nvalues > 0 && set->kind != SC_SETTING_CHOICE &&
	    set->kind != SC_SETTING_WORD)
		return sc_fail(e, EX_CONFIG,
		    "only settings of kind choice and word have values");
	for (size_t i = 0; i < set->nvalues; i++) {
		const char *wrong = set->kind == SC_SETTING_WORD
		    ? sc_word_check(set->values[i].name)
		    : NULL;

		if (wrong != NULL)
			return sc_fail(e, EX_CONFIG, "\"%.40s\" %s",
			    set->values[i].name, wrong);
	}
	return 0;
}

int
vendor_check_settings(
    const struct sc_vendor *v, char at[VENDOR_KEY_MAX], struct sc_err *e)
{
	for (size_t i = 0; i < v->nsettings; i++) {
		const struct sc_setting *set = &v->settings[i];

		if (check_values(set, e) == 0)
			continue;
		(void)snprintf(at, VENDOR_KEY_MAX, "settings.%s.%s", set->name,
		    set->nvalues > 0 ? "values" : "kind");
		return -1;
	}
	return 0;
}
