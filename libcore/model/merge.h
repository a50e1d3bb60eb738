/* SPDX-License-Identifier: Apache-2.0 */
/*
 * model/merge.h - two JSON trees seen as one: a model and the extras that lie over it. Private to
 * model/.
 *
 * As botocore merges: objects member by member, anything else replaced. Nothing is copied. A node
 * without extras costs nothing more than the node.
 */
#ifndef PAIL_MODEL_MERGE_H
#define PAIL_MODEL_MERGE_H

#include "base/json.h"

struct pail_merged {
    const struct pail_jnode *base, *extra; /* extra: an object over an object, or NULL */
};

/* `extra` replaces `base` unless both are objects. Either may be NULL. */
struct pail_merged pail_merged(const struct pail_jnode *base, const struct pail_jnode *extra);
struct pail_merged pail_merged_get(struct pail_merged m, const char *key);
/* Every key once: base's in its order, then what extra adds. Zero *it at first. */
struct pail_merged_iter {
    void *it;
    bool in_extra;
};
bool pail_merged_each(struct pail_merged m, struct pail_merged_iter *it, struct pail_str *ret_key,
                      struct pail_merged *ret_value);
static inline bool pail_merged_is_object(struct pail_merged m)
{
    return pail_json_type(m.base) == PAIL_JSON_OBJECT;
}
static inline struct pail_str pail_merged_str(struct pail_merged m, const char *key)
{
    return pail_json_str(pail_merged_get(m, key).base);
}
/* Is there, and true. */
bool pail_merged_true(struct pail_merged m, const char *key);

#endif
