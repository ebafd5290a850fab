/* Received fields: RFC 5321 section 4.4, and what servers really write.
 *
 * A field is words, comments and a date after a semicolon. Some words open a clause; everything else belongs to the
 * clause that is open. The name in the greeting and the reverse name are the client's own choice, so they never open a
 * clause, and an address in them is not the client's address. */
#include <string.h>

#include "core/arena.h"
#include "core/ip.h"
#include "mail/mail_date.h"
#include "mail/verify.h"

#define NEST_MOST       20
#define WITH_MOST_WORDS 4u /* "Microsoft SMTP Server" */

enum clause {
    CLAUSE_NONE,
    CLAUSE_FROM,
    CLAUSE_BY,
    CLAUSE_WITH,
    CLAUSE_ID,
    CLAUSE_FOR,
    CLAUSE_VIA,
    CLAUSE_TLS,
    CLAUSE_ENVELOPE
};

static const struct {
    const char *word;
    enum clause clause;
} keywords[] = {
    {"from", CLAUSE_FROM},
    {"by", CLAUSE_BY},
    {"with", CLAUSE_WITH},
    {"id", CLAUSE_ID},
    {"for", CLAUSE_FOR},
    {"via", CLAUSE_VIA},
    {"tls", CLAUSE_TLS}, /* Exim: "tls TLS_AES_256_GCM_SHA384"; Windows: "over TLS secured channel" */
    {"envelope-from", CLAUSE_ENVELOPE},
};

struct reading {
    struct arena *arena;
    struct str rest;
    struct received_hop *hop;
    struct str first; /* word after "from" */
    enum clause clause;
    size_t n_words; /* of the clause so far */
    bool has_client, helo_told;
};

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool is_one_of(char c, const char *set)
{
    return c && strchr(set, c);
}

