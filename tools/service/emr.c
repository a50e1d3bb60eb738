/* SPDX-License-Identifier: Apache-2.0 */
/* What people write for steps and instances, and the calls. Clusters have release labels: AMI
 * versions, whose programs lay elsewhere, are not offered to new clusters any more. */
#include "tools/service/emr.h"

#include <stdarg.h>

#include "base/str.h"
#include "base/value_json.h"
#include "tools/cmd.h"
#include "tools/service/input.h"
#include "tools/service/output.h"

#define RUNNER "command-runner.jar"

int pail_emr_open(struct pail_emr *e, struct pail_cli *cli)
{
    struct pail_error err = PAIL_ERROR_INIT;
    *e = (struct pail_emr){.cli = cli};
    int rc = pail_models_service(cli->models, PAIL_STR("emr"), &e->model, &err);
    if (!rc)
        rc = pail_cli_client(cli, "emr", NULL, PAIL_ENDPOINT_OWN, &e->client, &err);
    return rc ? pail_cli_error(cli, &err) : 0;
}

void pail_emr_done(struct pail_emr *e)
{
    e->client = pail_client_unref(e->client);
}

int pail_emr_refuse(struct pail_emr *e, const char *fmt, ...)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf text = PAIL_BUF_INIT(1 << 16);
    va_list ap;
    pail_buf_z(&text, "aws: error: ");
    va_start(ap, fmt);
    pail_buf_vfmt(&text, fmt, ap);
    va_end(ap);
    return pail_cli_fail(e->cli, PAIL_EXIT_USAGE, "ParamValidation", pail_buf_view(&text));
}

int pail_emr_exclusive(struct pail_emr *e, const struct pail_arg *a, const struct pail_arg *b)
{
    return a->given && b->given
               ? pail_emr_refuse(e, "cannot use both %s and %s options together.", a->name, b->name)
               : 0;
}

int pail_emr_call(struct pail_emr *e, const char *operation, const struct pail_value *params,
                  struct pail_value **ret)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_result *r = NULL, *refusal = NULL;
    struct pail_call_args args = {.params = params, .ret_refusal = &refusal};
    struct pail_operation op;
    struct pail_shape output;
    int code = 0;
    if (pail_call_with(e->client, operation, &args, &r, &err)) {
        code = err.domain == PAIL_D_SERVICE
                   ? pail_cli_refused(e->cli, &err, refusal ? pail_result_value(refusal) : NULL)
                   : pail_cli_error(e->cli, &err);
    } else if (ret) {
        bool known = pail_operation_find(e->model, pail_str(operation), &op) &&
                     pail_operation_output(&op, &output);
        *ret = pail_present(e->cli->vs, pail_result_value(r), known ? &output : NULL, false);
        pail_value_remove(*ret, PAIL_STR("ResponseMetadata"));
    }
    pail_result_free(refusal);
    pail_result_free(r);
    return code;
}

/* ---- Words ----------------------------------------------------------------------------------- */

int pail_emr_parse(struct pail_emr *e, const struct pail_arg *a, bool many, struct pail_value **ret)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf why = PAIL_BUF_INIT(1 << 16);
    struct pail_values *vs = e->cli->vs;
    bool is_list = a->take == PAIL_ARG_LIST || a->take == PAIL_ARG_SOME;
    size_t n = is_list ? a->n_values : 1;
    *ret = NULL;
    if (!a->given || !n)
        return 0;
    struct pail_str first = pail_str_trim(pail_str(is_list ? a->values[0] : a->value));
    if (n == 1 && first.len && (first.ptr[0] == '[' || first.ptr[0] == '{')) {
        if (!pail_value_from_json(vs, first, a->name, ret, NULL))
            return 0;
        pail_buf_z(&why, "Invalid JSON: ");
        pail_json_complaint(&why, first);
        return pail_cli_bad_param(e->cli, a->name, pail_buf_view(&why));
    }
    struct pail_value *list = pail_value_list(vs), *one = NULL;
    for (size_t i = 0; i < n; i++) {
        if (pail_shorthand_parse(vs, pail_str(is_list ? a->values[i] : a->value), &one, &why))
            return pail_cli_bad_param(e->cli, a->name, pail_buf_view(&why));
        pail_value_append(vs, list, one);
    }
    *ret = many ? list : one;
    return 0;
}

