/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is done to tables as such. Nothing here has values of items in it: these are calls as any
 * service's, in a form that fits the common case.
 */
#include "base/str.h"
#include "dynamodb/call.h"
#include "dynamodb/table.h"

#define SET(vs, map, key, v) pail_value_set(vs, map, PAIL_STR(key), v)
#define SET_STR(vs, map, key, s) pail_value_set(vs, map, PAIL_STR(key), pail_value_str(vs, s))

static struct pail_value *with_name(const struct pail_dynamodb_table *t, struct pail_values *vs)
{
    struct pail_value *params = pail_value_map(vs);
    SET_STR(vs, params, "TableName", pail_str(t->name));
    return params;
}

static int call(const struct pail_dynamodb_table *t, const char *operation,
                struct pail_values *params_vs, const struct pail_value *params,
                struct pail_values *vs, struct pail_value **ret, struct pail_error *err)
{
    int rc = pail_values_check(params_vs, err);
    return rc < 0 ? rc : pail_dynamodb_send(t->client, operation, params, NULL, vs, ret, err);
}

/* ---- Life ------------------------------------------------------------------------------------ */

static void add_key(struct pail_values *vs, struct pail_value *schema, struct pail_value *types,
                    struct pail_str name, char type, const char *key_type)
{
    char letter = type ? type : 'S';
    struct pail_value *part = pail_value_map(vs), *attribute = pail_value_map(vs);
    SET_STR(vs, part, "AttributeName", name);
    SET_STR(vs, part, "KeyType", pail_str(key_type));
    pail_value_append(vs, schema, part);
    SET_STR(vs, attribute, "AttributeName", name);
    SET_STR(vs, attribute, "AttributeType", pail_strn(&letter, 1));
    pail_value_append(vs, types, attribute);
}

static void add_throughput(struct pail_values *vs, struct pail_value *params,
                           const struct pail_dynamodb_table_spec *spec)
{
    if (!spec->read_units && !spec->write_units) {
        SET_STR(vs, params, "BillingMode", PAIL_STR("PAY_PER_REQUEST"));
        return;
    }
    struct pail_value *units = pail_value_map(vs);
    SET(vs, units, "ReadCapacityUnits", pail_value_int(vs, spec->read_units));
    SET(vs, units, "WriteCapacityUnits", pail_value_int(vs, spec->write_units));
    SET(vs, params, "ProvisionedThroughput", units);
}

/* Lists of the caller's are added to ours: indexes need attributes beyond those of the key. */
static void add_more(struct pail_values *vs, struct pail_value *params,
                     const struct pail_value *more)
{
    for (size_t i = 0; i < pail_value_len(more); i++) {
        struct pail_str name = pail_value_key_at(more, i);
        const struct pail_value *v = pail_value_at(more, i);
        struct pail_value *own = pail_value_get(params, name);
        if (pail_value_type(own) != PAIL_VAL_LIST || pail_value_type(v) != PAIL_VAL_LIST) {
            pail_value_set(vs, params, name, pail_value_copy(vs, v));
            continue;
        }
        for (size_t k = 0; k < pail_value_len(v); k++)
            pail_value_append(vs, own, pail_value_copy(vs, pail_value_at(v, k)));
    }
}

int pail_dynamodb_table_create(struct pail_dynamodb_table *t,
                               const struct pail_dynamodb_table_spec *spec, struct pail_values *vs,
                               struct pail_value **ret, struct pail_error *err)
{
    PAIL_CLEANUP(pail_values_free_p) struct pail_values *tmp = NULL;
    int rc = pail_values_new(&tmp, err);
    if (rc < 0)
        return rc;
    struct pail_value *params = with_name(t, tmp);
    struct pail_value *schema = SET(tmp, params, "KeySchema", pail_value_list(tmp));
    struct pail_value *types = SET(tmp, params, "AttributeDefinitions", pail_value_list(tmp));
    add_key(tmp, schema, types, spec->hash, spec->hash_type, "HASH");
    if (spec->range.len)
        add_key(tmp, schema, types, spec->range, spec->range_type, "RANGE");
    add_throughput(tmp, params, spec);
    add_more(tmp, params, spec->more);
    return call(t, "CreateTable", tmp, params, vs, ret, err);
}

