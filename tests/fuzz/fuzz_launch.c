/* fuzz_launch.c - a launch file from anybody: read whole and sound, or refused with a place and a reason. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/err.h"
#include "launch/launch.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
    if (!holds)
        abort();
}

static const char *some_env(const char *name)
{
    return name[0] == 'A' ? "value" : name[0] == 'S' ? "shop.example" : NULL;
}

/* What launch.h promises of any file that was read. */
static void check_launch(struct arena *arena, const struct launch *l)
{
    must(l->site.n > 2 && l->version == 1);
    must(l->canonical.p && l->edge.provider.p && l->repo.env_names.p && l->ai.p);
    must(launch_has(l, "site") && launch_line(l, "site") >= 1);
    for (size_t i = 0; i < l->n_hosts; i++)
        must(l->hosts[i].name.n && l->hosts[i].owner.p && l->hosts[i].line >= 1);
    for (size_t i = 0; i < l->n_flows; i++) {
        must(l->flows[i].name.n && l->flows[i].n_steps);
        for (size_t s = 0; s < l->flows[i].n_steps; s++) {
            const struct launch_step *step = &l->flows[i].steps[s];
            must(step->method.n && step->url.p && step->expect.location.p && step->expect.body_most >= -1);
            must(step->expect.status_low <= step->expect.status_high);
        }
    }
    for (size_t i = 0; i < l->monitor.n_alerts; i++)
        must(l->monitor.alerts[i].kind.n > 0);
    for (size_t i = 0; i < l->n_waivers; i++)
        must(l->waivers[i].check.n && l->waivers[i].reason.n);
    for (size_t i = 0; i < l->n_unset_secrets; i++)
        must(launch_unset(l, str_cstr(arena, l->unset_secrets[i].key)) != NULL);
    must(l->slo.uptime >= 0 && l->slo.uptime <= 100 && l->monitor.every_ms >= 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new((size_t)256 * 1024 * 1024);
    struct launch l = {.version = -77};
    struct err err = {0};

    if (launch_parse(arena, str_n((const char *)data, size), "f", some_env, &l, &err)) {
        check_launch(arena, &l);
    } else {
        must(err.kind == ERR_USAGE && err.text[0] && strncmp(err.place, "f:", 2) == 0);
        must(l.version == -77); /* untouched */
    }
    arena_free(arena);
    return 0;
}
