/* What the last test send proved: a message that really went out and came in. */
#include "checks/catalogue.h"
#include "checks/check.h"
#include "core/clock.h"
#include "core/err.h"
#include "facts/fact_proof.h"
#include "launch/launch.h"

#define FRESH_S   (30 * (int64_t)86400)
#define DAY_S     86400
#define PROMPT_MS (300 * (int64_t)1000)
#define RUN_IT    "launchready email test-send"

static const struct proof *unseen(struct ask *q, enum err_kind kind, const char *why)
{
    struct err err;

    err_set(&err, kind, "%s", why);
    return ask_note(q, STR("email-proof"), &err);
}

/* The proof, whatever it says; NULL with the reason noted, or said, when there is none to judge. */
static const struct proof *find_proof(struct ask *q, struct findings *out)
{
    if (q->launch->email.none) {
        say(out, NOT_APPLICABLE, q->domain, "the launch file says that this site sends no mail");
        return NULL;
    }
    const struct fact_proof *f = fact_proof(q);
    if (!f)
        return NULL;
    if (!f->exists)
        return unseen(
            q, ERR_NEEDS,
            q->launch->email.smtp.n
                ? "no test message was sent yet: run " RUN_IT
                : "no test message was sent: the launch file has no email.test with smtp, from, to and mailbox");
    if (f->proof.at_s > q->now_s + DAY_S)
        return unseen(q, ERR_PARSE, "the record of the test send is dated in the future");
    return &f->proof;
}

/* Of a message that was seen and verified. */
static const struct proof *find_message(struct ask *q, struct findings *out)
{
    const struct proof *p = find_proof(q, out);

    if (p && !p->dmarc.n)
        return unseen(q, ERR_NEEDS, "the test message was not seen to arrive: see email.test-send");
    return p;
}

static bool is_old(const struct ask *q, const struct proof *p)
{
    return q->now_s - p->at_s > FRESH_S;
}

static void add_evidence(struct findings *out, struct finding *f, const struct proof *p)
{
    finding_evidence(out, f, "sent", STR_NONE, p->at_s, "%.*s to %.*s", STR_ARG(p->from), STR_ARG(p->to));
    if (p->server_said.n)
        finding_evidence(out, f, "outgoing server", STR_NONE, p->at_s, "%.*s", STR_ARG(p->server_said));
    if (p->folder.n)
        finding_evidence(out, f, "arrived", p->mailbox_host, p->at_s, "in %.*s after %.1f s", STR_ARG(p->folder),
                         (double)p->arrived_ms / 1000);
    if (p->spf.n)
        finding_evidence(out, f, "SPF", p->spf_domain, p->at_s, "%.*s: %.*s", STR_ARG(p->spf), STR_ARG(p->spf_reason));
    if (p->dkim.n)
        finding_evidence(out, f, "DKIM", p->dkim_domain, p->at_s, "%.*s: %.*s", STR_ARG(p->dkim),
                         STR_ARG(p->dkim_reason));
    if (p->dmarc.n)
        finding_evidence(out, f, "DMARC", STR_NONE, p->at_s, "%.*s: %.*s", STR_ARG(p->dmarc), STR_ARG(p->dmarc_reason));
}

static void say_old(struct ask *q, struct findings *out, const struct proof *p)
{
    struct finding *f =
        say(out, WARN, p->from, "the last test message is %lld days old", (long long)((q->now_s - p->at_s) / DAY_S));

    add_evidence(out, f, p);
    finding_command(out, f, RUN_IT);
    finding_fix(out, f, "Send a new one: keys, records and providers change. " RUN_IT);
}

/* True when it was not seen what became of the message: nothing failed, and nothing is proven. */
static bool is_open(const struct proof *p)
{
    return p->problem == PROOF_MAILBOX || p->problem == PROOF_BY_HAND || p->problem == PROOF_UNSEEN;
}

void check_email_test_send(struct ask *q, struct findings *out)
{
    const struct proof *p = find_proof(q, out);

    if (!p)
        return;
    if (is_open(p)) {
        struct err err;
        err_set(&err, ERR_NEEDS, "%.*s", STR_ARG(p->failure));
        ask_note(q, STR("email-proof"), &err);
    } else if (p->problem != PROOF_FINE && p->problem != PROOF_JUNK) {
        struct finding *f = say(out, FAIL, p->from, "%.*s", STR_ARG(p->failure));
        add_evidence(out, f, p);
        finding_fix(out, f, "%.*s, then send a new test message: " RUN_IT, STR_ARG(p->fix));
        finding_command(out, f, RUN_IT);
    } else if (is_old(q, p)) {
        say_old(q, out, p);
    }
}

