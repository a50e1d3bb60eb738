/* SPDX-License-Identifier: Apache-2.0 */
/*
 * transfer/chunks.h - memory of data in flight: blocks of one size, kept for the next part. How
 * many there may be is the gate's business. Any thread.
 */
#ifndef PAIL_TRANSFER_CHUNKS_H
#define PAIL_TRANSFER_CHUNKS_H

#include <pail/error.h>

#include "base/workers.h"

struct pail_chunks;

struct pail_chunk {
    struct pail_job job; /* the holder's: a list's link, or work to be done with it */
    void *owner;         /* the holder's, as the rest */
    uint64_t offset;     /* where data belongs */
    size_t n;            /* bytes in data */
    char *data;          /* the pool's chunk size; of a page's alignment */
    void *apart;         /* the pool's */
};

PAIL_CHECK int pail_chunks_new(size_t chunk_size, size_t keep, struct pail_chunks **ret,
                               struct pail_error *err);
void pail_chunks_free(struct pail_chunks *c); /* all were given back; NULL is fine */
size_t pail_chunks_size(const struct pail_chunks *c);
PAIL_CHECK int pail_chunks_get(struct pail_chunks *c, struct pail_chunk **ret,
                               struct pail_error *err);
void pail_chunks_put(struct pail_chunks *c, struct pail_chunk *chunk);
/* Every chunk of a list. */
void pail_chunks_put_all(struct pail_chunks *c, struct pail_list *chunks);

#endif
