/* email.mx: where mail for the domain goes, whether somebody is there, and whether the mailboxes exist. */
#include <string.h>

#include "checks/catalogue.h"
#include "checks/check_dns.h"
#include "checks/mail_hosts.h"
#include "core/ip.h"
#include "launch/launch.h"
#include "mail/provider.h"

#define NULL_MX "0 ."

/* An address at the domain that people write to, by the launch file; empty: none. */
static struct str written_to(const struct ask *q)
{
    for (size_t i = 0; i < q->launch->email.addresses.n; i++) {
        struct str address = q->launch->email.addresses.v[i];
        size_t at = str_find_char(address, '@');
        if (at != SIZE_MAX && str_eq_nocase(str_from(address, at + 1), q->domain))
            return address;
    }
    return STR_NONE;
}

/* The MX records of the mailbox provider that the launch file names; false when it names none. */
static bool fix_by_provider(struct ask *q, struct findings *out, struct finding *f)
{
    bool any = false;

    for (size_t i = 0; i < q->launch->email.senders.n && !any; i++) {
        const struct provider *p = provider_by_id(providers_now(), q->launch->email.senders.v[i]);
        for (size_t r = 0; p && p->receives && r < p->n_records; r++) {
            struct str value = provider_fill(q->arena, p->records[r].value, q->domain);
            if (!str_eq(p->records[r].type, STR("MX")) || !str_eq(p->records[r].host, STR("@")))
                continue;
            if (provider_has_blank(value))
                continue;
            finding_record(out, f, str_cstr(q->arena, q->domain), "MX", DNS_FIX_TTL_S, "%u %.*s.",
                           p->records[r].preference, STR_ARG(value));
            any = true;
        }
    }
    return any;
}

/* ---- no MX, or the one that says "none" ---- */

static void judge_none(struct ask *q, struct findings *out, const struct mail_hosts *h)
{
    struct str address = written_to(q), ip;
    const struct fact_addresses *a = dns_all_addresses(q, q->domain);
    struct finding *f;

    if (!a || (a->partial && !a->n_v))
        return;
    ip = a->n_v ? a->v[0].ip : STR_NONE;
    if (address.n)
        f = say(out, FAIL, q->domain, "No MX record: mail to %.*s %s", STR_ARG(address),
                ip.n ? "goes to the web server" : "cannot be delivered");
    else
        f = say(out, WARN, q->domain, "No MX record: mail to %.*s %s", STR_ARG(q->domain),
                ip.n ? "goes to the web server, which is seldom a mail server" : "waits for days and then bounces");
    f->key = STR("none");
    f->on_money_path = address.n > 0;
    finding_evidence(out, f, "MX", h->mx->server, h->mx->at_s, "%s", dns_outcome_words(h->mx));
    if (ip.n)
        finding_evidence(out, f, "address used instead", STR_NONE, 0, "%.*s (RFC 5321 section 5.1)", STR_ARG(ip));
    if (address.n) {
        finding_fix(out, f,
                    "Publish the MX records that your mailbox provider shows in its set-up pages, and no others");
        fix_by_provider(q, out, f);
    } else if (fix_by_provider(q, out, f)) {
        finding_fix(out, f, "Publish the MX record of your mailbox provider");
    } else {
        finding_fix(out, f,
                    "If nobody is to write to this domain, say so with this record: senders then learn it at once. "
                    "If somebody is, publish your mailbox provider's MX records instead");
        finding_record(out, f, str_cstr(q->arena, q->domain), "MX", DNS_FIX_TTL_S, "%s", NULL_MX);
    }
}

