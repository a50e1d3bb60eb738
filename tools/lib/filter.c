/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/lib/filter.h"

#include <fnmatch.h>
#include <string.h>

bool pail_filter_takes(const struct pail_opt_words *rules, const char *name)
{
    bool in = true;
    for (size_t i = 0; i < rules->n; i++)
        if (fnmatch(rules->words[i].value, name, FNM_NOESCAPE) == 0)
            in = strcmp(rules->words[i].option->name, "include") == 0;
    return in;
}
