/* Why a signature failed, found by trying what forwarders do to messages. The work is bounded for each signature:
 * BUDGET_BYTES of bodies and HEADER_BUDGET_BYTES of headers are hashed and CHECKS_MOST signatures checked at most. */
#include <string.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/text.h"
#include "mail/dkim_inside.h"

#define BUDGET_BYTES        (32u * 1024u * 1024u)
#define HEADER_BUDGET_BYTES (2u * 1024u * 1024u)
#define BODY_MOST_BYTES     (2u * 1024u * 1024u) /* of a larger one only the verdict is told */
#define SCRATCH_BYTES       ((size_t)128 * 1024 * 1024)
#define CHECKS_MOST         200u
#define LINES_MOST          400u /* of a footer or a banner */

/* ---- the body ---- */

struct body_search {
    struct arena *arena;
    struct dkim_verdict *v;
    struct str canonical; /* the body as it came, canonical */
    EVP_MD_CTX *md;
    size_t budget;
};

static bool hash_is_bh(struct body_search *b, const struct str *parts, size_t n_parts)
{
    unsigned char hash[DKIM_HASH_BYTES];
    size_t cost = 64;

    for (size_t i = 0; i < n_parts; i++)
        cost += parts[i].n;
    if (cost > b->budget || !dkim_hash_start(b->md))
        return false;
    b->budget -= cost;
    for (size_t i = 0; i < n_parts; i++)
        if (parts[i].n && !EVP_DigestUpdate(b->md, parts[i].p, parts[i].n))
            return false;
    return dkim_hash_end(b->md, hash) && memcmp(hash, b->v->signature.body_hash.p, DKIM_HASH_BYTES) == 0;
}

static bool is_bh(struct body_search *b, struct str canonical)
{
    if (b->v->signature.body_length >= 0)
        canonical = str_first(canonical, (size_t)b->v->signature.body_length);
    return hash_is_bh(b, &canonical, 1);
}

static bool found(struct body_search *b, enum dkim_hint hint, struct str text)
{
    b->v->hint = hint;
    b->v->hint_text = text;
    return true;
}

static struct str show(struct arena *arena, struct str s)
{
    return text_shorten(arena, text_safe(arena, str_trim(str_first(s, 400))), 80);
}

static bool try_white_space(struct body_search *b, struct str body)
{
    if (b->v->signature.body_canon == DKIM_SIMPLE && is_bh(b, dkim_canon_body(b->arena, body, DKIM_RELAXED)))
        return found(b, DKIM_HINT_WHITE_SPACE,
                     STR("white space within the body was changed on the way; with relaxed body canonicalization "
                         "(c=relaxed/relaxed) the signature would pass"));
    return false;
}

static bool is_white(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Empty lines at the end are canonicalized away; what a signer that forgot that hashed, and lines of blanks. */
static bool try_trailing(struct body_search *b, struct str body)
{
    struct str cut = body;

    if (is_bh(b, body) || is_bh(b, str_first(b->canonical, b->canonical.n >= 2 ? b->canonical.n - 2 : 0)))
        return found(
            b, DKIM_HINT_TRAILING_LINES,
            STR("the signer hashed the end of the body without its canonical form: the blank lines there, or the "
                "last line's end, make the difference"));
    while (cut.n && is_white(cut.p[cut.n - 1]))
        cut.n--;
    struct str parts[3] = {cut, STR("\r\n"), STR("\r\n")};
    size_t blank_end = body.n - cut.n;
    if (blank_end && hash_is_bh(b, parts, 2))
        return found(b, DKIM_HINT_TRAILING_LINES,
                     STR("lines of blanks were added at the end of the body; without them it would pass"));
    return false;
}

static struct str replaced(struct arena *arena, struct str s, struct str from, struct str to, bool at_line_start)
{
    struct buf out;
    bool any = false;

    buf_init(&out, s.n + s.n / (from.n ? from.n : 1) * to.n + 16);
    for (size_t i = 0, start = 0; i <= s.n;) {
        size_t hit = str_find(str_from(s, i), from);
        if (hit == SIZE_MAX) {
            buf_add(&out, str_from(s, start));
            break;
        }
        hit += i;
        i = hit + from.n;
        if (at_line_start && hit && s.p[hit - 1] != '\n')
            continue;
        any = true;
        buf_add(&out, str_n(s.p + start, hit - start));
        buf_add(&out, to);
        start = i;
    }
    struct str made = any ? str_dup(arena, buf_str(&out)) : STR_NONE;
    buf_free(&out);
    return made;
}

/* Every CR, LF and CRLF made CRLF. */
static struct str with_line_ends(struct arena *arena, struct str s)
{
    char *to = arena_alloc(arena, s.n * 2 + 1);
    size_t n = 0;

    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] != '\r' && s.p[i] != '\n') {
            to[n++] = s.p[i];
            continue;
        }
        if (s.p[i] == '\r' && i + 1 < s.n && s.p[i + 1] == '\n')
            i++;
        to[n++] = '\r';
        to[n++] = '\n';
    }
    return str_n(to, n);
}

