/* email_spf.c - `launchready email spf`: may this address send for this domain; without an address, what the domain's
 * record costs and what is wrong with it. */
#include "cli/cli.h"
#include "cli/email.h"
#include "cli/session.h"
#include "core/arena.h"
#include "core/buf.h"
#include "core/cancel.h"
#include "core/clock.h"
#include "core/err.h"
#include "core/ip.h"
#include "core/text.h"
#include "facts/fact_mail.h"
#include "mail/spf.h"
#include "report/spf_write.h"

#define OUT_MOST_BYTES    (16u * 1024u * 1024u)
#define SENDER_MOST_BYTES 1000u

/* An envelope sender as people write it: with or without "<>", or a domain alone. */
static bool read_sender(const struct options *o, struct spf_question *q, struct str domain, struct arena *arena,
                        struct err *reterr)
{
    struct str from = str_trim(str_of(o->mail_from));

    if (str_starts(from, STR("<")) && str_ends(from, STR(">")))
        from = str_n(from.p + 1, from.n - 2);
    for (size_t i = 0; i < from.n; i++)
        if ((unsigned char)from.p[i] < ' ' || from.p[i] == 0x7f)
            return err_set(reterr, ERR_USAGE, "--mail-from: a control character");
    if (from.n > SENDER_MOST_BYTES)
        return err_set(reterr, ERR_USAGE, "--mail-from: longer than %u bytes", SENDER_MOST_BYTES);
    if (!o->mail_from && !o->helo)
        from = domain;
    else if (from.n && str_find_char(from, '@') == SIZE_MAX && domain.n && str_find_char(from, '.') == SIZE_MAX)
        from = str_fmt(arena, "%.*s@%.*s", STR_ARG(from), STR_ARG(domain));
    struct str host = from;
    for (size_t i = from.n; i--;) {
        if (from.p[i] == '@') {
            host = str_from(from, i + 1);
            break;
        }
    }
    if (from.n && (!host.n || str_find_char(host, ' ') != SIZE_MAX))
        return err_set(reterr, ERR_USAGE, "--mail-from \"%.*s\" is not an address, as in anna@shop.example",
                       STR_ARG(from));
    if (!from.n && !(o->helo && o->helo[0]))
        return err_set(reterr, ERR_USAGE, "an empty --mail-from needs --helo NAME: its domain is asked instead");
    q->mail_from = from;
    q->helo = o->helo ? str_of(o->helo) : host;
    return true;
}

static bool read_question(const struct options *o, struct session *s, struct spf_question *q, struct err *reterr)
{
    struct ip ip;

    if (!ip_parse(str_of(o->ip), &ip))
        return err_set(reterr, ERR_USAGE, "--ip \"%s\" is not an IPv4 or IPv6 address", o->ip);
    q->ip = ip_text(s->arena, &ip);
    q->now_s = clock_wall_s();
    return read_sender(o, q, s->domain, s->arena, reterr);
}

/* For people: the command that goes on from here. */
static void add_next(struct buf *out, struct str format, const char *part, struct str domain, const char *shows)
{
    if (!str_eq(format, STR("json")))
        buf_fmt(out, "\nnext    launchready email %s %.*s\n        %s\n", part, STR_ARG(domain), shows);
}

/* The result is in out, and its exit status in ret. */
static bool answer(struct session *s, const struct options *o, struct buf *out, int *ret, struct err *reterr)
{
    struct ask q = facts_ask(s->facts, s->arena);
    struct mail_resolver dns = fact_mail_resolver(&q);
    struct str format = str_of(cli_format(o));
    struct spf_question question = {0};
    struct spf_verdict verdict;
    struct spf_survey survey;
    bool whole;

    if (o->ip) {
        if (!read_question(o, s, &question, reterr))
            return false;
        spf_check(s->arena, &dns, &question, &verdict);
        whole = spf_write_verdict(&question, &verdict, s->arena, format, cli_wants_color(o), out);
        if (verdict.result == SPF_PERMERROR)
            add_next(out, format, "spf", text_safe(s->arena, verdict.domain), "all that is wrong with the record");
        *ret = verdict.result == SPF_TEMPERROR ? EXIT_INCOMPLETE : EXIT_OK;
    } else {
        spf_survey(s->arena, &dns, s->domain, STR_NONE, &survey);
        if (!survey.exists && !survey.unseen.n && !session_target_exists(s, reterr))
            return false; /* a typo, most likely: "no record" would send its owner looking in the wrong place */
        whole = spf_write_survey(&survey, s->arena, format, cli_wants_color(o), out);
        if (survey.n_flaws)
            add_next(out, format, "check", s->domain, "the record to paste instead");
        *ret = survey.unseen.n ? EXIT_INCOMPLETE : EXIT_OK;
    }
    if (cancel_asked(s->cancel))
        return err_set(reterr, ERR_CANCELLED, "interrupted");
    return (whole && !out->full) || err_set(reterr, ERR_LIMIT, "the result is larger than %u bytes", OUT_MOST_BYTES);
}

int email_spf(const struct options *o)
{
    struct session *s = NULL;
    struct err err;
    struct buf out;
    int status = EXIT_OK;
    bool says_domain = o->n_args || (!o->mail_from && !o->helo);

    if (!o->ip && (o->mail_from || o->helo)) {
        err_set(&err, ERR_USAGE, "--mail-from and --helo are about a client: give its address with --ip");
        return cli_complain(&err);
    }
    if (!(says_domain && !o->n_args ? session_open(o, &s, &err)
                                    : session_open_name(o, o->n_args ? o->args[0] : "", &s, &err)))
        return cli_complain(&err);
    buf_init(&out, OUT_MOST_BYTES);
    status = answer(s, o, &out, &status, &err) ? cli_finish(o, buf_str(&out), status) : cli_complain(&err);
    if (o->record && !facts_record(s->facts, o->record, &err))
        status = cli_complain(&err);
    buf_free(&out);
    session_close(s);
    return status;
}
