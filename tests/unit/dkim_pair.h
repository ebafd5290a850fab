/* dkim_pair.h - key pairs made for a test, and signing with them by hand. */
#ifndef DKIM_PAIR_H
#define DKIM_PAIR_H

#include <openssl/evp.h>

#include "core/str.h"

struct arena;

struct dkim_pair {
    struct str private_pem;
    struct str record; /* "v=DKIM1; k=...; p=..." */
    struct str pkcs1;  /* RSA: the same with RSAPublicKey in p= */
    EVP_PKEY *key;     /* dkim_pair_free */
};
/* bits 0: Ed25519. */
void dkim_pair_make(struct arena *arena, unsigned bits, struct dkim_pair *ret);
void dkim_pair_free(struct dkim_pair *pair);

/* Base64 of the RSA-SHA256 (or Ed25519-SHA256) signature of text, and of its SHA-256. */
struct str dkim_pair_sign(struct arena *arena, const struct dkim_pair *pair, struct str text);
struct str dkim_pair_hash(struct arena *arena, struct str text);

#endif
