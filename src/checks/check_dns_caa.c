/* dns.caa: may whoever issued the certificate issue the next one (RFC 8659)? */
#include "checks/catalogue.h"
#include "checks/check_dns.h"
#include "facts/fact_platform.h"
#include "facts/fact_tls.h"

#define CRITICAL_FLAG 128u

/* Part of the issuer's organisation, and the names that CA answers to in CAA records. */
static const struct {
    const char *org;
    const char *names[7];
} authorities[] = {
    {"Let's Encrypt", {"letsencrypt.org"}},
    {"Internet Security Research Group", {"letsencrypt.org"}},
    {"Google Trust Services", {"pki.goog", "google.com"}},
    {"SSL Corp", {"ssl.com"}},
    {"DigiCert",
     {"digicert.com", "www.digicert.com", "digicert.ne.jp", "symantec.com", "thawte.com", "geotrust.com",
      "rapidssl.com"}},
    {"GeoTrust", {"digicert.com", "geotrust.com"}},
    {"Thawte", {"digicert.com", "thawte.com"}},
    {"Cloudflare", {"digicert.com", "ssl.com", "letsencrypt.org", "pki.goog"}},
    {"Sectigo", {"sectigo.com", "comodoca.com", "comodo.com", "usertrust.com", "trust-provider.com"}},
    {"COMODO", {"sectigo.com", "comodoca.com", "comodo.com", "usertrust.com"}},
    {"USERTRUST", {"sectigo.com", "comodoca.com", "usertrust.com"}},
    {"ZeroSSL", {"sectigo.com", "comodoca.com"}},
    {"Amazon", {"amazon.com", "amazontrust.com", "awstrust.com", "amazonaws.com", "aws.amazon.com"}},
    {"GlobalSign", {"globalsign.com"}},
    {"Entrust", {"entrust.net", "affirmtrust.com"}},
    {"GoDaddy", {"godaddy.com", "starfieldtech.com"}},
    {"Starfield", {"starfieldtech.com", "godaddy.com", "amazon.com"}},
    {"Buypass", {"buypass.com", "buypass.no"}},
    {"Actalis", {"actalis.it"}},
    {"Microsoft", {"microsoft.com"}},
    {"IdenTrust", {"identrust.com"}},
    {"Certum", {"certum.pl", "certum.eu"}},
    {"Asseco", {"certum.pl", "certum.eu"}},
    {"HARICA", {"harica.gr"}},
    {"Hellenic Academic", {"harica.gr"}},
    {"SwissSign", {"swisssign.com"}},
    {"QuoVadis", {"quovadisglobal.com", "digicert.com"}},
    {"D-Trust", {"d-trust.net", "dtrust.de"}},
    {"Deutsche Telekom", {"telesec.de"}},
    {"TrustAsia", {"trustasia.com"}},
};

/* Cloudflare takes any of these for its certificates, and changes between them without asking. */
static const char *const cloudflare_names[] = {"letsencrypt.org", "pki.goog", "ssl.com"};

/* The records that count for a host: of the nearest name at or above it that has any. */
struct caa {
    const struct fact_dns *f;
    struct str owner; /* where they stand; empty: nowhere */
};

/* RFC 8659 section 3: climb from the host towards the root. False when something on the way was not seen. */
static bool climb(struct ask *q, struct str host, struct caa *ret)
{
    *ret = (struct caa){.owner = STR_NONE};
    for (struct str name = host; str_find_char(name, '.') != SIZE_MAX;) {
        const struct fact_dns *f = fact_dns(q, name, DNS_CAA);
        if (!f)
            return false;
        for (size_t i = 0; i < f->n_answer; i++)
            if (f->answer[i].type == DNS_CAA) {
                *ret = (struct caa){f, f->answer[i].owner}; /* the end of an alias, when the name is one */
                return true;
            }
        name = str_from(name, str_find_char(name, '.') + 1);
    }
    return true;
}

