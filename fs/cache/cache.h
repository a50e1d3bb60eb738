/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cache/cache.h - inside the cache: versions of objects, the extents of them that are in memory,
 * and the blocks these are made of.
 *
 *   cache 1--n version (bucket, key, etag, version id) 1--n extent (offset, length; one GET each)
 *   1--n block (16 KiB or 1 MiB)
 *
 * One lock, pail_cache.lock. An extent is FETCHING (bytes arrive in order, `filled` says how many),
 * READY, or DEAD (out of its version, kept by those who still hold it).
 *
 * What is in use is pinned: every wait holds a reference on each extent it will be answered from,
 * from the moment it is planned until it is answered, so that nothing it counts on can be evicted
 * while it waits for the rest. Unpinned READY extents are in one of three lists: `lru` when
 * somebody has read them to their end (or they were fetched for one read), `behind` when that was a
 * run so long that it will hardly come back, `ahead` when they were fetched ahead and the reader
 * has not come that far. Demanded reads may evict from all, read-ahead only what was read or has
 * waited too long: otherwise many sequential readers would throw out each other's read-ahead before
 * it is of use; and it leaves the last eighth of the budget to demanded reads. Of what is behind
 * only a little is kept, so that a long file goes through few blocks, which the processor's caches
 * still have, and leaves the rest of the memory to others; the kernel has its pages anyhow. A
 * version without extents and readers is freed.
 */
#ifndef PAIL_CACHE_CACHE_H
#define PAIL_CACHE_CACHE_H

#include <stdatomic.h>

#include "base/list.h"
#include "base/map.h"
#include "base/thread.h"
#include "cache/reader.h"

#define PAIL_BLOCK_SMALL ((size_t)16 << 10)
#define PAIL_BLOCK_LARGE ((size_t)1 << 20)

struct pail_cache {
    struct {
        uint64_t limit, max_window, range_size;
    } fixed;
    struct pail_mutex lock;
    struct {                         /* under lock */
        struct pail_map *versions;   /* "bucket\0key\0etag\0version id" */
        struct pail_list lru, ahead, /* READY, unpinned extents, those unused longest first */
            behind;
        struct pail_list free_small, free_large;
        uint64_t behind_bytes;      /* of the blocks of those in behind */
        int64_t fetch_ns;           /* how long a piece of read-ahead took of late; 0: unknown */
        uint64_t used, peak;        /* bytes of blocks that are not on a free list */
        uint64_t idle;              /* bytes on the free lists */
        unsigned fetching;          /* GETs under way */
        struct pail_cond idle_cond; /* fetching became 0 */
    } own;
    struct {
        _Atomic uint64_t read, fetched, hits, misses;
    } stat;
};

struct pail_version {
    struct pail_cache *cache;
    const struct pail_volume *volume;
    char *key, *etag, *version_id, *map_key;
    size_t key_len, etag_len, version_id_len, map_key_len;
    uint64_t size;
    unsigned readers;             /* open readers */
    struct pail_extent **extents; /* by offset, not overlapping */
    size_t n_extents, cap_extents;
    struct pail_list waiters; /* struct pail_wait, in order of arrival */
};

enum pail_extent_state { PAIL_EXTENT_FETCHING, PAIL_EXTENT_READY, PAIL_EXTENT_DEAD };

struct pail_extent {
    struct pail_list lru_link;    /* in cache->own.lru, .ahead or .behind */
    struct pail_list cancel_link; /* in the list of who is about to cancel its GET */
    struct pail_cache *cache;
    struct pail_version *version; /* NULL until the head of an opening request is there, and when
                                     DEAD */
    uint64_t offset, length;
    _Atomic uint64_t filled;  /* bytes that are there */
    _Atomic uint64_t wake_at; /* filled from which somebody can go on; UINT64_MAX: nobody waits */
    enum pail_extent_state state;
    bool whole;       /* not given out before it is complete and verified */
    bool enough;      /* of a longer answer, of which the rest is not wanted */
    bool discard;     /* bytes are not kept */
    bool unread;      /* fetched ahead and not read to its end */
    bool passed;      /* a long run has read it to its end */
    bool behind;      /* in cache->own.behind */
    unsigned refs;    /* pins, the fetch */
    int64_t used_ns;  /* of unread ones: when it was complete, or read last */
    int64_t asked_ns; /* when its GET was started; 0: as an opening request */
    struct pail_call *call;
    size_t block_size, n_blocks;
    char **blocks;
};

