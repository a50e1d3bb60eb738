/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Announcing and settling operations.
 *
 * Acknowledged means durable in the default mode, so after each success S3 itself is compared with
 * the model (with direct access to the model server, which costs no request and disturbs nothing).
 * After an error that a fault may explain, memory of S3 may be stale for as long as the metadata's
 * time to live: the worker waits for it to pass, looks at S3, and goes on from there.
 */
#include "sim/fs_worker.h"

#include <errno.h>
#include <stdarg.h>

#include "base/clock.h"

#include "sim/net.h"

const char *fsw_path(const struct fsw *w, const char *path, char to[FSM_PATH + 20])
{
    snprintf(to, FSM_PATH + 20, "%s%s%s", w->root, *path ? "/" : "", path);
    return to;
}

bool fsw_transient(const struct fsw *w, int rc)
{
    unsigned faults = w->world->run->faults;
    switch (rc) {
    case EIO:
    case EAGAIN:
    case ETIMEDOUT:
    case EHOSTUNREACH:
    case ECONNREFUSED:
    case ECONNRESET:
    case ENETUNREACH:
        return faults & (SIM_F_NET | SIM_F_EIO);
    case ENOSPC:
        return faults & SIM_F_ENOSPC;
    default:
        return false;
    }
}

struct fsm_tree *fsw_plan(struct fsw *w)
{
    w->post = w->tree;
    w->tree_rename = false;
    w->from[0] = w->to[0] = '\0';
    return &w->post;
}

void fsw_begin(struct fsw *w, int expect, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(w->what, sizeof w->what, fmt, ap);
    va_end(ap);
    sim_trace("w%u %s ...", w->number, w->what);
    w->expect = expect;
    w->began = sim_now_ns();
    w->busy = true;
    fsm_log_update(&w->log, &w->tree, &w->post, w->began, w->began);
}

/* S3 must have what the tree says. */
static void check_stored(struct fsw *w)
{
    static struct fs_actual actual;
    char why[256];
    fsx_peek(w, &actual);
    if (!fsx_match(&w->tree, &actual, why))
        sim_fail("w%u: after \"%s\": %s", w->number, w->what, why);
}

/* A node whose operation failed: what failed may have happened all the same. */
static void blur(struct fsm_tree *t, struct fsm_tree *other)
{
    for (unsigned i = 0; i < t->n; i++) {
        struct fsm_node *n = &t->nodes[i], *o = fsm_by_id(other, n->id);
        if (!o)
            continue;
        bool differs = n->mode != o->mode || strcmp(n->xattr, o->xattr) != 0 ||
                       n->n_stored != o->n_stored || n->view != o->view || n->dirty != o->dirty;
        n->vague = n->vague || differs;
        for (unsigned k = 0; n->dirty && k < o->n_stored; k++)
            fsm_add_state(n, &o->stored[k]);
    }
}

/* A failed rename of a directory may stop half way, with every file in one place at least. The
 * model does not follow it there: the worker goes on in a new directory. */
static bool leave_directory(struct fsw *w, const struct fs_actual *actual)
{
    char why[256];
    if (!w->tree_rename)
        return false;
    if (!fsx_nothing_lost(&w->tree, actual, w->from, w->to, why))
        sim_fail("w%u: after \"%s\", which failed half way: %s", w->number, w->what, why);
    sim_trace("w%u leaves /%s, renamed half way", w->number, w->root);
    for (unsigned i = 0; i < FSW_FILES; i++)
        if (w->files[i].f.h)
            fsv_release(&w->v, &w->files[i].f);
    memset(w->files, 0, sizeof w->files);
    snprintf(w->root, sizeof w->root, "d%u.%u", w->number, ++w->roots);
    return true;
}

/* The mount's own idea of a name, as soon as the network lets it have one. */
static bool mount_has(struct fsw *w, const char *name)
{
    struct pail_fs_attr attr;
    char path[FSM_PATH + 20];
    int rc;
    while (rc = fsv_getattr(&w->v, fsw_path(w, name, path), &attr), fsw_transient(w, rc))
        pail_sleep_ns(PAIL_NS_PER_S);
    return rc == 0;
}

