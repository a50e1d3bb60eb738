/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fake/call.h - one request on its way through the S3 model, and the model's inside.
 *
 * fake_s3_handle() is begin, payload, run, done in a row. The HTTP server calls them one by one, so
 * that it can answer from the head alone, hash bodies without the lock, and send objects straight
 * from their ropes: begin    head in: what operation, who signed it. LOCKED payload  body in:
 * aws-chunked decoding, digests, checksums. not locked run      faults, then the operation. LOCKED
 * Each may fail the call, which then has its answer; run is always called, since it counts and
 * logs.
 */
#ifndef PAIL_FAKE_CALL_H
#define PAIL_FAKE_CALL_H

#include "fake/faults.h"
#include "fake/sigcheck.h"
#include "fake/store.h"

struct fake_call;
struct fake_follow;

enum fake_op_flags {
    FAKE_OP_DATA = 1,   /* the body is object data: checksums, aws-chunked */
    FAKE_OP_XML = 2,    /* the body is a small document */
    FAKE_OP_SOURCE = 4, /* copies from another object */
    FAKE_OP_STS = 8,
};
struct fake_op {
    const char *name;
    void (*run)(struct fake_call *c);
    unsigned flags;
};

/* A decoded query or form parameter. */
struct fake_param {
    struct fake_view name, value; /* owned, NUL-terminated */
};
struct fake_params {
    struct fake_param *v;
    size_t n;
};
/* Adds what raw holds ("a=b&c"); false: not valid percent-encoding. */
bool fake_params_parse(struct fake_params *p, const char *raw, size_t n);
const struct fake_view *fake_params_get(const struct fake_params *p, const char *name);
void fake_params_done(struct fake_params *p);

/* What a copy reads. Found when the call begins, so that it can be hashed without the lock; looked
 * up again when it runs. */
struct fake_source {
    struct fake_object *object; /* a reference */
    uint64_t off, n;
    enum fake_sum kind; /* checksum to compute, or FAKE_NO_SUM */
    bool hashed;        /* md5 and sum are those of this range of this object */
    uint8_t md5[16], sum[FAKE_SUM_MAX];
};

struct fake_call {
    struct fake_s3 *s;
    const struct fake_request *rq;
    const struct fake_op *op;
    char *bucket_name;    /* NULL: none */
    struct fake_view key; /* owned; {NULL} when there is none */
    struct fake_params params;
    struct fake_sig sig;
    char id[24]; /* request id */

    /* set by payload */
    struct fake_blob *body;     /* decoded */
    struct fake_follow *follow; /* set by the server: MD5 of the body under way; or NULL */
    uint8_t md5[16];
    struct fake_checksum sum; /* sent by the client and right, or wanted by the upload */
    struct fake_headers trailers;
    enum fake_sum want; /* begin: the upload wants this checksum computed */
    struct fake_source source;

    /* The answer. out is the body unless rope is set. */
    bool failed;
    int status;
    struct fake_headers headers;
    struct fake_buf out;
    struct fake_rope *rope;
    uint64_t rope_off, rope_len;
    bool no_body;
    struct fake_verdict fault;
};

void fake_call_begin(struct fake_call *c, struct fake_s3 *s, const struct fake_request *rq);
/* body may be NULL for none. */
void fake_call_payload(struct fake_call *c, struct fake_blob *take_body);
void fake_call_run(struct fake_call *c);
void fake_call_done(struct fake_call *c);
/* Body bytes of the answer, whether sent or (HEAD) not. */
uint64_t fake_call_len(const struct fake_call *c);

/* Operations by name, for counters and STS. */
size_t fake_op_count(void);
const struct fake_op *fake_op_at(size_t i);
const struct fake_op *fake_op_named(const char *name);
size_t fake_op_index(const struct fake_op *op);
/* The operation that method, bucket, key, query and headers name. */
const struct fake_op *fake_route(const struct fake_call *c);

/* ---- for operations -------------------------------------------------------------------------- */

/* The call ends with this error. Always false, for `return fake_fail(...)`. extra_xml: more
 * elements of the document, or NULL. */
bool fake_fail(struct fake_call *c, int status, const char *code, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
bool fake_fail_with(struct fake_call *c, int status, const char *code, const char *message,
                    const char *extra_xml);
const char *fake_call_header(const struct fake_call *c, const char *name);
/* Query parameter, NULL when absent. */
const char *fake_call_param(const struct fake_call *c, const char *name);
void fake_answer(struct fake_call *c, const char *name, const char *value);
void fake_answer_etag(struct fake_call *c, const char *etag);
struct fake_bucket *fake_call_bucket(struct fake_call *c); /* fails the call when there is none */
uint64_t fake_next_id(struct fake_s3 *s);

/* ---- the model ------------------------------------------------------------------------------- */

#define FAKE_LOG_MAX 65536u
#define FAKE_MAX_PUT ((uint64_t)5 << 30)
#define FAKE_MAX_OBJECT ((uint64_t)5 << 40)

struct fake_s3 {
    struct fake_s3_options opt; /* strings owned */
    struct fake_index buckets;  /* name -> struct fake_bucket */
    struct fake_index keys;     /* access key id -> struct fake_identity, given out by STS */
    struct fake_rules rules;
    uint64_t ids;
    uint64_t *counts; /* by operation */
    uint64_t n_log;   /* ever written */
    char **log;       /* ring of FAKE_LOG_MAX */
};

/* Operations, by file. */
void fake_op_list_buckets(struct fake_call *c);
void fake_op_create_bucket(struct fake_call *c);
void fake_op_delete_bucket(struct fake_call *c);
void fake_op_head_bucket(struct fake_call *c);
void fake_op_bucket_location(struct fake_call *c);
void fake_op_config(struct fake_call *c);
void fake_op_object_attributes(struct fake_call *c);
void fake_op_list_versions(struct fake_call *c);
void fake_op_list_v1(struct fake_call *c);
void fake_op_list_v2(struct fake_call *c);
void fake_op_get_object(struct fake_call *c); /* and HeadObject */
void fake_op_put_object(struct fake_call *c);
void fake_op_copy_object(struct fake_call *c);
void fake_op_delete_object(struct fake_call *c);
void fake_op_delete_objects(struct fake_call *c);
void fake_op_create_upload(struct fake_call *c);
void fake_op_upload_part(struct fake_call *c);
void fake_op_upload_part_copy(struct fake_call *c);
void fake_op_complete(struct fake_call *c);
void fake_op_abort(struct fake_call *c);
void fake_op_list_parts(struct fake_call *c);
void fake_op_list_uploads(struct fake_call *c);
void fake_op_sts(struct fake_call *c);

#endif
