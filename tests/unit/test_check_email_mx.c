/* Mail servers as their owner must see them, from facts written by hand. */
#include "test.h"

#include "dns_world.h"
#include "mail_boxes.h"

#define HEAD                                                                                                           \
    "$TTL 300\n@ SOA ns1.dns.example. host.shop.example. 7 7200 3600 1209600 300\n"                                    \
    "@ 3600 NS ns1.dns.example.\n@ A 203.0.113.10\n"
#define ONE  HEAD "@ MX 10 mx.shop.example.\nmx A 203.0.113.25\n"
#define TWO  ONE "@ MX 20 mx2.shop.example.\nmx2 A 203.0.113.26\n"
#define BOTH ONE "mx AAAA 2001:db8::25\n"
#define TLSA "_25._tcp.mx TLSA "
#define SPKI "6feecc8c16c5551d9feb3eb5f77e2da773bf68bd9ef9c52927ceb2c86e56892b"
#define CA   "33e6cb9cb928e8456188a905c999262c8e2d376a019ecc1c05ccc08ce385908b"
#define ELSE "00000000000000000000000000000000000000000000000000000000000000ff"
#define PTR  "25.113.0.203.in-addr.arpa. PTR "

struct row {
    const char *why, *id, *zone;
    struct mail_box boxes[MAIL_BOXES];
    enum status want;
    const char *title; /* part of the worst finding's */
    bool writes;       /* the launch file says that people write to support@ */
    bool is_signed;
    enum severity severity; /* of FAIL and WARN; 0: not looked at */
    const char *record;     /* value of one to paste; NULL: not looked at */
};

