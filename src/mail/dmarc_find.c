/* Whose DMARC record counts: the tree walk of RFC 9989 section 4.10, and what a receiver with the Public Suffix List
 * (RFC 7489 section 6.6.3) finds instead. */
#include "core/arena.h"
#include "launch/name.h"
#include "mail/dmarc.h"
#include "mail/dmarc_inside.h"

#define RECORDS_MOST 50u /* texts kept of one name */

static struct str normal(struct arena *arena, struct str domain)
{
    if (domain.n && domain.p[domain.n - 1] == '.')
        domain.n--;
    return str_lower(arena, domain);
}

static size_t label_count(struct str name)
{
    size_t n = name.n ? 1 : 0;

    for (size_t i = 0; i < name.n; i++)
        n += name.p[i] == '.';
    return n;
}

/* The last n labels. */
static struct str last_labels(struct str name, size_t n)
{
    for (size_t have = label_count(name); have > n; have--)
        name = str_from(name, str_find_char(name, '.') + 1);
    return name;
}

static struct str record_name(struct arena *arena, struct str domain)
{
    return str_fmt(arena, "_dmarc.%.*s", STR_ARG(domain));
}

/* Steps 1, 3, 4 and 7: the names in order, at most eight. */
static size_t list_names(struct str domain, struct str names[DMARC_QUERIES_MOST])
{
    size_t labels = label_count(domain), n = 0;

    names[n++] = domain;
    labels = labels >= DMARC_QUERIES_MOST ? DMARC_QUERIES_MOST - 1 : labels - 1;
    for (; domain.n && labels; labels--)
        names[n++] = last_labels(domain, labels);
    return n;
}

static void look_step(struct arena *arena, const struct mail_resolver *dns, struct str name, struct dmarc_step *ret,
                      struct str *unseen)
{
    struct mail_answer a;
    struct str at = record_name(arena, name);

    *ret = (struct dmarc_step){.name = name};
    mail_look(dns, arena, at, DNS_TXT, &a);
    ret->outcome = a.outcome;
    for (size_t i = 0; i < a.n && i < RECORDS_MOST; i++)
        str_list_add(arena, dmarc_is_record(a.v[i].value) ? &ret->records : &ret->strays, a.v[i].value);
    if (a.outcome == MAIL_FAILED && !unseen->n)
        *unseen = str_fmt(arena, "%.*s: %.*s", STR_ARG(at), STR_ARG(a.why));
}

/* One walk: what stood at each name, and of those with one record what it says. */
struct walk {
    struct str domain;
    struct dmarc_step steps[DMARC_QUERIES_MOST];
    struct dmarc_record records[DMARC_QUERIES_MOST]; /* of the step with the same index, when it has one record */
    bool usable[DMARC_QUERIES_MOST];
    size_t n;
    struct str unseen;
};

static bool has_one(const struct walk *w, size_t i)
{
    return w->steps[i].records.n == 1;
}

static void walk_up(struct arena *arena, const struct mail_resolver *dns, struct str domain, struct walk *w)
{
    struct str names[DMARC_QUERIES_MOST];
    size_t n = list_names(domain, names);

    *w = (struct walk){.domain = domain};
    for (size_t i = 0; i < n; i++)
        mail_want(dns, record_name(arena, names[i]), DNS_TXT);
    for (; w->n < n; w->n++) {
        size_t i = w->n;
        look_step(arena, dns, names[i], &w->steps[i], &w->unseen);
        if (!has_one(w, i))
            continue;
        w->usable[i] = dmarc_record_parse(arena, w->steps[i].records.v[0], &w->records[i]);
        if (w->records[i].psd != 'u') {
            w->n++;
            return; /* steps 2 and 6 */
        }
    }
}

/* Section 4.10.2. Empty: unseen. */
static struct str organisation_of(const struct walk *w)
{
    size_t last = SIZE_MAX;

    if (w->unseen.n)
        return STR_NONE;
    for (size_t i = 0; i < w->n; i++) {
        if (!has_one(w, i))
            continue;
        if (w->records[i].psd == 'n')
            return w->steps[i].name;
        if (w->records[i].psd == 'y' && i > 0)
            return last_labels(w->domain, label_count(w->steps[i].name) + 1);
        last = i;
    }
    return last == SIZE_MAX ? w->domain : w->steps[last].name;
}

/* Section 4.10.1: the domain's own, then its organisation's, then its public suffix's. SIZE_MAX: none. */
static size_t policy_step(const struct walk *w, struct str organisation)
{
    size_t suffix = SIZE_MAX;

    if (has_one(w, 0))
        return 0;
    for (size_t i = 1; i < w->n; i++) {
        if (has_one(w, i) && str_eq(w->steps[i].name, organisation))
            return i;
        if (has_one(w, i) && w->records[i].psd == 'y')
            suffix = i;
    }
    return suffix;
}

