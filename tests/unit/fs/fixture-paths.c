/* SPDX-License-Identifier: Apache-2.0 */
/* Operations by path, as a kernel would have them done by inode. */
#include <stdlib.h>

#include "base/str.h"
#include "unit/fs/fixture.h"

static int walk(struct world *w, struct pail_str path, struct pail_fs_entry *ret)
{
    struct pail_str part;
    memset(ret, 0, sizeof(*ret));
    ret->attr.ino = PAIL_INO_ROOT;
    ret->attr.kind = PAIL_KIND_DIR;
    while (path.len && pail_str_split(&path, '/', &part)) {
        world_err = (struct pail_error)PAIL_ERROR_INIT;
        int rc = pail_fs_lookup(w->fs, &w->ctx, ret->attr.ino, part, ret, &world_err);
        if (rc)
            return rc;
    }
    return 0;
}

/* The directory of path, and its last part. */
static int parent(struct world *w, const char *path, uint64_t *ino, struct pail_str *name)
{
    struct pail_fs_entry e;
    const char *slash = strrchr(path, '/');
    int rc = walk(w, pail_strn(path, slash ? (size_t)(slash - path) : 0), &e);
    *ino = e.attr.ino;
    *name = pail_str(slash ? slash + 1 : path);
    world_err = (struct pail_error)PAIL_ERROR_INIT;
    return rc;
}

int world_lookup(struct world *w, const char *path, struct pail_fs_entry *ret)
{
    struct pail_fs_entry e;
    int rc = walk(w, pail_str(path), &e);
    if (ret)
        *ret = e;
    return rc;
}

uint64_t world_ino(struct world *w, const char *path)
{
    struct pail_fs_entry e;
    assert_ok(world_lookup(w, path, &e), &world_err);
    return e.attr.ino;
}

struct pail_fs_attr world_stat(struct world *w, const char *path)
{
    struct pail_fs_entry e;
    assert_ok(world_lookup(w, path, &e), &world_err);
    assert_ok(pail_fs_getattr(w->fs, e.attr.ino, NULL, &e, &world_err), &world_err);
    return e.attr;
}

int world_create(struct world *w, const char *path, int flags, struct pail_fs_handle **ret)
{
    uint64_t dir;
    struct pail_str name;
    struct pail_fs_entry e;
    struct pail_fs_open_result o;
    int rc = parent(w, path, &dir, &name);
    if (!rc)
        rc = pail_fs_create(w->fs, &w->ctx, dir, name, 0666, flags | O_CREAT, &e, &o, &world_err);
    if (!rc)
        *ret = o.handle;
    return rc;
}

int world_open(struct world *w, const char *path, int flags, struct pail_fs_open_result *ret)
{
    struct pail_fs_entry e;
    int rc = world_lookup(w, path, &e);
    return rc ? rc : pail_fs_open(w->fs, &w->ctx, e.attr.ino, flags, ret, &world_err);
}

int fs_write_all(struct pail_fs *fs, struct pail_fs_handle *h, uint64_t offset, const void *p,
                 size_t n, struct pail_error *err)
{
    const char *from = p;
    int rc = 0;
    for (size_t done = 0, some = 0; done < n && !rc; done += some)
        rc = pail_fs_write(fs, h, offset + done, from + done, n - done, &some, err);
    return rc;
}

int world_write(struct world *w, struct pail_fs_handle *h, uint64_t offset, const char *data)
{
    world_err = (struct pail_error)PAIL_ERROR_INIT;
    return fs_write_all(w->fs, h, offset, data, strlen(data), &world_err);
}

int world_flush(struct world *w, struct pail_fs_handle *h)
{
    world_err = (struct pail_error)PAIL_ERROR_INIT;
    return pail_fs_flush(w->fs, &w->ctx, h, &world_err);
}

int world_close(struct world *w, struct pail_fs_handle *h)
{
    int rc = world_flush(w, h);
    pail_fs_release(w->fs, h);
    return rc;
}

struct reading {
    struct pail_mutex lock;
    struct pail_cond cond;
    bool done;
    int rc;
    char *dst;
    size_t got;
};

static void on_read(void *ud, const struct pail_bytes *segments, size_t n,
                    const struct pail_error *err)
{
    struct reading *r = ud;
    pail_mutex_lock(&r->lock);
    for (size_t i = 0; i < n; i++) {
        memcpy(r->dst + r->got, segments[i].ptr, segments[i].len);
        r->got += segments[i].len;
    }
    r->rc = err ? (int)err->code : 0;
    if (err)
        pail_error_copy(&world_err, err);
    r->done = true;
    pail_cond_broadcast(&r->cond);
    pail_mutex_unlock(&r->lock);
}

int world_read(struct world *w, struct pail_fs_handle *h, uint64_t offset, void *dst, size_t n)
{
    struct reading r = {.dst = dst};
    pail_mutex_init(&r.lock, "reading", PAIL_RANK_LEAF);
    pail_cond_init(&r.cond);
    pail_fs_read(w->fs, h, offset, n, on_read, &r);
    pail_mutex_lock(&r.lock);
    while (!r.done)
        pail_cond_wait(&r.cond, &r.lock);
    pail_mutex_unlock(&r.lock);
    pail_cond_done(&r.cond);
    pail_mutex_done(&r.lock);
    return r.rc ? r.rc : (int)r.got;
}

