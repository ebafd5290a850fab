/* A mail connection as overheard: first byte S (SMTP) or I (IMAP), then lines, of which those with ">" are ours. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/text.h"
#include "proof/post_words.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str rest = str_n((const char *)data, size);
    struct post_words w;

    post_words_init(&w, size && data[0] == 'S');
    rest = str_from(rest, size ? 1 : 0);
    while (rest.p && rest.n) {
        struct str line = str_cut(&rest, '\n');
        if (line.n && line.p[0] == '>')
            post_words_said(&w, str_from(line, 1));
        else if (line.n && line.p[0] == '=')
            post_words_begin(&w);
        else
            post_words_heard(&w, line);
        if (w.code < 0 || w.code > 999 || w.reply.n > POST_REPLY_MOST_BYTES ||
            !memchr(w.command, 0, sizeof w.command) || !text_is_utf8(str_of(w.command)) || !strcmp(w.command, "QUIT"))
            abort();
    }
    post_words_free(&w);
    return 0;
}
