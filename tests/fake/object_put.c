/* SPDX-License-Identifier: Apache-2.0 */
/*
 * PutObject, DeleteObject and DeleteObjects. Digests were computed before the lock was taken
 * (payload.c); what is left here is the decision whether the write may happen, and the swap of one
 * pointer.
 */
#include "fake/call.h"
#include "fake/conditions.h"
#include "fake/object.h"
#include "fake/xml.h"

#include <stdlib.h>
#include <string.h>

void fake_op_put_object(struct fake_call *c)
{
    struct fake_bucket *b = fake_call_bucket(c);
    struct fake_headers headers;
    if (!b || !fake_check_write(c, fake_bucket_get(b, c->key), true) ||
        !fake_headers_take(c, &headers))
        return;
    struct fake_object *o = fake_object_new(fake_rope_of(fake_blob_ref(c->body)));
    memcpy(o->md5, c->md5, 16);
    o->has_md5 = true;
    fake_hex(o->md5, 16, o->etag);
    o->sum = c->sum;
    o->modified_ms = c->rq->now_unix_ms;
    o->headers = headers;
    fake_bucket_put(b, c->key, o);
    fake_answer_etag(c, o->etag);
    fake_answer_sum(c, &o->sum);
    fake_answer_stored(c, &o->headers);
}

void fake_op_delete_object(struct fake_call *c)
{
    struct fake_bucket *b = fake_call_bucket(c);
    if (!b || !fake_check_delete(c, fake_bucket_get(b, c->key)))
        return;
    fake_bucket_remove(b, c->key);
    c->status = 204;
}

/* ---- DeleteObjects --------------------------------------------------------------------------- */

static void put_key(struct fake_buf *xml, const struct fake_node *key)
{
    fake_buf_str(xml, "<Key>");
    fake_xml_text(xml, key->text, key->text_len);
    fake_buf_str(xml, "</Key>");
}

static void delete_one(struct fake_call *c, struct fake_bucket *b, const struct fake_doc *d,
                       size_t object, bool quiet, struct fake_buf *xml)
{
    const struct fake_node *key = fake_xml_child(d, object, "Key");
    const struct fake_node *etag = fake_xml_child(d, object, "ETag");
    struct fake_view name = {key->text, key->text_len};
    const struct fake_object *old = fake_bucket_get(b, name);
    bool guarded = etag && !c->s->opt.quirk_ignore_conditions;
    if (guarded && (!old || !fake_etag_matches(etag->text, old->etag))) {
        fake_buf_str(xml, "<Error>");
        put_key(xml, key);
        fake_xml_element(xml, "Code", "PreconditionFailed");
        fake_xml_element(xml, "Message",
                         "At least one of the pre-conditions you specified did not hold");
        fake_buf_str(xml, "</Error>");
        return;
    }
    fake_bucket_remove(b, name);
    if (quiet)
        return;
    fake_buf_str(xml, "<Deleted>");
    put_key(xml, key);
    fake_buf_str(xml, "</Deleted>");
}

static bool malformed(struct fake_call *c)
{
    return fake_fail(
        c, 400, "MalformedXML",
        "The XML you provided was not well-formed or did not validate against our published "
        "schema");
}

/* Whether the list is one that S3 takes. */
static bool check_list(struct fake_call *c, const struct fake_doc *d)
{
    size_t n = 0;
    for (size_t i = 1; i < d->n; i++) {
        if (d->v[i].parent != 0 || strcmp(d->v[i].name, "Object") != 0)
            continue;
        const struct fake_node *key = fake_xml_child(d, i, "Key");
        if (!key || key->text_len == 0)
            return malformed(c);
        n++;
    }
    return (n >= 1 && n <= 1000) || malformed(c);
}

void fake_op_delete_objects(struct fake_call *c)
{
    struct fake_bucket *b = fake_call_bucket(c);
    struct fake_doc d;
    if (!b)
        return;
    if (!fake_call_header(c, "content-md5") && c->sum.kind == FAKE_NO_SUM) {
        fake_fail(c, 400, "InvalidRequest",
                  "Missing required header for this request: Content-MD5");
        return;
    }
    if (!fake_xml_parse(&d, c->body->p, c->body->n, "Delete")) {
        malformed(c);
        return;
    }
    if (check_list(c, &d)) {
        const struct fake_node *q = fake_xml_child(&d, 0, "Quiet");
        bool quiet = q && strcmp(q->text, "true") == 0;
        struct fake_buf xml = {0};
        fake_buf_str(&xml, FAKE_XML "<DeleteResult" FAKE_XMLNS ">");
        for (size_t i = 1; i < d.n; i++)
            if (d.v[i].parent == 0 && strcmp(d.v[i].name, "Object") == 0)
                delete_one(c, b, &d, i, quiet, &xml);
        fake_buf_str(&xml, "</DeleteResult>");
        fake_answer_xml(c, &xml);
    }
    fake_doc_done(&d);
}
