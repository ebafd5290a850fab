/* DKIM keys: email.dkim (the declared ones and those of declared senders), email.dkim-key (every key that was found).
 */
#include "checks/catalogue.h"
#include "checks/email_records.h"
#include "launch/launch.h"

#define SOUND_BITS 2048u
#define LEAST_BITS 1024u

static void note_unseen_keys(struct ask *q, const struct fact_senders *s)
{
    if (s->n_unseen)
        email_note_unseen(q, s->domain,
                          str_fmt(q->arena,
                                  "%zu of %zu names of DKIM keys and return paths were not answered for: %.*s",
                                  s->n_unseen, s->n_asked, STR_ARG(s->unseen_why)));
}

static void show_chain(struct findings *out, struct finding *f, const struct found_key *k)
{
    for (size_t i = 0; i < k->cnames.n && i < 4; i++)
        finding_evidence(out, f, i ? "then" : "CNAME", k->name, 0, "%.*s", STR_ARG(k->cnames.v[i]));
    if (k->n_texts)
        finding_evidence(out, f, "TXT", k->name, 0, "%.*s", STR_ARG(str_first(k->text, 300)));
}

static struct str owner_console(const struct found_key *k)
{
    return k->provider && k->provider->console.n ? k->provider->console : STR("your mail provider's console");
}

/* ---- one key ---- */

static struct finding *say_missing(struct ask *q, struct findings *out, const struct found_key *k)
{
    struct finding *f =
        say(out, FAIL, k->name,
            "The DKIM selector %.*s is declared, and there is no key: signatures made with it cannot be verified",
            STR_ARG(k->selector));

    (void)q;
    finding_evidence(out, f, "TXT", k->name, 0, "%s",
                     k->n_texts ? "no key stands there" : "no record, and no CNAME either");
    finding_fix(out, f,
                "Copy the record of %.*s from %.*s, or take the selector out of email.selectors if it is no longer in "
                "use. A message that arrived says in DKIM-Signature (s=) which selector is",
                STR_ARG(k->name), STR_ARG(owner_console(k)));
    return f;
}

static struct finding *say_dangling(struct findings *out, const struct found_key *k, enum status status)
{
    struct finding *f = say(out, status, k->name, "%.*s points to a name that holds no key", STR_ARG(k->name));

    finding_fix(out, f,
                "The record is right, the provider has not switched signing on: do that in %.*s. If the account is "
                "gone, delete the CNAME",
                STR_ARG(owner_console(k)));
    return f;
}

static struct finding *say_proxied(struct findings *out, const struct found_key *k)
{
    struct finding *f =
        say(out, FAIL, k->name, "A DKIM name is proxied by %.*s: receivers get an address instead of the key",
            STR_ARG(k->edge));

    finding_evidence(out, f, "answers", k->name, 0, "%.*s", STR_ARG(k->address));
    email_offer_dns_only(out, f, k->name, k->edge);
    return f;
}

/* Slots that a provider keeps empty until a rotation. */
static bool is_idle_slot(const struct fact_senders *all, const struct found_key *k)
{
    if (k->key.flaw != DKIM_KEY_REVOKED && k->state != KEY_DANGLING)
        return false;
    if (k->provider && k->provider->empty_slots)
        return true;
    for (size_t i = 0; k->provider && i < all->n_keys; i++) /* another key of the same provider is in use */
        if (&all->keys[i] != k && all->keys[i].provider == k->provider && found_key_works(&all->keys[i]))
            return true;
    return false;
}

/* An empty p= is also how a key is rightly retired: only who declares the selector says that it is in use. */
static struct finding *say_revoked(struct findings *out, const struct found_key *k, bool in_use)
{
    struct finding *f =
        say(out, in_use ? FAIL : WARN, k->name,
            in_use ? "The DKIM key %.*s is revoked (p= is empty): every signature fails"
                   : "The DKIM key %.*s is revoked (p= is empty): nothing may be signed with it any more",
            STR_ARG(k->selector));

    if (!in_use)
        f->severity = SEV_INFO;
    finding_fix(out, f,
                "If mail is still signed with this selector, publish its key again: it is shown in %.*s. If it was "
                "rotated away, %s",
                STR_ARG(owner_console(k)),
                in_use ? "take it out of email.selectors" : "the record can be deleted after some weeks");
    return f;
}

