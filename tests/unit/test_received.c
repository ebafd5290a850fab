/* Received fields as real servers write them, and the dates in them. */
#include "test.h"

#include "core/clock.h"
#include "mail/mail_date.h"
#include "mail/verify.h"

struct row {
    const char *why, *value;
    const char *helo, *reverse, *ip, *by, *with, *tls, *id, *envelope_from, *recipient, *at;
    bool is_private, encrypted;
};

static const struct row rows[] = {
    {"Postfix",
     " from mail.shop.example (mail.shop.example [203.0.113.5])\r\n"
     "\t(using TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits)\r\n"
     "\t key-exchange X25519 server-signature RSA-PSS (2048 bits) server-digest SHA256)\r\n"
     "\t(No client certificate requested)\r\n"
     "\tby mx.box.example (Postfix) with ESMTPS id 4A1B2C3D4E\r\n"
     "\tfor <anna@box.example>; Tue, 24 Nov 2026 10:00:00 +0100 (CET)",
     "mail.shop.example", "mail.shop.example", "203.0.113.5", "mx.box.example", "ESMTPS", "TLSv1.3", "4A1B2C3D4E", NULL,
     "anna@box.example", "2026-11-24T09:00:00Z", false, true},
    {"Postfix, no reverse name",
     " from shop (unknown [203.0.113.5]) by mx.box.example (Postfix) with SMTP id A; "
     "Tue, 24 Nov 2026 10:00:00 +0000",
     "shop", "", "203.0.113.5", "mx.box.example", "SMTP", "", "A", NULL, "", "2026-11-24T10:00:00Z", false, false},
    {"Postfix, IPv6",
     " from mail.shop.example (mail.shop.example [IPv6:2001:db8::5]) by mx.box.example (Postfix) with "
     "ESMTP id B; Tue, 24 Nov 2026 10:00:00 +0000",
     "mail.shop.example", "mail.shop.example", "2001:db8::5", "mx.box.example", "ESMTP", "", "B", NULL, "",
     "2026-11-24T10:00:00Z", false, false},
    {"Postfix, submitted by a local program",
     " by mail.shop.example (Postfix, from userid 33)\r\n\tid C; Tue, 24 Nov 2026 "
     "10:00:00 +0000 (UTC)",
     "", "", "", "mail.shop.example", "", "", "C", NULL, "", "2026-11-24T10:00:00Z", true, false},
    {"Postfix, a greeting that is a literal of somebody else",
     " from [198.51.100.1] (unknown [203.0.113.5]) by "
     "mx.box.example (Postfix) with ESMTP id D; Tue, 24 Nov 2026 10:00:00 +0000",
     "[198.51.100.1]", "", "203.0.113.5", "mx.box.example", "ESMTP", "", "D", NULL, "", "2026-11-24T10:00:00Z", false,
     false},
    {"a greeting that spells a keyword",
     " from by (unknown [203.0.113.5]) by mx.box.example (Postfix) with ESMTP id E; "
     "Tue, 24 Nov 2026 10:00:00 +0000",
     "by", "", "203.0.113.5", "mx.box.example", "ESMTP", "", "E", NULL, "", "2026-11-24T10:00:00Z", false, false},
    {"Exim, greeting differs",
     " from mail.shop.example ([203.0.113.5]:43210 helo=shop.example)\r\n\tby mx.box.example with "
     "esmtps  (TLS1.3) tls TLS_AES_256_GCM_SHA384\r\n\t(Exim 4.96)\r\n\t(envelope-from <bounce@shop.example>)\r\n\tid "
     "1r6abc-000123-45\r\n\tfor anna@box.example;\r\n\tTue, 24 Nov 2026 10:00:00 +0000",
     "shop.example", "mail.shop.example", "203.0.113.5", "mx.box.example", "esmtps", "TLSv1.3", "1r6abc-000123-45",
     "bounce@shop.example", "anna@box.example", "2026-11-24T10:00:00Z", false, true},
    {"Exim, no reverse name, old TLS words",
     " from [203.0.113.5] (helo=[198.51.100.1]) by mx.box.example with esmtpsa "
     "(TLSv1.2:ECDHE-RSA-AES256-GCM-SHA384:256) (Exim 4.84) (envelope-from <>) id 1; Tue, 24 Nov 2026 10:00:00 +0000",
     "[198.51.100.1]", "", "203.0.113.5", "mx.box.example", "esmtpsa", "TLSv1.2", "1", "", "", "2026-11-24T10:00:00Z",
     false, true},
    {"Exim, local",
     " from root by mail.shop.example with local (Exim 4.96) (envelope-from <root@mail.shop.example>) id 1; "
     "Tue, 24 Nov 2026 10:00:00 +0000",
     "root", "", "", "mail.shop.example", "local", "", "1", "root@mail.shop.example", "", "2026-11-24T10:00:00Z", true,
     false},
    {"Sendmail",
     " from mail.shop.example (root@mail.shop.example [203.0.113.5] (may be forged))\r\n\tby mx.box.example "
     "(8.15.2/8.15.2) with ESMTPS id 3AO9\r\n\t(version=TLSv1.2 cipher=ECDHE-RSA-AES256-GCM-SHA384 bits=256 verify=NOT)"
     "\r\n\tfor <anna@box.example>; Tue, 24 Nov 2026 05:00:00 -0500",
     "mail.shop.example", "", "203.0.113.5", "mx.box.example", "ESMTPS", "TLSv1.2", "3AO9", NULL, "anna@box.example",
     "2026-11-24T10:00:00Z", false, true},
    {"Exchange",
     " from AB1PR01MB0001.prod.box.example (2001:db8:10a6::5) by\r\n CD1PR01MB0002.prod.box.example "
     "(2001:db8:10a6::6) with Microsoft SMTP Server\r\n (version=TLS1_2, cipher=TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384) "
     "id "
     "15.20.1234.5; Tue, 24\r\n Nov 2026 10:00:00 +0000",
     "AB1PR01MB0001.prod.box.example", "", "2001:db8:10a6::5", "CD1PR01MB0002.prod.box.example",
     "Microsoft SMTP Server", "TLSv1.2", "15.20.1234.5", NULL, "", "2026-11-24T10:00:00Z", false, true},
    {"Exchange, at the border",
     " from mail.shop.example (203.0.113.5) by\r\n mail.prod.box.example (10.167.8.2) with "
     "Microsoft SMTP\r\n Server (version=TLS1_3, cipher=TLS_AES_256_GCM_SHA384) id 15.20.1.2 via Frontend Transport; "
     "Tue, "
     "24 Nov 2026 10:00:00 +0000",
     "mail.shop.example", "", "203.0.113.5", "mail.prod.box.example", "Microsoft SMTP Server", "TLSv1.3", "15.20.1.2",
     NULL, "", "2026-11-24T10:00:00Z", false, true},
    {"Google, inside",
     " by 2002:a05:6402:1234:b0:55f:abcd:ef01 with SMTP id x1csp123; Tue, 24 Nov 2026 02:00:00 -0800 (PST)", "", "", "",
     "2002:a05:6402:1234:b0:55f:abcd:ef01", "SMTP", "", "x1csp123", NULL, "", "2026-11-24T10:00:00Z", true, false},
    {"Google, at the border",
     " from mail.shop.example (mail.shop.example. [203.0.113.5])\r\n        by mx.box.example with "
     "ESMTPS id 5si\r\n        for <anna@box.example>\r\n        (version=TLS1_3 cipher=TLS_AES_256_GCM_SHA384 "
     "bits=256/256);"
     "\r\n        Tue, 24 Nov 2026 02:00:00 -0800 (PST)",
     "mail.shop.example", "mail.shop.example", "203.0.113.5", "mx.box.example", "ESMTPS", "TLSv1.3", "5si", NULL,
     "anna@box.example", "2026-11-24T10:00:00Z", false, true},
    {"Google to Google",
     " from mail-sor.box.example (mail-sor.box.example. [203.0.113.41]) by mx.box.example with SMTPS id a "
     "for <anna@box.example> (Google Transport Security); Tue, 24 Nov 2026 02:00:00 -0800 (PST)",
     "mail-sor.box.example", "mail-sor.box.example", "203.0.113.41", "mx.box.example", "SMTPS", "", "a", NULL,
     "anna@box.example", "2026-11-24T10:00:00Z", false, true},
    {"Amazon SES",
     " from a8-1.smtp-out.ses.example (a8-1.smtp-out.ses.example [203.0.113.8]) by inbound-smtp.box.example with "
     "SMTP id q1 for anna@box.example; Tue, 24 Nov 2026 10:00:00 +0000 (UTC)",
     "a8-1.smtp-out.ses.example", "a8-1.smtp-out.ses.example", "203.0.113.8", "inbound-smtp.box.example", "SMTP", "",
     "q1", NULL, "anna@box.example", "2026-11-24T10:00:00Z", false, false},
    {"qmail from outside",
     " from unknown (HELO mail.shop.example) (203.0.113.5)\r\n  by mx.box.example with SMTP; 24 Nov 2026 "
     "10:00:00 -0000",
     "mail.shop.example", "", "203.0.113.5", "mx.box.example", "SMTP", "", "", NULL, "", "2026-11-24T10:00:00Z", false,
     false},
    {"qmail with a reverse name and a user",
     " from mail.shop.example (HELO [198.51.100.1]) (smtpd@203.0.113.5) by "
     "mx.box.example with (DHE-RSA-AES256-SHA encrypted) ESMTPS; 24 Nov 2026 10:00:00 -0000",
     "[198.51.100.1]", "mail.shop.example", "203.0.113.5", "mx.box.example", "", "", "", NULL, "",
     "2026-11-24T10:00:00Z", false, false},
    {"qmail's own", " (qmail 4711 invoked by uid 89); 24 Nov 2026 10:00:00 -0000", "", "", "", "", "", "", "", NULL, "",
     "2026-11-24T10:00:00Z", true, false},
    {"Dovecot",
     " from mx.box.example\r\n\tby imap.box.example with LMTP\r\n\tid ABC123\r\n\t(envelope-from "
     "<bounce@shop.example>)\r\n\tfor <anna@box.example>; Tue, 24 Nov 2026 10:00:00 +0000",
     "mx.box.example", "", "", "imap.box.example", "LMTP", "", "ABC123", "bounce@shop.example", "anna@box.example",
     "2026-11-24T10:00:00Z", true, false},
    {"Cloudflare",
     " from mail.shop.example (203.0.113.5)\r\n by cloudflare-email.example (unknown) id 7Q; Tue, 24 Nov 2026 "
     "10:00:00 +0000",
     "mail.shop.example", "", "203.0.113.5", "cloudflare-email.example", "", "", "7Q", NULL, "", "2026-11-24T10:00:00Z",
     false, false},
    {"Fastmail, between its own",
     " from mx1.internal (mx1.internal [10.202.2.41])\r\n\t by sloti1.internal (Cyrus 3.9.0) with "
     "LMTPA;\r\n\t Tue, 24 Nov 2026 05:00:00 -0500",
     "mx1.internal", "mx1.internal", "10.202.2.41", "sloti1.internal", "LMTPA", "", "", NULL, "",
     "2026-11-24T10:00:00Z", true, false},
    {"OpenSMTPD",
     " from mail.shop.example (mail.shop.example [203.0.113.5])\r\n\tby mx.box.example (OpenSMTPD) with ESMTPS id "
     "8d (TLSv1.3:TLS_AES_256_GCM_SHA384:256:NO)\r\n\tfor <anna@box.example>;\r\n\tTue, 24 Nov 2026 10:00:00 +0000 "
     "(UTC)",
     "mail.shop.example", "mail.shop.example", "203.0.113.5", "mx.box.example", "ESMTPS", "TLSv1.3", "8d", NULL,
     "anna@box.example", "2026-11-24T10:00:00Z", false, true},
    {"Haraka",
     " from mail.shop.example (mail.shop.example [203.0.113.5])\n\tby mx.box.example (Haraka/3.0) with ESMTPS id 9 "
     "envelope-from <bounce@shop.example>\n\ttls TLS_AES_256_GCM_SHA384;\n\tTue, 24 Nov 2026 10:00:00 +0000",
     "mail.shop.example", "mail.shop.example", "203.0.113.5", "mx.box.example", "ESMTPS", "", "9",
     "bounce@shop.example", "", "2026-11-24T10:00:00Z", false, true},
    {"Courier",
     " from shop (mail.shop.example [::ffff:203.0.113.5])\r\n  (AUTH: LOGIN eve@[198.51.100.1], SSL: "
     "TLSv1.2,256bits,ECDHE-RSA-AES256)\r\n  by mx.box.example with ESMTPSA\r\n  id 0000; Tue, 24 Nov 2026 10:00:00 "
     "+0000",
     "shop", "mail.shop.example", "203.0.113.5", "mx.box.example", "ESMTPSA", "TLSv1.2", "0000", NULL, "",
     "2026-11-24T10:00:00Z", false, true},
    {"Yahoo",
     " from 203.0.113.5 (EHLO mail.shop.example)\r\n by 10.217.1.2 with SMTPs\r\n (version=TLS1_3 "
     "cipher=TLS_AES_128_GCM_SHA256);\r\n Tue, 24 Nov 2026 10:00:00 +0000",
     "mail.shop.example", "", "203.0.113.5", "10.217.1.2", "SMTPs", "TLSv1.3", "", NULL, "", "2026-11-24T10:00:00Z",
     false, true},
    {"IronPort",
     " from mail.shop.example ([203.0.113.5])\r\n  by esa1.box.example with ESMTP/TLS/ECDHE-RSA-AES128-GCM-SHA256; 24 "
     "Nov 2026 10:00:00 +0000",
     "mail.shop.example", "", "203.0.113.5", "esa1.box.example", "ESMTP/TLS/ECDHE-RSA-AES128-GCM-SHA256", "", "", NULL,
     "", "2026-11-24T10:00:00Z", false, true},
    {"Windows' SMTP service",
     " from shop ([203.0.113.5]) by mx.box.example over TLS secured channel with Microsoft "
     "SMTPSVC(10.0.17763.1697);\r\n\t Tue, 24 Nov 2026 10:00:00 +0000",
     "shop", "", "203.0.113.5", "mx.box.example", "Microsoft SMTPSVC", "", "", NULL, "", "2026-11-24T10:00:00Z", false,
     true},
    {"Mimecast",
     " from mail.shop.example (mail.shop.example [203.0.113.5]) by relay.box.example with ESMTP with both STARTTLS and "
     "AUTH (version=TLSv1.3, cipher=TLS_AES_256_GCM_SHA384, bits=256/256) id us-mta-1; Tue, 24 Nov 2026 10:00:00 +0000",
     "mail.shop.example", "mail.shop.example", "203.0.113.5", "relay.box.example", "ESMTP", "TLSv1.3", "us-mta-1", NULL,
     "", "2026-11-24T10:00:00Z", false, true},
    {"CommuniGate",
     " from [203.0.113.5] (account a@shop.example HELO shop) by mx.box.example (CommuniGate Pro SMTP 6.1) with "
     "ESMTPSA id 7 for anna@box.example; Tue, 24 Nov 2026 10:00:00 +0000",
     "shop", "", "203.0.113.5", "mx.box.example", "ESMTPSA", "", "7", NULL, "anna@box.example", "2026-11-24T10:00:00Z",
     false, true},
    {"a second semicolon, no date", " from a.example ([203.0.113.5]) by b.example; with love; soon", "a.example", "",
     "203.0.113.5", "b.example", "love", "", "", NULL, "", NULL, false, false},
    {"a comment that does not close", " from a.example (a.example [203.0.113.5]", "a.example", "a.example",
     "203.0.113.5", "", "", "", "", NULL, "", NULL, false, false},
    {"an address that the client gives itself as its name",
     " from x (fake[198.51.100.1] [203.0.113.5]) by b.example with ESMTP; Tue, 24 Nov 2026 10:00:00 +0000", "x", "",
     "203.0.113.5", "b.example", "ESMTP", "", "", NULL, "", "2026-11-24T10:00:00Z", false, false},
    {"a name that spells a TLS version",
     " from TLSv1.3 (tls1.3.shop.example [203.0.113.5]) by b.example with SMTP; Tue, 24 Nov "
     "2026 10:00:00 +0000",
     "TLSv1.3", "tls1.3.shop.example", "203.0.113.5", "b.example", "SMTP", "", "", NULL, "", "2026-11-24T10:00:00Z",
     false, false},
    {"nothing", "", "", "", "", "", "", "", "", NULL, "", NULL, true, false},
};