static bool is_alnum(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* The next run without white space; p NULL at the end. */
static struct str next_piece(struct str *rest)
{
    size_t from = 0, to;

    while (from < rest->n && is_space(rest->p[from]))
        from++;
    for (to = from; to < rest->n && !is_space(rest->p[to]); to++)
        ;
    struct str piece = {to > from ? rest->p + from : NULL, to - from};
    *rest = str_from(*rest, to);
    return piece;
}

static struct str without_angles(struct str s)
{
    if (s.n && s.p[0] == '<')
        s = str_from(s, 1);
    while (s.n && is_one_of(s.p[s.n - 1], ">,;)"))
        s.n--;
    return s;
}

/* ---- the client ---- */

/* "192.0.2.1", "[192.0.2.1]", "host[192.0.2.1]", "[IPv6:2001:db8::1]:25", "user@192.0.2.1". */
static struct str address_in(struct arena *arena, struct str piece)
{
    size_t open = str_find_char(piece, '['), close;
    struct ip ip;

    if (open != SIZE_MAX) {
        piece = str_from(piece, open + 1);
        close = str_find_char(piece, ']');
        if (close == SIZE_MAX)
            return STR_NONE;
        piece = str_first(piece, close);
    } else if (str_find_char(piece, '@') != SIZE_MAX) {
        piece = str_from(piece, str_find_char(piece, '@') + 1);
    }
    if (str_starts_nocase(piece, STR("IPv6:")))
        piece = str_from(piece, 5);
    while (piece.n && (piece.p[piece.n - 1] == ',' || piece.p[piece.n - 1] == ')'))
        piece.n--;
    if (ip_parse(piece, &ip))
        return ip_text(arena, &ip);
    size_t port = str_find_char(piece, ':'); /* "192.0.2.1:25" */
    if (port != SIZE_MAX && ip_parse(str_first(piece, port), &ip) && !ip.is_v6)
        return ip_text(arena, &ip);
    return STR_NONE;
}

/* A name with a dot, as a server writes what it found under the client's address; empty for anything else. */
static struct str name_in(struct str piece)
{
    size_t at = str_find_char(piece, '@'), open;
    bool dotted = false;
    struct ip ip;

    if (at != SIZE_MAX)
        piece = str_from(piece, at + 1);
    open = str_find_char(piece, '[');
    if (open != SIZE_MAX)
        piece = str_first(piece, open);
    while (piece.n && (piece.p[piece.n - 1] == '.' || piece.p[piece.n - 1] == ','))
        piece.n--;
    for (size_t i = 0; i < piece.n; i++) {
        dotted |= piece.p[i] == '.';
        if (!is_alnum(piece.p[i]) && !is_one_of(piece.p[i], "-._"))
            return STR_NONE;
    }
    return dotted && !ip_parse(piece, &ip) ? piece : STR_NONE;
}

static void tell_helo(struct reading *r, struct str helo)
{
    struct received_hop *hop = r->hop;

    if (r->helo_told || !helo.n)
        return;
    r->helo_told = true;
    if (!hop->reverse.n) /* what stood first was not the greeting, then, but the name that the server found */
        hop->reverse = name_in(hop->helo);
    hop->helo = helo;
}

/* A comment in the "from" clause: "host.example [192.0.2.1]", "HELO host.example", "[192.0.2.1]:43 helo=host.example",
 * "2001:db8::1". */
static void read_client(struct reading *r, struct str comment)
{
    struct received_hop *hop = r->hop;
    struct str rest = comment, piece, address = STR_NONE;
    size_t nested = str_find_char(comment, '(');

    if (str_starts_nocase(comment, STR("using ")) || str_starts_nocase(comment, STR("AUTH")))
        return;
    if (nested != SIZE_MAX)
        rest = str_first(comment, nested);
    for (size_t i = 0; (piece = next_piece(&rest)).p; i++) {
        if (str_eq_nocase(piece, STR("HELO")) || str_eq_nocase(piece, STR("EHLO"))) {
            tell_helo(r, next_piece(&rest));
            continue;
        }
        if (str_starts_nocase(piece, STR("helo="))) {
            tell_helo(r, str_from(piece, 5));
            continue;
        }
        struct str found = address_in(r->arena, piece);
        if (found.n)
            address = found; /* the last: names stand before it, and a client chooses its own */
        if (i == 0 && !hop->reverse.n && !str_has(comment, STR("may be forged")))
            hop->reverse = name_in(piece);
    }
    if (address.n && !r->has_client) {
        r->has_client = true;
        hop->ip = address;
    }
}

/* ---- encryption ---- */

/* "TLSv1.3" for "TLS1_3", "TLSv1.3:TLS_AES_256_GCM_SHA384:256" and the like; empty for ciphers and other words. */
static struct str version_in(struct arena *arena, struct str piece)
{
    size_t equals = str_find_char(piece, '='), at = 3;
    char minor = '0';

    if (str_starts_nocase(piece, STR("helo=")))
        return STR_NONE;
    if (equals != SIZE_MAX)
        piece = str_from(piece, equals + 1);
    while (piece.n && piece.p[0] == '(')
        piece = str_from(piece, 1);
    if (str_starts_nocase(piece, STR("SSLv3")))
        return STR("SSLv3");
    if (!str_starts_nocase(piece, STR("TLS")))
        return STR_NONE;
    if (at < piece.n && (piece.p[at] == 'v' || piece.p[at] == 'V'))
        at++;
    if (at >= piece.n || piece.p[at++] != '1')
        return STR_NONE;
    if (at + 1 < piece.n && (piece.p[at] == '.' || piece.p[at] == '_') && piece.p[at + 1] >= '0' &&
        piece.p[at + 1] <= '9') {
        minor = piece.p[at + 1];
        at += 2;
    }
    if (at < piece.n && (is_alnum(piece.p[at]) || is_one_of(piece.p[at], "-._")))
        return STR_NONE;
    return str_fmt(arena, "TLSv1.%c", minor);
}

static void read_encryption(struct reading *r, struct str text)
{
    struct str rest = text, piece;

    if (str_has(text, STR("Google Transport Security")) || str_starts_nocase(text, STR("using TLS")))
        r->hop->encrypted = true;
    while (!r->hop->tls.n && (piece = next_piece(&rest)).p)
        r->hop->tls = version_in(r->arena, piece);
}

/* "with" says it by itself: RFC 3848 and RFC 6531 section 4.3. */
static bool is_encrypting(struct str with)
{
    static const char *const words[] = {"SMTPS", "SMTPSA", "ESMTPS", "ESMTPSA", "LMTPS", "LMTPSA", "HTTPS"};
    struct str word = next_piece(&with);

    if (str_has_nocase(word, STR("/TLS"))) /* "ESMTP/TLS/ECDHE-RSA-AES128-GCM-SHA256" */
        return true;
    if (str_starts_nocase(word, STR("UTF8")))
        word = str_from(word, 4);
    for (size_t i = 0; i < N_OF(words); i++)
        if (str_eq_nocase(word, str_of(words[i])))
            return true;
    return false;
}

/* ---- words and comments ---- */

static void take_envelope_from(struct received_hop *hop, struct str word)
{
    if (hop->has_envelope_from)
        return;
    hop->has_envelope_from = true;
    hop->envelope_from = without_angles(word);
}

static void read_comment(struct reading *r, struct str comment)
{
    struct str rest = comment, piece;

    if (r->clause == CLAUSE_FROM)
        read_client(r, comment);
    else if (r->clause == CLAUSE_BY && !r->hop->by_ip.n)
        r->hop->by_ip = address_in(r->arena, comment);
    read_encryption(r, comment);
    while ((piece = next_piece(&rest)).p)
        if (str_eq_nocase(piece, STR("envelope-from")) && (piece = next_piece(&rest)).p)
            take_envelope_from(r->hop, piece);
    if (r->clause == CLAUSE_WITH)
        r->n_words = WITH_MOST_WORDS; /* what follows is no part of the protocol's name */
}

static void read_word(struct reading *r, struct str word)
{
    struct received_hop *hop = r->hop;
    bool is_name = (r->clause == CLAUSE_FROM || r->clause == CLAUSE_BY) && r->n_words == 0;

    for (size_t i = 0; !is_name && i < N_OF(keywords); i++)
        if (str_eq_nocase(word, str_of(keywords[i].word))) {
            r->clause = keywords[i].clause;
            r->n_words = r->clause == CLAUSE_WITH && hop->with.n ? WITH_MOST_WORDS : 0; /* the first counts */
            hop->encrypted |= r->clause == CLAUSE_TLS;
            return;
        }
    size_t nth = r->n_words++;
    switch (r->clause) {
    case CLAUSE_FROM:
        if (nth == 0 && !r->first.n)
            hop->helo = r->first = word;
        else if (!hop->ip.n && word.p[0] == '[')
            hop->ip = address_in(r->arena, word);
        break;
    case CLAUSE_BY:
        if (nth == 0 && !hop->by.n)
            hop->by = word;
        break;
    case CLAUSE_WITH:
        if (nth == 0 && !hop->with.n)
            hop->with = word;
        else if (nth > 0 && nth < WITH_MOST_WORDS && hop->with.n < 64)
            hop->with = str_fmt(r->arena, "%.*s %.*s", STR_ARG(hop->with), STR_ARG(word));
        break;
    case CLAUSE_ID:
        if (nth == 0 && !hop->id.n)
            hop->id = without_angles(word);
        break;
    case CLAUSE_FOR:
        if (nth == 0 && !hop->recipient.n)
            hop->recipient = without_angles(word);
        break;
    case CLAUSE_ENVELOPE:
        if (nth == 0)
            take_envelope_from(hop, word);
        break;
    case CLAUSE_NONE:
    case CLAUSE_VIA:
    case CLAUSE_TLS: break;
    }
}

/* What is between the parentheses that open here, nested ones included; to the end when they do not close. */
static struct str take_comment(struct str *rest)
{
    size_t at = 0;
    int depth = 0;

    for (; at < rest->n; at++) {
        char c = rest->p[at];
        if (c == '\\' && at + 1 < rest->n)
            at++;
        else if (c == '(' && depth < NEST_MOST)
            depth++;
        else if (c == ')' && --depth == 0)
            break;
    }
    struct str inside = str_from(str_first(*rest, at), 1);
    *rest = str_from(*rest, at < rest->n ? at + 1 : at);
    return inside;
}

static struct str take_word(struct str *rest)
{
    size_t at = 0;
    bool quoted = false;

    for (; at < rest->n; at++) {
        char c = rest->p[at];
        if (c == '"')
            quoted = !quoted;
        else if (!quoted && (is_space(c) || c == '(' || c == ';'))
            break;
    }
    struct str word = str_first(*rest, at);
    *rest = str_from(*rest, at);
    return word;
}

static void read_all(struct reading *r)
{
    struct mail_date date;

    while (r->rest.n) {
        char c = r->rest.p[0];
        if (is_space(c)) {
            r->rest = str_from(r->rest, 1);
        } else if (c == '(') {
            read_comment(r, take_comment(&r->rest));
        } else if (c == ';') {
            r->rest = str_from(r->rest, 1);
            r->clause = CLAUSE_NONE;
            if (r->hop->at_s == -1 && r->rest.n < 200 && mail_date_parse(r->rest, &date)) {
                r->hop->at_s = date.at_s;
                return;
            }
        } else {
            struct str word = take_word(&r->rest);
            if (word.n)
                read_word(r, word);
        }
    }
}

void received_parse(struct arena *arena, struct str value, struct received_hop *ret)
{
    const struct message_field *field = ret->field;
    struct reading r = {.arena = arena, .rest = value, .hop = ret};
    struct ip ip;

    *ret = (struct received_hop){.field = field, .at_s = -1};
    read_all(&r);
    if (!ret->ip.n)
        ret->ip = address_in(arena, r.first);
    ret->is_private = !ip_parse(ret->ip, &ip) || ip_is_unreachable(&ip);
    ret->encrypted |= ret->tls.n > 0 || is_encrypting(ret->with);
}

size_t received_hops(struct arena *arena, const struct message *m, struct received_hop *ret, size_t most)
{
    size_t n = 0;

    for (size_t i = 0; i < m->n_fields && n < most; i++)
        if (str_eq_nocase(m->fields[i].name, STR("Received"))) {
            ret[n].field = &m->fields[i];
            received_parse(arena, m->fields[i].value, &ret[n++]);
        }
    return n;
}
