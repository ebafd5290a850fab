/* spf_ours.c - SPF evaluations per CPU second of our engine: spf_ours SECONDS FILE..., each file in the format of
 * tests/conformance/data/spf. Answers are ready in memory; each evaluation begins with an empty arena. Prints a line a
 * file: evaluations per CPU second, and how many of the cases had an accepted result. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <uthash.h>

#include "core/arena.h"
#include "mail/spf.h"
#include "mail_zone.h"

#define CASES_MOST 512
#define KEY_BYTES  300

struct ready {
    char key[KEY_BYTES];
    struct mail_answer answer;
    UT_hash_handle hh;
};

/* The answers of a zone that were asked for once. */
struct memory {
    struct arena *arena;
    struct mail_resolver zone;
    struct ready *ready;
};

struct bench_case {
    struct memory *memory;
    struct spf_question question;
    const json_t *wanted;
};

static void look(void *context, struct arena *arena, struct str name, enum dns_type type, struct mail_answer *ret)
{
    struct memory *m = context;
    char key[KEY_BYTES];
    struct ready *r;
    size_t n = 0;

    (void)arena;
    key[n++] = (char)('0' + type);
    for (size_t i = 0; i < name.n && n < KEY_BYTES - 1; i++, n++)
        key[n] = (char)(name.p[i] >= 'A' && name.p[i] <= 'Z' ? name.p[i] + 32 : name.p[i]);
    HASH_FIND(hh, m->ready, key, n, r);
    if (!r) {
        r = arena_alloc(m->arena, sizeof *r);
        memcpy(r->key, key, n);
        mail_look(&m->zone, m->arena, name, type, &r->answer);
        HASH_ADD_KEYPTR(hh, m->ready, r->key, n, r);
    }
    *ret = r->answer;
}

static struct str get(const json_t *o, const char *key)
{
    return str_of(json_string_value(json_object_get(o, key)));
}

static size_t load(struct arena *arena, json_t *scenarios, struct bench_case *cases)
{
    size_t i, n = 0;
    json_t *scenario, *test;
    const char *id;

    json_array_foreach(scenarios, i, scenario)
    {
        struct memory *m = arena_alloc(arena, sizeof *m);
        struct mail_zone *zone = mail_zone_new(arena);
        mail_zone_add_suite(zone, json_object_get(scenario, "zonedata"));
        m->arena = arena;
        m->zone = mail_zone_resolver(zone);
        json_object_foreach(json_object_get(scenario, "tests"), id, test)
        {
            if (n == CASES_MOST)
                abort();
            cases[n].memory = m;
            cases[n].wanted = json_object_get(test, "result");
            cases[n++].question = (struct spf_question){.ip = get(test, "host"),
                                                        .mail_from = get(test, "mailfrom"),
                                                        .helo = get(test, "helo"),
                                                        .now_s = 1764000000};
        }
    }
    return n;
}

static bool accepted(const json_t *wanted, enum spf_result result)
{
    for (size_t i = 0; i < json_array_size(wanted); i++)
        if (!strcmp(json_string_value(json_array_get(wanted, i)), spf_result_word(result)))
            return true;
    return json_is_string(wanted) && !strcmp(json_string_value(wanted), spf_result_word(result));
}

static enum spf_result run(const struct bench_case *c)
{
    struct arena *arena = arena_new((size_t)16 * 1024 * 1024);
    struct mail_resolver dns = {.look = look, .context = c->memory};
    struct spf_verdict verdict;

    spf_check(arena, &dns, &c->question, &verdict);
    enum spf_result result = verdict.result;
    arena_free(arena);
    return result;
}

static void measure(const char *path, double seconds)
{
    static struct bench_case cases[CASES_MOST];
    struct arena *arena = arena_new((size_t)256 * 1024 * 1024);
    json_t *scenarios = json_load_file(path, JSON_ALLOW_NUL, NULL);
    size_t n = load(arena, scenarios, cases), right = 0, done = 0;

    for (size_t i = 0; i < n; i++)
        right += accepted(cases[i].wanted, run(&cases[i]));
    clock_t from = clock();
    double spent = 0;
    while (spent < seconds) {
        for (size_t i = 0; i < n; i++)
            (void)run(&cases[i]);
        done += n;
        spent = (double)(clock() - from) / CLOCKS_PER_SEC;
    }
    printf("%.0f %zu/%zu\n", (double)done / spent, right, n);
    json_decref(scenarios);
    arena_free(arena);
}

int main(int argc, char **argv)
{
    for (int i = 2; i < argc; i++)
        measure(argv[i], atof(argv[1]));
    return 0;
}
