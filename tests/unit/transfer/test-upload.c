/* SPDX-License-Identifier: Apache-2.0 */
/* Uploads from every kind of source, in one request and in parts; what is left when they fail. */
#include "unit/transfer/rig.h"

#include <errno.h>

#include "base/thread.h"
#include "transfer/task.h"

static struct pail_upload_args args_for(const char *key)
{
    struct pail_upload_args a = {
        .bucket = PAIL_STR("bkt"), .key = pail_str(key), .progress = rig_progress};

    atomic_store(&rig_moved, 0);
    atomic_store(&rig_back, 0);
    return a;
}

static void test_sizes(void **state)
{
    static const size_t sizes[] = {0, 1, 300000, 5 * MIB - 1, 5 * MIB, 5 * MIB + 1, 12 * MIB};
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_transfer_result r;

    for (size_t i = 0; i < PAIL_ARRAY_LEN(sizes); i++) {
        size_t n = sizes[i], parts = n < 5 * MIB ? 0 : (n + 5 * MIB - 1) / (5 * MIB);
        struct pail_upload_args a = args_for("sizes");
        faults("");
        rig_write("f", n);
        a.path = rig_path("f");
        assert_ok(pail_upload(rig.m, &a, &r, &err), &err);
        rig_assert_object("sizes", n);
        assert_int_equal(r.size, n);
        assert_true(r.etag[0] == '"');
        assert_int_equal(rig_moved, n);
        assert_int_equal(count("PutObject"), parts ? 0 : 1);
        assert_int_equal(count("UploadPart"), parts);
        assert_int_equal(count("CompleteMultipartUpload"), parts ? 1 : 0);
    }
    assert_int_equal(rig_uploads(), 0);
}

static void test_descriptor_and_memory(void **state)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_upload_args a = args_for("fd");

    rig_write("f", 7 * MIB);
    a.use_fd = true;
    a.fd = open(rig_path("f"), O_RDONLY);
    assert_ok(pail_upload(rig.m, &a, NULL, &err), &err);
    rig_assert_object("fd", 7 * MIB);
    lseek(a.fd, 0, SEEK_END);
    assert_ok(pail_upload(rig.m, &a, NULL, &err), &err); /* from its position on */
    rig_assert_object("fd", 0);
    close(a.fd);

    struct pail_bytes data = {rig.data, 11 * MIB};
    a = args_for("data");
    a.data = &data;
    assert_ok(pail_upload(rig.m, &a, NULL, &err), &err);
    rig_assert_object("data", 11 * MIB);
}

struct feed {
    size_t at, n, most;
    int fail_at; /* the read that fails; 0: none */
};

static int feed_read(void *ud, void *dst, size_t cap, size_t *ret_n, struct pail_error *err)
{
    struct feed *f = ud;

    if (f->fail_at && --f->fail_at == 0)
        return pail_error_set(err, PAIL_D_USAGE, PAIL_E_INVALID, "the source is broken");
    size_t n = f->n - f->at;
    n = n > cap ? cap : n;
    n = n > f->most ? f->most : n;
    memcpy(dst, rig.data + f->at, n);
    f->at += n;
    *ret_n = n;
    return 0;
}

static void test_streams(void **state)
{
    static const size_t sizes[] = {0, 5 * MIB - 1, 5 * MIB, 5 * MIB + 1, 10 * MIB, 23 * MIB};
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_transfer_result r;

    for (size_t i = 0; i < PAIL_ARRAY_LEN(sizes); i++) {
        struct feed f = {.n = sizes[i], .most = 70001};
        struct pail_upload_args a = args_for("stream");
        faults("");
        a.read = feed_read;
        a.read_ud = &f;
        assert_ok(pail_upload(rig.m, &a, &r, &err), &err);
        rig_assert_object("stream", sizes[i]);
        assert_int_equal(r.size, sizes[i]);
        assert_int_equal(rig_moved, sizes[i]);
        assert_int_equal(count("PutObject"), sizes[i] < 5 * MIB);
    }
    struct feed bad = {.n = 20 * MIB, .most = MIB, .fail_at = 13};
    struct pail_upload_args a = args_for("broken");
    a.read = feed_read;
    a.read_ud = &bad;
    assert_code(pail_upload(rig.m, &a, &r, &err), PAIL_E_INVALID);
    assert_string_equal(err.message, "the source is broken");
    assert_int_equal(rig_uploads(), 0);
}

