/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an answer means to a waiter, by the acceptors of the model's data. An error answer is an
 * answer here.
 */
#include "protocol/waiter.h"

#include <stdio.h>

#include "base/str.h"
#include "protocol/paths.h"
#include "protocol/validate.h"

static bool equals(const struct pail_value *v, const struct pail_model_value *expected)
{
    int64_t i;
    bool b;

    switch (expected->type) {
    case PAIL_VALUE_BOOL:
        return pail_value_as_bool(v, &b) && b == expected->boolean;
    case PAIL_VALUE_INT:
        return pail_value_as_int(v, &i) && i == expected->integer;
    case PAIL_VALUE_STRING:
        return pail_value_as_str(v).ptr && pail_str_eq(pail_value_as_str(v), expected->string);
    case PAIL_VALUE_NULL:
        return pail_value_type(v) == PAIL_VAL_NULL;
    default:
        return false;
    }
}

static bool is_error(const struct pail_value *answer)
{
    return pail_value_type(pail_value_get(answer, PAIL_STR("Error"))) == PAIL_VAL_MAP &&
           pail_value_get(answer, PAIL_STR("ResponseMetadata"));
}

/* All, or any; of an empty list neither. */
static bool list_matches(const struct pail_value *v, const struct pail_acceptor *a)
{
    bool all = a->matcher == PAIL_MATCH_PATH_ALL;

    if (pail_value_type(v) != PAIL_VAL_LIST || !pail_value_len(v))
        return false;
    for (size_t i = 0; i < pail_value_len(v); i++)
        if (equals(pail_value_at(v, i), &a->expected) != all)
            return !all;
    return all;
}

static bool error_matches(const struct pail_value *answer, const struct pail_acceptor *a)
{
    const struct pail_value *error = pail_value_get(answer, PAIL_STR("Error"));
    const struct pail_value *code = pail_value_get(error, PAIL_STR("Code"));

    if (a->expected.type == PAIL_VALUE_BOOL)
        return a->expected.boolean ? code != NULL : !error;
    return equals(code, &a->expected);
}

static int matches(const struct pail_acceptor *a, const struct pail_result *r, bool *ret,
                   struct pail_error *err)
{
    struct pail_value *v = NULL;
    const struct pail_value *metadata;

    switch (a->matcher) {
    case PAIL_MATCH_STATUS:
        metadata = pail_value_get(r->value, PAIL_STR("ResponseMetadata"));
        *ret = equals(pail_value_get(metadata, PAIL_STR("HTTPStatusCode")), &a->expected);
        return 0;
    case PAIL_MATCH_ERROR:
        *ret = error_matches(r->value, a);
        return 0;
    default:
        break;
    }
    *ret = false;
    if (is_error(r->value))
        return 0;
    int rc = pail_path_search(a->argument, r->value, r->vs, &v, err);
    if (rc == 0)
        *ret = a->matcher == PAIL_MATCH_PATH ? equals(v, &a->expected) : list_matches(v, a);
    return rc;
}

/* ---- Messages ---- */

static void put_expected(struct pail_buf *to, const struct pail_model_value *v)
{
    switch (v->type) {
    case PAIL_VALUE_BOOL:
        pail_buf_z(to, v->boolean ? "True" : "False");
        break;
    case PAIL_VALUE_INT:
        pail_buf_fmt(to, "%lld", (long long)v->integer);
        break;
    case PAIL_VALUE_STRING:
        pail_buf_str(to, v->string);
        break;
    default:
        pail_buf_z(to, "None");
    }
}

static void explain(struct pail_buf *to, const struct pail_acceptor *a)
{
    static const char *const middle[] = {
        [PAIL_MATCH_PATH] = "we matched expected path",
        [PAIL_MATCH_PATH_ALL] = "all members matched expected path",
        [PAIL_MATCH_PATH_ANY] = "we matched expected path",
    };

    if (a->matcher == PAIL_MATCH_STATUS || a->matcher == PAIL_MATCH_ERROR) {
        pail_buf_fmt(to, "Matched expected %s code: ",
                     a->matcher == PAIL_MATCH_STATUS ? "HTTP status" : "service error");
        put_expected(to, &a->expected);
        return;
    }
    pail_buf_fmt(to, "For expression \"%.*s\" %s: \"", PAIL_STR_ARG(a->argument),
                 middle[a->matcher]);
    put_expected(to, &a->expected);
    pail_buf_z(to, a->matcher == PAIL_MATCH_PATH_ANY ? "\" at least once" : "\"");
}

