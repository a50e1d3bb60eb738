/* SPDX-License-Identifier: Apache-2.0 */
/*
 * meta/memory.c - SQLite's memory comes from base/alloc, its messages go to the log.
 *
 * Then the n-th-allocation test reaches into SQLite, and one counter knows all memory of the
 * process. SQLite asks for the size of its blocks, which base/alloc does not know, so each block
 * begins with it; eight bytes keep the alignment that SQLite asks for.
 *
 * Memory statistics are off because they cost a global mutex on every allocation. Connections are
 * used by one thread at a time (each has a mutex of ours), so SQLite needs no mutexes of its own
 * but those of process-wide things.
 */
#include "meta/memory.h"

#include <sqlite3.h>

#include "base/alloc.h"
#include "base/logging.h"
#include "base/thread.h"

#define HEAD 8

static void *memory_alloc(int n)
{
    char *p = pail_alloc((size_t)n + HEAD);
    if (!p)
        return NULL;
    *(int64_t *)(void *)p = n;
    return p + HEAD;
}

static void memory_free(void *p)
{
    if (p)
        pail_free((char *)p - HEAD);
}

static void *memory_realloc(void *p, int n)
{
    char *grown = pail_realloc((char *)p - HEAD, (size_t)n + HEAD);
    if (!grown)
        return NULL;
    *(int64_t *)(void *)grown = n;
    return grown + HEAD;
}

static int memory_size(void *p)
{
    return p ? (int)*(int64_t *)(void *)((char *)p - HEAD) : 0;
}

static int memory_roundup(int n)
{
    return (n + 7) & ~7;
}

static int memory_init(void *unused)
{
    (void)unused;
    return SQLITE_OK;
}

static void memory_shutdown(void *unused)
{
    (void)unused;
}

static void message(void *unused, int code, const char *text)
{
    (void)unused;
    /* Frames found in the log after a crash are told as a notice; the rest is also told by an error
     * of the call. */
    PAIL_LOG(PAIL_LC_META, PAIL_LOG_INFO, "sqlite %d: %s", code, text);
}

static void configure(void)
{
    static const sqlite3_mem_methods methods = {
        .xMalloc = memory_alloc,
        .xFree = memory_free,
        .xRealloc = memory_realloc,
        .xSize = memory_size,
        .xRoundup = memory_roundup,
        .xInit = memory_init,
        .xShutdown = memory_shutdown,
    };
    /* These fail only when SQLite is in use already, by a program that embeds us; its own settings
     * do as well then. */
    int rc = sqlite3_config(SQLITE_CONFIG_MULTITHREAD);
    if (rc == SQLITE_OK)
        rc = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
    if (rc == SQLITE_OK)
        rc = sqlite3_config(SQLITE_CONFIG_MALLOC, &methods);
    if (rc == SQLITE_OK)
        rc = sqlite3_config(SQLITE_CONFIG_LOG, message, NULL);
    if (rc != SQLITE_OK)
        PAIL_LOG(PAIL_LC_META, PAIL_LOG_INFO, "sqlite keeps its own settings: %s",
                 sqlite3_errstr(rc));
}

void pail_meta_configure_sqlite(void)
{
    static struct pail_once once = PAIL_ONCE_INIT;
    pail_once(&once, configure);
}
