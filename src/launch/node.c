#include "launch/node.h"

#include <yaml.h>

#include "core/arena.h"
#include "core/err.h"
#include "core/text.h"

struct open_node {
    struct node *node;
    size_t capacity;
};

struct anchor {
    struct str name;
    struct node *node;
};

struct builder {
    struct arena *arena;
    const char *path;
    struct err *reterr;
    struct node *root;
    struct open_node open[NODE_MOST_DEPTH];
    size_t n_open;
    struct anchor *anchors;
    size_t n_anchors, anchors_capacity;
    size_t n_nodes;
    size_t n_documents;
    bool ended;
};

static bool refuse(struct builder *b, yaml_mark_t mark, const char *text)
{
    err_set(b->reterr, ERR_USAGE, "%s", text);
    return err_at(b->reterr, "%s:%zu:%zu", b->path, mark.line + 1, mark.column + 1);
}

static bool refuse_at(struct builder *b, const struct node *n, const char *text)
{
    return refuse(b, (yaml_mark_t){.line = (size_t)n->line - 1, .column = (size_t)n->column - 1}, text);
}

static bool attach(struct builder *b, struct node *n, yaml_mark_t mark)
{
    if (++b->n_nodes > NODE_MOST)
        return refuse(b, mark, "there are more than 20000 values in it");
    if (!b->n_open) {
        b->root = n;
        return true;
    }
    struct open_node *top = &b->open[b->n_open - 1];
    *ARENA_PUSH(b->arena, top->node->at, top->node->n, top->capacity) = n;
    return true;
}

static bool remember(struct builder *b, const yaml_char_t *name, struct node *n, yaml_mark_t mark)
{
    if (!name)
        return true;
    if (b->n_anchors == NODE_MOST_ANCHORS)
        return refuse(b, mark, "there are more than 1000 anchors in it");
    *ARENA_PUSH(b->arena, b->anchors, b->n_anchors, b->anchors_capacity) =
        (struct anchor){str_dup(b->arena, str_of((const char *)name)), n};
    return true;
}

static struct node *new_node(struct builder *b, enum node_kind kind, yaml_mark_t mark)
{
    struct node *n = arena_alloc(b->arena, sizeof *n);

    n->kind = kind;
    n->text = STR_NONE;
    n->line = (int)mark.line + 1;
    n->column = (int)mark.column + 1;
    n->weight = 1;
    n->height = 1;
    return n;
}

static bool add_text(struct builder *b, const yaml_event_t *e)
{
    struct node *n = new_node(b, NODE_TEXT, e->start_mark);

    if (e->data.scalar.tag)
        return refuse(b, e->start_mark, "a launch file has no tags such as !!str");
    if (e->data.scalar.length > NODE_MOST_TEXT)
        return refuse(b, e->start_mark, "one value is longer than 64 KiB");
    n->plain = e->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
    n->text = str_dup(b->arena, str_n((const char *)e->data.scalar.value, e->data.scalar.length));
    return attach(b, n, e->start_mark) && remember(b, e->data.scalar.anchor, n, e->start_mark);
}

static bool open_nested(struct builder *b, enum node_kind kind, const yaml_char_t *anchor, const yaml_char_t *tag,
                        yaml_mark_t mark)
{
    struct node *n = new_node(b, kind, mark);

    if (tag)
        return refuse(b, mark, "a launch file has no tags such as !!map");
    if (b->n_open == NODE_MOST_DEPTH)
        return refuse(b, mark, "it is nested more than 32 levels deep");
    if (!attach(b, n, mark) || !remember(b, anchor, n, mark))
        return false;
    b->open[b->n_open++] = (struct open_node){n, 0};
    return true;
}

static bool check_keys(struct builder *b, const struct node *map)
{
    for (size_t i = 0; i < map->n; i += 2) {
        const struct node *key = map->at[i];
        if (key->kind != NODE_TEXT)
            return refuse_at(b, key, "a key is a text, not a list or a mapping");
        for (size_t j = 0; j < i; j += 2)
            if (str_eq(map->at[j]->text, key->text)) {
                err_set(b->reterr, ERR_USAGE, "the key \"%.*s\" stands here a second time; the first is in line %d",
                        STR_ARG(str_first(key->text, 60)), map->at[j]->line);
                return err_at(b->reterr, "%s:%d:%d", b->path, key->line, key->column);
            }
    }
    return true;
}

static bool close_nested(struct builder *b)
{
    struct node *n = b->open[--b->n_open].node;

    for (size_t i = 0; i < n->n; i++) {
        n->weight += n->at[i]->weight;
        if (n->at[i]->height >= n->height)
            n->height = n->at[i]->height + 1;
        if (n->weight > NODE_MOST)
            return refuse_at(b, n, "its aliases unfold to more than 20000 values");
    }
    return n->kind != NODE_MAP || check_keys(b, n);
}

