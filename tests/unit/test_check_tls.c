/* Judgements about TLS and the edge, from facts written by hand. Nothing reaches a network. */
#include "test.h"

#include <stdio.h>

#include "checks/check.h"
#include "core/text.h"
#include "facts/fact_dns.h"
#include "facts/fact_http.h"
#include "facts/fact_platform.h"
#include "facts/fact_site.h"
#include "facts/fact_tls.h"
#include "launch/launch.h"

#define NOW ((int64_t)1795000000) /* 2026-11-18 */
#define DAY 86400

/* A site with one host at 192.0.2.80 and whatever a row adds. */
struct world {
    struct arena *arena;
    struct launch launch;
    struct facts *facts;
    struct fact_site site;
    struct site_host hosts[3];
    struct findings out;
};

static void world_open(struct world *w)
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

/* Once the launch file and the site are as the row wants them. */
static void world_begin(struct world *w)
{
    w->facts = facts_new(&(struct facts_setup){.launch = &w->launch, .domain = STR("shop.example"), .now_s = NOW});
    facts_put(w->facts, &site_kind, STR("shop.example"), &w->site);
}

static void world_close(struct world *w)
{
    facts_free(w->facts);
    arena_free(w->arena);
}

static void put_addresses(struct world *w, const char *host, const char *first, const char *second)
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

static void put_platform(struct world *w, const char *host, const char *edge, const char *by)
{
    struct fact_platform *p = arena_alloc(w->arena, sizeof *p);

    p->edge = edge ? platform_by_id(edge) : NULL;
    p->host = by ? platform_by_id(by) : NULL;
    p->edge_by_address = edge != NULL;
    p->edge_evidence = STR("by hand");
    facts_put(w->facts, &platform_kind, str_of(host), p);
}

static void put_err(struct world *w, const struct fact_kind *kind, struct str key, enum err_kind what)
{
    struct err err;

    err_set(&err, what, "by hand: %s", err_word(what));
    facts_put_err(w->facts, kind, key, &err);
}

static void run(struct world *w, const char *id)
{
    struct ask q = facts_ask(w->facts, w->arena);

    w->out = (struct findings){.arena = w->arena};
    check_run(check_by_id(str_of(id)), &q, &w->out);
}

static void expect(struct world *w, const char *why, enum status status, enum severity severity, const char *title)
{
    const struct finding *worst = NULL;
    static const int weight[] = {[FAIL] = 6, [WARN] = 5, [UNKNOWN] = 4, [NOT_APPLICABLE] = 2, [PASS] = 1};

    for (size_t i = 0; i < w->out.n; i++)
        if (!worst || weight[w->out.v[i]->status] > weight[worst->status])
            worst = w->out.v[i];
    if (!worst)
        fail_msg("%s: nothing was said", why);
    if (worst->status != status || ((status == FAIL || status == WARN) && worst->severity != severity) ||
        (title && !str_has(worst->title, str_of(title))))
        fail_msg("%s: %s %s: %.*s", why, status_word(worst->status), severity_word(worst->severity),
                 STR_ARG(worst->title));
    if ((status == FAIL || status == WARN) && worst->n_evidence == 0)
        fail_msg("%s: no evidence", why);
}

/* ---- certificates ---- */

struct made {
    int from_days, until_days; /* 0: 30 days ago, in 60 days */
    enum tls_trust trust;
    bool fixed, misnamed, disordered, no_names, must_staple, stapled, weak_signature;
    unsigned rsa_bits; /* 0: EC P-256 */
    enum tls_revocation revocation;
    const char *ocsp;
    enum err_kind err; /* instead of all that */
    bool guessed;
};

static const struct fact_tls *make_tls(struct world *w, const struct made *m)
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

