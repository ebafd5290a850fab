/* http_inside.h - what the files behind fact_http.h share: header lines, and one transfer. For http_*.c alone. */
#ifndef FACTS_HTTP_INSIDE_H
#define FACTS_HTTP_INSIDE_H

#include "core/buf.h"
#include "core/ip.h"
#include "facts/fact_http.h"

struct observer;
struct json_t;
struct url;
struct curl_slist;

#define HTTP_MOST_HEADERS 2000u

/* Header lines as they come, one a call, the status line and the empty line included. Nothing is decoded. */
struct http_reader {
    struct buf raw;     /* the header lines of the newest header section, without status line */
    size_t total_bytes; /* of all sections, interim answers (1xx) included */
    int status;         /* of the newest status line; 0: none yet */
    bool complete;      /* the final answer's header section is whole: what follows are trailers */
    bool over;          /* more than HTTP_MOST_HEADER_BYTES came */
};
void http_reader_init(struct http_reader *r);
void http_reader_free(struct http_reader *r);
/* False once there is too much. */
bool http_reader_line(struct http_reader *r, struct str line);

/* Splits raw header lines: names lower case, values trimmed, folded lines joined by one space (RFC 9112 section 5.2),
 * lines without a colon left out. ERR_LIMIT past HTTP_MOST_HEADERS. Everything is copied into the arena. */
MUST_CHECK bool http_headers_read(struct arena *arena, struct str raw, struct http_header **ret, size_t *ret_n,
                                  struct err *reterr);

/* What the certificate's verification said; kind ERR_NONE while it said nothing. */
struct http_trust {
    void *store; /* X509_STORE *, borrowed */
    bool insecure;
    int error;       /* X509_V_ERR_*; 0: none */
    int64_t until_s; /* of the certificate the error is about */
    int64_t from_s;
    char issuer[128], subject[128]; /* of that certificate, made safe */
};

/* Sets what a curl handle verifies with. */
MUST_CHECK bool http_trust_set(void *curl, struct http_trust *trust);
/* A sentence about why the certificate of host did not verify; curl_text is what curl said. Returns false. */
bool http_trust_explain(const struct http_trust *trust, struct str host, const char *curl_text, struct err *reterr);

/* A connection that can be used again for the same question. */
struct http_transfer {
    void *curl, *multi;
    struct curl_slist *headers, *connect_to;
    struct http_reader head;
    struct buf body;
    struct http_trust trust;
    bool cut;
    bool broken; /* something went wrong on it: not to be used again */
    char error_text[256];
};
/* Always followed by a free, also when it fails. multi: an idle connection to take over, or NULL for a new one. */
MUST_CHECK bool http_transfer_open(struct http_transfer *t, void *multi, const struct observer *outside,
                                   struct arena *arena, const struct http_ask *ask, const struct ip *ip,
                                   struct err *reterr);
/* Asks, over the connection of the last time where it is still open; fills ret but for method and url. */
MUST_CHECK bool http_transfer_run(struct http_transfer *t, const struct observer *outside, struct arena *arena,
                                  const struct url *url, const struct ip *ip, struct fact_http *ret,
                                  struct err *reterr);
void http_transfer_free(struct http_transfer *t);

/* A connection that was given back for that place ("https host 443 192.0.2.80"), or NULL: a CURLM * that the caller
 * owns now. */
void *http_idle_take(const struct observer *outside, const char *place);
/* Takes ownership of the CURLM *, which has no handle in it. */
void http_idle_give(const struct observer *outside, const char *place, void *multi);

/* Addresses of a question, in the order in which to try them. */
#define HTTP_MOST_TRIES 4u
struct http_places {
    struct ip v[HTTP_MOST_TRIES];
    size_t n;
};
MUST_CHECK bool http_places_find(struct ask *q, const struct http_ask *ask, const struct url *url,
                                 struct http_places *ret, struct err *reterr);

/* One exchange with that address; fills ret but for method and url. */
MUST_CHECK bool http_exchange(const struct observer *outside, struct arena *arena, const struct http_ask *ask,
                              const struct url *url, const struct ip *ip, struct fact_http *ret, struct err *reterr);

struct json_t *http_save(const void *fact);
bool http_load(const struct json_t *json, struct arena *arena, void *ret);

#endif
