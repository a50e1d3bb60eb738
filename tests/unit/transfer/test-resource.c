/* SPDX-License-Identifier: Apache-2.0 */
#include <pail/resource.h>

#include "base/thread.h"
#include "transfer/resource.h"
#include "unit/transfer/rig.h"

static struct pail_bucket *bucket_named(const char *name)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_bucket *b = NULL;

    assert_ok(pail_bucket_new(fx.s3, pail_str(name), &b, &err), &err);
    return b;
}

static struct pail_object *object_named(struct pail_bucket *b, const char *key)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_object *o = NULL;

    assert_ok(pail_bucket_object(b, pail_str(key), &o, &err), &err);
    return o;
}

static void test_bucket(void **state)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_bucket *b = bucket_named("photos"), *none = NULL;
    struct pail_wait_options once = {.max_attempts = 1};
    char region[64];
    int64_t created = 0;
    bool exists = true;

    assert_string_equal(pail_bucket_name(b), "photos");
    assert_ptr_equal(pail_bucket_s3(b), fx.s3);
    assert_ok(pail_bucket_exists(b, &exists, &err), &err);
    assert_false(exists);
    assert_ok(pail_bucket_wait(b, false, &once, &err), &err);
    assert_code(pail_bucket_wait(b, true, &once, &err), PAIL_E_RETRIES_EXCEEDED);
    assert_string_equal(err.message, "Waiter BucketExists failed: Max attempts exceeded");
    assert_code(pail_bucket_created(b, &created, &err), PAIL_E_NO_BUCKET);
    assert_ok(pail_bucket_create(b, &err), &err);
    assert_ok(pail_bucket_exists(b, &exists, &err), &err);
    assert_true(exists);
    assert_ok(pail_bucket_wait(b, true, NULL, &err), &err);
    assert_ok(pail_bucket_region(b, region, &err), &err);
    assert_string_equal(region, "us-east-1");
    assert_ok(pail_bucket_created(b, &created, &err), &err);
    assert_true(created > 0);
    assert_ok(pail_bucket_delete(b, &err), &err);
    assert_code(pail_bucket_delete(b, &err), PAIL_E_NO_BUCKET);
    pail_bucket_unref(b);
    assert_code(pail_bucket_new(fx.s3, pail_str(""), &none, &err), PAIL_E_INVALID);
    assert_null(none);
    assert_null(pail_bucket_unref(NULL));
}

/* Others' buckets exist; an error that says nothing ends the wait. */
static void test_bucket_refused(void **state)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_bucket *b = bucket_named("bkt");
    bool exists = false;

    faults("op=HeadBucket count=0 status=403");
    assert_ok(pail_bucket_exists(b, &exists, &err), &err);
    assert_true(exists);
    faults("op=HeadBucket count=0 status=400");
    exists = true;
    assert_true(pail_bucket_wait(b, true, NULL, &err) < 0);
    assert_memory_equal(err.message, "Waiter BucketExists failed: ", 28);
    assert_in_range(count("HeadBucket"), 1, 2); /* once more in another region */
    faults("");
    pail_bucket_unref(b);
}

/* ---- Waiting, without threads: only sleep is replaced ---- */

static unsigned naps, asked, there_from;
static int64_t napped_ns;

static void nap(int64_t ns)
{
    napped_ns += ns;
    naps++;
}

static int ask(void *ud, bool *ret, struct pail_error *err)
{
    *ret = ++asked >= there_from;
    return 0;
}

static int wait_for(bool exists, unsigned from, const struct pail_wait_options *options,
                    struct pail_error *err)
{
    static const struct pail_thread_ops ops = {.sleep_ns = nap};

    naps = asked = 0;
    napped_ns = 0;
    there_from = from;
    pail_thread_set_ops(&ops);
    int rc = pail_resource_wait("X", exists, options, ask, NULL, err);
    pail_thread_set_ops(NULL);
    return rc;
}

static void test_wait(void **state)
{
    struct pail_wait_options options = {.delay_s = 1, .max_attempts = 4};
    struct pail_error err = PAIL_ERROR_INIT;

    assert_ok(wait_for(true, 3, NULL, &err), &err);
    assert_int_equal(asked, 3);
    assert_int_equal(napped_ns, INT64_C(10000000000));
    assert_code(wait_for(true, 100, NULL, &err), PAIL_E_RETRIES_EXCEEDED);
    assert_int_equal(asked, 20);
    assert_int_equal(naps, 19); /* not after the last */
    assert_code(wait_for(false, 1, &options, &err), PAIL_E_RETRIES_EXCEEDED);
    assert_string_equal(err.message, "Waiter X failed: Max attempts exceeded");
    assert_int_equal(napped_ns, INT64_C(3000000000));
}

static void fill(unsigned n)
{
    char key[32];

    for (unsigned i = 0; i < n; i++) {
        snprintf(key, sizeof(key), "a/%04u", i);
        store(key, "x");
    }
    store("b/last", "xyz");
}

