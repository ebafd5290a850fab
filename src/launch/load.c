/* load.c - a launch file from its bytes to a checked struct. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/err.h"
#include "core/file.h"
#include "core/text.h"
#include "launch/fields.h"
#include "launch/name.h"
#include "launch/reader.h"

#define FILE_MOST_BYTES (1024u * 1024u)

static const struct field *field_named(const struct field *rows, struct str key)
{
    for (; rows->key; rows++)
        if (str_eq(str_of(rows->key), key))
            return rows;
    return NULL;
}

static bool unknown_key(struct reader *r, const yaml_node_t *node, const char *parent, const struct field *rows,
                        struct str key)
{
    struct str names[64];
    size_t n = 0;

    for (; rows[n].key && n < N_OF(names); n++)
        names[n] = str_of(rows[n].key);
    struct str nearest = str_nearest(key, names, n);
    if (nearest.n)
        return reader_fail(r, node, parent, "there is no key \"%.*s\"; did you mean \"%.*s\"?",
                           STR_ARG(str_first(key, 40)), STR_ARG(nearest));
    struct str all = STR_NONE;
    for (size_t i = 0; i < n; i++)
        all = str_fmt(r->arena, "%.*s%s%.*s", STR_ARG(all), i ? ", " : "", STR_ARG(names[i]));
    return reader_fail(r, node, parent, "there is no key \"%.*s\"; there are %.*s", STR_ARG(str_first(key, 40)),
                       STR_ARG(str_first(all, 180)));
}

static void note_present(struct reader *r, const char *key, int line)
{
    struct launch *l = r->launch;
    size_t n = l->n_present;

    if ((n & (n - 1)) == 0) { /* grows at each power of two */
        struct launch_present *more = arena_array(r->arena, n ? 2 * n : 1, sizeof *more);
        if (n)
            memcpy(more, l->present, n * sizeof *more);
        l->present = more;
    }
    l->present[l->n_present++] = (struct launch_present){str_dup(r->arena, str_of(key)), line};
}

static bool seen_before(const struct reader *r, const yaml_node_t *node, const yaml_node_pair_t *pair, struct str key)
{
    for (const yaml_node_pair_t *p = node->data.mapping.pairs.start; p < pair; p++) {
        const yaml_node_t *k = yaml_document_get_node(r->document, p->key);
        if (k->type == YAML_SCALAR_NODE &&
            str_eq(str_n((const char *)k->data.scalar.value, k->data.scalar.length), key))
            return true;
    }
    return false;
}

static bool has_required(struct reader *r, const yaml_node_t *node, const char *key, const struct field *rows)
{
    for (; rows->key; rows++) {
        bool there = !rows->required;
        for (yaml_node_pair_t *p = node->data.mapping.pairs.start; !there && p < node->data.mapping.pairs.top; p++) {
            const yaml_node_t *k = yaml_document_get_node(r->document, p->key);
            there = k->type == YAML_SCALAR_NODE && str_eq(str_of((const char *)k->data.scalar.value), str_of(rows->key));
        }
        if (!there)
            return reader_fail(r, node, key, "the key \"%s\" is missing: %s, as in \"%s: %s\"", rows->key, rows->help,
                               rows->key, rows->example ? rows->example : "...");
    }
    return true;
}

bool reader_mapping(struct reader *r, const yaml_node_t *node, const char *key, const struct field *rows, char *to,
                    unsigned depth)
{
    if (!reader_visit(r, node, key))
        return false;
    if (node->type != YAML_MAPPING_NODE)
        return reader_fail(r, node, key, "expected keys with values, such as \"%s: %s\"", rows->key,
                           rows->example ? rows->example : "...");
    for (yaml_node_pair_t *p = node->data.mapping.pairs.start; p < node->data.mapping.pairs.top; p++) {
        const yaml_node_t *k = yaml_document_get_node(r->document, p->key);
        if (k->type != YAML_SCALAR_NODE)
            return reader_fail(r, k, key, "a key must be a word");
        struct str name = str_n((const char *)k->data.scalar.value, k->data.scalar.length);
        const struct field *f = field_named(rows, name);
        if (!f)
            return unknown_key(r, k, key, rows, name);
        char own[200];
        snprintf(own, sizeof own, "%.150s%s%s", key, *key ? "." : "", f->key);
        if (seen_before(r, node, p, name))
            return reader_fail(r, k, own, "it stands here twice");
        note_present(r, own, (int)k->start_mark.line + 1);
        if (!reader_value(r, yaml_document_get_node(r->document, p->value), own, f, to, depth))
            return false;
    }
    return has_required(r, node, key, rows);
}

static const struct launch_flow *flow_named(const struct launch *l, struct str name)
{
    for (size_t i = 0; i < l->n_flows; i++)
        if (str_eq(l->flows[i].name, name))
            return &l->flows[i];
    return NULL;
}

