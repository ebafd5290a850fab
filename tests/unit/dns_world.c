#include "dns_world.h"

#include <ldns/ldns.h>
#include <stdlib.h>
#include <string.h>

#include "checks/check_dns.h"
#include "facts/dns_inside.h"
#include "facts/fact_zone_file.h"
#include "test.h"

#define TOKEN "a-word-for-tests"

const char dns_world_healthy[] = "$TTL 300\n"
                                 "@ SOA ns1.dns.example. host.shop.example. 7 7200 3600 1209600 300\n"
                                 "@ 3600 NS ns1.dns.example.\n@ 3600 NS ns2.dns.example.\n"
                                 "@ A 203.0.113.10\n@ AAAA 2001:db8::10\n"
                                 "www CNAME shop.example.\n"
                                 "app A 203.0.113.10\n"
                                 "@ CAA 0 issue \"letsencrypt.org\"\n"
                                 "@ MX 10 mx.mail.example.\n@ TXT \"v=spf1 -all\"\n"
                                 "_launchready TXT \"" TOKEN "\"\n";

/* Names outside the zone that the resolver knows. */
static const char elsewhere[] = "$ORIGIN example.\nmail A 203.0.113.30\nmx.mail A 203.0.113.30\n"
                                "ns1.dns A 192.0.2.1\nns2.dns A 192.0.2.2\ndns TXT \"x\"\n";

void dns_world_begin(struct dns_world *w)
{
    *w = (struct dns_world){.arena = arena_new(ARENA_MB(256)),
                            .zone_text = dns_world_healthy,
                            .title = "Shop",
                            .status = 200,
                            .issuer_org = "Let's Encrypt"};
    launch_empty(&w->launch, STR("shop.example"));
    w->launch.path = "launchready.yaml";
    w->launch.token = secret_of(STR(TOKEN));
    w->hosts[0] = (struct site_host){.name = STR("shop.example"), .role = HOST_SITE, .exists = true};
    w->hosts[1] = (struct site_host){.name = STR("www.shop.example"), .role = HOST_WWW, .exists = true};
    w->hosts[2] = (struct site_host){.name = STR("app.shop.example"), .role = HOST_APP, .exists = true};
    w->site = (struct fact_site){
        .apex = STR("shop.example"), .www = STR("www.shop.example"), .hosts = w->hosts, .n_hosts = 3};
    for (size_t i = 0; i < 2; i++)
        w->servers[i] = (struct zone_server){.name = i ? STR("ns2.dns.example") : STR("ns1.dns.example"),
                                             .ip = i ? STR("192.0.2.2") : STR("192.0.2.1"),
                                             .answered = true,
                                             .authoritative = true,
                                             .serial = 7,
                                             .problem = STR_NONE};
    w->zone = (struct fact_zone){.apex = STR("shop.example"),
                                 .parent = STR("example"),
                                 .servers = w->servers,
                                 .n_servers = 2,
                                 .parent_server = STR("192.0.2.99")};
    for (size_t i = 0; i < 2; i++) {
        str_list_add(w->arena, &w->zone.parent_ns, w->servers[i].name);
        str_list_add(w->arena, &w->zone.child_ns, w->servers[i].name);
    }
    w->rdap = (struct fact_rdap){.found = true,
                                 .expires_s = WORLD_NOW + 400 * (int64_t)WORLD_DAY,
                                 .registrar = STR("Example Registrar"),
                                 .source = STR("https://rdap.example/domain/shop.example")};
    str_list_add(w->arena, &w->rdap.status, STR("client transfer prohibited"));
}

static bool in_list(const char *const *list, size_t n, struct str key)
{
    for (size_t i = 0; i < n && list[i]; i++)
        if (str_eq(key, str_of(list[i])))
            return true;
    return false;
}

/* Puts a fact, or a failure when it is its turn. */
static void put(struct dns_world *w, const struct fact_kind *kind, struct str key, const void *fact)
{
    struct err err;

    w->n_put++;
    if (fact && w->n_put != w->fail_nth) {
        facts_put(w->facts, kind, key, fact);
        return;
    }
    err_set(&err, kind == &dns_kind ? ERR_DNS_TIMEOUT : ERR_LIMIT, "%.*s: no answer", STR_ARG(key));
    err_at(&err, "shop.example");
    facts_put_err(w->facts, kind, key, &err);
}

