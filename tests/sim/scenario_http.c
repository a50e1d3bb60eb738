/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The request engine on the simulated network: every call ends exactly once, whatever happens.
 *
 * Clients put and get objects with raw (unsigned) requests, cancel some of them at any moment, and
 * close the engine while calls are under way. A put that succeeded is in the S3; a get that
 * succeeded has the bytes of one version, complete; what was refused was not begun.
 *
 * Plant: http.twice (the scenario's own done counts itself twice now and then: the check can fail).
 */
#include "base/alloc.h"
#include "base/clock.h"
#include "http/engine.h"

#include "sim/net.h"
#include "sim/scenarios.h"

#define BUCKET "b"
#define OBJECTS 6u

struct client {
    struct sim_run *run;
    struct sim_rng rng;
    unsigned number;
    struct pail_engine *engine;
    struct pail_mutex lock;
    struct pail_cond changed;
    unsigned under_way, next;
    bool leaves; /* closes the engine without waiting */
};

struct op {
    struct client *client;
    char path[64];
    bool put, submitting;
    const char *submitter;
    struct pail_bytes segment;
    struct pail_body body;
    unsigned char *data; /* of a put; or received */
    size_t size, cap;
    unsigned dones;
    int code;
    struct pail_call *call;
};

static size_t size_of(unsigned object)
{
    static const size_t sizes[OBJECTS] = {0, 1, 1000, 65536, 300000, 700000};
    return sizes[object % OBJECTS];
}

static unsigned char byte_of(unsigned object, size_t i)
{
    return (unsigned char)(sim_mix(object) + i * 7 + (i >> 9));
}

/* ---- One call -------------------------------------------------------------------------------- */

static int prepare(void *ud, const struct pail_attempt *attempt, struct pail_request *rq,
                   struct pail_error *err)
{
    const struct op *op = ud;
    snprintf(rq->method, sizeof rq->method, "%s", op->put ? "PUT" : "GET");
    int rc = pail_request_base(rq, PAIL_STR("http://s3.sim:9000"), err);
    if (rc == 0)
        pail_buf_z(&rq->path, op->path);
    return rc;
}

static int begin(void *ud, const struct pail_response *head, uint64_t length,
                 struct pail_error *err)
{
    struct op *op = ud;
    op->size = 0;
    return 0;
}

static int write_body(void *ud, uint64_t offset, const void *p, size_t n, struct pail_error *err)
{
    struct op *op = ud;
    SIM_CHECK(offset == op->size, "bytes at %llu, expected at %zu", (unsigned long long)offset,
              op->size);
    SIM_CHECK(op->size + n <= op->cap, "%s: more bytes than the object has", op->path);
    memcpy(op->data + op->size, p, n);
    op->size += n;
    return 0;
}

static int classify(void *ud, const struct pail_response *r, bool *retry_now,
                    struct pail_error *err)
{
    if (r->status < 300)
        return 0;
    enum pail_code code = r->status >= 500 ? PAIL_E_SERVER : PAIL_E_SERVICE;
    int rc = pail_error_set(err, PAIL_D_SERVICE, code, "status %d", r->status);
    if (err)
        err->http_status = r->status;
    return rc;
}

static void done(void *ud, const struct pail_error *err)
{
    struct op *op = ud;
    struct client *c = op->client;
    SIM_CHECK(!op->submitting || strcmp(op->submitter, sim_thread_name()) != 0,
              "done inside the submission");
    op->code = err ? err->code : 0;
    sim_trace("c%u %s %s: %s", c->number, op->put ? "put" : "get", op->path,
              pail_code_name(op->code));
    PAIL_LOCKED(&c->lock);
    op->dones += sim_plant("http.twice") && op->put ? 2 : 1;
    c->under_way--;
    pail_cond_broadcast(&c->changed);
}

static const struct pail_call_ops ops = {
    .prepare = prepare,
    .begin = begin,
    .write = write_body,
    .classify = classify,
    .done = done,
};

static void fill(struct op *op, unsigned number)
{
    struct client *c = op->client;
    unsigned object = (unsigned)sim_rng_below(&c->rng, OBJECTS);
    op->put = sim_rng_below(&c->rng, 2);
    op->cap = size_of(object) + 1;
    op->data = pail_zalloc(op->cap);
    SIM_CHECK(op->data, "out of memory");
    if (!op->put) {
        snprintf(op->path, sizeof op->path, "/" BUCKET "/o%u", object);
        return;
    }
    snprintf(op->path, sizeof op->path, "/" BUCKET "/c%u-%u-%u", c->number, number, object);
    op->size = size_of(object);
    for (size_t i = 0; i < op->size; i++)
        op->data[i] = byte_of(object, i);
    op->segment = (struct pail_bytes){.ptr = op->data, .len = op->size};
    op->body = (struct pail_body){.segments = &op->segment, .n_segments = 1, .length = op->size};
}

static void check_op(const struct op *op)
{
    unsigned object = 0;
    const char *o = strrchr(op->path, op->put ? '-' : 'o');
    sscanf(o + 1, "%u", &object);
    SIM_CHECK(op->dones == 1, "%s ended %u times", op->path, op->dones);
    if (op->code)
        return;
    size_t n = op->size;
    const unsigned char *p = op->data;
    if (op->put)
        p = fake_s3_get(sim_net_s3(), BUCKET, op->path + strlen("/" BUCKET "/"), &n, NULL);
    SIM_CHECK(p && n == size_of(object), "%s has %zu bytes", op->path, p ? n : 0);
    for (size_t i = 0; i < n; i++)
        SIM_CHECK(p[i] == byte_of(object, i), "%s differs at %zu", op->path, i);
}

/* ---- A client -------------------------------------------------------------------------------- */

static void submit(struct client *c, struct op *op, unsigned number)
{
    struct pail_error err = PAIL_ERROR_INIT;
    op->client = c;
    fill(op, number);
    struct pail_call_desc desc = {
        .ops = &ops,
        .ud = op,
        .what = op->put ? "put" : "get",
        .options = {.priority = (enum pail_priority)sim_rng_below(&c->rng, PAIL_PRIO_COUNT),
                    .max_attempts = (unsigned)sim_rng_below(&c->rng, 4)},
        .body = op->put ? &op->body : NULL,
        .has_sink = !op->put,
    };
    {
        PAIL_LOCKED(&c->lock);
        c->under_way++;
    }
    op->submitting = true;
    op->submitter = sim_thread_name();
    int rc = pail_engine_submit(c->engine, &desc, &op->call, &err);
    op->submitting = false;
    SIM_CHECK(rc == 0, "a call was refused: %s", err.message);
}

static void work(void *arg)
{
    struct client *c = arg;
    struct pail_error err = PAIL_ERROR_INIT;
    struct op *all = pail_calloc(c->run->ops, sizeof *all);
    struct pail_engine_options opt = {
        .take_transport = sim_transport_new(0),
        .max_in_flight = 1 + (unsigned)sim_rng_below(&c->rng, 6),
        .connect_timeout_ms = 3000,
        .read_timeout_ms = 5000,
        .timeout_ms = 30000,
        .max_attempts = 5,
    };
    SIM_CHECK(all && pail_engine_new(&opt, &c->engine, &err) == 0, "no engine: %s", err.message);
    pail_mutex_init(&c->lock, "http client", PAIL_RANK_FS);
    pail_cond_init(&c->changed);
    for (unsigned i = 0; i < c->run->ops; i++) {
        submit(c, &all[i], i);
        if (sim_rng_below(&c->rng, 6) == 0)
            pail_call_cancel(all[sim_rng_below(&c->rng, i + 1)].call);
        if (sim_rng_below(&c->rng, 3) == 0)
            pail_sleep_ns(sim_rng_range(&c->rng, 0, 300 * PAIL_NS_PER_MS));
        if (sim_rng_below(&c->rng, 8) == 0)
            pail_call_wait(all[sim_rng_below(&c->rng, i + 1)].call);
        PAIL_LOCKED(&c->lock);
        while (c->under_way > 8)
            pail_cond_wait(&c->changed, &c->lock);
    }
    if (!c->leaves) {
        PAIL_LOCKED(&c->lock);
        while (c->under_way)
            pail_cond_wait(&c->changed, &c->lock);
    }
    pail_engine_free(c->engine);
    for (unsigned i = 0; i < c->run->ops; i++) {
        check_op(&all[i]);
        pail_call_unref(all[i].call);
        pail_free(all[i].data);
    }
    pail_free(all);
    pail_mutex_done(&c->lock);
    pail_cond_done(&c->changed);
}

static void prepare_objects(void)
{
    static unsigned char bytes[700000];
    fake_s3_make_bucket(sim_net_s3(), BUCKET);
    for (unsigned o = 0; o < OBJECTS; o++) {
        char key[16];
        for (size_t i = 0; i < size_of(o); i++)
            bytes[i] = byte_of(o, i);
        snprintf(key, sizeof key, "o%u", o);
        fake_s3_put(sim_net_s3(), BUCKET, key, bytes, size_of(o), NULL, 0, SIM_EPOCH_UNIX_S * 1000);
    }
}

static void run(struct sim_run *run)
{
    struct client clients[8] = {0};
    struct pail_thread *threads[8];
    unsigned n = run->clients < 8 ? run->clients : 8;
    sim_net_begin(run->seed, &(struct sim_net_options){.faults = run->faults},
                  &(struct fake_s3_options){.seed = run->seed});
    prepare_objects();
    for (unsigned i = 0; i < n; i++) {
        char name[16];
        snprintf(name, sizeof name, "client-%u", i + 1);
        clients[i] = (struct client){
            .run = run, .number = i + 1, .leaves = sim_rng_below(&run->rng, 2)};
        sim_rng_init(&clients[i].rng, run->seed, name);
        threads[i] = sim_thread_on(i + 1, name, work, &clients[i]);
    }
    for (unsigned i = 0; i < n; i++)
        pail_thread_join(threads[i]);
    struct sim_net_stats stats;
    sim_net_stats(&stats);
    SIM_CHECK(stats.started == stats.done, "%llu exchanges never ended",
              (unsigned long long)(stats.started - stats.done));
}

const struct sim_scenario sim_scenario_http = {
    .name = "http",
    .summary = "the request engine on a bad network: every call ends once",
    .clients = 2,
    .ops = 40,
    .faults = SIM_F_NET | SIM_F_LATE,
    .check_leaks = true,
    .run = run,
};
