/* The checks that judge the last test send, each row one change of a good one. */
#include "checks/check.h"
#include "facts/fact_proof.h"
#include "launch/launch.h"
#include "test.h"

#define NOW 1795550000
#define DAY 86400

enum { SEND, PLACEMENT, ALIGNMENT, UNSUBSCRIBE, EVIDENCE, N_CHECKS };
static const char *const ids[N_CHECKS] = {"email.test-send", "email.inbox-placement", "email.alignment",
                                          "email.unsubscribe", "handover.email-evidence"};

struct scene {
    struct launch launch;
    struct fact_proof fact;
    bool unreadable;
};

static void nothing(struct scene *s)
{
    s->fact.exists = false;
}
static void unconfigured(struct scene *s)
{
    s->fact.exists = false;
    s->launch.email.smtp = STR_NONE;
}
static void no_file(struct scene *s)
{
    s->launch.path = "";
}
static void unreadable(struct scene *s)
{
    s->unreadable = true;
}
static void silent_site(struct scene *s)
{
    s->launch.email.none = true;
}
static void almost_old(struct scene *s)
{
    s->fact.proof.at_s = NOW - 30 * DAY;
}
static void old(struct scene *s)
{
    s->fact.proof.at_s = NOW - 31 * DAY;
}
static void future(struct scene *s)
{
    s->fact.proof.at_s = NOW + 2 * DAY;
}
static void refused(struct scene *s)
{
    s->fact.proof = (struct proof){.at_s = NOW,
                                   .arrived_ms = -1,
                                   .problem = PROOF_LOGIN,
                                   .failure = STR("refused"),
                                   .from = STR("a@shop.example")};
}
static void unread(struct scene *s)
{
    refused(s);
    s->fact.proof.problem = PROOF_MAILBOX;
}
static void unsigned_mail(struct scene *s)
{
    s->fact.proof.dkim = STR("none");
    s->fact.proof.dkim_aligned = false;
    s->fact.proof.problem = PROOF_DKIM;
    s->fact.proof.failure = STR("not signed");
}
static void misaligned(struct scene *s)
{
    s->fact.proof.dmarc = STR("fail");
    s->fact.proof.dkim_aligned = s->fact.proof.spf_aligned = false;
    s->fact.proof.problem = PROOF_DMARC;
    s->fact.proof.failure = STR("not aligned");
}
static void by_dkim_alone(struct scene *s)
{
    s->fact.proof.spf_aligned = false;
}
static void timed_out(struct scene *s)
{
    s->fact.proof.dmarc = STR("temperror");
    s->fact.proof.dkim_aligned = s->fact.proof.spf_aligned = false;
    s->fact.proof.problem = PROOF_UNSEEN;
    s->fact.proof.failure = STR("no answer");
}
static void junk(struct scene *s)
{
    s->fact.proof.junk = true;
    s->fact.proof.problem = PROOF_JUNK;
    s->fact.proof.failure = STR("junk");
}
static void slow(struct scene *s)
{
    s->fact.proof.arrived_ms = 301 * 1000;
}
static void newsletters(struct scene *s)
{
    s->launch.email.bulk = true;
}
static void newsletter_seen(struct scene *s)
{
    s->launch.email.bulk = true;
    s->fact.proof.by_hand = true;
}
static void newsletter_good(struct scene *s)
{
    newsletter_seen(s);
    s->fact.proof.unsubscribe = true;
}

