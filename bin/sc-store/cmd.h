#ifndef CMD_H
#define CMD_H

#include "sc/prog.h"
#include "sc/store.h"

/*
 * The subcommands.  Each reads its own options from argv (argv[0] is the
 * program's name; the common options may stand there as well) and returns 0, or
 * -1 with *e set.
 */
int cmd_init(struct sc_prog *, int argc, char *argv[], struct sc_err *e);
int cmd_search(struct sc_prog *, int argc, char *argv[], struct sc_err *e);
int cmd_show(struct sc_prog *, int argc, char *argv[], struct sc_err *e);
int cmd_read(struct sc_prog *, int argc, char *argv[], struct sc_err *e);
int cmd_commit(struct sc_prog *, int argc, char *argv[], struct sc_err *e);
int cmd_check(struct sc_prog *, int argc, char *argv[], struct sc_err *e);
int cmd_bookmark(struct sc_prog *, int argc, char *argv[], struct sc_err *e);

/*
 * Opens the store as the owner of the state folder.  What sc_store_open()
 * says holds.
 */
struct sc_store *open_store(
    const struct sc_prog *, enum sc_store_mode, struct sc_err *);

#endif