/* A read: on the stack while memory answers it, else on the heap and in version->waiters. */
#define PAIL_WAIT_PINS 20
struct pail_wait {
    struct pail_list link;
    struct pail_reader *reader;
    struct pail_version *version;
    uint64_t offset, length;
    bool passing; /* of a long run */
    pail_read_fn *done;
    void *ud;
    struct pail_error err;
    struct pail_extent *few[PAIL_WAIT_PINS], **pins; /* together they cover the read */
    size_t n_pins, cap_pins;
};

/* blocks.c */
/* force: the budget may be passed. PAIL_E_NOMEM when there is no room. */
PAIL_CHECK int pail_extent_new_locked(struct pail_cache *c, uint64_t offset, uint64_t length,
                                      size_t block_size, bool force, struct pail_extent **ret,
                                      struct pail_error *err);
void pail_extent_ref_locked(struct pail_extent *x);
void pail_extent_unref_locked(struct pail_extent *x);
/* Out of its version; freed with its last reference. */
void pail_extent_kill_locked(struct pail_extent *x);
/* Gives back the blocks behind the first `length` bytes. */
void pail_extent_trim_locked(struct pail_extent *x, uint64_t length);
void pail_cache_free_blocks(struct pail_cache *c);

/* version.c */
PAIL_CHECK int pail_version_get_locked(struct pail_cache *c, const struct pail_volume *v,
                                       struct pail_str key, struct pail_str etag,
                                       struct pail_str version_id, uint64_t size,
                                       struct pail_version **ret, struct pail_error *err);
/* NULL: none. */
struct pail_version *pail_version_look_locked(struct pail_cache *c, const struct pail_volume *v,
                                              struct pail_str key, struct pail_str etag,
                                              struct pail_str version_id);
void pail_version_drop_locked(struct pail_version *v); /* frees it when nothing holds it */
/* PAIL_E_FS_EXIST when it would overlap what is there. */
PAIL_CHECK int pail_version_add_locked(struct pail_version *v, struct pail_extent *x,
                                       struct pail_error *err);
void pail_version_remove_locked(struct pail_version *v, struct pail_extent *x);
/* Index of the first extent that ends after offset; n_extents: there is none. */
size_t pail_version_find_locked(const struct pail_version *v, uint64_t offset);
/* Bytes from offset on that are there without a gap. */
uint64_t pail_version_ready_locked(const struct pail_version *v, uint64_t offset);
/* Is the ETag of an answer the version's? Quotes do not count. */
bool pail_version_is(struct pail_str a, struct pail_str b);

/* fetch.c */
/* Extents to be fetched once the lock is released; each holds the fetch's reference. */
#define PAIL_FETCH_MAX 64
struct pail_fetch_list {
    struct pail_extent *items[PAIL_FETCH_MAX];
    enum pail_priority priority[PAIL_FETCH_MAX];
    size_t n;
};
void pail_fetch_start(struct pail_cache *c, struct pail_fetch_list *list);
/* For the opening request, whose head is not bound to a version yet (open.c): the sink and the end
 * of it. After finish the owner counts the fetch out, when it needs the cache no more. */
int pail_extent_write(void *extent, uint64_t offset, const void *p, size_t n,
                      struct pail_error *err);
void pail_extent_finish(struct pail_extent *x, const struct pail_error *err);
void pail_fetch_ended_locked(struct pail_cache *c);
/* The extents' GETs are not wanted any more. No lock is held; empties the list. */
void pail_fetch_cancel(struct pail_cache *c, struct pail_list *extents);

/* wait.c */
PAIL_CHECK int pail_wait_pin_locked(struct pail_wait *w, struct pail_extent *x,
                                    struct pail_error *err);
/* Is all of it there? Leaves marks in the extents where it is not. */
bool pail_wait_ready_locked(const struct pail_wait *w);
/* Waits of v that can go on, or failed, are moved to ready; the others' marks are set. */
void pail_wait_collect_locked(struct pail_version *v, struct pail_list *ready);
/* Calls done and unpins; no lock held. Frees nothing. */
void pail_wait_deliver(struct pail_cache *c, struct pail_wait *w);
/* Delivers and frees every wait of the list. */
void pail_wait_answer(struct pail_cache *c, struct pail_list *ready);

/* reader.c */
void pail_reader_leave_locked(struct pail_reader *r);

#endif
