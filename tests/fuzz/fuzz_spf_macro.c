/* SPF macros: what the grammar lets through expands, within its limits; values are the two lines before the text. */
#include <stdint.h>
#include <stdlib.h>

#include "core/arena.h"
#include "mail/spf_inside.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new(4u * 1024 * 1024);
    struct str text = str_n((const char *)data, size), first = str_cut(&text, '\n'), second, out = STR_NONE;
    struct spf_values values = {.of = {['a' - 'a'] = STR_NONE}};

    text = text.p ? text : STR_NONE;
    second = str_cut(&text, '\n');
    text = text.p ? text : STR_NONE;
    for (size_t i = 0; i < sizeof values.of / sizeof values.of[0]; i++)
        values.of[i] = i % 2 ? first : second;
    for (int place = SPF_IN_DOMAIN; place <= SPF_IN_EXPLANATION; place++) {
        const char *why = NULL;
        if (!spf_macro_check(text, (enum spf_macro_place)place, &why)) {
            if (!why || !*why)
                abort();
            continue;
        }
        if (spf_macro_expand(arena, text, &values, 10000, &out) && out.n > 10000)
            abort();
        if (spf_macro_uses(text, "slodiphcrtv") && str_find_char(text, '%') == SIZE_MAX)
            abort();
        if (place != SPF_IN_EXPLANATION && spf_macro_uses(text, "crt"))
            abort();
        if (place == SPF_IN_DOMAIN && spf_macro_domain(arena, text, &values, &out) && out.n > 254)
            abort();
        values.of['d' - 'a'].p = NULL; /* not known */
        if (spf_macro_uses(text, "d") && spf_macro_expand(arena, text, &values, 10000, &out))
            abort();
        values.of['d' - 'a'] = first;
    }
    arena_free(arena);
    return 0;
}
