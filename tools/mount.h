/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mount.h - what `pail mount` (cmd_mount.c) and the program that does it (mount_main.c) share.
 *
 * The file system is a program of its own, pail-mount, because the other commands should not load
 * libfuse and SQLite. `pail` knows the options, for help, pages and completion, and executes it.
 */
#ifndef PAIL_TOOLS_MOUNT_H
#define PAIL_TOOLS_MOUNT_H

#include "tools/lib/opt.h"

struct mount_options {
    struct pail_common common;
    bool foreground, ro, rw, allow_other, allow_root, default_permissions, nodefault_permissions,
        nonempty, bucket_ops, fuse_debug;
    bool nosuid, nodev, noexec, noatime, suid, dev, exec, atime, relatime, netdev, nofail, autom,
        noauto, user, users, nouser, defaults;
    uint64_t uid, gid, memory, write_memory, staging_limit, part_size, max_threads;
    uint32_t umask, file_mode, dir_mode;
    int64_t metadata_ttl_ns, timeout_ns;
    int posix, probe;
    const char *cache_dir, *state_dir, *log_file;
};

/* In pail-mount. p: struct mount_options; argv: the operands. The exit code. */
int pail_mount_serve(void *p, int argc, char **argv);

#endif
