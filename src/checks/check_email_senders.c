/* Who sends: audit.email-provider (everybody that is seen), email.spf-senders (those that are declared). */
#include "checks/catalogue.h"
#include "checks/email_records.h"
#include "launch/launch.h"

/* ---- audit.email-provider ---- */

static struct str list_names(struct ask *q, const struct fact_senders *s, bool receivers)
{
    struct str all = STR_NONE;

    for (size_t i = 0; i < s->n; i++) {
        const struct sender *v = &s->v[i];
        bool sends = v->provider ? v->provider->sends && (v->include || v->n_keys || v->return_path || v->declared)
                                 : v->include || v->declared;
        if (receivers ? v->receives : sends)
            all = str_fmt(q->arena, "%.*s%s%.*s", STR_ARG(all), all.n ? ", " : "", STR_ARG(v->name));
    }
    return all;
}

static void say_overview(struct ask *q, struct findings *out, const struct fact_senders *s)
{
    struct str in = list_names(q, s, true), senders = list_names(q, s, false);
    struct finding *f;

    if (!in.n)
        in = s->mx_unseen ? STR("a place that could not be looked up") : STR("nowhere");
    f = say(out, PASS, s->domain, "Mail comes in at %.*s; mail may be sent by %.*s", STR_ARG(in),
            STR_ARG(senders.n ? senders : STR("nobody that is seen")));
    f->key = STR("overview");
    for (size_t i = 0; i < s->n; i++)
        finding_evidence(out, f, str_cstr(q->arena, s->v[i].name), STR_NONE, 0, "%.*s; its mail passes DMARC by %.*s",
                         STR_ARG(s->v[i].evidence), STR_ARG(sender_path_text(q->arena, &s->v[i])));
    for (size_t i = 0; i < s->n_keys; i++)
        if (found_key_works(&s->keys[i]))
            finding_evidence(out, f, "DKIM key", s->keys[i].name, 0, "%s, %u bits%s%.*s",
                             s->keys[i].key.is_ed25519 ? "Ed25519" : "RSA", s->keys[i].key.bits,
                             s->keys[i].provider ? ", " : "",
                             STR_ARG(s->keys[i].provider ? s->keys[i].provider->name : STR_NONE));
}

static void judge_wasted(struct ask *q, struct findings *out, const struct fact_senders *all, const struct sender *s)
{
    if (!s->include || !s->include_wasted)
        return;
    struct finding *f = say(out, WARN, all->domain,
                            "include:%.*s in the SPF record does nothing: %.*s bounces to another host, so SPF never "
                            "aligns by it; it only spends %u of the %u look-ups",
                            STR_ARG(s->include_target), STR_ARG(s->name), s->include_look_ups, SPF_LOOK_UPS_MOST);
    f->severity = SEV_LOW;
    f->key = str_fmt(q->arena, "wasted %.*s", STR_ARG(s->id));
    finding_evidence(out, f, "passes DMARC by", all->domain, 0, "%.*s", STR_ARG(sender_path_text(q->arena, s)));
    email_offer_spf(q, out, f, all, STR_NONE, true);
    finding_fix(
        out, f, "Drop it: what makes mail of %.*s pass is its DKIM key%s. Set those up first if they are missing",
        STR_ARG(s->name), s->provider && (s->provider->paths & PATH_SPF_RETURN_PATH) ? " and its return path" : "");
}

static bool all_can_be_seen(const struct sender *s)
{
    for (size_t i = 0; i < s->n_records; i++)
        if (s->records[i].state == RECORD_HIDDEN || s->records[i].state == RECORD_UNSEEN)
            return false;
    return s->n_records > 0;
}

/* Seen in the DNS, not declared, and nothing by which its mail could pass. */
static void judge_undeclared(struct ask *q, struct findings *out, const struct fact_senders *all,
                             const struct sender *s)
{
    if (s->declared || !s->provider || !s->provider->sends || s->passes || s->unseen || all->n_unseen ||
        !all_can_be_seen(s) || s->sign == SIGN_MX)
        return;
    struct finding *f =
        say(out, WARN, all->domain, "%.*s is set up in part (%.*s): no mail of it can pass DMARC as %.*s",
            STR_ARG(s->name), STR_ARG(s->evidence), STR_ARG(all->domain));
    f->severity = SEV_LOW;
    f->key = str_fmt(q->arena, "part %.*s", STR_ARG(s->id));
    email_offer_records(q, out, f, all, s, WANT_KEYS | WANT_SPF);
}

static void judge_unknown(struct ask *q, struct findings *out, const struct fact_senders *s)
{
    if (s->mx_unseen) {
        email_note_unseen(q, s->domain, STR("the MX records were not answered for"));
        return;
    }
    for (size_t i = 0; i < s->unknown_includes.n; i++) {
        struct str target = s->unknown_includes.v[i];
        struct finding *f =
            say(out, WARN, s->domain,
                "The SPF record lets include:%.*s send as %.*s, and it is no mail provider that is known",
                STR_ARG(target), STR_ARG(s->domain));
        f->severity = SEV_LOW;
        f->key = str_fmt(q->arena, "unknown %.*s", STR_ARG(target));
        finding_fix(out, f,
                    "Find out who asked for it (the service, the date). If nobody knows, take include:%.*s out of the "
                    "SPF record; DMARC reports show within a week whether mail of it is missed",
                    STR_ARG(target));
    }
}

