/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/fs/fixture.h"

#include <ftw.h>
#include <sys/stat.h>

#include "base/env.h"
#include "base/file.h"

struct pail_error world_err;

static const char *no_env(const char *name)
{
    return strcmp(name, "HOME") == 0 ? "/nonexistent" : NULL;
}

/* ---- Life
 * ----------------------------------------------------------------------------------------- */

static void start_client(struct world *w)
{
    struct pail_session_options so = PAIL_SESSION_OPTIONS_INIT;
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_credentials *c;
    struct pail_provider *p;
    char url[64];
    const struct pail_credentials_fields keys = {
        .access_key = PAIL_STR("key"), .secret_key = PAIL_STR("secret"), .method = "test"};

    snprintf(url, sizeof(url), "http://127.0.0.1:%d", fake_server_port(w->server));
    assert_ok(pail_credentials_new(&keys, &c, &err), &err);
    assert_ok(pail_provider_static(c, &p, &err), &err);
    so.provider = p;
    so.endpoint_url = url;
    so.region = "us-east-1";
    assert_ok(pail_session_new(&so, &w->session, &err), &err);
    assert_ok(pail_s3_new(w->session, NULL, &w->s3, &err), &err);
    pail_provider_unref(p);
    pail_credentials_unref(c);
}

/* What the fake can do, as if it had been asked. */
static void remember_endpoint(struct world *w)
{
    struct pail_volume v = {
        .s3 = w->s3, .bucket = WORLD_BUCKET, .prefix = "", .op_timeout_ms = 20000};
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_buf text = PAIL_BUF_INIT(4096);
    char host[256], path[400];
    assert_ok(pail_probe_endpoint(&v, &err), &err);
    pail_probe_to_text(&v, &text);
    pail_s3_endpoint_of(w->s3, pail_str(WORLD_BUCKET), host, sizeof(host));
    snprintf(path, sizeof(path), "%s/endpoints", w->cache);
    assert_ok(pail_file_mkdirs(path, 0700, &err), &err);
    snprintf(path, sizeof(path), "%s/endpoints/%s", w->cache, host);
    assert_ok(pail_file_write_all(path, (struct pail_bytes){text.ptr, text.len}, 0600, &err), &err);
    pail_buf_done(&text);
}

static void note(struct world *w, const char *text)
{
    pail_mutex_lock(&w->lock);
    if (w->n_told < PAIL_ARRAY_LEN(w->told_what))
        snprintf(w->told_what[w->n_told++], sizeof(w->told_what[0]), "%s", text);
    pail_cond_broadcast(&w->told);
    pail_mutex_unlock(&w->lock);
}

static void told_entry(void *ud, uint64_t parent, struct pail_str name)
{
    char text[300];
    snprintf(text, sizeof(text), "entry %llu %.*s", (unsigned long long)parent, PAIL_STR_ARG(name));
    note(ud, text);
}

static void told_inode(void *ud, uint64_t ino, bool data)
{
    char text[300];
    snprintf(text, sizeof(text), "inode %llu%s", (unsigned long long)ino, data ? " data" : "");
    note(ud, text);
}

void world_wait_told(struct world *w, const char *what)
{
    pail_mutex_lock(&w->lock);
    for (bool found = false; !found;) {
        for (size_t i = 0; i < w->n_told && !found; i++)
            found = strcmp(w->told_what[i], what) == 0;
        if (!found &&
            !pail_cond_wait_until(&w->told, &w->lock, pail_deadline_after_ns(20 * PAIL_NS_PER_S))) {
            for (size_t i = 0; i < w->n_told; i++)
                print_error("told: %s\n", w->told_what[i]);
            pail_mutex_unlock(&w->lock);
            fail_msg("not told: %s", what);
        }
    }
    pail_mutex_unlock(&w->lock);
}

void world_start_with(struct world *w, const struct fake_s3_options *s3)
{
    struct fake_server_options fo = {0};
    memset(w, 0, sizeof(*w));
    pail_env_set_source(no_env);
    if (s3)
        fo.s3 = *s3;
    fo.s3.access_key = "key";
    fo.s3.secret_key = "secret";
    w->server = fake_server_start(&fo);
    assert_non_null(w->server);
    fake_server_lock(w->server);
    assert_true(fake_s3_make_bucket(fake_server_s3(w->server), WORLD_BUCKET));
    fake_server_unlock(w->server);
    start_client(w);
    snprintf(w->dir, sizeof(w->dir), "/tmp/pail-fs-XXXXXX");
    assert_non_null(mkdtemp(w->dir));
    snprintf(w->state, sizeof(w->state), "%s/state", w->dir);
    snprintf(w->cache, sizeof(w->cache), "%s/cache", w->dir);
    assert_int_equal(mkdir(w->state, 0700), 0);
    assert_int_equal(mkdir(w->cache, 0700), 0);
    remember_endpoint(w);
    pail_mutex_init(&w->lock, "test", PAIL_RANK_LEAF);
    pail_cond_init(&w->told);
    w->ctx = (struct pail_fs_ctx){.uid = 1000, .gid = 1001, .umask = 022, .pid = 4711};
    w->opt = (struct pail_fs_options){
        .s3 = w->s3,
        .bucket = WORLD_BUCKET,
        .state_dir = w->state,
        .cache_dir = w->cache,
        .uid = 500,
        .gid = 501,
        .file_mode = 0644,
        .dir_mode = 0755,
        .metadata_ttl_ns = WORLD_TTL,
        .part_size = UINT64_C(5) << 20,
        .staging_limit = UINT64_C(1) << 30,
        .op_timeout_ms = 20000,
        .notify = {told_entry, told_inode, w},
    };
    world_reset(w);
}

