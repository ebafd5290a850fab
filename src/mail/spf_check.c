/* check_host() of RFC 7208 section 4. */
#include <string.h>

#include "core/arena.h"
#include "core/ip.h"
#include "mail/spf_inside.h"

enum outcome { NO_MATCH, MATCH, TEMPORARY, PERMANENT };

struct check {
    struct arena *arena;
    const struct mail_resolver *dns;
    struct ip ip;
    struct spf_values values; /* d and p follow the record that is looked at */
    bool local_is_foreign;    /* not US-ASCII: RFC 8616 section 4 */
    unsigned look_ups, voids;
    struct str reason; /* of an error */
    bool has_names;    /* names of the address were looked up */
    struct str_list names;
    struct str names_note;
    bool names_void;
    const struct spf_part *exp; /* of the record that decided */
    struct str exp_domain;
};

/* A record while it is evaluated. */
struct level {
    struct spf_record record;
    struct spf_node *node;
    struct str domain;
};

static enum spf_result evaluate(struct check *c, struct str domain, struct str text, struct spf_node **ret);

static enum dns_type address_type(const struct check *c)
{
    return c->ip.is_v6 ? DNS_AAAA : DNS_A;
}

static bool is_ascii(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] >= 0x80)
            return false;
    return true;
}

/* ---- the names of the address, section 5.5 ---- */

static struct str reverse_name(const struct check *c)
{
    struct str name;

    return spf_macro_expand(c->arena, STR("%{ir}.%{v}.arpa"), &c->values, 253, &name) ? name : STR_NONE;
}

static bool has_address(struct check *c, struct str name, bool *ret_failed)
{
    struct mail_answer answer;
    struct ip ip;

    mail_look(c->dns, c->arena, name, address_type(c), &answer);
    *ret_failed |= answer.outcome == MAIL_FAILED;
    for (size_t i = 0; i < answer.n; i++)
        if (ip_parse(answer.v[i].value, &ip) && ip.is_v6 == c->ip.is_v6 &&
            spf_network_has(ip.bytes, c->ip.bytes, ip.is_v6 ? 128 : 32))
            return true;
    return false;
}

/* An error here is no error: the term does not match (section 5.5). */
static void look_names(struct check *c)
{
    struct mail_answer answer;
    bool failed = false;

    if (c->has_names)
        return;
    c->has_names = true;
    mail_look(c->dns, c->arena, reverse_name(c), DNS_PTR, &answer);
    c->names_void = answer.outcome == MAIL_NODATA || answer.outcome == MAIL_NXDOMAIN;
    if (answer.outcome == MAIL_FAILED)
        c->names_note = STR("the names of the address could not be looked up, which counts as no match");
    else if (!answer.n)
        c->names_note = STR("the address has no name");
    size_t most = answer.n < SPF_NAMES_MOST ? answer.n : SPF_NAMES_MOST;
    for (size_t i = 0; i < most; i++)
        if (spf_name_fits(answer.v[i].value))
            mail_want(c->dns, answer.v[i].value, address_type(c));
    for (size_t i = 0; i < most; i++)
        if (spf_name_fits(answer.v[i].value) && has_address(c, answer.v[i].value, &failed))
            str_list_add(c->arena, &c->names, answer.v[i].value);
    if (answer.n && !c->names.n)
        c->names_note = failed ? STR("the addresses of its names could not be looked up, which counts as no match")
                               : STR("none of the names of the address leads back to it");
}

static bool is_within(struct str name, struct str domain)
{
    return str_eq_nocase(name, domain) ||
           (name.n > domain.n && name.p[name.n - domain.n - 1] == '.' && str_ends_nocase(name, domain));
}

/* %{p}, section 7.3: the domain itself, else one below it, else any. */
static struct str best_name(struct check *c, struct str domain)
{
    look_names(c);
    for (size_t i = 0; i < c->names.n; i++)
        if (str_eq_nocase(c->names.v[i], domain))
            return c->names.v[i];
    for (size_t i = 0; i < c->names.n; i++)
        if (is_within(c->names.v[i], domain))
            return c->names.v[i];
    return c->names.n ? c->names.v[0] : STR("unknown");
}

