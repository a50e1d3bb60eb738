/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Documentation: an item's offset, the block it lies in, inflate, up to the NUL. A text may go on
 * in the next block. Nothing is kept inflated: people ask for help once per process, and a block
 * takes a fraction of a millisecond.
 */
#include "model/docs.h"

#include <stdio.h>

#include "base/alloc.h"
#include "base/str.h"
#include "crypto/zip.h"
#include "model/models.h"

struct docs {
    const struct pail_docs_header *h;
    const uint32_t *items, *places;
    const char *blocks;
    size_t blocks_size;
};

static int damaged(const char *what, struct pail_error *err)
{
    return pail_error_set(err, PAIL_D_DATA, PAIL_E_PARSE, "%s: documentation is damaged", what);
}

static int open_docs(struct pail_bytes data, const char *what, struct docs *ret,
                     struct pail_error *err)
{
    const struct pail_docs_header *h = data.ptr;
    if (data.len < sizeof(*h) || h->magic != PAIL_DOCS_MAGIC)
        return damaged(what, err);
    uint64_t items = 1 + 2 * (uint64_t)h->n_operations + h->n_shapes + h->n_members;
    uint64_t words = items + h->n_blocks + 1;
    if (words > (data.len - sizeof(*h)) / sizeof(uint32_t))
        return damaged(what, err);
    *ret = (struct docs){
        .h = h,
        .items = (const uint32_t *)(const void *)(h + 1),
        .places = (const uint32_t *)(const void *)(h + 1) + items,
        .blocks = (const char *)(h + 1) + words * sizeof(uint32_t),
        .blocks_size = data.len - sizeof(*h) - (size_t)words * sizeof(uint32_t),
    };
    return 0;
}

static int read_text(const struct docs *d, uint32_t at, const char *what, struct pail_buf *to,
                     struct pail_error *err)
{
    for (uint32_t block = at / PAIL_DOCS_BLOCK, from = at % PAIL_DOCS_BLOCK;; block++, from = 0) {
        PAIL_CLEANUP(pail_buf_done) struct pail_buf text = PAIL_BUF_INIT(PAIL_DOCS_BLOCK + 1);
        if (block >= d->h->n_blocks || d->places[block] > d->places[block + 1] ||
            d->places[block + 1] > d->blocks_size)
            return damaged(what, err);
        struct pail_str zipped = pail_strn(d->blocks + d->places[block],
                                           d->places[block + 1] - d->places[block]);
        int rc = pail_unzip(zipped, what, &text, err);
        if (rc < 0)
            return rc;
        struct pail_str rest = pail_str_from(pail_buf_view(&text), from);
        size_t end = pail_str_find(rest, '\0');
        pail_buf_str(to, pail_str_sub(rest, 0, end));
        if (end != SIZE_MAX || to->failed)
            return pail_buf_check(to, what, err);
    }
}

/* docs.pack beside models.pack; not open when it is not there. */
static int open_pack(struct pail_models *m, struct pail_pack *ret, struct pail_error *err)
{
    static const char name[] = "docs.pack";
    PAIL_CLEANUP(pail_buf_done) struct pail_buf path = PAIL_BUF_INIT(4096);
    struct pail_str models = pail_str(m->pack_path);
    size_t slash = pail_str_rfind(models, '/');
    struct pail_file_stat st;
    struct pail_pack pack = {0};

    pail_mutex_lock(&m->lock);
    bool tried = m->locked.docs_tried;
    *ret = m->locked.docs;
    pail_mutex_unlock(&m->lock);
    if (tried)
        return 0;
    pail_buf_str(&path, pail_str_sub(models, 0, slash == SIZE_MAX ? 0 : slash + 1));
    pail_buf_z(&path, name);
    int rc = pail_buf_check(&path, name, err);
    if (rc == 0 && m->pack.h && pail_file_stat(pail_buf_cstr(&path), &st, NULL) == 0)
        rc = pail_pack_open(pail_buf_cstr(&path), &pack, err);
    if (rc < 0)
        return rc;
    pail_mutex_lock(&m->lock);
    if (!m->locked.docs_tried) {
        m->locked.docs = pack;
        pack = (struct pail_pack){0};
        m->locked.docs_tried = true;
    }
    *ret = m->locked.docs;
    pail_mutex_unlock(&m->lock);
    pail_pack_close(&pack);
    return 0;
}

/* ret->h is NULL when there is no documentation for this service. */
static int find(struct pail_models *m, const struct pail_service *s, struct docs *ret,
                struct pail_error *err)
{
    struct pail_bytes data = {s->docs, s->docs_size};
    struct pail_pack pack = {0};

    if (!s->model_compiled) {
        int rc = open_pack(m, &pack, err);
        if (rc < 0)
            return rc;
        data = pail_pack_find(&pack, s->name);
    }
    return data.ptr ? open_docs(data, "docs.pack", ret, err) : 0;
}

static int item(struct pail_models *m, const struct pail_service *s, unsigned kind, uint32_t i,
                struct pail_buf *to, struct pail_error *err)
{
    struct docs d = {0};

    int rc = find(m, s, &d, err);
    if (rc < 0 || !d.h)
        return rc;
    /* In the order of enum pail_doc_kind. */
    const uint32_t counts[] = {1, d.h->n_operations, d.h->n_operations, d.h->n_shapes,
                               d.h->n_members};
    if (i >= counts[kind])
        return 0;
    for (unsigned k = 0; k < kind; k++)
        i += counts[k];
    return d.items[i] ? read_text(&d, d.items[i], "docs.pack", to, err) : 0;
}

enum { SERVICE, OPERATIONS, EXAMPLES, SHAPES, MEMBERS };

int pail_docs_service(struct pail_models *m, const struct pail_service *s, struct pail_buf *to,
                      struct pail_error *err)
{
    return item(m, s, SERVICE, 0, to, err);
}

int pail_docs_operation(struct pail_models *m, const struct pail_operation *op, struct pail_buf *to,
                        struct pail_error *err)
{
    return item(m, op->service, OPERATIONS, op->id, to, err);
}

int pail_docs_examples(struct pail_models *m, const struct pail_operation *op, struct pail_buf *to,
                       struct pail_error *err)
{
    return item(m, op->service, EXAMPLES, op->id, to, err);
}

int pail_docs_shape(struct pail_models *m, const struct pail_shape *shape, struct pail_buf *to,
                    struct pail_error *err)
{
    size_t before = to->len;
    int rc = item(m, shape->service, MEMBERS, shape->member_id, to, err);
    if (rc == 0 && to->len == before)
        rc = item(m, shape->service, SHAPES, shape->id, to, err);
    return rc;
}
