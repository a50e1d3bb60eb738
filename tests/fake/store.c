/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bytes, objects and buckets of the S3 model.
 *
 * An object's body is a rope: a list of pieces of blobs. So Complete joins its parts,
 * UploadPartCopy takes a range and CopyObject everything without moving a byte, and a clone of the
 * store costs its keys only. Large blobs are aligned to huge pages, because the page faults of a
 * fresh GiB would cost as much as receiving it.
 */
#include "fake/store.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/mman.h>

#define HUGE_PAGE ((size_t)2 << 20)

static char *bytes_new(size_t n)
{
    if (n < 2 * HUGE_PAGE)
        return malloc(n ? n : 1);
    size_t rounded = (n + HUGE_PAGE - 1) & ~(HUGE_PAGE - 1);
    char *p = aligned_alloc(HUGE_PAGE, rounded);
    if (p)
        madvise(p, rounded, MADV_HUGEPAGE);
    return p;
}

struct fake_blob *fake_blob_new(size_t n)
{
    struct fake_blob *b = calloc(1, sizeof(*b));
    if (!b)
        return NULL;
    b->p = bytes_new(n);
    if (!b->p) {
        free(b);
        return NULL;
    }
    atomic_init(&b->refs, 1);
    b->n = b->cap = n;
    return b;
}

struct fake_blob *fake_blob_copy(const void *p, size_t n)
{
    struct fake_blob *b = fake_blob_new(n);
    if (!b)
        abort();
    if (n)
        memcpy(b->p, p, n);
    return b;
}

bool fake_blob_grow(struct fake_blob *b, size_t cap)
{
    if (cap <= b->cap)
        return true;
    char *p = bytes_new(cap);
    if (!p)
        return false;
    memcpy(p, b->p, b->n);
    free(b->p);
    b->p = p;
    b->cap = cap;
    return true;
}

struct fake_blob *fake_blob_ref(struct fake_blob *b)
{
    atomic_fetch_add(&b->refs, 1);
    return b;
}

void fake_blob_unref(struct fake_blob *b)
{
    if (!b || atomic_fetch_sub(&b->refs, 1) != 1)
        return;
    free(b->p);
    free(b);
}

/* ---- ropes ----------------------------------------------------------------------------------- */

static struct fake_rope *rope_new(size_t n_segs)
{
    struct fake_rope *r = fake_xalloc(sizeof(*r) + n_segs * sizeof(r->segs[0]));
    atomic_init(&r->refs, 1);
    return r;
}

static void rope_add(struct fake_rope *r, struct fake_blob *blob, size_t off, size_t n)
{
    r->segs[r->n_segs++] = (struct fake_seg){fake_blob_ref(blob), off, n};
    r->n += n;
}

struct fake_rope *fake_rope_of(struct fake_blob *take_blob)
{
    struct fake_rope *r = rope_new(1);
    if (take_blob->n)
        rope_add(r, take_blob, 0, take_blob->n);
    fake_blob_unref(take_blob);
    return r;
}

struct fake_rope *fake_rope_slice(const struct fake_rope *r, uint64_t off, uint64_t n)
{
    struct fake_rope *ret = rope_new(r->n_segs);
    for (size_t i = 0; i < r->n_segs && n; i++) {
        const struct fake_seg *s = &r->segs[i];
        if (off >= s->n) {
            off -= s->n;
            continue;
        }
        size_t take = s->n - off < n ? s->n - (size_t)off : (size_t)n;
        rope_add(ret, s->blob, s->off + (size_t)off, take);
        n -= take;
        off = 0;
    }
    return ret;
}

struct fake_rope *fake_rope_join(struct fake_rope *const *ropes, size_t n)
{
    size_t n_segs = 0;
    for (size_t i = 0; i < n; i++)
        n_segs += ropes[i]->n_segs;
    struct fake_rope *ret = rope_new(n_segs);
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < ropes[i]->n_segs; k++) {
            const struct fake_seg *s = &ropes[i]->segs[k];
            rope_add(ret, s->blob, s->off, s->n);
        }
    return ret;
}

