/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pages: the same call again with the token that the last answer had, until there is none.
 *
 * max_items counts items of the first result key and cuts the page where it is reached; the resume
 * token is then that of the page with the number of its items that were given. botocore's algorithm
 * step by step, because its tokens are to be understood here and ours there.
 */
#include <stdio.h>

#include "base/alloc.h"
#include "base/str.h"
#include "base/value_repr.h"
#include "protocol/client.h"
#include "protocol/paginate.h"
#include "protocol/paths.h"
#include "protocol/validate.h"

struct pail_pages {
    struct pail_client *client; /* a reference */
    struct pail_operation op;
    char *operation;
    struct pail_paginator how;
    struct pail_call_args args;
    struct pail_service_sink sink;
    bool limited;
    int64_t max_items, total, skip;
    struct pail_values *vs;    /* of the parameters */
    struct pail_value *params; /* of the next call */
    struct pail_values *token_vs;
    struct pail_value *token,
        *previous; /* what asked for the page at hand, and for the one before */
    struct pail_values *non_aggregate_vs;
    struct pail_value *non_aggregate;
    struct pail_buf resume;
    bool started, resumed, ended;
    /* The page under way, of pail_pages_next_async. */
    pail_done_fn *done;
    void *done_ud;
    struct pail_result *page, **ret;
};

static int page_error(struct pail_error *err, const char *why)
{
    return pail_error_set(err, PAIL_D_USAGE, PAIL_E_INVALID, "Error during pagination: %s", why);
}

static struct pail_str result_key(const struct pail_pages *p, unsigned i)
{
    return pail_strs_at(p->how.result_key, i);
}

bool pail_client_can_paginate(const struct pail_client *c, const char *operation)
{
    struct pail_paginator how;
    return pail_paginator_find(c->service, pail_str(operation), &how);
}

/* ---- Creation ---- */

static void inject(struct pail_pages *p, const struct pail_value *token)
{
    for (size_t i = 0; i < pail_value_len(token); i++) {
        struct pail_value *v = pail_value_at(token, i);
        if (pail_value_type(v) != PAIL_VAL_NULL && !pail_str_eqz(pail_value_as_str(v), "None"))
            pail_value_set(p->vs, p->params, pail_value_key_at(token, i),
                           pail_value_copy(p->vs, v));
        else
            pail_value_remove(p->params, pail_value_key_at(token, i));
    }
}

static int set_page_size(struct pail_pages *p, int64_t size, struct pail_error *err)
{
    struct pail_shape input, m;
    char digits[24];

    if (!size)
        return 0;
    if (!p->how.limit_key.len || !pail_operation_input(&p->op, &input) ||
        !pail_shape_member(&input, p->how.limit_key, &m))
        return page_error(err, "PageSize parameter is not supported for the pagination interface "
                               "for this operation.");
    int n = snprintf(digits, sizeof(digits), "%lld", (long long)size);
    pail_value_set(p->vs, p->params, p->how.limit_key,
                   m.type == PAIL_SHAPE_STRING ? pail_value_str(p->vs, pail_strn(digits, (size_t)n))
                                               : pail_value_int(p->vs, size));
    return 0;
}

static int start(struct pail_pages *p, const struct pail_pages_options *o, struct pail_error *err)
{
    int rc = pail_values_new(&p->token_vs, err);
    if (rc < 0)
        return rc;
    p->token = pail_value_map(p->token_vs);
    for (unsigned i = 0; i < p->how.input_token.n; i++)
        pail_value_set(p->token_vs, p->token, pail_strs_at(p->how.input_token, i),
                       pail_value_null(p->token_vs));
    if (o && o->starting_token.len) {
        p->resumed = true;
        rc = pail_token_decode(o->starting_token, p->how.input_token, p->token_vs, &p->token,
                               &p->skip, err);
        if (rc < 0)
            return rc;
        inject(p, p->token);
    }
    rc = set_page_size(p, o ? o->page_size : 0, err);
    if (rc == 0)
        rc = pail_values_check(p->token_vs, err);
    return rc < 0 ? rc : pail_values_check(p->vs, err);
}

