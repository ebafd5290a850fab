#include <arpa/inet.h>
#include <idn2.h>
#include <string.h>

#include "core/arena.h"
#include "mail/spf_inside.h"

static const struct {
    struct str name;
    enum spf_kind kind;
} mechanisms[] = {{{"all", 3}, SPF_ALL}, {{"include", 7}, SPF_INCLUDE}, {{"a", 1}, SPF_A},
                  {{"mx", 2}, SPF_MX},   {{"ptr", 3}, SPF_PTR},         {{"ip4", 3}, SPF_IP4},
                  {{"ip6", 3}, SPF_IP6}, {{"exists", 6}, SPF_EXISTS}};

const char *spf_result_word(enum spf_result r)
{
    static const char *const words[] = {"none", "neutral", "pass", "fail", "softfail", "temperror", "permerror"};

    return words[r];
}

bool spf_is_record(struct str text)
{
    return str_starts_nocase(text, STR("v=spf1")) && (text.n == 6 || text.p[6] == ' ');
}

bool spf_network_has(const uint8_t *network, const uint8_t *address, unsigned prefix)
{
    unsigned whole = prefix / 8, left = prefix % 8;

    if (whole && memcmp(network, address, whole) != 0)
        return false;
    return left == 0 || ((unsigned)(network[whole] ^ address[whole]) >> (8 - left)) == 0;
}

static void broken(struct spf_part *part, const char *why)
{
    part->kind = SPF_BROKEN;
    part->problem = str_of(why);
}

/* "0", or digits without a leading zero, at most most. */
static bool read_prefix(struct str digits, unsigned most, uint8_t *ret)
{
    uint64_t n;

    if (digits.n == 0 || digits.n > 3 || (digits.n > 1 && digits.p[0] == '0') || !str_to_u64(digits, most, &n))
        return false;
    *ret = (uint8_t)n;
    return true;
}

/* Takes a final "/digits" off s: true when there was one. */
static bool take_prefix(struct str *s, struct str *ret_digits)
{
    size_t at = s->n;

    while (at && s->p[at - 1] >= '0' && s->p[at - 1] <= '9')
        at--;
    if (at == s->n || at == 0 || s->p[at - 1] != '/')
        return false;
    *ret_digits = str_from(*s, at);
    s->n = at - 1;
    return true;
}

/* [ ip4-cidr-length ] [ "/" ip6-cidr-length ] at the end of *s. */
static bool take_dual_prefix(struct str *s, struct spf_part *part)
{
    struct str digits;

    part->prefix4 = 32;
    part->prefix6 = 128;
    if (!take_prefix(s, &digits))
        return true;
    if (s->n && s->p[s->n - 1] == '/') {
        s->n--;
        if (!read_prefix(digits, 128, &part->prefix6))
            return false;
        if (!take_prefix(s, &digits))
            return true;
    }
    return read_prefix(digits, 32, &part->prefix4);
}

static void parse_domain(struct str spec, struct spf_part *part)
{
    const char *why = "";
    char address[INET6_ADDRSTRLEN];
    uint8_t bytes[16];

    part->spec = spec;
    if (spf_macro_check(spec, SPF_IN_DOMAIN, &why))
        return;
    broken(part, why);
    if (spec.n && spec.n < sizeof address) {
        memcpy(address, spec.p, spec.n);
        address[spec.n] = '\0';
        if (strlen(address) == spec.n && inet_pton(AF_INET, address, bytes) == 1)
            part->problem = STR("an address where a name belongs: write ip4: before an address");
    }
}

static void parse_network(struct str value, bool is_v6, struct spf_part *part)
{
    char text[INET6_ADDRSTRLEN];
    size_t slash = str_find_char(value, '/');
    struct str address = str_first(value, slash);

    part->prefix4 = 32;
    part->prefix6 = 128;
    if (address.n == 0 || address.n >= sizeof text || memchr(address.p, '\0', address.n)) {
        broken(part, address.n ? "not an address" : "the address is missing");
        return;
    }
    memcpy(text, address.p, address.n);
    text[address.n] = '\0';
    if (inet_pton(is_v6 ? AF_INET6 : AF_INET, text, part->network) != 1)
        broken(part, is_v6 ? "not an IPv6 address" : "not an IPv4 address");
    else if (slash != SIZE_MAX &&
             !read_prefix(str_from(value, slash + 1), is_v6 ? 128 : 32, is_v6 ? &part->prefix6 : &part->prefix4))
        broken(part, is_v6 ? "the prefix length must be 0 to 128" : "the prefix length must be 0 to 32");
}

