/* checks.c - the catalogue's table and the words of its columns. */
#include "checks/catalogue.h"
#include "checks/check.h"

#include <assert.h>

static const struct check table[] = {
#define CHECK(fn, id, stage, risk, sev, wave, by, minutes, needs, section, rule, why, breaks, fix)                     \
    {check_##fn, id, stage, risk, sev, wave, by, minutes, needs, section, rule, why, breaks, fix},
#define LATER(id, stage, risk, sev, wave, by, minutes, needs, section, rule, why, breaks, fix)                         \
    {NULL, id, stage, risk, sev, wave, by, minutes, needs, section, rule, why, breaks, fix},
#define AUDIT(id, stage, risk, sev, wave, by, minutes, needs, section, rule, why, breaks, fix)                         \
    {check_of_audit, id, stage, risk, sev, wave, by, minutes, needs, section, rule, why, breaks, fix},
#include "checks/catalogue.def"
#undef CHECK
#undef LATER
#undef AUDIT
};

const struct check *checks_all(size_t *ret_n)
{
    *ret_n = N_OF(table);
    return table;
}

const struct check *check_by_id(struct str id)
{
    for (size_t i = 0; i < N_OF(table); i++)
        if (str_eq_nocase(str_of(table[i].id), id))
            return &table[i];
    return NULL;
}

/* One "*" in the pattern stands for any run of characters; each "*" is tried in turn, so this is linear enough. */
static bool glob(struct str pattern, struct str text)
{
    while (pattern.n && pattern.p[0] != '*') {
        if (!text.n || !str_eq_nocase(str_first(pattern, 1), str_first(text, 1)))
            return false;
        pattern = str_from(pattern, 1);
        text = str_from(text, 1);
    }
    if (!pattern.n)
        return text.n == 0;
    for (size_t skip = 0; skip <= text.n; skip++)
        if (glob(str_from(pattern, 1), str_from(text, skip)))
            return true;
    return false;
}

bool check_matches(const struct check *check, struct str pattern)
{
    struct str id = str_of(check->id), area = str_first(id, str_find_char(id, '.'));

    if (pattern.n > 64)
        return false;
    return str_eq_nocase(area, pattern) || glob(pattern, id);
}

static const char *const risk_words[] = {"launch-blocker", "deliverability", "security", "performance"};
static const char *const risk_titles[] = {"Launch blockers", "Deliverability risks", "Security risks",
                                          "Performance issues"};
static const char *const severity_words[] = {"info", "low", "medium", "high", "critical"};
static const char *const status_words[] = {"pass", "warn", "fail", "unknown", "n/a", "waived"};
static const char *const fix_by_words[] = {"edge", "dns", "repository", "host", "person"};
static const char *const stage_names[] = {"",
                                          "Quick audit",
                                          "Domain and routing",
                                          "Edge and SSL",
                                          "Deployment",
                                          "Performance guardrails",
                                          "Observability",
                                          "Handover"};

const char *risk_word(enum risk r)
{
    return risk_words[r];
}

const char *risk_title(enum risk r)
{
    return risk_titles[r];
}

const char *severity_word(enum severity s)
{
    return severity_words[s];
}

bool severity_from_word(struct str word, enum severity *ret)
{
    for (size_t i = 0; i < N_OF(severity_words); i++)
        if (str_eq_nocase(word, str_of(severity_words[i]))) {
            *ret = (enum severity)i;
            return true;
        }
    return false;
}

const char *status_word(enum status s)
{
    return status_words[s];
}

const char *fix_by_word(enum fix_by f)
{
    return fix_by_words[f];
}

const char *stage_name(int stage)
{
    assert(stage >= 1 && stage <= 7);
    return stage_names[stage];
}