static int init(struct pail_pages *p, const char *operation, const struct pail_call_args *args,
                const struct pail_pages_options *o, struct pail_error *err)
{
    p->operation = pail_strdup(operation);
    if (!p->operation)
        return pail_error_nomem(err);
    if (!pail_paginator_find(p->client->service, pail_str(operation), &p->how))
        return pail_error_set(err, PAIL_D_USAGE, PAIL_E_UNSUPPORTED,
                              "Operation cannot be paginated: %s", operation);
    int rc = pail_client_operation(p->client, pail_str(operation), &p->op, err);
    if (rc == 0)
        rc = pail_values_new(&p->vs, err);
    if (rc < 0)
        return rc;
    p->params = args && args->params ? pail_value_copy(p->vs, args->params) : pail_value_map(p->vs);
    if (args)
        p->args = *args;
    p->limited = o && o->max_items;
    p->max_items = p->limited && o->max_items > 0 ? o->max_items : 0;
    return start(p, o, err);
}

int pail_pages_new(struct pail_client *c, const char *operation, const struct pail_call_args *args,
                   const struct pail_pages_options *options, struct pail_pages **ret,
                   struct pail_error *err)
{
    struct pail_pages *p = pail_zalloc(sizeof(*p));
    if (!p)
        return pail_error_nomem(err);
    p->client = pail_client_ref(c);
    pail_buf_init(&p->resume, 8 << 20);
    int rc = init(p, operation, args, options, err);
    if (rc < 0) {
        (void)pail_pages_free(p);
        return rc;
    }
    *ret = p;
    return 0;
}

struct pail_pages *pail_pages_free(struct pail_pages *p)
{
    if (!p)
        return NULL;
    (void)pail_client_unref(p->client);
    (void)pail_values_free(p->vs);
    (void)pail_values_free(p->token_vs);
    (void)pail_values_free(p->non_aggregate_vs);
    pail_buf_done(&p->resume);
    pail_free(p->operation);
    pail_free(p);
    return NULL;
}

/* ---- One page ---- */

/* The items of the page from one place to another, as a new list or text. */
static struct pail_value *slice(struct pail_values *vs, const struct pail_value *v, size_t from,
                                size_t to)
{
    struct pail_value *list;

    if (pail_value_type(v) == PAIL_VAL_STRING)
        return pail_value_str(vs, pail_str_sub(pail_value_as_str(v), from, to - from));
    list = pail_value_list(vs);
    for (size_t i = from; i < to && i < pail_value_len(v); i++)
        pail_value_append(vs, list, pail_value_at(v, i));
    return list;
}

static size_t count(const struct pail_value *v)
{
    return pail_value_type(v) == PAIL_VAL_STRING ? pail_value_as_str(v).len : pail_value_len(v);
}

/* The first page of a resumed list: what was given before is taken away, lists and texts of other
 * keys were given whole. */
static int skip_seen(struct pail_pages *p, struct pail_result *r, struct pail_error *err)
{
    struct pail_value *v = NULL, *rest;
    struct pail_str key = result_key(p, 0);

    int rc = pail_path_search(key, r->value, r->vs, &v, err);
    if (rc < 0)
        return rc;
    enum pail_value_type t = pail_value_type(v);
    rest = t == PAIL_VAL_LIST || t == PAIL_VAL_STRING ? slice(r->vs, v, (size_t)p->skip, count(v))
                                                      : pail_value_null(r->vs);
    pail_path_set(r->vs, r->value, key, rest);
    for (unsigned i = 1; rc == 0 && (key = result_key(p, i)).ptr; i++) {
        rc = pail_path_search(key, r->value, r->vs, &v, err);
        t = pail_value_type(v);
        if (rc == 0 && t != PAIL_VAL_INT && t != PAIL_VAL_REAL)
            pail_path_set(r->vs, r->value, key,
                          t == PAIL_VAL_LIST     ? pail_value_list(r->vs)
                          : t == PAIL_VAL_STRING ? pail_value_str(r->vs, PAIL_STR(""))
                                                 : pail_value_null(r->vs));
    }
    return rc;
}

