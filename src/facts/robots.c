#include "facts/robots.h"

#include "core/arena.h"

/* ---- robots.txt ---- */

struct line {
    struct str key, value, whole;
};

/* Lines end in CR, LF or both; what follows # is a comment. False at the end. */
static bool next_line(struct str *rest, struct line *ret)
{
    while (rest->n) {
        size_t end = 0;
        struct str line, value;

        while (end < rest->n && rest->p[end] != '\n' && rest->p[end] != '\r')
            end++;
        line = str_first(*rest, end);
        *rest = str_from(*rest, end < rest->n ? end + 1 : end);
        value = line = str_trim(str_first(line, str_find_char(line, '#')));
        if (str_find_char(line, ':') == SIZE_MAX)
            continue;
        ret->whole = line;
        ret->key = str_trim(str_cut(&value, ':'));
        ret->value = str_trim(value);
        return true;
    }
    return false;
}

/* "*" stands for any run of characters, "$" at the end for the end (RFC 9309 section 2.2.3). */
static bool pattern_matches(struct str pattern, struct str path)
{
    size_t p = 0, i = 0, star = SIZE_MAX, taken = 0;
    bool anchored = str_ends(pattern, STR("$"));

    if (anchored)
        pattern.n--;
    for (;;) {
        if (p < pattern.n && pattern.p[p] == '*') {
            star = ++p;
            taken = i;
        } else if (p == pattern.n && (!anchored || i == path.n)) {
            return true;
        } else if (p < pattern.n && i < path.n && pattern.p[p] == path.p[i]) {
            p++;
            i++;
        } else if (star != SIZE_MAX && taken < path.n) {
            p = star;
            i = ++taken;
        } else {
            return false;
        }
    }
}

/* "Googlebot/2.1" is the product "Googlebot". */
static bool is_agent(struct str value, struct str agent)
{
    size_t n = 0;

    while (n < value.n && (value.p[n] == '-' || value.p[n] == '_' || (value.p[n] >= 'a' && value.p[n] <= 'z') ||
                           (value.p[n] >= 'A' && value.p[n] <= 'Z')))
        n++;
    return str_eq_nocase(value, agent) || (n && str_eq_nocase(str_first(value, n), agent));
}

struct verdict {
    bool group_seen;
    size_t longest;
    bool forbidden;
    struct str rule;
};

static struct verdict judge(struct str text, struct str agent, struct str path)
{
    struct verdict v = {.group_seen = false};
    struct str rest = str_first(text, ROBOTS_MOST_BYTES);
    bool in_group = false, naming = false;
    struct line line;

    while (next_line(&rest, &line)) {
        if (str_eq_nocase(line.key, STR("user-agent"))) {
            if (!naming)
                in_group = false;
            naming = true;
            if (is_agent(line.value, agent))
                in_group = v.group_seen = true;
            continue;
        }
        bool allow = str_eq_nocase(line.key, STR("allow")), disallow = str_eq_nocase(line.key, STR("disallow"));
        if (!allow && !disallow)
            continue; /* other lines do not end the naming of a group */
        naming = false;
        if (!in_group || line.value.n == 0 || !pattern_matches(line.value, path))
            continue;
        if (line.value.n > v.longest || (line.value.n == v.longest && allow)) {
            v.longest = line.value.n;
            v.forbidden = disallow;
            v.rule = line.whole;
        }
    }
    return v;
}

struct str robots_rule_against(struct str text, struct str agent, struct str path)
{
    struct verdict v;

    if (str_starts(text, STR("\xef\xbb\xbf")))
        text = str_from(text, 3);
    v = judge(text, agent, path);
    if (!v.group_seen)
        v = judge(text, STR("*"), path);
    return v.forbidden ? v.rule : STR_NONE;
}

bool robots_allows(struct str text, struct str agent, struct str path)
{
    return robots_rule_against(text, agent, path).n == 0;
}

struct str_list robots_sitemaps(struct arena *arena, struct str text)
{
    struct str_list ret = {NULL, 0, 0};
    struct str rest = str_first(text, ROBOTS_MOST_BYTES);
    struct line line;

    while (next_line(&rest, &line))
        if (str_eq_nocase(line.key, STR("sitemap")) && line.value.n && ret.n < ROBOTS_MOST_SITEMAPS &&
            !str_list_has(&ret, line.value))
            str_list_add(arena, &ret, line.value);
    return ret;
}

/* ---- sitemaps: the only thing that matters in them is what stands in loc ---- */

static struct str decode(struct arena *arena, struct str s)
{
    static const struct {
        const char *entity;
        char c;
    } rows[] = {{"&amp;", '&'}, {"&lt;", '<'}, {"&gt;", '>'}, {"&quot;", '"'}, {"&apos;", '\''}};
    char *to = arena_alloc(arena, s.n + 1);
    size_t n = 0;

    for (size_t i = 0; i < s.n; i++) {
        size_t skip = 0;

        to[n] = s.p[i];
        for (size_t r = 0; s.p[i] == '&' && r < N_OF(rows) && !skip; r++)
            if (str_starts(str_from(s, i), str_of(rows[r].entity))) {
                to[n] = rows[r].c;
                skip = str_of(rows[r].entity).n - 1;
            }
        n++;
        i += skip;
    }
    return str_n(to, n);
}

static struct str without_cdata(struct str s)
{
    s = str_trim(s);
    if (str_starts(s, STR("<![CDATA[")) && str_ends(s, STR("]]>")) && s.n >= 12)
        return str_trim(str_n(s.p + 9, s.n - 12));
    return s;
}

void sitemap_parse(struct arena *arena, struct str text, struct sitemap *ret)
{
    size_t at = 0;

    *ret = (struct sitemap){.is_sitemap = false};
    ret->is_index = str_has(text, STR("<sitemapindex"));
    ret->is_sitemap = ret->is_index || str_has(text, STR("<urlset"));
    if (!ret->is_sitemap)
        return;
    for (;;) {
        size_t found = str_find(str_from(text, at), STR("<loc>")), end;

        if (found == SIZE_MAX)
            return;
        at += found + 5;
        end = str_find(str_from(text, at), STR("</loc>"));
        if (end == SIZE_MAX)
            return;
        ret->n_locs++;
        if (ret->locs.n < SITEMAP_MOST_LOCS && end <= 2048)
            str_list_add(arena, &ret->locs, decode(arena, without_cdata(str_n(text.p + at, end))));
        at += end + 6;
    }
}
