/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A new instance with defaults one would choose: the newest Amazon Linux for the type's processor,
 * which AWS publishes as a parameter of SSM; the default network; metadata only with a token.
 */
#include "base/file.h"
#include "base/str.h"
#include "tools/curated/ec2.h"

#define IMAGES "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-"
#define COUNT_MAX 1000

struct run {
    struct pail_flow flow;
    const char *name, *type, *image, *key, *subnet, *role, *user_data;
    struct pail_opt_words firewalls;
    uint64_t count, disk_gib;
    bool wait, elastic_ip;
};
static const struct pail_opt options[] = {
    {PAIL_OPT_STRING, 0, "name", "NAME", "Its Name, of its disks as well",
     offsetof(struct run, name), NULL},
    {PAIL_OPT_STRING, 0, "type", "TYPE", "What to run it on (t3.micro)", offsetof(struct run, type),
     NULL},
    {PAIL_OPT_STRING, 0, "image", "AMI", "What to start (the newest Amazon Linux 2023)",
     offsetof(struct run, image), NULL},
    {PAIL_OPT_STRING, 0, "key", "NAME", "Key pair to log in with; see \"pail ec2 new-key\"",
     offsetof(struct run, key), NULL},
    {PAIL_OPT_EACH, 0, "firewall", "GROUP",
     "Security group, name or id; may be given again (the network's default)",
     offsetof(struct run, firewalls), NULL},
    {PAIL_OPT_STRING, 0, "subnet", "ID", "Where to put it (one of the default network)",
     offsetof(struct run, subnet), NULL},
    {PAIL_OPT_STRING, 0, "role", "PROFILE",
     "Instance profile whose role it has; see \"pail iam role-for-service\"",
     offsetof(struct run, role), NULL},
    {PAIL_OPT_STRING, 0, "user-data", "FILE", "What it runs when it starts the first time",
     offsetof(struct run, user_data), NULL},
    {PAIL_OPT_U64, 0, "disk", "GIB", "Size of the first disk (the image's)",
     offsetof(struct run, disk_gib), NULL},
    {PAIL_OPT_U64, 0, "count", "N", "How many (1)", offsetof(struct run, count), NULL},
    {PAIL_OPT_FLAG, 0, "elastic-ip", NULL, "Give it a new address that stays; waits until it runs",
     offsetof(struct run, elastic_ip), NULL},
    {PAIL_OPT_FLAG, 'w', "wait", NULL, "Return when it runs", offsetof(struct run, wait), NULL},
    PAIL_FLOW_OPTIONS};

static void defaults(void *p)
{
    struct run *o = p;
    o->type = "t3.micro";
    o->count = 1;
}

/* NULL: told. */
static const char *newest_image(struct run *o)
{
    struct pail_flow *f = &o->flow;
    PAIL_CLEANUP(pail_buf_done) struct pail_buf name = PAIL_BUF_INIT(1024);
    struct pail_value *params = pail_value_map(f->vs);
    pail_flow_put(f, params, "InstanceTypes", pail_flow_list(f, o->type, NULL));
    struct pail_value *types = pail_flow_call(f, "DescribeInstanceTypes", params);
    if (!types)
        return NULL;
    const struct pail_value *runs = pail_value_find(
        types, "InstanceTypes[0].ProcessorInfo.SupportedArchitectures");
    const char *cpu = "x86_64";
    for (size_t i = 0; i < pail_value_len(runs); i++)
        if (pail_str_eqz(pail_value_as_str(pail_value_at(runs, i)), "arm64"))
            cpu = "arm64";
    pail_buf_fmt(&name, IMAGES "%s", cpu);
    struct pail_value *found = pail_flow_call_of(
        f, "ssm", "GetParameter", pail_flow_map(f, "Name", pail_buf_cstr(&name), NULL));
    if (!found)
        return NULL;
    pail_flow_say(f, "Image %s: the newest Amazon Linux 2023 for %s.",
                  pail_dig_z(found, "Parameter.Value"), cpu);
    return pail_dig_z(found, "Parameter.Value");
}

/* What the first disk is called differs between images. 0 or the exit code. */
static int put_disk(struct run *o, struct pail_value *params, const char *image)
{
    struct pail_flow *f = &o->flow;
    struct pail_value *which = pail_value_map(f->vs), *list = pail_value_list(f->vs);
    pail_flow_put(f, which, "ImageIds", pail_flow_list(f, image, NULL));
    struct pail_value *images = pail_flow_call(f, "DescribeImages", which);
    if (!images)
        return f->code;
    const char *device = pail_dig_z(images, "Images[0].RootDeviceName");
    if (!*device)
        return pail_flow_fail(f, PAIL_EXIT_ERROR, "Image %s does not tell its first disk", image);
    struct pail_value *disk = pail_flow_map(f, "DeviceName", device, NULL);
    struct pail_value *ebs = pail_value_map(f->vs);
    pail_flow_put(f, ebs, "VolumeSize", pail_value_int(f->vs, (int64_t)o->disk_gib));
    pail_flow_put(f, disk, "Ebs", ebs);
    pail_value_append(f->vs, list, disk);
    pail_flow_put(f, params, "BlockDeviceMappings", list);
    return 0;
}

