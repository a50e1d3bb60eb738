/* SPDX-License-Identifier: Apache-2.0 */
/*
 * s3/arena.c - the strings of one answer.
 *
 * Never grows: growing would move what views point at. Texts that share a beginning with their
 * predecessor are not shared either: listings are consumed at once and freed.
 *
 * Keys are decoded here rather than by base/uri, which appends to a buffer: in place it costs a
 * pass and no copy, for every key of every listing.
 */
#include "s3/arena.h"

#include "base/alloc.h"

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

static int digit(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
                                  : -1;
}

void pail_s3_arena_unurl(struct pail_str *s)
{
    char *to = (char *)s->ptr; /* ours, and it only gets shorter */
    size_t n = 0;

    for (size_t i = 0; i < s->len; i++) {
        char c = s->ptr[i];
        if (c == '+') {
            c = ' ';
        } else if (c == '%' && s->len - i > 2) {
            int hi = digit(s->ptr[i + 1]), lo = digit(s->ptr[i + 2]);
            if (hi >= 0 && lo >= 0) {
                c = (char)(hi * 16 + lo);
                i += 2;
            }
        }
        to[n++] = c;
    }
    s->len = n;
}
