/* One message judged whole. What the sender may have written is told apart from what the receiver wrote: fields above
 * the Received field of the border are the receiver's. */
#include "mail/verify.h"

#include "core/arena.h"
#include "core/ip.h"
#include "launch/name.h"

#define ADDRESS_MOST 1000u
#define FROM_MOST    16u

/* A resolver that notes what failed, for engines that answer yes or no. */
struct watch {
    const struct mail_resolver *inner;
    size_t n_failed;
    struct str what;
};

static void watch_look(void *context, struct arena *arena, struct str name, enum dns_type type, struct mail_answer *ret)
{
    struct watch *w = context;

    mail_look(w->inner, arena, name, type, ret);
    if (ret->outcome == MAIL_FAILED && !w->n_failed++)
        w->what = str_fmt(arena, "%.*s (%.*s)", STR_ARG(name), STR_ARG(ret->why));
}

static void watch_want(void *context, struct str name, enum dns_type type)
{
    const struct watch *w = context;

    mail_want(w->inner, name, type);
}

/* ---- where it came from ---- */

static struct str domain_of(struct str address)
{
    for (size_t i = address.n; i > 0; i--)
        if (address.p[i - 1] == '@')
            return str_from(address, i);
    return STR_NONE;
}

enum answer { NO, YES, UNSEEN };

static enum answer has_address(struct arena *arena, const struct mail_resolver *dns, struct str name,
                               const struct ip *ip)
{
    struct mail_answer answer;
    struct str text = ip_text(arena, ip);
    struct ip one;

    mail_look(dns, arena, name, ip->is_v6 ? DNS_AAAA : DNS_A, &answer);
    for (size_t i = 0; i < answer.n; i++)
        if (ip_parse(answer.v[i].value, &one) && str_eq(ip_text(arena, &one), text))
            return YES;
    return answer.outcome == MAIL_FAILED ? UNSEEN : NO;
}

static bool is_same_owner(struct arena *arena, struct str a, struct str b)
{
    struct str owner = a.n && b.n ? name_registrable(arena, str_lower(arena, a)) : STR_NONE;

    return owner.n && name_is_within(b, owner);
}

/* From one of the receiver's hosts to another over public addresses. The name in the greeting is anybody's choice, so
 * it counts only when the DNS confirms it. */
static enum answer is_inside(struct arena *arena, const struct mail_resolver *dns, const struct received_hop *hop)
{
    struct str names[] = {hop->reverse, hop->helo};
    struct ip client, server;
    enum answer answer = NO;

    if (!ip_parse(hop->ip, &client))
        return YES;
    if (ip_parse(hop->by_ip, &server) && client.is_v6 && server.is_v6 &&
        ip_in(&client, str_fmt(arena, "%.*s/32", STR_ARG(hop->by_ip))))
        return YES; /* Exchange names both addresses, in one provider's network */
    for (size_t i = 0; i < N_OF(names) && answer != YES; i++)
        if (is_same_owner(arena, hop->by, names[i]) && !(i == 1 && str_eq_nocase(names[0], names[1]))) {
            enum answer has = has_address(arena, dns, names[i], &client);
            answer = has == NO ? answer : has;
        }
    return answer;
}

static bool is_by(struct arena *arena, const struct received_hop *hop, struct str server)
{
    struct str by = hop->by;
    struct ip wanted;

    while (by.n && by.p[by.n - 1] == '.')
        by.n--;
    if (str_eq_nocase(by, server))
        return true;
    return ip_parse(server, &wanted) &&
           (str_eq(hop->by_ip, ip_text(arena, &wanted)) || str_eq(by, str_fmt(arena, "[%.*s]", STR_ARG(server))));
}

static size_t choose_hop(struct arena *arena, const struct mail_resolver *dns, const struct verify_options *o,
                         struct verify_report *r)
{
    size_t named = SIZE_MAX, outside = SIZE_MAX;
    struct ip given;

    for (size_t i = 0; i < r->n_hops; i++) {
        const struct received_hop *hop = &r->hops[i];
        if (o->client_ip.n) {
            if (ip_parse(o->client_ip, &given) && str_eq(hop->ip, ip_text(arena, &given)))
                return i;
        } else if (o->trusted.n) {
            if (is_by(arena, hop, o->trusted) && (named == SIZE_MAX || !hop->is_private)) {
                named = i;
                if (!hop->is_private)
                    break;
            }
        } else if (!hop->is_private) {
            enum answer inside = is_inside(arena, dns, hop);
            if (inside == UNSEEN)
                r->origin_unseen = str_fmt(
                    arena, "whether %.*s is one of the receiver's own hosts could not be looked up", STR_ARG(hop->ip));
            if (inside != YES)
                return i;
            if (outside == SIZE_MAX)
                outside = i;
        }
    }
    return o->trusted.n ? named : outside; /* all within one owner's hosts: the newest */
}

