#include <string.h>

#include <curl/curl.h>
#include <jansson.h>
#include <ldns/ldns.h>
#include <openssl/crypto.h>

#include "cli/cli.h"
#include "core/buf.h"

static void add_json(struct buf *b)
{
    json_t *all =
        json_pack("{s:s, s:s, s:{s:s, s:s, s:s, s:s}}", "schema", "launchready.version/1", "version",
                  LAUNCHREADY_VERSION, "libraries", "curl", curl_version_info(CURLVERSION_NOW)->version, "openssl",
                  OpenSSL_version(OPENSSL_VERSION_STRING), "ldns", ldns_version(), "jansson", jansson_version_str());
    char *text = json_dumps(all, JSON_COMPACT);

    if (text)
        buf_fmt(b, "%s\n", text);
    free(text);
    json_decref(all);
}

int cmd_version(const struct options *o)
{
    struct buf b;

    buf_init(&b, 4096);
    if (strcmp(cli_format(o), "json") == 0)
        add_json(&b);
    else
        buf_add_cstr(&b, "launchready " LAUNCHREADY_VERSION "\n");
    int status = cli_finish(o, buf_str(&b), EXIT_OK);
    buf_free(&b);
    return status;
}
