#include "dkim_pair.h"

#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <stdlib.h>

#include "core/arena.h"
#include "mail/base64.h"

static struct str taken(struct arena *arena, BIO *bio)
{
    char *p;
    long n = BIO_get_mem_data(bio, &p);
    struct str s = str_dup(arena, str_n(p, (size_t)n));

    BIO_free(bio);
    return s;
}

/* The contents of the BIT STRING at the end of a SubjectPublicKeyInfo of RSA. */
static struct str bare(struct str spki)
{
    size_t at = str_find(spki, str_n("\x05\x00\x03\x82", 4)), head = 7;

    if (at == SIZE_MAX) {
        at = str_find(spki, str_n("\x05\x00\x03\x81", 4));
        head = 6;
    }
    return at == SIZE_MAX ? str_from(spki, str_find(spki, str_n("\x05\x00\x03", 3)) + 5) : str_from(spki, at + head);
}

void dkim_pair_make(struct arena *arena, unsigned bits, struct dkim_pair *ret)
{
    BIO *text = BIO_new(BIO_s_mem());
    unsigned char raw[32], *der = NULL;
    size_t n_raw = sizeof raw;

    ret->key = bits ? EVP_RSA_gen(bits) : EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    if (!ret->key || !PEM_write_bio_PrivateKey(text, ret->key, NULL, NULL, 0, NULL, NULL))
        abort();
    ret->private_pem = taken(arena, text);
    ret->pkcs1 = STR_NONE;
    if (!bits) {
        if (!EVP_PKEY_get_raw_public_key(ret->key, raw, &n_raw))
            abort();
        ret->record = str_fmt(arena, "v=DKIM1; k=ed25519; p=%.*s",
                              STR_ARG(base64_encode(arena, str_n((const char *)raw, n_raw))));
        return;
    }
    int n = i2d_PUBKEY(ret->key, &der);
    struct str spki = str_dup(arena, str_n((const char *)der, (size_t)n));
    OPENSSL_free(der);
    ret->record = str_fmt(arena, "v=DKIM1; k=rsa; p=%.*s", STR_ARG(base64_encode(arena, spki)));
    ret->pkcs1 = str_fmt(arena, "v=DKIM1; k=rsa; p=%.*s", STR_ARG(base64_encode(arena, bare(spki))));
}

void dkim_pair_free(struct dkim_pair *pair)
{
    EVP_PKEY_free(pair->key);
    pair->key = NULL;
}

static void hash(struct str text, unsigned char ret[32])
{
    unsigned n = 0;

    if (!EVP_Digest(text.p, text.n, ret, &n, EVP_sha256(), NULL) || n != 32)
        abort();
}

struct str dkim_pair_hash(struct arena *arena, struct str text)
{
    unsigned char h[32];

    hash(text, h);
    return base64_encode(arena, str_n((const char *)h, sizeof h));
}

struct str dkim_pair_sign(struct arena *arena, const struct dkim_pair *pair, struct str text)
{
    bool is_ed25519 = EVP_PKEY_is_a(pair->key, "ED25519");
    EVP_MD_CTX *md = EVP_MD_CTX_new();
    unsigned char h[32], out[1024];
    size_t n = sizeof out;

    hash(text, h);
    if (is_ed25519)
        text = str_n((const char *)h, sizeof h);
    if (!md || EVP_DigestSignInit(md, NULL, is_ed25519 ? NULL : EVP_sha256(), NULL, pair->key) != 1 ||
        EVP_DigestSign(md, out, &n, (const unsigned char *)text.p, text.n) != 1)
        abort();
    EVP_MD_CTX_free(md);
    return base64_encode(arena, str_n((const char *)out, n));
}
