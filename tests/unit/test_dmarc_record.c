/* The text of a DMARC record: what it says, and where what is wrong stands. */
#include "mail/dmarc.h"
#include "test.h"

/* ---- what a good record says ---- */

static const struct good {
    const char *why, *text;
    enum dmarc_policy p, sp, np;
    const char *rest; /* "dkim spf psd t pct rua ruf", as describe() writes it */
} good[] = {
    {"the least", "v=DMARC1; p=none", DMARC_NONE, DMARC_NONE, DMARC_NONE, "r r u n 100 0 0"},
    {"a final semicolon", "v=DMARC1; p=reject;", DMARC_REJECT, DMARC_REJECT, DMARC_REJECT, "r r u n 100 0 0"},
    {"no spaces", "v=DMARC1;p=quarantine;sp=none", DMARC_QUARANTINE, DMARC_NONE, DMARC_NONE, "r r u n 100 0 0"},
    {"np by itself", "v=DMARC1; p=none; np=reject", DMARC_NONE, DMARC_NONE, DMARC_REJECT, "r r u n 100 0 0"},
    {"np falls back to sp", "v=DMARC1; p=reject; sp=quarantine", DMARC_REJECT, DMARC_QUARANTINE, DMARC_QUARANTINE,
     "r r u n 100 0 0"},
    {"white space round the signs", "v = DMARC1 ; p = reject ; adkim = s", DMARC_REJECT, DMARC_REJECT, DMARC_REJECT,
     "s r u n 100 0 0"},
    {"values in any case", "V=DMARC1; P=Reject; ASPF=S; t=Y; PSD=N", DMARC_REJECT, DMARC_REJECT, DMARC_REJECT,
     "r s n y 100 0 0"},
    {"addresses",
     "v=DMARC1; p=none; rua=mailto:a@shop.example,mailto:b@shop.example; ruf=mailto:c@shop.example; fo=1:d", DMARC_NONE,
     DMARC_NONE, DMARC_NONE, "r r u n 100 2 1"},
    {"no p, but rua", "v=DMARC1; rua=mailto:a@shop.example", DMARC_NONE, DMARC_NONE, DMARC_NONE, "r r u n 100 1 0"},
    {"a bad p, but rua", "v=DMARC1; p=block; adkim=s; rua=mailto:a@shop.example!10m", DMARC_NONE, DMARC_NONE,
     DMARC_NONE, "s r u n 100 1 0"},
    {"a bad sp takes p along", "v=DMARC1; p=reject; sp=bounce; rua=mailto:a@shop.example", DMARC_NONE, DMARC_NONE,
     DMARC_NONE, "r r u n 100 1 0"},
    {"an empty np too", "v=DMARC1; p=reject; np=; rua=mailto:a@shop.example", DMARC_NONE, DMARC_NONE, DMARC_NONE,
     "r r u n 100 1 0"},
    {"old tags", "v=DMARC1; p=reject; pct=50; rf=afrf; ri=3600", DMARC_REJECT, DMARC_REJECT, DMARC_REJECT,
     "r r u n 50 0 0"},
    {"a bad t is no t", "v=DMARC1; p=reject; t=yes", DMARC_REJECT, DMARC_REJECT, DMARC_REJECT, "r r u n 100 0 0"},
    {"a tag that only looks like one", "v=DMARC1; p=reject; p2=none", DMARC_REJECT, DMARC_REJECT, DMARC_REJECT,
     "r r u n 100 0 0"},
};

static struct str describe(struct arena *arena, const struct dmarc_record *r)
{
    return str_fmt(arena, "%c %c %c %c %d %zu %zu", r->strict_dkim ? 's' : 'r', r->strict_spf ? 's' : 'r', r->psd,
                   r->testing ? 'y' : 'n', r->pct, r->n_rua, r->n_ruf);
}

static void good_records(void **state)
{
    struct arena *arena = arena_new(ARENA_MB(4));

    (void)state;
    for (size_t i = 0; i < N_OF(good); i++) {
        struct dmarc_record r;
        print_message("# %s\n", good[i].why);
        assert_true(dmarc_is_record(str_of(good[i].text)));
        assert_true(dmarc_record_parse(arena, str_of(good[i].text), &r));
        assert_null(dmarc_fatal(&r));
        assert_int_equal(r.p, good[i].p);
        assert_int_equal(r.sp, good[i].sp);
        assert_int_equal(r.np, good[i].np);
        assert_str(describe(arena, &r), good[i].rest);
    }
    arena_free(arena);
}

/* ---- what is wrong, and where ---- */

