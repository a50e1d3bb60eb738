/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The model as a whole: its options, counters and log, and the direct access of tests.
 *
 * Everything that differs from run to run (ids, tokens) comes from one counter mixed with the seed,
 * so equal sequences of requests get equal answers.
 */
#include "fake/s3.h"

#include "fake/call.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct fake_s3 *fake_s3_new(const struct fake_s3_options *opt)
{
    struct fake_s3 *s = fake_xalloc(sizeof(*s));
    if (opt)
        s->opt = *opt;
    s->opt.access_key = fake_dups(s->opt.access_key);
    s->opt.secret_key = fake_dups(s->opt.secret_key ? s->opt.secret_key : "");
    s->opt.session_token = fake_dups(s->opt.session_token);
    s->opt.region = fake_dups(s->opt.region ? s->opt.region : "us-east-1");
    s->opt.domain = fake_dups(s->opt.domain);
    if (s->opt.min_part_size == 0)
        s->opt.min_part_size = (uint64_t)5 << 20;
    s->counts = fake_xalloc(fake_op_count() * sizeof(*s->counts));
    s->log = fake_xalloc(FAKE_LOG_MAX * sizeof(*s->log));
    return s;
}

static void free_bucket(void *b)
{
    fake_bucket_free(b);
}

void fake_s3_free(struct fake_s3 *s)
{
    if (!s)
        return;
    fake_index_done(&s->buckets, free_bucket);
    fake_index_done(&s->keys, fake_identity_free);
    fake_rules_done(&s->rules);
    for (size_t i = 0; i < FAKE_LOG_MAX; i++)
        free(s->log[i]);
    free(s->log);
    free(s->counts);
    free((char *)s->opt.access_key);
    free((char *)s->opt.secret_key);
    free((char *)s->opt.session_token);
    free((char *)s->opt.region);
    free((char *)s->opt.domain);
    free(s);
}

struct fake_s3 *fake_s3_clone(const struct fake_s3 *s)
{
    struct fake_s3 *c = fake_s3_new(&s->opt);
    struct fake_pos pos = {0};
    struct fake_entry *e;
    while ((e = fake_index_next(&s->buckets, &pos)))
        fake_index_put(&c->buckets, (struct fake_view){e->key, e->key_len})
            ->value = fake_bucket_clone(e->value);
    pos = (struct fake_pos){0};
    while ((e = fake_index_next(&s->keys, &pos))) {
        const struct fake_identity *id = e->value;
        struct fake_identity *copy = fake_xalloc(sizeof(*copy));
        *copy = (struct fake_identity){fake_dups(id->secret), fake_dups(id->token),
                                       fake_dups(id->arn), id->expires_ms};
        fake_index_put(&c->keys, (struct fake_view){e->key, e->key_len})->value = copy;
    }
    fake_rules_clone(&c->rules, &s->rules);
    c->ids = s->ids;
    memcpy(c->counts, s->counts, fake_op_count() * sizeof(*c->counts));
    return c;
}

/* splitmix64: a bijection, so ids never repeat. */
uint64_t fake_next_id(struct fake_s3 *s)
{
    uint64_t x = s->opt.seed + ++s->ids * 0x9E3779B97F4A7C15u;
    x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9u;
    x = (x ^ x >> 27) * 0x94D049BB133111EBu;
    return x ^ x >> 31;
}

/* ---- requests -------------------------------------------------------------------------------- */

void fake_s3_handle(struct fake_s3 *s, const struct fake_request *rq, struct fake_response *ret)
{
    struct fake_call c;
    fake_call_begin(&c, s, rq);
    fake_call_payload(&c, rq->body_len ? fake_blob_copy(rq->body, rq->body_len) : NULL);
    fake_call_run(&c);
    *ret = (struct fake_response){.status = c.status,
                                  .headers = c.headers.v,
                                  .n_headers = c.headers.n,
                                  .body_len = (size_t)fake_call_len(&c),
                                  .no_body = c.no_body,
                                  .fate = c.fault.fate,
                                  .cut_at = c.fault.cut_at,
                                  .stall_ms = c.fault.stall_ms,
                                  .operation = c.op->name};
    c.headers = (struct fake_headers){0};
    if (c.rope && !c.no_body) {
        ret->body = fake_xrealloc(NULL, ret->body_len + 1);
        fake_rope_copy(c.rope, c.rope_off, ret->body_len, ret->body);
        ret->body[ret->body_len] = '\0';
    } else if (!c.rope) {
        ret->body = fake_buf_take(&c.out);
    }
    fake_call_done(&c);
}

