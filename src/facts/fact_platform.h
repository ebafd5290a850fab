/* fact_platform.h - who serves a host: the edge in front and the platform behind, so that a fix names its console. */
#ifndef FACTS_FACT_PLATFORM_H
#define FACTS_FACT_PLATFORM_H

#include "facts/facts.h"

struct platform {
    const char *id, *name;
    bool is_edge;                                  /* a proxying CDN: Cloudflare, Fastly, CloudFront ... */
    bool is_host;                                  /* runs the site: Vercel, Netlify, Heroku, Shopify ... */
    const char *console;                           /* where the founder clicks */
    const char *redirects, *headers, *tls, *cache; /* where those four are set; NULL: see console */
};

struct fact_platform {
    const struct platform *edge; /* NULL: none recognised */
    const struct platform *host; /* NULL: none recognised */
    bool edge_by_address, edge_by_header;
    struct str edge_evidence, host_evidence; /* "header cf-ray: ...", "CNAME cname.vercel-dns.com" */
};

extern const struct fact_kind platform_kind; /* key: the host; rank 26 */
/* From the host's addresses and CNAMEs and the answer of https://host/ (or http). Never NULL for want of a match. */
const struct fact_platform *fact_platform(struct ask *q, struct str host);

const struct platform *platform_by_id(const char *id);
/* The platform whose published ranges hold the address, or NULL. */
const struct platform *platform_of_address(struct str ip);
/* The platform that a CNAME target belongs to, or NULL. */
const struct platform *platform_of_cname(struct str target);

#endif
