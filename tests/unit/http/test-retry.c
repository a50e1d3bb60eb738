/* SPDX-License-Identifier: Apache-2.0 */
#include "http/retry.h"

#include <limits.h>

#include "base/clock.h"
#include "base/rand.h"
#include "unit/test.h"

#define NEVER PAIL_RETRY_NEVER
#define BACKOFF PAIL_RETRY_BACKOFF
#define REFRESH PAIL_RETRY_AFTER_REFRESH
#define UNKNOWN PAIL_RETRY_UNKNOWN_EFFECT

/* What the service said -> what it means, and the class when the request may be repeated, and when
 * it must not be but was sent. */
static const struct {
    int code, status;
    const char *service_code;
    int exact;
    enum pail_retry safe, unsafe;
} rows[] = {
    /* throttles: nothing was done */
    {PAIL_E_SERVICE, 503, "SlowDown", PAIL_E_THROTTLED, BACKOFF, BACKOFF},
    {PAIL_E_SERVER, 503, "SlowDown", PAIL_E_THROTTLED, BACKOFF, BACKOFF},
    {PAIL_E_SERVICE, 200, "SlowDown", PAIL_E_THROTTLED, BACKOFF, BACKOFF},
    {PAIL_E_SERVICE, 400, "ThrottlingException", PAIL_E_THROTTLED, BACKOFF, BACKOFF},
    {PAIL_E_SERVICE, 400, "ProvisionedThroughputExceededException", PAIL_E_THROTTLED, BACKOFF,
     BACKOFF},
    {PAIL_E_SERVICE, 400, "RequestLimitExceeded", PAIL_E_THROTTLED, BACKOFF, BACKOFF},
    {PAIL_E_SERVICE, 429, "", PAIL_E_THROTTLED, BACKOFF, BACKOFF},
    /* servers in trouble */
    {PAIL_E_SERVICE, 500, "InternalError", PAIL_E_SERVER, BACKOFF, UNKNOWN},
    {PAIL_E_SERVICE, 200, "InternalError", PAIL_E_SERVER, BACKOFF, UNKNOWN},
    {PAIL_E_SERVICE, 500, "", PAIL_E_SERVER, BACKOFF, UNKNOWN},
    {PAIL_E_SERVICE, 502, "", PAIL_E_SERVER, BACKOFF, UNKNOWN},
    {PAIL_E_SERVICE, 504, "", PAIL_E_SERVER, BACKOFF, UNKNOWN},
    {PAIL_E_SERVICE, 503, "", PAIL_E_SERVER, BACKOFF, BACKOFF},
    {PAIL_E_SERVICE, 503, "ServiceUnavailable", PAIL_E_SERVER, BACKOFF, BACKOFF},
    {PAIL_E_SERVICE, 505, "", PAIL_E_SERVER, NEVER, UNKNOWN},
    {PAIL_E_SERVICE, 501, "NotImplemented", PAIL_E_NOT_IMPLEMENTED, NEVER, NEVER},
    {PAIL_E_SERVICE, 501, "", PAIL_E_NOT_IMPLEMENTED, NEVER, NEVER},
    /* refused before it was carried out, for a reason that passes */
    {PAIL_E_SERVICE, 400, "RequestTimeout", PAIL_E_SERVICE, BACKOFF, BACKOFF},
    {PAIL_E_SERVICE, 400, "BadDigest", PAIL_E_SERVICE, BACKOFF, BACKOFF},
    {PAIL_E_SERVICE, 400, "IDPCommunicationError", PAIL_E_SERVICE, BACKOFF, BACKOFF},
    /* credentials and clock */
    {PAIL_E_SERVICE, 400, "ExpiredToken", PAIL_E_AUTH_EXPIRED, REFRESH, REFRESH},
    {PAIL_E_ACCESS, 403, "ExpiredTokenException", PAIL_E_AUTH_EXPIRED, REFRESH, REFRESH},
    {PAIL_E_SERVICE, 403, "RequestTimeTooSkewed", PAIL_E_SKEW, NEVER, NEVER},
    {PAIL_E_SERVICE, 403, "SignatureDoesNotMatch", PAIL_E_AUTH_REJECTED, NEVER, NEVER},
    {PAIL_E_SERVICE, 403, "InvalidAccessKeyId", PAIL_E_AUTH_REJECTED, NEVER, NEVER},
    {PAIL_E_SERVICE, 403, "AccessDenied", PAIL_E_ACCESS, NEVER, NEVER},
    {PAIL_E_SERVICE, 403, "", PAIL_E_ACCESS, NEVER, NEVER},
    /* the service's answer to what was asked */
    {PAIL_E_SERVICE, 404, "NoSuchKey", PAIL_E_NOT_FOUND, NEVER, NEVER},
    {PAIL_E_SERVICE, 404, "NoSuchBucket", PAIL_E_NO_BUCKET, NEVER, NEVER},
    {PAIL_E_SERVICE, 404, "", PAIL_E_NOT_FOUND, NEVER, NEVER},
    {PAIL_E_NO_BUCKET, 404, "", PAIL_E_NO_BUCKET, NEVER, NEVER},
    {PAIL_E_SERVICE, 412, "PreconditionFailed", PAIL_E_PRECONDITION, NEVER, NEVER},
    {PAIL_E_SERVICE, 409, "ConditionalRequestConflict", PAIL_E_CONFLICT, NEVER, NEVER},
    {PAIL_E_SERVICE, 409, "BucketAlreadyExists", PAIL_E_BUCKET_EXISTS, NEVER, NEVER},
    {PAIL_E_SERVICE, 304, "", PAIL_E_NOT_MODIFIED, NEVER, NEVER},
    {PAIL_E_SERVICE, 416, "InvalidRange", PAIL_E_RANGE, NEVER, NEVER},
    {PAIL_E_SERVICE, 403, "InvalidObjectState", PAIL_E_ARCHIVED, NEVER, NEVER},
    {PAIL_E_SERVICE, 301, "PermanentRedirect", PAIL_E_REDIRECT, NEVER, NEVER},
    {PAIL_E_SERVICE, 307, "", PAIL_E_REDIRECT, NEVER, NEVER},
    {PAIL_E_SERVICE, 400, "SomethingNew", PAIL_E_SERVICE, NEVER, NEVER},
    /* no answer */
    {PAIL_E_RESOLVE, 0, "", PAIL_E_RESOLVE, BACKOFF, UNKNOWN},
    {PAIL_E_CONNECT, 0, "", PAIL_E_CONNECT, BACKOFF, UNKNOWN},
    {PAIL_E_CONNECT_TIMEOUT, 0, "", PAIL_E_CONNECT_TIMEOUT, BACKOFF, UNKNOWN},
    {PAIL_E_READ_TIMEOUT, 0, "", PAIL_E_READ_TIMEOUT, BACKOFF, UNKNOWN},
    {PAIL_E_CLOSED, 0, "", PAIL_E_CLOSED, BACKOFF, UNKNOWN},
    {PAIL_E_NET, 0, "", PAIL_E_NET, BACKOFF, UNKNOWN},
    {PAIL_E_TLS, 0, "", PAIL_E_TLS, NEVER, UNKNOWN},
    {PAIL_E_DEADLINE, 0, "", PAIL_E_DEADLINE, BACKOFF, UNKNOWN},
    {PAIL_E_CANCELLED, 0, "", PAIL_E_CANCELLED, NEVER, UNKNOWN},
    /* an answer that is none */
    {PAIL_E_GARBAGE, 200, "", PAIL_E_GARBAGE, BACKOFF, UNKNOWN},
    {PAIL_E_PARSE, 200, "", PAIL_E_PARSE, BACKOFF, UNKNOWN},
    {PAIL_E_CHECKSUM, 200, "", PAIL_E_CHECKSUM, BACKOFF, UNKNOWN},
    {PAIL_E_TOO_BIG, 200, "", PAIL_E_TOO_BIG, NEVER, UNKNOWN},
    /* not ours to judge */
    {PAIL_E_NO_CREDENTIALS, 0, "", PAIL_E_NO_CREDENTIALS, NEVER, NEVER},
};

