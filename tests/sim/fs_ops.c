/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One random operation at a time: what the worker does, and what the model says should come of it.
 *
 * Most names are drawn from a handful, so that operations meet: creating over what exists, renaming
 * onto something, removing what is open. Operations that the kernel would not pass on (a directory
 * into itself) are not tried.
 */
#include "sim/fs_worker.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

#include "base/clock.h"

#define MAX_FILE ((uint64_t)200000)
#define MAX_BIG_FILE ((uint64_t)20 << 20)

/* ---- Choosing -------------------------------------------------------------------------------- */

static uint64_t roll(struct fsw *w, uint64_t bound)
{
    return sim_rng_below(&w->rng, bound);
}

/* An existing node of that kind (FSM_ABSENT: any), or NULL. */
static struct fsm_node *pick_node(struct fsw *w, enum fsm_kind kind)
{
    unsigned n = 0;
    struct fsm_node *found = NULL;
    for (unsigned i = 0; i < w->tree.n; i++) {
        struct fsm_node *node = &w->tree.nodes[i];
        if (node->path[0] && (kind == FSM_ABSENT || node->kind == kind) && roll(w, ++n) == 0)
            found = node;
    }
    return found;
}

/* A name in some directory; it may exist. At most three levels deep. */
static void pick_path(struct fsw *w, char to[FSM_PATH])
{
    static const char *const names[] = {
        "a", "b", "c", "name with space", "\xc3\xa4.txt", "x%20y", "long-name-0123456789"};
    const struct fsm_node *dir = roll(w, 3) ? pick_node(w, FSM_DIR) : NULL;
    unsigned depth = 0;
    for (const char *p = dir ? dir->path : ""; *p; p++)
        depth += *p == '/';
    if (depth >= 2 || (dir && strlen(dir->path) > 30))
        dir = NULL;
    snprintf(to, FSM_PATH, "%.30s%s%s", dir ? dir->path : "", dir ? "/" : "",
             names[roll(w, PAIL_ARRAY_LEN(names))]);
}

static struct fsw_file *pick_file(struct fsw *w, bool writable)
{
    struct fsw_file *found = NULL;
    unsigned n = 0;
    for (unsigned i = 0; i < FSW_FILES; i++) {
        struct fsw_file *f = &w->files[i];
        bool fits = f->f.h && (!writable || (f->flags & O_ACCMODE) != O_RDONLY);
        if (fits && roll(w, ++n) == 0)
            found = f;
    }
    return found;
}

static struct fsw_file *free_slot(struct fsw *w)
{
    for (unsigned i = 0; i < FSW_FILES; i++)
        if (!w->files[i].f.h)
            return &w->files[i];
    return NULL;
}

static uint64_t max_size(const struct fsw *w)
{
    return w->world->big ? MAX_BIG_FILE : MAX_FILE;
}

/* ---- Files ----------------------------------------------------------------------------------- */

static void note_open(struct fsw *w, struct fsw_file *slot, const struct fsv_file *f, unsigned id,
                      int flags)
{
    *slot = (struct fsw_file){.f = *f, .id = id, .flags = flags};
    fsm_by_id(&w->tree, id)->handles++;
}

static void op_create(struct fsw *w)
{
    char path[FSM_PATH], full[FSM_PATH + 20];
    struct fsw_file *slot = free_slot(w);
    struct fsv_file f;
    unsigned id = 0;
    uint32_t mode = roll(w, 2) ? 0644 : 0600;
    bool excl = roll(w, 4) == 0;
    pick_path(w, path);
    struct fsm_node *old = fsm_find(&w->tree, path);
    if (!slot || !fsm_has_room(&w->tree) || (old && !excl))
        return;
    int flags = O_CREAT | (excl ? O_EXCL : 0) | (roll(w, 2) ? O_RDWR : O_WRONLY);
    int expect = fsm_create(fsw_plan(w), path, mode, excl, &id);
    fsw_begin(w, expect, "create %s%s", path, excl ? " exclusively" : "");
    int rc = fsv_create(&w->v, fsw_path(w, path, full), mode, flags, &f);
    if (fsw_end(w, rc))
        note_open(w, slot, &f, id, flags);
}

