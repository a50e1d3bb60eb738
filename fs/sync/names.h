/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sync/names.h - key components that cannot be file names, shown under a reversible escape.
 *
 * Shown as it is: any component of 1 to 255 bytes without NUL that is not "." or ".." and does not
 * begin with ".pail%". Everything else is shown as
 * ".pail%" followed by the component with "%", "/", NUL and the bytes that make it impossible
 * percent-encoded: "" is ".pail%", ".." is ".pail%%2E%2E". A file beside a directory of the same
 * name is shown as ".pail%=" + name. Components whose escape is longer than 255 bytes are shown as
 * ".pail%~" + the first 64 safe bytes + "~" + 32 hex digits of their SHA-256: not reversible by
 * itself, the row remembers the component.
 */
#ifndef PAIL_SYNC_NAMES_H
#define PAIL_SYNC_NAMES_H

#include "base/buf.h"

/* True and *escaped filled when the component must be escaped; false: it is shown as it is. */
bool pail_name_escape(struct pail_str component, bool shadowed, struct pail_buf *escaped);
enum pail_name_form { PAIL_NAME_PLAIN, PAIL_NAME_ESCAPED, PAIL_NAME_HASHED, PAIL_NAME_INVALID };
/* What a shown name means; *component is filled for ESCAPED. INVALID: begins with ".pail%" but is
 * nothing we would have made: such names cannot be created. */
enum pail_name_form pail_name_unescape(struct pail_str name, struct pail_buf *component,
                                       bool *ret_shadowed);

#endif
