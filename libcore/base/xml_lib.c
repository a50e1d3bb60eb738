/* SPDX-License-Identifier: Apache-2.0 */
#include "base/xml_lib.h"

#include "base/library.h"
#include "base/thread.h"

#ifdef PAIL_XML_SONAME
struct pail_xml_calls pail_xml;

PAIL_LIBRARY_NOTE("html", "checks of HTML", "suggested", PAIL_XML_SONAME);

static int open_library(struct pail_error *err)
{
/* The names that the header's macros replace: not expanded again behind #. */
#define NAME(name) #name,
    static const char *const names[] = {PAIL_XML_CALLS(NAME)};
#undef NAME
    static const struct pail_library libxml2 = {
        .soname = PAIL_XML_SONAME,
        .use = "checks of HTML",
        .names = names,
        .n = PAIL_ARRAY_LEN(names),
    };
    return pail_library_load(&libxml2, &pail_xml, err);
}
#else
static int open_library(struct pail_error *err)
{
    return 0;
}
#endif

static struct pail_error failure; /* code 0: loaded */

static void load(void)
{
    if (open_library(&failure) == 0)
        xmlInitParser();
}

int pail_xml_load(struct pail_error *err)
{
    static struct pail_once once = PAIL_ONCE_INIT;

    pail_once(&once, load);
    if (!failure.code)
        return 0;
    if (err)
        pail_error_copy(err, &failure);
    return failure.code;
}
