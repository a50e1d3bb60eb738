/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The metadata database through kills and power cuts: what is left is a moment of the past, and not
 * too far back.
 *
 * Threads write settings, journal rows and upload rows; every change has a number. After a crash
 * the database must be what it was directly after some change (changes are never kept without those
 * before them), and that change must not lie before the last one that was promised: for a power cut
 * the last durable sync or add that returned, for a kill also the last plain sync. A database that
 * was set aside as damaged is a failure: nothing here damages one.
 *
 * Plant: meta.ack (the scenario takes an ordinary change for promised).
 */
#include <errno.h>
#include <stdlib.h>

#include "base/clock.h"
#include "meta/meta.h"

#include "sim/scenarios.h"

#define KEYS 12u
#define THREADS 3u
#define LIFETIMES 4u
#define MAX_CHANGES 20000u
#define BIG 6000u

enum kind { SET, ADD, REMOVE }; /* a setting; a journal or upload row, and its end */

struct change {
    enum kind kind;
    unsigned key; /* SET */
    uint64_t row; /* ADD and REMOVE: number of the ADD */
    bool done;    /* it returned */
};

static struct {
    struct sim_run *run;
    struct sim_disk *disk;
    struct pail_meta *meta;
    struct change changes[MAX_CHANGES]; /* change i has number i + 1 */
    unsigned n;
    unsigned durable, committed; /* promised: number of changes */
    bool heavy;
    unsigned lifetime;
} t;

static void must(int rc, const struct pail_error *err)
{
    SIM_CHECK(rc == 0, "%s", err->message);
}

/* ---- Writing --------------------------------------------------------------------------------- */

/* Numbers are given under the database's own order: the caller makes one change at a time. */
static struct pail_mutex order;
static struct pail_cond order_free;
static bool order_taken;

static void take_order(void)
{
    PAIL_LOCKED(&order);
    while (order_taken)
        pail_cond_wait(&order_free, &order);
    order_taken = true;
}

static void give_order(void)
{
    PAIL_LOCKED(&order);
    order_taken = false;
    pail_cond_broadcast(&order_free);
}

static unsigned announce(struct change c)
{
    SIM_CHECK(t.n < MAX_CHANGES, "too many changes");
    t.changes[t.n] = c;
    return ++t.n;
}

static void promise(unsigned number, bool durable)
{
    t.changes[number - 1].done = true;
    if (durable && number > t.durable)
        t.durable = number;
    if (number > t.committed && (durable || sim_plant("meta.ack")))
        t.committed = number;
}

static void set_one(struct sim_rng *rng)
{
    struct pail_error err = PAIL_ERROR_INIT;
    unsigned key = (unsigned)sim_rng_below(rng, KEYS);
    size_t len = t.heavy ? BIG : 30 + sim_rng_below(rng, 200);
    char name[16], *value = malloc(len + 32);
    if (!value)
        sim_fail("out of memory");
    take_order();
    unsigned number = announce((struct change){.kind = SET, .key = key});
    int n = snprintf(value, len + 32, "%u ", number);
    memset(value + n, 'x', len);
    snprintf(name, sizeof name, "key-%u", key);
    must(pail_meta_kv_set(t.meta, pail_str(name), pail_strn(value, (size_t)n + len), &err), &err);
    promise(number, false);
    give_order();
    free(value);
}

static void add_one(struct sim_rng *rng)
{
    struct pail_error err = PAIL_ERROR_INIT;
    char text[32];
    take_order();
    unsigned number = announce((struct change){.kind = ADD, .row = t.n + 1});
    snprintf(text, sizeof text, "row-%u", number);
    if (number % 2) {
        uint64_t id;
        struct pail_bytes payload = {.ptr = text, .len = strlen(text)};
        must(pail_meta_journal_add(t.meta, payload, &id, &err), &err);
    } else {
        must(pail_meta_upload_add(t.meta, PAIL_STR("b"), PAIL_STR("k"), pail_str(text), &err),
             &err);
    }
    promise(number, true);
    give_order();
}

struct find {
    const char *text;
    uint64_t id;
};