/* S3 may be as before and as after where the file was never stored: then the mount's own idea
 * decides. */
static bool name_is_gone(struct fsw *w)
{
    return w->from[0] && fsm_find(&w->tree, w->from) && !fsm_find(&w->post, w->from) &&
           !mount_has(w, w->from);
}

/* Has the file that is open as node the name that it had? */
static bool keeps_old_name(struct fsw *w, const struct fsm_node *node)
{
    struct pail_fs_attr attr;
    char path[FSM_PATH + 20];
    uint64_t ino = 0;
    int rc;
    for (unsigned i = 0; i < FSW_FILES; i++)
        if (w->files[i].f.h && w->files[i].id == node->id)
            ino = w->files[i].f.ino;
    if (!ino)
        return false;
    while (rc = fsv_getattr(&w->v, fsw_path(w, w->from, path), &attr), fsw_transient(w, rc))
        pail_sleep_ns(PAIL_NS_PER_S);
    return rc == 0 && attr.ino == ino;
}

/* A rename is a copy and a removal; when it fails in between, the file has both names, and what it
 * replaced is gone. */
static bool is_copied(struct fsw *w, const struct fs_actual *actual)
{
    static struct fsm_tree both;
    char why[256];
    struct fsm_node *node = w->from[0] && !w->tree_rename ? fsm_find(&w->tree, w->from) : NULL;
    if (!node || !fsm_has_room(&w->post) || fsm_find(&w->post, w->from))
        return false;
    both = w->post;
    struct fsm_node *left = &both.nodes[both.n++];
    *left = *node;
    left->id = ++both.next_id;
    left->handles = 0;
    if (!fsx_match(&both, actual, why)) {
        sim_trace("w%u: nor has it both names: %s", w->number, why);
        return false;
    }
    left->vague = fsx_take_node(left, actual);
    left->half = true;
    fsm_add_state(left, &(struct fsm_state){.kind = FSM_ABSENT});
    w->post = both;
    return true;
}

/* The mount may have left an open file where it was, although S3 has a copy of it under the new
 * name: of a file that was never stored, or by a copy whose end was not known. The copy stays. */
static bool is_left_over(struct fsw *w, const struct fs_actual *actual)
{
    static struct fsm_tree both;
    char why[256];
    struct fsm_node *node = w->from[0] && !w->tree_rename ? fsm_find(&w->tree, w->from) : NULL;
    const struct fsm_node *to = fsm_find(&w->post, w->to);
    if (!node || !to || !fsm_has_room(&w->post) || !keeps_old_name(w, node))
        return false;
    both = w->post;
    struct fsm_node *left = &both.nodes[both.n++];
    *left = *to;
    snprintf(fsm_by_id(&both, node->id)->path, FSM_PATH, "%s", w->from);
    left->id = ++both.next_id;
    left->handles = 0;
    left->vague = fsx_take_node(left, actual);
    if (!left->vague || !fsx_match(&both, actual, why))
        return false;
    w->post = both;
    return true;
}

/* What a failed removal or rename was about: the mount may think otherwise than S3, and meet a
 * conflict. */
static void doubt(struct fsw *w, unsigned from_id, unsigned to_id)
{
    for (unsigned i = 0; i < w->tree.n; i++) {
        struct fsm_node *n = &w->tree.nodes[i];
        n->vague = n->vague || n->id == from_id || n->id == to_id;
    }
}

/* A request of the machine that died was executed after its journal was replayed. */
static bool came_late(const struct fsw *w)
{
    struct sim_net_stats stats;
    sim_net_stats(&stats);
    return stats.late > w->world->late_at_crash[w->client->machine - 1];
}

/* Which tree is it? The one before, the one after, or neither: not when a mount has replayed its
 * journal without being disturbed. */