static struct finding *say_broken(struct findings *out, const struct found_key *k)
{
    struct finding *f = say(out, FAIL, k->name, "The DKIM key %.*s cannot be used: %.*s", STR_ARG(k->selector),
                            STR_ARG(k->key.flaw_text));

    finding_fix(
        out, f,
        "Paste the record anew from %.*s: whole, without quotes or line breaks of your own; long values are cut "
        "by the DNS provider itself",
        STR_ARG(owner_console(k)));
    return f;
}

static struct finding *say_idle(struct findings *out, const struct found_key *k)
{
    struct finding *f = say(out, PASS, k->name,
                            "%.*s is an empty slot of %.*s: for its next rotation, or until sending is set up there",
                            STR_ARG(k->selector), STR_ARG(k->provider->name));

    f->severity = SEV_INFO;
    return f;
}

/* Whether a slot is idle is told by the other keys: when those were not seen, nothing is said. */
static bool may_be_idle(const struct fact_senders *all, const struct found_key *k)
{
    bool empty = k->state == KEY_DANGLING || (k->state == KEY_PRESENT && k->key.flaw == DKIM_KEY_REVOKED);

    return empty && k->provider && all->n_unseen && !is_idle_slot(all, k);
}

static void judge_key(struct ask *q, struct findings *out, const struct fact_senders *all, const struct found_key *k,
                      bool in_use)
{
    struct finding *f = NULL;

    if (may_be_idle(all, k)) {
        note_unseen_keys(q, all);
        return;
    }
    switch (k->state) {
    case KEY_UNSEEN: email_note_unseen(q, k->name, k->why); return;
    case KEY_ABSENT: f = say_missing(q, out, k); break;
    case KEY_PROXIED: f = say_proxied(out, k); break;
    case KEY_DANGLING: f = is_idle_slot(all, k) ? say_idle(out, k) : say_dangling(out, k, in_use ? FAIL : WARN); break;
    case KEY_PRESENT:
        if (k->key.flaw == DKIM_KEY_NOT_A_KEY)
            f = say_missing(q, out, k);
        else if (k->key.flaw == DKIM_KEY_REVOKED)
            f = is_idle_slot(all, k) ? say_idle(out, k) : say_revoked(out, k, in_use);
        else if (k->key.flaw != DKIM_KEY_FINE && k->key.flaw != DKIM_KEY_SHORT)
            f = say_broken(out, k);
        break;
    }
    if (f) {
        f->key = k->selector;
        f->on_money_path = f->status == FAIL;
        show_chain(out, f, k);
    }
    if (k->state != KEY_PRESENT || k->key.flaw == DKIM_KEY_NOT_A_KEY)
        return;
    if (k->n_texts > 1) {
        f = say(out, WARN, k->name, "%zu TXT records stand at one selector: receivers may take the wrong one",
                k->n_texts);
        f->key = str_fmt(q->arena, "several %.*s", STR_ARG(k->selector));
        finding_fix(out, f, "Keep the one that %.*s shows", STR_ARG(owner_console(k)));
    }
    if (k->key.testing && k->key.flaw == DKIM_KEY_FINE) {
        f = say(out, in_use ? FAIL : WARN, k->name,
                "The DKIM key %.*s says that it is a test (t=y): receivers may treat signed mail as unsigned",
                STR_ARG(k->selector));
        f->severity = SEV_MEDIUM;
        f->key = str_fmt(q->arena, "testing %.*s", STR_ARG(k->selector));
        show_chain(out, f, k);
        finding_fix(out, f, "Publish the record again without y in t=");
    }
}

/* ---- email.dkim ---- */

/* By its selector or by its provider. */
static bool is_declared_key(const struct fact_senders *all, const struct found_key *k)
{
    bool declared = k->declared;

    for (size_t i = 0; k->provider && !declared && i < all->n; i++)
        declared = all->v[i].provider == k->provider && all->v[i].declared;
    return declared;
}

static bool has_loose_selector(const struct fact_senders *all)
{
    for (size_t i = 0; i < all->n_keys; i++)
        if (all->keys[i].declared && !all->keys[i].provider)
            return true;
    return false;
}

/* Whether the DNS could be asked for every key that the provider needs. */
static bool keys_can_be_seen(const struct sender *s)
{
    bool any = false;

    for (size_t i = 0; i < s->n_records; i++) {
        const struct sender_record *r = &s->records[i];
        if (!str_has(r->host, STR("_domainkey")))
            continue;
        if (r->state == RECORD_HIDDEN || r->state == RECORD_UNSEEN)
            return false;
        any = true;
    }
    return any;
}

