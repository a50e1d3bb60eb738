/* SPDX-License-Identifier: Apache-2.0 */
/* "emr create-cluster": RunJobFlow, put together of short forms. */
#include "tools/service/commands.h"

#include "base/str.h"
#include "base/value_json.h"
#include "tools/cmd.h"
#include "tools/service/emr.h"
#include "tools/service/run.h"

enum option {
    RELEASE,
    OS_RELEASE,
    GROUPS,
    TYPE,
    COUNT,
    AUTO,
    NO_AUTO,
    FLEETS,
    NAME,
    LOG_URI,
    LOG_KEY,
    SERVICE_ROLE,
    SCALING_ROLE,
    DEFAULT_ROLES,
    CONFIGURATIONS,
    EC2,
    PROTECTED,
    NO_PROTECTED,
    SCALE_DOWN,
    VISIBLE,
    NO_VISIBLE,
    DEBUGGING,
    NO_DEBUGGING,
    TAGS,
    BOOTSTRAP,
    APPLICATIONS,
    STEPS,
    ADDITIONAL,
    SECURITY,
    AMI,
    ROOT_SIZE,
    UPGRADE,
    KERBEROS,
    CONCURRENCY,
    SCALING,
    PLACEMENT,
    TERMINATION,
    N_OPTIONS
};

struct creation {
    struct pail_emr e;
    struct pail_arg args[N_OPTIONS + 1];
    struct pail_value *params, *instances, *ec2, *steps, *applications;
};

static void set(struct creation *c, struct pail_value *map, const char *key, struct pail_value *v)
{
    if (v)
        pail_value_set(c->e.cli->vs, map, pail_str(key), v);
}

static struct pail_value *text(struct creation *c, const char *s)
{
    return pail_value_str(c->e.cli->vs, pail_str(s));
}

static void set_flag(struct creation *c, struct pail_value *map, const char *key, bool yes)
{
    set(c, map, key, pail_value_bool(c->e.cli->vs, yes));
}

/* ---- Roles, places --------------------------------------------------------------------------- */

static int check_roles(struct creation *c)
{
    static const char advice[] = "Either choose --use-default-roles or use both --service-role "
                                 "<roleName> and --ec2-attributes InstanceProfile=<profileName>.";
    if (!c->args[DEFAULT_ROLES].given)
        return 0;
    if (c->args[SERVICE_ROLE].given)
        return pail_emr_refuse(&c->e,
                               "You cannot specify both --use-default-roles and --service-role "
                               "options together. %s",
                               advice);
    if (pail_value_get(c->ec2, PAIL_STR("InstanceProfile")))
        return pail_emr_refuse(&c->e,
                               "You cannot specify both --use-default-roles and --ec2-attributes "
                               "InstanceProfile options together. %s",
                               advice);
    if (!c->ec2)
        c->ec2 = pail_value_map(c->e.cli->vs);
    set(c, c->ec2, "InstanceProfile", text(c, "EMR_EC2_DefaultRole"));
    set(c, c->params, "ServiceRole", text(c, "EMR_DefaultRole"));
    return 0;
}

static int both(struct creation *c, const char *a, const char *b)
{
    return pail_value_get(c->ec2, pail_str(a)) && pail_value_get(c->ec2, pail_str(b))
               ? pail_emr_refuse(&c->e, "You cannot specify both %s and %s options together.", a, b)
               : 0;
}

static bool has(const struct creation *c, const char *key)
{
    return pail_value_get(c->ec2, pail_str(key)) != NULL;
}

