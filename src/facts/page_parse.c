/* page_parse.c - from the parse tree of a page to what it says. */
#include <string.h>

#include "core/buf.h"
#include "core/text.h"
#include "core/url.h"
#include "facts/fact_page.h"
#include "facts/html_tree.h"

#define MOST_REFS       5000u
#define MOST_FORMS      200u
#define MOST_CANONICALS 20u
#define MOST_URL_BYTES  4096u
#define MOST_TEXT_BYTES (64u * 1024u)
#define MOST_META_BYTES 8192u
#define MOST_LINK_TEXT  120u
/* Of the page's arena; reached by thousands of long URLs. */
#define MOST_ARENA_BYTES (6u * 1024u * 1024u)

struct reader {
    struct arena *arena;
    struct fact_page *page;
    size_t refs_capacity, forms_capacity;
    size_t arena_start_bytes;
    struct buf text;      /* visible */
    struct buf link_text; /* of the a element that is open */
    size_t link;          /* its index in refs plus one; 0: none is open */
    size_t form;          /* index plus one of the open form */
    bool in_head, space;
    struct str base, refresh;
};

static bool is_full(const struct reader *r)
{
    return arena_used_bytes(r->arena) - r->arena_start_bytes > MOST_ARENA_BYTES;
}

static struct str keep(struct reader *r, struct str s)
{
    return str_dup(r->arena, str_first(str_trim(s), MOST_META_BYTES));
}

static void add_ref(struct reader *r, enum page_ref_kind kind, const char *tag, struct str raw, struct str text)
{
    struct fact_page *p = r->page;
    struct page_ref *ref;

    raw = str_trim(raw);
    if (str_starts_nocase(raw, STR("data:")))
        raw = str_first(raw, 64);
    if (p->n_refs == MOST_REFS || raw.n > MOST_URL_BYTES || is_full(r)) {
        p->cut = true;
        return;
    }
    ref = ARENA_PUSH(r->arena, p->refs, p->n_refs, r->refs_capacity);
    *ref = (struct page_ref){.kind = kind,
                             .tag = str_dup(r->arena, str_of(tag)),
                             .raw = str_dup(r->arena, raw),
                             .url = STR_NONE,
                             .text = str_dup(r->arena, str_first(str_trim(text), MOST_LINK_TEXT)),
                             .integrity = STR_NONE};
}

/* ---- srcset and style sheets ---- */

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}

/* Candidates: a URL, white space, a descriptor, a comma (HTML section 4.8.4.2.1). A URL may hold commas inside. */
static void add_srcset(struct reader *r, const char *tag, struct str set)
{
    size_t at = 0;

    while (at < set.n) {
        size_t start, end;

        while (at < set.n && (is_space(set.p[at]) || set.p[at] == ','))
            at++;
        start = at;
        while (at < set.n && !is_space(set.p[at]))
            at++;
        end = at;
        while (end > start && set.p[end - 1] == ',')
            end--;
        if (end > start)
            add_ref(r, PAGE_IMAGE, tag, str_n(set.p + start, end - start), STR_NONE);
        if (end == at)
            while (at < set.n && set.p[at] != ',')
                at++;
    }
}

static enum page_ref_kind kind_of_css_url(struct str url)
{
    static const char *const fonts[] = {".woff", ".woff2", ".ttf", ".otf", ".eot"};
    struct str path = str_first(url, str_find_char(url, '?'));

    path = str_first(path, str_find_char(path, '#'));
    for (size_t i = 0; i < N_OF(fonts); i++)
        if (str_ends_nocase(path, str_of(fonts[i])))
            return PAGE_FONT;
    return PAGE_IMAGE;
}

/* The text up to the closing quote or parenthesis; *at is left behind it. */
static struct str css_argument(struct str css, size_t *at, char bracket)
{
    size_t start, end;
    char quote = 0;

    while (*at < css.n && is_space(css.p[*at]))
        (*at)++;
    if (*at < css.n && (css.p[*at] == '"' || css.p[*at] == '\''))
        quote = css.p[(*at)++];
    else if (!bracket)
        return STR_NONE;
    start = *at;
    while (*at < css.n && css.p[*at] != (quote ? quote : bracket) && css.p[*at] != '\n')
        (*at)++;
    end = *at;
    return str_trim(str_n(css.p + start, end - start));
}

