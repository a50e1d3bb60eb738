/* SPDX-License-Identifier: Apache-2.0 */
/* lib/filter.h - --exclude and --include: everything is in at first; of the patterns that match a
 * name, the last one counts. As the AWS CLI's: relative to the source, '*' matches '/' too. */
#ifndef PAIL_TOOLS_FILTER_H
#define PAIL_TOOLS_FILTER_H

#include "tools/lib/opt.h"

/* Words of the options "exclude" and "include". name: NUL-terminated, relative. */
bool pail_filter_takes(const struct pail_opt_words *rules, const char *name);

#endif
