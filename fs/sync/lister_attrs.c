/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sync/lister_attrs.c - attributes that listings do not give: HEADs, many at once.
 *
 * The calling thread keeps the window full, waits, and puts the answers into fs/meta; done
 * callbacks only hand their job over, because they run on network threads. An object that is gone
 * by now is absent; one that may not be looked at keeps its attributes unknown, so that one
 * forbidden object does not make a directory unreadable. Any other error ends the run when what is
 * under way has ended.
 */
#include "base/alloc.h"
#include "base/clock.h"
#include "base/logging.h"
#include "base/str.h"
#include "base/thread.h"
#include "sync/lister_impl.h"

#define DEFAULT_PARALLEL 32u

struct pail_head_job {
    struct pail_head_job *next;     /* in order of addition */
    struct pail_head_job *answered; /* in order of answers */
    struct run *run;
    struct pail_str name, raw, key; /* behind this struct */
    uint64_t stamp;
    int64_t asked_ns;
    struct pail_s3_object object;
    struct pail_error error;
    bool failed;
};

void pail_heads_init(struct pail_heads *h, const struct pail_lister *l, const struct pail_volume *v,
                     uint64_t dir, struct pail_str prefix, size_t max, struct pail_error *err)
{
    *h = (struct pail_heads){.l = l, .v = v, .dir = dir, .prefix = prefix, .max = max, .err = err};
    h->seen_since_ns = INT64_MIN;
    h->tail = &h->jobs;
}

void pail_heads_done(struct pail_heads *h)
{
    while (h->jobs) {
        struct pail_head_job *job = h->jobs;
        h->jobs = job->next;
        pail_s3_object_done(&job->object);
        pail_free(job);
    }
}

static struct pail_str place(char **at, struct pail_str s)
{
    char *p = *at;

    if (s.len)
        memcpy(p, s.ptr, s.len);
    *at += s.len;
    return pail_strn(p, s.len);
}

int pail_heads_add(void *ud, const struct pail_row *row)
{
    struct pail_heads *h = ud;
    struct pail_str component = row->raw.ptr ? row->raw : row->name;

    if (row->seen_ns < h->seen_since_ns)
        return 0;
    struct pail_head_job *job = pail_zalloc(sizeof(*job) + row->name.len + row->raw.len +
                                            h->prefix.len + component.len + 1);
    if (!job)
        return pail_error_nomem(h->err);
    char *at = (char *)(job + 1);
    job->name = place(&at, row->name);
    if (row->raw.ptr)
        job->raw = place(&at, row->raw);
    job->key = place(&at, h->prefix);
    job->key.len += place(&at, component).len;
    *h->tail = job;
    h->tail = &job->next;
    return ++h->n >= h->max;
}

/* ---- A run ---------------------------------------------------------------------------------- */

struct run {
    struct pail_heads *h;
    struct pail_head_job *next;
    size_t in_flight; /* of the calling thread alone */
    struct pail_mutex lock;
    struct pail_cond cond;
    struct pail_head_job *answered, **tail;
};

static void on_done(void *ud, const struct pail_error *error)
{
    struct pail_head_job *job = ud;
    struct run *r = job->run;

    job->failed = error != NULL;
    pail_error_copy(&job->error, error ? error : &(struct pail_error)PAIL_ERROR_INIT);
    PAIL_LOCKED(&r->lock);
    *r->tail = job;
    r->tail = &job->answered;
    pail_cond_signal(&r->cond);
}

static struct pail_head_job *wait_answer(struct run *r)
{
    PAIL_LOCKED(&r->lock);
    while (!r->answered)
        pail_cond_wait(&r->cond, &r->lock);
    struct pail_head_job *job = r->answered;
    r->answered = job->answered;
    if (!r->answered)
        r->tail = &r->answered;
    return job;
}

static int start(struct run *r, struct pail_error *err)
{
    struct pail_head_job *job = r->next;
    struct pail_heads *h = r->h;
    const struct pail_s3_head_args args = {
        .call = pail_volume_call(h->v, PAIL_PRIO_META),
        .bucket = pail_str(h->v->bucket),
        .key = job->key,
    };

    job->run = r;
    job->stamp = pail_meta_stamp(h->l->meta);
    job->asked_ns = pail_clock_wall_ns();
    int rc = pail_lister_check(h->l, h->dir, h->prefix, err);
    if (rc == 0)
        rc = pail_s3_head_async(h->v->s3, &args, &job->object, on_done, job, NULL, err);
    if (rc == 0) {
        r->in_flight++;
        r->next = job->next;
    }
    return rc;
}

static int apply(struct pail_heads *h, struct pail_head_job *job, struct pail_error *err)
{
    struct pail_row row = {
        .parent = h->dir,
        .name = job->name,
        .raw = job->raw,
        .kind = PAIL_KIND_FILE,
        .stamp = job->stamp,
        .seen_ns = job->asked_ns,
    };
    if (job->failed && job->error.code == PAIL_E_NOT_FOUND) {
        row.kind = PAIL_KIND_NONE;
        return pail_lister_put(h->l, &row, false, NULL, err);
    }
    if (job->failed && job->error.code == PAIL_E_ACCESS) {
        PAIL_LOG(PAIL_LC_SYNC, PAIL_LOG_INFO, "attributes stay unknown: %s", job->error.message);
        return 0;
    }
    if (job->failed) {
        pail_error_copy(err, &job->error);
        return job->error.code;
    }
    int rc = pail_lister_put_object(h->l, &row, &job->object, false, NULL, err);
    if (rc < 0)
        return rc;
    PAIL_CLEANUP(pail_attrs_done) struct pail_attrs a;
    pail_attrs_init(&a);
    rc = pail_attrs_from_object(&a, &job->object, err);
    h->answered = true;
    h->attrs_has = a.has;
    return rc;
}

int pail_heads_run(struct pail_heads *h, struct pail_error *err)
{
    struct run r = {.h = h, .next = h->jobs};
    size_t parallel = h->l->parallel_heads ? h->l->parallel_heads : DEFAULT_PARALLEL;
    int rc = 0;

    r.tail = &r.answered;
    pail_mutex_init(&r.lock, "heads", PAIL_RANK_LEAF);
    pail_cond_init(&r.cond);
    while (r.in_flight || (rc == 0 && r.next)) {
        while (rc == 0 && r.next && r.in_flight < parallel)
            rc = start(&r, err);
        if (r.in_flight == 0)
            break;
        struct pail_head_job *job = wait_answer(&r);
        r.in_flight--;
        if (rc == 0)
            rc = apply(h, job, err);
        pail_s3_object_done(&job->object);
    }
    pail_cond_done(&r.cond);
    pail_mutex_done(&r.lock);
    return rc;
}

int pail_lister_complete_attrs(const struct pail_lister *l, const struct pail_volume *v,
                               uint64_t dir, struct pail_str prefix, struct pail_str after,
                               size_t max, struct pail_error *err)
{
    PAIL_CLEANUP(pail_heads_done) struct pail_heads h;

    pail_heads_init(&h, l, v, dir, prefix, max, err);
    if (max == 0)
        return 0;
    int rc = pail_meta_unknown_attrs(l->meta, dir, after, max, pail_heads_add, &h, err);
    return rc < 0 ? rc : pail_heads_run(&h, err);
}
