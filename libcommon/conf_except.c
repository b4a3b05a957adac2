#include <arpa/inet.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "conf_impl.h"

#define SEPARATORS ", \t"
#define ENTRY_MAX  255

struct address {
	int family; /* 0: a name */
	unsigned char bytes[16];
};

/* An IPv6 address may be in brackets. */
static struct address
address_of(const char *text)
{
	struct address a = { 0 };
	char bare[ENTRY_MAX + 1];
	size_t n = strlcpy(bare, text + (*text == '['), sizeof(bare));

	if (*text == '[' && n > 0 && n < sizeof(bare) && bare[n - 1] == ']')
		bare[n - 1] = '\0';
	if (inet_pton(AF_INET, bare, a.bytes) == 1)
		a.family = AF_INET;
	else if (inet_pton(AF_INET6, bare, a.bytes) == 1)
		a.family = AF_INET6;
	return a;
}

static int
bits_of(const struct address *a)
{
	return a->family == AF_INET ? 32 : 128;
}

/* "10.0.0.0/8"; without "/" all bits.  False when it is no network. */
static bool
network_of(const char *entry, struct address *a, int *bits)
{
	char text[ENTRY_MAX + 1], *slash;
	const char *why = NULL;

	if (strlcpy(text, entry, sizeof(text)) >= sizeof(text))
		return false;
	if ((slash = strchr(text, '/')) != NULL)
		*slash++ = '\0';
	*a = address_of(text);
	if (a->family == 0)
		return false;
	*bits = bits_of(a);
	if (slash != NULL && isdigit((unsigned char)*slash))
		*bits = (int)strtonum(slash, 0, *bits, &why);
	else if (slash != NULL)
		return false;
	return why == NULL;
}

static bool
is_in(const struct address *a, const struct address *net, int bits)
{
	size_t whole = (size_t)bits / 8;
	unsigned mask = 0xff00U >> (bits % 8) & 0xff;

	return a->family == net->family &&
	    memcmp(a->bytes, net->bytes, whole) == 0 &&
	    (mask == 0 || ((a->bytes[whole] ^ net->bytes[whole]) & mask) == 0);
}

/* The host itself, or one below that domain. */
static bool
is_below(const char *host, const char *domain)
{
	size_t n = strlen(host), d;

	domain += *domain == '.';
	d = strlen(domain);
	while (d > 0 && domain[d - 1] == '.')
		d--;
	return d > 0 && n >= d && strncasecmp(host + n - d, domain, d) == 0 &&
	    (n == d || host[n - d - 1] == '.');
}

static bool
matches(const char *entry, const char *host)
{
	struct address a = address_of(host), net;
	int bits;

	if (strcmp(entry, "*") == 0)
		return true;
	if (a.family == 0)
		return is_below(host, entry);
	return network_of(entry, &net, &bits) && is_in(&a, &net, bits);
}

/* The next entry of a comma list; false at its end. */
static bool
next_entry(const char **list, char entry[ENTRY_MAX + 1])
{
	size_t n;

	*list += strspn(*list, SEPARATORS);
	n = strcspn(*list, SEPARATORS);
	if (n == 0)
		return false;
	(void)strlcpy(entry, *list, n < ENTRY_MAX ? n + 1 : ENTRY_MAX + 1);
	*list += n;
	return true;
}

bool
conf_except_matches(const char *list, const char *host)
{
	char entry[ENTRY_MAX + 1];

	while (next_entry(&list, entry)) {
		if (matches(entry, host))
			return true;
	}
	return false;
}

const char *
conf_check_except(const char *list)
{
	char entry[ENTRY_MAX + 1];
	struct address net;
	int bits;

	while (next_entry(&list, entry)) {
		if (strcmp(entry, "*") == 0 || network_of(entry, &net, &bits))
			continue;
		if (strchr(entry, '/') != NULL)
			return "must hold hosts, not URLs, and networks such "
			       "as 10.0.0.0/8";
		if (strpbrk(entry, ":[]") != NULL)
			return "must hold hosts without ports";
		if (strchr(entry, '*') != NULL)
			return "takes no \"*\" in a name: \".example.net\" "
			       "stands for all below it";
	}
	return NULL;
}
