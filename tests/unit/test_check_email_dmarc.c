/* DMARC and the smaller policies about mail, from facts written by hand. */
#include "test.h"

#include "dns_world.h"
#include "facts/fact_mta_sts.h"

#define HEAD                                                                                                           \
    "$TTL 300\n@ SOA ns1.dns.example. host.shop.example. 7 7200 3600 1209600 300\n"                                    \
    "@ 3600 NS ns1.dns.example.\n@ A 203.0.113.10\n"
#define ZONE     HEAD "@ MX 10 mx.mail.example.\n@ TXT \"v=spf1 ip4:192.0.2.7 -all\"\n"
#define DMARC(t) "_dmarc TXT \"" t "\"\n"
#define RUA      "rua=mailto:dmarc@shop.example"
#define OTHERS                                                                                                         \
    "reports.example. MX 10 mx.mail.example.\nnull.example. MX 0 .\nbare.example. TXT \"x\"\n"                         \
    "web.example. A 203.0.113.44\n"
#define STS      ZONE "_mta-sts TXT \"v=STSv1; id=1\"\n"
#define POLICY   "version: STSv1\nmode: enforce\nmx: mx.mail.example\nmax_age: 604800\n"
#define STS_URL  "https://mta-sts.shop.example/.well-known/mta-sts.txt"
#define LOGO_URL "https://shop.example/logo.svg"
#define BIMI     ZONE DMARC("v=DMARC1; p=reject; " RUA) "default._bimi TXT \"v=BIMI1; l=" LOGO_URL "\"\n"
#define SVG_HEAD                                                                                                       \
    "<svg xmlns=\"http://www.w3.org/2000/svg\" version=\"1.2\" baseProfile=\"tiny-ps\" viewBox=\"0 0 1 1\">"
#define SVG SVG_HEAD "<title>Shop</title></svg>"

/* Names that checks ask about and a row's zone may lack. */
static const char *const asked[] = {"_dmarc.shop.example",
                                    "_dmarc.example",
                                    "_dmarc.shop.example.shop.example",
                                    "_mta-sts.shop.example",
                                    "_smtp._tls.shop.example",
                                    "default._bimi.shop.example",
                                    "_dmarc.reports.example",
                                    "_dmarc.null.example",
                                    "_dmarc.bare.example",
                                    "_dmarc.web.example",
                                    "_dmarc.nowhere.example",
                                    "nowhere.example",
                                    "shop.example._report._dmarc.reports.example",
                                    "shop.example._report._dmarc.null.example",
                                    "shop.example._report._dmarc.bare.example",
                                    "shop.example._report._dmarc.web.example",
                                    "shop.example._report._dmarc.nowhere.example"};

struct row {
    const char *why, *id, *zone;
    enum status want;
    int severity;       /* of the worst finding; -1: not looked at */
    const char *title;  /* part of it */
    const char *record; /* a record to paste; NULL: not looked at, "": none */
    const char *fix;    /* part of the fix text; NULL: not looked at */
    const char *body;   /* of the policy file or logo */
    int status;         /* of it; 0: 200 */
    const char *type;   /* its Content-Type; NULL: text/plain */
    enum err_kind err;  /* instead of an answer */
    bool none;          /* the launch file says that no mail is sent */
};

#define DM "email.dmarc"
#define DP "email.dmarc-policy"
#define DR "email.dmarc-reports"
#define ST "email.mta-sts"
#define TR "email.tls-rpt"
#define BI "email.bimi"
#define PA "email.parked"

