/* DNS facts to and from what --record writes. */
#include <jansson.h>
#include <string.h>

#include "facts/dns_inside.h"

static const char *const outcome_words[] = {
    [DNS_ANSWER] = "answer",     [DNS_NODATA] = "nodata",   [DNS_NXDOMAIN] = "nxdomain", [DNS_REFERRAL] = "referral",
    [DNS_SERVFAIL] = "servfail", [DNS_REFUSED] = "refused", [DNS_OTHER] = "other"};

/* TXT may hold any bytes: those above 127 are written as the code points of the same number, so that nothing is lost
 * and the file stays UTF-8. */
static json_t *bytes_json(struct str s)
{
    char small[512] = "", *to = s.n <= sizeof small / 2 ? small : malloc(2 * s.n);
    size_t n = 0;

    if (!to)
        return NULL;
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if (c >= 0x80)
            to[n++] = (char)(0xc0 | c >> 6);
        to[n++] = (char)(c >= 0x80 ? 0x80 | (c & 0x3f) : c);
    }
    json_t *j = json_stringn(to, n);
    if (to != small)
        free(to);
    return j;
}

static bool bytes_load(struct arena *arena, const json_t *o, const char *name, struct str *ret)
{
    const json_t *j = json_object_get(o, name);
    struct str in = j ? str_n(json_string_value(j), json_string_length(j)) : STR_NONE;
    size_t n = 0;

    *ret = STR_NONE;
    if (!j)
        return true;
    if (!json_is_string(j))
        return false;
    char *to = arena_alloc(arena, in.n + 1);
    for (size_t i = 0; i < in.n; i++) {
        unsigned char c = (unsigned char)in.p[i];
        if (c >= 0x80) {
            if (c > 0xc3 || i + 1 >= in.n)
                return false;
            c = (unsigned char)((c & 0x03) << 6 | ((unsigned char)in.p[++i] & 0x3f));
        }
        to[n++] = (char)c;
    }
    *ret = str_n(to, n);
    return true;
}

static void put_text(json_t *o, const char *name, struct str s)
{
    if (s.n)
        json_object_set_new(o, name, bytes_json(s));
}

static void put_number(json_t *o, const char *name, int64_t v)
{
    if (v)
        json_object_set_new(o, name, json_integer(v));
}

static json_t *save_rr(const struct dns_rr *rr)
{
    json_t *o = json_object();

    put_text(o, "owner", rr->owner);
    put_number(o, "type", rr->type);
    put_number(o, "ttl", rr->ttl_s);
    put_text(o, "text", rr->text);
    put_text(o, "target", rr->target);
    put_text(o, "value", rr->value);
    put_text(o, "tag", rr->tag);
    put_number(o, "number", rr->number);
    put_number(o, "serial", rr->serial);
    put_number(o, "from", rr->from_s);
    put_number(o, "until", rr->until_s);
    put_number(o, "algorithm", rr->algorithm);
    put_number(o, "digest_type", rr->digest_type);
    put_number(o, "covered", rr->covered);
    put_number(o, "n_strings", (int64_t)rr->n_strings);
    return o;
}

static json_t *save_section(const struct dns_rr *v, size_t n)
{
    json_t *a = json_array();

    for (size_t i = 0; i < n; i++)
        json_array_append_new(a, save_rr(&v[i]));
    return a;
}

json_t *dns_save(const void *fact)
{
    const struct fact_dns *f = fact;
    json_t *o = json_object();

    put_text(o, "name", f->name);
    put_number(o, "type", f->type);
    json_object_set_new(o, "outcome", json_string(outcome_words[f->outcome]));
    json_object_set_new(o, "rcode", json_integer(f->rcode));
    json_object_set_new(o, "aa", json_boolean(f->authoritative));
    json_object_set_new(o, "ad", json_boolean(f->authenticated));
    json_object_set_new(o, "tc", json_boolean(f->truncated));
    json_object_set_new(o, "ra", json_boolean(f->recursion_available));
    json_object_set_new(o, "tcp", json_boolean(f->over_tcp));
    put_text(o, "server", f->server);
    put_number(o, "at", f->at_s);
    put_number(o, "took_us", f->took_us);
    json_object_set_new(o, "answer", save_section(f->answer, f->n_answer));
    json_object_set_new(o, "authority", save_section(f->authority, f->n_authority));
    json_object_set_new(o, "additional", save_section(f->additional, f->n_additional));
    return o;
}

static int64_t number(const json_t *o, const char *name)
{
    return json_integer_value(json_object_get(o, name));
}

static bool load_rr(struct arena *arena, const json_t *o, struct dns_rr *rr)
{
    rr->type = (uint16_t)number(o, "type");
    rr->ttl_s = (uint32_t)number(o, "ttl");
    rr->number = (uint16_t)number(o, "number");
    rr->serial = (uint32_t)number(o, "serial");
    rr->from_s = number(o, "from");
    rr->until_s = number(o, "until");
    rr->algorithm = (uint8_t)number(o, "algorithm");
    rr->digest_type = (uint8_t)number(o, "digest_type");
    rr->covered = (uint16_t)number(o, "covered");
    rr->n_strings = (size_t)number(o, "n_strings");
    return json_is_object(o) && bytes_load(arena, o, "owner", &rr->owner) && bytes_load(arena, o, "text", &rr->text) &&
           bytes_load(arena, o, "target", &rr->target) && bytes_load(arena, o, "value", &rr->value) &&
           bytes_load(arena, o, "tag", &rr->tag);
}

static bool load_section(struct arena *arena, const json_t *o, const char *name, struct dns_rr **ret, size_t *ret_n)
{
    const json_t *a = json_object_get(o, name);
    size_t n = json_array_size(a);

    if (!json_is_array(a) || n > DNS_MOST_RECORDS)
        return false;
    *ret = arena_array(arena, n ? n : 1, sizeof **ret);
    *ret_n = n;
    for (size_t i = 0; i < n; i++)
        if (!load_rr(arena, json_array_get(a, i), &(*ret)[i]))
            return false;
    return true;
}

bool dns_load(const json_t *o, struct arena *arena, void *ret)
{
    struct fact_dns *f = ret;
    const char *outcome = json_string_value(json_object_get(o, "outcome"));
    size_t i = 0;

    while (i < N_OF(outcome_words) && !(outcome && strcmp(outcome, outcome_words[i]) == 0))
        i++;
    if (i == N_OF(outcome_words))
        return false;
    f->outcome = (enum dns_outcome)i;
    f->type = (uint16_t)number(o, "type");
    f->rcode = (unsigned)number(o, "rcode");
    f->authoritative = json_is_true(json_object_get(o, "aa"));
    f->authenticated = json_is_true(json_object_get(o, "ad"));
    f->truncated = json_is_true(json_object_get(o, "tc"));
    f->recursion_available = json_is_true(json_object_get(o, "ra"));
    f->over_tcp = json_is_true(json_object_get(o, "tcp"));
    f->at_s = number(o, "at");
    f->took_us = number(o, "took_us");
    return bytes_load(arena, o, "name", &f->name) && bytes_load(arena, o, "server", &f->server) &&
           load_section(arena, o, "answer", &f->answer, &f->n_answer) &&
           load_section(arena, o, "authority", &f->authority, &f->n_authority) &&
           load_section(arena, o, "additional", &f->additional, &f->n_additional);
}
