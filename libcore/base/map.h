/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base/map.h - seeded hash map from byte strings or 64-bit numbers to pointers.
 *
 * Open addressing, seeded per map from base/rand because keys are attacker-chosen. Keys of the
 * string form are copied. Values are borrowed. One thread at a time (the owner locks). Iteration
 * order is that of insertion as long as nothing was removed, and in any case the same for the same
 * history, so simulations repeat.
 */
#ifndef PAIL_BASE_MAP_H
#define PAIL_BASE_MAP_H

#include <pail/error.h>

#include "base/macros.h"

struct pail_map; /* string keys */
PAIL_CHECK int pail_map_new(struct pail_map **ret, struct pail_error *err);
void pail_map_free(struct pail_map *m);                            /* NULL is fine */
void *pail_map_get(const struct pail_map *m, struct pail_str key); /* NULL: absent */
/* Inserts or replaces; value must not be NULL. *ret_old (may be NULL) gets the replaced value. */
PAIL_CHECK int pail_map_put(struct pail_map *m, struct pail_str key, void *value, void **ret_old,
                            struct pail_error *err);
void *pail_map_remove(struct pail_map *m, struct pail_str key); /* the value, or NULL */
size_t pail_map_len(const struct pail_map *m);
/* for (size_t it = 0; pail_map_next(m, &it, &k, &v);) - do not insert meanwhile; removing k is
 * fine. */
bool pail_map_next(const struct pail_map *m, size_t *it, struct pail_str *ret_key,
                   void **ret_value);
PAIL_DEFINE_CLEANUP(struct pail_map, pail_map_free)

struct pail_u64map; /* the same with uint64_t keys */
PAIL_CHECK int pail_u64map_new(struct pail_u64map **ret, struct pail_error *err);
void pail_u64map_free(struct pail_u64map *m);
void *pail_u64map_get(const struct pail_u64map *m, uint64_t key);
PAIL_CHECK int pail_u64map_put(struct pail_u64map *m, uint64_t key, void *value, void **ret_old,
                               struct pail_error *err);
void *pail_u64map_remove(struct pail_u64map *m, uint64_t key);
size_t pail_u64map_len(const struct pail_u64map *m);
bool pail_u64map_next(const struct pail_u64map *m, size_t *it, uint64_t *ret_key, void **ret_value);

#endif
