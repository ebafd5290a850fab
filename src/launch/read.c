/* read.c - YAML into the structs of launch.h, by the table of fields.c. */
#include "launch/launch.h"

#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "core/arena.h"
#include "core/clock.h"
#include "core/err.h"
#include "core/file.h"
#include "core/ip.h"
#include "core/text.h"
#include "core/url.h"
#include "launch/fields.h"
#include "launch/name.h"
#include "launch/reader.h"
#include "launch/scalar.h"

#define DEPTH_MOST       32u
#define VISITS_MOST      20000u
#define ITEMS_MOST       5000u
#define EXPANDED_MOST    65536u

bool reader_fail(struct reader *r, const yaml_node_t *node, const char *key, const char *fmt, ...)
{
    char text[300];
    va_list args;

    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    if (key && *key)
        err_set(r->reterr, ERR_USAGE, "%s: %s", key, text);
    else
        err_set(r->reterr, ERR_USAGE, "%s", text);
    return err_at(r->reterr, "%s:%zu:%zu", r->path, node->start_mark.line + 1, node->start_mark.column + 1);
}

static struct str raw_text(const yaml_node_t *node)
{
    return str_n((const char *)node->data.scalar.value, node->data.scalar.length);
}

static bool is_null(const yaml_node_t *node)
{
    struct str s = raw_text(node);

    return node->data.scalar.style == YAML_PLAIN_SCALAR_STYLE &&
           (!s.n || str_eq(s, STR("~")) || str_eq_nocase(s, STR("null")));
}

/* "${NAME}" from the environment; "$${" stands for "${". *ret_unset names the first variable that is not set. */
static bool expand(struct reader *r, const yaml_node_t *node, const char *key, struct str raw, struct str *ret,
                   struct str *ret_unset)
{
    struct str out = STR_NONE;

    *ret_unset = STR_NONE;
    if (!str_has(raw, STR("${"))) {
        *ret = str_dup(r->arena, raw);
        return true;
    }
    while (raw.n) {
        size_t at = str_find(raw, STR("${"));
        if (at == SIZE_MAX) {
            out = str_fmt(r->arena, "%.*s%.*s", STR_ARG(out), STR_ARG(raw));
            break;
        }
        if (at && raw.p[at - 1] == '$') {
            out = str_fmt(r->arena, "%.*s%.*s${", STR_ARG(out), (int)(at - 1), raw.p);
            raw = str_from(raw, at + 2);
            continue;
        }
        struct str rest = str_from(raw, at + 2);
        size_t close = str_find_char(rest, '}');
        if (close == SIZE_MAX || close == 0)
            return reader_fail(r, node, key, "\"${\" without a name and \"}\"; write $${ for the two characters");
        struct str name = str_first(rest, close);
        const char *value = r->env(str_cstr(r->arena, name));
        if (!value && !ret_unset->n)
            *ret_unset = name;
        out = str_fmt(r->arena, "%.*s%.*s%s", STR_ARG(out), (int)at, raw.p, value ? value : "");
        if (out.n > EXPANDED_MOST)
            return reader_fail(r, node, key, "longer than %u bytes with its variables filled in", EXPANDED_MOST);
        raw = str_from(rest, close + 1);
    }
    *ret = out;
    return true;
}

/* The text of a scalar that is no secret: every variable must be set. */
static bool text_of(struct reader *r, const yaml_node_t *node, const char *key, struct str *ret)
{
    struct str unset;

    if (!expand(r, node, key, raw_text(node), ret, &unset))
        return false;
    if (unset.n)
        return reader_fail(r, node, key, "the environment variable %.*s is not set", STR_ARG(unset));
    return true;
}

static void note_secret(struct reader *r, struct launch_secret_fault **list, size_t *n, const char *key, int line)
{
    struct launch_secret_fault *more = arena_array(r->arena, *n + 1, sizeof *more);

    if (*n)
        memcpy(more, *list, *n * sizeof *more);
    more[(*n)++] = (struct launch_secret_fault){str_dup(r->arena, str_of(key)), line};
    *list = more;
}

/* A secret without its variable is no error here: only the command that needs it complains. */
static bool read_secret(struct reader *r, const yaml_node_t *node, const char *key, bool literal_is_fine,
                        struct secret *ret)
{
    struct str text, unset, raw = raw_text(node);
    int line = (int)node->start_mark.line + 1;

