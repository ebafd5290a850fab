#include "facts/fact_rdap.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/file.h"
#include "core/log.h"
#include "facts/fact_http.h"
#include "facts/rdap_inside.h"

#define BOOTSTRAP_URL   "https://data.iana.org/rdap/dns.json"
#define CACHE_MOST      (4u * 1024u * 1024u)
#define CACHE_KEEP_S    (30 * 86400)
#define CACHE_FILE_NAME "rdap-dns.json"

/* The user's cache folder, or NULL when there is none to be had. */
static const char *cache_folder(struct arena *arena)
{
    const char *cache = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");

    if (cache && cache[0] == '/')
        return str_fmt(arena, "%s/launchready", cache).p;
    return home && home[0] == '/' ? str_fmt(arena, "%s/.cache/launchready", home).p : NULL;
}

/* The cached file: {"fetched": "2026-11-24T10:00:00Z", "bootstrap": "..."}. */
static bool read_cache(struct arena *arena, int64_t now_s, struct str *ret, bool *ret_fresh)
{
    const char *folder = cache_folder(arena), *bootstrap, *fetched;
    struct str text;
    int64_t at_s;

    if (!folder || !file_read(arena, str_fmt(arena, "%s/" CACHE_FILE_NAME, folder).p, CACHE_MOST, &text, NULL))
        return false;
    json_t *root = json_loadb(text.p, text.n, 0, NULL);
    bool ok = root && json_unpack(root, "{s:s, s:s}", "fetched", &fetched, "bootstrap", &bootstrap) == 0 &&
              clock_parse(str_of(fetched), &at_s);
    if (ok) {
        *ret = str_dup(arena, str_of(bootstrap));
        *ret_fresh = at_s <= now_s + 86400 && now_s - at_s < CACHE_KEEP_S;
    }
    json_decref(root);
    return ok;
}

/* Not being able to keep it costs only time. */
static void write_cache(struct arena *arena, int64_t now_s, struct str bootstrap)
{
    const char *folder = cache_folder(arena);
    struct err err = {.kind = ERR_NONE};

    if (!folder)
        return;
    json_t *root =
        json_pack("{s:s, s:s%}", "fetched", clock_rfc3339(arena, now_s).p, "bootstrap", bootstrap.p, bootstrap.n);
    char *text = root ? json_dumps(root, JSON_COMPACT) : NULL;
    bool ok = text && file_make_folder(folder, &err) &&
              file_write(str_fmt(arena, "%s/" CACHE_FILE_NAME, folder).p, str_of(text), &err);
    if (!ok)
        log_line(LOG_INFO, "rdap", "cannot keep the list of registries: %s", err.text);
    free(text);
    json_decref(root);
}

/* Is there a whole answer at the end? What went wrong is the registry's fault, not the domain's. */
static bool is_whole(const struct fact_route *route, struct str url, struct err *reterr)
{
    if (route->end == ROUTE_FAILED) {
        *reterr = route->err;
        return false;
    }
    if (route->end != ROUTE_PAGE)
        return err_set(reterr, ERR_PROTOCOL, "%.*s redirects without end or to nowhere", STR_ARG(url));
    if (route->last->body_cut || route->last->body_broken)
        return err_set(reterr, ERR_LIMIT, "%.*s sends too much, or a broken body", STR_ARG(url));
    if (route->last->status != 200 && route->last->status != 404)
        return err_set(reterr, ERR_PROTOCOL, "%.*s answers with status %d", STR_ARG(url), route->last->status);
    return true;
}

/* The whole answer, or NULL with the error set. */
static const struct fact_http *fetch(struct ask *q, struct str url, struct err *reterr)
{
    const struct fact_route *route = fact_route(q, url, STR_NONE);

    if (!route) {
        (void)ask_failed(q, reterr);
        return NULL;
    }
    if (is_whole(route, url, reterr))
        return route->last;
    if (!reterr->place[0])
        (void)err_at(reterr, "%.*s", STR_ARG(url));
    return NULL;
}

static bool fetch_bootstrap(struct ask *q, struct str domain, struct str *ret_server, struct err *reterr)
{
    const struct fact_http *x = fetch(q, STR(BOOTSTRAP_URL), reterr);

    if (!x)
        return false;
    if (x->status != 200 || !rdap_server_of(q->arena, x->body, domain, ret_server, NULL)) {
        err_set(reterr, ERR_PROTOCOL, "%s is not the list of registries (RFC 9224)", BOOTSTRAP_URL);
        return err_at(reterr, "%s", BOOTSTRAP_URL);
    }
    write_cache(q->arena, clock_wall_s(), x->body);
    return true;
}

