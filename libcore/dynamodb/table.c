/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A table: its name, its client, and the names of its key's attributes, which it asks for when they
 * are first needed. Two threads may ask at the same time; the first answer is kept, so that what
 * was handed out stays.
 */
#include "dynamodb/table.h"

#include "base/alloc.h"
#include "base/str.h"
#include "dynamodb/call.h"

int pail_dynamodb_table_new(struct pail_client *c, const char *name,
                            struct pail_dynamodb_table **ret, struct pail_error *err)
{
    if (!c || !name || !*name)
        return pail_error_set(err, PAIL_D_USAGE, PAIL_E_INVALID,
                              "a table needs a client and a name");
    struct pail_dynamodb_table *t = pail_zalloc(sizeof(*t));
    char *copy = pail_strdup(name);
    if (!t || !copy) {
        pail_free(copy);
        pail_free(t);
        return pail_error_nomem(err);
    }
    t->refs = 1;
    t->name = copy;
    t->client = pail_client_ref(c);
    pail_mutex_init(&t->lock, "dynamodb table", PAIL_RANK_LEAF);
    *ret = t;
    return 0;
}

struct pail_dynamodb_table *pail_dynamodb_table_ref(struct pail_dynamodb_table *t)
{
    t->refs++;
    return t;
}

struct pail_dynamodb_table *pail_dynamodb_table_unref(struct pail_dynamodb_table *t)
{
    if (!t || --t->refs)
        return NULL;
    pail_client_unref(t->client);
    pail_mutex_done(&t->lock);
    pail_free(t->locked.hash);
    pail_free(t->locked.range);
    pail_free(t->name);
    pail_free(t);
    return NULL;
}

const char *pail_dynamodb_table_name(const struct pail_dynamodb_table *t)
{
    return t->name;
}

struct pail_client *pail_dynamodb_table_client(const struct pail_dynamodb_table *t)
{
    return t->client;
}

/* ---- The key --------------------------------------------------------------------------------- */

static struct pail_str key_part(const struct pail_value *schema, const char *type)
{
    for (size_t i = 0; i < pail_value_len(schema); i++) {
        const struct pail_value *part = pail_value_at(schema, i);
        if (pail_str_eqz(pail_value_as_str(pail_value_get(part, PAIL_STR("KeyType"))), type))
            return pail_value_as_str(pail_value_get(part, PAIL_STR("AttributeName")));
    }
    return pail_strn(NULL, 0);
}

static bool known_keys(struct pail_dynamodb_table *t, struct pail_str *ret_hash,
                       struct pail_str *ret_range)
{
    PAIL_LOCKED(&t->lock);
    if (!t->locked.hash)
        return false;
    *ret_hash = pail_str(t->locked.hash);
    *ret_range = pail_str(t->locked.range);
    return true;
}

static int keep_keys(struct pail_dynamodb_table *t, struct pail_str hash, struct pail_str range,
                     struct pail_error *err)
{
    PAIL_AUTOFREE char *h = pail_strndup(hash);
    PAIL_AUTOFREE char *r = range.ptr ? pail_strndup(range) : NULL;
    if (!h || (range.ptr && !r))
        return pail_error_nomem(err);
    PAIL_LOCKED(&t->lock);
    if (!t->locked.hash) {
        t->locked.hash = PAIL_STEAL(h);
        t->locked.range = PAIL_STEAL(r);
    }
    return 0;
}

int pail_dynamodb_table_keys(struct pail_dynamodb_table *t, struct pail_str *ret_hash,
                             struct pail_str *ret_range, struct pail_error *err)
{
    PAIL_CLEANUP(pail_values_free_p) struct pail_values *vs = NULL;
    struct pail_value *table;

    if (known_keys(t, ret_hash, ret_range))
        return 0;
    int rc = pail_values_new(&vs, err);
    if (rc == 0)
        rc = pail_dynamodb_table_describe(t, vs, &table, err);
    if (rc < 0)
        return rc;
    const struct pail_value *schema = pail_value_get(table, PAIL_STR("KeySchema"));
    struct pail_str hash = key_part(schema, "HASH");
    if (!hash.ptr)
        return pail_error_set(err, PAIL_D_DATA, PAIL_E_GARBAGE,
                              "DescribeTable %s: there is no HASH in the key", t->name);
    rc = keep_keys(t, hash, key_part(schema, "RANGE"), err);
    if (rc == 0)
        known_keys(t, ret_hash, ret_range);
    return rc;
}