static void feed_pipe(void *arg)
{
    int fd = *(int *)arg;

    for (size_t at = 0; at < 13 * MIB;) {
        ssize_t w = write(fd, rig.data + at, 13 * MIB - at);
        if (w <= 0)
            break;
        at += (size_t)w;
    }
    close(fd);
}

static void test_pipe(void **state)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_upload_args a = args_for("pipe");
    struct pail_thread *t;
    int ends[2];

    assert_int_equal(pipe(ends), 0);
    assert_ok(pail_thread_start(&t, "feeder", feed_pipe, &ends[1], &err), &err);
    a.use_fd = true;
    a.fd = ends[0];
    assert_ok(pail_upload(rig.m, &a, NULL, &err), &err);
    pail_thread_join(t);
    close(ends[0]);
    rig_assert_object("pipe", 13 * MIB);
}

/* A pipe that never ends does not hold up a cancellation. */
static void test_cancel_while_reading(void **state)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_upload_args a = args_for("idle");
    struct pail_transfer *t;
    int ends[2];

    assert_int_equal(pipe(ends), 0);
    a.use_fd = true;
    a.fd = ends[0];
    faults("");
    struct pail_transfer_result r;
    assert_ok(pail_upload_async(rig.m, &a, &r, pail_task_nothing, NULL, &t, &err), &err);
    pail_transfer_cancel(t);
    assert_code(pail_transfer_wait(t, &err), PAIL_E_CANCELLED);
    pail_transfer_unref(t);
    close(ends[0]);
    close(ends[1]);
    assert_int_equal(count(NULL), 0);
}

static void test_failures(void **state)
{
    static const struct {
        const char *faults;
        int code;
        const char *says;
    } cases[] = {
        {"op=UploadPart nth=2 deny", PAIL_E_UPLOAD_FAILED, "AccessDenied"},
        {"op=CreateMultipartUpload deny", PAIL_E_UPLOAD_FAILED, "AccessDenied"},
        {"op=CompleteMultipartUpload deny", PAIL_E_UPLOAD_FAILED, "AccessDenied"},
        {"op=UploadPart nth=3 count=0 reset", PAIL_E_CLOSED, ""},
        {"op=UploadPart nth=2 count=0 status=503 code=SlowDown", PAIL_E_UPLOAD_FAILED, "SlowDown"},
    };
    struct pail_transfer_result r;

    rig_write("f", 16 * MIB);
    for (size_t i = 0; i < PAIL_ARRAY_LEN(cases); i++) {
        struct pail_error err = PAIL_ERROR_INIT;
        struct pail_upload_args a = args_for("fails");
        a.path = rig_path("f");
        faults(cases[i].faults);
        assert_code(pail_upload(rig.m, &a, &r, &err), cases[i].code);
        assert_true(strstr(err.message, cases[i].says) != NULL);
        assert_string_equal(err.service_code, cases[i].says);
        if (cases[i].code == PAIL_E_UPLOAD_FAILED && strlen(err.message) < 300)
            assert_true(strncmp(err.message, "Failed to upload /tmp/", 22) == 0);
        assert_int_equal(rig_uploads(), 0);
        assert_stored("fails", NULL);
    }
}

static void test_repeated(void **state)
{
    static const char *const scripts[] = {
        "op=UploadPart nth=2 lost; op=UploadPart nth=3 reset",
        "op=UploadPart nth=2 status=500 code=InternalError",
        "op=CompleteMultipartUpload lost",
        "op=CompleteMultipartUpload error200",
        "op=CreateMultipartUpload reset",
    };
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_transfer_result r;

    rig_write("f", 12 * MIB);
    for (size_t i = 0; i < PAIL_ARRAY_LEN(scripts); i++) {
        struct pail_upload_args a = args_for("again");
        a.path = rig_path("f");
        faults(scripts[i]);
        assert_ok(pail_upload(rig.m, &a, &r, &err), &err);
        rig_assert_object("again", 12 * MIB);
        assert_int_equal(rig_moved, 12 * MIB);
        assert_int_equal(rig_uploads(), 0);
    }
}

