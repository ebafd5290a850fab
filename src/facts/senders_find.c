/* The senders: from the MX, the SPF record, the DKIM keys and the launch file. */
#include <string.h>

#include "facts/senders_inside.h"
#include "launch/launch.h"
#include "launch/name.h"

#define SENDERS_MOST 60u

/* One for each provider, the surest sign kept. */
static struct sender *add_provider(struct senders_look *l, const struct provider *p, enum sender_sign sign,
                                   struct str evidence)
{
    struct sender *s = NULL;

    for (size_t i = 0; i < l->s->n && !s; i++)
        if (l->s->v[i].provider == p)
            s = &l->s->v[i];
    if (!s) {
        s = ARENA_PUSH(l->arena, l->s->v, l->s->n, l->senders_capacity);
        *s = (struct sender){.provider = p, .id = p->id, .name = p->name, .sign = sign, .evidence = evidence};
    } else if (sign < s->sign) {
        s->sign = sign;
        s->evidence = evidence;
    }
    return s;
}

static struct sender *add_stranger(struct senders_look *l, struct str domain, enum sender_sign sign,
                                   struct str evidence)
{
    for (size_t i = 0; i < l->s->n; i++)
        if (!l->s->v[i].provider && str_eq_nocase(l->s->v[i].id, domain))
            return &l->s->v[i];
    struct sender *s = ARENA_PUSH(l->arena, l->s->v, l->s->n, l->senders_capacity);
    *s = (struct sender){.id = domain, .name = domain, .sign = sign, .evidence = evidence};
    return s;
}

static struct str organisation(const struct senders_look *l, struct str name)
{
    struct str o = name_registrable(l->arena, str_lower(l->arena, name));

    return o.n ? o : name;
}

/* ---- MX ---- */

static void find_mx(struct senders_look *l)
{
    struct mail_answer a;

    mail_look(&l->dns, l->arena, l->s->domain, DNS_MX, &a);
    l->s->mx_unseen = a.outcome == MAIL_FAILED;
    for (size_t i = 0; i < a.n && i < SENDERS_MOST; i++) {
        struct str target = a.v[i].value;
        str_list_add(l->arena, &l->s->mx, target);
        if (!target.n) {
            l->s->null_mx = true;
            continue;
        }
        const struct provider *p = provider_by_mx(l->all, target);
        struct str evidence = str_fmt(l->arena, "MX %.*s", STR_ARG(target));
        struct sender *s =
            p ? add_provider(l, p, SIGN_MX, evidence) : add_stranger(l, organisation(l, target), SIGN_MX, evidence);
        s->receives = true;
    }
}

/* ---- SPF ---- */

static void add_include(struct senders_look *l, struct str target, unsigned look_ups)
{
    const struct provider *p = provider_by_spf(l->all, target);
    struct str evidence = str_fmt(l->arena, "SPF include:%.*s", STR_ARG(target)), org = organisation(l, target);
    struct sender *s = NULL;

    if (p) {
        s = add_provider(l, p, SIGN_SPF, evidence);
        s->include_wasted = p->include_wasted;
    } else if (!str_eq_nocase(org, organisation(l, l->s->domain))) {
        s = add_stranger(l, org, SIGN_SPF, evidence);
        s->own_host = s->receives;
        if (!s->receives)
            str_list_add(l->arena, &l->s->unknown_includes, target);
    }
    if (!s)
        return;
    s->include_look_ups += look_ups;
    if (!s->include || s->include_wasted)
        s->include_target = target;
    s->include = true;
}

/* An include of the domain's own names is a part of its record: what stands in it counts as if it stood here. */
static void walk_record(struct senders_look *l, const struct spf_node *node, unsigned depth)
{
    for (size_t i = 0; node && i < node->n_terms && l->s->n < SENDERS_MOST; i++) {
        const struct spf_term *t = &node->terms[i];
        struct str text = t->text;
        if (text.n && strchr("+-~?", text.p[0]))
            text = str_from(text, 1);
        bool is_include = str_starts_nocase(text, STR("include:")),
             is_redirect = str_starts_nocase(text, STR("redirect="));
        if (!is_include && !is_redirect)
            continue;
        struct str target = t->target.n ? t->target : str_from(text, is_include ? 8 : 9);
        if (name_is_within(str_lower(l->arena, target), l->s->domain) && depth)
            walk_record(l, t->record, depth - 1);
        else
            add_include(l, str_lower(l->arena, target), t->look_ups);
    }
}

