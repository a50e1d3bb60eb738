/* SPDX-License-Identifier: Apache-2.0 */
/* Downloads to every kind of target; objects that change, data that breaks off, disks that fail. */
#include "unit/transfer/rig.h"

#include <errno.h>

#include "base/file.h"
#include "transfer/task.h"

static struct pail_download_args args_for(const char *key, const char *path)
{
    struct pail_download_args a = {
        .bucket = PAIL_STR("bkt"), .key = pail_str(key), .path = path, .progress = rig_progress};

    atomic_store(&rig_moved, 0);
    atomic_store(&rig_back, 0);
    return a;
}

static void test_sizes(void **state)
{
    static const size_t sizes[] = {0, 1, 300000, 5 * MIB - 1, 5 * MIB, 5 * MIB + 1, 12 * MIB};
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_transfer_result r;
    struct stat st;

    for (size_t i = 0; i < PAIL_ARRAY_LEN(sizes); i++) {
        size_t n = sizes[i], parts = n < 5 * MIB ? 1 : (n + 5 * MIB - 1) / (5 * MIB);
        rig_store("sizes", 0, n);
        for (int known = 0; known < 2; known++) {
            struct pail_download_args a = args_for("sizes", rig_path("f"));
            faults("");
            a.size_known = known;
            a.size = n;
            a.set_mtime = true;
            assert_ok(pail_download(rig.m, &a, &r, &err), &err);
            rig_assert_file("f", 0, n);
            assert_int_equal(r.size, n);
            assert_true(r.etag[0] == '"');
            assert_int_equal(rig_moved, n);
            assert_int_equal(count("GetObject"), parts);
            assert_int_equal(count("HeadObject"), known && n < 5 * MIB ? 0 : 1);
            assert_int_equal(rig_files(NULL), 1);
            assert_int_equal(stat(rig_path("f"), &st), 0);
            assert_int_equal(st.st_mtim.tv_sec, 1);
            assert_int_equal(st.st_mode & 0777, rig.m->file_mode);
        }
    }
}

/* The listing was wrong about the size. */
static void test_size_that_is_another(void **state)
{
    static const size_t said[] = {0, 10, 5 * MIB - 1, 20 * MIB};
    struct pail_error err = PAIL_ERROR_INIT;

    for (size_t i = 0; i < PAIL_ARRAY_LEN(said); i++) {
        for (size_t n = 0; n <= 12 * MIB; n += 4 * MIB) {
            struct pail_download_args a = args_for("said", rig_path("f"));
            a.size_known = true;
            a.size = said[i];
            rig_store("said", 0, n);
            assert_ok(pail_download(rig.m, &a, NULL, &err), &err);
            rig_assert_file("f", 0, n);
            assert_int_equal(rig_moved, n);
        }
    }
}

struct sink {
    char *p;
    size_t n;
    int fail_at;
};

static int sink_write(void *ud, const void *p, size_t n, struct pail_error *err)
{
    struct sink *s = ud;

    if (s->fail_at && --s->fail_at == 0)
        return pail_error_set(err, PAIL_D_USAGE, PAIL_E_INVALID, "the sink is full");
    memcpy(s->p + s->n, p, n);
    s->n += n;
    return 0;
}

static void test_streams(void **state)
{
    static const size_t sizes[] = {0, 1, 5 * MIB, 24 * MIB};
    struct pail_error err = PAIL_ERROR_INIT;
    struct sink s = {.p = malloc(RIG_DATA)};

    for (size_t i = 0; i < PAIL_ARRAY_LEN(sizes); i++) {
        struct pail_download_args a = args_for("stream", NULL);
        faults("op=GetObject nth=2 cut=100000");
        rig_store("stream", 0, sizes[i]);
        s.n = 0;
        a.write = sink_write;
        a.write_ud = &s;
        assert_ok(pail_download(rig.m, &a, NULL, &err), &err);
        assert_int_equal(s.n, sizes[i]);
        assert_memory_equal(s.p, rig.data, s.n);
        assert_int_equal(rig_moved, sizes[i]);
    }
    struct pail_download_args a = args_for("stream", NULL);
    s.n = 0;
    s.fail_at = 7;
    a.write = sink_write;
    a.write_ud = &s;
    assert_code(pail_download(rig.m, &a, NULL, &err), PAIL_E_INVALID);
    assert_string_equal(err.message, "the sink is full");
    free(s.p);
}