void check_email_inbox_placement(struct ask *q, struct findings *out)
{
    const struct proof *p = find_message(q, out);

    if (!p)
        return;
    if (p->by_hand) {
        unseen(q, ERR_NEEDS, "the test message was saved by hand: nobody saw in which folder it arrived, or when");
    } else if (p->junk) {
        struct finding *f =
            say(out, FAIL, p->to, "the test message went to %.*s, not to the inbox", STR_ARG(p->folder));
        add_evidence(out, f, p);
        finding_fix(out, f, "%s",
                    p->problem == PROOF_JUNK
                        ? "SPF, DKIM and DMARC pass, so it is reputation or content. Send little and to people who "
                          "asked for it, look at the mailbox provider's postmaster tools, then send a new test message"
                        : "First mend what email.test-send says: mail that fails these checks is taken for spam");
        finding_command(out, f, RUN_IT);
    } else if (p->arrived_ms > PROMPT_MS) {
        struct finding *f =
            say(out, WARN, p->to, "the test message took %lld minutes", (long long)(p->arrived_ms / 60000));
        add_evidence(out, f, p);
        finding_fix(out, f, "Compare the dates of its Received fields: the server before the longest gap held it back");
    } else if (is_old(q, p)) {
        say_old(q, out, p);
    }
}

void check_email_alignment(struct ask *q, struct findings *out)
{
    const struct proof *p = find_message(q, out);

    if (!p)
        return;
    if (p->problem == PROOF_UNSEEN) {
        unseen(q, ERR_NEEDS, "a name server did not answer when the test message was verified: run " RUN_IT);
    } else if (!p->spf_aligned && !p->dkim_aligned) {
        struct finding *f = say(out, FAIL, p->from, "neither SPF nor DKIM vouches for the domain in From");
        add_evidence(out, f, p);
        finding_fix(out, f,
                    "At the mail provider set up DKIM for your own domain (it signs with d=%.*s then), and its custom "
                    "return path, a host of yours that bounces go to",
                    STR_ARG(q->domain));
    } else if (!p->dkim_aligned) {
        struct finding *f = say(out, WARN, p->from, "only SPF vouches for the domain in From");
        add_evidence(out, f, p);
        finding_fix(out, f,
                    "Set up DKIM for your own domain at the mail provider: SPF alone is lost whenever somebody "
                    "forwards the message");
    } else if (is_old(q, p)) {
        say_old(q, out, p);
    }
}

void check_email_unsubscribe(struct ask *q, struct findings *out)
{
    if (!q->launch->email.bulk) {
        say(out, NOT_APPLICABLE, q->domain, "the launch file names no newsletters (email.bulk)");
        return;
    }
    const struct proof *p = find_message(q, out);
    if (!p || p->unsubscribe)
        return;
    if (!p->by_hand) {
        unseen(q, ERR_NEEDS,
               "the test message is no newsletter: send yourself one, save it and run " RUN_IT " --eml FILE");
        return;
    }
    struct finding *f = say(out, FAIL, p->from, "the newsletter cannot be left with one click");
    add_evidence(out, f, p);
    finding_expected(out, f, "List-Unsubscribe: <https://...> and List-Unsubscribe-Post: List-Unsubscribe=One-Click");
    finding_fix(out, f,
                "Turn one-click unsubscribe on at the newsletter provider, or add both header fields "
                "(RFC 8058): an https address that takes a POST and needs no log-in");
}

void check_handover_email_evidence(struct ask *q, struct findings *out)
{
    const struct proof *p = find_proof(q, out);

    if (!p)
        return;
    if (is_open(p)) {
        struct err err;
        err_set(&err, ERR_NEEDS, "%.*s", STR_ARG(p->failure));
        ask_note(q, STR("email-proof"), &err);
    } else if (p->problem != PROOF_FINE || is_old(q, p)) {
        struct finding *f = p->problem != PROOF_FINE
                                ? say(out, FAIL, p->from, "the last test send did not pass: %.*s", STR_ARG(p->failure))
                                : say(out, FAIL, p->from, "the last passing test send is of %.*s: older than 30 days",
                                      STR_ARG(clock_date(out->arena, p->at_s)));
        add_evidence(out, f, p);
        finding_fix(out, f, "%s",
                    p->problem != PROOF_FINE ? "Mend what email.test-send and email.inbox-placement say, then " RUN_IT
                                             : "Send a new test message before you hand over: " RUN_IT);
        finding_command(out, f, RUN_IT);
    }
}
