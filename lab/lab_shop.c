/* The shop's application, as the edge sees it: HTTP in clear on one address, hosts told apart by their names. */
#include "lab_shop.h"

#include "lab.h"

#include <microhttpd.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void reply_field(struct reply *reply, const char *name, const char *format, ...)
{
    va_list list;
    struct field *field = &reply->fields[reply->n_fields];

    if (reply->n_fields == REPLY_MOST_FIELDS)
        return;
    va_start(list, format);
    if (vasprintf(&field->value, format, list) < 0)
        fail("memory");
    va_end(list);
    field->name = need(strdup(name));
    reply->n_fields++;
}

void reply_text(struct reply *reply, int status, const char *type, const char *format, ...)
{
    va_list list;

    va_start(list, format);
    int n = vasprintf(&reply->body, format, list);
    va_end(list);
    if (n < 0)
        fail("memory");
    reply->n_body = (size_t)n;
    reply->status = status;
    reply_field(reply, "Content-Type", "%s", type);
}

static void free_reply(struct reply *reply)
{
    for (size_t i = 0; i < reply->n_fields; i++) {
        free(reply->fields[i].name);
        free(reply->fields[i].value);
    }
    free(reply->body);
}

static unsigned hex_digit(char c)
{
    return c <= '9' ? (unsigned)(c - '0') : (unsigned)((c | 32) - 'a') + 10;
}

char *form_value(const struct request *asked, const char *name)
{
    size_t n_name = strlen(name), n = 0;
    const char *at = asked->form;

    while (at && (strncmp(at, name, n_name) != 0 || at[n_name] != '=')) {
        at = strchr(at, '&');
        at = at ? at + 1 : NULL;
    }
    char *value = need(calloc(1, at ? strlen(at) + 1 : 1));
    for (at = at ? at + n_name + 1 : ""; *at && *at != '&'; at++) {
        bool escaped = *at == '%' && strspn(at + 1, "0123456789abcdefABCDEF") >= 2;
        value[n++] = escaped ? (char)(hex_digit(at[1]) << 4 | hex_digit(at[2])) : *at == '+' ? ' ' : *at;
        at += escaped ? 2 : 0;
    }
    return value;
}

/* Webhooks and what a browser asks before it calls the interface from another host's page. */
static bool answer_interface(const struct site *site, const struct request *asked, struct reply *reply)
{
    bool interface = !strncmp(asked->host, "api.", 4);

    if (!interface)
        return false;
    const char *cors = conf_get(site->conf, "cors", NULL);
    if (cors && *cors) {
        reply_field(reply, "Access-Control-Allow-Origin", "%s", cors);
        reply_field(reply, "Vary", "Origin");
    }
    if (!strcmp(asked->path, "/stripe/webhook")) {
        bool post = !strcmp(asked->method, "POST");
        reply_text(reply, post ? 400 : 405, "application/json", "{\"error\": \"%s\"}\n",
                   post ? "signature_missing" : "method_not_allowed");
        reply_field(reply, "Cache-Control", "no-store");
    } else if (!strcmp(asked->method, "OPTIONS")) {
        reply_field(reply, "Access-Control-Allow-Methods", "GET");
        reply_field(reply, "Cache-Control", "no-store");
        reply->status = 204;
    } else {
        return false;
    }
    return true;
}

/* "move PATH STATUS URL" */
static bool answer_moved(const struct site *site, const struct request *asked, struct reply *reply)
{
    const char *move = conf_of(site->conf, "move", asked->path);

    if (!move)
        return false;
    char *to;
    int status = (int)strtol(move, &to, 10);
    to += strspn(to, " ");
    reply_text(reply, status, "text/plain; charset=utf-8", "Moved to %s\n", to);
    reply_field(reply, "Location", "%s", to);
    reply_field(reply, "Cache-Control", "max-age=300");
    return true;
}

/* What a framework in debug mode shows when a request does not suit it: "errors verbose". */
static bool answer_verbose_error(const struct site *site, const struct request *asked, struct reply *reply)
{
    static const char page[] =
        "<!DOCTYPE html><html><head><title>ProgrammingError at /</title></head><body><pre>"
        "Traceback (most recent call last):\n"
        "  File \"/srv/shop/lib/python3.11/site-packages/django/core/handlers/base.py\", line 197, in _get_response\n"
        "  File \"/srv/shop/catalogue/views.py\", line 42, in product\n"
        "django.db.utils.ProgrammingError: syntax error at or near \"'\"\n"
        "LINE 1: SELECT * FROM products WHERE slug = '\n</pre></body></html>\n";
    bool odd = strpbrk(asked->path, "'\"<>\\;%{}") || strpbrk(asked->query, "'\"<>\\[]{}");

    if (!odd || strcmp(conf_get(site->conf, "errors", "quiet"), "verbose") != 0)
        return false;
    reply_text(reply, 500, "text/html; charset=utf-8", "%s", page);
    reply_field(reply, "Cache-Control", "no-store");
    return true;
}

