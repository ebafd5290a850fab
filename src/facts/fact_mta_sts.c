/* MTA-STS and BIMI: the record, and the file that it announces. */
#include "facts/fact_mta_sts.h"

#include "facts/dns_inside.h"
#include "facts/fact_dns.h"

static bool look_records(struct ask *q, const char *prefix, struct str domain, bool (*counts)(struct str text),
                         struct str_list *ret, struct str_list *ret_strays)
{
    const struct str_list *texts = fact_txt(q, str_fmt(q->arena, "%s.%.*s", prefix, STR_ARG(domain)));

    for (size_t i = 0; texts && i < texts->n; i++)
        str_list_add(q->arena, counts(texts->v[i]) ? ret : ret_strays, texts->v[i]);
    return texts != NULL;
}

/* An error that says something about the server, and not about this machine or the moment. */
static bool is_the_servers(enum err_kind kind)
{
    return kind == ERR_NO_NAME || kind == ERR_REFUSED || kind == ERR_TLS || kind == ERR_PROTOCOL || kind == ERR_BLOCKED;
}

/* ret->flaw is set for an answer that nobody can use. */
static void fetch(struct ask *q, struct str url, size_t most_bytes, struct mail_file *ret)
{
    *ret = (struct mail_file){.url = url};
    ret->got = fact_http(q, &(struct http_ask){.url = url});
    if (!ret->got) {
        ret->why = *ask_tolerate(q);
        ret->unseen = !is_the_servers(ret->why.kind);
        return;
    }
    int status = ret->got->status;
    if (status >= 300 && status < 400 && status != 304)
        ret->flaw = str_fmt(q->arena, "it answers %d, a redirect to %.*s, which is not followed", status,
                            STR_ARG(http_header(ret->got, "location")));
    else if (status != 200)
        ret->flaw = str_fmt(q->arena, "it answers %d", status);
    else if (ret->got->body_end != ERR_NONE)
        ret->unseen = true;
    else if (ret->got->body_cut || ret->got->body.n > most_bytes)
        ret->flaw = str_fmt(q->arena, "it is longer than %zu bytes", most_bytes);
    else if (ret->got->body_broken)
        ret->flaw = STR("its content encoding is broken");
    if (ret->unseen)
        err_set(&ret->why, ret->got->body_end, "the answer stopped before its end");
}

static bool look_mta_sts(const struct observer *outside, struct ask *q, struct str key, void *ret, struct err *reterr)
{
    struct fact_mta_sts *f = ret;

    (void)outside;
    if (!look_records(q, "_mta-sts", key, mta_sts_is_record, &f->records, &f->strays))
        return ask_failed(q, reterr);
    if (f->records.n != 1)
        return true;
    f->record_good = mta_sts_record_parse(q->arena, f->records.v[0], &f->record);
    if (!f->record_good)
        return true;
    fetch(q, str_fmt(q->arena, "https://mta-sts.%.*s/.well-known/mta-sts.txt", STR_ARG(key)), MTA_STS_POLICY_MOST_BYTES,
          &f->file);
    if (f->file.got && !f->file.unseen && !f->file.flaw.n)
        f->policy_good = mta_sts_policy_parse(q->arena, f->file.got->body, &f->policy);
    return true;
}

static bool look_bimi(const struct observer *outside, struct ask *q, struct str key, void *ret, struct err *reterr)
{
    struct fact_bimi *f = ret;

    (void)outside;
    if (!look_records(q, "default._bimi", key, bimi_is_record, &f->records, &f->strays))
        return ask_failed(q, reterr);
    if (f->records.n != 1)
        return true;
    f->record_good = bimi_parse(q->arena, f->records.v[0], &f->record);
    if (!f->record_good || !f->record.logo.n)
        return true;
    if (f->record.evidence.n)
        fact_http_want(q, &(struct http_ask){.url = f->record.evidence});
    fetch(q, f->record.logo, HTTP_MOST_BODY_BYTES, &f->logo); /* its length is the SVG's own matter */
    if (f->logo.got && !f->logo.unseen && !f->logo.flaw.n)
        f->logo_good = bimi_svg_check(q->arena, f->logo.got->body, &f->logo_flaw);
    if (f->record.evidence.n)
        fetch(q, f->record.evidence, HTTP_MOST_BODY_BYTES, &f->evidence);
    return true;
}

const struct fact_kind mta_sts_kind = {"mta-sts", 44, sizeof(struct fact_mta_sts), 0, look_mta_sts, NULL, NULL};
const struct fact_kind bimi_kind = {"bimi", 44, sizeof(struct fact_bimi), 0, look_bimi, NULL, NULL};

const struct fact_mta_sts *fact_mta_sts(struct ask *q, struct str domain)
{
    return facts_get(q, &mta_sts_kind, dns_name_plain(q->arena, domain));
}

const struct fact_bimi *fact_bimi(struct ask *q, struct str domain)
{
    return facts_get(q, &bimi_kind, dns_name_plain(q->arena, domain));
}
