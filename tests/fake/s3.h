/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fake/s3.h - an S3 in memory, without sockets: request in, response out.
 *
 * The one model of S3 in the tests: fake/server.c puts it behind HTTP (unit tests, mount tests,
 * packaging/try), tests/sim behind the transport seam. It shares no code with libcore on purpose:
 * signatures, canonical forms and XML are written a second time, so that one mistake cannot hide in
 * both. Deterministic: no clock, no randomness; ids come from counters and the seed.
 *
 * Not thread-safe; the caller locks. Plain libc is fine here (the seams are for the code under
 * test).
 */
#ifndef PAIL_FAKE_S3_H
#define PAIL_FAKE_S3_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct fake_s3;

struct fake_s3_options {
    const char *access_key, *secret_key; /* NULL: signatures are not checked */
    const char *session_token;           /* NULL: none expected */
    const char *region;                  /* NULL: us-east-1 */
    const char *domain; /* for virtual-host style, e.g. "localhost"; NULL: path style only */
    uint64_t seed;
    uint64_t min_part_size; /* 0: 5 MiB as S3 */
    /* What some servers do differently: off is S3. */
    bool quirk_bare_etags; /* If-Match on PutObject only matches without quotes (Ceph < 20) */
    bool quirk_ignore_conditions;   /* conditions on Complete, Copy's destination and Delete are
                                       ignored */
    bool quirk_empty_complete_etag; /* first answer to Complete has an empty ETag */
    bool quirk_no_trailers;         /* aws-chunked trailers: 400 XAmzContentSHA256Mismatch */
};

struct fake_header {
    char *name, *value;
};
struct fake_request {
    const char *method;
    const char *path;  /* raw, as on the request line, without query */
    const char *query; /* raw, without '?'; "" for none */
    const struct fake_header *headers;
    size_t n_headers;
    const void *body;
    size_t body_len;
    int64_t now_unix_ms;
};
/* What happens to the response on its way; set by fault rules. */
enum fake_fate {
    FAKE_DELIVER,
    FAKE_RESET,   /* connection closed instead of any answer; not executed */
    FAKE_LOST,    /* executed, then closed without an answer */
    FAKE_CUT,     /* closed after cut_at bytes of the body */
    FAKE_STALL,   /* nothing for stall_ms, then delivered */
    FAKE_GARBAGE, /* bytes that are not HTTP */
};
struct fake_response {
    int status;
    struct fake_header *headers;
    size_t n_headers;
    char *body; /* owned */
    size_t body_len;
    bool no_body; /* HEAD: Content-Length of body_len but nothing sent */
    enum fake_fate fate;
    uint64_t cut_at;
    int64_t stall_ms;
    const char *operation; /* "PutObject"; never NULL */
};

struct fake_s3 *fake_s3_new(const struct fake_s3_options *opt);
void fake_s3_free(struct fake_s3 *s);
/* Buckets, objects, uploads and counters of `from` replace those of `to`... deep copy, for crash
 * simulations. */
struct fake_s3 *fake_s3_clone(const struct fake_s3 *s);
void fake_s3_handle(struct fake_s3 *s, const struct fake_request *rq, struct fake_response *ret);
void fake_response_done(struct fake_response *r);

/*
 * Fault script: rules separated by newlines or ';', each "op=GLOB [key=GLOB] [nth=N] [count=N]
 * ACTION". A rule counts the requests that match it; it strikes at the nth (default 1) and the
 * count-1 that follow (default 1; count=0: for ever). Actions: status=503 code=SlowDown
 * [retry-after=S] | reset | lost | cut=BYTES | stall=MS | garbage | error200 (200 with an
 * InternalError document) | flip (one byte of the body changed) | late-etag (another ETag in the
 * answer) | deny (403 AccessDenied) | expired (400 ExpiredToken) | skew (403 RequestTimeTooSkewed)
 * Returns false and says why in msg when it does not parse; then nothing changes. "" removes all
 * rules.
 */
bool fake_s3_faults(struct fake_s3 *s, const char *script, char msg[256]);

/* Requests by operation since the last reset. operation NULL: all. */
uint64_t fake_s3_count(const struct fake_s3 *s, const char *operation);
void fake_s3_reset_counts(struct fake_s3 *s);
/* i-th request since the reset, "PutObject b/key 200"; NULL past the end. Kept: the last 65,536. */
const char *fake_s3_log(const struct fake_s3 *s, size_t i);

/* Direct access, for preparing and checking. */
bool fake_s3_put(struct fake_s3 *s, const char *bucket, const char *key, const void *data, size_t n,
                 const struct fake_header *headers, size_t n_headers, int64_t now_unix_ms);
const void *fake_s3_get(const struct fake_s3 *s, const char *bucket, const char *key,
                        size_t *ret_len, const char **ret_etag);
bool fake_s3_make_bucket(struct fake_s3 *s, const char *bucket);
/* Keys in byte order; NULL past the end. */
const char *fake_s3_key(const struct fake_s3 *s, const char *bucket, size_t i);
/* Header (e.g. "x-amz-meta-mode") stored with the object; NULL: none. */
const char *fake_s3_object_header(const struct fake_s3 *s, const char *bucket, const char *key,
                                  const char *name);
size_t fake_s3_uploads(const struct fake_s3 *s,
                       const char *bucket); /* multipart uploads not ended */

#endif