/* ---- terms ---- */

/* The values that text needs of those that follow the record, or are seldom needed. */
static void set_values(struct check *c, struct str domain, struct str text)
{
    struct str *of = c->values.of;

    if (str_find_char(text, '%') == SIZE_MAX)
        return;
    of['d' - 'a'] = domain;
    of['p' - 'a'] = spf_macro_uses(text, "p") ? best_name(c, domain) : STR_NONE;
    if (!of['s' - 'a'].p && spf_macro_uses(text, "s"))
        of['s' - 'a'] = str_fmt(c->arena, "%.*s@%.*s", STR_ARG(of['l' - 'a']), STR_ARG(of['o' - 'a']));
}

/* The target of a term into term->target. False: it cannot be looked up, and the note says why. */
static bool find_target(struct check *c, const struct level *level, const struct spf_part *part, struct spf_term *term)
{
    if (!term->target.n) {
        if (c->local_is_foreign && spf_macro_uses(part->spec, "sl")) {
            term->note = STR("a local part outside US-ASCII matches no such term (RFC 8616 section 4)");
            return false;
        }
        set_values(c, level->domain, part->spec);
        if (!spf_macro_domain(c->arena, part->spec, &c->values, &term->target)) {
            term->note = STR("its name is too long");
            return false;
        }
    }
    if (spf_name_fits(term->target))
        return true;
    term->note = STR("its name cannot be looked up: an empty or overlong label, or an unprintable character");
    return false;
}

static enum outcome temporary(struct check *c, struct spf_term *term, struct str name, struct str why)
{
    term->note = str_fmt(c->arena, "%.*s could not be looked up: %.*s", STR_ARG(name), STR_ARG(why));
    c->reason = str_fmt(c->arena, "%.*s: %.*s", STR_ARG(spf_brief(term->text)), STR_ARG(term->note));
    return TEMPORARY;
}

static enum outcome permanent(struct check *c, struct spf_term *term, struct str why)
{
    term->note = why;
    c->reason = str_fmt(c->arena, "%.*s: %.*s", STR_ARG(spf_brief(term->text)), STR_ARG(why));
    return PERMANENT;
}

static enum outcome no_match(struct spf_term *term, struct str why)
{
    term->note = why;
    return NO_MATCH;
}

/* A look-up that led to nothing: the third is a permerror (section 4.6.4). */
static enum outcome nothing_there(struct check *c, struct spf_term *term, struct str note)
{
    if (++c->voids > SPF_VOID_MOST)
        return permanent(c, term, STR("the third look-up that leads to nothing; two are allowed"));
    return no_match(term, note);
}

static bool answer_has(const struct check *c, const struct mail_answer *answer, const struct spf_part *part,
                       struct str *ret_address)
{
    struct ip ip;

    for (size_t i = 0; i < answer->n; i++) {
        if (ip_parse(answer->v[i].value, &ip) && ip.is_v6 == c->ip.is_v6 &&
            spf_network_has(ip.bytes, c->ip.bytes, ip.is_v6 ? part->prefix6 : part->prefix4)) {
            *ret_address = answer->v[i].value;
            return true;
        }
    }
    return false;
}

static enum outcome match_a(struct check *c, const struct spf_part *part, struct spf_term *term)
{
    struct mail_answer answer;
    struct str address;

    mail_look(c->dns, c->arena, term->target, address_type(c), &answer);
    if (answer.outcome == MAIL_FAILED)
        return temporary(c, term, term->target, answer.why);
    if (answer.outcome != MAIL_ANSWER)
        return nothing_there(c, term, c->ip.is_v6 ? STR("it has no IPv6 address") : STR("it has no IPv4 address"));
    if (!answer_has(c, &answer, part, &address))
        return no_match(term, answer.n == 1 ? str_fmt(c->arena, "its address is %.*s", STR_ARG(answer.v[0].value))
                                            : STR("its addresses are others"));
    term->note = str_fmt(c->arena, "its address %.*s covers the client", STR_ARG(address));
    return MATCH;
}