/* ---- RFC 7489 ---- */

struct old_rules {
    struct str organisation, at;
    enum dmarc_policy policy;
    const struct dmarc_record *record;
    bool unseen;
};

static const struct dmarc_record *old_record(struct arena *arena, const struct mail_resolver *dns, const struct walk *w,
                                             struct old_rules *old, bool *ret_go_on)
{
    struct dmarc_step extra;
    const struct dmarc_step *step = NULL;
    struct str name = *ret_go_on ? old->organisation : w->domain, unseen = STR_NONE;

    for (size_t i = 0; i < w->n && !step; i++)
        if (str_eq(w->steps[i].name, name))
            step = &w->steps[i];
    if (!step) { /* the walk left it out */
        look_step(arena, dns, name, &extra, &unseen);
        step = &extra;
    }
    old->unseen |= step->outcome == MAIL_FAILED;
    *ret_go_on = step->outcome != MAIL_FAILED && step->records.n == 0;
    if (step->records.n != 1)
        return NULL; /* section 6.6.3 step 5: several end it */
    struct dmarc_record *r = arena_alloc(arena, sizeof *r);
    if (!dmarc_record_parse(arena, step->records.v[0], r))
        return NULL;
    old->at = name;
    return r;
}

static void follow_old_rules(struct arena *arena, const struct mail_resolver *dns, const struct walk *w,
                             struct old_rules *old)
{
    bool go_on = false;

    *old = (struct old_rules){.organisation = name_registrable(arena, w->domain), .at = STR_NONE};
    if (!old->organisation.n)
        old->organisation = w->domain;
    old->record = old_record(arena, dns, w, old, &go_on);
    if (go_on && !str_eq(old->organisation, w->domain))
        old->record = old_record(arena, dns, w, old, &go_on);
    if (old->record)
        old->policy = str_eq(old->at, w->domain) ? old->record->p : old->record->sp;
}

static struct str difference_of_place(struct arena *arena, const struct dmarc_found *f, const struct old_rules *old)
{
    if (!f->has_record)
        return str_fmt(arena,
                       "Receivers that still follow RFC 7489 with the Public Suffix List apply the record at %.*s, "
                       "while those that follow RFC 9989 find none",
                       STR_ARG(old->at));
    if (!old->record)
        return str_fmt(arena,
                       "Receivers that still follow RFC 7489 with the Public Suffix List find no record for %.*s, "
                       "while those that follow RFC 9989 apply the one at %.*s",
                       STR_ARG(f->domain), STR_ARG(f->policy_at));
    return str_fmt(arena,
                   "Receivers that still follow RFC 7489 with the Public Suffix List apply the record at %.*s (%s), "
                   "not the one at %.*s (%s)",
                   STR_ARG(old->at), dmarc_policy_word(old->policy), STR_ARG(f->policy_at),
                   dmarc_policy_word(f->applies));
}

/* One sentence, and only where mail would be treated otherwise. */
static struct str difference_of(struct arena *arena, const struct dmarc_found *f, const struct old_rules *old)
{
    if (old->unseen || (!f->has_record && !old->record))
        return STR_NONE;
    if (!f->has_record || !old->record || !str_eq(old->at, f->policy_at))
        return difference_of_place(arena, f, old);
    if (old->policy != f->applies)
        return str_fmt(arena,
                       "Receivers that still follow RFC 7489 do not know np and treat names that do not exist by %s: "
                       "%s, not %s",
                       old->record->has_sp ? "sp" : "p", dmarc_policy_word(old->policy), dmarc_policy_word(f->applies));
    if (f->record.testing && f->applies != DMARC_NONE)
        return str_fmt(arena,
                       "Receivers that still follow RFC 7489 do not know t=y: they apply %s in full, the others %s",
                       dmarc_policy_word(f->applies), dmarc_policy_word(dmarc_policy_tested(f->applies, true)));
    if (f->record.pct < 100 && f->applies != DMARC_NONE)
        return str_fmt(arena,
                       "Receivers that still follow RFC 7489 apply %s to %d %% of the mail that fails, those that "
                       "follow RFC 9989 to all of it",
                       dmarc_policy_word(f->applies), f->record.pct);
    if (!str_eq(old->organisation, f->organisation))
        return str_fmt(arena,
                       "For alignment, receivers that still follow RFC 7489 take %.*s for the organisational domain "
                       "(Public Suffix List), those that follow RFC 9989 take %.*s",
                       STR_ARG(old->organisation), STR_ARG(f->organisation));
    return STR_NONE;
}