/* The first field of that name that the receiver wrote: above the border. below: further down, where the sender may
 * have written it. */
static const struct message_field *receivers_field(const struct verify_report *r, struct str name, bool below)
{
    const struct message *m = r->message;
    const struct message_field *border = r->client_hop == SIZE_MAX ? NULL : r->hops[r->client_hop].field;
    bool past = false;

    for (size_t i = 0; i < m->n_fields; i++) {
        if (border && &m->fields[i] == border)
            past = true;
        if (past && !below)
            return NULL;
        if (str_eq_nocase(m->fields[i].name, name))
            return &m->fields[i];
    }
    return NULL;
}

/* "<bounce@shop.example>", also with a source route (RFC 5321 appendix F.2) or without the brackets. */
static struct str path_in(struct arena *arena, struct str value)
{
    struct str s = message_unfold(arena, value);
    size_t open = str_find_char(s, '<'), colon;

    if (open != SIZE_MAX) {
        s = str_from(s, open + 1);
        size_t close = str_find_char(s, '>');
        s = close != SIZE_MAX ? str_first(s, close) : s;
    }
    s = str_trim(s);
    if (s.n && s.p[0] == '@' && (colon = str_find_char(s, ':')) != SIZE_MAX)
        s = str_from(s, colon + 1);
    return str_first(s, s.n < ADDRESS_MOST ? s.n : ADDRESS_MOST);
}

/* key=value of a Received-SPF field (RFC 7208 section 9.1). */
static bool spf_field_value(struct arena *arena, struct str value, const char *key, struct str *ret)
{
    struct str s = message_unfold(arena, value), word = str_fmt(arena, "%s=", key);
    size_t at = str_find_nocase(s, word), end = 0;

    if (at == SIZE_MAX)
        return false;
    s = str_from(s, at + word.n);
    bool quoted = s.n && s.p[0] == '"';
    if (quoted)
        s = str_from(s, 1);
    while (end < s.n && (quoted ? s.p[end] != '"' : s.p[end] != ';' && s.p[end] != ' '))
        end++;
    *ret = path_in(arena, str_first(s, end));
    return true;
}

static bool take_mail_from(struct arena *arena, const struct verify_options *o, struct verify_report *r,
                           const char **source)
{
    const struct message_field *f;

    if (o->mail_from.n) {
        r->mail_from = path_in(arena, o->mail_from);
        *source = "given";
        return true;
    }
    if (r->client_hop != SIZE_MAX && r->hops[r->client_hop].has_envelope_from) {
        r->mail_from = r->hops[r->client_hop].envelope_from;
        *source = "from that field too";
        return true;
    }
    f = receivers_field(r, STR("Return-Path"), false);
    if (f) {
        r->mail_from = path_in(arena, f->value);
        *source = "from Return-Path";
        return true;
    }
    f = receivers_field(r, STR("Received-SPF"), false);
    if (f && spf_field_value(arena, f->value, "envelope-from", &r->mail_from)) {
        *source = "from Received-SPF";
        return true;
    }
    f = receivers_field(r, STR("X-Envelope-From"), false);
    if (f) {
        r->mail_from = path_in(arena, f->value);
        *source = "from X-Envelope-From";
        return true;
    }
    for (size_t i = 0; i < r->n_hops && r->client_hop != SIZE_MAX && i < r->client_hop; i++)
        if (r->hops[i].has_envelope_from) {
            r->mail_from = r->hops[i].envelope_from;
            *source = "from a later Received field";
            return true;
        }
    f = receivers_field(r, STR("Return-Path"), true);
    if (f) {
        r->mail_from = path_in(arena, f->value);
        *source = "from a Return-Path below it, which the sender may have written";
        return true;
    }
    return false;
}

static void find_client(struct arena *arena, const struct mail_resolver *dns, const struct verify_options *o,
                        struct verify_report *r)
{
    const struct received_hop *hop = NULL;
    const char *source = "";
    struct ip given;

