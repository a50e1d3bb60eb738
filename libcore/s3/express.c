/* SPDX-License-Identifier: Apache-2.0 */
/*
 * s3/express.c - CreateSession of directory buckets. When it is asked for, and what becomes of the
 * credentials: auth/express.c.
 */
#include "s3/express.h"

#include "base/clock.h"
#include "base/secret.h"
#include "base/str.h"
#include "s3/answer.h"
#include "s3/op.h"

struct create_op {
    struct pail_s3_op op;
    struct create_result *ret;
};
struct create_result {
    char access_key[256], secret_key[256], token[4096];
    int64_t expires_ns;
};

static int create_leaf(void *ud, struct pail_str path, struct pail_str text, struct pail_error *err)
{
    struct create_result *r = ud;

    if (pail_str_ends(path, PAIL_STR("/AccessKeyId")))
        return pail_s3_copy_text("an access key", text, r->access_key, sizeof(r->access_key), err);
    if (pail_str_ends(path, PAIL_STR("/SecretAccessKey")))
        return pail_s3_copy_text("a secret key", text, r->secret_key, sizeof(r->secret_key), err);
    if (pail_str_ends(path, PAIL_STR("/SessionToken")))
        return pail_s3_copy_text("a token", text, r->token, sizeof(r->token), err);
    if (pail_str_ends(path, PAIL_STR("/Expiration")))
        return pail_s3_parse_time(text, &r->expires_ns, err);
    return 0;
}

static int create_parse(struct pail_s3_op *op, const struct pail_response *rs,
                        struct pail_error *err)
{
    static const struct pail_xml_handler handler = {.leaf = create_leaf};
    struct create_result *r = PAIL_CONTAINER(op, struct create_op, op)->ret;

    int rc = pail_s3_parse_xml(rs->body, &handler, r, err);
    if (rc == 0 && (!r->access_key[0] || !r->secret_key[0] || !r->token[0] || !r->expires_ns))
        rc = pail_error_set(err, PAIL_D_DATA, PAIL_E_GARBAGE, "a session without credentials");
    return rc;
}

static const struct pail_s3_op_kind create_kind = {
    .name = "CreateSession",
    .method = "GET",
    .size = sizeof(struct create_op),
    .xml = true,
    .on_bucket = true,
    .parse = create_parse,
};

int pail_s3_create_session(void *s3, struct pail_str bucket, struct pail_credentials *base,
                           struct pail_credentials **ret, struct pail_error *err)
{
    struct create_result r = {.expires_ns = 0};
    struct pail_s3_op *op;
    struct pail_s3_wait w;

    int rc = pail_s3_op_new(s3, &create_kind, bucket, PAIL_STR(""), NULL, &op, err);
    if (rc < 0)
        return rc;
    PAIL_CONTAINER(op, struct create_op, op)->ret = &r;
    op->credentials = pail_credentials_ref(base);
    pail_s3_op_query(op, "session", PAIL_STR(""));
    rc = pail_s3_op_submit(op, pail_s3_wait_done, &w, &w.call, err);
    rc = pail_s3_wait(&w, rc, err);
    if (rc == 0) {
        struct pail_credentials_fields f = {
            .access_key = pail_str(r.access_key),
            .secret_key = pail_str(r.secret_key),
            .session_token = pail_str(r.token),
            .expires_unix_s = r.expires_ns / PAIL_NS_PER_S,
            .method = "s3express",
        };
        rc = pail_credentials_new(&f, ret, err);
    }
    pail_wipe(&r, sizeof(r));
    return rc;
}
