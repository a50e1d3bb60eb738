/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Operations on buckets. All buckets belong to one account and lie in the model's region.
 */
#include "fake/call.h"
#include "fake/object.h"
#include "fake/xml.h"

#include <stdlib.h>
#include <string.h>

static void put_bucket(struct fake_call *c, const struct fake_bucket *b)
{
    char date[FAKE_DATE];
    fake_date_iso(b->created_ms, date);
    fake_buf_str(&c->out, "<Bucket>");
    fake_xml_element(&c->out, "Name", b->name);
    fake_buf_fmt(&c->out, "<CreationDate>%s</CreationDate><BucketRegion>%s</BucketRegion></Bucket>",
                 date, c->s->opt.region);
}

void fake_op_list_buckets(struct fake_call *c)
{
    const char *prefix = fake_call_param(c, "prefix"), *max = fake_call_param(c, "max-buckets");
    const char *token = fake_call_param(c, "continuation-token"),
               *region = fake_call_param(c, "bucket-region");
    uint64_t limit = 10000, n = 0;
    if (max && (!fake_number(max, 10000, &limit) || limit == 0)) {
        fake_fail(c, 400, "InvalidArgument",
                  "Argument maxBuckets must be an integer between 1 and 10000");
        return;
    }
    struct fake_pos pos = {0};
    if (token)
        pos = fake_index_seek(&c->s->buckets, fake_view_of(token), true);
    fake_buf_str(&c->out, FAKE_XML "<ListAllMyBucketsResult" FAKE_XMLNS "><Owner><ID>fake</ID>"
                                   "<DisplayName>fake</DisplayName></Owner><Buckets>");
    const struct fake_bucket *last = NULL;
    struct fake_entry *e;
    bool more = false;
    while ((e = fake_index_next(&c->s->buckets, &pos))) {
        if ((prefix && strncmp(e->key, prefix, strlen(prefix)) != 0) ||
            (region && strcmp(region, c->s->opt.region) != 0))
            continue;
        more = n == limit;
        if (more)
            break;
        last = e->value;
        put_bucket(c, last);
        n++;
    }
    fake_buf_str(&c->out, "</Buckets>");
    if (more)
        fake_xml_element(&c->out, "ContinuationToken", last->name);
    if (prefix)
        fake_xml_element(&c->out, "Prefix", prefix);
    fake_buf_str(&c->out, "</ListAllMyBucketsResult>");
}

static bool valid_name(const char *name)
{
    size_t n = strlen(name);
    if (n < 3 || n > 63 || strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789.-") != n)
        return false;
    return name[0] != '.' && name[0] != '-' && name[n - 1] != '.' && name[n - 1] != '-' &&
           !strstr(name, "..");
}

/* The document must name the region, except in us-east-1, where it must not. */
static bool check_location(struct fake_call *c)
{
    struct fake_doc d = {0};
    bool home = strcmp(c->s->opt.region, "us-east-1") == 0;
    char want[64] = "";
    if (c->body->n) {
        if (!fake_xml_parse(&d, c->body->p, c->body->n, "CreateBucketConfiguration"))
            return fake_fail(
                c, 400, "MalformedXML",
                "The XML you provided was not well-formed or did not validate against our "
                "published schema");
        const struct fake_node *l = fake_xml_child(&d, 0, "LocationConstraint");
        if (l)
            strncpy(want, l->text, sizeof(want) - 1);
        fake_doc_done(&d);
    }
    if (home && strcmp(want, "us-east-1") == 0)
        return fake_fail(c, 400, "InvalidLocationConstraint",
                         "The specified location-constraint is not valid");
    if (home ? !*want : strcmp(want, c->s->opt.region) == 0)
        return true;
    return fake_fail(
        c, 400, "IllegalLocationConstraintException",
        "The %s location constraint is incompatible for the region specific endpoint this "
        "request was sent to.",
        *want ? want : "unspecified");
}

void fake_op_create_bucket(struct fake_call *c)
{
    if (!valid_name(c->bucket_name)) {
        fake_fail(c, 400, "InvalidBucketName", "The specified bucket is not valid.");
        return;
    }
    if (!check_location(c))
        return;
    struct fake_entry *e = fake_index_put(&c->s->buckets, fake_view_of(c->bucket_name));
    if (e->value && strcmp(c->s->opt.region, "us-east-1") != 0) {
        fake_fail(
            c, 409, "BucketAlreadyOwnedByYou",
            "Your previous request to create the named bucket succeeded and you already own it.");
        return;
    }
    if (!e->value)
        e->value = fake_bucket_new(c->bucket_name, c->rq->now_unix_ms);
    struct fake_buf location = {0};
    fake_buf_fmt(&location, "/%s", c->bucket_name);
    fake_answer(c, "Location", location.p);
    fake_buf_done(&location);
}

void fake_op_delete_bucket(struct fake_call *c)
{
    struct fake_bucket *b = fake_call_bucket(c);
    if (!b)
        return;
    if (b->objects.count) {
        fake_fail(c, 409, "BucketNotEmpty", "The bucket you tried to delete is not empty");
        return;
    }
    fake_bucket_free(fake_index_remove(&c->s->buckets, fake_view_of(c->bucket_name)));
    c->status = 204;
}

void fake_op_head_bucket(struct fake_call *c)
{
    if (!fake_call_bucket(c))
        return;
    fake_answer(c, "x-amz-bucket-region", c->s->opt.region);
    fake_answer(c, "Content-Type", "application/xml");
}

void fake_op_bucket_location(struct fake_call *c)
{
    if (!fake_call_bucket(c))
        return;
    const char *region = strcmp(c->s->opt.region, "us-east-1") == 0 ? "" : c->s->opt.region;
    fake_buf_fmt(&c->out, FAKE_XML "<LocationConstraint" FAKE_XMLNS ">%s</LocationConstraint>",
                 region);
}