/* What no single value shows. */
static bool fits_together(struct reader *r)
{
    const struct launch *l = r->launch;

    for (size_t i = 0; i < l->deploy.smoke.n; i++)
        if (!flow_named(l, l->deploy.smoke.v[i])) {
            err_set(r->reterr, ERR_USAGE, "deploy.smoke: there is no flow \"%.*s\" under flows",
                    STR_ARG(str_first(l->deploy.smoke.v[i], 100)));
            return err_at(r->reterr, "%s:%d:1", r->path, launch_line(l, "deploy.smoke"));
        }
    for (size_t i = 0; i < l->n_flows; i++)
        for (size_t s = 0; s < l->flows[i].n_steps; s++)
            if (!l->flows[i].steps[s].url.n) {
                err_set(r->reterr, ERR_USAGE, "flows.%.*s.steps[%zu]: expected one of get, head, post, put, patch, delete",
                        STR_ARG(l->flows[i].name), s);
                return err_at(r->reterr, "%s:%d:1", r->path, l->flows[i].steps[s].line);
            }
    for (size_t i = 0; i < l->monitor.n_alerts; i++)
        if (!l->monitor.alerts[i].kind.n) {
            err_set(r->reterr, ERR_USAGE, "monitor.alerts[%zu]: expected one of slack, email, webhook ...", i);
            return err_at(r->reterr, "%s:%d:1", r->path, l->monitor.alerts[i].line);
        }
    for (size_t i = 0; i < l->n_hosts; i++)
        for (size_t j = 0; j < i; j++)
            if (str_eq(l->hosts[i].name, l->hosts[j].name)) {
                err_set(r->reterr, ERR_USAGE, "hosts[%zu]: %.*s stands in hosts[%zu] too", i, STR_ARG(l->hosts[i].name),
                        j);
                return err_at(r->reterr, "%s:%d:1", r->path, l->hosts[i].line);
            }
    return true;
}

static bool yaml_fault(struct reader *r, const yaml_parser_t *p)
{
    const char *what = p->problem ? p->problem : "cannot be read";

    err_set(r->reterr, ERR_USAGE, "this is not YAML: %s%s%s", what, p->context ? ", " : "", p->context ? p->context : "");
    if (p->error == YAML_READER_ERROR)
        return err_at(r->reterr, "%s", r->path);
    return err_at(r->reterr, "%s:%zu:%zu", r->path, p->problem_mark.line + 1, p->problem_mark.column + 1);
}

static bool read_document(struct reader *r, yaml_parser_t *parser)
{
    yaml_document_t second;
    const yaml_node_t *root = yaml_document_get_root_node(r->document);
    bool more;

    if (!root) {
        err_set(r->reterr, ERR_USAGE, "the launch file is empty; it needs at least \"site: shop.example\"");
        return err_at(r->reterr, "%s:1:1", r->path);
    }
    if (!reader_mapping(r, root, "", launch_fields, (char *)r->launch, 0) || !fits_together(r))
        return false;
    if (!yaml_parser_load(parser, &second))
        return yaml_fault(r, parser);
    more = yaml_document_get_root_node(&second) != NULL;
    yaml_document_delete(&second);
    if (more) {
        err_set(r->reterr, ERR_USAGE, "the file holds a second document (a line \"---\"): one is enough");
        return err_at(r->reterr, "%s", r->path);
    }
    return true;
}

static const char *from_environment(const char *name)
{
    return getenv(name);
}

/* libyaml's own nesting and the file's text are bounded before it builds anything. */
static bool text_is_sound(const struct reader *r, struct str text)
{
    size_t line = 1;

    for (size_t at = 0; at < text.n;) {
        uint32_t c = text_next(text, &at);
        line += c == '\n';
        if (c == UINT32_MAX || c == 0) {
            err_set(r->reterr, ERR_USAGE, c ? "this is not UTF-8 text" : "a NUL byte in the file");
            return err_at(r->reterr, "%s:%zu:1", r->path, line);
        }
    }
    return true;
}

/* Deep flow nesting makes libyaml slow long before our own depth limit is reached. */
static bool nests_too_deep(struct str text)
{
    size_t depth = 0, deepest = 0;

    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] == '[' || text.p[i] == '{')
            depth++;
        else if ((text.p[i] == ']' || text.p[i] == '}') && depth)
            depth--;
        deepest = depth > deepest ? depth : deepest;
    }
    return deepest > 200;
}

bool launch_parse(struct arena *arena, struct str text, const char *path, launch_env_fn env, struct launch *ret,
                  struct err *reterr)
{
    struct launch launch;
    yaml_parser_t parser;
    yaml_document_t document;

    launch_empty(&launch, STR_NONE);
    launch.path = str_cstr(arena, str_of(path));
    struct reader r = {arena, launch.path, env ? env : from_environment, &document, &launch, reterr, 0};
    if (!text_is_sound(&r, text))
        return false;
    if (nests_too_deep(text)) {
        err_set(reterr, ERR_USAGE, "nested more than 200 deep");
        return err_at(reterr, "%s", path);
    }
    if (!yaml_parser_initialize(&parser))
        return err_set(reterr, ERR_SYSTEM, "out of memory");
    yaml_parser_set_input_string(&parser, (const unsigned char *)text.p, text.n);
    bool ok = yaml_parser_load(&parser, &document) ? true : yaml_fault(&r, &parser);
    if (ok) {
        ok = read_document(&r, &parser);
        yaml_document_delete(&document);
    }
    yaml_parser_delete(&parser);
    if (ok)
        *ret = launch;
    return ok;
}

bool launch_load(struct arena *arena, const char *path, launch_env_fn env, struct launch *ret, struct err *reterr)
{
    struct str text;

    if (!file_read(arena, path, FILE_MOST_BYTES, &text, reterr)) {
        if (reterr)
            reterr->kind = ERR_USAGE;
        return false;
    }
    return launch_parse(arena, text, path, env, ret, reterr);
}
