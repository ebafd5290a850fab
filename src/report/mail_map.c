/* A domain's mail at a glance, for people. */
#include "report/mail_map.h"

#include "core/text.h"
#include "facts/fact_senders.h"
#include "report/report.h"
#include "report/spf_write.h"
#include "report/term.h"

#define KEYS_SHOWN  24u
#define HOSTS_SHOWN 10u

static struct str safe(struct term *t, struct str s)
{
    return text_safe(t->arena, s);
}

static struct str joined(struct term *t, const struct str_list *list)
{
    struct str all = STR_NONE;

    for (size_t i = 0; i < list->n && i < HOSTS_SHOWN; i++)
        all = str_fmt(t->arena, "%.*s%s%.*s", STR_ARG(all), i ? ", " : "", STR_ARG(safe(t, list->v[i])));
    if (list->n > HOSTS_SHOWN)
        all = str_fmt(t->arena, "%.*s and %zu more", STR_ARG(all), list->n - HOSTS_SHOWN);
    return all;
}

/* ---- who receives ---- */

static void write_receivers(struct term *t, const struct fact_senders *s)
{
    const char *label = "Receives";

    if (s->mx_unseen) {
        term_item(t, label, STR("not known: the MX records could not be looked up"));
        return;
    }
    if (s->null_mx && s->mx.n > 1) {
        term_item(t, label, STR("not clear: one MX record says that nobody does (null MX), others name servers"));
        return;
    }
    if (s->null_mx || s->mx.n == 0) {
        term_item(t, label,
                  s->null_mx ? STR("nobody: the domain says that it takes no mail (null MX)")
                             : STR("nobody: there is no MX record"));
        return;
    }
    for (size_t i = 0; i < s->n; i++)
        if (s->v[i].receives) {
            term_item(t, label,
                      str_fmt(t->arena, "%.*s, at %.*s", STR_ARG(safe(t, s->v[i].name)), STR_ARG(joined(t, &s->mx))));
            return;
        }
    term_item(t, label, joined(t, &s->mx));
}

/* ---- who sends ---- */

static void write_sender(struct term *t, const char *label, const struct sender *s)
{
    struct str path = sender_path_text(t->arena, s);

    term_item(t, label,
              str_fmt(t->arena, "%.*s: passes DMARC by %.*s%s", STR_ARG(safe(t, s->name)), STR_ARG(safe(t, path)),
                      s->declared ? "" : " (not in the launch file)"));
    if (s->include_wasted)
        term_more(t, str_fmt(t->arena,
                             "its include:%.*s never helps: its bounces go to a host of its own. Dropping it "
                             "saves %u look-up%s",
                             STR_ARG(safe(t, s->include_target)), s->include_look_ups,
                             s->include_look_ups == 1 ? "" : "s"));
    if (s->n_missing)
        term_more(t, str_fmt(t->arena, "%zu of its records missing", s->n_missing));
    if (s->unseen)
        term_more(t, STR("not all of its records could be looked up"));
}

static void write_senders(struct term *t, const struct fact_senders *s)
{
    const char *label = "Sends";

    for (size_t i = 0; i < s->n; i++, label = NULL)
        write_sender(t, label, &s->v[i]);
    if (s->unknown_includes.n)
        term_item(t, label,
                  str_fmt(t->arena, "not recognised, in SPF: %.*s", STR_ARG(joined(t, &s->unknown_includes))));
    else if (s->n == 0)
        term_item(t, label, STR("nobody that was recognised"));
}

/* ---- keys ---- */

static struct str key_text(struct term *t, const struct found_key *k)
{
    switch (k->state) {
    case KEY_PRESENT:
        if (k->key.flaw != DKIM_KEY_FINE)
            return safe(t, k->key.flaw_text);
        return str_fmt(t->arena, "%s%s",
                       k->key.is_ed25519 ? "Ed25519" : str_fmt(t->arena, "RSA, %u bits", k->key.bits).p,
                       k->key.testing ? ", in test mode" : "");
    case KEY_ABSENT: return STR("is not there");
    case KEY_DANGLING: return STR("an alias that leads to no key: signing is not switched on at the provider");
    case KEY_PROXIED: return str_fmt(t->arena, "proxied: answers %.*s instead of a key", STR_ARG(safe(t, k->address)));
    case KEY_UNSEEN: return str_fmt(t->arena, "could not be looked up: %.*s", STR_ARG(safe(t, k->why)));
    }
    return STR_NONE;
}

