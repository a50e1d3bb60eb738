/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sim/net.h - one S3 for all machines, and the network in between.
 *
 * The S3 is tests/fake's model, called in the same process at a moment that the seed picks between
 * the sending of a request and its answer. sim_transport_new() gives a struct pail_transport whose
 * requests go there with seeded latencies and faults; it belongs to the machine that made it, and
 * so do its threads.
 *
 * What a request that gets no answer has done is decided once: executed at once or never. With
 * SIM_F_LATE it may also be executed later, after the caller has given up: so are, in any case,
 * requests under way of a machine that was killed.
 */
#ifndef SIM_NET_H
#define SIM_NET_H

#include <stdio.h>

#include "fake/s3.h"
#include "http/transport.h"

#include "sim/faults.h"

struct sim_net_options {
    unsigned faults;    /* enum sim_fault: those of the network */
    unsigned rate;      /* faults in 10,000 requests; 0: none to 2500 by the seed */
    int64_t latency_ns; /* of a round trip; 0: 1 to 50 ms by the seed */
    uint64_t bandwidth; /* bytes a second; 0: 100 MB/s */
    int64_t late_ns;    /* a given-up request is executed within this time; 0: 20 s */
};
/* Once in a run. The S3 is made by `s3` unless the last life left one. */
void sim_net_begin(uint64_t seed, const struct sim_net_options *opt,
                   const struct fake_s3_options *s3);
bool sim_net_active(void);
/* Every transport was freed (but of dead machines), or sim_fail; the S3 is gone. */
void sim_net_end(void);
struct fake_s3 *sim_net_s3(void);

/* threads: 0: one or two, by the seed. */
struct pail_transport *sim_transport_new(unsigned threads);

void sim_net_partition(unsigned machine, int64_t for_ns); /* from now on; 0: heals it */
/* Late requests are executed now. */
void sim_net_settle(void);
/* No more faults, partitions healed, late requests executed: for the last check. */
void sim_net_calm(void);
void sim_net_machine_lost(unsigned machine);
void sim_net_power_cut(void);
bool sim_net_save(FILE *to);
void sim_net_load(FILE *from);

struct sim_net_stats {
    uint64_t requests;      /* executed by the S3 */
    uint64_t started, done; /* exchanges */
    uint64_t late;
    uint64_t lost_uploads; /* CreateMultipartUpload executed, its answer lost: nobody knows these
                              uploads */
    uint64_t faults[16];   /* by bit number of enum sim_fault */
};
void sim_net_stats(struct sim_net_stats *ret);

#endif
