/* Files of the site: as they are, or set into the host's layout when they are pages. */
#include "lab.h"
#include "lab_shop.h"

#include <ctype.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *suffix, *type;
} types[] = {
    {".html", "text/html; charset=utf-8"},
    {".css", "text/css; charset=utf-8"},
    {".js", "text/javascript; charset=utf-8"},
    {".json", "application/json"},
    {".svg", "image/svg+xml"},
    {".png", "image/png"},
    {".xml", "application/xml"},
    {".txt", "text/plain; charset=utf-8"},
    {".webmanifest", "application/manifest+json"},
};

static const char *type_of(const char *path)
{
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        size_t n = strlen(types[i].suffix), n_path = strlen(path);

        if (n_path >= n && !strcmp(path + n_path - n, types[i].suffix))
            return types[i].type;
    }
    return "application/octet-stream";
}

static char *read_file(const char *folder, const char *host, const char *path, const char *suffix, size_t *ret_n)
{
    char name[1024];
    char *bytes = NULL;

    if (snprintf(name, sizeof name, "%s/%s%s%s", folder, host, path, suffix) >= (int)sizeof name)
        return NULL;
    FILE *file = fopen(name, "re");
    if (!file)
        return NULL;
    size_t n = 0, size = 0;
    do {
        size += 65536;
        bytes = need(realloc(bytes, size + 1));
        n += fread(bytes + n, 1, size - n, file);
    } while (n == size);
    bool ok = !ferror(file); /* a folder opens, but does not read */
    fclose(file);
    if (!ok) {
        free(bytes);
        return NULL;
    }
    bytes[n] = 0;
    *ret_n = n;
    return bytes;
}

/* The first folder of a host, which has its layout and its 404 page; false when the host is not known. */
static bool first_folder(const struct site *site, const char *host, char *ret, size_t size)
{
    const char *folders = conf_of(site->conf, "host", host);

    if (folders)
        snprintf(ret, size, "%.*s", (int)strcspn(folders, " "), folders);
    return folders != NULL;
}

/* The file of a path: as named, or a page or an answer of the interface by its name without suffix; in the first of the
 * host's folders that has it. NULL: none. */
static char *find_file(const struct site *site, const char *host, const char *path, const char **ret_suffix,
                       size_t *ret_n)
{
    static const char *const suffixes[] = {"", ".html", ".json"};
    const char *folders = conf_of(site->conf, "host", host);
    bool root = path[strlen(path) - 1] == '/';

    if (!folders || strstr(path, "..") || strstr(path, "/_") || conf_of(site->conf, "hide", path))
        return NULL;
    while (*folders) {
        char folder[128], name[512];
        size_t n = strcspn(folders, " ");

        snprintf(folder, sizeof folder, "%.*s", (int)n, folders);
        folders += n + strspn(folders + n, " ");
        snprintf(name, sizeof name, "%s%s", path, !strcmp(path, "/") ? "index" : "");
        for (size_t s = root ? 1 : 0; s < 3; s++) {
            char *bytes = read_file(site->folder, folder, name, suffixes[s], ret_n);
            if (bytes) {
                *ret_suffix = suffixes[s];
                return bytes;
            }
        }
    }
    return NULL;
}

bool page_exists(const struct site *site, const struct request *asked, const char *path)
{
    const char *suffix;
    size_t n;
    char *bytes = find_file(site, asked->host, path, &suffix, &n);

    free(bytes);
    return bytes != NULL;
}

struct filling {
    const char *name, *value;
};

/* text with each {{name}} replaced. */
static char *fill_in(const char *text, const struct filling *fillings, size_t n_fillings, size_t *ret_n)
{
    char *filled = NULL;
    FILE *out = need(open_memstream(&filled, ret_n));

    for (const char *at = text; *at;) {
        const char *open = strstr(at, "{{"), *close = open ? strstr(open, "}}") : NULL;

        if (!close) {
            fputs(at, out);
            break;
        }
        fwrite(at, 1, (size_t)(open - at), out);
        for (size_t i = 0; i < n_fillings; i++)
            if (!strncmp(open + 2, fillings[i].name, (size_t)(close - open - 2)) && fillings[i].value)
                fputs(fillings[i].value, out);
        at = close + 2;
    }
    fclose(out);
    return filled;
}

/* The value of the line "name: value" at the start of a page; ends it with NUL. */
static char *take_line(char **at, const char *name)
{
    size_t n = strlen(name);

    if (strncmp(*at, name, n))
        return NULL;
    char *value = *at + n;
    *at += strcspn(*at, "\n");
    if (**at)
        *(*at)++ = 0;
    return value;
}

