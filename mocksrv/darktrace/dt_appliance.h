#ifndef MOCK_DT_APPLIANCE_H
#define MOCK_DT_APPLIANCE_H

#include <stdbool.h>
#include <stdint.h>

#include "mocksrv/darktrace/dt.h"
#include "mocksrv/vendor.h"

/*
 * A Darktrace appliance as a scenario describes it, and its answers.
 */
enum dt_strictness { DT_SIGNED_ANY = 0, DT_SIGNED_RAW, DT_SIGNED_DECODED };
/* How refusals look: as found on appliances, or as one would expect them. */
enum dt_errors { DT_ERRORS_APPLIANCE = 0, DT_ERRORS_PLAIN };
enum dt_missing { DT_MISSING_JSON = 0, DT_MISSING_EMPTY, DT_MISSING_TEXT };
enum dt_invalid { DT_INVALID_STATUS = 0, DT_INVALID_RESPONSE };

struct dt_appliance {
	char *public_token;
	char *private_token;
	int64_t skew_ms;
	int64_t strictness; /* enum dt_strictness */
	int64_t errors;     /* enum dt_errors */
	char *error_key;    /* of the object in which 400 tells why */
	char *forbid;       /* paths, with commas between, not for this token */
	int64_t missing;    /* enum dt_missing: an object that is not there */
	int64_t invalid;    /* enum dt_invalid: a parameter that is wrong */
	struct dt_style style;
	struct mock_feed feeds[DT_STREAMS];
};

/* These are members of struct mock_vendor. */
bool dt_appliance_knows(void *appliance, const struct mock_http *);
bool dt_appliance_answer(void *appliance, const struct mock_http *,
    int64_t now_ms, struct mock_reply *);
bool dt_appliance_owns(struct sc_slice path);
void dt_appliance_error(struct mock_reply *, int status);
extern const char *const dt_appliance_routes[];

extern const struct mock_vendor mock_darktrace;

#endif