static void test_resume(void **state)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_transfer_result r;
    struct pail_upload_args a = args_for("resumed");
    char file[128];

    snprintf(file, sizeof(file), "%s/resume", rig.dir);
    rig_write("f", 24 * MIB);
    a.path = rig_path("f");
    a.resume_file = file;
    faults("op=UploadPart nth=4 count=0 deny");
    assert_code(pail_upload(rig.m, &a, &r, &err), PAIL_E_UPLOAD_FAILED);
    assert_int_equal(rig_uploads(), 1);
    assert_int_equal(access(file, F_OK), 0);

    faults("");
    atomic_store(&rig_moved, 0);
    assert_ok(pail_upload(rig.m, &a, &r, &err), &err);
    assert_true(r.resumed);
    assert_int_equal(r.size, 24 * MIB);
    assert_int_equal(rig_moved, 24 * MIB);
    assert_int_equal(count("CreateMultipartUpload"), 0);
    assert_true(count("UploadPart") < 5);
    rig_assert_object("resumed", 24 * MIB);
    assert_int_equal(access(file, F_OK), -1);
    assert_int_equal(rig_uploads(), 0);

    /* Something else in the file by now: its parts are sent. */
    faults("op=UploadPart nth=3 count=0 deny");
    assert_code(pail_upload(rig.m, &a, &r, &err), PAIL_E_UPLOAD_FAILED);
    rig.data[3] ^= 1;
    rig_write("f", 24 * MIB);
    faults("");
    assert_ok(pail_upload(rig.m, &a, &r, &err), &err);
    rig_assert_object("resumed", 24 * MIB);

    /* The upload is gone. */
    faults("op=UploadPart nth=3 count=0 deny");
    assert_code(pail_upload(rig.m, &a, &r, &err), PAIL_E_UPLOAD_FAILED);
    faults("op=ListParts status=404 code=NoSuchUpload");
    assert_ok(pail_upload(rig.m, &a, &r, &err), &err);
    assert_false(r.resumed);
    assert_int_equal(count("CreateMultipartUpload"), 1);
    rig_assert_object("resumed", 24 * MIB);
}

static void test_attributes(void **state)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_s3_meta meta = {PAIL_STR("who"), PAIL_STR("me")};

    rig_write("f", 6 * MIB);
    for (int big = 0; big < 2; big++) {
        struct pail_bytes data = {rig.data, big ? 6 * MIB : 10};
        struct pail_upload_args a = args_for("attributes");
        a.data = &data;
        a.attributes.content_type = PAIL_STR("text/plain");
        a.attributes.meta = &meta;
        a.attributes.n_meta = 1;
        assert_ok(pail_upload(rig.m, &a, NULL, &err), &err);
        fake_server_lock(fx.server);
        const char *type = fake_s3_object_header(fake_server_s3(fx.server), "bkt", "attributes",
                                                 "content-type");
        const char *who = fake_s3_object_header(fake_server_s3(fx.server), "bkt", "attributes",
                                                "x-amz-meta-who");
        assert_string_equal(type ? type : "", "text/plain");
        assert_string_equal(who ? who : "", "me");
        fake_server_unlock(fx.server);
    }
}

static void test_misuse(void **state)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_upload_args a = args_for("k");

    assert_code(pail_upload(rig.m, &a, NULL, &err), PAIL_E_INVALID);
    a.path = rig_path("nix");
    a.use_fd = true;
    assert_code(pail_upload(rig.m, &a, NULL, &err), PAIL_E_INVALID);
    a.use_fd = false;
    assert_code(pail_upload(rig.m, &a, NULL, &err), PAIL_E_OS);
    assert_int_equal(err.os_errno, ENOENT);
    a.path = rig.dir;
    assert_code(pail_upload(rig.m, &a, NULL, &err), PAIL_E_OS);
    assert_int_equal(err.os_errno, EISDIR);
}

#define T(name) cmocka_unit_test_setup_teardown(name, rig_setup, rig_teardown)
PAIL_TEST_MAIN(T(test_sizes), T(test_descriptor_and_memory), T(test_streams), T(test_pipe),
               T(test_cancel_while_reading), T(test_failures), T(test_repeated), T(test_resume),
               T(test_attributes), T(test_misuse))
