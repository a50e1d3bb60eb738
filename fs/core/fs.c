/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The file system's life. Up: database, caches, queue, root node; then one look whether the bucket
 * can be listed, which is the first page of the root unless a fresh listing is remembered; then
 * what a crash left is given to the executor. Down: what is still open is released, which commits
 * it; changes end; everything is closed in the reverse order.
 */
#include "base/alloc.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/logging.h"
#include "base/str.h"
#include "core/core.h"

#define DEFAULT_OP_TIMEOUT_MS 300000
#define CHECK_ATTEMPTS 5
#define CHECK_TIMEOUT_MS 30000
#define DEFAULT_PART (UINT64_C(8) << 20)
#define SOURCE_KEY "source"
#define BIRTH_KEY "born"

static int copy_text(const char *from, char **to, struct pail_error *err)
{
    *to = from ? pail_strdup(from) : NULL;
    return from && !*to ? pail_error_nomem(err) : 0;
}

static int copy_options(struct pail_fs *fs, const struct pail_fs_options *opt,
                        struct pail_error *err)
{
    struct pail_fs_options *o = &fs->fixed.opt;
    struct pail_buf staging = PAIL_BUF_INIT(4096);
    *o = *opt;
    int rc = copy_text(opt->bucket, &fs->fixed.bucket, err);
    if (!rc)
        rc = copy_text(opt->prefix, &fs->fixed.prefix, err);
    if (!rc)
        rc = copy_text(opt->state_dir, &fs->fixed.state_dir, err);
    if (!rc)
        rc = copy_text(opt->cache_dir, &fs->fixed.cache_dir, err);
    pail_buf_fmt(&staging, "%s/staging", opt->cache_dir);
    if (!rc)
        rc = pail_buf_check(&staging, "cache directory", err);
    if (!rc)
        rc = copy_text(pail_buf_cstr(&staging), &fs->fixed.staging_dir, err);
    pail_buf_done(&staging);
    o->bucket = fs->fixed.bucket;
    o->prefix = fs->fixed.prefix;
    o->state_dir = fs->fixed.state_dir;
    o->cache_dir = fs->fixed.cache_dir;
    if (!o->op_timeout_ms)
        o->op_timeout_ms = DEFAULT_OP_TIMEOUT_MS;
    fs->fixed.part_size = pail_max_u64(opt->part_size ? opt->part_size : DEFAULT_PART,
                                       PAIL_S3_MIN_PART);
    fs->fixed.s3 = pail_s3_ref(opt->s3);
    return rc;
}

/* A database of another bucket would show its names. */
static int check_source(struct pail_fs *fs, struct pail_error *err)
{
    struct pail_buf mine = PAIL_BUF_INIT(4096), theirs = PAIL_BUF_INIT(4096);
    char host[256] = "";
    pail_s3_endpoint_of(fs->fixed.s3, pail_str(fs->fixed.bucket ? fs->fixed.bucket : ""), host,
                        sizeof(host));
    pail_buf_fmt(&mine, "%s s3://%s/%s", host, fs->fixed.bucket ? fs->fixed.bucket : "",
                 fs->fixed.volume ? fs->fixed.volume->prefix : "");
    int rc = pail_buf_check(&mine, "mount source", err);
    struct pail_error why = PAIL_ERROR_INIT;
    int found = rc ? rc : pail_meta_kv_get(fs->fixed.meta, PAIL_STR(SOURCE_KEY), &theirs, &why);
    if (!rc && found == PAIL_E_FS_NOENT) {
        rc = pail_meta_kv_set(fs->fixed.meta, PAIL_STR(SOURCE_KEY), pail_buf_view(&mine), err);
    } else if (!rc && found) {
        pail_error_copy(err, &why);
        rc = found;
    } else if (!rc && !pail_str_eq(pail_buf_view(&mine), pail_buf_view(&theirs))) {
        rc = pail_error_set(err, PAIL_D_CONFIG, PAIL_E_CONFIG,
                            "%s is the state directory of %s, not of %s", fs->fixed.state_dir,
                            pail_buf_cstr(&theirs), pail_buf_cstr(&mine));
    }
    pail_buf_done(&mine);
    pail_buf_done(&theirs);
    return rc;
}

