/* fact_mta_sts.h - what a domain publishes for those who send to it and show its mail: the MTA-STS record with the
 * policy it announces (RFC 8461), the BIMI record with the logo. */
#ifndef FACTS_FACT_MTA_STS_H
#define FACTS_FACT_MTA_STS_H

#include "facts/fact_http.h"
#include "facts/facts.h"
#include "mail/mail_policy.h"

/* A file that a record names, fetched as senders do: no redirect followed, a certificate that verifies. */
struct mail_file {
    struct str url;              /* empty: none was to be fetched */
    const struct fact_http *got; /* NULL: no answer; why says what came instead */
    struct err why;
    bool unseen;     /* nothing is known about the file: a time-out, or this machine's own trouble */
    struct str flaw; /* why nobody can use what was answered: status, redirect, length; empty: nothing */
};

struct fact_mta_sts {
    struct str_list records; /* those that count; senders ignore several */
    struct str_list strays;  /* other texts at the name */
    struct mta_sts_record record;
    bool record_good;
    struct mail_file file; /* fetched when there is one good record */
    struct mta_sts_policy policy;
    bool policy_good;
};

struct fact_bimi {
    struct str_list records, strays;
    struct bimi_record record;
    bool record_good;
    struct mail_file logo, evidence;
    bool logo_good;
    struct str logo_flaw; /* of the SVG; empty: nothing, or not fetched */
};

extern const struct fact_kind mta_sts_kind, bimi_kind; /* key: the domain; rank 44 */

/* NULL when the record was not seen. That the policy was not is told by file. */
const struct fact_mta_sts *fact_mta_sts(struct ask *q, struct str domain);
const struct fact_bimi *fact_bimi(struct ask *q, struct str domain);

#endif
