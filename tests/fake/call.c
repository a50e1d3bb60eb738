/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The life of a request: taken apart, routed, checked, run, counted.
 *
 * A call fails at most once: the first error is the answer, later stages see `failed` and leave it
 * alone. That the answer's fixed headers, its request id, the counters and the log are written in
 * one place (finish) keeps operations down to what they do.
 */
#include "fake/call.h"

#include "fake/copy.h"
#include "fake/xml.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* ---- parameters and headers ------------------------------------------------------------------ */

bool fake_params_parse(struct fake_params *ps, const char *raw, size_t n)
{
    while (n) {
        const char *amp = memchr(raw, '&', n);
        size_t len = amp ? (size_t)(amp - raw) : n;
        if (len) {
            const char *eq = memchr(raw, '=', len);
            size_t name_n = eq ? (size_t)(eq - raw) : len;
            struct fake_param p = {0};
            char *name, *value;
            if (!fake_pct_decode(raw, name_n, &name, &p.name.n))
                return false;
            if (!fake_pct_decode(eq ? eq + 1 : "", eq ? len - name_n - 1 : 0, &value, &p.value.n)) {
                free(name);
                return false;
            }
            p.name.p = name;
            p.value.p = value;
            ps->v = fake_xrealloc(ps->v, (ps->n + 1) * sizeof(*ps->v));
            ps->v[ps->n++] = p;
        }
        raw += len + (amp ? 1 : 0);
        n -= len + (amp ? 1 : 0);
    }
    return true;
}

const struct fake_view *fake_params_get(const struct fake_params *p, const char *name)
{
    for (size_t i = 0; i < p->n; i++)
        if (strcmp(p->v[i].name.p, name) == 0)
            return &p->v[i].value;
    return NULL;
}

void fake_params_done(struct fake_params *p)
{
    for (size_t i = 0; i < p->n; i++) {
        free((char *)p->v[i].name.p);
        free((char *)p->v[i].value.p);
    }
    free(p->v);
    *p = (struct fake_params){0};
}

const char *fake_call_header(const struct fake_call *c, const char *name)
{
    for (size_t i = 0; i < c->rq->n_headers; i++)
        if (strcasecmp(c->rq->headers[i].name, name) == 0)
            return c->rq->headers[i].value;
    return NULL;
}

const char *fake_call_param(const struct fake_call *c, const char *name)
{
    const struct fake_view *v = fake_params_get(&c->params, name);
    return v ? v->p : NULL;
}

/* ---- answers --------------------------------------------------------------------------------- */

void fake_answer(struct fake_call *c, const char *name, const char *value)
{
    fake_headers_add(&c->headers, name, value);
}

void fake_answer_etag(struct fake_call *c, const char *etag)
{
    char quoted[64];
    snprintf(quoted, sizeof(quoted), "\"%s\"", etag);
    fake_answer(c, "ETag", quoted);
}

/* STS has its own document and a few codes of its own. */
static void sts_error(struct fake_call *c, const char *code, const char *message)
{
    if (strcmp(code, "InvalidAccessKeyId") == 0 || strcmp(code, "InvalidToken") == 0)
        code = "InvalidClientTokenId";
    else if (strcmp(code, "ExpiredToken") == 0 || strcmp(code, "RequestTimeTooSkewed") == 0)
        c->status = 403;
    if (strcmp(code, "RequestTimeTooSkewed") == 0)
        code = "SignatureDoesNotMatch";
    else if (strcmp(code, "AuthorizationHeaderMalformed") == 0) {
        code = "SignatureDoesNotMatch";
        c->status = 403;
    }
    fake_buf_str(&c->out,
                 "<ErrorResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><Error>");
    fake_xml_element(&c->out, "Type", c->status < 500 ? "Sender" : "Receiver");
    fake_xml_element(&c->out, "Code", code);
    fake_xml_element(&c->out, "Message", message);
    fake_buf_str(&c->out, "</Error>");
    fake_xml_element(&c->out, "RequestId", c->id);
    fake_buf_str(&c->out, "</ErrorResponse>");
}

