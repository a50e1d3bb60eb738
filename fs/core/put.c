/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Small objects in one request (markers, symbolic links), and looking.
 *
 * A condition that the endpoint does not honour is replaced by a HEAD directly before. A reply that
 * was lost is settled by looking: what bears our metadata (the change time in nanoseconds is among
 * it) and has our size is ours.
 */
#include "base/str.h"
#include "core/core.h"

#define TRIES 4

int pail_head(struct pail_volume *v, struct pail_str key, struct pail_s3_object *ret,
              struct pail_error *err)
{
    struct pail_s3_head_args args = {
        .call = pail_volume_call(v, PAIL_PRIO_META),
        .bucket = pail_str(v->bucket),
        .key = key,
    };
    pail_assert_no_locks();
    return pail_s3_head(v->s3, &args, ret, err);
}

static bool has_meta(const struct pail_s3_object *o, const struct pail_s3_meta *m)
{
    for (size_t i = 0; i < o->n_meta; i++)
        if (pail_str_ieq(o->meta[i].name, m->name) && pail_str_eq(o->meta[i].value, m->value))
            return true;
    return false;
}

static bool is_ours(const struct pail_put_small *p, const struct pail_s3_object *o)
{
    if (o->size != p->body.len)
        return false;
    for (size_t i = 0; i < p->attributes->n_meta; i++)
        if (!has_meta(o, &p->attributes->meta[i]))
            return false;
    return true;
}

static int refused(const struct pail_put_small *p, struct pail_error *err)
{
    const char *bucket = p->volume->bucket;
    return p->absent ? pail_error_set(err, PAIL_D_FS, PAIL_E_FS_EXIST,
                                      "s3://%s/%.*s exists already", bucket, PAIL_STR_ARG(p->key))
                     : pail_error_set(err, PAIL_D_FS, PAIL_E_FS_STALE,
                                      "s3://%s/%.*s was changed by somebody else meanwhile", bucket,
                                      PAIL_STR_ARG(p->key));
}

static void put_text(char dst[128], struct pail_str s)
{
    size_t n = s.len < 128 ? s.len : 0;
    if (n)
        memcpy(dst, s.ptr, n);
    dst[n] = '\0';
}

enum seen { SEEN_NOTHING, SEEN_OURS, SEEN_MATCH, SEEN_OTHER };

static int look(const struct pail_put_small *p, enum seen *seen, struct pail_s3_put_result *ret,
                struct pail_error *err)
{
    struct pail_s3_object o;
    struct pail_error why = PAIL_ERROR_INIT;
    int rc = pail_head(p->volume, p->key, &o, &why);
    if (rc == PAIL_E_NOT_FOUND) {
        *seen = SEEN_NOTHING;
        return 0;
    }
    if (rc) {
        pail_error_copy(err, &why);
        return rc;
    }
    *seen = is_ours(p, &o)                                  ? SEEN_OURS
            : p->match.len && pail_str_eq(o.etag, p->match) ? SEEN_MATCH
                                                            : SEEN_OTHER;
    if (*seen == SEEN_OURS) {
        put_text(ret->etag, o.etag);
        put_text(ret->version_id, o.version_id);
    }
    pail_s3_object_done(&o);
    return 0;
}

static int send_put(const struct pail_put_small *p, struct pail_s3_put_result *ret,
                    struct pail_error *err)
{
    struct pail_volume *v = p->volume;
    struct pail_bytes segment = {p->body.ptr, p->body.len};
    struct pail_s3_body body = {.segments = &segment, .n_segments = 1, .length = p->body.len};
    struct pail_s3_put_args args = {
        .call = pail_volume_call(v, PAIL_PRIO_META),
        .bucket = pail_str(v->bucket),
        .key = p->key,
        .if_none_match = p->absent && pail_volume_can(v, PAIL_CAP_PUT_ABSENT),
        .attributes = *p->attributes,
    };
    if (p->match.len && pail_volume_can(v, PAIL_CAP_PUT_MATCH))
        args.if_match = p->match;
    pail_assert_no_locks();
    return pail_s3_put(v->s3, &args, &body, ret, err);
}

static bool must_look_before(const struct pail_put_small *p)
{
    return (p->absent && !pail_volume_can(p->volume, PAIL_CAP_PUT_ABSENT)) ||
           (p->match.len && !pail_volume_can(p->volume, PAIL_CAP_PUT_MATCH));
}

int pail_put_small(struct pail_fs *fs, const struct pail_put_small *p,
                   struct pail_s3_put_result *ret, struct pail_error *err)
{
    int rc = pail_volume_ready(fs, p->volume, err);
    if (rc)
        return rc;
    bool ambiguous = false;
    for (int i = 0;; i++) {
        struct pail_s3_put_result put;
        struct pail_error why = PAIL_ERROR_INIT;
        enum seen seen = SEEN_NOTHING;
        memset(&put, 0, sizeof(put));
        if (must_look_before(p) || ambiguous) {
            rc = look(p, &seen, &put, err);
            if (rc)
                return rc;
            if (seen == SEEN_OURS && ambiguous) {
                *ret = put;
                return 0;
            }
            if ((p->absent && seen != SEEN_NOTHING) || (p->match.len && seen != SEEN_MATCH))
                return refused(p, err);
        }
        rc = send_put(p, &put, &why);
        if (!rc) {
            *ret = put;
            return 0;
        }
        bool lost = pail_uncertain(rc, &why);
        if (rc == PAIL_E_PRECONDITION && !ambiguous)
            return refused(p, err);
        if (i + 1 == TRIES || !(lost || rc == PAIL_E_PRECONDITION || rc == PAIL_E_CONFLICT)) {
            pail_error_copy(err, &why);
            return rc;
        }
        ambiguous = true;
    }
}

int pail_any_below(struct pail_fs *fs, struct pail_volume *v, struct pail_str prefix,
                   struct pail_str except, bool *ret, struct pail_error *err)
{
    struct pail_s3_list_args args = {
        .call = pail_volume_call(v, PAIL_PRIO_META),
        .bucket = pail_str(v->bucket),
        .prefix = prefix,
        .max_keys = 3, /* the marker, what is left out, and one more */
    };
    struct pail_s3_page page;
    pail_assert_no_locks();
    int rc = pail_s3_list(v->s3, &args, &page, err);
    if (rc)
        return rc;
    bool any = false;
    for (size_t i = 0; i < page.n && !any; i++) {
        struct pail_str key = page.entries[i].key;
        any = !pail_str_eq(key, prefix) && !(except.len && pail_str_eq(key, except));
    }
    pail_s3_page_done(&page);
    *ret = any;
    return 0;
}
