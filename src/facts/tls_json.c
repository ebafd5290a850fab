/* TLS facts to and from what --record writes. */
#include <jansson.h>
#include <string.h>

#include "facts/tls_inside.h"

static const char *const trust_words[] = {
    [TLS_TRUSTED] = "trusted", [TLS_INCOMPLETE] = "incomplete",   [TLS_EXPIRED] = "expired",
    [TLS_NOT_YET] = "not-yet", [TLS_SELF_SIGNED] = "self-signed", [TLS_UNTRUSTED] = "untrusted",
    [TLS_BROKEN] = "broken",
};
static const char *const revocation_words[] = {
    [TLS_REVOCATION_UNKNOWN] = "unknown", [TLS_GOOD] = "good", [TLS_REVOKED] = "revoked"};
static const char *const answer_words[] = {
    [TLS_NOT_SEEN] = "not-seen", [TLS_REFUSED] = "refused", [TLS_ACCEPTED] = "accepted"};

static void put(json_t *to, const char *name, struct str s)
{
    json_object_set_new(to, name, json_stringn(s.p ? s.p : "", s.n));
}

static json_t *save_cert(const struct tls_cert *c)
{
    json_t *to = json_object(), *names = json_array();

    put(to, "subject", c->subject);
    put(to, "issuer", c->issuer);
    put(to, "issuer_org", c->issuer_org);
    put(to, "serial", c->serial);
    put(to, "sha256", c->sha256);
    for (size_t i = 0; i < c->names.n; i++)
        json_array_append_new(names, json_stringn(c->names.v[i].p, c->names.v[i].n));
    json_object_set_new(to, "names", names);
    json_object_set_new(to, "n_names", json_integer((json_int_t)c->n_names));
    json_object_set_new(to, "from_s", json_integer(c->from_s));
    json_object_set_new(to, "until_s", json_integer(c->until_s));
    put(to, "key", c->key);
    json_object_set_new(to, "key_bits", json_integer(c->key_bits));
    json_object_set_new(to, "key_is_rsa", json_boolean(c->key_is_rsa));
    put(to, "signature", c->signature);
    json_object_set_new(to, "signature_weak", json_boolean(c->signature_weak));
    json_object_set_new(to, "self_issued", json_boolean(c->self_issued));
    json_object_set_new(to, "is_ca", json_boolean(c->is_ca));
    json_object_set_new(to, "must_staple", json_boolean(c->must_staple));
    put(to, "ca_issuers", c->ca_issuers);
    put(to, "ocsp_url", c->ocsp_url);
    put(to, "crl_url", c->crl_url);
    return to;
}

static json_t *save_answers(const enum tls_answer *v, size_t n)
{
    json_t *to = json_array();

    for (size_t i = 0; i < n; i++)
        json_array_append_new(to, json_string(answer_words[v[i]]));
    return to;
}

json_t *tls_save(const void *fact)
{
    const struct fact_tls *t = fact;
    json_t *to = json_object(), *chain = json_array();

    put(to, "host", t->host);
    put(to, "address", t->address);
    for (size_t i = 0; i < t->n_chain; i++)
        json_array_append_new(chain, save_cert(&t->chain[i]));
    json_object_set_new(to, "chain", chain);
    json_object_set_new(to, "trust", json_string(trust_words[t->trust]));
    put(to, "trust_detail", t->trust_detail);
    json_object_set_new(to, "name_matches", json_boolean(t->name_matches));
    json_object_set_new(to, "chain_ordered", json_boolean(t->chain_ordered));
    json_object_set_new(to, "fixed_by_aia", json_boolean(t->fixed_by_aia));
    json_object_set_new(to, "stapled", json_boolean(t->stapled));
    json_object_set_new(to, "revocation", json_string(revocation_words[t->revocation]));
    put(to, "revocation_source", t->revocation_source);
    json_object_set_new(to, "versions", save_answers(t->versions, TLS_N_VERSIONS));
    json_object_set_new(to, "ciphers", save_answers(t->ciphers, TLS_N_CIPHER_CLASSES));
    put(to, "protocol", t->protocol);
    put(to, "cipher", t->cipher);
    put(to, "alpn", t->alpn);
    json_object_set_new(to, "handshake_us", json_integer(t->handshake_us));
    json_object_set_new(to, "at_s", json_integer(t->at_s));
    return to;
}

static struct str get(const json_t *from, const char *name, struct arena *arena)
{
    const json_t *s = json_object_get(from, name);

