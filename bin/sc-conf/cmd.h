#ifndef CONF_CMD_H
#define CONF_CMD_H

#include <stddef.h>

#include "sc/conf.h"
#include "sc/prog.h"
#include "sc/secret.h"

/* The subcommands; argv[0] is the subcommand's name.  stdout is theirs. */
int cmd_vendors(struct sc_prog *, int, char *[], struct sc_err *);
int cmd_add(struct sc_prog *, int, char *[], struct sc_err *);
int cmd_list(struct sc_prog *, int, char *[], struct sc_err *);
int cmd_show(struct sc_prog *, int, char *[], struct sc_err *);
int cmd_check(struct sc_prog *, int, char *[], struct sc_err *);
int cmd_enable(struct sc_prog *, int, char *[], struct sc_err *);
int cmd_disable(struct sc_prog *, int, char *[], struct sc_err *);

/* Keys of an integration file that "add" has options for. */
enum common {
	URL,
	REALM,
	INTERVAL,
	TENANT,
	ORG_ID,
	LABEL,
	CA_FILE,
	TLS_NAME,
	TLS_PIN,
	PROXY,
	PROXY_PASSWORD,
	PROXY_CA_FILE,
	NO_PROXY,
	KEEP,
	DROP,
	NCOMMON
};
extern const char *const common_keys[NCOMMON];

/* A new integration, as the command line describes it. */
struct plan {
	struct sc_prog *prog;
	const char *name;
	struct sc_vendor *vendor;
	const char *common[NCOMMON]; /* NULL: not given */
	bool allow_http;
	bool disabled;
	char **values;             /* per setting: text or reference */
	struct sc_secret *secrets; /* per setting: for a credential file */
};

/* The option of a setting: '_' becomes '-'.  Caller's. */
char *option_name(const char *setting, const char *suffix);
/* Fills in the plan; EX_USAGE.  argv[0] is skipped. */
int plan_options(struct plan *, int argc, char *argv[], struct sc_err *);
/*
 * Creates the files and the store and loads the result.  Nothing is left
 * behind by a failure, nothing is ever overwritten.
 */
int plan_write(struct plan *, struct sc_err *);

#endif