static void op_open(struct fsw *w)
{
    static const int modes[] = {O_RDONLY,           O_RDWR,           O_RDWR, O_WRONLY,
                                O_WRONLY | O_TRUNC, O_RDWR | O_APPEND};
    char full[FSM_PATH + 20];
    struct fsw_file *slot = free_slot(w);
    struct fsm_node *node = pick_node(w, FSM_FILE);
    struct fsv_file f;
    if (!slot || !node || node->n_stored > FSM_STATES / 2)
        return;
    int flags = modes[roll(w, PAIL_ARRAY_LEN(modes))];
    unsigned id = node->id;
    struct fsm_tree *post = fsw_plan(w);
    if (flags & O_TRUNC)
        fsm_change(fsm_by_id(post, id), fsc_empty());
    fsw_begin(w, 0, "open %s flags %o", node->path, flags);
    if (fsw_end(w, fsv_open(&w->v, fsw_path(w, node->path, full), flags, &f)))
        note_open(w, slot, &f, id, flags);
}

static bool flush(struct fsw *w, struct fsw_file *f, bool sync)
{
    struct fsm_node *node = fsm_by_id(&w->tree, f->id);
    bool vague = node->vague;
    struct fsm_tree *post = fsw_plan(w);
    /* Closing a descriptor that cannot write promises nothing about what others wrote. */
    if (sync || (f->flags & O_ACCMODE) != O_RDONLY)
        fsm_commit(fsm_by_id(post, f->id));
    fsw_begin(w, 0, "%s %s", sync ? "fsync" : "flush", node->path[0] ? node->path : "(removed)");
    int rc = sync ? fsv_fsync(&w->v, &f->f) : fsv_flush(&w->v, &f->f);
    if (rc == ESTALE && vague) {
        /* Our own change, made when its answer was lost, stands in the way. Nothing is overwritten,
         * the bytes are kept. */
        w->expect = ESTALE;
        w->post = w->tree;
        f->broken = true;
    }
    return fsw_end(w, rc);
}

static void close_file(struct fsw *w, struct fsw_file *f)
{
    if (!f->broken)
        flush(w, f, false);
    unsigned id = f->id;
    fsv_release(&w->v, &f->f);
    struct fsm_node *node = fsm_by_id(&w->tree, id);
    if (node)
        node->handles--;
    sim_trace("w%u released %s", w->number, node && node->path[0] ? node->path : "(removed)");
    fsw_adopt(w, id);
}

static void op_close(struct fsw *w)
{
    struct fsw_file *f = pick_file(w, false);
    if (f)
        close_file(w, f);
}

static void op_fsync(struct fsw *w)
{
    struct fsw_file *f = pick_file(w, true);
    if (f && !f->broken)
        flush(w, f, true);
}

void fsw_close_all(struct fsw *w)
{
    for (unsigned i = 0; i < FSW_FILES; i++)
        if (w->files[i].f.h)
            close_file(w, &w->files[i]);
}

/* Unacknowledged states do not pile up. */
static bool too_many_states(struct fsw *w, struct fsw_file *f)
{
    if (fsm_by_id(&w->tree, f->id)->n_stored < FSM_STATES - 3)
        return false;
    if (!f->broken)
        flush(w, f, true);
    if (fsm_by_id(&w->tree, f->id)->n_stored >= FSM_STATES - 3)
        close_file(w, f);
    return true;
}

static void op_write(struct fsw *w)
{
    struct fsw_file *f = pick_file(w, true);
    if (!f || too_many_states(w, f))
        return;
    struct fsm_node *node = fsm_by_id(&w->tree, f->id);
    uint64_t size = node->view->size, max = max_size(w);
    uint64_t at = f->flags & O_APPEND || roll(w, 3) ? size : roll(w, size + size / 4 + 1);
    uint64_t longest = w->world->big && roll(w, 2) ? (uint64_t)7 << 20 : 30000;
    uint64_t n = 1 + roll(w, roll(w, 3) ? longest : 100), token = w->next_token++;
    if (at + n > max)
        return;
    unsigned char *buf = malloc(n);
    if (!buf)
        sim_fail("out of memory");
    fsc_fill(token, at, buf, n);
    fsm_change(fsm_by_id(fsw_plan(w), f->id), fsc_write(node->view, at, n, token));
    fsw_begin(w, 0, "write %s %llu+%llu w%llu", node->path[0] ? node->path : "(removed)",
              (unsigned long long)at, (unsigned long long)n, (unsigned long long)token);
    size_t done = n;
    int rc = fsv_write_some(&w->v, &f->f, at, buf, n, &done);
    SIM_CHECK(rc || (done && done <= n), "w%u: %s took %zu bytes", w->number, w->what, done);
    if (!rc && done < n) {
        sim_trace("w%u: the first %zu bytes were taken", w->number, done);
        fsm_change(fsm_by_id(fsw_plan(w), f->id), fsc_write(node->view, at, done, token));
    }
    fsw_end(w, rc);
    free(buf);
}

