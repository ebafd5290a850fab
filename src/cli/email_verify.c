/* email_verify.c - `launchready email verify FILE|-`: one message, or each of a mailbox file, judged as a receiver
 * does. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/email.h"
#include "cli/session.h"
#include "core/arena.h"
#include "core/buf.h"
#include "core/cancel.h"
#include "core/clock.h"
#include "core/err.h"
#include "core/file.h"
#include "core/ip.h"
#include "core/text.h"
#include "facts/fact_mail.h"
#include "mail/verify.h"
#include "report/message_report.h"

#define FILE_MOST_BYTES   ((size_t)256 * 1024 * 1024)
#define FILE_ARENA_BYTES  (FILE_MOST_BYTES + 1024 * 1024)
#define ARENA_BYTES       ((size_t)4 * 1024 * 1024 * 1024) /* a header of 32 MiB is copied by each that reads it */
#define OUTPUT_MOST_BYTES ((size_t)256 * 1024 * 1024)
#define MESSAGES_MOST     1000u

struct verifying {
    const struct options *o;
    struct session *session;
    struct verify_options options;
    struct buf out;
    bool json;
    size_t n, n_outcome[VERIFY_UNSEEN + 1], n_unread;
};

static bool read_stdin(struct arena *arena, struct str *ret, struct err *reterr)
{
    char piece[16384];
    struct buf all;
    ssize_t got;
    bool ok = true;

    buf_init(&all, FILE_MOST_BYTES);
    while (ok && ((got = read(STDIN_FILENO, piece, sizeof piece)) > 0 || (got < 0 && errno == EINTR)))
        if (got > 0 && !buf_add(&all, str_n(piece, (size_t)got)))
            ok = err_set(reterr, ERR_LIMIT, "the standard input is larger than %zu bytes", all.most);
    if (ok && got < 0)
        ok = err_set(reterr, ERR_SYSTEM, "cannot read the standard input: %s", strerror(errno));
    if (ok)
        *ret = str_dup(arena, buf_str(&all));
    buf_free(&all);
    return ok;
}

/* What the messages of the file are, or why it cannot be looked at: then it is the user's to mend (exit 2). */
static bool read_input(struct arena *arena, const char *path, struct str *ret, struct err *reterr)
{
    bool is_pipe = !strcmp(path, "-");

    if (is_pipe ? !read_stdin(arena, ret, reterr) : !file_read(arena, path, FILE_MOST_BYTES, ret, reterr)) {
        reterr->kind = ERR_USAGE;
        return false;
    }
    return str_trim(*ret).n ||
           err_set(reterr, ERR_USAGE, "%s is empty: there is no message in it", is_pipe ? "the standard input" : path);
}

static size_t count_messages(struct str text)
{
    struct str one;
    size_t n = 0;

    while (n <= MESSAGES_MOST && message_next(&text, &one))
        n++;
    return n;
}

static bool take_options(const struct options *o, struct verify_options *ret, struct err *reterr)
{
    struct ip ip;

    *ret = (struct verify_options){.client_ip = str_of(o->client_ip),
                                   .mail_from = str_of(o->mail_from),
                                   .helo = str_of(o->helo),
                                   .trusted = str_of(o->trusted),
                                   .bulk = o->bulk};
    if (o->client_ip && !ip_parse(ret->client_ip, &ip))
        return err_set(reterr, ERR_USAGE, "--client-ip %.60s is not an IPv4 or IPv6 address", o->client_ip);
    if (o->mail_from && !ret->mail_from.n)
        ret->mail_from = STR("<>");
    return true;
}

static void add_report(struct verifying *v, struct arena *arena, const struct verify_report *r, size_t index)
{
    if (v->json) {
        (void)message_report_json(r, arena, v->n > 1, v->n > 1 ? index : 0, &v->out);
        return;
    }
    if (index > 1)
        buf_add_char(&v->out, '\n');
    if (v->n > 1)
        buf_fmt(&v->out, "---- %zu of %zu ----\n", index, v->n);
    (void)message_report_text(r, arena, cli_wants_color(v->o), &v->out);
}

static void add_unread(struct verifying *v, const struct err *why, size_t index)
{
    v->n_unread++;
    if (v->json)
        (void)message_report_unread(why->text, index, &v->out);
    else
        buf_fmt(&v->out, "%s---- %zu of %zu ----\ncannot be read: %s\n", index > 1 ? "\n" : "", index, v->n, why->text);
}