/* --ec2-attributes: where its members belong. */
static int spread_ec2(struct creation *c)
{
    static const char *const members[][2] = {
        {"KeyName", "Ec2KeyName"},
        {"SubnetId", "Ec2SubnetId"},
        {"SubnetIds", "Ec2SubnetIds"},
        {"EmrManagedMasterSecurityGroup", "EmrManagedMasterSecurityGroup"},
        {"EmrManagedSlaveSecurityGroup", "EmrManagedSlaveSecurityGroup"},
        {"ServiceAccessSecurityGroup", "ServiceAccessSecurityGroup"},
        {"AdditionalMasterSecurityGroups", "AdditionalMasterSecurityGroups"},
        {"AdditionalSlaveSecurityGroups", "AdditionalSlaveSecurityGroups"}};
    static const char *const zones[] = {"AvailabilityZone", "AvailabilityZones"};
    struct pail_values *vs = c->e.cli->vs;
    int code = both(c, "SubnetId", "SubnetIds");
    if (!code)
        code = both(c, "AvailabilityZone", "AvailabilityZones");
    if (code)
        return code;
    if ((has(c, "SubnetId") || has(c, "SubnetIds")) && (has(c, zones[0]) || has(c, zones[1])))
        return pail_emr_refuse(&c->e, "You may not specify both a SubnetId and an "
                                      "AvailabilityZone (placement) because ec2SubnetId implies a "
                                      "placement.");
    for (size_t i = 0; i < PAIL_ARRAY_LEN(members); i++) {
        struct pail_value *v = pail_value_get(c->ec2, pail_str(members[i][0]));
        set(c, c->instances, members[i][1], v ? pail_value_copy(vs, v) : NULL);
    }
    for (size_t i = 0; i < PAIL_ARRAY_LEN(zones); i++) {
        struct pail_value *v = pail_value_get(c->ec2, pail_str(zones[i])), *place;
        if (!v)
            continue;
        place = pail_value_map(vs);
        set(c, place, zones[i], pail_value_copy(vs, v));
        set(c, c->instances, "Placement", place);
    }
    struct pail_value *profile = pail_value_get(c->ec2, PAIL_STR("InstanceProfile"));
    set(c, c->params, "JobFlowRole", profile ? pail_value_copy(vs, profile) : NULL);
    return pail_emr_fit(&c->e, &c->args[EC2], "Instances", &c->instances);
}

/* ---- Instances ------------------------------------------------------------------------------- */

static struct pail_value *plain_group(struct creation *c, const char *role, int64_t count)
{
    return pail_value_form(c->e.cli->vs,
                           "InstanceType: %s, InstanceCount: %lld, InstanceRole: %s, Name: %s, "
                           "Market: 'ON_DEMAND'",
                           c->args[TYPE].value, (long long)count, role, role);
}

static int add_instances(struct creation *c)
{
    struct pail_value *v = NULL;
    int64_t count = 1;
    if (c->args[GROUPS].given && c->args[FLEETS].given)
        return pail_emr_refuse(&c->e, "You cannot specify both --instance-groups and "
                                      "--instance-fleets options together.");
    int code = pail_cli_int(c->e.cli, &c->args[COUNT], &count);
    if (!code && c->args[FLEETS].given) {
        code = pail_emr_parse(&c->e, &c->args[FLEETS], true, &v);
        for (size_t i = 0; i < pail_value_len(v); i++) {
            struct pail_value *f = pail_value_at(v, i);
            if (!pail_value_get(f, PAIL_STR("Name")))
                set(c, f, "Name", text(c, pail_text_at(f, "InstanceFleetType")));
        }
        if (!code)
            code = pail_emr_fit(&c->e, &c->args[FLEETS], "Instances.InstanceFleets", &v);
        set(c, c->instances, "InstanceFleets", v);
        return code;
    }
    if (!c->args[GROUPS].given && !c->args[TYPE].given)
        return pail_emr_refuse(&c->e, "Must specify either --instance-groups or --instance-type "
                                      "with --instance-count(optional) to configure instance "
                                      "groups.");
    if (c->args[GROUPS].given && (c->args[TYPE].given || c->args[COUNT].given))
        return pail_emr_refuse(&c->e, "You may not specify --instance-type or --instance-count "
                                      "with --instance-groups, because --instance-type and "
                                      "--instance-count are shortcut options for "
                                      "--instance-groups.");
    if (!code && c->args[GROUPS].given) {
        code = pail_emr_groups(&c->e, &c->args[GROUPS], &v);
    } else if (!code) {
        v = pail_value_list(c->e.cli->vs);
        pail_value_append(c->e.cli->vs, v, plain_group(c, "MASTER", 1));
        if (count > 1)
            pail_value_append(c->e.cli->vs, v, plain_group(c, "CORE", count - 1));
    }
    set(c, c->instances, "InstanceGroups", v);
    return code;
}

