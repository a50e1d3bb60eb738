/* SPDX-License-Identifier: Apache-2.0 */
/* sync/content_type.h - a guess at the content type of a file by its extension. Pure. */
#ifndef PAIL_SYNC_CONTENT_TYPE_H
#define PAIL_SYNC_CONTENT_TYPE_H

#include "base/macros.h"

/* "application/octet-stream" when the extension says nothing. A view of a literal. */
struct pail_str pail_content_type(struct pail_str name);

#endif
