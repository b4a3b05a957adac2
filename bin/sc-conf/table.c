#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sc/mem.h"

#include "table.h"

void
table_row(struct table *t, const char *const *texts)
{
	size_t n = t->nrows * t->ncols;

	t->cells = sc_xreallocarray(t->cells, n + t->ncols, sizeof(*t->cells));
	for (size_t i = 0; i < t->ncols; i++) {
		char *cell = sc_xstrdup(texts[i] != NULL ? texts[i] : "-");

		/* A filter may have several lines; a cell has one. */
		for (char *p = cell; *p != '\0'; p++) {
			if ((unsigned char)*p < 0x20)
				*p = ' ';
		}
		t->cells[n + i] = cell;
	}
	t->nrows++;
}

static size_t
column_width(const struct table *t, size_t col)
{
	size_t width = 0;

	for (size_t row = 0; row < t->nrows; row++) {
		size_t n = strlen(t->cells[row * t->ncols + col]);

		if (n > width)
			width = n;
	}
	return width;
}

void
table_print(struct table *t)
{
	size_t *widths = sc_xcalloc(t->ncols, sizeof(*widths));

	for (size_t col = 0; col < t->ncols; col++)
		widths[col] = column_width(t, col);
	for (size_t i = 0; i < t->nrows * t->ncols; i++) {
		size_t col = i % t->ncols;

		if (col == t->ncols - 1)
			(void)printf("%s\n", t->cells[i]);
		else
			(void)printf("%-*s  ", (int)widths[col], t->cells[i]);
		free(t->cells[i]);
	}
	free(widths);
	free(t->cells);
	*t = (struct table){ .ncols = t->ncols };
}