static void test_descriptors(void **state)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_download_args a = args_for("fd", NULL);

    rig_store("fd", 100, 12 * MIB);
    rig_write("f", 100);
    a.use_fd = true;
    a.fd = open(rig_path("f"), O_RDWR);
    lseek(a.fd, 100, SEEK_SET);
    assert_ok(pail_download(rig.m, &a, NULL, &err), &err);
    assert_int_equal(lseek(a.fd, 0, SEEK_CUR), 100 + 12 * MIB);
    close(a.fd);
    rig_assert_file("f", 0, 100 + 12 * MIB);

    /* Appending: in order, and nothing of it when it fails. */
    rig_write("g", 100);
    a.fd = open(rig_path("g"), O_WRONLY | O_APPEND);
    faults("op=GetObject nth=3 count=0 deny");
    assert_code(pail_download(rig.m, &a, NULL, &err), PAIL_E_ACCESS);
    rig_assert_file("g", 0, 100);
    faults("");
    assert_ok(pail_download(rig.m, &a, NULL, &err), &err);
    close(a.fd);
    rig_assert_file("g", 0, 100 + 12 * MIB);
}

static void test_breaks_off(void **state)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_download_args a = args_for("cut", rig_path("f"));

    rig_store("cut", 0, 12 * MIB);
    /* Each answer brings something, so that none is asked for twice. */
    faults("op=GetObject nth=1 count=10 cut=1500000");
    assert_ok(pail_download(rig.m, &a, NULL, &err), &err);
    rig_assert_file("f", 0, 12 * MIB);
    assert_int_equal(rig_moved, 12 * MIB);
    assert_int_equal(rig_back, 0);

    rig_clear();
    faults("op=GetObject nth=2 count=0 cut=100");
    assert_code(pail_download(rig.m, &a, NULL, &err), PAIL_E_RETRIES_EXCEEDED);
    assert_true(strstr(err.message, "Max Retries Exceeded") != NULL);
    assert_int_equal(rig_files(NULL), 0);

    faults("op=GetObject status=500 code=InternalError; op=HeadObject status=503 code=SlowDown");
    assert_ok(pail_download(rig.m, &a, NULL, &err), &err);
    rig_assert_file("f", 0, 12 * MIB);
}

static int change_it(void *ud, const void *p, size_t n, struct pail_error *err)
{
    struct sink *s = ud;

    if (s->n++ == 0)
        rig_store("changing", 7, 24 * MIB);
    return 0;
}

static void test_changes_meanwhile(void **state)
{
    struct pail_transfer_config config = PAIL_TRANSFER_CONFIG_INIT;
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_download_args a = args_for("changing", NULL);
    struct sink s = {0};

    config.multipart_threshold = config.multipart_chunksize = 5 * MIB;
    config.max_concurrency = 1;
    rig_manager(&config);
    rig_store("changing", 0, 24 * MIB);
    faults("");
    a.write = change_it;
    a.write_ud = &s;
    assert_code(pail_download(rig.m, &a, NULL, &err), PAIL_E_DOWNLOAD_FAILED);
    assert_string_equal(err.message, "Contents of stored object \"changing\" in bucket \"bkt\" did "
                                     "not match expected ETag.");
    a = args_for("changing", rig_path("f"));
    a.if_match = PAIL_STR("\"0123\"");
    assert_code(pail_download(rig.m, &a, NULL, &err), PAIL_E_PRECONDITION);
    assert_int_equal(rig_files(NULL), 0);
}