/* ---- What is done on it ---------------------------------------------------------------------- */

static bool is_installed(const struct creation *c, struct pail_str name)
{
    const struct pail_value *a;
    pail_value_each (a, c->applications)
        if (pail_str_ieq(pail_value_as_str(pail_value_get(a, PAIL_STR("Name"))), name))
            return true;
    return false;
}

static int check_applications(struct creation *c, const struct pail_value *given)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf missing = PAIL_BUF_INIT(1 << 12);
    static const char *const needed[] = {"Hive", "Pig"};
    for (size_t i = 0; i < PAIL_ARRAY_LEN(needed); i++) {
        bool used = false;
        const struct pail_value *s;
        pail_value_each (s, given)
            used = used || pail_str_ieq(pail_value_as_str(pail_value_get(s, PAIL_STR("Type"))),
                                        pail_str(needed[i]));
        if (used && !is_installed(c, pail_str(needed[i])))
            pail_buf_fmt(&missing, "%s%s", missing.len ? ", " : "", needed[i]);
    }
    return missing.len ? pail_emr_refuse(&c->e,
                                         "Some of the steps require the following applications to "
                                         "be installed: %s. Please install the applications using "
                                         "--applications.",
                                         pail_buf_cstr(&missing))
                       : 0;
}

static int add_steps(struct creation *c)
{
    struct pail_values *vs = c->e.cli->vs;
    struct pail_value *given = NULL, *own = NULL, *all = pail_value_list(vs);
    int code = pail_emr_exclusive(&c->e, &c->args[DEBUGGING], &c->args[NO_DEBUGGING]);
    if (!code && c->args[DEBUGGING].given && !c->args[LOG_URI].given)
        code = pail_emr_refuse(&c->e, "LogUri not specified. You must specify a logUri if you "
                                      "enable debugging when creating a cluster.");
    if (!code)
        code = pail_emr_parse(&c->e, &c->args[STEPS], true, &given);
    if (!code)
        code = pail_emr_steps(&c->e, given, &own);
    if (!code)
        code = check_applications(c, given);
    if (code)
        return code;
    if (c->args[DEBUGGING].given)
        pail_value_append(vs, all,
                          pail_value_form(vs, "Name: 'Setup Hadoop Debugging', ActionOnFailure: "
                                              "'TERMINATE_CLUSTER', HadoopJarStep: {Jar: "
                                              "'command-runner.jar', Args: "
                                              "['state-pusher-script']}"));
    for (size_t i = 0; i < pail_value_len(own); i++)
        pail_value_append(vs, all, pail_value_copy(vs, pail_value_at(own, i)));
    set(c, c->params, "Steps", pail_value_len(all) ? all : NULL);
    return 0;
}

static int add_bootstrap(struct creation *c)
{
    struct pail_values *vs = c->e.cli->vs;
    struct pail_value *given = NULL, *list = pail_value_list(vs);
    const struct pail_value *b;
    int code = pail_emr_parse(&c->e, &c->args[BOOTSTRAP], true, &given);
    if (pail_value_len(given) > 16)
        code = pail_emr_refuse(&c->e, "maximum number of bootstrap actions for a cluster "
                                      "exceeded.");
    pail_value_each (b, code ? NULL : given) {
        const char *name = pail_value_find_str(b, "Name");
        struct pail_value *words = pail_value_find(b, "Args");
        pail_value_append(
            vs, list,
            pail_value_form(vs, "Name: %s, ScriptBootstrapAction: {Path: %s, Args: %p}",
                            name ? name : "Bootstrap action", pail_value_find_str(b, "Path"),
                            (void *)(words ? pail_value_copy(vs, words) : NULL)));
    }
    set(c, c->params, "BootstrapActions", pail_value_len(list) ? list : NULL);
    return code ? code : pail_emr_fit(&c->e, &c->args[BOOTSTRAP], "", &c->params);
}

/* ---- All of it ------------------------------------------------------------------------------- */