static void add_css_call(struct reader *r, struct str css, const char *call, bool is_import)
{
    size_t at = 0;

    while (at < css.n) {
        size_t found = str_find_nocase(str_from(css, at), str_of(call));
        struct str url;

        if (found == SIZE_MAX)
            return;
        at += found + strlen(call);
        url = css_argument(css, &at, is_import ? 0 : ')');
        if (url.n == 0 || url.p[0] == '#')
            continue;
        if (is_import)
            add_ref(r, PAGE_STYLE, "style @import", url, STR_NONE);
        else
            add_ref(r, kind_of_css_url(url), "style url()", url, STR_NONE);
    }
}

static void add_css(struct reader *r, struct str css)
{
    add_css_call(r, css, "url(", false);
    add_css_call(r, css, "@import", true);
}

/* ---- elements ---- */

static void read_meta(struct reader *r, const GumboNode *e)
{
    struct fact_page *p = r->page;
    struct str content = html_attribute(e, "content");
    struct str name = html_attribute(e, "name"), property = html_attribute(e, "property");
    struct str equiv = html_attribute(e, "http-equiv");

    if (!content.p)
        return;
    if (str_eq_nocase(name, STR("description")) && p->description.n == 0) {
        p->description = keep(r, content);
    } else if (str_eq_nocase(name, STR("generator")) && p->generator.n == 0) {
        p->generator = keep(r, content);
    } else if (str_eq_nocase(name, STR("robots")) || str_eq_nocase(name, STR("googlebot"))) {
        if (p->robots.n < MOST_META_BYTES)
            p->robots = p->robots.n ? str_fmt(r->arena, "%.*s,%.*s", STR_ARG(p->robots), STR_ARG(keep(r, content)))
                                    : keep(r, content);
    } else if (str_eq_nocase(equiv, STR("content-security-policy")) && p->csp.n == 0) {
        p->csp = keep(r, content);
    } else if (str_eq_nocase(equiv, STR("refresh")) && r->refresh.n == 0) {
        /* "5; url='/next'": the URL may be quoted (HTML section 4.2.5.3) */
        size_t at = str_find_nocase(content, STR("url="));

        if (at != SIZE_MAX) {
            struct str url = str_trim(str_from(content, at + 4));

            if (url.n && (url.p[0] == '\'' || url.p[0] == '"'))
                url = str_first(str_from(url, 1), str_find_char(str_from(url, 1), url.p[0]));
            r->refresh = keep(r, url);
        }
    }
    /* Both spellings are found in the wild for both families. */
    struct str social = property.n ? property : name;
    if (str_eq_nocase(social, STR("og:url")))
        add_ref(r, PAGE_SOCIAL, "og:url", content, STR_NONE);
    else if (str_eq_nocase(social, STR("og:image")) || str_eq_nocase(social, STR("og:image:url")) ||
             str_eq_nocase(social, STR("og:image:secure_url")))
        add_ref(r, PAGE_SOCIAL, "og:image", content, STR_NONE);
    else if (str_eq_nocase(social, STR("twitter:image")) || str_eq_nocase(social, STR("twitter:image:src")))
        add_ref(r, PAGE_SOCIAL, "twitter:image", content, STR_NONE);
}

static bool has_word(struct str list, const char *word)
{
    size_t at = 0;

    while (at < list.n) {
        size_t start;

        while (at < list.n && is_space(list.p[at]))
            at++;
        start = at;
        while (at < list.n && !is_space(list.p[at]))
            at++;
        if (str_eq_nocase(str_n(list.p + start, at - start), str_of(word)))
            return true;
    }
    return false;
}

static enum page_ref_kind kind_of_preload(struct str as)
{
    if (str_eq_nocase(as, STR("script")))
        return PAGE_SCRIPT;
    if (str_eq_nocase(as, STR("style")))
        return PAGE_STYLE;
    if (str_eq_nocase(as, STR("font")))
        return PAGE_FONT;
    if (str_eq_nocase(as, STR("image")))
        return PAGE_IMAGE;
    return PAGE_OTHER_LINK;
}

