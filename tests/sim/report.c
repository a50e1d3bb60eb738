/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The report of a run. Lines are stored formatted and of fixed width: nothing has to be rebuilt
 * from a dead process's heap, and a ring of them costs 260 KiB. The digest takes in each line's
 * text as well as each scheduling decision, so two runs that schedule alike but answer differently
 * are told apart too.
 */
#include "sim/report.h"

#include <sys/mman.h>
#include <unistd.h>

#include "sim/rng.h"
#include "sim/sched.h"

static struct sim_report *current;
static bool echo;

const char *sim_exit_name(int code)
{
    switch (code) {
    case SIM_EXIT_OK:
        return "ok";
    case SIM_EXIT_FAILED:
        return "failed";
    case SIM_EXIT_USAGE:
        return "usage";
    case SIM_EXIT_DEADLOCK:
        return "deadlock";
    case SIM_EXIT_LIMIT:
        return "limit";
    case SIM_EXIT_DIVERGED:
        return "diverged";
    case SIM_EXIT_HUNG:
        return "hung";
    case SIM_EXIT_DIED:
        return "died";
    case SIM_EXIT_CRASH:
        return "crash";
    }
    return "unknown";
}

struct sim_report *sim_report_new(void)
{
    void *p = mmap(NULL, sizeof(struct sim_report), PROT_READ | PROT_WRITE,
                   MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return p == MAP_FAILED ? NULL : p;
}

void sim_report_free(struct sim_report *r)
{
    if (r)
        munmap(r, sizeof *r);
}

void sim_report_use(struct sim_report *r)
{
    current = r;
}

struct sim_report *sim_report(void)
{
    if (!current) {
        current = sim_report_new();
        if (!current)
            _exit(SIM_EXIT_USAGE);
    }
    return current;
}

void sim_digest(uint64_t v)
{
    struct sim_report *r = sim_report();
    r->digest = sim_mix(r->digest + UINT64_C(0x9e3779b97f4a7c15) + v);
}

void sim_mark(uint64_t v)
{
    sim_digest(v);
    struct sim_report *r = sim_report();
    r->steps++;
    if (r->n_marks < SIM_MARKS)
        r->marks[r->n_marks++] = (uint32_t)r->digest;
}

void sim_trace_echo(bool on)
{
    echo = on;
}

void sim_trace(const char *fmt, ...)
{
    struct sim_report *r = sim_report();
    char *line = r->lines[r->n_lines++ % SIM_TRACE_LINES];
    int64_t now = sim_now_ns();
    int n = snprintf(line, SIM_TRACE_WIDTH, "%9lld.%06lld  m%-2u %-15s  ",
                     (long long)(now / 1000000000), (long long)(now / 1000 % 1000000),
                     sim_machine(), sim_thread_name());
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(line + n, SIM_TRACE_WIDTH - (size_t)n, fmt, ap);
    va_end(ap);
    for (char *c = line; *c; c++)
        if ((unsigned char)*c < ' ')
            *c = '.';
    sim_digest(sim_hash(0, line, strlen(line)));
    if (echo)
        fprintf(stderr, "%s\n", line);
}

void sim_trace_print(const struct sim_report *r, FILE *to)
{
    uint64_t first = r->n_lines > SIM_TRACE_LINES ? r->n_lines - SIM_TRACE_LINES : 0;
    fprintf(to, "%16s  %-3s %-15s  %s\n", "virtual time (s)", "on", "thread", "what");
    if (first)
        fprintf(to, "(%llu earlier lines are gone)\n", (unsigned long long)first);
    for (uint64_t i = first; i < r->n_lines; i++)
        fprintf(to, "%s\n", r->lines[i % SIM_TRACE_LINES]);
}

_Noreturn void sim_stop(enum sim_exit code, const char *fmt, ...)
{
    struct sim_report *r = sim_report();
    size_t used = strlen(r->verdict);
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(r->verdict + used, sizeof r->verdict - used, fmt, ap);
    va_end(ap);
    r->virtual_ns += sim_now_ns();
    /* Other threads may be anywhere; nothing of theirs may run, not even exit handlers. */
    _exit(code);
}
