/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Mounting on a simulated machine, and the kernel's part of each call.
 *
 * The kernel would cache names and attributes for as long as it is told; here every path is looked
 * up anew, because what is cached in a kernel that the simulation does not have cannot be wrong in
 * the file system. Large directories are read through a small buffer, so that continuing by cookie
 * is what usually happens.
 */
#include "sim/fs_client.h"

#include <errno.h>
#include <stdlib.h>

#include "auth/session.h"
#include "core/errno.h"

#include "sim/net.h"
#include "sim/sched.h"

#define READDIR_ROOM 5u

/* ---- Mounts ---------------------------------------------------------------------------------- */

void fs_client_init(struct fs_client *c, unsigned machine, const struct fs_client_options *opt)
{
    char name[16];
    snprintf(name, sizeof name, "m%u", machine);
    *c = (struct fs_client){.machine = machine, .opt = *opt, .disk = sim_disk_find(name)};
    if (!c->disk)
        c->disk = sim_disk_new(name, &(struct sim_disk_options){.capacity = FS_DISK});
    sim_env_set(machine, "AWS_ACCESS_KEY_ID", "AKIDSIMULATION");
    sim_env_set(machine, "AWS_SECRET_ACCESS_KEY", "secret-of-the-simulation");
    sim_env_set(machine, "AWS_REGION", "us-east-1");
}

static int connect(struct fs_client *c, struct pail_error *err)
{
    struct pail_session_options so = PAIL_SESSION_OPTIONS_INIT;
    struct pail_s3_options s3o = PAIL_S3_OPTIONS_INIT;
    so.endpoint_url = "http://s3.sim:9000";
    so.connect_timeout_ms = 3000;
    so.read_timeout_ms = 10000;
    s3o.addressing = PAIL_S3_PATH;
    int rc = pail_session_new_on(&so, sim_transport_new(0), &c->session, err);
    if (rc == 0)
        rc = pail_s3_new(c->session, &s3o, &c->s3, err);
    return rc;
}

static int prepare_dirs(const struct fs_client *c, char state[32], char cache[32],
                        struct pail_error *err)
{
    snprintf(state, 32, "/m%u/state", c->machine);
    snprintf(cache, 32, "/m%u/cache", c->machine);
    int rc = pail_file_mkdirs(state, 0700, err);
    return rc < 0 ? rc : pail_file_mkdirs(cache, 0700, err);
}

static void disconnect(struct fs_client *c)
{
    c->s3 = pail_s3_unref(c->s3);
    c->session = pail_session_unref(c->session);
}

int fs_client_mount(struct fs_client *c, struct pail_error *err)
{
    char state[32], cache[32];
    int rc = connect(c, err);
    if (rc == 0)
        rc = prepare_dirs(c, state, cache, err);
    if (rc == 0) {
        struct pail_fs_options opt = {
            .s3 = c->s3,
            .bucket = FS_BUCKET,
            .prefix = FS_PREFIX,
            .state_dir = state,
            .cache_dir = cache,
            .uid = 1000,
            .gid = 1000,
            .file_mode = 0644,
            .dir_mode = 0755,
            .metadata_ttl_ns = c->opt.metadata_ttl_ns,
            .op_timeout_ms = c->opt.op_timeout_ms,
            .write_memory = c->opt.write_memory,
            .staging_limit = c->opt.staging_limit,
        };
        rc = pail_fs_new(&opt, &c->fs, err);
    }
    if (rc < 0) {
        disconnect(c);
        return pail_errno(err);
    }
    return 0;
}

void fs_client_unmount(struct fs_client *c)
{
    pail_fs_free(c->fs);
    c->fs = NULL;
    disconnect(c);
}

void fs_client_forget(struct fs_client *c)
{
    c->fs = NULL;
    c->s3 = NULL;
    c->session = NULL;
}

/* ---- Paths ----------------------------------------------------------------------------------- */

static int result(struct fsv *v, int rc)
{
    return rc < 0 ? pail_errno(&v->err) : 0;
}

void fsv_forget(struct fsv *v, uint64_t ino)
{
    if (ino != PAIL_INO_ROOT)
        pail_fs_forget(v->client->fs, ino, 1);
}

static int lookup_one(struct fsv *v, uint64_t dir, struct pail_str name, struct pail_fs_entry *ret)
{
    return result(v, pail_fs_lookup(v->client->fs, &v->ctx, dir, name, ret, &v->err));
}

