/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Instances: which there are; up, down and away. They can be called by their Name: a name that two
 * instances have is refused, not guessed at.
 */
#include <stdio.h>

#include "base/str.h"
#include "tools/curated/curated.h"
#include "tools/curated/ec2.h"

static const char *name_of(const struct pail_value *instance)
{
    const struct pail_value *tags = pail_value_find(instance, "Tags");
    for (size_t i = 0; i < pail_value_len(tags); i++)
        if (strcmp(pail_dig_z(pail_value_at(tags, i), "Key"), "Name") == 0)
            return pail_dig_z(pail_value_at(tags, i), "Value");
    return "";
}

static bool is_gone(const struct pail_value *instance)
{
    return strcmp(pail_dig_z(instance, "State.Name"), "terminated") == 0;
}

const char *pail_ec2_instance(struct pail_flow *f, const char *name)
{
    const char *id = NULL;
    if (pail_str_starts(pail_str(name), PAIL_STR("i-")))
        return name;
    struct pail_value *params = pail_value_map(f->vs);
    pail_flow_put(f, params, "Filters", pail_flow_filter(f, "tag:Name", name));
    struct pail_value *all = pail_flow_all(f, "DescribeInstances", params);
    if (!all)
        return NULL;
    const struct pail_value *reservations = pail_value_find(all, "Reservations");
    for (size_t i = 0; i < pail_value_len(reservations); i++) {
        const struct pail_value *list = pail_value_find(pail_value_at(reservations, i),
                                                        "Instances");
        for (size_t k = 0; k < pail_value_len(list); k++) {
            const struct pail_value *instance = pail_value_at(list, k);
            if (is_gone(instance))
                continue;
            if (id) {
                pail_flow_fail(f, PAIL_EXIT_ERROR,
                               "More than one instance has the name %s: %s and %s", name, id,
                               pail_dig_z(instance, "InstanceId"));
                return NULL;
            }
            id = pail_dig_z(instance, "InstanceId");
        }
    }
    if (!id)
        pail_flow_fail(f, PAIL_EXIT_ERROR, "No instance has the name %s", name);
    return id;
}

struct pail_value *pail_ec2_instances(struct pail_flow *f, int argc, char **argv)
{
    struct pail_value *list = pail_value_list(f->vs);
    for (int i = 0; i < argc; i++) {
        const char *id = pail_ec2_instance(f, argv[i]);
        if (!id)
            return NULL;
        pail_value_append(f->vs, list, pail_flow_str(f, id));
    }
    return list;
}

/* ---- list ------------------------------------------------------------------------------------ */

struct list {
    struct pail_flow flow;
    bool all;
    const char *name;
};

static void add_rows(struct pail_flow *f, struct pail_value *rows, const struct pail_value *answer,
                     bool all)
{
    const struct pail_value *reservations = pail_value_find(answer, "Reservations");
    for (size_t i = 0; i < pail_value_len(reservations); i++) {
        const struct pail_value *list = pail_value_find(pail_value_at(reservations, i),
                                                        "Instances");
        for (size_t k = 0; k < pail_value_len(list); k++) {
            const struct pail_value *v = pail_value_at(list, k);
            if (is_gone(v) && !all)
                continue;
            pail_flow_row(f, rows, "Id", pail_value_find(v, "InstanceId"), "Name",
                          pail_flow_str(f, name_of(v)), "Type", pail_value_find(v, "InstanceType"),
                          "State", pail_value_find(v, "State.Name"), "PublicIp",
                          pail_value_find(v, "PublicIpAddress"), "PrivateIp",
                          pail_value_find(v, "PrivateIpAddress"), "Launched",
                          pail_value_find(v, "LaunchTime"), NULL);
        }
    }
}

void pail_ec2_rows(struct pail_flow *f, struct pail_value *rows, const struct pail_value *answer)
{
    add_rows(f, rows, answer, true);
}

static int run_list(void *p, int argc, char **argv)
{
    struct list *o = p;
    struct pail_flow *f = p;
    if (argc)
        return pail_flow_misuse(f, "wants no operands");
    struct pail_value *params = pail_value_map(f->vs), *rows = pail_value_list(f->vs);
    if (o->name)
        pail_flow_put(f, params, "Filters", pail_flow_filter(f, "tag:Name", o->name));
    struct pail_value *all = pail_flow_all(f, "DescribeInstances", params);
    if (!all)
        return f->code;
    add_rows(f, rows, all, o->all);
    return pail_flow_rows(f, rows);
}

static const struct pail_opt list_options[] = {
    {PAIL_OPT_FLAG, 0, "all", NULL, "Those that are terminated, too", offsetof(struct list, all),
     NULL},
    {PAIL_OPT_STRING, 0, "name", "NAME", "Only those of this name; * stands for anything",
     offsetof(struct list, name), NULL},
    PAIL_FLOW_OPTIONS};

const struct pail_command pail_ec2_list = {
    .name = "ec2 list",
    .summary = "List instances with state and addresses",
    .usage = "",
    .examples = "pail ec2 list | What runs, and where\n"
                "pail ec2 list --name 'web*' --output json | Some of them, for a program\n",
    .options = list_options,
    .options_size = sizeof(struct list),
    .run = run_list,
};

/* ---- up, down, destroy ----------------------------------------------------------------------- */

