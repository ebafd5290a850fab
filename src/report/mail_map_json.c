/* A domain's mail at a glance, for programs. */
#include <jansson.h>

#include "core/buf.h"
#include "core/text.h"
#include "facts/fact_senders.h"
#include "report/mail_map.h"
#include "report/spf_write.h"

#define SPF_MOST_BYTES (4u * 1024u * 1024u)

static json_t *text(struct ask *q, struct str s)
{
    struct str safe = text_safe(q->arena, s);

    return json_stringn(safe.p, safe.n);
}

static json_t *list(struct ask *q, const struct str_list *from)
{
    json_t *a = json_array();

    for (size_t i = 0; i < from->n; i++)
        json_array_append_new(a, text(q, from->v[i]));
    return a;
}

static json_t *sender_records(struct ask *q, const struct sender *s)
{
    static const char *const states[] = {
        [RECORD_PRESENT] = "present", [RECORD_ABSENT] = "absent", [RECORD_PROXIED] = "proxied",
        [RECORD_OTHER] = "other",     [RECORD_HIDDEN] = "hidden", [RECORD_UNSEEN] = "unseen"};
    json_t *a = json_array();

    for (size_t i = 0; i < s->n_records; i++) {
        const struct sender_record *r = &s->records[i];
        json_t *o = json_object();
        json_object_set_new(o, "name", text(q, r->name));
        json_object_set_new(o, "type", text(q, r->wanted->type));
        json_object_set_new(o, "value", text(q, r->value));
        json_object_set_new(o, "needed", json_boolean(r->wanted->needed));
        json_object_set_new(o, "state", json_string(states[r->state]));
        json_array_append_new(a, o);
    }
    return a;
}

static json_t *senders(struct ask *q, const struct fact_senders *s)
{
    json_t *a = json_array();

    for (size_t i = 0; i < s->n; i++) {
        const struct sender *v = &s->v[i];
        json_t *o = json_object(), *passes = json_array();
        json_object_set_new(o, "id", text(q, v->id));
        json_object_set_new(o, "name", text(q, v->name));
        json_object_set_new(o, "declared", json_boolean(v->declared));
        json_object_set_new(o, "receives", json_boolean(v->receives));
        json_object_set_new(o, "evidence", text(q, v->evidence));
        if (v->passes & PATH_DKIM)
            json_array_append_new(passes, json_string("dkim"));
        if (v->passes & PATH_SPF_APEX)
            json_array_append_new(passes, json_string("spf-include"));
        if (v->passes & PATH_SPF_RETURN_PATH)
            json_array_append_new(passes, json_string("spf-return-path"));
        json_object_set_new(o, "passes_dmarc_by", passes);
        if (v->include_wasted)
            json_object_set_new(o, "wasted_include", text(q, v->include_target));
        json_object_set_new(o, "records", sender_records(q, v));
        json_array_append_new(a, o);
    }
    return a;
}

static json_t *keys(struct ask *q, const struct fact_senders *s)
{
    static const char *const states[] = {[KEY_PRESENT] = "present",
                                         [KEY_ABSENT] = "absent",
                                         [KEY_DANGLING] = "dangling",
                                         [KEY_PROXIED] = "proxied",
                                         [KEY_UNSEEN] = "unseen"};
    json_t *a = json_array();

    for (size_t i = 0; i < s->n_keys; i++) {
        const struct found_key *k = &s->keys[i];
        json_t *o = json_object();
        json_object_set_new(o, "selector", text(q, k->selector));
        json_object_set_new(o, "state", json_string(states[k->state]));
        json_object_set_new(o, "declared", json_boolean(k->declared));
        json_object_set_new(o, "works", json_boolean(found_key_works(k)));
        if (k->state == KEY_PRESENT) {
            json_object_set_new(o, "type", json_string(k->key.is_ed25519 ? "ed25519" : "rsa"));
            json_object_set_new(o, "bits", json_integer(k->key.bits));
        }
        if (k->provider)
            json_object_set_new(o, "provider", text(q, k->provider->id));
        json_array_append_new(a, o);
    }
    return a;
}

