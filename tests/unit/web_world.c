#include "web_world.h"

#include <stdlib.h>

#include "facts/fact_page.h"
#include "facts/fact_platform.h"
#include "facts/facts.h"

#define NOW 1795516800 /* 2026-11-24 */

struct world {
    struct arena *arena;
    struct launch launch;
    struct fact_site site;
    struct fact_platform platform;
    struct {
        struct str key;
        struct fact_http *x;
    } answers[200];
    size_t n_answers;
};

void web_add(struct arena *arena, struct str_list *list, const char *text)
{
    str_list_add(arena, list, str_of(text));
}

struct site_host *web_add_host(struct arena *arena, struct fact_site *site, const char *name, enum host_role role)
{
    struct site_host *hosts = arena_array(arena, site->n_hosts + 1, sizeof *hosts);

    if (site->n_hosts)
        memcpy(hosts, site->hosts, site->n_hosts * sizeof *hosts);
    hosts[site->n_hosts] = (struct site_host){.name = str_of(name), .role = role, .exists = true, .declared = true};
    site->hosts = hosts;
    return &hosts[site->n_hosts++];
}

static void add_headers(struct world *w, struct fact_http *x, const char *headers)
{
    struct str rest = str_of(headers);
    size_t n = 0;

    x->headers = arena_array(w->arena, 24, sizeof *x->headers);
    while (headers && rest.p && rest.n) {
        struct str value = str_cut(&rest, '\n'), name = str_trim(str_cut(&value, ':'));

        assert_true(n < 23);
        x->headers[n++] = (struct http_header){str_lower(w->arena, name), str_trim(value)};
    }
    x->n_headers = n;
    if (!http_has_header(x, "content-type"))
        x->headers[x->n_headers++] = (struct http_header){STR("content-type"), STR("text/html; charset=utf-8")};
    x->encoding = http_header(x, "content-encoding");
    if (!x->encoding.p)
        x->encoding = STR_NONE;
}

static void answer(struct world *w, struct str key, int status, const char *headers, struct str body)
{
    struct fact_http *x = arena_alloc(w->arena, sizeof *x);
    size_t at = str_find(key, STR("http"));
    struct str url = str_from(key, at);

    assert_true(w->n_answers < N_OF(w->answers));
    *x = (struct fact_http){.method = STR("GET"), .address = STR("203.0.113.80"), .status = status, .version = 20};
    x->url = str_first(url, str_find_char(url, ' '));
    x->body = body;
    x->at_s = NOW;
    add_headers(w, x, headers);
    w->answers[w->n_answers].key =
        str_starts(key, STR("http")) ? str_fmt(w->arena, "GET %.*s", STR_ARG(key)) : str_dup(w->arena, key);
    w->answers[w->n_answers++].x = x;
}

/* Asks for what was missing are answered with 404; true when there were new ones. */
static bool answer_missing(struct world *w, const struct ask *q)
{
    size_t before = w->n_answers;

    for (size_t i = 0; i < q->n_unseen; i++) {
        struct str what = q->unseen[i].what, key = STR_NONE;
        size_t at = str_find(what, STR("GET http"));

        if (at != SIZE_MAX)
            key = str_from(what, at);
        else if (str_starts(what, STR("route http")) || str_starts(what, STR("page http")) ||
                 str_starts(what, STR("http")))
            key = str_fmt(w->arena, "GET %.*s", STR_ARG(str_from(what, str_find(what, STR("http")))));
        bool known = key.n == 0;

        for (size_t k = 0; k < w->n_answers; k++)
            known = known || str_eq(w->answers[k].key, key);
        if (!known)
            answer(w, key, 404, "content-type: text/html", STR("<title>Not found</title><p>No such page.</p>"));
    }
    return w->n_answers > before;
}

static void run(struct world *w, const struct check *check, bool silent, struct findings *out)
{
    for (int tries = 0; tries < 6; tries++) {
        struct facts *facts =
            facts_new(&(struct facts_setup){.launch = &w->launch, .domain = STR("shop.example"), .now_s = NOW});
        struct ask q = facts_ask(facts, w->arena);
        bool again;

        facts_put(facts, &site_kind, STR("shop.example"), &w->site);
        facts_put(facts, &platform_kind, STR("shop.example"), &w->platform);
        for (size_t i = 0; i < w->n_answers; i++)
            facts_put(facts, &http_kind, w->answers[i].key, w->answers[i].x);
        *out = (struct findings){.arena = w->arena};
        check_run(check, &q, out);
        again = !silent && answer_missing(w, &q);
        facts_free(facts);
        if (!again)
            return;
    }
}

static enum status worst(const struct findings *out)
{
    static const enum status order[] = {FAIL, UNKNOWN, WARN, NOT_APPLICABLE, PASS};

    for (size_t o = 0; o < N_OF(order); o++)
        for (size_t i = 0; i < out->n; i++)
            if (out->v[i]->status == order[o])
                return order[o];
    return STATUS_N;
}

static bool says(const struct findings *out, enum status status, const char *text)
{
    for (size_t i = 0; i < out->n; i++) {
        const struct finding *f = out->v[i];

        if (f->status != status)
            continue;
        if (str_has(f->title, str_of(text)) || str_has(f->observed, str_of(text)) || str_has(f->fix_text, str_of(text)))
            return true;
        for (size_t e = 0; e < f->n_evidence; e++)
            if (str_has(f->evidence[e].value, str_of(text)))
                return true;
    }
    return false;
}

static void show(const struct findings *out)
{
    for (size_t i = 0; i < out->n; i++)
        print_message("  %s: %.*s (%.*s)\n", status_word(out->v[i]->status), STR_ARG(out->v[i]->title),
                      STR_ARG(out->v[i]->n_evidence ? out->v[i]->evidence[0].value : out->v[i]->observed));
}

void web_rows(const char *id, const struct web_row *rows, size_t n)
{
    const struct check *check = check_by_id(str_of(id));

    assert_non_null(check);
    assert_non_null(check->run);
    for (size_t i = 0; i < n; i++) {
        const struct web_row *row = &rows[i];
        struct world *w = calloc(1, sizeof *w);
        struct findings out;

        w->arena = arena_new(ARENA_MB(64));
        launch_empty(&w->launch, STR("shop.example"));
        w->site = (struct fact_site){.apex = STR("shop.example"),
                                     .www = STR("www.shop.example"),
                                     .canonical = STR("https://shop.example"),
                                     .home = STR(HOME),
                                     .deep_path = STR("/products/blue-mug")};
        w->site.login_page = STR_NONE;
        web_add(w->arena, &w->site.pages, HOME);
        w->platform = (struct fact_platform){.host = platform_by_id(row->platform ? row->platform : "nginx"),
                                             .host_evidence = STR("header server")};
        w->platform.edge_evidence = STR_NONE;
        if (row->prepare)
            row->prepare(&w->site, &w->launch, w->arena);
        if (row->html)
            answer(w, STR(HOME), 200, row->headers, str_of(row->html));
        for (size_t a = 0; a < N_OF(row->more) && row->more[a].key; a++)
            answer(w, str_of(row->more[a].key), row->more[a].status, row->more[a].headers,
                   str_of(row->more[a].body ? row->more[a].body : ""));
        run(w, check, row->silent || !row->html, &out);
        if (worst(&out) != row->wanted || (row->says && !says(&out, row->wanted, row->says))) {
            show(&out);
            fail_msg("%s: %s: %s, wanted %s \"%s\"", id, row->why, status_word(worst(&out)), status_word(row->wanted),
                     row->says ? row->says : "");
        }
        arena_free(w->arena);
        free(w);
    }
}
