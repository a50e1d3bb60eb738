/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Copying a tree: many CopyObjects under way, what they gave kept in key order, and deleting many
 * keys.
 *
 * A copy that keeps the ETag and has no version id, which is nearly every one, costs its key and
 * ETag in memory; the rest keeps the whole answer. A tree that needs more than 256 MiB for that is
 * refused before it is too late (EXDEV: mv then copies and deletes by itself).
 */
#include "base/alloc.h"
#include "base/str.h"
#include "base/thread.h"
#include "core/core.h"

#define PARALLEL 32
#define MEMORY_MAX ((size_t)256 << 20)
#define KEYS_PER_DELETE 1000

struct job {
    struct pail_copies *set;
    struct pail_copied *copied;
    struct pail_s3_put_result put;
};

struct pail_copies {
    struct pail_fs *fs;
    struct pail_volume *volume;
    struct pail_str from, to; /* borrowed */
    struct pail_copied *first, **tail;
    size_t memory;
    struct pail_mutex lock; /* PAIL_RANK_LEAF */
    struct pail_cond cond;
    struct { /* under lock */
        unsigned in_flight;
        struct pail_error err;
    } own;
};

int pail_copies_new(struct pail_fs *fs, struct pail_volume *v, struct pail_str from,
                    struct pail_str to, struct pail_copies **ret, struct pail_error *err)
{
    struct pail_copies *c = pail_zalloc(sizeof(*c));
    if (!c)
        return pail_error_nomem(err);
    c->fs = fs;
    c->volume = v;
    c->from = from;
    c->to = to;
    c->tail = &c->first;
    pail_mutex_init(&c->lock, "copies", PAIL_RANK_LEAF);
    pail_cond_init(&c->cond);
    int rc = pail_volume_ready(fs, v, err);
    if (rc)
        pail_copies_free(c);
    else
        *ret = c;
    return rc;
}

void pail_copies_free(struct pail_copies *c)
{
    if (!c)
        return;
    int ignored = pail_copies_wait(c, NULL);
    (void)ignored;
    while (c->first) {
        struct pail_copied *x = c->first;
        c->first = x->next;
        pail_free(x->put);
        pail_free(x);
    }
    pail_cond_done(&c->cond);
    pail_mutex_done(&c->lock);
    pail_free(c);
}

const struct pail_copied *pail_copies_list(const struct pail_copies *c)
{
    return c->first;
}

/* Until at most `most` are under way. */
static int wait_until(struct pail_copies *c, unsigned most, struct pail_error *err)
{
    pail_mutex_lock(&c->lock);
    while (c->own.in_flight > most)
        pail_cond_wait(&c->cond, &c->lock);
    int rc = c->own.err.code;
    if (rc && err)
        pail_error_copy(err, &c->own.err);
    pail_mutex_unlock(&c->lock);
    return rc;
}

int pail_copies_wait(struct pail_copies *c, struct pail_error *err)
{
    return wait_until(c, 0, err);
}

/* What differs from the source is kept. */
static int keep_put(struct pail_copied *x, const struct pail_s3_put_result *put,
                    struct pail_error *err)
{
    bool same = strlen(put->etag) == x->etag_len &&
                memcmp(put->etag, x->text + x->key_len, x->etag_len) == 0;
    if (same && !put->version_id[0])
        return 0;
    x->put = pail_alloc(sizeof(*x->put));
    if (!x->put)
        return pail_error_nomem(err);
    *x->put = *put;
    return 0;
}

static void ended(struct pail_copies *c, const struct pail_error *err)
{
    pail_mutex_lock(&c->lock);
    c->own.in_flight--;
    if (err && !c->own.err.code)
        pail_error_copy(&c->own.err, err);
    pail_cond_broadcast(&c->cond);
    pail_mutex_unlock(&c->lock);
}

static void on_copy(void *ud, const struct pail_error *err)
{
    struct job *j = ud;
    struct pail_error why = PAIL_ERROR_INIT;
    bool gone = err && err->code == PAIL_E_NOT_FOUND;
    if (gone)
        j->copied->gone = true;
    else if (err)
        pail_error_copy(&why, err);
    else
        (void)!keep_put(j->copied, &j->put, &why);
    if (why.code == PAIL_E_PRECONDITION)
        why.code = PAIL_E_FS_STALE;
    struct pail_copies *set = j->set;
    pail_free(j);
    ended(set, why.code ? &why : NULL);
}

static int start(struct pail_copies *c, struct job *j, struct pail_str key, struct pail_str to,
                 struct pail_str etag, struct pail_error *err)
{
    struct pail_s3_copy_args args = {
        .call = pail_volume_call(c->volume, PAIL_PRIO_META),
        .bucket = pail_str(c->volume->bucket),
        .key = to,
        .source_bucket = pail_str(c->volume->bucket),
        .source_key = key,
    };
    if (pail_volume_can(c->volume, PAIL_CAP_COPY_SOURCE))
        args.source_if_match = etag;
    pail_mutex_lock(&c->lock);
    c->own.in_flight++;
    pail_mutex_unlock(&c->lock);
    int rc = pail_s3_copy_async(c->volume->s3, &args, &j->put, on_copy, j, NULL, err);
    if (rc) {
        pail_free(j);
        ended(c, NULL);
    }
    return rc;
}

static int copy_large(struct pail_copies *c, struct pail_copied *x, struct pail_str to,
                      struct pail_str etag, struct pail_error *err)
{
    struct pail_s3_put_result put;
    struct pail_copy copy = {.volume = c->volume,
                             .from = pail_strn(x->text, x->key_len),
                             .to = to,
                             .etag = etag,
                             .size = x->size};
    memset(&put, 0, sizeof(put));
    int rc = pail_copy_object(c->fs, &copy, &put, err);
    return rc ? rc : keep_put(x, &put, err);
}

