/* The SPF record as its owner must see it: email.spf, email.spf-lookups, email.spf-void, email.spf-all. */
#include "checks/catalogue.h"
#include "checks/check_email.h"
#include "core/buf.h"
#include "facts/fact_dns.h"
#include "launch/launch.h"
#include "mail/provider.h"
#include "mail/spf_merge.h"

#define SHOWN_MOST        20u
#define NEARLY_FULL       9u
#define INCLUDES_MOST     12u
#define PASTED_MOST       4096u /* bytes of a record that is offered for pasting */
#define PASTED_TERMS_MOST 300u

/* What a flaw means to the owner, and which check says so. */
enum flaw_class { BREAKS, WEAKENS, COSTS, WASTES, OPENS };

static const enum flaw_class flaw_classes[SPF_FLAW_N] = {
    [SPF_FLAW_SYNTAX] = BREAKS,     [SPF_FLAW_SEVERAL] = BREAKS,        [SPF_FLAW_LOOP] = BREAKS,
    [SPF_FLAW_NO_RECORD] = BREAKS,  [SPF_FLAW_GLUED] = BREAKS,          [SPF_FLAW_PTR] = WEAKENS,
    [SPF_FLAW_AFTER_ALL] = WEAKENS, [SPF_FLAW_DEAD_REDIRECT] = WEAKENS, [SPF_FLAW_LOOKALIKE] = WEAKENS,
    [SPF_FLAW_LONG] = WEAKENS,      [SPF_FLAW_LOOK_UPS] = COSTS,        [SPF_FLAW_NAMES] = COSTS,
    [SPF_FLAW_REPEATED] = COSTS,    [SPF_FLAW_VOID] = WASTES,           [SPF_FLAW_VOID_TERM] = WASTES,
    [SPF_FLAW_PASS_ALL] = OPENS,    [SPF_FLAW_NEUTRAL_ALL] = OPENS,     [SPF_FLAW_NO_ALL] = OPENS,
    [SPF_FLAW_IGNORED] = WEAKENS,
};

static const char *or_itself(struct arena *arena, struct str domain)
{
    return domain.n ? str_cstr(arena, domain) : "the record";
}

static void show_flaw(struct ask *q, struct findings *out, struct finding *f, const struct spf_flaw *flaw)
{
    if (flaw->term.n)
        finding_evidence(out, f, or_itself(q->arena, flaw->domain), STR_NONE, 0, "at byte %zu, \"%.*s\": %.*s",
                         flaw->at + 1, STR_ARG(flaw->term), STR_ARG(flaw->text));
    else
        finding_evidence(out, f, or_itself(q->arena, flaw->domain), STR_NONE, 0, "%.*s", STR_ARG(flaw->text));
}

/* Text of the terms, in one line. Empty when there are more than anybody pastes: who writes such a record does not want
 * advice but our memory. */
static struct str join(struct ask *q, const struct str_list *terms)
{
    struct buf b CLEANUP(buf_free) = {0};

    buf_init(&b, PASTED_MOST);
    for (size_t i = 0; i < terms->n; i++)
        if ((i && !buf_add_char(&b, ' ')) || !buf_add(&b, terms->v[i]))
            return STR_NONE;
    return str_dup(q->arena, buf_str(&b));
}

/* The own record without the terms that drops names; empty when nothing of it can be kept. */
static struct str without(struct ask *q, const struct spf_survey *s,
                          bool (*drops)(const struct spf_survey *s, struct str term, struct ask *q))
{
    struct str rest = s->record;
    struct str_list kept = {0};

    while (rest.p && kept.n < PASTED_TERMS_MOST) {
        struct str term = str_cut(&rest, ' ');
        if (term.n && !drops(s, term, q))
            str_list_add(q->arena, &kept, term);
    }
    return rest.p ? STR_NONE : join(q, &kept);
}

static bool is_flawed(const struct spf_survey *s, struct str term, struct ask *q)
{
    (void)q;
    for (size_t i = 0; i < s->n_flaws; i++) {
        const struct spf_flaw *flaw = &s->flaws[i];
        enum flaw_class class = flaw_classes[flaw->kind];
        if ((class == BREAKS || class == WEAKENS || flaw->kind == SPF_FLAW_VOID_TERM) && flaw->kind != SPF_FLAW_LONG &&
            str_eq(flaw->domain, s->domain) && str_eq(flaw->term, term))
            return true;
    }
    return false;
}

