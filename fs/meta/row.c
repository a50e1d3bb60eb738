/* SPDX-License-Identifier: Apache-2.0 */
/*
 * meta/row.c - rows that own their views: one buffer behind all of them, used again by the next
 * row.
 */
#include "base/alloc.h"
#include "meta/meta.h"

/* The views of a row, in the order in which they lie in the buffer. */
#define VIEWS 6
#define TEXT_MAX ((size_t)16 << 20)

static void list_views(struct pail_row *r, struct pail_str *views[VIEWS])
{
    views[0] = &r->name;
    views[1] = &r->raw;
    views[2] = &r->etag;
    views[3] = &r->version_id;
    views[4] = &r->attr_etag;
    views[5] = &r->attrs;
}

void pail_row_copy_init(struct pail_row_copy *c)
{
    memset(&c->row, 0, sizeof(c->row));
    pail_buf_init(&c->text, TEXT_MAX);
}

void pail_row_copy_done(struct pail_row_copy *c)
{
    pail_buf_done(&c->text);
    memset(&c->row, 0, sizeof(c->row));
}

int pail_row_copy_set(struct pail_row_copy *c, const struct pail_row *row, struct pail_error *err)
{
    if (row == &c->row)
        return 0;
    struct pail_row copy = *row;
    struct pail_str *views[VIEWS];
    list_views(&copy, views);
    size_t total = 0;
    for (int i = 0; i < VIEWS; i++)
        total += views[i]->len;

    /* Not pail_buf_reset: until the memory is there the old row stays as it is. */
    size_t old_len = c->text.len;
    c->text.len = 0;
    char *to = pail_buf_reserve(&c->text, total);
    if (!to) {
        int rc = pail_buf_check(&c->text, "a row", err);
        c->text.len = old_len;
        c->text.failed = PAIL_BUF_OK;
        return rc;
    }
    for (int i = 0; i < VIEWS; i++) {
        if (!views[i]->ptr)
            continue;
        if (views[i]->len)
            memcpy(to, views[i]->ptr, views[i]->len);
        views[i]->ptr = to;
        to += views[i]->len;
    }
    pail_buf_added(&c->text, total);
    c->row = copy;
    return 0;
}
