/* email.reverse-dns: do the site's own mail servers have a name in the reverse tree that leads back to them? Receivers
 * refuse or distrust mail from those that have not. Servers of providers are the providers' affair. */
#include <stdio.h>
#include <string.h>

#include "checks/catalogue.h"
#include "checks/check_dns.h"
#include "checks/mail_hosts.h"
#include "core/ip.h"
#include "facts/fact_platform.h"
#include "mail/spf.h"

#define ADDRESSES_MOST 12u
#define NAMES_MOST     5u

struct own_address {
    struct str ip, why; /* why: where it is named as a mail server of the site's own */
    bool maybe;         /* the web host, which SPF lets send, and which may never do so */
};

struct own_list {
    struct own_address v[ADDRESSES_MOST];
    size_t n;
};

static void add(struct own_list *list, struct str ip, struct str why, bool maybe)
{
    struct ip parsed;

    if (list->n == ADDRESSES_MOST || !ip_parse(ip, &parsed) || ip_is_unreachable(&parsed))
        return;
    for (size_t i = 0; i < list->n; i++)
        if (str_eq(list->v[i].ip, ip)) {
            list->v[i].maybe &= maybe;
            return;
        }
    list->v[list->n++] = (struct own_address){ip, why, maybe};
}

static void add_host(struct ask *q, struct own_list *list, struct str host, struct str why, bool maybe)
{
    const struct fact_addresses *a = dns_all_addresses(q, host);

    for (size_t i = 0; a && i < a->n_v; i++)
        if (!platform_of_address(a->v[i].ip)) /* an edge or a platform sends no mail of the site's */
            add(list, a->v[i].ip, why, maybe);
}

static void add_mx(struct ask *q, struct own_list *list)
{
    struct mail_hosts h;

    if (!mail_hosts_find(q, &h))
        return;
    for (size_t i = 0; i < h.n_hosts; i++)
        if (h.hosts[i].own && h.hosts[i].addresses)
            add_host(q, list, h.hosts[i].name, str_fmt(q->arena, "MX %.*s", STR_ARG(h.hosts[i].name)), false);
}

/* One term of the domain's own record; what it includes belongs to others. Qualifiers but "+" name no sender. */
static void add_term(struct ask *q, struct own_list *list, struct str term)
{
    struct str why = str_fmt(q->arena, "SPF %.*s", STR_ARG(term)), value;

    if (term.n && term.p[0] == '+')
        term = str_from(term, 1);
    size_t colon = str_find_char(term, ':');
    value = colon == SIZE_MAX ? STR_NONE : str_from(term, colon + 1);
    if (str_starts_nocase(term, STR("ip4:")) || str_starts_nocase(term, STR("ip6:"))) {
        size_t slash = str_find_char(value, '/');
        struct str length = slash == SIZE_MAX ? STR_NONE : str_from(value, slash + 1);
        bool single = slash == SIZE_MAX || str_eq(length, term.p[2] == '4' ? STR("32") : STR("128"));
        if (single) /* of a range it is not known which address sends */
            add(list, str_first(value, slash == SIZE_MAX ? value.n : slash), why, false);
    } else if (str_eq_nocase(term, STR("a"))) {
        add_host(q, list, q->domain, why, true);
    } else if (str_starts_nocase(term, STR("a:")) && mail_is_below(value, q->domain) && !str_has(value, STR("%")) &&
               !str_has(value, STR("/"))) {
        add_host(q, list, value, why, false);
    }
}

static void add_spf(struct ask *q, struct own_list *list)
{
    const struct str_list *txt = fact_txt(q, q->domain);

    for (size_t i = 0; txt && i < txt->n; i++) {
        struct str rest = txt->v[i];
        if (!spf_is_record(rest))
            continue;
        while (rest.p)
            add_term(q, list, str_cut(&rest, ' '));
    }
}

/* A name that a hoster made out of the address: receivers take the machine for somebody's computer at home. */
static bool is_generic(struct str name, const struct ip *ip)
{
    char parts[4][4];
    bool used[4] = {false};
    size_t at = 0, n_found = 0;

    if (ip->is_v6)
        return false;
    for (size_t i = 0; i < 4; i++)
        snprintf(parts[i], sizeof parts[i], "%u", ip->bytes[i]);
    /* Its numbers as labels or between dashes, in any order: three of the four tell. */
    while (at < name.n) {
        size_t digits = 0;
        while (at + digits < name.n && name.p[at + digits] >= '0' && name.p[at + digits] <= '9')
            digits++;
        if (digits && digits <= 3)
            for (size_t i = 0; i < 4; i++)
                if (!used[i] && str_eq(str_n(name.p + at, digits), str_of(parts[i]))) {
                    used[i] = true;
                    n_found++;
                    break;
                }
        at += digits ? digits : 1;
    }
    return n_found >= 3;
}

