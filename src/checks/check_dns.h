/* check_dns.h - what the DNS checks share. */
#ifndef CHECKS_CHECK_DNS_H
#define CHECKS_CHECK_DNS_H

#include "checks/check.h"
#include "facts/fact_dns.h"
#include "facts/fact_site.h"
#include "facts/facts.h"

#define DNS_FIX_TTL_S 3600u

/* Notes that the host does not resolve (so that this folds under the check that says why). Returns false. */
bool dns_note_no_name(struct ask *q, struct str host);
/* Does the audited domain exist? False when not, or when that was not seen; either way the ask knows why. */
bool dns_domain_exists(struct ask *q);

/* The zone of the audited domain: NULL when not seen, or when the walk from the root does not find it (noted). */
const struct fact_zone *dns_own_zone(struct ask *q);
/* The i-th of the zone's servers that answer with authority, or NULL past the last. */
const struct zone_server *dns_authority(const struct fact_zone *zone, size_t i);
/* "ns1.dns.example (198.51.100.1)". */
struct str dns_server_name(struct arena *arena, const struct zone_server *server);

/* Who runs the zone's DNS, as people know it, and where one clicks there; "the DNS provider" when not recognised. */
const char *dns_provider(const struct fact_zone *zone);

/* Is it a zone's own record: of that type and owner? */
const struct dns_rr *dns_record(const struct fact_dns *f, struct str owner, uint16_t type, size_t *at);
/* The records of that type and owner in one line, sorted, in a form that does not depend on case, order or how a TXT
 * is cut; empty: none. */
struct str dns_records_text(struct arena *arena, const struct fact_dns *f, struct str owner, uint16_t type);
/* One record in that form. */
struct str dns_record_text(struct arena *arena, const struct dns_rr *rr);
/* The shortest TTL of those, 0 without any. */
uint32_t dns_records_ttl_s(const struct fact_dns *f, struct str owner, uint16_t type);
/* "answer", "NXDOMAIN (the name does not exist)" ...: for evidence. */
const char *dns_outcome_words(const struct fact_dns *f);

/* fact_addresses, where half an answer is not enough: when A or AAAA was not seen the ask knows it. */
const struct fact_addresses *dns_all_addresses(struct ask *q, struct str host);

/* A name under the domain that nobody has made; the same all through one audit. */
struct str dns_unlikely_name(struct arena *arena, struct str domain, int64_t now_s);

/* The hosts to look at: the site's, less those declared absent. NULL as fact_site. */
const struct fact_site *dns_site(struct ask *q);
bool dns_declared_absent(const struct ask *q, struct str host);
bool dns_declared_http_only(const struct ask *q, struct str host);

#endif
