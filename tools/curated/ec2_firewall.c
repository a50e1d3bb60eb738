/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Security groups, as what they are used for: who may come in through which port. A rule is
 * "tcp/22", "udp/5000-5100", "icmp" or "all", and from where.
 */
#include <stdio.h>

#include "base/str.h"
#include "tools/curated/ec2.h"

const char *pail_ec2_group(struct pail_flow *f, const char *name, const char *vpc,
                           bool *ret_missing)
{
    if (pail_str_starts(pail_str(name), PAIL_STR("sg-")))
        return name;
    struct pail_value *params = pail_value_map(f->vs);
    struct pail_value *filters = pail_flow_filter(f, "group-name", name);
    if (vpc)
        pail_value_append(
            f->vs, filters,
            pail_value_copy(f->vs, pail_value_find(pail_flow_filter(f, "vpc-id", vpc), "0")));
    pail_flow_put(f, params, "Filters", filters);
    struct pail_value *all = pail_flow_all(f, "DescribeSecurityGroups", params);
    if (!all)
        return NULL;
    const struct pail_value *groups = pail_value_find(all, "SecurityGroups");
    if (pail_value_len(groups) > 1)
        pail_flow_fail(f, PAIL_EXIT_ERROR, "More than one network has a firewall %s: use its id",
                       name);
    else if (!pail_value_len(groups) && ret_missing)
        *ret_missing = true;
    else if (!pail_value_len(groups))
        pail_flow_fail(f, PAIL_EXIT_ERROR, "There is no firewall %s", name);
    return pail_value_len(groups) == 1 ? pail_dig_z(groups, "[0].GroupId") : NULL;
}

/* ---- Rules ----------------------------------------------------------------------------------- */

/* An entry of IpPermissions without sources; NULL: it is none. */
static struct pail_value *parse_rule(struct pail_flow *f, const char *text)
{
    struct pail_str rest = pail_str(text), proto, ports;
    uint64_t from, to;
    pail_str_split(&rest, '/', &proto);
    struct pail_value *rule = pail_value_map(f->vs);
    bool numbered = pail_str_eqz(proto, "tcp") || pail_str_eqz(proto, "udp");
    if (!numbered && !rest.ptr && (pail_str_eqz(proto, "icmp") || pail_str_eqz(proto, "all"))) {
        bool icmp = pail_str_eqz(proto, "icmp");
        pail_flow_put(f, rule, "IpProtocol", pail_flow_str(f, icmp ? "icmp" : "-1"));
        from = to = 0;
        if (icmp) {
            pail_flow_put(f, rule, "FromPort", pail_value_int(f->vs, -1));
            pail_flow_put(f, rule, "ToPort", pail_value_int(f->vs, -1));
        }
        return rule;
    }
    if (!numbered || !pail_str_split(&rest, '-', &ports) || !pail_str_to_u64(ports, &from))
        return NULL;
    to = from;
    if ((rest.ptr && !pail_str_to_u64(rest, &to)) || from > to || to > 65535)
        return NULL;
    pail_flow_put(f, rule, "IpProtocol", pail_value_str(f->vs, proto));
    pail_flow_put(f, rule, "FromPort", pail_value_int(f->vs, (int64_t)from));
    pail_flow_put(f, rule, "ToPort", pail_value_int(f->vs, (int64_t)to));
    return rule;
}

/* A network of IPv4 or IPv6, or another group. */
static void put_source(struct pail_flow *f, struct pail_value *rule, const char *source)
{
    bool group = pail_str_starts(pail_str(source), PAIL_STR("sg-"));
    bool six = !group && strchr(source, ':');
    struct pail_value *list = pail_value_list(f->vs);
    pail_value_append(f->vs, list,
                      pail_flow_map(f,
                                    group ? "GroupId"
                                    : six ? "CidrIpv6"
                                          : "CidrIp",
                                    source, NULL));
    pail_flow_put(f, rule, group ? "UserIdGroupPairs" : six ? "Ipv6Ranges" : "IpRanges", list);
}

