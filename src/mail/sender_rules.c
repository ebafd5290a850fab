/* What the big mailbox providers ask of senders, and RFC 5322 of messages. Sources, as of November 2026: Google's
 * "Email sender guidelines" and "Email subscription guidelines"; Yahoo's "Sender best practices"; Microsoft's
 * "Strengthening Email Ecosystem: Outlook's new requirements for high-volume senders" (2025); RFC 8058. */
#include <string.h>

#include "core/arena.h"
#include "core/ip.h"
#include "core/text.h"
#include "mail/mail_date.h"
#include "mail/verify.h"

#define AHEAD_MOST_S  (3 * 3600)
#define BEHIND_MOST_S (96 * 3600)
#define SIZE_USUAL    (25u * 1024 * 1024)
#define NAMES_MOST    10u /* PTR names looked at */
#define SHOWN_MOST    80u

struct rules {
    struct arena *arena;
    const struct mail_resolver *dns;
    struct verify_report *r;
};

enum scope { EVERYBODY, BULK };

/* A rule for bulk mail is silent about a message that is none. */
static void breaks(struct rules *s, enum scope scope, const char *id, const char *who, struct str text)
{
    struct verify_report *r = s->r;

    if (scope == EVERYBODY || r->is_bulk)
        *ARENA_PUSH(s->arena, r->rules, r->n_rules, r->rules_capacity) =
            (struct sender_rule){.id = id, .who = who, .text = text, .bulk_only = scope == BULK};
}

static void unseen(struct rules *s, enum scope scope, const char *id, const char *who, struct str text)
{
    size_t before = s->r->n_rules;

    breaks(s, scope, id, who, text);
    if (s->r->n_rules > before)
        s->r->rules[before].unseen = true;
}

static struct str shown(struct rules *s, struct str value)
{
    return text_shorten(s->arena, text_safe(s->arena, message_unfold(s->arena, value)), SHOWN_MOST);
}

/* ---- who it is from ---- */

static void rule_from(struct rules *s)
{
    const struct verify_report *r = s->r;

    if (r->n_from_fields == 0)
        breaks(s, EVERYBODY, "from-one", "RFC 5322, Gmail", STR("there is no From field: write one, with one address"));
    else if (r->n_from_fields > 1)
        breaks(s, EVERYBODY, "from-one", "RFC 5322, Gmail",
               str_fmt(s->arena, "there are %zu From fields: keep one", r->n_from_fields));
    else if (r->n_from == 0 || !r->from.domain.n)
        breaks(s, EVERYBODY, "from-one", "RFC 5322, Gmail",
               STR("the From field holds no address with a domain: write name@domain"));
    else if (r->n_from > 1)
        breaks(s, EVERYBODY, "from-one", "Gmail",
               str_fmt(s->arena,
                       "the From field holds %zu addresses, and Gmail refuses all but one: put the person there and "
                       "the others into Reply-To",
                       r->n_from));
    if ((str_eq(r->from.domain, STR("gmail.com")) || str_eq(r->from.domain, STR("googlemail.com"))) &&
        !strcmp(r->dmarc, "fail"))
        breaks(s, EVERYBODY, "gmail-from", "Gmail",
               STR("the From address is at Gmail, but Gmail did not send it: use an address of your own domain"));
}

/* ---- authentication ---- */

struct passes {
    bool spf, dkim, spf_maybe, dkim_maybe;
};

static struct passes count_passes(const struct verify_report *r)
{
    struct passes p = {.spf = r->spf_tried && r->spf.result == SPF_PASS,
                       .spf_maybe = !r->spf_tried || r->spf.result == SPF_TEMPERROR};

    for (size_t i = 0; i < r->n_dkim; i++) {
        p.dkim |= r->dkim[i].result == DKIM_PASS;
        p.dkim_maybe |= r->dkim[i].result == DKIM_TEMPERROR;
    }
    return p;
}

