/* check_edge_files.c - files and consoles that must never be served. What counts is what comes back, not its status:
 * a page that says "not found" with status 200 matches no marker. */
#include <ctype.h>

#include "checks/catalogue.h"
#include "checks/check_web.h"
#include "core/buf.h"
#include "core/secret.h"
#include "core/url.h"

#define MOST_HOSTS 3u

enum marker {
    HOLDS,      /* the text, anywhere in the first 64 KiB */
    BEGINS,     /* with the text */
    ENV_LINES,  /* NAME=value lines */
    SQL_DUMP,   /* statements of a dump */
    LISTING,    /* a server's list of a folder */
    PASSWD_LINE /* user:hash */
};

static const struct exposed {
    const char *path;
    enum marker marker;
    const char *text, *also; /* both must be there */
    bool is_html;            /* consoles are pages; what is not one is never HTML */
    enum severity severity;
    const char *what;
} rows[] = {
    {"/.git/HEAD", BEGINS, "ref: refs/", NULL, false, SEV_CRITICAL, "the repository, with all its history"},
    {"/.git/config", HOLDS, "[core]", NULL, false, SEV_CRITICAL, "the repository's settings"},
    {"/.svn/entries", BEGINS, "12\n", NULL, false, SEV_CRITICAL, "the repository"},
    {"/.svn/wc.db", BEGINS, "SQLite format 3", NULL, false, SEV_CRITICAL, "the repository"},
    {"/.env", ENV_LINES, NULL, NULL, false, SEV_CRITICAL, "environment variables with their secrets"},
    {"/.env.production", ENV_LINES, NULL, NULL, false, SEV_CRITICAL, "environment variables with their secrets"},
    {"/.env.local", ENV_LINES, NULL, NULL, false, SEV_CRITICAL, "environment variables with their secrets"},
    {"/.env.backup", ENV_LINES, NULL, NULL, false, SEV_CRITICAL, "environment variables with their secrets"},
    {"/.aws/credentials", HOLDS, "aws_access_key_id", NULL, false, SEV_CRITICAL, "cloud keys"},
    {"/.npmrc", HOLDS, "_authToken", NULL, false, SEV_CRITICAL, "a package registry token"},
    {"/.htpasswd", PASSWD_LINE, NULL, NULL, false, SEV_HIGH, "password hashes"},
    {"/id_rsa", HOLDS, "PRIVATE KEY--", NULL, false, SEV_CRITICAL, "a private key"},
    {"/wp-config.php.bak", HOLDS, "DB_PASSWORD", NULL, false, SEV_CRITICAL, "the database password"},
    {"/wp-config.php~", HOLDS, "DB_PASSWORD", NULL, false, SEV_CRITICAL, "the database password"},
    {"/backup.sql", SQL_DUMP, NULL, NULL, false, SEV_CRITICAL, "a database dump"},
    {"/dump.sql", SQL_DUMP, NULL, NULL, false, SEV_CRITICAL, "a database dump"},
    {"/database.sql", SQL_DUMP, NULL, NULL, false, SEV_CRITICAL, "a database dump"},
    {"/db.sqlite3", BEGINS, "SQLite format 3", NULL, false, SEV_CRITICAL, "the database"},
    {"/storage/logs/laravel.log", HOLDS, ".ERROR:", NULL, false, SEV_HIGH, "the application's log"},
    {"/docker-compose.yml", HOLDS, "services:", "image:", false, SEV_MEDIUM, "the deployment's layout"},
    {"/.DS_Store", HOLDS, "Bud1", NULL, false, SEV_LOW, "names of files in the folder"},
    {"/phpinfo.php", HOLDS, "PHP Version", "phpinfo()", true, SEV_HIGH, "the server's whole configuration"},
    {"/info.php", HOLDS, "PHP Version", "phpinfo()", true, SEV_HIGH, "the server's whole configuration"},
    {"/server-status", HOLDS, "Apache Server Status for", NULL, true, SEV_MEDIUM, "requests of other visitors"},
    {"/actuator/env", HOLDS, "\"propertySources\"", NULL, false, SEV_CRITICAL, "the application's configuration"},
    {"/debug/pprof/", HOLDS, "/debug/pprof/", "goroutine", true, SEV_HIGH, "memory and stacks of the application"},
    {"/_debugbar/open", HOLDS, "\"utime\"", "\"uri\"", false, SEV_HIGH, "requests of other visitors"},
    {"/telescope", HOLDS, "<title>Telescope", NULL, true, SEV_CRITICAL, "requests, queries and mails of all visitors"},
    {"/_profiler/", HOLDS, "Symfony Profiler", NULL, true, SEV_HIGH, "requests of other visitors"},
    {"/rails/info/properties", HOLDS, "Rails version", NULL, true, SEV_MEDIUM, "versions and settings"},
    {"/elmah.axd", HOLDS, "Error Log for", NULL, true, SEV_HIGH, "errors with the data of visitors"},
    {"/adminer.php", HOLDS, "adminer.org", NULL, true, SEV_CRITICAL, "a database console"},
    {"/phpmyadmin/", HOLDS, "phpMyAdmin", "pma_", true, SEV_HIGH, "a database console"},
    {"/wp-admin/install.php", HOLDS, "WordPress", "weblog_title", true, SEV_CRITICAL,
     "an installer that anybody may run"},
    {"/uploads/", LISTING, NULL, NULL, true, SEV_MEDIUM, "a list of all uploaded files"},
    {"/backup/", LISTING, NULL, NULL, true, SEV_HIGH, "a list of backups"},
    {"/wp-content/uploads/", LISTING, NULL, NULL, true, SEV_MEDIUM, "a list of all uploaded files"},
};

