/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sub-resources: configurations of buckets, tags and ACLs of objects. A document is checked as far
 * as its root and the few rules that clients get wrong, kept as it came, and given back as it is.
 *
 * What belongs to an object is kept under its key, ETag and time, so that it ends with the object
 * without being told. Versioning is a document like the others: the model keeps no old versions.
 */
#include "fake/config.h"
#include "fake/call.h"
#include "fake/list.h"
#include "fake/object.h"
#include "fake/xml.h"

#include <stdlib.h>
#include <string.h>

#define OWNER "<Owner><ID>fake</ID><DisplayName>fake</DisplayName></Owner>"

static const struct config {
    const char *query;
    bool object;
    const char *get, *put, *remove;
    const char *root;
    const char *missing, *message; /* when there is none */
    const char *empty;             /* or this document instead */
} configs[] = {
    {"cors", false, "GetBucketCors", "PutBucketCors", "DeleteBucketCors", "CORSConfiguration",
     "NoSuchCORSConfiguration", "The CORS configuration does not exist", NULL},
    {"tagging", false, "GetBucketTagging", "PutBucketTagging", "DeleteBucketTagging", "Tagging",
     "NoSuchTagSet", "The TagSet does not exist", NULL},
    {"tagging", true, "GetObjectTagging", "PutObjectTagging", "DeleteObjectTagging", "Tagging",
     NULL, NULL, "<Tagging" FAKE_XMLNS "><TagSet/></Tagging>"},
    {"lifecycle", false, "GetBucketLifecycleConfiguration", "PutBucketLifecycleConfiguration",
     "DeleteBucketLifecycle", "LifecycleConfiguration", "NoSuchLifecycleConfiguration",
     "The lifecycle configuration does not exist", NULL},
    {"policy", false, "GetBucketPolicy", "PutBucketPolicy", "DeleteBucketPolicy", NULL,
     "NoSuchBucketPolicy", "The bucket policy does not exist", NULL},
    {"encryption", false, "GetBucketEncryption", "PutBucketEncryption", "DeleteBucketEncryption",
     "ServerSideEncryptionConfiguration", "ServerSideEncryptionConfigurationNotFoundError",
     "The server side encryption configuration was not found", NULL},
    {"versioning", false, "GetBucketVersioning", "PutBucketVersioning", NULL,
     "VersioningConfiguration", NULL, NULL, "<VersioningConfiguration" FAKE_XMLNS "/>"},
    {"acl", false, "GetBucketAcl", "PutBucketAcl", NULL, "AccessControlPolicy", NULL, NULL, NULL},
    {"acl", true, "GetObjectAcl", "PutObjectAcl", NULL, "AccessControlPolicy", NULL, NULL, NULL},
};
#define N_CONFIGS (sizeof(configs) / sizeof(configs[0]))

/* ---- Routing ---- */

static const struct config *config_of(const struct fake_call *c)
{
    for (size_t i = 0; i < N_CONFIGS; i++)
        if (configs[i].object == (c->key.p != NULL) &&
            fake_params_get(&c->params, configs[i].query))
            return &configs[i];
    return NULL;
}

const char *fake_config_op(const struct fake_call *c)
{
    const char *method = c->rq->method;
    const struct config *k = c->bucket_name ? config_of(c) : NULL;
    if (!k && c->bucket_name && strcmp(method, "GET") == 0) {
        if (c->key.p && fake_params_get(&c->params, "attributes"))
            return "GetObjectAttributes";
        if (!c->key.p && fake_params_get(&c->params, "versions"))
            return "ListObjectVersions";
    }
    const char *name = !k                              ? NULL
                       : strcmp(method, "GET") == 0    ? k->get
                       : strcmp(method, "PUT") == 0    ? k->put
                       : strcmp(method, "DELETE") == 0 ? k->remove
                                                       : NULL;
    return k && !name ? "MethodNotAllowed" : name;
}

/* ---- Documents ---- */