/* Any file has lines with a colon. A message has at least one of these. */
static bool is_message(const struct message *m)
{
    static const char *const fields[] = {"From",         "To",          "Subject",        "Date",        "Message-ID",
                                         "Received",     "Return-Path", "DKIM-Signature", "Reply-To",    "Sender",
                                         "MIME-Version", "Cc",          "Delivered-To",   "Content-Type"};

    for (size_t i = 0; i < N_OF(fields); i++)
        if (message_count(m, str_of(fields[i])))
            return true;
    return false;
}

/* False for a message alone that cannot be read; one of many is told in its place. */
static bool verify_one(struct verifying *v, struct str text, size_t index, struct err *reterr)
{
    struct arena *arena = arena_new(ARENA_BYTES);
    struct ask q = facts_ask(v->session->facts, arena);
    struct mail_resolver dns = fact_mail_resolver(&q);
    struct verify_report report;
    struct message m;
    bool ok = message_parse(arena, text, &m, reterr) &&
              (is_message(&m) ||
               err_set(reterr, ERR_PARSE, "this is not a message: it has no field such as From, Date or Received"));

    if (ok) {
        v->options.now_s = q.now_s;
        verify_message(arena, &dns, &m, &v->options, &report);
        if (!cancel_asked(v->session->cancel)) {
            v->n_outcome[verify_outcome(&report)]++;
            add_report(v, arena, &report, index);
        }
    } else if (v->n > 1) {
        add_unread(v, reterr, index);
        ok = true;
    }
    arena_free(arena);
    return ok;
}

static bool verify_all(struct verifying *v, struct str text, struct err *reterr)
{
    struct str one;

    v->n = count_messages(text);
    if (v->n > MESSAGES_MOST)
        return err_set(reterr, ERR_USAGE, "%s holds more than %u messages: split it", v->o->args[0], MESSAGES_MOST);
    for (size_t i = 1; message_next(&text, &one); i++) {
        if (!verify_one(v, one, i, reterr)) {
            reterr->kind = ERR_USAGE;
            return err_at(reterr, "%s", v->o->args[0]);
        }
        if (cancel_asked(v->session->cancel))
            return err_set(reterr, ERR_CANCELLED, "interrupted");
    }
    if (v->n > 1 && !v->json) {
        buf_fmt(&v->out, "\n%zu messages: %zu pass, %zu fail, %zu could not be decided", v->n,
                v->n_outcome[VERIFY_PASS], v->n_outcome[VERIFY_FAIL], v->n_outcome[VERIFY_UNSEEN]);
        if (v->n_unread)
            buf_fmt(&v->out, ", %zu could not be read", v->n_unread);
        buf_add_char(&v->out, '\n');
    }
    return !v->out.full || err_set(reterr, ERR_LIMIT, "the result is larger than %zu bytes", OUTPUT_MOST_BYTES);
}

/* What fails is certain; what could not be seen comes after it. */
static int status_of(const struct verifying *v)
{
    if (v->n_outcome[VERIFY_FAIL])
        return EXIT_FINDINGS;
    return v->n_outcome[VERIFY_UNSEEN] || v->n_unread ? EXIT_INCOMPLETE : EXIT_OK;
}

static int run(struct verifying *v, struct arena *arena)
{
    struct str text;
    struct err err;
    int status;

    if (!take_options(v->o, &v->options, &err) || !read_input(arena, v->o->args[0], &text, &err))
        return cli_complain(&err);
    if (!session_open_name(v->o, "", &v->session, &err))
        return cli_complain(&err);
    if (verify_all(v, text, &err))
        status = cli_finish(v->o, buf_str(&v->out), status_of(v));
    else
        status = cli_complain(&err);
    if (v->o->record && !facts_record(v->session->facts, v->o->record, &err))
        status = cli_complain(&err);
    session_close(v->session);
    return status;
}

int email_verify(const struct options *o)
{
    struct verifying v = {.o = o, .json = !strcmp(cli_format(o), "json")};
    struct err err;

    if (!o->n_args) {
        err_set(&err, ERR_USAGE,
                "email verify needs a message: a file as saved from a mail program (.eml), a mailbox file, or - "
                "for the standard input");
        return cli_complain(&err);
    }
    struct arena *arena = arena_new(FILE_ARENA_BYTES);
    buf_init(&v.out, OUTPUT_MOST_BYTES);
    int status = run(&v, arena);
    buf_free(&v.out);
    arena_free(arena);
    return status;
}
