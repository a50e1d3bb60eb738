/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sync/xattr.c - extended attributes in one metadata value, as s3fs has them.
 *
 * x-amz-meta-xattr: URL-encoded {"user.x":"base64","user.y":"..."}. A header that is not quite of
 * that form is not taken apart: it is carried along as it is until somebody sets an attribute here.
 *
 * The limit is checked here, when an attribute is set, because at close nobody could tell which
 * program was to blame. Counted are names with their prefix (some services count it) and values, at
 * the largest size our own attributes can have.
 */
#include <stdlib.h>

#include "base/alloc.h"
#include "base/base64.h"
#include "base/json.h"
#include "base/str.h"
#include "base/uri.h"
#include "sync/attrs_impl.h"

#define S3_META_MAX 2048u
#define META_PREFIX_LEN (sizeof("x-amz-meta-") - 1)

bool pail_xattr_name_ok(struct pail_str name)
{
    return name.len >= 1 && name.len <= 255 && pail_str_is_utf8(name) &&
           pail_str_find(name, '\0') == SIZE_MAX;
}

static int compare(const void *a, const void *b)
{
    const struct pail_xattr *x = a, *y = b;
    return pail_str_cmp(x->name, y->name);
}

void pail_xattr_set_done(struct pail_xattr_set *s)
{
    pail_free(s->v);
    pail_buf_done(&s->text);
    s->v = NULL;
    s->n = 0;
}

static int not_a_set(struct pail_error *err)
{
    return pail_error_set(err, PAIL_D_DATA, PAIL_E_PARSE,
                          "xattr: not a URL-encoded JSON object of base64 texts");
}

static int take_members(const struct pail_jnode *root, struct pail_xattr_set *s,
                        struct pail_error *err)
{
    struct pail_str name;
    const struct pail_jnode *value;

    for (void *it = NULL; pail_json_each(root, &it, &name, &value);) {
        struct pail_str text = pail_json_str(value);
        if (!pail_xattr_name_ok(name) || !text.ptr || s->n == pail_json_len(root))
            return not_a_set(err);
        pail_buf_str(&s->text, name);
        size_t before = s->text.len;
        int rc = pail_base64_decode(&s->text, text, err);
        if (rc < 0)
            return rc == PAIL_E_NOMEM ? rc : not_a_set(err);
        s->v[s->n].name.len = name.len;
        s->v[s->n++].value.len = s->text.len - before;
    }
    int rc = pail_buf_check(&s->text, "xattr", err);
    if (rc < 0)
        return rc;
    /* The text no longer moves: the views can be set. */
    const char *at = pail_buf_cstr(&s->text);
    for (size_t i = 0; i < s->n; i++) {
        s->v[i].name.ptr = at;
        s->v[i].value.ptr = at + s->v[i].name.len;
        at = s->v[i].value.ptr + s->v[i].value.len;
    }
    if (s->n > 1)
        qsort(s->v, s->n, sizeof(*s->v), compare);
    return 0;
}

int pail_xattr_set_parse(struct pail_str header, struct pail_xattr_set *ret, struct pail_error *err)
{
    struct pail_buf text PAIL_CLEANUP(pail_buf_done) = PAIL_BUF_INIT(PAIL_ATTRS_MAX);
    struct pail_json *doc PAIL_CLEANUP(pail_json_free_p) = NULL;

    pail_uri_decode(&text, header, false);
    int rc = pail_buf_check(&text, "xattr", err);
    if (rc == 0)
        rc = pail_json_parse(pail_buf_view(&text), "xattr", &doc, err);
    if (rc < 0)
        return rc;
    const struct pail_jnode *root = pail_json_root(doc);
    if (pail_json_type(root) != PAIL_JSON_OBJECT)
        return not_a_set(err);

    struct pail_xattr_set s = {.text = PAIL_BUF_INIT(PAIL_ATTRS_MAX)};
    size_t n = pail_json_len(root);
    if (n) {
        s.v = pail_calloc(n, sizeof(*s.v));
        if (!s.v)
            return pail_error_nomem(err);
        rc = take_members(root, &s, err);
    }
    if (rc < 0)
        pail_xattr_set_done(&s);
    else
        *ret = s;
    return rc;
}

