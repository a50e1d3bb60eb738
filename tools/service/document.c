/* SPDX-License-Identifier: Apache-2.0 */
/* --cli-input-json and --cli-input-yaml: parameters as a document; what options said comes first.
 */
#include "tools/service/run.h"

#include "base/str.h"
#include "base/value_json.h"
#include "base/value_repr.h"
#include "tools/cmd.h"
#include "tools/service/input.h"
#include "tools/service/yaml.h"

/* The AWS CLI says no more than that it is wrong; where, is told with --debug. */
static int parse(struct pail_run *run, const char *name, struct pail_str text, bool yaml,
                 struct pail_value **ret)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf why = PAIL_BUF_INIT(SIZE_MAX / 4);
    struct pail_error err = PAIL_ERROR_INIT;
    if (!(yaml ? pail_yaml_parse(run->cli->vs, text, ret, &err)
               : pail_value_from_json(run->cli->vs, text, "JSON", ret, &err)))
        return 0;
    pail_buf_fmt(&why, "Invalid %s received.", yaml ? "YAML" : "JSON");
    if (run->cli->g.debug || err.code == PAIL_E_UNSUPPORTED) {
        pail_buf_char(&why, ' ');
        if (yaml)
            pail_buf_z(&why, err.message);
        else
            pail_json_complaint(&why, text);
    }
    return pail_cli_bad_param(run->cli, name + 2, pail_buf_view(&why));
}

static int read_text(struct pail_run *run, const char *name, const char *word, struct pail_str *ret)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf why = PAIL_BUF_INIT(SIZE_MAX / 4);
    struct pail_value *content = NULL;
    if (pail_paramfile(run->cli->vs, word, &content, &why))
        return pail_cli_bad_param(run->cli, name, pail_buf_view(&why));
    *ret = content ? pail_value_as_str(content) : pail_str(word);
    if (!ret->ptr) {
        struct pail_bytes b = pail_value_as_blob(content);
        *ret = pail_strn(b.ptr, b.len);
    }
    return 0;
}

static bool is_paging(const struct pail_run *run, struct pail_str key)
{
    struct pail_str token;
    if (!run->has_paginator)
        return false;
    if (pail_str_eq(key, run->paginator.limit_key))
        return true;
    for (unsigned i = 0; (token = pail_strs_at(run->paginator.input_token, i)).ptr; i++)
        if (pail_str_eq(key, token))
            return true;
    return false;
}

static bool pages_asked(const struct pail_run *run)
{
    for (size_t i = 0; i < run->n; i++) {
        enum pail_param_kind kind = run->params[i].kind;
        if (run->args[i].given && (kind == PAIL_PARAM_STARTING_TOKEN ||
                                   kind == PAIL_PARAM_PAGE_SIZE || kind == PAIL_PARAM_MAX_ITEMS))
            return true;
    }
    return false;
}

static int merge(struct pail_run *run, const char *name, const struct pail_value *doc)
{
    if (pail_value_type(doc) != PAIL_VAL_MAP) {
        PAIL_CLEANUP(pail_buf_done) struct pail_buf why = PAIL_BUF_INIT(1 << 12);
        pail_buf_fmt(&why, "Invalid type: expecting map, received <class '%s'>",
                     pail_value_pytype(doc));
        return pail_cli_bad_param(run->cli, name, pail_buf_view(&why));
    }
    for (size_t i = 0; i < pail_value_len(doc); i++) {
        struct pail_str key = pail_value_key_at(doc, i);
        if (is_paging(run, key)) {
            run->paginate = false;
            if (pages_asked(run)) /* the AWS CLI then leaves these where nobody takes them */
                pail_value_set(run->cli->vs, run->values, PAIL_STR("PaginationConfig"),
                               pail_value_map(run->cli->vs));
        }
        if (!pail_value_get(run->values, key))
            pail_value_set(run->cli->vs, run->values, key, pail_value_at(doc, i));
    }
    return 0;
}

int pail_input_document(struct pail_run *run)
{
    static const char *const names[] = {"--cli-input-json", "--cli-input-yaml"};
    bool given = false;
    for (size_t i = 0; i < PAIL_ARRAY_LEN(names); i++) {
        const struct pail_arg *a = NULL;
        struct pail_value *doc = NULL;
        struct pail_str text;
        if (!pail_params_find(run, names[i], &a) || !a->given)
            continue;
        if (given)
            return pail_cli_fail(run->cli, PAIL_EXIT_USAGE, "ParamValidation",
                                 PAIL_STR("Only one --cli-input- parameter may be specified."));
        given = true;
        int rc = read_text(run, names[i], a->value, &text);
        if (!rc)
            rc = parse(run, names[i], text, i == 1, &doc);
        if (!rc)
            rc = merge(run, names[i], doc);
        if (rc)
            return rc;
    }
    return 0;
}
