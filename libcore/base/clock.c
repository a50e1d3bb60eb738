/* SPDX-License-Identifier: Apache-2.0 */
/* base/clock.c - the system's clocks, or those of a test. */
#include "base/clock.h"

#include <time.h>

static int64_t read_clock(clockid_t id)
{
    struct timespec ts;
    clock_gettime(id, &ts); /* cannot fail for these two clocks */
    return (int64_t)ts.tv_sec * PAIL_NS_PER_S + ts.tv_nsec;
}

static int64_t system_mono_ns(void)
{
    return read_clock(CLOCK_MONOTONIC);
}

static int64_t system_wall_ns(void)
{
    return read_clock(CLOCK_REALTIME);
}

static const struct pail_clock_ops system_ops = {
    .mono_ns = system_mono_ns,
    .wall_ns = system_wall_ns,
};
static const struct pail_clock_ops *clock_ops = &system_ops;

int64_t pail_clock_mono_ns(void)
{
    return clock_ops->mono_ns();
}

int64_t pail_clock_wall_ns(void)
{
    return clock_ops->wall_ns();
}

int64_t pail_deadline_after_ns(int64_t delta_ns)
{
    int64_t deadline;
    if (__builtin_add_overflow(pail_clock_mono_ns(), delta_ns, &deadline))
        return delta_ns > 0 ? PAIL_NEVER : INT64_MIN;
    return deadline;
}

void pail_clock_set_ops(const struct pail_clock_ops *ops)
{
    clock_ops = ops ? ops : &system_ops;
}
