/* Where a name leads: its IPv4 and IPv6 addresses and the aliases on the way. */
#include <string.h>

#include "facts/dns_inside.h"
#include "facts/fact_dns.h"

#define ADDRESSES_MOST 64u

static void add_addresses(struct fact_addresses *a, const struct fact_dns *f, uint16_t type)
{
    for (size_t i = 0; f && i < f->n_answer && a->n_v < 2 * ADDRESSES_MOST; i++) {
        const struct dns_rr *rr = &f->answer[i];
        if (rr->type == type && rr->value.n)
            a->v[a->n_v++] = (struct dns_address){rr->value, type == DNS_AAAA, rr->ttl_s};
    }
}

/* The chain from the name on, as the answer tells it. */
static void add_aliases(struct ask *q, struct fact_addresses *a, const struct fact_dns *f)
{
    struct str name = f->name;
    bool found = true;

    while (found && a->cnames.n < DNS_MOST_ALIASES) {
        found = false;
        for (size_t i = 0; i < f->n_answer && !found; i++)
            if (f->answer[i].type == DNS_CNAME && str_eq(f->answer[i].owner, name)) {
                name = f->answer[i].target;
                str_list_add(q->arena, &a->cnames, name);
                found = true;
            }
    }
}

static bool look_addresses(const struct observer *outside, struct ask *q, struct str key, void *ret, struct err *reterr)
{
    struct fact_addresses *a = ret;

    (void)outside;
    fact_dns_want(q, key, DNS_AAAA);
    const struct fact_dns *v4 = fact_dns(q, key, DNS_A), *v6 = fact_dns(q, key, DNS_AAAA);
    if (!v4 && !v6)
        return ask_failed(q, reterr);
    a->v = arena_array(q->arena, (size_t)2 * ADDRESSES_MOST, sizeof *a->v);
    add_addresses(a, v4, DNS_A);
    add_addresses(a, v6, DNS_AAAA);
    if (v4)
        add_aliases(q, a, v4);
    if (v6 && !a->cnames.n)
        add_aliases(q, a, v6);
    a->exists = (v4 && v4->outcome != DNS_NXDOMAIN) || (v6 && v6->outcome != DNS_NXDOMAIN) || a->cnames.n;
    a->partial = !v4 || !v6;
    return true;
}

const struct fact_kind addresses_kind = {"addresses", 12, sizeof(struct fact_addresses), 0, look_addresses, NULL, NULL};

const struct fact_addresses *fact_addresses(struct ask *q, struct str host)
{
    return facts_get(q, &addresses_kind, dns_name_plain(q->arena, host));
}

void fact_addresses_want(struct ask *q, struct str host)
{
    facts_want(q, &addresses_kind, dns_name_plain(q->arena, host));
}

struct str fact_address_first(const struct fact_addresses *a, bool v6)
{
    for (size_t i = 0; a && i < a->n_v; i++)
        if (a->v[i].is_v6 == v6)
            return a->v[i].ip;
    return STR_NONE;
}
