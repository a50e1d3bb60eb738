/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sim/disk.h - one simulated disk per machine, behind struct pail_file_ops.
 *
 * A disk is mounted at "/NAME" ("/m1"); paths elsewhere do not exist. What a program sees is the
 * current state; what a power cut leaves is a durable state plus what the seed picks of the
 * un-synced rest:
 *
 * - data: by page of 4 KiB, each by itself: lost, kept, or torn between sectors of 512 bytes. A
 * written page may also become durable early and in any order. Holes and zeroed ends count as
 * writes.
 * - size: grows with the pages that are kept, as with ext4's data=ordered. A truncation that was
 * not synced is lost or kept as a whole, and writes after a lost one behind its cut are lost too.
 * - names: creations, removals and renames are kept in their order within a directory, up to a
 * point that the seed picks for each directory; a rename between two directories is kept in both or
 * in neither.
 * - pail_file_sync: the data, the size, and the file's own creation (ext4 does as much: the inode's
 *   first name is in the same journal transaction) with what happened to that name before it; not a
 *   later rename, not other names. pail_file_sync_dir: all names in that directory, and the
 * directory's own creation.
 *
 * A kill -9 (SIM_KILL) loses no write, only open files and locks. After a failed sync pages may be
 * taken for clean without being durable, as on Linux; a second sync then succeeds and means
 * nothing.
 */
#ifndef SIM_DISK_H
#define SIM_DISK_H

#include <stdio.h>

#include "base/file.h"

struct sim_disk;

struct sim_disk_options {
    uint64_t capacity; /* bytes; 0: 1 GiB */
    /* Chances in 10,000 a call. */
    unsigned eio_read, eio_write, eio_sync;
    unsigned enospc; /* of writes and reservations although there is room */
    int64_t sync_ns; /* at most this long, at least a tenth; 0: 5 ms */
};

/* Disks stay for later runs in the process until sim_disk_free (or the process ends); sim_disks_end
 * only refuses open files. */
void sim_disks_begin(uint64_t seed);
void sim_disks_end(void);
/* name: without slash, at most 15 bytes. */
struct sim_disk *sim_disk_new(const char *name, const struct sim_disk_options *opt);
void sim_disk_free(struct sim_disk *d);
void sim_disk_configure(struct sim_disk *d, const struct sim_disk_options *opt);

enum sim_disk_crash {
    SIM_KILL,  /* the process ended, the machine did not */
    SIM_POWER, /* what was not synced is in the hands of the seed */
};
/* Open files become useless (PAIL_E_OS, EBADF) and must not be closed any more unless their thread
 * is alive. */
void sim_disk_crash(struct sim_disk *d, enum sim_disk_crash how);
/* All disks: SIM_POWER; their durable states, to and from a stream. False: the stream failed. */
void sim_disks_power_cut(void);
bool sim_disks_save(FILE *to);
void sim_disks_load(FILE *from);
struct sim_disk *sim_disk_find(const char *name); /* NULL: none */

enum sim_disk_call {
    SIM_DISK_OPEN = 1 << 0,
    SIM_DISK_READ = 1 << 1,
    SIM_DISK_WRITE = 1 << 2, /* also truncate and punch */
    SIM_DISK_SYNC = 1 << 3,  /* of files and directories */
    SIM_DISK_RESERVE = 1 << 4,
    SIM_DISK_NAMES = 1 << 5, /* unlink, rename, mkdirs */
};
/* The nth (1: next) of those calls on a path that matches glob and the count-1 that follow (0: for
 * ever) fail with os_errno. */
void sim_disk_fail(struct sim_disk *d, unsigned calls, const char *glob, int os_errno, unsigned nth,
                   unsigned count);
void sim_disk_heal(struct sim_disk *d); /* forgets the rules */

struct sim_disk_stats {
    uint64_t used, capacity; /* bytes */
    uint64_t reads, writes, syncs, dir_syncs;
    unsigned open_files;
};
void sim_disk_stats(const struct sim_disk *d, struct sim_disk_stats *ret);

#endif
