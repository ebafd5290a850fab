#include "mail_world.h"

#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "facts/fact_dns.h"
#include "facts/fact_zone_file.h"
#include "mail/provider.h"
#include "test.h"

#define DOMAIN "shop.example"

void mail_world_begin(struct mail_world *w, struct str zone)
{
    *w = (struct mail_world){.arena = arena_new(ARENA_MB(64))};
    w->zone = str_dup(w->arena, zone);
    launch_empty(&w->launch, STR(DOMAIN));
}

void mail_world_end(struct mail_world *w)
{
    facts_free(w->facts);
    arena_free(w->arena);
}

void mail_world_sender(struct mail_world *w, struct str id)
{
    str_list_add(w->arena, &w->launch.email.senders, id);
}

void mail_world_selector(struct mail_world *w, struct str selector)
{
    str_list_add(w->arena, &w->launch.email.selectors, str_dup(w->arena, selector));
}

/* ---- answers ---- */

static void push(struct mail_world *w, struct fact_dns *f, const struct dns_rr *rr)
{
    struct dns_rr *v = arena_array(w->arena, f->n_answer + 1, sizeof *v);

    if (f->n_answer)
        memcpy(v, f->answer, f->n_answer * sizeof *v);
    v[f->n_answer++] = *rr;
    f->answer = v;
}

static struct fact_dns *answer(struct mail_world *w, const struct fact_zone_file *z, struct str name, uint16_t type)
{
    struct fact_dns *f = arena_alloc(w->arena, sizeof *f);
    bool exists = false, found = false;
    struct str at = name;

    *f = (struct fact_dns){.name = name, .type = type, .server = STR("192.0.2.1"), .at_s = MAIL_WORLD_NOW};
    for (unsigned hops = 0; hops < 8 && !found; hops++) {
        const struct dns_rr *alias = NULL;
        exists = false;
        for (size_t i = 0; i < z->n_records; i++) {
            const struct dns_rr *rr = &z->records[i];
            exists |= str_eq(rr->owner, at) ||
                      (str_ends(rr->owner, at) && rr->owner.n > at.n && rr->owner.p[rr->owner.n - at.n - 1] == '.');
            if (!str_eq(rr->owner, at))
                continue;
            if (rr->type == type) {
                push(w, f, rr);
                found = true;
            } else if (rr->type == DNS_CNAME) {
                alias = rr;
            }
        }
        if (found || !alias)
            break;
        push(w, f, alias);
        at = alias->target;
    }
    f->outcome = found ? DNS_ANSWER : exists ? DNS_NODATA : DNS_NXDOMAIN;
    f->rcode = f->outcome == DNS_NXDOMAIN ? 3 : 0;
    return f;
}

static void put(struct mail_world *w, struct str key, const struct fact_dns *f)
{
    /* of the many names that do not exist one stands for all */
    bool counts = f->outcome != DNS_NXDOMAIN || str_starts(f->name, STR("pm-bounces")) ||
                  str_starts(f->name, STR("google.")) || str_starts(f->name, STR("lr-no-such"));
    bool silent = counts && ++w->n_put == w->fail_nth;
    struct err err;

    for (size_t i = 0; i < N_OF(w->silent); i++)
        silent |= w->silent[i] && str_eq(key, str_of(w->silent[i]));
    if (!silent) {
        facts_put(w->facts, &dns_kind, key, f);
        return;
    }
    err_set(&err, ERR_DNS_TIMEOUT, "no name server answered in time");
    err_at(&err, "%.*s", STR_ARG(f->name));
    facts_put_err(w->facts, &dns_kind, key, &err);
}

/* ---- every name that may be asked ---- */

static void add(struct mail_world *w, struct str_list *names, struct str host)
{
    struct str name = str_eq(host, STR("@")) ? STR(DOMAIN) : str_fmt(w->arena, "%.*s." DOMAIN, STR_ARG(host));

    if (!str_list_has(names, name))
        str_list_add(w->arena, names, name);
}

