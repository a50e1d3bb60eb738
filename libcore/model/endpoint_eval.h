/* SPDX-License-Identifier: Apache-2.0 */
/* model/endpoint_eval.h - values of the endpoint rules and their evaluation. Private to model/. */
#ifndef PAIL_MODEL_ENDPOINT_EVAL_H
#define PAIL_MODEL_ENDPOINT_EVAL_H

#include "base/buf.h"
#include "base/json.h"
#include "model/blob.h"
#include "model/endpoint.h"

/* Memory of one evaluation; everything goes at once. Zeroed: empty. */
struct pail_arena {
    struct pail_arena_block *blocks;
    size_t used;
};
/* Aligned to 8; NULL when there is none. */
void *pail_arena_alloc(struct pail_arena *a, size_t size);
void pail_arena_done(struct pail_arena *a);

enum pail_rule_type { /* UNSET must be 0: variables nobody assigned */
                      PAIL_RULE_UNSET,
                      PAIL_RULE_NULL,
                      PAIL_RULE_BOOL,
                      PAIL_RULE_INT,
                      PAIL_RULE_STRING,
                      PAIL_RULE_LIST,
                      PAIL_RULE_MAP,
};
struct pail_rule_value {
    enum pail_rule_type type;
    bool boolean;
    int64_t integer;
    struct pail_str string;
    const struct pail_rule_value *items; /* of lists; of maps the values */
    const struct pail_str *keys;         /* of maps */
    size_t n;
};
static inline bool pail_rule_is_null(const struct pail_rule_value *v)
{
    return v->type <= PAIL_RULE_NULL;
}
/* NULL where it is no map or has no such key. */
const struct pail_rule_value *pail_rule_get(const struct pail_rule_value *map, struct pail_str key);
void pail_rule_json(struct pail_jwriter *w, const struct pail_rule_value *v);

struct pail_eval {
    const struct pail_blob *rules, *partitions;
    struct pail_arena arena;
    struct pail_rule_value *slots; /* n_variables */
    uint32_t *trail;               /* slots that were assigned, in order */
    uint32_t n_slots, n_trail;
    unsigned depth, steps; /* bounds for damaged rules */
    struct pail_error *err;
};
struct pail_eval_result {
    struct pail_rule_value url, properties, headers;
};
/* slots are filled with the parameters. 1: a result; 0: no rule applies; < 0: error. */
int pail_eval_rules(struct pail_eval *e, struct pail_eval_result *ret);

/* endpoint_fn.c. Arguments are evaluated and counted (missing ones are null). */
PAIL_CHECK int pail_eval_call(struct pail_eval *e, enum pail_fn fn,
                              const struct pail_rule_value *args, uint32_t n,
                              struct pail_rule_value *ret);
/* endpoint_parse.c: 0, or PAIL_E_NOMEM. Results are null where the text is not of the kind. */
PAIL_CHECK int pail_eval_parse_url(struct pail_eval *e, struct pail_str url,
                                   struct pail_rule_value *ret);
PAIL_CHECK int pail_eval_parse_arn(struct pail_eval *e, struct pail_str arn,
                                   struct pail_rule_value *ret);
PAIL_CHECK int pail_eval_split(struct pail_eval *e, struct pail_str s, struct pail_str delimiters,
                               bool any_of, int64_t limit, struct pail_rule_value *ret);
/* A map of n keys and values, copied. */
PAIL_CHECK int pail_eval_map(struct pail_eval *e, const struct pail_str *keys,
                             const struct pail_rule_value *values, size_t n,
                             struct pail_rule_value *ret);
bool pail_is_ipv4_like(struct pail_str s);
bool pail_is_host_label(struct pail_str s, bool dots);
/* partition.c */
uint32_t pail_partition_index(const struct pail_blob *partitions, struct pail_str region);
bool pail_partition_open(const struct pail_blob *partitions, uint32_t i,
                         struct pail_partition *ret);

static inline struct pail_rule_value pail_rule_str(struct pail_str s)
{
    return (struct pail_rule_value){.type = s.ptr ? PAIL_RULE_STRING : PAIL_RULE_NULL, .string = s};
}
static inline struct pail_rule_value pail_rule_bool(bool b)
{
    return (struct pail_rule_value){.type = PAIL_RULE_BOOL, .boolean = b};
}

#endif
