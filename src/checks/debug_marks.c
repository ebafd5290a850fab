#include "checks/debug_marks.h"

static const struct {
    const char *text, *what;
} marks[] = {
    {"<code>DEBUG = True</code>", "Django's debug page"},
    {"Werkzeug Debugger", "the Werkzeug debugger, which runs code for anybody"},
    {"id=\"werkzeug-debugger\"", "the Werkzeug debugger, which runs code for anybody"},
    {"data-rails-web-console", "Rails' web console, which runs code for anybody"},
    {"window.ignite = ", "Laravel's debug page"},
    {"laravel-exceptions-renderer", "Laravel's debug page"},
    {"<!-- Whoops", "the Whoops debug page"},
    {"Whoops\\Exception", "the Whoops debug page"},
    {"sf-toolbar", "Symfony's debug toolbar"},
    {"phpdebugbar", "the PHP debug bar"},
    {"id=\"djDebug\"", "Django's debug toolbar"},
    {"nextjs__container_errors", "Next.js's development overlay"},
    {"vite-error-overlay", "Vite's development overlay"},
};

bool debug_mark_in(struct str body, struct str *ret_mark, struct str *ret_what)
{
    for (size_t i = 0; i < N_OF(marks); i++)
        if (str_has(body, str_of(marks[i].text))) {
            *ret_mark = str_of(marks[i].text);
            *ret_what = str_of(marks[i].what);
            return true;
        }
    return false;
}