static struct pail_value *rule_text(struct pail_flow *f, const struct pail_value *rule)
{
    const char *proto = pail_dig_z(rule, "IpProtocol");
    int64_t from = -1, to = -1;
    pail_value_as_int(pail_value_find(rule, "FromPort"), &from);
    pail_value_as_int(pail_value_find(rule, "ToPort"), &to);
    if (strcmp(proto, "-1") == 0)
        return pail_flow_str(f, "all");
    if (from < 0)
        return pail_flow_str(f, proto);
    if (from == to)
        return pail_flow_fmt(f, "%s/%lld", proto, (long long)from);
    return pail_flow_fmt(f, "%s/%lld-%lld", proto, (long long)from, (long long)to);
}

static void add_rules(struct pail_flow *f, struct pail_value *rows, const struct pail_value *list,
                      const char *way)
{
    static const char *const sources[][2] = {{"IpRanges", "CidrIp"},
                                             {"Ipv6Ranges", "CidrIpv6"},
                                             {"UserIdGroupPairs", "GroupId"},
                                             {"PrefixListIds", "PrefixListId"}};
    for (size_t i = 0; i < pail_value_len(list); i++) {
        const struct pail_value *rule = pail_value_at(list, i);
        for (size_t k = 0; k < PAIL_ARRAY_LEN(sources); k++) {
            const struct pail_value *from = pail_value_find(rule, sources[k][0]);
            for (size_t j = 0; j < pail_value_len(from); j++)
                pail_flow_row(f, rows, "Way", pail_flow_str(f, way), "Rule", rule_text(f, rule),
                              "With", pail_value_find(pail_value_at(from, j), sources[k][1]),
                              "Description", pail_value_find(pail_value_at(from, j), "Description"),
                              NULL);
        }
    }
}

/* ---- firewalls ------------------------------------------------------------------------------- */

static struct pail_value *open_rules(struct pail_flow *f, const struct pail_value *group)
{
    struct pail_value *open = pail_value_list(f->vs);
    const struct pail_value *rule;
    pail_value_each (rule, pail_value_find(group, "IpPermissions"))
        pail_value_append(f->vs, open, rule_text(f, rule));
    return open;
}

static int run_list(void *p, int argc, char **argv)
{
    static const struct pail_flow_listing groups = {
        "DescribeSecurityGroups",
        "SecurityGroups",
        {{"Name", "GroupName", NULL},
         {"Id", "GroupId", NULL},
         {"Network", "VpcId", NULL},
         {"Open", NULL, open_rules},
         {"Description", "Description", NULL}},
    };
    return pail_flow_list_all(p, &groups, NULL, argc);
}

static const struct pail_opt list_options[] = {PAIL_FLOW_OPTIONS};

const struct pail_command pail_ec2_firewalls = {
    .name = "ec2 firewalls",
    .summary = "List the security groups and what they let in",
    .usage = "",
    .examples = "pail ec2 firewalls | All of them\n",
    .options = list_options,
    .options_size = sizeof(struct pail_flow),
    .run = run_list,
};

/* ---- firewall -------------------------------------------------------------------------------- */

struct firewall {
    struct pail_flow flow;
    struct pail_opt_words rules;
    const char *from, *vpc, *description;
    bool create;
};
static const struct pail_opt firewall_options[] = {
    {PAIL_OPT_EACH, 0, "allow", "RULE",
     "Let in: tcp/22, udp/5000-5100, icmp or all; may be given again",
     offsetof(struct firewall, rules), NULL},
    {PAIL_OPT_EACH, 0, "close", "RULE", "Let in no more; may be given again",
     offsetof(struct firewall, rules), NULL},
    {PAIL_OPT_STRING, 0, "from", "CIDR",
     "For whom: 203.0.113.0/24, 2001:db8::/32, 0.0.0.0/0 or a security group's id",
     offsetof(struct firewall, from), NULL},
    {PAIL_OPT_FLAG, 0, "create", NULL, "Make it when there is none of this name",
     offsetof(struct firewall, create), NULL},
    {PAIL_OPT_STRING, 0, "vpc", "ID", "Its network (the default one)",
     offsetof(struct firewall, vpc), NULL},
    {PAIL_OPT_STRING, 0, "description", "TEXT", "What it is for, of a new one",
     offsetof(struct firewall, description), NULL},
    PAIL_FLOW_OPTIONS};