static const struct {
    const char *why;
    void (*change)(struct scene *s);
    enum status wanted[N_CHECKS];
} rows[] = {
    {"all is well", NULL, {PASS, PASS, PASS, NOT_APPLICABLE, PASS}},
    {"nothing was sent", nothing, {UNKNOWN, UNKNOWN, UNKNOWN, NOT_APPLICABLE, UNKNOWN}},
    {"nothing can be sent", unconfigured, {UNKNOWN, UNKNOWN, UNKNOWN, NOT_APPLICABLE, UNKNOWN}},
    {"no launch file", no_file, {UNKNOWN, UNKNOWN, UNKNOWN, NOT_APPLICABLE, UNKNOWN}},
    {"a broken record", unreadable, {UNKNOWN, UNKNOWN, UNKNOWN, NOT_APPLICABLE, UNKNOWN}},
    {"no mail at all", silent_site, {NOT_APPLICABLE, NOT_APPLICABLE, NOT_APPLICABLE, NOT_APPLICABLE, NOT_APPLICABLE}},
    {"thirty days", almost_old, {PASS, PASS, PASS, NOT_APPLICABLE, PASS}},
    {"a day more", old, {WARN, WARN, WARN, NOT_APPLICABLE, FAIL}},
    {"tomorrow's", future, {UNKNOWN, UNKNOWN, UNKNOWN, NOT_APPLICABLE, UNKNOWN}},
    {"log-in refused", refused, {FAIL, UNKNOWN, UNKNOWN, NOT_APPLICABLE, FAIL}},
    {"the mailbox could not be read", unread, {UNKNOWN, UNKNOWN, UNKNOWN, NOT_APPLICABLE, UNKNOWN}},
    {"not signed", unsigned_mail, {FAIL, PASS, WARN, NOT_APPLICABLE, FAIL}},
    {"aligned with nobody", misaligned, {FAIL, PASS, FAIL, NOT_APPLICABLE, FAIL}},
    {"aligned by DKIM alone", by_dkim_alone, {PASS, PASS, PASS, NOT_APPLICABLE, PASS}},
    {"a look-up failed", timed_out, {UNKNOWN, PASS, UNKNOWN, NOT_APPLICABLE, UNKNOWN}},
    {"junk", junk, {PASS, FAIL, PASS, NOT_APPLICABLE, FAIL}},
    {"slow", slow, {PASS, WARN, PASS, NOT_APPLICABLE, PASS}},
    {"newsletters, and none was looked at", newsletters, {PASS, PASS, PASS, UNKNOWN, PASS}},
    {"a newsletter that cannot be left", newsletter_seen, {PASS, UNKNOWN, PASS, FAIL, PASS}},
    {"a good newsletter", newsletter_good, {PASS, UNKNOWN, PASS, PASS, PASS}},
};

static void begin(struct scene *s)
{
    launch_empty(&s->launch, STR("shop.example"));
    s->launch.path = "launchready.yaml";
    s->launch.email.smtp = STR("smtps://smtp.example");
    s->fact = (struct fact_proof){.path = STR(PROOF_FILE), .exists = true};
    s->fact.proof = (struct proof){.at_s = NOW - DAY,
                                   .from = STR("hello@shop.example"),
                                   .to = STR("probe@box.example"),
                                   .mailbox_host = STR("box.example"),
                                   .arrived_ms = 900,
                                   .folder = STR("INBOX"),
                                   .spf = STR("pass"),
                                   .dkim = STR("pass"),
                                   .dmarc = STR("pass"),
                                   .spf_aligned = true,
                                   .dkim_aligned = true,
                                   .tls = true};
}

static enum status judge(struct scene *s, const char *id)
{
    struct arena *arena = arena_new(ARENA_MB(8));
    struct facts *facts =
        facts_new(&(struct facts_setup){.launch = &s->launch, .domain = STR("shop.example"), .now_s = NOW});
    struct ask q = facts_ask(facts, arena);
    const struct check *check = check_by_id(str_of(id));
    struct findings out = {.arena = arena, .check = check};
    struct err err;

    err_set(&err, ERR_PARSE, "the record of the test send is not JSON");
    if (s->unreadable)
        facts_put_err(facts, &email_proof_kind, STR(PROOF_FILE), &err);
    else
        facts_put(facts, &email_proof_kind, STR(PROOF_FILE), &s->fact);
    assert_non_null(check);
    check_run(check, &q, &out);
    assert_int_equal(out.n, 1);
    enum status status = out.v[0]->status;
    if ((status == FAIL || status == WARN) && !out.v[0]->fix_text.n)
        fail_msg("%s: no word on what to do", id);
    facts_free(facts);
    arena_free(arena);
    return status;
}

static void each_row(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_OF(rows); i++)
        for (size_t c = 0; c < N_CHECKS; c++) {
            struct scene s = {.unreadable = false};
            begin(&s);
            if (rows[i].change)
                rows[i].change(&s);
            enum status got = judge(&s, ids[c]);
            if (got != rows[i].wanted[c])
                fail_msg("%s: %s is %s, wanted %s", rows[i].why, ids[c], status_word(got),
                         status_word(rows[i].wanted[c]));
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(each_row)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
