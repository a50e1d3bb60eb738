/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sync/attrs.c - attributes in memory and as fs/meta stores them.
 *
 * Packed form, version 1: version byte, `has` byte, then varints (7 bits a byte, least first,
 * shortest form only): mode, uid, gid as far as `has` says; mtime and ctime zig-zag; number of
 * xattrs and for each name and value, ascending; number of other metadata and for each name and
 * value; the five content headers. Texts are a length and bytes. There is exactly one packed form
 * of given attributes, so rows can be compared by their bytes.
 *
 * The bytes come from a database on disk, which may be damaged: every length is checked, and what
 * does not parse to its last byte is an error.
 */
#include "sync/attrs.h"

#include <sys/stat.h>

#include "base/alloc.h"
#include "base/str.h"
#include "sync/attrs_impl.h"

#define FORMAT 1u

void pail_attrs_init(struct pail_attrs *a)
{
    *a = (struct pail_attrs){0};
}

void pail_attrs_done(struct pail_attrs *a)
{
    if (!a)
        return;
    pail_free(a->impl);
    pail_attrs_init(a);
}

bool pail_attrs_is_symlink(const struct pail_attrs *a)
{
    return (a->has & PAIL_ATTR_MODE) && S_ISLNK(a->mode);
}

struct pail_str *pail_attrs_text(struct pail_attrs *a, unsigned i)
{
    struct pail_str *texts[PAIL_ATTRS_TEXTS] = {&a->content_type, &a->content_encoding,
                                                &a->cache_control, &a->content_disposition,
                                                &a->content_language};
    return texts[i];
}

/* ---- One allocation ------------------------------------------------------------------------- */

static size_t text_size(const struct pail_attrs *from)
{
    struct pail_attrs a = *from;
    size_t n = 1; /* what empty views point at */

    for (size_t i = 0; i < a.n_xattrs; i++)
        n += a.xattrs[i].name.len + a.xattrs[i].value.len;
    for (size_t i = 0; i < a.n_other; i++)
        n += a.other[i].name.len + a.other[i].value.len;
    for (unsigned i = 0; i < PAIL_ATTRS_TEXTS; i++)
        n += pail_attrs_text(&a, i)->len;
    return n;
}

static struct pail_str place(char **at, struct pail_str s)
{
    char *p = *at;

    if (s.len)
        memcpy(p, s.ptr, s.len);
    *at += s.len;
    return pail_strn(p, s.len);
}

int pail_attrs_own(struct pail_attrs *to, const struct pail_attrs *from, struct pail_error *err)
{
    size_t arrays = from->n_xattrs * sizeof(struct pail_xattr) +
                    from->n_other * sizeof(struct pail_s3_meta);
    struct pail_attrs a = *from;

    a.impl = pail_alloc(arrays + text_size(from));
    if (!a.impl)
        return pail_error_nomem(err);
    struct pail_xattr *xattrs = a.impl;
    struct pail_s3_meta *other = (struct pail_s3_meta *)(xattrs + a.n_xattrs);
    char *at = (char *)(other + a.n_other);
    for (size_t i = 0; i < a.n_xattrs; i++) {
        xattrs[i].name = place(&at, from->xattrs[i].name);
        xattrs[i].value = place(&at, from->xattrs[i].value);
    }
    for (size_t i = 0; i < a.n_other; i++) {
        other[i].name = place(&at, from->other[i].name);
        other[i].value = place(&at, from->other[i].value);
    }
    for (unsigned i = 0; i < PAIL_ATTRS_TEXTS; i++)
        *pail_attrs_text(&a, i) = place(&at, *pail_attrs_text(&a, i));
    a.xattrs = a.n_xattrs ? xattrs : NULL;
    a.other = a.n_other ? other : NULL;
    pail_attrs_done(to); /* last: *from may lie in it */
    *to = a;
    return 0;
}

int pail_attrs_copy(struct pail_attrs *to, const struct pail_attrs *from, struct pail_error *err)
{
    return pail_attrs_own(to, from, err);
}

/* ---- Packing -------------------------------------------------------------------------------- */

static void put_number(struct pail_buf *to, uint64_t v)
{
    for (; v >= 0x80; v >>= 7)
        pail_buf_char(to, (char)(0x80 | (v & 0x7f)));
    pail_buf_char(to, (char)v);
}

static void put_time(struct pail_buf *to, int64_t v)
{
    put_number(to, ((uint64_t)v << 1) ^ (v < 0 ? UINT64_MAX : 0));
}

static void put_text(struct pail_buf *to, struct pail_str s)
{
    put_number(to, s.len);
    pail_buf_str(to, s);
}

int pail_attrs_pack(const struct pail_attrs *from, struct pail_buf *to, struct pail_error *err)
{
    struct pail_attrs a = *from;

    pail_buf_char(to, FORMAT);
    pail_buf_char(to, (char)(a.has & PAIL_ATTR_ALL));
    if (a.has & PAIL_ATTR_MODE)
        put_number(to, a.mode);
    if (a.has & PAIL_ATTR_UID)
        put_number(to, a.uid);
    if (a.has & PAIL_ATTR_GID)
        put_number(to, a.gid);
    if (a.has & PAIL_ATTR_MTIME)
        put_time(to, a.mtime_ns);
    if (a.has & PAIL_ATTR_CTIME)
        put_time(to, a.ctime_ns);
    put_number(to, a.n_xattrs);
    for (size_t i = 0; i < a.n_xattrs; i++) {
        put_text(to, a.xattrs[i].name);
        put_text(to, a.xattrs[i].value);
    }
    put_number(to, a.n_other);
    for (size_t i = 0; i < a.n_other; i++) {
        put_text(to, a.other[i].name);
        put_text(to, a.other[i].value);
    }
    for (unsigned i = 0; i < PAIL_ATTRS_TEXTS; i++)
        put_text(to, *pail_attrs_text(&a, i));
    return pail_buf_check(to, "attributes", err);
}

