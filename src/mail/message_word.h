/* message_word.h - encoded words in header fields (RFC 2047). */
#ifndef MAIL_MESSAGE_WORD_H
#define MAIL_MESSAGE_WORD_H

#include "core/str.h"

struct arena;

/* UTF-8, US-ASCII and ISO-8859-1 words become UTF-8; any other, and one that does not decode, is kept as written. */
struct str message_decode_words(struct arena *arena, struct str text);

#endif
