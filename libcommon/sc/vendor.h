#ifndef SC_VENDOR_H
#define SC_VENDOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sc/buf.h"
#include "sc/err.h"

/*
 * A vendor is a folder of data: VENDOR/vendor.yaml says where its API is, how
 * requests are authorised, what its streams are and how they are paged.  No C
 * code knows a vendor's name.  docs/vendor-format.md describes every key.
 */
struct sc_pair {
	char *name;
	char *value;
};

enum sc_setting_kind {
	SC_SETTING_TEXT,
	SC_SETTING_HOST,   /* cleaned of scheme, path, port and blanks */
	SC_SETTING_SECRET, /* holds a secret reference; only sc-auth reads it */
	SC_SETTING_PERCENT, /* a whole number from 0 to 100 */
	SC_SETTING_WORD,    /* small letters and digits: part of a host name */
	SC_SETTING_CHOICE   /* one of its `values` */
};

/* One field of the settings form. */
struct sc_setting {
	char *name;  /* key in the integration file: host, api_key */
	char *label; /* "Host", "API Key" */
	char *help;
	char *example;
	enum sc_setting_kind kind;
	bool required;
	struct sc_pair *values; /* known ones and what each one means */
	size_t nvalues;
};

enum sc_paging {
	SC_PAGING_TOKEN,   /* keyset token inside a run, time window across runs
			    */
	SC_PAGING_WALK,    /* the same token, but each run lists everything */
	SC_PAGING_WINDOW,  /* no pages: all that lies in a window of time */
	SC_PAGING_AFTER,   /* pages behind an id that only grows */
	SC_PAGING_PAGE,    /* pages with numbers, in a window of time */
	SC_PAGING_CHILDREN /* such a list for each record of another stream */
};

/* How times are written, in parameters and in records. */
enum sc_times { SC_TIMES_ISO, SC_TIMES_MS /* since 1970 */ };

enum sc_scheme {
	SC_SCHEME_HEADER,   /* a header that is always the same */
	SC_SCHEME_HMAC_SHA1 /* ... and one that signs the request */
};

/* The word for a revision that is made of the record's content. */
#define SC_REVISION_CONTENT "content"
/* Most paths in one list of a stream. */
#define SC_PATHS_MAX 32
/* Most records beside one. */
#define SC_BESIDES_MAX 8

/* Questions about time, for lists that go by id: POST, answered in pages. */
struct sc_search {
	char *path;     /* behind the base; NULL: there are none */
	char *since;    /* a body: what came since {since} */
	char **changed; /* bodies: what changed since {since} */
	size_t nchanged;
};

/* What belongs beside a record: another one, which it names. */
struct sc_beside {
	char *name;   /* member of ctx: "device" */
	char *id;     /* path of the other one's id in the record */
	char *path;   /* behind the base: "/devices/{id}" */
	char *stream; /* whose record it is */
};

/* Limits of a polling interval. */
#define SC_INTERVAL_MIN_MS INT64_C(10000)
#define SC_INTERVAL_MAX_MS (31 * INT64_C(86400000))

/*
 * A second look at records that are older than the window, because they change
 * without a time that one could ask for.
 */
struct sc_revisit {
	struct sc_pair *query; /* instead of parameters of the same name */
	size_t nquery;
	int64_t back_ms; /* how far to look; 0: there is no second look */
	char *changed;   /* path of the time that the list is sorted by */
	int64_t every;   /* each so many looks go to the end of the list */
	char **open;     /* what `remember` says of those that belong in it */
	size_t nopen;
};