/* In order of preference (section 5.4). */
static void sort_hosts(struct mail_answer *mx)
{
    for (size_t i = 1; i < mx->n; i++) {
        struct mail_record r = mx->v[i];
        size_t at = i;
        for (; at && mx->v[at - 1].preference > r.preference; at--)
            mx->v[at] = mx->v[at - 1];
        mx->v[at] = r;
    }
}

static enum outcome match_mx(struct check *c, const struct spf_part *part, struct spf_term *term)
{
    struct mail_answer mx, answer;
    struct str address;
    bool something = false, asked = false;

    mail_look(c->dns, c->arena, term->target, DNS_MX, &mx);
    if (mx.outcome == MAIL_FAILED)
        return temporary(c, term, term->target, mx.why);
    if (mx.outcome != MAIL_ANSWER)
        return nothing_there(c, term, STR("it has no MX record"));
    if (mx.n > SPF_NAMES_MOST)
        return permanent(c, term, STR("more than ten MX records"));
    mx.v = memcpy(arena_array(c->arena, mx.n, sizeof *mx.v), mx.v, mx.n * sizeof *mx.v);
    sort_hosts(&mx);
    for (size_t i = 0; i < mx.n; i++)
        if (spf_name_fits(mx.v[i].value))
            mail_want(c->dns, mx.v[i].value, address_type(c));
    for (size_t i = 0; i < mx.n; i++) {
        struct str host = mx.v[i].value;
        if (!spf_name_fits(host))
            continue;
        asked = true;
        mail_look(c->dns, c->arena, host, address_type(c), &answer);
        if (answer.outcome == MAIL_FAILED)
            return temporary(c, term, host, answer.why);
        something |= answer.n > 0;
        if (answer_has(c, &answer, part, &address)) {
            term->note =
                str_fmt(c->arena, "the address %.*s of its MX %.*s covers the client", STR_ARG(address), STR_ARG(host));
            return MATCH;
        }
    }
    if (asked && !something)
        return nothing_there(c, term, STR("its MX hosts have no address"));
    return no_match(term, asked ? STR("its MX hosts have other addresses") : STR("it takes no mail (null MX)"));
}

static enum outcome match_exists(struct check *c, struct spf_term *term)
{
    struct mail_answer answer;

    mail_look(c->dns, c->arena, term->target, DNS_A, &answer);
    if (answer.outcome == MAIL_FAILED)
        return temporary(c, term, term->target, answer.why);
    if (answer.outcome != MAIL_ANSWER)
        return nothing_there(c, term, STR("it has no IPv4 address"));
    term->note = STR("it exists");
    return MATCH;
}

static enum outcome match_ptr(struct check *c, struct spf_term *term)
{
    look_names(c);
    if (c->names_void)
        return nothing_there(c, term, c->names_note);
    for (size_t i = 0; i < c->names.n; i++) {
        if (is_within(c->names.v[i], term->target)) {
            term->note = str_fmt(c->arena, "the address is called %.*s", STR_ARG(c->names.v[i]));
            return MATCH;
        }
    }
    return no_match(term, c->names.n ? str_fmt(c->arena, "the address is called %.*s", STR_ARG(c->names.v[0]))
                                     : c->names_note);
}

static enum outcome match_network(const struct check *c, const struct spf_part *part, struct spf_term *term)
{
    bool is_v6 = part->kind == SPF_IP6;

    if (c->ip.is_v6 != is_v6)
        return no_match(term, is_v6 ? STR("the client's address is an IPv4 one")
                                    : STR("the client's address is an IPv6 one"));
    if (!spf_network_has(part->network, c->ip.bytes, is_v6 ? part->prefix6 : part->prefix4))
        return no_match(term, STR("the client's address is outside"));
    term->note = STR("the client's address is inside");
    return MATCH;
}

