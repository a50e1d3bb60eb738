/* SPDX-License-Identifier: Apache-2.0 */
/* Elastic IP addresses. Called by the address itself; their ids are looked up. */
#include "base/str.h"
#include "tools/curated/ec2.h"

/* The one address, as DescribeAddresses has it. NULL: told. */
static const struct pail_value *find_address(struct pail_flow *f, const char *ip)
{
    bool is_id = pail_str_starts(pail_str(ip), PAIL_STR("eipalloc-"));
    struct pail_value *params = pail_value_map(f->vs);
    pail_flow_put(f, params, is_id ? "AllocationIds" : "PublicIps", pail_flow_list(f, ip, NULL));
    struct pail_value *all = pail_flow_call(f, "DescribeAddresses", params);
    const struct pail_value *found = pail_value_find(all, "Addresses[0]");
    if (all && !found)
        pail_flow_fail(f, PAIL_EXIT_ERROR, "There is no address %s", ip);
    return found;
}

static int give(struct pail_flow *f, const char *allocation, const char *ip, const char *instance)
{
    if (!pail_flow_call(f, "AssociateAddress",
                        pail_flow_map(f, "AllocationId", allocation, "InstanceId", instance, NULL)))
        return f->code;
    pail_flow_say(f, "%s is of %s now.", ip, instance);
    return 0;
}

int pail_ec2_new_address(struct pail_flow *f, const char *instance, struct pail_value *record)
{
    struct pail_value *made = pail_flow_call(f, "AllocateAddress",
                                             pail_flow_map(f, "Domain", "vpc", NULL));
    if (!made)
        return f->code;
    const char *ip = pail_dig_z(made, "PublicIp"), *id = pail_dig_z(made, "AllocationId");
    pail_flow_put(f, record, "PublicIp", pail_value_find(made, "PublicIp"));
    pail_flow_put(f, record, "AllocationId", pail_value_find(made, "AllocationId"));
    pail_flow_say(f, "Allocated %s (%s).", ip, id);
    if (!instance)
        return 0;
    pail_flow_put(f, record, "InstanceId", pail_flow_str(f, instance));
    return give(f, id, ip, instance);
}

static int run_list(void *p, int argc, char **argv)
{
    static const struct pail_flow_listing addresses = {
        "DescribeAddresses",
        "Addresses",
        {{"PublicIp", "PublicIp", NULL},
         {"Instance", "InstanceId", NULL},
         {"PrivateIp", "PrivateIpAddress", NULL},
         {"AllocationId", "AllocationId", NULL}},
    };
    return pail_flow_list_all(p, &addresses, NULL, argc);
}

static int run_new(void *p, int argc, char **argv)
{
    struct pail_flow *f = p;
    struct pail_value *record = pail_value_map(f->vs);
    const char *instance = NULL;
    if (argc > 1)
        return pail_flow_misuse(f, "wants at most one ID or NAME");
    if (argc == 1 && !(instance = pail_ec2_instance(f, argv[0])))
        return f->code;
    return pail_ec2_new_address(f, instance, record) ? f->code : pail_flow_record(f, record);
}

static int run_attach(void *p, int argc, char **argv)
{
    struct pail_flow *f = p;
    const struct pail_value *address;
    const char *instance;
    if (argc != 2)
        return pail_flow_misuse(f, "wants IP and ID or NAME");
    if (!(instance = pail_ec2_instance(f, argv[1])) || !(address = find_address(f, argv[0])))
        return f->code;
    return give(f, pail_dig_z(address, "AllocationId"), argv[0], instance);
}

static int run_detach(void *p, int argc, char **argv)
{
    struct pail_flow *f = p;
    const struct pail_value *address;
    if (argc != 1)
        return pail_flow_misuse(f, "wants IP");
    if (!(address = find_address(f, argv[0])))
        return f->code;
    const char *association = pail_dig_z(address, "AssociationId");
    if (!*association)
        return pail_flow_fail(f, PAIL_EXIT_ERROR, "%s is of no instance", argv[0]);
    if (!pail_flow_call(f, "DisassociateAddress",
                        pail_flow_map(f, "AssociationId", association, NULL)))
        return f->code;
    pail_flow_say(f, "%s is free.", argv[0]);
    return 0;
}

static int run_release(void *p, int argc, char **argv)
{
    struct pail_flow *f = p;
    const struct pail_value *address;
    if (argc != 1)
        return pail_flow_misuse(f, "wants IP");
    if (!(address = find_address(f, argv[0])))
        return f->code;
    const char *association = pail_dig_z(address, "AssociationId");
    if (!pail_flow_confirm(f, "Give %s back%s%s", argv[0],
                           *association ? ", which is in use by " : "",
                           pail_dig_z(address, "InstanceId")))
        return f->code;
    if (*association && !pail_flow_call(f, "DisassociateAddress",
                                        pail_flow_map(f, "AssociationId", association, NULL)))
        return f->code;
    if (!pail_flow_call(
            f, "ReleaseAddress",
            pail_flow_map(f, "AllocationId", pail_dig_z(address, "AllocationId"), NULL)))
        return f->code;
    pail_flow_say(f, "Released %s.", argv[0]);
    return 0;
}

static const struct pail_opt options[] = {PAIL_FLOW_OPTIONS};
static const struct pail_opt release_options[] = {PAIL_FLOW_YES, PAIL_FLOW_OPTIONS};

const struct pail_command pail_ec2_ip_list = {
    .name = "ec2 ip list",
    .summary = "List the Elastic IP addresses",
    .usage = "",
    .examples = "pail ec2 ip list | Which there are, and whose they are\n",
    .options = options,
    .options_size = sizeof(struct pail_flow),
    .run = run_list,
};

const struct pail_command pail_ec2_ip_new = {
    .name = "ec2 ip new",
    .summary = "Allocate an Elastic IP address",
    .usage = "[ID|NAME]",
    .examples = "pail ec2 ip new web | A new address for web\n",
    .options = options,
    .options_size = sizeof(struct pail_flow),
    .run = run_new,
};

const struct pail_command pail_ec2_ip_attach = {
    .name = "ec2 ip attach",
    .summary = "Give an Elastic IP address to an instance",
    .usage = "IP ID|NAME",
    .examples = "pail ec2 ip attach 203.0.113.7 web | From now on it is web's\n",
    .options = options,
    .options_size = sizeof(struct pail_flow),
    .run = run_attach,
};

const struct pail_command pail_ec2_ip_detach = {
    .name = "ec2 ip detach",
    .summary = "Take an Elastic IP address from its instance and keep it",
    .usage = "IP",
    .examples = "pail ec2 ip detach 203.0.113.7 | It stays the account's\n",
    .options = options,
    .options_size = sizeof(struct pail_flow),
    .run = run_detach,
};

const struct pail_command pail_ec2_ip_release = {
    .name = "ec2 ip release",
    .summary = "Give an Elastic IP address back to AWS",
    .usage = "IP",
    .description = "Takes it from its instance first. The address may be somebody else's soon. "
                   "Asks first.",
    .examples = "pail ec2 ip release 203.0.113.7 | Asks, then releases\n",
    .options = release_options,
    .options_size = sizeof(struct pail_flow),
    .run = run_release,
};
