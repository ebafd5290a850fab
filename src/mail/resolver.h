/* resolver.h - how the engines of this room ask the DNS. They do no I/O: a fact, a test or a benchmark answers. */
#ifndef MAIL_RESOLVER_H
#define MAIL_RESOLVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/dns_type.h"
#include "core/str.h"

struct arena;

enum mail_outcome {
    MAIL_ANSWER,   /* records of the type asked for */
    MAIL_NODATA,   /* the name exists without them (RFC 2308 section 2.2) */
    MAIL_NXDOMAIN, /* the name does not exist */
    MAIL_FAILED    /* time-out, SERVFAIL, REFUSED or a broken answer: nothing is known, never "absent" */
};

struct mail_record {
    struct str value; /* A, AAAA: the address as text; TXT: its strings joined, raw bytes; MX, PTR, CNAME: the target,
                         lower case without the final dot, "" for "."; TLSA: "U S M HEX" */
    uint16_t preference; /* MX */
    size_t n_strings;    /* TXT: how many character-strings */
};

struct mail_answer {
    enum mail_outcome outcome;
    struct mail_record *v; /* in the order of the answer; n is 0 unless MAIL_ANSWER */
    size_t n;
    struct str_list cnames; /* the chain followed, first target first */
    bool authenticated;     /* DNSSEC-validated (AD) */
    struct str why;         /* MAIL_FAILED: in words */
};

/* look blocks until there is an answer, and allocates in arena. want, which may be NULL, says that a name will be
 * looked up soon, so that look-ups overlap; it counts for nothing. */
struct mail_resolver {
    void (*look)(void *context, struct arena *arena, struct str name, enum dns_type type, struct mail_answer *ret);
    void (*want)(void *context, struct str name, enum dns_type type);
    void *context;
};

static inline void mail_look(const struct mail_resolver *r, struct arena *arena, struct str name, enum dns_type type,
                             struct mail_answer *ret)
{
    r->look(r->context, arena, name, type, ret);
}

static inline void mail_want(const struct mail_resolver *r, struct str name, enum dns_type type)
{
    if (r->want)
        r->want(r->context, name, type);
}

#endif
