#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "sc/clock.h"
#include "sc/json.h"
#include "sc/log.h"
#include "sc/mem.h"

#include "step.h"

#define STEPS_MAX  1000
#define TEXT_MAX   ((size_t)4 << 10)
#define REPORT_MAX ((size_t)8 << 20)
#define WIDTH      26 /* of "permission model-breaches" */

static const char *const results[] = {
	[STEP_OK] = "ok",
	[STEP_WARNING] = "warning",
	[STEP_FAILED] = "failed",
	[STEP_SKIPPED] = "skipped",
};

static void
release(struct step *s)
{
	sc_buf_fini(&s->text);
	sc_buf_fini(&s->remedy);
	sc_buf_fini(&s->paste);
	sc_buf_fini(&s->data);
}

void
steps_fini(struct steps *l)
{
	for (size_t i = 0; i < l->n; i++)
		release(&l->v[i]);
	free(l->v);
	*l = (struct steps){ .json = l->json };
}

struct step *
step_begin(struct steps *l, const char *name, const char *object)
{
	struct step *s;

	if (l->v == NULL)
		l->v = sc_xcalloc(STEPS_MAX, sizeof(*l->v));
	/* Vendors do not have so many streams; the last one gives way. */
	if (l->n == STEPS_MAX)
		release(&l->v[--l->n]);
	s = &l->v[l->n++];
	*s = (struct step){ .name = name, .object = object };
	sc_buf_init(&s->text, TEXT_MAX);
	sc_buf_init(&s->remedy, TEXT_MAX);
	sc_buf_init(&s->paste, TEXT_MAX);
	sc_buf_init(&s->data, TEXT_MAX);
	sc_jw_init(&s->member, &s->data);
	sc_jw_obj(&s->member);
	return s;
}

void
step_say(struct step *s, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)sc_buf_addvf(&s->text, fmt, ap);
	va_end(ap);
}

void
step_warn(struct step *s, const char *fmt, ...)
{
	va_list ap;

	s->result = STEP_WARNING;
	if (s->remedy.len > 0)
		(void)sc_buf_addc(&s->remedy, ' ');
	va_start(ap, fmt);
	(void)sc_buf_addvf(&s->remedy, fmt, ap);
	va_end(ap);
}

void
step_advise(struct step *s, const char *fmt, ...)
{
	va_list ap;

	if (s->remedy.len > 0)
		(void)sc_buf_adds(&s->remedy, "; ");
	va_start(ap, fmt);
	(void)sc_buf_addvf(&s->remedy, fmt, ap);
	va_end(ap);
}

void
step_skip(struct step *s, const char *fmt, ...)
{
	va_list ap;

	s->result = STEP_SKIPPED;
	sc_buf_reset(&s->text);
	va_start(ap, fmt);
	(void)sc_buf_addvf(&s->text, fmt, ap);
	va_end(ap);
}

void
step_fail(struct step *s, const struct sc_err *e)
{
	s->result = STEP_FAILED;
	s->code = e->code != EX_OK ? e->code : EX_SOFTWARE;
	s->class = sc_err_class(e);
	sc_buf_reset(&s->text);
	sc_buf_reset(&s->remedy);
	(void)sc_buf_adds(&s->text, e->msg);
	(void)sc_buf_adds(&s->remedy, e->remedy);
}

void
step_paste(struct step *s, const char *key, const char *value)
{
	(void)sc_buf_addf(&s->paste, "%s: %s\n", key, value);
}

char *
step_clean(struct sc_buf *b)
{
	size_t cap = b->len * 4 + 16;
	char *out = sc_xmalloc(cap);

	sc_log_redact(sc_buf_str(b), out, cap);
	out[sc_utf8_valid(out, strlen(out))] = '\0';
	for (char *p = out; *p != '\0'; p++) {
		size_t n = sc_log_control(p);

		if (n > 0) {
			memset(p, ' ', n);
			p += n - 1;
		}
	}
	return out;
}

static void
clean_in_place(struct sc_buf *b)
{
	char *text = step_clean(b);

	sc_buf_reset(b);
	(void)sc_buf_adds(b, text);
	free(text);
}

