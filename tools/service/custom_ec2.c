/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ec2: --count and the addresses of run-instances, and the one-rule options of security groups
 * (--protocol, --port, --cidr, ...).
 */
#include "tools/service/custom.h"

#include "base/str.h"
#include "tools/cmd.h"

struct pail_value *pail_custom_map(struct pail_run *run, struct pail_value *in, const char *member)
{
    struct pail_value *v = pail_value_get(in, pail_str(member));
    return v ? v : pail_value_set(run->cli->vs, in, pail_str(member), pail_value_map(run->cli->vs));
}

struct pail_value *pail_custom_first(struct pail_run *run, struct pail_value *in,
                                     const char *member)
{
    struct pail_values *vs = run->cli->vs;
    struct pail_value *list = pail_value_get(in, pail_str(member));
    if (!list)
        list = pail_value_set(vs, in, pail_str(member), pail_value_list(vs));
    if (!pail_value_len(list))
        pail_value_append(vs, list, pail_value_map(vs));
    return pail_value_at(list, 0);
}

void pail_custom_text(struct pail_run *run, struct pail_value *map, const char *member,
                      const char *text)
{
    pail_value_set(run->cli->vs, map, pail_str(member),
                   pail_value_str(run->cli->vs, pail_str(text)));
}

int pail_custom_refuse(struct pail_run *run, const char *message)
{
    return pail_cli_fail(run->cli, PAIL_EXIT_USAGE, "ParamValidation", pail_str(message));
}

static void set_int(struct pail_run *run, struct pail_value *map, const char *member, int64_t n)
{
    pail_value_set(run->cli->vs, map, pail_str(member), pail_value_int(run->cli->vs, n));
}

/* ---- run-instances --------------------------------------------------------------------------- */

static int apply_count(struct pail_run *run, const struct pail_extra *x, const struct pail_arg *a)
{
    struct pail_str text = pail_str(a->value);
    size_t colon = pail_str_find(text, ':');
    int64_t min, max;
    struct pail_str first = pail_str_sub(text, 0, colon == SIZE_MAX ? text.len : colon);
    struct pail_str second = colon == SIZE_MAX ? text : pail_str_from(text, colon + 1);
    if (!pail_str_to_i64(pail_str_trim(first), &min) ||
        !pail_str_to_i64(pail_str_trim(second), &max))
        return pail_custom_refuse(run,
                                  "count parameter should be of form min[:max] (e.g. 1 or 1:10)");
    set_int(run, run->values, "MinCount", min);
    set_int(run, run->values, "MaxCount", max);
    return 0;
}

static struct pail_value *network_interface(struct pail_run *run)
{
    struct pail_value *i = pail_custom_first(run, run->values, "NetworkInterfaces");
    if (!pail_value_get(i, PAIL_STR("DeviceIndex")))
        set_int(run, i, "DeviceIndex", 0);
    return i;
}

static int apply_addresses(struct pail_run *run, const struct pail_extra *x,
                           const struct pail_arg *a)
{
    struct pail_values *vs = run->cli->vs;
    struct pail_value *list = pail_value_list(vs);
    for (size_t i = 0; i < a->n_values; i++) {
        struct pail_value *map = pail_value_map(vs);
        pail_custom_text(run, map, "PrivateIpAddress", a->values[i]);
        pail_value_set(vs, map, PAIL_STR("Primary"), pail_value_bool(vs, false));
        pail_value_append(vs, list, map);
    }
    if (a->n_values)
        pail_value_set(vs, network_interface(run), PAIL_STR("PrivateIpAddresses"), list);
    return 0;
}

static int apply_address_count(struct pail_run *run, const struct pail_extra *x,
                               const struct pail_arg *a)
{
    int64_t n;
    if (!pail_str_to_i64(pail_str(a->value), &n))
        return pail_cli_misusef(run->cli, "argument %s: invalid int value: '%s'", a->name,
                                a->value);
    set_int(run, network_interface(run), "SecondaryPrivateIpAddressCount", n);
    return 0;
}

static int apply_public(struct pail_run *run, const struct pail_extra *x, const struct pail_arg *a)
{
    bool yes = strncmp(x->name, "--no-", 5) != 0;
    pail_value_set(run->cli->vs, network_interface(run), PAIL_STR("AssociatePublicIpAddress"),
                   pail_value_bool(run->cli->vs, yes));
    return 0;
}