static void test_objects(void **state)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_bucket *b = bucket_named("bkt");
    struct pail_objects_options options = {.prefix = PAIL_STR("a/"), .page_size = 3};
    struct pail_objects *it = NULL;
    const struct pail_s3_entry *e;
    unsigned seen = 0;
    size_t n;

    fill(10);
    faults("");
    assert_ok(pail_bucket_objects(b, &options, &it, &err), &err);
    assert_int_equal(count(NULL), 0);
    for (;;) {
        char key[32];
        assert_ok(pail_objects_next(it, &e, &err), &err);
        if (!e)
            break;
        snprintf(key, sizeof(key), "a/%04u", seen++);
        assert_str(e->key, key);
        assert_int_equal(e->size, 1);
    }
    assert_int_equal(seen, 10);
    assert_int_equal(count(NULL), 4);
    assert_ok(pail_objects_next(it, &e, &err), &err);
    assert_null(e);
    it = pail_objects_free(it);

    /* A limit, and pages of what a single step left. */
    options.limit = 5;
    assert_ok(pail_bucket_objects(b, &options, &it, &err), &err);
    assert_ok(pail_objects_next(it, &e, &err), &err);
    assert_ok(pail_objects_page(it, &e, &n, &err), &err);
    assert_int_equal(n, 2);
    assert_str(e[1].key, "a/0002");
    assert_ok(pail_objects_page(it, &e, &n, &err), &err);
    assert_int_equal(n, 2);
    assert_str(e[1].key, "a/0004");
    assert_ok(pail_objects_page(it, &e, &n, &err), &err);
    assert_int_equal(n, 0);
    it = pail_objects_free(it);

    options = (struct pail_objects_options){.start_after = PAIL_STR("a/0008")};
    assert_ok(pail_bucket_objects(b, &options, &it, &err), &err);
    assert_ok(pail_objects_page(it, &e, &n, &err), &err);
    assert_int_equal(n, 2);
    assert_str(e[0].key, "a/0009");
    assert_str(e[1].key, "b/last");
    pail_objects_free(it);
    pail_bucket_unref(b);
}

/* After an error it goes on where it was. */
static void test_objects_again(void **state)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_bucket *b = bucket_named("bkt");
    struct pail_objects_options options = {.page_size = 2};
    struct pail_objects *it = NULL;
    const struct pail_s3_entry *e;
    size_t n;

    fill(4);
    assert_ok(pail_bucket_objects(b, &options, &it, &err), &err);
    assert_ok(pail_objects_page(it, &e, &n, &err), &err);
    faults("op=ListObjectsV2 count=0 status=403 code=AccessDenied");
    assert_code(pail_objects_page(it, &e, &n, &err), PAIL_E_ACCESS);
    faults("");
    assert_ok(pail_objects_page(it, &e, &n, &err), &err);
    assert_int_equal(n, 2);
    assert_str(e[0].key, "a/0002");
    pail_objects_free(it);
    pail_bucket_unref(b);
}

static void test_delete(void **state)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_bucket *b = bucket_named("bkt");
    uint64_t n = 7;

    fill(1050);
    faults("");
    assert_ok(pail_bucket_delete_below(b, PAIL_STR("a/"), &n, &err), &err);
    assert_int_equal(n, 1050);
    assert_int_equal(count("DeleteObjects"), 2);
    assert_int_equal(count("ListObjectsV2"), 2);
    assert_stored("a/0000", NULL);
    assert_stored("a/1049", NULL);
    assert_stored("b/last", "xyz");
    assert_ok(pail_bucket_delete_below(b, PAIL_STR("a/"), &n, &err), &err);
    assert_int_equal(n, 0);
    faults("op=DeleteObjects count=0 status=403 code=AccessDenied");
    n = 7;
    assert_code(pail_bucket_delete_below(b, pail_str(NULL), &n, &err), PAIL_E_ACCESS);
    assert_int_equal(n, 0);
    faults("");
    pail_bucket_unref(b);
}

