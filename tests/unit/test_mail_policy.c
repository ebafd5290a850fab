/* MTA-STS, TLS-RPT, BIMI and TLSA: what is read, and what is said of what is wrong. */
#include "mail/mail_policy.h"

#include <openssl/evp.h>

#include "test.h"

/* Either the words of the flaw, or NULL for a good one. */
static void expect_flaw(const char *text, bool parsed, struct str flaw, const char *words)
{
    if (parsed != !words || parsed != !flaw.n)
        fail_msg("%s: %s, \"%.*s\"", text, parsed ? "good" : "refused", STR_ARG(flaw));
    if (words && !str_has(flaw, str_of(words)))
        fail_msg("%s: \"%.*s\" lacks \"%s\"", text, STR_ARG(flaw), words);
}

static const struct row {
    const char *text, *flaw, *value;
} sts_records[] = {
    {"v=STSv1; id=20260101T000000", NULL, "20260101T000000"},
    {"v=STSv1;id=1;", NULL, "1"},
    {"v=STSv1 ; x=y ; id = a1 ;", NULL, "a1"},
    {"v=STSv1; id=1; id=2", NULL, "1"},
    {"v=STSv1; id=12345678901234567890123456789012", NULL, "12345678901234567890123456789012"},
    {"v=STSv1; id=123456789012345678901234567890123", "1 to 32 letters and digits (byte 12)", ""},
    {"v=STSv1; id=2026-01-01", "letters and digits only (byte 16)", ""},
    {"v=STSv1; id=", "1 to 32", ""},
    {"v=STSv1; id", "not of the form name=value (byte 9)", ""},
    {"v=STSv1;", "There is no id", ""},
    {"v=STSv1", "semicolon is missing after v=STSv1 (byte 7)", ""},
    {"v=STSv1 id=1", "semicolon is missing", ""},
    {"v=stsv1; id=1", "capital letters", ""},
    {" v=STSv1; id=1", "White space stands before", ""},
    {"v=STSv2; id=1", "does not begin with v=STSv1", ""},
    {"", "is empty", ""},
};

static void sts_record(void **state)
{
    struct arena *arena = arena_new(ARENA_MB(1));

    (void)state;
    for (size_t i = 0; i < N_OF(sts_records); i++) {
        struct mta_sts_record r;
        bool parsed = mta_sts_record_parse(arena, str_of(sts_records[i].text), &r);
        expect_flaw(sts_records[i].text, parsed, r.flaw, sts_records[i].flaw);
        assert_str(r.id, sts_records[i].value);
        if (parsed)
            assert_true(mta_sts_is_record(str_of(sts_records[i].text)));
    }
    assert_false(mta_sts_is_record(STR("v=STSv11; id=1")));
    assert_false(mta_sts_is_record(STR("v=spf1 -all")));
    arena_free(arena);
}

static const struct policy_row {
    const char *text, *flaw;
    enum mta_sts_mode mode;
    size_t n_mx;
    int64_t max_age_s;
} sts_policies[] = {
    {"version: STSv1\nmode: enforce\nmx: mx.shop.example\nmax_age: 604800\n", NULL, MTA_STS_ENFORCE, 1, 604800},
    {"version: STSv1\r\nmode: testing\r\nmx: *.shop.example\r\nmx: mx.host.example\r\nmax_age: 86400", NULL,
     MTA_STS_TESTING, 2, 86400},
    {"version:STSv1\nmode:none\nmax_age:0\n", NULL, MTA_STS_NONE, 0, 0},
    {"max_age: 1\nmx: a.example \nnew-key: what ever\nmode: enforce \nversion: STSv1\n", NULL, MTA_STS_ENFORCE, 1, 1},
    {"version: STSv1\nmode: enforce\nmode: none\nmx: a.example\nmax_age: 5\nmax_age: 6\n", NULL, MTA_STS_ENFORCE, 1, 5},
    {"mode: enforce\nmx: a.example\nmax_age: 5\n", "no line \"version: STSv1\"", MTA_STS_ENFORCE, 1, 5},
    {"version: STSv1\nmx: a.example\nmax_age: 5\n", "no line \"mode\"", MTA_STS_NONE, 1, 5},
    {"version: STSv1\nmode: enforce\nmx: a.example\n", "no line \"max_age\"", MTA_STS_ENFORCE, 1, 0},
    {"version: STSv1\nmode: enforce\nmax_age: 5\n", "names no mx", MTA_STS_ENFORCE, 0, 5},
    {"version: STSv2\n", "Line 1: version must be STSv1", MTA_STS_NONE, 0, 0},
    {"version: STSv1\nmode: Enforce\n", "Line 2: mode must be enforce, testing or none", MTA_STS_NONE, 0, 0},
    {"version: STSv1\nmax_age: 31557601\n", "Line 2: max_age must be a number", MTA_STS_NONE, 0, 0},
    {"version: STSv1\nmax_age: 7d\n", "Line 2: max_age", MTA_STS_NONE, 0, 0},
    {"version: STSv1\nmx: a.example, b.example\n", "Line 2: mx must be one host name", MTA_STS_NONE, 0, 0},
    {"version: STSv1\nmx: *.*.example\n", "Line 2: mx", MTA_STS_NONE, 0, 0},
    {"version: STSv1\nmx: *\n", "Line 2: mx", MTA_STS_NONE, 0, 0},
    {"version: STSv1\nmx: a..example\n", "Line 2: mx", MTA_STS_NONE, 0, 0},
    {"version: STSv1\n\nmode: none\n", "Line 2: the line is empty", MTA_STS_NONE, 0, 0},
    {"version: STSv1\nenforce\n", "Line 2: there is no colon", MTA_STS_NONE, 0, 0},
    {"<!DOCTYPE html>\n<html>", "Line 1: there is no colon", MTA_STS_NONE, 0, 0},
    {"<a href=\"https://shop.example\">\n", "Line 1: \"<a href", MTA_STS_NONE, 0, 0},
    {"\xef\xbb\xbfversion: STSv1\n", "byte order mark", MTA_STS_NONE, 0, 0},
    {"", "no line \"version: STSv1\"", MTA_STS_NONE, 0, 0},
};