static void same(const struct row *row, const char *part, struct str got, const char *want)
{
    if (!str_eq(got, str_of(want)))
        fail_msg("%s: %s is \"%.*s\", not \"%s\"", row->why, part, STR_ARG(got), want ? want : "");
}

static void test_fields(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_OF(rows); i++) {
        const struct row *row = &rows[i];
        struct arena *arena = arena_new(ARENA_MB(1));
        struct received_hop hop = {0};

        received_parse(arena, str_of(row->value), &hop);
        same(row, "helo", hop.helo, row->helo);
        same(row, "reverse", hop.reverse, row->reverse);
        same(row, "ip", hop.ip, row->ip);
        same(row, "by", hop.by, row->by);
        same(row, "with", hop.with, row->with);
        same(row, "tls", hop.tls, row->tls);
        same(row, "id", hop.id, row->id);
        same(row, "envelope-from", hop.envelope_from, row->envelope_from);
        same(row, "recipient", hop.recipient, row->recipient);
        same(row, "date", hop.at_s == -1 ? STR_NONE : clock_rfc3339(arena, hop.at_s), row->at);
        if (hop.is_private != row->is_private || hop.encrypted != row->encrypted ||
            hop.has_envelope_from != (row->envelope_from != NULL))
            fail_msg("%s: private %d, encrypted %d, envelope-from %d", row->why, hop.is_private, hop.encrypted,
                     hop.has_envelope_from);
        arena_free(arena);
    }
}

