/* SPDX-License-Identifier: Apache-2.0 */
/* The table of commands beside the models, and how they read their words. */
#include "tools/service/commands.h"

#include "base/alloc.h"
#include "base/str.h"
#include "tools/cmd.h"
#include "tools/service/input.h"

static const struct pail_cli_command commands[] = {
    {"configure", NULL, "Configuration and credentials", pail_configure_run},
    {"completer", NULL, "Words for the shell's completion", pail_completer_run},
    {"s3", NULL, "Buckets and objects as files", pail_s3_run},
    {"login", NULL, "Credentials of the console's user, through a browser", pail_login_run},
    {"logout", NULL, "Forget the credentials of a login", pail_logout_run},
    {"cloudformation", "deploy", "Create or update a stack", pail_deploy_run},
    {"cloudformation", "package", "Files that a template names into a bucket", pail_package_run},
    {"cloudtrail", "validate-logs", "Whether log files are what CloudTrail wrote",
     pail_validate_logs_run},
    {"cloudfront", "sign", "A URL that works for a while", pail_sign_url_run},
    {"codeartifact", "login", "A package manager with a repository", pail_codeartifact_login_run},
    {"codecommit", "credential-helper", "Passwords for git", pail_codecommit_run},
    {"configservice", "subscribe", "Recorder and delivery channel, and what they need",
     pail_config_subscribe_run},
    {"configservice", "get-status", "How recorders and channels do", pail_config_status_run},
    {"deploy", "push", "A folder as a revision in a bucket", pail_push_run},
    {"dlm", "create-default-role", "The role of Data Lifecycle Manager", pail_dlm_role_run},
    {"dsql", "generate-db-connect-auth-token", "A password for a database", pail_dsql_token_run},
    {"dsql", "generate-db-connect-admin-auth-token", "A password for a database's administrator",
     pail_dsql_admin_token_run},
    {"ecr", "get-login-password", "A password for docker login", pail_ecr_login_run},
    {"ecr-public", "get-login-password", "A password for docker login", pail_ecr_public_login_run},
    {"ecs", "deploy", "A new task definition put to work by CodeDeploy", pail_ecs_deploy_run},
    {"eks", "get-token", "A token for kubectl", pail_eks_token_run},
    {"eks", "update-kubeconfig", "A cluster added to the configuration of kubectl",
     pail_eks_kubeconfig_run},
    {"emr", "create-cluster", "A cluster", pail_emr_create_run},
    {"emr", "describe-cluster", "A cluster and what it is made of", pail_emr_describe_run},
    {"emr", "terminate-clusters", "The end of clusters", pail_emr_terminate_run},
    {"emr", "modify-cluster-attributes", "Who sees a cluster, who may end it", pail_emr_modify_run},
    {"emr", "add-steps", "Work for a cluster", pail_emr_add_steps_run},
    {"emr", "add-instance-groups", "More instances for a cluster", pail_emr_add_groups_run},
    {"gamelift", "upload-build", "A folder as a build", pail_upload_build_run},
    {"gamelift", "get-game-session-log", "The log of a game session", pail_session_log_run},
    {"lightsail", "push-container-image", "An image for a container service", pail_push_image_run},
    {"logs", "start-live-tail", "Events of log groups as they come", pail_live_tail_run},
    {"logs", "tail", "Events of a log group as lines", pail_logs_tail_run},
    {"rds", "generate-db-auth-token", "A password for a database", pail_rds_token_run},
    {"sso", "login", "A token of IAM Identity Center, through a browser", pail_sso_login_run},
    {"sso", "logout", "Forget all tokens and credentials of IAM Identity Center",
     pail_sso_logout_run},
};

const struct pail_cli_command *pail_cli_command_at(size_t i)
{
    return i < PAIL_ARRAY_LEN(commands) ? &commands[i] : NULL;
}

const struct pail_cli_command *pail_cli_command_find(const char *service, const char *name)
{
    for (size_t i = 0; i < PAIL_ARRAY_LEN(commands); i++) {
        const struct pail_cli_command *c = &commands[i];
        if (strcmp(c->service, service) == 0 &&
            (c->name && name ? strcmp(c->name, name) == 0 : !c->name && !name))
            return c;
    }
    return NULL;
}

/* ---- Help ------------------------------------------------------------------------------------ */

/* "sso login", of the words of the line that are its command. */
static void put_name(struct pail_buf *to, const struct pail_cli *cli)
{
    size_t n = cli->n_words && strcmp(cli->words[cli->n_words - 1], "help") == 0 ? cli->n_words - 1
                                                                                 : cli->n_words;
    for (size_t i = 0; i < n; i++)
        if (cli->words[i][0] != '-' && (i == 0 || cli->words[i - 1][0] != '-'))
            pail_buf_fmt(to, "%s%s", to->len ? " " : "", cli->words[i]);
}

