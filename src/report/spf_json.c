/* SPF for programs: docs/json.md. */
#include <jansson.h>
#include <stdlib.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/text.h"
#include "mail/spf.h"
#include "report/spf_write_inside.h"

/* Foreign bytes become text that is valid UTF-8; the empty string becomes null where it means "none". */
static json_t *text(struct arena *arena, struct str s)
{
    struct str t = text_safe(arena, s);

    return json_stringn(t.n ? t.p : "", t.n);
}

static json_t *text_or_null(struct arena *arena, struct str s)
{
    return s.n ? text(arena, s) : json_null();
}

static json_t *node_json(struct arena *arena, const struct spf_node *node);

static json_t *terms_json(struct arena *arena, const struct spf_node *node)
{
    json_t *terms = json_array();

    for (size_t i = 0; node && i < node->n_terms; i++) {
        const struct spf_term *term = &node->terms[i];
        json_t *to = json_object();
        json_object_set_new(to, "term", text(arena, term->text));
        json_object_set_new(to, "target", text_or_null(arena, term->target));
        json_object_set_new(to, "lookups", json_integer(term->look_ups));
        json_object_set_new(to, "void_lookups", json_integer(term->void_look_ups));
        json_object_set_new(to, "reached", json_boolean(term->reached));
        json_object_set_new(to, "matched", json_boolean(term->matched));
        json_object_set_new(to, "result",
                            term->result == SPF_NONE ? json_null() : json_string(spf_result_word(term->result)));
        json_object_set_new(to, "note", text_or_null(arena, term->note));
        json_object_set_new(to, "record", term->record ? node_json(arena, term->record) : json_null());
        json_array_append_new(terms, to);
    }
    return terms;
}

static json_t *node_json(struct arena *arena, const struct spf_node *node)
{
    json_t *to = json_object();

    json_object_set_new(to, "domain", text(arena, node->domain));
    json_object_set_new(to, "text", text(arena, node->text));
    json_object_set_new(to, "lookups", json_integer(node->look_ups));
    json_object_set_new(to, "void_lookups", json_integer(node->void_look_ups));
    json_object_set_new(to, "terms", terms_json(arena, node));
    return to;
}

static void dump(json_t *top, struct buf *out)
{
    char *all = json_dumps(top, JSON_INDENT(1));

    buf_add_cstr(out, all ? all : "");
    buf_add_char(out, '\n');
    free(all);
    json_decref(top);
}

void spf_json_verdict(const struct spf_question *q, const struct spf_verdict *v, struct arena *arena, struct buf *out)
{
    json_t *top = json_object();

    json_object_set_new(top, "schema", json_string("launchready.spf/1"));
    json_object_set_new(top, "result", json_string(spf_result_word(v->result)));
    json_object_set_new(top, "explanation", text_or_null(arena, v->explanation));
    json_object_set_new(top, "reason", text(arena, v->reason));
    json_object_set_new(top, "ip", text(arena, q->ip));
    json_object_set_new(top, "mail_from", text(arena, q->mail_from));
    json_object_set_new(top, "helo", text(arena, q->helo));
    json_object_set_new(top, "domain", text(arena, v->domain));
    json_object_set_new(top, "record", v->tree ? text(arena, v->tree->text) : json_null());
    json_object_set_new(top, "lookups", json_integer(v->look_ups));
    json_object_set_new(top, "void_lookups", json_integer(v->void_look_ups));
    json_object_set_new(top, "terms", terms_json(arena, v->tree));
    dump(top, out);
}

void spf_json_survey(const struct spf_survey *s, struct arena *arena, struct buf *out)
{
    json_t *top = json_object(), *flaws = json_array(), *records = json_array();

    json_object_set_new(top, "schema", json_string("launchready.spf-survey/1"));
    json_object_set_new(top, "domain", text(arena, s->domain));
    json_object_set_new(top, "permerror", json_boolean(spf_survey_is_permerror(s)));
    json_object_set_new(top, "record", text_or_null(arena, s->record));
    for (size_t i = 0; i < s->records.n; i++)
        json_array_append_new(records, text(arena, s->records.v[i]));
    json_object_set_new(top, "records", records);
    json_object_set_new(top, "ending", text_or_null(arena, s->ending));
    json_object_set_new(top, "lookups", json_integer(s->look_ups));
    json_object_set_new(top, "void_lookups", json_integer(s->void_look_ups));
    json_object_set_new(top, "unseen", text_or_null(arena, s->unseen));
    for (size_t i = 0; i < s->n_flaws; i++) {
        const struct spf_flaw *f = &s->flaws[i];
        json_t *to = json_object();
        json_object_set_new(to, "flaw", json_string(spf_flaw_word(f->kind)));
        json_object_set_new(to, "permerror", json_boolean(f->always_permerror));
        json_object_set_new(to, "domain", text(arena, f->domain));
        json_object_set_new(to, "term", text_or_null(arena, f->term));
        json_object_set_new(to, "at", f->term.n ? json_integer((json_int_t)f->at) : json_null());
        json_object_set_new(to, "text", text(arena, f->text));
        json_array_append_new(flaws, to);
    }
    json_object_set_new(top, "flaws", flaws);
    json_object_set_new(top, "terms", terms_json(arena, s->tree));
    dump(top, out);
}
