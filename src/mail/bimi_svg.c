/* The basics of an SVG Tiny PS logo. A strict reader of the little XML that such a file may hold: no entities of its
 * own, no processing but the declaration, everything closed. */
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/text.h"
#include "mail/mail_policy.h"
#include "mail/policy_tags.h"

#define DEPTH_MOST      64u
#define ELEMENTS_MOST   5000u
#define ATTRIBUTES_MOST 100u

struct attribute {
    struct str name, value;
};

struct svg {
    struct arena *arena;
    struct str text;
    size_t at;
    struct str open[DEPTH_MOST]; /* names of the open elements */
    size_t depth, n_elements;
    struct attribute *attributes; /* of the element being read */
    size_t n_attributes;
    bool has_root, has_title, title_has_text;
    struct str *flaw;
};

static bool wrong(struct svg *s, struct str what)
{
    int line = 1;

    for (size_t i = 0; i < s->at && i < s->text.n; i++)
        line += s->text.p[i] == '\n';
    *s->flaw = str_fmt(s->arena, "Line %d: %.*s", line, STR_ARG(what));
    return false;
}

static struct str shown(struct svg *s, struct str foreign)
{
    return policy_shown(s->arena, foreign);
}

/* ---- XML ---- */

static struct str rest_of(const struct svg *s)
{
    return str_from(s->text, s->at);
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static void skip_space(struct svg *s)
{
    while (s->at < s->text.n && is_space(s->text.p[s->at]))
        s->at++;
}

static bool is_name_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
           c == '.' || c == ':' || (unsigned char)c >= 0x80;
}

static struct str take_name(struct svg *s)
{
    size_t from = s->at;

    while (s->at < s->text.n && is_name_char(s->text.p[s->at]))
        s->at++;
    return str_n(s->text.p + from, s->at - from);
}

/* Past the end mark, or wrong. */
static bool skip_past(struct svg *s, struct str mark, const char *what)
{
    size_t at = str_find(rest_of(s), mark);

    if (at == SIZE_MAX)
        return wrong(s, str_fmt(s->arena, "%s is not closed", what));
    s->at += at + mark.n;
    return true;
}

/* Only the five entities of XML and character numbers. */
static bool references_are_plain(struct svg *s, struct str text)
{
    static const char *const known[] = {"amp;", "lt;", "gt;", "quot;", "apos;"};

    for (size_t at; (at = str_find_char(text, '&')) != SIZE_MAX;) {
        bool good = false;
        text = str_from(text, at + 1);
        for (size_t i = 0; i < N_OF(known); i++)
            good |= str_starts(text, str_of(known[i]));
        if (text.n && text.p[0] == '#') {
            size_t end = str_find_char(text, ';');
            good = end != SIZE_MAX && end >= 2 && end <= 9;
            for (size_t i = 1; good && i < end; i++)
                good = strchr("0123456789abcdefABCDEFx", text.p[i]) != NULL && text.p[i];
        }
        if (!good)
            return wrong(s, STR("an entity that XML does not know"));
    }
    return true;
}

static bool take_attribute(struct svg *s)
{
    struct attribute a = {.name = take_name(s)};

    if (!a.name.n)
        return wrong(s, STR("an attribute was expected"));
    skip_space(s);
    if (!str_starts(rest_of(s), STR("=")))
        return wrong(s, str_fmt(s->arena, "the attribute %.*s has no value", STR_ARG(shown(s, a.name))));
    s->at++;
    skip_space(s);
    char quote = s->at < s->text.n ? s->text.p[s->at] : '\0';
    if (quote != '"' && quote != '\'')
        return wrong(s, str_fmt(s->arena, "the value of %.*s is not in quotation marks", STR_ARG(shown(s, a.name))));
    s->at++;
    a.value = str_first(rest_of(s), str_find_char(rest_of(s), quote));
    if (s->at + a.value.n == s->text.n)
        return wrong(s, str_fmt(s->arena, "the value of %.*s does not end", STR_ARG(shown(s, a.name))));
    if (str_find_char(a.value, '<') != SIZE_MAX)
        return wrong(s, str_fmt(s->arena, "the value of %.*s holds \"<\"", STR_ARG(shown(s, a.name))));
    for (size_t i = 0; i < s->n_attributes; i++)
        if (str_eq(s->attributes[i].name, a.name))
            return wrong(s, str_fmt(s->arena, "the attribute %.*s is there twice", STR_ARG(shown(s, a.name))));
    if (s->n_attributes == ATTRIBUTES_MOST)
        return wrong(s, STR("an element has more than 100 attributes"));
    if (!references_are_plain(s, a.value))
        return false;
    s->at += a.value.n + 1;
    s->attributes[s->n_attributes++] = a;
    return true;
}

