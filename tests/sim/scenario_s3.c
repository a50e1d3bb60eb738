/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The S3 client on a bad network: signed requests, conditions, multipart uploads, listings, against
 * registers.
 *
 * Each thread is the only writer of its keys and knows for each what it may hold: one version after
 * a success, two or more after an error that leaves the effect open. What it gets, heads and lists
 * must be among them; conditions must hold exactly where the state is known.
 *
 * Plant: s3.forget (the scenario takes an open effect for none: it must be found).
 */
#include <stdlib.h>

#include <pail/s3.h>

#include "auth/session.h"
#include "base/clock.h"

#include "sim/fs_content.h"
#include "sim/net.h"
#include "sim/scenarios.h"

#define BUCKET "register"
#define KEYS 4u
#define STATES 64u
#define THREADS 2u
#define MIN_PART 1000u

struct reg {
    char key[32];
    const struct fsc *states[STATES]; /* NULL: absent */
    char etags[STATES][128];          /* "" where nobody told */
    unsigned n;
};

struct client {
    struct sim_run *run;
    unsigned number;
    struct pail_session *session;
    struct pail_s3 *s3;
    struct worker {
        struct client *client;
        struct sim_rng rng;
        unsigned number;
        struct reg regs[KEYS];
        uint64_t next_token;
    } workers[THREADS];
};

/* ---- Registers ------------------------------------------------------------------------------- */

static void known(struct reg *r, const struct fsc *c, const char *etag)
{
    r->n = 1;
    r->states[0] = c;
    snprintf(r->etags[0], sizeof r->etags[0], "%s", etag ? etag : "");
}

static void maybe(struct reg *r, const struct fsc *c)
{
    if (sim_plant("s3.forget"))
        return;
    SIM_CHECK(r->n < STATES, "%s: too many open effects", r->key);
    r->states[r->n] = c;
    r->etags[r->n++][0] = '\0';
}

/* Is the effect of a failed write open? A refusal has none. */
static bool is_open(const struct pail_error *err)
{
    return err->code != PAIL_E_PRECONDITION && err->code != PAIL_E_NOT_FOUND;
}

static bool is_fault(const struct pail_error *err)
{
    switch (err->code) {
    case PAIL_E_CONNECT:
    case PAIL_E_CONNECT_TIMEOUT:
    case PAIL_E_READ_TIMEOUT:
    case PAIL_E_CLOSED:
    case PAIL_E_NET:
    case PAIL_E_DEADLINE:
    case PAIL_E_THROTTLED:
    case PAIL_E_SERVER:
    case PAIL_E_SKEW: /* learned in a call's last attempt */
        return true;
    default:
        return false;
    }
}

static void check_error(const struct worker *w, const char *what, const struct reg *r,
                        const struct pail_error *err)
{
    SIM_CHECK(is_fault(err), "c%u %s %s: %s", w->client->number, what, r->key, err->message);
}

static bool may_be_absent(const struct reg *r)
{
    for (unsigned i = 0; i < r->n; i++)
        if (!r->states[i])
            return true;
    return false;
}

static void trace(const struct worker *w, const char *what, const struct reg *r, int rc)
{
    sim_trace("c%u.%u %s %s: %s", w->client->number, w->number, what, r->key, pail_code_name(rc));
}

/* ---- Writing --------------------------------------------------------------------------------- */

static const struct fsc *new_content(struct worker *w)
{
    static const uint64_t sizes[] = {0, 1, 500, 3000, 70000, 300000};
    return fsc_write(fsc_empty(), 0, sizes[sim_rng_below(&w->rng, 6)], w->next_token++);
}

static int read_content(void *ud, uint64_t offset, void *dst, size_t cap, size_t *ret_n,
                        struct pail_error *err)
{
    const struct fsc *c = ud;
    size_t n = (size_t)pail_min_u64(cap, c->size - offset);
    fsc_fill(c->n ? c->ranges[0].token : 0, offset, dst, n);
    *ret_n = n;
    return 0;
}

static void do_put(struct worker *w, struct reg *r)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_s3_put_result res;
    const struct fsc *c = new_content(w);
    struct pail_s3_body body = {.read = read_content, .ud = (void *)c, .length = c->size};
    struct pail_s3_put_args args = {.bucket = PAIL_STR(BUCKET), .key = pail_str(r->key)};
    unsigned kind = (unsigned)sim_rng_below(&w->rng, 3);
    bool exact = r->n == 1, refuse = false;
    if (kind == 1) {
        args.if_none_match = true;
        refuse = r->states[0] != NULL;
    } else if (kind == 2 && exact && r->etags[0][0]) {
        bool right = sim_rng_below(&w->rng, 2);
        args.if_match = right ? pail_str(r->etags[0])
                              : PAIL_STR("\"00000000000000000000000000000000\"");
        refuse = !right;
    }
    int rc = pail_s3_put(w->client->s3, &args, &body, &res, &err);
    trace(w, kind == 1 ? "put new" : kind == 2 ? "put over" : "put", r, rc);
    if (rc == 0) {
        SIM_CHECK(!exact || !refuse, "%s: a condition that does not hold was passed over", r->key);
        known(r, c, res.etag);
    } else if (is_open(&err)) {
        check_error(w, "put", r, &err);
        maybe(r, c);
    } else {
        SIM_CHECK(!exact || refuse, "%s: refused although the condition holds: %s", r->key,
                  err.message);
    }
}

