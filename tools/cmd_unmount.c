/* SPDX-License-Identifier: Apache-2.0 */
/* pail unmount: fusermount3 -u (umount as root), then wait until the mount's process has stored
 * everything and ended. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/env.h"
#include "base/process.h"
#include "base/str.h"
#include "fuse/mount.h"
#include "tools/cmd.h"
#include "tools/lib/place.h"

struct unmount_options {
    struct pail_common common;
    bool lazy;
    int64_t timeout_ns;
};
#define AT(field) offsetof(struct unmount_options, field)
static const struct pail_opt options[] = {
    {PAIL_OPT_FLAG, 'z', "lazy", NULL, "Detach now, even when files are open", AT(lazy), NULL},
    {PAIL_OPT_SECONDS, 0, "timeout", "TIME",
     "How long to wait for what is still to be stored (10m)", AT(timeout_ns), NULL},
    {PAIL_OPT_END, 0, NULL, NULL, NULL, 0, NULL},
};

static void defaults(void *p)
{
    ((struct unmount_options *)p)->timeout_ns = 600 * PAIL_NS_PER_S;
}

/* A dead mount answers nothing, so the path is resolved without asking it: the parent is, the last
 * component is taken as it is. */
static int resolve(const char *dir, char ret[PATH_MAX])
{
    if (realpath(dir, ret))
        return 0;
    char copy[PATH_MAX];
    size_t n = strlen(dir);
    while (n > 1 && dir[n - 1] == '/')
        n--;
    if (n >= sizeof(copy))
        return ENAMETOOLONG;
    memcpy(copy, dir, n);
    copy[n] = '\0';
    char *slash = strrchr(copy, '/');
    const char *last = slash ? slash + 1 : copy;
    char parent[PATH_MAX];
    if (slash)
        *slash = '\0';
    if (!realpath(slash ? (slash == copy ? "/" : copy) : ".", parent))
        return errno;
    int len = snprintf(ret, PATH_MAX, "%s/%s", strcmp(parent, "/") ? parent : "", last);
    return len < PATH_MAX ? 0 : ENAMETOOLONG;
}

static int by_fusermount(const char *dir, bool lazy, struct pail_error *err)
{
    const char *argv[] = {"fusermount3", "-u", lazy ? "-z" : dir, lazy ? dir : NULL, NULL};
    PAIL_CLEANUP(pail_buf_done) struct pail_buf out = PAIL_BUF_INIT(4096);
    PAIL_CLEANUP(pail_buf_done) struct pail_buf text = PAIL_BUF_INIT(4096);
    struct pail_process p = {.argv = argv,
                             .deadline_mono_ns = pail_deadline_after_ns(60 * PAIL_NS_PER_S),
                             .out = &out,
                             .err = &text};
    int status = 0;
    int rc = pail_process_run(&p, &status, err);
    if (rc || !status)
        return rc;
    struct pail_str said = pail_str_trim(pail_buf_view(&text));
    return said.len ? pail_error_set(err, PAIL_D_OS, PAIL_E_OS, "%.*s", PAIL_STR_ARG(said))
                    : pail_error_set(err, PAIL_D_OS, PAIL_E_OS, "fusermount3 ended with status %d",
                                     status);
}

static int detach(const char *dir, bool lazy, struct pail_error *err)
{
    if (pail_env_uid() != 0)
        return by_fusermount(dir, lazy, err);
    if (umount2(dir, lazy ? MNT_DETACH : 0) == 0)
        return 0;
    if (errno == EBUSY)
        return pail_error_set(err, PAIL_D_FS, PAIL_E_FS_BUSY,
                              "%s is busy: files are open there, or it is somebody's working "
                              "directory (--lazy detaches anyway)",
                              dir);
    return pail_error_os(err, errno, "unmounting %s", dir);
}

static int run(void *p, int argc, char **argv)
{
    const struct unmount_options *o = p;
    if (argc < 1)
        return pail_misuse("unmount", "wants a directory");
    int code = 0;
    for (int i = 0; i < argc; i++) {
        char dir[PATH_MAX];
        struct pail_error err = PAIL_ERROR_INIT;
        struct pail_mount_info info;
        int number = resolve(argv[i], dir);
        int rc = number ? pail_error_os(&err, number, "%s", argv[i])
                        : pail_mount_info(dir, &info, &err);
        if (!rc && strcmp(info.fstype, "fuse.pail") != 0)
            rc = pail_error_set(&err, PAIL_D_USAGE, PAIL_E_INVALID,
                                "%s is a mount of %s (%s), not of pail", dir, info.source,
                                info.fstype);
        if (!rc)
            rc = detach(dir, o->lazy, &err);
        if (!rc && !o->lazy)
            rc = pail_place_wait(dir, pail_deadline_after_ns(o->timeout_ns), &err);
        if (rc)
            code = pail_fail("unmount", &err);
    }
    return code;
}

const struct pail_command pail_cmd_unmount = {
    .name = "unmount",
    .summary = "Unmount, and return when everything is stored",
    .usage = "DIR...",
    .examples = "pail unmount ~/photos | Unmount\n",
    .options = options,
    .options_size = sizeof(struct unmount_options),
    .run = run,
    .init = defaults,
    .complete = "dir",
};