void fake_response_done(struct fake_response *r)
{
    struct fake_headers h = {r->headers, r->n_headers};
    fake_headers_done(&h);
    free(r->body);
    *r = (struct fake_response){.operation = ""};
}

bool fake_s3_faults(struct fake_s3 *s, const char *script, char msg[256])
{
    return fake_rules_parse(&s->rules, script, msg);
}

uint64_t fake_s3_count(const struct fake_s3 *s, const char *operation)
{
    uint64_t n = 0;
    for (size_t i = 0; i < fake_op_count(); i++)
        if (!operation || strcmp(fake_op_at(i)->name, operation) == 0)
            n += s->counts[i];
    return n;
}

void fake_s3_reset_counts(struct fake_s3 *s)
{
    memset(s->counts, 0, fake_op_count() * sizeof(*s->counts));
    for (size_t i = 0; i < FAKE_LOG_MAX; i++) {
        free(s->log[i]);
        s->log[i] = NULL;
    }
    s->n_log = 0;
}

const char *fake_s3_log(const struct fake_s3 *s, size_t i)
{
    uint64_t first = s->n_log > FAKE_LOG_MAX ? s->n_log - FAKE_LOG_MAX : 0;
    return i < s->n_log - first ? s->log[(first + i) % FAKE_LOG_MAX] : NULL;
}

/* ---- direct access --------------------------------------------------------------------------- */

static struct fake_bucket *find_bucket(const struct fake_s3 *s, const char *bucket)
{
    struct fake_entry *e = fake_index_find(&s->buckets, fake_view_of(bucket));
    return e ? e->value : NULL;
}

static struct fake_object *find_object(const struct fake_s3 *s, const char *bucket, const char *key)
{
    struct fake_bucket *b = find_bucket(s, bucket);
    return b ? fake_bucket_get(b, fake_view_of(key)) : NULL;
}

bool fake_s3_make_bucket(struct fake_s3 *s, const char *bucket)
{
    struct fake_entry *e = fake_index_put(&s->buckets, fake_view_of(bucket));
    if (e->value)
        return false;
    e->value = fake_bucket_new(bucket, 0);
    return true;
}

bool fake_s3_put(struct fake_s3 *s, const char *bucket, const char *key, const void *data, size_t n,
                 const struct fake_header *headers, size_t n_headers, int64_t now_unix_ms)
{
    struct fake_bucket *b = find_bucket(s, bucket);
    if (!b || !*key)
        return false;
    struct fake_object *o = fake_object_new(fake_rope_of(fake_blob_copy(data, n)));
    fake_rope_hash(o->body, FAKE_MD5, o->md5);
    fake_hex(o->md5, 16, o->etag);
    o->has_md5 = true;
    o->modified_ms = now_unix_ms;
    for (size_t i = 0; i < n_headers; i++)
        fake_headers_add(&o->headers, headers[i].name, headers[i].value);
    fake_bucket_put(b, fake_view_of(key), o);
    return true;
}

const void *fake_s3_get(const struct fake_s3 *s, const char *bucket, const char *key,
                        size_t *ret_len, const char **ret_etag)
{
    struct fake_object *o = find_object(s, bucket, key);
    if (!o)
        return NULL;
    if (ret_len)
        *ret_len = (size_t)o->body->n;
    if (ret_etag)
        *ret_etag = o->etag;
    if (o->body->n_segs == 1 && !o->flat)
        return o->body->segs[0].blob->p + o->body->segs[0].off;
    if (!o->flat) {
        o->flat = fake_blob_new((size_t)o->body->n);
        if (!o->flat)
            abort();
        fake_rope_copy(o->body, 0, o->flat->n, o->flat->p);
    }
    return o->flat->p;
}

const char *fake_s3_key(const struct fake_s3 *s, const char *bucket, size_t i)
{
    struct fake_bucket *b = find_bucket(s, bucket);
    struct fake_entry *e = b ? fake_index_at(&b->objects, i) : NULL;
    return e ? e->key : NULL;
}

const char *fake_s3_object_header(const struct fake_s3 *s, const char *bucket, const char *key,
                                  const char *name)
{
    struct fake_object *o = find_object(s, bucket, key);
    return o ? fake_headers_get(&o->headers, name) : NULL;
}

size_t fake_s3_uploads(const struct fake_s3 *s, const char *bucket)
{
    struct fake_bucket *b = find_bucket(s, bucket);
    return b ? b->uploads.count : 0;
}
