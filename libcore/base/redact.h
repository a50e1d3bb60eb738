/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base/redact.h - what may not be shown: by the names that secrets have in headers, queries, forms,
 * JSON, XML and INI. Pure; no allocation; any thread.
 */
#ifndef PAIL_BASE_REDACT_H
#define PAIL_BASE_REDACT_H

#include "base/macros.h"

/* What has this name is a secret: "Authorization", "X-Amz-Signature", "SessionToken". */
bool pail_redact_is_secret(struct pail_str name);
/* Every value in the text that stands behind such a name becomes at most three stars. In place,
 * NUL-terminated, never longer. A value that is cut at the end of the text is replaced as well. */
void pail_redact(char *text);

#endif
