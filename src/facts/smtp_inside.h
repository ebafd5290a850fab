/* smtp_inside.h - the parts of the SMTP fact: reading replies, one session, recording. For smtp_*.c alone. */
#ifndef FACTS_SMTP_INSIDE_H
#define FACTS_SMTP_INSIDE_H

#include "facts/fact_smtp.h"
#include "facts/tls_inside.h"

#define SMTP_MOST_REPLY_BYTES 65536u
#define SMTP_MOST_LINE_BYTES  2048u /* four times what RFC 5321 section 4.5.3.1.5 allows */
#define SMTP_MOST_LINES       500u  /* of one reply */
#define SMTP_KEPT_LINES       100u
#define SMTP_KEPT_LINE_BYTES  500u
#define SMTP_KEPT_TEXT_BYTES  600u

enum smtp_read { SMTP_WHOLE, SMTP_MORE, SMTP_BROKEN };

/* The reply at the beginning of bytes. SMTP_MORE: it is not whole yet. SMTP_WHOLE: ret and *ret_used are set.
 * SMTP_BROKEN: reterr is ERR_PROTOCOL, or ERR_LIMIT past a ceiling above. */
enum smtp_read smtp_reply_read(struct arena *arena, struct str bytes, struct smtp_reply *ret, size_t *ret_used,
                               struct err *reterr);
/* Fills text from lines. */
void smtp_reply_join(struct arena *arena, struct smtp_reply *reply);
/* Whether a reply to EHLO lists that extension. */
bool smtp_reply_offers(const struct smtp_reply *ehlo, struct str extension);

/* An address that can stand in RCPT TO:<...>: no control characters, spaces, brackets or commas, one @. */
bool smtp_address_ok(struct str address);

/* One whole dialogue; fills ret, whose recipients are laid out already. */
MUST_CHECK bool smtp_session(const struct observer *outside, struct ask *q, const struct tls_place *place, bool use_tls,
                             struct fact_smtp *ret, struct err *reterr);

/* The SubjectPublicKeyInfo of a certificate, both DER; false when it is none. */
MUST_CHECK bool smtp_cert_read(struct arena *arena, struct str der, struct smtp_cert *ret);

struct json_t *smtp_save(const void *fact);
bool smtp_load(const struct json_t *json, struct arena *arena, void *ret);

#endif
