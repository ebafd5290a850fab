/* One handshake, non-blocking, that goes through whatever the certificate is. */
#include <errno.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/tls1.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "facts/observer.h"
#include "facts/tls_inside.h"

static const unsigned char alpn_offer[] = "\x02h2\x08http/1.1";

static SSL_CTX *shape; /* for the life of the process: every handshake has the same one */
static pthread_once_t shape_once = PTHREAD_ONCE_INIT;

/* The lowest security level, so that a weak server can be seen and judged rather than only refused. */
static void make_shape(void)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());

    if (!ctx)
        return;
    SSL_CTX_set_verify(ctx, SSL_VERIFY_NONE, NULL);
    SSL_CTX_set_security_level(ctx, 0);
    SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_options(ctx, SSL_OP_LEGACY_SERVER_CONNECT | SSL_OP_IGNORE_UNEXPECTED_EOF | SSL_OP_NO_TICKET);
    SSL_CTX_set_max_cert_list(ctx, TLS_MOST_CERTS_BYTES);
    if (!SSL_CTX_set_min_proto_version(ctx, TLS1_VERSION) || !SSL_CTX_set_max_proto_version(ctx, 0) ||
        !SSL_CTX_set_cipher_list(ctx, "DEFAULT:ALL:!aNULL:!eNULL:@SECLEVEL=0") ||
        SSL_CTX_set_alpn_protos(ctx, alpn_offer, sizeof alpn_offer - 1) ||
        !SSL_CTX_set_tlsext_status_type(ctx, TLSEXT_STATUSTYPE_ocsp)) {
        SSL_CTX_free(ctx);
        return;
    }
    shape = ctx;
}

void tls_shake_clear(struct tls_shake *shake)
{
    sk_X509_pop_free(shake->sent, X509_free);
    OPENSSL_free(shake->staple);
    memset(shake, 0, sizeof *shake);
}

static bool explain_failure(const struct tls_place *place, SSL *ssl, int ssl_error, int system_error,
                            struct err *reterr)
{
    unsigned long e = ERR_peek_error();
    const char *reason = e ? ERR_reason_error_string(e) : NULL;

    if (ssl_error == SSL_ERROR_ZERO_RETURN || (ssl_error == SSL_ERROR_SYSCALL && !e) ||
        (ssl_error == SSL_ERROR_SSL && ERR_GET_REASON(e) == SSL_R_UNEXPECTED_EOF_WHILE_READING)) {
        err_set(reterr, ERR_RESET, "%s port %u closed the connection during the TLS handshake", place->ip, place->port);
        if (system_error)
            err_because(reterr, "%s", strerror(system_error));
        return false;
    }
    if (e && ERR_GET_REASON(e) == SSL_R_EXCESSIVE_MESSAGE_SIZE)
        err_set(reterr, ERR_LIMIT, "%s port %u sends more than %d bytes of certificates", place->ip, place->port,
                TLS_MOST_CERTS_BYTES);
    else
        err_set(reterr, ERR_TLS, "%s port %u: no TLS handshake for %.*s: %s", place->ip, place->port,
                STR_ARG(str_first(place->host, 200)), reason ? reason : "no reason given");
    return err_because(reterr, "%s while %s", reason ? reason : "unknown", SSL_state_string_long(ssl));
}

/* False with reterr untouched by a broken handshake that nevertheless brought the certificates (a server that then
 * wants a client certificate of its own choosing). */
static bool drive(const struct observer *outside, const struct tls_place *place, SSL *ssl, int fd, struct mono deadline,
                  struct err *reterr)
{
    for (;;) {
        ERR_clear_error();
        errno = 0;
        int r = SSL_connect(ssl), system_error = errno;
        if (r == 1)
            return true;
        int why = SSL_get_error(ssl, r);
        if (why != SSL_ERROR_WANT_READ && why != SSL_ERROR_WANT_WRITE) {
            if (SSL_get_peer_cert_chain(ssl))
                return true;
            return explain_failure(place, ssl, why, system_error, reterr);
        }
        if (!tls_socket_wait(outside, fd, why == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT, deadline, reterr)) {
            if (reterr && reterr->kind == ERR_TIMEOUT)
                err_set(reterr, ERR_TIMEOUT, "%s port %u accepts the connection but does not finish the TLS handshake",
                        place->ip, place->port);
            return false;
        }
    }
}

