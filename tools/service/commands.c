/* SPDX-License-Identifier: Apache-2.0 */
/* The table of commands beside the models, and how they read their words. */
#include "tools/service/commands.h"

#include "base/alloc.h"
#include "base/str.h"
#include "tools/cmd.h"

static const struct pail_cli_command commands[] = {
    {"configure", NULL, "Configuration and credentials", pail_configure_run},
    {"completer", NULL, "Words for the shell's completion", pail_completer_run},
    {"s3", NULL, "Buckets and objects as files", pail_s3_run},
    {"login", NULL, "Credentials of the console's user, through a browser", pail_login_run},
    {"logout", NULL, "Forget the credentials of a login", pail_logout_run},
    {"cloudformation", "deploy", "Create or update a stack", pail_deploy_run},
    {"ecr", "get-login-password", "A password for docker login", pail_ecr_login_run},
    {"ecr-public", "get-login-password", "A password for docker login", pail_ecr_public_login_run},
    {"eks", "get-token", "A token for kubectl", pail_eks_token_run},
    {"eks", "update-kubeconfig", "A cluster added to the configuration of kubectl",
     pail_eks_kubeconfig_run},
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

int pail_cli_args(struct pail_cli *cli, const struct pail_words *words, struct pail_arg *args)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf text = PAIL_BUF_INIT(1 << 20);
    PAIL_AUTOFREE const char **rest = pail_calloc(words->n + 1, sizeof(*rest));
    const char **lists = pail_cli_room(cli, words->n); /* args point into it */
    struct pail_words left = {.v = rest};
    size_t n = 0;
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
