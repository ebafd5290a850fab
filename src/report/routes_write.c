/* The routing map as a table, Markdown, JSON, a picture, and the zone in master-file format. */
#include <jansson.h>
#include <stdlib.h>

#include "core/clock.h"
#include "report/escape.h"
#include "report/routes_map.h"
#include "report/term.h"

/* ---- text ---- */

static void write_records(struct term *t, const struct map_host *host)
{
    for (size_t i = 0; i < host->n_records; i++) {
        const struct map_record *r = &host->records[i];
        term_verbatim(
            t, 2,
            str_fmt(t->arena, "%.*s %u %.*s %.*s", STR_ARG(r->name), r->ttl_s, STR_ARG(r->type), STR_ARG(r->value)));
    }
    if (host->n_records == 0)
        term_verbatim(t, 2, STR("no address"));
}

static enum ink ink_of(int status)
{
    return status >= 500 || status == 0 ? INK_RED : status >= 400 ? INK_YELLOW : status >= 300 ? INK_BLUE : INK_GREEN;
}

static void write_route(struct term *t, const struct map_route *r)
{
    term_spaces(t, 2);
    term_ink(t, INK_DIM, "%.*s", STR_ARG(r->family));
    term_put(t, str_fmt(t->arena, "  %.*s", STR_ARG(r->start)));
    term_line(t);
    for (size_t i = 0; i < r->n_hops; i++) {
        const struct map_hop *h = &r->hops[i];
        if (!h->status)
            continue;
        term_spaces(t, 8);
        term_ink(t, ink_of(h->status), "%d", h->status);
        if (h->location.n)
            term_put(t, str_fmt(t->arena, " -> %.*s", STR_ARG(h->location)));
        else
            term_put(t, str_fmt(t->arena, " HTTP/%s from %.*s",
                                h->version == 20   ? "2"
                                : h->version == 10 ? "1.0"
                                                   : "1.1",
                                STR_ARG(h->address)));
        term_ink(t, INK_DIM, "  %lld ms", (long long)h->ms);
        term_line(t);
    }
    if (r->problem.n) {
        term_spaces(t, 8);
        term_ink(t, INK_RED, "%.*s", STR_ARG(r->problem));
        term_line(t);
    }
}

/* The domain and its www need no declaration. */
static bool is_ours(const struct map_host *host)
{
    return host->declared || str_eq(host->role, STR("site")) || str_eq(host->role, STR("www"));
}

static void write_text(const struct route_map *map, struct term *t)
{
    for (size_t h = 0; h < map->n_hosts; h++) {
        const struct map_host *host = &map->hosts[h];
        term_ink(t, INK_BOLD, "%.*s", STR_ARG(host->name));
        term_put(t, str_fmt(t->arena, "  %.*s%s%s%.*s", STR_ARG(host->role), is_ours(host) ? "" : ", not declared",
                            host->purpose.n ? ": " : "", STR_ARG(host->purpose)));
        term_line(t);
        write_records(t, host);
        for (size_t i = 0; i < map->n_routes; i++)
            if (map->routes[i].host == host)
                write_route(t, &map->routes[i]);
        if (h + 1 < map->n_hosts)
            term_line(t);
    }
}

/* ---- Markdown ---- */

static void write_markdown(const struct route_map *map, struct arena *arena, struct buf *out)
{
    struct str when = clock_rfc3339(arena, map->at_s);

    buf_add_cstr(out, "# Routing map of ");
    escape_markdown(out, map->domain);
    buf_fmt(out, "\n\nSeen %.*s.\n\n| Start | Over | Hops | Ends at | Status |\n| --- | --- | --- | --- | --- |\n",
            STR_ARG(when));
    for (size_t i = 0; i < map->n_routes; i++) {
        const struct map_route *r = &map->routes[i];
        buf_add_cstr(out, "| ");
        escape_markdown_code(out, r->start, true);
        buf_fmt(out, " | %.*s | ", STR_ARG(r->family));
        for (size_t h = 0; h < r->n_hops; h++)
            if (r->hops[h].location.n) {
                buf_fmt(out, "%d ", r->hops[h].status);
                escape_markdown_code(out, r->hops[h].location, true);
                buf_fmt(out, " (%lld ms) ", (long long)r->hops[h].ms);
            }
        buf_add_cstr(out, "| ");
        escape_markdown_code(out, r->final_url, true);
        buf_add_cstr(out, " | ");
        if (r->problem.n)
            escape_markdown(out, r->problem);
        else
            buf_fmt(out, "%d", r->status);
        buf_add_cstr(out, " |\n");
    }
    buf_add_cstr(out, "\n| Host | Role | Record | TTL | Value |\n| --- | --- | --- | --- | --- |\n");
    for (size_t h = 0; h < map->n_hosts; h++)
        for (size_t i = 0; i < map->hosts[h].n_records; i++) {
            const struct map_record *r = &map->hosts[h].records[i];
            buf_add_cstr(out, "| ");
            escape_markdown_code(out, r->name, true);
            buf_fmt(out, " | %.*s | %.*s | %u | ", STR_ARG(map->hosts[h].role), STR_ARG(r->type), r->ttl_s);
            escape_markdown_code(out, r->value, true);
            buf_add_cstr(out, " |\n");
        }
}