    r->client_hop = choose_hop(arena, dns, o, r);
    if (r->client_hop != SIZE_MAX)
        hop = &r->hops[r->client_hop];
    if (o->client_ip.n)
        r->client_ip = ip_parse(o->client_ip, &given) ? ip_text(arena, &given) : o->client_ip;
    else if (hop)
        r->client_ip = hop->ip;
    r->helo = o->helo.n ? o->helo : hop ? hop->helo : STR_NONE;
    r->has_mail_from = take_mail_from(arena, o, r, &source);
    r->spf_domain = str_lower(arena, r->mail_from.n ? domain_of(r->mail_from) : r->helo);
    if (!r->client_ip.n) {
        r->spf_source =
            o->trusted.n && !hop
                ? str_fmt(arena, "no Received field was written by %.*s", STR_ARG(o->trusted))
                : STR("no Received field names a public address that the message came from; --client-ip gives one");
        return;
    }
    struct str where = o->client_ip.n || !hop ? STR("the address was given")
                                              : str_fmt(arena, "the address is in the Received field of %.*s",
                                                        STR_ARG(hop->by.n ? hop->by : STR("an unnamed server")));
    r->spf_source =
        r->has_mail_from
            ? str_fmt(arena, "%.*s, the envelope sender was taken %s", STR_ARG(where), source)
            : str_fmt(arena, "%.*s; nothing says who the envelope sender was: --mail-from gives it", STR_ARG(where));
    if (r->has_mail_from && o->mail_from.n)
        r->spf_source = str_fmt(arena, "%.*s, and so was the envelope sender", STR_ARG(where));
}

static void check_spf(struct arena *arena, const struct mail_resolver *dns, const struct verify_options *o,
                      struct verify_report *r)
{
    r->spf.result = SPF_NONE;
    r->spf.domain = r->spf_domain;
    if (!r->client_ip.n || (!r->mail_from.n && !r->helo.n)) {
        r->spf.reason = str_fmt(arena, "not looked at: %.*s", STR_ARG(r->spf_source));
        return;
    }
    r->spf_tried = true;
    if (r->origin_unseen.n) { /* asked about the wrong host, SPF would answer wrongly */
        r->spf.result = SPF_TEMPERROR;
        r->spf.reason = r->origin_unseen;
        return;
    }
    spf_check(arena, dns,
              &(struct spf_question){.ip = r->client_ip,
                                     .mail_from = r->mail_from,
                                     .helo = r->helo,
                                     .receiver = r->client_hop != SIZE_MAX ? r->hops[r->client_hop].by : STR_NONE,
                                     .now_s = o->now_s},
              &r->spf);
}

/* ---- the author and the policy ---- */

/* Empty for one author domain, else why not (RFC 9989: neither none nor several can be judged). */
static struct str find_author(struct arena *arena, struct verify_report *r)
{
    struct message_mailbox all[FROM_MOST];
    const struct message_field *f;
    bool differ = false;

    for (; (f = message_field(r->message, STR("From"), r->n_from_fields)); r->n_from_fields++) {
        size_t n = message_mailboxes(arena, f->value, all, FROM_MOST);
        for (size_t i = 0; i < n; i++) {
            if (r->n_from++ == 0)
                r->from = all[i];
            else if (!str_eq(all[i].domain, r->from.domain))
                differ = true;
        }
    }
    if (r->n_from_fields == 0)
        return STR("the message has no From field: nobody can be held to it");
    if (r->n_from_fields > 1)
        return str_fmt(arena, "the message has %zu From fields, and only one of them would be shown", r->n_from_fields);
    if (differ)
        return STR("the From field names authors of several domains");
    return r->from.domain.n ? STR_NONE : STR("the From field holds no address with a domain");
}

static void look_up_author(struct arena *arena, const struct mail_resolver *dns, struct verify_report *r)
{
    static const enum dns_type types[] = {DNS_MX, DNS_A, DNS_AAAA};
    struct mail_answer answer;

    r->from_exists = MAIL_NXDOMAIN; /* none of the three, for RFC 9989, whatever the rcode */
    for (size_t i = 0; i < N_OF(types); i++) {
        mail_look(dns, arena, r->from.domain, types[i], &answer);
        if (answer.outcome == MAIL_ANSWER) {
            r->from_exists = MAIL_ANSWER;
            if (!(types[i] == DNS_MX && answer.n == 1 && !answer.v[0].value.n))
                r->from_takes_mail = true;
            return; /* an MX decides, null or not */
        }
        if (answer.outcome == MAIL_FAILED)
            r->from_exists = MAIL_FAILED;
    }
}