static void answer(const struct site *site, const struct request *asked, struct reply *reply)
{
    static const char *const methods = " GET HEAD POST OPTIONS ";
    const char *ms = conf_of(site->conf, "delay", asked->path);
    char method[16];
    size_t at = 0;

    if (ms)
        sleep_ms((unsigned)atoi(ms));
    for (const char *one; (one = conf_next(site->conf, "header", &at));) {
        size_t n = strlen(asked->path);
        const char *colon = strchr(one, ':');
        char name[64];
        if (strncmp(one, asked->path, n) != 0 || one[n] != ' ' || !colon)
            continue;
        snprintf(name, sizeof name, "%.*s", (int)(colon - one - (long)n - 1), one + n + 1);
        reply_field(reply, name, "%s", colon + 2);
    }
    snprintf(method, sizeof method, " %.12s ", asked->method);
    if (!strcmp(asked->host, conf_get(site->conf, "rdap", "")))
        rdap_answer(site->conf, asked, reply);
    else if (!strstr(methods, method))
        reply_text(reply, 405, "text/plain; charset=utf-8", "Method not allowed\n");
    else if (!answer_verbose_error(site, asked, reply) && !answer_interface(site, asked, reply) &&
             !answer_moved(site, asked, reply) && !session_answer(site, asked, reply))
        page_answer(site, asked, asked->path, NULL, reply);
}

static enum MHD_Result send_reply(struct MHD_Connection *connection, struct reply *reply)
{
    struct MHD_Response *response =
        need(MHD_create_response_from_buffer(reply->n_body, reply->body, MHD_RESPMEM_MUST_COPY));

    for (size_t i = 0; i < reply->n_fields; i++)
        MHD_add_response_header(response, reply->fields[i].name, reply->fields[i].value);
    enum MHD_Result result = MHD_queue_response(connection, (unsigned)reply->status, response);
    MHD_destroy_response(response);
    return result;
}

struct visit {
    char form[FORM_MOST_BYTES + 1];
    size_t n_form;
};

static const char *header(struct MHD_Connection *connection, const char *name)
{
    return MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name);
}

struct text {
    char bytes[2048];
    size_t n;
};

static enum MHD_Result join_arguments(void *data, enum MHD_ValueKind kind, const char *name, const char *value)
{
    struct text *text = data;
    int n = snprintf(text->bytes + text->n, sizeof text->bytes - text->n, "%s%s=%s", text->n ? "&" : "", name,
                     value ? value : "");

    (void)kind;
    if (n < 0 || (size_t)n >= sizeof text->bytes - text->n)
        return MHD_NO;
    text->n += (size_t)n;
    return MHD_YES;
}

static enum MHD_Result serve(void *data, struct MHD_Connection *connection, const char *url, const char *method,
                             const char *version, const char *upload, size_t *n_upload, void **own)
{
    const struct site *site = data;
    struct visit *visit = *own;
    char host[256];

    (void)version;
    if (!visit) {
        *own = need(calloc(1, sizeof *visit));
        return MHD_YES;
    }
    if (*n_upload > 0) {
        size_t room = FORM_MOST_BYTES - visit->n_form, n = *n_upload < room ? *n_upload : room;
        memcpy(visit->form + visit->n_form, upload, n);
        visit->n_form += n;
        *n_upload = 0;
        return MHD_YES;
    }
    struct text query = {0};
    MHD_get_connection_values(connection, MHD_GET_ARGUMENT_KIND, join_arguments, &query);
    const char *name = header(connection, "Host"),
               *cookie = MHD_lookup_connection_value(connection, MHD_COOKIE_KIND, "session");
    snprintf(host, sizeof host, "%.*s", name ? (int)strcspn(name, ":") : 0, name ? name : "");
    struct request asked = {.method = method,
                            .host = host,
                            .path = url,
                            .query = query.bytes,
                            .cookie = cookie ? cookie : "",
                            .if_none_match = header(connection, "If-None-Match"),
                            .origin = header(connection, "Origin"),
                            .form = visit->form,
                            .n_form = visit->n_form};
    struct reply reply = {0};
    answer(site, &asked, &reply);
    const char *id = header(connection, "X-Request-ID");
    printf("%s %s %s%s %d\n", id ? id : "-", method, host, url, reply.status);
    enum MHD_Result result = send_reply(connection, &reply);
    free_reply(&reply);
    return result;
}

static void end_visit(void *data, struct MHD_Connection *connection, void **own, enum MHD_RequestTerminationCode why)
{
    (void)data, (void)connection, (void)why;
    free(*own);
    *own = NULL;
}

int run_shop(int argc, char **argv)
{
    if (argc != 3)
        return 2;
    struct place place = place_parse(argv[0]);
    struct conf conf = conf_read(argv[1]);
    struct site site = {&conf, argv[2]};
    int fd = place_listen(&place, SOCK_STREAM);

    if (!MHD_start_daemon(MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_THREAD_PER_CONNECTION | MHD_USE_POLL, 0, NULL, NULL,
                          serve, &site, MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_NOTIFY_COMPLETED, end_visit, NULL,
                          MHD_OPTION_CONNECTION_TIMEOUT, 60u, MHD_OPTION_CONNECTION_LIMIT, 2000u, MHD_OPTION_END))
        fail("libmicrohttpd");
    for (;;)
        pause();
}
