/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sim/scenario.h - what is simulated: a function that starts clients, lets them work and checks
 * what they did.
 *
 * Each run of a scenario is a process of its own (so that memory, static variables and dead threads
 * of one seed cannot touch the next); a run in which everything loses power goes on in another
 * process, with the disks and the S3 of the first: its next life.
 */
#ifndef SIM_SCENARIO_H
#define SIM_SCENARIO_H

#include "sim/disk.h"
#include "sim/faults.h"
#include "sim/sched.h"

struct sim_run {
    const struct sim_scenario *scenario;
    uint64_t seed;
    unsigned clients, ops;
    unsigned faults;    /* enum sim_fault */
    unsigned life;      /* 0 at first */
    struct sim_rng rng; /* the scenario's own choices */
    void *blob; /* SIM_BLOB_SIZE bytes, zero at first, kept from life to life: what the outside
                   world knows. No pointers in it. */
};

struct sim_scenario {
    const char *name, *summary;
    unsigned clients, ops, faults; /* defaults */
    bool check_leaks; /* no allocation of the library is left when run() has returned */
    /* On the first simulated thread, machine 0. Returns, or sim_fail(), or sim_power_cut(). */
    void (*run)(struct sim_run *run);
};

/* All, NULL at the end. */
extern const struct sim_scenario *const sim_scenarios[];
const struct sim_scenario *sim_scenario_find(const char *name);

/* True when that planted fault is on: --plant NAME. For mistakes of the scenarios' own toys; the
 * product's are PAIL_PLANT (base/plant.h), set by the same option. */
bool sim_plant(const char *name);
void sim_plant_set(const char *name);

/* Its threads stop, its requests under way may or may not arrive, its disk keeps what `how` leaves.
 * Not from a thread of that machine. Start it again with sim_thread_on(). */
void sim_machine_crash(unsigned machine, struct sim_disk *d, enum sim_disk_crash how);
/* All machines lose power now; run() is called again in the next life. Any simulated thread. */
_Noreturn void sim_power_cut(void);

struct sim_limits {
    uint64_t stop_at_step; /* 0: none */
    uint64_t max_steps;    /* 0: the scheduler's */
    unsigned patience_s;   /* real seconds for one life */
    bool echo;             /* trace to standard error as it happens */
};
/* Runs all lives; what happened is in the report (emptied first). run gives scenario, seed,
 * clients, ops, faults. */
enum sim_exit sim_run_lives(const struct sim_run *run, const struct sim_limits *limits,
                            struct sim_report *report);

#endif