static const struct row rows[] = {
    /* where it goes */
    {.why = "good", .id = "email.mx", .zone = ONE, .want = PASS},
    {.why = "good, and written to", .id = "email.mx", .zone = ONE, .want = PASS, .writes = true},
    {.why = "over both", .id = "email.mx", .zone = BOTH, .want = PASS},
    {.why = "none", .id = "email.mx", .zone = HEAD, .want = WARN, .title = "goes to the web server", .record = "0 ."},
    {.why = "none, and written to",
     .id = "email.mx",
     .zone = HEAD,
     .want = FAIL,
     .writes = true,
     .title = "support@shop.example goes to the web server"},
    {.why = "null", .id = "email.mx", .zone = HEAD "@ MX 0 .\n", .want = PASS},
    {.why = "null, and written to",
     .id = "email.mx",
     .zone = HEAD "@ MX 0 .\n",
     .want = FAIL,
     .writes = true,
     .title = "takes no mail, but people write"},
    {.why = "null beside another", .id = "email.mx", .zone = ONE "@ MX 0 .\n", .want = FAIL, .title = "beside others"},
    {.why = "missing",
     .id = "email.mx",
     .zone = HEAD "@ MX 10 mx.shop.example.\n",
     .want = FAIL,
     .title = "mx.shop.example, which does not exist"},
    {.why = "no address",
     .id = "email.mx",
     .zone = HEAD "@ MX 10 mx.shop.example.\nmx TXT \"x\"\n",
     .want = FAIL,
     .title = "has no address"},
    {.why = "alias",
     .id = "email.mx",
     .zone = HEAD "@ MX 10 mx.shop.example.\nmx CNAME mx2.shop.example.\nmx2 A 203.0.113.25\n",
     .want = FAIL,
     .title = "alias of mx2.shop.example",
     .record = "10 mx2.shop.example."},
    {.why = "address",
     .id = "email.mx",
     .zone = HEAD "@ MX 10 203.0.113.25.\n",
     .want = FAIL,
     .title = "names the address 203.0.113.25"},
    {.why = "private", .id = "email.mx", .zone = ONE "mx A 192.168.1.25\n", .want = FAIL, .title = "private address"},
    {.why = "private only",
     .id = "email.mx",
     .zone = HEAD "@ MX 10 mx.shop.example.\nmx A 10.0.0.25\n",
     .want = FAIL,
     .title = "private address"},
    {.why = "two providers at once",
     .id = "email.mx",
     .zone = ONE "@ MX 10 smtp.google.com.\nsmtp.google.com. A 203.0.113.30\n"
                 "@ MX 10 shop-example.mail.protection.outlook.com.\n"
                 "shop-example.mail.protection.outlook.com. A 203.0.113.30\n",
     .want = FAIL,
     .title = "split between"},
    /* who is there */
    {.why = "all silent",
     .id = "email.mx",
     .zone = TWO,
     .boxes = {{.err = ERR_TIMEOUT}, {.err = ERR_REFUSED}},
     .want = UNKNOWN,
     .title = "most likely this network blocks it"},
    {.why = "no way there",
     .id = "email.mx-tls",
     .zone = ONE,
     .boxes = {{.err = ERR_NO_ROUTE}},
     .want = UNKNOWN,
     .title = "most likely this network blocks it"},
    {.why = "interrupted",
     .id = "email.mx",
     .zone = ONE,
     .boxes = {{.err = ERR_CANCELLED}},
     .want = UNKNOWN,
     .title = "by hand"},
    {.why = "broken off",
     .id = "email.mx",
     .zone = ONE,
     .boxes = {{.err = ERR_RESET}},
     .want = UNKNOWN,
     .title = "by hand"},
    {.why = "the first is silent",
     .id = "email.mx",
     .zone = TWO,
     .boxes = {{.err = ERR_TIMEOUT}},
     .want = FAIL,
     .title = "mx.shop.example does not take mail, while others do"},
    {.why = "the second is silent",
     .id = "email.mx",
     .zone = TWO,
     .boxes = {{0}, {.err = ERR_REFUSED}},
     .want = WARN,
     .title = "mx2.shop.example does not take mail"},
    {.why = "no IPv6 here", .id = "email.mx", .zone = BOTH, .boxes = {{0}, {0}, {.err = ERR_NO_ROUTE}}, .want = PASS},
    {.why = "no IPv6 here",
     .id = "email.mx-tls",
     .zone = BOTH,
     .boxes = {{0}, {0}, {.err = ERR_NO_ROUTE}},
     .want = PASS},
    {.why = "IPv6 alone is silent",
     .id = "email.mx",
     .zone = BOTH,
     .boxes = {{0}, {0}, {.err = ERR_TIMEOUT}},
     .want = UNKNOWN},
    {.why = "not seen once", .id = "email.mx", .zone = TWO, .boxes = {{0}, {.err = ERR_OFFLINE}}, .want = UNKNOWN},
    {.why = "takes no mail",
     .id = "email.mx",
     .zone = ONE,
     .boxes = {{.banner = 521}},
     .want = FAIL,
     .title = "takes no mail at all"},
    {.why = "554 no service",
     .id = "email.mx",
     .zone = ONE,
     .boxes = {{.banner = 554, .banner_text = "No SMTP service here"}},
     .want = FAIL,
     .title = "takes no mail at all"},
    {.why = "554 for us",
     .id = "email.mx",
     .zone = ONE,
     .boxes = {{.banner = 554, .banner_text = "Go away"}},
     .want = UNKNOWN,
     .title = "does not talk to this machine"},
    {.why = "421", .id = "email.mx", .zone = ONE, .boxes = {{.banner = 421}}, .want = UNKNOWN, .title = "later"},
    /* mailboxes */
    {.why = "no postmaster",
     .id = "email.mx",
     .zone = ONE,
     .boxes = {{.postmaster = 550, .enhanced = "5.1.1", .text = "no such user"}},
     .want = WARN,
     .title = "postmaster@shop.example is refused"},
    {.why = "no support",
     .id = "email.mx",
     .zone = ONE,
     .writes = true,
     .severity = SEV_HIGH,
     .boxes = {{.support = 550, .enhanced = "5.1.1", .text = "no such user"}},
     .want = FAIL,
     .title = "support@shop.example is refused"},
    {.why = "no code but 550",
     .id = "email.mx",
     .zone = ONE,
     .writes = true,
     .boxes = {{.support = 550}},
     .want = FAIL},
    {.why = "relaying",
     .id = "email.mx",
     .zone = ONE,
     .boxes = {{.postmaster = 554, .enhanced = "5.7.1", .text = "Relay access denied"}},
     .want = FAIL,
     .title = "does not take mail for shop.example at all"},
    {.why = "greylisted",
     .id = "email.mx",
     .zone = ONE,
     .boxes = {{.postmaster = 451, .enhanced = "4.7.1"}},
     .want = UNKNOWN,
     .title = "greylisting"},
    {.why = "full",
     .id = "email.mx",
     .zone = ONE,
     .boxes = {{.postmaster = 452, .enhanced = "4.2.2"}},
     .want = UNKNOWN,
     .title = "full"},
    {.why = "we are listed",
     .id = "email.mx",
     .zone = ONE,
     .boxes = {{.postmaster = 550, .enhanced = "5.7.1", .text = "Service unavailable; client host blocked"}},
     .want = UNKNOWN,
     .title = "refuses this machine"},
    {.why = "policy",
     .id = "email.mx",
     .zone = ONE,
     .boxes = {{.postmaster = 550, .enhanced = "5.7.1"}},
     .want = UNKNOWN,
     .title = "refuses this machine"},
    {.why = "no empty sender",
     .id = "email.mx",
     .zone = ONE,
     .boxes = {{.mail = 550}},
     .want = UNKNOWN,
     .title = "does not talk to this machine"},
    {.why = "hangs up",
     .id = "email.mx",
     .zone = ONE,
     .boxes = {{.mail = -1, .end = ERR_RESET}},
     .want = UNKNOWN,
     .title = "by hand"},
    {.why = "the second one is asked",
     .id = "email.mx",
     .zone = TWO,
     .boxes = {{.mail = 451}, {.postmaster = 550}},
     .want = WARN,
     .title = "postmaster@shop.example is refused"},
    {.why = "hangs up in between",
     .id = "email.mx",
     .zone = ONE,
     .writes = true,
     .boxes = {{.support = -1}},
     .want = UNKNOWN,
     .title = "ended the dialogue before"},
    /* TLS */
    {.why = "good", .id = "email.mx-tls", .zone = TWO, .want = PASS},
    {.why = "null", .id = "email.mx-tls", .zone = HEAD "@ MX 0 .\n", .want = PASS},
    {.why = "clear",
     .id = "email.mx-tls",
     .zone = ONE,
     .boxes = {{.tls = SMTP_TLS_NOT_OFFERED}},
     .want = FAIL,
     .severity = SEV_MEDIUM,
     .title = "only in clear text"},
    {.why = "refused",
     .id = "email.mx-tls",
     .zone = ONE,
     .boxes = {{.tls = SMTP_TLS_REFUSED}},
     .want = FAIL,
     .title = "offers STARTTLS, and it fails"},
    {.why = "fails",
     .id = "email.mx-tls",
     .zone = ONE,
     .boxes = {{.tls = SMTP_TLS_FAILED}},
     .want = FAIL,
     .title = "offers STARTTLS, and it fails"},
    {.why = "misnamed",
     .id = "email.mx-tls",
     .zone = ONE,
     .boxes = {{.misnamed = true}},
     .want = WARN,
     .title = "is for other.example"},
    {.why = "self-signed",
     .id = "email.mx-tls",
     .zone = ONE,
     .boxes = {{.trust = TLS_SELF_SIGNED}},
     .want = WARN,
     .title = "signed by itself"},
    {.why = "expired",
     .id = "email.mx-tls",
     .zone = ONE,
     .boxes = {{.trust = TLS_EXPIRED}},
     .want = WARN,
     .title = "expired on"},
    {.why = "misnamed under MTA-STS",
     .id = "email.mx-tls",
     .zone = ONE "_mta-sts TXT \"v=STSv1; id=1\"\n",
     .boxes = {{.misnamed = true}},
     .want = FAIL,
     .severity = SEV_HIGH,
     .title = "is for other.example"},
    {.why = "TLS 1.1",
     .id = "email.mx-tls",
     .zone = ONE,
     .boxes = {{.protocol = "TLSv1.1"}},
     .want = WARN,
     .title = "no TLS newer than TLSv1.1"},
    {.why = "TLS 1.2", .id = "email.mx-tls", .zone = ONE, .boxes = {{.protocol = "TLSv1.2"}}, .want = PASS},
    {.why = "injected",
     .id = "email.mx-tls",
     .zone = ONE,
     .boxes = {{.injected = true}},
     .want = WARN,
     .title = "goes on in clear text"},
    {.why = "one of two not seen",
     .id = "email.mx-tls",
     .zone = TWO,
     .boxes = {{0}, {.err = ERR_TIMEOUT}},
     .want = UNKNOWN},
    {.why = "421", .id = "email.mx-tls", .zone = ONE, .boxes = {{.banner = 421}}, .want = UNKNOWN},
    /* DANE */
    {.why = "no records", .id = "email.dane", .zone = ONE, .want = PASS},
    {.why = "no records, nothing seen", .id = "email.dane", .zone = ONE, .boxes = {{.err = ERR_TIMEOUT}}, .want = PASS},
    {.why = "match", .id = "email.dane", .zone = ONE TLSA "3 1 1 " SPKI "\n", .is_signed = true, .want = PASS},
    {.why = "match beside another",
     .id = "email.dane",
     .zone = ONE TLSA "3 1 1 " ELSE "\n" TLSA "3 1 1 " SPKI "\n",
     .is_signed = true,
     .want = PASS},
    {.why = "usage 3 needs no name",
     .id = "email.dane",
     .zone = ONE TLSA "3 1 1 " SPKI "\n",
     .is_signed = true,
     .boxes = {{.misnamed = true, .trust = TLS_EXPIRED}},
     .want = PASS},
    {.why = "authority", .id = "email.dane", .zone = ONE TLSA "2 0 1 " CA "\n", .is_signed = true, .want = PASS},
    {.why = "authority, but misnamed",
     .id = "email.dane",
     .zone = ONE TLSA "2 0 1 " CA "\n",
     .is_signed = true,
     .boxes = {{.misnamed = true}},
     .want = FAIL},
    {.why = "usage 3 is not the authority's",
     .id = "email.dane",
     .zone = ONE TLSA "3 0 1 " CA "\n",
     .is_signed = true,
     .want = FAIL},
    {.why = "mismatch",
     .id = "email.dane",
     .zone = ONE TLSA "3 1 1 " ELSE "\n",
     .is_signed = true,
     .want = FAIL,
     .severity = SEV_HIGH,
     .title = "No TLSA record matches",
     .record = "3 1 1 " SPKI},
    {.why = "clear",
     .id = "email.dane",
     .zone = ONE TLSA "3 1 1 " SPKI "\n",
     .is_signed = true,
     .boxes = {{.tls = SMTP_TLS_NOT_OFFERED}},
     .want = FAIL,
     .severity = SEV_HIGH,
     .title = "demand TLS"},
    {.why = "silent",
     .id = "email.dane",
     .zone = ONE TLSA "3 1 1 " SPKI "\n",
     .is_signed = true,
     .boxes = {{.err = ERR_TIMEOUT}},
     .want = UNKNOWN,
     .title = "blocks it"},
    {.why = "unusable",
     .id = "email.dane",
     .zone = ONE TLSA "1 1 1 " SPKI "\n",
     .is_signed = true,
     .want = WARN,
     .severity = SEV_LOW,
     .title = "None of the TLSA records"},
    {.why = "unsigned",
     .id = "email.dane",
     .zone = ONE TLSA "3 1 1 " ELSE "\n",
     .want = WARN,
     .severity = SEV_INFO,
     .title = "without DNSSEC"},
    /* reverse names */
    {.why = "good", .id = "email.reverse-dns", .zone = ONE PTR "mx.shop.example.\n", .want = PASS},
    {.why = "missing",
     .id = "email.reverse-dns",
     .zone = ONE,
     .want = FAIL,
     .title = "203.0.113.25 has no reverse",
     .record = "mx.shop.example."},
    {.why = "elsewhere",
     .id = "email.reverse-dns",
     .zone = ONE PTR "ns1.dns.example.\n",
     .want = FAIL,
     .title = "does not lead back"},
    {.why = "one of two",
     .id = "email.reverse-dns",
     .zone = ONE PTR "ns1.dns.example.\n" PTR "mx.shop.example.\n",
     .want = PASS},
    {.why = "generic",
     .id = "email.reverse-dns",
     .zone = ONE PTR "ip-203-0-113-25.host.example.\nip-203-0-113-25.host.example. A 203.0.113.25\n",
     .want = WARN,
     .title = "rented machine"},
    {.why = "a provider's", .id = "email.reverse-dns", .zone = HEAD "@ MX 10 mx.mail.example.\n", .want = PASS},
    {.why = "of SPF",
     .id = "email.reverse-dns",
     .zone =
         HEAD "@ MX 10 mx.mail.example.\n@ TXT \"v=spf1 ip4:203.0.113.25 ip4:192.0.2.0/24 include:x.example -all\"\n",
     .want = FAIL,
     .title = "203.0.113.25 has no reverse"},
    {.why = "of SPF, not sending",
     .id = "email.reverse-dns",
     .zone = HEAD "@ MX 10 mx.mail.example.\n@ TXT \"v=spf1 -ip4:203.0.113.25 -all\"\n",
     .want = PASS},
    {.why = "of SPF a:",
     .id = "email.reverse-dns",
     .zone = HEAD "@ MX 10 mx.mail.example.\n@ TXT \"v=spf1 a:out.shop.example -all\"\nout A 203.0.113.25\n",
     .want = FAIL,
     .title = "203.0.113.25 has no reverse"},
    {.why = "the web host, which may send nothing",
     .id = "email.reverse-dns",
     .zone = HEAD "@ MX 10 mx.mail.example.\n@ TXT \"v=spf1 a -all\"\n@ A 203.0.113.25\n",
     .want = FAIL,
     .severity = SEV_LOW,
     .title = "The web server 203.0.113.25, which SPF lets send, has no reverse"},
    {.why = "numbers of its own in a name",
     .id = "email.reverse-dns",
     .zone = ONE PTR "mx25.r25.dc25.host.example.\nmx25.r25.dc25.host.example. A 203.0.113.25\n",
     .want = PASS},
};

