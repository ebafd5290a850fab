/* What a domain publishes beside SPF, DKIM and DMARC: email.mta-sts, email.tls-rpt, email.bimi. None of them is urged;
 * one that is published and wrong is worse than none. */
#include <inttypes.h>

#include "checks/catalogue.h"
#include "checks/check_dns.h"
#include "checks/check_email.h"
#include "checks/check_email_dmarc.h"
#include "core/clock.h"
#include "facts/fact_dns.h"
#include "facts/fact_mta_sts.h"

#define DAY_S 86400

static const char *under(struct ask *q, const char *prefix)
{
    return str_fmt(q->arena, "%s.%.*s", prefix, STR_ARG(q->domain)).p;
}

/* Says what is wrong with a published record; the texts come as evidence. */
static struct finding *say_wrong(struct findings *out, struct ask *q, enum severity severity, const char *key,
                                 struct str title)
{
    struct finding *f = say(out, severity >= SEV_HIGH ? FAIL : WARN, q->domain, "%.*s", STR_ARG(title));

    f->severity = severity;
    f->key = str_of(key);
    return f;
}

static void show_texts(struct findings *out, struct finding *f, const char *label, const struct str_list *texts)
{
    for (size_t i = 0; i < texts->n && i < 10; i++)
        finding_evidence(out, f, label, STR_NONE, 0, "%.*s", STR_ARG(texts->v[i]));
}

static void replace_texts(struct findings *out, struct finding *f, const char *name, const struct str_list *texts)
{
    for (size_t i = 0; i < texts->n && i < 10; i++)
        finding_remove_record(out, f, name, "TXT", "%.*s", STR_ARG(texts->v[i]));
}

/* A text that was meant as the record: the first that has the word. */
static struct str attempt(const struct str_list *strays, const char *word)
{
    for (size_t i = 0; i < strays->n; i++)
        if (str_has_nocase(strays->v[i], str_of(word)))
            return strays->v[i];
    return STR_NONE;
}

static void note_file(struct ask *q, const struct mail_file *file)
{
    ask_note(q, file->url, &file->why);
}

/* ---- email.mta-sts ---- */

struct mx_names {
    struct str_list v;
    bool null_mx;
};

static bool look_hosts(struct ask *q, struct mx_names *ret)
{
    const struct fact_dns *mx = fact_dns(q, q->domain, DNS_MX);

    *ret = (struct mx_names){.null_mx = false};
    for (size_t i = 0; mx && i < mx->n_answer; i++)
        if (mx->answer[i].type == DNS_MX && mx->answer[i].target.n)
            str_list_add(q->arena, &ret->v, mx->answer[i].target);
    return mx != NULL;
}

static bool is_named(const struct mta_sts_policy *p, struct str host)
{
    for (size_t i = 0; i < p->mx.n; i++)
        if (mta_sts_matches(p->mx.v[i], host))
            return true;
    return false;
}

/* An id that is new: the moment of the audit. */
static struct str new_id(struct ask *q)
{
    struct str at = clock_rfc3339(q->arena, q->now_s);
    char *to = arena_alloc(q->arena, at.n + 1);
    size_t n = 0;

    for (size_t i = 0; i < at.n; i++)
        if (at.p[i] != '-' && at.p[i] != ':')
            to[n++] = at.p[i];
    return str_n(to, n);
}

static void offer_new_id(struct ask *q, struct findings *out, struct finding *f, const struct fact_mta_sts *s)
{
    replace_texts(out, f, under(q, "_mta-sts"), &s->records);
    finding_record(out, f, under(q, "_mta-sts"), "TXT", EMAIL_FIX_TTL_S, "v=STSv1; id=%.*s", STR_ARG(new_id(q)));
}

/* The policy as it ought to be: what it says, with the hosts that the MX names. */
static struct str good_policy(struct ask *q, enum mta_sts_mode mode, int64_t max_age_s, const struct mx_names *hosts)
{
    struct str text = str_fmt(q->arena, "version: STSv1\nmode: %s\n", mta_sts_mode_word(mode));