/* ---- JSON ---- */

static void put(json_t *to, const char *name, struct str s)
{
    json_object_set_new(to, name, json_stringn(s.p ? s.p : "", s.n));
}

static json_t *host_json(const struct map_host *host)
{
    json_t *to = json_object(), *records = json_array();

    put(to, "name", host->name);
    put(to, "role", host->role);
    put(to, "purpose", host->purpose);
    json_object_set_new(to, "declared", json_boolean(host->declared));
    for (size_t i = 0; i < host->n_records; i++) {
        json_t *r = json_object();
        put(r, "name", host->records[i].name);
        put(r, "type", host->records[i].type);
        json_object_set_new(r, "ttl", json_integer(host->records[i].ttl_s));
        put(r, "value", host->records[i].value);
        json_array_append_new(records, r);
    }
    json_object_set_new(to, "records", records);
    return to;
}

static json_t *route_json(const struct map_route *route)
{
    json_t *to = json_object(), *hops = json_array();

    put(to, "start", route->start);
    put(to, "family", route->family);
    for (size_t i = 0; i < route->n_hops; i++) {
        const struct map_hop *h = &route->hops[i];
        json_t *hop = json_object();
        put(hop, "url", h->url);
        json_object_set_new(hop, "status", h->status ? json_integer(h->status) : json_null());
        json_object_set_new(hop, "location", h->location.n ? json_stringn(h->location.p, h->location.n) : json_null());
        put(hop, "address", h->address);
        json_object_set_new(hop, "ms", json_integer(h->ms));
        json_array_append_new(hops, hop);
    }
    json_object_set_new(to, "hops", hops);
    put(to, "end", route->end);
    put(to, "final_url", route->final_url);
    json_object_set_new(to, "status", route->status ? json_integer(route->status) : json_null());
    json_object_set_new(to, "problem",
                        route->problem.n ? json_stringn(route->problem.p, route->problem.n) : json_null());
    return to;
}

static void write_json(const struct route_map *map, struct arena *arena, struct buf *out)
{
    json_t *top = json_object(), *hosts = json_array(), *routes = json_array();

    put(top, "schema", STR("launchready.routes/1"));
    put(top, "target", map->domain);
    put(top, "at", clock_rfc3339(arena, map->at_s));
    for (size_t i = 0; i < map->n_hosts; i++)
        json_array_append_new(hosts, host_json(&map->hosts[i]));
    for (size_t i = 0; i < map->n_routes; i++)
        json_array_append_new(routes, route_json(&map->routes[i]));
    json_object_set_new(top, "hosts", hosts);
    json_object_set_new(top, "routes", routes);
    char *text = json_dumps(top, JSON_INDENT(2));
    buf_add_cstr(out, text ? text : "");
    buf_add_char(out, '\n');
    free(text);
    json_decref(top);
}

/* ---- Graphviz ---- */

static void quote_dot(struct buf *out, struct str s)
{
    buf_add_char(out, '"');
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '"' || s.p[i] == '\\')
            buf_add_char(out, '\\');
        buf_add_char(out, s.p[i]);
    }
    buf_add_char(out, '"');
}

/* An edge that stands there already: another start led over it. */
static bool was_drawn(const struct route_map *map, size_t route, size_t hop)
{
    const struct map_hop *h = &map->routes[route].hops[hop];

    for (size_t i = 0; i <= route; i++) {
        const struct map_route *r = &map->routes[i];
        size_t n = i < route ? r->n_hops : hop;
        for (size_t j = 0; j < n; j++) {
            const struct map_hop *o = &r->hops[j];
            if (o->status == h->status && str_eq(o->url, h->url) && str_eq(o->location, h->location))
                return true;
        }
    }
    return false;
}

static void write_hop_dot(const struct map_hop *h, const struct map_route *r, struct buf *out)
{
    const char *color = h->status == 0 || h->status >= 500 ? "red" : h->status >= 400 ? "orange" : "darkgreen";

    buf_add_cstr(out, "  ");
    quote_dot(out, h->url);
    if (h->location.n) {
        buf_add_cstr(out, " -> ");
        quote_dot(out, h->location);
        buf_fmt(out, " [label=\"%d\"%s];\n", h->status,
                h->status == 301 || h->status == 308 ? "" : ", style=dashed, color=orange");
    } else if (h->status) {
        buf_fmt(out, " [color=%s, xlabel=\"%d\"];\n", color, h->status);
    } else {
        buf_fmt(out, " [color=red, xlabel=");
        quote_dot(out, r->problem);
        buf_add_cstr(out, "];\n");
    }
}