/* ---- Unpacking ------------------------------------------------------------------------------ */

/* A cursor; bad is sticky and makes every further reading give nothing. */
struct cursor {
    struct pail_str rest;
    bool bad;
};

static uint64_t get_number(struct cursor *c, uint64_t max)
{
    uint64_t v = 0;

    for (unsigned shift = 0; !c->bad && shift < 64; shift += 7) {
        if (c->rest.len == 0)
            break;
        uint8_t byte = (uint8_t)c->rest.ptr[0];
        c->rest = pail_str_from(c->rest, 1);
        uint64_t bits = byte & 0x7f;
        if ((shift == 63 && bits > 1) || (shift && byte == 0))
            break; /* too large, or longer than need be */
        v |= bits << shift;
        if (!(byte & 0x80)) {
            if (v > max)
                break;
            return v;
        }
    }
    c->bad = true;
    return 0;
}

static int64_t get_time(struct cursor *c)
{
    uint64_t v = get_number(c, UINT64_MAX);
    return (int64_t)((v >> 1) ^ (v & 1 ? UINT64_MAX : 0));
}

static struct pail_str get_text(struct cursor *c)
{
    size_t n = (size_t)get_number(c, c->rest.len);

    if (n > c->rest.len) {
        c->bad = true;
        n = 0;
    }
    struct pail_str s = pail_str_sub(c->rest, 0, n);
    c->rest = pail_str_from(c->rest, n);
    return s;
}

/* A number of elements of two texts each, which take two bytes at least. */
static size_t get_count(struct cursor *c)
{
    size_t n = (size_t)get_number(c, c->rest.len / 2);

    if (n > c->rest.len / 2)
        c->bad = true;
    return c->bad ? 0 : n;
}

static int get_xattrs(struct cursor *c, struct pail_attrs *a, struct pail_xattr **ret,
                      struct pail_error *err)
{
    size_t n = get_count(c);
    struct pail_xattr *v = n ? pail_calloc(n, sizeof(*v)) : NULL;

    if (n && !v)
        return pail_error_nomem(err);
    for (size_t i = 0; i < n && !c->bad; i++) {
        v[i].name = get_text(c);
        v[i].value = get_text(c);
        if (!pail_xattr_name_ok(v[i].name) || (i && pail_str_cmp(v[i - 1].name, v[i].name) >= 0))
            c->bad = true;
    }
    a->xattrs = *ret = v;
    a->n_xattrs = n;
    return 0;
}

static int get_other(struct cursor *c, struct pail_attrs *a, struct pail_s3_meta **ret,
                     struct pail_error *err)
{
    size_t n = get_count(c);
    struct pail_s3_meta *v = n ? pail_calloc(n, sizeof(*v)) : NULL;

    if (n && !v)
        return pail_error_nomem(err);
    for (size_t i = 0; i < n && !c->bad; i++) {
        v[i].name = get_text(c);
        v[i].value = get_text(c);
    }
    a->other = *ret = v;
    a->n_other = n;
    return 0;
}

static void get_numbers(struct cursor *c, struct pail_attrs *a)
{
    a->has = (uint32_t)get_number(c, PAIL_ATTR_ALL);
    if (a->has & PAIL_ATTR_MODE)
        a->mode = (uint32_t)get_number(c, UINT32_MAX);
    if (a->has & PAIL_ATTR_UID)
        a->uid = (uint32_t)get_number(c, UINT32_MAX);
    if (a->has & PAIL_ATTR_GID)
        a->gid = (uint32_t)get_number(c, UINT32_MAX);
    if (a->has & PAIL_ATTR_MTIME)
        a->mtime_ns = get_time(c);
    if (a->has & PAIL_ATTR_CTIME)
        a->ctime_ns = get_time(c);
}

int pail_attrs_unpack(struct pail_attrs *ret, struct pail_str packed, struct pail_error *err)
{
    struct cursor c = {.rest = packed};
    struct pail_attrs a = {0};
    struct pail_xattr *xattrs PAIL_AUTOFREE = NULL;
    struct pail_s3_meta *other PAIL_AUTOFREE = NULL;

    if (get_number(&c, UINT64_MAX) != FORMAT)
        c.bad = true;
    get_numbers(&c, &a);
    int rc = get_xattrs(&c, &a, &xattrs, err);
    if (rc == 0)
        rc = get_other(&c, &a, &other, err);
    if (rc < 0)
        return rc;
    for (unsigned i = 0; i < PAIL_ATTRS_TEXTS; i++)
        *pail_attrs_text(&a, i) = get_text(&c);
    if (c.bad || c.rest.len)
        return pail_error_set(err, PAIL_D_DATA, PAIL_E_PARSE,
                              "packed attributes: %zu bytes that are not of format %u", packed.len,
                              FORMAT);
    return pail_attrs_own(ret, &a, err);
}