static struct pail_error error_of(size_t row)
{
    struct pail_error err = PAIL_ERROR_INIT;
    pail_error_set(&err, PAIL_D_SERVICE, (enum pail_code)rows[row].code, "said so");
    err.http_status = rows[row].status;
    snprintf(err.service_code, sizeof(err.service_code), "%s", rows[row].service_code);
    return err;
}

static const struct pail_retry_rules *standard(void)
{
    return pail_retry_rules(PAIL_RETRY_MODE_STANDARD, false, NULL);
}

static void check_row(size_t row, bool sent, bool unsafe, enum pail_retry expected)
{
    struct pail_error err = error_of(row);
    pail_retry_classify(standard(), &err, sent, unsafe);
    if (err.code != rows[row].exact || err.retry != expected) {
        print_error("%s %d \"%s\", sent %d, unsafe %d: %s, class %d\n",
                    pail_code_name(rows[row].code), rows[row].status, rows[row].service_code, sent,
                    unsafe, pail_code_name(err.code), err.retry);
        fail();
    }
    assert_string_equal(err.message, "said so");
}

static void test_classes(void **state)
{
    for (size_t i = 0; i < PAIL_ARRAY_LEN(rows); i++) {
        check_row(i, true, false, rows[i].safe);
        check_row(i, false, false, rows[i].safe);
        check_row(i, false, true, rows[i].safe); /* nothing left, so nothing happened */
        check_row(i, true, true, rows[i].unsafe);
    }
}

