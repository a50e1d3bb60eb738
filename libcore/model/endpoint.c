/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Parameters in, result out, and the results of late. Most calls of a client ask with the same
 * parameters: for them an evaluation is a look-up under a lock of a few instructions. The key is
 * the text of all parameters that the rules know, in the rules' order. S3's Key, Prefix and
 * CopySource are dropped before anything else, because its rules do not look at them and they would
 * make every key different.
 */
#include "model/endpoint.h"

#include "base/alloc.h"
#include "base/str.h"
#include "model/endpoints.h"
#include "model/models.h"

#define MAX_RESULTS 100
#define MAX_KEY ((size_t)256 << 10)

struct entry {
    struct pail_list link;
    const struct pail_endpoint *result;
    struct pail_str key; /* behind this struct */
};

int pail_endpoints_new(const struct pail_models *models, const struct pail_service *service,
                       struct pail_endpoints **ret, struct pail_error *err)
{
    if (service->rules == &pail_blob_empty)
        return pail_error_set(err, PAIL_D_CONFIG, PAIL_E_UNSUPPORTED,
                              "%.*s: the model has no endpoint rules", PAIL_STR_ARG(service->name));
    struct pail_endpoints *e = pail_zalloc(sizeof(*e));
    if (!e)
        return pail_error_nomem(err);
    *e = (struct pail_endpoints){
        .rules = service->rules,
        .partitions = pail_models_partitions(models),
        .what = service->name,
        .is_s3 = pail_str_eqz(service->name, "s3"),
    };
    pail_mutex_init(&e->lock, "endpoints", PAIL_RANK_LEAF);
    pail_list_init(&e->locked.recent);
    int rc = pail_map_new(&e->locked.results, err);
    if (rc < 0)
        pail_endpoints_free(e);
    else
        *ret = e;
    return rc;
}

void pail_endpoints_free(struct pail_endpoints *e)
{
    if (!e)
        return;
    PAIL_LIST_FOR (it, &e->locked.recent) {
        struct entry *entry = PAIL_CONTAINER(it, struct entry, link);
        pail_endpoint_unref(entry->result);
        pail_free(entry);
    }
    pail_map_free(e->locked.results);
    pail_mutex_done(&e->lock);
    pail_free(e);
}

/* ---- Parameters ------------------------------------------------------------------------------ */

static bool is_left_out(const struct pail_endpoints *e, struct pail_str name)
{
    return e->is_s3 && (pail_str_eqz(name, "Key") || pail_str_eqz(name, "Prefix") ||
                        pail_str_eqz(name, "CopySource"));
}

static int wrong_type(const struct pail_param_rec *rec, struct pail_str name,
                      struct pail_error *err)
{
    static const char *const types[] = {
        [PAIL_VALUE_BOOL] = "bool", [PAIL_VALUE_STRING] = "str", [PAIL_VALUE_STRINGS] = "tuple"};
    unsigned type = rec->flags & 0xff;
    return pail_error_set(
        err, PAIL_D_USAGE, PAIL_E_INVALID, "Value (%.*s) is the wrong type. Must be <class '%s'>.",
        PAIL_STR_ARG(name), type < PAIL_ARRAY_LEN(types) && types[type] ? types[type] : "?");
}

static int list_value(struct pail_eval *e, const struct pail_str *strings, size_t n,
                      struct pail_rule_value *ret)
{
    struct pail_rule_value *items = pail_arena_alloc(&e->arena, (n + 1) * sizeof(*items));
    if (!items)
        return pail_error_nomem(e->err);
    for (size_t i = 0; i < n; i++)
        items[i] = pail_rule_str(strings[i]);
    *ret = (struct pail_rule_value){.type = PAIL_RULE_LIST, .items = items, .n = n};
    return 0;
}

static int default_value(struct pail_eval *e, const struct pail_param_rec *rec,
                         struct pail_str name, struct pail_rule_value *ret)
{
    struct pail_model_value v = pail_blob_value(e->rules, rec->value);
    struct pail_rule_value *items;

    switch (v.type) {
    case PAIL_VALUE_BOOL:
        *ret = pail_rule_bool(v.boolean);
        return 0;
    case PAIL_VALUE_STRING:
        *ret = pail_rule_str(v.string);
        return 0;
    case PAIL_VALUE_INT:
        *ret = (struct pail_rule_value){.type = PAIL_RULE_INT, .integer = v.integer};
        return 0;
    case PAIL_VALUE_STRINGS:
        items = pail_arena_alloc(&e->arena, ((size_t)v.strings.n + 1) * sizeof(*items));
        if (!items)
            return pail_error_nomem(e->err);
        for (unsigned i = 0; i < v.strings.n; i++)
            items[i] = pail_rule_str(pail_strs_at(v.strings, i));
        *ret = (struct pail_rule_value){.type = PAIL_RULE_LIST, .items = items, .n = v.strings.n};
        return 0;
    case PAIL_VALUE_NULL:
        break;
    }
    if (rec->flags >> 8)
        return pail_error_set(e->err, PAIL_D_USAGE, PAIL_E_INVALID,
                              "Cannot find value for required parameter %.*s", PAIL_STR_ARG(name));
    return 0; /* stays unset */
}

