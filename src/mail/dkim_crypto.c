/* The few things that DKIM asks of OpenSSL. */
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>
#include <pthread.h>

#include "mail/dkim_inside.h"

static EVP_MD *sha256;

/* Fetched once: to look it up for each hash costs more than to hash a short header. */
static void fetch(void)
{
    sha256 = EVP_MD_fetch(NULL, "SHA2-256", NULL);
}

bool dkim_hash_start(EVP_MD_CTX *md)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    return pthread_once(&once, fetch) == 0 && sha256 && md && EVP_DigestInit_ex2(md, sha256, NULL);
}

bool dkim_hash_end(EVP_MD_CTX *md, unsigned char ret[DKIM_HASH_BYTES])
{
    unsigned n = 0;

    return EVP_DigestFinal_ex(md, ret, &n) && n == DKIM_HASH_BYTES;
}

/* From its numbers: OpenSSL's own decoder of the same bytes takes longer than a verification. */
static EVP_PKEY *make_rsa(const struct dkim_key *key)
{
    EVP_PKEY *made = NULL;
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
    OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
    OSSL_PARAM *params = NULL;
    BIGNUM *n = BN_bin2bn((const unsigned char *)key->modulus.p, (int)key->modulus.n, NULL);
    BIGNUM *e = BN_bin2bn((const unsigned char *)key->exponent.p, (int)key->exponent.n, NULL);

    if (ctx && build && n && e && OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_N, n) &&
        OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_E, e) && (params = OSSL_PARAM_BLD_to_param(build)) &&
        EVP_PKEY_fromdata_init(ctx) > 0)
        (void)EVP_PKEY_fromdata(ctx, &made, EVP_PKEY_PUBLIC_KEY, params);
    OSSL_PARAM_free(params);
    BN_free(e);
    BN_free(n);
    OSSL_PARAM_BLD_free(build);
    EVP_PKEY_CTX_free(ctx);
    return made;
}

static bool open_rsa(struct dkim_opened *opened)
{
    opened->rsa = EVP_PKEY_CTX_new_from_pkey(NULL, opened->key, NULL);
    return opened->rsa && EVP_PKEY_verify_init(opened->rsa) > 0 &&
           EVP_PKEY_CTX_set_rsa_padding(opened->rsa, RSA_PKCS1_PADDING) > 0 &&
           EVP_PKEY_CTX_set_signature_md(opened->rsa, sha256) > 0;
}

bool dkim_key_open(const struct dkim_key *key, struct dkim_opened *ret)
{
    *ret = (struct dkim_opened){0};
    if (key->is_ed25519)
        ret->key = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, (const unsigned char *)key->der.p, key->der.n);
    else if (key->modulus.n)
        ret->key = make_rsa(key);
    bool ok = ret->key && (key->is_ed25519 || open_rsa(ret));
    if (!ok)
        dkim_key_close(ret);
    ERR_clear_error();
    return ok;
}

void dkim_key_close(struct dkim_opened *opened)
{
    EVP_PKEY_CTX_free(opened->rsa);
    EVP_PKEY_free(opened->key);
    *opened = (struct dkim_opened){0};
}

bool dkim_key_verifies(struct dkim_opened *opened, const unsigned char hash[DKIM_HASH_BYTES], struct str signature)
{
    const unsigned char *sig = (const unsigned char *)signature.p;
    bool ok;

    if (opened->rsa) {
        ok = EVP_PKEY_verify(opened->rsa, sig, signature.n, hash, DKIM_HASH_BYTES) == 1;
    } else { /* RFC 8463 section 3: Ed25519 signs the hash as its message */
        EVP_MD_CTX *ctx = EVP_MD_CTX_new();
        ok = ctx && EVP_DigestVerifyInit(ctx, NULL, NULL, NULL, opened->key) == 1 &&
             EVP_DigestVerify(ctx, sig, signature.n, hash, DKIM_HASH_BYTES) == 1;
        EVP_MD_CTX_free(ctx);
    }
    if (!ok)
        ERR_clear_error();
    return ok;
}

bool dkim_key_fits(const struct dkim_opened *opened, struct str signature)
{
    size_t n = 0;
    EVP_PKEY_CTX *ctx = opened->rsa ? EVP_PKEY_CTX_new_from_pkey(NULL, opened->key, NULL) : NULL;
    bool ok = ctx && EVP_PKEY_verify_recover_init(ctx) > 0 &&
              EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING) > 0 &&
              EVP_PKEY_CTX_set_signature_md(ctx, sha256) > 0 &&
              EVP_PKEY_verify_recover(ctx, NULL, &n, (const unsigned char *)signature.p, signature.n) > 0;

    if (ok) {
        unsigned char *big = OPENSSL_malloc(n ? n : 1);
        ok = big && EVP_PKEY_verify_recover(ctx, big, &n, (const unsigned char *)signature.p, signature.n) > 0;
        OPENSSL_free(big);
    }
    EVP_PKEY_CTX_free(ctx);
    ERR_clear_error();
    return ok;
}
