/* SPDX-License-Identifier: Apache-2.0 */
/* Life cycle and figures of the cache; how it works is in cache.h. */
#include "cache/cache.h"

#include "base/alloc.h"

#define DEFAULT_MEMORY (UINT64_C(192) << 20) /* the whole process stays under 256 MiB */
#define DEFAULT_RANGE (UINT64_C(8) << 20)
#define LEAST_MEMORY (UINT64_C(8) << 20)

int pail_cache_new(const struct pail_cache_options *opt, struct pail_cache **ret,
                   struct pail_error *err)
{
    struct pail_cache *c = pail_zalloc(sizeof(*c));
    if (!c)
        return pail_error_nomem(err);
    int rc = pail_map_new(&c->own.versions, err);
    if (rc) {
        pail_free(c);
        return rc;
    }
    c->fixed.limit = pail_max_u64(opt->memory_limit ? opt->memory_limit : DEFAULT_MEMORY,
                                  LEAST_MEMORY);
    /* One reader gets what it can use where answers take long and a connection gives little; the
     * others' read-ahead has the rest, and what the first has read. */
    c->fixed.max_window = pail_min_u64(opt->max_window ? opt->max_window : UINT64_MAX,
                                       c->fixed.limit / 8 * 5);
    c->fixed.range_size = pail_min_u64(opt->range_size ? opt->range_size : DEFAULT_RANGE,
                                       c->fixed.limit / 8);
    c->fixed.range_size = pail_max_u64(c->fixed.range_size / PAIL_BLOCK_LARGE, 1) *
                          PAIL_BLOCK_LARGE;
    pail_mutex_init(&c->lock, "cache", PAIL_RANK_CACHE);
    pail_cond_init(&c->own.idle_cond);
    pail_list_init(&c->own.lru);
    pail_list_init(&c->own.ahead);
    pail_list_init(&c->own.behind);
    pail_list_init(&c->own.free_small);
    pail_list_init(&c->own.free_large);
    *ret = c;
    return 0;
}

void pail_cache_free(struct pail_cache *c)
{
    if (!c)
        return;
    pail_mutex_lock(&c->lock);
    while (c->own.fetching)
        pail_cond_wait(&c->own.idle_cond, &c->lock);
    pail_cache_free_blocks(c);
    pail_mutex_unlock(&c->lock);
    pail_map_free(c->own.versions);
    pail_cond_done(&c->own.idle_cond);
    pail_mutex_done(&c->lock);
    pail_free(c);
}

void pail_cache_stats(struct pail_cache *c, struct pail_cache_stats *ret)
{
    pail_mutex_lock(&c->lock);
    ret->used = c->own.used;
    ret->peak = c->own.peak;
    pail_mutex_unlock(&c->lock);
    ret->limit = c->fixed.limit;
    ret->bytes_read = atomic_load(&c->stat.read);
    ret->bytes_fetched = atomic_load(&c->stat.fetched);
    ret->hits = atomic_load(&c->stat.hits);
    ret->misses = atomic_load(&c->stat.misses);
}