static const struct {
    const char *text, *at; /* at NULL: not a date */
    int zone_minutes;
    bool obsolete, wrong_day;
} dates[] = {
    {"Tue, 24 Nov 2026 10:00:00 +0000", "2026-11-24T10:00:00Z", 0, false, false},
    {" Tue, 24 Nov 2026 10:00:00 +0530 (IST (India))\r\n ", "2026-11-24T04:30:00Z", 330, false, false},
    {"24 Nov 2026 10:00 -0800", "2026-11-24T18:00:00Z", -480, false, false},
    {"Tue ,\r\n 24 (the day) Nov\t2026 10 : 00 : 00 +0000", "2026-11-24T10:00:00Z", 0, false, false},
    {"Mon, 24 Nov 2026 10:00:00 +0000", "2026-11-24T10:00:00Z", 0, false, true},
    {"Thu, 1 Jan 1970 00:00:00 GMT", "1970-01-01T00:00:00Z", 0, true, false},
    {"Wed, 31 Dec 1969 23:59:59 -0000", "1969-12-31T23:59:59Z", 0, false, false},
    {"Sat, 29 Feb 2020 23:59:60 +0000", "2020-03-01T00:00:00Z", 0, false, false},
    {"24 Nov 26 10:00:00 EST", "2026-11-24T15:00:00Z", -300, true, false},
    {"24 Nov 99 10:00:00 PDT", "1999-11-24T17:00:00Z", -420, true, false},
    {"24 Nov 126 10:00:00 Z", "2026-11-24T10:00:00Z", 0, true, false},
    {"Tue, 24 Nov 2026 10:00:00", "2026-11-24T10:00:00Z", 0, true, false},
    {"Tue, 24 Nov 2026 10:00:00 CEST", "2026-11-24T10:00:00Z", 0, true, false},
    {"29 Feb 2025 10:00:00 +0000", NULL, 0, false, false},
    {"31 Apr 2026 10:00:00 +0000", NULL, 0, false, false},
    {"0 Apr 2026 10:00:00 +0000", NULL, 0, false, false},
    {"24 Nov 2026 24:00:00 +0000", NULL, 0, false, false},
    {"24 Nov 2026 10:60:00 +0000", NULL, 0, false, false},
    {"24 Nov 2026 10:00:00 +00:00", NULL, 0, false, false},
    {"24 Nov 2026 10:00:00 +0060", NULL, 0, false, false},
    {"24 Nov 2026 10:00:00 +0000 again", NULL, 0, false, false},
    {"24 Nov 2026 10:00:00 +0000 (open", NULL, 0, false, false},
    {"24 Nov 2026 10:00:00 +0000 (open\\", NULL, 0, false, false},
    {"Die, 24 Nov 2026 10:00:00 +0000", NULL, 0, false, false},
    {"2026-11-24T10:00:00Z", NULL, 0, false, false},
    {"24 Nov 1899 10:00:00 +0000", NULL, 0, false, false},
    {"24 Nov 20266 10:00:00 +0000", NULL, 0, false, false},
    {"", NULL, 0, false, false},
};

static void test_dates(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_OF(dates); i++) {
        struct arena *arena = arena_new(ARENA_MB(1));
        struct mail_date d = {.at_s = 7};
        bool ok = mail_date_parse(str_of(dates[i].text), &d);

        if (ok != (dates[i].at != NULL))
            fail_msg("%s: %s", dates[i].text, ok ? "taken" : "refused");
        if (!ok) {
            assert_int_equal(d.at_s, 7);
        } else {
            assert_str(clock_rfc3339(arena, d.at_s), dates[i].at);
            if (d.zone_minutes != dates[i].zone_minutes || d.obsolete != dates[i].obsolete ||
                d.wrong_day != dates[i].wrong_day)
                fail_msg("%s: zone %d, obsolete %d, wrong day %d", dates[i].text, d.zone_minutes, d.obsolete,
                         d.wrong_day);
        }
        arena_free(arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fields),
        cmocka_unit_test(test_dates),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
