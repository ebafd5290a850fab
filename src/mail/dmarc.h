/* dmarc.h - DMARC by RFC 9989: the record, whose record counts (a tree walk of at most eight queries), alignment; and
 * where receivers that still follow RFC 7489 with the Public Suffix List differ. */
#ifndef MAIL_DMARC_H
#define MAIL_DMARC_H

#include "mail/resolver.h"

#define DMARC_QUERIES_MOST 8u

enum dmarc_policy { DMARC_NONE, DMARC_QUARANTINE, DMARC_REJECT };
const char *dmarc_policy_word(enum dmarc_policy p);
/* What a receiver does under t=y: one step weaker (section 4.7). */
enum dmarc_policy dmarc_policy_tested(enum dmarc_policy p, bool testing);

struct dmarc_uri {
    struct str uri;     /* without an obsolete "!size" */
    struct str mailbox; /* mailto: the address, decoded; otherwise empty */
    struct str domain;  /* of the mailbox */
    bool has_size;
};

/* A remark about a record that parses, or why it does not. */
struct dmarc_flaw {
    bool fatal;      /* receivers ignore the record */
    bool obsolete;   /* of RFC 7489 only, and harmless */
    size_t at;       /* byte offset in the record */
    struct str text; /* a sentence */
};

struct dmarc_record {
    struct str text;
    enum dmarc_policy p, sp, np; /* sp and np default as the RFC says; p missing is none */
    bool has_p, has_sp, has_np;
    bool strict_dkim, strict_spf; /* adkim=s aspf=s */
    char psd;                     /* 'y' 'n' 'u' */
    bool testing;                 /* t=y: receivers apply the policy one step weaker */
    int pct;                      /* RFC 7489 only; 100 when not said */
    bool policy_unread;           /* no policy, or one that cannot be read: taken as p=none throughout */
    struct str fo;
    struct dmarc_uri *rua, *ruf;
    size_t n_rua, n_ruf;
    struct dmarc_flaw *flaws;
    size_t n_flaws, flaws_capacity;
};

/* False when it is not a DMARC record that receivers use; the flaws say why. ret is filled either way. */
bool dmarc_record_parse(struct arena *arena, struct str text, struct dmarc_record *ret);
/* True when the text begins with the tag v=DMARC1, exactly: what is a record at all (section 4.10 step 2). */
bool dmarc_is_record(struct str text);
/* The first flaw that makes receivers ignore the record, or NULL. */
const struct dmarc_flaw *dmarc_fatal(const struct dmarc_record *record);

/* The record written anew as far as it could be read, without obsolete tags. With as_is it says the same; otherwise p
 * holds for subdomains too and nothing is a test. rua: its value when the record has no valid one; may be empty. */
struct str dmarc_record_text(struct arena *arena, const struct dmarc_record *record, enum dmarc_policy p, bool as_is,
                             struct str rua);

/* What was found at one name of the walk. */
struct dmarc_step {
    struct str name; /* "_dmarc.shop.example" is asked; this is "shop.example" */
    enum mail_outcome outcome;
    struct str_list records; /* those of dmarc_is_record() */
    struct str_list strays;  /* other texts there: SPF, leading space, an old draft */
};

struct dmarc_found {
    struct str domain;       /* asked about */
    struct str organisation; /* the organisational domain by the walk; empty: unseen */
    struct str policy_at;    /* where the record that counts stands; empty: none */
    struct dmarc_record record;
    bool has_record;             /* and receivers use it; false with policy_at: its flaws say why they do not */
    bool several;                /* more than one at a name: receivers ignore all */
    enum dmarc_policy applies;   /* p, sp or np, for domain (with the testing step not yet taken) */
    const char *applies_tag;     /* "p" "sp" "np" */
    struct str psl_organisation; /* by the Public Suffix List (RFC 7489) */
    struct str psl_policy_at;    /* where a RFC 7489 receiver looks; empty: it finds none */
    struct str difference;       /* what such a receiver does differently, one sentence; empty: nothing */
    struct dmarc_step *steps;
    size_t n_steps;
    struct str unseen; /* a look-up that failed, in words; nothing is then said about absence, while has_record stands:
                          the domain's own record was seen */
};

/* exists: whether the domain itself exists in the DNS (for np). */
void dmarc_find(struct arena *arena, const struct mail_resolver *dns, struct str domain, bool exists,
                struct dmarc_found *ret);

/* RFC 9989's organisational domain of a name; empty when a look-up failed. */
struct str dmarc_organisation(struct arena *arena, const struct mail_resolver *dns, struct str domain);

/* Aligned: equal (strict), or of the same organisation (relaxed). */
bool dmarc_is_aligned(struct arena *arena, const struct mail_resolver *dns, struct str from, struct str authenticated,
                      bool strict);
/* The same, telling apart what could not be looked up. */
enum dmarc_alignment { DMARC_ALIGNED, DMARC_NOT_ALIGNED, DMARC_ALIGNMENT_UNSEEN };
enum dmarc_alignment dmarc_alignment(struct arena *arena, const struct mail_resolver *dns, struct str from,
                                     struct str authenticated, bool strict);

/* May reports about domain go to that mailbox's domain? (RFC 9990 section 4: DOMAIN._report._dmarc.DESTINATION.)
 * domain: where the record stands. A URI without a mailbox is nobody's: not authorised. */
enum dmarc_destination { DMARC_OWN, DMARC_AUTHORISED, DMARC_NOT_AUTHORISED, DMARC_DESTINATION_UNSEEN };
enum dmarc_destination dmarc_destination(struct arena *arena, const struct mail_resolver *dns, struct str domain,
                                         const struct dmarc_uri *uri);
/* The name of the record that authorises; its text is "v=DMARC1". */
struct str dmarc_destination_name(struct arena *arena, struct str domain, const struct dmarc_uri *uri);

#endif
