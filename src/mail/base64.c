#include "mail/base64.h"

#include <stdint.h>

#include "core/arena.h"

static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static int value_of(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

bool base64_decode(struct arena *arena, struct str text, struct str *ret, size_t *ret_at)
{
    char *to = arena_alloc(arena, text.n / 4 * 3 + 4);
    size_t n = 0, n_letters = 0, n_pads = 0;
    uint32_t held = 0;

    for (size_t i = 0; i < text.n; i++) {
        char c = text.p[i];
        int v = value_of(c);
        *ret_at = i;
        if (c == ' ' || c == '\t' || c == '\r' || c == '\n')
            continue;
        if (c == '=') {
            if (++n_pads > 2 || n_letters % 4 < 2)
                return false;
            continue;
        }
        if (v < 0 || n_pads)
            return false;
        held = held << 6u | (uint32_t)v;
        if (++n_letters % 4 == 0) {
            to[n++] = (char)(held >> 16u & 0xff);
            to[n++] = (char)(held >> 8u & 0xff);
            to[n++] = (char)(held & 0xff);
        }
    }
    *ret_at = text.n;
    size_t more = n_letters % 4;
    if (more == 1 || (n_pads && more + n_pads != 4))
        return false;
    if (more == 2)
        to[n++] = (char)(held >> 4u & 0xff);
    if (more == 3) {
        to[n++] = (char)(held >> 10u & 0xff);
        to[n++] = (char)(held >> 2u & 0xff);
    }
    *ret = str_n(to, n);
    return true;
}

struct str base64_encode(struct arena *arena, struct str bytes)
{
    char *to = arena_alloc(arena, (bytes.n + 2) / 3 * 4 + 1);
    size_t n = 0;

    for (size_t i = 0; i < bytes.n; i += 3) {
        size_t left = bytes.n - i;
        uint32_t v = (uint32_t)(unsigned char)bytes.p[i] << 16u;
        if (left > 1)
            v |= (uint32_t)(unsigned char)bytes.p[i + 1] << 8u;
        if (left > 2)
            v |= (unsigned char)bytes.p[i + 2];
        to[n++] = letters[v >> 18u];
        to[n++] = letters[v >> 12u & 63u];
        to[n++] = '=';
        to[n++] = '=';
        if (left > 1)
            to[n - 2] = letters[v >> 6u & 63u];
        if (left > 2)
            to[n - 1] = letters[v & 63u];
    }
    return str_n(to, n);
}