static void sts_policy(void **state)
{
    struct arena *arena = arena_new(ARENA_MB(2));
    static char big[MTA_STS_POLICY_MOST_BYTES + 1];
    struct mta_sts_policy p;

    (void)state;
    for (size_t i = 0; i < N_OF(sts_policies); i++) {
        bool parsed = mta_sts_policy_parse(arena, str_of(sts_policies[i].text), &p);
        expect_flaw(sts_policies[i].text, parsed, p.flaw, sts_policies[i].flaw);
        assert_int_equal(p.mode, sts_policies[i].mode);
        assert_int_equal(p.mx.n, sts_policies[i].n_mx);
        assert_int_equal(p.max_age_s, sts_policies[i].max_age_s);
    }
    memset(big, 'a', sizeof big);
    assert_false(mta_sts_policy_parse(arena, str_n(big, sizeof big), &p));
    assert_true(str_has(p.flaw, STR("64 KiB")));
    for (size_t i = 0; i < sizeof big; i += 2)
        memcpy(big + i, i + 1 < sizeof big ? "x\n" : "x", i + 1 < sizeof big ? 2 : 1);
    assert_false(mta_sts_policy_parse(arena, str_n(big, MTA_STS_POLICY_MOST_BYTES), &p));
    arena_free(arena);
}

static void sts_match(void **state)
{
    static const struct {
        const char *pattern, *mx;
        bool want;
    } rows[] = {
        {"mx.shop.example", "mx.shop.example", true},
        {"mx.shop.example", "MX.Shop.Example.", true},
        {"mx.shop.example", "mx2.shop.example", false},
        {"*.shop.example", "mx.shop.example", true},
        {"*.shop.example", "a.mx.shop.example", false},
        {"*.shop.example", "shop.example", false},
        {"*.shop.example", "myshop.example", false},
        {"*.shop.example", ".shop.example", false},
        {"*.shop.example", "", false},
        {"mx.shop.example", "", false},
    };

    (void)state;
    for (size_t i = 0; i < N_OF(rows); i++)
        if (mta_sts_matches(str_of(rows[i].pattern), str_of(rows[i].mx)) != rows[i].want)
            fail_msg("%s against %s", rows[i].pattern, rows[i].mx);
}

