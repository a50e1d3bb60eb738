/* SPDX-License-Identifier: Apache-2.0 */
/* sim/faults.h - the kinds of faults by name, as --faults takes them, so that a failure can be
 * narrowed down to the ones that it needs. */
#ifndef SIM_FAULTS_H
#define SIM_FAULTS_H

#include "base/macros.h"

enum sim_fault {
    SIM_F_REFUSE = 1 << 0,    /* no connection */
    SIM_F_RESET = 1 << 1,     /* closed before the request was executed */
    SIM_F_LOST = 1 << 2,      /* executed, then closed without an answer */
    SIM_F_CUT = 1 << 3,       /* closed in the middle of the answer's body */
    SIM_F_STALL = 1 << 4,     /* silence, up to the time-out */
    SIM_F_SLOW = 1 << 5,      /* every now and then 100 times the latency */
    SIM_F_500 = 1 << 6,       /* InternalError, executed or not */
    SIM_F_503 = 1 << 7,       /* SlowDown, in bursts */
    SIM_F_PARTITION = 1 << 8, /* one machine without network for a while */
    SIM_F_LATE = 1 << 9,      /* given-up requests are executed later */
    SIM_F_SKEW = 1 << 10,     /* clocks that are minutes apart */
    SIM_F_EIO = 1 << 11,
    SIM_F_ENOSPC = 1 << 12,
    SIM_F_KILL = 1 << 13,  /* a machine's process ends at any moment */
    SIM_F_POWER = 1 << 14, /* a machine (or all) without power at any moment */
    SIM_F_ALL = (1 << 15) - 1,
    SIM_F_NET = SIM_F_REFUSE | SIM_F_RESET | SIM_F_LOST | SIM_F_CUT | SIM_F_STALL | SIM_F_SLOW |
                SIM_F_500 | SIM_F_503 | SIM_F_PARTITION,
};

/* "all", "none", or names with commas; "-name" takes one away. False: unknown name. */
bool sim_faults_parse(const char *text, unsigned *ret);
/* "reset,lost" or "none". */
void sim_faults_format(unsigned faults, char *to, size_t cap);
/* Name of the lowest kind in the set. */
const char *sim_fault_name(unsigned fault);

#endif
