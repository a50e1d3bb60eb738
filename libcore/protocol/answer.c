/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Answers: results, refusals, and what the caller is told about them.
 *
 * A refusal keeps the service's whole answer as a value; struct pail_error gets its code, its ids
 * and botocore's sentence. What another attempt would be worth is the engine's to decide; here is
 * only added what nobody else knows: errors that the model calls retryable, and S3's hints at the
 * right region.
 */
#include <limits.h>
#include <stdio.h>

#include "auth/moved.h"
#include "auth/session.h"
#include "base/alloc.h"
#include "base/str.h"
#include "http/proxy.h"
#include "protocol/discovery.h"
#include "protocol/eventstream.h"
#include "protocol/opcall.h"
#include "protocol/parse.h"
#include "protocol/validate.h"

/* ---- Refusals ---- */

static struct pail_str member(const struct pail_value *map, const char *a, const char *b)
{
    return pail_value_as_str(pail_value_get(pail_value_get(map, pail_str(a)), pail_str(b)));
}

static void copy_text(char *to, size_t cap, struct pail_str s)
{
    size_t n = pail_min_u64(s.len, cap - 1);

    if (n)
        memcpy(to, s.ptr, n);
    to[n] = '\0';
}

/* "An error occurred (Code) when calling the Op operation: Message" */
static void sentence(const struct pail_opcall *c, const char *retries, struct pail_error *err)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf text = PAIL_BUF_INIT(64 * 1024);
    const struct pail_value *error = pail_value_get(c->refusal->value, PAIL_STR("Error"));
    const struct pail_value *code = pail_value_get(error, PAIL_STR("Code"));
    const struct pail_value *message = pail_value_get(error, PAIL_STR("Message"));

    pail_buf_z(&text, "An error occurred (");
    if (code)
        pail_python_str(&text, code);
    else
        pail_buf_z(&text, "Unknown");
    pail_buf_fmt(&text, ") when calling the %.*s operation%s: ", PAIL_STR_ARG(c->op.name), retries);
    if (message)
        pail_python_str(&text, message);
    else
        pail_buf_z(&text, "Unknown");
    copy_text(err->message, sizeof(err->message), pail_buf_view(&text));
}

static void fill_error(const struct pail_opcall *c, int status, struct pail_error *err)
{
    const struct pail_value *v = c->refusal->value;
    struct pail_shape shape;
    struct pail_str code = member(v, "Error", "Code");

    (void)pail_error_set(err, PAIL_D_SERVICE, PAIL_E_SERVICE, "?");
    sentence(c, "", err);
    copy_text(err->service_code, sizeof(err->service_code), code);
    copy_text(err->request_id, sizeof(err->request_id), member(v, "ResponseMetadata", "RequestId"));
    err->http_status = status;
    if (!pail_shape_for_error(c->op.service, code, &shape))
        return;
    if (shape.traits & PAIL_TRAIT_THROTTLING)
        err->code = PAIL_E_THROTTLED;
    else if (shape.traits & PAIL_TRAIT_RETRYABLE)
        err->retry = PAIL_RETRY_BACKOFF;
}

static int add_retries(struct pail_opcall *c, struct pail_result *r, struct pail_error *err)
{
    struct pail_value *metadata = pail_value_get(r->value, PAIL_STR("ResponseMetadata"));

    pail_value_set(r->vs, metadata, PAIL_STR("RetryAttempts"),
                   pail_value_int(r->vs, c->number ? c->number - 1 : 0));
    return pail_values_check(r->vs, err);
}

static int refuse(struct pail_opcall *c, const struct pail_wire_answer *a, struct pail_error *err)
{
    struct pail_result *r = NULL;

    c->refusal = pail_result_free(c->refusal);
    int rc = pail_result_new(&r, err);
    if (rc == 0)
        rc = pail_parse_error(&c->op, a, r->vs, &r->value, err);
    if (rc == 0)
        rc = add_retries(c, r, err);
    if (rc < 0) {
        (void)pail_result_free(r);
        return rc;
    }
    c->refusal = r;
    fill_error(c, a->status, err);
    return err->code;
}

