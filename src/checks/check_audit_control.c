/* audit.domain-control: the token of the launch file, seen where only the owner of the domain can put it. */
#include "checks/catalogue.h"
#include "checks/check_dns.h"
#include "core/secret.h"
#include "facts/fact_http.h"
#include "launch/launch.h"

#define WELL_KNOWN "/.well-known/launchready.txt"

static bool equals_token(const struct ask *q, struct str text)
{
    struct str token = secret_reveal(&q->launch->token);
    unsigned char different = text.n != token.n;

    for (size_t i = 0; i < text.n && i < token.n; i++)
        different |= (unsigned char)(text.p[i] ^ token.p[i]);
    return !different;
}

static void say_no_token(struct ask *q, struct findings *out)
{
    struct str name = str_fmt(q->arena, "_launchready.%.*s", STR_ARG(q->domain));
    struct str label = dns_unlikely_name(q->arena, q->domain, q->now_s);
    struct str word = str_first(str_from(label, 3), 10);
    struct finding *f = say(out, UNKNOWN, q->domain, "Who controls %.*s is not proven: the launch file names no token",
                            STR_ARG(q->domain));

    f->unseen_kind = ERR_NEEDS;
    f->unseen_place = f->subject;
    f->section = STR("token");
    finding_record(out, f, name.p, "TXT", DNS_FIX_TTL_S, "launchready-%.*s", STR_ARG(word));
    finding_fix(out, f,
                "Add this line to launchready.yaml (any text of your own will do), and the record to the DNS:\n"
                "  token: launchready-%.*s\n"
                "Where the DNS cannot be changed, serve the same text at https://%.*s" WELL_KNOWN,
                STR_ARG(word), STR_ARG(q->domain));
}

static bool txt_holds_token(const struct ask *q, const struct fact_dns *f, struct str name)
{
    const struct dns_rr *rr;

    for (size_t at = 0; (rr = dns_record(f, name, DNS_TXT, &at));)
        if (equals_token(q, rr->value))
            return true;
    return false;
}

struct proof {
    struct str name; /* of the TXT record */
    size_t n_asked, n_with;
};

/* Every authoritative server: one alone could be somebody else's. */
static struct proof look_at_servers(struct ask *q, const struct fact_zone *z)
{
    struct proof p = {.name = str_fmt(q->arena, "_launchready.%.*s", STR_ARG(q->domain))};
    const struct zone_server *s;

    for (size_t i = 0; (s = dns_authority(z, i)); i++)
        fact_dns_at_want(q, s->ip, p.name, DNS_TXT);
    for (size_t i = 0; (s = dns_authority(z, i)); i++) {
        const struct fact_dns *f = fact_dns_at(q, s->ip, p.name, DNS_TXT);
        if (!f)
            continue;
        p.n_asked++;
        p.n_with += txt_holds_token(q, f, p.name);
    }
    return p;
}

/* The file on the site itself; its absence is the ordinary case. */
static bool file_holds_token(struct ask *q, const struct fact_http **ret)
{
    *ret = fact_get(q, str_fmt(q->arena, "https://%.*s" WELL_KNOWN, STR_ARG(q->domain)));
    if (!*ret)
        return false;
    return (*ret)->status == 200 && !(*ret)->body_cut && equals_token(q, str_trim((*ret)->body));
}

static void show_servers(struct ask *q, struct findings *out, struct finding *f, const struct fact_zone *z,
                         const struct proof *p)
{
    const struct zone_server *s;

    for (size_t i = 0; (s = dns_authority(z, i)); i++) {
        const struct fact_dns *a = fact_dns_at(q, s->ip, p->name, DNS_TXT);
        size_t at = 0;
        if (!a)
            continue;
        bool any = dns_record(a, p->name, DNS_TXT, &at) != NULL;
        finding_evidence(out, f, "TXT", dns_server_name(q->arena, s), a->at_s, "%s",
                         txt_holds_token(q, a, p->name) ? "the launch file's token"
                         : any                          ? "another text than the launch file's token"
                                                        : dns_outcome_words(a));
    }
}

void check_audit_domain_control(struct ask *q, struct findings *out)
{
    const struct fact_http *file = NULL;

    if (!dns_domain_exists(q))
        return;
    if (!secret_is_set(&q->launch->token)) {
        say_no_token(q, out);
        return;
    }
    const struct fact_zone *z = dns_own_zone(q);
    struct proof p = {0};
    if (z)
        p = look_at_servers(q, z);
    if (p.n_asked && p.n_with == p.n_asked)
        return;
    /* The file proves as much; what could not be asked of the DNS no longer matters then. */
    size_t n_unseen = q->n_unseen;
    if (file_holds_token(q, &file)) {
        while (q->n_unseen)
            ask_tolerate(q);
        struct finding *f = say(out, PASS, q->domain, "Control is proven by a file on the site");
        finding_evidence(out, f, "file", file->url, file->at_s, "the launch file's token");
        return;
    }
    while (q->n_unseen > n_unseen && p.n_asked)
        ask_tolerate(q); /* the DNS was seen: the file was only the second way */
    if (!z || !p.n_asked) {
        if (z && !q->n_unseen) {
            struct err err;
            err_set(&err, ERR_DNS_FAILED, "no server of %.*s answers with authority", STR_ARG(z->apex));
            err_at(&err, "%.*s", STR_ARG(z->apex));
            ask_note(q, STR("zone"), &err);
        }
        return;
    }
    struct finding *f;
    if (p.n_with)
        f = say(out, FAIL, q->domain, "The control record is on %zu of %zu name servers only", p.n_with, p.n_asked);
    else
        f = say(out, FAIL, q->domain, "Nothing proves who controls %.*s", STR_ARG(q->domain));
    show_servers(q, out, f, z, &p);
    if (file)
        finding_evidence(out, f, "file", file->url, file->at_s, "status %d%s", file->status,
                         file->status == 200 ? ", another text" : "");
    finding_record(out, f, p.name.p, "TXT", DNS_FIX_TTL_S, "(the value of token in the launch file)");
    finding_fix(out, f,
                "At %s add the record, or serve the same text at https://%.*s" WELL_KNOWN
                ". Write down who can log in at the registrar and at the DNS provider",
                dns_provider(z), STR_ARG(q->domain));
}
