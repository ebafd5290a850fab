/* Whether the domain has a DMARC record that receivers use, and where its reports go: email.dmarc, email.dmarc-reports.
 */
#include "checks/check_email_dmarc.h"
#include "checks/catalogue.h"
#include "checks/check_dns.h"
#include "checks/check_email.h"
#include "facts/fact_dns.h"
#include "launch/name.h"

#define SHOWN_MOST        12u
#define DESTINATIONS_MOST 8u /* of reports, looked at */

const char *dmarc_name(struct ask *q, struct str domain)
{
    return str_fmt(q->arena, "_dmarc.%.*s", STR_ARG(domain)).p;
}

struct str dmarc_own_rua(struct ask *q)
{
    return str_fmt(q->arena, "mailto:dmarc@%.*s", STR_ARG(q->domain));
}

const struct dmarc_found *dmarc_own(struct ask *q)
{
    return dns_domain_exists(q) ? fact_dmarc(q, q->domain) : NULL;
}

static void show_flaw(struct findings *out, struct finding *f, const struct dmarc_flaw *flaw)
{
    finding_evidence(out, f,
                     flaw->fatal      ? "broken"
                     : flaw->obsolete ? "obsolete"
                                      : "ignored",
                     STR_NONE, 0, "at byte %zu: %.*s", flaw->at + 1, STR_ARG(flaw->text));
}

static void show_flaws(struct findings *out, struct finding *f, const struct dmarc_record *r)
{
    for (size_t i = 0; i < r->n_flaws && i < SHOWN_MOST; i++)
        show_flaw(out, f, &r->flaws[i]);
}

/* The record that does for now: watching only. */
static void offer_first(struct ask *q, struct findings *out, struct finding *f)
{
    struct str own = dmarc_own_rua(q);

    finding_record(out, f, dmarc_name(q, q->domain), "TXT", EMAIL_FIX_TTL_S, "v=DMARC1; p=none; rua=%.*s",
                   STR_ARG(own));
    finding_fix(out, f,
                "Make the mailbox dmarc@%.*s (or use another address that somebody reads) and publish this record. It "
                "changes nothing for your mail, fulfils what Gmail, Yahoo and Microsoft ask for, and brings daily "
                "reports of who sends in your name. email.dmarc-policy then says when to tighten it",
                STR_ARG(q->domain));
}

/* ---- no record ---- */

/* A record that stands where nobody looks. */
static void show_misplaced(struct ask *q, struct findings *out, struct finding *f)
{
    struct str doubled = str_fmt(q->arena, "_dmarc.%.*s.%.*s", STR_ARG(q->domain), STR_ARG(q->domain));
    const struct str name[] = {q->domain, doubled};

    for (size_t n = 0; n < N_OF(name); n++) {
        const struct str_list *texts = fact_txt(q, name[n]);
        if (!texts)
            ask_tolerate(q); /* a hint, not a judgement */
        for (size_t i = 0; texts && i < texts->n; i++)
            if (dmarc_is_record(texts->v[i])) {
                finding_evidence(out, f, "in the wrong place", STR_NONE, 0, "%.*s has \"%.*s\"", STR_ARG(name[n]),
                                 STR_ARG(texts->v[i]));
                finding_remove_record(out, f, str_cstr(q->arena, name[n]), "TXT", "%.*s", STR_ARG(texts->v[i]));
            }
    }
}

static bool is_attempt(struct str text)
{
    return str_has_nocase(text, STR("dmarc")) || str_starts_nocase(str_trim(text), STR("v=spf1")) ||
           str_has_nocase(text, STR("p=none")) || str_has_nocase(text, STR("p=reject")) ||
           str_has_nocase(text, STR("p=quarantine"));
}

/* What was meant, put right: the record whose only fault was its beginning. */
static bool offer_mended(struct ask *q, struct findings *out, struct finding *f, struct str stray)
{
    struct str bare = str_trim(stray);
    struct dmarc_record r;

    if (bare.n && bare.p[0] == '"')
        bare = str_from(bare, 1);
    if (bare.n && bare.p[bare.n - 1] == '"')
        bare.n--;
    if (str_starts_nocase(bare, STR("v=DMARC1")))
        bare = str_fmt(q->arena, "v=DMARC1; %.*s", STR_ARG(str_from(bare, 8)));
    if (!dmarc_record_parse(q->arena, bare, &r) || r.policy_unread)
        return false;
    finding_record(out, f, dmarc_name(q, q->domain), "TXT", EMAIL_FIX_TTL_S, "%.*s",
                   STR_ARG(dmarc_record_text(q->arena, &r, r.p, true, dmarc_own_rua(q))));
    finding_fix(out, f, "Replace the text by this record: what it says, as receivers read it");
    return true;
}

