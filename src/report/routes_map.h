/* routes_map.h - the routing map: every entry point with its hops, and the DNS records behind each host. */
#ifndef REPORT_ROUTES_MAP_H
#define REPORT_ROUTES_MAP_H

#include <stdbool.h>
#include <stdint.h>

#include "core/attr.h"
#include "core/buf.h"
#include "core/str.h"

struct ask;
struct arena;

/* Every text is safe to show. */
struct map_record {
    struct str name, type, value;
    uint32_t ttl_s;
};

struct map_host {
    struct str name, role, purpose;
    bool declared;
    struct map_record *records;
    size_t n_records, capacity;
};

struct map_hop {
    struct str url, location, address; /* location empty: the end */
    int status;                        /* 0: no answer */
    int version;                       /* 10, 11, 20 */
    int64_t ms;
};

struct map_route {
    struct str start, family; /* "IPv4" */
    const struct map_host *host;
    struct map_hop *hops;
    size_t n_hops;
    struct str end;     /* "page", "loop", "too-long", "bad-scheme", "private", "no-location", "failed", "unknown" */
    struct str problem; /* a sentence when end is not "page"; else empty */
    struct str final_url;
    int status;
};

struct route_map {
    struct str domain;
    int64_t at_s;
    struct map_host *hosts;
    size_t n_hosts;
    struct map_route *routes;
    size_t n_routes;
    struct map_record *zone; /* with routes_map_zone: what is published at and below the domain */
    size_t n_zone, zone_capacity;
    struct str zone_server; /* who was asked; empty: the resolver */
};

/* Looks at everything, in parallel. False when the site could not be seen: q holds why. */
MUST_CHECK bool routes_map_make(struct ask *q, struct route_map *ret);
/* The records for --zone: of the hosts, mail and policy names. False as above. */
MUST_CHECK bool routes_map_zone(struct ask *q, struct route_map *ret);

/* format: "text" "term" "markdown" "json" "dot". False when out is full. */
MUST_CHECK bool routes_map_write(const struct route_map *map, struct arena *arena, struct str format, bool color,
                                 struct buf *out);
/* Master-file format (RFC 1035 section 5), with a comment above each group. */
MUST_CHECK bool routes_zone_write(const struct route_map *map, struct arena *arena, struct buf *out);

#endif
