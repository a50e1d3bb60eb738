/* SPDX-License-Identifier: Apache-2.0 */
/*
 * s3/errors.c - what servers say when they say no.
 *
 * Nothing is judged by the content type: services answer HTML from a proxy in front, an empty body
 * (always for HEAD), XML without a code, and XML with a code and status 200. So: an <Error>
 * document if the body is one, whatever the headers claim; else the status alone, and the domain
 * tells the two apart (PAIL_D_SERVICE, PAIL_D_HTTP).
 *
 * A code of S3 is mapped by name; the status only decides for names not in the table, because
 * services made after S3 invent names but rarely statuses.
 */
#include "s3/errors.h"

#include "base/str.h"
#include "base/xml.h"

static const struct {
    const char *name;
    enum pail_code code;
    int status; /* for documents that came with 200 */
} codes[] = {
    {"NoSuchKey", PAIL_E_NOT_FOUND, 404},
    {"NoSuchUpload", PAIL_E_NOT_FOUND, 404},
    {"NoSuchVersion", PAIL_E_NOT_FOUND, 404},
    {"NoSuchBucket", PAIL_E_NO_BUCKET, 404},
    {"AccessDenied", PAIL_E_ACCESS, 403},
    {"AllAccessDisabled", PAIL_E_ACCESS, 403},
    {"AccountProblem", PAIL_E_ACCESS, 403},
    {"MethodNotAllowed", PAIL_E_ACCESS, 405},
    {"InvalidObjectState", PAIL_E_ARCHIVED, 403},
    {"PreconditionFailed", PAIL_E_PRECONDITION, 412},
    {"ConditionalRequestConflict", PAIL_E_CONFLICT, 409},
    {"OperationAborted", PAIL_E_CONFLICT, 409},
    {"BucketAlreadyOwnedByYou", PAIL_E_BUCKET_EXISTS, 409},
    {"BucketAlreadyExists", PAIL_E_BUCKET_EXISTS, 409},
    {"BucketNotEmpty", PAIL_E_BUCKET_NOT_EMPTY, 409},
    {"InvalidRange", PAIL_E_RANGE, 416},
    {"SlowDown", PAIL_E_THROTTLED, 503},
    {"SlowDownRead", PAIL_E_THROTTLED, 503},
    {"SlowDownWrite", PAIL_E_THROTTLED, 503},
    {"ServiceUnavailable", PAIL_E_SERVER, 503},
    {"Busy", PAIL_E_SERVER, 503},
    {"TooManyRequests", PAIL_E_THROTTLED, 429},
    {"Throttling", PAIL_E_THROTTLED, 400},
    {"ThrottlingException", PAIL_E_THROTTLED, 400},
    {"RequestThrottled", PAIL_E_THROTTLED, 400},
    {"RequestLimitExceeded", PAIL_E_THROTTLED, 503},
    {"BandwidthLimitExceeded", PAIL_E_THROTTLED, 503},
    {"InternalError", PAIL_E_SERVER, 500},
    {"InternalServerError", PAIL_E_SERVER, 500},
    {"RequestTimeout", PAIL_E_SERVER, 400},
    {"NotImplemented", PAIL_E_NOT_IMPLEMENTED, 501},
    {"ExpiredToken", PAIL_E_AUTH_EXPIRED, 400},
    {"ExpiredTokenException", PAIL_E_AUTH_EXPIRED, 400},
    {"TokenRefreshRequired", PAIL_E_AUTH_EXPIRED, 400},
    {"InvalidAccessKeyId", PAIL_E_AUTH_REJECTED, 403},
    {"XAdminUserNotFound", PAIL_E_AUTH_REJECTED, 404},
    {"SignatureDoesNotMatch", PAIL_E_AUTH_REJECTED, 403},
    {"InvalidToken", PAIL_E_AUTH_REJECTED, 400},
    {"InvalidSecurity", PAIL_E_AUTH_REJECTED, 403},
    {"NotSignedUp", PAIL_E_AUTH_REJECTED, 403},
    {"RequestTimeTooSkewed", PAIL_E_SKEW, 403},
    {"PermanentRedirect", PAIL_E_REDIRECT, 301},
    {"TemporaryRedirect", PAIL_E_REDIRECT, 307},
    {"Redirect", PAIL_E_REDIRECT, 307},
    {"AuthorizationHeaderMalformed", PAIL_E_REDIRECT, 400},
    {"IllegalLocationConstraintException", PAIL_E_REDIRECT, 400},
    {"BadDigest", PAIL_E_CHECKSUM, 400},
    {"XAmzContentSHA256Mismatch", PAIL_E_CHECKSUM, 400},
    {"EntityTooLarge", PAIL_E_TOO_BIG, 400},
    {"KeyTooLongError", PAIL_E_INVALID, 400},
    {"InvalidObjectName", PAIL_E_INVALID, 400},
    {"InvalidBucketName", PAIL_E_INVALID, 400},
};