static void move(struct pail_run *run, struct pail_value *to, const char *from, const char *as)
{
    struct pail_value *v = pail_value_get(run->values, pail_str(from));
    if (!v)
        return;
    pail_value_set(run->cli->vs, to, pail_str(as), v);
    pail_value_remove(run->values, pail_str(from));
}

/* What the interface says, the request itself must not. */
static int before_run_instances(struct pail_run *run)
{
    struct pail_values *vs = run->cli->vs;
    struct pail_value *list = pail_value_get(run->values, PAIL_STR("NetworkInterfaces"));
    struct pail_value *i = pail_value_at(list, 0);
    struct pail_value *address = pail_value_get(run->values, PAIL_STR("PrivateIpAddress"));
    if (!run->skeleton && !pail_value_get(run->values, PAIL_STR("MaxCount")))
        set_int(run, run->values, "MaxCount", 1);
    if (!run->skeleton && !pail_value_get(run->values, PAIL_STR("MinCount")))
        set_int(run, run->values, "MinCount", 1);
    if (!pail_value_get(i, PAIL_STR("PrivateIpAddresses")) &&
        !pail_value_get(i, PAIL_STR("SecondaryPrivateIpAddressCount")) &&
        !pail_value_get(i, PAIL_STR("AssociatePublicIpAddress")))
        return 0;
    move(run, i, "SubnetId", "SubnetId");
    move(run, i, "SecurityGroupIds", "Groups");
    move(run, i, "Ipv6AddressCount", "Ipv6AddressCount");
    move(run, i, "Ipv6Addresses", "Ipv6Addresses");
    move(run, i, "EnablePrimaryIpv6", "PrimaryIpv6");
    if (address) {
        struct pail_value *one = pail_value_map(vs), *addresses = pail_value_list(vs);
        pail_value_set(vs, one, PAIL_STR("PrivateIpAddress"), address);
        pail_value_set(vs, one, PAIL_STR("Primary"), pail_value_bool(vs, true));
        pail_value_append(vs, addresses, one);
        pail_value_set(vs, i, PAIL_STR("PrivateIpAddresses"), addresses);
        pail_value_remove(run->values, PAIL_STR("PrivateIpAddress"));
    }
    return 0;
}

static const struct pail_extra run_instances[] = {
    {"--count", PAIL_ARG_ONE, .apply = apply_count, .help = "Number of instances: N, or MIN:MAX"},
    {"--secondary-private-ip-addresses", PAIL_ARG_LIST, .apply = apply_addresses,
     .help = "More private addresses of the network interface"},
    {"--secondary-private-ip-address-count", PAIL_ARG_ONE, .apply = apply_address_count,
     .help = "How many more private addresses"},
    {"--associate-public-ip-address", PAIL_ARG_NONE, .apply = apply_public,
     .help = "Give a public address"},
    {"--no-associate-public-ip-address", PAIL_ARG_NONE, .apply = apply_public,
     .help = "Give no public address"},
    {NULL},
};
static const char *const run_instances_removed[] = {"--min-count", "--max-count", NULL};

/* ---- Rules of security groups ---------------------------------------------------------------- */

/* The one rule that these options make up, or NULL: all rules were given. */
static struct pail_value *rule_of(struct pail_run *run, const struct pail_extra *x, int *ret_rc)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf why = PAIL_BUF_INIT(256);
    PAIL_CLEANUP(pail_buf_done) struct pail_buf name = PAIL_BUF_INIT(64);
    const struct pail_arg *all = NULL;
    if (!pail_params_find(run, "--ip-permissions", &all) || !all->given)
        return pail_custom_first(run, run->values, "IpPermissions");
    for (const char *p = x->name + 2; *p; p++)
        pail_buf_char(&name, *p == '-' ? '_' : *p);
    pail_buf_fmt(&why, "The --%s option is not compatible with the --ip-permissions option ",
                 pail_buf_cstr(&name));
    *ret_rc = pail_custom_refuse(run, pail_buf_cstr(&why));
    return NULL;
}