/* The inode of everything before the last component, which *ret_name becomes. */
static int parent_of(struct fsv *v, const char *path, uint64_t *ret, struct pail_str *ret_name)
{
    uint64_t dir = PAIL_INO_ROOT;
    for (;;) {
        size_t n = strcspn(path, "/");
        if (!path[n]) {
            *ret = dir;
            *ret_name = pail_strn(path, n);
            return 0;
        }
        struct pail_fs_entry e;
        int rc = lookup_one(v, dir, pail_strn(path, n), &e);
        fsv_forget(v, dir);
        if (rc)
            return rc;
        if (e.attr.kind != PAIL_KIND_DIR) {
            fsv_forget(v, e.attr.ino);
            return ENOTDIR;
        }
        dir = e.attr.ino;
        path += n + 1;
    }
}

int fsv_lookup(struct fsv *v, const char *path, struct pail_fs_entry *ret)
{
    uint64_t dir;
    struct pail_str name;
    if (!*path) {
        memset(ret, 0, sizeof *ret);
        ret->attr.ino = PAIL_INO_ROOT;
        ret->attr.kind = PAIL_KIND_DIR;
        return 0;
    }
    int rc = parent_of(v, path, &dir, &name);
    if (rc)
        return rc;
    rc = lookup_one(v, dir, name, ret);
    fsv_forget(v, dir);
    return rc;
}

int fsv_getattr(struct fsv *v, const char *path, struct pail_fs_attr *ret)
{
    struct pail_fs_entry e, now;
    int rc = fsv_lookup(v, path, &e);
    if (rc)
        return rc;
    rc = result(v, pail_fs_getattr(v->client->fs, e.attr.ino, NULL, &now, &v->err));
    fsv_forget(v, e.attr.ino);
    if (!rc)
        *ret = now.attr;
    return rc;
}

int fsv_mkdir(struct fsv *v, const char *path, uint32_t mode)
{
    uint64_t dir;
    struct pail_str name;
    struct pail_fs_entry e;
    int rc = parent_of(v, path, &dir, &name);
    if (rc)
        return rc;
    rc = result(v, pail_fs_mkdir(v->client->fs, &v->ctx, dir, name, mode, &e, &v->err));
    if (!rc)
        fsv_forget(v, e.attr.ino);
    fsv_forget(v, dir);
    return rc;
}

int fsv_symlink(struct fsv *v, const char *path, const char *target)
{
    uint64_t dir;
    struct pail_str name;
    struct pail_fs_entry e;
    int rc = parent_of(v, path, &dir, &name);
    if (rc)
        return rc;
    rc = result(v,
                pail_fs_symlink(v->client->fs, &v->ctx, dir, name, pail_str(target), &e, &v->err));
    if (!rc)
        fsv_forget(v, e.attr.ino);
    fsv_forget(v, dir);
    return rc;
}

static void take_text(struct pail_buf *b, char *ret, size_t cap)
{
    snprintf(ret, cap, "%.*s", (int)b->len, pail_buf_cstr(b));
    pail_buf_done(b);
}

int fsv_readlink(struct fsv *v, const char *path, char *ret, size_t cap)
{
    struct pail_fs_entry e;
    struct pail_buf b = PAIL_BUF_INIT(65536);
    int rc = fsv_lookup(v, path, &e);
    if (rc)
        return rc;
    rc = result(v, pail_fs_readlink(v->client->fs, e.attr.ino, &b, &v->err));
    fsv_forget(v, e.attr.ino);
    take_text(&b, ret, cap);
    return rc;
}

int fsv_unlink(struct fsv *v, const char *path)
{
    uint64_t dir;
    struct pail_str name;
    int rc = parent_of(v, path, &dir, &name);
    if (rc)
        return rc;
    rc = result(v, pail_fs_unlink(v->client->fs, &v->ctx, dir, name, &v->err));
    fsv_forget(v, dir);
    return rc;
}

int fsv_rmdir(struct fsv *v, const char *path)
{
    uint64_t dir;
    struct pail_str name;
    int rc = parent_of(v, path, &dir, &name);
    if (rc)
        return rc;
    rc = result(v, pail_fs_rmdir(v->client->fs, &v->ctx, dir, name, &v->err));
    fsv_forget(v, dir);
    return rc;
}

