/* Judgements about the DNS, from facts written by hand. */
#include "test.h"

#include <stdio.h>

#include "checks/check_dns.h"
#include "dns_world.h"

/* Zone texts: the healthy one and what a row adds, or one written anew. */
#define ZONE_HEAD                                                                                                      \
    "$TTL 300\n@ SOA ns1.dns.example. host.shop.example. 7 7200 3600 1209600 300\n"                                    \
    "@ 3600 NS ns1.dns.example.\n@ 3600 NS ns2.dns.example.\n"

struct row {
    const char *why, *id;
    void (*edit)(struct dns_world *w);
    enum status want;
    const char *title;  /* part of the worst finding's */
    const char *record; /* value of a record in its fix; NULL: not looked at */
};

static const char *plus(struct dns_world *w, const char *more)
{
    return str_fmt(w->arena, "%s%s", dns_world_healthy, more).p;
}

/* ---- edits ---- */

static void not_there(struct dns_world *w)
{
    w->zone_text = "$ORIGIN other.example.\n@ TXT \"x\"\n";
    w->zone = (struct fact_zone){.apex = STR("example"), .parent = STR_NONE};
    w->rdap.found = false;
}
static void no_address(struct dns_world *w)
{
    w->zone_text = ZONE_HEAD "www A 203.0.113.10\n";
    w->hosts[0].exists = false;
}
static void second_has_no_address(struct dns_world *w)
{
    w->second_text = ZONE_HEAD "www A 203.0.113.10\n";
}
static void apex_is_dangling_alias(struct dns_world *w)
{
    w->zone_text = ZONE_HEAD "@ CNAME nothing.gone-provider.example.\n";
    w->hosts[0].exists = false;
}
static void silent_apex(struct dns_world *w)
{
    w->silent[0] = "A shop.example";
    w->silent[1] = "AAAA shop.example";
}
static void half_silent_apex(struct dns_world *w)
{
    w->zone_text = ZONE_HEAD "www A 203.0.113.10\n";
    w->silent[0] = "AAAA shop.example";
}
static void zone_not_seen(struct dns_world *w)
{
    w->no_zone = true;
}
static void no_www(struct dns_world *w)
{
    w->zone_text = ZONE_HEAD "@ A 203.0.113.10\n";
    w->hosts[1].exists = false;
}
static void no_www_declared(struct dns_world *w)
{
    static struct launch_host absent = {.name = {"www.shop.example", 16}, .absent = true};
    no_www(w);
    w->launch.hosts = &absent;
    w->launch.n_hosts = 1;
}
static void www_dangles(struct dns_world *w)
{
    w->zone_text = ZONE_HEAD "@ A 203.0.113.10\nwww CNAME app.gone-provider.example.\n";
    w->hosts[1].exists = false;
}
static void deeper_name(struct dns_world *w)
{
    w->site.www = STR_NONE;
}
static void days_left(struct dns_world *w, int days)
{
    w->rdap.expires_s = WORLD_NOW + (int64_t)days * WORLD_DAY + 100;
}
static void ten_days(struct dns_world *w)
{
    days_left(w, 10);
}
static void forty_days(struct dns_world *w)
{
    days_left(w, 40);
}
static void sixty_one_days(struct dns_world *w)
{
    days_left(w, 61);
}
static void expired(struct dns_world *w)
{
    days_left(w, -3);
}
static void on_hold(struct dns_world *w)
{
    str_list_add(w->arena, &w->rdap.status, STR("client hold"));
}
static void no_expiry(struct dns_world *w)
{
    w->rdap.expires_s = 0;
}
static void no_registration(struct dns_world *w)
{
    w->rdap.found = false;
}
static void rdap_not_seen(struct dns_world *w)
{
    w->no_rdap = true;
}
static void unlocked(struct dns_world *w)
{
    w->rdap.status.n = 0;
    str_list_add(w->arena, &w->rdap.status, STR("active"));
}
static void registry_lock(struct dns_world *w)
{
    w->rdap.status.n = 0;
    str_list_add(w->arena, &w->rdap.status, STR("server transfer prohibited"));
}
static void no_status(struct dns_world *w)
{
    w->rdap.status.n = 0;
}
static void lame(struct dns_world *w)
{
    w->servers[1].authoritative = false;
    w->servers[1].rcode = 5;
    w->servers[1].problem = STR("refuses: it does not serve this zone");
}
static void all_dead(struct dns_world *w);
static void dead_to_the_resolver(struct dns_world *w)
{
    all_dead(w);
    w->servfail[0] = "A shop.example";
    w->servfail[1] = "AAAA shop.example";
}
static void expired_and_gone(struct dns_world *w)
{
    not_there(w);
    w->rdap.found = true;
    str_list_add(w->arena, &w->rdap.status, STR("redemption period"));
}
static void all_dead(struct dns_world *w)
{
    for (size_t i = 0; i < 2; i++) {
        w->servers[i].answered = w->servers[i].authoritative = false;
        w->servers[i].problem = STR("no answer");
    }
}
static void no_route_to_second(struct dns_world *w)
{
    w->servers[1].answered = w->servers[1].authoritative = false;
    w->servers[1].no_route = true;
}
static void no_route_to_any(struct dns_world *w)
{
    no_route_to_second(w);
    w->servers[0].answered = w->servers[0].authoritative = false;
    w->servers[0].no_route = true;
}
static void second_not_looked_at(struct dns_world *w)
{
    w->servers[1].answered = w->servers[1].authoritative = false;
    w->servers[1].unseen = true;
    w->servers[1].problem = STR("interrupted");
}
static void one_server(struct dns_world *w)
{
    w->zone.parent_ns.n = w->zone.child_ns.n = 1;
    w->zone.n_servers = 1;
}
static void lists_differ(struct dns_world *w)
{
    w->zone.child_ns.v[1] = STR("ns3.dns.example");
}
static void lists_differ_in_case(struct dns_world *w)
{
    w->zone.child_ns.v[1] = STR("NS2.dns.EXAMPLE");
}
static void serials_differ(struct dns_world *w)
{
    w->servers[1].serial = 6;
}
static void servers_disagree(struct dns_world *w)
{
    w->second_text =
        str_fmt(w->arena, "%sapp TXT \"x\"\n",
                ZONE_HEAD "@ A 203.0.113.99\n@ AAAA 2001:db8::10\n"
                          "www CNAME shop.example.\napp A 203.0.113.10\n@ CAA 0 issue \"letsencrypt.org\"\n"
                          "@ MX 10 mx.mail.example.\n@ TXT \"v=spf1 -all\"\n")
            .p;
}
static void same_in_another_order(struct dns_world *w)
{
    w->second_text =
        "$TTL 300\n@ SOA ns1.dns.example. host.shop.example. 7 7200 3600 1209600 300\n@ TXT \"v=spf1 \" \"-all\"\n"
        "@ 3600 NS NS2.DNS.example.\n@ 3600 NS ns1.dns.example.\n@ AAAA 2001:db8::10\n@ A 203.0.113.10\n"
        "www CNAME shop.example.\napp A 203.0.113.10\n@ CAA 0 issue \"letsencrypt.org\"\n@ MX 10 mx.mail.example.\n";
}
static void resolver_is_behind(struct dns_world *w)
{
    w->resolver_text =
        str_fmt(
            w->arena, "%s@ 5000 MX 10 mx.old.example.\n",
            ZONE_HEAD
            "@ A 203.0.113.10\n@ AAAA 2001:db8::10\n"
            "www CNAME shop.example.\napp A 203.0.113.10\n@ CAA 0 issue \"letsencrypt.org\"\n@ TXT \"v=spf1 -all\"\n")
            .p;
}
static void public_resolver_agrees(struct dns_world *w)
{
    w->public_text = dns_world_healthy;
    str_list_add(w->arena, &w->launch.dns.resolvers, STR("192.0.2.53"));
}
static void public_resolver_is_behind(struct dns_world *w)
{
    public_resolver_agrees(w);
    resolver_is_behind(w);
    w->public_text = w->resolver_text;
    w->resolver_text = NULL;
}
static void public_resolver_is_silent(struct dns_world *w)
{
    public_resolver_agrees(w);
    w->silent[0] = "A shop.example via 192.0.2.53";
}
static void dealt_out(struct dns_world *w) /* a subset, in turn */
{
    w->zone_text = ZONE_HEAD "@ A 203.0.113.10\n@ A 203.0.113.11\n";
    w->second_text = ZONE_HEAD "@ A 203.0.113.11\n@ A 203.0.113.12\n";
}
static void one_did_not_say(struct dns_world *w)
{
    w->silent[0] = "MX shop.example @192.0.2.2";
}
static void signed_well(struct dns_world *w)
{
    w->zone_text = plus(w, str_cstr(w->arena, dns_world_sign(w, WORLD_NOW - WORLD_DAY, WORLD_NOW + WORLD_DAY)));
}
static void signed_long_ago(struct dns_world *w)
{
    w->zone_text = plus(w, str_cstr(w->arena, dns_world_sign(w, WORLD_NOW - 20 * WORLD_DAY, WORLD_NOW - WORLD_DAY)));
}
static void signed_too_soon(struct dns_world *w)
{
    w->zone_text = plus(w, str_cstr(w->arena, dns_world_sign(w, WORLD_NOW + WORLD_DAY, WORLD_NOW + 20 * WORLD_DAY)));
}
static void ds_of_another_key(struct dns_world *w)
{
    signed_well(w);
    struct dns_rr stale = *w->zone.ds;
    signed_well(w); /* a new key */
    *w->zone.ds = stale;
}
static void ds_with_a_wrong_digest(struct dns_world *w)
{
    signed_well(w);
    char *last = (char *)(uintptr_t)&w->zone.ds->text.p[w->zone.ds->text.n - 1];
    *last = *last == '0' ? '1' : '0';
}
static void ds_but_unsigned(struct dns_world *w)
{
    signed_well(w);
    w->zone_text = dns_world_healthy;
}
static void second_serves_unsigned(struct dns_world *w)
{
    signed_well(w);
    w->second_text = dns_world_healthy;
}
static void signed_by_another_key(struct dns_world *w)
{
    signed_well(w);
    const char *first = w->zone_text;
    struct fact_zone zone = w->zone;
    signed_well(w);
    w->second_text = w->zone_text; /* signatures by a key that the first server's set does not hold */
    w->zone_text = first;
    w->zone = zone;
}
static void resolver_says_bogus(struct dns_world *w)
{
    signed_well(w);
    w->servfail[0] = "SOA shop.example";
}
static void resolver_is_broken(struct dns_world *w)
{
    resolver_says_bogus(w);
    w->servfail[1] = "SOA shop.example cd";
}
static void private_address(struct dns_world *w)
{
    w->zone_text = plus(w, "staging A 10.0.0.5\n");
    w->hosts[3] = (struct site_host){.name = STR("staging.shop.example"), .exists = true};
    w->site.n_hosts = 4;
}
static void cname_at_apex(struct dns_world *w)
{
    w->zone_text = ZONE_HEAD "@ CNAME shop.hosting.example.\n@ MX 10 mx.mail.example.\n";
}
static void cname_beside_txt(struct dns_world *w)
{
    w->zone_text = plus(w, "www TXT \"verify\"\n");
}
static void cname_loop(struct dns_world *w)
{
    w->zone_text = plus(w, "blog CNAME news.shop.example.\nnews CNAME blog.shop.example.\n");
}
static void two_days(struct dns_world *w)
{
    w->zone_text = plus(w, "app 172800 AAAA 2001:db8::10\n");
}
static void ten_seconds(struct dns_world *w)
{
    w->zone_text = plus(w, "app 10 AAAA 2001:db8::10\n");
}
static void one_day(struct dns_world *w)
{
    w->zone_text = plus(w, "app 86400 AAAA 2001:db8::10\n");
}
static void wildcard(struct dns_world *w)
{
    struct str name = dns_unlikely_name(w->arena, STR("shop.example"), WORLD_NOW);
    w->zone_text = plus(w, str_fmt(w->arena, "%.*s. A 203.0.113.10\n", STR_ARG(name)).p);
}
static void wildcard_wanted(struct dns_world *w)
{
    wildcard(w);
    w->launch.dns.wildcard = STR("tenant subdomains");
}
static void v6_refused(struct dns_world *w)
{
    w->odd_address = "2001:db8::10";
    w->odd_error = "refused";
}
static void v6_no_route(struct dns_world *w)
{
    w->odd_address = "2001:db8::10";
    w->odd_error = "no-route";
}
static void v6_other_status(struct dns_world *w)
{
    w->odd_address = "2001:db8::10";
    w->odd_status = 502;
}
static void no_v6(struct dns_world *w)
{
    w->zone_text = ZONE_HEAD "@ A 203.0.113.10\nwww CNAME shop.example.\napp A 203.0.113.10\n";
}
static void all_dark(struct dns_world *w)
{
    w->no_web = true;
}
static void old_build(struct dns_world *w)
{
    w->zone_text = plus(w, "@ A 203.0.113.11\n");
    w->odd_address = "203.0.113.11";
    w->odd_title = "Summer sale";
}
static void other_authority(struct dns_world *w)
{
    w->zone_text = ZONE_HEAD "@ A 203.0.113.10\n@ CAA 0 issue \"digicert.com\"\n";
}
static void nobody_may_issue(struct dns_world *w)
{
    w->zone_text = ZONE_HEAD "@ A 203.0.113.10\n@ CAA 0 issue \";\"\n";
}
static void with_parameters(struct dns_world *w)
{
    w->zone_text = ZONE_HEAD "@ A 203.0.113.10\n@ CAA 0 issue \"letsencrypt.org; validationmethods=dns-01\"\n";
}
static void only_iodef(struct dns_world *w)
{
    w->zone_text = ZONE_HEAD "@ A 203.0.113.10\n@ CAA 0 iodef \"mailto:a@shop.example\"\n";
}
static void critical_tag(struct dns_world *w)
{
    w->zone_text = ZONE_HEAD "@ A 203.0.113.10\n@ CAA 128 tbs \"x\"\n@ CAA 0 issue \"letsencrypt.org\"\n";
}
static void nearest_counts(struct dns_world *w) /* RFC 8659: the host's own set hides the one above */
{
    w->zone_text = plus(w, "app CAA 0 issue \"digicert.com\"\n");
}
static void no_caa(struct dns_world *w)
{
    no_v6(w);
}
static void unknown_authority(struct dns_world *w)
{
    w->issuer_org = "Somebody Trust";
}
static void caa_not_seen(struct dns_world *w)
{
    w->servfail[0] = "CAA app.shop.example";
}
static void unregistered_alias(struct dns_world *w)
{
    w->zone_text = plus(w, "blog CNAME blue.gone-provider.example.\n");
}
static void missing_in_a_live_domain(struct dns_world *w)
{
    w->zone_text = plus(w, "blog CNAME gone.mail.example.\n");
}
static void unclaimed_app(struct dns_world *w)
{
    w->zone_text = plus(w, "blog CNAME blue.herokuapp.com.\nblue.herokuapp.com. A 203.0.113.10\n");
    w->hosts[3] = (struct site_host){.name = STR("blog.shop.example"), .exists = true, .guessed = true};
    w->site.n_hosts = 4;
    w->status = 404;
    w->body = "<html><title>No such app</title>";
}
static void claimed_app(struct dns_world *w)
{
    unclaimed_app(w);
    w->status = 200; /* a page that only talks about it */
}
static void dead_mail_domain(struct dns_world *w)
{
    w->zone_text = plus(w, "@ MX 20 mx.gone-provider.example.\n");
}
static void dead_ns_domain(struct dns_world *w)
{
    w->zone_text = plus(w, "@ 3600 NS ns.gone-provider.example.\n");
    str_list_add(w->arena, &w->zone.child_ns, STR("ns.gone-provider.example"));
}
static void documented_right(struct dns_world *w)
{
    w->documented = dns_world_healthy;
}
static void documented_more(struct dns_world *w)
{
    w->documented = plus(w, "gone A 203.0.113.77\n");
}
static void documented_less(struct dns_world *w)
{
    w->documented = dns_world_healthy;
    w->zone_text = plus(w, "@ MX 20 mx2.mail.example.\n");
}
static void documented_otherwise(struct dns_world *w) /* order, case and the cut of TXT do not count */
{
    same_in_another_order(w);
    w->documented = w->second_text;
    w->second_text = NULL;
}
static void documented_origin(struct dns_world *w) /* the record is proxied by an edge */
{
    w->documented = ZONE_HEAD "@ A 203.0.113.10\n";
    w->zone_text = ZONE_HEAD "@ A 104.16.10.10\n";
}
static void no_control(struct dns_world *w)
{
    w->zone_text = ZONE_HEAD "@ A 203.0.113.10\n";
}
static void control_on_one(struct dns_world *w)
{
    w->second_text = ZONE_HEAD "@ A 203.0.113.10\n";
}
static void another_token(struct dns_world *w)
{
    w->zone_text = ZONE_HEAD "@ A 203.0.113.10\n_launchready TXT \"a-word-for-tests-and-more\"\n";
}
static void control_by_file(struct dns_world *w)
{
    no_control(w);
    w->body = " a-word-for-tests\n";
}
static void no_token(struct dns_world *w)
{
    w->launch.token = secret_of(STR_NONE);
}