static void do_delete(struct worker *w, struct reg *r)
{
    struct pail_error err = PAIL_ERROR_INIT, result[1];
    struct pail_str key = pail_str(r->key);
    int rc;
    if (sim_rng_below(&w->rng, 2)) {
        struct pail_s3_delete_args args = {.bucket = PAIL_STR(BUCKET), .key = key};
        rc = pail_s3_delete(w->client->s3, &args, &err);
    } else {
        struct pail_s3_delete_many_args args = {
            .bucket = PAIL_STR(BUCKET), .keys = &key, .n_keys = 1};
        rc = pail_s3_delete_many(w->client->s3, &args, result, &err);
        SIM_CHECK(rc || result[0].code == 0, "%s: %s", r->key, result[0].message);
    }
    trace(w, "delete", r, rc);
    if (rc == 0) {
        known(r, NULL, NULL);
    } else {
        check_error(w, "delete", r, &err);
        maybe(r, NULL);
    }
}

static void do_copy(struct worker *w, struct reg *r)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_s3_put_result res;
    struct reg *from = &w->regs[sim_rng_below(&w->rng, KEYS)];
    if (from == r || from->n != 1)
        return;
    struct pail_s3_copy_args args = {
        .bucket = PAIL_STR(BUCKET),
        .key = pail_str(r->key),
        .source_bucket = PAIL_STR(BUCKET),
        .source_key = pail_str(from->key),
        .source_if_match = pail_str(from->etags[0]),
    };
    int rc = pail_s3_copy(w->client->s3, &args, &res, &err);
    trace(w, "copy to", r, rc);
    if (rc == 0) {
        SIM_CHECK(from->states[0], "%s: a copy of nothing", r->key);
        known(r, from->states[0], res.etag);
    } else if (err.code == PAIL_E_NOT_FOUND) {
        SIM_CHECK(!from->states[0], "%s: the source is said to be missing", from->key);
    } else {
        check_error(w, "copy", r, &err);
        if (from->states[0])
            maybe(r, from->states[0]);
    }
}

/* Parts of one content; false: it failed before the end. */
static bool send_parts(struct worker *w, struct reg *r, const struct fsc *c, const char *id,
                       struct pail_s3_part parts[8], unsigned *ret_n, struct pail_error *err)
{
    unsigned n = 1 + (unsigned)(c->size / (c->size / 5 + MIN_PART));
    uint64_t step = (c->size + n - 1) / n;
    for (unsigned i = 0; i < n; i++) {
        uint64_t at = i * step, len = pail_min_u64(step, c->size - at);
        unsigned char *buf = malloc(len + 1);
        if (!buf)
            sim_fail("out of memory");
        fsc_fill(c->ranges[0].token, at, buf, len);
        struct pail_bytes segment = {.ptr = buf, .len = len};
        struct pail_s3_body body = {.segments = &segment, .n_segments = 1, .length = len};
        struct pail_s3_mpu_part_args args = {.bucket = PAIL_STR(BUCKET),
                                             .key = pail_str(r->key),
                                             .upload_id = pail_str(id),
                                             .number = i + 1};
        int rc = pail_s3_mpu_part(w->client->s3, &args, &body, &parts[i], err);
        free(buf);
        if (rc < 0)
            return false;
    }
    *ret_n = n;
    return true;
}

