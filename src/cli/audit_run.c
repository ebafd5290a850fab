/* audit_run.c - an audit run for a command, from its options to the report and the exit status. */
#include "cli/audit_run.h"

#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "audit/audit.h"
#include "cli/cli.h"
#include "cli/session.h"
#include "core/arena.h"
#include "core/buf.h"
#include "core/err.h"
#include "launch/launch.h"
#include "report/report.h"

#define REPORT_MOST_BYTES (64u * 1024u * 1024u)

static void show_progress(void *arg, size_t n_done, size_t n_all, const char *id)
{
    (void)arg;
    if (n_done == n_all)
        (void)fprintf(stderr, "\r\033[K");
    else
        (void)fprintf(stderr, "\r\033[K%zu of %zu checks  %s", n_done, n_all, id);
    (void)fflush(stderr);
}

static int columns(void)
{
    struct winsize size;

    return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col >= 40 ? size.ws_col : 80;
}

static int line_of(const void *arg, const char *section)
{
    return launch_line(arg, section);
}

/* The launch file's waivers, then those of --baseline. */
static bool gather_waivers(struct session *s, const struct options *o, struct audit_options *ret, struct err *reterr)
{
    struct waiver *baseline = NULL;
    size_t n_baseline = 0;

    if (o->baseline && !audit_baseline_load(s->arena, o->baseline, &baseline, &n_baseline, reterr))
        return false;
    struct waiver *all = arena_array(s->arena, s->launch.n_waivers + n_baseline + 1, sizeof *all);
    size_t n = 0;
    for (size_t i = 0; i < s->launch.n_waivers; i++) {
        const struct launch_waiver *w = &s->launch.waivers[i];
        all[n++] = (struct waiver){
            .check = w->check,
            .subject = w->subject,
            .reason = w->reason,
            .owner = w->owner,
            .until_s = w->until_s,
            .source = str_fmt(s->arena, "%s:%d", s->launch.path, w->line),
        };
    }
    if (n_baseline)
        memcpy(all + n, baseline, n_baseline * sizeof *all);
    ret->waivers = all;
    ret->n_waivers = n + n_baseline;
    return true;
}

static int write_report(struct session *s, const struct options *o, const struct audit *audit, cli_audit_write_fn write)
{
    const struct report *report = report_by_name(str_of(cli_format(o)));
    struct report_options options = {
        .color = cli_wants_color(o),
        .columns = columns(),
        .evidence = o->evidence,
        .quiet = o->quiet,
        .line_of = line_of,
        .line_arg = &s->launch,
    };
    enum severity fail_on = SEV_HIGH;
    struct buf out;

    bool never = strcmp(o->fail_on, "never") == 0;
    if (!never && !severity_from_word(str_of(o->fail_on), &fail_on))
        fail_on = SEV_HIGH;
    int status = audit_exit_status(audit, fail_on);
    if (never && status == EXIT_FINDINGS)
        status = audit->undecided ? EXIT_INCOMPLETE : 0;
    buf_init(&out, REPORT_MOST_BYTES);
    if (!(write ? write(s, audit, report, &options, &out) : report->write(audit, &options, &out))) {
        struct err err;
        err_set(&err, ERR_LIMIT, "the report is larger than %u bytes", REPORT_MOST_BYTES);
        status = cli_complain(&err);
    } else {
        status = cli_finish(o, buf_str(&out), status);
    }
    buf_free(&out);
    return status;
}

static int run_audit(struct session *s, const struct options *o, struct audit_options *options,
                     cli_audit_write_fn write)
{
    struct audit audit;
    struct err err;
    int status;

    audit_run(s->arena, s->facts, options, &audit);
    audit.launch_path = str_of(s->launch.path);
    if (options->progress)
        show_progress(NULL, 0, 0, "");
    status = write_report(s, o, &audit, write);
    if (o->record && !facts_record(s->facts, o->record, &err))
        status = cli_complain(&err);
    audit_free(&audit);
    return status;
}

int cli_audit(struct session *s, const struct options *o, const struct str_list *scope, cli_audit_write_fn write)
{
    struct err err;
    struct audit_options options = {
        .scope = scope ? *scope : (struct str_list){0},
        .only = o->only,
        .skip = o->skip,
        .stage = o->stage,
        .active = o->active,
        .cancel = s->cancel,
        .pool = s->checks_pool,
        .progress = cli_wants_progress(o) ? show_progress : NULL,
    };

    if ((o->offline || session_target_exists(s, &err)) && gather_waivers(s, o, &options, &err))
        return run_audit(s, o, &options, write);
    return cli_complain(&err);
}