static void judge_null(struct ask *q, struct findings *out, const struct mail_hosts *h)
{
    struct str address = written_to(q);
    struct finding *f = NULL;

    if (h->n_hosts)
        f = say(out, FAIL, q->domain, "The MX record that says \"no mail here\" stands beside others");
    else if (address.n)
        f = say(out, FAIL, q->domain, "The domain declares that it takes no mail, but people write to %.*s",
                STR_ARG(address));
    if (!f)
        return;
    f->key = STR("null");
    f->on_money_path = address.n > 0;
    finding_evidence(out, f, "MX", h->mx->server, h->mx->at_s, "%.*s",
                     STR_ARG(dns_records_text(q->arena, h->mx, q->domain, DNS_MX)));
    finding_remove_record(out, f, str_cstr(q->arena, q->domain), "MX", "%s", NULL_MX);
    finding_fix(out, f,
                h->n_hosts ? "Senders may believe either (RFC 7505 section 3). Remove the null MX, or the others"
                           : "Remove the null MX and publish your mailbox provider's MX records");
    if (!h->n_hosts)
        fix_by_provider(q, out, f);
}

/* ---- what the targets are ---- */

static struct finding *say_target(struct ask *q, struct findings *out, const struct mail_hosts *h,
                                  const struct mail_host *host, struct str title)
{
    struct finding *f = say(out, FAIL, host->name, "%.*s", STR_ARG(title));

    f->on_money_path = written_to(q).n > 0;
    finding_evidence(out, f, "MX", h->mx->server, h->mx->at_s, "%u %.*s.", host->preference, STR_ARG(host->name));
    return f;
}

static void judge_address(struct ask *q, struct findings *out, const struct mail_hosts *h, const struct mail_host *host)
{
    struct finding *f;

    f = say_target(
        q, out, h, host,
        str_fmt(q->arena, "The MX record names the address %.*s where a host name must stand", STR_ARG(host->name)));
    f->key = STR("address");
    finding_remove_record(out, f, str_cstr(q->arena, q->domain), "MX", "%u %.*s.", host->preference,
                          STR_ARG(host->name));
    finding_record(out, f, str_fmt(q->arena, "mail.%.*s", STR_ARG(q->domain)).p, "A", DNS_FIX_TTL_S, "%.*s",
                   STR_ARG(host->name));
    finding_record(out, f, str_cstr(q->arena, q->domain), "MX", DNS_FIX_TTL_S, "%u mail.%.*s.", host->preference,
                   STR_ARG(q->domain));
    finding_fix(out, f, "Give the address a name and let the MX record name that (RFC 5321 section 5.1)");
}

static void judge_alias(struct ask *q, struct findings *out, const struct mail_hosts *h, const struct mail_host *host)
{
    struct str end = host->addresses->cnames.v[host->addresses->cnames.n - 1];
    struct finding *f;

    f = say_target(
        q, out, h, host,
        str_fmt(q->arena, "The MX record names %.*s, which is an alias of %.*s", STR_ARG(host->name), STR_ARG(end)));
    f->key = STR("alias");
    finding_evidence(out, f, "CNAME", STR_NONE, 0, "%.*s -> %.*s", STR_ARG(host->name),
                     STR_ARG(host->addresses->cnames.v[0]));
    finding_remove_record(out, f, str_cstr(q->arena, q->domain), "MX", "%u %.*s.", host->preference,
                          STR_ARG(host->name));
    finding_record(out, f, str_cstr(q->arena, q->domain), "MX", DNS_FIX_TTL_S, "%u %.*s.", host->preference,
                   STR_ARG(end));
    finding_fix(
        out, f,
        "Some senders refuse an alias here (RFC 2181 section 10.3, RFC 5321 section 5.1). Name the host itself");
}

static void judge_missing(struct ask *q, struct findings *out, const struct mail_hosts *h, const struct mail_host *host)
{
    struct finding *f;

    f = say_target(q, out, h, host,
                   str_fmt(q->arena, "Mail goes to %.*s, which %s", STR_ARG(host->name),
                           host->addresses->exists ? "has no address" : "does not exist"));
    f->key = STR("missing");
    finding_evidence(out, f, "A, AAAA", STR_NONE, 0, "%s", host->addresses->exists ? "none" : "NXDOMAIN");
    finding_remove_record(out, f, str_cstr(q->arena, q->domain), "MX", "%u %.*s.", host->preference,
                          STR_ARG(host->name));
    finding_fix(out, f, "Remove this record, or correct its spelling against what your mailbox provider shows%s",
                h->n_hosts == 1 ? ". It is the only one: until then all mail to the domain waits and then bounces"
                                : "");
    if (h->n_hosts == 1)
        fix_by_provider(q, out, f);
}