/* The record of an include's or redirect's target, evaluated. */
static enum outcome descend(struct check *c, struct spf_term *term)
{
    struct mail_answer answer;
    const struct mail_record *record = NULL;

    mail_look(c->dns, c->arena, term->target, DNS_TXT, &answer);
    switch (spf_record_find(&answer, &record)) {
    case SPF_FOUND_FAILED: return temporary(c, term, term->target, answer.why);
    case SPF_FOUND_SEVERAL: return permanent(c, term, STR("its domain has several SPF records"));
    case SPF_FOUND_NONE:
        c->voids += answer.outcome != MAIL_ANSWER;
        return permanent(c, term, STR("its domain has no SPF record"));
    case SPF_FOUND_ONE: break;
    }
    term->result = evaluate(c, term->target, record->value, &term->record);
    if (term->result == SPF_TEMPERROR || term->result == SPF_PERMERROR) {
        term->note = c->reason;
        return term->result == SPF_TEMPERROR ? TEMPORARY : PERMANENT;
    }
    return term->result == SPF_PASS ? MATCH : NO_MATCH;
}

static enum outcome match_include(struct check *c, struct spf_term *term)
{
    enum outcome o = descend(c, term);

    if (o == MATCH)
        term->note = STR("its record lets the client pass");
    else if (o == NO_MATCH)
        term->note = STR("its record does not let the client pass");
    return o;
}

static enum outcome match(struct check *c, const struct level *level, const struct spf_part *part,
                          struct spf_term *term)
{
    if (part->kind == SPF_ALL) {
        term->note = STR("matches whatever came so far");
        return MATCH;
    }
    if (part->kind == SPF_IP4 || part->kind == SPF_IP6)
        return match_network(c, part, term);
    if (++c->look_ups > SPF_LOOK_UPS_MOST)
        return permanent(c, term, STR("the eleventh term that looks something up; ten are allowed"));
    if (!find_target(c, level, part, term) && part->kind != SPF_PTR) { /* ptr looks up the client, not its target */
        bool needs_record = part->kind == SPF_INCLUDE || part->kind == SPF_REDIRECT;
        return needs_record ? permanent(c, term, term->note) : NO_MATCH;
    }
    switch (part->kind) {
    case SPF_A: return match_a(c, part, term);
    case SPF_MX: return match_mx(c, part, term);
    case SPF_EXISTS: return match_exists(c, term);
    case SPF_PTR: return match_ptr(c, term);
    case SPF_INCLUDE: return match_include(c, term);
    case SPF_REDIRECT: return descend(c, term);
    default: return NO_MATCH;
    }
}

/* ---- records ---- */

static bool is_mechanism(enum spf_kind kind)
{
    return kind <= SPF_EXISTS;
}

static void want_term(struct check *c, const struct level *level, const struct spf_part *part, struct spf_term *term)
{
    if (part->kind == SPF_PTR) {
        if (!c->has_names)
            mail_want(c->dns, reverse_name(c), DNS_PTR);
        return;
    }
    if (spf_macro_uses(part->spec, "p") || !find_target(c, level, part, term))
        return;
    switch (part->kind) {
    case SPF_INCLUDE:
    case SPF_REDIRECT: mail_want(c->dns, term->target, DNS_TXT); break;
    case SPF_A: mail_want(c->dns, term->target, address_type(c)); break;
    case SPF_EXISTS: mail_want(c->dns, term->target, DNS_A); break;
    case SPF_MX: mail_want(c->dns, term->target, DNS_MX); break;
    default: break;
    }
}

/* What this record will look up unless something matches before, so that the look-ups overlap. */
static void want_ahead(struct check *c, const struct level *level)
{
    unsigned left = SPF_LOOK_UPS_MOST - c->look_ups;

    if (!c->dns->want)
        return;
    for (size_t i = 0; i < level->record.n && left; i++) {
        const struct spf_part *part = &level->record.parts[i];
        struct spf_term scratch = {0};
        if (part->kind == SPF_ALL ||
            ((part->kind == SPF_IP4 || part->kind == SPF_IP6) && match_network(c, part, &scratch) == MATCH))
            return;
        if (is_mechanism(part->kind) && spf_spends(part->kind)) {
            want_term(c, level, part, &level->node->terms[i]);
            left--;
        }
    }
    if (left && level->record.redirect)
        want_term(c, level, level->record.redirect, &level->node->terms[level->record.redirect - level->record.parts]);
}

