/* SPDX-License-Identifier: Apache-2.0 */
/*
 * address IMAGE: an instance with a fixed address, from the beginning to the end.
 */
#include <pail/service.h>

#include <stdio.h>

static int move_in(struct pail_client *ec2, const char *instance, struct pail_error *err)
{
    struct pail_result *address = NULL, *link = NULL, *seen = NULL;

    if (pail_callf(ec2, &address, err, "AllocateAddress", "Domain: 'vpc'") < 0)
        return err->code;
    const char *id = pail_result_str(address, "AllocationId");
    if (pail_callf(ec2, &link, err, "AssociateAddress", "InstanceId: %s, AllocationId: %s",
                   instance, id) == 0 &&
        pail_callf(ec2, &seen, err, "DescribeAddresses", "AllocationIds: [%s]", id) == 0 &&
        pail_callf(ec2, NULL, err, "DisassociateAddress", "AssociationId: %s",
                   pail_result_str(link, "AssociationId")) == 0)
        printf("%s was at %s\n", pail_result_str(seen, "Addresses[0].InstanceId"),
               pail_result_str(address, "PublicIp"));
    struct pail_error why = PAIL_ERROR_INIT;
    if (pail_callf(ec2, NULL, &why, "ReleaseAddress", "AllocationId: %s", id) < 0)
        fprintf(stderr, "%s is left behind: %s\n", id, why.message);
    pail_result_free(seen);
    pail_result_free(link);
    pail_result_free(address);
    return err->code;
}

static int live(struct pail_client *ec2, const char *image, struct pail_error *err)
{
    struct pail_result *ran = NULL;

    if (pail_callf(ec2, &ran, err, "RunInstances",
                   "ImageId: %s, InstanceType: 't3.micro', MinCount: 1, MaxCount: 1, "
                   "TagSpecifications: [{ResourceType: 'instance', Tags: [{Key: 'Name', Value: "
                   "'example'}]}]",
                   image) < 0)
        return err->code;
    const char *id = pail_result_str(ran, "Instances[0].InstanceId");
    if (pail_waitf(ec2, err, "InstanceRunning", "InstanceIds: [%s]", id) == 0 &&
        move_in(ec2, id, err) == 0 &&
        pail_callf(ec2, NULL, err, "TerminateInstances", "InstanceIds: [%s]", id) == 0 &&
        pail_waitf(ec2, err, "InstanceTerminated", "InstanceIds: [%s]", id) == 0)
        printf("%s is gone\n", id);
    pail_result_free(ran);
    return err->code;
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
        rc = live(ec2, argv[1], &err);
    if (rc < 0)
        fprintf(stderr, "%s: %s\n", argv[0], err.message);
    pail_client_unref(ec2);
    return rc < 0;
}
