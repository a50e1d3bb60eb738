/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lib/place.h - where a mount keeps what it knows, and how other commands find a mount.
 *
 * State: XDG_STATE_HOME/pail, else ~/.local/state/pail, root: /var/lib/pail. Cache:
 * XDG_CACHE_HOME/pail, else ~/.cache/pail, root: /var/cache/pail. Below each, one folder a source
 * (endpoint, bucket, prefix); several mounts of one source at once take folders of their own
 * ("slots"). A mount point's record, STATE/mounts/NAME, is locked as long as its process lives,
 * which is how `pail unmount` knows that everything was stored.
 */
#ifndef PAIL_TOOLS_PLACE_H
#define PAIL_TOOLS_PLACE_H

#include <pail/error.h>

#include "base/buf.h"
#include "base/file.h"

struct pail_place_args {
    const char *source, *endpoint;     /* endpoint NULL: AWS */
    const char *cache_dir, *state_dir; /* the user's choice: taken as they are; NULL: as above */
    unsigned slot;
};
struct pail_place {
    char *state_dir, *cache_dir;
};
PAIL_CHECK int pail_place_make(const struct pail_place_args *a, struct pail_place *ret,
                               struct pail_error *err);
void pail_place_done(struct pail_place *p);
/* PAIL_E_FS_BUSY of the state directory, as opposed to that of a mount point. */
bool pail_place_is_state_busy(const struct pail_error *err);

/* STATE/transfers/NAME: where a copy says how far it has come. The folder is made. */
PAIL_CHECK int pail_place_transfer(const char *what, struct pail_buf *ret, struct pail_error *err);

/* Locks the record of mount_point. */
PAIL_CHECK int pail_place_record(const char *mount_point, struct pail_file **ret,
                                 struct pail_error *err);
void pail_place_forget(const char *mount_point, struct pail_file *record);
/* Waits until nobody holds the record; PAIL_E_DEADLINE when it takes longer. No record: 0. */
PAIL_CHECK int pail_place_wait(const char *mount_point, int64_t deadline_mono_ns,
                               struct pail_error *err);

#endif
