/* lab_dns.h - writing DNS replies by hand, for servers that say what no name server would load. */
#ifndef LAB_LAB_DNS_H
#define LAB_LAB_DNS_H

#include "lab.h"

enum { DNS_HEADER = 12, DNS_A = 1, DNS_MX = 15, DNS_TXT = 16 };

/* Nobody looks at the room: replies are bounded by whoever writes them, below BAD_DNS_MOST_BYTES. */
struct dns_message {
    unsigned char *at;
    size_t n;
};

void dns_put(struct dns_message *m, const void *bytes, size_t n);
void dns_put_u16(struct dns_message *m, unsigned value);
/* The header and question of a reply to asked; n_answers answers follow. False: the question is not understood. */
bool dns_begin_reply(struct dns_message *m, const unsigned char *asked, size_t n, unsigned n_answers);
/* An answer about the name that was asked for, up to its length. */
void dns_put_owner_is_question(struct dns_message *m, unsigned type);

/* ---- lab_bad_mail.c: too much of everything that mail is about ---- */
size_t answer_mail_in_bulk(const unsigned char *asked, size_t n, unsigned char *ret);

#endif