static void rule_authentication(struct rules *s)
{
    struct passes p = count_passes(s->r);

    if (!p.spf && !p.dkim && (p.spf_maybe || p.dkim_maybe))
        unseen(
            s, EVERYBODY, "authentication", "Gmail, Yahoo",
            STR("at least one of SPF and DKIM must pass; no DKIM signature does, and the rest could not be looked at"));
    else if (!p.spf && !p.dkim)
        breaks(s, EVERYBODY, "authentication", "Gmail, Yahoo",
               STR("neither SPF nor DKIM passes, and mail without either is refused or filed as spam: turn DKIM "
                   "signing on at "
                   "the service that sends it, and publish its key"));
    if (p.spf && p.dkim)
        return;
    bool no_spf = !p.spf && !p.spf_maybe, no_dkim = !p.dkim && !p.dkim_maybe;
    struct str text = STR("bulk mail needs SPF and DKIM both; one of them could not be looked at");
    if (no_spf)
        text = STR("bulk mail needs SPF and DKIM both; SPF does not pass: publish the record that the sending service "
                   "asks for at "
                   "the domain of the envelope sender");
    if (no_dkim)
        text = STR("bulk mail needs SPF and DKIM both; no DKIM signature passes: turn signing on at the service that "
                   "sends it");
    (no_spf || no_dkim ? breaks : unseen)(s, BULK, "spf-and-dkim", "Gmail, Yahoo, Microsoft", text);
}

static void rule_dmarc(struct rules *s)
{
    const struct verify_report *r = s->r;
    struct str from = r->from.domain;

    if (!strcmp(r->dmarc, "permerror"))
        return; /* told by from-one */
    if (!r->policy.has_record)
        (r->policy.unseen.n ? unseen : breaks)(
            s, BULK, "dmarc", "Gmail, Yahoo, Microsoft",
            r->policy.unseen.n
                ? str_fmt(s->arena, "the DMARC record of %.*s could not be looked up", STR_ARG(from))
                : str_fmt(
                      s->arena,
                      "the From domain needs a DMARC record: publish \"v=DMARC1; p=none; rua=mailto:...\" as TXT at "
                      "_dmarc.%.*s",
                      STR_ARG(from)));
    if (r->spf_aligned || r->dkim_aligned)
        return;
    if (!strcmp(r->dmarc, "temperror") || r->maybe_aligned || !r->spf_tried || !r->has_mail_from)
        unseen(s, EVERYBODY, "from-alignment", "Gmail, Yahoo, Microsoft",
               str_fmt(s->arena, "whether SPF or DKIM vouches for the From domain %.*s could not be looked up",
                       STR_ARG(from)));
    else
        breaks(
            s, EVERYBODY, "from-alignment", "Gmail, Yahoo, Microsoft (who send 5,000 a day)",
            str_fmt(s->arena,
                    "neither SPF nor DKIM passes for %.*s, the domain that the reader sees: have the service sign with "
                    "it (a DKIM key of your own domain), or bounce to a host below it",
                    STR_ARG(from)));
}

/* Microsoft asks for a From or Reply-To that can take an answer. */
static void rule_answers(struct rules *s)
{
    const struct verify_report *r = s->r;

    if (!r->from.domain.n || r->n_from_fields != 1 || message_count(r->message, STR("Reply-To")))
        return;
    if (r->from_exists == MAIL_FAILED)
        unseen(s, BULK, "from-answers", "Microsoft (recommended)",
               str_fmt(s->arena, "whether %.*s takes mail could not be looked up", STR_ARG(r->from.domain)));
    else if (!r->from_takes_mail)
        breaks(s, BULK, "from-answers", "Microsoft (recommended)",
               str_fmt(s->arena,
                       "nobody can answer: %.*s takes no mail. Publish an MX there or add a Reply-To that does",
                       STR_ARG(r->from.domain)));
}

/* ---- one-click unsubscribe, RFC 8058 ---- */

static bool covers(const struct dkim_verdict *d, const char *name)
{
    return d->result == DKIM_PASS && str_list_has_nocase(&d->signature.headers, str_of(name));
}