/* ---- markers ---- */

/* Length of the name of a NAME=value line, or 0. */
static size_t env_name(struct str line)
{
    size_t n = 0;

    if (str_starts(line, STR("export ")))
        return 0;
    while (n < line.n &&
           (isupper((unsigned char)line.p[n]) || line.p[n] == '_' || (n > 0 && isdigit((unsigned char)line.p[n]))))
        n++;
    return n >= 2 && n < line.n && line.p[n] == '=' ? n : 0;
}

/* At least two assignments and nothing else but comments in the first 50 lines. */
static bool has_env_lines(struct str body)
{
    struct str rest = body;
    size_t n = 0;

    for (size_t i = 0; i < 50 && rest.p; i++) {
        struct str line = str_trim(str_cut(&rest, '\n'));

        if (line.n == 0 || line.p[0] == '#')
            continue;
        if (env_name(line) == 0)
            return false;
        n++;
    }
    return n >= 2;
}

static bool has_dump(struct str body)
{
    static const char *const words[] = {"CREATE TABLE", "INSERT INTO", "PostgreSQL database dump", "MySQL dump"};

    for (size_t i = 0; i < N_OF(words); i++)
        if (str_has(body, str_of(words[i])))
            return true;
    return false;
}

static bool has_passwd_line(struct str body)
{
    struct str line = str_first(body, str_find_char(body, '\n'));
    size_t colon = str_find_char(line, ':');

    return colon != SIZE_MAX && colon > 0 && colon < 64 &&
           (str_starts(str_from(line, colon + 1), STR("$")) || str_starts(str_from(line, colon + 1), STR("{SHA}")));
}

static bool has_listing(struct str body)
{
    return str_has_nocase(body, STR("<title>Index of /")) || (str_has_nocase(body, STR("<h1>Directory listing for /")));
}

static bool matches(const struct exposed *row, struct str body)
{
    body = str_first(body, 65536);
    switch (row->marker) {
    case HOLDS: return str_has(body, str_of(row->text)) && (!row->also || str_has(body, str_of(row->also)));
    case BEGINS: return str_starts(body, str_of(row->text));
    case ENV_LINES: return has_env_lines(body);
    case SQL_DUMP: return has_dump(body);
    case LISTING: return has_listing(body);
    case PASSWD_LINE: return has_passwd_line(body);
    }
    return false;
}

static bool is_html(struct ask *q, const struct fact_http *x)
{
    return str_eq(web_media_type(q->arena, x), STR("text/html")) ||
           str_starts_nocase(str_trim(str_first(x->body, 200)), STR("<!doctype")) ||
           str_starts_nocase(str_trim(str_first(x->body, 200)), STR("<html"));
}

/* ---- what is shown ---- */

/* The beginning of the body with every value hidden: names stay, for they tell the owner what to change. */
static struct str masked_start(struct ask *q, const struct exposed *row, struct str body)
{
    struct buf b;
    struct str rest = str_first(body, 4096), ret;
    size_t n = 0;

