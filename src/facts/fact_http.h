/* fact_http.h - one HTTP exchange: what was asked of which address, and everything that came back. */
#ifndef FACTS_FACT_HTTP_H
#define FACTS_FACT_HTTP_H

#include "facts/facts.h"

#define HTTP_MOST_BODY_BYTES   (2u * 1024u * 1024u)
#define HTTP_MOST_HEADER_BYTES (256u * 1024u)

struct http_header {
    struct str name;  /* lower case */
    struct str value; /* as sent, trimmed; foreign bytes */
};

struct fact_http {
    struct str method, url;
    struct str address; /* the one connected to */
    int status;
    int version; /* 10, 11, 20 */
    struct http_header *headers;
    size_t n_headers;
    struct str body;        /* decoded; at most HTTP_MOST_BODY_BYTES */
    uint64_t wire_bytes;    /* body as transferred (compressed) */
    bool body_cut;          /* there was more than we keep */
    bool body_broken;       /* the content encoding was broken, or a bomb: body holds what came before */
    enum err_kind body_end; /* ERR_TIMEOUT or ERR_RESET: the server stopped before the body's end; else ERR_NONE */
    struct str encoding;    /* Content-Encoding as sent: "gzip", "br", "zstd", "" */
    int64_t connect_us, tls_us, first_byte_us, total_us; /* each since the start of the exchange; 0: did not happen */
    int64_t at_s;
};

/* What to ask. Only url is needed. */
struct http_ask {
    struct str method;        /* "GET" (when empty), "HEAD", "OPTIONS", "POST" (empty body) */
    struct str url;           /* absolute http or https */
    struct str via;           /* address to connect to; "4" or "6": that family; empty: IPv4, else IPv6. The first
                               * address counts, the next ones only where it refuses or this machine has no route */
    struct str encoding;      /* Accept-Encoding; empty: all that we can decode; "identity" */
    struct str origin;        /* Origin header; empty: none */
    struct str request_id;    /* X-Request-ID to send; empty: none */
    struct str if_none_match; /* entity tag to revalidate with; empty: none */
    unsigned sample;          /* tells repeated exchanges apart: 0 is the first */
    bool insecure;            /* do not verify the certificate (a host whose TLS is judged elsewhere) */
};

extern const struct fact_kind http_kind; /* rank 20; key: see http_key */

/* "GET https://shop.example/ via=4 encoding=identity sample=2 insecure": what is not default, in this order. */
struct str http_key(struct arena *arena, const struct http_ask *ask);

/* Redirects are not followed. NULL when no complete header section came: ERR_NO_NAME, ERR_REFUSED, ERR_TIMEOUT,
 * ERR_RESET, ERR_TLS (the certificate did not verify, or no handshake), ERR_NO_ROUTE, ERR_PROTOCOL, ERR_LIMIT,
 * ERR_BLOCKED. A private address is ERR_BLOCKED unless the launch file declares it or it was given as via. */
const struct fact_http *fact_http(struct ask *q, const struct http_ask *ask);
void fact_http_want(struct ask *q, const struct http_ask *ask);
/* GET url with everything else by default. */
const struct fact_http *fact_get(struct ask *q, struct str url);

/* The first header of that name (given in lower case), or one with p NULL. */
struct str http_header(const struct fact_http *x, const char *name);
bool http_has_header(const struct fact_http *x, const char *name);
/* The next header of that name from *at on; false when there is none. Start with *at = 0. */
bool http_header_next(const struct fact_http *x, const char *name, size_t *at, struct str *ret);
/* True when a comma-separated header (Cache-Control, Vary) holds that token (a name before "="), case folded. */
bool http_header_has_token(const struct fact_http *x, const char *name, const char *token);
/* "200 over HTTP/2 from 203.0.113.80" for evidence. */
struct str http_describe(struct arena *arena, const struct fact_http *x);

/* One step of a redirect chain. */
struct hop {
    struct str url;
    const struct fact_http *x; /* NULL only for the last hop when it failed: see err */
    struct str location;       /* absolute, resolved against url; empty when this hop is not a redirect */
};

enum route_end {
    ROUTE_PAGE,        /* an answer that is no redirect */
    ROUTE_LOOP,        /* a URL came twice */
    ROUTE_TOO_LONG,    /* more than 20 hops */
    ROUTE_BAD_SCHEME,  /* a Location that is not http or https (file:, javascript:) */
    ROUTE_PRIVATE,     /* a Location on a private address or localhost: not followed */
    ROUTE_NO_LOCATION, /* a redirect status without a usable Location */
    ROUTE_FAILED       /* the next exchange failed: err says how */
};

/* A start URL followed to its end. Never NULL for want of an answer: the failure is part of it. */
struct fact_route {
    struct str start;
    struct hop *hops;
    size_t n_hops;  /* exchanges made, the failed one included */
    size_t n_moves; /* redirects followed or refused */
    enum route_end end;
    struct str final_url;         /* the last URL reached (or refused) */
    const struct fact_http *last; /* of the final page, when end is ROUTE_PAGE; else the last that answered or NULL */
    struct err err;               /* with ROUTE_FAILED: why */
};

extern const struct fact_kind route_kind; /* key "url" or "url via=4"; rank 22 */
/* via: "4", "6" or empty; it holds for every hop. NULL only for ERR_CANCELLED, ERR_OFFLINE, ERR_NO_ROUTE. */
const struct fact_route *fact_route(struct ask *q, struct str url, struct str via);
void fact_route_want(struct ask *q, struct str url, struct str via);

#endif