static int apply_protocol(struct pail_run *run, const struct pail_extra *x,
                          const struct pail_arg *a)
{
    int rc = 0;
    struct pail_value *rule = rule_of(run, x, &rc);
    if (!rule)
        return rc;
    const char *value = a->value;
    int64_t n;
    if (pail_str_to_i64(pail_str(value), &n)) {
        if ((n < 0 || n > 255) && n != -1)
            return pail_custom_refuse(run, "protocol parameter should be one of: tcp|udp|icmp|all "
                                           "or any valid protocol number.");
    } else if (strcmp(value, "all") == 0) {
        value = "-1";
    } else if (strcmp(value, "tcp") != 0 && strcmp(value, "udp") != 0 &&
               strcmp(value, "icmp") != 0) {
        return pail_custom_refuse(run, "protocol parameter should be one of: tcp|udp|icmp|all or "
                                       "any valid protocol number.");
    }
    pail_custom_text(run, rule, "IpProtocol", value);
    return 0;
}

static int apply_port(struct pail_run *run, const struct pail_extra *x, const struct pail_arg *a)
{
    int rc = 0;
    struct pail_value *rule = rule_of(run, x, &rc);
    if (!rule)
        return rc;
    struct pail_str text = pail_str(a->value);
    size_t dash = pail_str_find(text, '-');
    int64_t from, to;
    if (pail_str_eqz(text, "all") || pail_str_eqz(text, "-1")) {
        from = to = -1;
    } else {
        struct pail_str first = dash == SIZE_MAX ? text : pail_str_sub(text, 0, dash);
        struct pail_str second = dash == SIZE_MAX ? text : pail_str_from(text, dash + 1);
        if (!pail_str_to_i64(first, &from) || !pail_str_to_i64(second, &to))
            return pail_custom_refuse(
                run, "port parameter should be of the form <from[-to]> (e.g. 22 or 22-25)");
    }
    set_int(run, rule, "FromPort", from);
    set_int(run, rule, "ToPort", to);
    return 0;
}

static int apply_cidr(struct pail_run *run, const struct pail_extra *x, const struct pail_arg *a)
{
    int rc = 0;
    struct pail_value *rule = rule_of(run, x, &rc);
    if (!rule)
        return rc;
    pail_custom_text(run, pail_custom_first(run, rule, "IpRanges"), "CidrIp", a->value);
    return 0;
}

static int apply_group(struct pail_run *run, const struct pail_extra *x, const struct pail_arg *a)
{
    int rc = 0;
    struct pail_value *rule = rule_of(run, x, &rc);
    if (!rule)
        return rc;
    struct pail_value *pair = pail_custom_first(run, rule, "UserIdGroupPairs");
    bool owner = strcmp(x->name, "--group-owner") == 0;
    pail_custom_text(run, pair,
                     owner                              ? "UserId"
                     : strncmp(a->value, "sg-", 3) == 0 ? "GroupId"
                                                        : "GroupName",
                     a->value);
    return 0;
}

static const struct pail_extra group_rules[] = {
    {"--protocol", PAIL_ARG_ONE, .apply = apply_protocol,
     .help = "tcp, udp, icmp, all, or a protocol's number"},
    {"--port", PAIL_ARG_ONE, .apply = apply_port, .help = "A port, or FROM-TO"},
    {"--cidr", PAIL_ARG_ONE, .apply = apply_cidr, .help = "The range of addresses"},
    {"--source-group", PAIL_ARG_ONE, .apply = apply_group, .help = "Name or id of a group"},
    {"--group-owner", PAIL_ARG_ONE, .apply = apply_group, .help = "Account that has the group"},
    {NULL},
};

const struct pail_custom pail_custom_ec2[] = {
    {.service = "ec2",
     .operation = "run-instances",
     .extras = run_instances,
     .removed = run_instances_removed,
     .before = before_run_instances},
    {.service = "ec2", .operation = "authorize-security-group-ingress", .extras = group_rules},
    {.service = "ec2", .operation = "authorize-security-group-egress", .extras = group_rules},
    {.service = "ec2", .operation = "revoke-security-group-ingress", .extras = group_rules},
    {.service = "ec2", .operation = "revoke-security-group-egress", .extras = group_rules},
    {.service = NULL},
};
