/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http/retry.c - what an error means and whether the request is worth sending again.
 *
 * Two tables (service codes, HTTP statuses) turn what the service said into an exact code; one
 * switch turns the code into a retry class:
 *
 * - throttling, 500, 502, 503, 504 and every loss of the connection may pass: back off and repeat;
 * - a request that must not be executed twice is repeated only if it certainly was not executed:
 *   nothing had left, or the service refused it before doing anything (throttling, 503);
 * - refused credentials get one attempt with new ones, a wrong clock one after it is corrected (the
 *   engine does both);
 * - all else is the caller's business.
 *
 * The legacy mode repeats less of what is refused. Constants of all modes are in one table, because
 * the SDKs are about to change theirs.
 */
#include "http/retry.h"

#include "base/clock.h"
#include "base/plant.h"
#include "base/rand.h"
#include "base/str.h"
#include "base/timefmt.h"

#define RETRY_AFTER_CAP_S INT64_C(60)            /* however much longer the server asks for */
#define RETRY_AFTER_SLACK_NS (5 * PAIL_NS_PER_S) /* jitter on top of x-amz-retry-after */

#define S PAIL_NS_PER_S
#define MS PAIL_NS_PER_MS
enum { ROW_STANDARD, ROW_LEGACY, ROW_ADAPTIVE, ROW_2026, ROW_2026_ADAPTIVE, N_ROWS };
static const struct pail_retry_rules rules_of[N_ROWS][2] = {
    /* [0] any service: attempts, base, after throttling, cap, jitter, legacy, adaptive, costs;
     * [1] DynamoDB */
    [ROW_STANDARD] = {{3, S, S, 20 * S, true, false, false, 5, 10, 5},
                      {3, S, S, 20 * S, true, false, false, 5, 10, 5}},
    [ROW_LEGACY] = {{5, S, S, INT64_MAX, true, true, false, 0, 0, 0},
                    {10, 50 * MS, 50 * MS, INT64_MAX, false, true, false, 0, 0, 0}},
    [ROW_ADAPTIVE] = {{3, S, S, 20 * S, true, false, true, 5, 10, 5},
                      {3, S, S, 20 * S, true, false, true, 5, 10, 5}},
    [ROW_2026] = {{3, 50 * MS, S, 20 * S, true, false, false, 14, 14, 5},
                  {4, 25 * MS, S, 20 * S, true, false, false, 14, 14, 5}},
    [ROW_2026_ADAPTIVE] = {{3, 50 * MS, S, 20 * S, true, false, true, 14, 14, 5},
                           {4, 25 * MS, S, 20 * S, true, false, true, 14, 14, 5}},
};
#undef S
#undef MS

const struct pail_retry_rules *pail_retry_rules(enum pail_retry_mode mode, bool rules_2026,
                                                const char *service)
{
    static const int rows[][2] = {
        [PAIL_RETRY_MODE_STANDARD] = {ROW_STANDARD, ROW_2026},
        [PAIL_RETRY_MODE_LEGACY] = {ROW_LEGACY, ROW_LEGACY},
        [PAIL_RETRY_MODE_ADAPTIVE] = {ROW_ADAPTIVE, ROW_2026_ADAPTIVE},
    };
    int row = rows[mode][rules_2026];
    bool dynamodb = service && strcmp(service, "dynamodb") == 0;
    bool streams = service && strcmp(service, "dynamodbstreams") == 0;
    return &rules_of[row][dynamodb || (streams && row != ROW_LEGACY)];
}