static void do_multipart(struct worker *w, struct reg *r)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_s3_upload_id id;
    struct pail_s3_part parts[8];
    struct pail_s3_put_result res;
    unsigned n = 0;
    const struct fsc *c = fsc_write(fsc_empty(), 0, 10000 + sim_rng_below(&w->rng, 100000),
                                    w->next_token++);
    struct pail_s3_mpu_create_args create = {.bucket = PAIL_STR(BUCKET), .key = pail_str(r->key)};
    int rc = pail_s3_mpu_create(w->client->s3, &create, &id, &err);
    trace(w, "begin upload", r, rc);
    if (rc < 0) {
        check_error(w, "begin upload", r, &err);
        return;
    }
    bool sent = send_parts(w, r, c, id.id, parts, &n, &err);
    if (!sent)
        check_error(w, "part", r, &err);
    if (!sent || sim_rng_below(&w->rng, 4) == 0) {
        struct pail_s3_mpu_abort_args abort_args = {
            .bucket = PAIL_STR(BUCKET), .key = pail_str(r->key), .upload_id = pail_str(id.id)};
        rc = pail_s3_mpu_abort(w->client->s3, &abort_args, &err);
        trace(w, "abort upload", r, rc);
        if (rc < 0)
            check_error(w, "abort", r, &err);
        return;
    }
    struct pail_s3_mpu_complete_args args = {.bucket = PAIL_STR(BUCKET),
                                             .key = pail_str(r->key),
                                             .upload_id = pail_str(id.id),
                                             .parts = parts,
                                             .n_parts = n};
    rc = pail_s3_mpu_complete(w->client->s3, &args, &res, &err);
    trace(w, "complete upload", r, rc);
    if (rc == 0) {
        known(r, c, res.etag);
    } else {
        check_error(w, "complete", r, &err);
        maybe(r, c);
    }
}

/* ---- Reading --------------------------------------------------------------------------------- */

struct sink {
    unsigned char *data;
    uint64_t n, cap;
};

static int take_bytes(void *ud, uint64_t offset, const void *p, size_t n, struct pail_error *err)
{
    struct sink *s = ud;
    SIM_CHECK(offset + n <= s->cap, "more bytes than any version has");
    memcpy(s->data + offset, p, n);
    s->n = offset + n;
    return 0;
}

static bool fits(const struct fsc *c, const char *etag_known, const struct pail_s3_object *o,
                 uint64_t at, uint64_t length, const struct sink *s)
{
    if (!c || c->size != o->size || (*etag_known && !pail_str_eq(o->etag, pail_str(etag_known))))
        return false;
    uint64_t expect = at < c->size ? pail_min_u64(length, c->size - at) : 0;
    return !s || (s->n == expect && fsc_same(c, at, s->data, s->n, NULL));
}

static void check_seen(const struct reg *r, const char *what, const struct pail_s3_object *o,
                       uint64_t at, uint64_t length, const struct sink *s)
{
    for (unsigned i = 0; i < r->n; i++)
        if (fits(r->states[i], r->etags[i], o, at, length, s))
            return;
    sim_fail("%s %s: %llu bytes of an object of %llu, which is none of %u possible versions", what,
             r->key, s ? (unsigned long long)s->n : 0, (unsigned long long)o->size, r->n);
}

static void do_get(struct worker *w, struct reg *r)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_s3_object o;
    struct sink s = {.cap = 400000};
    struct pail_s3_sink sink = {.write = take_bytes, .ud = &s};
    struct pail_s3_get_args args = {
        .bucket = PAIL_STR(BUCKET), .key = pail_str(r->key), .length = UINT64_MAX};
    if (sim_rng_below(&w->rng, 2)) {
        args.ranged = true;
        args.offset = sim_rng_below(&w->rng, 1000);
        args.length = 1 + sim_rng_below(&w->rng, 100000);
    }
    s.data = malloc(s.cap);
    if (!s.data)
        sim_fail("out of memory");
    int rc = pail_s3_get(w->client->s3, &args, &sink, &o, &err);
    trace(w, "get", r, rc);
    if (rc == 0) {
        check_seen(r, "get", &o, args.offset, args.length, &s);
        pail_s3_object_done(&o);
    } else if (err.code == PAIL_E_NOT_FOUND) {
        SIM_CHECK(may_be_absent(r), "%s is gone", r->key);
    } else if (err.code != PAIL_E_RANGE || !args.ranged) {
        check_error(w, "get", r, &err);
    }
    free(s.data);
}

static void do_head(struct worker *w, struct reg *r)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_s3_object o;
    struct pail_s3_head_args args = {.bucket = PAIL_STR(BUCKET), .key = pail_str(r->key)};
    int rc = pail_s3_head(w->client->s3, &args, &o, &err);
    trace(w, "head", r, rc);
    if (rc == 0) {
        check_seen(r, "head", &o, 0, 0, NULL);
        pail_s3_object_done(&o);
    } else if (err.code == PAIL_E_NOT_FOUND) {
        SIM_CHECK(may_be_absent(r), "%s is gone", r->key);
    } else {
        check_error(w, "head", r, &err);
    }
}

static void do_list(struct worker *w, struct reg *ignored)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_s3_page page;
    char prefix[32];
    snprintf(prefix, sizeof prefix, "c%u/%u/", w->client->number, w->number);
    struct pail_s3_list_args args = {.bucket = PAIL_STR(BUCKET), .prefix = pail_str(prefix)};
    int rc = pail_s3_list(w->client->s3, &args, &page, &err);
    trace(w, "list by", ignored, rc);
    if (rc < 0) {
        check_error(w, "list by", ignored, &err);
        return;
    }
    for (unsigned k = 0; k < KEYS; k++) {
        struct reg *r = &w->regs[k];
        bool found = false;
        for (size_t i = 0; i < page.n; i++)
            if (pail_str_eq(page.entries[i].key, pail_str(r->key))) {
                struct pail_s3_object o = {.size = page.entries[i].size,
                                           .etag = page.entries[i].etag};
                check_seen(r, "list", &o, 0, 0, NULL);
                found = true;
            }
        SIM_CHECK(found || may_be_absent(r), "a listing does not show %s", r->key);
    }
    pail_s3_page_done(&page);
}

