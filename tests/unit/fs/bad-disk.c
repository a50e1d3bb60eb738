/* SPDX-License-Identifier: Apache-2.0 */
/* The system's operations with another pwrite for some files: an open file says itself whose
 * operations it has. */
#include "unit/fs/bad-disk.h"

#include <stdatomic.h>

#include "base/file.h"
#include "base/str.h"

static struct {
    const struct pail_file_ops *posix;
    struct pail_file_ops system, bad;
    struct pail_str suffix;
    atomic_int os_errno;
} disk;

static int bad_pwrite(struct pail_file *f, const void *src, size_t n, uint64_t off,
                      struct pail_error *err)
{
    int e = atomic_load(&disk.os_errno);
    return e ? pail_error_os(err, e, "writing a file that ends in %.*s", PAIL_STR_ARG(disk.suffix))
             : disk.posix->pwrite(f, src, n, off, err);
}

static int open_file(const char *path, unsigned flags, struct pail_file **ret,
                     struct pail_error *err)
{
    int rc = disk.posix->open(path, flags, ret, err);
    if (!rc && pail_str_ends(pail_str(path), disk.suffix))
        (*ret)->ops = &disk.bad;
    return rc;
}

void bad_disk_begin(const char *suffix)
{
    struct pail_file *f = NULL;
    disk.suffix = pail_str(suffix);
    if (pail_file_open("/dev/null", PAIL_FILE_READ, &f, NULL) < 0)
        return;
    disk.posix = f->ops;
    pail_file_close(f);
    disk.bad = disk.system = *disk.posix;
    disk.bad.pwrite = bad_pwrite;
    disk.system.open = open_file;
    pail_file_set_ops(&disk.system);
}

void bad_disk_end(void)
{
    bad_disk_fail(0);
    pail_file_set_ops(NULL);
}

void bad_disk_fail(int os_errno)
{
    atomic_store(&disk.os_errno, os_errno);
}
