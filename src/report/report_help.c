/* report_help.c - what the formats share. */
#include "core/arena.h"
#include "core/clock.h"
#include "core/text.h"
#include "report/report_inside.h"

static struct finding *safe_finding(struct arena *arena, const struct finding *f)
{
    struct finding *to = arena_alloc(arena, sizeof *to);
    struct str *const lines[] = {&to->subject,      &to->title,         &to->observed,    &to->expected,
                                 &to->fix_command,  &to->key,           &to->fingerprint, &to->section,
                                 &to->unseen_place, &to->waiver_reason, &to->waiver_owner};

    *to = *f;
    for (size_t i = 0; i < N_OF(lines); i++)
        *lines[i] = text_safe(arena, *lines[i]);
    to->fix_text = text_safe_lines(arena, to->fix_text);
    to->evidence = arena_array(arena, f->n_evidence, sizeof *to->evidence);
    for (size_t i = 0; i < f->n_evidence; i++)
        to->evidence[i] =
            (struct evidence){text_safe(arena, f->evidence[i].label), text_safe(arena, f->evidence[i].value),
                              text_safe(arena, f->evidence[i].source), f->evidence[i].at_s};
    to->records = arena_array(arena, f->n_records, sizeof *to->records);
    for (size_t i = 0; i < f->n_records; i++) {
        const struct dns_fix *r = &f->records[i];
        to->records[i] = (struct dns_fix){text_safe(arena, r->name), text_safe(arena, r->type),
                                          text_safe(arena, r->value), r->ttl_s, r->remove};
    }
    return to;
}

static struct finding *copy_of(const struct audit *from, const struct audit *to, const struct finding *f)
{
    for (size_t i = 0; f && i < from->n_findings; i++)
        if (from->findings[i] == f)
            return to->findings[i];
    return NULL;
}

struct audit *report_safe_audit(struct arena *arena, const struct audit *audit)
{
    struct audit *to = arena_alloc(arena, sizeof *to);

    *to = *audit;
    to->target = text_safe(arena, audit->target);
    to->launch_path = text_safe(arena, audit->launch_path);
    to->verdict_reason = text_safe(arena, audit->verdict_reason);
    to->slowest = text_safe(arena, audit->slowest);
    to->findings = arena_array(arena, audit->n_findings, sizeof(struct finding *));
    for (size_t i = 0; i < audit->n_findings; i++)
        to->findings[i] = safe_finding(arena, audit->findings[i]);
    for (size_t i = 0; i < audit->n_findings; i++)
        to->findings[i]->cause = copy_of(audit, to, audit->findings[i]->cause);
    for (size_t i = 0; i < audit->n_first; i++)
        to->first[i] = copy_of(audit, to, audit->first[i]);
    to->skipped = arena_array(arena, audit->n_skipped, sizeof *to->skipped);
    for (size_t i = 0; i < audit->n_skipped; i++) {
        to->skipped[i] = audit->skipped[i];
        to->skipped[i].reason = text_safe(arena, audit->skipped[i].reason);
    }
    return to;
}

struct report_rows report_rows_of(struct arena *arena, const struct audit *audit, unsigned statuses)
{
    struct report_rows rows = {0};

    for (size_t i = 0; i < audit->n_findings; i++) {
        const struct finding *f = audit->findings[i];
        struct report_row *row = NULL;
        if (f->cause || !(statuses & 1u << f->status))
            continue;
        for (size_t r = 0; r < rows.n && !row; r++)
            if (rows.v[r].check == f->check && rows.v[r].status == f->status)
                row = &rows.v[r];
        if (!row) {
            row = ARENA_PUSH(arena, rows.v, rows.n, rows.capacity);
            *row = (struct report_row){.check = f->check, .status = f->status};
        }
        *ARENA_PUSH(arena, row->v, row->n, row->capacity) = f;
        row->n_folded += f->n_folded;
    }
    return rows;
}

/* "shop.example does not resolve" */
static struct str reason_at(struct arena *arena, const struct finding *f, struct str place)
{
    static const char *const sentences[] = {
        [ERR_LIMIT] = "the answer of %.*s is too large to read",
        [ERR_PARSE] = "the answer of %.*s makes no sense",
        [ERR_OFFLINE] = "%.*s was not asked: this audit is offline",
        [ERR_NO_ROUTE] = "this machine has no route to %.*s",
        [ERR_NO_NAME] = "%.*s does not resolve",
        [ERR_DNS_TIMEOUT] = "no name server answered about %.*s in time",
        [ERR_DNS_FAILED] = "the name servers failed to answer about %.*s",
        [ERR_REFUSED] = "%.*s refuses connections",
        [ERR_TIMEOUT] = "%.*s did not answer in time",
        [ERR_RESET] = "%.*s broke the connection off",
        [ERR_TLS] = "%.*s and this machine could not agree on an encrypted connection",
        [ERR_PROTOCOL] = "the answer of %.*s breaks its protocol",
        [ERR_BLOCKED] = "%.*s is a place that an audit does not visit",
        [ERR_NEEDS] = "the launch file does not say: %.*s",
    };