static void keep_integrity(struct reader *r, const GumboNode *e, size_t n_before)
{
    struct str integrity = html_attribute(e, "integrity");

    if (integrity.n && r->page->n_refs > n_before)
        r->page->refs[n_before].integrity = keep(r, integrity);
}

static void read_link(struct reader *r, const GumboNode *e)
{
    struct str rel = html_attribute(e, "rel"), href = html_attribute(e, "href");
    struct str_list *canonicals = r->in_head ? &r->page->canonicals : &r->page->canonicals_in_body;
    size_t n_before = r->page->n_refs;

    if (!href.p)
        return;
    if (has_word(rel, "canonical")) {
        if (canonicals->n < MOST_CANONICALS)
            str_list_add(r->arena, canonicals, str_dup(r->arena, str_first(str_trim(href), MOST_URL_BYTES)));
        else
            r->page->cut = true;
    } else if (has_word(rel, "stylesheet")) {
        add_ref(r, PAGE_STYLE, "link stylesheet", href, rel);
    } else if (has_word(rel, "modulepreload")) {
        add_ref(r, PAGE_SCRIPT, "link modulepreload", href, rel);
    } else if (has_word(rel, "preload")) {
        add_ref(r, kind_of_preload(html_attribute(e, "as")), "link preload", href, rel);
    } else {
        add_ref(r, PAGE_OTHER_LINK, "link", href, rel);
    }
    keep_integrity(r, e, n_before);
}

static void read_form(struct reader *r, const GumboNode *e)
{
    struct fact_page *p = r->page;
    struct str action = html_attribute(e, "action"), method = html_attribute(e, "method");
    struct page_form *form;

    if (p->n_forms == MOST_FORMS || action.n > MOST_URL_BYTES || is_full(r)) {
        p->cut = true;
        return;
    }
    form = ARENA_PUSH(r->arena, p->forms, p->n_forms, r->forms_capacity);
    *form = (struct page_form){.action = str_dup(r->arena, str_trim(action)), .method = STR("get")};
    if (str_eq_nocase(method, STR("post")) || str_eq_nocase(method, STR("dialog")))
        form->method = str_lower(r->arena, method);
    r->form = p->n_forms;
    if (action.p)
        add_ref(r, PAGE_FORM, "form action", action, STR_NONE);
}

static bool looks_like_token(struct str name)
{
    static const char *const words[] = {"csrf", "xsrf", "token", "authenticity", "nonce"};

    for (size_t i = 0; i < N_OF(words); i++)
        if (str_has_nocase(name, str_of(words[i])))
            return true;
    return false;
}

static void read_input(struct reader *r, const GumboNode *e)
{
    struct str type = html_attribute(e, "type"), name = html_attribute(e, "name");
    struct page_form *form = r->form ? &r->page->forms[r->form - 1] : NULL;

    if (str_eq_nocase(type, STR("image")))
        add_ref(r, PAGE_IMAGE, "input src", html_attribute(e, "src"), STR_NONE);
    if (html_attribute(e, "formaction").n)
        add_ref(r, PAGE_FORM, "input formaction", html_attribute(e, "formaction"), STR_NONE);
    if (!form)
        return;
    if (str_eq_nocase(type, STR("password")))
        form->has_password = true;
    else if (str_eq_nocase(type, STR("email")) || str_has_nocase(name, STR("email")))
        form->has_email = true;
    else if (str_eq_nocase(type, STR("hidden")) && looks_like_token(name))
        form->has_hidden_token = true;
}

static void add_attribute(struct reader *r, const GumboNode *e, enum page_ref_kind kind, const char *attribute,
                          const char *tag)
{
    struct str value = html_attribute(e, attribute);
    size_t n_before = r->page->n_refs;

    if (!value.p)
        return;
    add_ref(r, kind, tag, value, STR_NONE);
    keep_integrity(r, e, n_before);
}

