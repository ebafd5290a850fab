#include "audit/audit_inside.h"

#include "core/arena.h"
#include "launch/launch.h"

static const struct {
    const char *section, *lines;
} section_lines[] = {
    {"token", "token: \"...\"  # any 20 characters; publish it as TXT at _launchready.DOMAIN"},
    {"origin", "origin:\n  addresses: [203.0.113.20]  # where the application really runs"},
    {"dns", "dns:\n  zone: ops/shop.example.zone  # the documented records, in master-file format"},
    {"paths.legacy", "paths:\n  legacy: [/old-shop, /blog/2019/hello]  # or [] when there are none"},
    {"paths.private", "paths:\n  private: [/account, /orders]  # pages of one visitor alone"},
    {"paths.api", "paths:\n  api: [/v1/products]  # read paths that anyone may call"},
};

const char *audit_section_lines(const char *section)
{
    for (size_t i = 0; i < N_OF(section_lines); i++)
        if (str_eq(str_of(section_lines[i].section), str_of(section)))
            return section_lines[i].lines;
    return NULL;
}

static bool any_matches(const struct check *c, const struct str_list *patterns)
{
    for (size_t i = 0; i < patterns->n; i++)
        if (check_matches(c, patterns->v[i]))
            return true;
    return false;
}

/* Why a check is not run, or NULL. */
static const char *reason_to_skip(const struct check *c, const struct audit_options *o, bool *by_user)
{
    *by_user = false;
    if (!c->run)
        return "not in this version";
    *by_user = true;
    if (o->only.n && !any_matches(c, &o->only))
        return "not named by --only";
    if (any_matches(c, &o->skip))
        return "named by --skip";
    if (o->stage && c->stage != o->stage)
        return "not of the stage asked for";
    *by_user = false;
    if (c->needs & NEED_ACTIVE && !o->active)
        return "needs --active";
    return NULL;
}

struct plan audit_plan(struct audit *a, const struct launch *launch, const struct audit_options *options)
{
    size_t n_all;
    const struct check *all = checks_all(&n_all);
    struct plan plan = {arena_array(a->arena, n_all, sizeof *plan.v), 0};

    (void)launch;
    a->skipped = arena_array(a->arena, n_all, sizeof *a->skipped);
    for (size_t i = 0; i < n_all; i++) {
        bool by_user;
        if (options->scope.n && !any_matches(&all[i], &options->scope))
            continue;
        const char *reason = reason_to_skip(&all[i], options, &by_user);
        if (reason)
            a->skipped[a->n_skipped++] = (struct skipped){&all[i], str_of(reason), by_user};
        else
            plan.v[plan.n++] = &all[i];
    }
    return plan;
}