static bool has_tag(const struct caa *c, const char *tag)
{
    for (size_t i = 0; i < c->f->n_answer; i++)
        if (c->f->answer[i].type == DNS_CAA && str_eq_nocase(c->f->answer[i].tag, str_of(tag)))
            return true;
    return false;
}

static bool permits(const struct caa *c, const char *tag, struct str authority)
{
    for (size_t i = 0; i < c->f->n_answer; i++) {
        const struct dns_rr *rr = &c->f->answer[i];
        struct str value = rr->value;
        if (rr->type == DNS_CAA && str_eq_nocase(rr->tag, str_of(tag)) &&
            str_eq_nocase(str_trim(str_cut(&value, ';')), authority))
            return true;
    }
    return false;
}

/* A tag that we (and a CA) do not know, marked as critical: nobody may issue (RFC 8659 section 4.5). */
static const struct dns_rr *strange_tag(const struct caa *c)
{
    static const char *const known[] = {"issue",        "issuewild", "iodef",   "contactemail",
                                        "contactphone", "issuemail", "issuevmc"};

    for (size_t i = 0; i < c->f->n_answer; i++) {
        const struct dns_rr *rr = &c->f->answer[i];
        bool is_known = rr->type != DNS_CAA || (rr->number & CRITICAL_FLAG) == 0;
        for (size_t k = 0; k < N_OF(known) && !is_known; k++)
            is_known = str_eq_nocase(rr->tag, str_of(known[k]));
        if (!is_known)
            return rr;
    }
    return NULL;
}

static const char *const *names_of(struct str org, size_t *ret_n)
{
    for (size_t i = 0; i < N_OF(authorities); i++)
        if (str_has_nocase(org, str_of(authorities[i].org))) {
            *ret_n = 0;
            while (*ret_n < N_OF(authorities[i].names) && authorities[i].names[*ret_n])
                (*ret_n)++;
            return authorities[i].names;
        }
    *ret_n = 0;
    return NULL;
}

static bool is_wildcard(const struct tls_cert *cert, struct str host)
{
    for (size_t i = 0; i < cert->names.n; i++)
        if (str_eq_nocase(cert->names.v[i], host))
            return false;
    for (size_t i = 0; i < cert->names.n; i++)
        if (str_starts(cert->names.v[i], STR("*.")))
            return true;
    return false;
}

static void show(struct ask *q, struct findings *out, struct finding *f, const struct caa *c,
                 const struct tls_cert *cert, const struct fact_tls *t)
{
    finding_evidence(out, f, "CAA", c->owner, c->f->at_s, "%.*s",
                     STR_ARG(dns_records_text(q->arena, c->f, c->owner, DNS_CAA)));
    finding_evidence(out, f, "certificate", t->address, t->at_s, "issued by %.*s", STR_ARG(cert->issuer));
}

static void say_missing(struct ask *q, struct findings *out, enum status status, struct str host, const struct caa *c,
                        const struct fact_tls *t, const char *tag, const char *authority)
{
    const struct tls_cert *cert = &t->chain[0];
    struct str who = cert->issuer_org.n ? cert->issuer_org : cert->issuer;
    struct finding *f;

    if (status == FAIL)
        f = say(out, FAIL, host, "CAA does not let %.*s renew the certificate of %.*s", STR_ARG(who), STR_ARG(host));
    else
        f = say(out, WARN, host, "CAA does not let Cloudflare change to %s, as it may at a renewal", authority);
    f->key = str_of(authority);
    show(q, out, f, c, cert, t);
    finding_record(out, f, str_cstr(q->arena, c->owner), "CAA", DNS_FIX_TTL_S, "0 %s \"%s\"", tag, authority);
    const struct fact_zone *z = fact_zone(q, q->domain);
    if (!z)
        ask_tolerate(q);
    finding_fix(out, f, "At %s add the record: without it the next renewal fails, and browsers warn on the day it ends",
                dns_provider(z));
}

