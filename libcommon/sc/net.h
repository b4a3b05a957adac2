#ifndef SC_NET_H
#define SC_NET_H

#include <stdbool.h>
#include <stddef.h>

/*
 * How a server is reached and recognized.  sc/conf.h works it out of the
 * files, sc/http.h does as it says.  Zeroed: directly, the system's CAs.
 */
struct sc_net {
	char *ca_file;   /* trusted instead of the system's; NULL */
	char *tls_name;  /* in the certificate; NULL: the URL's host */
	char **tls_pins; /* with one, nothing else is checked */
	size_t ntls_pins;
	char *proxy;          /* "http://host:port", no user; NULL: none */
	char *proxy_user;     /* decoded; NULL: none */
	char *proxy_password; /* decoded, out of the address; NULL: none */
	char *proxy_secret;   /* or the reference of one; NULL: none */
	char *proxy_path;     /* ... and the file that it stands in */
	char *proxy_ca_file;  /* for an https:// proxy; NULL: the system's */
	char *proxy_from;     /* what names the proxy, for messages */
	bool proxy_excepted;  /* there is one, but not for this server */
};

#endif
