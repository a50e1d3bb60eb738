/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which operation a request names. S3 has no operation names on the wire: method, bucket, key,
 * query and one header decide. Sub-resources that the model does not have answer 501 under the name
 * "Unsupported", so that no request is taken for another one by dropping its query.
 */
#include "fake/call.h"
#include "fake/config.h"

#include <string.h>
#include <strings.h>

static void unsupported(struct fake_call *c)
{
    fake_fail(c, 501, "NotImplemented",
              "A header or query you provided implies functionality that is not implemented.");
}

static void wrong_method(struct fake_call *c)
{
    fake_fail(c, 405, "MethodNotAllowed",
              "The specified method is not allowed against this resource.");
}

static const struct fake_op ops[] = {
    {"Unsupported", unsupported, 0},
    {"MethodNotAllowed", wrong_method, 0},
    {"ListBuckets", fake_op_list_buckets, 0},
    {"CreateBucket", fake_op_create_bucket, FAKE_OP_XML},
    {"DeleteBucket", fake_op_delete_bucket, 0},
    {"HeadBucket", fake_op_head_bucket, 0},
    {"GetBucketLocation", fake_op_bucket_location, 0},
    {"GetBucketVersioning", fake_op_config, 0},
    {"PutBucketVersioning", fake_op_config, FAKE_OP_XML},
    {"GetBucketCors", fake_op_config, 0},
    {"PutBucketCors", fake_op_config, FAKE_OP_XML},
    {"DeleteBucketCors", fake_op_config, 0},
    {"GetBucketTagging", fake_op_config, 0},
    {"PutBucketTagging", fake_op_config, FAKE_OP_XML},
    {"DeleteBucketTagging", fake_op_config, 0},
    {"GetObjectTagging", fake_op_config, 0},
    {"PutObjectTagging", fake_op_config, FAKE_OP_XML},
    {"DeleteObjectTagging", fake_op_config, 0},
    {"GetBucketLifecycleConfiguration", fake_op_config, 0},
    {"PutBucketLifecycleConfiguration", fake_op_config, FAKE_OP_XML},
    {"DeleteBucketLifecycle", fake_op_config, 0},
    {"GetBucketPolicy", fake_op_config, 0},
    {"PutBucketPolicy", fake_op_config, FAKE_OP_XML},
    {"DeleteBucketPolicy", fake_op_config, 0},
    {"GetBucketEncryption", fake_op_config, 0},
    {"PutBucketEncryption", fake_op_config, FAKE_OP_XML},
    {"DeleteBucketEncryption", fake_op_config, 0},
    {"GetBucketAcl", fake_op_config, 0},
    {"PutBucketAcl", fake_op_config, FAKE_OP_XML},
    {"GetObjectAcl", fake_op_config, 0},
    {"PutObjectAcl", fake_op_config, FAKE_OP_XML},
    {"GetObjectAttributes", fake_op_object_attributes, 0},
    {"ListObjectVersions", fake_op_list_versions, 0},
    {"ListObjects", fake_op_list_v1, 0},
    {"ListObjectsV2", fake_op_list_v2, 0},
    {"GetObject", fake_op_get_object, 0},
    {"HeadObject", fake_op_get_object, 0},
    {"PutObject", fake_op_put_object, FAKE_OP_DATA},
    {"CopyObject", fake_op_copy_object, FAKE_OP_SOURCE},
    {"DeleteObject", fake_op_delete_object, 0},
    {"DeleteObjects", fake_op_delete_objects, FAKE_OP_XML},
    {"CreateMultipartUpload", fake_op_create_upload, 0},
    {"UploadPart", fake_op_upload_part, FAKE_OP_DATA},
    {"UploadPartCopy", fake_op_upload_part_copy, FAKE_OP_SOURCE},
    {"CompleteMultipartUpload", fake_op_complete, FAKE_OP_XML},
    {"AbortMultipartUpload", fake_op_abort, 0},
    {"ListParts", fake_op_list_parts, 0},
    {"ListMultipartUploads", fake_op_list_uploads, 0},
    {"Sts", fake_op_sts, FAKE_OP_STS}, /* until the body says which */
    {"AssumeRole", fake_op_sts, FAKE_OP_STS},
    {"AssumeRoleWithWebIdentity", fake_op_sts, FAKE_OP_STS},
    {"GetCallerIdentity", fake_op_sts, FAKE_OP_STS},
    {"GetSessionToken", fake_op_sts, FAKE_OP_STS},
};
#define N_OPS (sizeof(ops) / sizeof(ops[0]))