static struct fake_view name_of(const struct config *k, struct fake_view key,
                                const struct fake_object *o)
{
    struct fake_buf b = {0};
    fake_buf_str(&b, k->query);
    if (o) {
        fake_buf_fmt(&b, "/%s/%lld/", o->etag, (long long)o->modified_ms);
        fake_buf_put(&b, key.p, key.n);
    }
    size_t n = b.n;
    return (struct fake_view){fake_buf_take(&b), n};
}

static bool malformed(struct fake_call *c)
{
    return fake_fail(
        c, 400, "MalformedXML",
        "The XML you provided was not well-formed or did not validate against our published "
        "schema");
}

/* Every rule has a status, something to do, and one form of filter. */
static bool check_lifecycle(struct fake_call *c, const struct fake_doc *d)
{
    static const char *const actions[] = {"Expiration", "Transition", "NoncurrentVersionTransition",
                                          "NoncurrentVersionExpiration",
                                          "AbortIncompleteMultipartUpload"};
    size_t rules = 0;
    for (size_t i = 1; i < d->n; i++) {
        if (d->v[i].parent != 0 || strcmp(d->v[i].name, "Rule") != 0)
            continue;
        bool acts = false;
        for (size_t k = 0; k < sizeof(actions) / sizeof(actions[0]); k++)
            acts = acts || fake_xml_child(d, i, actions[k]);
        bool filter = fake_xml_child(d, i, "Filter") != NULL;
        if (!acts || !fake_xml_child(d, i, "Status") ||
            filter == (fake_xml_child(d, i, "Prefix") != NULL))
            return malformed(c);
        rules++;
    }
    return rules || malformed(c);
}

static bool check_document(struct fake_call *c, const struct config *k)
{
    struct fake_doc d;
    if (!k->root)
        return (c->body->n && c->body->p[0] == '{') ||
               fake_fail(c, 400, "MalformedPolicy",
                         "Policies must be valid JSON and the first "
                         "byte must be '{'");
    if (!fake_xml_parse(&d, c->body->p, c->body->n, k->root))
        return malformed(c);
    bool ok = strcmp(k->query, "lifecycle") != 0 || check_lifecycle(c, &d);
    fake_doc_done(&d);
    return ok;
}

static const char *canned_acl(const char *canned)
{
    const char *group = strcmp(canned, "public-read") == 0          ? "AllUsers"
                        : strcmp(canned, "authenticated-read") == 0 ? "AuthenticatedUsers"
                                                                    : NULL;
    return group;
}

static void put_acl(struct fake_buf *b, const char *canned)
{
    const char *xsi = "<Grantee xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" "
                      "xsi:type=";
    fake_buf_fmt(b,
                 FAKE_XML "<AccessControlPolicy" FAKE_XMLNS ">" OWNER
                          "<AccessControlList><Grant>%s\"CanonicalUser\"><ID>fake</ID>"
                          "<DisplayName>fake</DisplayName></Grantee><Permission>FULL_CONTROL"
                          "</Permission></Grant>",
                 xsi);
    if (canned && canned_acl(canned))
        fake_buf_fmt(b,
                     "<Grant>%s\"Group\"><URI>http://acs.amazonaws.com/groups/global/%s</URI>"
                     "</Grantee><Permission>READ</Permission></Grant>",
                     xsi, canned_acl(canned));
    fake_buf_str(b, "</AccessControlList></AccessControlPolicy>");
}

static void keep(struct fake_bucket *b, struct fake_view take_name, struct fake_blob *take_doc)
{
    struct fake_entry *e = fake_index_put(&b->configs, take_name);
    if (e->value)
        fake_blob_unref(e->value);
    e->value = take_doc;
    free((char *)take_name.p);
}

