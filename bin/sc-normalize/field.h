#ifndef NORMALIZE_FIELD_H
#define NORMALIZE_FIELD_H

#include <stdbool.h>

/* The fields of an artifact, as the receiving side knows them. */
enum field_type {
	FIELD_TEXT,
	FIELD_NUMBER,
	FIELD_TEXTS,   /* array of strings */
	FIELD_NUMBERS, /* array of integers */
	FIELD_ANY      /* x_...: the map's own */
};

struct field {
	const char *name;
	enum field_type type;
	bool ours; /* set by sc-normalize itself, never by a map */
};

/* NULL when there is no such field; one shared entry stands for all x_.... */
const struct field *field_find(const char *name);
/* The known name nearest to a wrong one, or NULL. */
const char *field_nearest(const char *name);

#endif