    if (row->marker == LISTING || row->is_html)
        return str_fmt(q->arena, "%zu bytes that hold \"%s\"", body.n, row->text ? row->text : "Index of /");
    if (row->marker == BEGINS && row->text)
        return str_fmt(q->arena, "%zu bytes that begin with \"%.20s\"", body.n, row->text);
    if (row->marker != ENV_LINES)
        return str_fmt(q->arena, "%zu bytes that hold \"%s\"", body.n,
                       row->text ? row->text : "the mark of such a file");
    buf_init(&b, 600);
    while (rest.p && n < 4) {
        struct str line = str_trim(str_cut(&rest, '\n'));
        size_t name = env_name(line);

        if (name == 0 || name > 60)
            continue;
        buf_fmt(&b, "%s%.*s=%.*s", n++ ? ", " : "", (int)name, line.p,
                STR_ARG(secret_mask(q->arena, str_first(str_from(line, name + 1), 19))));
    }
    ret = str_dup(q->arena, buf_str(&b));
    buf_free(&b);
    return ret;
}

static void fix_exposed(struct ask *q, struct findings *out, struct finding *f, struct str host, const char *path)
{
    const struct platform *p = web_platform(q, host);
    const char *id = p ? p->id : "";

    if (p && str_eq(str_of(id), STR("cloudflare")))
        finding_fix(out, f,
                    "Cloudflare: %s > Security > WAF > Custom rules > Create rule: (http.request.uri.path eq \"%s\"), "
                    "action Block. Then take the file out of the deployed folder, and change every secret in it.",
                    p->console, path);
    else if (str_eq(str_of(id), STR("apache")) || str_eq(str_of(id), STR("litespeed")))
        finding_fix(out, f,
                    "Today: RedirectMatch 404 \"^%s\" in the site's file or .htaccess. Then take the file out of the "
                    "deployed folder, and change every secret in it.",
                    path);
    else
        finding_fix(out, f,
                    "Today, as nginx spells it: location ^~ %s { return 404; } (for all dot files: location ~ "
                    "/\\.(?!well-known) { return 404; }). Then take the file out of the deployed folder, and change "
                    "every secret in it: it must count as read by strangers.",
                    path);
}

static void judge_row(struct ask *q, struct findings *out, struct str origin, const struct exposed *row,
                      const struct fact_http *control)
{
    struct str url = str_fmt(q->arena, "%.*s%s", STR_ARG(origin), row->path);
    const struct fact_http *x = fact_get(q, url);
    struct finding *f;

    if (!x) {
        /* A firewall that hangs up on such a path refuses it; silence remains silence. */
        const struct err *why = ask_tolerate(q);

        if (why->kind != ERR_RESET && why->kind != ERR_REFUSED)
            ask_note(q, url, why);
        return;
    }
    if (!web_status_ok(x) || !matches(row, x->body) || (!row->is_html && is_html(q, x)))
        return;
    if (control && web_status_ok(control) && matches(row, control->body))
        return; /* every path answers so */
    f = say(out, FAIL, url, "Anybody can read %s", row->what);
    f->severity = row->severity;
    finding_evidence(out, f, "GET", x->address, x->at_s, "%.*s", STR_ARG(http_describe(q->arena, x)));
    finding_evidence(out, f, "matched", x->address, x->at_s, "%.*s", STR_ARG(masked_start(q, row, x->body)));
    fix_exposed(q, out, f, web_host(q, url), row->path);
}

static void judge_origin(struct ask *q, struct findings *out, struct str origin)
{
    struct str control_url = str_fmt(q->arena, "%.*s/launchready-no-such-file", STR_ARG(origin));
    const struct fact_http *control;

    for (size_t i = 0; i < N_OF(rows); i++)
        fact_http_want(q, &(struct http_ask){.url = str_fmt(q->arena, "%.*s%s", STR_ARG(origin), rows[i].path)});
    control = fact_get(q, control_url);
    if (!control)
        return; /* the host does not answer: one reason is enough */
    for (size_t i = 0; i < N_OF(rows); i++)
        judge_row(q, out, origin, &rows[i], control);
}

void check_edge_exposed_files(struct ask *q, struct findings *out)
{
    const struct fact_site *site = fact_site(q);
    size_t n = 1;

    if (!site)
        return;
    if (site->canonical.n == 0) {
        site_home(q, site);
        return;
    }
    judge_origin(q, out, site->canonical);
    for (size_t i = 0; i < site->n_hosts && n < MOST_HOSTS; i++) {
        const struct site_host *host = &site->hosts[i];
        struct str origin = str_fmt(q->arena, "https://%.*s", STR_ARG(host->name));

        if (!host->declared || !host->exists || str_eq(origin, site->canonical) ||
            (host->role != HOST_APP && host->role != HOST_API && host->role != HOST_ADMIN))
            continue;
        n++;
        judge_origin(q, out, origin);
    }
}