struct change {
    struct pail_flow flow;
    bool wait;
};
/* What the three differ in. */
struct way {
    const char *operation, *answer, *waiter, *question;
};

static int change(struct change *o, int argc, char **argv, const struct way *way)
{
    struct pail_flow *f = &o->flow;
    PAIL_CLEANUP(pail_buf_done) struct pail_buf names = PAIL_BUF_INIT(64 << 10);
    if (argc < 1)
        return pail_flow_misuse(f, "wants ID or NAME, one or more");
    struct pail_value *ids = pail_ec2_instances(f, argc, argv);
    if (!ids)
        return f->code;
    for (size_t i = 0; i < pail_value_len(ids); i++)
        pail_buf_fmt(&names, " %s", pail_value_as_str(pail_value_at(ids, i)).ptr);
    if (way->question && !pail_flow_confirm(f, "%s%s", way->question, pail_buf_cstr(&names)))
        return f->code;
    struct pail_value *params = pail_value_map(f->vs);
    pail_flow_put(f, params, "InstanceIds", ids);
    struct pail_value *done = pail_flow_call(f, way->operation, params);
    if (!done || (o->wait && pail_flow_wait(f, way->waiter, params)))
        return f->code;
    struct pail_value *rows = pail_value_list(f->vs);
    if (o->wait) {
        struct pail_value *now = pail_flow_all(f, "DescribeInstances", params);
        if (!now)
            return f->code;
        pail_ec2_rows(f, rows, now);
        return pail_flow_rows(f, rows);
    }
    const struct pail_value *list = pail_value_find(done, way->answer);
    for (size_t i = 0; i < pail_value_len(list); i++)
        pail_flow_row(f, rows, "Id", pail_value_find(pail_value_at(list, i), "InstanceId"), "Was",
                      pail_value_find(pail_value_at(list, i), "PreviousState.Name"), "State",
                      pail_value_find(pail_value_at(list, i), "CurrentState.Name"), NULL);
    return pail_flow_rows(f, rows);
}

static int run_up(void *p, int argc, char **argv)
{
    static const struct way way = {"StartInstances", "StartingInstances", "InstanceRunning", NULL};
    return change(p, argc, argv, &way);
}

static int run_down(void *p, int argc, char **argv)
{
    static const struct way way = {"StopInstances", "StoppingInstances", "InstanceStopped", NULL};
    return change(p, argc, argv, &way);
}

static int run_destroy(void *p, int argc, char **argv)
{
    static const struct way way = {"TerminateInstances", "TerminatingInstances",
                                   "InstanceTerminated", "Terminate for good"};
    return change(p, argc, argv, &way);
}

#define WAIT                                                                                       \
    {                                                                                              \
        PAIL_OPT_FLAG, 'w', "wait", NULL, "Return when it is so", offsetof(struct change, wait),   \
            NULL                                                                                   \
    }
static const struct pail_opt change_options[] = {WAIT, PAIL_FLOW_OPTIONS};
static const struct pail_opt destroy_options[] = {WAIT, PAIL_FLOW_YES, PAIL_FLOW_OPTIONS};

const struct pail_command pail_ec2_up = {
    .name = "ec2 up",
    .summary = "Start instances",
    .usage = "ID|NAME...",
    .examples = "pail ec2 up web --wait | Returns when it runs, and prints its address\n",
    .options = change_options,
    .options_size = sizeof(struct change),
    .run = run_up,
};

const struct pail_command pail_ec2_down = {
    .name = "ec2 down",
    .summary = "Stop instances; their disks stay",
    .usage = "ID|NAME...",
    .examples = "pail ec2 down web --wait | Returns when it has stopped\n",
    .options = change_options,
    .options_size = sizeof(struct change),
    .run = run_down,
};

const struct pail_command pail_ec2_destroy = {
    .name = "ec2 destroy",
    .summary = "Terminate instances",
    .usage = "ID|NAME...",
    .description = "Disks that are set to be deleted with the instance, as the first one usually "
                   "is, are gone. Asks first.",
    .examples = "pail ec2 destroy i-0123456789abcdef0 --yes --wait | In a script\n",
    .options = destroy_options,
    .options_size = sizeof(struct change),
    .run = run_destroy,
};

/* ---- The table of ec2 ------------------------------------------------------------------------ */

static const struct pail_command *const commands[] = {
    &pail_ec2_run,       &pail_ec2_list,       &pail_ec2_up,       &pail_ec2_down,
    &pail_ec2_destroy,   &pail_ec2_ip_list,    &pail_ec2_ip_new,   &pail_ec2_ip_attach,
    &pail_ec2_ip_detach, &pail_ec2_ip_release, &pail_ec2_keys,     &pail_ec2_new_key,
    &pail_ec2_drop_key,  &pail_ec2_firewalls,  &pail_ec2_firewall, NULL,
};

const struct pail_command_group pail_curated_ec2 = {
    .name = "ec2",
    .summary = "instances, addresses, key pairs and firewalls of everyday work",
    .description =
        "Commands for what takes several operations of EC2, beside the operations themselves: "
        "\"pail ec2 help\" lists those. They print tables on a terminal and lines with tabs in a "
        "pipe; --output and --query work as with operations. What cannot be undone is asked "
        "about, and refused without a terminal unless there is --yes. Instances can be called by "
        "their id or by their Name.",
    .commands = commands,
};
