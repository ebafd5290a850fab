#include "launch/reader.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/err.h"
#include "launch/fields.h"
#include "launch/node.h"

#define NAME_MOST_BYTES 100u

bool reader_refuse(struct reader *r, const struct node *n, struct str key, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    struct str text = str_vfmt(r->arena, fmt, args);
    va_end(args);
    if (key.n)
        err_set(r->reterr, ERR_USAGE, "%.*s: %.*s", STR_ARG(str_first(key, 120)), STR_ARG(text));
    else
        err_set(r->reterr, ERR_USAGE, "%.*s", STR_ARG(text));
    return err_at(r->reterr, "%s:%d:%d", r->path, n->line, n->column);
}

bool reader_refuse_value(struct reader *r, const struct node *n, struct str key, const struct filled *value,
                         const char *wants)
{
    if (value->from_env)
        return reader_refuse(r, n, key, "expected %s, not what the environment holds", wants);
    return reader_refuse(r, n, key, "expected %s, not \"%.*s\"", wants, STR_ARG(str_first(value->text, 60)));
}

bool reader_refuse_kind(struct reader *r, const struct node *n, struct str key, const char *wants)
{
    if (node_is_nothing(n))
        return reader_refuse(r, n, key, "expected %s; nothing stands here", wants);
    return reader_refuse(r, n, key, "expected %s, not %s", wants, node_word(n));
}

bool reader_made(struct reader *r, const struct node *n, struct str key, size_t bytes)
{
    r->n_expanded += bytes;
    return r->n_expanded <= READER_MOST_EXPANDED || reader_refuse(r, n, key, "the file unfolds to more than 2 MiB");
}

void reader_note(struct reader *r, struct str key, int line, struct str text)
{
    struct launch *l = r->launch;

    *ARENA_PUSH(r->arena, l->notes, l->n_notes, r->notes_capacity) = (struct launch_note){key, line, text};
}

static const char *look_up(const struct reader *r, struct str name)
{
    const char *c = str_cstr(r->arena, name);

    return r->env ? r->env(c) : getenv(c);
}

static bool is_variable(struct str name)
{
    for (size_t i = 0; i < name.n; i++) {
        char c = name.p[i];
        bool letter = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_';
        if (!letter && !(i && c >= '0' && c <= '9'))
            return false;
    }
    return name.n > 0 && name.n <= NAME_MOST_BYTES;
}

static bool may_wait(const struct field *f)
{
    return f->late || f->kind == F_SECRET || f->kind == F_KEYED_SECRET;
}

static bool fill_variable(struct reader *r, const struct field *f, const struct node *n, struct str key,
                          struct str name, struct buf *out, struct filled *ret)
{
    struct launch *l = r->launch;

    if (!is_variable(name))
        return reader_refuse(r, n, key,
                             "after ${ comes a variable's name and }, as in ${NAME}; $${ stands for ${ itself");
    const char *value = look_up(r, name);
    if (value && value[0]) {
        ret->from_env = true;
        if (!reader_made(r, n, key, strlen(value)))
            return false;
        return buf_add_cstr(out, value) || reader_refuse(r, n, key, "it unfolds to more than 64 KiB");
    }
    if (!may_wait(f))
        return reader_refuse(r, n, key, "the environment variable %.*s is not set", STR_ARG(name));
    if (!ret->unset)
        *ARENA_PUSH(r->arena, l->unset_secrets, l->n_unset_secrets, r->unset_capacity) =
            (struct launch_secret_fault){key, n->line, name};
    ret->unset = true;
    return true;
}

static bool fill(struct reader *r, const struct field *f, const struct node *n, struct str key, struct buf *out,
                 struct filled *ret)
{
    struct str rest = n->text;