static void say_missing(struct ask *q, struct findings *out, const struct dmarc_found *d)
{
    const struct str_list *strays = &d->steps[0].strays;
    struct finding *f;
    bool mended = false;

    for (size_t i = 0; i < strays->n; i++) {
        struct dmarc_record r;
        if (!is_attempt(strays->v[i]))
            continue;
        f = say(out, FAIL, d->domain, "The text at _dmarc.%.*s is no DMARC record: receivers act as if there was none",
                STR_ARG(d->domain));
        f->key = STR("stray");
        finding_evidence(out, f, "TXT", STR_NONE, 0, "%.*s", STR_ARG(strays->v[i]));
        if (!dmarc_record_parse(q->arena, strays->v[i], &r))
            show_flaws(out, f, &r);
        finding_remove_record(out, f, dmarc_name(q, d->domain), "TXT", "%.*s", STR_ARG(strays->v[i]));
        mended = offer_mended(q, out, f, strays->v[i]);
        if (!mended)
            offer_first(q, out, f);
        return;
    }
    f = say(out, FAIL, d->domain,
            "%.*s has no DMARC record: anybody can write to your customers in its name, and the big mailbox providers "
            "want one",
            STR_ARG(d->domain));
    f->key = STR("missing");
    for (size_t i = 0; i < d->n_steps; i++)
        finding_evidence(out, f, "looked at", STR_NONE, 0, "_dmarc.%.*s: %s", STR_ARG(d->steps[i].name),
                         d->steps[i].outcome == MAIL_NXDOMAIN ? "does not exist" : "no DMARC record");
    show_misplaced(q, out, f);
    offer_first(q, out, f);
}

/* ---- a record that is not used ---- */

static struct finding *say_several(struct ask *q, struct findings *out, const struct dmarc_found *d)
{
    const struct dmarc_step *step = &d->steps[0];
    enum dmarc_policy weakest = DMARC_REJECT;
    struct dmarc_record r, first = {.psd = 'u'};
    struct finding *f = say(out, FAIL, d->domain, "_dmarc.%.*s has %zu DMARC records: receivers then use none of them",
                            STR_ARG(d->domain), step->records.n);

    f->key = STR("several");
    for (size_t i = 0; i < step->records.n; i++) {
        finding_evidence(out, f, "TXT", STR_NONE, 0, "%.*s", STR_ARG(step->records.v[i]));
        if (i < SHOWN_MOST) /* the text says "all of them" */
            finding_remove_record(out, f, dmarc_name(q, d->domain), "TXT", "%.*s", STR_ARG(step->records.v[i]));
        bool used = dmarc_record_parse(q->arena, step->records.v[i], &r);
        if (!used || r.p < weakest)
            weakest = used ? r.p : DMARC_NONE;
        if (used && (!first.text.n || (!first.n_rua && r.n_rua)))
            first = r;
    }
    finding_record(out, f, dmarc_name(q, d->domain), "TXT", EMAIL_FIX_TTL_S, "%.*s",
                   STR_ARG(dmarc_record_text(q->arena, &first, weakest, false, dmarc_own_rua(q))));
    finding_fix(out, f,
                "Delete all of them and publish this one, with the mildest policy of those there were. A provider that "
                "asks for a second record wants its address added to rua, after a comma");
    return f;
}

static struct finding *say_unused(struct ask *q, struct findings *out, const struct dmarc_found *d)
{
    const struct dmarc_flaw *fatal = dmarc_fatal(&d->record);
    struct finding *f =
        say(out, FAIL, d->policy_at, "The DMARC record of %.*s is broken, and receivers ignore it: %.*s",
            STR_ARG(d->policy_at), fatal ? (int)fatal->text.n : 0, fatal ? fatal->text.p : "");
    bool had_policy = d->record.has_p && !d->record.policy_unread;

