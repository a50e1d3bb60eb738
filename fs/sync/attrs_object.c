/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sync/attrs_object.c - attributes out of what S3 says about an object.
 *
 * Where several tools have written, the first of these wins: s3fs (and ourselves; rclone's mtime
 * has the same name and form), then AWS's own file services (DataSync, FSx, File Gateway), then
 * Google's tools. Names that were understood are dropped from what is carried along, because after
 * a rewrite they would tell old news under another name. Values that were not understood are
 * carried along untouched.
 */
#include <sys/stat.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/logging.h"
#include "base/str.h"
#include "sync/attrs_impl.h"

/* ---- Forms ---------------------------------------------------------------------------------- */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool parse_u32(struct pail_str s, uint64_t max, uint32_t *ret)
{
    uint64_t v;

    if (!pail_str_to_u64(s, &v) || v > max)
        return false;
    *ret = (uint32_t)v;
    return true;
}

static bool form_decimal(struct pail_str s, int64_t *ret)
{
    uint32_t v;

    if (!parse_u32(s, UINT32_MAX, &v))
        return false;
    *ret = v;
    return true;
}

static bool form_mode(struct pail_str s, int64_t *ret)
{
    uint32_t v;

    if (!parse_u32(s, S_IFMT | 07777, &v))
        return false;
    *ret = v;
    return true;
}

static bool form_octal(struct pail_str s, int64_t *ret)
{
    int64_t v = 0;

    for (size_t i = 0; i < s.len; i++) {
        if (s.ptr[i] < '0' || s.ptr[i] > '7')
            return false;
        v = v * 8 + (s.ptr[i] - '0');
        if (v > (S_IFMT | 07777))
            return false;
    }
    *ret = v;
    return s.len > 0;
}

/* Whole digits times unit, within int64_t. */
static bool scaled(struct pail_str digits, int64_t unit, int64_t *ret)
{
    uint64_t v;

    if (!pail_str_to_u64(digits, &v) || v > (uint64_t)(INT64_MAX / unit) - 1)
        return false;
    *ret = (int64_t)v * unit;
    return true;
}

/* "1700000000", "1700000000.5", "-1.25": seconds; what is finer than a nanosecond is cut. */
static bool form_seconds(struct pail_str s, int64_t *ret)
{
    bool negative = pail_str_starts(s, PAIL_STR("-"));
    int64_t ns, unit = PAIL_NS_PER_S / 10;

    if (negative)
        s = pail_str_from(s, 1);
    size_t dot = pail_str_find(s, '.');
    struct pail_str fraction = dot == SIZE_MAX ? PAIL_STR("") : pail_str_from(s, dot + 1);
    if (!scaled(pail_str_sub(s, 0, dot), PAIL_NS_PER_S, &ns) || (dot != SIZE_MAX && !fraction.len))
        return false;
    for (size_t i = 0; i < fraction.len; i++, unit /= 10) {
        if (!is_digit(fraction.ptr[i]))
            return false;
        ns += (fraction.ptr[i] - '0') * unit;
    }
    *ret = negative ? -ns : ns;
    return true;
}

/* "1700000000000000000ns", or milliseconds. */
static bool form_aws_time(struct pail_str s, int64_t *ret)
{
    bool negative = pail_str_starts(s, PAIL_STR("-"));
    bool ns = pail_str_ends(s, PAIL_STR("ns"));

    if (negative)
        s = pail_str_from(s, 1);
    if (ns)
        s.len -= 2;
    else if (pail_str_ends(s, PAIL_STR("ms")))
        s.len -= 2;
    if (!scaled(s, ns ? 1 : PAIL_NS_PER_MS, ret))
        return false;
    if (negative)
        *ret = -*ret;
    return true;
}

/* ---- Names ---------------------------------------------------------------------------------- */

static const struct known {
    const char *name;
    uint32_t attr;
    bool (*parse)(struct pail_str s, int64_t *ret);
} known[] = {
    /* in order of precedence */
    {"mode", PAIL_ATTR_MODE, form_mode},
    {"uid", PAIL_ATTR_UID, form_decimal},
    {"gid", PAIL_ATTR_GID, form_decimal},
    {"mtime", PAIL_ATTR_MTIME, form_seconds},
    {"ctime", PAIL_ATTR_CTIME, form_seconds},
    {"file-permissions", PAIL_ATTR_MODE, form_octal},
    {"file-owner", PAIL_ATTR_UID, form_decimal},
    {"file-group", PAIL_ATTR_GID, form_decimal},
    {"file-mtime", PAIL_ATTR_MTIME, form_aws_time},
    {"goog-reserved-posix-mode", PAIL_ATTR_MODE, form_octal},
    {"goog-reserved-posix-uid", PAIL_ATTR_UID, form_decimal},
    {"goog-reserved-posix-gid", PAIL_ATTR_GID, form_decimal},
    {"goog-reserved-file-mtime", PAIL_ATTR_MTIME, form_seconds},
};

