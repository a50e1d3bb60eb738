/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of exceptions, and those that change requests. Those that change results are in
 * quirks_result.c.
 *
 * A row names a service, an operation (NULL: all) and a step. Rows are run in their order. Nothing
 * here invents behaviour: every row is one of botocore's handlers; what the caller gave himself is
 * never overwritten.
 */
#include "protocol/quirks.h"

#include "base/base64.h"
#include "base/env.h"
#include "base/hex.h"
#include "base/str.h"
#include "base/uri.h"
#include "crypto/digest.h"
#include "protocol/quirks_result.h"
#include "protocol/serialize.h"
#include "protocol/validate.h"

typedef int quirk_fn(struct pail_quirk *q);

struct row {
    const char *service, *operation;
    quirk_fn *params, *wire, *result;
};

static struct pail_value *param(const struct pail_quirk *q, const char *name)
{
    return pail_value_get(q->params, pail_str(name));
}

static void set_param(struct pail_quirk *q, const char *name, struct pail_str v)
{
    pail_value_set(q->vs, q->params, pail_str(name), pail_value_str(q->vs, v));
}

static int refuse_param(struct pail_quirk *q, const char *text, struct pail_str what)
{
    return pail_param_error(q->err, "%s%.*s", text, PAIL_STR_ARG(what));
}

/* ---- Always ---- */

void pail_quirk_operation(struct pail_operation *op)
{
    struct pail_service_info info = pail_service_info(op->service);
    struct pail_model_value v;
    struct pail_str name;

    if (pail_str_eqz(info.name, "s3") && pail_str_starts(op->uri, PAIL_STR("/{Bucket}")))
        op->uri = pail_str_from(op->uri, 9);
    if (!pail_str_eqz(info.name, "s3control") || !pail_str_eqz(op->host_prefix, "{AccountId}."))
        return;
    for (unsigned i = 0; pail_operation_static_param(op, i, &name, &v); i++)
        if (pail_str_eqz(name, "RequiresAccountId") && v.boolean)
            op->host_prefix = pail_str(NULL);
}

bool pail_quirk_unsigned(const struct pail_operation *op)
{
    static const char *const ops[][2] = {
        {"cognito-identity", "GetId"},          {"cognito-identity", "GetOpenIdToken"},
        {"cognito-identity", "UnlinkIdentity"}, {"cognito-identity", "GetCredentialsForIdentity"},
        {"sts", "AssumeRoleWithSAML"},          {"sts", "AssumeRoleWithWebIdentity"},
    };
    struct pail_service_info info = pail_service_info(op->service);

    for (size_t i = 0; i < PAIL_ARRAY_LEN(ops); i++)
        if (pail_str_eqz(info.name, ops[i][0]) && pail_str_eqz(op->name, ops[i][1]))
            return true;
    return false;
}

/* ---- Names ---- */

static int alias(struct pail_quirk *q, const char *original, const char *other)
{
    struct pail_value *v = param(q, other);
    struct pail_shape input, m;

    if (!v || !pail_operation_input(q->op, &input) ||
        !pail_shape_member(&input, pail_str(original), &m))
        return 0;
    if (param(q, original))
        return pail_error_set(q->err, PAIL_D_USAGE, PAIL_E_INVALID,
                              "Parameter '%s' has been supplied for '%.*s', but it's an alias of "
                              "'%s', which is there too",
                              other, PAIL_STR_ARG(q->op->name), original);
    pail_value_remove(q->params, pail_str(other));
    pail_value_set(q->vs, q->params, pail_str(original), v);
    return 0;
}

static int alias_filters(struct pail_quirk *q)
{
    return alias(q, "Filter", "Filters");
}

static int alias_from(struct pail_quirk *q)
{
    return alias(q, "from", "fromTime");
}

static int alias_return(struct pail_quirk *q)
{
    return alias(q, "return", "returnFields");
}

/* ---- S3 ---- */

static bool is_bucket_name(struct pail_str s)
{
    for (size_t i = 0; i < s.len; i++) {
        char c = s.ptr[i];
        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
              c == '.' || c == '-' || c == '_'))
            return false;
    }
    return s.len >= 1 && s.len <= 255;
}

