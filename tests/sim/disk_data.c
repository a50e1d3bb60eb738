/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is in a file now, and what a power cut would leave of it.
 *
 * A page keeps two contents: cur, which programs see, and dur, which is on the platter. A clean
 * page has one memory for both; the first write after a sync copies. At a crash each dirty page
 * chooses between the two, by sector where it is torn. Versions in between the last sync and the
 * last write need no record: write-back at random moments (sim_data_write_back) makes one of them
 * durable.
 */
#include <stdlib.h>

#include "sim/disk_impl.h"
#include "sim/report.h"

void *sim_disk_grow(void *p, size_t *cap, size_t n, size_t size)
{
    if (n < *cap)
        return p;
    *cap = *cap ? *cap * 2 : 16;
    p = realloc(p, *cap * size);
    if (!p)
        sim_fail("out of memory");
    return p;
}

static size_t lower_bound(const struct sim_inode *ino, uint64_t index)
{
    size_t lo = 0, hi = ino->n_pages;
    while (lo < hi) {
        size_t mid = (lo + hi) / 2;
        if (ino->pages[mid].index < index)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

static struct sim_page *find(const struct sim_inode *ino, uint64_t index)
{
    size_t i = lower_bound(ino, index);
    return i < ino->n_pages && ino->pages[i].index == index ? &ino->pages[i] : NULL;
}

static struct sim_page *find_or_add(struct sim_inode *ino, uint64_t index)
{
    size_t i = lower_bound(ino, index);
    if (i < ino->n_pages && ino->pages[i].index == index)
        return &ino->pages[i];
    ino->pages = sim_disk_grow(ino->pages, &ino->cap_pages, ino->n_pages, sizeof *ino->pages);
    memmove(&ino->pages[i + 1], &ino->pages[i], (ino->n_pages - i) * sizeof *ino->pages);
    ino->n_pages++;
    ino->pages[i] = (struct sim_page){.index = index};
    return &ino->pages[i];
}

static bool takes_block(const struct sim_page *p)
{
    return p->cur || p->reserved;
}

static unsigned char *new_page(const unsigned char *from)
{
    unsigned char *p = malloc(SIM_PAGE);
    if (!p)
        sim_fail("out of memory");
    if (from)
        memcpy(p, from, SIM_PAGE);
    else
        memset(p, 0, SIM_PAGE);
    return p;
}

/* Memory that may be written to, apart from dur. */
static unsigned char *dirty(struct sim_inode *ino, uint64_t index)
{
    struct sim_page *p = find_or_add(ino, index);
    bool had = takes_block(p);
    if (p->state == SIM_CLEAN || !p->cur)
        p->cur = new_page(p->cur);
    p->state = SIM_DIRTY;
    ino->blocks += !had;
    return p->cur;
}

/* The page reads as zeros from now on. */
static void clear(struct sim_inode *ino, struct sim_page *p)
{
    bool had = takes_block(p);
    if (p->state != SIM_CLEAN)
        free(p->cur);
    p->cur = NULL;
    p->state = SIM_DIRTY;
    p->reserved = false;
    ino->blocks -= had;
}

size_t sim_data_read(const struct sim_inode *ino, void *dst, size_t n, uint64_t off)
{
    if (off >= ino->size)
        return 0;
    n = (size_t)pail_min_u64(n, ino->size - off);
    for (size_t done = 0; done < n;) {
        uint64_t at = off + done;
        size_t in = (size_t)(at % SIM_PAGE), len = (size_t)pail_min_u64(SIM_PAGE - in, n - done);
        const struct sim_page *p = find(ino, at / SIM_PAGE);
        if (p && p->cur)
            memcpy((char *)dst + done, p->cur + in, len);
        else
            memset((char *)dst + done, 0, len);
        done += len;
    }
    return n;
}

void sim_data_write(struct sim_inode *ino, const void *src, size_t n, uint64_t off)
{
    for (size_t done = 0; done < n;) {
        uint64_t at = off + done;
        size_t in = (size_t)(at % SIM_PAGE), len = (size_t)pail_min_u64(SIM_PAGE - in, n - done);
        memcpy(dirty(ino, at / SIM_PAGE) + in, (const char *)src + done, len);
        done += len;
    }
    if (n && off + n > ino->size)
        ino->size = off + n;
}

uint64_t sim_data_new_blocks(const struct sim_inode *ino, uint64_t off, uint64_t n)
{
    if (!n)
        return 0;
    uint64_t first = off / SIM_PAGE, last = (off + n - 1) / SIM_PAGE, have = 0;
    for (size_t i = lower_bound(ino, first); i < ino->n_pages && ino->pages[i].index <= last; i++)
        have += takes_block(&ino->pages[i]);
    return last - first + 1 - have;
}

void sim_data_reserve(struct sim_inode *ino, uint64_t off, uint64_t n)
{
    if (!n)
        return;
    for (uint64_t i = off / SIM_PAGE; i <= (off + n - 1) / SIM_PAGE; i++) {
        struct sim_page *p = find_or_add(ino, i);
        ino->blocks += !takes_block(p);
        p->reserved = true;
    }
}

static void zero(struct sim_inode *ino, uint64_t off, uint64_t end)
{
    while (off < end) {
        uint64_t stop = pail_min_u64(end, (off / SIM_PAGE + 1) * SIM_PAGE);
        struct sim_page *p = find(ino, off / SIM_PAGE);
        if (p && p->cur)
            memset(dirty(ino, p->index) + off % SIM_PAGE, 0, (size_t)(stop - off));
        off = stop;
    }
}

void sim_data_punch(struct sim_inode *ino, uint64_t off, uint64_t n)
{
    uint64_t end = off + n, first = (off + SIM_PAGE - 1) / SIM_PAGE, last = end / SIM_PAGE;
    if (first >= last) {
        zero(ino, off, end);
        return;
    }
    zero(ino, off, first * SIM_PAGE);
    zero(ino, last * SIM_PAGE, end);
    for (size_t i = lower_bound(ino, first); i < ino->n_pages && ino->pages[i].index < last; i++)
        clear(ino, &ino->pages[i]);
}

void sim_data_truncate(struct sim_inode *ino, uint64_t size)
{
    if (size < ino->size) {
        uint64_t first = (size + SIM_PAGE - 1) / SIM_PAGE;
        zero(ino, size, first * SIM_PAGE);
        for (size_t i = lower_bound(ino, first); i < ino->n_pages; i++)
            clear(ino, &ino->pages[i]);
        ino->low = pail_min_u64(ino->low, size);
    }
    ino->size = size;
}

/* cur becomes durable. */
static void settle(struct sim_page *p)
{
    if (p->dur != p->cur)
        free(p->dur);
    p->dur = p->cur;
    p->state = SIM_CLEAN;
}

static void drop_empty_pages(struct sim_inode *ino)
{
    size_t kept = 0;
    for (size_t i = 0; i < ino->n_pages; i++) {
        const struct sim_page *p = &ino->pages[i];
        if (p->state != SIM_CLEAN || p->cur || p->reserved)
            ino->pages[kept++] = *p;
    }
    ino->n_pages = kept;
}

void sim_data_sync(struct sim_inode *ino)
{
    for (size_t i = 0; i < ino->n_pages; i++)
        if (ino->pages[i].state == SIM_DIRTY)
            settle(&ino->pages[i]);
    ino->dur_size = ino->size;
    ino->low = UINT64_MAX;
    drop_empty_pages(ino);
}

void sim_data_sync_failed(struct sim_inode *ino, struct sim_rng *rng)
{
    for (size_t i = 0; i < ino->n_pages; i++)
        if (ino->pages[i].state == SIM_DIRTY && sim_rng_below(rng, 2))
            ino->pages[i].state = SIM_LOST;
}

void sim_data_write_back(struct sim_inode *ino, struct sim_rng *rng)
{
    /* A page behind a truncation that is not durable cannot be written back before it. */
    if (ino->low != UINT64_MAX)
        return;
    for (size_t i = 0; i < ino->n_pages; i++) {
        struct sim_page *p = &ino->pages[i];
        if (p->state != SIM_DIRTY || sim_rng_below(rng, 2))
            continue;
        settle(p);
        uint64_t end = pail_min_u64(ino->size, (p->index + 1) * SIM_PAGE);
        ino->dur_size = pail_max_u64(ino->dur_size, end);
    }
}

/* What the platter has of a dirty page; base: its content there now. */
static unsigned char *choose(const struct sim_page *p, unsigned char *base, struct sim_rng *rng,
                             unsigned keep_of_8, bool *kept)
{
    unsigned roll = (unsigned)sim_rng_below(rng, 8);
    *kept = roll < keep_of_8;
    if (*kept)
        return p->cur ? new_page(p->cur) : NULL;
    if (roll < 6)
        return base ? new_page(base) : NULL;
    unsigned char *torn = new_page(base);
    for (unsigned at = 0; at < SIM_PAGE; at += SIM_SECTOR)
        if (sim_rng_below(rng, 2)) {
            *kept = true;
            if (p->cur)
                memcpy(torn + at, p->cur + at, SIM_SECTOR);
            else
                memset(torn + at, 0, SIM_SECTOR);
        }
    return torn;
}

static void cut(struct sim_inode *ino, uint64_t size)
{
    for (size_t i = 0; i < ino->n_pages; i++) {
        struct sim_page *p = &ino->pages[i];
        uint64_t start = p->index * SIM_PAGE;
        if (start >= size) {
            free(p->cur);
            p->cur = p->dur = NULL;
        } else if (p->cur && start + SIM_PAGE > size) {
            memset(p->cur + (size - start), 0, (size_t)(start + SIM_PAGE - size));
        }
    }
}

/* One page's turn in a crash. behind: a truncation that was lost cuts it off from later writes;
 * cut_to: a truncation that was kept zeroed what follows. Returns whether something new is on the
 * platter. */
static bool crash_page(struct sim_page *p, struct sim_rng *rng, bool behind, uint64_t cut_to,
                       unsigned keep_of_8)
{
    bool kept = false;
    unsigned char *after = NULL;
    uint64_t start = p->index * SIM_PAGE;
    if (p->dur && start < cut_to && start + SIM_PAGE > cut_to && p->state != SIM_CLEAN)
        memset(p->dur + (cut_to - start), 0, (size_t)(start + SIM_PAGE - cut_to));
    unsigned char *base = start >= cut_to ? NULL : p->dur;
    if (p->state == SIM_DIRTY && !behind)
        after = choose(p, base, rng, keep_of_8, &kept);
    else if (base)
        after = new_page(base);
    if (p->state != SIM_CLEAN)
        free(p->cur);
    free(p->dur);
    p->cur = p->dur = after;
    p->state = SIM_CLEAN;
    p->reserved = false;
    return kept;
}

void sim_data_crash(struct sim_inode *ino, struct sim_rng *rng)
{
    static const unsigned keeps[] = {0, 3, 3, 6, 8};
    unsigned keep_of_8 = keeps[sim_rng_below(rng, 5)];
    bool shrank = ino->low < ino->dur_size, lost = shrank && sim_rng_below(rng, 2);
    uint64_t base_size = shrank && !lost ? ino->low : ino->dur_size, end = base_size, highest = 0;
    uint64_t cut_to = shrank && !lost ? ino->low : UINT64_MAX;
    for (size_t i = 0; i < ino->n_pages; i++) {
        struct sim_page *p = &ino->pages[i];
        uint64_t page_end = pail_min_u64(ino->size, (p->index + 1) * SIM_PAGE);
        if (p->cur)
            highest = pail_max_u64(highest, page_end);
        bool behind = lost && (p->index + 1) * SIM_PAGE > ino->low;
        if (crash_page(p, rng, behind, cut_to, keep_of_8))
            end = pail_max_u64(end, page_end);
    }
    /* Nothing written lies behind `end`: the rest of the size is a truncation upwards. */
    if (!lost && ino->size > end && highest <= end && sim_rng_below(rng, 2))
        end = ino->size;
    ino->size = ino->dur_size = end;
    ino->low = UINT64_MAX;
    cut(ino, end);
    drop_empty_pages(ino);
    ino->blocks = 0;
    for (size_t i = 0; i < ino->n_pages; i++)
        ino->blocks += takes_block(&ino->pages[i]);
}

void sim_data_free(struct sim_inode *ino)
{
    for (size_t i = 0; i < ino->n_pages; i++) {
        struct sim_page *p = &ino->pages[i];
        if (p->cur != p->dur)
            free(p->cur);
        free(p->dur);
    }
    free(ino->pages);
    ino->pages = NULL;
    ino->n_pages = ino->cap_pages = 0;
}
