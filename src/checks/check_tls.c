/* What a visitor's browser thinks of the certificates: valid, current, complete, strong, not revoked. */
#include "checks/catalogue.h"
#include "checks/check.h"
#include "checks/tls_hosts.h"
#include "core/arena.h"
#include "core/clock.h"
#include "facts/fact_site.h"
#include "facts/fact_tls.h"

#define DAY_S          86400
#define WARN_DAYS      21
#define FAIL_DAYS      7
#define RSA_LEAST_BITS 2048
#define EC_LEAST_BITS  255 /* Ed25519 has 253 to 256, depending on who counts */

static struct str date(struct findings *out, int64_t at_s)
{
    return clock_date(out->arena, at_s);
}

/* The first time a browser wants from a new certificate how many days it lives at most: CA/Browser Forum ballots SC-22
 * (398 days) and SC-081 (200, 100, 47). With a day of slack, since both ends count. */
static int most_days(int64_t from_s)
{
    static const struct {
        int64_t since_s;
        int days;
    } steps[] = {
        {1868227200, 47},  /* 2029-03-15 */
        {1805068800, 100}, /* 2027-03-15 */
        {1773532800, 200}, /* 2026-03-15 */
        {1598918400, 398}, /* 2020-09-01 */
    };

    for (size_t i = 0; i < N_OF(steps); i++)
        if (from_s >= steps[i].since_s)
            return steps[i].days;
    return 825;
}

/* ---- tls.valid ---- */

/* A finding about host, or the one said before with that key; with the certificate seen at this address as evidence. */
static struct finding *say_seen(struct findings *out, const struct tls_seen *seen, enum status status, const char *key,
                                struct str title, bool *ret_new)
{
    struct finding *f = tls_said(out, seen->host->name, key);

    *ret_new = !f;
    if (!f) {
        f = say(out, tls_host_is_minor(seen->host) && status == FAIL ? WARN : status, seen->host->name, "%.*s",
                STR_ARG(title));
        f->key = str_of(key);
    }
    if (seen->tls)
        finding_evidence(out, f, "certificate", seen->address, seen->tls->at_s, "%.*s, from %.*s, until %.*s",
                         STR_ARG(seen->tls->chain[0].subject), STR_ARG(seen->tls->chain[0].issuer),
                         STR_ARG(date(out, seen->tls->chain[0].until_s)));
    else
        finding_evidence(out, f, "connection", seen->address, 0, "%s", seen->err.text);
    return f;
}

static struct str names_listed(struct findings *out, const struct tls_cert *c)
{
    struct str list = STR_NONE;

    for (size_t i = 0; i < c->names.n && i < 6; i++)
        list = str_fmt(out->arena, "%.*s%s%.*s", STR_ARG(list), i ? ", " : "", STR_ARG(c->names.v[i]));
    if (c->n_names > 6)
        list = str_fmt(out->arena, "%.*s and %zu more", STR_ARG(list), c->n_names - 6);
    return list.n ? list : STR("no name at all");
}

static struct str trust_title(struct ask *q, struct findings *out, const struct fact_tls *t, const char **ret_key)
{
    const struct tls_cert *leaf = &t->chain[0];

    switch (t->trust) {
    case TLS_EXPIRED:
        *ret_key = "expired";
        if (leaf->until_s < q->now_s)
            return str_fmt(out->arena, "The certificate expired on %.*s", STR_ARG(date(out, leaf->until_s)));
        return STR("An intermediate certificate has expired");
    case TLS_NOT_YET:
        *ret_key = "not-yet";
        return str_fmt(out->arena, "The certificate is valid only from %.*s on", STR_ARG(date(out, leaf->from_s)));
    case TLS_SELF_SIGNED: *ret_key = "self-signed"; return STR("The certificate is signed by itself");
    case TLS_UNTRUSTED:
        *ret_key = "untrusted";
        return STR("The certificate comes from an authority that no browser trusts");
    case TLS_INCOMPLETE:
        *ret_key = t->fixed_by_aia ? NULL : "incomplete";
        return STR("The certificate cannot be traced to a trusted root: an intermediate is missing");
    case TLS_BROKEN:
        *ret_key = "broken";
        return str_fmt(out->arena, "The certificate does not verify: %.*s", STR_ARG(t->trust_detail));
    case TLS_TRUSTED: break;
    }
    *ret_key = NULL;
    return STR_NONE;
}