static void set(struct pail_attrs *a, uint32_t attr, int64_t v)
{
    a->has |= attr;
    if (attr == PAIL_ATTR_MODE)
        a->mode = (uint32_t)v;
    else if (attr == PAIL_ATTR_UID)
        a->uid = (uint32_t)v;
    else if (attr == PAIL_ATTR_GID)
        a->gid = (uint32_t)v;
    else if (attr == PAIL_ATTR_MTIME)
        a->mtime_ns = v;
    else
        a->ctime_ns = v;
}

/* Rank in the table for one piece of metadata that was understood, SIZE_MAX otherwise. */
static size_t understand(const struct pail_s3_meta *m, int64_t *ret)
{
    for (size_t i = 0; i < PAIL_ARRAY_LEN(known); i++) {
        if (!pail_str_eqz(m->name, known[i].name))
            continue;
        if (known[i].parse(pail_str_trim(m->value), ret))
            return i;
        PAIL_LOG(PAIL_LC_SYNC, PAIL_LOG_INFO, "metadata %s \"%.*s\" is left out: malformed",
                 known[i].name, PAIL_STR_ARG(m->value));
        return SIZE_MAX;
    }
    return SIZE_MAX;
}

static int take_xattrs(const struct pail_s3_meta *m, struct pail_xattr_set *set,
                       struct pail_error *err)
{
    struct pail_error why = PAIL_ERROR_INIT;
    struct pail_xattr_set found;

    int rc = pail_xattr_set_parse(m->value, &found, &why);
    if (rc == PAIL_E_NOMEM) {
        pail_error_copy(err, &why);
        return rc;
    }
    if (rc < 0) {
        PAIL_LOG(PAIL_LC_SYNC, PAIL_LOG_INFO, "extended attributes are left out: %s", why.message);
        return 1;
    }
    pail_xattr_set_done(set);
    *set = found;
    return 0;
}

static int take_meta(struct pail_attrs *a, const struct pail_s3_object *o,
                     struct pail_s3_meta *other, struct pail_xattr_set *xattrs,
                     struct pail_error *err)
{
    int64_t values[PAIL_ARRAY_LEN(known)];
    bool present[PAIL_ARRAY_LEN(known)] = {0};

    for (size_t i = 0; i < o->n_meta; i++) {
        int64_t v;
        size_t rank = understand(&o->meta[i], &v);
        if (rank != SIZE_MAX) {
            present[rank] = true;
            values[rank] = v;
            continue;
        }
        if (pail_str_eqz(o->meta[i].name, "xattr")) {
            int rc = take_xattrs(&o->meta[i], xattrs, err);
            if (rc <= 0) {
                if (rc < 0)
                    return rc;
                continue;
            }
        }
        other[a->n_other++] = o->meta[i];
    }
    for (size_t i = 0; i < PAIL_ARRAY_LEN(known); i++) {
        if (present[i] && !(a->has & known[i].attr))
            set(a, known[i].attr, values[i]);
    }
    return 0;
}

int pail_attrs_from_object(struct pail_attrs *ret, const struct pail_s3_object *o,
                           struct pail_error *err)
{
    struct pail_attrs a = {
        .content_type = o->content_type,
        .content_encoding = o->content_encoding,
        .cache_control = o->cache_control,
        .content_disposition = o->content_disposition,
        .content_language = o->content_language,
    };
    struct pail_xattr_set xattrs PAIL_CLEANUP(pail_xattr_set_done) = {
        .text = PAIL_BUF_INIT(PAIL_ATTRS_MAX)};
    struct pail_s3_meta *other PAIL_AUTOFREE = pail_calloc(o->n_meta + 1, sizeof(*other));

    if (!other)
        return pail_error_nomem(err);
    int rc = take_meta(&a, o, other, &xattrs, err);
    if (rc < 0)
        return rc;
    a.other = other;
    a.xattrs = xattrs.v;
    a.n_xattrs = xattrs.n;
    return pail_attrs_own(ret, &a, err);
}