int pail_emr_fit(struct pail_emr *e, const struct pail_arg *a, const char *path,
                 struct pail_value **v)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf why = PAIL_BUF_INIT(1 << 16);
    struct pail_str rest = pail_str(path), part;
    struct pail_operation op;
    struct pail_shape at, next;
    if (!*v || !pail_operation_find(e->model, PAIL_STR("RunJobFlow"), &op) ||
        !pail_operation_input(&op, &at))
        return 0;
    while (pail_str_split(&rest, '.', &part)) {
        if (!pail_shape_member(&at, part, &next))
            return 0;
        at = next;
    }
    return pail_shorthand_fit(e->cli->vs, v, &at, &why)
               ? pail_cli_bad_param(e->cli, a->name, pail_buf_view(&why))
               : 0;
}

/* "Key=value", also without a value. */
static void append_pair(struct pail_values *vs, struct pail_value *list, struct pail_str word)
{
    size_t eq = pail_str_find(word, '=');
    struct pail_str value = eq == SIZE_MAX ? PAIL_STR("") : pail_str_from(word, eq + 1);
    pail_value_append(vs, list,
                      pail_value_form(vs, "Key: %.*s, Value: %.*s",
                                      PAIL_STR_ARG(pail_str_sub(word, 0, eq)),
                                      PAIL_STR_ARG(value)));
}

struct pail_value *pail_emr_tags(struct pail_values *vs, const struct pail_arg *a)
{
    struct pail_value *list = pail_value_list(vs);
    for (size_t i = 0; i < a->n_values; i++)
        append_pair(vs, list, pail_str(a->values[i]));
    return list;
}

/* ---- Steps ----------------------------------------------------------------------------------- */

/* A kind of step: what runs it, and what stands in front of its own arguments. */
static const struct kind {
    const char *type, *name, *structure;
    const char *words[4];
} kinds[] = {
    {"streaming", "Streaming program", "StreamingStepConfig", {"hadoop-streaming", NULL}},
    {"hive",
     "Hive program",
     "HiveStepConfig",
     {"hive-script", "--run-hive-script", "--args", NULL}},
    {"pig", "Pig program", "PigStepConfig", {"pig-script", "--run-pig-script", "--args", NULL}},
    {"spark", "Spark application", "SparkStepConfig", {"spark-submit", NULL}},
};

/* The list that it is, or with one text in it. */
static struct pail_value *listed(struct pail_values *vs, const struct pail_value *v)
{
    struct pail_value *list = pail_value_list(vs);
    if (pail_value_type(v) == PAIL_VAL_LIST)
        return pail_value_copy(vs, v);
    if (v)
        pail_value_append(vs, list, pail_value_copy(vs, v));
    return list;
}

/* "Key=value,Key=value" */
static struct pail_value *pairs_of(struct pail_values *vs, const char *text)
{
    struct pail_value *list = pail_value_list(vs);
    struct pail_str rest = pail_str(text), pair;
    while (pail_str_split(&rest, ',', &pair))
        append_pair(vs, list, pair);
    return list;
}

static int custom_jar(struct pail_emr *e, const struct pail_value *given, struct pail_value **ret)
{
    struct pail_values *vs = e->cli->vs;
    const char *jar = pail_value_find_str(given, "Jar");
    const char *properties = pail_value_find_str(given, "Properties");
    const struct pail_value *args = pail_value_find(given, "Args");
    if (!jar || !*jar)
        return pail_emr_refuse(e, "The following required parameters are missing for "
                                  "CustomJARStepConfig: Jar.");
    *ret = pail_value_form(vs, "Jar: %s, Args: %p, MainClass: %s, Properties: %p", jar,
                           (void *)(args ? listed(vs, args) : NULL),
                           pail_value_find_str(given, "MainClass"),
                           (void *)(properties ? pairs_of(vs, properties) : NULL));
    return 0;
}

static int runner(struct pail_emr *e, const struct kind *k, const struct pail_value *given,
                  struct pail_value **ret)
{
    struct pail_values *vs = e->cli->vs;
    const struct pail_value *own = listed(vs, pail_value_find(given, "Args"));
    struct pail_value *all = pail_value_list(vs);
    if (!pail_value_len(own))
        return pail_emr_refuse(e, "The following required parameters are missing for %s: Args.",
                               k->structure);
    if (pail_value_len(own) == 1 && !pail_str_trim(pail_value_as_str(pail_value_at(own, 0))).len)
        return pail_emr_refuse(e, "The prameter Args cannot be an empty list.");
    for (size_t i = 0; k->words[i]; i++)
        pail_value_append(vs, all, pail_value_str(vs, pail_str(k->words[i])));
    for (size_t i = 0; i < pail_value_len(own); i++)
        pail_value_append(vs, all, pail_value_copy(vs, pail_value_at(own, i)));
    *ret = pail_value_form(vs, "Jar: '" RUNNER "', Args: %p", (void *)all);
    return 0;
}

