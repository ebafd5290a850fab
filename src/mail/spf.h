/* spf.h - Sender Policy Framework, RFC 7208: what an evaluation gives, and what a record is worth to its owner. */
#ifndef MAIL_SPF_H
#define MAIL_SPF_H

#include "mail/resolver.h"

#define SPF_LOOK_UPS_MOST 10u /* section 4.6.4 */
#define SPF_VOID_MOST     2u
#define SPF_NAMES_MOST    10u /* MX or PTR names of one term */

enum spf_result { SPF_NONE, SPF_NEUTRAL, SPF_PASS, SPF_FAIL, SPF_SOFTFAIL, SPF_TEMPERROR, SPF_PERMERROR };
const char *spf_result_word(enum spf_result r); /* "softfail" */

/* One term of a record, evaluated or surveyed. */
struct spf_term {
    struct str text;         /* as written */
    struct str target;       /* the domain that it looks at, macros expanded; empty: none, or not known beforehand */
    unsigned look_ups;       /* it spends, with everything below it */
    unsigned void_look_ups;  /* of those, that led to nothing */
    bool matched;            /* evaluation: this term decided */
    bool reached;            /* it was looked at before something else decided; survey: it can be */
    enum spf_result result;  /* of an include's or redirect's record; otherwise SPF_NONE */
    struct str note;         /* why it matched or not, or what is wrong with it; may be empty */
    struct spf_node *record; /* an include's or redirect's record; NULL: none */
};

/* A domain's record in the tree. */
struct spf_node {
    struct str domain, text;
    struct spf_term *terms;
    size_t n_terms;
    unsigned look_ups, void_look_ups; /* of all its terms */
};

/* ---- evaluation, as a receiver does it: check_host() of section 4 ---- */

struct spf_question {
    struct str ip;        /* of the client, IPv4 or IPv6 text; IPv4-mapped is taken as IPv4 */
    struct str mail_from; /* may be empty: then postmaster@helo (section 2.4) */
    struct str helo;
    struct str receiver; /* for the macro %{r}; empty: "unknown" */
    struct str default_explanation;
    int64_t now_s; /* for %{t} */
};

struct spf_verdict {
    enum spf_result result;
    struct str domain;                /* whose record was looked at */
    struct str explanation;           /* fail: for the sender (section 6.2); foreign text, US-ASCII only */
    struct str reason;                /* one sentence for people: what decided */
    unsigned look_ups, void_look_ups; /* spent until it was decided */
    struct spf_node *tree;            /* NULL when there is no record */
};

/* Everything in ret lives in arena. */
void spf_check(struct arena *arena, const struct mail_resolver *dns, const struct spf_question *question,
               struct spf_verdict *ret);

/* ---- survey, as an owner needs it: every term, whatever the address; the worst case ---- */

enum spf_flaw_kind {
    SPF_FLAW_SYNTAX,        /* permerror for everybody */
    SPF_FLAW_SEVERAL,       /* several records: permerror */
    SPF_FLAW_LOOK_UPS,      /* over ten in the worst case */
    SPF_FLAW_VOID,          /* over two */
    SPF_FLAW_NAMES,         /* over ten names behind one mx */
    SPF_FLAW_LOOP,          /* an include that comes back to itself */
    SPF_FLAW_NO_RECORD,     /* include or redirect of a domain without a record: permerror */
    SPF_FLAW_PASS_ALL,      /* "+all", or a range that is as good (0.0.0.0/0) */
    SPF_FLAW_NEUTRAL_ALL,   /* "?all" */
    SPF_FLAW_NO_ALL,        /* neither "all" nor redirect: ends in neutral */
    SPF_FLAW_PTR,           /* obsolete, section 5.5 */
    SPF_FLAW_AFTER_ALL,     /* terms that are never reached */
    SPF_FLAW_DEAD_REDIRECT, /* redirect beside "all" */
    SPF_FLAW_REPEATED,      /* the same include twice: each spends its look-ups */
    SPF_FLAW_LOOKALIKE,     /* "v=spf1;", "spf1 ...", "v=spf2.0": not a record, ignored by receivers */
    SPF_FLAW_LONG,          /* over 450 octets: may not fit into one UDP answer (section 3.4) */
    SPF_FLAW_GLUED,         /* character-strings that join two terms into one: "...include:aip4:..." */
    SPF_FLAW_VOID_TERM,     /* a term whose target has no address: wasted */
    SPF_FLAW_IGNORED,       /* "include=x": by the grammar a modifier that nobody knows, so nobody follows it */
    SPF_FLAW_N
};

struct spf_flaw {
    enum spf_flaw_kind kind;
    bool always_permerror; /* every message that gets so far ends in permerror, see spf_survey_is_permerror */
    struct str domain;     /* in whose record */
    struct str term;       /* the term; may be empty */
    size_t at;             /* byte offset in that record's text; meaningful with a term */
    struct str text;       /* a sentence for people, foreign bytes and all: make it safe before showing */
};

struct spf_survey {
    struct str domain;
    bool exists;                      /* at least one v=spf1 record */
    struct str record;                /* the one; empty when there are none or several */
    struct str_list records;          /* all of them */
    struct spf_node *tree;            /* NULL without exactly one */
    unsigned look_ups, void_look_ups; /* worst case over all addresses; over the limit the whole tree is still counted,
                                         up to a ceiling of our own */
    struct str ending;                /* "-all" "~all" "?all" "+all", following redirect; empty: none */
    struct spf_flaw *flaws;
    size_t n_flaws, flaws_capacity;
    struct str unseen; /* what could not be looked up, in words: the survey is then a lower bound; empty: all seen */
};

/* True: it can only end in permerror. Nobody gets another answer but by a match before the fault, and either nobody
 * does, or somebody is meant to pass by what comes after it. */
bool spf_survey_is_permerror(const struct spf_survey *survey);

/* record: empty: the domain's own, from the DNS; otherwise that text as if it stood at domain (to try a merge). */
void spf_survey(struct arena *arena, const struct mail_resolver *dns, struct str domain, struct str record,
                struct spf_survey *ret);

const char *spf_flaw_word(enum spf_flaw_kind kind); /* "look-ups" */

/* A domain as a query wants it: A-labels, without the final dot; labels may begin with "_". Empty when none can be made
 * of it: one label alone, an address in brackets, spaces, an empty or overlong label. */
struct str spf_domain_name(struct arena *arena, struct str text);

/* True when text is a record by section 4.5: "v=spf1" followed by a space or the end, in any case. */
bool spf_is_record(struct str text);

#endif