/* A page is lines "title: ..." and "description: ...", an empty line, and the main part of the body. */
static char *lay_out(const struct site *site, const char *host, const char *path, char *page, const struct fill *fill,
                     size_t *ret_n)
{
    char *at = page;
    const char *title = take_line(&at, "title: "), *description = take_line(&at, "description: ");
    char folder[128];
    size_t n_layout, n_body;
    char *layout = title && first_folder(site, host, folder, sizeof folder)
                       ? read_file(site->folder, folder, "/_layout", ".html", &n_layout)
                       : NULL;

    if (!layout) { /* a page of its own */
        *ret_n = strlen(page);
        return need(strdup(page));
    }
    struct filling inner[] = {{"csrf", fill ? fill->csrf : NULL}, {"user", fill ? fill->user : NULL}};
    char *body = fill_in(at, inner, 2, &n_body);
    struct filling outer[] = {{"title", title}, {"description", description}, {"path", path}, {"body", body}};
    char *whole = fill_in(layout, outer, 4, ret_n);
    free(layout);
    free(body);
    return whole;
}

static uint64_t hash(const char *bytes, size_t n)
{
    uint64_t h = 0xcbf29ce484222325u;

    for (size_t i = 0; i < n; i++)
        h = (h ^ (unsigned char)bytes[i]) * 0x100000001b3u;
    return h;
}

/* "name.0123abcd.css": eight or more hexadecimal digits between dots. */
static bool has_fingerprint(const char *path)
{
    for (const char *dot = strchr(path, '.'); dot; dot = strchr(dot + 1, '.')) {
        size_t n = strspn(dot + 1, "0123456789abcdef");

        if (n >= 8 && dot[n + 1] == '.')
            return true;
    }
    return false;
}

static const char *cache_class(const char *path, const char *type, bool private)
{
    if (private || !strcmp(path, "/healthz"))
        return "private";
    if (has_fingerprint(path))
        return "asset";
    return !strncmp(type, "text/html", 9) ? "page" : !strcmp(type, "application/json") ? "api" : "file";
}

static void answer_not_found(const struct site *site, const struct request *asked, struct reply *reply)
{
    char folder[128];
    bool known = first_folder(site, asked->host, folder, sizeof folder);
    int status = atoi(conf_get(site->conf, "not-found", "404"));
    size_t n;
    char *page = known ? read_file(site->folder, folder, "/_404", ".html", &n) : NULL;

    if (page) {
        reply->body = lay_out(site, asked->host, "/", page, NULL, &reply->n_body);
        free(page);
        reply->status = status;
        reply_field(reply, "Content-Type", "text/html; charset=utf-8");
    } else if (known && (page = read_file(site->folder, folder, "/_404", ".json", &n))) {
        reply->body = page;
        reply->n_body = n;
        reply->status = status;
        reply_field(reply, "Content-Type", "application/json");
    } else {
        reply_text(reply, 404, "text/plain; charset=utf-8", "Not found\n");
    }
    reply_field(reply, "Cache-Control", "no-store");
}

/* Makes the body that much longer, with a remark that does not compress well. */
static void pad(struct reply *reply, size_t n_bytes)
{
    unsigned random = 1;
    char *at;

    reply->body = need(realloc(reply->body, reply->n_body + n_bytes + 8));
    at = reply->body + reply->n_body;
    memcpy(at, "<!--", 4);
    for (size_t i = 0; i < n_bytes; i++) {
        random = random * 1664525 + 1013904223;
        at[4 + i] = (char)('a' + (random >> 24) % 26);
    }
    memcpy(at + 4 + n_bytes, "-->", 4);
    reply->n_body += n_bytes + 7;
}

void page_answer(const struct site *site, const struct request *asked, const char *path, const struct fill *fill,
                 struct reply *reply)
{
    const char *suffix;
    char name[600];
    size_t n;
    char *bytes = find_file(site, asked->host, path, &suffix, &n);

    if (!bytes) {
        answer_not_found(site, asked, reply);
        return;
    }
    snprintf(name, sizeof name, "%s%s", path, suffix);
    const char *type = type_of(name);
    bool html = !strncmp(type, "text/html", 9);
    reply->status = 200;
    reply->body = html ? lay_out(site, asked->host, path, bytes, fill, &reply->n_body) : bytes;
    if (html)
        free(bytes);
    else
        reply->n_body = n;
    reply_field(reply, "Content-Type", "%s", type);
    if (conf_of(site->conf, "pad", path))
        pad(reply, strtoul(conf_of(site->conf, "pad", path), NULL, 10));
    const char *cache = conf_of(site->conf, "cache", cache_class(path, type, fill != NULL));
    if (cache && *cache)
        reply_field(reply, "Cache-Control", "%s", cache);
    if (!fill && conf_of(site->conf, "cache", "no-validators") == NULL) {
        char tag[32];
        snprintf(tag, sizeof tag, "\"%016llx\"", (unsigned long long)hash(reply->body, reply->n_body));
        reply_field(reply, "ETag", "%s", tag);
        if (asked->if_none_match && strstr(asked->if_none_match, tag)) {
            reply->status = 304;
            reply->n_body = 0;
        }
    }
}
