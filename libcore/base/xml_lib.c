/* SPDX-License-Identifier: Apache-2.0 */
#include "base/xml_lib.h"

#include "base/library.h"

#ifdef PAIL_XML_SONAME
struct pail_xml_calls pail_xml;

PAIL_LIBRARY_NOTE("html", "checks of HTML", "suggested", PAIL_XML_SONAME);

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
#endif

static struct pail_library_state state = PAIL_LIBRARY_STATE_INIT;

static void load(void)
{
#ifdef PAIL_XML_SONAME
    if (pail_library_load(&libxml2, &pail_xml, &state.failure) < 0)
        return;
#endif
    xmlInitParser();
}

int pail_xml_load(struct pail_error *err)
{
    return pail_library_once(&state, load, err);
}
