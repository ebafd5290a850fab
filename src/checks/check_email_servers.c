/* email.mx-tls and email.dane: is mail encrypted on its way in, and can a sender be sure to whom it talks? */
#include <openssl/evp.h>

#include "checks/catalogue.h"
#include "checks/check_dns.h"
#include "checks/mail_hosts.h"
#include "core/clock.h"
#include "facts/fact_http.h"
#include "mail/mail_policy.h"

/* ---- email.mx-tls ---- */

/* One finding a host and fault; further addresses add evidence. */
static struct finding *say_tls(struct ask *q, struct findings *out, const struct mail_seen *s, enum status status,
                               const char *key, struct str title, bool *ret_new)
{
    struct finding *f = mail_said(out, s->host->name, key);

    *ret_new = !f;
    if (!f) {
        f = say(out, status, s->host->name, "%.*s", STR_ARG(title));
        f->key = str_of(key);
    }
    if (s->smtp->tls_state == SMTP_TLS_DONE)
        finding_evidence(out, f, "certificate", mail_seen_name(q->arena, s), s->smtp->at_s,
                         "%.*s, from %.*s, until %.*s", STR_ARG(s->smtp->tls.chain[0].subject),
                         STR_ARG(s->smtp->tls.chain[0].issuer),
                         STR_ARG(clock_date(q->arena, s->smtp->tls.chain[0].until_s)));
    return f;
}

static void fix_certificate(struct findings *out, struct finding *f, const struct mail_seen *s)
{
    if (s->host->own)
        finding_fix(out, f,
                    "On the server: certbot certonly --standalone -d %.*s, then let the mail server use it (Postfix: "
                    "smtpd_tls_chain_files = /etc/letsencrypt/live/%.*s/privkey.pem, .../fullchain.pem) and reload it "
                    "after each renewal",
                    STR_ARG(s->host->name), STR_ARG(s->host->name));
    else
        finding_fix(
            out, f,
            "The server belongs to your mail provider: check that the MX record is spelled exactly as they show "
            "it, then tell them");
}

/* Senders that follow a policy in mode "enforce" refuse a server whose certificate does not verify (RFC 8461). */
static bool is_enforced(struct ask *q)
{
    const struct str_list *txt = fact_txt(q, str_fmt(q->arena, "_mta-sts.%.*s", STR_ARG(q->domain)));
    struct mta_sts_policy policy;
    bool published = false;

    for (size_t i = 0; txt && i < txt->n; i++)
        published = published || str_starts(txt->v[i], STR("v=STSv1"));
    if (!published)
        return false;
    const struct fact_http *x =
        fact_get(q, str_fmt(q->arena, "https://mta-sts.%.*s/.well-known/mta-sts.txt", STR_ARG(q->domain)));
    return x && x->status == 200 && mta_sts_policy_parse(q->arena, x->body, &policy) && policy.mode == MTA_STS_ENFORCE;
}

static struct str names_of(struct arena *arena, const struct tls_cert *c)
{
    struct str list = STR_NONE;

    for (size_t i = 0; i < c->names.n && i < 6; i++)
        list = str_fmt(arena, "%.*s%s%.*s", STR_ARG(list), i ? ", " : "", STR_ARG(c->names.v[i]));
    if (c->n_names > 6)
        list = str_fmt(arena, "%.*s and %zu more", STR_ARG(list), c->n_names - 6);
    return list.n ? list : STR("no name at all");
}

static struct str certificate_flaw(struct ask *q, const struct mail_seen *s, const char **ret_key)
{
    const struct fact_tls *t = &s->smtp->tls;
    struct str host = s->host->name;

    *ret_key = "certificate";
    switch (t->trust) {
    case TLS_EXPIRED:
        return str_fmt(q->arena, "The certificate of %.*s expired on %.*s", STR_ARG(host),
                       STR_ARG(clock_date(q->arena, t->chain[0].until_s)));
    case TLS_NOT_YET: return str_fmt(q->arena, "The certificate of %.*s is not valid yet", STR_ARG(host));
    case TLS_SELF_SIGNED: return str_fmt(q->arena, "The certificate of %.*s is signed by itself", STR_ARG(host));
    case TLS_UNTRUSTED:
        return str_fmt(q->arena, "The certificate of %.*s comes from an authority that nobody trusts", STR_ARG(host));
    case TLS_INCOMPLETE: return str_fmt(q->arena, "%.*s does not send its intermediate certificate", STR_ARG(host));
    case TLS_BROKEN:
        return str_fmt(q->arena, "The certificate of %.*s does not verify: %.*s", STR_ARG(host),
                       STR_ARG(t->trust_detail));
    case TLS_TRUSTED: break;
    }
    *ret_key = t->name_matches ? NULL : "name";
    return str_fmt(q->arena, "The certificate of %.*s is for %.*s", STR_ARG(host),
                   STR_ARG(names_of(q->arena, &t->chain[0])));
}