static const struct row rows[] = {
    {"good", DM, ZONE DMARC("v=DMARC1; p=reject; " RUA), PASS, -1, "One valid DMARC record", ""},
    {"none", DM, ZONE, FAIL, SEV_CRITICAL, "no DMARC record", "v=DMARC1; p=none; " RUA},
    {"another text only", DM, ZONE DMARC("google-site-verification=1"), FAIL, SEV_CRITICAL, "no DMARC record",
     "v=DMARC1; p=none; " RUA},
    {"SPF at _dmarc", DM, ZONE DMARC("v=spf1 -all"), FAIL, SEV_CRITICAL, "is no DMARC record",
     "v=DMARC1; p=none; " RUA},
    {"a space before it", DM, ZONE DMARC(" v=DMARC1; p=quarantine; sp=reject; " RUA), FAIL, SEV_CRITICAL,
     "is no DMARC record", "v=DMARC1; p=quarantine; sp=reject; " RUA},
    {"small letters", DM, ZONE DMARC("v=dmarc1; p=reject"), FAIL, SEV_CRITICAL, "is no DMARC record",
     "v=DMARC1; p=reject; " RUA},
    {"no semicolon", DM, ZONE DMARC("v=DMARC1 p=reject"), FAIL, SEV_CRITICAL, "is no DMARC record",
     "v=DMARC1; p=reject; " RUA},
    {"at the domain itself", DM, ZONE "@ TXT \"v=DMARC1; p=none\"\n", FAIL, SEV_CRITICAL, "no DMARC record",
     "v=DMARC1; p=none; " RUA},
    {"several", DM, ZONE DMARC("v=DMARC1; p=reject") DMARC("v=DMARC1; p=quarantine; rua=mailto:d@reports.example"),
     FAIL, SEV_CRITICAL, "2 DMARC records", "v=DMARC1; p=quarantine; rua=mailto:d@reports.example"},
    {"a policy that is none, no rua", DM, ZONE DMARC("v=DMARC1; p=block"), FAIL, SEV_CRITICAL, "is broken",
     "v=DMARC1; p=none; " RUA},
    {"a tag twice", DM, ZONE DMARC("v=DMARC1; p=reject; p=none"), FAIL, SEV_CRITICAL, "there twice",
     "v=DMARC1; p=reject; " RUA},
    {"a policy that is none, with rua", DM, ZONE DMARC("v=DMARC1; p=block; " RUA), WARN, SEV_MEDIUM,
     "policy of shop.example cannot be read", "v=DMARC1; p=none; " RUA},
    {"old tags", DM, ZONE DMARC("v=DMARC1; p=reject; sp=quarantine; pct=100; ri=86400; " RUA), WARN, SEV_INFO,
     "RFC 9989 took away", "v=DMARC1; p=reject; sp=quarantine; " RUA},
    {"a typing error", DM, ZONE DMARC("v=DMARC1; p=reject; adkin=s; t=y; " RUA), WARN, SEV_LOW, "not all of it",
     "v=DMARC1; p=reject; " RUA "; t=y"},
    {"only the registry's", DM, ZONE "_dmarc.example. TXT \"v=DMARC1; p=reject; psd=y\"\n", WARN, SEV_MEDIUM,
     "that of its registry example applies", "v=DMARC1; p=none; " RUA},
    {"only above what the suffix list knows", DM, ZONE "_dmarc.example. TXT \"v=DMARC1; p=reject\"\n", WARN, SEV_MEDIUM,
     "Only some receivers", "v=DMARC1; p=none; " RUA},
    {"none, but nothing is sent", DM, HEAD "@ MX 0 .\n@ TXT \"v=spf1 -all\"\n", NOT_APPLICABLE, -1, "email.parked", ""},
    {"several, but nothing is sent", DM,
     HEAD "@ MX 0 .\n@ TXT \"v=spf1 -all\"\n" DMARC("v=DMARC1; p=reject") DMARC("v=DMARC1; p=reject"), FAIL, SEV_LOW,
     "2 DMARC records", NULL},

    {"reject", DP, ZONE DMARC("v=DMARC1; p=reject; " RUA), PASS, -1, "(reject)", ""},
    {"quarantine", DP, ZONE DMARC("v=DMARC1; p=quarantine; " RUA), PASS, -1, "(quarantine)", ""},
    {"none with rua: nothing to publish today", DP, ZONE DMARC("v=DMARC1; p=none; " RUA), WARN, SEV_MEDIUM,
     "only watches", "",
     "From 2026-12-02, if two weeks of reports show all your own mail passing, publish:\n"
     "   _dmarc.shop.example TXT \"v=DMARC1; p=quarantine; " RUA "\"\n3. From 2026-12-16"},
    {"none without rua", DP, ZONE DMARC("v=DMARC1; p=none"), WARN, SEV_MEDIUM, "only watches", "v=DMARC1; p=none; " RUA,
     "publish the record shown, which adds rua"},
    {"tested", DP, ZONE DMARC("v=DMARC1; p=reject; t=y; " RUA), WARN, SEV_MEDIUM, "(t=y): reject counts as quarantine",
     "", "TXT \"v=DMARC1; p=reject; " RUA "\""},
    {"subdomains open", DP, ZONE DMARC("v=DMARC1; p=reject; sp=none; " RUA), WARN, SEV_MEDIUM, "sp=none is weaker", "",
     "TXT \"v=DMARC1; p=reject; " RUA "\""},
    {"made-up subdomains open", DP, ZONE DMARC("v=DMARC1; p=reject; np=quarantine; " RUA), WARN, SEV_MEDIUM,
     "np=quarantine is weaker", "v=DMARC1; p=reject; " RUA},
    {"subdomains stricter", DP, ZONE DMARC("v=DMARC1; p=quarantine; sp=reject; " RUA), PASS, -1, "(quarantine)", ""},
    {"no record", DP, ZONE, NOT_APPLICABLE, -1, "see email.dmarc", ""},
    {"unread policy", DP, ZONE DMARC("v=DMARC1; p=block; " RUA), NOT_APPLICABLE, -1, "see email.dmarc", ""},
    {"none, but nothing is sent", DP, ZONE DMARC("v=DMARC1; p=none; " RUA), NOT_APPLICABLE, -1, "email.parked", "",
     .none = true},

    {"own mailbox", DR, ZONE DMARC("v=DMARC1; p=reject; " RUA), PASS, -1, "", ""},
    {"no rua", DR, ZONE DMARC("v=DMARC1; p=reject; sp=none;"), WARN, SEV_LOW, "Nobody gets",
     "v=DMARC1; p=reject; sp=none; " RUA},
    {"no rua that works", DR, ZONE DMARC("v=DMARC1; p=reject; rua=dmarc@shop.example"), WARN, SEV_LOW, "Nobody gets",
     "v=DMARC1; p=reject; " RUA},
    {"elsewhere, not allowed", DR, ZONE OTHERS DMARC("v=DMARC1; p=reject; rua=mailto:d@reports.example"), FAIL, SEV_LOW,
     "reports.example does not allow it", "v=DMARC1"},
    {"failure reports elsewhere, not allowed", DR,
     ZONE OTHERS DMARC("v=DMARC1; p=reject; " RUA "; ruf=mailto:d@reports.example"), FAIL, SEV_LOW,
     "d@reports.example (ruf)", "v=DMARC1"},
    {"the registry's", DR, ZONE "_dmarc.example. TXT \"v=DMARC1; p=reject; psd=y\"\n", NOT_APPLICABLE, -1,
     "go to the registry example", ""},
    {"elsewhere, allowed", DR,
     ZONE OTHERS DMARC("v=DMARC1; p=reject; rua=mailto:d@reports.example") "shop.example._report._dmarc.reports."
                                                                           "example. TXT \"v=DMARC1;\"\n",
     PASS, -1, "", ""},
    {"elsewhere, takes no mail", DR,
     ZONE OTHERS DMARC("v=DMARC1; p=reject; rua=mailto:d@null.example") "shop.example._report._dmarc.null.example. TXT "
                                                                        "\"v=DMARC1\"\n",
     FAIL, SEV_LOW, "null MX", ""},
    {"elsewhere, no server", DR,
     ZONE OTHERS DMARC("v=DMARC1; p=reject; rua=mailto:d@bare.example") "shop.example._report._dmarc.bare.example. TXT "
                                                                        "\"v=DMARC1\"\n",
     FAIL, SEV_LOW, "neither an MX nor an address", ""},
    {"elsewhere, an address will do", DR,
     ZONE OTHERS DMARC(
         "v=DMARC1; p=reject; rua=mailto:d@web.example") "shop.example._report._dmarc.web.example. TXT \"v=DMARC1\"\n",
     PASS, -1, "", ""},
    {"no record", DR, ZONE, NOT_APPLICABLE, -1, "see email.dmarc", ""},
    {"no rua, but nothing is sent", DR, HEAD "@ MX 0 .\n@ TXT \"v=spf1 -all\"\n" DMARC("v=DMARC1; p=reject"),
     NOT_APPLICABLE, -1, "no reports are needed", ""},

    {"none", ST, ZONE, PASS, -1, "No MTA-STS policy", ""},
    {"good", ST, STS, PASS, -1, "names every MX (mode enforce)", "", .body = POLICY},
    {"MX not named, enforced", ST, STS, FAIL, SEV_HIGH, "does not name the MX mx.mail.example",
     "v=STSv1; id=20261118T11", "mx: mx.mail.example\nmax_age: 604800",
     "version: STSv1\nmode: enforce\nmx: old.example\nmax_age: 604800\n"},
    {"MX not named, tested", ST, STS, WARN, SEV_LOW, "mode testing", NULL, NULL,
     "version: STSv1\nmode: testing\nmx: *.old.example\nmax_age: 604800\n"},
    {"MX not named, switched off", ST, STS, PASS, -1, "mode none", "", NULL,
     "version: STSv1\nmode: none\nmax_age: 600\n"},
    {"broken", ST, STS, WARN, SEV_MEDIUM, "Line 2: mode must be", NULL, "mode: testing\nmx: mx.mail.example",
     "version: STSv1\nmode: on\n"},
    {"not there", ST, STS, WARN, SEV_MEDIUM, "it answers 404", "", NULL, "gone", 404},
    {"a redirect", ST, STS, WARN, SEV_MEDIUM, "a redirect", "", NULL, "moved", 301},
    {"a page instead", ST, STS, WARN, SEV_MEDIUM, "Line 1", NULL, NULL, "<!DOCTYPE html>\n"},
    {"as HTML", ST, STS, WARN, SEV_LOW, "not served as text/plain", "", NULL, POLICY, 200, "text/html; charset=utf-8"},
    {"forgotten soon", ST, STS, WARN, SEV_INFO, "after 10 minutes", "", NULL,
     "version: STSv1\nmode: enforce\nmx: *.mail.example\nmax_age: 600\n"},
    {"no certificate", ST, STS, WARN, SEV_MEDIUM, "senders cannot get", "", .err = ERR_TLS},
    {"no host", ST, STS, WARN, SEV_MEDIUM, "senders cannot get", "", .err = ERR_NO_NAME},
    {"a time-out", ST, STS, UNKNOWN, -1, "", "", .err = ERR_TIMEOUT},
    {"no network here", ST, STS, UNKNOWN, -1, "", "", .err = ERR_NO_ROUTE},
    {"a record without id", ST, ZONE "_mta-sts TXT \"v=STSv1;\"\n", WARN, SEV_MEDIUM, "There is no id", NULL},
    {"two records", ST, STS "_mta-sts TXT \"v=STSv1; id=2\"\n", WARN, SEV_MEDIUM, "has 2 records", NULL},
    {"a look-alike", ST, ZONE "_mta-sts TXT \"v=STS1; id=2\"\n", WARN, SEV_LOW, "is no MTA-STS record", NULL},

    {"none", TR, ZONE, PASS, -1, "No TLS reports", ""},
    {"good", TR, ZONE "_smtp._tls TXT \"v=TLSRPTv1; rua=mailto:tls@shop.example\"\n", PASS, -1, "", ""},
    {"no scheme", TR, ZONE "_smtp._tls TXT \"v=TLSRPTv1; rua=tls@shop.example\"\n", WARN, SEV_LOW,
     "write mailto:", "v=TLSRPTv1; rua=mailto:tls-reports@shop.example"},
    {"a look-alike", TR, ZONE "_smtp._tls TXT \"v=TLSRPT1; rua=mailto:tls@shop.example\"\n", WARN, SEV_LOW, "is broken",
     "v=TLSRPTv1; rua=mailto:tls-reports@shop.example"},
    {"two", TR,
     ZONE "_smtp._tls TXT \"v=TLSRPTv1; rua=mailto:a@shop.example\"\n"
          "_smtp._tls TXT \"v=TLSRPTv1; rua=mailto:b@shop.example\"\n",
     WARN, SEV_LOW, "has 2 TLS-RPT records", NULL},
    {"a dead mailbox", TR, ZONE OTHERS "_smtp._tls TXT \"v=TLSRPTv1; rua=mailto:tls@nowhere.example\"\n", WARN, SEV_LOW,
     "nowhere.example does not exist", ""},

    {"none", BI, ZONE, PASS, -1, "No BIMI record", ""},
    {"good", BI, BIMI, PASS, -1, "", "", NULL, SVG},
    {"declined", BI, ZONE "default._bimi TXT \"v=BIMI1; l=; a=;\"\n", PASS, -1, "declines", ""},
    {"broken", BI, ZONE "default._bimi TXT \"v=BIMI1; l=http://shop.example/l.svg\"\n", WARN, SEV_LOW, "is broken",
     NULL},
    {"no logo", BI, BIMI, WARN, SEV_LOW, "it answers 404", NULL, NULL, "gone", 404},
    {"a logo with a script", BI, BIMI, WARN, SEV_LOW, "element script", NULL, NULL, SVG_HEAD "<script/></svg>"},
    {"a logo not seen", BI, BIMI, UNKNOWN, -1, "", NULL, .err = ERR_TIMEOUT},
    {"DMARC not in force", BI, ZONE DMARC("v=DMARC1; p=none; " RUA) "default._bimi TXT \"v=BIMI1; l=" LOGO_URL "\"\n",
     WARN, SEV_LOW, "DMARC is not in force", NULL, NULL, SVG},

    {"it sends", PA, ZONE, NOT_APPLICABLE, -1, "sends mail", ""},
    {"closed SPF beside an MX says nothing", PA, HEAD "@ MX 10 mx.mail.example.\n@ TXT \"v=spf1 -all\"\n",
     NOT_APPLICABLE, -1, "sends mail", ""},
    {"all closed", PA, HEAD "@ MX 0 .\n@ TXT \"v=spf1 -all\"\n" DMARC("v=DMARC1; p=reject"), PASS, -1, "", ""},
    {"no DMARC", PA, HEAD "@ MX 0 .\n@ TXT \"v=spf1 -all\"\n", FAIL, SEV_LOW, "can be forged", "v=DMARC1; p=reject"},
    {"DMARC only watches", PA, HEAD "@ MX 0 .\n@ TXT \"v=spf1 -all\"\n" DMARC("v=DMARC1; p=none; " RUA), FAIL, SEV_LOW,
     "can be forged", "v=DMARC1; p=reject; " RUA},
    {"subdomains open", PA, HEAD "@ MX 0 .\n@ TXT \"v=spf1 -all\"\n" DMARC("v=DMARC1; p=reject; sp=none"), FAIL,
     SEV_LOW, "can be forged", "v=DMARC1; p=reject"},
    {"no MX", PA, HEAD "@ TXT \"v=spf1 -all\"\n" DMARC("v=DMARC1; p=reject"), FAIL, SEV_LOW, "can be forged", "0 ."},
    {"declared, but SPF lets send", PA, ZONE DMARC("v=DMARC1; p=reject"), FAIL, SEV_LOW, "can be forged", "v=spf1 -all",
     .none = true},
    {"declared, takes mail", PA, HEAD "@ MX 10 mx.mail.example.\n@ TXT \"v=spf1 -all\"\n" DMARC("v=DMARC1; p=reject"),
     PASS, -1, "", "", .none = true},
};

