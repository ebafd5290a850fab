/* One verdict out of everything: may the DMARC policy be tightened now? */
#include "facts/fact_senders.h"

static void against(struct arena *arena, struct tighten_verdict *v, struct str text)
{
    str_list_add(arena, &v->against, text);
    v->verdict = TIGHTEN_NOT_YET;
}

static void doubt(struct arena *arena, struct tighten_verdict *v, struct str text)
{
    str_list_add(arena, &v->against, text);
    if (v->verdict == TIGHTEN_NOW)
        v->verdict = TIGHTEN_UNKNOWN;
}

bool sender_keys_are_optional(const struct sender *s)
{
    size_t n = 0;

    for (size_t i = 0; i < s->n_records; i++) {
        if (!str_has(s->records[i].host, STR("_domainkey")))
            continue;
        if (s->records[i].wanted->needed)
            return false;
        n++;
    }
    return n > 0;
}

/* Its selectors differ for each account and none was declared: a key may be there that nobody asked for. */
static bool keys_are_hidden(const struct sender *s)
{
    for (size_t i = 0; i < s->n_records; i++)
        if (str_has(s->records[i].host, STR("_domainkey")) && s->records[i].state != RECORD_HIDDEN)
            return false;
    return true;
}

static void judge_known(struct arena *arena, const struct fact_senders *all, const struct sender *s,
                        struct tighten_verdict *v)
{
    bool maybe = s->unseen || all->n_unseen;

    if (s->passes & PATH_DKIM)
        return;
    if (keys_are_hidden(s) && (s->provider->paths & PATH_DKIM))
        doubt(arena, v,
              str_fmt(arena, "whether %.*s signs cannot be seen: put its selectors into email.selectors",
                      STR_ARG(s->name)));
    else if (maybe)
        doubt(arena, v, str_fmt(arena, "not every record of %.*s could be looked up", STR_ARG(s->name)));
    else if (!s->passes)
        against(arena, v,
                str_fmt(arena, "mail of %.*s has no path that passes: no key and no return path of it is seen",
                        STR_ARG(s->name)));
    else if (sender_keys_are_optional(s))
        doubt(arena, v,
              str_fmt(arena,
                      "if mail is also sent through %.*s, and not only forwarded, it passes by SPF alone: publish its "
                      "DKIM key first",
                      STR_ARG(s->name)));
    else if (s->provider->paths & PATH_DKIM)
        against(arena, v,
                str_fmt(arena, "mail of %.*s passes by SPF alone, which forwarding breaks: publish its DKIM key first",
                        STR_ARG(s->name)));
}

static void judge_sender(struct arena *arena, const struct fact_senders *all, const struct sender *s,
                         struct tighten_verdict *v)
{
    if (s->provider ? !s->provider->sends : !s->include && !s->declared)
        return;
    if (s->passes)
        str_list_add(arena, &v->favour,
                     str_fmt(arena, "%.*s passes by %.*s", STR_ARG(s->name), STR_ARG(sender_path_text(arena, s))));
    if (s->provider)
        judge_known(arena, all, s, v);
    else if (!s->passes)
        doubt(
            arena, v,
            str_fmt(arena, "%.*s may send and is not known: whether its mail passes cannot be seen", STR_ARG(s->name)));
}

void senders_may_tighten(struct arena *arena, const struct fact_senders *s, struct tighten_verdict *ret)
{
    *ret = (struct tighten_verdict){.verdict = TIGHTEN_NOW};
    for (size_t i = 0; i < s->n; i++)
        judge_sender(arena, s, &s->v[i], ret);
    if (s->spf && s->spf->unseen.n)
        doubt(arena, ret, STR("not every record below the SPF record could be looked up"));
    else if (s->spf && s->spf->exists && spf_survey_is_permerror(s->spf))
        against(arena, ret, STR("the SPF record is broken, so SPF passes for nobody"));
    if (!s->dmarc || (!s->dmarc->has_record && s->dmarc->unseen.n))
        doubt(arena, ret, STR("the DMARC record could not be looked up"));
    else if (s->dmarc->several && !s->dmarc->has_record)
        against(arena, ret, STR("there are several DMARC records, so receivers follow none"));
    else if (!s->dmarc->has_record)
        against(arena, ret, STR("there is no DMARC record yet: begin with p=none and rua"));
    else if (!s->dmarc->record.n_rua && (s->n || (s->mx.n && !s->null_mx))) /* who sends nothing needs none */
        against(arena, ret, STR("no reports come in (rua is missing), so nobody would see whose mail is lost"));
    else
        str_list_add(arena, &ret->favour,
                     s->dmarc->record.n_rua ? STR("reports come in (rua)")
                                            : STR("nobody sends, as far as can be seen"));
    for (size_t i = 0; i < s->n_keys; i++)
        if (s->keys[i].state == KEY_PROXIED)
            against(arena, ret, str_fmt(arena, "%.*s is proxied: its key cannot be read", STR_ARG(s->keys[i].name)));
    if (s->mx_unseen || s->n_unseen)
        doubt(arena, ret, STR("some of the questions to the DNS were not answered"));
}
