/* SPDX-License-Identifier: Apache-2.0 */
/* Multipart uploads from creation to completion, and what can go wrong between. */
#include "unit/s3/fixture.h"

static int setup(void **state)
{
    struct fake_s3_options s3 = {.region = "us-east-1", .min_part_size = 4};
    return fixture_start(&s3);
}

static struct pail_s3_upload_id create(const char *key)
{
    struct pail_s3_mpu_create_args args = {.bucket = PAIL_STR("bkt"),
                                           .key = pail_str(key),
                                           .attributes = {.content_type = PAIL_STR("a/b")}};
    struct pail_s3_upload_id id;
    struct pail_error err = PAIL_ERROR_INIT;
    assert_ok(pail_s3_mpu_create(fx.s3, &args, &id, &err), &err);
    assert_true(id.id[0]);
    return id;
}

static int part(const char *key, const struct pail_s3_upload_id *id, unsigned number,
                const char *text, struct pail_s3_part *ret, struct pail_error *err)
{
    struct pail_bytes segment = {text, strlen(text)};
    struct pail_s3_body body = {.segments = &segment, .n_segments = 1};
    struct pail_s3_mpu_part_args args = {.bucket = PAIL_STR("bkt"),
                                         .key = pail_str(key),
                                         .upload_id = pail_str(id->id),
                                         .number = number};
    return pail_s3_mpu_part(fx.s3, &args, &body, ret, err);
}

static int complete(const char *key, const struct pail_s3_upload_id *id,
                    const struct pail_s3_part *parts, size_t n, bool if_none_match,
                    struct pail_s3_put_result *ret, struct pail_error *err)
{
    struct pail_s3_mpu_complete_args args = {.bucket = PAIL_STR("bkt"),
                                             .key = pail_str(key),
                                             .upload_id = pail_str(id->id),
                                             .parts = parts,
                                             .n_parts = n,
                                             .if_none_match = if_none_match};
    return pail_s3_mpu_complete(fx.s3, &args, ret, err);
}

static void test_whole(void **state)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_s3_part parts[3];
    struct pail_s3_put_result result;
    struct pail_s3_object o;
    struct pail_s3_mpu_copy_args copy = {.bucket = PAIL_STR("bkt"),
                                         .key = PAIL_STR("big"),
                                         .number = 2,
                                         .source_bucket = PAIL_STR("bkt"),
                                         .source_key = PAIL_STR("src"),
                                         .ranged = true,
                                         .offset = 2,
                                         .length = 5};

    store("src", "0123456789");
    faults("");
    struct pail_s3_upload_id id = create("big");
    copy.upload_id = pail_str(id.id);
    assert_ok(part("big", &id, 1, "first", &parts[0], &err), &err);
    assert_int_equal(parts[0].number, 1);
    assert_int_equal(strlen(parts[0].checksum), 8);
    assert_ok(pail_s3_mpu_copy(fx.s3, &copy, &parts[1], &err), &err);
    assert_int_equal(parts[1].number, 2);
    assert_ok(part("big", &id, 7, "last", &parts[2], &err), &err);
    assert_ok(complete("big", &id, parts, 3, false, &result, &err), &err);
    assert_stored("big", "first23456last");
    assert_non_null(strstr(result.etag, "-3\""));
    struct pail_s3_head_args head = {.bucket = PAIL_STR("bkt"), .key = PAIL_STR("big")};
    assert_ok(pail_s3_head(fx.s3, &head, &o, &err), &err);
    assert_str(o.content_type, "a/b");
    assert_str(o.etag, result.etag);
    pail_s3_object_done(&o);
    struct fixture_text t;
    assert_ok(get_text("big", &t, NULL, &err), &err); /* a composite checksum is no obstacle */
    assert_string_equal(t.data, "first23456last");
    assert_int_equal(count(NULL), 7);
}

