#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "mocksrv/line.h"
#include "mocksrv/place.h"
#include "mocksrv/scenario.h"
#include "sc/file.h"
#include "sc/mem.h"

char *
mock_place_scenario(const char *path)
{
	struct stat st;

	if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
		return sc_xasprintf("%s/capture.scenario", path);
	return sc_xstrdup(path);
}

bool
mock_place_clock(const char *path, int64_t *ms)
{
	char *file = mock_place_scenario(path), *text = NULL, *rest, *row;
	struct mock_line l = { .file = file };
	struct sc_err e = { 0 };
	bool found = false;
	struct sc_buf b;

	sc_buf_init(&b, MOCK_SCENARIO_MAX_BYTES);
	if (sc_file_read(file, &b, &e) == 0)
		text = sc_xstrdup(sc_buf_str(&b));
	rest = text;
	while (!found && (row = strsep(&rest, "\n")) != NULL)
		found = mock_line_split(&l, row, &e) == 0 && l.n > 0 &&
		    strcmp(l.words[0].key, "clock") == 0 &&
		    mock_clock_parse(&l, ms, &e) == 0;
	sc_buf_fini(&b);
	free(text);
	free(file);
	return found;
}
