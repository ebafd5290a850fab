/* RDAP's JSON: the bootstrap file and a domain object. */
#include <jansson.h>
#include <libpsl.h>
#include <string.h>

#include "core/clock.h"
#include "facts/rdap_inside.h"

#define LIST_MOST 64u
#define TEXT_MOST 256u

static struct str text_of(const json_t *j)
{
    return json_is_string(j) ? str_n(json_string_value(j), json_string_length(j)) : STR_NONE;
}

struct str rdap_registrable(struct arena *arena, struct str name)
{
    const psl_ctx_t *psl = psl_builtin();
    const char *all = str_cstr(arena, str_lower(arena, name)), *label = all, *next;

    /* Not the private suffixes (github.io): nobody registers those names at a registry. */
    for (; psl && (next = strchr(label, '.')); label = next + 1)
        if (psl_is_public_suffix2(psl, next + 1, PSL_TYPE_ICANN) && !psl_is_public_suffix2(psl, label, PSL_TYPE_ICANN))
            return str_of(label);
    return STR_NONE;
}

/* How well a bootstrap entry ("com", "co.uk") fits: its length, 0 when it does not. */
static size_t fits(struct str entry, struct str domain)
{
    if (entry.n == 0 || domain.n <= entry.n || !str_ends_nocase(domain, entry))
        return 0;
    return domain.p[domain.n - entry.n - 1] == '.' ? entry.n : 0;
}

static struct str best_url(struct arena *arena, const json_t *urls)
{
    struct str best = STR_NONE;
    size_t i;
    const json_t *j;

    json_array_foreach(urls, i, j)
    {
        struct str url = text_of(j);
        bool https = str_starts_nocase(url, STR("https://"));
        if (!https && (best.n || !str_starts_nocase(url, STR("http://"))))
            continue;
        best = url;
        if (https)
            break;
    }
    if (!best.n)
        return best;
    return str_fmt(arena, "%.*s%s", STR_ARG(best), best.p[best.n - 1] == '/' ? "" : "/");
}

bool rdap_server_of(struct arena *arena, struct str bootstrap, struct str domain, struct str *ret_url,
                    struct err *reterr)
{
    json_t *root = json_loadb(bootstrap.p, bootstrap.n, 0, NULL);
    const json_t *services = json_object_get(root, "services"), *service, *entry;
    size_t i, j, best = 0;
    struct str url = STR_NONE;
    bool ok = json_is_array(services);

    json_array_foreach(services, i, service)
    {
        json_array_foreach(json_array_get(service, 0), j, entry)
        {
            size_t n = fits(text_of(entry), domain);
            struct str found = n > best ? best_url(arena, json_array_get(service, 1)) : STR_NONE;
            if (found.n) {
                best = n;
                url = found;
            }
        }
    }
    json_decref(root);
    if (!ok)
        return err_set(reterr, ERR_PARSE, "the list of registries is not in its format (RFC 9224)");
    *ret_url = url;
    return true;
}

/* "clientTransferProhibited" as RFC 8056 has it: "client transfer prohibited". */
static struct str plain_status(struct arena *arena, struct str s)
{
    char out[2 * TEXT_MOST];
    size_t n = 0;

    s = str_first(s, TEXT_MOST);
    for (size_t i = 0; i < s.n && n + 2 < sizeof out; i++) {
        bool upper = s.p[i] >= 'A' && s.p[i] <= 'Z';
        if (upper && i && s.p[i - 1] >= 'a' && s.p[i - 1] <= 'z')
            out[n++] = ' ';
        out[n++] = upper ? (char)(s.p[i] - 'A' + 'a') : s.p[i];
    }
    return str_dup(arena, str_n(out, n));
}

static void read_events(const json_t *events, struct fact_rdap *to)
{
    size_t i;
    const json_t *event;

    json_array_foreach(events, i, event)
    {
        struct str action = text_of(json_object_get(event, "eventAction"));
        int64_t at_s;
        if (!clock_parse(text_of(json_object_get(event, "eventDate")), &at_s))
            continue;
        if (str_eq_nocase(action, STR("expiration")))
            to->expires_s = at_s;
        else if (str_eq_nocase(action, STR("registration")))
            to->registered_s = at_s;
    }
}

static bool has_role(const json_t *entity, const char *role)
{
    size_t i;
    const json_t *j;

    json_array_foreach(json_object_get(entity, "roles"), i, j)
    {
        if (str_eq_nocase(text_of(j), str_of(role)))
            return true;
    }
    return false;
}

/* The "fn" of a jCard (RFC 7095 section 3.3): ["fn", {}, "text", NAME]. */
static struct str card_name(const json_t *entity)
{
    const json_t *property;
    size_t i;

    json_array_foreach(json_array_get(json_object_get(entity, "vcardArray"), 1), i, property)
    {
        if (str_eq_nocase(text_of(json_array_get(property, 0)), STR("fn")))
            return text_of(json_array_get(property, 3));
    }
    return STR_NONE;
}

static void read_registrar(struct arena *arena, const json_t *entities, struct fact_rdap *to)
{
    const json_t *entity;
    size_t i;

    json_array_foreach(entities, i, entity)
    {
        if (!has_role(entity, "registrar"))
            continue;
        struct str name = card_name(entity);
        if (!name.n)
            name = text_of(json_object_get(entity, "handle"));
        to->registrar = str_dup(arena, str_first(name, TEXT_MOST));
        return;
    }
}

bool rdap_read(struct arena *arena, struct str body, struct fact_rdap *ret, struct err *reterr)
{
    json_t *root = json_loadb(body.p, body.n, 0, NULL);
    const json_t *j;
    size_t i;
    struct fact_rdap r = {.found = true, .registrar = STR_NONE, .source = ret->source, .at_s = ret->at_s};

    if (!json_is_object(root) || !str_eq_nocase(text_of(json_object_get(root, "objectClassName")), STR("domain"))) {
        json_decref(root);
        return err_set(reterr, ERR_PARSE, "the registry's answer is not a domain object (RFC 9083)");
    }
    read_events(json_object_get(root, "events"), &r);
    read_registrar(arena, json_object_get(root, "entities"), &r);
    json_array_foreach(json_object_get(root, "status"), i, j)
    {
        if (json_is_string(j) && r.status.n < LIST_MOST)
            str_list_add(arena, &r.status, plain_status(arena, text_of(j)));
    }
    json_array_foreach(json_object_get(root, "nameservers"), i, j)
    {
        struct str name = str_first(text_of(json_object_get(j, "ldhName")), TEXT_MOST);
        if (name.n && r.name_servers.n < LIST_MOST)
            str_list_add(arena, &r.name_servers, str_lower(arena, name));
    }
    json_decref(root);
    *ret = r;
    return true;
}
