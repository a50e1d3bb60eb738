/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The last error of each inode, as text for people: errno has 130 words, S3 has a sentence. The
 * newest 512 are kept.
 *
 * What is remembered: errors that came from S3, the network or credentials, and refusals that stem
 * from what S3 has (ESTALE). Ordinary answers (no such file, exists already, not empty) are not
 * worth a line.
 */
#include "base/alloc.h"
#include "base/logging.h"
#include "base/str.h"
#include "core/core.h"

#define KEPT 512

struct last_error {
    struct pail_list link;
    uint64_t ino;
    const char *operation;
    struct pail_error err;
};

void pail_last_errors_init(struct pail_last_errors *l)
{
    pail_mutex_init(&l->lock, "last errors", PAIL_RANK_LEAF);
    pail_list_init(&l->list);
}

void pail_last_errors_done(struct pail_last_errors *l)
{
    for (struct pail_list *it; (it = pail_list_pop(&l->list)) != NULL;)
        pail_free(PAIL_CONTAINER(it, struct last_error, link));
    pail_mutex_done(&l->lock);
}

static bool worth_it(const struct pail_error *e)
{
    switch (e->domain) {
    case PAIL_D_OS:
    case PAIL_D_CONFIG:
    case PAIL_D_AUTH:
    case PAIL_D_NET:
    case PAIL_D_HTTP:
    case PAIL_D_SERVICE:
    case PAIL_D_DATA:
        return true;
    case PAIL_D_FS:
        return e->code == PAIL_E_FS_STALE || e->code == PAIL_E_FS_NOSPC || e->service_code[0];
    case PAIL_D_NONE:
    case PAIL_D_USAGE:
        break;
    }
    return false;
}

static struct last_error *find_locked(struct pail_last_errors *l, uint64_t ino)
{
    PAIL_LIST_FOR (it, &l->list) {
        struct last_error *e = PAIL_CONTAINER(it, struct last_error, link);
        if (e->ino == ino)
            return e;
    }
    return NULL;
}

int pail_note(struct pail_fs *fs, uint64_t ino, const char *operation, int rc,
              const struct pail_error *err)
{
    struct pail_last_errors *l = &fs->errors;
    if (rc >= 0 || !worth_it(err))
        return rc;
    PAIL_LOG(PAIL_LC_FS, PAIL_LOG_WARN, "%s, inode %llu: %s", operation, (unsigned long long)ino,
             err->message);
    struct last_error *spare = pail_zalloc(sizeof(*spare));
    pail_mutex_lock(&l->lock);
    struct last_error *e = find_locked(l, ino);
    if (!e && l->n < KEPT) {
        e = PAIL_STEAL(spare);
        if (e) {
            pail_list_init(&e->link);
            l->n++;
        }
    } else if (!e) {
        e = PAIL_CONTAINER(l->list.next, struct last_error, link);
    }
    if (e) {
        pail_list_remove(&e->link);
        e->ino = ino;
        e->operation = operation;
        pail_error_copy(&e->err, err);
        pail_list_append(&l->list, &e->link);
    }
    pail_mutex_unlock(&l->lock);
    pail_free(spare);
    return rc;
}

static void describe(const struct last_error *e, struct pail_buf *to)
{
    pail_buf_fmt(to, "operation: %s\nerrno: %s\ncode: %s\n", e->operation,
                 strerrorname_np(pail_errno(&e->err)) ? strerrorname_np(pail_errno(&e->err))
                                                      : "EIO",
                 e->err.service_code[0] ? e->err.service_code : pail_code_name(e->err.code));
    if (e->err.http_status)
        pail_buf_fmt(to, "status: %d\n", e->err.http_status);
    if (e->err.request_id[0])
        pail_buf_fmt(to, "request-id: %s\n", e->err.request_id);
    if (e->err.attempts)
        pail_buf_fmt(to, "attempts: %d\n", e->err.attempts);
    pail_buf_fmt(to, "message: %s\n", e->err.message);
}

bool pail_last_error(struct pail_fs *fs, uint64_t ino, struct pail_buf *to)
{
    struct pail_last_errors *l = &fs->errors;
    struct last_error found = {.ino = ino};
    pail_mutex_lock(&l->lock);
    const struct last_error *e = find_locked(l, ino);
    if (e) {
        found.operation = e->operation;
        pail_error_copy(&found.err, &e->err);
    }
    pail_mutex_unlock(&l->lock);
    if (e)
        describe(&found, to);
    return e != NULL;
}

void pail_last_errors_status(struct pail_fs *fs, struct pail_buf *to)
{
    struct pail_last_errors *l = &fs->errors;
    size_t shown = 0;
    pail_mutex_lock(&l->lock);
    for (const struct pail_list *it = l->list.prev; it != &l->list && shown < 10; it = it->prev) {
        const struct last_error *e = PAIL_CONTAINER(it, struct last_error, link);
        pail_buf_fmt(to, "error: inode %llu, %s: %s\n", (unsigned long long)e->ino, e->operation,
                     e->err.message);
        shown++;
    }
    pail_mutex_unlock(&l->lock);
}
