/* SPDX-License-Identifier: Apache-2.0 */
/* transfer/manager.h - what transfers see of their manager. Fixed but for the list. */
#ifndef PAIL_TRANSFER_MANAGER_H
#define PAIL_TRANSFER_MANAGER_H

#include <pail/transfer.h>

#include "base/thread.h"
#include "base/workers.h"
#include "transfer/chunks.h"
#include "transfer/gate.h"

struct pail_transfers {
    struct pail_s3 *s3;
    struct pail_transfer_config config; /* no zeros left but max_bandwidth */
    unsigned file_mode;                 /* of new files */
    struct pail_gate *gate;
    struct pail_chunks *chunks; /* of io_chunksize */
    struct pail_chunks *blocks; /* large pages, for what goes past the page cache */
    struct pail_workers *workers;
    struct pail_mutex lock;
    struct pail_cond cond;
    struct {
        struct pail_list transfers;
        size_t n;
    } locked;
};

/* s3transfer's: doubled until 10,000 parts are enough, then within S3's limits. total UINT64_MAX:
 * not known. */
uint64_t pail_transfer_part_size(uint64_t chunk, uint64_t total);

#endif
