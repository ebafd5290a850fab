/* dkim.h - DomainKeys Identified Mail: RFC 6376 with RFC 8301 (no SHA-1, RSA from 1024 bits) and RFC 8463 (Ed25519). */
#ifndef MAIL_DKIM_H
#define MAIL_DKIM_H

#include <stdint.h>

#include "mail/message.h"
#include "mail/resolver.h"

enum dkim_result { DKIM_PASS, DKIM_FAIL, DKIM_PERMERROR, DKIM_TEMPERROR, DKIM_NEUTRAL };
const char *dkim_result_word(enum dkim_result r);

enum dkim_algorithm { DKIM_RSA_SHA1, DKIM_RSA_SHA256, DKIM_ED25519_SHA256, DKIM_ALGORITHM_OTHER };
enum dkim_canon { DKIM_SIMPLE, DKIM_RELAXED };

/* ---- the key record at SELECTOR._domainkey.DOMAIN (section 3.6.1) ---- */

enum dkim_key_flaw {
    DKIM_KEY_FINE,
    DKIM_KEY_NOT_A_KEY,   /* no p=: another text, or SPF at the wrong name */
    DKIM_KEY_BAD_TAGS,    /* not a tag list, or a tag twice */
    DKIM_KEY_BAD_VERSION, /* v= other than DKIM1, or not first */
    DKIM_KEY_BAD_TYPE,    /* k= not rsa or ed25519 */
    DKIM_KEY_BAD_BASE64,
    DKIM_KEY_BAD_DER,   /* neither SubjectPublicKeyInfo nor RSAPublicKey */
    DKIM_KEY_REVOKED,   /* p= empty */
    DKIM_KEY_NO_SHA256, /* h= without sha256 */
    DKIM_KEY_NOT_EMAIL, /* s= neither * nor email */
    DKIM_KEY_SHORT      /* RSA under 1024 bits (RFC 8301 section 3.2) */
};

struct dkim_key {
    struct str text;
    enum dkim_key_flaw flaw;
    struct str flaw_text; /* a sentence: what, where (byte offset), what was expected; empty when fine */
    bool is_ed25519;
    unsigned bits; /* RSA modulus; 256 for Ed25519; 0 when it could not be read */
    bool testing;  /* t=y */
    bool strict;   /* t=s: i= must be d= itself */
    bool has_version;
    struct str der;               /* p= decoded: SubjectPublicKeyInfo or RSAPublicKey, or the 32 raw bytes of Ed25519 */
    struct str modulus, exponent; /* RSA, big-endian without leading zeros */
};
void dkim_key_parse(struct arena *arena, struct str text, struct dkim_key *ret);

/* ---- a signature ---- */

struct dkim_signature {
    struct str domain, selector, identity; /* d= s= i= */
    enum dkim_algorithm algorithm;
    struct str algorithm_text;
    enum dkim_canon header_canon, body_canon;
    struct str_list headers;         /* h=, in order */
    int64_t signed_s, expires_s;     /* t= x=; -1: not said */
    int64_t body_length;             /* l=; -1: not said */
    struct str signature, body_hash; /* decoded */
    const struct message_field *field;
};

/* What would have made a failed signature pass, found by trying. */
enum dkim_hint {
    DKIM_HINT_NONE,
    DKIM_HINT_TRAILING_LINES, /* blank lines were added or taken at the end of the body */
    DKIM_HINT_FOOTER,         /* text was added after the signed body: a mailing list's or gateway's footer */
    DKIM_HINT_BANNER,         /* text was added before the signed body: "[EXTERNAL] be careful" */
    DKIM_HINT_QUOTED_FROM,    /* a line that begins with From was written >From, by a mailbox file or an old server */
    DKIM_HINT_LINE_ENDS,      /* bare LF or CR where the signer had CRLF */
    DKIM_HINT_WHITE_SPACE,    /* relaxed canonicalization would pass where simple was signed */
    DKIM_HINT_HEADER,         /* the body is whole; a header field was changed: hint_text names the likely one */
    DKIM_HINT_OTHER_KEY       /* the published key is not the one that signed (RSA tells) */
};

struct dkim_verdict {
    struct dkim_signature signature;
    enum dkim_result result;
    struct str reason; /* one sentence, also on pass: "signature and body hash verify (2048-bit RSA)" */
    bool body_hash_ok, body_hash_tried;
    bool testing; /* the key says t=y */
    unsigned key_bits;
    struct dkim_key key;
    struct str_list oversigned;     /* names in h= beyond those present: they cannot be added */
    struct str_list unsigned_names; /* fields that ought to be signed and are not (From must; Subject, Date, To...) */
    enum dkim_hint hint;
    struct str hint_text;
};

/* Each DKIM-Signature of the message in its order, at most 16. Strict: RFC 8301 (rsa-sha1 and RSA under 1024 bits are
 * permerror with the words why). now_s for x= and t= in the future. */
size_t dkim_verify(struct arena *arena, const struct mail_resolver *dns, const struct message *m, int64_t now_s,
                   struct dkim_verdict *ret, size_t most);

/* ---- signing (the test send, the tests) ---- */

struct dkim_signer {
    struct str domain, selector, identity; /* identity may be empty */
    struct str private_key;                /* PEM, or DER PKCS#8; RSA or Ed25519 */
    enum dkim_canon header_canon, body_canon;
    struct str_list headers;     /* empty: those of section 5.4.1 that are present, From oversigned */
    int64_t signed_s, expires_s; /* -1: leave out */
    int64_t body_length;         /* -1: leave out */
    bool sha1;                   /* for tests of the past only */
};
/* The field with its CRLF, folded at 78 columns, to stand before the message. */
MUST_CHECK bool dkim_sign(struct arena *arena, const struct message *m, const struct dkim_signer *signer,
                          struct str *ret_field, struct err *reterr);

/* ---- shared with ARC ---- */

struct str dkim_canon_field(struct arena *arena, struct str raw, enum dkim_canon canon);
struct str dkim_canon_body(struct arena *arena, struct str body, enum dkim_canon canon);

/* The tags that RFC 6376 section 3.2 writes "a=b; c=d": in order, white space at the ends taken away. False with
 * *ret_at, the byte offset, when it is not such a list or a name is there twice. */
struct tag {
    struct str name, value;
};
bool tag_list_parse(struct arena *arena, struct str text, struct tag **ret, size_t *ret_n, size_t *ret_at);
struct str tag_value(const struct tag *tags, size_t n, const char *name); /* p NULL: not there */

#endif
