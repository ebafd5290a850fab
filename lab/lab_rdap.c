/* The registry's registration data (RFC 9083). */
#include "lab_shop.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static void write_date(char *ret, size_t size, long days)
{
    time_t at = time(NULL) + days * 86400;
    struct tm utc;

    strftime(ret, size, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&at, &utc));
}

/* "DAYS STATUS, STATUS" as a JSON object. */
static void write_domain(struct reply *reply, const char *name, const char *registration)
{
    char *rest, began[32], ends[32], status[512] = "";
    long days = strtol(registration, &rest, 10);
    size_t n = 0;

    write_date(began, sizeof began, -700);
    write_date(ends, sizeof ends, days);
    for (char *at = rest; n < sizeof status - 64;) {
        at += strspn(at, ", ");
        size_t n_one = strcspn(at, ",");
        if (n_one == 0 || n_one > 48)
            break;
        n += (size_t)snprintf(status + n, sizeof status - n, "%s\"%.*s\"", n ? "," : "", (int)n_one, at);
        at += n_one;
    }
    reply_text(reply, 200, "application/rdap+json",
               "{\"objectClassName\":\"domain\",\"rdapConformance\":[\"rdap_level_0\"],\"handle\":\"D1-EXAMPLE\","
               "\"ldhName\":\"%s\",\"status\":[%s],"
               "\"events\":[{\"eventAction\":\"registration\",\"eventDate\":\"%s\"},"
               "{\"eventAction\":\"expiration\",\"eventDate\":\"%s\"}],"
               "\"entities\":[{\"objectClassName\":\"entity\",\"roles\":[\"registrar\"],\"handle\":\"9999\","
               "\"vcardArray\":[\"vcard\",[[\"version\",{},\"text\",\"4.0\"],"
               "[\"fn\",{},\"text\",\"Example Registrar\"]]]}],"
               "\"nameservers\":[{\"objectClassName\":\"nameserver\",\"ldhName\":\"ns1.dns.example\"},"
               "{\"objectClassName\":\"nameserver\",\"ldhName\":\"ns2.dns.example\"}]}\n",
               name, status, began, ends);
}

void rdap_answer(const struct conf *conf, const struct request *asked, struct reply *reply)
{
    const char *name = !strncmp(asked->path, "/domain/", 8) ? asked->path + 8 : "";
    const char *registration = *name ? conf_of(conf, "registration", name) : NULL;

    if (registration)
        write_domain(reply, name, registration);
    else
        reply_text(reply, 404, "application/rdap+json",
                   "{\"errorCode\":404,\"title\":\"Not found\",\"rdapConformance\":[\"rdap_level_0\"]}\n");
}
