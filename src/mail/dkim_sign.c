/* Signing: RFC 6376 section 5. */
#include <limits.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <string.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/err.h"
#include "mail/base64.h"
#include "mail/dkim_inside.h"

#define COLUMNS 78u

struct signing {
    struct arena *arena;
    const struct message *m;
    const struct dkim_signer *signer;
    EVP_PKEY *key;
    bool is_ed25519;
    struct str_list headers;
};

/* NOLINTNEXTLINE(readability-non-const-parameter): the shape that OpenSSL calls */
static int no_password(char *to, int size, int writing, void *context)
{
    (void)to, (void)size, (void)writing, (void)context;
    return -1;
}

static bool open_private(struct signing *s, struct err *reterr)
{
    struct str text = s->signer->private_key;
    BIO *bio = text.n && text.n < INT_MAX ? BIO_new_mem_buf(text.p, (int)text.n) : NULL;

    if (bio && str_has(text, STR("-----BEGIN")))
        s->key = PEM_read_bio_PrivateKey(bio, NULL, no_password, NULL);
    else if (bio)
        s->key = d2i_PrivateKey_bio(bio, NULL);
    BIO_free(bio);
    ERR_clear_error();
    if (!s->key)
        return err_set(reterr, ERR_USAGE,
                       "the DKIM private key cannot be read: it must be PEM or PKCS#8, not encrypted");
    s->is_ed25519 = EVP_PKEY_is_a(s->key, "ED25519");
    if (!s->is_ed25519 && !EVP_PKEY_is_a(s->key, "RSA"))
        return err_set(reterr, ERR_USAGE, "the DKIM private key is neither RSA nor Ed25519");
    if (s->is_ed25519 && s->signer->sha1)
        return err_set(reterr, ERR_USAGE, "there is no ed25519-sha1");
    return true;
}

/* Section 5.4.1; From once more than it is there, so that no other can be added. */
static void choose_headers(struct signing *s)
{
    static const char *const usual[] = {"From",
                                        "Reply-To",
                                        "Subject",
                                        "Date",
                                        "To",
                                        "Cc",
                                        "Sender",
                                        "Message-ID",
                                        "In-Reply-To",
                                        "References",
                                        "MIME-Version",
                                        "Content-Type",
                                        "Content-Transfer-Encoding",
                                        "List-Unsubscribe",
                                        "List-Unsubscribe-Post"};

    s->headers = s->signer->headers;
    if (s->headers.n)
        return;
    s->headers = (struct str_list){0};
    for (size_t i = 0; i < N_OF(usual); i++)
        for (size_t k = message_count(s->m, str_of(usual[i])); k; k--)
            str_list_add(s->arena, &s->headers, str_of(usual[i]));
    str_list_add(s->arena, &s->headers, STR("From"));
}

static bool hash_body(struct signing *s, struct str *ret, struct err *reterr)
{
    int64_t most = s->signer->body_length;
    struct canon_sink sink = {.md = EVP_MD_CTX_new(), .left = most < 0 ? UINT64_MAX : (uint64_t)most};
    unsigned char hash[EVP_MAX_MD_SIZE];
    unsigned n = 0;
    bool ok = sink.md && EVP_DigestInit_ex2(sink.md, s->signer->sha1 ? EVP_sha1() : EVP_sha256(), NULL);

    if (ok)
        canon_body(&sink, s->m->body, s->signer->body_canon);
    ok = ok && !sink.broken && EVP_DigestFinal_ex(sink.md, hash, &n);
    EVP_MD_CTX_free(sink.md);
    if (!ok)
        return err_set(reterr, ERR_SYSTEM, "the body could not be hashed");
    if (most >= 0 && sink.total < (uint64_t)most)
        return err_set(reterr, ERR_USAGE, "l= is longer than the body");
    *ret = base64_encode(s->arena, str_n((const char *)hash, n));
    return true;
}

/* A word goes on the line or on the next one. */
static void put(struct buf *b, size_t *column, const char *glue, struct str word)
{
    if (*column + strlen(glue) + word.n > COLUMNS) {
        buf_add_cstr(b, "\r\n\t");
        *column = 8;
    } else {
        buf_add_cstr(b, glue);
        *column += strlen(glue);
    }
    buf_add(b, word);
    *column += word.n;
}

/* A text that may be broken anywhere. */
static void put_long(struct buf *b, size_t *column, struct str text)
{
    while (text.n) {
        size_t room = *column < COLUMNS ? COLUMNS - *column : 0;
        if (!room) {
            buf_add_cstr(b, "\r\n\t");
            *column = 8;
            continue;
        }
        struct str part = str_first(text, room);
        buf_add(b, part);
        *column += part.n;
        text = str_from(text, part.n);
    }
}

static void put_number(struct signing *s, struct buf *b, size_t *column, const char *name, int64_t value)
{
    if (value >= 0)
        put(b, column, " ", str_fmt(s->arena, "%s=%lld;", name, (long long)value));
}

