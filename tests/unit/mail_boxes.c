#include "mail_boxes.h"

#include "test.h"

static const struct {
    const char *host, *ip;
} places[] = {
    {"mx.shop.example", "203.0.113.25"},
    {"mx2.shop.example", "203.0.113.26"},
    {"mx.shop.example", "2001:db8::25"},
};

static struct smtp_reply reply(struct dns_world *w, int code, const char *enhanced, const char *text)
{
    struct smtp_reply r = {
        .code = code < 0 ? 0 : code, .enhanced = str_of(enhanced ? enhanced : ""), .text = str_of(text ? text : "")};

    str_list_add(w->arena, &r.lines, r.text);
    return r;
}

static void fill_tls(struct dns_world *w, const struct mail_box *b, struct fact_smtp *s)
{
    s->tls = (struct fact_tls){.trust = b->trust,
                               .name_matches = !b->misnamed,
                               .protocol = str_of(b->protocol ? b->protocol : "TLSv1.3"),
                               .cipher = STR("TLS_AES_128_GCM_SHA256"),
                               .chain = arena_array(w->arena, 2, sizeof(struct tls_cert)),
                               .n_chain = 2};
    s->tls.chain[0] = (struct tls_cert){.subject = STR("CN = other"),
                                        .issuer = STR("CN = Issuing"),
                                        .until_s = WORLD_NOW + (b->trust == TLS_EXPIRED ? -3 : 30) * WORLD_DAY,
                                        .n_names = 1};
    str_list_add(w->arena, &s->tls.chain[0].names, STR("other.example"));
    s->certs = arena_array(w->arena, 2, sizeof *s->certs);
    s->n_certs = 2;
    s->certs[0] = (struct smtp_cert){STR("der"), STR("spki")};
    s->certs[1] = (struct smtp_cert){STR("cader"), STR("caspki")};
}

static struct fact_smtp *make(struct dns_world *w, const struct mail_box *b, const struct str_list *to)
{
    struct fact_smtp *s = arena_alloc(w->arena, sizeof *s);

    s->banner = reply(w, b->banner ? b->banner : 220, NULL, b->banner_text);
    s->tls_state = b->banner ? SMTP_TLS_NOT_REACHED : b->tls ? b->tls : SMTP_TLS_DONE;
    s->injected = b->injected;
    if (b->end)
        err_set(&s->end, b->end, "by hand");
    s->recipients = arena_array(w->arena, to->n + 1, sizeof *s->recipients);
    s->n_recipients = to->n;
    for (size_t i = 0; i < to->n; i++)
        s->recipients[i].address = to->v[i];
    if (b->banner)
        return s;
    s->ehlo = reply(w, 250, NULL, "mx");
    if (s->tls_state == SMTP_TLS_DONE)
        fill_tls(w, b, s);
    if (!to->n)
        return s;
    s->mail_from = reply(w, b->mail ? b->mail : 250, NULL, b->text);
    for (size_t i = 0; i < to->n && s->mail_from.code == 250; i++) {
        int code = str_starts(to->v[i], STR("support")) ? b->support : b->postmaster;
        s->recipients[i].reply = code ? reply(w, code, b->enhanced, b->text) : reply(w, 250, "2.1.5", "fine");
    }
    return s;
}

static void put_smtp(struct dns_world *w, struct str key, const struct mail_box *b, const struct str_list *to)
{
    struct err err;

    if (!b->err) {
        facts_put(w->facts, &smtp_kind, key, make(w, b, to));
        return;
    }
    err_set(&err, b->err, "by hand");
    facts_put_err(w->facts, &smtp_kind, key, &err);
}

void mail_boxes_put(struct dns_world *w, const struct mail_box boxes[MAIL_BOXES], bool writes)
{
    static struct str addresses[] = {{"postmaster@shop.example", 23}, {"support@shop.example", 20}};
    struct str_list none = {0}, to = {addresses, writes ? 2 : 1, 0};

    for (size_t i = 0; i < N_OF(places); i++) {
        struct str key = str_fmt(w->arena, "%s %s", places[i].host, places[i].ip);
        put_smtp(w, key, &boxes[i], &none);
        put_smtp(
            w,
            str_fmt(w->arena, "%.*s to=postmaster@shop.example%s", STR_ARG(key), writes ? ",support@shop.example" : ""),
            &boxes[i], &to);
    }
}