static void apply(struct dmarc_found *f, bool exists)
{
    const struct dmarc_record *r = &f->record;

    if (str_eq(f->policy_at, f->domain)) {
        f->applies = r->p;
        return;
    }
    f->applies = exists ? r->sp : r->np;
    if (!exists && r->has_np)
        f->applies_tag = "np";
    else if (r->has_sp)
        f->applies_tag = "sp";
}

static void keep_steps(struct arena *arena, const struct walk *w, struct dmarc_found *ret)
{
    ret->steps = arena_array(arena, w->n, sizeof *ret->steps);
    ret->n_steps = w->n;
    for (size_t i = 0; i < w->n; i++) {
        ret->steps[i] = w->steps[i];
        ret->several |= w->steps[i].records.n > 1;
    }
}

void dmarc_find(struct arena *arena, const struct mail_resolver *dns, struct str domain, bool exists,
                struct dmarc_found *ret)
{
    struct walk w;
    struct old_rules old;

    *ret = (struct dmarc_found){.domain = normal(arena, domain), .applies_tag = "p"};
    walk_up(arena, dns, ret->domain, &w);
    keep_steps(arena, &w, ret);
    ret->unseen = w.unseen;
    ret->organisation = organisation_of(&w);
    /* A name that failed may hold the record that counts, unless the domain's own, which comes first, was seen. */
    size_t at = !w.unseen.n || has_one(&w, 0) ? policy_step(&w, ret->organisation) : SIZE_MAX;
    if (at != SIZE_MAX) {
        ret->policy_at = w.steps[at].name;
        ret->record = w.records[at];
        ret->has_record = w.usable[at];
        apply(ret, exists);
    }
    follow_old_rules(arena, dns, &w, &old);
    ret->psl_organisation = old.organisation;
    ret->psl_policy_at = old.at;
    if (!w.unseen.n)
        ret->difference = difference_of(arena, ret, &old);
}

struct str dmarc_organisation(struct arena *arena, const struct mail_resolver *dns, struct str domain)
{
    struct walk w;

    walk_up(arena, dns, normal(arena, domain), &w);
    return organisation_of(&w);
}

/* ---- alignment ---- */

enum dmarc_alignment dmarc_alignment(struct arena *arena, const struct mail_resolver *dns, struct str from,
                                     struct str authenticated, bool strict)
{
    from = normal(arena, from);
    authenticated = normal(arena, authenticated);
    if (!from.n || !authenticated.n)
        return DMARC_NOT_ALIGNED;
    if (str_eq(from, authenticated))
        return DMARC_ALIGNED;
    /* An organisational domain holds its names: without even the last label in common there is none. */
    if (strict || !str_eq(last_labels(from, 1), last_labels(authenticated, 1)))
        return DMARC_NOT_ALIGNED;
    struct str organisation = dmarc_organisation(arena, dns, from);
    if (!organisation.n)
        return DMARC_ALIGNMENT_UNSEEN;
    if (!name_is_within(authenticated, organisation))
        return DMARC_NOT_ALIGNED;
    struct str other = dmarc_organisation(arena, dns, authenticated);
    if (!other.n)
        return DMARC_ALIGNMENT_UNSEEN;
    return str_eq(organisation, other) ? DMARC_ALIGNED : DMARC_NOT_ALIGNED;
}

bool dmarc_is_aligned(struct arena *arena, const struct mail_resolver *dns, struct str from, struct str authenticated,
                      bool strict)
{
    return dmarc_alignment(arena, dns, from, authenticated, strict) == DMARC_ALIGNED;
}

/* ---- reports ---- */

struct str dmarc_destination_name(struct arena *arena, struct str domain, const struct dmarc_uri *uri)
{
    return str_fmt(arena, "%.*s._report._dmarc.%.*s", STR_ARG(normal(arena, domain)), STR_ARG(uri->domain));
}

enum dmarc_destination dmarc_destination(struct arena *arena, const struct mail_resolver *dns, struct str domain,
                                         const struct dmarc_uri *uri)
{
    struct mail_answer a;

    if (!uri->domain.n)
        return DMARC_NOT_AUTHORISED;
    enum dmarc_alignment same = dmarc_alignment(arena, dns, domain, uri->domain, false);
    if (same == DMARC_ALIGNED)
        return DMARC_OWN;
    mail_look(dns, arena, dmarc_destination_name(arena, domain, uri), DNS_TXT, &a);
    for (size_t i = 0; i < a.n; i++)
        if (dmarc_is_record(a.v[i].value))
            return DMARC_AUTHORISED;
    if (a.outcome == MAIL_FAILED || same == DMARC_ALIGNMENT_UNSEEN)
        return DMARC_DESTINATION_UNSEEN;
    return DMARC_NOT_AUTHORISED;
}