/* ARNs of access points; what is wrong inside of them, the endpoint rules say. */
static bool is_access_point(struct pail_str s)
{
    return pail_str_starts(s, PAIL_STR("arn:aws")) &&
           pail_str_find_str(s, PAIL_STR("accesspoint")) != SIZE_MAX;
}

static int check_bucket(struct pail_quirk *q)
{
    struct pail_str bucket = pail_value_as_str(param(q, "Bucket"));

    if (!bucket.ptr || is_bucket_name(bucket) || is_access_point(bucket))
        return 0;
    return pail_param_error(
        q->err,
        "Invalid bucket name \"%.*s\": Bucket name must match the regex "
        "\"^[a-zA-Z0-9.\\-_]{1,255}$\" or be an ARN matching the regex "
        "\"^arn:(aws).*:(s3|s3-object-lambda):[a-z\\-0-9]*:[0-9]{12}:"
        "accesspoint[/:][a-zA-Z0-9\\-.]{1,63}$|^arn:(aws).*:s3-outposts:[a-z\\-0-9]+:"
        "[0-9]{12}:outpost[/:][a-zA-Z0-9\\-]{1,63}[/:]accesspoint[/:][a-zA-Z0-9\\-]{1,63}$\"",
        PAIL_STR_ARG(pail_str_sub(bucket, 0, 255)));
}

/* Keys may hold characters that XML cannot carry. */
static int ask_for_encoding(struct pail_quirk *q)
{
    if (!param(q, "EncodingType")) {
        q->flags |= PAIL_QUIRK_URL_ENCODED;
        set_param(q, "EncodingType", PAIL_STR("url"));
    }
    return 0;
}

/* "bucket/key" with or without "?versionId=...", or {Bucket, Key, VersionId}. */
static int copy_source(struct pail_quirk *q)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf text = PAIL_BUF_INIT(64 * 1024);
    struct pail_value *v = param(q, "CopySource");
    struct pail_str whole = pail_value_as_str(v), version = pail_str(NULL);

    if (pail_value_type(v) == PAIL_VAL_MAP) {
        struct pail_str bucket = pail_value_as_str(pail_value_get(v, PAIL_STR("Bucket")));
        struct pail_str key = pail_value_as_str(pail_value_get(v, PAIL_STR("Key")));
        version = pail_value_as_str(pail_value_get(v, PAIL_STR("VersionId")));
        if (!bucket.ptr || !key.ptr)
            return refuse_param(q, "Missing required parameter: ",
                                bucket.ptr ? PAIL_STR("'Key'") : PAIL_STR("'Bucket'"));
        pail_uri_encode(&text, bucket, PAIL_URI_PATH);
        pail_buf_z(&text, is_access_point(bucket) ? "/object/" : "/");
        pail_uri_encode(&text, key, PAIL_URI_PATH);
        if (version.ptr)
            pail_buf_fmt(&text, "?versionId=%.*s", PAIL_STR_ARG(version));
    } else if (whole.ptr) {
        size_t at = pail_str_find_str(whole, PAIL_STR("?versionId="));
        pail_uri_encode(&text, pail_str_sub(whole, 0, at), PAIL_URI_PATH);
        if (at != SIZE_MAX)
            pail_buf_str(&text, pail_str_from(whole, at));
    } else {
        return 0;
    }
    set_param(q, "CopySource", pail_buf_view(&text));
    return pail_buf_check(&text, "CopySource", q->err);
}

static int ascii_metadata(struct pail_quirk *q)
{
    const struct pail_value *m = param(q, "Metadata");

    for (size_t i = 0; i < pail_value_len(m); i++) {
        struct pail_str key = pail_value_key_at(m, i), v = pail_value_as_str(pail_value_at(m, i));
        bool ok = true;
        for (size_t k = 0; k < key.len; k++)
            ok = ok && (unsigned char)key.ptr[k] < 0x80;
        for (size_t k = 0; k < v.len; k++)
            ok = ok && (unsigned char)v.ptr[k] < 0x80;
        if (!ok)
            return refuse_param(q,
                                "Non ascii characters found in S3 metadata. "
                                "S3 metadata can only contain ASCII characters; key ",
                                key);
    }
    return 0;
}