static bool try_body(struct body_search *b, struct str body)
{
    return body.n && is_bh(b, dkim_canon_body(b->arena, body, b->v->signature.body_canon));
}

static bool try_line_ends(struct body_search *b, const struct message *m)
{
    if (m->oddities & (MESSAGE_BARE_CR | MESSAGE_BARE_LF)) {
        if (try_body(b, with_line_ends(b->arena, m->body)))
            return found(
                b, DKIM_HINT_LINE_ENDS,
                STR("the body has a bare CR or LF where the signer had CRLF; with CRLF line ends it would pass"));
        struct str without = replaced(b->arena, m->body, STR("\r\r\n"), STR("\r\n"), false);
        if (try_body(b, without))
            return found(
                b, DKIM_HINT_LINE_ENDS,
                STR("lines of the body end in CR CR LF where the signer had CR LF: a program wrote CRLF twice"));
    }
    /* Signed by a program that did not make CRLF of its LF. */
    if (is_bh(b, replaced(b->arena, b->canonical, STR("\r\n"), STR("\n"), false)))
        return found(b, DKIM_HINT_LINE_ENDS,
                     STR("the signer hashed the body with LF line ends; it must sign what is sent, with CRLF"));
    return false;
}

static bool try_quoting(struct body_search *b, struct str body)
{
    if (try_body(b, replaced(b->arena, body, STR(">From "), STR("From "), true)))
        return found(b, DKIM_HINT_QUOTED_FROM,
                     STR("a line that began with \"From \" now begins with \">From \": a mailbox file or an old server "
                         "wrote it so"));
    if (try_body(b, replaced(b->arena, body, STR(".."), STR("."), true)))
        return found(
            b, DKIM_HINT_QUOTED_FROM,
            STR("a line that began with a dot has two of them: an SMTP program did not take its own dot away"));
    return false;
}

/* Offsets at which lines of the canonical body begin, from the end backwards: not the whole of a long body. */
static size_t last_lines(struct str s, size_t *ret, size_t most)
{
    size_t n = 0;

    for (size_t i = s.n; i >= 2 && n < most; i--)
        if (s.p[i - 1] == '\n' && s.p[i - 2] == '\r' && i < s.n)
            ret[n++] = i;
    if (n < most && s.n)
        ret[n++] = 0;
    return n;
}

/* The same without the empty lines at its end, which its canonical form would not have had. */
static struct str trimmed(struct str s)
{
    while (str_ends(s, STR("\r\n\r\n")))
        s.n -= 2;
    return str_eq(s, STR("\r\n")) ? str_first(s, 0) : s;
}

static bool try_footer(struct body_search *b)
{
    size_t *lines = arena_array(b->arena, LINES_MOST, sizeof *lines), n = last_lines(b->canonical, lines, LINES_MOST);
    struct str all = b->canonical, base = STR_NONE;
    unsigned char hash[DKIM_HASH_BYTES];
    EVP_MD_CTX *running = EVP_MD_CTX_new();
    bool hit = false;

    /* One pass over the body: a copy of the running hash is ended at each place where the text may have ended. */
    if (n && running && all.n <= b->budget && dkim_hash_start(running)) {
        b->budget -= all.n;
        for (size_t i = n; i-- > 0 && !hit;) {
            struct str now = trimmed(str_first(all, lines[i]));
            if (now.n < base.n || (now.n == base.n && i != n - 1))
                continue;
            if (!EVP_DigestUpdate(running, all.p + base.n, now.n - base.n) || !EVP_MD_CTX_copy_ex(b->md, running) ||
                !dkim_hash_end(b->md, hash))
                break;
            base = now;
            hit = memcmp(hash, b->v->signature.body_hash.p, DKIM_HASH_BYTES) == 0;
        }
    }
    EVP_MD_CTX_free(running);
    return hit && found(b, DKIM_HINT_FOOTER,
                        str_fmt(b->arena,
                                "text was added after the signed body, as mailing lists and gateways do; without "
                                "it the body would pass: \"%.*s\"",
                                STR_ARG(show(b->arena, str_from(all, base.n)))));
}

