/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Volumes: the one bucket that is mounted, or one per bucket that somebody looked into. They stay
 * until the end, so that a pointer to one needs no count.
 *
 * What an endpoint can do is asked once, before the first change that goes there: AWS is known;
 * others are remembered as text in cache_dir/endpoints/HOST (port included). When it cannot be
 * found out, perhaps because this user may not write, nothing is relied on and it is asked again a
 * minute later.
 */
#include "base/alloc.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/logging.h"
#include "base/str.h"
#include "core/core.h"
#include "core/journal.h"

#define TEXT_MAX 4096
#define ASK_AGAIN_NS (60 * PAIL_NS_PER_S)
#define PROBES 5

struct volume {
    struct pail_volume v; /* first */
    struct pail_list link;
    char *bucket, *prefix;
    char host[256];
    /* under volumes.lock */
    bool ready;
    int64_t again_ns; /* mono */
};

static void volume_free(struct volume *x)
{
    pail_free(x->bucket);
    pail_free(x->prefix);
    pail_free(x);
}

/* "a/b", "/a/b/" -> "a/b/". */
static char *tidy_prefix(const char *prefix)
{
    struct pail_str p = pail_str(prefix);
    while (p.len && p.ptr[0] == '/')
        p = pail_str_from(p, 1);
    while (p.len && p.ptr[p.len - 1] == '/')
        p = pail_strn(p.ptr, p.len - 1);
    struct pail_buf b = PAIL_BUF_INIT(PAIL_KEY_MAX + 1);
    pail_buf_str(&b, p);
    pail_buf_z(&b, p.len ? "/" : "");
    pail_buf_append(&b, "", 0);
    char *z = b.failed ? NULL : pail_strndup(pail_strn(pail_buf_cstr(&b), b.len));
    pail_buf_done(&b);
    return z;
}

static struct volume *find_locked(struct pail_fs *fs, struct pail_str bucket)
{
    PAIL_LIST_FOR (it, &fs->volumes.list) {
        struct volume *x = PAIL_CONTAINER(it, struct volume, link);
        if (pail_str_eqz(bucket, x->bucket))
            return x;
    }
    return NULL;
}

int pail_volume_get(struct pail_fs *fs, struct pail_str bucket, struct pail_volume **ret,
                    struct pail_error *err)
{
    struct volume *x = pail_zalloc(sizeof(*x));
    if (!x)
        return pail_error_nomem(err);
    x->bucket = pail_strndup(bucket);
    x->prefix = tidy_prefix(fs->fixed.prefix ? fs->fixed.prefix : "");
    if (!x->bucket || !x->prefix) {
        volume_free(x);
        return pail_error_nomem(err);
    }
    x->v.s3 = fs->fixed.s3;
    x->v.bucket = x->bucket;
    x->v.prefix = x->prefix;
    x->v.op_timeout_ms = fs->fixed.opt.op_timeout_ms;
    pail_s3_endpoint_of(fs->fixed.s3, bucket, x->host, sizeof(x->host));
    if (pail_probe_is_aws(&x->v)) {
        pail_probe_set_aws(&x->v);
        x->ready = true;
    }
    pail_mutex_lock(&fs->volumes.lock);
    struct volume *there = find_locked(fs, bucket);
    if (!there) {
        pail_list_init(&x->link);
        pail_list_append(&fs->volumes.list, &x->link);
    }
    pail_mutex_unlock(&fs->volumes.lock);
    if (there) {
        volume_free(x);
        x = there;
    }
    *ret = &x->v;
    return 0;
}

void pail_volumes_free(struct pail_fs *fs)
{
    for (struct pail_list *l; (l = pail_list_pop(&fs->volumes.list)) != NULL;)
        volume_free(PAIL_CONTAINER(l, struct volume, link));
    pail_cond_done(&fs->volumes.changed);
    pail_mutex_done(&fs->volumes.lock);
}

/* ---- What the endpoint can do ---------------------------------------------------------------- */

static void memory_path(const struct pail_fs *fs, const struct volume *x, struct pail_buf *to)
{
    pail_buf_fmt(to, "%s/endpoints/", fs->fixed.cache_dir);
    for (const char *p = x->host; *p; p++)
        pail_buf_char(to, *p == '/' ? '_' : *p);
}

static bool recall(struct pail_fs *fs, struct volume *x)
{
    struct pail_buf path = PAIL_BUF_INIT(4096);
    char *text = NULL;
    size_t n = 0;
    memory_path(fs, x, &path);
    bool ok = !path.failed &&
              !pail_file_read_all(pail_buf_cstr(&path), TEXT_MAX, &text, &n, NULL) &&
              pail_probe_from_text(&x->v, pail_str_trim(pail_strn(text, n)));
    pail_free(text);
    pail_buf_done(&path);
    return ok;
}

static void remember(struct pail_fs *fs, const struct volume *x)
{
    struct pail_buf path = PAIL_BUF_INIT(4096), text = PAIL_BUF_INIT(TEXT_MAX);
    struct pail_error err = PAIL_ERROR_INIT;
    pail_buf_fmt(&path, "%s/endpoints", fs->fixed.cache_dir);
    int rc = pail_buf_check(&path, "path", &err);
    if (!rc)
        rc = pail_file_mkdirs(pail_buf_cstr(&path), 0700, &err);
    pail_buf_reset(&path);
    memory_path(fs, x, &path);
    pail_probe_to_text(&x->v, &text);
    pail_buf_char(&text, '\n');
    if (!rc)
        rc = pail_buf_check(&path, "path", &err);
    if (!rc)
        rc = pail_buf_check(&text, "endpoint", &err);
    if (!rc)
        rc = pail_file_write_all(pail_buf_cstr(&path), (struct pail_bytes){text.ptr, text.len},
                                 0600, &err);
    if (rc)
        PAIL_LOG(PAIL_LC_FS, PAIL_LOG_WARN, "what %s can do is not remembered: %s", x->host,
                 err.message);
    pail_buf_done(&path);
    pail_buf_done(&text);
}

