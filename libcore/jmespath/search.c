/* SPDX-License-Identifier: Apache-2.0 */
/* The public form: one question, asked once. */
#include "jmespath/jmespath.h"

int pail_value_search(struct pail_values *vs, const struct pail_value *in, const char *expression,
                      struct pail_value **ret, struct pail_error *err)
{
    PAIL_CLEANUP(pail_jmes_free_p) struct pail_jmes *question = NULL;
    struct pail_value *found = NULL;

    int rc = pail_jmes_compile(pail_str(expression), &question, err);
    if (rc == 0)
        rc = pail_jmes_search(question, in, vs, &found, err);
    if (rc < 0)
        return rc;
    found = pail_value_copy(vs, found); /* parts may be the expression's or the input's */
    rc = pail_values_check(vs, err);
    if (rc == 0)
        *ret = found;
    return rc;
}