int world_write_file(struct world *w, const char *path, const char *data)
{
    struct pail_fs_handle *h;
    int rc = world_create(w, path, O_WRONLY | O_TRUNC, &h);
    if (rc)
        return rc;
    rc = *data ? world_write(w, h, 0, data) : 0;
    int rc2 = world_close(w, h);
    return rc ? rc : rc2;
}

void world_assert_file(struct world *w, const char *path, const char *content, const char *file,
                       int line)
{
    struct pail_fs_open_result o;
    char text[4096];
    int rc = world_open(w, path, O_RDONLY, &o);
    if (!rc) {
        rc = world_read(w, o.handle, 0, text, sizeof(text) - 1);
        pail_fs_release(w->fs, o.handle);
    }
    if (rc < 0) {
        print_error("%s: %s: %s\n", path, pail_code_name(rc), world_err.message);
        _fail(file, line);
    }
    text[rc] = '\0';
    if (strcmp(text, content) != 0) {
        print_error("%s: \"%s\", expected \"%s\"\n", path, text, content);
        _fail(file, line);
    }
}

int world_mkdir(struct world *w, const char *path)
{
    uint64_t dir;
    struct pail_str name;
    struct pail_fs_entry e;
    int rc = parent(w, path, &dir, &name);
    return rc ? rc : pail_fs_mkdir(w->fs, &w->ctx, dir, name, 0777, &e, &world_err);
}

int world_rmdir(struct world *w, const char *path)
{
    uint64_t dir;
    struct pail_str name;
    int rc = parent(w, path, &dir, &name);
    return rc ? rc : pail_fs_rmdir(w->fs, &w->ctx, dir, name, &world_err);
}

int world_unlink(struct world *w, const char *path)
{
    uint64_t dir;
    struct pail_str name;
    int rc = parent(w, path, &dir, &name);
    return rc ? rc : pail_fs_unlink(w->fs, &w->ctx, dir, name, &world_err);
}

int world_rename(struct world *w, const char *from, const char *to, unsigned flags)
{
    uint64_t dir, new_dir;
    struct pail_str name, new_name;
    int rc = parent(w, from, &dir, &name);
    if (!rc)
        rc = parent(w, to, &new_dir, &new_name);
    return rc ? rc
              : pail_fs_rename(w->fs, &w->ctx, dir, name, new_dir, new_name, flags, &world_err);
}

int world_symlink(struct world *w, const char *path, const char *target)
{
    uint64_t dir;
    struct pail_str name;
    struct pail_fs_entry e;
    int rc = parent(w, path, &dir, &name);
    return rc ? rc : pail_fs_symlink(w->fs, &w->ctx, dir, name, pail_str(target), &e, &world_err);
}

static int set(struct world *w, const char *path, const struct pail_fs_setattr *s)
{
    struct pail_fs_entry e;
    int rc = world_lookup(w, path, &e);
    return rc ? rc : pail_fs_setattr(w->fs, &w->ctx, e.attr.ino, NULL, s, &e, &world_err);
}

int world_chmod(struct world *w, const char *path, uint32_t mode)
{
    return set(w, path, &(struct pail_fs_setattr){.set = PAIL_FS_SET_MODE, .mode = mode});
}

int world_truncate(struct world *w, const char *path, uint64_t size)
{
    return set(w, path, &(struct pail_fs_setattr){.set = PAIL_FS_SET_SIZE, .size = size});
}

struct listing {
    char *text;
    size_t size, len, count, room;
    uint64_t last;
};

static bool add(void *ud, struct pail_str name, const struct pail_fs_entry *e, uint64_t next)
{
    struct listing *l = ud;
    if (!l->room)
        return false;
    l->room--;
    l->last = next;
    if (pail_str_eqz(name, ".") || pail_str_eqz(name, ".."))
        return true;
    static const char marks[] = " -/@";
    l->count++;
    if (l->text && l->len + name.len + 3 < l->size) {
        char mark = marks[e->attr.kind];
        l->len += (size_t)snprintf(l->text + l->len, l->size - l->len, "%s%.*s%s",
                                   l->len ? " " : "", PAIL_STR_ARG(name),
                                   mark == '/'   ? "/"
                                   : mark == '@' ? "@"
                                                 : "");
    }
    return true;
}

/* In small pieces, as a kernel asks. */
static void ls(struct world *w, const char *path, bool plus, struct listing *l)
{
    struct pail_fs_dir_handle *d;
    uint64_t cookie = 0;
    assert_ok(pail_fs_opendir(w->fs, &w->ctx, world_ino(w, path), &d, &world_err), &world_err);
    for (;;) {
        size_t before = l->count;
        l->room = 37;
        l->last = cookie;
        assert_ok(pail_fs_readdir(w->fs, d, cookie, plus, add, l, &world_err), &world_err);
        if (l->last == cookie)
            break;
        cookie = l->last;
        assert_true(l->count >= before);
    }
    pail_fs_releasedir(w->fs, d);
}

const char *world_ls(struct world *w, const char *path, bool plus)
{
    static char text[65536];
    struct listing l = {.text = text, .size = sizeof(text)};
    text[0] = '\0';
    ls(w, path, plus, &l);
    return text;
}

size_t world_ls_count(struct world *w, const char *path, bool plus)
{
    struct listing l = {0};
    ls(w, path, plus, &l);
    return l.count;
}
