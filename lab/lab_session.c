/* What needs to know who is asking: sign in and up, account, cart, checkout. */
#include "lab.h"
#include "lab_shop.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

enum { MOST_SESSIONS = 4096, TOKEN_BYTES = 16 };

struct session {
    char id[2 * TOKEN_BYTES + 1], csrf[2 * TOKEN_BYTES + 1];
    char user[64]; /* "" until signed in */
};

static struct session sessions[MOST_SESSIONS];
static size_t n_sessions; /* ever made: the oldest makes room */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void make_token(char *ret)
{
    unsigned char bytes[TOKEN_BYTES];

    if (getrandom(bytes, sizeof bytes, 0) != sizeof bytes)
        fail("getrandom");
    for (size_t i = 0; i < sizeof bytes; i++)
        sprintf(ret + 2 * i, "%02x", bytes[i]);
}

static bool find_session(const char *id, struct session *ret)
{
    bool found = false;

    pthread_mutex_lock(&lock);
    for (size_t i = 0; *id && i < MOST_SESSIONS && !found; i++)
        if (!strcmp(sessions[i].id, id)) {
            *ret = sessions[i];
            found = true;
        }
    pthread_mutex_unlock(&lock);
    return found;
}

static struct session start_session(const struct site *site, const char *user, struct reply *reply)
{
    struct session made = {0};

    make_token(made.id);
    make_token(made.csrf);
    snprintf(made.user, sizeof made.user, "%s", user);
    pthread_mutex_lock(&lock);
    sessions[n_sessions++ % MOST_SESSIONS] = made;
    pthread_mutex_unlock(&lock);
    reply_field(reply, "Set-Cookie", "session=%s; %s", made.id, conf_get(site->conf, "session", "Path=/"));
    return made;
}

static void end_session(const char *id)
{
    pthread_mutex_lock(&lock);
    for (size_t i = 0; i < MOST_SESSIONS; i++)
        if (*id && !strcmp(sessions[i].id, id))
            memset(&sessions[i], 0, sizeof sessions[i]);
    pthread_mutex_unlock(&lock);
}

static void move_to(struct reply *reply, int status, const char *to)
{
    reply_text(reply, status, "text/plain; charset=utf-8", "Continue at %s\n", to);
    reply_field(reply, "Location", "%s", to);
    reply_field(reply, "Cache-Control", "private, no-store");
}

static bool is_one_of(const char *path, const char *const *paths)
{
    for (; *paths; paths++)
        if (!strcmp(path, *paths))
            return true;
    return false;
}

/* A form page: a session begins with it, because its hidden token needs one. */
static void answer_form(const struct site *site, const struct request *asked, struct session *s, bool known,
                        struct reply *reply)
{
    if (!known)
        *s = start_session(site, "", reply);
    page_answer(site, asked, asked->path, &(struct fill){s->csrf, s->user}, reply);
}

static void answer_sent_form(const struct site *site, const struct request *asked, const struct session *s, bool known,
                             struct reply *reply)
{
    char *csrf = form_value(asked, "csrf"), *email = form_value(asked, "email"), *word = form_value(asked, "password");
    const char *right = conf_of(site->conf, "user", email);

    if (!known || strcmp(csrf, s->csrf) != 0) {
        reply_text(reply, 403, "text/plain; charset=utf-8", "This form has expired: load the page again.\n");
        reply_field(reply, "Cache-Control", "private, no-store");
    } else if (!strcmp(asked->path, "/checkout")) {
        move_to(reply, 303, "/account");
    } else if (!strcmp(asked->path, "/login") && (!right || strcmp(right, word) != 0)) {
        reply_text(reply, 401, "text/plain; charset=utf-8", "E-mail or password is wrong.\n");
        reply_field(reply, "Cache-Control", "private, no-store");
    } else {
        end_session(asked->cookie);
        start_session(site, email, reply);
        move_to(reply, 303, "/account");
    }
    free(csrf);
    free(email);
    free(word);
}

bool session_answer(const struct site *site, const struct request *asked, struct reply *reply)
{
    static const char *const forms[] = {"/login", "/signup", "/checkout", NULL};
    static const char *const own[] = {"/account", "/orders", "/cart", NULL};
    struct session s = {0};

    if (!page_exists(site, asked, "/login"))
        return false;
    bool known = find_session(asked->cookie, &s);
    if (!strcmp(asked->path, "/logout")) {
        end_session(asked->cookie);
        move_to(reply, 303, "/");
    } else if (is_one_of(asked->path, forms)) {
        if (!strcmp(asked->method, "POST"))
            answer_sent_form(site, asked, &s, known, reply);
        else
            answer_form(site, asked, &s, known, reply);
    } else if (is_one_of(asked->path, own)) {
        bool open = conf_of(site->conf, "open", asked->path) != NULL;
        if (!open && !*s.user)
            move_to(reply, 302, "/login");
        else
            page_answer(site, asked, asked->path, &(struct fill){s.csrf, *s.user ? s.user : "maria@shop.example"},
                        reply);
    } else {
        return false;
    }
    return true;
}
