/* SPDX-License-Identifier: Apache-2.0 */
/*
 * s3/lifecycle.c - what happens to objects as they grow old.
 *
 * A rule's filter has one predicate, or several inside <And>, or none. Old configurations have the
 * prefix outside of any filter; such a rule is written back as it was, because S3 takes only one of
 * the forms in a rule.
 */
#include <pail/s3_bucket.h>

#include "base/clock.h"
#include "base/str.h"
#include "base/timefmt.h"
#include "base/xml.h"
#include "s3/answer.h"
#include "s3/doc.h"

void pail_s3_lifecycle_done(struct pail_s3_lifecycle *l)
{
    if (!l)
        return;
    pail_s3_tree_free(l->impl);
    *l = (struct pail_s3_lifecycle){0};
}

static void drop(void *ret)
{
    pail_s3_lifecycle_done(ret);
}

/* ---- Reading ---- */

static int date_of(const struct pail_s3_node *n, int64_t *ret_ns, struct pail_error *err)
{
    struct pail_str text = pail_s3_node_text(n, "Date");
    if (text.len == 0)
        return 0;
    if (pail_s3_parse_time(text, ret_ns, NULL) < 0)
        return pail_error_set(err, PAIL_D_DATA, PAIL_E_GARBAGE, "a date \"%.*s\"",
                              PAIL_STR_ARG(text));
    return 0;
}

static uint64_t size_of(const struct pail_s3_node *n, const char *name)
{
    uint64_t v;
    return pail_str_to_u64(pail_s3_node_text(n, name), &v) ? v : 0;
}

static int build_filter(struct pail_s3_tree *t, const struct pail_s3_node *rule,
                        struct pail_s3_lifecycle_rule *r, struct pail_error *err)
{
    const struct pail_s3_node *filter = pail_s3_node_child(rule, "Filter");
    const struct pail_s3_node *all = pail_s3_node_child(filter, "And");

    r->old_form = !filter;
    filter = !filter ? rule : all ? all : filter;
    r->prefix = pail_s3_node_text(filter, "Prefix");
    r->larger_than = size_of(filter, "ObjectSizeGreaterThan");
    r->smaller_than = size_of(filter, "ObjectSizeLessThan");
    size_t n = pail_s3_node_count(filter, "Tag"), i = 0;
    struct pail_s3_tag *tags = pail_s3_tree_alloc(t, (n + 1) * sizeof(*tags));
    if (!tags)
        return pail_error_nomem(err);
    for (PAIL_S3_EACH(it, filter, "Tag"))
        tags[i++] = (struct pail_s3_tag){pail_s3_node_text(it, "Key"),
                                         pail_s3_node_text(it, "Value")};
    r->tags = tags;
    r->n_tags = n;
    return 0;
}

static int build_transitions(struct pail_s3_tree *t, const struct pail_s3_node *rule,
                             struct pail_s3_lifecycle_rule *r, struct pail_error *err)
{
    size_t n = pail_s3_node_count(rule, "Transition"), i = 0;
    size_t m = pail_s3_node_count(rule, "NoncurrentVersionTransition"), k = 0;
    struct pail_s3_transition *now = pail_s3_tree_alloc(t, (n + 1) * sizeof(*now));
    struct pail_s3_noncurrent_transition *old = pail_s3_tree_alloc(t, (m + 1) * sizeof(*old));
    int rc = now && old ? 0 : pail_error_nomem(err);

    for (PAIL_S3_EACH(it, rule, "Transition")) {
        if (rc < 0)
            break;
        now[i].days = pail_s3_node_u32(it, "Days");
        now[i].storage_class = pail_s3_node_text(it, "StorageClass");
        rc = date_of(it, &now[i++].date_ns, err);
    }
    for (PAIL_S3_EACH(it, rule, "NoncurrentVersionTransition")) {
        if (rc < 0)
            break;
        old[k].days = pail_s3_node_u32(it, "NoncurrentDays");
        old[k].newer_versions = pail_s3_node_u32(it, "NewerNoncurrentVersions");
        old[k++].storage_class = pail_s3_node_text(it, "StorageClass");
    }
    r->transitions = now;
    r->n_transitions = n;
    r->noncurrent_transitions = old;
    r->n_noncurrent_transitions = m;
    return rc;
}

static int build_rule(struct pail_s3_tree *t, const struct pail_s3_node *n,
                      struct pail_s3_lifecycle_rule *r, struct pail_error *err)
{
    const struct pail_s3_node *expiration = pail_s3_node_child(n, "Expiration");
    const struct pail_s3_node *old = pail_s3_node_child(n, "NoncurrentVersionExpiration");
    const struct pail_s3_node *uploads = pail_s3_node_child(n, "AbortIncompleteMultipartUpload");

