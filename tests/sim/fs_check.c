/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Comparing the model with S3, with the worker's own mount, and with what others see of it.
 */
#include "sim/fs_worker.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/clock.h"

#include "sim/net.h"

/* ---- S3 -------------------------------------------------------------------------------------- */

static bool has(const struct fs_actual *a, const char *path)
{
    for (unsigned i = 0; i < a->n; i++)
        if (strcmp(a->entries[i].path, path) == 0)
            return true;
    return false;
}

static void add(struct fs_actual *a, const char *path, size_t len, enum fsm_kind kind,
                const unsigned char *data, size_t n)
{
    SIM_CHECK(a->n < PAIL_ARRAY_LEN(a->entries) && len < FSM_PATH,
              "S3 has more than the model can: %.*s", (int)len, path);
    snprintf(a->entries[a->n].path, FSM_PATH, "%.*s", (int)len, path);
    a->entries[a->n].kind = kind;
    a->entries[a->n].data = data;
    a->entries[a->n++].n = n;
}

/* Directories exist also without a marker, by what is in them. */
static void add_parents(struct fs_actual *a, const char *path)
{
    for (const char *slash = strchr(path, '/'); slash && slash[1]; slash = strchr(slash + 1, '/')) {
        char dir[FSM_PATH];
        snprintf(dir, sizeof dir, "%.*s", (int)(slash - path), path);
        if (!has(a, dir))
            add(a, dir, strlen(dir), FSM_DIR, NULL, 0);
    }
}

static bool is_link(const char *key)
{
    const char *mode = fake_s3_object_header(sim_net_s3(), FS_BUCKET, key, "x-amz-meta-mode");
    return mode && S_ISLNK(strtoul(mode, NULL, 10));
}

void fsx_peek(const struct fsw *w, struct fs_actual *ret)
{
    char prefix[64];
    size_t skip = (size_t)snprintf(prefix, sizeof prefix, "%s/%s/", FS_PREFIX, w->root);
    const char *key;
    ret->n = 0;
    for (size_t i = 0; (key = fake_s3_key(sim_net_s3(), FS_BUCKET, i)); i++) {
        if (strncmp(key, prefix, skip) != 0 || !key[skip])
            continue;
        size_t n = 0, len = strlen(key + skip);
        const unsigned char *data = fake_s3_get(sim_net_s3(), FS_BUCKET, key, &n, NULL);
        add_parents(ret, key + skip);
        if (key[skip + len - 1] != '/')
            add(ret, key + skip, len, is_link(key) ? FSM_LINK : FSM_FILE, data, n);
        else if (len > 1) {
            char dir[FSM_PATH];
            snprintf(dir, sizeof dir, "%.*s", (int)len - 1, key + skip);
            if (!has(ret, dir))
                add(ret, dir, len - 1, FSM_DIR, NULL, 0);
        }
    }
}

static bool is_state(const struct fsm_state *s, enum fsm_kind kind, const unsigned char *data,
                     size_t n)
{
    if (s->kind != kind)
        return false;
    if (kind == FSM_FILE)
        return s->content->size == n && fsc_same(s->content, 0, data, n, NULL);
    return kind != FSM_LINK || (strlen(s->target) == n && memcmp(s->target, data, n) == 0);
}

static int state_in(const struct fsm_node *node, const struct fs_actual *a, unsigned i)
{
    for (unsigned k = 0; k < node->n_stored; k++)
        if (is_state(&node->stored[k], a->entries[i].kind, a->entries[i].data, a->entries[i].n))
            return (int)k;
    return -1;
}

static void explain(const struct fsm_node *node, const struct fs_actual *a, unsigned i,
                    char why[256])
{
    char expected[140] = "";
    size_t at = 0;
    for (unsigned k = 0; k < node->n_stored && at < sizeof expected - 1; k++) {
        if (k)
            at += (size_t)snprintf(expected + at, sizeof expected - at, " or ");
        if (at < sizeof expected)
            fsm_describe(&node->stored[k], expected + at, sizeof expected - at);
        at = strlen(expected);
    }
    uint64_t bad = 0;
    const struct fsm_state *last = &node->stored[node->n_stored - 1];
    if (a->entries[i].kind == FSM_FILE && last->kind == FSM_FILE)
        fsc_same(last->content, 0, a->entries[i].data,
                 (size_t)pail_min_u64(a->entries[i].n, last->content->size), &bad);
    snprintf(why, 256, "S3 has %s with %zu bytes (kind %d, other at %llu), expected %s", node->path,
             a->entries[i].n, a->entries[i].kind, (unsigned long long)bad, expected);
}