    return json_is_string(s) ? str_dup(arena, str_n(json_string_value(s), json_string_length(s))) : STR_NONE;
}

static int64_t get_number(const json_t *from, const char *name)
{
    return json_integer_value(json_object_get(from, name));
}

static bool get_bool(const json_t *from, const char *name)
{
    return json_is_true(json_object_get(from, name));
}

/* False for a word that is not one of them. */
static bool get_word(const json_t *word, const char *const *words, size_t n, unsigned *ret)
{
    const char *s = json_string_value(word);

    for (unsigned i = 0; s && i < n; i++)
        if (strcmp(s, words[i]) == 0) {
            *ret = i;
            return true;
        }
    return false;
}

static bool load_answers(const json_t *from, enum tls_answer *v, size_t n)
{
    if (json_array_size(from) != n)
        return false;
    for (size_t i = 0; i < n; i++) {
        unsigned word;
        if (!get_word(json_array_get(from, i), answer_words, N_OF(answer_words), &word))
            return false;
        v[i] = (enum tls_answer)word;
    }
    return true;
}

static void load_cert(const json_t *from, struct arena *arena, struct tls_cert *ret)
{
    const json_t *names = json_object_get(from, "names");

    ret->subject = get(from, "subject", arena);
    ret->issuer = get(from, "issuer", arena);
    ret->issuer_org = get(from, "issuer_org", arena);
    ret->serial = get(from, "serial", arena);
    ret->sha256 = get(from, "sha256", arena);
    for (size_t i = 0; i < json_array_size(names) && i < TLS_MOST_NAMES; i++) {
        const json_t *name = json_array_get(names, i);
        if (json_is_string(name))
            str_list_add(arena, &ret->names, str_dup(arena, str_n(json_string_value(name), json_string_length(name))));
    }
    ret->n_names = (size_t)get_number(from, "n_names");
    ret->from_s = get_number(from, "from_s");
    ret->until_s = get_number(from, "until_s");
    ret->key = get(from, "key", arena);
    ret->key_bits = (unsigned)get_number(from, "key_bits");
    ret->key_is_rsa = get_bool(from, "key_is_rsa");
    ret->signature = get(from, "signature", arena);
    ret->signature_weak = get_bool(from, "signature_weak");
    ret->self_issued = get_bool(from, "self_issued");
    ret->is_ca = get_bool(from, "is_ca");
    ret->must_staple = get_bool(from, "must_staple");
    ret->ca_issuers = get(from, "ca_issuers", arena);
    ret->ocsp_url = get(from, "ocsp_url", arena);
    ret->crl_url = get(from, "crl_url", arena);
}

bool tls_load(const struct json_t *json, struct arena *arena, void *ret)
{
    struct fact_tls t = {0};
    const json_t *chain = json_object_get(json, "chain");
    unsigned trust, revocation;

    if (!json_is_array(chain) || json_array_size(chain) > TLS_MOST_CHAIN ||
        !get_word(json_object_get(json, "trust"), trust_words, N_OF(trust_words), &trust) ||
        !get_word(json_object_get(json, "revocation"), revocation_words, N_OF(revocation_words), &revocation) ||
        !load_answers(json_object_get(json, "versions"), t.versions, TLS_N_VERSIONS) ||
        !load_answers(json_object_get(json, "ciphers"), t.ciphers, TLS_N_CIPHER_CLASSES))
        return false;
    t.n_chain = json_array_size(chain);
    t.chain = arena_array(arena, t.n_chain ? t.n_chain : 1, sizeof *t.chain);
    for (size_t i = 0; i < t.n_chain; i++)
        load_cert(json_array_get(chain, i), arena, &t.chain[i]);
    t.host = get(json, "host", arena);
    t.address = get(json, "address", arena);
    t.trust = (enum tls_trust)trust;
    t.trust_detail = get(json, "trust_detail", arena);
    t.name_matches = get_bool(json, "name_matches");
    t.chain_ordered = get_bool(json, "chain_ordered");
    t.fixed_by_aia = get_bool(json, "fixed_by_aia");
    t.stapled = get_bool(json, "stapled");
    t.revocation = (enum tls_revocation)revocation;
    t.revocation_source = get(json, "revocation_source", arena);
    t.protocol = get(json, "protocol", arena);
    t.cipher = get(json, "cipher", arena);
    t.alpn = get(json, "alpn", arena);
    t.handshake_us = get_number(json, "handshake_us");
    t.at_s = get_number(json, "at_s");
    memcpy(ret, &t, sizeof t);
    return true;
}
