/* SPDX-License-Identifier: Apache-2.0 */
/*
 * model/data_path.h - directories with model files, in order of preference, as botocore's loader
 * reads them: DIR/SERVICE/API-VERSION/TYPE.json or .json.gz. Private to model/ and its packer.
 *
 * One thread at a time. Directories that do not exist are skipped.
 */
#ifndef PAIL_MODEL_DATA_PATH_H
#define PAIL_MODEL_DATA_PATH_H

#include "base/json.h"
#include "base/map.h"
#include "model/compile.h"

struct pail_data_path {
    char *dirs[32];
    size_t n;
};

void pail_data_path_done(struct pail_data_path *p);
/* A directory as it is. More than fit: PAIL_E_TOO_BIG. */
PAIL_CHECK int pail_data_path_add(struct pail_data_path *p, struct pail_str dir,
                                  struct pail_error *err);
/* A list between colons; "~" and "$VAR" mean what they mean to a shell. */
PAIL_CHECK int pail_data_path_add_list(struct pail_data_path *p, struct pail_str list,
                                       struct pail_error *err);
/* The data directory of an installed botocore, where there is one. */
PAIL_CHECK int pail_data_path_add_installed(struct pail_data_path *p, struct pail_error *err);

/* Adds the services that have a service-2 file to names (values are not NULL). */
PAIL_CHECK int pail_data_path_services(const struct pail_data_path *p, struct pail_map *names,
                                       struct pail_error *err);
/* The greatest API version by text that has a file of this type; "" when none has. */
PAIL_CHECK int pail_data_path_latest(const struct pail_data_path *p, struct pail_str service,
                                     const char *type, struct pail_buf *ret,
                                     struct pail_error *err);
/* The first directory's NAME.json or NAME.json.gz; NULL when there is none. */
PAIL_CHECK int pail_data_path_load(const struct pail_data_path *p, const char *name,
                                   struct pail_json **ret, struct pail_error *err);

/* The files of one service, parsed: what pail_compile wants. */
struct pail_data_files {
    struct pail_compile_input in;
    struct pail_json *docs[7];
};
/* Parts of `version`, the rules of the newest. Nothing there at all: all NULL. */
PAIL_CHECK int pail_data_path_read(const struct pail_data_path *p, struct pail_str service,
                                   const char *version, struct pail_data_files *ret,
                                   struct pail_error *err);
void pail_data_files_done(struct pail_data_files *f);

#endif
