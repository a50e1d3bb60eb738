/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The file system's rules on a small tree, as POSIX has them: the part of the product that is
 * written twice.
 */
#include "sim/fs_model.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"

#include "sim/report.h"

/* ---- Looking --------------------------------------------------------------------------------- */

struct fsm_node *fsm_find(struct fsm_tree *t, const char *path)
{
    for (unsigned i = 0; i < t->n; i++)
        if (*path && strcmp(t->nodes[i].path, path) == 0)
            return &t->nodes[i];
    return NULL;
}

struct fsm_node *fsm_by_id(struct fsm_tree *t, unsigned id)
{
    for (unsigned i = 0; i < t->n; i++)
        if (t->nodes[i].id == id)
            return &t->nodes[i];
    return NULL;
}

bool fsm_is_below(const char *path, const char *dir)
{
    size_t n = strlen(dir);
    return *path && (!n || (strncmp(path, dir, n) == 0 && path[n] == '/'));
}

bool fsm_is_child(const char *path, const char *dir)
{
    size_t n = strlen(dir);
    return fsm_is_below(path, dir) && !strchr(path + (n ? n + 1 : 0), '/');
}

unsigned fsm_children(const struct fsm_tree *t, const char *dir)
{
    unsigned n = 0;
    for (unsigned i = 0; i < t->n; i++)
        n += fsm_is_child(t->nodes[i].path, dir);
    return n;
}

bool fsm_has_room(const struct fsm_tree *t)
{
    return t->n < FSM_NODES - 4;
}

/* 0, ENOENT or ENOTDIR for the directory that path is to be in. */
static int check_parent(struct fsm_tree *t, const char *path)
{
    char dir[FSM_PATH];
    const char *slash = strrchr(path, '/');
    if (!slash)
        return 0;
    snprintf(dir, sizeof dir, "%.*s", (int)(slash - path), path);
    struct fsm_node *n = fsm_find(t, dir);
    if (!n)
        return ENOENT;
    return n->kind == FSM_DIR ? 0 : ENOTDIR;
}

/* ---- States ---------------------------------------------------------------------------------- */

bool fsm_same_state(const struct fsm_state *a, const struct fsm_state *b)
{
    if (a->kind != b->kind)
        return false;
    if (a->kind == FSM_FILE)
        return fsc_equal(a->content, b->content);
    return a->kind != FSM_LINK || strcmp(a->target, b->target) == 0;
}

bool fsm_may_be(const struct fsm_node *n, const struct fsm_state *s)
{
    for (unsigned i = 0; i < n->n_stored; i++)
        if (fsm_same_state(&n->stored[i], s))
            return true;
    return false;
}

void fsm_add_state(struct fsm_node *n, const struct fsm_state *s)
{
    if (fsm_may_be(n, s))
        return;
    SIM_CHECK(n->n_stored < FSM_STATES, "the model's states of %s are full", n->path);
    n->stored[n->n_stored++] = *s;
}

static struct fsm_state state_of(const struct fsm_node *n)
{
    struct fsm_state s = {.kind = n->kind, .content = n->kind == FSM_FILE ? n->view : NULL};
    memcpy(s.target, n->target, sizeof s.target);
    return s;
}

void fsm_change(struct fsm_node *n, const struct fsc *view)
{
    n->view = view;
    n->dirty = true;
    struct fsm_state s = state_of(n);
    fsm_add_state(n, &s);
}

void fsm_commit(struct fsm_node *n)
{
    n->dirty = n->half = false;
    n->stored[0] = state_of(n);
    n->n_stored = 1;
}

void fsm_describe(const struct fsm_state *s, char *to, size_t cap)
{
    if (s->kind == FSM_FILE)
        fsc_describe(s->content, to, cap);
    else if (s->kind == FSM_LINK)
        snprintf(to, cap, "link to %s", s->target);
    else
        snprintf(to, cap, "%s", s->kind == FSM_DIR ? "directory" : "absent");
}

/* ---- Operations ------------------------------------------------------------------------------ */