static void write_keys(struct term *t, const struct fact_senders *s)
{
    const char *label = "DKIM";

    for (size_t i = 0; i < s->n_keys && i < KEYS_SHOWN; i++, label = NULL) {
        const struct found_key *k = &s->keys[i];
        term_item(t, label,
                  str_fmt(t->arena, "%.*s: %.*s%s%.*s", STR_ARG(safe(t, k->selector)), STR_ARG(key_text(t, k)),
                          k->provider ? ", " : "", STR_ARG(k->provider ? k->provider->name : STR_NONE)));
    }
    if (s->n_keys == 0)
        term_item(t, label,
                  str_fmt(t->arena,
                          "no key under any of %zu well-known selectors; selectors cannot be listed, "
                          "so name yours under email: selectors:",
                          s->n_asked));
    if (s->n_unseen)
        term_more(t, str_fmt(t->arena, "%zu selectors could not be looked up (%.*s)", s->n_unseen,
                             STR_ARG(safe(t, s->unseen_why))));
}

/* ---- policies ---- */

static void write_dmarc(struct term *t, const struct fact_senders *s)
{
    const struct dmarc_found *d = s->dmarc;

    if (!d || (!d->has_record && d->unseen.n)) {
        term_item(t, "DMARC", STR("could not be looked up"));
    } else if (d->several && !d->has_record) {
        term_item(t, "DMARC", STR("several records: receivers ignore them all"));
    } else if (!d->has_record) {
        term_item(t, "DMARC", STR("no record"));
    } else {
        term_item(t, "DMARC",
                  str_fmt(t->arena, "%s (%s= at %.*s)%s", dmarc_policy_word(d->applies), d->applies_tag,
                          STR_ARG(safe(t, d->policy_at)), d->record.testing ? ", in test mode" : ""));
        for (size_t i = 0; i < d->record.n_rua; i++)
            term_more(t, str_fmt(t->arena, "reports to %.*s", STR_ARG(safe(t, d->record.rua[i].uri))));
        if (d->difference.n)
            term_more(t, safe(t, d->difference));
    }
}

static void write_tighten(struct term *t, const struct fact_senders *s)
{
    static const char *const words[] = {[TIGHTEN_NOW] = "yes, the policy may be tightened now",
                                        [TIGHTEN_NOT_YET] = "not yet",
                                        [TIGHTEN_UNKNOWN] = "not known: something could not be seen"};
    struct tighten_verdict v = {0};

    senders_may_tighten(t->arena, s, &v);
    bool rejects = s->dmarc && s->dmarc->has_record && s->dmarc->applies == DMARC_REJECT && !s->dmarc->record.testing;
    term_item(t, "Tighten?",
              rejects ? v.against.n ? STR("it rejects already; beware:") : STR("it rejects already")
                      : str_of(words[v.verdict]));
    for (size_t i = 0; i < v.against.n; i++)
        term_more(t, str_fmt(t->arena, "- %.*s", STR_ARG(safe(t, v.against.v[i]))));
    for (size_t i = 0; v.verdict == TIGHTEN_NOW && i < v.favour.n; i++)
        term_more(t, str_fmt(t->arena, "+ %.*s", STR_ARG(safe(t, v.favour.v[i]))));
}

bool mail_map_write(struct ask *q, const struct report_options *options, struct buf *out)
{
    struct term t = {
        .out = out, .arena = q->arena, .color = options->color, .columns = options->columns ? options->columns : 80};
    const struct fact_senders *s = fact_senders(q, q->domain);

    term_ink(&t, INK_BOLD, "Mail of %.*s", STR_ARG(q->domain));
    term_line(&t);
    if (!s) {
        struct err err;
        (void)ask_failed(q, &err);
        term_item(&t, "Seen", str_fmt(q->arena, "nothing: %s", err.text));
        return !out->full;
    }
    write_receivers(&t, s);
    write_senders(&t, s);
    write_keys(&t, s);
    write_dmarc(&t, s);
    write_tighten(&t, s);
    term_line(&t);
    if (s->spf && !spf_write_survey(s->spf, q->arena, STR("text"), options->color, out))
        return false;
    term_line(&t);
    return !out->full;
}