static void judge_valid(struct ask *q, struct findings *out, const struct tls_seen *seen)
{
    const struct fact_tls *t = seen->tls;
    const char *key = NULL;
    struct finding *f;
    bool is_new;

    if (!t) {
        f = say_seen(out, seen, FAIL, "no-tls", STR("No HTTPS: port 443 does not finish a TLS handshake"), &is_new);
        if (is_new)
            tls_fix_reissue(q, out, f, seen->host->name);
        return;
    }
    const struct tls_cert *leaf = &t->chain[0];
    struct str title = trust_title(q, out, t, &key);
    if (!key && !t->name_matches) {
        key = "name";
        title = leaf->n_names ? str_fmt(out->arena, "The certificate does not cover %.*s", STR_ARG(seen->host->name))
                              : STR("The certificate names no host (browsers ignore the common name)");
    }
    if (key) {
        f = say_seen(out, seen, FAIL, key, title, &is_new);
        if (!t->name_matches)
            finding_evidence(out, f, "covers", seen->address, t->at_s, "%.*s", STR_ARG(names_listed(out, leaf)));
        if (is_new) {
            finding_expected(out, f, "a trusted, current certificate for %.*s", STR_ARG(seen->host->name));
            tls_fix_reissue(q, out, f, seen->host->name);
        }
        return;
    }
    if (leaf->must_staple && !t->stapled) { /* RFC 7633: Firefox refuses */
        f = say_seen(out, seen, FAIL, "must-staple",
                     STR("The certificate demands a stapled OCSP answer and the server sends none"), &is_new);
        if (is_new) {
            f->severity = SEV_HIGH;
            finding_fix(out, f,
                        "nginx: ssl_stapling on; ssl_stapling_verify on; with a resolver. Or re-issue without "
                        "must-staple: certbot renew --force-renewal --no-must-staple.");
        }
    }
    int64_t days = (leaf->until_s - leaf->from_s) / DAY_S;
    if (days > most_days(leaf->from_s) + 1) {
        f = say_seen(out, seen, WARN, "lifetime",
                     str_fmt(out->arena, "The certificate lives %lld days; browsers accept %d from public authorities",
                             (long long)days, most_days(leaf->from_s)),
                     &is_new);
        f->severity = SEV_LOW;
        f->certainty = INFERRED; /* an authority of one's own may do as it likes */
        if (is_new)
            tls_fix_reissue(q, out, f, seen->host->name);
    }
}

void check_tls_valid(struct ask *q, struct findings *out)
{
    struct tls_tour tour;

    tls_tour_make(q, TOUR_HANDSHAKE, true, &tour);
    for (size_t i = 0; i < tour.n; i++)
        judge_valid(q, out, &tour.v[i]);
}

/* ---- tls.expiry ---- */

static bool seen_before(const struct tls_tour *tour, size_t at)
{
    for (size_t i = 0; i < at; i++)
        if (str_eq(tour->v[i].tls->chain[0].sha256, tour->v[at].tls->chain[0].sha256) &&
            tls_host_is_minor(tour->v[i].host) == tls_host_is_minor(tour->v[at].host))
            return true;
    return false;
}

/* "for shop.example, www.shop.example": the hosts that serve the same certificate. */
static struct str sharers(struct findings *out, const struct tls_tour *tour, size_t at)
{
    struct str list = STR_NONE, last = STR_NONE;