int pail_emr_steps(struct pail_emr *e, const struct pail_value *given, struct pail_value **ret)
{
    struct pail_values *vs = e->cli->vs;
    *ret = pail_value_list(vs);
    for (size_t i = 0; i < pail_value_len(given); i++) {
        const struct pail_value *step = pail_value_at(given, i);
        const struct kind *kind = NULL;
        struct pail_str type = pail_value_as_str(pail_value_get(step, PAIL_STR("Type")));
        const char *name = pail_value_find_str(step, "Name");
        const char *action = pail_value_find_str(step, "ActionOnFailure");
        struct pail_value *jar = NULL;
        for (size_t k = 0; k < PAIL_ARRAY_LEN(kinds); k++)
            if (pail_str_ieq(type, pail_str(kinds[k].type)))
                kind = &kinds[k];
        if (type.ptr && !kind && !pail_str_ieq(type, PAIL_STR("custom_jar")))
            return pail_emr_refuse(e, "The step type %.*s is not supported.", PAIL_STR_ARG(type));
        int code = kind ? runner(e, kind, step, &jar) : custom_jar(e, step, &jar);
        if (code)
            return code;
        pail_value_append(vs, *ret,
                          pail_value_form(vs, "Name: %s, ActionOnFailure: %s, HadoopJarStep: %p",
                                          name   ? name
                                          : kind ? kind->name
                                                 : "Custom JAR",
                                          action ? action : "CONTINUE", (void *)jar));
    }
    return 0;
}

/* ---- Instances ------------------------------------------------------------------------------- */

static struct pail_value *upper(struct pail_values *vs, struct pail_str s)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf text = PAIL_BUF_INIT(1 << 12);
    for (size_t i = 0; i < s.len; i++)
        pail_buf_char(&text,
                      s.ptr[i] >= 'a' && s.ptr[i] <= 'z' ? (char)(s.ptr[i] - 'a' + 'A') : s.ptr[i]);
    return pail_value_str(vs, pail_buf_view(&text));
}

int pail_emr_groups(struct pail_emr *e, const struct pail_arg *a, struct pail_value **ret)
{
    static const char *const as_they_are[] = {"InstanceType",     "InstanceCount",
                                              "EbsConfiguration", "AutoScalingPolicy",
                                              "Configurations",   "CustomAmiId"};
    struct pail_values *vs = e->cli->vs;
    struct pail_value *given = NULL;
    int code = pail_emr_parse(e, a, true, &given);
    if (code || !given)
        return code;
    *ret = pail_value_list(vs);
    for (size_t i = 0; i < pail_value_len(given); i++) {
        const struct pail_value *g = pail_value_at(given, i);
        struct pail_str role = pail_value_as_str(pail_value_find(g, "InstanceGroupType"));
        struct pail_str bid = pail_value_as_str(pail_value_find(g, "BidPrice"));
        const char *name = pail_value_find_str(g, "Name");
        struct pail_value *to = pail_value_append(vs, *ret, pail_value_map(vs));
        pail_value_set(vs, to, PAIL_STR("Name"), pail_value_str(vs, name ? pail_str(name) : role));
        pail_value_set(vs, to, PAIL_STR("InstanceRole"), upper(vs, role));
        pail_value_set(vs, to, PAIL_STR("Market"),
                       pail_value_str(vs, bid.ptr ? PAIL_STR("SPOT") : PAIL_STR("ON_DEMAND")));
        if (bid.ptr && !pail_str_eqz(bid, "OnDemandPrice"))
            pail_value_set(vs, to, PAIL_STR("BidPrice"), pail_value_str(vs, bid));
        for (size_t k = 0; k < PAIL_ARRAY_LEN(as_they_are); k++) {
            struct pail_value *v = pail_value_get(g, pail_str(as_they_are[k]));
            if (v)
                pail_value_set(vs, to, pail_str(as_they_are[k]), pail_value_copy(vs, v));
        }
    }
    return pail_emr_fit(e, a, "Instances.InstanceGroups", ret);
}
