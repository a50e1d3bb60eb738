/* SPDX-License-Identifier: Apache-2.0 */
/*
 * unit/fs/mem-disk.h - a disk in memory, behind base/file.h: what is not synced can be lost.
 *
 * Data is durable by sync of its file, which makes the file's first name durable too; removed and
 * renamed names by sync of the directory. After a sync that failed the pages count as clean all the
 * same, as on Linux. A kill takes nothing but the open files; a power cut takes what is not
 * durable, page by page, as the seed says. Files opened before either are dead: every call on them
 * is EIO.
 *
 * Any number of threads.
 */
#ifndef PAIL_TESTS_UNIT_FS_MEM_DISK_H
#define PAIL_TESTS_UNIT_FS_MEM_DISK_H

#include "base/file.h"

/* Installs an empty disk with the directory "/d"; frees an earlier one. */
void mem_disk_begin(void);
void mem_disk_end(void);

void mem_disk_kill(void);
/* seed 0: all is lost that is not durable. */
void mem_disk_power_cut(uint64_t seed);

enum mem_disk_call { MEM_READ = 1, MEM_WRITE = 2, MEM_SYNC = 4, MEM_OPEN = 8, MEM_RENAME = 16 };
/* The nth call (1: next) of those kinds on a path that ends in suffix, and the count - 1 that
 * follow, fail. */
void mem_disk_fail(unsigned calls, const char *suffix, int os_errno, unsigned nth, unsigned count);
void mem_disk_heal(void);

/* Syncs of files that end in suffix wait from now on, until the gate is opened. */
void mem_disk_close_gate(const char *suffix);
void mem_disk_open_gate(void);
unsigned mem_disk_waiting(void); /* at the gate */

/* Syncs of files whose path ends in suffix since the beginning. */
unsigned mem_disk_syncs(const char *suffix);
/* XORs a byte of the file, durable at once. */
void mem_disk_damage(const char *path, uint64_t offset);
uint64_t mem_disk_size(const char *path); /* UINT64_MAX: there is none */

#endif
