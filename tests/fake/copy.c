/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Copies: no byte moves, the new object shares the rope of the old one.
 *
 * S3 gives a copy of a multipart object the MD5 of its content as ETag, so the content must be
 * read. That happens between the two locked stages; the source found at the beginning is compared
 * with the one found again at the end, and hashed once more in the rare case that it changed.
 */
#include "fake/copy.h"

#include "fake/conditions.h"
#include "fake/object.h"
#include "fake/xml.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* "/bucket/key?versionId=V", percent-encoded, the first slash optional. *ret_bucket and *ret_key
 * are the caller's. */
static bool parse_source(const char *v, char **ret_bucket, struct fake_view *ret_key)
{
    const char *query = strstr(v, "?versionId=");
    char *text;
    size_t n;
    if (query && strcmp(query, "?versionId=null") != 0)
        return false;
    if (!fake_pct_decode(v, query ? (size_t)(query - v) : strlen(v), &text, &n))
        return false;
    const char *start = text + (text[0] == '/');
    const char *slash = strchr(start, '/');
    bool ok = slash && slash > start && slash + 1 < text + n;
    if (ok) {
        *ret_bucket = fake_dup(start, (size_t)(slash - start));
        ret_key->n = n - (size_t)(slash + 1 - text);
        ret_key->p = fake_dup(slash + 1, ret_key->n);
    }
    free(text);
    return ok;
}

/* The object that x-amz-copy-source names; code and message say why there is none. */
static struct fake_object *look_up(struct fake_call *c, const char **ret_code)
{
    char *bucket = NULL;
    struct fake_view key = {0};
    *ret_code = "InvalidArgument";
    if (!parse_source(fake_call_header(c, "x-amz-copy-source"), &bucket, &key))
        return NULL;
    struct fake_entry *e = fake_index_find(&c->s->buckets, fake_view_of(bucket));
    struct fake_object *o = e ? fake_bucket_get(e->value, key) : NULL;
    *ret_code = e ? "NoSuchKey" : "NoSuchBucket";
    free(bucket);
    free((char *)key.p);
    return o;
}

/* "bytes=a-b", both needed. */
static bool read_range(const char *v, uint64_t size, uint64_t *off, uint64_t *n)
{
    char a[24] = "", b[24] = "";
    uint64_t first, last;
    const char *dash = strncmp(v, "bytes=", 6) == 0 ? strchr(v, '-') : NULL;
    if (!dash || dash - v - 6 >= 24 || strlen(dash + 1) >= 24)
        return false;
    memcpy(a, v + 6, (size_t)(dash - v - 6));
    strncpy(b, dash + 1, sizeof(b) - 1);
    if (!fake_number(a, UINT64_MAX, &first) || !fake_number(b, UINT64_MAX, &last) || last < first ||
        last >= size)
        return false;
    *off = first;
    *n = last - first + 1;
    return true;
}

static bool source_range(struct fake_call *c, const struct fake_object *o, uint64_t *off,
                         uint64_t *n)
{
    const char *range = fake_call_header(c, "x-amz-copy-source-range");
    *off = 0;
    *n = o->body->n;
    if (!range || strcmp(c->op->name, "UploadPartCopy") != 0)
        return true;
    return read_range(range, o->body->n, off, n);
}

static const struct fake_upload *target_upload(struct fake_call *c)
{
    const char *id = fake_call_param(c, "uploadId");
    struct fake_entry *e = c->bucket_name
                               ? fake_index_find(&c->s->buckets, fake_view_of(c->bucket_name))
                               : NULL;
    if (!id || !e)
        return NULL;
    struct fake_view name = fake_upload_name(c->key, id);
    e = fake_index_find(&((struct fake_bucket *)e->value)->uploads, name);
    free((char *)name.p);
    return e ? e->value : NULL;
}

/* The checksum that the copy will bear: as asked, else the source's kind where that must be
 * computed anew. */
static enum fake_sum kind_wanted(struct fake_call *c, const struct fake_object *src)
{
    const char *asked = fake_call_header(c, "x-amz-checksum-algorithm");
    if (asked)
        return fake_sum_by_name(asked);
    return src->sum.composite ? src->sum.kind : FAKE_NO_SUM;
}

void fake_copy_look(struct fake_call *c)
{
    bool part = strncmp(c->op->name, "UploadPart", 10) == 0;
    const struct fake_upload *u = part ? target_upload(c) : NULL;
    if (u && (u->full_object || c->op->flags & FAKE_OP_SOURCE))
        c->want = u->kind;
    if (!(c->op->flags & FAKE_OP_SOURCE))
        return;
    const char *code;
    struct fake_object *o = look_up(c, &code);
    struct fake_source *src = &c->source;
    if (!o || !source_range(c, o, &src->off, &src->n))
        return;
    src->kind = part ? c->want : kind_wanted(c, o);
    c->want = FAKE_NO_SUM;
    if (part || !o->has_md5 || src->kind != FAKE_NO_SUM)
        src->object = fake_object_ref(o);
}

/* Digests of a source that was not there, or another one, when the call began. */
static void hash_now(struct fake_source *src, struct fake_object *o, uint64_t off, uint64_t n)
{
    uint8_t md5[FAKE_SUM_MAX];
    struct fake_rope *r = fake_rope_slice(o->body, off, n);
    fake_rope_hash(r, FAKE_MD5, md5);
    memcpy(src->md5, md5, 16);
    if (src->kind != FAKE_NO_SUM)
        fake_rope_hash(r, src->kind, src->sum);
    fake_rope_unref(r);
}

