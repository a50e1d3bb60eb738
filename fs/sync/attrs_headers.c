/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sync/attrs_headers.c - attributes as headers of a request.
 *
 * Written in s3fs's form: numbers decimal, mode with the file type, times as seconds with nine
 * digits after the point (s3fs reads the digits as a number of nanoseconds, others as a fraction:
 * with nine both get the same). What is carried along follows, unless it bears a name written here.
 *
 * Headers are ASCII: metadata values with anything else go out as RFC 2047 words, which is how S3
 * gives them back.
 */
#include <sys/stat.h>

#include "base/alloc.h"
#include "base/base64.h"
#include "base/clock.h"
#include "base/str.h"
#include "base/utf8.h"
#include "sync/attrs_impl.h"
#include "sync/content_type.h"

#define WORD_BYTES 45u /* of text in one word, so that it is at most 75 long */

/* ---- Values --------------------------------------------------------------------------------- */

static bool is_ascii(struct pail_str s)
{
    if (pail_str_trim(s).len != s.len || pail_str_find_str(s, PAIL_STR("=?")) != SIZE_MAX)
        return false;
    for (size_t i = 0; i < s.len; i++) {
        if (s.ptr[i] < 0x20 || s.ptr[i] > 0x7e)
            return false;
    }
    return true;
}

static void put_value(struct pail_buf *to, struct pail_str s)
{
    if (is_ascii(s)) {
        pail_buf_str(to, s);
        return;
    }
    while (s.len) {
        size_t n = 0;
        while (n < s.len) { /* whole characters; bytes that are none count alone */
            uint32_t cp;
            size_t c = pail_utf8_decode(pail_str_from(s, n), &cp);
            c = c ? c : 1;
            if (n + c > WORD_BYTES)
                break;
            n += c;
        }
        pail_buf_z(to, "=?UTF-8?B?");
        pail_base64_encode(to, s.ptr, n);
        s = pail_str_from(s, n);
        pail_buf_z(to, s.len ? "?= " : "?=");
    }
}

static void put_time(struct pail_buf *to, int64_t ns)
{
    uint64_t abs = ns < 0 ? -(uint64_t)ns : (uint64_t)ns;

    pail_buf_fmt(to, "%s%llu.%09llu", ns < 0 ? "-" : "", (unsigned long long)(abs / PAIL_NS_PER_S),
                 (unsigned long long)(abs % PAIL_NS_PER_S));
}

/* ---- Metadata ------------------------------------------------------------------------------- */

/* Texts go into one buffer, one after the other; the views are set when it no longer moves. */
static void begin(struct pail_attrs_headers *h, struct pail_str name)
{
    struct pail_s3_meta *m = &h->metas[h->attributes.n_meta];

    pail_buf_str(&h->text, name);
    m->name.len = name.len;
    m->value.len = h->text.len;
}

static void end(struct pail_attrs_headers *h)
{
    struct pail_s3_meta *m = &h->metas[h->attributes.n_meta++];
    m->value.len = h->text.len - m->value.len;
}

static void add_number(struct pail_attrs_headers *h, struct pail_str name, uint64_t v)
{
    begin(h, name);
    pail_buf_u64(&h->text, v);
    end(h);
}

static void add_time(struct pail_attrs_headers *h, struct pail_str name, int64_t ns)
{
    begin(h, name);
    put_time(&h->text, ns);
    end(h);
}

