/* tls_hosts.h - what the tls.* checks share: every host at every address, and how their fixes name a console. */
#ifndef CHECKS_TLS_HOSTS_H
#define CHECKS_TLS_HOSTS_H

#include "core/err.h"
#include "core/str.h"

struct ask;
struct fact_site;
struct fact_tls;
struct finding;
struct findings;
struct launch_host;
struct platform;
struct site_host;

/* One host at one of its addresses. */
struct tls_seen {
    const struct site_host *host;
    struct str address;
    const struct fact_tls *tls; /* NULL: err says why (only with keep_failures) */
    struct err err;
};

struct tls_tour {
    struct tls_seen *v;
    size_t n, capacity;
};

enum tls_tour_kind { TOUR_HANDSHAKE, TOUR_ACCEPTS };

/* Every host of the site that serves the web, at every address. What could not be seen stays noted in q, except: a
 * host that was only guessed, whose name need not be a web site, and an IPv6 address that this machine has no way
 * to while an IPv4 one was seen. With keep_failures, a port that listens and finishes no TLS handshake is in the tour
 * (and not noted), since that is an answer; one that refuses connections is what routes.reachable tells of. */
void tls_tour_make(struct ask *q, enum tls_tour_kind kind, bool keep_failures, struct tls_tour *ret);

/* True for a host whose name was only tried and which the owner may not think of as public: judged milder. */
bool tls_host_is_minor(const struct site_host *host);

/* The launch file's entry for that host, or NULL. */
const struct launch_host *tls_launch_host(const struct ask *q, struct str name);

/* The finding about that subject and key said before by this check, or NULL: further addresses add evidence to it. */
struct finding *tls_said(const struct findings *out, struct str subject, const char *key);

/* A web server that the founder runs, rather than a platform that sees to certificates itself. */
bool tls_is_own_server(const struct platform *p);

/* How to issue and install a certificate for that host, at the platform that serves it. */
void tls_fix_reissue(struct ask *q, struct findings *out, struct finding *f, struct str host);
/* How to send the whole chain. */
void tls_fix_chain(struct ask *q, struct findings *out, struct finding *f, struct str host);
/* How to raise the lowest version, or to take weak suites away. */
void tls_fix_versions(struct ask *q, struct findings *out, struct finding *f, struct str host);
void tls_fix_ciphers(struct ask *q, struct findings *out, struct finding *f, struct str host);

#endif
