/* SPDX-License-Identifier: Apache-2.0 */
/*
 * s3/doc.c - sub-resources. Writing is repeated after a lost reply: the last document counts, and
 * it is the same one.
 */
#include "s3/doc.h"

#include "base/alloc.h"
#include "base/str.h"
#include "base/xml.h"
#include "s3/attributes.h"

static const struct pail_s3_doc_kind *kind_of(const struct pail_s3_op *op)
{
    return PAIL_CONTAINER(op->kind, struct pail_s3_doc_kind, op);
}

int pail_s3_doc_parse(struct pail_s3_op *op, const struct pail_response *rs, struct pail_error *err)
{
    struct pail_s3_doc_op *d = PAIL_CONTAINER(op, struct pail_s3_doc_op, op);
    const struct pail_s3_doc_kind *kind = kind_of(op);
    struct pail_s3_tree *tree;

    int rc = kind->root ? pail_s3_tree_new(rs->body, kind->root, &tree, err)
                        : pail_s3_tree_empty(&tree, err);
    if (rc < 0)
        return rc;
    rc = kind->build(d, tree, rs, d->ret, err);
    if (rc < 0)
        memset(d->ret, 0, kind->ret_size);
    return rc;
}

void pail_s3_doc_drop(struct pail_s3_op *op)
{
    struct pail_s3_doc_op *d = PAIL_CONTAINER(op, struct pail_s3_doc_op, op);
    const struct pail_s3_doc_kind *kind = kind_of(op);

    if (kind->done)
        kind->done(d->ret);
    memset(d->ret, 0, kind->ret_size);
}

int pail_s3_doc_new(struct pail_s3 *s3, const struct pail_s3_doc_kind *kind,
                    const struct pail_s3_object_args *args, void *ret, struct pail_s3_op **ret_op,
                    struct pail_error *err)
{
    if (ret)
        memset(ret, 0, kind->ret_size);
    int rc = pail_s3_op_new(s3, &kind->op, args->bucket, args->key, &args->call, ret_op, err);
    if (rc < 0)
        return rc;
    PAIL_CONTAINER(*ret_op, struct pail_s3_doc_op, op)->ret = ret;
    pail_s3_op_query(*ret_op, kind->query, PAIL_STR(""));
    if (args->version_id.len)
        pail_s3_op_query(*ret_op, "versionId", args->version_id);
    pail_s3_op_access(*ret_op, &args->access);
    return 0;
}

int pail_s3_doc_async(struct pail_s3 *s3, const struct pail_s3_doc_kind *kind,
                      const struct pail_s3_object_args *args, void *ret, pail_done_fn *done,
                      void *ud, struct pail_call **ret_call, struct pail_error *err)
{
    struct pail_s3_op *op;
    int rc = pail_s3_doc_new(s3, kind, args, ret, &op, err);
    return rc < 0 ? rc : pail_s3_op_submit(op, done, ud, ret_call, err);
}

int pail_s3_doc_put_async(struct pail_s3 *s3, const struct pail_s3_doc_kind *kind,
                          const struct pail_s3_object_args *args, struct pail_buf *take_xml,
                          pail_done_fn *done, void *ud, struct pail_call **ret_call,
                          struct pail_error *err)
{
    struct pail_s3_op *op;
    int rc = pail_s3_doc_new(s3, kind, args, NULL, &op, err);
    if (rc < 0) {
        pail_buf_done(take_xml);
        return rc;
    }
    pail_s3_op_document(op, take_xml, true);
    return pail_s3_op_submit(op, done, ud, ret_call, err);
}

void pail_s3_xml_opt(struct pail_buf *xml, const char *name, struct pail_str text)
{
    if (text.len)
        pail_xml_element(xml, name, text);
}

void pail_s3_xml_u64(struct pail_buf *xml, const char *name, uint64_t v)
{
    if (v)
        pail_buf_fmt(xml, "<%s>%llu</%s>", name, (unsigned long long)v, name);
}

void pail_s3_xml_texts(struct pail_buf *xml, const char *name, struct pail_s3_texts texts)
{
    for (size_t i = 0; i < texts.n; i++)
        pail_xml_element(xml, name, texts.v[i]);
}