/* ---- Clients --------------------------------------------------------------------------------- */

static void work(void *arg)
{
    struct worker *w = arg;
    static void (*const ops[])(struct worker *, struct reg *) = {
        do_put,  do_put,  do_put,    do_get,  do_get,       do_get,
        do_head, do_list, do_delete, do_copy, do_multipart,
    };
    for (unsigned i = 0; i < w->client->run->ops; i++) {
        struct reg *r = &w->regs[sim_rng_below(&w->rng, KEYS)];
        if (r->n > STATES - 2)
            continue;
        ops[sim_rng_below(&w->rng, PAIL_ARRAY_LEN(ops))](w, r);
    }
}

static void run_client(void *arg)
{
    struct client *c = arg;
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_thread *threads[THREADS];
    struct pail_session_options so = PAIL_SESSION_OPTIONS_INIT;
    struct pail_s3_options s3o = PAIL_S3_OPTIONS_INIT;
    so.endpoint_url = "http://s3.sim:9000";
    so.connect_timeout_ms = 3000;
    so.read_timeout_ms = 5000;
    so.timeout_ms = 60000;
    s3o.addressing = PAIL_S3_PATH;
    int rc = pail_session_new_on(&so, sim_transport_new(0), &c->session, &err);
    if (rc == 0)
        rc = pail_s3_new(c->session, &s3o, &c->s3, &err);
    SIM_CHECK(rc == 0, "no client: %s", err.message);
    for (unsigned i = 0; i < THREADS; i++) {
        struct worker *w = &c->workers[i];
        char name[16];
        snprintf(name, sizeof name, "worker-%u.%u", c->number, i);
        *w = (struct worker){
            .client = c, .number = i, .next_token = c->number * 1000000 + i * 100000 + 1};
        sim_rng_init(&w->rng, c->run->seed, name);
        for (unsigned k = 0; k < KEYS; k++) {
            snprintf(w->regs[k].key, sizeof w->regs[k].key, "c%u/%u/k %u", c->number, i, k);
            known(&w->regs[k], NULL, NULL);
        }
        if (pail_thread_start(&threads[i], name, work, w, NULL) < 0)
            sim_fail("out of memory");
    }
    for (unsigned i = 0; i < THREADS; i++)
        pail_thread_join(threads[i]);
    pail_s3_unref(c->s3);
    pail_session_unref(c->session);
}

static void run(struct sim_run *run)
{
    static struct client clients[4];
    struct pail_thread *threads[4];
    unsigned n = run->clients < 4 ? run->clients : 4;
    sim_net_begin(run->seed, &(struct sim_net_options){.faults = run->faults},
                  &(struct fake_s3_options){.access_key = "AKIDSIMULATION",
                                            .secret_key = "secret-of-the-simulation",
                                            .min_part_size = MIN_PART,
                                            .seed = run->seed});
    fake_s3_make_bucket(sim_net_s3(), BUCKET);
    sim_env_set(0, "AWS_ACCESS_KEY_ID", "AKIDSIMULATION");
    sim_env_set(0, "AWS_SECRET_ACCESS_KEY", "secret-of-the-simulation");
    sim_env_set(0, "AWS_REGION", "us-east-1");
    for (unsigned i = 0; i < n; i++) {
        char name[16];
        snprintf(name, sizeof name, "client-%u", i + 1);
        clients[i] = (struct client){.run = run, .number = i + 1};
        if (run->faults & SIM_F_SKEW)
            sim_clock_skew(i + 1, sim_rng_range(&run->rng, -3000, 3000) * PAIL_NS_PER_S);
        threads[i] = sim_thread_on(i + 1, name, run_client, &clients[i]);
    }
    for (unsigned i = 0; i < n; i++)
        pail_thread_join(threads[i]);
    struct sim_net_stats stats;
    sim_net_stats(&stats);
    SIM_CHECK(stats.started == stats.done, "%llu exchanges never ended",
              (unsigned long long)(stats.started - stats.done));
}

const struct sim_scenario sim_scenario_s3 = {
    .name = "s3",
    .summary = "the S3 client on a bad network, against registers",
    .clients = 2,
    .ops = 40,
    .faults = SIM_F_NET | SIM_F_SKEW,
    .check_leaks = true,
    .run = run,
};