int fsv_rename(struct fsv *v, const char *from, const char *to, bool noreplace)
{
    uint64_t dir, to_dir;
    struct pail_str name, to_name;
    int rc = parent_of(v, from, &dir, &name);
    if (rc)
        return rc;
    rc = parent_of(v, to, &to_dir, &to_name);
    if (!rc) {
        rc = result(v, pail_fs_rename(v->client->fs, &v->ctx, dir, name, to_dir, to_name,
                                      noreplace ? PAIL_FS_RENAME_NOREPLACE : 0, &v->err));
        fsv_forget(v, to_dir);
    }
    fsv_forget(v, dir);
    return rc;
}

static int setattr(struct fsv *v, const char *path, struct pail_fs_handle *h,
                   const struct pail_fs_setattr *set)
{
    struct pail_fs_entry e, now;
    int rc = fsv_lookup(v, path, &e);
    if (rc)
        return rc;
    rc = result(v, pail_fs_setattr(v->client->fs, &v->ctx, e.attr.ino, h, set, &now, &v->err));
    fsv_forget(v, e.attr.ino);
    return rc;
}

int fsv_chmod(struct fsv *v, const char *path, uint32_t mode)
{
    return setattr(v, path, NULL, &(struct pail_fs_setattr){.set = PAIL_FS_SET_MODE, .mode = mode});
}

int fsv_truncate(struct fsv *v, const char *path, struct pail_fs_handle *h, uint64_t size)
{
    return setattr(v, path, h, &(struct pail_fs_setattr){.set = PAIL_FS_SET_SIZE, .size = size});
}

int fsv_setxattr(struct fsv *v, const char *path, const char *value)
{
    struct pail_fs_entry e;
    int rc = fsv_lookup(v, path, &e);
    if (rc)
        return rc;
    rc = result(v, pail_fs_setxattr(v->client->fs, &v->ctx, e.attr.ino, PAIL_STR("user.sim"),
                                    pail_str(value), 0, &v->err));
    fsv_forget(v, e.attr.ino);
    return rc;
}

int fsv_getxattr(struct fsv *v, const char *path, char *ret, size_t cap)
{
    struct pail_fs_entry e;
    struct pail_buf b = PAIL_BUF_INIT(65536);
    int rc = fsv_lookup(v, path, &e);
    if (rc)
        return rc;
    rc = result(v, pail_fs_getxattr(v->client->fs, e.attr.ino, PAIL_STR("user.sim"), &b, &v->err));
    fsv_forget(v, e.attr.ino);
    if (rc == ENODATA) {
        pail_buf_reset(&b);
        rc = 0;
    }
    take_text(&b, ret, cap);
    return rc;
}

/* ---- Files ----------------------------------------------------------------------------------- */

int fsv_create(struct fsv *v, const char *path, uint32_t mode, int flags, struct fsv_file *ret)
{
    uint64_t dir;
    struct pail_str name;
    struct pail_fs_entry e;
    struct pail_fs_open_result open;
    int rc = parent_of(v, path, &dir, &name);
    if (rc)
        return rc;
    /* The kernel looks before it creates. */
    rc = lookup_one(v, dir, name, &e);
    if (rc != ENOENT) {
        fsv_forget(v, dir);
        if (rc == 0)
            fsv_forget(v, e.attr.ino);
        return rc ? rc : EEXIST;
    }
    rc = result(v,
                pail_fs_create(v->client->fs, &v->ctx, dir, name, mode, flags, &e, &open, &v->err));
    fsv_forget(v, dir);
    if (!rc)
        *ret = (struct fsv_file){.h = open.handle, .ino = e.attr.ino};
    return rc;
}

int fsv_open(struct fsv *v, const char *path, int flags, struct fsv_file *ret)
{
    struct pail_fs_entry e;
    struct pail_fs_open_result open;
    int rc = fsv_lookup(v, path, &e);
    if (rc)
        return rc;
    rc = result(v, pail_fs_open(v->client->fs, &v->ctx, e.attr.ino, flags, &open, &v->err));
    if (rc) {
        fsv_forget(v, e.attr.ino);
        return rc;
    }
    *ret = (struct fsv_file){.h = open.handle, .ino = e.attr.ino};
    return 0;
}

struct read_wait {
    struct pail_mutex lock;
    struct pail_cond cond;
    char *dst;
    size_t n, got;
    struct pail_error *err;
    unsigned dones;
    int rc;
};