static void certificates_are_judged(void **state)
{
    static const struct {
        const char *check, *why;
        struct made made;
        enum status status;
        enum severity severity;
        const char *title;
    } rows[] = {
        {"tls.valid", "good", {0}, PASS},
        {"tls.valid", "expired", {.trust = TLS_EXPIRED, .until_days = -3}, FAIL, SEV_CRITICAL, "expired on 2026-11-15"},
        {"tls.valid", "an intermediate expired", {.trust = TLS_EXPIRED}, FAIL, SEV_CRITICAL, "intermediate"},
        {"tls.valid", "not yet", {.trust = TLS_NOT_YET, .from_days = 2}, FAIL, SEV_CRITICAL, "only from"},
        {"tls.valid", "self-signed", {.trust = TLS_SELF_SIGNED}, FAIL, SEV_CRITICAL, "by itself"},
        {"tls.valid", "untrusted", {.trust = TLS_UNTRUSTED}, FAIL, SEV_CRITICAL, "no browser trusts"},
        {"tls.valid", "broken", {.trust = TLS_BROKEN}, FAIL, SEV_CRITICAL, "does not verify"},
        {"tls.valid", "incomplete, fetched", {.trust = TLS_INCOMPLETE, .fixed = true}, PASS},
        {"tls.valid", "incomplete", {.trust = TLS_INCOMPLETE}, FAIL, SEV_CRITICAL, "missing"},
        {"tls.valid", "wrong host", {.misnamed = true}, FAIL, SEV_CRITICAL, "does not cover shop.example"},
        {"tls.valid", "no SAN", {.misnamed = true, .no_names = true}, FAIL, SEV_CRITICAL, "names no host"},
        {"tls.valid", "must-staple without", {.must_staple = true}, FAIL, SEV_HIGH, "stapled"},
        {"tls.valid", "must-staple with", {.must_staple = true, .stapled = true}, PASS},
        {"tls.valid", "825 days", {.from_days = -30, .until_days = 795}, WARN, SEV_LOW, "825 days"},
        {"tls.valid", "199 days", {.from_days = -30, .until_days = 169}, PASS},
        {"tls.valid", "398 days of before March", {.from_days = -300, .until_days = 98}, PASS},
        {"tls.valid", "398 days of after March", {.from_days = -30, .until_days = 368}, WARN, SEV_LOW, "accept 200"},
        {"tls.valid", "nobody listens", {.err = ERR_REFUSED}, UNKNOWN},
        {"tls.valid", "no TLS", {.err = ERR_TLS}, FAIL, SEV_CRITICAL, "handshake"},
        {"tls.valid", "silence", {.err = ERR_TIMEOUT}, UNKNOWN},
        {"tls.valid", "broken off", {.err = ERR_RESET}, UNKNOWN},
        {"tls.valid", "a guessed host without TLS", {.err = ERR_REFUSED, .guessed = true}, PASS},
        {"tls.valid", "a guessed host", {.trust = TLS_SELF_SIGNED, .guessed = true}, WARN, SEV_MEDIUM, NULL},
        {"tls.expiry", "60 days of 90", {0}, PASS},
        {"tls.expiry", "22 days", {.from_days = -68, .until_days = 22}, PASS},
        {"tls.expiry", "20 days", {.from_days = -70, .until_days = 20}, WARN, SEV_MEDIUM, "in 20 days"},
        {"tls.expiry", "8 days", {.from_days = -82, .until_days = 8}, WARN, SEV_MEDIUM, "in 8 days"},
        {"tls.expiry", "6 days", {.from_days = -84, .until_days = 6}, FAIL, SEV_CRITICAL, "in 6 days"},
        {"tls.expiry", "3 of 6 days", {.from_days = -3, .until_days = 3}, PASS},
        {"tls.expiry", "1 of 6 days", {.from_days = -5, .until_days = 1}, WARN, SEV_MEDIUM, "in 1 day and"},
        {"tls.expiry", "16 of 47 days", {.from_days = -31, .until_days = 16}, PASS},
        {"tls.expiry", "15 of 47 days", {.from_days = -32, .until_days = 15}, WARN, SEV_MEDIUM, NULL},
        {"tls.expiry", "past", {.until_days = -3, .from_days = -93}, FAIL, SEV_CRITICAL, "3 days ago"},
        {"tls.expiry", "silence", {.err = ERR_TIMEOUT}, UNKNOWN},
        {"tls.chain", "good", {0}, PASS},
        {"tls.chain", "incomplete, fetched", {.trust = TLS_INCOMPLETE, .fixed = true}, FAIL, SEV_HIGH, "phones"},
        {"tls.chain", "incomplete", {.trust = TLS_INCOMPLETE}, FAIL, SEV_HIGH, "cannot be fetched"},
        {"tls.chain", "wrong order", {.disordered = true}, WARN, SEV_MEDIUM, "order"},
        {"tls.chain", "self-signed is told elsewhere", {.trust = TLS_SELF_SIGNED, .disordered = true}, PASS},
        {"tls.chain", "silence", {.err = ERR_RESET}, UNKNOWN},
        {"tls.key", "EC P-256", {0}, PASS},
        {"tls.key", "RSA 2048", {.rsa_bits = 2048}, PASS},
        {"tls.key", "RSA 1024", {.rsa_bits = 1024}, FAIL, SEV_HIGH, "RSA 1024"},
        {"tls.key", "SHA-1", {.weak_signature = true}, FAIL, SEV_HIGH, "signed with"},
        {"tls.key", "silence", {.err = ERR_TIMEOUT}, UNKNOWN},
        {"tls.revoked", "good", {.revocation = TLS_GOOD}, PASS},
        {"tls.revoked", "revoked", {.revocation = TLS_REVOKED}, FAIL, SEV_CRITICAL, "revoked"},
        {"tls.revoked", "nobody to ask", {0}, PASS},
        {"tls.revoked", "nobody answered", {.ocsp = "http://ocsp.example/"}, WARN, SEV_INFO, "could not be asked"},
        {"tls.revoked", "silence", {.err = ERR_TIMEOUT}, UNKNOWN},
    };

    (void)state;
    for (size_t i = 0; i < N_OF(rows); i++) {
        struct world w;
        char why[128];
        world_open(&w);
        w.hosts[0].guessed = rows[i].made.guessed;
        world_begin(&w);
        put_addresses(&w, "shop.example", "192.0.2.80", NULL);
        put_platform(&w, "shop.example", NULL, NULL);
        if (rows[i].made.err)
            put_err(&w, &tls_kind, STR("shop.example 192.0.2.80"), rows[i].made.err);
        else
            facts_put(w.facts, &tls_kind, STR("shop.example 192.0.2.80"), make_tls(&w, &rows[i].made));
        run(&w, rows[i].check);
        snprintf(why, sizeof why, "%s: %s", rows[i].check, rows[i].why);
        expect(&w, why, rows[i].status, rows[i].severity, rows[i].title);
        world_close(&w);
    }
}