static enum outcome run_term(struct check *c, struct level *level, size_t i)
{
    struct spf_term *term = &level->node->terms[i];
    unsigned look_ups = c->look_ups, voids = c->voids;

    term->reached = true;
    enum outcome o = match(c, level, &level->record.parts[i], term);
    term->look_ups = c->look_ups - look_ups;
    term->void_look_ups = c->voids - voids;
    level->node->look_ups += term->look_ups;
    level->node->void_look_ups += term->void_look_ups;
    term->matched = o == MATCH;
    return o;
}

static enum spf_result follow_redirect(struct check *c, struct level *level)
{
    size_t i = (size_t)(level->record.redirect - level->record.parts);
    enum outcome o = run_term(c, level, i);
    struct spf_term *term = &level->node->terms[i];

    if (o == TEMPORARY)
        return SPF_TEMPERROR;
    if (o == PERMANENT)
        return SPF_PERMERROR;
    term->matched = true;
    term->note = STR("nothing before it matched");
    return term->result;
}

static enum spf_result evaluate(struct check *c, struct str domain, struct str text, struct spf_node **ret)
{
    struct level level = {.domain = domain};

    spf_record_parse(c->arena, text, &level.record);
    *ret = level.node = spf_node_new(c->arena, domain, text, &level.record);
    if (level.record.n_problems) {
        c->reason = str_fmt(c->arena, "the record of %.*s is broken: %.*s", STR_ARG(domain),
                            STR_ARG(spf_record_problem(c->arena, &level.record)));
        return SPF_PERMERROR;
    }
    want_ahead(c, &level);
    for (size_t i = 0; i < level.record.n; i++) {
        const struct spf_part *part = &level.record.parts[i];
        if (!is_mechanism(part->kind))
            continue;
        switch (run_term(c, &level, i)) {
        case NO_MATCH: break;
        case TEMPORARY: return SPF_TEMPERROR;
        case PERMANENT: return SPF_PERMERROR;
        case MATCH:
            c->exp = level.record.exp;
            c->exp_domain = domain;
            return part->qualifier;
        }
    }
    if (level.record.redirect)
        return follow_redirect(c, &level);
    return SPF_NEUTRAL;
}

/* ---- explanation, section 6.2 ---- */

static bool fetch_explanation(struct check *c, struct str *ret)
{
    struct mail_answer answer;
    struct str name, text;
    const char *why;

    if (c->local_is_foreign && spf_macro_uses(c->exp->spec, "sl"))
        return false;
    set_values(c, c->exp_domain, c->exp->spec);
    if (!spf_macro_domain(c->arena, c->exp->spec, &c->values, &name) || !spf_name_fits(name))
        return false;
    mail_look(c->dns, c->arena, name, DNS_TXT, &answer);
    if (answer.outcome != MAIL_ANSWER || answer.n != 1)
        return false;
    text = answer.v[0].value;
    if (!spf_macro_check(text, SPF_IN_EXPLANATION, &why))
        return false;
    set_values(c, c->exp_domain, text);
    if (!spf_macro_expand(c->arena, text, &c->values, SPF_EXPLANATION_MOST, &text))
        return false;
    for (size_t i = 0; i < text.n; i++) /* values are foreign too */
        if ((unsigned char)text.p[i] < ' ' || (unsigned char)text.p[i] >= 0x7f)
            return false;
    *ret = text;
    return true;
}

/* ---- the question ---- */

