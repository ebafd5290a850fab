/* dns_world.h - a small DNS written down as zone files, put into a table of facts: what each server and the resolver
 * would say. Nothing reaches a network. */
#ifndef DNS_WORLD_H
#define DNS_WORLD_H

#include "checks/check.h"
#include "core/secret.h"
#include "facts/fact_dns.h"
#include "facts/fact_http.h"
#include "facts/fact_rdap.h"
#include "facts/fact_site.h"
#include "facts/fact_tls.h"
#include "launch/launch.h"

#define WORLD_NOW ((int64_t)1795000000) /* 2026-11-18 */
#define WORLD_DAY 86400

struct dns_world {
    struct arena *arena;
    struct facts *facts;
    struct launch launch;
    struct fact_site site;
    struct site_host hosts[8];
    struct fact_zone zone;
    struct zone_server servers[4];
    struct fact_rdap rdap;
    struct findings out;
    /* The zone as its first server, its second server and the resolver have it; the last two default to the first. */
    const char *zone_text, *second_text, *resolver_text;
    const char *public_text; /* of the public resolver 192.0.2.53, when the launch file names it */
    const char *documented;  /* dns.zone's text */
    /* Keys of DNS facts ("A shop.example @192.0.2.1") that were not seen, or failed; ends with NULL. */
    const char *silent[8];
    const char *servfail[8];
    const char *asked[24];         /* names that nobody has and somebody asks about; ends with NULL */
    bool authenticated;            /* every answer of the resolver is validated */
    bool no_zone, no_rdap, no_web; /* not seen */
    size_t fail_nth, n_put;        /* the so many-th fact put is a failure instead */
    /* Web: what every address answers, and one that differs. */
    const char *title, *odd_address, *odd_title, *odd_error, *body;
    int status, odd_status;
    const char *issuer_org;
};

/* A healthy zone with two servers, IPv4 and IPv6, CAA, MX and control record. */
void dns_world_begin(struct dns_world *w);
/* Puts the facts; afterwards checks may run. */
void dns_world_put(struct dns_world *w);
void dns_world_end(struct dns_world *w);
/* Runs one check; its findings are in w->out. Returns the worst status: FAIL, WARN, UNKNOWN, else the first's. */
enum status dns_world_run(struct dns_world *w, const char *id);

/* Signs apex SOA and makes keys: lines for a zone text, and the DS into w->zone. from_s and until_s of signatures. */
struct str dns_world_sign(struct dns_world *w, int64_t from_s, int64_t until_s);

extern const char dns_world_healthy[];

#endif