static void put(struct fake_call *c, struct fake_bucket *b, const struct config *k,
                struct fake_view take_name)
{
    const char *canned = fake_call_header(c, "x-amz-acl");
    bool acl = strcmp(k->query, "acl") == 0;
    if (acl && !c->body->n) {
        struct fake_buf doc = {0};
        put_acl(&doc, canned);
        keep(b, take_name, fake_blob_copy(doc.p, doc.n));
        fake_buf_done(&doc);
        return;
    }
    bool guarded = fake_call_header(c, "content-md5") || c->sum.kind != FAKE_NO_SUM;
    if (!guarded && !acl)
        fake_fail(c, 400, "InvalidRequest",
                  "Missing required header for this request: Content-MD5 OR x-amz-checksum-*");
    if (c->failed || !check_document(c, k)) {
        free((char *)take_name.p);
        return;
    }
    keep(b, take_name, fake_blob_copy(c->body->p, c->body->n));
    if (strcmp(k->query, "policy") == 0)
        c->status = 204;
}

/* What the object was uploaded with: "a=b&c=d". */
static void tags_of_header(struct fake_buf *out, const char *text)
{
    struct fake_params p = {0};
    if (!fake_params_parse(&p, text, strlen(text)))
        p.n = 0;
    fake_buf_str(out, FAKE_XML "<Tagging" FAKE_XMLNS "><TagSet>");
    for (size_t i = 0; i < p.n; i++) {
        fake_buf_str(out, "<Tag>");
        fake_xml_element(out, "Key", p.v[i].name.p);
        fake_xml_element(out, "Value", p.v[i].value.p ? p.v[i].value.p : "");
        fake_buf_str(out, "</Tag>");
    }
    fake_buf_str(out, "</TagSet></Tagging>");
    fake_params_done(&p);
}

static void get(struct fake_call *c, const struct fake_bucket *b, const struct config *k,
                const struct fake_object *o, struct fake_view name)
{
    struct fake_entry *e = fake_index_find(&b->configs, name);
    const struct fake_blob *doc = e ? e->value : NULL;
    const char *tags = o ? fake_headers_get(&o->headers, "x-amz-tagging") : NULL;
    if (doc)
        fake_buf_put(&c->out, doc->p, doc->n);
    else if (k->missing)
        fake_fail(c, 404, k->missing, "%s", k->message);
    else if (strcmp(k->query, "acl") == 0)
        put_acl(&c->out, NULL);
    else if (strcmp(k->query, "tagging") == 0 && tags)
        tags_of_header(&c->out, tags);
    else
        fake_buf_str(&c->out, k->empty);
    if (!k->root && doc)
        fake_answer(c, "Content-Type", "application/json");
}

void fake_op_config(struct fake_call *c)
{
    const struct config *k = config_of(c);
    struct fake_bucket *b = fake_call_bucket(c);
    const struct fake_object *o = b && k->object ? fake_bucket_get(b, c->key) : NULL;
    if (!b)
        return;
    if (k->object && !o) {
        fake_fail(c, 404, "NoSuchKey", "The specified key does not exist.");
        return;
    }
    struct fake_view name = name_of(k, c->key, o);
    if (strcmp(c->rq->method, "PUT") == 0) {
        put(c, b, k, name);
        return;
    }
    if (strcmp(c->rq->method, "DELETE") == 0) {
        /* Tags that came with the object go too: an empty set stands over them. */
        fake_blob_unref(fake_index_remove(&b->configs, name));
        if (o && fake_headers_get(&o->headers, "x-amz-tagging"))
            keep(b, name_of(k, c->key, o), fake_blob_copy(k->empty, strlen(k->empty)));
        c->status = 204;
    } else {
        get(c, b, k, o, name);
    }
    free((char *)name.p);
}

/* ---- GetObjectAttributes ---- */

