/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The S3 that all machines share, and what can go wrong on the way to it.
 *
 * A run draws how bad its network is: the rate of faults is anything from none to one request in
 * ten, and the kinds are not mixed evenly: each run favours a few. Runs in which everything fails a
 * little find less than runs that are calm but for one habit.
 *
 * Late requests are kept in a list and executed by whoever comes to the S3 after their time; no
 * thread of theirs is needed, and they outlive the machine that sent them.
 */
#include "sim/net.h"

#include <stdlib.h>

#include "http/request.h"

#include "fake/image.h"
#include "sim/net_impl.h"

#define MAX_TRANSPORTS 64u
#define MAX_LATE 256u

struct late {
    int64_t at;
    struct sim_message *message;
};

static struct {
    bool active;
    struct sim_net_options opt;
    struct sim_rng rng;
    struct fake_s3 *s3;
    struct sim_transport *transports[MAX_TRANSPORTS];
    unsigned n_transports;
    int64_t cut_off_until[SIM_MACHINES];
    int64_t throttled_until;
    unsigned favourites;        /* kinds that strike more often in this run */
    struct late late[MAX_LATE]; /* by time */
    unsigned n_late;
    struct sim_net_stats stats;
} n;

void sim_net_begin(uint64_t seed, const struct sim_net_options *opt,
                   const struct fake_s3_options *s3)
{
    static const unsigned rates[] = {0, 300, 1000, 2500};
    static const int64_t latencies[] = {1, 5, 20, 50};
    SIM_CHECK(!n.active, "sim_net_begin twice");
    n.active = true;
    n.opt = opt ? *opt : (struct sim_net_options){0};
    sim_rng_init(&n.rng, seed, "net");
    unsigned rate = rates[sim_rng_below(&n.rng, 4)];
    int64_t latency = latencies[sim_rng_below(&n.rng, 4)];
    n.favourites = (unsigned)sim_rng_next(&n.rng) & (unsigned)sim_rng_next(&n.rng);
    if (!n.opt.rate)
        n.opt.rate = rate;
    if (!n.opt.latency_ns)
        n.opt.latency_ns = latency * PAIL_NS_PER_MS;
    if (!n.opt.bandwidth)
        n.opt.bandwidth = 100000000;
    if (!n.opt.late_ns)
        n.opt.late_ns = 20 * PAIL_NS_PER_S;
    if (!n.s3)
        n.s3 = fake_s3_new(s3);
    if (!n.s3)
        sim_fail("out of memory");
}

bool sim_net_active(void)
{
    return n.active;
}

struct fake_s3 *sim_net_s3(void)
{
    return n.s3;
}

void sim_net_end(void)
{
    if (!n.active)
        return;
    for (unsigned i = 0; i < n.n_transports; i++)
        SIM_CHECK(!sim_machine_threads(sim_transport_machine(n.transports[i])),
                  "a transport of m%u was not freed", sim_transport_machine(n.transports[i]));
    for (unsigned i = 0; i < n.n_late; i++)
        sim_message_free(n.late[i].message);
    fake_s3_free(n.s3);
    memset(&n, 0, sizeof n);
}

void sim_net_stats(struct sim_net_stats *ret)
{
    *ret = n.stats;
}

struct sim_rng *sim_net_rng(void)
{
    return &n.rng;
}

void sim_net_count(bool started)
{
    if (started)
        n.stats.started++;
    else
        n.stats.done++;
}

void sim_net_add(struct sim_transport *t)
{
    SIM_CHECK(n.active, "a transport without sim_net_begin");
    SIM_CHECK(n.n_transports < MAX_TRANSPORTS, "too many transports");
    n.transports[n.n_transports++] = t;
}

void sim_net_remove(struct sim_transport *t)
{
    unsigned i = 0;
    while (n.transports[i] != t)
        i++;
    n.n_transports--;
    memmove(&n.transports[i], &n.transports[i + 1], (n.n_transports - i) * sizeof n.transports[0]);
}

/* ---- Time on the way ------------------------------------------------------------------------- */

int64_t sim_net_latency(uint64_t slowness)
{
    int64_t l = n.opt.latency_ns;
    int64_t ns = sim_rng_range(&n.rng, l / 2, l + l / 2);
    if (sim_rng_below(&n.rng, 20) == 0)
        ns *= 4;
    return ns * (int64_t)slowness;
}

int64_t sim_net_transfer(uint64_t bytes)
{
    return (int64_t)((double)bytes * 1e9 / (double)n.opt.bandwidth);
}