    if (!expand(r, node, key, raw, &text, &unset))
        return false;
    if (unset.n) {
        note_secret(r, &r->launch->unset_secrets, &r->launch->n_unset_secrets, key, line);
        text = STR_NONE;
    } else if (raw.n && !literal_is_fine && !str_has(raw, STR("${"))) {
        note_secret(r, &r->launch->literal_secrets, &r->launch->n_literal_secrets, key, line);
    }
    *ret = secret_of(text);
    return true;
}

static bool wants(struct reader *r, const yaml_node_t *node, const char *key, const struct field *f)
{
    if (f->kind == F_WORD)
        return reader_fail(r, node, key, "expected one of %s", f->words);
    if (f->kind == F_INT)
        return reader_fail(r, node, key, "expected a whole number from %lld to %lld", (long long)f->low,
                           (long long)f->high);
    return reader_fail(r, node, key, "expected %s", field_wants(f));
}

static bool is_word(const char *words, struct str s)
{
    struct str rest = str_of(words);

    while (rest.p)
        if (str_eq(str_cut(&rest, '|'), s))
            return true;
    return false;
}

static bool is_path(struct str s)
{
    return s.n && s.p[0] == '/' && text_is_utf8(s) && s.n <= 2048 && str_find_char(s, ' ') == SIZE_MAX;
}

static bool is_web_url(struct reader *r, struct str s)
{
    struct url u;

    /* A template in the host or path is for the flow's run to judge. */
    if (str_has(s, STR("{{")))
        return str_starts(s, STR("https://")) || str_starts(s, STR("http://"));
    return url_parse(r->arena, s, &u, NULL) && url_is_web(&u) && !u.userinfo.n;
}

static bool read_origin(struct reader *r, const yaml_node_t *node, const char *key, const struct field *f,
                        struct str text, struct str *ret)
{
    struct url u;

    if (!url_parse(r->arena, text, &u, NULL) || !url_is_web(&u) || u.userinfo.n || u.query.n || u.fragment.n ||
        !str_eq(u.path, STR("/")))
        return wants(r, node, key, f);
    *ret = url_origin(r->arena, &u);
    return true;
}

static bool read_scalar(struct reader *r, const yaml_node_t *node, const char *key, const struct field *f, char *to)
{
    void *at = to + f->offset;
    struct str text;
    uint64_t number;
    bool ok = true;

    if (f->kind == F_SECRET)
        return read_secret(r, node, key, false, at);
    if (!text_of(r, node, key, &text))
        return false;
    switch (f->kind) {
    case F_WORD: ok = is_word(f->words, text); break;
    case F_NAME: {
        struct err why = {0};
        if (!name_normalise(r->arena, text, &text, &why))
            return reader_fail(r, node, key, "%s", why.text);
        break;
    }
    case F_URL: ok = is_web_url(r, text); break;
    case F_ORIGIN: return read_origin(r, node, key, f, text, at);
    case F_PATH: ok = is_path(text); break;
    case F_FILE: ok = text.n > 0 && !memchr(text.p, '\0', text.n); break;
    case F_INT:
        ok = str_to_u64(text, (uint64_t)f->high, &number) && number >= (uint64_t)f->low;
        if (ok)
            *(int *)at = (int)number;
        return ok || wants(r, node, key, f);
    case F_BYTES: return scalar_bytes(text, at) || wants(r, node, key, f);
    case F_DURATION: return scalar_duration(text, at) || wants(r, node, key, f);
    case F_SECONDS:
        if (str_to_u64(text, INT32_MAX, &number)) {
            *(int64_t *)at = (int64_t)number;
            return true;
        }
        ok = scalar_duration(text, at);
        *(int64_t *)at /= 1000;
        return ok || wants(r, node, key, f);
    case F_PERCENT: return scalar_percent(text, at) || wants(r, node, key, f);
    case F_BOOL: return scalar_bool(text, at) || wants(r, node, key, f);
    case F_DATE: return clock_parse(text, at) || wants(r, node, key, f);
    case F_STATUS: return scalar_status(text, (int *)at, (int *)at + 1) || wants(r, node, key, f);
    default: break;
    }
    if (!ok)
        return wants(r, node, key, f);
    *(struct str *)at = text;
    return true;
}

/* One entry of a list of texts. */
static bool read_item(struct reader *r, const yaml_node_t *node, const char *key, const struct field *f,
                      struct str_list *list)
{
    struct str text;
    struct ip ip;

    if (node->type != YAML_SCALAR_NODE || is_null(node))
        return wants(r, node, key, f);
    if (!text_of(r, node, key, &text))
        return false;
    if ((f->kind == F_ADDRESSES && !ip_parse(text, &ip)) || (f->kind == F_URLS && !is_web_url(r, text)) ||
        (f->kind == F_PATHS && !is_path(text) && !is_web_url(r, text)))
        return wants(r, node, key, f);
    str_list_add(r->arena, list, text);
    return true;
}

