/* Intermediates that a server forgot to send, fetched from where their subjects say (RFC 5280 section 4.2.2.1), as
 * desktop browsers do and many phones and programs do not. */
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/pkcs7.h>
#include <openssl/x509v3.h>

#include "core/arena.h"
#include "facts/tls_inside.h"

#define MOST_FETCHES      3
#define MOST_ISSUER_BYTES (256u * 1024u)

static bool add_issuer(STACK_OF(X509) * to, X509 *x, X509 *of)
{
    return x && X509_check_issued(x, of) == X509_V_OK && X509_up_ref(x) && sk_X509_push(to, x) > 0;
}

/* A certificate in DER or PEM, or several as PKCS #7 (.p7c). True when one of them issued of. */
static bool add_issuers(STACK_OF(X509) * to, struct str body, X509 *of)
{
    const unsigned char *p = (const unsigned char *)body.p;
    bool added = false;

    if (body.n == 0 || body.n > MOST_ISSUER_BYTES)
        return false;
    X509 *x = d2i_X509(NULL, &p, (long)body.n);
    if (!x && str_has(body, STR("-----BEGIN"))) {
        BIO *bio = BIO_new_mem_buf(body.p, (int)body.n);
        x = bio ? PEM_read_bio_X509(bio, NULL, NULL, NULL) : NULL;
        BIO_free(bio);
    }
    added = add_issuer(to, x, of);
    X509_free(x);
    if (!x) {
        p = (const unsigned char *)body.p;
        PKCS7 *bag = d2i_PKCS7(NULL, &p, (long)body.n);
        STACK_OF(X509) *in_it = bag && PKCS7_type_is_signed(bag) && bag->d.sign ? bag->d.sign->cert : NULL;
        for (int i = 0; i < sk_X509_num(in_it) && i < TLS_MOST_CHAIN; i++)
            added = add_issuer(to, sk_X509_value(in_it, i), of) || added;
        PKCS7_free(bag);
    }
    ERR_clear_error();
    return added;
}

static bool is_self_issued(X509 *x)
{
    return X509_NAME_cmp(X509_get_subject_name(x), X509_get_issuer_name(x)) == 0;
}

X509 *tls_issuers_fetch(struct ask *q, X509_STORE *roots, STACK_OF(X509) * sent, STACK_OF(X509) * path,
                        struct fact_tls *ret)
{
    STACK_OF(X509) *more = sk_X509_new_null();
    X509 *open = sk_X509_value(path, sk_X509_num(path) - 1), *issuer_of_leaf = NULL;

    for (int i = 0; more && open && i < MOST_FETCHES && ret->trust == TLS_INCOMPLETE && !ret->fixed_by_aia; i++) {
        struct tls_cert c;
        tls_cert_fill(q->arena, open, &c);
        int before = sk_X509_num(more);
        if (!c.ca_issuers.n || !add_issuers(more, tls_fetch(q, c.ca_issuers), open))
            break;
        X509 *found = sk_X509_value(more, before);
        if (sk_X509_num(path) == 1 && i == 0 && X509_up_ref(found))
            issuer_of_leaf = found;
        open = found;
        ret->fixed_by_aia = tls_trust_proven(roots, sent, more, q->now_s);
        if (!ret->fixed_by_aia && is_self_issued(open)) { /* the end of the chain, and nobody trusts it */
            ret->trust = TLS_UNTRUSTED;
            ret->trust_detail = STR("self-signed certificate in certificate chain");
        }
    }
    sk_X509_pop_free(more, X509_free);
    if (!issuer_of_leaf && sk_X509_num(path) > 1 && X509_up_ref(sk_X509_value(path, 1)))
        issuer_of_leaf = sk_X509_value(path, 1);
    return issuer_of_leaf;
}