static bool leads_back(const struct fact_addresses *a, const struct ip *ip)
{
    struct ip other;

    for (size_t i = 0; a && i < a->n_v; i++)
        if (ip_parse(a->v[i].ip, &other) && other.is_v6 == ip->is_v6 &&
            memcmp(other.bytes, ip->bytes, ip->is_v6 ? 16 : 4) == 0)
            return true;
    return false;
}

static struct finding *say_reverse(struct ask *q, struct findings *out, const struct own_address *own,
                                   enum status status, const char *key, struct str title)
{
    struct finding *f = say(out, status, own->ip, "%.*s", STR_ARG(title));

    f->key = str_of(key);
    if (own->maybe)
        f->severity = SEV_LOW;
    finding_evidence(out, f, own->maybe ? "may send by" : "own mail server", STR_NONE, q->now_s, "%.*s",
                     STR_ARG(own->why));
    return f;
}

static void fix_reverse(struct ask *q, struct findings *out, struct finding *f, const struct own_address *own,
                        const struct ip *ip)
{
    bool is_mx = str_starts(own->why, STR("MX "));
    struct str name = is_mx ? str_from(own->why, 3) : str_fmt(q->arena, "mail.%.*s", STR_ARG(q->domain));

    finding_record(out, f, ip_reverse_name(q->arena, ip).p, "PTR", DNS_FIX_TTL_S, "%.*s.", STR_ARG(name));
    if (!is_mx)
        finding_record(out, f, name.p, ip->is_v6 ? "AAAA" : "A", DNS_FIX_TTL_S, "%.*s", STR_ARG(own->ip));
    finding_fix(
        out, f,
        "%sThe PTR record is set where the server is rented, not at the DNS provider: look for \"reverse DNS\" or "
        "\"rDNS\" in the hoster's console. Let the mail server greet with the same name (Postfix: myhostname = "
        "%.*s)",
        own->maybe ? "If the web server sends no mail, take \"a\" out of the SPF record and leave this. Otherwise: "
                   : "",
        STR_ARG(name));
}

static void judge(struct ask *q, struct findings *out, const struct own_address *own)
{
    struct str names = STR_NONE;
    bool back = false, generic = true, unseen = false;
    size_t n = 0;
    struct ip ip;

    if (!ip_parse(own->ip, &ip))
        return;
    const struct fact_dns *ptr = fact_dns(q, ip_reverse_name(q->arena, &ip), DNS_PTR);
    if (!ptr)
        return;
    for (size_t i = 0; i < ptr->n_answer && n < NAMES_MOST; i++) {
        struct str name = ptr->answer[i].target;
        if (ptr->answer[i].type != DNS_PTR)
            continue;
        const struct fact_addresses *a = fact_addresses(q, name);
        unseen = unseen || !a || a->partial;
        names = str_fmt(q->arena, "%.*s%s%.*s", STR_ARG(names), n++ ? ", " : "", STR_ARG(name));
        if (leads_back(a, &ip)) {
            back = true;
            generic = generic && is_generic(name, &ip);
        }
    }
    for (size_t i = 0; !back && unseen && i < ptr->n_answer && i < NAMES_MOST; i++)
        (void)dns_all_addresses(q, ptr->answer[i].target); /* leaves the reason why it is not known */
    struct finding *f = NULL;
    struct str server = own->maybe ? str_fmt(q->arena, "The web server %.*s, which SPF lets send,", STR_ARG(own->ip))
                                   : str_fmt(q->arena, "The mail server %.*s", STR_ARG(own->ip));
    if (!n)
        f = say_reverse(q, out, own, FAIL, "missing", str_fmt(q->arena, "%.*s has no reverse name", STR_ARG(server)));
    else if (!back && !unseen)
        f = say_reverse(q, out, own, FAIL, "forward",
                        str_fmt(q->arena, "%.*s has a reverse name that does not lead back to it", STR_ARG(server)));
    else if (back && generic)
        f = say_reverse(q, out, own, WARN, "generic",
                        str_fmt(q->arena, "%.*s has the reverse name of a rented machine", STR_ARG(server)));
    if (!f)
        return;
    finding_evidence(out, f, "PTR", ptr->server, ptr->at_s, "%.*s",
                     STR_ARG(names.n ? names : str_of(dns_outcome_words(ptr))));
    finding_observed(out, f, "Gmail, Outlook and Yahoo refuse or put aside mail from such an address");
    fix_reverse(q, out, f, own, &ip);
}

void check_email_reverse_dns(struct ask *q, struct findings *out)
{
    struct own_list list = {.n = 0};
    struct ip ip;

    add_mx(q, &list);
    add_spf(q, &list);
    for (size_t i = 0; i < list.n; i++)
        if (ip_parse(list.v[i].ip, &ip))
            fact_dns_want(q, ip_reverse_name(q->arena, &ip), DNS_PTR);
    for (size_t i = 0; i < list.n; i++)
        judge(q, out, &list.v[i]);
}