static void judge_certificate(struct ask *q, struct findings *out, const struct mail_seen *s)
{
    const char *key;
    struct str title = certificate_flaw(q, s, &key);
    bool is_new;

    if (!key)
        return;
    bool enforced = is_enforced(q);
    struct finding *f = say_tls(q, out, s, enforced ? FAIL : WARN, key, title, &is_new);
    if (!is_new)
        return;
    if (enforced)
        f->severity = SEV_HIGH;
    finding_observed(out, f,
                     enforced ? "your MTA-STS policy tells senders to insist: Gmail and Outlook do not deliver"
                              : "most senders encrypt without looking; with an MTA-STS policy they would refuse");
    finding_expected(out, f, "a trusted, current certificate for %.*s", STR_ARG(s->host->name));
    fix_certificate(out, f, s);
}

static void judge_protocol(struct ask *q, struct findings *out, const struct mail_seen *s)
{
    struct str protocol = s->smtp->tls.protocol;
    bool is_new;

    if (!str_starts(protocol, STR("SSL")) && !str_eq(protocol, STR("TLSv1")) && !str_eq(protocol, STR("TLSv1.1")))
        return;
    struct finding *f = say_tls(
        q, out, s, WARN, "protocol",
        str_fmt(q->arena, "%.*s speaks no TLS newer than %.*s", STR_ARG(s->host->name), STR_ARG(protocol)), &is_new);
    finding_evidence(out, f, "handshake", mail_seen_name(q->arena, s), s->smtp->at_s, "%.*s, %.*s", STR_ARG(protocol),
                     STR_ARG(s->smtp->tls.cipher));
    if (is_new)
        finding_fix(out, f,
                    s->host->own ? "Postfix: smtpd_tls_protocols = >=TLSv1.2; with an old OpenSSL, upgrade the system"
                                 : "The server belongs to your mail provider: ask them for TLS 1.2");
}

static void judge_no_tls(struct ask *q, struct findings *out, const struct mail_seen *s)
{
    const struct fact_smtp *x = s->smtp;
    bool offered = x->tls_state != SMTP_TLS_NOT_OFFERED, is_new;
    struct str title = offered ? str_fmt(q->arena, "%.*s offers STARTTLS, and it fails", STR_ARG(s->host->name))
                               : str_fmt(q->arena, "%.*s takes mail only in clear text", STR_ARG(s->host->name));
    struct finding *f = say_tls(q, out, s, FAIL, offered ? "starttls" : "clear", title, &is_new);

    if (!offered)
        finding_evidence(out, f, "EHLO", mail_seen_name(q->arena, s), x->at_s, "%.*s (no STARTTLS)",
                         STR_ARG(smtp_reply_text(q->arena, &x->ehlo)));
    else if (x->tls_state == SMTP_TLS_REFUSED)
        finding_evidence(out, f, "STARTTLS", mail_seen_name(q->arena, s), x->at_s, "%.*s",
                         STR_ARG(smtp_reply_text(q->arena, &x->starttls)));
    else
        finding_evidence(out, f, "TLS handshake", mail_seen_name(q->arena, s), x->at_s, "%s%s%s", x->tls_error.text,
                         x->tls_error.cause[0] ? ": " : "", x->tls_error.cause);
    if (!is_new)
        return;
    finding_observed(out, f, "what customers write can be read on its way, and some senders warn about it or refuse");
    if (s->host->own)
        finding_fix(out, f,
                    "Postfix: smtpd_tls_security_level = may and smtpd_tls_chain_files with the key and certificate of "
                    "%.*s; behind a firewall that inspects SMTP, switch that inspection off (it hides STARTTLS)",
                    STR_ARG(s->host->name));
    else
        finding_fix(out, f,
                    "The server belongs to your mail provider: ask them for STARTTLS. If they see it themselves, the "
                    "network that this audit runs in strips it: run the audit elsewhere");
}

static void judge_injected(struct ask *q, struct findings *out, const struct mail_seen *s)
{
    bool is_new;

    if (!s->smtp->injected)
        return;
    struct finding *f = say_tls(
        q, out, s, WARN, "injected",
        str_fmt(q->arena, "%.*s goes on in clear text after it agreed to encrypt", STR_ARG(s->host->name)), &is_new);
    if (is_new)
        finding_fix(out, f,
                    "Update the mail server: what comes between STARTTLS and the handshake must be dropped on "
                    "both sides (RFC 3207 section 4.2); or somebody on the way put it there");
}

