#include <jansson.h>
#include <stdlib.h>

#include "core/clock.h"
#include "core/text.h"
#include "mail/message_word.h"
#include "mail/verify.h"
#include "report/message_report.h"

static void set(json_t *o, const char *key, json_t *value)
{
    (void)json_object_set_new(o, key, value); /* fails only without memory, and then the dump does too */
}

struct maker {
    struct arena *arena;
    const struct verify_report *r;
};

static json_t *text(const struct maker *m, struct str s)
{
    struct str safe = text_safe(m->arena, s);

    return json_stringn(safe.p ? safe.p : "", safe.n);
}

static json_t *text_or_null(const struct maker *m, struct str s)
{
    return s.n ? text(m, s) : json_null();
}

static json_t *time_or_null(const struct maker *m, int64_t at_s)
{
    return at_s >= 0 ? text(m, clock_rfc3339(m->arena, at_s)) : json_null();
}

static json_t *texts(const struct maker *m, const struct str_list *list)
{
    json_t *all = json_array();

    for (size_t i = 0; i < list->n; i++)
        (void)json_array_append_new(all, text(m, list->v[i]));
    return all;
}

static json_t *about(const struct maker *m)
{
    static const struct {
        const char *key, *field;
    } fields[] = {{"subject", "Subject"}, {"date", "Date"}, {"message_id", "Message-ID"}};
    json_t *o = json_object();

    set(o, "from", text_or_null(m, m->r->from.address));
    set(o, "from_domain", text_or_null(m, m->r->from.domain));
    for (size_t i = 0; i < N_OF(fields); i++) {
        const struct message_field *f = message_field(m->r->message, str_of(fields[i].field), 0);
        set(o, fields[i].key,
            f ? text(m, message_decode_words(m->arena, message_unfold(m->arena, f->value))) : json_null());
    }
    set(o, "bytes", json_integer((json_int_t)m->r->message->bytes.n));
    return o;
}

static json_t *hops(const struct maker *m)
{
    json_t *all = json_array();

    for (size_t i = m->r->n_hops; i > 0; i--) {
        const struct received_hop *hop = &m->r->hops[i - 1];
        json_t *o = json_object();
        set(o, "from", text_or_null(m, hop->helo));
        set(o, "reverse", text_or_null(m, hop->reverse));
        set(o, "ip", text_or_null(m, hop->ip));
        set(o, "by", text_or_null(m, hop->by));
        set(o, "with", text_or_null(m, hop->with));
        set(o, "tls", text_or_null(m, hop->tls));
        set(o, "encrypted", json_boolean(hop->encrypted));
        set(o, "private", json_boolean(hop->is_private));
        set(o, "at", time_or_null(m, hop->at_s));
        set(o, "judged", json_boolean(i - 1 == m->r->client_hop));
        (void)json_array_append_new(all, o);
    }
    return all;
}

static json_t *spf(const struct maker *m)
{
    const struct verify_report *r = m->r;
    json_t *o = json_object();

    set(o, "result", json_string(spf_result_word(r->spf.result)));
    set(o, "reason", text(m, r->spf.reason));
    set(o, "tried", json_boolean(r->spf_tried));
    set(o, "ip", text_or_null(m, r->client_ip));
    set(o, "mail_from", r->has_mail_from ? text(m, r->mail_from) : json_null());
    set(o, "helo", text_or_null(m, r->helo));
    set(o, "domain", text_or_null(m, r->spf_domain));
    set(o, "aligned", json_boolean(r->spf_aligned));
    set(o, "source", text(m, r->spf_source));
    set(o, "lookups", json_integer((json_int_t)r->spf.look_ups));
    set(o, "explanation", text_or_null(m, r->spf.explanation));
    return o;
}

static json_t *signature(const struct maker *m, size_t i)
{
    const struct verify_report *r = m->r;
    const struct dkim_verdict *d = &r->dkim[i];
    const struct dkim_signature *s = &d->signature;
    json_t *o = json_object();

    set(o, "domain", text(m, s->domain));
    set(o, "selector", text(m, s->selector));
    set(o, "result", json_string(dkim_result_word(d->result)));
    set(o, "reason", text(m, d->reason));
    set(o, "aligned", json_boolean(r->signature_aligned[i]));
    set(o, "identity", text_or_null(m, s->identity));
    set(o, "algorithm", text(m, s->algorithm_text));
    set(o, "canonicalization",
        text(m, str_fmt(m->arena, "%s/%s", s->header_canon == DKIM_RELAXED ? "relaxed" : "simple",
                        s->body_canon == DKIM_RELAXED ? "relaxed" : "simple")));
    set(o, "key_bits", d->key_bits ? json_integer(d->key_bits) : json_null());
    set(o, "testing", json_boolean(d->testing));
    set(o, "body_hash", d->body_hash_tried ? json_string(d->body_hash_ok ? "pass" : "fail") : json_null());
    set(o, "hint", d->hint == DKIM_HINT_NONE ? json_null() : text(m, d->hint_text));
    set(o, "signed", texts(m, &s->headers));
    set(o, "unsigned", texts(m, &d->unsigned_names));
    set(o, "signed_at", time_or_null(m, s->signed_s));
    set(o, "expires_at", time_or_null(m, s->expires_s));
    set(o, "body_length", s->body_length >= 0 ? json_integer(s->body_length) : json_null());
    return o;
}