static void put_file(struct dns_world *w, const struct row *row)
{
    struct http_ask ask = {.url = str_of(strcmp(row->id, BI) == 0 ? LOGO_URL : STS_URL)};
    struct fact_http *x = arena_alloc(w->arena, sizeof *x);
    struct err err;

    if (row->err) {
        err_set(&err, row->err, "no answer from mta-sts.shop.example");
        err_at(&err, "mta-sts.shop.example");
        facts_put_err(w->facts, &http_kind, http_key(w->arena, &ask), &err);
        return;
    }
    *x = (struct fact_http){.method = STR("GET"), .url = ask.url, .address = STR("203.0.113.10"), .version = 11};
    x->status = row->status ? row->status : 200;
    x->body = str_of(row->body);
    x->headers = arena_array(w->arena, 2, sizeof *x->headers);
    x->headers[0] = (struct http_header){STR("content-type"), str_of(row->type ? row->type : "text/plain")};
    x->headers[1] = (struct http_header){STR("location"), STR("https://shop.example/")};
    x->n_headers = x->status == 301 ? 2 : 1;
    facts_put(w->facts, &http_kind, http_key(w->arena, &ask), x);
}

static void begin(struct dns_world *w, const struct row *row)
{
    dns_world_begin(w);
    w->zone_text = row->zone;
    w->launch.email.none = row->none;
    for (size_t i = 0; i < N_OF(asked); i++)
        w->asked[i] = asked[i];
}