static const struct flawed {
    const char *text;
    bool fatal;
    size_t at; /* of the flaw looked for */
    const char *words;
} flawed[] = {
    {"", true, 0, "is empty"},
    {"v=spf1 -all", true, 0, "SPF record"},
    {" v=DMARC1; p=none", true, 0, "White space stands before"},
    {"\"v=DMARC1; p=none\"", true, 0, "quotation mark"},
    {"p=none; v=DMARC1", true, 0, "does not begin with v=DMARC1"},
    {"hello", true, 0, "does not begin with v=DMARC1"},
    {"v=dmarc1; p=none", true, 2, "capital letters"},
    {"v=DMARC1x; p=none", true, 2, "DMARC1 and nothing else"},
    {"v=DMARC2; p=none", true, 2, "DMARC1 and nothing else"},
    {"v=DMARC1 p=none", true, 8, "semicolon is missing"},
    {"v=DMARC1, p=none", true, 8, "semicolon is missing"},
    {"v=DMARC1; adkim=s", true, 17, "no p tag"},
    {"v=DMARC1; p=block", true, 12, "ignore the record"},
    {"v=DMARC1; p=reject; sp=nope; rua=a@shop.example", true, 23, "ignore the record"},
    {"v=DMARC1; p=none; rua=mailto:", true, 0, NULL}, /* not fatal: p is good */
    {"v=DMARC1; p=none; p=reject", true, 18, "there twice"},
    {"v=DMARC1; p=none; rua=mailto:a@x.example; RUA=mailto:b@x.example", true, 42, "there twice"},
    {"v=DMARC1; p=block; rua=mailto:a@shop.example", false, 12, "p must be none, quarantine or reject, not \"block\""},
    {"v=DMARC1; rua=mailto:a@shop.example", false, 35, "take it as p=none"},
    {"v=DMARC1; rua=mailto:a@shop.example; p=none", false, 39, "does not come second"},
    {"v=DMARC1; p=none; pct=20", false, 22, "older ones to 20 %"},
    {"v=DMARC1; p=none; pct=100", false, 22, "can go"},
    {"v=DMARC1; p=none; pct=101", false, 22, "from 0 to 100"},
    {"v=DMARC1; p=none; rf=afrf", false, 21, "rf is obsolete"},
    {"v=DMARC1; p=none; ri=86400", false, 21, "ri is obsolete"},
    {"v=DMARC1; p=none; t=maybe", false, 20, "t must be y or n"},
    {"v=DMARC1; p=none; psd=x", false, 22, "psd must be y, n or u"},
    {"v=DMARC1; p=none; adkim=strict", false, 24, "adkim must be r (relaxed) or s (strict)"},
    {"v=DMARC1; p=none; aspf=", false, 23, "aspf must be"},
    {"v=DMARC1; p=none; fo=1", false, 21, "does nothing without ruf"},
    {"v=DMARC1; p=none; fo=1:x; ruf=mailto:a@shop.example", false, 21, "fo must be"},
    {"v=DMARC1; p=none; x=1", false, 18, "tag x is unknown"},
    {"v=DMARC1; p=none; ruaa=mailto:a@shop.example", false, 18, "is rua meant?"},
    {"v=DMARC1; p=none;; adkim=s", false, 17, "nothing between them"},
    {"v=DMARC1; p=none; quarantine", false, 18, "not of the form tag=value"},
    {"v=DMARC1; p=none; rua=mailto:a@x.example; mailto:b@x.example", false, 42, "separated by commas"},
    {"v=DMARC1; p=none; adkim=\xe2\x80\x9cs", false, 24, "not plain text (0xe2)"},
    {"v=DMARC1; p=none; rua=a@shop.example", false, 22, "write mailto: before it"},
    {"v=DMARC1; p=none; rua=nobody", false, 22, "is not a URI"},
    {"v=DMARC1; p=none; rua=mailto:", false, 29, "holds no mail address"},
    {"v=DMARC1; p=none; rua=mailto:a@", false, 29, "holds no mail address"},
    {"v=DMARC1; p=none; rua=mailto:@shop.example", false, 29, "holds no mail address"},
    {"v=DMARC1; p=none; rua=mailto:a@shop..example", false, 29, "holds no mail address"},
    {"v=DMARC1; p=none; rua=mailto:a%2@shop.example", false, 30, "percent sign"},
    {"v=DMARC1; p=none; rua=mailto:a%00@shop.example", false, 30, "control byte"},
    {"v=DMARC1; p=none; rua=mailto:a@shop.example mailto:b@shop.example", false, 43, "separated by commas"},
    {"v=DMARC1; p=none; rua=mailto:a@shop.example,,mailto:b@shop.example", false, 44, "an address is missing"},
    {"v=DMARC1; p=none; rua=mailto:a@shop.example!10m", false, 43, "size limit"},
    {"v=DMARC1; p=none; rua=mailto:a!b@shop.example", false, 30, "must be written %21"},
    {"v=DMARC1; p=none; rua=https://shop.example/r", false, 22, "mailto: addresses only"},
    {"v=DMARC1; p=none; rua=mailto:a@x.example,mailto:b@x.example,mailto:c@x.example", false, 22, "more than two"},
};