static void test_keeps_class_of_origin(void **state)
{
    struct pail_error err = PAIL_ERROR_INIT;
    pail_error_set(&err, PAIL_D_AUTH, PAIL_E_CREDENTIALS, "metadata service is away");
    err.retry = PAIL_RETRY_BACKOFF;
    pail_retry_classify(standard(), &err, false, false);
    assert_int_equal(err.retry, PAIL_RETRY_BACKOFF);
}

static void test_throttle(void **state)
{
    struct pail_error err = PAIL_ERROR_INIT;
    err.code = PAIL_E_THROTTLED;
    assert_true(pail_retry_is_throttle(&err));
    err.code = PAIL_E_SERVER;
    assert_false(pail_retry_is_throttle(&err));
}

/* ---- Delays --------------------------------------------------------------------------------- */

static unsigned char fill_byte;

static void fill_rand(void *dst, size_t n)
{
    memset(dst, fill_byte, n);
}

static int64_t delay_ms(unsigned next, const struct pail_headers *h)
{
    struct pail_error err = PAIL_ERROR_INIT;
    return pail_retry_delay_ns(standard(), &err, next, h) / PAIL_NS_PER_MS;
}

static void test_backoff(void **state)
{
    static const unsigned caps_s[] = {1, 2, 4, 8, 16, 20, 20, 20};
    pail_rand_set_source(fill_rand);
    fill_byte = 0xff; /* the upper end of the jitter */
    for (unsigned i = 0; i < PAIL_ARRAY_LEN(caps_s); i++) {
        assert_true(delay_ms(i + 2, NULL) >= caps_s[i] * 1000 - 2);
        assert_true(delay_ms(i + 2, NULL) <= caps_s[i] * 1000);
    }
    assert_true(delay_ms(UINT_MAX, NULL) <= 20000);
    fill_byte = 0;
    assert_int_equal(delay_ms(2, NULL), 0);
    assert_int_equal(delay_ms(100, NULL), 0);
    pail_rand_set_source(NULL);
}

