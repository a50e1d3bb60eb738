/* SPDX-License-Identifier: Apache-2.0 */
/* Downloads past the page cache: on this machine's disk, and on disks that refuse, fail or are
 * slow. */
#include "unit/transfer/rig.h"

#include <errno.h>
#include <sched.h>
#include <time.h>

#include "base/clock.h"
#include "base/file.h"

/* ---- A disk with a door past its page cache ------------------------------------------------- */

static struct {
    struct pail_file_ops system, ops, cached_ops, direct_ops;
    _Atomic unsigned direct, cached; /* writes */
    _Atomic int64_t late_ns;         /* of the clock */
    int open_code, reserve_code, write_errno;
    uint64_t slow; /* the first write waits until so many bytes have come; 0: not */
} disk;

static int cached_pwrite(struct pail_file *f, const void *p, size_t n, uint64_t off,
                         struct pail_error *err)
{
    atomic_fetch_add(&disk.cached, 1);
    return disk.system.pwrite(f, p, n, off, err);
}

static int cached_reserve(struct pail_file *f, uint64_t off, uint64_t n, struct pail_error *err)
{
    if (disk.reserve_code)
        return pail_error_set(err, PAIL_D_OS, (enum pail_code)disk.reserve_code, "no blocks");
    return disk.system.reserve(f, off, n, err);
}

static int direct_pwrite(struct pail_file *f, const void *p, size_t n, uint64_t off,
                         struct pail_error *err)
{
    atomic_fetch_add(&disk.direct, 1);
    assert_int_equal((off | n | (uintptr_t)p) % PAIL_FILE_ALIGNMENT, 0);
    if (disk.write_errno)
        return pail_error_os(err, disk.write_errno, "writing");
    if (disk.slow) {
        while (atomic_load(&rig_moved) < (int64_t)disk.slow)
            sched_yield();
        atomic_fetch_add(&disk.late_ns, 2 * PAIL_NS_PER_S);
    }
    return disk.system.pwrite(f, p, n, off, err);
}

static int disk_open(const char *path, unsigned flags, struct pail_file **ret,
                     struct pail_error *err)
{
    bool direct = flags & PAIL_FILE_DIRECT;

    if (direct && disk.open_code)
        return pail_error_set(err, PAIL_D_OS, (enum pail_code)disk.open_code, "no door");
    int rc = disk.system.open(path, flags & ~(unsigned)PAIL_FILE_DIRECT, ret, err);
    if (rc == 0)
        (*ret)->ops = direct ? &disk.direct_ops : &disk.cached_ops;
    return rc;
}

static int64_t late_mono(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * PAIL_NS_PER_S + t.tv_nsec + atomic_load(&disk.late_ns);
}

static int64_t wall(void)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return t.tv_sec * PAIL_NS_PER_S + t.tv_nsec;
}

static const struct pail_clock_ops late_clock = {late_mono, wall};

static void put_disk(void)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_file *probe = NULL;

    memset(&disk, 0, sizeof(disk));
    rig_write(".probe", 1);
    assert_ok(pail_file_open(rig_path(".probe"), PAIL_FILE_READ, &probe, &err), &err);
    disk.system = *probe->ops;
    pail_file_close(probe);
    disk.ops = disk.cached_ops = disk.direct_ops = disk.system;
    disk.ops.open = disk_open;
    disk.cached_ops.pwrite = cached_pwrite;
    disk.cached_ops.reserve = cached_reserve;
    disk.direct_ops.pwrite = direct_pwrite;
    pail_file_set_ops(&disk.ops);
}

static int disk_setup(void **state)
{
    struct pail_transfer_config config = PAIL_TRANSFER_CONFIG_INIT;

    rig_setup(state);
    config.multipart_threshold = config.multipart_chunksize = 5 * MIB;
    config.memory_limit = 24 * MIB;
    config.direct_threshold = 1;
    rig_manager(&config);
    return 0;
}

static int disk_teardown(void **state)
{
    pail_transfers_free(rig.m); /* its threads use what is put back here */
    rig.m = NULL;
    pail_file_set_ops(NULL);
    pail_clock_set_ops(NULL);
    return rig_teardown(state);
}

static struct pail_download_args args_for(const char *key)
{
    struct pail_download_args a = {.bucket = PAIL_STR("bkt"),
                                   .key = pail_str(key),
                                   .path = rig_path("f"),
                                   .progress = rig_progress};

