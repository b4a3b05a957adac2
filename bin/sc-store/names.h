#ifndef NAMES_H
#define NAMES_H

#include "sc/store.h"

/*
 * After a search that has found nothing: warns of each name in it that no
 * artifact has, with the nearest that one has.  Nothing is said of an empty
 * store.
 */
int names_doubt(
    struct sc_store *, const struct sc_store_query *, struct sc_err *e);

#endif
