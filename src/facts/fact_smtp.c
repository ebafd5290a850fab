#include "facts/fact_smtp.h"

#include "core/clock.h"
#include "facts/smtp_inside.h"

#define TO STR(" to=")

/* The recipients of a key, and the key without them. */
static void split_key(struct str key, struct str *ret_place, struct str *ret_to)
{
    size_t at = str_find(key, TO);

    *ret_place = str_first(key, at == SIZE_MAX ? key.n : at);
    *ret_to = at == SIZE_MAX ? STR_NONE : str_from(key, at + TO.n);
}

static void lay_out_recipients(struct arena *arena, struct str to, struct fact_smtp *s)
{
    s->recipients = arena_array(arena, SMTP_MOST_RECIPIENTS, sizeof *s->recipients);
    while (to.n && s->n_recipients < SMTP_MOST_RECIPIENTS) {
        struct str address = str_cut(&to, ',');
        if (smtp_address_ok(address))
            s->recipients[s->n_recipients++].address = str_dup(arena, address);
    }
}

static bool look_smtp(const struct observer *outside, struct ask *q, struct str key, void *ret, struct err *reterr)
{
    struct fact_smtp *s = ret, plain = {0};
    struct str where, to;
    struct tls_place place;
    struct err err;

    split_key(key, &where, &to);
    if (!tls_place_read(where, SMTP_PORT, &place, reterr))
        return false;
    s->host = str_dup(q->arena, place.host);
    s->address = str_dup(q->arena, str_from(where, place.host.n + 1));
    s->at_s = clock_wall_s();
    lay_out_recipients(q->arena, to, s);
    if (!smtp_session(outside, q, &place, true, s, reterr))
        return false;
    if (s->tls_state != SMTP_TLS_FAILED || !s->n_recipients)
        return true;
    /* Senders fall back to a connection in clear; so do we for what was still to be asked. */
    plain.recipients = s->recipients;
    plain.n_recipients = s->n_recipients;
    if (!smtp_session(outside, q, &place, false, &plain, &err)) {
        s->end = err;
        if (err.kind != ERR_CANCELLED)
            return true;
        *reterr = err;
        return false;
    }
    s->mail_from = plain.mail_from;
    s->end = plain.end;
    return true;
}

const struct fact_kind smtp_kind = {
    .name = "smtp",
    .rank = 25,
    .size = sizeof(struct fact_smtp),
    .look = look_smtp,
    .save = smtp_save,
    .load = smtp_load,
};

static struct str key_of(struct ask *q, struct str host, struct str address, const struct str_list *to)
{
    struct str key = str_fmt(q->arena, "%.*s %.*s", STR_ARG(host), STR_ARG(address)), glue = TO;
    size_t n = 0;

    for (size_t i = 0; to && i < to->n && n < SMTP_MOST_RECIPIENTS; i++)
        if (smtp_address_ok(to->v[i])) {
            key = str_fmt(q->arena, "%.*s%.*s%.*s", STR_ARG(key), STR_ARG(glue), STR_ARG(to->v[i]));
            glue = STR(",");
            n++;
        }
    return key;
}

const struct fact_smtp *fact_smtp(struct ask *q, struct str host, struct str address, const struct str_list *to)
{
    return facts_get(q, &smtp_kind, key_of(q, host, address, to));
}

void fact_smtp_want(struct ask *q, struct str host, struct str address, const struct str_list *to)
{
    facts_want(q, &smtp_kind, key_of(q, host, address, to));
}
