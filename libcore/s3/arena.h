/* SPDX-License-Identifier: Apache-2.0 */
/*
 * s3/arena.h - the strings of one answer in one block, so that a page of 1000 keys costs two
 * allocations.
 *
 * The size is fixed at the beginning (a decoded text is never longer than the answer it came from),
 * so views stay valid until the block is freed. One thread.
 */
#ifndef PAIL_S3_ARENA_H
#define PAIL_S3_ARENA_H

#include <pail/error.h>

#include "base/buf.h"

struct pail_s3_arena {
    char *ptr;
    size_t len, cap;
    bool full; /* sticky: something did not fit */
};
PAIL_CHECK int pail_s3_arena_init(struct pail_s3_arena *a, size_t cap, struct pail_error *err);
void pail_s3_arena_done(struct pail_s3_arena *a);
/* Copies; an empty view when it does not fit. */
struct pail_str pail_s3_arena_add(struct pail_s3_arena *a, struct pail_str s);
/* The same, with the quotes that some services leave out. Two bytes more at most. */
struct pail_str pail_s3_arena_etag(struct pail_s3_arena *a, struct pail_str s);
/* Undoes encoding-type=url of a text in the arena, in place. What is no %XX stays as it is. */
void pail_s3_arena_unurl(struct pail_str *s);

#endif