/* The same at each mount, so that a second look at a directory shows no other time. */
static int find_birth(struct pail_fs *fs, struct pail_error *err)
{
    struct pail_buf text = PAIL_BUF_INIT(64);
    struct pail_error why = PAIL_ERROR_INIT;
    int rc = pail_meta_kv_get(fs->fixed.meta, PAIL_STR(BIRTH_KEY), &text, &why);
    if (!rc && pail_str_to_i64(pail_buf_view(&text), &fs->fixed.born_ns)) {
        pail_buf_done(&text);
        return 0;
    }
    if (rc && rc != PAIL_E_FS_NOENT) {
        pail_error_copy(err, &why);
        return rc;
    }
    fs->fixed.born_ns = pail_clock_wall_ns();
    pail_buf_reset(&text);
    pail_buf_fmt(&text, "%lld", (long long)fs->fixed.born_ns);
    rc = pail_buf_check(&text, "time", err);
    if (!rc)
        rc = pail_meta_kv_set(fs->fixed.meta, PAIL_STR(BIRTH_KEY), pail_buf_view(&text), err);
    pail_buf_done(&text);
    return rc;
}

static int open_database(struct pail_fs *fs, struct pail_error *err)
{
    struct pail_meta_open_result opened;
    memset(&opened, 0, sizeof(opened));
    int rc = pail_meta_open(fs->fixed.state_dir, &fs->fixed.meta, &opened, err);
    if (rc)
        return rc;
    if (opened.set_aside) {
        memcpy(fs->fixed.aside, opened.aside, sizeof(fs->fixed.aside));
        PAIL_LOG(PAIL_LC_FS, PAIL_LOG_ERROR,
                 "the metadata database could not be used and was set aside as %s", opened.aside);
    }
    if (fs->fixed.bucket)
        rc = pail_volume_get(fs, pail_str(fs->fixed.bucket), &fs->fixed.volume, err);
    if (!rc)
        rc = check_source(fs, err);
    return rc ? rc : find_birth(fs, err);
}

static int open_engines(struct pail_fs *fs, struct pail_error *err)
{
    const struct pail_fs_options *o = &fs->fixed.opt;
    struct pail_cache_options cache = {.memory_limit = o->memory_limit};
    int rc = pail_cache_new(&cache, &fs->fixed.cache, err);
    if (!rc)
        rc = pail_file_mkdirs(fs->fixed.staging_dir, 0700, err);
    struct pail_writer_options writer = {
        .staging_dir = fs->fixed.staging_dir,
        .staging_limit = o->staging_limit,
        .part_size = o->part_size,
        .memory_limit = o->write_memory,
        .meta = fs->fixed.meta,
        .cache = fs->fixed.cache,
    };
    if (!rc)
        rc = pail_writer_new(&writer, &fs->fixed.writer, err);
    if (!rc)
        rc = pail_queue_new(&fs->fixed.queue, err);
    if (!rc)
        rc = pail_notifier_new(&o->notify, &fs->fixed.notifier, err);
    fs->fixed.lister = (struct pail_lister){.meta = fs->fixed.meta,
                                            .posix = o->posix,
                                            .changed = pail_resolve_changed,
                                            .is_current = pail_resolve_is_current,
                                            .ud = fs};
    return rc;
}

static int ask_one_key(struct pail_fs *fs, struct pail_error *err)
{
    struct pail_volume *v = fs->fixed.volume;
    struct pail_s3_list_args args = {.call = pail_volume_call(v, PAIL_PRIO_META),
                                     .bucket = pail_str(v->bucket),
                                     .prefix = pail_str(v->prefix),
                                     .max_keys = 1};
    struct pail_s3_page page;
    int rc = pail_s3_list(v->s3, &args, &page, err);
    if (!rc)
        pail_s3_page_done(&page);
    return rc;
}

static int first_page(struct pail_fs *fs, struct pail_error *err)
{
    struct pail_lister one = fs->fixed.lister;
    one.max_pages = 1;
    return pail_dir_list_with(fs, fs->tree.root, &one, err);
}

/* Says what the mount command says, so the error has everything. Who mounts wants to know soon
 * that nobody is there; only what works already is worth waiting for. */
