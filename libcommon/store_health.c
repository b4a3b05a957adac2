#include "store_impl.h"

int
sc_store_health(struct sc_store *s, const char *stream, struct sc_health *out,
    struct sc_err *e)
{
	sqlite3_stmt *st = store_stmt(s, SQL_HEALTH, e);
	int64_t *const numbers[] = { &out->last_run_ms, &out->last_ok_ms,
		&out->last_commit_ms, &out->newest_ms, &out->not_before_ms,
		&out->failures, &out->code };
	int i, rc;

	*out = (struct sc_health){ 0 };
	(void)strlcpy(out->stream, stream, sizeof(out->stream));
	if (st == NULL)
		return -1;
	store_bind(st, 1, sc_slice_of(stream));
	if ((rc = store_step(s, st, e)) != 1)
		return rc;
	for (i = 0; i < (int)(sizeof(numbers) / sizeof(numbers[0])); i++)
		*numbers[i] = sqlite3_column_int64(st, i);
	store_column_copy(st, i++, out->class, sizeof(out->class));
	store_column_copy(st, i++, out->text, sizeof(out->text));
	store_column_copy(st, i++, out->remedy, sizeof(out->remedy));
	out->artifacts = sqlite3_column_int64(st, i);
	(void)sqlite3_reset(st);
	return 1;
}

int
sc_store_note(struct sc_store *s, struct sc_slice stream, int64_t stored,
    int64_t known, int64_t newest_ms, struct sc_err *e)
{
	sqlite3_stmt *st = store_stmt(s, SQL_NOTE, e);

	if (st == NULL)
		return -1;
	store_bind(st, 1, stream);
	(void)sqlite3_bind_int64(st, 2, s->now_ms);
	(void)sqlite3_bind_int64(st, 3, stored);
	(void)sqlite3_bind_int64(st, 4, known);
	(void)sqlite3_bind_int64(st, 5, newest_ms);
	return store_step(s, st, e);
}

int
sc_store_outcome(struct sc_store *s, const struct sc_outcome *o, int64_t now_ms,
    struct sc_err *e)
{
	const char *class = sc_class_name(sc_err_class(&o->err));
	sqlite3_stmt *st = store_stmt(s, SQL_OUTCOME, e);

	if (st == NULL)
		return -1;
	store_bind(st, 1, sc_slice_of(o->stream));
	(void)sqlite3_bind_int64(st, 2, now_ms);
	(void)sqlite3_bind_int64(st, 3, o->err.not_before_ms);
	(void)sqlite3_bind_int(st, 4, o->err.code);
	store_bind(st, 5, sc_slice_of(class));
	store_bind(st, 6, sc_slice_of(o->err.msg));
	store_bind(st, 7, sc_slice_of(o->err.remedy));
	if (o->has_offset)
		(void)sqlite3_bind_int64(st, 8, o->clock_offset_ms);
	(void)sqlite3_bind_int(st, 9, o->err.code == 0 && !o->partial);
	return store_step(s, st, e);
}