// NOLINTNEXTLINE(readability-non-const-parameter): ARENA_PUSH writes capacity
static void push(struct dns_world *w, struct dns_rr **v, size_t *n, size_t *capacity, const struct dns_rr *rr)
{
    *ARENA_PUSH(w->arena, *v, *n, *capacity) = *rr;
}

/* What a server that holds these records says. */
static struct fact_dns *answer(struct dns_world *w, const struct fact_zone_file *z, struct str name, uint16_t type)
{
    struct fact_dns *f = arena_alloc(w->arena, sizeof *f);
    size_t capacity = 0, authority_capacity = 0;
    struct str at = name;
    bool exists = false, found = false;

    *f = (struct fact_dns){.name = name,
                           .type = type,
                           .authoritative = true,
                           .server = STR("192.0.2.1"),
                           .at_s = WORLD_NOW,
                           .authenticated = w->authenticated};
    for (unsigned hops = 0; hops < 8 && !found; hops++) {
        const struct dns_rr *alias = NULL;
        exists = false;
        for (size_t i = 0; i < z->n_records; i++) {
            const struct dns_rr *rr = &z->records[i];
            exists = exists || str_eq(rr->owner, at) ||
                     (str_ends(rr->owner, at) && rr->owner.n > at.n && rr->owner.p[rr->owner.n - at.n - 1] == '.');
            if (!str_eq(rr->owner, at))
                continue;
            if (rr->type == type || (rr->type == DNS_RRSIG && rr->covered == type)) {
                push(w, &f->answer, &f->n_answer, &capacity, rr);
                found = true;
            } else if (rr->type == DNS_CNAME) {
                alias = rr;
            }
        }
        if (found || !alias)
            break;
        push(w, &f->answer, &f->n_answer, &capacity, alias);
        at = alias->target;
    }
    f->outcome = found ? DNS_ANSWER : exists ? DNS_NODATA : DNS_NXDOMAIN;
    f->rcode = f->outcome == DNS_NXDOMAIN ? 3 : 0;
    for (size_t i = 0; !found && i < z->n_records; i++)
        if (z->records[i].type == DNS_SOA)
            push(w, &f->authority, &f->n_authority, &authority_capacity, &z->records[i]);
    return f;
}

static void read_zone(struct dns_world *w, const char *text, bool with_elsewhere, struct fact_zone_file *ret)
{
    struct str all = str_fmt(w->arena, "%s%s", text, with_elsewhere ? elsewhere : "");
    struct err err;

    if (!zone_file_read(w->arena, all, STR("shop.example"), "world.zone", ret, &err))
        fail_msg("%s (%s)", err.text, err.cause);
}

static void put_dns(struct dns_world *w, const struct fact_zone_file *z, struct str name, const char *how)
{
    static const uint16_t types[] = {DNS_A,  DNS_AAAA, DNS_CNAME,  DNS_MX,   DNS_TXT, DNS_CAA,
                                     DNS_NS, DNS_SOA,  DNS_DNSKEY, DNS_TLSA, DNS_PTR};

    for (size_t t = 0; t < N_OF(types); t++) {
        struct str key =
            str_fmt(w->arena, "%.*s %.*s%s", STR_ARG(dns_type_name(w->arena, types[t])), STR_ARG(name), how);
        struct fact_dns *f = answer(w, z, name, types[t]);
        if (in_list(w->servfail, N_OF(w->servfail), key)) {
            f->outcome = DNS_SERVFAIL;
            f->rcode = 2;
            f->n_answer = 0;
        }
        put(w, &dns_kind, key, in_list(w->silent, N_OF(w->silent), key) ? NULL : f);
    }
}

static void add_name(struct dns_world *w, struct str_list *names, struct str name)
{
    if (!str_list_has(names, name))
        str_list_add(w->arena, names, name);
}