static bool has_proxied_key(const struct sender *s)
{
    for (size_t i = 0; i < s->n_records; i++)
        if (s->records[i].state == RECORD_PROXIED && str_has(s->records[i].host, STR("_domainkey")))
            return true;
    return false;
}

/* A working key at the provider's selector, pasted as TXT where the provider publishes a CNAME. */
static const struct found_key *copied_key(const struct fact_senders *all, const struct sender *s)
{
    for (size_t i = 0; i < all->n_keys; i++)
        if (!all->keys[i].provider && found_key_works(&all->keys[i]) &&
            str_list_has_nocase(&s->provider->selectors, all->keys[i].selector))
            return &all->keys[i];
    return NULL;
}

static void say_copied(struct ask *q, struct findings *out, const struct fact_senders *all, const struct sender *s,
                       const struct found_key *k)
{
    struct finding *f = say(out, WARN, k->name,
                            "The key %.*s is a copy, or not of %.*s: it publishes a CNAME there, so that it can change "
                            "its keys",
                            STR_ARG(k->selector), STR_ARG(s->name));

    f->key = s->id;
    finding_remove_record(out, f, str_cstr(q->arena, k->name), "TXT", "%.*s", STR_ARG(k->text));
    email_offer_records(q, out, f, all, s, WANT_KEYS);
}

/* One of the provider's CNAMEs is there and another is not. An older account, with TXT keys alone, is left alone. */
static void judge_missing_alias(struct ask *q, struct findings *out, const struct fact_senders *all,
                                const struct sender *s)
{
    const struct sender_record *missing = NULL;
    bool other = false;

    for (size_t i = 0; i < s->n_records; i++) {
        const struct sender_record *r = &s->records[i];
        if (!r->wanted->needed || !str_has(r->host, STR("_domainkey")) || !str_eq(r->wanted->type, STR("CNAME")))
            continue;
        other |= r->state == RECORD_PRESENT;
        if (r->state == RECORD_ABSENT && !missing)
            missing = r;
    }
    if (!missing || !other)
        return;
    struct finding *f = say(out, WARN, missing->name,
                            "%.*s is not there, while another DKIM record of %.*s is: it changes between them, and "
                            "signatures fail from the day on which it does",
                            STR_ARG(missing->name), STR_ARG(s->name));
    f->severity = SEV_LOW;
    f->key = str_fmt(q->arena, "part %.*s", STR_ARG(s->id));
    email_offer_records(q, out, f, all, s, WANT_KEYS);
}

static void judge_declared(struct ask *q, struct findings *out, const struct fact_senders *all, const struct sender *s)
{
    const struct provider *p = s->provider;
    struct finding *f;

    if (!p || !(p->paths & PATH_DKIM) || has_proxied_key(s))
        return;
    if (s->n_keys)
        judge_missing_alias(q, out, all, s);
    if (s->n_keys || has_loose_selector(all) || sender_keys_are_optional(s))
        return;
    for (size_t i = 0; i < all->n_keys; i++) /* a declared key of it is judged by itself */
        if (all->keys[i].provider == p && all->keys[i].declared)
            return;
    if (all->n_unseen) {
        note_unseen_keys(q, all);
        return;
    }
    const struct found_key *copy = copied_key(all, s);
    if (copy) {
        say_copied(q, out, all, s, copy);
        return;
    }
    if (!keys_can_be_seen(s)) {
        f = say(out, WARN, all->domain, "No DKIM key of %.*s was found; its selectors differ for each account",
                STR_ARG(p->name));
        f->severity = SEV_LOW;
        finding_fix(out, f,
                    "Look in %.*s which selectors it signs with and write them into launchready.yaml, so that they are "
                    "watched:\nemail:\n  selectors: [...]",
                    STR_ARG(p->console.n ? p->console : STR("its console")));
    } else {
        f = say(out, FAIL, all->domain, "%.*s is declared and has no DKIM key: its mail goes out unsigned",
                STR_ARG(p->name));
        email_offer_records(q, out, f, all, s, WANT_KEYS);
    }
    f->key = p->id;
}