static void rule_one_click(struct rules *s)
{
    static const char id[] = "one-click";
    const struct verify_report *r = s->r;
    const struct message_field *where = message_field(r->message, STR("List-Unsubscribe"), 0),
                               *post = message_field(r->message, STR("List-Unsubscribe-Post"), 0);
    bool covered = false, maybe = false;

    if (!where) {
        breaks(s, BULK, id, "Gmail, Yahoo",
               STR("there is no List-Unsubscribe: add List-Unsubscribe: <https://...> with an address that is this "
                   "reader's "
                   "own, and List-Unsubscribe-Post: List-Unsubscribe=One-Click"));
        return;
    }
    if (!str_has_nocase(where->value, STR("<https://"))) {
        breaks(s, BULK, id, "Gmail",
               str_fmt(s->arena,
                       "List-Unsubscribe (%.*s) names no https address: add one beside it, mailto alone is not one "
                       "click",
                       STR_ARG(shown(s, where->value))));
        return;
    }
    if (!post || !str_eq_nocase(message_unfold(s->arena, post->value), STR("List-Unsubscribe=One-Click"))) {
        breaks(s, BULK, id, "Gmail, Yahoo",
               post ? str_fmt(s->arena, "List-Unsubscribe-Post is \"%.*s\": it must be List-Unsubscribe=One-Click",
                              STR_ARG(shown(s, post->value)))
                    : STR("there is no List-Unsubscribe-Post: add List-Unsubscribe-Post: List-Unsubscribe=One-Click, "
                          "and let the "
                          "https address take a POST without asking anything"));
        return;
    }
    for (size_t i = 0; i < r->n_dkim; i++) {
        covered |= covers(&r->dkim[i], "List-Unsubscribe") && covers(&r->dkim[i], "List-Unsubscribe-Post");
        maybe |= r->dkim[i].result == DKIM_TEMPERROR;
    }
    if (!covered)
        (maybe ? unseen : breaks)(
            s, BULK, id, "Gmail, Yahoo",
            STR("no DKIM signature that passes covers List-Unsubscribe and List-Unsubscribe-Post: put both "
                "into its h= (RFC 8058 section 4), or the button is not shown"));
}

static void rule_list_id(struct rules *s)
{
    const struct message *m = s->r->message;

    if (message_count(m, STR("List-Post")) && !message_count(m, STR("List-Id")))
        breaks(s, BULK, "list-id", "Gmail", STR("a mailing list names itself in List-Id: add it"));
}

/* ---- the header ---- */

/* "<left@right>" without white space (RFC 5322 section 3.6.4; a left part may be quoted). */
static bool is_message_id(struct str id)
{
    size_t n_at = 0, at = 0;
    bool quoted = false;

    if (id.n < 5 || id.p[0] != '<' || id.p[id.n - 1] != '>')
        return false;
    for (size_t i = 1; i + 1 < id.n; i++) {
        char c = id.p[i];
        if (c == '"')
            quoted = !quoted;
        if (c <= ' ' || c > '~' || (!quoted && (c == '<' || c == '>' || c == '(' || c == ')')))
            return false;
        if (c == '@' && !quoted)
            n_at++, at = i;
    }
    return n_at == 1 && at > 1 && at + 2 < id.n;
}

static void rule_message_id(struct rules *s)
{
    const struct message_field *f = message_field(s->r->message, STR("Message-ID"), 0);

    if (!f)
        breaks(s, EVERYBODY, "message-id", "Gmail, RFC 5322",
               STR("there is no Message-ID, and Gmail refuses such mail: let the program that writes the message add "
                   "one, as in "
                   "Message-ID: <unique@your-domain>"));
    else if (!is_message_id(message_unfold(s->arena, f->value)))
        breaks(s, EVERYBODY, "message-id", "Gmail, RFC 5322",
               str_fmt(s->arena, "the Message-ID \"%.*s\" is not valid: it must look like <unique@your-domain>",
                       STR_ARG(shown(s, f->value))));
}

static int64_t arrival_s(const struct verify_report *r)
{
    if (r->client_hop != SIZE_MAX && r->hops[r->client_hop].at_s != -1)
        return r->hops[r->client_hop].at_s;
    for (size_t i = r->n_hops; i > 0; i--) /* the oldest server that has a clock */
        if (r->hops[i - 1].at_s != -1)
            return r->hops[i - 1].at_s;
    return -1;
}

static struct str span_text(struct arena *arena, int64_t seconds)
{
    if (seconds >= 2 * 86400)
        return str_fmt(arena, "%lld days", (long long)(seconds / 86400));
    return str_fmt(arena, "%lld hours", (long long)(seconds / 3600));
}

