/* SPDX-License-Identifier: Apache-2.0 */
/*
 * s3/attributes.c - what callers say about an object and their access to it, as headers.
 *
 * User metadata goes out as printable ASCII only; S3 would mangle anything else. Keys of SSE-C are
 * given as 32 bytes; base64 and MD5 are put on the wire, as botocore does.
 */
#include "s3/attributes.h"

#include "base/alloc.h"
#include "base/base64.h"
#include "base/str.h"
#include "crypto/digest.h"
#include "s3/op.h"

#define META_PREFIX "x-amz-meta-"
#define SSE_C_KEY_LEN 32

/* Which headers count for a copy that keeps what the source has. */
enum scope { OF_CONTENT, OF_TAGS, OF_OBJECT };

static const struct {
    const char *header;
    size_t offset;
    enum scope scope;
} fields[] = {
#define AT(name) offsetof(struct pail_s3_attributes, name)
    {"Content-Type", AT(content_type), OF_CONTENT},
    {"Content-Encoding", AT(content_encoding), OF_CONTENT},
    {"Cache-Control", AT(cache_control), OF_CONTENT},
    {"Content-Disposition", AT(content_disposition), OF_CONTENT},
    {"Content-Language", AT(content_language), OF_CONTENT},
    {"Expires", AT(expires), OF_CONTENT},
    {"x-amz-website-redirect-location", AT(website_redirect), OF_OBJECT},
    {"x-amz-storage-class", AT(storage_class), OF_OBJECT},
    {"x-amz-acl", AT(acl), OF_OBJECT},
    {"x-amz-grant-full-control", AT(grant_full_control), OF_OBJECT},
    {"x-amz-grant-read", AT(grant_read), OF_OBJECT},
    {"x-amz-grant-read-acp", AT(grant_read_acp), OF_OBJECT},
    {"x-amz-grant-write-acp", AT(grant_write_acp), OF_OBJECT},
    {"x-amz-tagging", AT(tagging), OF_TAGS},
    {"x-amz-server-side-encryption", AT(sse), OF_OBJECT},
    {"x-amz-server-side-encryption-aws-kms-key-id", AT(sse_kms_key_id), OF_OBJECT},
    {"x-amz-server-side-encryption-context", AT(sse_kms_context), OF_OBJECT},
    {"x-amz-object-lock-mode", AT(lock_mode), OF_OBJECT},
    {"x-amz-object-lock-retain-until-date", AT(lock_until), OF_OBJECT},
    {"x-amz-object-lock-legal-hold", AT(legal_hold), OF_OBJECT},
#undef AT
};

static struct pail_str *field_at(const struct pail_s3_attributes *a, size_t i)
{
    return (struct pail_str *)((char *)a + fields[i].offset);
}

/* ---- Requests ---- */

static bool is_token(struct pail_str name)
{
    for (size_t i = 0; i < name.len; i++) {
        char c = name.ptr[i];
        bool ok = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
                  (c && strchr("!#$%&'*+-.^_`|~", c));
        if (!ok)
            return false;
    }
    return name.len > 0;
}

static void add_meta(struct pail_s3_op *op, const struct pail_s3_meta *meta)
{
    struct pail_buf name PAIL_CLEANUP(pail_buf_done) = PAIL_BUF_INIT(4096);

    if (!is_token(meta->name)) {
        pail_s3_op_fail(op, PAIL_E_INVALID,
                        "metadata name \"%.*s\": lower-case letters, digits"
                        " and the signs of a header name",
                        PAIL_STR_ARG(meta->name));
        return;
    }
    pail_buf_z(&name, META_PREFIX);
    pail_buf_str(&name, meta->name);
    if (op->problem.code == 0 && pail_buf_check(&name, "metadata name", &op->problem) == 0)
        pail_s3_op_header(op, pail_buf_cstr(&name), meta->value);
}

void pail_s3_attributes_add_for(struct pail_s3_op *op, const struct pail_s3_attributes *a,
                                bool content, bool tags)
{
    for (size_t i = 0; i < PAIL_ARRAY_LEN(fields); i++) {
        if ((fields[i].scope == OF_CONTENT && !content) || (fields[i].scope == OF_TAGS && !tags))
            continue;
        pail_s3_op_opt_header(op, fields[i].header, *field_at(a, i));
    }
    if (a->bucket_key != PAIL_S3_DEFAULT)
        pail_s3_op_header(op, "x-amz-server-side-encryption-bucket-key-enabled",
                          a->bucket_key == PAIL_S3_ON ? PAIL_STR("true") : PAIL_STR("false"));
    for (size_t i = 0; content && i < a->n_meta; i++)
        add_meta(op, &a->meta[i]);
}