static void judge_proxied_records(struct findings *out, const struct sender *s, const struct fact_senders *all,
                                  bool keys)
{
    for (size_t i = 0; i < s->n_records; i++) {
        const struct sender_record *r = &s->records[i];
        if (r->state != RECORD_PROXIED || str_has(r->host, STR("_domainkey")) != keys)
            continue;
        bool said = false;
        for (size_t k = 0; k < all->n_keys; k++)
            said |= str_eq(all->keys[k].name, r->name);
        if (said)
            continue;
        struct finding *f =
            say(out, FAIL, r->name, "%.*s of %.*s is proxied: receivers get an address instead of the key",
                STR_ARG(r->name), STR_ARG(s->name));
        f->key = r->host;
        finding_evidence(out, f, "answers", r->name, 0, "%.*s", STR_ARG(r->seen));
        email_offer_dns_only(out, f, r->name, STR_NONE);
    }
}

void check_email_dkim(struct ask *q, struct findings *out)
{
    const struct fact_senders *s = fact_senders(q, q->domain);

    if (!s || q->launch->email.none)
        return;
    for (size_t i = 0; i < s->n_keys; i++)
        if (is_declared_key(s, &s->keys[i]))
            judge_key(q, out, s, &s->keys[i], true);
    for (size_t i = 0; i < s->n; i++)
        if (s->v[i].declared) {
            judge_declared(q, out, s, &s->v[i]);
            judge_proxied_records(out, &s->v[i], s, true);
        }
    bool any = q->launch->email.selectors.n || q->launch->email.senders.n;
    for (size_t i = 0; i < s->n_keys; i++)
        any |= found_key_works(&s->keys[i]);
    if (any || s->null_mx)
        return;
    if (s->mx_unseen) /* a null MX would say that there is no mail to sign */
        email_note_unseen(q, s->domain, STR("the MX records were not answered for"));
    if (s->n_unseen)
        note_unseen_keys(q, s);
    if (s->n_unseen || s->mx_unseen)
        return;
    struct finding *f =
        say(out, WARN, s->domain, "No DKIM key was found under any well-known selector (%zu names were asked for)",
            s->n_asked);
    f->key = STR("none");
    finding_fix(out, f,
                "Look in your mail provider's console which selector it signs with (DKIM, or e-mail authentication), "
                "publish its record, and write it into launchready.yaml:\nemail:\n  selectors: [google]");
}

/* ---- email.dkim-key ---- */

/* Its length is the provider's decision, not the owner's. */
static bool is_made_by_provider(const struct found_key *k)
{
    return k->provider && (k->by_cname || str_eq(k->provider->id, STR("postmark")));
}

static void judge_length(struct findings *out, const struct found_key *k)
{
    struct finding *f = NULL;

    if (k->key.is_ed25519 || !k->key.bits || k->key.bits >= SOUND_BITS)
        return;
    if (k->key.bits < LEAST_BITS) {
        f = say(out, FAIL, k->name,
                "The DKIM key %.*s has %u bits: receivers ignore keys under %u, and it can be broken on one computer",
                STR_ARG(k->selector), k->key.bits, LEAST_BITS);
        f->severity = SEV_HIGH;
    } else {
        f = say(out, WARN, k->name, "The DKIM key %.*s has %u bits; %u are advised", STR_ARG(k->selector), k->key.bits,
                SOUND_BITS);
        f->severity = is_made_by_provider(k) ? SEV_INFO : SEV_LOW;
    }
    f->key = k->selector;
    show_chain(out, f, k);
    finding_expected(out, f, "RSA with %u bits or more, or Ed25519", SOUND_BITS);
    finding_fix(out, f,
                "Make a new key of %u bits under a new selector in %.*s, publish it, switch over, and delete the old "
                "record a week later",
                SOUND_BITS, STR_ARG(owner_console(k)));
}

void check_email_dkim_key(struct ask *q, struct findings *out)
{
    const struct fact_senders *s = fact_senders(q, q->domain);

    if (!s)
        return;
    for (size_t i = 0; i < s->n_keys; i++) {
        const struct found_key *k = &s->keys[i];
        if (k->state == KEY_PRESENT)
            judge_length(out, k);
        if (!is_declared_key(s, k))
            judge_key(q, out, s, k, false);
    }
    for (size_t i = 0; i < s->n; i++)
        if (!s->v[i].declared)
            judge_proxied_records(out, &s->v[i], s, true);
    note_unseen_keys(q, s);
}