/* Lines put in before the end of a MIME part: the text goes on with "--boundary" after them. */
static bool try_inner_footer(struct body_search *b)
{
    size_t *lines = arena_array(b->arena, LINES_MOST, sizeof *lines), n = last_lines(b->canonical, lines, LINES_MOST);
    struct str all = b->canonical;
    int n_boundaries = 0;

    for (size_t i = 0; i < n && n_boundaries < 4; i++) {
        if (!str_starts(str_from(all, lines[i]), STR("--")))
            continue;
        n_boundaries++;
        for (size_t k = i + 1; k < n && k <= i + 60; k++) {
            struct str parts[2] = {str_first(all, lines[k]), str_from(all, lines[i])};
            struct str added = str_n(all.p + lines[k], lines[i] - lines[k]);
            if (hash_is_bh(b, parts, 2))
                return found(b, DKIM_HINT_FOOTER,
                             str_fmt(b->arena,
                                     "text was added within the signed body; without it the body would pass: "
                                     "\"%.*s\"",
                                     STR_ARG(show(b->arena, added))));
        }
    }
    return false;
}

static bool try_banner(struct body_search *b)
{
    struct str all = b->canonical;

    for (size_t i = 2, n = 0; i < all.n && n < 100; i++) {
        if (all.p[i - 1] != '\n' || all.p[i - 2] != '\r')
            continue;
        n++;
        if (is_bh(b, str_from(all, i)))
            return found(b, DKIM_HINT_BANNER,
                         str_fmt(b->arena,
                                 "text was added before the signed body, as gateways that warn of outside mail "
                                 "do; without it the body would pass: \"%.*s\"",
                                 STR_ARG(show(b->arena, str_first(all, i)))));
    }
    return false;
}

void dkim_hint_body(struct arena *arena, const struct message *m, struct dkim_verdict *v)
{
    /* Of its own, so that what was tried for each of many signatures does not add up. */
    struct arena *scratch = arena_new(SCRATCH_BYTES);
    struct body_search b = {.arena = scratch, .v = v, .md = EVP_MD_CTX_new(), .budget = BUDGET_BYTES};

    if (b.md && m->body.n <= BODY_MOST_BYTES) {
        b.canonical = dkim_canon_body(scratch, m->body, v->signature.body_canon);
        (void)(try_white_space(&b, m->body) || try_trailing(&b, m->body) || try_line_ends(&b, m) ||
               try_quoting(&b, m->body) || try_footer(&b) || try_inner_footer(&b) || try_banner(&b));
    }
    v->hint_text = str_dup(arena, v->hint_text);
    EVP_MD_CTX_free(b.md);
    arena_free(scratch);
}

/* ---- the header ---- */

struct header_search {
    struct arena *arena;
    const struct message *m;
    struct dkim_opened *key;
    struct dkim_verdict *v;
    struct dkim_picks picks; /* a copy to change */
    EVP_MD_CTX *md;
    size_t left, budget; /* checks; bytes to hash */
};

/* That many bytes are copied or hashed; false: they are not to be. */
static bool spend(struct header_search *h, size_t bytes)
{
    if (!h->left || bytes > h->budget)
        return false;
    h->budget -= bytes;
    return true;
}

static bool passes(struct header_search *h)
{
    unsigned char hash[DKIM_HASH_BYTES];
    size_t cost = h->picks.own.n;

    for (size_t i = 0; i < h->picks.n; i++)
        cost += h->picks.raw[i].n;
    if (!spend(h, cost))
        return false;
    h->left--;
    return dkim_hash_picks(h->md, &h->picks, h->v->signature.header_canon, hash) &&
           dkim_key_verifies(h->key, hash, h->v->signature.signature);
}

