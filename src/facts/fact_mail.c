/* The mail engines upon the table of facts. */
#include "facts/fact_mail.h"

#include <string.h>

#include "facts/dns_inside.h"
#include "facts/fact_dns.h"

#define LABEL_MOST 63u
#define NAME_MOST  253u

/* SPF macros make names out of what a stranger wrote. What no zone file of ours could hold does not exist. */
static bool can_be_asked(struct str name)
{
    size_t label = 0;

    if (name.n == 0 || name.n > NAME_MOST)
        return false;
    for (size_t i = 0; i < name.n; i++) {
        char c = name.p[i];
        if (c <= ' ' || c > '~' || strchr("\\\"();@$", c))
            return false;
        label = c == '.' ? 0 : label + 1;
        if (label > LABEL_MOST || (c == '.' && (i == 0 || name.p[i - 1] == '.')))
            return false;
    }
    return true;
}

// NOLINTNEXTLINE(readability-non-const-parameter): ARENA_PUSH writes capacity
static void add_record(struct arena *arena, struct mail_answer *ret, size_t *capacity, const struct dns_rr *rr)
{
    struct mail_record r = {.preference = rr->number, .n_strings = rr->n_strings};

    switch (rr->type) {
    case DNS_A:
    case DNS_AAAA:
    case DNS_TXT: r.value = rr->value; break;
    case DNS_TLSA: r.value = rr->text; break;
    default: r.value = rr->target; break;
    }
    *ARENA_PUSH(arena, ret->v, ret->n, *capacity) = r;
}

static void follow_aliases(struct arena *arena, struct mail_answer *ret, const struct fact_dns *f)
{
    struct str name = f->name;

    for (size_t i = 0; i < f->n_answer && ret->cnames.n < DNS_MOST_ALIASES; i++)
        if (f->answer[i].type == DNS_CNAME && str_eq(f->answer[i].owner, name)) {
            name = f->answer[i].target;
            str_list_add(arena, &ret->cnames, name);
            i = (size_t)-1; /* the chain may stand in any order */
        }
}

static void look(void *context, struct arena *arena, struct str name, enum dns_type type, struct mail_answer *ret)
{
    struct ask *q = context;
    size_t capacity = 0;

    *ret = (struct mail_answer){.outcome = MAIL_NXDOMAIN};
    if (name.n && name.p[name.n - 1] == '.')
        name = str_first(name, name.n - 1);
    if (!can_be_asked(name))
        return;
    const struct fact_dns *f = fact_dns(q, name, (uint16_t)type);
    if (!f) {
        ret->outcome = MAIL_FAILED;
        ret->why = str_dup(arena, str_of(ask_tolerate(q)->text));
        return;
    }
    ret->authenticated = f->authenticated;
    follow_aliases(arena, ret, f);
    for (size_t i = 0; i < f->n_answer; i++)
        if (f->answer[i].type == type)
            add_record(arena, ret, &capacity, &f->answer[i]);
    if (ret->n)
        ret->outcome = MAIL_ANSWER;
    else if (f->outcome != DNS_NXDOMAIN)
        ret->outcome = MAIL_NODATA;
}

static void want(void *context, struct str name, enum dns_type type)
{
    if (name.n && name.p[name.n - 1] == '.')
        name = str_first(name, name.n - 1);
    if (can_be_asked(name))
        fact_dns_want(context, name, (uint16_t)type);
}

struct mail_resolver fact_mail_resolver(struct ask *q)
{
    return (struct mail_resolver){.look = look, .want = want, .context = q};
}
