/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dynamodb TABLE: makes a table, writes, reads and updates items in it, and drops it.
 *
 * All values live in one struct pail_values; steps that build trees are not checked one by one,
 * because the calls do that.
 */
#include <pail/dynamodb.h>

#include <inttypes.h>
#include <stdio.h>

#define S(literal) PAIL_STR(literal)

static int make_table(struct pail_dynamodb_table *t, struct pail_error *err)
{
    struct pail_dynamodb_table_spec spec = {
        .hash = S("artist"), .range = S("year"), .range_type = 'N'};
    int rc = pail_dynamodb_table_create(t, &spec, NULL, NULL, err);
    return rc < 0 ? rc : pail_dynamodb_table_wait(t, true, NULL, err);
}

/* Forty records, 25 a request. */
static int fill(struct pail_dynamodb_table *t, struct pail_values *vs, struct pail_error *err)
{
    struct pail_dynamodb_writer *w;
    int rc = pail_dynamodb_writer_new(t, NULL, 0, &w, err);
    if (rc < 0)
        return rc;
    for (int i = 0; rc == 0 && i < 40; i++) {
        struct pail_value *item = pail_value_map(vs), *labels = pail_dynamodb_set(vs, "SS");
        pail_value_set(vs, item, S("artist"), pail_value_str(vs, i % 2 ? S("Nina") : S("Miles")));
        pail_value_set(vs, item, S("year"), pail_value_int(vs, 1950 + i));
        pail_value_set(vs, item, S("price"), pail_value_number(vs, S("9.90")));
        pail_dynamodb_set_add(vs, labels, pail_value_str(vs, S("blue")));
        pail_value_set(vs, item, S("labels"), labels);
        rc = pail_dynamodb_writer_put(w, item, err);
    }
    if (rc == 0)
        rc = pail_dynamodb_writer_flush(w, err);
    pail_dynamodb_writer_free(w);
    return rc;
}

/* Miles, from 1970 on. */
static int print_some(struct pail_dynamodb_table *t, struct pail_error *err)
{
    struct pail_dynamodb_expr *x;
    struct pail_dynamodb_items *it = NULL;
    const struct pail_value *item = NULL;
    int rc = pail_dynamodb_expr_new(&x, err);
    if (rc < 0)
        return rc;
    pail_dynamodb_key_condition(
        x, pail_dynamodb_and(
               x,
               pail_dynamodb_eq(x, pail_dynamodb_key(x, S("artist")),
                                pail_dynamodb_str(x, S("Miles"))),
               pail_dynamodb_gte(x, pail_dynamodb_key(x, S("year")), pail_dynamodb_int(x, 1970))));
    pail_dynamodb_project(x, S("year"));
    pail_dynamodb_project(x, S("price"));
    struct pail_dynamodb_options options = {.expr = x, .limit = 3};
    rc = pail_dynamodb_query_items(t, &options, &it, err);
    while (rc == 0 && (rc = pail_dynamodb_items_next(it, &item, err)) == 0 && item) {
        struct pail_str price = pail_value_as_str(pail_value_get(item, S("price")));
        int64_t year = 0;
        pail_value_as_int(pail_value_get(item, S("year")), &year);
        printf("Miles %" PRId64 " %.*s\n", year, PAIL_STR_ARG(price));
    }
    pail_dynamodb_items_free(it);
    pail_dynamodb_expr_free(x);
    return rc;
}

/* One more was sold, unless the record is not there. */
static int sell(struct pail_dynamodb_table *t, struct pail_values *vs, int64_t year,
                struct pail_error *err)
{
    struct pail_dynamodb_expr *x;
    struct pail_value *key = pail_value_map(vs), *answer;
    int rc = pail_dynamodb_expr_new(&x, err);
    if (rc < 0)
        return rc;
    pail_value_set(vs, key, S("artist"), pail_value_str(vs, S("Nina")));
    pail_value_set(vs, key, S("year"), pail_value_int(vs, year));
    pail_dynamodb_condition(x, pail_dynamodb_exists(x, pail_dynamodb_attr(x, S("artist"))));
    pail_dynamodb_update_set(
        x, S("sold"),
        pail_dynamodb_plus(x,
                           pail_dynamodb_if_not_exists(x, pail_dynamodb_attr(x, S("sold")),
                                                       pail_dynamodb_int(x, 0)),
                           pail_dynamodb_int(x, 1)));
    struct pail_dynamodb_options options = {.expr = x,
                                            .return_values = PAIL_DYNAMODB_RETURN_UPDATED_NEW};
    rc = pail_dynamodb_update(t, key, &options, vs, &answer, err);
    pail_dynamodb_expr_free(x);
    if (rc == PAIL_E_PRECONDITION) {
        printf("Nina %" PRId64 ": there is no such record\n", year);
        return 0;
    }
    if (rc < 0)
        return rc;
    int64_t sold = 0;
    pail_value_as_int(pail_value_get(pail_value_get(answer, S("Attributes")), S("sold")), &sold);
    printf("Nina %" PRId64 ": %" PRId64 " sold\n", year, sold);
    return 0;
}

static int play(struct pail_client *client, const char *name, struct pail_values *vs,
                struct pail_error *err)
{
    struct pail_dynamodb_table *t;
    int rc = pail_dynamodb_table_new(client, name, &t, err);
    if (rc < 0)
        return rc;
    rc = make_table(t, err);
    if (rc == 0)
        rc = fill(t, vs, err);
    if (rc == 0)
        rc = print_some(t, err);
    if (rc == 0)
        rc = sell(t, vs, 1951, err);
    if (rc == 0)
        rc = sell(t, vs, 1951, err);
    if (rc == 0)
        rc = sell(t, vs, 2051, err);
    if (rc == 0)
        rc = pail_dynamodb_table_delete(t, NULL, NULL, err);
    if (rc == 0)
        rc = pail_dynamodb_table_wait(t, false, NULL, err);
    pail_dynamodb_table_unref(t);
    return rc;
}

int main(int argc, char **argv)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_session *session = NULL;
    struct pail_client *client = NULL;
    struct pail_values *vs = NULL;

    if (argc != 2) {
        fprintf(stderr, "usage: %s TABLE\n", argv[0]);
        return 2;
    }
    int rc = pail_session_new(NULL, &session, &err);
    if (rc == 0)
        rc = pail_client_new(session, "dynamodb", NULL, &client, &err);
    if (rc == 0)
        rc = pail_values_new(&vs, &err);
    if (rc == 0)
        rc = play(client, argv[1], vs, &err);
    if (rc < 0)
        fprintf(stderr, "%s: %s\n", argv[0], err.message);
    pail_values_free(vs);
    pail_client_unref(client);
    pail_session_unref(session);
    return rc < 0;
}