static int keep_non_aggregate(struct pail_pages *p, struct pail_result *r, struct pail_error *err)
{
    struct pail_value *v = NULL;
    struct pail_str key;
    int rc = pail_values_new(&p->non_aggregate_vs, err);

    if (rc < 0)
        return rc;
    p->non_aggregate = pail_value_map(p->non_aggregate_vs);
    for (unsigned i = 0; rc == 0 && (key = pail_strs_at(p->how.non_aggregate_keys, i)).ptr; i++) {
        rc = pail_path_search(key, r->value, r->vs, &v, err);
        if (rc == 0)
            pail_path_set(p->non_aggregate_vs, p->non_aggregate, key,
                          pail_value_copy(p->non_aggregate_vs, v));
    }
    return rc < 0 ? rc : pail_values_check(p->non_aggregate_vs, err);
}

/* Falsy as in Python. */
static bool says_no(const struct pail_value *v)
{
    int64_t i = 1;
    bool b = true;

    switch (pail_value_type(v)) {
    case PAIL_VAL_BOOL:
        return pail_value_as_bool(v, &b) && !b;
    case PAIL_VAL_INT:
        return pail_value_as_int(v, &i) && i == 0;
    case PAIL_VAL_STRING:
        return pail_value_as_str(v).len == 0;
    case PAIL_VAL_LIST:
    case PAIL_VAL_MAP:
        return pail_value_len(v) == 0;
    case PAIL_VAL_NONE:
    case PAIL_VAL_NULL:
        return true;
    default:
        return false;
    }
}

/* The token for the page behind this one into *ret, of new values; *ret_last: there is none. */
static int next_token(struct pail_pages *p, struct pail_result *r, struct pail_values *vs,
                      struct pail_value **ret, bool *ret_last, struct pail_error *err)
{
    struct pail_value *v = NULL, *token = pail_value_map(vs);
    int rc = 0;

    *ret_last = true;
    *ret = token;
    if (p->how.more_results.len) {
        rc = pail_path_search(p->how.more_results, r->value, r->vs, &v, err);
        if (rc < 0 || says_no(v))
            return rc;
    }
    for (unsigned i = 0; rc == 0 && i < p->how.input_token.n && i < p->how.output_token.n; i++) {
        rc = pail_path_search(pail_strs_at(p->how.output_token, i), r->value, r->vs, &v, err);
        if (rc < 0)
            return rc;
        bool none = says_no(v);
        *ret_last = *ret_last && none;
        pail_value_set(vs, token, pail_strs_at(p->how.input_token, i),
                       none ? pail_value_null(vs) : pail_value_copy(vs, v));
    }
    return pail_values_check(vs, err);
}

static int twice(const struct pail_value *token, struct pail_error *err)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf text = PAIL_BUF_INIT(4096);

    pail_buf_z(&text, "The same next token was received twice: ");
    pail_value_repr(&text, token);
    return page_error(err, pail_buf_cstr(&text));
}

static int go_on(struct pail_pages *p, struct pail_result *r, struct pail_error *err)
{
    struct pail_values *vs = NULL;
    struct pail_value *token = NULL;
    bool last = true;

    int rc = pail_values_new(&vs, err);
    if (rc == 0)
        rc = next_token(p, r, vs, &token, &last, err);
    if (rc < 0) {
        (void)pail_values_free(vs);
        return rc;
    }
    if (last) {
        p->ended = true;
    } else if (p->limited && p->total == p->max_items) {
        p->ended = true;
        rc = pail_token_encode(token, &p->resume, err);
    } else if (p->previous && pail_value_eq(p->previous, token)) {
        rc = twice(token, err);
    } else {
        inject(p, token);
    }
    (void)pail_values_free(p->token_vs);
    p->token_vs = vs;
    p->token = p->previous = token;
    return rc < 0 ? rc : pail_values_check(p->vs, err);
}

