/* spf_survey_inside.h - a record's place in the survey's tree, and how a flaw is noted. */
#ifndef MAIL_SPF_SURVEY_INSIDE_H
#define MAIL_SPF_SURVEY_INSIDE_H

#include "mail/spf_inside.h"

/* What is known of one term beyond the record. */
struct spf_reach {
    bool reached;            /* some message gets so far */
    bool void4, void6;       /* leads an IPv4 or IPv6 client to nothing */
    bool maybe_void;         /* depends on the message */
    bool leads;              /* its target was seen to lead to something, or was not looked up for its number */
    bool unseen;             /* what it leads to could not be looked up */
    struct spf_place *below; /* an include's or redirect's record; NULL: none, or not seen */
};

struct spf_place {
    struct spf_place *parent;
    size_t index; /* of the parent's term */
    struct str domain;
    struct spf_record record;
    struct spf_node *node; /* NULL: there is no record, or it was not seen */
    struct spf_reach *reach;
    size_t n_strings;
    bool own;    /* the domain's own, or instead of it through redirect */
    bool passes; /* a pass here is a pass of the whole */
};

struct spf_walk {
    struct arena *arena;
    const struct mail_resolver *dns;
    struct spf_survey *survey;
    struct spf_values values;
    struct spf_place *places[SPF_SURVEY_RECORDS_MOST];
    size_t n_places, n_terms, n_targets;
    struct {
        const struct spf_place *place;
        size_t index;
    } * where; /* of each flaw */
    size_t n_where, where_capacity;
    unsigned n_unseen;
};

/* index: the term; SIZE_MAX: the record as a whole. text: a sentence for people. */
void spf_flaw_add(struct spf_walk *w, enum spf_flaw_kind kind, bool always, const struct spf_place *place, size_t index,
                  const char *fmt, ...) PRINTF_LIKE(6, 7);

/* What can be said of one record by itself. */
void spf_flaws_of_record(struct spf_walk *w, const struct spf_place *place);
/* Texts that are taken for records by people only. */
void spf_flaws_of_lookalike(struct spf_walk *w, const struct spf_place *place, struct str text);

#endif