static bool is_unreadable(const struct spf_survey *s)
{
    for (size_t i = 0; i < s->n_flaws; i++)
        if (s->flaws[i].kind == SPF_FLAW_SYNTAX && str_eq(s->flaws[i].domain, s->domain))
            return true;
    return false;
}

/* The record as it was meant, what is still broken in it taken out, if that is a record that works. One that would name
 * nobody because nothing in it could be read is not offered: somebody sends. */
static void offer_clean(struct ask *q, struct findings *out, struct finding *f, const struct spf_survey *s)
{
    struct mail_resolver dns = fact_mail_resolver(q);
    struct str text = spf_mend(q->arena, s->record);
    struct spf_survey meant = {0}, after = {0};

    if (!spf_is_record(text))
        return;
    spf_survey(q->arena, &dns, s->domain, text, &meant);
    struct str clean = without(q, &meant, is_flawed);
    if (!spf_is_record(clean) || str_eq(clean, s->record))
        return;
    spf_survey(q->arena, &dns, s->domain, clean, &after);
    if (spf_survey_is_permerror(&after) || (is_unreadable(&meant) && after.tree && after.tree->n_terms < 2))
        return;
    finding_remove_record(out, f, str_cstr(q->arena, s->domain), "TXT", "%.*s", STR_ARG(s->record));
    finding_record(out, f, str_cstr(q->arena, s->domain), "TXT", EMAIL_FIX_TTL_S, "%.*s", STR_ARG(clean));
}

/* ---- email.spf ---- */

static void add_include(struct ask *q, struct str_list *includes, const struct provider *p)
{
    if (p && (p->paths & PATH_SPF_APEX) && p->spf.n && includes->n < INCLUDES_MOST &&
        !str_list_has(includes, p->spf.v[0]))
        str_list_add(q->arena, includes, p->spf.v[0]);
}

/* A record made of who receives the domain's mail and whom the launch file declares; whoever receives without being
 * known is taken to send from the same hosts. Empty when the MX records were not seen: "-all" would then be a guess. */
static struct str first_record(struct ask *q)
{
    const struct providers *all = providers_now();
    const struct fact_dns *mx = fact_dns(q, q->domain, DNS_MX);
    struct str_list includes = {0};
    struct str text = STR("v=spf1");
    bool own_hosts = false;

    if (!mx)
        return STR_NONE;
    for (size_t i = 0; i < mx->n_answer; i++) {
        if (mx->answer[i].type != DNS_MX || !mx->answer[i].target.n)
            continue;
        const struct provider *p = provider_by_mx(all, mx->answer[i].target);
        own_hosts |= !p;
        add_include(q, &includes, p);
    }
    for (size_t i = 0; i < q->launch->email.senders.n; i++)
        add_include(q, &includes, provider_by_id(all, q->launch->email.senders.v[i]));
    if (own_hosts)
        text = STR("v=spf1 mx");
    for (size_t i = 0; i < includes.n; i++)
        text = str_fmt(q->arena, "%.*s include:%.*s", STR_ARG(text), STR_ARG(includes.v[i]));
    return str_fmt(q->arena, "%.*s %s", STR_ARG(text), includes.n || own_hosts ? "~all" : "-all");
}

static void show_lookalikes(struct ask *q, struct findings *out, struct finding *f, const struct spf_survey *s)
{
    for (size_t i = 0; i < s->n_flaws; i++)
        if (s->flaws[i].kind == SPF_FLAW_LOOKALIKE)
            show_flaw(q, out, f, &s->flaws[i]);
}

