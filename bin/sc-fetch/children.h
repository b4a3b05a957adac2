#ifndef FETCH_CHILDREN_H
#define FETCH_CHILDREN_H

#include "reading.h"

/*
 * Reads a stream whose records belong to those of another one.  It lists the
 * parents itself, as their own stream does, and asks for the children of each
 * one that says to have other ones than it had when they were read last.  That
 * is remembered parent by parent, so that what goes wrong with one concerns no
 * other: it is asked for again by the next run.
 */
int children_read(struct reading *, struct sc_err *);

#endif
