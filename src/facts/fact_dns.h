/* fact_dns.h - DNS answers: from the resolver, from one server, and what follows from several. */
#ifndef FACTS_FACT_DNS_H
#define FACTS_FACT_DNS_H

#include "core/dns_type.h"
#include "facts/facts.h"

enum dns_outcome {
    DNS_ANSWER,   /* NOERROR with the type asked for (after following CNAMEs in the answer) */
    DNS_NODATA,   /* NOERROR without it (RFC 2308 section 2.2) */
    DNS_NXDOMAIN, /* the name does not exist (RFC 8020) */
    DNS_REFERRAL, /* from a server asked directly: it points further down */
    DNS_SERVFAIL,
    DNS_REFUSED,
    DNS_OTHER /* any other rcode, or an answer that breaks the protocol; see rcode */
};

struct dns_rr {
    struct str owner; /* lower case, without the final dot */
    uint16_t type;
    uint32_t ttl_s;
    struct str text;         /* RDATA in presentation format */
    struct str target;       /* of CNAME NS MX PTR SRV DNAME HTTPS, lower case without the final dot; "" for "." */
    struct str value;        /* A, AAAA: the address as text; TXT: its strings joined; CAA: the value */
    struct str tag;          /* CAA: "issue", "issuewild", "iodef" */
    uint16_t number;         /* MX preference, CAA flags, SVCB priority, DS/DNSKEY/RRSIG key tag */
    uint32_t serial;         /* SOA */
    int64_t from_s, until_s; /* RRSIG inception and expiration */
    uint8_t algorithm, digest_type; /* DS, DNSKEY, RRSIG */
    uint16_t covered;               /* RRSIG: type covered */
    size_t n_strings;               /* TXT: how many character-strings */
};

struct fact_dns {
    struct str name; /* as asked, lower case, no final dot */
    uint16_t type;
    enum dns_outcome outcome;
    unsigned rcode;
    bool authoritative, authenticated, truncated, recursion_available, over_tcp;
    struct dns_rr *answer, *authority, *additional;
    size_t n_answer, n_authority, n_additional;
    struct str server; /* "203.0.113.53" or with ":port" when not 53 */
    int64_t at_s;
    int64_t took_us;
};

extern const struct fact_kind dns_kind; /* key "TYPE name", "TYPE name cd|@SERVER|via SERVER"; rank 10 */

/* From the resolver. NULL on timeout (ERR_DNS_TIMEOUT), SERVFAIL or REFUSED (ERR_DNS_FAILED); NXDOMAIN and NODATA are
 * answers. CNAMEs are followed by the resolver; the chain is in answer. */
const struct fact_dns *fact_dns(struct ask *q, struct str name, uint16_t type);
/* The same with checking disabled (CD, RFC 4035 section 3.2.2): tells bogus from broken. */
const struct fact_dns *fact_dns_unchecked(struct ask *q, struct str name, uint16_t type);
/* From that server itself, without recursion. Every reply is an answer, also SERVFAIL and REFUSED; only silence is
 * NULL. server: "ADDR" or "ADDR:PORT". */
const struct fact_dns *fact_dns_at(struct ask *q, struct str server, struct str name, uint16_t type);
/* From another resolver, with recursion; otherwise as fact_dns_at. */
const struct fact_dns *fact_dns_via(struct ask *q, struct str resolver, struct str name, uint16_t type);
void fact_dns_want(struct ask *q, struct str name, uint16_t type);
void fact_dns_at_want(struct ask *q, struct str server, struct str name, uint16_t type);

/* Values of the TXT answers, in order. NULL as fact_dns. */
const struct str_list *fact_txt(struct ask *q, struct str name);

struct dns_address {
    struct str ip;
    bool is_v6;
    uint32_t ttl_s;
};

/* Where a name leads: A and AAAA with the CNAMEs on the way. None is an answer (n_v 0). NULL when both look-ups were
 * not seen; partial when one was not. */
struct fact_addresses {
    struct dns_address *v; /* IPv4 first */
    size_t n_v;
    struct str_list cnames; /* the chain, first target first */
    bool exists;            /* the name exists (not NXDOMAIN) */
    bool partial;           /* the A or the AAAA question was not answered */
};
extern const struct fact_kind addresses_kind; /* key: the name; rank 12 */
const struct fact_addresses *fact_addresses(struct ask *q, struct str host);
void fact_addresses_want(struct ask *q, struct str host);
/* The first IPv4 (or IPv6) address, or the empty string; NULL-safe. */
struct str fact_address_first(const struct fact_addresses *a, bool v6);

/* One name server of a zone at one of its addresses. */
struct zone_server {
    struct str name, ip;
    bool answered;      /* it replied at all to SOA */
    bool authoritative; /* with AA and the zone's SOA */
    unsigned rcode;
    uint32_t serial;
    int64_t took_us;
    struct str problem; /* for people, when !answered or !authoritative */
    bool no_route;      /* this machine cannot reach the address's family: nothing is known about the server */
    bool unseen;        /* it, or the address of its name, could not be looked at for another reason of ours */
};

/* The zone that a name is in, seen from the root down (the parent's view) and from its own servers (the child's). */
struct fact_zone {
    struct str apex;             /* the zone cut at or above the name */
    struct str parent;           /* the parent zone */
    struct str_list parent_ns;   /* as the parent delegates */
    struct str_list child_ns;    /* as the zone says itself */
    struct zone_server *servers; /* every server named by either, at each of its addresses */
    size_t n_servers;
    struct dns_rr *ds; /* at the parent */
    size_t n_ds;
    struct str parent_server; /* which server of the parent was asked */
};
extern const struct fact_kind zone_kind; /* key: the name; rank 14 */
/* Walks from the root (built-in hints). NULL when no server of the parent could be asked. */
const struct fact_zone *fact_zone(struct ask *q, struct str name);

/* "A", "TYPE65" ...: for keys and people. */
struct str dns_type_name(struct arena *arena, uint16_t type);

#endif
