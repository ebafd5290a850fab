#include "proof/mailbox.h"

#include <curl/curl.h>
#include <string.h>

#include "core/arena.h"
#include "core/text.h"
#include "proof/post_link.h"

#define MAILBOX_BYTES (64u * 1024u * 1024u)

struct mailbox {
    struct post_link link;
    struct ask ask; /* with an arena of its own for what every poll allocates */
    struct imap_folder *folders;
    size_t n_folders;
    bool opened;
};

/* Folder names hold anything: what is not a letter or digit is written as %HH. */
static const char *url_of(const struct mailbox *m, struct arena *arena, struct str folder, uint32_t uid)
{
    const struct post_account *a = m->link.account;
    struct buf b;

    buf_init(&b, 8192);
    buf_fmt(&b, "%.*s://%.*s:%u/", STR_ARG(a->scheme), STR_ARG(a->host), a->port);
    for (size_t i = 0; i < folder.n; i++) {
        unsigned char c = (unsigned char)folder.p[i];
        bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        buf_fmt(&b, plain ? "%c" : "%%%02X", c);
    }
    if (uid)
        buf_fmt(&b, ";UID=%u", uid);
    const char *url = str_cstr(arena, buf_str(&b));
    buf_free(&b);
    return url;
}

/* One command in that folder (empty: in none). False with the server's words when it says no. */
static bool command(struct mailbox *m, struct str folder, const char *text, struct err *reterr)
{
    struct post_link *link = &m->link;
    const char *problem = NULL;
    int code = 0;

    if (curl_easy_setopt(link->curl, CURLOPT_CUSTOMREQUEST, text) != CURLE_OK)
        return err_set(reterr, ERR_SYSTEM, "libcurl cannot be set up to ask a mailbox");
    if (!post_link_run(link, url_of(m, link->arena, folder, 0), &code, reterr))
        return false;
    if (code == CURLE_OK)
        return true;
    if (link->body.full)
        return err_set(reterr, ERR_LIMIT, "the mailbox sends more than %u bytes", POST_MOST_BYTES);
    if (!post_link_explain(link, code, &problem, reterr))
        return false;
    struct str words = post_link_words(link);
    return err_set(reterr, ERR_PROTOCOL, "%s does not do %s: \"%.*s\"", post_account_place(link->arena, link->account),
                   link->words.command, STR_ARG(str_first(words, words.n < 200 ? words.n : 200)));
}

static bool list_folders(struct mailbox *m, const char **ret_problem, struct err *reterr)
{
    struct post_link *link = &m->link;
    int code = 0;

    if (curl_easy_setopt(link->curl, CURLOPT_CUSTOMREQUEST, "LIST \"\" *") != CURLE_OK)
        return err_set(reterr, ERR_SYSTEM, "libcurl cannot be set up to ask a mailbox");
    if (!post_link_run(link, url_of(m, link->arena, STR_NONE, 0), &code, reterr))
        return false;
    if (code == CURLE_OK)
        return imap_list_read(m->link.arena, buf_str(&link->body), &m->folders, &m->n_folders, reterr);
    if (!post_link_explain(link, code, ret_problem, reterr))
        return false;
    return err_set(reterr, ERR_PROTOCOL, "%s does not list its folders",
                   post_account_place(link->arena, link->account));
}

bool mailbox_open(struct ask *q, const struct observer *outside, const struct post_account *account,
                  struct mailbox **ret, const char **ret_problem, struct err *reterr)
{
    struct mailbox *m = arena_alloc(q->arena, sizeof *m);

    m->ask = *q;
    m->ask.unseen = NULL;
    m->ask.n_unseen = m->ask.unseen_capacity = 0;
    m->ask.arena = arena_new(MAILBOX_BYTES);
    *ret_problem = "connection";
    m->opened = post_link_open(&m->link, &m->ask, outside, account, reterr);
    if (m->opened && list_folders(m, ret_problem, reterr)) {
        *ret = m;
        return true;
    }
    mailbox_close(m);
    return false;
}

void mailbox_close(struct mailbox *m)
{
    if (!m)
        return;
    post_link_close(&m->link);
    arena_free(m->ask.arena);
}

static bool search(struct mailbox *m, size_t index, struct str token, uint32_t *ret_uid, struct err *reterr)
{
    struct arena *own = arena_new(1024 * 1024); /* polls add up */
    struct arena *kept = m->link.arena;
    uint32_t *found = NULL;
    size_t n = 0;

    m->link.arena = own;
    bool ok = command(m, m->folders[index].name, str_fmt(own, "UID SEARCH SUBJECT %.*s", STR_ARG(token)).p, reterr) &&
              imap_search_read(own, buf_str(&m->link.body), &found, &n, reterr);
    *ret_uid = ok && n ? found[n - 1] : 0;
    m->link.arena = kept;
    arena_free(own);
    return ok;
}

bool mailbox_find(struct mailbox *m, struct str token, bool everywhere, bool *ret_found, struct mailbox_place *ret,
                  struct err *reterr)
{
    *ret_found = false;
    /* Servers tell of new messages when they are asked for nothing (RFC 9051 section 6.1.2). */
    if (!command(m, STR_NONE, "NOOP", reterr))
        return false;
    for (size_t i = 0; i < m->n_folders && !*ret_found; i++) {
        const struct imap_folder *f = &m->folders[i];
        uint32_t uid = 0;
        if (f->use == IMAP_OWN || (f->use == IMAP_OTHER && !everywhere))
            continue;
        if (!search(m, i, token, &uid, reterr)) {
            if (f->use == IMAP_OTHER && reterr->kind == ERR_PROTOCOL)
                continue; /* a folder that cannot be opened holds no mail of ours */
            return false;
        }
        if (uid) {
            *ret = (struct mailbox_place){text_safe(m->ask.arena, f->name), f->use == IMAP_JUNK, i, uid};
            *ret_found = true;
        }
    }
    return true;
}

bool mailbox_fetch(struct mailbox *m, const struct mailbox_place *place, struct str *ret, struct err *reterr)
{
    struct post_link *link = &m->link;
    const char *problem = NULL;
    int code = 0;

    if (curl_easy_setopt(link->curl, CURLOPT_CUSTOMREQUEST, NULL) != CURLE_OK)
        return err_set(reterr, ERR_SYSTEM, "libcurl cannot be set up to fetch");
    if (!post_link_run(link, url_of(m, link->arena, m->folders[place->index].name, place->uid), &code, reterr))
        return false;
    if (link->body.full)
        return err_set(reterr, ERR_LIMIT, "the message is larger than %u bytes", POST_MOST_BYTES);
    if (code != CURLE_OK) {
        if (!post_link_explain(link, code, &problem, reterr))
            return false;
        return err_set(reterr, ERR_PROTOCOL, "%s shows the message but does not give it",
                       post_account_place(link->arena, link->account));
    }
    *ret = str_dup(link->arena, buf_str(&link->body));
    return true;
}

bool mailbox_remove(struct mailbox *m, const struct mailbox_place *place, struct err *reterr)
{
    struct str folder = m->folders[place->index].name;
    struct arena *arena = m->ask.arena;

    return command(m, folder, str_fmt(arena, "UID STORE %u +FLAGS.SILENT (\\Deleted)", place->uid).p, reterr) &&
           command(m, folder, str_fmt(arena, "UID EXPUNGE %u", place->uid).p, reterr);
}