static void find_spf(struct senders_look *l)
{
    if (l->s->spf->tree) {
        walk_record(l, l->s->spf->tree, 3);
        return;
    }
    for (size_t r = 0; r < l->s->spf->records.n; r++) { /* several: broken, but they say who was meant */
        struct str_list list = provider_includes(l->arena, l->s->spf->records.v[r]);
        for (size_t i = 0; i < list.n && l->s->n < SENDERS_MOST; i++)
            add_include(l, str_lower(l->arena, list.v[i]), 1);
    }
}

/* ---- keys, and the launch file ---- */

static void find_by_keys(struct senders_look *l)
{
    for (size_t i = 0; i < l->s->n_keys; i++) {
        const struct found_key *k = &l->s->keys[i];
        if (!k->provider || k->state == KEY_ABSENT || k->state == KEY_UNSEEN)
            continue;
        struct str evidence = k->by_cname ? str_fmt(l->arena, "%.*s._domainkey is a CNAME to %.*s",
                                                    STR_ARG(k->selector), STR_ARG(k->cnames.v[0]))
                                          : str_fmt(l->arena, "a key at %.*s._domainkey", STR_ARG(k->selector));
        struct sender *s = add_provider(l, k->provider, k->by_cname ? SIGN_DKIM_TARGET : SIGN_SELECTOR, evidence);
        s->n_keys += found_key_works(k);
    }
}

/* ---- return paths of those that no selector shows ---- */

/* No selector at the domain itself shows it: they differ for each account, or stand below a host of its own. */
static bool is_hidden(const struct provider *p)
{
    bool below = false;

    for (size_t i = 0; i < p->n_records; i++)
        below |= str_has(p->records[i].host, STR("._domainkey."));
    return p->return_hosts.n && (!p->selectors.n || below);
}

void senders_want_hosts(const struct senders_look *l)
{
    for (size_t i = 0; i < l->all->n; i++)
        if (is_hidden(&l->all->v[i]))
            mail_want(&l->dns, senders_name(l, l->all->v[i].return_hosts.v[0]), DNS_MX);
}

static bool shows_provider(const struct senders_look *l, const struct provider *p, const struct mail_answer *a)
{
    for (size_t i = 0; i < a->cnames.n; i++)
        if (provider_by_return_target(l->all, a->cnames.v[i]) == p)
            return true;
    for (size_t i = 0; !a->cnames.n && i < a->n; i++)
        for (size_t r = 0; r < p->n_records; r++)
            if (str_eq(p->records[r].type, STR("MX")) && str_eq(p->records[r].host, p->return_hosts.v[0]) &&
                senders_fits_blanks(p->records[r].value, a->v[i].value))
                return true;
    return false;
}

static void find_by_hosts(struct senders_look *l)
{
    for (size_t i = 0; i < l->all->n && l->s->n < SENDERS_MOST; i++) {
        const struct provider *p = &l->all->v[i];
        struct mail_answer a;
        if (!is_hidden(p))
            continue;
        struct str host = senders_name(l, p->return_hosts.v[0]);
        mail_look(&l->dns, l->arena, host, DNS_MX, &a);
        l->s->n_asked++;
        if (a.outcome == MAIL_FAILED && !l->s->n_unseen++)
            l->s->unseen_why = a.why;
        if (!shows_provider(l, p, &a))
            continue;
        struct sender *s = add_provider(l, p, SIGN_RETURN_PATH, str_fmt(l->arena, "return path %.*s", STR_ARG(host)));
        if (a.cnames.n) { /* SPF is looked for behind the alias too; without one its own record decides */
            s->return_path = true;
            s->return_host = host;
        }
    }
}

/* The keys of the one through whose machines it goes. */
static void share_keys(struct senders_look *l)
{
    for (size_t i = 0; i < l->s->n; i++) {
        struct sender *s = &l->s->v[i];
        const struct provider *through = NULL;
        for (size_t r = 0; s->provider && !s->n_keys && !through && r < s->provider->n_records; r++)
            if (str_has(s->provider->records[r].host, STR("._domainkey")))
                through = provider_by_dkim_target(l->all, s->provider->records[r].value);
        for (size_t k = 0; through && through != s->provider && k < l->s->n_keys; k++)
            s->n_keys += l->s->keys[k].provider == through && found_key_works(&l->s->keys[k]);
    }
}

static void find_declared(struct senders_look *l)
{
    const struct str_list *declared = &l->q->launch->email.senders;

    for (size_t i = 0; i < declared->n && l->s->n < SENDERS_MOST; i++) {
        const struct provider *p = provider_by_id(l->all, declared->v[i]);
        struct sender *s = p ? add_provider(l, p, SIGN_DECLARED, STR("email.senders"))
                             : add_stranger(l, declared->v[i], SIGN_DECLARED, STR("email.senders"));
        s->declared = true;
    }
}

