/* spf_answers.c - what our SPF engine says, for tests/conformance/spf_differential: a JSON object a line on stdin
 * ({"zone", "ip", "mail_from", "helo"}, the zone as in data/spf/ORIGIN.md), one a line on stdout. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/arena.h"
#include "core/text.h"
#include "mail/spf.h"
#include "mail_zone.h"

static struct str get(const json_t *o, const char *key)
{
    const json_t *v = json_object_get(o, key);

    return str_n(json_is_string(v) ? json_string_value(v) : "", json_string_length(v));
}

static void answer(json_t *question)
{
    struct arena *arena = arena_new((size_t)64 * 1024 * 1024);
    struct mail_zone *zone = mail_zone_new(arena);
    struct mail_resolver dns = mail_zone_resolver(zone);
    struct spf_question q = {.ip = get(question, "ip"),
                             .mail_from = get(question, "mail_from"),
                             .helo = get(question, "helo"),
                             .default_explanation = STR("DEFAULT"),
                             .now_s = 1764000000};
    struct spf_verdict v;
    struct spf_survey survey = {0};

    mail_zone_add_suite(zone, json_object_get(question, "zone"));
    spf_check(arena, &dns, &q, &v);
    if (v.domain.n)
        spf_survey(arena, &dns, v.domain, STR_NONE, &survey);
    struct str reason = text_safe(arena, v.reason), explanation = text_safe(arena, v.explanation);
    json_t *to = json_pack("{s:s, s:s#, s:s#, s:i, s:i, s:b}", "result", spf_result_word(v.result), "explanation",
                           explanation.p ? explanation.p : "", (int)explanation.n, "reason", reason.p, (int)reason.n,
                           "lookups", (int)v.look_ups, "void_lookups", (int)v.void_look_ups, "permerror",
                           (int)spf_survey_is_permerror(&survey));
    json_dumpf(to, stdout, JSON_COMPACT);
    (void)putchar('\n');
    json_decref(to);
    arena_free(arena);
}

int main(void)
{
    char *line = NULL;
    size_t capacity = 0;
    ssize_t n;

    while ((n = getline(&line, &capacity, stdin)) > 0) {
        json_t *question = json_loadb(line, (size_t)n, JSON_ALLOW_NUL, NULL);
        if (!question)
            return 2;
        answer(question);
        json_decref(question);
    }
    free(line);
    return ferror(stdin) || fflush(stdout) ? 1 : 0;
}
