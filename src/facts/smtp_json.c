/* SMTP facts to and from what --record writes. */
#include <jansson.h>
#include <openssl/err.h>
#include <openssl/x509.h>
#include <string.h>

#include "facts/smtp_inside.h"

static const char *const tls_words[] = {
    [SMTP_TLS_NOT_REACHED] = "not-reached",
    [SMTP_TLS_NOT_OFFERED] = "not-offered",
    [SMTP_TLS_REFUSED] = "refused",
    [SMTP_TLS_FAILED] = "failed",
    [SMTP_TLS_DONE] = "done",
};

bool smtp_cert_read(struct arena *arena, struct str der, struct smtp_cert *ret)
{
    const unsigned char *p = (const unsigned char *)der.p;
    unsigned char *spki = NULL;

    if (der.n == 0 || der.n > TLS_MOST_CERTS_BYTES)
        return false;
    X509 *x = d2i_X509(NULL, &p, (long)der.n);
    int n = x ? i2d_X509_PUBKEY(X509_get_X509_PUBKEY(x), &spki) : 0;
    bool ok = n > 0;
    if (ok) {
        ret->der = str_dup(arena, der);
        ret->spki = str_dup(arena, str_n((char *)spki, (size_t)n));
    }
    OPENSSL_free(spki);
    X509_free(x);
    ERR_clear_error();
    return ok;
}

static json_t *text(struct str s)
{
    return json_stringn(s.p ? s.p : "", s.n);
}

static json_t *save_reply(const struct smtp_reply *r)
{
    json_t *to = json_object(), *lines = json_array();

    json_object_set_new(to, "code", json_integer(r->code));
    json_object_set_new(to, "enhanced", text(r->enhanced));
    for (size_t i = 0; i < r->lines.n; i++)
        json_array_append_new(lines, text(r->lines.v[i]));
    json_object_set_new(to, "lines", lines);
    json_object_set_new(to, "bare_lf", json_boolean(r->bare_lf));
    return to;
}

static json_t *save_err(const struct err *e)
{
    return json_pack("{s:s, s:s, s:s}", "kind", err_word(e->kind), "text", e->text, "cause", e->cause);
}

static json_t *hex(struct str bytes)
{
    char *to = OPENSSL_malloc(2 * bytes.n + 1);

    if (!to)
        return json_string("");
    for (size_t i = 0; i < bytes.n; i++) {
        to[2 * i] = "0123456789abcdef"[(unsigned char)bytes.p[i] >> 4];
        to[2 * i + 1] = "0123456789abcdef"[(unsigned char)bytes.p[i] & 15];
    }
    json_t *s = json_stringn(to, 2 * bytes.n);
    OPENSSL_free(to);
    return s;
}

json_t *smtp_save(const void *fact)
{
    const struct fact_smtp *s = fact;
    json_t *to = json_object(), *certs = json_array(), *recipients = json_array();

    json_object_set_new(to, "host", text(s->host));
    json_object_set_new(to, "address", text(s->address));
    json_object_set_new(to, "banner", save_reply(&s->banner));
    json_object_set_new(to, "ehlo", save_reply(&s->ehlo));
    json_object_set_new(to, "ehlo_tls", save_reply(&s->ehlo_tls));
    json_object_set_new(to, "starttls", save_reply(&s->starttls));
    json_object_set_new(to, "mail_from", save_reply(&s->mail_from));
    json_object_set_new(to, "used_helo", json_boolean(s->used_helo));
    json_object_set_new(to, "injected", json_boolean(s->injected));
    json_object_set_new(to, "tls_state", json_string(tls_words[s->tls_state]));
    json_object_set_new(to, "tls_error", save_err(&s->tls_error));
    if (s->tls_state == SMTP_TLS_DONE)
        json_object_set_new(to, "tls", tls_save(&s->tls));
    for (size_t i = 0; i < s->n_certs; i++)
        json_array_append_new(certs, hex(s->certs[i].der));
    json_object_set_new(to, "certs", certs);
    for (size_t i = 0; i < s->n_recipients; i++)
        json_array_append_new(recipients, json_pack("{s:o, s:o}", "address", text(s->recipients[i].address), "reply",
                                                    save_reply(&s->recipients[i].reply)));
    json_object_set_new(to, "recipients", recipients);
    json_object_set_new(to, "end", save_err(&s->end));
    json_object_set_new(to, "at_s", json_integer(s->at_s));
    return to;
}

static struct str get(const json_t *from, const char *name, struct arena *arena)
{
    const json_t *s = json_object_get(from, name);

    return json_is_string(s) ? str_dup(arena, str_n(json_string_value(s), json_string_length(s))) : STR_NONE;
}