/* Every check of ours sees nothing: then it says unknown, for the reason that there was. */
static void blind_checks_say_unknown(void **state)
{
    static const char *const ids[] = {"tls.valid",   "tls.expiry",   "tls.chain",          "tls.protocols",
                                      "tls.ciphers", "tls.key",      "tls.revoked",        "tls.renewal-path",
                                      "tls.origin",  "edge.proxied", "edge.origin-exposed"};

    (void)state;
    for (size_t i = 0; i < N_OF(ids); i++) {
        struct world w = {.arena = arena_new(ARENA_MB(4))};
        launch_empty(&w.launch, STR("shop.example"));
        str_list_add(w.arena, &w.launch.origin.addresses, STR("203.0.113.20"));
        w.facts = facts_new(&(struct facts_setup){.launch = &w.launch, .domain = STR("shop.example"), .now_s = NOW});
        run(&w, ids[i]);
        expect(&w, ids[i], UNKNOWN, SEV_INFO, NULL);
        world_close(&w);
    }
}

static void host_without_address_is_unknown(void **state)
{
    struct world w;

    (void)state;
    world_open(&w);
    w.hosts[0].exists = false;
    world_begin(&w);
    put_addresses(&w, "shop.example", NULL, NULL);
    run(&w, "tls.valid");
    expect(&w, "no address", UNKNOWN, SEV_INFO, "no address");
    assert_int_equal(w.out.v[0]->unseen_kind, ERR_NO_NAME);
    assert_str(w.out.v[0]->unseen_place, "shop.example");
    world_close(&w);
}