static const struct row tls_rpts[] = {
    {"v=TLSRPTv1; rua=mailto:tls@shop.example", NULL, "mailto:tls@shop.example"},
    {"v=TLSRPTv1;rua=https://reports.shop.example/v1, mailto:tls@shop.example;", NULL,
     "https://reports.shop.example/v1"},
    {"v=TLSRPTv1; rua=mailto:tls@shop.example; ext=1", NULL, "mailto:tls@shop.example"},
    {"v=TLSRPTv1; rua=tls@shop.example", "write mailto: before it (byte 16)", ""},
    {"v=TLSRPTv1; rua=http://shop.example/", "neither a mailto: nor an https: address", ""},
    {"v=TLSRPTv1; rua=mailto:tls", "holds no mail address", ""},
    {"v=TLSRPTv1; rua=mailto:@", "holds no mail address", ""},
    {"v=TLSRPTv1; rua=https://", "neither", ""},
    {"v=TLSRPTv1; rua=mailto:a@shop.example mailto:b@shop.example", "separated by commas (byte 37)", ""},
    {"v=TLSRPTv1; rua=mailto:a!b@shop.example", "must be written %21 (byte 24)", ""},
    {"v=TLSRPTv1; rua=", "is missing", ""},
    {"v=TLSRPTv1;", "There is no rua", ""},
    {"v=TLSRPTv1", "semicolon is missing", ""},
    {"v=TLSRPT1; rua=mailto:a@shop.example", "does not begin with v=TLSRPTv1", ""},
    {"v=tlsrptv1; rua=mailto:a@shop.example", "capital letters", ""},
    {"v=TLSRPTv1; mailto:a@shop.example", "not of the form", ""},
};

static void tls_rpt(void **state)
{
    struct arena *arena = arena_new(ARENA_MB(1));

    (void)state;
    for (size_t i = 0; i < N_OF(tls_rpts); i++) {
        struct tls_rpt_record r;
        bool parsed = tls_rpt_parse(arena, str_of(tls_rpts[i].text), &r);
        expect_flaw(tls_rpts[i].text, parsed, r.flaw, tls_rpts[i].flaw ? tls_rpts[i].flaw : NULL);
        assert_str(r.rua.n ? r.rua.v[0] : STR_NONE, tls_rpts[i].value);
        if (parsed)
            assert_true(tls_rpt_is_record(str_of(tls_rpts[i].text)));
    }
    arena_free(arena);
}

static const struct row bimis[] = {
    {"v=BIMI1; l=https://shop.example/logo.svg", NULL, "https://shop.example/logo.svg"},
    {"v=BIMI1; l=https://shop.example/logo.svg; a=https://shop.example/vmc.pem; avp=brand", NULL,
     "https://shop.example/logo.svg"},
    {"v=BIMI1; l=; a=;", NULL, ""},
    {"v=BIMI1; l=http://shop.example/logo.svg", "l must be an https:// address", ""},
    {"v=BIMI1; l=https://shop.example/logo.svg; a=self", "a must be an https:// address, not self (byte 44)",
     "https://shop.example/logo.svg"},
    {"v=BIMI1; l=https://a.example/1.svg,https://a.example/2.svg", "one address only (byte 34)", ""},
    {"v=BIMI1; l=https://sh op.example/logo.svg", "l: ", ""},
    {"v=BIMI1", "There is no l tag", ""},
    {"v=BIMI1;", "There is no l tag", ""},
    {"v=bimi1; l=", "capital letters", ""},
    {"v=BIMI1; logo", "not of the form", ""},
};

static void bimi_record(void **state)
{
    struct arena *arena = arena_new(ARENA_MB(1));

    (void)state;
    for (size_t i = 0; i < N_OF(bimis); i++) {
        struct bimi_record r;
        bool parsed = bimi_parse(arena, str_of(bimis[i].text), &r);
        expect_flaw(bimis[i].text, parsed, r.flaw, bimis[i].flaw);
        assert_str(r.logo, bimis[i].value);
        if (parsed)
            assert_true(bimi_is_record(str_of(bimis[i].text)));
    }
    assert_false(bimi_is_record(STR("v=BIMI12; l=")));
    arena_free(arena);
}

#define SVG_HEAD                                                                                                       \
    "<svg xmlns=\"http://www.w3.org/2000/svg\" version=\"1.2\" baseProfile=\"tiny-ps\" viewBox=\"0 0 64 64\">"
#define TITLE "<title>Shop</title>"