int pail_dynamodb_table_key_of(struct pail_dynamodb_table *t, const struct pail_value *item,
                               struct pail_values *vs, struct pail_value **ret,
                               struct pail_error *err)
{
    struct pail_str parts[2];
    int rc = pail_dynamodb_table_keys(t, &parts[0], &parts[1], err);
    if (rc < 0)
        return rc;
    struct pail_value *key = pail_value_map(vs);
    for (size_t i = 0; i < 2 && parts[i].ptr; i++) {
        const struct pail_value *v = pail_value_get(item, parts[i]);
        if (!v)
            return pail_error_set(err, PAIL_D_USAGE, PAIL_E_INVALID,
                                  "table %s: the item has no %.*s, which is of the key", t->name,
                                  PAIL_STR_ARG(parts[i]));
        pail_value_set(vs, key, parts[i], pail_value_copy(vs, v));
    }
    rc = pail_values_check(vs, err);
    if (rc == 0)
        *ret = key;
    return rc;
}

/* ---- Items ----------------------------------------------------------------------------------- */

struct kind {
    const char *operation, *subject;
    unsigned takes;
};
#define TAKES_ALWAYS (PAIL_TAKES_TABLE | PAIL_TAKES_CAPACITY)
#define TAKES_WRITE (TAKES_ALWAYS | PAIL_TAKES_RETURN | PAIL_TAKES_FAILURE | PAIL_TAKES_METRICS)
#define TAKES_SCAN (TAKES_ALWAYS | PAIL_TAKES_CONSISTENT | PAIL_TAKES_PAGE)

static const struct kind kind_put = {"PutItem", "Item", TAKES_WRITE};
static const struct kind kind_get = {"GetItem", "Key", TAKES_ALWAYS | PAIL_TAKES_CONSISTENT};
static const struct kind kind_update = {"UpdateItem", "Key", TAKES_WRITE};
static const struct kind kind_delete = {"DeleteItem", "Key", TAKES_WRITE};
static const struct kind kind_query = {"Query", NULL, TAKES_SCAN | PAIL_TAKES_ORDER};
static const struct kind kind_scan = {"Scan", NULL, TAKES_SCAN};

/* A subject that could not be built is NULL; its memory says why, where it is the answer's. */
static int describe(const struct pail_dynamodb_table *t, const struct kind *kind,
                    const struct pail_value *v, const struct pail_dynamodb_options *options,
                    const struct pail_values *vs, struct pail_values *tmp, struct pail_value **ret,
                    struct pail_error *err)
{
    int rc = vs ? pail_values_check(vs, err) : 0;
    if (rc < 0)
        return rc;
    return pail_dynamodb_params(tmp, t->name, kind->subject, v, options, kind->takes, ret, err);
}

static int run(struct pail_dynamodb_table *t, const struct kind *kind, const struct pail_value *v,
               const struct pail_dynamodb_options *options, struct pail_values *vs,
               struct pail_value **ret, struct pail_error *err)
{
    PAIL_CLEANUP(pail_values_free_p) struct pail_values *tmp = NULL;
    struct pail_value *params;
    int rc = pail_values_new(&tmp, err);
    if (rc == 0)
        rc = describe(t, kind, v, options, vs, tmp, &params, err);
    if (rc < 0)
        return rc;
    return pail_dynamodb_send(t->client, kind->operation, params, options, vs, ret, err);
}

static int start(struct pail_dynamodb_table *t, const struct kind *kind, const struct pail_value *v,
                 const struct pail_dynamodb_options *options, struct pail_values *vs,
                 struct pail_value **ret, pail_done_fn *done, void *ud, struct pail_call **ret_call,
                 struct pail_error *err)
{
    PAIL_CLEANUP(pail_values_free_p) struct pail_values *tmp = NULL;
    struct pail_value *params;
    int rc = pail_values_new(&tmp, err);
    if (rc == 0)
        rc = describe(t, kind, v, options, vs, tmp, &params, err);
    if (rc < 0)
        return rc;
    return pail_dynamodb_send_async(t->client, kind->operation, params, options, vs, ret, done, ud,
                                    ret_call, err);
}

int pail_dynamodb_page(struct pail_dynamodb_table *t, bool query,
                       const struct pail_dynamodb_options *options, const struct pail_value *extra,
                       struct pail_values *vs, struct pail_value **ret, struct pail_error *err)
{
    const struct kind *kind = query ? &kind_query : &kind_scan;
    int rc = pail_dynamodb_params(vs, t->name, NULL, NULL, options, kind->takes, ret, err);
    for (size_t i = 0; rc == 0 && i < pail_value_len(extra); i++)
        pail_value_set(vs, *ret, pail_value_key_at(extra, i),
                       pail_value_copy(vs, pail_value_at(extra, i)));
    return rc < 0 ? rc : pail_values_check(vs, err);
}