static enum pail_code code_of_status(int status)
{
    switch (status) {
    case 304:
        return PAIL_E_NOT_MODIFIED;
    case 301:
    case 302:
    case 303:
    case 307:
    case 308:
        return PAIL_E_REDIRECT;
    case 401:
    case 403:
    case 405:
        return PAIL_E_ACCESS;
    case 404:
    case 410:
        return PAIL_E_NOT_FOUND;
    case 409:
        return PAIL_E_CONFLICT;
    case 412:
        return PAIL_E_PRECONDITION;
    case 413:
        return PAIL_E_TOO_BIG;
    case 416:
        return PAIL_E_RANGE;
    case 429:
        return PAIL_E_THROTTLED;
    case 501:
        return PAIL_E_NOT_IMPLEMENTED;
    default:
        return status >= 500 ? PAIL_E_SERVER : PAIL_E_SERVICE;
    }
}

enum pail_code pail_s3_error_code(const char *service_code, int status)
{
    for (size_t i = 0; i < PAIL_ARRAY_LEN(codes); i++) {
        if (strcmp(service_code, codes[i].name) == 0)
            return codes[i].code;
    }
    return code_of_status(status);
}

/* The status that should have come with an error document whose answer was 200. */
static int status_of_code(const char *service_code)
{
    for (size_t i = 0; i < PAIL_ARRAY_LEN(codes); i++) {
        if (strcmp(service_code, codes[i].name) == 0)
            return codes[i].status;
    }
    return 500; /* as botocore: unknown is retried */
}

static const char *reason_of_status(int status)
{
    static const struct {
        int status;
        const char *text;
    } reasons[] = {
        {301, "Moved Permanently"},   {302, "Found"},
        {304, "Not Modified"},        {307, "Temporary Redirect"},
        {400, "Bad Request"},         {401, "Unauthorized"},
        {403, "Forbidden"},           {404, "Not Found"},
        {405, "Method Not Allowed"},  {409, "Conflict"},
        {411, "Length Required"},     {412, "Precondition Failed"},
        {413, "Content Too Large"},   {416, "Range Not Satisfiable"},
        {429, "Too Many Requests"},   {500, "Internal Server Error"},
        {501, "Not Implemented"},     {502, "Bad Gateway"},
        {503, "Service Unavailable"}, {504, "Gateway Timeout"},
    };

    for (size_t i = 0; i < PAIL_ARRAY_LEN(reasons); i++) {
        if (reasons[i].status == status)
            return reasons[i].text;
    }
    return "unexpected status";
}

/* ---- Error documents ---- */

static void put(char *dst, size_t cap, struct pail_str text)
{
    size_t n = pail_min_u64(text.len, cap - 1);
    if (n)
        memcpy(dst, text.ptr, n);
    dst[n] = '\0';
}

static int on_leaf(void *ud, struct pail_str path, struct pail_str text, struct pail_error *err)
{
    struct pail_s3_error_doc *doc = ud;
    const struct {
        const char *name;
        char *dst;
        size_t cap;
    } fields[] = {
        {"Code", doc->code, sizeof(doc->code)},
        {"Message", doc->message, sizeof(doc->message)},
        {"RequestId", doc->request_id, sizeof(doc->request_id)},
        {"Region", doc->region, sizeof(doc->region)},
        {"Endpoint", doc->endpoint, sizeof(doc->endpoint)},
        {"Header", doc->header, sizeof(doc->header)},
    };
    size_t slash = pail_str_rfind(path, '/');
    struct pail_str name = slash == SIZE_MAX ? path : pail_str_from(path, slash + 1);

    for (size_t i = 0; i < PAIL_ARRAY_LEN(fields); i++) {
        if (pail_str_eqz(name, fields[i].name) && !fields[i].dst[0])
            put(fields[i].dst, fields[i].cap, pail_str_trim(text));
    }
    return 0;
}

