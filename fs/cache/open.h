/* SPDX-License-Identifier: Apache-2.0 */
/* cache/open.h - the reader's own struct, shared by reader.c and open.c. */
#ifndef PAIL_CACHE_OPEN_H
#define PAIL_CACHE_OPEN_H

#include "base/buf.h"
#include "cache/cache.h"
#include "cache/window.h"

struct pail_reader {
    struct pail_cache *cache;     /* fixed */
    struct pail_version *version; /* fixed after opening; counted in version->readers */
    struct pail_window window;    /* under the cache's lock */
    unsigned active;              /* reads not answered, calls not returned; the cache's lock */
    struct pail_cond quiet;       /* active became 0 */
};

#endif
