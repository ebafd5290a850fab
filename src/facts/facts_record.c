#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "core/buf.h"
#include "core/clock.h"
#include "core/file.h"
#include "facts/facts_table.h"

#define RECORD_MOST_BYTES (256u * 1024u * 1024u)
#define RECORD_SCHEMA     "launchready.record/1"

#define FACT(name) extern const struct fact_kind name##_kind;
#include "facts/fact_kinds.def"
#undef FACT

static const struct fact_kind *const kinds[] = {
#define FACT(name) &name##_kind,
#include "facts/fact_kinds.def"
#undef FACT
};

static const struct fact_kind *kind_named(const char *name)
{
    for (size_t i = 0; name && i < N_OF(kinds); i++)
        if (strcmp(kinds[i]->name, name) == 0)
            return kinds[i];
    return NULL;
}

static json_t *entry_json(const struct entry *e)
{
    json_t *o = json_object();

    json_object_set_new(o, "kind", json_string(e->kind->name));
    json_object_set_new(o, "key", json_stringn(e->key.p, e->key.n));
    json_object_set_new(o, "at", json_integer(e->at_s));
    json_object_set_new(o, "took_us", json_integer(e->took_us));
    if (e->fact)
        json_object_set_new(o, "fact", e->kind->save(e->fact));
    else
        json_object_set_new(o, "err",
                            json_pack("{s:s, s:s, s:s, s:s}", "kind", err_word(e->err.kind), "text", e->err.text,
                                      "place", e->err.place, "cause", e->err.cause));
    return o;
}

static bool add_line(struct buf *b, const struct entry *e)
{
    json_t *o = entry_json(e);
    char *line = json_dumps(o, JSON_COMPACT);
    bool ok = line && buf_add_cstr(b, line) && buf_add_char(b, '\n');

    free(line);
    json_decref(o);
    return ok;
}

static bool write_lines(struct facts *facts, const char *path, struct err *reterr)
{
    struct buf b;
    struct entry *e, *next;
    bool ok = true;

    buf_init(&b, RECORD_MOST_BYTES);
    pthread_mutex_lock(&facts->lock);
    HASH_ITER(hh, facts->entries, e, next)
    {
        /* What was cut short by ctrl-C says nothing about the site. */
        if (e->state == DONE && e->kind->save && (e->fact || e->err.kind != ERR_CANCELLED))
            ok = ok && add_line(&b, e);
    }
    pthread_mutex_unlock(&facts->lock);
    if (!ok)
        err_set(reterr, ERR_LIMIT, "the recording is larger than %u bytes", RECORD_MOST_BYTES);
    else
        ok = file_write(path, buf_str(&b), reterr);
    buf_free(&b);
    return ok;
}

bool facts_record(struct facts *facts, const char *folder, struct err *reterr)
{
    struct arena *arena = arena_new(64 * 1024);
    json_t *head = json_pack("{s:s, s:s%, s:I}", "schema", RECORD_SCHEMA, "domain", facts->setup.domain.p,
                             facts->setup.domain.n, "now", (json_int_t)facts->setup.now_s);
    char *text = head ? json_dumps(head, JSON_INDENT(2)) : NULL;
    bool ok =
        file_make_folder(folder, reterr) && write_lines(facts, str_fmt(arena, "%s/facts.jsonl", folder).p, reterr);

    if (ok && !text)
        ok = err_set(reterr, ERR_SYSTEM, "cannot write the recording's head");
    if (ok)
        ok = file_write(str_fmt(arena, "%s/audit.json", folder).p, str_of(text), reterr);
    free(text);
    json_decref(head);
    arena_free(arena);
    return ok;
}

bool facts_replay_head(struct arena *arena, const char *folder, struct replay *ret, struct err *reterr)
{
    struct str text;
    const char *path = str_fmt(arena, "%s/audit.json", folder).p, *schema, *domain;
    json_int_t now;

    if (!file_read(arena, path, 64 * 1024, &text, reterr))
        return false;
    json_t *head = json_loadb(text.p, text.n, JSON_REJECT_DUPLICATES, NULL);
    bool ok = head && json_unpack(head, "{s:s, s:s, s:I}", "schema", &schema, "domain", &domain, "now", &now) == 0 &&
              strcmp(schema, RECORD_SCHEMA) == 0;
    if (ok)
        *ret = (struct replay){str_dup(arena, str_of(domain)), now};
    else
        err_set(reterr, ERR_PARSE, "%s is not the head of a recording (expected schema %s)", path, RECORD_SCHEMA);
    json_decref(head);
    return ok;
}

static bool load_err(const json_t *o, struct err *ret)
{
    const char *kind, *text, *place, *cause;

    if (json_unpack((json_t *)(uintptr_t)o, "{s:s, s:s, s:s, s:s}", "kind", &kind, "text", &text, "place", &place,
                    "cause", &cause) != 0 ||
        err_from_word(kind) == ERR_NONE)
        return false;
    err_set(ret, err_from_word(kind), "%s", text);
    err_at(ret, "%s", place);
    err_because(ret, "%s", cause);
    return true;
}

/* One line of facts.jsonl into the table. With the lock held. */
static bool load_line(struct facts *facts, struct str line)
{
    json_t *o = json_loadb(line.p, line.n, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, NULL);
    const json_t *fact = json_object_get(o, "fact"), *err = json_object_get(o, "err");
    const json_t *key = json_object_get(o, "key");
    const struct fact_kind *kind = kind_named(json_string_value(json_object_get(o, "kind")));
    bool ok = false;

    if (kind && json_is_string(key) && (json_is_object(fact) || json_is_object(err))) {
        struct entry *e = facts_entry(facts, kind, str_n(json_string_value(key), json_string_length(key)));
        void *room = arena_alloc(e->arena, kind->size);
        ok = e->state != DONE && (fact ? kind->load(fact, e->arena, room) : load_err(err, &e->err));
        e->fact = ok && fact ? room : NULL;
        e->at_s = json_integer_value(json_object_get(o, "at"));
        e->took_us = json_integer_value(json_object_get(o, "took_us"));
        e->state = DONE;
        if (!ok)
            err_set(&e->err, ERR_PARSE, "the recording is damaged here");
    }
    json_decref(o);
    return ok;
}

bool facts_replay_text(struct facts *facts, struct str text, const char *path, struct err *reterr)
{
    size_t line_number = 0;
    bool ok = true;

    pthread_mutex_lock(&facts->lock);
    while (ok && text.p) {
        struct str line = str_cut(&text, '\n');
        line_number++;
        if (line.n && !load_line(facts, line)) {
            ok = err_set(reterr, ERR_PARSE, "%s:%zu: not a recorded fact of this version", path, line_number);
            err_at(reterr, "%s:%zu", path, line_number);
        }
    }
    facts->replaying = ok;
    pthread_mutex_unlock(&facts->lock);
    return ok;
}

bool facts_replay(struct facts *facts, const char *folder, struct err *reterr)
{
    struct arena *arena = arena_new((size_t)RECORD_MOST_BYTES + 1024 * 1024);
    const char *path = str_fmt(arena, "%s/facts.jsonl", folder).p;
    struct str text;
    bool ok = file_read(arena, path, RECORD_MOST_BYTES, &text, reterr) && facts_replay_text(facts, text, path, reterr);

    arena_free(arena);
    return ok;
}