static void judge_private(struct ask *q, struct findings *out, const struct mail_hosts *h, const struct mail_host *host)
{
    for (size_t i = 0; i < host->addresses->n_v; i++) {
        struct str text = host->addresses->v[i].ip;
        struct ip ip;
        if (!ip_parse(text, &ip) || !ip_is_unreachable(&ip))
            continue;
        struct finding *f = say_target(q, out, h, host,
                                       str_fmt(q->arena, "%.*s leads to %.*s, a %s address that nobody outside reaches",
                                               STR_ARG(host->name), STR_ARG(text), ip_class_word(ip_classify(&ip))));
        f->key = text;
        finding_evidence(out, f, host->addresses->v[i].is_v6 ? "AAAA" : "A", STR_NONE, 0, "%.*s", STR_ARG(text));
        finding_remove_record(out, f, str_cstr(q->arena, host->name), host->addresses->v[i].is_v6 ? "AAAA" : "A",
                              "%.*s", STR_ARG(text));
        finding_fix(out, f, "Publish the mail server's public address instead");
    }
}

static void judge_targets(struct ask *q, struct findings *out, const struct mail_hosts *h)
{
    struct ip ip;

    for (size_t i = 0; i < h->n_hosts; i++) {
        const struct mail_host *host = &h->hosts[i];
        if (ip_parse(host->name, &ip)) {
            judge_address(q, out, h, host);
            continue;
        }
        if (!host->addresses)
            continue;
        if (host->addresses->n_v == 0) {
            if (!host->addresses->partial)
                judge_missing(q, out, h, host);
            continue;
        }
        if (host->addresses->cnames.n)
            judge_alias(q, out, h, host);
        judge_private(q, out, h, host);
    }
}

/* Two mailbox providers at once: each gets a part of the mail, and one of them is seldom read. */
static void judge_mix(struct ask *q, struct findings *out, const struct mail_hosts *h)
{
    const struct mail_host *first = NULL, *second = NULL;
    const struct provider *one = NULL;

    for (size_t i = 0; i < h->n_hosts && !second; i++) {
        const struct provider *p = provider_by_mx(providers_now(), h->hosts[i].name);
        if (!p || !p->receives)
            continue;
        if (!one) {
            one = p;
            first = &h->hosts[i];
        } else if (p != one) {
            second = &h->hosts[i];
        }
    }
    if (!second)
        return;
    const struct provider *other = provider_by_mx(providers_now(), second->name);
    struct finding *f = say(out, first->preference == second->preference ? FAIL : WARN, q->domain,
                            "Mail is split between %.*s and %.*s", STR_ARG(one->name), STR_ARG(other->name));
    f->key = STR("mix");
    f->on_money_path = written_to(q).n > 0;
    finding_evidence(out, f, "MX", h->mx->server, h->mx->at_s, "%.*s",
                     STR_ARG(dns_records_text(q->arena, h->mx, q->domain, DNS_MX)));
    finding_fix(
        out, f,
        "Keep the records of the provider where you read your mail, and remove the other's: what a sender hands "
        "to the old one is lost, or bounces. If the move is not over, wait a day after the last mail arrived "
        "there");
    for (size_t i = 0; i < h->n_hosts; i++)
        if (provider_by_mx(providers_now(), h->hosts[i].name) == other)
            finding_remove_record(out, f, str_cstr(q->arena, q->domain), "MX", "%u %.*s.", h->hosts[i].preference,
                                  STR_ARG(h->hosts[i].name));
}