static void op_read(struct fsw *w)
{
    struct fsw_file *f = pick_file(w, false);
    if (!f || (f->flags & O_ACCMODE) == O_WRONLY)
        return;
    struct fsm_node *node = fsm_by_id(&w->tree, f->id);
    uint64_t at = roll(w, node->view->size + 1), n = 1 + roll(w, roll(w, 2) ? 200000 : 5000),
             bad = 0;
    uint64_t left = node->view->size - at, expect = n < left ? n : left;
    unsigned char *buf = malloc(n);
    size_t got = 0;
    if (!buf)
        sim_fail("out of memory");
    int rc = fsv_read(&w->v, &f->f, at, buf, n, &got);
    sim_trace("w%u read %s %llu+%llu: %s", w->number, node->path, (unsigned long long)at,
              (unsigned long long)n, rc ? strerrorname_np(rc) : "done");
    SIM_CHECK(!rc || fsw_transient(w, rc) || (rc == ESTALE && node->vague),
              "w%u: reading %s: %s (%s)", w->number, node->path, strerrorname_np(rc),
              w->v.err.message);
    if (!rc) {
        SIM_CHECK(got == expect, "w%u: %s at %llu gives %zu bytes, expected %llu", w->number,
                  node->path, (unsigned long long)at, got, (unsigned long long)expect);
        SIM_CHECK(fsc_same(node->view, at, buf, got, &bad), "w%u: %s has other bytes at %llu",
                  w->number, node->path, (unsigned long long)bad);
    }
    free(buf);
}

static bool has_writer(const struct fsw *w, unsigned id)
{
    for (unsigned i = 0; i < FSW_FILES; i++)
        if (w->files[i].f.h && w->files[i].id == id && (w->files[i].flags & O_ACCMODE) != O_RDONLY)
            return true;
    return false;
}

/* While somebody has the file open for writing its size is part of what is to be committed. */
static void op_truncate(struct fsw *w)
{
    char full[FSM_PATH + 20];
    struct fsw_file *f = roll(w, 2) ? pick_file(w, true) : NULL;
    struct fsm_node *node = f ? fsm_by_id(&w->tree, f->id) : pick_node(w, FSM_FILE);
    if (!node || !node->path[0] || node->n_stored > FSM_STATES - 3)
        return;
    uint64_t size = roll(w, 2) ? roll(w, node->view->size + 1) : roll(w, max_size(w));
    unsigned id = node->id;
    struct fsm_tree *post = fsw_plan(w);
    fsm_change(fsm_by_id(post, id), fsc_truncate(node->view, size));
    if (!has_writer(w, id))
        fsm_commit(fsm_by_id(post, id));
    fsw_begin(w, 0, "truncate %s to %llu%s", node->path, (unsigned long long)size,
              f ? ", open" : "");
    fsw_end(w, fsv_truncate(&w->v, fsw_path(w, node->path, full), f ? f->f.h : NULL, size));
}

/* ---- Names ----------------------------------------------------------------------------------- */

static void op_mkdir(struct fsw *w)
{
    char path[FSM_PATH], full[FSM_PATH + 20];
    pick_path(w, path);
    if (!fsm_has_room(&w->tree))
        return;
    int expect = fsm_mkdir(fsw_plan(w), path, 0755);
    fsw_begin(w, expect, "mkdir %s", path);
    fsw_end(w, fsv_mkdir(&w->v, fsw_path(w, path, full), 0755));
}

