/* SPDX-License-Identifier: Apache-2.0 */
/* sim/scenarios.c - the list of them. */
#include "sim/scenarios.h"

const struct sim_scenario *const sim_scenarios[] = {
    /* the simulation itself */
    &sim_scenario_queue,
    &sim_scenario_disk,
    &sim_scenario_wal,
    /* the library */
    &sim_scenario_http,
    &sim_scenario_s3,
#ifdef SIM_WITH_FS
    /* the file system */
    &sim_scenario_meta,
    &sim_scenario_fs,
    &sim_scenario_team,
#endif
    NULL,
};

const struct sim_scenario *sim_scenario_find(const char *name)
{
    for (const struct sim_scenario *const *s = sim_scenarios; *s; s++)
        if (strcmp((*s)->name, name) == 0)
            return *s;
    return NULL;
}
