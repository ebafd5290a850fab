/* escape.h - safe texts inside other languages. */
#ifndef REPORT_ESCAPE_H
#define REPORT_ESCAPE_H

#include <stdbool.h>

#include "core/buf.h"
#include "core/str.h"

/* Text or an attribute's value in XML 1.0 and HTML. */
void escape_xml(struct buf *out, struct str s);
/* Markdown that shows s as it is: no markup, link, table cell or mention comes of it. One line. */
void escape_markdown(struct buf *out, struct str s);
/* The same as a code span. */
void escape_markdown_code(struct buf *out, struct str s, bool in_table);
/* A fenced block that s cannot end. */
void escape_markdown_block(struct buf *out, const char *indent, struct str s);
/* The message, or with property a property, of a workflow command. */
void escape_workflow(struct buf *out, struct str s, bool property);
/* The path of a relative URI (RFC 3986 section 3.3), without a scheme. */
void escape_path(struct buf *out, struct str s);

#endif
