/* SPDX-License-Identifier: Apache-2.0 */
/*
 * s3/arena.c - the strings of one answer.
 *
 * Never grows: growing would move what views point at. Texts that share a beginning with their
 * predecessor are not shared either: listings are consumed at once and freed.
 */
#include "s3/arena.h"

#include "base/alloc.h"
#include "base/str.h"
#include "base/uri.h"

int pail_s3_arena_init(struct pail_s3_arena *a, size_t cap, struct pail_error *err)
{
    char *ptr = pail_alloc(cap ? cap : 1);
    if (!ptr)
        return pail_error_nomem(err);
    *a = (struct pail_s3_arena){.ptr = ptr, .cap = cap};
    return 0;
}

void pail_s3_arena_done(struct pail_s3_arena *a)
{
    pail_free(a->ptr);
    *a = (struct pail_s3_arena){0};
}

struct pail_str pail_s3_arena_add(struct pail_s3_arena *a, struct pail_str s)
{
    if (s.len > a->cap - a->len) {
        a->full = true;
        return PAIL_STR("");
    }
    char *to = a->ptr + a->len;
    if (s.len)
        memcpy(to, s.ptr, s.len);
    a->len += s.len;
    return pail_strn(to, s.len);
}

struct pail_str pail_s3_arena_etag(struct pail_s3_arena *a, struct pail_str s)
{
    bool quoted = s.len >= 2 && s.ptr[s.len - 1] == '"';

    if (quoted || s.len == 0)
        return pail_s3_arena_add(a, s);
    struct pail_str begin = pail_s3_arena_add(a, PAIL_STR("\""));
    struct pail_str text = pail_s3_arena_add(a, s);
    struct pail_str end = pail_s3_arena_add(a, PAIL_STR("\""));
    if (begin.len == 0 || text.len == 0 || end.len == 0)
        return PAIL_STR("");
    return pail_strn(begin.ptr, text.len + 2);
}

int pail_s3_arena_unurl(struct pail_str *s, struct pail_buf *scratch, struct pail_error *err)
{
    if (pail_str_find(*s, '%') == SIZE_MAX && pail_str_find(*s, '+') == SIZE_MAX)
        return 0;
    pail_buf_reset(scratch);
    pail_uri_decode(scratch, *s, true);
    int rc = pail_buf_check(scratch, "key of a listing", err);
    if (rc < 0)
        return rc;
    memcpy((char *)s->ptr, pail_buf_cstr(scratch), scratch->len); /* ours, and never longer */
    s->len = scratch->len;
    return 0;
}
