/* Which versions and ciphers the servers agree to. */
#include "checks/catalogue.h"
#include "checks/check.h"
#include "checks/tls_hosts.h"
#include "core/arena.h"
#include "facts/fact_site.h"
#include "facts/fact_tls.h"

static struct finding *say_host(struct findings *out, const struct tls_seen *seen, enum status status,
                                enum severity severity, const char *key, const char *title, bool *ret_new)
{
    struct finding *f = tls_said(out, seen->host->name, key);

    *ret_new = !f;
    if (!f) {
        f = say(out, tls_host_is_minor(seen->host) && status == FAIL ? WARN : status, seen->host->name, "%s", title);
        f->severity = tls_host_is_minor(seen->host) && severity > SEV_MEDIUM ? SEV_MEDIUM : severity;
        f->key = str_of(key);
    }
    return f;
}

static const char *answer_word(enum tls_answer a)
{
    return a == TLS_ACCEPTED ? "accepted" : a == TLS_REFUSED ? "refused" : "no clear answer";
}

static struct str versions_listed(struct findings *out, const struct fact_tls *t)
{
    struct str list = STR_NONE;

    for (int v = TLS_SSL3; v < TLS_N_VERSIONS; v++)
        list = str_fmt(out->arena, "%.*s%s%s %s", STR_ARG(list), list.n ? ", " : "",
                       tls_version_name((enum tls_version)v), answer_word(t->versions[v]));
    return list;
}

static struct finding *judge_versions(struct findings *out, const struct tls_seen *seen, bool *ret_new)
{
    const enum tls_answer *v = seen->tls->versions;

    if (v[TLS_SSL3] == TLS_ACCEPTED)
        return say_host(out, seen, FAIL, SEV_HIGH, "old", "SSL 3, broken since 2014, is accepted", ret_new);
    if (v[TLS_1_2] == TLS_REFUSED && v[TLS_1_3] == TLS_REFUSED)
        return say_host(out, seen, FAIL, SEV_CRITICAL, "no-current",
                        "Neither TLS 1.2 nor 1.3 is accepted: current browsers cannot connect", ret_new);
    if (v[TLS_1_0] == TLS_ACCEPTED || v[TLS_1_1] == TLS_ACCEPTED)
        return say_host(out, seen, FAIL, SEV_MEDIUM, "old",
                        v[TLS_1_0] == TLS_ACCEPTED && v[TLS_1_1] == TLS_ACCEPTED
                            ? "TLS 1.0 and 1.1, deprecated in 2021 (RFC 8996), are accepted"
                        : v[TLS_1_0] == TLS_ACCEPTED ? "TLS 1.0, deprecated in 2021 (RFC 8996), is accepted"
                                                     : "TLS 1.1, deprecated in 2021 (RFC 8996), is accepted",
                        ret_new);
    if (v[TLS_1_3] == TLS_REFUSED && v[TLS_1_2] == TLS_ACCEPTED)
        return say_host(out, seen, WARN, SEV_LOW, "no-1.3", "TLS 1.3 is not offered: one round trip more per visitor",
                        ret_new);
    if (v[TLS_1_2] == TLS_REFUSED)
        return say_host(out, seen, WARN, SEV_INFO, "no-1.2", "TLS 1.2 is refused: older phones cannot connect",
                        ret_new);
    return NULL;
}

/* Something asked for got no clear answer: the check may not pass on it. */
static void note_silence(struct ask *q, const struct tls_seen *seen, const enum tls_answer *v, size_t n,
                         const char *what)
{
    struct err err;

    for (size_t i = 0; i < n; i++) {
        if (v[i] != TLS_NOT_SEEN)
            continue;
        err_set(&err, ERR_TIMEOUT, "%.*s gives no clear answer when asked for %s", STR_ARG(seen->address), what);
        ask_note(q, str_fmt(q->arena, "tls %.*s %.*s", STR_ARG(seen->host->name), STR_ARG(seen->address)), &err);
        return;
    }
}

