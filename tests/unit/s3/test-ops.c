/* SPDX-License-Identifier: Apache-2.0 */
/* Every operation on objects and buckets against the fake S3, which verifies signatures by its own
 * code. */
#include <pail/s3_acl.h>
#include <pail/s3_bucket.h>
#include <pail/s3_versions.h>

#include "unit/s3/fixture.h"

static void test_put_get_head(void **state)
{
    struct pail_error err;
    struct fixture_text t;
    struct pail_s3_object o;
    struct pail_s3_head_args head = {.bucket = PAIL_STR("bkt"), .key = PAIL_STR("d/k \xc3\xa4")};
    char etag[128];

    faults("");
    assert_ok(put_text("d/k \xc3\xa4", "hello", NULL, false, etag, &err), &err);
    assert_stored("d/k \xc3\xa4", "hello");
    assert_string_equal(etag, "\"5d41402abc4b2a76b9719d911017c592\"");
    assert_ok(get_text("d/k \xc3\xa4", &t, &o, &err), &err);
    assert_string_equal(t.data, "hello");
    assert_str(o.etag, etag);
    assert_int_equal(o.size, 5);
    assert_true(o.mtime_ns > 0);
    assert_true(o.checksum_value.len > 0); /* and it was right */
    pail_s3_object_done(&o);
    assert_ok(pail_s3_head(fx.s3, &head, &o, &err), &err);
    assert_str(o.etag, etag);
    assert_int_equal(o.size, 5);
    pail_s3_object_done(&o);
    assert_int_equal(count(NULL), 3);
    assert_int_equal(count("PutObject"), 1);
}

static void test_missing(void **state)
{
    struct pail_error err;
    struct fixture_text t;
    struct pail_s3_object o;
    struct pail_s3_head_args head = {.bucket = PAIL_STR("bkt"), .key = PAIL_STR("missing")};
    struct pail_s3_list_args list = {.bucket = PAIL_STR("no-such-bucket")};
    struct pail_s3_page page;

    faults("");
    assert_code(get_text("missing", &t, &o, &err), PAIL_E_NOT_FOUND);
    assert_string_equal(err.service_code, "NoSuchKey");
    assert_int_equal(err.http_status, 404);
    assert_true(err.request_id[0]);
    assert_true(strstr(err.message, "GetObject s3://bkt/missing: NoSuchKey") == err.message);
    assert_code(pail_s3_head(fx.s3, &head, &o, &err), PAIL_E_NOT_FOUND);
    assert_code(pail_s3_list(fx.s3, &list, &page, &err), PAIL_E_NO_BUCKET);
    assert_int_equal(count(NULL), 3); /* none is asked again */
}

static void test_conditions(void **state)
{
    struct pail_error err;
    struct pail_s3_object o;
    char first[128], second[128];

    faults("");
    assert_ok(put_text("c", "one", NULL, true, first, &err), &err);
    assert_code(put_text("c", "two", NULL, true, NULL, &err), PAIL_E_PRECONDITION);
    assert_int_equal(err.http_status, 412);
    assert_ok(put_text("c", "two", first, false, second, &err), &err);
    assert_code(put_text("c", "three", first, false, NULL, &err), PAIL_E_PRECONDITION);
    assert_stored("c", "two");
    struct pail_s3_head_args head = {
        .bucket = PAIL_STR("bkt"), .key = PAIL_STR("c"), .if_none_match = pail_str(second)};
    assert_code(pail_s3_head(fx.s3, &head, &o, &err), PAIL_E_NOT_MODIFIED);
    head.if_none_match = PAIL_STR("");
    head.if_match = pail_str(first);
    assert_code(pail_s3_head(fx.s3, &head, &o, &err), PAIL_E_PRECONDITION);
    assert_int_equal(count(NULL), 6);
}

static void test_range(void **state)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct fixture_text t = {.n = 0};
    struct pail_s3_sink sink = {.write = fixture_write, .ud = &t};
    struct pail_s3_object o;
    struct pail_s3_get_args args = {
        .bucket = PAIL_STR("bkt"), .key = PAIL_STR("r"), .ranged = true, .offset = 2, .length = 3};

    store("r", "0123456789");
    assert_ok(pail_s3_get(fx.s3, &args, &sink, &o, &err), &err);
    assert_string_equal(t.data, "234");
    assert_int_equal(o.size, 10);
    pail_s3_object_done(&o);
    args.offset = 10;
    assert_code(pail_s3_get(fx.s3, &args, &sink, NULL, &err), PAIL_E_RANGE);
}

