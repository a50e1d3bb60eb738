/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The items of a query or a scan over all of its pages. One page is in memory; the key where it
 * ended is part of it, and so the page is given up only when the next one is there.
 */
#include "base/alloc.h"
#include "dynamodb/call.h"
#include "dynamodb/table.h"

struct pail_dynamodb_items {
    struct pail_dynamodb_table *table;
    struct pail_dynamodb_options options;
    bool query;
    struct pail_values *extra_vs; /* of extra: the segment */
    struct pail_value *extra;
    struct pail_values *vs; /* the page; before the first one, the caller's start key */
    const struct pail_value *items, *last_key;
    size_t at;
    bool began;
    struct pail_values *refusal_vs; /* where the last refusal lives */
};

static int items_new(struct pail_dynamodb_table *t, bool query,
                     const struct pail_dynamodb_options *options, struct pail_dynamodb_items **ret,
                     struct pail_error *err)
{
    struct pail_dynamodb_items *it = pail_zalloc(sizeof(*it));
    if (!it)
        return pail_error_nomem(err);
    it->table = pail_dynamodb_table_ref(t);
    it->query = query;
    if (options)
        it->options = *options;
    int rc = pail_values_new(&it->vs, err);
    if (rc == 0)
        rc = pail_values_new(&it->extra_vs, err);
    if (rc == 0) {
        it->last_key = pail_value_copy(it->vs, it->options.start_key);
        it->extra = pail_value_map(it->extra_vs);
        rc = pail_values_check(it->vs, err);
    }
    if (rc < 0)
        pail_dynamodb_items_free(it);
    else
        *ret = it;
    return rc;
}

int pail_dynamodb_query_items(struct pail_dynamodb_table *t,
                              const struct pail_dynamodb_options *options,
                              struct pail_dynamodb_items **ret, struct pail_error *err)
{
    return items_new(t, true, options, ret, err);
}

int pail_dynamodb_scan_items(struct pail_dynamodb_table *t, unsigned segment, unsigned segments,
                             const struct pail_dynamodb_options *options,
                             struct pail_dynamodb_items **ret, struct pail_error *err)
{
    struct pail_dynamodb_items *it = NULL;
    int rc = items_new(t, false, options, &it, err);
    if (rc < 0)
        return rc;
    if (segments) {
        pail_value_set(it->extra_vs, it->extra, PAIL_STR("Segment"),
                       pail_value_int(it->extra_vs, segment));
        pail_value_set(it->extra_vs, it->extra, PAIL_STR("TotalSegments"),
                       pail_value_int(it->extra_vs, segments));
    }
    rc = pail_values_check(it->extra_vs, err);
    if (rc < 0)
        pail_dynamodb_items_free(it);
    else
        *ret = it;
    return rc;
}

static int fetch(struct pail_dynamodb_items *it, struct pail_error *err)
{
    PAIL_CLEANUP(pail_values_free_p) struct pail_values *tmp = NULL;
    PAIL_CLEANUP(pail_values_free_p) struct pail_values *page = NULL;
    struct pail_value *params, *answer;

    it->options.start_key = it->last_key;
    int rc = pail_values_new(&tmp, err);
    if (rc == 0)
        rc = pail_values_new(&page, err);
    if (rc == 0)
        rc = pail_dynamodb_page(it->table, it->query, &it->options, it->extra, tmp, &params, err);
    if (rc < 0)
        return rc;
    rc = pail_dynamodb_send(it->table->client, it->query ? "Query" : "Scan", params, &it->options,
                            page, &answer, err);
    if (rc < 0) {
        pail_values_free(it->refusal_vs);
        it->refusal_vs = PAIL_STEAL(page);
        return rc;
    }
    pail_values_free(it->vs);
    it->vs = PAIL_STEAL(page);
    it->items = pail_value_get(answer, PAIL_STR("Items"));
    it->last_key = pail_value_get(answer, PAIL_STR("LastEvaluatedKey"));
    it->at = 0;
    it->began = true;
    return 0;
}

int pail_dynamodb_items_next(struct pail_dynamodb_items *it, const struct pail_value **ret,
                             struct pail_error *err)
{
    while (it->at >= pail_value_len(it->items)) {
        if (it->began && !pail_value_len(it->last_key)) {
            *ret = NULL;
            return 0;
        }
        int rc = fetch(it, err);
        if (rc < 0)
            return rc;
    }
    *ret = pail_value_at(it->items, it->at++);
    return 0;
}

struct pail_dynamodb_items *pail_dynamodb_items_free(struct pail_dynamodb_items *it)
{
    if (!it)
        return NULL;
    pail_values_free(it->vs);
    pail_values_free(it->extra_vs);
    pail_values_free(it->refusal_vs);
    pail_dynamodb_table_unref(it->table);
    pail_free(it);
    return NULL;
}