/* All but the value of b=. */
static void write_tags(struct signing *s, struct buf *b, size_t *column, struct str body_hash)
{
    static const char *const canons[] = {"simple", "relaxed"};
    const struct dkim_signer *how = s->signer;
    const char *algorithm = s->is_ed25519 ? "ed25519-sha256" : how->sha1 ? "rsa-sha1" : "rsa-sha256";

    buf_add_cstr(b, "DKIM-Signature: v=1;");
    *column = b->n;
    put(b, column, " ", str_fmt(s->arena, "a=%s;", algorithm));
    put(b, column, " ", str_fmt(s->arena, "c=%s/%s;", canons[how->header_canon], canons[how->body_canon]));
    put(b, column, " ", str_fmt(s->arena, "d=%.*s;", STR_ARG(how->domain)));
    put(b, column, " ", str_fmt(s->arena, "s=%.*s;", STR_ARG(how->selector)));
    if (how->identity.n)
        put(b, column, " ", str_fmt(s->arena, "i=%.*s;", STR_ARG(how->identity)));
    put_number(s, b, column, "t", how->signed_s);
    put_number(s, b, column, "x", how->expires_s);
    put_number(s, b, column, "l", how->body_length);
    for (size_t i = 0; i < s->headers.n; i++)
        put(b, column, i ? "" : " ",
            str_fmt(s->arena, "%s%.*s%s", i ? ":" : "h=", STR_ARG(s->headers.v[i]), i + 1 == s->headers.n ? ";" : ""));
    put(b, column, " ", STR("bh="));
    put_long(b, column, body_hash);
    buf_add_cstr(b, ";");
    ++*column;
    put(b, column, " ", STR("b="));
}

/* The bytes that are signed, then their signature. */
static bool sign_field(struct signing *s, struct str field, struct str *ret, struct err *reterr)
{
    struct message_field own = {.raw = field};
    struct dkim_signature sig = {.field = &own, .headers = s->headers};
    struct dkim_picks picks;
    struct buf text;
    unsigned char hash[DKIM_HASH_BYTES], *made = NULL;
    size_t n = 0;

    dkim_pick(s->arena, s->m, &sig, &picks);
    buf_init(&text, SIZE_MAX / 2);
    struct canon_sink sink = {.text = &text, .left = UINT64_MAX};
    for (size_t i = 0; i < picks.n; i++)
        if (picks.raw[i].n)
            canon_field(&sink, picks.raw[i], s->signer->header_canon, false);
    canon_field(&sink, picks.own, s->signer->header_canon, true);
    canon_flush(&sink);
    const unsigned char *data = (const unsigned char *)text.p;
    size_t n_data = text.n;
    EVP_MD_CTX *md = EVP_MD_CTX_new();
    bool ok = md != NULL;
    if (ok && s->is_ed25519) { /* RFC 8463 section 3: the hash is the message */
        ok = dkim_hash_start(md) && EVP_DigestUpdate(md, data, n_data) && dkim_hash_end(md, hash);
        data = hash;
        n_data = sizeof hash;
    }
    const EVP_MD *digest = s->is_ed25519 ? NULL : s->signer->sha1 ? EVP_sha1() : EVP_sha256();
    ok = ok && EVP_MD_CTX_reset(md) && EVP_DigestSignInit(md, NULL, digest, NULL, s->key) == 1 &&
         EVP_DigestSign(md, NULL, &n, data, n_data) == 1 && (made = arena_alloc(s->arena, n)) &&
         EVP_DigestSign(md, made, &n, data, n_data) == 1;
    EVP_MD_CTX_free(md);
    buf_free(&text);
    ERR_clear_error();
    if (!ok)
        return err_set(reterr, ERR_SYSTEM, "OpenSSL did not sign with the DKIM key");
    *ret = base64_encode(s->arena, str_n((const char *)made, n));
    return true;
}

bool dkim_sign(struct arena *arena, const struct message *m, const struct dkim_signer *signer, struct str *ret_field,
               struct err *reterr)
{
    struct signing s = {.arena = arena, .m = m, .signer = signer};
    struct str body_hash, signature;
    struct buf b;
    size_t column = 0;
    bool ok;

    buf_init(&b, MESSAGE_MOST_BYTES);
    ok = open_private(&s, reterr) && hash_body(&s, &body_hash, reterr);
    if (ok) {
        choose_headers(&s);
        write_tags(&s, &b, &column, body_hash);
        ok = sign_field(&s, str_fmt(arena, "%.*s\r\n", STR_ARG(buf_str(&b))), &signature, reterr);
    }
    if (ok) {
        put_long(&b, &column, signature);
        buf_add_cstr(&b, "\r\n");
        *ret_field = str_dup(arena, buf_str(&b));
    }
    buf_free(&b);
    EVP_PKEY_free(s.key);
    return ok;
}