static bool proposes(const struct finding *f, const char *value)
{
    for (size_t i = 0; i < f->n_records; i++)
        if (!f->records[i].remove && (*value ? str_starts(f->records[i].value, str_of(value)) : true))
            return true;
    return false;
}

static bool agrees(const struct row *row, const struct finding *f)
{
    return f->status == row->want && str_has(f->title, str_of(row->title)) &&
           (row->severity < 0 || f->severity == (enum severity)row->severity) &&
           (!row->record || proposes(f, row->record) == (*row->record != '\0')) &&
           (!row->fix || str_has(f->fix_text, str_of(row->fix)));
}

static void judges_the_records(void **state)
{
    size_t n_wrong = 0;

    (void)state;
    for (size_t i = 0; i < N_OF(rows); i++) {
        struct dns_world w;
        const struct row *row = &rows[i];
        begin(&w, row);
        dns_world_put(&w);
        put_file(&w, row);
        enum status got = dns_world_run(&w, row->id);
        bool good = false;
        for (size_t j = 0; j < w.out.n; j++) {
            const struct finding *f = w.out.v[j];
            good |= agrees(row, f);
            if ((f->status == FAIL || f->status == WARN) && (!f->n_evidence || !f->fix_text.n))
                fail_msg("%s, %s: \"%.*s\" has no evidence or no fix", row->id, row->why, STR_ARG(f->title));
        }
        const struct finding *f = w.out.v[0];
        if (got != row->want || !good) {
            n_wrong++;
            print_error("%s, %s: %s %s \"%.*s\"\n record \"%.*s\"\n fix \"%.*s\"\n", row->id, row->why,
                        status_word(got), severity_word(f->severity), STR_ARG(f->title),
                        f->n_records ? (int)f->records[f->n_records - 1].value.n : 0,
                        f->n_records ? f->records[f->n_records - 1].value.p : "", STR_ARG(f->fix_text));
        }
        dns_world_end(&w);
    }
    assert_int_equal(n_wrong, 0);
}

