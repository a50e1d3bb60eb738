/* SPDX-License-Identifier: Apache-2.0 */
/* Paginators and waiters. */
#include "base/str.h"
#include "model/compiler.h"
#include "model/model.h"

void pail_compile_paginators(struct pail_compiler *c)
{
    struct pail_words *w = &c->w;
    struct pail_merged list = pail_merged(
                           pail_json_get(c->in->paginators, "pagination"),
                           pail_json_get(pail_json_get(c->in->paginators_extras, "merge"),
                                         "pagination")),
                       p;
    struct pail_str name;
    uint32_t n = 0;

    for (struct pail_merged_iter it = {0}; pail_merged_each(list, &it, &name, &p); n++) {
        struct pail_paginator_rec rec = {
            .operation = pail_words_str(w, name),
            .input_token = pail_compile_strings(w, pail_merged_get(p, "input_token").base),
            .output_token = pail_compile_strings(w, pail_merged_get(p, "output_token").base),
            .result_key = pail_compile_strings(w, pail_merged_get(p, "result_key").base),
            .non_aggregate_keys = pail_compile_strings(
                w, pail_merged_get(p, "non_aggregate_keys").base),
            .limit_key = pail_compile_key(w, p, "limit_key"),
            .more_results = pail_compile_key(w, p, "more_results"),
        };
        pail_words_add(w, PAIL_TABLE_PAGINATORS, &rec, sizeof(rec));
    }
    pail_words_sort(w, PAIL_TABLE_PAGINATORS, sizeof(struct pail_paginator_rec), 0, 0, n,
                    PAIL_ORDER_PAGINATORS);
}

static uint32_t index_of(const char *const names[], uint32_t n, struct pail_str name)
{
    for (uint32_t i = 0; i < n; i++)
        if (pail_str_eqz(name, names[i]))
            return i;
    return n;
}

static uint32_t acceptors_of(struct pail_words *w, struct pail_str waiter,
                             const struct pail_jnode *acceptors)
{
    static const char *const matchers[] = {"path", "pathAll", "pathAny", "status", "error"};
    static const char *const states[] = {"success", "failure", "retry"};
    PAIL_CLEANUP(pail_buf_done) struct pail_buf list = PAIL_BUF_INIT(1 << 20);
    uint32_t n = 0;

    for (; n < pail_json_len(acceptors); n++) {
        struct pail_merged a = pail_merged(pail_json_at(acceptors, n), NULL);
        uint32_t matcher = index_of(matchers, PAIL_ARRAY_LEN(matchers),
                                    pail_merged_str(a, "matcher"));
        uint32_t state = index_of(states, PAIL_ARRAY_LEN(states), pail_merged_str(a, "state"));
        if (matcher == PAIL_ARRAY_LEN(matchers) || state == PAIL_ARRAY_LEN(states)) {
            pail_words_fail(w, "waiter %.*s: matcher \"%.*s\", state \"%.*s\"",
                            PAIL_STR_ARG(waiter), PAIL_STR_ARG(pail_merged_str(a, "matcher")),
                            PAIL_STR_ARG(pail_merged_str(a, "state")));
            return 0;
        }
        uint32_t rec[PAIL_ACCEPTOR_WORDS] = {matcher | state << 8,
                                             pail_compile_key(w, a, "argument")};
        pail_compile_value(w, pail_merged_get(a, "expected").base, rec + 2);
        pail_buf_append(&list, rec, sizeof(rec));
    }
    return pail_compile_list(w, &list, n);
}

static uint32_t small_number(struct pail_merged n, const char *key)
{
    int64_t value;
    return pail_json_int(pail_merged_get(n, key).base, &value) && value > 0 && value <= INT32_MAX
               ? (uint32_t)value
               : 0;
}

void pail_compile_waiters(struct pail_compiler *c)
{
    struct pail_words *w = &c->w;
    struct pail_merged list = pail_merged(pail_json_get(c->in->waiters, "waiters"), NULL), waiter;
    struct pail_str name;
    uint32_t n = 0;

    for (struct pail_merged_iter it = {0}; pail_merged_each(list, &it, &name, &waiter); n++) {
        struct pail_waiter_rec rec = {
            .name = pail_words_str(w, name),
            .cli_name = pail_compile_cli_name(w, name),
            .operation = pail_compile_key(w, waiter, "operation"),
            .description = pail_compile_key(w, waiter, "description"),
            .delay_s = small_number(waiter, "delay"),
            .max_attempts = small_number(waiter, "maxAttempts"),
            .acceptors = acceptors_of(w, name, pail_merged_get(waiter, "acceptors").base),
        };
        pail_words_add(w, PAIL_TABLE_WAITERS, &rec, sizeof(rec));
    }
    pail_words_sort(w, PAIL_TABLE_WAITERS, sizeof(struct pail_waiter_rec), 0, 0, n,
                    PAIL_ORDER_WAITERS);
    pail_words_sort(w, PAIL_TABLE_WAITERS, sizeof(struct pail_waiter_rec), 1, 0, n,
                    PAIL_ORDER_WAITERS_CLI);
}