static void test_retry_after(void **state)
{
    static const struct {
        const char *name, *value;
        int64_t low_ms, high_ms; /* with jitter 0, and with the most that attempt 6 has (16 s) */
    } cases[] = {
        {"Retry-After", "7", 7000, 15999},
        {"retry-after", "18", 18000, 18000},
        {"Retry-After", "100000", 60000, 60000},
        {"Retry-After", "soon", 0, 15999},
        {"Retry-After", "-1", 0, 15999},
        {"Retry-After", "Wed, 21 Oct 2015 07:28:09 GMT", 9000, 15999},
        {"Retry-After", "Wed, 21 Oct 2015 07:27:00 GMT", 0, 15999},
        {"Retry-After", "Thu, 22 Oct 2015 07:28:00 GMT", 60000, 60000},
        {"x-amz-retry-after", "1500", 1500, 6500},
        {"x-amz-retry-after", "0", 0, 5000},
        {"x-amz-retry-after", "x", 0, 15999},
    };
    pail_rand_set_source(fill_rand);
    for (size_t i = 0; i < PAIL_ARRAY_LEN(cases); i++) {
        struct pail_headers h;
        pail_headers_init(&h, 1024);
        assert_ok(
            pail_headers_add(&h, PAIL_STR("Date"), PAIL_STR("Wed, 21 Oct 2015 07:28:00 GMT"), NULL),
            NULL);
        assert_ok(pail_headers_add(&h, pail_str(cases[i].name), pail_str(cases[i].value), NULL),
                  NULL);
        fill_byte = 0;
        assert_int_equal(delay_ms(6, &h), cases[i].low_ms);
        fill_byte = 0xff;
        assert_in_range(delay_ms(6, &h), (uint64_t)cases[i].high_ms,
                        (uint64_t)cases[i].high_ms + 1);
        pail_headers_done(&h);
    }
    pail_rand_set_source(NULL);
}

static void test_bucket(void **state)
{
    struct pail_retry_bucket b = {PAIL_RETRY_BUCKET_FULL};
    struct pail_error server = {.code = PAIL_E_SERVER}, timeout = {.code = PAIL_E_READ_TIMEOUT};

    assert_int_equal(pail_retry_bucket_take(&b, standard(), &server), 5);
    assert_int_equal(pail_retry_bucket_take(&b, standard(), &timeout), 10);
    assert_int_equal(b.tokens, 485);
    pail_retry_bucket_give(&b, 10);
    assert_int_equal(b.tokens, 495);
    pail_retry_bucket_give(&b, 0); /* a call that was never retried gives one */
    assert_int_equal(b.tokens, 496);
    pail_retry_bucket_give(&b, 10);
    assert_int_equal(b.tokens, 500); /* never above full */

    unsigned n = 0;
    while (pail_retry_bucket_take(&b, standard(), &server))
        n++;
    assert_int_equal(n, 100);
    b.tokens = 9;
    assert_int_equal(pail_retry_bucket_take(&b, standard(), &timeout), 0);
    assert_int_equal(b.tokens, 9);
    assert_int_equal(pail_retry_bucket_take(&b, standard(), &server), 5);
}

/* ---- Other modes ---------------------------------------------------------------------------- */

static const struct pail_retry_rules *legacy(const char *service)
{
    return pail_retry_rules(PAIL_RETRY_MODE_LEGACY, false, service);
}

static void test_legacy_classes(void **state)
{
    static const struct {
        int status;
        const char *service_code;
        enum pail_retry retry;
    } cases[] = {
        {400, "Throttling", BACKOFF},
        {400, "ThrottlingException", BACKOFF},
        {400, "ProvisionedThroughputExceededException", BACKOFF},
        {503, "RequestLimitExceeded", BACKOFF},
        {503, "SlowDown", BACKOFF},
        {429, "TooManyRequestsException", BACKOFF},
        {429, "", BACKOFF},
        {509, "", BACKOFF},
        {500, "", BACKOFF},
        {409, "ReplicatedWriteConflictException", BACKOFF},
        {400, "RequestTimeout", BACKOFF},
        {400, "LimitExceededException", NEVER},
        {400, "SlowDown", NEVER},
        {400, "TooManyRequestsException", NEVER},
        {404, "NoSuchKey", NEVER},
        {505, "", NEVER},
    };
    for (size_t i = 0; i < PAIL_ARRAY_LEN(cases); i++) {
        struct pail_error err = PAIL_ERROR_INIT;
        pail_error_set(&err, PAIL_D_SERVICE, PAIL_E_SERVICE, "said so");
        err.http_status = cases[i].status;
        snprintf(err.service_code, sizeof(err.service_code), "%s", cases[i].service_code);
        pail_retry_classify(legacy(NULL), &err, true, false);
        if (err.retry != cases[i].retry)
            print_error("%d %s\n", cases[i].status, cases[i].service_code);
        assert_int_equal(err.retry, cases[i].retry);
    }
}

