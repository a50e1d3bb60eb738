/* SPDX-License-Identifier: Apache-2.0 */
/*
 * meta/aside.c - a database that cannot be used gets out of the way, and stays for whoever wants
 * its journal.
 *
 * What SQLite keeps beside a database goes along under the name that fits: a log may hold the
 * newest rows, and left behind it would be taken for the new database's. It goes first: after a
 * crash in between, the rest is found and set aside by the next open.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/logging.h"
#include "meta/db.h"

#define TRIES 1000

static const char *const suffixes[] = {"-wal", "-journal", ""};

static bool exists(const char *path)
{
    struct pail_file_stat st;
    return pail_file_stat(path, &st, NULL) == 0;
}

static int join(struct pail_buf *to, const char *path, const char *suffix, struct pail_error *err)
{
    pail_buf_reset(to);
    pail_buf_fmt(to, "%s%s", path, suffix);
    return pail_buf_check(to, path, err);
}

/* A name that nobody has, with any of the suffixes. */
static int free_name(const char *path, struct pail_buf *aside, struct pail_error *err)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf other = PAIL_BUF_INIT(64 << 10);
    for (unsigned i = 0; i < TRIES; i++) {
        char tail[64];
        snprintf(tail, sizeof(tail), ".aside-%" PRId64 "-%u", pail_clock_wall_s(), i);
        int rc = join(aside, path, tail, err);
        bool taken = false;
        for (size_t k = 0; k < PAIL_ARRAY_LEN(suffixes) && rc == 0 && !taken; k++) {
            rc = join(&other, aside->ptr, suffixes[k], err);
            taken = rc == 0 && exists(other.ptr);
        }
        if (rc < 0 || !taken)
            return rc;
    }
    return pail_error_os(err, EEXIST, "%s", aside->ptr);
}

/* *ret: whether there was one. */
static int rename_if_there(const char *from, const char *to, bool *ret, struct pail_error *err)
{
    struct pail_error e = PAIL_ERROR_INIT;
    int rc = pail_file_rename(from, to, &e);
    if (rc < 0 && e.os_errno == ENOENT)
        return 0;
    if (rc < 0 && err)
        pail_error_copy(err, &e);
    if (rc == 0)
        *ret = true;
    return rc;
}

int pail_meta_set_aside(struct pail_meta *m, struct pail_meta_open_result *result,
                        struct pail_error *err)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf from = PAIL_BUF_INIT(64 << 10);
    PAIL_CLEANUP(pail_buf_done) struct pail_buf to = PAIL_BUF_INIT(64 << 10);
    PAIL_CLEANUP(pail_buf_done) struct pail_buf aside = PAIL_BUF_INIT(64 << 10);
    bool any = false;
    int rc = free_name(m->path, &aside, err);
    for (size_t i = 0; i < PAIL_ARRAY_LEN(suffixes) && rc == 0; i++) {
        rc = join(&from, m->path, suffixes[i], err);
        if (rc == 0)
            rc = join(&to, aside.ptr, suffixes[i], err);
        if (rc == 0)
            rc = rename_if_there(from.ptr, to.ptr, &any, err);
    }
    if (rc == 0)
        rc = pail_file_sync_dir(m->dir, err);
    if (rc < 0 || !any)
        return rc;

    PAIL_LOG(PAIL_LC_META, PAIL_LOG_WARN, "%s set aside as %s", m->path, aside.ptr);
    result->set_aside = true;
    /* The whole path, or where that is too long the name in the directory. */
    const char *name = aside.len < sizeof(result->aside) ? aside.ptr
                                                         : aside.ptr + strlen(m->dir) + 1;
    snprintf(result->aside, sizeof(result->aside), "%s", name);
    return 0;
}
