/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Multipart uploads: create, parts, lists, abort. Completion is in complete.c.
 *
 * An upload's id is a counter in fixed width followed by a mixed number, so that the order of ids
 * is the order of creation, which ListMultipartUploads promises for uploads of one key.
 */
#include "fake/call.h"
#include "fake/copy.h"
#include "fake/list.h"
#include "fake/object.h"
#include "fake/upload.h"
#include "fake/xml.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct fake_upload *fake_call_upload(struct fake_call *c, struct fake_bucket *b)
{
    const char *id = fake_call_param(c, "uploadId");
    struct fake_view name = fake_upload_name(c->key, id ? id : "");
    struct fake_entry *e = fake_index_find(&b->uploads, name);
    free((char *)name.p);
    if (e)
        return e->value;
    fake_fail(c, 404, "NoSuchUpload",
              "The specified upload does not exist. The upload ID may be invalid, or the upload "
              "may have been "
              "aborted or completed.");
    return NULL;
}

/* Algorithm and type asked for; CRC64NVME knows full objects only, SHA composites only. */
static bool read_checksum(struct fake_call *c, struct fake_upload *u)
{
    const char *algorithm = fake_call_header(c, "x-amz-checksum-algorithm");
    const char *type = fake_call_header(c, "x-amz-checksum-type");
    u->kind = algorithm ? fake_sum_by_name(algorithm) : FAKE_NO_SUM;
    if (algorithm && u->kind == FAKE_NO_SUM)
        return fake_fail(c, 400, "InvalidRequest", "Checksum algorithm provided is unsupported.");
    if (type && strcmp(type, "COMPOSITE") != 0 && strcmp(type, "FULL_OBJECT") != 0)
        return fake_fail(c, 400, "InvalidRequest",
                         "Value for x-amz-checksum-type header is invalid.");
    if (type && !algorithm)
        return fake_fail(
            c, 400, "InvalidRequest",
            "The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm "
            "header.");
    bool sha = u->kind == FAKE_SHA1 || u->kind == FAKE_SHA256;
    u->full_object = type ? strcmp(type, "FULL_OBJECT") == 0 : u->kind == FAKE_CRC64NVME;
    if (u->full_object ? sha : u->kind == FAKE_CRC64NVME)
        return fake_fail(c, 400, "InvalidRequest",
                         "The %s checksum type cannot be used with the %s checksum algorithm.",
                         type, fake_sum_name(u->kind));
    return true;
}

void fake_op_create_upload(struct fake_call *c)
{
    struct fake_bucket *b = fake_call_bucket(c);
    struct fake_headers headers;
    if (!b || !fake_headers_take(c, &headers))
        return;
    struct fake_upload *u = fake_xalloc(sizeof(*u));
    u->headers = headers;
    if (!read_checksum(c, u)) {
        fake_upload_free(u);
        return;
    }
    uint64_t mixed = fake_next_id(c->s);
    snprintf(u->id, sizeof(u->id), "%016llx%016llx", (unsigned long long)c->s->ids,
             (unsigned long long)mixed);
    u->key = fake_dup(c->key.p, c->key.n);
    u->key_len = c->key.n;
    u->created_ms = c->rq->now_unix_ms;
    struct fake_view name = fake_upload_name(c->key, u->id);
    fake_index_put(&b->uploads, name)->value = u;
    free((char *)name.p);
    fake_buf_str(&c->out, FAKE_XML "<InitiateMultipartUploadResult" FAKE_XMLNS ">");
    fake_xml_element(&c->out, "Bucket", c->bucket_name);
    fake_buf_str(&c->out, "<Key>");
    fake_xml_text(&c->out, c->key.p, c->key.n);
    fake_buf_fmt(&c->out, "</Key><UploadId>%s</UploadId></InitiateMultipartUploadResult>", u->id);
    if (u->kind != FAKE_NO_SUM) {
        fake_answer(c, "x-amz-checksum-algorithm", fake_sum_upper(u->kind));
        fake_answer(c, "x-amz-checksum-type", u->full_object ? "FULL_OBJECT" : "COMPOSITE");
    }
    fake_answer_stored(c, &u->headers);
}

static bool part_number(struct fake_call *c, unsigned *ret)
{
    const char *text = fake_call_param(c, "partNumber");
    uint64_t n;
    if (!text || !fake_number(text, 10000, &n) || n == 0)
        return fake_fail(c, 400, "InvalidArgument",
                         "Part number must be an integer between 1 and 10000, inclusive");
    *ret = (unsigned)n;
    return true;
}