    atomic_store(&rig_moved, 0);
    atomic_store(&rig_back, 0);
    return a;
}

static void fetch(const char *key, size_t n)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_download_args a = args_for(key);

    rig_store(key, 0, n);
    faults("");
    assert_ok(pail_download(rig.m, &a, NULL, &err), &err);
    rig_assert_file("f", 0, n);
    assert_int_equal(rig_moved, n);
    assert_int_equal(rig_files(NULL), 1);
}

/* ---- Tests ---------------------------------------------------------------------------------- */

/* Whatever this machine's file system says to it. */
static void test_this_disk(void **state)
{
    static const size_t sizes[] = {0, 1, 4096, 5 * MIB, 5 * MIB + 4097, 12 * MIB, 24 * MIB};

    for (size_t i = 0; i < PAIL_ARRAY_LEN(sizes); i++)
        fetch("sizes", sizes[i]);
}

static void test_breaks_off(void **state)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_download_args a = args_for("cut");

    rig_store("cut", 0, 12 * MIB + 1);
    faults("op=GetObject nth=1 count=10 cut=1500000");
    assert_ok(pail_download(rig.m, &a, NULL, &err), &err);
    rig_assert_file("f", 0, 12 * MIB + 1);
}

static void test_resume(void **state)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_transfer_result r;
    struct pail_download_args a = args_for("resumed");
    char file[128];

    snprintf(file, sizeof(file), "%s/.resume", rig.dir);
    a.resume_file = file;
    rig_store("resumed", 0, 24 * MIB);
    faults("op=GetObject nth=4 count=0 cut=10");
    assert_code(pail_download(rig.m, &a, &r, &err), PAIL_E_RETRIES_EXCEEDED);
    faults("");
    assert_ok(pail_download(rig.m, &a, &r, &err), &err);
    assert_true(r.resumed);
    rig_assert_file("f", 0, 24 * MIB);
}

/* Parts of 5 MiB are two blocks and a half. */
static void test_which_way(void **state)
{
    put_disk();
    fetch("ways", 20 * MIB);
    assert_int_equal(disk.direct, 12);
    assert_int_equal(disk.cached, 0);
    fetch("ways", 20 * MIB + 1); /* the last byte is no page */
    assert_int_equal(disk.direct, 24);
    assert_int_equal(disk.cached, 1);
}

static void test_not_for_small_files(void **state)
{
    struct pail_transfer_config config = PAIL_TRANSFER_CONFIG_INIT;

    config.multipart_threshold = config.multipart_chunksize = 5 * MIB;
    config.direct_threshold = 8 * MIB;
    put_disk();
    rig_manager(&config);
    fetch("small", 8 * MIB - 1);
    assert_int_equal(disk.direct, 0);
    fetch("small", 8 * MIB);
    assert_true(disk.direct > 0);
}

static void test_refused(void **state)
{
    put_disk();
    disk.open_code = PAIL_E_UNSUPPORTED;
    fetch("refused", 12 * MIB);
    disk.open_code = 0;
    disk.reserve_code = PAIL_E_UNSUPPORTED;
    fetch("refused", 12 * MIB);
    assert_int_equal(disk.direct, 0);
    disk.reserve_code = 0;
    disk.write_errno = EINVAL;
    fetch("refused", 12 * MIB);
    assert_true(disk.direct > 0);
}

static void test_fails(void **state)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_download_args a = args_for("fails");

    put_disk();
    disk.write_errno = EIO;
    rig_store("fails", 0, 12 * MIB);
    faults("");
    assert_code(pail_download(rig.m, &a, NULL, &err), PAIL_E_OS);
    assert_int_equal(err.os_errno, EIO);
    assert_int_equal(rig_files(NULL), 0);
}

/* All has come before the disk has written anything, and that takes it seconds. */
static void test_slow(void **state)
{
    put_disk();
    pail_clock_set_ops(&late_clock);
    disk.slow = 24 * MIB;
    fetch("slow", 24 * MIB);
    assert_in_range(disk.direct, 2, 4);
    assert_true(disk.cached > 100);
}

#define T(name) cmocka_unit_test_setup_teardown(name, disk_setup, disk_teardown)
PAIL_TEST_MAIN(T(test_this_disk), T(test_breaks_off), T(test_resume), T(test_which_way),
               T(test_not_for_small_files), T(test_refused), T(test_fails), T(test_slow))
