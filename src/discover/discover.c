#include "discover/discover_inside.h"

#include <stdarg.h>
#include <string.h>

#include "core/text.h"
#include "facts/fact_dns.h"
#include "facts/fact_platform.h"
#include "facts/fact_repo.h"
#include "facts/fact_site.h"
#include "facts/fact_tls.h"

#define FILE_MOST_BYTES (256u * 1024u)

VPRINTF_LIKE(5)
static void add(struct ask *q, struct discovered *d, bool known, const char *what, const char *fmt, va_list args)
{
    struct discovery *one = ARENA_PUSH(q->arena, d->v, d->n, d->capacity);

    *one = (struct discovery){known, str_of(what), text_safe(q->arena, str_vfmt(q->arena, fmt, args))};
}

void discovery_known(struct ask *q, struct discovered *d, const char *what, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    add(q, d, true, what, fmt, args);
    va_end(args);
}

void discovery_unknown(struct ask *q, struct discovered *d, const char *what, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    add(q, d, false, what, fmt, args);
    va_end(args);
}

/* A YAML scalar in double quotes where the plain form could be read otherwise. */
static struct str quoted(struct ask *q, struct str s)
{
    bool plain = s.n > 0;

    for (size_t i = 0; i < s.n && plain; i++)
        plain = (s.p[i] >= 'a' && s.p[i] <= 'z') || (s.p[i] >= 'A' && s.p[i] <= 'Z') ||
                (s.p[i] >= '0' && s.p[i] <= '9') || (i && strchr("./-_", s.p[i])) || s.p[i] == '/';
    if (plain)
        return s;
    struct str out = STR("\"");
    for (size_t i = 0; i < s.n; i++)
        out = str_fmt(q->arena, "%.*s%s%c", STR_ARG(out), s.p[i] == '"' || s.p[i] == '\\' ? "\\" : "", s.p[i]);
    return str_fmt(q->arena, "%.*s\"", STR_ARG(out));
}

/* The path of a URL that lies on the site's canonical address; empty for any other. */
static struct str path_of(const struct fact_site *site, struct str url)
{
    if (site->canonical.n && str_starts(url, site->canonical))
        return str_from(url, site->canonical.n);
    return STR_NONE;
}

/* A page that is another one for each visitor must not be offered to a cache. */
static bool is_personal(struct str path)
{
    static const char *const words[] = {"login", "signin", "sign-in",  "signup", "register", "account",
                                        "cart",  "basket", "checkout", "order",  "profile",  "settings"};

    for (size_t i = 0; i < N_OF(words); i++)
        if (str_has_nocase(path, str_of(words[i])))
            return true;
    return false;
}

static void write_paths(struct ask *q, const struct fact_site *site, const struct str_list *urls, bool shared,
                        struct buf *out)
{
    size_t n = 0;

    for (size_t i = 0; i < urls->n; i++) {
        struct str path = path_of(site, urls->v[i]);
        if (path.n && path.p[0] == '/' && !(shared && is_personal(path)))
            buf_fmt(out, "%s%.*s", n++ ? ", " : "", STR_ARG(quoted(q, path)));
    }
}

static bool any_path(const struct fact_site *site, const struct str_list *urls)
{
    for (size_t i = 0; i < urls->n; i++)
        if (path_of(site, urls->v[i]).n)
            return true;
    return false;
}

static void write_hosts(struct ask *q, struct discovered *d, const struct fact_site *site, struct buf *out)
{
    size_t n = 0;

    buf_add_cstr(out, "\n# Every other host, and what it is for. Mark what must stay private.\n");
    for (size_t i = 0; i < site->n_hosts; i++) {
        const struct site_host *h = &site->hosts[i];
        if (h->role == HOST_SITE || !h->exists || h->wildcard)
            continue;
        const char *role = h->role == HOST_WWW ? "redirect" : host_role_name(h->role);
        buf_fmt(out, "%s  - {name: %.*s, role: %s}\n", n++ ? "" : "hosts:\n", STR_ARG(quoted(q, h->name)), role);
        discovery_known(q, d, "host", "%.*s (%s)", STR_ARG(h->name), role);
    }
    if (!n)
        buf_fmt(out, "# hosts:\n#   - {name: app.%.*s, role: app, private: [/account]}\n", STR_ARG(q->domain));
}

