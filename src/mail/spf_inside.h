/* spf_inside.h - what the files of the SPF engine share: a record in parts, and macros. */
#ifndef MAIL_SPF_INSIDE_H
#define MAIL_SPF_INSIDE_H

#include "core/attr.h"
#include "core/str.h"
#include "mail/spf.h"

/* Ceilings of our own: what a stranger's zone may cost us. */
#define SPF_TERMS_MOST          1000u  /* terms of one record; more is a permerror */
#define SPF_TREE_TERMS_MOST     3000u  /* of a whole survey */
#define SPF_SURVEY_RECORDS_MOST 32u    /* records that a survey reads */
#define SPF_SURVEY_TARGETS_MOST 20u    /* a, mx and exists terms whose target it looks up */
#define SPF_EXPANDED_MOST       65536u /* bytes of an expanded domain-spec, before it is cut to 253 */
#define SPF_EXPLANATION_MOST    2000u  /* bytes of an expanded explanation */
#define SPF_FLAWS_MOST          64u
#define SPF_BRIEF_BYTES         160u /* of a term in a sentence */
#define SPF_LONG_BYTES          450u /* section 3.4 */

enum spf_kind {
    SPF_ALL,
    SPF_INCLUDE,
    SPF_A,
    SPF_MX,
    SPF_PTR,
    SPF_IP4,
    SPF_IP6,
    SPF_EXISTS,
    SPF_REDIRECT,
    SPF_EXP,
    SPF_MODIFIER, /* unknown: ignored (section 6) */
    SPF_BROKEN    /* not in the grammar of section 12 */
};

struct spf_part {
    struct str text;
    size_t at; /* in the record */
    enum spf_kind kind;
    enum spf_result qualifier; /* what a match gives */
    struct str spec;           /* the domain-spec; empty: the domain of the record */
    uint8_t network[16];       /* ip4: the first four */
    uint8_t prefix4, prefix6;
    struct str problem; /* SPF_BROKEN, or a modifier that may not stand here: why */
};

struct spf_record {
    struct spf_part *parts;
    size_t n, n_broken, n_problems;              /* a problem is a permerror */
    const struct spf_part *redirect, *exp, *all; /* the first of each; NULL: none */
    bool cut;                                    /* more terms follow: how it ends is not known */
};

/* text is a record by spf_is_record. Every term is looked at: all problems are found, not only the first. */
void spf_record_parse(struct arena *arena, struct str text, struct spf_record *ret);

static inline bool spf_spends(enum spf_kind kind)
{
    return kind == SPF_INCLUDE || kind == SPF_A || kind == SPF_MX || kind == SPF_PTR || kind == SPF_EXISTS ||
           kind == SPF_REDIRECT;
}

/* A term as sentences quote it: one of 64 KiB would be quoted by each of them. */
static inline struct str spf_brief(struct str s)
{
    return str_first(s, SPF_BRIEF_BYTES);
}

/* True when ip, of the family of the mechanism, lies in the network. */
bool spf_network_has(const uint8_t *network, const uint8_t *address, unsigned prefix);

/* ---- macros, section 7 ---- */

enum spf_macro_place { SPF_IN_DOMAIN, SPF_IN_STRING, SPF_IN_EXPLANATION };

/* Values by letter; p NULL: not known, and neither is what holds it. */
struct spf_values {
    struct str of['z' - 'a' + 1];
};

/* domain-spec, macro-string or explain-string by the grammar of section 7.1. On false *ret_why says what is wrong. */
MUST_CHECK bool spf_macro_check(struct str text, enum spf_macro_place place, const char **ret_why);
/* True when text has a macro with one of the letters (lower case). */
bool spf_macro_uses(struct str text, const char *letters);
/* Text passed spf_macro_check. False when a value is not known, or past most_bytes. */
MUST_CHECK bool spf_macro_expand(struct arena *arena, struct str text, const struct spf_values *values,
                                 size_t most_bytes, struct str *ret);
/* A domain-spec expanded: without a final dot, cut from the left to 253 octets (section 7.3). One label that is longer
 * than that is cut too: it fits no query either way. */
MUST_CHECK bool spf_macro_domain(struct arena *arena, struct str spec, const struct spf_values *values,
                                 struct str *ret);
/* True when a query can be made of it: labels of 1 to 63 octets, printable. */
bool spf_name_fits(struct str name);

struct ip;
/* What %{i} gives: a dotted quad, or nibbles with dots. */
struct str spf_dotted(struct arena *arena, const struct ip *ip);

/* ---- choosing the record, section 4.5 ---- */

enum spf_found { SPF_FOUND_ONE, SPF_FOUND_NONE, SPF_FOUND_SEVERAL, SPF_FOUND_FAILED };
enum spf_found spf_record_find(const struct mail_answer *answer, const struct mail_record **ret);

/* A domain as the DNS wants it: A-labels. Empty when it cannot be one. */
struct str spf_domain_ascii(struct arena *arena, struct str domain);
/* The terms of a node, as written; nothing reached yet. */
struct spf_node *spf_node_new(struct arena *arena, struct str domain, struct str text, const struct spf_record *record);
/* The chain of terms that decided, outermost first, in words. */
struct str spf_node_decision(struct arena *arena, const struct spf_node *node);
/* The offset at which another term begins inside this one, or SIZE_MAX. */
size_t spf_glue_at(struct str term);
/* The first problem of a record, in words: "TERM: why". */
struct str spf_record_problem(struct arena *arena, const struct spf_record *record);

#endif