/* Options that are members as they are: texts, and what JSON or shorthand says. */
static int add_members(struct creation *c)
{
    static const struct {
        enum option option;
        const char *member;
    } texts[] = {{RELEASE, "ReleaseLabel"},
                 {OS_RELEASE, "OSReleaseLabel"},
                 {NAME, "Name"},
                 {LOG_URI, "LogUri"},
                 {LOG_KEY, "LogEncryptionKmsKeyId"},
                 {SERVICE_ROLE, "ServiceRole"},
                 {SCALING_ROLE, "AutoScalingRole"},
                 {SCALE_DOWN, "ScaleDownBehavior"},
                 {ADDITIONAL, "AdditionalInfo"},
                 {SECURITY, "SecurityConfiguration"},
                 {AMI, "CustomAmiId"},
                 {UPGRADE, "RepoUpgradeOnBoot"}},
      trees[] = {{KERBEROS, "KerberosAttributes"},
                 {SCALING, "ManagedScalingPolicy"},
                 {PLACEMENT, "PlacementGroupConfigs"},
                 {TERMINATION, "AutoTerminationPolicy"}},
      numbers[] = {{ROOT_SIZE, "EbsRootVolumeSize"}, {CONCURRENCY, "StepConcurrencyLevel"}};
    int code = 0;
    for (size_t i = 0; i < PAIL_ARRAY_LEN(texts); i++) {
        const char *value = c->args[texts[i].option].value;
        set(c, c->params, texts[i].member, value && *value ? text(c, value) : NULL);
    }
    for (size_t i = 0; !code && i < PAIL_ARRAY_LEN(trees); i++) {
        struct pail_value *v = NULL;
        code = pail_emr_parse(&c->e, &c->args[trees[i].option], trees[i].option == PLACEMENT, &v);
        if (!code)
            code = pail_emr_fit(&c->e, &c->args[trees[i].option], trees[i].member, &v);
        set(c, c->params, trees[i].member, v);
    }
    for (size_t i = 0; !code && i < PAIL_ARRAY_LEN(numbers); i++) {
        int64_t n = 0;
        code = pail_cli_int(c->e.cli, &c->args[numbers[i].option], &n);
        if (c->args[numbers[i].option].given)
            set(c, c->params, numbers[i].member, pail_value_int(c->e.cli->vs, n));
    }
    if (!code && c->args[CONFIGURATIONS].given) {
        struct pail_value *v = NULL;
        if (pail_value_from_json(c->e.cli->vs, pail_str(c->args[CONFIGURATIONS].value),
                                 "configurations", &v, NULL))
            return pail_emr_refuse(&c->e, "invalid json argument for option --configurations");
        set(c, c->params, "Configurations", v);
    }
    return code;
}

static int gather(struct creation *c)
{
    struct pail_emr *e = &c->e;
    if (!c->args[RELEASE].given)
        return pail_emr_refuse(e, "Either --ami-version or --release-label is required.");
    int code = pail_emr_parse(e, &c->args[EC2], false, &c->ec2);
    if (!code)
        code = add_members(c);
    if (!code)
        code = check_roles(c);
    if (!code)
        code = add_instances(c);
    if (!code)
        code = pail_emr_exclusive(e, &c->args[NO_AUTO], &c->args[AUTO]);
    if (!code)
        code = pail_emr_exclusive(e, &c->args[PROTECTED], &c->args[NO_PROTECTED]);
    if (!code)
        code = pail_emr_exclusive(e, &c->args[VISIBLE], &c->args[NO_VISIBLE]);
    if (!code)
        code = spread_ec2(c);
    if (!code)
        code = pail_emr_parse(e, &c->args[APPLICATIONS], true, &c->applications);
    if (!code)
        code = pail_emr_fit(e, &c->args[APPLICATIONS], "Applications", &c->applications);
    if (!code)
        code = add_steps(c);
    if (code)
        return code;
    set(c, c->params, "Applications", c->applications);
    set_flag(c, c->instances, "KeepJobFlowAliveWhenNoSteps", !c->args[AUTO].given);
    set_flag(c, c->instances, "TerminationProtected", c->args[PROTECTED].given);
    set_flag(c, c->params, "VisibleToAllUsers", !c->args[NO_VISIBLE].given);
    set(c, c->params, "Tags", pail_emr_tags(e->cli->vs, &c->args[TAGS]));
    set(c, c->params, "Instances", c->instances);
    return add_bootstrap(c);
}

