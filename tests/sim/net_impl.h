/* SPDX-License-Identifier: Apache-2.0 */
/* sim/net_impl.h - between net.c (the S3, what goes wrong) and transport.c (exchanges in time). */
#ifndef SIM_NET_IMPL_H
#define SIM_NET_IMPL_H

#include "sim/net.h"
#include "sim/sched_impl.h"

/* A request as it left the machine; owned copies. */
struct sim_message {
    char *method, *path, *query;
    struct fake_header *headers;
    size_t n_headers;
    char *body;
    size_t body_len;
};
/* NULL when the headers cannot be read. */
struct sim_message *sim_message_new(const struct pail_request *rq, char *take_body,
                                    size_t body_len);
void sim_message_free(struct sim_message *m);

/* What will happen to one exchange. */
enum sim_fate_kind {
    SIM_FATE_FINE,
    SIM_FATE_REFUSED,
    SIM_FATE_NO_CONNECT, /* silence until the connect time-out */
    SIM_FATE_RESET,
    SIM_FATE_LOST,
    SIM_FATE_CUT,
    SIM_FATE_STALL_BEFORE, /* silence, not executed */
    SIM_FATE_STALL_AFTER,  /* executed, then silence */
    SIM_FATE_500,
    SIM_FATE_500_EXECUTED,
    SIM_FATE_503,
};
enum sim_fate_kind sim_net_fate(unsigned machine, uint64_t *ret_slowness);
bool sim_net_partitioned(unsigned machine);
bool sim_net_late(void); /* given-up requests may be executed later */
struct sim_rng *sim_net_rng(void);
int64_t sim_net_latency(uint64_t slowness);
int64_t sim_net_transfer(uint64_t bytes);

/* The S3 takes the request now. */
void sim_net_execute(const struct sim_message *m, struct fake_response *ret);
/* Nobody will read this answer. */
void sim_net_unanswered(const struct fake_response *r);
/* Nobody waits for its answer: now, later or never. Takes m. */
void sim_net_abandon(struct sim_message *take_m, bool may_be_late);

struct sim_transport;
void sim_net_add(struct sim_transport *t);
void sim_net_remove(struct sim_transport *t);
void sim_net_count(bool started);
/* transport.c: gives the requests that were sent and not executed to `each`; afterwards they are
 * gone. */
void sim_transport_lose(struct sim_transport *t, void (*each)(struct sim_message *take_m));
unsigned sim_transport_machine(const struct sim_transport *t);

#endif