/* Another bucket of the same endpoint was asked already? */
static bool borrow_locked(struct pail_fs *fs, struct volume *x)
{
    PAIL_LIST_FOR (it, &fs->volumes.list) {
        const struct volume *o = PAIL_CONTAINER(it, struct volume, link);
        if (o == x || !o->ready || strcmp(o->host, x->host) != 0)
            continue;
        for (size_t i = 0; i < PAIL_CAP_COUNT; i++)
            atomic_store(&x->v.caps[i], atomic_load(&o->v.caps[i]));
        return true;
    }
    return false;
}

/* With a row in the journal, so that a crash leaves nothing in the bucket. */
static int probe_once(struct pail_fs *fs, struct volume *x, struct pail_error *err)
{
    struct pail_buf key = PAIL_BUF_INIT(4 * PAIL_KEY_MAX), copy = PAIL_BUF_INIT(4 * PAIL_KEY_MAX);
    struct pail_buf payload = PAIL_BUF_INIT(64 << 10);
    uint64_t id = 0;
    pail_probe_key(&x->v, &key);
    pail_buf_str(&copy, pail_buf_view(&key));
    pail_buf_z(&copy, PAIL_PROBE_COPY);
    struct pail_journal_rename j = {.type = PAIL_JOURNAL_PROBE,
                                    .phase = PAIL_JOURNAL_COPYING,
                                    .bucket = pail_str(x->bucket),
                                    .from = pail_buf_view(&key),
                                    .to = pail_buf_view(&copy)};
    int rc = pail_buf_check(&copy, "key", err);
    if (!rc)
        rc = pail_journal_encode(&j, &payload, err);
    if (!rc)
        rc = pail_meta_journal_add(fs->fixed.meta, (struct pail_bytes){payload.ptr, payload.len},
                                   &id, err);
    bool left = rc != 0;
    if (!rc)
        rc = pail_probe_endpoint_with(&x->v, pail_buf_view(&key), &left, err);
    struct pail_error why = PAIL_ERROR_INIT;
    if (!left && pail_meta_journal_remove(fs->fixed.meta, id, &why))
        PAIL_LOG(PAIL_LC_FS, PAIL_LOG_WARN, "%s", why.message);
    pail_buf_done(&key);
    pail_buf_done(&copy);
    pail_buf_done(&payload);
    return rc;
}

/* A reply that is lost leaves a question open, so all are asked again. */
static int probe(struct pail_fs *fs, struct volume *x, struct pail_error *err)
{
    for (int i = 0;; i++) {
        struct pail_error why = PAIL_ERROR_INIT;
        pail_assert_no_locks();
        int rc = probe_once(fs, x, &why);
        if (!rc)
            return 0;
        if (why.retry == PAIL_RETRY_NEVER || i + 1 == PROBES) {
            pail_error_copy(err, &why);
            return rc;
        }
    }
}

/* *ret_known: nothing more needs to be asked. */
static int find_out(struct pail_fs *fs, struct volume *x, bool *ret_known, struct pail_error *err)
{
    struct pail_error why = PAIL_ERROR_INIT;
    *ret_known = true;
    if (fs->fixed.opt.probe == PAIL_FS_PROBE_OFF)
        return 0;
    if (fs->fixed.opt.probe != PAIL_FS_PROBE_AGAIN && recall(fs, x))
        return 0;
    int rc = probe(fs, x, &why);
    if (!rc) {
        remember(fs, x);
        return 0;
    }
    *ret_known = false;
    if (why.retry != PAIL_RETRY_NEVER) { /* the change itself would not fare better */
        pail_error_copy(err, &why);
        return rc;
    }
    PAIL_LOG(PAIL_LC_FS, PAIL_LOG_WARN,
             "what %s can do could not be found out, so changes look before they write: %s",
             x->host, why.message);
    return 0;
}

int pail_volume_ready(struct pail_fs *fs, struct pail_volume *v, struct pail_error *err)
{
    struct volume *x = PAIL_CONTAINER(v, struct volume, v);
    struct pail_volumes *vs = &fs->volumes;
    bool known = false;
    pail_mutex_lock(&vs->lock);
    while (!x->ready && vs->probing)
        pail_cond_wait(&vs->changed, &vs->lock);
    if (!x->ready && borrow_locked(fs, x))
        x->ready = true;
    bool mine = !x->ready && pail_clock_mono_ns() >= x->again_ns;
    if (mine)
        vs->probing = true;
    pail_mutex_unlock(&vs->lock);
    if (!mine)
        return 0;
    int rc = find_out(fs, x, &known, err);
    pail_mutex_lock(&vs->lock);
    vs->probing = false;
    x->ready = known;
    x->again_ns = rc ? 0 : pail_deadline_after_ns(ASK_AGAIN_NS);
    pail_cond_broadcast(&vs->changed);
    pail_mutex_unlock(&vs->lock);
    return rc;
}

void pail_volumes_status(struct pail_fs *fs, struct pail_buf *to)
{
    pail_mutex_lock(&fs->volumes.lock);
    PAIL_LIST_FOR (it, &fs->volumes.list) {
        const struct volume *x = PAIL_CONTAINER(it, struct volume, link);
        pail_buf_fmt(to, "bucket: %s at %s, ", x->bucket, x->host);
        if (x->ready)
            pail_probe_to_text(&x->v, to);
        else
            pail_buf_z(to, "not asked yet what it can do");
        pail_buf_char(to, '\n');
    }
    pail_mutex_unlock(&fs->volumes.lock);
}
