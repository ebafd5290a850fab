#include "discover/discover_inside.h"

#include "facts/fact_senders.h"

static struct str joined(struct ask *q, const struct str_list *list)
{
    struct str all = STR_NONE;

    for (size_t i = 0; i < list->n; i++)
        all = str_fmt(q->arena, "%.*s%s%.*s", STR_ARG(all), i ? ", " : "", STR_ARG(list->v[i]));
    return all;
}

static void tell_receivers(struct ask *q, struct discovered *d, const struct fact_senders *s)
{
    if (s->mx_unseen)
        discovery_unknown(q, d, "mail comes in at", "the MX records were not answered for");
    else if (s->null_mx || !s->mx.n)
        discovery_known(q, d, "mail comes in at", "nowhere: %s",
                        s->null_mx ? "a null MX record says so" : "there is no MX record");
    else
        discovery_known(q, d, "mail comes in at", "%.*s", STR_ARG(joined(q, &s->mx)));
}

/* Those of the table by the names that the launch file uses; the others are for people to know. */
static void tell_senders(struct ask *q, struct discovered *d, const struct fact_senders *s, struct str_list *ret_ids)
{
    struct str_list strangers = {0};

    for (size_t i = 0; i < s->n; i++) {
        const struct sender *v = &s->v[i];
        if (v->provider)
            str_list_add(q->arena, ret_ids, v->id);
        else if (v->include)
            str_list_add(q->arena, &strangers, v->name);
    }
    if (ret_ids->n)
        discovery_known(q, d, "mail providers", "%.*s", STR_ARG(joined(q, ret_ids)));
    if (strangers.n)
        discovery_unknown(q, d, "senders in SPF not recognised", "%.*s", STR_ARG(joined(q, &strangers)));
}

static void tell_keys(struct ask *q, struct discovered *d, const struct fact_senders *s, struct str_list *ret_selectors)
{
    for (size_t i = 0; i < s->n_keys; i++)
        if (found_key_works(&s->keys[i]))
            str_list_add(q->arena, ret_selectors, s->keys[i].selector);
    if (ret_selectors->n)
        discovery_known(q, d, "DKIM selectors", "%.*s", STR_ARG(joined(q, ret_selectors)));
    if (s->n_unseen)
        discovery_unknown(q, d, ret_selectors->n ? "more DKIM selectors" : "DKIM selectors",
                          "%zu of %zu names were not answered for", s->n_unseen, s->n_asked);
    else if (!ret_selectors->n)
        discovery_unknown(q, d, "DKIM selectors", "only your mail providers know them: look in their consoles");
}

static void write_section(struct ask *q, const struct str_list *ids, const struct str_list *selectors, struct buf *out)
{
    buf_add_cstr(out, "\n# Who sends mail for you. Selectors name the DKIM keys: see your provider's console.\n");
    if (!ids->n && !selectors->n) {
        buf_add_cstr(out, "# email:\n#   senders: [google-workspace, postmark]\n#   selectors: [google]\n");
        return;
    }
    buf_add_cstr(out, "email:\n");
    if (ids->n)
        buf_fmt(out, "  senders: [%.*s]\n", STR_ARG(joined(q, ids)));
    else
        buf_add_cstr(out, "  # senders: [google-workspace, postmark]\n");
    if (selectors->n)
        buf_fmt(out, "  selectors: [%.*s]\n", STR_ARG(joined(q, selectors)));
    else
        buf_add_cstr(out, "  # selectors: [google]\n");
}

void discover_mail(struct ask *q, struct discovered *d, struct buf *out)
{
    const struct fact_senders *s = fact_senders(q, q->domain);
    struct str_list ids = {0}, selectors = {0};

    if (s) {
        tell_receivers(q, d, s);
        tell_senders(q, d, s, &ids);
        tell_keys(q, d, s, &selectors);
    } else {
        discovery_unknown(q, d, "who may send mail", "%s", ask_tolerate(q)->text);
    }
    write_section(q, &ids, &selectors, out);
}