static void put_all_dns(struct dns_world *w)
{
    struct fact_zone_file first, second, seen, public;
    struct str_list names = {0};
    size_t n;
    const char *const *labels = site_common_labels(&n);

    read_zone(w, w->zone_text, false, &first);
    read_zone(w, w->second_text ? w->second_text : w->zone_text, false, &second);
    read_zone(w, w->resolver_text ? w->resolver_text : w->zone_text, true, &seen);
    if (w->public_text)
        read_zone(w, w->public_text, true, &public);
    add_name(w, &names, STR("shop.example"));
    for (size_t i = 0; i < first.n_records; i++)
        add_name(w, &names, first.records[i].owner);
    for (size_t i = 0; i < seen.n_records; i++) {
        add_name(w, &names, seen.records[i].owner);
        if (seen.records[i].target.n) {
            add_name(w, &names, seen.records[i].target);
            struct str domain = rdap_registrable(w->arena, seen.records[i].target);
            if (domain.n)
                add_name(w, &names, domain);
        }
    }
    for (size_t i = 0; i < n; i++)
        add_name(w, &names, str_fmt(w->arena, "%s.shop.example", labels[i]));
    add_name(w, &names, STR("www.shop.example"));
    add_name(w, &names, STR("_launchready.shop.example"));
    add_name(w, &names, STR("gone.shop.example"));
    for (size_t i = 0; i < N_OF(w->asked) && w->asked[i]; i++)
        add_name(w, &names, str_of(w->asked[i]));
    add_name(w, &names, dns_unlikely_name(w->arena, STR("shop.example"), WORLD_NOW));
    for (size_t i = 0; i < names.n; i++) {
        put_dns(w, &seen, names.v[i], "");
        put_dns(w, &first, names.v[i], " @192.0.2.1");
        put_dns(w, &second, names.v[i], " @192.0.2.2");
        put_dns(w, &seen, names.v[i], " cd");
        if (w->public_text)
            put_dns(w, &public, names.v[i], " via 192.0.2.53");
    }
}

static void put_web(struct dns_world *w, struct str host, struct str ip)
{
    bool odd = w->odd_address && str_eq(ip, str_of(w->odd_address));
    struct http_ask ask = {.url = str_fmt(w->arena, "https://%.*s/", STR_ARG(host)), .via = ip, .insecure = true};
    struct fact_http *x = arena_alloc(w->arena, sizeof *x);
    struct fact_tls *t = arena_alloc(w->arena, sizeof *t);
    struct str key = str_fmt(w->arena, "%.*s %.*s", STR_ARG(host), STR_ARG(ip));
    bool broken = odd && w->odd_error;

    *x = (struct fact_http){.method = STR("GET"), .url = ask.url, .address = ip, .version = 11, .encoding = STR_NONE};
    x->status = odd && w->odd_status ? w->odd_status : w->status;
    x->body = w->body ? str_of(w->body)
                      : str_fmt(w->arena, "<html><title>%s</title>", odd && w->odd_title ? w->odd_title : w->title);
    t->host = host;
    t->address = ip;
    t->chain = arena_alloc(w->arena, sizeof *t->chain);
    t->n_chain = 1;
    t->chain[0] = (struct tls_cert){.issuer = STR("O=Somebody"), .issuer_org = str_of(w->issuer_org)};
    str_list_add(w->arena, &t->chain[0].names, host);
    if (broken) {
        struct err err;
        err_set(&err, err_from_word(w->odd_error), "%.*s does not serve", STR_ARG(ip));
        err_at(&err, "%.*s", STR_ARG(host));
        facts_put_err(w->facts, &tls_kind, key, &err);
        facts_put_err(w->facts, &http_kind, http_key(w->arena, &ask), &err);
        return;
    }
    put(w, &tls_kind, key, w->no_web ? NULL : t);
    put(w, &http_kind, http_key(w->arena, &ask), w->no_web ? NULL : x);
    ask.via = STR_NONE;
    facts_put(w->facts, &http_kind, http_key(w->arena, &ask), x);
}

void dns_world_put(struct dns_world *w)
{
    static const char *const ips[] = {"203.0.113.10", "203.0.113.11", "2001:db8::10"};
    struct fact_zone_file *documented;
    struct fact_http *file = arena_alloc(w->arena, sizeof *file);
    struct http_ask ask = {.url = STR("https://shop.example/.well-known/launchready.txt")};

    w->facts =
        facts_new(&(struct facts_setup){.launch = &w->launch, .domain = STR("shop.example"), .now_s = WORLD_NOW});
    put_all_dns(w);
    put(w, &site_kind, STR("shop.example"), &w->site);
    put(w, &zone_kind, STR("shop.example"), w->no_zone ? NULL : &w->zone);
    put(w, &rdap_kind, STR("shop.example"), w->no_rdap ? NULL : &w->rdap);
    for (size_t h = 0; h < w->site.n_hosts; h++)
        for (size_t i = 0; i < N_OF(ips); i++)
            put_web(w, w->hosts[h].name, str_of(ips[i]));
    *file = (struct fact_http){.method = STR("GET"),
                               .url = ask.url,
                               .address = STR("203.0.113.10"),
                               .status = w->body ? 200 : 404,
                               .body = w->body ? str_of(w->body) : STR_NONE};
    put(w, &http_kind, http_key(w->arena, &ask), file);
    if (!w->documented)
        return;
    documented = arena_alloc(w->arena, sizeof *documented);
    read_zone(w, w->documented, false, documented);
    w->launch.dns.zone = STR("ops/shop.zone");
    put(w, &zone_file_kind, STR("shop.example ops/shop.zone"), documented);
}

