/* entry_points.h - where visitors may start: http and https, apex and www, front page and a deep link, IPv4 and IPv6,
 * and every other host of the site. One list for all checks of routing, so that they share their facts. */
#ifndef CHECKS_ENTRY_POINTS_H
#define CHECKS_ENTRY_POINTS_H

#include "checks/check.h"
#include "facts/fact_http.h"
#include "facts/fact_site.h"
#include "facts/facts.h"

struct launch_host;
struct url;

struct entry_point {
    const struct site_host *host;
    const struct launch_host *launch; /* its entry in the launch file, or NULL */
    struct str url;
    struct str via; /* empty: IPv4 where the host has it; "6" */
    bool https;
    bool deep;     /* a deep path with a query of ours; else the front page */
    bool is_pair;  /* apex or www */
    bool is_minor; /* nobody declared the host: what cannot be seen of it is not asked for */
};

struct entry_points {
    const struct fact_site *site;
    struct entry_point *v;
    size_t n, capacity;
};

/* The list, with every route wanted already. False when the site could not be seen (q holds why). An apex without an
 * address is in it; other hosts without one are not (routes.subdomain-map and dns.* judge those). */
MUST_CHECK bool entry_points(struct ask *q, struct entry_points *ret);

/* Every audit its own, the same for all checks of one audit and for its replay. */
struct str entry_nonce(struct ask *q);

/* The route of an entry. NULL when there is nothing to judge: it failed (q holds why, unless the host is minor or
 * only this machine's lack of IPv6 is in the way). */
const struct fact_route *entry_route(struct ask *q, const struct entry_point *e);
/* The same where the end does not matter: the failed ones too, with their first hops. */
const struct fact_route *entry_route_any(struct ask *q, const struct entry_point *e);

/* A hop that changes the scheme or the host, rather than the page. */
bool hop_is_move(struct ask *q, const struct hop *hop);
/* Both of a hop's ends belong to the site. */
bool hop_stays(struct ask *q, const struct fact_site *site, const struct hop *hop);

/* The finding of this check about that subject and key, or NULL. */
struct finding *entry_said(const struct findings *out, struct str subject, const char *key);
/* "https://shop.example/" of any URL there. */
struct str entry_root(struct ask *q, struct str url);
/* Each hop as a line of evidence: "301 https://shop.example/ (12 ms)". */
void entry_evidence(struct ask *q, struct findings *out, struct finding *f, const struct fact_route *r);

/* Notes that an entry's host answers in a way that others judge, so that silence about it is no pass. */
void entry_note(struct ask *q, struct str url, enum err_kind kind, const char *text);

#endif