    f->key = STR("broken");
    finding_evidence(out, f, "TXT", STR_NONE, 0, "%.*s", STR_ARG(d->record.text));
    show_flaws(out, f, &d->record);
    finding_remove_record(out, f, dmarc_name(q, d->policy_at), "TXT", "%.*s", STR_ARG(d->record.text));
    finding_record(out, f, dmarc_name(q, d->policy_at), "TXT", EMAIL_FIX_TTL_S, "%.*s",
                   STR_ARG(dmarc_record_text(q->arena, &d->record, had_policy ? d->record.p : DMARC_NONE, true,
                                             dmarc_own_rua(q))));
    finding_fix(out, f, "Replace the record by this one, which says what could be read of it%s",
                had_policy ? "" : "; put the policy back that you meant, once its reports are clean");
    return f;
}

/* ---- a record of somebody above ---- */

/* The registry's (psd=y), for names of its customers that have none. */
static bool is_the_registrys(const struct dmarc_found *d)
{
    return d->organisation.n && !name_is_within(d->policy_at, d->organisation);
}

/* One that receivers with the Public Suffix List do not come by. */
static bool is_missed_by_some(const struct dmarc_found *d)
{
    return d->difference.n && !d->psl_policy_at.n && !str_eq(d->policy_at, d->domain);
}

static void say_borrowed(struct ask *q, struct findings *out, const struct dmarc_found *d)
{
    bool registry = is_the_registrys(d);
    struct finding *f =
        registry
            ? say(out, WARN, d->domain,
                  "%.*s has no DMARC record of its own: that of its registry %.*s applies, and the reports go there",
                  STR_ARG(d->domain), STR_ARG(d->policy_at))
            : say(out, WARN, d->domain, "Only some receivers find a DMARC record for %.*s", STR_ARG(d->domain));

    f->key = registry ? STR("registry") : STR("missed");
    finding_evidence(out, f, str_cstr(q->arena, d->policy_at), STR_NONE, 0, "%.*s", STR_ARG(d->record.text));
    if (d->difference.n)
        finding_evidence(out, f, "older receivers", STR_NONE, 0, "%.*s", STR_ARG(d->difference));
    offer_first(q, out, f);
}

/* ---- a record that is used, with what is wrong in it ---- */

static void say_untidy(struct ask *q, struct findings *out, const struct dmarc_found *d)
{
    const struct dmarc_record *r = &d->record;
    bool only_old = true;

    for (size_t i = 0; i < r->n_flaws; i++)
        only_old &= r->flaws[i].obsolete;
    struct finding *f = r->policy_unread ? say(out, WARN, d->policy_at,
                                               "The DMARC policy of %.*s cannot be read: receivers take it as none",
                                               STR_ARG(d->policy_at))
                        : only_old ? say(out, WARN, d->policy_at, "The DMARC record has tags that RFC 9989 took away")
                                   : say(out, WARN, d->policy_at, "The DMARC record is used, but not all of it");
    f->key = r->policy_unread ? STR("policy") : only_old ? STR("obsolete") : STR("untidy");
    f->severity = r->policy_unread ? SEV_MEDIUM : only_old ? SEV_INFO : SEV_LOW;
    finding_evidence(out, f, "TXT", STR_NONE, 0, "%.*s", STR_ARG(r->text));
    show_flaws(out, f, r);
    finding_remove_record(out, f, dmarc_name(q, d->policy_at), "TXT", "%.*s", STR_ARG(r->text));
    finding_record(out, f, dmarc_name(q, d->policy_at), "TXT", EMAIL_FIX_TTL_S, "%.*s",
                   STR_ARG(dmarc_record_text(q->arena, r, r->p, true, r->policy_unread ? dmarc_own_rua(q) : STR_NONE)));
    finding_fix(out, f, "Replace the record by this one, which says the same as receivers read it%s",
                r->policy_unread ? ", or put in the policy that you meant" : "");
}

