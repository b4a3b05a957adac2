#include <ctype.h>
#include <string.h>

#include "sc/conf.h"

#define LONGEST 32

static size_t
least(size_t a, size_t b, size_t c)
{
	size_t m = a < b ? a : b;

	return m < c ? m : c;
}

static int
low(const char *s, size_t i)
{
	return tolower((unsigned char)s[i]);
}

/*
 * Edits that turn a into b: a letter more, less or other, or two swapped;
 * case does not count (optimal string alignment).
 */
static size_t
distance(const char *a, size_t na, const char *b, size_t nb)
{
	size_t d[LONGEST + 1][LONGEST + 1];

	for (size_t i = 0; i <= na; i++) {
		for (size_t j = 0; j <= nb; j++) {
			if (i == 0 || j == 0) {
				d[i][j] = i + j;
				continue;
			}
			d[i][j] = least(d[i - 1][j] + 1, d[i][j - 1] + 1,
			    d[i - 1][j - 1] + (low(a, i - 1) != low(b, j - 1)));
			if (i > 1 && j > 1 && low(a, i - 1) == low(b, j - 2) &&
			    low(a, i - 2) == low(b, j - 1) &&
			    d[i][j] > d[i - 2][j - 2] + 1)
				d[i][j] = d[i - 2][j - 2] + 1;
		}
	}
	return d[na][nb];
}

const char *
sc_nearest(const char *word, const char *const *list, size_t n)
{
	size_t len = strlen(word), best = 0;
	const char *found = NULL;

	for (size_t i = 0; i < n; i++) {
		size_t other = strlen(list[i]), d;

		if (len == 0 || len > LONGEST || other > LONGEST)
			continue;
		d = distance(word, len, list[i], other);
		/* At most every third letter may be wrong. */
		if (d * 3 > (len > other ? len : other))
			continue;
		if (found == NULL || d < best) {
			found = list[i];
			best = d;
		}
	}
	return found;
}
