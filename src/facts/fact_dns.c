#include "facts/fact_dns.h"

#include <string.h>

#include "facts/dns_inside.h"
#include "facts/observer.h"

/* "A shop.example", "A shop.example cd", "A shop.example @192.0.2.53", "A shop.example via 192.0.2.53". */
static bool read_key(struct str key, struct dns_question *question, struct str *ret_server, struct err *reterr)
{
    struct str rest = key, type = str_cut(&rest, ' '), name = rest.p ? str_cut(&rest, ' ') : STR_NONE;
    struct str how = rest.p ? rest : STR_NONE;

    *question = (struct dns_question){.type = dns_type_of(type), .recurse = true};
    question->name = str_eq(name, STR(".")) ? STR_NONE : name;
    *ret_server = STR_NONE;
    if (str_eq(how, STR("cd"))) {
        question->unchecked = true;
    } else if (how.n && how.p[0] == '@') {
        question->recurse = false;
        *ret_server = str_from(how, 1);
    } else if (str_starts(how, STR("via "))) {
        *ret_server = str_from(how, 4);
    }
    if (question->type == 0 || !name.n)
        return err_set(reterr, ERR_USAGE, "\"%.*s\" is not a DNS question", STR_ARG(str_first(key, 200)));
    return true;
}

static bool look_dns(const struct observer *outside, struct ask *q, struct str key, void *ret, struct err *reterr)
{
    struct dns_question question;
    struct observer_server one;
    const struct observer_server *servers = &one;
    size_t n_servers = 1;
    struct str server;
    int timeout_ms = observer_timeout_ms(outside);

    if (!read_key(key, &question, &server, reterr))
        return false;
    if (!server.n) {
        servers = observer_resolvers(outside, &n_servers);
        if (n_servers == 0)
            return err_set(reterr, ERR_SYSTEM, "no resolver is configured");
    } else if (!dns_server_read(server, &one)) {
        return err_set(reterr, ERR_USAGE, "%.*s is not the address of a name server", STR_ARG(server));
    } else {
        timeout_ms /= 2; /* one server may be dead while its siblings answer */
    }
    return dns_exchange(outside, q->arena, &question, servers, n_servers, timeout_ms, ret, reterr);
}

const struct fact_kind dns_kind = {"dns", 10, sizeof(struct fact_dns), 0, look_dns, dns_save, dns_load};

static struct str make_key(struct ask *q, struct str name, uint16_t type, const char *how, struct str server)
{
    struct str plain = dns_name_plain(q->arena, name), word = dns_type_name(q->arena, type);

    /* A space would cut the key in two, and ".." is not the root: such a question fails as the name it is. */
    if (str_eq(plain, STR(".")) && name.n > 1)
        plain = STR("..");
    for (size_t i = 0; i < plain.n; i++)
        if (plain.p[i] == ' ')
            return str_fmt(q->arena, "%.*s %.*s", STR_ARG(word), STR_ARG(STR("..")));
    return str_fmt(q->arena, "%.*s %.*s%s%.*s", STR_ARG(word), STR_ARG(plain.n ? plain : STR(".")), how,
                   STR_ARG(server));
}

static const struct fact_dns *refuse_failures(struct ask *q, const struct fact_dns *f, struct str key)
{
    struct err err;

    if (!f || f->outcome == DNS_ANSWER || f->outcome == DNS_NODATA || f->outcome == DNS_NXDOMAIN)
        return f;
    const char *what = f->outcome == DNS_SERVFAIL  ? "answers SERVFAIL"
                       : f->outcome == DNS_REFUSED ? "refuses to answer"
                       : f->rcode == 0             ? "gives an answer that leads nowhere (a loop of aliases)"
                                                   : NULL;
    struct str server = f->server.n ? f->server : STR("a server");
    if (what)
        err_set(&err, ERR_DNS_FAILED, "%.*s: the resolver %.*s %s", STR_ARG(f->name), STR_ARG(server), what);
    else
        err_set(&err, ERR_DNS_FAILED, "%.*s: the resolver %.*s answers with rcode %u", STR_ARG(f->name),
                STR_ARG(server), f->rcode);
    err_at(&err, "%.*s", STR_ARG(f->name));
    return ask_note(q, str_fmt(q->arena, "dns %.*s", STR_ARG(key)), &err);
}

const struct fact_dns *fact_dns(struct ask *q, struct str name, uint16_t type)
{
    struct str key = make_key(q, name, type, "", STR_NONE);

    return refuse_failures(q, facts_get(q, &dns_kind, key), key);
}

const struct fact_dns *fact_dns_unchecked(struct ask *q, struct str name, uint16_t type)
{
    struct str key = make_key(q, name, type, " cd", STR_NONE);

    return refuse_failures(q, facts_get(q, &dns_kind, key), key);
}

const struct fact_dns *fact_dns_at(struct ask *q, struct str server, struct str name, uint16_t type)
{
    return facts_get(q, &dns_kind, make_key(q, name, type, " @", server));
}

const struct fact_dns *fact_dns_via(struct ask *q, struct str resolver, struct str name, uint16_t type)
{
    return facts_get(q, &dns_kind, make_key(q, name, type, " via ", resolver));
}

void fact_dns_at_want(struct ask *q, struct str server, struct str name, uint16_t type)
{
    facts_want(q, &dns_kind, make_key(q, name, type, " @", server));
}

void fact_dns_want(struct ask *q, struct str name, uint16_t type)
{
    facts_want(q, &dns_kind, make_key(q, name, type, "", STR_NONE));
}

const struct str_list *fact_txt(struct ask *q, struct str name)
{
    const struct fact_dns *f = fact_dns(q, name, DNS_TXT);

    if (!f)
        return NULL;
    struct str_list *texts = arena_alloc(q->arena, sizeof *texts);
    for (size_t i = 0; i < f->n_answer; i++)
        if (f->answer[i].type == DNS_TXT)
            str_list_add(q->arena, texts, f->answer[i].value);
    return texts;
}
