#include "mail/proof.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/clock.h"
#include "core/err.h"
#include "core/text.h"

#define SCHEMA          "launchready.email-proof/1"
#define TEXT_MOST_BYTES 1000u
#define ARRIVED_MOST_MS (7 * 86400 * (int64_t)1000)

static const char *const problem_words[] = {
#define PROOF_WORD(problem, word) word,
    PROOF_PROBLEMS(PROOF_WORD)
#undef PROOF_WORD
};

const char *proof_problem_word(enum proof_problem p)
{
    return problem_words[p];
}

/* One row a text: where it stands in the JSON, and where in the struct. */
static const struct text_row {
    const char *object; /* NULL: at the top */
    const char *key;
    size_t offset;
} text_rows[] = {
    {NULL, "from", offsetof(struct proof, from)},
    {NULL, "to", offsetof(struct proof, to)},
    {NULL, "mailbox_host", offsetof(struct proof, mailbox_host)},
    {NULL, "token", offsetof(struct proof, token)},
    {NULL, "server_said", offsetof(struct proof, server_said)},
    {NULL, "folder", offsetof(struct proof, folder)},
    {"spf", "result", offsetof(struct proof, spf)},
    {"spf", "domain", offsetof(struct proof, spf_domain)},
    {"spf", "client_ip", offsetof(struct proof, client_ip)},
    {"spf", "reason", offsetof(struct proof, spf_reason)},
    {"dkim", "result", offsetof(struct proof, dkim)},
    {"dkim", "domain", offsetof(struct proof, dkim_domain)},
    {"dkim", "selector", offsetof(struct proof, dkim_selector)},
    {"dkim", "reason", offsetof(struct proof, dkim_reason)},
    {"dmarc", "result", offsetof(struct proof, dmarc)},
    {"dmarc", "policy", offsetof(struct proof, dmarc_policy)},
    {"dmarc", "reason", offsetof(struct proof, dmarc_reason)},
    {NULL, "failure", offsetof(struct proof, failure)},
    {NULL, "fix", offsetof(struct proof, fix)},
};

static const struct flag_row {
    const char *object, *key;
    size_t offset;
} flag_rows[] = {
    {NULL, "by_hand", offsetof(struct proof, by_hand)},
    {NULL, "junk", offsetof(struct proof, junk)},
    {"spf", "aligned", offsetof(struct proof, spf_aligned)},
    {"dkim", "aligned", offsetof(struct proof, dkim_aligned)},
    {NULL, "unsubscribe", offsetof(struct proof, unsubscribe)},
    {NULL, "tls", offsetof(struct proof, tls)},
};

#define ROWS(rows) (sizeof(rows) / sizeof *(rows))

static json_t *place_of(json_t *top, const char *object)
{
    return object ? json_object_get(top, object) : top;
}

static bool wrong(struct err *reterr, const char *object, const char *key, const char *wanted)
{
    return err_set(reterr, ERR_PARSE, "the record of the test send: %s%s%s must be %s", object ? object : "",
                   object ? "." : "", key, wanted);
}

static bool read_texts(struct arena *arena, json_t *top, struct proof *p, struct err *reterr)
{
    for (size_t i = 0; i < ROWS(text_rows); i++) {
        const struct text_row *row = &text_rows[i];
        const json_t *v = json_object_get(place_of(top, row->object), row->key);
        if (!json_is_string(v) || json_string_length(v) > TEXT_MOST_BYTES)
            return wrong(reterr, row->object, row->key, "a text of at most 1000 bytes");
        struct str text = str_dup(arena, str_n(json_string_value(v), json_string_length(v)));
        memcpy((char *)p + row->offset, &text, sizeof text);
    }
    for (size_t i = 0; i < ROWS(flag_rows); i++) {
        const struct flag_row *row = &flag_rows[i];
        const json_t *v = json_object_get(place_of(top, row->object), row->key);
        bool flag = json_is_true(v);
        if (!json_is_boolean(v))
            return wrong(reterr, row->object, row->key, "true or false");
        memcpy((char *)p + row->offset, &flag, sizeof flag);
    }
    return true;
}

