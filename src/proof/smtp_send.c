#include "proof/smtp_send.h"

#include <curl/curl.h>
#include <string.h>

#include "core/arena.h"
#include "core/text.h"
#include "proof/post_link.h"

struct letter {
    struct str rest;
};

static size_t give(char *to, size_t size, size_t n, void *arg)
{
    struct letter *l = arg;
    size_t bytes = size * n < l->rest.n ? size * n : l->rest.n;

    memcpy(to, l->rest.p, bytes);
    l->rest = str_from(l->rest, bytes);
    return bytes;
}

/* What the server said to which command decides what is to be done (RFC 5321 section 4.2.1: 4yz later, 5yz never). */
static bool explain_refusal(struct post_link *link, struct str from, struct str to, const char **ret_problem,
                            struct err *reterr)
{
    const char *place = post_account_place(link->arena, link->account);
    struct str words = post_link_words(link);
    bool later = link->words.code >= 400 && link->words.code < 500;

    words = str_first(words, words.n < 220 ? words.n : 220);
    *ret_problem = later ? "deferred" : "rejected";
    if (later)
        return err_set(reterr, ERR_REFUSED, "%s puts the message off: \"%.*s\"", place, STR_ARG(words));
    if (strcmp(link->words.command, "RCPT") == 0)
        return err_set(reterr, ERR_REFUSED, "%s rejects the recipient %.*s: \"%.*s\"", place,
                       STR_ARG(text_safe(link->arena, to)), STR_ARG(words));
    if (strcmp(link->words.command, "MAIL") == 0)
        return err_set(reterr, ERR_REFUSED, "%s rejects the sender %.*s: \"%.*s\"", place,
                       STR_ARG(text_safe(link->arena, from)), STR_ARG(words));
    return err_set(reterr, ERR_REFUSED, "%s rejects the message: \"%.*s\"", place, STR_ARG(words));
}

static bool judge(struct post_link *link, int curl_code, struct str from, struct str to, struct smtp_receipt *ret,
                  struct err *reterr)
{
    ret->words = post_link_words(link);
    if (curl_code == CURLE_OK)
        return true;
    if (!post_link_explain(link, curl_code, &ret->problem, reterr))
        return false;
    if (link->words.code >= 400)
        return explain_refusal(link, from, to, &ret->problem, reterr);
    ret->problem = "connection";
    err_set(reterr, ERR_PROTOCOL, "%s breaks off before it took the message",
            post_account_place(link->arena, link->account));
    return err_because(reterr, "%s", link->error_text);
}

bool smtp_send(struct ask *q, const struct observer *outside, const struct post_account *account, struct str from,
               struct str to, struct str message, struct smtp_receipt *ret, struct err *reterr)
{
    struct post_link link;
    struct letter letter = {message};
    struct curl_slist *recipients = NULL;
    int code = 0;
    bool done = false;

    *ret = (struct smtp_receipt){STR_NONE, "connection"};
    bool ok = post_link_open(&link, q, outside, account, reterr);
    if (ok) {
        /* The path is what is said to EHLO: no need to tell the name of this machine. */
        struct str url = str_fmt(q->arena, "%.*s://%.*s:%u/%%5B127.0.0.1%%5D", STR_ARG(account->scheme),
                                 STR_ARG(account->host), account->port);
        recipients = curl_slist_append(NULL, str_fmt(q->arena, "<%.*s>", STR_ARG(to)).p);
        ok = recipients &&
             curl_easy_setopt(link.curl, CURLOPT_MAIL_FROM, str_fmt(q->arena, "<%.*s>", STR_ARG(from)).p) == CURLE_OK &&
             curl_easy_setopt(link.curl, CURLOPT_MAIL_RCPT, recipients) == CURLE_OK &&
             curl_easy_setopt(link.curl, CURLOPT_UPLOAD, 1L) == CURLE_OK &&
             curl_easy_setopt(link.curl, CURLOPT_INFILESIZE_LARGE, (curl_off_t)message.n) == CURLE_OK &&
             curl_easy_setopt(link.curl, CURLOPT_READFUNCTION, give) == CURLE_OK &&
             curl_easy_setopt(link.curl, CURLOPT_READDATA, &letter) == CURLE_OK;
        if (!ok)
            err_set(reterr, ERR_SYSTEM, "libcurl cannot be set up to send");
        ok = ok && post_link_run(&link, url.p, &code, reterr);
        done = ok;
    }
    if (done)
        ok = judge(&link, code, from, to, ret, reterr);
    post_link_close(&link);
    curl_slist_free_all(recipients);
    return ok;
}
