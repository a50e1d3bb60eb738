/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/lib/progress.h"

#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/thread.h"

#define REDRAW_NS (100 * PAIL_NS_PER_MS)

struct pail_progress {
    struct pail_mutex lock;
    uint64_t bytes, bytes_total, files, files_total;
    int64_t began_ns, drawn_ns, every_ns;
    bool shown, lines;
};

const char *pail_human_size(uint64_t n, char ret[32])
{
    static const char *const units[] = {"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    if (n < 1024) {
        snprintf(ret, 32, n == 1 ? "%u Byte" : "%u Bytes", (unsigned)n);
        return ret;
    }
    /* 1023.5 of a unit and more would be shown as 1024 of it. */
    double v = (double)n / 1024;
    size_t u = 0;
    for (; v >= 1023.5 && u + 1 < PAIL_ARRAY_LEN(units); u++)
        v /= 1024;
    snprintf(ret, 32, "%.1f %s", v, units[u]);
    return ret;
}

struct pail_progress *pail_progress_new(bool wanted, const struct pail_progress_style *style)
{
    if (!wanted || !isatty(STDERR_FILENO))
        return NULL;
    struct pail_progress *p = pail_zalloc(sizeof(*p));
    if (!p)
        return NULL; /* transfers go on without it */
    pail_mutex_init(&p->lock, "progress", PAIL_RANK_LEAF);
    p->began_ns = pail_clock_mono_ns();
    p->every_ns = REDRAW_NS;
    if (style && style->every_s)
        p->every_ns = (int64_t)pail_min_u64(style->every_s, INT32_MAX) * PAIL_NS_PER_S;
    p->lines = style && style->lines;
    return p;
}

static void draw_locked(struct pail_progress *p)
{
    char done[32], total[32], rate[32];
    int64_t now = pail_clock_mono_ns();
    if (now - p->drawn_ns < p->every_ns)
        return;
    p->drawn_ns = now;
    double seconds = (double)(now - p->began_ns) / 1e9;
    uint64_t per_s = seconds > 0 ? (uint64_t)((double)p->bytes / seconds) : 0;
    pail_human_size(p->bytes, done);
    pail_human_size(per_s, rate);
    const char *begin = p->lines ? "" : "\r\033[K", *end = p->lines ? "\n" : "";
    if (p->files_total) /* of standard input nothing is known */
        fprintf(stderr, "%s%s of %s, %s/s, %llu of %llu files%s", begin, done,
                pail_human_size(p->bytes_total, total), rate, (unsigned long long)p->files,
                (unsigned long long)p->files_total, end);
    else
        fprintf(stderr, "%s%s, %s/s%s", begin, done, rate, end);
    fflush(stderr);
    p->shown = !p->lines;
}

void pail_progress_expect(struct pail_progress *p, uint64_t bytes, uint64_t files)
{
    if (!p)
        return;
    PAIL_LOCKED(&p->lock);
    p->bytes_total += bytes;
    p->files_total += files;
}

void pail_progress_delta(void *p, int64_t delta)
{
    pail_progress_bytes(p, delta);
}

void pail_progress_bytes(struct pail_progress *p, int64_t delta)
{
    if (!p)
        return;
    PAIL_LOCKED(&p->lock);
    p->bytes += (uint64_t)delta;
    draw_locked(p);
}

void pail_progress_file(struct pail_progress *p)
{
    if (!p)
        return;
    PAIL_LOCKED(&p->lock);
    p->files++;
    draw_locked(p);
}

static void clear_locked(struct pail_progress *p)
{
    if (p->shown)
        fprintf(stderr, "\r\033[K");
    p->shown = false;
}

void pail_progress_print(struct pail_progress *p, FILE *f, struct pail_str line)
{
    if (!p) {
        fwrite(line.ptr, 1, line.len, f); /* one call: stdio keeps lines of threads apart */
        return;
    }
    PAIL_LOCKED(&p->lock);
    clear_locked(p);
    fwrite(line.ptr, 1, line.len, f);
    fflush(f);
}

void pail_progress_free(struct pail_progress *p)
{
    if (!p)
        return;
    pail_mutex_lock(&p->lock);
    clear_locked(p);
    pail_mutex_unlock(&p->lock);
    pail_mutex_done(&p->lock);
    pail_free(p);
}
