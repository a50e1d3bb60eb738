/* SPDX-License-Identifier: Apache-2.0 */
/*
 * s3/rows.c - growing rows over a fixed arena.
 *
 * Rows may move while they grow, texts may not: rows point into texts, nothing points into rows.
 */
#include "s3/rows.h"

#include "base/alloc.h"
#include "base/str.h"

#define FIRST_ROWS 64

int pail_s3_rows_init(struct pail_s3_rows *r, size_t row_size, size_t text_max,
                      struct pail_error *err)
{
    *r = (struct pail_s3_rows){.size = row_size};
    return pail_s3_arena_init(&r->text, text_max, err);
}

void pail_s3_rows_done(struct pail_s3_rows *r)
{
    pail_free(r->ptr);
    pail_s3_arena_done(&r->text);
    *r = (struct pail_s3_rows){0};
}

void *pail_s3_rows_add(struct pail_s3_rows *r)
{
    if (r->n == r->cap) {
        size_t cap = r->cap ? r->cap * 4 : FIRST_ROWS;
        void *ptr = pail_reallocarray(r->ptr, cap, r->size);
        if (!ptr)
            return NULL;
        r->ptr = ptr;
        r->cap = cap;
    }
    void *row = r->ptr + r->n++ * r->size;
    memset(row, 0, r->size);
    return row;
}

void *pail_s3_rows_at(const struct pail_s3_rows *r, size_t i)
{
    return r->ptr + i * r->size;
}

bool pail_s3_rows_field(struct pail_s3_rows *r, struct pail_str name, struct pail_str text)
{
    if (pail_str_eqz(name, "EncodingType")) {
        r->url = pail_str_ieq(text, PAIL_STR("url"));
        return true;
    }
    if (pail_str_eqz(name, "IsTruncated")) {
        r->truncated = pail_str_ieq(text, PAIL_STR("true"));
        r->truncated_told = true;
        return true;
    }
    return false;
}

int pail_s3_rows_give(struct pail_s3_rows *r, void **ret_impl, struct pail_error *err)
{
    struct pail_s3_rows *impl = pail_alloc(sizeof(*impl));

    if (!impl) {
        pail_s3_rows_done(r);
        return pail_error_nomem(err);
    }
    *impl = *r;
    *r = (struct pail_s3_rows){0};
    *ret_impl = impl;
    return 0;
}

void pail_s3_rows_free(void *impl)
{
    if (impl) {
        pail_s3_rows_done(impl);
        pail_free(impl);
    }
}
