/* proof.h - what a test send proved, kept beside the launch file for the audit, the monitor and the handover. */
#ifndef MAIL_PROOF_H
#define MAIL_PROOF_H

#include <stdbool.h>
#include <stdint.h>

#include "core/attr.h"
#include "core/str.h"

struct arena;
struct err;

/* What kept a test send from proving everything, or that nothing did. */
#define PROOF_PROBLEMS(X)                                                                                              \
    X(PROOF_FINE, "none")                                                                                              \
    X(PROOF_CONNECTION, "connection")   /* the outgoing server could not be reached */                                 \
    X(PROOF_NO_TLS, "no-tls")           /* it offers none */                                                           \
    X(PROOF_CERTIFICATE, "certificate") /* its certificate does not verify */                                          \
    X(PROOF_LOGIN, "login")             /* it refuses the log-in */                                                    \
    X(PROOF_REJECTED, "rejected")       /* it refuses sender, recipient or message for good */                         \
    X(PROOF_DEFERRED, "deferred")       /* it puts the message off: greylisting, a limit */                            \
    X(PROOF_MAILBOX, "mailbox")         /* sent; the mailbox could not be read */                                      \
    X(PROOF_BY_HAND, "by-hand")         /* sent; no mailbox is configured, and the message was not given yet */        \
    X(PROOF_NOT_ARRIVED, "not-arrived") /* sent; not there in time */                                                  \
    X(PROOF_UNSEEN, "unseen")           /* arrived; a look-up for its verification failed */                           \
    X(PROOF_SPF, "spf")                                                                                                \
    X(PROOF_DKIM, "dkim")                                                                                              \
    X(PROOF_DMARC, "dmarc")                                                                                            \
    X(PROOF_JUNK, "junk")

enum proof_problem {
#define PROOF_ENUM(problem, word) problem,
    PROOF_PROBLEMS(PROOF_ENUM)
#undef PROOF_ENUM
};
const char *proof_problem_word(enum proof_problem p);

/* Beside the launch file: ".launchready/email-proof.json". Results are the words of spf.h, dkim.h, dmarc.h; empty
 * before the message was verified. */
struct proof {
    int64_t at_s; /* when it was sent; by hand, when it arrived */
    struct str from, to, mailbox_host;
    struct str token;
    struct str server_said; /* the outgoing server's last answer */
    int64_t arrived_ms;     /* after it was handed over; -1: it did not arrive, or nobody saw when */
    bool by_hand;           /* a person saved the message: when and where it arrived is not known */
    struct str folder;      /* "INBOX", "Junk"...; by hand empty */
    bool junk;
    struct str spf, spf_domain, spf_reason, client_ip;
    struct str dkim, dkim_domain, dkim_selector, dkim_reason; /* of the signature that aligned, else of the first */
    struct str dmarc, dmarc_policy, dmarc_reason;
    bool spf_aligned, dkim_aligned;
    bool unsubscribe;           /* List-Unsubscribe with one-click POST (RFC 8058) */
    bool tls;                   /* every hop outside used TLS */
    enum proof_problem problem; /* the first that counts */
    struct str failure;         /* it in words; empty with PROOF_FINE */
    struct str fix;             /* what to do about it */
};

#define PROOF_FILE         ".launchready/email-proof.json"
#define PROOF_MESSAGE_FILE ".launchready/email-proof.eml"
#define PROOF_MOST_BYTES   65536u

/* ERR_LIMIT, or ERR_PARSE with what is wrong where; ret is filled on success only. */
MUST_CHECK bool proof_read(struct arena *arena, struct str json, struct proof *ret, struct err *reterr);
/* Texts that came from outside are made safe; what is longer than a file may hold is shortened. */
struct str proof_write(struct arena *arena, const struct proof *proof);

/* The message was seen, and its verification took place. */
static inline bool proof_arrived(const struct proof *p)
{
    return p->arrived_ms >= 0 || p->by_hand;
}

#endif
