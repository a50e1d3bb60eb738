/* SPDX-License-Identifier: Apache-2.0 */
/*
 * model/pack.h - models.pack and docs.pack: services in one mapped file. Private to model/ and its
 * packer.
 */
#ifndef PAIL_MODEL_PACK_H
#define PAIL_MODEL_PACK_H

#include "base/file.h"
#include "model/blob.h"
#include "model/data_path.h"

struct pail_pack {
    struct pail_file_map map;
    const struct pail_pack_header *h; /* NULL: not open */
    const struct pail_pack_entry *index;
};

/* Checks the header and that the index is there; a blob is checked when it is opened. */
PAIL_CHECK int pail_pack_open(const char *path, struct pail_pack *ret, struct pail_error *err);
/* The same over memory (borrowed, aligned to 8). */
PAIL_CHECK int pail_pack_open_memory(const void *data, size_t size, const char *what,
                                     struct pail_pack *ret, struct pail_error *err);
void pail_pack_close(struct pail_pack *p);
/* Name of the i-th; ptr NULL past the end. */
struct pail_str pail_pack_name(const struct pail_pack *p, size_t i);
/* What is stored under a name; ptr NULL: nothing. */
struct pail_bytes pail_pack_find(const struct pail_pack *p, struct pail_str name);
struct pail_bytes pail_pack_partitions(const struct pail_pack *p);

/* Packs services of the data directories, newest versions: all (only NULL), or those that a list
 * ending with NULL names. PAIL_E_NOT_FOUND: one of them is not there. */
PAIL_CHECK int pail_pack_build(const struct pail_data_path *from, const char *botocore,
                               const char *const *only, struct pail_buf *models,
                               struct pail_buf *docs, struct pail_error *err);

#endif
