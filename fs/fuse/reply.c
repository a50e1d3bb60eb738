/* SPDX-License-Identifier: Apache-2.0 */
/* What every handler needs to answer. */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "base/logging.h"
#include "core/errno.h"
#include "fuse/glue.h"

struct pail_fs_ctx glue_ctx(fuse_req_t req)
{
    const struct fuse_ctx *c = fuse_req_ctx(req);
    return (struct pail_fs_ctx){.uid = c->uid, .gid = c->gid, .umask = c->umask, .pid = c->pid};
}

/* What an application asks for in the ordinary course of its work is not worth a line. */
static bool ordinary(int code)
{
    switch (code) {
    case PAIL_E_FS_NOENT:
    case PAIL_E_FS_EXIST:
    case PAIL_E_FS_NODATA:
    case PAIL_E_FS_NOTEMPTY:
    case PAIL_E_FS_NXIO:
    case PAIL_E_FS_ISDIR:
    case PAIL_E_FS_NOTDIR:
        return true;
    default:
        return false;
    }
}

void glue_error(fuse_req_t req, const char *what, uint64_t ino, const char *name,
                const struct pail_error *err)
{
    int number = pail_errno(err);
    PAIL_LOG(PAIL_LC_FUSE, ordinary(err->code) ? PAIL_LOG_DEBUG : PAIL_LOG_WARN,
             "%s inode %llu%s%s: errno %d: %s%s%s", what, (unsigned long long)ino, name ? " " : "",
             name ? name : "", number, err->message, err->request_id[0] ? ", request " : "",
             err->request_id);
    fuse_reply_err(req, number ? number : EIO);
}

double glue_seconds(int64_t ns)
{
    return ns <= 0 ? 0 : (double)ns / 1e9;
}

static struct timespec to_timespec(int64_t ns)
{
    struct timespec t = {.tv_sec = ns / 1000000000, .tv_nsec = ns % 1000000000};
    if (t.tv_nsec < 0) {
        t.tv_sec--;
        t.tv_nsec += 1000000000;
    }
    return t;
}

void glue_stat(const struct pail_fs_attr *a, struct stat *ret)
{
    memset(ret, 0, sizeof(*ret));
    ret->st_ino = a->ino;
    ret->st_mode = a->mode;
    ret->st_nlink = a->nlink;
    ret->st_uid = a->uid;
    ret->st_gid = a->gid;
    ret->st_size = (off_t)a->size;
    ret->st_blocks = (blkcnt_t)a->blocks;
    ret->st_blksize = 1 << 20; /* what makes cat and cp read a mebibyte at a time */
    ret->st_mtim = to_timespec(a->mtime_ns);
    ret->st_ctim = to_timespec(a->ctime_ns);
    ret->st_atim = to_timespec(a->atime_ns);
}

void glue_entry(const struct pail_fs_entry *e, struct fuse_entry_param *ret)
{
    memset(ret, 0, sizeof(*ret));
    ret->ino = e->attr.ino;
    ret->entry_timeout = glue_seconds(e->entry_ttl_ns);
    ret->attr_timeout = glue_seconds(e->attr_ttl_ns);
    if (e->attr.ino)
        glue_stat(&e->attr, &ret->attr);
}