static void
print_step(struct step *s)
{
	char what[128];

	(void)snprintf(what, sizeof(what), "%s%s%s", s->name,
	    s->object != NULL ? " " : "", s->object != NULL ? s->object : "");
	(void)printf("%-8s %-*s %s\n", results[s->result], WIDTH, what,
	    sc_buf_str(&s->text));
	if (s->remedy.len > 0)
		(void)printf(
		    "%-8s %-*s -> %s\n", "", WIDTH, "", sc_buf_str(&s->remedy));
	/* At the beginning of a line, as it has to stand in the file. */
	(void)fputs(sc_buf_str(&s->paste), stdout);
	(void)fflush(stdout);
}

void
step_end(const struct steps *l)
{
	struct step *s = &l->v[l->n - 1];

	/* Now: the logger knows the secrets of the last request only. */
	clean_in_place(&s->text);
	clean_in_place(&s->remedy);
	sc_jw_end(&s->member, '}');
	if (!l->json)
		print_step(s);
}

static void
put_text(struct sc_jw *w, const char *key, struct sc_buf *b)
{
	if (b->len > 0)
		sc_jw_kv(w, key, sc_buf_str(b));
}

static void
put_step(struct sc_jw *w, struct step *s)
{
	sc_jw_obj(w);
	sc_jw_kv(w, "step", s->name);
	sc_jw_kv(w, "object", s->object);
	sc_jw_kv(w, "result", results[s->result]);
	if (s->result == STEP_FAILED) {
		sc_jw_kv(w, "class", sc_class_name(s->class));
		sc_jw_kvi(w, "code", s->code);
	}
	put_text(w, "text", &s->text);
	put_text(w, "remedy", &s->remedy);
	if (s->paste.len > 0)
		sc_jw_kvn(w, "paste",
		    (struct sc_slice){ s->paste.p, s->paste.len - 1 });
	if (s->data.len > 2 && !s->data.full)
		sc_jw_kvraw(
		    w, "data", (struct sc_slice){ s->data.p, s->data.len });
	sc_jw_end(w, '}');
}

static void
print_json(const struct steps *l, const struct steps_subject *about, int code,
    const char *result)
{
	const char *name = about->integration;
	struct sc_buf b;
	struct sc_jw w;

	sc_buf_init(&b, REPORT_MAX);
	sc_jw_init(&w, &b);
	sc_jw_obj(&w);
	/* As it was typed, where no file has that name. */
	if (sc_utf8_valid(name, strlen(name)) == strlen(name))
		sc_jw_kv(&w, "integration", name);
	sc_jw_kv(&w, "vendor", about->vendor);
	sc_jw_kv(&w, "file", about->file);
	sc_jw_kvms(&w, "time", sc_clock_ms());
	sc_jw_kv(&w, "result", result);
	sc_jw_kvi(&w, "code", code);
	sc_jw_key(&w, "steps");
	sc_jw_arr(&w);
	for (size_t i = 0; i < l->n; i++)
		put_step(&w, &l->v[i]);
	sc_jw_end(&w, ']');
	sc_jw_end(&w, '}');
	(void)puts(sc_buf_str(&b));
	sc_buf_fini(&b);
}

int
steps_finish(const struct steps *l, const struct steps_subject *about)
{
	size_t count[STEP_SKIPPED + 1] = { 0 };
	enum step_result worst = STEP_OK;
	bool paste = false;
	int code = EX_OK;

	for (size_t i = 0; i < l->n; i++) {
		const struct step *s = &l->v[i];

		count[s->result]++;
		paste |= s->paste.len > 0;
		if (s->result != STEP_SKIPPED && s->result > worst)
			worst = s->result;
		if (s->result == STEP_FAILED)
			code = sc_exit_worse(code, s->code);
	}
	if (l->json) {
		print_json(l, about, code, results[worst]);
		return code;
	}
	(void)printf("%s: %s (%zu ok, %zu warning, %zu failed, %zu skipped)\n",
	    about->integration, results[worst], count[STEP_OK],
	    count[STEP_WARNING], count[STEP_FAILED], count[STEP_SKIPPED]);
	if (paste)
		(void)printf("lines to paste belong into %s\n", about->file);
	return code;
}