static void test_object(void **state)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_bucket *b = bucket_named("bkt");
    struct pail_object *o = object_named(b, "dir/k"), *copy = object_named(b, "copy"), *none = NULL;
    struct pail_s3_attributes attributes = {.content_type = PAIL_STR("a/b")};
    const struct pail_s3_object *known = NULL;
    bool exists = true;
    char *text = NULL;
    size_t n = 0;

    assert_str(pail_object_key(o), "dir/k");
    assert_ptr_equal(pail_object_bucket(o), b);
    assert_ok(pail_object_exists(o, &exists, &err), &err);
    assert_false(exists);
    assert_code(pail_object_attributes(o, &known, &err), PAIL_E_NOT_FOUND);
    assert_null(known);
    assert_code(pail_object_get(o, 100, &text, &n, &err), PAIL_E_NOT_FOUND);
    assert_null(text);
    assert_ok(pail_object_put(o, (struct pail_bytes){"0123456789", 10}, &attributes, &err), &err);

    /* Known until it changes. */
    faults("");
    assert_ok(pail_object_attributes(o, &known, &err), &err);
    assert_ok(pail_object_attributes(o, &known, &err), &err);
    assert_int_equal(count(NULL), 1);
    assert_int_equal(known->size, 10);
    assert_str(known->content_type, "a/b");
    store("dir/k", "changed elsewhere");
    assert_ok(pail_object_attributes(o, &known, &err), &err);
    assert_int_equal(known->size, 10);
    assert_ok(pail_object_load(o, &err), &err);
    assert_ok(pail_object_attributes(o, &known, &err), &err);
    assert_int_equal(known->size, 17);
    assert_ok(pail_object_put(o, (struct pail_bytes){"0123456789", 10}, NULL, &err), &err);
    assert_ok(pail_object_attributes(o, &known, &err), &err);
    assert_int_equal(known->size, 10);

    /* Content */
    assert_code(pail_object_get(o, 9, &text, &n, &err), PAIL_E_TOO_BIG);
    assert_null(text);
    assert_ok(pail_object_get(o, 10, &text, &n, &err), &err);
    assert_int_equal(n, 10);
    assert_string_equal(text, "0123456789");
    pail_s3_free(text);
    assert_ok(pail_object_get_range(o, 4, 3, 10, &text, &n, &err), &err);
    assert_int_equal(n, 3);
    assert_string_equal(text, "456");
    pail_s3_free(text);
    assert_ok(pail_object_attributes(o, &known, &err), &err);
    assert_int_equal(known->size, 10);
    assert_code(pail_object_get_range(o, 10, 1, 10, &text, &n, &err), PAIL_E_RANGE);
    assert_ok(pail_object_copy_from(copy, o, &err), &err);
    assert_stored("copy", "0123456789");
    assert_ok(pail_object_put(copy, (struct pail_bytes){NULL, 0}, NULL, &err), &err);
    assert_ok(pail_object_get(copy, 10, &text, &n, &err), &err);
    assert_int_equal(n, 0);
    assert_string_equal(text, "");
    pail_s3_free(text);

    assert_ok(pail_object_delete(o, &err), &err);
    assert_ok(pail_object_delete(o, &err), &err);
    assert_code(pail_object_attributes(o, &known, &err), PAIL_E_NOT_FOUND);
    assert_ok(pail_object_wait(o, false, NULL, &err), &err);
    assert_code(pail_bucket_object(b, pail_str(""), &none, &err), PAIL_E_INVALID);
    pail_bucket_unref(b); /* the objects hold it */
    pail_object_unref(pail_object_ref(o));
    pail_object_unref(o);
    pail_object_unref(copy);
    assert_null(pail_object_unref(NULL));
}

static void test_presign(void **state)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_bucket *b = bucket_named("bkt");
    struct pail_object *o = object_named(b, "a b");
    char *url = NULL, *put = NULL;

    assert_ok(pail_object_presign_get(o, 60, &url, &err), &err);
    assert_non_null(strstr(url, "/bkt/a%20b?"));
    assert_non_null(strstr(url, "X-Amz-Expires=60&"));
    assert_ok(pail_object_presign_put(o, 0, &put, &err), &err);
    assert_non_null(strstr(put, "X-Amz-Expires=3600&"));
    assert_string_not_equal(strstr(url, "X-Amz-Signature="), strstr(put, "X-Amz-Signature="));
    pail_s3_free(url);
    pail_s3_free(put);
    assert_code(pail_object_presign_put(o, 604801, &put, &err), PAIL_E_INVALID);
    pail_object_unref(o);
    pail_bucket_unref(b);
}

static void test_files(void **state)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_bucket *b = bucket_named("bkt");
    struct pail_object *o = object_named(b, "big");
    struct pail_transfer_config config = PAIL_TRANSFER_CONFIG_INIT;
    struct pail_s3_attributes attributes = {.content_type = PAIL_STR("image/png")};
    const struct pail_s3_object *known = NULL;

    config.multipart_threshold = config.multipart_chunksize = 5 * MIB;
    struct pail_file_options options = {
        .config = &config, .attributes = &attributes, .progress = rig_progress};
    rig_moved = 0;
    rig_write("file", 11 * MIB);
    assert_ok(pail_object_upload(o, rig_path("file"), &options, &err), &err);
    rig_assert_object("big", 11 * MIB);
    assert_int_equal(rig_moved, 11 * MIB);
    assert_ok(pail_object_attributes(o, &known, &err), &err);
    assert_str(known->content_type, "image/png");
    assert_ok(pail_object_download(o, rig_path("back"), NULL, &err), &err);
    rig_assert_file("back", 0, 11 * MIB);
    assert_code(pail_bucket_upload(b, rig_path("absent"), PAIL_STR("k"), NULL, &err), PAIL_E_OS);
    assert_code(pail_bucket_download(b, PAIL_STR("absent"), rig_path("absent"), NULL, &err),
                PAIL_E_NOT_FOUND);
    pail_object_unref(o);
    pail_bucket_unref(b);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, rig_setup, rig_teardown)

PAIL_TEST_MAIN(TEST(test_bucket), TEST(test_bucket_refused), cmocka_unit_test(test_wait),
               TEST(test_objects), TEST(test_objects_again), TEST(test_delete), TEST(test_object),
               TEST(test_presign), TEST(test_files))