static struct pail_copied *append(struct pail_copies *c, const struct pail_s3_entry *e)
{
    size_t n = sizeof(struct pail_copied) + e->key.len + e->etag.len + 1;
    struct pail_copied *x = pail_zalloc(n);
    if (!x)
        return NULL;
    x->key_len = e->key.len;
    x->etag_len = e->etag.len;
    x->size = e->size;
    memcpy(x->text, e->key.ptr, e->key.len);
    if (e->etag.len)
        memcpy(x->text + e->key.len, e->etag.ptr, e->etag.len);
    c->memory += n;
    *c->tail = x;
    c->tail = &x->next;
    return x;
}

int pail_copies_add(struct pail_copies *c, const struct pail_s3_entry *e, struct pail_error *err)
{
    struct pail_buf to = PAIL_BUF_INIT(4 * PAIL_KEY_MAX);
    int rc = wait_until(c, PARALLEL - 1, err);
    if (rc)
        return rc;
    pail_buf_str(&to, c->to);
    pail_buf_str(&to, pail_str_from(e->key, c->from.len));
    rc = pail_buf_check(&to, "key", err);
    if (!rc && to.len > PAIL_KEY_MAX)
        rc = pail_error_set(err, PAIL_D_FS, PAIL_E_FS_NAMETOOLONG,
                            "%.*s would have a key of %zu bytes; S3 has 1,024",
                            PAIL_STR_ARG(e->key), to.len);
    if (!rc && c->memory > MEMORY_MAX)
        rc = pail_error_set(err, PAIL_D_FS, PAIL_E_FS_XDEV,
                            "s3://%s/%.*s holds too many objects to be renamed as one",
                            c->volume->bucket, PAIL_STR_ARG(c->from));
    struct pail_copied *x = rc ? NULL : append(c, e);
    if (!rc && !x)
        rc = pail_error_nomem(err);
    if (!rc && e->size > PAIL_S3_MAX_COPY) {
        rc = copy_large(c, x, pail_buf_view(&to), e->etag, err);
    } else if (!rc) {
        struct job *j = pail_zalloc(sizeof(*j));
        if (!j) {
            rc = pail_error_nomem(err);
        } else {
            j->set = c;
            j->copied = x;
            rc = start(c, j, e->key, pail_buf_view(&to), e->etag, err);
        }
    }
    pail_buf_done(&to);
    return rc;
}

/* ---- Deleting -------------------------------------------------------------------------------- */

void pail_key_list_init(struct pail_key_list *l)
{
    memset(l, 0, sizeof(*l));
    pail_buf_init(&l->text, MEMORY_MAX);
}

void pail_key_list_done(struct pail_key_list *l)
{
    pail_buf_done(&l->text);
    pail_free(PAIL_STEAL(l->ends));
}

int pail_key_list_add(struct pail_key_list *l, struct pail_str prefix, struct pail_str rest,
                      struct pail_error *err)
{
    if (l->n == l->cap) {
        size_t cap = l->cap ? 2 * l->cap : 256;
        size_t *ends = pail_reallocarray(l->ends, cap, sizeof(*ends));
        if (!ends)
            return pail_error_nomem(err);
        l->ends = ends;
        l->cap = cap;
    }
    pail_buf_str(&l->text, prefix);
    pail_buf_str(&l->text, rest);
    l->ends[l->n] = l->text.len;
    int rc = pail_buf_check(&l->text, "keys", err);
    l->n += !rc;
    return rc;
}

static int delete_some(struct pail_volume *v, const struct pail_key_list *l, size_t first, size_t n,
                       struct pail_str *keys, struct pail_error *results, struct pail_error *err)
{
    for (size_t i = 0; i < n; i++) {
        size_t at = first + i, from = at ? l->ends[at - 1] : 0;
        keys[i] = pail_strn(l->text.ptr + from, l->ends[at] - from);
    }
    struct pail_s3_delete_many_args args = {.call = pail_volume_call(v, PAIL_PRIO_META),
                                            .bucket = pail_str(v->bucket),
                                            .keys = keys,
                                            .n_keys = n};
    pail_assert_no_locks();
    int rc = pail_s3_delete_many(v->s3, &args, results, err);
    for (size_t i = 0; i < n && !rc; i++) {
        if (!results[i].code || results[i].code == PAIL_E_NOT_FOUND)
            continue;
        rc = results[i].code;
        pail_error_copy(err, &results[i]);
    }
    return rc;
}

int pail_delete_keys(struct pail_fs *fs, struct pail_volume *v, const struct pail_key_list *l,
                     struct pail_error *err)
{
    struct pail_str *keys = pail_calloc(KEYS_PER_DELETE, sizeof(*keys));
    struct pail_error *results = pail_calloc(KEYS_PER_DELETE, sizeof(*results));
    bool ok = keys && results;
    int first = ok ? pail_volume_ready(fs, v, err) : pail_error_nomem(err);
    ok = ok && !first;
    for (size_t at = 0; at < l->n && ok; at += KEYS_PER_DELETE) {
        struct pail_error why = PAIL_ERROR_INIT;
        int rc = delete_some(v, l, at, (size_t)pail_min_u64(KEYS_PER_DELETE, l->n - at), keys,
                             results, &why);
        if (rc && !first) {
            first = rc;
            pail_error_copy(err, &why);
        }
    }
    pail_free(keys);
    pail_free(results);
    return first;
}