void fake_op_upload_part(struct fake_call *c)
{
    struct fake_bucket *b = fake_call_bucket(c);
    struct fake_part p = {.sum = c->sum, .modified_ms = c->rq->now_unix_ms};
    char etag[33];
    if (!b || !part_number(c, &p.number))
        return;
    struct fake_upload *u = fake_call_upload(c, b);
    if (!u)
        return;
    if (u->kind != FAKE_NO_SUM && c->sum.kind != u->kind) {
        fake_fail(
            c, 400, "InvalidRequest",
            "Checksum Type mismatch occurred, expected checksum Type: %s, actual checksum Type: %s",
            fake_sum_name(u->kind),
            c->sum.kind == FAKE_NO_SUM ? "null" : fake_sum_name(c->sum.kind));
        return;
    }
    memcpy(p.md5, c->md5, 16);
    p.body = fake_rope_of(fake_blob_ref(c->body));
    fake_upload_put(u, p);
    fake_hex(p.md5, 16, etag);
    fake_answer_etag(c, etag);
    if (p.sum.kind != FAKE_NO_SUM) {
        char name[40];
        snprintf(name, sizeof(name), "x-amz-checksum-%s", fake_sum_name(p.sum.kind));
        fake_answer(c, name, p.sum.text);
    }
}

void fake_op_upload_part_copy(struct fake_call *c)
{
    struct fake_bucket *b = fake_call_bucket(c);
    struct fake_part p = {.sum = {.kind = FAKE_NO_SUM}, .modified_ms = c->rq->now_unix_ms};
    char etag[33], date[FAKE_DATE];
    if (!b || !part_number(c, &p.number))
        return;
    struct fake_upload *u = fake_call_upload(c, b);
    struct fake_object *src = u ? fake_copy_source(c) : NULL;
    if (!src)
        return;
    memcpy(p.md5, c->source.md5, 16);
    p.body = fake_rope_slice(src->body, c->source.off, c->source.n);
    if (c->source.kind != FAKE_NO_SUM) {
        p.sum.kind = c->source.kind;
        fake_base64(c->source.sum, fake_sum_size(p.sum.kind), p.sum.text);
    }
    fake_upload_put(u, p);
    fake_hex(p.md5, 16, etag);
    fake_date_iso(p.modified_ms, date);
    fake_buf_fmt(&c->out,
                 FAKE_XML "<CopyPartResult" FAKE_XMLNS "><LastModified>%s</LastModified>"
                          "<ETag>&quot;%s&quot;</ETag>",
                 date, etag);
    fake_xml_sum(&c->out, &p.sum, false);
    fake_buf_str(&c->out, "</CopyPartResult>");
}

void fake_op_abort(struct fake_call *c)
{
    struct fake_bucket *b = fake_call_bucket(c);
    struct fake_upload *u = b ? fake_call_upload(c, b) : NULL;
    if (!u)
        return;
    struct fake_view name = fake_upload_name(c->key, u->id);
    fake_upload_free(fake_index_remove(&b->uploads, name));
    free((char *)name.p);
    c->status = 204;
}

/* ---- lists ----------------------------------------------------------------------------------- */

static void put_owners(struct fake_buf *b)
{
    fake_buf_str(b, "<Initiator><ID>fake</ID><DisplayName>fake</DisplayName></Initiator>"
                    "<Owner><ID>fake</ID><DisplayName>fake</DisplayName></Owner>");
}

static void put_part(struct fake_buf *b, const struct fake_part *p)
{
    char etag[33], date[FAKE_DATE];
    fake_hex(p->md5, 16, etag);
    fake_date_iso(p->modified_ms, date);
    fake_buf_fmt(b,
                 "<Part><PartNumber>%u</PartNumber><LastModified>%s</"
                 "LastModified><ETag>&quot;%s&quot;</ETag>"
                 "<Size>%llu</Size>",
                 p->number, date, etag, (unsigned long long)p->body->n);
    fake_xml_sum(b, &p->sum, false);
    fake_buf_str(b, "</Part>");
}

void fake_op_list_parts(struct fake_call *c)
{
    struct fake_bucket *b = fake_call_bucket(c);
    struct fake_upload *u = b ? fake_call_upload(c, b) : NULL;
    const char *marker = fake_call_param(c, "part-number-marker"),
               *max = fake_call_param(c, "max-parts");
    uint64_t after = 0, limit = 1000;
    if (!u)
        return;
    if ((marker && *marker && !fake_number(marker, INT32_MAX, &after)) ||
        (max && *max && !fake_number(max, INT32_MAX, &limit))) {
        fake_fail(c, 400, "InvalidArgument",
                  "Provided max-parts or part-number-marker is not an integer");
        return;
    }
    if (limit > 1000)
        limit = 1000;
    struct fake_buf *x = &c->out;
    fake_buf_str(x, FAKE_XML "<ListPartsResult" FAKE_XMLNS ">");
    fake_xml_element(x, "Bucket", c->bucket_name);
    fake_buf_str(x, "<Key>");
    fake_xml_text(x, c->key.p, c->key.n);
    fake_buf_fmt(x, "</Key><UploadId>%s</UploadId>", u->id);
    put_owners(x);
    const char *class = fake_headers_get(&u->headers, "x-amz-storage-class");
    fake_buf_fmt(x, "<StorageClass>%s</StorageClass><PartNumberMarker>%llu</PartNumberMarker>",
                 class ? class : "STANDARD", (unsigned long long)after);
    size_t first = fake_upload_seek(u, (unsigned)after + 1), i = first;
    for (; i < u->n_parts && i - first < limit; i++)
        put_part(x, &u->parts[i]);
    fake_buf_fmt(x,
                 "<NextPartNumberMarker>%u</NextPartNumberMarker><MaxParts>%llu</MaxParts>"
                 "<IsTruncated>%s</IsTruncated>",
                 i > first ? u->parts[i - 1].number : 0, (unsigned long long)limit,
                 i < u->n_parts && limit ? "true" : "false");
    if (u->kind != FAKE_NO_SUM)
        fake_buf_fmt(x, "<ChecksumAlgorithm>%s</ChecksumAlgorithm><ChecksumType>%s</ChecksumType>",
                     fake_sum_upper(u->kind), u->full_object ? "FULL_OBJECT" : "COMPOSITE");
    fake_buf_str(x, "</ListPartsResult>");
}