static void test_resume(void **state)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_transfer_result r;
    struct pail_download_args a = args_for("resumed", rig_path("f"));
    char file[128], name[256];

    snprintf(file, sizeof(file), "%s/.resume", rig.dir);
    a.resume_file = file;
    rig_store("resumed", 0, 24 * MIB);
    faults("op=GetObject nth=4 count=0 cut=10");
    assert_code(pail_download(rig.m, &a, &r, &err), PAIL_E_RETRIES_EXCEEDED);
    assert_int_equal(access(file, F_OK), 0);
    assert_int_equal(rig_files(name), 1);
    assert_true(strncmp(name, "f.", 2) == 0);

    faults("op=HeadObject status=403 code=AccessDenied"); /* does not lose what is there */
    assert_code(pail_download(rig.m, &a, &r, &err), PAIL_E_ACCESS);
    assert_int_equal(access(file, F_OK), 0);

    faults("");
    atomic_store(&rig_moved, 0);
    assert_ok(pail_download(rig.m, &a, &r, &err), &err);
    assert_true(r.resumed);
    assert_true(count("GetObject") <= 2);
    assert_int_equal(rig_moved, 24 * MIB);
    rig_assert_file("f", 0, 24 * MIB);
    assert_int_equal(access(file, F_OK), -1);
    assert_int_equal(rig_files(NULL), 1);

    /* Another version by now: all of it is fetched. */
    faults("op=GetObject nth=4 count=0 cut=10");
    assert_code(pail_download(rig.m, &a, &r, &err), PAIL_E_RETRIES_EXCEEDED);
    rig_store("resumed", 1, 20 * MIB);
    faults("");
    assert_ok(pail_download(rig.m, &a, &r, &err), &err);
    assert_false(r.resumed);
    rig_assert_file("f", 1, 20 * MIB);
    assert_int_equal(rig_files(NULL), 1);
}

/* ---- Disks that are full ---- */

static struct pail_file_ops full;
static _Atomic int writes_left;

static int full_pwrite(struct pail_file *f, const void *p, size_t n, uint64_t off,
                       struct pail_error *err)
{
    if (atomic_fetch_sub(&writes_left, 1) <= 0)
        return pail_error_os(err, ENOSPC, "writing");
    return full.pwrite(f, p, n, off, err);
}

static int full_open(const char *path, unsigned flags, struct pail_file **ret,
                     struct pail_error *err)
{
    static struct pail_file_ops ops;
    int rc = full.open(path, flags, ret, err);

    if (rc == 0) {
        full = *(*ret)->ops;
        ops = full;
        ops.pwrite = full_pwrite;
        (*ret)->ops = &ops;
    }
    return rc;
}

static void test_disk_is_full(void **state)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_download_args a = args_for("full", rig_path("f"));
    struct pail_file *probe = NULL;

    rig_write("probe", 1);
    assert_ok(pail_file_open(rig_path("probe"), PAIL_FILE_READ, &probe, &err), &err);
    full = *probe->ops;
    pail_file_close(probe);
    struct pail_file_ops ops = full;
    ops.open = full_open;
    rig_store("full", 0, 20 * MIB);
    for (int n = 0; n < 100; n += 33) {
        atomic_store(&writes_left, n);
        pail_file_set_ops(&ops);
        int rc = pail_download(rig.m, &a, NULL, &err);
        pail_file_set_ops(NULL);
        if (n < 80) {
            assert_code(rc, PAIL_E_OS);
            assert_int_equal(err.os_errno, ENOSPC);
            assert_int_equal(rig_files(NULL), 1); /* the probe */
        }
    }
}

/* ---- Cancelled at any moment ---- */

static void cancel_it(void *ud, int64_t delta)
{
    static _Atomic int left;
    int *after = ud;

    if (*after >= 0) {
        atomic_store(&left, *after);
        *after = -1;
    }
    if (atomic_fetch_sub(&left, 1) == 0)
        pail_transfers_cancel(rig.m);
}

