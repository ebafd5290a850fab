/* The registration: dns.registration-expiry, dns.registrar-lock. */
#include "checks/catalogue.h"
#include "checks/check_dns.h"
#include "core/clock.h"
#include "facts/fact_rdap.h"

#define DAY_S     86400
#define FAIL_DAYS 30
#define WARN_DAYS 60

/* RFC 8056 names of the states in which a registration is about to be lost, or does not work. */
static const struct {
    const char *status, *means;
} lost[] = {
    {"redemption period", "it has expired and can still be bought back, at a price"},
    {"pending delete", "it is about to be deleted and sold to whoever is first"},
    {"client hold", "the registrar has taken it out of the DNS"},
    {"server hold", "the registry has taken it out of the DNS"},
    {"pending restore", "it has expired and is being bought back"},
};

static const struct fact_rdap *registration(struct ask *q)
{
    /* An expired or withheld domain is out of the DNS: the registry is asked whatever the DNS says. */
    const struct fact_addresses *a = fact_addresses(q, q->domain);
    if (!a)
        ask_tolerate(q);
    const struct fact_rdap *r = fact_rdap(q, q->domain);
    if (r && r->found)
        return r;
    if (a && !a->exists) {
        if (!r)
            ask_tolerate(q);
        dns_note_no_name(q, q->domain);
        return NULL;
    }
    if (!r)
        return NULL;
    struct err err;
    err_set(&err, ERR_NEEDS, "the registry knows no registration of %.*s",
            STR_ARG(rdap_registrable(q->arena, q->domain)));
    err_at(&err, "%.*s", STR_ARG(q->domain));
    return ask_note(q, str_fmt(q->arena, "rdap %.*s", STR_ARG(q->domain)), &err);
}

static struct str joined(struct arena *arena, const struct str_list *list)
{
    struct str all = STR_NONE;

    for (size_t i = 0; i < list->n && i < 20; i++)
        all = str_fmt(arena, "%.*s%s%.*s", STR_ARG(all), i ? ", " : "", STR_ARG(list->v[i]));
    return all.n ? all : STR("none");
}

static void show(struct ask *q, struct findings *out, struct finding *f, const struct fact_rdap *r)
{
    if (r->expires_s)
        finding_evidence(out, f, "expires", r->source, r->at_s, "%.*s", STR_ARG(clock_rfc3339(q->arena, r->expires_s)));
    finding_evidence(out, f, "registrar", r->source, r->at_s, "%.*s",
                     STR_ARG(r->registrar.n ? r->registrar : STR("not said")));
    finding_evidence(out, f, "status", r->source, r->at_s, "%.*s", STR_ARG(joined(q->arena, &r->status)));
}

static struct str registrar(const struct fact_rdap *r)
{
    return r->registrar.n ? r->registrar : STR("the registrar");
}

static void say_lost(struct ask *q, struct findings *out, const struct fact_rdap *r)
{
    for (size_t i = 0; i < N_OF(lost); i++) {
        if (!str_list_has(&r->status, str_of(lost[i].status)))
            continue;
        struct finding *f =
            say(out, FAIL, q->domain, "The registration is in \"%s\": %s", lost[i].status, lost[i].means);
        f->key = STR("status");
        show(q, out, f, r);
        finding_fix(out, f,
                    "Log in at %.*s today, or call them: pay what is due or verify the contact data they ask for",
                    STR_ARG(registrar(r)));
        return;
    }
}

void check_dns_registration_expiry(struct ask *q, struct findings *out)
{
    const struct fact_rdap *r = registration(q);

    if (!r)
        return;
    say_lost(q, out, r);
    if (!r->expires_s) {
        struct err err;
        err_set(&err, ERR_NEEDS, "the registry does not publish when %.*s ends", STR_ARG(q->domain));
        err_at(&err, "%.*s", STR_ARG(q->domain));
        ask_note(q, str_fmt(q->arena, "rdap %.*s", STR_ARG(q->domain)), &err);
        return;
    }
    int64_t left_s = r->expires_s - q->now_s, days = left_s / DAY_S;
    if (left_s > (int64_t)WARN_DAYS * DAY_S)
        return;
    struct finding *f;
    if (left_s < 0)
        f = say(out, FAIL, q->domain, "The registration ended %lld days ago", (long long)-days);
    else
        f = say(out, left_s < (int64_t)FAIL_DAYS * DAY_S ? FAIL : WARN, q->domain, "The registration ends in %lld days",
                (long long)days);
    f->key = STR("expiry");
    show(q, out, f, r);
    finding_expected(out, f, "more than %d days", WARN_DAYS);
    finding_fix(out, f, "At %.*s renew %.*s, turn automatic renewal on, and see that the card on file outlives it",
                STR_ARG(registrar(r)), STR_ARG(q->domain));
}

void check_dns_registrar_lock(struct ask *q, struct findings *out)
{
    const struct fact_rdap *r = registration(q);

    if (!r || str_list_has(&r->status, STR("client transfer prohibited")) ||
        str_list_has(&r->status, STR("server transfer prohibited")))
        return;
    struct str tld = q->domain;
    for (size_t dot; (dot = str_find_char(tld, '.')) != SIZE_MAX;)
        tld = str_from(tld, dot + 1);
    if (r->status.n == 0 ||
        (tld.n == 2 && !str_list_has(&r->status, STR("client update prohibited")) && r->status.n == 1)) {
        struct err err;
        err_set(&err, ERR_NEEDS, "the registry of .%.*s does not publish transfer locks", STR_ARG(tld));
        err_at(&err, "%.*s", STR_ARG(q->domain));
        ask_note(q, str_fmt(q->arena, "rdap %.*s", STR_ARG(q->domain)), &err);
        return;
    }
    struct finding *f =
        say(out, FAIL, q->domain, "Nothing stops a transfer of %.*s to another owner", STR_ARG(q->domain));
    show(q, out, f, r);
    finding_expected(out, f, "client transfer prohibited");
    finding_fix(out, f, "At %.*s turn the transfer lock on (\"domain lock\", \"registrar lock\")",
                STR_ARG(registrar(r)));
}