static void private_address_is_not_asked(void **state)
{
    struct world w;

    (void)state;
    world_open(&w);
    world_begin(&w);
    put_addresses(&w, "shop.example", "10.0.0.1", NULL);
    facts_put(w.facts, &tls_kind, STR("shop.example 10.0.0.1"), make_tls(&w, &(struct made){0}));
    run(&w, "tls.valid");
    expect(&w, "a private address", UNKNOWN, SEV_INFO, "not asked without being told");
    world_close(&w);

    world_open(&w);
    w.hosts[0].declared = true;
    world_begin(&w);
    put_addresses(&w, "shop.example", "10.0.0.1", NULL);
    facts_put(w.facts, &tls_kind, STR("shop.example 10.0.0.1"), make_tls(&w, &(struct made){0}));
    run(&w, "tls.valid");
    expect(&w, "a private address of a declared host", PASS, SEV_INFO, NULL);
    world_close(&w);
}

static void ipv6_without_a_route_is_no_fault(void **state)
{
    static const struct {
        const char *why, *first;
        enum err_kind v6;
        enum status status;
    } rows[] = {
        {"IPv4 was seen", "192.0.2.80", ERR_NO_ROUTE, PASS},    {"nothing was seen", NULL, ERR_NO_ROUTE, UNKNOWN},
        {"IPv6 is silent", "192.0.2.80", ERR_TIMEOUT, UNKNOWN}, {"IPv6 refuses", "192.0.2.80", ERR_REFUSED, UNKNOWN},
        {"IPv6 speaks no TLS", "192.0.2.80", ERR_TLS, FAIL},
    };

    (void)state;
    for (size_t i = 0; i < N_OF(rows); i++) {
        struct world w;
        world_open(&w);
        world_begin(&w);
        put_addresses(&w, "shop.example", rows[i].first, "2001:db8::80");
        put_platform(&w, "shop.example", NULL, NULL);
        facts_put(w.facts, &tls_kind, STR("shop.example 192.0.2.80"), make_tls(&w, &(struct made){0}));
        put_err(&w, &tls_kind, STR("shop.example 2001:db8::80"), rows[i].v6);
        run(&w, "tls.valid");
        expect(&w, rows[i].why, rows[i].status, SEV_CRITICAL, NULL);
        world_close(&w);
    }
}

/* ---- versions and ciphers: a letter each, A accepted, r refused, ? not seen ---- */

static enum tls_answer answer_of(char c)
{
    return c == 'A' ? TLS_ACCEPTED : c == 'r' ? TLS_REFUSED : TLS_NOT_SEEN;
}

