/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CompleteMultipartUpload: the list of parts is checked against what was uploaded, then their ropes
 * are joined.
 *
 * Completing again with the same id succeeds and changes nothing, as at S3: a client whose answer
 * was lost must be able to ask again. What ended is remembered by name, id and result, for as long
 * as the bucket lives.
 */
#include "fake/call.h"
#include "fake/conditions.h"
#include "fake/object.h"
#include "fake/upload.h"
#include "fake/xml.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct chosen {
    struct fake_part **v;
    size_t n;
};

static bool malformed(struct fake_call *c)
{
    return fake_fail(
        c, 400, "MalformedXML",
        "The XML you provided was not well-formed or did not validate against our published "
        "schema");
}

static bool invalid_part(struct fake_call *c)
{
    return fake_fail(
        c, 400, "InvalidPart",
        "One or more of the specified parts could not be found.  The part may not have been "
        "uploaded, or the specified entity tag may not match the part's entity tag.");
}

/* The part's checksum as the list gives it, where it does. */
static bool check_part_sum(struct fake_call *c, const struct fake_upload *u,
                           const struct fake_doc *d, size_t node, const struct fake_part *p)
{
    bool any = false;
    for (int k = 0; k < FAKE_SUMS; k++) {
        char name[32];
        snprintf(name, sizeof(name), "Checksum%s", fake_sum_upper((enum fake_sum)k));
        const struct fake_node *sum = fake_xml_child(d, node, name);
        if (!sum)
            continue;
        any = true;
        if ((int)p->sum.kind != k || strcmp(p->sum.text, sum->text) != 0)
            return invalid_part(c);
    }
    if (!any && u->kind != FAKE_NO_SUM && !u->full_object)
        return fake_fail(
            c, 400, "InvalidRequest",
            "The upload was created using a %s checksum. The complete request must include the "
            "checksum for each part. It was missing for part %u in the request.",
            fake_sum_name(u->kind), p->number);
    return true;
}

static bool choose(struct fake_call *c, const struct fake_upload *u, const struct fake_doc *d,
                   struct chosen *ret)
{
    unsigned last = 0;
    for (size_t i = 1; i < d->n; i++) {
        if (d->v[i].parent != 0 || strcmp(d->v[i].name, "Part") != 0)
            continue;
        const struct fake_node *number = fake_xml_child(d, i, "PartNumber");
        const struct fake_node *etag = fake_xml_child(d, i, "ETag");
        uint64_t n;
        if (!number || !etag || !fake_number(number->text, INT32_MAX, &n))
            return malformed(c);
        if (n <= last)
            return fake_fail(
                c, 400, "InvalidPartOrder",
                "The list of parts was not in ascending order. Parts must be ordered by part "
                "number.");
        last = (unsigned)n;
        struct fake_part *p = fake_upload_part(u, last);
        char md5[33] = "";
        if (p)
            fake_hex(p->md5, 16, md5);
        if (!p || !fake_etag_matches(etag->text, md5) || strcmp(etag->text, "*") == 0)
            return invalid_part(c);
        if (!check_part_sum(c, u, d, i, p))
            return false;
        ret->v = fake_xrealloc(ret->v, (ret->n + 1) * sizeof(*ret->v));
        ret->v[ret->n++] = p;
    }
    return ret->n ? true : malformed(c);
}

static bool check_sizes(struct fake_call *c, const struct chosen *parts)
{
    uint64_t total = 0, claimed;
    const char *claim = fake_call_header(c, "x-amz-mp-object-size");
    for (size_t i = 0; i < parts->n; i++) {
        const struct fake_part *p = parts->v[i];
        total += p->body->n;
        if (i + 1 < parts->n && p->body->n < c->s->opt.min_part_size) {
            char etag[33], extra[256];
            fake_hex(p->md5, 16, etag);
            snprintf(extra, sizeof(extra),
                     "<ProposedSize>%llu</ProposedSize><MinSizeAllowed>%llu</MinSizeAllowed>"
                     "<PartNumber>%u</PartNumber><ETag>%s</ETag>",
                     (unsigned long long)p->body->n, (unsigned long long)c->s->opt.min_part_size,
                     p->number, etag);
            return fake_fail_with(c, 400, "EntityTooSmall",
                                  "Your proposed upload is smaller than the minimum allowed size",
                                  extra);
        }
    }
    if (total > FAKE_MAX_OBJECT)
        return fake_fail(c, 400, "EntityTooLarge",
                         "Your proposed upload exceeds the maximum allowed size");
    if (claim && (!fake_number(claim, UINT64_MAX, &claimed) || claimed != total))
        return fake_fail(
            c, 400, "InvalidRequest",
            "The provided 'x-amz-mp-object-size' header value does not match what was computed.");
    return true;
}

/* Checksum of the object from those of its parts. */
static void join_sums(const struct fake_upload *u, const struct chosen *parts,
                      struct fake_checksum *ret)
{
    uint8_t all[8] = {0}, one[FAKE_SUM_TEXT], digest[FAKE_SUM_MAX];
    size_t size = fake_sum_size(u->kind);
    struct fake_hash h;
    *ret = (struct fake_checksum){.kind = u->kind, .composite = !u->full_object};
    fake_hash_init(&h, u->kind);
    for (size_t i = 0; i < parts->n; i++) {
        fake_unbase64(parts->v[i]->sum.text, one);
        fake_hash_update(&h, one, size);
        if (u->full_object && i == 0)
            memcpy(all, one, size);
        else if (u->full_object)
            fake_crc_join(u->kind, all, one, parts->v[i]->body->n);
    }
    fake_hash_final(&h, digest);
    fake_base64(u->full_object ? all : digest, size, ret->text);
    size_t n = strlen(ret->text);
    if (!u->full_object)
        snprintf(ret->text + n, sizeof(ret->text) - n, "-%zu", parts->n);
}