static int find_journal(void *ud, uint64_t id, struct pail_bytes payload)
{
    struct find *f = ud;
    if (pail_str_eq(pail_strn(payload.ptr, payload.len), pail_str(f->text)))
        f->id = id;
    return 0;
}

static void remove_one(struct sim_rng *rng)
{
    struct pail_error err = PAIL_ERROR_INIT;
    char text[32];
    take_order();
    uint64_t row = 0;
    for (unsigned i = 0, seen = 0; i < t.n; i++)
        if (t.changes[i].kind == ADD && sim_rng_below(rng, ++seen) == 0)
            row = t.changes[i].row;
    for (unsigned i = 0; i < t.n; i++)
        if (t.changes[i].kind == REMOVE && t.changes[i].row == row)
            row = 0;
    if (row) {
        struct find f = {.text = text};
        snprintf(text, sizeof text, "row-%llu", (unsigned long long)row);
        if (row % 2)
            must(pail_meta_journal(t.meta, find_journal, &f, &err), &err);
        unsigned number = announce((struct change){.kind = REMOVE, .row = row});
        if (row % 2)
            must(pail_meta_journal_remove(t.meta, f.id, &err), &err);
        else
            must(pail_meta_upload_remove(t.meta, pail_str(text), &err), &err);
        promise(number, false);
    }
    give_order();
}

static void sync_now(struct sim_rng *rng)
{
    struct pail_error err = PAIL_ERROR_INIT;
    unsigned done = 0;
    while (done < t.n && t.changes[done].done)
        done++;
    bool durable = sim_rng_below(rng, 2);
    must(pail_meta_sync(t.meta, durable, &err), &err);
    if (done > t.committed)
        t.committed = done;
    if (durable && done > t.durable)
        t.durable = done;
    sim_trace("synced %u%s", done, durable ? ", durable" : "");
}

static void writer(void *arg)
{
    struct sim_rng *rng = arg;
    for (unsigned i = 0; i < t.run->ops * (t.heavy ? 30 : 1) && t.n < MAX_CHANGES - 100; i++) {
        unsigned what = (unsigned)sim_rng_below(rng, t.heavy ? 400 : 40);
        if (what == 0)
            sync_now(rng);
        else if (what <= 2)
            add_one(rng);
        else if (what <= 4)
            remove_one(rng);
        else
            set_one(rng);
        if (sim_rng_below(rng, 10) == 0)
            pail_sleep_ns(sim_rng_range(rng, 0, 50 * PAIL_NS_PER_MS));
    }
}

/* ---- What is left ---------------------------------------------------------------------------- */

struct contents {
    unsigned keys[KEYS]; /* number of the change; 0: none */
    bool rows[MAX_CHANGES + 1];
};

static void contents_after(unsigned changes, struct contents *c)
{
    memset(c, 0, sizeof *c);
    for (unsigned i = 0; i < changes; i++) {
        const struct change *x = &t.changes[i];
        if (x->kind == SET)
            c->keys[x->key] = i + 1;
        else
            c->rows[x->row] = x->kind == ADD;
    }
}

static void see_row(struct contents *c, const char *p, size_t n)
{
    unsigned row = 0;
    char text[32];
    snprintf(text, sizeof text, "%.*s", (int)n, p);
    SIM_CHECK(sscanf(text, "row-%u", &row) == 1 && row <= t.n && !c->rows[row], "a strange row: %s",
              text);
    c->rows[row] = true;
}

static int see_journal(void *ud, uint64_t id, struct pail_bytes payload)
{
    see_row(ud, payload.ptr, payload.len);
    return 0;
}

static int see_upload(void *ud, struct pail_str bucket, struct pail_str key, struct pail_str id)
{
    see_row(ud, id.ptr, id.len);
    return 0;
}

