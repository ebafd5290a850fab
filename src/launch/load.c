/* load.c - the launch file from bytes to structs, guided by the table of fields.c. */
#include <string.h>

#include "core/arena.h"
#include "core/err.h"
#include "core/file.h"
#include "launch/fields.h"
#include "launch/launch.h"
#include "launch/node.h"
#include "launch/reader.h"

#define KEYS_MOST 64u

static void note_present(struct reader *r, struct str key, int line)
{
    struct launch *l = r->launch;

    *ARENA_PUSH(r->arena, l->present, l->n_present, r->present_capacity) = (struct launch_present){key, line};
}

static struct str below(struct reader *r, struct str key, struct str name)
{
    return key.n ? str_fmt(r->arena, "%.*s.%.*s", STR_ARG(key), STR_ARG(name)) : name;
}

static bool refuse_key(struct reader *r, const struct field *rows, const struct node *key, struct str in)
{
    struct str known[KEYS_MOST], all = STR_NONE;
    size_t n = 0;

    for (const struct field *f = rows; f->key && n < KEYS_MOST; f++) {
        known[n++] = str_of(f->key);
        all = str_fmt(r->arena, "%.*s%s%s", STR_ARG(all), all.n ? ", " : "", f->key);
    }
    struct str near = str_nearest(key->text, known, n);
    if (near.n)
        return reader_refuse(r, key, in, "there is no key \"%.*s\"; did you mean \"%.*s\"?",
                             STR_ARG(str_first(key->text, 60)), STR_ARG(near));
    return reader_refuse(r, key, in, "there is no key \"%.*s\"; known are %.*s", STR_ARG(str_first(key->text, 60)),
                         STR_ARG(all));
}

static const struct node *find(const struct node *map, struct str key)
{
    for (size_t i = 0; i < map->n; i += 2)
        if (str_eq(map->at[i]->text, key))
            return map->at[i];
    return NULL;
}

/* Required keys, and those of which there is exactly or at most one. */
static bool check_groups(struct reader *r, const struct field *owner, const struct field *rows, const struct node *map,
                         struct str key)
{
    const struct node *chosen = NULL, *other = NULL;

    for (const struct field *f = rows; f->key; f++)
        if (f->required && !find(map, str_of(f->key)))
            return reader_refuse(r, map, key, "\"%s\" is missing: %s", f->key, field_wants(f));
    if (!owner)
        return true;
    for (size_t i = 0; i < map->n; i += 2) {
        const struct node *k = map->at[i];
        if (owner->one_of && field_word_in(owner->one_of, k->text)) {
            if (chosen)
                return reader_refuse(r, k, key, "\"%.*s\" stands beside \"%.*s\": only one of them can be",
                                     STR_ARG(k->text), STR_ARG(chosen->text));
            chosen = k;
        }
        if (owner->at_most && field_word_in(owner->at_most, k->text)) {
            if (other)
                return reader_refuse(r, k, key, "\"%.*s\" stands beside \"%.*s\": only one of them can be",
                                     STR_ARG(k->text), STR_ARG(other->text));
            other = k;
        }
    }
    if (owner->one_of && !chosen)
        return reader_refuse(r, map, key, "one of %.*s is missing", STR_ARG(field_words(r->arena, owner->one_of)));
    return true;
}

static bool read_element(struct reader *r, const struct field *f, const struct node *n, struct str key, char *element)
{
    if (n->kind != NODE_MAP)
        return reader_refuse_kind(r, n, key, "a mapping");
    if (f->defaults)
        memcpy(element, f->defaults, f->size);
    if (f->line_offset)
        memcpy(element + f->line_offset, &n->line, sizeof n->line);
    return reader_map(r, f, f->rows, n, key, element);
}

static void put_array(const struct field *f, char *base, char *elements, size_t n)
{
    memcpy(base + f->offset, &elements, sizeof elements);
    memcpy(base + f->n_offset, &n, sizeof n);
}

