/* SPDX-License-Identifier: Apache-2.0 */
/*
 * s3/op.h - one operation under way. Every operation is a description (a struct pail_s3_op_kind and
 * what the calls below add) and a parse; everything else - address, signature, checksums, errors,
 * redirects, the life of results - is here.
 *
 *   new -> query, header, body... (failures stick) -> submit -> [prepare -> answer]... -> parse |
 * error -> done
 *
 * An operation belongs to who made it until submit, which consumes it in any case. Attempts of one
 * operation follow each other, so nothing in it is locked.
 */
#ifndef PAIL_S3_OP_H
#define PAIL_S3_OP_H

#include "auth/credentials.h"
#include "crypto/sum.h"
#include "http/engine.h"
#include "s3/client.h"
#include "s3/errors.h"

struct pail_s3_op;

struct pail_s3_op_kind {
    const char *name; /* "GetObject" */
    const char *method;
    size_t size;     /* of the struct that begins with a struct pail_s3_op */
    bool xml;        /* 2xx answers are documents, and may be an <Error> */
    bool on_service; /* has no bucket */
    bool on_bucket;  /* has no key; what is given as one (a prefix) is for messages only */
    bool force_path;
    bool creates_bucket;
    size_t max_body; /* of a collected 2xx answer; 0: the engine's */
    /* A complete 2xx answer: fill the results. Untouched on failure. NULL: the status is enough. */
    int (*parse)(struct pail_s3_op *op, const struct pail_response *rs, struct pail_error *err);
    /* Kinds with a sink: the head of a 2xx answer (again with every attempt), then its body. */
    int (*begin)(struct pail_s3_op *op, const struct pail_response *head, uint64_t length,
                 struct pail_error *err);
    int (*write)(struct pail_s3_op *op, uint64_t offset, const void *p, size_t n,
                 struct pail_error *err);
    /* An answer that is an error, as err has it: 0 forgives. NULL: none is forgiven. */
    int (*refused)(struct pail_s3_op *op, struct pail_error *err);
    /* The call failed after all, perhaps after parse: results back to zero. */
    void (*drop)(struct pail_s3_op *op);
    /* What the kind itself allocated. */
    void (*free)(struct pail_s3_op *op);
};

struct pail_s3_op {
    const struct pail_s3_op_kind *kind;
    struct pail_s3 *s3;          /* held */
    struct pail_str bucket, key; /* copies, behind the struct */
    const char *what;            /* "GetObject s3://b/k" */
    struct pail_call_options call;
    struct pail_buf query;
    struct pail_headers headers;
    bool unsafe;               /* not to be repeated once its effect is unknown */
    struct pail_error problem; /* of the description */
    pail_done_fn *done;
    void *ud;

    struct {
        bool present;
        bool streaming;         /* data, not a document */
        struct pail_body body;  /* what this attempt sends: plain, or frames around it */
        struct pail_body plain; /* reads source, and tells where somebody wants to be told */
        struct pail_body source;
        struct pail_chunked *chunked; /* NULL: none needed yet */
        struct pail_buf document;     /* an XML body */
        struct pail_bytes segment;
        void (*sent)(void *ud, uint64_t offset, size_t n);
        void *sent_ud;
        char sha256[65];  /* hex; "": not computed yet, or of no bytes */
        const char *hash; /* x-amz-content-sha256 of this attempt; "": of no bytes */
    } payload;
    struct {
        enum pail_checksum_alg alg; /* of the body, or announced; NONE: none */
        bool required;              /* a document that needs one: else Content-MD5 */
        bool given;                 /* value is the caller's */
        bool announce;              /* x-amz-checksum-algorithm: the parts will have one */
        bool ask;                   /* x-amz-checksum-mode: the answer shall have one */
        char value[PAIL_SUM_CAP];   /* base64; "": not computed (yet) */
        char md5[32];
        /* by the endpoint, a moment ago */
        bool refused, refused_trailer, wants_md5;
    } checksum;
    /* A reference: sign with these. NULL: with the session's, or the directory bucket's. */
    struct pail_credentials *credentials;
    struct { /* the attempt under way */
        struct pail_signers signers;
        struct pail_s3_route *route; /* a reference */
        char region[PAIL_S3_REGION_MAX];
        bool explains;  /* a listing in place of the HEAD */
        bool checksums; /* any of the headers above was sent */
        bool trailer;   /* the checksum comes behind the body */
        bool md5;
    } attempt;
    enum { PAIL_S3_EXPLAIN_NO, PAIL_S3_EXPLAIN_NEXT, PAIL_S3_EXPLAIN_DONE } explain;
    struct pail_error puzzle; /* the answer to be explained */
};