    r->id = pail_s3_node_text(n, "ID");
    r->enabled = pail_s3_node_is(n, "Status", "Enabled");
    r->expire_days = pail_s3_node_u32(expiration, "Days");
    r->expire_delete_markers = pail_s3_node_is(expiration, "ExpiredObjectDeleteMarker", "true");
    r->noncurrent_expire_days = pail_s3_node_u32(old, "NoncurrentDays");
    r->noncurrent_newer_versions = pail_s3_node_u32(old, "NewerNoncurrentVersions");
    r->abort_uploads_days = pail_s3_node_u32(uploads, "DaysAfterInitiation");
    int rc = date_of(expiration, &r->expire_date_ns, err);
    if (rc == 0)
        rc = build_filter(t, n, r, err);
    return rc < 0 ? rc : build_transitions(t, n, r, err);
}

static int build(struct pail_s3_doc_op *d, struct pail_s3_tree *tree,
                 const struct pail_response *rs, void *ret, struct pail_error *err)
{
    size_t n = pail_s3_node_count(tree->root, "Rule"), i = 0;
    struct pail_s3_lifecycle_rule *rules = pail_s3_tree_alloc(tree, (n + 1) * sizeof(*rules));
    int rc = rules ? 0 : pail_error_nomem(err);

    for (PAIL_S3_EACH(it, tree->root, "Rule")) {
        if (rc == 0)
            rc = build_rule(tree, it, &rules[i++], err);
    }
    if (rc < 0)
        pail_s3_tree_free(tree);
    else
        *(struct pail_s3_lifecycle *)ret = (struct pail_s3_lifecycle){rules, n, tree};
    return rc;
}

/* ---- Writing ---- */

static void write_date(struct pail_buf *xml, int64_t ns)
{
    char text[PAIL_TIME_ISO_LEN];
    if (ns == 0)
        return;
    pail_time_iso(ns / PAIL_NS_PER_S, text);
    pail_xml_element(xml, "Date", pail_str(text));
}

static void write_predicates(struct pail_buf *xml, const struct pail_s3_lifecycle_rule *r,
                             bool prefix)
{
    if (prefix)
        pail_xml_element(xml, "Prefix", r->prefix);
    for (size_t i = 0; i < r->n_tags; i++) {
        pail_buf_z(xml, "<Tag>");
        pail_xml_element(xml, "Key", r->tags[i].key);
        pail_xml_element(xml, "Value", r->tags[i].value);
        pail_buf_z(xml, "</Tag>");
    }
    pail_s3_xml_u64(xml, "ObjectSizeGreaterThan", r->larger_than);
    pail_s3_xml_u64(xml, "ObjectSizeLessThan", r->smaller_than);
}

static void write_filter(struct pail_buf *xml, const struct pail_s3_lifecycle_rule *r)
{
    size_t n = (r->prefix.len > 0) + r->n_tags + (r->larger_than > 0) + (r->smaller_than > 0);
    if (r->old_form && n == (r->prefix.len > 0)) {
        pail_xml_element(xml, "Prefix", r->prefix);
        return;
    }
    pail_buf_z(xml, n > 1 ? "<Filter><And>" : "<Filter>");
    write_predicates(xml, r, n == 0 || r->prefix.len > 0);
    pail_buf_z(xml, n > 1 ? "</And></Filter>" : "</Filter>");
}

static void write_actions(struct pail_buf *xml, const struct pail_s3_lifecycle_rule *r)
{
    for (size_t i = 0; i < r->n_transitions; i++) {
        const struct pail_s3_transition *t = &r->transitions[i];
        pail_buf_z(xml, "<Transition>");
        write_date(xml, t->date_ns);
        if (t->date_ns == 0)
            pail_buf_fmt(xml, "<Days>%u</Days>", t->days); /* 0 is a number of days here */
        pail_xml_element(xml, "StorageClass", t->storage_class);
        pail_buf_z(xml, "</Transition>");
    }
    if (r->expire_days || r->expire_date_ns || r->expire_delete_markers) {
        pail_buf_z(xml, "<Expiration>");
        write_date(xml, r->expire_date_ns);
        pail_s3_xml_u64(xml, "Days", r->expire_days);
        if (r->expire_delete_markers)
            pail_buf_z(xml, "<ExpiredObjectDeleteMarker>true</ExpiredObjectDeleteMarker>");
        pail_buf_z(xml, "</Expiration>");
    }
    for (size_t i = 0; i < r->n_noncurrent_transitions; i++) {
        const struct pail_s3_noncurrent_transition *t = &r->noncurrent_transitions[i];
        pail_buf_fmt(xml, "<NoncurrentVersionTransition><NoncurrentDays>%u</NoncurrentDays>",
                     t->days);
        pail_s3_xml_u64(xml, "NewerNoncurrentVersions", t->newer_versions);
        pail_xml_element(xml, "StorageClass", t->storage_class);
        pail_buf_z(xml, "</NoncurrentVersionTransition>");
    }
    if (r->noncurrent_expire_days) {
        pail_buf_z(xml, "<NoncurrentVersionExpiration>");
        pail_s3_xml_u64(xml, "NoncurrentDays", r->noncurrent_expire_days);
        pail_s3_xml_u64(xml, "NewerNoncurrentVersions", r->noncurrent_newer_versions);
        pail_buf_z(xml, "</NoncurrentVersionExpiration>");
    }
    if (r->abort_uploads_days) {
        pail_buf_z(xml, "<AbortIncompleteMultipartUpload>");
        pail_s3_xml_u64(xml, "DaysAfterInitiation", r->abort_uploads_days);
        pail_buf_z(xml, "</AbortIncompleteMultipartUpload>");
    }
}

