/* What the DMARC record asks receivers to do, and names that send no mail: email.dmarc-policy, email.parked. */
#include "checks/catalogue.h"
#include "checks/check_dns.h"
#include "checks/check_email.h"
#include "checks/check_email_dmarc.h"
#include "checks/email_records.h"
#include "core/clock.h"
#include "facts/fact_dns.h"

#define STAGE_S ((int64_t)14 * 86400) /* two weeks of reports before each step */

/* ---- email.dmarc-policy ---- */

static struct str step_text(struct ask *q, const struct dmarc_found *d, enum dmarc_policy p)
{
    return dmarc_record_text(q->arena, &d->record, p, false, dmarc_own_rua(q));
}

/* The way up from what receivers do today, with the day from which each step may be taken and on what condition. */
static void stage(struct ask *q, struct findings *out, struct finding *f, const struct dmarc_found *d,
                  enum dmarc_policy now)
{
    const char *name = dmarc_name(q, d->policy_at);
    struct str first = clock_date(q->arena, q->now_s + STAGE_S), second = clock_date(q->arena, q->now_s + 2 * STAGE_S);
    struct str plan = STR_NONE;
    int step = 1;

    if (now == DMARC_NONE) {
        plan = str_fmt(q->arena,
                       "%d. Today: %s and read the reports (each of your senders must pass with alignment: "
                       "email.alignment, email.test-send).\n",
                       step, d->record.n_rua ? "keep p=none" : "publish the record shown, which adds rua,");
        step++;
        plan = str_fmt(q->arena,
                       "%.*s%d. From %.*s, if two weeks of reports show all your own mail passing, publish:\n"
                       "   %s TXT \"%.*s\"\n",
                       STR_ARG(plan), step++, STR_ARG(first), name, STR_ARG(step_text(q, d, DMARC_QUARANTINE)));
    }
    plan = str_fmt(q->arena,
                   "%.*s%d. From %.*s, if two %sweeks are as clean and nobody misses mail, publish:\n"
                   "   %s TXT \"%.*s\"\n",
                   STR_ARG(plan), step, STR_ARG(now == DMARC_NONE ? second : first), now == DMARC_NONE ? "more " : "",
                   name, STR_ARG(step_text(q, d, DMARC_REJECT)));
    finding_fix(out, f, "%.*sIf good mail is refused after a step, put the record before it back.", STR_ARG(plan));
    if (now == DMARC_NONE && !d->record.n_rua) {
        finding_remove_record(out, f, name, "TXT", "%.*s", STR_ARG(d->record.text));
        finding_record(out, f, name, "TXT", EMAIL_FIX_TTL_S, "%.*s", STR_ARG(step_text(q, d, DMARC_NONE)));
    }
}

static void say_watching(struct ask *q, struct findings *out, const struct dmarc_found *d)
{
    struct finding *f =
        say(out, WARN, d->policy_at,
            "DMARC only watches (%s=none): a forged invoice in your name is delivered all the same", d->applies_tag);

    f->key = STR("none");
    finding_evidence(out, f, "TXT", STR_NONE, 0, "%.*s", STR_ARG(d->record.text));
    if (str_eq(d->policy_at, d->domain))
        email_show_tighten(q, out, f, d->domain);
    stage(q, out, f, d, DMARC_NONE);
}

static void say_testing(struct ask *q, struct findings *out, const struct dmarc_found *d)
{
    enum dmarc_policy now = dmarc_policy_tested(d->applies, true);
    struct finding *f = say(out, WARN, d->policy_at, "The DMARC policy is being tested (t=y): %s counts as %s",
                            dmarc_policy_word(d->applies), dmarc_policy_word(now));

    f->key = STR("testing");
    finding_evidence(out, f, "TXT", STR_NONE, 0, "%.*s", STR_ARG(d->record.text));
    if (d->difference.n)
        finding_evidence(out, f, "older receivers", STR_NONE, 0, "%.*s", STR_ARG(d->difference));
    finding_fix(
        out, f,
        "When two weeks of reports (until %.*s, if you start today) show all your own mail passing, publish the "
        "record without t:\n   %s TXT \"%.*s\"",
        STR_ARG(clock_date(q->arena, q->now_s + STAGE_S)), dmarc_name(q, d->policy_at),
        STR_ARG(step_text(q, d, d->record.p)));
}

