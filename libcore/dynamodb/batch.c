/* SPDX-License-Identifier: Apache-2.0 */
/*
 * BatchGetItem and BatchWriteItem of any length: the requests become one list of typed elements
 * that know their table. Each round sends a piece from its front; what comes back unprocessed goes
 * to its end. The pauses grow while nothing is processed and begin anew when something is: a table
 * that is slow is not a table that is stuck.
 */
#include "dynamodb/batch.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/rand.h"
#include "base/str.h"
#include "base/thread.h"
#include "dynamodb/call.h"

#define IDLE_MAX 10
#define PAUSE_FIRST_NS (50 * PAIL_NS_PER_MS)
#define PAUSE_MAX_NS (20 * PAIL_NS_PER_S)

int pail_dynamodb_patience(struct pail_dynamodb_patience *p, const char *operation, size_t sent,
                           size_t left, struct pail_error *err)
{
    p->idle = left < sent ? 0 : p->idle + 1;
    if (!left)
        return 0;
    if (p->idle == IDLE_MAX)
        return pail_error_set(err, PAIL_D_SERVICE, PAIL_E_THROTTLED,
                              "%s: nothing was processed in %d attempts", operation, IDLE_MAX);
    int64_t pause = PAUSE_FIRST_NS;
    for (unsigned i = 0; i < p->idle && pause < PAUSE_MAX_NS; i++)
        pause *= 2;
    if (pause > PAUSE_MAX_NS)
        pause = PAUSE_MAX_NS;
    pause = (int64_t)((double)pause * pail_rand_unit());
    if (p->deadline_mono_ns != PAIL_NEVER && pail_clock_mono_ns() + pause >= p->deadline_mono_ns)
        return pail_error_set(err, PAIL_D_SERVICE, PAIL_E_DEADLINE,
                              "%s: the time is over and not everything is processed", operation);
    pail_sleep_ns(pause);
    return 0;
}

struct pail_call_options pail_dynamodb_time_left(const struct pail_dynamodb_patience *p,
                                                 struct pail_call_options options)
{
    if (p->deadline_mono_ns != PAIL_NEVER) {
        int64_t left = (p->deadline_mono_ns - pail_clock_mono_ns()) / PAIL_NS_PER_MS;
        options.timeout_ms = left > 0 ? left : 1;
    }
    return options;
}

struct element {
    struct pail_str table;
    const struct pail_value *request; /* {"PutRequest": ...}, or a key; typed */
};

struct batch {
    struct pail_client *client;
    bool get;
    const struct pail_dynamodb_options *options;
    struct pail_dynamodb_patience patience;
    struct pail_values *own;         /* elements, until the end */
    const struct pail_value *tables; /* "RequestItems", typed: of get, what goes beside the keys */
    struct element *elements;
    size_t first, n, cap;
    struct pail_values *vs; /* the caller's */
    struct pail_value *found;
};

static const char *operation(const struct batch *b)
{
    return b->get ? "BatchGetItem" : "BatchWriteItem";
}

/* ---- The list -------------------------------------------------------------------------------- */

static int add(struct batch *b, struct pail_str table, const struct pail_value *request,
               struct pail_error *err)
{
    if (b->n == b->cap) {
        size_t cap = b->cap ? b->cap * 2 : 64;
        struct element *elements = pail_reallocarray(b->elements, cap, sizeof(*elements));
        if (!elements)
            return pail_error_nomem(err);
        b->elements = elements;
        b->cap = cap;
    }
    b->elements[b->n++] = (struct element){table, request};
    return 0;
}

