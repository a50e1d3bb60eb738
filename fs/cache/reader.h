/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cache/reader.h - reading an object: ranged GETs of one version, read-ahead, within one memory
 * budget.
 *
 * A cache is per mount: budget, buffers, figures. A reader is per open file
 * and pins a version: the first GET (pail_reader_open) learns it, all others carry If-Match with it
 * (and the version id where there is one), so that bytes of two versions are never mixed: a change
 * under a reader is PAIL_E_FS_STALE.
 *
 * Read-ahead: a window that grows while the reader of a sequence has to wait, and never beyond what
 * the sequence has read; up to 4 sequences a handle (window.h). Random reads fetch their range,
 * rounded to 64 KiB (small ones to four times their size), and nothing else. Bytes fetched stay
 * under twice the bytes read plus the first window and the rounding. Blocks are shared by the
 * readers of one version, and those that a long sequence has passed are the first to be used again.
 *
 * pail_read_fn runs once: inside pail_reader_read when memory has everything (then it never
 * blocks), else on a transport thread. The segments are valid until it returns.
 */
#ifndef PAIL_CACHE_READER_H
#define PAIL_CACHE_READER_H

#include "meta/volume.h"

struct pail_cache;
struct pail_reader;

struct pail_cache_options {
    uint64_t memory_limit; /* of all blocks, in use or kept; 0: 192 MiB */
    uint64_t max_window;   /* read-ahead of one run; 0: what is the most, 5/8 of memory_limit */
    uint64_t range_size;   /* of one GET inside a window; 0: 8 MiB */
};
PAIL_CHECK int pail_cache_new(const struct pail_cache_options *opt, struct pail_cache **ret,
                              struct pail_error *err);
/* All readers are closed. */
void pail_cache_free(struct pail_cache *c);
struct pail_cache_stats {
    uint64_t used, peak, limit, bytes_read, bytes_fetched, hits, misses;
};
void pail_cache_stats(struct pail_cache *c, struct pail_cache_stats *ret);

struct pail_reader_args {
    struct pail_cache *cache;
    const struct pail_volume *volume;
    struct pail_str key;
    struct pail_str etag, version_id; /* what is believed; may be empty */
    uint64_t size;                    /* believed; UINT64_MAX: unknown */
    bool revalidate; /* the first request asks for whatever is current; false: the believed version
                        is pinned as it is */
    bool have_pages; /* the kernel has pages of `etag`: ask with If-None-Match, so that nothing is
                        sent when it is still current. So does the cache when it has the beginning
                        itself. */
    bool will_read;  /* the opener reads: let the first request bring the beginning of the object */
};
/* Blocks for one round trip when revalidate is set: one GET (HEAD when !will_read), whose body goes
 * on arriving afterwards and serves the first reads. *ret_head (may be NULL) gets what the answer
 * told; ret_head->etag is empty and nothing is in it when nothing was asked or the answer was 304
 * (*ret_not_modified). Errors: PAIL_E_NOT_FOUND, PAIL_E_ACCESS, ... */
PAIL_CHECK int pail_reader_open(const struct pail_reader_args *args, struct pail_reader **ret,
                                struct pail_s3_object *ret_head, bool *ret_not_modified,
                                struct pail_error *err);
/* Waits until no read is under way, so not from a read's callback; requests that nobody needs are
 * cancelled. */
void pail_reader_close(struct pail_reader *r);

/* err NULL: the bytes, in order; fewer than asked only at the end of the object. */
typedef void pail_read_fn(void *ud, const struct pail_bytes *segments, size_t n,
                          const struct pail_error *err);
void pail_reader_read(struct pail_reader *r, uint64_t offset, size_t length, pail_read_fn *done,
                      void *ud);
/* Blocking, copies. */
PAIL_CHECK int pail_reader_pread(struct pail_reader *r, uint64_t offset, void *dst, size_t length,
                                 size_t *ret_n, struct pail_error *err);
/* The same into blocks of block_size bytes each, the first `skip` bytes of which are left out. */
PAIL_CHECK int pail_reader_scatter(struct pail_reader *r, uint64_t offset, char *const *blocks,
                                   size_t block_size, size_t skip, size_t length, size_t *ret_n,
                                   struct pail_error *err);
/* The version that is pinned. */
struct pail_str pail_reader_etag(const struct pail_reader *r);
uint64_t pail_reader_size(const struct pail_reader *r);

#endif
