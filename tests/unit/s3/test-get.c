/* SPDX-License-Identifier: Apache-2.0 */
/* Downloads: what reaches the sink, and what must not pass for success. */
#include "unit/s3/script.h"

#define START(sc, ...)                                                                             \
    static const struct script_answer answers_[] = {__VA_ARGS__};                                  \
    script_start((sc), answers_, PAIL_ARRAY_LEN(answers_), NULL)

struct collector {
    unsigned begun;
    uint64_t told; /* body_length of the last begin */
    uint64_t size; /* of the object, as told by the last begin */
    char data[64];
    size_t n;
    int fail_with;
};

static int on_begin(void *ud, const struct pail_s3_object *head, uint64_t length,
                    struct pail_error *err)
{
    struct collector *c = ud;
    c->begun++;
    c->told = length;
    c->size = head->size;
    return 0;
}

static int on_write(void *ud, uint64_t offset, const void *p, size_t n, struct pail_error *err)
{
    struct collector *c = ud;

    if (c->fail_with)
        return pail_error_set(err, PAIL_D_OS, (enum pail_code)c->fail_with, "disk full");
    if (offset == 0)
        c->n = 0;
    assert_int_equal(offset, c->n);
    assert_true(c->n + n <= sizeof(c->data));
    memcpy(c->data + c->n, p, n);
    c->n += n;
    return 0;
}

static int get(struct script *sc, struct collector *c, struct pail_s3_get_args args,
               struct pail_error *err)
{
    struct pail_s3_sink sink = {.begin = on_begin, .write = on_write, .ud = c};
    struct pail_s3_object o;

    memset(c->data, 0, sizeof(c->data));
    *err = (struct pail_error)PAIL_ERROR_INIT;
    args.bucket = PAIL_STR("bkt");
    args.key = PAIL_STR("k");
    int rc = pail_s3_get(sc->s3, &args, &sink, &o, err);
    if (rc < 0)
        assert_null(o.impl);
    else
        assert_int_equal(o.size, c->size);
    pail_s3_object_done(&o);
    return rc;
}

#define WHOLE ((struct pail_s3_get_args){0})
#define RANGE(o, l) ((struct pail_s3_get_args){.ranged = true, .offset = (o), .length = (l)})

static void test_whole(void **state)
{
    struct script sc;
    struct collector c = {0};
    struct pail_error err;
    START(&sc, {200, "ETag: \"e\"\nx-amz-checksum-crc32: y/Q5Jg==", "123456789"},
          {200, NULL, NULL});

    assert_ok(get(&sc, &c, WHOLE, &err), &err);
    assert_string_equal(c.data, "123456789");
    assert_int_equal(c.told, 9);
    assert_string_equal(script_header(&sc, 0, "x-amz-checksum-mode"), "ENABLED");
    assert_null(script_header(&sc, 0, "Range"));
    assert_ok(get(&sc, &c, WHOLE, &err), &err);
    assert_int_equal(c.begun, 2);
    assert_int_equal(c.size, 0);
    script_end(&sc);
}

static void test_checksums(void **state)
{
    static const struct {
        const char *headers;
        int rc;
    } cases[] = {
        {"x-amz-checksum-crc32: y/Q5Jg==", 0},
        {"x-amz-checksum-crc32: y/Q5Jw==", PAIL_E_CHECKSUM},
        {"x-amz-checksum-crc32c: 4waSgw==", 0},
        {"x-amz-checksum-crc32c: 4waSgg==", PAIL_E_CHECKSUM},
        {"x-amz-checksum-crc64nvme: rosUhgp5mIg=", 0},
        {"x-amz-checksum-crc64nvme: rosUhgp5mIh=", PAIL_E_CHECKSUM},
        {"x-amz-checksum-sha1: 98O8HYCOBHMq32eZZczDTKeuNEE=", 0},
        {"x-amz-checksum-sha1: 98O8HYCOBHMq32eZZczDTKeuNEF=", PAIL_E_CHECKSUM},
        {"x-amz-checksum-sha256: FeKw08M4keuw8e9gnsQZQgwg4yDOlMZfvIwzEkSOsiU=", 0},
        {"x-amz-checksum-sha256: FeKw08M4keuw8e9gnsQZQgwg4yDOlMZfvIwzEkSOsiV=", PAIL_E_CHECKSUM},
        {"x-amz-checksum-crc32: AAAAAA==-2", 0},
        {"x-amz-checksum-crc32: AAAAAA==\nx-amz-checksum-type: COMPOSITE", 0},
        {"x-amz-checksum-md5: AAAAAA==", 0},
        {"x-amz-checksum-crc32: garbage", PAIL_E_CHECKSUM},
    };
    for (size_t i = 0; i < PAIL_ARRAY_LEN(cases); i++) {
        struct script_answer answer = {200, cases[i].headers, "123456789", 0};
        struct pail_s3_get_args args = WHOLE;
        struct collector c = {0};
        struct pail_error err;
        struct script sc;
        args.call.max_attempts = 1;
        script_start(&sc, &answer, 1, NULL);
        assert_code(get(&sc, &c, args, &err), cases[i].rc);
        script_end(&sc);
    }
}