/* A key at a name that anybody may use ("default", "mail") is that of a sender who uses the name, when only one of
 * those that are known by another sign does. Not when that one's record there would be a CNAME, unless an edge hides
 * what it is. */
static bool uses_name(const struct provider *p, struct str selector, bool hidden)
{
    if (!p || !str_list_has_nocase(&p->selectors, selector))
        return false;
    for (size_t r = 0; r < p->n_records; r++) {
        size_t at = str_find(p->records[r].host, STR("._domainkey"));
        if (at == selector.n && str_eq_nocase(str_first(p->records[r].host, at), selector))
            return hidden || str_eq(p->records[r].type, STR("TXT"));
    }
    return true;
}

static void give_keys_at_common_names(struct fact_senders *all)
{
    for (size_t k = 0; k < all->n_keys; k++) {
        struct found_key *key = &all->keys[k];
        struct sender *only = NULL;
        size_t n = 0;
        if (key->provider || key->cnames.n || key->state == KEY_ABSENT)
            continue;
        for (size_t i = 0; i < all->n; i++)
            if (uses_name(all->v[i].provider, key->selector, key->state == KEY_PROXIED)) {
                only = &all->v[i];
                n++;
            }
        if (n != 1)
            continue;
        key->provider = only->provider;
        only->n_keys += found_key_works(key);
    }
}

/* ---- paths ---- */

static bool has_loose_key(const struct fact_senders *all)
{
    for (size_t i = 0; i < all->n_keys; i++)
        if (!all->keys[i].provider && found_key_works(&all->keys[i]))
            return true;
    return false;
}

static void judge_paths(struct fact_senders *all, struct sender *s)
{
    const struct provider *p = s->provider;
    bool include = s->include && all->spf && !spf_survey_is_permerror(all->spf); /* a broken record lets nobody pass */
    bool strict_spf = all->dmarc && all->dmarc->has_record && all->dmarc->record.strict_spf;

    if (!p) { /* its own mail server, or a stranger: an include counts when it receives too */
        if (s->own_host && include)
            s->passes |= PATH_SPF_APEX;
        if (s->own_host && has_loose_key(all))
            s->passes |= PATH_DKIM;
        return;
    }
    if (s->n_keys && (p->paths & PATH_DKIM))
        s->passes |= PATH_DKIM;
    if (include && (p->paths & PATH_SPF_APEX))
        s->passes |= PATH_SPF_APEX;
    if (s->return_path && (p->paths & PATH_SPF_RETURN_PATH) && !strict_spf)
        s->passes |= PATH_SPF_RETURN_PATH;
}

/* Keys at a provider's own sending host ("pdk1._domainkey.mg"). */
static void count_keys_below(struct sender *s)
{
    for (size_t i = 0; i < s->n_records && !s->n_keys; i++) {
        const struct sender_record *r = &s->records[i];
        s->n_keys += r->state == RECORD_PRESENT && str_has(r->host, STR("._domainkey."));
    }
}

static void show_return_path(struct senders_look *l, struct sender *s)
{
    if (s->return_path && s->sign > SIGN_RETURN_PATH) {
        s->sign = SIGN_RETURN_PATH;
        s->evidence = str_fmt(l->arena, "return path %.*s", STR_ARG(s->return_host));
    }
}

void senders_find(struct senders_look *l)
{
    find_mx(l);
    find_spf(l);
    find_by_keys(l);
    find_by_hosts(l);
    find_declared(l);
    give_keys_at_common_names(l->s);
    share_keys(l);
    for (size_t i = 0; i < l->s->n; i++)
        senders_match_records(l, &l->s->v[i]);
    for (size_t i = 0; i < l->s->n; i++) {
        count_keys_below(&l->s->v[i]);
        show_return_path(l, &l->s->v[i]);
        judge_paths(l->s, &l->s->v[i]);
    }
}

/* ---- for people ---- */

struct str sender_path_text(struct arena *arena, const struct sender *s)
{
    struct str text = STR_NONE;

    if (s->passes & PATH_DKIM)
        text = s->n_keys > 1 ? str_fmt(arena, "DKIM (%zu keys)", s->n_keys) : STR("DKIM");
    if (s->passes & PATH_SPF_RETURN_PATH)
        text = str_fmt(arena, "%.*s%sSPF by its return path %.*s", STR_ARG(text), text.n ? " and " : "",
                       STR_ARG(s->return_host));
    if (s->passes & PATH_SPF_APEX)
        text = str_fmt(arena, "%.*s%sSPF by include:%.*s", STR_ARG(text), text.n ? " and " : "",
                       STR_ARG(s->include_target));
    return text.n ? text : STR("nothing that can be seen");
}
