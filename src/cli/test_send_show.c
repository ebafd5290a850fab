#include "cli/test_send_show.h"

#include <jansson.h>
#include <stdlib.h>

#include "core/buf.h"
#include "core/clock.h"
#include "core/text.h"
#include "proof/test_send.h"
#include "report/term.h"

#define COLUMNS 80

/* ---- for people ---- */

static void show_field(struct term *t, const char *label, struct str text)
{
    term_field(t, label, text_safe(t->arena, text));
}

static void show_way(struct term *t, const struct test_report *r)
{
    const struct proof *p = &r->proof;

    if (r->handed_over)
        show_field(
            t, "Sent",
            str_fmt(t->arena, "through %.*s, which said \"%.*s\"", STR_ARG(r->smtp_place), STR_ARG(p->server_said)));
    if (p->by_hand)
        show_field(t, "Arrived",
                   str_fmt(t->arena, "on %.*s, by its own account; in which folder nobody saw",
                           STR_ARG(clock_rfc3339(t->arena, p->at_s))));
    else if (proof_arrived(p))
        show_field(t, "Arrived",
                   str_fmt(t->arena, "after %.1f s, in %.*s of %.*s", (double)p->arrived_ms / 1000, STR_ARG(p->folder),
                           STR_ARG(p->mailbox_host)));
    for (size_t i = 0; i < r->notes.n; i++)
        show_field(t, i ? "" : "Note", r->notes.v[i]);
}

static void show_results(struct term *t, const struct test_report *r)
{
    const struct proof *p = &r->proof;

    if (!r->verified)
        return;
    show_field(t, "SPF",
               str_fmt(t->arena, "%.*s for %.*s from %.*s%s: %.*s", STR_ARG(p->spf), STR_ARG(p->spf_domain),
                       STR_ARG(p->client_ip), p->spf_aligned ? ", aligned" : "", STR_ARG(p->spf_reason)));
    if (p->dkim_domain.n)
        show_field(t, "DKIM",
                   str_fmt(t->arena, "%.*s for %.*s, selector %.*s%s: %.*s", STR_ARG(p->dkim), STR_ARG(p->dkim_domain),
                           STR_ARG(p->dkim_selector), p->dkim_aligned ? ", aligned" : "", STR_ARG(p->dkim_reason)));
    else
        show_field(t, "DKIM", str_fmt(t->arena, "%.*s: %.*s", STR_ARG(p->dkim), STR_ARG(p->dkim_reason)));
    show_field(t, "DMARC",
               str_fmt(t->arena, "%.*s, policy %.*s: %.*s", STR_ARG(p->dmarc),
                       STR_ARG(p->dmarc_policy.n ? p->dmarc_policy : STR("none published")), STR_ARG(p->dmarc_reason)));
    show_field(t, "TLS", p->tls ? STR("on every way between servers") : STR("not everywhere: see the note"));
}

static void show_problems(struct term *t, const struct test_report *r)
{
    for (size_t i = 0; i < r->n_problems; i++) {
        term_line(t);
        show_field(t, "Problem", r->problems[i].text);
        if (r->problems[i].fix.n)
            show_field(t, "Fix", r->problems[i].fix);
    }
}

void test_send_text(const struct test_report *r, struct arena *arena, bool color, const char *path, struct buf *out)
{
    struct term t = {.out = out, .arena = arena, .color = color, .columns = COLUMNS};
    const struct proof *p = &r->proof;
    static const struct {
        const char *word;
        enum ink ink;
    } outcomes[] = {[TEST_PROVEN] = {"PROVEN", INK_GREEN},
                    [TEST_FAILING] = {"FAILING", INK_RED},
                    [TEST_UNPROVEN] = {"NOT PROVEN", INK_YELLOW}};

    if (r->cancelled)
        term_ink(&t, INK_YELLOW, "INTERRUPTED");
    else
        term_ink(&t, outcomes[r->outcome].ink, "%s", outcomes[r->outcome].word);
    struct str whole = str_fmt(arena, "  mail from %.*s to %.*s", STR_ARG(p->from), STR_ARG(p->to));
    term_put(&t, text_safe(arena, whole));
    term_line(&t);
    show_way(&t, r);
    show_results(&t, r);
    show_problems(&t, r);
    if (path) {
        term_line(&t);
        show_field(&t, "Record", str_fmt(arena, "%s%s", path, r->message.n ? ", and the message beside it" : ""));
    }
}

