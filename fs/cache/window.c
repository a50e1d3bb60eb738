/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs are found by position only: NFS, mmap and several threads interleave streams on one handle,
 * and the kernel's read-ahead delivers a stream slightly out of order, hence the slack. The window
 * doubles when a reader waited although it was sequential; with what the run has wasted so far it
 * is bounded by the run's own length, so no pattern - one that ends, one that strides - wastes more
 * than it uses.
 */
#include "cache/window.h"

#include <string.h>

void pail_window_init(struct pail_window *w, uint64_t max_window)
{
    memset(w, 0, sizeof(*w));
    w->max_window = max_window;
}

static struct pail_run *find_run(struct pail_window *w, uint64_t offset, uint64_t length)
{
    uint64_t reads = PAIL_WINDOW_SLACK_READS * pail_min_u64(length, PAIL_WINDOW_FIRST);
    uint64_t forward = pail_max_u64(PAIL_WINDOW_SLACK_FORWARD, reads);
    uint64_t back = pail_max_u64(PAIL_WINDOW_SLACK_BACK, reads);
    struct pail_run *best = NULL;
    for (size_t i = 0; i < PAIL_WINDOW_RUNS; i++) {
        struct pail_run *r = &w->runs[i];
        if (!r->used)
            continue;
        bool near = offset >= r->next ? offset - r->next <= forward : r->next - offset <= back;
        if (near && (!best || r->used > best->used))
            best = r;
    }
    return best;
}

static struct pail_run *oldest_run(struct pail_window *w)
{
    struct pail_run *oldest = &w->runs[0];
    for (size_t i = 1; i < PAIL_WINDOW_RUNS; i++)
        if (w->runs[i].used < oldest->used)
            oldest = &w->runs[i];
    return oldest;
}

/* The reader jumped: what lies between was asked for in vain, until it comes back for it. */
static void note_jump(struct pail_run *r, uint64_t offset, uint64_t length)
{
    if (offset > r->next)
        r->wasted += pail_max_u64(pail_min_u64(r->ahead, offset), r->next) - r->next;
    else if (offset < r->next)
        r->wasted -= pail_min_u64(r->wasted, length);
}

struct pail_run *pail_window_read(struct pail_window *w, uint64_t offset, uint64_t length,
                                  uint64_t size)
{
    uint64_t end = pail_min_u64(offset + length, size);
    struct pail_run *r = find_run(w, offset, length);
    if (!r) {
        r = oldest_run(w);
        memset(r, 0, sizeof(*r));
        r->next = r->ahead = end;
        /* Who starts at the beginning will most likely go on. */
        if (offset == 0)
            r->window = r->credit = pail_min_u64(PAIL_WINDOW_FIRST, w->max_window);
    }
    note_jump(r, offset, length);
    r->used = ++w->tick;
    r->length += length;
    if (end > r->next)
        r->next = end;
    uint64_t steady = pail_min_u64(r->length / 4, PAIL_WINDOW_STEADY);
    if (steady >= PAIL_WINDOW_FIRST)
        r->window = pail_max_u64(r->window, pail_min_u64(steady, w->max_window));
    if (r->ahead < r->next)
        r->ahead = r->next;
    return r;
}

void pail_window_waited(struct pail_window *w, struct pail_run *r, uint64_t enough)
{
    uint64_t grown = pail_max_u64(r->window * 2, UINT64_C(128) << 10);
    uint64_t most = pail_min_u64(pail_max_u64(enough, PAIL_WINDOW_STEADY), w->max_window);
    uint64_t bound = pail_min_u64(r->length, most);
    r->window = pail_max_u64(r->window, pail_min_u64(grown, bound));
}

bool pail_window_next(struct pail_run *r, uint64_t size, uint64_t piece, uint64_t align,
                      uint64_t *ret_offset, uint64_t *ret_length)
{
    uint64_t allowed = pail_max_u64(r->length, r->credit);
    allowed -= pail_min_u64(allowed, r->wasted);
    uint64_t end = pail_min_u64(r->next + pail_min_u64(r->window, allowed), size);
    if (r->ahead >= end)
        return false;
    /* Hysteresis: whole pieces (half windows while these are small), or what is left of the object,
     * so that requests stay large. */
    uint64_t left = end - r->ahead;
    uint64_t want = pail_min_u64(pail_min_u64(piece, r->window / 2), size - r->ahead);
    if (left < want)
        return false;
    uint64_t stop = r->ahead + pail_min_u64(left, piece);
    if (stop < size && stop / align * align > r->ahead)
        stop = stop / align * align;
    *ret_offset = r->ahead;
    *ret_length = stop - r->ahead;
    r->ahead = stop;
    return true;
}