static void test_conditional(void **state)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_s3_part parts[1];
    struct pail_s3_put_result result;
    struct pail_s3_upload_id id = create("c");

    assert_ok(part("c", &id, 1, "first", &parts[0], &err), &err);
    store("c", "somebody else's");
    assert_code(complete("c", &id, parts, 1, true, &result, &err), PAIL_E_PRECONDITION);
    assert_stored("c", "somebody else's");
    assert_string_equal(result.etag, "");
}

/* A part may be repeated, completion may not. */
static void test_lost(void **state)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_s3_part parts[1];
    struct pail_s3_put_result result;
    struct pail_s3_upload_id id = create("l");

    faults("op=UploadPart nth=1 lost; op=CompleteMultipartUpload nth=1 lost");
    assert_ok(part("l", &id, 1, "first", &parts[0], &err), &err);
    assert_int_equal(count("UploadPart"), 2);
    assert_code(complete("l", &id, parts, 1, false, &result, &err), PAIL_E_CLOSED);
    assert_int_equal(err.retry, PAIL_RETRY_UNKNOWN_EFFECT);
    assert_int_equal(count("CompleteMultipartUpload"), 1);
    assert_stored("l", "first");
}

static void test_abort(void **state)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_s3_part p;
    struct pail_s3_upload_id id = create("a");
    struct pail_s3_mpu_abort_args args = {
        .bucket = PAIL_STR("bkt"), .key = PAIL_STR("a"), .upload_id = pail_str(id.id)};

    assert_ok(pail_s3_mpu_abort(fx.s3, &args, &err), &err);
    assert_ok(pail_s3_mpu_abort(fx.s3, &args, &err), &err); /* gone already */
    assert_code(part("a", &id, 1, "x", &p, &err), PAIL_E_NOT_FOUND);
    assert_string_equal(err.service_code, "NoSuchUpload");
    assert_string_equal(p.etag, "");
    fake_server_lock(fx.server);
    assert_int_equal(fake_s3_uploads(fake_server_s3(fx.server), "bkt"), 0);
    fake_server_unlock(fx.server);
}

static void test_list(void **state)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_s3_uploads u;
    struct pail_s3_mpu_list_args args = {.bucket = PAIL_STR("bkt"), .prefix = PAIL_STR("u/")};
    struct pail_s3_upload_id a = create("u/a b"), b = create("u/\xc3\xa4");

    create("other");
    assert_ok(pail_s3_mpu_list(fx.s3, &args, &u, &err), &err);
    assert_int_equal(u.n, 2);
    assert_str(u.uploads[0].key, "u/a b");
    assert_str(u.uploads[0].upload_id, a.id);
    assert_true(u.uploads[0].initiated_ns > 0);
    assert_str(u.uploads[1].key, "u/\xc3\xa4");
    assert_str(u.uploads[1].upload_id, b.id);
    assert_int_equal(u.next_key_marker.len, 0);
    pail_s3_uploads_done(&u);
    assert_null(u.impl);
    args.key_marker = PAIL_STR("u/a b");
    assert_ok(pail_s3_mpu_list(fx.s3, &args, &u, &err), &err);
    assert_int_equal(u.n, 1);
    pail_s3_uploads_done(&u);
}

static void test_bad_arguments(void **state)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_s3_put_result result;
    struct pail_s3_part p, parts[2] = {{.number = 2}, {.number = 2}};
    struct pail_s3_upload_id id = {"u"}, none = {""};

    faults("");
    assert_code(part("k", &id, 0, "x", &p, &err), PAIL_E_INVALID);
    assert_code(part("k", &id, 10001, "x", &p, &err), PAIL_E_INVALID);
    assert_code(part("k", &none, 1, "x", &p, &err), PAIL_E_INVALID);
    assert_code(complete("k", &id, parts, 0, false, &result, &err), PAIL_E_INVALID);
    assert_code(complete("k", &id, parts, 2, false, &result, &err), PAIL_E_INVALID);
    assert_code(complete("k", &none, parts, 1, false, &result, &err), PAIL_E_INVALID);
    assert_int_equal(count(NULL), 0);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, fixture_teardown)
PAIL_TEST_MAIN(T(test_whole), T(test_conditional), T(test_lost), T(test_abort), T(test_list),
               T(test_bad_arguments))
