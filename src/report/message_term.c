#include <string.h>

#include "core/clock.h"
#include "core/text.h"
#include "mail/message_word.h"
#include "mail/verify.h"
#include "report/message_report.h"
#include "report/term.h"

#define COLUMNS    80
#define VALUE_MOST 160u
#define NAME_MOST  60u

struct writer {
    struct term t;
    const struct verify_report *r;
};

static struct str shown(struct writer *w, struct str s, size_t most)
{
    return text_shorten(w->t.arena, text_safe(w->t.arena, s), most);
}

struct str message_report_field(struct arena *arena, const struct verify_report *r, const char *name, size_t most)
{
    const struct message_field *f = message_field(r->message, str_of(name), 0);

    return f ? text_shorten(arena, text_safe(arena, message_decode_words(arena, message_unfold(arena, f->value))), most)
             : STR_NONE;
}

const char *message_report_aligned_by(const struct verify_report *r)
{
    if (r->spf_aligned)
        return r->dkim_aligned ? "spf+dkim" : "spf";
    return r->dkim_aligned ? "dkim" : "";
}

static enum ink ink_of(const char *result)
{
    if (!strcmp(result, "pass"))
        return INK_GREEN;
    return !strcmp(result, "fail") || !strcmp(result, "permerror") ? INK_RED : INK_YELLOW;
}

/* "SPF pass" on a line of its own, after an empty one. */
static void write_head(struct writer *w, const char *what, const char *result, struct str rest)
{
    term_line(&w->t);
    term_ink(&w->t, INK_BOLD, "%s ", what);
    term_ink(&w->t, ink_of(result), "%s", result);
    if (rest.n)
        term_put(&w->t, str_fmt(w->t.arena, "  %.*s", STR_ARG(rest)));
    term_line(&w->t);
}

static void write_field(struct writer *w, const char *label, struct str s, size_t most)
{
    if (s.n)
        term_field(&w->t, label, shown(w, s, most));
}

static void write_about(struct writer *w)
{
    const struct verify_report *r = w->r;

    term_ink(&w->t, INK_BOLD, "Message from %.*s",
             STR_ARG(r->from.address.n ? shown(w, r->from.address, VALUE_MOST) : STR("nobody that can be read")));
    term_line(&w->t);
    write_field(w, "Name", r->from.display, VALUE_MOST);
    write_field(w, "Subject", message_report_field(w->t.arena, r, "Subject", VALUE_MOST), VALUE_MOST);
    write_field(w, "Date", message_report_field(w->t.arena, r, "Date", VALUE_MOST), VALUE_MOST);
    write_field(w, "Id", message_report_field(w->t.arena, r, "Message-ID", VALUE_MOST), VALUE_MOST);
}

/* What comes of it, before the reasons. */
static void write_verdict(struct writer *w)
{
    static const char *const fate[] = {[DMARC_NONE] = "let it through all the same",
                                       [DMARC_QUARANTINE] = "file it as junk",
                                       [DMARC_REJECT] = "refuse it"};
    const struct verify_report *r = w->r;
    struct str domain = shown(w, r->from.domain, NAME_MOST);
    enum dmarc_policy policy = r->policy.applies;

    if (r->policy.record.testing && policy != DMARC_NONE)
        policy--; /* t=y: one step weaker */
    term_spaces(&w->t, TERM_LABEL_AT);
    term_ink(&w->t, ink_of(r->dmarc), "DMARC %s", r->dmarc);
    if (r->dmarc_pass)
        term_put(&w->t, str_fmt(w->t.arena, ", by %s", message_report_aligned_by(r)));
    else if (!strcmp(r->dmarc, "fail"))
        term_put(&w->t, str_fmt(w->t.arena, "%s: %.*s asks receivers to %s",
                                r->spf_tried ? "" : ", as far as this file shows", STR_ARG(domain), fate[policy]));
    else if (!strcmp(r->dmarc, "none"))
        term_put(&w->t, str_fmt(w->t.arena, ": %.*s has no policy", STR_ARG(domain)));
    else if (!strcmp(r->dmarc, "temperror"))
        term_put(&w->t, STR(": it could not be decided"));
    term_line(&w->t);
}

/* ---- the way ---- */

static struct str client_text(struct writer *w, const struct received_hop *hop)
{
    struct arena *arena = w->t.arena;
    struct str name = shown(w, hop->reverse.n ? hop->reverse : hop->helo, NAME_MOST);

    if (!hop->ip.n)
        return name.n ? name : STR("written here");
    if (!name.n || str_eq(name, hop->ip))
        return str_fmt(arena, "[%.*s]", STR_ARG(hop->ip));
    return str_fmt(arena, "%.*s [%.*s]", STR_ARG(name), STR_ARG(hop->ip));
}

static struct str delay_text(struct arena *arena, int64_t before_s, int64_t now_s)
{
    long long s = now_s - before_s;

