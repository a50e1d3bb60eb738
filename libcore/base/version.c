/* SPDX-License-Identifier: Apache-2.0 */
/* base/version.c - the version the library was built as. */
#include <pail/base.h>

const char *pail_version(void)
{
    return PAIL_VERSION;
}
