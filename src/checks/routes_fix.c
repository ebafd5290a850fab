#include "checks/routes_fix.h"

#include <string.h>

#include "checks/check_web.h"
#include "core/buf.h"

#define RULE_MOST_BYTES 3000u

static bool is(const struct platform *p, const char *id)
{
    return p && strcmp(p->id, id) == 0;
}

/* "In dash.cloudflare.com > your domain, Rules > Redirect Rules" */
static struct str place_of(struct arena *arena, const struct platform *p)
{
    if (!p)
        return STR("Where your redirects are set (the edge in front, or the web server)");
    if (!p->redirects)
        return str_fmt(arena, "In %s (%s)", p->console, p->name);
    return str_fmt(arena, "In %s, %s", p->console, p->redirects);
}

static void escape_dots(struct buf *b, struct str host)
{
    for (size_t i = 0; i < host.n; i++) {
        if (host.p[i] == '.')
            buf_add_char(b, '\\');
        buf_add_char(b, host.p[i]);
    }
}

static void add_apache(struct buf *b, struct str host, struct str to)
{
    buf_add_cstr(b, "RewriteEngine On\nRewriteCond %{HTTP_HOST} ^");
    escape_dots(b, host);
    buf_fmt(b, "$ [NC]\nRewriteRule ^ %.*s%%{REQUEST_URI} [R=301,L]", STR_ARG(to));
}

/* The rule for everything at host, or false when the platform's language is not known here. */
static bool add_host_rule(struct buf *b, const struct platform *p, struct str host, struct str to)
{
    if (is(p, "cloudflare"))
        buf_fmt(b,
                "If (custom filter expression): (http.host eq \"%.*s\")\nThen: Dynamic, status 301\n"
                "Expression: concat(\"%.*s\", http.request.uri.path)\nPreserve query string: on (it is off by default)",
                STR_ARG(host), STR_ARG(to));
    else if (is(p, "vercel"))
        buf_fmt(b,
                "{\"source\": \"/:path*\", \"has\": [{\"type\": \"host\", \"value\": \"%.*s\"}], "
                "\"destination\": \"%.*s/:path*\", \"permanent\": true}",
                STR_ARG(host), STR_ARG(to));
    else if (is(p, "netlify") || is(p, "gitlab_pages"))
        buf_fmt(b, "https://%.*s/* %.*s/:splat 301!\nhttp://%.*s/* %.*s/:splat 301!", STR_ARG(host), STR_ARG(to),
                STR_ARG(host), STR_ARG(to));
    else if (is(p, "nginx"))
        buf_fmt(
            b,
            "server {\n    listen 80;\n    listen 443 ssl;  # with this host's ssl_certificate\n    server_name %.*s;\n"
            "    return 301 %.*s$request_uri;\n}",
            STR_ARG(host), STR_ARG(to));
    else if (is(p, "caddy"))
        buf_fmt(b, "%.*s {\n    redir %.*s{uri} permanent\n}", STR_ARG(host), STR_ARG(to));
    else if (is(p, "apache") || is(p, "litespeed"))
        add_apache(b, host, to);
    else
        return false;
    return true;
}

static const char *before(const char *first)
{
    return first[0] ? "\n" : "";
}

void routes_fix_host(struct ask *q, struct findings *out, struct finding *f, const char *first, struct str host,
                     struct str to_origin)
{
    const struct platform *p = web_platform(q, host);
    struct str place = place_of(q->arena, p);
    struct buf b;

    buf_init(&b, RULE_MOST_BYTES);
    if (add_host_rule(&b, p, host, to_origin))
        finding_fix(out, f, "%s%s%.*s, make one rule and remove the others for this host:\n%.*s", first, before(first),
                    STR_ARG(place), STR_ARG(buf_str(&b)));
    else
        finding_fix(
            out, f,
            "%s%s%.*s: redirect everything at %.*s, over http and https, to %.*s with status 301, keeping path and "
            "query; remove other redirects for this host",
            first, before(first), STR_ARG(place), STR_ARG(host), STR_ARG(to_origin));
    buf_free(&b);
}

