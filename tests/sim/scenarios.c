/* SPDX-License-Identifier: Apache-2.0 */
/* sim/scenarios.c - the list of them. */
#include "sim/scenarios.h"

const struct sim_scenario *const sim_scenarios[] = {
    &sim_scenario_queue, &sim_scenario_disk, &sim_scenario_wal, &sim_scenario_http, NULL,
};

const struct sim_scenario *sim_scenario_find(const char *name)
{
    for (const struct sim_scenario *const *s = sim_scenarios; *s; s++)
        if (strcmp((*s)->name, name) == 0)
            return *s;
    return NULL;
}