    if ((size_t)f->unseen_kind >= N_OF(sentences) || !sentences[f->unseen_kind])
        return f->title;
    /* Something other than the check's section is needed: a proof, a flag. */
    if (f->unseen_kind == ERR_NEEDS && !str_eq(place, str_of(f->check->section)))
        return f->title;
    struct str sentence = str_of(sentences[f->unseen_kind]);
    size_t at = str_find(sentence, STR("%.*s"));
    return str_fmt(arena, "%.*s%.*s%.*s", STR_ARG(str_first(sentence, at)), STR_ARG(place),
                   STR_ARG(str_from(sentence, at + 4)));
}

static struct str place_of(const struct finding *f)
{
    return f->unseen_place.n ? f->unseen_place : f->subject;
}

/* One host that is silent is one reason, whatever was asked of it. */
static bool same_reason(const struct finding *f, const struct finding *g)
{
    bool by_title = f->unseen_kind == ERR_NONE || f->unseen_kind == ERR_NEEDS; /* the kind alone says too little */

    if (f->unseen_kind != g->unseen_kind || (by_title && !str_eq(f->title, g->title)))
        return false;
    return str_eq_nocase(audit_host_of(place_of(f)), audit_host_of(place_of(g)));
}

static void set_reasons(struct arena *arena, struct report_unseens *all)
{
    for (size_t i = 0; i < all->n; i++) {
        struct report_unseen *u = &all->v[i];
        struct str place = place_of(u->v[0]);
        for (size_t j = 1; j < u->n; j++)
            if (!str_eq(place_of(u->v[j]), place))
                place = audit_host_of(place);
        u->reason = reason_at(arena, u->v[0], place);
    }
}

struct report_unseens report_unseens_of(struct arena *arena, const struct audit *audit)
{
    struct report_unseens all = {0};

    for (size_t i = 0; i < audit->n_findings; i++) {
        const struct finding *f = audit->findings[i];
        struct report_unseen *u = NULL;
        if (f->cause || f->status != UNKNOWN)
            continue;
        for (size_t r = 0; r < all.n && !u; r++)
            if (same_reason(f, all.v[r].v[0]))
                u = &all.v[r];
        if (!u) {
            u = ARENA_PUSH(arena, all.v, all.n, all.capacity);
            *u = (struct report_unseen){0};
        }
        *ARENA_PUSH(arena, u->v, u->n, u->capacity) = f;
    }
    set_reasons(arena, &all);
    return all;
}

struct str report_folded(struct arena *arena, const struct audit *audit, const struct report_row *row)
{
    size_t n = 0;
    const struct finding *one = NULL;

    for (size_t i = 0; i < audit->n_findings; i++) {
        const struct finding *f = audit->findings[i];
        bool mine = false;
        for (size_t j = 0; j < row->n && !mine; j++)
            mine = f->cause && f->cause == row->v[j];
        if (!mine)
            continue;
        n++;
        one = one ? one : f;
    }
    if (!one)
        return STR_NONE;
    return str_fmt(arena, "+%zu %s could not look because %.*s", n, n == 1 ? "check" : "checks",
                   STR_ARG(reason_at(arena, one, place_of(one))));
}

size_t report_count(const struct audit *audit, enum status status)
{
    size_t n = 0;

    for (int s = 1; s <= 7; s++)
        n += audit->stages[s].n[status];
    return n;
}

const char *report_verdict_title(enum verdict v)
{
    static const char *const titles[] = {"NOT READY", "INCOMPLETE", "READY WITH RISKS", "READY"};

    return titles[v];
}

const char *report_status_title(enum status s)
{
    static const char *const titles[] = {"passed", "warned", "failed", "unseen", "not applicable", "accepted"};

    return titles[s];
}

const char *report_certainty(enum certainty c)
{
    static const char *const words[] = {"observed", "inferred", "told"};

    return words[c];
}

struct str report_fix(const struct finding *f)
{
    return f->fix_text.n ? f->fix_text : str_of(f->check->fix);
}

const char *report_who(const struct finding *f)
{
    return report_who_fixes(f->check->fix_by, report_fix(f));
}

/* The consoles that fixes name, from the table of platforms. */
static const struct {
    const char *console, *who;
} consoles[] = {
#define PLATFORM(id, name, edge, host, console, ...) {console, "you, in the " name " dashboard"},
#define HEADER(...)
#define CNAME(...)
#define RANGE(...)
#include "facts/platforms.def"
#undef PLATFORM
#undef HEADER
#undef CNAME
#undef RANGE
};