struct fake_rope *fake_rope_ref(struct fake_rope *r)
{
    atomic_fetch_add(&r->refs, 1);
    return r;
}

void fake_rope_unref(struct fake_rope *r)
{
    if (!r || atomic_fetch_sub(&r->refs, 1) != 1)
        return;
    for (size_t i = 0; i < r->n_segs; i++)
        fake_blob_unref(r->segs[i].blob);
    free(r);
}

void fake_rope_copy(const struct fake_rope *r, uint64_t off, size_t n, char *ret)
{
    for (size_t i = 0; i < r->n_segs && n; i++) {
        const struct fake_seg *s = &r->segs[i];
        if (off >= s->n) {
            off -= s->n;
            continue;
        }
        size_t take = s->n - off < n ? s->n - (size_t)off : n;
        memcpy(ret, s->blob->p + s->off + off, take);
        ret += take;
        n -= take;
        off = 0;
    }
}

void fake_rope_hash(const struct fake_rope *r, enum fake_sum kind, uint8_t *ret)
{
    struct fake_hash h;
    fake_hash_init(&h, kind);
    for (size_t i = 0; i < r->n_segs; i++)
        fake_hash_update(&h, r->segs[i].blob->p + r->segs[i].off, r->segs[i].n);
    fake_hash_final(&h, ret);
}

/* ---- headers and objects --------------------------------------------------------------------- */

void fake_headers_add(struct fake_headers *h, const char *name, const char *value)
{
    h->v = fake_xrealloc(h->v, (h->n + 1) * sizeof(*h->v));
    h->v[h->n++] = (struct fake_header){fake_dups(name), fake_dups(value)};
}

const char *fake_headers_get(const struct fake_headers *h, const char *name)
{
    for (size_t i = 0; i < h->n; i++)
        if (strcasecmp(h->v[i].name, name) == 0)
            return h->v[i].value;
    return NULL;
}

void fake_headers_copy(struct fake_headers *to, const struct fake_headers *from)
{
    for (size_t i = 0; i < from->n; i++)
        fake_headers_add(to, from->v[i].name, from->v[i].value);
}

void fake_headers_done(struct fake_headers *h)
{
    for (size_t i = 0; i < h->n; i++) {
        free(h->v[i].name);
        free(h->v[i].value);
    }
    free(h->v);
    *h = (struct fake_headers){0};
}

struct fake_object *fake_object_new(struct fake_rope *take_body)
{
    struct fake_object *o = fake_xalloc(sizeof(*o));
    atomic_init(&o->refs, 1);
    o->body = take_body;
    o->sum.kind = FAKE_NO_SUM;
    return o;
}

struct fake_object *fake_object_ref(struct fake_object *o)
{
    atomic_fetch_add(&o->refs, 1);
    return o;
}

void fake_object_unref(struct fake_object *o)
{
    if (!o || atomic_fetch_sub(&o->refs, 1) != 1)
        return;
    fake_rope_unref(o->body);
    fake_blob_unref(o->flat);
    fake_headers_done(&o->headers);
    free(o->part_ends);
    free(o);
}

/* ---- uploads --------------------------------------------------------------------------------- */