int pail_dynamodb_table_delete(struct pail_dynamodb_table *t, struct pail_values *vs,
                               struct pail_value **ret, struct pail_error *err)
{
    PAIL_CLEANUP(pail_values_free_p) struct pail_values *tmp = NULL;
    int rc = pail_values_new(&tmp, err);
    return rc < 0 ? rc : call(t, "DeleteTable", tmp, with_name(t, tmp), vs, ret, err);
}

int pail_dynamodb_table_wait(struct pail_dynamodb_table *t, bool exists,
                             const struct pail_wait_options *options, struct pail_error *err)
{
    PAIL_CLEANUP(pail_values_free_p) struct pail_values *tmp = NULL;
    int rc = pail_values_new(&tmp, err);
    if (rc < 0)
        return rc;
    struct pail_value *params = with_name(t, tmp);
    rc = pail_values_check(tmp, err);
    if (rc < 0)
        return rc;
    return pail_wait(t->client, exists ? "TableExists" : "TableNotExists", params, options, NULL,
                     err);
}

int pail_dynamodb_table_describe(struct pail_dynamodb_table *t, struct pail_values *vs,
                                 struct pail_value **ret, struct pail_error *err)
{
    PAIL_CLEANUP(pail_values_free_p) struct pail_values *tmp = NULL;
    struct pail_value *answer;
    int rc = pail_values_new(&tmp, err);
    if (rc == 0)
        rc = call(t, "DescribeTable", tmp, with_name(t, tmp), vs, &answer, err);
    if (rc < 0)
        return rc;
    struct pail_value *table = pail_value_get(answer, PAIL_STR("Table"));
    if (pail_value_type(table) != PAIL_VAL_MAP)
        return pail_error_set(err, PAIL_D_DATA, PAIL_E_GARBAGE,
                              "DescribeTable %s: the answer has no Table", t->name);
    *ret = table;
    return 0;
}

/* ---- Expiry ---------------------------------------------------------------------------------- */

int pail_dynamodb_table_ttl(struct pail_dynamodb_table *t, struct pail_str attribute, bool enabled,
                            struct pail_error *err)
{
    PAIL_CLEANUP(pail_values_free_p) struct pail_values *tmp = NULL;
    int rc = pail_values_new(&tmp, err);
    if (rc < 0)
        return rc;
    struct pail_value *params = with_name(t, tmp), *ttl = pail_value_map(tmp);
    SET(tmp, ttl, "Enabled", pail_value_bool(tmp, enabled));
    SET_STR(tmp, ttl, "AttributeName", attribute);
    SET(tmp, params, "TimeToLiveSpecification", ttl);
    return call(t, "UpdateTimeToLive", tmp, params, NULL, NULL, err);
}

/* ---- Tags ------------------------------------------------------------------------------------ */

/* {"ResourceArn": ...}: tags are known by the table's ARN alone. */
static int with_arn(struct pail_dynamodb_table *t, struct pail_values *vs, struct pail_value **ret,
                    struct pail_error *err)
{
    struct pail_value *table;
    int rc = pail_dynamodb_table_describe(t, vs, &table, err);
    if (rc < 0)
        return rc;
    struct pail_str arn = pail_value_as_str(pail_value_get(table, PAIL_STR("TableArn")));
    if (!arn.ptr)
        return pail_error_set(err, PAIL_D_DATA, PAIL_E_GARBAGE,
                              "DescribeTable %s: the answer has no TableArn", t->name);
    *ret = pail_value_map(vs);
    SET_STR(vs, *ret, "ResourceArn", arn);
    return 0;
}