static void test_metadata(void **state)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_s3_object o;
    struct pail_s3_meta meta[] = {{PAIL_STR("mtime"), PAIL_STR("1.5")},
                                  {PAIL_STR("empty"), PAIL_STR("")}};
    struct pail_s3_put_args put = {.bucket = PAIL_STR("bkt"),
                                   .key = PAIL_STR("m"),
                                   .attributes = {.content_type = PAIL_STR("a/b"),
                                                  .cache_control = PAIL_STR("no-cache"),
                                                  .meta = meta,
                                                  .n_meta = 2}};
    struct pail_s3_copy_args copy = {.bucket = PAIL_STR("bkt"),
                                     .key = PAIL_STR("m2"),
                                     .source_bucket = PAIL_STR("bkt"),
                                     .source_key = PAIL_STR("m")};
    struct pail_s3_head_args head = {.bucket = PAIL_STR("bkt"), .key = PAIL_STR("m2")};
    struct pail_s3_put_result result;

    faults("");
    assert_ok(pail_s3_put(fx.s3, &put, NULL, &result, &err), &err);
    assert_ok(pail_s3_copy(fx.s3, &copy, &result, &err), &err);
    assert_true(result.etag[0] == '"');
    assert_ok(pail_s3_head(fx.s3, &head, &o, &err), &err);
    assert_str(o.content_type, "a/b");
    assert_str(o.cache_control, "no-cache");
    assert_int_equal(o.n_meta, 2);
    for (size_t i = 0; i < 2; i++) {
        if (pail_str_eqz(o.meta[i].name, "mtime"))
            assert_str(o.meta[i].value, "1.5");
        else
            assert_str(o.meta[i].name, "empty");
    }
    pail_s3_object_done(&o);
    copy.source_if_match = PAIL_STR("\"other\"");
    assert_code(pail_s3_copy(fx.s3, &copy, &result, &err), PAIL_E_PRECONDITION);
    copy.source_if_match = PAIL_STR("");
    copy.source_key = PAIL_STR("absent");
    assert_code(pail_s3_copy(fx.s3, &copy, &result, &err), PAIL_E_NOT_FOUND);
    assert_string_equal(result.etag, "");
}

static void test_delete(void **state)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_s3_delete_args args = {.bucket = PAIL_STR("bkt"), .key = PAIL_STR("x")};
    char etag[128];

    assert_ok(put_text("x", "1", NULL, false, etag, &err), &err);
    args.if_match = PAIL_STR("\"other\"");
    assert_code(pail_s3_delete(fx.s3, &args, &err), PAIL_E_PRECONDITION);
    assert_stored("x", "1");
    args.if_match = pail_str(etag);
    assert_ok(pail_s3_delete(fx.s3, &args, &err), &err);
    assert_stored("x", NULL);
    args.if_match = PAIL_STR("");
    assert_ok(pail_s3_delete(fx.s3, &args, &err), &err); /* gone is gone */
}

static void test_delete_many(void **state)
{
    struct pail_error err = PAIL_ERROR_INIT, results[5];
    const struct pail_str keys[] = {PAIL_STR("many/a"), PAIL_STR("many/<&>\r\n"),
                                    PAIL_STR("many/absent"), PAIL_STR("many/\x01"),
                                    PAIL_STR("many/\xc3\xa4")};
    struct pail_s3_delete_many_args args = {.bucket = PAIL_STR("bkt"), .keys = keys, .n_keys = 5};

    store("many/a", "1");
    store("many/<&>\r\n", "1");
    store("many/\x01", "1");
    store("many/\xc3\xa4", "1");
    store("many/stays", "1");
    faults("");
    assert_ok(pail_s3_delete_many(fx.s3, &args, results, &err), &err);
    assert_int_equal(count(NULL), 1);
    assert_stored("many/a", NULL);
    assert_stored("many/<&>\r\n", NULL);
    assert_stored("many/\xc3\xa4", NULL);
    assert_stored("many/stays", "1");
    for (size_t i = 0; i < 5; i++)
        assert_code(results[i].code, i == 3 ? PAIL_E_INVALID : 0);
    /* What XML cannot carry is told, where there is somebody to tell. */
    assert_code(pail_s3_delete_many(fx.s3, &args, NULL, &err), PAIL_E_INVALID);
    args.n_keys = 0;
    assert_code(pail_s3_delete_many(fx.s3, &args, NULL, &err), PAIL_E_INVALID);
    args.n_keys = 1001;
    assert_code(pail_s3_delete_many(fx.s3, &args, NULL, &err), PAIL_E_INVALID);
}