static int param_value(struct pail_eval *e, const struct pail_param_rec *rec,
                       const struct pail_endpoint_params *params, struct pail_rule_value *ret)
{
    struct pail_str name = pail_blob_str(e->rules, rec->name);
    unsigned type = rec->flags & 0xff;

    for (unsigned i = 0; i < params->n; i++) {
        if (!pail_str_eq(params->list[i].name, name))
            continue;
        switch (params->list[i].type) {
        case PAIL_PARAM_BOOL:
            *ret = pail_rule_bool(params->list[i].boolean);
            return type == PAIL_VALUE_BOOL ? 0 : wrong_type(rec, name, e->err);
        case PAIL_PARAM_STRING:
            *ret = pail_rule_str(params->list[i].string);
            return type == PAIL_VALUE_STRING ? 0 : wrong_type(rec, name, e->err);
        case PAIL_PARAM_STRINGS:
            if (type != PAIL_VALUE_STRINGS)
                return wrong_type(rec, name, e->err);
            return list_value(e, params->list[i].strings, params->list[i].n_strings, ret);
        }
    }
    return default_value(e, rec, name, ret);
}

/* Fills the first slots and writes the key. */
static int read_params(const struct pail_endpoints *self, struct pail_eval *e,
                       const struct pail_endpoint_params *params, struct pail_buf *key)
{
    const struct pail_param_rec *rec;
    struct pail_jwriter w;

    pail_jw_init(&w, key, 0);
    pail_jw_object(&w);
    for (uint32_t i = 0;
         i < e->n_slots && (rec = pail_blob_record(e->rules, PAIL_TABLE_PARAMS, i, sizeof(*rec)));
         i++) {
        struct pail_str name = pail_blob_str(e->rules, rec->name);
        if (is_left_out(self, name))
            continue;
        int rc = param_value(e, rec, params, &e->slots[i]);
        if (rc < 0)
            return rc;
        if (pail_rule_is_null(&e->slots[i]))
            continue;
        pail_jw_key(&w, name);
        pail_rule_json(&w, &e->slots[i]);
    }
    pail_jw_end_object(&w);
    return pail_buf_check(key, "endpoint parameters", e->err);
}

/* ---- Results of late ------------------------------------------------------------------------- */

static const struct pail_endpoint *recall(struct pail_endpoints *self, struct pail_str key)
{
    PAIL_LOCKED(&self->lock);
    struct entry *entry = pail_map_get(self->locked.results, key);
    if (!entry)
        return NULL;
    pail_list_remove(&entry->link);
    pail_list_prepend(&self->locked.recent, &entry->link);
    return pail_endpoint_ref(entry->result);
}

/* Out of memory: then it is not remembered. */
static void remember(struct pail_endpoints *self, struct pail_str key,
                     const struct pail_endpoint *result)
{
    struct entry *entry = pail_alloc(sizeof(*entry) + key.len), *old = NULL;
    if (!entry)
        return;
    memcpy(entry + 1, key.ptr, key.len);
    *entry = (struct entry){.result = result, .key = pail_strn((const char *)(entry + 1), key.len)};
    pail_list_init(&entry->link);

    pail_mutex_lock(&self->lock);
    if (!pail_map_get(self->locked.results, key) &&
        pail_map_put(self->locked.results, key, entry, NULL, NULL) == 0) {
        pail_endpoint_ref(result);
        pail_list_prepend(&self->locked.recent, &entry->link);
        entry = NULL;
        if (pail_map_len(self->locked.results) > MAX_RESULTS) {
            old = PAIL_CONTAINER(self->locked.recent.prev, struct entry, link);
            pail_list_remove(&old->link);
            pail_map_remove(self->locked.results, old->key);
        }
    }
    pail_mutex_unlock(&self->lock);
    if (old)
        pail_endpoint_unref(old->result);
    pail_free(old);
    pail_free(entry);
}

/* ---- Resolving ------------------------------------------------------------------------------- */

static int run(struct pail_endpoints *self, struct pail_eval *e, struct pail_str key,
               const struct pail_endpoint **ret)
{
    struct pail_eval_result result = {0};
    int rc = pail_eval_rules(e, &result);

    if (rc < 0)
        return rc;
    if (rc == 0)
        return pail_error_set(e->err, PAIL_D_USAGE, PAIL_E_NOT_FOUND,
                              "No endpoint found for parameters: %.*s", PAIL_STR_ARG(key));
    rc = pail_endpoint_build(&result, ret, e->err);
    if (rc == 0)
        remember(self, key, *ret);
    return rc;
}

int pail_endpoint_resolve(struct pail_endpoints *self, const struct pail_endpoint_params *params,
                          const struct pail_endpoint **ret, struct pail_error *err)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf key = PAIL_BUF_INIT(MAX_KEY);
    const uint32_t max = self->rules->h->n_words;
    if (params->too_many)
        return pail_error_set(err, PAIL_D_USAGE, PAIL_E_TOO_BIG, "more than %d endpoint parameters",
                              PAIL_ENDPOINT_MAX_PARAMS);
    struct pail_eval e = {
        .rules = self->rules,
        .partitions = self->partitions,
        .n_slots = self->rules->h->n_variables < max ? self->rules->h->n_variables : max,
        .err = err,
    };
    e.slots = pail_arena_alloc(&e.arena, ((size_t)e.n_slots + 1) * sizeof(*e.slots));
    e.trail = pail_arena_alloc(&e.arena, ((size_t)e.n_slots + 1) * sizeof(*e.trail));
    int rc = e.slots && e.trail ? 0 : pail_error_nomem(err);
    if (rc == 0) {
        memset(e.slots, 0, e.n_slots * sizeof(*e.slots));
        rc = read_params(self, &e, params, &key);
    }
    if (rc == 0) {
        const struct pail_endpoint *known = recall(self, pail_buf_view(&key));
        if (known)
            *ret = known;
        else
            rc = run(self, &e, pail_buf_view(&key), ret);
    }
    pail_arena_done(&e.arena);
    return rc;
}
