/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The model, saved and loaded. Bodies are written flat: what copies and parts shared is no longer
 * shared afterwards, which costs memory and changes no answer.
 */
#include "fake/image.h"

#include <stdlib.h>
#include <string.h>

#include "fake/call.h"

#define MAGIC 0x70616c3353494d31u
#define MAX_TEXT ((uint64_t)1 << 30)

/* ---- numbers and texts ----------------------------------------------------------------------- */

static void put(FILE *to, uint64_t v)
{
    fwrite(&v, sizeof(v), 1, to); /* fake_s3_save looks at ferror() */
}

static void put_text(FILE *to, const char *p, size_t n)
{
    put(to, n);
    fwrite(p, 1, n, to);
}

/* NULL stays NULL. */
static void put_string(FILE *to, const char *z)
{
    put(to, z != NULL);
    if (z)
        put_text(to, z, strlen(z));
}

struct in {
    FILE *from;
    bool bad; /* sticky */
};

static void get_raw(struct in *in, void *p, size_t n)
{
    if (in->bad || (n && fread(p, n, 1, in->from) != 1)) {
        in->bad = true;
        memset(p, 0, n);
    }
}

static uint64_t get(struct in *in)
{
    uint64_t v;
    get_raw(in, &v, sizeof(v));
    return v;
}

static char *get_text(struct in *in, size_t *ret_n)
{
    uint64_t n = get(in);
    if (n > MAX_TEXT) {
        in->bad = true;
        n = 0;
    }
    char *p = fake_xalloc((size_t)n + 1);
    get_raw(in, p, (size_t)n);
    if (ret_n)
        *ret_n = (size_t)n;
    return p;
}

static char *get_string(struct in *in)
{
    return get(in) ? get_text(in, NULL) : NULL;
}

/* ---- parts of the model ---------------------------------------------------------------------- */

static void put_headers(FILE *to, const struct fake_headers *h)
{
    put(to, h->n);
    for (size_t i = 0; i < h->n; i++) {
        put_string(to, h->v[i].name);
        put_string(to, h->v[i].value);
    }
}

static void get_headers(struct in *in, struct fake_headers *h)
{
    for (uint64_t n = get(in); n && !in->bad; n--) {
        char *name = get_string(in), *value = get_string(in);
        if (name && value)
            fake_headers_add(h, name, value);
        else
            in->bad = true;
        free(name);
        free(value);
    }
}

static void put_rope(FILE *to, const struct fake_rope *r)
{
    put(to, r->n);
    for (size_t i = 0; i < r->n_segs; i++)
        fwrite(r->segs[i].blob->p + r->segs[i].off, 1, r->segs[i].n, to);
}

static struct fake_rope *get_rope(struct in *in)
{
    size_t n;
    char *p = get_text(in, &n);
    struct fake_rope *r = fake_rope_of(fake_blob_copy(p, n));
    free(p);
    return r;
}

static void put_object(FILE *to, const struct fake_object *o)
{
    put_rope(to, o->body);
    fwrite(o->etag, sizeof(o->etag), 1, to);
    put(to, o->has_md5);
    fwrite(o->md5, sizeof(o->md5), 1, to);
    fwrite(&o->sum, sizeof(o->sum), 1, to);
    put(to, (uint64_t)o->modified_ms);
    put_headers(to, &o->headers);
    put(to, o->n_parts);
    if (o->n_parts)
        fwrite(o->part_ends, sizeof(*o->part_ends), o->n_parts, to);
}

static struct fake_object *get_object(struct in *in)
{
    struct fake_object *o = fake_object_new(get_rope(in));
    get_raw(in, o->etag, sizeof(o->etag));
    o->has_md5 = get(in) != 0;
    get_raw(in, o->md5, sizeof(o->md5));
    get_raw(in, &o->sum, sizeof(o->sum));
    o->modified_ms = (int64_t)get(in);
    get_headers(in, &o->headers);
    uint64_t n_parts = get(in);
    if (n_parts > 10000)
        in->bad = true;
    o->n_parts = in->bad ? 0 : (size_t)n_parts;
    if (o->n_parts) {
        o->part_ends = fake_xalloc(o->n_parts * sizeof(*o->part_ends));
        get_raw(in, o->part_ends, o->n_parts * sizeof(*o->part_ends));
    }
    return o;
}

static void put_upload(FILE *to, const struct fake_upload *u)
{
    fwrite(u->id, sizeof(u->id), 1, to);
    put_text(to, u->key, u->key_len);
    put_headers(to, &u->headers);
    put(to, u->kind);
    put(to, u->full_object);
    put(to, (uint64_t)u->created_ms);
    put(to, u->n_parts);
    for (size_t i = 0; i < u->n_parts; i++) {
        const struct fake_part *p = &u->parts[i];
        put(to, p->number);
        fwrite(p->md5, sizeof(p->md5), 1, to);
        put_rope(to, p->body);
        fwrite(&p->sum, sizeof(p->sum), 1, to);
        put(to, (uint64_t)p->modified_ms);
    }
}

