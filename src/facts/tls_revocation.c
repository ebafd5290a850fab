/* Whether a certificate is revoked: from the staple, else from its OCSP server, else from its CRL. */
#include <openssl/err.h>
#include <openssl/ocsp.h>
#include <openssl/x509v3.h>
#include <string.h>

#include "core/arena.h"
#include "facts/fact_http.h"
#include "facts/tls_inside.h"

#define CLOCK_LEEWAY_S        300
#define MOST_REVOCATION_BYTES (1024u * 1024u)

/* An update and its next one hold now_s between them. until may be NULL: no promise was made. */
static bool is_fresh(const ASN1_TIME *from, const ASN1_TIME *until, int64_t now_s)
{
    time_t latest_from = (time_t)now_s + CLOCK_LEEWAY_S, earliest_until = (time_t)now_s - CLOCK_LEEWAY_S;

    return from && X509_cmp_time(from, &latest_from) < 0 && (!until || X509_cmp_time(until, &earliest_until) > 0);
}

enum tls_revocation tls_ocsp_judge(struct str der, X509 *leaf, X509 *issuer, X509_STORE *roots, int64_t now_s)
{
    const unsigned char *p = (const unsigned char *)der.p;
    enum tls_revocation verdict = TLS_REVOCATION_UNKNOWN;
    OCSP_RESPONSE *response = der.n && der.n <= MOST_REVOCATION_BYTES ? d2i_OCSP_RESPONSE(NULL, &p, (long)der.n) : NULL;
    OCSP_BASICRESP *basic = response && OCSP_response_status(response) == OCSP_RESPONSE_STATUS_SUCCESSFUL
                                ? OCSP_response_get1_basic(response)
                                : NULL;
    STACK_OF(X509) *known = sk_X509_new_null();
    int status = -1, reason = 0;
    ASN1_GENERALIZEDTIME *revoked = NULL, *from = NULL, *until = NULL;

    /* The issuer itself may sign; anybody else needs a certificate for it from the issuer (RFC 6960 4.2.2.2). */
    if (basic && known && sk_X509_push(known, issuer) && OCSP_basic_verify(basic, known, roots, OCSP_TRUSTOTHER) == 1) {
        for (int i = 0; i < OCSP_resp_count(basic) && status < 0; i++) {
            OCSP_SINGLERESP *single = OCSP_resp_get0(basic, i);
            const ASN1_OBJECT *digest = NULL;
            ASN1_OBJECT *algorithm = NULL;
            const OCSP_CERTID *about = OCSP_SINGLERESP_get0_id(single);
            if (!OCSP_id_get0_info(NULL, &algorithm, NULL, NULL, (OCSP_CERTID *)(uintptr_t)about))
                continue;
            digest = algorithm;
            OCSP_CERTID *id = OCSP_cert_to_id(EVP_get_digestbyobj(digest), leaf, issuer);
            if (id && OCSP_id_cmp(id, about) == 0)
                status = OCSP_single_get0_status(single, &reason, &revoked, &from, &until);
            OCSP_CERTID_free(id);
        }
        if (status >= 0 && is_fresh(from, until, now_s))
            verdict = status == V_OCSP_CERTSTATUS_REVOKED ? TLS_REVOKED
                      : status == V_OCSP_CERTSTATUS_GOOD  ? TLS_GOOD
                                                          : TLS_REVOCATION_UNKNOWN;
    }
    sk_X509_free(known);
    OCSP_BASICRESP_free(basic);
    OCSP_RESPONSE_free(response);
    ERR_clear_error();
    return verdict;
}

enum tls_revocation tls_crl_judge(struct str der, X509 *leaf, X509 *issuer, int64_t now_s)
{
    const unsigned char *p = (const unsigned char *)der.p;
    enum tls_revocation verdict = TLS_REVOCATION_UNKNOWN;
    X509_CRL *crl = der.n && der.n <= MOST_REVOCATION_BYTES ? d2i_X509_CRL(NULL, &p, (long)der.n) : NULL;
    X509_REVOKED *entry = NULL;