static void show_upload(struct fake_call *c, const struct fake_list *l, const struct fake_entry *e)
{
    const struct fake_upload *u = e->value;
    char date[FAKE_DATE];
    fake_date_iso(u->created_ms, date);
    fake_buf_str(&c->out, "<Upload>");
    fake_list_element(&c->out, l, "Key", (struct fake_view){u->key, u->key_len});
    fake_buf_fmt(&c->out, "<UploadId>%s</UploadId>", u->id);
    put_owners(&c->out);
    const char *class = fake_headers_get(&u->headers, "x-amz-storage-class");
    fake_buf_fmt(&c->out, "<StorageClass>%s</StorageClass><Initiated>%s</Initiated>",
                 class ? class : "STANDARD", date);
    if (u->kind != FAKE_NO_SUM)
        fake_buf_fmt(&c->out,
                     "<ChecksumAlgorithm>%s</ChecksumAlgorithm><ChecksumType>%s</ChecksumType>",
                     fake_sum_upper(u->kind), u->full_object ? "FULL_OBJECT" : "COMPOSITE");
    fake_buf_str(&c->out, "</Upload>");
}

/* key-marker alone: keys behind it; with upload-id-marker also the uploads of that key behind that
 * id. */
static struct fake_view start_name(struct fake_call *c)
{
    const struct fake_view *key = fake_params_get(&c->params, "key-marker");
    const char *id = fake_call_param(c, "upload-id-marker");
    if (!key || key->n == 0)
        return (struct fake_view){NULL, 0};
    return fake_upload_name(*key, id && *id ? id : "\x7f");
}

void fake_op_list_uploads(struct fake_call *c)
{
    struct fake_bucket *b = fake_call_bucket(c);
    struct fake_list l;
    struct fake_page p;
    if (!b || !fake_list_read(c, &l, "max-uploads"))
        return;
    struct fake_view start = start_name(c);
    const struct fake_view *marker = fake_params_get(&c->params, "key-marker");
    const char *id = fake_call_param(c, "upload-id-marker");
    l.start = start;
    fake_buf_str(&c->out, FAKE_XML "<ListMultipartUploadsResult" FAKE_XMLNS ">");
    fake_xml_element(&c->out, "Bucket", c->bucket_name);
    fake_list_element(&c->out, &l, "KeyMarker", marker ? *marker : (struct fake_view){NULL, 0});
    fake_xml_element(&c->out, "UploadIdMarker", id ? id : "");
    fake_list_element(&c->out, &l, "Prefix", l.prefix);
    if (l.delimiter.n) {
        fake_list_element(&c->out, &l, "Delimiter", l.delimiter);
        if (marker && marker->n >= l.delimiter.n && fake_has_prefix(*marker, l.prefix) &&
            memcmp(marker->p + marker->n - l.delimiter.n, l.delimiter.p, l.delimiter.n) == 0) {
            l.start = *marker;
            l.past_group = true;
        }
    }
    fake_buf_fmt(&c->out, "<MaxUploads>%llu</MaxUploads>", (unsigned long long)l.max);
    if (l.url)
        fake_buf_str(&c->out, "<EncodingType>url</EncodingType>");
    fake_list_run(&b->uploads, &l, true, &p, show_upload, c);
    fake_buf_put(&c->out, p.groups.p, p.groups.n);
    if (p.truncated) {
        size_t n = p.last_is_group ? p.last.n : strlen(p.last.p);
        fake_list_element(&c->out, &l, "NextKeyMarker", (struct fake_view){p.last.p, n});
        fake_xml_element(&c->out, "NextUploadIdMarker", p.last_is_group ? "" : p.last.p + n + 1);
    }
    fake_buf_fmt(&c->out, "<IsTruncated>%s</IsTruncated></ListMultipartUploadsResult>",
                 p.truncated ? "true" : "false");
    fake_buf_done(&p.groups);
    free((char *)start.p);
}
