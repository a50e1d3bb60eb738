/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pack-models: botocore's data directory into models.pack and docs.pack, at build time.
 *
 *     pack-models DATA-DIRECTORY BOTOCORE-VERSION MODELS.pack DOCS.pack [SERVICE...]
 */
#include <stdio.h>

#include "base/file.h"
#include "model/pack.h"

#define MAX_PACK ((size_t)1 << 30)

int main(int argc, char *argv[])
{
    struct pail_error err = PAIL_ERROR_INIT;
    PAIL_CLEANUP(pail_data_path_done) struct pail_data_path from = {0};
    PAIL_CLEANUP(pail_buf_done)
    struct pail_buf models = PAIL_BUF_INIT(MAX_PACK), docs = PAIL_BUF_INIT(MAX_PACK);

    if (argc < 5) {
        fprintf(stderr, "usage: pack-models DATA-DIRECTORY BOTOCORE-VERSION MODELS.pack DOCS.pack "
                        "[SERVICE...]\n");
        return 2;
    }
    int rc = pail_data_path_add(&from, pail_str(argv[1]), &err);
    if (rc == 0)
        rc = pail_pack_build(&from, argv[2], argc > 5 ? (const char *const *)argv + 5 : NULL,
                             &models, &docs, &err);
    if (rc == 0)
        rc = pail_file_write_all(argv[3], (struct pail_bytes){models.ptr, models.len}, 0644, &err);
    if (rc == 0)
        rc = pail_file_write_all(argv[4], (struct pail_bytes){docs.ptr, docs.len}, 0644, &err);
    if (rc < 0)
        fprintf(stderr, "pack-models: %s\n", err.message);
    return rc < 0 ? 1 : 0;
}
