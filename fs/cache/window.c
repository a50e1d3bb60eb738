/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs are found by position only: NFS, mmap and several threads interleave streams on one handle,
 * and the kernel's read-ahead delivers a stream slightly out of order, hence the slack. The window
 * doubles when a reader waited although it was sequential; it is bounded by the run's own length,
 * so a pattern that stops being sequential has wasted at most as much as it used.
 */
#include "cache/window.h"

#include <string.h>

void pail_window_init(struct pail_window *w, uint64_t max_window)
{
    memset(w, 0, sizeof(*w));
    w->max_window = max_window;
}

static struct pail_run *find_run(struct pail_window *w, uint64_t offset)
{
    struct pail_run *best = NULL;
    for (size_t i = 0; i < PAIL_WINDOW_RUNS; i++) {
        struct pail_run *r = &w->runs[i];
        if (!r->used)
            continue;
        bool near = offset >= r->next ? offset - r->next <= PAIL_WINDOW_SLACK_FORWARD
                                      : r->next - offset <= PAIL_WINDOW_SLACK_BACK;
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

struct pail_run *pail_window_read(struct pail_window *w, uint64_t offset, uint64_t length,
                                  uint64_t size)
{
    uint64_t end = pail_min_u64(offset + length, size);
    struct pail_run *r = find_run(w, offset);
    if (!r) {
        r = oldest_run(w);
        memset(r, 0, sizeof(*r));
        r->next = r->ahead = end;
        /* Who starts at the beginning will most likely go on. */
        if (offset == 0)
            r->window = pail_min_u64(PAIL_WINDOW_FIRST, w->max_window);
    }
    r->used = ++w->tick;
    r->length += length;
    if (end > r->next)
        r->next = end;
    if (r->ahead < r->next)
        r->ahead = r->next;
    return r;
}

void pail_window_waited(struct pail_window *w, struct pail_run *r)
{
    uint64_t grown = pail_max_u64(r->window * 2, UINT64_C(128) << 10);
    uint64_t bound = pail_max_u64(r->length, r->window);
    r->window = pail_min_u64(pail_min_u64(grown, bound), w->max_window);
}

bool pail_window_next(struct pail_run *r, uint64_t size, uint64_t piece, uint64_t align,
                      uint64_t *ret_offset, uint64_t *ret_length)
{
    uint64_t end = pail_min_u64(r->next + r->window, size);
    if (r->ahead >= end)
        return false;
    /* Hysteresis: whole pieces, or what is left of the object, so that requests stay large. */
    uint64_t left = end - r->ahead;
    uint64_t want = pail_min_u64(piece, size - r->ahead);
    if (left < want && r->window > piece && end < size)
        return false;
    uint64_t length = pail_min_u64(left, piece);
    uint64_t stop = r->ahead + length;
    if (stop < size) {
        stop = (stop + align - 1) / align * align;
        stop = pail_min_u64(stop, size);
    }
    *ret_offset = r->ahead;
    *ret_length = stop - r->ahead;
    r->ahead = stop;
    return true;
}