static const struct row svgs[] = {
    {"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n" SVG_HEAD "\n" TITLE "<!-- <script> -->"
     "<g fill='url(#g)'><path d=\"M0 0h64v64z\"/><use xlink:href=\"#p\"/></g><text>a &amp; b &#x41;</text></svg>\n",
     NULL, ""},
    {"\xef\xbb\xbf" SVG_HEAD TITLE "</svg>", NULL, ""},
    {SVG_HEAD "</svg>", "has no title", ""},
    {SVG_HEAD "<title> </title></svg>", "has no title", ""},
    {SVG_HEAD "<g><title>x</title></g></svg>", "has no title", ""},
    {"<svg version=\"1.2\" baseProfile=\"tiny-ps\" viewBox=\"0 0 1 1\">" TITLE "</svg>", "lacks xmlns", ""},
    {"<svg xmlns=\"http://www.w3.org/2000/svg\" version=\"1.1\" baseProfile=\"tiny-ps\" viewBox=\"0 0 1 1\">" TITLE
     "</svg>",
     "version=\"1.2\"", ""},
    {"<svg xmlns=\"http://www.w3.org/2000/svg\" version=\"1.2\" baseProfile=\"tiny\" viewBox=\"0 0 1 1\">" TITLE
     "</svg>",
     "baseProfile=\"tiny-ps\"", ""},
    {"<svg xmlns=\"http://www.w3.org/2000/svg\" version=\"1.2\" baseProfile=\"tiny-ps\" viewBox=\"0 0 2 1\">" TITLE
     "</svg>",
     "viewBox is not square", ""},
    {"<svg xmlns=\"http://www.w3.org/2000/svg\" version=\"1.2\" baseProfile=\"tiny-ps\" viewBox=\"0 0 inf inf\">" TITLE
     "</svg>",
     "viewBox is not square", ""},
    {"<svg xmlns=\"http://www.w3.org/2000/svg\" version=\"1.2\" baseProfile=\"tiny-ps\">" TITLE "</svg>",
     "has no viewBox", ""},
    {"<svg xmlns=\"http://www.w3.org/2000/svg\" version=\"1.2\" baseProfile=\"tiny-ps\" viewBox=\"0 0 1 1\" x=\"0\">",
     "may not have x or y", ""},
    {"<svg xmlns=\"http://www.w3.org/2000/svg\" version=\"1.2\" baseProfile=\"tiny-ps\" viewBox=\"0 0 1 1\" "
     "width=\"9\" height=\"8\">",
     "width and height differ", ""},
    {"<html><body/></html>", "outermost element is html", ""},
    {SVG_HEAD TITLE "\n<script>x</script></svg>", "Line 2: the element script", ""},
    {SVG_HEAD TITLE "<image href=\"#a\"/></svg>", "element image", ""},
    {SVG_HEAD TITLE "<s:Script xmlns:s=\"x\"/></svg>", "element script", ""},
    {SVG_HEAD TITLE "<rect><animate/></rect></svg>", "element animate", ""},
    {SVG_HEAD TITLE "<rect onclick=\"x()\"/></svg>", "would run a script", ""},
    {SVG_HEAD TITLE "<use xlink:href=\"https://evil.example/#a\"/></svg>", "leads outside the file", ""},
    {SVG_HEAD TITLE "<rect fill=\"url( https://evil.example/)\"/></svg>", "leads outside the file", ""},
    {SVG_HEAD TITLE "<style>@import 'x';</style></svg>", "style sheet is brought", ""},
    {"<!DOCTYPE svg [<!ENTITY a \"b\">]>" SVG_HEAD TITLE "</svg>", "document type", ""},
    {SVG_HEAD TITLE "<text>&boom;</text></svg>", "entity that XML does not know", ""},
    {SVG_HEAD TITLE "<text>&#zz;</text></svg>", "entity that XML does not know", ""},
    {SVG_HEAD TITLE "<text>&amp</text></svg>", "entity that XML does not know", ""},
    {SVG_HEAD TITLE "<![CDATA[x]]></svg>", "CDATA", ""},
    {SVG_HEAD TITLE "<?php ?></svg>", "processing instruction", ""},
    {SVG_HEAD TITLE "<g></svg>", "closes nothing", ""},
    {SVG_HEAD TITLE, "element svg is not closed", ""},
    {SVG_HEAD TITLE "</svg>" SVG_HEAD "</svg>", "more than one outermost", ""},
    {SVG_HEAD TITLE "</svg>x", "outside the outermost", ""},
    {SVG_HEAD TITLE "<rect a=1/></svg>", "not in quotation marks", ""},
    {SVG_HEAD TITLE "<rect a=\"1\" a=\"2\"/></svg>", "there twice", ""},
    {SVG_HEAD TITLE "<rect a/></svg>", "has no value", ""},
    {SVG_HEAD TITLE "<rect a=\"1", "does not end", ""},
    {SVG_HEAD TITLE "<rect a=\"<\"/>", "holds \"<\"", ""},
    {SVG_HEAD TITLE "<rect", "rect is not closed", ""},
    {SVG_HEAD TITLE "< rect/>", "begins no element", ""},
    {SVG_HEAD "<!-- ", "a comment is not closed", ""},
    {SVG_HEAD "\x01", "control character", ""},
    {SVG_HEAD "\xff", "not UTF-8", ""},
    {"\x1f\x8b\x08", "compressed", ""},
    {"", "no svg element", ""},
};

