#include "facts/html_tree.h"

#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include "core/attr.h"
#include "core/clock.h"

/* The parser knows no limits and does not look at what its allocator returns. So the allocator keeps a list of its
 * blocks, and leaves the parser by longjmp once there are too many; they are freed from the list, which also avoids
 * the library's recursive freeing of deep trees. */
#define MOST_US 700000

struct block {
    struct block *prev, *next;
    size_t bytes;
    size_t pad; /* keeps what follows aligned */
};

struct html_memory {
    struct block head; /* of a ring */
    size_t used_bytes, n_allocations;
    struct mono start;
    jmp_buf full;
    GumboOutput *output;
};

static void *allocate(void *userdata, size_t bytes)
{
    struct html_memory *m = userdata;
    struct block *b;

    if (bytes > HTML_MOST_MEMORY_BYTES || m->used_bytes > HTML_MOST_MEMORY_BYTES - bytes)
        longjmp(m->full, 1);
    if (++m->n_allocations % 512 == 0 && clock_since_us(m->start) > MOST_US)
        longjmp(m->full, 1);
    b = malloc(sizeof *b + bytes);
    if (!b)
        longjmp(m->full, 1);
    b->bytes = bytes;
    b->next = m->head.next;
    b->prev = &m->head;
    m->head.next->prev = b;
    m->head.next = b;
    m->used_bytes += bytes;
    return b + 1;
}

static void release(void *userdata, void *p)
{
    struct html_memory *m = userdata;
    struct block *b;

    if (!p)
        return;
    b = (struct block *)p - 1;
    b->prev->next = b->next;
    b->next->prev = b->prev;
    m->used_bytes -= b->bytes;
    free(b);
}

static void free_memory(struct html_memory *m)
{
    if (!m)
        return;
    for (struct block *b = m->head.next, *next; b != &m->head; b = next) {
        next = b->next;
        free(b);
    }
    free(m);
}

static struct html_memory *new_memory(void)
{
    struct html_memory *m = calloc(1, sizeof *m);

    if (m) {
        m->head.prev = m->head.next = &m->head;
        m->start = clock_mono();
    }
    return m;
}

/* ---- how deep does it go: a rough reading of the tags, before the parser sees them ---- */

static const char *const no_content[] = {"area", "base", "br",    "col",    "embed", "hr",  "img",  "input",
                                         "link", "meta", "param", "source", "track", "wbr", "frame"};
/* Their ends are implied by the next of their kind, so they nest only where something counted lies between. */
static const char *const implied_end[] = {"p",        "li", "dt", "dd",    "option", "optgroup",
                                          "tr",       "td", "th", "tbody", "thead",  "tfoot",
                                          "colgroup", "rt", "rp", "html",  "head",   "body"};
static const char *const raw_text[] = {"script", "style", "textarea", "title", "xmp", "iframe", "noembed", "noframes"};
/* An end tag does not reach past these (HTML section 13.2.4.2, "has an element in scope"). */
static const char *const scope_ends[] = {"table", "template", "object", "marquee", "applet", "svg", "math", "caption"};

static bool name_in(struct str name, const char *const *list, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (str_eq_nocase(name, str_of(list[i])))
            return true;
    return false;
}

/* Names are compared by their hash: an end tag may have to be held against every open element. */
struct open_tag {
    uint32_t hash;
    bool ends_scope, is_foreign;
};

struct open_tags {
    struct open_tag v[HTML_MOST_OPEN];
    size_t n, n_foreign; /* n_foreign: svg and math among them */
};

static uint32_t hash_name(struct str name)
{
    uint32_t hash = 2166136261u; /* FNV-1a, case folded */

    for (size_t i = 0; i < name.n; i++) {
        unsigned char c = (unsigned char)name.p[i];

        hash = (hash ^ (c >= 'A' && c <= 'Z' ? c | 32u : c)) * 16777619u;
    }
    return hash;
}

static bool is_counted(struct str name)
{
    return !name_in(name, no_content, N_OF(no_content)) && !name_in(name, implied_end, N_OF(implied_end));
}

static void close_tag(struct open_tags *open, struct str name)
{
    uint32_t hash = hash_name(name);

    if (!is_counted(name))
        return;
    for (size_t i = open->n; i > 0; i--) {
        if (open->v[i - 1].hash == hash) {
            while (open->n >= i)
                if (open->v[--open->n].is_foreign)
                    open->n_foreign--;
            return;
        }
        if (open->v[i - 1].ends_scope)
            return;
    }
}

static bool open_tag(struct open_tags *open, struct str name, bool self_closing)
{
    bool is_foreign = str_eq_nocase(name, STR("svg")) || str_eq_nocase(name, STR("math"));

    if (!is_counted(name) || (self_closing && open->n_foreign > 0))
        return true;
    if (open->n == HTML_MOST_OPEN)
        return false;
    open->v[open->n++] = (struct open_tag){hash_name(name), name_in(name, scope_ends, N_OF(scope_ends)), is_foreign};
    if (is_foreign)
        open->n_foreign++;
    return true;
}

static size_t after_tag(struct str html, size_t at)
{
    char quote = 0;

    for (; at < html.n; at++) {
        char c = html.p[at];

        if (quote)
            quote = c == quote ? 0 : quote;
        else if (c == '>')
            return at + 1;
        else if ((c == '"' || c == '\'') && html.p[at - 1] == '=')
            quote = c;
    }
    return html.n;
}