bool fsx_match(struct fsm_tree *t, const struct fs_actual *a, char why[256])
{
    why[0] = '\0';
    for (unsigned i = 0; i < a->n; i++) {
        struct fsm_node *node = fsm_find(t, a->entries[i].path);
        if (!node) {
            snprintf(why, 256, "S3 has %s, which does not exist", a->entries[i].path);
            return false;
        }
        if (state_in(node, a, i) < 0) {
            explain(node, a, i, why);
            return false;
        }
    }
    const struct fsm_state absent = {.kind = FSM_ABSENT};
    for (unsigned k = 0; k < t->n; k++)
        if (t->nodes[k].path[0] && !has(a, t->nodes[k].path) &&
            !fsm_may_be(&t->nodes[k], &absent)) {
            snprintf(why, 256, "S3 does not have %s", t->nodes[k].path);
            return false;
        }
    return true;
}

bool fsx_nothing_lost(struct fsm_tree *t, const struct fs_actual *a, const char *from,
                      const char *to, char why[256])
{
    for (unsigned k = 0; k < t->n; k++) {
        const struct fsm_node *node = &t->nodes[k];
        char moved[2 * FSM_PATH];
        bool found = node->dirty || node->kind == FSM_DIR || !node->path[0];
        snprintf(moved, sizeof moved, "%s", node->path);
        if (fsm_is_below(node->path, from))
            snprintf(moved, sizeof moved, "%s%s", to, node->path + strlen(from));
        for (unsigned i = 0; i < a->n && !found; i++)
            found = (strcmp(a->entries[i].path, node->path) == 0 ||
                     strcmp(a->entries[i].path, moved) == 0) &&
                    state_in(node, a, i) >= 0;
        if (!found) {
            snprintf(why, 256, "%s is neither there nor at %s", node->path, moved);
            return false;
        }
    }
    return true;
}

bool fsx_take_node(struct fsm_node *node, const struct fs_actual *a)
{
    for (unsigned i = 0; i < a->n; i++) {
        int s = strcmp(a->entries[i].path, node->path) == 0 ? state_in(node, a, i) : -1;
        if (s < 0)
            continue;
        if (node->kind == FSM_FILE)
            node->view = node->stored[s].content;
        fsm_commit(node);
        return true;
    }
    return false;
}

void fsx_take(struct fsm_tree *t, const struct fs_actual *a)
{
    for (unsigned k = t->n; k-- > 0;) {
        struct fsm_node *node = &t->nodes[k];
        bool open = node->path[0] && (node->n_stored > 1 || node->dirty);
        if (open && !fsx_take_node(node, a))
            fsm_remove(t, node);
    }
}

/* ---- The mount ------------------------------------------------------------------------------- */

/* The whole file through a handle; the buffer stays for the next. */
static int read_all(struct fsv *v, struct fsv_file *f, uint64_t size, unsigned pieces,
                    unsigned char **ret, size_t *ret_n)
{
    unsigned char *buf = malloc(size + 65536 + 1);
    size_t done = 0, got = 1, step = (size_t)size / pieces + 1;
    int rc = 0;
    if (!buf)
        sim_fail("out of memory");
    while (got && !rc && done < size + 65536) {
        size_t want = done + step <= size + 65536 ? step : (size_t)size + 65536 - done;
        rc = fsv_read(v, f, done, buf + done, want, &got);
        done += rc ? 0 : got;
        if (pieces > 1 && got && !rc)
            pail_sleep_ns(50 * PAIL_NS_PER_MS);
    }
    if (rc) {
        free(buf);
        return rc;
    }
    *ret = buf;
    *ret_n = done;
    return 0;
}

static int verify_content(struct fsw *w, struct fsv *v, const struct fsm_node *node,
                          const char *path)
{
    struct fsv_file f;
    unsigned char *data;
    size_t n;
    uint64_t bad = 0;
    int rc = fsv_open(v, path, O_RDONLY, &f);
    if (rc)
        return rc;
    rc = read_all(v, &f, node->view->size, 1, &data, &n);
    fsv_release(v, &f);
    if (rc)
        return rc;
    if (n != node->view->size || !fsc_same(node->view, 0, data, n, &bad)) {
        char expected[160];
        fsc_describe(node->view, expected, sizeof expected);
        sim_fail("w%u: %s reads as %zu bytes, other at %llu, expected %s", w->number, path, n,
                 (unsigned long long)bad, expected);
    }
    free(data);
    return 0;
}