static int one_sse_key(struct pail_quirk *q, const char *key_name, const char *md5_name)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf key = PAIL_BUF_INIT(4096);
    PAIL_CLEANUP(pail_buf_done) struct pail_buf sum = PAIL_BUF_INIT(64);
    struct pail_str raw = pail_value_bytes(param(q, key_name));
    uint8_t md5[PAIL_MD5_LEN];

    if (!raw.ptr || param(q, md5_name))
        return 0;
    int rc = pail_digest(PAIL_MD5, (struct pail_bytes){raw.ptr, raw.len}, md5, q->err);
    if (rc < 0)
        return rc;
    pail_base64_encode(&key, raw.ptr, raw.len);
    pail_base64_encode(&sum, md5, sizeof(md5));
    rc = pail_buf_check(&key, key_name, q->err);
    if (rc == 0)
        rc = pail_buf_check(&sum, md5_name, q->err);
    set_param(q, key_name, pail_buf_view(&key));
    set_param(q, md5_name, pail_buf_view(&sum));
    return rc;
}

static int sse_key(struct pail_quirk *q)
{
    int rc = one_sse_key(q, "SSECustomerKey", "SSECustomerKeyMD5");
    return rc < 0 ? rc : one_sse_key(q, "CopySourceSSECustomerKey", "CopySourceSSECustomerKeyMD5");
}

/* ---- Single parameters ---- */

static int base64_user_data(struct pail_quirk *q)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf text = PAIL_BUF_INIT(1 << 20);
    struct pail_str raw = pail_value_bytes(param(q, "UserData"));

    if (!raw.ptr)
        return 0;
    pail_base64_encode(&text, raw.ptr, raw.len);
    set_param(q, "UserData", pail_buf_view(&text));
    return pail_buf_check(&text, "UserData", q->err);
}

/* "/hostedzone/Z1" is what Route 53 gives and does not take. */
static int bare_ids(struct pail_quirk *q)
{
    struct pail_shape input, m;

    for (unsigned i = 0; pail_operation_input(q->op, &input) && pail_shape_at(&input, i, &m); i++) {
        struct pail_str id = pail_value_as_str(pail_value_get(q->params, m.member));
        size_t slash = pail_str_rfind(id, '/');
        if (id.ptr && slash != SIZE_MAX &&
            (pail_str_eqz(m.name, "ResourceId") || pail_str_eqz(m.name, "DelegationSetId") ||
             pail_str_eqz(m.name, "ChangeId")))
            pail_value_set(q->vs, q->params, m.member,
                           pail_value_str(q->vs, pail_str_from(id, slash + 1)));
    }
    return 0;
}

static int own_account(struct pail_quirk *q)
{
    if (!pail_is_given(param(q, "accountId")))
        set_param(q, "accountId", PAIL_STR("-"));
    return 0;
}

/* ---- Requests ---- */

static int default_header(struct pail_quirk *q, const char *name, struct pail_str value)
{
    if (pail_headers_get(&q->wire->headers, name).ptr)
        return 0;
    return pail_headers_set(&q->wire->headers, pail_str(name), value, q->err);
}

static int trace_header(struct pail_quirk *q)
{
    static const char safe[] = "-=;:+&[]{}\"',_.~";
    PAIL_CLEANUP(pail_buf_done) struct pail_buf text = PAIL_BUF_INIT(4096);
    struct pail_str id = pail_str(pail_env_get_nonempty("_X_AMZN_TRACE_ID"));

    if (!id.ptr || !pail_env_get("AWS_LAMBDA_FUNCTION_NAME"))
        return 0;
    for (size_t i = 0; i < id.len; i++) {
        if (strchr(safe, id.ptr[i]))
            pail_buf_char(&text, id.ptr[i]);
        else
            pail_uri_encode(&text, pail_str_sub(id, i, 1), PAIL_URI_COMPONENT);
    }
    return default_header(q, "X-Amzn-Trace-Id", pail_buf_view(&text));
}

