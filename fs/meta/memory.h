/* SPDX-License-Identifier: Apache-2.0 */
/* meta/memory.h - settings of SQLite that belong to the process: its allocator, its messages. */
#ifndef PAIL_META_MEMORY_H
#define PAIL_META_MEMORY_H

/* Any thread, any number of times; before the first connection. */
void pail_meta_configure_sqlite(void);

#endif