static bool is_close(const struct firewall *o, size_t i)
{
    return strcmp(o->rules.words[i].option->name, "close") == 0;
}

/* Before anything is made: do all rules parse, and is it said for whom? */
static int check(struct firewall *o)
{
    struct pail_flow *f = &o->flow;
    if (o->rules.n && !o->from)
        return pail_flow_misuse(f, "--allow and --close want --from CIDR");
    for (size_t i = 0; i < o->rules.n; i++)
        if (!parse_rule(f, o->rules.words[i].value))
            return pail_flow_misuse(f, "--%s: \"%s\" is not like tcp/22, udp/5000-5100, icmp, all",
                                    o->rules.words[i].option->name, o->rules.words[i].value);
    return 0;
}

/* NULL: told. */
static const char *find_or_make(struct firewall *o, const char *name)
{
    struct pail_flow *f = &o->flow;
    bool missing = false;
    const char *id = pail_ec2_group(f, name, o->vpc, o->create ? &missing : NULL);
    if (id || !missing)
        return id;
    struct pail_value *made = pail_flow_call(f, "CreateSecurityGroup",
                                             pail_flow_map(f, "GroupName", name, "Description",
                                                           o->description ? o->description : name,
                                                           "VpcId", o->vpc, NULL));
    if (made)
        pail_flow_say(f, "Created firewall %s (%s).", name, pail_dig_z(made, "GroupId"));
    return made ? pail_dig_z(made, "GroupId") : NULL;
}

static int apply(struct firewall *o, const char *id, size_t i)
{
    struct pail_flow *f = &o->flow;
    struct pail_value *params = pail_flow_map(f, "GroupId", id, NULL),
                      *list = pail_value_list(f->vs);
    struct pail_value *rule = parse_rule(f, o->rules.words[i].value);
    put_source(f, rule, o->from);
    pail_value_append(f->vs, list, rule);
    pail_flow_put(f, params, "IpPermissions", list);
    if (!pail_flow_call(
            f, is_close(o, i) ? "RevokeSecurityGroupIngress" : "AuthorizeSecurityGroupIngress",
            params))
        return f->code;
    pail_flow_say(f, "%s %s from %s.", is_close(o, i) ? "Closed" : "Opened",
                  o->rules.words[i].value, o->from);
    return 0;
}

static int run_firewall(void *p, int argc, char **argv)
{
    struct firewall *o = p;
    struct pail_flow *f = p;
    if (argc != 1)
        return pail_flow_misuse(f, "wants NAME");
    if (check(o))
        return f->code;
    const char *id = find_or_make(o, argv[0]);
    if (!id)
        return f->code;
    for (size_t i = 0; i < o->rules.n; i++)
        if (apply(o, id, i))
            return f->code;
    struct pail_value *params = pail_value_map(f->vs), *rows = pail_value_list(f->vs);
    pail_flow_put(f, params, "GroupIds", pail_flow_list(f, id, NULL));
    struct pail_value *now = pail_flow_call(f, "DescribeSecurityGroups", params);
    if (!now)
        return f->code;
    add_rules(f, rows, pail_value_find(now, "SecurityGroups[0].IpPermissions"), "in");
    add_rules(f, rows, pail_value_find(now, "SecurityGroups[0].IpPermissionsEgress"), "out");
    return pail_flow_rows(f, rows);
}

const struct pail_command pail_ec2_firewall = {
    .name = "ec2 firewall",
    .summary = "Show a security group's rules, or change them",
    .usage = "NAME|ID",
    .examples = "pail ec2 firewall web | Its rules\n"
                "pail ec2 firewall web --create --allow tcp/443 --from 0.0.0.0/0 | Open to all\n"
                "pail ec2 firewall web --close tcp/22 --from 0.0.0.0/0 | No more\n",
    .options = firewall_options,
    .options_size = sizeof(struct firewall),
    .run = run_firewall,
};