/* The dialogue ended before TLS could be asked for. */
static void note_not_reached(struct ask *q, const struct mail_seen *s)
{
    struct mail_seen ended = *s;
    const struct smtp_reply *last = s->smtp->ehlo.code ? &s->smtp->ehlo : &s->smtp->banner;

    if (s->smtp->end.kind != ERR_NONE) {
        ended.err = s->smtp->end;
    } else {
        err_set(&ended.err, last->code / 100 == 4 ? ERR_TIMEOUT : ERR_BLOCKED,
                "the mail server does not talk to us: %.*s", STR_ARG(str_first(smtp_reply_text(q->arena, last), 300)));
    }
    err_at(&ended.err, "%.*s", STR_ARG(str_first(s->host->name, 150)));
    mail_seen_note(q, &ended);
}

void check_email_mx_tls(struct ask *q, struct findings *out)
{
    struct mail_hosts h;

    if (!mail_hosts_find(q, &h))
        return;
    mail_hosts_visit(q, &h);
    mail_hosts_note(q, out, &h);
    for (size_t i = 0; i < h.n_seen; i++) {
        const struct mail_seen *s = &h.seen[i];
        if (!s->smtp)
            continue;
        switch (s->smtp->tls_state) {
        case SMTP_TLS_NOT_REACHED: note_not_reached(q, s); break;
        case SMTP_TLS_NOT_OFFERED:
        case SMTP_TLS_REFUSED:
        case SMTP_TLS_FAILED: judge_no_tls(q, out, s); break;
        case SMTP_TLS_DONE:
            judge_certificate(q, out, s);
            judge_protocol(q, out, s);
            break;
        }
        judge_injected(q, out, s);
    }
}

/* ---- email.dane ---- */

struct dane {
    const struct mail_host *host;
    struct str name; /* _25._tcp.HOST */
    const struct fact_dns *answer;
    struct tlsa *v;
    struct str *texts;
    size_t n, n_usable;
};

static void read_records(struct ask *q, struct dane *d)
{
    d->v = arena_array(q->arena, d->answer->n_answer + 1, sizeof *d->v);
    d->texts = arena_array(q->arena, d->answer->n_answer + 1, sizeof *d->texts);
    for (size_t i = 0; i < d->answer->n_answer; i++) {
        const struct dns_rr *rr = &d->answer->answer[i];
        if (rr->type != DNS_TLSA)
            continue;
        d->texts[d->n] = rr->text;
        d->n_usable += tlsa_parse(q->arena, rr->text, &d->v[d->n]);
        d->n++;
    }
}

/* Does the resolver validate at all? The root is signed. */
static bool resolver_validates(struct ask *q)
{
    const struct fact_dns *root = fact_dns(q, STR_NONE, DNS_SOA);

    return root && root->authenticated;
}

/* DANE counts only on a chain of signed answers: the MX, the host's addresses, the TLSA (RFC 7672 section 2.2). */
static bool is_signed(struct ask *q, const struct mail_hosts *h, const struct dane *d)
{
    const struct fact_dns *a = fact_dns(q, d->host->name, DNS_A);

    return d->answer->authenticated && h->mx->authenticated && (!a || a->authenticated);
}

/* Usage 3 names the server's own certificate, whatever else is wrong with it; usage 2 an authority's in the chain, and
 * then name and dates count (RFC 7672 sections 3.1.1, 3.1.2). */
static bool record_matches(const struct tlsa *t, const struct fact_smtp *x, int64_t now_s)
{
    if (x->n_certs && t->usage == 3)
        return tlsa_matches(t, x->certs[0].der, x->certs[0].spki);
    for (size_t i = 0; i < x->n_certs; i++)
        if (t->usage == 2 && x->tls.name_matches && x->tls.chain[0].until_s > now_s &&
            tlsa_matches(t, x->certs[i].der, x->certs[i].spki))
            return true;
    return false;
}

static bool any_matches(const struct dane *d, const struct fact_smtp *x, int64_t now_s)
{
    for (size_t i = 0; i < d->n; i++)
        if (record_matches(&d->v[i], x, now_s))
            return true;
    return false;
}

static void add_records(struct findings *out, struct finding *f, const struct dane *d)
{
    for (size_t i = 0; i < d->n; i++)
        finding_evidence(out, f, "TLSA", d->answer->server, d->answer->at_s, "%.*s%s%.*s", STR_ARG(d->texts[i]),
                         d->v[i].flaw.n ? " - " : "", STR_ARG(d->v[i].flaw));
}