static json_t *signatures(const struct maker *m)
{
    json_t *all = json_array();

    for (size_t i = 0; i < m->r->n_dkim; i++)
        (void)json_array_append_new(all, signature(m, i));
    return all;
}

static json_t *dmarc(const struct maker *m)
{
    const struct verify_report *r = m->r;
    const char *by = message_report_aligned_by(r);
    json_t *o = json_object();

    set(o, "result", json_string(r->dmarc));
    set(o, "policy", r->policy.has_record ? json_string(dmarc_policy_word(r->policy.applies)) : json_null());
    set(o, "aligned_by", *by ? json_string(by) : json_null());
    set(o, "reason", text(m, r->dmarc_reason));
    set(o, "domain", text_or_null(m, r->from.domain));
    set(o, "organisation", text_or_null(m, r->policy.organisation));
    set(o, "policy_at", text_or_null(m, r->policy.policy_at));
    set(o, "policy_tag",
        r->policy.has_record && r->policy.applies_tag ? json_string(r->policy.applies_tag) : json_null());
    set(o, "testing", json_boolean(r->policy.has_record && r->policy.record.testing));
    set(o, "difference", text_or_null(m, r->policy.difference));
    return o;
}

static json_t *arc(const struct maker *m)
{
    const struct arc_verdict *a = &m->r->arc;
    json_t *o = json_object(), *sets = json_array();

    set(o, "result", json_string(arc_result_word(a->result)));
    set(o, "reason", text(m, a->reason));
    set(o, "unseen", json_boolean(a->unseen));
    for (size_t i = 0; i < a->n_sets; i++) {
        json_t *one = json_object();
        set(one, "instance", json_integer(a->sets[i].instance));
        set(one, "domain", text(m, a->sets[i].domain));
        set(one, "selector", text(m, a->sets[i].selector));
        set(one, "cv", text(m, a->sets[i].seal_validation));
        set(one, "seal_ok", json_boolean(a->sets[i].seal_ok));
        set(one, "authentication_results", text(m, message_unfold(m->arena, a->sets[i].authentication_results)));
        (void)json_array_append_new(sets, one);
    }
    set(o, "sets", sets);
    return o;
}

static json_t *rules(const struct maker *m)
{
    json_t *all = json_array();

    for (size_t i = 0; i < m->r->n_rules; i++) {
        const struct sender_rule *rule = &m->r->rules[i];
        json_t *o = json_object();
        set(o, "id", json_string(rule->id));
        set(o, "who", json_string(rule->who));
        set(o, "status", json_string(rule->unseen ? "unknown" : "broken"));
        set(o, "text", text(m, rule->text));
        set(o, "bulk_only", json_boolean(rule->bulk_only));
        (void)json_array_append_new(all, o);
    }
    return all;
}

static bool dump(struct buf *out, json_t *value, size_t flags)
{
    char *line = json_dumps(value, flags);

    buf_add_cstr(out, line ? line : "");
    buf_add_char(out, '\n');
    free(line);
    json_decref(value);
    return !out->full;
}

bool message_report_json(const struct verify_report *r, struct arena *arena, bool compact, size_t index,
                         struct buf *out)
{
    const struct maker m = {arena, r};
    json_t *o = json_object();

    set(o, "schema", json_string("launchready.message/1"));
    if (index)
        set(o, "index", json_integer((json_int_t)index));
    set(o, "message", about(&m));
    set(o, "received", hops(&m));
    set(o, "spf", spf(&m));
    set(o, "dkim", signatures(&m));
    set(o, "dkim_total", json_integer((json_int_t)message_count(r->message, STR("DKIM-Signature"))));
    set(o, "dmarc", dmarc(&m));
    set(o, "arc", arc(&m));
    set(o, "bulk", json_boolean(r->is_bulk));
    set(o, "rules", rules(&m));
    return dump(out, o, compact ? JSON_COMPACT : JSON_INDENT(2));
}

bool message_report_unread(const char *why, size_t index, struct buf *out)
{
    json_t *o = json_object();

    set(o, "schema", json_string("launchready.message/1"));
    set(o, "index", json_integer((json_int_t)index));
    set(o, "error", json_string(why));
    return dump(out, o, JSON_COMPACT);
}
