/* Which provider a name in the DNS belongs to. */
#include "mail/provider.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/arena.h"
#include "core/err.h"

#define BUILTIN_BYTES ((size_t)8 * 1024 * 1024)
#define INCLUDES_MOST 50u

extern const char mail_providers_yaml[]; /* made from data/mail-providers.yaml */

static struct providers builtin;
static const struct providers *in_use;

static void parse_builtin(void)
{
    static struct arena *arena;
    struct err err;

    arena = arena_new(BUILTIN_BYTES); /* for the program's life */
    if (!providers_parse(arena, str_of(mail_providers_yaml), "mail-providers.yaml", &builtin, &err)) {
        /* the build's own data: a test reads it before anybody else does */
        (void)fprintf(stderr, "launchready: %s: %s\n", err.place, err.text);
        abort();
    }
}

const struct providers *providers_builtin(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    pthread_once(&once, parse_builtin);
    return &builtin;
}

const struct providers *providers_now(void)
{
    return in_use ? in_use : providers_builtin();
}

void providers_use(const struct providers *all)
{
    in_use = all;
}

const struct provider *provider_by_id(const struct providers *all, struct str id)
{
    for (size_t i = 0; i < all->n; i++)
        if (str_eq_nocase(all->v[i].id, id))
            return &all->v[i];
    return NULL;
}

/* ---- by the end of a name ---- */

static struct str without_dot(struct str name)
{
    return name.n && name.p[name.n - 1] == '.' ? str_first(name, name.n - 1) : name;
}

static bool ends_on_label(struct str name, struct str ending)
{
    return str_ends_nocase(name, ending) && (name.n == ending.n || name.p[name.n - ending.n - 1] == '.');
}

typedef const struct str_list *(*endings_fn)(const struct provider *p);

static const struct str_list *mx_of(const struct provider *p)
{
    return &p->mx;
}
static const struct str_list *spf_of(const struct provider *p)
{
    return &p->spf;
}
static const struct str_list *dkim_of(const struct provider *p)
{
    return &p->dkim_targets;
}
static const struct str_list *return_of(const struct provider *p)
{
    return &p->return_targets;
}

static const struct provider *by_ending(const struct providers *all, struct str name, endings_fn endings)
{
    const struct provider *best = NULL;
    size_t longest = 0;

    name = without_dot(name);
    for (size_t i = 0; i < all->n; i++) {
        const struct str_list *list = endings(&all->v[i]);
        for (size_t e = 0; e < list->n; e++)
            if (list->v[e].n > longest && ends_on_label(name, list->v[e])) {
                longest = list->v[e].n;
                best = &all->v[i];
            }
    }
    return best;
}

const struct provider *provider_by_mx(const struct providers *all, struct str target)
{
    return by_ending(all, target, mx_of);
}

const struct provider *provider_by_spf(const struct providers *all, struct str include)
{
    return by_ending(all, include, spf_of);
}

const struct provider *provider_by_dkim_target(const struct providers *all, struct str target)
{
    return by_ending(all, target, dkim_of);
}

const struct provider *provider_by_return_target(const struct providers *all, struct str target)
{
    return by_ending(all, target, return_of);
}

/* ---- by a pattern: "*" any text, "#" one digit or more ---- */

static bool fits(struct str pattern, struct str s)
{
    size_t n = 0;

    while (pattern.n && pattern.p[0] != '*' && pattern.p[0] != '#') {
        if (!s.n || !str_eq_nocase(str_first(pattern, 1), str_first(s, 1)))
            return false;
        pattern = str_from(pattern, 1);
        s = str_from(s, 1);
    }
    if (!pattern.n)
        return !s.n;
    if (pattern.p[0] == '*') /* of several stars the last takes what it can: patterns have one */
        return str_ends_nocase(s, str_from(pattern, 1));
    while (n < s.n && s.p[n] >= '0' && s.p[n] <= '9')
        n++;
    return n > 0 && fits(str_from(pattern, 1), str_from(s, n));
}

const struct provider *provider_by_selector(const struct providers *all, struct str selector)
{
    for (size_t i = 0; i < all->n; i++)
        for (size_t t = 0; t < all->v[i].telling.n; t++)
            if (fits(all->v[i].telling.v[t], selector))
                return &all->v[i];
    return NULL;
}

bool provider_is_return_host(const struct provider *p, struct str host)
{
    if (str_list_has_nocase(&p->return_hosts, host))
        return true;
    for (size_t i = 0; i < p->return_patterns.n; i++)
        if (fits(p->return_patterns.v[i], host))
            return true;
    return false;
}

/* ---- records ---- */

static struct str replaced(struct arena *arena, struct str text, struct str what, struct str with)
{
    struct str done = STR_NONE;
    size_t at;

    while ((at = str_find(text, what)) != SIZE_MAX) {
        done = str_fmt(arena, "%.*s%.*s%.*s", STR_ARG(done), (int)at, text.p, STR_ARG(with));
        text = str_from(text, at + what.n);
    }
    return done.n ? str_fmt(arena, "%.*s%.*s", STR_ARG(done), STR_ARG(text)) : text;
}

struct str provider_fill(struct arena *arena, struct str text, struct str domain)
{
    char *p = arena_alloc(arena, domain.n + 1);

    for (size_t i = 0; i < domain.n; i++)
        p[i] = domain.p[i] == '.' ? '-' : domain.p[i];
    text = replaced(arena, text, STR("{domain-with-dashes}"), str_n(p, domain.n));
    return replaced(arena, text, STR("{domain}"), domain);
}

bool provider_has_blank(struct str text)
{
    size_t open = str_find_char(text, '{');

    return open != SIZE_MAX && str_find_char(str_from(text, open), '}') != SIZE_MAX;
}

struct str_list provider_includes(struct arena *arena, struct str spf)
{
    struct str_list found = {0};
    struct str rest = spf;

    while (rest.p && found.n < INCLUDES_MOST) {
        struct str term = str_cut(&rest, ' ');
        if (term.n && (term.p[0] == '+' || term.p[0] == '?' || term.p[0] == '~' || term.p[0] == '-'))
            term = str_from(term, 1);
        if (str_starts_nocase(term, STR("include:")) && term.n > 8)
            str_list_add(arena, &found, str_from(term, 8));
    }
    return found;
}