static struct str attribute(const struct svg *s, const char *name)
{
    for (size_t i = 0; i < s->n_attributes; i++)
        if (str_eq(s->attributes[i].name, str_of(name)))
            return s->attributes[i].value;
    return (struct str){NULL, 0};
}

/* ---- what the profile asks ---- */

/* Four numbers, the last two equal and more than nothing. */
static bool view_box_is_square(struct arena *arena, struct str box)
{
    double v[4];
    const char *at = str_cstr(arena, box);
    char *end;

    for (size_t i = 0; i < N_OF(v); i++) {
        while (is_space(*at) || *at == ',')
            at++;
        v[i] = strtod(at, &end);
        if (end == at)
            return false;
        at = end;
    }
    return v[2] > 0 && v[2] < 1e9 && v[2] <= v[3] && v[2] >= v[3] && !*at;
}

static bool check_root(struct svg *s, struct str name)
{
    struct str version = attribute(s, "version"), profile = attribute(s, "baseProfile"), box = attribute(s, "viewBox");
    struct str width = attribute(s, "width"), height = attribute(s, "height");

    s->has_root = true;
    if (!str_eq(name, STR("svg")))
        return wrong(s, str_fmt(s->arena, "the outermost element is %.*s, not svg", STR_ARG(shown(s, name))));
    if (!str_eq(attribute(s, "xmlns"), STR("http://www.w3.org/2000/svg")))
        return wrong(s, STR("svg lacks xmlns=\"http://www.w3.org/2000/svg\""));
    if (!str_eq(version, STR("1.2")))
        return wrong(s, STR("svg must say version=\"1.2\""));
    if (!str_eq(profile, STR("tiny-ps")))
        return wrong(s, STR("svg must say baseProfile=\"tiny-ps\""));
    if (attribute(s, "x").p || attribute(s, "y").p)
        return wrong(s, STR("svg may not have x or y"));
    if (!box.p)
        return wrong(s, STR("svg has no viewBox"));
    if (!view_box_is_square(s->arena, box))
        return wrong(s, STR("the viewBox is not square"));
    if (width.p && height.p && !str_eq(width, height))
        return wrong(s, STR("width and height differ: the logo must be square"));
    return true;
}

static bool check_link(struct svg *s, const struct attribute *a)
{
    bool is_link = str_eq_nocase(a->name, STR("href")) || str_ends_nocase(a->name, STR(":href")) ||
                   str_eq_nocase(a->name, STR("src"));
    struct str rest = a->value;

    if (is_link && !str_starts(str_trim(a->value), STR("#")))
        return wrong(s, str_fmt(s->arena, "a link leads outside the file: %.*s", STR_ARG(shown(s, a->value))));
    for (size_t at; (at = str_find_nocase(rest, STR("url("))) != SIZE_MAX;) {
        rest = str_from(rest, at + 4);
        struct str inside = str_trim(rest);
        if (inside.n && (inside.p[0] == '\'' || inside.p[0] == '"'))
            inside = str_from(inside, 1);
        if (!str_starts(inside, STR("#")))
            return wrong(s, str_fmt(s->arena, "a link leads outside the file: %.*s", STR_ARG(shown(s, a->value))));
    }
    return true;
}

static struct str local_name(struct str name)
{
    size_t colon = str_find_char(name, ':');

    return colon == SIZE_MAX ? name : str_from(name, colon + 1);
}

static bool check_element(struct svg *s, struct str name)
{
    static const char *const barred[] = {
        "script",        "image",  "animate", "animateMotion", "animateTransform", "animateColor", "set",
        "foreignObject", "a",      "audio",   "video",         "animation",        "handler",      "listener",
        "iframe",        "object", "embed",   "discard",       "prefetch"};

    for (size_t i = 0; i < N_OF(barred); i++)
        if (str_eq_nocase(local_name(name), str_of(barred[i])))
            return wrong(s, str_fmt(s->arena, "the element %s may not be in a logo", barred[i]));
    for (size_t i = 0; i < s->n_attributes; i++) {
        struct str attr = s->attributes[i].name;
        if (attr.n > 2 && str_starts_nocase(attr, STR("on")))
            return wrong(s, str_fmt(s->arena, "the attribute %.*s would run a script", STR_ARG(shown(s, attr))));
        if (!str_starts_nocase(attr, STR("xmlns")) && !check_link(s, &s->attributes[i]))
            return false;
    }
    if (s->depth == 0)
        return check_root(s, name);
    if (s->depth == 1 && str_eq(name, STR("title")))
        s->has_title = true;
    return true;
}

/* ---- elements ---- */

