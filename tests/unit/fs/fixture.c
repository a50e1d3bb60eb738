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

/* ---- Life ------------------------------------------------------------------------------------ */

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

/* ---- The service ----------------------------------------------------------------------------- */

static void put(struct world *w, const char *key, const void *data, size_t n, const char *mode)
{
    char name[] = "x-amz-meta-mode", value[32] = "";
    const struct fake_header h = {name, value};
    snprintf(value, sizeof(value), "%s", mode ? mode : "");
    fake_server_lock(w->server);
    bool ok = fake_s3_put(fake_server_s3(w->server), WORLD_BUCKET, key, data, n, &h, mode != NULL,
                          pail_clock_wall_ns() / PAIL_NS_PER_MS + w->ahead_ms);
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