    while (rest.n) {
        size_t at = str_find(rest, STR("${"));
        if (at == SIZE_MAX)
            return buf_add(out, rest);
        bool escaped = at && rest.p[at - 1] == '$';
        if (!buf_add(out, str_first(rest, escaped ? at - 1 : at)))
            return false;
        rest = str_from(rest, at + 2);
        if (escaped) {
            if (!buf_add_cstr(out, "${"))
                return false;
            continue;
        }
        size_t end = str_find_char(rest, '}');
        if (!fill_variable(r, f, n, key, end == SIZE_MAX ? STR_NONE : str_first(rest, end), out, ret))
            return false;
        rest = str_from(rest, end + 1);
    }
    return true;
}

bool reader_fill(struct reader *r, const struct field *f, const struct node *n, struct str key, struct filled *ret)
{
    struct buf out;

    if (n->kind != NODE_TEXT || node_is_nothing(n))
        return reader_refuse_kind(r, n, key, field_wants(f));
    if (memchr(n->text.p, '\0', n->text.n))
        return reader_refuse(r, n, key, "the text holds a NUL character");
    *ret = (struct filled){.text = n->text};
    if (!str_has(n->text, STR("${")))
        return true;
    buf_init(&out, NODE_MOST_TEXT);
    bool ok = fill(r, f, n, key, &out, ret);
    if (ok) {
        ret->text = ret->unset || !out.n ? STR_NONE : str_dup(r->arena, buf_str(&out));
        ok = reader_made(r, n, key, ret->text.n);
    }
    buf_free(&out);
    return ok;
}

static bool is_json_number(struct str s)
{
    size_t i = s.n && s.p[0] == '-', start = i;

    while (i < s.n && s.p[i] >= '0' && s.p[i] <= '9')
        i++;
    if (i == start || (s.p[start] == '0' && i > start + 1) || i > 18)
        return false;
    if (i < s.n && s.p[i] == '.') {
        start = ++i;
        while (i < s.n && s.p[i] >= '0' && s.p[i] <= '9')
            i++;
        if (i == start)
            return false;
    }
    return i == s.n;
}

static bool write_string(struct buf *out, struct str s)
{
    buf_add_char(out, '"');
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if (c == '"' || c == '\\')
            buf_fmt(out, "\\%c", c);
        else if (c < 0x20)
            buf_fmt(out, "\\u%04x", c);
        else
            buf_add_char(out, (char)c);
    }
    return buf_add_char(out, '"');
}

static bool write_json(struct reader *r, const struct field *f, const struct node *n, struct str key, struct buf *out)
{
    struct filled value = {.text = STR_NONE};

    if (n->kind == NODE_TEXT) {
        if (node_is_nothing(n))
            return buf_add_cstr(out, "null");
        if (!reader_fill(r, f, n, key, &value))
            return false;
        bool bare =
            n->plain && !value.from_env && (is_json_number(value.text) || field_word_in("true|false", value.text));
        bool ok = bare ? buf_add(out, value.text) : write_string(out, value.text);
        return ok || reader_refuse(r, n, key, "it is longer than 64 KiB as JSON");
    }
    size_t step = n->kind == NODE_MAP ? 2 : 1;
    buf_add_char(out, step == 2 ? '{' : '[');
    for (size_t i = 0; i < n->n; i += step) {
        if (i)
            buf_add_char(out, ',');
        if (step == 2) {
            write_string(out, n->at[i]->text);
            buf_add_char(out, ':');
        }
        if (!write_json(r, f, n->at[i + step - 1], key, out))
            return false;
    }
    return buf_add_char(out, step == 2 ? '}' : ']') || reader_refuse(r, n, key, "it is longer than 64 KiB as JSON");
}

bool reader_json(struct reader *r, const struct field *f, const struct node *n, struct str key, struct str *ret)
{
    struct buf out;

    buf_init(&out, NODE_MOST_TEXT);
    bool ok = write_json(r, f, n, key, &out) && reader_made(r, n, key, out.n);
    if (ok)
        *ret = str_dup(r->arena, buf_str(&out));
    buf_free(&out);
    return ok;
}