/* kind->size bytes, zeroed beyond the operation. Checks bucket and key. */
PAIL_CHECK int pail_s3_op_new(struct pail_s3 *s3, const struct pail_s3_op_kind *kind,
                              struct pail_str bucket, struct pail_str key,
                              const struct pail_call_options *call, struct pail_s3_op **ret,
                              struct pail_error *err);
void pail_s3_op_free(struct pail_s3_op *op);
void pail_s3_op_query(struct pail_s3_op *op, const char *name, struct pail_str value);
void pail_s3_op_query_u64(struct pail_s3_op *op, const char *name, uint64_t value);
/* Printable ASCII without blanks at the ends: nothing else survives the way. */
void pail_s3_op_header(struct pail_s3_op *op, const char *name, struct pail_str value);
/* The same where there is a value. */
void pail_s3_op_opt_header(struct pail_s3_op *op, const char *name, struct pail_str value);
void pail_s3_op_fail(struct pail_s3_op *op, enum pail_code code, const char *fmt, ...)
    PAIL_PRINTF(3, 4);
/* Consumes op. */
PAIL_CHECK int pail_s3_op_submit(struct pail_s3_op *op, pail_done_fn *done, void *ud,
                                 struct pail_call **ret_call, struct pail_error *err);

/* Blocking forms: rc = x_async(..., pail_s3_wait_done, &w, &w.call, err); return pail_s3_wait(&w,
 * rc, err); */
struct pail_s3_wait {
    struct pail_call *call;
    bool failed;
    struct pail_error err;
};
void pail_s3_wait_done(void *ud, const struct pail_error *err);
PAIL_CHECK int pail_s3_wait(struct pail_s3_wait *w, int rc, struct pail_error *err);

/* ---- payload.c */

/* Data, with a checksum; body may be NULL: no bytes. */
void pail_s3_op_body(struct pail_s3_op *op, const struct pail_s3_body *body);
/* A PUT or POST that has no body by its nature: Content-Length 0, nothing to guard. */
void pail_s3_op_no_bytes(struct pail_s3_op *op);
/* An XML document, taken over, signed with its hash; guarded: S3 insists on a checksum too. */
void pail_s3_op_document(struct pail_s3_op *op, struct pail_buf *take, bool guarded);
/* The parts of a multipart upload will have such checksums. */
void pail_s3_op_announce(struct pail_s3_op *op, enum pail_s3_checksum choice);
enum pail_s3_checksum pail_s3_op_algorithm(const struct pail_s3_op *op);
/* "ChecksumCRC32": its name in documents. */
const char *pail_s3_checksum_element(enum pail_s3_checksum algorithm);
/* Before an attempt, once it has a route: decides how the body goes, computes what is missing;
 * PAIL_PREPARE_WOULD_BLOCK where that reads a body and may_block is not set. is_signed: the
 * attempt will be. */
PAIL_CHECK int pail_s3_payload_prepare(struct pail_s3_op *op, bool may_block, bool is_signed,
                                       struct pail_error *err);
void pail_s3_payload_done(struct pail_s3_op *op);
/* Adds the checksum headers to *rq, unless the endpoint is known to refuse them. */
PAIL_CHECK int pail_s3_payload_headers(struct pail_s3_op *op, struct pail_request *rq,
                                       struct pail_error *err);

/* ---- recover.c */

/* True: something was learned from this error, the next attempt will differ. *err changes only
 * where memory ran out over it. */
bool pail_s3_recover(struct pail_s3_op *op, const struct pail_response *rs,
                     const struct pail_s3_error_doc *doc, struct pail_error *err);
/* Classifies the answer to an attempt that asked what a HEAD's answer meant. */
PAIL_CHECK int pail_s3_explained(struct pail_s3_op *op, const struct pail_response *rs,
                                 bool *retry_now, struct pail_error *err);
/* A request went through: what it was sent without, the endpoint does not want. */
void pail_s3_accepted(struct pail_s3_op *op);

#endif