struct sc_stream {
	char *name; /* "threats" */
	char *noun; /* "threats" in "fetched 12 threats" */
	char *path; /* behind the base: "/threats" */
	enum sc_paging paging;
	struct sc_pair *query; /* sent with every page */
	size_t nquery;
	struct sc_pair *headers; /* ... as headers */
	size_t nheaders;
	char *body;  /* of POST, with {since} and {until}; NULL: GET */
	char *page;  /* parameter with the number of a page, from 0 */
	char *limit; /* ... with how many records it has */
	int64_t size;
	char *token; /* name of the parameter with the page token, or NULL */
	char *after; /* ... with the largest id so far; NULL: tokens lead on */
	char *since; /* ... with the lower time bound, or NULL */
	char *until; /* ... with the upper one, exclusive, or NULL */
	enum sc_times times;
	/* Paths in the answer (sc/json.h). */
	char *items;
	char *next;     /* a token or the last id; NULL: there is none */
	char *total;    /* how many records the whole list has, or NULL */
	char *failures; /* a list: what the answer lacks, or NULL */
	/* Paths in a record. */
	char *id;
	char *time;      /* what since/until/start are about; NULL: a walk */
	char *revision;  /* NULL: records never change */
	bool by_content; /* the revision is a hash of the record */
	char *remember;  /* what the store keeps beside the revision, or NULL */
	char **redact;   /* values that never leave sc-fetch */
	size_t nredact;
	char **volatiles; /* what the hash leaves out */
	size_t nvolatiles;
	char *one; /* path of a request for one record: {id} is its id */
	struct sc_revisit revisit;
	/* Of children. */
	char *of; /* the stream of their parents */
	const struct sc_stream *parent;
	char *as;       /* a parent's name in the ctx */
	char **changed; /* paths in a parent: what says that there is more */
	size_t nchanged;
	bool optional;  /* off unless the integration wants it */
	char **degrade; /* statuses that mean: not in this account */
	size_t ndegrade;
	int64_t interval_ms;
	int64_t start_ms;   /* how far the first run goes back; 0: a walk */
	int64_t overlap_ms; /* re-read behind the high-water mark */
	int64_t settle_ms;  /* not asked for yet: it may still be incomplete */
	int64_t slice_ms;   /* the most to ask for at once; 0: no windows */
	int64_t retention_ms; /* how long the vendor can return a record */
	int64_t reread;       /* ids behind the last one to ask for again */
	struct sc_search search;
	struct sc_beside *besides;
	size_t nbesides;
};

/* How a refusal is understood; the first matching row counts. */
struct sc_refusal {
	int64_t status; /* HTTP status */
	char *body;     /* text that must occur in the body, or NULL */
	char *location; /* ... in the header Location, or NULL */
	bool first;     /* only before anything has been read */
	char *class;    /* word of enum sc_class */
	char *remedy;   /* the guide's advice */
};

/* How to ask when the credential expires. */
struct sc_expiry_ask {
	char *method;
	char *path;    /* behind the base; NULL: there is no way */
	char *body;    /* a template */
	char *expires; /* path of the time in the answer */
};

/* A question whose answer proves something; sc-fetch --check asks it. */
struct sc_probe {
	char *path; /* behind the base; NULL: there is none */
	char *body; /* a text that the answer must contain, or NULL */
};

/* What the vendor says about the credential: a label and where it stands. */
struct sc_show {
	char *label;
	char *path;
	char **narrow; /* values that mean: it sees too little */
	size_t nnarrow;
	char *remedy; /* ... and what to do then; NULL without them */
};

/* What sc-fetch --check has to know about a vendor. */
struct sc_check {
	struct sc_probe service;    /* sent without the credential */
	struct sc_probe credential; /* ... with it */
	char *account; /* path of the answer that shows are about, or NULL: the
			  credential's */
	struct sc_show *shows;
	size_t nshows;
	struct sc_pair *query; /* in the place of a stream's parameters */
	size_t nquery;
	int64_t clock_ms; /* how far our clock may be off; 0: not known */
	char *find;       /* setting whose values lead to different hosts */
};

/* Names in braces that are no settings; they are about one request. */
enum sc_word {
	SC_WORD_METHOD,
	SC_WORD_TARGET,
	SC_WORD_DATE,
	SC_WORD_SIGNATURE,
	SC_NWORDS
};