static void test_cancel(void **state)
{
    struct pail_error err = PAIL_ERROR_INIT;

    rig_store("cancelled", 0, 24 * MIB);
    for (int i = 0; i < 90; i += 9) {
        int after = i;
        struct pail_download_args a = args_for("cancelled", rig_path("f"));
        a.progress = cancel_it;
        a.progress_ud = &after;
        int rc = pail_download(rig.m, &a, NULL, &err);
        assert_true(rc == 0 || rc == PAIL_E_CANCELLED);
        if (rc == 0)
            rig_assert_file("f", 0, 24 * MIB);
        assert_int_equal(rig_files(NULL), rc == 0);
        rig_clear();
    }
    rig_write("f", 24 * MIB);
    for (int i = 0; i < 90; i += 9) {
        int after = i;
        struct pail_upload_args a = {.bucket = PAIL_STR("bkt"),
                                     .key = PAIL_STR("up"),
                                     .path = rig_path("f"),
                                     .progress = cancel_it,
                                     .progress_ud = &after};
        int rc = pail_upload(rig.m, &a, NULL, &err);
        assert_true(rc == 0 || rc == PAIL_E_CANCELLED);
        assert_int_equal(rig_uploads(), 0);
    }
}

/* Many at once, and the manager goes while they are under way. */
static _Atomic int ended;
static void count_end(void *ud, const struct pail_error *err)
{
    if (err && err->code != PAIL_E_CANCELLED)
        atomic_fetch_add((_Atomic int *)ud, 1);
    atomic_fetch_add(&ended, 1);
}

static void test_many_and_free(void **state)
{
    _Atomic int failed = 0;
    struct pail_error err = PAIL_ERROR_INIT;
    char names[40][16];

    rig_store("many", 0, 6 * MIB);
    for (int wait = 0; wait < 2; wait++) {
        struct pail_transfer *last = NULL;
        atomic_store(&ended, 0);
        for (int i = 0; i < 40; i++) {
            snprintf(names[i], sizeof(names[i]), "m%d", i);
            struct pail_download_args a = args_for("many", rig_path(names[i]));
            a.progress = NULL;
            pail_transfer_unref(last);
            assert_ok(pail_download_async(rig.m, &a, NULL, count_end, &failed, &last, &err), &err);
        }
        if (wait)
            assert_ok(pail_transfer_wait(last, &err), &err);
        pail_transfer_unref(last);
        struct pail_transfer_config config = PAIL_TRANSFER_CONFIG_INIT;
        config.multipart_threshold = config.multipart_chunksize = 5 * MIB;
        rig_manager(&config);
        assert_int_equal(ended, 40);
        assert_int_equal(failed, 0);
    }
}

/* Memory stays within its limit; bandwidth within its own. */
static void test_limits(void **state)
{
    struct pail_transfer_config config = PAIL_TRANSFER_CONFIG_INIT;
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_download_args a = args_for("limits", rig_path("f"));

    config.multipart_threshold = config.multipart_chunksize = 5 * MIB;
    config.memory_limit = 7 * MIB;
    rig_manager(&config);
    rig_store("limits", 0, 24 * MIB);
    faults("");
    assert_ok(pail_download(rig.m, &a, NULL, &err), &err);
    rig_assert_file("f", 0, 24 * MIB);
    assert_true(pail_gate_peak_bytes(rig.m->gate) <= 7 * MIB);
    config.max_bandwidth = 200 * MIB;
    rig_manager(&config);
    assert_ok(pail_download(rig.m, &a, NULL, &err), &err);
    rig_assert_file("f", 0, 24 * MIB);
}

#define T(name) cmocka_unit_test_setup_teardown(name, rig_setup, rig_teardown)
PAIL_TEST_MAIN(T(test_sizes), T(test_size_that_is_another), T(test_streams), T(test_descriptors),
               T(test_breaks_off), T(test_changes_meanwhile), T(test_resume), T(test_disk_is_full),
               T(test_cancel), T(test_many_and_free), T(test_limits))