static void read_contents(struct contents *c)
{
    struct pail_error err = PAIL_ERROR_INIT;
    memset(c, 0, sizeof *c);
    for (unsigned k = 0; k < KEYS; k++) {
        struct pail_buf b = PAIL_BUF_INIT(100000);
        char name[16];
        snprintf(name, sizeof name, "key-%u", k);
        int rc = pail_meta_kv_get(t.meta, pail_str(name), &b, &err);
        SIM_CHECK(rc == 0 || rc == PAIL_E_FS_NOENT, "%s", err.message);
        if (rc == 0)
            SIM_CHECK(sscanf(pail_buf_cstr(&b), "%u ", &c->keys[k]) == 1, "%s holds garbage", name);
        pail_buf_done(&b);
    }
    must(pail_meta_journal(t.meta, see_journal, c, &err), &err);
    must(pail_meta_uploads(t.meta, see_upload, c, &err), &err);
}

/* The database is that of some moment not before `promised`; later changes never happened. */
static void recover(unsigned promised)
{
    static struct contents is, expected;
    read_contents(&is);
    for (unsigned moment = t.n;; moment--) {
        contents_after(moment, &expected);
        if (memcmp(&is, &expected, sizeof is) == 0) {
            sim_trace("%u changes are left of %u, %u were promised", moment, t.n, promised);
            t.n = moment;
            break;
        }
        SIM_CHECK(moment > promised, "the database is of no moment between change %u and %u",
                  promised, t.n);
    }
    for (unsigned i = 0; i < t.n; i++)
        t.changes[i].done = true;
}

static void open_meta(void)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_meta_open_result result;
    must(pail_file_mkdirs("/m1/state", 0700, &err), &err);
    must(pail_meta_open("/m1/state", &t.meta, &result, &err), &err);
    SIM_CHECK(!result.set_aside, "the database was set aside as %s", result.aside);
    SIM_CHECK(!t.lifetime || !result.created || !t.durable,
              "a new database was begun in lifetime %u", t.lifetime + 1);
}

static void live(void *arg)
{
    struct pail_thread *threads[THREADS];
    struct sim_rng rngs[THREADS];
    open_meta();
    recover(*(unsigned *)arg);
    /* What the last lifetime left un-synced is promised again only by a sync of this one. */
    t.durable = t.durable < t.n ? t.durable : t.n;
    t.committed = t.committed < t.n ? t.committed : t.n;
    for (unsigned i = 0; i < THREADS; i++) {
        char name[32];
        snprintf(name, sizeof name, "writer-%u.%u", t.lifetime, i);
        sim_rng_init(&rngs[i], t.run->seed, name);
        if (pail_thread_start(&threads[i], name, writer, &rngs[i], NULL) < 0)
            sim_fail("out of memory");
    }
    for (unsigned i = 0; i < THREADS; i++)
        pail_thread_join(threads[i]);
    pail_meta_close(t.meta);
    t.committed = t.n;
}

static void run(struct sim_run *run)
{
    unsigned promised = 0;
    t.run = run;
    t.disk = sim_disk_new("m1", NULL);
    t.heavy = sim_rng_below(&run->rng, 12) == 0;
    pail_mutex_init(&order, "order", PAIL_RANK_FS);
    pail_cond_init(&order_free);
    for (t.lifetime = 0; t.lifetime < LIFETIMES; t.lifetime++) {
        struct pail_thread *thread = sim_thread_on(1, "lifetime", live, &promised);
        int64_t longest = (t.heavy ? 3 : 1) * (int64_t)run->ops * 20 * PAIL_NS_PER_MS;
        pail_sleep_ns(sim_rng_range(&run->rng, 0, longest));
        bool kill = run->faults & SIM_F_KILL, power = run->faults & SIM_F_POWER;
        if (kill && power)
            kill = sim_rng_below(&run->rng, 2);
        if (kill || power)
            sim_machine_crash(1, t.disk, kill ? SIM_KILL : SIM_POWER);
        pail_thread_join(thread);
        promised = kill ? t.committed : t.durable;
        order_taken = false;
    }
    unsigned before = t.n;
    pail_thread_join(sim_thread_on(1, "lifetime", live, &promised));
    SIM_CHECK(t.n >= before || run->faults, "changes are lost without a crash");
}

const struct sim_scenario sim_scenario_meta = {
    .name = "meta",
    .summary = "the metadata database through kills and power cuts",
    .clients = 1,
    .ops = 60,
    .faults = SIM_F_KILL | SIM_F_POWER,
    .run = run,
};
