#include "sc/jsonw.h"

#include "note.h"

int
note_put(struct sc_msg_writer *out, const char *stream, struct sc_slice key,
    struct sc_slice aux, struct sc_err *e)
{
	struct sc_jw w;

	sc_msg_begin(out, &w);
	sc_jw_obj(&w);
	sc_jw_kv(&w, "type", "NOTE");
	sc_jw_kv(&w, "stream", stream);
	sc_jw_kvn(&w, "key", key);
	sc_jw_kvn(&w, "aux", aux);
	sc_jw_end(&w, '}');
	return sc_msg_end(out, e);
}
