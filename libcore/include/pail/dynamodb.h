/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pail/dynamodb.h - DynamoDB with plain values: what boto3's resource is to its client.
 *
 *     pail_client_new(NULL, "dynamodb", NULL, &client, &err);
 *     pail_dynamodb_table_new(client, "Music", &table, &err);
 *     item = pail_value_form(vs, "artist: %s, year: %d, labels: ['blue']", artist, year);
 *     pail_dynamodb_put(table, item, NULL, vs, NULL, &err);
 *
 * Items, keys and values are trees of pail/value.h as the program thinks of them, not {"S": ...}:
 *
 *     null, bool, list, map    themselves
 *     string                   S
 *     int, number              N: up to 38 digits, exact; what is read is an int where it fits one
 *     real                     refused ("Float types are not supported. Use Decimal types
 * instead."); give exact text with pail_value_number blob                     B sets SS, NS, BS:
 * made and read with pail_dynamodb_set and its siblings
 *
 * Answers are the maps of boto3's resource ({"Item": {...}, "ResponseMetadata": {...}}), built in
 * the caller's struct pail_values; any operation without a function of its own goes through
 * pail_dynamodb_call. pail_call(client, "PutItem", ...) stays what it is: typed, as on the wire.
 *
 * When DynamoDB refuses, err->service_code says why ("ConditionalCheckFailedException", which is
 * PAIL_E_PRECONDITION; "TransactionCanceledException"), and the options' ret_refusal has all of it:
 * "Item" of a failed condition where it was asked for, "CancellationReasons" of a transaction.
 *
 * Tables: any thread. Everything else here: one thread at a time.
 */
#ifndef PAIL_DYNAMODB_H
#define PAIL_DYNAMODB_H

#include <pail/service.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Values ---------------------------------------------------------------------------------- */

/* An empty set; kind is "SS", "NS" or "BS". It is a map of one reserved key, which no attribute can
 * have, so that trees go there and back unchanged. */
PAIL_API struct pail_value *pail_dynamodb_set(struct pail_values *vs, const char *kind);
/* Equal elements may be added and are sent once; elements of the wrong type are refused when the
 * set is sent. Returns v. */
PAIL_API struct pail_value *pail_dynamodb_set_add(struct pail_values *vs, struct pail_value *set,
                                                  struct pail_value *v);
/* A list; NULL: v is no set. */
PAIL_API struct pail_value *pail_dynamodb_set_elements(const struct pail_value *v);
/* "SS", "NS", "BS"; NULL: v is no set. */
PAIL_API const char *pail_dynamodb_set_kind(const struct pail_value *v);

/* One value to {"S": "text"} and back. PAIL_E_INVALID with the words of boto3's TypeSerializer; for
 * numbers the name of the signal of Python's decimal is in it (Inexact, Rounded, Overflow ...). */
PAIL_API PAIL_CHECK int pail_dynamodb_serialize(struct pail_values *vs,
                                                const struct pail_value *plain,
                                                struct pail_value **ret, struct pail_error *err);
PAIL_API PAIL_CHECK int pail_dynamodb_deserialize(struct pail_values *vs,
                                                  const struct pail_value *typed,
                                                  struct pail_value **ret, struct pail_error *err);
/* The same for all values inside of any operation's parameters or answer: between what
 * pail_dynamodb_call and what pail_call, pail_pages and pail_presign take and give. */
PAIL_API PAIL_CHECK int pail_dynamodb_to_wire(struct pail_values *vs,
                                              const struct pail_value *params,
                                              struct pail_value **ret, struct pail_error *err);
PAIL_API PAIL_CHECK int pail_dynamodb_from_wire(struct pail_values *vs,
                                                const struct pail_value *answer,
                                                struct pail_value **ret, struct pail_error *err);

/* ---- Expressions ----------------------------------------------------------------------------- */

/* The expressions of one call. Conditions and operands are made with it, belong to it and are freed
 * with it; texts and values are copied. Every attribute name is replaced by a placeholder, so
 * reserved words need no care; "a.b[0]" is a path. Makers give NULL after a failure, and NULL may
 * be handed on: the first failure is kept and told when the expressions are used. May be used for
 * any number of calls, and added to in between. */
struct pail_dynamodb_expr;
struct pail_dynamodb_operand;
struct pail_dynamodb_cond;

/* Empty. PAIL_E_NOMEM. */
PAIL_API PAIL_CHECK int pail_dynamodb_expr_new(struct pail_dynamodb_expr **ret,
                                               struct pail_error *err);
PAIL_API struct pail_dynamodb_expr *
pail_dynamodb_expr_free(struct pail_dynamodb_expr *x); /* NULL is fine; gives NULL */

/* Operands. key: the same as attr, and the only one allowed in the condition of a query's key. */
PAIL_API struct pail_dynamodb_operand *pail_dynamodb_key(struct pail_dynamodb_expr *x,
                                                         struct pail_str path);
PAIL_API struct pail_dynamodb_operand *pail_dynamodb_attr(struct pail_dynamodb_expr *x,
                                                          struct pail_str path);
PAIL_API struct pail_dynamodb_operand *pail_dynamodb_size(struct pail_dynamodb_expr *x,
                                                          struct pail_dynamodb_operand *attr);
PAIL_API struct pail_dynamodb_operand *pail_dynamodb_val(struct pail_dynamodb_expr *x,
                                                         const struct pail_value *v);
PAIL_API struct pail_dynamodb_operand *pail_dynamodb_str(struct pail_dynamodb_expr *x,
                                                         struct pail_str v);
PAIL_API struct pail_dynamodb_operand *pail_dynamodb_int(struct pail_dynamodb_expr *x, int64_t v);
/* Of updates only. */
PAIL_API struct pail_dynamodb_operand *pail_dynamodb_plus(struct pail_dynamodb_expr *x,
                                                          struct pail_dynamodb_operand *a,
                                                          struct pail_dynamodb_operand *b);
PAIL_API struct pail_dynamodb_operand *pail_dynamodb_minus(struct pail_dynamodb_expr *x,
                                                           struct pail_dynamodb_operand *a,
                                                           struct pail_dynamodb_operand *b);
PAIL_API struct pail_dynamodb_operand *
pail_dynamodb_if_not_exists(struct pail_dynamodb_expr *x, struct pail_dynamodb_operand *attr,
                            struct pail_dynamodb_operand *otherwise);
PAIL_API struct pail_dynamodb_operand *pail_dynamodb_list_append(struct pail_dynamodb_expr *x,
                                                                 struct pail_dynamodb_operand *a,
                                                                 struct pail_dynamodb_operand *b);

/* Conditions. */
PAIL_API struct pail_dynamodb_cond *pail_dynamodb_eq(struct pail_dynamodb_expr *x,
                                                     struct pail_dynamodb_operand *a,
                                                     struct pail_dynamodb_operand *b);
PAIL_API struct pail_dynamodb_cond *pail_dynamodb_ne(struct pail_dynamodb_expr *x,
                                                     struct pail_dynamodb_operand *a,
                                                     struct pail_dynamodb_operand *b);
PAIL_API struct pail_dynamodb_cond *pail_dynamodb_lt(struct pail_dynamodb_expr *x,
                                                     struct pail_dynamodb_operand *a,
                                                     struct pail_dynamodb_operand *b);
PAIL_API struct pail_dynamodb_cond *pail_dynamodb_lte(struct pail_dynamodb_expr *x,
                                                      struct pail_dynamodb_operand *a,
                                                      struct pail_dynamodb_operand *b);
PAIL_API struct pail_dynamodb_cond *pail_dynamodb_gt(struct pail_dynamodb_expr *x,
                                                     struct pail_dynamodb_operand *a,
                                                     struct pail_dynamodb_operand *b);
PAIL_API struct pail_dynamodb_cond *pail_dynamodb_gte(struct pail_dynamodb_expr *x,
                                                      struct pail_dynamodb_operand *a,
                                                      struct pail_dynamodb_operand *b);
PAIL_API struct pail_dynamodb_cond *pail_dynamodb_begins_with(struct pail_dynamodb_expr *x,
                                                              struct pail_dynamodb_operand *a,
                                                              struct pail_dynamodb_operand *b);
PAIL_API struct pail_dynamodb_cond *pail_dynamodb_contains(struct pail_dynamodb_expr *x,
                                                           struct pail_dynamodb_operand *a,
                                                           struct pail_dynamodb_operand *b);
/* b: "S", "N", ... */
PAIL_API struct pail_dynamodb_cond *pail_dynamodb_attribute_type(struct pail_dynamodb_expr *x,
                                                                 struct pail_dynamodb_operand *a,
                                                                 struct pail_dynamodb_operand *b);
PAIL_API struct pail_dynamodb_cond *pail_dynamodb_between(struct pail_dynamodb_expr *x,
                                                          struct pail_dynamodb_operand *a,
                                                          struct pail_dynamodb_operand *low,
                                                          struct pail_dynamodb_operand *high);
/* values: a list. */
PAIL_API struct pail_dynamodb_cond *pail_dynamodb_is_in(struct pail_dynamodb_expr *x,
                                                        struct pail_dynamodb_operand *a,
                                                        const struct pail_value *values);
PAIL_API struct pail_dynamodb_cond *pail_dynamodb_exists(struct pail_dynamodb_expr *x,
                                                         struct pail_dynamodb_operand *attr);
PAIL_API struct pail_dynamodb_cond *pail_dynamodb_not_exists(struct pail_dynamodb_expr *x,
                                                             struct pail_dynamodb_operand *attr);
PAIL_API struct pail_dynamodb_cond *pail_dynamodb_and(struct pail_dynamodb_expr *x,
                                                      struct pail_dynamodb_cond *a,
                                                      struct pail_dynamodb_cond *b);
PAIL_API struct pail_dynamodb_cond *pail_dynamodb_or(struct pail_dynamodb_expr *x,
                                                     struct pail_dynamodb_cond *a,
                                                     struct pail_dynamodb_cond *b);
PAIL_API struct pail_dynamodb_cond *pail_dynamodb_not(struct pail_dynamodb_expr *x,
                                                      struct pail_dynamodb_cond *a);

/* What the call shall have: the first three replace what was there, the others add to it. */
PAIL_API void pail_dynamodb_condition(struct pail_dynamodb_expr *x, struct pail_dynamodb_cond *c);
PAIL_API void pail_dynamodb_filter(struct pail_dynamodb_expr *x, struct pail_dynamodb_cond *c);
PAIL_API void pail_dynamodb_key_condition(struct pail_dynamodb_expr *x,
                                          struct pail_dynamodb_cond *c);
PAIL_API void pail_dynamodb_project(struct pail_dynamodb_expr *x, struct pail_str path);
PAIL_API void pail_dynamodb_update_set(struct pail_dynamodb_expr *x, struct pail_str path,
                                       struct pail_dynamodb_operand *v);
PAIL_API void pail_dynamodb_update_remove(struct pail_dynamodb_expr *x, struct pail_str path);
/* To a number or into a set. */
PAIL_API void pail_dynamodb_update_add(struct pail_dynamodb_expr *x, struct pail_str path,
                                       struct pail_dynamodb_operand *v);
/* Out of a set. */
PAIL_API void pail_dynamodb_update_delete(struct pail_dynamodb_expr *x, struct pail_str path,
                                          struct pail_dynamodb_operand *v);

/* The same written out, in DynamoDB's own words: names as they are, values as pail_value_form has
 * them, arguments too. AND and OR are made pairwise from the left.
 *
 *     pail_dynamodb_key_conditionf(x, "artist = %s AND year BETWEEN %d AND %d", name, 1950, 1970);
 *     pail_dynamodb_filterf(x, "attribute_not_exists(gone) OR size(tags) > 2 OR kind IN ('a',
 * 'b')"); pail_dynamodb_updatef(x, "SET sold = if_not_exists(sold, 0) + %d REMOVE draft", n);
 *
 * Names are letters, digits and _-.[]$@ (a.b[0] is a path); others need the builders. */
PAIL_API void pail_dynamodb_conditionf(struct pail_dynamodb_expr *x, const char *form, ...)
    PAIL_PRINTF(2, 3);
PAIL_API void pail_dynamodb_filterf(struct pail_dynamodb_expr *x, const char *form, ...)
    PAIL_PRINTF(2, 3);
PAIL_API void pail_dynamodb_key_conditionf(struct pail_dynamodb_expr *x, const char *form, ...)
    PAIL_PRINTF(2, 3);
PAIL_API void pail_dynamodb_updatef(struct pail_dynamodb_expr *x, const char *form, ...)
    PAIL_PRINTF(2, 3);

/* Puts "ConditionExpression", "FilterExpression", "KeyConditionExpression", "ProjectionExpression",
 * "UpdateExpression", "ExpressionAttributeNames" and "ExpressionAttributeValues" (plain values)
 * into params, a map of vs; names and values that are there already stay. Placeholders are #n0 and
 * :v0 and run on through all expressions, in that order. After a failure params is of no use.
 * PAIL_E_INVALID: "... KeyConditionExpression only supports Attribute objects of type Key". */
PAIL_API PAIL_CHECK int pail_dynamodb_expr_apply(const struct pail_dynamodb_expr *x,
                                                 struct pail_values *vs, struct pail_value *params,
                                                 struct pail_error *err);

/* ---- Calls ----------------------------------------------------------------------------------- */

enum pail_dynamodb_return {
    PAIL_DYNAMODB_RETURN_DEFAULT,
    PAIL_DYNAMODB_RETURN_NONE,
    PAIL_DYNAMODB_RETURN_ALL_OLD,
    PAIL_DYNAMODB_RETURN_UPDATED_OLD,
    PAIL_DYNAMODB_RETURN_ALL_NEW,
    PAIL_DYNAMODB_RETURN_UPDATED_NEW
};
enum pail_dynamodb_capacity {
    PAIL_DYNAMODB_CAPACITY_DEFAULT,
    PAIL_DYNAMODB_CAPACITY_NONE,
    PAIL_DYNAMODB_CAPACITY_TOTAL,
    PAIL_DYNAMODB_CAPACITY_INDEXES
};

/* All zero: defaults. What an operation does not know is not sent to it. */
struct pail_dynamodb_options {
    struct pail_call_options call;
    const struct pail_dynamodb_expr *expr;
    enum pail_dynamodb_return return_values; /* put, update, delete */
    enum pail_dynamodb_capacity capacity;    /* "ConsumedCapacity" in the answer */
    bool return_item_on_failure;             /* put, update, delete: "Item" in the refusal */
    bool item_collection_metrics;            /* put, update, delete, batches of writes */
    bool consistent_read;                    /* get, query, scan */
    bool backward;                           /* query */
    struct pail_str index;                   /* query, scan */
    int64_t limit;                           /* query, scan: items looked at, a page; 0: none */
    const struct pail_value *start_key;      /* query, scan: plain "LastEvaluatedKey" */
    const struct pail_value *more;           /* a map: further members, as the model names them */
    struct pail_value **ret_refusal;         /* may be NULL; in the vs of the call. Plain values */
};

/* Any operation by name; params in plain values, of options call, expr and ret_refusal are used.
 * Blocking. vs may be NULL where ret and ret_refusal are. */
PAIL_API PAIL_CHECK int pail_dynamodb_call(struct pail_client *c, const char *operation,
                                           const struct pail_value *params,
                                           const struct pail_dynamodb_options *options,
                                           struct pail_values *vs, struct pail_value **ret,
                                           struct pail_error *err);
/* As pail/call.h says. vs is used on a library thread until done. */
PAIL_API PAIL_CHECK int pail_dynamodb_call_async(
    struct pail_client *c, const char *operation, const struct pail_value *params,
    const struct pail_dynamodb_options *options, struct pail_values *vs, struct pail_value **ret,
    pail_done_fn *done, void *ud, struct pail_call **ret_call, struct pail_error *err);

/* A table by name; holds the client. Sends nothing. */
struct pail_dynamodb_table;
PAIL_API PAIL_CHECK int pail_dynamodb_table_new(struct pail_client *c, const char *name,
                                                struct pail_dynamodb_table **ret,
                                                struct pail_error *err);
/* Another reference; returns t. */
PAIL_API struct pail_dynamodb_table *pail_dynamodb_table_ref(struct pail_dynamodb_table *t);
PAIL_API struct pail_dynamodb_table *
pail_dynamodb_table_unref(struct pail_dynamodb_table *t); /* NULL is fine; gives NULL */
/* Both live as long as the table object; the client is borrowed. */
PAIL_API const char *pail_dynamodb_table_name(const struct pail_dynamodb_table *t);
PAIL_API struct pail_client *pail_dynamodb_table_client(const struct pail_dynamodb_table *t);
/* Names of the key's attributes; asked for once (DescribeTable), live as long as the table object.
 * *ret_range has ptr NULL where there is none. Blocking. */
PAIL_API PAIL_CHECK int pail_dynamodb_table_keys(struct pail_dynamodb_table *t,
                                                 struct pail_str *ret_hash,
                                                 struct pail_str *ret_range,
                                                 struct pail_error *err);
/* The key of an item: a new map. PAIL_E_INVALID: the item has not got all of it. */
PAIL_API PAIL_CHECK int pail_dynamodb_table_key_of(struct pail_dynamodb_table *t,
                                                   const struct pail_value *item,
                                                   struct pail_values *vs, struct pail_value **ret,
                                                   struct pail_error *err);

/* Items. Blocking; options, and ret where the answer does not matter, may be NULL; ret is the whole
 * answer. query and scan give one page: see pail_dynamodb_items for all of them. */
PAIL_API PAIL_CHECK int pail_dynamodb_put(struct pail_dynamodb_table *t,
                                          const struct pail_value *item,
                                          const struct pail_dynamodb_options *options,
                                          struct pail_values *vs, struct pail_value **ret,
                                          struct pail_error *err);
PAIL_API PAIL_CHECK int pail_dynamodb_get(struct pail_dynamodb_table *t,
                                          const struct pail_value *key,
                                          const struct pail_dynamodb_options *options,
                                          struct pail_values *vs, struct pail_value **ret,
                                          struct pail_error *err);
PAIL_API PAIL_CHECK int pail_dynamodb_update(struct pail_dynamodb_table *t,
                                             const struct pail_value *key,
                                             const struct pail_dynamodb_options *options,
                                             struct pail_values *vs, struct pail_value **ret,
                                             struct pail_error *err);
PAIL_API PAIL_CHECK int pail_dynamodb_delete(struct pail_dynamodb_table *t,
                                             const struct pail_value *key,
                                             const struct pail_dynamodb_options *options,
                                             struct pail_values *vs, struct pail_value **ret,
                                             struct pail_error *err);
PAIL_API PAIL_CHECK int pail_dynamodb_query(struct pail_dynamodb_table *t,
                                            const struct pail_dynamodb_options *options,
                                            struct pail_values *vs, struct pail_value **ret,
                                            struct pail_error *err);
PAIL_API PAIL_CHECK int pail_dynamodb_scan(struct pail_dynamodb_table *t,
                                           const struct pail_dynamodb_options *options,
                                           struct pail_values *vs, struct pail_value **ret,
                                           struct pail_error *err);
/* The same as pail/call.h says; vs is used on a library thread until done. */
PAIL_API PAIL_CHECK int
pail_dynamodb_put_async(struct pail_dynamodb_table *t, const struct pail_value *item,
                        const struct pail_dynamodb_options *options, struct pail_values *vs,
                        struct pail_value **ret, pail_done_fn *done, void *ud,
                        struct pail_call **ret_call, struct pail_error *err);
PAIL_API PAIL_CHECK int
pail_dynamodb_get_async(struct pail_dynamodb_table *t, const struct pail_value *key,
                        const struct pail_dynamodb_options *options, struct pail_values *vs,
                        struct pail_value **ret, pail_done_fn *done, void *ud,
                        struct pail_call **ret_call, struct pail_error *err);
PAIL_API PAIL_CHECK int
pail_dynamodb_update_async(struct pail_dynamodb_table *t, const struct pail_value *key,
                           const struct pail_dynamodb_options *options, struct pail_values *vs,
                           struct pail_value **ret, pail_done_fn *done, void *ud,
                           struct pail_call **ret_call, struct pail_error *err);
PAIL_API PAIL_CHECK int
pail_dynamodb_delete_async(struct pail_dynamodb_table *t, const struct pail_value *key,
                           const struct pail_dynamodb_options *options, struct pail_values *vs,
                           struct pail_value **ret, pail_done_fn *done, void *ud,
                           struct pail_call **ret_call, struct pail_error *err);
PAIL_API PAIL_CHECK int pail_dynamodb_query_async(struct pail_dynamodb_table *t,
                                                  const struct pail_dynamodb_options *options,
                                                  struct pail_values *vs, struct pail_value **ret,
                                                  pail_done_fn *done, void *ud,
                                                  struct pail_call **ret_call,
                                                  struct pail_error *err);
PAIL_API PAIL_CHECK int
pail_dynamodb_scan_async(struct pail_dynamodb_table *t, const struct pail_dynamodb_options *options,
                         struct pail_values *vs, struct pail_value **ret, pail_done_fn *done,
                         void *ud, struct pail_call **ret_call, struct pail_error *err);

/* ---- Many items ------------------------------------------------------------------------------ */

/* The items of all pages of a query (options->expr has a key condition) or a scan, one after the
 * other; pages are fetched as they are needed. options is copied, what it points to must live until
 * free, but for start_key. segment, segments: this part of a scan; 0, 0: all. */
struct pail_dynamodb_items;
PAIL_API PAIL_CHECK int pail_dynamodb_query_items(struct pail_dynamodb_table *t,
                                                  const struct pail_dynamodb_options *options,
                                                  struct pail_dynamodb_items **ret,
                                                  struct pail_error *err);
PAIL_API PAIL_CHECK int pail_dynamodb_scan_items(struct pail_dynamodb_table *t, unsigned segment,
                                                 unsigned segments,
                                                 const struct pail_dynamodb_options *options,
                                                 struct pail_dynamodb_items **ret,
                                                 struct pail_error *err);
/* Blocking. *ret NULL: there are no more; otherwise it lives until the next call. */
PAIL_API PAIL_CHECK int pail_dynamodb_items_next(struct pail_dynamodb_items *it,
                                                 const struct pail_value **ret,
                                                 struct pail_error *err);
PAIL_API struct pail_dynamodb_items *
pail_dynamodb_items_free(struct pail_dynamodb_items *it); /* NULL is fine; gives NULL */

/* A whole scan, this many segments (1 to 1024) at a time. each is called on this thread, for one
 * item after the other in no order; the item lives until it returns, a negative return ends the
 * scan with it; ret_refusal is not used. Blocking. */
PAIL_API PAIL_CHECK int pail_dynamodb_scan_parallel(
    struct pail_dynamodb_table *t, unsigned segments, const struct pail_dynamodb_options *options,
    int (*each)(void *ud, const struct pail_value *item, struct pail_error *err), void *ud,
    struct pail_error *err);

/* BatchGetItem and BatchWriteItem of any number: request_items is their "RequestItems" with plain
 * values, {"Music": {"Keys": [...]}} or {"Music": [{"PutRequest": {"Item": ...}}]}. It is sent in
 * pieces (100 keys, 25 writes), and what the service leaves unprocessed is sent again with growing
 * pauses until it is done. Of options call, capacity and item_collection_metrics are used;
 * timeout_ms is for all of it. ret of get: {"Music": [items in no order]}. PAIL_E_THROTTLED: ten
 * times nothing was processed; the refusal then has "UnprocessedKeys" or "UnprocessedItems", and of
 * get "Responses", what there is. Blocking. */
PAIL_API PAIL_CHECK int pail_dynamodb_batch_get(struct pail_client *c,
                                                const struct pail_value *request_items,
                                                const struct pail_dynamodb_options *options,
                                                struct pail_values *vs, struct pail_value **ret,
                                                struct pail_error *err);
PAIL_API PAIL_CHECK int pail_dynamodb_batch_write(struct pail_client *c,
                                                  const struct pail_value *request_items,
                                                  const struct pail_dynamodb_options *options,
                                                  struct pail_values *vs, struct pail_error *err);

/* Writes one by one that travel in batches of 25. */
struct pail_dynamodb_writer;
/* overwrite_by: n names of key attributes; a write replaces an earlier one with the same values of
 * them that is still waiting (DynamoDB refuses batches that have a key twice). None: n 0. */
PAIL_API PAIL_CHECK int pail_dynamodb_writer_new(struct pail_dynamodb_table *t,
                                                 const struct pail_str *overwrite_by, size_t n,
                                                 struct pail_dynamodb_writer **ret,
                                                 struct pail_error *err);
/* Copied; sent when 25 are together. Blocking. After a failure of the service what was not written
 * is still waiting. */
PAIL_API PAIL_CHECK int pail_dynamodb_writer_put(struct pail_dynamodb_writer *w,
                                                 const struct pail_value *item,
                                                 struct pail_error *err);
PAIL_API PAIL_CHECK int pail_dynamodb_writer_delete(struct pail_dynamodb_writer *w,
                                                    const struct pail_value *key,
                                                    struct pail_error *err);
/* Sends what is waiting, until nothing is. Without it that is lost. */
PAIL_API PAIL_CHECK int pail_dynamodb_writer_flush(struct pail_dynamodb_writer *w,
                                                   struct pail_error *err);
PAIL_API struct pail_dynamodb_writer *
pail_dynamodb_writer_free(struct pail_dynamodb_writer *w); /* NULL is fine; gives NULL */

/* ---- Transactions ---------------------------------------------------------------------------- */

/* Up to 100 writes, or up to 100 reads, all or nothing. Values and expressions are copied when they
 * are added; the first failure is kept and told by commit. */
struct pail_dynamodb_transaction;
/* token: of writes, 1 to 36 bytes; empty: made up. Committing again with the same token does not
 * write twice (for ten minutes). */
PAIL_API PAIL_CHECK int pail_dynamodb_transaction_new(struct pail_client *c, struct pail_str token,
                                                      struct pail_dynamodb_transaction **ret,
                                                      struct pail_error *err);
PAIL_API struct pail_dynamodb_transaction *
pail_dynamodb_transaction_free(struct pail_dynamodb_transaction *x); /* NULL is fine; gives NULL */
/* Of options, which may be NULL: expr, return_item_on_failure, more. */
PAIL_API void pail_dynamodb_transaction_put(struct pail_dynamodb_transaction *x, const char *table,
                                            const struct pail_value *item,
                                            const struct pail_dynamodb_options *options);
PAIL_API void pail_dynamodb_transaction_update(struct pail_dynamodb_transaction *x,
                                               const char *table, const struct pail_value *key,
                                               const struct pail_dynamodb_options *options);
PAIL_API void pail_dynamodb_transaction_delete(struct pail_dynamodb_transaction *x,
                                               const char *table, const struct pail_value *key,
                                               const struct pail_dynamodb_options *options);
PAIL_API void pail_dynamodb_transaction_check(struct pail_dynamodb_transaction *x,
                                              const char *table, const struct pail_value *key,
                                              const struct pail_dynamodb_options *options);
PAIL_API void pail_dynamodb_transaction_get(struct pail_dynamodb_transaction *x, const char *table,
                                            const struct pail_value *key,
                                            const struct pail_dynamodb_options *options);
/* Blocking. ret, of reads: {"Responses": [{"Item": ...}, {}]} in the order in which they were
 * added. Cancelled: err->service_code is "TransactionCanceledException"; "CancellationReasons" of
 * the refusal has {"Code", "Message", "Item"} for each part, Code "None" where it was not the
 * cause. */
PAIL_API PAIL_CHECK int pail_dynamodb_transaction_commit(
    struct pail_dynamodb_transaction *x, const struct pail_dynamodb_options *options,
    struct pail_values *vs, struct pail_value **ret, struct pail_error *err);

/* ---- Tables ---------------------------------------------------------------------------------- */

struct pail_dynamodb_table_spec {
    struct pail_str hash, range;     /* names of the key's attributes; range may be empty */
    char hash_type, range_type;      /* 'S', 'N' or 'B'; 0: 'S' */
    int64_t read_units, write_units; /* 0: pay per request */
    const struct pail_value
        *more; /* a map: further members of CreateTable, as the model has them */
};
/* Blocking; ret (the answer) may be NULL. They start the work: pail_dynamodb_table_wait waits for
 * its end. */
PAIL_API PAIL_CHECK int pail_dynamodb_table_create(struct pail_dynamodb_table *t,
                                                   const struct pail_dynamodb_table_spec *spec,
                                                   struct pail_values *vs, struct pail_value **ret,
                                                   struct pail_error *err);
PAIL_API PAIL_CHECK int pail_dynamodb_table_delete(struct pail_dynamodb_table *t,
                                                   struct pail_values *vs, struct pail_value **ret,
                                                   struct pail_error *err);
/* Until it is there and active, or gone. options may be NULL. */
PAIL_API PAIL_CHECK int pail_dynamodb_table_wait(struct pail_dynamodb_table *t, bool exists,
                                                 const struct pail_wait_options *options,
                                                 struct pail_error *err);
/* ret: {"TableName", "KeySchema", "TableStatus", ...}. */
PAIL_API PAIL_CHECK int pail_dynamodb_table_describe(struct pail_dynamodb_table *t,
                                                     struct pail_values *vs,
                                                     struct pail_value **ret,
                                                     struct pail_error *err);
/* attribute: seconds since 1970, after which an item expires. */
PAIL_API PAIL_CHECK int pail_dynamodb_table_ttl(struct pail_dynamodb_table *t,
                                                struct pail_str attribute, bool enabled,
                                                struct pail_error *err);
/* tags: a map of strings. names: a list of strings. */
PAIL_API PAIL_CHECK int pail_dynamodb_table_tag(struct pail_dynamodb_table *t,
                                                const struct pail_value *tags,
                                                struct pail_error *err);
PAIL_API PAIL_CHECK int pail_dynamodb_table_untag(struct pail_dynamodb_table *t,
                                                  const struct pail_value *names,
                                                  struct pail_error *err);
PAIL_API PAIL_CHECK int pail_dynamodb_table_tags(struct pail_dynamodb_table *t,
                                                 struct pail_values *vs, struct pail_value **ret,
                                                 struct pail_error *err);
/* ret: a list of names. */
PAIL_API PAIL_CHECK int pail_dynamodb_tables(struct pail_client *c, struct pail_values *vs,
                                             struct pail_value **ret, struct pail_error *err);

#ifdef __cplusplus
}
#endif
#endif
