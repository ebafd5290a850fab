#include "proof/test_send.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "core/arena.h"
#include "core/clock.h"
#include "core/text.h"
#include "facts/facts.h"
#include "facts/observer.h"
#include "proof/mailbox.h"
#include "proof/smtp_send.h"

#define FIRST_GAP_MS 250
#define MOST_GAP_MS  15000
#define WIDE_EVERY   4u /* every so many polls, all folders */

struct sending {
    struct ask *q;
    const struct observer *outside;
    const struct test_setup *setup;
    const struct test_options *options;
    struct test_report *r;
    struct mono sent;
};

static void tell(const struct sending *s, const char *what, struct str where)
{
    if (s->options->tell)
        s->options->tell(s->options->context, str_fmt(s->q->arena, "%s %.*s", what, STR_ARG(where)).p);
}

static enum proof_problem problem_of(const char *word)
{
    for (int p = PROOF_FINE; p <= PROOF_JUNK; p++)
        if (strcmp(word, proof_problem_word((enum proof_problem)p)) == 0)
            return (enum proof_problem)p;
    return PROOF_CONNECTION;
}

static struct str words_of(struct arena *arena, const struct err *err)
{
    return err->cause[0] ? str_fmt(arena, "%s (%s)", err->text, err->cause) : str_dup(arena, str_of(err->text));
}

static const char *sending_advice(enum proof_problem p)
{
    switch (p) {
    case PROOF_LOGIN:
        return "Check email.test.user and email.test.password against the mail provider's console: many want an "
               "application password or an API key there";
    case PROOF_NO_TLS:
        return "Use the port where the server speaks TLS from the start (smtps://HOST:465), or turn STARTTLS on: "
               "passwords are never sent in clear";
    case PROOF_CERTIFICATE:
        return "Use the name that the certificate is made for in email.test.smtp, or renew it; a private authority is "
               "named with --ca-file";
    case PROOF_REJECTED:
        return "The server's words say why: often the sender's domain is not verified with the provider yet, or the "
               "account is still limited to confirmed recipients";
    case PROOF_DEFERRED:
        return "Run the test again in five to fifteen minutes; if it stays so, the provider limits this account";
    case PROOF_FINE:
    case PROOF_CONNECTION:
    case PROOF_MAILBOX:
    case PROOF_BY_HAND:
    case PROOF_NOT_ARRIVED:
    case PROOF_UNSEEN:
    case PROOF_SPF:
    case PROOF_DKIM:
    case PROOF_DMARC:
    case PROOF_JUNK: break;
    }
    return "Check host and port in email.test.smtp; many hosters block mail ports until one asks them, and 465 or 587 "
           "are usually open";
}

static bool hand_over(struct sending *s)
{
    struct proof *p = &s->r->proof;
    struct smtp_receipt receipt;
    struct err err;
    struct str message = test_message(s->q->arena, s->setup, p->token, p->at_s);

    tell(s, "handing a message to", s->r->smtp_place);
    bool ok = smtp_send(s->q, s->outside, &s->setup->smtp, s->setup->from, s->setup->to, message, &receipt, &err);
    s->sent = clock_mono();
    p->server_said = receipt.words;
    s->r->handed_over = ok;
    if (ok)
        return true;
    if (err.kind == ERR_CANCELLED) {
        s->r->cancelled = true;
        return false;
    }
    enum proof_problem kind = problem_of(receipt.problem);
    test_problem_add(s->q->arena, s->r, kind, words_of(s->q->arena, &err), "%s", sending_advice(kind));
    return false;
}

static void mailbox_failed(struct sending *s, const char *problem, const struct err *err)
{
    if (err->kind == ERR_CANCELLED) {
        s->r->cancelled = true;
        return;
    }
    struct str text = str_fmt(s->q->arena, "The mailbox cannot be read: %.*s", STR_ARG(words_of(s->q->arena, err)));
    bool login = problem && strcmp(problem, "login") == 0;
    test_problem_add(s->q->arena, s->r, PROOF_MAILBOX, text,
                     login ? "Check email.test.mailbox_password; the user is the address of email.test.to, and many "
                             "providers want an application password and IMAP turned on"
                           : "Check email.test.mailbox (imaps://HOST); or save the message by hand and give it with "
                             "--eml FILE");
}

/* Sleeps, or until the user interrupts. */
static void nap(const struct sending *s, int64_t ms)
{
    struct pollfd fd = {.fd = observer_cancel_fd(s->outside), .events = POLLIN};

    poll(&fd, fd.fd >= 0 ? 1 : 0, (int)ms);
}