static const struct row rows[] = {
    {"healthy", "dns.apex-resolves", NULL, PASS, "", NULL},
    {"no such domain", "dns.apex-resolves", not_there, FAIL, "does not exist in the DNS", NULL},
    {"no address", "dns.apex-resolves", no_address, FAIL, "has no address", NULL},
    {"only one server has it", "dns.apex-resolves", second_has_no_address, FAIL, "Some name servers have no address",
     NULL},
    {"an alias of nothing is told by dangling", "dns.apex-resolves", apex_is_dangling_alias, UNKNOWN,
     "does not resolve", NULL},
    {"silence", "dns.apex-resolves", silent_apex, UNKNOWN, "no answer", NULL},
    {"half silence", "dns.apex-resolves", half_silent_apex, UNKNOWN, "no answer", NULL},
    {"the servers were not seen", "dns.apex-resolves", zone_not_seen, UNKNOWN, "no answer", NULL},

    {"healthy", "dns.www-resolves", NULL, PASS, "", NULL},
    {"no www", "dns.www-resolves", no_www, FAIL, "www.shop.example does not resolve", "shop.example."},
    {"no www, as declared", "dns.www-resolves", no_www_declared, NOT_APPLICABLE, "declares", NULL},
    {"a deeper name needs none", "dns.www-resolves", deeper_name, NOT_APPLICABLE, "needs no www", NULL},
    {"told by dangling", "dns.www-resolves", www_dangles, UNKNOWN, "does not resolve", NULL},
    {"no such domain", "dns.www-resolves", not_there, UNKNOWN, "shop.example does not resolve", NULL},

    {"healthy", "dns.registration-expiry", NULL, PASS, "", NULL},
    {"61 days", "dns.registration-expiry", sixty_one_days, PASS, "", NULL},
    {"40 days", "dns.registration-expiry", forty_days, WARN, "ends in 40 days", NULL},
    {"10 days", "dns.registration-expiry", ten_days, FAIL, "ends in 10 days", NULL},
    {"over", "dns.registration-expiry", expired, FAIL, "ended 2 days ago", NULL},
    {"hold", "dns.registration-expiry", on_hold, FAIL, "client hold", NULL},
    {"not said", "dns.registration-expiry", no_expiry, UNKNOWN, "does not publish", NULL},
    {"registry does not know it", "dns.registration-expiry", no_registration, UNKNOWN, "knows no registration", NULL},
    {"not seen", "dns.registration-expiry", rdap_not_seen, UNKNOWN, "no answer", NULL},
    {"expired, out of the DNS", "dns.registration-expiry", expired_and_gone, FAIL, "redemption period", NULL},
    {"no such domain", "dns.registration-expiry", not_there, UNKNOWN, "does not resolve", NULL},
    {"healthy", "dns.registrar-lock", NULL, PASS, "", NULL},
    {"registry lock", "dns.registrar-lock", registry_lock, PASS, "", NULL},
    {"unlocked", "dns.registrar-lock", unlocked, FAIL, "Nothing stops a transfer", NULL},
    {"not said", "dns.registrar-lock", no_status, UNKNOWN, "does not publish", NULL},

    {"healthy", "dns.delegation", NULL, PASS, "", NULL},
    {"lame", "dns.delegation", lame, FAIL, "Some name servers", "ns2.dns.example."},
    {"all dead", "dns.delegation", all_dead, FAIL, "No name server", NULL},
    {"all dead, so the resolver fails", "dns.delegation", dead_to_the_resolver, FAIL, "No name server", NULL},
    {"a family without route says nothing", "dns.delegation", no_route_to_second, PASS, "", NULL},
    {"a server not looked at", "dns.delegation", second_not_looked_at, UNKNOWN, "interrupted", NULL},
    {"no route at all", "dns.delegation", no_route_to_any, UNKNOWN, "no route", NULL},
    {"one server", "dns.delegation", one_server, FAIL, "single name server", NULL},
    {"lists differ", "dns.delegation", lists_differ, FAIL, "different name servers", "ns2.dns.example."},
    {"case does not count", "dns.delegation", lists_differ_in_case, PASS, "", NULL},
    {"serials", "dns.delegation", serials_differ, FAIL, "serials 7 and 6", NULL},
    {"no such domain", "dns.delegation", not_there, UNKNOWN, "does not resolve", NULL},

    {"healthy", "dns.propagation", NULL, PASS, "", NULL},
    {"servers disagree", "dns.propagation", servers_disagree, FAIL, "do not agree: A shop.example", NULL},
    {"order and case", "dns.propagation", same_in_another_order, PASS, "", NULL},
    {"addresses in turn", "dns.propagation", dealt_out, PASS, "", NULL},
    {"resolver is behind", "dns.propagation", resolver_is_behind, FAIL, "A resolver still has another answer: MX",
     NULL},
    {"a public resolver agrees", "dns.propagation", public_resolver_agrees, PASS, "", NULL},
    {"a public resolver is behind", "dns.propagation", public_resolver_is_behind, FAIL, "A resolver still", NULL},
    {"a public resolver is silent", "dns.propagation", public_resolver_is_silent, UNKNOWN, "no answer", NULL},
    {"one did not say", "dns.propagation", one_did_not_say, UNKNOWN, "no answer", NULL},
    {"nobody answers", "dns.propagation", all_dead, UNKNOWN, "no server of", NULL},

    {"unsigned", "dns.dnssec", NULL, PASS, "", NULL},
    {"signed", "dns.dnssec", signed_well, PASS, "", NULL},
    {"expired", "dns.dnssec", signed_long_ago, FAIL, "have expired", NULL},
    {"too soon", "dns.dnssec", signed_too_soon, FAIL, "not valid yet", NULL},
    {"stale DS", "dns.dnssec", ds_of_another_key, FAIL, "fits no key", NULL},
    {"wrong digest", "dns.dnssec", ds_with_a_wrong_digest, FAIL, "fits no key", NULL},
    {"DS, unsigned", "dns.dnssec", ds_but_unsigned, FAIL, "is not signed", NULL},
    {"one server unsigned", "dns.dnssec", second_serves_unsigned, FAIL, "without signatures", NULL},
    {"one server signs with another key", "dns.dnssec", signed_by_another_key, FAIL, "do not fit", NULL},
    {"bogus to the resolver", "dns.dnssec", resolver_says_bogus, FAIL, "Validating resolvers", NULL},
    {"a broken resolver proves nothing", "dns.dnssec", resolver_is_broken, UNKNOWN, "SERVFAIL", NULL},
    {"not seen", "dns.dnssec", zone_not_seen, UNKNOWN, "no answer", NULL},

    {"healthy", "dns.private-address", NULL, PASS, "", NULL},
    {"private", "dns.private-address", private_address, FAIL, "10.0.0.5", "10.0.0.5"},
    {"not seen", "dns.private-address", silent_apex, UNKNOWN, "no answer", NULL},

    {"healthy", "dns.cname-conflict", NULL, PASS, "", NULL},
    {"at the apex", "dns.cname-conflict", cname_at_apex, FAIL, "top of its zone", "shop.hosting.example."},
    {"beside TXT", "dns.cname-conflict", cname_beside_txt, FAIL, "and other records", NULL},
    {"loop", "dns.cname-conflict", cname_loop, FAIL, "leads back to itself", NULL},
    {"no such domain", "dns.cname-conflict", not_there, UNKNOWN, "does not resolve", NULL},
    {"not seen", "dns.cname-conflict", zone_not_seen, UNKNOWN, "no answer", NULL},

    {"healthy", "dns.ttl", NULL, PASS, "", NULL},
    {"a day is fine", "dns.ttl", one_day, PASS, "", NULL},
    {"two days", "dns.ttl", two_days, FAIL, "48 hours", "2001:db8::10"},
    {"ten seconds", "dns.ttl", ten_seconds, FAIL, "10 seconds", NULL},
    {"nobody answers", "dns.ttl", all_dead, UNKNOWN, "no server of", NULL},

    {"healthy", "dns.wildcard", NULL, PASS, "", NULL},
    {"wildcard", "dns.wildcard", wildcard, FAIL, "Every name", "203.0.113.10"},
    {"wanted", "dns.wildcard", wildcard_wanted, NOT_APPLICABLE, "tenant subdomains", NULL},
    {"no such domain", "dns.wildcard", not_there, UNKNOWN, "does not resolve", NULL},

    {"healthy", "dns.ipv6", NULL, PASS, "", NULL},
    {"none published", "dns.ipv6", no_v6, PASS, "", NULL},
    {"refused", "dns.ipv6", v6_refused, FAIL, "over IPv6", "2001:db8::10"},
    {"other status", "dns.ipv6", v6_other_status, FAIL, "502 over IPv6 and 200", NULL},
    {"no IPv6 here", "dns.ipv6", v6_no_route, UNKNOWN, "does not serve", NULL},
    {"not seen", "dns.ipv6", all_dark, UNKNOWN, "no answer", NULL},

    {"healthy", "dns.mixed-targets", NULL, PASS, "", NULL},
    {"old build", "dns.mixed-targets", old_build, FAIL, "another page title", "203.0.113.11"},
    {"one not seen", "dns.mixed-targets", v6_refused, UNKNOWN, "does not serve", NULL},

    {"healthy", "dns.caa", NULL, PASS, "", NULL},
    {"none", "dns.caa", no_caa, PASS, "", NULL},
    {"parameters", "dns.caa", with_parameters, PASS, "", NULL},
    {"iodef alone", "dns.caa", only_iodef, PASS, "", NULL},
    {"other authority", "dns.caa", other_authority, FAIL, "does not let Let's Encrypt", "0 issue \"letsencrypt.org\""},
    {"nobody", "dns.caa", nobody_may_issue, FAIL, "does not let", NULL},
    {"critical tag", "dns.caa", critical_tag, FAIL, "critical tag", NULL},
    {"the nearest set", "dns.caa", nearest_counts, FAIL, "app.shop.example", NULL},
    {"unknown authority", "dns.caa", unknown_authority, UNKNOWN, "is not known here", NULL},
    {"not seen", "dns.caa", caa_not_seen, UNKNOWN, "SERVFAIL", NULL},

    {"healthy", "dns.dangling", NULL, PASS, "", NULL},
    {"unregistered", "dns.dangling", unregistered_alias, FAIL, "does not exist: blue.gone-provider.example",
     "blue.gone-provider.example."},
    {"missing", "dns.dangling", missing_in_a_live_domain, FAIL, "does not exist", NULL},
    {"unclaimed", "dns.dangling", unclaimed_app, FAIL, "Heroku", "blue.herokuapp.com."},
    {"a page about it", "dns.dangling", claimed_app, PASS, "", NULL},
    {"mail to nobody's domain", "dns.dangling", dead_mail_domain, FAIL, "nobody owns", "mx.gone-provider.example."},
    {"served by nobody's domain", "dns.dangling", dead_ns_domain, FAIL, "nobody owns", "ns.gone-provider.example."},
    {"not seen", "dns.dangling", zone_not_seen, UNKNOWN, "no answer", NULL},

    {"as documented", "dns.drift", documented_right, PASS, "", NULL},
    {"order, case, cut", "dns.drift", documented_otherwise, PASS, "", NULL},
    {"proxied", "dns.drift", documented_origin, PASS, "", NULL},
    {"not live", "dns.drift", documented_more, FAIL, "is documented but not live", "203.0.113.77"},
    {"not documented", "dns.drift", documented_less, FAIL, "differs from its documentation", "20 mx2.mail.example."},
    {"no file", "dns.drift", NULL, UNKNOWN, "no documented zone", NULL},

    {"by TXT", "audit.domain-control", NULL, PASS, "", NULL},
    {"by file", "audit.domain-control", control_by_file, PASS, "by a file", NULL},
    {"not at all", "audit.domain-control", no_control, FAIL, "Nothing proves", NULL},
    {"longer text", "audit.domain-control", another_token, FAIL, "Nothing proves", NULL},
    {"on one server", "audit.domain-control", control_on_one, FAIL, "on 1 of 2", NULL},
    {"no token", "audit.domain-control", no_token, UNKNOWN, "names no token", NULL},
    {"nobody answers", "audit.domain-control", all_dead, UNKNOWN, "no server of", NULL},
};

