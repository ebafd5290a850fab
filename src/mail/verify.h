/* verify.h - one received message judged whole, as a receiver and as a helpful postmaster would. */
#ifndef MAIL_VERIFY_H
#define MAIL_VERIFY_H

#include "mail/arc.h"
#include "mail/dkim.h"
#include "mail/dmarc.h"
#include "mail/spf.h"

struct ip;

#define VERIFY_SIGNATURES_MOST 16u
#define VERIFY_HOPS_MOST       50u

/* One Received field (RFC 5321 section 4.4), newest first. What it does not say is empty. */
struct received_hop {
    struct str helo, reverse, ip;    /* of the client: as it greeted, its PTR as the server found it, its address */
    struct str by, by_ip, with, tls; /* "mx.box.example", its own address if it says it, "ESMTPS", "TLSv1.3" */
    struct str id, envelope_from, recipient; /* addresses without their angle brackets */
    bool has_envelope_from;                  /* it may be the empty one, of a bounce */
    int64_t at_s;                            /* -1: no date that can be read */
    bool is_private;                         /* the client's address is private, loopback or missing: an inside hop */
    bool encrypted;
    const struct message_field *field;
};
/* value: of the field, folded or not. Takes what real servers write (Postfix, Exim, Sendmail, qmail, Exchange, Google,
 * OpenSMTPD...); there is no value that it refuses. ret->field is left alone. */
void received_parse(struct arena *arena, struct str value, struct received_hop *ret);
size_t received_hops(struct arena *arena, const struct message *m, struct received_hop *ret, size_t most);

/* A rule of the big mailbox providers for senders, or of RFC 5322, that the message breaks. */
struct sender_rule {
    const char *id;  /* "from-alignment" "one-click" "message-id" "date" "ptr" "tls" "from-one" ... */
    const char *who; /* "Gmail, Yahoo" */
    struct str text; /* what is wrong and what to do */
    bool bulk_only;  /* asked of bulk mail alone */
    bool unseen;     /* a look-up failed: it may or may not be broken */
};

struct verify_options {
    struct str client_ip, mail_from, helo; /* given by hand; empty: read from the message. mail_from "<>": a bounce */
    struct str trusted; /* name or address of the last server that is trusted to have written a true Received; empty:
                           the topmost field whose client is a public address and not one of the receiver's own hosts */
    bool bulk;          /* judge by the rules for bulk mail; without it a message with List- fields is bulk */
    int64_t now_s;
};

struct verify_report {
    const struct message *message;
    struct message_mailbox from;
    size_t n_from, n_from_fields; /* mailboxes in From fields; From fields */
    struct received_hop *hops;    /* newest first */
    size_t n_hops;
    size_t client_hop; /* the one whose client is judged; SIZE_MAX: none */
    struct str
        origin_unseen; /* a look-up failed that tells whether that client is a host of the receiver's own; empty */
    struct str client_ip, mail_from, helo, spf_source; /* spf_source: where they were taken from, for people */
    bool has_mail_from;                                /* known; it may be empty */
    bool spf_tried;
    struct str spf_domain; /* the domain that SPF speaks for: of mail_from, or helo when that is empty */
    struct spf_verdict spf;
    struct dkim_verdict *dkim;
    size_t n_dkim;
    enum mail_outcome from_exists; /* MAIL_ANSWER: the From domain has an address or an MX */
    bool from_takes_mail;          /* MX (not a null one) or an address */
    struct dmarc_found policy;
    bool dmarc_pass, spf_aligned, dkim_aligned;
    bool maybe_aligned;                             /* neither, but a failed look-up stands between */
    size_t aligned_signature;                       /* index of the first such, with dkim_aligned */
    bool signature_aligned[VERIFY_SIGNATURES_MOST]; /* passes, and for the From domain */
    const char *dmarc;                              /* "pass" "fail" "none" "temperror" "permerror" */
    struct str dmarc_reason;
    struct arc_verdict arc;
    bool is_bulk;
    struct sender_rule *rules;
    size_t n_rules, rules_capacity;
};

/* Everything in ret lives in arena or in m. */
void verify_message(struct arena *arena, const struct mail_resolver *dns, const struct message *m,
                    const struct verify_options *options, struct verify_report *ret);

/* In one word: DMARC passes, or there is no policy and all that vouches for it passes; unseen: a look-up that decides
 * failed. */
enum verify_outcome { VERIFY_PASS, VERIFY_FAIL, VERIFY_UNSEEN };
enum verify_outcome verify_outcome(const struct verify_report *report);

/* The part of verify_message that fills the rules, when all else is there. */
void sender_rules(struct arena *arena, const struct mail_resolver *dns, struct verify_report *report);

#endif