static void flaws(void **state)
{
    struct arena *arena = arena_new(ARENA_MB(4));

    (void)state;
    for (size_t i = 0; i < N_OF(flawed); i++) {
        struct dmarc_record r;
        bool used = dmarc_record_parse(arena, str_of(flawed[i].text), &r), found = !flawed[i].words;
        print_message("# %s\n", flawed[i].text);
        assert_true(used == !dmarc_fatal(&r));
        assert_true(used == !(flawed[i].fatal && flawed[i].words));
        for (size_t j = 0; j < r.n_flaws; j++) {
            assert_true(r.flaws[j].at <= r.text.n);
            found |= flawed[i].words && r.flaws[j].at == flawed[i].at && r.flaws[j].fatal == flawed[i].fatal &&
                     str_has(r.flaws[j].text, str_of(flawed[i].words));
        }
        if (!found)
            for (size_t j = 0; j < r.n_flaws; j++)
                print_message("# at %zu%s: %.*s\n", r.flaws[j].at, r.flaws[j].fatal ? " fatal" : "",
                              STR_ARG(r.flaws[j].text));
        assert_true(found);
    }
    arena_free(arena);
}

/* ---- addresses ---- */

static const struct address {
    const char *rua, *mailbox, *domain;
} addresses[] = {
    {"mailto:DMARC-Reports@Shop.Example", "DMARC-Reports@Shop.Example", "shop.example"},
    {"MAILTO:a@shop.example", "a@shop.example", "shop.example"},
    {"mailto:a%2cb@shop.example", "a,b@shop.example", "shop.example"},
    {"mailto:a%21b@shop.example!5m", "a!b@shop.example", "shop.example"},
    {"mailto:a%40b@shop.example", "a@b@shop.example", "shop.example"},
    {"mailto:a@shop.example?subject=x", "a@shop.example", "shop.example"},
    {"mailto:a+tag@shop.example.", "a+tag@shop.example.", "shop.example"},
    {"https://shop.example/in", "", ""},
};

static void mailboxes(void **state)
{
    struct arena *arena = arena_new(ARENA_MB(1));

    (void)state;
    for (size_t i = 0; i < N_OF(addresses); i++) {
        struct dmarc_record r;
        struct str text = str_fmt(arena, "v=DMARC1; p=none; rua=%s", addresses[i].rua);
        print_message("# %s\n", addresses[i].rua);
        assert_true(dmarc_record_parse(arena, text, &r));
        assert_int_equal(r.n_rua, 1);
        assert_str(r.rua[0].mailbox, addresses[i].mailbox);
        assert_str(r.rua[0].domain, addresses[i].domain);
    }
    arena_free(arena);
}

static void ceilings(void **state)
{
    struct arena *arena = arena_new(ARENA_MB(8));
    static char big[70000];
    const struct str head = STR("v=DMARC1; p=none; x="), more = STR(",;");
    struct dmarc_record r;

    (void)state;
    memset(big, 'x', sizeof big);
    memcpy(big, head.p, head.n);
    assert_false(dmarc_record_parse(arena, str_n(big, sizeof big), &r));
    assert_true(str_has(dmarc_fatal(&r)->text, STR("4096")));
    for (size_t i = head.n; i < 4000; i += 2)
        memcpy(big + i, more.p, more.n);
    assert_true(dmarc_record_parse(arena, str_n(big, 4000), &r));
    assert_true(r.n_flaws <= 33);
    arena_free(arena);
}

static void testing_is_one_step(void **state)
{
    (void)state;
    assert_int_equal(dmarc_policy_tested(DMARC_REJECT, true), DMARC_QUARANTINE);
    assert_int_equal(dmarc_policy_tested(DMARC_QUARANTINE, true), DMARC_NONE);
    assert_int_equal(dmarc_policy_tested(DMARC_NONE, true), DMARC_NONE);
    assert_int_equal(dmarc_policy_tested(DMARC_REJECT, false), DMARC_REJECT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_records),        cmocka_unit_test(flaws),
        cmocka_unit_test(mailboxes),           cmocka_unit_test(ceilings),
        cmocka_unit_test(testing_is_one_step),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