static void add_names(struct mail_world *w, struct str_list *names)
{
    const struct providers *all = providers_now();

    add(w, names, STR("@"));
    add(w, names, STR("_dmarc"));
    add(w, names, STR("_mta-sts"));
    add(w, names, STR("_smtp._tls"));
    add(w, names, STR("default._bimi"));
    add(w, names, STR("lr-no-such-selector-7q4x._domainkey"));
    str_list_add(w->arena, names, STR("_dmarc.example"));
    for (size_t i = 0; i < w->launch.email.selectors.n; i++)
        add(w, names, str_fmt(w->arena, "%.*s._domainkey", STR_ARG(w->launch.email.selectors.v[i])));
    for (size_t i = 0; i < all->n; i++) {
        for (size_t s = 0; s < all->v[i].selectors.n; s++)
            add(w, names, str_fmt(w->arena, "%.*s._domainkey", STR_ARG(all->v[i].selectors.v[s])));
        for (size_t r = 0; r < all->v[i].n_records; r++)
            if (!provider_has_blank(all->v[i].records[r].host))
                add(w, names, all->v[i].records[r].host);
    }
}

void mail_world_put(struct mail_world *w)
{
    static const uint16_t types[] = {DNS_TXT, DNS_MX, DNS_A, DNS_AAAA};
    struct fact_zone_file z;
    struct str_list names = {0};
    struct err err;

    w->facts = facts_new(&(struct facts_setup){.launch = &w->launch, .domain = STR(DOMAIN), .now_s = MAIL_WORLD_NOW});
    struct str text = str_fmt(w->arena, "$TTL 300\n@ SOA ns1.dns.example. host 1 1 1 1 300\n%.*s", STR_ARG(w->zone));
    if (!zone_file_read(w->arena, text, STR(DOMAIN), "mail.zone", &z, &err))
        fail_msg("%s (%s) in\n%.*s", err.text, err.cause, STR_ARG(text));
    add_names(w, &names);
    for (size_t i = 0; i < z.n_records; i++)
        if (!str_list_has(&names, z.records[i].owner))
            str_list_add(w->arena, &names, z.records[i].owner);
    for (size_t i = 0; i < names.n; i++)
        for (size_t t = 0; t < N_OF(types); t++)
            put(w, str_fmt(w->arena, "%.*s %.*s", STR_ARG(dns_type_name(w->arena, types[t])), STR_ARG(names.v[i])),
                answer(w, &z, names.v[i], types[t]));
}

/* ---- asking ---- */

const struct fact_senders *mail_world_senders(struct mail_world *w)
{
    struct ask q = facts_ask(w->facts, w->arena);

    return fact_senders(&q, STR(DOMAIN));
}

enum status mail_world_run(struct mail_world *w, const char *id, const struct finding **ret)
{
    static const enum status worst[] = {FAIL, WARN, UNKNOWN};
    const struct check *check = check_by_id(str_of(id));
    struct ask q = facts_ask(w->facts, w->arena);

    assert_non_null(check);
    w->out = (struct findings){.arena = w->arena};
    check_run(check, &q, &w->out);
    assert_true(w->out.n > 0);
    for (size_t s = 0; s < N_OF(worst); s++)
        for (size_t i = 0; i < w->out.n; i++)
            if (w->out.v[i]->status == worst[s]) {
                *ret = w->out.v[i];
                return worst[s];
            }
    *ret = w->out.v[0];
    return w->out.v[0]->status;
}

struct str mail_world_key(struct arena *arena, unsigned bits)
{
    EVP_PKEY *key = EVP_RSA_gen(bits);
    unsigned char *der = NULL;

    assert_non_null(key);
    int n = i2d_PUBKEY(key, &der);
    assert_true(n > 0);
    char *text = arena_alloc(arena, (size_t)n * 2);
    int length = EVP_EncodeBlock((unsigned char *)text, der, n);
    OPENSSL_free(der);
    EVP_PKEY_free(key);
    return str_n(text, (size_t)length);
}
