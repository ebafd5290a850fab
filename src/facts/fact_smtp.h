/* fact_smtp.h - a mail server at one address: what it says on port 25, its STARTTLS, and whether it takes mail for an
 * address. Nothing is ever sent: the dialogue ends before DATA. */
#ifndef FACTS_FACT_SMTP_H
#define FACTS_FACT_SMTP_H

#include "facts/fact_tls.h"
#include "facts/facts.h"

#define SMTP_PORT            25
#define SMTP_MOST_RECIPIENTS 10u

/* One reply (RFC 5321 section 4.2). Foreign text, made safe for a terminal. */
struct smtp_reply {
    int code;              /* 220; 0: none came */
    struct str enhanced;   /* "5.1.1" (RFC 3463), of the first line that has one; may be empty */
    struct str_list lines; /* without the codes; at most 100, each cut at 500 bytes */
    struct str text;       /* the lines in one, cut at 600 bytes */
    bool bare_lf;          /* a line ended in LF without CR: broken, and here taken as its end */
};

struct smtp_recipient {
    struct str address;
    struct smtp_reply reply; /* to RCPT TO; code 0: it did not come to that */
};

enum smtp_tls {
    SMTP_TLS_NOT_REACHED, /* the dialogue ended before */
    SMTP_TLS_NOT_OFFERED,
    SMTP_TLS_REFUSED, /* offered, then not done: starttls has the reply */
    SMTP_TLS_FAILED,  /* no handshake: tls_error */
    SMTP_TLS_DONE
};

struct smtp_cert {
    struct str der, spki; /* the certificate and its SubjectPublicKeyInfo */
};

struct fact_smtp {
    struct str host, address;
    struct smtp_reply banner;
    struct smtp_reply ehlo;     /* to the first EHLO; its lines after the first are the extensions */
    struct smtp_reply ehlo_tls; /* to the second, encrypted */
    struct smtp_reply starttls;
    struct smtp_reply mail_from; /* to MAIL FROM:<>, when recipients were asked for */
    bool used_helo;              /* EHLO was refused, HELO taken */
    enum smtp_tls tls_state;
    struct err tls_error;    /* with SMTP_TLS_FAILED */
    bool injected;           /* something came in clear after the reply to STARTTLS: thrown away (RFC 3207) */
    struct fact_tls tls;     /* with SMTP_TLS_DONE: chain, trust, name, protocol, cipher; the rest is empty */
    struct smtp_cert *certs; /* the chain as sent, leaf first */
    size_t n_certs;
    struct smtp_recipient *recipients; /* in the order of the key */
    size_t n_recipients;
    struct err end; /* why the dialogue broke off after the banner; ERR_NONE: it did not */
    int64_t at_s;
};

extern const struct fact_kind smtp_kind; /* key "HOST ADDR[:PORT]", "... to=a@b.example,c@b.example"; rank 25 */

/* The dialogue with host at address ("ADDR", "ADDR:PORT", an IPv6 address with a port in brackets; port 25). to: the
 * addresses to ask for, NULL or empty: none; what cannot stand in a command is left out. NULL when no banner came:
 * ERR_REFUSED, ERR_TIMEOUT, ERR_RESET, ERR_NO_ROUTE, ERR_PROTOCOL, ERR_LIMIT. A banner that sends us away (421, 554)
 * is an answer. */
const struct fact_smtp *fact_smtp(struct ask *q, struct str host, struct str address, const struct str_list *to);
void fact_smtp_want(struct ask *q, struct str host, struct str address, const struct str_list *to);

/* Whether the reply to EHLO (the encrypted one when there was one) lists that extension: "SIZE", "REQUIRETLS". */
bool smtp_offers(const struct fact_smtp *s, const char *extension);
/* "250 2.1.5 fine", for evidence; "no reply" for none. */
struct str smtp_reply_text(struct arena *arena, const struct smtp_reply *reply);

#endif