void world_start(struct world *w)
{
    world_start_with(w, NULL);
}

int world_try_mount(struct world *w, struct pail_error *err)
{
    return pail_fs_new(&w->opt, &w->fs, err);
}

void world_mount(struct world *w)
{
    struct pail_error err = PAIL_ERROR_INIT;
    assert_ok(world_try_mount(w, &err), &err);
}

void world_unmount(struct world *w)
{
    pail_fs_free(w->fs);
    w->fs = NULL;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
    return remove(path);
}

void world_stop(struct world *w)
{
    world_unmount(w);
    pail_s3_unref(w->s3);
    pail_session_unref(w->session);
    fake_server_stop(w->server);
    assert_int_equal(nftw(w->dir, remove_one, 16, FTW_DEPTH | FTW_PHYS), 0);
    pail_cond_done(&w->told);
    pail_mutex_done(&w->lock);
    pail_env_set_source(NULL);
}

/* ---- The service
 * -------------------------------------------------------------------------------------- */

static void put(struct world *w, const char *key, const void *data, size_t n, const char *mode)
{
    char name[] = "x-amz-meta-mode", value[32] = "";
    const struct fake_header h = {name, value};
    snprintf(value, sizeof(value), "%s", mode ? mode : "");
    fake_server_lock(w->server);
    bool ok = fake_s3_put(fake_server_s3(w->server), WORLD_BUCKET, key, data, n, &h, mode != NULL,
                          pail_clock_wall_ns() / PAIL_NS_PER_MS);
    fake_server_unlock(w->server);
    assert_true(ok);
}

void world_put(struct world *w, const char *key, const char *data)
{
    put(w, key, data, strlen(data), NULL);
}

void world_put_bytes(struct world *w, const char *key, const void *data, size_t n)
{
    put(w, key, data, n, NULL);
}

void world_put_mode(struct world *w, const char *key, const char *data, const char *mode)
{
    put(w, key, data, strlen(data), mode);
}

void world_delete(struct world *w, const char *key)
{
    const struct pail_s3_delete_args args = {.bucket = PAIL_STR(WORLD_BUCKET),
                                             .key = pail_str(key)};
    struct pail_error err = PAIL_ERROR_INIT;
    assert_ok(pail_s3_delete(w->s3, &args, &err), &err);
}

char *world_get(struct world *w, const char *key, size_t *ret_n)
{
    size_t n = 0;
    const char *etag;
    char *copy = NULL;
    fake_server_lock(w->server);
    const void *p = fake_s3_get(fake_server_s3(w->server), WORLD_BUCKET, key, &n, &etag);
    if (p) {
        copy = malloc(n + 1);
        assert_non_null(copy);
        memcpy(copy, p, n);
        copy[n] = '\0';
    }
    fake_server_unlock(w->server);
    if (ret_n)
        *ret_n = n;
    return copy;
}

bool world_has(struct world *w, const char *key)
{
    char *p = world_get(w, key, NULL);
    free(p);
    return p != NULL;
}

const char *world_header(struct world *w, const char *key, const char *name)
{
    static char text[4096];
    fake_server_lock(w->server);
    const char *v = fake_s3_object_header(fake_server_s3(w->server), WORLD_BUCKET, key, name);
    snprintf(text, sizeof(text), "%s", v ? v : "");
    fake_server_unlock(w->server);
    return text;
}

const char *world_keys(struct world *w)
{
    static char text[65536];
    size_t n = 0;
    text[0] = '\0';
    fake_server_lock(w->server);
    const char *key;
    for (size_t i = 0; (key = fake_s3_key(fake_server_s3(w->server), WORLD_BUCKET, i)) != NULL; i++)
        n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%s", n ? " " : "", key);
    fake_server_unlock(w->server);
    return text;
}

void world_faults(struct world *w, const char *script)
{
    char msg[256];
    fake_server_lock(w->server);
    bool ok = fake_s3_faults(fake_server_s3(w->server), script, msg);
    fake_server_unlock(w->server);
    if (!ok)
        print_error("%s\n", msg);
    assert_true(ok);
}

uint64_t world_count(struct world *w, const char *operation)
{
    fake_server_lock(w->server);
    uint64_t n = fake_s3_count(fake_server_s3(w->server), operation);
    fake_server_unlock(w->server);
    return n;
}

void world_reset(struct world *w)
{
    fake_server_lock(w->server);
    fake_s3_reset_counts(fake_server_s3(w->server));
    fake_server_unlock(w->server);
}

void world_show_log(struct world *w)
{
    fake_server_lock(w->server);
    const char *line;
    for (size_t i = 0; i < 40 && (line = fake_s3_log(fake_server_s3(w->server), i)) != NULL; i++)
        print_error("  %s\n", line);
    fake_server_unlock(w->server);
}

void world_assert_requests(struct world *w, const char *operation, uint64_t n, const char *file,
                           int line)
{
    uint64_t was = world_count(w, operation);
    if (was == n)
        return;
    print_error("%llu requests %s, expected %llu:\n", (unsigned long long)was,
                operation ? operation : "", (unsigned long long)n);
    world_show_log(w);
    _fail(file, line);
}

void world_assert_object(struct world *w, const char *key, const char *content, const char *file,
                         int line)
{
    char *p = world_get(w, key, NULL);
    bool same = p ? content && strcmp(p, content) == 0 : !content;
    if (!same)
        print_error("object %s: \"%.100s\", expected \"%.100s\"\n", key, p ? p : "(none)",
                    content ? content : "(none)");
    free(p);
    if (!same)
        _fail(file, line);
}

/* ---- By path
 * ------------------------------------------------------------------------------------------ */

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