/* ---- Faults ---------------------------------------------------------------------------------- */

static bool strikes(unsigned kind)
{
    if (!(n.opt.faults & kind))
        return false;
    /* Two or three favourites of nine: the rate is about that of all kinds together. */
    unsigned rate = n.favourites & kind ? n.opt.rate / 3 : n.opt.rate / 24;
    if (kind == SIM_F_PARTITION) /* it lasts */
        rate = (rate + 7) / 8;
    if (!sim_rng_chance(&n.rng, rate))
        return false;
    n.stats.faults[__builtin_ctz(kind)]++;
    return true;
}

bool sim_net_partitioned(unsigned machine)
{
    return n.cut_off_until[machine] > sim_now_ns();
}

bool sim_net_late(void)
{
    return n.opt.faults & SIM_F_LATE;
}

void sim_net_partition(unsigned machine, int64_t for_ns)
{
    n.cut_off_until[machine] = for_ns ? sim_now_ns() + for_ns : 0;
    sim_trace("m%u %s", machine, for_ns ? "has no network" : "has network again");
}

enum sim_fate_kind sim_net_fate(unsigned machine, uint64_t *ret_slowness)
{
    *ret_slowness = strikes(SIM_F_SLOW) ? 100 : 1;
    if (strikes(SIM_F_PARTITION))
        sim_net_partition(machine, sim_rng_range(&n.rng, PAIL_NS_PER_S / 2, 40 * PAIL_NS_PER_S));
    if (strikes(SIM_F_503))
        n.throttled_until = sim_now_ns() + sim_rng_range(&n.rng, 0, 3 * PAIL_NS_PER_S);
    if (sim_net_partitioned(machine))
        return sim_rng_below(&n.rng, 2) ? SIM_FATE_REFUSED : SIM_FATE_NO_CONNECT;
    if (n.throttled_until > sim_now_ns() && sim_rng_below(&n.rng, 2))
        return SIM_FATE_503;
    if (strikes(SIM_F_REFUSE))
        return sim_rng_below(&n.rng, 4) ? SIM_FATE_REFUSED : SIM_FATE_NO_CONNECT;
    if (strikes(SIM_F_RESET))
        return SIM_FATE_RESET;
    if (strikes(SIM_F_LOST))
        return SIM_FATE_LOST;
    if (strikes(SIM_F_CUT))
        return SIM_FATE_CUT;
    if (strikes(SIM_F_STALL))
        return sim_rng_below(&n.rng, 2) ? SIM_FATE_STALL_BEFORE : SIM_FATE_STALL_AFTER;
    if (strikes(SIM_F_500))
        return n.opt.faults & SIM_F_LATE && !sim_rng_below(&n.rng, 4) ? SIM_FATE_500_EXECUTED
                                                                      : SIM_FATE_500;
    return SIM_FATE_FINE;
}

/* ---- The S3 ---------------------------------------------------------------------------------- */

static void handle(const struct sim_message *m, struct fake_response *ret)
{
    struct fake_request rq = {
        .method = m->method,
        .path = m->path,
        .query = m->query,
        .headers = m->headers,
        .n_headers = m->n_headers,
        .body = m->body,
        .body_len = m->body_len,
        .now_unix_ms = SIM_EPOCH_UNIX_S * 1000 + sim_now_ns() / PAIL_NS_PER_MS,
    };
    *ret = (struct fake_response){0};
    fake_s3_handle(n.s3, &rq, ret);
    n.stats.requests++;
}

void sim_net_unanswered(const struct fake_response *r)
{
    n.stats.lost_uploads += r->status == 200 && strcmp(r->operation, "CreateMultipartUpload") == 0;
}

static void execute_late(int64_t until)
{
    while (n.n_late && n.late[0].at <= until) {
        struct sim_message *m = n.late[0].message;
        n.n_late--;
        memmove(&n.late[0], &n.late[1], n.n_late * sizeof n.late[0]);
        struct fake_response r;
        handle(m, &r);
        sim_trace("s3: %s %s %d, late", r.operation, m->path, r.status);
        sim_net_unanswered(&r);
        fake_response_done(&r);
        sim_message_free(m);
        n.stats.late++;
    }
}

void sim_net_execute(const struct sim_message *m, struct fake_response *ret)
{
    execute_late(sim_now_ns());
    handle(m, ret);
    sim_trace("s3: %s %s %d", ret->operation, m->path, ret->status);
}

