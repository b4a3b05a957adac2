#ifndef NORMALIZE_DIFFER_H
#define NORMALIZE_DIFFER_H

#include <stdbool.h>
#include <stddef.h>

#include "sc/buf.h"
#include "sc/json.h"

#include "map.h"

/*
 * True when two values mean the same: members in any order, strings however
 * they are escaped, numbers as they are written (1 is not 1.0).
 */
bool differ_same(struct sc_json_val a, struct sc_json_val b);

/*
 * Compares two artifacts but for `message`, which is the record again, and
 * appends for each field that differs, as comments of TAP, its name, the line
 * of the map that it comes from, what was expected and what there is.
 * Returns how many differ.
 */
size_t differ_fields(const struct map *, struct sc_json_val expected,
    struct sc_json_val got, struct sc_buf *out);

/* Appends an artifact without its message. */
void differ_put(struct sc_json_val artifact, struct sc_buf *out);

#endif