static int64_t longest_ms(const struct pail_retry_rules *r, int code, unsigned next)
{
    struct pail_error err = {.code = (enum pail_code)code};
    return (pail_retry_delay_ns(r, &err, next, NULL) + PAIL_NS_PER_MS / 100) / PAIL_NS_PER_MS;
}

static void test_modes(void **state)
{
    static const struct {
        enum pail_retry_mode mode;
        bool rules_2026;
        const char *service;
        unsigned attempts;
        int64_t second_ms, fourth_ms, throttled_ms, far_ms;
        unsigned cost, cost_throttle;
    } cases[] = {
        {PAIL_RETRY_MODE_STANDARD, false, NULL, 3, 1000, 4000, 1000, 20000, 5, 5},
        {PAIL_RETRY_MODE_STANDARD, false, "dynamodb", 3, 1000, 4000, 1000, 20000, 5, 5},
        {PAIL_RETRY_MODE_ADAPTIVE, false, "ec2", 3, 1000, 4000, 1000, 20000, 5, 5},
        {PAIL_RETRY_MODE_LEGACY, false, "s3", 5, 1000, 4000, 1000, 64000, 0, 0},
        {PAIL_RETRY_MODE_LEGACY, false, "dynamodb", 10, 50, 200, 50, 3200, 0, 0},
        {PAIL_RETRY_MODE_LEGACY, true, "dynamodbstreams", 5, 1000, 4000, 1000, 64000, 0, 0},
        {PAIL_RETRY_MODE_STANDARD, true, "s3", 3, 50, 200, 1000, 3200, 14, 5},
        {PAIL_RETRY_MODE_ADAPTIVE, true, "dynamodb", 4, 25, 100, 1000, 1600, 14, 5},
        {PAIL_RETRY_MODE_STANDARD, true, "dynamodbstreams", 4, 25, 100, 1000, 1600, 14, 5},
    };
    pail_rand_set_source(fill_rand);
    fill_byte = 0xff;
    for (size_t i = 0; i < PAIL_ARRAY_LEN(cases); i++) {
        const struct pail_retry_rules *r = pail_retry_rules(cases[i].mode, cases[i].rules_2026,
                                                            cases[i].service);
        assert_int_equal(r->max_attempts, cases[i].attempts);
        assert_int_equal(longest_ms(r, PAIL_E_SERVER, 2), cases[i].second_ms);
        assert_int_equal(longest_ms(r, PAIL_E_SERVER, 4), cases[i].fourth_ms);
        assert_int_equal(longest_ms(r, PAIL_E_THROTTLED, 2), cases[i].throttled_ms);
        assert_int_equal(longest_ms(r, PAIL_E_SERVER, 8), cases[i].far_ms);
        assert_true(longest_ms(r, PAIL_E_SERVER, 30) > 0);
        assert_int_equal(r->cost, cases[i].cost);
        assert_int_equal(r->cost_throttle, cases[i].cost_throttle);
        assert_int_equal(r->adaptive, cases[i].mode == PAIL_RETRY_MODE_ADAPTIVE);
    }
    fill_byte = 0; /* DynamoDB's legacy waits are not random */
    assert_int_equal(longest_ms(legacy("dynamodb"), PAIL_E_SERVER, 3), 100);
    assert_int_equal(longest_ms(legacy(NULL), PAIL_E_SERVER, 3), 0);
    pail_rand_set_source(NULL);
}

PAIL_TEST_MAIN(cmocka_unit_test(test_classes), cmocka_unit_test(test_keeps_class_of_origin),
               cmocka_unit_test(test_throttle), cmocka_unit_test(test_backoff),
               cmocka_unit_test(test_retry_after), cmocka_unit_test(test_bucket),
               cmocka_unit_test(test_legacy_classes), cmocka_unit_test(test_modes))