size_t fake_upload_seek(const struct fake_upload *u, unsigned number)
{
    size_t lo = 0, hi = u->n_parts;
    while (lo < hi) {
        size_t mid = (lo + hi) / 2;
        if (u->parts[mid].number < number)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

struct fake_part *fake_upload_part(const struct fake_upload *u, unsigned number)
{
    size_t i = fake_upload_seek(u, number);
    return i < u->n_parts && u->parts[i].number == number ? &u->parts[i] : NULL;
}

void fake_upload_put(struct fake_upload *u, struct fake_part take_part)
{
    struct fake_part *old = fake_upload_part(u, take_part.number);
    if (old) {
        fake_rope_unref(old->body);
        *old = take_part;
        return;
    }
    if (u->n_parts == u->cap_parts) {
        u->cap_parts = u->cap_parts ? u->cap_parts * 2 : 8;
        u->parts = fake_xrealloc(u->parts, u->cap_parts * sizeof(*u->parts));
    }
    size_t at = fake_upload_seek(u, take_part.number);
    memmove(u->parts + at + 1, u->parts + at, (u->n_parts - at) * sizeof(*u->parts));
    u->parts[at] = take_part;
    u->n_parts++;
}

void fake_upload_free(struct fake_upload *u)
{
    if (!u)
        return;
    for (size_t i = 0; i < u->n_parts; i++)
        fake_rope_unref(u->parts[i].body);
    free(u->parts);
    fake_headers_done(&u->headers);
    free(u->key);
    free(u);
}

static struct fake_upload *upload_clone(const struct fake_upload *u)
{
    struct fake_upload *c = fake_xalloc(sizeof(*c));
    *c = *u;
    c->key = fake_dup(u->key, u->key_len);
    c->headers = (struct fake_headers){0};
    fake_headers_copy(&c->headers, &u->headers);
    c->parts = NULL;
    c->n_parts = c->cap_parts = 0;
    for (size_t i = 0; i < u->n_parts; i++) {
        struct fake_part p = u->parts[i];
        fake_rope_ref(p.body);
        fake_upload_put(c, p);
    }
    return c;
}

struct fake_view fake_upload_name(struct fake_view key, const char *id)
{
    struct fake_buf b = {0};
    fake_buf_put(&b, key.p, key.n);
    fake_buf_put(&b, "", 1);
    fake_buf_str(&b, id);
    size_t n = b.n;
    return (struct fake_view){fake_buf_take(&b), n};
}

/* ---- buckets --------------------------------------------------------------------------------- */

struct fake_bucket *fake_bucket_new(const char *name, int64_t now_ms)
{
    struct fake_bucket *b = fake_xalloc(sizeof(*b));
    b->name = fake_dups(name);
    b->created_ms = now_ms;
    return b;
}

struct fake_bucket *fake_bucket_clone(const struct fake_bucket *b)
{
    struct fake_bucket *c = fake_bucket_new(b->name, b->created_ms);
    struct fake_entry *e;
    struct fake_pos pos = {0};
    while ((e = fake_index_next(&b->objects, &pos)))
        fake_bucket_put(c, (struct fake_view){e->key, e->key_len}, fake_object_ref(e->value));
    pos = (struct fake_pos){0};
    while ((e = fake_index_next(&b->uploads, &pos)))
        fake_index_put(&c->uploads, (struct fake_view){e->key, e->key_len})->value = upload_clone(
            e->value);
    pos = (struct fake_pos){0};
    while ((e = fake_index_next(&b->ended, &pos))) {
        struct fake_ended *ended = fake_xalloc(sizeof(*ended));
        *ended = *(const struct fake_ended *)e->value;
        fake_index_put(&c->ended, (struct fake_view){e->key, e->key_len})->value = ended;
    }
    pos = (struct fake_pos){0};
    while ((e = fake_index_next(&b->configs, &pos)))
        fake_index_put(&c->configs, (struct fake_view){e->key, e->key_len})->value = fake_blob_ref(
            e->value);
    return c;
}

static void free_object(void *o)
{
    fake_object_unref(o);
}

static void free_blob(void *b)
{
    fake_blob_unref(b);
}

static void free_upload(void *u)
{
    fake_upload_free(u);
}

void fake_bucket_free(struct fake_bucket *b)
{
    if (!b)
        return;
    fake_index_done(&b->objects, free_object);
    fake_index_done(&b->uploads, free_upload);
    fake_index_done(&b->ended, free);
    fake_index_done(&b->configs, free_blob);
    free(b->name);
    free(b);
}

struct fake_object *fake_bucket_get(const struct fake_bucket *b, struct fake_view key)
{
    struct fake_entry *e = fake_index_find(&b->objects, key);
    return e ? e->value : NULL;
}

void fake_bucket_put(struct fake_bucket *b, struct fake_view key, struct fake_object *take_o)
{
    struct fake_entry *e = fake_index_put(&b->objects, key);
    fake_object_unref(e->value);
    e->value = take_o;
}

bool fake_bucket_remove(struct fake_bucket *b, struct fake_view key)
{
    struct fake_object *o = fake_index_remove(&b->objects, key);
    fake_object_unref(o);
    return o != NULL;
}
