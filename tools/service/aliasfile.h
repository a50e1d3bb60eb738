/* SPDX-License-Identifier: Apache-2.0 */
/*
 * service/aliasfile.h - ~/.aws/cli/alias: names of one's own for commands, in Python's
 * configparser's grammar without nested blocks, values of several lines kept as they are. Pure.
 *
 *     [toplevel]
 *     whoami = sts get-caller-identity
 *     [command ec2]
 *     mine = !f() { ...; }; f
 */
#ifndef PAIL_TOOLS_SERVICE_ALIASFILE_H
#define PAIL_TOOLS_SERVICE_ALIASFILE_H

#include "base/buf.h"

/* The value of a name in a section ("toplevel", "command ec2"); *ret_found false: it has none.
 * PAIL_E_PARSE: "line 3: ...". */
PAIL_CHECK int pail_alias_find(struct pail_str text, struct pail_str section, struct pail_str name,
                               struct pail_buf *value, bool *ret_found, struct pail_error *err);

#endif
