/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Transactions: the parts are collected as TransactItems in plain values; their values become typed
 * when they are sent. Each part has expressions of its own, whose placeholders are its own too.
 */
#include "base/alloc.h"
#include "base/rand.h"
#include "base/str.h"
#include "dynamodb/call.h"

#define TOKEN_MAX 36

struct pail_dynamodb_transaction {
    struct pail_client *client;
    struct pail_values *vs;
    struct pail_value *parts;
    unsigned reads, writes;
    char token[TOKEN_MAX + 1];
    struct pail_error failure; /* the first */
};

int pail_dynamodb_transaction_new(struct pail_client *c, struct pail_str token,
                                  struct pail_dynamodb_transaction **ret, struct pail_error *err)
{
    if (token.len > TOKEN_MAX)
        return pail_error_set(err, PAIL_D_USAGE, PAIL_E_INVALID,
                              "the token of a transaction has more than %d bytes", TOKEN_MAX);
    struct pail_dynamodb_transaction *x = pail_zalloc(sizeof(*x));
    if (!x)
        return pail_error_nomem(err);
    int rc = pail_values_new(&x->vs, err);
    if (rc < 0) {
        pail_free(x);
        return rc;
    }
    x->parts = pail_value_list(x->vs);
    x->client = pail_client_ref(c);
    if (token.len)
        memcpy(x->token, token.ptr, token.len);
    else
        pail_rand_uuid(x->token);
    *ret = x;
    return 0;
}

struct pail_dynamodb_transaction *
pail_dynamodb_transaction_free(struct pail_dynamodb_transaction *x)
{
    if (!x)
        return NULL;
    pail_client_unref(x->client);
    pail_values_free(x->vs);
    pail_free(x);
    return NULL;
}

static void add(struct pail_dynamodb_transaction *x, const char *kind, const char *table,
                const char *subject, const struct pail_value *v,
                const struct pail_dynamodb_options *options)
{
    struct pail_value *params;
    bool get = pail_str_eqz(pail_str(kind), "Get");
    unsigned takes = PAIL_TAKES_TABLE | (get ? 0 : PAIL_TAKES_FAILURE);

    if (x->failure.code)
        return;
    if (pail_dynamodb_params(x->vs, table, subject, v, options, takes, &params, &x->failure) < 0) {
        pail_error_prefix(&x->failure, "part %zu, %s", pail_value_len(x->parts), kind);
        return;
    }
    struct pail_value *part = pail_value_map(x->vs);
    pail_value_set(x->vs, part, pail_str(kind), params);
    pail_value_append(x->vs, x->parts, part);
    if (get)
        x->reads++;
    else
        x->writes++;
}

void pail_dynamodb_transaction_put(struct pail_dynamodb_transaction *x, const char *table,
                                   const struct pail_value *item,
                                   const struct pail_dynamodb_options *options)
{
    add(x, "Put", table, "Item", item, options);
}

void pail_dynamodb_transaction_update(struct pail_dynamodb_transaction *x, const char *table,
                                      const struct pail_value *key,
                                      const struct pail_dynamodb_options *options)
{
    add(x, "Update", table, "Key", key, options);
}

void pail_dynamodb_transaction_delete(struct pail_dynamodb_transaction *x, const char *table,
                                      const struct pail_value *key,
                                      const struct pail_dynamodb_options *options)
{
    add(x, "Delete", table, "Key", key, options);
}

void pail_dynamodb_transaction_check(struct pail_dynamodb_transaction *x, const char *table,
                                     const struct pail_value *key,
                                     const struct pail_dynamodb_options *options)
{
    add(x, "ConditionCheck", table, "Key", key, options);
}

void pail_dynamodb_transaction_get(struct pail_dynamodb_transaction *x, const char *table,
                                   const struct pail_value *key,
                                   const struct pail_dynamodb_options *options)
{
    add(x, "Get", table, "Key", key, options);
}

int pail_dynamodb_transaction_commit(struct pail_dynamodb_transaction *x,
                                     const struct pail_dynamodb_options *options,
                                     struct pail_values *vs, struct pail_value **ret,
                                     struct pail_error *err)
{
    PAIL_CLEANUP(pail_values_free_p) struct pail_values *tmp = NULL;
    struct pail_value *params = NULL;
    unsigned takes = PAIL_TAKES_CAPACITY | (x->writes ? PAIL_TAKES_METRICS : 0);

    if (x->failure.code) {
        pail_error_copy(err, &x->failure);
        return x->failure.code;
    }
    if (x->reads && x->writes)
        return pail_error_set(err, PAIL_D_USAGE, PAIL_E_INVALID,
                              "a transaction reads or writes, not both");
    int rc = pail_values_check(x->vs, err);
    if (rc == 0)
        rc = pail_values_new(&tmp, err);
    if (rc == 0)
        rc = pail_dynamodb_params(tmp, NULL, NULL, NULL, options, takes, &params, err);
    if (rc < 0)
        return rc;
    pail_value_set(tmp, params, PAIL_STR("TransactItems"), pail_value_copy(tmp, x->parts));
    if (!x->reads)
        pail_value_set(tmp, params, PAIL_STR("ClientRequestToken"),
                       pail_value_str(tmp, pail_str(x->token)));
    rc = pail_values_check(tmp, err);
    if (rc < 0)
        return rc;
    return pail_dynamodb_send(x->client, x->reads ? "TransactGetItems" : "TransactWriteItems",
                              params, options, vs, ret, err);
}