/* ---- who answers ---- */

static bool answers_at_all(const struct mail_hosts *h, const struct mail_host *host)
{
    for (size_t i = 0; i < h->n_seen; i++)
        if (h->seen[i].host == host && h->seen[i].smtp)
            return true;
    return false;
}

static bool answers_over_v6(const struct mail_hosts *h)
{
    for (size_t i = 0; i < h->n_seen; i++)
        if (h->seen[i].is_v6 && h->seen[i].smtp)
            return true;
    return false;
}

/* Others answer on port 25 over the same protocol, so the silence is this server's and not the network's. */
static bool is_its_own_fault(const struct mail_hosts *h, const struct mail_seen *s)
{
    switch (s->err.kind) {
    case ERR_TIMEOUT:
    case ERR_REFUSED:
    case ERR_RESET: return h->n_answered > 0 && (!s->is_v6 || answers_over_v6(h));
    case ERR_PROTOCOL: return h->n_answered > 0;
    default: return false;
    }
}

static void judge_silent(struct ask *q, struct findings *out, const struct mail_hosts *h, const struct mail_seen *s)
{
    bool first_is_down = s->host == &h->hosts[0] && !answers_at_all(h, s->host);
    struct finding *f = mail_said(out, s->host->name, "silent");

    if (!f) {
        f = say(out, first_is_down ? FAIL : WARN, s->host->name, "%.*s does not take mail%s, while others do",
                STR_ARG(s->host->name), answers_at_all(h, s->host) ? " at one of its addresses" : "");
        f->key = STR("silent");
        finding_fix(out, f,
                    "Start the mail server there and open its port 25, or remove the record that leads to it: senders "
                    "that try it first wait, and some give up%s",
                    s->host->own ? "" : ". The server is your provider's: ask them");
        if (!answers_at_all(h, s->host))
            finding_remove_record(out, f, str_cstr(q->arena, q->domain), "MX", "%u %.*s.", s->host->preference,
                                  STR_ARG(s->host->name));
    }
    finding_evidence(out, f, "port 25", s->address, q->now_s, "%s", s->err.text);
}

static void judge_reach(struct ask *q, struct findings *out, const struct mail_hosts *h)
{
    struct mail_hosts rest = *h;

    rest.seen = arena_array(q->arena, h->n_seen ? h->n_seen : 1, sizeof *rest.seen);
    rest.n_seen = 0;
    for (size_t i = 0; i < h->n_seen; i++) {
        if (!h->seen[i].smtp && is_its_own_fault(h, &h->seen[i]))
            judge_silent(q, out, h, &h->seen[i]);
        else
            rest.seen[rest.n_seen++] = h->seen[i];
    }
    mail_hosts_note(q, out, &rest);
}

/* ---- mailboxes ---- */

enum taken { TAKEN, NO_MAILBOX, NO_RELAY, LATER, NOT_FROM_US, NOT_ASKED };

static bool has_any(struct str text, const char *const *words, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (str_has_nocase(text, str_of(words[i])))
            return true;
    return false;
}

/* What a refusal is about: the mailbox, or the machine that asks (RFC 3463 section 3). Words count as much as codes. */
static enum taken read_reply(const struct smtp_reply *r)
{
    static const char *const about_us[] = {"block",  "blacklist", "spamhaus", "spamcop",   "barracuda",   "reputation",
                                           "banned", "rdns",      "reverse",  "dnsbl",     "client host", "dynamic",
                                           "helo",   "ehlo",      "ptr",      "authentica"};
    struct str e = r->enhanced;

    if (r->code == 0)
        return NOT_ASKED;
    if (r->code / 100 == 2)
        return TAKEN;
    if (r->code / 100 != 5)
        return LATER;
    if (str_has_nocase(r->text, STR("relay")))
        return NO_RELAY;
    if (has_any(r->text, about_us, N_OF(about_us)) || str_eq(e, STR("5.1.7")) || str_eq(e, STR("5.1.8")))
        return NOT_FROM_US;
    if (str_starts(e, STR("5.1.")) || str_starts(e, STR("5.2.")) || str_eq(e, STR("5.4.1")))
        return NO_MAILBOX;
    return str_starts(e, STR("5.7.")) ? NOT_FROM_US : NO_MAILBOX;
}

