/* dns.dnssec: does the chain from the parent's DS hold (RFC 4035 section 5)? An unsigned zone is fine. */
#include <ldns/ldns.h>
#include <stdlib.h>

#include "checks/catalogue.h"
#include "checks/check_dns.h"
#include "core/clock.h"

#define KEYS_MOST 32u

static ldns_rr *rr_of(struct arena *arena, const struct dns_rr *rr)
{
    struct str type = dns_type_name(arena, rr->type);
    struct str line =
        str_fmt(arena, "%.*s. %u IN %.*s %.*s", STR_ARG(rr->owner), rr->ttl_s, STR_ARG(type), STR_ARG(rr->text));
    ldns_rr *made = NULL;

    return ldns_rr_new_frm_str(&made, line.p, 0, NULL, NULL) == LDNS_STATUS_OK ? made : NULL;
}

/* Does the DS name this key (RFC 4034 section 5.1.4)? A digest that ldns cannot make is believed. */
static bool ds_names_key(struct arena *arena, const struct dns_rr *ds, const struct dns_rr *key)
{
    if (ds->number != key->number || ds->algorithm != key->algorithm)
        return false;
    ldns_rr *k = rr_of(arena, key), *want = rr_of(arena, ds), *made = NULL;
    bool same = true;

    if (k && want &&
        (ds->digest_type == LDNS_SHA1 || ds->digest_type == LDNS_SHA256 || ds->digest_type == LDNS_SHA384)) {
        made = ldns_key_rr2ds(k, (ldns_hash)ds->digest_type);
        same = made && ldns_rdf_compare(ldns_rr_rdf(made, 3), ldns_rr_rdf(want, 3)) == 0;
    }
    ldns_rr_free(k);
    ldns_rr_free(want);
    ldns_rr_free(made);
    return same;
}

static struct str ds_text(struct arena *arena, const struct fact_zone *z)
{
    struct str all = STR_NONE;

    for (size_t i = 0; i < z->n_ds && i < 8; i++)
        all = str_fmt(arena, "%.*s%skey tag %u, algorithm %u, digest %u", STR_ARG(all), i ? "; " : "", z->ds[i].number,
                      z->ds[i].algorithm, z->ds[i].digest_type);
    return all;
}

static struct str keys_text(struct arena *arena, const struct fact_dns *keys)
{
    struct str all = STR_NONE;
    size_t n = 0;

    for (size_t i = 0; i < keys->n_answer && n < 8; i++)
        if (keys->answer[i].type == DNS_DNSKEY)
            all = str_fmt(arena, "%.*s%skey tag %u, algorithm %u", STR_ARG(all), n++ ? "; " : "",
                          keys->answer[i].number, keys->answer[i].algorithm);
    return all.n ? all : STR("none");
}

static void show_ds(struct ask *q, struct findings *out, struct finding *f, const struct fact_zone *z)
{
    finding_evidence(out, f, "DS at the parent", z->parent_server, 0, "%.*s", STR_ARG(ds_text(q->arena, z)));
}

static void remove_ds(struct ask *q, struct findings *out, struct finding *f, const struct fact_zone *z)
{
    for (size_t i = 0; i < z->n_ds; i++)
        finding_remove_record(out, f, str_cstr(q->arena, z->apex), "DS", "%.*s", STR_ARG(z->ds[i].text));
}

/* A broken chain: who validates (most phones and offices do) gets SERVFAIL for every name. */
static void say_stale(struct ask *q, struct findings *out, const struct fact_zone *z, const struct fact_dns *keys)
{
    struct finding *f;

    if (keys->outcome != DNS_ANSWER)
        f = say(out, FAIL, z->apex, "The parent has a DS record but the zone is not signed");
    else
        f = say(out, FAIL, z->apex, "The DS record at the parent fits no key of the zone");
    f->key = STR("ds");
    show_ds(q, out, f, z);
    finding_evidence(out, f, "DNSKEY in the zone", keys->server, keys->at_s, "%.*s",
                     STR_ARG(keys_text(q->arena, keys)));
    remove_ds(q, out, f, z);
    finding_fix(out, f,
                "At the registrar delete the DS record (or enter the one that %s shows for its own key). Validating "
                "resolvers answer SERVFAIL for every name until it is gone and one DS TTL has passed",
                dns_provider(z));
}