static bool add_https_rule(struct buf *b, const struct platform *p, struct str host)
{
    if (is(p, "cloudflare"))
        buf_add_cstr(b, "In dash.cloudflare.com > your domain, SSL/TLS > Edge Certificates: Always Use HTTPS on");
    else if (is(p, "nginx"))
        buf_fmt(b, "server {\n    listen 80;\n    server_name %.*s;\n    return 301 https://$host$request_uri;\n}",
                STR_ARG(host));
    else if (is(p, "apache") || is(p, "litespeed"))
        buf_add_cstr(b, "RewriteEngine On\nRewriteCond %{HTTPS} off\nRewriteRule ^ https://%{HTTP_HOST}%{REQUEST_URI} "
                        "[R=301,L]");
    else if (is(p, "fly"))
        buf_add_cstr(b, "In fly.toml, under [http_service]: force_https = true");
    else if (is(p, "netlify"))
        buf_add_cstr(b, "In app.netlify.com > your site > Domain management > HTTPS: Force HTTPS");
    else if (is(p, "github_pages"))
        buf_add_cstr(b, "In the repository, Settings > Pages: Enforce HTTPS");
    else if (is(p, "cloudfront"))
        buf_add_cstr(b, "In the distribution's behavior: Viewer protocol policy = Redirect HTTP to HTTPS");
    else if (is(p, "bunny"))
        buf_add_cstr(b, "In dash.bunny.net > your zone > Hostnames: Force SSL");
    else
        return false;
    return true;
}

void routes_fix_https(struct ask *q, struct findings *out, struct finding *f, const char *first, struct str host)
{
    const struct platform *p = web_platform(q, host);
    struct str place = place_of(q->arena, p);
    struct buf b;

    buf_init(&b, RULE_MOST_BYTES);
    if (add_https_rule(&b, p, host))
        finding_fix(out, f, "%s%s%.*s", first, before(first), STR_ARG(buf_str(&b)));
    else
        finding_fix(out, f, "%s%s%.*s: redirect http://%.*s with every path to https with status 301", first,
                    before(first), STR_ARG(place), STR_ARG(host));
    buf_free(&b);
}

void routes_fix_path(struct ask *q, struct findings *out, struct finding *f, struct str host, struct str path,
                     struct str to)
{
    const struct platform *p = web_platform(q, host);
    struct str place = place_of(q->arena, p);
    struct buf b;

    buf_init(&b, RULE_MOST_BYTES);
    if (is(p, "cloudflare"))
        buf_fmt(&b,
                "If (custom filter expression): (http.host eq \"%.*s\" and http.request.uri.path eq \"%.*s\")\n"
                "Then: Static, status 301\nURL: %.*s\nPreserve query string: on",
                STR_ARG(host), STR_ARG(path), STR_ARG(to));
    else if (is(p, "vercel"))
        buf_fmt(&b, "{\"source\": \"%.*s\", \"destination\": \"%.*s\", \"permanent\": true}", STR_ARG(path),
                STR_ARG(to));
    else if (is(p, "netlify") || is(p, "gitlab_pages"))
        buf_fmt(&b, "%.*s %.*s 301", STR_ARG(path), STR_ARG(to));
    else if (is(p, "nginx"))
        buf_fmt(&b, "location = %.*s { return 301 %.*s$is_args$args; }", STR_ARG(path), STR_ARG(to));
    else if (is(p, "apache") || is(p, "litespeed"))
        buf_fmt(&b, "Redirect 301 %.*s %.*s", STR_ARG(path), STR_ARG(to));
    else
        buf_fmt(&b, "%.*s -> %.*s, status 301, query kept", STR_ARG(path), STR_ARG(to));
    finding_fix(out, f, "%.*s:\n%.*s", STR_ARG(place), STR_ARG(buf_str(&b)));
    buf_free(&b);
}
