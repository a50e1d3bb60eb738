/* SPDX-License-Identifier: Apache-2.0 */
/* Operations on a bad day: what is repeated, what is not, and what the caller hears. */
#include "unit/s3/fixture.h"

static void test_throttled(void **state)
{
    struct pail_error err;
    struct fixture_text t;

    store("k", "data");
    faults("op=GetObject nth=1 count=2 status=503 code=SlowDown");
    assert_ok(get_text("k", &t, NULL, &err), &err);
    assert_string_equal(t.data, "data");
    assert_int_equal(count("GetObject"), 3);
    faults("op=GetObject count=0 status=503 code=SlowDown");
    assert_code(get_text("k", &t, NULL, &err), PAIL_E_THROTTLED);
    assert_int_equal(count("GetObject"), 3);
    assert_int_equal(err.attempts, 3);
    assert_string_equal(err.service_code, "SlowDown");
}

static void test_reset_and_garbage(void **state)
{
    struct pail_error err;
    struct fixture_text t;

    store("k", "data");
    faults("op=GetObject nth=1 reset; op=GetObject nth=2 garbage");
    assert_ok(get_text("k", &t, NULL, &err), &err);
    assert_string_equal(t.data, "data");
    assert_int_equal(count("GetObject"), 3);
}

/* A body that was cut begins again, at the beginning. */
static void test_cut(void **state)
{
    struct pail_error err;
    struct fixture_text t;

    store("k", "0123456789");
    faults("op=GetObject nth=1 cut=4");
    assert_ok(get_text("k", &t, NULL, &err), &err);
    assert_string_equal(t.data, "0123456789");
    assert_int_equal(t.begun, 2);
    assert_int_equal(count("GetObject"), 2);
}

static void test_flipped(void **state)
{
    struct pail_error err;
    struct fixture_text t;

    assert_ok(put_text("k", "0123456789", NULL, false, NULL, &err), &err); /* with its checksum */
    faults("op=GetObject nth=1 flip");
    assert_ok(get_text("k", &t, NULL, &err), &err);
    assert_string_equal(t.data, "0123456789");
    assert_int_equal(count("GetObject"), 2);
    faults("op=GetObject count=0 flip");
    assert_code(get_text("k", &t, NULL, &err), PAIL_E_CHECKSUM);
}

/* Without a condition the reply that was lost does not matter; with one it does. */
static void test_lost(void **state)
{
    struct pail_error err;

    faults("op=PutObject nth=1 lost");
    assert_ok(put_text("k", "data", NULL, false, NULL, &err), &err);
    assert_int_equal(count("PutObject"), 2);
    faults("op=PutObject nth=1 lost");
    assert_code(put_text("new", "data", NULL, true, NULL, &err), PAIL_E_CLOSED);
    assert_int_equal(err.retry, PAIL_RETRY_UNKNOWN_EFFECT);
    assert_int_equal(count("PutObject"), 1);
    assert_stored("new", "data"); /* it had happened */
    /* Refused outright is another matter. */
    faults("op=PutObject nth=1 status=503 code=SlowDown");
    assert_ok(put_text("newer", "data", NULL, true, NULL, &err), &err);
    assert_int_equal(count("PutObject"), 2);
}

static void test_denied(void **state)
{
    struct pail_error err;
    struct fixture_text t;
    struct pail_s3_object o;
    struct pail_s3_head_args head = {.bucket = PAIL_STR("bkt"), .key = PAIL_STR("k")};

    store("k", "data");
    faults("op=* count=0 deny");
    assert_code(get_text("k", &t, NULL, &err), PAIL_E_ACCESS);
    assert_string_equal(err.service_code, "AccessDenied");
    assert_code(pail_s3_head(fx.s3, &head, &o, &err), PAIL_E_ACCESS);
    assert_int_equal(count(NULL), 2);
}

static void test_error_in_200(void **state)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_s3_put_result result;
    struct pail_s3_copy_args copy = {.bucket = PAIL_STR("bkt"),
                                     .key = PAIL_STR("k2"),
                                     .source_bucket = PAIL_STR("bkt"),
                                     .source_key = PAIL_STR("k")};

    store("k", "data");
    faults("op=CopyObject nth=1 error200");
    assert_ok(pail_s3_copy(fx.s3, &copy, &result, &err), &err);
    assert_int_equal(count("CopyObject"), 2);
    assert_stored("k2", "data");
}

/* The server's clock is an hour ahead: the first refusal teaches it. */
static void test_skew(void **state)
{
    struct pail_error err;
    struct fixture_text t;

    store("k", "data");
    faults("op=GetObject nth=1 skew");
    assert_ok(get_text("k", &t, NULL, &err), &err);
    assert_int_equal(count("GetObject"), 2);
}

static int setup_elsewhere(void **state)
{
    struct fake_s3_options s3 = {.region = "eu-west-1"};
    return fixture_start(&s3);
}

/* The bucket is of another region than the client signs for. */
static void test_other_region(void **state)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_s3_object o;
    struct pail_s3_head_args head = {.bucket = PAIL_STR("bkt"), .key = PAIL_STR("k")};
    struct fixture_text t;

    store("k", "data");
    faults("");
    assert_ok(pail_s3_head(fx.s3, &head, &o, &err), &err);
    pail_s3_object_done(&o);
    unsigned learning = count(NULL);
    assert_true(learning == 2 || learning == 3);
    assert_ok(get_text("k", &t, NULL, &err), &err);
    assert_int_equal(count(NULL), learning + 1);
}

static int setup_bare(void **state)
{
    struct fake_s3_options s3 = {.region = "us-east-1", .quirk_bare_etags = true};
    return fixture_start(&s3);
}

static void test_bare_etags(void **state)
{
    struct pail_error err;
    char etag[128];

    assert_ok(put_text("k", "1", NULL, false, etag, &err), &err);
    assert_code(put_text("k", "2", etag, false, NULL, &err), PAIL_E_PRECONDITION);
    pail_s3_set_etag_quotes(fx.s3, PAIL_S3_QUOTES_BARE);
    assert_ok(put_text("k", "2", etag, false, NULL, &err), &err);
}

#define T(f) cmocka_unit_test_setup_teardown(f, fixture_setup, fixture_teardown)
PAIL_TEST_MAIN(T(test_throttled), T(test_reset_and_garbage), T(test_cut), T(test_flipped),
               T(test_lost), T(test_denied), T(test_error_in_200), T(test_skew),
               cmocka_unit_test_setup_teardown(test_other_region, setup_elsewhere,
                                               fixture_teardown),
               cmocka_unit_test_setup_teardown(test_bare_etags, setup_bare, fixture_teardown))
