/* What a received message proves. */
#include <stdarg.h>
#include <string.h>

#include "core/arena.h"
#include "core/clock.h"
#include "core/err.h"
#include "core/text.h"
#include "facts/fact_mail.h"
#include "launch/launch.h"
#include "launch/name.h"
#include "proof/test_send.h"

#define SLOW_HOP_S 3
#define MONTH_S    (30 * (int64_t)86400)
#define TEXT_MOST  300u

void test_problem_add(struct arena *arena, struct test_report *r, enum proof_problem kind, struct str text,
                      const char *fix, ...)
{
    va_list args;

    if (r->n_problems == TEST_MOST_PROBLEMS)
        return;
    va_start(args, fix);
    struct str how = str_vfmt(arena, fix, args);
    va_end(args);
    r->problems[r->n_problems++] = (struct test_problem){kind, text_safe(arena, text), text_safe(arena, how)};
}

void test_conclude(struct test_report *r)
{
    const struct test_problem *first = r->n_problems ? &r->problems[0] : NULL;

    r->outcome = !first ? TEST_PROVEN : r->verified ? TEST_FAILING : TEST_UNPROVEN;
    if (first && first->kind == PROOF_UNSEEN)
        r->outcome = TEST_UNPROVEN;
    r->proof.problem = first ? first->kind : PROOF_FINE;
    r->proof.failure = first ? first->text : STR_NONE;
    r->proof.fix = first ? first->fix : STR_NONE;
}

static void judge_spf(struct ask *q, struct test_report *r)
{
    const struct verify_report *v = r->verified;
    struct proof *p = &r->proof;

    p->spf_aligned = v->spf_aligned;
    p->client_ip = v->client_ip;
    if (!v->spf_tried) {
        p->spf = STR("none");
        p->spf_reason = STR("the message does not say from which address it came: no Received field with a public one");
        test_problem_add(q->arena, r, PROOF_SPF,
                         str_fmt(q->arena, "SPF could not be judged: %.*s", STR_ARG(p->spf_reason)),
                         "Save the message whole, with all of its header fields");
        return;
    }
    p->spf = str_of(spf_result_word(v->spf.result));
    p->spf_domain = v->spf.domain;
    p->spf_reason = v->spf.reason;
    if (v->spf.result == SPF_PASS)
        return;
    struct str text = str_fmt(q->arena, "SPF %.*s for %.*s, from %.*s: %.*s", STR_ARG(p->spf), STR_ARG(p->spf_domain),
                              STR_ARG(v->client_ip), STR_ARG(p->spf_reason));
    if (v->spf.result == SPF_TEMPERROR)
        test_problem_add(q->arena, r, PROOF_UNSEEN, text, "Run the test again: a name server did not answer");
    else if (v->spf.result == SPF_PERMERROR)
        test_problem_add(q->arena, r, PROOF_SPF, text,
                         "Mend the SPF record of %.*s: launchready email check shows what is wrong with it",
                         STR_ARG(p->spf_domain));
    else
        test_problem_add(
            q->arena, r, PROOF_SPF, text,
            "Add what sends from %.*s to the SPF record of %.*s: the include that its provider names, or %s:%.*s",
            STR_ARG(v->client_ip), STR_ARG(p->spf_domain),
            str_find_char(v->client_ip, ':') < v->client_ip.n ? "ip6" : "ip4", STR_ARG(v->client_ip));
}

static const char *dkim_advice(struct arena *arena, const struct dkim_verdict *d)
{
    const struct dkim_signature *s = &d->signature;
    struct str name = str_fmt(arena, "%.*s._domainkey.%.*s", STR_ARG(s->selector), STR_ARG(s->domain));

    if (d->hint == DKIM_HINT_FOOTER || d->hint == DKIM_HINT_TRAILING_LINES)
        return str_fmt(arena, "Something adds text after the message was signed: turn that footer off, or let it be "
                              "added before signing")
            .p;
    if (d->body_hash_tried && !d->body_hash_ok)
        return str_fmt(arena, "Something changes the message after it was signed: a gateway, a scanner, a mailing "
                              "list; turn that off, or sign behind it")
            .p;
    if (d->result == DKIM_FAIL && d->hint == DKIM_HINT_HEADER)
        return str_fmt(arena, "Something changes a header field after it was signed: find the gateway that does").p;
    if (d->result == DKIM_FAIL)
        return str_fmt(arena,
                       "The key at %.*s is not the one that signs: publish the one that the mail provider's "
                       "console shows",
                       STR_ARG(name))
            .p;
    return str_fmt(arena,
                   "Publish the key that the mail provider's console shows as TXT at %.*s, or let it sign with "
                   "a selector that has a key",
                   STR_ARG(name))
        .p;
}

