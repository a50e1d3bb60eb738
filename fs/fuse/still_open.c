/* SPDX-License-Identifier: Apache-2.0 */
/*
 * FLUSH comes once per closed descriptor. "echo x > f" makes the shell open f, duplicate the
 * descriptor, and close the first one before a byte was written; a commit then would store an empty
 * file for nothing. Whether the process still has the file open is in /proc/PID/fdinfo: inode
 * number (since Linux 5.14) and mount. Reading it sends no request to any file system, which stat
 * on /proc/PID/fd would. Not visible (older kernel, other user): not open, the file is committed.
 */
#include <string.h>

#include "base/alloc.h"
#include "base/file.h"
#include "base/str.h"
#include "fuse/glue.h"

struct search {
    int32_t pid;
    uint64_t ino, mount_id;
    bool found;
};

static bool field(struct pail_str text, const char *name, uint64_t *ret)
{
    struct pail_str line;
    while (pail_str_split(&text, '\n', &line)) {
        size_t colon = pail_str_find(line, ':');
        if (colon != SIZE_MAX && pail_str_eqz(pail_str_sub(line, 0, colon), name))
            return pail_str_to_u64(pail_str_trim(pail_str_from(line, colon + 1)), ret);
    }
    return false;
}

static int look_at(const char *name, void *ud, struct pail_error *err)
{
    (void)err;
    struct search *s = ud;
    PAIL_CLEANUP(pail_buf_done) struct pail_buf path = PAIL_BUF_INIT(128);
    PAIL_AUTOFREE char *text = NULL;
    size_t len = 0;
    uint64_t ino = 0, mount_id = 0;
    pail_buf_fmt(&path, "/proc/%d/fdinfo/%s", (int)s->pid, name);
    if (pail_file_read_all(pail_buf_cstr(&path), 64 << 10, &text, &len, NULL))
        return 0; /* closed meanwhile */
    struct pail_str view = pail_strn(text, len);
    if (field(view, "ino", &ino) && field(view, "mnt_id", &mount_id) && ino == s->ino &&
        mount_id == s->mount_id)
        s->found = true;
    return s->found ? 1 : 0;
}

bool glue_still_open(void *ud, int32_t pid, uint64_t ino)
{
    const struct pail_glue *g = ud;
    struct search s = {.pid = pid, .ino = ino, .mount_id = g->mount_id};
    if (!g->mount_id || pid <= 0)
        return false;
    PAIL_CLEANUP(pail_buf_done) struct pail_buf path = PAIL_BUF_INIT(64);
    pail_buf_fmt(&path, "/proc/%d/fdinfo", (int)pid);
    (void)!pail_file_list(pail_buf_cstr(&path), look_at, &s, NULL);
    return s.found;
}
