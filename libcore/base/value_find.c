/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading by paths. Total like all reading: a path that leads nowhere, or is none, finds nothing.
 */
#include <pail/value.h>

#include "base/str.h"

/* "[-1]" or "['a.b']" at the front of path, which moves behind it. */
static const struct pail_value *step_into(const struct pail_value *v, struct pail_str *path)
{
    size_t end = pail_str_find(*path, ']');
    uint64_t i;

    if (end == SIZE_MAX)
        return NULL;
    struct pail_str inside = pail_str_sub(*path, 1, end - 1);
    if (inside.len && (inside.ptr[0] == '\'' || inside.ptr[0] == '"')) {
        struct pail_str rest = pail_str_from(inside, 1);
        rest.len = path->len - 2; /* a key may have brackets in it */
        size_t quote = pail_str_find(rest, inside.ptr[0]);
        if (quote == SIZE_MAX || quote + 1 >= rest.len || rest.ptr[quote + 1] != ']')
            return NULL;
        *path = pail_str_from(rest, quote + 2);
        return pail_value_get(v, pail_str_sub(rest, 0, quote));
    }
    *path = pail_str_from(*path, end + 1);
    bool behind = inside.len && inside.ptr[0] == '-';
    if (pail_value_type(v) != PAIL_VAL_LIST ||
        !pail_str_to_u64(pail_str_from(inside, behind), &i) || i > SIZE_MAX)
        return NULL;
    if (!behind)
        return pail_value_at(v, (size_t)i);
    return i && i <= pail_value_len(v) ? pail_value_at(v, pail_value_len(v) - (size_t)i) : NULL;
}

struct pail_value *pail_value_find(const struct pail_value *v, const char *path)
{
    struct pail_str rest = pail_str(path);

    while (v && rest.len) {
        size_t n = 0;
        if (rest.ptr[0] == '[') {
            v = step_into(v, &rest);
        } else {
            while (n < rest.len && rest.ptr[n] != '.' && rest.ptr[n] != '[')
                n++;
            v = pail_value_get(v, pail_str_sub(rest, 0, n));
            rest = pail_str_from(rest, n);
        }
        if (rest.len && rest.ptr[0] == '.')
            rest = pail_str_from(rest, 1);
    }
    return (struct pail_value *)v;
}

const char *pail_value_find_str(const struct pail_value *v, const char *path)
{
    return pail_value_as_str(pail_value_find(v, path)).ptr;
}

int64_t pail_value_find_int(const struct pail_value *v, const char *path, int64_t otherwise)
{
    (void)pail_value_as_int(pail_value_find(v, path), &otherwise);
    return otherwise;
}

bool pail_value_find_bool(const struct pail_value *v, const char *path, bool otherwise)
{
    (void)pail_value_as_bool(pail_value_find(v, path), &otherwise);
    return otherwise;
}