    if (crl && X509_NAME_cmp(X509_CRL_get_issuer(crl), X509_get_issuer_name(leaf)) == 0 &&
        X509_CRL_verify(crl, X509_get0_pubkey(issuer)) == 1 &&
        is_fresh(X509_CRL_get0_lastUpdate(crl), X509_CRL_get0_nextUpdate(crl), now_s))
        verdict = X509_CRL_get0_by_cert(crl, &entry, leaf) == 1 ? TLS_REVOKED : TLS_GOOD; /* 2: taken off again */
    X509_CRL_free(crl);
    ERR_clear_error();
    return verdict;
}

/* base64 in a path: "+", "/" and "=" are written as %XX (RFC 6960 appendix A.1). */
static struct str ocsp_get_url(struct arena *arena, struct str base, const unsigned char *der, size_t n)
{
    char *base64 = arena_alloc(arena, 4 * (n / 3 + 1) + 1), *path = arena_alloc(arena, 12 * (n / 3 + 1) + 1);
    int bytes = EVP_EncodeBlock((unsigned char *)base64, der, (int)n);
    size_t at = 0;

    for (int i = 0; i < bytes; i++) {
        const char *as = base64[i] == '+' ? "%2B" : base64[i] == '/' ? "%2F" : base64[i] == '=' ? "%3D" : NULL;
        if (as) {
            memcpy(path + at, as, 3);
            at += 3;
        } else {
            path[at++] = base64[i];
        }
    }
    return str_fmt(arena, "%.*s%s%.*s", STR_ARG(base), str_ends(base, STR("/")) ? "" : "/", (int)at, path);
}

struct str tls_ocsp_url(struct arena *arena, struct str base, X509 *leaf, X509 *issuer)
{
    OCSP_REQUEST *request = OCSP_REQUEST_new();
    OCSP_CERTID *id = OCSP_cert_to_id(EVP_sha1(), leaf, issuer);
    unsigned char *der = NULL;
    struct str url = STR_NONE;

    if (request && id && OCSP_request_add0_id(request, id)) {
        id = NULL; /* owned by the request */
        int n = i2d_OCSP_REQUEST(request, &der);
        if (n > 0 && n <= 1024)
            url = ocsp_get_url(arena, base, der, (size_t)n);
    }
    OPENSSL_free(der);
    OCSP_CERTID_free(id);
    OCSP_REQUEST_free(request);
    ERR_clear_error();
    return url;
}

struct str tls_fetch(struct ask *q, struct str url)
{
    const struct fact_http *x = fact_get(q, url);

    if (!x) {
        ask_tolerate(q); /* not to be reached: what it would have said stays unknown */
        return STR_NONE;
    }
    return x->status == 200 && !x->body_cut && !x->body_broken ? x->body : STR_NONE;
}

void tls_revocation_judge(struct ask *q, X509_STORE *roots, X509 *leaf, X509 *issuer, struct str staple,
                          struct fact_tls *ret)
{
    const struct tls_cert *c = &ret->chain[0];

    ret->revocation = tls_ocsp_judge(staple, leaf, issuer, roots, q->now_s);
    ret->revocation_source = STR("the stapled OCSP answer");
    if (ret->revocation == TLS_REVOCATION_UNKNOWN && c->ocsp_url.n) {
        struct str url = tls_ocsp_url(q->arena, c->ocsp_url, leaf, issuer);
        if (url.n)
            ret->revocation = tls_ocsp_judge(tls_fetch(q, url), leaf, issuer, roots, q->now_s);
        ret->revocation_source = c->ocsp_url;
    }
    if (ret->revocation == TLS_REVOCATION_UNKNOWN && c->crl_url.n) {
        ret->revocation = tls_crl_judge(tls_fetch(q, c->crl_url), leaf, issuer, q->now_s);
        ret->revocation_source = c->crl_url;
    }
    if (ret->revocation == TLS_REVOCATION_UNKNOWN)
        ret->revocation_source = STR_NONE;
}