void pail_xattr_format(const struct pail_xattr *v, size_t n, struct pail_buf *to)
{
    struct pail_buf text PAIL_CLEANUP(pail_buf_done) = PAIL_BUF_INIT(2 * PAIL_ATTRS_MAX);
    struct pail_buf base64 PAIL_CLEANUP(pail_buf_done) = PAIL_BUF_INIT(2 * PAIL_ATTRS_MAX);
    struct pail_jwriter w;

    pail_jw_init(&w, &text, 0);
    pail_jw_object(&w);
    for (size_t i = 0; i < n; i++) {
        pail_buf_reset(&base64);
        pail_base64_encode(&base64, v[i].value.ptr, v[i].value.len);
        if (base64.failed)
            text.failed = base64.failed;
        pail_jw_key(&w, v[i].name);
        pail_jw_str(&w, pail_buf_view(&base64));
    }
    pail_jw_end_object(&w);
    if (text.failed)
        to->failed = text.failed;
    else
        pail_uri_encode(to, pail_buf_view(&text), PAIL_URI_PATH);
}

/* ---- Setting one ---------------------------------------------------------------------------- */

/* What the metadata would take in S3, with our own attributes at their largest. */
static int meta_size(const struct pail_attrs *from, size_t *ret, struct pail_error *err)
{
    struct pail_attrs a = *from;
    struct pail_attrs_headers h;

    a.has = PAIL_ATTR_ALL;
    a.mode = 0177777;
    a.uid = a.gid = UINT32_MAX;
    a.mtime_ns = a.ctime_ns = INT64_MAX;
    int rc = pail_attrs_to_headers(&a, PAIL_STR("f"), false, &h, err);
    if (rc < 0)
        return rc;
    size_t n = 0;
    for (size_t i = 0; i < h.attributes.n_meta; i++)
        n += META_PREFIX_LEN + h.attributes.meta[i].name.len + h.attributes.meta[i].value.len;
    pail_attrs_headers_done(&h);
    *ret = n;
    return 0;
}

static int check_size(const struct pail_attrs *a, struct pail_xattr one, struct pail_error *err)
{
    size_t n, alone;
    struct pail_attrs bare = {.xattrs = &one, .n_xattrs = 1};

    if (one.value.len > S3_META_MAX)
        return pail_error_set(err, PAIL_D_FS, PAIL_E_TOO_BIG,
                              "xattr %.*s: %zu bytes; S3 keeps 2 KiB of metadata",
                              PAIL_STR_ARG(one.name), one.value.len);
    int rc = meta_size(a, &n, err);
    if (rc == 0)
        rc = meta_size(&bare, &alone, err);
    if (rc < 0 || n <= S3_META_MAX)
        return rc;
    if (alone > S3_META_MAX)
        return pail_error_set(err, PAIL_D_FS, PAIL_E_TOO_BIG,
                              "xattr %.*s: its %zu bytes take more than S3's 2 KiB of metadata",
                              PAIL_STR_ARG(one.name), one.value.len);
    return pail_error_set(err, PAIL_D_FS, PAIL_E_FS_NOSPC,
                          "xattr %.*s: the object's metadata would take %zu bytes; S3 keeps %u",
                          PAIL_STR_ARG(one.name), n, S3_META_MAX);
}

int pail_attrs_set_xattr(struct pail_attrs *a, struct pail_str name, struct pail_str value,
                         struct pail_error *err)
{
    struct pail_attrs next = *a;
    size_t at = 0;

    if (!pail_xattr_name_ok(name))
        return pail_error_set(err, PAIL_D_FS, PAIL_E_FS_INVAL,
                              "xattr \"%.*s\": names are 1 to 255 bytes of UTF-8",
                              PAIL_STR_ARG(name));
    while (at < a->n_xattrs && pail_str_cmp(a->xattrs[at].name, name) < 0)
        at++;
    bool found = at < a->n_xattrs && pail_str_eq(a->xattrs[at].name, name);
    if (!value.ptr && !found)
        return pail_error_set(err, PAIL_D_FS, PAIL_E_FS_NODATA, "xattr %.*s: there is none",
                              PAIL_STR_ARG(name));

    struct pail_xattr *v PAIL_AUTOFREE = pail_calloc(a->n_xattrs + 1, sizeof(*v));
    if (!v)
        return pail_error_nomem(err);
    next.n_xattrs = 0;
    next.xattrs = v;
    for (size_t i = 0; i < at; i++)
        v[next.n_xattrs++] = a->xattrs[i];
    if (value.ptr)
        v[next.n_xattrs++] = (struct pail_xattr){name, value};
    for (size_t i = at + found; i < a->n_xattrs; i++)
        v[next.n_xattrs++] = a->xattrs[i];

    int rc = value.ptr ? check_size(&next, (struct pail_xattr){name, value}, err) : 0;
    return rc < 0 ? rc : pail_attrs_own(a, &next, err);
}
