/* dkim_inside.h - what the files of the DKIM and ARC engines share. */
#ifndef MAIL_DKIM_INSIDE_H
#define MAIL_DKIM_INSIDE_H

#include <openssl/evp.h>

#include "mail/dkim.h"

struct buf;

#define DKIM_HASH_BYTES      32u
#define DKIM_SIGNATURES_MOST 16u
#define DKIM_KEYS_MOST       4u /* records tried at one selector */

/* ---- canonical bytes, streamed ---- */

/* Where canonical bytes go: into a running hash or a text. Of what is put, the first `left` bytes are kept (l=). */
struct canon_sink {
    EVP_MD_CTX *md; /* or */
    struct buf *text;
    uint64_t left, total;
    size_t n;
    bool broken; /* the hash could not be computed */
    char hold[2048];
};
void canon_put(struct canon_sink *s, const char *p, size_t n);
void canon_flush(struct canon_sink *s);

/* RFC 6376 section 3.4. The last field that is hashed goes without its CRLF. */
void canon_field(struct canon_sink *s, struct str raw, enum dkim_canon canon, bool last);
void canon_body(struct canon_sink *s, struct str body, enum dkim_canon canon);

/* ---- crypto ---- */

/* A started SHA-256; false when OpenSSL refuses. */
bool dkim_hash_start(EVP_MD_CTX *md);
bool dkim_hash_end(EVP_MD_CTX *md, unsigned char ret[DKIM_HASH_BYTES]);

/* A key made ready to verify many hashes. */
struct dkim_opened {
    EVP_PKEY *key;
    EVP_PKEY_CTX *rsa; /* NULL: Ed25519 */
};
bool dkim_key_open(const struct dkim_key *key, struct dkim_opened *ret);
void dkim_key_close(struct dkim_opened *opened);
bool dkim_key_verifies(struct dkim_opened *opened, const unsigned char hash[DKIM_HASH_BYTES], struct str signature);
/* RSA: the signature, opened with this key, has the form of one, whatever it signs. */
bool dkim_key_fits(const struct dkim_opened *opened, struct str signature);

/* ---- a signature field ---- */

enum dkim_kind { DKIM_KIND_DKIM, DKIM_KIND_ARC_MESSAGE, DKIM_KIND_ARC_SEAL };

/* The tags of DKIM-Signature, ARC-Message-Signature or ARC-Seal. False with *ret_why, a sentence; what could be read is
 * in *ret all the same. The clock is not asked here. */
bool dkim_signature_parse(struct arena *arena, const struct message_field *field, enum dkim_kind kind,
                          struct dkim_signature *ret, struct str *ret_why);
/* The field with the value of its b= taken out. */
struct str dkim_without_b(struct arena *arena, struct str raw);
/* SELECTOR._domainkey.DOMAIN as A-labels. */
struct str dkim_key_name(struct arena *arena, const struct dkim_signature *sig);

/* What a header hash is made of: for each name of h= the field it takes (empty: none), then the signature's own. */
struct dkim_picks {
    struct str *raw;
    const struct message_field **field; /* NULL where none was left to take */
    size_t n;
    struct str own;
};
void dkim_pick(struct arena *arena, const struct message *m, const struct dkim_signature *sig, struct dkim_picks *ret);
bool dkim_hash_picks(EVP_MD_CTX *md, const struct dkim_picks *picks, enum dkim_canon canon,
                     unsigned char ret[DKIM_HASH_BYTES]);

/* The keys at a selector: those of use first. Returns how many; 0 with *ret_result (permerror, temperror) and why. */
size_t dkim_find_keys(struct arena *arena, const struct mail_resolver *dns, const struct dkim_signature *sig,
                      struct dkim_key ret[DKIM_KEYS_MOST], enum dkim_result *ret_result, struct str *ret_why);
/* Whether this key may be used for that signature at all: false with *ret_why. */
bool dkim_key_suits(struct arena *arena, const struct dkim_key *key, const struct dkim_signature *sig,
                    struct str *ret_why);

/* ---- hints ---- */

/* The body hash differs: looks for a body that has it. */
void dkim_hint_body(struct arena *arena, const struct message *m, struct dkim_verdict *v);
/* The body is as signed and the header hash does not verify. */
void dkim_hint_header(struct arena *arena, const struct message *m, struct dkim_opened *key,
                      const struct dkim_picks *picks, struct dkim_verdict *v);

#endif