void fake_op_object_attributes(struct fake_call *c)
{
    struct fake_bucket *b = fake_call_bucket(c);
    const struct fake_object *o = b ? fake_bucket_get(b, c->key) : NULL;
    const char *want = fake_call_header(c, "x-amz-object-attributes");
    char date[FAKE_DATE];
    if (!b)
        return;
    if (!o || !want) {
        fake_fail(c, o ? 400 : 404, o ? "InvalidArgument" : "NoSuchKey",
                  o ? "Invalid attribute name specified." : "The specified key does not exist.");
        return;
    }
    fake_date_http(o->modified_ms, date);
    fake_answer(c, "Last-Modified", date);
    fake_buf_str(&c->out, FAKE_XML "<GetObjectAttributesResponse" FAKE_XMLNS ">");
    if (strstr(want, "ETag"))
        fake_xml_element(&c->out, "ETag", o->etag);
    if (strstr(want, "Checksum") && o->sum.kind != FAKE_NO_SUM) {
        fake_buf_str(&c->out, "<Checksum>");
        fake_xml_sum(&c->out, &o->sum, true);
        fake_buf_str(&c->out, "</Checksum>");
    }
    if (strstr(want, "ObjectParts") && o->n_parts)
        fake_buf_fmt(&c->out, "<ObjectParts><PartsCount>%zu</PartsCount></ObjectParts>",
                     o->n_parts);
    if (strstr(want, "StorageClass"))
        fake_xml_element(&c->out, "StorageClass", fake_object_class(o));
    if (strstr(want, "ObjectSize"))
        fake_buf_fmt(&c->out, "<ObjectSize>%llu</ObjectSize>", (unsigned long long)o->body->n);
    fake_buf_str(&c->out, "</GetObjectAttributesResponse>");
}

/* ---- ListObjectVersions ---- */

static void put_version(struct fake_call *c, const struct fake_list *l, const struct fake_entry *e)
{
    const struct fake_object *o = e->value;
    char date[FAKE_DATE];
    fake_date_iso(o->modified_ms, date);
    fake_buf_str(&c->out, "<Version>");
    fake_list_element(&c->out, l, "Key", (struct fake_view){e->key, e->key_len});
    fake_buf_fmt(&c->out,
                 "<VersionId>null</VersionId><IsLatest>true</IsLatest><LastModified>%s"
                 "</LastModified><ETag>&quot;%s&quot;</ETag><Size>%llu</Size>",
                 date, o->etag, (unsigned long long)o->body->n);
    fake_xml_element(&c->out, "StorageClass", fake_object_class(o));
    fake_buf_str(&c->out, OWNER "</Version>");
}

void fake_op_list_versions(struct fake_call *c)
{
    struct fake_bucket *b = fake_call_bucket(c);
    const struct fake_view *marker = fake_params_get(&c->params, "key-marker");
    struct fake_list l;
    if (!b || !fake_list_read(c, &l, "max-keys"))
        return;
    if (l.delimiter.n) {
        fake_fail(c, 501, "NotImplemented", "Versions are listed without a delimiter here.");
        return;
    }
    bool from_marker = marker && marker->n &&
                       fake_compare(marker->p, marker->n, l.prefix.p, l.prefix.n) > 0;
    struct fake_pos pos = fake_index_seek(&b->objects, from_marker ? *marker : l.prefix,
                                          from_marker);
    struct fake_entry *e, *last = NULL;
    bool more = false;
    uint64_t n = 0;
    fake_buf_str(&c->out, FAKE_XML "<ListVersionsResult" FAKE_XMLNS ">");
    fake_xml_element(&c->out, "Name", b->name);
    if (l.url)
        fake_buf_str(&c->out, "<EncodingType>url</EncodingType>");
    while ((e = fake_index_next(&b->objects, &pos))) {
        if (e->key_len < l.prefix.n || memcmp(e->key, l.prefix.p, l.prefix.n) != 0)
            break;
        more = n++ == l.max;
        if (more)
            break;
        put_version(c, &l, e);
        last = e;
    }
    fake_buf_fmt(&c->out, "<IsTruncated>%s</IsTruncated>", more ? "true" : "false");
    if (more && last) {
        fake_list_element(&c->out, &l, "NextKeyMarker",
                          (struct fake_view){last->key, last->key_len});
        fake_buf_str(&c->out, "<NextVersionIdMarker>null</NextVersionIdMarker>");
    }
    fake_buf_str(&c->out, "</ListVersionsResult>");
}
