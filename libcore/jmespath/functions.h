/* SPDX-License-Identifier: Apache-2.0 */
/* jmespath/functions.h - what the two files of functions share. Private to jmespath/. */
#ifndef PAIL_JMESPATH_FUNCTIONS_H
#define PAIL_JMESPATH_FUNCTIONS_H

#include "jmespath/syntax.h"

struct pail_jmes_function {
    const char *name;
    const char *types[2]; /* what each argument may be, words; "": anything */
    /* Arguments fit. NULL: out of memory, or an error that was told. */
    struct pail_value *(*run)(struct pail_jmes_search *s, const struct pail_jmes_arg *args,
                              size_t n);
    bool variadic;
};

const char *pail_jmes_type(const struct pail_value *v); /* "array" */
/* "In function F(), invalid type for value: ..."; expected: words. Gives NULL. */
struct pail_value *pail_jmes_wrong_type(struct pail_jmes_search *s, const char *function,
                                        const struct pail_value *v, const char *received,
                                        const char *expected);

#define PAIL_JMES_FN(name)                                                                         \
    struct pail_value *pail_jmes_fn_##name(struct pail_jmes_search *s,                             \
                                           const struct pail_jmes_arg *args, size_t n)
PAIL_JMES_FN(avg);
PAIL_JMES_FN(contains);
PAIL_JMES_FN(join);
PAIL_JMES_FN(keys);
PAIL_JMES_FN(map);
PAIL_JMES_FN(max);
PAIL_JMES_FN(max_by);
PAIL_JMES_FN(merge);
PAIL_JMES_FN(min);
PAIL_JMES_FN(min_by);
PAIL_JMES_FN(reverse);
PAIL_JMES_FN(sort);
PAIL_JMES_FN(sort_by);
PAIL_JMES_FN(sum);
PAIL_JMES_FN(to_array);
PAIL_JMES_FN(values);

#endif