static void judge_dates(struct ask *q, struct findings *out, const struct fact_zone *z, const struct fact_dns *f,
                        uint16_t covered)
{
    const struct dns_rr *worst = NULL;
    bool any_valid = false;

    for (size_t i = 0; i < f->n_answer; i++) {
        const struct dns_rr *sig = &f->answer[i];
        if (sig->type != DNS_RRSIG || sig->covered != covered)
            continue;
        if (sig->from_s <= q->now_s && q->now_s <= sig->until_s)
            any_valid = true;
        else
            worst = sig;
    }
    if (any_valid || !worst)
        return;
    bool expired = worst->until_s < q->now_s;
    struct finding *found =
        say(out, FAIL, z->apex,
            expired ? "The zone's signatures have expired (%.*s)" : "The zone's signatures are not valid yet (%.*s)",
            STR_ARG(clock_rfc3339(q->arena, expired ? worst->until_s : worst->from_s)));
    found->key = STR("dates");
    show_ds(q, out, found, z);
    finding_evidence(out, found, "RRSIG", f->server, f->at_s, "over %.*s by key %u, from %.*s until %.*s",
                     STR_ARG(dns_type_name(q->arena, covered)), worst->number,
                     STR_ARG(clock_rfc3339(q->arena, worst->from_s)), STR_ARG(clock_rfc3339(q->arena, worst->until_s)));
    remove_ds(q, out, found, z);
    finding_fix(out, found,
                "At %s sign the zone again and see why signing stopped. If that takes longer than an hour, delete the "
                "DS record at the registrar until it is repaired",
                dns_provider(z));
}

/* Is there a signature over the type, made by one of the keys? Without any the chain ends here. */
static bool is_signed(const struct fact_dns *f, uint16_t covered)
{
    for (size_t i = 0; i < f->n_answer; i++)
        if (f->answer[i].type == DNS_RRSIG && f->answer[i].covered == covered)
            return true;
    return false;
}

/* The signatures themselves, against the keys: RFC 4035 section 5.3.3. */
static bool verifies(struct ask *q, const struct fact_dns *keys, const struct fact_dns *f, uint16_t covered)
{
    ldns_rr_list *set = ldns_rr_list_new(), *signatures = ldns_rr_list_new(), *by = ldns_rr_list_new();
    bool ok = true;

    for (size_t i = 0; i < f->n_answer; i++) {
        const struct dns_rr *rr = &f->answer[i];
        bool is_sig = rr->type == DNS_RRSIG && rr->covered == covered;
        ldns_rr *made = is_sig || rr->type == covered ? rr_of(q->arena, rr) : NULL;
        if (made)
            ldns_rr_list_push_rr(is_sig ? signatures : set, made);
    }
    for (size_t i = 0; i < keys->n_answer && ldns_rr_list_rr_count(by) < KEYS_MOST; i++) {
        ldns_rr *made = keys->answer[i].type == DNS_DNSKEY ? rr_of(q->arena, &keys->answer[i]) : NULL;
        if (made)
            ldns_rr_list_push_rr(by, made);
    }
    if (ldns_rr_list_rr_count(set) && ldns_rr_list_rr_count(signatures)) {
        ldns_status status = ldns_verify_time(set, signatures, by, (time_t)q->now_s, NULL);
        ok = status == LDNS_STATUS_OK || status == LDNS_STATUS_CRYPTO_UNKNOWN_ALGO;
    }
    ldns_rr_list_deep_free(set);
    ldns_rr_list_deep_free(signatures);
    ldns_rr_list_deep_free(by);
    return ok;
}

