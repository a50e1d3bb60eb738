/* SPDX-License-Identifier: Apache-2.0 */
/*
 * transfer/manager.c - what transfers share: the gate, the memory, the disk's threads.
 *
 * The umask of the process can only be read by changing it, which other threads would notice; Linux
 * tells it in /proc. Where it cannot be read, new files stay the user's own.
 */
#include "transfer/manager.h"

#include "base/alloc.h"
#include "base/file.h"
#include "base/str.h"
#include "transfer/task.h"

#define MIB (UINT64_C(1) << 20)
#define MIN_IO_CHUNK (16u * 1024)
#define MAX_IO_CHUNK (64u * 1024 * 1024)
#define MAX_CONCURRENCY 1000

uint64_t pail_transfer_part_size(uint64_t chunk, uint64_t total)
{
    if (total != UINT64_MAX) {
        while (total / chunk + (total % chunk != 0) > PAIL_S3_MAX_PARTS)
            chunk *= 2;
    }
    return pail_min_u64(pail_max_u64(chunk, PAIL_S3_MIN_PART), PAIL_S3_MAX_PART);
}

static unsigned mode_of_new_files(void)
{
    PAIL_AUTOFREE char *text = NULL;
    struct pail_str rest, line, word = PAIL_STR("Umask:");
    unsigned umask = 0;
    size_t n;

    if (pail_file_read_all("/proc/self/status", 64 * 1024, &text, &n, NULL) < 0)
        return 0600;
    rest = pail_strn(text, n);
    while (pail_str_split(&rest, '\n', &line)) {
        if (!pail_str_starts(line, word))
            continue;
        line = pail_str_trim(pail_str_from(line, word.len));
        for (size_t i = 0; i < line.len; i++)
            umask = umask * 8 + (unsigned)(line.ptr[i] - '0');
        return 0666 & ~umask;
    }
    return 0600;
}

static void set_u64(uint64_t *field, uint64_t value)
{
    if (!*field)
        *field = value;
}

static int set_config(struct pail_transfer_config *to, const struct pail_transfer_config *from,
                      struct pail_error *err)
{
    if (from && (from->size < sizeof(from->size) || from->size > sizeof(*to)))
        return pail_error_set(err, PAIL_D_USAGE, PAIL_E_INVALID,
                              "struct pail_transfer_config of %zu bytes; this library knows %zu",
                              from->size, sizeof(*to));
    if (from)
        memcpy(to, from, from->size);
    to->size = sizeof(*to);
    set_u64(&to->multipart_threshold, 8 * MIB);
    set_u64(&to->multipart_chunksize, 8 * MIB);
    set_u64(&to->io_chunksize, MIB / 4);
    to->io_chunksize = pail_min_u64(pail_max_u64(to->io_chunksize, MIN_IO_CHUNK), MAX_IO_CHUNK);
    if (!to->max_concurrency)
        to->max_concurrency = 10;
    if (to->max_concurrency > MAX_CONCURRENCY)
        return pail_error_set(err, PAIL_D_USAGE, PAIL_E_INVALID,
                              "max_concurrency %u; at most %d requests can be in flight",
                              to->max_concurrency, MAX_CONCURRENCY);
    if (!to->download_attempts)
        to->download_attempts = 5;
    set_u64(&to->memory_limit, (to->max_concurrency + 5) * to->multipart_chunksize);
    if (!to->io_threads)
        to->io_threads = 4;
    set_u64(&to->copy_threshold, to->multipart_threshold);
    set_u64(&to->copy_chunksize, to->multipart_chunksize);
    set_u64(&to->direct_threshold, 512 * MIB);
    return 0;
}

int pail_transfers_new(struct pail_s3 *s3, const struct pail_transfer_config *config,
                       struct pail_transfers **ret, struct pail_error *err)
{
    struct pail_transfer_config full = PAIL_TRANSFER_CONFIG_INIT;
    int rc = set_config(&full, config, err);
    if (rc < 0)
        return rc;
    struct pail_transfers *m = pail_zalloc(sizeof(*m));
    if (!m)
        return pail_error_nomem(err);
    m->config = full;
    m->file_mode = mode_of_new_files();
    pail_mutex_init(&m->lock, "transfers", PAIL_RANK_S3);
    pail_cond_init(&m->cond);
    pail_list_init(&m->locked.transfers);
    rc = pail_gate_new(full.max_concurrency, full.memory_limit, full.max_bandwidth, &m->gate, err);
    if (rc == 0)
        rc = pail_chunks_new(full.io_chunksize, full.memory_limit / full.io_chunksize, &m->chunks,
                             err);
    if (rc == 0)
        rc = pail_chunks_new(PAIL_LARGE_PAGE, full.memory_limit / PAIL_LARGE_PAGE, &m->blocks, err);
    if (rc == 0)
        rc = pail_workers_new("pail-io", full.io_threads, &m->workers, err);
    if (rc < 0) {
        pail_transfers_free(m);
        return rc;
    }
    m->s3 = pail_s3_ref(s3);
    *ret = m;
    return 0;
}

void pail_transfers_cancel(struct pail_transfers *m)
{
    PAIL_LOCKED(&m->lock);
    PAIL_LIST_FOR (it, &m->locked.transfers)
        pail_transfer_cancel(PAIL_CONTAINER(it, struct pail_transfer, link));
}

void pail_transfers_free(struct pail_transfers *m)
{
    if (!m)
        return;
    pail_transfers_cancel(m);
    pail_mutex_lock(&m->lock);
    while (m->locked.n)
        pail_cond_wait(&m->cond, &m->lock);
    pail_mutex_unlock(&m->lock);
    pail_workers_free(m->workers);
    pail_gate_free(m->gate);
    pail_chunks_free(m->chunks);
    pail_chunks_free(m->blocks);
    pail_s3_unref(m->s3);
    pail_cond_done(&m->cond);
    pail_mutex_done(&m->lock);
    pail_free(m);
}