static void accepted_is_judged(void **state)
{
    static const struct {
        const char *check, *why, *versions, *classes, *cipher;
        enum status status;
        enum severity severity;
    } rows[] = {
        {"tls.protocols", "modern", "rrrAA", "rrrrrr", "", PASS, 0},
        {"tls.protocols", "TLS 1.0", "rArAA", "rrrrrr", "", FAIL, SEV_MEDIUM},
        {"tls.protocols", "TLS 1.1", "rrAAA", "rrrrrr", "", FAIL, SEV_MEDIUM},
        {"tls.protocols", "SSL 3", "ArrAA", "rrrrrr", "", FAIL, SEV_HIGH},
        {"tls.protocols", "nothing current", "rAArr", "rrrrrr", "", FAIL, SEV_CRITICAL},
        {"tls.protocols", "no 1.3", "rrrAr", "rrrrrr", "", WARN, SEV_LOW},
        {"tls.protocols", "1.3 alone", "rrrrA", "rrrrrr", "", WARN, SEV_INFO},
        {"tls.protocols", "old ones unclear", "???AA", "rrrrrr", "", UNKNOWN, 0},
        {"tls.protocols", "a fault stands beside what is unclear", "?A?AA", "rrrrrr", "", FAIL, SEV_MEDIUM},
        {"tls.ciphers", "modern", "rrrAA", "rrrrrr", "", PASS, 0},
        {"tls.ciphers", "NULL", "rrrAA", "Arrrrr", "", FAIL, SEV_CRITICAL},
        {"tls.ciphers", "anonymous", "rrrAA", "rArrrr", "", FAIL, SEV_CRITICAL},
        {"tls.ciphers", "export", "rrrAA", "rrArrr", "", FAIL, SEV_CRITICAL},
        {"tls.ciphers", "RC4", "rrrAA", "rrrArr", "", FAIL, SEV_HIGH},
        {"tls.ciphers", "3DES", "rrrAA", "rrrrAr", "", FAIL, SEV_MEDIUM},
        {"tls.ciphers", "RSA as a fallback", "rrrAA", "rrrrrA", "ECDHE-RSA-AES128-GCM-SHA256", WARN, SEV_LOW},
        {"tls.ciphers", "RSA alone", "rrrAr", "rrrrrA", "AES128-GCM-SHA256", FAIL, SEV_MEDIUM},
        {"tls.ciphers", "unclear", "rrrAA", "??????", "", UNKNOWN, 0},
    };

    (void)state;
    for (size_t i = 0; i < N_OF(rows); i++) {
        struct world w;
        world_open(&w);
        world_begin(&w);
        put_addresses(&w, "shop.example", "192.0.2.80", NULL);
        put_platform(&w, "shop.example", "cloudflare", NULL);
        struct fact_tls t = {.host = STR("shop.example")}, best = *make_tls(&w, &(struct made){0});
        for (size_t v = 0; v < TLS_N_VERSIONS; v++)
            t.versions[v] = answer_of(rows[i].versions[v]);
        for (size_t c = 0; c < TLS_N_CIPHER_CLASSES; c++)
            t.ciphers[c] = answer_of(rows[i].classes[c]);
        best.cipher = str_of(rows[i].cipher);
        facts_put(w.facts, &tls_accepts_kind, STR("shop.example 192.0.2.80"), &t);
        facts_put(w.facts, &tls_kind, STR("shop.example 192.0.2.80"), &best);
        run(&w, rows[i].check);
        expect(&w, rows[i].why, rows[i].status, rows[i].severity, NULL);
        if (rows[i].status == FAIL)
            assert_true(str_has(w.out.v[0]->fix_text, STR("SSL/TLS > Edge Certificates > Minimum TLS Version")));
        world_close(&w);
    }
}

/* ---- the origin ---- */

static void origin_certificate_is_judged(void **state)
{
    static const struct {
        const char *why, *issuer;
        struct made made;
        enum status status;
    } rows[] = {
        {"public", "CN = E7", {0}, PASS},
        {"the edge's own authority",
         "O = \"CloudFlare, Inc.\", OU = CloudFlare Origin SSL Certificate Authority",
         {.trust = TLS_UNTRUSTED, .until_days = 5000},
         PASS},
        {"the edge's own authority, expired",
         "OU = CloudFlare Origin SSL Certificate Authority",
         {.trust = TLS_UNTRUSTED, .until_days = -1},
         FAIL},
        {"the edge's own authority, another name",
         "OU = CloudFlare Origin SSL Certificate Authority",
         {.trust = TLS_UNTRUSTED, .misnamed = true},
         FAIL},
        {"self-signed", "CN = shop.example", {.trust = TLS_SELF_SIGNED}, FAIL},
        {"unknown", "CN = Stranger", {.trust = TLS_UNTRUSTED}, FAIL},
        {"closed", NULL, {.err = ERR_REFUSED}, NOT_APPLICABLE},
        {"dropped", NULL, {.err = ERR_TIMEOUT}, NOT_APPLICABLE},
        {"no TLS", NULL, {.err = ERR_TLS}, FAIL},
        {"no way there", NULL, {.err = ERR_NO_ROUTE}, UNKNOWN},
    };

    (void)state;
    for (size_t i = 0; i < N_OF(rows); i++) {
        struct world w;
        world_open(&w);
        str_list_add(w.arena, &w.launch.origin.addresses, STR("203.0.113.20"));
        world_begin(&w);
        struct fact_tls t = *make_tls(&w, &rows[i].made);
        t.chain[0].issuer = str_of(rows[i].issuer);
        if (rows[i].made.err)
            put_err(&w, &tls_kind, STR("shop.example 203.0.113.20"), rows[i].made.err);
        else
            facts_put(w.facts, &tls_kind, STR("shop.example 203.0.113.20"), &t);
        run(&w, "tls.origin");
        expect(&w, rows[i].why, rows[i].status, SEV_HIGH, NULL);
        world_close(&w);
    }
}

