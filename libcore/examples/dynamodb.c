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
        struct pail_value *labels = pail_dynamodb_set(vs, "SS");
        pail_dynamodb_set_add(vs, labels, pail_value_str(vs, S("blue")));
        rc = pail_dynamodb_writer_put(
            w,
            pail_value_form(vs, "artist: %s, year: %d, price: 9.90, labels: %p",
                            i % 2 ? "Nina" : "Miles", 1950 + i, (void *)labels),
            err);
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
    pail_dynamodb_key_conditionf(x, "artist = %s AND year >= %d", "Miles", 1970);
    pail_dynamodb_project(x, S("year"));
    pail_dynamodb_project(x, S("price"));
    struct pail_dynamodb_options options = {.expr = x, .limit = 3};
    rc = pail_dynamodb_query_items(t, &options, &it, err);
    while (rc == 0 && (rc = pail_dynamodb_items_next(it, &item, err)) == 0 && item)
        printf("Miles %" PRId64 " %s\n", pail_value_find_int(item, "year", 0),
               pail_value_find_str(item, "price"));
    pail_dynamodb_items_free(it);
    pail_dynamodb_expr_free(x);
    return rc;
}

/* One more was sold, unless the record is not there. */
static int sell(struct pail_dynamodb_table *t, struct pail_values *vs, int64_t year,
                struct pail_error *err)
{
    struct pail_dynamodb_expr *x;
    struct pail_value *key = pail_value_form(vs, "artist: 'Nina', year: %" PRId64, year), *answer;
    int rc = pail_dynamodb_expr_new(&x, err);
    if (rc < 0)
        return rc;
    pail_dynamodb_conditionf(x, "attribute_exists(artist)");
    pail_dynamodb_updatef(x, "SET sold = if_not_exists(sold, 0) + %d", 1);
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
    printf("Nina %" PRId64 ": %" PRId64 " sold\n", year,
           pail_value_find_int(answer, "Attributes.sold", 0));
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
    struct pail_client *client = NULL;
    struct pail_values *vs = NULL;

    if (argc != 2) {
        fprintf(stderr, "usage: %s TABLE\n", argv[0]);
        return 2;
    }
    int rc = pail_client_new(NULL, "dynamodb", NULL, &client, &err);
    if (rc == 0)
        rc = pail_values_new(&vs, &err);
    if (rc == 0)
        rc = play(client, argv[1], vs, &err);
    if (rc < 0)
        fprintf(stderr, "%s: %s\n", argv[0], err.message);
    pail_values_free(vs);
    pail_client_unref(client);
    return rc < 0;
}
