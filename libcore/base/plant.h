/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base/plant.h - planted faults: mistakes that can be switched on, so that the tests can prove that
 * they would find them.
 *
 *     if (!PAIL_PLANT("journal.sync"))
 *         rc = pail_file_sync(f, err);
 *
 * The constant false unless the build has -Dplants=true (packaging/check does, for tests/sim and
 * nothing that is installed). One plant at a time; names are "noun.what-is-wrong" and listed in
 * tests/sim/meson.build with the scenario that must find each.
 */
#ifndef PAIL_BASE_PLANT_H
#define PAIL_BASE_PLANT_H

#include "base/macros.h"

#ifdef PAIL_PLANTS
#define PAIL_PLANT(name) PAIL_UNLIKELY(pail_plant_is(name))
bool pail_plant_is(const char *name);
/* NULL: none. name must stay. Before any thread. */
void pail_plant_set(const char *name);
#else
#define PAIL_PLANT(name) false
#endif

#endif
