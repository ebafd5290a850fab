/* Is each record that a provider needs in the DNS? */
#include <string.h>

#include "facts/senders_inside.h"

static bool is_key_host(struct str host)
{
    return str_has(host, STR("_domainkey"));
}

static struct str selector_of(struct str host)
{
    size_t at = str_find(host, STR("._domainkey"));

    return at == SIZE_MAX ? STR_NONE : str_first(host, at);
}

static const struct found_key *key_at(const struct fact_senders *s, struct str selector)
{
    for (size_t i = 0; i < s->n_keys; i++)
        if (str_eq_nocase(s->keys[i].selector, selector))
            return &s->keys[i];
    return NULL;
}

/* What a name holds instead of the key. */
static void match_missing_name(struct senders_look *l, struct sender_record *r)
{
    struct str edge = STR_NONE, address = STR_NONE;
    bool unseen = false;

    r->state = RECORD_ABSENT;
    if (senders_is_proxied(l, r->name, &address, &edge, &unseen)) {
        r->state = RECORD_PROXIED;
        r->seen = str_fmt(l->arena, "%.*s (%.*s)", STR_ARG(address), STR_ARG(edge));
    } else if (unseen) {
        r->state = RECORD_UNSEEN;
    }
}

static void take_key(struct senders_look *l, const struct sender *s, struct sender_record *r, const struct found_key *k)
{
    switch (k->state) {
    case KEY_PRESENT:
        r->state = k->provider == s->provider ? RECORD_PRESENT : RECORD_OTHER;
        if (!k->provider && (k->cnames.n || str_eq(r->wanted->type, STR("TXT"))))
            r->state = RECORD_PRESENT; /* through a name of its that the table does not know yet */
        r->seen = k->cnames.n ? k->cnames.v[0] : k->text;
        break;
    case KEY_DANGLING:
        r->state = k->provider == s->provider ? RECORD_PRESENT : RECORD_OTHER;
        r->seen = k->cnames.v[0];
        break;
    case KEY_PROXIED:
        r->state = RECORD_PROXIED;
        r->seen = str_fmt(l->arena, "%.*s (%.*s)", STR_ARG(k->address), STR_ARG(k->edge));
        break;
    case KEY_UNSEEN: r->state = RECORD_UNSEEN; break;
    case KEY_ABSENT: r->state = RECORD_ABSENT; break;
    }
}

static void match_key(struct senders_look *l, const struct sender *s, struct sender_record *r)
{
    const struct found_key *k = key_at(l->s, selector_of(r->host));
    struct mail_answer a;

    if (k) {
        take_key(l, s, r, k);
        return;
    }
    mail_look(&l->dns, l->arena, r->name, DNS_TXT, &a);
    if (a.outcome == MAIL_FAILED)
        r->state = RECORD_UNSEEN;
    else if (a.n || a.cnames.n)
        r->state = RECORD_PRESENT;
    else if (a.outcome == MAIL_NODATA)
        match_missing_name(l, r);
    else
        r->state = RECORD_ABSENT;
}

static bool includes_all(struct senders_look *l, struct str wanted, struct str record)
{
    struct str_list need = provider_includes(l->arena, wanted), have = provider_includes(l->arena, record);

    for (size_t i = 0; i < need.n; i++)
        if (!str_list_has_nocase(&have, need.v[i]))
            return false;
    return true;
}

static void match_spf(struct senders_look *l, const struct sender *s, struct sender_record *r)
{
    struct mail_answer a;

    if (str_eq(r->host, STR("@"))) {
        r->state = s->include ? RECORD_PRESENT : RECORD_ABSENT;
        return;
    }
    mail_look(&l->dns, l->arena, r->name, DNS_TXT, &a);
    r->state = a.outcome == MAIL_FAILED ? RECORD_UNSEEN : RECORD_ABSENT;
    for (size_t i = 0; i < a.n && r->state != RECORD_PRESENT; i++) {
        if (!spf_is_record(a.v[i].value))
            continue;
        r->seen = a.v[i].value;
        r->state = includes_all(l, r->value, a.v[i].value) ? RECORD_PRESENT : RECORD_OTHER;
    }
}

/* "feedback-smtp.{region}.amazonses.com" and "feedback-smtp.eu-west-1.amazonses.com". */
bool senders_fits_blanks(struct str wanted, struct str seen)
{
    size_t open = str_find_char(wanted, '{'), close = str_find_char(wanted, '}');

    if (open == SIZE_MAX || close == SIZE_MAX || close < open)
        return str_eq_nocase(wanted, seen);
    if (!str_starts_nocase(seen, str_first(wanted, open)))
        return false;
    struct str rest = str_from(wanted, close + 1);
    seen = str_from(seen, open);
    if (str_find_char(rest, '{') == SIZE_MAX)
        return seen.n > rest.n && str_ends_nocase(seen, rest);
    for (size_t n = 1; n <= seen.n && n < 64; n++)
        if (senders_fits_blanks(rest, str_from(seen, n)))
            return true;
    return false;
}

