/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory of the cache. Blocks are kept on free lists and used again: touching fresh memory costs
 * more than everything else that happens to a byte on its way (page faults, and in virtual machines
 * the host's too). Two sizes only, so that no block is unusable for the next extent.
 *
 * The limit counts blocks in extents, not those on the free lists; together they never exceed it,
 * because a block is taken from the free list, then by evicting, then from malloc, and freed when
 * both lists hold more than the limit leaves.
 */
#include "base/alloc.h"
#include "base/clock.h"
#include "cache/cache.h"

/* Of what is behind: as much is kept, for reads that come out of order and readers that follow. */
#define BEHIND_MAX (UINT64_C(8) << 20)

struct free_block {
    struct pail_list link;
};

static struct pail_list *free_list(struct pail_cache *c, size_t block_size)
{
    return block_size == PAIL_BLOCK_LARGE ? &c->own.free_large : &c->own.free_small;
}

static void block_put_locked(struct pail_cache *c, char *block, size_t size)
{
    c->own.used -= size;
    if (c->own.used + c->own.idle + size > c->fixed.limit) {
        pail_free(block);
        return;
    }
    struct free_block *f = (struct free_block *)(void *)block;
    pail_list_init(&f->link);
    pail_list_prepend(free_list(c, size), &f->link);
    c->own.idle += size;
}

static void trim_idle_locked(struct pail_cache *c, size_t block_size, uint64_t target)
{
    struct pail_list *l = free_list(c, block_size);
    while (c->own.idle > target && !pail_list_empty(l)) {
        struct free_block *f = PAIL_CONTAINER(pail_list_pop(l), struct free_block, link);
        c->own.idle -= block_size;
        pail_free(f);
    }
}

/* Fetched ahead for nobody: who wanted it has closed, or went elsewhere. */
#define AHEAD_STALE_NS (10 * PAIL_NS_PER_S)

static struct pail_extent *victim_locked(struct pail_cache *c, bool force)
{
    struct pail_extent *ahead = NULL;
    if (!pail_list_empty(&c->own.ahead)) {
        ahead = PAIL_CONTAINER(c->own.ahead.next, struct pail_extent, lru_link);
        if (!ahead->version->readers || pail_clock_mono_ns() - ahead->used_ns > AHEAD_STALE_NS)
            return ahead;
    }
    if (!pail_list_empty(&c->own.behind))
        return PAIL_CONTAINER(c->own.behind.next, struct pail_extent, lru_link);
    if (!pail_list_empty(&c->own.lru))
        return PAIL_CONTAINER(c->own.lru.next, struct pail_extent, lru_link);
    return force ? ahead : NULL;
}

static bool evict_one_locked(struct pail_cache *c, bool force)
{
    struct pail_extent *x = victim_locked(c, force);
    if (!x)
        return false;
    struct pail_version *v = x->version;
    pail_extent_ref_locked(x); /* those in the lists have none */
    pail_extent_kill_locked(x);
    pail_extent_unref_locked(x);
    pail_version_drop_locked(v);
    return true;
}

static char *block_get_locked(struct pail_cache *c, size_t size, bool force)
{
    /* The last eighth is for demanded reads: they would throw out what was fetched ahead. */
    uint64_t limit = force ? c->fixed.limit : c->fixed.limit - c->fixed.limit / 8;
    while (c->own.used + size > limit)
        if (!evict_one_locked(c, force)) {
            if (!force)
                return NULL;
            break;
        }
    char *block = NULL;
    struct pail_list *l = free_list(c, size);
    if (pail_list_empty(l) && c->own.behind_bytes > BEHIND_MAX)
        (void)evict_one_locked(c, false);
    if (!pail_list_empty(l)) {
        block = (char *)PAIL_CONTAINER(pail_list_pop(l), struct free_block, link);
        c->own.idle -= size;
    } else {
        uint64_t room = c->fixed.limit > c->own.used + size ? c->fixed.limit - c->own.used - size
                                                            : 0;
        trim_idle_locked(c, PAIL_BLOCK_SMALL, room);
        trim_idle_locked(c, PAIL_BLOCK_LARGE, room);
        block = pail_alloc_aligned(4096, size);
    }
    if (!block)
        return NULL;
    c->own.used += size;
    if (c->own.used > c->own.peak)
        c->own.peak = c->own.used;
    return block;
}

static int fill_blocks_locked(struct pail_extent *x, size_t n, bool force, struct pail_error *err)
{
    struct pail_cache *c = x->cache;
    for (; x->n_blocks < n; x->n_blocks++) {
        x->blocks[x->n_blocks] = block_get_locked(c, x->block_size, force);
        if (!x->blocks[x->n_blocks])
            return pail_error_set(err, PAIL_D_OS, PAIL_E_NOMEM,
                                  "read buffers: the budget of %llu bytes is in use",
                                  (unsigned long long)c->fixed.limit);
    }
    return 0;
}

static void extent_free_locked(struct pail_extent *x)
{
    pail_extent_trim_locked(x, 0);
    pail_free(x->blocks);
    pail_free(x);
}

int pail_extent_new_locked(struct pail_cache *c, uint64_t offset, uint64_t length,
                           size_t block_size, bool force, struct pail_extent **ret,
                           struct pail_error *err)
{
    struct pail_extent *x = pail_zalloc(sizeof(*x));
    if (!x)
        return pail_error_nomem(err);
    pail_list_init(&x->lru_link);
    pail_list_init(&x->cancel_link);
    x->cache = c;
    x->offset = offset;
    x->length = length;
    atomic_init(&x->filled, 0);
    atomic_init(&x->wake_at, UINT64_MAX);
    x->state = PAIL_EXTENT_FETCHING;
    x->block_size = block_size;
    size_t n = (size_t)((length + block_size - 1) / block_size);
    x->blocks = pail_calloc(n ? n : 1, sizeof(*x->blocks));
    int rc = x->blocks ? fill_blocks_locked(x, n, force, err) : pail_error_nomem(err);
    if (rc) {
        extent_free_locked(x);
        return rc;
    }
    x->refs = 1;
    *ret = x;
    return 0;
}

void pail_extent_ref_locked(struct pail_extent *x)
{
    x->refs++;
    pail_list_remove(&x->lru_link);
    if (x->behind)
        x->cache->own.behind_bytes -= x->n_blocks * x->block_size;
    x->behind = false;
}

void pail_extent_unref_locked(struct pail_extent *x)
{
    if (--x->refs)
        return;
    if (x->state != PAIL_EXTENT_READY) {
        extent_free_locked(x);
        return;
    }
    struct pail_cache *c = x->cache;
    x->behind = x->passed && !x->unread;
    if (x->behind)
        c->own.behind_bytes += x->n_blocks * x->block_size;
    pail_list_append(x->behind   ? &c->own.behind
                     : x->unread ? &c->own.ahead
                                 : &c->own.lru,
                     &x->lru_link);
}

void pail_extent_kill_locked(struct pail_extent *x)
{
    x->state = PAIL_EXTENT_DEAD;
    if (x->version)
        pail_version_remove_locked(x->version, x);
    x->version = NULL;
}

void pail_extent_trim_locked(struct pail_extent *x, uint64_t length)
{
    size_t keep = (size_t)((length + x->block_size - 1) / x->block_size);
    while (x->n_blocks > keep)
        block_put_locked(x->cache, x->blocks[--x->n_blocks], x->block_size);
}

void pail_cache_free_blocks(struct pail_cache *c)
{
    while (evict_one_locked(c, true))
        ;
    trim_idle_locked(c, PAIL_BLOCK_SMALL, 0);
    trim_idle_locked(c, PAIL_BLOCK_LARGE, 0);
}