static void say_refused(struct ask *q, struct findings *out, const struct mail_seen *s, const struct smtp_recipient *r,
                        enum taken how)
{
    bool is_postmaster = str_starts_nocase(r->address, STR("postmaster@"));
    bool declared = str_list_has_nocase(&q->launch->email.addresses, r->address);
    struct finding *f;

    if (how == NO_RELAY)
        f = say(out, FAIL, q->domain, "%.*s does not take mail for %.*s at all", STR_ARG(s->host->name),
                STR_ARG(q->domain));
    else
        f = say(out, declared ? FAIL : WARN, r->address, "Mail to %.*s is refused", STR_ARG(r->address));
    f->key = how == NO_RELAY ? STR("relay") : STR("refused");
    f->on_money_path = declared || how == NO_RELAY;
    finding_evidence(out, f, "RCPT TO", mail_seen_name(q->arena, s), s->smtp->at_s, "%.*s",
                     STR_ARG(smtp_reply_text(q->arena, &r->reply)));
    if (how == NO_RELAY)
        finding_fix(out, f,
                    "Add and verify %.*s in the console of the provider that runs this server, or let the MX records "
                    "name the server that does know the domain",
                    STR_ARG(q->domain));
    else if (is_postmaster && !declared)
        finding_fix(out, f,
                    "Create postmaster@%.*s, or an alias of it to a mailbox that is read: every domain that takes mail "
                    "must have it (RFC 5321 section 4.5.1), and providers report problems there",
                    STR_ARG(q->domain));
    else
        finding_fix(out, f,
                    "Create the mailbox, or an alias of that name to one that is read: the launch file says "
                    "that people write to it");
}

static void say_unknown(struct ask *q, struct findings *out, const struct mail_seen *s, struct str address,
                        const struct smtp_reply *r, const char *words, enum err_kind kind)
{
    struct finding *f = say(out, UNKNOWN, address, "Whether %.*s takes mail is not known: %s", STR_ARG(address), words);

    f->key = STR("asked");
    f->unseen_kind = kind;
    f->unseen_place = f->subject;
    finding_evidence(out, f, "reply", mail_seen_name(q->arena, s), s->smtp->at_s, "%.*s",
                     STR_ARG(smtp_reply_text(q->arena, r)));
}

static void judge_recipient(struct ask *q, struct findings *out, const struct mail_seen *s,
                            const struct smtp_recipient *r)
{
    enum taken how = read_reply(&r->reply);

    switch (how) {
    case TAKEN:
    case NOT_ASKED: break;
    case NO_RELAY:
        if (mail_said(out, q->domain, "relay"))
            break;
        say_refused(q, out, s, r, how);
        break;
    case NO_MAILBOX: say_refused(q, out, s, r, how); break;
    case LATER:
        say_unknown(q, out, s, r->address, &r->reply,
                    str_starts(r->reply.enhanced, STR("4.2."))
                        ? "the mailbox is full or cannot be opened now; ask again later"
                        : "the server puts off senders that it does not know (greylisting); ask again in half an hour",
                    ERR_TIMEOUT);
        break;
    case NOT_FROM_US:
        say_unknown(q, out, s, r->address, &r->reply,
                    "the server refuses this machine, not the address; run this from a machine that may send mail",
                    ERR_BLOCKED);
        break;
    }
}

static bool is_ascii(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] >= 0x80)
            return false;
    return true;
}