    if (before_s < 0 || now_s < 0)
        return STR_NONE;
    if (s < 0)
        return str_fmt(arena, ", %lld s before the one above: a clock is wrong", -s);
    if (s < 120)
        return str_fmt(arena, ", %lld s later", s);
    return s < 7200 ? str_fmt(arena, ", %lld min later", s / 60) : str_fmt(arena, ", %lld h later", s / 3600);
}

static void write_hop(struct writer *w, size_t i, int64_t before_s)
{
    const struct received_hop *hop = &w->r->hops[i];
    struct term *t = &w->t;

    term_ink(t, INK_DIM, "%4zu", w->r->n_hops - i);
    term_spaces(t, 2);
    term_wrap(t, 6, 6,
              str_fmt(t->arena, "%.*s -> %.*s", STR_ARG(client_text(w, hop)),
                      STR_ARG(hop->by.n ? shown(w, hop->by, NAME_MOST) : STR("?"))));
    term_spaces(t, 6);
    if (hop->encrypted)
        term_ink(t, INK_GREEN, "%.*s", STR_ARG(hop->tls.n ? hop->tls : STR("encrypted")));
    else
        term_ink(t, hop->is_private ? INK_DIM : INK_YELLOW, "%s", hop->is_private ? "inside" : "no sign of TLS");
    term_ink(t, INK_DIM, "%s%.*s%.*s", hop->with.n ? ", with " : "", STR_ARG(shown(w, hop->with, 40)),
             STR_ARG(delay_text(t->arena, before_s, hop->at_s)));
    if (i == w->r->client_hop)
        term_ink(t, INK_BLUE, "  <- judged here");
    term_line(t);
}

static void write_way(struct writer *w)
{
    int64_t before_s = -1;

    term_heading(&w->t, INK_BOLD, "The way it took, oldest first");
    if (!w->r->n_hops) {
        term_spaces(&w->t, TERM_LABEL_AT);
        term_wrap(&w->t, TERM_LABEL_AT, TERM_LABEL_AT, STR("there are no Received fields: no server has handled it"));
    }
    for (size_t i = w->r->n_hops; i > 0; i--) {
        write_hop(w, i - 1, before_s);
        if (w->r->hops[i - 1].at_s >= 0)
            before_s = w->r->hops[i - 1].at_s;
    }
    if (w->r->n_hops == VERIFY_HOPS_MOST)
        term_field(&w->t, "Note", STR("older ones are not shown"));
}

/* ---- results ---- */

static void write_spf(struct writer *w)
{
    const struct verify_report *r = w->r;

    write_head(
        w, "SPF", spf_result_word(r->spf.result),
        str_fmt(w->t.arena, "%.*s%s", STR_ARG(shown(w, r->spf_domain, NAME_MOST)), r->spf_aligned ? ", aligned" : ""));
    write_field(w, "Why", r->spf.reason, 400);
    if (r->spf_tried) {
        write_field(w, "Address", r->client_ip, VALUE_MOST);
        if (r->has_mail_from)
            write_field(w, "Sender", r->mail_from.n ? r->mail_from : STR("<>, a bounce: the greeting counts"),
                        VALUE_MOST);
        write_field(w, "Greeting", r->helo, VALUE_MOST);
        write_field(w, "Source", r->spf_source, 400);
    }
    write_field(w, "It says", r->spf.explanation, 400);
}

static struct str joined(struct writer *w, const struct str_list *names)
{
    struct str all = STR_NONE;

    for (size_t i = 0; i < names->n && all.n < 300; i++)
        all = str_fmt(w->t.arena, "%.*s%s%.*s", STR_ARG(all), i ? ", " : "", STR_ARG(names->v[i]));
    return all;
}

static void write_signature(struct writer *w, size_t i)
{
    const struct verify_report *r = w->r;
    const struct dkim_verdict *d = &r->dkim[i];
    const struct dkim_signature *s = &d->signature;
    struct arena *arena = w->t.arena;

    write_head(w, r->n_dkim > 1 ? str_fmt(arena, "DKIM signature %zu of %zu", i + 1, r->n_dkim).p : "DKIM",
               dkim_result_word(d->result),
               str_fmt(arena, "%.*s, selector %.*s%s", STR_ARG(shown(w, s->domain, NAME_MOST)),
                       STR_ARG(shown(w, s->selector, NAME_MOST)), r->signature_aligned[i] ? ", aligned" : ""));
    write_field(w, "Why", d->reason, 400);
    if (d->hint != DKIM_HINT_NONE)
        write_field(w, "Hint", d->hint_text, 600);
    if (s->algorithm_text.n)
        write_field(w, "Signed",
                    str_fmt(arena, "%.*s, %s/%s, %.*s", STR_ARG(s->algorithm_text),
                            s->header_canon == DKIM_RELAXED ? "relaxed" : "simple",
                            s->body_canon == DKIM_RELAXED ? "relaxed" : "simple", STR_ARG(joined(w, &s->headers))),
                    400);
    if (d->unsigned_names.n)
        write_field(w, "Open",
                    str_fmt(arena, "not signed, so anybody on the way may change it: %.*s",
                            STR_ARG(joined(w, &d->unsigned_names))),
                    400);
    if (s->body_length >= 0)
        write_field(w, "Open",
                    str_fmt(arena, "only the first %lld bytes of the body are signed (l=): more can be added below",
                            (long long)s->body_length),
                    400);
    if (d->testing)
        write_field(w, "Note", STR("its key says t=y, a test: some receivers treat the message as unsigned"), 400);
}