int pail_dynamodb_put(struct pail_dynamodb_table *t, const struct pail_value *item,
                      const struct pail_dynamodb_options *options, struct pail_values *vs,
                      struct pail_value **ret, struct pail_error *err)
{
    return run(t, &kind_put, item, options, vs, ret, err);
}

int pail_dynamodb_put_async(struct pail_dynamodb_table *t, const struct pail_value *item,
                            const struct pail_dynamodb_options *options, struct pail_values *vs,
                            struct pail_value **ret, pail_done_fn *done, void *ud,
                            struct pail_call **ret_call, struct pail_error *err)
{
    return start(t, &kind_put, item, options, vs, ret, done, ud, ret_call, err);
}

int pail_dynamodb_get(struct pail_dynamodb_table *t, const struct pail_value *key,
                      const struct pail_dynamodb_options *options, struct pail_values *vs,
                      struct pail_value **ret, struct pail_error *err)
{
    return run(t, &kind_get, key, options, vs, ret, err);
}

int pail_dynamodb_get_async(struct pail_dynamodb_table *t, const struct pail_value *key,
                            const struct pail_dynamodb_options *options, struct pail_values *vs,
                            struct pail_value **ret, pail_done_fn *done, void *ud,
                            struct pail_call **ret_call, struct pail_error *err)
{
    return start(t, &kind_get, key, options, vs, ret, done, ud, ret_call, err);
}

int pail_dynamodb_update(struct pail_dynamodb_table *t, const struct pail_value *key,
                         const struct pail_dynamodb_options *options, struct pail_values *vs,
                         struct pail_value **ret, struct pail_error *err)
{
    return run(t, &kind_update, key, options, vs, ret, err);
}

int pail_dynamodb_update_async(struct pail_dynamodb_table *t, const struct pail_value *key,
                               const struct pail_dynamodb_options *options, struct pail_values *vs,
                               struct pail_value **ret, pail_done_fn *done, void *ud,
                               struct pail_call **ret_call, struct pail_error *err)
{
    return start(t, &kind_update, key, options, vs, ret, done, ud, ret_call, err);
}

int pail_dynamodb_delete(struct pail_dynamodb_table *t, const struct pail_value *key,
                         const struct pail_dynamodb_options *options, struct pail_values *vs,
                         struct pail_value **ret, struct pail_error *err)
{
    return run(t, &kind_delete, key, options, vs, ret, err);
}

int pail_dynamodb_delete_async(struct pail_dynamodb_table *t, const struct pail_value *key,
                               const struct pail_dynamodb_options *options, struct pail_values *vs,
                               struct pail_value **ret, pail_done_fn *done, void *ud,
                               struct pail_call **ret_call, struct pail_error *err)
{
    return start(t, &kind_delete, key, options, vs, ret, done, ud, ret_call, err);
}

int pail_dynamodb_query(struct pail_dynamodb_table *t, const struct pail_dynamodb_options *options,
                        struct pail_values *vs, struct pail_value **ret, struct pail_error *err)
{
    return run(t, &kind_query, NULL, options, vs, ret, err);
}

int pail_dynamodb_query_async(struct pail_dynamodb_table *t,
                              const struct pail_dynamodb_options *options, struct pail_values *vs,
                              struct pail_value **ret, pail_done_fn *done, void *ud,
                              struct pail_call **ret_call, struct pail_error *err)
{
    return start(t, &kind_query, NULL, options, vs, ret, done, ud, ret_call, err);
}

int pail_dynamodb_scan(struct pail_dynamodb_table *t, const struct pail_dynamodb_options *options,
                       struct pail_values *vs, struct pail_value **ret, struct pail_error *err)
{
    return run(t, &kind_scan, NULL, options, vs, ret, err);
}

int pail_dynamodb_scan_async(struct pail_dynamodb_table *t,
                             const struct pail_dynamodb_options *options, struct pail_values *vs,
                             struct pail_value **ret, pail_done_fn *done, void *ud,
                             struct pail_call **ret_call, struct pail_error *err)
{
    return start(t, &kind_scan, NULL, options, vs, ret, done, ud, ret_call, err);
}
