/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A call in plain values: the expressions become texts, values become typed, pail_call is made, and
 * the answer, or the refusal, comes back in plain values in the caller's memory. The same for both
 * forms; the asynchronous one keeps what it needs for the second half in a struct under_way.
 */
#include "dynamodb/call.h"

#include "base/alloc.h"
#include "base/str.h"

static void put_str(struct pail_values *vs, struct pail_value *map, struct pail_str name,
                    const char *text)
{
    if (text)
        pail_value_set(vs, map, name, pail_value_str(vs, pail_str(text)));
}

static const char *const return_names[] = {
    [PAIL_DYNAMODB_RETURN_NONE] = "NONE",
    [PAIL_DYNAMODB_RETURN_ALL_OLD] = "ALL_OLD",
    [PAIL_DYNAMODB_RETURN_UPDATED_OLD] = "UPDATED_OLD",
    [PAIL_DYNAMODB_RETURN_ALL_NEW] = "ALL_NEW",
    [PAIL_DYNAMODB_RETURN_UPDATED_NEW] = "UPDATED_NEW",
};
static const char *const capacity_names[] = {
    [PAIL_DYNAMODB_CAPACITY_NONE] = "NONE",
    [PAIL_DYNAMODB_CAPACITY_TOTAL] = "TOTAL",
    [PAIL_DYNAMODB_CAPACITY_INDEXES] = "INDEXES",
};

static void put_page(struct pail_values *vs, struct pail_value *params,
                     const struct pail_dynamodb_options *o)
{
    if (o->index.len)
        pail_value_set(vs, params, PAIL_STR("IndexName"), pail_value_str(vs, o->index));
    if (o->limit)
        pail_value_set(vs, params, PAIL_STR("Limit"), pail_value_int(vs, o->limit));
    if (pail_value_len(o->start_key))
        pail_value_set(vs, params, PAIL_STR("ExclusiveStartKey"),
                       pail_value_copy(vs, o->start_key));
}

static int put_options(struct pail_values *vs, struct pail_value *params,
                       const struct pail_dynamodb_options *o, unsigned takes,
                       struct pail_error *err)
{
    if (o->return_values < PAIL_ARRAY_LEN(return_names) && (takes & PAIL_TAKES_RETURN))
        put_str(vs, params, PAIL_STR("ReturnValues"), return_names[o->return_values]);
    if (o->capacity < PAIL_ARRAY_LEN(capacity_names) && (takes & PAIL_TAKES_CAPACITY))
        put_str(vs, params, PAIL_STR("ReturnConsumedCapacity"), capacity_names[o->capacity]);
    if (o->return_item_on_failure && (takes & PAIL_TAKES_FAILURE))
        put_str(vs, params, PAIL_STR("ReturnValuesOnConditionCheckFailure"), "ALL_OLD");
    if (o->item_collection_metrics && (takes & PAIL_TAKES_METRICS))
        put_str(vs, params, PAIL_STR("ReturnItemCollectionMetrics"), "SIZE");
    if (o->consistent_read && (takes & PAIL_TAKES_CONSISTENT))
        pail_value_set(vs, params, PAIL_STR("ConsistentRead"), pail_value_bool(vs, true));
    if (o->backward && (takes & PAIL_TAKES_ORDER))
        pail_value_set(vs, params, PAIL_STR("ScanIndexForward"), pail_value_bool(vs, false));
    if (takes & PAIL_TAKES_PAGE)
        put_page(vs, params, o);
    if (!(takes & PAIL_TAKES_TABLE))
        return 0;
    for (size_t i = 0; i < pail_value_len(o->more); i++)
        pail_value_set(vs, params, pail_value_key_at(o->more, i),
                       pail_value_copy(vs, pail_value_at(o->more, i)));
    return o->expr ? pail_dynamodb_expr_apply(o->expr, vs, params, err) : 0;
}

int pail_dynamodb_params(struct pail_values *vs, const char *table, const char *subject,
                         const struct pail_value *v, const struct pail_dynamodb_options *options,
                         unsigned takes, struct pail_value **ret, struct pail_error *err)
{
    struct pail_value *params = pail_value_map(vs);

    put_str(vs, params, PAIL_STR("TableName"), table);
    if (subject) {
        if (pail_value_type(v) != PAIL_VAL_MAP)
            return pail_error_set(err, PAIL_D_USAGE, PAIL_E_INVALID, "%s is no map", subject);
        pail_value_set(vs, params, pail_str(subject), pail_value_copy(vs, v));
    }
    int rc = options ? put_options(vs, params, options, takes, err) : 0;
    if (rc == 0)
        rc = pail_values_check(vs, err);
    if (rc == 0)
        *ret = params;
    return rc;
}

/* ---- The way back ---------------------------------------------------------------------------- */

static int give_answer(const struct pail_result *r, struct pail_values *vs, struct pail_value **ret,
                       struct pail_error *err)
{
    return ret ? pail_dynamodb_from_wire(vs, pail_result_value(r), ret, err) : 0;
}

/* The failure that is being told about stays the failure, whatever becomes of this. */
static void give_refusal(const struct pail_result *r, struct pail_values *vs,
                         struct pail_value **ret)
{
    struct pail_value *v = NULL;
    if (r && ret && pail_dynamodb_from_wire(vs, pail_result_value(r), &v, NULL) == 0)
        *ret = v;
}

/* ---- The way there --------------------------------------------------------------------------- */

static int check_memory(const struct pail_dynamodb_options *o, const struct pail_values *vs,
                        struct pail_value *const *ret, struct pail_error *err)
{
    if (vs || (!ret && !(o && o->ret_refusal)))
        return 0;
    return pail_error_set(err, PAIL_D_USAGE, PAIL_E_INVALID,
                          "an answer is wanted, but there are no values to put it in");
}