static void put_arg(struct pail_buf *to, const struct pail_arg *a)
{
    bool word = a->take == PAIL_ARG_POSITIONAL || a->take == PAIL_ARG_OPTIONAL;
    bool optional = !a->required && a->take != PAIL_ARG_POSITIONAL;
    const char *value = a->take == PAIL_ARG_ONE     ? " <value>"
                        : a->take == PAIL_ARG_MAYBE ? " [<value>]"
                        : a->take == PAIL_ARG_LIST || a->take == PAIL_ARG_SOME
                            ? " <value> [<value>...]"
                            : "";
    pail_buf_fmt(to, word ? "    %s<%s>%s\n" : "    %s%s%s", optional ? "[" : "", a->name,
                 word && optional ? "]"
                 : word           ? ""
                                  : value);
    if (!word)
        pail_buf_fmt(to, "%s\n", optional ? "]" : "");
    for (size_t i = 0; a->choices && a->choices[i]; i++)
        pail_buf_fmt(to, "%s%s%s", i ? ", " : "        ", a->choices[i],
                     a->choices[i + 1] ? "" : "\n");
}

static int put_help(struct pail_cli *cli, const struct pail_arg *args)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf name = PAIL_BUF_INIT(4096);
    PAIL_CLEANUP(pail_buf_done) struct pail_buf text = PAIL_BUF_INIT(1 << 20);
    put_name(&name, cli);
    pail_buf_fmt(&text, "NAME\n    %s", pail_buf_cstr(&name));
    for (size_t i = 0; i < PAIL_ARRAY_LEN(commands); i++) {
        const struct pail_cli_command *c = &commands[i];
        struct pail_str rest = pail_buf_view(&name), first;
        if (pail_str_split(&rest, ' ', &first) && pail_str_eqz(first, c->service) &&
            (c->name ? pail_str_eqz(rest, c->name) : true))
            pail_buf_fmt(&text, " - %s", c->summary);
    }
    pail_buf_fmt(&text, "\n\nSYNOPSIS\n    pail %s%s\n", pail_buf_cstr(&name),
                 args[0].name ? "" : "  (no options of its own)");
    for (size_t i = 0; args[i].name; i++)
        put_arg(&text, &args[i]);
    pail_buf_z(&text, "\nOPTIONS\n    The options in front of any service: --profile, --region, "
                      "--output, --query, ...\n");
    int code = pail_cli_print(cli, &text);
    return code ? code : PAIL_CLI_DONE;
}

/* ---- Words ----------------------------------------------------------------------------------- */

int pail_cli_args(struct pail_cli *cli, const struct pail_words *words, struct pail_arg *args)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf text = PAIL_BUF_INIT(1 << 20);
    PAIL_AUTOFREE const char **rest = pail_calloc(words->n + 1, sizeof(*rest));
    const char **lists = pail_cli_room(cli, words->n); /* args point into it */
    struct pail_words left = {.v = rest};
    size_t n = 0;
    if (words->n == 1 && strcmp(words->v[0], "help") == 0)
        return put_help(cli, args);
    if (!rest || !lists)
        return pail_cli_nomem(cli);
    while (args[n].name)
        n++;
    int rc = pail_argparse(args, n, words->v, words->n, rest, &left.n, lists, &text);
    if (rc == PAIL_E_NOMEM)
        return pail_cli_nomem(cli);
    if (rc)
        return pail_cli_misuse(cli, pail_buf_view(&text));
    return left.n ? pail_cli_unknown(cli, &left, true) : 0;
}

int pail_cli_args_read(struct pail_cli *cli, const struct pail_words *words, struct pail_arg *args)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf why = PAIL_BUF_INIT(1 << 16);
    int code = pail_cli_args(cli, words, args);
    for (struct pail_arg *a = args; !code && a->name; a++) {
        bool many = a->take == PAIL_ARG_LIST || a->take == PAIL_ARG_SOME;
        const char *word = !many ? a->value : a->n_values == 1 ? a->values[0] : NULL;
        struct pail_value *content = NULL;
        if (!word)
            continue;
        int rc = pail_paramfile(cli->vs, word, &content, &why);
        if (rc == PAIL_E_NOMEM)
            return pail_cli_nomem(cli);
        if (rc)
            return pail_cli_bad_param(cli, a->name, pail_buf_view(&why));
        struct pail_bytes b = pail_value_as_blob(content);
        const char *text = b.ptr ? pail_cli_keep(cli, pail_strn(b.ptr, b.len))
                                 : pail_cli_keep(cli, pail_value_as_str(content));
        if (content && !text)
            return pail_cli_nomem(cli);
        if (content && many)
            a->values[0] = text;
        else if (content)
            a->value = text;
    }
    return code;
}