static void not_arrived(struct sending *s, int64_t wait_ms)
{
    struct str text = str_fmt(
        s->q->arena,
        "The message did not arrive within %g s, neither in the inbox nor in another folder, though "
        "%.*s took it (\"%.*s\")",
        (double)wait_ms / 1000, STR_ARG(s->r->smtp_place),
        STR_ARG(str_first(s->r->proof.server_said, s->r->proof.server_said.n < 160 ? s->r->proof.server_said.n : 160)));
    test_problem_add(s->q->arena, s->r, PROOF_NOT_ARRIVED, text,
                     "Look the message up in the sending log of the mail provider by those words, and in the mailbox "
                     "of %.*s for a bounce; a receiver that greylists takes it after five to fifteen minutes: run "
                     "again with --wait 900",
                     STR_ARG(s->setup->from));
}

/* True: it is there, at *ret. */
static bool wait_for_it(struct sending *s, struct mailbox *m, struct mailbox_place *ret)
{
    int64_t wait_ms = s->options->wait_ms ? s->options->wait_ms : TEST_SEND_WAIT_MS, gap_ms = FIRST_GAP_MS;
    struct mono deadline = clock_in_ms(wait_ms);
    struct err err;
    bool found = false;

    for (unsigned poll_number = 1;; poll_number++) {
        bool last = clock_left_ms(deadline) == 0;
        if (!mailbox_find(m, s->r->proof.token, last || poll_number % WIDE_EVERY == 0, &found, ret, &err)) {
            mailbox_failed(s, NULL, &err);
            return false;
        }
        if (found)
            return true;
        if (observer_cancelled(s->outside)) {
            s->r->cancelled = true;
            return false;
        }
        if (last) {
            not_arrived(s, wait_ms);
            return false;
        }
        int64_t left_ms = clock_left_ms(deadline);
        nap(s, gap_ms < left_ms ? gap_ms : left_ms);
        gap_ms = gap_ms * 3 / 2 < MOST_GAP_MS ? gap_ms * 3 / 2 : MOST_GAP_MS;
    }
}

static void look_at(struct sending *s, struct mailbox *m, const struct mailbox_place *place)
{
    struct test_report *r = s->r;
    struct str raw;
    struct err err;

    r->proof.arrived_ms = clock_since_us(s->sent) / 1000;
    r->proof.folder = str_dup(s->q->arena, place->folder);
    r->proof.junk = place->junk;
    if (!mailbox_fetch(m, place, &raw, &err)) {
        mailbox_failed(s, NULL, &err);
        return;
    }
    if (!s->options->keep && !mailbox_remove(m, place, &err))
        str_list_add(s->q->arena, &r->notes,
                     str_fmt(s->q->arena, "the message stays in %.*s: %s", STR_ARG(r->proof.folder), err.text));
    if (!test_judge(s->q, s->setup, str_dup(s->q->arena, raw), r, &err)) {
        mailbox_failed(s, NULL, &err);
        return;
    }
    if (place->junk)
        test_problem_add(s->q->arena, r, PROOF_JUNK,
                         str_fmt(s->q->arena, "The message went to %.*s, not to the inbox", STR_ARG(r->proof.folder)),
                         "%s",
                         r->n_problems ? "Mend what is said above first: mail that fails these checks is taken for spam"
                                       : "SPF, DKIM and DMARC pass, so it is reputation or content: warm the domain up "
                                         "slowly, ask that provider's postmaster tools, and try another mailbox too");
}

static void receive(struct sending *s)
{
    struct mailbox *m = NULL;
    struct mailbox_place place;
    const char *problem = NULL;
    struct err err;

    tell(s, "waiting for it in", s->setup->mailbox.host);
    if (!mailbox_open(s->q, s->outside, &s->setup->mailbox, &m, &problem, &err)) {
        mailbox_failed(s, problem, &err);
        return;
    }
    if (wait_for_it(s, m, &place))
        look_at(s, m, &place);
    mailbox_close(m);
}

void test_send(struct ask *q, const struct observer *outside, const struct test_setup *setup,
               const struct test_options *options, struct test_report *ret)
{
    struct sending s = {.q = q, .outside = outside, .setup = setup, .options = options, .r = ret};

    *ret = (struct test_report){.smtp_place = str_of(post_account_place(q->arena, &setup->smtp))};
    ret->proof = (struct proof){.at_s = clock_wall_s(),
                                .from = setup->from,
                                .to = setup->to,
                                .mailbox_host = setup->has_mailbox ? setup->mailbox.host : STR_NONE,
                                .token = test_token_new(q->arena),
                                .arrived_ms = -1};
    if (hand_over(&s)) {
        if (setup->has_mailbox)
            receive(&s);
        else
            test_problem_add(q->arena, ret, PROOF_BY_HAND,
                             str_fmt(q->arena, "The message was sent, and nobody looked whether it arrived: the launch "
                                               "file has no email.test.mailbox"),
                             "Open the mailbox of %.*s, save the message whose subject ends in %.*s whole (\"show "
                             "original\", \"download message\") as FILE.eml, then: launchready email test-send --eml "
                             "FILE.eml",
                             STR_ARG(setup->to), STR_ARG(ret->proof.token));
    }
    test_conclude(ret);
}
