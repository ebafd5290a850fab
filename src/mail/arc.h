/* arc.h - Authenticated Received Chain, RFC 8617: verifying a chain of forwarders. */
#ifndef MAIL_ARC_H
#define MAIL_ARC_H

#include "mail/dkim.h"

enum arc_result { ARC_NONE, ARC_PASS, ARC_FAIL };
const char *arc_result_word(enum arc_result r);

struct arc_set {
    unsigned instance;
    struct str domain, selector; /* of the seal */
    struct str authentication_results;
    struct str seal_validation; /* cv= */
    bool seal_ok;
};

struct arc_verdict {
    enum arc_result result;
    struct str reason;
    struct arc_set *sets; /* by instance, 1 first */
    size_t n_sets;
    unsigned oldest_pass; /* section 5.2 step 4, of a chain that passes: the message is unchanged since that instance
                             left it, and was changed before; 0: unchanged since the first */
    bool unseen;          /* a key could not be looked up: failed for now, not for good */
};
void arc_verify(struct arena *arena, const struct mail_resolver *dns, const struct message *m, int64_t now_s,
                struct arc_verdict *ret);

#endif