static void rule_date(struct rules *s)
{
    const struct message_field *f = message_field(s->r->message, STR("Date"), 0);
    int64_t arrived = arrival_s(s->r);
    struct mail_date d;

    if (!f) {
        breaks(s, EVERYBODY, "date", "RFC 5322, Gmail",
               STR("there is no Date field: let the program that writes the message add it"));
        return;
    }
    if (!mail_date_parse(f->value, &d)) {
        breaks(s, EVERYBODY, "date", "RFC 5322, Gmail",
               str_fmt(s->arena, "the Date \"%.*s\" cannot be read: it must look like Tue, 24 Nov 2026 10:00:00 +0000",
                       STR_ARG(shown(s, f->value))));
        return;
    }
    if (d.wrong_day)
        breaks(
            s, EVERYBODY, "date", "RFC 5322",
            str_fmt(s->arena, "the day of the week in \"%.*s\" is not that of the date", STR_ARG(shown(s, f->value))));
    if (arrived == -1)
        return;
    if (d.at_s - arrived > AHEAD_MOST_S)
        breaks(s, EVERYBODY, "date", "RFC 5322, spam filters",
               str_fmt(s->arena, "the Date lies %.*s after the message arrived: set the sender's clock and time zone",
                       STR_ARG(span_text(s->arena, d.at_s - arrived))));
    else if (arrived - d.at_s > BEHIND_MOST_S)
        breaks(
            s, EVERYBODY, "date", "RFC 5322, spam filters",
            str_fmt(s->arena,
                    "the Date lies %.*s before the message arrived: write it when the message is sent, not when it is "
                    "put into a queue or template",
                    STR_ARG(span_text(s->arena, arrived - d.at_s))));
}

static void rule_syntax(struct rules *s)
{
    static const struct {
        unsigned oddity;
        const char *id, *text;
    } odd[] = {
        {MESSAGE_BARE_LF | MESSAGE_BARE_CR, "line-ends",
         "some lines end with a lone CR or LF: servers refuse it (against smuggled messages) or rewrite it, which "
         "breaks DKIM. "
         "End each line with CRLF"},
        {MESSAGE_LONG_LINE, "long-line",
         "a line is longer than 998 characters: servers cut it, which breaks DKIM. Encode the part as quoted-printable "
         "or base64"},
        {MESSAGE_BROKEN_FIELD, "broken-field", "a line of the header is no field (Name: value): remove it"},
        {MESSAGE_NUL, "nul", "there is a NUL byte, which no message may hold: encode the part as base64"},
    };
    static const char *const once[] = {"Date", "Sender",     "Reply-To",    "To",         "Cc",
                                       "Bcc",  "Message-ID", "In-Reply-To", "References", "Subject"};
    const struct message *m = s->r->message;
    const struct message_field *f;

    for (size_t i = 0; i < N_OF(odd); i++)
        if (m->oddities & odd[i].oddity)
            breaks(s, EVERYBODY, odd[i].id, "RFC 5322, Gmail, Yahoo", str_of(odd[i].text));
    if (m->oddities & MESSAGE_EIGHT_BIT_HEADER) {
        bool utf8 = true;
        for (size_t i = 0; i < m->n_fields; i++)
            utf8 &= text_is_utf8(m->fields[i].value);
        breaks(s, EVERYBODY, "header-8bit", "RFC 5322, Gmail, Yahoo",
               utf8 ? STR("the header holds letters beyond ASCII: write them as =?UTF-8?...?= (RFC 2047), or many "
                          "servers refuse it")
                    : STR("the header holds bytes that are neither ASCII nor UTF-8: write them as =?UTF-8?...?= (RFC "
                          "2047)"));
    }
    for (size_t i = 0; i < N_OF(once); i++)
        if (message_count(m, str_of(once[i])) > 1 && (f = message_field(m, str_of(once[i]), 1)))
            breaks(s, EVERYBODY, "duplicate-field", "RFC 5322, Gmail",
                   str_fmt(s->arena, "there are %zu %s fields (the second in line %d): keep one",
                           message_count(m, str_of(once[i])), once[i], f->line));
    if (m->bytes.n > SIZE_USUAL)
        breaks(s, EVERYBODY, "size", "most mailbox providers",
               str_fmt(s->arena, "the message has %zu MB, and many servers stop at 25: link to large files instead",
                       m->bytes.n / (1024u * 1024u)));
}

/* ---- the server that sent it ---- */

static bool says_plain(struct str with)
{
    static const char *const plain[] = {"SMTP", "ESMTP", "ESMTPA", "UTF8SMTP", "UTF8SMTPA"};

    for (size_t i = 0; i < N_OF(plain); i++)
        if (str_eq_nocase(with, str_of(plain[i])) ||
            (str_starts_nocase(with, str_of(plain[i])) && with.p[strlen(plain[i])] == ' '))
            return true;
    return false;
}

