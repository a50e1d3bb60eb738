/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Answers that come in pages. Most outputs show all of them as one; text and yaml-stream show each
 * as it comes, text only what the pages are made of: the lists, and with the first page what is
 * said once.
 */
#include "tools/service/run.h"

#include "base/str.h"
#include "jmespath/jmespath.h"

/* Sets "A.B" in a tree of maps. */
static void set_path(struct pail_values *vs, struct pail_value *map, struct pail_str path,
                     struct pail_value *v)
{
    struct pail_str word;
    while (pail_str_split(&path, '.', &word)) {
        if (!path.ptr) {
            pail_value_set(vs, map, word, v);
            return;
        }
        struct pail_value *next = pail_value_get(map, word);
        if (pail_value_type(next) != PAIL_VAL_MAP)
            next = pail_value_set(vs, map, word, pail_value_map(vs));
        map = next;
    }
}

static void pick(struct pail_values *vs, struct pail_strs paths, const struct pail_value *from,
                 struct pail_value *to)
{
    struct pail_str path;
    for (unsigned i = 0; (path = pail_strs_at(paths, i)).ptr; i++) {
        PAIL_CLEANUP(pail_jmes_free_p) struct pail_jmes *j = NULL;
        struct pail_value *found = NULL;
        if (pail_jmes_compile(path, &j, NULL) || pail_jmes_search(j, from, vs, &found, NULL))
            continue;
        set_path(vs, to, path, pail_value_copy(vs, found));
    }
}

/* What text shows of the i-th page. */
static struct pail_value *essence(struct pail_run *run, struct pail_value *page, size_t i)
{
    struct pail_values *vs = run->cli->vs;
    struct pail_value *v = pail_value_map(vs);
    if (i == 0)
        pick(vs, run->paginator.non_aggregate_keys, page, v);
    pick(vs, run->paginator.result_key, page, v);
    return v;
}

static int show_token(struct pail_run *run, struct pail_str token, const char *title)
{
    struct pail_values *vs = run->cli->vs;
    struct pail_value *outer = pail_value_map(vs), *inner = pail_value_map(vs);
    pail_value_set(vs, inner, PAIL_STR("NextToken"), pail_value_str(vs, token));
    pail_value_set(vs, outer, PAIL_STR("NextToken"), inner);
    return pail_show(run->cli, title, outer);
}

static int show_each(struct pail_run *run, struct pail_pages *pages, struct pail_result **refusal,
                     const char *title, bool text)
{
    struct pail_error err = PAIL_ERROR_INIT;
    run->cli->g.no_pager = true; /* pages of the answer are shown as they come */
    for (size_t i = 0;; i++) {
        struct pail_result *page = NULL;
        if (pail_pages_next(pages, &page, &err))
            return pail_run_failed(run, &err, PAIL_STEAL(*refusal));
        if (!page)
            break;
        struct pail_value *v = pail_run_answer(run, pail_result_value(page));
        pail_result_free(page);
        int code = pail_show(run->cli, title, text ? essence(run, v, i) : v);
        if (code)
            return code;
    }
    struct pail_str token = pail_pages_token(pages);
    return text && token.ptr ? show_token(run, token, title) : 0;
}

int pail_run_pages(struct pail_run *run, struct pail_client *client)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_result *all = NULL, *refusal = NULL;
    struct pail_pages *pages = NULL;
    struct pail_call_args args = {.params = run->values, .ret_refusal = &refusal};
    struct pail_pages_options o = {.max_items = run->max_items,
                                   .page_size = run->page_size,
                                   .starting_token = pail_str(run->starting_token)};
    const char *name = pail_cli_keep(run->cli, run->op.name), *output = pail_cli_output(run->cli);
    int code = 0;
    int rc = name ? pail_pages_new(client, name, &args, &o, &pages, &err) : pail_error_nomem(&err);
    bool text = strcmp(output, "text") == 0;
    if (rc) {
        code = pail_run_failed(run, &err, PAIL_STEAL(refusal));
    } else if (text || strcmp(output, "yaml-stream") == 0) {
        run->cli->paged = true;
        code = show_each(run, pages, &refusal, name, text);
    } else {
        rc = pail_pages_all(pages, &all, &err);
        code = rc ? pail_run_failed(run, &err, PAIL_STEAL(refusal))
                  : pail_show(run->cli, name, pail_run_answer(run, pail_result_value(all)));
    }
    pail_result_free(refusal);
    pail_result_free(all);
    pail_pages_free(pages);
    return code;
}