static void judge_dkim(struct ask *q, struct test_report *r)
{
    const struct verify_report *v = r->verified;
    struct proof *p = &r->proof;

    p->dkim_aligned = v->dkim_aligned;
    if (!v->n_dkim) {
        p->dkim = STR("none");
        p->dkim_reason = STR("the message is not signed");
        test_problem_add(q->arena, r, PROOF_DKIM, STR("No DKIM: the message is not signed"),
                         "Turn DKIM signing on where the mail is sent, and publish the key that its console shows");
        return;
    }
    const struct dkim_verdict *d = &v->dkim[v->dkim_aligned ? v->aligned_signature : 0];
    p->dkim = str_of(dkim_result_word(d->result));
    p->dkim_domain = d->signature.domain;
    p->dkim_selector = d->signature.selector;
    p->dkim_reason =
        d->hint_text.n ? str_fmt(q->arena, "%.*s; %.*s", STR_ARG(d->reason), STR_ARG(d->hint_text)) : d->reason;
    if (d->result == DKIM_PASS)
        return;
    struct str text = str_fmt(q->arena, "DKIM %.*s for %.*s (selector %.*s): %.*s", STR_ARG(p->dkim),
                              STR_ARG(p->dkim_domain), STR_ARG(p->dkim_selector), STR_ARG(p->dkim_reason));
    if (d->result == DKIM_TEMPERROR)
        test_problem_add(q->arena, r, PROOF_UNSEEN, text, "Run the test again: a name server did not answer");
    else
        test_problem_add(q->arena, r, PROOF_DKIM, text, "%s", dkim_advice(q->arena, d));
}

static void judge_dmarc(struct ask *q, struct test_report *r)
{
    const struct verify_report *v = r->verified;
    struct proof *p = &r->proof;
    bool none = v->spf.result != SPF_PASS && !str_eq(p->dkim, STR("pass"));

    p->dmarc = str_of(v->dmarc);
    p->dmarc_reason = v->dmarc_reason;
    p->dmarc_policy = v->policy.has_record ? str_of(dmarc_policy_word(v->policy.applies)) : STR_NONE;
    if (str_eq(p->dmarc, STR("pass")))
        return;
    struct str text = str_fmt(q->arena, "DMARC %.*s for %.*s: %.*s", STR_ARG(p->dmarc), STR_ARG(v->from.domain),
                              STR_ARG(p->dmarc_reason));
    if (str_eq(p->dmarc, STR("temperror")))
        test_problem_add(q->arena, r, PROOF_UNSEEN, text, "Run the test again: a name server did not answer");
    else if (!v->policy.has_record)
        test_problem_add(q->arena, r, PROOF_DMARC, text,
                         "Publish a DMARC record at _dmarc.%.*s: launchready email check shows the text",
                         STR_ARG(v->from.domain));
    else if (none)
        test_problem_add(q->arena, r, PROOF_DMARC, text, "Mend SPF or DKIM, as said above");
    else
        test_problem_add(
            q->arena, r, PROOF_DMARC, text,
            "Let the provider sign with %.*s (its DKIM set-up for your domain), or bounce to a host of yours "
            "(its custom return path): now it is known for another domain only",
            STR_ARG(v->from.domain));
}