    for (size_t i = at; i < tour->n; i++) {
        if (!str_eq(tour->v[i].tls->chain[0].sha256, tour->v[at].tls->chain[0].sha256) ||
            str_eq(last, tour->v[i].host->name))
            continue;
        last = tour->v[i].host->name;
        list = str_fmt(out->arena, "%.*s%s%.*s", STR_ARG(list), list.n ? ", " : "", STR_ARG(last));
    }
    return list;
}

static int64_t less(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static const char *days_text(struct findings *out, int64_t days)
{
    return str_cstr(out->arena, str_fmt(out->arena, "%lld day%s", (long long)days, days == 1 ? "" : "s"));
}

static void judge_expiry(struct ask *q, struct findings *out, const struct tls_tour *tour, size_t at)
{
    const struct tls_seen *seen = &tour->v[at];
    const struct tls_cert *leaf = &seen->tls->chain[0];
    int64_t life_s = leaf->until_s - leaf->from_s, left_s = leaf->until_s - q->now_s;
    int64_t warn_s = less(WARN_DAYS * DAY_S, life_s / 3), fail_s = less(FAIL_DAYS * DAY_S, life_s / 9);
    struct finding *f;

    if (left_s > warn_s)
        return;
    enum status status = left_s <= fail_s && !tls_host_is_minor(seen->host) ? FAIL : WARN;
    if (left_s < 0)
        f = say(out, status, seen->host->name, "The certificate expired %s ago",
                days_text(out, (-left_s + DAY_S - 1) / DAY_S));
    else
        f = say(out, status, seen->host->name, "The certificate expires in %s and has not been renewed",
                days_text(out, left_s / DAY_S));
    finding_evidence(out, f, "valid", seen->address, seen->tls->at_s, "from %.*s until %.*s (%lld days)",
                     STR_ARG(date(out, leaf->from_s)), STR_ARG(date(out, leaf->until_s)), (long long)(life_s / DAY_S));
    finding_evidence(out, f, "served for", STR_NONE, seen->tls->at_s, "%.*s", STR_ARG(sharers(out, tour, at)));
    finding_evidence(out, f, "issuer", seen->address, seen->tls->at_s, "%.*s", STR_ARG(leaf->issuer));
    finding_observed(out, f, "%s left", days_text(out, left_s / DAY_S));
    finding_expected(out, f, "more than %lld days left", (long long)(warn_s / DAY_S));
    tls_fix_reissue(q, out, f, seen->host->name);
}

void check_tls_expiry(struct ask *q, struct findings *out)
{
    struct tls_tour tour;

    tls_tour_make(q, TOUR_HANDSHAKE, false, &tour);
    for (size_t i = 0; i < tour.n; i++)
        if (!seen_before(&tour, i))
            judge_expiry(q, out, &tour, i);
}

/* ---- tls.chain ---- */

static void show_chain(struct findings *out, struct finding *f, const struct tls_seen *seen)
{
    for (size_t i = 0; i < seen->tls->n_chain; i++)
        finding_evidence(out, f, i ? "then sends" : "sends first", seen->address, seen->tls->at_s, "%.*s",
                         STR_ARG(seen->tls->chain[i].subject));
}

void check_tls_chain(struct ask *q, struct findings *out)
{
    struct tls_tour tour;
    bool is_new;

    tls_tour_make(q, TOUR_HANDSHAKE, false, &tour);
    for (size_t i = 0; i < tour.n; i++) {
        const struct tls_seen *seen = &tour.v[i];
        const struct fact_tls *t = seen->tls;
        struct finding *f = NULL;

        if (t->trust == TLS_INCOMPLETE)
            f = say_seen(
                out, seen, FAIL, "incomplete",
                t->fixed_by_aia
                    ? STR("The server leaves out the intermediate certificate: desktop browsers fetch it, many "
                          "phones and programs do not")
                    : STR("The server leaves out the intermediate certificate, and it cannot be fetched"),
                &is_new);
        else if (!t->chain_ordered && t->trust == TLS_TRUSTED)
            f = say_seen(out, seen, WARN, "order",
                         STR("The certificates are sent in the wrong order, or with strangers "
                             "among them"),
                         &is_new);
        if (!f || !is_new)
            continue;
        show_chain(out, f, seen);
        finding_evidence(out, f, "missing", seen->address, t->at_s, "%.*s", STR_ARG(t->chain[t->n_chain - 1].issuer));
        tls_fix_chain(q, out, f, seen->host->name);
    }
}

/* ---- tls.key ---- */

static bool key_is_weak(const struct tls_cert *c)
{
    return c->key_bits < (c->key_is_rsa ? RSA_LEAST_BITS : EC_LEAST_BITS) && !str_eq(c->key, STR("Ed25519"));
}

void check_tls_key(struct ask *q, struct findings *out)
{
    struct tls_tour tour;
    bool is_new;

    tls_tour_make(q, TOUR_HANDSHAKE, false, &tour);
    for (size_t i = 0; i < tour.n; i++)
        for (size_t j = 0; j < tour.v[i].tls->n_chain; j++) {
            const struct tls_cert *c = &tour.v[i].tls->chain[j];
            const char *whose = j ? "An intermediate certificate" : "The certificate";
            struct finding *f = NULL;

            if (key_is_weak(c))
                f = say_seen(out, &tour.v[i], FAIL, j ? "intermediate-key" : "key",
                             str_fmt(out->arena, "%s has a weak key: %.*s", whose, STR_ARG(c->key)), &is_new);
            else if (c->signature_weak && !(j && c->self_issued)) /* a root is trusted for itself */
                f = say_seen(
                    out, &tour.v[i], FAIL, j ? "intermediate-signature" : "signature",
                    str_fmt(out->arena, "%s is signed with %.*s, which browsers refuse", whose, STR_ARG(c->signature)),
                    &is_new);
            if (!f || !is_new)
                continue;
            finding_observed(out, f, "%.*s, %.*s", STR_ARG(c->key), STR_ARG(c->signature));
            finding_expected(out, f, "RSA 2048 or EC P-256 or better, signed with SHA-256 or better");
            tls_fix_reissue(q, out, f, tour.v[i].host->name);
        }
}

/* ---- tls.revoked ---- */

void check_tls_revoked(struct ask *q, struct findings *out)
{
    struct tls_tour tour;
    bool is_new;

    tls_tour_make(q, TOUR_HANDSHAKE, false, &tour);
    for (size_t i = 0; i < tour.n; i++) {
        const struct tls_seen *seen = &tour.v[i];
        const struct fact_tls *t = seen->tls;
        const struct tls_cert *leaf = &t->chain[0];
        struct finding *f;

        if (t->revocation == TLS_REVOKED) {
            f = say_seen(out, seen, FAIL, "revoked", STR("The certificate is revoked by its issuer"), &is_new);
            finding_evidence(out, f, "said by", seen->address, t->at_s, "%.*s", STR_ARG(t->revocation_source));
            if (is_new)
                tls_fix_reissue(q, out, f, seen->host->name);
        } else if (t->revocation == TLS_REVOCATION_UNKNOWN && (leaf->ocsp_url.n || leaf->crl_url.n) &&
                   (t->trust == TLS_TRUSTED || t->fixed_by_aia)) {
            f = say_seen(out, seen, WARN, "unknown", STR("Whether the certificate is revoked could not be asked"),
                         &is_new);
            f->severity = SEV_INFO;
            if (is_new)
                finding_evidence(out, f, "no usable answer from", seen->address, t->at_s, "%.*s",
                                 STR_ARG(leaf->ocsp_url.n ? leaf->ocsp_url : leaf->crl_url));
        }
    }
}