static void settle(struct fsw *w, bool replayed)
{
    struct fs_actual *actual = &w->actual; /* others come in while is_left_over waits */
    struct fsm_node *from = fsm_find(&w->tree, w->from), *to = fsm_find(&w->tree, w->to);
    unsigned from_id = from ? from->id : 0, to_id = to ? to->id : 0;
    char why_pre[256], why_post[256];
    pail_sleep_ns(w->world->ttl_ns + PAIL_NS_PER_S);
    sim_net_settle();
    fsx_peek(w, actual);
    bool pre = fsx_match(&w->tree, actual, why_pre), post = fsx_match(&w->post, actual, why_post);
    if (pre && !(post && name_is_gone(w))) {
        blur(&w->tree, &w->post);
    } else if (is_left_over(w, actual)) {
        w->tree = w->post;
    } else if (post) {
        blur(&w->post, &w->tree);
        w->tree = w->post;
    } else if (replayed && !came_late(w)) {
        sim_fail("w%u: after \"%s\" and a crash the mount has left it half done: %s; %s", w->number,
                 w->what, why_pre, why_post);
    } else if (is_copied(w, actual)) {
        blur(&w->post, &w->tree);
        w->tree = w->post;
    } else if (leave_directory(w, actual)) {
        memset(&w->tree, 0, sizeof w->tree);
    } else {
        sim_fail("w%u: after \"%s\", which failed, neither before nor after: %s; %s", w->number,
                 w->what, why_pre, why_post);
    }
    doubt(w, from_id, to_id);
}

bool fsw_end(struct fsw *w, int rc)
{
    bool done = rc == 0;
    sim_trace("w%u %s: %s%s%s", w->number, w->what, rc ? strerrorname_np(rc) : "done",
              rc ? ", " : "", rc ? w->v.err.message : "");
    if (done) {
        SIM_CHECK(!w->expect, "w%u: %s succeeded, expected %s", w->number, w->what,
                  strerrorname_np(w->expect));
        w->tree = w->post;
        check_stored(w);
    } else if (fsw_transient(w, rc)) {
        settle(w, false);
    } else {
        SIM_CHECK(rc == w->expect, "w%u: %s: %s (%s), expected %s", w->number, w->what,
                  strerrorname_np(rc), w->v.err.message,
                  w->expect ? strerrorname_np(w->expect) : "success");
    }
    w->busy = false;
    fsm_log_update(&w->log, &w->tree, NULL, w->began, sim_now_ns());
    return done;
}

void fsw_adopt(struct fsw *w, unsigned id)
{
    static struct fs_actual actual;
    char why[256];
    struct fsm_node *n = fsm_by_id(&w->tree, id);
    if (!n || n->handles)
        return;
    if (!n->path[0]) {
        fsm_remove(&w->tree, n);
        return;
    }
    if (!n->dirty)
        return;
    int64_t now = sim_now_ns();
    pail_sleep_ns(w->world->ttl_ns + PAIL_NS_PER_S);
    sim_net_settle();
    fsx_peek(w, &actual);
    if (!fsx_match(&w->tree, &actual, why))
        sim_fail("w%u: after the last close: %s", w->number, why);
    if (!fsx_take_node(n, &actual))
        fsm_remove(&w->tree, n);
    fsm_log_update(&w->log, &w->tree, NULL, now, sim_now_ns());
}

void fsw_recover(struct fsw *w)
{
    memset(w->files, 0, sizeof w->files);
    for (struct fsm_tree *const *t = (struct fsm_tree *const[]){&w->tree, &w->post, NULL}; *t; t++)
        for (unsigned i = (*t)->n; i-- > 0;) {
            struct fsm_node *n = &(*t)->nodes[i];
            n->handles = 0;
            n->vague = n->vague || n->dirty;
            if (!n->path[0])
                fsm_remove(*t, n);
        }
    if (!w->busy)
        w->post = w->tree;
    sim_trace("w%u recovers%s%s", w->number, w->busy ? " from " : "", w->busy ? w->what : "");
    settle(w, !(w->world->run->faults & SIM_F_NET));
    static struct fs_actual actual;
    fsx_peek(w, &actual);
    fsx_take(&w->tree, &actual);
    w->busy = false;
    fsm_log_update(&w->log, &w->tree, NULL, w->began, sim_now_ns());
}