void sim_net_abandon(struct sim_message *take_m, bool may_be_late)
{
    if (sim_rng_below(&n.rng, 2)) {
        sim_message_free(take_m);
        return;
    }
    int64_t at = sim_now_ns();
    if (may_be_late && n.n_late < MAX_LATE)
        at += sim_rng_range(&n.rng, 0, n.opt.late_ns);
    unsigned i = n.n_late;
    while (i && n.late[i - 1].at > at)
        i--;
    if (n.n_late == MAX_LATE) /* full of others: at once, then */
        execute_late(n.late[0].at);
    memmove(&n.late[i + 1], &n.late[i], (n.n_late - i) * sizeof n.late[0]);
    n.late[i] = (struct late){.at = at, .message = take_m};
    n.n_late++;
    execute_late(sim_now_ns());
}

void sim_net_settle(void)
{
    execute_late(PAIL_NEVER);
}

void sim_net_calm(void)
{
    n.opt.faults = 0;
    n.throttled_until = 0;
    memset(n.cut_off_until, 0, sizeof n.cut_off_until);
    execute_late(PAIL_NEVER);
}

static void lose(struct sim_message *take_m)
{
    sim_net_abandon(take_m, true);
}

void sim_net_machine_lost(unsigned machine)
{
    for (unsigned i = 0; i < n.n_transports; i++)
        if (sim_transport_machine(n.transports[i]) == machine)
            sim_transport_lose(n.transports[i], lose);
    n.cut_off_until[machine] = 0;
}

/* ---- From life to life ----------------------------------------------------------------------- */

static void lose_now(struct sim_message *take_m)
{
    sim_net_abandon(take_m, false);
}

void sim_net_power_cut(void)
{
    if (!n.active)
        return;
    for (unsigned i = 0; i < n.n_transports; i++)
        sim_transport_lose(n.transports[i], lose_now);
    execute_late(PAIL_NEVER);
}

bool sim_net_save(FILE *to)
{
    unsigned char there = n.s3 != NULL;
    return fwrite(&there, 1, 1, to) == 1 && (!there || fake_s3_save(n.s3, to));
}

void sim_net_load(FILE *from)
{
    unsigned char there = 0;
    if (fread(&there, 1, 1, from) != 1)
        sim_fail("the image of the S3 is missing");
    if (!there)
        return;
    n.s3 = fake_s3_load(from);
    SIM_CHECK(n.s3, "the image of the S3 is not one");
}

/* ---- Messages -------------------------------------------------------------------------------- */

static char *copy(const char *p, size_t len)
{
    char *z = malloc(len + 1);
    if (!z)
        sim_fail("out of memory");
    if (len)
        memcpy(z, p, len);
    z[len] = '\0';
    return z;
}

struct sim_message *sim_message_new(const struct pail_request *rq, char *take_body, size_t body_len)
{
    struct sim_message *m = calloc(1, sizeof *m);
    m->method = strdup(rq->method);
    m->path = copy(rq->path.ptr, rq->path.len);
    m->query = copy(rq->query.ptr, rq->query.len);
    m->body = take_body;
    m->body_len = body_len;
    m->headers = calloc(rq->headers.n + 2, sizeof *m->headers);
    for (size_t i = 0; i < rq->headers.n; i++) {
        struct pail_header h = pail_headers_at(&rq->headers, i);
        m->headers[m->n_headers++] = (struct fake_header){.name = copy(h.name.ptr, h.name.len),
                                                          .value = copy(h.value.ptr, h.value.len)};
    }
    struct pail_buf host = PAIL_BUF_INIT(1024);
    pail_request_host(rq, &host);
    m->headers[m->n_headers++] = (struct fake_header){.name = strdup("Host"),
                                                      .value = copy(host.ptr, host.len)};
    pail_buf_done(&host);
    bool has_body = strcmp(rq->method, "PUT") == 0 || strcmp(rq->method, "POST") == 0;
    if (has_body && !pail_headers_get(&rq->headers, "Content-Length").ptr) {
        char length[24];
        snprintf(length, sizeof length, "%zu", body_len);
        m->headers[m->n_headers++] = (struct fake_header){.name = strdup("Content-Length"),
                                                          .value = strdup(length)};
    }
    return m;
}

void sim_message_free(struct sim_message *m)
{
    if (!m)
        return;
    for (size_t i = 0; i < m->n_headers; i++) {
        free(m->headers[i].name);
        free(m->headers[i].value);
    }
    free(m->headers);
    free(m->method);
    free(m->path);
    free(m->query);
    free(m->body);
    free(m);
}