static int verify_node(struct fsw *w, struct fsv *v, struct fsm_node *node)
{
    char path[FSM_PATH + 20], text[64];
    struct pail_fs_attr attr;
    fsw_path(w, node->path, path);
    int rc = fsv_getattr(v, path, &attr);
    if (rc)
        return rc;
    enum fsm_kind kind = attr.kind == PAIL_KIND_DIR ? FSM_DIR
                         : S_ISLNK(attr.mode)       ? FSM_LINK
                                                    : FSM_FILE;
    SIM_CHECK(kind == node->kind, "w%u: %s has kind %d, expected %d", w->number, path, kind,
              node->kind);
    if (node->vague && kind != FSM_LINK)
        node->mode = attr.mode & 07777;
    SIM_CHECK(kind == FSM_LINK || (attr.mode & 07777) == node->mode,
              "w%u: %s has mode %o, expected %o", w->number, path, attr.mode & 07777, node->mode);
    if (kind == FSM_LINK) {
        rc = fsv_readlink(v, path, text, sizeof text);
        SIM_CHECK(rc || strcmp(text, node->target) == 0, "w%u: %s points to %s, expected %s",
                  w->number, path, text, node->target);
        return rc;
    }
    rc = fsv_getxattr(v, path, text, sizeof text);
    if (rc)
        return rc;
    if (node->vague)
        snprintf(node->xattr, sizeof node->xattr, "%.23s", text);
    SIM_CHECK(strcmp(text, node->xattr) == 0, "w%u: %s has xattr \"%s\", expected \"%s\"",
              w->number, path, text, node->xattr);
    if (kind == FSM_DIR)
        return 0;
    SIM_CHECK(attr.size == node->view->size, "w%u: %s has size %llu, expected %llu", w->number,
              path, (unsigned long long)attr.size, (unsigned long long)node->view->size);
    return verify_content(w, v, node, path);
}

struct names {
    struct fsw *w;
    const char *dir;
    bool plus;
    unsigned n, seen[FSM_NODES];
};

static void see_name(void *ud, const char *name, const struct pail_fs_attr *attr)
{
    struct names *s = ud;
    char path[2 * FSM_PATH + 256];
    snprintf(path, sizeof path, "%s%s%s", s->dir, *s->dir ? "/" : "", name);
    struct fsm_node *node = fsm_find(&s->w->tree, path);
    SIM_CHECK(node, "w%u: a listing of /%s/%s shows %s, which does not exist", s->w->number,
              s->w->root, s->dir, name);
    for (unsigned i = 0; i < s->n; i++)
        SIM_CHECK(s->seen[i] != node->id, "w%u: a listing of /%s/%s shows %s twice", s->w->number,
                  s->w->root, s->dir, name);
    s->seen[s->n++] = node->id;
    SIM_CHECK((attr->kind == PAIL_KIND_DIR) == (node->kind == FSM_DIR),
              "w%u: %s is listed with kind %d", s->w->number, path, attr->kind);
    if (s->plus && node->kind == FSM_FILE)
        SIM_CHECK(attr->size == node->view->size, "w%u: %s is listed with size %llu, expected %llu",
                  s->w->number, path, (unsigned long long)attr->size,
                  (unsigned long long)node->view->size);
}

static int verify_listing(struct fsw *w, struct fsv *v, const char *dir, bool plus)
{
    char path[FSM_PATH + 20];
    struct names s = {.w = w, .dir = dir, .plus = plus};
    int rc = fsv_list(v, fsw_path(w, dir, path), plus, see_name, &s);
    unsigned expected = fsm_children(&w->tree, dir);
    SIM_CHECK(rc || s.n == expected, "w%u: a listing of /%s shows %u names, expected %u", w->number,
              path, s.n, expected);
    return rc;
}

int fsx_verify(struct fsw *w, struct fsv *v)
{
    int rc = verify_listing(w, v, "", true);
    for (unsigned i = 0; i < w->tree.n && !rc; i++) {
        struct fsm_node *node = &w->tree.nodes[i];
        if (!node->path[0])
            continue;
        /* A directory's attributes are its marker's, which only its own listing shows to exist. */
        if (node->kind == FSM_DIR)
            rc = verify_listing(w, v, node->path, i % 2);
        if (!rc)
            rc = verify_node(w, v, node);
    }
    SIM_CHECK(!rc || fsw_transient(w, rc), "w%u: checking /%s: %s (%s)", w->number, w->root,
              strerrorname_np(rc), v->err.message);
    if (!rc)
        for (unsigned i = 0; i < w->tree.n; i++)
            w->tree.nodes[i].vague = w->tree.nodes[i].vague && w->tree.nodes[i].dirty;
    return rc;
}