bool fake_fail_with(struct fake_call *c, int status, const char *code, const char *message,
                    const char *extra_xml)
{
    c->failed = true;
    c->status = status;
    fake_buf_done(&c->out);
    fake_rope_unref(c->rope);
    c->rope = NULL;
    fake_headers_done(&c->headers);
    if (c->op && c->op->flags & FAKE_OP_STS) {
        sts_error(c, code, message);
        return false;
    }
    fake_buf_str(&c->out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error>");
    fake_xml_element(&c->out, "Code", code);
    fake_xml_element(&c->out, "Message", message);
    if (extra_xml)
        fake_buf_str(&c->out, extra_xml);
    if (c->bucket_name && strcmp(code, "NoSuchBucket") == 0)
        fake_xml_element(&c->out, "BucketName", c->bucket_name);
    if (c->key.p) {
        fake_buf_str(&c->out, "<Key>");
        fake_xml_text(&c->out, c->key.p, c->key.n);
        fake_buf_str(&c->out, "</Key>");
    }
    fake_xml_element(&c->out, "Resource", c->rq->path);
    fake_xml_element(&c->out, "RequestId", c->id);
    fake_buf_fmt(&c->out, "<HostId>%s</HostId></Error>", c->id);
    return false;
}

bool fake_fail(struct fake_call *c, int status, const char *code, const char *fmt, ...)
{
    char message[512];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(message, sizeof(message), fmt, ap);
    va_end(ap);
    return fake_fail_with(c, status, code, message, NULL);
}

struct fake_bucket *fake_call_bucket(struct fake_call *c)
{
    struct fake_entry *e = fake_index_find(&c->s->buckets, fake_view_of(c->bucket_name));
    if (e)
        return e->value;
    fake_fail(c, 404, "NoSuchBucket", "The specified bucket does not exist");
    return NULL;
}

uint64_t fake_call_len(const struct fake_call *c)
{
    return c->rope ? c->rope_len : c->out.n;
}

/* ---- begin ----------------------------------------------------------------------------------- */

/* "bucket.domain[:port]" names the bucket. */
static char *bucket_of_host(const struct fake_call *c)
{
    const char *host = fake_call_header(c, "host"), *domain = c->s->opt.domain;
    if (!host || !domain)
        return NULL;
    size_t n = strcspn(host, ":"), d = strlen(domain);
    if (n <= d + 1 || strncasecmp(host + n - d, domain, d) != 0 || host[n - d - 1] != '.')
        return NULL;
    return fake_dup(host, n - d - 1);
}

static bool split_path(struct fake_call *c)
{
    char *path;
    size_t n;
    if (c->rq->path[0] != '/' || !fake_pct_decode(c->rq->path, strlen(c->rq->path), &path, &n))
        return fake_fail(c, 400, "InvalidURI", "Couldn't parse the specified URI.");
    const char *rest = path + 1;
    size_t left = n - 1;
    c->bucket_name = bucket_of_host(c);
    if (!c->bucket_name && left) {
        const char *slash = memchr(rest, '/', left);
        size_t len = slash ? (size_t)(slash - rest) : left;
        c->bucket_name = fake_dup(rest, len);
        rest += len + (slash ? 1 : 0);
        left -= len + (slash ? 1 : 0);
    }
    if (left)
        c->key = (struct fake_view){fake_dup(rest, left), left};
    free(path);
    return true;
}

static bool check_head(struct fake_call *c)
{
    if (c->key.n > 1024) {
        char extra[96];
        snprintf(extra, sizeof(extra), "<Size>%zu</Size><MaxSizeAllowed>1024</MaxSizeAllowed>",
                 c->key.n);
        return fake_fail_with(c, 400, "KeyTooLongError", "Your key is too long", extra);
    }
    const char *length = fake_call_header(c, "x-amz-decoded-content-length");
    if (!length)
        length = fake_call_header(c, "content-length");
    uint64_t n = 0;
    if (length && !fake_number(length, UINT64_MAX, &n))
        return fake_fail(c, 400, "InvalidArgument", "Content-Length is not a number");
    if (c->op->flags & FAKE_OP_DATA && n > FAKE_MAX_PUT)
        return fake_fail(c, 400, "EntityTooLarge",
                         "Your proposed upload exceeds the maximum allowed size");
    if (c->op->flags & FAKE_OP_XML && n > 4u << 20)
        return fake_fail(c, 400, "MaxMessageLengthExceeded", "Your request was too big.");
    return true;
}

void fake_call_begin(struct fake_call *c, struct fake_s3 *s, const struct fake_request *rq)
{
    *c = (struct fake_call){.s = s, .rq = rq, .want = FAKE_NO_SUM, .status = 200};
    c->sum.kind = c->source.kind = FAKE_NO_SUM;
    c->op = fake_op_named("Unsupported");
    uint64_t id = fake_next_id(s);
    snprintf(c->id, sizeof(c->id), "%016llX", (unsigned long long)id);
    bool ok = split_path(c);
    if (ok && !fake_params_parse(&c->params, rq->query, strlen(rq->query)))
        ok = fake_fail(c, 400, "InvalidURI", "Couldn't parse the specified URI.");
    if (!ok)
        return;
    c->op = fake_route(c);
    if (fake_sig_check(c) && check_head(c))
        fake_copy_look(c);
}

/* ---- run ------------------------------------------------------------------------------------- */

static void write_log(struct fake_call *c)
{
    static const char *const fates[] = {
        [FAKE_DELIVER] = "", [FAKE_RESET] = " reset", [FAKE_LOST] = " lost",
        [FAKE_CUT] = " cut", [FAKE_STALL] = " stall", [FAKE_GARBAGE] = " garbage"};
    struct fake_s3 *s = c->s;
    struct fake_buf b = {0};
    const struct fake_view *prefix = fake_params_get(&c->params, "prefix");
    fake_buf_fmt(&b, "%s %s/", c->op->name, c->bucket_name ? c->bucket_name : "");
    if (c->key.p)
        fake_pct_encode(&b, c->key.p, c->key.n, FAKE_PCT_LOG);
    else if (prefix)
        fake_pct_encode(&b, prefix->p, prefix->n, FAKE_PCT_LOG);
    fake_buf_fmt(&b, " %d%s", c->status, fates[c->fault.fate]);
    char **slot = &s->log[s->n_log++ % FAKE_LOG_MAX];
    free(*slot);
    *slot = fake_buf_take(&b);
}

/* S3 answers no body to HEAD, also not that of an error. */
static void finish(struct fake_call *c)
{
    bool head = strcmp(c->rq->method, "HEAD") == 0;
    char text[FAKE_DATE];
    if (c->status == 304 || (head && c->failed))
        fake_buf_done(&c->out);
    if (c->out.n && !fake_headers_get(&c->headers, "Content-Type"))
        fake_answer(c, "Content-Type", c->op->flags & FAKE_OP_STS ? "text/xml" : "application/xml");
    if (c->status != 204 && c->status != 304 && !(head && c->failed)) {
        snprintf(text, sizeof(text), "%llu", (unsigned long long)fake_call_len(c));
        fake_answer(c, "Content-Length", text);
    }
    c->no_body = head;
    fake_date_http(c->rq->now_unix_ms, text);
    fake_answer(c, "Date", text);
    fake_answer(c, "Server", "AmazonS3");
    if (c->op->flags & FAKE_OP_STS) {
        fake_answer(c, "x-amzn-RequestId", c->id);
    } else {
        fake_answer(c, "x-amz-request-id", c->id);
        fake_answer(c, "x-amz-id-2", c->id);
    }
}

void fake_call_run(struct fake_call *c)
{
    c->fault.retry_after = -1;
    if (!c->failed && fake_fault_before(c)) {
        c->op->run(c);
        fake_fault_after(c);
    }
    if (c->fault.action == FAKE_ON_WAY &&
        (c->fault.fate == FAKE_RESET || c->fault.fate == FAKE_GARBAGE))
        c->status = 0;
    finish(c);
    c->s->counts[fake_op_index(c->op)]++;
    write_log(c);
}

void fake_call_done(struct fake_call *c)
{
    free(c->bucket_name);
    free((char *)c->key.p);
    fake_params_done(&c->params);
    fake_blob_unref(c->body);
    fake_headers_done(&c->trailers);
    fake_object_unref(c->source.object);
    fake_headers_done(&c->headers);
    fake_buf_done(&c->out);
    fake_rope_unref(c->rope);
    *c = (struct fake_call){0};
}