static void say_missing(struct ask *q, struct findings *out, const struct spf_survey *s)
{
    const struct str_list *txt = fact_txt(q, s->domain);
    struct str record = first_record(q);
    struct finding *f = say(out, FAIL, s->domain,
                            "%.*s has no SPF record: nobody is allowed to send mail for it, so "
                            "receivers cannot tell yours from a forgery",
                            STR_ARG(s->domain));

    f->key = STR("missing");
    if (txt && txt->n)
        finding_evidence(out, f, "TXT", STR_NONE, 0, "%zu record%s, none of which begins with v=spf1", txt->n,
                         txt->n == 1 ? "" : "s");
    else if (txt)
        finding_evidence(out, f, "TXT", STR_NONE, 0, "no record of this type");
    show_lookalikes(q, out, f, s);
    if (!record.n) {
        finding_fix(out, f,
                    "The MX records could not be looked up, so who sends is not known: look again, and publish "
                    "the record that is shown then");
        return;
    }
    finding_record(out, f, str_cstr(q->arena, s->domain), "TXT", EMAIL_FIX_TTL_S, "%.*s", STR_ARG(record));
    if (str_ends(record, STR(" -all"))) {
        f->severity = SEV_MEDIUM; /* as far as can be seen it neither receives nor sends */
        finding_fix(out, f,
                    "No mail provider was recognised. If the domain sends no mail, publish this record; if it "
                    "does, put the include that the provider's console shows before the end, and write ~all");
        return;
    }
    finding_fix(out, f,
                "Publish this record. It names the hosts that receive the domain's mail and the providers that were "
                "recognised or declared; if another one sends with your address as envelope sender, add its include "
                "before ~all");
}

/* An include of a provider whose bounces go to a host of its own never makes DMARC pass. */
static const struct provider *cannot_align(struct str target)
{
    const struct provider *p = provider_by_spf(providers_now(), target);

    return p && p->include_wasted ? p : NULL;
}

static bool aligns(const void *context, struct str target)
{
    (void)context;
    return !cannot_align(target);
}

static void say_several(struct ask *q, struct findings *out, const struct spf_survey *s)
{
    struct mail_resolver dns = fact_mail_resolver(q);
    struct spf_merge one = {0};
    struct finding *f =
        say(out, FAIL, s->domain,
            "%.*s has %zu SPF records: receivers then use none of them (permerror, RFC 7208 section 4.5)",
            STR_ARG(s->domain), s->records.n);

    f->key = STR("several");
    for (size_t i = 0; i < s->records.n && i < SHOWN_MOST; i++) {
        finding_evidence(out, f, "TXT", STR_NONE, 0, "%.*s", STR_ARG(s->records.v[i]));
        finding_remove_record(out, f, str_cstr(q->arena, s->domain), "TXT", "%.*s", STR_ARG(s->records.v[i]));
    }
    size_t n_bytes = 0;
    for (size_t i = 0; i < s->records.n; i++)
        n_bytes += s->records.v[i].n;
    if (n_bytes > PASTED_MOST) {
        finding_fix(out, f, "Replace them by one record: it begins with v=spf1, names each sender once, ends in ~all");
        return;
    }
    struct str_list readable = spf_readable(q->arena, &s->records);
    spf_merge(q->arena, &dns, s->domain, &readable, STR_NONE, aligns, NULL, &one);
    bool shorten = one.over && one.shorter.n;
    unsigned look_ups = shorten ? one.shorter_look_ups : one.look_ups;
    finding_record(out, f, str_cstr(q->arena, s->domain), "TXT", EMAIL_FIX_TTL_S, "%.*s",
                   STR_ARG(shorten ? one.shorter : one.record));
    finding_fix(out, f, "Replace them by one record that holds the terms of all%s. It spends %u of %u look-ups%s",
                shorten ? ", less the includes that never help DMARC" : "", look_ups, SPF_LOOK_UPS_MOST,
                look_ups > SPF_LOOK_UPS_MOST ? ": too many, drop what no longer sends" : "");
}

static void say_broken(struct ask *q, struct findings *out, const struct spf_survey *s)
{
    struct finding *f = NULL;
    bool always = spf_survey_is_permerror(s);

    for (size_t i = 0; i < s->n_flaws; i++) {
        if (flaw_classes[s->flaws[i].kind] != BREAKS)
            continue;
        if (!f) {
            f = say(out, FAIL, s->domain,
                    always ? "The SPF record is broken: receivers get an error instead of an answer"
                           : "Part of the SPF record is broken: mail that gets so far in it ends in an error");
            f->key = STR("broken");
            finding_evidence(out, f, "TXT", STR_NONE, 0, "%.*s", STR_ARG(s->record));
            if (!always)
                f->severity = SEV_HIGH;
        }
        if (f->n_evidence < SHOWN_MOST)
            show_flaw(q, out, f, &s->flaws[i]);
    }
    if (!f)
        return;
    offer_clean(q, out, f, s);
    finding_fix(out, f,
                "Correct the term shown. What is in another domain's record its owner must mend: until then "
                "take the include out, or ask the provider for the name that it uses today");
}