/* The region where a bucket is, when the answer hints at another than ours. */
static bool learn_region(struct pail_opcall *c, const struct pail_wire_answer *a)
{
    const struct pail_value *doc = c->refusal->value;
    const struct pail_moved_hints hints = {
        .status = a->status,
        .head = pail_str_starts(c->op.name, PAIL_STR("Head")),
        .creates = pail_str_eqz(c->op.name, "CreateBucket"),
        .code = member(doc, "Error", "Code"),
        .message = member(doc, "Error", "Message"),
        .region = member(doc, "Error", "Region"),
        .header = pail_headers_get(a->headers, "x-amz-bucket-region"),
        .asked_region = pail_str(c->region),
    };
    if (pail_str_starts(pail_value_as_str(pail_value_get(c->params, PAIL_STR("Bucket"))),
                        PAIL_STR("arn:")))
        return false;
    struct pail_str region = pail_moved_to(&hints);
    if (!region.len || region.len >= sizeof(c->region))
        return false;
    copy_text(c->region, sizeof(c->region), region);
    return true;
}

/* ---- Results ---- */

/* S3 begins some answers with 200 before it knows how they end. */
static bool hides_error(const struct pail_opcall *c, const struct pail_wire_answer *a)
{
    struct pail_str body = pail_str_trim(a->body), head = pail_str_sub(body, 0, 512);
    struct pail_shape output;

    if (!c->s3 || c->has_stream || c->has_events || !body.len ||
        !pail_operation_output(&c->op, &output))
        return false;
    if (pail_str_starts(head, PAIL_STR("<?"))) {
        size_t end = pail_str_find_str(head, PAIL_STR("?>"));
        head = pail_str_trim(pail_str_from(head, end == SIZE_MAX ? head.len : end + 2));
    }
    return pail_str_starts(head, PAIL_STR("<Error>")) || pail_str_starts(head, PAIL_STR("<Error "));
}

/* DynamoDB sums what it sends. */
static int check_crc32(const struct pail_opcall *c, const struct pail_wire_answer *a,
                       struct pail_error *err)
{
    uint64_t expected;

    if (!pail_str_starts(c->client->info.name, PAIL_STR("dynamodb")) ||
        !pail_str_to_u64(pail_headers_get(a->headers, "x-amz-crc32"), &expected) ||
        pail_headers_get(a->headers, "Content-Encoding").ptr || a->elsewhere)
        return 0;
    uint32_t got = pail_crc32(0, a->body.ptr, a->body.len);
    if (got == expected)
        return 0;
    return pail_error_set(err, PAIL_D_DATA, PAIL_E_CHECKSUM,
                          "the answer's CRC32 is %lu, not %llu as promised", (unsigned long)got,
                          (unsigned long long)expected);
}

static int make_result(struct pail_opcall *c, const struct pail_wire_answer *a,
                       struct pail_result *r, struct pail_error *err)
{
    int rc = pail_parse(&c->op, a, r->vs, &r->value, err);

    if (rc == 0 && c->events) {
        struct pail_value *metadata = pail_value_get(r->value, PAIL_STR("ResponseMetadata"));
        pail_value_remove(r->value, PAIL_STR("ResponseMetadata"));
        rc = pail_events_finish(c->events, r->vs, r->value, err);
        pail_value_set(r->vs, r->value, PAIL_STR("ResponseMetadata"), metadata);
    }
    if (rc == 0)
        rc = add_retries(c, r, err);
    if (rc == 0 && !c->plain) {
        struct pail_quirk q = c->quirk;
        q.vs = r->vs;
        q.answer = a;
        q.result = r->value;
        q.err = err;
        rc = pail_quirk_result(&q);
    }
    return rc;
}

/* A stream that went to a sink was summed on the way. */
static int check_sum(struct pail_opcall *c, const struct pail_wire_answer *a,
                     struct pail_error *err)
{
    int rc = 0;

    if (!c->has_sink && c->has_stream) {
        rc = pail_verify_begin(&c->verify, &c->op, a->headers, err);
        if (rc == 0)
            rc = pail_verify_add(&c->verify, a->body.ptr, a->body.len, err);
    }
    return rc < 0 ? rc : pail_verify_end(&c->verify, err);
}

static int take_result(struct pail_opcall *c, const struct pail_wire_answer *a,
                       struct pail_error *err)
{
    struct pail_result *r = NULL;

