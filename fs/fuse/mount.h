/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuse/mount.h - a pail_fs behind a mount point, served until it is unmounted. libfuse is visible
 * only in fs/fuse.
 */
#ifndef PAIL_FUSE_MOUNT_H
#define PAIL_FUSE_MOUNT_H

#include "core/fs.h"

struct pail_mount_options {
    struct pail_fs_options fs; /* notify and still_open are set here */
    const char *source;        /* first column of mount(8): "s3://bucket/prefix", "s3" */
    const char *mount_point;   /* absolute; exists */
    bool allow_other, allow_root, debug;
    bool no_default_permissions; /* the kernel does not check modes and owners */
    bool nonempty;               /* mount over a directory that has entries */
    const char *fuse_options;    /* further options for libfuse, comma separated; NULL: none */
    unsigned max_threads;        /* operations that wait at once; 0: 64 */
    /* Called once, when the mount answers requests. */
    void (*ready)(void *ud);
    void *ud;
};
/* Mounts, serves, and returns after the unmount, when everything is in S3 and the file system is
 * closed. Ends by unmount, SIGINT, SIGTERM or SIGHUP. Errors: the mount point is missing, no
 * directory, not empty, mounted already, /dev/fuse or fusermount3 refuse; and those of pail_fs_new.
 */
PAIL_CHECK int pail_mount_run(const struct pail_mount_options *opt, struct pail_error *err);

/* What /proc/self/mountinfo says of a mount point. */
struct pail_mount_info {
    uint64_t mount_id;
    unsigned major, minor;
    char fstype[64];
    char source[1024];
};
/* PAIL_E_FS_NOENT when nothing is mounted exactly there. path: absolute, without symbolic links.
 * Sends no request to the mount, so a hanging one does not matter. */
PAIL_CHECK int pail_mount_info(const char *path, struct pail_mount_info *ret,
                               struct pail_error *err);

#endif
