/* SPDX-License-Identifier: Apache-2.0 */
/*
 * transfer/chunks.c - a free list. Memory that comes fresh from the system costs a fault a page.
 *
 * Data begins at a page: a copy between addresses that differ by little more than a multiple of
 * 4096 takes processors' string instructions several times as long, and pages are what files are
 * made of.
 */
#include "transfer/chunks.h"

#include "base/alloc.h"
#include "base/thread.h"

#define ALIGNMENT 4096

struct pail_chunks {
    size_t chunk_size, keep; /* fixed */
    struct pail_mutex lock;
    struct {
        struct pail_list free;
        size_t n_free;
    } locked;
};

int pail_chunks_new(size_t chunk_size, size_t keep, struct pail_chunks **ret,
                    struct pail_error *err)
{
    struct pail_chunks *c = pail_zalloc(sizeof(*c));

    if (!c)
        return pail_error_nomem(err);
    c->chunk_size = chunk_size;
    c->keep = keep;
    pail_mutex_init(&c->lock, "chunks", PAIL_RANK_LEAF);
    pail_list_init(&c->locked.free);
    *ret = c;
    return 0;
}

static void chunk_free(struct pail_chunk *chunk)
{
    pail_free(chunk->apart);
    pail_free(chunk);
}

void pail_chunks_free(struct pail_chunks *c)
{
    struct pail_list *link;

    if (!c)
        return;
    while ((link = pail_list_pop(&c->locked.free)))
        chunk_free(PAIL_CONTAINER(link, struct pail_chunk, job.link));
    pail_mutex_done(&c->lock);
    pail_free(c);
}

size_t pail_chunks_size(const struct pail_chunks *c)
{
    return c->chunk_size;
}

static struct pail_chunk *chunk_of_large_pages(size_t size)
{
    struct pail_chunk *chunk = pail_alloc(sizeof(*chunk));
    void *data = chunk ? pail_alloc_large(size) : NULL;

    if (!data) {
        pail_free(chunk);
        return NULL;
    }
    chunk->data = chunk->apart = data;
    return chunk;
}

static struct pail_chunk *chunk_new(size_t size)
{
    if (size % PAIL_LARGE_PAGE == 0)
        return chunk_of_large_pages(size);
    struct pail_chunk *chunk = pail_alloc(sizeof(*chunk) + ALIGNMENT - 1 + size);

    if (!chunk)
        return NULL;
    chunk->apart = NULL;
    size_t beyond = (uintptr_t)(chunk + 1) % ALIGNMENT;
    chunk->data = (char *)(chunk + 1) + (beyond ? ALIGNMENT - beyond : 0);
    return chunk;
}

int pail_chunks_get(struct pail_chunks *c, struct pail_chunk **ret, struct pail_error *err)
{
    pail_mutex_lock(&c->lock);
    struct pail_list *link = pail_list_pop(&c->locked.free);
    if (link)
        c->locked.n_free--;
    pail_mutex_unlock(&c->lock);

    struct pail_chunk *chunk = link ? PAIL_CONTAINER(link, struct pail_chunk, job.link)
                                    : chunk_new(c->chunk_size);
    if (!chunk)
        return pail_error_nomem(err);
    pail_list_init(&chunk->job.link);
    chunk->owner = NULL;
    chunk->offset = 0;
    chunk->n = 0;
    *ret = chunk;
    return 0;
}

void pail_chunks_put(struct pail_chunks *c, struct pail_chunk *chunk)
{
    pail_mutex_lock(&c->lock);
    bool keep = c->locked.n_free < c->keep;
    if (keep) {
        pail_list_prepend(&c->locked.free, &chunk->job.link); /* the warmest first */
        c->locked.n_free++;
    }
    pail_mutex_unlock(&c->lock);
    if (!keep)
        chunk_free(chunk);
}

void pail_chunks_put_all(struct pail_chunks *c, struct pail_list *chunks)
{
    struct pail_list *link;

    while ((link = pail_list_pop(chunks)))
        pail_chunks_put(c, PAIL_CONTAINER(link, struct pail_chunk, job.link));
}
