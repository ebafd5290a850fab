/* email_test_send.c - `launchready email test-send`: proves with a real message that mail arrives and is believed. */
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/email.h"
#include "cli/session.h"
#include "cli/test_send_show.h"
#include "core/arena.h"
#include "core/buf.h"
#include "core/cancel.h"
#include "core/err.h"
#include "core/file.h"
#include "proof/proof_store.h"
#include "proof/test_send.h"

#define OUT_MOST_BYTES (1024u * 1024u)

static void tell_person(void *context, const char *line)
{
    (void)context;
    (void)fprintf(stderr, "launchready: %s\n", line);
}

/* What to write into the launch file, for somebody who has nothing there yet. */
static int complain_of_setup(const struct session *s, const struct err *err)
{
    int status = cli_complain(err);

    if (err->kind == ERR_NEEDS)
        (void)fprintf(stderr,
                      "Add to %s, with the passwords in the environment:\n"
                      "  email:\n"
                      "    test: {smtp: \"smtps://smtp.example:465\", user: \"${SMTP_USER}\", password: "
                      "\"${SMTP_PASSWORD}\",\n"
                      "           from: hello@%.*s, to: YOU@YOUR-OTHER-PROVIDER, mailbox: "
                      "\"imaps://imap.YOUR-OTHER-PROVIDER\",\n"
                      "           mailbox_password: \"${BOX_PASSWORD}\"}\n",
                      s->launch.path[0] ? s->launch.path : "launchready.yaml", STR_ARG(s->domain));
    return status;
}

static bool judge_file(struct ask *q, const struct options *o, const struct test_setup *setup, struct test_report *ret,
                       struct err *reterr)
{
    struct proof pending;
    struct str text;
    bool has_pending = proof_load(q->arena, q->launch->path, &pending, NULL);

    if (!file_read(q->arena, strcmp(o->eml, "-") ? o->eml : "/dev/stdin", MESSAGE_MOST_BYTES, &text, reterr) ||
        !test_of_file(q, setup, text, has_pending ? &pending : NULL, ret, reterr)) {
        reterr->kind = ERR_USAGE;
        return err_at(reterr, "%s", o->eml);
    }
    return true;
}

static int status_of(const struct test_report *r)
{
    if (r->cancelled)
        return EXIT_INTERRUPTED;
    return r->outcome == TEST_PROVEN ? EXIT_OK : r->outcome == TEST_FAILING ? EXIT_FINDINGS : EXIT_INCOMPLETE;
}

static int show(struct session *s, const struct options *o, const struct test_report *r)
{
    struct str path = proof_path(s->arena, s->launch.path, PROOF_FILE);
    int status = status_of(r);
    struct err err;
    struct buf out;

    /* An interrupted send proves nothing, also not that mail fails: the last record stays. */
    bool kept = !r->cancelled && proof_store(s->arena, s->launch.path, &r->proof, r->message, &err);
    if (!kept && !r->cancelled)
        status = cli_complain(&err);
    buf_init(&out, OUT_MOST_BYTES);
    if (strcmp(cli_format(o), "json") == 0)
        test_send_json(r, s->arena, kept ? path.p : NULL, &out);
    else
        test_send_text(r, s->arena, cli_wants_color(o), kept ? path.p : NULL, &out);
    status = cli_finish(o, buf_str(&out), status);
    buf_free(&out);
    return status;
}

static int run(struct session *s, const struct options *o)
{
    struct ask q = facts_ask(s->facts, s->arena);
    struct test_options how = {.wait_ms = o->wait_ms, .keep = o->keep};
    struct test_setup setup;
    struct test_report report;
    struct err err;

    if (o->replay || o->record) {
        err_set(&err, ERR_USAGE, "a test send is neither recorded nor replayed");
        return cli_complain(&err);
    }
    if (!test_setup_read(&q, &setup, &err))
        return complain_of_setup(s, &err);
    if (o->eml) {
        if (!judge_file(&q, o, &setup, &report, &err))
            return cli_complain(&err);
    } else if (o->offline) {
        err_set(&err, ERR_OFFLINE, "a test send needs the network, and --offline forbids it");
        return cli_complain(&err);
    } else {
        if (cli_wants_progress(o))
            how.tell = tell_person;
        test_send(&q, s->observer, &setup, &how, &report);
    }
    return show(s, o, &report);
}

int email_test_send(const struct options *o)
{
    struct session *s = NULL;
    struct err err;

    if (!session_open(o, &s, &err))
        return cli_complain(&err);
    int status = run(s, o);
    session_close(s);
    return status;
}
