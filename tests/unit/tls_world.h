/* tls_world.h - a site of facts written by hand, for the checks of TLS and the edge. */
#ifndef TESTS_TLS_WORLD_H
#define TESTS_TLS_WORLD_H

#include "checks/check.h"
#include "facts/fact_dns.h"
#include "facts/fact_http.h"
#include "facts/fact_platform.h"
#include "facts/fact_site.h"
#include "facts/fact_tls.h"
#include "launch/launch.h"

#define NOW ((int64_t)1795000000) /* 2026-11-18 */
#define DAY 86400

/* A site with one host at 192.0.2.80 and whatever a row adds. */
struct world {
    struct arena *arena;
    struct launch launch;
    struct facts *facts;
    struct fact_site site;
    struct site_host hosts[3];
    struct findings out;
};

void world_open(struct world *w);
/* Once the launch file and the site are as the row wants them. */
void world_begin(struct world *w);
void world_close(struct world *w);

void put_addresses(struct world *w, const char *host, const char *first, const char *second);
void put_platform(struct world *w, const char *host, const char *edge, const char *by);
void put_err(struct world *w, const struct fact_kind *kind, struct str key, enum err_kind what);

void run(struct world *w, const char *id);
/* The worst that was said has that status, severity (of FAIL and WARN), and title (NULL: any), with evidence. */
void expect(struct world *w, const char *why, enum status status, enum severity severity, const char *title);

struct made {
    int from_days, until_days; /* 0: 30 days ago, in 60 days */
    enum tls_trust trust;
    bool fixed, misnamed, disordered, no_names, must_staple, stapled, weak_signature;
    unsigned rsa_bits; /* 0: EC P-256 */
    enum tls_revocation revocation;
    const char *ocsp;
    enum err_kind err; /* instead of all that */
    bool guessed;
};
const struct fact_tls *make_tls(struct world *w, const struct made *m);

#endif