static void op_rmdir(struct fsw *w)
{
    char path[FSM_PATH], full[FSM_PATH + 20];
    struct fsm_node *node = pick_node(w, roll(w, 8) ? FSM_DIR : FSM_ABSENT);
    if (!node)
        return;
    snprintf(path, sizeof path, "%s", node->path);
    int expect = fsm_rmdir(fsw_plan(w), path);
    fsw_begin(w, expect, "rmdir %s", path);
    fsw_end(w, fsv_rmdir(&w->v, fsw_path(w, path, full)));
}

static void op_unlink(struct fsw *w)
{
    char path[FSM_PATH], full[FSM_PATH + 20];
    struct fsm_node *node = roll(w, 8) ? pick_node(w, roll(w, 4) ? FSM_FILE : FSM_LINK) : NULL;
    if (node)
        snprintf(path, sizeof path, "%s", node->path);
    else
        pick_path(w, path);
    int expect = fsm_unlink(fsw_plan(w), path);
    snprintf(w->from, sizeof w->from, "%s", path);
    fsw_begin(w, expect, "unlink %s", path);
    int rc = fsv_unlink(&w->v, fsw_path(w, path, full));
    if (expect == EISDIR && rc == EPERM) /* POSIX's word for it */
        rc = EISDIR;
    fsw_end(w, rc);
}

static void op_symlink(struct fsw *w)
{
    char path[FSM_PATH], full[FSM_PATH + 20], target[FSM_TARGET];
    pick_path(w, path);
    if (!fsm_has_room(&w->tree))
        return;
    snprintf(target, sizeof target, "../somewhere/%llu", (unsigned long long)roll(w, 1000));
    int expect = fsm_symlink(fsw_plan(w), path, target);
    fsw_begin(w, expect, "symlink %s", path);
    fsw_end(w, fsv_symlink(&w->v, fsw_path(w, path, full), target));
}

static void op_rename(struct fsw *w)
{
    char from[FSM_PATH], to[FSM_PATH], full[FSM_PATH + 20], to_full[FSM_PATH + 20];
    struct fsm_node *node = pick_node(w, roll(w, 3) ? FSM_FILE : FSM_ABSENT);
    struct fsm_node *onto = roll(w, 3) == 0 ? pick_node(w, FSM_ABSENT) : NULL;
    if (!node)
        return;
    snprintf(from, sizeof from, "%s", node->path);
    if (onto)
        snprintf(to, sizeof to, "%s", onto->path);
    else
        pick_path(w, to);
    size_t longest = 0;
    for (unsigned i = 0; i < w->tree.n; i++)
        if (fsm_is_below(w->tree.nodes[i].path, from) && strlen(w->tree.nodes[i].path) > longest)
            longest = strlen(w->tree.nodes[i].path);
    if (fsm_is_below(to, from) || longest + strlen(to) >= FSM_PATH)
        return;
    if (node->kind == FSM_DIR &&
        fsm_is_below(from, to)) /* onto its own parent: not empty in any case */
        return;
    if (strcmp(from, to) == 0) /* the kernel's own business */
        return;
    bool noreplace = roll(w, 4) == 0, tree = node->kind == FSM_DIR;
    int expect = fsm_rename(fsw_plan(w), from, to, noreplace);
    w->tree_rename = tree;
    snprintf(w->from, sizeof w->from, "%s", from);
    snprintf(w->to, sizeof w->to, "%s", to);
    fsw_begin(w, expect, "rename %s to %s%s", from, to, noreplace ? " if absent" : "");
    fsw_end(w, fsv_rename(&w->v, fsw_path(w, from, full), fsw_path(w, to, to_full), noreplace));
}

/* ---- Attributes ------------------------------------------------------------------------------ */

static void op_chmod(struct fsw *w)
{
    static const uint32_t modes[] = {0600, 0644, 0755, 0400, 0664};
    char full[FSM_PATH + 20];
    struct fsm_node *node = pick_node(w, roll(w, 4) ? FSM_FILE : FSM_DIR);
    if (!node)
        return;
    uint32_t mode = modes[roll(w, PAIL_ARRAY_LEN(modes))];
    fsm_by_id(fsw_plan(w), node->id)->mode = mode;
    fsw_begin(w, 0, "chmod %o %s", mode, node->path);
    struct fsm_touch *t = fsm_log_touch(&w->log, node->path, sim_now_ns());
    fsw_end(w, fsv_chmod(&w->v, fsw_path(w, node->path, full), mode));
    t->to = sim_now_ns();
}

