#include "proof/post_words.h"

#include <string.h>

#include "core/text.h"

void post_words_init(struct post_words *w, bool is_smtp)
{
    *w = (struct post_words){.is_smtp = is_smtp, .reply_whole = true};
    buf_init(&w->reply, POST_REPLY_MOST_BYTES);
}

void post_words_free(struct post_words *w)
{
    buf_free(&w->reply);
}

static void clear(struct buf *b)
{
    b->n = 0;
    b->full = false;
}

void post_words_begin(struct post_words *w)
{
    clear(&w->reply);
    w->reply_whole = true;
    w->leaving = false;
    w->code = 0;
}

/* libcurl's tags: a capital and three digits. */
static bool is_tagged(struct str line)
{
    return line.n > 5 && line.p[0] >= 'A' && line.p[0] <= 'Z' && line.p[1] >= '0' && line.p[1] <= '9';
}

/* RFC 5321 section 4.2.1: "250-more", "250 last". */
static void hear_smtp(struct post_words *w, struct str line)
{
    uint64_t code;

    if (line.n < 3 || !str_to_u64(str_first(line, 3), 999, &code))
        return;
    if (w->reply_whole)
        clear(&w->reply);
    w->code = (int)code;
    w->reply_whole = line.n == 3 || line.p[3] != '-';
    /* Of later lines only the words: the code stands before them already. */
    struct str words = w->reply.n && line.n > 4 ? str_from(line, 4) : line;
    if (w->reply.n)
        buf_add_char(&w->reply, ' ');
    buf_add(&w->reply, words);
}

/* RFC 9051 section 7.1. */
static void hear_imap(struct post_words *w, struct str line)
{
    if (!is_tagged(line) && !str_starts_nocase(line, STR("* BYE")) && !str_starts_nocase(line, STR("* NO ")))
        return;
    size_t space = str_find_char(line, ' ');
    clear(&w->reply);
    buf_add(&w->reply, str_from(line, space < line.n ? space + 1 : line.n));
}

void post_words_heard(struct post_words *w, struct str text)
{
    while (text.p && text.n && !w->leaving) {
        struct str line = str_trim(str_cut(&text, '\n'));
        if (w->is_smtp)
            hear_smtp(w, line);
        else
            hear_imap(w, line);
    }
}

static bool is_verb(struct str word)
{
    static const char *const verbs[] = {"EHLO", "HELO", "STARTTLS", "AUTH", "MAIL", "RCPT", "DATA", "QUIT"};

    for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++)
        if (str_eq(word, str_of(verbs[i])))
            return true;
    return false;
}

void post_words_said(struct post_words *w, struct str text)
{
    struct str rest = text, word = str_cut(&rest, ' ');

    if (!w->is_smtp) {
        if (!is_tagged(text) || !rest.p)
            return;
        word = str_cut(&rest, ' ');
    }
    word = str_trim(word);
    if (w->is_smtp && !is_verb(word))
        return;
    w->leaving = str_eq(word, STR("QUIT")) || str_eq(word, STR("LOGOUT"));
    if (!w->leaving) /* what matters is what was said before it */
        text_make_safe(word, w->command, sizeof w->command);
}
