/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The batch writer: up to 25 writes wait together, each in memory of its own, so that a writer that
 * lives long stays small. Values are made typed when they come: a float is refused there, not 24
 * writes later. Writes leave the buffer when DynamoDB has taken them.
 */
#include "base/alloc.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/str.h"
#include "dynamodb/batch.h"
#include "dynamodb/call.h"
#include "dynamodb/number.h"
#include "dynamodb/table.h"

#define KEY_MAX ((size_t)1 << 16)

struct write {
    struct pail_values *vs;
    const struct pail_value *request; /* {"PutRequest": {"Item": ...}}, typed */
    char *key;                        /* of overwrite_by; NULL where there are none */
    size_t key_len;
};

struct pail_dynamodb_writer {
    struct pail_dynamodb_table *table;
    struct pail_values *vs;
    struct pail_value *overwrite_by; /* a list of strings */
    struct pail_dynamodb_patience patience;
    struct write writes[PAIL_DYNAMODB_BATCH_WRITES]; /* what waits */
    size_t n;
};

int pail_dynamodb_writer_new(struct pail_dynamodb_table *t, const struct pail_str *overwrite_by,
                             size_t n, struct pail_dynamodb_writer **ret, struct pail_error *err)
{
    struct pail_dynamodb_writer *w = pail_zalloc(sizeof(*w));
    if (!w)
        return pail_error_nomem(err);
    w->table = pail_dynamodb_table_ref(t);
    w->patience.deadline_mono_ns = PAIL_NEVER;
    int rc = pail_values_new(&w->vs, err);
    if (rc == 0) {
        w->overwrite_by = pail_value_list(w->vs);
        for (size_t i = 0; i < n; i++)
            pail_value_append(w->vs, w->overwrite_by, pail_value_str(w->vs, overwrite_by[i]));
        rc = pail_values_check(w->vs, err);
    }
    if (rc < 0)
        pail_dynamodb_writer_free(w);
    else
        *ret = w;
    return rc;
}

static void write_done(struct write *one)
{
    pail_values_free(one->vs);
    pail_free(one->key);
}

struct pail_dynamodb_writer *pail_dynamodb_writer_free(struct pail_dynamodb_writer *w)
{
    if (!w)
        return NULL;
    for (size_t i = 0; i < w->n; i++)
        write_done(&w->writes[i]);
    pail_values_free(w->vs);
    pail_dynamodb_table_unref(w->table);
    pail_free(w);
    return NULL;
}

/* ---- One write ------------------------------------------------------------------------------- */

static const struct pail_value *item_of(const struct pail_value *request)
{
    const struct pail_value *put = pail_value_get(request, PAIL_STR("PutRequest"));
    if (put)
        return pail_value_get(put, PAIL_STR("Item"));
    return pail_value_get(pail_value_get(request, PAIL_STR("DeleteRequest")), PAIL_STR("Key"));
}

/* A typed value, so that equal ones have equal texts. */
static bool put_key(struct pail_buf *to, const struct pail_value *typed)
{
    struct pail_str type = pail_value_key_at(typed, 0);
    const struct pail_value *v = pail_value_at(typed, 0);
    struct pail_str s = pail_value_as_str(v);
    struct pail_bytes b = pail_value_as_blob(v);
    pail_buf_str(to, type);
    if (pail_str_eqz(type, "N")) {
        pail_dynamodb_number_key(to, s);
        pail_buf_char(to, ' ');
    } else if (pail_str_eqz(type, "S") || pail_str_eqz(type, "B")) {
        size_t len = s.ptr ? s.len : b.len;
        pail_buf_fmt(to, "%zu ", len);
        pail_buf_append(to, s.ptr ? (const void *)s.ptr : b.ptr, len);
    } else {
        return false;
    }
    return true;
}

static int make_key(const struct pail_dynamodb_writer *w, struct write *one, struct pail_error *err)
{
    struct pail_buf key = PAIL_BUF_INIT(KEY_MAX);
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < pail_value_len(w->overwrite_by); i++) {
        struct pail_str name = pail_value_as_str(pail_value_at(w->overwrite_by, i));
        const struct pail_value *v = pail_value_get(item_of(one->request), name);
        if (!v || !put_key(&key, v))
            rc = pail_error_set(err, PAIL_D_USAGE, PAIL_E_INVALID,
                                "table %s: %.*s, which is of the key, is %s", w->table->name,
                                PAIL_STR_ARG(name), v ? "no string, number or blob" : "not there");
    }
    if (rc == 0)
        rc = pail_buf_check(&key, "key of an item", err);
    if (rc == 0 && key.len)
        one->key = pail_buf_take(&key, &one->key_len);
    pail_buf_done(&key);
    return rc;
}

static void remove_at(struct pail_dynamodb_writer *w, size_t from, size_t n)
{
    for (size_t i = from; i < from + n; i++)
        write_done(&w->writes[i]);
    w->n -= n;
    memmove(w->writes + from, w->writes + from + n, (w->n - from) * sizeof(*w->writes));
}

static bool same_key(const struct write *a, const struct write *b)
{
    return a->key && b->key && a->key_len == b->key_len && !memcmp(a->key, b->key, a->key_len);
}

/* request is one->vs's; there is room. On failure one is given up. */
static int append(struct pail_dynamodb_writer *w, struct write *one, struct pail_error *err)
{
    int rc = pail_values_check(one->vs, err);
    if (rc == 0)
        rc = make_key(w, one, err);
    if (rc < 0) {
        write_done(one);
        return rc;
    }
    for (size_t i = w->n; i-- > 0;)
        if (same_key(&w->writes[i], one))
            remove_at(w, i, 1);
    w->writes[w->n++] = *one;
    return 0;
}