static void judge_signatures(struct ask *q, struct findings *out, const struct fact_zone *z,
                             const struct fact_dns *keys, const struct fact_dns *f, uint16_t covered)
{
    size_t before = out->n;

    if (!f || f->outcome != DNS_ANSWER)
        return;
    if (is_signed(f, covered)) {
        judge_dates(q, out, z, f, covered);
        if (out->n > before || verifies(q, keys, f, covered))
            return;
    }
    bool is_unsigned = !is_signed(f, covered);
    struct finding *found = say(out, FAIL, z->apex,
                                is_unsigned ? "A name server serves the signed zone without signatures"
                                            : "The zone's signatures do not fit its records");
    found->key = STR("signatures");
    show_ds(q, out, found, z);
    finding_evidence(out, found, "answer", f->server, f->at_s, "%.*s %s", STR_ARG(dns_type_name(q->arena, covered)),
                     is_unsigned ? "without RRSIG" : "whose RRSIG does not verify");
    finding_fix(out, found, "At %s sign the zone again, and see that every server loads the signed zone",
                dns_provider(z));
}

/* What a validating resolver makes of it: SERVFAIL, but an answer when told not to check. */
static void judge_resolver(struct ask *q, struct findings *out, const struct fact_zone *z)
{
    const struct fact_dns *checked = fact_dns(q, z->apex, DNS_SOA);

    if (checked)
        return;
    const struct err why = *ask_tolerate(q);
    const struct fact_dns *unchecked = fact_dns_unchecked(q, z->apex, DNS_SOA);
    if (!unchecked)
        return; /* broken, not bogus: stays unseen */
    if (why.kind != ERR_DNS_FAILED) {
        ask_note(q, STR("dns SOA"), &why);
        return;
    }
    struct finding *f = say(out, FAIL, z->apex, "Validating resolvers reject the zone (SERVFAIL)");
    f->key = STR("bogus");
    show_ds(q, out, f, z);
    finding_evidence(out, f, "with checking", unchecked->server, unchecked->at_s, "%s", why.text);
    finding_evidence(out, f, "without checking", unchecked->server, unchecked->at_s, "%s",
                     dns_outcome_words(unchecked));
    remove_ds(q, out, f, z);
    finding_fix(out, f, "At %s sign the zone again; until then delete the DS record at the registrar", dns_provider(z));
}

static const struct fact_dns *keys_of(struct ask *q, const struct fact_zone *z)
{
    const struct zone_server *s = dns_authority(z, 0);
    struct err err;

    if (s)
        return fact_dns_at(q, s->ip, z->apex, DNS_DNSKEY);
    err_set(&err, ERR_DNS_FAILED, "no server of %.*s answers with authority", STR_ARG(z->apex));
    err_at(&err, "%.*s", STR_ARG(z->apex));
    return ask_note(q, STR("zone"), &err);
}

void check_dns_dnssec(struct ask *q, struct findings *out)
{
    /* The domain's own addresses may be unseen just because the chain is broken: ask the zone first. */
    const struct fact_zone *z = fact_zone(q, q->domain);
    const struct zone_server *s;
    size_t before = out->n;

    if (!z)
        return;
    if (!z->parent_ns.n) {
        dns_own_zone(q); /* says why there is none */
        return;
    }
    if (z->n_ds == 0)
        return;
    const struct fact_dns *keys = keys_of(q, z);
    if (!keys)
        return;
    bool named = false;
    for (size_t d = 0; d < z->n_ds; d++)
        for (size_t k = 0; k < keys->n_answer; k++)
            named =
                named || (keys->answer[k].type == DNS_DNSKEY && ds_names_key(q->arena, &z->ds[d], &keys->answer[k]));
    if (!named) {
        say_stale(q, out, z, keys);
        return;
    }
    judge_signatures(q, out, z, keys, keys, DNS_DNSKEY);
    for (size_t i = 0; out->n == before && (s = dns_authority(z, i)); i++)
        judge_signatures(q, out, z, keys, fact_dns_at(q, s->ip, z->apex, DNS_SOA), DNS_SOA);
    if (out->n == before)
        judge_resolver(q, out, z);
}
