/* fold.c - one cause, one line: what could not be looked at because of a failure goes under that failure. */
#include "audit/audit_inside.h"

/* Which failures explain which kind of blindness, at the same host. */
static const struct {
    enum err_kind kind;
    const char *causes[5];
} explains[] = {
    {ERR_NO_NAME, {"dns.apex-resolves", "dns.www-resolves", "routes.subdomain-map", "dns.dangling", NULL}},
    {ERR_DNS_TIMEOUT, {"dns.delegation", "dns.apex-resolves", NULL}},
    {ERR_DNS_FAILED, {"dns.dnssec", "dns.delegation", "dns.cname-conflict", "dns.apex-resolves", NULL}},
    {ERR_REFUSED, {"routes.reachable", "dns.ipv6", NULL}},
    {ERR_TIMEOUT, {"routes.reachable", "dns.ipv6", NULL}},
    {ERR_RESET, {"routes.reachable", "tls.valid", NULL}},
    {ERR_TLS, {"tls.valid", "tls.expiry", "tls.chain", "tls.revoked", NULL}},
    {ERR_PROTOCOL, {"routes.chain-length", "routes.reachable", NULL}},
    {ERR_BLOCKED, {"dns.private-address", NULL}},
};

struct str audit_host_of(struct str subject)
{
    size_t scheme = str_find(subject, STR("://"));
    struct str host = scheme == SIZE_MAX ? subject : str_from(subject, scheme + 3);

    for (size_t i = 0; i < host.n; i++)
        if (host.p[i] == '/' || host.p[i] == ' ' || host.p[i] == '?' || host.p[i] == '#' ||
            (host.p[i] == ':' && host.p[0] != '['))
            return str_first(host, i);
    return host;
}

static struct finding *failure_of(const struct audit *a, const char *id, struct str host)
{
    for (size_t i = 0; i < a->n_findings; i++) {
        struct finding *f = a->findings[i];
        if (f->status == FAIL && str_eq(str_of(f->check->id), str_of(id)) &&
            str_eq_nocase(audit_host_of(f->subject), host))
            return f;
    }
    return NULL;
}

static struct finding *cause_of(const struct audit *a, const struct finding *f)
{
    struct str host = audit_host_of(f->unseen_place);

    for (size_t i = 0; i < N_OF(explains); i++) {
        if (explains[i].kind != f->unseen_kind)
            continue;
        for (size_t c = 0; explains[i].causes[c]; c++) {
            struct finding *cause = failure_of(a, explains[i].causes[c], host);
            if (cause && cause != f)
                return cause;
        }
    }
    return NULL;
}

void audit_fold(struct audit *a)
{
    for (size_t i = 0; i < a->n_findings; i++) {
        struct finding *f = a->findings[i];
        struct finding *cause = f->status == UNKNOWN ? cause_of(a, f) : NULL;
        if (!cause)
            continue;
        f->cause = cause;
        cause->n_folded++;
    }
}