int pail_dynamodb_table_tag(struct pail_dynamodb_table *t, const struct pail_value *tags,
                            struct pail_error *err)
{
    PAIL_CLEANUP(pail_values_free_p) struct pail_values *tmp = NULL;
    struct pail_value *params;
    int rc = pail_values_new(&tmp, err);
    if (rc == 0)
        rc = with_arn(t, tmp, &params, err);
    if (rc < 0)
        return rc;
    struct pail_value *list = SET(tmp, params, "Tags", pail_value_list(tmp));
    for (size_t i = 0; i < pail_value_len(tags); i++) {
        struct pail_value *tag = pail_value_append(tmp, list, pail_value_map(tmp));
        SET_STR(tmp, tag, "Key", pail_value_key_at(tags, i));
        SET(tmp, tag, "Value", pail_value_copy(tmp, pail_value_at(tags, i)));
    }
    return call(t, "TagResource", tmp, params, NULL, NULL, err);
}

int pail_dynamodb_table_untag(struct pail_dynamodb_table *t, const struct pail_value *names,
                              struct pail_error *err)
{
    PAIL_CLEANUP(pail_values_free_p) struct pail_values *tmp = NULL;
    struct pail_value *params;
    int rc = pail_values_new(&tmp, err);
    if (rc == 0)
        rc = with_arn(t, tmp, &params, err);
    if (rc < 0)
        return rc;
    SET(tmp, params, "TagKeys", pail_value_copy(tmp, names));
    return call(t, "UntagResource", tmp, params, NULL, NULL, err);
}

/* All pages of an operation as one. */
static int all_pages(struct pail_client *c, const char *operation, const struct pail_value *params,
                     struct pail_result **ret, struct pail_error *err)
{
    struct pail_call_args args = {.params = params};
    struct pail_pages *pages;
    int rc = pail_pages_new(c, operation, &args, NULL, &pages, err);
    if (rc < 0)
        return rc;
    rc = pail_pages_all(pages, ret, err);
    pail_pages_free(pages);
    return rc;
}

int pail_dynamodb_table_tags(struct pail_dynamodb_table *t, struct pail_values *vs,
                             struct pail_value **ret, struct pail_error *err)
{
    PAIL_CLEANUP(pail_values_free_p) struct pail_values *tmp = NULL;
    PAIL_CLEANUP(pail_result_free_p) struct pail_result *result = NULL;
    struct pail_value *params;
    int rc = pail_values_new(&tmp, err);
    if (rc == 0)
        rc = with_arn(t, tmp, &params, err);
    if (rc == 0)
        rc = pail_values_check(tmp, err);
    if (rc == 0)
        rc = all_pages(t->client, "ListTagsOfResource", params, &result, err);
    if (rc < 0)
        return rc;
    const struct pail_value *list = pail_value_get(pail_result_value(result), PAIL_STR("Tags"));
    struct pail_value *tags = pail_value_map(vs);
    for (size_t i = 0; i < pail_value_len(list); i++) {
        const struct pail_value *tag = pail_value_at(list, i);
        pail_value_set(vs, tags, pail_value_as_str(pail_value_get(tag, PAIL_STR("Key"))),
                       pail_value_copy(vs, pail_value_get(tag, PAIL_STR("Value"))));
    }
    rc = pail_values_check(vs, err);
    if (rc == 0)
        *ret = tags;
    return rc;
}

int pail_dynamodb_tables(struct pail_client *c, struct pail_values *vs, struct pail_value **ret,
                         struct pail_error *err)
{
    PAIL_CLEANUP(pail_result_free_p) struct pail_result *result = NULL;
    int rc = all_pages(c, "ListTables", NULL, &result, err);
    if (rc < 0)
        return rc;
    const struct pail_value *names = pail_value_get(pail_result_value(result),
                                                    PAIL_STR("TableNames"));
    struct pail_value *list = names ? pail_value_copy(vs, names) : pail_value_list(vs);
    rc = pail_values_check(vs, err);
    if (rc == 0)
        *ret = list;
    return rc;
}