static void say_good(struct findings *out, const struct dmarc_found *d)
{
    struct finding *f = say(out, PASS, d->policy_at, "One valid DMARC record, p=%s", dmarc_policy_word(d->record.p));

    finding_evidence(out, f, "TXT", STR_NONE, 0, "%.*s", STR_ARG(d->record.text));
    if (!str_eq(d->policy_at, d->domain))
        finding_evidence(out, f, "for this name", STR_NONE, 0, "%s=%s of %.*s applies", d->applies_tag,
                         dmarc_policy_word(d->applies), STR_ARG(d->policy_at));
    if (d->difference.n)
        finding_evidence(out, f, "older receivers", STR_NONE, 0, "%.*s", STR_ARG(d->difference));
}

static bool is_untidy(const struct dmarc_found *d)
{
    return d->record.policy_unread || d->record.n_flaws > 0;
}

/* A domain that sends nothing loses no mail of its own. */
static void ease(struct ask *q, struct finding *f)
{
    const char *why;

    if (email_sending(q, &why) == EMAIL_SENDS_NOTHING)
        f->severity = SEV_LOW;
}

void check_email_dmarc(struct ask *q, struct findings *out)
{
    const struct dmarc_found *d = dmarc_own(q);
    const char *why;

    if (!d)
        return;
    if (d->steps[0].records.n > 1) {
        ease(q, say_several(q, out, d));
    } else if (d->has_record) {
        if (is_the_registrys(d) || is_missed_by_some(d))
            say_borrowed(q, out, d);
        else if (is_untidy(d))
            say_untidy(q, out, d);
        else
            say_good(out, d);
    } else if (d->policy_at.n) {
        ease(q, say_unused(q, out, d));
    } else if (d->unseen.n) {
        email_note_unseen(q, d->domain, d->unseen);
    } else {
        enum email_sending sending = email_sending(q, &why);
        if (sending == EMAIL_SENDS_NOTHING)
            say(out, NOT_APPLICABLE, d->domain, "The domain sends no mail, because %s: see email.parked", why);
        else if (sending == EMAIL_SENDS)
            say_missing(q, out, d);
    }
}

/* ---- email.dmarc-reports ---- */

static void say_no_rua(struct ask *q, struct findings *out, const struct dmarc_found *d)
{
    struct finding *f =
        say(out, WARN, d->policy_at,
            "Nobody gets the DMARC reports of %.*s: who sends in its name, and what fails, stays unseen",
            STR_ARG(d->policy_at));

    f->key = STR("no-rua");
    finding_evidence(out, f, "TXT", STR_NONE, 0, "%.*s", STR_ARG(d->record.text));
    finding_remove_record(out, f, dmarc_name(q, d->policy_at), "TXT", "%.*s", STR_ARG(d->record.text));
    finding_record(out, f, dmarc_name(q, d->policy_at), "TXT", EMAIL_FIX_TTL_S, "%.*s",
                   STR_ARG(dmarc_record_text(q->arena, &d->record, d->record.p, true, dmarc_own_rua(q))));
    finding_fix(
        out, f,
        "Add rua with a mailbox that somebody reads, or the address that a report service gives you. The reports "
        "are XML, once a day and receiver, and show every server that sends in your name");
}

static void say_not_allowed(struct ask *q, struct findings *out, const struct dmarc_found *d, const char *tag,
                            const struct dmarc_uri *uri)
{
    struct finding *f =
        say(out, FAIL, d->policy_at, "Receivers send no DMARC reports to %.*s (%s): %.*s does not allow it",
            STR_ARG(uri->mailbox), tag, STR_ARG(uri->domain));
    struct str name = dmarc_destination_name(q->arena, d->policy_at, uri);

    f->key = str_dup(q->arena, uri->domain);
    finding_evidence(out, f, "looked at", STR_NONE, 0, "%.*s TXT: no v=DMARC1", STR_ARG(name));
    finding_record(out, f, str_cstr(q->arena, name), "TXT", EMAIL_FIX_TTL_S, "v=DMARC1");
    finding_fix(out, f,
                "The owner of %.*s must publish this record in its zone (RFC 9990 section 4). A report service does so "
                "once the domain is added in its console; otherwise take an address of %.*s itself",
                STR_ARG(uri->domain), STR_ARG(d->organisation.n ? d->organisation : d->policy_at));
}

