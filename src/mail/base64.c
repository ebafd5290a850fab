#include "mail/base64.h"

#include <stdint.h>

#include "core/arena.h"

static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* 1 more than the value of a letter; 0: no letter. */
static const unsigned char values[256] = {
    ['A'] = 1,  ['B'] = 2,  ['C'] = 3,  ['D'] = 4,  ['E'] = 5,  ['F'] = 6,  ['G'] = 7,  ['H'] = 8,
    ['I'] = 9,  ['J'] = 10, ['K'] = 11, ['L'] = 12, ['M'] = 13, ['N'] = 14, ['O'] = 15, ['P'] = 16,
    ['Q'] = 17, ['R'] = 18, ['S'] = 19, ['T'] = 20, ['U'] = 21, ['V'] = 22, ['W'] = 23, ['X'] = 24,
    ['Y'] = 25, ['Z'] = 26, ['a'] = 27, ['b'] = 28, ['c'] = 29, ['d'] = 30, ['e'] = 31, ['f'] = 32,
    ['g'] = 33, ['h'] = 34, ['i'] = 35, ['j'] = 36, ['k'] = 37, ['l'] = 38, ['m'] = 39, ['n'] = 40,
    ['o'] = 41, ['p'] = 42, ['q'] = 43, ['r'] = 44, ['s'] = 45, ['t'] = 46, ['u'] = 47, ['v'] = 48,
    ['w'] = 49, ['x'] = 50, ['y'] = 51, ['z'] = 52, ['0'] = 53, ['1'] = 54, ['2'] = 55, ['3'] = 56,
    ['4'] = 57, ['5'] = 58, ['6'] = 59, ['7'] = 60, ['8'] = 61, ['9'] = 62, ['+'] = 63, ['/'] = 64,
};

bool base64_decode(struct arena *arena, struct str text, struct str *ret, size_t *ret_at)
{
    char *to = arena_alloc(arena, text.n / 4 * 3 + 4);
    size_t n = 0, n_letters = 0, n_pads = 0;
    uint32_t held = 0;

    for (size_t i = 0; i < text.n; i++) {
        char c = text.p[i];
        unsigned v = values[(unsigned char)c];
        *ret_at = i;
        if (c == ' ' || c == '\t' || c == '\r' || c == '\n')
            continue;
        if (c == '=') {
            if (++n_pads > 2 || n_letters % 4 < 2)
                return false;
            continue;
        }
        if (!v || n_pads)
            return false;
        held = held << 6u | (v - 1);
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