/* What was wrong on its way is right the next time. */
static void test_flipped_then_right(void **state)
{
    struct script sc;
    struct collector c = {0};
    struct pail_error err;
    START(&sc, {200, "x-amz-checksum-crc32: y/Q5Jg==", "123456780"},
          {200, "x-amz-checksum-crc32: y/Q5Jg==", "123456789"});

    assert_ok(get(&sc, &c, WHOLE, &err), &err);
    assert_string_equal(c.data, "123456789");
    assert_int_equal(c.begun, 2);
    script_end(&sc);
}

static void test_cut_then_whole(void **state)
{
    struct script sc;
    struct collector c = {0};
    struct pail_error err;
    START(&sc, {200, "Content-Length: 9", "1234", SCRIPT_CUT},
          {200, "Content-Length: 9", "12345", SCRIPT_WHOLE}, /* a transport that did not notice */
          {200, NULL, "123456789"});

    assert_ok(get(&sc, &c, WHOLE, &err), &err);
    assert_string_equal(c.data, "123456789");
    assert_int_equal(c.begun, 3);
    script_end(&sc);
}

static void test_range(void **state)
{
    struct script sc;
    struct collector c = {0};
    struct pail_error err;
    START(&sc, {206, "Content-Range: bytes 2-4/9", "345"},
          {206, "Content-Range: bytes 7-8/9", "89"}, {206, "Content-Range: bytes 7-8/9", "89"},
          {206, "Content-Range: bytes 0-1/*", "12"}, {200, NULL, "123"});

    assert_ok(get(&sc, &c, RANGE(2, 3), &err), &err);
    assert_string_equal(c.data, "345");
    assert_int_equal(c.size, 9);
    assert_int_equal(c.told, 3);
    assert_string_equal(script_header(&sc, 0, "Range"), "bytes=2-4");
    assert_null(script_header(&sc, 0, "x-amz-checksum-mode"));
    assert_ok(get(&sc, &c, RANGE(7, 100), &err), &err); /* less at the end of the object */
    assert_ok(get(&sc, &c, RANGE(7, UINT64_MAX), &err), &err);
    assert_string_equal(script_header(&sc, 2, "Range"), "bytes=7-");
    assert_ok(get(&sc, &c, RANGE(0, 2), &err), &err);
    assert_int_equal(c.size, UINT64_MAX);
    assert_ok(get(&sc, &c, RANGE(0, 10), &err), &err); /* all of it is what was asked for */
    assert_int_equal(c.size, 3);
    script_end(&sc);
}

/* Answers to a range that are another one's. */
static void test_wrong_ranges(void **state)
{
    static const struct script_answer answers[] = {
        {200, NULL, "123456789", 0},
        {206, NULL, "345", 0},
        {206, "Content-Range: bytes 1-3/9", "234", 0},
        {206, "Content-Range: bytes 2-3/9", "34", 0},
        {206, "Content-Range: bytes 2-4/9", "34", 0},
        {206, "Content-Range: bytes 2-5/9", "3456", 0},
        {206, "Content-Range: bytes 2-4/3", "345", 0},
        {206, "Content-Range: lines 2-4/9", "345", 0},
    };
    struct script sc;

    script_start(&sc, answers, PAIL_ARRAY_LEN(answers), NULL);
    for (size_t i = 0; i < PAIL_ARRAY_LEN(answers); i++) {
        struct collector c = {0};
        struct pail_error err;
        assert_code(get(&sc, &c, RANGE(2, 3), &err), PAIL_E_GARBAGE);
        assert_int_equal(c.begun, 0);
    }
    script_end(&sc);
}

static void test_refusals(void **state)
{
    struct script sc;
    struct collector c = {0};
    struct pail_error err;
    START(&sc,
          {404, "x-amz-request-id: r7",
           "<Error><Code>NoSuchKey</Code><Message>gone</Message></Error>"},
          {304, NULL, NULL}, {416, NULL, "<Error><Code>InvalidRange</Code></Error>"},
          {403, NULL, "<Error><Code>InvalidObjectState</Code></Error>"}, {200, NULL, "123"});

    assert_code(get(&sc, &c, WHOLE, &err), PAIL_E_NOT_FOUND);
    assert_string_equal(err.message, "GetObject s3://bkt/k: NoSuchKey: gone");
    assert_string_equal(err.request_id, "r7");
    assert_code(get(&sc, &c, WHOLE, &err), PAIL_E_NOT_MODIFIED);
    assert_code(get(&sc, &c, RANGE(9, 1), &err), PAIL_E_RANGE);
    assert_code(get(&sc, &c, WHOLE, &err), PAIL_E_ARCHIVED);
    assert_int_equal(c.begun, 0);
    c.fail_with = PAIL_E_OS; /* the sink's own trouble: no second try */
    assert_code(get(&sc, &c, WHOLE, &err), PAIL_E_OS);
    assert_string_equal(err.message, "GetObject s3://bkt/k: disk full");
    script_end(&sc);
}

PAIL_TEST_MAIN(cmocka_unit_test(test_whole), cmocka_unit_test(test_checksums),
               cmocka_unit_test(test_flipped_then_right), cmocka_unit_test(test_cut_then_whole),
               cmocka_unit_test(test_range), cmocka_unit_test(test_wrong_ranges),
               cmocka_unit_test(test_refusals))