static void put_policy(struct dns_world *w)
{
    struct http_ask ask = {.url = STR("https://mta-sts.shop.example/.well-known/mta-sts.txt")};
    struct fact_http *x = arena_alloc(w->arena, sizeof *x);

    *x = (struct fact_http){.url = ask.url, .status = 200};
    x->body = STR("version: STSv1\r\nmode: enforce\r\nmx: mx.shop.example\r\nmax_age: 86400\r\n");
    facts_put(w->facts, &http_kind, http_key(w->arena, &ask), x);
}

static const struct finding *worst_of(const struct dns_world *w, enum status status)
{
    for (size_t i = 0; i < w->out.n; i++)
        if (w->out.v[i]->status == status)
            return w->out.v[i];
    return NULL;
}

static bool has_record(const struct finding *f, struct str value)
{
    for (size_t i = 0; i < f->n_records; i++)
        if (!f->records[i].remove && str_eq(f->records[i].value, value))
            return true;
    return false;
}

static enum status try_row(struct dns_world *w, const struct row *row, size_t fail_nth)
{
    static const char *const asked[] = {"_25._tcp.mx.shop.example",  "_25._tcp.mx2.shop.example",
                                        "25.113.0.203.in-addr.arpa", "_mta-sts.shop.example",
                                        "_25._tcp.mx.mail.example",  "mx.shop.example"};