static void read_done(void *ud, const struct pail_bytes *segments, size_t n,
                      const struct pail_error *err)
{
    struct read_wait *w = ud;
    PAIL_LOCKED(&w->lock);
    w->dones++;
    SIM_CHECK(w->dones == 1, "a read ended twice");
    if (err) {
        pail_error_copy(w->err, err);
        w->rc = err->code;
    }
    for (size_t i = 0; !err && i < n; i++) {
        SIM_CHECK(w->got + segments[i].len <= w->n, "a read gives more than was asked for");
        memcpy(w->dst + w->got, segments[i].ptr, segments[i].len);
        w->got += segments[i].len;
    }
    pail_cond_signal(&w->cond);
}

int fsv_read(struct fsv *v, struct fsv_file *f, uint64_t at, void *dst, size_t n, size_t *ret_n)
{
    struct read_wait w = {.dst = dst, .n = n, .err = &v->err};
    pail_mutex_init(&w.lock, "read", PAIL_RANK_LEAF);
    pail_cond_init(&w.cond);
    pail_fs_read(v->client->fs, f->h, at, n, read_done, &w);
    pail_mutex_lock(&w.lock);
    while (!w.dones)
        pail_cond_wait(&w.cond, &w.lock);
    pail_mutex_unlock(&w.lock);
    pail_mutex_done(&w.lock);
    pail_cond_done(&w.cond);
    *ret_n = w.got;
    return result(v, w.rc);
}

int fsv_write_some(struct fsv *v, struct fsv_file *f, uint64_t at, const void *p, size_t n,
                   size_t *ret_n)
{
    return result(v, pail_fs_write(v->client->fs, f->h, at, p, n, ret_n, &v->err));
}

int fsv_write(struct fsv *v, struct fsv_file *f, uint64_t at, const void *p, size_t n)
{
    const char *from = p;
    int rc = 0;
    for (size_t done = 0, some = 0; done < n && !rc; done += some)
        rc = fsv_write_some(v, f, at + done, from + done, n - done, &some);
    return rc;
}

int fsv_flush(struct fsv *v, struct fsv_file *f)
{
    return result(v, pail_fs_flush(v->client->fs, &v->ctx, f->h, &v->err));
}

int fsv_fsync(struct fsv *v, struct fsv_file *f)
{
    return result(v, pail_fs_fsync(v->client->fs, f->h, &v->err));
}

void fsv_release(struct fsv *v, struct fsv_file *f)
{
    pail_fs_release(v->client->fs, f->h);
    fsv_forget(v, f->ino);
    *f = (struct fsv_file){0};
}

/* ---- Directories ----------------------------------------------------------------------------- */

struct listing {
    void (*each)(void *ud, const char *name, const struct pail_fs_attr *attr);
    void *ud;
    unsigned room, taken;
    uint64_t cookie;
    struct {
        char name[256];
        struct pail_fs_attr attr;
    } entries[READDIR_ROOM];
};

static bool take_entry(void *ud, struct pail_str name, const struct pail_fs_entry *e, uint64_t next)
{
    struct listing *l = ud;
    if (l->taken == l->room)
        return false;
    snprintf(l->entries[l->taken].name, 256, "%.*s", PAIL_STR_ARG(name));
    l->entries[l->taken++].attr = e->attr;
    l->cookie = next;
    return true;
}

int fsv_list(struct fsv *v, const char *path, bool plus,
             void (*each)(void *ud, const char *name, const struct pail_fs_attr *attr), void *ud)
{
    struct pail_fs_entry e;
    struct pail_fs_dir_handle *d;
    struct listing l = {.room = READDIR_ROOM};
    int rc = fsv_lookup(v, path, &e);
    if (rc)
        return rc;
    rc = result(v, pail_fs_opendir(v->client->fs, &v->ctx, e.attr.ino, &d, &v->err));
    fsv_forget(v, e.attr.ino);
    if (rc)
        return rc;
    do {
        l.taken = 0;
        rc = result(v, pail_fs_readdir(v->client->fs, d, l.cookie, plus, take_entry, &l, &v->err));
        for (unsigned i = 0; i < l.taken; i++) {
            const char *name = l.entries[i].name;
            if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
                continue;
            if (!rc)
                each(ud, name, &l.entries[i].attr);
            if (plus)
                fsv_forget(v, l.entries[i].attr.ino);
        }
    } while (!rc && l.taken);
    pail_fs_releasedir(v->client->fs, d);
    return rc;
}
