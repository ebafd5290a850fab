/* check.c - how a check speaks, and how one is run to its end. */
#include "checks/check.h"

#include <openssl/evp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/arena.h"
#include "core/clock.h"
#include "core/text.h"
#include "facts/facts.h"

#define TEXT_MOST_BYTES 2000u
#define EVIDENCE_MOST   40u
#define FINDINGS_MOST   500u

static struct str safe(struct findings *out, struct str s)
{
    return text_shorten(out->arena, text_safe(out->arena, s), TEXT_MOST_BYTES);
}

VPRINTF_LIKE(2) static struct str safe_vfmt(struct findings *out, const char *fmt, va_list args)
{
    return safe(out, str_vfmt(out->arena, fmt, args));
}

struct finding *say(struct findings *out, enum status status, struct str subject, const char *fmt, ...)
{
    struct finding *f = arena_alloc(out->arena, sizeof *f);
    va_list args;

    va_start(args, fmt);
    f->title = safe_vfmt(out, fmt, args);
    va_end(args);
    f->check = out->check;
    f->status = status;
    f->severity = out->check->severity;
    if (status == WARN && f->severity > SEV_MEDIUM)
        f->severity = SEV_MEDIUM;
    f->subject = safe(out, subject);
    f->section = str_of(out->check->section);
    if (out->n < FINDINGS_MOST)
        *ARENA_PUSH(out->arena, out->v, out->n, out->capacity) = f;
    return f;
}

void finding_evidence(struct findings *out, struct finding *f, const char *label, struct str source, int64_t at_s,
                      const char *fmt, ...)
{
    va_list args;

    if (f->n_evidence >= EVIDENCE_MOST)
        return;
    struct evidence *e = ARENA_PUSH(out->arena, f->evidence, f->n_evidence, f->evidence_capacity);
    va_start(args, fmt);
    e->value = safe_vfmt(out, fmt, args);
    va_end(args);
    e->label = safe(out, str_of(label));
    e->source = safe(out, source);
    e->at_s = at_s;
}

/* Fixes may hold lines of configuration. */
VPRINTF_LIKE(2) static struct str fix_vfmt(struct findings *out, const char *fmt, va_list args)
{
    return text_shorten(out->arena, text_safe_lines(out->arena, str_vfmt(out->arena, fmt, args)), 2 * TEXT_MOST_BYTES);
}

void finding_fix(struct findings *out, struct finding *f, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    f->fix_text = fix_vfmt(out, fmt, args);
    va_end(args);
}

void finding_command(struct findings *out, struct finding *f, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    f->fix_command = safe_vfmt(out, fmt, args);
    va_end(args);
}

static struct dns_fix *add_record(struct findings *out, struct finding *f, const char *name, const char *type)
{
    struct dns_fix *r = ARENA_PUSH(out->arena, f->records, f->n_records, f->records_capacity);

    *r = (struct dns_fix){.name = safe(out, str_of(name)), .type = safe(out, str_of(type))};
    return r;
}

void finding_record(struct findings *out, struct finding *f, const char *name, const char *type, uint32_t ttl_s,
                    const char *fmt, ...)
{
    struct dns_fix *r = add_record(out, f, name, type);
    va_list args;

    va_start(args, fmt);
    r->value = safe_vfmt(out, fmt, args);
    va_end(args);
    r->ttl_s = ttl_s;
}

void finding_remove_record(struct findings *out, struct finding *f, const char *name, const char *type, const char *fmt,
                           ...)
{
    struct dns_fix *r = add_record(out, f, name, type);
    va_list args;

    va_start(args, fmt);
    r->value = safe_vfmt(out, fmt, args);
    va_end(args);
    r->remove = true;
}

void finding_observed(struct findings *out, struct finding *f, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    f->observed = safe_vfmt(out, fmt, args);
    va_end(args);
}

void finding_expected(struct findings *out, struct finding *f, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    f->expected = safe_vfmt(out, fmt, args);
    va_end(args);
}

/* What stays the same when a line moves or an answer comes in another order. */
void finding_close(struct findings *out, struct finding *f)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned int n = 0;
    struct str stable = str_fmt(out->arena, "%s\n%.*s\n%.*s", f->check->id, STR_ARG(f->subject), STR_ARG(f->key));

    if (EVP_Digest(stable.p, stable.n, digest, &n, EVP_sha256(), NULL) != 1 || n < 8)
        memset(digest, 0, 8);
    char hex[17];
    for (size_t i = 0; i < 8; i++)
        snprintf(hex + 2 * i, 3, "%02x", digest[i]);
    f->fingerprint = str_dup(out->arena, str_n(hex, 16));
}

/* The place that was not seen: what the error names, else the last word of the key that looks like a host or URL. */
static struct str place_of(const struct unseen *u)
{
    if (u->err.place[0])
        return str_of(u->err.place);
    struct str rest = u->what, word = STR_NONE;
    while (rest.p) {
        struct str w = str_cut(&rest, ' ');
        if (str_find_char(w, '.') != SIZE_MAX && !str_starts(w, STR("via=")))
            word = word.n ? word : w;
    }
    return word.n ? word : u->what;
}

static bool said_already(const struct findings *out, size_t from, const struct unseen *u)
{
    for (size_t i = from; i < out->n; i++)
        if (out->v[i]->status == UNKNOWN && out->v[i]->unseen_kind == u->err.kind &&
            str_eq(out->v[i]->unseen_place, place_of(u)))
            return true;
    return false;
}

/* One line for each different thing that could not be seen. */
static void say_unseen(struct ask *q, struct findings *out)
{
    size_t from = out->n;

    for (size_t i = 0; i < q->n_unseen; i++) {
        const struct unseen *u = &q->unseen[i];
        if (said_already(out, from, u))
            continue;
        struct str place = place_of(u);
        struct finding *f = say(out, UNKNOWN, place, "%s", u->err.text);
        f->unseen_kind = u->err.kind;
        f->unseen_place = f->subject;
        finding_evidence(out, f, "could not look at", STR_NONE, q->now_s, "%.*s", STR_ARG(u->what));
        if (u->err.cause[0])
            finding_evidence(out, f, "because", STR_NONE, q->now_s, "%s", u->err.cause);
    }
}

/* Passes that were said do not stand beside something unseen. */
static void drop_passes(struct findings *out)
{
    size_t kept = 0;

    for (size_t i = 0; i < out->n; i++)
        if (out->v[i]->status != PASS)
            out->v[kept++] = out->v[i];
    out->n = kept;
}

void check_of_audit(struct ask *q, struct findings *out)
{
    (void)q;
    (void)out;
}

void check_run(const struct check *check, struct ask *q, struct findings *out)
{
    out->check = check;
    check->run(q, out);
    if (q->n_unseen) {
        drop_passes(out);
        say_unseen(q, out);
    } else if (out->n == 0) {
        say(out, PASS, q->domain, "%s", check->rule);
    }
    for (size_t i = 0; i < out->n; i++)
        finding_close(out, out->v[i]);
}
