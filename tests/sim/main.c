/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pail-sim: runs scenarios, one process per seed, and shows what went wrong.
 *
 * A failing seed is run again with fewer operations, clients and kinds of faults (--shrink) as long
 * as it fails the same way; the smallest run's trace is printed, with the command that repeats it.
 */
#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>
#include <time.h>

#include "base/str.h"

#include "sim/scenarios.h"

struct args {
    const struct sim_scenario *scenario;
    uint64_t first, last;
    unsigned clients, ops; /* UINT_MAX: the scenario's */
    bool faults_given;
    unsigned faults;
    const char *plant;
    bool twice, shrink, quiet, keep_going;
    int expect; /* enum sim_exit, or -1 */
    unsigned seconds;
    struct sim_limits limits;
};

static const char usage[] =
    "usage: pail-sim [--scenario NAME] [--seed N | --seeds A-B] [options]\n"
    "  --list              the scenarios\n"
    "  --clients N --ops N how much is done (default: the scenario's)\n"
    "  --faults LIST       all, net, none, or kinds with commas; -KIND takes one away\n"
    "  --plant NAME        a planted fault is on\n"
    "  --expect KIND       succeed when a seed ends that way: failed, deadlock, limit, died, any\n"
    "  --check-determinism run each seed twice and compare\n"
    "  --keep-going        a line per failure, and on to the next seed\n"
    "  --shrink            narrow a failure down\n"
    "  --trace             print the trace as it happens\n"
    "  --stop-at STEP      end there and print the trace\n"
    "  --max-steps N       of one life (5,000,000)\n"
    "  --patience S        real seconds for one life (120)\n"
    "  --seconds S         go on with further seeds for so long\n"
    "  --quiet             only failures\n";

static bool number(const char *text, uint64_t *ret)
{
    return pail_str_to_u64(pail_str(text), ret);
}

static bool small_number(const char *text, unsigned *ret)
{
    uint64_t v;
    if (!number(text, &v) || v >= UINT_MAX)
        return false;
    *ret = (unsigned)v;
    return true;
}

static bool range(const char *text, uint64_t *first, uint64_t *last)
{
    const char *dash = strchr(text, '-');
    if (!dash)
        return number(text, first) && number(text, last);
    return pail_str_to_u64(pail_strn(text, (size_t)(dash - text)), first) &&
           number(dash + 1, last) && *first <= *last;
}

static int exit_of(const char *name)
{
    if (strcmp(name, "any") == 0)
        return SIM_EXIT_CRASH; /* no run ends so: stands for all */
    for (int i = SIM_EXIT_FAILED; i <= SIM_EXIT_DIED; i++)
        if (strcmp(sim_exit_name(i), name) == 0)
            return i;
    return -1;
}

static void list(void)
{
    for (const struct sim_scenario *const *s = sim_scenarios; *s; s++) {
        char faults[160];
        sim_faults_format((*s)->faults, faults, sizeof faults);
        printf("%-10s %s (clients %u, ops %u, faults %s)\n", (*s)->name, (*s)->summary,
               (*s)->clients, (*s)->ops, faults);
    }
}

enum {
    O_SCENARIO = 256,
    O_SEED,
    O_CLIENTS,
    O_OPS,
    O_FAULTS,
    O_PLANT,
    O_EXPECT,
    O_TWICE,
    O_SHRINK,
    O_TRACE,
    O_STOP,
    O_STEPS,
    O_PATIENCE,
    O_SECONDS,
    O_QUIET,
    O_KEEP_GOING,
    O_LIST
};

static const struct option options[] = {
    {"scenario", required_argument, NULL, O_SCENARIO},
    {"seed", required_argument, NULL, O_SEED},
    {"seeds", required_argument, NULL, O_SEED},
    {"clients", required_argument, NULL, O_CLIENTS},
    {"ops", required_argument, NULL, O_OPS},
    {"faults", required_argument, NULL, O_FAULTS},
    {"plant", required_argument, NULL, O_PLANT},
    {"expect", required_argument, NULL, O_EXPECT},
    {"check-determinism", no_argument, NULL, O_TWICE},
    {"shrink", no_argument, NULL, O_SHRINK},
    {"trace", no_argument, NULL, O_TRACE},
    {"stop-at", required_argument, NULL, O_STOP},
    {"max-steps", required_argument, NULL, O_STEPS},
    {"patience", required_argument, NULL, O_PATIENCE},
    {"seconds", required_argument, NULL, O_SECONDS},
    {"quiet", no_argument, NULL, O_QUIET},
    {"keep-going", no_argument, NULL, O_KEEP_GOING},
    {"list", no_argument, NULL, O_LIST},
    {0},
};