/* What a scheme that signs needs; all NULL for one that does not. */
struct sc_signing {
	char *key;     /* the secret setting whose bytes are the key */
	char *message; /* a template: what is signed */
	char *date;    /* the form of {date}: YYYYMMDDTHHMMSS, UTC */
	struct sc_pair *headers; /* templates; sent before the signature */
	size_t nheaders;
};

struct sc_vendor {
	char *path;        /* folder the data came from */
	char *name;        /* "sentinelone" */
	char *title;       /* "SentinelOne" */
	char *origin;      /* "https://{host}" with settings in braces */
	char *base;        /* "/web/api/v2.1" */
	char *auth_header; /* "Authorization" */
	char *auth_value;  /* "ApiToken {api_key}", "{signature}" */
	char *chosen_by;   /* the setting that chooses another value, or NULL */
	struct sc_pair *alternatives; /* its values, and what each one makes */
	size_t nalternatives;
	enum sc_scheme scheme;
	struct sc_signing signing;
	struct sc_expiry_ask expiry;
	struct sc_setting *settings;
	size_t nsettings;
	struct sc_stream *streams;
	size_t nstreams;
	struct sc_refusal *refusals;
	size_t nrefusals;
	struct sc_check check;
};

/*
 * Loads NAME from the search path: CONFDIR/vendors, then each folder of
 * SC_VENDORS (colon-separated) or, without it, PREFIX/share/signal-client/
 * vendors.  EX_CONFIG with file:line:column for a bad file, and with the
 * nearest known name for an unknown vendor.  The result is the caller's.
 */
struct sc_vendor *sc_vendor_load(
    const char *confdir, const char *name, struct sc_err *e);
void sc_vendor_free(struct sc_vendor *);

/* NULL when there is none of that name. */
const struct sc_stream *sc_vendor_stream(
    const struct sc_vendor *, const char *name);

const struct sc_setting *sc_vendor_setting(
    const struct sc_vendor *, const char *name);

/*
 * The template of the credential's header for a value of the setting that
 * chooses it; NULL stands for an integration that does not have the setting.
 */
const char *sc_vendor_auth_value(const struct sc_vendor *, const char *choice);
/*
 * The value that stands for the template that is in use where the setting is
 * not there; NULL when there is nothing to choose.
 */
const char *sc_vendor_auth_default(const struct sc_vendor *);

/*
 * Appends a template of the vendor (in which braces around anything else than
 * a name are just braces) with each "{setting}" replaced by its value, and
 * "{setting/100}" by the hundredth part of a percentage.  values: one per
 * setting, in order; words: one per enum sc_word, or NULL.  EX_CONFIG when
 * something that it needs has none, or when b is full.
 */
int sc_vendor_expand(const struct sc_vendor *, const char *template,
    const char *const *values, const char *const *words, struct sc_buf *b,
    struct sc_err *e);
/* True when all settings that the template uses have values. */
bool sc_vendor_can_expand(
    const struct sc_vendor *, const char *template, const char *const *values);
/* True when the template uses this setting. */
bool sc_template_uses(const char *template, const char *setting);

/* NULL, or what is wrong with the value of a percentage ("must be ..."). */
const char *sc_percent_check(const char *text);
/* The same for a word that becomes a part of a host name. */
const char *sc_word_check(const char *text);
/* True for one of the values that the setting knows. */
bool sc_setting_knows(const struct sc_setting *, const char *value);

/* Names of all vendors on the search path, sorted, each once. */
int sc_vendor_list(
    const char *confdir, char ***names, size_t *n, struct sc_err *e);

/*
 * Finds a file of a vendor (STREAM.map) on the search path, or its local
 * addition CONFDIR/vendors/NAME/FILE only if local_only.  NULL if missing.
 */
char *sc_vendor_file(
    const char *confdir, const char *vendor, const char *file, bool local_only);

#endif