    for (size_t i = 0; i < hosts->v.n; i++)
        text = str_fmt(q->arena, "%.*smx: %.*s\n", STR_ARG(text), STR_ARG(hosts->v.v[i]));
    return str_fmt(q->arena, "%.*smax_age: %" PRId64 "\n", STR_ARG(text), max_age_s);
}

static void say_bad_sts_record(struct ask *q, struct findings *out, const struct fact_mta_sts *s)
{
    struct str stray = attempt(&s->strays, "sts");
    struct finding *f;

    if (s->records.n > 1) {
        f = say_wrong(out, q, SEV_MEDIUM, "several",
                      str_fmt(q->arena, "_mta-sts.%.*s has %zu records: senders then use none", STR_ARG(q->domain),
                              s->records.n));
        show_texts(out, f, "TXT", &s->records);
    } else if (s->records.n == 1) {
        f = say_wrong(out, q, SEV_MEDIUM, "record",
                      str_fmt(q->arena, "The MTA-STS record is broken: %.*s", STR_ARG(s->record.flaw)));
        show_texts(out, f, "TXT", &s->records);
    } else {
        struct mta_sts_record r;
        (void)mta_sts_record_parse(q->arena, stray, &r);
        f = say_wrong(out, q, SEV_LOW, "stray",
                      str_fmt(q->arena, "The text at _mta-sts is no MTA-STS record: %.*s", STR_ARG(r.flaw)));
        show_texts(out, f, "TXT", &s->strays);
        replace_texts(out, f, under(q, "_mta-sts"), &s->strays);
    }
    offer_new_id(q, out, f, s);
    finding_fix(out, f, "Publish this one record in place of what is there, or none when there is no policy file");
}

static void say_no_policy(struct ask *q, struct findings *out, const struct fact_mta_sts *s, struct str what)
{
    struct finding *f = say_wrong(
        out, q, SEV_MEDIUM, "file",
        str_fmt(q->arena, "The MTA-STS record announces a policy that senders cannot get: %.*s", STR_ARG(what)));

    finding_evidence(out, f, "policy", s->file.got ? s->file.got->address : STR_NONE, 0, "%.*s", STR_ARG(s->file.url));
    if (s->file.why.cause[0])
        finding_evidence(out, f, "because", STR_NONE, 0, "%s", s->file.why.cause);
    finding_fix(
        out, f,
        "Serve %.*s with status 200, as text/plain, without a redirect, under a certificate for "
        "mta-sts.%.*s; or take the record away, which loses nothing today: senders that never got the policy act "
        "as without one",
        STR_ARG(s->file.url), STR_ARG(q->domain));
}

static void say_bad_policy(struct ask *q, struct findings *out, const struct fact_mta_sts *s,
                           const struct mx_names *hosts)
{
    struct finding *f = say_wrong(
        out, q, SEV_MEDIUM, "policy",
        str_fmt(q->arena, "The MTA-STS policy is broken, and senders ignore it: %.*s", STR_ARG(s->policy.flaw)));

    finding_evidence(out, f, "policy", s->file.got->address, 0, "%.*s", STR_ARG(s->file.got->body));
    finding_fix(
        out, f,
        "Let the file at %.*s say exactly this, each on a line of its own, then publish the new id. After a week "
        "without complaints in the TLS reports write enforce:\n%.*s",
        STR_ARG(s->file.url), STR_ARG(good_policy(q, MTA_STS_TESTING, 604800, hosts)));
    offer_new_id(q, out, f, s);
}

