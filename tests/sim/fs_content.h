/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sim/fs_content.h - what a file of the reference model contains: a size and which write made which
 * bytes.
 *
 * Values are immutable and live until the process ends, so any number of versions can be
 * remembered: what a close may have left behind, what another client may see. A byte is a function
 * of its write's token and its offset; token 0 is zeros, as are gaps.
 */
#ifndef SIM_FS_CONTENT_H
#define SIM_FS_CONTENT_H

#include "base/macros.h"

struct fsc_range {
    uint64_t at, end, token;
};
struct fsc {
    uint64_t size;
    unsigned n;
    struct fsc_range ranges[]; /* ascending, apart */
};

const struct fsc *fsc_empty(void);
const struct fsc *fsc_write(const struct fsc *c, uint64_t at, uint64_t n, uint64_t token);
const struct fsc *fsc_truncate(const struct fsc *c, uint64_t size);
/* Zeros; the size only grows unless keep_size. */
const struct fsc *fsc_zero(const struct fsc *c, uint64_t at, uint64_t n, bool keep_size);
/* The bytes of one write. */
void fsc_fill(uint64_t token, uint64_t at, void *dst, size_t n);
/* Is that what c has at [at, at + n)? *ret_bad: the first offset that differs. */
bool fsc_same(const struct fsc *c, uint64_t at, const void *p, size_t n, uint64_t *ret_bad);
bool fsc_equal(const struct fsc *a, const struct fsc *b);
/* "1234 bytes: 0-99 w5, 100-1233 w7" */
void fsc_describe(const struct fsc *c, char *to, size_t cap);

#endif