    dns_world_begin(w);
    w->zone_text = row->zone;
    w->authenticated = row->is_signed;
    w->fail_nth = fail_nth;
    for (size_t i = 0; i < N_OF(asked); i++)
        w->asked[i] = asked[i];
    if (row->writes)
        str_list_add(w->arena, &w->launch.email.addresses, STR("support@shop.example"));
    dns_world_put(w);
    mail_boxes_put(w, row->boxes, row->writes);
    put_policy(w);
    struct fact_dns *root = arena_alloc(w->arena, sizeof *root);
    *root = (struct fact_dns){.outcome = DNS_ANSWER, .authenticated = true, .type = DNS_SOA};
    facts_put(w->facts, &dns_kind, STR("SOA ."), root);
    return dns_world_run(w, row->id);
}

static void servers_are_judged(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_OF(rows); i++) {
        const struct row *row = &rows[i];
        struct dns_world w;
        enum status got = try_row(&w, row, 0);
        if (got != row->want)
            fail_msg("%s: %s: %s, wanted %s: %.*s", row->id, row->why, status_word(got), status_word(row->want),
                     STR_ARG(w.out.v[0]->title));
        const struct finding *f = worst_of(&w, got);
        if (row->title && !str_has(f->title, str_of(row->title)))
            fail_msg("%s: %s: says %.*s", row->id, row->why, STR_ARG(f->title));
        if (row->severity && f->severity != row->severity)
            fail_msg("%s: %s: %s", row->id, row->why, severity_word(f->severity));
        if ((got == FAIL || got == WARN) && !f->n_evidence)
            fail_msg("%s: %s: no evidence", row->id, row->why);
        if ((got == FAIL || got == WARN) && !f->fix_text.n && !f->n_records)
            fail_msg("%s: %s: no fix", row->id, row->why);
        if (row->record && !has_record(f, str_of(row->record)))
            fail_msg("%s: %s: the record is not there", row->id, row->why);
        dns_world_end(&w);
    }
}