static void write_dot(const struct route_map *map, struct buf *out)
{
    buf_add_cstr(out, "digraph routes {\n  rankdir=LR;\n  node [shape=box, fontname=\"sans-serif\", fontsize=10];\n"
                      "  edge [fontname=\"sans-serif\", fontsize=9];\n");
    for (size_t i = 0; i < map->n_routes; i++)
        for (size_t j = 0; j < map->routes[i].n_hops; j++)
            if (!was_drawn(map, i, j))
                write_hop_dot(&map->routes[i].hops[j], &map->routes[i], out);
    for (size_t h = 0; h < map->n_hosts; h++)
        for (size_t i = 0; i < map->hosts[h].n_records; i++) {
            const struct map_record *r = &map->hosts[h].records[i];
            bool first = true; /* of names that several hosts lead over */
            for (size_t o = 0; o < h && first; o++)
                for (size_t k = 0; k < map->hosts[o].n_records && first; k++)
                    first = !(str_eq(map->hosts[o].records[k].name, r->name) &&
                              str_eq(map->hosts[o].records[k].value, r->value));
            if (!first)
                continue;
            buf_add_cstr(out, "  ");
            quote_dot(out, r->name);
            buf_add_cstr(out, " -> ");
            quote_dot(out,
                      str_n(r->value.p, r->value.n && r->value.p[r->value.n - 1] == '.' ? r->value.n - 1 : r->value.n));
            buf_fmt(out, " [label=\"%.*s\", color=gray];\n", STR_ARG(r->type));
        }
    buf_add_cstr(out, "}\n");
}

bool routes_map_write(const struct route_map *map, struct arena *arena, struct str format, bool color, struct buf *out)
{
    if (str_eq(format, STR("json"))) {
        write_json(map, arena, out);
    } else if (str_eq(format, STR("markdown"))) {
        write_markdown(map, arena, out);
    } else if (str_eq(format, STR("dot"))) {
        write_dot(map, out);
    } else {
        struct term t = {.out = out, .arena = arena, .color = color, .columns = 80};
        write_text(map, &t);
    }
    return !out->full;
}

/* ---- the zone ---- */

static const char *purpose_of(const struct map_record *r)
{
    if (str_eq(r->type, STR("SOA")) || str_eq(r->type, STR("NS")))
        return "who answers for the zone";
    if (str_eq(r->type, STR("MX")))
        return "who receives mail";
    if (str_eq(r->type, STR("CAA")))
        return "who may issue certificates";
    if (str_has(r->name, STR("_domainkey.")))
        return "the key that signs mail (DKIM)";
    if (str_starts(r->name, STR("_dmarc.")))
        return "what receivers do with forged mail (DMARC)";
    if (str_has(r->value, STR("v=spf1")))
        return "who may send mail (SPF)";
    if (str_starts(r->name, STR("_mta-sts.")) || str_starts(r->name, STR("_smtp._tls.")))
        return "mail over TLS";
    if (str_starts(r->name, STR("_launchready.")))
        return "proves control of the domain to launchready";
    if (str_eq(r->type, STR("TXT")))
        return "text";
    return "where visitors go";
}

bool routes_zone_write(const struct route_map *map, struct arena *arena, struct buf *out)
{
    struct str when = clock_rfc3339(arena, map->at_s);
    const char *purpose = NULL;

    buf_fmt(out, "; %.*s as seen %.*s, from %s%.*s\n", STR_ARG(map->domain), STR_ARG(when),
            map->zone_server.n ? "the zone's server " : "the resolver (TTLs may have been counting down)",
            STR_ARG(map->zone_server));
    buf_add_cstr(out, "; Only names that are known are asked for: a zone cannot be listed from outside.\n");
    buf_fmt(out, "$ORIGIN %.*s.\n", STR_ARG(map->domain));
    for (size_t i = 0; i < map->n_zone; i++) {
        const struct map_record *r = &map->zone[i];
        const char *this_one = purpose_of(r);
        if (this_one != purpose)
            buf_fmt(out, "\n; %s\n", this_one);
        purpose = this_one;
        buf_fmt(out, "%.*s. %u IN %.*s %.*s\n", STR_ARG(r->name), r->ttl_s, STR_ARG(r->type), STR_ARG(r->value));
    }
    return !out->full;
}
