#include "facts/fact_proof.h"

#include <jansson.h>

#include "core/file.h"
#include "core/text.h"
#include "launch/launch.h"

static bool read_proof(struct arena *arena, struct str path, bool exists, struct str text, struct fact_proof *ret,
                       struct err *reterr)
{
    struct fact_proof f = {.path = str_dup(arena, path), .exists = exists, .text = text};

    if (exists && !proof_read(arena, text, &f.proof, reterr))
        return err_at(reterr, "%.*s", STR_ARG(path));
    *ret = f;
    return true;
}

static bool look_proof(const struct observer *outside, struct ask *q, struct str key, void *ret, struct err *reterr)
{
    const char *path = str_cstr(q->arena, key);
    struct str text = STR_NONE;

    (void)outside;
    if (!file_exists(path))
        return read_proof(q->arena, key, false, text, ret, reterr);
    return file_read(q->arena, path, PROOF_MOST_BYTES, &text, reterr) &&
           read_proof(q->arena, key, true, text, ret, reterr);
}

static json_t *save_proof(const void *fact)
{
    const struct fact_proof *f = fact;

    return json_pack("{s:s%, s:b, s:s%}", "path", f->path.p, f->path.n, "exists", f->exists, "text",
                     f->text.n ? f->text.p : "", f->text.n);
}

static bool load_proof(const json_t *json, struct arena *arena, void *ret)
{
    const json_t *path = json_object_get(json, "path"), *exists = json_object_get(json, "exists");
    const json_t *text = json_object_get(json, "text");

    return json_is_string(path) && json_is_boolean(exists) && json_is_string(text) &&
           read_proof(arena, str_of(json_string_value(path)), json_is_true(exists),
                      str_dup(arena, str_n(json_string_value(text), json_string_length(text))), ret, NULL);
}

const struct fact_kind email_proof_kind = {"email-proof", 5,         sizeof(struct fact_proof), 0, look_proof,
                                           save_proof,    load_proof};

const struct fact_proof *fact_proof(struct ask *q)
{
    struct str folder = str_of(q->launch->path);
    struct err err;

    if (!folder.n) {
        err_set(&err, ERR_NEEDS, "no launch file, so no test send: it says how to send a message");
        return ask_note(q, STR("email-proof"), &err);
    }
    while (folder.n && folder.p[folder.n - 1] != '/')
        folder.n--;
    return facts_get(q, &email_proof_kind, str_fmt(q->arena, "%.*s%s", STR_ARG(folder), PROOF_FILE));
}