struct paths {
    bool maybe;           /* a failed look-up stands between the message and a pass */
    struct str spf, dkim; /* in words */
};

static void align(struct arena *arena, const struct mail_resolver *dns, struct verify_report *r, struct paths *paths)
{
    struct watch watch = {dns, 0, STR_NONE};
    const struct mail_resolver watched = {watch_look, watch_want, &watch};
    struct str from = r->from.domain;
    bool unsure = r->policy.unseen.n && !r->policy.has_record; /* perhaps it asks for strict alignment */
    bool known = r->spf_tried && (r->has_mail_from || r->mail_from.n), could;

    could = known && (r->spf.result == SPF_PASS || r->spf.result == SPF_TEMPERROR) && r->spf_domain.n;
    bool aligned =
        could && dmarc_is_aligned(arena, &watched, from, r->spf_domain, unsure || r->policy.record.strict_spf);
    r->spf_aligned = aligned && r->spf.result == SPF_PASS;
    paths->maybe = could && !r->spf_aligned && (aligned || watch.n_failed);
    if (r->spf_aligned)
        paths->spf = str_fmt(arena, "SPF passes for %.*s, which is aligned", STR_ARG(r->spf_domain));
    else if (could && r->spf.result == SPF_PASS)
        paths->spf = str_fmt(arena, "SPF passes, but for %.*s, which is not aligned", STR_ARG(r->spf_domain));
    else if (!r->spf_tried)
        paths->spf = STR("SPF could not be looked at");
    else if (!known)
        paths->spf = STR("SPF does not count without an envelope sender");
    else
        paths->spf = str_fmt(arena, "SPF is %s", spf_result_word(r->spf.result));

    paths->dkim = r->n_dkim ? STR("no DKIM signature passes") : STR("there is no DKIM signature");
    for (size_t i = 0; i < r->n_dkim; i++) {
        const struct dkim_verdict *d = &r->dkim[i];
        if (d->result != DKIM_PASS && d->result != DKIM_TEMPERROR)
            continue;
        watch.n_failed = 0;
        aligned = dmarc_is_aligned(arena, &watched, from, d->signature.domain, unsure || r->policy.record.strict_dkim);
        if (aligned && d->result == DKIM_PASS) {
            r->signature_aligned[i] = true;
            if (!r->dkim_aligned)
                r->aligned_signature = i;
            r->dkim_aligned = true;
        } else if (r->dkim_aligned) {
            continue;
        } else if (aligned || watch.n_failed) {
            paths->maybe = true;
            paths->dkim =
                str_fmt(arena, "the DKIM signature of %.*s could not be looked up", STR_ARG(d->signature.domain));
        } else if (d->result == DKIM_PASS && !paths->maybe) {
            paths->dkim =
                str_fmt(arena, "DKIM passes, but for %.*s, which is not aligned", STR_ARG(d->signature.domain));
        }
    }
    r->maybe_aligned = paths->maybe && !r->spf_aligned && !r->dkim_aligned;
    if (r->dkim_aligned)
        paths->dkim = str_fmt(arena, "the DKIM signature of %.*s passes and is aligned",
                              STR_ARG(r->dkim[r->aligned_signature].signature.domain));
}

/* So that the look-ups overlap. */
static void want_soon(struct arena *arena, const struct mail_resolver *dns, const struct verify_report *r)
{
    struct ip ip;

    if (r->spf_domain.n && r->client_ip.n)
        mail_want(dns, r->spf_domain, DNS_TXT);
    if (ip_parse(r->client_ip, &ip) && !ip_is_unreachable(&ip))
        mail_want(dns, ip_reverse_name(arena, &ip), DNS_PTR);
    if (r->from.domain.n) {
        mail_want(dns, str_fmt(arena, "_dmarc.%.*s", STR_ARG(r->from.domain)), DNS_TXT);
        mail_want(dns, r->from.domain, DNS_MX);
    }
}

/* no_author: why the message has none that can be judged; empty when it has one. */
static void check_dmarc(struct arena *arena, const struct mail_resolver *dns, struct str no_author,
                        struct verify_report *r)
{
    struct paths paths = {0};

