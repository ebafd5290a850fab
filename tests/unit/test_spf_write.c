/* SPF written for people and programs: what a stranger's record holds never reaches the terminal raw. */
#include "test.h"

#include <jansson.h>

#include "core/buf.h"
#include "core/text.h"
#include "mail/spf.h"
#include "mail_zone.h"
#include "report/spf_write.h"

struct page {
    struct arena *arena;
    struct buf out;
    struct spf_question question;
    struct spf_verdict verdict;
    struct spf_survey survey;
};

static void make(struct page *p, struct str record, const char *others)
{
    struct mail_zone *zone;
    struct mail_resolver dns;

    *p = (struct page){.arena = arena_new(ARENA_MB(16))};
    zone = mail_zone_new(p->arena);
    dns = mail_zone_resolver(zone);
    mail_zone_add(zone, "shop.example", "TXT", record);
    mail_zone_add_lines(zone, others);
    p->question = (struct spf_question){
        .ip = STR("192.0.2.1"), .mail_from = STR("anna@shop.example"), .helo = STR("mx.shop.example")};
    spf_check(p->arena, &dns, &p->question, &p->verdict);
    spf_survey(p->arena, &dns, STR("shop.example"), STR_NONE, &p->survey);
    buf_init(&p->out, ARENA_MB(4));
}

static void done(struct page *p)
{
    buf_free(&p->out);
    arena_free(p->arena);
}

static const char *lines_of(const struct page *p)
{
    return str_cstr(p->arena, buf_str(&p->out));
}

static void verdict_for_people(void **state)
{
    struct page p;

    (void)state;
    make(&p, STR("v=spf1 a:none.example include:i.example -all"),
         "i.example TXT v=spf1 ip4:192.0.2.0/24 ?all\nshop.example A 192.0.2.9");
    assert_true(spf_write_verdict(&p.question, &p.verdict, p.arena, STR("text"), false, &p.out));
    static const char *const wanted[] = {"pass  192.0.2.1 may send for shop.example",
                                         "   because   include:i.example in the record of shop.example, there",
                                         "             ip4:192.0.2.0/24: the client's address is inside",
                                         "   spent     2 of 10 look-ups; 1 of 2 that lead to nothing",
                                         "",
                                         "costs   the record of shop.example",
                                         "    1   a:none.example                    it has no IPv4 address",
                                         "    1 * include:i.example                 its record lets the client pass",
                                         "      *   ip4:192.0.2.0/24                the client's address is inside",
                                         "          ?all                            not reached",
                                         "        -all                              not reached"};
    struct str rest = buf_str(&p.out);
    for (size_t i = 0; i < N_OF(wanted); i++)
        assert_str(str_cut(&rest, '\n'), wanted[i]);
    assert_int_equal(rest.n, 0);
    done(&p);
}

static void survey_for_people(void **state)
{
    struct page p;

    (void)state;
    make(&p, STR("v=spf1 include:i.example moo -all"), "i.example TXT v=spf1 ip4:192.0.2.0/24 -all");
    assert_true(spf_write_survey(&p.survey, p.arena, STR("text"), false, &p.out));
    assert_true(str_starts(buf_str(&p.out), STR("broken  receivers cannot use the SPF record of shop.example")));
    assert_true(
        str_has(buf_str(&p.out), STR("   breaks    \"moo\" in the record of shop.example: no such mechanism.")));
    assert_true(str_has(buf_str(&p.out), STR("    1   include:i.example\n")));
    done(&p);
}

/* Each way of writing, for a record of escape sequences, NUL and bytes that are not UTF-8. */
static void hostile_records(void **state)
{
    static const char record[] = "v=spf1 a:\x1b[31m.example include:\xff\xfe.example \0 x=\x07 \xe2\x80\xae -all";

    (void)state;
    for (int i = 0; i < 4; i++) {
        struct page p;
        struct str format = i % 2 ? STR("json") : STR("text");
        make(&p, str_n(record, sizeof record - 1), "shop.example TXT v=spf1;\x1b[0m");
        if (i < 2)
            assert_true(spf_write_verdict(&p.question, &p.verdict, p.arena, format, false, &p.out));
        else
            assert_true(spf_write_survey(&p.survey, p.arena, format, false, &p.out));
        for (size_t b = 0; b < p.out.n; b++)
            assert_true(p.out.p[b] == '\n' || (unsigned char)p.out.p[b] >= ' ');
        assert_true(text_is_utf8(buf_str(&p.out)));
        assert_false(str_has(buf_str(&p.out), STR("\xe2\x80\xae")));
        if (i % 2) {
            json_t *o = json_loads(lines_of(&p), 0, NULL);
            assert_non_null(o);
            json_decref(o);
        }
        done(&p);
    }
}

/* The shape that docs/json.md promises. */
static void json_shape(void **state)
{
    static const char *const keys[] = {"schema", "result", "explanation", "reason",  "ip",           "mail_from",
                                       "helo",   "domain", "record",      "lookups", "void_lookups", "terms"};
    static const char *const of_terms[] = {"term",    "target", "lookups", "void_lookups", "reached",
                                           "matched", "result", "note",    "record"};
    struct page p;

    (void)state;
    make(&p, STR("v=spf1 include:i.example -all exp=e.example"),
         "i.example TXT v=spf1 ip4:198.51.100.0/24 -all\ne.example TXT not from %{i}");
    assert_true(spf_write_verdict(&p.question, &p.verdict, p.arena, STR("json"), false, &p.out));
    json_t *o = json_loads(lines_of(&p), 0, NULL), *term = json_array_get(json_object_get(o, "terms"), 0);
    assert_int_equal(json_object_size(o), N_OF(keys));
    for (size_t i = 0; i < N_OF(keys); i++)
        assert_non_null(json_object_get(o, keys[i]));
    assert_int_equal(json_object_size(term), N_OF(of_terms));
    for (size_t i = 0; i < N_OF(of_terms); i++)
        assert_non_null(json_object_get(term, of_terms[i]));
    assert_string_equal(json_string_value(json_object_get(o, "result")), "fail");
    assert_string_equal(json_string_value(json_object_get(o, "explanation")), "not from 192.0.2.1");
    assert_string_equal(json_string_value(json_object_get(term, "result")), "fail");
    assert_int_equal(json_array_size(json_object_get(json_object_get(term, "record"), "terms")), 2);
    json_decref(o);
    done(&p);
}

static void every_flaw_has_a_word(void **state)
{
    (void)state;
    for (int a = 0; a < SPF_FLAW_N; a++) {
        assert_non_null(spf_flaw_word((enum spf_flaw_kind)a));
        for (int b = 0; b < a; b++)
            assert_string_not_equal(spf_flaw_word((enum spf_flaw_kind)a), spf_flaw_word((enum spf_flaw_kind)b));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(verdict_for_people),    cmocka_unit_test(survey_for_people),
        cmocka_unit_test(hostile_records),       cmocka_unit_test(json_shape),
        cmocka_unit_test(every_flaw_has_a_word),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