/* The page goes beyond max_items: its end is cut off. */
static int cut(struct pail_pages *p, struct pail_result *r, struct pail_value *items, size_t keep,
               int64_t skipped, struct pail_error *err)
{
    pail_path_set(r->vs, r->value, result_key(p, 0), slice(r->vs, items, 0, keep));
    pail_value_set(p->token_vs, p->token, PAIL_STR("boto_truncate_amount"),
                   pail_value_int(p->token_vs, (int64_t)keep + skipped));
    p->ended = true;
    int rc = pail_values_check(p->token_vs, err);
    return rc < 0 ? rc : pail_token_encode(p->token, &p->resume, err);
}

static int take_page(struct pail_pages *p, struct pail_result *r, struct pail_error *err)
{
    struct pail_value *items = NULL;
    int64_t skipped = 0;
    int rc = 0;

    if (!p->started) {
        p->started = true;
        if (p->resumed) {
            skipped = p->skip;
            rc = skip_seen(p, r, err);
        }
        if (rc == 0)
            rc = keep_non_aggregate(p, r, err);
    }
    if (rc == 0 && p->how.result_key.n)
        rc = pail_path_search(result_key(p, 0), r->value, r->vs, &items, err);
    if (rc < 0)
        return rc;
    int64_t n = (int64_t)count(items);
    if (p->limited && p->total + n > p->max_items)
        return cut(p, r, items, (size_t)(p->max_items - p->total), skipped, err);
    p->total += n;
    rc = go_on(p, r, err);
    return rc < 0 ? rc : pail_values_check(r->vs, err);
}

int pail_pages_next(struct pail_pages *p, struct pail_result **ret, struct pail_error *err)
{
    struct pail_call_args args = p->args;
    struct pail_result *r = NULL;

    if (p->ended) {
        *ret = NULL;
        return 0;
    }
    args.params = p->params;
    int rc = pail_call_with(p->client, p->operation, &args, &r, err);
    if (rc == 0)
        rc = take_page(p, r, err);
    if (rc < 0) {
        (void)pail_result_free(r);
        p->ended = true;
        return rc;
    }
    *ret = r;
    return 0;
}

bool pail_pages_more(const struct pail_pages *p)
{
    return !p->ended;
}

/* What p has is told by the caller's callback, which may ask for the next page or free p. */
static void on_page(void *ud, const struct pail_error *err)
{
    struct pail_pages *p = ud;
    struct pail_result *page = PAIL_STEAL(p->page);
    struct pail_error own = PAIL_ERROR_INIT;
    pail_done_fn *done = p->done;
    void *done_ud = p->done_ud;

    if (!err && take_page(p, page, &own) < 0)
        err = &own;
    if (err) {
        p->ended = true;
        (void)pail_result_free(page);
    } else {
        *p->ret = page;
    }
    done(done_ud, err);
}

int pail_pages_next_async(struct pail_pages *p, struct pail_result **ret, pail_done_fn *done,
                          void *ud, struct pail_call **ret_call, struct pail_error *err)
{
    struct pail_call_args args = p->args;

    if (p->ended)
        return pail_error_set(err, PAIL_D_USAGE, PAIL_E_INVALID, "%s: there are no more pages",
                              p->operation);
    args.params = p->params;
    p->done = done;
    p->done_ud = ud;
    p->ret = ret;
    return pail_call_async(p->client, p->operation, &args, &p->page, on_page, p, ret_call, err);
}

struct pail_str pail_pages_token(const struct pail_pages *p)
{
    return p->resume.len ? pail_buf_view(&p->resume) : pail_str(NULL);
}

/* ---- All in one ---- */