static void test_list(void **state)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_s3_page page;
    struct pail_s3_list_args args = {.bucket = PAIL_STR("bkt"),
                                     .prefix = PAIL_STR("l/"),
                                     .delimiter = PAIL_STR("/"),
                                     .max_keys = 2};
    static const char *const keys[] = {"l/a b", "l/d/1", "l/d/2", "l/z\x01+%2F", "l/\xc3\xa4"};
    static const char *const pages[][2] = {{"l/a b", "l/d/"}, {"l/z\x01+%2F", "l/\xc3\xa4"}};
    char token[256];

    for (size_t i = 0; i < PAIL_ARRAY_LEN(keys); i++)
        store(keys[i], "data");
    faults("");
    for (size_t i = 0; i < 2; i++) {
        assert_ok(pail_s3_list(fx.s3, &args, &page, &err), &err);
        assert_int_equal(page.n, 2);
        assert_str(page.entries[0].key, pages[i][0]);
        assert_str(page.entries[1].key, pages[i][1]);
        assert_int_equal(page.entries[0].size, 4);
        assert_str(page.entries[0].etag, "\"8d777f385d3dfec8815d20f7496026dc\"");
        assert_int_equal(page.entries[0].mtime_ns, 1000 * INT64_C(1000000));
        assert_true(page.entries[1].is_prefix == (i == 0));
        snprintf(token, sizeof(token), "%.*s", PAIL_STR_ARG(page.next_token));
        assert_true((token[0] != '\0') == (i == 0));
        args.continuation_token = pail_str(token);
        pail_s3_page_done(&page);
    }
    args.continuation_token = PAIL_STR("");
    args.delimiter = PAIL_STR("");
    args.start_after = PAIL_STR("l/d/1");
    assert_ok(pail_s3_list(fx.s3, &args, &page, &err), &err);
    assert_str(page.entries[0].key, "l/d/2");
    pail_s3_page_done(&page);
    assert_int_equal(count("ListObjectsV2"), 3);
}

static void test_buckets(void **state)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_s3_buckets buckets;
    struct pail_str name = PAIL_STR("another");
    char region[64];

    assert_ok(pail_s3_bucket_create(fx.s3, NULL, name, &err), &err);
    assert_ok(pail_s3_bucket_head(fx.s3, NULL, name, region, &err), &err);
    assert_string_equal(region, "us-east-1");
    assert_ok(pail_s3_bucket_head(fx.s3, NULL, name, NULL, &err), &err);
    assert_ok(pail_s3_bucket_location(fx.s3, NULL, name, region, &err), &err);
    assert_string_equal(region, "us-east-1");
    assert_ok(pail_s3_list_buckets(fx.s3, NULL, &buckets, &err), &err);
    assert_int_equal(buckets.n, 2);
    assert_str(buckets.buckets[0].name, "another");
    assert_str(buckets.buckets[1].name, "bkt");
    pail_s3_buckets_done(&buckets);
    assert_ok(pail_s3_bucket_delete(fx.s3, NULL, name, &err), &err);
    assert_code(pail_s3_bucket_head(fx.s3, NULL, name, region, &err), PAIL_E_NO_BUCKET);
    store("something", "1");
    assert_code(pail_s3_bucket_delete(fx.s3, NULL, PAIL_STR("bkt"), &err), PAIL_E_BUCKET_NOT_EMPTY);
    assert_code(pail_s3_bucket_delete(fx.s3, NULL, name, &err), PAIL_E_NO_BUCKET);
}

/* ---- Asynchronous ---- */

struct many {
    struct pail_s3_object o;
    struct pail_error err;
    struct pail_call *call;
    bool done;
};

static void many_done(void *ud, const struct pail_error *err)
{
    struct many *m = ud;
    if (err)
        m->err = *err;
    m->done = true;
}

static void test_async(void **state)
{
    struct pail_error err = PAIL_ERROR_INIT;
    static struct many m[100];

    store("async", "12345");
    for (size_t i = 0; i < PAIL_ARRAY_LEN(m); i++) {
        char key[16]; /* copied before the call returns */
        snprintf(key, sizeof(key), i % 3 ? "async" : "absent");
        struct pail_s3_head_args args = {.bucket = PAIL_STR("bkt"), .key = pail_str(key)};
        assert_ok(pail_s3_head_async(fx.s3, &args, &m[i].o, many_done, &m[i], &m[i].call, &err),
                  &err);
        memset(key, 'x', sizeof(key));
    }
    for (size_t i = 0; i < PAIL_ARRAY_LEN(m); i++) {
        pail_call_wait(m[i].call);
        pail_call_unref(m[i].call);
        assert_true(m[i].done);
        assert_code(m[i].err.code, i % 3 ? 0 : PAIL_E_NOT_FOUND);
        assert_int_equal(m[i].o.size, i % 3 ? 5 : 0);
        pail_s3_object_done(&m[i].o);
    }
}

