/* SPDX-License-Identifier: Apache-2.0 */
/*
 * unit/transfer/rig.h - a manager over the fake S3, a folder for files, and data whose every byte
 * is known.
 */
#ifndef PAIL_TESTS_UNIT_TRANSFER_RIG_H
#define PAIL_TESTS_UNIT_TRANSFER_RIG_H

#include <dirent.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <sys/stat.h>
#include <unistd.h>

#include <pail/transfer.h>

#include "unit/s3/fixture.h"

#define MIB ((size_t)1 << 20)

static struct {
    struct pail_transfers *m;
    char dir[64];
    char *data; /* 24 MiB */
} rig;

#define RIG_DATA (24 * MIB)

PAIL_UNUSED static void rig_manager(const struct pail_transfer_config *config)
{
    struct pail_error err = PAIL_ERROR_INIT;

    pail_transfers_free(rig.m);
    rig.m = NULL;
    assert_ok(pail_transfers_new(fx.s3, config, &rig.m, &err), &err);
}

PAIL_UNUSED static int rig_setup(void **state)
{
    struct pail_transfer_config config = PAIL_TRANSFER_CONFIG_INIT;

    config.multipart_threshold = config.multipart_chunksize = 5 * MIB;
    fixture_setup(state);
    memcpy(rig.dir, "/tmp/pail-transfer-XXXXXX", sizeof("/tmp/pail-transfer-XXXXXX"));
    assert_non_null(mkdtemp(rig.dir));
    rig.data = malloc(RIG_DATA + 64);
    for (size_t i = 0; i < RIG_DATA + 64; i++)
        rig.data[i] = (char)((i * 2654435761u) >> 13);
    rig_manager(&config);
    return 0;
}

PAIL_UNUSED static const char *rig_path(const char *name)
{
    static char paths[4][512];
    static unsigned turn;
    char *path = paths[turn++ % 4];

    assert_in_range(snprintf(path, sizeof(paths[0]), "%s/%s", rig.dir, name), 1,
                    sizeof(paths[0]) - 1);
    return path;
}

/* Files in the folder; *ret_only gets the last name. */
PAIL_UNUSED static unsigned rig_files(char ret_only[256])
{
    DIR *d = opendir(rig.dir);
    unsigned n = 0;

    for (struct dirent *e; (e = readdir(d));) {
        if (e->d_name[0] == '.')
            continue;
        n++;
        if (ret_only)
            snprintf(ret_only, 256, "%s", e->d_name);
    }
    closedir(d);
    return n;
}

PAIL_UNUSED static void rig_clear(void)
{
    char name[256];

    while (rig_files(name))
        unlink(rig_path(name));
}

PAIL_UNUSED static int rig_teardown(void **state)
{
    pail_transfers_free(rig.m);
    rig.m = NULL;
    rig_clear();
    unlink(rig_path(".probe"));
    rmdir(rig.dir);
    free(rig.data);
    return fixture_teardown(state);
}

PAIL_UNUSED static void rig_write(const char *name, size_t n)
{
    int fd = open(rig_path(name), O_WRONLY | O_CREAT | O_TRUNC, 0644);

    assert_true(fd >= 0);
    for (size_t at = 0; at < n;) {
        ssize_t w = write(fd, rig.data + at, n - at);
        assert_true(w > 0);
        at += (size_t)w;
    }
    close(fd);
}

/* The file has n bytes of the data from `from` on. */
PAIL_UNUSED static void rig_assert_file(const char *name, size_t from, size_t n)
{
    char *got = malloc(n + 1);
    int fd = open(rig_path(name), O_RDONLY);
    size_t at = 0;

    if (fd < 0)
        fail_msg("%s is not there", name);
    for (ssize_t r; at <= n && (r = read(fd, got + at, n + 1 - at)) > 0;)
        at += (size_t)r;
    close(fd);
    assert_int_equal(at, n);
    assert_memory_equal(got, rig.data + from, n);
    free(got);
}

PAIL_UNUSED static void rig_assert_object(const char *key, size_t n)
{
    size_t got = 0;

    fake_server_lock(fx.server);
    const void *p = fake_s3_get(fake_server_s3(fx.server), "bkt", key, &got, NULL);
    bool same = p && got == n && memcmp(p, rig.data, n) == 0;
    fake_server_unlock(fx.server);
    if (!same)
        fail_msg("%s: %zu bytes, expected %zu, or others", key, got, n);
}

PAIL_UNUSED static void rig_store(const char *key, size_t from, size_t n)
{
    fake_server_lock(fx.server);
    assert_true(
        fake_s3_put(fake_server_s3(fx.server), "bkt", key, rig.data + from, n, NULL, 0, 1000));
    fake_server_unlock(fx.server);
}

PAIL_UNUSED static unsigned rig_uploads(void)
{
    fake_server_lock(fx.server);
    size_t n = fake_s3_uploads(fake_server_s3(fx.server), "bkt");
    fake_server_unlock(fx.server);
    return (unsigned)n;
}

static _Atomic int64_t rig_moved, rig_back;

PAIL_UNUSED static void rig_progress(void *ud, int64_t delta)
{
    atomic_fetch_add(&rig_moved, delta);
    if (delta < 0)
        atomic_fetch_add(&rig_back, delta);
}

#endif