/* Why no recipient could be asked for: the newest thing that the server said, or that it fell silent. */
static void say_not_asked(struct ask *q, struct findings *out, const struct mail_seen *s, struct str address)
{
    const struct fact_smtp *x = s->smtp;
    const struct smtp_reply *last = x->mail_from.code ? &x->mail_from : x->ehlo.code ? &x->ehlo : &x->banner;

    if (x->end.kind != ERR_NONE)
        say_unknown(q, out, s, address, last, x->end.text, x->end.kind);
    else if (last->code / 100 == 4)
        say_unknown(q, out, s, address, last, "the server has no time now; ask again later", ERR_TIMEOUT);
    else if (last->code / 100 == 5)
        say_unknown(q, out, s, address, last, "the server does not talk to this machine", ERR_BLOCKED);
    else
        say_unknown(q, out, s, address, last,
                    is_ascii(address) ? "the server ended the dialogue before it was asked"
                                      : "the server does not take addresses beyond ASCII (SMTPUTF8)",
                    is_ascii(address) ? ERR_RESET : ERR_PROTOCOL);
}

/* RFC 7504 section 3: a server that takes no mail at all. */
static bool takes_no_mail(const struct fact_smtp *x)
{
    return x->banner.code == 521 ||
           (x->banner.code == 554 && str_has_nocase(x->banner.text, STR("no smtp service here")));
}

static void judge_banners(struct ask *q, struct findings *out, const struct mail_hosts *h)
{
    for (size_t i = 0; i < h->n_seen; i++) {
        const struct mail_seen *s = &h->seen[i];
        if (!s->smtp || !takes_no_mail(s->smtp) || mail_said(out, s->host->name, "closed"))
            continue;
        struct finding *f =
            say(out, FAIL, s->host->name, "%.*s says that it takes no mail at all", STR_ARG(s->host->name));
        f->key = STR("closed");
        finding_evidence(out, f, "banner", mail_seen_name(q->arena, s), s->smtp->at_s, "%.*s",
                         STR_ARG(smtp_reply_text(q->arena, &s->smtp->banner)));
        finding_remove_record(out, f, str_cstr(q->arena, q->domain), "MX", "%u %.*s.", s->host->preference,
                              STR_ARG(s->host->name));
    }
}

/* The first server, by preference, that lets itself be asked. */
static void judge_mailboxes(struct ask *q, struct findings *out, const struct mail_hosts *h)
{
    const struct mail_seen *asked = NULL;
    struct mail_seen other;

    for (size_t i = 0; i < h->n_seen && (!asked || asked->smtp->mail_from.code / 100 != 2); i++) {
        const struct mail_seen *s = &h->seen[i];
        if (!s->smtp || takes_no_mail(s->smtp))
            continue;
        if (s->smtp->n_recipients) {
            asked = s;
        } else if (s->smtp->ehlo.code == 250) {
            other = *s;
            other.smtp = fact_smtp(q, s->host->name, s->address, &h->recipients);
            if (!other.smtp)
                return;
            asked = &other;
            break;
        } else if (!asked) {
            other = *s;
            asked = &other;
        }
    }
    if (!asked)
        return;
    for (size_t i = 0; i < asked->smtp->n_recipients; i++)
        if (asked->smtp->recipients[i].reply.code)
            judge_recipient(q, out, asked, &asked->smtp->recipients[i]);
        else
            say_not_asked(q, out, asked, asked->smtp->recipients[i].address);
    if (!asked->smtp->n_recipients)
        say_not_asked(q, out, asked, h->recipients.v[0]);
}

void check_email_mx(struct ask *q, struct findings *out)
{
    struct mail_hosts h;

    if (!mail_hosts_find(q, &h))
        return;
    if (h.null_mx)
        judge_null(q, out, &h);
    else if (!h.n_hosts)
        judge_none(q, out, &h);
    if (!h.n_hosts)
        return;
    judge_targets(q, out, &h);
    judge_mix(q, out, &h);
    mail_hosts_visit(q, &h);
    judge_reach(q, out, &h);
    judge_banners(q, out, &h);
    judge_mailboxes(q, out, &h);
}