static struct pail_call_args call_args(const struct pail_dynamodb_options *o,
                                       const struct pail_value *wire)
{
    struct pail_call_args args = {.params = wire};
    if (o)
        args.call = o->call;
    return args;
}

static struct pail_value **refusal_of(const struct pail_dynamodb_options *o)
{
    return o ? o->ret_refusal : NULL;
}

int pail_dynamodb_send(struct pail_client *c, const char *operation,
                       const struct pail_value *params, const struct pail_dynamodb_options *options,
                       struct pail_values *vs, struct pail_value **ret, struct pail_error *err)
{
    PAIL_CLEANUP(pail_values_free_p) struct pail_values *tmp = NULL;
    PAIL_CLEANUP(pail_result_free_p) struct pail_result *result = NULL;
    PAIL_CLEANUP(pail_result_free_p) struct pail_result *refusal = NULL;
    struct pail_value *wire;

    int rc = check_memory(options, vs, ret, err);
    if (rc == 0)
        rc = pail_values_new(&tmp, err);
    if (rc == 0)
        rc = pail_dynamodb_to_wire(tmp, params, &wire, err);
    if (rc < 0)
        return rc;
    struct pail_call_args args = call_args(options, wire);
    args.ret_refusal = &refusal;
    rc = pail_call_with(c, operation, &args, &result, err);
    if (rc == 0)
        return give_answer(result, vs, ret, err);
    give_refusal(refusal, vs, refusal_of(options));
    return rc;
}

struct under_way {
    struct pail_values *vs;
    struct pail_value **ret, **ret_refusal;
    struct pail_result *result, *refusal;
    pail_done_fn *done;
    void *ud;
};

static void under_way_free(struct under_way *u)
{
    pail_result_free(u->result);
    pail_result_free(u->refusal);
    pail_free(u);
}

static void on_done(void *ud, const struct pail_error *err)
{
    struct under_way *u = ud;
    struct pail_error own = PAIL_ERROR_INIT;

    if (err)
        give_refusal(u->refusal, u->vs, u->ret_refusal);
    else if (give_answer(u->result, u->vs, u->ret, &own) < 0)
        err = &own;
    u->done(u->ud, err);
    under_way_free(u);
}

int pail_dynamodb_send_async(struct pail_client *c, const char *operation,
                             const struct pail_value *params,
                             const struct pail_dynamodb_options *options, struct pail_values *vs,
                             struct pail_value **ret, pail_done_fn *done, void *ud,
                             struct pail_call **ret_call, struct pail_error *err)
{
    PAIL_CLEANUP(pail_values_free_p) struct pail_values *tmp = NULL;
    struct pail_value *wire;
    struct under_way *u = pail_zalloc(sizeof(*u));
    if (!u)
        return pail_error_nomem(err);
    *u = (struct under_way){
        .vs = vs, .ret = ret, .ret_refusal = refusal_of(options), .done = done, .ud = ud};

    int rc = check_memory(options, vs, ret, err);
    if (rc == 0)
        rc = pail_values_new(&tmp, err);
    if (rc == 0)
        rc = pail_dynamodb_to_wire(tmp, params, &wire, err);
    if (rc == 0) {
        struct pail_call_args args = call_args(options, wire);
        args.ret_refusal = &u->refusal;
        rc = pail_call_async(c, operation, &args, &u->result, on_done, u, ret_call, err);
    }
    if (rc < 0) {
        give_refusal(u->refusal, vs, u->ret_refusal);
        under_way_free(u);
    }
    return rc;
}

/* ---- Any operation --------------------------------------------------------------------------- */

/* The parameters with the expressions; borrowed where there are none. */
static int with_expr(struct pail_values *tmp, const struct pail_value *params,
                     const struct pail_dynamodb_options *options, const struct pail_value **ret,
                     struct pail_error *err)
{
    struct pail_value *copy = params ? pail_value_copy(tmp, params) : pail_value_map(tmp);
    int rc = options && options->expr ? pail_dynamodb_expr_apply(options->expr, tmp, copy, err)
                                      : pail_values_check(tmp, err);
    if (rc == 0)
        *ret = copy;
    return rc;
}

int pail_dynamodb_call(struct pail_client *c, const char *operation,
                       const struct pail_value *params, const struct pail_dynamodb_options *options,
                       struct pail_values *vs, struct pail_value **ret, struct pail_error *err)
{
    PAIL_CLEANUP(pail_values_free_p) struct pail_values *tmp = NULL;
    const struct pail_value *all = NULL;
    int rc = pail_values_new(&tmp, err);
    if (rc == 0)
        rc = with_expr(tmp, params, options, &all, err);
    return rc < 0 ? rc : pail_dynamodb_send(c, operation, all, options, vs, ret, err);
}

int pail_dynamodb_call_async(struct pail_client *c, const char *operation,
                             const struct pail_value *params,
                             const struct pail_dynamodb_options *options, struct pail_values *vs,
                             struct pail_value **ret, pail_done_fn *done, void *ud,
                             struct pail_call **ret_call, struct pail_error *err)
{
    PAIL_CLEANUP(pail_values_free_p) struct pail_values *tmp = NULL;
    const struct pail_value *all = NULL;
    int rc = pail_values_new(&tmp, err);
    if (rc == 0)
        rc = with_expr(tmp, params, options, &all, err);
    return rc < 0 ? rc
                  : pail_dynamodb_send_async(c, operation, all, options, vs, ret, done, ud,
                                             ret_call, err);
}