/* First the whole way to the place, then the site alone: several platforms may share one. */
static const char *who_at_console(struct str fix)
{
    for (int pass = 0; pass < 2; pass++)
        for (size_t i = 0; i < N_OF(consoles); i++) {
            struct str rest = str_of(consoles[i].console), whole = rest, site = str_cut(&rest, ' ');
            /* Others are files: "the Caddyfile". */
            if (str_has(site, STR(".")) && str_has(fix, pass ? site : whole))
                return consoles[i].who;
        }
    return str_has_nocase(fix, STR("cloudflare")) ? consoles[0].who : NULL;
}

const char *report_who_fixes(enum fix_by by, struct str fix)
{
    const char *who = by == BY_EDGE || by == BY_HOST || by == BY_DNS ? who_at_console(fix) : NULL;

    if (who)
        return who;
    switch (by) {
    case BY_EDGE: return "you, in the dashboard of your CDN or host";
    case BY_DNS: return "you, where the domain's DNS records are kept";
    case BY_REPO: return "your developer, in the code";
    case BY_HOST: return "your developer, in the settings of the hosting platform";
    case BY_PERSON: return "you: a decision, or an account that you hold";
    }
    return "";
}

bool report_fix_said(const struct report_row *row, size_t i)
{
    for (size_t j = 0; j < i; j++)
        if (str_eq(report_fix(row->v[j]), report_fix(row->v[i])))
            return true;
    return false;
}

bool report_command_said(const struct report_row *row, size_t i)
{
    for (size_t j = 0; j < i; j++)
        if (str_eq(row->v[j]->fix_command, row->v[i]->fix_command))
            return true;
    return false;
}

/* Texts of TXT records go in quotes, cut between characters into pieces of at most 255 bytes (RFC 1035
 * section 3.3). */
static struct str quoted(struct arena *arena, struct str value)
{
    struct buf b;
    size_t in_piece = 0;

    if (str_starts(value, STR("\"")))
        return value;
    buf_init(&b, value.n * 3 + 16);
    buf_add_char(&b, '"');
    for (size_t i = 0; i < value.n; i++) {
        if (in_piece >= 252 && ((unsigned char)value.p[i] & 0xc0) != 0x80) {
            buf_add_cstr(&b, "\" \"");
            in_piece = 0;
        }
        if (value.p[i] == '"' || value.p[i] == '\\')
            buf_add_char(&b, '\\');
        buf_add_char(&b, value.p[i]);
        in_piece++;
    }
    buf_add_char(&b, '"');
    struct str out = str_dup(arena, buf_str(&b));
    buf_free(&b);
    return out;
}

struct str report_record_line(struct arena *arena, const struct dns_fix *r)
{
    struct str value = str_eq_nocase(r->type, STR("TXT")) ? quoted(arena, r->value) : r->value;
    struct str ttl = r->ttl_s ? str_fmt(arena, " %u", r->ttl_s) : STR_NONE;

    return str_fmt(arena, "%.*s%s%.*s IN %.*s %.*s", STR_ARG(r->name), str_ends(r->name, STR(".")) ? "" : ".",
                   STR_ARG(ttl), STR_ARG(r->type), STR_ARG(value));
}

struct str report_minutes(struct arena *arena, int minutes)
{
    if (minutes >= 120 && minutes % 60 == 0)
        return str_fmt(arena, "%d hours", minutes / 60);
    return str_fmt(arena, "%d minute%s", minutes, minutes == 1 ? "" : "s");
}

struct str report_seconds(struct arena *arena, int64_t ms)
{
    return ms < 1000 ? str_fmt(arena, "%lld ms", (long long)ms) : str_fmt(arena, "%.1f s", (double)ms / 1000);
}

struct str_list report_skipped(struct arena *arena, const struct audit *audit)
{
    struct str_list lines = {0};

    for (size_t i = 0; i < audit->n_skipped; i++) {
        struct str reason = audit->skipped[i].reason;
        size_t n = 0;
        bool seen = false;
        for (size_t j = 0; j < audit->n_skipped; j++) {
            bool same = str_eq(audit->skipped[j].reason, reason);
            n += same;
            seen |= same && j < i;
        }
        if (!seen)
            str_list_add(arena, &lines, str_fmt(arena, "%zu check%s: %.*s", n, n == 1 ? "" : "s", STR_ARG(reason)));
    }
    return lines;
}

int64_t report_when_s(const struct audit *audit, const struct evidence *e)
{
    return e->at_s ? e->at_s : audit->started_s;
}

struct str report_launch_file(const struct audit *audit)
{
    struct str path = audit->launch_path;

    if (!path.n)
        return STR("launchready.yaml");
    while (str_starts(path, STR("./")))
        path = str_from(path, 2);
    if (str_starts(path, STR("/")) || str_starts(path, STR("../")))
        for (size_t i = path.n; i > 0; i--)
            if (path.p[i - 1] == '/')
                return str_from(path, i);
    return path;
}

int report_line(const struct report_options *options, struct arena *arena, const struct finding *f)
{
    int line = options->line_of && f->section.n ? options->line_of(options->line_arg, str_cstr(arena, f->section)) : 1;

    return line > 0 ? line : 1;
}