static void rule_tls(struct rules *s)
{
    const struct verify_report *r = s->r;
    const struct received_hop *hop = r->client_hop == SIZE_MAX ? NULL : &r->hops[r->client_hop];

    if (r->origin_unseen.n)
        unseen(s, EVERYBODY, "tls", "Gmail", r->origin_unseen);
    else if (hop && !hop->is_private && !hop->encrypted && says_plain(hop->with))
        breaks(
            s, EVERYBODY, "tls", "Gmail",
            str_fmt(s->arena,
                    "the last way to the receiver was not encrypted, by what %.*s wrote (\"with %.*s\"): turn TLS on "
                    "for outgoing mail (in Postfix smtp_tls_security_level = may)",
                    STR_ARG(shown(s, hop->by)), STR_ARG(shown(s, hop->with))));
    else if (hop && str_starts(hop->tls, STR("TLSv1.")) && (hop->tls.p[6] == '0' || hop->tls.p[6] == '1'))
        breaks(
            s, EVERYBODY, "tls", "RFC 8996",
            str_fmt(s->arena,
                    "the last way to the receiver was encrypted with %.*s, which is broken: bring the sending server "
                    "up to date",
                    STR_ARG(hop->tls)));
}

/* Does the name lead back to the address? */
static enum mail_outcome leads_back(struct rules *s, struct str name, const struct ip *ip)
{
    struct mail_answer answer;
    struct str text = ip_text(s->arena, ip);
    struct ip one;

    mail_look(s->dns, s->arena, name, ip->is_v6 ? DNS_AAAA : DNS_A, &answer);
    for (size_t i = 0; i < answer.n; i++)
        if (ip_parse(answer.v[i].value, &one) && str_eq(ip_text(s->arena, &one), text))
            return MAIL_ANSWER;
    return answer.outcome == MAIL_FAILED ? MAIL_FAILED : MAIL_NODATA;
}

static void rule_ptr(struct rules *s)
{
    static const char who[] = "Gmail, Yahoo";
    struct str address = s->r->client_ip;
    struct mail_answer names;
    bool failed = false;
    struct ip ip;

    if (!ip_parse(address, &ip) || ip_is_unreachable(&ip))
        return;
    if (s->r->origin_unseen.n) {
        unseen(s, EVERYBODY, "ptr", who, s->r->origin_unseen);
        return;
    }
    mail_look(s->dns, s->arena, ip_reverse_name(s->arena, &ip), DNS_PTR, &names);
    if (names.outcome == MAIL_FAILED) {
        unseen(s, EVERYBODY, "ptr", who,
               str_fmt(s->arena, "the reverse name of %.*s could not be looked up", STR_ARG(address)));
        return;
    }
    if (!names.n) {
        breaks(
            s, EVERYBODY, "ptr", who,
            str_fmt(s->arena,
                    "the sending address %.*s has no reverse name (PTR): ask the host of that server to set it to the "
                    "name it greets with",
                    STR_ARG(address)));
        return;
    }
    for (size_t i = 0; i < names.n && i < NAMES_MOST; i++) {
        enum mail_outcome back = leads_back(s, names.v[i].value, &ip);
        if (back == MAIL_ANSWER)
            return;
        failed |= back == MAIL_FAILED;
    }
    struct str name = shown(s, names.v[0].value);
    if (failed)
        unseen(s, EVERYBODY, "ptr", who,
               str_fmt(s->arena, "whether %.*s, the reverse name of %.*s, leads back to it could not be looked up",
                       STR_ARG(name), STR_ARG(address)));
    else
        breaks(
            s, EVERYBODY, "ptr", who,
            str_fmt(s->arena,
                    "the reverse name of the sending address %.*s is %.*s, but that name does not lead back: publish "
                    "%s %.*s for it",
                    STR_ARG(address), STR_ARG(name), ip.is_v6 ? "AAAA" : "A", STR_ARG(address)));
}

void sender_rules(struct arena *arena, const struct mail_resolver *dns, struct verify_report *report)
{
    struct rules s = {arena, dns, report};

    rule_from(&s);
    rule_authentication(&s);
    rule_dmarc(&s);
    rule_answers(&s);
    rule_one_click(&s);
    rule_list_id(&s);
    rule_message_id(&s);
    rule_date(&s);
    rule_syntax(&s);
    rule_tls(&s);
    rule_ptr(&s);
}
