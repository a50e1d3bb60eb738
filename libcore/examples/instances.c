/* SPDX-License-Identifier: Apache-2.0 */
/*
 * instances IMAGE: starts an instance, waits until it runs, lists all there are, and ends it.
 *
 * Any operation of any service goes like this: its name, its parameters, a tree back.
 */
#include <pail/service.h>

#include <stdio.h>

static int list(struct pail_client *ec2, struct pail_error *err)
{
    struct pail_pages *pages = NULL;
    struct pail_result *page = NULL;
    const struct pail_value *reservation, *instance;

    int rc = pail_pages_new(ec2, "DescribeInstances", NULL, NULL, &pages, err);
    while (rc == 0 && (rc = pail_pages_next(pages, &page, err)) == 0 && page) {
        pail_value_each (reservation, pail_result_find(page, "Reservations"))
            pail_value_each (instance, pail_value_find(reservation, "Instances"))
                printf("%s %s\n", pail_value_find_str(instance, "InstanceId"),
                       pail_value_find_str(instance, "State.Name"));
        page = pail_result_free(page);
    }
    pail_pages_free(pages);
    return rc;
}

static int run(struct pail_client *ec2, const char *image, struct pail_error *err)
{
    struct pail_result *launched = NULL;

    int rc = pail_callf(ec2, &launched, err, "RunInstances",
                        "ImageId: %s, InstanceType: 't3.micro', MinCount: 1, MaxCount: 1", image);
    if (rc < 0)
        return rc;
    const char *id = pail_result_str(launched, "Instances[0].InstanceId");
    rc = pail_waitf(ec2, err, "InstanceRunning", "InstanceIds: [%s]", id);
    if (rc == 0)
        rc = list(ec2, err);
    if (rc == 0)
        rc = pail_callf(ec2, NULL, err, "TerminateInstances", "InstanceIds: [%s]", id);
    pail_result_free(launched);
    return rc;
}

int main(int argc, char **argv)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_client *ec2 = NULL;

    if (argc != 2) {
        fprintf(stderr, "usage: %s IMAGE\n", argv[0]);
        return 2;
    }
    int rc = pail_client_new(NULL, "ec2", NULL, &ec2, &err);
    if (rc == 0)
        rc = run(ec2, argv[1], &err);
    if (rc < 0)
        fprintf(stderr, "%s: %s\n", argv[0], err.message);
    pail_client_unref(ec2);
    return rc < 0;
}
