/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base/xml_lib.h - libxml2's headers, and libxml2 behind them: linked, or opened when the first
 * HTML comes. On Debian it brings ICU and libstdc++ with it, which nobody needs who has no HTML to
 * check.
 *
 * The other files call libxml2 by its own names either way. Opened on demand (PAIL_XML_SONAME, from
 * the build), these names mean pointers, which are NULL until pail_xml_load has returned 0.
 */
#ifndef PAIL_BASE_XML_LIB_H
#define PAIL_BASE_XML_LIB_H

#include <libxml/HTMLparser.h>

#include <pail/error.h>

#include "base/macros.h"

/* Loads and initialises libxml2, once in the process; any thread. It is never undone, because
 * others in the process may use libxml2 too. */
PAIL_CHECK int pail_xml_load(struct pail_error *err);

#ifdef PAIL_XML_SONAME
/* What is called, and nothing else. */
#define PAIL_XML_CALLS(X)                                                                          \
    X(htmlCtxtReadMemory)                                                                          \
    X(htmlFreeParserCtxt)                                                                          \
    X(htmlNewParserCtxt)                                                                           \
    X(htmlTagLookup)                                                                               \
    X(xmlFreeDoc)                                                                                  \
    X(xmlInitParser)

#define PAIL_XML_POINTER(name) __typeof__(name) *name;
extern struct pail_xml_calls {
    PAIL_XML_CALLS(PAIL_XML_POINTER)
} pail_xml;
#undef PAIL_XML_POINTER

#define htmlCtxtReadMemory pail_xml.htmlCtxtReadMemory
#define htmlFreeParserCtxt pail_xml.htmlFreeParserCtxt
#define htmlNewParserCtxt pail_xml.htmlNewParserCtxt
#define htmlTagLookup pail_xml.htmlTagLookup
#define xmlFreeDoc pail_xml.xmlFreeDoc
#define xmlInitParser pail_xml.xmlInitParser
#endif

#endif