static bool add_alias(struct builder *b, const yaml_event_t *e)
{
    struct str name = str_of((const char *)e->data.alias.anchor);
    struct node *n = NULL;

    for (size_t i = b->n_anchors; i > 0 && !n; i--)
        if (str_eq(b->anchors[i - 1].name, name))
            n = b->anchors[i - 1].node;
    if (!n) {
        err_set(b->reterr, ERR_USAGE, "the alias *%.*s names no anchor above it", STR_ARG(str_first(name, 60)));
        return err_at(b->reterr, "%s:%zu:%zu", b->path, e->start_mark.line + 1, e->start_mark.column + 1);
    }
    for (size_t i = 0; i < b->n_open; i++)
        if (b->open[i].node == n)
            return refuse(b, e->start_mark, "the alias stands inside what it names: that has no end");
    if (b->n_open + n->height > NODE_MOST_DEPTH)
        return refuse(b, e->start_mark, "its aliases unfold more than 32 levels deep");
    return attach(b, n, e->start_mark);
}

static bool take(struct builder *b, const yaml_event_t *e)
{
    switch (e->type) {
    case YAML_DOCUMENT_START_EVENT:
        return ++b->n_documents == 1 ||
               refuse(b, e->start_mark, "a second document starts here; a launch file is one document");
    case YAML_SCALAR_EVENT: return add_text(b, e);
    case YAML_ALIAS_EVENT: return add_alias(b, e);
    case YAML_SEQUENCE_START_EVENT:
        return open_nested(b, NODE_LIST, e->data.sequence_start.anchor, e->data.sequence_start.tag, e->start_mark);
    case YAML_MAPPING_START_EVENT:
        return open_nested(b, NODE_MAP, e->data.mapping_start.anchor, e->data.mapping_start.tag, e->start_mark);
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT: return close_nested(b);
    case YAML_STREAM_END_EVENT: b->ended = true; return true;
    case YAML_NO_EVENT:
    case YAML_STREAM_START_EVENT:
    case YAML_DOCUMENT_END_EVENT: return true;
    }
    return true;
}

static bool refuse_yaml(struct builder *b, const yaml_parser_t *p)
{
    refuse(b, p->problem_mark, "this is not YAML");
    if (p->problem)
        err_because(b->reterr, "%s%s%s", p->problem, p->context ? " " : "", p->context ? p->context : "");
    return false;
}

static bool check_bytes(struct builder *b, struct str text)
{
    yaml_mark_t mark = {0};

    if (text.n > NODE_MOST_BYTES)
        return refuse(b, mark, "it is larger than 1 MiB");
    for (size_t at = 0; at < text.n;) {
        uint32_t c = text_next(text, &at);
        if (c == UINT32_MAX)
            return refuse(b, mark, "a byte here is not UTF-8 text; save the file as UTF-8");
        if (c == 0)
            return refuse(b, mark, "a NUL byte stands here: this is not a text file");
        mark.column++;
        if (c == '\n')
            mark = (yaml_mark_t){.line = mark.line + 1};
    }
    return true;
}

bool node_read(struct arena *arena, struct str text, const char *path, struct node **ret, struct err *reterr)
{
    struct builder b = {.arena = arena, .path = path, .reterr = reterr};
    yaml_parser_t parser;
    bool ok = true;

    if (!check_bytes(&b, text))
        return false;
    if (str_starts(text, STR("\xef\xbb\xbf"))) /* a byte order mark: libyaml, told the encoding, trips over it */
        text = str_from(text, 3);
    if (!yaml_parser_initialize(&parser))
        return err_set(reterr, ERR_SYSTEM, "no memory for reading YAML");
    yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&parser, (const unsigned char *)text.p, text.n);
    while (ok && !b.ended) {
        yaml_event_t event;
        if (!yaml_parser_parse(&parser, &event)) {
            ok = refuse_yaml(&b, &parser);
            break;
        }
        ok = take(&b, &event);
        yaml_event_delete(&event);
    }
    yaml_parser_delete(&parser);
    if (ok)
        *ret = b.root;
    return ok;
}

bool node_is_nothing(const struct node *n)
{
    return n->kind == NODE_TEXT && n->plain &&
           (!n->text.n || str_eq(n->text, STR("~")) || str_eq_nocase(n->text, STR("null")));
}

const char *node_word(const struct node *n)
{
    static const char *const words[] = {"a text", "a list", "a mapping"};

    return node_is_nothing(n) ? "nothing" : words[n->kind];
}