static void look_at_hops(struct ask *q, struct test_report *r)
{
    const struct verify_report *v = r->verified;

    r->proof.tls = true;
    for (size_t i = 0; i < v->n_hops; i++) {
        const struct received_hop *h = &v->hops[i];
        if (!h->is_private && !h->encrypted) {
            r->proof.tls = false;
            str_list_add(q->arena, &r->notes,
                         text_safe(q->arena, str_fmt(q->arena, "%.*s took the message without TLS", STR_ARG(h->by))));
        }
        if (i + 1 < v->n_hops && h->at_s >= 0 && v->hops[i + 1].at_s >= 0 &&
            h->at_s - v->hops[i + 1].at_s >= SLOW_HOP_S)
            str_list_add(q->arena, &r->notes,
                         text_safe(q->arena, str_fmt(q->arena,
                                                     "%lld s of that passed before %.*s took it from %.*s: it was put "
                                                     "off at first (greylisting), or waited in a queue",
                                                     (long long)(h->at_s - v->hops[i + 1].at_s), STR_ARG(h->by),
                                                     STR_ARG(v->hops[i + 1].by))));
    }
}

static bool has_unsubscribe(struct arena *arena, const struct message *m)
{
    const struct message_field *post = message_field(m, STR("List-Unsubscribe-Post"), 0);
    const struct message_field *where = message_field(m, STR("List-Unsubscribe"), 0);

    return post && where && str_has_nocase(where->value, STR("<https:")) &&
           str_eq_nocase(message_unfold(arena, post->value), STR("List-Unsubscribe=One-Click"));
}

bool test_judge(struct ask *q, const struct test_setup *setup, struct str raw, struct test_report *r,
                struct err *reterr)
{
    struct message *m = arena_alloc(q->arena, sizeof *m);
    struct mail_resolver dns = fact_mail_resolver(q);
    struct verify_options options = {.bulk = q->launch->email.bulk, .now_s = clock_wall_s()};

    (void)setup;
    if (!message_parse(q->arena, raw, m, reterr))
        return false;
    r->message = raw;
    r->verified = arena_alloc(q->arena, sizeof *r->verified);
    verify_message(q->arena, &dns, m, &options, r->verified);
    judge_dkim(q, r);
    judge_spf(q, r);
    judge_dmarc(q, r);
    look_at_hops(q, r);
    r->proof.unsubscribe = has_unsubscribe(q->arena, m);
    return true;
}

bool test_of_file(struct ask *q, const struct test_setup *setup, struct str text, const struct proof *pending,
                  struct test_report *ret, struct err *reterr)
{
    struct test_report r = {.smtp_place = STR_NONE};
    struct proof *p = &r.proof;
    int64_t now_s = clock_wall_s();

    *p = (struct proof){.from = setup->from, .to = setup->to, .by_hand = true, .arrived_ms = -1};
    if (!test_judge(q, setup, text, &r, reterr))
        return false;
    const struct verify_report *v = r.verified;
    if (!name_is_within(v->from.domain, q->domain) && !str_eq(v->from.domain, setup->from_domain))
        return err_set(reterr, ERR_USAGE, "the message is from %.*s, not from %.*s",
                       STR_ARG(v->from.domain.n ? text_safe(q->arena, str_first(v->from.domain, 100)) : STR("nobody")),
                       STR_ARG(q->domain));
    if (!v->n_hops)
        return err_set(reterr, ERR_USAGE,
                       "the message has no Received field: it is not as it arrived "
                       "(save it from the mailbox that it went to, with all header fields)");
    p->at_s = v->hops[0].at_s;
    if (p->at_s < 0 || p->at_s > now_s + 3600)
        return err_set(reterr, ERR_USAGE, "the message does not say when it arrived (its first Received field)");
    if (now_s - p->at_s > MONTH_S)
        return err_set(reterr, ERR_USAGE, "the message arrived on %.*s: older than a month, it proves nothing",
                       STR_ARG(clock_date(q->arena, p->at_s)));
    const struct message_field *ours = message_field(v->message, STR("Launchready-Test"), 0);
    p->token = ours ? text_shorten(q->arena, message_unfold(q->arena, ours->value), 40) : STR_NONE;
    if (pending && pending->problem == PROOF_BY_HAND && ours && !str_eq(p->token, pending->token))
        str_list_add(q->arena, &r.notes, STR("this is not the message that was sent last, but an earlier one"));
    p->from = v->from.address;
    test_conclude(&r);
    *ret = r;
    return true;
}
