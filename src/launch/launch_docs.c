/* launch_docs.c - the launch file's reference for people, and an example of every key, from the table. */
#include <string.h>

#include "core/arena.h"
#include "core/buf.h"
#include "launch/fields.h"

#define DEEPEST 8u

static const char head[] =
    "# The launch file\n"
    "\n"
    "`launchready.yaml` states the production that you intend; every command compares it with what is there, or makes "
    "it\n"
    "so. It is looked for in the current folder and those above, up to the repository's top; `-c FILE` names another.\n"
    "`launchready init` writes a first one. Only `site` is required:\n"
    "\n"
    "```yaml\n"
    "site: shop.example\n"
    "```\n"
    "\n"
    "An editor that knows JSON Schema completes and checks it as you type, with this first line (the schema\n"
    "lies beside this page):\n"
    "\n"
    "```yaml\n"
    "# yaml-language-server: $schema=PATH/TO/launchready.schema.json\n"
    "```\n"
    "\n"
    "## Rules\n"
    "\n"
    "- It is one YAML document in UTF-8, up to 1 MiB, 32 levels and 20 000 values. Aliases may be used; each use "
    "counts.\n"
    "- An unknown key, a key that stands twice and a value of another kind are errors (exit status 2) that name the "
    "file,\n"
    "  line, column and key, what was expected, and the nearest known key.\n"
    "- `${NAME}` is read from the environment, also inside a longer text; `$${` stands for `${`. A variable that is "
    "not\n"
    "  set, or empty, is an error - except where the table says \"secret\" or \"may wait\": then only the commands "
    "that need\n"
    "  it complain, so that an audit needs no passwords.\n"
    "- Secrets belong in the environment. One written into the file itself works, and is noted with its line.\n"
    "- Durations: `800ms`, `30s`, `10m`, `1h30m`, `7d`, `2w`. Percentages: `99.9` or `1%`. Sizes: `200`, `10KiB`, "
    "`2MiB`.\n"
    "  Dates: `2027-01-31` (UTC) or `2027-01-31T22:00:00Z`.\n"
    "- Host names may be written in any script; they are compared in their ASCII form (IDNA 2008), in lower case.\n"
    "- Where a list of texts is expected, one text stands for a list of one.\n"
    "\n"
    "Below, every key: what its value is, and what it means. The examples are complete and are read by the tests.\n";

/* Among alternatives, the example shows the first that has one. */
static bool is_shown(const struct field *owner, const struct field *rows, const struct field *f)
{
    const char *group = NULL;

    if (!f->example && !f->rows)
        return false;
    if (owner && owner->one_of && field_word_in(owner->one_of, str_of(f->key)))
        group = owner->one_of;
    else if (owner && owner->at_most && field_word_in(owner->at_most, str_of(f->key)))
        group = owner->at_most;
    for (const struct field *other = rows; group && other != f; other++)
        if (other->example && field_word_in(group, str_of(other->key)))
            return false;
    return true;
}

static void indent(struct buf *out, unsigned depth)
{
    for (unsigned i = 0; i < depth; i++)
        buf_add_cstr(out, "  ");
}

static void write_rows(const struct field *owner, struct buf *out, unsigned depth, bool in_list);

static void write_field(const struct field *f, struct buf *out, unsigned depth)
{
    if (depth > DEEPEST)
        return;
    buf_fmt(out, "%s:", f->key);
    if (!f->rows) {
        buf_fmt(out, " %s\n", f->example);
        return;
    }
    buf_add_char(out, '\n');
    if (f->kind == F_NAMED) {
        indent(out, depth + 1);
        buf_fmt(out, "%s:\n", f->example);
        write_rows(f, out, depth + 2, false);
    } else if (f->kind == F_STRUCTS) {
        indent(out, depth + 1);
        buf_add_cstr(out, "- ");
        write_rows(f, out, depth + 2, true);
    } else {
        write_rows(f, out, depth + 1, false);
    }
}

/* in_list: the first row stands behind "- ". */
static void write_rows(const struct field *owner, struct buf *out, unsigned depth, bool in_list)
{
    for (const struct field *f = owner->rows; f->key; f++) {
        if (!is_shown(owner, owner->rows, f))
            continue;
        if (!in_list)
            indent(out, depth);
        in_list = false;
        write_field(f, out, depth);
    }
}

void field_write_example(const struct field *f, struct buf *out)
{
    write_field(f, out, 0);
}

static void write_wants(const struct field *f, struct buf *out, struct arena *arena)
{
    if (f->kind == F_WORD)
        buf_add(out, field_words(arena, f->words));
    else if (f->kind == F_INT && f->low == f->high)
        buf_fmt(out, "%lld", (long long)f->low);
    else if (f->kind == F_INT)
        buf_fmt(out, "a whole number from %lld to %lld", (long long)f->low, (long long)f->high);
    else
        buf_add_cstr(out, field_wants(f));
    if (f->required)
        buf_add_cstr(out, "; **required**");
    if (f->late)
        buf_add_cstr(out, "; may wait");
}

static void write_group(const char *words, const char *how, struct buf *out, struct arena *arena)
{
    if (words)
        buf_fmt(out, "%s %.*s. ", how, STR_ARG(field_words(arena, words)));
}

static void write_table(const struct field *owner, struct str path, struct buf *out, struct arena *arena)
{
    for (const struct field *f = owner->rows; f->key; f++) {
        struct str own = str_fmt(arena, "%.*s%s", STR_ARG(path), f->key);
        buf_fmt(out, "| `%.*s` | ", STR_ARG(own));
        write_wants(f, out, arena);
        buf_fmt(out, " | %s", f->help);
        if (f->rows && (f->one_of || f->at_most)) {
            buf_add_cstr(out, ". ");
            write_group(f->one_of, "Exactly one of", out, arena);
            write_group(f->at_most, "At most one of", out, arena);
        }
        buf_add_cstr(out, " |\n");
        if (f->rows)
            write_table(f,
                        str_fmt(arena, "%.*s%s.", STR_ARG(own),
                                f->kind == F_STRUCTS ? "[]"
                                : f->kind == F_NAMED ? ".NAME"
                                                     : ""),
                        out, arena);
    }
}

static void write_section(const struct field *f, struct buf *out, struct arena *arena)
{
    buf_fmt(out, "\n## %s\n\n", f->key);
    buf_fmt(out, "%c%s.", f->help[0] >= 'a' && f->help[0] <= 'z' ? f->help[0] - 'a' + 'A' : f->help[0], f->help + 1);
    if (!f->rows) {
        buf_add_cstr(out, " Value: ");
        write_wants(f, out, arena);
        buf_add_char(out, '.');
    } else if (f->kind != F_STRUCT) {
        buf_fmt(out, " Value: %s.", field_wants(f));
    }
    buf_add_cstr(out, "\n\n```yaml\n");
    field_write_example(f, out);
    buf_add_cstr(out, "```\n");
    if (!f->rows)
        return;
    if (f->one_of || f->at_most) {
        buf_add_char(out, '\n');
        write_group(f->one_of, "Each has exactly one of", out, arena);
        write_group(f->at_most, "Each has at most one of", out, arena);
        buf_add_char(out, '\n');
    }
    buf_add_cstr(out, "\n| key | value | meaning |\n| --- | --- | --- |\n");
    write_table(f, STR_NONE, out, arena);
}

void launch_write_reference(struct buf *out)
{
    struct arena *arena = arena_new((size_t)8 * 1024 * 1024);

    buf_add_cstr(out, head);
    for (const struct field *f = launch_fields; f->key; f++)
        write_section(f, out, arena);
    arena_free(arena);
}