static const struct {
    const char *name;
    enum pail_code code;
} service_codes[] = {
    {"SlowDown", PAIL_E_THROTTLED},
    {"Throttling", PAIL_E_THROTTLED},
    {"ThrottlingException", PAIL_E_THROTTLED},
    {"ThrottledException", PAIL_E_THROTTLED},
    {"RequestThrottledException", PAIL_E_THROTTLED},
    {"RequestThrottled", PAIL_E_THROTTLED},
    {"TooManyRequests", PAIL_E_THROTTLED},
    {"TooManyRequestsException", PAIL_E_THROTTLED},
    {"ProvisionedThroughputExceededException", PAIL_E_THROTTLED},
    {"TransactionInProgressException", PAIL_E_THROTTLED},
    {"RequestLimitExceeded", PAIL_E_THROTTLED},
    {"BandwidthLimitExceeded", PAIL_E_THROTTLED},
    {"LimitExceededException", PAIL_E_THROTTLED},
    {"PriorRequestNotComplete", PAIL_E_THROTTLED},
    {"EC2ThrottledException", PAIL_E_THROTTLED},

    {"ExpiredToken", PAIL_E_AUTH_EXPIRED},
    {"ExpiredTokenException", PAIL_E_AUTH_EXPIRED},
    {"TokenRefreshRequired", PAIL_E_AUTH_EXPIRED},

    {"RequestTimeTooSkewed", PAIL_E_SKEW},
    {"RequestInTheFuture", PAIL_E_SKEW},
    {"RequestExpired", PAIL_E_SKEW},

    {"InvalidAccessKeyId", PAIL_E_AUTH_REJECTED},
    {"SignatureDoesNotMatch", PAIL_E_AUTH_REJECTED},
    {"InvalidSignatureException", PAIL_E_AUTH_REJECTED},
    {"InvalidClientTokenId", PAIL_E_AUTH_REJECTED},
    {"UnrecognizedClientException", PAIL_E_AUTH_REJECTED},
    {"IncompleteSignature", PAIL_E_AUTH_REJECTED},
    {"MissingAuthenticationToken", PAIL_E_AUTH_REJECTED},
    {"InvalidToken", PAIL_E_AUTH_REJECTED},
    {"AuthFailure", PAIL_E_AUTH_REJECTED},

    {"AccessDenied", PAIL_E_ACCESS},
    {"AccessDeniedException", PAIL_E_ACCESS},
    {"AllAccessDisabled", PAIL_E_ACCESS},
    {"AccountProblem", PAIL_E_ACCESS},
    {"UnauthorizedOperation", PAIL_E_ACCESS},

    {"NoSuchKey", PAIL_E_NOT_FOUND},
    {"NoSuchUpload", PAIL_E_NOT_FOUND},
    {"NoSuchVersion", PAIL_E_NOT_FOUND},
    {"NoSuchBucket", PAIL_E_NO_BUCKET},
    {"ResourceNotFoundException", PAIL_E_NOT_FOUND},
    {"PreconditionFailed", PAIL_E_PRECONDITION},
    {"ConditionalCheckFailedException", PAIL_E_PRECONDITION},
    {"ResourceInUseException", PAIL_E_CONFLICT},
    {"TransactionConflictException", PAIL_E_CONFLICT},
    {"ConditionalRequestConflict", PAIL_E_CONFLICT},
    {"OperationAborted", PAIL_E_CONFLICT},
    {"BucketAlreadyExists", PAIL_E_BUCKET_EXISTS},
    {"BucketAlreadyOwnedByYou", PAIL_E_BUCKET_EXISTS},
    {"BucketNotEmpty", PAIL_E_BUCKET_NOT_EMPTY},
    {"InvalidRange", PAIL_E_RANGE},
    {"InvalidObjectState", PAIL_E_ARCHIVED},
    {"PermanentRedirect", PAIL_E_REDIRECT},
    {"TemporaryRedirect", PAIL_E_REDIRECT},
    {"AuthorizationHeaderMalformed", PAIL_E_REDIRECT},
    {"IllegalLocationConstraintException", PAIL_E_REDIRECT},
    {"NotImplemented", PAIL_E_NOT_IMPLEMENTED},
    {"InternalError", PAIL_E_SERVER},
    {"InternalFailure", PAIL_E_SERVER},
    {"ServiceUnavailable", PAIL_E_SERVER},
};

/* Refused before anything was done, for a reason that passes: the request came in too slowly, or
 * what came in was not what had been sent. */
static const char *const transient_codes[] = {
    "RequestTimeout",        "RequestTimeoutException", "BadDigest", "XAmzContentSHA256Mismatch",
    "IDPCommunicationError",
};

/* What the legacy mode takes for throttling whatever the status is. The rest are codes of single
 * services, which no other service uses. */
static const char *const legacy_codes[] = {
    "Throttling",
    "ThrottlingException",
    "ThrottledException",
    "RequestThrottledException",
    "ProvisionedThroughputExceededException",
    "TransactionInProgressException",
    "RequestLimitExceeded",
    "EC2ThrottledException",
    "RequestThrottled",
    "PriorRequestNotComplete",
    "ReplicatedWriteConflictException",
};
/* And what it repeats for the status alone. */
static const int legacy_statuses[] = {429, 500, 502, 503, 504, 509};

