#include "mail_scene.h"

#include "test.h"

#include <openssl/evp.h>
#include <openssl/pem.h>

#include "mail_zone.h"

#define NOW 1795514400 /* 2026-11-24T10:00:00Z */

static struct str private_key; /* PEM */
static char public_key[64];    /* base64 of the 32 bytes */
static struct arena *lasting;

int scene_open(void **state)
{
    EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    BIO *bio = BIO_new(BIO_s_mem());
    unsigned char raw[32];
    size_t n = sizeof raw;
    char *pem;

    (void)state;
    lasting = arena_new(ARENA_MB(1));
    if (!key || !bio || PEM_write_bio_PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL) != 1 ||
        EVP_PKEY_get_raw_public_key(key, raw, &n) != 1)
        return -1;
    long length = BIO_get_mem_data(bio, &pem);
    private_key = str_dup(lasting, str_n(pem, (size_t)length));
    EVP_EncodeBlock((unsigned char *)public_key, raw, (int)n);
    BIO_free(bio);
    EVP_PKEY_free(key);
    return 0;
}

int scene_close(void **state)
{
    (void)state;
    arena_free(lasting);
    return 0;
}

static const char usual[] = "shop.example MX 10 mail.shop.example\n"
                            "shop.example A 203.0.113.5\n"
                            "shop.example TXT v=spf1 ip4:203.0.113.5 -all\n"
                            "bounce.shop.example TXT v=spf1 ip4:203.0.113.5 -all\n"
                            "mail.shop.example A 203.0.113.5\n"
                            "mail.shop.example TXT v=spf1 a -all\n"
                            "_dmarc.shop.example TXT v=DMARC1; p=reject\n"
                            "5.113.0.203.in-addr.arpa PTR mail.shop.example\n"
                            "esp.example MX 10 out.esp.example\n"
                            "esp.example TXT v=spf1 ip4:203.0.113.77 -all\n"
                            "out.esp.example A 203.0.113.77\n"
                            "77.113.0.203.in-addr.arpa PTR out.esp.example\n"
                            "bare.example MX 10 mail.shop.example\n"
                            "bare.example TXT v=spf1 ip4:203.0.113.5 -all\n"
                            "strict.example MX 10 mail.shop.example\n"
                            "strict.example TXT v=spf1 ip4:203.0.113.5 -all\n"
                            "bounce.strict.example TXT v=spf1 ip4:203.0.113.5 -all\n"
                            "_dmarc.strict.example TXT v=DMARC1; p=quarantine; aspf=s; adkim=s\n";

struct mail_zone *scene_zone(struct arena *arena, const char *more)
{
    struct mail_zone *zone = mail_zone_new(arena);
    static const char *const signers[] = {"shop.example", "esp.example", "bare.example", "news.strict.example"};

    mail_zone_add_lines(zone, usual);
    for (size_t i = 0; i < N_OF(signers); i++)
        mail_zone_add(zone, str_fmt(arena, "s1._domainkey.%s", signers[i]).p, "TXT",
                      str_fmt(arena, "v=DKIM1; k=ed25519; p=%s", public_key));
    if (more)
        mail_zone_add_lines(zone, more);
    return zone;
}

static struct str sign(struct arena *arena, struct str text, const char *domain)
{
    struct dkim_signer signer = {.domain = str_of(domain),
                                 .selector = STR("s1"),
                                 .private_key = private_key,
                                 .header_canon = DKIM_RELAXED,
                                 .body_canon = DKIM_RELAXED,
                                 .signed_s = NOW,
                                 .expires_s = -1,
                                 .body_length = -1};
    struct message m;
    struct err err;
    struct str field = STR_NONE;

    if (!message_parse(arena, text, &m, &err) || !dkim_sign(arena, &m, &signer, &field, &err))
        fail_msg("cannot sign: %s", err.text);
    return str_fmt(arena, "%.*s%.*s", STR_ARG(field), STR_ARG(text));
}

struct str scene_message(struct arena *arena, const struct sent *sent)
{
    struct str text = str_fmt(arena, "%s\r\nThank you.\r\n", sent->head);

    if (sent->signer)
        text = sign(arena, text, sent->signer);
    if (sent->client)
        text = str_fmt(arena,
                       "Received: from %s\r\n\tby mx.box.example (Postfix) with ESMTPS id 1;\r\n"
                       "\tTue, 24 Nov 2026 10:00:02 +0000\r\n%.*s",
                       sent->client, STR_ARG(text));
    if (sent->return_path)
        text = str_fmt(arena, "Return-Path: <%s>\r\n%.*s", sent->return_path, STR_ARG(text));
    return str_fmt(arena, "%.*s%s", STR_ARG(text), sent->added ? sent->added : "");
}

void scene_judge(struct arena *arena, struct mail_zone *zone, struct str text, const struct verify_options *options,
                 struct verify_report *ret)
{
    struct mail_resolver dns = mail_zone_resolver(zone);
    struct verify_options o = options ? *options : (struct verify_options){0};
    struct message *m = arena_alloc(arena, sizeof *m);
    struct err err;

    if (!message_parse(arena, text, m, &err))
        fail_msg("not read: %s", err.text);
    o.now_s = NOW + 60;
    verify_message(arena, &dns, m, &o, ret);
}
