/* DKIM keys: every well-known selector and every declared one, asked for at once. */
#include "facts/senders_inside.h"
#include "launch/launch.h"

#define DECLARED_MOST 40u

/* Nobody has made it: what it answers comes from a wildcard. */
static const struct str random_label = {"lr-no-such-selector-7q4x", 24};

static struct str key_name(const struct senders_look *l, struct str selector)
{
    return str_fmt(l->arena, "%.*s._domainkey.%.*s", STR_ARG(selector), STR_ARG(l->s->domain));
}

/* The declared ones first: they are the ones that matter. */
static struct str_list list_selectors(const struct senders_look *l)
{
    const struct str_list *declared = &l->q->launch->email.selectors;
    struct str_list list = {0};

    for (size_t i = 0; i < declared->n && i < DECLARED_MOST; i++)
        if (!str_list_has_nocase(&list, declared->v[i]))
            str_list_add(l->arena, &list, str_lower(l->arena, declared->v[i]));
    for (size_t p = 0; p < l->all->n; p++)
        for (size_t i = 0; i < l->all->v[p].selectors.n; i++)
            if (!str_list_has_nocase(&list, l->all->v[p].selectors.v[i]))
                str_list_add(l->arena, &list, l->all->v[p].selectors.v[i]);
    return list;
}

void senders_want_keys(const struct senders_look *l)
{
    struct str_list list = list_selectors(l);

    mail_want(&l->dns, key_name(l, random_label), DNS_TXT);
    for (size_t i = 0; i < list.n; i++)
        mail_want(&l->dns, key_name(l, list.v[i]), DNS_TXT);
}

static void name_owner(const struct senders_look *l, struct found_key *k)
{
    for (size_t i = 0; i < k->cnames.n && !k->provider; i++)
        k->provider = provider_by_dkim_target(l->all, k->cnames.v[i]);
    k->by_cname = k->provider != NULL;
    if (!k->provider)
        k->provider = provider_by_selector(l->all, k->selector);
}

static bool is_key_record(struct str text)
{
    return str_has_nocase(text, STR("p=")) || str_starts_nocase(text, STR("v=DKIM1"));
}

/* The one that looks like a key, if there is one: a name may have other texts. */
static struct str choose_text(const struct mail_answer *a)
{
    for (size_t i = 0; i < a->n; i++)
        if (is_key_record(a->v[i].value))
            return a->v[i].value;
    return a->v[0].value;
}

static void judge_empty(struct senders_look *l, struct found_key *k, const struct mail_answer *a)
{
    bool unseen = false;

    k->state = a->cnames.n ? KEY_DANGLING : KEY_ABSENT;
    if (a->outcome != MAIL_NODATA || a->cnames.n)
        return;
    if (!k->declared && l->vague)
        return;
    if (senders_is_proxied(l, k->name, &k->address, &k->edge, &unseen))
        k->state = KEY_PROXIED;
    else if (unseen) {
        k->state = KEY_UNSEEN;
        k->why = STR("its addresses could not be looked up");
        if (!l->s->n_unseen++)
            l->s->unseen_why = k->why;
    }
}

static bool is_wildcard_answer(const struct mail_answer *wild, const struct mail_answer *a)
{
    if (wild->outcome == MAIL_NXDOMAIN || wild->outcome == MAIL_FAILED)
        return false;
    if (wild->n && a->n)
        return str_eq(wild->v[0].value, a->v[0].value);
    return wild->cnames.n && a->cnames.n && str_eq(wild->cnames.v[0], a->cnames.v[0]);
}

static void keep_key(struct senders_look *l, struct str selector, bool declared, const struct mail_answer *wild)
{
    struct found_key k = {.selector = selector, .name = key_name(l, selector), .declared = declared};
    struct mail_answer a;

    mail_look(&l->dns, l->arena, k.name, DNS_TXT, &a);
    l->s->n_asked++;
    if (a.outcome == MAIL_FAILED) {
        if (!l->s->n_unseen++)
            l->s->unseen_why = a.why;
        k.state = KEY_UNSEEN;
        k.why = a.why;
    } else if (!declared && is_wildcard_answer(wild, &a)) {
        return;
    } else {
        k.cnames = a.cnames;
        if (a.n) {
            k.text = choose_text(&a);
            k.n_texts = a.n;
            dkim_key_parse(l->arena, k.text, &k.key);
        } else {
            judge_empty(l, &k, &a);
        }
    }
    name_owner(l, &k);
    bool nothing = k.state == KEY_ABSENT || k.state == KEY_UNSEEN || (k.n_texts && !is_key_record(k.text));
    if (declared || !nothing)
        *ARENA_PUSH(l->arena, l->s->keys, l->s->n_keys, l->keys_capacity) = k;
}

void senders_find_keys(struct senders_look *l)
{
    size_t n_declared = l->q->launch->email.selectors.n;
    struct str_list list = list_selectors(l);
    struct mail_answer wild;

    mail_look(&l->dns, l->arena, key_name(l, random_label), DNS_TXT, &wild);
    l->s->wildcard = wild.n > 0 || wild.cnames.n > 0;
    l->vague = wild.outcome != MAIL_NXDOMAIN;
    if (wild.outcome == MAIL_FAILED && !l->s->n_unseen++)
        l->s->unseen_why = wild.why;
    for (size_t i = 0; i < list.n; i++)
        keep_key(l, list.v[i], n_declared && str_list_has_nocase(&l->q->launch->email.selectors, list.v[i]), &wild);
}

bool found_key_works(const struct found_key *k)
{
    return k->state == KEY_PRESENT && k->key.flaw == DKIM_KEY_FINE;
}