static bool take_option(struct args *a, int c, const char *v)
{
    switch (c) {
    case O_SCENARIO:
        return (a->scenario = sim_scenario_find(v)) != NULL;
    case O_SEED:
        return range(v, &a->first, &a->last);
    case O_CLIENTS:
        return small_number(v, &a->clients);
    case O_OPS:
        return small_number(v, &a->ops);
    case O_FAULTS:
        return a->faults_given = sim_faults_parse(v, &a->faults);
    case O_PLANT:
        a->plant = v;
        return true;
    case O_EXPECT:
        return (a->expect = exit_of(v)) >= 0;
    case O_TWICE:
        return a->twice = true;
    case O_SHRINK:
        return a->shrink = true;
    case O_TRACE:
        return a->limits.echo = true;
    case O_STOP:
        return number(v, &a->limits.stop_at_step);
    case O_STEPS:
        return number(v, &a->limits.max_steps);
    case O_PATIENCE:
        return small_number(v, &a->limits.patience_s);
    case O_SECONDS:
        return small_number(v, &a->seconds);
    case O_QUIET:
        return a->quiet = true;
    case O_KEEP_GOING:
        return a->keep_going = true;
    case O_LIST:
        list();
        exit(SIM_EXIT_OK);
    }
    return false;
}

static bool parse(struct args *a, int argc, char **argv)
{
    int c;
    while ((c = getopt_long(argc, argv, "", options, NULL)) != -1)
        if (c == '?' || !take_option(a, c, optarg)) {
            if (c != '?')
                fprintf(stderr, "pail-sim: bad value \"%s\"\n", optarg ? optarg : "");
            return false;
        }
    return optind == argc;
}

/* Runs it once or twice; the outcome of two runs that differ is SIM_EXIT_DIVERGED. */
static enum sim_exit run_seed(const struct args *a, const struct sim_run *run,
                              struct sim_report *report, struct sim_report *second)
{
    enum sim_exit code = sim_run_lives(run, &a->limits, report);
    if (!a->twice || code == SIM_EXIT_HUNG || code == SIM_EXIT_DIED)
        return code;
    sim_run_lives(run, &a->limits, second);
    if (report->digest == second->digest && report->steps == second->steps)
        return code;
    uint64_t i = 0;
    while (i < report->n_marks && i < second->n_marks && report->marks[i] == second->marks[i])
        i++;
    snprintf(report->verdict, sizeof report->verdict,
             "not deterministic: two runs part at step %" PRIu64 " (%" PRIu64 " and %" PRIu64
             " steps in all); see --stop-at %" PRIu64,
             i, report->steps, second->steps, i + 1);
    return SIM_EXIT_DIVERGED;
}

static bool still_fails(const struct args *a, const struct sim_run *run, enum sim_exit code,
                        struct sim_report *report)
{
    return sim_run_lives(run, &a->limits, report) == code;
}

/* Fewer operations (halving, then by tenths), fewer clients, fewer kinds of faults. */
static void shrink(const struct args *a, struct sim_run *run, enum sim_exit code,
                   struct sim_report *report)
{
    for (unsigned cut = run->ops / 2; cut;) {
        struct sim_run less = *run;
        less.ops -= cut;
        if (still_fails(a, &less, code, report))
            *run = less;
        else
            cut /= 2;
        if (cut >= run->ops)
            cut = run->ops / 2;
    }
    while (run->clients > 1) {
        struct sim_run less = *run;
        less.clients--;
        if (!still_fails(a, &less, code, report))
            break;
        *run = less;
    }
    for (unsigned bit = 1; bit < SIM_F_ALL; bit <<= 1) {
        struct sim_run less = *run;
        less.faults &= ~bit;
        if (less.faults != run->faults && still_fails(a, &less, code, report))
            *run = less;
    }
    still_fails(a, run, code, report);
}