static void write_dkim(struct writer *w)
{
    if (!w->r->n_dkim) {
        write_head(w, "DKIM", "none", STR_NONE);
        write_field(w, "Why", STR("the message carries no signature"), VALUE_MOST);
    }
    for (size_t i = 0; i < w->r->n_dkim; i++)
        write_signature(w, i);
    size_t total = message_count(w->r->message, STR("DKIM-Signature"));
    if (total > w->r->n_dkim)
        write_field(w, "Note",
                    str_fmt(w->t.arena, "%zu more signatures were not looked at: receivers stop at a few, too",
                            total - w->r->n_dkim),
                    VALUE_MOST);
}

static void write_dmarc(struct writer *w)
{
    const struct verify_report *r = w->r;
    struct arena *arena = w->t.arena;

    write_head(w, "DMARC", r->dmarc, shown(w, r->from.domain, NAME_MOST));
    write_field(w, "Why", r->dmarc_reason, 600);
    if (r->policy.has_record) {
        write_field(w, "Policy",
                    str_fmt(arena, "%s (%s= at _dmarc.%.*s)%s", dmarc_policy_word(r->policy.applies),
                            r->policy.applies_tag ? r->policy.applies_tag : "p", STR_ARG(r->policy.policy_at),
                            r->policy.record.testing ? ", under test (t=y): receivers apply the next weaker one" : ""),
                    VALUE_MOST);
        write_field(w, "Alignment",
                    str_fmt(arena, "SPF %s, DKIM %s", r->policy.record.strict_spf ? "strict" : "relaxed",
                            r->policy.record.strict_dkim ? "strict" : "relaxed"),
                    VALUE_MOST);
    }
    write_field(w, "Others", r->policy.difference, 400);
}

static void write_arc(struct writer *w)
{
    const struct arc_verdict *a = &w->r->arc;

    if (a->result == ARC_NONE)
        return;
    write_head(w, "ARC", arc_result_word(a->result), STR_NONE);
    write_field(w, "Why", a->reason, 400);
    for (size_t i = 0; i < a->n_sets; i++)
        write_field(w, i ? "" : "Sealed",
                    str_fmt(w->t.arena, "%u by %.*s, cv=%.*s%s", a->sets[i].instance, STR_ARG(a->sets[i].domain),
                            STR_ARG(a->sets[i].seal_validation), a->sets[i].seal_ok ? "" : ", seal broken"),
                    VALUE_MOST);
    if (a->result == ARC_PASS && a->n_sets && !w->r->dmarc_pass)
        write_field(w, "It saw",
                    str_fmt(w->t.arena, "%.*s (believe it as far as you trust %.*s)",
                            STR_ARG(message_unfold(w->t.arena, a->sets[0].authentication_results)),
                            STR_ARG(a->sets[0].domain)),
                    500);
}

static void write_rules(struct writer *w)
{
    const struct verify_report *r = w->r;

    term_heading(&w->t, INK_BOLD, "Rules of the mailbox providers%s", r->is_bulk ? ", for bulk mail" : "");
    if (!r->n_rules) {
        term_spaces(&w->t, TERM_LABEL_AT);
        term_ink(&w->t, INK_GREEN, "none that the message itself can show is broken");
        term_line(&w->t);
    }
    for (size_t i = 0; i < r->n_rules; i++) {
        const struct sender_rule *rule = &r->rules[i];
        term_spaces(&w->t, TERM_LABEL_AT);
        term_ink(&w->t, rule->unseen ? INK_YELLOW : INK_RED, "%s", rule->id);
        term_ink(&w->t, INK_DIM, "  %s%s", rule->unseen ? "unknown; asked by " : "asked by ", rule->who);
        term_line(&w->t);
        term_spaces(&w->t, TERM_LABEL_AT + 2);
        term_wrap(&w->t, TERM_LABEL_AT + 2, TERM_LABEL_AT + 2, shown(w, rule->text, 600));
    }
}

bool message_report_text(const struct verify_report *r, struct arena *arena, bool color, struct buf *out)
{
    struct writer w = {.t = {.out = out, .arena = arena, .color = color, .columns = COLUMNS}, .r = r};

    write_about(&w);
    write_verdict(&w);
    write_way(&w);
    write_spf(&w);
    write_dkim(&w);
    write_dmarc(&w);
    write_arc(&w);
    write_rules(&w);
    return !out->full;
}