/* Whether it passes with that text in the place of the ith field. */
static bool passes_with(struct header_search *h, size_t i, struct str raw)
{
    struct str before = h->picks.raw[i];

    h->picks.raw[i] = raw;
    bool ok = passes(h);
    h->picks.raw[i] = before;
    return ok;
}

static bool tell(struct header_search *h, enum dkim_hint hint, struct str text)
{
    h->v->hint = hint;
    h->v->hint_text = text;
    return true;
}

static struct str name_of(struct header_search *h, size_t i)
{
    return show(h->arena, h->v->signature.headers.v[i]);
}

static bool passes_with_value(struct header_search *h, size_t i, struct str value)
{
    return spend(h, value.n) &&
           passes_with(h, i, str_fmt(h->arena, "%.*s: %.*s\r\n", STR_ARG(h->picks.field[i]->name), STR_ARG(value)));
}

/* Added, or another of the same name is the one that was signed. */
static bool try_instances(struct header_search *h)
{
    for (size_t i = 0; i < h->picks.n; i++) {
        if (!h->picks.field[i])
            continue;
        if (passes_with(h, i, STR_NONE))
            return tell(h, DKIM_HINT_HEADER,
                        str_fmt(h->arena, "a %.*s field was added after signing: without it the signature passes",
                                STR_ARG(name_of(h, i))));
        for (size_t k = 0; k < h->m->n_fields; k++) {
            const struct message_field *f = &h->m->fields[k];
            if (f != h->picks.field[i] && f != h->v->signature.field &&
                str_eq_nocase(f->name, h->picks.field[i]->name) && passes_with(h, i, f->raw))
                return tell(h, DKIM_HINT_HEADER,
                            str_fmt(h->arena,
                                    "another %.*s field was added after signing: with the one on line %d the "
                                    "signature passes",
                                    STR_ARG(name_of(h, i)), f->line));
        }
    }
    return false;
}

/* "[list] " at the front of the subject, or after "Re: ". */
static bool try_subject(struct header_search *h)
{
    for (size_t i = 0; i < h->picks.n; i++) {
        if (!h->picks.field[i] || !str_eq_nocase(h->picks.field[i]->name, STR("subject")))
            continue;
        struct str value = str_trim(h->picks.field[i]->value);
        if (!spend(h, value.n))
            return false;
        size_t open = str_find_char(value, '['), close = str_find_char(value, ']');
        for (int way = 0; way < 2; way++) {
            struct str tag = STR_NONE, rest = value;
            size_t colon = str_find_char(value, ':');
            if (way == 0 && open != SIZE_MAX && close != SIZE_MAX && open < close) {
                tag = str_n(value.p + open, close + 1 - open);
                rest = str_fmt(h->arena, "%.*s%.*s", (int)open, value.p, STR_ARG(str_trim(str_from(value, close + 1))));
            } else if (way == 1 && colon != SIZE_MAX) { /* "EXTERNAL: ", "Fwd: " */
                tag = str_first(value, colon + 1);
                rest = str_trim(str_from(value, colon + 1));
            }
            if (tag.n && passes_with_value(h, i, rest))
                return tell(h, DKIM_HINT_HEADER,
                            str_fmt(h->arena, "Subject was changed: without \"%.*s\" the signature passes",
                                    STR_ARG(show(h->arena, tag))));
        }
    }
    return false;
}

/* Where lists and gateways keep what they replaced. */
static bool try_originals(struct header_search *h)
{
    static const char *const kept[] = {"X-Original-From",       "Reply-To",
                                       "X-Original-To",         "X-Original-Subject",
                                       "Original-From",         "X-Mailman-Original-From",
                                       "X-Original-Message-ID", "X-Google-Original-From"};

    for (size_t i = 0; i < h->picks.n; i++) {
        if (!h->picks.field[i])
            continue;
        for (size_t k = 0; k < N_OF(kept); k++) {
            const struct message_field *f = message_field(h->m, str_of(kept[k]), 0);
            if (f && f != h->picks.field[i] && str_has_nocase(f->name, STR("o")) &&
                passes_with_value(h, i, str_trim(f->value)))
                return tell(h, DKIM_HINT_HEADER,
                            str_fmt(h->arena, "%.*s was replaced: with the value that %s keeps the signature passes",
                                    STR_ARG(name_of(h, i)), kept[k]));
        }
    }
    return false;
}