static void read_sender(struct check *c, const struct spf_question *question)
{
    struct arena *arena = c->arena;
    struct str from = str_trim(question->mail_from), local = STR_NONE, domain = from;
    struct str helo = spf_domain_ascii(arena, question->helo);

    if (!helo.n)
        helo = question->helo; /* as it is: it fits no name */
    for (size_t i = from.n; i--;) {
        if (from.p[i] == '@') {
            local = str_first(from, i);
            domain = str_from(from, i + 1);
            break;
        }
    }
    domain = from.n ? spf_domain_ascii(arena, domain) : helo;
    if (domain.n && domain.p[domain.n - 1] == '.')
        domain.n--;
    if (!local.n)
        local = STR("postmaster");
    c->local_is_foreign = !is_ascii(local);
    c->values.of['l' - 'a'] = local;
    c->values.of['o' - 'a'] = domain;
    c->values.of['h' - 'a'] = helo.p ? helo : STR_NONE;
}

static void read_question(struct check *c, const struct spf_question *question)
{
    read_sender(c, question);
    c->values.of['i' - 'a'] = spf_dotted(c->arena, &c->ip);
    c->values.of['c' - 'a'] = c->ip.is_v6 ? ip_text(c->arena, &c->ip) : c->values.of['i' - 'a'];
    c->values.of['v' - 'a'] = c->ip.is_v6 ? STR("ip6") : STR("in-addr");
    c->values.of['r' - 'a'] = question->receiver.n ? question->receiver : STR("unknown");
    c->values.of['t' - 'a'] = str_fmt(c->arena, "%lld", (long long)question->now_s);
}

/* Section 4.3: several labels, not a domain literal, and a query can be made of it. */
static bool is_mail_domain(struct str domain)
{
    return spf_name_fits(domain) && domain.p[0] != '[' && str_find_char(domain, '.') != SIZE_MAX;
}

static void check_domain(struct check *c, struct spf_verdict *ret)
{
    struct mail_answer answer;
    const struct mail_record *record = NULL;

    mail_look(c->dns, c->arena, ret->domain, DNS_TXT, &answer);
    switch (spf_record_find(&answer, &record)) {
    case SPF_FOUND_FAILED:
        ret->result = SPF_TEMPERROR;
        ret->reason = str_fmt(c->arena, "the TXT records of %.*s could not be looked up: %.*s", STR_ARG(ret->domain),
                              STR_ARG(answer.why));
        return;
    case SPF_FOUND_NONE: ret->reason = str_fmt(c->arena, "%.*s has no SPF record", STR_ARG(ret->domain)); return;
    case SPF_FOUND_SEVERAL:
        ret->result = SPF_PERMERROR;
        ret->reason = str_fmt(c->arena, "%.*s has several SPF records", STR_ARG(ret->domain));
        return;
    case SPF_FOUND_ONE: break;
    }
    ret->result = evaluate(c, ret->domain, record->value, &ret->tree);
    bool error = ret->result == SPF_TEMPERROR || ret->result == SPF_PERMERROR;
    ret->reason = error ? c->reason : spf_node_decision(c->arena, ret->tree);
}

void spf_check(struct arena *arena, const struct mail_resolver *dns, const struct spf_question *question,
               struct spf_verdict *ret)
{
    struct check c = {.arena = arena, .dns = dns};

    *ret = (struct spf_verdict){.result = SPF_NONE};
    if (!ip_parse(question->ip, &c.ip)) {
        ret->reason = str_fmt(arena, "\"%.*s\" is not an address", STR_ARG(question->ip));
        return;
    }
    read_question(&c, question);
    ret->domain = c.values.of['o' - 'a'];
    if (!is_mail_domain(ret->domain)) {
        ret->reason = str_fmt(arena, "\"%.*s\" is not a domain that can be looked up", STR_ARG(ret->domain));
        return;
    }
    check_domain(&c, ret);
    ret->look_ups = c.look_ups;
    ret->void_look_ups = c.voids;
    if (ret->result == SPF_FAIL && !(c.exp && fetch_explanation(&c, &ret->explanation)))
        ret->explanation = question->default_explanation.n ? question->default_explanation : STR_NONE;
}
