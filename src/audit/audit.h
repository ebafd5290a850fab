/* audit.h - an audit from plan to verdict. */
#ifndef AUDIT_AUDIT_H
#define AUDIT_AUDIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "checks/check.h"

struct facts;
struct launch;
struct cancel;
struct pool;

enum verdict { VERDICT_NOT_READY, VERDICT_INCOMPLETE, VERDICT_READY_WITH_RISKS, VERDICT_READY };
const char *verdict_word(enum verdict v); /* "not-ready" */

/* One acceptance of a finding, from the launch file's waivers or a --baseline file. */
struct waiver {
    struct str check;       /* id or pattern */
    struct str subject;     /* empty: any */
    struct str fingerprint; /* empty: any */
    struct str reason, owner;
    int64_t until_s;   /* 0: for ever */
    struct str source; /* "launchready.yaml:41" */
};

struct audit_options {
    struct str_list scope; /* the audit is about these checks alone, and so is its verdict; empty: about all */
    struct str_list only, skip;
    int stage; /* 0: all */
    bool active;
    const struct waiver *waivers;
    size_t n_waivers;
    struct cancel *cancel;
    struct pool *pool; /* where checks run; NULL: one after another */
    /* Called as checks finish, from any thread but never twice at once; may be NULL. */
    void (*progress)(void *arg, size_t n_done, size_t n_all, const char *id);
    void *progress_arg;
};

/* A check of the catalogue that was not run, and why. */
struct skipped {
    const struct check *check;
    struct str reason; /* "not in this version", "--skip", "needs --active" */
    bool by_user;      /* --only, --skip, --stage */
};

struct stage_tally {
    int stage;
    size_t n[STATUS_N]; /* checks, each counted once under its worst status */
};

struct audit {
    struct arena *arena;
    struct arena **check_arenas; /* what the checks said lives here */
    size_t n_check_arenas;
    struct str target;
    struct str launch_path; /* empty: no launch file */
    int64_t started_s;
    int64_t duration_ms;
    enum verdict verdict;
    struct str verdict_reason; /* one sentence */
    bool interrupted;
    bool undecided;               /* something that decides the verdict could not be looked at */
    struct stage_tally stages[8]; /* 1 to 7 */
    struct finding **findings;    /* ranked: by class, then impact; passes, n/a last */
    size_t n_findings;
    struct finding *first[5]; /* do these first */
    size_t n_first;
    struct skipped *skipped;
    size_t n_skipped;
    size_t n_checks;    /* that ran */
    size_t n_observed;  /* facts looked at */
    struct str slowest; /* the slowest fact and ... */
    int64_t slowest_us; /* ... its time */
};

/* Runs every check that applies, folds consequences under causes, applies waivers, ranks, and comes to a verdict.
 * Everything in ret lives in arena until audit_free. Interrupted: what finished is there. */
void audit_run(struct arena *arena, struct facts *facts, const struct audit_options *options, struct audit *ret);

void audit_free(struct audit *a); /* not the arena itself */

/* The worst severity among open failures and warnings; false when there is none. */
bool audit_worst(const struct audit *a, enum severity *ret);

/* Exit status of section 5 of the design: 0, 1, 3 or 130. */
int audit_exit_status(const struct audit *a, enum severity fail_on);

/* The host in a subject: of a URL, or the subject itself up to the first space. */
struct str audit_host_of(struct str subject);

/* Reads a --baseline file (JSON: {"accepted":[{"fingerprint"|"check","subject","reason","owner","until"}]}). */
MUST_CHECK bool audit_baseline_load(struct arena *arena, const char *path, struct waiver **ret, size_t *ret_n,
                                    struct err *reterr);

#endif