/* From the cache while it is fresh and knows the domain's registry; a stale one is better than none. */
static bool find_server(struct ask *q, struct str domain, struct str *ret, struct err *reterr)
{
    struct str cached, server = STR_NONE;
    bool fresh = false;
    bool have = read_cache(q->arena, clock_wall_s(), &cached, &fresh) &&
                rdap_server_of(q->arena, cached, domain, &server, NULL);

    if (have && server.n && fresh) {
        *ret = server;
        return true;
    }
    struct str fetched = STR_NONE;
    if (!fetch_bootstrap(q, domain, &fetched, reterr)) {
        if (!server.n)
            return false;
        fetched = server;
    }
    if (!fetched.n)
        return err_set(reterr, ERR_NEEDS, "the registry of %.*s publishes no registration data (RDAP)",
                       STR_ARG(domain));
    *ret = fetched;
    return true;
}

static bool look_rdap(const struct observer *outside, struct ask *q, struct str key, void *ret, struct err *reterr)
{
    struct fact_rdap *r = ret;
    struct str server;

    (void)outside;
    if (!find_server(q, key, &server, reterr))
        return false;
    r->source = str_fmt(q->arena, "%.*sdomain/%.*s", STR_ARG(server), STR_ARG(key));
    r->registrar = STR_NONE;
    const struct fact_http *x = fetch(q, r->source, reterr);
    if (!x)
        return false;
    r->at_s = x->at_s;
    if (x->status == 404)
        return true;
    return rdap_read(q->arena, x->body, r, reterr) || err_at(reterr, "%.*s", STR_ARG(r->source));
}

static json_t *save_list(const struct str_list *list)
{
    json_t *a = json_array();

    for (size_t i = 0; i < list->n; i++)
        json_array_append_new(a, json_stringn(list->v[i].p, list->v[i].n));
    return a;
}

static json_t *save_rdap(const void *fact)
{
    const struct fact_rdap *r = fact;

    return json_pack("{s:b, s:I, s:I, s:s%, s:o, s:o, s:s%, s:I}", "found", r->found, "registered",
                     (json_int_t)r->registered_s, "expires", (json_int_t)r->expires_s, "registrar", r->registrar.p,
                     r->registrar.n, "status", save_list(&r->status), "name_servers", save_list(&r->name_servers),
                     "source", r->source.p, r->source.n, "at", (json_int_t)r->at_s);
}

static bool load_list(struct arena *arena, const json_t *a, struct str_list *ret)
{
    size_t i;
    const json_t *j;

    json_array_foreach(a, i, j)
    {
        if (!json_is_string(j))
            return false;
        str_list_add(arena, ret, str_dup(arena, str_n(json_string_value(j), json_string_length(j))));
    }
    return json_is_array(a);
}

static bool load_rdap(const json_t *json, struct arena *arena, void *ret)
{
    struct fact_rdap *r = ret;
    const json_t *registrar = json_object_get(json, "registrar"), *source = json_object_get(json, "source");

    if (!json_is_string(registrar) || !json_is_string(source))
        return false;
    r->found = json_is_true(json_object_get(json, "found"));
    r->registered_s = json_integer_value(json_object_get(json, "registered"));
    r->expires_s = json_integer_value(json_object_get(json, "expires"));
    r->at_s = json_integer_value(json_object_get(json, "at"));
    r->registrar = str_dup(arena, str_n(json_string_value(registrar), json_string_length(registrar)));
    r->source = str_dup(arena, str_n(json_string_value(source), json_string_length(source)));
    return load_list(arena, json_object_get(json, "status"), &r->status) &&
           load_list(arena, json_object_get(json, "name_servers"), &r->name_servers);
}

/* Observed, not derived: which server it asks depends on a file of this machine, which a recording does not hold. */
const struct fact_kind rdap_kind = {"rdap", 30, sizeof(struct fact_rdap), 0, look_rdap, save_rdap, load_rdap};

const struct fact_rdap *fact_rdap(struct ask *q, struct str name)
{
    struct str domain = rdap_registrable(q->arena, name);
    struct err err;

    if (domain.n)
        return facts_get(q, &rdap_kind, domain);
    err_set(&err, ERR_NEEDS, "%.*s is not a name that is registered", STR_ARG(name));
    return ask_note(q, str_fmt(q->arena, "rdap %.*s", STR_ARG(name)), &err);
}
