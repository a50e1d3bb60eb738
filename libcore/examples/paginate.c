/* SPDX-License-Identifier: Apache-2.0 */
/*
 * paginate BUCKET MAX-ITEMS [TOKEN]: keys, however many requests that takes, and where to go on.
 *
 * This is how pages work for every operation of every service that has them: client, operation,
 * parameters, and a loop.
 */
#include <pail/service.h>

#include <stdio.h>

static void print_page(const struct pail_result *page)
{
    const struct pail_value *contents = pail_value_get(pail_result_value(page),
                                                       PAIL_STR("Contents"));
    for (size_t i = 0; i < pail_value_len(contents); i++) {
        struct pail_str key = pail_value_as_str(
            pail_value_get(pail_value_at(contents, i), PAIL_STR("Key")));
        printf("%.*s\n", PAIL_STR_ARG(key));
    }
}

static int print_all(struct pail_client *s3, const char *bucket,
                     const struct pail_pages_options *options, struct pail_error *err)
{
    struct pail_values *vs = NULL;
    struct pail_pages *pages = NULL;
    struct pail_result *page = NULL;

    int rc = pail_values_new(&vs, err);
    if (rc < 0)
        return rc;
    struct pail_call_args args = {.params = pail_value_map(vs)};
    pail_value_set(vs, (struct pail_value *)args.params, PAIL_STR("Bucket"),
                   pail_value_str(vs, pail_str(bucket)));
    rc = pail_values_check(vs, err); /* the steps above need no checks of their own */
    if (rc == 0)
        rc = pail_pages_new(s3, "ListObjectsV2", &args, options, &pages, err);
    while (rc == 0 && (rc = pail_pages_next(pages, &page, err)) == 0 && page) {
        print_page(page);
        page = pail_result_free(page);
    }
    struct pail_str token = rc == 0 ? pail_pages_token(pages) : pail_str(NULL);
    if (token.ptr)
        printf("go on with: %.*s\n", PAIL_STR_ARG(token));
    pail_pages_free(pages);
    pail_values_free(vs);
    return rc;
}

int main(int argc, char **argv)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_session *session = NULL;
    struct pail_client *s3 = NULL;
    struct pail_pages_options options = {.page_size = 2};
    long long max;

    if ((argc != 3 && argc != 4) || sscanf(argv[2], "%lld", &max) != 1) {
        fprintf(stderr, "usage: %s BUCKET MAX-ITEMS [TOKEN]\n", argv[0]);
        return 2;
    }
    options.max_items = max;
    options.starting_token = pail_str(argc == 4 ? argv[3] : NULL);
    int rc = pail_session_new(NULL, &session, &err);
    if (rc == 0)
        rc = pail_client_new(session, "s3", NULL, &s3, &err);
    if (rc == 0)
        rc = print_all(s3, argv[1], &options, &err);
    if (rc < 0)
        fprintf(stderr, "%s: %s\n", argv[0], err.message);
    pail_client_unref(s3);
    pail_session_unref(session);
    return rc < 0;
}
