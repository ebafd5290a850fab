/* honesty.c - replays a recorded audit with one observation after the other failing: each check must stay what it was
 * or become unknown. A failure may not turn into a pass, nor a pass into a failure. honesty RECORDING LAUNCH-FILE STEP
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "audit/audit.h"
#include "core/arena.h"
#include "core/err.h"
#include "facts/facts.h"
#include "launch/launch.h"

#define CHECKS_MOST  300
#define WORKERS_MOST 16

static struct launch launch;
static struct replay head;
static const char *folder;

static bool is_bad(enum status s)
{
    return s == FAIL || s == WARN;
}

/* Each check's worst status when the nth observation is missing (0: none); false past the last. */
static bool statuses(size_t n, enum status worst[CHECKS_MOST])
{
    struct arena *arena = arena_new((size_t)256 * 1024 * 1024);
    struct facts *facts =
        facts_new(&(struct facts_setup){.launch = &launch, .domain = head.domain, .now_s = head.now_s});
    struct audit_options options = {0};
    struct audit audit;
    struct err err;
    size_t n_all;
    const struct check *all = checks_all(&n_all);

    if (!facts_replay(facts, folder, &err)) {
        (void)fprintf(stderr, "%s\n", err.text);
        exit(2);
    }
    bool there = n == 0 || facts_fail_nth(facts, n);
    if (there) {
        audit_run(arena, facts, &options, &audit);
        for (size_t i = 0; i < n_all; i++)
            worst[i] = PASS;
        for (size_t i = 0; i < audit.n_findings; i++) {
            const struct finding *f = audit.findings[i];
            enum status *w = &worst[f->check - all];
            if (is_bad(f->status) && f->severity > SEV_INFO)
                *w = f->status;
            else if (f->status == UNKNOWN && !is_bad(*w))
                *w = UNKNOWN;
        }
        audit_free(&audit);
    }
    facts_free(facts);
    arena_free(arena);
    return there;
}

struct tally {
    size_t n_tried, n_lies;
};

/* Withholds every strideth observation from the first on. */
static struct tally withhold(size_t first, size_t stride, const enum status before[CHECKS_MOST])
{
    enum status now[CHECKS_MOST] = {PASS};
    struct tally tally = {0};
    size_t n_all;
    const struct check *all = checks_all(&n_all);

    for (size_t n = first; statuses(n, now); n += stride, tally.n_tried++)
        for (size_t i = 0; i < n_all; i++)
            if (now[i] != before[i] && now[i] != UNKNOWN && is_bad(now[i]) != is_bad(before[i])) {
                printf("without observation %zu %s says %s instead of %s\n", n, all[i].id, status_word(now[i]),
                       status_word(before[i]));
                tally.n_lies++;
            }
    return tally;
}

/* The same, shared out among as many processes as there are processors. False when one of them did not report. */
static bool share_out(size_t step, const enum status before[CHECKS_MOST], struct tally *ret)
{
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    size_t n_workers = processors < 1 ? 1 : processors > WORKERS_MOST ? WORKERS_MOST : (size_t)processors;
    int ends[2];
    bool whole = pipe(ends) == 0;

    for (size_t i = 0; whole && i < n_workers; i++) {
        pid_t pid = fork();
        if (pid == 0) {
            struct tally tally = withhold(1 + i * step, step * n_workers, before);
            exit(fflush(stdout) != 0 || write(ends[1], &tally, sizeof tally) != (ssize_t)sizeof tally);
        }
        whole = pid > 0;
    }
    if (!whole)
        return false;
    close(ends[1]);
    for (size_t i = 0; i < n_workers; i++) {
        struct tally tally;
        if (read(ends[0], &tally, sizeof tally) != (ssize_t)sizeof tally)
            return false;
        ret->n_tried += tally.n_tried;
        ret->n_lies += tally.n_lies;
    }
    close(ends[0]);
    while (wait(NULL) > 0)
        ;
    return true;
}

int main(int argc, char **argv)
{
    enum status before[CHECKS_MOST] = {PASS};
    struct arena *arena = arena_new((size_t)16 * 1024 * 1024);
    struct tally tally = {0};
    struct err err;
    size_t n_all;
    size_t step = argc == 4 ? strtoul(argv[3], NULL, 10) : 0;

    (void)checks_all(&n_all);
    if (!step || n_all > CHECKS_MOST || !launch_load(arena, argv[2], NULL, &launch, &err) ||
        !facts_replay_head(arena, argv[1], &head, &err)) {
        (void)fprintf(stderr, "honesty RECORDING LAUNCH-FILE STEP\n");
        return 2;
    }
    folder = argv[1];
    (void)statuses(0, before);
    if (!share_out(step, before, &tally)) {
        (void)fprintf(stderr, "honesty: a worker did not end well\n");
        return 2;
    }
    printf("%zu observations withheld, %zu lies\n", tally.n_tried, tally.n_lies);
    arena_free(arena);
    return tally.n_lies || tally.n_tried == 0;
}