static bool proposes(const struct finding *f, const char *value)
{
    for (size_t i = 0; i < f->n_records; i++)
        if (str_eq(f->records[i].value, str_of(value)))
            return true;
    return false;
}

static bool judge_row(const struct row *row)
{
    struct dns_world w;

    dns_world_begin(&w);
    if (row->edit)
        row->edit(&w);
    dns_world_put(&w);
    enum status got = dns_world_run(&w, row->id);
    bool titled = false, proposed = !row->record;
    for (size_t i = 0; i < w.out.n; i++) {
        const struct finding *f = w.out.v[i];
        if (f->status != row->want)
            continue;
        titled = titled || str_has(f->title, str_of(row->title));
        proposed = proposed || proposes(f, row->record);
        if (f->status == FAIL && (f->n_evidence == 0 || !f->fix_text.n))
            fail_msg("%s, %s: \"%.*s\" has no evidence or no fix", row->id, row->why, STR_ARG(f->title));
    }
    bool ok = got == row->want && titled && proposed;
    if (!ok)
        print_error("%s, %s: %s \"%.*s\" (proposes it: %d)\n", row->id, row->why, status_word(got),
                    STR_ARG(w.out.v[0]->title), proposed);
    dns_world_end(&w);
    return ok;
}

static void every_row(void **state)
{
    size_t n_wrong = 0;

    (void)state;
    for (size_t i = 0; i < N_OF(rows); i++)
        n_wrong += !judge_row(&rows[i]);
    assert_int_equal(n_wrong, 0);
}

