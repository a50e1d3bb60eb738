/* SPDX-License-Identifier: Apache-2.0 */
/* model/models.h - what a struct pail_models is made of. Private to model/. */
#ifndef PAIL_MODEL_MODELS_H
#define PAIL_MODEL_MODELS_H

#include "base/map.h"
#include "base/thread.h"
#include "model/pack.h"

struct pail_models {
    struct pail_pack pack; /* closed where there is none */
    char *pack_path;
    struct pail_data_path dirs; /* AWS_DATA_PATH, then ~/.aws/models */
    bool has_dirs;              /* one of them is there */
    bool may_look;              /* for an installed botocore */
    struct pail_blob partitions;
    void *own_partitions; /* memory of a partitions.json of the user's */
    struct pail_mutex lock;
    struct {
        struct pail_map *services; /* name to struct pail_service */
        struct pail_map *known;    /* all names; NULL until asked for */
        struct pail_str *names;    /* its keys, sorted */
        size_t n_names;
        struct pail_pack docs; /* docs.pack */
        bool docs_tried;
        bool looked;                     /* for an installed botocore */
        struct pail_data_path installed; /* its data; never changes once looked is true */
    } locked;
};

/* The partitions in use; never NULL. */
const struct pail_blob *pail_models_partitions(const struct pail_models *models);

#endif