static void say_missing_host(struct ask *q, struct findings *out, const struct fact_mta_sts *s,
                             const struct mx_names *hosts, struct str missing)
{
    bool enforced = s->policy.mode == MTA_STS_ENFORCE;
    struct finding *f =
        say_wrong(out, q, enforced ? SEV_HIGH : SEV_LOW, "mx",
                  str_fmt(q->arena, "The MTA-STS policy does not name the MX %.*s%s", STR_ARG(missing),
                          enforced ? ": Gmail, Microsoft and others refuse to deliver to it, and mail to you bounces"
                                   : " (mode testing: nothing bounces yet)"));

    f->on_money_path = enforced;
    show_texts(out, f, "MX", &hosts->v);
    show_texts(out, f, "the policy names", &s->policy.mx);
    finding_evidence(out, f, "kept by senders", STR_NONE, 0, "for up to %" PRId64 " hours", s->policy.max_age_s / 3600);
    finding_fix(
        out, f,
        "Let the file at %.*s say the following, then publish the new id, by which senders notice the change:\n%.*s",
        STR_ARG(s->file.url), STR_ARG(good_policy(q, s->policy.mode, s->policy.max_age_s, hosts)));
    offer_new_id(q, out, f, s);
}

static bool is_plain_text(const struct fact_http *x)
{
    struct str type = http_header(x, "content-type");

    return str_eq_nocase(str_trim(str_cut(&type, ';')), STR("text/plain"));
}

static void judge_policy(struct ask *q, struct findings *out, const struct fact_mta_sts *s)
{
    struct mx_names hosts;
    struct finding *f;

    if (!look_hosts(q, &hosts))
        return;
    if (!s->policy_good) {
        say_bad_policy(q, out, s, &hosts);
        return;
    }
    for (size_t i = 0; i < hosts.v.n && s->policy.mode != MTA_STS_NONE; i++)
        if (!is_named(&s->policy, hosts.v.v[i])) {
            say_missing_host(q, out, s, &hosts, hosts.v.v[i]);
            return;
        }
    if (!is_plain_text(s->file.got)) {
        f = say_wrong(out, q, SEV_LOW, "type",
                      STR("The MTA-STS policy is not served as text/plain: strict senders refuse it"));
        finding_evidence(out, f, "Content-Type", s->file.got->address, 0, "%.*s",
                         STR_ARG(http_header(s->file.got, "content-type")));
        finding_fix(out, f, "Serve %.*s with Content-Type: text/plain (RFC 8461 section 3.2)", STR_ARG(s->file.url));
        return;
    }
    if (s->policy.mode != MTA_STS_NONE && s->policy.max_age_s < DAY_S) {
        f = say_wrong(
            out, q, SEV_INFO, "age",
            str_fmt(q->arena, "Senders forget the MTA-STS policy after %" PRId64 " minutes", s->policy.max_age_s / 60));
        finding_evidence(out, f, "max_age", s->file.got->address, 0, "%" PRId64, s->policy.max_age_s);
        finding_fix(out, f, "Raise max_age to weeks (604800 or more) once the policy has proved right");
        return;
    }
    f = say(out, PASS, q->domain, "The MTA-STS policy is valid and names every MX (mode %s)",
            mta_sts_mode_word(s->policy.mode));
    finding_evidence(out, f, "policy", s->file.got->address, 0, "%.*s", STR_ARG(s->file.got->body));
}

void check_email_mta_sts(struct ask *q, struct findings *out)
{
    fact_dns_want(q, q->domain, DNS_MX);
    const struct fact_mta_sts *s = dns_domain_exists(q) ? fact_mta_sts(q, q->domain) : NULL;

    if (!s)
        return;
    if (s->records.n == 0 && !attempt(&s->strays, "sts").n)
        say(out, PASS, q->domain,
            "No MTA-STS policy: senders encrypt where they can, without insisting. Nothing needs to be done");
    else if (!s->record_good)
        say_bad_sts_record(q, out, s);
    else if (s->file.unseen)
        note_file(q, &s->file);
    else if (!s->file.got)
        say_no_policy(q, out, s, str_of(s->file.why.text));
    else if (s->file.flaw.n)
        say_no_policy(q, out, s, s->file.flaw);
    else
        judge_policy(q, out, s);
}