/* Whatever single thing could not be seen: a healthy domain passes or is unknown, and never fails. */
static void one_failure_at_a_time(void **state)
{
    size_t n_put = 1, n_unknown = 0;

    (void)state;
    for (size_t nth = 1; nth <= n_put; nth += nth % 9 == 0 ? 5 : 1) {
        struct dns_world w;
        dns_world_begin(&w);
        w.documented = dns_world_healthy;
        w.fail_nth = nth;
        dns_world_put(&w);
        n_put = w.n_put;
        for (size_t i = 0; i < N_OF(rows); i++) {
            if (i && strcmp(rows[i].id, rows[i - 1].id) == 0)
                continue;
            enum status got = dns_world_run(&w, rows[i].id);
            n_unknown += got == UNKNOWN;
            if (got != PASS && got != UNKNOWN)
                fail_msg("%s without fact %zu: %s \"%.*s\"", rows[i].id, nth, status_word(got),
                         STR_ARG(w.out.v[0]->title));
        }
        dns_world_end(&w);
    }
    assert_true(n_unknown > 40);
}

/* The place of every unknown is the host, so that all fold under the one cause. */
static void no_name_folds(void **state)
{
    struct dns_world w;

    (void)state;
    dns_world_begin(&w);
    not_there(&w);
    w.documented = dns_world_healthy;
    dns_world_put(&w);
    for (size_t i = 0; i < N_OF(rows); i++) {
        if ((i && strcmp(rows[i].id, rows[i - 1].id) == 0) || strcmp(rows[i].id, "dns.apex-resolves") == 0)
            continue;
        enum status got = dns_world_run(&w, rows[i].id);
        if (got != UNKNOWN || w.out.n != 1 || w.out.v[0]->unseen_kind != ERR_NO_NAME)
            fail_msg("%s: %s \"%.*s\"", rows[i].id, status_word(got), STR_ARG(w.out.v[0]->title));
        assert_str(w.out.v[0]->unseen_place, "shop.example");
    }
    dns_world_end(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_row),
        cmocka_unit_test(one_failure_at_a_time),
        cmocka_unit_test(no_name_folds),
    };

    return cmocka_run_group_tests_name("DNS checks", tests, NULL, NULL);
}