static int check_bucket(struct pail_fs *fs, struct pail_error *err)
{
    struct pail_volume *v = fs->fixed.volume;
    int rc;
    pail_assert_no_locks();
    if (!v) {
        rc = pail_dir_list(fs, fs->tree.root, err);
        return rc ? pail_error_prefix(err, "listing the buckets") : 0;
    }
    v->max_attempts = CHECK_ATTEMPTS;
    if (v->op_timeout_ms > CHECK_TIMEOUT_MS)
        v->op_timeout_ms = CHECK_TIMEOUT_MS;
    rc = pail_dir_fresh(fs, fs->tree.root, NULL) ? ask_one_key(fs, err) : first_page(fs, err);
    v->max_attempts = 0;
    v->op_timeout_ms = fs->fixed.opt.op_timeout_ms;
    return rc ? pail_error_prefix(err, "s3://%s/%s", fs->fixed.bucket, fs->fixed.volume->prefix)
              : 0;
}

static void fs_destroy(struct pail_fs *fs)
{
    pail_queue_free(fs->fixed.queue);
    pail_notifier_free(fs->fixed.notifier);
    fs->fixed.notifier = NULL;
    if (fs->fixed.meta)
        pail_meta_on_loss(fs->fixed.meta, NULL, NULL);
    pail_tree_done(fs);
    pail_writer_free(fs->fixed.writer);
    pail_cache_free(fs->fixed.cache);
    pail_meta_close(fs->fixed.meta);
    pail_volumes_free(fs);
    pail_last_errors_done(&fs->errors);
    pail_s3_unref(fs->fixed.s3);
    pail_free(fs->fixed.bucket);
    pail_free(fs->fixed.prefix);
    pail_free(fs->fixed.state_dir);
    pail_free(fs->fixed.cache_dir);
    pail_free(fs->fixed.staging_dir);
    pail_free(fs);
}

int pail_fs_new(const struct pail_fs_options *opt, struct pail_fs **ret, struct pail_error *err)
{
    struct pail_fs *fs = pail_zalloc(sizeof(*fs));
    PAIL_OP_ERROR(err);
    if (!fs)
        return pail_error_nomem(err);
    pail_mutex_init(&fs->volumes.lock, "volumes", PAIL_RANK_FS);
    pail_cond_init(&fs->volumes.changed);
    pail_list_init(&fs->volumes.list);
    pail_last_errors_init(&fs->errors);
    int rc = copy_options(fs, opt, err);
    if (!rc)
        rc = open_database(fs, err);
    if (!rc)
        rc = open_engines(fs, err);
    if (!rc)
        rc = pail_tree_init(fs, err);
    if (!rc)
        pail_meta_on_loss(fs->fixed.meta, pail_known_keep, fs);
    if (!rc)
        rc = check_bucket(fs, err);
    if (!rc)
        rc = pail_replay_start(fs, err);
    if (rc)
        fs_destroy(fs);
    else
        *ret = fs;
    return rc;
}

/* A handle that its owner forgot, or NULL. */
static struct pail_fs_handle *open_handle(struct pail_fs *fs)
{
    struct pail_fs_handle *found = NULL;
    pail_tree_lock(fs);
    for (size_t i = 0; i < fs->tree.n_buckets && !found; i++)
        PAIL_LIST_FOR (it, &fs->tree.inos[i]) {
            struct pail_node *n = PAIL_CONTAINER(it, struct pail_node, by_ino);
            if (!found && !pail_list_empty(&n->handles))
                found = PAIL_CONTAINER(n->handles.next, struct pail_fs_handle, link);
        }
    pail_tree_unlock(fs);
    return found;
}

void pail_fs_free(struct pail_fs *fs)
{
    struct pail_error why = PAIL_ERROR_INIT;
    if (!fs)
        return;
    if (pail_commit_all(fs, NULL, &why))
        PAIL_LOG(PAIL_LC_FS, PAIL_LOG_ERROR, "not everything is in S3: %s", why.message);
    for (struct pail_fs_handle *h; (h = open_handle(fs)) != NULL;)
        pail_fs_release(fs, h);
    fs_destroy(fs);
}