/* Whichever answer is missing: what passed or did not apply does not fail, and what failed does not pass. */
static void what_is_not_seen_is_not_judged(void **state)
{
    static const char *const keys[] = {"TXT _dmarc.shop.example",
                                       "TXT _dmarc.example",
                                       "TXT shop.example",
                                       "MX shop.example",
                                       "A shop.example",
                                       "TXT _mta-sts.shop.example",
                                       "TXT _smtp._tls.shop.example",
                                       "TXT default._bimi.shop.example",
                                       "TXT _dmarc.reports.example",
                                       "TXT shop.example._report._dmarc.reports.example",
                                       "MX reports.example",
                                       "MX null.example",
                                       "MX bare.example",
                                       "AAAA bare.example",
                                       "MX nowhere.example"};
    size_t n_unknown = 0;

    (void)state;
    for (size_t i = 0; i < N_OF(rows); i++)
        for (size_t k = 0; k < N_OF(keys); k++) {
            struct dns_world w;
            const struct row *row = &rows[i];
            begin(&w, row);
            w.silent[0] = keys[k];
            dns_world_put(&w);
            put_file(&w, row);
            enum status got = dns_world_run(&w, row->id);
            bool was_bad = row->want == FAIL || row->want == WARN, is_bad = got == FAIL || got == WARN;
            n_unknown += got == UNKNOWN;
            if ((is_bad && !was_bad) || (was_bad && (got == PASS || got == NOT_APPLICABLE)))
                fail_msg("%s, %s: without %s: %s \"%.*s\"", row->id, row->why, keys[k], status_word(got),
                         STR_ARG(w.out.v[0]->title));
            dns_world_end(&w);
        }
    assert_true(n_unknown > 80);
}

/* A domain that does not exist is said once, by the check of its name. */
static void no_name_folds(void **state)
{
    static const char *const ids[] = {DM, DP, DR, ST, TR, BI, PA};

    (void)state;
    for (size_t i = 0; i < N_OF(ids); i++) {
        struct dns_world w;
        dns_world_begin(&w);
        w.zone_text = "$ORIGIN other.example.\n@ TXT \"x\"\n";
        w.zone = (struct fact_zone){.apex = STR("example"), .parent = STR_NONE};
        dns_world_put(&w);
        enum status got = dns_world_run(&w, ids[i]);
        if (got != UNKNOWN || w.out.n != 1 || w.out.v[0]->unseen_kind != ERR_NO_NAME)
            fail_msg("%s: %s \"%.*s\"", ids[i], status_word(got), STR_ARG(w.out.v[0]->title));
        dns_world_end(&w);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(judges_the_records),
        cmocka_unit_test(what_is_not_seen_is_not_judged),
        cmocka_unit_test(no_name_folds),
    };

    return cmocka_run_group_tests_name("DMARC and mail policy checks", tests, NULL, NULL);
}