static void put_name(struct run *o, struct pail_value *params)
{
    static const char *const kinds[] = {"instance", "volume"};
    struct pail_flow *f = &o->flow;
    struct pail_value *list = pail_value_list(f->vs);
    for (size_t i = 0; i < PAIL_ARRAY_LEN(kinds); i++) {
        struct pail_value *one = pail_flow_map(f, "ResourceType", kinds[i], NULL);
        struct pail_value *tags = pail_value_list(f->vs);
        pail_value_append(f->vs, tags, pail_flow_map(f, "Key", "Name", "Value", o->name, NULL));
        pail_flow_put(f, one, "Tags", tags);
        pail_value_append(f->vs, list, one);
    }
    pail_flow_put(f, params, "TagSpecifications", list);
}

static int put_groups(struct run *o, struct pail_value *params)
{
    struct pail_flow *f = &o->flow;
    struct pail_value *list = pail_value_list(f->vs);
    for (size_t i = 0; i < o->firewalls.n; i++) {
        const char *id = pail_ec2_group(f, o->firewalls.words[i].value, NULL, NULL);
        if (!id)
            return f->code;
        pail_value_append(f->vs, list, pail_flow_str(f, id));
    }
    if (o->firewalls.n)
        pail_flow_put(f, params, "SecurityGroupIds", list);
    return 0;
}

/* NULL: told. */
static struct pail_value *parameters(struct run *o)
{
    struct pail_flow *f = &o->flow;
    const char *script = o->user_data ? pail_flow_file(f, o->user_data) : NULL;
    if (o->user_data && !script)
        return NULL;
    const char *image = o->image ? o->image : newest_image(o);
    if (!image)
        return NULL;
    struct pail_value *params = pail_flow_map(f, "ImageId", image, "InstanceType", o->type,
                                              "KeyName", o->key, "SubnetId", o->subnet, "UserData",
                                              script, NULL);
    pail_flow_put(f, params, "MinCount", pail_value_int(f->vs, (int64_t)o->count));
    pail_flow_put(f, params, "MaxCount", pail_value_int(f->vs, (int64_t)o->count));
    pail_flow_put(f, params, "MetadataOptions", pail_flow_map(f, "HttpTokens", "required", NULL));
    if (o->role)
        pail_flow_put(f, params, "IamInstanceProfile",
                      pail_str_starts(pail_str(o->role), PAIL_STR("arn:"))
                          ? pail_flow_map(f, "Arn", o->role, NULL)
                          : pail_flow_map(f, "Name", o->role, NULL));
    if (o->name)
        put_name(o, params);
    if (put_groups(o, params) || (o->disk_gib && put_disk(o, params, image)))
        return NULL;
    return params;
}

static int check(struct run *o, int argc)
{
    struct pail_flow *f = &o->flow;
    if (argc)
        return pail_flow_misuse(f, "wants no operands");
    if (o->count < 1 || o->count > COUNT_MAX)
        return pail_flow_misuse(f, "count: %llu is not between 1 and %d",
                                (unsigned long long)o->count, COUNT_MAX);
    if (o->elastic_ip && o->count > 1)
        return pail_flow_misuse(f, "--elastic-ip is for one instance");
    if (o->disk_gib > 65536)
        return pail_flow_misuse(f, "disk: %llu GiB is more than 65536",
                                (unsigned long long)o->disk_gib);
    return 0;
}

static int run(void *p, int argc, char **argv)
{
    struct run *o = p;
    struct pail_flow *f = p;
    struct pail_value *params, *made;
    if (check(o, argc) || !(params = parameters(o)) ||
        !(made = pail_flow_call(f, "RunInstances", params)))
        return f->code;
    const struct pail_value *list = pail_value_find(made, "Instances");
    struct pail_value *ids = pail_value_list(f->vs), *which = pail_value_map(f->vs);
    struct pail_value *rows = pail_value_list(f->vs), *now = pail_value_map(f->vs);
    for (size_t i = 0; i < pail_value_len(list); i++) {
        const char *id = pail_dig_z(pail_value_at(list, i), "InstanceId");
        pail_value_append(f->vs, ids, pail_flow_str(f, id));
        pail_flow_say(f, "Started %s.", id);
    }
    pail_flow_put(f, which, "InstanceIds", ids);
    if (o->wait || o->elastic_ip) {
        if (pail_flow_wait(f, "InstanceRunning", which))
            return f->code;
        if (o->elastic_ip &&
            pail_ec2_new_address(f, pail_dig_z(list, "[0].InstanceId"), pail_value_map(f->vs)))
            return f->code;
        if (!(now = pail_flow_all(f, "DescribeInstances", which)))
            return f->code;
    } else {
        struct pail_value *reservations = pail_value_list(f->vs);
        pail_value_append(f->vs, reservations, pail_value_copy(f->vs, made));
        pail_flow_put(f, now, "Reservations", reservations);
    }
    pail_ec2_rows(f, rows, now);
    return pail_flow_rows(f, rows);
}

const struct pail_command pail_ec2_run = {
    .name = "ec2 run",
    .summary = "Launch an instance",
    .usage = "",
    .description =
        "Without options: the newest Amazon Linux 2023 on a t3.micro in the default network, "
        "without a key pair. Metadata of the instance can be read with a token only.",
    .examples = "pail ec2 run --name web --key mine --firewall web --wait | Prints its address\n"
                "pail ec2 run --name web --type t4g.small --role web --elastic-ip | With an "
                "address that stays\n",
    .options = options,
    .options_size = sizeof(struct run),
    .run = run,
    .init = defaults,
};