static void op_setxattr(struct fsw *w)
{
    char full[FSM_PATH + 20], value[FSM_XATTR] = "";
    struct fsm_node *node = pick_node(w, roll(w, 4) ? FSM_FILE : FSM_DIR);
    if (!node)
        return;
    if (!node->xattr[0] || roll(w, 3))
        snprintf(value, sizeof value, "value %llu", (unsigned long long)roll(w, 100000));
    memcpy(fsm_by_id(fsw_plan(w), node->id)->xattr, value, sizeof value);
    fsw_begin(w, 0, "%s xattr of %s", value[0] ? "set" : "remove", node->path);
    struct fsm_touch *t = fsm_log_touch(&w->log, node->path, sim_now_ns());
    fsw_end(w, fsv_setxattr(&w->v, fsw_path(w, node->path, full), value[0] ? value : NULL));
    t->to = sim_now_ns();
}

static void op_lookup(struct fsw *w)
{
    char path[FSM_PATH], full[FSM_PATH + 20];
    struct pail_fs_attr attr;
    pick_path(w, path);
    struct fsm_node *node = fsm_find(&w->tree, path);
    int rc = fsv_getattr(&w->v, fsw_path(w, path, full), &attr);
    sim_trace("w%u stat %s: %s", w->number, path, rc ? strerrorname_np(rc) : "there");
    if (fsw_transient(w, rc))
        return;
    SIM_CHECK(rc == (node ? 0 : ENOENT), "w%u: stat %s: %s (%s)", w->number, path,
              rc ? strerrorname_np(rc) : "exists", w->v.err.message);
    SIM_CHECK(rc || node->kind != FSM_FILE || attr.size == node->view->size,
              "w%u: %s has size %llu, expected %llu", w->number, path,
              (unsigned long long)attr.size, node ? (unsigned long long)node->view->size : 0);
}

static void op_verify(struct fsw *w)
{
    sim_trace("w%u checks everything", w->number);
    fsx_verify(w, &w->v);
}

static void op_look(struct fsw *w)
{
    struct fs_world *world = w->world;
    struct fsw *other = world->workers[roll(w, world->n_workers)];
    const char *path = other->log.n ? fsm_log_path(&other->log, roll(w, other->log.n)) : NULL;
    char copy[FSM_PATH];
    if (other == w || !path)
        return;
    snprintf(copy, sizeof copy, "%s", path);
    fsx_look(other, &w->v, copy);
}

static void op_wait(struct fsw *w)
{
    pail_sleep_ns(roll(w, 10) ? sim_rng_range(&w->rng, 0, 2 * PAIL_NS_PER_S) : 70 * PAIL_NS_PER_S);
}

void fsw_step(struct fsw *w)
{
    static const struct {
        unsigned weight;
        void (*run)(struct fsw *w);
    } ops[] = {
        {10, op_create}, {8, op_open},           {20, op_write},       {8, op_read},
        {8, op_close},   {3, op_fsync},          {4, op_truncate},     {5, op_mkdir},
        {4, op_rmdir},   {5, op_unlink},         {3, op_symlink},      {7, op_rename},
        {4, op_chmod},   {3, op_setxattr},       {5, op_lookup},       {3, op_verify},
        {6, op_look},    {2, fsw_append_shared}, {2, fsw_lock_shared}, {4, op_wait},
        {4, fsw_post},   {5, fsw_read_post},
    };
    unsigned total = 0;
    for (size_t i = 0; i < PAIL_ARRAY_LEN(ops); i++)
        total += ops[i].weight;
    uint64_t at = roll(w, total);
    for (size_t i = 0; i < PAIL_ARRAY_LEN(ops); i++) {
        if (at < ops[i].weight) {
            ops[i].run(w);
            return;
        }
        at -= ops[i].weight;
    }
}
