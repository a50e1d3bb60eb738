/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What one worker sees of another's directory: close-to-open.
 *
 * The log of the owner says which states of a path were possible when. A name may be remembered for
 * the metadata's time to live; content may not: whoever opens and reads gets a state that was
 * possible after the open began, whole. On the owner's own mount the pieces of a file may come from
 * states that follow each other (as in any local file system), but each piece from one.
 */
#include "sim/fs_worker.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/clock.h"

struct window {
    const struct fsw *owner;
    const char *path; /* below the owner's directory */
    int64_t from, names_from, to;
    bool same_mount;
};

static bool overlaps(const struct fsm_entry *e, int64_t from, int64_t to)
{
    return e->from <= to && e->to >= from;
}

static bool was(const struct window *win, enum fsm_kind kind)
{
    const struct fsm_log *log = &win->owner->log;
    bool known = false;
    for (size_t i = 0; i < log->n; i++) {
        const struct fsm_entry *e = &log->entries[i];
        if (strcmp(e->path, win->path) != 0)
            continue;
        known = true;
        if (e->state.kind == kind && overlaps(e, win->names_from, win->to))
            return true;
    }
    return kind == FSM_ABSENT && !known;
}

/* More than one state or version is possible, or was shortly. */
static bool in_flux(const struct window *win)
{
    const struct fsm_log *log = &win->owner->log;
    unsigned n = 0;
    for (size_t i = 0; i < log->n; i++)
        n += strcmp(log->entries[i].path, win->path) == 0 &&
             overlaps(&log->entries[i], win->names_from, win->to);
    for (unsigned i = 0; i < FSM_TOUCHES && i < log->n_touches; i++)
        n += strcmp(log->touches[i].path, win->path) == 0 && log->touches[i].from <= win->to &&
             log->touches[i].to >= win->from;
    return n > 1;
}

static bool had_bytes(const struct window *win, uint64_t at, const unsigned char *p, size_t n,
                      bool whole)
{
    const struct fsm_log *log = &win->owner->log;
    for (size_t i = 0; i < log->n; i++) {
        const struct fsm_entry *e = &log->entries[i];
        if (strcmp(e->path, win->path) != 0 || e->state.kind != FSM_FILE ||
            !overlaps(e, win->from, win->to))
            continue;
        uint64_t size = e->state.content->size;
        if (whole ? size == n : at + n <= size)
            if (fsc_same(e->state.content, at, p, n, NULL))
                return true;
    }
    return false;
}

static bool had_link(const struct window *win, const char *target)
{
    const struct fsm_log *log = &win->owner->log;
    for (size_t i = 0; i < log->n; i++) {
        const struct fsm_entry *e = &log->entries[i];
        if (strcmp(e->path, win->path) == 0 && e->state.kind == FSM_LINK &&
            overlaps(e, win->names_from, win->to) && strcmp(e->state.target, target) == 0)
            return true;
    }
    return false;
}

static void refused(struct window *win, struct fsv *v, int rc, const char *doing)
{
    win->to = sim_now_ns();
    if (fsw_transient(win->owner, rc))
        return;
    bool fine = false;
    if (rc == ENOENT || rc == ENOTDIR)
        fine = was(win, FSM_ABSENT);
    else if (rc == ESTALE)
        fine = in_flux(win);
    else if (rc == EINVAL) /* found as a file, opened as a link */
        fine = was(win, FSM_LINK);
    SIM_CHECK(fine, "%s /%s/%s by another: %s (%s), but it was there all the time", doing,
              win->owner->root, win->path, strerrorname_np(rc), v->err.message);
}

static void look_at_link(struct window *win, struct fsv *v, const char *path)
{
    char target[128];
    int rc = fsv_readlink(v, path, target, sizeof target);
    if (rc) {
        /* It became something else meanwhile: EINVAL. */
        if (rc != EINVAL || !in_flux(win))
            refused(win, v, rc, "reading the link");
        return;
    }
    win->to = sim_now_ns();
    SIM_CHECK(had_link(win, target), "/%s points to %s, which it never did", path, target);
}

#define PIECES 3u

/* Who opened it before its removal goes on reading it, and others may go on writing it. */
static bool may_be_removed(const struct window *win)
{
    const struct fsm_tree *t = &win->owner->tree;
    for (unsigned i = 0; i < t->n; i++)
        if (!t->nodes[i].path[0])
            return true;
    return was(win, FSM_ABSENT);
}

static void look_at_file(struct window *win, struct fsv *v, const char *path)
{
    struct fsv_file f;
    size_t cap = (size_t)24 << 20, n = 0;
    unsigned char *buf = malloc(cap);
    if (!buf)
        sim_fail("out of memory");
    int rc = fsv_open(v, path, O_RDONLY, &f);
    if (rc) {
        refused(win, v, rc, "opening");
        free(buf);
        return;
    }
    for (size_t got = 1, step = cap / 512; got && n < cap && !rc; step *= 8) {
        size_t want = step < cap - n ? step : cap - n;
        rc = fsv_read(v, &f, n, buf + n, want, &got);
        win->to = sim_now_ns();
        if (!rc && win->same_mount && !may_be_removed(win))
            SIM_CHECK(had_bytes(win, n, buf + n, got, false),
                      "/%s at %zu on the same mount: bytes that were never there", path, n);
        n += rc ? 0 : got;
        pail_sleep_ns(30 * PAIL_NS_PER_MS);
    }
    fsv_release(v, &f);
    if (rc)
        refused(win, v, rc, "reading");
    else
        SIM_CHECK(win->same_mount || had_bytes(win, 0, buf, n, true),
                  "/%s reads as %zu bytes, which no version since the open has", path, n);
    free(buf);
}

void fsx_look(struct fsw *other, struct fsv *v, const char *path)
{
    char full[FSM_PATH + 20], root[16];
    struct window win = {.owner = other, .path = path, .from = sim_now_ns()};
    struct pail_fs_attr attr;
    win.same_mount = other->client == v->client;
    win.names_from = win.from - (win.same_mount ? 0 : other->world->ttl_ns + PAIL_NS_PER_S);
    snprintf(root, sizeof root, "%s", other->root);
    int rc = fsv_getattr(v, fsw_path(other, path, full), &attr);
    sim_trace("a look at /%s: %s", full, rc ? strerrorname_np(rc) : "there");
    if (rc)
        refused(&win, v, rc, "looking at");
    else if (S_ISLNK(attr.mode))
        look_at_link(&win, v, full);
    else if (attr.kind != PAIL_KIND_DIR)
        look_at_file(&win, v, full);
    else {
        win.to = sim_now_ns();
        SIM_CHECK(was(&win, FSM_DIR) || strcmp(root, other->root) != 0,
                  "/%s is shown as a directory, which it was not", full);
    }
}
