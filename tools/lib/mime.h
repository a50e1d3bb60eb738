/* SPDX-License-Identifier: Apache-2.0 */
/* lib/mime.h - the media type that a file's name suggests, as Python's mimetypes does. */
#ifndef PAIL_TOOLS_MIME_H
#define PAIL_TOOLS_MIME_H

#include <pail/base.h>

/* Empty: none. */
struct pail_str pail_mime_of(const char *path);

#endif