/* The client and the session may go while calls are under way. */
static void test_shutdown(void **state)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_s3_head_args args = {.bucket = PAIL_STR("bkt"), .key = PAIL_STR("slow")};
    struct many m = {.done = false}, cancelled = {.done = false};

    store("slow", "1");
    faults("op=HeadObject count=0 stall=60000");
    assert_ok(pail_s3_head_async(fx.s3, &args, &cancelled.o, many_done, &cancelled, &cancelled.call,
                                 &err),
              &err);
    pail_call_cancel(cancelled.call);
    pail_call_wait(cancelled.call);
    pail_call_unref(cancelled.call);
    assert_code(cancelled.err.code, PAIL_E_CANCELLED);
    assert_ok(pail_s3_head_async(fx.s3, &args, &m.o, many_done, &m, NULL, &err), &err);
    fx.s3 = pail_s3_unref(fx.s3);
    fx.session = pail_session_unref(fx.session); /* waits */
    assert_true(m.done);
    assert_code(m.err.code, PAIL_E_SHUTDOWN);
    assert_null(m.o.impl);
}

#define T(f) cmocka_unit_test_setup_teardown(f, fixture_setup, fixture_teardown)
/* Sub-resources, written and read back; also when the reply to writing is lost. */
static void test_sub_resources(void **state)
{
    const struct pail_s3_bucket_args bucket = {.bucket = PAIL_STR("bkt")};
    const struct pail_s3_object_args object = {.bucket = PAIL_STR("bkt"), .key = PAIL_STR("sub")};
    const struct pail_s3_tag list[] = {{PAIL_STR("a"), PAIL_STR("b")}};
    const struct pail_s3_lifecycle_rule rule = {
        .prefix = PAIL_STR("p"), .enabled = true, .expire_days = 3};
    struct pail_s3_lifecycle rules = {.rules = &rule, .n = 1};
    struct pail_s3_tags tags = {.tags = list, .n = 1};
    struct pail_s3_acl_put canned = {.canned = PAIL_STR("public-read")};
    struct pail_s3_about_args about_args = {.object = object};
    struct pail_s3_versions_args versions_args = {.bucket = PAIL_STR("bkt"),
                                                  .prefix = PAIL_STR("sub")};
    struct pail_s3_versions versions;
    struct pail_s3_about about;
    struct pail_s3_policy policy;
    struct pail_s3_acl acl;
    struct pail_error err;

    faults("op=Put*Tagging lost; op=PutBucketPolicy status=503 code=SlowDown");
    assert_ok(put_text("sub", "hello", NULL, false, NULL, &err), &err);
    assert_ok(pail_s3_object_tags_put(fx.s3, &object, &tags, &err), &err);
    assert_ok(pail_s3_object_tags_get(fx.s3, &object, &tags, &err), &err);
    assert_int_equal(tags.n, 1);
    assert_str(tags.tags[0].value, "b");
    pail_s3_tags_done(&tags);
    assert_ok(pail_s3_object_tags_delete(fx.s3, &object, &err), &err);
    assert_code(pail_s3_bucket_tags_get(fx.s3, &bucket, &tags, &err), PAIL_E_NOT_FOUND);
    assert_code(pail_s3_lifecycle_get(fx.s3, &bucket, &rules, &err), PAIL_E_NOT_FOUND);
    rules = (struct pail_s3_lifecycle){.rules = &rule, .n = 1};
    assert_ok(pail_s3_lifecycle_put(fx.s3, &bucket, &rules, &err), &err);
    assert_ok(pail_s3_lifecycle_get(fx.s3, &bucket, &rules, &err), &err);
    assert_int_equal(rules.rules[0].expire_days, 3);
    pail_s3_lifecycle_done(&rules);
    assert_ok(pail_s3_policy_put(fx.s3, &bucket, PAIL_STR("{}"), &err), &err);
    assert_ok(pail_s3_policy_get(fx.s3, &bucket, &policy, &err), &err);
    assert_str(policy.json, "{}");
    pail_s3_policy_done(&policy);
    assert_ok(pail_s3_object_acl_put(fx.s3, &object, &canned, &err), &err);
    assert_ok(pail_s3_object_acl_get(fx.s3, &object, &acl, &err), &err);
    assert_int_equal(acl.n, 2);
    pail_s3_acl_done(&acl);
    assert_ok(pail_s3_about(fx.s3, &about_args, &about, &err), &err);
    assert_int_equal(about.size, 5);
    pail_s3_about_done(&about);
    assert_ok(pail_s3_versions(fx.s3, &versions_args, &versions, &err), &err);
    assert_int_equal(versions.n, 1);
    assert_str(versions.versions[0].version_id, "null");
    pail_s3_versions_done(&versions);
}

PAIL_TEST_MAIN(T(test_put_get_head), T(test_missing), T(test_conditions), T(test_range),
               T(test_metadata), T(test_delete), T(test_delete_many), T(test_list), T(test_buckets),
               T(test_sub_resources), T(test_async), T(test_shutdown))
