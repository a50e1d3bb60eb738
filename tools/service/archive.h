/* SPDX-License-Identifier: Apache-2.0 */
/*
 * service/archive.h - zip files of code to be uploaded. In memory: archives of code are small, and
 * what is uploaded is named by its checksum, so that all of it must be there first. Up to 4 GiB.
 */
#ifndef PAIL_TOOLS_SERVICE_ARCHIVE_H
#define PAIL_TOOLS_SERVICE_ARCHIVE_H

#include "base/buf.h"

struct pail_archive {
    struct pail_buf data, directory;
    unsigned n;
};
void pail_archive_init(struct pail_archive *a);
void pail_archive_done(struct pail_archive *a);
/* A file as `name`, with its time and permissions. PAIL_E_TOO_BIG: more than the format can say. */
PAIL_CHECK int pail_archive_add(struct pail_archive *a, const char *path, const char *name,
                                struct pail_error *err);
/* All files below dir, links followed; folders without files are left out. */
PAIL_CHECK int pail_archive_add_dir(struct pail_archive *a, const char *dir, bool without_hidden,
                                    struct pail_error *err);
/* Nothing can be added after that; data is the archive. */
PAIL_CHECK int pail_archive_finish(struct pail_archive *a, struct pail_error *err);

/* Does it end as a zip archive does? */
bool pail_is_zip(struct pail_str s);

#endif
