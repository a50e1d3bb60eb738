/* SPDX-License-Identifier: Apache-2.0 */
/* base/plant.c - which planted fault is on. Only in builds with -Dplants=true. */
#include "base/plant.h"

static const char *active;

void pail_plant_set(const char *name)
{
    active = name;
}

bool pail_plant_is(const char *name)
{
    return active && strcmp(active, name) == 0;
}