/* The whole object's checksum may come with the request. */
static bool check_sum(struct fake_call *c, const struct fake_checksum *sum)
{
    char name[40];
    if (sum->kind == FAKE_NO_SUM)
        return true;
    snprintf(name, sizeof(name), "x-amz-checksum-%s", fake_sum_name(sum->kind));
    const char *claim = fake_call_header(c, name);
    size_t n = claim ? strlen(claim) : 0;
    /* "-N" may be left out */
    if (!claim ||
        (strncmp(claim, sum->text, n) == 0 && (sum->text[n] == '\0' || sum->text[n] == '-')))
        return true;
    return fake_fail(c, 400, "BadDigest",
                     "The %s you specified did not match the calculated checksum.",
                     fake_sum_name(sum->kind));
}

static struct fake_object *make_object(struct fake_call *c, const struct fake_upload *u,
                                       const struct chosen *parts)
{
    struct fake_rope **ropes = fake_xalloc(parts->n * sizeof(*ropes));
    struct fake_hash h;
    uint8_t md5[FAKE_SUM_MAX];
    fake_hash_init(&h, FAKE_MD5);
    for (size_t i = 0; i < parts->n; i++) {
        ropes[i] = parts->v[i]->body;
        fake_hash_update(&h, parts->v[i]->md5, 16);
    }
    fake_hash_final(&h, md5);
    struct fake_object *o = fake_object_new(fake_rope_join(ropes, parts->n));
    free(ropes);
    fake_hex(md5, 16, o->etag);
    snprintf(o->etag + 32, sizeof(o->etag) - 32, "-%u", (unsigned)parts->n);
    o->n_parts = parts->n;
    o->part_ends = fake_xalloc(parts->n * sizeof(*o->part_ends));
    for (size_t i = 0; i < parts->n; i++)
        o->part_ends[i] = (i ? o->part_ends[i - 1] : 0) + parts->v[i]->body->n;
    o->modified_ms = c->rq->now_unix_ms;
    fake_headers_copy(&o->headers, &u->headers);
    if (u->kind != FAKE_NO_SUM)
        join_sums(u, parts, &o->sum);
    return o;
}

static void answer(struct fake_call *c, const char *etag, const struct fake_checksum *sum)
{
    const char *host = fake_call_header(c, "host");
    fake_buf_str(&c->out,
                 FAKE_XML "<CompleteMultipartUploadResult" FAKE_XMLNS "><Location>http://");
    fake_xml_text(&c->out, host ? host : "", host ? strlen(host) : 0);
    fake_xml_text(&c->out, c->rq->path, strlen(c->rq->path));
    fake_buf_str(&c->out, "</Location>");
    fake_xml_element(&c->out, "Bucket", c->bucket_name);
    fake_buf_str(&c->out, "<Key>");
    fake_xml_text(&c->out, c->key.p, c->key.n);
    fake_buf_str(&c->out, "</Key>");
    if (*etag)
        fake_buf_fmt(&c->out, "<ETag>&quot;%s&quot;</ETag>", etag);
    else
        fake_buf_str(&c->out, "<ETag></ETag>");
    fake_xml_sum(&c->out, sum, true);
    fake_buf_str(&c->out, "</CompleteMultipartUploadResult>");
}

/* A repetition is answered like the first time. */
static bool answer_again(struct fake_call *c, struct fake_bucket *b)
{
    const char *id = fake_call_param(c, "uploadId");
    struct fake_view name = fake_upload_name(c->key, id ? id : "");
    struct fake_entry *e = fake_index_find(&b->ended, name);
    free((char *)name.p);
    if (!e)
        return false;
    const struct fake_ended *ended = e->value;
    answer(c, ended->etag, &ended->sum);
    return true;
}

static void end_upload(struct fake_bucket *b, struct fake_view key, const struct fake_upload *u,
                       const struct fake_object *o)
{
    struct fake_view name = fake_upload_name(key, u->id);
    struct fake_ended *ended = fake_xalloc(sizeof(*ended));
    ended->sum = o->sum;
    memcpy(ended->etag, o->etag, sizeof(ended->etag));
    fake_index_put(&b->ended, name)->value = ended;
    fake_upload_free(fake_index_remove(&b->uploads, name));
    free((char *)name.p);
}

void fake_op_complete(struct fake_call *c)
{
    struct fake_bucket *b = fake_call_bucket(c);
    if (!b || answer_again(c, b))
        return;
    struct fake_upload *u = fake_call_upload(c, b);
    struct fake_doc d;
    if (!u)
        return;
    if (!fake_xml_parse(&d, c->body->p, c->body->n, "CompleteMultipartUpload")) {
        malformed(c);
        return;
    }
    struct chosen parts = {0};
    if (choose(c, u, &d, &parts) && check_sizes(c, &parts) &&
        fake_check_write(c, fake_bucket_get(b, c->key), false)) {
        struct fake_object *o = make_object(c, u, &parts);
        if (check_sum(c, &o->sum)) {
            answer(c, c->s->opt.quirk_empty_complete_etag ? "" : o->etag, &o->sum);
            fake_answer_stored(c, &o->headers);
            end_upload(b, c->key, u, o);
            fake_bucket_put(b, c->key, fake_object_ref(o));
        }
        fake_object_unref(o);
    }
    free(parts.v);
    fake_doc_done(&d);
}
