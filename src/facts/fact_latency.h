/* fact_latency.h - one URL asked several times over one connection, as a browser that stays on the site would. */
#ifndef FACTS_FACT_LATENCY_H
#define FACTS_FACT_LATENCY_H

#include "facts/facts.h"

#define LATENCY_MOST_SAMPLES 200u

struct latency_sample {
    int status;
    int64_t wait_us;  /* from the request sent to the first byte: one round trip and the server's work */
    int64_t total_us; /* from the request sent to the last byte */
    bool reused;      /* over a connection that was open already */
};

struct fact_latency {
    struct str url, address;
    int64_t connect_us; /* TCP connection: about one round trip */
    int64_t tls_us;     /* TLS handshake alone; 0 for http */
    int version;        /* 11, 20 */
    struct latency_sample *v;
    size_t n; /* the first one warmed up and is not in v */
    size_t n_asked, n_connections;
    bool told_to_stop; /* 429 or 503: no more were asked */
    int64_t at_s;
};

extern const struct fact_kind latency_kind; /* key "URL n=20"; rank 21 */

/* Up to n warm samples, one after the other; fewer when they would take longer than one observation may. NULL as
 * fact_http. */
const struct fact_latency *fact_latency(struct ask *q, struct str url, unsigned n);
void fact_latency_want(struct ask *q, struct str url, unsigned n);

#endif
