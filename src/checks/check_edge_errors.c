/* check_edge_errors.c - what an error page gives away. The requests are malformed, not attacks. */
#include "checks/catalogue.h"
#include "checks/check_web.h"
#include "checks/debug_marks.h"

static const struct {
    const char *text, *what;
} marks[] = {
    {"Traceback (most recent call last)", "a Python stack trace"},
    {"Using the URLconf defined in", "Django's debug page"},
    {"at Layer.handle", "an Express stack trace"},
    {"/node_modules/", "paths of Node modules"},
    {"Action Controller: Exception caught", "Rails' error page with its trace"},
    {"Rails.root:", "Rails' debug page"},
    {"vendor/laravel/framework", "a Laravel stack trace"},
    {"vendor/symfony/", "a Symfony stack trace"},
    {"<b>Fatal error</b>:", "a PHP error with its path"},
    {"<b>Warning</b>:  ", "a PHP warning with its path"},
    {"at java.base/", "a Java stack trace"},
    {"org.apache.catalina.", "a Tomcat stack trace"},
    {"org.springframework.", "a Spring stack trace"},
    {"Server Error in '/' Application", "ASP.NET's error page"},
    {"[HttpException", "an ASP.NET stack trace"},
    {"Microsoft.AspNetCore.", "an ASP.NET Core stack trace"},
    {"goroutine 1 [running]", "a Go stack trace"},
    {"panic: runtime error", "a Go panic"},
    {"You have an error in your SQL syntax", "a MySQL error with its query"},
    {"SQLSTATE[", "a database error"},
    {"PG::SyntaxError", "a PostgreSQL error with its query"},
    {"pg_query():", "a PostgreSQL error"},
    {"ActiveRecord::StatementInvalid", "a database error with its query"},
};

static const struct {
    const char *text, *what;
} versions[] = {
    {"nginx/1.", "nginx and its version"},     {"openresty/1.", "OpenResty and its version"},
    {"Apache/2.", "Apache and its version"},   {"Apache Tomcat/", "Tomcat and its version"},
    {"PHP/", "PHP and its version"},           {"Microsoft-IIS/", "IIS and its version"},
    {"Werkzeug/", "Werkzeug and its version"}, {"Phusion Passenger", "Passenger"},
};

/* Malformed, too long, or plainly not there. */
static struct str request(struct ask *q, const struct fact_site *site, size_t i)
{
    static const char *const paths[] = {"/launchready-no-such-page.json", "/launchready-%ff%fe", "/launchready-%zz",
                                        "/?page[]=1&page=%ff&launchready=%zz"};
    struct str origin = site->canonical;

    if (i < N_OF(paths))
        return str_fmt(q->arena, "%.*s%s", STR_ARG(origin), paths[i]);
    if (i > N_OF(paths))
        return STR_NONE;
    char longest[2001];
    for (size_t n = 0; n < sizeof longest - 1; n++)
        longest[n] = 'a';
    longest[sizeof longest - 1] = '\0';
    return str_fmt(q->arena, "%.*s/%s", STR_ARG(origin), longest);
}

static struct str around(struct arena *arena, struct str body, size_t at)
{
    size_t start = at > 40 ? at - 40 : 0;

    return str_fmt(arena, "... %.*s ...", STR_ARG(str_first(str_from(body, start), 200)));
}

static bool is_said(const struct findings *out, const char *key)
{
    for (size_t i = 0; i < out->n; i++)
        if (str_eq(out->v[i]->key, str_of(key)))
            return true;
    return false;
}

static void say_leak(struct findings *out, const struct fact_site *site, const struct fact_http *x, const char *what,
                     struct str seen)
{
    struct finding *f;

    if (is_said(out, what))
        return;
    f = say(out, FAIL, site->canonical, "An error page shows %s", what);
    f->key = str_of(what);
    finding_evidence(out, f, "request", x->address, x->at_s, "%.*s %.*s", STR_ARG(x->method),
                     STR_ARG(str_first(x->url, 120)));
    finding_evidence(out, f, "answer", x->address, x->at_s, "status %d: %.*s", x->status, STR_ARG(seen));
    finding_fix(out, f,
                "Turn debug output off in production (DEBUG=False, APP_DEBUG=false, NODE_ENV=production, "
                "RAILS_ENV=production, display_errors=Off) and serve one plain error page of your own.");
}

static bool says_version(struct str text, const char *mark, struct str *ret)
{
    size_t at = str_find(text, str_of(mark));

    if (at == SIZE_MAX)
        return false;
    *ret = str_first(str_from(text, at), 60);
    return true;
}

static void judge_version(struct findings *out, const struct fact_site *site, const struct fact_http *x)
{
    struct str texts[3] = {http_header(x, "server"), http_header(x, "x-powered-by"),
                           x->status >= 400 ? str_first(x->body, 16384) : STR_NONE};
    struct str seen;

    for (size_t i = 0; i < N_OF(versions); i++)
        for (size_t t = 0; t < N_OF(texts); t++) {
            struct finding *f;

            if (!says_version(texts[t], versions[i].text, &seen) || is_said(out, versions[i].what))
                continue;
            f = say(out, WARN, site->canonical, "Errors give away %s", versions[i].what);
            f->severity = SEV_LOW;
            f->key = str_of(versions[i].what);
            finding_evidence(out, f,
                             t == 0   ? "server"
                             : t == 1 ? "x-powered-by"
                                      : "error page",
                             x->url, x->at_s, "%.*s", STR_ARG(seen));
            finding_fix(out, f,
                        "nginx: server_tokens off; Apache: ServerTokens Prod and ServerSignature Off; PHP: "
                        "expose_php = Off.");
        }
}

static void judge_errors(struct findings *out, const struct fact_site *site, const struct fact_http *x,
                         const struct fact_page *home)
{
    struct str body = str_first(x->body, 256u * 1024);
    struct str mark, what;

    for (size_t i = 0; i < N_OF(marks); i++) {
        size_t at = str_find(body, str_of(marks[i].text));

        /* A blog that writes about stack traces shows them on its home page too. */
        if (at != SIZE_MAX && (!home || !str_has(home->x->body, str_of(marks[i].text))))
            say_leak(out, site, x, marks[i].what, around(out->arena, body, at));
    }
    if (debug_mark_in(body, &mark, &what) && (!home || !str_has(home->x->body, mark)))
        say_leak(out, site, x, what.p, around(out->arena, body, str_find(body, mark)));
    judge_version(out, site, x);
}

void check_edge_error_leak(struct ask *q, struct findings *out)
{
    const struct fact_site *site = fact_site(q);
    const struct fact_page *home;

    if (!site)
        return;
    home = site_home(q, site);
    if (!home)
        return;
    for (size_t i = 0; request(q, site, i).n; i++)
        fact_http_want(q, &(struct http_ask){.url = request(q, site, i)});
    for (size_t i = 0; request(q, site, i).n; i++) {
        const struct fact_http *x = fact_get(q, request(q, site, i));

        if (x) {
            judge_errors(out, site, x, home);
            continue;
        }
        /* Hanging up on a malformed request gives nothing away. */
        const struct err *why = ask_tolerate(q);
        if (why->kind != ERR_RESET && why->kind != ERR_PROTOCOL)
            ask_note(q, request(q, site, i), why);
    }
}
