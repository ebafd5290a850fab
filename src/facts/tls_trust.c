/* Is a chain trusted, and if not, in which of the ways that have different cures. */
#include <openssl/err.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>
#include <string.h>

#include "facts/tls_inside.h"

/* Verification as browsers do it, but with no opinion on weak keys and signatures: those are judged apart. With
 * flags, X509_V_FLAG_*. The error, X509_V_OK when trusted. */
static int verify(X509_STORE *roots, STACK_OF(X509) * sent, STACK_OF(X509) * more, int64_t now_s, unsigned long flags,
                  STACK_OF(X509) * *ret_path)
{
    X509_STORE_CTX *ctx = X509_STORE_CTX_new();
    STACK_OF(X509) *others = sk_X509_dup(sent);
    int error = X509_V_ERR_OUT_OF_MEM;

    for (int i = 0; others && i < sk_X509_num(more); i++)
        sk_X509_push(others, sk_X509_value(more, i));
    if (ctx && others && X509_STORE_CTX_init(ctx, roots, sk_X509_value(sent, 0), others)) {
        X509_VERIFY_PARAM *param = X509_STORE_CTX_get0_param(ctx);
        X509_STORE_CTX_set_default(ctx, "ssl_server");
        X509_VERIFY_PARAM_set_auth_level(param, 0);
        X509_VERIFY_PARAM_set_time(param, (time_t)now_s);
        X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_TRUSTED_FIRST | flags);
        if (X509_verify_cert(ctx) == 1)
            error = X509_V_OK;
        else
            error = X509_STORE_CTX_get_error(ctx);
        if (ret_path)
            *ret_path = X509_STORE_CTX_get1_chain(ctx);
    }
    X509_STORE_CTX_free(ctx);
    sk_X509_free(others);
    ERR_clear_error();
    return error;
}

bool tls_trust_proven(X509_STORE *roots, STACK_OF(X509) * sent, STACK_OF(X509) * more, int64_t now_s)
{
    return verify(roots, sent, more, now_s, 0, NULL) == X509_V_OK;
}

/* A chain that ends at an issuer we do not have. Whether that issuer is an intermediate that the server forgot, or a
 * private root, cannot be seen; but public certificates tell where their issuer is to be had (RFC 5280 section
 * 4.2.2.1), and a private root's seldom do. */
static enum tls_trust judge_open_end(STACK_OF(X509) * path)
{
    int n = sk_X509_num(path);
    enum tls_trust trust = TLS_UNTRUSTED;

    if (n >= 1) {
        AUTHORITY_INFO_ACCESS *access = X509_get_ext_d2i(sk_X509_value(path, n - 1), NID_info_access, NULL, NULL);
        for (int i = 0; i < sk_ACCESS_DESCRIPTION_num(access); i++)
            if (OBJ_obj2nid(sk_ACCESS_DESCRIPTION_value(access, i)->method) == NID_ad_ca_issuers)
                trust = TLS_INCOMPLETE;
        AUTHORITY_INFO_ACCESS_free(access);
    }
    return trust;
}

static enum tls_trust judge_error(int error, STACK_OF(X509) * path)
{
    switch (error) {
    case X509_V_OK: return TLS_TRUSTED;
    case X509_V_ERR_CERT_HAS_EXPIRED: return TLS_EXPIRED;
    case X509_V_ERR_CERT_NOT_YET_VALID: return TLS_NOT_YET;
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT: return TLS_SELF_SIGNED;
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN: return TLS_UNTRUSTED;
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE: return judge_open_end(path);
    }
    return TLS_BROKEN;
}

static bool is_ordered(STACK_OF(X509) * sent)
{
    for (int i = 0; i + 1 < sk_X509_num(sent); i++)
        if (X509_check_issued(sk_X509_value(sent, i + 1), sk_X509_value(sent, i)) != X509_V_OK)
            return false;
    return true;
}

static bool matches(X509 *leaf, struct str host)
{
    char name[256];

    if (host.n == 0 || host.n >= sizeof name || memchr(host.p, 0, host.n))
        return false;
    memcpy(name, host.p, host.n);
    name[host.n] = '\0';
    if (X509_check_ip_asc(leaf, name, 0) == 1)
        return true;
    return X509_check_host(leaf, name, host.n,
                           X509_CHECK_FLAG_NEVER_CHECK_SUBJECT | X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS, NULL) == 1;
}

void tls_trust_judge(struct arena *arena, X509_STORE *roots, STACK_OF(X509) * sent, struct str host, int64_t now_s,
                     struct fact_tls *ret, STACK_OF(X509) * *ret_path)
{
    STACK_OF(X509) *path = NULL;
    int error = verify(roots, sent, NULL, now_s, 0, &path);

    if (error != X509_V_OK) { /* what is wrong besides the dates counts more: dates are told apart in the leaf */
        STACK_OF(X509) *timeless_path = NULL;
        int timeless = verify(roots, sent, NULL, now_s, X509_V_FLAG_NO_CHECK_TIME, &timeless_path);
        if (timeless != X509_V_OK)
            error = timeless;
        sk_X509_pop_free(path, X509_free);
        path = timeless_path;
    }
    ret->trust = judge_error(error, path);
    ret->trust_detail = error == X509_V_OK ? STR_NONE : str_dup(arena, str_of(X509_verify_cert_error_string(error)));
    ret->chain_ordered = is_ordered(sent);
    ret->name_matches = matches(sk_X509_value(sent, 0), host);
    ERR_clear_error();
    if (ret_path)
        *ret_path = path;
    else
        sk_X509_pop_free(path, X509_free);
}
