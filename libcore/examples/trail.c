/* SPDX-License-Identifier: Apache-2.0 */
/*
 * trail USER: what somebody did lately, as CloudTrail has it, page after page.
 */
#include <pail/service.h>

#include <inttypes.h>
#include <stdio.h>

static void print_event(const struct pail_value *event)
{
    struct pail_time at = {0};

    pail_value_as_time(pail_value_find(event, "EventTime"), &at);
    printf("%" PRId64 " %s %s\n", at.seconds, pail_value_find_str(event, "EventName"),
           pail_value_find_str(event, "Resources[0].ResourceName"));
}

static int look(struct pail_client *trail, const char *user, struct pail_error *err)
{
    struct pail_pages *pages = NULL;
    struct pail_result *page = NULL;
    const struct pail_value *event;

    int rc = pail_pagesf(trail, &pages, err, "LookupEvents",
                         "LookupAttributes: [{AttributeKey: 'Username', AttributeValue: %s}]",
                         user);
    while (rc == 0 && (rc = pail_pages_next(pages, &page, err)) == 0 && page) {
        pail_value_each (event, pail_result_find(page, "Events"))
            print_event(event);
        page = pail_result_free(page);
    }
    pail_pages_free(pages);
    return rc;
}

int main(int argc, char **argv)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_client *trail = NULL;

    if (argc != 2) {
        fprintf(stderr, "usage: %s USER\n", argv[0]);
        return 2;
    }
    int rc = pail_client_new(NULL, "cloudtrail", NULL, &trail, &err);
    if (rc == 0)
        rc = look(trail, argv[1], &err);
    if (rc < 0)
        fprintf(stderr, "%s: %s\n", argv[0], err.message);
    pail_client_unref(trail);
    return rc < 0;
}
