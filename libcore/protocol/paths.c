/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Literals of an expression are borrowed by what a search gives; expressions of paginators and
 * waiters that have any answer with true or false, so a copy of the answer, which is small, lets
 * the expression go.
 */
#include "protocol/paths.h"

#include "base/str.h"

/* Names and dots only: nearly all of them, and no parser is needed. */
static bool is_dotted(struct pail_str s)
{
    for (size_t i = 0; i < s.len; i++) {
        char c = s.ptr[i];
        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
              c == '_' || c == '.'))
            return false;
    }
    return s.len > 0;
}

static struct pail_value *walk(struct pail_str dotted, const struct pail_value *in)
{
    const struct pail_value *v = in;
    struct pail_str name;

    while (pail_str_split(&dotted, '.', &name))
        v = pail_value_get(v, name);
    return (struct pail_value *)v; /* parts of `in` are given as they are */
}

int pail_path_search(struct pail_str expression, const struct pail_value *in,
                     struct pail_values *vs, struct pail_value **ret, struct pail_error *err)
{
    PAIL_CLEANUP(pail_jmes_free_p) struct pail_jmes *j = NULL;
    struct pail_value *v = NULL;
    int rc = 0;

    if (is_dotted(expression)) {
        v = walk(expression, in);
        if (!v)
            v = pail_value_null(vs);
    } else {
        rc = pail_jmes_compile(expression, &j, err);
        if (rc == 0)
            rc = pail_jmes_search(j, in, vs, &v, err);
        if (rc == 0 && pail_value_type(v) != PAIL_VAL_LIST && pail_value_type(v) != PAIL_VAL_MAP)
            v = pail_value_copy(vs, v);
    }
    if (rc == 0 && !v)
        rc = pail_error_nomem(err);
    if (rc == 0)
        *ret = v;
    return rc;
}

void pail_path_set(struct pail_values *vs, struct pail_value *map, struct pail_str dotted,
                   struct pail_value *v)
{
    size_t dot = pail_str_find(dotted, '.');

    if (dot == SIZE_MAX) {
        pail_value_set(vs, map, dotted, v);
        return;
    }
    struct pail_str name = pail_str_sub(dotted, 0, dot);
    struct pail_value *child = pail_value_get(map, name);
    if (pail_value_type(child) != PAIL_VAL_MAP)
        child = pail_value_set(vs, map, name, pail_value_map(vs));
    pail_path_set(vs, child, pail_str_from(dotted, dot + 1), v);
}
