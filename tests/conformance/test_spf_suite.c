/* Every case of the public suites for RFC 7208 and RFC 4408: result and explanation. One case is one test; no case of
 * the older suite has to be left out. */
#include "test.h"

#include <jansson.h>

#include "core/file.h"
#include "mail/spf.h"
#include "mail_zone.h"

#define CASES_MOST 640

struct scene {
    json_t *zone;
    const char *id;
    const json_t *test;
};

static json_t *suites[2];
static struct scene scenes[CASES_MOST];
static char names[CASES_MOST][96];
static struct CMUnitTest tests[CASES_MOST];
static size_t n_tests, n_only;

static struct str text_of(const json_t *test, const char *key)
{
    const json_t *v = json_object_get(test, key);

    return str_n(json_string_length(v) ? json_string_value(v) : "", json_string_length(v));
}

static bool accepted(const json_t *wanted, enum spf_result result)
{
    const char *word = spf_result_word(result);

    for (size_t i = 0; i < json_array_size(wanted); i++)
        if (!strcmp(json_string_value(json_array_get(wanted, i)), word))
            return true;
    return json_is_string(wanted) && !strcmp(json_string_value(wanted), word);
}

static void run_case(void **state)
{
    const struct scene *scene = *state;
    struct arena *arena = arena_new(ARENA_MB(16));
    struct mail_zone *zone = mail_zone_new(arena);
    struct mail_resolver dns = mail_zone_resolver(zone);
    struct spf_question question = {.ip = text_of(scene->test, "host"),
                                    .mail_from = text_of(scene->test, "mailfrom"),
                                    .helo = text_of(scene->test, "helo"),
                                    .default_explanation = STR("DEFAULT"),
                                    .now_s = 1700000000};
    struct spf_verdict verdict;
    const json_t *explanation = json_object_get(scene->test, "explanation");

    mail_zone_add_suite(zone, scene->zone);
    spf_check(arena, &dns, &question, &verdict);
    if (!accepted(json_object_get(scene->test, "result"), verdict.result))
        fail_msg("%s: got %s (%.*s)", scene->id, spf_result_word(verdict.result), STR_ARG(verdict.reason));
    if (explanation && verdict.result == SPF_FAIL)
        assert_str(verdict.explanation, json_string_value(explanation));
    arena_free(arena);
}

/* What an owner is told: a record that can only end in permerror is found, and no other is called one. */
static void survey_case(void **state)
{
    const struct scene *scene = *state;
    struct arena *arena = arena_new(ARENA_MB(16));
    struct mail_zone *zone = mail_zone_new(arena);
    struct mail_resolver dns = mail_zone_resolver(zone);
    const json_t *wanted = json_object_get(scene->test, "result");
    struct str domain = text_of(scene->test, "mailfrom");
    struct spf_survey survey;

    mail_zone_add_suite(zone, scene->zone);
    domain = domain.n ? str_from(domain, str_find_char(domain, '@') + 1) : text_of(scene->test, "helo");
    spf_survey(arena, &dns, domain, STR_NONE, &survey);
    bool only = json_is_string(wanted) && accepted(wanted, SPF_PERMERROR), says = spf_survey_is_permerror(&survey);
    if (only && !says)
        fail_msg("%s: not found", scene->id);
    if (says && !accepted(wanted, SPF_PERMERROR))
        for (size_t i = 0; i < survey.n_flaws; i++)
            if (survey.flaws[i].always_permerror)
                fail_msg("%s: false alarm: %.*s", scene->id, STR_ARG(survey.flaws[i].text));
    n_only += only;
    arena_free(arena);
}

static void count_only(void **state)
{
    (void)state;
    assert_int_equal(n_only, 74);
}

static void add_test(const char *suite, const char *id, const char *what, CMUnitTestFunction run, struct scene *scene)
{
    (void)snprintf(names[n_tests], sizeof names[0], "%s %s%s", suite, id, what);
    tests[n_tests] = (struct CMUnitTest){names[n_tests], run, NULL, NULL, scene};
    n_tests++;
}

static void add_suite(size_t at, const char *name, size_t n_expected)
{
    char path[512];
    json_error_t error;
    size_t i, n = 0;
    json_t *scenario, *test;
    const char *id;

    (void)snprintf(path, sizeof path, "%s/spf/%s-tests.json", DATA, name);
    suites[at] = json_load_file(path, JSON_ALLOW_NUL, &error);
    if (!suites[at]) {
        (void)fprintf(stderr, "%s: %s\n", path, error.text);
        abort();
    }
    json_array_foreach(suites[at], i, scenario)
    {
        json_object_foreach(json_object_get(scenario, "tests"), id, test)
        {
            n++;
            scenes[n_tests] = (struct scene){json_object_get(scenario, "zonedata"), id, test};
            struct scene *scene = &scenes[n_tests];
            add_test(name, id, "", run_case, scene);
            if (at == 0)
                add_test(name, id, ", surveyed", survey_case, scene);
        }
    }
    if (n != n_expected)
        abort(); /* the suite is not the one that it was */
}

int main(void)
{
    add_suite(0, "rfc7208", 203);
    add_suite(1, "rfc4408", 191);
    add_test("rfc7208", "74 records that can only end in permerror", "", count_only, NULL);
    int failed = _cmocka_run_group_tests("spf_suite", tests, n_tests, NULL, NULL);
    json_decref(suites[0]);
    json_decref(suites[1]);
    return failed;
}