static struct fake_upload *get_upload(struct in *in)
{
    struct fake_upload *u = fake_xalloc(sizeof(*u));
    get_raw(in, u->id, sizeof(u->id));
    u->key = get_text(in, &u->key_len);
    get_headers(in, &u->headers);
    u->kind = (enum fake_sum)get(in);
    u->full_object = get(in) != 0;
    u->created_ms = (int64_t)get(in);
    for (uint64_t n = get(in); n && !in->bad; n--) {
        struct fake_part p = {.number = (unsigned)get(in)};
        get_raw(in, p.md5, sizeof(p.md5));
        p.body = get_rope(in);
        get_raw(in, &p.sum, sizeof(p.sum));
        p.modified_ms = (int64_t)get(in);
        fake_upload_put(u, p);
    }
    return u;
}

/* ---- buckets --------------------------------------------------------------------------------- */

static void put_bucket(FILE *to, const struct fake_bucket *b)
{
    struct fake_entry *e;
    put_string(to, b->name);
    put(to, (uint64_t)b->created_ms);
    put(to, b->objects.count);
    for (struct fake_pos pos = {0}; (e = fake_index_next(&b->objects, &pos));) {
        put_text(to, e->key, e->key_len);
        put_object(to, e->value);
    }
    put(to, b->uploads.count);
    for (struct fake_pos pos = {0}; (e = fake_index_next(&b->uploads, &pos));) {
        put_text(to, e->key, e->key_len);
        put_upload(to, e->value);
    }
    put(to, b->ended.count);
    for (struct fake_pos pos = {0}; (e = fake_index_next(&b->ended, &pos));) {
        put_text(to, e->key, e->key_len);
        fwrite(e->value, sizeof(struct fake_ended), 1, to);
    }
}

static struct fake_bucket *get_bucket(struct in *in)
{
    char *name = get_string(in);
    struct fake_bucket *b = fake_bucket_new(name ? name : "", (int64_t)get(in));
    free(name);
    struct fake_view key;
    for (uint64_t n = get(in); n && !in->bad; n--) {
        char *p = get_text(in, &key.n);
        key.p = p;
        fake_bucket_put(b, key, get_object(in));
        free(p);
    }
    for (uint64_t n = get(in); n && !in->bad; n--) {
        char *p = get_text(in, &key.n);
        key.p = p;
        fake_index_put(&b->uploads, key)->value = get_upload(in);
        free(p);
    }
    for (uint64_t n = get(in); n && !in->bad; n--) {
        char *p = get_text(in, &key.n);
        key.p = p;
        struct fake_ended *ended = fake_xalloc(sizeof(*ended));
        get_raw(in, ended, sizeof(*ended));
        fake_index_put(&b->ended, key)->value = ended;
        free(p);
    }
    return b;
}

/* ---- the model ------------------------------------------------------------------------------- */

static void put_options(FILE *to, const struct fake_s3_options *o)
{
    fwrite(o, sizeof(*o), 1, to); /* the pointers in it are not used again */
    put_string(to, o->access_key);
    put_string(to, o->secret_key);
    put_string(to, o->session_token);
    put_string(to, o->region);
    put_string(to, o->domain);
}

static struct fake_s3 *new_with_options(struct in *in)
{
    struct fake_s3_options o;
    get_raw(in, &o, sizeof(o));
    char *access_key = get_string(in), *secret_key = get_string(in), *token = get_string(in);
    char *region = get_string(in), *domain = get_string(in);
    o.access_key = access_key;
    o.secret_key = secret_key;
    o.session_token = token;
    o.region = region;
    o.domain = domain;
    struct fake_s3 *s = fake_s3_new(&o);
    free(access_key);
    free(secret_key);
    free(token);
    free(region);
    free(domain);
    return s;
}

bool fake_s3_save(const struct fake_s3 *s, FILE *to)
{
    struct fake_entry *e;
    put(to, MAGIC);
    put_options(to, &s->opt);
    put(to, s->ids);
    put(to, s->keys.count);
    for (struct fake_pos pos = {0}; (e = fake_index_next(&s->keys, &pos));) {
        const struct fake_identity *id = e->value;
        put_text(to, e->key, e->key_len);
        put_string(to, id->secret);
        put_string(to, id->token);
        put_string(to, id->arn);
        put(to, (uint64_t)id->expires_ms);
    }
    put(to, s->buckets.count);
    for (struct fake_pos pos = {0}; (e = fake_index_next(&s->buckets, &pos));)
        put_bucket(to, e->value);
    return !ferror(to);
}

struct fake_s3 *fake_s3_load(FILE *from)
{
    struct in in = {.from = from};
    if (get(&in) != MAGIC)
        return NULL;
    struct fake_s3 *s = new_with_options(&in);
    s->ids = get(&in);
    for (uint64_t n = get(&in); n && !in.bad; n--) {
        size_t len;
        char *key = get_text(&in, &len);
        struct fake_identity *id = fake_xalloc(sizeof(*id));
        id->secret = get_string(&in);
        id->token = get_string(&in);
        id->arn = get_string(&in);
        id->expires_ms = (int64_t)get(&in);
        fake_index_put(&s->keys, (struct fake_view){key, len})->value = id;
        free(key);
    }
    for (uint64_t n = get(&in); n && !in.bad; n--) {
        struct fake_bucket *b = get_bucket(&in);
        struct fake_entry *e = fake_index_put(&s->buckets, fake_view_of(b->name));
        fake_bucket_free(e->value);
        e->value = b;
    }
    if (in.bad) {
        fake_s3_free(s);
        return NULL;
    }
    return s;
}