static bool read_list(struct reader *r, const yaml_node_t *node, const char *key, const struct field *f, char *to)
{
    struct str_list *list = (struct str_list *)(void *)(to + f->offset);

    if (node->type == YAML_SCALAR_NODE)
        return read_item(r, node, key, f, list);
    if (node->type != YAML_SEQUENCE_NODE)
        return wants(r, node, key, f);
    for (yaml_node_item_t *i = node->data.sequence.items.start; i < node->data.sequence.items.top; i++) {
        char item_key[220];
        snprintf(item_key, sizeof item_key, "%.180s[%zu]", key, (size_t)(i - node->data.sequence.items.start));
        if (!reader_visit(r, node, key) || !read_item(r, yaml_document_get_node(r->document, *i), item_key, f, list))
            return false;
    }
    return true;
}

static bool read_pairs(struct reader *r, const yaml_node_t *node, const char *key, const struct field *f, char *to)
{
    struct launch_pairs *pairs = (struct launch_pairs *)(void *)(to + f->offset);

    if (node->type != YAML_MAPPING_NODE)
        return wants(r, node, key, f);
    size_t n = (size_t)(node->data.mapping.pairs.top - node->data.mapping.pairs.start);
    pairs->v = arena_array(r->arena, n ? n : 1, sizeof *pairs->v);
    for (size_t i = 0; i < n; i++) {
        const yaml_node_t *k = yaml_document_get_node(r->document, node->data.mapping.pairs.start[i].key);
        const yaml_node_t *v = yaml_document_get_node(r->document, node->data.mapping.pairs.start[i].value);
        if (!reader_visit(r, node, key) || k->type != YAML_SCALAR_NODE || v->type != YAML_SCALAR_NODE)
            return wants(r, v, key, f);
        pairs->v[i].name = str_dup(r->arena, raw_text(k));
        struct secret hidden; /* a form may carry a password: unset is no error */
        if (!read_secret(r, v, key, true, &hidden))
            return false;
        pairs->v[i].value = secret_reveal(&hidden);
        pairs->n = i + 1;
    }
    return true;
}

bool reader_visit(struct reader *r, const yaml_node_t *node, const char *key)
{
    if (++r->n_visits > VISITS_MOST)
        return reader_fail(r, node, key, "the file unfolds to more than %u values (aliases count each time)",
                           VISITS_MOST);
    return true;
}

static json_t *json_of(struct reader *r, const yaml_node_t *node, unsigned depth)
{
    struct str s;

    if (depth > DEPTH_MOST || ++r->n_visits > VISITS_MOST)
        return NULL;
    if (node->type == YAML_SCALAR_NODE) {
        struct str unset;
        json_t *number;
        if (!expand(r, node, NULL, raw_text(node), &s, &unset))
            return NULL;
        if (node->data.scalar.style != YAML_PLAIN_SCALAR_STYLE)
            return json_stringn(s.p, s.n);
        if (is_null(node))
            return json_null();
        if (str_eq(s, STR("true")) || str_eq(s, STR("false")))
            return json_boolean(str_eq(s, STR("true")));
        number = json_loadb(s.p, s.n, JSON_DECODE_ANY, NULL);
        if (json_is_number(number))
            return number;
        json_decref(number);
        return json_stringn(s.p, s.n);
    }
    json_t *all = node->type == YAML_SEQUENCE_NODE ? json_array() : json_object();
    bool ok = true;
    if (node->type == YAML_SEQUENCE_NODE)
        for (yaml_node_item_t *i = node->data.sequence.items.start; ok && i < node->data.sequence.items.top; i++)
            ok = json_array_append_new(all, json_of(r, yaml_document_get_node(r->document, *i), depth + 1)) == 0;
    else
        for (yaml_node_pair_t *p = node->data.mapping.pairs.start; ok && p < node->data.mapping.pairs.top; p++) {
            const yaml_node_t *k = yaml_document_get_node(r->document, p->key);
            ok = k->type == YAML_SCALAR_NODE &&
                 json_object_setn_new(all, (const char *)k->data.scalar.value, k->data.scalar.length,
                                      json_of(r, yaml_document_get_node(r->document, p->value), depth + 1)) == 0;
        }
    if (ok)
        return all;
    json_decref(all);
    return NULL;
}