static bool read_structs(struct reader *r, const struct field *f, const struct node *n, struct str key, char *base)
{
    if (n->kind != NODE_LIST)
        return reader_refuse_kind(r, n, key, field_wants(f));
    char *elements = arena_array(r->arena, n->n + 1, f->size);
    for (size_t i = 0; i < n->n; i++) {
        struct str at = str_fmt(r->arena, "%.*s[%zu]", STR_ARG(key), i);
        note_present(r, at, n->at[i]->line);
        if (!read_element(r, f, n->at[i], at, elements + i * f->size))
            return false;
    }
    put_array(f, base, elements, n->n);
    return true;
}

static bool is_plain_name(struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_'))
            return false;
    }
    return s.n > 0 && s.n <= 64;
}

static bool read_named(struct reader *r, const struct field *f, const struct node *n, struct str key, char *base)
{
    if (n->kind != NODE_MAP)
        return reader_refuse_kind(r, n, key, field_wants(f));
    size_t n_elements = n->n / 2;
    char *elements = arena_array(r->arena, n_elements + 1, f->size);
    for (size_t i = 0; i < n_elements; i++) {
        const struct node *name = n->at[2 * i];
        char *element = elements + i * f->size;
        if (!is_plain_name(name->text))
            return reader_refuse(r, name, key, "a name is 1 to 64 letters, digits, hyphens or underscores");
        struct str at = below(r, key, name->text);
        note_present(r, at, name->line);
        if (!read_element(r, f, n->at[2 * i + 1], at, element))
            return false;
        memcpy(element, &name->text, sizeof name->text); /* the name is the first field */
        if (f->line_offset)
            memcpy(element + f->line_offset, &name->line, sizeof name->line);
    }
    put_array(f, base, elements, n_elements);
    return true;
}

static bool read_field(struct reader *r, const struct field *f, const struct node *n, struct str key, char *base)
{
    switch (f->kind) {
    case F_STRUCT:
        if (n->kind != NODE_MAP)
            return reader_refuse_kind(r, n, key, field_wants(f));
        return reader_map(r, f, f->rows, n, key, base + f->offset);
    case F_STRUCTS: return read_structs(r, f, n, key, base);
    case F_NAMED: return read_named(r, f, n, key, base);
    default: /* every other kind is a value */ return reader_value(r, f, n, key, base);
    }
}

bool reader_map(struct reader *r, const struct field *owner, const struct field *rows, const struct node *map,
                struct str key, char *base)
{
    for (size_t i = 0; i < map->n; i += 2) {
        const struct node *name = map->at[i];
        const struct field *f = field_by_key(rows, name->text);
        if (!f)
            return refuse_key(r, rows, name, key);
        struct str at = below(r, key, name->text);
        note_present(r, at, name->line);
        if (!read_field(r, f, map->at[i + 1], at, base))
            return false;
    }
    return check_groups(r, owner, rows, map, key);
}

bool launch_parse(struct arena *arena, struct str text, const char *path, launch_env_fn env, struct launch *ret,
                  struct err *reterr)
{
    struct launch launch;
    struct node *root = NULL;
    struct reader r = {.arena = arena, .path = path, .env = env, .launch = &launch, .reterr = reterr};

    launch_empty(&launch, STR_NONE);
    launch.path = path;
    if (!node_read(arena, text, path, &root, reterr))
        return false;
    if (!root || node_is_nothing(root)) {
        err_set(reterr, ERR_USAGE, "the file is empty: it needs at least \"site: shop.example\"");
        return err_at(reterr, "%s:1:1", path);
    }
    if (root->kind != NODE_MAP)
        return reader_refuse(&r, root, STR_NONE, "expected keys such as \"site: shop.example\", not %s",
                             node_word(root));
    if (!reader_map(&r, NULL, launch_fields, root, STR_NONE, (char *)&launch) || !reader_rules(&r, root))
        return false;
    field_fill_absent(launch_fields, (char *)&launch);
    *ret = launch;
    return true;
}

bool launch_load(struct arena *arena, const char *path, launch_env_fn env, struct launch *ret, struct err *reterr)
{
    struct str text;

    if (!file_read(arena, path, NODE_MOST_BYTES, &text, reterr)) {
        if (reterr) /* the user named the file: that is what to mend */
            reterr->kind = ERR_USAGE;
        return false;
    }
    return launch_parse(arena, text, str_dup(arena, str_of(path)).p, env, ret, reterr);
}