static struct fsm_node *add(struct fsm_tree *t, const char *path, enum fsm_kind kind, uint32_t mode)
{
    SIM_CHECK(t->n < FSM_NODES, "the model is full");
    struct fsm_node *n = &t->nodes[t->n++];
    *n = (struct fsm_node){.id = ++t->next_id, .kind = kind, .mode = mode, .view = fsc_empty()};
    snprintf(n->path, sizeof n->path, "%s", path);
    fsm_commit(n);
    return n;
}

void fsm_remove(struct fsm_tree *t, struct fsm_node *n)
{
    *n = t->nodes[--t->n];
}

/* The name goes; who has it open keeps it. */
static void unname(struct fsm_tree *t, struct fsm_node *n)
{
    if (n->handles)
        n->path[0] = '\0';
    else
        fsm_remove(t, n);
}

int fsm_create(struct fsm_tree *t, const char *path, uint32_t mode, bool excl, unsigned *ret_id)
{
    int e = check_parent(t, path);
    struct fsm_node *n = fsm_find(t, path);
    if (e)
        return e;
    if (n && excl)
        return EEXIST;
    if (n)
        return n->kind == FSM_DIR ? EISDIR : ELOOP; /* callers do not create over files */
    n = add(t, path, FSM_FILE, mode);
    n->dirty = true;
    fsm_add_state(n, &(struct fsm_state){.kind = FSM_ABSENT});
    *ret_id = n->id;
    return 0;
}

int fsm_mkdir(struct fsm_tree *t, const char *path, uint32_t mode)
{
    int e = check_parent(t, path);
    if (!e && fsm_find(t, path))
        e = EEXIST;
    if (!e)
        add(t, path, FSM_DIR, mode);
    return e;
}

int fsm_symlink(struct fsm_tree *t, const char *path, const char *target)
{
    int e = check_parent(t, path);
    if (!e && fsm_find(t, path))
        e = EEXIST;
    if (!e) {
        struct fsm_node *n = add(t, path, FSM_LINK, 0777);
        snprintf(n->target, sizeof n->target, "%s", target);
        fsm_commit(n);
    }
    return e;
}

int fsm_unlink(struct fsm_tree *t, const char *path)
{
    int e = check_parent(t, path);
    struct fsm_node *n = fsm_find(t, path);
    if (e)
        return e;
    if (!n)
        return ENOENT;
    if (n->kind == FSM_DIR)
        return EISDIR;
    unname(t, n);
    return 0;
}

int fsm_rmdir(struct fsm_tree *t, const char *path)
{
    int e = check_parent(t, path);
    struct fsm_node *n = fsm_find(t, path);
    if (e)
        return e;
    if (!n)
        return ENOENT;
    if (n->kind != FSM_DIR)
        return ENOTDIR;
    if (fsm_children(t, path))
        return ENOTEMPTY;
    fsm_remove(t, n);
    return 0;
}

static int check_rename(struct fsm_tree *t, const char *from, const char *to, bool noreplace)
{
    struct fsm_node *n = fsm_find(t, from), *old = fsm_find(t, to);
    int e = check_parent(t, from);
    if (!e)
        e = check_parent(t, to);
    if (e)
        return e;
    if (!n)
        return ENOENT;
    if (old && noreplace)
        return EEXIST;
    if (!old || old == n)
        return 0;
    if (old->kind == FSM_DIR && n->kind != FSM_DIR)
        return EISDIR;
    if (old->kind != FSM_DIR && n->kind == FSM_DIR)
        return ENOTDIR;
    return old->kind == FSM_DIR && fsm_children(t, to) ? ENOTEMPTY : 0;
}

int fsm_rename(struct fsm_tree *t, const char *from, const char *to, bool noreplace)
{
    int e = check_rename(t, from, to, noreplace);
    if (e || strcmp(from, to) == 0)
        return e;
    struct fsm_node *old = fsm_find(t, to);
    if (old)
        unname(t, old);
    size_t n = strlen(from);
    for (unsigned i = 0; i < t->n; i++) {
        char *path = t->nodes[i].path, moved[2 * FSM_PATH];
        if (strcmp(path, from) != 0 && !fsm_is_below(path, from))
            continue;
        snprintf(moved, sizeof moved, "%s%s", to, path + n);
        SIM_CHECK(strlen(moved) < FSM_PATH, "a path of the model is too long");
        memcpy(path, moved, strlen(moved) + 1);
        if (t->nodes[i].half && !t->nodes[i].dirty)
            fsm_commit(&t->nodes[i]); /* another object from now on */
    }
    return 0;
}

