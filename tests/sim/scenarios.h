/* SPDX-License-Identifier: Apache-2.0 */
/* sim/scenarios.h - one object per scenario, each in scenario_NAME.c, listed in scenarios.c. */
#ifndef SIM_SCENARIOS_H
#define SIM_SCENARIOS_H

#include "sim/scenario.h"

extern const struct sim_scenario sim_scenario_queue;
extern const struct sim_scenario sim_scenario_disk;
extern const struct sim_scenario sim_scenario_wal;
extern const struct sim_scenario sim_scenario_http;
extern const struct sim_scenario sim_scenario_s3;
extern const struct sim_scenario sim_scenario_meta; /* these only where the mount is built */
extern const struct sim_scenario sim_scenario_fs;
extern const struct sim_scenario sim_scenario_team;

#endif
