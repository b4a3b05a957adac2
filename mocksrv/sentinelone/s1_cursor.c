#include <inttypes.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

#include "mocksrv/query.h"
#include "mocksrv/sentinelone/s1.h"
#include "sc/http.h"
#include "sc/json.h"
#include "sc/jsonw.h"
#include "sc/timefmt.h"

#define CURSOR_MAX 8192

static const char *
order_word(bool desc)
{
	return desc ? "desc" : "asc";
}

static void
put_column(
    struct sc_jw *w, const char *key, const struct s1_stream *s, size_t col)
{
	char name[64];

	(void)snprintf(
	    name, sizeof(name), "%s.%s", s->view, s->columns[col].name);
	sc_jw_kv(w, key, name);
}

static void
put_value(struct sc_jw *w, enum mock_kind kind, const struct mock_key *key)
{
	char time[SC_TIME_BUF];

	sc_jw_key(w, "sort_by_value");
	if (kind == MOCK_ID)
		sc_jw_int(w, key->id);
	else if (kind == MOCK_TEXT)
		sc_jw_strn(w, key->text.p, key->text.n);
	else if (key->number == MOCK_ABSENT)
		sc_jw_null(w);
	else if (kind == MOCK_INT)
		sc_jw_int(w, key->number);
	else
		sc_jw_str(w, sc_time_format(key->number, 6, time));
}

static void
put_json(const struct s1_stream *s, struct s1_sort sort,
    const struct mock_key *key, struct sc_buf *b)
{
	struct sc_jw w;

	sc_jw_init(&w, b);
	sc_jw_obj(&w);
	put_column(&w, "id_column", s, 0);
	sc_jw_kvi(&w, "id_value", key->id);
	sc_jw_kv(&w, "id_sort_order", order_word(sort.desc));
	put_column(&w, "sort_by_column", s, sort.col);
	put_value(&w, s->columns[sort.col].kind, key);
	sc_jw_kv(&w, "sort_order", order_word(sort.desc));
	sc_jw_end(&w, '}');
}

void
s1_cursor_encode(const struct s1_stream *s, struct s1_sort sort,
    const struct mock_key *key, bool percent, struct sc_buf *out)
{
	struct sc_buf json, text;
	char *to;

	sc_buf_init(&json, CURSOR_MAX);
	sc_buf_init(&text, (size_t)2 * CURSOR_MAX);
	put_json(s, sort, key, &json);
	to = sc_buf_room(&text, json.len * 4 / 3 + 8);
	if (to != NULL)
		text.len = (size_t)EVP_EncodeBlock((unsigned char *)to,
		    (const unsigned char *)json.p, (int)json.len);
	if (percent)
		(void)sc_url_encode(out, text.p, text.len);
	else
		(void)sc_buf_add(out, text.p, text.len);
	sc_buf_fini(&text);
	sc_buf_fini(&json);
}

/* Canonical base64 only: what is decoded must encode to the same text. */
static int
decode_base64(struct sc_slice text, struct sc_buf *out)
{
	unsigned char again[CURSOR_MAX + 8];
	size_t pad = 0;
	char *to;
	int n;

	if (text.n == 0 || text.n % 4 != 0 || text.n > CURSOR_MAX)
		return -1;
	while (pad < 2 && text.p[text.n - 1 - pad] == '=')
		pad++;
	if ((to = sc_buf_room(out, text.n)) == NULL)
		return -1;
	n = EVP_DecodeBlock(
	    (unsigned char *)to, (const unsigned char *)text.p, (int)text.n);
	if (n < (int)pad)
		return -1;
	n -= (int)pad;
	if ((size_t)EVP_EncodeBlock(again, (unsigned char *)to, n) != text.n ||
	    memcmp(again, text.p, text.n) != 0)
		return -1;
	out->len += (size_t)n;
	return 0;
}

/*
 * The query string has been decoded once.  A client that encoded the cursor
 * again leaves escapes; one that sent it decoded has lost its '+'.
 */
static int
normalise(struct sc_slice text, struct sc_buf *b)
{
	if (text.n > CURSOR_MAX || mock_percent_decode(text, false, b) == -1)
		return -1;
	for (size_t i = 0; i < b->len; i++) {
		if (b->p[i] == ' ')
			b->p[i] = '+';
	}
	return 0;
}

static bool
is_column(struct sc_json_val v, const struct s1_stream *s, size_t col)
{
	char name[64];

	(void)snprintf(
	    name, sizeof(name), "%s.%s", s->view, s->columns[col].name);
	return sc_json_is(v, name);
}

static int
read_value(enum mock_kind kind, struct sc_json_val v, struct sc_buf *tmp,
    struct mock_key *key)
{
	struct sc_slice text;
	size_t at = tmp->len;

	if (kind == MOCK_ID)
		return sc_json_int(v, &key->number);
	if (kind != MOCK_TEXT && v.type == SC_JSON_NULL) {
		key->number = MOCK_ABSENT;
		return 0;
	}
	if (kind == MOCK_INT)
		return sc_json_int(v, &key->number);
	if (sc_json_str(v, tmp) == -1)
		return -1;
	text = (struct sc_slice){ tmp->p + at, tmp->len - at };
	if (kind == MOCK_TIME)
		return sc_time_parse_us(text.p, text.n, &key->number);
	key->text = text;
	return 0;
}

static int
read_json(const struct s1_stream *s, struct s1_sort sort, struct sc_slice json,
    struct sc_buf *tmp, struct mock_key *key)
{
	static const char *const paths[] = { "id_column", "id_value",
		"id_sort_order", "sort_by_column", "sort_by_value",
		"sort_order" };
	struct sc_json_val v[6];
	struct sc_err e = { 0 };
	struct sc_json_plan *plan = sc_json_plan_new(paths, 6, &e);
	int rc = -1;

	if (plan != NULL &&
	    sc_json_scan(json.p, json.n, plan, SC_JSON_NODUP, v, &e) == 0 &&
	    is_column(v[0], s, 0) && sc_json_int(v[1], &key->id) == 0 &&
	    sc_json_is(v[2], order_word(sort.desc)) &&
	    is_column(v[3], s, sort.col) &&
	    sc_json_is(v[5], order_word(sort.desc)))
		rc = read_value(s->columns[sort.col].kind, v[4], tmp, key);
	sc_json_plan_free(plan);
	return rc;
}

int
s1_cursor_decode(const struct s1_stream *s, struct s1_sort sort,
    struct sc_slice text, struct sc_buf *tmp, struct mock_key *key)
{
	struct sc_buf plain, json;
	int rc = -1;

	*key = (struct mock_key){ 0 };
	sc_buf_init(&plain, CURSOR_MAX);
	sc_buf_init(&json, CURSOR_MAX);
	if (normalise(text, &plain) == 0 &&
	    decode_base64((struct sc_slice){ plain.p, plain.len }, &json) == 0)
		rc = read_json(
		    s, sort, (struct sc_slice){ json.p, json.len }, tmp, key);
	sc_buf_fini(&json);
	sc_buf_fini(&plain);
	return rc;
}