/* All of {"Music": {"Keys": [...]}} or {"Music": [...]}; its memory is b->own's. */
static int add_all(struct batch *b, const struct pail_value *tables, struct pail_error *err)
{
    int rc = 0;
    for (size_t i = 0; i < pail_value_len(tables); i++) {
        struct pail_str table = pail_value_key_at(tables, i);
        const struct pail_value *list = pail_value_at(tables, i);
        if (b->get)
            list = pail_value_get(list, PAIL_STR("Keys"));
        if (pail_value_type(list) != PAIL_VAL_LIST) {
            table = pail_str_sub(table, 0, 100);
            return pail_error_set(err, PAIL_D_USAGE, PAIL_E_INVALID, "%s: %.*s has no list of %s",
                                  operation(b), PAIL_STR_ARG(table), b->get ? "keys" : "requests");
        }
        for (size_t k = 0; rc == 0 && k < pail_value_len(list); k++)
            rc = add(b, table, pail_value_at(list, k), err);
    }
    return rc;
}

/* n elements from the front as "RequestItems". */
static struct pail_value *piece(const struct batch *b, struct pail_values *vs, size_t n)
{
    struct pail_value *items = pail_value_map(vs);
    for (size_t i = b->first; i < b->first + n; i++) {
        const struct element *e = &b->elements[i];
        struct pail_value *list = pail_value_get(items, e->table);
        if (list && b->get)
            list = pail_value_get(list, PAIL_STR("Keys"));
        if (!list) {
            list = pail_value_list(vs);
            struct pail_value *entry = list;
            if (b->get) {
                entry = pail_value_copy(vs, pail_value_get(b->tables, e->table));
                pail_value_set(vs, entry, PAIL_STR("Keys"), list);
            }
            pail_value_set(vs, items, e->table, entry);
        }
        pail_value_append(vs, list, pail_value_copy(vs, e->request));
    }
    return items;
}

/* ---- Rounds ---------------------------------------------------------------------------------- */

/* The items of one answer, behind those that were found. */
static int keep_found(struct batch *b, const struct pail_value *answer, struct pail_error *err)
{
    struct pail_value *plain;
    int rc = b->vs ? pail_dynamodb_from_wire(b->vs, answer, &plain, err) : 0;
    if (rc < 0 || !b->vs)
        return rc;
    const struct pail_value *tables = pail_value_get(plain, PAIL_STR("Responses"));
    for (size_t i = 0; i < pail_value_len(tables); i++) {
        struct pail_str table = pail_value_key_at(tables, i);
        const struct pail_value *items = pail_value_at(tables, i);
        struct pail_value *list = pail_value_get(b->found, table);
        if (!list)
            list = pail_value_set(b->vs, b->found, table, pail_value_list(b->vs));
        for (size_t k = 0; k < pail_value_len(items); k++)
            pail_value_append(b->vs, list, pail_value_at(items, k));
    }
    return pail_values_check(b->vs, err);
}

static int take_answer(struct batch *b, const struct pail_value *answer, struct pail_error *err)
{
    const struct pail_value *left = pail_value_get(answer, b->get ? PAIL_STR("UnprocessedKeys")
                                                                  : PAIL_STR("UnprocessedItems"));
    int rc = b->get ? keep_found(b, answer, err) : 0;
    if (rc < 0 || !pail_value_len(left))
        return rc;
    left = pail_value_copy(b->own, left);
    rc = pail_values_check(b->own, err);
    return rc < 0 ? rc : add_all(b, left, err);
}

static void tell_refusal(const struct batch *b, const struct pail_result *refusal)
{
    const struct pail_dynamodb_options *o = b->options;
    struct pail_values *vs = b->vs;
    struct pail_value *v = NULL;
    if (!o || !o->ret_refusal || !vs)
        return;
    struct pail_value *wire = refusal ? pail_value_copy(vs, pail_result_value(refusal))
                                      : pail_value_map(vs);
    pail_value_set(vs, wire, b->get ? PAIL_STR("UnprocessedKeys") : PAIL_STR("UnprocessedItems"),
                   piece(b, vs, b->n - b->first));
    if (pail_dynamodb_from_wire(vs, wire, &v, NULL) < 0)
        return;
    if (b->get)
        pail_value_set(vs, v, PAIL_STR("Responses"), b->found);
    *o->ret_refusal = v;
}

