/* SPDX-License-Identifier: Apache-2.0 */
/*
 * instances IMAGE: starts an instance, waits until it runs, lists all there are, and ends it.
 *
 * Any operation of any service goes like this: its name, a map of its parameters, a map back.
 */
#include <pail/service.h>

#include <stdio.h>

static struct pail_str text(const struct pail_value *map, const char *key)
{
    return pail_value_as_str(pail_value_get(map, pail_str(key)));
}

/* InstanceIds: [id] */
static struct pail_value *only(struct pail_values *vs, struct pail_str id)
{
    struct pail_value *params = pail_value_map(vs);
    struct pail_value *ids = pail_value_set(vs, params, PAIL_STR("InstanceIds"),
                                            pail_value_list(vs));

    pail_value_append(vs, ids, pail_value_str(vs, id));
    return params;
}

static int launch(struct pail_client *ec2, struct pail_values *vs, const char *image,
                  struct pail_result **ret, struct pail_error *err)
{
    struct pail_value *params = pail_value_map(vs);

    pail_value_set(vs, params, PAIL_STR("ImageId"), pail_value_str(vs, pail_str(image)));
    pail_value_set(vs, params, PAIL_STR("InstanceType"), pail_value_str(vs, PAIL_STR("t3.micro")));
    pail_value_set(vs, params, PAIL_STR("MinCount"), pail_value_int(vs, 1));
    pail_value_set(vs, params, PAIL_STR("MaxCount"), pail_value_int(vs, 1));
    int rc = pail_values_check(vs, err);
    return rc < 0 ? rc : pail_call(ec2, "RunInstances", params, ret, err);
}

static void print_page(const struct pail_value *page)
{
    const struct pail_value *reservations = pail_value_get(page, PAIL_STR("Reservations"));

    for (size_t i = 0; i < pail_value_len(reservations); i++) {
        const struct pail_value *list = pail_value_get(pail_value_at(reservations, i),
                                                       PAIL_STR("Instances"));
        for (size_t k = 0; k < pail_value_len(list); k++) {
            const struct pail_value *v = pail_value_at(list, k);
            struct pail_str id = text(v, "InstanceId"),
                            state = text(pail_value_get(v, PAIL_STR("State")), "Name");
            printf("%.*s %.*s\n", PAIL_STR_ARG(id), PAIL_STR_ARG(state));
        }
    }
}

static int list(struct pail_client *ec2, struct pail_error *err)
{
    struct pail_pages *pages = NULL;
    struct pail_result *page = NULL;

    int rc = pail_pages_new(ec2, "DescribeInstances", NULL, NULL, &pages, err);
    while (rc == 0 && (rc = pail_pages_next(pages, &page, err)) == 0 && page) {
        print_page(pail_result_value(page));
        page = pail_result_free(page);
    }
    pail_pages_free(pages);
    return rc;
}

static int run(struct pail_client *ec2, struct pail_values *vs, const char *image,
               struct pail_error *err)
{
    struct pail_result *launched = NULL;

    int rc = launch(ec2, vs, image, &launched, err);
    if (rc < 0)
        return rc;
    const struct pail_value *instances = pail_value_get(pail_result_value(launched),
                                                        PAIL_STR("Instances"));
    struct pail_value *mine = only(vs, text(pail_value_at(instances, 0), "InstanceId"));
    rc = pail_wait(ec2, "InstanceRunning", mine, NULL, NULL, err);
    if (rc == 0)
        rc = list(ec2, err);
    if (rc == 0)
        rc = pail_call(ec2, "TerminateInstances", mine, NULL, err);
    pail_result_free(launched);
    return rc;
}

int main(int argc, char **argv)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_session *session = NULL;
    struct pail_client *ec2 = NULL;
    struct pail_values *vs = NULL;

    if (argc != 2) {
        fprintf(stderr, "usage: %s IMAGE\n", argv[0]);
        return 2;
    }
    int rc = pail_session_new(NULL, &session, &err);
    if (rc == 0)
        rc = pail_client_new(session, "ec2", NULL, &ec2, &err);
    if (rc == 0)
        rc = pail_values_new(&vs, &err);
    if (rc == 0)
        rc = run(ec2, vs, argv[1], &err);
    if (rc < 0)
        fprintf(stderr, "%s: %s\n", argv[0], err.message);
    pail_values_free(vs);
    pail_client_unref(ec2);
    pail_session_unref(session);
    return rc < 0;
}
