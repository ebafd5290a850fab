/* html_tree.h - an HTML parse tree (gumbo) of foreign bytes, within ceilings of nesting, memory and time. */
#ifndef FACTS_HTML_TREE_H
#define FACTS_HTML_TREE_H

#include <gumbo.h>
#include <stdbool.h>

#include "core/str.h"

#define HTML_MOST_BYTES        (2u * 1024u * 1024u)
#define HTML_MOST_OPEN         256u  /* elements open at once, those with implied ends not counted */
#define HTML_MOST_DEPTH        2048u /* levels of the tree that are walked */
#define HTML_MOST_MEMORY_BYTES (64u * 1024u * 1024u)

struct html_memory;

struct html_tree {
    const GumboNode *root; /* the html element; NULL when nothing could be parsed */
    bool cut;              /* a ceiling was reached: the tree is of the beginning only */
    struct html_memory *memory;
};

/* Parses html, which is borrowed and must outlive the tree. Never fails: what passes a ceiling is cut off. */
void html_tree_parse(struct str html, struct html_tree *ret);
void html_tree_free(struct html_tree *tree);

/* Visits every node in document order without recursion. enter returns false to skip the children; leave (may be
 * NULL) is called for elements after their children. Returns false when HTML_MOST_DEPTH cut something off. */
struct html_visitor {
    bool (*enter)(void *arg, const GumboNode *node);
    void (*leave)(void *arg, const GumboNode *node);
    void *arg;
};
bool html_walk(const GumboNode *root, const struct html_visitor *visitor);

/* How many bytes of html to parse so that no more than HTML_MOST_OPEN elements are ever open at once. */
size_t html_safe_length(struct str html);

/* An attribute's value, or the empty string with p NULL. Borrowed from the tree. */
struct str html_attribute(const GumboNode *element, const char *name);

#endif
