#include "facts/fact_zone_file.h"

#include <jansson.h>
#include <ldns/ldns.h>
#include <stdio.h>
#include <string.h>

#include "core/file.h"
#include "core/text.h"
#include "facts/dns_inside.h"
#include "launch/launch.h"

struct reader {
    FILE *file;
    ldns_rdf *origin, *previous;
    uint32_t ttl_s;
    struct str text;
    int line; /* where the record being read begins */
};

/* ldns counts line ends in its own way; where the record begins tells better. */
static int line_at(const struct reader *r, long at)
{
    int line = 1;

    for (size_t i = 0; at > 0 && i < (size_t)at && i < r->text.n; i++)
        line += r->text.p[i] == '\n';
    return line;
}

static bool read_records(struct arena *arena, struct reader *r, const char *path, struct fact_zone_file *ret,
                         struct err *reterr)
{
    size_t capacity = 0;

    while (!feof(r->file)) {
        ldns_rr *rr = NULL;
        long at = ftell(r->file);
        ldns_status status = ldns_rr_new_frm_fp(&rr, r->file, &r->ttl_s, &r->origin, &r->previous);

        if (status == LDNS_STATUS_OK && rr) {
            if (ret->n_records == ZONE_FILE_MOST_RECORDS) {
                ldns_rr_free(rr);
                r->line = line_at(r, at);
                err_set(reterr, ERR_LIMIT, "%s holds more than %u records", path, ZONE_FILE_MOST_RECORDS);
                return err_at(reterr, "%s:%d", path, r->line);
            }
            dns_record_read(arena, rr, ARENA_PUSH(arena, ret->records, ret->n_records, capacity));
            ldns_rr_free(rr);
        } else if (status != LDNS_STATUS_SYNTAX_EMPTY && status != LDNS_STATUS_SYNTAX_TTL &&
                   status != LDNS_STATUS_SYNTAX_ORIGIN && status != LDNS_STATUS_OK) {
            ldns_rr_free(rr);
            r->line = line_at(r, at);
            if (status == LDNS_STATUS_SYNTAX_INCLUDE)
                err_set(reterr, ERR_USAGE, "%s: $INCLUDE is not followed: put the records into this file", path);
            else
                err_set(reterr, ERR_USAGE, "%s: line %d is not a record in master-file format", path, r->line);
            err_at(reterr, "%s:%d", path, r->line);
            return err_because(reterr, "%s", ldns_get_errorstr_by_id(status));
        }
    }
    return true;
}

bool zone_file_read(struct arena *arena, struct str text, struct str origin, const char *path,
                    struct fact_zone_file *ret, struct err *reterr)
{
    struct fact_zone_file found = {
        .path = str_dup(arena, str_of(path)), .origin = str_dup(arena, origin), .text = text};
    struct reader r = {.ttl_s = 3600, .text = text};
    bool ok = false;

    if (text.n > ZONE_FILE_MOST_BYTES)
        return err_set(reterr, ERR_LIMIT, "%s is larger than %u bytes", path, ZONE_FILE_MOST_BYTES);
    if (text.n == 0 || memchr(text.p, '\0', text.n))
        return err_set(reterr, ERR_USAGE, "%s is %s", path, text.n ? "not a text" : "empty");
    char *copy = arena_alloc(arena, text.n + 2); /* ends in a line feed, which ldns wants */
    memcpy(copy, text.p, text.n);
    copy[text.n] = '\n';
    r.origin = ldns_dname_new_frm_str(str_cstr(arena, origin));
    r.file = fmemopen(copy, text.n + 1, "r");
    if (!r.file || !r.origin)
        err_set(reterr, ERR_SYSTEM, "%s cannot be read from memory", path);
    else
        ok = read_records(arena, &r, path, &found, reterr);
    if (r.file)
        (void)fclose(r.file);
    ldns_rdf_deep_free(r.origin);
    ldns_rdf_deep_free(r.previous);
    if (ok)
        *ret = found;
    return ok;
}

static bool look_zone_file(const struct observer *outside, struct ask *q, struct str key, void *ret, struct err *reterr)
{
    struct str rest = key, origin = str_cut(&rest, ' '), text;
    const char *path = str_cstr(q->arena, rest.p ? rest : STR_NONE);

    (void)outside;
    return file_read(q->arena, path, ZONE_FILE_MOST_BYTES, &text, reterr) &&
           zone_file_read(q->arena, text, origin, path, ret, reterr);
}

static json_t *save_zone_file(const void *fact)
{
    const struct fact_zone_file *f = fact;

    /* What is not UTF-8 can only stand in a remark, or in a TXT that JSON cannot hold anyway. */
    struct arena *arena = arena_new(8 * ZONE_FILE_MOST_BYTES);
    struct str safe = text_is_utf8(f->text) ? f->text : text_safe_lines(arena, f->text);
    json_t *o = json_pack("{s:s%, s:s%, s:s%}", "path", f->path.p, f->path.n, "origin", f->origin.p, f->origin.n,
                          "text", safe.p, safe.n);

    arena_free(arena);
    return o;
}

static bool load_zone_file(const json_t *json, struct arena *arena, void *ret)
{
    const json_t *path = json_object_get(json, "path"), *text = json_object_get(json, "text");
    const json_t *origin = json_object_get(json, "origin");

    if (!json_is_string(path) || !json_is_string(origin) || !json_is_string(text))
        return false;
    struct str copy = str_dup(arena, str_n(json_string_value(text), json_string_length(text)));
    return zone_file_read(arena, copy, str_of(json_string_value(origin)),
                          str_cstr(arena, str_of(json_string_value(path))), ret, NULL);
}

const struct fact_kind zone_file_kind = {
    "zone-file", 5, sizeof(struct fact_zone_file), 16u * 1024u * 1024u, look_zone_file, save_zone_file, load_zone_file};

const struct fact_zone_file *fact_zone_file(struct ask *q)
{
    struct str zone = q->launch->dns.zone, folder = str_of(q->launch->path);
    struct err err;

    if (!zone.n) {
        err_set(&err, ERR_NEEDS, "no documented zone: the launch file has no dns.zone");
        return ask_note(q, STR("zone-file"), &err);
    }
    while (folder.n && folder.p[folder.n - 1] != '/')
        folder.n--;
    if (zone.p[0] != '/')
        zone = str_fmt(q->arena, "%.*s%.*s", STR_ARG(folder), STR_ARG(zone));
    return facts_get(q, &zone_file_kind, str_fmt(q->arena, "%.*s %.*s", STR_ARG(q->domain), STR_ARG(zone)));
}