static void judge_return_paths(struct findings *out, const struct sender *s)
{
    for (size_t i = 0; i < s->n_records; i++) {
        const struct sender_record *r = &s->records[i];
        if (r->state != RECORD_PROXIED || str_has(r->host, STR("_domainkey")))
            continue;
        struct finding *f =
            say(out, FAIL, r->name, "%.*s is proxied: bounces of %.*s are lost, and SPF does not align by it",
                STR_ARG(r->name), STR_ARG(s->name));
        f->severity = SEV_MEDIUM;
        f->key = r->host;
        finding_evidence(out, f, "answers", r->name, 0, "%.*s", STR_ARG(r->seen));
        email_offer_dns_only(out, f, r->name, STR_NONE);
    }
}

void check_audit_email_provider(struct ask *q, struct findings *out)
{
    const struct fact_senders *s = fact_senders(q, q->domain);

    if (!s)
        return;
    say_overview(q, out, s);
    judge_unknown(q, out, s);
    for (size_t i = 0; i < s->n; i++) {
        judge_wasted(q, out, s, &s->v[i]);
        judge_undeclared(q, out, s, &s->v[i]);
        if (!s->v[i].declared)
            judge_return_paths(out, &s->v[i]);
        if (s->v[i].unseen)
            email_note_unseen(q, s->domain,
                              str_fmt(q->arena, "not every record of %.*s was answered for", STR_ARG(s->v[i].name)));
    }
    if (s->n_unseen)
        email_note_unseen(q, s->domain,
                          str_fmt(q->arena,
                                  "%zu of %zu names of DKIM keys and return paths were not answered for: %.*s",
                                  s->n_unseen, s->n_asked, STR_ARG(s->unseen_why)));
}

/* ---- email.spf-senders ---- */

static void say_not_in_table(struct ask *q, struct findings *out, const struct fact_senders *all,
                             const struct sender *s)
{
    const struct providers *table = providers_now();
    struct str nearest = str_nearest(s->id, table->ids.v, table->ids.n);
    struct finding *f =
        say(out, WARN, all->domain, "The declared sender %.*s is not a provider that is known", STR_ARG(s->id));

    (void)q;
    f->severity = SEV_LOW;
    f->key = s->id;
    f->section = STR("email.senders");
    if (nearest.n)
        finding_fix(out, f, "Did you mean %.*s? Correct email.senders", STR_ARG(nearest));
    else
        finding_fix(out, f,
                    "Its records cannot be checked by name. Declare its DKIM selectors in email.selectors, and see in "
                    "its console whether SPF needs an include");
}

static const struct sender_record *first_missing(const struct sender *s, bool *ret_unseen)
{
    const struct sender_record *missing = NULL;

    for (size_t i = 0; i < s->n_records; i++) {
        const struct sender_record *r = &s->records[i];
        bool own_mx = str_eq(r->host, STR("@")) && str_eq(r->wanted->type, STR("MX"));
        if (own_mx || str_has(r->host, STR("_domainkey")))
            continue;
        *ret_unseen |= r->state == RECORD_UNSEEN; /* it may be proxied */
        if (!r->wanted->needed)
            continue;
        if ((r->state == RECORD_ABSENT || r->state == RECORD_OTHER) && !missing)
            missing = r;
    }
    return missing;
}

static void judge_declared(struct ask *q, struct findings *out, const struct fact_senders *all, const struct sender *s)
{
    bool unseen = false;

    if (!s->provider) {
        say_not_in_table(q, out, all, s);
        return;
    }
    judge_return_paths(out, s);
    const struct sender_record *missing = first_missing(s, &unseen);
    if (unseen)
        email_note_unseen(q, all->domain,
                          str_fmt(q->arena, "not every record of %.*s was answered for", STR_ARG(s->name)));
    if (!missing || (s->passes & (PATH_SPF_APEX | PATH_SPF_RETURN_PATH)))
        return;
    struct finding *f = say(out, FAIL, all->domain, "%.*s is declared and not authorised: %.*s %s", STR_ARG(s->name),
                            STR_ARG(missing->name),
                            str_eq(missing->host, STR("@"))  ? "does not include it in SPF"
                            : missing->state == RECORD_OTHER ? "holds something else"
                                                             : "is not there");
    f->key = s->id;
    f->on_money_path = true;
    if (missing->seen.n)
        finding_evidence(out, f, "there now", missing->name, 0, "%.*s", STR_ARG(missing->seen));
    if (s->passes & PATH_DKIM) { /* DMARC passes by DKIM: SPF is the second leg */
        f->severity = SEV_MEDIUM;
        finding_evidence(out, f, "passes DMARC by", all->domain, 0, "%.*s", STR_ARG(sender_path_text(q->arena, s)));
    }
    email_offer_records(q, out, f, all, s, WANT_SPF);
}

void check_email_spf_senders(struct ask *q, struct findings *out)
{
    const struct fact_senders *s = fact_senders(q, q->domain);

    if (!s || q->launch->email.none)
        return;
    for (size_t i = 0; i < s->n; i++)
        if (s->v[i].declared)
            judge_declared(q, out, s, &s->v[i]);
}