static void bimi_logo(void **state)
{
    struct arena *arena = arena_new(ARENA_MB(8));
    static char big[BIMI_SVG_MOST_BYTES + 1];
    const struct str open = STR("<g>");
    struct str flaw;

    (void)state;
    for (size_t i = 0; i < N_OF(svgs); i++) {
        bool good = bimi_svg_check(arena, str_of(svgs[i].text), &flaw);
        expect_flaw(svgs[i].text, good, flaw, svgs[i].flaw);
    }
    memset(big, ' ', sizeof big);
    assert_false(bimi_svg_check(arena, str_n(big, sizeof big), &flaw));
    assert_true(str_has(flaw, STR("32 KiB")));
    memcpy(big, SVG_HEAD, sizeof SVG_HEAD - 1);
    for (size_t i = sizeof SVG_HEAD - 1; i + 3 < sizeof big; i += 3)
        memcpy(big + i, open.p, open.n);
    assert_false(bimi_svg_check(arena, str_n(big, BIMI_SVG_MOST_BYTES), &flaw));
    assert_true(str_has(flaw, STR("64 deep")));
    arena_free(arena);
}

#define HASH "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824" /* SHA-256 of "hello" */

static const struct row tlsas[] = {
    {"3 1 1 " HASH, NULL, ""},
    {"2 0 0 68656c6c6f", NULL, ""},
    {"3  1  1  2cf24dba5fb0a30e26e83b2ac5b9e29e 1B161E5C1FA7425E73043362938B9824", NULL, ""},
    {"1 0 1 " HASH, "no use for SMTP", ""},
    {"4 0 1 " HASH, "usage 4 is unknown", ""},
    {"3 2 1 " HASH, "Selector 2", ""},
    {"3 1 3 " HASH, "Matching type 3", ""},
    {"3 1 2 " HASH, "32 bytes, not the 64", ""},
    {"3 1 1 2cf2", "2 bytes, not the 32", ""},
    {"3 1 1 2cf", "hexadecimal", ""},
    {"3 1 1 zz", "hexadecimal", ""},
    {"3 1 1", "hexadecimal", ""},
    {"3 1", "three numbers", ""},
    {"x 1 1 " HASH, "three numbers", ""},
    {"3 1 256 00", "three numbers", ""},
    {"", "three numbers", ""},
};

static void tlsa_records(void **state)
{
    struct arena *arena = arena_new(ARENA_MB(1));
    struct tlsa t;

    (void)state;
    for (size_t i = 0; i < N_OF(tlsas); i++)
        expect_flaw(tlsas[i].text, tlsa_parse(arena, str_of(tlsas[i].text), &t), t.flaw, tlsas[i].flaw);
    for (size_t i = 0; i < 3; i++) {
        assert_true(tlsa_parse(arena, str_of(tlsas[i].text), &t));
        bool by_key = t.selector == 1;
        assert_true(tlsa_matches(&t, by_key ? STR("cert") : STR("hello"), by_key ? STR("hello") : STR("key")));
        assert_false(tlsa_matches(&t, by_key ? STR("hello") : STR("cert"), by_key ? STR("key") : STR("hello")));
    }
    assert_false(tlsa_parse(arena, STR("1 1 1 " HASH), &t));
    assert_false(tlsa_matches(&t, STR("hello"), STR("hello"))); /* usage 1 binds nobody */
    arena_free(arena);
}

static void tlsa_sha512(void **state)
{
    struct arena *arena = arena_new(ARENA_MB(1));
    unsigned char hash[EVP_MAX_MD_SIZE];
    unsigned n = 0;
    struct str hex = STR_NONE;
    struct tlsa t;

    (void)state;
    assert_int_equal(EVP_Digest("key", 3, hash, &n, EVP_sha512(), NULL), 1);
    for (unsigned i = 0; i < n; i++)
        hex = str_fmt(arena, "%.*s%02x", STR_ARG(hex), hash[i]);
    assert_true(tlsa_parse(arena, str_fmt(arena, "3 1 2 %.*s", STR_ARG(hex)), &t));
    assert_true(tlsa_matches(&t, STR("cert"), STR("key")));
    assert_false(tlsa_matches(&t, STR("cert"), STR("kez")));
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sts_record),   cmocka_unit_test(sts_policy),  cmocka_unit_test(sts_match),
        cmocka_unit_test(tls_rpt),      cmocka_unit_test(bimi_record), cmocka_unit_test(bimi_logo),
        cmocka_unit_test(tlsa_records), cmocka_unit_test(tlsa_sha512),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
