/* SPDX-License-Identifier: Apache-2.0 */
/*
 * write/extents.h - where each byte of a changed file comes from. Pure but for memory; the caller
 * locks.
 *
 * Sorted, not overlapping, without gaps from 0 to size. Offsets are the file's own for all three
 * kinds: base bytes keep their place, staged bytes lie at the same offset of the staging file.
 * Neighbours of one kind are one extent.
 */
#ifndef PAIL_WRITE_EXTENTS_H
#define PAIL_WRITE_EXTENTS_H

#include <pail/error.h>

#include "base/macros.h"

enum pail_source { PAIL_FROM_BASE, PAIL_FROM_STAGED, PAIL_FROM_ZERO };

struct pail_range {
    uint64_t start, end;
    enum pail_source source;
};
struct pail_extents {
    struct pail_range *ranges;
    size_t n, cap;
};
void pail_extents_init(struct pail_extents *e);
void pail_extents_done(struct pail_extents *e);
void pail_extents_clear(struct pail_extents *e); /* empty; keeps its memory */
/* One pail_extents_set on an empty map cannot fail after this. */
PAIL_CHECK int pail_extents_reserve(struct pail_extents *e, struct pail_error *err);
uint64_t pail_extents_size(const struct pail_extents *e);
/* [start, end) comes from `source` now; a gap between the old end and start becomes zero. On
 * failure nothing changed. */
PAIL_CHECK int pail_extents_set(struct pail_extents *e, uint64_t start, uint64_t end,
                                enum pail_source source, struct pail_error *err);
/* Cut, or extend with zeros. */
PAIL_CHECK int pail_extents_resize(struct pail_extents *e, uint64_t size, struct pail_error *err);
/* Bytes of `source` in [start, end). */
uint64_t pail_extents_count(const struct pail_extents *e, uint64_t start, uint64_t end,
                            enum pail_source source);
/* The range that holds offset; NULL at or past the end. */
const struct pail_range *pail_extents_at(const struct pail_extents *e, uint64_t offset);

#endif