static int failed(const struct pail_waiter *w, enum pail_code code, const char *reason,
                  const struct pail_acceptor *a, struct pail_error *err)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf text = PAIL_BUF_INIT(4096);

    if (a)
        explain(&text, a);
    return pail_error_set(err, PAIL_D_SERVICE, code, "Waiter %.*s failed: %s%s",
                          PAIL_STR_ARG(w->name), reason, pail_buf_cstr(&text));
}

static int unexpected(const struct pail_waiter *w, const struct pail_result *r,
                      const struct pail_error *refusal, struct pail_error *err)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf text = PAIL_BUF_INIT(4096);
    const struct pail_value *error = pail_value_get(r->value, PAIL_STR("Error"));

    pail_buf_z(&text, "An error occurred (");
    pail_python_str(&text, pail_value_get(error, PAIL_STR("Code")));
    pail_buf_z(&text, "): ");
    pail_python_str(&text, pail_value_get(error, PAIL_STR("Message")));
    struct pail_error own = *refusal; /* its code and ids */
    snprintf(own.message, sizeof(own.message), "Waiter %.*s failed: %s", PAIL_STR_ARG(w->name),
             pail_buf_cstr(&text));
    pail_error_copy(err, &own);
    return own.code;
}

/* ---- Verdicts ---- */

int pail_waiter_begin(struct pail_wait *w, struct pail_client *c, const char *waiter,
                      const struct pail_wait_options *options, struct pail_error *err)
{
    *w = (struct pail_wait){0};
    if (!pail_waiter_find(c->service, pail_str(waiter), &w->w))
        return pail_error_set(err, PAIL_D_USAGE, PAIL_E_INVALID, "Waiter does not exist: %s",
                              waiter);
    snprintf(w->operation, sizeof(w->operation), "%.*s", PAIL_STR_ARG(w->w.operation));
    w->delay_s = options && options->delay_s ? options->delay_s : (unsigned)w->w.delay_s;
    w->max_attempts = options && options->max_attempts ? options->max_attempts
                                                       : (unsigned)w->w.max_attempts;
    return 0;
}

static int match(struct pail_wait *w, const struct pail_result *answer, bool *ret_success,
                 bool *ret_failure, struct pail_error *err)
{
    for (unsigned i = 0; pail_waiter_acceptor(&w->w, i, &w->last); i++) {
        bool yes;
        int rc = matches(&w->last, answer, &yes, err);
        if (rc < 0)
            return rc;
        if (yes) {
            w->matched_ever = true;
            *ret_success = w->last.state == PAIL_WAITER_SUCCESS;
            *ret_failure = w->last.state == PAIL_WAITER_FAILURE;
            return 1;
        }
    }
    return 0;
}

int pail_waiter_look(struct pail_wait *w, const struct pail_result *answer,
                     const struct pail_error *refusal, bool *ret_over, struct pail_error *err)
{
    bool success = false, failure = false;

    int rc = match(w, answer, &success, &failure, err);
    if (rc == 0 && is_error(answer->value))
        rc = unexpected(&w->w, answer, refusal, err);
    if (rc < 0)
        return rc;
    *ret_over = success;
    if (success)
        return 0;
    if (failure)
        return failed(&w->w, PAIL_E_CONFLICT,
                      "Waiter encountered a terminal failure state: ", &w->last, err);
    if (++w->attempts < w->max_attempts)
        return 0;
    return w->matched_ever
               ? failed(&w->w, PAIL_E_RETRIES_EXCEEDED,
                        "Max attempts exceeded. Previously accepted state: ", &w->last, err)
               : failed(&w->w, PAIL_E_RETRIES_EXCEEDED, "Max attempts exceeded", NULL, err);
}