struct fake_object *fake_copy_source(struct fake_call *c)
{
    struct fake_source *src = &c->source;
    const char *code;
    uint64_t off, n;
    struct fake_object *o = look_up(c, &code);
    if (!o) {
        bool bad = strcmp(code, "InvalidArgument") == 0;
        fake_fail(c, bad ? 400 : 404, code, "%s",
                  bad ? "Copy Source must mention the source bucket and key: sourcebucket/sourcekey"
                      : "The specified key does not exist.");
        return NULL;
    }
    if (!fake_check_source(c, o) || !fake_object_readable(c, o))
        return NULL;
    if (!source_range(c, o, &off, &n)) {
        fake_fail(c, 400, "InvalidArgument",
                  "Range specified is not valid for source object of size: %llu",
                  (unsigned long long)o->body->n);
        return NULL;
    }
    if (n > FAKE_MAX_PUT) {
        fake_fail(c, 400, "InvalidRequest",
                  "The specified copy source is larger than the maximum allowable size for a copy "
                  "source: "
                  "5368709120");
        return NULL;
    }
    bool part = strcmp(c->op->name, "UploadPartCopy") == 0;
    if (!part)
        src->kind = kind_wanted(c, o);
    if (!part && o->has_md5 && src->kind == FAKE_NO_SUM)
        memcpy(src->md5, o->md5, 16);
    else if (!src->hashed || src->object != o || src->off != off || src->n != n)
        hash_now(src, o, off, n);
    src->off = off;
    src->n = n;
    return o;
}

/* ---- CopyObject ------------------------------------------------------------------------------ */

static bool is_replace(struct fake_call *c, const char *header, bool *ret)
{
    const char *v = fake_call_header(c, header);
    *ret = v && strcmp(v, "REPLACE") == 0;
    if (v && !*ret && strcmp(v, "COPY") != 0)
        return fake_fail(c, 400, "InvalidArgument", "Unknown metadata directive.");
    return true;
}

/* What the copy bears: the source's headers or the request's; storage class and encryption always
 * come from the request. */
static bool copy_headers(struct fake_call *c, const struct fake_object *src,
                         struct fake_headers *ret)
{
    bool replace, retag;
    struct fake_headers given;
    if (!is_replace(c, "x-amz-metadata-directive", &replace) ||
        !is_replace(c, "x-amz-tagging-directive", &retag) || !fake_headers_take(c, &given))
        return false;
    *ret = (struct fake_headers){0};
    for (size_t i = 0; i < given.n; i++) {
        const char *name = given.v[i].name;
        bool own = strncmp(name, "x-amz-storage", 13) == 0 ||
                   strncmp(name, "x-amz-server-side", 17) == 0 ||
                   strncmp(name, "x-amz-website", 13) == 0;
        bool tag = strcmp(name, "x-amz-tagging") == 0;
        if (own || (tag ? retag : replace))
            fake_headers_add(ret, name, given.v[i].value);
    }
    for (size_t i = 0; i < src->headers.n; i++) {
        const char *name = src->headers.v[i].name;
        bool meta = strncmp(name, "x-amz-", 6) != 0 || strncmp(name, "x-amz-meta-", 11) == 0;
        bool tag = strcmp(name, "x-amz-tagging") == 0;
        if ((meta && !replace) || (tag && !retag))
            fake_headers_add(ret, name, src->headers.v[i].value);
    }
    bool changed = replace || retag || fake_headers_get(&given, "x-amz-storage-class") ||
                   fake_headers_get(&given, "x-amz-server-side-encryption") ||
                   fake_headers_get(&given, "x-amz-website-redirect-location");
    fake_headers_done(&given);
    struct fake_bucket *b = fake_call_bucket(c);
    if (changed || fake_bucket_get(b, c->key) != src)
        return true;
    fake_headers_done(ret);
    return fake_fail(
        c, 400, "InvalidRequest",
        "This copy request is illegal because it is trying to copy an object to itself without "
        "changing the object's metadata, storage class, website redirect location or "
        "encryption attributes.");
}

void fake_op_copy_object(struct fake_call *c)
{
    struct fake_bucket *b = fake_call_bucket(c);
    struct fake_object *src = b ? fake_copy_source(c) : NULL;
    struct fake_headers headers;
    if (!src || !fake_check_write(c, fake_bucket_get(b, c->key), false) ||
        !copy_headers(c, src, &headers))
        return;
    struct fake_object *o = fake_object_new(fake_rope_ref(src->body));
    memcpy(o->md5, c->source.md5, 16);
    o->has_md5 = true;
    fake_hex(o->md5, 16, o->etag);
    o->modified_ms = c->rq->now_unix_ms;
    o->headers = headers;
    o->sum = src->sum;
    if (c->source.kind != FAKE_NO_SUM) {
        o->sum = (struct fake_checksum){.kind = c->source.kind};
        fake_base64(c->source.sum, fake_sum_size(o->sum.kind), o->sum.text);
    }
    if (!src->has_md5) {
        memcpy(src->md5, o->md5, 16);
        src->has_md5 = true;
    }
    struct fake_buf xml = {0};
    char date[FAKE_DATE];
    fake_date_iso(o->modified_ms, date);
    fake_buf_fmt(&xml,
                 FAKE_XML "<CopyObjectResult" FAKE_XMLNS "><LastModified>%s</LastModified>"
                          "<ETag>&quot;%s&quot;</ETag>",
                 date, o->etag);
    fake_xml_sum(&xml, &o->sum, true);
    fake_buf_str(&xml, "</CopyObjectResult>");
    fake_answer_stored(c, &o->headers);
    fake_answer_xml(c, &xml);
    fake_bucket_put(b, c->key, o);
}