/* rest: what follows the name, with its ':' or '/'. */
static void parse_arguments(struct str rest, struct spf_part *part)
{
    bool has_value = rest.n && rest.p[0] == ':';
    struct str value = has_value ? str_from(rest, 1) : STR_NONE;

    switch (part->kind) {
    case SPF_ALL:
        if (rest.n)
            broken(part, "\"all\" stands alone");
        return;
    case SPF_IP4:
    case SPF_IP6:
        if (has_value)
            parse_network(value, part->kind == SPF_IP6, part);
        else
            broken(part, "the address is missing");
        return;
    case SPF_A:
    case SPF_MX:
        if (!take_dual_prefix(&rest, part)) {
            broken(part, "the prefix length must be 0 to 32, after \"//\" 0 to 128");
            return;
        }
        has_value = rest.n && rest.p[0] == ':';
        if (has_value)
            parse_domain(str_from(rest, 1), part);
        else if (rest.n)
            broken(part, "a prefix length is \"/\" and a number");
        return;
    case SPF_PTR:
    case SPF_INCLUDE:
    case SPF_EXISTS:
        if (has_value)
            parse_domain(value, part);
        else if (rest.n)
            broken(part, "no prefix length may stand here");
        else if (part->kind != SPF_PTR)
            broken(part, "the domain is missing");
        return;
    case SPF_REDIRECT:
    case SPF_EXP:
    case SPF_MODIFIER:
    case SPF_BROKEN: return;
    }
}

static const char *unknown_word(struct str name)
{
    if (str_eq_nocase(name, STR("redirect")) || str_eq_nocase(name, STR("exp")))
        return "a modifier is written with \"=\"";
    if (str_eq_nocase(name, STR("ip")) || str_eq_nocase(name, STR("ipv4")) || str_eq_nocase(name, STR("ipv6")))
        return "no such mechanism: it is called ip4 or ip6";
    return "no such mechanism";
}

static void parse_mechanism(struct spf_part *part)
{
    static const char signs[] = "+-~?";
    static const enum spf_result results[] = {SPF_PASS, SPF_FAIL, SPF_SOFTFAIL, SPF_NEUTRAL};
    struct str rest = part->text;
    const char *sign = memchr(signs, rest.p[0], sizeof signs - 1);
    size_t n = 0;

    part->qualifier = SPF_PASS;
    if (sign) {
        part->qualifier = results[sign - signs];
        rest = str_from(rest, 1);
    }
    while (n < rest.n && rest.p[n] != ':' && rest.p[n] != '/')
        n++;
    for (size_t i = 0; i < N_OF(mechanisms); i++) {
        if (str_eq_nocase(str_first(rest, n), mechanisms[i].name)) {
            part->kind = mechanisms[i].kind;
            parse_arguments(str_from(rest, n), part);
            return;
        }
    }
    broken(part, unknown_word(str_first(rest, n)));
}