static void read_element(struct reader *r, const GumboNode *e)
{
    struct fact_page *p = r->page;
    struct str style = html_attribute(e, "style");

    if (style.n)
        add_css_call(r, style, "url(", false);
    switch (e->v.element.tag) {
    case GUMBO_TAG_HTML:
        if (p->lang.n == 0)
            p->lang = str_dup(r->arena, str_first(html_attribute(e, "lang"), 64));
        break;
    case GUMBO_TAG_HEAD: r->in_head = true; break;
    case GUMBO_TAG_BASE:
        if (r->base.n == 0 && html_attribute(e, "href").n <= MOST_URL_BYTES)
            r->base = keep(r, html_attribute(e, "href"));
        break;
    case GUMBO_TAG_META: read_meta(r, e); break;
    case GUMBO_TAG_LINK: read_link(r, e); break;
    case GUMBO_TAG_A:
        add_attribute(r, e, PAGE_LINK, "href", "a href");
        r->link = html_attribute(e, "href").p ? p->n_refs : 0;
        r->link_text.n = 0;
        r->link_text.full = false;
        break;
    case GUMBO_TAG_AREA: add_attribute(r, e, PAGE_LINK, "href", "area href"); break;
    case GUMBO_TAG_SCRIPT: add_attribute(r, e, PAGE_SCRIPT, "src", "script src"); break;
    case GUMBO_TAG_IMG:
        add_attribute(r, e, PAGE_IMAGE, "src", "img src");
        add_srcset(r, "img srcset", html_attribute(e, "srcset"));
        break;
    case GUMBO_TAG_IMAGE: /* of SVG */
        add_attribute(r, e, PAGE_IMAGE, "href", "image href");
        add_attribute(r, e, PAGE_IMAGE, "xlink:href", "image href");
        break;
    case GUMBO_TAG_SOURCE:
        add_attribute(r, e, PAGE_MEDIA, "src", "source src");
        add_srcset(r, "source srcset", html_attribute(e, "srcset"));
        break;
    case GUMBO_TAG_IFRAME: add_attribute(r, e, PAGE_FRAME, "src", "iframe src"); break;
    case GUMBO_TAG_FRAME: add_attribute(r, e, PAGE_FRAME, "src", "frame src"); break;
    case GUMBO_TAG_EMBED: add_attribute(r, e, PAGE_FRAME, "src", "embed src"); break;
    case GUMBO_TAG_OBJECT: add_attribute(r, e, PAGE_FRAME, "data", "object data"); break;
    case GUMBO_TAG_VIDEO:
        add_attribute(r, e, PAGE_MEDIA, "src", "video src");
        add_attribute(r, e, PAGE_IMAGE, "poster", "video poster");
        break;
    case GUMBO_TAG_AUDIO: add_attribute(r, e, PAGE_MEDIA, "src", "audio src"); break;
    case GUMBO_TAG_TRACK: add_attribute(r, e, PAGE_MEDIA, "src", "track src"); break;
    case GUMBO_TAG_FORM: read_form(r, e); break;
    case GUMBO_TAG_INPUT: read_input(r, e); break;
    case GUMBO_TAG_BUTTON: add_attribute(r, e, PAGE_FORM, "formaction", "button formaction"); break;
    default: break;
    }
}

/* ---- visible text ---- */

static bool flows_in_line(GumboTag tag)
{
    static const GumboTag tags[] = {GUMBO_TAG_A,    GUMBO_TAG_B,   GUMBO_TAG_I,   GUMBO_TAG_EM,   GUMBO_TAG_STRONG,
                                    GUMBO_TAG_SPAN, GUMBO_TAG_U,   GUMBO_TAG_S,   GUMBO_TAG_CODE, GUMBO_TAG_SMALL,
                                    GUMBO_TAG_ABBR, GUMBO_TAG_SUB, GUMBO_TAG_SUP, GUMBO_TAG_MARK, GUMBO_TAG_FONT};

    for (size_t i = 0; i < N_OF(tags); i++)
        if (tags[i] == tag)
            return true;
    return false;
}

static bool is_unseen(GumboTag tag)
{
    return tag == GUMBO_TAG_SCRIPT || tag == GUMBO_TAG_STYLE || tag == GUMBO_TAG_TEMPLATE || tag == GUMBO_TAG_TITLE ||
           tag == GUMBO_TAG_NOFRAMES;
}

static void add_folded(struct buf *to, struct str text, bool *space)
{
    for (size_t i = 0; i < text.n; i++) {
        if (is_space(text.p[i])) {
            *space = true;
            continue;
        }
        if (*space && to->n > 0)
            buf_add_char(to, ' ');
        *space = false;
        if (!buf_add_char(to, text.p[i]))
            return;
    }
}