static const struct fact_http *page(struct world *w, int status, const char *body)
{
    struct fact_http *x = arena_alloc(w->arena, sizeof *x);

    *x = (struct fact_http){.status = status, .version = 11, .body = str_of(body), .address = STR("203.0.113.20")};
    return x;
}

static void put_page(struct world *w, const char *url, const char *via, const struct fact_http *x, enum err_kind err)
{
    struct http_ask ask = {.url = str_of(url), .via = str_of(via), .insecure = true};
    struct str key = http_key(w->arena, &ask);

    if (x)
        facts_put(w->facts, &http_kind, key, x);
    else
        put_err(w, &http_kind, key, err);
}

static void put_dns(struct world *w, const char *key, uint16_t type, const char *text)
{
    struct fact_dns *d = arena_alloc(w->arena, sizeof *d);
    struct dns_rr *rr = arena_alloc(w->arena, sizeof *rr);

    *rr = (struct dns_rr){.type = type, .text = str_of(text), .target = str_of(text), .value = str_of(text)};
    *d = (struct fact_dns){
        .type = type, .outcome = text ? DNS_ANSWER : DNS_NODATA, .answer = rr, .n_answer = text != NULL};
    facts_put(w->facts, &dns_kind, str_of(key), d);
}

static void exposed_origin_is_judged(void **state)
{
    static const char shop[] = "<html><head><title>Shop</title></head><body>token 1";
    static const struct {
        const char *why;
        int status;
        const char *body;
        enum err_kind err;
        const char *direct; /* address of direct.shop.example */
        const char *mx;     /* mail.shop.example is there */
        const char *txt;
        enum status wanted;
        const char *title;
    } rows[] = {
        {"refused", 0, NULL, ERR_REFUSED, NULL, NULL, NULL, PASS, NULL},
        {"dropped", 0, NULL, ERR_TIMEOUT, NULL, NULL, NULL, PASS, NULL},
        {"wants the edge's certificate", 0, NULL, ERR_TLS, NULL, NULL, NULL, PASS, NULL},
        {"403", 403, "no", 0, NULL, NULL, NULL, PASS, NULL},
        {"only a redirect", 301, "", 0, NULL, NULL, NULL, PASS, NULL},
        {"the shop itself", 200, shop, 0, NULL, NULL, NULL, FAIL, "gone round"},
        {"the shop with another token", 200, "<html><head><title>Shop</title></head><body>token 2", 0, NULL, NULL, NULL,
         FAIL, "gone round"},
        {"another page", 200, "<title>Welcome to nginx!</title>", 0, NULL, NULL, NULL, WARN, "another page"},
        {"no way there", 0, NULL, ERR_NO_ROUTE, NULL, NULL, NULL, UNKNOWN, NULL},
        {"a telling name", 403, "no", 0, "203.0.113.20", NULL, NULL, WARN, "address record"},
        {"a name elsewhere", 403, "no", 0, "203.0.113.99", NULL, NULL, PASS, NULL},
        {"mail on the origin", 403, "no", 0, NULL, "203.0.113.20", NULL, WARN, "record"},
        {"SPF names it", 403, "no", 0, NULL, NULL, "v=spf1 ip4:203.0.113.20 -all", WARN, "SPF"},
        {"SPF names it in full", 403, "no", 0, NULL, NULL, "v=spf1 +ip4:203.0.113.20/32 -all", WARN, "SPF"},
        {"SPF names a range", 403, "no", 0, NULL, NULL, "v=spf1 ip4:203.0.113.0/24 -all", PASS, NULL},
    };
    static const char *const names[] = {"origin.shop.example",  "ftp.shop.example",  "cpanel.shop.example",
                                        "webmail.shop.example", "smtp.shop.example", "server.shop.example"};

    (void)state;
    for (size_t i = 0; i < N_OF(rows); i++) {
        struct world w;
        world_open(&w);
        str_list_add(w.arena, &w.launch.origin.addresses, STR("203.0.113.20"));
        world_begin(&w);
        put_addresses(&w, "shop.example", "192.0.2.80", NULL);
        put_addresses(&w, "direct.shop.example", rows[i].direct, NULL);
        put_addresses(&w, "mail.shop.example", rows[i].mx, NULL);
        for (size_t j = 0; j < N_OF(names); j++)
            put_addresses(&w, names[j], NULL, NULL);
        put_dns(&w, "MX shop.example", DNS_MX, rows[i].mx ? "mail.shop.example" : NULL);
        put_dns(&w, "TXT shop.example", DNS_TXT, rows[i].txt);
        put_page(&w, "https://shop.example/", NULL, page(&w, 200, shop), 0);
        const struct fact_http *x = rows[i].status ? page(&w, rows[i].status, rows[i].body) : NULL;
        put_page(&w, "https://shop.example/", "203.0.113.20", x, rows[i].err);
        put_page(&w, "http://shop.example/", "203.0.113.20", NULL, ERR_REFUSED);
        run(&w, "edge.origin-exposed");
        expect(&w, rows[i].why, rows[i].wanted, rows[i].wanted == FAIL ? SEV_HIGH : SEV_MEDIUM, rows[i].title);
        world_close(&w);
    }
}

