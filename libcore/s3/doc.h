/* SPDX-License-Identifier: Apache-2.0 */
/*
 * s3/doc.h - operations on a sub-resource of a bucket or object: its document is read, replaced or
 * deleted. An operation is a static description; what differs is how a result is built from the
 * tree, or a document from arguments.
 */
#ifndef PAIL_S3_DOC_H
#define PAIL_S3_DOC_H

#include "s3/op.h"
#include "s3/tree.h"

struct pail_s3_doc_op;

struct pail_s3_doc_kind {
    struct pail_s3_op_kind op;
    const char *query; /* "cors" */
    const char *root;  /* of the answer's document */
    /* Fills *ret (zeroed before) from the tree, which it takes over in any case (ret's impl). */
    int (*build)(struct pail_s3_doc_op *d, struct pail_s3_tree *take_tree,
                 const struct pail_response *rs, void *ret, struct pail_error *err);
    size_t ret_size;
    void (*done)(void *ret); /* of a filled result */
};
struct pail_s3_doc_op {
    struct pail_s3_op op;
    void *ret;
};

/* Members of .op for the three kinds of operation. */
#define PAIL_S3_DOC_GET(operation, bucket)                                                         \
    .op = {.name = operation,                                                                      \
           .method = "GET",                                                                        \
           .size = sizeof(struct pail_s3_doc_op),                                                  \
           .xml = true,                                                                            \
           .on_bucket = bucket,                                                                    \
           .max_body = 4u << 20,                                                                   \
           .parse = pail_s3_doc_parse,                                                             \
           .drop = pail_s3_doc_drop}
#define PAIL_S3_DOC_PUT(operation, bucket)                                                         \
    .op = {.name = operation,                                                                      \
           .method = "PUT",                                                                        \
           .size = sizeof(struct pail_s3_doc_op),                                                  \
           .on_bucket = bucket}
#define PAIL_S3_DOC_DELETE(operation, bucket)                                                      \
    .op = {.name = operation,                                                                      \
           .method = "DELETE",                                                                     \
           .size = sizeof(struct pail_s3_doc_op),                                                  \
           .on_bucket = bucket}

int pail_s3_doc_parse(struct pail_s3_op *op, const struct pail_response *rs,
                      struct pail_error *err);
void pail_s3_doc_drop(struct pail_s3_op *op);

/* A described operation, to be completed and submitted. ret NULL: there is no result. */
PAIL_CHECK int pail_s3_doc_new(struct pail_s3 *s3, const struct pail_s3_doc_kind *kind,
                               const struct pail_s3_object_args *args, void *ret,
                               struct pail_s3_op **ret_op, struct pail_error *err);
/* The whole of it, for those that have nothing to add. */
PAIL_CHECK int pail_s3_doc_async(struct pail_s3 *s3, const struct pail_s3_doc_kind *kind,
                                 const struct pail_s3_object_args *args, void *ret,
                                 pail_done_fn *done, void *ud, struct pail_call **ret_call,
                                 struct pail_error *err);
/* The same with a document, which is taken over. */
PAIL_CHECK int pail_s3_doc_put_async(struct pail_s3 *s3, const struct pail_s3_doc_kind *kind,
                                     const struct pail_s3_object_args *args,
                                     struct pail_buf *take_xml, pail_done_fn *done, void *ud,
                                     struct pail_call **ret_call, struct pail_error *err);
static inline struct pail_s3_object_args pail_s3_of_bucket(const struct pail_s3_bucket_args *a)
{
    struct pail_s3_object_args o = {.call = a->call, .bucket = a->bucket, .access = a->access};
    return o;
}

/* Documents. */
#define PAIL_S3_DOC_MAX (1u << 20)
#define PAIL_S3_XMLNS " xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\""
void pail_s3_xml_opt(struct pail_buf *xml, const char *name, struct pail_str text);
void pail_s3_xml_u64(struct pail_buf *xml, const char *name, uint64_t v); /* 0: left out */
void pail_s3_xml_texts(struct pail_buf *xml, const char *name, struct pail_s3_texts texts);

/* Blocking forms: the asynchronous one and a wait. */
#define PAIL_S3_BLOCKING(call)                                                                     \
    struct pail_s3_wait w;                                                                         \
    int rc = call;                                                                                 \
    return pail_s3_wait(&w, rc, err)
#define PAIL_S3_WAITED pail_s3_wait_done, &w, &w.call, err

#endif
