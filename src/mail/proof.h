/* proof.h - what a test send proved, kept beside the launch file for the audit, the monitor and the handover. */
#ifndef MAIL_PROOF_H
#define MAIL_PROOF_H

#include <stdbool.h>
#include <stdint.h>

#include "core/attr.h"
#include "core/str.h"

struct arena;
struct err;

/* Beside the launch file: ".launchready/email-proof.json". Results are the words of spf.h, dkim.h, dmarc.h. */
struct proof {
    int64_t at_s;
    struct str from, to, mailbox_host;
    struct str token;
    int64_t arrived_ms; /* after it was handed over; -1: it did not arrive */
    struct str folder;  /* "INBOX", "Junk"... */
    bool junk;
    struct str spf, spf_domain;
    struct str dkim, dkim_domain, dkim_selector; /* of the signature that aligned, else of the first */
    struct str dmarc, dmarc_policy;
    bool spf_aligned, dkim_aligned;
    bool unsubscribe;   /* List-Unsubscribe with one-click POST */
    bool tls;           /* every hop outside used TLS */
    struct str failure; /* in words, when it did not come so far; empty */
};

#define PROOF_FILE       ".launchready/email-proof.json"
#define PROOF_MOST_BYTES 65536u

MUST_CHECK bool proof_read(struct arena *arena, struct str json, struct proof *ret, struct err *reterr);
struct str proof_write(struct arena *arena, const struct proof *proof);

#endif
