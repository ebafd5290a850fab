/* fact_proof.h - the record that `launchready email test-send` left beside the launch file. */
#ifndef FACTS_FACT_PROOF_H
#define FACTS_FACT_PROOF_H

#include "facts/facts.h"
#include "mail/proof.h"

struct fact_proof {
    struct str path;
    bool exists; /* false: no test send was made; proof is empty */
    struct str text;
    struct proof proof;
};

extern const struct fact_kind email_proof_kind; /* key: the path; rank 5 */
/* NULL: no launch file to stand beside (ERR_NEEDS), or the record cannot be read (ERR_SYSTEM, ERR_LIMIT, ERR_PARSE). */
const struct fact_proof *fact_proof(struct ask *q);

#endif