/* ---- for scripts ---- */

static json_t *text_of(struct arena *arena, struct str s)
{
    struct str safe = text_safe(arena, s);

    return safe.n ? json_stringn(safe.p, safe.n) : json_null();
}

static json_t *results_of(struct arena *arena, const struct test_report *r)
{
    const struct proof *p = &r->proof;
    json_t *all = json_object(), *signatures = json_array();

    json_object_set_new(all, "spf",
                        json_pack("{s:o, s:o, s:o, s:b, s:o}", "result", text_of(arena, p->spf), "domain",
                                  text_of(arena, p->spf_domain), "client_ip", text_of(arena, p->client_ip), "aligned",
                                  p->spf_aligned, "reason", text_of(arena, p->spf_reason)));
    for (size_t i = 0; r->verified && i < r->verified->n_dkim; i++) {
        const struct dkim_verdict *d = &r->verified->dkim[i];
        json_array_append_new(signatures,
                              json_pack("{s:o, s:o, s:s, s:o, s:o}", "domain", text_of(arena, d->signature.domain),
                                        "selector", text_of(arena, d->signature.selector), "result",
                                        dkim_result_word(d->result), "reason", text_of(arena, d->reason), "hint",
                                        text_of(arena, d->hint_text)));
    }
    json_object_set_new(all, "dkim", signatures);
    json_object_set_new(all, "dmarc",
                        json_pack("{s:o, s:o, s:o, s:b, s:b}", "result", text_of(arena, p->dmarc), "policy",
                                  text_of(arena, p->dmarc_policy), "reason", text_of(arena, p->dmarc_reason),
                                  "spf_aligned", p->spf_aligned, "dkim_aligned", p->dkim_aligned));
    json_object_set_new(all, "tls", json_boolean(p->tls));
    json_object_set_new(all, "unsubscribe", json_boolean(p->unsubscribe));
    return all;
}

void test_send_json(const struct test_report *r, struct arena *arena, const char *path, struct buf *out)
{
    static const char *const outcomes[] = {
        [TEST_PROVEN] = "proven", [TEST_FAILING] = "failing", [TEST_UNPROVEN] = "unproven"};
    const struct proof *p = &r->proof;
    json_t *problems = json_array(), *notes = json_array();

    for (size_t i = 0; i < r->n_problems; i++)
        json_array_append_new(problems, json_pack("{s:s, s:o, s:o}", "problem", proof_problem_word(r->problems[i].kind),
                                                  "text", text_of(arena, r->problems[i].text), "fix",
                                                  text_of(arena, r->problems[i].fix)));
    for (size_t i = 0; i < r->notes.n; i++)
        json_array_append_new(notes, text_of(arena, r->notes.v[i]));
    json_t *all =
        json_pack("{s:s, s:s, s:s, s:b, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:b, s:b, s:o, s:o, s:o, s:s?}", "schema",
                  "launchready.test-send/1", "outcome", r->cancelled ? "interrupted" : outcomes[r->outcome], "at",
                  clock_rfc3339(arena, p->at_s).p, "handed_over", r->handed_over, "from", text_of(arena, p->from), "to",
                  text_of(arena, p->to), "token", text_of(arena, p->token), "server", text_of(arena, r->smtp_place),
                  "server_said", text_of(arena, p->server_said), "arrived_ms",
                  p->arrived_ms >= 0 ? json_integer(p->arrived_ms) : json_null(), "folder", text_of(arena, p->folder),
                  "junk", p->junk, "by_hand", p->by_hand, "results", r->verified ? results_of(arena, r) : json_null(),
                  "problems", problems, "notes", notes, "record", path);
    char *text = json_dumps(all, JSON_COMPACT);
    buf_fmt(out, "%s\n", text ? text : "");
    free(text);
    json_decref(all);
}
