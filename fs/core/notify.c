/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Telling the kernel what is stale. It may make the teller wait for locks of its own, which an
 * operation under way may hold: so one thread does nothing else, and whoever finds something out
 * only leaves a note. A note that finds no memory is lost with a log line; the kernel's time-outs
 * end then what it should have ended.
 */
#include "base/alloc.h"
#include "base/list.h"
#include "base/logging.h"
#include "base/thread.h"
#include "core/core.h"

struct note {
    struct pail_list link;
    bool entry, data;
    uint64_t ino; /* of an entry: the parent */
    size_t len;
    char name[];
};

struct pail_notifier {
    struct pail_fs_notify to;
    struct pail_thread *thread;
    struct pail_mutex lock;
    struct pail_cond wake;
    struct pail_list notes;
    bool stop;
};

static void deliver(struct pail_notifier *n, const struct note *note)
{
    pail_assert_no_locks();
    if (note->entry && n->to.inval_entry)
        n->to.inval_entry(n->to.ud, note->ino, pail_strn(note->name, note->len));
    if (!note->entry && n->to.inval_inode)
        n->to.inval_inode(n->to.ud, note->ino, note->data);
}

static void run(void *arg)
{
    struct pail_notifier *n = arg;
    pail_mutex_lock(&n->lock);
    for (;;) {
        struct pail_list *l = pail_list_pop(&n->notes);
        if (!l && n->stop)
            break;
        if (!l) {
            pail_cond_wait(&n->wake, &n->lock);
            continue;
        }
        pail_mutex_unlock(&n->lock);
        struct note *note = PAIL_CONTAINER(l, struct note, link);
        deliver(n, note);
        pail_free(note);
        pail_mutex_lock(&n->lock);
    }
    pail_mutex_unlock(&n->lock);
}

int pail_notifier_new(const struct pail_fs_notify *to, struct pail_notifier **ret,
                      struct pail_error *err)
{
    struct pail_notifier *n = pail_zalloc(sizeof(*n));
    if (!n)
        return pail_error_nomem(err);
    n->to = *to;
    pail_mutex_init(&n->lock, "notes", PAIL_RANK_LEAF);
    pail_cond_init(&n->wake);
    pail_list_init(&n->notes);
    int rc = 0;
    if (to->inval_entry || to->inval_inode)
        rc = pail_thread_start(&n->thread, "pail-notify", run, n, err);
    if (rc) {
        pail_notifier_free(n);
        return rc;
    }
    *ret = n;
    return 0;
}

void pail_notifier_free(struct pail_notifier *n)
{
    if (!n)
        return;
    pail_mutex_lock(&n->lock);
    n->stop = true;
    pail_cond_broadcast(&n->wake);
    pail_mutex_unlock(&n->lock);
    pail_thread_join(n->thread);
    pail_cond_done(&n->wake);
    pail_mutex_done(&n->lock);
    pail_free(n);
}

static void leave(struct pail_notifier *n, bool entry, uint64_t ino, bool data,
                  struct pail_str name)
{
    if (!n || !n->thread)
        return;
    struct note *note = pail_zalloc(sizeof(*note) + name.len);
    if (!note) {
        PAIL_LOG(PAIL_LC_FS, PAIL_LOG_WARN, "no memory to tell the kernel about inode %llu",
                 (unsigned long long)ino);
        return;
    }
    note->entry = entry;
    note->ino = ino;
    note->data = data;
    note->len = name.len;
    if (name.len)
        memcpy(note->name, name.ptr, name.len);
    pail_list_init(&note->link);
    pail_mutex_lock(&n->lock);
    pail_list_append(&n->notes, &note->link);
    pail_cond_signal(&n->wake);
    pail_mutex_unlock(&n->lock);
}

void pail_notify_entry(struct pail_notifier *n, uint64_t parent, struct pail_str name)
{
    leave(n, true, parent, false, name);
}

void pail_notify_inode(struct pail_notifier *n, uint64_t ino, bool data)
{
    leave(n, false, ino, data, pail_strn(NULL, 0));
}