static void write_site(struct ask *q, struct discovered *d, struct buf *out)
{
    const struct fact_site *site = fact_site(q);

    if (!site) {
        discovery_unknown(q, d, "the site itself", "%s", ask_tolerate(q)->text);
        buf_fmt(out, "\n# The one address that every visitor should end at.\n# canonical: https://%.*s\n",
                STR_ARG(q->domain));
        return;
    }
    buf_add_cstr(out, "\n# The one address that every visitor should end at.\n");
    if (site->canonical.n) {
        buf_fmt(out, "canonical: %.*s\n", STR_ARG(site->canonical));
        discovery_known(q, d, "canonical address", "%.*s", STR_ARG(site->canonical));
    } else {
        buf_fmt(out, "# canonical: https://%.*s\n", STR_ARG(q->domain));
        discovery_unknown(q, d, "canonical address", "https://%.*s does not lead to a page", STR_ARG(q->domain));
    }
    write_hosts(q, d, site, out);
    buf_add_cstr(
        out, "\n# Public pages may be cached; private ones belong to one visitor alone. legacy: old paths that must\n"
             "# still lead somewhere, [] when there are none.\npaths:\n");
    buf_add_cstr(out, "  public: [");
    if (any_path(site, &site->pages))
        write_paths(q, site, &site->pages, true, out);
    else
        buf_add_char(out, '/');
    buf_add_cstr(out, "]\n");
    if (any_path(site, &site->private_pages)) {
        buf_add_cstr(out, "  private: [");
        write_paths(q, site, &site->private_pages, false, out);
        buf_add_cstr(out, "]\n");
        discovery_known(q, d, "private pages", "%zu found by name: check the list", site->private_pages.n);
    } else {
        buf_add_cstr(out, "  # private: [/account, /orders]\n");
        discovery_unknown(q, d, "private pages", "none linked from the home page: name yours");
    }
    buf_add_cstr(out, "  # api: [/v1/products]\n  # legacy: [/old-shop]\n");
}

static void write_edge(struct ask *q, struct discovered *d, struct buf *out)
{
    const struct fact_platform *p = fact_platform(q, q->domain);

    if (!p)
        discovery_unknown(q, d, "edge and platform", "%s", ask_tolerate(q)->text);
    if (p && p->edge)
        discovery_known(q, d, "edge", "%s (%.*s)", p->edge->name, STR_ARG(p->edge_evidence));
    if (p && p->host)
        discovery_known(q, d, "platform", "%s (%.*s)", p->host->name, STR_ARG(p->host_evidence));
    buf_add_cstr(out, "\n# Where the application really runs, behind the edge: it must not answer strangers directly.\n"
                      "# origin: {addresses: [203.0.113.20]}\n");
    discovery_unknown(q, d, "the origin's address", "an edge hides it, and so it should: only you know it");
    if (p && p->edge && strcmp(p->edge->id, "cloudflare") == 0)
        buf_fmt(
            out,
            "\nedge:\n  provider: cloudflare\n  zone: %.*s\n  # token: \"${CLOUDFLARE_API_TOKEN}\"\n  ssl: strict\n",
            STR_ARG(q->domain));
    else
        buf_fmt(out, "\n# edge: {provider: cloudflare, zone: %.*s, token: \"${CLOUDFLARE_API_TOKEN}\", ssl: strict}\n",
                STR_ARG(q->domain));
}

static void write_certificate(struct ask *q, struct discovered *d)
{
    const struct fact_addresses *a = fact_addresses(q, q->domain);
    struct str ip = fact_address_first(a, false);

    if (!a || !ip.n) {
        if (!a)
            discovery_unknown(q, d, "addresses", "%s", ask_tolerate(q)->text);
        else
            discovery_unknown(q, d, "addresses", "%.*s has no IPv4 address", STR_ARG(q->domain));
        return;
    }
    const struct fact_tls *t = fact_tls(q, q->domain, ip);
    if (!t)
        discovery_unknown(q, d, "certificate", "%s", ask_tolerate(q)->text);
    else if (t->n_chain)
        discovery_known(q, d, "certificate", "by %.*s, %zu names",
                        STR_ARG(t->chain[0].issuer_org.n ? t->chain[0].issuer_org : t->chain[0].issuer),
                        t->chain[0].n_names);
}

static void write_list(struct ask *q, const struct str_list *list, struct buf *out)
{
    for (size_t i = 0; i < list->n; i++)
        buf_fmt(out, "%s%.*s", i ? ", " : "", STR_ARG(quoted(q, list->v[i])));
}

static void write_env(const struct fact_repo *r, struct buf *out)
{
    static const struct {
        const char *file, *key;
    } keys[] = {{".env.example", "example"},         {".env.sample", "example"}, {".env.template", "example"},
                {".env.development", "development"}, {".env", "development"},    {".env.staging", "staging"},
                {".env.production", "production"}};
    const char *written[N_OF(keys)] = {0};
    size_t n = 0;

    for (size_t i = 0; i < N_OF(keys); i++) {
        bool again = !str_list_has(&r->env_files, str_of(keys[i].file));
        for (size_t j = 0; j < n; j++)
            again |= strcmp(written[j], keys[i].key) == 0;
        if (again)
            continue;
        buf_fmt(out, "%s%s: %s", n ? ", " : "  env: {", keys[i].key, keys[i].file);
        written[n++] = keys[i].key;
    }
    if (n)
        buf_add_cstr(out, "}\n");
}