static void say_weak(struct ask *q, struct findings *out, const struct spf_survey *s)
{
    struct finding *f = NULL;
    bool broken = spf_survey_is_permerror(s), ignored = false;

    for (size_t i = 0; i < s->n_flaws; i++) {
        if (flaw_classes[s->flaws[i].kind] != WEAKENS || !str_eq(s->flaws[i].domain, s->domain))
            continue; /* how others write theirs is not the owner's to change */
        if (!f) {
            f = say(out, WARN, s->domain,
                    broken ? "Beside what breaks the SPF record, not all of it does what it seems to"
                           : "The SPF record works, but not all of it does what it seems to");
            f->key = STR("untidy");
            f->severity = SEV_LOW;
        }
        if (s->flaws[i].kind == SPF_FLAW_IGNORED) {
            f->severity = SEV_HIGH;
            ignored = true;
        }
        show_flaw(q, out, f, &s->flaws[i]);
    }
    if (!f)
        return;
    offer_clean(q, out, f, s);
    if (ignored)
        finding_fix(out, f, "Write the terms shown with a colon: as they stand, they let nobody send");
    else
        finding_fix(out, f,
                    "Take out the terms shown; nothing changes for mail that passes today, unless it passes by "
                    "ptr: name that host with a: or ip4: instead");
}

void check_email_spf(struct ask *q, struct findings *out)
{
    const struct spf_survey *s = fact_spf(q, q->domain);

    if (!s)
        return;
    if (!s->exists) {
        say_missing(q, out, s);
    } else if (s->records.n > 1) {
        say_several(q, out, s);
    } else {
        say_broken(q, out, s);
        say_weak(q, out, s);
    }
    if (s->unseen.n)
        email_note_unseen(q, s->domain, s->unseen);
}

/* The survey of the one record; NULL when there is none to judge, and then the finding or the ask says so. */
static const struct spf_survey *one_record(struct ask *q, struct findings *out)
{
    const struct spf_survey *s = fact_spf(q, q->domain);

    if (!s)
        return NULL;
    if (!s->tree) {
        say(out, NOT_APPLICABLE, s->domain, "There is no single SPF record to judge: see email.spf");
        return NULL;
    }
    if (s->unseen.n)
        email_note_unseen(q, s->domain, s->unseen);
    return s;
}

/* ---- email.spf-lookups ---- */

static struct str include_target(struct str term)
{
    if (term.n && (term.p[0] == '+' || term.p[0] == '?' || term.p[0] == '~' || term.p[0] == '-'))
        term = str_from(term, 1);
    return str_starts_nocase(term, STR("include:")) ? str_from(term, 8) : STR_NONE;
}

static bool is_wasted(const struct spf_survey *s, struct str term, struct ask *q)
{
    (void)s;
    (void)q;
    return cannot_align(include_target(term)) != NULL;
}

static void show_costs(struct ask *q, struct findings *out, struct finding *f, const struct spf_survey *s)
{
    for (size_t i = 0; i < s->tree->n_terms && f->n_evidence < SHOWN_MOST; i++) {
        const struct spf_term *t = &s->tree->terms[i];
        const struct provider *wasted = cannot_align(include_target(t->text));
        if (t->look_ups)
            finding_evidence(out, f, str_cstr(q->arena, t->text), STR_NONE, 0, "%u look-up%s%s%s%s", t->look_ups,
                             t->look_ups == 1 ? "" : "s", wasted ? "; can be dropped: " : "",
                             wasted ? str_cstr(q->arena, wasted->name) : "",
                             wasted ? " bounces to a host of its own, so this include never helps DMARC" : "");
    }
}