/* ---- email.tls-rpt ---- */

static void offer_tls_rpt(struct ask *q, struct findings *out, struct finding *f)
{
    finding_record(out, f, under(q, "_smtp._tls"), "TXT", EMAIL_FIX_TTL_S, "v=TLSRPTv1; rua=mailto:tls-reports@%.*s",
                   STR_ARG(q->domain));
    finding_fix(out, f, "Publish this one record in place of what is there, with a mailbox that somebody reads");
}

static void judge_report_mailboxes(struct ask *q, struct findings *out, const struct tls_rpt_record *r)
{
    const char *why = "";

    for (size_t i = 0; i < r->rua.n; i++) {
        size_t at = str_find_char(r->rua.v[i], '@');
        if (!str_starts_nocase(r->rua.v[i], STR("mailto:")) || at == SIZE_MAX)
            continue;
        struct str rest = str_from(r->rua.v[i], at + 1), domain = str_lower(q->arena, str_cut(&rest, '?'));
        if (email_mailbox(q, domain, &why) != EMAIL_MAILBOX_DEAD)
            continue;
        struct finding *f = say_wrong(out, q, SEV_LOW, "mailbox",
                                      str_fmt(q->arena, "TLS reports bounce: %.*s %s", STR_ARG(domain), why));
        finding_evidence(out, f, "rua", STR_NONE, 0, "%.*s", STR_ARG(r->rua.v[i]));
        finding_fix(out, f, "Put an address into rua that gets mail");
    }
}

void check_email_tls_rpt(struct ask *q, struct findings *out)
{
    const struct str_list *texts = dns_domain_exists(q) ? fact_txt(q, str_of(under(q, "_smtp._tls"))) : NULL;
    struct str_list records = {0}, strays = {0};
    struct tls_rpt_record r = {.flaw = STR_NONE};
    struct finding *f = NULL;

    if (!texts)
        return;
    for (size_t i = 0; i < texts->n; i++)
        str_list_add(q->arena, tls_rpt_is_record(texts->v[i]) ? &records : &strays, texts->v[i]);
    struct str stray = attempt(&strays, "tlsrpt");
    if (records.n > 1) {
        f = say_wrong(out, q, SEV_LOW, "several",
                      str_fmt(q->arena, "_smtp._tls.%.*s has %zu TLS-RPT records: senders then use none",
                              STR_ARG(q->domain), records.n));
    } else if (records.n == 1 || stray.n) {
        if (!tls_rpt_parse(q->arena, records.n ? records.v[0] : stray, &r))
            f = say_wrong(out, q, SEV_LOW, "record",
                          str_fmt(q->arena, "The TLS-RPT record is broken: %.*s", STR_ARG(r.flaw)));
    } else {
        say(out, PASS, q->domain, "No TLS reports are asked for. Nothing needs to be done");
        return;
    }
    if (f) {
        show_texts(out, f, "TXT", texts);
        replace_texts(out, f, under(q, "_smtp._tls"), texts);
        offer_tls_rpt(q, out, f);
        return;
    }
    judge_report_mailboxes(q, out, &r);
}

/* ---- email.bimi ---- */

static void say_bimi(struct ask *q, struct findings *out, const struct fact_bimi *b, const char *key, struct str title,
                     const char *fix)
{
    struct finding *f = say_wrong(out, q, SEV_LOW, key, title);

    show_texts(out, f, "TXT", b->records.n ? &b->records : &b->strays);
    if (b->record.logo.n)
        finding_evidence(out, f, "logo", b->logo.got ? b->logo.got->address : STR_NONE, 0, "%.*s",
                         STR_ARG(b->record.logo));
    finding_fix(out, f, "%s", fix);
}

