/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Calls whose parameters are written out. They are built in an owner of their own and gone when the
 * call begins, which has used them up by then.
 */
#include <pail/service.h>

static int build(struct pail_values **ret_vs, struct pail_value **ret, const char *form, va_list ap,
                 struct pail_error *err)
{
    struct pail_values *vs = NULL;

    int rc = pail_values_new(&vs, err);
    if (rc < 0)
        return rc;
    struct pail_value *params = pail_value_vform(vs, form, ap);
    rc = pail_values_check(vs, err);
    if (rc < 0) {
        pail_values_free(vs);
        return rc;
    }
    *ret_vs = vs;
    *ret = params;
    return 0;
}

int pail_callf(struct pail_client *c, struct pail_result **ret, struct pail_error *err,
               const char *operation, const char *form, ...)
{
    struct pail_values *vs = NULL;
    struct pail_value *params = NULL;
    va_list ap;

    va_start(ap, form);
    int rc = build(&vs, &params, form, ap, err);
    va_end(ap);
    if (rc == 0)
        rc = pail_call(c, operation, params, ret, err);
    pail_values_free(vs);
    return rc;
}

int pail_call_asyncf(struct pail_client *c, struct pail_result **ret, pail_done_fn *done, void *ud,
                     struct pail_call **ret_call, struct pail_error *err, const char *operation,
                     const char *form, ...)
{
    struct pail_values *vs = NULL;
    struct pail_call_args args = {0};
    struct pail_value *params = NULL;
    va_list ap;

    va_start(ap, form);
    int rc = build(&vs, &params, form, ap, err);
    va_end(ap);
    args.params = params;
    if (rc == 0)
        rc = pail_call_async(c, operation, &args, ret, done, ud, ret_call, err);
    pail_values_free(vs);
    return rc;
}

int pail_pagesf(struct pail_client *c, struct pail_pages **ret, struct pail_error *err,
                const char *operation, const char *form, ...)
{
    struct pail_values *vs = NULL;
    struct pail_call_args args = {0};
    struct pail_value *params = NULL;
    va_list ap;

    va_start(ap, form);
    int rc = build(&vs, &params, form, ap, err);
    va_end(ap);
    args.params = params;
    if (rc == 0)
        rc = pail_pages_new(c, operation, &args, NULL, ret, err);
    pail_values_free(vs);
    return rc;
}

int pail_waitf(struct pail_client *c, struct pail_error *err, const char *waiter, const char *form,
               ...)
{
    struct pail_values *vs = NULL;
    struct pail_value *params = NULL;
    va_list ap;

    va_start(ap, form);
    int rc = build(&vs, &params, form, ap, err);
    va_end(ap);
    if (rc == 0)
        rc = pail_wait(c, waiter, params, NULL, NULL, err);
    pail_values_free(vs);
    return rc;
}

struct pail_value *pail_result_find(const struct pail_result *r, const char *path)
{
    return r ? pail_value_find(pail_result_value(r), path) : NULL;
}

const char *pail_result_str(const struct pail_result *r, const char *path)
{
    return r ? pail_value_find_str(pail_result_value(r), path) : NULL;
}
