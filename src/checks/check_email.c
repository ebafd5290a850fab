#include "checks/check_email.h"

#include "core/text.h"
#include "facts/fact_dns.h"
#include "launch/launch.h"

void email_note_unseen(struct ask *q, struct str what, struct str why)
{
    struct err err;

    err_set(&err, ERR_DNS_FAILED, "%.*s", STR_ARG(text_safe(q->arena, why)));
    err_at(&err, "%.*s", STR_ARG(what));
    ask_note(q, what, &err);
}

bool email_spf_is_closed(const struct spf_survey *s)
{
    return s->tree && s->tree->n_terms == 1 && str_eq_nocase(s->tree->terms[0].text, STR("-all"));
}

/* How many MX the answer has; *ret_null when one is the null MX. */
static size_t count_mx(const struct fact_dns *mx, bool *ret_null)
{
    size_t n = 0;

    *ret_null = false;
    for (size_t i = 0; i < mx->n_answer; i++)
        if (mx->answer[i].type == DNS_MX) {
            n++;
            *ret_null |= !mx->answer[i].target.n;
        }
    return n;
}

enum email_sending email_sending(struct ask *q, const char **ret_why)
{
    bool null_mx;

    *ret_why = "the launch file says so (email: none)";
    if (q->launch->email.none)
        return EMAIL_SENDS_NOTHING;
    if (q->launch->email.senders.n || q->launch->email.selectors.n)
        return EMAIL_SENDS;
    const struct fact_dns *mx = fact_dns(q, q->domain, DNS_MX);
    if (!mx)
        return EMAIL_SENDING_UNSEEN;
    size_t n = count_mx(mx, &null_mx);
    if (n && !null_mx)
        return EMAIL_SENDS; /* -all alone may mean that others sign for it */
    const struct spf_survey *spf = fact_spf(q, q->domain);
    if (!spf)
        return EMAIL_SENDING_UNSEEN;
    if (email_spf_is_closed(spf)) {
        *ret_why = null_mx ? "its SPF record lets nobody send, and its MX takes no mail"
                           : "its SPF record lets nobody send, and it has no MX";
        return EMAIL_SENDS_NOTHING;
    }
    *ret_why = "its MX takes no mail, and it has no SPF record";
    return null_mx && !spf->exists ? EMAIL_SENDS_NOTHING : EMAIL_SENDS;
}

enum email_mailbox email_mailbox(struct ask *q, struct str domain, const char **ret_why)
{
    const struct fact_dns *mx = fact_dns(q, domain, DNS_MX);
    bool null_mx;

    if (!mx)
        return EMAIL_MAILBOX_UNSEEN;
    size_t n = count_mx(mx, &null_mx);
    *ret_why = "says that it takes no mail (null MX)";
    if (n)
        return null_mx ? EMAIL_MAILBOX_DEAD : EMAIL_MAILBOX_FINE;
    *ret_why = "does not exist";
    if (mx->outcome == DNS_NXDOMAIN)
        return EMAIL_MAILBOX_DEAD;
    const struct fact_addresses *a = fact_addresses(q, domain);
    if (!a)
        return EMAIL_MAILBOX_UNSEEN;
    *ret_why = "has neither an MX nor an address";
    if (a->n_v)
        return EMAIL_MAILBOX_FINE;
    if (!a->partial)
        return EMAIL_MAILBOX_DEAD;
    email_note_unseen(q, domain, STR("not all of its addresses could be looked up"));
    return EMAIL_MAILBOX_UNSEEN;
}
