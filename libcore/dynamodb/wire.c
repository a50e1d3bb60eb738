/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where in parameters and answers DynamoDB's values are.
 *
 * boto3 asks the model; here it is a table of paths, because the places are few and old, and so
 * everything above stands on the public interface alone. "*" is any key of a map, "[]" any element
 * of a list. A test compares the table with the model.
 */
#include <pail/dynamodb.h>

#include "base/str.h"

static const char *const input_paths[] = {
    "AttributeUpdates.*.Value",
    "ExclusiveStartKey.*",
    "Expected.*.AttributeValueList.[]",
    "Expected.*.Value",
    "ExpressionAttributeValues.*",
    "FilterSpecification.ExpressionAttributeValues.*",
    "Item.*",
    "Key.*",
    "KeyConditions.*.AttributeValueList.[]",
    "Parameters.[]",
    "QueryFilter.*.AttributeValueList.[]",
    "RequestItems.*.Keys.[].*",
    "RequestItems.*.[].DeleteRequest.Key.*",
    "RequestItems.*.[].PutRequest.Item.*",
    "ScanFilter.*.AttributeValueList.[]",
    "SearchVector.[]",
    "Statements.[].Parameters.[]",
    "TransactItems.[].*.ExpressionAttributeValues.*",
    "TransactItems.[].*.Item.*",
    "TransactItems.[].*.Key.*",
    "TransactStatements.[].Parameters.[]",
};

static const char *const output_paths[] = {
    "Attributes.*",
    "CancellationReasons.[].Item.*",
    "ExportDescription.FilterSpecification.ExpressionAttributeValues.*",
    "Item.*",
    "ItemCollectionMetrics.*.[].ItemCollectionKey.*",
    "ItemCollectionMetrics.ItemCollectionKey.*",
    "Items.[].*",
    "LastEvaluatedKey.*",
    "Responses.*.[].*",
    "Responses.[].Error.Item.*",
    "Responses.[].Item.*",
    "SearchResults.[].Item.*",
    "UnprocessedItems.*.[].DeleteRequest.Key.*",
    "UnprocessedItems.*.[].PutRequest.Item.*",
    "UnprocessedKeys.*.Keys.[].*",
};

#define MAX_PATHS (PAIL_ARRAY_LEN(input_paths))
_Static_assert(PAIL_ARRAY_LEN(output_paths) <= MAX_PATHS, "struct paths is as long as the longer");

typedef int convert_fn(struct pail_values *vs, const struct pail_value *v, struct pail_value **ret,
                       struct pail_error *err);

struct walk {
    struct pail_values *vs;
    convert_fn *convert;
    struct pail_error *err;
    int rc;
};

/* What is left of those paths that fit so far. */
struct paths {
    struct pail_str rest[MAX_PATHS];
    size_t n;
};

/* The paths whose first step is this key of a map, or, key.ptr NULL, an element of a list. */
static void step(const struct paths *from, struct pail_str key, struct paths *to)
{
    to->n = 0;
    for (size_t i = 0; i < from->n; i++) {
        struct pail_str rest = from->rest[i], first;
        if (!pail_str_split(&rest, '.', &first))
            continue;
        bool fits = key.ptr ? pail_str_eqz(first, "*") || pail_str_eq(first, key)
                            : pail_str_eqz(first, "[]");
        if (fits)
            to->rest[to->n++] = rest;
    }
}

static bool is_end(const struct paths *p)
{
    for (size_t i = 0; i < p->n; i++)
        if (!p->rest[i].ptr)
            return true;
    return false;
}

static struct pail_value *visit(struct walk *w, const struct pail_value *v,
                                const struct paths *paths)
{
    enum pail_value_type type = pail_value_type(v);
    struct pail_value *to = NULL;
    struct paths next;

    if (is_end(paths)) {
        w->rc = w->convert(w->vs, v, &to, w->err);
        return to;
    }
    if (!paths->n || (type != PAIL_VAL_MAP && type != PAIL_VAL_LIST))
        return pail_value_copy(w->vs, v);
    to = type == PAIL_VAL_MAP ? pail_value_map(w->vs) : pail_value_list(w->vs);
    for (size_t i = 0; w->rc == 0 && i < pail_value_len(v); i++) {
        struct pail_str key = pail_value_key_at(v, i);
        step(paths, key, &next);
        struct pail_value *child = visit(w, pail_value_at(v, i), &next);
        if (type == PAIL_VAL_MAP)
            pail_value_set(w->vs, to, key, child);
        else
            pail_value_append(w->vs, to, child);
    }
    return to;
}

static int run(struct pail_values *vs, const struct pail_value *v, const char *const *names,
               size_t n, convert_fn *convert, struct pail_value **ret, struct pail_error *err)
{
    struct walk w = {.vs = vs, .convert = convert, .err = err};
    struct paths all = {.n = n};
    for (size_t i = 0; i < n; i++)
        all.rest[i] = pail_str(names[i]);
    struct pail_value *to = visit(&w, v, &all);
    int rc = w.rc < 0 ? w.rc : pail_values_check(vs, err);
    if (rc == 0)
        *ret = to;
    return rc;
}

int pail_dynamodb_to_wire(struct pail_values *vs, const struct pail_value *params,
                          struct pail_value **ret, struct pail_error *err)
{
    return run(vs, params, input_paths, PAIL_ARRAY_LEN(input_paths), pail_dynamodb_serialize, ret,
               err);
}

int pail_dynamodb_from_wire(struct pail_values *vs, const struct pail_value *answer,
                            struct pail_value **ret, struct pail_error *err)
{
    return run(vs, answer, output_paths, PAIL_ARRAY_LEN(output_paths), pail_dynamodb_deserialize,
               ret, err);
}
