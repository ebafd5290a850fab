#include "checks/check_email.h"

#include "core/text.h"

void email_note_unseen(struct ask *q, struct str what, struct str why)
{
    struct err err;

    err_set(&err, ERR_DNS_FAILED, "%.*s", STR_ARG(text_safe(q->arena, why)));
    err_at(&err, "%.*s", STR_ARG(what));
    ask_note(q, what, &err);
}
