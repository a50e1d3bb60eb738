/* SPDX-License-Identifier: Apache-2.0 */
/* service/configure.h - what the files of "configure" share. */
#ifndef PAIL_TOOLS_SERVICE_CONFIGURE_H
#define PAIL_TOOLS_SERVICE_CONFIGURE_H

#include "tools/service/commands.h"

/* Writes one value; sub: the key in the block `key`, or ptr NULL. The exit code. */
int pail_configure_set(struct pail_cli *cli, struct pail_str profile, struct pail_str key,
                       struct pail_str sub, struct pail_str value);
/* A profile that was asked for by name has to be there. 0, or an exit code. */
int pail_configure_check_profile(struct pail_cli *cli);
/* The same in [KIND NAME]. */
int pail_configure_set_section(struct pail_cli *cli, const char *kind, struct pail_str name,
                               struct pail_str key, struct pail_str value);
int pail_configure_get(struct pail_cli *cli, const struct pail_words *words);
int pail_configure_set_run(struct pail_cli *cli, const struct pail_words *words);
int pail_configure_add_model(struct pail_cli *cli, const struct pail_words *words);
int pail_configure_mfa_login(struct pail_cli *cli, const struct pail_words *words);
int pail_configure_sso(struct pail_cli *cli, const struct pail_words *words);
int pail_configure_sso_session(struct pail_cli *cli, const struct pail_words *words);
int pail_configure_import(struct pail_cli *cli, const struct pail_words *words);
int pail_configure_export(struct pail_cli *cli, const struct pail_words *words);

#endif