static void print_failure(const struct args *a, const struct sim_run *run, enum sim_exit code,
                          const struct sim_report *r)
{
    char faults[160];
    sim_faults_format(run->faults, faults, sizeof faults);
    if (!a->limits.echo)
        sim_trace_print(r, stderr);
    fprintf(stderr,
            "\nseed %" PRIu64 " of %s: %s in life %u after %" PRIu64
            " steps, %.3f s of virtual time\n%s\n"
            "repeat: pail-sim --scenario %s --seed %" PRIu64
            " --clients %u --ops %u --faults %s%s%s --trace\n",
            run->seed, run->scenario->name, sim_exit_name(code), r->life + 1, r->steps,
            (double)r->virtual_ns / 1e9, r->verdict, run->scenario->name, run->seed, run->clients,
            run->ops, faults, a->plant ? " --plant " : "", a->plant ? a->plant : "");
}

static double seconds_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

struct totals {
    uint64_t seeds, steps, failures;
    double start;
};

/* What a failure leads to: SIM_EXIT_CRASH, to go on; else the exit of the program. */
static enum sim_exit failed(const struct args *a, struct sim_run *run, enum sim_exit code,
                            struct sim_report *report)
{
    int line = (int)strcspn(report->verdict, "\n");
    if (a->expect == (int)code || a->expect == SIM_EXIT_CRASH) {
        printf("%s: seed %" PRIu64 " ended with %s, as expected: %.*s\n", a->scenario->name,
               run->seed, sim_exit_name(code), line, report->verdict);
        return SIM_EXIT_OK;
    }
    if (a->keep_going) {
        printf("%s: seed %" PRIu64 ": %s: %.*s\n", a->scenario->name, run->seed,
               sim_exit_name(code), line, report->verdict);
        fflush(stdout);
        return SIM_EXIT_CRASH;
    }
    if (a->shrink && code != SIM_EXIT_DIVERGED)
        shrink(a, run, code, report);
    print_failure(a, run, code, report);
    return SIM_EXIT_FAILED;
}

static int summary(const struct args *a, const struct totals *t, const struct sim_report *report)
{
    double took = seconds_now() - t->start;
    if (!a->quiet)
        printf("%s: %" PRIu64 " seeds from %" PRIu64 ", %" PRIu64 " failed, %" PRIu64
               " steps, %.1f s (%.0f steps/s), digest of the last %016" PRIx64 "\n",
               a->scenario->name, t->seeds, a->first, t->failures, t->steps, took,
               (double)t->steps / took, report->digest);
    if (a->expect >= 0) {
        fprintf(stderr, "pail-sim: no seed of %" PRIu64 "-%" PRIu64 " ended as expected%s%s\n",
                a->first, a->first + t->seeds - 1, a->plant ? ": nobody found " : "",
                a->plant ? a->plant : "");
        return SIM_EXIT_FAILED;
    }
    return t->failures ? SIM_EXIT_FAILED : SIM_EXIT_OK;
}

static int run_all(const struct args *a)
{
    struct sim_report *report = sim_report_new(), *second = a->twice ? sim_report_new() : NULL;
    if (!report || (a->twice && !second)) {
        fprintf(stderr, "pail-sim: out of memory\n");
        return SIM_EXIT_USAGE;
    }
    struct totals t = {.start = seconds_now()};
    for (uint64_t seed = a->first; seed <= a->last || seconds_now() - t.start < a->seconds;
         seed++) {
        struct sim_run run = {
            .scenario = a->scenario,
            .seed = seed,
            .clients = a->clients == UINT_MAX ? a->scenario->clients : a->clients,
            .ops = a->ops == UINT_MAX ? a->scenario->ops : a->ops,
            .faults = a->faults_given ? a->faults : a->scenario->faults,
        };
        enum sim_exit code = run_seed(a, &run, report, second);
        t.seeds++;
        t.steps += report->steps;
        if (code == SIM_EXIT_OK)
            continue;
        t.failures++;
        code = failed(a, &run, code, report);
        if (code != SIM_EXIT_CRASH)
            return code;
    }
    return summary(a, &t, report);
}

int main(int argc, char **argv)
{
    struct args a = {
        .scenario = sim_scenarios[0],
        .first = 1,
        .last = 1,
        .clients = UINT_MAX,
        .ops = UINT_MAX,
        .expect = -1,
        .limits = {.patience_s = 120},
    };
    if (!parse(&a, argc, argv)) {
        fputs(usage, stderr);
        return SIM_EXIT_USAGE;
    }
    sim_plant_set(a.plant);
    return run_all(&a);
}