int pail_emr_create_run(struct pail_cli *cli, const struct pail_words *words)
{
    struct creation c = {
        .args = {
            [RELEASE] = {.name = "--release-label"},
            [OS_RELEASE] = {.name = "--os-release-label"},
            [GROUPS] = {.name = "--instance-groups", .take = PAIL_ARG_LIST},
            [TYPE] = {.name = "--instance-type"},
            [COUNT] = {.name = "--instance-count"},
            [AUTO] = {.name = "--auto-terminate", .take = PAIL_ARG_NONE},
            [NO_AUTO] = {.name = "--no-auto-terminate", .take = PAIL_ARG_NONE},
            [FLEETS] = {.name = "--instance-fleets", .take = PAIL_ARG_LIST},
            [NAME] = {.name = "--name"},
            [LOG_URI] = {.name = "--log-uri"},
            [LOG_KEY] = {.name = "--log-encryption-kms-key-id"},
            [SERVICE_ROLE] = {.name = "--service-role"},
            [SCALING_ROLE] = {.name = "--auto-scaling-role"},
            [DEFAULT_ROLES] = {.name = "--use-default-roles", .take = PAIL_ARG_NONE},
            [CONFIGURATIONS] = {.name = "--configurations"},
            [EC2] = {.name = "--ec2-attributes"},
            [PROTECTED] = {.name = "--termination-protected", .take = PAIL_ARG_NONE},
            [NO_PROTECTED] = {.name = "--no-termination-protected", .take = PAIL_ARG_NONE},
            [SCALE_DOWN] = {.name = "--scale-down-behavior"},
            [VISIBLE] = {.name = "--visible-to-all-users", .take = PAIL_ARG_NONE},
            [NO_VISIBLE] = {.name = "--no-visible-to-all-users", .take = PAIL_ARG_NONE},
            [DEBUGGING] = {.name = "--enable-debugging", .take = PAIL_ARG_NONE},
            [NO_DEBUGGING] = {.name = "--no-enable-debugging", .take = PAIL_ARG_NONE},
            [TAGS] = {.name = "--tags", .take = PAIL_ARG_SOME},
            [BOOTSTRAP] = {.name = "--bootstrap-actions", .take = PAIL_ARG_LIST},
            [APPLICATIONS] = {.name = "--applications", .take = PAIL_ARG_LIST},
            [STEPS] = {.name = "--steps", .take = PAIL_ARG_LIST},
            [ADDITIONAL] = {.name = "--additional-info"},
            [SECURITY] = {.name = "--security-configuration"},
            [AMI] = {.name = "--custom-ami-id"},
            [ROOT_SIZE] = {.name = "--ebs-root-volume-size"},
            [UPGRADE] = {.name = "--repo-upgrade-on-boot"},
            [KERBEROS] = {.name = "--kerberos-attributes"},
            [CONCURRENCY] = {.name = "--step-concurrency-level", .mistyped = pail_not_int},
            [SCALING] = {.name = "--managed-scaling-policy"},
            [PLACEMENT] = {.name = "--placement-group-configs", .take = PAIL_ARG_LIST},
            [TERMINATION] = {.name = "--auto-termination-policy"},
        }};
    struct pail_values *vs = cli->vs;
    struct pail_value *answer = NULL, *shown = pail_value_map(vs);
    int code = pail_cli_args_read(cli, words, c.args);
    if (!code)
        code = pail_emr_open(&c.e, cli);
    if (code)
        return code;
    c.params = pail_value_map(vs);
    c.instances = pail_value_map(vs);
    if (!c.args[NAME].given)
        c.args[NAME].value = "Development Cluster";
    code = gather(&c);
    if (!code)
        code = pail_emr_call(&c.e, "RunJobFlow", c.params, &answer);
    if (!code) {
        struct pail_value *arn = pail_value_get(answer, PAIL_STR("ClusterArn"));
        set(&c, shown, "ClusterId", text(&c, pail_text_at(answer, "JobFlowId")));
        set(&c, shown, "ClusterArn", arn ? pail_value_copy(vs, arn) : pail_value_null(vs));
        code = pail_show(cli, "run_job_flow", shown);
    }
    pail_emr_done(&c.e);
    return code;
}