/* ---- who stands behind the edge ---- */

static void proxied_hosts_are_judged(void **state)
{
    static const struct {
        const char *why, *declared, *apex_edge, *app_edge, *app_host, *mx_address;
        bool direct;
        enum status status;
        enum severity severity;
        const char *title;
    } rows[] = {
        {"all behind", "cloudflare", "cloudflare", "cloudflare", NULL, NULL, false, PASS, 0, NULL},
        {"all behind, not declared", NULL, "cloudflare", "cloudflare", NULL, NULL, false, PASS, 0, NULL},
        {"one beside", "cloudflare", "cloudflare", NULL, NULL, NULL, false, FAIL, SEV_HIGH, "app.shop.example"},
        {"one beside, meant", "cloudflare", "cloudflare", NULL, NULL, NULL, true, PASS, 0, NULL},
        {"one beside, not declared", NULL, "cloudflare", NULL, NULL, NULL, false, WARN, SEV_MEDIUM, "app.shop"},
        {"one at a platform", NULL, "cloudflare", NULL, "heroku", NULL, false, PASS, 0, NULL},
        {"one at a server of one's own", NULL, "cloudflare", NULL, "nginx", NULL, false, WARN, SEV_MEDIUM, "app.shop"},
        {"another edge than declared", "cloudflare", "fastly", "fastly", NULL, NULL, false, FAIL, SEV_HIGH, NULL},
        {"no edge", NULL, NULL, NULL, NULL, NULL, false, WARN, SEV_LOW, "No edge"},
        {"declared and none there", "cloudflare", NULL, NULL, NULL, NULL, false, FAIL, SEV_HIGH, NULL},
        {"mail elsewhere", NULL, "cloudflare", "cloudflare", NULL, "192.0.2.25", false, PASS, 0, NULL},
        {"mail behind the proxy", NULL, "cloudflare", "cloudflare", NULL, "104.16.0.1", false, FAIL, SEV_HIGH, "Mail"},
    };
    struct launch_host direct = {.name = STR("app.shop.example"), .direct = true};

    (void)state;
    for (size_t i = 0; i < N_OF(rows); i++) {
        struct world w;
        world_open(&w);
        w.hosts[1] =
            (struct site_host){.name = STR("app.shop.example"), .role = HOST_APP, .exists = true, .declared = true};
        w.site.n_hosts = 2;
        w.launch.edge.provider = str_of(rows[i].declared);
        if (rows[i].direct) {
            w.launch.hosts = &direct;
            w.launch.n_hosts = 1;
        }
        world_begin(&w);
        put_addresses(&w, "shop.example", "192.0.2.80", NULL);
        put_addresses(&w, "app.shop.example", "192.0.2.81", NULL);
        put_platform(&w, "shop.example", rows[i].apex_edge, NULL);
        put_platform(&w, "app.shop.example", rows[i].app_edge, rows[i].app_host);
        put_dns(&w, "MX shop.example", DNS_MX, rows[i].mx_address ? "mail.shop.example" : NULL);
        if (rows[i].mx_address)
            put_addresses(&w, "mail.shop.example", rows[i].mx_address, NULL);
        run(&w, "edge.proxied");
        expect(&w, rows[i].why, rows[i].status, rows[i].severity, rows[i].title);
        world_close(&w);
    }
}

