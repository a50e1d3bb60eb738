/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sim/report.h - what one run leaves behind: verdict, digest, trace, and the scenario's memory.
 *
 * It lives in memory shared with the parent process, so that it survives whatever ends the run: a
 * failed check, a simulated power cut, a real SIGSEGV or a sanitizer. Plain data, no pointers.
 * Written only by the thread that holds the scheduler's token.
 */
#ifndef SIM_REPORT_H
#define SIM_REPORT_H

#include <stdarg.h>
#include <stdio.h>

#include "base/macros.h"

/* How a run ended: the exit status of its process, and of pail-sim. */
enum sim_exit {
    SIM_EXIT_OK = 0,
    SIM_EXIT_FAILED = 1,   /* a check of the scenario or of the simulation */
    SIM_EXIT_USAGE = 2,    /* pail-sim's own arguments */
    SIM_EXIT_DEADLOCK = 3, /* nobody can run and no deadline is coming */
    SIM_EXIT_LIMIT = 4,    /* too many steps or too much virtual time */
    SIM_EXIT_DIVERGED = 5, /* the same seed took another path the second time */
    SIM_EXIT_HUNG = 6,     /* no end in real time: a thread blocks outside the seams */
    SIM_EXIT_DIED = 7,     /* a signal or a sanitizer */
    SIM_EXIT_CRASH = 10,   /* everything lost power; another life follows */
};
const char *sim_exit_name(int code);

#define SIM_TRACE_LINES 1500
#define SIM_TRACE_WIDTH 176
#define SIM_MARKS (1u << 20)
#define SIM_BLOB_SIZE (1u << 20)

struct sim_report {
    uint64_t digest, steps;
    int64_t virtual_ns; /* over all lives */
    unsigned life;      /* 0, 1, ... */
    bool killed;        /* a machine was killed: what it held is not a leak */
    char verdict[8192];
    uint64_t n_lines; /* the last SIM_TRACE_LINES are kept */
    char lines[SIM_TRACE_LINES][SIM_TRACE_WIDTH];
    uint64_t n_marks;
    uint32_t marks[SIM_MARKS];         /* the digest after each step, to find where two runs part */
    unsigned char blob[SIM_BLOB_SIZE]; /* the scenario's, zero at first, kept from life to life */
};

/* NULL when memory cannot be mapped. */
struct sim_report *sim_report_new(void);
void sim_report_free(struct sim_report *r);
/* The report that the functions below write to; a private one where none was set. */
void sim_report_use(struct sim_report *r);
struct sim_report *sim_report(void);

/* Fold a number into the digest. */
void sim_digest(uint64_t v);
/* The end of a scheduling step: what was decided becomes a mark. */
void sim_mark(uint64_t v);
/* A line of the trace; also part of the digest, so no pointers, no real times. */
void sim_trace(const char *fmt, ...) PAIL_PRINTF(1, 2);
/* Everything to standard error, now, as well. */
void sim_trace_echo(bool on);
void sim_trace_print(const struct sim_report *r, FILE *to);

/* Ends the process at once; text goes to the verdict. Any simulated thread. */
_Noreturn void sim_stop(enum sim_exit code, const char *fmt, ...) PAIL_PRINTF(2, 3);
#define sim_fail(...) sim_stop(SIM_EXIT_FAILED, __VA_ARGS__)
#define SIM_CHECK(cond, ...)                                                                       \
    do {                                                                                           \
        if (!(cond))                                                                               \
            sim_fail(__VA_ARGS__);                                                                 \
    } while (0)

#endif