static const struct {
    int status;
    enum pail_code code;
} statuses[] = {
    {301, PAIL_E_REDIRECT},        {302, PAIL_E_REDIRECT},  {304, PAIL_E_NOT_MODIFIED},
    {307, PAIL_E_REDIRECT},        {308, PAIL_E_REDIRECT},  {401, PAIL_E_ACCESS},
    {403, PAIL_E_ACCESS},          {404, PAIL_E_NOT_FOUND}, {409, PAIL_E_CONFLICT},
    {412, PAIL_E_PRECONDITION},    {416, PAIL_E_RANGE},     {429, PAIL_E_THROTTLED},
    {501, PAIL_E_NOT_IMPLEMENTED},
};

static bool is_service_error(const struct pail_error *err)
{
    return err->code <= PAIL_E_SERVICE && err->code > PAIL_E_FS_NOENT;
}

/* The service's own word goes before the status, and both only make more exact what is general:
 * whoever set an exact code knew the operation. */
static void refine(struct pail_error *err)
{
    if (!is_service_error(err))
        return;
    for (size_t i = 0; err->service_code[0] && i < PAIL_ARRAY_LEN(service_codes); i++) {
        if (strcmp(err->service_code, service_codes[i].name) == 0) {
            err->code = service_codes[i].code;
            return;
        }
    }
    if (err->code != PAIL_E_SERVICE)
        return;
    for (size_t i = 0; i < PAIL_ARRAY_LEN(statuses); i++) {
        if (err->http_status == statuses[i].status) {
            err->code = statuses[i].code;
            return;
        }
    }
    if (err->http_status >= 500)
        err->code = PAIL_E_SERVER;
}

static bool is_transient(const struct pail_error *err)
{
    for (size_t i = 0; err->service_code[0] && i < PAIL_ARRAY_LEN(transient_codes); i++) {
        if (strcmp(err->service_code, transient_codes[i]) == 0)
            return true;
    }
    return false;
}

static enum pail_retry class_of_server_error(const struct pail_error *err, bool lost)
{
    switch (err->http_status) {
    case 503: /* refused, not begun */
        return PAIL_RETRY_BACKOFF;
    case 200: /* an error inside an answer that began well: as bad as a 500 */
    case 500:
    case 502:
    case 504:
        return lost ? PAIL_RETRY_UNKNOWN_EFFECT : PAIL_RETRY_BACKOFF;
    default:
        return lost ? PAIL_RETRY_UNKNOWN_EFFECT : PAIL_RETRY_NEVER;
    }
}

static bool legacy_repeats(const struct pail_error *err)
{
    for (size_t i = 0; i < PAIL_ARRAY_LEN(legacy_statuses); i++)
        if (err->http_status == legacy_statuses[i])
            return true;
    for (size_t i = 0; err->service_code[0] && i < PAIL_ARRAY_LEN(legacy_codes); i++)
        if (strcmp(err->service_code, legacy_codes[i]) == 0)
            return true;
    return false;
}

/* lost: the request may have been executed, and must not be again. */
static enum pail_retry class_of(const struct pail_error *err, bool lost)
{
    switch (err->code) {
    case PAIL_E_THROTTLED:
        return PAIL_RETRY_BACKOFF;
    case PAIL_E_AUTH_EXPIRED:
        return PAIL_RETRY_AFTER_REFRESH;
    case PAIL_E_SERVER:
        return class_of_server_error(err, lost);
    case PAIL_E_RESOLVE:
    case PAIL_E_CONNECT:
    case PAIL_E_CONNECT_TIMEOUT:
    case PAIL_E_PROXY:
    case PAIL_E_READ_TIMEOUT:
    case PAIL_E_CLOSED:
    case PAIL_E_NET:
    case PAIL_E_GARBAGE:
    case PAIL_E_PARSE:
    case PAIL_E_CHECKSUM:
    case PAIL_E_DEADLINE:
        return lost ? PAIL_RETRY_UNKNOWN_EFFECT : PAIL_RETRY_BACKOFF;
    case PAIL_E_TLS: /* a certificate does not become valid by asking again */
        return lost ? PAIL_RETRY_UNKNOWN_EFFECT : PAIL_RETRY_NEVER;
    case PAIL_E_NOMEM:
    case PAIL_E_OS:
    case PAIL_E_TOO_BIG:
    case PAIL_E_CANCELLED:
    case PAIL_E_SHUTDOWN:
    case PAIL_E_INTERNAL:
    case PAIL_E_INVALID:
        return lost ? PAIL_RETRY_UNKNOWN_EFFECT : PAIL_RETRY_NEVER;
    default:
        if (is_service_error(err)) /* classify knows when a service's model says "retryable" */
            return is_transient(err) || err->retry == PAIL_RETRY_BACKOFF ? PAIL_RETRY_BACKOFF
                                                                         : PAIL_RETRY_NEVER;
        return err->retry;
    }
}