/* With any one answer of the DNS missing no check turns from pass to fail or back. */
static void what_is_not_seen_is_not_judged(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_OF(rows); i++)
        for (size_t nth = 1 + i;; nth += N_OF(rows)) { /* all of them over the rows */
            struct dns_world w;
            enum status got = try_row(&w, &rows[i], nth);
            bool was_bad = rows[i].want == FAIL || rows[i].want == WARN, is_bad = got == FAIL || got == WARN;
            size_t n_put = w.n_put;
            if (is_bad && !was_bad)
                fail_msg("%s: %s: without fact %zu it fails: %.*s", rows[i].id, rows[i].why, nth,
                         STR_ARG(w.out.v[0]->title));
            if (got == PASS && was_bad)
                fail_msg("%s: %s: without fact %zu it passes", rows[i].id, rows[i].why, nth);
            dns_world_end(&w);
            if (nth >= n_put)
                break;
        }
}

/* The words for a network that blocks port 25 say that it is the network, and what to do. */
static void a_blocked_port_is_told_plainly(void **state)
{
    const struct row row = {.id = "email.mx", .zone = TWO, .boxes = {{.err = ERR_TIMEOUT}, {.err = ERR_TIMEOUT}}};
    struct dns_world w;

    (void)state;
    assert_int_equal(try_row(&w, &row, 0), UNKNOWN);
    const struct finding *f = worst_of(&w, UNKNOWN);
    assert_true(str_has(f->fix_text, STR("Hosting providers and homes block outgoing port 25")));
    assert_true(str_has(f->fix_text, STR("from a machine that may send mail")));
    assert_int_equal(f->n_evidence, 2);
    dns_world_end(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(servers_are_judged),
        cmocka_unit_test(a_blocked_port_is_told_plainly),
        cmocka_unit_test(what_is_not_seen_is_not_judged),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
