/* SPDX-License-Identifier: Apache-2.0 */
/* protocol/paths.h - JMESPath over results, as the data of paginators and waiters has it. */
#ifndef PAIL_PROTOCOL_PATHS_H
#define PAIL_PROTOCOL_PATHS_H

#include "jmespath/jmespath.h"

/* One question; *ret is never NULL, and lives as long as in and vs. */
PAIL_CHECK int pail_path_search(struct pail_str expression, const struct pail_value *in,
                                struct pail_values *vs, struct pail_value **ret,
                                struct pail_error *err);
/* Sets "A.B" in a map, with maps on the way where there are none. */
void pail_path_set(struct pail_values *vs, struct pail_value *map, struct pail_str dotted,
                   struct pail_value *v);

#endif