static void offer_cheaper(struct ask *q, struct findings *out, struct finding *f, const struct spf_survey *s)
{
    struct mail_resolver dns = fact_mail_resolver(q);
    struct str cheaper = without(q, s, is_wasted);
    struct spf_survey after = {0};

    if (!cheaper.n || str_eq(cheaper, s->record)) {
        finding_fix(out, f,
                    "Drop the includes of providers that no longer send for you, or move one to a subdomain "
                    "(news.%.*s) with an SPF record of its own",
                    STR_ARG(s->domain));
        return;
    }
    spf_survey(q->arena, &dns, s->domain, cheaper, &after);
    finding_remove_record(out, f, str_cstr(q->arena, s->domain), "TXT", "%.*s", STR_ARG(s->record));
    finding_record(out, f, str_cstr(q->arena, s->domain), "TXT", EMAIL_FIX_TTL_S, "%.*s", STR_ARG(cheaper));
    finding_fix(out, f, "Take out the includes that never help: the record then spends %u look-ups instead of %u%s",
                after.look_ups, s->look_ups,
                after.look_ups > SPF_LOOK_UPS_MOST ? "; then move another sender to a subdomain of its own" : "");
}

void check_email_spf_lookups(struct ask *q, struct findings *out)
{
    const struct spf_survey *s = one_record(q, out);
    struct finding *f = NULL;

    if (!s)
        return;
    if (s->look_ups > SPF_LOOK_UPS_MOST)
        f = say(out, FAIL, s->domain, "The SPF record needs %u DNS look-ups, and receivers stop with an error after %u",
                s->look_ups, SPF_LOOK_UPS_MOST);
    else if (s->look_ups >= NEARLY_FULL) {
        f = say(out, WARN, s->domain, "The SPF record spends %u of %u look-ups: the next provider breaks it",
                s->look_ups, SPF_LOOK_UPS_MOST);
        f->severity = SEV_INFO;
    }
    if (f) {
        f->key = STR("look-ups");
        show_costs(q, out, f, s);
        offer_cheaper(q, out, f, s);
    }
    for (size_t i = 0; i < s->n_flaws; i++) {
        const struct spf_flaw *flaw = &s->flaws[i];
        if (flaw->kind != SPF_FLAW_NAMES && flaw->kind != SPF_FLAW_REPEATED)
            continue;
        bool names = flaw->kind == SPF_FLAW_NAMES;
        f = say(out, names ? FAIL : WARN, s->domain,
                names ? "An SPF term has more than %u mail hosts behind it: receivers stop with an error"
                      : "The SPF record includes the same domain twice, and pays for it twice (of %u)",
                SPF_LOOK_UPS_MOST);
        f->key = str_fmt(q->arena, "%s %.*s", names ? "names" : "twice", STR_ARG(flaw->term));
        if (!names)
            f->severity = SEV_LOW;
        show_flaw(q, out, f, flaw);
        finding_fix(out, f,
                    names ? "Name the sending addresses with ip4: and ip6: instead of mx" : "Take the second one out");
    }
}

/* ---- email.spf-void ---- */

static size_t n_flaws_of(const struct spf_survey *s, enum spf_flaw_kind kind)
{
    size_t n = 0;

    for (size_t i = 0; i < s->n_flaws; i++)
        n += s->flaws[i].kind == kind;
    return n;
}

static void show_half_void(struct findings *out, struct finding *f, const struct spf_node *node)
{
    for (size_t i = 0; i < node->n_terms && f->n_evidence < SHOWN_MOST; i++)
        if (node->terms[i].void_look_ups && node->terms[i].target.n && !node->terms[i].record)
            finding_evidence(out, f, str_cstr(out->arena, node->terms[i].text), STR_NONE, 0, "%.*s",
                             STR_ARG(node->terms[i].note));
}