static void write_repo(struct ask *q, struct discovered *d, struct str folder, struct buf *out)
{
    const struct fact_repo *r = fact_repo(q, folder);

    if (!r || !r->found) {
        if (!r)
            (void)ask_tolerate(q);
        discovery_unknown(q, d, "the repository", "this folder stands in none: run init in your code's folder");
        buf_add_cstr(
            out,
            "\n# repo: {path: ., migrations: [{path: db/migrate, engine: postgres}], env: {example: .env.example}}\n");
        return;
    }
    discovery_known(q, d, "framework", "%.*s", STR_ARG(r->framework.n ? r->framework : STR("not recognised")));
    buf_add_cstr(out, "\nrepo:\n  path: .\n");
    if (r->n_migrations)
        buf_add_cstr(out, "  migrations:\n");
    for (size_t i = 0; i < r->n_migrations; i++) {
        struct str engine = r->migrations[i].engine;
        buf_fmt(out, "    - {path: %.*s%s%.*s}\n", STR_ARG(quoted(q, r->migrations[i].path)),
                engine.n ? ", engine: " : "", STR_ARG(engine));
        discovery_known(q, d, "migrations", "%.*s", STR_ARG(r->migrations[i].path));
    }
    write_env(r, out);
    if (r->env_files.n)
        discovery_known(q, d, "environment files", "%zu", r->env_files.n);
    buf_add_cstr(out, r->ci_files.n ? "  # CI: " : "");
    write_list(q, &r->ci_files, out);
    buf_add_cstr(out, r->ci_files.n ? "\n" : "");
    if (r->ci_files.n)
        discovery_known(q, d, "CI", "%.*s", STR_ARG(r->ci_files.v[0]));
    else
        discovery_unknown(q, d, "CI", "no workflow found: nothing stops a bad build");
    buf_add_cstr(out, "\n# How a version reaches production, and how it gets back.\n");
    if (r->platform.n)
        buf_fmt(out, "deploy: {target: %.*s, branch: %.*s}\n", STR_ARG(quoted(q, r->platform)),
                STR_ARG(r->branch.n ? quoted(q, r->branch) : STR("main")));
    else
        buf_add_cstr(out,
                     "# deploy: {command: ./ops/deploy.sh, rollback: ./ops/rollback.sh, branch: main, timeout: 10m}\n");
}

/* All at once, so that the file is written as fast as its slowest look. */
static void start_looking(struct ask *q)
{
    facts_want(q, &site_kind, q->domain);
    facts_want(q, &platform_kind, q->domain);
    fact_dns_want(q, q->domain, DNS_MX);
    fact_dns_want(q, q->domain, DNS_TXT);
}

void discover(struct ask *q, struct str folder, struct discovered *ret)
{
    struct buf out;

    *ret = (struct discovered){0};
    start_looking(q);
    buf_init(&out, FILE_MOST_BYTES);
    buf_fmt(&out,
            "# The production that you intend. `launchready audit` compares the site with it.\n"
            "# Every key: docs/launch-file.md. Secrets stay in the environment: \"${NAME}\".\n"
            "version: 1\nsite: %.*s\n\n"
            "# Proves that the domain is yours: any 20 characters, also published as TXT at _launchready.%.*s\n"
            "# token: \"${LAUNCHREADY_TOKEN}\"\n",
            STR_ARG(q->domain), STR_ARG(q->domain));
    write_site(q, ret, &out);
    write_certificate(q, ret);
    buf_fmt(&out,
            "\n# The DNS records as you want them: write them with `launchready routes --zone -o ops/%.*s.zone`.\n"
            "# dns: {zone: ops/%.*s.zone}\n",
            STR_ARG(q->domain), STR_ARG(q->domain));
    discover_mail(q, ret, &out);
    write_edge(q, ret, &out);
    write_repo(q, ret, folder, &out);
    buf_add_cstr(&out, "\n# What you promise.\nslo: {uptime: 99.9, p95: 300ms, error_rate: 1%, recovery: 15m}\n"
                       "\n# Who is called at 11 pm.\n"
                       "# contacts: [{name: Founder, role: owner, email: founder@shop.example}]\n"
                       "# monitor: {every: 30s, alerts: [{slack: \"${SLACK_WEBHOOK}\"}, {email: ops@shop.example}]}\n");
    ret->yaml = str_dup(q->arena, buf_str(&out));
    buf_free(&out);
}