/* Subdomains that may be forged though the domain may not. */
static void say_open_below(struct ask *q, struct findings *out, const struct dmarc_found *d)
{
    const struct dmarc_record *r = &d->record;
    bool by_sp = r->sp < r->p;
    enum dmarc_policy weak = by_sp ? r->sp : r->np;
    struct finding *f = say(out, WARN, d->policy_at, "%s of %.*s can still be forged: %s=%s is weaker than p=%s",
                            by_sp ? "Subdomains" : "Made-up subdomains", STR_ARG(d->policy_at), by_sp ? "sp" : "np",
                            dmarc_policy_word(weak), dmarc_policy_word(r->p));

    f->key = STR("subdomains");
    finding_evidence(out, f, "TXT", STR_NONE, 0, "%.*s", STR_ARG(r->text));
    if (!by_sp) { /* no mail of anybody's comes from names that do not exist */
        finding_remove_record(out, f, dmarc_name(q, d->policy_at), "TXT", "%.*s", STR_ARG(r->text));
        finding_record(out, f, dmarc_name(q, d->policy_at), "TXT", EMAIL_FIX_TTL_S, "%.*s",
                       STR_ARG(step_text(q, d, r->p)));
        finding_fix(out, f, "Publish this record: without np, names that do not exist follow p");
        return;
    }
    finding_fix(out, f,
                "If no subdomain sends mail, publish this record today. If some do, read their reports until %.*s "
                "first, and publish it when all of their mail passes:\n   %s TXT \"%.*s\"",
                STR_ARG(clock_date(q->arena, q->now_s + STAGE_S)), dmarc_name(q, d->policy_at),
                STR_ARG(step_text(q, d, r->p)));
}

static void say_enforced(struct findings *out, const struct dmarc_found *d)
{
    struct finding *f = say(out, PASS, d->policy_at, "Mail that proves nothing is to be %s",
                            d->applies == DMARC_REJECT ? "refused (reject)" : "put into the junk folder (quarantine)");

    finding_evidence(out, f, "policy", STR_NONE, 0, "%s=%s of %.*s", d->applies_tag, dmarc_policy_word(d->applies),
                     STR_ARG(d->policy_at));
    if (d->applies == DMARC_QUARANTINE)
        finding_evidence(out, f, "next", STR_NONE, 0, "reject, after two weeks in which nobody missed mail");
}

void check_email_dmarc_policy(struct ask *q, struct findings *out)
{
    const struct dmarc_found *d = dmarc_own(q);
    const char *why;

    if (!d)
        return;
    if (!d->has_record || d->record.policy_unread) {
        if (d->unseen.n && !d->policy_at.n)
            email_note_unseen(q, d->domain, d->unseen);
        else
            say(out, NOT_APPLICABLE, d->domain, "There is no DMARC policy to judge: see email.dmarc");
        return;
    }
    bool own = str_eq(d->policy_at, d->domain);
    bool weak = d->applies == DMARC_NONE || d->record.testing ||
                (own && (d->record.sp < d->record.p || d->record.np < d->record.p));
    enum email_sending sending = weak ? email_sending(q, &why) : EMAIL_SENDS;
    if (sending == EMAIL_SENDING_UNSEEN)
        return;
    if (sending == EMAIL_SENDS_NOTHING)
        say(out, NOT_APPLICABLE, d->domain, "The domain sends no mail, because %s: see email.parked", why);
    else if (d->applies == DMARC_NONE)
        say_watching(q, out, d);
    else if (d->record.testing)
        say_testing(q, out, d);
    else if (weak)
        say_open_below(q, out, d);
    else
        say_enforced(out, d);
}

/* ---- email.parked ---- */