size_t fake_op_count(void)
{
    return N_OPS;
}

const struct fake_op *fake_op_at(size_t i)
{
    return i < N_OPS ? &ops[i] : NULL;
}

const struct fake_op *fake_op_named(const char *name)
{
    for (size_t i = 0; i < N_OPS; i++)
        if (strcmp(ops[i].name, name) == 0)
            return &ops[i];
    return NULL;
}

size_t fake_op_index(const struct fake_op *op)
{
    return (size_t)(op - ops);
}

/* A query parameter that names something else than the plain bucket or object. */
static bool has_subresource(const struct fake_call *c)
{
    static const char *const names[] = {"acl",
                                        "tagging",
                                        "cors",
                                        "policy",
                                        "policyStatus",
                                        "lifecycle",
                                        "website",
                                        "logging",
                                        "notification",
                                        "replication",
                                        "encryption",
                                        "versions",
                                        "object-lock",
                                        "publicAccessBlock",
                                        "ownershipControls",
                                        "requestPayment",
                                        "accelerate",
                                        "inventory",
                                        "analytics",
                                        "metrics",
                                        "intelligent-tiering",
                                        "torrent",
                                        "retention",
                                        "legal-hold",
                                        "attributes",
                                        "restore",
                                        "select",
                                        "renameObject",
                                        "session",
                                        "append",
                                        "metadataTable"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (fake_params_get(&c->params, names[i]))
            return true;
    return false;
}

static const char *bucket_op(const struct fake_call *c, const char *method)
{
    if (strcmp(method, "GET") == 0) {
        if (fake_params_get(&c->params, "location"))
            return "GetBucketLocation";
        if (fake_params_get(&c->params, "uploads"))
            return "ListMultipartUploads";
        const char *type = fake_call_param(c, "list-type");
        return type && strcmp(type, "2") == 0 ? "ListObjectsV2" : "ListObjects";
    }
    if (strcmp(method, "HEAD") == 0)
        return "HeadBucket";
    if (strcmp(method, "PUT") == 0)
        return "CreateBucket";
    if (strcmp(method, "DELETE") == 0)
        return "DeleteBucket";
    if (strcmp(method, "POST") == 0)
        return fake_params_get(&c->params, "delete") ? "DeleteObjects" : "Unsupported";
    return "MethodNotAllowed";
}

static const char *object_op(const struct fake_call *c, const char *method)
{
    bool upload = fake_params_get(&c->params, "uploadId") != NULL;
    bool copy = fake_call_header(c, "x-amz-copy-source") != NULL;
    if (strcmp(method, "GET") == 0)
        return upload ? "ListParts" : "GetObject";
    if (strcmp(method, "HEAD") == 0)
        return "HeadObject";
    if (strcmp(method, "PUT") == 0) {
        if (upload || fake_params_get(&c->params, "partNumber"))
            return copy ? "UploadPartCopy" : "UploadPart";
        return copy ? "CopyObject" : "PutObject";
    }
    if (strcmp(method, "DELETE") == 0)
        return upload ? "AbortMultipartUpload" : "DeleteObject";
    if (strcmp(method, "POST") == 0) {
        if (fake_params_get(&c->params, "uploads"))
            return "CreateMultipartUpload";
        return upload ? "CompleteMultipartUpload" : "Unsupported";
    }
    return "MethodNotAllowed";
}

const struct fake_op *fake_route(const struct fake_call *c)
{
    const char *method = c->rq->method, *name = fake_config_op(c);
    if (name)
        return fake_op_named(name);
    if (has_subresource(c))
        name = "Unsupported";
    else if (!c->bucket_name)
        name = strcmp(method, "GET") == 0    ? "ListBuckets"
               : strcmp(method, "POST") == 0 ? "Sts"
                                             : "MethodNotAllowed";
    else
        name = c->key.p ? object_op(c, method) : bucket_op(c, method);
    return fake_op_named(name);
}