static void keep(SSL *ssl, struct tls_shake *ret)
{
    STACK_OF(X509) *sent = SSL_get_peer_cert_chain(ssl);
    const unsigned char *alpn = NULL, *staple = NULL;
    unsigned alpn_bytes = 0;

    for (int i = 0; i < sk_X509_num(sent) && i < TLS_MOST_CHAIN; i++) {
        X509 *x = sk_X509_value(sent, i);
        if (X509_up_ref(x) && !sk_X509_push(ret->sent, x))
            X509_free(x);
    }
    snprintf(ret->protocol, sizeof ret->protocol, "%s", SSL_get_version(ssl));
    snprintf(ret->cipher, sizeof ret->cipher, "%s", SSL_get_cipher_name(ssl));
    SSL_get0_alpn_selected(ssl, &alpn, &alpn_bytes);
    snprintf(ret->alpn, sizeof ret->alpn, "%.*s", (int)alpn_bytes, alpn ? (const char *)alpn : "");
    long n = SSL_get_tlsext_status_ocsp_resp(ssl, &staple);
    if (staple && n > 0) {
        ret->staple = OPENSSL_memdup(staple, (size_t)n);
        ret->staple_bytes = ret->staple ? (size_t)n : 0;
    }
}

bool tls_shake_over(const struct observer *outside, const struct tls_place *place, int fd, struct mono deadline,
                    enum tls_talk talk, struct tls_shake *ret, SSL **ret_ssl, struct err *reterr)
{
    struct tls_shake shake = {.sent = sk_X509_new_null()};
    char host[256];
    bool ok = false;

    pthread_once(&shape_once, make_shape);
    SSL *ssl = shape ? SSL_new(shape) : NULL;
    snprintf(host, sizeof host, "%.*s", STR_ARG(str_first(place->host, 255)));
    if (!ssl || !shake.sent || !SSL_set_fd(ssl, fd) || (talk == TLS_TALK_MAIL && SSL_set_alpn_protos(ssl, NULL, 0)) ||
        (!tls_is_address(place->host) && !SSL_set_tlsext_host_name(ssl, host))) {
        err_set(reterr, ERR_SYSTEM, "no TLS connection could be set up");
        goto out;
    }
    struct mono start = clock_mono();
    if (!drive(outside, place, ssl, fd, deadline, reterr))
        goto out;
    shake.took_us = clock_since_us(start);
    keep(ssl, &shake);
    ok = sk_X509_num(shake.sent) > 0;
    if (!ok)
        err_set(reterr, ERR_TLS, "%s port %u: a handshake without a certificate", place->ip, place->port);
out:
    ERR_clear_error();
    if (ok) {
        *ret = shake;
        *ret_ssl = ssl;
    } else {
        tls_shake_clear(&shake);
        SSL_free(ssl);
    }
    return ok;
}

bool tls_shake_hands(const struct observer *outside, const struct tls_place *place, struct tls_shake *ret,
                     struct err *reterr)
{
    SSL *ssl = NULL;
    int fd = -1;

    if (!observer_enter(outside, place->host, reterr))
        return false;
    struct mono deadline = clock_in_ms(observer_timeout_ms(outside));
    bool ok = tls_socket_connect(outside, place, deadline, &fd, reterr) &&
              tls_shake_over(outside, place, fd, deadline, TLS_TALK_WEB, ret, &ssl, reterr);
    if (ok)
        SSL_shutdown(ssl); /* says goodbye; does not wait for theirs */
    SSL_free(ssl);
    ERR_clear_error();
    if (fd >= 0)
        close(fd);
    observer_leave(outside, place->host);
    return ok;
}