/* A CNAME for bounces: asked for as MX, which shows the alias as well, and the addresses of a proxied one. */
static void match_host(struct senders_look *l, const struct sender *s, struct sender_record *r)
{
    bool alias = str_eq(r->wanted->type, STR("CNAME"));
    struct mail_answer a;

    mail_look(&l->dns, l->arena, r->name, DNS_MX, &a);
    if (a.outcome == MAIL_FAILED) {
        r->state = RECORD_UNSEEN;
        return;
    }
    r->state = RECORD_ABSENT;
    for (size_t i = 0; i < a.cnames.n && r->state != RECORD_PRESENT; i++) {
        bool own = senders_fits_blanks(r->value, a.cnames.v[i]) ||
                   provider_by_return_target(l->all, a.cnames.v[i]) == s->provider;
        r->seen = a.cnames.v[0];
        r->state = own ? RECORD_PRESENT : RECORD_OTHER;
    }
    for (size_t i = 0; !alias && i < a.n && r->state != RECORD_PRESENT; i++) {
        r->seen = a.v[i].value;
        r->state = senders_fits_blanks(r->value, a.v[i].value) ? RECORD_PRESENT : RECORD_OTHER;
    }
    if (alias && r->state == RECORD_ABSENT && a.n) { /* as the provider's own MX would: a copy of what is behind */
        r->state = RECORD_OTHER;
        r->seen = a.v[0].value;
    }
    if (alias && r->state == RECORD_ABSENT && a.outcome == MAIL_NODATA)
        match_missing_name(l, r);
}

static void match_apex_mx(const struct sender *s, const struct fact_senders *all, struct sender_record *r)
{
    r->state = s->receives ? RECORD_PRESENT : all->mx_unseen ? RECORD_UNSEEN : RECORD_ABSENT;
}

static void match_record(struct senders_look *l, struct sender *s, struct sender_record *r)
{
    if (provider_has_blank(r->host))
        r->state = RECORD_HIDDEN;
    else if (is_key_host(r->host))
        match_key(l, s, r);
    else if (str_eq(r->wanted->type, STR("TXT")))
        match_spf(l, s, r);
    else if (str_eq(r->host, STR("@")))
        match_apex_mx(s, l->s, r);
    else
        match_host(l, s, r);
    bool decides = !str_eq(r->wanted->type, STR("MX")); /* bounces may go anywhere: SPF is what aligns */
    if (r->state == RECORD_PRESENT && decides && !is_key_host(r->host) && !str_eq(r->host, STR("@")) &&
        !s->return_path) {
        s->return_path = true;
        s->return_host = r->name;
    }
}

/* Without these its mail does not pass; the domain's own MX may go to somebody else. */
static bool matters(const struct sender_record *r)
{
    return r->wanted->needed && !(str_eq(r->host, STR("@")) && str_eq(r->wanted->type, STR("MX")));
}

static void want_record(const struct senders_look *l, const struct sender_record *r)
{
    if (provider_has_blank(r->host) || str_eq(r->host, STR("@")))
        return;
    mail_want(&l->dns, r->name, is_key_host(r->host) || str_eq(r->wanted->type, STR("TXT")) ? DNS_TXT : DNS_MX);
}

void senders_match_records(struct senders_look *l, struct sender *s)
{
    const struct provider *p = s->provider;

    if (!p)
        return;
    s->records = arena_array(l->arena, p->n_records + 1, sizeof *s->records);
    for (size_t i = 0; i < p->n_records; i++) {
        struct sender_record *r = &s->records[s->n_records++];
        r->wanted = &p->records[i];
        r->host = p->records[i].host;
        r->name = senders_name(l, r->host);
        r->value = provider_fill(l->arena, p->records[i].value, l->s->domain);
        r->seen = STR_NONE;
        want_record(l, r);
    }
    for (size_t i = 0; i < s->n_records; i++)
        match_record(l, s, &s->records[i]);
    /* A key under another selector does as well. */
    for (size_t i = 0; i < s->n_records; i++) {
        struct sender_record *r = &s->records[i];
        if (is_key_host(r->host) && s->n_keys && (r->state == RECORD_ABSENT || r->state == RECORD_OTHER) &&
            str_eq(r->wanted->type, STR("TXT")))
            r->state = RECORD_PRESENT;
        if (!matters(r))
            continue;
        s->n_missing += r->state == RECORD_ABSENT || r->state == RECORD_PROXIED;
        s->unseen |= r->state == RECORD_UNSEEN;
    }
}
