/* SPDX-License-Identifier: Apache-2.0 */
#include "model/merge.h"

struct pail_merged pail_merged(const struct pail_jnode *base, const struct pail_jnode *extra)
{
    if (!extra)
        return (struct pail_merged){base, NULL};
    if (pail_json_type(base) == PAIL_JSON_OBJECT && pail_json_type(extra) == PAIL_JSON_OBJECT)
        return (struct pail_merged){base, extra};
    return (struct pail_merged){extra, NULL};
}

struct pail_merged pail_merged_get(struct pail_merged m, const char *key)
{
    return pail_merged(pail_json_get(m.base, key), m.extra ? pail_json_get(m.extra, key) : NULL);
}

bool pail_merged_each(struct pail_merged m, struct pail_merged_iter *it, struct pail_str *ret_key,
                      struct pail_merged *ret_value)
{
    const struct pail_jnode *value;

    if (!it->in_extra) {
        if (pail_json_each(m.base, &it->it, ret_key, &value)) {
            *ret_value = pail_merged(value, m.extra ? pail_json_get(m.extra, ret_key->ptr) : NULL);
            return true;
        }
        if (!m.extra)
            return false;
        *it = (struct pail_merged_iter){.in_extra = true};
    }
    while (pail_json_each(m.extra, &it->it, ret_key, &value))
        if (!pail_json_get(m.base, ret_key->ptr)) {
            *ret_value = (struct pail_merged){value, NULL};
            return true;
        }
    return false;
}

bool pail_merged_true(struct pail_merged m, const char *key)
{
    bool value;
    return pail_json_bool(pail_merged_get(m, key).base, &value) && value;
}
