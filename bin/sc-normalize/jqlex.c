#include <string.h>
#include <sysexits.h>

#include "jqlex.h"

#define MAX_DEPTH 100

enum token {
	T_NONE,
	T_WORD,   /* identifier or keyword, perhaps with module:: */
	T_FIELD,  /* .name */
	T_STRING, /* up to its end, interpolations read */
	T_NUMBER,
	T_PUNCT /* a single character */
};

struct lex {
	const char *p;
	const char *end;
	struct sc_buf *out;
	struct jqlex_facts *facts;
	struct sc_err *e;
	char open[MAX_DEPTH]; /* brackets that wait; '"' for \( in a string */
	size_t depth;
	enum token kind;      /* the token just read */
	struct sc_slice text; /* its bytes */
	char before;          /* last character of the token before it */
	size_t ntokens;
};

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n';
}

static bool
is_word_start(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_word(char c)
{
	return is_word_start(c) || is_digit(c);
}

static bool
is_one_of(struct sc_slice word, const char *const *list, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (sc_slice_is(word, list[i]))
			return true;
	}
	return false;
}

/*
 * What a mapping must not depend on: other files, the environment, further
 * input, the clock and the machine's time zone, where the program stands.
 */
static const char *const refused_words[] = { "import", "include", "env",
	"input", "inputs", "debug", "stderr", "halt", "halt_error", "now",
	"localtime", "strflocaltime", "input_filename", "input_line_number",
	"get_search_list", "get_prog_origin", "get_jq_origin", "modulemeta" };
static const char *const refused_vars[] = { "ENV", "ARGS", "__loc__",
	"__prog_args" };

#define LENGTH(a) (sizeof(a) / sizeof((a)[0]))

static int
refuse(struct lex *l, const char *sigil, struct sc_slice word)
{
	return sc_fail(l->e, EX_CONFIG,
	    "%s%.*s is refused: a mapping depends on its record alone", sigil,
	    (int)word.n, word.p);
}

/* The token from start to here has been read. */
static void
keep(struct lex *l, enum token kind, const char *start)
{
	if (l->text.n > 0)
		l->before = l->text.p[l->text.n - 1];
	l->kind = kind;
	l->text = (struct sc_slice){ start, (size_t)(l->p - start) };
	l->ntokens++;
	(void)sc_buf_add(l->out, start, l->text.n);
}

static int
push(struct lex *l, char c)
{
	if (l->depth == MAX_DEPTH)
		return sc_fail(l->e, EX_CONFIG, "nested too deeply");
	l->open[l->depth++] = c;
	return 0;
}

static char
innermost(const struct lex *l)
{
	if (l->depth == 0)
		return '\0';
	return l->open[l->depth - 1];
}

/*
 * From behind the opening quote, or behind the ) of an interpolation, to the
 * closing quote or the next \(.
 */
static int
string(struct lex *l, const char *start)
{
	for (; l->p < l->end && *l->p != '\n'; l->p++) {
		if (*l->p == '"') {
			l->p++;
			keep(l, T_STRING, start);
			return 0;
		}
		if (*l->p == '\\' && l->end - l->p > 1 && *++l->p == '(') {
			l->p++;
			keep(l, T_PUNCT, start);
			return push(l, '"');
		}
	}
	return sc_fail(l->e, EX_CONFIG, "a string does not end on its line");
}

static int
bracket(struct lex *l, char c)
{
	const char *start = l->p - 1;
	char open = '{';

	if (c == '(' || c == '[' || c == '{') {
		keep(l, T_PUNCT, start);
		return push(l, c);
	}
	if (c == ')' && innermost(l) == '"') {
		l->depth--;
		return string(l, start);
	}
	if (c == ')')
		open = '(';
	else if (c == ']')
		open = '[';
	if (innermost(l) != open)
		return sc_fail(l->e, EX_CONFIG, "a %c that closes nothing", c);
	l->depth--;
	keep(l, T_PUNCT, start);
	return 0;
}

/* True where an object's next key stands: words are plain names there. */
static bool
at_key(const struct lex *l)
{
	return innermost(l) == '{' && (l->before == '{' || l->before == ',');
}

static int
word(struct lex *l)
{
	const char *start = l->p;

	while (l->p < l->end &&
	    (is_word(*l->p) ||
		(l->end - l->p > 2 && memcmp(l->p, "::", 2) == 0 &&
		    is_word_start(l->p[2]))))
		l->p += *l->p == ':' ? 2 : 1;
	keep(l, T_WORD, start);
	if (l->before == '$') {
		if (sc_slice_is(l->text, "ctx"))
			l->facts->uses_ctx = true;
		return is_one_of(l->text, refused_vars, LENGTH(refused_vars))
		    ? refuse(l, "$", l->text)
		    : 0;
	}
	if (l->before != '@' && !at_key(l) &&
	    is_one_of(l->text, refused_words, LENGTH(refused_words)))
		return refuse(l, "", l->text);
	return 0;
}