    int rc = check_crc32(c, a, err);
    if (rc == 0)
        rc = check_sum(c, a, err);
    if (rc == 0)
        rc = pail_result_new(&r, err);
    if (rc == 0)
        rc = make_result(c, a, r, err);
    if (rc == 0)
        rc = pail_values_check(r->vs, err);
    if (rc < 0) {
        (void)pail_result_free(r);
        return rc;
    }
    c->result = pail_result_free(c->result);
    c->result = r;
    return 0;
}

int pail_opcall_classify(struct pail_opcall *c, const struct pail_response *rs, bool *retry_now,
                         struct pail_error *err)
{
    bool ok = rs->status >= 200 && rs->status < 300;
    struct pail_wire_answer a = {
        .status = rs->status,
        .headers = rs->headers,
        .body = rs->body,
        .elsewhere = ok && (c->has_sink || c->has_events),
    };

    if (ok && !hides_error(c, &a))
        return take_result(c, &a, err);
    if (ok)
        a.status = 500;
    int rc = refuse(c, &a, err);
    if (c->refusal && c->s3 && learn_region(c, &a))
        *retry_now = true;
    bool not_here = rs->status == 421 || strcmp(err->service_code, "InvalidEndpointException") == 0;
    if (not_here && pail_discovery_forget(c))
        *retry_now = true;
    return rc;
}

/* ---- What the caller is told ---- */

static const char *sentence_about_url(enum pail_code code)
{
    switch (code) {
    case PAIL_E_RESOLVE:
    case PAIL_E_CONNECT:
        return "Could not connect to the endpoint URL";
    case PAIL_E_CONNECT_TIMEOUT:
        return "Connect timeout on endpoint URL";
    case PAIL_E_READ_TIMEOUT:
        return "Read timeout on endpoint URL";
    case PAIL_E_CLOSED:
        return "Connection was closed before we received a valid response from endpoint URL";
    default:
        return NULL;
    }
}

/* The last word in it is OpenSSL's or the system's: "[SSL: ...", "[Errno ...". */
static const char *tls_cause(const char *message)
{
    const char *cause = strstr(message, "[SSL: ");
    if (!cause)
        cause = strstr(message, "[Errno ");
    return cause ? cause : message;
}

/* botocore's sentence in front, where nobody answered. */
static void explain_lost(const struct pail_opcall *c, struct pail_error *err)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf text = PAIL_BUF_INIT(64 * 1024);
    const char *url = pail_buf_cstr(&c->resolved.url),
               *path = c->wire.path.len ? pail_buf_cstr(&c->wire.path) : "/";
    const char *sentence = sentence_about_url(err->code);

    if (sentence) {
        pail_error_prefix(err, "%s: \"%s%s\"", sentence, url, path);
    } else if (err->code == PAIL_E_TLS) {
        pail_buf_fmt(&text, "SSL validation failed for %s%s %s", url, path,
                     tls_cause(err->message));
        copy_text(err->message, sizeof(err->message), pail_buf_view(&text));
    } else if (err->code == PAIL_E_PROXY) {
        pail_proxy_url(pail_str_starts(pail_str(url), PAIL_STR("https:")), &text);
        pail_error_prefix(err, "Failed to connect to proxy URL: \"%s\"", pail_buf_cstr(&text));
    }
}

void pail_opcall_explain(struct pail_opcall *c, struct pail_error *err)
{
    char retries[64];

    if (err->domain == PAIL_D_NET)
        explain_lost(c, err);
    if (err->domain != PAIL_D_SERVICE || !c->refusal)
        return;
    /* The legacy mode says so only of what it would have repeated. */
    bool legacy = pail_session_settings(c->client->session)->retry_mode == PAIL_RETRY_MODE_LEGACY;
    bool exhausted = c->max_attempts != UINT_MAX && c->number >= c->max_attempts &&
                     (!legacy || err->retry == PAIL_RETRY_BACKOFF);
    if (!exhausted) {
        sentence(c, "", err); /* without what the engine put in front */
        return;
    }
    struct pail_value *metadata = pail_value_get(c->refusal->value, PAIL_STR("ResponseMetadata"));
    pail_value_set(c->refusal->vs, metadata, PAIL_STR("MaxAttemptsReached"),
                   pail_value_bool(c->refusal->vs, true));
    snprintf(retries, sizeof(retries), " (reached max retries: %u)", c->number - 1);
    sentence(c, retries, err);
}