/* name "=" ..., name = ALPHA *( ALPHA / DIGIT / "-" / "_" / "." ): the length of name, or 0. */
static size_t modifier_name(struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        bool alpha = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (c == '=')
            return i;
        if (!alpha && (i == 0 || !((c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.')))
            return 0;
    }
    return 0;
}

static void parse_modifier(struct spf_part *part, size_t name_bytes, struct spf_record *record)
{
    struct str name = str_first(part->text, name_bytes), value = str_from(part->text, name_bytes + 1);
    bool redirect = str_eq_nocase(name, STR("redirect"));
    const char *why;

    if (redirect || str_eq_nocase(name, STR("exp"))) {
        const struct spf_part **first = redirect ? &record->redirect : &record->exp;
        part->kind = redirect ? SPF_REDIRECT : SPF_EXP;
        parse_domain(value, part);
        if (*first && part->kind != SPF_BROKEN)
            part->problem = STR("may stand in a record only once");
        if (!*first)
            *first = part;
    } else {
        part->kind = SPF_MODIFIER;
        if (!spf_macro_check(value, SPF_IN_STRING, &why))
            broken(part, why);
    }
}

static size_t count_terms(struct str text)
{
    size_t n = 0;

    for (size_t i = 0; i < text.n; i++)
        n += text.p[i] != ' ' && (i == 0 || text.p[i - 1] == ' ');
    return n;
}

void spf_record_parse(struct arena *arena, struct str text, struct spf_record *ret)
{
    size_t at = text.n < 6 ? text.n : 6, n = count_terms(str_from(text, at));
    bool too_many = n > SPF_TERMS_MOST;

    n = too_many ? SPF_TERMS_MOST : n;
    *ret = (struct spf_record){.parts = n ? arena_array(arena, n, sizeof *ret->parts) : NULL, .cut = too_many};
    while (ret->n < n) {
        while (text.p[at] == ' ')
            at++;
        size_t from = at;
        while (at < text.n && text.p[at] != ' ')
            at++;
        struct spf_part *part = &ret->parts[ret->n++];
        part->text = str_n(text.p + from, at - from);
        part->at = from;
        size_t name_bytes = modifier_name(part->text);
        if (name_bytes)
            parse_modifier(part, name_bytes, ret);
        else
            parse_mechanism(part);
        if (too_many && ret->n == n)
            broken(part, "more terms follow than this program reads");
        if (part->kind == SPF_ALL && !ret->all)
            ret->all = part;
        ret->n_broken += part->kind == SPF_BROKEN;
        ret->n_problems += part->problem.n > 0;
    }
}

struct str spf_record_problem(struct arena *arena, const struct spf_record *record)
{
    for (size_t i = 0; i < record->n; i++)
        if (record->parts[i].problem.n)
            return str_fmt(arena, "%.*s: %.*s", STR_ARG(spf_brief(record->parts[i].text)),
                           STR_ARG(record->parts[i].problem));
    return STR_NONE;
}

enum spf_found spf_record_find(const struct mail_answer *answer, const struct mail_record **ret)
{
    enum spf_found found = SPF_FOUND_NONE;

    if (answer->outcome == MAIL_FAILED)
        return SPF_FOUND_FAILED;
    for (size_t i = 0; i < answer->n; i++) {
        if (!spf_is_record(answer->v[i].value))
            continue;
        if (found == SPF_FOUND_ONE)
            return SPF_FOUND_SEVERAL;
        found = SPF_FOUND_ONE;
        *ret = &answer->v[i];
    }
    return found;
}

struct str spf_domain_ascii(struct arena *arena, struct str domain)
{
    bool ascii = true;
    char *to = NULL;

    for (size_t i = 0; i < domain.n; i++)
        ascii &= (unsigned char)domain.p[i] < 0x80 && domain.p[i];
    if (ascii)
        return domain;
    if (domain.n > 1000 || memchr(domain.p, '\0', domain.n) ||
        idn2_to_ascii_8z(str_cstr(arena, domain), &to, IDN2_NONTRANSITIONAL) != IDN2_OK)
        return STR_NONE;
    struct str name = str_dup(arena, str_of(to));
    idn2_free(to);
    return name;
}

struct str spf_domain_name(struct arena *arena, struct str text)
{
    struct str name = spf_domain_ascii(arena, str_trim(text));

    if (name.n && name.p[name.n - 1] == '.')
        name.n--;
    bool ok = spf_name_fits(name) && name.p[0] != '[' && str_find_char(name, '.') != SIZE_MAX &&
              str_find_char(name, ' ') == SIZE_MAX;
    return ok ? name : STR_NONE;
}

struct spf_node *spf_node_new(struct arena *arena, struct str domain, struct str text, const struct spf_record *record)
{
    struct spf_node *node = arena_alloc(arena, sizeof *node);

    node->domain = domain;
    node->text = text;
    node->n_terms = record->n;
    node->terms = record->n ? arena_array(arena, record->n, sizeof *node->terms) : NULL;
    for (size_t i = 0; i < record->n; i++) {
        const struct spf_part *part = &record->parts[i];
        node->terms[i].text = part->text;
        node->terms[i].note = part->problem;
        if (spf_spends(part->kind) && !part->spec.n)
            node->terms[i].target = domain;
    }
    return node;
}

struct str spf_node_decision(struct arena *arena, const struct spf_node *node)
{
    struct str text = STR_NONE;

    while (node) {
        const struct spf_term *term = NULL;
        for (size_t i = 0; i < node->n_terms && !term; i++)
            if (node->terms[i].matched)
                term = &node->terms[i];
        if (!term)
            return text.n ? str_fmt(arena, "%.*s, where nothing matched", STR_ARG(text)) : STR("no term matched");
        if (!text.n)
            text = str_fmt(arena, "%.*s in the record of %.*s", STR_ARG(spf_brief(term->text)), STR_ARG(node->domain));
        else
            text = str_fmt(arena, "%.*s, there %.*s", STR_ARG(text), STR_ARG(spf_brief(term->text)));
        if (!term->record)
            return str_fmt(arena, "%.*s: %.*s", STR_ARG(text), STR_ARG(term->note));
        node = term->record;
    }
    return text;
}