/* ---- Sending --------------------------------------------------------------------------------- */

struct copies {
    struct write writes[PAIL_DYNAMODB_BATCH_WRITES];
    size_t n;
};

static void copies_done(struct copies *c)
{
    for (size_t i = 0; i < c->n; i++)
        write_done(&c->writes[i]);
}

/* What was left, in memory of its own: the answer goes, and nothing may be lost for want of it. */
static int copy_left(const struct pail_dynamodb_writer *w, const struct pail_value *left,
                     struct copies *to, struct pail_error *err)
{
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < pail_value_len(left); i++) {
        struct write *one = &to->writes[to->n];
        rc = pail_values_new(&one->vs, err);
        if (rc < 0)
            break;
        to->n++;
        one->request = pail_value_copy(one->vs, pail_value_at(left, i));
        rc = pail_values_check(one->vs, err);
        if (rc == 0)
            rc = make_key(w, one, err);
    }
    return rc;
}

/* The first n were sent; some came back. */
static int settle(struct pail_dynamodb_writer *w, size_t n, const struct pail_value *left,
                  struct pail_error *err)
{
    struct copies copies = {.n = 0};
    if (pail_value_len(left) > n)
        return pail_error_set(err, PAIL_D_DATA, PAIL_E_GARBAGE,
                              "BatchWriteItem: more came back than was sent");
    int rc = copy_left(w, left, &copies, err);
    if (rc < 0) {
        copies_done(&copies);
        return rc;
    }
    remove_at(w, 0, n);
    memcpy(w->writes + w->n, copies.writes, copies.n * sizeof(*w->writes));
    w->n += copies.n;
    return 0;
}

static int send_batch(struct pail_dynamodb_writer *w, struct pail_error *err)
{
    PAIL_CLEANUP(pail_values_free_p) struct pail_values *tmp = NULL;
    PAIL_CLEANUP(pail_result_free_p) struct pail_result *result = NULL;
    size_t n = w->n < PAIL_DYNAMODB_BATCH_WRITES ? w->n : PAIL_DYNAMODB_BATCH_WRITES;
    struct pail_str table = pail_str(w->table->name);

    int rc = pail_values_new(&tmp, err);
    if (rc < 0)
        return rc;
    struct pail_value *params = pail_value_map(tmp), *tables = pail_value_map(tmp);
    struct pail_value *list = pail_value_list(tmp);
    for (size_t i = 0; i < n; i++)
        pail_value_append(tmp, list, pail_value_copy(tmp, w->writes[i].request));
    pail_value_set(tmp, tables, table, list);
    pail_value_set(tmp, params, PAIL_STR("RequestItems"), tables);
    rc = pail_values_check(tmp, err);
    if (rc == 0)
        rc = pail_call(w->table->client, "BatchWriteItem", params, &result, err);
    if (rc < 0)
        return rc;
    const struct pail_value *left = pail_value_get(pail_result_value(result),
                                                   PAIL_STR("UnprocessedItems"));
    left = pail_value_get(left, table);
    rc = settle(w, n, left, err);
    return rc < 0 ? rc
                  : pail_dynamodb_patience(&w->patience, "BatchWriteItem", n, pail_value_len(left),
                                           err);
}

/* Until fewer than n wait. */
static int drain(struct pail_dynamodb_writer *w, size_t n, struct pail_error *err)
{
    int rc = 0;
    while (rc == 0 && w->n >= n)
        rc = send_batch(w, err);
    if (rc < 0)
        w->patience.idle = 0;
    return rc;
}

static int give(struct pail_dynamodb_writer *w, const char *kind, const char *subject,
                const struct pail_value *v, struct pail_error *err)
{
    struct write one = {.vs = NULL};
    struct pail_value *typed = NULL;

    if (pail_value_type(v) != PAIL_VAL_MAP)
        return pail_error_set(err, PAIL_D_USAGE, PAIL_E_INVALID, "%s is no map", subject);
    /* Full: the last flush failed. */
    int rc = drain(w, PAIL_DYNAMODB_BATCH_WRITES, err);
    if (rc == 0)
        rc = pail_values_new(&one.vs, err);
    if (rc < 0)
        return rc;
    struct pail_value *plain = pail_value_map(one.vs);
    pail_value_set(one.vs, plain, pail_str(subject), pail_value_copy(one.vs, v));
    rc = pail_dynamodb_to_wire(one.vs, plain, &typed, err);
    if (rc < 0) {
        pail_values_free(one.vs);
        return rc;
    }
    struct pail_value *request = pail_value_map(one.vs);
    pail_value_set(one.vs, request, pail_str(kind), typed);
    one.request = request;
    rc = append(w, &one, err);
    return rc < 0 ? rc : drain(w, PAIL_DYNAMODB_BATCH_WRITES, err);
}

int pail_dynamodb_writer_put(struct pail_dynamodb_writer *w, const struct pail_value *item,
                             struct pail_error *err)
{
    return give(w, "PutRequest", "Item", item, err);
}

int pail_dynamodb_writer_delete(struct pail_dynamodb_writer *w, const struct pail_value *key,
                                struct pail_error *err)
{
    return give(w, "DeleteRequest", "Key", key, err);
}

int pail_dynamodb_writer_flush(struct pail_dynamodb_writer *w, struct pail_error *err)
{
    return drain(w, 1, err);
}