/* A server that encoded the body anew writes another of these; the hash of the body may have been made after it. */
static bool try_encodings(struct header_search *h)
{
    static const char *const values[] = {"7bit", "8bit", "quoted-printable", "base64"};

    for (size_t i = 0; i < h->picks.n; i++) {
        if (!h->picks.field[i] || !str_eq_nocase(h->picks.field[i]->name, STR("content-transfer-encoding")))
            continue;
        for (size_t k = 0; k < N_OF(values); k++)
            if (passes_with_value(h, i, str_of(values[k])))
                return tell(h, DKIM_HINT_HEADER,
                            str_fmt(h->arena, "Content-Transfer-Encoding was changed: it was %s when it was signed",
                                    values[k]));
    }
    return false;
}

/* Simple canonicalization: folded anew, or a space more or less. */
static bool try_folding(struct header_search *h)
{
    struct dkim_picks before = h->picks;
    struct str *flat = arena_array(h->arena, h->picks.n + 1, sizeof *flat);

    if (h->v->signature.header_canon != DKIM_SIMPLE)
        return false;
    for (size_t i = 0; i < h->picks.n; i++) {
        if (!h->picks.field[i])
            continue;
        if (!spend(h, 2 * h->picks.field[i]->raw.n))
            return false;
        struct str relaxed = dkim_canon_field(h->arena, h->picks.field[i]->raw, DKIM_RELAXED);
        struct str value = str_trim(str_from(relaxed, str_find_char(relaxed, ':') + 1));
        flat[i] = str_fmt(h->arena, "%.*s: %.*s", STR_ARG(h->picks.field[i]->name), STR_ARG(value));
        flat[i] = str_fmt(h->arena, "%.*s\r\n", STR_ARG(str_trim(flat[i])));
        if (passes_with(h, i, flat[i]))
            return tell(h, DKIM_HINT_WHITE_SPACE,
                        str_fmt(h->arena,
                                "white space or folding of %.*s was changed; with relaxed header "
                                "canonicalization the signature would pass",
                                STR_ARG(name_of(h, i))));
    }
    h->picks.raw = flat;
    bool ok = passes(h);
    h->picks = before;
    return ok && tell(h, DKIM_HINT_WHITE_SPACE,
                      STR("white space or folding of the header was changed; with relaxed header canonicalization the "
                          "signature would pass"));
}

/* Nothing that was tried passes: name what such changes mostly hit. */
static void name_suspects(struct header_search *h)
{
    static const char *const likely[] = {"Subject", "From", "To", "Reply-To", "Content-Type", "Date", "Message-ID"};
    struct buf b;
    size_t n = 0;

    buf_init(&b, 400);
    for (size_t i = 0; i < N_OF(likely); i++)
        if (str_list_has_nocase(&h->v->signature.headers, str_of(likely[i])) &&
            message_field(h->m, str_of(likely[i]), 0))
            buf_fmt(&b, "%s%s", n++ ? ", " : "", likely[i]);
    tell(h, DKIM_HINT_HEADER,
         str_fmt(h->arena, "the body is whole; one of the signed header fields was changed or taken away%s%.*s%s",
                 n ? " (look at " : "", STR_ARG(buf_str(&b)), n ? " first)" : ""));
    buf_free(&b);
}

void dkim_hint_header(struct arena *arena, const struct message *m, struct dkim_opened *key,
                      const struct dkim_picks *picks, struct dkim_verdict *v)
{
    struct header_search h = {.arena = arena,
                              .m = m,
                              .key = key,
                              .v = v,
                              .picks = *picks,
                              .left = CHECKS_MOST,
                              .budget = HEADER_BUDGET_BYTES};

    if (key->rsa && !dkim_key_fits(key, v->signature.signature)) {
        tell(&h, DKIM_HINT_OTHER_KEY,
             str_fmt(arena,
                     "publish the public key that belongs to the signer's private one at %.*s, or sign with the key "
                     "that is published there",
                     STR_ARG(dkim_key_name(arena, &v->signature))));
        return;
    }
    h.md = EVP_MD_CTX_new();
    if (h.md && !try_subject(&h) && !try_originals(&h) && !try_encodings(&h) && !try_folding(&h) && !try_instances(&h))
        name_suspects(&h);
    EVP_MD_CTX_free(h.md);
}