static void write_lifecycle(struct pail_buf *xml, const struct pail_s3_lifecycle *l)
{
    pail_buf_z(xml, "<LifecycleConfiguration" PAIL_S3_XMLNS ">");
    for (size_t i = 0; i < l->n; i++) {
        pail_buf_z(xml, "<Rule>");
        pail_s3_xml_opt(xml, "ID", l->rules[i].id);
        write_filter(xml, &l->rules[i]);
        pail_xml_element(xml, "Status",
                         l->rules[i].enabled ? PAIL_STR("Enabled") : PAIL_STR("Disabled"));
        write_actions(xml, &l->rules[i]);
        pail_buf_z(xml, "</Rule>");
    }
    pail_buf_z(xml, "</LifecycleConfiguration>");
}

/* ---- The operations ---- */

static const struct pail_s3_doc_kind get_kind = {
    PAIL_S3_DOC_GET("GetBucketLifecycleConfiguration", true),
    .query = "lifecycle",
    .root = "LifecycleConfiguration",
    .build = build,
    .ret_size = sizeof(struct pail_s3_lifecycle),
    .done = drop,
};
static const struct pail_s3_doc_kind put_kind = {
    PAIL_S3_DOC_PUT("PutBucketLifecycleConfiguration", true), .query = "lifecycle"};
static const struct pail_s3_doc_kind delete_kind = {
    PAIL_S3_DOC_DELETE("DeleteBucketLifecycle", true), .query = "lifecycle"};

int pail_s3_lifecycle_get_async(struct pail_s3 *s3, const struct pail_s3_bucket_args *args,
                                struct pail_s3_lifecycle *ret, pail_done_fn *done, void *ud,
                                struct pail_call **ret_call, struct pail_error *err)
{
    struct pail_s3_object_args o = pail_s3_of_bucket(args);

    return pail_s3_doc_async(s3, &get_kind, &o, ret, done, ud, ret_call, err);
}

int pail_s3_lifecycle_get(struct pail_s3 *s3, const struct pail_s3_bucket_args *args,
                          struct pail_s3_lifecycle *ret, struct pail_error *err)
{
    PAIL_S3_BLOCKING(pail_s3_lifecycle_get_async(s3, args, ret, PAIL_S3_WAITED));
}

int pail_s3_lifecycle_put_async(struct pail_s3 *s3, const struct pail_s3_bucket_args *args,
                                const struct pail_s3_lifecycle *lifecycle, pail_done_fn *done,
                                void *ud, struct pail_call **ret_call, struct pail_error *err)
{
    struct pail_s3_object_args o = pail_s3_of_bucket(args);
    struct pail_buf xml = PAIL_BUF_INIT(PAIL_S3_DOC_MAX);

    write_lifecycle(&xml, lifecycle);
    return pail_s3_doc_put_async(s3, &put_kind, &o, &xml, done, ud, ret_call, err);
}

int pail_s3_lifecycle_put(struct pail_s3 *s3, const struct pail_s3_bucket_args *args,
                          const struct pail_s3_lifecycle *lifecycle, struct pail_error *err)
{
    PAIL_S3_BLOCKING(pail_s3_lifecycle_put_async(s3, args, lifecycle, PAIL_S3_WAITED));
}

int pail_s3_lifecycle_delete_async(struct pail_s3 *s3, const struct pail_s3_bucket_args *args,
                                   pail_done_fn *done, void *ud, struct pail_call **ret_call,
                                   struct pail_error *err)
{
    struct pail_s3_object_args o = pail_s3_of_bucket(args);

    return pail_s3_doc_async(s3, &delete_kind, &o, NULL, done, ud, ret_call, err);
}

int pail_s3_lifecycle_delete(struct pail_s3 *s3, const struct pail_s3_bucket_args *args,
                             struct pail_error *err)
{
    PAIL_S3_BLOCKING(pail_s3_lifecycle_delete_async(s3, args, PAIL_S3_WAITED));
}