static int discovery_header(struct pail_quirk *q)
{
    if (!(q->op->flags & PAIL_OP_DISCOVERS))
        return 0;
    return default_header(q, "x-amz-api-version", q->client->info.api_version);
}

static int glacier_version(struct pail_quirk *q)
{
    return default_header(q, "x-amz-glacier-version", q->client->info.api_version);
}

static int accept_json(struct pail_quirk *q)
{
    return default_header(q, "Accept", PAIL_STR("application/json"));
}

/* SHA-256 over hashes of 1 MiB, in pairs, up to one. */
static int tree_hash(struct pail_bytes data, uint8_t ret[PAIL_SHA256_LEN], struct pail_error *err)
{
    const size_t leaf = (size_t)1 << 20;
    PAIL_CLEANUP(pail_buf_done) struct pail_buf level = PAIL_BUF_INIT(SIZE_MAX / 2);
    size_t n = 0;
    int rc = 0;

    do {
        size_t at = n++ * leaf, len = pail_min_u64(leaf, data.len - at);
        rc = pail_digest(PAIL_SHA256, (struct pail_bytes){(const char *)data.ptr + at, len}, ret,
                         err);
        pail_buf_append(&level, ret, PAIL_SHA256_LEN);
    } while (rc == 0 && n * leaf < data.len);
    if (rc == 0)
        rc = pail_buf_check(&level, "tree hash", err);
    for (; rc == 0 && n > 1; n = (n + 1) / 2)
        for (size_t i = 0; rc == 0 && i < n; i += 2) {
            char *to = level.ptr + i / 2 * PAIL_SHA256_LEN, *from = level.ptr + i * PAIL_SHA256_LEN;
            if (i + 1 < n)
                rc = pail_digest(PAIL_SHA256, (struct pail_bytes){from, 2 * PAIL_SHA256_LEN}, ret,
                                 err);
            else
                memcpy(ret, from, PAIL_SHA256_LEN);
            memcpy(to, ret, PAIL_SHA256_LEN);
        }
    if (rc == 0)
        memcpy(ret, level.ptr, PAIL_SHA256_LEN);
    return rc;
}

static int glacier_sums(struct pail_quirk *q)
{
    struct pail_bytes body = {q->wire->body.ptr ? q->wire->body.ptr : "", q->wire->body.len};
    uint8_t raw[PAIL_SHA256_LEN];
    char hex[2 * PAIL_SHA256_LEN + 1];

    int rc = pail_sha256_hex(body, hex, q->err);
    if (rc == 0)
        rc = default_header(q, "x-amz-content-sha256", pail_str(hex));
    if (rc == 0)
        rc = tree_hash(body, raw, q->err);
    if (rc < 0)
        return rc;
    pail_hex_encode(raw, sizeof(raw), hex);
    return default_header(q, "x-amz-sha256-tree-hash", pail_str(hex));
}

/* A search may be longer than a URL. */
static int get_to_post(struct pail_quirk *q)
{
    struct pail_wire *w = q->wire;

    if (!pail_str_eqz(w->method, "GET") || !w->query.len)
        return 0;
    w->method = PAIL_STR("POST");
    pail_buf_reset(&w->body);
    pail_buf_str(&w->body, pail_buf_view(&w->query));
    pail_buf_reset(&w->query);
    int rc = pail_buf_check(&w->body, "request body", q->err);
    return rc < 0 ? rc
                  : pail_headers_set(&w->headers, PAIL_STR("Content-Type"),
                                     PAIL_STR("application/x-www-form-urlencoded"), q->err);
}

/* ---- The table ---- */

