/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base/clock.h, the second seam: what time it is. (base/rand.h and base/env.h are its siblings.)
 *
 * Durations and deadlines are int64_t with the unit in the name. mono never goes back and has no
 * meaning outside the process; wall is Unix time. Any thread.
 */
#ifndef PAIL_BASE_CLOCK_H
#define PAIL_BASE_CLOCK_H

#include "base/macros.h"

#define PAIL_NS_PER_S INT64_C(1000000000)
#define PAIL_NS_PER_MS INT64_C(1000000)
#define PAIL_NS_PER_US INT64_C(1000)
/* As a deadline: never. */
#define PAIL_NEVER INT64_MAX

int64_t pail_clock_mono_ns(void);
int64_t pail_clock_wall_ns(void);
static inline int64_t pail_clock_wall_s(void)
{
    return pail_clock_wall_ns() / PAIL_NS_PER_S;
}
/* now + delta, saturating at PAIL_NEVER. */
int64_t pail_deadline_after_ns(int64_t delta_ns);

struct pail_clock_ops {
    int64_t (*mono_ns)(void);
    int64_t (*wall_ns)(void);
};
void pail_clock_set_ops(const struct pail_clock_ops *ops); /* NULL: the system's clocks */

#endif