/* Why mailboxes do not show the logo whatever it looks like; empty: DMARC is in force. Receivers ask for all mail. */
static struct str why_not_shown(struct ask *q, const struct dmarc_found *d)
{
    if (!d->has_record || d->applies == DMARC_NONE)
        return STR("DMARC is not in force");
    if (d->record.testing)
        return STR("DMARC is being tested (t=y)");
    if (d->record.pct < 100)
        return str_fmt(q->arena, "DMARC says pct=%d", d->record.pct);
    if (d->record.sp == DMARC_NONE)
        return STR("DMARC leaves subdomains open (sp=none)");
    return STR_NONE;
}

/* A file that could be got and is good, or the finding or the ask says why not. */
static bool judge_file(struct ask *q, struct findings *out, const struct fact_bimi *b, const struct mail_file *file,
                       const char *what)
{
    if (file->unseen) {
        note_file(q, file);
        return false;
    }
    if (file->got && !file->flaw.n)
        return true;
    say_bimi(q, out, b, what,
             str_fmt(q->arena, "The BIMI %s cannot be got: %.*s", what,
                     STR_ARG(file->got ? file->flaw : str_of(file->why.text))),
             "Serve the file with status 200 at the address in the record, without a redirect, or correct the address");
    return false;
}

static void judge_logo(struct ask *q, struct findings *out, const struct fact_bimi *b)
{
    if (judge_file(q, out, b, &b->logo, "logo") && !b->logo_good)
        say_bimi(q, out, b, "svg",
                 str_fmt(q->arena, "Mailboxes do not show the BIMI logo: %.*s", STR_ARG(b->logo_flaw)),
                 "Save the logo as SVG Tiny PS (version 1.2, baseProfile tiny-ps, square, with a title, nothing from "
                 "outside) and correct what is named here");
    if (b->record.evidence.n && judge_file(q, out, b, &b->evidence, "certificate") &&
        !str_has(b->evidence.got->body, STR("-----BEGIN CERTIFICATE-----")))
        say_bimi(q, out, b, "pem", STR("The BIMI certificate is not in PEM form"),
                 "Serve the certificate as the authority sent it: text that begins with -----BEGIN CERTIFICATE-----");
    const struct dmarc_found *d = fact_dmarc(q, q->domain);
    if (!d)
        return;
    if (d->unseen.n && !d->has_record) {
        email_note_unseen(q, d->domain, d->unseen);
        return;
    }
    struct str why = why_not_shown(q, d);
    if (why.n)
        say_bimi(q, out, b, "dmarc", str_fmt(q->arena, "The BIMI logo is not shown: %.*s", STR_ARG(why)),
                 "Mailboxes show the logo once the whole domain is at p=quarantine or p=reject: follow "
                 "email.dmarc-policy");
}

void check_email_bimi(struct ask *q, struct findings *out)
{
    const struct fact_bimi *b = dns_domain_exists(q) ? fact_bimi(q, q->domain) : NULL;

    if (!b)
        return;
    if (b->records.n == 0 && !attempt(&b->strays, "bimi").n) {
        say(out, PASS, q->domain, "No BIMI record: mailboxes show no logo. Nothing needs to be done");
    } else if (b->records.n > 1) {
        say_bimi(q, out, b, "several",
                 str_fmt(q->arena, "There are %zu BIMI records: mailboxes use none", b->records.n), "Keep one of them");
    } else if (!b->record_good) {
        struct bimi_record r = b->record;
        if (!b->records.n)
            (void)bimi_parse(q->arena, attempt(&b->strays, "bimi"), &r);
        say_bimi(q, out, b, "record", str_fmt(q->arena, "The BIMI record is broken: %.*s", STR_ARG(r.flaw)),
                 "Let it say v=BIMI1; l=https://... with the address of the logo, and a=https://... with that of its "
                 "certificate if there is one");
    } else if (!b->record.logo.n) {
        say(out, PASS, q->domain, "The BIMI record declines to show a logo");
    } else {
        judge_logo(q, out, b);
    }
}