static json_t *dmarc(struct ask *q, const struct dmarc_found *d)
{
    json_t *o, *rua = json_array();

    if (!d || (!d->has_record && d->unseen.n)) {
        json_decref(rua);
        return json_null();
    }
    o = json_object();
    json_object_set_new(o, "policy", d->has_record ? json_string(dmarc_policy_word(d->applies)) : json_null());
    json_object_set_new(o, "record_at", text(q, d->policy_at));
    json_object_set_new(o, "record", text(q, d->has_record ? d->record.text : STR_NONE));
    json_object_set_new(o, "organisation", text(q, d->organisation));
    for (size_t i = 0; d->has_record && i < d->record.n_rua; i++)
        json_array_append_new(rua, text(q, d->record.rua[i].uri));
    json_object_set_new(o, "reports_to", rua);
    return o;
}

static json_t *spf(struct ask *q, const struct spf_survey *s)
{
    struct buf b;
    json_t *o = NULL;

    if (!s)
        return json_null();
    buf_init(&b, SPF_MOST_BYTES);
    if (spf_write_survey(s, q->arena, STR("json"), false, &b))
        o = json_loadb(buf_str(&b).p, buf_str(&b).n, 0, NULL);
    buf_free(&b);
    return o ? o : json_null();
}

static json_t *tighten(struct ask *q, const struct fact_senders *s)
{
    static const char *const words[] = {
        [TIGHTEN_NOW] = "yes", [TIGHTEN_NOT_YET] = "not-yet", [TIGHTEN_UNKNOWN] = "unknown"};
    struct tighten_verdict v = {0};
    json_t *o = json_object();

    senders_may_tighten(q->arena, s, &v);
    json_object_set_new(o, "verdict", json_string(words[v.verdict]));
    json_object_set_new(o, "against", list(q, &v.against));
    json_object_set_new(o, "favour", list(q, &v.favour));
    return o;
}

/* The same members as when it was seen, so that nobody who reads them needs to ask first. */
static void unseen(struct ask *q, json_t *o)
{
    static const char *const nothing[] = {"mx", "spf", "dmarc"}, *const none[] = {"senders", "unrecognised_includes",
                                                                                  "dkim"};
    struct err err;

    (void)ask_failed(q, &err);
    json_object_set_new(o, "unseen", json_string(err.text));
    for (size_t i = 0; i < N_OF(nothing); i++)
        json_object_set_new(o, nothing[i], json_null());
    for (size_t i = 0; i < N_OF(none); i++)
        json_object_set_new(o, none[i], json_array());
    json_object_set_new(o, "selectors_asked", json_integer(0));
    json_object_set_new(o, "selectors_unseen", json_integer(0));
    json_object_set_new(o, "safe_to_tighten",
                        json_pack("{s:s, s:[s], s:[]}", "verdict", "unknown", "against", err.text, "favour"));
}

json_t *mail_map_json(struct ask *q)
{
    const struct fact_senders *s = fact_senders(q, q->domain);
    json_t *o = json_object();

    json_object_set_new(o, "schema", json_string("launchready.email/1"));
    json_object_set_new(o, "domain", text(q, q->domain));
    if (!s) {
        unseen(q, o);
        return o;
    }
    json_object_set_new(o, "unseen", json_null());
    json_object_set_new(o, "mx", s->mx_unseen ? json_null() : list(q, &s->mx));
    json_object_set_new(o, "senders", senders(q, s));
    json_object_set_new(o, "unrecognised_includes", list(q, &s->unknown_includes));
    json_object_set_new(o, "spf", spf(q, s->spf));
    json_object_set_new(o, "dkim", keys(q, s));
    json_object_set_new(o, "selectors_asked", json_integer((json_int_t)s->n_asked));
    json_object_set_new(o, "selectors_unseen", json_integer((json_int_t)s->n_unseen));
    json_object_set_new(o, "dmarc", dmarc(q, s->dmarc));
    json_object_set_new(o, "safe_to_tighten", tighten(q, s));
    return o;
}
