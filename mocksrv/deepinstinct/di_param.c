#include <stdio.h>
#include <string.h>

#include "mocksrv/deepinstinct/di_server.h"
#include "mocksrv/query.h"
#include "sc/json.h"

static int
refuse(const struct di_call *c, struct sc_slice name, const char *what)
{
	char text[96];

	/* The name comes from the request: only what JSON can carry. */
	(void)snprintf(text, sizeof(text), "%.*s: %s",
	    (int)(name.n < 40 ? sc_utf8_valid(name.p, name.n) : 0), name.p,
	    what);
	di_refuse(c->reply, 400, text);
	return -1;
}

static int
read_number(const struct di_call *c, const struct di_number *numbers,
    const struct mock_query *q, size_t i)
{
	const struct mock_param *p = &q->params[i];

	for (size_t k = 0; k < i; k++) {
		if (p->name.n == q->params[k].name.n &&
		    memcmp(p->name.p, q->params[k].name.p, p->name.n) == 0)
			return refuse(c, p->name, "Given more than once.");
	}
	while (numbers->name != NULL && !sc_slice_is(p->name, numbers->name))
		numbers++;
	if (numbers->name == NULL)
		return refuse(c, p->name, "Unknown parameter.");
	if (mock_parse_digits(p->value, numbers->max, numbers->out) == -1)
		return refuse(c, p->name, "Not a valid integer.");
	return 0;
}

int
di_read_numbers(const struct di_call *c, const struct di_number *numbers)
{
	struct mock_query q;
	int rc = 0;

	if (mock_query_parse(&q, c->http->query) == -1) {
		di_refuse(c->reply, 400, "Malformed query string.");
		rc = -1;
	}
	for (size_t i = 0; i < q.nparams && rc == 0; i++)
		rc = read_number(c, numbers, &q, i);
	mock_query_fini(&q);
	return rc;
}
