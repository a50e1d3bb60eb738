/* SPDX-License-Identifier: Apache-2.0 */
/*
 * meta/vfs.h - SQLite's files over base/file.h. One VFS per connection, used under that
 * connection's mutex.
 *
 * Syncing without the mutex: a disk file of the connection is reference-counted, so a thread can
 * take a reference, give the mutex up and let the disk work while others read rows. With
 * pail_vfs_defer on, SQLite's sync of the database file at the end of a checkpoint is only noted
 * (pail_vfs_owes_sync); whoever ran the checkpoint pays afterwards, without the mutex. Should
 * SQLite want to overwrite, cut or remove the log before that, it is paid at once: the log never
 * loses a page that the database does not have for sure.
 *
 * After a sync has failed the system may take the pages for clean and say nothing the second time.
 * So the file is written anew, from what can be read of it, before it is synced again
 * (pail_vfs_disk_renew).
 */
#ifndef PAIL_META_VFS_H
#define PAIL_META_VFS_H

#include <pail/error.h>

#include "base/macros.h"

struct pail_vfs;
struct pail_vfs_disk; /* an open file, counted */

/* Configures SQLite (allocator, logging) at the first call in the process; registers the new VFS.
 */
PAIL_CHECK int pail_vfs_new(struct pail_vfs **ret, struct pail_error *err);
/* No file is open any more. NULL is fine. */
void pail_vfs_free(struct pail_vfs *v);
/* For sqlite3_open_v2. */
const char *pail_vfs_name(const struct pail_vfs *v);

/* What the disk said last, and forget it: the cause behind SQLITE_IOERR and its like. False:
 * nothing. */
bool pail_vfs_take_error(struct pail_vfs *v, struct pail_error *ret);

void pail_vfs_defer(struct pail_vfs *v, bool on);
bool pail_vfs_owes_sync(const struct pail_vfs *v);
void pail_vfs_paid(struct pail_vfs *v);

/* The log and the database as they are open now, or NULL; given back with unref. */
struct pail_vfs_disk *pail_vfs_ref_log(struct pail_vfs *v);
struct pail_vfs_disk *pail_vfs_ref_database(struct pail_vfs *v);
struct pail_vfs_disk *pail_vfs_disk_unref(struct pail_vfs_disk *d);
/* Under the connection's mutex, before a sync: writes the file anew if its last sync failed. */
PAIL_CHECK int pail_vfs_disk_renew(struct pail_vfs_disk *d, struct pail_error *err);
/* Any thread. Makes the file durable, its name too. */
PAIL_CHECK int pail_vfs_disk_sync(struct pail_vfs_disk *d, struct pail_error *err);

#endif