void check_tls_protocols(struct ask *q, struct findings *out)
{
    struct tls_tour tour;
    bool is_new;

    tls_tour_make(q, TOUR_ACCEPTS, false, &tour);
    for (size_t i = 0; i < tour.n; i++) {
        const struct tls_seen *seen = &tour.v[i];
        struct finding *f = judge_versions(out, seen, &is_new);

        if (!tls_host_is_minor(seen->host))
            note_silence(q, seen, seen->tls->versions, TLS_N_VERSIONS, "some TLS versions");
        if (!f)
            continue;
        finding_evidence(out, f, "versions", seen->address, seen->tls->at_s, "%.*s",
                         STR_ARG(versions_listed(out, seen->tls)));
        if (is_new) {
            finding_expected(out, f, "TLS 1.2 and 1.3 accepted, all older refused");
            tls_fix_versions(q, out, f, seen->host->name);
        }
    }
}

/* ---- tls.ciphers ---- */

static const struct {
    enum severity severity;
    const char *title, *key;
} classes[] = {
    [TLS_CIPHER_NULL] = {SEV_CRITICAL, "Connections without any encryption are accepted (NULL ciphers)", "null"},
    [TLS_CIPHER_ANON] = {SEV_CRITICAL, "Connections without a certificate are accepted (anonymous ciphers)", "anon"},
    [TLS_CIPHER_EXPORT] = {SEV_CRITICAL, "40- and 56-bit export ciphers are accepted (FREAK)", "export"},
    [TLS_CIPHER_RC4] = {SEV_HIGH, "RC4 ciphers are accepted (RFC 7465 forbids them)", "rc4"},
    [TLS_CIPHER_3DES] = {SEV_MEDIUM, "Ciphers with 64-bit blocks are accepted (3DES, SWEET32)", "3des"},
    [TLS_CIPHER_NO_FS] = {SEV_MEDIUM, "Only RSA key exchange: a stolen key opens all recorded traffic", "no-fs"},
};

/* A current client gets forward secrecy when its best handshake has it; a fallback for old clients is only noted. */
static bool has_forward_secrecy(struct str cipher)
{
    return str_starts(cipher, STR("TLS_")) || str_starts(cipher, STR("ECDHE")) || str_starts(cipher, STR("DHE"));
}

static void judge_ciphers(struct ask *q, struct findings *out, const struct tls_seen *seen)
{
    bool is_new;

    for (size_t c = 0; c < TLS_N_CIPHER_CLASSES; c++) {
        enum status status = FAIL;
        enum severity severity = classes[c].severity;
        const char *title = classes[c].title;
        const struct fact_tls *best = NULL;

        if (seen->tls->ciphers[c] != TLS_ACCEPTED)
            continue;
        if (c == TLS_CIPHER_NO_FS) {
            best = fact_tls(q, seen->host->name, seen->address);
            if (!best || has_forward_secrecy(best->cipher)) {
                status = WARN;
                severity = SEV_LOW;
                title = "RSA key exchange, without forward secrecy, is accepted as a fallback";
            }
        }
        struct finding *f = say_host(out, seen, status, severity, classes[c].key, title, &is_new);
        finding_evidence(out, f, "accepts", seen->address, seen->tls->at_s, "%s",
                         tls_cipher_name((enum tls_cipher_class)c));
        if (best)
            finding_evidence(out, f, "best handshake", seen->address, best->at_s, "%.*s %.*s", STR_ARG(best->protocol),
                             STR_ARG(best->cipher));
        if (is_new)
            tls_fix_ciphers(q, out, f, seen->host->name);
    }
    if (!tls_host_is_minor(seen->host))
        note_silence(q, seen, seen->tls->ciphers, TLS_N_CIPHER_CLASSES, "weak ciphers");
}

void check_tls_ciphers(struct ask *q, struct findings *out)
{
    struct tls_tour tour;

    tls_tour_make(q, TOUR_ACCEPTS, false, &tour);
    for (size_t i = 0; i < tour.n; i++)
        judge_ciphers(q, out, &tour.v[i]);
}