void dns_world_end(struct dns_world *w)
{
    facts_free(w->facts);
    arena_free(w->arena);
}

enum status dns_world_run(struct dns_world *w, const char *id)
{
    const struct check *check = check_by_id(str_of(id));
    struct ask q = facts_ask(w->facts, w->arena);
    static const enum status worst[] = {FAIL, WARN, UNKNOWN};

    assert_non_null(check);
    w->out = (struct findings){.arena = w->arena};
    check_run(check, &q, &w->out);
    assert_true(w->out.n > 0);
    for (size_t s = 0; s < N_OF(worst); s++)
        for (size_t i = 0; i < w->out.n; i++)
            if (w->out.v[i]->status == worst[s])
                return worst[s];
    return w->out.v[0]->status;
}

/* ---- signing ---- */

static void add_line(struct dns_world *w, struct str *text, const ldns_rr *rr)
{
    char *line = ldns_rr2str(rr);

    *text = str_fmt(w->arena, "%.*s%s", STR_ARG(*text), line);
    free(line);
}

static void sign(struct dns_world *w, struct str *text, ldns_rr_list *set, ldns_key_list *keys)
{
    ldns_rr_list *signatures = ldns_sign_public(set, keys);

    assert_non_null(signatures);
    for (size_t i = 0; i < ldns_rr_list_rr_count(signatures); i++)
        add_line(w, text, ldns_rr_list_rr(signatures, i));
    ldns_rr_list_deep_free(signatures);
}

struct str dns_world_sign(struct dns_world *w, int64_t from_s, int64_t until_s)
{
    ldns_key *key = ldns_key_new_frm_algorithm(LDNS_SIGN_ECDSAP256SHA256, 256);
    ldns_key_list *keys = ldns_key_list_new();
    ldns_rr_list *key_set = ldns_rr_list_new(), *soa_set = ldns_rr_list_new();
    ldns_rr *soa = NULL;
    struct str text = STR_NONE;

    assert_non_null(key);
    ldns_key_set_pubkey_owner(key, ldns_dname_new_frm_str("shop.example"));
    ldns_key_set_flags(key, 257);
    ldns_key_set_origttl(key, 300);
    ldns_key_set_inception(key, (uint32_t)from_s);
    ldns_key_set_expiration(key, (uint32_t)until_s);
    ldns_key_set_use(key, 1);
    ldns_rr *public = ldns_key2rr(key);
    ldns_rr_set_ttl(public, 300);
    ldns_key_set_keytag(key, ldns_calc_keytag(public));
    ldns_key_list_push_key(keys, key);
    ldns_rr_list_push_rr(key_set, public);
    add_line(w, &text, public);
    sign(w, &text, key_set, keys);
    assert_int_equal(ldns_rr_new_frm_str(
                         &soa, "shop.example. 300 IN SOA ns1.dns.example. host.shop.example. 7 7200 3600 1209600 300",
                         0, NULL, NULL),
                     LDNS_STATUS_OK);
    ldns_rr_list_push_rr(soa_set, soa);
    sign(w, &text, soa_set, keys);
    ldns_rr *ds = ldns_key_rr2ds(public, LDNS_SHA256);
    w->zone.ds = arena_alloc(w->arena, sizeof *w->zone.ds);
    dns_record_read(w->arena, ds, w->zone.ds);
    w->zone.n_ds = 1;
    ldns_rr_free(ds);
    ldns_rr_list_deep_free(key_set);
    ldns_rr_list_deep_free(soa_set);
    ldns_key_list_free(keys); /* and the key with it */
    return text;
}