void check_email_spf_void(struct ask *q, struct findings *out)
{
    const struct spf_survey *s = one_record(q, out);
    size_t n_void = s ? n_flaws_of(s, SPF_FLAW_VOID_TERM) : 0;
    bool over = s && n_flaws_of(s, SPF_FLAW_VOID) > 0;
    struct finding *f;

    if (!s || (!n_void && !over))
        return;
    if (over && n_void > SPF_VOID_MOST) {
        f = say(out, FAIL, s->domain, "%zu SPF terms lead to nothing, and many receivers stop with an error after %u",
                n_void, SPF_VOID_MOST);
    } else if (over) {
        f = say(out, WARN, s->domain,
                "For senders over IPv6 or IPv4 alone %u SPF look-ups lead to nothing (receivers allow %u)",
                s->void_look_ups, SPF_VOID_MOST);
        f->severity = SEV_LOW;
        show_half_void(out, f, s->tree);
    } else {
        f = say(out, WARN, s->domain, "%zu SPF term%s to nothing; receivers allow %u", n_void,
                n_void == 1 ? " leads" : "s lead", SPF_VOID_MOST);
        f->severity = SEV_LOW;
    }
    f->key = STR("void");
    for (size_t i = 0; i < s->n_flaws && f->n_evidence < SHOWN_MOST; i++)
        if (s->flaws[i].kind == SPF_FLAW_VOID_TERM)
            show_flaw(q, out, f, &s->flaws[i]);
    if (n_void)
        offer_clean(q, out, f, s);
    finding_fix(out, f,
                n_void ? "Take out the terms whose host no longer exists: they authorise nobody"
                       : "Name the sending addresses with ip4: and ip6: instead: those cost nothing");
}

/* ---- email.spf-all ---- */

static bool is_ending(struct str term)
{
    return str_eq_nocase(term, STR("-all")) || str_eq_nocase(term, STR("~all")) || str_eq_nocase(term, STR("?all")) ||
           str_eq_nocase(term, STR("+all")) || str_eq_nocase(term, STR("all"));
}

/* The record without that term, in front of a careful ending; empty when it is too long to paste. */
static struct str ending_carefully(struct ask *q, struct str record, struct str drop)
{
    struct str_list kept = {0};
    struct str rest = record;

    while (rest.p && kept.n < PASTED_TERMS_MOST) {
        struct str term = str_cut(&rest, ' ');
        if (term.n && !is_ending(term) && !str_eq(term, drop))
            str_list_add(q->arena, &kept, term);
    }
    str_list_add(q->arena, &kept, STR("~all"));
    return rest.p ? STR_NONE : join(q, &kept);
}

void check_email_spf_all(struct ask *q, struct findings *out)
{
    const struct spf_survey *s = one_record(q, out);

    if (!s)
        return;
    for (size_t i = 0; i < s->n_flaws; i++) {
        const struct spf_flaw *flaw = &s->flaws[i];
        if (flaw_classes[flaw->kind] != OPENS)
            continue;
        struct finding *f;
        if (flaw->kind == SPF_FLAW_PASS_ALL) {
            f = say(out, FAIL, s->domain, "The SPF record lets everybody on the internet send as %.*s",
                    STR_ARG(s->domain));
            f->severity = SEV_CRITICAL;
            f->key = STR("everybody");
        } else {
            f = say(out, FAIL, s->domain, "The SPF record says nothing about forgeries: it ends in %s",
                    flaw->kind == SPF_FLAW_NO_ALL ? "no all" : "?all");
            f->key = STR("neutral");
        }
        finding_evidence(out, f, "TXT", STR_NONE, 0, "%.*s", STR_ARG(s->record));
        show_flaw(q, out, f, flaw);
        finding_fix(out, f,
                    "End the record in ~all, so that mail from anywhere else is distrusted; once DMARC rejects, "
                    "~all and -all do the same");
        if (!str_eq(flaw->domain, s->domain))
            continue;
        struct mail_resolver dns = fact_mail_resolver(q);
        struct str closed = ending_carefully(q, spf_mend(q->arena, s->record), flaw->term);
        struct spf_survey after = {0};
        if (!spf_is_record(closed))
            continue;
        spf_survey(q->arena, &dns, s->domain, closed, &after);
        if (is_unreadable(&after))
            continue;
        finding_remove_record(out, f, str_cstr(q->arena, s->domain), "TXT", "%.*s", STR_ARG(s->record));
        finding_record(out, f, str_cstr(q->arena, s->domain), "TXT", EMAIL_FIX_TTL_S, "%.*s", STR_ARG(closed));
    }
}
