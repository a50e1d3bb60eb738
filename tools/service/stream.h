/* SPDX-License-Identifier: Apache-2.0 */
/* service/stream.h - files as the streaming members of calls: what is sent, and what is received.
 */
#ifndef PAIL_TOOLS_SERVICE_STREAM_H
#define PAIL_TOOLS_SERVICE_STREAM_H

#include <pail/service.h>

#include "base/file.h"

struct pail_upload {
    struct pail_service_body body;
    struct pail_file *file;
};
PAIL_CHECK int pail_upload_open(struct pail_upload *u, const char *path, struct pail_error *err);
void pail_upload_done(struct pail_upload *u);

/* The file is made when the first byte, or the end, of a good answer is there. */
struct pail_save {
    struct pail_service_sink sink;
    const char *path;
    struct pail_file *file;
    bool to_stdout;
    uint64_t shown;  /* of stdout: what cannot be taken back */
    uint64_t length; /* of events so far */
};
void pail_save_init(struct pail_save *s, const char *path);
/* What is written is the payloads of events: {"Records": {"Payload": ...}}. */
void pail_save_events(struct pail_save *s);
/* The call succeeded: the file is complete, even when it is empty. */
PAIL_CHECK int pail_save_finish(struct pail_save *s, struct pail_error *err);
void pail_save_done(struct pail_save *s);

#endif
