/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A scan of many segments at a time. Each segment has one page under way; pages that arrived wait
 * in a list for the calling thread, which hands their items out and asks for the segment's next
 * page only then: a slow callback slows the scan down and memory is bounded by one page a segment.
 */
#include "base/alloc.h"
#include "base/list.h"
#include "dynamodb/call.h"
#include "dynamodb/table.h"

#define SEGMENTS_MAX 1024

struct segment {
    struct scan *scan;
    unsigned number;
    struct pail_values *vs; /* the page under way, or the one that arrived */
    struct pail_value *answer;
    struct pail_call *call; /* calling thread only */
    struct pail_error err;  /* why there is no answer; code 0: there is one */
    struct pail_list link;
};

struct scan {
    struct pail_dynamodb_table *table;
    struct pail_dynamodb_options options;
    int (*each)(void *ud, const struct pail_value *item, struct pail_error *err);
    void *ud;
    unsigned n, running; /* calling thread only */
    struct segment *segments;
    struct pail_mutex lock;
    struct pail_cond arrived;
    struct {
        struct pail_list pages;
    } locked;
};

static void on_page(void *ud, const struct pail_error *err)
{
    struct segment *g = ud;
    struct scan *s = g->scan;
    if (err)
        g->err = *err;
    PAIL_LOCKED(&s->lock);
    pail_list_append(&s->locked.pages, &g->link);
    pail_cond_signal(&s->arrived);
}

/* last_key is of the page before, which is given up here. */
static int ask(struct segment *g, const struct pail_value *last_key, struct pail_error *err)
{
    PAIL_CLEANUP(pail_values_free_p) struct pail_values *tmp = NULL;
    struct scan *s = g->scan;
    struct pail_dynamodb_options options = s->options;
    struct pail_value *params, *extra;

    int rc = pail_values_new(&tmp, err);
    if (rc < 0)
        return rc;
    extra = pail_value_map(tmp);
    pail_value_set(tmp, extra, PAIL_STR("Segment"), pail_value_int(tmp, g->number));
    pail_value_set(tmp, extra, PAIL_STR("TotalSegments"), pail_value_int(tmp, s->n));
    options.start_key = last_key;
    rc = pail_dynamodb_page(s->table, false, &options, extra, tmp, &params, err);
    if (rc < 0)
        return rc;
    g->vs = pail_values_free(g->vs);
    rc = pail_values_new(&g->vs, err);
    if (rc == 0)
        rc = pail_dynamodb_send_async(s->table->client, "Scan", params, &options, g->vs, &g->answer,
                                      on_page, g, &g->call, err);
    if (rc == 0)
        s->running++;
    return rc;
}

static struct segment *next_page(struct scan *s)
{
    PAIL_LOCKED(&s->lock);
    while (pail_list_empty(&s->locked.pages))
        pail_cond_wait(&s->arrived, &s->lock);
    return PAIL_CONTAINER(pail_list_pop(&s->locked.pages), struct segment, link);
}

static int hand_out(struct segment *g, struct pail_error *err)
{
    const struct pail_value *items = pail_value_get(g->answer, PAIL_STR("Items"));
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < pail_value_len(items); i++) {
        rc = g->scan->each(g->scan->ud, pail_value_at(items, i), err);
        if (rc > 0)
            rc = 0;
    }
    if (rc < 0)
        return rc;
    const struct pail_value *last_key = pail_value_get(g->answer, PAIL_STR("LastEvaluatedKey"));
    return pail_value_len(last_key) ? ask(g, last_key, err) : 0;
}

static int run(struct scan *s, struct pail_error *err)
{
    int rc = 0;
    for (unsigned i = 0; rc == 0 && i < s->n; i++)
        rc = ask(&s->segments[i], NULL, err);
    bool cancelled = false;
    for (;;) {
        for (unsigned i = 0; rc < 0 && !cancelled && i < s->n; i++)
            if (s->segments[i].call)
                pail_call_cancel(s->segments[i].call);
        cancelled = rc < 0;
        if (!s->running)
            return rc;
        struct segment *g = next_page(s);
        s->running--;
        g->call = pail_call_unref(g->call);
        if (rc < 0)
            continue;
        if (g->err.code) {
            pail_error_copy(err, &g->err);
            rc = g->err.code;
        } else {
            rc = hand_out(g, err);
        }
    }
}

int pail_dynamodb_scan_parallel(struct pail_dynamodb_table *t, unsigned segments,
                                const struct pail_dynamodb_options *options,
                                int (*each)(void *ud, const struct pail_value *item,
                                            struct pail_error *err),
                                void *ud, struct pail_error *err)
{
    if (segments < 1 || segments > SEGMENTS_MAX)
        return pail_error_set(err, PAIL_D_USAGE, PAIL_E_INVALID, "a scan has 1 to %d segments",
                              SEGMENTS_MAX);
    struct scan s = {.table = t, .each = each, .ud = ud, .n = segments};
    s.segments = pail_calloc(segments, sizeof(*s.segments));
    if (!s.segments)
        return pail_error_nomem(err);
    if (options)
        s.options = *options;
    s.options.ret_refusal = NULL;
    pail_mutex_init(&s.lock, "dynamodb scan", PAIL_RANK_LEAF);
    pail_cond_init(&s.arrived);
    pail_list_init(&s.locked.pages);
    for (unsigned i = 0; i < segments; i++) {
        s.segments[i].scan = &s;
        s.segments[i].number = i;
    }
    int rc = run(&s, err);
    for (unsigned i = 0; i < segments; i++)
        pail_values_free(s.segments[i].vs);
    pail_cond_done(&s.arrived);
    pail_mutex_done(&s.lock);
    pail_free(s.segments);
    return rc;
}
