/* SPDX-License-Identifier: Apache-2.0 */
/* base/env.h - the process environment, users and host, replaceable. Any thread, as long as nobody
 * calls setenv. */
#ifndef PAIL_BASE_ENV_H
#define PAIL_BASE_ENV_H

#include "base/macros.h"

/* Value or NULL; valid until the source is replaced. */
const char *pail_env_get(const char *name);
/* Value, or NULL also when it is empty. */
const char *pail_env_get_nonempty(const char *name);
/* HOME, else the passwd entry's; NULL when neither is known. */
const char *pail_env_home(void);
/* For a program that takes this one's place (pail_process_become): nobody may read meanwhile.
 * False: out of memory. */
bool pail_env_set(const char *name, const char *value);
uint32_t pail_env_uid(void);
uint32_t pail_env_gid(void);

void pail_env_set_source(const char *(*get)(const char *name)); /* NULL: getenv */

#endif