static bool load_reply(const json_t *from, struct arena *arena, struct smtp_reply *ret)
{
    const json_t *lines = json_object_get(from, "lines");
    json_int_t code = json_integer_value(json_object_get(from, "code"));

    if (!json_is_object(from) || !json_is_array(lines) || json_array_size(lines) > SMTP_KEPT_LINES || code < 0 ||
        code > 599)
        return false;
    ret->code = (int)code;
    ret->enhanced = get(from, "enhanced", arena);
    ret->bare_lf = json_is_true(json_object_get(from, "bare_lf"));
    for (size_t i = 0; i < json_array_size(lines); i++) {
        const json_t *line = json_array_get(lines, i);
        if (!json_is_string(line))
            return false;
        str_list_add(arena, &ret->lines, str_dup(arena, str_n(json_string_value(line), json_string_length(line))));
    }
    smtp_reply_join(arena, ret);
    return true;
}

static bool load_err(const json_t *from, struct err *ret)
{
    const char *kind = json_string_value(json_object_get(from, "kind"));
    const char *words = json_string_value(json_object_get(from, "text"));
    const char *cause = json_string_value(json_object_get(from, "cause"));

    if (!kind || !words || !cause)
        return false;
    memset(ret, 0, sizeof *ret);
    if (err_from_word(kind) != ERR_NONE) {
        err_set(ret, err_from_word(kind), "%s", words);
        err_because(ret, "%s", cause);
    }
    return true;
}

static bool from_hex(struct arena *arena, const char *s, size_t n, struct str *ret)
{
    if (n % 2)
        return false;
    char *to = arena_alloc(arena, n / 2 + 1);
    for (size_t i = 0; i < n; i++) {
        const char *digit = s[i] ? strchr("0123456789abcdef", s[i]) : NULL;
        if (!digit)
            return false;
        unsigned value = (unsigned)(digit - strchr("0123456789abcdef", '0')) & 15;
        to[i / 2] = (char)(i % 2 ? (unsigned char)to[i / 2] | value : value << 4);
    }
    *ret = str_n(to, n / 2);
    return true;
}

static bool load_certs(const json_t *from, struct arena *arena, struct fact_smtp *s)
{
    size_t n = json_array_size(from), bytes = 0;

    if (!json_is_array(from) || n > TLS_MOST_CHAIN)
        return false;
    s->certs = arena_array(arena, n ? n : 1, sizeof *s->certs);
    for (size_t i = 0; i < n; i++) {
        const json_t *one = json_array_get(from, i);
        struct str der;
        bytes += json_string_length(one) / 2;
        if (!json_is_string(one) || bytes > TLS_MOST_CERTS_BYTES ||
            !from_hex(arena, json_string_value(one), json_string_length(one), &der) ||
            !smtp_cert_read(arena, der, &s->certs[s->n_certs++]))
            return false;
    }
    return true;
}

static bool load_recipients(const json_t *from, struct arena *arena, struct fact_smtp *s)
{
    size_t n = json_array_size(from);

    if (!json_is_array(from) || n > SMTP_MOST_RECIPIENTS)
        return false;
    s->recipients = arena_array(arena, n ? n : 1, sizeof *s->recipients);
    for (size_t i = 0; i < n; i++) {
        struct smtp_recipient *r = &s->recipients[s->n_recipients++];
        r->address = get(json_array_get(from, i), "address", arena);
        if (!load_reply(json_object_get(json_array_get(from, i), "reply"), arena, &r->reply))
            return false;
    }
    return true;
}

static bool load_state(const json_t *json, struct fact_smtp *s)
{
    const char *word = json_string_value(json_object_get(json, "tls_state"));

    for (size_t i = 0; word && i < N_OF(tls_words); i++)
        if (strcmp(word, tls_words[i]) == 0) {
            s->tls_state = (enum smtp_tls)i;
            return true;
        }
    return false;
}

bool smtp_load(const struct json_t *json, struct arena *arena, void *ret)
{
    struct fact_smtp s = {0};

    if (!load_reply(json_object_get(json, "banner"), arena, &s.banner) ||
        !load_reply(json_object_get(json, "ehlo"), arena, &s.ehlo) ||
        !load_reply(json_object_get(json, "ehlo_tls"), arena, &s.ehlo_tls) ||
        !load_reply(json_object_get(json, "starttls"), arena, &s.starttls) ||
        !load_reply(json_object_get(json, "mail_from"), arena, &s.mail_from) || !load_state(json, &s) ||
        !load_err(json_object_get(json, "tls_error"), &s.tls_error) ||
        !load_err(json_object_get(json, "end"), &s.end) || !load_certs(json_object_get(json, "certs"), arena, &s) ||
        !load_recipients(json_object_get(json, "recipients"), arena, &s))
        return false;
    if (s.tls_state == SMTP_TLS_DONE && (!tls_load(json_object_get(json, "tls"), arena, &s.tls) || s.tls.n_chain == 0))
        return false;
    s.host = get(json, "host", arena);
    s.address = get(json, "address", arena);
    s.used_helo = json_is_true(json_object_get(json, "used_helo"));
    s.injected = json_is_true(json_object_get(json, "injected"));
    s.at_s = json_integer_value(json_object_get(json, "at_s"));
    memcpy(ret, &s, sizeof s);
    return true;
}