static size_t after_raw_text(struct str html, size_t at, struct str name)
{
    while (at < html.n) {
        size_t found = str_find(str_from(html, at), STR("</"));

        if (found == SIZE_MAX)
            return html.n;
        at += found;
        if (str_starts_nocase(str_from(html, at + 2), name))
            return at;
        at += 2;
    }
    return html.n;
}

static size_t after_comment(struct str html, size_t at)
{
    size_t end = str_find(str_from(html, at + 4), STR("-->"));

    return end == SIZE_MAX ? html.n : at + 4 + end + 3;
}

static struct str tag_name(struct str html, size_t at)
{
    size_t n = 0;

    while (at + n < html.n && n < 32 && !strchr(" \t\r\n\f/>", html.p[at + n]) && html.p[at + n])
        n++;
    return str_n(html.p + at, n);
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

size_t html_safe_length(struct str html)
{
    struct open_tags open = {.n = 0};
    size_t at = 0;

    for (;;) {
        size_t found = str_find_char(str_from(html, at), '<');

        if (found == SIZE_MAX || at + found + 1 >= html.n)
            return html.n;
        at += found;
        if (str_starts(str_from(html, at), STR("<!--"))) {
            at = after_comment(html, at);
        } else if (html.p[at + 1] == '/' && at + 2 < html.n && is_letter(html.p[at + 2])) {
            close_tag(&open, tag_name(html, at + 2));
            at = after_tag(html, at + 2);
        } else if (is_letter(html.p[at + 1])) {
            struct str name = tag_name(html, at + 1);
            size_t end = after_tag(html, at + 1);
            bool self_closing = end >= 2 && html.p[end - 1] == '>' && html.p[end - 2] == '/';

            if (name_in(name, raw_text, N_OF(raw_text)) && !open.n_foreign) {
                at = after_raw_text(html, end, name);
                continue;
            }
            if (!open_tag(&open, name, self_closing))
                return at;
            at = end;
        } else {
            at++;
        }
    }
}

/* ---- parsing ---- */

static bool parse_within(struct str html, struct html_tree *ret)
{
    struct html_memory *m = new_memory();
    GumboOptions options = kGumboDefaultOptions;

    if (!m)
        return false;
    options.allocator = allocate;
    options.deallocator = release;
    options.userdata = m;
    options.max_errors = 0;
    if (setjmp(m->full) != 0) {
        free_memory(m);
        return false;
    }
    m->output = gumbo_parse_with_options(&options, html.p, html.n);
    ret->memory = m;
    ret->root = m->output->root;
    return true;
}

void html_tree_parse(struct str html, struct html_tree *ret)
{
    struct str rest;

    *ret = (struct html_tree){NULL};
    rest = str_starts(html, STR("\xef\xbb\xbf")) ? str_from(html, 3) : html;
    if (rest.n > HTML_MOST_BYTES) {
        rest = str_first(rest, HTML_MOST_BYTES);
        ret->cut = true;
    }
    size_t safe = html_safe_length(rest);
    if (safe < rest.n) {
        rest = str_first(rest, safe);
        ret->cut = true;
    }
    /* What is too much for the ceilings as a whole may be tried in a smaller part. */
    for (int tries = 0; tries < 3 && !parse_within(rest, ret); tries++) {
        rest = str_first(rest, rest.n / 16);
        ret->cut = true;
    }
}

void html_tree_free(struct html_tree *tree)
{
    free_memory(tree->memory);
    *tree = (struct html_tree){NULL};
}

/* ---- reading ---- */

struct str html_attribute(const GumboNode *element, const char *name)
{
    const GumboAttribute *a;

    if (element->type != GUMBO_NODE_ELEMENT)
        return (struct str){NULL, 0};
    a = gumbo_get_attribute(&element->v.element.attributes, name);
    return a ? str_of(a->value) : (struct str){NULL, 0};
}

struct level {
    const GumboNode *node;
    unsigned next; /* child to visit */
};

static const GumboVector *children_of(const GumboNode *node)
{
    static const GumboVector none = {NULL, 0, 0};

    return node->type == GUMBO_NODE_ELEMENT || node->type == GUMBO_NODE_TEMPLATE ? &node->v.element.children : &none;
}

bool html_walk(const GumboNode *root, const struct html_visitor *visitor)
{
    struct level *stack;
    size_t n = 0;
    bool whole = true;

    if (!root)
        return true;
    stack = calloc(HTML_MOST_DEPTH, sizeof *stack);
    if (!stack)
        return false;
    if (visitor->enter(visitor->arg, root))
        stack[n++] = (struct level){root, 0};
    while (n > 0) {
        struct level *top = &stack[n - 1];
        const GumboVector *children = children_of(top->node);
        const GumboNode *child;

        if (top->next >= children->length) {
            if (visitor->leave)
                visitor->leave(visitor->arg, top->node);
            n--;
            continue;
        }
        child = children->data[top->next++];
        if (!visitor->enter(visitor->arg, child))
            continue;
        if (n == HTML_MOST_DEPTH) {
            whole = false;
            if (visitor->leave)
                visitor->leave(visitor->arg, child);
            continue;
        }
        stack[n++] = (struct level){child, 0};
    }
    free(stack);
    return whole;
}
