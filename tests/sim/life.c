/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lives: each a forked process, with the disks and the S3 of the one before.
 *
 * A process cannot end some of its threads, but it can end; so a power cut of everything is _exit()
 * after the state that survives has been written to an anonymous file. The parent has no simulated
 * thread and no library state at all, which makes its fork a clean machine.
 */
#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/plant.h"

#include "sim/disk.h"
#include "sim/net.h"
#include "sim/scenario.h"

#define MAX_LIVES 64u

static int image_fd = -1; /* where this life leaves what survives it */
static const char *plant;

void sim_plant_set(const char *name)
{
    plant = name;
#ifdef PAIL_PLANTS
    pail_plant_set(name);
#endif
}

bool sim_plant(const char *name)
{
    return plant && strcmp(plant, name) == 0;
}

_Noreturn void sim_power_cut(void)
{
    sim_trace("power cut");
    sim_net_power_cut();
    sim_disks_power_cut();
    FILE *to = image_fd >= 0 ? fdopen(image_fd, "wb") : NULL;
    SIM_CHECK(to && sim_disks_save(to) && sim_net_save(to) && fflush(to) == 0,
              "what survives the power cut cannot be written: errno %d", errno);
    sim_report()->virtual_ns += sim_now_ns();
    _exit(SIM_EXIT_CRASH);
}

/* One thread runs at a time; on one processor handing the token on is eight times as fast. A hint:
 * errors do not matter. */
static void stay_on_one_cpu(void)
{
    cpu_set_t may, one;
    if (sched_getaffinity(0, sizeof may, &may) < 0 || !CPU_COUNT(&may))
        return;
    int nth = getpid() % CPU_COUNT(&may), cpu = 0;
    while (!CPU_ISSET(cpu, &may) || nth--)
        cpu++;
    CPU_ZERO(&one);
    CPU_SET(cpu, &one);
    sched_setaffinity(0, sizeof one, &one);
}

void sim_machine_crash(unsigned machine, struct sim_disk *d, enum sim_disk_crash how)
{
    sim_trace("m%u %s", machine, how == SIM_POWER ? "loses power" : "is killed");
    sim_machine_kill(machine);
    sim_net_machine_lost(machine);
    sim_disk_crash(d, how);
}

static void live(const struct sim_run *params, const struct sim_limits *limits, int from_fd)
{
    struct sim_run run = *params;
    struct sim_options opt = SIM_OPTIONS_INIT;
    opt.max_steps = limits->max_steps;
    opt.stop_at_step = limits->stop_at_step;
    uint64_t seed = run.life ? sim_mix(run.seed + run.life * UINT64_C(0x9e3779b97f4a7c15))
                             : run.seed;
    uint64_t live_before = pail_alloc_live();
    sim_trace_echo(limits->echo);
    sim_begin(seed, &opt);
    sim_rng_init(&run.rng, seed, "scenario");
    run.blob = sim_report()->blob;
    if (from_fd >= 0) {
        FILE *from = fdopen(from_fd, "rb");
        SIM_CHECK(from && fseek(from, 0, SEEK_SET) == 0, "the last life's image cannot be read");
        sim_disks_load(from);
        sim_net_load(from);
        fclose(from);
    }
    run.scenario->run(&run);
    sim_net_end();
    sim_end();
    uint64_t left = pail_alloc_live() - live_before;
    if (run.scenario->check_leaks && !sim_report()->killed && left)
        sim_fail("%llu allocations of the library were not freed", (unsigned long long)left);
}

/* The exit of the child that this process started, or HUNG after so many seconds. */
static enum sim_exit await(pid_t pid, unsigned patience_s, struct sim_report *report)
{
    int fd = (int)syscall(SYS_pidfd_open, pid, 0);
    struct pollfd p = {.fd = fd, .events = POLLIN};
    bool ended = fd < 0 || poll(&p, 1, (int)patience_s * 1000) > 0;
    if (!ended)
        kill(pid, SIGKILL);
    if (fd >= 0)
        close(fd);
    int status = 0;
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    size_t used = strlen(report->verdict), room = sizeof report->verdict - used;
    if (!ended) {
        snprintf(report->verdict + used, room,
                 "no end after %u real seconds: does a thread block outside the seams?",
                 patience_s);
        return SIM_EXIT_HUNG;
    }
    if (WIFSIGNALED(status)) {
        snprintf(report->verdict + used, room, "killed by signal %d (%s)", WTERMSIG(status),
                 strsignal(WTERMSIG(status)));
        return SIM_EXIT_DIED;
    }
    int code = WEXITSTATUS(status);
    if (code != SIM_EXIT_OK && code != SIM_EXIT_CRASH && !used) {
        snprintf(report->verdict, room, "ended with status %d without a verdict (a sanitizer?)",
                 code);
        return SIM_EXIT_DIED;
    }
    return (enum sim_exit)code;
}

static enum sim_exit one_life(const struct sim_run *run, const struct sim_limits *limits,
                              struct sim_report *report, int from_fd, int to_fd)
{
    report->life = run->life;
    fflush(NULL);
    pid_t parent = getpid(), pid = fork();
    if (pid < 0) {
        snprintf(report->verdict, sizeof report->verdict, "fork: errno %d", errno);
        return SIM_EXIT_USAGE;
    }
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() != parent)
            _exit(SIM_EXIT_USAGE);
        sim_report_use(report);
        image_fd = to_fd;
        stay_on_one_cpu();
        live(run, limits, from_fd);
        _exit(SIM_EXIT_OK);
    }
    return await(pid, limits->patience_s, report);
}

static void report_clear(struct sim_report *r)
{
    /* Not the marks and lines themselves: what is behind their counts is never read. */
    r->digest = r->steps = 0;
    r->virtual_ns = 0;
    r->killed = false;
    r->verdict[0] = '\0';
    r->n_lines = r->n_marks = 0;
    memset(r->blob, 0, sizeof r->blob);
}

enum sim_exit sim_run_lives(const struct sim_run *params, const struct sim_limits *limits,
                            struct sim_report *report)
{
    struct sim_run run = *params;
    enum sim_exit code = SIM_EXIT_CRASH;
    int from_fd = -1;
    report_clear(report);
    for (run.life = 0; code == SIM_EXIT_CRASH && run.life < MAX_LIVES; run.life++) {
        int to_fd = memfd_create("pail-sim-image", MFD_CLOEXEC);
        code = one_life(&run, limits, report, from_fd, to_fd);
        if (from_fd >= 0)
            close(from_fd);
        from_fd = to_fd;
    }
    if (from_fd >= 0)
        close(from_fd);
    if (code == SIM_EXIT_CRASH) {
        snprintf(report->verdict, sizeof report->verdict, "more than %u lives", MAX_LIVES);
        code = SIM_EXIT_LIMIT;
    }
    return code;
}
