#include "facts/fact_tls.h"

#include "core/arena.h"
#include "core/clock.h"
#include "core/text.h"
#include "facts/observer.h"
#include "facts/tls_inside.h"

static bool look_tls(const struct observer *outside, struct ask *q, struct str key, void *ret, struct err *reterr)
{
    struct fact_tls *t = ret;
    struct tls_shake shake;
    struct tls_place place;
    STACK_OF(X509) *path = NULL;

    if (!tls_place_read(key, TLS_DEFAULT_PORT, &place, reterr) || !tls_shake_hands(outside, &place, &shake, reterr))
        return false;
    t->host = str_dup(q->arena, place.host);
    t->address = str_dup(q->arena, str_from(key, place.host.n + 1));
    t->at_s = clock_wall_s();
    t->handshake_us = shake.took_us;
    t->protocol = str_dup(q->arena, str_of(shake.protocol));
    t->cipher = str_dup(q->arena, str_of(shake.cipher));
    t->alpn = text_safe(q->arena, str_of(shake.alpn));
    t->stapled = shake.staple != NULL;
    t->n_chain = (size_t)sk_X509_num(shake.sent);
    t->chain = arena_array(q->arena, t->n_chain, sizeof *t->chain);
    for (size_t i = 0; i < t->n_chain; i++)
        tls_cert_fill(q->arena, sk_X509_value(shake.sent, (int)i), &t->chain[i]);
    tls_trust_judge(q->arena, observer_trust(outside), shake.sent, place.host, q->now_s, t, &path);
    X509 *issuer = tls_issuers_fetch(q, observer_trust(outside), shake.sent, path, t);
    if (issuer && (t->trust == TLS_TRUSTED || t->fixed_by_aia))
        tls_revocation_judge(q, observer_trust(outside), sk_X509_value(shake.sent, 0), issuer,
                             str_n((char *)shake.staple, shake.staple_bytes), t);
    X509_free(issuer);
    sk_X509_pop_free(path, X509_free);
    tls_shake_clear(&shake);
    return true;
}

const struct fact_kind tls_kind = {
    .name = "tls",
    .rank = 21,
    .size = sizeof(struct fact_tls),
    .look = look_tls,
    .save = tls_save,
    .load = tls_load,
};

static struct str key_of(struct ask *q, struct str host, struct str address)
{
    return str_fmt(q->arena, "%.*s %.*s", STR_ARG(host), STR_ARG(address));
}

const struct fact_tls *fact_tls(struct ask *q, struct str host, struct str address)
{
    return facts_get(q, &tls_kind, key_of(q, host, address));
}

void fact_tls_want(struct ask *q, struct str host, struct str address)
{
    facts_want(q, &tls_kind, key_of(q, host, address));
}

const struct fact_tls *fact_tls_accepts(struct ask *q, struct str host, struct str address)
{
    return facts_get(q, &tls_accepts_kind, key_of(q, host, address));
}

void fact_tls_accepts_want(struct ask *q, struct str host, struct str address)
{
    facts_want(q, &tls_accepts_kind, key_of(q, host, address));
}

const char *tls_version_name(enum tls_version v)
{
    static const char *const names[] = {[TLS_SSL3] = "SSL 3",
                                        [TLS_1_0] = "TLS 1.0",
                                        [TLS_1_1] = "TLS 1.1",
                                        [TLS_1_2] = "TLS 1.2",
                                        [TLS_1_3] = "TLS 1.3"};

    return (size_t)v < N_OF(names) ? names[v] : "?";
}

const char *tls_cipher_name(enum tls_cipher_class c)
{
    static const char *const names[] = {[TLS_CIPHER_NULL] = "NULL (no encryption)",
                                        [TLS_CIPHER_ANON] = "anonymous",
                                        [TLS_CIPHER_EXPORT] = "EXPORT",
                                        [TLS_CIPHER_RC4] = "RC4",
                                        [TLS_CIPHER_3DES] = "3DES",
                                        [TLS_CIPHER_NO_FS] = "RSA key exchange (no forward secrecy)"};

    return (size_t)c < N_OF(names) ? names[c] : "?";
}
