#include <pthread.h>

#include "audit/audit_inside.h"
#include "core/arena.h"
#include "core/cancel.h"
#include "core/clock.h"
#include "core/pool.h"
#include "facts/facts.h"
#include "launch/launch.h"

#define CHECK_MOST_BYTES (32u * 1024u * 1024u)

struct run {
    struct facts *facts;
    const struct audit_options *options;
    pthread_mutex_t lock;
    size_t n_done, n_all;
};

struct task {
    struct run *run;
    const struct check *check;
    struct arena *arena;
    struct findings findings;
    bool finished;
};

static void report_progress(struct run *run, const char *id)
{
    pthread_mutex_lock(&run->lock);
    run->n_done++;
    if (run->options->progress)
        run->options->progress(run->options->progress_arg, run->n_done, run->n_all, id);
    pthread_mutex_unlock(&run->lock);
}

/* A check whose launch-file section is missing could not look. */
static void say_needs(struct task *t, struct ask *q)
{
    const char *section = t->check->section, *lines = audit_section_lines(section);

    t->findings.check = t->check;
    struct finding *f = say(&t->findings, UNKNOWN, q->domain, "needs %s in the launch file", section);
    f->unseen_kind = ERR_NEEDS;
    f->unseen_place = str_of(section);
    if (lines)
        finding_fix(&t->findings, f, "Add to launchready.yaml:\n%s", lines);
    else
        finding_fix(&t->findings, f, "Add the section %s to launchready.yaml", section);
    finding_close(&t->findings, f);
}

static void run_task(void *arg)
{
    struct task *t = arg;
    struct ask q = facts_ask(t->run->facts, t->arena);

    if (t->check->section && !launch_has(q.launch, t->check->section))
        say_needs(t, &q);
    else
        check_run(t->check, &q, &t->findings);
    t->finished = true;
    report_progress(t->run, t->check->id);
}

static void run_tasks(struct task *tasks, size_t n, const struct audit_options *options)
{
    for (size_t i = 0; i < n; i++) {
        if (options->pool)
            pool_submit(options->pool, run_task, NULL, &tasks[i]);
        else if (!cancel_asked(options->cancel))
            run_task(&tasks[i]);
    }
    if (options->pool)
        pool_wait(options->pool);
}

/* Results in the catalogue's order, whatever order the checks finished in. */
static void gather(struct audit *a, const struct task *tasks, size_t n)
{
    size_t all = 0;

    for (size_t i = 0; i < n; i++)
        all += tasks[i].findings.n;
    a->findings = arena_array(a->arena, all ? all : 1, sizeof(struct finding *));
    for (size_t i = 0; i < n; i++) {
        if (!tasks[i].finished) {
            a->interrupted = true;
            continue;
        }
        a->n_checks++;
        for (size_t j = 0; j < tasks[i].findings.n; j++)
            a->findings[a->n_findings++] = tasks[i].findings.v[j];
    }
}

void audit_run(struct arena *arena, struct facts *facts, const struct audit_options *options, struct audit *ret)
{
    struct ask top = facts_ask(facts, arena);
    struct mono start = clock_mono();

    *ret = (struct audit){.arena = arena, .target = top.domain, .started_s = top.now_s};
    struct plan plan = audit_plan(ret, top.launch, options);
    struct run run = {.facts = facts, .options = options, .n_all = plan.n};
    struct task *tasks = arena_array(arena, plan.n ? plan.n : 1, sizeof *tasks);
    ret->check_arenas = arena_array(arena, plan.n ? plan.n : 1, sizeof(struct arena *));
    pthread_mutex_init(&run.lock, NULL);
    for (size_t i = 0; i < plan.n; i++) {
        struct arena *own = arena_new(CHECK_MOST_BYTES);
        ret->check_arenas[ret->n_check_arenas++] = own;
        tasks[i] = (struct task){&run, plan.v[i], own, {.arena = own}, false};
    }
    run_tasks(tasks, plan.n, options);
    pthread_mutex_destroy(&run.lock);
    gather(ret, tasks, plan.n);
    ret->interrupted |= cancel_asked(options->cancel);
    audit_fold(ret);
    audit_waive(ret, options->waivers, options->n_waivers, top.now_s);
    audit_rank(ret, top.domain);
    audit_judge(ret);
    struct facts_cost cost = facts_cost(facts);
    ret->n_observed = cost.n_observed;
    ret->slowest = str_dup(arena, cost.slowest);
    ret->slowest_us = cost.slowest_us;
    ret->duration_ms = clock_since_us(start) / 1000;
}

void audit_free(struct audit *a)
{
    for (size_t i = 0; i < a->n_check_arenas; i++)
        arena_free(a->check_arenas[i]);
    a->n_check_arenas = 0;
}