static bool read_json(struct reader *r, const yaml_node_t *node, const char *key, const struct field *f, char *to)
{
    json_t *json = json_of(r, node, 0);
    char *text = json ? json_dumps(json, JSON_COMPACT | JSON_ENCODE_ANY) : NULL;

    json_decref(json);
    if (!text)
        return reader_fail(r, node, key, "this cannot be written as JSON: names must be texts, at most %u deep",
                           DEPTH_MOST);
    *(struct str *)(void *)(to + f->offset) = str_dup(r->arena, str_of(text));
    free(text);
    return true;
}

/* The key is itself a word to keep: "get: URL", "slack: ...". */
static bool read_keyed(struct reader *r, const yaml_node_t *node, const char *key, const struct field *f, char *to)
{
    struct str *word = (struct str *)(void *)(to + f->n_offset);

    if (word->n)
        return reader_fail(r, node, key, "%s beside another of its kind: one of them is enough", f->key);
    *word = str_dup(r->arena, str_of(f->key));
    if (f->kind == F_KEYED_SECRET)
        return read_secret(r, node, key, true, (struct secret *)(void *)(to + f->offset));
    char *upper = arena_alloc(r->arena, word->n + 1);
    for (size_t i = 0; i < word->n; i++)
        upper[i] = (char)(word->p[i] - 'a' + 'A');
    *word = str_n(upper, word->n);
    struct field url = *f;
    url.kind = F_URL;
    return read_scalar(r, node, key, &url, to);
}

/* Elements of F_STRUCTS and F_NAMED. */
static bool read_elements(struct reader *r, const yaml_node_t *node, const char *key, const struct field *f, char *to,
                          unsigned depth)
{
    bool named = f->kind == F_NAMED;

    if (node->type != (named ? YAML_MAPPING_NODE : YAML_SEQUENCE_NODE))
        return wants(r, node, key, f);
    size_t n = named ? (size_t)(node->data.mapping.pairs.top - node->data.mapping.pairs.start)
                     : (size_t)(node->data.sequence.items.top - node->data.sequence.items.start);
    if (n > ITEMS_MOST)
        return reader_fail(r, node, key, "more than %u entries", ITEMS_MOST);
    char *all = arena_array(r->arena, n ? n : 1, f->size);
    for (size_t i = 0; i < n; i++) {
        char element_key[220];
        int value = named ? node->data.mapping.pairs.start[i].value : node->data.sequence.items.start[i];
        const yaml_node_t *element = yaml_document_get_node(r->document, value);
        if (named) {
            const yaml_node_t *k = yaml_document_get_node(r->document, node->data.mapping.pairs.start[i].key);
            if (k->type != YAML_SCALAR_NODE || !raw_text(k).n)
                return reader_fail(r, k, key, "expected a name");
            *(struct str *)(void *)(all + i * f->size) = str_dup(r->arena, raw_text(k));
            snprintf(element_key, sizeof element_key, "%.120s.%.*s", key, STR_ARG(str_first(raw_text(k), 60)));
        } else {
            snprintf(element_key, sizeof element_key, "%.180s[%zu]", key, i);
        }
        if (f->line_offset)
            *(int *)(void *)(all + i * f->size + f->line_offset) = (int)element->start_mark.line + 1;
        if (!reader_mapping(r, element, element_key, f->rows, all + i * f->size, depth + 1))
            return false;
    }
    *(char **)(void *)(to + f->offset) = all;
    *(size_t *)(void *)(to + f->n_offset) = n;
    return true;
}

bool reader_value(struct reader *r, const yaml_node_t *node, const char *key, const struct field *f, char *to,
                  unsigned depth)
{
    if (!reader_visit(r, node, key))
        return false;
    if (depth > DEPTH_MOST)
        return reader_fail(r, node, key, "nested more than %u deep (or an alias that holds itself)", DEPTH_MOST);
    switch (f->kind) {
    case F_STRUCT: return reader_mapping(r, node, key, f->rows, to + f->offset, depth + 1);
    case F_STRUCTS:
    case F_NAMED: return read_elements(r, node, key, f, to, depth);
    case F_LIST:
    case F_PATHS:
    case F_URLS:
    case F_ADDRESSES: return read_list(r, node, key, f, to);
    case F_PAIRS: return read_pairs(r, node, key, f, to);
    case F_JSON: return read_json(r, node, key, f, to);
    default: break;
    }
    if (node->type != YAML_SCALAR_NODE || is_null(node))
        return wants(r, node, key, f);
    return f->kind == F_KEYED_URL || f->kind == F_KEYED_SECRET ? read_keyed(r, node, key, f, to)
                                                               : read_scalar(r, node, key, f, to);
}