static bool read_rest(json_t *top, struct proof *p, struct err *reterr)
{
    const char *at = json_string_value(json_object_get(top, "at"));
    const char *problem = json_string_value(json_object_get(top, "problem"));
    const json_t *arrived = json_object_get(top, "arrived_ms");
    size_t i = 0;

    if (!at || !clock_parse(str_of(at), &p->at_s) || p->at_s < 0)
        return wrong(reterr, NULL, "at", "a date such as 2026-11-24T10:00:00Z");
    p->arrived_ms = json_is_integer(arrived) ? json_integer_value(arrived) : -1;
    if (!json_is_null(arrived) && (p->arrived_ms < 0 || p->arrived_ms > ARRIVED_MOST_MS))
        return wrong(reterr, NULL, "arrived_ms", "milliseconds, or null");
    while (problem && i < ROWS(problem_words) && strcmp(problem, problem_words[i]) != 0)
        i++;
    if (!problem || i == ROWS(problem_words))
        return wrong(reterr, NULL, "problem", "one of the words that test-send writes");
    p->problem = (enum proof_problem)i;
    return true;
}

/* A record that contradicts itself was not written by us: it proves nothing. */
static bool is_consistent(const struct proof *p, struct err *reterr)
{
    bool judged = p->spf.n && p->dkim.n && p->dmarc.n;

    if (p->problem == PROOF_FINE &&
        (!proof_arrived(p) || !judged || p->junk || p->failure.n || !str_eq(p->dmarc, STR("pass"))))
        return err_set(reterr, ERR_PARSE, "the record of the test send says that all is well and that it is not");
    if (p->problem != PROOF_FINE && !p->failure.n)
        return err_set(reterr, ERR_PARSE, "the record of the test send does not say what went wrong");
    return true;
}

bool proof_read(struct arena *arena, struct str json, struct proof *ret, struct err *reterr)
{
    struct proof p = {.at_s = 0};
    json_error_t error;

    if (json.n > PROOF_MOST_BYTES)
        return err_set(reterr, ERR_LIMIT, "the record of the test send is larger than %u bytes", PROOF_MOST_BYTES);
    json_t *top = json_loadb(json.p, json.n, JSON_REJECT_DUPLICATES, &error);
    if (!top) {
        err_set(reterr, ERR_PARSE, "the record of the test send is not JSON");
        char cause[160];
        text_make_safe(str_of(error.text), cause, sizeof cause);
        return err_because(reterr, "line %d: %s", error.line, cause);
    }
    const char *schema = json_string_value(json_object_get(top, "schema"));
    bool ok = schema && strcmp(schema, SCHEMA) == 0;
    if (!ok)
        wrong(reterr, NULL, "schema", "\"" SCHEMA "\"");
    ok = ok && read_texts(arena, top, &p, reterr) && read_rest(top, &p, reterr) && is_consistent(&p, reterr);
    json_decref(top);
    if (ok)
        *ret = p;
    return ok;
}

struct str proof_write(struct arena *arena, const struct proof *proof)
{
    json_t *top = json_pack("{s:s, s:s, s:{}, s:{}, s:{}}", "schema", SCHEMA, "at", clock_rfc3339(arena, proof->at_s).p,
                            "spf", "dkim", "dmarc");

    json_object_set_new(top, "arrived_ms", proof->arrived_ms >= 0 ? json_integer(proof->arrived_ms) : json_null());
    json_object_set_new(top, "problem", json_string(proof_problem_word(proof->problem)));
    for (size_t i = 0; i < ROWS(text_rows); i++) {
        const struct text_row *row = &text_rows[i];
        struct str text;
        memcpy(&text, (const char *)proof + row->offset, sizeof text);
        text = text_shorten(arena, text_safe(arena, text), TEXT_MOST_BYTES);
        json_object_set_new(place_of(top, row->object), row->key, json_stringn(text.n ? text.p : "", text.n));
    }
    for (size_t i = 0; i < ROWS(flag_rows); i++) {
        const struct flag_row *row = &flag_rows[i];
        bool flag;
        memcpy(&flag, (const char *)proof + row->offset, sizeof flag);
        json_object_set_new(place_of(top, row->object), row->key, json_boolean(flag));
    }
    char *text = json_dumps(top, JSON_INDENT(2) | JSON_SORT_KEYS);
    struct str copy = str_fmt(arena, "%s\n", text ? text : "");
    free(text);
    json_decref(top);
    return copy;
}
