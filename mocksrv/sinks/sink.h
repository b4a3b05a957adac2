#ifndef MOCK_SINK_H
#define MOCK_SINK_H

#include <stdbool.h>
#include <stdint.h>

#include "mocksrv/http.h"
#include "mocksrv/reply.h"
#include "mocksrv/sinks/sink_keep.h"
#include "mocksrv/vendor.h"
#include "sc/json.h"

/*
 * A sink is a vendor that is sent data.  Each sink's state begins with what
 * all of them have.
 */
struct sink {
	struct sink_keep keep;
	int64_t max_body; /* bytes, unpacked; 0: what the server takes */
};

/* The settings that belong to it. */
#define SINK_SETTINGS                                                         \
	{ "keep", MOCK_SET_OWN, offsetof(struct sink, keep),                  \
		{ .read = sink_keep_read } },                                 \
	{                                                                     \
		"max-body", MOCK_SET_NUMBER, offsetof(struct sink, max_body), \
		{                                                             \
			.lo = 1, .hi = (int64_t)MOCK_BODY_MAX                 \
		}                                                             \
	}

void sink_fini(struct sink *);

/*
 * The body as it was before Content-Encoding, which may be gzip.  tmp is for
 * the unpacked bytes and has to be released either way.  0, or the status of
 * a refusal: 400, 413, 415.
 */
int sink_body(const struct sink *, const struct mock_http *, struct sc_buf *tmp,
    struct sc_slice *body);

/* A JSON text as a value; type SC_JSON_NONE if it is none. */
struct sc_json_val sink_json(struct sc_slice text);
/* The member of an object; of a repeated one the last. */
struct sc_json_val sink_member(struct sc_json_val object, const char *name);
/* True for a string that is not empty. */
bool sink_is_text(struct sc_json_val);

/* True when the request has this method. */
bool sink_method(const struct mock_http *, const char *method);
/* Cuts the first line, without its end, off the text; false when none left. */
bool sink_line(struct sc_slice *text, struct sc_slice *line);
/* The sinks generate nothing. */
extern const struct mock_generator sink_generators[];

extern const struct mock_vendor mock_opensearch;
extern const struct mock_vendor mock_splunk_hec;
extern const struct mock_vendor mock_witfoo_analytics;
extern const struct mock_vendor mock_webhook;

#endif
