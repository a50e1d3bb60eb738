/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two forms of one line. Ours is on standard error and erased before anything else is printed. The
 * AWS CLI's is on standard output, overwritten with blanks, and written again below every line that
 * is not the last: also before it is known what comes ("~3 file(s) remaining (calculating...)").
 * There its own timing shows; of transfers we show it only while others are under way, so that what
 * is printed for a few small files does not depend on who was faster.
 */
#include "tools/lib/progress.h"

#include <string.h>
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
    bool imitated, final;
    size_t width; /* imitated: of what stands in the line */
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
    bool imitated = style && style->as_aws;
    if (!wanted || (!imitated && !isatty(STDERR_FILENO)))
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
    p->imitated = imitated;
    return p;
}

/* ---- The AWS CLI's line ---- */

static void pad_locked(struct pail_progress *p, FILE *f, size_t written, char end)
{
    size_t blanks = p->width > written ? p->width - written : 0;
    fprintf(f, "%*s%c", (int)blanks, "", end);
    fflush(f);
}

static bool remains_locked(const struct pail_progress *p)
{
    return !p->final || p->files != p->files_total;
}

static void draw_imitated_locked(struct pail_progress *p, int64_t now)
{
    char done[32], total[32], rate[32], line[256];
    double seconds = (double)(now - p->began_ns) / 1e9;
    const char *about = p->final ? "" : "~";
    unsigned long long left = p->files_total - p->files;
    p->drawn_ns = now;
    if (p->bytes_total)
        snprintf(line, sizeof(line), "Completed %s/%s%s (%s/s) with %s%llu file(s) remaining%s",
                 pail_human_size(p->bytes, done), about, pail_human_size(p->bytes_total, total),
                 pail_human_size(seconds > 0 ? (uint64_t)((double)p->bytes / seconds) : 0, rate),
                 about, left, p->final ? "" : " (calculating...)");
    else
        snprintf(line, sizeof(line), "Completed %llu file(s) with %s%llu file(s) remaining%s",
                 (unsigned long long)p->files, about, left, p->final ? "" : " (calculating...)");
    size_t n = strlen(line);
    fputs(line, stdout);
    pad_locked(p, stdout, n, p->lines ? '\n' : '\r');
    p->width = p->lines ? 0 : (size_t)pail_max_u64(n, p->width);
}

static void print_imitated_locked(struct pail_progress *p, FILE *f, struct pail_str line,
                                  bool local)
{
    if (line.len && line.ptr[line.len - 1] == '\n')
        line.len--;
    fwrite(line.ptr, 1, line.len, f);
    pad_locked(p, f, line.len, '\n');
    p->width = 0;
    int64_t now = pail_clock_mono_ns();
    bool due = p->every_ns <= REDRAW_NS || now - p->drawn_ns >= p->every_ns;
    if (due && (p->files != p->files_total || (!p->final && local)))
        draw_imitated_locked(p, now);
}

void pail_progress_final(struct pail_progress *p)
{
    if (!p)
        return;
    PAIL_LOCKED(&p->lock);
    p->final = true;
    if (p->imitated && p->width && !remains_locked(p)) {
        pad_locked(p, stdout, 0, '\n');
        p->width = 0;
    }
}

/* ---- Ours ---- */

static void draw_locked(struct pail_progress *p)
{
    char done[32], total[32], rate[32];
    int64_t now = pail_clock_mono_ns();
    if (now - p->drawn_ns < p->every_ns)
        return;
    if (p->imitated) {
        if (remains_locked(p))
            draw_imitated_locked(p, now);
        return;
    }
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
    if (!p->imitated)
        draw_locked(p);
}

static void clear_locked(struct pail_progress *p)
{
    if (p->shown)
        fprintf(stderr, "\r\033[K");
    p->shown = false;
}

void pail_progress_print(struct pail_progress *p, FILE *f, struct pail_str line, bool local)
{
    if (!p) {
        fwrite(line.ptr, 1, line.len, f); /* one call: stdio keeps lines of threads apart */
        return;
    }
    PAIL_LOCKED(&p->lock);
    if (p->imitated) {
        print_imitated_locked(p, f, line, local);
        return;
    }
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
