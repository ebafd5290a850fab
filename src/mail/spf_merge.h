/* spf_merge.h - one SPF record out of what is there and what a provider needs: a second record would break both. */
#ifndef MAIL_SPF_MERGE_H
#define MAIL_SPF_MERGE_H

#include "mail/spf.h"

/* An include of the merged record that could go. */
struct spf_drop {
    struct str target;
    unsigned saves; /* look-ups */
    bool wasted;    /* it cannot align: nothing is lost. Otherwise somebody must check that it is still in use */
};

struct spf_merge {
    struct str record;      /* whole, ready to paste */
    bool changed;           /* it is not what is there already */
    bool several;           /* there were several records: this one replaces them all */
    unsigned look_ups;      /* that it costs in the worst case */
    bool look_ups_known;    /* everything below it could be looked up */
    bool over;              /* past ten: receivers give up */
    struct spf_drop *drops; /* when over or when something is wasted: those that cannot align first, dearest first */
    size_t n_drops;
    struct str shorter;        /* the merged record without the wasted includes; empty when there are none */
    unsigned shorter_look_ups; /* its cost */
    bool long_string;          /* over 255 octets: it must be entered as several strings */
    struct str split;          /* so: "first" "second"; empty when it fits */
};

/* Says whether an include of that target can align (the table of providers knows); true when not known. */
typedef bool (*spf_aligns_fn)(const void *context, struct str target);

/* Takes the records that stand at domain (none, one or several) and adds terms, separated by spaces, that are not there
 * yet ("include:_spf.google.com"). They come before "all" or at the end; nothing of the present records is lost, but
 * that the strictest "all" and the first redirect stay alone. terms may be empty: only the several are made one. A
 * record with macros or unknown modifiers keeps them. Look-ups are counted with spf_survey through dns. */
void spf_merge(struct arena *arena, const struct mail_resolver *dns, struct str domain, const struct str_list *records,
               struct str terms, spf_aligns_fn aligns, const void *context, struct spf_merge *ret);

/* Only the text: no look-ups. */
struct str spf_merge_text(struct arena *arena, const struct str_list *records, struct str terms);
/* The record as it was meant: "include: x", "ipv4:", "a:192.0.2.1", "include=x", "~ all", "~all;" and terms without a
 * space between them are put right, the first "all" ends it ("+all" becomes "~all"), and one without an end gets
 * "~all". What cannot be understood stays. Empty when it is longer than anybody pastes. */
struct str spf_mend(struct arena *arena, struct str record);
/* Each of them mended if receivers cannot read it, the others as they are: what a merge should start from. */
struct str_list spf_readable(struct arena *arena, const struct str_list *records);
/* A record cut into quoted strings of at most 255 octets, at a space that stays within them (RFC 7208 section 3.3). */
struct str spf_split(struct arena *arena, struct str record);

#endif