static struct finding *parked(struct findings *out, struct finding *f, struct str domain, const char *why)
{
    if (f)
        return f;
    f = say(out, FAIL, domain, "%.*s sends no mail, but can be forged: its records do not all say so", STR_ARG(domain));
    finding_evidence(out, f, "sends no mail", STR_NONE, 0, "%s", why);
    return f;
}

static struct finding *judge_spf(struct ask *q, struct findings *out, struct finding *f, const char *why)
{
    const struct spf_survey *s = fact_spf(q, q->domain);

    if (!s || s->records.n != 1 || email_spf_is_closed(s))
        return f; /* without one record it is email.spf that says so */
    f = parked(out, f, q->domain, why);
    finding_evidence(out, f, "SPF", STR_NONE, 0, "%.*s", STR_ARG(s->record));
    finding_remove_record(out, f, str_cstr(q->arena, q->domain), "TXT", "%.*s", STR_ARG(s->record));
    finding_record(out, f, str_cstr(q->arena, q->domain), "TXT", EMAIL_FIX_TTL_S, "v=spf1 -all");
    return f;
}

static struct finding *judge_dmarc(struct ask *q, struct findings *out, struct finding *f, const char *why)
{
    const struct dmarc_found *d = fact_dmarc(q, q->domain);

    if (!d)
        return f;
    if (d->unseen.n && !d->has_record) {
        email_note_unseen(q, d->domain, d->unseen);
        return f;
    }
    const struct dmarc_record *r = &d->record;
    bool own = d->has_record && str_eq(d->policy_at, d->domain);
    bool good = d->has_record && d->applies == DMARC_REJECT && !r->testing &&
                (!own || (r->sp == DMARC_REJECT && r->np == DMARC_REJECT));
    if (good || d->steps[0].records.n > 1 || (d->policy_at.n && !d->has_record))
        return f; /* a broken one is for email.dmarc */
    f = parked(out, f, q->domain, why);
    finding_evidence(out, f, "DMARC", STR_NONE, 0, "%.*s", d->has_record ? (int)r->text.n : 4,
                     d->has_record ? r->text.p : "none");
    if (own)
        finding_remove_record(out, f, dmarc_name(q, q->domain), "TXT", "%.*s", STR_ARG(r->text));
    if (own)
        finding_record(out, f, dmarc_name(q, q->domain), "TXT", EMAIL_FIX_TTL_S, "%.*s",
                       STR_ARG(dmarc_record_text(q->arena, r, DMARC_REJECT, false, STR_NONE)));
    else
        finding_record(out, f, dmarc_name(q, q->domain), "TXT", EMAIL_FIX_TTL_S, "v=DMARC1; p=reject");
    return f;
}

/* An MX of its own is no fault: the domain may take mail and send none. */
static struct finding *judge_mx(struct ask *q, struct findings *out, struct finding *f, const char *why)
{
    const struct fact_dns *mx = fact_dns(q, q->domain, DNS_MX);

    if (!mx || mx->n_answer)
        return f;
    f = parked(out, f, q->domain, why);
    finding_evidence(out, f, "MX", STR_NONE, 0, "none: senders try its web address instead (RFC 5321 section 5.1)");
    finding_record(out, f, str_cstr(q->arena, q->domain), "MX", EMAIL_FIX_TTL_S, "0 .");
    return f;
}

void check_email_parked(struct ask *q, struct findings *out)
{
    struct finding *f = NULL;
    const char *why;

    if (!dns_domain_exists(q))
        return;
    enum email_sending sending = email_sending(q, &why);
    if (sending == EMAIL_SENDING_UNSEEN)
        return;
    if (sending == EMAIL_SENDS) {
        say(out, NOT_APPLICABLE, q->domain,
            "The domain sends mail, as far as can be seen; one that does not says email: {none: true}");
        return;
    }
    f = judge_spf(q, out, f, why);
    f = judge_dmarc(q, out, f, why);
    f = judge_mx(q, out, f, why);
    if (f)
        finding_fix(out, f,
                    "Publish these records. A domain that sends nothing is the easiest to forge, and the quickest to "
                    "close: nothing of yours can be lost");
}