static bool take_start(struct svg *s)
{
    struct str name = take_name(s);

    if (!name.n)
        return wrong(s, STR("a \"<\" begins no element"));
    if (s->depth == 0 && s->has_root)
        return wrong(s, STR("there is more than one outermost element"));
    if (++s->n_elements > ELEMENTS_MOST)
        return wrong(s, STR("there are more than 5000 elements"));
    s->n_attributes = 0;
    for (;;) {
        size_t before = s->at;
        skip_space(s);
        struct str rest = rest_of(s);
        bool empty = str_starts(rest, STR("/>"));
        if (empty || str_starts(rest, STR(">"))) {
            if (!check_element(s, name))
                return false;
            s->at += empty ? 2 : 1;
            if (empty)
                return true;
            if (s->depth == DEPTH_MOST)
                return wrong(s, STR("elements lie more than 64 deep"));
            s->open[s->depth++] = name;
            return true;
        }
        if (before == s->at)
            return wrong(s, str_fmt(s->arena, "the element %.*s is not closed", STR_ARG(shown(s, name))));
        if (!take_attribute(s))
            return false;
    }
}

static bool take_end(struct svg *s)
{
    struct str name = take_name(s);

    skip_space(s);
    if (!str_starts(rest_of(s), STR(">")))
        return wrong(s, STR("an end tag is not closed"));
    if (!s->depth || !str_eq(s->open[s->depth - 1], name))
        return wrong(s, str_fmt(s->arena, "</%.*s> closes nothing that is open", STR_ARG(shown(s, name))));
    s->at++;
    s->depth--;
    return true;
}

static bool take_text(struct svg *s)
{
    struct str text = str_first(rest_of(s), str_find_char(rest_of(s), '<'));

    if (!s->depth && str_trim(text).n)
        return wrong(s, STR("text stands outside the outermost element"));
    if (!references_are_plain(s, text))
        return false;
    if (s->depth && str_eq_nocase(s->open[s->depth - 1], STR("style")) && str_has_nocase(text, STR("@import")))
        return wrong(s, STR("a style sheet is brought from outside"));
    if (s->depth == 2 && str_eq(s->open[1], STR("title")) && str_trim(text).n)
        s->title_has_text = true;
    s->at += text.n;
    return true;
}

static bool take_piece(struct svg *s)
{
    struct str rest = rest_of(s);

    if (rest.p[0] != '<')
        return take_text(s);
    if (str_starts(rest, STR("<!--")))
        return skip_past(s, STR("-->"), "a comment");
    if (str_starts(rest, STR("<![CDATA[")))
        return wrong(s, STR("a CDATA section may not be in a logo"));
    if (str_starts(rest, STR("<!")))
        return wrong(s, STR("a document type or entity declaration may not be in a logo"));
    if (str_starts(rest, STR("<?"))) {
        if (s->at > 0 || !str_starts(rest, STR("<?xml ")))
            return wrong(s, STR("a processing instruction may not be in a logo"));
        return skip_past(s, STR("?>"), "the XML declaration");
    }
    s->at++;
    if (str_starts(rest, STR("</"))) {
        s->at++;
        return take_end(s);
    }
    return take_start(s);
}

static bool is_xml_text(struct svg *s)
{
    if (str_starts(s->text, STR("\x1f\x8b")))
        return wrong(s, STR("the file is compressed; publish it as plain SVG, which every receiver reads"));
    if (!text_is_utf8(s->text))
        return wrong(s, STR("the file is not UTF-8"));
    for (; s->at < s->text.n; s->at++)
        if ((unsigned char)s->text.p[s->at] < ' ' && !is_space(s->text.p[s->at]))
            return wrong(s, STR("a control character"));
    s->at = str_starts(s->text, STR("\xef\xbb\xbf")) ? 3 : 0;
    s->text = str_from(s->text, s->at);
    s->at = 0;
    return true;
}

bool bimi_svg_check(struct arena *arena, struct str svg, struct str *ret_flaw)
{
    struct svg s = {.arena = arena, .text = svg, .flaw = ret_flaw};

    *ret_flaw = STR_NONE;
    if (svg.n > BIMI_SVG_MOST_BYTES) {
        *ret_flaw = str_fmt(arena, "The file has %zu bytes, more than the 32 KiB that receivers take", svg.n);
        return false;
    }
    s.attributes = arena_array(arena, ATTRIBUTES_MOST, sizeof *s.attributes);
    if (!is_xml_text(&s))
        return false;
    while (s.at < s.text.n)
        if (!take_piece(&s))
            return false;
    if (!s.has_root)
        return wrong(&s, STR("there is no svg element"));
    if (s.depth)
        return wrong(&s, str_fmt(arena, "the element %.*s is not closed", STR_ARG(shown(&s, s.open[s.depth - 1]))));
    if (!s.has_title || !s.title_has_text)
        return wrong(&s, STR("svg has no title with the name of the brand"));
    return true;
}