/* ---- the next renewal ---- */

static void renewal_path_is_judged(void **state)
{
    static const struct {
        const char *why;
        int status;
        const char *final;
        const char *edge, *host;
        int life_days;
        enum status wanted;
        enum severity severity;
        const char *title;
    } rows[] = {
        {"404", 404, "http://shop.example/.well-known/acme-challenge/launchready-probe", NULL, NULL, 90, PASS, 0, NULL},
        {"404 over https", 404, "https://shop.example/.well-known/acme-challenge/launchready-probe", NULL, NULL, 90,
         PASS, 0, NULL},
        {"403", 403, "https://shop.example/.well-known/acme-challenge/launchready-probe", NULL, NULL, 90, FAIL,
         SEV_HIGH, "blocked"},
        {"401", 401, "https://shop.example/.well-known/acme-challenge/launchready-probe", NULL, NULL, 90, FAIL,
         SEV_HIGH, "log-in"},
        {"401 behind an edge", 401, "https://shop.example/.well-known/acme-challenge/launchready-probe", "cloudflare",
         NULL, 90, PASS, 0, NULL},
        {"403 behind an edge", 403, "https://shop.example/.well-known/acme-challenge/launchready-probe", "cloudflare",
         NULL, 90, FAIL, SEV_HIGH, "blocked"},
        {"403 at a platform", 403, "https://shop.example/.well-known/acme-challenge/launchready-probe", NULL, "heroku",
         90, PASS, 0, NULL},
        {"403 at a server of one's own", 403, "https://shop.example/.well-known/acme-challenge/launchready-probe", NULL,
         "nginx", 90, FAIL, SEV_HIGH, "blocked"},
        {"renewed by hand", 403, "https://shop.example/.well-known/acme-challenge/launchready-probe", NULL, NULL, 190,
         PASS, 0, NULL},
        {"another site", 404, "https://other.example/.well-known/acme-challenge/launchready-probe", NULL, NULL, 90,
         WARN, SEV_MEDIUM, "another site"},
        {"the path is lost", 200, "https://shop.example/", NULL, NULL, 90, WARN, SEV_INFO, "loses the path"},
        {"silence on port 80", 0, "", NULL, NULL, 90, PASS, 0, NULL},
    };
    struct str start = STR("http://shop.example/.well-known/acme-challenge/launchready-probe");

    (void)state;
    for (size_t i = 0; i < N_OF(rows); i++) {
        struct world w;
        struct hop hops[2] = {{.url = start}, {.url = str_of(rows[i].final)}};
        struct fact_route r = {
            .start = start, .hops = hops, .n_hops = 2, .end = ROUTE_FAILED, .final_url = str_of(rows[i].final)};
        world_open(&w);
        world_begin(&w);
        put_addresses(&w, "shop.example", "192.0.2.80", NULL);
        put_platform(&w, "shop.example", rows[i].edge, rows[i].host);
        facts_put(w.facts, &tls_kind, STR("shop.example 192.0.2.80"),
                  make_tls(&w, &(struct made){.until_days = rows[i].life_days - 30}));
        if (rows[i].status) {
            r.end = ROUTE_PAGE;
            r.n_moves = 1;
            hops[0].x = page(&w, 301, "");
            hops[1].x = r.last = page(&w, rows[i].status, "");
        }
        facts_put(w.facts, &route_kind, start, &r);
        run(&w, "tls.renewal-path");
        expect(&w, rows[i].why, rows[i].wanted, rows[i].severity, rows[i].title);
        world_close(&w);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(certificates_are_judged),          cmocka_unit_test(blind_checks_say_unknown),
        cmocka_unit_test(host_without_address_is_unknown),  cmocka_unit_test(private_address_is_not_asked),
        cmocka_unit_test(ipv6_without_a_route_is_no_fault), cmocka_unit_test(accepted_is_judged),
        cmocka_unit_test(origin_certificate_is_judged),     cmocka_unit_test(exposed_origin_is_judged),
        cmocka_unit_test(proxied_hosts_are_judged),         cmocka_unit_test(renewal_path_is_judged),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