    if (no_author.n) {
        r->dmarc = "permerror";
        r->dmarc_reason = no_author;
        return;
    }
    look_up_author(arena, dns, r);
    dmarc_find(arena, dns, r->from.domain, r->from_exists != MAIL_NXDOMAIN, &r->policy);
    align(arena, dns, r, &paths);
    struct str both = str_fmt(arena, "%.*s; %.*s", STR_ARG(paths.spf), STR_ARG(paths.dkim));
    if (r->policy.unseen.n && !r->policy.has_record) {
        r->dmarc = "temperror";
        r->dmarc_reason = str_fmt(arena, "the policy of %.*s could not be looked up: %.*s", STR_ARG(r->from.domain),
                                  STR_ARG(r->policy.unseen));
    } else if (!r->policy.has_record && r->policy.policy_at.n) {
        const struct dmarc_flaw *flaw = dmarc_fatal(&r->policy.record);
        r->dmarc = "none";
        r->dmarc_reason = str_fmt(arena, "the DMARC record of %.*s is broken, and receivers ignore it: %.*s; %.*s",
                                  STR_ARG(r->policy.policy_at), STR_ARG(flaw ? flaw->text : STR_NONE), STR_ARG(both));
    } else if (!r->policy.has_record) {
        r->dmarc = "none";
        r->dmarc_reason = str_fmt(arena,
                                  r->policy.several ? "%.*s has several DMARC records, and receivers use none; %.*s"
                                                    : "%.*s has no DMARC record; %.*s",
                                  STR_ARG(r->from.domain), STR_ARG(both));
    } else if (r->spf_aligned || r->dkim_aligned) {
        r->dmarc = "pass";
        r->dmarc_pass = true;
        r->dmarc_reason = both;
    } else if (paths.maybe) {
        r->dmarc = "temperror";
        r->dmarc_reason = both;
    } else {
        r->dmarc = "fail";
        r->dmarc_reason = both;
    }
}

void verify_message(struct arena *arena, const struct mail_resolver *dns, const struct message *m,
                    const struct verify_options *options, struct verify_report *ret)
{
    struct verify_report *r = ret;

    *r = (struct verify_report){.message = m, .client_hop = SIZE_MAX, .dmarc = "none"};
    r->hops = arena_array(arena, VERIFY_HOPS_MOST, sizeof *r->hops);
    r->n_hops = received_hops(arena, m, r->hops, VERIFY_HOPS_MOST);
    find_client(arena, dns, options, r);
    struct str no_author = find_author(arena, r);
    want_soon(arena, dns, r);
    check_spf(arena, dns, options, r);
    r->dkim = arena_array(arena, VERIFY_SIGNATURES_MOST, sizeof *r->dkim);
    r->n_dkim = dkim_verify(arena, dns, m, options->now_s, r->dkim, VERIFY_SIGNATURES_MOST);
    check_dmarc(arena, dns, no_author, r);
    arc_verify(arena, dns, m, options->now_s, &r->arc);
    r->is_bulk = options->bulk;
    for (size_t i = 0; i < m->n_fields; i++)
        r->is_bulk |= str_starts_nocase(m->fields[i].name, STR("List-"));
    sender_rules(arena, dns, r);
}

enum verify_outcome verify_outcome(const struct verify_report *r)
{
    bool some = r->spf_tried && r->spf.result == SPF_PASS, none_fails = !r->spf_tried || some, unseen = false;

    if (r->dmarc_pass)
        return VERIFY_PASS;
    if (str_eq(str_of(r->dmarc), STR("temperror")))
        return VERIFY_UNSEEN;
    if (!str_eq(str_of(r->dmarc), STR("none")))
        return VERIFY_FAIL;
    if (r->spf_tried && (r->spf.result == SPF_NONE || r->spf.result == SPF_NEUTRAL))
        none_fails = true; /* it says nothing */
    if (r->spf_tried && r->spf.result == SPF_TEMPERROR)
        unseen = none_fails = true;
    for (size_t i = 0; i < r->n_dkim; i++) {
        some |= r->dkim[i].result == DKIM_PASS;
        unseen |= r->dkim[i].result == DKIM_TEMPERROR;
        none_fails &= r->dkim[i].result == DKIM_PASS || r->dkim[i].result == DKIM_TEMPERROR;
    }
    if (!none_fails || (!some && !unseen))
        return VERIFY_FAIL;
    return unseen ? VERIFY_UNSEEN : VERIFY_PASS;
}
