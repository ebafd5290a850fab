#include "test.h"

#include "tls_world.h"

void world_open(struct world *w)
{
    *w = (struct world){.arena = arena_new(ARENA_MB(16))};
    launch_empty(&w->launch, STR("shop.example"));
    w->hosts[0] = (struct site_host){.name = STR("shop.example"), .role = HOST_SITE, .exists = true};
    w->site = (struct fact_site){.apex = STR("shop.example"),
                                 .www = STR("www.shop.example"),
                                 .hosts = w->hosts,
                                 .n_hosts = 1,
                                 .canonical = STR("https://shop.example"),
                                 .home = STR("https://shop.example/")};
}

void world_begin(struct world *w)
{
    w->facts = facts_new(&(struct facts_setup){.launch = &w->launch, .domain = STR("shop.example"), .now_s = NOW});
    facts_put(w->facts, &site_kind, STR("shop.example"), &w->site);
}

void world_close(struct world *w)
{
    facts_free(w->facts);
    arena_free(w->arena);
}

void put_addresses(struct world *w, const char *host, const char *first, const char *second)
{
    struct fact_addresses *a = arena_alloc(w->arena, sizeof *a);

    a->v = arena_array(w->arena, 2, sizeof *a->v);
    if (first)
        a->v[a->n_v++] = (struct dns_address){.ip = str_of(first)};
    if (second)
        a->v[a->n_v++] = (struct dns_address){.ip = str_of(second), .is_v6 = strchr(second, ':') != NULL};
    a->exists = a->n_v > 0;
    facts_put(w->facts, &addresses_kind, str_of(host), a);
}

void put_platform(struct world *w, const char *host, const char *edge, const char *by)
{
    struct fact_platform *p = arena_alloc(w->arena, sizeof *p);

    p->edge = edge ? platform_by_id(edge) : NULL;
    p->host = by ? platform_by_id(by) : NULL;
    p->edge_by_address = edge != NULL;
    p->edge_evidence = STR("by hand");
    facts_put(w->facts, &platform_kind, str_of(host), p);
}

void put_err(struct world *w, const struct fact_kind *kind, struct str key, enum err_kind what)
{
    struct err err;

    err_set(&err, what, "by hand: %s", err_word(what));
    facts_put_err(w->facts, kind, key, &err);
}

void run(struct world *w, const char *id)
{
    struct ask q = facts_ask(w->facts, w->arena);

    w->out = (struct findings){.arena = w->arena};
    check_run(check_by_id(str_of(id)), &q, &w->out);
}

void expect(struct world *w, const char *why, enum status status, enum severity severity, const char *title)
{
    const struct finding *worst = NULL;
    static const int weight[] = {[FAIL] = 6, [WARN] = 5, [UNKNOWN] = 4, [NOT_APPLICABLE] = 2, [PASS] = 1};

    for (size_t i = 0; i < w->out.n; i++)
        if (!worst || weight[w->out.v[i]->status] > weight[worst->status])
            worst = w->out.v[i];
    if (!worst) {
        fail_msg("%s: nothing was said", why);
        return;
    }
    if (worst->status != status || ((status == FAIL || status == WARN) && worst->severity != severity) ||
        (title && !str_has(worst->title, str_of(title))))
        fail_msg("%s: %s %s: %.*s", why, status_word(worst->status), severity_word(worst->severity),
                 STR_ARG(worst->title));
    if ((status == FAIL || status == WARN) && worst->n_evidence == 0)
        fail_msg("%s: no evidence", why);
}

const struct fact_tls *make_tls(struct world *w, const struct made *m)
{
    struct fact_tls *t = arena_alloc(w->arena, sizeof *t);
    struct tls_cert *c = arena_array(w->arena, 2, sizeof *c);

    *t = (struct fact_tls){.host = STR("shop.example"),
                           .address = STR("192.0.2.80"),
                           .chain = c,
                           .n_chain = 2,
                           .trust = m->trust,
                           .name_matches = !m->misnamed,
                           .chain_ordered = !m->disordered,
                           .fixed_by_aia = m->fixed,
                           .stapled = m->stapled,
                           .revocation = m->revocation,
                           .revocation_source = m->revocation ? STR("http://ocsp.example/") : STR_NONE,
                           .protocol = STR("TLSv1.3"),
                           .cipher = STR("TLS_AES_128_GCM_SHA256")};
    c[0] = (struct tls_cert){.subject = STR("CN = shop.example"),
                             .issuer = STR("O = Lab, CN = Issuing"),
                             .sha256 = STR("aa"),
                             .from_s = NOW + (m->from_days ? m->from_days : -30) * DAY,
                             .until_s = NOW + (m->until_days ? m->until_days : 60) * DAY,
                             .key = m->rsa_bits ? str_fmt(w->arena, "RSA %u", m->rsa_bits) : STR("EC P-256"),
                             .key_bits = m->rsa_bits ? m->rsa_bits : 256,
                             .key_is_rsa = m->rsa_bits != 0,
                             .signature = STR("sha256WithRSAEncryption"),
                             .signature_weak = m->weak_signature,
                             .must_staple = m->must_staple,
                             .ocsp_url = str_of(m->ocsp)};
    if (!m->no_names) {
        str_list_add(w->arena, &c[0].names, STR("other.example"));
        c[0].n_names = 1;
    }
    c[1] = c[0];
    c[1].is_ca = true;
    c[1].key_bits = 256;
    c[1].key_is_rsa = c[1].signature_weak = false;
    return t;
}