void pail_retry_classify(const struct pail_retry_rules *rules, struct pail_error *err,
                         bool request_sent, bool unsafe)
{
    bool lost = request_sent && unsafe && !PAIL_PLANT("retry.unsafe");
    refine(err);
    err->retry = class_of(err, lost);
    if (!rules->legacy || !is_service_error(err))
        return;
    if (err->code == PAIL_E_THROTTLED && !legacy_repeats(err))
        err->retry = PAIL_RETRY_NEVER;
    else if (err->retry == PAIL_RETRY_NEVER && legacy_repeats(err))
        err->retry = lost ? PAIL_RETRY_UNKNOWN_EFFECT : PAIL_RETRY_BACKOFF;
}

bool pail_retry_is_throttle(const struct pail_error *err)
{
    return err->code == PAIL_E_THROTTLED;
}

/* Milliseconds in x-amz-retry-after; -1: none. */
static int64_t amz_retry_after_ns(const struct pail_headers *h)
{
    uint64_t ms;
    if (!pail_str_to_u64(pail_headers_get(h, "x-amz-retry-after"), &ms))
        return -1;
    return (int64_t)pail_min_u64(ms, (uint64_t)RETRY_AFTER_CAP_S * 1000) * PAIL_NS_PER_MS;
}

/* Retry-After is in seconds or a date; a date counts from the server's own clock. -1: none. */
static int64_t retry_after_ns(const struct pail_headers *h)
{
    struct pail_str text = pail_str_trim(pail_headers_get(h, "Retry-After"));
    uint64_t s;
    if (pail_str_to_u64(text, &s))
        return (int64_t)pail_min_u64(s, (uint64_t)RETRY_AFTER_CAP_S) * PAIL_NS_PER_S;

    int64_t then, now;
    if (!text.len || pail_time_parse_http(text, &then, NULL) < 0 ||
        pail_time_parse_http(pail_headers_get(h, "Date"), &now, NULL) < 0 || then < now)
        return -1;
    return (then - now < RETRY_AFTER_CAP_S ? then - now : RETRY_AFTER_CAP_S) * PAIL_NS_PER_S;
}

/* The longest wait: the base, doubled for each attempt behind the second, up to the cap. */
static int64_t longest_wait_ns(const struct pail_retry_rules *rules, bool throttled, unsigned next)
{
    int64_t wait = throttled ? rules->throttle_base_ns : rules->base_ns;
    for (unsigned i = 2; i < next; i++) {
        if (wait > rules->cap_ns / 2)
            return rules->cap_ns;
        wait *= 2;
    }
    return wait;
}

int64_t pail_retry_delay_ns(const struct pail_retry_rules *rules, const struct pail_error *err,
                            unsigned next, const struct pail_headers *headers)
{
    int64_t longest = longest_wait_ns(rules, pail_retry_is_throttle(err), next);
    int64_t delay = rules->jitter ? (int64_t)(pail_rand_unit() * (double)longest) : longest;

    if (!headers)
        return delay;
    int64_t asked = amz_retry_after_ns(headers);
    if (asked >= 0) {
        if (delay < asked)
            return asked;
        return delay < asked + RETRY_AFTER_SLACK_NS ? delay : asked + RETRY_AFTER_SLACK_NS;
    }
    asked = retry_after_ns(headers);
    return delay > asked ? delay : asked;
}

unsigned pail_retry_bucket_take(struct pail_retry_bucket *b, const struct pail_retry_rules *rules,
                                const struct pail_error *err)
{
    bool timeout = err->code == PAIL_E_CONNECT_TIMEOUT || err->code == PAIL_E_READ_TIMEOUT;
    unsigned cost = pail_retry_is_throttle(err) ? rules->cost_throttle
                    : timeout                   ? rules->cost_timeout
                                                : rules->cost;
    if (b->tokens < cost)
        return 0;
    b->tokens -= cost;
    return cost;
}

void pail_retry_bucket_give(struct pail_retry_bucket *b, unsigned taken)
{
    unsigned back = taken ? taken : 1;
    unsigned room = PAIL_RETRY_BUCKET_FULL - b->tokens;
    b->tokens += back < room ? back : room;
}
