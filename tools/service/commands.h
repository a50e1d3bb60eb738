/* SPDX-License-Identifier: Apache-2.0 */
/*
 * service/commands.h - what is on the command line beside the services of the models: "configure",
 * "s3", and single commands that look like a service's operations ("ecr get-login-password").
 */
#ifndef PAIL_TOOLS_SERVICE_COMMANDS_H
#define PAIL_TOOLS_SERVICE_COMMANDS_H

#include "tools/service/argparse.h"
#include "tools/service/cli.h"

/* A command with options of its own. All return exit codes. */
struct pail_cli_command {
    const char *service, *name; /* name NULL: the service word is all of it */
    const char *summary;
    int (*run)(struct pail_cli *cli, const struct pail_words *words);
};
/* i-th; NULL past the end. */
const struct pail_cli_command *pail_cli_command_at(size_t i);
const struct pail_cli_command *pail_cli_command_find(const char *service, const char *name);

/* i-th word that can be behind "configure" or "s3"; NULL past the end. ud is not looked at. */
const char *pail_configure_word_at(const void *ud, size_t i);
const char *pail_s3_word_at(const void *ud, size_t i);

int pail_completer_run(struct pail_cli *cli, const struct pail_words *words);
int pail_configure_run(struct pail_cli *cli, const struct pail_words *words);
int pail_s3_run(struct pail_cli *cli, const struct pail_words *words);
int pail_s3_website(struct pail_cli *cli, const struct pail_words *words);
/* "s3 mb" with --tags; without: *ret_done is false, and it is left to the plain command. */
int pail_s3_mb_tags(struct pail_cli *cli, const struct pail_words *words, bool *ret_done);
int pail_s3_presign_url(struct pail_cli *cli, const struct pail_words *words);
int pail_validate_logs_run(struct pail_cli *cli, const struct pail_words *words);
int pail_package_run(struct pail_cli *cli, const struct pail_words *words);
int pail_codeartifact_login_run(struct pail_cli *cli, const struct pail_words *words);
int pail_ecs_deploy_run(struct pail_cli *cli, const struct pail_words *words);
int pail_dsql_token_run(struct pail_cli *cli, const struct pail_words *words);
int pail_dsql_admin_token_run(struct pail_cli *cli, const struct pail_words *words);
int pail_sign_url_run(struct pail_cli *cli, const struct pail_words *words);
int pail_config_subscribe_run(struct pail_cli *cli, const struct pail_words *words);
int pail_config_status_run(struct pail_cli *cli, const struct pail_words *words);
int pail_push_run(struct pail_cli *cli, const struct pail_words *words);
int pail_upload_build_run(struct pail_cli *cli, const struct pail_words *words);
int pail_session_log_run(struct pail_cli *cli, const struct pail_words *words);
int pail_push_image_run(struct pail_cli *cli, const struct pail_words *words);
int pail_codecommit_run(struct pail_cli *cli, const struct pail_words *words);
int pail_emr_create_run(struct pail_cli *cli, const struct pail_words *words);
int pail_emr_describe_run(struct pail_cli *cli, const struct pail_words *words);
int pail_emr_terminate_run(struct pail_cli *cli, const struct pail_words *words);
int pail_emr_modify_run(struct pail_cli *cli, const struct pail_words *words);
int pail_emr_add_steps_run(struct pail_cli *cli, const struct pail_words *words);
int pail_emr_add_groups_run(struct pail_cli *cli, const struct pail_words *words);
int pail_dlm_role_run(struct pail_cli *cli, const struct pail_words *words);
int pail_live_tail_run(struct pail_cli *cli, const struct pail_words *words);
int pail_deploy_run(struct pail_cli *cli, const struct pail_words *words);
int pail_logs_tail_run(struct pail_cli *cli, const struct pail_words *words);
int pail_ecr_login_run(struct pail_cli *cli, const struct pail_words *words);
int pail_ecr_public_login_run(struct pail_cli *cli, const struct pail_words *words);
int pail_eks_token_run(struct pail_cli *cli, const struct pail_words *words);
int pail_eks_kubeconfig_run(struct pail_cli *cli, const struct pail_words *words);
int pail_rds_token_run(struct pail_cli *cli, const struct pail_words *words);
int pail_sso_login_run(struct pail_cli *cli, const struct pail_words *words);
int pail_sso_logout_run(struct pail_cli *cli, const struct pail_words *words);
int pail_login_run(struct pail_cli *cli, const struct pail_words *words);
int pail_logout_run(struct pail_cli *cli, const struct pail_words *words);

/* Reads words against a table that ends with a name of NULL, as such commands do. positional and
 * options as pail_argparse has them. 0, an exit code, or PAIL_CLI_DONE: "help" alone was said, and
 * the table is on the screen. */
int pail_cli_args(struct pail_cli *cli, const struct pail_words *words, struct pail_arg *args);
/* The same, and values that name files ("file://x") become what is in them. */
int pail_cli_args_read(struct pail_cli *cli, const struct pail_words *words, struct pail_arg *args);

/* The botocore name of a service word: "s3api" is "s3". */
const char *pail_service_model_name(const char *word);
/* i-th word that can be first on the command line; NULL past the end. ud: struct pail_cli. */
const char *pail_service_word_at(const void *ud, size_t i);
/* "help", alone, behind a service, or behind its "wait". */
int pail_help_all(struct pail_cli *cli);
int pail_help_service(struct pail_cli *cli, const char *word, const struct pail_service *service);
int pail_help_wait(struct pail_cli *cli, const char *word, const struct pail_service *service);

#endif