static int one_round(struct batch *b, struct pail_result **ret_refusal, struct pail_error *err)
{
    PAIL_CLEANUP(pail_values_free_p) struct pail_values *tmp = NULL;
    PAIL_CLEANUP(pail_result_free_p) struct pail_result *result = NULL;
    size_t most = b->get ? PAIL_DYNAMODB_BATCH_KEYS : PAIL_DYNAMODB_BATCH_WRITES;
    size_t n = b->n - b->first < most ? b->n - b->first : most;
    struct pail_call_args args = {.ret_refusal = ret_refusal};
    struct pail_value *params = NULL;

    int rc = pail_values_new(&tmp, err);
    if (rc == 0)
        rc = pail_dynamodb_params(tmp, NULL, NULL, NULL, b->options,
                                  PAIL_TAKES_CAPACITY | (b->get ? 0 : PAIL_TAKES_METRICS), &params,
                                  err);
    if (rc < 0)
        return rc;
    pail_value_set(tmp, params, PAIL_STR("RequestItems"), piece(b, tmp, n));
    rc = pail_values_check(tmp, err);
    if (rc < 0)
        return rc;
    if (b->options)
        args.call = b->options->call;
    args.call = pail_dynamodb_time_left(&b->patience, args.call);
    args.params = params;
    rc = pail_call_with(b->client, operation(b), &args, &result, err);
    if (rc < 0)
        return rc;
    size_t before = b->n;
    b->first += n;
    rc = take_answer(b, pail_result_value(result), err);
    return rc < 0 ? rc : pail_dynamodb_patience(&b->patience, operation(b), n, b->n - before, err);
}

static int run(struct batch *b, const struct pail_value *request_items, struct pail_error *err)
{
    struct pail_value *plain, *wire;
    int rc = pail_values_new(&b->own, err);
    if (rc < 0)
        return rc;
    plain = pail_value_map(b->own);
    pail_value_set(b->own, plain, PAIL_STR("RequestItems"), pail_value_copy(b->own, request_items));
    rc = pail_dynamodb_to_wire(b->own, plain, &wire, err);
    if (rc < 0)
        return rc;
    b->tables = pail_value_get(wire, PAIL_STR("RequestItems"));
    rc = add_all(b, b->tables, err);
    while (rc == 0 && b->first < b->n) {
        PAIL_CLEANUP(pail_result_free_p) struct pail_result *refusal = NULL;
        rc = one_round(b, &refusal, err);
        if (rc < 0)
            tell_refusal(b, refusal);
    }
    return rc;
}

static int batch(struct batch *b, const struct pail_value *request_items, struct pail_error *err)
{
    int64_t timeout_ms = b->options ? b->options->call.timeout_ms : 0;
    b->patience.deadline_mono_ns = timeout_ms > 0
                                       ? pail_deadline_after_ns(timeout_ms * PAIL_NS_PER_MS)
                                       : PAIL_NEVER;
    int rc = run(b, request_items, err);
    pail_free(b->elements);
    pail_values_free(b->own);
    return rc;
}

int pail_dynamodb_batch_get(struct pail_client *c, const struct pail_value *request_items,
                            const struct pail_dynamodb_options *options, struct pail_values *vs,
                            struct pail_value **ret, struct pail_error *err)
{
    struct batch b = {.client = c, .get = true, .options = options, .vs = vs};
    b.found = pail_value_map(vs);
    int rc = pail_values_check(vs, err);
    if (rc == 0)
        rc = batch(&b, request_items, err);
    if (rc == 0)
        *ret = b.found;
    return rc;
}

int pail_dynamodb_batch_write(struct pail_client *c, const struct pail_value *request_items,
                              const struct pail_dynamodb_options *options, struct pail_values *vs,
                              struct pail_error *err)
{
    struct batch b = {.client = c, .options = options, .vs = vs};
    return batch(&b, request_items, err);
}
