/* lab_shop.h - one request to the shop's application, and what is answered. */
#ifndef LAB_LAB_SHOP_H
#define LAB_LAB_SHOP_H

#include "lab_conf.h"

#include <stdbool.h>
#include <stddef.h>

/* More than any answer here needs. */
enum { REPLY_MOST_FIELDS = 16, FORM_MOST_BYTES = 16384 };

struct request {
    const char *method, *host, *path;
    const char *query;  /* decoded */
    const char *cookie; /* the session's, or "" */
    const char *if_none_match, *origin;
    char *form; /* the body of a POST, or "" */
    size_t n_form;
};

/* Everything in it is malloc'ed, and freed after sending. */
struct reply {
    int status;
    char *body;
    size_t n_body;
    struct field {
        char *name, *value;
    } fields[REPLY_MOST_FIELDS];
    size_t n_fields;
};

void reply_field(struct reply *reply, const char *name, const char *format, ...) __attribute__((format(printf, 3, 4)));
void reply_text(struct reply *reply, int status, const char *type, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
/* The value of a form's field, decoded, malloc'ed; "" when there is none. */
char *form_value(const struct request *asked, const char *name);

/* ---- lab_page.c: files of the site's folder ---- */
struct site {
    const struct conf *conf;
    const char *folder;
};
/* Answers with the file or page at path, or with the host's 404. fill: values for {{csrf}} and {{user}}, may be NULL.
 */
struct fill {
    const char *csrf, *user;
};
void page_answer(const struct site *site, const struct request *asked, const char *path, const struct fill *fill,
                 struct reply *reply);
/* Whether a page is there for that path. */
bool page_exists(const struct site *site, const struct request *asked, const char *path);

/* ---- lab_session.c: login, sign-up, cart, checkout. False: not a path of theirs. ---- */
bool session_answer(const struct site *site, const struct request *asked, struct reply *reply);

/* ---- lab_rdap.c ---- */
void rdap_answer(const struct conf *conf, const struct request *asked, struct reply *reply);

#endif