static void
number(struct lex *l)
{
	const char *start = l->p;

	while (l->p < l->end && (is_digit(*l->p) || *l->p == '.'))
		l->p++;
	if (l->end - l->p > 1 && (*l->p == 'e' || *l->p == 'E') &&
	    (is_digit(l->p[1]) || l->p[1] == '+' || l->p[1] == '-'))
		l->p += 2;
	while (l->p < l->end && is_digit(*l->p))
		l->p++;
	keep(l, T_NUMBER, start);
}

/* Blanks are kept as they are, a comment is left out. */
static void
skip(struct lex *l)
{
	while (l->p < l->end && (is_blank(*l->p) || *l->p == '#')) {
		if (is_blank(*l->p)) {
			(void)sc_buf_addc(l->out, *l->p++);
			continue;
		}
		while (l->p < l->end && *l->p != '\n')
			l->p++;
	}
}

/* 1: a token was read, 0: no more, -1: error. */
static int
next(struct lex *l)
{
	const char *start;
	int rc = 0;
	char c;

	skip(l);
	if (l->p == l->end)
		return 0;
	start = l->p;
	c = *l->p;
	if (is_word_start(c)) {
		rc = word(l);
	} else if (is_digit(c)) {
		number(l);
	} else if (c == '.' && l->end - l->p > 1 && is_word_start(l->p[1])) {
		for (l->p += 2; l->p < l->end && is_word(*l->p);)
			l->p++;
		keep(l, T_FIELD, start);
	} else {
		l->p++;
		if (c == '"')
			rc = string(l, start);
		else if (strchr("()[]{}", c) != NULL && c != '\0')
			rc = bracket(l, c);
		else
			keep(l, T_PUNCT, start);
	}
	return rc == -1 ? -1 : 1;
}

static void
begin(struct lex *l, struct sc_slice text, struct sc_buf *out,
    struct jqlex_facts *facts, struct sc_err *e)
{
	*l = (struct lex){ .p = text.p,
		.end = text.p + text.n,
		.out = out,
		.facts = facts,
		.e = e };
	*facts = (struct jqlex_facts){ 0 };
}

static int
finish(struct lex *l)
{
	char open = innermost(l);

	while (l->out->len > 0 && is_blank(l->out->p[l->out->len - 1]))
		l->out->len--;
	if (open == '\0')
		return 0;
	return sc_fail(l->e, EX_CONFIG, "a %s that is not closed",
	    open == '"'       ? "\\("
		: open == '(' ? "("
		: open == '[' ? "["
			      : "{");
}

int
jqlex_check(struct sc_slice text, struct sc_buf *out, struct jqlex_facts *facts,
    struct sc_err *e)
{
	struct lex l;
	int rc;

	begin(&l, text, out, facts, e);
	while ((rc = next(&l)) == 1)
		continue;
	if (rc == -1)
		return -1;
	facts->literal = l.ntokens == 1 && l.kind == T_STRING;
	return finish(&l);
}

static bool
is_punct(const struct lex *l, char c)
{
	return l->kind == T_PUNCT && l->text.n == 1 && *l->text.p == c;
}

/* Reads NAME and its parameters up to the colon. */
static int
def_head(struct lex *l, char name[JQLEX_NAME])
{
	unsigned params = 0;
	size_t n;

	if (next(l) != 1 || l->kind != T_WORD)
		return sc_fail(l->e, EX_CONFIG, "a def without a name");
	if (l->text.n > JQLEX_NAME - 16)
		return sc_fail(l->e, EX_CONFIG, "the name is too long");
	n = l->text.n;
	memcpy(name, l->text.p, n);
	while (!is_punct(l, ':')) {
		if (next(l) != 1)
			return sc_fail(l->e, EX_CONFIG, "a def without a body");
		if (is_punct(l, '(') || is_punct(l, ';'))
			params++;
	}
	(void)snprintf(name + n, JQLEX_NAME - n, "/%u", params);
	return 0;
}

int
jqlex_check_def(struct sc_slice text, struct sc_buf *out,
    struct jqlex_facts *facts, char name[JQLEX_NAME], struct sc_err *e)
{
	char other[JQLEX_NAME] = "";
	size_t pending = 0, ndefs = 0;
	struct lex l;
	int rc;

	begin(&l, text, out, facts, e);
	while ((rc = next(&l)) == 1) {
		/* Inside of brackets a def has nothing to do with the end. */
		bool def = l.depth == 0 && l.kind == T_WORD &&
		    sc_slice_is(l.text, "def") && l.before != '$';

		if (pending == 0 && !def)
			return sc_fail(e, EX_CONFIG,
			    "something else than a def behind a def");
		if (def && def_head(&l, ndefs++ == 0 ? name : other) == -1)
			return -1;
		if (def)
			pending++;
		else if (l.depth == 0 && is_punct(&l, ';'))
			pending--;
	}
	if (rc == -1)
		return -1;
	if (pending > 0)
		return sc_fail(e, EX_CONFIG, "the def does not end with \";\"");
	return finish(&l);
}