static void read_text(struct reader *r, struct str text)
{
    bool space = r->space;

    add_folded(&r->text, text, &r->space);
    if (r->link)
        add_folded(&r->link_text, text, &space);
}

static struct str text_of_child(const GumboNode *e)
{
    if (e->v.element.children.length == 0)
        return STR_NONE;
    const GumboNode *child = e->v.element.children.data[0];
    return child->type == GUMBO_NODE_TEXT || child->type == GUMBO_NODE_WHITESPACE || child->type == GUMBO_NODE_CDATA
               ? str_of(child->v.text.text)
               : STR_NONE;
}

static bool enter_node(void *arg, const GumboNode *node)
{
    struct reader *r = arg;
    GumboTag tag;

    if (node->type == GUMBO_NODE_TEXT || node->type == GUMBO_NODE_WHITESPACE || node->type == GUMBO_NODE_CDATA) {
        read_text(r, str_of(node->v.text.text));
        return false;
    }
    if (node->type != GUMBO_NODE_ELEMENT)
        return false; /* comments; and templates, which show nothing by themselves */
    tag = node->v.element.tag;
    read_element(r, node);
    if (tag == GUMBO_TAG_TITLE && r->in_head && r->page->title.n == 0) {
        struct buf title;
        bool space = false;

        buf_init(&title, 1024);
        add_folded(&title, text_of_child(node), &space);
        r->page->title = str_dup(r->arena, buf_str(&title));
        buf_free(&title);
    }
    if (tag == GUMBO_TAG_STYLE)
        add_css(r, text_of_child(node));
    if (!flows_in_line(tag))
        r->space = true;
    return !is_unseen(tag);
}

static void leave_node(void *arg, const GumboNode *node)
{
    struct reader *r = arg;
    GumboTag tag = node->v.element.tag;

    if (tag == GUMBO_TAG_HEAD)
        r->in_head = false;
    if (tag == GUMBO_TAG_FORM)
        r->form = 0;
    if (tag == GUMBO_TAG_A && r->link) {
        r->page->refs[r->link - 1].text = str_dup(r->arena, buf_str(&r->link_text));
        r->link = 0;
    }
    if (!flows_in_line(tag))
        r->space = true;
}

/* ---- afterwards: the base is known ---- */

/* Absolute, or empty for what is no address on the web (mailto:, data:, javascript:). */
static struct str absolute(struct reader *r, const struct url *base, struct str raw)
{
    struct url url;
    struct err err;

    if (is_full(r)) {
        r->page->cut = true;
        return STR_NONE;
    }
    if (!url_resolve(r->arena, base, raw, &url, &err) || !url_is_web(&url))
        return STR_NONE;
    return url_text(r->arena, &url);
}

static void resolve_all(struct reader *r, struct str text)
{
    struct fact_page *p = r->page;
    struct url base, from_page;
    struct err err;

    if (!url_parse(r->arena, text, &base, &err))
        return;
    if (r->base.n && url_resolve(r->arena, &base, r->base, &from_page, &err) && url_is_web(&from_page)) {
        base = from_page;
        p->base = url_text(r->arena, &base);
    }
    for (size_t i = 0; i < p->n_refs; i++)
        p->refs[i].url = absolute(r, &base, p->refs[i].raw);
    for (size_t i = 0; i < p->n_forms; i++)
        p->forms[i].action = p->forms[i].action.n ? absolute(r, &base, p->forms[i].action) : text;
    if (r->refresh.n)
        p->refresh = absolute(r, &base, r->refresh);
}

void page_parse(struct arena *arena, struct str html, struct str url, struct fact_page *page)
{
    struct reader r = {.arena = arena, .page = page, .arena_start_bytes = arena_used_bytes(arena)};
    struct html_visitor visitor = {enter_node, leave_node, &r};
    struct html_tree tree;

    buf_init(&r.text, MOST_TEXT_BYTES);
    buf_init(&r.link_text, MOST_LINK_TEXT);
    html_tree_parse(html, &tree);
    page->cut = tree.cut;
    if (!html_walk(tree.root, &visitor))
        page->cut = true;
    html_tree_free(&tree);
    page->text = str_dup(arena, buf_str(&r.text));
    buf_free(&r.text);
    buf_free(&r.link_text);
    resolve_all(&r, url);
}
