/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Headers that travel with an object. Kept by name, so that GET answers exactly what PUT said; what
 * S3 would act on and the model does not have is refused with 501 instead of being ignored, because
 * a test that passes by ignorance is worse than one that fails.
 */
#include "fake/object.h"

#include "fake/call.h"
#include "fake/xml.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define META_MAX 2048

static const char *const kept[] = {"content-type",
                                   "content-disposition",
                                   "content-language",
                                   "cache-control",
                                   "expires",
                                   "x-amz-storage-class",
                                   "x-amz-website-redirect-location",
                                   "x-amz-server-side-encryption",
                                   "x-amz-server-side-encryption-aws-kms-key-id",
                                   "x-amz-tagging"};

static bool refuse_unknown(struct fake_call *c)
{
    static const char *const refused[] = {"x-amz-server-side-encryption-customer-",
                                          "x-amz-object-lock-", "x-amz-write-offset-bytes",
                                          "x-amz-grant-"};
    for (size_t i = 0; i < c->rq->n_headers; i++)
        for (size_t k = 0; k < sizeof(refused) / sizeof(refused[0]); k++)
            if (strncasecmp(c->rq->headers[i].name, refused[k], strlen(refused[k])) == 0)
                return fake_fail(
                    c, 501, "NotImplemented",
                    "A header you provided implies functionality that is not implemented: %s",
                    c->rq->headers[i].name);
    return true;
}

static bool check_class(struct fake_call *c)
{
    static const char *const classes[] = {
        "STANDARD", "REDUCED_REDUNDANCY", "STANDARD_IA", "ONEZONE_IA", "INTELLIGENT_TIERING",
        "GLACIER",  "DEEP_ARCHIVE",       "GLACIER_IR",  "OUTPOSTS",   "EXPRESS_ONEZONE",
        "SNOW"};
    const char *v = fake_call_header(c, "x-amz-storage-class");
    for (size_t i = 0; v && i < sizeof(classes) / sizeof(classes[0]); i++)
        if (strcmp(v, classes[i]) == 0)
            return true;
    return !v ||
           fake_fail(c, 400, "InvalidStorageClass", "The storage class you specified is not valid");
}

/* Content-Encoding without "aws-chunked", which is only about the way here. */
static void take_encoding(struct fake_call *c, struct fake_headers *ret)
{
    const char *v = fake_call_header(c, "content-encoding");
    if (!v)
        return;
    struct fake_buf b = {0};
    char *list = fake_dups(v), *save = NULL;
    for (char *w = strtok_r(list, ", ", &save); w; w = strtok_r(NULL, ", ", &save))
        if (strcmp(w, "aws-chunked") != 0)
            fake_buf_fmt(&b, "%s%s", b.n ? "," : "", w);
    if (b.n)
        fake_headers_add(ret, "content-encoding", b.p);
    free(list);
    fake_buf_done(&b);
}

bool fake_headers_take(struct fake_call *c, struct fake_headers *ret)
{
    size_t meta = 0;
    *ret = (struct fake_headers){0};
    if (!refuse_unknown(c) || !check_class(c))
        return false;
    for (size_t k = 0; k < sizeof(kept) / sizeof(kept[0]); k++) {
        const char *v = fake_call_header(c, kept[k]);
        if (v)
            fake_headers_add(ret, kept[k], v);
    }
    take_encoding(c, ret);
    for (size_t i = 0; i < c->rq->n_headers; i++) {
        const struct fake_header *h = &c->rq->headers[i];
        if (strncasecmp(h->name, "x-amz-meta-", 11) != 0)
            continue;
        char *name = fake_dups(h->name);
        for (char *p = name; *p; p++)
            if (*p >= 'A' && *p <= 'Z')
                *p = (char)(*p + 32);
        fake_headers_add(ret, name, h->value);
        free(name);
        meta += strlen(h->name) - 11 + strlen(h->value);
    }
    if (meta <= META_MAX)
        return true;
    fake_headers_done(ret);
    char extra[96];
    snprintf(extra, sizeof(extra), "<Size>%zu</Size><MaxSizeAllowed>%d</MaxSizeAllowed>", meta,
             META_MAX);
    return fake_fail_with(c, 400, "MetadataTooLarge",
                          "Your metadata headers exceed the maximum allowed metadata size", extra);
}

const char *fake_object_class(const struct fake_object *o)
{
    const char *v = fake_headers_get(&o->headers, "x-amz-storage-class");
    return v ? v : "STANDARD";
}

bool fake_object_readable(struct fake_call *c, const struct fake_object *o)
{
    const char *class = fake_object_class(o);
    if (strcmp(class, "GLACIER") != 0 && strcmp(class, "DEEP_ARCHIVE") != 0)
        return true;
    char extra[64];
    snprintf(extra, sizeof(extra), "<StorageClass>%s</StorageClass>", class);
    return fake_fail_with(c, 403, "InvalidObjectState",
                          "The operation is not valid for the object's storage class", extra);
}

void fake_answer_sum(struct fake_call *c, const struct fake_checksum *sum)
{
    char name[40];
    if (sum->kind == FAKE_NO_SUM)
        return;
    snprintf(name, sizeof(name), "x-amz-checksum-%s", fake_sum_name(sum->kind));
    fake_answer(c, name, sum->text);
    fake_answer(c, "x-amz-checksum-type", sum->composite ? "COMPOSITE" : "FULL_OBJECT");
}

void fake_answer_stored(struct fake_call *c, const struct fake_headers *h)
{
    for (size_t i = 0; i < h->n; i++)
        if (strncmp(h->v[i].name, "x-amz-server-side-encryption", 28) == 0)
            fake_answer(c, h->v[i].name, h->v[i].value);
}

void fake_xml_sum(struct fake_buf *b, const struct fake_checksum *sum, bool with_type)
{
    char name[32];
    if (sum->kind == FAKE_NO_SUM)
        return;
    snprintf(name, sizeof(name), "Checksum%s", fake_sum_upper(sum->kind));
    fake_xml_element(b, name, sum->text);
    if (with_type)
        fake_xml_element(b, "ChecksumType", sum->composite ? "COMPOSITE" : "FULL_OBJECT");
}

void fake_answer_xml(struct fake_call *c, struct fake_buf *take_xml)
{
    fake_buf_done(&c->out);
    c->out = *take_xml;
    *take_xml = (struct fake_buf){0};
}