static struct pail_value *sum(struct pail_values *vs, const struct pail_value *a,
                              const struct pail_value *b)
{
    int64_t i, k, s;
    double x = 0, y = 0;

    if (pail_value_as_int(a, &i) && pail_value_as_int(b, &k) && !__builtin_add_overflow(i, k, &s))
        return pail_value_int(vs, s);
    (void)pail_value_as_real(a, &x);
    (void)pail_value_as_real(b, &y);
    return pail_value_real(vs, x + y);
}

static struct pail_value *joined(struct pail_values *vs, struct pail_str a, struct pail_str b,
                                 bool *failed)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf text = PAIL_BUF_INIT(SIZE_MAX / 2);

    pail_buf_str(&text, a);
    pail_buf_str(&text, b);
    *failed |= text.failed != PAIL_BUF_OK;
    return pail_value_str(vs, pail_buf_view(&text));
}

static int merge_key(struct pail_result *all, struct pail_str key, const struct pail_result *page,
                     struct pail_error *err)
{
    struct pail_value *v = NULL, *had = NULL;
    bool failed = false;

    int rc = pail_path_search(key, page->value, page->vs, &v, err);
    if (rc == 0)
        rc = pail_path_search(key, all->value, all->vs, &had, err);
    if (rc < 0 || pail_value_type(v) == PAIL_VAL_NULL)
        return rc;
    if (pail_value_type(had) == PAIL_VAL_NULL) {
        pail_path_set(all->vs, all->value, key, pail_value_copy(all->vs, v));
    } else if (pail_value_type(v) == PAIL_VAL_LIST) {
        for (size_t i = 0; i < pail_value_len(v); i++)
            pail_value_append(all->vs, had, pail_value_copy(all->vs, pail_value_at(v, i)));
    } else if (pail_value_type(v) == PAIL_VAL_STRING) {
        pail_path_set(all->vs, all->value, key,
                      joined(all->vs, pail_value_as_str(had), pail_value_as_str(v), &failed));
    } else if (pail_value_type(v) == PAIL_VAL_INT || pail_value_type(v) == PAIL_VAL_REAL) {
        pail_path_set(all->vs, all->value, key, sum(all->vs, had, v));
    }
    return failed ? pail_error_nomem(err) : 0;
}

static void merge_maps(struct pail_values *vs, struct pail_value *to, const struct pail_value *from)
{
    for (size_t i = 0; i < pail_value_len(from); i++) {
        struct pail_str key = pail_value_key_at(from, i);
        struct pail_value *v = pail_value_at(from, i), *had = pail_value_get(to, key);
        if (pail_value_type(v) == PAIL_VAL_MAP && pail_value_type(had) == PAIL_VAL_MAP)
            merge_maps(vs, had, v);
        else
            pail_value_set(vs, to, key, pail_value_copy(vs, v));
    }
}

static int merge_all(struct pail_pages *p, struct pail_result *all, struct pail_error *err)
{
    struct pail_result *page = NULL;
    struct pail_str key;
    int rc;

    while ((rc = pail_pages_next(p, &page, err)) == 0 && page) {
        for (unsigned i = 0; rc == 0 && (key = result_key(p, i)).ptr; i++)
            rc = merge_key(all, key, page, err);
        page = pail_result_free(page);
        if (rc < 0)
            return rc;
    }
    if (rc < 0)
        return rc;
    merge_maps(all->vs, all->value, p->non_aggregate);
    if (p->resume.len)
        pail_value_set(all->vs, all->value, PAIL_STR("NextToken"),
                       pail_value_str(all->vs, pail_buf_view(&p->resume)));
    return pail_values_check(all->vs, err);
}

int pail_pages_all(struct pail_pages *p, struct pail_result **ret, struct pail_error *err)
{
    struct pail_result *all = NULL;

    int rc = pail_result_new(&all, err);
    if (rc < 0)
        return rc;
    all->value = pail_value_map(all->vs);
    rc = merge_all(p, all, err);
    if (rc < 0) {
        (void)pail_result_free(all);
        return rc;
    }
    *ret = all;
    return 0;
}