static void judge_issuer(struct ask *q, struct findings *out, struct str host, const struct caa *c,
                         const struct fact_tls *t)
{
    const struct tls_cert *cert = &t->chain[0];
    const char *tag = is_wildcard(cert, host) && has_tag(c, "issuewild") ? "issuewild" : "issue";
    size_t n;
    const char *const *names = names_of(cert->issuer_org, &n);
    struct err err;

    if (!has_tag(c, tag))
        return; /* only iodef: everybody may issue */
    if (!names) {
        err_set(&err, ERR_NEEDS, "which CAA name stands for \"%.*s\", the issuer of %.*s, is not known here",
                STR_ARG(cert->issuer_org.n ? cert->issuer_org : cert->issuer), STR_ARG(host));
        err_at(&err, "%.*s", STR_ARG(host));
        ask_note(q, str_fmt(q->arena, "tls %.*s", STR_ARG(host)), &err);
        return;
    }
    bool permitted = false;
    for (size_t i = 0; i < n; i++)
        permitted = permitted || permits(c, tag, str_of(names[i]));
    if (!permitted) {
        say_missing(q, out, FAIL, host, c, t, tag, names[0]);
        return;
    }
    const struct platform *edge = platform_of_address(t->address);
    for (size_t i = 0; edge && str_eq(str_of(edge->id), STR("cloudflare")) && i < N_OF(cloudflare_names); i++)
        if (!permits(c, tag, str_of(cloudflare_names[i])))
            say_missing(q, out, WARN, host, c, t, tag, cloudflare_names[i]);
}

/* A certificate that no public authority issued is for the TLS checks to judge. */
static bool is_public(const struct fact_tls *t)
{
    return t->n_chain && !t->chain[0].self_issued &&
           (t->trust == TLS_TRUSTED || t->trust == TLS_INCOMPLETE || t->trust == TLS_EXPIRED);
}

/* Hosts that share records and issuer would say the same again. */
static bool judged_already(struct str_list *seen, struct arena *arena, const struct caa *c, const struct fact_tls *t)
{
    struct str key = str_fmt(arena, "%.*s %.*s", STR_ARG(c->owner), STR_ARG(t->chain[0].issuer_org));

    if (str_list_has(seen, key))
        return true;
    str_list_add(arena, seen, key);
    return false;
}

/* Nobody listens at a name that was only guessed ("mail"): there is no certificate to renew. */
static bool has_no_certificate(const struct ask *q, const struct site_host *host)
{
    return host->guessed && q->n_unseen && q->unseen[q->n_unseen - 1].err.kind == ERR_REFUSED;
}

void check_dns_caa(struct ask *q, struct findings *out)
{
    const struct fact_site *site = dns_site(q);
    struct str_list seen = {0};

    for (size_t h = 0; site && h < site->n_hosts; h++)
        if (site->hosts[h].exists)
            fact_dns_want(q, site->hosts[h].name, DNS_CAA);
    for (size_t h = 0; site && h < site->n_hosts; h++) {
        struct str host = site->hosts[h].name;
        struct caa c;
        if (!site->hosts[h].exists || dns_declared_http_only(q, host) || !climb(q, host, &c) || !c.owner.n)
            continue;
        const struct fact_addresses *a = fact_addresses(q, host);
        if (a && a->n_v == 0)
            continue;
        struct str ip = fact_address_first(a, false);
        const struct fact_tls *t = a ? fact_tls(q, host, ip.n ? ip : fact_address_first(a, true)) : NULL;
        if (a && !t && has_no_certificate(q, &site->hosts[h]))
            ask_tolerate(q);
        if (!t || !is_public(t) || judged_already(&seen, q->arena, &c, t))
            continue;
        const struct dns_rr *strange = strange_tag(&c);
        if (strange) {
            struct finding *f =
                say(out, FAIL, host, "CAA has a critical tag that no authority knows: \"%.*s\"", STR_ARG(strange->tag));
            show(q, out, f, &c, &t->chain[0], t);
            finding_remove_record(out, f, str_cstr(q->arena, c.owner), "CAA", "%.*s",
                                  STR_ARG(dns_record_text(q->arena, strange)));
            finding_fix(out, f, "Remove the record: while it stands no authority may issue");
            continue;
        }
        judge_issuer(q, out, host, &c, t);
    }
}
