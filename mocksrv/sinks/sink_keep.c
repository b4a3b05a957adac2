#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "mocksrv/http.h"
#include "mocksrv/sinks/sink_keep.h"
#include "mocksrv/vendor.h"
#include "sc/file.h"
#include "sc/json.h"
#include "sc/log.h"

/* A body of many small items grows when each gets a line of its own. */
#define LINES_MAX (8 * MOCK_BODY_MAX)

int
sink_keep_read(void *keep, const struct mock_line *l, const struct mock_word *w,
    const struct mock_source *src, struct sc_err *e)
{
	struct sink_keep *k = keep;
	struct sc_err cause = { 0 };

	if (k->path != NULL)
		return mock_line_fail(l, e, "keep= is given twice");
	k->path = mock_path_beside(l->file, w->value);
	k->fd = -1;
	sc_buf_init(&k->lines, LINES_MAX);
	if (src->looked_at)
		return 0;
	k->fd = open(k->path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	if (k->fd != -1)
		return 0;
	(void)sc_fail_sys(&cause, 0, "keep=%s", w->value);
	return mock_line_fail(l, e, "%s", cause.msg);
}

void
sink_keep_fini(struct sink_keep *k)
{
	if (k->path != NULL && k->fd != -1)
		(void)close(k->fd);
	sc_buf_fini(&k->lines);
	free(k->path);
}

struct sc_buf *
sink_keep_lines(struct sink_keep *k)
{
	return k->path != NULL ? &k->lines : NULL;
}

void
sink_keep_json(struct sink_keep *k, struct sc_slice json)
{
	if (k->path == NULL)
		return;
	(void)sc_json_compact(json, &k->lines);
	(void)sc_buf_addc(&k->lines, '\n');
}

void
sink_keep_flush(struct sink_keep *k)
{
	if (k->path == NULL)
		return;
	if (k->lines.full ||
	    sc_write_all(k->fd, k->lines.p, k->lines.len) == -1)
		sc_error("%s: what was accepted is not kept", k->path);
	sc_buf_reset(&k->lines);
}