static void say_dead_mailbox(struct findings *out, const struct dmarc_found *d, const char *tag,
                             const struct dmarc_uri *uri, const char *why)
{
    struct finding *f = say(out, FAIL, d->policy_at, "DMARC reports to %.*s bounce: %.*s %s", STR_ARG(uri->mailbox),
                            STR_ARG(uri->domain), why);

    f->key = uri->domain;
    finding_evidence(out, f, tag, STR_NONE, 0, "%.*s", STR_ARG(uri->uri));
    finding_fix(out, f, "Put an address into %s that gets mail, or publish the MX of %.*s", tag, STR_ARG(uri->domain));
}

/* All that judge_uri may look at, at once. */
static void want_uri(struct ask *q, const struct dmarc_found *d, const struct dmarc_uri *uri)
{
    if (str_eq(uri->domain, d->policy_at) || str_eq(uri->domain, d->domain))
        return;
    fact_dns_want(q, str_fmt(q->arena, "_dmarc.%.*s", STR_ARG(uri->domain)), DNS_TXT);
    fact_dns_want(q, dmarc_destination_name(q->arena, d->policy_at, uri), DNS_TXT);
    fact_dns_want(q, uri->domain, DNS_MX);
}

static void judge_uri(struct ask *q, struct findings *out, const struct dmarc_found *d, const char *tag,
                      const struct dmarc_uri *uri)
{
    struct mail_resolver dns = fact_mail_resolver(q);
    const char *why = "";

    switch (dmarc_destination(q->arena, &dns, d->policy_at, uri)) {
    case DMARC_DESTINATION_UNSEEN:
        email_note_unseen(q, uri->domain, STR("whether it allows the reports could not be looked up"));
        return;
    case DMARC_NOT_AUTHORISED: say_not_allowed(q, out, d, tag, uri); return;
    case DMARC_OWN:
    case DMARC_AUTHORISED: break;
    }
    if (email_mailbox(q, uri->domain, &why) == EMAIL_MAILBOX_DEAD)
        say_dead_mailbox(out, d, tag, uri, why);
}

/* Each destination once, whatever the number of its mailboxes. */
static void judge_uris(struct ask *q, struct findings *out, const struct dmarc_found *d)
{
    const struct dmarc_record *r = &d->record;
    const struct dmarc_uri *uris[DESTINATIONS_MOST];
    const char *tags[DESTINATIONS_MOST];
    struct str_list seen = {0};
    size_t n = 0;

    for (size_t i = 0; i < r->n_rua + r->n_ruf && n < DESTINATIONS_MOST; i++) {
        const struct dmarc_uri *uri = i < r->n_rua ? &r->rua[i] : &r->ruf[i - r->n_rua];
        if (!uri->mailbox.n || str_list_has(&seen, uri->domain))
            continue;
        str_list_add(q->arena, &seen, uri->domain);
        want_uri(q, d, uri);
        tags[n] = i < r->n_rua ? "rua" : "ruf";
        uris[n++] = uri;
    }
    for (size_t i = 0; i < n; i++)
        judge_uri(q, out, d, tags[i], uris[i]);
}

static bool has_mailbox(const struct dmarc_found *d)
{
    for (size_t i = 0; i < d->record.n_rua; i++)
        if (d->record.rua[i].mailbox.n)
            return true;
    return false;
}

void check_email_dmarc_reports(struct ask *q, struct findings *out)
{
    const struct dmarc_found *d = dmarc_own(q);
    const char *why;

    if (!d)
        return;
    if (!d->has_record) {
        if (d->unseen.n && !d->policy_at.n)
            email_note_unseen(q, d->domain, d->unseen);
        else
            say(out, NOT_APPLICABLE, d->domain, "There is no DMARC record that receivers use: see email.dmarc");
        return;
    }
    if (is_the_registrys(d)) {
        say(out, NOT_APPLICABLE, d->domain, "The reports go to the registry %.*s: see email.dmarc",
            STR_ARG(d->policy_at));
        return;
    }
    judge_uris(q, out, d);
    if (has_mailbox(d))
        return;
    enum email_sending sending = email_sending(q, &why);
    if (sending == EMAIL_SENDS_NOTHING)
        say(out, NOT_APPLICABLE, d->domain, "The domain sends no mail, because %s: no reports are needed", why);
    else if (sending == EMAIL_SENDS)
        say_no_rua(q, out, d);
}
