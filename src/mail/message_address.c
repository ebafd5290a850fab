/* Address lists: RFC 5322 section 3.4 with the obsolete forms of section 4.4. Reads on after what is broken. */
#include <string.h>

#include "core/arena.h"
#include "core/err.h"
#include "launch/name.h"
#include "mail/message.h"
#include "mail/message_word.h"

#define COMMENT_DEPTH_MOST 20
#define VALUE_MOST_BYTES   (256u * 1024u)

/* One mailbox while it is read. Quoted text stands in the words without its quotes for showing (display), and with
 * them for the address. */
struct parts {
    char *shown, *written, *angle, *comment;
    size_t n_shown, n_written, n_angle, n_comment;
    bool has_angle;
};

struct reader {
    struct arena *arena;
    struct str s;
    size_t at;
    struct parts now;
    struct message_mailbox *v;
    size_t n, most;
};

static void start(struct reader *r)
{
    r->now.n_shown = r->now.n_written = r->now.n_angle = r->now.n_comment = 0;
    r->now.has_angle = false;
}

static void read_comment(struct reader *r)
{
    int depth = 0;

    for (; r->at < r->s.n; r->at++) {
        char c = r->s.p[r->at];
        if (c == '(' && ++depth == 1) {
            r->now.n_comment = 0;
            continue;
        }
        if (c == ')' && --depth == 0) {
            r->at++;
            return;
        }
        if (depth > COMMENT_DEPTH_MOST)
            continue;
        if (c == '\\' && r->at + 1 < r->s.n)
            c = r->s.p[++r->at];
        r->now.comment[r->now.n_comment++] = c;
    }
}

/* A quoted string into to with its quotes, and without them into shown (which may be NULL). */
static void read_quoted(struct reader *r, char *to, size_t *n, char *shown, size_t *n_shown)
{
    to[(*n)++] = r->s.p[r->at++];
    while (r->at < r->s.n) {
        char c = r->s.p[r->at++];
        to[(*n)++] = c;
        if (c == '"')
            return;
        if (c == '\\' && r->at < r->s.n)
            to[(*n)++] = c = r->s.p[r->at++];
        if (shown)
            shown[(*n_shown)++] = c;
    }
}

static void read_angle(struct reader *r)
{
    r->at++;
    r->now.n_angle = 0;
    r->now.has_angle = true;
    while (r->at < r->s.n) {
        char c = r->s.p[r->at];
        if (c == '(') {
            read_comment(r);
        } else if (c == '"') {
            read_quoted(r, r->now.angle, &r->now.n_angle, NULL, NULL);
        } else {
            r->at++;
            if (c == '>')
                return;
            r->now.angle[r->now.n_angle++] = c;
        }
    }
}

/* Without white space, which may stand around dots and the at sign (section 4.4). */
static struct str tight(struct arena *arena, struct str s)
{
    char *to = arena_alloc(arena, s.n + 1);
    size_t n = 0;
    bool quoted = false;

    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '\\' && quoted && i + 1 < s.n)
            to[n++] = s.p[i++];
        else if (s.p[i] == '"')
            quoted = !quoted;
        if (quoted || !(s.p[i] == ' ' || s.p[i] == '\t' || s.p[i] == '\r' || s.p[i] == '\n'))
            to[n++] = s.p[i];
    }
    return str_n(to, n);
}

static size_t last_at_sign(struct str s)
{
    size_t found = SIZE_MAX;
    bool quoted = false;

    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '\\' && quoted)
            i++;
        else if (s.p[i] == '"')
            quoted = !quoted;
        else if (s.p[i] == '@' && !quoted)
            found = i;
    }
    return found;
}

static struct str domain_of(struct arena *arena, struct str s)
{
    struct str as_label;
    struct err e;

    while (s.n && s.p[s.n - 1] == '.')
        s.n--;
    if (name_normalise(arena, s, &as_label, &e))
        return as_label;
    return str_lower(arena, s);
}

static void finish(struct reader *r)
{
    struct parts *p = &r->now;
    struct str address = tight(r->arena, p->has_angle ? str_n(p->angle, p->n_angle) : str_n(p->written, p->n_written));
    struct str shown = str_trim(str_n(p->shown, p->n_shown));
    struct str comment = str_trim(str_n(p->comment, p->n_comment));

    if (p->has_angle && str_starts(address, STR("@"))) { /* a route: <@one.example,@two.example:user@domain> */
        size_t colon = str_find_char(address, ':');
        if (colon != SIZE_MAX)
            address = str_from(address, colon + 1);
    }
    if ((address.n || p->has_angle) && r->n < r->most) {
        struct message_mailbox *m = &r->v[r->n++];
        size_t at_sign = last_at_sign(address);
        *m = (struct message_mailbox){.display = STR_NONE, .address = address, .domain = STR_NONE};
        if (at_sign != SIZE_MAX)
            m->domain = domain_of(r->arena, str_from(address, at_sign + 1));
        m->display = message_decode_words(r->arena, str_dup(r->arena, p->has_angle && shown.n ? shown : comment));
    }
    start(r);
}

static void read_list(struct reader *r)
{
    bool in_group = false;
    int bracket = 0; /* inside a domain literal, where a colon is an address's */

    while (r->at < r->s.n) {
        char c = r->s.p[r->at];
        if (c == '(') {
            read_comment(r);
        } else if (c == '"') {
            read_quoted(r, r->now.written, &r->now.n_written, r->now.shown, &r->now.n_shown);
        } else if (c == '<') {
            read_angle(r);
        } else if (c == ',' || (c == ';' && in_group)) {
            in_group = in_group && c != ';';
            r->at++;
            finish(r);
        } else if (c == ':' && !bracket && !in_group && !r->now.has_angle) {
            in_group = true; /* what was read is the group's name */
            r->at++;
            start(r);
        } else {
            bracket = c == '[' ? 1 : c == ']' ? 0 : bracket;
            r->now.written[r->now.n_written++] = c;
            r->now.shown[r->now.n_shown++] = c;
            r->at++;
        }
    }
    finish(r);
}

size_t message_mailboxes(struct arena *arena, struct str value, struct message_mailbox *ret, size_t most)
{
    struct str text = message_unfold(arena, str_first(value, VALUE_MOST_BYTES));
    struct reader r = {.arena = arena, .s = text, .v = ret, .most = most};

    r.now.shown = arena_alloc(arena, r.s.n + 1);
    r.now.written = arena_alloc(arena, r.s.n + 1);
    r.now.angle = arena_alloc(arena, r.s.n + 1);
    r.now.comment = arena_alloc(arena, r.s.n + 1);
    read_list(&r);
    return r.n;
}