/* Name of the first element; empty when the text does not begin as XML does. */
static struct pail_str root_of(struct pail_str body)
{
    body = pail_str_trim(body);
    while (pail_str_starts(body, PAIL_STR("<?"))) {
        size_t end = pail_str_find_str(body, PAIL_STR("?>"));
        if (end == SIZE_MAX)
            return PAIL_STR("");
        body = pail_str_trim(pail_str_from(body, end + 2));
    }
    if (body.len < 2 || body.ptr[0] != '<')
        return PAIL_STR("");
    size_t n = 1;
    while (n < body.len && !memchr("> \t\r\n/", body.ptr[n], 6))
        n++;
    struct pail_str name = pail_str_sub(body, 1, n - 1);
    size_t colon = pail_str_find(name, ':');
    return colon == SIZE_MAX ? name : pail_str_from(name, colon + 1);
}

bool pail_s3_error_is_body(struct pail_str body)
{
    return pail_str_eqz(root_of(body), "Error");
}

bool pail_s3_error_doc_parse(struct pail_str body, struct pail_s3_error_doc *ret)
{
    static const struct pail_xml_handler handler = {.leaf = on_leaf};
    struct pail_str root = root_of(body);

    *ret = (struct pail_s3_error_doc){0};
    if (!pail_str_eqz(root, "Error") && !pail_str_eqz(root, "ErrorResponse"))
        return false;
    /* What stood before a defect in the text is worth more than nothing. */
    int rc = pail_xml_parse(pail_str_trim(body), "error", 64 * 1024, &handler, ret, NULL);
    return rc == 0 || ret->code[0];
}

/* ---- The error ---- */

static void set_message(struct pail_error *err, const struct pail_s3_error_context *cx, int status,
                        enum pail_code code, const struct pail_s3_error_doc *doc, bool is_doc)
{
    enum pail_domain domain = is_doc || cx->body.len == 0 ? PAIL_D_SERVICE : PAIL_D_HTTP;

    if (doc->code[0] && doc->message[0])
        pail_error_set(err, domain, code, "%s: %s", doc->code, doc->message);
    else if (doc->code[0])
        pail_error_set(err, domain, code, "%s", doc->code);
    else if (domain == PAIL_D_HTTP)
        pail_error_set(err, domain, code, "%d %s, with a body that is not S3's", status,
                       reason_of_status(status));
    else
        pail_error_set(err, domain, code, "%d %s", status, reason_of_status(status));
}

int pail_s3_error_set(struct pail_error *err, const struct pail_s3_error_context *cx,
                      struct pail_s3_error_doc *ret_doc)
{
    struct pail_s3_error_doc local, *doc = ret_doc ? ret_doc : &local;
    struct pail_error scratch;

    if (!err)
        err = &scratch;
    *doc = (struct pail_s3_error_doc){0};
    bool is_doc = cx->body.len && pail_s3_error_doc_parse(cx->body, doc);
    int status = cx->status;
    if (status >= 200 && status < 300)
        status = status_of_code(doc->code);

    enum pail_code code = pail_s3_error_code(doc->code, status);
    if (!doc->code[0]) {
        if (code == PAIL_E_NOT_FOUND && cx->on_bucket)
            code = PAIL_E_NO_BUCKET;
        if (status == 503 && cx->head)
            code = PAIL_E_THROTTLED; /* SlowDown, which a HEAD cannot name */
    }
    set_message(err, cx, status, code, doc, is_doc);
    err->http_status = status;
    memcpy(err->service_code, doc->code, sizeof(doc->code));
    struct pail_str id = pail_headers_get(cx->headers, "x-amz-request-id");
    put(err->request_id, sizeof(err->request_id), id.len ? id : pail_str(doc->request_id));
    return code;
}

int pail_s3_error_of_key(struct pail_error *err, const char *what, struct pail_str key,
                         struct pail_str code, struct pail_str message)
{
    char name[sizeof(err->service_code)];

    put(name, sizeof(name), code);
    enum pail_code mapped = pail_s3_error_code(name, 0);
    pail_error_set(err, PAIL_D_SERVICE, mapped, "%s: %.*s: %s: %.*s", what, PAIL_STR_ARG(key), name,
                   PAIL_STR_ARG(message));
    if (err)
        memcpy(err->service_code, name, sizeof(name));
    return mapped;
}
