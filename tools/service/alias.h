/* SPDX-License-Identifier: Apache-2.0 */
/* service/alias.h - commands of one's own, from ~/.aws/cli/alias (aliasfile.h). */
#ifndef PAIL_TOOLS_SERVICE_ALIAS_H
#define PAIL_TOOLS_SERVICE_ALIAS_H

#include "tools/service/cli.h"

/* A command and what is behind it: what an alias makes of them. */
struct pail_alias_call {
    const char *lineage; /* NULL: first words; "ec2": the second */
    const char *name;
    struct pail_words words; /* room for more: not; replaced as a whole */
    bool built_in;           /* the name means what it says, even if it is an alias too */
    unsigned depth;
};
/* Replaces name and words as long as the name is an alias; those of shell commands run here, and
 * *ret_ran is set. Globals in an alias go to cli->g. 0, or an exit code. */
int pail_alias_apply(struct pail_cli *cli, struct pail_alias_call *call, bool *ret_ran);

#endif