/* ---- The log --------------------------------------------------------------------------------- */

static void log_add(struct fsm_log *log, const char *path, const struct fsm_state *s, int64_t from)
{
    if (log->n == log->cap) {
        log->cap = log->cap ? log->cap * 2 : 256;
        log->entries = realloc(log->entries, log->cap * sizeof *log->entries);
        if (!log->entries)
            sim_fail("out of memory");
    }
    struct fsm_entry *e = &log->entries[log->n++];
    *e = (struct fsm_entry){.state = *s, .from = from, .to = PAIL_NEVER};
    snprintf(e->path, sizeof e->path, "%s", path);
}

static bool is_logged(const struct fsm_log *log, const char *path)
{
    for (size_t i = 0; i < log->n; i++)
        if (strcmp(log->entries[i].path, path) == 0)
            return true;
    return false;
}

static bool possible(const struct fsm_tree *t, const char *path, const struct fsm_state *s)
{
    for (unsigned i = 0; t && i < t->n; i++)
        if (strcmp(t->nodes[i].path, path) == 0)
            return fsm_may_be(&t->nodes[i], s);
    return t && s->kind == FSM_ABSENT;
}

static void open_states(struct fsm_log *log, const struct fsm_tree *t, int64_t since)
{
    const struct fsm_state absent = {.kind = FSM_ABSENT};
    for (unsigned i = 0; i < t->n; i++) {
        const struct fsm_node *n = &t->nodes[i];
        if (!n->path[0])
            continue;
        if (!is_logged(log, n->path))
            log_add(log, n->path, &absent, INT64_MIN);
        for (unsigned k = 0; k < n->n_stored; k++) {
            bool open = false;
            for (size_t j = 0; j < log->n && !open; j++)
                open = log->entries[j].to == PAIL_NEVER &&
                       strcmp(log->entries[j].path, n->path) == 0 &&
                       fsm_same_state(&log->entries[j].state, &n->stored[k]);
            if (!open)
                log_add(log, n->path, &n->stored[k], since);
        }
    }
}

void fsm_log_update(struct fsm_log *log, const struct fsm_tree *a, const struct fsm_tree *b,
                    int64_t since, int64_t now)
{
    const struct fsm_state absent = {.kind = FSM_ABSENT};
    size_t before = log->n;
    open_states(log, a, since);
    if (b)
        open_states(log, b, since);
    for (size_t i = 0; i < before; i++) {
        struct fsm_entry *e = &log->entries[i];
        if (e->to == PAIL_NEVER && !possible(a, e->path, &e->state) &&
            !possible(b, e->path, &e->state))
            e->to = now;
    }
    /* Absence is a state like the others. */
    size_t n = log->n;
    for (size_t i = 0; i < n; i++) {
        const char *path = log->entries[i].path;
        if (!possible(a, path, &absent) && !possible(b, path, &absent))
            continue;
        bool open = false;
        for (size_t k = 0; k < log->n && !open; k++)
            open = log->entries[k].to == PAIL_NEVER && log->entries[k].state.kind == FSM_ABSENT &&
                   strcmp(log->entries[k].path, path) == 0;
        if (!open) {
            char copy[FSM_PATH];
            snprintf(copy, sizeof copy, "%s", path);
            log_add(log, copy, &absent, since);
        }
    }
    for (size_t i = before; i < log->n; i++)
        if (!possible(a, log->entries[i].path, &log->entries[i].state) &&
            !possible(b, log->entries[i].path, &log->entries[i].state))
            log->entries[i].to = now;
}

struct fsm_touch *fsm_log_touch(struct fsm_log *log, const char *path, int64_t now)
{
    struct fsm_touch *t = &log->touches[log->n_touches++ % FSM_TOUCHES];
    *t = (struct fsm_touch){.from = now, .to = PAIL_NEVER};
    snprintf(t->path, sizeof t->path, "%s", path);
    return t;
}

const char *fsm_log_path(const struct fsm_log *log, size_t i)
{
    return i < log->n ? log->entries[i].path : NULL;
}