void pail_s3_attributes_add(struct pail_s3_op *op, const struct pail_s3_attributes *a)
{
    pail_s3_attributes_add_for(op, a, true, true);
}

static void add_base64(struct pail_s3_op *op, const char *header, const void *p, size_t n)
{
    struct pail_buf text PAIL_CLEANUP(pail_buf_done) = PAIL_BUF_INIT(256);

    pail_base64_encode(&text, p, n);
    if (op->problem.code == 0 && pail_buf_check(&text, header, &op->problem) == 0)
        pail_s3_op_header(op, header, pail_buf_view(&text));
}

static void add_sse_c(struct pail_s3_op *op, struct pail_bytes key, const char *const headers[3])
{
    uint8_t md5[PAIL_MD5_LEN];

    if (key.len == 0)
        return;
    if (key.len != SSE_C_KEY_LEN) {
        pail_s3_op_fail(op, PAIL_E_INVALID, "a customer key of %zu bytes; it has %d", key.len,
                        SSE_C_KEY_LEN);
        return;
    }
    if (op->problem.code || pail_digest(PAIL_MD5, key, md5, &op->problem) < 0)
        return;
    pail_s3_op_header(op, headers[0], PAIL_STR("AES256"));
    add_base64(op, headers[1], key.ptr, key.len);
    add_base64(op, headers[2], md5, sizeof(md5));
}

void pail_s3_access_add(struct pail_s3_op *op, const struct pail_s3_access *a)
{
    static const char *const headers[3] = {"x-amz-server-side-encryption-customer-algorithm",
                                           "x-amz-server-side-encryption-customer-key",
                                           "x-amz-server-side-encryption-customer-key-MD5"};

    add_sse_c(op, a->sse_c_key, headers);
    pail_s3_op_access(op, a);
}

void pail_s3_op_access(struct pail_s3_op *op, const struct pail_s3_access *a)
{
    if (a->requester_pays && !op->s3->fixed.requester_pays)
        pail_s3_op_header(op, "x-amz-request-payer", PAIL_STR("requester"));
    if (a->expected_owner.len) {
        pail_headers_remove(&op->headers, "x-amz-expected-bucket-owner");
        pail_s3_op_header(op, "x-amz-expected-bucket-owner", a->expected_owner);
    }
}

void pail_s3_access_add_source(struct pail_s3_op *op, const struct pail_s3_access *a)
{
    static const char *const headers[3] = {
        "x-amz-copy-source-server-side-encryption-customer-algorithm",
        "x-amz-copy-source-server-side-encryption-customer-key",
        "x-amz-copy-source-server-side-encryption-customer-key-MD5"};

    add_sse_c(op, a->source_sse_c_key, headers);
    pail_s3_op_opt_header(op, "x-amz-source-expected-bucket-owner", a->source_expected_owner);
}

/* ---- Keeping ---- */

static struct pail_str keep(char **at, struct pail_str s)
{
    struct pail_str copy = pail_strn(*at, s.len);

    if (s.len)
        memcpy(*at, s.ptr, s.len);
    *at += s.len;
    return copy;
}

int pail_s3_attributes_copy(struct pail_s3_attributes *to, const struct pail_s3_attributes *from,
                            void **ret_block, struct pail_error *err)
{
    size_t text = 1;

    for (size_t i = 0; i < PAIL_ARRAY_LEN(fields); i++)
        text += field_at(from, i)->len;
    for (size_t i = 0; i < from->n_meta; i++)
        text += from->meta[i].name.len + from->meta[i].value.len;
    struct pail_s3_meta *meta = pail_alloc(from->n_meta * sizeof(*meta) + text);
    if (!meta)
        return pail_error_nomem(err);
    char *at = (char *)(meta + from->n_meta);
    *to = *from;
    for (size_t i = 0; i < PAIL_ARRAY_LEN(fields); i++)
        *field_at(to, i) = keep(&at, *field_at(from, i));
    for (size_t i = 0; i < from->n_meta; i++)
        meta[i] = (struct pail_s3_meta){keep(&at, from->meta[i].name),
                                        keep(&at, from->meta[i].value)};
    to->meta = from->n_meta ? meta : NULL;
    *ret_block = meta;
    return 0;
}
