#ifndef MOCK_MATCH_H
#define MOCK_MATCH_H

#include <stdbool.h>

#include "mocksrv/http.h"
#include "mocksrv/line.h"
#include "sc/buf.h"
#include "sc/err.h"

/* '*' in the pattern stands for any run of bytes. */
bool mock_glob(const char *pattern, struct sc_slice);

/* What a request must be like beside its method and path. */
struct mock_test {
	enum { MOCK_TEST_QUERY, MOCK_TEST_HEADER, MOCK_TEST_BODY } what;
	bool unless; /* it must not be like that */
	char *name;  /* of the parameter or header */
	char *glob;
};

/*
 * Reads if-query=NAME:PATTERN, if-header=NAME:PATTERN, if-body=PATTERN, or the
 * same with unless.  -1 with EX_CONFIG; release name and glob either way.
 */
int mock_test_parse(struct mock_test *, const struct mock_line *,
    const struct mock_word *, struct sc_err *);
bool mock_test_holds(const struct mock_test *, const struct mock_http *);

#endif
