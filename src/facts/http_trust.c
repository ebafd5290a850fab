/* The shared trust store under curl, and plain words for why a certificate did not verify. */
#include <curl/curl.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <string.h>

#include "core/clock.h"
#include "core/text.h"
#include "facts/http_inside.h"

#define MOST_CERTS_BYTES (1024 * 1024) /* as for the TLS facts; OpenSSL's own 100 KiB are less than some sites send */

static int64_t wall_of(const ASN1_TIME *t)
{
    int days = 0, seconds = 0;
    ASN1_TIME *epoch = ASN1_TIME_set(NULL, 0);
    bool ok = epoch && ASN1_TIME_diff(&days, &seconds, epoch, t);

    ASN1_TIME_free(epoch);
    return ok ? (int64_t)days * 86400 + seconds : 0;
}

static void read_name(X509_NAME *name, char *to, size_t size)
{
    char text[256] = "";

    X509_NAME_oneline(name, text, sizeof text);
    text_make_safe(str_of(text), to, size);
}

/* OpenSSL's own verification; we only keep what it stumbled over. */
static int verify(X509_STORE_CTX *ctx, void *arg)
{
    struct http_trust *trust = arg;
    int ok = X509_verify_cert(ctx);
    X509 *cert = X509_STORE_CTX_get_current_cert(ctx);

    if (ok > 0)
        return ok;
    trust->error = X509_STORE_CTX_get_error(ctx);
    if (!cert)
        cert = X509_STORE_CTX_get0_cert(ctx);
    if (cert) {
        trust->from_s = wall_of(X509_get0_notBefore(cert));
        trust->until_s = wall_of(X509_get0_notAfter(cert));
        read_name(X509_get_issuer_name(cert), trust->issuer, sizeof trust->issuer);
        read_name(X509_get_subject_name(cert), trust->subject, sizeof trust->subject);
    }
    return ok;
}

/* Called by curl for each connection, on a context that holds no roots yet. */
static CURLcode dress(CURL *curl, void *ssl_ctx, void *arg)
{
    struct http_trust *trust = arg;
    SSL_CTX *ctx = ssl_ctx;

    (void)curl;
    SSL_CTX_set1_cert_store(ctx, trust->store);
    SSL_CTX_set_max_cert_list(ctx, MOST_CERTS_BYTES);
    /* A connection may outlive trust, which is not looked at again: nothing is renegotiated. */
    SSL_CTX_set_options(ctx, SSL_OP_IGNORE_UNEXPECTED_EOF | SSL_OP_NO_RENEGOTIATION);
    if (trust->insecure) { /* also a host with old TLS is seen; check_tls judges it */
        SSL_CTX_set_security_level(ctx, 0);
        SSL_CTX_set_options(ctx, SSL_OP_LEGACY_SERVER_CONNECT);
        if (!SSL_CTX_set_min_proto_version(ctx, TLS1_VERSION))
            return CURLE_SSL_CONNECT_ERROR;
        return CURLE_OK;
    }
    SSL_CTX_set_cert_verify_callback(ctx, verify, trust);
    return CURLE_OK;
}

bool http_trust_set(void *curl, struct http_trust *trust)
{
    long check = !trust->insecure;

    return curl_easy_setopt(curl, CURLOPT_CAINFO, NULL) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_CAPATH, NULL) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_CA_CACHE_TIMEOUT, 0L) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_SSL_CTX_FUNCTION, dress) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_SSL_CTX_DATA, trust) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, check) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, check ? 2L : 0L) == CURLE_OK;
}

static struct str date_of(struct arena *arena, int64_t at_s)
{
    return at_s ? clock_date(arena, at_s) : STR("an unknown date");
}

bool http_trust_explain(const struct http_trust *trust, struct str host, const char *curl_text, struct err *reterr)
{
    struct arena *arena = arena_new(64 * 1024);
    struct str name = text_safe(arena, str_first(host, host.n < 200 ? host.n : 200));

    switch (trust->error) {
    case X509_V_OK:
        if (strstr(curl_text, "subject name") || strstr(curl_text, "SSL: certificate"))
            err_set(reterr, ERR_TLS, "the certificate does not cover the name %.*s", STR_ARG(name));
        else
            err_set(reterr, ERR_TLS, "no TLS handshake for %.*s", STR_ARG(name));
        break;
    case X509_V_ERR_CERT_HAS_EXPIRED:
        err_set(reterr, ERR_TLS, "the certificate of %.*s expired on %.*s", STR_ARG(name),
                STR_ARG(date_of(arena, trust->until_s)));
        break;
    case X509_V_ERR_CERT_NOT_YET_VALID:
        err_set(reterr, ERR_TLS, "the certificate of %.*s is not valid before %.*s", STR_ARG(name),
                STR_ARG(date_of(arena, trust->from_s)));
        break;
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
        err_set(reterr, ERR_TLS, "the certificate of %.*s is self-signed", STR_ARG(name));
        break;
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
        err_set(reterr, ERR_TLS,
                "the issuer of the certificate of %.*s is not trusted, or its intermediate is not sent", STR_ARG(name));
        break;
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_CERT_UNTRUSTED:
        err_set(reterr, ERR_TLS, "the certificate of %.*s ends in a root that is not trusted", STR_ARG(name));
        break;
    default:
        err_set(reterr, ERR_TLS, "the certificate of %.*s does not verify: %s", STR_ARG(name),
                X509_verify_cert_error_string(trust->error));
    }
    if (trust->issuer[0])
        err_because(reterr, "issued by %s", trust->issuer);
    else if (curl_text[0])
        err_because(reterr, "%s", curl_text);
    arena_free(arena);
    return false;
}