/* The record of the key in use, "3 1 1". */
static void fix_record(struct ask *q, struct findings *out, struct finding *f, const struct dane *d,
                       const struct fact_smtp *x)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned n = 0;
    char hex[2 * EVP_MAX_MD_SIZE + 1] = "";

    if (!x->n_certs || EVP_Digest(x->certs[0].spki.p, x->certs[0].spki.n, digest, &n, EVP_sha256(), NULL) != 1)
        return;
    for (unsigned i = 0; i < n; i++) {
        hex[2 * i] = "0123456789abcdef"[digest[i] >> 4];
        hex[2 * i + 1] = "0123456789abcdef"[digest[i] & 15];
    }
    finding_record(out, f, str_cstr(q->arena, d->name), "TLSA", DNS_FIX_TTL_S, "3 1 1 %s", hex);
}

static void judge_dane_at(struct ask *q, struct findings *out, const struct dane *d, const struct mail_seen *s)
{
    const struct fact_smtp *x = s->smtp;
    bool is_new, encrypted = x->tls_state == SMTP_TLS_DONE;
    struct str title;

    if (x->tls_state == SMTP_TLS_NOT_REACHED) {
        note_not_reached(q, s);
        return;
    }
    if (encrypted && (!d->n_usable || any_matches(d, x, q->now_s)))
        return;
    title = encrypted
                ? str_fmt(q->arena, "No TLSA record matches the certificate of %.*s", STR_ARG(d->host->name))
                : str_fmt(q->arena, "TLSA records demand TLS of %.*s, which does not do it", STR_ARG(d->host->name));
    struct finding *f = say_tls(q, out, s, FAIL, encrypted ? "mismatch" : "no-tls", title, &is_new);
    if (!is_new)
        return;
    f->severity = SEV_HIGH; /* senders that check do not deliver, and say so only in their own logs */
    add_records(out, f, d);
    finding_observed(out, f, "senders that check DANE (Outlook, Comcast, many in Europe) do not deliver at all");
    if (encrypted)
        fix_record(q, out, f, d, x);
    finding_fix(out, f,
                encrypted
                    ? "Publish the record of the key that is in use, or remove all TLSA records there. For the next "
                      "renewal keep the key (certbot --reuse-key), or publish the new key's record two TTLs "
                      "before the change"
                    : "Switch STARTTLS on, or remove the TLSA records");
}

static void judge_dane(struct ask *q, struct findings *out, const struct mail_hosts *h, const struct dane *d)
{
    struct finding *f;

    if (!is_signed(q, h, d)) {
        if (!resolver_validates(q)) {
            f = say(out, UNKNOWN, d->name, "TLSA records are there, but the resolver does not validate DNSSEC");
            f->unseen_kind = ERR_NEEDS;
            f->unseen_place = f->subject;
            finding_fix(out, f, "Ask through a resolver that validates: --resolver 1.1.1.1, or 9.9.9.9");
        } else {
            f = say(out, WARN, d->name, "TLSA records without DNSSEC: no sender looks at them");
            f->severity = SEV_INFO;
            finding_fix(out, f, "Sign both the domain's zone and the mail server's, or remove the records");
        }
        f->key = STR("unsigned");
        add_records(out, f, d);
        return;
    }
    if (d->n_usable < d->n) {
        f = say(out, WARN, d->name, d->n_usable ? "A TLSA record is of no use" : "None of the TLSA records is of use");
        f->key = STR("unusable");
        f->severity = SEV_LOW;
        add_records(out, f, d);
        finding_fix(out, f, "Use \"3 1 1\" and the SHA-256 of the server's public key (RFC 7672 section 3.1)");
    }
    for (size_t i = 0; i < h->n_seen; i++)
        if (h->seen[i].host == d->host && h->seen[i].smtp)
            judge_dane_at(q, out, d, &h->seen[i]);
}

void check_email_dane(struct ask *q, struct findings *out)
{
    struct mail_hosts h;
    struct dane all[MAIL_HOSTS_MOST] = {{0}};
    size_t n = 0;

    if (!mail_hosts_find(q, &h))
        return;
    for (size_t i = 0; i < h.n_hosts; i++)
        fact_dns_want(q, str_fmt(q->arena, "_25._tcp.%.*s", STR_ARG(h.hosts[i].name)), DNS_TLSA);
    for (size_t i = 0; i < h.n_hosts; i++) {
        struct dane *d = &all[n];
        if (!h.hosts[i].addresses || !h.hosts[i].addresses->n_v)
            continue;
        *d = (struct dane){.host = &h.hosts[i], .name = str_fmt(q->arena, "_25._tcp.%.*s", STR_ARG(h.hosts[i].name))};
        d->answer = fact_dns(q, d->name, DNS_TLSA);
        if (d->answer)
            read_records(q, d);
        n += d->n > 0;
    }
    if (!n)
        return;
    mail_hosts_visit(q, &h);
    mail_hosts_note(q, out, &h);
    for (size_t i = 0; i < n; i++)
        judge_dane(q, out, &h, &all[i]);
}