static void add_own(struct pail_attrs_headers *h, const struct pail_attrs *a, bool is_dir)
{
    uint32_t mode = a->mode;

    if ((mode & S_IFMT) == 0)
        mode |= is_dir ? S_IFDIR : S_IFREG;
    if (a->has & PAIL_ATTR_MODE)
        add_number(h, PAIL_STR("mode"), mode);
    if (a->has & PAIL_ATTR_UID)
        add_number(h, PAIL_STR("uid"), a->uid);
    if (a->has & PAIL_ATTR_GID)
        add_number(h, PAIL_STR("gid"), a->gid);
    if (a->has & PAIL_ATTR_MTIME)
        add_time(h, PAIL_STR("mtime"), a->mtime_ns);
    if (a->has & PAIL_ATTR_CTIME)
        add_time(h, PAIL_STR("ctime"), a->ctime_ns);
    if (a->n_xattrs) {
        begin(h, PAIL_STR("xattr"));
        pail_xattr_format(a->xattrs, a->n_xattrs, &h->text);
        end(h);
    }
}

/* Does add_own write this name for these attributes? */
static bool is_own(const struct pail_attrs *a, struct pail_str name)
{
    return ((a->has & PAIL_ATTR_MODE) && pail_str_eqz(name, "mode")) ||
           ((a->has & PAIL_ATTR_UID) && pail_str_eqz(name, "uid")) ||
           ((a->has & PAIL_ATTR_GID) && pail_str_eqz(name, "gid")) ||
           ((a->has & PAIL_ATTR_MTIME) && pail_str_eqz(name, "mtime")) ||
           ((a->has & PAIL_ATTR_CTIME) && pail_str_eqz(name, "ctime")) ||
           (a->n_xattrs && pail_str_eqz(name, "xattr"));
}

static void add_other(struct pail_attrs_headers *h, const struct pail_attrs *a)
{
    for (size_t i = 0; i < a->n_other; i++) {
        if (is_own(a, a->other[i].name))
            continue;
        begin(h, a->other[i].name);
        put_value(&h->text, a->other[i].value);
        end(h);
    }
}

static void set_views(struct pail_attrs_headers *h, struct pail_str *const texts[], size_t n)
{
    const char *at = pail_buf_cstr(&h->text);

    for (size_t i = 0; i < h->attributes.n_meta; i++) {
        h->metas[i].name.ptr = at;
        at += h->metas[i].name.len;
        h->metas[i].value.ptr = at;
        at += h->metas[i].value.len;
    }
    for (size_t i = 0; i < n; i++) {
        texts[i]->ptr = at;
        at += texts[i]->len;
    }
    h->attributes.meta = h->metas;
}

int pail_attrs_to_headers(const struct pail_attrs *from, struct pail_str name, bool is_dir,
                          struct pail_attrs_headers *ret, struct pail_error *err)
{
    struct pail_attrs a = *from;
    struct pail_attrs_headers h = {.text = PAIL_BUF_INIT(4 * PAIL_ATTRS_MAX)};
    struct pail_s3_attributes *t = &h.attributes;
    struct pail_str *const texts[PAIL_ATTRS_TEXTS] = {&t->content_type, &t->content_encoding,
                                                      &t->cache_control, &t->content_disposition,
                                                      &t->content_language};

    h.metas = pail_calloc(a.n_other + 6, sizeof(*h.metas));
    if (!h.metas)
        return pail_error_nomem(err);
    if (a.content_type.len == 0)
        a.content_type = is_dir ? PAIL_STR("application/x-directory") : pail_content_type(name);
    add_own(&h, &a, is_dir);
    add_other(&h, &a);
    for (unsigned i = 0; i < PAIL_ATTRS_TEXTS; i++) {
        pail_buf_str(&h.text, *pail_attrs_text(&a, i));
        texts[i]->len = pail_attrs_text(&a, i)->len;
    }
    int rc = pail_buf_check(&h.text, "metadata of an object", err);
    if (rc < 0) {
        pail_attrs_headers_done(&h);
        return rc;
    }
    set_views(&h, texts, PAIL_ATTRS_TEXTS);
    *ret = h;
    return 0;
}

void pail_attrs_headers_done(struct pail_attrs_headers *h)
{
    pail_free(h->metas);
    pail_buf_done(&h->text);
    h->metas = NULL;
    h->attributes = (struct pail_s3_attributes){0};
}