static const struct row rows[] = {
    {"ec2", NULL, .params = alias_filters},
    {"logs", "CreateExportTask", .params = alias_from},
    {"cloudsearchdomain", "Search", .params = alias_return, .wire = get_to_post},
    {"s3", NULL, .params = check_bucket, .result = pail_quirk_expires},
    {"s3", NULL, .params = sse_key},
    {"s3", "ListObjects", .params = ask_for_encoding, .result = pail_quirk_decode_list},
    {"s3", "ListObjectsV2", .params = ask_for_encoding, .result = pail_quirk_decode_list_v2},
    {"s3", "ListObjectVersions", .params = ask_for_encoding, .result = pail_quirk_decode_versions},
    {"s3", "CopyObject", .params = copy_source},
    {"s3", "UploadPartCopy", .params = copy_source},
    {"s3", "CopyObject", .params = ascii_metadata},
    {"s3", "PutObject", .params = ascii_metadata},
    {"s3", "CreateMultipartUpload", .params = ascii_metadata},
    {"s3", "GetBucketLocation", .result = pail_quirk_bucket_location},
    {"ec2", "RunInstances", .params = base64_user_data},
    {"autoscaling", "CreateLaunchConfiguration", .params = base64_user_data},
    {"ec2", "GetConsoleOutput", .result = pail_quirk_console_output},
    {"route53", NULL, .params = bare_ids},
    {"glacier", NULL, .params = own_account, .wire = glacier_version},
    {"glacier", "UploadArchive", .wire = glacier_sums},
    {"glacier", "UploadMultipartPart", .wire = glacier_sums},
    {"apigateway", NULL, .wire = accept_json},
    {"iam", NULL, .result = pail_quirk_policies},
    {"cloudformation", "GetTemplate", .result = pail_quirk_template},
    {"sqs", "SendMessage", .result = pail_quirk_sent_md5},
    {"sqs", "ReceiveMessage", .result = pail_quirk_received_md5},
    {NULL, NULL, .wire = trace_header},
    {NULL, NULL, .wire = discovery_header},
};

enum step { STEP_PARAMS, STEP_WIRE, STEP_RESULT };

static int run(struct pail_quirk *q, enum step step)
{
    int rc = 0;

    for (size_t i = 0; rc == 0 && i < PAIL_ARRAY_LEN(rows); i++) {
        const struct row *r = &rows[i];
        quirk_fn *fn = step == STEP_PARAMS ? r->params : step == STEP_WIRE ? r->wire : r->result;
        if (fn && (!r->service || pail_str_eqz(q->client->info.name, r->service)) &&
            (!r->operation || pail_str_eqz(q->op->name, r->operation)))
            rc = fn(q);
    }
    return rc;
}

int pail_quirk_params(struct pail_quirk *q)
{
    return run(q, STEP_PARAMS);
}

int pail_quirk_wire(struct pail_quirk *q)
{
    return run(q, STEP_WIRE);
}

int pail_quirk_result(struct pail_quirk *q)
{
    return run(q, STEP_RESULT);
}

const char *pail_quirk_presigned(const struct pail_operation *op)
{
    static const char *const ops[][3] = {
        {"ec2", "CopySnapshot", "PresignedUrl"},
        {"rds", "CopyDBClusterSnapshot", "PreSignedUrl"},
        {"rds", "CreateDBCluster", "PreSignedUrl"},
        {"rds", "CopyDBSnapshot", "PreSignedUrl"},
        {"rds", "CreateDBInstanceReadReplica", "PreSignedUrl"},
        {"rds", "StartDBInstanceAutomatedBackupsReplication", "PreSignedUrl"},
        {"neptune", "CopyDBClusterSnapshot", "PreSignedUrl"},
        {"neptune", "CreateDBCluster", "PreSignedUrl"},
        {"docdb", "CopyDBClusterSnapshot", "PreSignedUrl"},
        {"docdb", "CreateDBCluster", "PreSignedUrl"},
    };
    struct pail_service_info info = pail_service_info(op->service);

    for (size_t i = 0; i < PAIL_ARRAY_LEN(ops); i++)
        if (pail_str_eqz(info.name, ops[i][0]) && pail_str_eqz(op->name, ops[i][1]))
            return ops[i][2];
    return NULL;
}

struct pail_str pail_quirk_url(const struct pail_operation *op, const struct pail_value *params)
{
    struct pail_service_info info = pail_service_info(op->service);

    if (!pail_str_eqz(info.name, "machinelearning") || !pail_str_eqz(op->name, "Predict"))
        return pail_str(NULL);
    return pail_value_as_str(pail_value_get(params, PAIL_STR("PredictEndpoint")));
}
